"""find: from incidents and hexes to hotspots that can be told from chance."""

import dataclasses
import math

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import describe, figures
from geoalloc.hotspots import past as pasts
from geoalloc.hotspots.bandwidth import Choice, Trial, choose_bandwidth
from geoalloc.hotspots.density import Density, density
from geoalloc.hotspots.objects import Found, Options, groups
from geoalloc.hotspots.past import Past
from geoalloc.hotspots.significance import GiStar, false_discovery, gi_star, tiers
from geoalloc.hotspots.weights import recency

__all__ = ["bandwidth_of", "best_bandwidth", "find"]

_DEFAULTS = Options()
_DAY = pd.Timedelta(1, "D")
_TRIED = (0.8, 1.0, 1.5, 2.0, 3.0)
_BANDWIDTH_M = 500.0
_SPACINGS = 1.25  # by default the kernel reaches the neighbors of every hex


def find(
    incidents: gpd.GeoDataFrame,
    grid: HexGrid,
    options: Options = _DEFAULTS,
    *,
    places: gpd.GeoDataFrame | None = None,
) -> Found:
    """Find hotspots: contiguous hexes that are dense and more than chance.

    A hex is in a hotspot if it is significant (Gi* with exact permutation p-values,
    at the false discovery rate ``options.rate``) and among the densest
    ``options.area_share`` of the land by kernel density. Contiguous ones are one
    hotspot; they rank by the incidents counted in their hexes, of a tie the one
    with the lower hex id first.

    Parameters
    ----------
    incidents
        Points in any CRS, one an incident. Used if there: ``category``, ``place``
        (street or premises), ``reported_at``, ``started_at``, ``ended_at``. No
        other column is read.
    places
        ``name`` and points: hotspots are named by the nearest.

    Raises
    ------
    CrsError
        If the incidents are in no CRS.
    DataError
        If an incident has no point, none is in the cover, or an option cannot be
        carried out on them.

    References
    ----------
    Getis, A. and Ord, J. K. (1992), Geographical Analysis 24, 189-206.
    Benjamini, Y. and Hochberg, Y. (1995), Journal of the Royal Statistical
    Society B 57, 289-300.
    Chainey, S., Tompson, L. and Uhlig, S. (2008), Security Journal 21, 4-28.
    """
    past = pasts.take(incidents, grid, options)
    options = dataclasses.replace(options, bandwidth_m=bandwidth_of(options, grid))
    surface = _surface(grid, past, options)
    count = np.bincount(past.position, minlength=len(grid))
    test = gi_star(grid, count.astype(np.float64))
    found = groups(
        grid,
        surface,
        area_share=options.area_share,
        most=options.most,
        among=false_discovery(test.p, rate=options.rate),
        by=count.astype(np.float64),
    )
    total = figures.area(grid, past, count, test.p, options)
    frame = _frame(grid, past, surface, test, found, options)
    return Found(
        hotspots=describe.table(found, past, frame, options, grid=grid, places=places),
        hexes=frame,
        area=total,
        grid=grid,
        options=options,
        notes=figures.notes(grid, past, len(found), total, options),
    )


def bandwidth_of(options: Options, grid: HexGrid) -> float:
    """Give the bandwidth asked for, or the one that suits the hexes, in metres."""
    if options.bandwidth_m is not None:
        return options.bandwidth_m
    return max(
        _BANDWIDTH_M, 10.0 * math.ceil(_SPACINGS * figures.spacing_m(grid) / 10.0)
    )


def best_bandwidth(
    incidents: gpd.GeoDataFrame, grid: HexGrid, options: Options = _DEFAULTS
) -> Choice:
    """Choose the bandwidth by how well the past told what came after.

    It is chosen from 0.8, 1, 1.5, 2 and 3 times the one that `find` takes by default,
    on the windows of the period.

    Raises
    ------
    DataError
        If no incident has a time, or there are not two windows.
    """
    past = pasts.take(incidents, grid, options)
    if not past.calendar.window_days.size:
        raise DataError(
            "a bandwidth is chosen on two windows of time or more, and these incidents "
            "have none: give it in metres"
        )
    timed = np.flatnonzero(past.local.notna().to_numpy())
    local = past.local.iloc[timed]
    if past.monthly:
        local = local.dt.to_period("M").dt.to_timestamp()
    start = past.calendar.start
    least = bandwidth_of(dataclasses.replace(options, bandwidth_m=None), grid)
    trial = Trial(
        candidates_m=tuple(least * times for times in _TRIED),
        edges=tuple((past.calendar.edges[1:] - start) / _DAY),
        kernel=options.kernel,
        half_life_days=options.half_life_days or math.inf,
    )
    places = dataclasses.replace(past.places, of=past.places.of[timed])
    day = ((local - start) / _DAY).to_numpy(np.float64)
    return choose_bandwidth(grid, places, day, trial)


def _surface(grid: HexGrid, past: Past, options: Options) -> Density:
    bandwidth_m = bandwidth_of(options, grid)
    return density(
        grid,
        past.places,
        _weight(past, options),
        bandwidth_m=bandwidth_m,
        kernel=options.kernel,
    )


def _weight(past: Past, options: Options) -> FloatArray:
    """Weigh incidents by age, such that they total their number."""
    if options.half_life_days is None:
        return np.ones(past.position.size)
    if past.local.isna().all():
        raise DataError("half_life_days needs times, and no incident has one")
    age = ((past.calendar.end - past.local) / _DAY).clip(lower=0).to_numpy(np.float64)
    known = np.isfinite(age)
    weight = np.empty(age.size)
    weight[known] = recency(age[known], options.half_life_days)
    # Of an incident without a time nothing is known: it weighs as the mean one.
    weight[~known] = weight[known].mean()
    return np.asarray(weight * (weight.size / weight.sum()))


def _frame(
    grid: HexGrid,
    past: Past,
    surface: Density,
    test: GiStar,
    found: list[IndexArray],
    options: Options,
) -> gpd.GeoDataFrame:
    """Lay out the hexes: the columns of ``Found.hexes``."""
    count = np.bincount(past.position, minlength=len(grid))
    judged = describe.judge(grid, past, count, np.arange(len(grid)), options)
    rank = np.zeros(len(grid), dtype=np.int64)
    for number, group in enumerate(found, start=1):
        rank[group] = number
    return grid.frame(
        incidents=count,
        expected=surface.expected,
        per_km2=surface.per_km2 / past.calendar.months,
        z=test.z,
        p=test.p,
        p_adjusted=_adjusted(test.p),
        tier=tiers(test.p),
        exceedance=judged.exceedance,
        persistence=pd.Series(judged.classes, dtype="str"),
        hotspot=rank,
    )


def _adjusted(p: FloatArray) -> FloatArray:
    """Least false discovery rate at which each test is significant."""
    order = np.argsort(p, kind="stable")
    stepped = p[order] * p.size / np.arange(1, p.size + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum.accumulate(stepped[::-1])[::-1]
    return np.minimum(adjusted, 1.0)
