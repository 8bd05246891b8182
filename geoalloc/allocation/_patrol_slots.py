"""When visits are wanted, and when units have time for them."""

from dataclasses import dataclass
from itertools import pairwise

from geoalloc.allocation._patrol_types import PatrolHotspot, PatrolRequest

_HOUR = 60


@dataclass(frozen=True, kw_only=True)
class Spell:
    """Time for which a unit can be spared from one post, in minutes of the shift."""

    unit: int
    post: int
    opens: int
    closes: int


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A wanted visit: when it may begin, and what it is worth in full."""

    hotspot: int
    windows: tuple[tuple[int, int], ...]
    worth: float


def spells(request: PatrolRequest) -> list[Spell]:
    """Find the spells that are long enough for a visit, by unit and time."""
    units, rules = request.units, request.rules
    found = []
    for unit, posts in enumerate(units.timetable.tolist()):
        if units.kind[unit] not in rules.kinds:
            continue
        busy = units.busy[unit].tolist()
        free = [
            post if post >= 0 and share <= rules.busy_below else -1
            for post, share in zip(posts, busy, strict=True)
        ]
        rests = [
            (rest.begins_min, rest.ends_min)
            for rest in units.breaks
            if rest.unit == unit
        ]
        for post, opens, closes in _runs(free):
            for a, b in _outside(opens, closes, rests):
                if b - a >= rules.visit_min:
                    found.append(Spell(unit=unit, post=post, opens=a, closes=b))
    return found


def _runs(free: list[int]) -> list[tuple[int, int, int]]:
    """Join hours at the same post: post, first minute, last minute."""
    runs: list[tuple[int, int, int]] = []
    for period, post in enumerate(free):
        begins, ends = _HOUR * period, _HOUR * (period + 1)
        if post < 0:
            continue
        if runs and runs[-1][0] == post and runs[-1][2] == begins:
            runs[-1] = (post, runs[-1][1], ends)
        else:
            runs.append((post, begins, ends))
    return runs


def _outside(
    opens: int, closes: int, rests: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    pieces = []
    for begins, ends in sorted(rests):
        if begins > opens:
            pieces.append((opens, min(begins, closes)))
        opens = max(opens, ends)
    pieces.append((opens, closes))
    return [(a, b) for a, b in pieces if a < b]


def slots(request: PatrolRequest, hotspots: list[int]) -> list[Slot]:
    """Give each wanted visit its hours: peak hours first, spread over the shift.

    As many visits as can be kept apart are of the peak hours, each of an equal part
    of them; the rest are each of an equal part of the other hours. What cannot be
    kept apart in the whole shift has no slot.
    """
    found = []
    for i in hotspots:
        spot = request.hotspots[i]
        n_peak, n_other = counts(request, spot)
        peak, other = hours(request, spot)
        parts = [*_parts(peak, n_peak), *_parts(other, n_other)]
        found += [
            Slot(hotspot=i, windows=part, worth=spot.weight / (k + 1))
            for k, part in enumerate(parts)
        ]
    return found


def counts(request: PatrolRequest, spot: PatrolHotspot) -> tuple[int, int]:
    """Count the visits that are wanted, and fit, in peak hours and in others."""
    peak, other = hours(request, spot)
    most = _fit(_joined(peak + other), request.rules.apart_min)
    n_peak = min(spot.visits, _fit(peak, request.rules.apart_min))
    n_other = min(spot.visits, most) - n_peak
    return n_peak, n_other if other else 0


def hours(
    request: PatrolRequest, spot: PatrolHotspot
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Part the minutes at which a visit may begin: in peak hours, and in others."""
    last = request.shift_min - request.rules.visit_min
    peak: list[tuple[int, int]] = []
    other: list[tuple[int, int]] = []
    for period in range(request.shift_min // _HOUR):
        begins = _HOUR * period
        ends = min(begins + _HOUR - 1, last)
        if begins <= ends:
            (peak if spot.is_peak(period) else other).append((begins, ends))
    return _joined(peak), _joined(other)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for begins, ends in sorted(spans):
        if joined and joined[-1][1] + 1 == begins:
            joined[-1] = (joined[-1][0], ends)
        else:
            joined.append((begins, ends))
    return joined


def _fit(spans: list[tuple[int, int]], apart: int) -> int:
    """Count the starts that fit into some minutes, each as early as it can be."""
    count, earliest = 0, 0
    for begins, ends in spans:
        at = max(begins, earliest)
        while at <= ends:
            count += 1
            at += apart
            earliest = at
    return count


def _parts(
    spans: list[tuple[int, int]], n_parts: int
) -> list[tuple[tuple[int, int], ...]]:
    """Cut minutes into parts of equal length, in order of time."""
    minutes = [m for begins, ends in spans for m in range(begins, ends + 1)]
    cuts = [len(minutes) * k // n_parts for k in range(n_parts + 1)] if n_parts else []
    return [
        tuple(_joined([(m, m) for m in minutes[a:b]]))
        for a, b in pairwise(cuts)
        if a < b
    ]
