"""Times of incidents: months that lack rows, late records, stand-ins, wild dates."""

from typing import Any

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.incidents import spikes
from geoalloc.incidents.integrity_rows import (
    Grade,
    Item,
    Rows,
    graded,
    listed,
    percent,
    spans,
    worst,
)
from geoalloc.incidents.reading import Reason

_THIN = 0.5  # of the median month
_MISSING_POOR = 0.1  # of the months of the period
_RECENT_DAYS = 28
_LATE = (0.05, 0.15)
_STAND_IN = (0.01, 0.05)
_WILD = (0.001, 0.01)
_LONE = 12  # months without a row that set off a few stray ones
_STRAY = 0.005  # of the rows, that may lie beyond
_FIRST_DAYS = 12 / 365.25  # of all days are the first of a month
_HEAP_TIMES, _HEAP_SIGMAS = 1.25, 5.0
_DAY = pd.Timedelta(1, "D")


def months(rows: Rows) -> Item:
    """Name the months of the period in which few or no rows were read."""
    n = rows.by_month(rows.judged.verdicts.reason_is_not(Reason.LATER))
    main = _main(n)
    inner, names = n[main], rows.months[main]
    median = float(np.median(inner[inner > 0]))
    missing = [m for m, k in zip(names, inner, strict=True) if k == 0]
    thin = [m for m, k in zip(names, inner, strict=True) if 0 < k < _THIN * median]
    share = len(missing) / len(names)
    grade = Grade.WATCH if missing or thin else Grade.GOOD
    told = []
    if missing:
        told.append(f"No row is of {spans(missing)} ({len(missing)} of {len(names)}).")
    if thin:
        told.append(
            f"Under half of the median month ({median:,.0f} rows) have {spans(thin)}."
        )
    return Item(
        key="months",
        title="Missing and thin months",
        grade=Grade.POOR if share >= _MISSING_POOR else grade,
        finding=" ".join(told)
        or f"All {len(names)} months from {names[0]} to {names[-1]} have rows, none "
        "under half of the median.",
        rule="Watch if a month is missing or has under half of the rows of the median "
        "month; poor if a tenth of the months is missing. A month at either end may be "
        "thin because the files begin or end within it.",
        action=(
            "Fetch what is missing; until then count by the months there are, as every "
            "command does, and train across a long gap only with care."
            if missing
            else "See whether the month was cut short before it is counted as a whole."
            if thin
            else "Nothing."
        ),
        figures={"missing": missing, "thin": thin, "median": median},
    )


def _main(n: IndexArray) -> slice:
    """Leave out a few rows far from all others: `dates` tells of them."""
    there = np.flatnonzero(n)
    gaps = np.flatnonzero(np.diff(there) > _LONE)
    before = np.cumsum(n)[there]
    total = int(n.sum())
    first, last = int(there[0]), int(there[-1])
    for gap in gaps:
        if before[gap] <= _STRAY * total:
            first = int(there[gap + 1])
        elif total - before[gap] <= _STRAY * total:
            last = int(there[gap])
            break
    return slice(first, last + 1)


def lag(rows: Rows) -> Item:
    """Say how long after it happened an incident was recorded, where both are known."""
    days, how = _lag_days(rows)
    later = days[days >= 0]
    known = later.size >= 1 and how != ""
    late = float((later > _RECENT_DAYS).mean()) if known else 0.0
    figures: dict[str, Any] = {"known": int(later.size), "by": how or None}
    if known:
        figures |= {
            "median_days": float(np.median(later)),
            "p90_days": float(np.quantile(later, 0.9)),
            "late_share": late,
            "same_month_share": float((later == 0).mean()),
            "before_start": int((days < 0).sum()),
        }
    return Item(
        key="lag",
        title="Time from occurrence to record",
        grade=graded(late, *_LATE) if known else Grade.UNKNOWN,
        finding=_lag_found(figures)
        if known
        else "When an incident happened and when it was recorded are not both known.",
        rule="Good if under 5 % are recorded more than 28 days after they began; poor "
        "from 15 %: the last month is then still filling up, and response is not what "
        "those records ask for.",
        action=(
            "Take the reported time for response and the time of occurrence for "
            "hotspots; do not end a period at the last month of the files."
            if known
            else "Name both columns, if the files have them."
        ),
        figures=figures,
    )


def _lag_days(rows: Rows) -> tuple[FloatArray, str]:
    """Days from start to report, else at least so many to the month of the record."""
    times = rows.judged.times
    some = rows.distinct & times.started_at.notna().to_numpy()
    if not times.timed:
        return np.empty(0), ""
    reported = times.reported_at[some]
    if reported.notna().any():
        gap = (reported - times.started_at[some]).dropna() / _DAY
        return gap.to_numpy(np.float64), "reported time"
    if "month" not in rows.judged.table.fields:
        return np.empty(0), ""
    started = times.started_at[some].dt.tz_convert(rows.time_zone).dt.tz_localize(None)
    opens = pd.to_datetime(times.month[some], format="%Y-%m")
    gap = (opens - started) / _DAY
    same = started >= opens
    ends = started >= opens + pd.DateOffset(months=1)
    days = np.where(ends, -1.0, np.where(same, 0.0, gap))
    return days[np.isfinite(days)], "month of the record"


def _lag_found(figures: dict[str, Any]) -> str:
    late = percent(figures["late_share"])
    if figures["by"] == "reported time":
        told = (
            f"Of {figures['known']:,} with both known, half were recorded within "
            f"{_days(figures['median_days'])}, nine in ten within "
            f"{_days(figures['p90_days'])}, and {late} more than 28 days after they "
            "began."
        )
    else:
        told = (
            f"Of {figures['known']:,} with a start and a month of the record, "
            f"{percent(figures['same_month_share'])} are recorded in the month in "
            f"which they began, and at least {late} more than 28 days after they began."
        )
    if figures["before_start"]:
        told += f" {figures['before_start']:,} were recorded before they began."
    return told


def _days(days: float) -> str:
    if days < 1:
        hours = 24 * days
        return "the hour" if hours < 1 else f"{hours:.0f} hours"
    return f"{days:.0f} days" if days >= 1.5 else "a day"


def default_times(rows: Rows) -> Item:
    """Find minutes of the day that stand in for times that nobody knew."""
    times = rows.judged.times
    minutes = _minutes(rows)
    known = times.timed and minutes.size > 0
    count = (
        np.bincount(minutes, minlength=spikes.MINUTES)
        if known
        else np.zeros(spikes.MINUTES, int)
    )
    spike, expected = spikes.default_times(count)
    excess = float((count - expected)[spike].sum()) / max(minutes.size, 1)
    named = {
        f"{m // 60:02d}:{m % 60:02d}": int(count[m]) for m in np.flatnonzero(spike)
    }
    ranked = sorted(named, key=lambda m: (-named[m], m))
    told = listed([f"{m} ({named[m]:,})" for m in ranked])
    return Item(
        key="default_times",
        title="Times that stand in for unknown ones",
        grade=graded(excess, *_STAND_IN) if known else Grade.UNKNOWN,
        finding=(
            "Only months are known."
            if not known
            else f"About {percent(excess)} of times are likely to be stand-ins: more "
            f"rows than their hour explains at {told}."
            if named
            else "No minute of the day holds more rows than its hour explains."
        ),
        rule="Good if under 1 % of times are likely to be stand-ins, poor from 5 %. A "
        "minute stands in if it has 1.25 times what its hour and its minute past the "
        "hour lead one to expect, beyond chance; round hours alone do not count.",
        action=(
            "Nothing."
            if known and not named
            else "Rhythms leave these minutes out and spread them over the day; do not "
            "read a peak at such a minute as a peak of incidents."
            if known
            else "A rhythm over the day has to come from elsewhere, such as calls for "
            "service, and is then assumed and not measured."
        ),
        figures={"minutes": named, "excess_share": excess if known else None},
    )


def _minutes(rows: Rows) -> IndexArray:
    """Minute of the local day of each incident whose instant is given."""
    times = rows.judged.times
    first = times.reported_at.fillna(times.started_at)
    instant = times.ended_at.isna() | (times.ended_at <= times.started_at)
    which = rows.distinct & first.notna().to_numpy()
    if times.timed:
        which &= (instant | times.reported_at.notna()).to_numpy()
    local = first[which].dt.tz_convert(rows.time_zone).dt
    return np.asarray(local.hour * 60 + local.minute, dtype=np.int64)


def dates(rows: Rows) -> Item:
    """Count times that cannot be right, and days that hold more than they should."""
    n = rows.by_month(rows.judged.verdicts.reason_is_not(Reason.LATER))
    main = _main(n)
    stray = int(n[: main.start].sum() + n[main.stop :].sum())
    kinds = {
        "without a time": rows.tally(Reason.NO_TIME),
        "with one that cannot be read": rows.tally(Reason.TIME),
        "ending before they start": rows.tally(Reason.WINDOW),
        "begun in none of the months of the files": rows.tally(Reason.PERIOD),
        "years from all others": stray,
    }
    wild = sum(kinds.values()) / max(len(rows), 1)
    heap = _first_days(rows)
    told = [f"{count:,} {kind}" for kind, count in kinds.items() if count]
    finding = (
        f"{percent(wild)} of rows have a time that cannot be used or is hard to "
        f"believe: {listed(told)}."
        if told
        else "Every row has a time that can be read and believed."
    )
    if heap["heaped"]:
        finding += (
            f" {percent(heap['share'])} of days are the first of a month, where "
            f"{percent(_FIRST_DAYS)} would be: that day stands in for unknown ones."
        )
    return Item(
        key="dates",
        title="Implausible dates",
        grade=worst(
            graded(wild, *_WILD), Grade.WATCH if heap["heaped"] else Grade.GOOD
        ),
        finding=finding,
        rule="Good if under 0.1 % of rows have no time, one that cannot be read or "
        "believed, or begin outside the months of the files, and the first of a month "
        "is no stand-in; poor from 1 %.",
        action=(
            "Nothing."
            if not told and not heap["heaped"]
            else "Look at the rows (the rejects of a run name file and line). Offenses "
            "begun long ago are real but say nothing of where officers are needed now."
        ),
        figures={"rows": kinds, "share": wild, "first_of_month": heap},
    )


def _first_days(rows: Rows) -> dict[str, Any]:
    times = rows.judged.times
    which: BoolArray = rows.distinct & times.started_at.notna().to_numpy()
    if not times.timed or not which.any():
        return {"share": None, "heaped": False}
    local = times.started_at[which].dt.tz_convert(rows.time_zone).dt
    n, first = int(which.sum()), int((local.day == 1).sum())
    expected = n * _FIRST_DAYS
    heaped = (
        first > _HEAP_TIMES * expected
        and first > expected + _HEAP_SIGMAS * np.sqrt(expected)
        and len(rows.months) > 1
    )
    return {"share": first / n, "heaped": bool(heaped)}
