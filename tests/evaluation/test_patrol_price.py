import dataclasses

import numpy as np
import pytest

from geoalloc import evaluation
from geoalloc.allocation import (
    PatrolRequest,
    PatrolRules,
    on_patrol,
    patrol_travel,
    plan_patrols,
)
from geoalloc.errors import DataError
from geoalloc.evaluation import SimulationParams
from tests.lattice_town import make_town
from tests.patrol_town import spot, units_of

PARAMS = SimulationParams(n_shifts=60, seed=5)


@pytest.fixture(scope="module")
def patrol():
    town = make_town(0, units=(4, 0))
    hexes = np.argsort(-town.classes[0].arrivals.sum(axis=0), kind="stable")[:4]
    post = town.station_post[town.supply.station]
    request = PatrolRequest(
        hotspots=tuple(spot(f"p{h}", int(h)) for h in hexes),
        units=units_of(
            np.repeat(post[:, None], town.n_periods, axis=1),
            busy=0.3,
            calls_per_h=0.5,
        ),
        travel=patrol_travel(town, hexes),
    )
    return town, request, plan_patrols(request)


@pytest.mark.parametrize("rule", ["available", "unavailable"])
def test_price_is_the_paired_difference_of_two_simulations(patrol, rule):
    town, request, plan = patrol
    price = evaluation.price_patrols(town, request, plan, rule=rule, params=PARAMS)
    before = evaluation.simulate(town, request.units.timetable, PARAMS)
    where = on_patrol(town, request, plan, rule)
    after = evaluation.simulate(town, where, PARAMS)
    np.testing.assert_array_equal(before.calls, after.calls)
    table = price.change.set_index(["measure", "group"])
    for c, service in enumerate(town.classes):
        row = table.loc[("late", service.name)]
        more = (after.late[:, c] - before.late[:, c]).astype(float)
        half = 1.96 * more.std(ddof=1) / np.sqrt(more.size)
        assert row["more"] == pytest.approx(more.mean())
        assert row["high"] - row["low"] == pytest.approx(2 * half)
        assert row["without"] == pytest.approx(before.late[:, c].mean())
        assert row["with_patrol"] == pytest.approx(after.late[:, c].mean())
    hours = plan.visits["expected_min"].sum() / 60
    per_hour = table["more"] / hours
    assert table["more_per_hour"].tolist() == pytest.approx(
        per_hour.tolist(), nan_ok=True
    )
    assert f"{hours:.1f} expected hours of patrol by units that stay {rule}" in (
        price.note
    )


def test_units_that_answer_no_call_on_patrol_cost_more_than_those_that_do(patrol):
    town, request, plan = patrol
    unmet = [
        evaluation.price_patrols(town, request, plan, rule=rule, params=PARAMS)
        .change.set_index("measure")
        .loc["unmet", "more"]
        for rule in ("available", "unavailable")
    ]
    assert unmet[1] > max(unmet[0], 0.0)


def test_a_plan_without_visits_has_no_price(patrol):
    town, request, _ = patrol
    nothing = dataclasses.replace(request, rules=PatrolRules(longest_drive_min=0.5))
    with pytest.raises(DataError, match="no visit"):
        evaluation.price_patrols(town, nothing, plan_patrols(nothing))
