"""Rolling origins: when a forecaster is asked, and for how long ahead."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc.demand import History, Horizon
from geoalloc.errors import DataError
from geoalloc.evaluation.bootstrap import block_length

__all__ = ["Rolling", "monthly_origins", "origins"]

LEAST_PAST_DAYS = 56.0  # before the first origin: two windows of four weeks
AREA_SHARES = (0.005, 0.01, 0.02, 0.05)
_MONTH = pd.DateOffset(months=1)
_MONTHS = {"months", "years"}  # of a horizon
_MONTH_DAYS = 27.0  # a window as long tells no more than its month
_CLOSE = 1e-6  # days


@dataclass(frozen=True, kw_only=True)
class Rolling:
    """Which forecasts are made, and how they are scored.

    Attributes
    ----------
    origins
        Ascending instants; nothing after an origin is told to a forecaster.
    horizon
        From each origin, how far ahead.
    area_shares
        Shares of the land in which hits are counted, ascending.
    period
        Of equal parts that the horizon is cut into, such as shifts of 8 hours, to
        score space and time together; None where days and hours do not matter.
    hours
        Forecast and score the hours of the week, where they are known.
    seed, resamples
        Of the block bootstrap.
    confidence
        Of its intervals.
    """

    origins: tuple[pd.Timestamp, ...]
    horizon: Horizon
    area_shares: tuple[float, ...] = AREA_SHARES
    period: pd.Timedelta | None = None
    hours: bool = True
    seed: int = 1
    resamples: int = 2000
    confidence: float = 0.95

    def __post_init__(self) -> None:
        _require_origins(self.origins)
        if not self.origins[0] + self.horizon > self.origins[0]:
            raise DataError(f"the horizon {self.horizon} does not lead ahead")
        shares = self.area_shares
        if not shares or not all(0 < share <= 1 for share in shares):
            raise DataError(
                f"area shares must be above 0 and at most 1, got {list(shares)}"
            )
        if list(shares) != sorted(set(shares)):
            raise DataError(f"area shares must ascend, got {list(shares)}")
        if self.resamples < 1 or self.seed < 0:
            raise DataError(
                f"need resamples >= 1 and seed >= 0, got {self.resamples} and "
                f"{self.seed}"
            )
        if not 0 < self.confidence < 1:
            raise DataError(
                f"the confidence must be within 0 to 1, got {self.confidence}"
            )
        self._require_period()

    def _require_period(self) -> None:
        if self.period is None:
            return
        first = self.origins[0]
        span = (first + self.horizon) - first
        if not pd.Timedelta(0) < self.period <= span:
            raise DataError(
                f"the period of {described(self.period)} must be above 0 and within "
                f"the horizon of {described(self.horizon)}"
            )
        if self.period % pd.Timedelta(hours=1):
            raise DataError(
                f"the period of {described(self.period)} must be of whole hours"
            )
        if _whole(self.horizon) % self.period:
            raise DataError(
                f"the period of {described(self.period)} does not divide the horizon "
                f"of {described(self.horizon)}: parts of a window must be equal, such "
                "as shifts of 8 hours"
            )

    @property
    def focus(self) -> float:
        """Area share whose chosen hexes are followed from one origin to the next."""
        return min(self.area_shares, key=lambda share: (abs(share - 0.01), share))

    @property
    def overlapping(self) -> int:
        """Most windows that hold one instant; 1 if none begins within another."""
        starts = self.origins
        return max(
            sum(starts[k] <= other < starts[k] + self.horizon for other in starts[k:])
            for k in range(len(starts))
        )

    @property
    def block_origins(self) -> int:
        """Origins that are drawn together: as many as overlap, but a third at most."""
        n = len(self.origins)
        together = min(self.overlapping, max(1, n // 3))
        return max(block_length(n), together)

    def window(self, origin: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Give the half-open span that is forecast from an origin."""
        return origin, origin + self.horizon


def _whole(horizon: Horizon) -> pd.Timedelta:
    """Give what a period has to divide: the horizon on a clock that never changes.

    Months are not equally long: of these it is a day.
    """
    if isinstance(horizon, pd.Timedelta):
        return horizon
    if set(horizon.kwds) <= _MONTHS:
        return pd.Timedelta(days=1)
    start = pd.Timestamp("2001-01-01")
    return (start + horizon) - start


def monthly_origins(history: History, n: int) -> tuple[pd.Timestamp, ...]:
    """Give the starts of the last local months that are covered whole.

    Arguments and errors as of ``origins``, the horizon a calendar month.
    """
    return origins(history, _MONTH, every=_MONTH, n=n)


def origins(
    history: History,
    horizon: Horizon,
    *,
    every: Horizon | None = None,
    n: int = 12,
    end: pd.Timestamp | None = None,
    least_past_days: float = LEAST_PAST_DAYS,
) -> tuple[pd.Timestamp, ...]:
    """Give the last origins whose windows are covered, with enough past before them.

    A horizon of months begins on the first of a local month, one of days at a local
    midnight, one of hours at whole steps of them from a local midnight: origins keep
    to the clock on the wall.

    Parameters
    ----------
    every
        Step from one origin to the next; the horizon if None, so that windows
        neither overlap nor leave gaps.
    n
        Origins at the most; fewer where the history is short.
    end
        No window goes beyond it; the end of the data if None.
    least_past_days
        Covered days that an origin must have before it.

    Returns
    -------
    origins
        Ascending, in the time zone of the history; at most n.

    Raises
    ------
    DataError
        If n is less than 1, there is no such origin, or only the months of incidents
        are known, and the horizon is not of whole months.
    """
    if n < 1:
        raise DataError(f"ask for at least 1 origin, got {n}")
    _require_known(history, horizon)
    step = horizon if every is None else every
    first, last = (_instant(day, history) for day in history.covered[[0, -1], [0, 1]])
    last = last if end is None else min(last, end.tz_convert(history.time_zone))
    wall = _latest(last, horizon)
    _require_step(wall, step)
    found: list[pd.Timestamp] = []
    while len(found) < n:
        origin = _local(wall, history.time_zone)
        if origin <= first:
            break
        window_end = origin + horizon
        span = (window_end - origin) / pd.Timedelta(days=1)
        covered = history.covered_days(origin, window_end) >= span - _CLOSE
        past = history.covered_days(first, origin)
        if past < least_past_days - _CLOSE:
            break
        if covered and window_end <= last:
            found.append(origin)
        wall = wall - step
    if not found:
        raise DataError(
            f"no window of {described(horizon)} is covered with {least_past_days:g} "
            f"days before it: the incidents cover {first:%Y-%m-%d} to "
            f"{last:%Y-%m-%d}; give more months, or a shorter horizon"
        )
    return tuple(reversed(found))


def described(horizon: Horizon) -> str:
    """Put a span of time into words."""
    if isinstance(horizon, pd.Timedelta):
        hours = horizon / pd.Timedelta(hours=1)
        return f"{hours:g} hour" + "s" * (hours != 1)
    words = [f"{n} {unit[: -1 if n == 1 else None]}" for unit, n in _parts(horizon)]
    return " and ".join(words)


def _parts(horizon: pd.DateOffset) -> list[tuple[str, int]]:
    return [(unit, int(n) * horizon.n) for unit, n in horizon.kwds.items()]


def _latest(last: pd.Timestamp, horizon: Horizon) -> pd.Timestamp:
    """Give the latest aligned wall time from which the horizon ends by the last."""
    wall = last.tz_localize(None)
    if isinstance(horizon, pd.Timedelta):
        start = wall - horizon
        midnight = start.normalize()
        return midnight + (start - midnight) // horizon * horizon
    start = (wall - horizon).normalize()
    return start.replace(day=1) if set(horizon.kwds) <= _MONTHS else start


def _require_known(history: History, horizon: Horizon) -> None:
    """Require days to be known, unless the horizon is of whole months."""
    of_months = isinstance(horizon, pd.DateOffset) and set(horizon.kwds) <= _MONTHS
    if of_months or np.median(history.ended - history.started) <= _MONTH_DAYS:
        return
    raise DataError(
        "of most incidents only the month is known: a horizon of "
        f"{described(horizon)} cannot be scored; ask for whole months"
    )


def _local(wall: pd.Timestamp, time_zone: str) -> pd.Timestamp:
    return wall.tz_localize(time_zone, nonexistent="shift_forward", ambiguous=True)


def _instant(day: float, history: History) -> pd.Timestamp:
    """Give the local time of a day of a history, to the second."""
    seconds = int(np.rint(day * 86_400))
    return pd.Timestamp(seconds, unit="s", tz="UTC").tz_convert(history.time_zone)


def _require_step(wall: pd.Timestamp, step: Horizon) -> None:
    if not wall - step < wall:
        raise DataError(f"the step {step} from origin to origin does not lead back")


def _require_origins(given: tuple[pd.Timestamp, ...]) -> None:
    if not given:
        raise DataError("there is no origin to forecast from: give at least one")
    if any(origin.tzinfo is None for origin in given):
        raise DataError("an origin has no time zone: give one, such as UTC")
    if list(given) != sorted(set(given)):
        raise DataError("origins must ascend, and each be given once")
