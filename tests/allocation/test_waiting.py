import dataclasses

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.errors import DataError
from tests import naive_allocation as naive
from tests.lattice_town import make_town

POST = np.array([0, 1, 0, 1])


def quiet(problem):
    """Leave next to no calls, so that all units are free."""
    classes = tuple(
        dataclasses.replace(c, arrivals=c.arrivals * 1e-9, load=c.load * 1e-9)
        for c in problem.classes
    )
    return dataclasses.replace(problem, classes=classes)


@pytest.mark.parametrize("bordered", [False, True])
def test_where_all_are_free_the_wait_is_the_nearest_units_travel(bordered):
    problem = quiet(make_town(1, units=(3, 1), bordered=bordered))
    for c in (0, 1):
        wait = allocation.expected_wait(problem, POST, c)
        minutes = allocation.who_covers(problem, POST, c)[2]
        assert wait == pytest.approx(np.tile(minutes, (2, 1)), abs=1e-5)


def test_call_handling_is_part_of_the_wait():
    problem = make_town(1, units=(3, 1))
    first = dataclasses.replace(problem.classes[0], call_handling_min=2.5)
    slower = dataclasses.replace(problem, classes=(first, problem.classes[1]))
    before = allocation.expected_wait(problem, POST, 0)
    after = allocation.expected_wait(slower, POST, 0)
    finite = np.isfinite(before)
    assert after[finite] == pytest.approx(before[finite] + 2.5)


def test_more_calls_mean_longer_waits_and_busier_units():
    waits, busy = [], []
    for calls in (1.0, 3.0, 5.0):
        problem = make_town(1, units=(4, 0), calls=calls)
        waits.append(allocation.expected_wait(problem, POST, 0))
        busy.append(allocation.busy_fractions(problem, POST))
    reached = np.isfinite(waits[0])
    assert (waits[0][reached] < waits[1][reached]).all()
    assert (waits[1][reached] < waits[2][reached]).all()
    assert (busy[0] < busy[1]).all()
    assert (busy[0][:, 0] > busy[0][:, 1]).all()  # the first hour has more calls


def test_units_do_the_work_that_is_in_reach_of_them():
    problem = make_town(3, units=(4, 0), calls=3.0)
    busy = allocation.busy_fractions(problem, POST)
    work = sum(c.load.sum(axis=1) for c in problem.classes)
    calls = sum(c.arrivals.sum(axis=1) for c in problem.classes)
    travel = naive.dense(problem.travel_min)
    farthest = max(m for row in travel for m in row if m < np.inf) / 60
    assert (busy.sum(axis=0) <= work + calls * farthest).all()
    assert (busy.sum(axis=0) > 0.5 * work).all()


def test_a_unit_at_no_post_neither_answers_nor_is_busy():
    problem = make_town(1, units=(3, 0))
    where = np.array([[0, -1], [1, 1], [0, 0]])
    busy = allocation.busy_fractions(problem, where)
    assert busy[0, 0] > 0
    assert busy[0, 1] == 0
    smaller = allocation.expected_wait(problem, where, 0)
    whole = allocation.expected_wait(problem, np.array([0, 1, 0]), 0)
    assert smaller[0] == pytest.approx(whole[0])
    reached = np.isfinite(whole[1])
    assert (smaller[1][reached] > whole[1][reached]).all()


def test_the_hour_after_another_may_have_other_units():
    problem = make_town(1, units=(2, 0))
    where = np.array([[0, 1], [1, -1]])
    for t, post in enumerate(([0, 1], [1, -1])):
        then = np.tile(np.array(post)[:, None], (1, 2))
        one = allocation.who_covers(problem, where, 0, t)
        for mine, its in zip(one, allocation.who_covers(problem, then, 0), strict=True):
            assert mine.tolist() == its.tolist()


def test_given_busy_fractions_are_used():
    problem = make_town(1, units=(3, 1))
    idle = allocation.expected_wait(problem, POST, 0, np.zeros((4, 2)))
    assert idle[0] == pytest.approx(allocation.who_covers(problem, POST, 0)[2])
    for wrong in (np.zeros(4), np.full((4, 2), 1.5), np.full((4, 2), np.nan)):
        with pytest.raises(DataError, match="busy must be shares from 0 to 1 of shape"):
            allocation.expected_wait(problem, POST, 0, wrong)
    with pytest.raises(DataError, match="class_index must be 0 to 1, got 2"):
        allocation.expected_wait(problem, POST, 2)


def test_grades_wait_behind_those_before_them_as_worked_by_hand():
    """Both units half busy at one post: none is free for a third of the calls.

    Jobs take 36 minutes, with a variation of 0.8: (1 + 0.64) / 2 of that counts.
    The first grade has 0.4 of the work.
    """
    problem = make_town(1, units=(2, 0))  # units serve both grades
    wait = [
        allocation.expected_wait(problem, np.array([0, 0]), c, np.full((2, 2), 0.5))
        for c in (0, 1)
    ]
    job = 36 * 0.82 / 2
    for c, before, upto in ((0, 0.0, 0.4), (1, 0.4, 1.0)):
        minutes = allocation.who_covers(problem, np.array([0, 0]), c)[2]
        reached = np.isfinite(minutes)
        queue = job / ((1 - before / 2) * (1 - upto / 2))
        assert wait[c][0][reached] == pytest.approx(
            minutes[reached] + queue / 3, rel=1e-3
        )
