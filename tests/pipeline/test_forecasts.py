"""What the record says of a forecast is what was forecast."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from geoalloc import boundaries, demand, hexes, scenario
from geoalloc.pipeline import assumptions, forecasts, inputs, layers


@pytest.fixture(scope="module")
def toy(toy_scenario):
    return scenario.read(toy_scenario)


@pytest.fixture(scope="module")
def history(toy):
    area = boundaries.read(toy.area.boundary)
    grid = hexes.cover(area.outline, toy.area.resolution)
    return inputs.history(toy, inputs.read_incidents(toy, area), grid)


@pytest.fixture(scope="module")
def expected(toy, history):
    area = boundaries.read(toy.area.boundary)
    return demand.expect(
        history,
        inputs.as_of(toy),
        inputs.periods(toy),
        assumptions.model(toy, area),
        surfaces=layers.surfaces(toy, history.grid, area, {}),
        forecaster=demand.forecaster("naive"),
    )


@pytest.fixture(scope="module")
def record(toy, history, expected):
    origin = inputs.origin(toy, history)
    return forecasts.record(toy, history, origin, expected)


def test_the_record_is_json_without_nan(record):
    assert json.loads(json.dumps(record, allow_nan=False)) == record


def test_discovered_incidents_are_not_scored(toy, history):
    learnt = forecasts.learnt(toy, history)
    names = {history.categories[code] for code in np.unique(learnt.category)}
    assert "drugs" in history.categories
    assert "drugs" not in names
    assert len(names) == len(history.categories) - 1
    assert learnt.reported.all()


def test_the_forecaster_is_named_with_its_backtest(record):
    assert record["forecaster"] == "naive"
    told = forecasts.sentence(record)
    assert record["backtest"]["sentence"].rstrip(".") in told
    assert "density of the past" in told


@pytest.mark.parametrize(
    ("sentence", "begins"),
    [
        ("mixture: log score 2.", "Demand is a forecast by mixture: log score 2. Hot"),
        ("not backtested: short", "Demand is a forecast, not backtested: short. Hots"),
    ],
)
def test_a_forecast_that_was_not_backtested_says_so(sentence, begins):
    made_from = {"backtest": {"sentence": sentence}}
    assert forecasts.sentence(made_from).startswith(begins)


def test_calls_of_a_night_lie_between_their_bounds(record, expected):
    for grade, calls in record["calls"].items():
        assert calls["low"] < calls["mean"] < calls["high"]
        assert calls["mean"] == pytest.approx(expected.demand.total(grade), rel=1e-5)


def test_each_category_explains_its_level_surface_and_rhythm(record, expected):
    told = pd.DataFrame(record["explanations"])
    assert set(told["category"]) == set(expected.forecasts)
    assert set(told.groupby("category")["of"].apply(tuple)) == {
        ("level", "surface", "rhythm")
    }
    assert told["sentence"].str.len().min() > 10


def test_what_is_observed_adds_up_to_the_shares_of_the_workload(record, expected):
    sources = pd.DataFrame(record["sources"])
    hours = sources["workload_h"]
    shares = expected.demand.workload_shares()
    for basis, share in shares.items():
        assert (sources[basis] * hours).sum() / hours.sum() == pytest.approx(
            share, abs=1e-4
        )


def test_measured_and_assumed_rhythms_are_told_apart(toy, history, expected):
    origin = inputs.origin(toy, history)
    names = list(expected.rhythms)
    assumed = {
        name: dataclasses.replace(expected.rhythms[name], observed=False)
        for name in names
    }
    none = dataclasses.replace(expected, rhythms=assumed)
    some = dataclasses.replace(
        expected, rhythms=assumed | {names[0]: expected.rhythms[names[0]]}
    )
    told = [
        forecasts.record(toy, history, origin, case)["rhythm"]
        for case in (expected, some, none)
    ]
    assert told[0]["sentence"] == "measured from the times of the incidents"
    assert told[1]["measured"] == [names[0]]
    assert f"in 1 of {len(names)} categories" in told[1]["sentence"]
    assert told[2]["sentence"].startswith("from the scenario, not measured")


def test_what_was_left_out_is_counted(toy):
    recent = np.array([True, False, False])
    assert forecasts.left_out(recent[:1], toy) == []
    (told,) = forecasts.left_out(recent, toy)
    assert told.startswith("2 incidents reported over 28 days after they ended")


def test_a_plan_of_layers_alone_says_that_nothing_was_forecast(toy, history, expected):
    values = toy.resolved()
    for category in values["demand"]["categories"].values():
        category["discovered"] = True
    alone = scenario.parse(values)
    nothing = dataclasses.replace(expected, forecasts={}, rhythms={})
    origin = inputs.origin(alone, history)
    found = forecasts.record(alone, history, origin, nothing)
    why = "nothing is forecast from the incidents"
    assert found["backtest"] == {"sentence": f"not backtested: {why}"}
    assert found["rhythm"]["sentence"] == f"from the scenario: {why}"
