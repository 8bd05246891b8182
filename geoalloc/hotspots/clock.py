"""When incidents stand: their instants, the windows of a period, peak hours."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError

__all__ = [
    "MONTH_DAYS",
    "Calendar",
    "When",
    "calendar",
    "peak_hours",
    "shares",
    "when",
]

MONTH_DAYS = 365.25 / 12
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOUR_KNOWN = pd.Timedelta(12, "h")  # a longer window tells no hour of the day
_MONTHLY = pd.Timedelta(27, "D")
_DAY = pd.Timedelta(1, "D")
_TIMES = ("reported_at", "started_at", "ended_at")


@dataclass(frozen=True, kw_only=True)
class When:
    """When each incident stands.

    Attributes
    ----------
    local : (n_incidents,)
        Local instant, NaT where unknown: the middle of a window of at most 12
        hours, else the report, else the middle of the window.
    dated : (n_incidents,)
        Local instant by which an incident is in a period or not: its report, else
        its start; of one known only to the month, the middle of it.
    hour_known : (n_incidents,)
        Whether ``local`` tells the hour of the day.
    first, last
        Earliest start and latest end, local; NaT where no time is known.
    monthly
        Whether some incidents are known only to the month.
    """

    local: pd.Series
    dated: pd.Series
    hour_known: BoolArray
    first: pd.Timestamp
    last: pd.Timestamp
    monthly: bool


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The period, less what is missing of it, cut into windows.

    Attributes
    ----------
    start, end
        Local, half-open; NaT where no time is known.
    days
        Days of the period that there are data of; nan where no time is known.
    edges : (n_windows + 1,)
        Local instants at which windows begin, and the end of the last; empty
        where there are not two windows.
    window_days : (n_windows,)
        Days of each window that there are data of.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    days: float
    edges: pd.DatetimeIndex
    window_days: FloatArray

    @property
    def months(self) -> float:
        """Length in months; 1 where no time is known, so that a rate is of all."""
        return self.days / MONTH_DAYS if self.days == self.days else 1.0

    @property
    def names(self) -> tuple[str, ...]:
        """First and last day of each window, as "2024-01-01 to 2024-02-29"."""
        last = self.edges[1:] - pd.Timedelta(1, "us")
        pairs = zip(self.edges[:-1], last, strict=True)
        return tuple(f"{a:%Y-%m-%d} to {b:%Y-%m-%d}" for a, b in pairs)

    def window(self, local: pd.Series) -> IndexArray:
        """Position of the window of each instant; -1 for none."""
        at = np.asarray(self.edges.searchsorted(local.array, side="right")) - 1
        known = local.notna().to_numpy() & (at < len(self.window_days))
        return np.where(known, at, -1).astype(np.int64)

    def holds(self, local: pd.Series) -> BoolArray:
        """Whether each instant is in the period, or unknown."""
        outside = (local < self.start) | (local >= self.end)
        return np.asarray(~outside)


def when(incidents: pd.DataFrame, time_zone: str) -> When:
    """Find when incidents stand, as far as their columns tell.

    Parameters
    ----------
    incidents
        ``reported_at``, ``started_at``, ``ended_at``, as far as they are there:
        instants, or local times without a zone. Other columns are not read. An end
        alone is taken as a report; of a window that ends before it starts only the
        start is taken, and tells no hour.
    time_zone
        Such as ``America/Chicago``.

    Raises
    ------
    DataError
        If a column holds something other than times.
    """
    reported, started, ended = (_local(incidents, name, time_zone) for name in _TIMES)
    reported = reported.fillna(ended.where(started.isna()))
    backwards = (ended < started).to_numpy()
    ended = ended.fillna(started).mask(backwards, started)
    length = ended - started
    middle = started + length / 2
    short = (length <= _HOUR_KNOWN).to_numpy()
    local = middle.where(short, reported.fillna(middle))
    hour_known = (short | started.isna().to_numpy()) & local.notna().to_numpy()
    hour_known &= ~backwards
    known = local[hour_known]
    if (known == known.dt.normalize()).all():
        hour_known[:] = False  # midnights alone are dates, not times
    begin = started.fillna(reported)
    return When(
        local=local,
        dated=reported.fillna(started).mask(length >= _MONTHLY, local),
        hour_known=hour_known,
        # A report may stand before the window that it tells of.
        first=pd.concat([begin, local]).dt.floor("D").min(),
        # The instant of a report may stand on the day after the window.
        last=pd.concat([ended.dt.ceil("D"), local.dt.floor("D") + _DAY]).max(),
        monthly=bool((length >= _MONTHLY).any()),
    )


def _local(incidents: pd.DataFrame, name: str, time_zone: str) -> pd.Series:
    """Wall-clock times without a zone; NaT where there are none."""
    if name not in incidents:
        return pd.Series(pd.NaT, index=incidents.index, dtype="datetime64[us]")
    values = incidents[name]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert(time_zone).dt.tz_localize(None)
    elif not pd.api.types.is_datetime64_dtype(values.dtype):
        raise DataError(
            f"{name} holds {values.dtype}: give times, as `pandas.to_datetime` makes"
        )
    return values.astype("datetime64[us]")


def calendar(
    times: When,
    *,
    period: tuple[pd.Timestamp, pd.Timestamp] | None,
    missing_months: tuple[str, ...],
    windows: int,
) -> Calendar:
    """Cut a period into windows as equal as whole months allow.

    A period of fewer months than ``windows`` is cut into equal days, or into its
    months if some incidents are known only to the month.

    Parameters
    ----------
    period
        Local, half-open; None takes what the incidents span.
    missing_months
        Such as ``2019-07``: of these there are no data.
    windows
        How many to make.

    Raises
    ------
    DataError
        If nothing is left of the period.
    """
    start, end = period or (times.first, times.last)
    if pd.isna(start) or pd.isna(end):
        none = pd.DatetimeIndex([], dtype="datetime64[us]")
        return Calendar(
            start=start, end=end, days=np.nan, edges=none, window_days=np.empty(0)
        )
    months = pd.period_range(start, end - pd.Timedelta(1, "us"), freq="M")
    months = months[~months.astype(str).isin(missing_months)]
    if end <= start or months.empty:
        raise DataError(
            f"the period {start} to {end} has no day that there are data of"
        )
    covered = pd.DataFrame(
        {
            "start": months.to_timestamp().as_unit("us"),
            "end": (months + 1).to_timestamp().as_unit("us"),
        }
    ).clip(lower=start, upper=end)
    if len(months) >= windows or times.monthly:
        runs = np.array_split(np.arange(len(months)), min(windows, len(months)) or 1)
        begin = [covered["start"].iloc[run[0]] for run in runs if run.size]
    else:
        n_days = round((end - start) / pd.Timedelta(1, "D"))
        at = np.arange(min(windows, n_days)) * n_days // min(windows, n_days)
        begin = list(start + pd.to_timedelta(at, "D"))
    edges = pd.DatetimeIndex([*begin, end], dtype="datetime64[us]")
    edges = edges if len(edges) > 2 else edges[:0]
    return Calendar(
        start=start,
        end=end,
        days=float(_days_within(covered, start, end)),
        edges=edges,
        window_days=np.array([_days_within(covered, a, b) for a, b in pairwise(edges)]),
    )


def _days_within(
    covered: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp
) -> float:
    inside = covered.clip(lower=start, upper=end)
    return float((inside["end"] - inside["start"]).sum() / pd.Timedelta(1, "D"))


def peak_hours(times: pd.Series, *, width_h: int = 3) -> str:
    """Name the ``width_h`` hours of the week that hold the most incidents.

    Parameters
    ----------
    times
        Local times; of windows of one count the one that starts first in the
        week (Monday 00:00) is named.

    Returns
    -------
    hours
        Such as "Fri 22:00-01:00"; empty if no time is known.

    Raises
    ------
    DataError
        If ``width_h`` is not a whole number from 1 to 24.
    """
    if width_h not in range(1, 25):
        raise DataError(f"width_h must be a whole number from 1 to 24, got {width_h}")
    width_h = int(width_h)
    known = times.dropna()
    if known.empty:
        return ""
    hour = known.dt.day_of_week.to_numpy() * 24 + known.dt.hour.to_numpy()
    count = np.bincount(hour, minlength=168)
    window = sum(np.roll(count, -k) for k in range(width_h))
    start = int(np.argmax(window))
    until = (start + width_h) % 24
    return f"{_DAYS[start // 24]} {start % 24:02d}:00-{until:02d}:00"


def shares(times: pd.Series) -> tuple[list[float], list[float]]:
    """Share incidents out over the hours of the day and the days of the week.

    Parameters
    ----------
    times
        Local times.

    Returns
    -------
    hours : (24,)
        From 00:00; sums to 1. Empty if no time is known.
    days : (7,)
        From Monday, likewise.
    """
    known = times.dropna()
    if known.empty:
        return [], []
    hours = np.bincount(known.dt.hour.to_numpy(), minlength=24) / len(known)
    days = np.bincount(known.dt.day_of_week.to_numpy(), minlength=7) / len(known)
    return hours.tolist(), days.tolist()
