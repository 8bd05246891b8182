"""A shift: from what is known to its end, and how one differs from another."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.demand.forecasting import require_past
from geoalloc.demand.history import History, day_of
from geoalloc.errors import DataError

SHIFT_ERROR = 0.1
"""What one shift differs from another beyond chance, where no hours are known.

Standard deviation over mean; assumed. Weather, events and the like move all calls
together.
"""

BRIEF_DAYS = 0.25
"""A window so short tells the hours."""

_HOUR = pd.Timedelta(hours=1)
_SHIFTS, _LEAST_SHIFTS, _EITHER_SIDE = 104, 26, 6


@dataclass(frozen=True, kw_only=True)
class Span:
    """From what is known to the end of the shift.

    Attributes
    ----------
    origin
        Nothing known after it is used.
    hours
        Starts of the hours of the shift, in local time.
    """

    origin: pd.Timestamp
    hours: pd.DatetimeIndex

    @property
    def end(self) -> pd.Timestamp:
        """End of the shift."""
        return self.hours[-1] + _HOUR

    def spread(self, mean: float, relative: FloatArray) -> FloatArray:
        """Spread what is expected until the end over the hours, (n_hours,)."""
        return mean / ((self.end - self.origin) / _HOUR) * relative


def span(history: History, as_of: pd.Timestamp, periods: pd.DatetimeIndex) -> Span:
    """Forecast from ``as_of``, or from the end of the data where they end before.

    Raises
    ------
    DataError
        If there is no hour, the shift begins before ``as_of``, or nothing was known
        by then.
    """
    if len(periods) == 0 or periods.tz is None:
        raise DataError("a shift needs hours, in a time zone")
    last = pd.Timestamp(history.covered[-1, 1], unit="D", tz="UTC").round("us")
    origin = min(as_of, last).tz_convert(history.time_zone).as_unit("us")
    if periods[0] < as_of:
        raise DataError(
            f"the shift begins at {periods[0]}, before as_of {as_of}: a forecast may "
            "not know what it is to foretell"
        )
    require_past(history, origin, least_days=1)
    return Span(origin=origin, hours=periods.tz_convert(history.time_zone))


def shift_error(
    told: History, at: Span, given: float | None
) -> tuple[float, list[str]]:
    """Take what is given of how shifts differ, else measure it, else assume it.

    Returns
    -------
    error, notes
        A note says where it is assumed.
    """
    if given is not None:
        return given, []
    timed = len(told) > 0 and told.timed_at(at.origin)
    counts = same_shifts(told, at) if timed else np.zeros(0)
    if len(counts) >= _LEAST_SHIFTS:
        return beyond_chance(counts), []
    notes = [
        f"That one shift differs from another by {SHIFT_ERROR:.0%} of its calls beyond "
        f"chance is assumed: to measure it takes {_LEAST_SHIFTS} past shifts of the "
        f"same hours with known times, and there are {len(counts)}."
    ]
    if not timed:
        notes.append(
            "The times of the week are assumed, and no interval holds what may be "
            "wrong with them."
        )
    return SHIFT_ERROR, notes


def same_shifts(told: History, at: Span) -> FloatArray:
    """Count the calls in the same hours of the last 104 weeks, the latest first.

    Weeks that are not covered whole, or not known at the origin, are left out.
    """
    begins, ends = (
        pd.DatetimeIndex([edge - pd.DateOffset(weeks=k) for k in range(1, _SHIFTS + 1)])
        for edge in (at.hours[0], at.end)
    )
    low, high = (
        np.array([day_of(instant) for instant in edges]) for edges in (begins, ends)
    )
    covered = np.zeros(low.size, dtype=np.bool_)
    for start, end in told.covered:
        covered |= (low >= start) & (high <= end)
    brief = told.ended - told.started <= BRIEF_DAYS
    ended = told.ended[brief]
    counts = np.searchsorted(ended, high) - np.searchsorted(ended, low)
    return counts[covered & (high <= day_of(at.origin))].astype(np.float64)


def beyond_chance(counts: FloatArray) -> float:
    """Estimate how counts in a row differ beyond chance, as a share of their mean.

    By moments: each is compared with the mean of the six before and the six after
    it, so that seasons do not count; of a Poisson count nothing is left but noise.
    """
    around = np.ones(2 * _EITHER_SIDE + 1)
    around[_EITHER_SIDE] = 0.0
    n = np.convolve(np.ones(counts.size), around, mode="same")
    mean = np.convolve(counts, around, mode="same") / n
    excess = (counts - mean) ** 2 / (1.0 + 1.0 / n) - mean
    square = float((mean**2).sum())
    return float(np.sqrt(max(excess.sum() / square, 0.0))) if square > 0 else 0.0
