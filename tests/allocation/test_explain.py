import dataclasses

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.errors import DataError
from tests import naive_allocation as naive
from tests.lattice_town import make_town


@pytest.mark.parametrize("bordered", [False, True])
def test_gain_is_what_going_home_would_cost(bordered):
    problem = make_town(1, units=(4, 2), bordered=bordered)
    plan = allocation.solve(problem)
    gain = allocation.gain(problem, plan.post)
    for u, station in enumerate(problem.supply.station):
        post = plan.post.copy()
        post[u] = problem.station_post[station]
        worse = naive.Model(problem).objective(post) - plan.objective
        assert gain[u] == pytest.approx(worse, abs=1e-9)


@pytest.mark.parametrize("bordered", [False, True])
@pytest.mark.parametrize("class_index", [0, 1])
def test_who_covers_is_the_order_of_travel(bordered, class_index):
    problem = make_town(2, units=(4, 2), bordered=bordered)
    post = np.array([0, 1, 0, 1, 0, 1])
    service = problem.classes[class_index]
    first, second, minutes = allocation.who_covers(problem, post, class_index)
    travel = naive.dense(problem.travel_min)
    for h in range(problem.n_hexes):
        able = []
        for u, kind in enumerate(problem.supply.kind):
            time = travel[post[u]][h] / service.speed_factor
            bound = bordered or kind == "pcso"
            beat = problem.station_beat[problem.supply.station[u]]
            outside = bound and beat != problem.hex_beat[h]
            if kind in service.kinds and time <= service.cap_min and not outside:
                able.append((time, u))
        able = [*sorted(able), (np.inf, -1), (np.inf, -1)]
        assert (first[h], second[h]) == (able[0][1], able[1][1])
        assert minutes[h] == pytest.approx(able[0][0])


def test_unknown_class_is_refused():
    with pytest.raises(DataError, match="class_index must be 0 to 1, got 2"):
        allocation.who_covers(make_town(), np.array([0, 1, 0, 1]), 2)


def test_gain_of_a_timetable_is_that_of_its_hours_at_home():
    problem = make_town(1, size=5, n_posts=4, units=(3, 1), deadhead=1e-3)
    where = np.array([[2, -1], [1, 3], [-1, 0], [1, 1]])
    where = np.where(problem.allowed[np.arange(4)[:, None], where], where, 0)
    where[0, 1] = where[2, 0] = -1
    gain = allocation.gain(problem, where)
    before = naive.Model(problem).objective(where)
    for u, station in enumerate(problem.supply.station):
        home = where.copy()
        home[u] = np.where(home[u] >= 0, problem.station_post[station], -1)
        worse = naive.Model(problem).objective(home) - before
        assert gain[u] == pytest.approx(worse, abs=1e-9)


def test_a_slow_unit_reaches_less_and_later():
    problem = make_town(2, units=(2, 0))
    slow = dataclasses.replace(problem.supply, blue_light=np.array([False, True]))
    slower = dataclasses.replace(problem, supply=slow)
    post = np.array([0, 0])
    near = allocation.reached(slower, 0, 0, 0)
    assert set(near) < set(allocation.reached(slower, 1, 0, 0))
    first, _, _ = allocation.who_covers(slower, post, 0)
    assert (first[first >= 0] == 1).all()
    assert (allocation.who_covers(problem, post, 0)[0][first >= 0] == 0).all()


def test_unknown_period_is_refused():
    with pytest.raises(DataError, match="period must be 0 to 1, got 2"):
        allocation.who_covers(make_town(), np.array([0, 1, 0, 1]), 0, 2)
