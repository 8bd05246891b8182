"""Hexes sorted into square cells, and the checks that density and operator share."""

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.kernels import cells as squares
from geoalloc.kernels import density as kernels

KERNELS = ("quartic", "epanechnikov", "triangular", "uniform", "gaussian")

_CELLS_PER_BANDWIDTH = 4  # measured: cells of a quarter are the fastest
_CELLS_PER_HEX = 4  # however small the bandwidth
_POINTS_PER_CELL = 4  # while points of one spot are gathered
_MOST_CELLS = 2**18


@dataclass(frozen=True, kw_only=True)
class Laid:
    """Places and hexes in the same square cells.

    Attributes
    ----------
    order : (n_hexes,)
        Positions in the grid of the hexes, cell by cell.
    beyond
        Cells that the widest radius goes beyond a place's own.
    """

    places: kernels.Sources
    hexes: kernels.Hexes
    order: IndexArray
    beyond: int


# The hexes of a grid in cells of the side that was last asked for: an hour's incidents
# are few, and sorting the hexes anew would take most of their time.
_LAST: WeakKeyDictionary[HexGrid, tuple[kernels.Hexes, IndexArray]] = (
    WeakKeyDictionary()
)


def lay(grid: HexGrid, x_m: FloatArray, y_m: FloatArray, radius_m: FloatArray) -> Laid:
    """Sort hexes and places into cells that suit the radii."""
    hexes, order = _hexes(grid, float(np.median(radius_m)) / _CELLS_PER_BANDWIDTH)
    held = squares.bucket(x_m, y_m, squares.Cells(*hexes[:5]))
    return Laid(
        places=kernels.Sources(*held, x_m, y_m, radius_m),
        hexes=hexes,
        order=order,
        beyond=kernels.reach(float(radius_m.max()), hexes),
    )


def _hexes(grid: HexGrid, side: float) -> tuple[kernels.Hexes, IndexArray]:
    wide, tall = max(np.ptp(grid.x_m), 1.0), max(np.ptp(grid.y_m), 1.0)
    most = _CELLS_PER_HEX * len(grid)
    # Never so small a side that an area, or a line of hexes, asks for endless cells.
    side = max(side, math.sqrt(wide * tall / most), max(wide, tall) / most)
    last = _LAST.get(grid)
    if last is not None and last[0].side == side:
        return last
    cells = squares.Cells(
        left=float(grid.x_m.min()),
        bottom=float(grid.y_m.min()),
        side=side,
        n_rows=int(tall // side) + 1,
        n_columns=int(wide // side) + 1,
    )
    start, order = squares.bucket(grid.x_m, grid.y_m, cells)
    hexes = kernels.Hexes(
        *cells,
        start,
        int(np.diff(start).max()),
        *(values[order] for values in (grid.x_m, grid.y_m, grid.land_km2)),
    )
    _LAST[grid] = hexes, order.astype(np.int64)
    return _LAST[grid]


def distinct(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, IndexArray]:
    """List the distinct points among some: one or more, finite, none with a -0.0.

    Points are sorted as numbers of 64 bits, which is the fastest sort there is: the
    cell that holds a point, then as much of a hash as there is room for, then the
    point's position. The few of one cell and hash that yet differ are sorted again.

    Returns
    -------
    x, y : (n_distinct,)
        Distinct points, by cell: in rows from south to north, in a row from west to
        east.
    of : (n_points,)
        Which of them each point is.
    """
    room = np.uint64(x.size.bit_length())
    key = _cell(x, y)
    free = np.uint64(64) - room - np.uint64(int(key.max()).bit_length())
    key <<= free
    key |= _hash(x, y) >> (np.uint64(64) - free)
    key <<= room
    key |= np.arange(x.size, dtype=np.uint64)
    key.sort()
    order = (key & ((np.uint64(1) << room) - np.uint64(1))).view(np.int64)
    key >>= room
    # Both coordinates in one fetch: each waits for memory.
    found = np.stack([x, y], axis=1).take(order, axis=0)
    new = _differs(found)
    mixed = np.unique(key[1:][(key[1:] == key[:-1]) & new[1:]])
    if mixed.size:
        begin, end = np.searchsorted(key, mixed), np.searchsorted(key, mixed, "right")
        at = np.concatenate([np.arange(*both) for both in zip(begin, end, strict=True)])
        again = at[np.lexsort((order[at], *found[at].T, key[at]))]
        order[at], found[at] = order[again], found[again]
        new = _differs(found)
    of = np.empty(x.size, dtype=np.int64)
    of[order] = np.cumsum(new) - 1
    return found[new, 0], found[new, 1], of


def _differs(points: FloatArray) -> BoolArray:
    """Say which of some points are not as the one before."""
    x, y = points.T
    return np.append(True, (x[1:] != x[:-1]) | (y[1:] != y[:-1]))


def _cell(x: FloatArray, y: FloatArray) -> npt.NDArray[np.uint64]:
    """Tell the cell that holds each point; cells are numbered row by row."""
    east, north = x - x.min(), y - y.min()
    wide, tall = max(float(east.max()), 1.0), max(float(north.max()), 1.0)
    most = min(x.size // _POINTS_PER_CELL + 1, _MOST_CELLS)
    side = max(math.sqrt(wide * tall / most), max(wide, tall) / most)
    east /= side
    north /= side
    cell = north.astype(np.int64)
    cell *= int(wide // side) + 1
    cell += east.astype(np.int64)
    return cell.view(np.uint64)


def _hash(x: FloatArray, y: FloatArray) -> npt.NDArray[np.uint64]:
    """Mix the bits of both coordinates; the first bits are the best mixed."""
    mixed = x.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed += y.view(np.uint64)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return mixed


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
    # Of a nan among them, both are nan.
    if weight.size and not (weight.min() >= 0 and weight.max() < np.inf):
        bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)).ravel())
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
