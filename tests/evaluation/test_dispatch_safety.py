import dataclasses
from itertools import product

import numpy as np
import pandas as pd
import pytest

from geoalloc import allocation, evaluation
from geoalloc.errors import DataError
from geoalloc.evaluation import DispatchRules, SimulationParams, baselines
from geoalloc.evaluation import dispatch_safety as safe
from tests.lattice_town import make_town

FEW = SimulationParams(n_shifts=60, seed=5)
SHARES = ["borderless", "bordered", "difference"]


@pytest.fixture(scope="module")
def town():
    return make_town(2, units=(4, 1), calls=4.0)


@pytest.fixture(scope="module")
def post(town):
    return allocation.solve(town, baselines.search_params()).post


def levels_of(*rows):
    """Levels as they are simulated: factor, utilisation, borderless, difference."""
    columns = ["factor", "utilisation", "borderless", "difference"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(difference_low=frame["difference"] - 0.01)


def test_every_level_is_both_modes_simulated_on_the_same_calls(town, post):
    home = baselines.at_home(town)
    found = evaluation.safety(town, post, FEW, (0.5, 1.5), bordered_post=home)
    for row in found.levels.to_dict("records"):
        stated = safe.scaled(town, row["factor"])
        free = evaluation.simulate(stated, post, FEW)
        bordered = dataclasses.replace(stated, bordered=True)
        bound = evaluation.simulate(bordered, home, FEW)
        told = evaluation.paired(free, bound).set_index(["measure", "group"])
        difference = told.loc[("late_share", "immediate")]
        shares = [
            each.late[:, 0].sum() / each.calls[:, 0].sum() for each in (free, bound)
        ]
        assert [row[name] for name in SHARES[:2]] == pytest.approx(shares)
        assert row["difference"] == pytest.approx(difference["difference"])
        assert row["difference_low"] == pytest.approx(difference["low"])
        used = free.scores.set_index(["measure", "group"])["simulated"]
        assert row["utilisation"] == pytest.approx(used["utilisation", "response"])


def test_more_demand_keeps_the_units_busier(town, post):
    found = evaluation.safety(town, post, FEW, (0.3, 1.0, 3.0))
    assert found.levels["utilisation"].is_monotonic_increasing
    assert (found.levels["low"] <= found.levels["borderless"]).all()
    assert (found.levels["borderless"] <= found.levels["high"]).all()


@pytest.fixture(scope="module")
def one_beat(town):
    """The town as one beat: bordered and borderless dispatch are the same."""
    return dataclasses.replace(
        town,
        hex_beat=np.zeros_like(town.hex_beat),
        station_beat=np.zeros_like(town.station_beat),
    )


def test_without_borders_to_cross_nothing_breaks_down(one_beat, post):
    found = evaluation.safety(one_beat, post, FEW, (1.0, 4.0), bordered_post=post)
    assert (found.levels["difference"] == 0).all()
    assert found.breakdown is None
    assert found.factor is None
    assert found.cause == ""
    assert "did not break down" in found.sentence
    assert "4.00 times the demand" in found.sentence


def test_a_plan_that_is_worse_at_the_lowest_level_is_broken_there(one_beat, post):
    away = np.full_like(post, one_beat.station_post[0])
    found = evaluation.safety(one_beat, away, FEW, (0.5, 2.0), bordered_post=post)
    assert found.factor == 0.5
    assert found.breakdown == found.levels["utilisation"][0]
    assert found.cause == "borders"
    assert "has broken down" in found.sentence
    assert "more immediate calls would be late than with borders" in found.sentence


def test_a_limit_on_late_calls_is_crossed_where_the_share_reaches_it(town, post):
    found = evaluation.safety(town, post, FEW, (0.5, 1.0, 2.0, 4.0))
    limit = float(found.levels["borderless"].iloc[[1, 2]].mean())
    told = evaluation.safety(town, post, FEW, (0.5, 1.0, 2.0, 4.0), limit=limit)
    assert told.cause == "limit"
    at = np.interp(told.factor, told.levels["factor"], told.levels["borderless"])
    assert at == pytest.approx(limit)
    busy = np.interp(told.factor, told.levels["factor"], told.levels["utilisation"])
    assert told.breakdown == pytest.approx(busy)
    assert f"more than {limit:.0%} of immediate calls" in told.sentence


def test_the_crossing_is_where_the_difference_is_nothing_between_two_levels():
    frame = levels_of((1.0, 0.6, 0.1, -0.2), (1.4, 0.8, 0.3, 0.2))
    at, cause = safe._crossing(frame, 1.0)
    assert cause == "borders"
    assert at == pytest.approx((1.2, 0.7))


def test_a_limit_is_crossed_in_proportion_between_two_levels():
    frame = levels_of((1.0, 0.6, 0.1, -0.2), (1.4, 0.8, 0.3, -0.1))
    at, cause = safe._crossing(frame, 0.15)
    assert cause == "limit"
    assert at == pytest.approx((1.1, 0.65))
    assert safe._crossing(frame, 0.5) == (None, "")


def test_what_is_broken_at_the_lowest_level_is_broken_there():
    frame = levels_of((1.0, 0.6, 0.1, 0.2), (1.4, 0.8, 0.3, 0.3))
    assert safe._crossing(frame, 1.0) == ((1.0, 0.6), "borders")


def test_scaling_the_demand_scales_calls_and_load_alike(town):
    double = safe.scaled(town, 2.0)
    for one, other in zip(town.classes, double.classes, strict=True):
        assert (other.arrivals == 2 * one.arrivals).all()
        assert (other.load == 2 * one.load).all()
    assert (double.travel_min != town.travel_min).nnz == 0


def test_the_sentence_names_caps_and_queue_rule(town, post):
    rules = DispatchRules(queue="fifo", cap_min={"routine": 5.0})
    params = dataclasses.replace(FEW, rules=rules)
    found = evaluation.safety(town, post, params, (1.0,))
    assert "8 / 5 minutes (immediate / routine)" in found.sentence
    assert "the longest wait goes first" in found.sentence


@pytest.mark.parametrize("levels", [(), (0.0, 1.0), (1.0, 1.0), (2.0, 1.0)])
def test_levels_that_do_not_ascend_are_refused(town, post, levels):
    with pytest.raises(DataError, match="positive and ascending"):
        evaluation.safety(town, post, FEW, levels)


def test_a_limit_that_is_no_share_is_refused(town, post):
    with pytest.raises(DataError, match="limit must be a share"):
        evaluation.safety(town, post, FEW, limit=0.0)


def test_the_best_of_one_grade_s_caps_is_found_by_trying_all(town, post):
    caps = (2.0, 4.0, 8.0, 12.0)
    found = evaluation.best_caps(town, post, {"routine": caps}, FEW)
    late = {cap: _late(town, post, {"routine": cap}) for cap in caps}
    late[None] = _late(town, post, {})
    assert min(late.values()) == pytest.approx(
        late[found.cap_min.get("routine")], abs=1e-9
    )
    for row in found.tried.to_dict("records"):
        assert row["late"] == pytest.approx(late[row["value"]])


def test_caps_of_two_grades_are_no_worse_than_any_that_differ_in_one(town, post):
    caps = {"immediate": (3.0, 6.0, 9.0), "routine": (3.0, 7.0)}
    found = evaluation.best_caps(town, post, caps, FEW)
    all_late = {
        pair: _late(town, post, dict(zip(caps, pair, strict=True)))
        for pair in product(*caps.values())
    }
    best = _late(town, post, found.cap_min)
    chosen = tuple(found.cap_min.get(grade) for grade in caps)
    near = [
        value
        for pair, value in all_late.items()
        if sum(a != b for a, b in zip(pair, chosen, strict=True)) <= 1
    ]
    assert best <= min(near) + 1e-9


def test_what_caps_save_is_measured_on_other_calls(town, post):
    found = evaluation.best_caps(
        town, post, {"routine": (3.0,)}, FEW, reserves={"routine": (1, 2)}
    )
    rules = DispatchRules(cap_min=found.cap_min, reserve=found.reserve)
    fresh = dataclasses.replace(FEW, seed=FEW.seed + 1)
    before = evaluation.simulate(town, post, fresh).late @ [8.0, 1.0]
    ruled = dataclasses.replace(fresh, rules=rules)
    after = evaluation.simulate(town, post, ruled).late @ [8.0, 1.0]
    assert found.saved == pytest.approx((before - after).mean())
    assert found.low <= found.saved <= found.high


def test_caps_need_something_to_try(town, post):
    with pytest.raises(DataError, match="no cap or reserve to try"):
        evaluation.best_caps(town, post, {"routine": ()}, FEW)


def _late(town, post, cap_min):
    params = dataclasses.replace(FEW, rules=DispatchRules(cap_min=cap_min))
    return (evaluation.simulate(town, post, params).late @ [8.0, 1.0]).mean()
