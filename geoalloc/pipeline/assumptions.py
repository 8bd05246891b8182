"""From a scenario's tables to what the forecast of demand assumes."""

import datetime as dt
import difflib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import demand, roster
from geoalloc._types import FloatArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError, ScenarioError
from geoalloc.scenario import Scenario, tables


def model(scenario: Scenario, area: Boundaries) -> demand.Model:
    """Build the forecast's assumptions.

    Raises
    ------
    ScenarioError
        If an event is at a place that the boundary file does not have, or has twice.
    """
    wanted = scenario.demand
    return demand.Model(
        responses={
            name: demand.Response(**_values(response))
            for name, response in wanted.categories.items()
        },
        rhythms={name: _rhythm(r.hours, r.days) for name, r in wanted.rhythms.items()},
        layers=[_layer(layer) for layer in wanted.layers],
        rhythm_trust=wanted.rhythm_trust,
        levers=[_lever(lever, scenario, area) for lever in wanted.levers],
        crew=crew(scenario),
    )


def calendar(
    scenario: Scenario, history: demand.History, origin: pd.Timestamp
) -> demand.Calendar:
    """Take the special days, and measure what was not given where days are known."""
    wanted = scenario.demand.calendar
    named = demand.Calendar.of(
        bank_holidays=wanted.bank_holidays,
        paydays=wanted.paydays,
        school_terms=[(term.first, term.last) for term in wanted.school_terms],
        uplifts=wanted.uplifts.model_dump(),
        time_zone=scenario.time_zone,
    )
    if not any(days.size for days in named.days.values()):
        return named
    return named.measured(history, origin)


def crew(scenario: Scenario) -> float:
    """Officers in a response unit, the mean of those that the plan is made with.

    Raises
    ------
    DataError
        If a roster is given that cannot be read, or holds no response unit.
    """
    if scenario.roster.path is not None:
        path = Path(scenario.roster.path)
        units = roster.read(path, time_zone=scenario.time_zone).units
        officers = units.loc[units["kind"] == "response", "officers"]
        if officers.empty:
            raise DataError(f"{path.name} has no response unit: give at least one row")
        return float(officers.mean())
    response = [group for group in scenario.units if group.kind == "response"]
    total = sum(group.count * group.officers for group in response)
    return total / sum(group.count for group in response)


def _values(table: tables.Table, *without: str) -> dict[str, Any]:
    """Keys and values of a table, its lists as tuples."""
    values = table.model_dump(exclude=set(without))
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}


def _rhythm(hours: list[float], days: list[float]) -> FloatArray:
    week = np.outer(days, hours).ravel()
    return week / week.sum()


def _layer(layer: tables.Layer) -> demand.Layer:
    own = ("name", "per_day", "surface", "error", "categories", "partner")
    of_file = ("path", "class_column", "class_weights", "bandwidth_m")
    return demand.Layer(
        **{key: _values(layer)[key] for key in own},
        response=demand.Response(**_values(layer, *own, *of_file)),
    )


def _lever(lever: tables.Lever, scenario: Scenario, area: Boundaries) -> demand.Lever:
    if isinstance(lever, tables.Event):
        return _event(lever, scenario, area)
    kinds = {
        "growth": demand.Growth,
        "right-care": demand.RightCare,
        "fire-first": demand.FireFirst,
        "mental-health-triage": demand.Triage,
    }
    made: demand.Lever = kinds[lever.kind](**_values(lever, "kind"))
    return made


def _event(event: tables.Event, scenario: Scenario, area: Boundaries) -> demand.Event:
    values = _values(event, "kind", "place", "latitude", "longitude")
    latitude, longitude = _middle(event, area)
    for key in ("starts_at", "ends_at"):
        values[key] = _instant(values[key], scenario.time_zone)
    return demand.Event(
        **values,
        place=event.place or f"{latitude:.4f}, {longitude:.4f}",
        latitude=latitude,
        longitude=longitude,
    )


def _middle(event: tables.Event, area: Boundaries) -> tuple[float, float]:
    if event.latitude is not None and event.longitude is not None:
        return event.latitude, event.longitude
    places = area.places[area.places["name"] == event.place]
    if len(places) != 1:
        found = f"has {len(places)} of" if len(places) else "does not have"
        near = difflib.get_close_matches(str(event.place), list(area.places["name"]), 1)
        hint = f"did you mean {near[0]!r}, or else " if near and places.empty else ""
        raise ScenarioError(
            f"the event {event.name!r} is at the place {event.place!r}, which "
            f"{area.source} {found}: {hint}give its latitude and longitude"
        )
    point = places.geometry.iloc[0]
    return float(point.y), float(point.x)


def _instant(local: dt.datetime, time_zone: str) -> pd.Timestamp:
    at = pd.Timestamp(local).tz_localize(
        time_zone, ambiguous=True, nonexistent="shift_forward"
    )
    return at.tz_convert("UTC").as_unit("us")
