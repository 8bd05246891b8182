"""Histories of given instants or windows on a grid."""

import numpy as np
import pandas as pd

from geoalloc.demand import History
from tests.demand.monthly import days


def at_times(grid, start, end=None, *, position=None, covered=None, **more):
    """Incidents with windows of local times, in any order; covered for long after."""
    zone = more.get("time_zone", "Europe/London")

    def utc(times):
        local = pd.DatetimeIndex(times).tz_localize(
            zone, ambiguous=np.zeros(len(times), dtype=bool)
        )
        return local.tz_convert("UTC")

    started = days(utc(start))
    ended = started if end is None else days(utc(end))
    n = started.size
    position = np.arange(n) * 7 % len(grid) if position is None else position
    order = np.lexsort((np.arange(n), started, ended))
    if covered is None:
        first = pd.DatetimeIndex(start).min().normalize()
        last = pd.DatetimeIndex(start if end is None else end).max().normalize()
        covered = [(first, last + pd.Timedelta(200, "D"))]
    spans = [days(utc(list(span))) for span in covered]
    position = np.asarray(position)[order]
    return History(
        grid=grid,
        position=position,
        x_m=grid.x_m[position],
        y_m=grid.y_m[position],
        started=started[order],
        ended=ended[order],
        category=np.zeros(n, dtype=np.int64),
        categories=("burglary",),
        reported=np.ones(n, dtype=bool),
        covered=np.array(spans),
        **more,
    )
