"""Where demand comes from and goes: lines worked by hand."""

import numpy as np
import pandas as pd
import pytest

from geoalloc import demand
from tests.shift_toys import Known, expect, history, incidents, layer, model, response

LEVERS = (
    demand.Triage(applies_to=("welfare",), advised_share=0.5, return_share=0.1),
    demand.RightCare(
        applies_to=("welfare",),
        threshold_share=0.4,
        declined_share=0.5,
        return_share=0.2,
    ),
    demand.FireFirst(applies_to=("welfare",), share=0.5, return_share=0.0),
    demand.Growth(categories=("burglary",), factor=1.5),
    demand.Growth(categories=("welfare",), factor=0.5),
)


@pytest.fixture(scope="module")
def found(town_grid):
    past = history(town_grid, incidents(town_grid, 100), {"burglary": 0.8})
    assumed = model(
        responses={"burglary": response(recorded_share=0.5)},
        layers=(layer(), layer(name="falls", per_day=24.0, partner="ambulances")),
        levers=LEVERS,
    )
    return expect(past, assumed, forecaster=Known(per_day=24.0, level_size=4.0))


def test_every_line_is_as_worked_by_hand(found):
    flow = found.flow.set_index("line")
    away = 80 * 0.5 * 0.8  # of the layer, halved; immediate calls are out of reach
    declined, fire, avoided = 0.30, 0.15, 0.075 * 370 / 3228
    # One an hour on file with coordinates, a fifth of them without, half on file.
    expected = {
        "recorded, with coordinates": 8.0,
        "recorded, without coordinates": 2.0,
        "not on file (share recorded)": 10.0,
        "growth of burglary (x 1.5)": 10.0,
        "layer: welfare": 80.0,
        "layer: falls (of ambulances)": 8.0,
        "growth of welfare (x 0.5)": -40.0,
        "declined by Right Care Right Person: welfare": -away * declined,
        "taken by the fire service first: welfare": -away * fire,
        "avoided by mental-health triage: welfare": -away * avoided,
        "came back after being taken away": away * (0.06 + 0.1 * avoided),
    }
    got = flow["incidents"]
    assert got.iloc[-1] == pytest.approx(got.iloc[:-1].sum())
    for line, value in expected.items():
        assert got[line] == pytest.approx(value), line
    assert list(flow.index[: len(expected)]) == list(expected)
    assert list(flow.index[len(expected) :]) == [
        "resolved without deployment",
        "calls that a unit goes to",
    ]


def test_bases_are_said_line_by_line(found):
    assert list(found.flow["basis"]) == [
        "observed",
        "scaled",
        "scaled",
        *["assumed"] * 9,
        "",
    ]


def test_outcomes_of_a_line_add_up_to_its_incidents(found):
    outcomes = found.flow[["immediate", "priority", "routine", "none"]].sum(axis=1)
    np.testing.assert_allclose(outcomes, found.flow["incidents"], atol=1e-12)


def test_the_last_line_is_the_demand_to_the_bit(found):
    last, made = found.flow.iloc[-1], found.demand
    assert last["incidents"] == made.incidents.sum()
    assert last["workload_h"] == made.workload_h.sum()
    assert last["none"] == 0
    for grade in ("immediate", "priority", "routine"):
        assert last[grade] == made.total(grade)


def test_workload_is_what_the_deployed_calls_of_a_line_take(found):
    deployed = found.flow[["immediate", "priority", "routine"]].sum(axis=1)
    np.testing.assert_allclose(found.flow["workload_h"], 1.5 * deployed, atol=1e-12)


def test_intervals_hold_their_lines_and_follow_their_errors(found):
    flow = found.flow.set_index("line")
    assert (flow["low"] <= flow["incidents"] + 1e-9).all()
    assert (flow["incidents"] <= flow["high"] + 1e-9).all()
    row = flow.loc["layer: welfare"]
    # Standard error 20 %: the middle 90 % is about 1.64 of those either side.
    assert row["high"] - row["low"] == pytest.approx(2 * 1.64 * 0.2 * 80, rel=0.03)
    # Declined of a layer that is 20 % uncertain, the other way round.
    away = flow.loc["declined by Right Care Right Person: welfare"]
    assert away["low"] < away["incidents"] < away["high"] < 0


def test_the_interval_of_the_whole_adds_independent_errors(found):
    last = found.flow.iloc[-1]
    sent = found.sources.set_index("source")["incidents"]
    error = {"burglary": 0.5, "welfare": 0.2, "falls": 0.2}
    spread = np.sqrt(sum((sent[name] * e) ** 2 for name, e in error.items()))
    assert last["high"] - last["low"] == pytest.approx(2 * 1.64 * spread, rel=0.05)


def test_lines_of_nothing_but_the_past_are_left_out(town_grid):
    past = history(town_grid, incidents(town_grid, 100))
    flow = expect(past, model()).flow
    assert list(flow["line"]) == [
        "recorded, with coordinates",
        "resolved without deployment",
        "calls that a unit goes to",
    ]
    assert isinstance(flow["line"].dtype, pd.StringDtype)
