"""Hours of the week that incidents fall in, as far as their times tell."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.demand.history import History

HOURS_OF_WEEK = 168

_HOUR, _DAY, _WEEK = 3_600, 86_400, 604_800


@dataclass(frozen=True, kw_only=True)
class Hours:
    """The parts of incidents' windows, of those whose time of the week is known.

    Attributes
    ----------
    row : (n_parts,)
        Position of the incident, ascending.
    hour : (n_parts,)
        Hour of the local week, 0 at Monday 00:00; of a day that is known without the
        hour, its midnight.
    weight : (n_parts,)
        Share of the incident's window that the part takes.
    minute : (n_parts,)
        Minute of the local day, of an instant; else -1.
    day_only : (n_parts,)
        Whether the hour is not known.
    """

    row: IndexArray
    hour: IndexArray
    weight: FloatArray
    minute: IndexArray
    day_only: IndexArray

    def until(self, n_incidents: int) -> "Hours":
        """Keep the parts of the first so many incidents."""
        end = int(np.searchsorted(self.row, n_incidents))
        return Hours(
            row=self.row[:end],
            hour=self.hour[:end],
            weight=self.weight[:end],
            minute=self.minute[:end],
            day_only=self.day_only[:end],
        )


def hours_of_week(times: pd.DatetimeIndex) -> IndexArray:
    """Hour of the week of local times, 0 at Monday 00:00."""
    return np.asarray(times.day_of_week * 24 + times.hour, dtype=np.int64)


def hours(history: History) -> Hours:
    """Spread incidents evenly over their windows, in hours of the local week.

    An incident with a window of less than a day is spread over its hours (aoristic
    weights), so that an hour which the clocks skip gets nothing, and one that they
    repeat gets twice. A longer window tells days and no hours; one of a week or more
    tells nothing. Instants which all stand at midnight are dates.

    References
    ----------
    Ratcliffe, J. H. (2000), International Journal of Geographical Information Science
    14(7), 669-679.
    """
    return _hours_of(history, len(history))


def known_hours(history: History, origin: pd.Timestamp) -> Hours:
    """Spread the incidents known at an origin, as ``hours`` does."""
    n = history.known(origin)
    return _hours_of(history, n).until(n)


def _hours_of(history: History, n_incidents: int) -> Hours:
    # Whether instants are dates is told by those before alone: the first that is none.
    first = history.made("first of no date", lambda: _first_of_no_date(history))
    dates = n_incidents <= first
    return history.made(("hours", dates), lambda: _hours(history, dates=dates))


def _first_of_no_date(history: History) -> int:
    instant = np.flatnonzero(history.ended == history.started)
    second = np.rint(history.started[instant] * _DAY).astype(np.int64)
    hour = local_seconds(second, history.time_zone) % _DAY
    found = instant[hour != 0]
    return int(found[0]) if found.size else len(history)


def _hours(history: History, *, dates: bool) -> Hours:
    # To the second: a day is held as a float, which may fall short of the hour.
    start = np.rint(history.started * _DAY).astype(np.int64)
    length = np.rint(history.ended * _DAY).astype(np.int64) - start
    row = np.flatnonzero(length < _WEEK)
    start, length = start[row], length[row]
    local = local_seconds(start, history.time_zone)
    instant = length == 0
    minute = np.where(instant, local % _DAY // 60, -1)
    day_only = (length >= _DAY) | (instant & dates)
    step = np.where(day_only, _DAY, _HOUR)
    first = local // step
    n_parts = np.maximum(-((local + length) // -step) - first, 1)
    part = np.arange(n_parts.sum()) - np.repeat(np.cumsum(n_parts) - n_parts, n_parts)
    of = np.repeat(np.arange(row.size), n_parts)
    # The clocks change by whole hours, so that hours begin as they did at the start.
    begin = (first[of] + part) * step[of] - (local - start)[of]
    low = np.maximum(begin, start[of])
    high = np.minimum(begin + step[of], (start + length)[of])
    whole = np.maximum(length[of], 1)
    stands = local_seconds((low + high) // 2, history.time_zone)
    # 1970-01-01 was a Thursday.
    week = (stands + 3 * _DAY) % _WEEK
    hour = np.where(day_only[of], week // _DAY * 24, week // _HOUR)
    return Hours(
        row=row[of],
        hour=hour,
        weight=np.where(instant[of], 1.0, (high - low) / whole),
        minute=np.where(day_only[of], -1, minute[of]),
        day_only=day_only[of].astype(np.int64),
    )


def local_seconds(seconds: IndexArray, time_zone: str) -> IndexArray:
    """Seconds of the wall clock from seconds since 1970-01-01T00:00Z."""
    utc = pd.DatetimeIndex(seconds.astype("datetime64[s]"), tz="UTC")
    local = utc.tz_convert(time_zone).tz_localize(None)
    return np.asarray(local.to_numpy().astype("datetime64[s]").astype(np.int64))
