"""Hexes sorted into square cells, and the checks that density and operator share."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.kernels import cells as squares
from geoalloc.kernels import density as kernels

KERNELS = ("quartic", "epanechnikov", "triangular", "uniform", "gaussian")

_CELLS_PER_BANDWIDTH = 4  # measured: cells of a quarter are the fastest
_CELLS_PER_HEX = 4  # however small the bandwidth


@dataclass(frozen=True, kw_only=True)
class Laid:
    """Places and hexes in the same square cells.

    Attributes
    ----------
    order : (n_hexes,)
        Positions in the grid of the hexes, cell by cell.
    height, most
        As from ``kernels.room``.
    """

    places: kernels.Sources
    hexes: kernels.Hexes
    order: IndexArray
    height: int
    most: int


def lay(grid: HexGrid, x_m: FloatArray, y_m: FloatArray, radius_m: FloatArray) -> Laid:
    """Sort hexes and places into cells that suit the radii."""
    wide, tall = max(np.ptp(grid.x_m), 1.0), max(np.ptp(grid.y_m), 1.0)
    most = _CELLS_PER_HEX * len(grid)
    # Never so small a side that an area, or a line of hexes, asks for endless cells.
    least_m = max(math.sqrt(wide * tall / most), max(wide, tall) / most)
    side = max(float(np.median(radius_m)) / _CELLS_PER_BANDWIDTH, least_m)
    cells = squares.Cells(
        left=float(grid.x_m.min()),
        bottom=float(grid.y_m.min()),
        side=side,
        n_rows=int(tall // side) + 1,
        n_columns=int(wide // side) + 1,
    )
    start, order = squares.bucket(grid.x_m, grid.y_m, cells)
    hexes = kernels.Hexes(
        *cells, start, grid.x_m[order], grid.y_m[order], grid.land_km2[order]
    )
    held = squares.bucket(x_m, y_m, cells)
    height, room = kernels.room(radius_m, hexes)
    return Laid(
        places=kernels.Sources(*held, x_m, y_m, radius_m),
        hexes=hexes,
        order=order.astype(np.int64),
        height=height,
        most=room,
    )


def nearest(grid: HexGrid, x_m: FloatArray, y_m: FloatArray) -> IndexArray:
    """Find the hex with land whose center is nearest; of a tie, the lower id."""
    land = np.flatnonzero(grid.land_km2 > 0)
    centers = np.stack([grid.x_m[land], grid.y_m[land]], axis=1)
    two = min(2, land.size)
    apart, at = KDTree(centers).query(np.stack([x_m, y_m], axis=1), k=two)
    apart, at = apart.reshape(-1, two), at.reshape(-1, two)
    tied = apart[:, 0] == apart[:, -1]
    return land[np.where(tied, at.min(axis=1), at[:, 0])]


def code(kernel: str) -> int:
    """Find the code of a kernel; refuse a name that is none."""
    if kernel not in KERNELS:
        raise DataError(f"kernel must be one of {', '.join(KERNELS)}, got {kernel!r}")
    return KERNELS.index(kernel)


def radius(bandwidth_m: float | FloatArray, n_places: int) -> FloatArray:
    """Check one bandwidth, (1,), or those of the places, (n_places,)."""
    found = np.atleast_1d(np.asarray(bandwidth_m, dtype=np.float64))
    if np.ndim(bandwidth_m) > 0 and found.shape != (n_places,):
        raise DataError(
            f"bandwidth_m has shape {found.shape} for {n_places} places: give one "
            "number, or one for each place"
        )
    bad = np.flatnonzero(~(np.isfinite(found) & (found > 0)))
    if bad.size:
        raise DataError(
            f"bandwidth_m must be above 0 and finite, got {found[bad[0]]}: give the "
            "radius of the kernel in metres"
        )
    return found


def median(radius_m: FloatArray) -> float:
    """Name one bandwidth for all; nan if there is none."""
    return float(np.median(radius_m)) if radius_m.size else math.nan


def require_weight(weight: FloatArray, n_incidents: int) -> None:
    """Refuse weights that are not one for each incident, from 0."""
    if weight.shape[-1:] != (n_incidents,):
        raise DataError(
            f"weight has shape {weight.shape} for {n_incidents} incidents: give one "
            "for each"
        )
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)).ravel())
    if bad.size:
        raise DataError(
            f"a weight is negative, nan or infinite ({weight.ravel()[bad[0]]} is the "
            f"first of {bad.size}): weigh incidents from 0"
        )


def require_land(grid: HexGrid) -> None:
    """Refuse a grid on which nothing can be."""
    if not (grid.land_km2 > 0).any():
        raise DataError(
            f"none of the {len(grid)} hexes has any land: cover an area that is not "
            "empty"
        )
