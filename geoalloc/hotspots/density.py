"""Kernel density of incidents at hex centers, conserving totals."""

import math
from dataclasses import dataclass

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import _cells
from geoalloc.hotspots._cells import KERNELS
from geoalloc.kernels import density as kernels

__all__ = ["KERNELS", "Density", "Places", "collapse", "density", "ratio"]


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

    def __len__(self) -> int:
        return int(self.x_m.size)

    def total(self, weight: FloatArray) -> FloatArray:
        """Sum the weights of the incidents of each place, (n_places,)."""
        total = np.bincount(self.of, weight, minlength=len(self))
        return np.asarray(total, dtype=np.float64)

    @property
    def incidents(self) -> IndexArray:
        """Number of incidents at each place, (n_places,)."""
        return np.bincount(self.of, minlength=len(self)).astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class Density:
    """A kernel density on a grid, or several of the same grid.

    Densities of one grid add (``a + b``), as those of different incidents do, and
    take a factor (``a * 0.5``, as when every incident ages by a half-life).

    Attributes
    ----------
    per_km2 : (n_hexes,) or (n_weightings, n_hexes)
        Weight per km2 of land at each hex center, corrected at the area's edge.
    expected : as per_km2
        Weight in each hex: density times land area. Sums to the whole weight.
    spread : as per_km2
        Sum of squared contributions to ``expected``: its variance, were each
        incident an independent one that might as well have been absent.
    bandwidth_m
        Radius of the kernel; the median of the places where each has its own.
    kernel
        Its name.
    """

    per_km2: FloatArray
    expected: FloatArray
    spread: FloatArray
    bandwidth_m: float
    kernel: str

    @property
    def effective(self) -> FloatArray:
        """Effective number of incidents behind each value (Kish); 0 if none reaches."""
        return _quotient(self.expected**2, self.spread)

    @property
    def total(self) -> float:
        """Whole weight."""
        return float(self.expected.sum())

    def __add__(self, other: "Density") -> "Density":
        """Add the density of other incidents on the same grid.

        Where the bandwidths differ, that of the sum is their mean by weight.

        Raises
        ------
        DataError
            If the numbers of hexes or the kernels differ. That the grids are the
            same is for the caller to see to.
        """
        if self.expected.shape != other.expected.shape or self.kernel != other.kernel:
            raise DataError(
                f"a {self.kernel} density of {self.expected.shape} values and a "
                f"{other.kernel} density of {other.expected.shape} do not add: "
                "work both out on one grid with one kernel"
            )
        bandwidth_m = self.bandwidth_m
        if other.bandwidth_m != bandwidth_m and self.total + other.total > 0:
            share = other.total / (self.total + other.total)
            bandwidth_m += share * (other.bandwidth_m - bandwidth_m)
        return Density(
            per_km2=self.per_km2 + other.per_km2,
            expected=self.expected + other.expected,
            spread=self.spread + other.spread,
            bandwidth_m=bandwidth_m,
            kernel=self.kernel,
        )

    def __mul__(self, factor: float) -> "Density":
        """Multiply every incident's weight by a factor.

        Raises
        ------
        DataError
            If the factor is negative, nan or infinite.
        """
        if not (factor >= 0 and math.isfinite(factor)):
            raise DataError(f"a density is multiplied by a number from 0, got {factor}")
        return Density(
            per_km2=self.per_km2 * factor,
            expected=self.expected * factor,
            spread=self.spread * factor**2,
            bandwidth_m=self.bandwidth_m,
            kernel=self.kernel,
        )

    __rmul__ = __mul__


def collapse(x_m: FloatArray, y_m: FloatArray) -> Places:
    """Gather incidents that stand on one spot: recorded crime sits on snap points.

    Places run in rows from south to north, and within a row from west to east.

    Parameters
    ----------
    x_m, y_m : (n_incidents,)
        Metres in the grid's CRS.

    Raises
    ------
    DataError
        If a coordinate is nan or infinite.
    """
    # Adding 0 makes -0.0 the same bits as 0.0.
    x, y = (np.asarray(values, dtype=np.float64) + 0.0 for values in (x_m, y_m))
    bad = np.flatnonzero(~np.isfinite(x + y))
    if bad.size:
        raise DataError(
            f"x_m or y_m is nan or infinite at {bad.size} of {x.size} incidents, "
            f"first at position {bad[0]}: leave out incidents without a place"
        )
    if x.size == 0:
        return Places(x_m=x, y_m=y, of=np.empty(0, dtype=np.int64))
    found_x, found_y, of = _cells.distinct(x, y)
    return Places(x_m=found_x, y_m=found_y, of=of)


def density(
    grid: HexGrid,
    places: Places,
    weight: FloatArray,
    *,
    bandwidth_m: float | FloatArray,
    kernel: str = "quartic",
) -> Density:
    """Estimate kernel density at hex centers, conserving the total.

    Each place's kernel mass over the land of the hexes is scaled to one, so that
    a coast or a force border loses nothing. A place that no hex center is within
    a bandwidth of counts in the hex that is nearest: as the bandwidth shrinks, the
    density becomes the count of incidents in each hex.

    Parameters
    ----------
    places
        Where the incidents stand, metres in the grid's CRS.
    weight : (n_incidents,)
        Of each incident: 1 to count it, less to discount its age.
    bandwidth_m
        Radius of the kernel; or of each place's own, (n_places,), as from
        ``adaptive_bandwidth_m``.
    kernel
        By d, the distance over the radius, up to a factor that the correction
        takes out: "quartic" (1 - d^2)^2, "epanechnikov" 1 - d^2, "triangular"
        1 - d, "uniform" 1, "gaussian" exp(-4.5 d^2), whose standard deviation is a
        third of the radius. All are 0 from d = 1.

    Raises
    ------
    DataError
        If a bandwidth is not positive, a weight is negative or not finite, the
        lengths differ, no kernel has the name, or no hex has land.

    References
    ----------
    Silverman, B. W. (1986), Density Estimation, 4.2 (the kernels).
    Diggle, P. (1985), Applied Statistics 34, 138-147 (edge correction).
    Kish, L. (1965), Survey Sampling, 11.7 (effective number).
    """
    kind, radius = _cells.code(kernel), _cells.radius(bandwidth_m, len(places))
    _cells.require_land(grid)
    weight = np.asarray(weight, dtype=np.float64)
    if weight.ndim != 1:
        raise DataError(
            f"weight has shape {weight.shape}: give one weighting, or use Operator"
        )
    _cells.require_weight(weight, places.of.size)
    n_hexes = len(grid)
    if len(places) == 0:
        none = np.zeros(n_hexes)
        return Density(
            per_km2=none,
            expected=none,
            spread=none,
            bandwidth_m=_cells.median(radius),
            kernel=kernel,
        )
    mass, variance = places.total(weight), places.total(weight**2)
    laid = _cells.lay(grid, places.x_m, places.y_m, radius)
    per_km2, squared, lone = _spread(laid, np.stack([mass, variance], axis=1), kind)
    land_km2 = grid.land_km2
    expected, spread = per_km2 * land_km2, squared * land_km2**2
    if lone.size:
        at = _cells.nearest(grid, places.x_m[lone], places.y_m[lone])
        np.add.at(expected, at, mass[lone])
        np.add.at(spread, at, variance[lone])
        per_km2[at] = expected[at] / land_km2[at]
    return Density(
        per_km2=per_km2,
        expected=expected,
        spread=spread,
        bandwidth_m=_cells.median(radius),
        kernel=kernel,
    )


def _spread(
    laid: _cells.Laid, weights: FloatArray, kind: int, *, corrected: bool = True
) -> tuple[FloatArray, FloatArray, IndexArray]:
    """Sum kernels, and their squares, at hex centers; and list the places left out."""
    both = (laid.places, laid.hexes)
    sums, lone = kernels.scatter(both, laid.beyond, weights, kind, corrected)
    total, squared = np.empty_like(sums)
    total[laid.order], squared[laid.order] = sums
    return total, squared, np.flatnonzero(lone)


def ratio(above: Density, below: Density, *, floor_per_km2: float) -> FloatArray:
    """Divide one density by another: two periods, or incidents by people.

    Both are raised to the floor first, so that a rise from almost nothing is not
    endless, and ratio(a, b) is 1 / ratio(b, a). Both must be in one unit: to set
    incidents against residents, scale these to as many incidents first,
    ``residents * (incidents.total / residents.total)``; 1 is then the area's rate.

    Parameters
    ----------
    floor_per_km2
        Density below which a value is taken for nothing.

    Returns
    -------
    ratio : (n_hexes,)
        nan (undefined) where both densities are under the floor.

    Raises
    ------
    DataError
        If the floor is not positive, or the numbers of hexes differ.

    References
    ----------
    Kelsall, J. E. and Diggle, P. J. (1995), Statistics in Medicine 14, 2335-2342.
    """
    if not (floor_per_km2 > 0 and math.isfinite(floor_per_km2)):
        raise DataError(f"floor_per_km2 must be above 0, got {floor_per_km2}")
    if above.per_km2.shape != below.per_km2.shape:
        raise DataError(
            f"densities of {above.per_km2.shape} and {below.per_km2.shape} values "
            "have no ratio: work both out on one grid"
        )
    found = np.maximum(above.per_km2, floor_per_km2)
    found /= np.maximum(below.per_km2, floor_per_km2)
    known = np.maximum(above.per_km2, below.per_km2) >= floor_per_km2
    return np.where(known, found, np.nan)


def _quotient(above: FloatArray, below: FloatArray) -> FloatArray:
    """Divide, 0 where there is nothing to divide by."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
