"""What one more unit buys, and what one fewer costs, by type, station and hour."""

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import plan
from geoalloc.allocation._marginal import Marginal, Margins, losses, with_units
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError

WHOLE_SHIFT = -1  # in place of a period: present in all of them, at one post


def one_more(
    problem: AllocationProblem, kind: str, station: int, period: int = WHOLE_SHIFT
) -> AllocationProblem:
    """Give the problem one more unit: the last, of the crew usual for its kind.

    Parameters
    ----------
    period
        The only one in which it is present; ``WHOLE_SHIFT`` for all.

    Raises
    ------
    DataError
        If the kind, the station or the period is unknown.
    """
    if not WHOLE_SHIFT <= period < problem.n_periods:
        raise DataError(
            f"period {period} is unknown; there are 0 to {problem.n_periods - 1}, and "
            f"{WHOLE_SHIFT} for the whole shift"
        )
    present = None
    if period != WHOLE_SHIFT:
        present = (np.arange(problem.n_periods) == period)[None]
    return with_units(problem, (kind,), np.array([station]), present)


def unit_prices(
    problem: AllocationProblem,
    post: IndexArray,
    kinds: tuple[str, ...] | None = None,
) -> pd.DataFrame:
    """Tell what one more unit of each kind at each station, and hour, would buy.

    All others stay, and the new unit takes its best post, so that each gain is that
    of a plan that can be had: re-solving with one more unit can only gain more. It
    is exact under the model, what the curves of all hexes in reach fall by, but for
    how units are shared out between classes: that stays as it is.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan or a timetable.
    kinds
        Those to price; all that the units have if None.

    Returns
    -------
    prices
        One row per kind, station and period (``WHOLE_SHIFT`` for all of them, at one
        post): ``kind``, ``station``, ``period``, ``gain_weighted`` (of the
        objective), ``gain_late_immediate`` (late calls of the first grade) and
        ``best_post``; -1 and 0 where a quota's most leaves it no post.

    Raises
    ------
    DataError
        If the plan is of another problem, or a kind unknown.
    """
    where = plan.timetable(problem, post)
    kinds = tuple(sorted(set(problem.supply.kind))) if kinds is None else kinds
    n_stations = len(problem.station_post)
    station = np.tile(np.arange(n_stations), len(kinds))
    kind = tuple(k for k in kinds for _ in range(n_stations))
    larger = with_units(problem, kind, station)
    nowhere = np.full((len(kind), problem.n_periods), -1)
    margins, allowed, rows = Margins(problem, where, larger), larger.allowed, []
    where = np.vstack([where, nowhere])
    for i in range(len(kind)):
        unit = len(problem.supply) + i
        cost = np.where(
            allowed[unit],
            problem.deadhead * problem.station_min[station[i]],
            np.inf,
        )
        full = _full(larger, where, unit)
        for period, bought in _best(margins.of(unit), cost, full):
            rows.append((kind[i], int(station[i]), period, *bought))
    return pd.DataFrame(
        rows,
        columns=[
            "kind",
            "station",
            "period",
            "gain_weighted",
            "gain_late_immediate",
            "best_post",
        ],
    ).astype({"kind": "str"})


def unit_losses(problem: AllocationProblem, post: IndexArray) -> pd.DataFrame:
    """Tell what one unit fewer of each kind at each station, and hour, would cost.

    The unit that is missed least goes, and the others stay: re-solving with one
    unit fewer can only lose less. A quota that is then short is not priced but
    named.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan or a timetable.

    Returns
    -------
    losses
        One row per kind, station that has one, and period in which one is at a post
        (``WHOLE_SHIFT`` for all): ``kind``, ``station``, ``period``,
        ``loss_weighted``, ``loss_late_immediate``, ``unit`` and ``breaks`` (the
        quotas that would be short).

    Raises
    ------
    DataError
        If the plan is of another problem.
    """
    where = plan.timetable(problem, post)
    weighted, urgent = losses(problem, where)
    drive = _drives(problem, where)
    columns = [
        (WHOLE_SHIFT, weighted.sum(axis=1) - drive, urgent.sum(axis=1)),
        *((t, weighted[:, t], urgent[:, t]) for t in range(problem.n_periods)),
    ]
    kind, station = np.array(problem.supply.kind), problem.supply.station
    rows, every = [], np.arange(problem.n_periods)
    for k in np.unique(kind):
        for s in np.unique(station[kind == k]):
            for period, cost, late in columns:
                there = where >= 0 if period < 0 else where[:, [period]] >= 0
                units = np.flatnonzero((kind == k) & (station == s) & there.any(axis=1))
                if units.size:
                    u = int(units[np.argmin(cost[units])])
                    lost = every if period < 0 else every[[period]]
                    short = "; ".join(short_without(problem, where, u, lost))
                    values = float(cost[u]), float(late[u])
                    rows.append((str(k), int(s), period, *values, u, short))
    return pd.DataFrame(
        rows,
        columns=[
            "kind",
            "station",
            "period",
            "loss_weighted",
            "loss_late_immediate",
            "unit",
            "breaks",
        ],
    ).astype({"kind": "str", "breaks": "str"})


def _best(
    margin: Marginal, cost: FloatArray, full: BoolArray
) -> list[tuple[int, tuple[float, float, int]]]:
    """Find the best post for the whole shift and for each period alone.

    Parameters
    ----------
    cost : (n_posts,)
    full : (n_posts, 1 + n_periods)
        Where a quota has its most: over the whole shift, and in each period.
    """
    found = []
    n_periods = margin.weighted.shape[1]
    weighted = np.column_stack([margin.weighted.sum(axis=1), margin.weighted])
    urgent = np.column_stack([margin.late[0].sum(axis=1), margin.late[0]])
    value = np.where(full, -np.inf, weighted - cost[:, None])
    for k, period in enumerate((WHOLE_SHIFT, *range(n_periods))):
        p = int(np.argmax(value[:, k]))
        bought = (float(value[p, k]), float(urgent[p, k]), p)
        found.append((period, bought if np.isfinite(bought[0]) else (0.0, 0.0, -1)))
    return found


def _full(problem: AllocationProblem, where: IndexArray, unit: int) -> BoolArray:
    """Mark where one more such unit would be over the most of a quota."""
    full = np.zeros((problem.n_posts, 1 + problem.n_periods), dtype=bool)
    for quota in problem.quotas:
        if quota.most is not None and quota.units[unit]:
            held = _held(quota.units, quota.posts, where)
            if quota.hours:
                over = np.full(problem.n_periods, held.sum() + 1 > quota.most)
                whole = held.sum() + problem.n_periods > quota.most
            else:
                over = held + 1 > quota.most
                whole = bool(over.any())
            full[quota.posts] |= np.concatenate([[whole], over])
    return full


def short_without(
    problem: AllocationProblem, where: IndexArray, unit: int, periods: IndexArray
) -> tuple[str, ...]:
    """Name the quotas that would be short of their least without a unit for a time.

    Parameters
    ----------
    where : (n_units, n_periods)
        A timetable.
    """
    without = where.copy()
    without[unit, periods] = -1
    names = []
    for quota in problem.quotas:
        before = _held(quota.units, quota.posts, where)
        after = _held(quota.units, quota.posts, without)
        if quota.hours:
            before, after = before.sum(keepdims=True), after.sum(keepdims=True)
        if ((after < before) & (after < quota.least)).any():
            names.append(quota.name)
    return tuple(names)


def _held(units: BoolArray, posts: BoolArray, where: IndexArray) -> IndexArray:
    """Count the units at the posts in each period: (n_periods,)."""
    there = (where >= 0) & posts[where]
    return np.asarray((there & units[:, None]).sum(axis=0))


def _drives(problem: AllocationProblem, where: IndexArray) -> FloatArray:
    """Price of the drive of each unit to its first post: (n_units,)."""
    first = np.argmax(where >= 0, axis=1)
    post = where[np.arange(len(where)), first]
    minutes = problem.station_min[problem.supply.station, post]
    return np.where(post >= 0, problem.deadhead * minutes, 0.0)
