"""find: from incidents and hexes to hotspots that can be told from chance."""

import dataclasses
import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc import gazetteer
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import describe, figures
from geoalloc.hotspots import past as pasts
from geoalloc.hotspots.bandwidth import Choice, Trial, choose_bandwidth
from geoalloc.hotspots.density import Density, density
from geoalloc.hotspots.describe import Judged
from geoalloc.hotspots.objects import Found, Options, groups
from geoalloc.hotspots.past import Past
from geoalloc.hotspots.significance import TIERS, GiStar, Steps, gi_star, stepwise
from geoalloc.hotspots.weights import recency

__all__ = ["bandwidth_of", "best_bandwidth", "find"]

_DEFAULTS = Options()
_DAY = pd.Timedelta(1, "D")
_TRIED = (0.8, 1.0, 1.5, 2.0, 3.0)
_BANDWIDTH_M = 500.0
_LEAST_WEIGHT = 1e-290  # of the latest incident: under it, weights are rounded to 0
_SPACINGS = 1.25  # by default the kernel reaches the neighbors of every hex


def find(
    incidents: gpd.GeoDataFrame,
    grid: HexGrid,
    options: Options = _DEFAULTS,
    *,
    places: gpd.GeoDataFrame | None = None,
) -> Found:
    """Find hotspots: contiguous hexes that are dense and more than chance.

    A hex is in a hotspot if it is among the densest ``options.area_share`` of the
    land by kernel density, and significant in one of two senses: it and those around
    it hold more than chance would put there (Gi* with exact permutation p-values,
    stepwise, at the false discovery rate ``options.rate``), or its own rate is more
    than ``options.times`` times the area's with a probability of 1 less that rate.
    The first finds clusters, but chance that deals out the same counts may put a
    lone micro-place anywhere; the second finds that one. Contiguous hexes are one
    hotspot, parted by their peaks (see ``groups``); hotspots rank by the incidents
    counted in their hexes, of a tie the one with the lower hex id first.

    Parameters
    ----------
    incidents
        Points in any CRS, one an incident. Used if there: ``category``, ``place``
        (street or premises), ``reported_at``, ``started_at``, ``ended_at``. No
        other column is read.
    places
        ``name`` and points in any CRS: hotspots are named by the nearest. One
        without a name is ignored.

    Raises
    ------
    CrsError
        If the incidents or places are in no CRS.
    DataError
        If the incidents have no geometry, one of them no point (a coordinate that is
        nan or infinite is none), none is in the cover or the period, the places
        have no names or one no point, or an option cannot be carried out.

    References
    ----------
    Getis, A. and Ord, J. K. (1992), Geographical Analysis 24, 189-206.
    Zhang, Z., Assuncao, R. and Kulldorff, M. (2010), Journal of Probability and
    Statistics, article 642379 (stepwise).
    Clayton, D. and Kaldor, J. (1987), Biometrics 43, 671-681 (Gamma-Poisson).
    Chainey, S., Tompson, L. and Uhlig, S. (2008), Security Journal 21, 4-28.
    """
    if places is not None:
        places = gazetteer.named_points(places)
    past = pasts.take(incidents, grid, options)
    options = dataclasses.replace(options, bandwidth_m=bandwidth_of(options, grid))
    surface = _surface(grid, past, options)
    evidence = _weigh_up(grid, past, options)
    count = evidence.count
    found = groups(
        grid,
        surface,
        area_share=options.area_share,
        largest_km2=options.largest_km2,
        among=evidence.significant,
    )
    found.sort(key=lambda group: (-count[group].sum(), group[0]))
    found = found[: options.most]
    total = figures.area(
        grid,
        past,
        count,
        called=(evidence.clustered, evidence.exceeding),
        options=options,
    )
    frame = _frame(grid, past, surface, evidence, found)
    return Found(
        hotspots=describe.table(found, past, frame, options, grid=grid, places=places),
        hexes=frame,
        area=total,
        grid=grid,
        options=options,
        notes=figures.notes(grid, past, len(found), total, options),
    )


@dataclass(frozen=True, kw_only=True)
class _Evidence:
    """What speaks for each hex being more than chance, arrays (n_hexes,)."""

    count: IndexArray
    test: GiStar
    steps: Steps
    judged: Judged
    clustered: BoolArray
    exceeding: BoolArray

    @property
    def significant(self) -> BoolArray:
        return self.clustered | self.exceeding


def _weigh_up(grid: HexGrid, past: Past, options: Options) -> _Evidence:
    count = np.bincount(past.position, minlength=len(grid)).astype(np.int64)
    steps = stepwise(grid, count, rate=options.rate)
    judged = describe.judge(grid, past, count, np.arange(len(grid)), options)
    return _Evidence(
        count=count,
        test=gi_star(grid, count),
        steps=steps,
        judged=judged,
        clustered=steps.step > 0,
        exceeding=judged.exceedance >= 1.0 - options.rate,  # nan is not
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
    if not weight[known].max() > _LEAST_WEIGHT:
        raise DataError(
            f"half_life_days {options.half_life_days:g} leaves no incident a weight at "
            f"the end of the period, {past.calendar.end}: give a longer one"
        )
    # Of an incident without a time nothing is known: it weighs as the mean one.
    weight[~known] = weight[known].mean()
    return np.asarray(weight * (weight.size / weight.sum()))


def _frame(
    grid: HexGrid,
    past: Past,
    surface: Density,
    evidence: _Evidence,
    found: list[IndexArray],
) -> gpd.GeoDataFrame:
    """Lay out the hexes: the columns of ``Found.hexes``."""
    rank = np.zeros(len(grid), dtype=np.int64)
    for number, group in enumerate(found, start=1):
        rank[group] = number
    p_adjusted = evidence.steps.p_adjusted
    return grid.frame(
        incidents=evidence.count,
        expected=surface.expected,
        per_km2=surface.per_km2 / past.calendar.months,
        z=evidence.test.z,
        p=evidence.test.p,
        p_adjusted=p_adjusted,
        tier=(p_adjusted[:, None] <= np.array(TIERS)).sum(axis=1),
        significant=evidence.significant,
        exceedance=evidence.judged.exceedance,
        persistence=pd.Series(evidence.judged.classes, dtype="str"),
        hotspot=rank,
    )
