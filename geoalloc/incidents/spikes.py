"""Times entered by default: minutes of the day that hold more than they should."""

import numpy as np

from geoalloc._types import BoolArray, FloatArray, IndexArray

MINUTES = 1440
"""Of a day."""

_LEAST = 20  # incidents in the minute
_SHARE = 0.005  # of all, in one minute of the day
_TIMES = 1.25  # what the hour and the minute would lead one to expect
_SIGMAS = 5.0  # and so far above it
_QUARTILE = 0.75  # of the hours, by how much of them falls in the minute


def default_times(count: IndexArray) -> tuple[BoolArray, FloatArray]:
    """Find the minutes of the day that stand in for unknown times.

    That people round to the hour is no default, and some hours are rounded more than
    others. So a minute past the hour is expected to hold, of what else is in its
    hour, as much as in the hour at the upper quartile. It stands in for unknown times
    if it has 20 incidents and 0.5 % of all, 1.25 times what is expected, and five
    standard deviations more.

    Parameters
    ----------
    count : (1440,)
        Incidents by minute of the local day, of those whose instant is given.

    Returns
    -------
    default : (1440,)
        Whether the minute is one.
    expected : (1440,)
        Incidents that it would have if it were none; never above the count.
    """
    n = np.asarray(count, dtype=np.float64).reshape(24, 60)
    expected, variance = _expected(n, np.zeros(n.shape, dtype=np.bool_))
    default = (
        (n >= _LEAST)
        & (n > _SHARE * n.sum())
        & (n > _TIMES * expected)
        & (n > expected + _SIGMAS * np.sqrt(variance))
    )
    # Once only: without what was found, the next round minute would stand out too.
    expected, _ = _expected(n, default)
    return default.ravel(), np.minimum(expected, n).ravel()


def _expected(n: FloatArray, default: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Expect each minute from the rest of its hour, (24, 60).

    Returns
    -------
    expected, variance
        The variance is of a Poisson count, and of the rest of the hour.
    """
    kept = np.where(default, 0.0, n)
    # One more, so that an hour with nothing else in it expects something.
    rest = kept.sum(axis=1, keepdims=True) - kept + 1.0
    rate = np.quantile(n / rest, _QUARTILE, axis=0)
    expected = rest * rate
    return expected, expected + expected**2 / rest
