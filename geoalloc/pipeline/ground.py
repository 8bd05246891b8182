"""What every plan of a scenario stands on: its inputs, its demand, its problem."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geoalloc import allocation, boundaries, demand, gazetteer, hexes
from geoalloc.boundaries import Boundaries
from geoalloc.hexes import HexGrid
from geoalloc.incidents import Reading
from geoalloc.pipeline import (
    actions,
    assumptions,
    duties,
    inputs,
    layers,
    problems,
    records,
    stages,
)
from geoalloc.pipeline.actions import Action
from geoalloc.pipeline.layers import LayerFile
from geoalloc.pipeline.problems import Setting
from geoalloc.scenario import Scenario

_MOST_SHARED = 2  # inputs that a process keeps


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The inputs of a scenario.

    Attributes
    ----------
    labels
        ``schemas.HEXES``.
    past
        Incidents, read and cleaned.
    files
        Of layers, by name.
    roads
        Main roads round the hexes, to be drawn; None if no file is named.
    actions
        What the force's own table says to do, as ``actions.read`` gives it.
    history
        What a forecast may learn from.
    found
        SHA-256 of every input, by name.
    """

    area: Boundaries
    grid: HexGrid
    labels: pd.DataFrame
    past: Reading
    files: dict[str, LayerFile]
    roads: gpd.GeoDataFrame | None
    actions: list[Action]
    history: demand.History
    found: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """What is expected of the shift, and what there is to meet it.

    Attributes
    ----------
    origin
        Instant from which it is forecast.
    special
        Days that are not like others.
    problem
        As stated: before its load factor is calibrated.
    begins
        Calls that wait, and units at work, as the shift begins.
    """

    history: demand.History
    origin: pd.Timestamp
    special: demand.Calendar
    foreseen: demand.Expected
    setting: Setting
    problem: allocation.AllocationProblem
    begins: duties.Start


def read(scenario: Scenario, clock: stages.Clock) -> Ground:
    """Read all inputs."""
    with clock("boundaries"):
        area = boundaries.read(scenario.area.boundary)
        problems.require_names(scenario, area)
        lines = scenario.map.roads
        roads = boundaries.read_roads(lines, within=area.outline) if lines else None
        told = actions.of(scenario, area)
    with clock("hexes"):
        grid = hexes.cover(area.outline, scenario.area.resolution)
        labels = gazetteer.label(
            grid, area, urban_population=scenario.area.urban_population
        )
    with clock("incidents"):
        past = inputs.read_incidents(scenario, area)
        files = layers.read(scenario, area)
        history = inputs.history(scenario, past, grid)
    found = records.inputs_of(area, past, files) | inputs.other_files(scenario)
    return Ground(
        area=area,
        grid=grid,
        labels=labels,
        past=past,
        files=files,
        roads=roads,
        actions=told,
        history=history,
        found=found,
    )


_SHARED: dict[str, Ground] = {}


def shared(scenario: Scenario, clock: stages.Clock, *, files: str) -> Ground:
    """Read all inputs, or take those that this process has read for another scenario.

    Parameters
    ----------
    files
        Names what the files hold, so that a changed file is read again.
    """
    key = json.dumps([files, made_from(scenario)], sort_keys=True)
    if key not in _SHARED:
        while len(_SHARED) >= _MOST_SHARED:
            del _SHARED[next(iter(_SHARED))]
        _SHARED[key] = read(scenario, clock)
        return _SHARED[key]
    kept = _SHARED[key]
    problems.require_names(scenario, kept.area)
    own = inputs.other_files(scenario)
    return dataclasses.replace(
        kept,
        actions=actions.of(scenario, kept.area),
        found=records.inputs_of(kept.area, kept.past, kept.files) | own,
    )


def made_from(scenario: Scenario) -> list[Any]:
    """Give the tables of a scenario that its inputs are read by."""
    values = scenario.resolved()
    shaped = values["demand"]["layers"]
    return [
        *(values[name] for name in ("area", "incidents", "as_of", "time_zone", "map")),
        values["demand"]["non_recent_days"],
        [[one["name"], one["surface"], one["path"]] for one in shaped],
    ]


def foresee(scenario: Scenario, on: Ground, clock: stages.Clock) -> Ahead:
    """Forecast the demand of the shift, and state the problem of meeting it."""
    with clock("demand"):
        history = on.history
        origin = inputs.origin(scenario, history)
        special = assumptions.calendar(scenario, history, origin)
        assumed = assumptions.model(scenario, on.area)
        foreseen = demand.expect(
            history,
            origin,
            inputs.periods(scenario),
            dataclasses.replace(assumed, calendar=special),
            surfaces=layers.surfaces(scenario, on.grid, on.area, on.files),
            forecaster=demand.forecaster(scenario.demand.forecaster),
        )
    with clock("travel"):
        expected = foreseen.demand
        setting = problems.setting(
            scenario, on.grid, on.area, labels=on.labels, expected=expected
        )
        problem = problems.problem(scenario, on.area, on.labels, expected, setting)
        begins = duties.start(scenario, on.grid, problem, setting.force)
    return Ahead(
        history=history,
        origin=origin,
        special=special,
        foreseen=foreseen,
        setting=setting,
        problem=problem,
        begins=begins,
    )
