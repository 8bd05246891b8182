"""One scenario of a comparison: planned, and simulated on the calls of the base.

What is worked out here is a plain function of a small task, so that any process may do
it and its result be kept under the name of what it was made from.
"""

import dataclasses
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import allocation, demand, evaluation
from geoalloc import scenario as scenarios
from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import GeoallocError, InfeasibleError
from geoalloc.evaluation import Samples
from geoalloc.pipeline import (
    casework_figures,
    fairness,
    ground,
    judging,
    records,
    stages,
    timetables,
)
from geoalloc.pipeline.ground import Ahead, Ground
from geoalloc.pipeline.judging import Way
from geoalloc.pipeline.timetables import Tonight
from geoalloc.scenario import Scenario
from geoalloc.schemas import GRADES

__all__ = ["BATCH", "Loop", "Planned", "Simulated", "Task", "Tried", "work"]

BATCH = 100
"""Shifts that are simulated, and kept, together."""

NO_LOOP = "The feedback loop was not simulated"


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a worker is asked to do.

    Attributes
    ----------
    scenario, base
        As resolved, ready for JSON.
    files
        Names what the input files of both hold.
    batches
        Of simulated shifts that are wanted.
    table : (n_units, n_periods)
        The plan, if it was made before.
    casework
        Whether the hours of investigators are told as well.
    """

    scenario: dict[str, Any]
    base: dict[str, Any]
    files: str
    batches: tuple[int, ...]
    table: IndexArray | None = None
    casework: bool = False


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan, as far as a comparison tells of it.

    Attributes
    ----------
    facts
        Ready for JSON: ``status``, ``why``, the columns of ``Comparison.scenarios``
        that are of the plan, ``notes``, ``discovered``, ``inputs``, ``timings``.
    frames
        ``table`` (a row per unit, a column per hour), ``posts``, ``cells``, ``groups``
        and ``casework``; none where there is no plan.
    """

    facts: dict[str, Any]
    frames: dict[str, pd.DataFrame]

    @property
    def table(self) -> IndexArray:
        """The timetable, (n_units, n_periods)."""
        return self.frames["table"].to_numpy(dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """A batch of simulated shifts.

    Attributes
    ----------
    coupled
        Whether its calls are those of the base, thinned and added to.
    """

    batch: int
    coupled: bool
    samples: Samples


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What a worker gives back; without a plan if the task brought one."""

    planned: Planned | None
    simulated: tuple[Simulated, ...]


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A feedback loop to be simulated: patrols that follow the forecaster's records."""

    scenario: dict[str, Any]
    files: str


def work(task: Task | Loop) -> Tried | str:
    """Plan a scenario, unless the task brings the plan, and simulate its shifts.

    A scenario that has no plan, or cannot be read, is told of and raises nothing: the
    others go on. Of a loop, what it comes to is told in a sentence.
    """
    start = time.perf_counter()
    try:
        if isinstance(task, Loop):
            return _looped(task)
        return _tried(task, start)
    except InfeasibleError as error:
        return _lost("infeasible", error, start)
    except GeoallocError as error:
        if isinstance(error.__context__, FileNotFoundError):
            raise  # it is here that the file is missing, and not of this scenario alone
        return _lost("failed", error, start)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}; this is a bug of ours: report it"
        return _lost("failed", GeoallocError(reason), start)


def _looped(loop: Loop) -> str:
    try:
        scenario = scenarios.parse(loop.scenario)
        on = ground.shared(scenario, stages.Clock(stages.silent), files=loop.files)
        told = on.history.where(on.history.reported)
        forecaster = demand.forecaster(scenario.demand.forecaster)
        return evaluation.feedback(told, forecaster).sentence
    except GeoallocError as error:
        return f"{NO_LOOP}: {error}."


def _lost(status: str, error: GeoallocError, start: float) -> Tried:
    facts = {"status": status, "why": str(error), "seconds": _since(start)}
    return Tried(planned=Planned(facts=facts, frames={}), simulated=())


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 3)


def _tried(task: Task, start: float) -> Tried:
    clock = stages.Clock(stages.silent)
    scenario = scenarios.parse(task.scenario)
    on = ground.shared(scenario, clock, files=task.files)
    ahead = ground.foresee(scenario, on, clock)
    trial = _Trial(
        scenario=scenario,
        on=on,
        ahead=ahead,
        way=judging.way(scenario, ahead),
        reference=_reference(task, clock),
        drawn=task.base["simulation"],
    )
    if task.table is not None:
        return Tried(planned=None, simulated=trial.simulated(task.batches, task.table))
    one = trial.plan(task.batches[0], clock)
    with clock("tables"):
        frames = _frames(trial, one)
        if task.casework:
            frames["casework"] = casework_figures.casework_figures(scenario, on)
    with clock("simulation"):
        first = trial.told(task.batches[0], one.outcome)
        simulated = (first, *trial.simulated(task.batches[1:], one.table))
    told = {
        "inputs": on.found,
        "synthetic": on.past.synthetic,
        "attribution": records.attribution(scenario, on.area, on.past),
        "timings": clock.seconds,
        "seconds": _since(start),
    }
    planned = Planned(facts=_facts(scenario, ahead, one) | told, frames=frames)
    return Tried(planned=planned, simulated=simulated)


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """A scenario, what it stands on, and the calls of the base.

    Attributes
    ----------
    drawn
        How the base draws its calls: its table ``[simulation]``.
    """

    scenario: Scenario
    on: Ground
    ahead: Ahead
    way: Way
    reference: Mapping[str, FloatArray]
    drawn: dict[str, Any]

    @property
    def coupled(self) -> bool:
        """Whether the calls of the base can be the calls of this scenario."""
        shape = (self.ahead.problem.n_periods, self.ahead.problem.n_hexes)
        alike = all(one.shape == shape for one in self.reference.values())
        mine = self.way.params.warmup_h, self.way.params.level_cv
        return alike and mine == (self.drawn["warmup_h"], self.drawn["level_cv"])

    def params(self, batch: int) -> evaluation.SimulationParams:
        return dataclasses.replace(
            self.way.params,
            n_shifts=BATCH,
            # Of the base, whatever the scenario's own: else no call is shared.
            seed=int(self.drawn["seed"]),
            batch=batch,
            reference=self.reference if self.coupled else None,
        )

    def plan(self, batch: int, clock: stages.Clock) -> Tonight:
        """Make the plan that ``geoalloc plan`` makes, and simulate one batch of it."""
        with clock("calibration"):
            problem, way, _ = judging.calibrated(self.way, self.ahead.problem)
        with clock("allocation"):
            way = dataclasses.replace(way, params=self.params(batch))
            return judging.tonight(way, problem)

    def simulated(
        self, batches: Iterable[int], table: IndexArray
    ) -> tuple[Simulated, ...]:
        begins = self.ahead.begins
        return tuple(
            self.told(
                batch,
                evaluation.simulate(
                    self.ahead.problem,
                    table,
                    judging.begun(self.params(batch), begins),
                ),
            )
            for batch in batches
        )

    def told(self, batch: int, outcome: evaluation.Outcome) -> Simulated:
        samples = Samples.of(outcome)
        return Simulated(batch=batch, coupled=self.coupled, samples=samples)


@dataclass
class _Reference:
    """The demand of the base that this process worked out last."""

    key: str = ""
    arrivals: Mapping[str, FloatArray] | None = None


_LAST = _Reference()


def _reference(task: Task, clock: stages.Clock) -> Mapping[str, FloatArray]:
    """Expect the calls of the base, once for all the tasks of a process."""
    key = json.dumps([task.files, task.base], sort_keys=True)
    if _LAST.arrivals is None or _LAST.key != key:
        base = scenarios.parse(task.base)
        on = ground.shared(base, clock, files=task.files)
        ahead = ground.foresee(base, on, clock)
        _LAST.key, _LAST.arrivals = key, evaluation.reference(ahead.problem)
    return _LAST.arrivals


def _facts(scenario: Scenario, ahead: Ahead, one: Tonight) -> dict[str, Any]:
    """Tell of a plan what the table of scenarios holds."""
    force = ahead.setting.force
    units = force.units
    officers = units["officers"].to_numpy(dtype=np.int64)
    response = (units["kind"] == "response").to_numpy()
    hours = force.duty_min.sum(axis=1) / 60.0
    home = one.problem.station_post[one.problem.supply.station]
    expected = ahead.foreseen.demand
    return {
        "status": "planned",
        "why": "",
        "mode": scenario.allocation.mode,
        "objective": scenario.allocation.objective,
        "units": len(units),
        "officers": int(officers.sum()),
        "response_officers": int(officers[response].sum()),
        "officer_hours": float((officers * hours).sum()),
        "cost": _cost(scenario, units["kind"], officers * hours),
        "moves": int((one.place[:, 0] != home).sum()),
        "drive_min": float(np.nansum(timetables.drive(one))),
        "demand": float(expected.incidents.sum()),
        "workload_h": float(expected.workload_h.sum()),
        # By the weights that judge, whatever the plan was made for.
        "model_unmet": float(_weights(one) @ one.value.unmet.sum(axis=1)),
        "gap": float(one.solved.gap),
        "load_factor": float(one.planned.load_factor),
        "notes": [*ahead.foreseen.notes, *ahead.setting.travel_notes],
        "discovered": _discovered(ahead),
    }


def _cost(scenario: Scenario, kind: pd.Series, hours: FloatArray) -> float | None:
    """Price the officer-hours of the shift; None where a kind of unit has no price."""
    prices = None if scenario.costs is None else scenario.costs.officer_hour
    if prices is None or not set(kind) <= set(prices):
        return None
    return float((kind.map(prices).to_numpy(dtype=np.float64) * hours).sum())


def _discovered(ahead: Ahead) -> str:
    """Say what is made of incidents that are there because somebody looked."""
    lost = float(ahead.foreseen.demand.discovered_h.sum())
    hours = float(ahead.foreseen.demand.workload_h.sum())
    share = lost / (lost + hours) if lost + hours > 0 else 0.0
    return (
        "Incidents that police discover are left out of what is forecast, so that "
        f"units are not sent where units were: {lost:.1f} unit-hours of them "
        f"({share:.1%} of the work) count as lost capacity alone."
    )


def _frames(trial: _Trial, one: Tonight) -> dict[str, pd.DataFrame]:
    scenario, on, ahead = trial.scenario, trial.on, trial.ahead
    columns = [f"hour_{t}" for t in range(one.table.shape[1])]
    return {
        "table": pd.DataFrame(one.table, columns=columns),
        "posts": _posts(on, ahead, one),
        "cells": _cells(on, one),
        "groups": fairness.groups(scenario, on, ahead, one, None),
    }


def _posts(on: Ground, ahead: Ahead, one: Tonight) -> pd.DataFrame:
    """Say where each unit stands in its first hour, in degrees."""
    posts = timetables.first_posts(on.grid, one, ahead.setting)
    at = pd.DataFrame(posts[["unit_id", "kind", "post"]])
    return at.assign(longitude=posts.geometry.x, latitude=posts.geometry.y)


def _weights(one: Tonight) -> FloatArray:
    return np.array([c.weight for c in one.problem.classes])


def _cells(on: Ground, one: Tonight) -> pd.DataFrame:
    """Say of each hex what is unmet in the shift, and how long callers wait."""
    first = int(timetables.classes_of(one.problem, GRADES[0])[-1])
    # Busy as the model has it: what is kept of a plan must not depend on the base.
    wait = allocation.expected_wait(one.problem, one.table, first)
    mean = wait.mean(axis=0)
    return pd.DataFrame(
        {
            "hex_id": on.grid.hex_id,
            "unmet": _weights(one) @ one.value.unmet,
            "minutes": np.where(np.isfinite(mean), mean, np.nan).astype(np.float32),
        }
    )
