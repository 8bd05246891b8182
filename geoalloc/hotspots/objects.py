"""Hotspots as objects: what is asked for, what is found, and contiguous groups."""

import math
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import _cells, _limits
from geoalloc.hotspots.density import Density

__all__ = ["Area", "Found", "Options", "groups"]

INSTITUTIONS = ("hospital", "police station", "prison")
"""Places where incidents are recorded rather than patrolled for."""
_AN_HOUR = 1 / 24
_BELOW_1 = math.nextafter(1.0, 0.0)


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
    largest_km2
        Neighboring peaks are one hotspot only if they are no more than this together
        (see `groups`).
    rate
        Share of the hexes called significant that may be so by chance: the false
        discovery rate of Gi*, and what is left to chance in ``exceedance``.
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
        Start and end with a time zone, half-open: the time that the incidents cover.
        Incidents of another time are left out of all, and a note tells how many:
        an incident is of the time of its report, else of its start; one known only
        to the month, of the middle of it. Those without a time are counted. None
        takes the months, or of exact times the days, that the incidents span.
    missing_months
        Such as ``2019-07``: months inside the period of which there are no data.
        Incidents of these months are left out likewise.

    Raises
    ------
    DataError
        If an option is out of its range, or not of its kind.
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
    largest_km2: float = _option(
        2.0, "km²", "what can be walked; a broader single peak may still be larger"
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
        _cells.code(self.kernel)
        if self.bandwidth_m is not None:
            _limits.number(self.bandwidth_m, "bandwidth_m")
        if self.half_life_days is not None:
            _limits.number(
                self.half_life_days,
                "half_life_days",
                least=_AN_HOUR,
                what="1/24, an hour, or more, or None",
            )
        _require_sizes(self.area_share, self.largest_km2)
        _limits.number(self.rate, "rate", most=_BELOW_1, what="between 0 and 1")
        _limits.number(self.times, "times")
        _limits.whole(self.windows, "windows", 2)
        _limits.whole(self.most, "most", 1)
        _limits.zone(self.time_zone, "time_zone")
        put = object.__setattr__  # lists become tuples
        put(self, "institutions", _limits.words(self.institutions, "institutions"))
        put(self, "period", _limits.period(self.period, "period"))
        put(
            self,
            "missing_months",
            _limits.months(self.missing_months, "missing_months"),
        )


def _require_sizes(area_share: float, largest_km2: float) -> None:
    _limits.number(area_share, "area_share", most=1.0, what="above 0 and up to 1")
    _limits.number(largest_km2, "largest_km2", most=math.inf, what="above 0")


@dataclass(frozen=True, kw_only=True)
class Area:
    """Figures of the whole area.

    Attributes
    ----------
    incidents, outside
        Incidents in the hexes of the cover, and given but in none of them.
    hexes, hexes_used
        Hexes of the cover, and with an incident.
    significant, clustered, exceeding
        Hexes that are significant; of these those that Gi* calls (at the false
        discovery rate ``Options.rate``), and those whose own rate is over
        ``Options.times`` times the area's with a probability of 1 less that rate.
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
    clustered: int
    exceeding: int
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
        - ``p_value``: the least ``p_adjusted`` of its hexes.
        - ``exceedance``: probability that its rate is over ``Options.times`` times
          the area's (Gamma-Poisson).
        - ``category``, ``category_share``: the commonest category and its share of
          the incidents; "" and nan where the incidents have no category.
        - ``peak_hours``: such as "Fri 22:00-01:00"; "" where no hour is known.
        - ``peak_basis``: "recorded" where hours are known, else "none" (a plan may
          put the rhythm of its categories there, which is "assumed").
        - ``hour_shares``, ``day_shares``: lists of the shares of its incidents of
          known hour by hour of the day (24, from 00:00) and by day of the week (7,
          from Monday); empty where no hour is known.
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
          nan where undefined. ``p_adjusted``: for the number of hexes tested, and
          stepwise (see `stepwise`).
        - ``tier``: int64; 3, 2, 1 where ``p_adjusted`` is no more than 0.001, 0.01,
          0.05; 0 where it is more.
        - ``significant``: whether it may be in a hotspot.
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
    largest_km2: float,
    among: BoolArray | None = None,
) -> list[IndexArray]:
    """Find hotspots: contiguous groups of the densest hexes, parted by their peaks.

    Every chosen hex belongs to the peak that it leads up to. Two peaks are one
    group only if, where they meet, they are no more than ``largest_km2`` together:
    a city center does not swallow the suburbs that it runs into. A group goes on
    growing downhill, so that a single broad peak may be larger.

    Parameters
    ----------
    area_share
        Share of the land that the hotspots may take; ties go to the lower hex id.
        The hex that reaches it is in, so that there is always one.
    largest_km2
        Land that peaks may have together to be one group; inf parts only what does
        not touch.
    among : (n_hexes,)
        Hexes that may be part of a hotspot, such as the significant ones; all if
        None.

    Returns
    -------
    groups
        Positions of the hexes of each hotspot, ascending; those of the largest
        density in all first, of a tie the one with the lower hex id.

    Raises
    ------
    DataError
        If ``area_share`` is not above 0 and up to 1, or ``largest_km2`` not above 0.
    """
    _require_sizes(area_share, largest_km2)
    chosen = _densest(grid, surface, area_share) & (surface.per_km2 > 0)
    if among is not None:
        chosen &= among
    found = _peaks(grid, surface.per_km2, chosen, largest_km2)
    return sorted(found, key=lambda hexes: (-surface.expected[hexes].sum(), hexes[0]))


def _densest(grid: HexGrid, surface: Density, area_share: float) -> BoolArray:
    land = grid.land_km2
    order = np.argsort(-surface.per_km2, kind="stable")
    before = np.cumsum(land[order]) - land[order]
    chosen: BoolArray = np.zeros(len(grid), dtype=bool)
    chosen[order[before < area_share * land.sum()]] = True
    return chosen


def _peaks(
    grid: HexGrid, height: FloatArray, chosen: BoolArray, largest_km2: float
) -> list[IndexArray]:
    """Part the chosen hexes by the peak that each one leads up to.

    Hexes are taken from the highest down. One beside others joins the highest of
    them; where that brings two parts together they become one, if they are small
    enough. Of two hexes of one height the lower position goes first.
    """
    land = grid.land_km2
    order = np.flatnonzero(chosen)
    order = order[np.argsort(-height[order], kind="stable")]
    turn = np.full(len(grid), -1, dtype=np.int64)  # when taken; -1, not yet
    part = np.arange(len(grid))  # of one hex; else the first hex of another part
    km2 = land.copy()

    def first(hex_: int) -> int:
        while part[hex_] != hex_:
            part[hex_] = part[part[hex_]]
            hex_ = part[hex_]
        return hex_

    for k, here in enumerate(order.tolist()):
        turn[here] = k
        beside = [j for j in grid.neighbors[here].tolist() if j >= 0 and turn[j] >= 0]
        parts = {first(j): turn[j] for j in sorted(beside, key=lambda j: -turn[j])}
        # The part of the highest neighbor comes first, and is joined whatever its size.
        for number, other in enumerate(sorted(parts, key=lambda j: parts[j])):
            mine, theirs = first(here), first(other)
            if mine != theirs and (
                number == 0 or km2[mine] + km2[theirs] <= largest_km2
            ):
                part[mine] = theirs
                km2[theirs] += km2[mine]
    label = np.array([first(j) for j in order.tolist()], dtype=np.int64)
    return [np.sort(order[label == j]) for j in np.unique(label)]
