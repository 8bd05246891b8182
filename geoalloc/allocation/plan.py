"""A plan and its value under the model, worked out hex by hex from the problem."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy.sparse as sp

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError
from geoalloc.kernels import availability


class SolveStatus(StrEnum):
    """How good a plan is known to be."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"


@dataclass(frozen=True, kw_only=True)
class Valuation:
    """What the model expects of a plan.

    Attributes
    ----------
    post : (n_units,)
        Post of each unit, as a position.
    unmet : (n_classes, n_hexes)
        Expected late incidents over the shift, not weighted.
    none_free : (n_classes, n_periods, n_hexes)
        Chance that no unit within the standard is free in time (convexified).
    objective
        Weighted unmet demand plus the price of the drives to the posts.
    """

    post: IndexArray
    unmet: FloatArray
    none_free: FloatArray
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
    """Value any plan under the model, whether or not it keeps minimum cover.

    The chance that a call is late is that of Erlang's formulas (a mix of B and C)
    at the load around its hex: that of the catchments of the posts within its
    standard. Where the standard leaves time to wait, it is the chance of waiting
    longer than that (Kleinrock, 1975, Queueing Systems I, 3.5 and 5.7).

    Parameters
    ----------
    post : (n_units,)
        Post of each unit, as a position.

    Raises
    ------
    DataError
        If ``post`` does not name one post per unit, within reach of its station.
    """
    post = require_plan(problem, post)
    count = units_in_reach(problem, post)
    none_free = np.ones((len(problem.classes), problem.n_periods, problem.n_hexes))
    for c in range(len(problem.classes)):
        load = local_load(problem, c)
        none_free[c] = availability.none_free(
            count[c], load, patience(problem, c), problem.kappa
        ).T
    arrivals = np.stack([c.arrivals for c in problem.classes])
    unmet = (arrivals * none_free).sum(axis=1)
    weight = np.array([c.weight for c in problem.classes])
    drive = problem.station_min[problem.supply.station, post].sum()
    return Valuation(
        post=post,
        unmet=unmet,
        none_free=none_free,
        objective=float(weight @ unmet.sum(axis=1) + problem.deadhead * drive),
    )


def require_plan(problem: AllocationProblem, post: IndexArray) -> IndexArray:
    """Require one post per unit, within reach of its station."""
    post = np.asarray(post, dtype=np.int64)
    if post.shape != (len(problem.supply),):
        raise DataError(
            f"the plan has shape {post.shape}, needs ({len(problem.supply)},): "
            f"one post per unit"
        )
    inside = (post >= 0) & (post < problem.n_posts)
    if not inside.all():
        unit = int(np.flatnonzero(~inside)[0])
        raise DataError(
            f"unit {unit} is posted to {post[unit]}; posts are 0 to "
            f"{problem.n_posts - 1}"
        )
    drive = problem.station_min[problem.supply.station, post]
    if not np.isfinite(drive).all():
        unit = int(np.flatnonzero(~np.isfinite(drive))[0])
        raise DataError(
            f"unit {unit} is posted to {post[unit]}, out of reach of its station "
            f"{problem.supply.station[unit]}"
        )
    return post


def units_in_reach(problem: AllocationProblem, post: IndexArray) -> IndexArray:
    """Count the units that reach each hex within its standard: (n_classes, n_hexes)."""
    travel = problem.travel_min
    serves, beat = problem.unit_serves, problem.unit_beat
    count = np.zeros((len(problem.classes), problem.n_hexes), dtype=np.int64)
    for u, p in enumerate(post):
        row = slice(travel.indptr[p], travel.indptr[p + 1])
        hexes = travel.indices[row]
        home = (beat[u] < 0) | (problem.hex_beat[hexes] == beat[u])
        for c, service in enumerate(problem.classes):
            if serves[u, c]:
                near = travel.data[row] <= service.reach_min[hexes]
                count[c, hexes[near & home]] += 1
    return count


def local_load(problem: AllocationProblem, class_index: int) -> FloatArray:
    """Offer to each hex the load of the catchments of the posts that reach it.

    The load is that of every class that a unit of this class may be busy with.
    Where all units of the class stay in their home beat, only the load of the
    hex's own beat counts, for nothing else keeps them busy.

    Returns
    -------
    load : (n_hexes, n_periods)
        Erlangs, times ``load_factor``.
    """
    near = reach(problem, class_index)
    kinds = problem.classes[class_index].kinds
    bound = problem.bordered or all(kind in problem.home_bound for kind in kinds)
    area = problem.hex_beat if bound else np.zeros(problem.n_hexes, dtype=np.int64)
    load = np.zeros((problem.n_hexes, problem.n_periods))
    for part in np.unique(area):
        inside = np.flatnonzero(area == part)
        load[inside] = near[:, inside].T @ _catchment_load(problem, kinds, inside)
    return problem.load_factor * load


def reach(problem: AllocationProblem, class_index: int) -> sp.csr_array:
    """Mark which hexes a post reaches within the standard: (n_posts, n_hexes)."""
    travel = problem.travel_min
    near = travel.data <= problem.classes[class_index].reach_min[travel.indices]
    before = np.concatenate([[0], np.cumsum(near)])
    return sp.csr_array(
        (np.ones(before[-1], bool), travel.indices[near], before[travel.indptr]),
        shape=travel.shape,
    )


def patience(problem: AllocationProblem, class_index: int) -> FloatArray:
    """Tell how long a call may wait for a unit in reach and still be in time.

    That is what the standard leaves after the longest drive that a unit is sent
    on, in mean services of the calls that keep those units busy: (n_hexes,).
    """
    service = problem.classes[class_index]
    sharing = [c for c in problem.classes if set(service.kinds) & set(c.kinds)]
    arrivals = sum(float(c.arrivals.sum()) for c in sharing)
    work_h = sum(float(c.load.sum()) for c in sharing)
    spare_min = np.maximum(service.limit_min - service.cap_min, 0.0)
    if work_h == 0.0:
        return np.zeros(problem.n_hexes)
    return spare_min / (60.0 * work_h / arrivals)


def _catchment_load(
    problem: AllocationProblem, kinds: tuple[str, ...], inside: IndexArray
) -> FloatArray:
    """Sum the load of each post's catchment in some hexes: (n_posts, n_periods)."""
    caught = inside[problem.catchment[inside] >= 0]
    result = np.zeros((problem.n_posts, problem.n_periods))
    for service in problem.classes:
        if set(kinds) & set(service.kinds):
            np.add.at(result, problem.catchment[caught], service.load.T[caught])
    return result
