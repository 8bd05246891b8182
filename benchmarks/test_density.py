"""Kernel density at hex centers: hotspots.density against other libraries'."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numba
import numpy as np
import pytest
import scipy.sparse as sp
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial import cKDTree
from scipy.stats import gaussian_kde
from shapely.geometry import box

from benchmarks.contest import Contest, Entry, on_one_thread, people
from geoalloc import hexes, hotspots
from geoalloc._types import FloatArray, IndexArray
from geoalloc.boundaries import Boundaries
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import _cells
from geoalloc.hotspots.density import _spread as spread

BANDWIDTH_M = 400.0
WIDE_M = 1_000.0  # of the millions
HOUR = 50  # incidents that come in at once
EVERY = 500  # of the hexes scipy's gaussian_kde is asked for one
RASTER_M = 100.0  # of KDEpy's grid: at 50 m it errs a fifth as much and takes 4 times


@dataclass(frozen=True)
class Incidents:
    """Incidents at distinct spots, and hex centers: metres, and both as (n, 2)."""

    grid: HexGrid
    x_m: FloatArray
    y_m: FloatArray
    spots: FloatArray
    centers: FloatArray
    position: IndexArray


def incidents(county: Boundaries, grid: HexGrid, n_incidents: int) -> Incidents:
    """Scatter incidents where people are, none far from a hex center."""
    rng = np.random.default_rng(0)
    at = rng.choice(len(grid), n_incidents, p=people(county, grid))
    return scattered(grid, at, rng)


def scattered(grid: HexGrid, at: IndexArray, rng: np.random.Generator) -> Incidents:
    """Put an incident near the center of each hex given."""
    x_m = grid.x_m[at] + rng.uniform(-170, 170, at.size)
    y_m = grid.y_m[at] + rng.uniform(-170, 170, at.size)
    return Incidents(
        grid,
        x_m,
        y_m,
        np.stack([x_m, y_m], axis=1),
        np.stack([grid.x_m, grid.y_m], axis=1),
        at,
    )


def sums(case: Incidents, bandwidth_m: float = BANDWIDTH_M) -> FloatArray:
    # The part of hotspots.density that the peers have too: it has no public name.
    laid = _cells.lay(case.grid, case.x_m, case.y_m, np.array([bandwidth_m]))
    return spread(laid, np.ones((case.x_m.size, 2)), 0, corrected=False)[0]


def _pairs(case: Incidents) -> np.ndarray:
    """Hex ``i``, incident ``j`` and distance ``v`` of pairs within the bandwidth."""
    return cKDTree(case.centers).sparse_distance_matrix(
        cKDTree(case.spots), BANDWIDTH_M, output_type="ndarray"
    )


def sums_by_scipy(case: Incidents) -> FloatArray:
    pairs = _pairs(case)
    kernel = (1.0 - (pairs["v"] / BANDWIDTH_M) ** 2) ** 2
    return np.bincount(pairs["i"], kernel, minlength=len(case.grid))


def logs_by_sklearn(case: Incidents) -> FloatArray:
    from sklearn.neighbors import KernelDensity

    tree = KernelDensity(
        bandwidth=BANDWIDTH_M, kernel="epanechnikov", algorithm="kd_tree"
    )
    return tree.fit(case.spots).score_samples(case.centers)


def densities_by_kdepy(case: Incidents) -> FloatArray:
    from KDEpy import FFTKDE

    both = np.concatenate([case.spots, case.centers])
    low, high = both.min(axis=0) - BANDWIDTH_M, both.max(axis=0) + BANDWIDTH_M
    x, y = (
        np.arange(a, b + RASTER_M, RASTER_M) for a, b in zip(low, high, strict=True)
    )
    raster = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    # KDEpy's bandwidth is the kernel's standard deviation along a line.
    kde = FFTKDE(kernel="biweight", bw=BANDWIDTH_M / math.sqrt(7.0))
    values = kde.fit(case.spots).evaluate(raster)
    at = RegularGridInterpolator((x, y), values.reshape(x.size, y.size))
    return at(case.centers)


def few_by_gaussian_kde(case: Incidents) -> FloatArray:
    # Its bandwidth is a share of the whole scatter: about as wide as ours.
    kde = gaussian_kde(case.spots.T, bw_method=BANDWIDTH_M / 3.0 / case.y_m.std())
    return kde(case.centers[::EVERY].T)


def gaussian(case: Incidents, densities: FloatArray) -> str:
    factor = BANDWIDTH_M / 3.0 / case.y_m.std()
    inverse = np.linalg.inv(np.cov(case.spots.T) * factor**2)
    scale = case.x_m.size * 2.0 * math.pi / math.sqrt(np.linalg.det(inverse))
    for k in range(0, densities.size, max(densities.size // 5, 1)):
        apart = case.spots - case.centers[k * EVERY]
        value = np.exp(-0.5 * np.einsum("ni,ij,nj->n", apart, inverse, apart))
        np.testing.assert_allclose(densities[k], value.sum() / scale, rtol=1e-8)
    return f"another kernel, exact; for 1 hex of {EVERY}: all take {EVERY} times that"


def same_sums(case: Incidents, found: FloatArray) -> str:
    np.testing.assert_allclose(found, sums(case), rtol=1e-10, atol=1e-10)
    return "same to 1e-10"


def epanechnikov(case: Incidents, logs: FloatArray) -> str:
    pairs = _pairs(case)
    kernel = 1.0 - (pairs["v"] / BANDWIDTH_M) ** 2
    expected = np.bincount(pairs["i"], kernel, minlength=len(case.grid))
    scale = case.x_m.size * math.pi * BANDWIDTH_M**2 / 2.0
    np.testing.assert_allclose(np.exp(logs) * scale, expected, rtol=1e-8, atol=1e-8)
    return "another kernel (it has no quartic), itself exact"


def near_sums(case: Incidents, densities: FloatArray) -> str:
    expected = sums(case)
    scale = case.x_m.size * math.pi * BANDWIDTH_M**2 / 3.0
    error = np.abs(densities * scale - expected)
    assert error.max() < 0.1 * expected.max()
    worst, mean = error.max() / expected.max(), error.sum() / expected.sum()
    return (
        f"approximate: off by up to {worst:.1%} of the maximum, {mean:.1%} on average"
    )


SUMS = Contest(
    "Kernel sums",
    (
        Entry(name="the sums of hotspots.density", run=sums, check=same_sums),
        Entry(
            name="the sums of hotspots.density, 1 thread",
            run=on_one_thread(sums),
            check=same_sums,
        ),
        Entry(
            name="scipy cKDTree.sparse_distance_matrix, quartic",
            run=sums_by_scipy,
            check=same_sums,
        ),
        Entry(
            name="scikit-learn KernelDensity, kd_tree, Epanechnikov",
            run=logs_by_sklearn,
            check=epanechnikov,
            needs="sklearn",
        ),
        Entry(
            name=f"KDEpy FFTKDE on {RASTER_M:.0f} m, quartic, interpolated",
            run=densities_by_kdepy,
            check=near_sums,
            needs="KDEpy",
        ),
        Entry(
            name=f"scipy gaussian_kde, 1 hex of {EVERY}",
            run=few_by_gaussian_kde,
            check=gaussian,
        ),
    ),
)


def surface(case: Incidents) -> FloatArray:
    return hotspots.density(
        case.grid,
        hotspots.collapse(case.x_m, case.y_m),
        np.ones(case.x_m.size),
        bandwidth_m=BANDWIDTH_M,
    ).per_km2


def surface_by_scipy(case: Incidents) -> FloatArray:
    pairs = _pairs(case)
    kernel = sp.csr_array(
        ((1.0 - (pairs["v"] / BANDWIDTH_M) ** 2) ** 2, (pairs["i"], pairs["j"])),
        shape=(len(case.grid), case.x_m.size),
    )
    kept = kernel.T @ (case.grid.land_km2)
    return kernel @ (1.0 / kept)


def same_surface(case: Incidents, found: FloatArray) -> str:
    np.testing.assert_allclose(found, surface(case), rtol=1e-10, atol=1e-10)
    return "same to 1e-10"


SURFACE = Contest(
    "Density corrected at the edge",
    (
        Entry(name="hotspots.density", run=surface, check=same_surface),
        Entry(
            name="hotspots.density, 1 thread",
            run=on_one_thread(surface),
            check=same_surface,
        ),
        Entry(
            name="scipy cKDTree.sparse_distance_matrix, applied both ways",
            run=surface_by_scipy,
            check=same_surface,
        ),
    ),
)


@numba.njit(cache=True)
def counting_sort(position: IndexArray, n_hexes: int) -> IndexArray:
    """Sort incidents by hex: the least that any pass over binned points costs."""
    start = np.zeros(n_hexes + 1, np.int64)
    for i in range(position.size):
        start[position[i] + 1] += 1
    for k in range(1, n_hexes + 1):
        start[k] += start[k - 1]
    order = np.empty(position.size, np.int64)
    for i in range(position.size):
        order[start[position[i]]] = i
        start[position[i]] += 1
    return order


def wide_sums(case: Incidents) -> FloatArray:
    return sums(case, WIDE_M)


def same_wide_sums(case: Incidents, found: FloatArray) -> str:
    some = np.linspace(0, len(case.grid) - 1, 7).astype(int)
    for j in some:
        squared = ((case.spots - case.centers[j]) ** 2).sum(axis=1) / WIDE_M**2
        right = (np.maximum(1.0 - squared, 0.0) ** 2).sum()
        np.testing.assert_allclose(found[j], right, rtol=1e-10, atol=1e-10)
    return "same to 1e-10"


def sorted_by_hex(case: Incidents, order: IndexArray) -> str:
    assert (np.diff(case.position[order]) >= 0).all()
    return "sorts what is binned; no sums"


DENSE = Contest(
    f"Kernel sums at {WIDE_M:,.0f} m",
    (
        Entry(name="the sums of hotspots.density", run=wide_sums, check=same_wide_sums),
        Entry(
            name="a counting sort of the binned points (numba)",
            run=lambda case: counting_sort(case.position, len(case.grid)),
            check=sorted_by_hex,
        ),
    ),
)


@dataclass(frozen=True)
class Running:
    """A density that is kept up: its operator, and the incidents of a new hour."""

    incidents: Incidents
    places: hotspots.Places
    operator: hotspots.Operator
    density: hotspots.Density
    weight: FloatArray
    by_place: FloatArray


def running(case: Incidents) -> Running:
    places = hotspots.collapse(case.x_m, case.y_m)
    operator = hotspots.Operator(case.grid, places, bandwidth_m=BANDWIDTH_M)
    weight = np.random.default_rng(1).uniform(0.5, 1.0, case.x_m.size)
    return Running(
        case, places, operator, operator.apply(weight), weight, places.total(weight)
    )


def anew(case: Running) -> FloatArray:
    places = hotspots.collapse(case.incidents.x_m, case.incidents.y_m)
    return hotspots.density(
        case.incidents.grid, places, case.weight, bandwidth_m=BANDWIDTH_M
    ).per_km2


def by_scipy(case: Running) -> FloatArray:
    pairs = _pairs(case.incidents)
    kernel = sp.csr_array(
        ((1.0 - (pairs["v"] / BANDWIDTH_M) ** 2) ** 2, (pairs["i"], pairs["j"])),
        shape=(len(case.incidents.grid), case.incidents.x_m.size),
    )
    return kernel @ (case.weight / (kernel.T @ case.incidents.grid.land_km2))


def same_weighted(case: Running, found: FloatArray) -> str:
    np.testing.assert_allclose(found, case.density.per_km2, rtol=1e-9, atol=1e-9)
    return "same to 1e-9"


REWEIGHTING = Contest(
    "Another weighting of the same places",
    (
        Entry(
            name="Operator.apply_to_places",
            run=lambda case: case.operator.apply_to_places(case.by_place).per_km2,
            check=same_weighted,
        ),
        Entry(
            name="Operator.apply, a weight for each incident",
            run=lambda case: case.operator.apply(case.weight).per_km2,
            check=same_weighted,
        ),
        Entry(name="hotspots.density anew", run=anew, check=same_weighted),
        Entry(
            name="scipy cKDTree.sparse_distance_matrix anew",
            run=by_scipy,
            check=same_weighted,
        ),
    ),
)


def with_hour(case: Running) -> FloatArray:
    """Add the density of a few new incidents, at places of their own."""
    x_m, y_m = case.incidents.x_m[:HOUR] + 7.0, case.incidents.y_m[:HOUR] - 7.0
    few = hotspots.density(
        case.incidents.grid,
        hotspots.collapse(x_m, y_m),
        np.ones(HOUR),
        bandwidth_m=BANDWIDTH_M,
    )
    return (case.density + few).per_km2


def hour_anew(case: Running) -> FloatArray:
    incidents = case.incidents
    places = hotspots.collapse(
        np.append(incidents.x_m, incidents.x_m[:HOUR] + 7.0),
        np.append(incidents.y_m, incidents.y_m[:HOUR] - 7.0),
    )
    weight = np.append(case.weight, np.ones(HOUR))
    return hotspots.density(
        incidents.grid, places, weight, bandwidth_m=BANDWIDTH_M
    ).per_km2


def same_after(case: Running, found: FloatArray) -> str:
    np.testing.assert_allclose(found, hour_anew(case), rtol=1e-9, atol=1e-9)
    return "same to 1e-9"


ADDING = Contest(
    f"An hour of {HOUR} new incidents",
    (
        Entry(name="density of the few, added", run=with_hour, check=same_after),
        Entry(name="hotspots.density anew", run=hour_anew, check=same_after),
    ),
)


def growth(
    county: Boundaries,
    grid: HexGrid,
    n_points: Sequence[int] = (10**5, 10**6, 10**7),
    n_hexes: Sequence[int] = (10**4, 10**5, 10**6),
) -> dict[str, list[tuple[int, float]]]:
    """Seconds of ``collapse`` and ``density``, by incidents and by hexes.

    Incidents: those of ``incidents`` at 400 m on the grid. Hexes: ten incidents to a
    hex, spread evenly over a square.
    """
    return {
        "incidents": [
            (n, _seconds(partial(surface, incidents(county, grid, n))))
            for n in n_points
        ],
        "hexes": [
            (len(case.grid), _seconds(partial(surface, case)))
            for case in map(_square, n_hexes)
        ],
    }


def second_core(county: Boundaries, grid: HexGrid, n: int = 5_000_000) -> float:
    """Time of ``collapse`` and ``density`` on one thread over that on all."""
    case = incidents(county, grid, n)
    return _seconds(lambda: on_one_thread(surface)(case)) / _seconds(
        lambda: surface(case)
    )


def _square(n_hexes: int) -> Incidents:
    """Incidents on a square of about so many hexes of resolution 9."""
    km = math.sqrt(n_hexes * 0.105)
    tall, wide = km / 111.2 / 2.0, km / 67.7 / 2.0
    square = box(-1.5 - wide, 52.5 - tall, -1.5 + wide, 52.5 + tall)
    grid = hexes.cover(square, 9)
    rng = np.random.default_rng(2)
    inside = np.flatnonzero(grid.land_share == 1)
    return scattered(grid, rng.choice(inside, 10 * n_hexes), rng)


def _seconds(call: Callable[[], object], rounds: int = 3) -> float:
    """Least of a few, after a warm-up."""
    call()
    return min(_timed(call) for _ in range(rounds))


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


@pytest.mark.parametrize(
    "entry",
    SUMS.entries + SURFACE.entries + DENSE.entries,
    ids=lambda entry: entry.name,
)
# scikit-learn takes the log of 0 where no incident is near.
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_densities_agree(benchmark, county, coarse, entry):
    pytest.importorskip(entry.needs)
    case = incidents(county, coarse, 2_000)
    entry.check(case, benchmark(entry.run, case))


@pytest.mark.parametrize(
    "entry", REWEIGHTING.entries + ADDING.entries, ids=lambda entry: entry.name
)
def test_densities_kept_up_agree(benchmark, county, fine, entry):
    case = running(incidents(county, fine, 2_000))
    entry.check(case, benchmark(entry.run, case))


def test_growth_gives_a_row_for_each_size(county, coarse):
    rows = growth(county, coarse, (100, 200), (300, 900))
    assert [n for n, _ in rows["incidents"]] == [100, 200]
    assert [len(rows[name]) for name in rows] == [2, 2]
    assert second_core(county, coarse, 1_000) > 0
