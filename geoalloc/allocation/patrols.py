"""Directed patrol: short visits to hotspots by the units that the plan can spare.

A visit lasts about a quarter of an hour: beyond that the calm that follows a patrol
lasts no longer (Koper, 1995, Justice Quarterly 12(4)). Each wanted visit is a slot
with hours of its own, those of the peak first; no hotspot is visited twice within two
hours. A visit at any other time of the shift counts half. The n-th visit to a hotspot
is worth 1/n of its weight, so that every hotspot has one before any has two.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import _dosage, _routing
from geoalloc.allocation._patrol_slots import Slot, Spell, slots, spells
from geoalloc.allocation._patrol_types import (
    PatrolHotspot,
    PatrolRequest,
    PatrolRules,
    PatrolTravel,
    PatrolUnits,
    UnitBreak,
    patrol_travel,
)
from geoalloc.allocation._patrol_verdicts import patrol_faults
from geoalloc.errors import DataError, InfeasibleError, SolverError

__all__ = [
    "PatrolHotspot",
    "PatrolPlan",
    "PatrolRequest",
    "PatrolRules",
    "PatrolTravel",
    "PatrolUnits",
    "UnitBreak",
    "patrol_faults",
    "patrol_travel",
    "plan_patrols",
]

_OTHER_HOURS = 0.5  # worth of a visit at another time of the shift than was wanted


@dataclass(frozen=True, kw_only=True)
class PatrolPlan:
    """Who patrols where and when, and how much of it is likely to be made.

    Attributes
    ----------
    visits
        One row per visit, by unit and time: ``call_sign``, ``kind``, ``hotspot``,
        ``unit_index, hotspot_index`` (positions in the request), ``post`` (position
        from which it patrols), ``spell`` (number of the spell of spare time),
        ``begins_min, ends_min`` (from the start of the shift), ``drive_min`` (to it),
        ``peak`` (begins in a peak hour), ``begun, made`` (chance that it is begun,
        and made in full), ``cut_short`` (chance that a call ends it early),
        ``expected_min``.
    dosage
        By hotspot and period: ``wanted_min``, ``planned_min``, ``expected_min``.
    hotspots
        By hotspot: ``wanted``, ``planned`` and ``expected`` visits, the same in
        minutes, ``drive_min``, ``units`` (call signs), ``why_not`` (why visits are not
        made; empty if all are).
    units
        By unit that patrols: ``call_sign``, ``kind``, ``visits``, ``patrol_min``,
        ``drive_min`` (with the way back), ``expected_min``.
    dropped
        Hotspots that are never a priority: ``hotspot``, ``why``.
    worth
        Of the visits as planned, each made in full.
    """

    visits: pd.DataFrame
    dosage: pd.DataFrame
    hotspots: pd.DataFrame
    units: pd.DataFrame
    dropped: pd.DataFrame
    worth: float
    notes: tuple[str, ...] = field(default=())


def plan_patrols(request: PatrolRequest) -> PatrolPlan:
    """Route visits to hotspots among the units that can be spared.

    A unit can be spared in an hour in which it stands at a post, has no break, and is
    busy no more than ``busy_below`` of the time. It leaves its post and is back at it
    within each spell of such hours. Routes gain most of the worth that is likely to
    be made, less a small price of driving.

    Raises
    ------
    DataError
        If every hotspot is one that is never a priority, or one is out of reach of
        every post.
    InfeasibleError
        If no unit can be spared long enough for a visit.
    """
    kept, dropped = _priorities(request)
    _require_reach(request, kept)
    spare = spells(request)
    if not spare:
        raise InfeasibleError(_nobody(request))
    wanted = slots(request, kept)
    task = _task(request, spare, wanted)
    stops = _routing.route(task) if task is not None else []
    visits = _visits(request, spare, wanted, stops)
    faults = patrol_faults(request, visits)
    if faults:
        raise SolverError(f"the routes break a rule of the request: {faults[0]}")
    made = [wanted[_slot_of(stop)] for stop in stops]
    late = [bool(stop.visit % 2) for stop in stops]
    worth = sum(
        s.worth * (_OTHER_HOURS if other else 1.0)
        for s, other in zip(made, late, strict=True)
    )
    return PatrolPlan(
        visits=visits,
        dosage=_dosage.dosage(request, wanted, visits),
        hotspots=_dosage.by_hotspot(request, kept, spare, visits),
        units=_dosage.by_unit(request, visits),
        dropped=dropped,
        worth=float(worth),
        notes=_notes(request, visits),
    )


def _priorities(request: PatrolRequest) -> tuple[list[int], pd.DataFrame]:
    """Part the hotspots that may be a priority from those that never are."""
    kept, rows = [], []
    for i, spot in enumerate(request.hotspots):
        if spot.institution:
            why = f"incidents are recorded at a {spot.institution} rather than there"
        elif spot.category in request.rules.barred_categories:
            why = f"{spot.category} is not a matter of directed patrol"
        else:
            kept.append(i)
            continue
        rows.append((spot.name, why))
    if not kept:
        raise DataError(
            f"none of the {len(rows)} hotspots may be a priority, such as "
            f"{rows[0][0]!r}: {rows[0][1]}; give others"
        )
    columns = ["hotspot", "why"]
    return kept, pd.DataFrame(rows, columns=columns).astype("str")


def _require_reach(request: PatrolRequest, kept: list[int]) -> None:
    lost = [
        request.hotspots[i].name
        for i in kept
        if not np.isfinite(request.travel.out_min[:, i]).any()
    ]
    if lost:
        raise DataError(
            f"no post reaches {len(lost)} of {len(kept)} hotspots: {', '.join(lost)}; "
            f"take them out, or give travel times to them"
        )


def _nobody(request: PatrolRequest) -> str:
    units, rules = request.units, request.rules
    on_post = units.timetable >= 0
    may = np.array([kind in rules.kinds for kind in units.kind])
    on_post &= may[:, None]
    if not on_post.any():
        return (
            f"no unit can be spared for patrol: none of the kinds "
            f"{', '.join(rules.kinds)} stands at a post in any hour; let others patrol"
        )
    busy = np.where(on_post, units.busy, np.inf)
    unit, period = np.unravel_index(int(busy.argmin()), busy.shape)
    return (
        f"no unit can be spared for patrol: the least busy, {units.call_sign[unit]} in "
        f"hour {period}, is busy {busy[unit, period]:.2f} of the time and the limit is "
        f"{rules.busy_below:.2f}, or no spell is as long as a visit of "
        f"{rules.visit_min} minutes; raise the limit or shorten the visits"
    )


def _slot_of(stop: _routing.Stop) -> int:
    return stop.visit // 2


def _task(
    request: PatrolRequest, spare: list[Spell], wanted: list[Slot]
) -> _routing.RoutingTask | None:
    """Lay out two visits per slot: in its own hours, and at any time of the shift."""
    if not wanted:
        return None
    place = np.repeat([slot.hotspot for slot in wanted], 2)
    posts = np.unique([spell.post for spell in spare])
    drive = _drives(request, place, posts)
    start = place.size + np.searchsorted(posts, [spell.post for spell in spare])
    worth = np.repeat([slot.worth for slot in wanted], 2)
    worth[1::2] *= _OTHER_HOURS
    last = request.shift_min - request.rules.visit_min
    windows = [w for slot in wanted for w in (slot.windows, ((0, last),))]
    may = [[request.may_patrol(s.unit, h) for s in spare] for h in place.tolist()]
    heaviest = max(slot.worth for slot in wanted)
    return _routing.RoutingTask(
        drive=drive,
        visit_min=request.rules.visit_min,
        start=start,
        end=start,
        opens=np.array([spell.opens for spell in spare]),
        closes=np.array([spell.closes for spell in spare]),
        likely=np.array([_dosage.likely(request, spell) for spell in spare]),
        windows=tuple(windows),
        worth=worth,
        slot=np.repeat(np.arange(len(wanted)), 2),
        place=place,
        allowed=np.array(may),
        apart=request.rules.apart_min,
        minute_price=request.rules.minute_price * heaviest,
        rounds=request.rules.rounds,
    )


def _drives(request: PatrolRequest, place: IndexArray, posts: IndexArray) -> IndexArray:
    """Whole minutes, rounded up, between visits and posts; forbidden if too far."""
    travel = request.travel
    minutes: FloatArray = np.block(
        [
            [
                travel.between_min[np.ix_(place, place)],
                travel.back_min[place][:, posts],
            ],
            [travel.out_min[np.ix_(posts, place)], _between_posts(travel, posts)],
        ]
    )
    near = minutes <= request.rules.longest_drive_min
    whole = np.full(minutes.shape, _routing.FORBIDDEN, dtype=np.int64)
    whole[near] = np.ceil(minutes[near] - 1e-9).astype(np.int64)
    spot = np.arange(place.size)
    whole[place.size :, place.size :] = _between_posts_whole(travel, posts)
    whole[spot, spot] = 0
    return whole


def _between_posts(travel: PatrolTravel, posts: IndexArray) -> FloatArray:
    """Shortest way from post to post over a hotspot: who is near to whom."""
    out, back = travel.out_min[posts], travel.back_min[:, posts]
    through = np.stack([out[:, i, None] + back[i] for i in range(out.shape[1])])
    shortest: FloatArray = through.min(axis=0)
    np.fill_diagonal(shortest, 0.0)
    return shortest


def _between_posts_whole(travel: PatrolTravel, posts: IndexArray) -> IndexArray:
    minutes = _between_posts(travel, posts)
    whole = np.full(minutes.shape, _routing.FORBIDDEN, dtype=np.int64)
    known = np.isfinite(minutes)
    whole[known] = np.ceil(minutes[known] - 1e-9).astype(np.int64)
    return whole


def _visits(
    request: PatrolRequest,
    spare: list[Spell],
    wanted: list[Slot],
    stops: list[_routing.Stop],
) -> pd.DataFrame:
    """Put the labels back on the routes, and work out what is likely to be made."""
    rows = []
    before: dict[int, int] = {}  # hotspot that a spell was at last
    for stop in sorted(stops, key=lambda s: (spare[s.vehicle].unit, s.begins)):
        spell, spot = spare[stop.vehicle], wanted[_slot_of(stop)].hotspot
        last = before.get(stop.vehicle)
        drive = (
            request.travel.out_min[spell.post, spot]
            if last is None
            else request.travel.between_min[last, spot]
        )
        before[stop.vehicle] = spot
        rows.append(
            {
                "call_sign": request.units.call_sign[spell.unit],
                "kind": request.units.kind[spell.unit],
                "hotspot": request.hotspots[spot].name,
                "unit_index": spell.unit,
                "hotspot_index": spot,
                "post": spell.post,
                "spell": stop.vehicle,
                "begins_min": stop.begins,
                "ends_min": stop.begins + request.rules.visit_min,
                "drive_min": float(drive),
                "peak": request.hotspots[spot].is_peak(stop.begins // 60),
                **_dosage.chances(request, spell.unit, stop.begins, float(drive)),
            }
        )
    return pd.DataFrame(rows, columns=list(_dosage.VISIT_TYPES)).astype(
        _dosage.VISIT_TYPES
    )


def _notes(request: PatrolRequest, visits: pd.DataFrame) -> tuple[str, ...]:
    notes = [
        f"Of {len(visits)} visits planned, {visits['made'].sum():.1f} are expected to "
        f"be made in full and {visits['cut_short'].sum():.1f} to be cut short by a "
        f"call; the rest are not begun, the unit being at a call.",
        "Being in a place that is patrolled is not grounds for stop and search (PACE "
        "Code A).",
    ]
    missing = [kind for kind in request.rules.kinds if kind not in request.units.kind]
    if missing:
        notes.append(f"No unit is of the kind {', '.join(missing)}.")
    return tuple(notes)
