"""Histories of given counts by month, or of given instants, on a grid."""

import numpy as np
import pandas as pd

from geoalloc.demand import History

ZONE = "Europe/London"
EPOCH = pd.Timestamp(0, tz="UTC")


def days(times):
    return np.asarray((times - EPOCH) / pd.Timedelta(days=1), dtype=np.float64)


def month_starts(first, n):
    return pd.date_range(first, periods=n + 1, freq="MS", tz=ZONE).tz_convert("UTC")


def by_month(grid, counts, *, first="2018-01-01", missing=(), where=None, **more):
    """Incidents known to the month; ``counts`` by category, a list of months each."""
    names = tuple(sorted(counts))
    edges = days(month_starts(first, len(counts[names[0]])))
    rows = [
        (month, code)
        for code, name in enumerate(names)
        for month, n in enumerate(counts[name])
        for _ in range(int(n))
        if month not in missing
    ]
    rows.sort()
    month = np.array([row[0] for row in rows], dtype=np.int64)
    spans = np.column_stack([edges[:-1], edges[1:]])
    kept = [m for m in range(len(spans)) if m not in missing]
    n = len(rows)
    position = np.arange(n) * 7 % len(grid) if where is None else where(n)
    return History(
        grid=grid,
        position=position,
        x_m=grid.x_m[position],
        y_m=grid.y_m[position],
        started=edges[month],
        ended=edges[month + 1],
        category=np.array([row[1] for row in rows], dtype=np.int64),
        categories=names,
        reported=np.ones(n, dtype=bool),
        covered=spans[kept],
        time_zone=ZONE,
        **more,
    )


def at_instants(grid, instants, *, start, end):
    """Incidents of one category at instants, in days from 1970."""
    at = np.sort(np.asarray(instants, dtype=np.float64))
    position = np.zeros(at.size, dtype=np.int64)
    return History(
        grid=grid,
        position=position,
        x_m=grid.x_m[position],
        y_m=grid.y_m[position],
        started=at,
        ended=at,
        category=position,
        categories=("theft",),
        reported=np.ones(at.size, dtype=bool),
        covered=np.array([[start, end]]),
        time_zone=ZONE,
    )
