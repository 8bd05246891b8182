"""Lay out units, rules and ground for the kernel, and price the cover that is left."""

import numpy as np

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import AllocationProblem, curves
from geoalloc.allocation import plan as plans
from geoalloc.errors import DataError
from geoalloc.evaluation.conduct import (
    QUEUE_RULES,
    DispatchRules,
    by_class,
    named,
    require_positions,
)
from geoalloc.evaluation.params import PERIOD_MIN, SimulationParams
from geoalloc.kernels import simulation
from geoalloc.kernels.simulation import Force, Ground, Rules


def force(
    problem: AllocationProblem, where: IndexArray, params: SimulationParams
) -> Force:
    """Say who the units are, and where they should be.

    Parameters
    ----------
    where : (n_units, n_periods)
    """
    supply, n_units = problem.supply, len(problem.supply)
    until, at = np.full(n_units, -np.inf), np.zeros(n_units, dtype=np.int64)
    if params.committed is not None:
        given = params.committed
        require_positions("committed units", given.unit, n_units)
        require_positions("hexes of committed units", given.hex, problem.n_hexes)
        until[given.unit] = given.until_min
        home = problem.station_post[supply.station[given.unit]]
        near = problem.catchment[given.hex]
        at[given.unit] = np.where(near >= 0, near, home)
    kinds = [[kind in c.kinds for c in problem.classes] for kind in supply.kind]
    return Force(
        plan=_columns(where, on_duty(problem, where, params)),
        home=problem.station_post[supply.station].astype(np.int64),
        serves=problem.unit_serves,
        assists=np.array(kinds),
        speed=problem.unit_speed.astype(np.float64),
        officers=supply.officers.astype(np.int64),
        beat=problem.unit_beat.astype(np.int64),
        busy_until=until,
        busy_at=at,
    )


def on_duty(
    problem: AllocationProblem, where: IndexArray, params: SimulationParams
) -> BoolArray:
    """Hours of duty: (n_units, n_periods); every hour at a post is one.

    Raises
    ------
    DataError
        If a unit is at a post when it is not on duty.
    """
    if params.on_duty is None:
        return np.asarray(problem.present)
    duty = np.asarray(params.on_duty, dtype=bool)
    if duty.shape != where.shape:
        raise DataError(f"on_duty has shape {duty.shape}, needs {where.shape}")
    wrong = np.argwhere((where >= 0) & ~duty)
    if wrong.size:
        raise DataError(
            f"unit {wrong[0][0]} is at post {where[tuple(wrong[0])]} in period "
            f"{wrong[0][1]}, but not on duty; post it in its hours of duty"
        )
    return duty


def _columns(where: IndexArray, duty: BoolArray) -> IndexArray:
    """Add the time before and after the shift to a timetable.

    The units of the first hour stand in for those before them, at their first posts,
    and those of the last hour for those after them, at their last.
    """
    plan = np.where(duty, where, simulation.ABSENT)
    plan = np.pad(plan, ((0, 0), (1, 1)), mode="edge")
    for u in range(len(where)):
        for edge, step in ((0, 1), (-1, -1)):
            spell = np.logical_and.accumulate(duty[u, ::step])
            posts = where[u, ::step][spell]
            if (posts >= 0).any():
                plan[u, edge] = posts[posts >= 0][0]
    return np.ascontiguousarray(plan, dtype=np.int64)


def rules(
    problem: AllocationProblem, where: IndexArray, wanted: DispatchRules
) -> Rules:
    """Lay out the rules by class.

    Raises
    ------
    DataError
        If they name a class that the problem does not have.
    """
    n_classes = len(problem.classes)
    shape = (len(problem.supply), problem.n_periods + 2)
    price, late_cost = np.zeros(shape), np.zeros(n_classes)
    if wanted.rule == "expected-cost":
        lost = wanted.minutes_per_late * cover_price(problem, where)
        price = np.pad(lost, ((0, 0), (1, 1)), mode="edge")
        weight = np.array([c.weight for c in problem.classes], dtype=np.float64)
        late_cost = wanted.minutes_per_late * weight
    urgent = np.arange(n_classes) == 0
    if wanted.urgent is not None:
        urgent = named(problem, wanted.urgent, "urgent")
    # The highest class comes first.
    later = urgent[:, None] & (np.arange(n_classes)[:, None] < np.arange(n_classes))
    on_scene = later & named(problem, wanted.interruptible, "interruptible")
    cap = np.array([c.cap_min for c in problem.classes], dtype=np.float64)
    given = by_class(problem, wanted.cap_min, np.nan, "cap_min")
    return Rules(
        needs=np.array([c.officers for c in problem.classes], dtype=np.int64),
        cap=np.where(np.isnan(given), cap, given),
        late_cost=late_cost,
        price=price,
        reserve=by_class(problem, wanted.reserve, 0, "reserve").astype(np.int64),
        lost=named(problem, wanted.lost, "lost"),
        takes=simulation.DIVERT * (later & wanted.divert).astype(np.int64)
        + simulation.INTERRUPT * on_scene,
        recall=urgent & wanted.recall_from_break,
        queue=QUEUE_RULES.index(wanted.queue),
        promote_min=float(wanted.promote_min),
    )


def ground(
    problem: AllocationProblem, params: SimulationParams, like: Ground | None = None
) -> Ground:
    """Lay out the travel table by post and by hex, the standards and the custody.

    Parameters
    ----------
    like
        Another's, in place of that of ``params``: its tables, which are the long work,
        are taken where the travel is the same.
    """
    start, row, near_start, near = _tables(problem, like or params.ground)
    far = float(problem.travel_min.data.max()) if problem.travel_min.nnz else 0.0
    suites, opened = _suites(problem, params)
    drive = np.full((problem.n_posts, suites.size), far)
    for k, suite in enumerate(suites):
        of = near[near_start[suite] : near_start[suite + 1]]
        drive[of["at"], k] = of["minutes"]
    return Ground(
        row_start=start,
        row=row,
        near_start=near_start,
        near=near,
        catchment=problem.catchment.astype(np.int64),
        beat=problem.hex_beat.astype(np.int64),
        post_hex=problem.post_hex.astype(np.int64),
        limit=np.stack([c.limit_min for c in problem.classes]).astype(np.float64),
        far=far,
        suite_post=problem.catchment[suites].astype(np.int64),
        suite_open=np.pad(opened, ((0, 0), (1, 1)), mode="edge"),
        suite_min=drive,
    )


def _tables(
    problem: AllocationProblem, like: Ground | None
) -> tuple[IndexArray, np.ndarray, IndexArray, np.ndarray]:
    """Lay out the travel table, by post and by hex; as it was if it is the same."""
    travel = problem.travel_min
    if not travel.has_sorted_indices:
        travel = travel.sorted_indices()
    indptr, indices = travel.indptr.astype(np.int64), travel.indices.astype(np.int32)
    minutes = travel.data.astype(np.float32)
    if like is not None and like.near_start.size == problem.n_hexes + 1:
        same = np.array_equal(like.row_start, indptr)
        same = same and np.array_equal(like.row["at"], indices)
        if same and np.array_equal(like.row["minutes"], minutes):
            return like.row_start, like.row, like.near_start, like.near
    start, near = simulation.by_hex(indptr, indices, minutes, problem.n_hexes)
    row = np.zeros(indices.size, dtype=simulation.JOURNEY)
    row["at"], row["minutes"] = indices, minutes
    return indptr, row, start, near


def _suites(
    problem: AllocationProblem, params: SimulationParams
) -> tuple[IndexArray, BoolArray]:
    """Give the hexes of the custody suites, and when each is open."""
    if params.arrest is None:
        return np.zeros(0, dtype=np.int64), np.ones((0, problem.n_periods), dtype=bool)
    suites = np.asarray(params.arrest.suites, dtype=np.int64)
    require_positions("hexes of custody suites", suites, problem.n_hexes)
    if (problem.catchment[suites] < 0).any():
        raise DataError(
            "a custody suite is in a hex that no post reaches; name a hex in reach"
        )
    opened = np.ones((suites.size, problem.n_periods), dtype=bool)
    if params.arrest.open is not None:
        opened = np.asarray(params.arrest.open, dtype=bool)
    if opened.shape[1] != problem.n_periods:
        raise DataError(
            f"open of the custody suites has {opened.shape[1]} periods; the shift has "
            f"{problem.n_periods}"
        )
    return suites, opened


def cover_price(problem: AllocationProblem, post: IndexArray) -> FloatArray:
    """Price the cover that a unit leaves when it is sent: (n_units, n_periods).

    Late calls (weighted) that the model expects in the time of one mean job because
    the unit is missing from its post: the marginal loss of cover by which a unit may
    be chosen (Jagtenberg, Bhulai and van der Mei, 2017, Health Care Management
    Science), from Erlang's curves in place of MEXCLP's. 0 where it is at no post.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
    """
    where = plans.timetable(problem, post)
    count, parts = plans.parts_in_reach(problem, where), problem.unit_parts
    price = np.zeros(where.shape)
    for c, service in enumerate(problem.classes):
        with_all = curves.late(problem, c, count[c])
        for brought in np.unique(parts[:, c][parts[:, c] > 0]).tolist():
            fewer = curves.late(problem, c, np.maximum(count[c] - brought, 0))
            loss = service.weight * service.arrivals * (fewer - with_all)
            for u in np.flatnonzero(parts[:, c] == brought).tolist():
                price[u] += _in_reach(problem, loss, where[u], u, c)
    job_h = sum(float(c.arrivals.sum()) * c.on_scene_min for c in problem.classes)
    n_calls = sum(float(c.arrivals.sum()) for c in problem.classes)
    return price * (job_h / n_calls / PERIOD_MIN if n_calls > 0 else 0.0)


def _in_reach(
    problem: AllocationProblem, loss: FloatArray, posts: IndexArray, u: int, c: int
) -> FloatArray:
    """Sum the loss over the hexes that a unit reaches in time: (n_periods,)."""
    travel, beat = problem.travel_min, problem.unit_beat[u]
    within = problem.classes[c].within(problem.unit_speed[u, c])
    result = np.zeros(posts.size)
    for p in np.unique(posts[posts >= 0]):
        row = slice(travel.indptr[p], travel.indptr[p + 1])
        hexes = travel.indices[row]
        near = travel.data[row] <= within[hexes]
        near &= (beat < 0) | (problem.hex_beat[hexes] == beat)
        here = posts == p
        result[here] = loss[here][:, hexes[near]].sum(axis=1)
    return result
