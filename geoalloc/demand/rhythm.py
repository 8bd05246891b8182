"""When: the instant that an incident stands for, and the hours of the week."""

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray

HOURS_OF_WEEK = 168


def instants(incidents: pd.DataFrame) -> pd.Series:
    """When each incident stands for demand: its report, else the middle of its window.

    Response demand follows the call; where only a window or a month is known,
    its middle stands in.
    """
    span = incidents["ended_at"] - incidents["started_at"]
    middle = (incidents["started_at"] + span / 2).fillna(incidents["started_at"])
    return incidents["reported_at"].fillna(middle.dt.as_unit("us"))


def hours_of_week(times: pd.DatetimeIndex) -> IndexArray:
    """Hour of the week of local times, 0 at Monday 00:00."""
    return np.asarray(times.day_of_week * 24 + times.hour, dtype=np.int64)


def observed_rhythm(times: pd.Series, *, prior: FloatArray, trust: float) -> FloatArray:
    """Estimate the share of a week's incidents in each hour, (168,).

    Counts are smoothed by a triangular kernel of three hours either side that
    goes round the week, then shrunk towards ``prior``.

    Parameters
    ----------
    times
        Local times, without a missing one.
    prior : (168,)
        Shares to shrink to.
    trust
        Number of incidents that the prior is worth.
    """
    count = np.bincount(
        hours_of_week(pd.DatetimeIndex(times)), minlength=HOURS_OF_WEEK
    ).astype(np.float64)
    lags = np.arange(-2, 3)
    kernel = (3.0 - np.abs(lags)) / 9.0
    smooth = sum(k * np.roll(count, lag) for k, lag in zip(kernel, lags, strict=True))
    return np.asarray((smooth + trust * prior) / (count.sum() + trust))
