"""When a first scenario is of: the end of the data, and the shift after it."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geoalloc import roster
from geoalloc.errors import UsageError
from geoalloc.incidents import Reading
from geoalloc.pipeline import gathering

__all__ = ["Shift", "end_of", "per_day", "shift"]

_FRIDAY = 4
_BEGINS = dt.time(20)
_HOURS = 8
_DAY = 24
_BUSY = 0.1  # of the middle month: a month of fewer rows is not wholly there
_YEAR = 365.0


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Local start, and length in hours."""

    starts_at: dt.datetime
    hours: int


def end_of(reading: Reading) -> dt.date:
    """Give the day after the data end; a few rows of a later year are no end."""
    rows = reading.months
    busy = rows.index[rows >= _BUSY * rows[rows > 0].median()]
    after = (pd.Period(str(busy[-1]), "M") + 1).to_timestamp().date()
    last = reading.period[1].tz_convert(reading.time_zone)
    return min(after, last.ceil("D").date())


def per_day(reading: Reading, as_of: dt.date) -> float:
    """Count incidents a day over the last covered year."""
    spans = gathering.covered_spans(reading)
    end = pd.Timestamp(as_of, tz=reading.time_zone).tz_convert("UTC")
    since = max(end - pd.Timedelta(days=_YEAR), reading.period[0])
    held = spans.clip(lower=since, upper=end)
    days = float((held["end"] - held["start"]).dt.total_seconds().sum()) / 86_400.0
    at = reading.incidents["reported_at"].fillna(reading.incidents["started_at"])
    return float(((at >= since) & (at < end)).sum()) / max(days, 1.0)


def shift(
    asked: str | None,
    hours: int | None,
    as_of: dt.date,
    duty: Path | None,
    time_zone: str,
) -> Shift:
    """Give the shift that is asked for, that of a roster, or the first Friday's.

    Parameters
    ----------
    asked
        ``2026-12-04T20:00``, or a time of day for the first Friday from ``as_of`` on.
    duty
        Roster from whose first start to whose last end the shift is; None if none.

    Raises
    ------
    UsageError
        If what is asked for is no local time on the hour.
    """
    if duty is not None:
        spans = roster.read(duty, time_zone=time_zone).spans
        first = spans["starts_at"].min().tz_convert(time_zone).floor("h")
        last = spans["ends_at"].max().tz_convert(time_zone)
        found = int(np.ceil((last - first) / pd.Timedelta(hours=1)))
        begins = first.tz_localize(None).to_pydatetime()
        return Shift(starts_at=begins, hours=hours or min(found, _DAY))
    friday = as_of + dt.timedelta(days=(_FRIDAY - as_of.weekday()) % 7)
    begins = _instant(asked, friday) if asked else dt.datetime.combine(friday, _BEGINS)
    return Shift(starts_at=begins, hours=hours or _HOURS)


def _instant(asked: str, day: dt.date) -> dt.datetime:
    wanted = (
        f"--shift-starts {asked!r} is no local time on the hour: write 20:00, or "
        "2026-12-04T20:00"
    )
    try:
        if len(asked.strip()) <= len("20:00:00"):
            begins = dt.datetime.combine(day, dt.time.fromisoformat(asked.strip()))
        else:
            begins = dt.datetime.fromisoformat(asked.strip())
    except ValueError:
        raise UsageError(wanted) from None
    if begins.tzinfo is not None or begins.minute or begins.second:
        raise UsageError(wanted)
    return begins
