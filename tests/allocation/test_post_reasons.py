import dataclasses

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.allocation import Labels, Quota
from geoalloc.errors import DataError
from tests import naive_allocation as naive
from tests.lattice_town import make_town

WHERE = np.array([[0, 1], [1, -1], [0, 0], [1, 1]])


def labels(problem, activity=()):
    return Labels(
        units=tuple(f"R{u}" for u in range(len(problem.supply))),
        posts=tuple(f"Post {p}" for p in range(problem.n_posts)),
        periods=("22:00", "23:00"),
        activity=activity,
    )


def town(seed=1):
    return make_town(seed, size=5, n_posts=4, units=(3, 1), deadhead=0.0)


def test_facts_are_those_of_the_slow_model():
    problem = town()
    model, where = naive.Model(problem), WHERE.tolist()
    facts = allocation.post_facts(problem, WHERE)
    assert len(facts) == 6
    for fact in facts.itertuples():
        hours = range(fact.first, fact.last + 1)
        if fact.post < 0:
            continue
        c = 0 if fact.unit < 3 else 1
        near = [h for h in model.hexes if model.reaches(fact.unit, fact.post, c, h)]
        calls = sum(model.arrivals[c][t][h] for t in hours for h in near)
        assert fact.calls == pytest.approx(calls)
        without = [list(row) for row in where]
        for t in hours:
            without[fact.unit][t] = -1
        worse = model.weighted(np.array(without)) - model.weighted(np.array(where))
        assert fact.loss == pytest.approx(worse, abs=1e-9)
        with_it = 0.0
        for v in range(4):
            if v != fact.unit and (v < 3 or c == 1):
                with_it += sum(
                    model.arrivals[c][t][h]
                    for t in hours
                    for h in near
                    if where[v][t] >= 0 and model.reaches(v, where[v][t], c, h)
                )
        assert fact.others == pytest.approx(with_it / calls if calls else 0.0)


def test_a_move_is_set_against_staying_and_a_break_against_other_hours():
    problem = town()
    model = naive.Model(problem)
    facts = allocation.post_facts(problem, WHERE).set_index(["unit", "first"])
    now = model.weighted(WHERE)
    stayed = WHERE.copy()
    stayed[0, 1] = 0
    move = facts.loc[(0, 1)]
    assert (move["before"], move["post"]) == (0, 1)
    assert move["staying"] == pytest.approx(model.weighted(stayed) - now, abs=1e-9)
    there = WHERE.copy()
    there[1, 1] = 1
    rest = facts.loc[(1, 1)]
    assert rest["post"] == -1
    assert rest["loss"] == pytest.approx(now - model.weighted(there), abs=1e-9)
    missed = WHERE.copy()
    missed[1, 0] = -1
    assert rest["dearest"] == 0
    assert rest["dearest_loss"] == pytest.approx(model.weighted(missed) - now)


def test_each_unit_has_one_sentence_and_in_a_timetable_one_an_hour():
    problem = town()
    said = allocation.reasons(problem, np.array([0, 1, 0, 1]), labels(problem))
    assert len(said) == 4
    for text in said:
        assert text.endswith(".")
        assert "  " not in text
        assert "expected" in text
    assert said[0].startswith("In standard reach of ")
    assert "R2" in said[0]  # stands at the same post
    hourly = allocation.reasons(problem, WHERE, labels(problem))
    assert len(hourly) == 8
    assert hourly[1].startswith("Moves at 23:00 from Post 0 because it then has ")
    assert hourly[3].startswith("At no post from 23:00, which costs ")
    assert hourly[4] == hourly[5]
    doing = (("", ""), ("", "break"), ("", ""), ("", ""))
    hourly = allocation.reasons(problem, WHERE, labels(problem, doing))
    assert hourly[3].startswith("Break from 23:00, which costs ")


def test_units_off_duty_and_units_for_no_calls_are_told_so():
    problem = town()
    present = np.array([[True, False], [True, True], [True, True], [True, True]])
    supply = dataclasses.replace(problem.supply, present=present)
    classes = tuple(
        dataclasses.replace(c, kinds=("response",)) for c in problem.classes
    )
    problem = dataclasses.replace(problem, supply=supply, classes=classes)
    where = np.array([[0, -1], [1, 1], [0, 0], [1, 1]])
    hourly = allocation.reasons(problem, where, labels(problem))
    assert hourly[1] == "Not on duty."
    assert hourly[6] == "Counts for no calls of this shift."


def test_a_unit_that_a_quota_needs_is_said_to_be():
    problem = town()
    at_first = np.arange(problem.n_posts) == 1
    quota = Quota(
        name="minimum cover of the South",
        units=np.array([True, True, True, False]),
        posts=at_first,
        least=1,
    )
    problem = dataclasses.replace(problem, quotas=(quota,))
    said = allocation.reasons(problem, np.array([0, 1, 0, 1]), labels(problem))
    assert said[1].endswith("needed for minimum cover of the South.")
    assert "needed" not in said[0]


def test_labels_must_name_everything():
    problem, post = town(), np.array([0, 1, 0, 1])
    short = dataclasses.replace(labels(problem), units=("R1",))
    with pytest.raises(DataError, match="labels name 1 units, the problem has 4"):
        allocation.reasons(problem, post, short)
    wrong = labels(problem, activity=(("break",),))
    with pytest.raises(DataError, match="activity of the labels must be 4 rows"):
        allocation.reasons(problem, post, wrong)
