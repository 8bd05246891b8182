"""Directed patrol of a run: visits to its hotspots by units that can be spared."""

import math
import re
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import allocation, evaluation
from geoalloc._types import FloatArray
from geoalloc.errors import GeoallocError
from geoalloc.hexes import HexGrid
from geoalloc.pipeline.problems import Setting
from geoalloc.pipeline.timetables import Tonight, drive
from geoalloc.scenario import Scenario

_COLUMNS = [
    "unit_id",
    "rank",
    "place",
    "grid_ref",
    "starts_at",
    "ends_at",
    "drive_min",
    "expected_min",
]


def none() -> pd.DataFrame:
    """Give the visits of a run without patrols: ``schemas.VISITS``, no row."""
    return _typed(pd.DataFrame([], columns=_COLUMNS))


def patrols(
    scenario: Scenario,
    grid: HexGrid,
    tonight: Tonight,
    at: Setting,
    hotspots: pd.DataFrame,
    params: evaluation.SimulationParams,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Plan the visits, and what they cost in late calls.

    Returns
    -------
    visits
        ``schemas.VISITS``.
    record
        ``sentence``, and by hotspot what was wanted, planned and expected; a patrol
        that cannot be is told in the sentence and stops no plan.
    """
    wanted = scenario.patrol
    if wanted is None or wanted.hotspots == 0:
        return none(), {}
    spots = hotspots.head(wanted.hotspots)
    if spots.empty:
        return none(), {"sentence": "No hotspot was found to patrol.", "hotspots": []}
    try:
        request = _request(scenario, grid, tonight, at, spots)
        plan = allocation.plan_patrols(request)
    except GeoallocError as error:
        return none(), {"sentence": f"No patrol: {error}.", "hotspots": []}
    made = _visits(at, plan, spots)
    record: dict[str, Any] = {
        "hotspots": plan.hotspots.reset_index().to_dict("records"),
        "dropped": plan.dropped.to_dict("records"),
        "notes": list(plan.notes),
    }
    if plan.visits.empty:
        return made, record | {"sentence": "No visit could be routed."}
    price = evaluation.price_patrols(
        tonight.problem, request, plan, rule=wanted.rule, params=params
    )
    hours = price.hours
    sentence = (
        f"{len(plan.visits)} visits to {made['rank'].nunique()} hotspots by "
        f"{made['unit_id'].nunique()} units, {hours['planned']:.1f} hours planned and "
        f"{hours['expected']:.1f} expected with interruptions. {price.note}"
    )
    return made, record | {"sentence": sentence}


def _request(
    scenario: Scenario,
    grid: HexGrid,
    tonight: Tonight,
    at: Setting,
    spots: pd.DataFrame,
) -> allocation.PatrolRequest:
    wanted, problem = scenario.patrol, tonight.problem
    if wanted is None:
        raise ValueError("the scenario has no patrol")
    where = grid.locate(spots["latitude"].to_numpy(), spots["longitude"].to_numpy())
    hours = pd.DatetimeIndex(at.hours).tz_convert(scenario.time_zone)
    targets = tuple(
        allocation.PatrolHotspot(
            name=f"{row.rank} {row.place}",
            hex=int(position),
            weight=float(row.incidents),
            visits=wanted.visits,
            peak=_peak(row.peak_hours, hours),
            beat=int(problem.hex_beat[position]),
            category=row.category,
            institution=row.institution,
        )
        for row, position in zip(spots.itertuples(), where.tolist(), strict=True)
    )
    station = problem.supply.station
    units = allocation.PatrolUnits(
        call_sign=tuple(at.units["unit_id"]),
        kind=problem.supply.kind,
        beat=problem.station_beat[station],
        timetable=tonight.table,
        busy=np.clip(tonight.outcome.busy, 0.0, 1.0),
        calls_per_h=_calls_per_h(tonight),
        breaks=_elsewhere(scenario, tonight, at),
    )
    return allocation.PatrolRequest(
        hotspots=targets,
        units=units,
        travel=allocation.patrol_travel(problem, where.astype(np.int64)),
        rules=allocation.PatrolRules(
            visit_min=wanted.visit_min,
            apart_min=wanted.apart_min,
            busy_below=wanted.busy_below,
            longest_drive_min=wanted.longest_drive_min,
            kinds=tuple(wanted.kinds),
            barred_categories=tuple(wanted.barred_categories),
            minute_price=wanted.minute_price,
            rounds=wanted.rounds,
        ),
    )


def _elsewhere(
    scenario: Scenario, tonight: Tonight, at: Setting
) -> tuple[allocation.UnitBreak, ...]:
    """List the minutes in which units are briefed, drive to a post, or close down."""
    duty, hour = scenario.duty, pd.Timedelta(hours=1)
    begins, minute = at.hours[0], pd.Timedelta(minutes=1)
    length = (at.hours[-1] + hour - begins) / minute
    away = []
    for u, (unit, drives) in enumerate(
        zip(at.units.itertuples(), drive(tonight).tolist(), strict=True)
    ):
        starts, ends = ((t - begins) / minute for t in (unit.starts_at, unit.ends_at))
        away.append((u, starts, starts + duty.briefing_min + drives[0]))
        away += [(u, 60 * t, 60 * t + d) for t, d in enumerate(drives) if t and d]
        away.append((u, ends - duty.close_down_min, ends))
    return tuple(
        allocation.UnitBreak(unit=u, begins_min=first, ends_min=last)
        for u, a, b in away
        if (first := math.floor(max(a, 0.0))) < (last := math.ceil(min(b, length)))
    )


def _peak(text: str, hours: pd.DatetimeIndex) -> tuple[int, ...]:
    """Turn "Fri 22:00-02:00" into hours of the shift; none if nothing is known."""
    found = re.search(r"(\d\d):\d\d-(\d\d):\d\d", text)
    if found is None:
        return ()
    first, last = (int(hour) for hour in found.groups())
    span = (last - first) % 24 or 24
    return tuple(t for t, h in enumerate(hours.hour) if (h - first) % 24 < span)


def _calls_per_h(tonight: Tonight) -> FloatArray:
    """Count the calls that each unit answers in an hour: busy time over that of one."""
    classes = tonight.problem.classes
    calls = np.array([c.arrivals.sum() for c in classes])
    on_scene = np.array([c.on_scene_min for c in classes])
    mean_min = max(float(calls @ on_scene / max(calls.sum(), 1e-12)), 1.0)
    return np.asarray(tonight.outcome.busy * 60.0 / mean_min)


def _visits(
    at: Setting,
    plan: allocation.PatrolPlan,
    spots: pd.DataFrame,
) -> pd.DataFrame:
    begins = at.hours[0]
    of = plan.visits["hotspot_index"].to_numpy(dtype=np.int64)
    minutes = pd.to_timedelta(plan.visits["begins_min"].to_numpy(), unit="min")
    ends = pd.to_timedelta(plan.visits["ends_min"].to_numpy(), unit="min")
    chosen = spots.iloc[of].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "unit_id": plan.visits["call_sign"].to_numpy(),
            "rank": chosen["rank"],
            "place": chosen["place"],
            "grid_ref": chosen["grid_ref"],
            "starts_at": begins + minutes,
            "ends_at": begins + ends,
            "drive_min": plan.visits["drive_min"].to_numpy(),
            "expected_min": plan.visits["expected_min"].to_numpy(),
        }
    )
    return _typed(frame).sort_values(["unit_id", "starts_at"], ignore_index=True)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    for column in ("starts_at", "ends_at"):
        frame[column] = pd.to_datetime(frame[column], utc=True).astype(
            "datetime64[us, UTC]"
        )
    text = dict.fromkeys(("unit_id", "place", "grid_ref"), "str")
    numbers = {"rank": np.int64, "drive_min": np.float64, "expected_min": np.float64}
    return frame.astype(text | numbers)
