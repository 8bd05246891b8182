"""Whether visits keep the rules of their request, from the request alone."""

from itertools import pairwise
from typing import TypeAlias

import pandas as pd

from geoalloc.allocation._patrol_types import PatrolRequest

_HOUR = 60
_EXACT = 1e-6  # minutes
_Row: TypeAlias = tuple[int, int, int]
"""Hotspot, first minute, last minute of a visit."""


def patrol_faults(request: PatrolRequest, visits: pd.DataFrame) -> list[str]:
    """Say in a sentence each what breaks a rule; none if the visits can be driven.

    Nothing of the routing is used: only who, where and when.

    Parameters
    ----------
    visits
        As in ``PatrolPlan``: ``unit_index``, ``hotspot_index``, ``begins_min``,
        ``ends_min``.
    """
    faults = []
    for i, mine in visits.groupby("hotspot_index", sort=True):
        faults += _too_often(request, int(i), sorted(mine["begins_min"].tolist()))
    columns = ["hotspot_index", "begins_min", "ends_min"]
    for unit, mine in visits.groupby("unit_index", sort=True):
        rows = sorted(mine[columns].itertuples(index=False), key=lambda r: r[1])
        for spot, begins, ends in rows:
            faults += _not_spared(request, int(unit), spot, (begins, ends))
        faults += _not_driven(request, int(unit), rows)
    return faults


def _too_often(request: PatrolRequest, i: int, begins: list[int]) -> list[str]:
    spot, rules = request.hotspots[i], request.rules
    faults = [
        f"{spot.name} is visited at minutes {a} and {b}"
        for a, b in pairwise(begins)
        if b - a < rules.apart_min
    ]
    if len(begins) > spot.visits:
        faults.append(f"{spot.name} is visited {len(begins)} times of {spot.visits}")
    if spot.institution or spot.category in rules.barred_categories:
        faults.append(f"{spot.name} is never a priority, and is visited")
    return faults


def _not_spared(
    request: PatrolRequest, unit: int, spot: int, when: tuple[int, int]
) -> list[str]:
    name, place = request.units.call_sign[unit], request.hotspots[spot].name
    begins, ends = when
    faults = []
    if not request.may_patrol(unit, spot):
        faults.append(f"{name} may not patrol {place}")
    if ends - begins != request.rules.visit_min:
        faults.append(f"the visit of {name} to {place} lasts {ends - begins} minutes")
    if begins < 0 or ends > request.shift_min:
        faults.append(f"{name} visits {place} outside the shift")
    return faults


def _not_driven(request: PatrolRequest, unit: int, rows: list[_Row]) -> list[str]:
    """Drive the shift of a unit: from visit to visit, or by way of its post."""
    name, faults = request.units.call_sign[unit], []
    chains: list[list[_Row]] = []
    for row in rows:
        if not chains or _by_post(request, unit, chains[-1][-1], row):
            chains.append([row])
        elif _straight(request, chains[-1][-1], row):
            chains[-1].append(row)
        else:
            spot = request.hotspots[row[0]].name
            faults.append(f"{name} cannot be at {spot} at minute {row[1]}")
            chains.append([row])
    for chain in chains:
        faults += _chain_faults(request, unit, chain)
    return faults


def _post(request: PatrolRequest, unit: int, minute: int) -> int:
    period = min(max(minute, 0), request.shift_min - 1) // _HOUR
    return int(request.units.timetable[unit, period])


def _by_post(request: PatrolRequest, unit: int, last: _Row, row: _Row) -> bool:
    """Whether the unit has time to go back to its post between two visits."""
    back = request.travel.back_min[last[0], _post(request, unit, last[1])]
    out = request.travel.out_min[_post(request, unit, row[1]), row[0]]
    near = max(back, out) <= request.rules.longest_drive_min
    return bool(near and last[2] + back + out <= row[1] + _EXACT)


def _straight(request: PatrolRequest, last: _Row, row: _Row) -> bool:
    drive = request.travel.between_min[last[0], row[0]]
    near = drive <= request.rules.longest_drive_min
    return bool(near and last[2] + drive <= row[1] + _EXACT)


def _chain_faults(request: PatrolRequest, unit: int, chain: list[_Row]) -> list[str]:
    """Check visits on one way out from the post and back."""
    post = _post(request, unit, chain[0][1])
    out = request.travel.out_min[post, chain[0][0]]
    back = request.travel.back_min[chain[-1][0], post]
    if post < 0 or max(out, back) > request.rules.longest_drive_min:
        return [f"{request.units.call_sign[unit]} drives too far, or is at no post"]
    return _away(request, unit, post, (chain[0][1] - out, chain[-1][2] + back))


def _away(
    request: PatrolRequest, unit: int, post: int, when: tuple[float, float]
) -> list[str]:
    """Say if a unit is away in an hour or a break that it is not to be spared in."""
    units, name = request.units, request.units.call_sign[unit]
    leaves, returns = when
    faults = []
    for t in range(units.timetable.shape[1]):
        if leaves < _HOUR * (t + 1) - _EXACT and returns > _HOUR * t + _EXACT:
            if units.timetable[unit, t] != post:
                faults.append(f"{name} is away from minute {leaves:g}, not at its post")
            elif units.busy[unit, t] > request.rules.busy_below:
                faults.append(f"{name} is away in hour {t}, in which it is too busy")
    if leaves < -_EXACT or returns > request.shift_min + _EXACT:
        faults.append(f"{name} is away beyond the shift")
    faults += [
        f"{name} is away in its break"
        for rest in units.breaks
        if rest.unit == unit
        and leaves < rest.ends_min - _EXACT
        and returns > rest.begins_min + _EXACT
    ]
    return faults
