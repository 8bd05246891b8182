"""Past windows as long as the horizon, on which a forecaster can be trained."""

from collections.abc import Iterator
from itertools import islice, takewhile

import numpy as np
import pandas as pd

from geoalloc.demand.history import History, day_of

LEAST_DAYS = 7.0
_MONTH_DAYS = 30.4375
_STEP_DAYS = 28.0
_COVERED_SHARE = 0.9
_PAST_DAYS = 28.0  # covered before a window, so that there is something to learn from

Window = tuple[pd.Timestamp, pd.Timestamp]


def past_windows(
    history: History, origin: pd.Timestamp, end: pd.Timestamp, *, most: int
) -> list[Window]:
    """List the last windows before an origin that are like the one ahead.

    Windows are as long as the horizon, but at least a week, at most a third of the
    covered past, and whole months where the horizon is, or where only months are
    known. Weeks begin at fixed days, months on the day of the origin (or the first),
    so that origins close to each other share their windows. Windows longer than a
    month overlap. One of which the source covers less than nine tenths is left out.

    Returns
    -------
    windows
        Half-open, the latest first; none if the past is too short.
    """
    first = pd.Timestamp(history.covered[0, 0], unit="D", tz="UTC")
    found = takewhile(
        lambda window: window[0] >= first, _candidates(history, origin, end, first)
    )
    return list(islice((w for w in found if _usable(history, first, w)), most))


def _candidates(
    history: History, origin: pd.Timestamp, end: pd.Timestamp, first: pd.Timestamp
) -> Iterator[Window]:
    days, past = day_of(end) - day_of(origin), history.covered_days(first, origin)
    months = max(round(days / _MONTH_DAYS), 1)
    local = origin.tz_convert(history.time_zone)
    coarse = history.coarse_at(origin)
    if coarse or end == local + pd.DateOffset(months=months):
        months = max(min(months, int(past / 3.0 / _MONTH_DAYS)), 1)
        if coarse:
            local = local.normalize().replace(day=1)
        for k in range(months, months + 1_200):
            start = local - pd.DateOffset(months=k)
            yield start, local - pd.DateOffset(months=k - months)
    length = max(min(days, past / 3.0), LEAST_DAYS)
    step, last = min(length, _STEP_DAYS), day_of(origin)
    if days < LEAST_DAYS:
        last = np.floor(last / LEAST_DAYS) * LEAST_DAYS
    for k in range(10_000):
        start = last - length - k * step
        yield _instant(start), _instant(start + length)


def _usable(history: History, first: pd.Timestamp, window: Window) -> bool:
    start, end = window
    covered = history.covered_days(start, end) / (day_of(end) - day_of(start))
    return (
        covered >= _COVERED_SHARE
        and history.covered_days(first, start) >= _PAST_DAYS
        and history.known(start) > 0
    )


def _instant(day: float) -> pd.Timestamp:
    # A day as a number falls short of the second by a little.
    return pd.Timestamp(day, unit="D", tz="UTC").round("s")
