"""The hours of a shift: posts, breaks and re-posts of every unit, block by block."""

from dataclasses import replace

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, IndexArray
from geoalloc.allocation._prepared import Prepared
from geoalloc.allocation._shift_run import Opening, Run, ShiftParams, ShiftPlan
from geoalloc.allocation.duty import Duty, ShiftRules
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError

__all__ = [
    "Opening",
    "ShiftParams",
    "ShiftPlan",
    "ShiftRules",
    "compare_breaks",
    "plan_shift",
]

_RULES, _PARAMS, _OPENING = ShiftRules(), ShiftParams(), Opening()


def plan_shift(
    problem: AllocationProblem | Prepared,
    start: IndexArray | None = None,
    *,
    rules: ShiftRules = _RULES,
    params: ShiftParams = _PARAMS,
    begins: Opening = _OPENING,
) -> ShiftPlan:
    """Plan the blocks of a shift: where each unit stands, when it rests and moves.

    One unit at a time takes the path that is best given all others, found exactly
    by dynamic programming over its blocks, until none has a better one. Re-posts
    have a price, found by bisection, at which about so many are made as may be
    (Everett, 1963, Operations Research 11, 399-417); those over are taken back for
    the least loss, those left are given for the most gain.

    A unit that is at its post for a part of a block counts for that part: straight
    lines between whole units. Such parts are exact in the value of a plan, and at
    their average worth in the choice of a path. Quotas in unit-hours, which tie the
    blocks of a path together, are at their price of one block in that choice. Caps
    on the unmet demand of a group are not looked for, but reported.

    Parameters
    ----------
    start : (n_units,) or (n_units, n_periods), optional
        The plan to begin with; a post for each unit in turn if left out.

    Raises
    ------
    DataError
        If the rules do not fit the units, as ``duty`` says; or plans are to be
        compared, and there is no ``start``.
    """
    run = _begun(problem, rules, params, begins)
    stages = [] if not params.compare else _way(run, start, params)
    if not params.compare:
        run.begin(start)
        run.settle()
        run.repost(rules.most_reposts)
    if params.cells is None:
        plan = run.plan()
    else:
        whole = Run(problem, rules, params, begins)
        whole.take(run)
        whole.polish()
        plan = whole.plan()
    if not params.compare:
        return plan
    return replace(plan, comparison=_told(run, stages))


def compare_breaks(
    problem: AllocationProblem | Prepared,
    start: IndexArray,
    *,
    rules: ShiftRules = _RULES,
    params: ShiftParams = _PARAMS,
) -> pd.DataFrame:
    """Tell what the times of breaks, and re-posts, are worth.

    Parameters
    ----------
    start : (n_units,)
        Post of each unit.

    Returns
    -------
    comparison
        Indexed by plan: all breaks in the middle of the duty, at the posts of the
        start; the best breaks at these posts; with one other post each; with as many
        re-posts as the rules allow; with any number. Columns weighted_unmet (of the
        timetable), objective (units counted for their minutes), reposts.
    """
    asked = replace(params, compare=True)
    found = plan_shift(problem, start, rules=rules, params=asked).comparison
    return pd.DataFrame() if found is None else found


def _begun(
    problem: AllocationProblem | Prepared,
    rules: ShiftRules,
    params: ShiftParams,
    begins: Opening,
) -> Run:
    """Begin on the cells, if paths are looked for on them; else on the hexes."""
    cells = params.cells
    if cells is None:
        return Run(problem, rules, params, begins)
    plain = problem.problem if isinstance(problem, Prepared) else problem
    placed = Opening(
        queue=cells.queue(begins.queue), committed=cells.committed(begins.committed)
    )
    return Run(cells.of(plain), rules, params, placed)


_Stage = tuple[str, float, float, int]


def _way(run: Run, start: IndexArray | None, params: ShiftParams) -> list[_Stage]:
    """Plan the shift, and note what each stage of the way to it is worth."""
    if start is None:
        raise DataError("breaks are compared at a plan: give its posts as start")
    stages = [("breaks in the middle", *_naive(run, start, params))]
    run.begin(start)
    stages.append(("best breaks", *run.found()))
    run.settle()
    stages.append(("one post each", *run.found()))
    run.repost(run.rules.most_reposts)
    return stages


def _told(run: Run, stages: list[_Stage]) -> pd.DataFrame:
    """Add what was reached, and what any number of re-posts reaches."""
    budget = run.rules.most_reposts
    if budget is not None:
        stages.append((f"{budget} re-posts", *run.found()))
        run.repost(None)
    stages.append(("any number of re-posts", *run.found()))
    columns = ["plan", "weighted_unmet", "objective", "reposts"]
    return pd.DataFrame(stages, columns=columns).set_index("plan")


def _naive(
    run: Run, start: IndexArray, params: ShiftParams
) -> tuple[float, float, int]:
    """Have every break in the middle of its duty, at the posts of the start."""
    crowded = replace(run.rules, most_on_break=1.0)
    naive = Run(run.standing.prepared, crowded, params, Opening())
    naive.duty = naive.standing.duty = run.duty
    naive.fix_breaks(_evenly(naive.duty))
    naive.begin(start)
    return naive.found()


def _evenly(duty: Duty) -> BoolArray:
    """Leave each unit the starts of breaks that part its duty most evenly."""
    begins = np.zeros_like(duty.begins)
    for u in np.flatnonzero(duty.breaks):
        starts, on = np.flatnonzero(duty.begins[u]), np.flatnonzero(duty.minutes[u])
        for part in np.arange(1, duty.breaks[u] + 1) / (duty.breaks[u] + 1):
            middle = on[0] + part * on.size - 0.5
            begins[u, starts[np.abs(starts - middle).argmin()]] = True
    return begins
