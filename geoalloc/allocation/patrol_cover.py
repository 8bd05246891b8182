"""Where units count as standing while they patrol: what a simulation needs to know."""

from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from geoalloc._types import IndexArray
from geoalloc.allocation.patrols import PatrolPlan, PatrolRequest
from geoalloc.allocation.plan import timetable
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError

PatrolRule: TypeAlias = Literal["available", "unavailable"]
PATROL_RULES: tuple[PatrolRule, ...] = ("available", "unavailable")
_HOUR = 60


def on_patrol(
    problem: AllocationProblem,
    request: PatrolRequest,
    plan: PatrolPlan,
    rule: PatrolRule = "available",
) -> IndexArray:
    """Turn a plan of patrol into a timetable of posts.

    A timetable is by the hour. A unit that is at a hotspot for any part of an hour
    counts as being there for all of it, so that the price of patrol is not told too
    low: at the post nearest to the hotspot that its station reaches, that of the
    hotspot where it spends most of the hour. Under the rule ``available`` it answers
    every call from there, and the visit ends; under ``unavailable`` it is at no post
    in those hours and answers none. Units that break off for immediate calls alone
    lie between the two.

    Returns
    -------
    timetable : (n_units, n_periods)

    Raises
    ------
    DataError
        If the request is not of the units and periods of the problem, or the rule is
        not one of ``PATROL_RULES``.
    """
    if rule not in PATROL_RULES:
        raise DataError(
            f"the rule of patrol is {rule!r}; it must be one of "
            f"{', '.join(PATROL_RULES)}"
        )
    shape = (len(problem.supply), problem.n_periods)
    if request.units.timetable.shape != shape:
        raise DataError(
            f"the patrol is of {request.units.timetable.shape} units and periods, the "
            f"problem of {shape}; plan it from a timetable of the problem"
        )
    where = timetable(problem, request.units.timetable)
    minutes = np.zeros((*shape, len(request.hotspots)))
    columns = ["unit_index", "hotspot_index", "begins_min", "ends_min"]
    for row in plan.visits[columns].itertuples():
        for t in range(row.begins_min // _HOUR, -(-row.ends_min // _HOUR)):
            part = min(row.ends_min, _HOUR * (t + 1)) - max(row.begins_min, _HOUR * t)
            minutes[row.unit_index, t, row.hotspot_index] += part
    for unit, period in np.argwhere(minutes.any(axis=2)).tolist():
        spot = int(minutes[unit, period].argmax())
        at = _nearest(problem, request, unit, spot)
        where[unit, period] = at if rule == "available" else -1
    return where


def _nearest(
    problem: AllocationProblem, request: PatrolRequest, unit: int, spot: int
) -> int:
    """Find the post from which a hotspot is reached first; ties: the lowest."""
    station = problem.supply.station[unit]
    inside = np.isfinite(problem.station_min[station])
    return int(np.where(inside, request.travel.out_min[:, spot], np.inf).argmin())


def patrol_hours(plan: PatrolPlan) -> pd.Series:
    """Sum the hours of patrol: ``planned``, ``expected``, and ``driving``."""
    return pd.Series(
        {
            "planned": float(plan.units["patrol_min"].sum()) / _HOUR,
            "expected": float(plan.units["expected_min"].sum()) / _HOUR,
            "driving": float(plan.units["drive_min"].sum()) / _HOUR,
        }
    )
