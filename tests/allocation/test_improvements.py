import dataclasses

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.allocation import Part
from geoalloc.errors import DataError
from tests import naive_allocation as naive
from tests import naive_prices as slow
from tests.lattice_town import make_town

POST = np.array([0, 1, 0, 1])


def part(problem, c, share, name="welfare"):
    shape = (len(problem.classes), problem.n_periods, problem.n_hexes)
    arrivals, load = np.zeros(shape), np.zeros(shape)
    arrivals[c] = share * problem.classes[c].arrivals
    load[c] = 2 * share * problem.classes[c].load / 2
    return Part(name=name, arrivals=arrivals, load=load)


def town():
    return make_town(1, size=5, n_posts=4, units=(3, 1))


def test_one_per_cent_of_demand_and_work_is_what_the_slow_model_says():
    problem = town()
    before = naive.Model(problem)
    table = allocation.one_per_cent(problem, POST).set_index(["lever", "of"])
    for c, service in enumerate(problem.classes):
        for lever, calls in (("demand", 0.99), ("on-scene time", 1.0)):
            classes = list(problem.classes)
            classes[c] = dataclasses.replace(
                service, arrivals=calls * service.arrivals, load=0.99 * service.load
            )
            after = naive.Model(dataclasses.replace(problem, classes=tuple(classes)))
            saved = before.weighted(POST) - after.weighted(POST)
            found = table.loc[(lever, service.name)]
            assert found["saved_weighted"] == pytest.approx(saved, rel=1e-6)
            late = [sum(map(sum, [m.late(POST)[0]])) for m in (before, after)]
            assert found["saved_late_immediate"] == pytest.approx(
                late[0] - late[1], rel=1e-6, abs=1e-12
            )
    share = table["saved_share"] * before.weighted(POST)
    assert share.to_numpy() == pytest.approx(table["saved_weighted"].to_numpy())


def test_parts_of_a_class_add_up_to_the_class():
    problem = make_town(1, units=(3, 1))
    parts = part(problem, 0, 0.3, "some"), part(problem, 0, 0.7, "others")
    table = allocation.one_per_cent(problem, POST, parts).set_index(["lever", "of"])
    whole = allocation.one_per_cent(problem, POST).set_index(["lever", "of"])
    for lever in ("demand", "on-scene time"):
        both = table.loc[(lever, "some")] + table.loc[(lever, "others")]
        one = whole.loc[(lever, "immediate")]
        assert both["saved_weighted"] == pytest.approx(one["saved_weighted"], rel=0.01)
    assert ("demand", "immediate") not in table.index


def test_rows_are_ranked_and_the_first_are_searched_anew():
    problem = make_town(1, units=(3, 1))
    plan = allocation.solve(problem)
    table = allocation.one_per_cent(problem, plan.post, n_resolved=4)
    assert table["saved_weighted"].is_monotonic_decreasing
    searched = table["resolved_weighted"].notna()
    assert searched.any()
    assert not searched[4:].any()
    again = table[searched & (table["basis"] == "plan")]
    # What is best for the old demand is as good for one per cent less (envelope).
    assert again["resolved_weighted"].to_numpy() == pytest.approx(
        again["saved_weighted"].to_numpy(), rel=0.05
    )


def test_sickness_is_a_share_of_what_units_buy_at_their_stations():
    problem = town()
    table = allocation.one_per_cent(problem, POST).set_index(["lever", "of"])
    bought = sum(
        slow.best_gain(dataclasses.replace(problem, deadhead=0.0), POST, kind, s)[0]
        for kind, s in zip(problem.supply.kind, problem.supply.station, strict=True)
        if kind == "response"
    )
    found = table.loc[("sickness", "response")]
    assert found["saved_weighted"] == pytest.approx(0.01 * bought, rel=1e-6)
    assert found["basis"] == "marginal"


def test_breaks_have_a_price_only_in_a_timetable():
    problem = dataclasses.replace(town(), deadhead=0.0)
    where = np.array([[0, -1], [1, 1], [0, 0], [1, 1]])
    table = allocation.one_per_cent(problem, where).set_index(["lever", "of"])
    gain, _ = slow.best_gain(problem, where, "response", 0, 1)
    found = table.loc[("break time", "response")]
    assert found["saved_weighted"] == pytest.approx(0.01 * gain, rel=1e-6)
    assert ("break time", "pcso") not in table.index
    fixed = allocation.one_per_cent(problem, POST)
    assert "break time" not in set(fixed["lever"])


def test_faster_journeys_and_calls_are_searched_anew_and_save():
    problem = make_town(1, units=(3, 1))
    first = dataclasses.replace(problem.classes[0], call_handling_min=4.0)
    problem = dataclasses.replace(problem, classes=(first, problem.classes[1]))
    plan = allocation.solve(problem)
    table = allocation.one_per_cent(problem, plan.post).set_index(["lever", "of"])
    for row in (("travel time", "all journeys"), ("call handling", "immediate")):
        assert table.loc[row]["basis"] == "search"
    assert ("call handling", "routine") not in table.index
    changed = dataclasses.replace(problem, travel_min=problem.travel_min / 1.05)
    fast = allocation.solve(changed, allocation.SolverParams(gap=0.0))
    saved = plan.weighted_unmet - fast.weighted_unmet
    found = table.loc[("travel time", "all journeys")]["saved_weighted"]
    assert found <= saved / 5 + 1e-6


def test_parts_that_are_wrong_are_refused():
    problem = make_town(1, units=(3, 1))
    with pytest.raises(DataError, match="part 'none' of the demand has no calls"):
        part(problem, 0, 0.0, "none")
    nan = np.full((2, 2, 49), np.nan)
    with pytest.raises(DataError, match="arrivals of 'bad' is nan"):
        Part(name="bad", arrivals=nan, load=nan)
    small = Part(name="small", arrivals=np.ones((2, 2, 3)), load=np.ones((2, 2, 3)))
    with pytest.raises(DataError, match="part 'small' of the demand has shapes"):
        allocation.one_per_cent(problem, POST, (small,))
    with pytest.raises(DataError, match="'welfare' of the demand takes away more"):
        allocation.one_per_cent(problem, POST, (part(problem, 0, 200.0),))
    with pytest.raises(DataError, match="step must be a share between 0 and 1, got 1"):
        allocation.one_per_cent(problem, POST, step=1)
    with pytest.raises(DataError, match="the plan has shape"):
        allocation.one_per_cent(problem, POST[:2])
