"""The density of given places as a sparse matrix: built once, applied at will."""

import math
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from geoalloc._types import FloatArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import _cells
from geoalloc.hotspots.density import Density, Places
from geoalloc.kernels import density as kernels
from geoalloc.kernels import weighting

__all__ = ["Operator"]

_PARTS = 64  # of the hexes, for threads


class Operator:
    """Turns weights of incidents into densities, as ``density`` does.

    It holds what does not depend on the weights, so that another weighting (an
    age, a category, a resample, an hour of the week) costs one pass over the pairs
    of places and hexes within the bandwidth.

    Parameters
    ----------
    grid, places, bandwidth_m, kernel
        As for ``density``.

    Attributes
    ----------
    matrix : (n_hexes, n_places)
        Sparse: density per km2 at each hex center of a weight of one at each place.
    bandwidth_m, kernel
        As of the densities.

    Raises
    ------
    DataError
        As ``density``, or if there are too many pairs to hold (2**31).
    """

    def __init__(
        self,
        grid: HexGrid,
        places: Places,
        *,
        bandwidth_m: float | FloatArray,
        kernel: str = "quartic",
    ) -> None:
        kind = _cells.code(kernel)
        radius = _cells.radius(bandwidth_m, len(places))
        _cells.require_land(grid)
        self.bandwidth_m = _cells.median(radius)
        self.kernel = kernel
        self.land_km2 = grid.land_km2
        self.places = places
        self.matrix = _matrix(grid, places, radius, kind)
        # Of as many pairs each: most are where most incidents are.
        each = np.linspace(0, self.matrix.nnz, _PARTS + 1)[1:-1]
        parts = np.searchsorted(self.matrix.indptr, each)
        self._pairs = (
            np.concatenate([[0], np.minimum(parts, len(grid)), [len(grid)]]),
            self.matrix.indptr.view(np.uint32),
            self.matrix.indices.view(np.uint32),
            self.matrix.data,
        )

    @cached_property
    def expected_matrix(self) -> sp.csr_array:
        """Share of a weight of one at each place that falls in each hex.

        Sparse, (n_hexes, n_places); every column sums to 1.
        """
        return sp.csr_array(sp.diags_array(self.land_km2) @ self.matrix)

    def apply(self, weight: FloatArray) -> Density:
        """Work out the density of weighted incidents.

        Parameters
        ----------
        weight : (n_incidents,) or (n_weightings, n_incidents)

        Returns
        -------
        density
            Of arrays (n_hexes,) or (n_weightings, n_hexes).

        Raises
        ------
        DataError
            If a weight is negative or not finite, or their number is not that of
            the incidents.
        """
        weight = np.asarray(weight, dtype=np.float64)
        _cells.require_weight(weight, self.places.of.size)
        if weight.ndim == 1:
            total = self.places.total
            return self.apply_to_places(total(weight), total(weight**2))
        sums = [(self.places.total(w), self.places.total(w**2)) for w in weight]
        mass, variance = np.array(sums).swapaxes(0, 1)
        return self.apply_to_places(mass, variance)

    def apply_to_places(
        self, mass: FloatArray, variance: FloatArray | None = None
    ) -> Density:
        """Work out the density of weighted places.

        Parameters
        ----------
        mass, variance : (n_places,) or (n_weightings, n_places)
            Sums of the weights, and of the squared weights, of the incidents of each
            place; by default the mass stands for incidents that weigh one.

        Raises
        ------
        DataError
            If a weight is negative or not finite, or their number is not that of
            the places.
        """
        _cells.require_weight(mass, len(self.places))
        by_place = np.ascontiguousarray(np.atleast_2d(mass).T, dtype=np.float64)
        of_squares = by_place
        if variance is not None:
            _cells.require_weight(variance, len(self.places))
            of_squares = np.ascontiguousarray(np.atleast_2d(variance).T, np.float64)
        found = weighting.apply(*self._pairs, self.land_km2, by_place, of_squares)
        per_km2, expected, spread = (
            values.T.reshape(*mass.shape[:-1], -1) for values in found
        )
        return Density(
            per_km2=per_km2,
            expected=expected,
            spread=spread,
            bandwidth_m=self.bandwidth_m,
            kernel=self.kernel,
        )


def _matrix(
    grid: HexGrid, places: Places, radius: FloatArray, kind: int
) -> sp.csr_array:
    shape = (len(grid), len(places))
    if len(places) == 0:
        return _narrow(sp.csr_array(shape))
    _require_room(grid, radius, len(places))
    laid = _cells.lay(grid, places.x_m, places.y_m, radius)
    begin, at, share = kernels.columns((laid.places, laid.hexes), laid.beyond, kind)
    by_place = sp.csc_array((share, laid.order[at].astype(np.int32), begin), shape)
    lone = np.flatnonzero(np.diff(begin) == 0)
    if lone.size:
        hexes = _cells.nearest(grid, places.x_m[lone], places.y_m[lone])
        rest = sp.csc_array((1.0 / grid.land_km2[hexes], (hexes, lone)), shape)
        by_place = by_place + rest
    matrix = by_place.tocsr()
    matrix.sort_indices()
    return _narrow(matrix)


def _narrow(matrix: sp.csr_array) -> sp.csr_array:
    """Hold positions in four bytes each: a third less memory to pass over."""
    matrix.indptr = matrix.indptr.astype(np.int32)
    matrix.indices = matrix.indices.astype(np.int32)
    return matrix


def _require_room(grid: HexGrid, radius: FloatArray, n_places: int) -> None:
    """Refuse more pairs than four-byte positions can count, before they are made."""
    hex_m2 = 1e6 * float(grid.area_km2.min())
    per_place = np.minimum(math.pi * radius**2 / hex_m2, len(grid))
    if per_place.mean() * n_places > np.iinfo(np.int32).max:
        raise DataError(
            f"{n_places} places reach about {per_place.mean():.0f} hexes each, too "
            "many pairs to hold: use density, or a smaller bandwidth"
        )
