"""Kernel density at hex centers: hotspots.density against other libraries'."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial import cKDTree

from benchmarks.contest import Contest, Entry, on_one_thread, people
from geoalloc import hotspots
from geoalloc._types import FloatArray
from geoalloc.boundaries import Boundaries
from geoalloc.hexes import HexGrid
from geoalloc.hotspots.density import _gather as gather

BANDWIDTH_M = 400.0
RASTER_M = 100.0  # of KDEpy's grid: at 50 m it errs a fifth as much and takes 4 times


@dataclass(frozen=True)
class Incidents:
    """Incidents at distinct spots, and hex centers: metres, and both as (n, 2)."""

    grid: HexGrid
    x_m: FloatArray
    y_m: FloatArray
    spots: FloatArray
    centers: FloatArray


def incidents(county: Boundaries, grid: HexGrid, n_incidents: int) -> Incidents:
    """Scatter incidents where people are, none far from a hex center."""
    rng = np.random.default_rng(0)
    hexes = rng.choice(len(grid), n_incidents, p=people(county, grid))
    x_m = grid.x_m[hexes] + rng.uniform(-170, 170, n_incidents)
    y_m = grid.y_m[hexes] + rng.uniform(-170, 170, n_incidents)
    return Incidents(
        grid,
        x_m,
        y_m,
        np.stack([x_m, y_m], axis=1),
        np.stack([grid.x_m, grid.y_m], axis=1),
    )


def sums(case: Incidents) -> FloatArray:
    ones = np.ones(case.x_m.size)
    # The part of hotspots.density that the peers have too: it has no public name.
    return gather(
        (case.x_m, case.y_m),
        (ones, ones),
        (case.grid.x_m, case.grid.y_m),
        BANDWIDTH_M,
    )[0]


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
        Entry(name="the gather of hotspots.density", run=sums, check=same_sums),
        Entry(
            name="the gather of hotspots.density, 1 thread",
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
    kept = kernel.T @ (case.grid.area_km2 * case.grid.land_share)
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


@pytest.mark.parametrize(
    "entry", SUMS.entries + SURFACE.entries, ids=lambda entry: entry.name
)
# scikit-learn takes the log of 0 where no incident is near.
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_densities_agree(benchmark, county, coarse, entry):
    pytest.importorskip(entry.needs)
    case = incidents(county, coarse, 2_000)
    entry.check(case, benchmark(entry.run, case))
