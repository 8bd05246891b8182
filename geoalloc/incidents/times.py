"""Times of incidents: months, local times and offsets, all to UTC."""

import dataclasses
import re
import zoneinfo
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray
from geoalloc.errors import DataError

_DTYPE = "datetime64[us, UTC]"
_OFFSET = r"\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$"
_DAY = r"^\d{4}-\d{2}-\d{2}$"
_BARE_DAY = r"^[^:T]*\d[^:T]*$"
_MIDNIGHT = r"[T ](?:00:00(?::00(?:\.0+)?)?|12:00:00 AM)$"
_CLOCK = (  # hour, minute, second, a or p
    r"^([01]?\d|2[0-3]):?([0-5]\d)(?::([0-5]\d))?(?: ?([AaPp])\.?[Mm]\.?)?$"
)
_TIME_FIELDS = {"month", "reported_at", "started_at"}
_MONTH = r"^\d{4}-(?:0[1-9]|1[0-2])$"


@dataclass(frozen=True, kw_only=True)
class Times:
    """Instants of each row, and what is wrong with them.

    Attributes
    ----------
    reported_at, started_at, ended_at
        ``datetime64[us, UTC]``, NaT where unknown.
    month
        ``2018-01`` in local time: the month of the row, else of its report, else
        of its start; missing where there is none.
    none, unreadable, reversed, outside : (n_rows,)
        Rows without a time, with one that cannot be read, that end before they
        start, and whose exact time is in none of the months of the table.
    period
        UTC, half-open: first to last month of a table that has months, else the
        local days of the first and the last time.
    timed
        Whether times are exact.
    """

    reported_at: pd.Series
    started_at: pd.Series
    ended_at: pd.Series
    month: pd.Series
    none: BoolArray
    unreadable: BoolArray
    reversed: BoolArray
    outside: BoolArray
    period: tuple[pd.Timestamp, pd.Timestamp]
    timed: bool

    def before(self, until: pd.Timestamp) -> BoolArray:
        """Rows known to stand before an instant: of a month, the whole of it."""
        known = self.reported_at.fillna(self.started_at) < until
        if not self.timed:
            known = self.ended_at <= until
        return np.asarray(known | self.started_at.isna() & self.reported_at.isna())

    def since(self, first: pd.Timestamp) -> BoolArray:
        """Rows known to stand at an instant or after it: of a month, the whole."""
        known = self.reported_at.fillna(self.started_at) >= first
        return np.asarray(known | self.started_at.isna() & self.reported_at.isna())

    def cut_before(self, first: pd.Timestamp, time_zone: str) -> "Times":
        """Begin the period at an instant: of months, where the first whole one does."""
        if not self.timed:
            local = first.tz_convert(time_zone).tz_localize(None)
            month = (local - pd.Timedelta(1, "us")).to_period("M") + 1
            first = month.to_timestamp().tz_localize(time_zone).tz_convert("UTC")
        start = min(max(self.period[0], first.as_unit("us")), self.period[1])
        return dataclasses.replace(self, period=(start, self.period[1]))

    def cut(self, until: pd.Timestamp, time_zone: str) -> "Times":
        """End the period at an instant: of months, where the last whole one ends."""
        if not self.timed:
            local = until.tz_convert(time_zone).tz_localize(None)
            month = local.to_period("M").to_timestamp()
            until = month.tz_localize(time_zone).tz_convert("UTC").as_unit("us")
        end = max(self.period[0], min(self.period[1], until))
        return dataclasses.replace(self, period=(self.period[0], end))


def read_times(fields: pd.DataFrame, time_zone: str, time_format: str | None) -> Times:
    """Read the time fields of a raw table.

    Raises
    ------
    DataError
        If the time zone is unknown, or no row has a time that can be read.
    """
    require_zone(time_zone)
    if not _TIME_FIELDS & set(fields.columns):
        return _timeless(fields.index)
    _refuse_months(fields)
    timed = "reported_at" in fields or "started_at" in fields
    instants = {
        name: _instants(fields[name], time_zone, time_format)
        if name in fields
        else pd.Series(pd.NaT, index=fields.index, dtype=_DTYPE)
        for name in ("reported_at", "started_at", "ended_at")
    }
    unreadable = _unreadable(fields, instants)
    first = instants["reported_at"].fillna(instants["started_at"])
    month = _months(fields, first, time_zone)
    if "month" in fields:
        unreadable |= (month.isna() & fields["month"].notna()).to_numpy()
    if not timed:
        instants["started_at"], instants["ended_at"] = _windows(month, time_zone)
        first = instants["started_at"]
    else:
        ended = _ends(fields, instants["started_at"], time_zone, time_format)
        instants["ended_at"] = instants["ended_at"].fillna(ended)
    if month.isna().all():
        raise DataError(_no_time(fields, time_format))
    period = _period(month if "month" in fields else None, first, time_zone)
    return Times(
        **instants,
        month=month,
        none=first.isna().to_numpy() & ~unreadable,
        unreadable=unreadable,
        reversed=(instants["ended_at"] < instants["started_at"]).to_numpy(),
        outside=((first < period[0]) | (first >= period[1])).to_numpy(),
        period=period,
        timed=timed,
    )


def are_apart(days: pd.Series, clock: pd.Series) -> bool:
    """Whether, as read, a column holds days alone and another their times of day."""
    return _all(_days(days), _BARE_DAY) and _all(_words(clock), _CLOCK)


def joined(
    days: pd.Series, clock: pd.Series, time_format: str | None
) -> tuple[pd.Series, pd.Series]:
    """Put times of day to days: local start and end, without a zone.

    Where the time of day is missing, it may be any of that day.

    Parameters
    ----------
    time_format
        Of the days; of a whole time, what stands before its hours.
    """
    pattern = re.split(r"[ T]?%[HI]", time_format)[0] if time_format else "ISO8601"
    day = pd.to_datetime(_days(days), format=pattern, errors="coerce").astype(
        "datetime64[us]"
    )
    parts = _words(clock).str.extract(_CLOCK)
    hour, minute, second = (pd.to_numeric(parts[k]) for k in range(3))
    afternoon = parts[3].str.lower() == "p"
    hour = hour.where(parts[3].isna(), hour % 12 + 12 * afternoon)
    seconds = hour * 3600 + minute * 60 + second.fillna(0)
    started = day + pd.to_timedelta(seconds.fillna(0).astype("float64"), "s")
    ended = started.where(seconds.notna(), day + pd.Timedelta(1, "D"))
    return started.astype("datetime64[us]"), ended.astype("datetime64[us]")


def _days(values: pd.Series) -> pd.Series:
    """Write days as text, without the midnight that a format may force on them."""
    texts = _words(values)
    if texts.str.contains(_MIDNIGHT, na=True).all():
        return texts.str.replace(_MIDNIGHT, "", regex=True)
    return texts


def _words(values: pd.Series) -> pd.Series:
    return values.astype("str").str.strip()


def _all(texts: pd.Series, pattern: str) -> bool:
    known = texts.dropna()
    return bool(len(known)) and bool(known.str.match(pattern).all())


def _timeless(index: pd.Index) -> Times:
    """Say of a table without times that nothing is known, and nothing is wrong."""
    unknown = pd.Series(pd.NaT, index=index, dtype=_DTYPE)
    no = np.zeros(len(index), dtype=bool)
    return Times(
        reported_at=unknown,
        started_at=unknown,
        ended_at=unknown,
        month=pd.Series(None, index=index, dtype="str"),
        none=no,
        unreadable=no.copy(),
        reversed=no,
        outside=no,
        period=(pd.NaT, pd.NaT),
        timed=False,
    )


def month_range(period: tuple[pd.Timestamp, pd.Timestamp], time_zone: str) -> pd.Index:
    """Months ``2018-01`` that a UTC period touches, in local time."""
    if pd.isna(period[0]):
        return pd.Index([], dtype="str")
    first, last = (
        t.tz_convert(time_zone).tz_localize(None)
        for t in (period[0], period[1] - pd.Timedelta(1, "us"))
    )
    return pd.period_range(first, last, freq="M").astype(str)


def require_zone(time_zone: str) -> None:
    """Require the name of a time zone.

    Raises
    ------
    DataError
        If there is none of that name.
    """
    try:
        zoneinfo.ZoneInfo(time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise DataError(
            f"time zone {time_zone!r} is unknown: give one such as Europe/London"
        ) from None


def _instants(values: pd.Series, time_zone: str, time_format: str | None) -> pd.Series:
    """Read text or datetimes as UTC; NaT where that fails."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.astype(_DTYPE)
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return _to_utc(values, time_zone)
    texts = values.astype("str").str.strip()
    if time_format:
        return _formatted(texts, time_zone, time_format)
    has_offset = texts.str.contains(_OFFSET, na=False)
    local = pd.to_datetime(texts.mask(has_offset), format="ISO8601", errors="coerce")
    result = _to_utc(local, time_zone)
    if has_offset.any():
        fixed = pd.to_datetime(
            texts[has_offset], format="ISO8601", errors="coerce", utc=True
        )
        result = result.where(~has_offset, fixed.astype(_DTYPE).reindex(texts.index))
    return result


def _formatted(texts: pd.Series, time_zone: str, time_format: str) -> pd.Series:
    offset = "%z" in time_format
    try:
        read = pd.to_datetime(texts, format=time_format, errors="coerce", utc=offset)
    except ValueError as error:
        raise DataError(f"time_format {time_format!r} is none: {error}") from None
    return read.astype(_DTYPE) if offset else _to_utc(read, time_zone)


def _to_utc(local: pd.Series, time_zone: str) -> pd.Series:
    placed = local.dt.tz_localize(
        time_zone,
        ambiguous=np.ones(len(local), dtype=bool),  # the first of the two
        nonexistent="shift_forward",
    )
    return placed.dt.tz_convert("UTC").astype(_DTYPE)


def _refuse_months(fields: pd.DataFrame) -> None:
    """Refuse months where instants are meant: they would all be the first."""
    for name in {"reported_at", "started_at", "ended_at"} & set(fields.columns):
        first = fields[name].dropna().head(1).astype("str")
        if first.str.contains(_MONTH).any():
            raise DataError(
                f"the column of {name} holds months such as {first.iloc[0]!r}: "
                "name it as month instead"
            )


def _ends(
    fields: pd.DataFrame, started: pd.Series, time_zone: str, time_format: str | None
) -> pd.Series:
    """End of a start that has none: itself, or of a bare date the next midnight."""
    if "started_at" not in fields or fields["started_at"].dtype != "str":
        return started
    if time_format:
        clocked = any(code in time_format for code in ("%H", "%I", "%X", "%c"))
        bare = fields["started_at"].notna() & (not clocked)
    else:
        bare = fields["started_at"].str.strip().str.contains(_DAY, na=False)
    if not bare.any():
        return started
    local = started.dt.tz_convert(time_zone).dt.tz_localize(None)
    return started.where(~bare, _to_utc(local + pd.Timedelta(1, "D"), time_zone))


def _unreadable(fields: pd.DataFrame, instants: dict[str, pd.Series]) -> BoolArray:
    bad = np.zeros(len(fields), dtype=bool)
    for name in set(instants) & set(fields.columns):
        bad |= (instants[name].isna() & fields[name].notna()).to_numpy()
    return bad


def _months(fields: pd.DataFrame, first: pd.Series, time_zone: str) -> pd.Series:
    if "month" in fields:
        given = fields["month"]
        if pd.api.types.is_datetime64_any_dtype(given.dtype):
            return given.dt.strftime("%Y-%m").astype("str")
        texts = given.astype("str").str.strip().str.slice(0, 7)
        return texts.where(texts.str.contains(_MONTH, na=False))
    local = first.dt.tz_convert(time_zone).dt.tz_localize(None)
    # Written once for each month, not once for each row.
    codes, months = pd.factorize(local.to_numpy().astype("datetime64[M]"))
    names = pd.Series([*np.datetime_as_string(months, unit="M"), None], dtype="str")
    return names.iloc[codes].set_axis(first.index)


def _windows(month: pd.Series, time_zone: str) -> tuple[pd.Series, pd.Series]:
    """Half-open month in local time, as UTC."""
    codes, names = pd.factorize(month)
    starts = pd.PeriodIndex(names, freq="M")
    ends = (starts + 1).to_timestamp().tz_localize(time_zone)
    begin = starts.to_timestamp().tz_localize(time_zone)

    def instants(edges: pd.DatetimeIndex) -> pd.Series:
        in_utc = pd.Series(edges.tz_convert("UTC"), dtype=_DTYPE)
        return in_utc.reindex(codes).set_axis(month.index)

    return instants(begin), instants(ends)


def _period(
    month: pd.Series | None, first: pd.Series, time_zone: str
) -> tuple[pd.Timestamp, pd.Timestamp]:
    if month is not None:
        start = pd.Period(month.dropna().min(), freq="M").to_timestamp()
        end = (pd.Period(month.dropna().max(), freq="M") + 1).to_timestamp()
    else:
        local = first.dropna().dt.tz_convert(time_zone).dt.tz_localize(None)
        start = local.min().normalize()
        end = local.max().normalize() + pd.Timedelta(1, "D")
    return (
        start.tz_localize(time_zone).tz_convert("UTC").as_unit("us"),
        end.tz_localize(time_zone).tz_convert("UTC").as_unit("us"),
    )


def _no_time(fields: pd.DataFrame, time_format: str | None) -> str:
    for name in ("month", "reported_at", "started_at"):
        if name in fields and fields[name].notna().any():
            first = fields[name].dropna().iloc[0]
            wanted = {"month": "2018-01"}.get(name, time_format or "ISO 8601")
            return (
                f"no row has a {name} that can be read as {wanted}: the first is "
                f"{str(first)!r}; give the right column, or time_format"
            )
    return "no row has a time: its columns are empty"
