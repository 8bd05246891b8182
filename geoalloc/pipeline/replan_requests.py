"""What has changed since a plan was made: call signs and times as positions."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geoalloc import allocation, roster
from geoalloc.errors import DataError, UsageError
from geoalloc.hexes import HexGrid
from geoalloc.pipeline.ground import Ahead
from geoalloc.runs import Run

_HOUR_MIN = 60
_HALF_MIN = 30  # as in the plan, a unit counts in an hour that it is there half of
_TIME = re.compile(r"(\d{1,2}):(\d{2})")


@dataclass(frozen=True, kw_only=True)
class ReplanRequest:
    """What has changed since a plan was made.

    Attributes
    ----------
    unavailable
        Units that are gone: ``CALLSIGN`` from when moves begin, or
        ``CALLSIGN@HH:MM``, local time of the shift. Where the clocks show a time
        twice, its first is meant.
    arriving
        Units of the run that come to duty then: ``CALLSIGN@HH:MM``.
    since
        ``HH:MM`` from which units may move; the start of the shift if None.
    most_moves
        At most so many.
    queue
        Calls that wait at ``since``, as ``roster.read_queue``; None takes those of
        the scenario if units may move from the start of the shift.
    incidents, boundary
        Where the files of the run lie now, if not where they were.
    """

    unavailable: Sequence[str] = ()
    arriving: Sequence[str] = ()
    since: str | None = None
    most_moves: int = 5
    queue: Path | None = None
    incidents: Path | None = None
    boundary: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as positions; ``now`` is the instant from which units may move."""

    first: int
    now: pd.Timestamp
    gone: dict[int, int]
    arriving: dict[int, int]


def hours_of(run: Run) -> pd.DatetimeIndex:
    """List the hours of the shift, in its own time zone."""
    shift = run.record["shift"]
    hours = pd.DatetimeIndex(pd.to_datetime(shift["periods"], utc=True))
    return hours.as_unit("us").tz_convert(shift["time_zone"])


def positions(run: Run, request: ReplanRequest) -> Asked:
    """Turn call signs and times into positions."""
    hours = hours_of(run)
    first, now = 0, hours[0]
    if request.since is not None:
        minute = _minute(request.since, hours, "--from")
        now = hours[0] + pd.Timedelta(minutes=minute)
        first = _counted(minute, hours, f"--from {request.since}", late=1)
    gone: dict[int, int] = {}
    arriving: dict[int, int] = {}
    for text in request.unavailable:
        name, at = _parted(text)
        unit = _unit(name, run, {*gone})
        gone[unit] = first
        if at is not None:
            minute = _minute(at, hours, name)
            gone[unit] = _counted(minute, hours, f"{name} at {at}", late=0)
    for text in request.arriving:
        name, at = _parted(text)
        if at is None:
            raise UsageError(
                f"--arriving {text} says no time: write {text}@HH:MM, such as "
                f"{text}@{hours[-1]:%H:%M}"
            )
        unit = _unit(name, run, {*gone, *arriving})
        minute = _minute(at, hours, name)
        arriving[unit] = _counted(minute, hours, f"{name} at {at}", late=1)
    return Asked(first=first, now=now, gone=gone, arriving=arriving)


def _parted(text: str) -> tuple[str, str | None]:
    name, sign, at = text.rpartition("@")
    return (name.strip(), at.strip()) if sign else (text.strip(), None)


def _unit(name: str, run: Run, named: set[int]) -> int:
    units = run.units["unit_id"].tolist()
    if name not in units:
        near = difflib.get_close_matches(name, units, 1) or units[:1]
        raise UsageError(
            f"no unit of run {run.record['run_id']} is called {name!r}: did you mean "
            f"{near[0]}, or else see plan.csv"
        )
    unit = units.index(name)
    if unit in named:
        raise UsageError(f"{name} is named twice: say once when it goes or comes")
    return unit


def _minute(text: str, hours: pd.DatetimeIndex, what: str) -> int:
    """Give the minute of the shift at which the clocks first show a time."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{what}: {text!r} is no time such as {hours[0]:%H:%M}")
    wanted = f"{int(found[1]):02d}:{found[2]}"
    minutes = pd.date_range(hours[0], periods=_HOUR_MIN * len(hours), freq="min")
    shown = np.flatnonzero(minutes.strftime("%H:%M") == wanted)
    if not shown.size:
        end = hours[-1] + pd.Timedelta(hours=1)
        raise UsageError(
            f"{what}: {text} is not in the shift, which is from {hours[0]:%H:%M} to "
            f"{end:%H:%M}"
        )
    return int(shown[0])


def _counted(minute: int, hours: pd.DatetimeIndex, what: str, *, late: int) -> int:
    """Give the first hour that is changed by what happens in a minute.

    ``late`` is 1 for what begins then: it is there at half past for half an hour. A
    unit that goes at half past was there for half an hour, and counts in that hour.
    """
    period = (minute + _HALF_MIN - late) // _HOUR_MIN
    if period >= len(hours):
        raise UsageError(
            f"{what}: under half an hour of the shift is left then, and nothing to plan"
        )
    return period


def require_duty(run: Run, asked: Asked, problem: allocation.AllocationProblem) -> None:
    """Require that units that arrive are on duty then."""
    for unit, period in asked.arriving.items():
        if not problem.present[unit, max(period, asked.first) :].any():
            raise UsageError(
                f"{run.units['unit_id'].iloc[unit]} is on no duty from "
                f"{hours_of(run)[period]:%H:%M} on: its hours are those of the "
                "scenario's units or roster"
            )


def queue_of(
    request: ReplanRequest,
    asked: Asked,
    ahead: Ahead,
    grid: HexGrid,
) -> allocation.OpenQueue | None:
    """Place the calls that wait when units may first move."""
    if request.queue is None:
        return ahead.begins.queue if asked.first == 0 else None
    found = roster.read_queue(request.queue, time_zone=str(asked.now.tz))
    calls, name = found.calls, found.source
    if calls.empty:
        return None
    at = grid.locate(calls["latitude"].to_numpy(), calls["longitude"].to_numpy())
    age_min = (asked.now - calls["reported_at"]) / pd.Timedelta(minutes=1)
    for wrong, what in (
        (at < 0, "outside the area: correct the points"),
        (
            age_min.to_numpy() < 0,
            f"reported after {asked.now:%H:%M}, from when units may move: leave them "
            "out, or give a later --from",
        ),
    ):
        if wrong.any():
            raise DataError(
                f"{name}: {wrong.sum()} of {len(calls)} calls are {what} (first on "
                f"line {int(np.argmax(wrong)) + 2})"
            )
    # The first class of a grade is that of the calls without further needs.
    classes = reversed(list(enumerate(ahead.problem.classes)))
    first = {service.grade: k for k, service in classes}
    return allocation.OpenQueue(
        service=calls["grade"].map(first).to_numpy(dtype=np.int64),
        hex=at.astype(np.int64),
        age_min=age_min.to_numpy(dtype=np.float64),
    )
