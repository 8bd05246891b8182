"""How wide a kernel: what the places support, what foretells, what is near."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pyproj
from scipy.spatial import KDTree

from geoalloc import schemas, scores
from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.hotspots.density import Places
from geoalloc.hotspots.operator import Operator
from geoalloc.hotspots.weights import recency

__all__ = [
    "Choice",
    "Support",
    "Trial",
    "adaptive_bandwidth_m",
    "choose_bandwidth",
    "support",
]

_SNAPPED = 2.0  # incidents a place, from which places are taken for snap points
_SAMPLE = 50_000  # places whose nearest other place is looked for
_BLOCK = 2**22  # neighbors held at once


@dataclass(frozen=True, kw_only=True)
class Support:
    """How fine a detail the places of the incidents can carry.

    Attributes
    ----------
    n_places
        Distinct places.
    incidents_per_place
        Mean; nan of no places.
    median_m, p90_m
        Of the distance from a place to the nearest other; nan of fewer than two.
    """

    n_places: int
    incidents_per_place: float
    median_m: float
    p90_m: float

    def sentence(self, bandwidth_m: float) -> str | None:
        """Say that a bandwidth is finer than snapped places support, if it is."""
        if self.incidents_per_place < _SNAPPED or not bandwidth_m < self.p90_m:
            return None
        return (
            f"Incidents stand on {self.n_places:,} places, "
            f"{self.incidents_per_place:.1f} to a place, and one place in ten is "
            f"{self.p90_m:,.0f} m or more from the next: a bandwidth of "
            f"{bandwidth_m:,.0f} m shows finer detail there than the data hold."
        )


def support(places: Places) -> Support:
    """Measure how close together the places of incidents are.

    Of more than 50,000 places, every so many are measured (against all).
    """
    n_places = len(places)
    if n_places < 2:
        per_place = float(places.of.size) if n_places else math.nan
        return Support(
            n_places=n_places,
            incidents_per_place=per_place,
            median_m=math.nan,
            p90_m=math.nan,
        )
    at = np.stack([places.x_m, places.y_m], axis=1)
    tree = KDTree(at, balanced_tree=False, compact_nodes=False)
    apart, _ = tree.query(at[:: -(-n_places // _SAMPLE)], k=2)
    median_m, p90_m = np.quantile(apart[:, 1], [0.5, 0.9])
    return Support(
        n_places=n_places,
        incidents_per_place=places.of.size / n_places,
        median_m=float(median_m),
        p90_m=float(p90_m),
    )


def adaptive_bandwidth_m(
    places: Places, *, k: int, least_m: float, most_m: float
) -> FloatArray:
    """Give each place the bandwidth that reaches its k-th nearest incident.

    Incidents at the place itself are the nearest: a snap point with k of them or
    more has the least bandwidth. For use as ``density(..., bandwidth_m=...)``: a
    kernel of its own for each sample point, narrow where incidents are dense.

    Parameters
    ----------
    k
        Number of incidents to reach.
    least_m, most_m
        Bounds, metres; with fewer than k incidents within ``most_m`` it is that.

    Returns
    -------
    bandwidth_m : (n_places,)

    Raises
    ------
    DataError
        If k is under 1, or not 0 < least_m <= most_m.

    References
    ----------
    Breiman, L., Meisel, W. and Purcell, E. (1977), Technometrics 19, 135-144.
    Abramson, I. S. (1982), Annals of Statistics 10, 1217-1223.
    """
    if k < 1:
        raise DataError(f"k must be 1 or more incidents, got {k}")
    if not 0 < least_m <= most_m < math.inf:
        raise DataError(
            f"bounds must be 0 < least_m <= most_m, got {least_m} and {most_m}"
        )
    if len(places) == 0:
        return np.empty(0)
    at = np.stack([places.x_m, places.y_m], axis=1)
    tree = KDTree(at)
    number = np.append(places.incidents, 0)  # the last is of no place
    n_near = min(k, len(places))
    radius = np.full(len(places), float(most_m))
    step = max(_BLOCK // n_near, 1)
    for begin in range(0, len(places), step):
        part = slice(begin, begin + step)
        apart, near = tree.query(at[part], k=n_near, distance_upper_bound=most_m)
        apart, near = apart.reshape(-1, n_near), near.reshape(-1, n_near)
        enough = np.cumsum(number[near], axis=1) >= k
        kth = apart[np.arange(len(apart)), enough.argmax(axis=1)]
        radius[part] = np.where(enough.any(axis=1), kth, most_m)
    return np.clip(radius, least_m, most_m)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How bandwidths are tried.

    Attributes
    ----------
    candidates_m
        Bandwidths to try, metres.
    edges
        Days at which windows begin and end, ascending, such as month starts: each
        window is foretold from all before it. None: the later half of the period in
        six windows of one length.
    kernel
        As for ``density``.
    half_life_days
        By which past incidents are discounted; inf: not at all.
    floor_share
        Share of the incidents that is spread evenly over the land, so that one where
        none was before does not spoil the score.
    """

    candidates_m: tuple[float, ...] = (200, 300, 400, 600, 800, 1_200, 1_600, 2_400)
    edges: tuple[float, ...] | None = None
    kernel: str = "quartic"
    half_life_days: float = math.inf
    floor_share: float = 0.05

    def __post_init__(self) -> None:
        if not self.candidates_m:
            raise DataError("candidates_m is empty: give bandwidths to try")
        if not 0 < self.floor_share < 1:
            raise DataError(
                f"floor_share must be between 0 and 1, got {self.floor_share}"
            )
        if self.edges is not None and (
            len(self.edges) < 2 or not (np.diff(self.edges) > 0).all()
        ):
            raise DataError("edges must be two or more days, ascending")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A bandwidth, and the scores by which it was chosen.

    Attributes
    ----------
    bandwidth_m
        Of the best mean score; of a tie the wider.
    candidates_m : (n_candidates,)
        Bandwidths tried.
    edges : (n_windows + 1,)
        Days at which the windows begin and end.
    table : (n_candidates, n_windows)
        Log score of each window; nan of one without incidents.
    mean : (n_candidates,)
        Over the windows.
    standard_error : (n_candidates,)
        Of the difference of the mean to that of the choice, which is 0; nan of fewer
        than two windows.
    """

    bandwidth_m: float
    candidates_m: FloatArray
    edges: FloatArray
    table: FloatArray
    mean: FloatArray
    standard_error: FloatArray

    @property
    def sentence(self) -> str:
        """Say what was chosen, against what, and how sure that is."""
        behind = self.mean.max() - self.mean
        alike = self.candidates_m[behind <= self.standard_error]
        others = [f"{m:,.0f}" for m in alike if m != self.bandwidth_m]
        n_windows = int((~np.isnan(self.table[0])).sum())
        text = (
            f"A bandwidth of {self.bandwidth_m:,.0f} m foretold best where incidents "
            f"fell in {n_windows} {'window' if n_windows == 1 else 'windows'} after it "
            f"(mean log score {self.mean.max():.3f})"
        )
        if n_windows < 2:
            return f"{text}; of one window it cannot be said how sure that is."
        if not others:
            return f"{text}, by more than a standard error."
        return f"{text}; within a standard error: {', '.join(others)} m."


def choose_bandwidth(
    grid: HexGrid, places: Places, day: FloatArray, trial: Trial = Trial()
) -> Choice:
    """Choose the bandwidth whose past densities best foretold the next incidents.

    For each window, each candidate's density of all incidents before it is scored
    on the counts by hex within it (``scores.log_score``). Never by leaving incidents
    out one by one: those on the same snap point make the smallest bandwidth win.

    Parameters
    ----------
    places
        Where the incidents stand, in the grid's CRS.
    day : (n_incidents,)
        When, in days from any start; of incidents known to the month, its first day
        (and ``trial.edges`` are then first days of months).

    Raises
    ------
    DataError
        If a day is nan or infinite, their number is not that of the incidents, or no
        window has incidents both before and in it.

    References
    ----------
    Tashman, L. J. (2000), International Journal of Forecasting 16, 437-450
    (rolling origins).
    """
    day = schemas.days(day, "day")
    if day.shape != places.of.shape or not np.isfinite(day).all():
        raise DataError(
            f"day needs a finite number for each of {places.of.size} incidents: leave "
            "out incidents of unknown time"
        )
    edges = _edges(day, trial)
    at = _positions(grid, places)[places.of]
    weight = np.stack([_past(day, origin, trial) for origin in edges[:-1]])
    counts = [
        np.bincount(at[(at >= 0) & (day >= begin) & (day < end)], minlength=len(grid))
        for begin, end in itertools.pairwise(edges)
    ]
    usable = [w.any() and c.any() for w, c in zip(weight, counts, strict=True)]
    if not any(usable):
        raise DataError(
            "no window has incidents both before and in it: give more of the past, or "
            "other edges"
        )
    table = np.full((len(trial.candidates_m), len(counts)), np.nan)
    for row, bandwidth_m in enumerate(trial.candidates_m):
        operator = Operator(grid, places, bandwidth_m=bandwidth_m, kernel=trial.kernel)
        expected = operator.apply(weight).expected
        for k in np.flatnonzero(usable):
            table[row, k] = _score(expected[k], counts[k], grid, trial.floor_share)
    return _choice(np.array(trial.candidates_m, dtype=np.float64), edges, table)


def _edges(day: FloatArray, trial: Trial) -> FloatArray:
    if trial.edges is not None:
        return np.array(trial.edges, dtype=np.float64)
    if day.size == 0 or np.ptp(day) == 0:
        raise DataError("all incidents are of one day: no bandwidth can be tried")
    edges = np.linspace((day.min() + day.max()) / 2.0, day.max(), 7)
    edges[-1] = np.nextafter(day.max(), math.inf)  # the last day is in a window
    return edges


def _past(day: FloatArray, origin: float, trial: Trial) -> FloatArray:
    """Weigh the incidents before an origin by age, the others 0."""
    weight = np.zeros(day.size)
    before = day < origin
    weight[before] = recency(origin - day[before], trial.half_life_days)
    return weight


def _positions(grid: HexGrid, places: Places) -> IndexArray:
    """Find the hex of each place; -1 outside, and where there is no land."""
    to_degrees = pyproj.Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(places.x_m, places.y_m)
    at = grid.locate(np.asarray(latitude), np.asarray(longitude))
    at[(at >= 0) & (grid.land_km2[at] == 0)] = -1
    return at


def _score(
    expected: FloatArray, count: IndexArray, grid: HexGrid, floor_share: float
) -> float:
    even = grid.land_km2 / grid.land_km2.sum()
    share = (1.0 - floor_share) * expected / expected.sum() + floor_share * even
    return scores.log_score(share, count.astype(np.float64), even)


def _choice(candidates_m: FloatArray, edges: FloatArray, table: FloatArray) -> Choice:
    known = table[:, ~np.isnan(table[0])]
    mean = known.mean(axis=1)
    best = np.flatnonzero(mean == mean.max())
    chosen = best[candidates_m[best].argmax()]
    behind = known - known[chosen]
    error = np.full(candidates_m.size, np.nan)
    if known.shape[1] > 1:
        error = behind.std(axis=1, ddof=1) / math.sqrt(known.shape[1])
    return Choice(
        bandwidth_m=float(candidates_m[chosen]),
        candidates_m=candidates_m,
        edges=edges,
        table=table,
        mean=mean,
        standard_error=error,
    )
