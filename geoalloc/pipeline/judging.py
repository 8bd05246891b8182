"""From a problem to plans laid out, simulated, and honestly told."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import allocation, evaluation, hexes
from geoalloc._types import IndexArray
from geoalloc.errors import SolverError
from geoalloc.hexes import HexGrid
from geoalloc.pipeline import duties, problems
from geoalloc.pipeline.ground import Ahead
from geoalloc.pipeline.problems import Setting
from geoalloc.pipeline.timetables import Tonight
from geoalloc.scenario import Scenario

_PLANS = 16  # that the rank correlation of a run is over
_FEW_SHIFTS, _MOST_SHIFTS = 60, 200  # simulated for one figure of many
_MANY_HEXES = 20_000  # beyond which searches and prices look at coarser cells


@dataclass(frozen=True)
class Way:
    """How plans of a scenario are solved, laid out and simulated.

    Attributes
    ----------
    told
        Load factor at which the model tells of a plan; that of the problem if None.
        The factor that leads to the best plans tells of them too well.
    cells
        What of a fine grid is searched and priced on; None for every hex.
    """

    scenario: Scenario
    at: Setting
    begins: duties.Start
    solver: allocation.SolverParams
    params: evaluation.SimulationParams
    told: float | None = None
    cells: allocation.Aggregation | None = None


def way(scenario: Scenario, ahead: Ahead) -> Way:
    """Take the way from the scenario; of a fine grid, on coarser cells."""
    params = problems.simulation_params(scenario, ahead.setting)
    ground = evaluation.ground(ahead.problem, params)
    return Way(
        scenario=scenario,
        at=ahead.setting,
        begins=ahead.begins,
        solver=problems.solver_params(scenario),
        params=dataclasses.replace(params, ground=ground),
        cells=_cells(ahead.problem, ahead.history.grid),
    )


def _cells(
    problem: allocation.AllocationProblem, grid: HexGrid
) -> allocation.Aggregation | None:
    """Merge the hexes of a fine grid by the parents that are few; None if they are."""
    resolution, parents = grid.resolution, grid.hex_id
    while resolution > 0 and np.unique(parents).size > _MANY_HEXES:
        resolution -= 1
        parents = hexes.parents(grid.hex_id, resolution)
    if resolution == grid.resolution:
        return None
    return allocation.aggregate(problem, parents)


def other_mode(problem: allocation.AllocationProblem) -> allocation.AllocationProblem:
    """Give the same problem bordered, or borderless if it is bordered."""
    return dataclasses.replace(problem, bordered=not problem.bordered)


def tonight(
    way: Way, problem: allocation.AllocationProblem, *, compare_breaks: bool = False
) -> Tonight:
    """Solve, lay the plan out over the hours, and simulate it.

    Parameters
    ----------
    compare_breaks
        Whether to tell what times of breaks and re-posts are worth.
    """
    scenario, force, begins = way.scenario, way.at.force, way.begins
    solved = allocation.solve(problem, way.solver, start=_start(way, problem))
    shift = None
    table = allocation.timetable(problem, solved.post)
    if duties.is_wanted(scenario, force, begins):
        params = allocation.ShiftParams(cells=way.cells, compare=compare_breaks)
        shift = duties.plan(scenario, problem, solved.post, force, begins, params)
        table = shift.timetable
    told = dataclasses.replace(problem, load_factor=way.told or problem.load_factor)
    return Tonight(
        name="bordered" if problem.bordered else "borderless",
        planned=problem,
        problem=told,
        solved=solved,
        shift=shift,
        cells=way.cells,
        table=table,
        value=allocation.evaluate(told, table),
        outcome=evaluation.simulate(problem, table, begun(way.params, begins)),
    )


def _start(way: Way, problem: allocation.AllocationProblem) -> IndexArray | None:
    """Solve on the cells for a plan to begin with; None without cells, or by clock."""
    if way.cells is None or way.solver.seconds is not None:
        return None
    try:
        return allocation.solve(way.cells.of(problem), way.solver).post
    except SolverError:  # the hexes may hold a plan all the same
        return None


def begun(
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
    best = evaluation.tuned(stated, _plain(way, _FEW_SHIFTS), cells=way.cells)
    found = evaluation.calibrate(
        stated, best.post, _plain(way, _MOST_SHIFTS), cells=way.cells
    )
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
    looked_at = chosen.planned if way.cells is None else way.cells.of(chosen.planned)
    correlation = evaluation.rank_correlation(
        chosen.planned,
        evaluation.perturbed_plans(looked_at, chosen.solved.post, _PLANS),
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
        "sentences": [*told.sentences, *_on_cells(chosen)],
        "safety": safe.sentence,
        "safety_levels": safe.levels.astype(object)
        .where(safe.levels.notna(), None)
        .to_dict("records"),
        "calibration": calibrated.note if calibrated is not None else "",
    }


def _on_cells(chosen: Tonight) -> Iterator[str]:
    """Say what was reckoned on coarser cells, and how near they are to the hexes."""
    if chosen.cells is None:
        return
    merged = chosen.cells.of(chosen.problem)
    theirs = allocation.evaluate(merged, chosen.table).weighted_unmet
    yield (
        f"Searches, breaks compared, prices and plans that are tried were reckoned on "
        f"{merged.n_hexes:,} cells in place of {chosen.problem.n_hexes:,} hexes; the "
        f"plan and what is told of it on every hex. On the cells it leaves "
        f"{theirs:.2f} late calls (weighted), on the hexes "
        f"{chosen.value.weighted_unmet:.2f}."
    )


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
        cells=way.cells,
    )
    text = dict.fromkeys(("component", "district"), "str")
    columns = ["component", "district", "late", "saved", "low", "high"]
    value = pd.DataFrame(
        {"hex_id": grid.hex_id, "saved": np.asarray(found.hexes, dtype=np.float64)}
    )
    return found.components[columns].astype(text), value
