"""Where: surfaces from the past alone."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.demand.forecasting import Explanation, Surface, require_past
from geoalloc.demand.history import History, day_of
from geoalloc.demand.levels import anchor_of, last_stretch
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid

FLOOR_SHARE = 0.02


def floored(
    count: FloatArray, grid: HexGrid, floor_share: float = FLOOR_SHARE
) -> FloatArray:
    """Make shares of counts, some of it spread evenly over the land, (n_hexes,).

    Without a floor an incident where none was expected would make the log score
    infinite. Counts of nothing are spread evenly.
    """
    even: FloatArray = grid.land_km2 / grid.land_km2.sum()
    if count.sum() <= 0:
        return even
    return (1.0 - floor_share) * count / count.sum() + floor_share * even


def covered_since(history: History, origin: pd.Timestamp, days: float) -> float:
    """Find the day since which so many covered days have passed at an origin.

    Days that the source does not cover do not count, so that a month that was never
    published is stepped over; where only months are known, nor do those of the month
    that has begun. If fewer were covered, the first covered day.
    """
    now = day_of(anchor_of(history, origin))
    for start, end in history.covered[::-1]:
        held = min(end, now) - start
        if held >= days:
            return float(min(end, now) - days)
        days -= max(held, 0.0)
    return float(history.covered[0, 0])


@dataclass(frozen=True)
class CountSurface:
    """Each hex's share of all that was recorded: the naive count."""

    def surface(
        self,
        history: History,
        origin: pd.Timestamp,
        end: pd.Timestamp,  # noqa: ARG002 - the past says nothing of when
    ) -> Surface:
        """Count the incidents known at the origin by hex."""
        require_past(history, origin, least_days=1)
        return Surface(
            share=floored(history.known_count(origin), history.grid),
            explanation=Explanation.of(
                "Where incidents have been recorded, as often as they were.",
                {"count of all the past": 1.0 - FLOOR_SHARE, "even": FLOOR_SHARE},
            ),
        )


@dataclass(frozen=True)
class LastSurface:
    """Each hex's share of the last stretch that was as long: the last period.

    The stretch is the latest of covered days as long as the horizon, and never
    shorter than a week; of whole months where only they are known.
    """

    def surface(
        self, history: History, origin: pd.Timestamp, end: pd.Timestamp
    ) -> Surface:
        """Count the incidents of the last stretch by hex."""
        require_past(history, origin, least_days=1)
        since, _, days = last_stretch(history, origin, end)
        return Surface(
            share=floored(history.known_count(origin, since), history.grid),
            explanation=Explanation.of(
                f"Where incidents were in the last {days:.0f} days, as often.",
                {
                    f"count of {days:.0f} days": 1.0 - FLOOR_SHARE,
                    "even": FLOOR_SHARE,
                },
            ),
        )


@dataclass(frozen=True)
class DensitySurface:
    """Kernel density of the past, older incidents counting less.

    Attributes
    ----------
    bandwidth_m
        Radius of the quartic kernel.
    half_life_days
        Age at which an incident counts a half; inf to count all alike.

    References
    ----------
    Bowers, K., Johnson, S. and Pease, K. (2004), British Journal of Criminology 44,
    641-658 (the weight of what is recent).
    """

    bandwidth_m: float = 400.0
    half_life_days: float = np.inf

    def __post_init__(self) -> None:
        if not (self.bandwidth_m > 0 and np.isfinite(self.bandwidth_m)):
            raise DataError(f"bandwidth_m must be above 0, got {self.bandwidth_m}")
        if not self.half_life_days > 0:
            raise DataError(
                f"half_life_days must be above 0, got {self.half_life_days}"
            )

    def surface(
        self,
        history: History,
        origin: pd.Timestamp,
        end: pd.Timestamp,  # noqa: ARG002 - the past says nothing of when
    ) -> Surface:
        """Smooth the incidents known at the origin."""
        require_past(history, origin, least_days=1)
        mass = history.known_mass(origin, [self.half_life_days])
        expected = history.smoothed(self.bandwidth_m, mass)[0]
        aged = not np.isinf(self.half_life_days)
        part = f"density of {self.bandwidth_m:g} m" + (
            f", half-life {self.half_life_days:g} days" if aged else ""
        )
        return Surface(
            share=floored(expected, history.grid),
            explanation=Explanation.of(
                f"Near past incidents, within {self.bandwidth_m:g} m"
                + (", the recent ones counting more." if aged else "."),
                {part: 1.0 - FLOOR_SHARE, "even": FLOOR_SHARE},
            ),
        )
