"""A plan and its value under the model, worked out hex by hex from the problem."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import curves
from geoalloc.allocation.loads import covered, local_load, patience, reach
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError

__all__ = [
    "AllocationPlan",
    "SolveStatus",
    "Valuation",
    "covered",
    "drive_min",
    "evaluate",
    "local_load",
    "out_of_reach",
    "parts_in_reach",
    "patience",
    "reach",
    "require_plan",
    "timetable",
    "unmet_share",
    "value_of",
]


class SolveStatus(StrEnum):
    """How good a plan is known to be."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"


@dataclass(frozen=True, kw_only=True)
class Valuation:
    """What the model expects of a plan.

    Attributes
    ----------
    post : (n_units,) or (n_units, n_periods)
        Post of each unit, as a position; or the timetable of the shift.
    unmet : (n_classes, n_hexes)
        Expected late incidents over the shift, not weighted.
    none_free : (n_classes, n_periods, n_hexes)
        Chance that no unit within the standard is free in time (convexified).
    weighted_unmet
        What is unmet, by the weights of the objective.
    beyond
        Hexes out of the longest acceptable travel, in the worst period.
    objective
        Weighted unmet demand, plus the price of hexes beyond the longest travel
        and of the drives to the posts.
    """

    post: IndexArray
    unmet: FloatArray
    none_free: FloatArray
    weighted_unmet: float
    beyond: BoolArray
    objective: float


@dataclass(frozen=True, kw_only=True)
class AllocationPlan(Valuation):
    """A plan with the proof of how good it is.

    Attributes
    ----------
    bound
        No plan that keeps the rules has a lower objective.
    gap
        ``(objective - bound)`` as a share of the weighted unmet demand.
    stopped_by_clock
        Whether the wall-clock limit ended the solve: such a plan may not repeat.
    steps
        One entry per stage: stage, objective, bound, seconds.
    """

    bound: float
    gap: float
    status: SolveStatus
    stopped_by_clock: bool
    steps: list[dict[str, str | float]]


def evaluate(problem: AllocationProblem, post: IndexArray) -> Valuation:
    """Value any plan under the model, whether or not it keeps the rules.

    The chance that a call is late is that of the problem's curve: usually of
    Erlang's formulas (a mix of B and C) at the load around its hex, that of the
    catchments of the posts within its standard. Where the standard leaves time to
    wait, it is the chance of waiting longer than that.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        Post of each unit, as a position; or a timetable.

    Raises
    ------
    DataError
        If ``post`` does not name one post per unit, within reach of its station.
    """
    where = timetable(problem, post)
    none_free, unmet, weighted = late_calls(problem, parts_in_reach(problem, where))
    beyond, price = _too_far(problem, where)
    return Valuation(
        post=np.asarray(post, dtype=np.int64),
        unmet=unmet,
        none_free=none_free,
        weighted_unmet=weighted,
        beyond=beyond,
        objective=weighted + price + problem.deadhead * drive_min(problem, where),
    )


def late_calls(
    problem: AllocationProblem, count: IndexArray
) -> tuple[FloatArray, FloatArray, float]:
    """Tell who is late with so many parts in reach, as ``parts_in_reach`` counts them.

    Returns
    -------
    none_free : (n_classes, n_periods, n_hexes)
    unmet : (n_classes, n_hexes)
    weighted
        All three as in ``Valuation``.
    """
    none_free = np.ones((len(problem.classes), problem.n_periods, problem.n_hexes))
    unmet = np.zeros((len(problem.classes), problem.n_hexes))
    weighted = 0.0
    for c, service in enumerate(problem.classes):
        none_free[c] = curves.late(problem, c, count[c])
        unmet[c] = (service.arrivals * none_free[c]).sum(axis=0)
        weighted += float((value_of(problem, c) * none_free[c]).sum())
    return none_free, unmet, weighted


def unmet_share(
    problem: AllocationProblem, valuation: Valuation, hexes: BoolArray
) -> float:
    """Give the share of the weighted demand of some hexes that is unmet.

    That is what an ``UnmetCap`` limits.

    Parameters
    ----------
    hexes : (n_hexes,)
        Which hexes belong to the group.

    Returns
    -------
    share
        From 0 to 1; nan if the group has no demand.

    Raises
    ------
    DataError
        If ``hexes`` does not mark every hex of the problem.
    """
    hexes = np.asarray(hexes, dtype=bool)
    if hexes.shape != (problem.n_hexes,):
        raise DataError(f"hexes has shape {hexes.shape}, needs ({problem.n_hexes},)")
    demand = unmet = 0.0
    for c in range(len(problem.classes)):
        value = value_of(problem, c)[:, hexes]
        demand += float(value.sum())
        unmet += float((value * valuation.none_free[c][:, hexes]).sum())
    return unmet / demand if demand > 0 else float("nan")


def out_of_reach(problem: AllocationProblem, class_index: int) -> BoolArray:
    """Find the hexes with calls of a class that no unit can reach in time.

    From whatever post it is allowed to stand by at.

    Returns
    -------
    out : (n_hexes,)
    """
    service = problem.classes[class_index]
    out = service.arrivals.sum(axis=0) > 0
    speed, allowed = problem.unit_speed[:, class_index], problem.allowed
    here = np.column_stack([problem.unit_beat, speed, allowed])
    serving = np.flatnonzero(problem.unit_serves[:, class_index])
    for u in serving[np.unique(here[serving], axis=0, return_index=True)[1]]:
        near = reach(problem, class_index, float(speed[u]))
        reached = near[np.flatnonzero(allowed[u])].sum(axis=0) > 0
        beat = problem.unit_beat[u]
        out &= ~(reached & ((beat < 0) | (problem.hex_beat == beat)))
    return np.asarray(out)


def value_of(problem: AllocationProblem, class_index: int) -> FloatArray:
    """Weigh the calls of a class as the objective does: (n_periods, n_hexes)."""
    service = problem.classes[class_index]
    late = service.load if problem.objective == "work-hours" else service.arrivals
    if problem.objective == "harm" and service.severity is not None:
        late = late * service.severity
    return service.weight * late


def timetable(problem: AllocationProblem, post: IndexArray) -> IndexArray:
    """Lay a plan out over the periods, and require that it can be driven.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        Post of each unit, as a position; -1 in a timetable is at no post.

    Returns
    -------
    timetable : (n_units, n_periods)
        -1 also where a unit is not present.

    Raises
    ------
    DataError
        If a unit has no post, or one out of reach of its station.
    """
    post = np.asarray(post, dtype=np.int64)
    shape = (len(problem.supply), problem.n_periods)
    if post.shape not in (shape, shape[:1]):
        raise DataError(
            f"the plan has shape {post.shape}, needs {shape[:1]}: one post per unit; "
            f"or {shape}: one per unit and period"
        )
    fixed = post.ndim == 1
    where = np.repeat(post[:, None], shape[1], axis=1) if fixed else post.copy()
    unit, _ = np.nonzero((where < (0 if fixed else -1)) | (where >= problem.n_posts))
    if unit.size:
        raise DataError(
            f"unit {unit[0]} is posted to {where[unit[0]].max()}; posts are 0 to "
            f"{problem.n_posts - 1}"
        )
    drive = problem.station_min[problem.supply.station[:, None], where]
    unit, period = np.nonzero((where >= 0) & ~np.isfinite(drive))
    if unit.size:
        u, t = unit[0], period[0]
        raise DataError(
            f"unit {u} is posted to {where[u, t]}, out of reach of its station "
            f"{problem.supply.station[u]}"
        )
    where[~problem.present] = -1
    return where


def require_plan(problem: AllocationProblem, post: IndexArray) -> IndexArray:
    """Require a plan that ``timetable`` accepts; give it as it is."""
    timetable(problem, post)
    return np.asarray(post, dtype=np.int64)


def drive_min(problem: AllocationProblem, where: IndexArray) -> float:
    """Sum the minutes from each station to the first post of each of its units.

    Parameters
    ----------
    where : (n_units, n_periods)
    """
    first = np.argmax(where >= 0, axis=1)
    unit = np.flatnonzero(where.max(axis=1) >= 0)
    post = where[unit, first[unit]]
    return float(problem.station_min[problem.supply.station[unit], post].sum())


def parts_in_reach(problem: AllocationProblem, where: IndexArray) -> IndexArray:
    """Count what units within the standard bring to a call at each hex.

    Parameters
    ----------
    where : (n_units, n_periods)

    Returns
    -------
    count : (n_classes, n_periods, n_hexes)
        ``ServiceClass.officers`` parts are one answer to a call.
    """
    travel = problem.travel_min
    parts, speed, beat = problem.unit_parts, problem.unit_speed, problem.unit_beat
    shape = (len(problem.classes), problem.n_periods, problem.n_hexes)
    count = np.zeros(shape, dtype=np.int64)
    for u, posts in enumerate(where):
        for p in np.unique(posts[posts >= 0]):
            row = slice(travel.indptr[p], travel.indptr[p + 1])
            hexes, periods = travel.indices[row], np.flatnonzero(posts == p)
            home = (beat[u] < 0) | (problem.hex_beat[hexes] == beat[u])
            for c in np.flatnonzero(parts[u]):
                within = problem.classes[c].within(speed[u, c])
                near = hexes[home & (travel.data[row] <= within[hexes])]
                count[c][np.ix_(periods, near)] += parts[u, c]
    return count


def _too_far(problem: AllocationProblem, where: IndexArray) -> tuple[BoolArray, float]:
    """Mark the hexes out of the longest travel, and price them by period."""
    longest = problem.longest
    if longest is None:
        return np.zeros(problem.n_hexes, dtype=bool), 0.0
    travel, speed = problem.travel_min, problem.unit_speed[:, 0]
    missing = np.repeat(np.isfinite(longest.limit_min)[None], problem.n_periods, axis=0)
    for u in np.flatnonzero(problem.unit_serves[:, 0]):
        for p in np.unique(where[u][where[u] >= 0]):
            row = slice(travel.indptr[p], travel.indptr[p + 1])
            hexes = travel.indices[row]
            near = travel.data[row] <= longest.limit_min[hexes] * speed[u]
            beat = problem.unit_beat[u]
            near &= (beat < 0) | (problem.hex_beat[hexes] == beat)
            missing[np.ix_(where[u] == p, hexes[near])] = False
    price = longest.price * float(missing.sum()) / problem.n_periods
    return np.asarray(missing.any(axis=0)), price
