"""Hotspots as objects: what is asked for, what is found, and contiguous groups."""

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.hotspots.density import Density

__all__ = ["Area", "Found", "Options", "groups"]

INSTITUTIONS = ("hospital", "police station", "prison")
"""Places where incidents are recorded rather than patrolled for."""


def _option(default: Any, unit: str, why: str) -> Any:  # noqa: ANN401 - as `field`
    return field(default=default, metadata={"unit": unit, "why": why})


@dataclass(frozen=True, kw_only=True)
class Options:
    """What `find` is asked for; every default has its unit and its reason.

    Attributes
    ----------
    bandwidth_m
        Radius of the kernel. None: 500 m, or 1.25 times the spacing of the hexes
        where that is more.
    kernel
        ``quartic``, ``epanechnikov``, ``triangular``, ``uniform`` or ``gaussian``.
    half_life_days
        Age at which an incident weighs half in the density; None weighs all alike.
        Counts and significance always take every incident as one.
    area_share
        Share of the land that is the densest: a hotspot lies in it. It is reached
        by whole hexes, so that there is always one.
    rate
        False discovery rate: at the most this share of the hexes that are called
        significant are so by chance.
    times
        A hex is judged by the probability that its rate is over this many times
        the area's.
    windows
        Number of windows, as equal as whole months allow, into which the period is
        cut for persistence; shorter periods have fewer.
    most
        Number of hotspots at the most, those with the most incidents.
    institutions
        Words for places where incidents are recorded rather than patrolled for;
        a hotspot is flagged if at least half of its incidents stand at one.
    time_zone
        In which hours of the week and months are told.
    period
        UTC, half-open: the time that the incidents cover. None takes the months,
        or of exact times the days, that they span.
    missing_months
        Such as ``2019-07``: months inside the period of which there are no data.
    """

    bandwidth_m: float | None = _option(
        None,
        "m",
        "500 m, a few streets around, finer than which recorded places rarely are; "
        "1.25 hex spacings where that is more",
    )
    kernel: str = _option(
        "quartic", "", "smooth, ends at the bandwidth, and is what most atlases use"
    )
    half_life_days: float | None = _option(
        None, "days", "no decay: a map of the past as it was recorded"
    )
    area_share: float = _option(
        0.01, "share of the land", "what a patrol can be in; as evaluations take it"
    )
    rate: float = _option(
        0.05, "share of the hexes called", "one hex in twenty by chance, no more"
    )
    times: float = _option(
        2.0, "times the area's rate", "twice the usual is worth a visit"
    )
    windows: int = _option(
        6, "windows", "enough to tell a trend from chance, few enough to hold counts"
    )
    most: int = _option(20, "hotspots", "what a meeting can go through")
    institutions: tuple[str, ...] = _option(
        INSTITUTIONS, "", "incidents recorded there need no patrol to be found"
    )
    time_zone: str = _option("UTC", "", "give the zone of the place")
    period: tuple[pd.Timestamp, pd.Timestamp] | None = _option(
        None, "UTC", "what the incidents span"
    )
    missing_months: tuple[str, ...] = _option((), "", "none known")

    def __post_init__(self) -> None:
        _require(self.bandwidth_m is None or self.bandwidth_m > 0, self, "bandwidth_m")
        _require(
            self.half_life_days is None or self.half_life_days > 0,
            self,
            "half_life_days",
        )
        _require(0 < self.area_share <= 1, self, "area_share", "above 0 and up to 1")
        _require(0 < self.rate < 1, self, "rate", "between 0 and 1")
        _require(self.times > 0, self, "times")
        _require(self.windows >= 2, self, "windows", "2 or more")
        _require(self.most >= 1, self, "most", "1 or more")


def _require(good: bool, options: Options, name: str, what: str = "above 0") -> None:
    if not good:
        raise DataError(f"{name} must be {what}, got {getattr(options, name)}")


@dataclass(frozen=True, kw_only=True)
class Area:
    """Figures of the whole area.

    Attributes
    ----------
    incidents, outside
        Incidents in the hexes of the cover, and given but in none of them.
    hexes, hexes_used, significant
        Hexes of the cover, with an incident, and significant at ``Options.rate``.
    places
        Distinct places that the incidents stand at.
    land_km2
        Land of the area.
    months
        Length of the period in months of 30.44 days, less the missing ones; nan
        where no incident has a time.
    start, end
        UTC, half-open: the period; None where no incident has a time.
    rate
        Incidents per km2 of land and month; per km2 where no incident has a time.
    rate_unit
        In words: "incidents per km² and month" or "incidents per km²".
    windows
        First and last local day of each window, such as "2024-01-01 to 2024-02-29".
    gini
        Of incidents over land: 0 if even, near 1 if all are in one hex.
    half_share
        Share of the land, the fewest of the densest hexes, that holds half of the
        incidents.
    concentration
        The same in a sentence.
    morans_i, morans_p
        Global Moran's I of the counts by hex, and the probability of as much or more
        by chance; nan if undefined.
    """

    incidents: int
    outside: int
    hexes: int
    hexes_used: int
    significant: int
    places: int
    land_km2: float
    months: float
    start: pd.Timestamp | None
    end: pd.Timestamp | None
    rate: float
    rate_unit: str
    windows: tuple[str, ...]
    gini: float
    half_share: float
    concentration: str
    morans_i: float
    morans_p: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """What `find` finds: hotspots, the hexes they are made of, the area, and notes.

    Attributes
    ----------
    hotspots
        One row a hotspot, in order of ``rank``, EPSG:4326.

        - ``rank``: 1 is the one with the most incidents.
        - ``hex_ids``: list of H3 indexes (whole numbers), ascending.
        - ``incidents``: incidents in its hexes, a whole number as float.
        - ``rate``: per km2 of its land and month (without times: per km2).
        - ``share``: of all incidents in the area.
        - ``area_km2``, ``area_share``: its land, and the share of all land.
        - ``times``: its rate over the area's.
        - ``p_value``: the least of its hexes, adjusted for the number of hexes
          tested (Benjamini and Hochberg 1995).
        - ``exceedance``: probability that its rate is over ``Options.times`` times
          the area's (Gamma-Poisson).
        - ``category``, ``category_share``: the commonest category and its share of
          the incidents; "" and nan where the incidents have no category.
        - ``peak_hours``: such as "Fri 22:00-01:00"; "" where no hour is known.
        - ``persistence``: persistent, emerging, intermittent, diminishing, former
          or none (see `persistence`); "" where there are not two windows.
        - ``windows``: "4 of 6": windows in which it was hot; "" likewise.
        - ``institution``: "" or the word, such as "hospital", if at least half of
          its incidents stand at such a place.
        - ``place``: nearest named place, such as "2.1 km NE of Frome"; without
          ``places`` the commonest street or premises of its incidents; else where
          it is in degrees.
        - ``grid_ref``: OS grid reference in Great Britain, else degrees.
        - ``latitude``, ``longitude``: its middle, the mean of its hexes' centers.
        - ``geometry``: its hexes joined.
    hexes
        One row a hex of ``grid``, in its order, EPSG:4326.

        - ``hex_id``: H3 index, uint64. ``area_km2``: of the whole cell.
          ``land_share``: share of the cell inside the area.
        - ``incidents``: counted, int64.
        - ``expected``: incidents of the density; sums to all of them.
        - ``per_km2``: the density, in the unit ``area.rate_unit``.
        - ``z``, ``p``: Gi* and its exact permutation p, one-sided "greater"; z is
          nan where undefined. ``p_adjusted``: as Benjamini and Hochberg.
        - ``tier``: int64; 3, 2, 1 where the hex is significant at a false discovery
          rate of 0.001, 0.01, 0.05; 0 where at none of them.
        - ``exceedance``: as of hotspots; nan without land.
        - ``persistence``: as of hotspots.
        - ``hotspot``: rank of its hotspot, 0 if none.
        - ``geometry``: the cell.
    area
        Figures of the whole area.
    grid
        The hexes.
    options
        As asked for, with the bandwidth, period and missing months that were used.
    notes
        What a reader must know, a sentence each.
    """

    hotspots: gpd.GeoDataFrame
    hexes: gpd.GeoDataFrame
    area: Area
    grid: HexGrid
    options: Options
    notes: tuple[str, ...]


def groups(
    grid: HexGrid,
    surface: Density,
    *,
    area_share: float,
    most: int,
    among: BoolArray | None = None,
    by: FloatArray | None = None,
) -> list[IndexArray]:
    """Find hotspots: contiguous groups of the densest hexes, largest total first.

    Parameters
    ----------
    area_share
        Share of the land that the hotspots may take; ties go to the lower hex id.
        The hex that reaches it is in, so that there is always one.
    most
        Number of hotspots to return at the most.
    among : (n_hexes,)
        Hexes that may be part of a hotspot, such as the significant ones; all if
        None.
    by : (n_hexes,)
        What the groups are ordered by the sum of; what is expected if None. Ties
        go to the lower hex id.

    Returns
    -------
    groups
        Positions of the hexes of each hotspot, ascending.
    """
    total = surface.expected if by is None else by
    chosen = _densest(grid, surface, area_share) & (surface.per_km2 > 0)
    if among is not None:
        chosen &= among
    label = _contiguous(grid, chosen)
    found = [np.flatnonzero(label == k) for k in range(label.max(initial=-1) + 1)]
    found.sort(key=lambda hexes: (-total[hexes].sum(), hexes[0]))
    return found[:most]


def _densest(grid: HexGrid, surface: Density, area_share: float) -> BoolArray:
    land = grid.area_km2 * grid.land_share
    order = np.argsort(-surface.per_km2, kind="stable")
    before = np.cumsum(land[order]) - land[order]
    chosen: BoolArray = np.zeros(len(grid), dtype=bool)
    chosen[order[before < area_share * land.sum()]] = True
    return chosen


def _contiguous(grid: HexGrid, chosen: BoolArray) -> IndexArray:
    """Give each connected group of chosen hexes a number, and the others -1."""
    around = grid.neighbors
    here, step = np.nonzero(chosen[:, None] & (around >= 0))
    there = around[here, step]
    joined = chosen[there]
    links = coo_array(
        (np.ones(joined.sum(), dtype=np.int8), (here[joined], there[joined])),
        shape=(len(grid), len(grid)),
    )
    _, label = connected_components(links.tocsr(), directed=False)
    number = np.full(len(grid), -1, dtype=np.int64)
    number[chosen] = np.unique(label[chosen], return_inverse=True)[1].reshape(-1)
    return number
