"""Kernel density of incidents at hex centers, conserving totals."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.kernels import density as kernels

_BUCKETS_PER_BANDWIDTH = 2  # measured: a bucket of half a bandwidth gathers fastest
_MOST_BUCKETS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Places:
    """Distinct places at which incidents stand, in the grid's CRS.

    Attributes
    ----------
    x_m, y_m : (n_places,)
        Metres.
    of : (n_incidents,)
        Position of each incident's place.
    """

    x_m: FloatArray
    y_m: FloatArray
    of: IndexArray

    def total(self, weight: FloatArray) -> FloatArray:
        """Sum the weights of the incidents of each place, (n_places,)."""
        total = np.bincount(self.of, weight, minlength=self.x_m.size)
        return np.asarray(total, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Density:
    """A kernel density on a grid.

    Attributes
    ----------
    per_km2 : (n_hexes,)
        Weight per km2 of land at each hex center, corrected at the area's edge.
    expected : (n_hexes,)
        Weight in each hex: density times land area. Sums to the whole weight.
    effective : (n_hexes,)
        Effective number of incidents behind each value; 0 where none reaches.
    bandwidth_m
        Radius of the kernel.
    """

    per_km2: FloatArray
    expected: FloatArray
    effective: FloatArray
    bandwidth_m: float


def collapse(x_m: FloatArray, y_m: FloatArray) -> Places:
    """Gather incidents that stand on one spot: recorded crime sits on snap points."""
    # A complex number sorts by its real part, then by its imaginary part.
    spots, of = np.unique(x_m + 1j * y_m, return_inverse=True)
    return Places(
        x_m=np.ascontiguousarray(spots.real),
        y_m=np.ascontiguousarray(spots.imag),
        of=of.reshape(-1).astype(np.int64),
    )


def density(
    grid: HexGrid, places: Places, weight: FloatArray, *, bandwidth_m: float
) -> Density:
    """Estimate quartic kernel density at hex centers, conserving the total.

    Each place's kernel mass over the land of the hexes is scaled to one, so that
    a coast or a force border loses nothing. A place that no hex center is within
    a bandwidth of counts in the hex that is nearest.

    Parameters
    ----------
    places
        Where the incidents stand, metres in the grid's CRS.
    weight : (n_incidents,)
        Of each incident: 1 to count it, less to discount its age.
    bandwidth_m
        Radius of the kernel.

    Raises
    ------
    DataError
        If the bandwidth is not positive, or a weight is negative or not finite.

    References
    ----------
    Silverman, B. W. (1986), Density Estimation, eq. 4.5 (the quartic kernel).
    Diggle, P. (1985), Applied Statistics 34, 138-147 (edge correction).
    Kish, L. (1965), Survey Sampling, 11.7 (effective number).
    """
    if not (bandwidth_m > 0 and math.isfinite(bandwidth_m)):
        raise DataError(f"bandwidth_m must be above 0, got {bandwidth_m}")
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise DataError("a weight is negative, nan or infinite: weigh incidents from 0")
    land_km2 = grid.area_km2 * grid.land_share
    mass, variance = places.total(weight), places.total(weight**2)

    # The share of each place's kernel that falls on land of the cover.
    hexes, spots = (grid.x_m, grid.y_m), (places.x_m, places.y_m)
    kept, _ = _gather(hexes, (land_km2, land_km2), spots, bandwidth_m)
    lone = np.flatnonzero((kept == 0) & (mass > 0))
    scale = np.divide(1.0, kept, out=np.zeros_like(kept), where=kept > 0)
    per_km2, squares = _gather(
        spots, (mass * scale, variance * scale**2), hexes, bandwidth_m
    )
    expected, spread = per_km2 * land_km2, squares * land_km2**2
    if lone.size:
        nearest = _nearest(grid, places.x_m[lone], places.y_m[lone])
        np.add.at(expected, nearest, mass[lone])
        np.add.at(spread, nearest, variance[lone])
        per_km2 = _ratio(expected, land_km2)
    return Density(
        per_km2=per_km2,
        expected=expected,
        effective=_ratio(expected**2, spread),
        bandwidth_m=bandwidth_m,
    )


def _gather(
    source: tuple[FloatArray, FloatArray],
    weights: tuple[FloatArray, FloatArray],
    target: tuple[FloatArray, FloatArray],
    bandwidth_m: float,
) -> tuple[FloatArray, FloatArray]:
    x, y = source
    if x.size == 0:
        return np.zeros(target[0].size), np.zeros(target[0].size)
    # A bandwidth far below the size of the area must not ask for endless buckets.
    wide, tall = max(np.ptp(x), 1.0), max(np.ptp(y), 1.0)
    least_m = max(math.sqrt(wide * tall / _MOST_BUCKETS), max(wide, tall) / 1e6)
    side = max(bandwidth_m / _BUCKETS_PER_BANDWIDTH, least_m)
    corner = np.array([x.min(), y.min()])
    shape = np.array([np.ptp(y) // side + 1, np.ptp(x) // side + 1], dtype=np.int64)
    start, order = kernels.bucket(x, y, corner, side, shape)
    ordered = (x[order], y[order], weights[0][order], weights[1][order])
    total, squares = kernels.quartic(
        *ordered, start, corner, side, shape, *target, bandwidth_m
    )
    return total, squares


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Divide, 0 where there is nothing to divide by."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _nearest(grid: HexGrid, x_m: FloatArray, y_m: FloatArray) -> IndexArray:
    tree = KDTree(np.stack([grid.x_m, grid.y_m], axis=1))
    return np.asarray(tree.query(np.stack([x_m, y_m], axis=1))[1], dtype=np.int64)
