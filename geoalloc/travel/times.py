"""What every source of travel minutes gives, and the requests that none takes."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid

HOURS = 24
LEAST_MIN = 1.0 / 60.0  # a stored 0 would read as out of reach: no journey is shorter
_WITHIN_HEX = 0.477  # mean distance between two points of a hexagon, in spacings


class TravelError(DataError):
    """A travel server gave no minutes that can be used."""


@dataclass(frozen=True, kw_only=True)
class Journeys:
    """Travel minutes, and what the record must say of them.

    Attributes
    ----------
    travel_min : (n_origins, n_hexes), sparse, float32
        Minutes at routine speed, with setting off. An absent entry is out of
        reach. No entry is 0.
    source
        What they come from, in a few words.
    notes
        Sentences that a reader of the plan must see, such as that a server was
        down; empty if there is nothing to say.
    """

    travel_min: sp.csr_array
    source: str
    notes: tuple[str, ...] = ()


class TravelTimes(Protocol):
    """A source of travel minutes; a subclass has to write ``journeys`` alone."""

    def journeys(
        self,
        grid: HexGrid,
        origins: IndexArray,
        *,
        reach_min: float,
        hour: int | None = None,
    ) -> Journeys:
        """Find the routine-speed minutes from each origin to each hex in reach.

        Parameters
        ----------
        origins : (n_origins,)
            Positions of hexes.
        reach_min
            Longer journeys are left out; an origin's own hex never is, unless no
            road is near.
        hour
            Local hour of the day, 0 to 23; none for a time factor of 1.

        Raises
        ------
        DataError
            If an origin is no hex, the reach is not above 0, or the hour is none
            of the day.
        """
        ...

    def minutes(
        self,
        grid: HexGrid,
        origins: IndexArray,
        *,
        reach_min: float,
        hour: int | None = None,
    ) -> sp.csr_array:
        """Find ``journeys`` and return their minutes, (n_origins, n_hexes)."""
        found = self.journeys(grid, origins, reach_min=reach_min, hour=hour)
        return found.travel_min


def require_request(grid: HexGrid, origins: IndexArray, reach_min: float) -> None:
    """Require origins of the grid and a reach above 0.

    Raises
    ------
    DataError
        If there is another.
    """
    if not (reach_min > 0 and math.isfinite(reach_min)):
        raise DataError(
            f"reach_min must be above 0, got {reach_min}: give the longest journey"
        )
    outside = (origins < 0) | (origins >= len(grid))
    if outside.any():
        raise DataError(
            f"{outside.sum()} of {origins.size} origins are not from 0 to "
            f"{len(grid) - 1}: leave out those that are outside the grid"
        )


def require_factors(time_factor: tuple[float, ...]) -> None:
    """Require a time factor above 0 for each hour of the day.

    Raises
    ------
    DataError
        If there are not 24, or one is not above 0.
    """
    if len(time_factor) != HOURS:
        raise DataError(
            f"time_factor has {len(time_factor)} values: give 24, one for each hour"
        )
    for hour, value in enumerate(time_factor):
        if not (value > 0 and math.isfinite(value)):
            raise DataError(
                f"time_factor must be above 0, got {value} at hour {hour}: give 1 "
                "where the routine speed holds"
            )


def factor_at(time_factor: tuple[float, ...], hour: int | None) -> float:
    """Return the time factor of an hour, 1 for none.

    Raises
    ------
    DataError
        If the hour is not from 0 to 23.
    """
    if hour is None:
        return 1.0
    if not 0 <= hour < HOURS:
        raise DataError(f"hour must be from 0 to 23, got {hour}")
    return time_factor[hour]


def spacing_km(grid: HexGrid) -> FloatArray:
    """Return the distance between the centers of neighbors at each hex, (n_hexes,)."""
    return np.sqrt(grid.area_km2 * 2.0 / math.sqrt(3.0))


def within_km(grid: HexGrid) -> FloatArray:
    """Return the mean straight distance within each hex, (n_hexes,)."""
    return _WITHIN_HEX * spacing_km(grid)
