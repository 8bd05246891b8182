"""From a problem to plans laid out, simulated, and honestly told."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import allocation, evaluation
from geoalloc.hexes import HexGrid
from geoalloc.pipeline import duties, problems
from geoalloc.pipeline.ground import Ahead
from geoalloc.pipeline.problems import Setting
from geoalloc.pipeline.timetables import Tonight
from geoalloc.scenario import Scenario

_PLANS = 16  # that the rank correlation of a run is over
_FEW_SHIFTS, _MOST_SHIFTS = 60, 200  # simulated for one figure of many


@dataclass(frozen=True)
class Way:
    """How plans of a scenario are solved, laid out and simulated.

    Attributes
    ----------
    told
        Load factor at which the model tells of a plan; that of the problem if None.
        The factor that leads to the best plans tells of them too well.
    """

    scenario: Scenario
    at: Setting
    begins: duties.Start
    solver: allocation.SolverParams
    params: evaluation.SimulationParams
    told: float | None = None


def way(scenario: Scenario, ahead: Ahead) -> Way:
    """Take the way from the scenario."""
    return Way(
        scenario=scenario,
        at=ahead.setting,
        begins=ahead.begins,
        solver=problems.solver_params(scenario),
        params=problems.simulation_params(scenario, ahead.setting),
    )


def other_mode(problem: allocation.AllocationProblem) -> allocation.AllocationProblem:
    """Give the same problem bordered, or borderless if it is bordered."""
    return dataclasses.replace(problem, bordered=not problem.bordered)


def tonight(way: Way, problem: allocation.AllocationProblem) -> Tonight:
    """Solve, lay the plan out over the hours, and simulate it."""
    scenario, force, begins = way.scenario, way.at.force, way.begins
    solved = allocation.solve(problem, way.solver)
    shift = None
    table = allocation.timetable(problem, solved.post)
    if duties.is_wanted(scenario, force, begins):
        shift = duties.plan(scenario, problem, solved.post, force, begins)
        table = shift.timetable
    told = dataclasses.replace(problem, load_factor=way.told or problem.load_factor)
    return Tonight(
        name="bordered" if problem.bordered else "borderless",
        planned=problem,
        problem=told,
        solved=solved,
        shift=shift,
        table=table,
        value=allocation.evaluate(told, table),
        outcome=evaluation.simulate(problem, table, _begun(way.params, begins)),
    )


def _begun(
    params: evaluation.SimulationParams, begins: duties.Start
) -> evaluation.SimulationParams:
    """Start the simulation with the calls that wait and the units at work."""
    return dataclasses.replace(
        params, open_calls=begins.queue, committed=begins.committed
    )


def calibrated(
    way: Way, stated: allocation.AllocationProblem
) -> tuple[allocation.AllocationProblem, Way, evaluation.Calibration | None]:
    """Choose the load factors by simulation, unless the scenario gives one.

    Plans of several factors are simulated, and the factor of the best is planned with;
    what is told of plans is told at the factor at which the model expects what the
    simulation finds at that plan.
    """
    if way.scenario.allocation.load_factor is not None:
        return stated, way, None
    best = evaluation.tuned(stated, _plain(way, _FEW_SHIFTS))
    found = evaluation.calibrate(stated, best.post, _plain(way, _MOST_SHIFTS))
    return (
        dataclasses.replace(stated, load_factor=best.load_factor),
        dataclasses.replace(way, told=found.load_factor),
        found,
    )


def _plain(way: Way, n_shifts: int) -> evaluation.SimulationParams:
    """Simulate fewer shifts, of fixed posts, from an ordinary start."""
    return dataclasses.replace(
        way.params,
        n_shifts=min(n_shifts, way.params.n_shifts),
        groups={},
        open_calls=None,
        committed=None,
        on_duty=None,
    )


def honesty(
    way: Way, judged: Sequence[Tonight], calibrated: evaluation.Calibration | None
) -> dict[str, Any]:
    """Tell how far the model can be believed, and where borderless dispatch breaks."""
    chosen = judged[0]
    free, bound = sorted(judged, key=lambda one: one.problem.bordered)
    correlation = evaluation.rank_correlation(
        chosen.planned,
        evaluation.perturbed_plans(chosen.planned, chosen.solved.post, _PLANS),
        _plain(way, _FEW_SHIFTS),
    )
    safe = evaluation.safety(
        free.problem,
        free.table,
        params=_plain(way, _FEW_SHIFTS),
        bordered_post=bound.table,
    )
    # The timetable is what was simulated, and what the model is asked about; the gap
    # is that of the posts before breaks.
    laid_out = dataclasses.replace(
        chosen.solved,
        unmet=chosen.value.unmet,
        weighted_unmet=chosen.value.weighted_unmet,
    )
    told = evaluation.honesty(
        chosen.problem, laid_out, chosen.outcome, correlation, calibrated, safe
    )
    rows = told.rows.set_index("measure")
    return {
        "rows": {
            name: {key: _number(value) for key, value in row.items()}
            for name, row in rows.to_dict("index").items()
        },
        "sentences": list(told.sentences),
        "safety": safe.sentence,
        "safety_levels": safe.levels.astype(object)
        .where(safe.levels.notna(), None)
        .to_dict("records"),
        "calibration": calibrated.note if calibrated is not None else "",
    }


def _number(value: float) -> float | None:
    return None if value != value else float(value)


def borders(
    way: Way, judged: Sequence[Tonight], grid: HexGrid
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take apart what borders cost: ``schemas.BORDERS`` and ``BORDER_VALUE``."""
    free, bound = sorted(judged, key=lambda one: one.problem.bordered)
    found = evaluation.value_of_borders(
        free.problem,
        _plain(way, _MOST_SHIFTS),
        borderless=free.solved.post,
        bordered=bound.solved.post,
    )
    text = dict.fromkeys(("component", "district"), "str")
    columns = ["component", "district", "late", "saved", "low", "high"]
    value = pd.DataFrame(
        {"hex_id": grid.hex_id, "saved": np.asarray(found.hexes, dtype=np.float64)}
    )
    return found.components[columns].astype(text), value
