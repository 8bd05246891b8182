"""From a scenario's demand tables to what the forecast assumes, worked by hand."""

import json

import numpy as np
import pandas as pd
import pytest

from geoalloc import boundaries, demand, hexes, scenario
from geoalloc.errors import DataError, ScenarioError
from geoalloc.pipeline import assumptions, inputs


@pytest.fixture(scope="module")
def toy(toy_scenario):
    return scenario.read(toy_scenario)


@pytest.fixture(scope="module")
def area(toy):
    return boundaries.read(toy.area.boundary)


def with_demand(toy, **changes):
    values = json.loads(json.dumps(toy.resolved()))
    if "levers" in changes:  # an event must be in the shift
        values["as_of"] = "2026-07-01"
        values["shift"]["starts_at"] = "2026-07-03T20:00:00"
    values["demand"] |= changes
    return scenario.parse(values)


def event(**changes):
    return {
        "kind": "event",
        "name": "Fair",
        "place": "Easton",
        "radius_m": 900.0,
        "starts_at": "2026-07-03T19:00:00",
        "ends_at": "2026-07-03T22:00:00",
        "uplift": 0.5,
    } | changes


def test_every_key_of_a_response_reaches_the_forecast(toy, area):
    values = toy.resolved()["demand"]["categories"]
    values["burglary"] |= {
        "on_scene_sd_min": 20.0,
        "officers": 3.0,
        "skills": ["taser"],
        "vulnerability": 1.5,
        "recorded_share": 0.8,
    }
    found = assumptions.model(with_demand(toy, categories=values), area)
    burglary = found.responses["burglary"]
    given = values["burglary"] | {"skills": ("taser",)}
    assert {key: getattr(burglary, key) for key in given} == given


def test_a_layer_keeps_its_answer_apart_from_where_it_lies(toy, area):
    layers = toy.resolved()["demand"]["layers"]
    layers[0] |= {"surface": "recorded", "categories": ["burglary"], "partner": "fire"}
    layer = assumptions.model(with_demand(toy, layers=layers), area).layers[0]
    assert (layer.name, layer.per_day, layer.error) == ("welfare", 20.0, 0.2)
    assert (layer.surface, layer.categories) == ("recorded", ("burglary",))
    assert layer.partner == "fire"
    assert layer.response.on_scene_min == 60.0


def test_rhythms_are_shares_of_the_week(toy, area):
    found = assumptions.model(toy, area).rhythms["default"]
    given = toy.demand.rhythms["default"]
    week = [day * hour for day in given.days for hour in given.hours]
    np.testing.assert_allclose(found, np.array(week) / sum(week))


def test_the_crew_is_the_mean_over_response_units(toy):
    values = toy.resolved()
    values["units"][0]["officers"] = 1  # of 3 units; the other 2 have 2 each
    assert assumptions.crew(scenario.parse(values)) == pytest.approx(7 / 5)


def test_the_crew_of_a_roster_is_that_of_its_response_units(toy, tmp_path):
    rows = [
        "unit_id,kind,home_station,starts_at,ends_at,officers",
        "R-1,response,Central,2026-01-09T20:00,2026-01-10T04:00,2",
        "R-2,response,Central,2026-01-09T20:00,2026-01-10T04:00,1",
        "P-1,pcso,Central,2026-01-09T20:00,2026-01-10T04:00,4",
    ]
    path = tmp_path / "roster.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    values = toy.resolved() | {"units": [], "roster": {"path": path.as_posix()}}
    assert assumptions.crew(scenario.parse(values)) == 1.5
    path.write_text("\n".join([rows[0], rows[3]]), encoding="utf-8")
    with pytest.raises(DataError, match=r"roster\.csv has no response unit"):
        assumptions.crew(scenario.parse(values))


def test_each_lever_becomes_its_own(toy, area):
    levers = [
        {"kind": "growth", "categories": ["burglary"], "factor": 1.1},
        {
            "kind": "right-care",
            "applies_to": ["welfare"],
            "threshold_share": 0.6,
            "declined_share": 0.5,
            "return_share": 0.1,
        },
        {
            "kind": "fire-first",
            "applies_to": ["welfare"],
            "share": 0.1,
            "return_share": 0.2,
        },
        {
            "kind": "mental-health-triage",
            "applies_to": ["welfare"],
            "advised_share": 0.3,
            "return_share": 0.1,
        },
    ]
    found = assumptions.model(with_demand(toy, levers=levers), area).levers
    assert found == [
        demand.Growth(categories=("burglary",), factor=1.1),
        demand.RightCare(
            applies_to=("welfare",),
            threshold_share=0.6,
            declined_share=0.5,
            return_share=0.1,
        ),
        demand.FireFirst(applies_to=("welfare",), share=0.1, return_share=0.2),
        demand.Triage(applies_to=("welfare",), advised_share=0.3, return_share=0.1),
    ]


@pytest.fixture(scope="module")
def history(toy, area):
    grid = hexes.cover(area.outline, toy.area.resolution)
    return inputs.history(toy, inputs.read_incidents(toy, area), grid)


def test_special_days_are_measured_unless_a_factor_is_given(toy, history):
    days = {
        "bank_holidays": ["2026-08-31", "2026-11-20"],
        "paydays": ["2026-08-28", "2026-09-30"],
        "uplifts": {"bank_holiday": 1.3},
    }
    case = with_demand(toy, calendar=days)
    found = assumptions.calendar(case, history, inputs.origin(case, history))
    assert found.uplifts["bank_holiday"].basis == "given"
    assert found.uplifts["payday"].basis == "measured"
    assert found.factor(inputs.periods(case)) == pytest.approx([1.3] * 3)


def test_without_special_days_every_day_is_alike(toy, history):
    found = assumptions.calendar(toy, history, inputs.origin(toy, history))
    assert found.sentence == "No day is special."
    assert (found.factor(inputs.periods(toy)) == 1).all()


def test_an_event_stands_at_its_place_in_local_time(toy, area):
    found = assumptions.model(with_demand(toy, levers=[event()]), area).levers[0]
    assert (found.latitude, found.longitude) == pytest.approx((51.38, -2.56))
    assert found.place == "Easton"
    assert found.starts_at == pd.Timestamp("2026-07-03 18:00", tz="UTC")  # BST
    assert found.ends_at - found.starts_at == pd.Timedelta(hours=3)


def test_an_event_may_be_given_in_degrees(toy, area):
    lever = event(place=None, latitude=51.35, longitude=-2.7)
    found = assumptions.model(with_demand(toy, levers=[lever]), area).levers[0]
    assert (found.latitude, found.longitude) == (51.35, -2.7)
    assert found.place == "51.3500, -2.7000"


def test_a_place_that_is_misspelt_is_named_with_the_one_that_is_meant(toy, area):
    case = with_demand(toy, levers=[event(place="Eastn")])
    with pytest.raises(ScenarioError, match="did you mean 'Easton', or else give its"):
        assumptions.model(case, area)


def test_a_place_that_is_not_there_is_named(toy, area):
    case = with_demand(toy, levers=[event(place="Atlantis")])
    with pytest.raises(ScenarioError, match=r"'Fair' is at the place 'Atlantis'.*lat"):
        assumptions.model(case, area)
