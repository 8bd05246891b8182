"""Kernels between places and the hex centers near them: sums, and sparse columns.

The hexes that some place of a cell reaches are listed once for all places of the
cell, so that the loops over them are long, plain and side by side in memory.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.kernels import threads

# Codes of the kernels: positions of their names in ``hotspots.KERNELS``.
QUARTIC, EPANECHNIKOV, TRIANGULAR, UNIFORM, GAUSSIAN = range(5)

_SLACK = 1e-6  # of a cell's side: a point may lie outside its cell by a rounding
_LANES = 8  # hexes worked on side by side: a list is padded to whole ones
_HELD = 128  # places fetched at once: fetched one by one, each waits for memory
_BANDS = 32  # of about as many places each
_SMALL = 4096  # places: fewer are not worth starting threads for


class Hexes(NamedTuple):
    """Hex centers in square cells.

    Attributes
    ----------
    left, bottom, side
        Lower left corner of the cells, and the side of one, metres.
    n_rows, n_columns
        Of cells.
    start : (n_cells + 1,)
        Where each cell begins in the arrays below.
    most
        Of hexes in one cell.
    x, y, land : (n_hexes,)
        Metres, and what the kernels are scaled over.
    """

    left: float
    bottom: float
    side: float
    n_rows: int
    n_columns: int
    start: IndexArray
    most: int
    x: FloatArray
    y: FloatArray
    land: FloatArray


class Sources(NamedTuple):
    """Places in the same cells, as from ``cells.bucket``.

    Attributes
    ----------
    start : (n_cells + 1,)
        Where each cell begins in ``order``.
    order : (n_places,)
        Positions of the places, cell by cell.
    x, y : (n_places,)
        Metres.
    radius : (1,) or (n_places,)
        Of the kernel, metres: of all places, or of each.
    """

    start: IndexArray
    order: npt.NDArray[np.int32]
    x: FloatArray
    y: FloatArray
    radius: FloatArray


def reach(radius: float, hexes: Hexes) -> int:
    """Count the cells that a radius goes beyond its own, at most all."""
    return int(min(math.ceil(radius / hexes.side), hexes.n_rows + hexes.n_columns))


def room(beyond: int, hexes: Hexes) -> int:
    """Say how many hexes a cell may list, if it reaches so many cells beyond it."""
    return min((2 * beyond + 1) ** 2 * hexes.most, hexes.x.size) + _LANES


@njit(cache=True)
def _around(cell: int, radius: float, hexes: Hexes, near: FloatArray) -> int:
    """List the hexes within the radius of some point of a cell; say how many.

    The list is padded to whole lanes with hexes that are out of all reach.

    Parameters
    ----------
    near : (4 or more, n)
        Rows that are set: x, y, land and position (exact as a float) of each.
    """
    row = cell // hexes.n_columns
    column = cell - row * hexes.n_columns
    beyond = int(min(math.ceil(radius / hexes.side), hexes.n_rows + hexes.n_columns))
    limit = (radius + _SLACK * hexes.side) ** 2
    left = hexes.left + column * hexes.side
    bottom = hexes.bottom + row * hexes.side
    low = max(column - beyond, 0)
    high = min(column + beyond, hexes.n_columns - 1) + 1
    n = 0
    for r in range(max(row - beyond, 0), min(row + beyond, hexes.n_rows - 1) + 1):
        # Cells of one row lie together, so a row is one run of hexes.
        first = hexes.start[r * hexes.n_columns + low]
        for j in range(first, hexes.start[r * hexes.n_columns + high]):
            x, y = hexes.x[j], hexes.y[j]
            dx = max(max(left - x, x - left - hexes.side), 0.0)
            dy = max(max(bottom - y, y - bottom - hexes.side), 0.0)
            near[0, n] = x
            near[1, n] = y
            near[2, n] = hexes.land[j]
            near[3, n] = j
            # Without a branch, which would be taken at random.
            n += dx * dx + dy * dy <= limit
    while n % _LANES != 0:
        near[0, n] = np.inf
        near[1, n] = np.inf
        near[2, n] = 0.0
        near[3, n] = near[3, n - 1]
        n += 1
    return n


# Inverses of radii may be inf: no point is then within.
@njit(cache=True, error_model="numpy")
def _weigh(
    kind: int, x: float, y: float, radius: float, n: int, near: FloatArray
) -> None:
    """Set row 4 to the kernel of a place at each hex, 0 beyond its radius."""
    inverse = 1.0 / radius  # whose square may be beyond all numbers
    if kind == QUARTIC:
        for m in range(n):
            dx, dy = (near[0, m] - x) * inverse, (near[1, m] - y) * inverse
            value = max(1.0 - (dx * dx + dy * dy), 0.0)
            near[4, m] = value * value
    else:
        for m in range(n):
            dx, dy = (near[0, m] - x) * inverse, (near[1, m] - y) * inverse
            near[4, m] = min(dx * dx + dy * dy, 1.0)
    if kind == EPANECHNIKOV:
        for m in range(n):
            near[4, m] = 1.0 - near[4, m]
    elif kind == TRIANGULAR:
        for m in range(n):
            near[4, m] = 1.0 - math.sqrt(near[4, m])
    elif kind == UNIFORM:
        for m in range(n):
            near[4, m] = 1.0 if near[4, m] < 1.0 else 0.0
    elif kind == GAUSSIAN:
        for m in range(n):
            near[4, m] = math.exp(-4.5 * near[4, m]) if near[4, m] < 1.0 else 0.0


@njit(cache=True)
def _mass(n: int, near: FloatArray) -> float:
    """Sum kernel times land, eight sums side by side."""
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
    value, land = near[4], near[2]
    for m in range(0, n, 8):
        a0 += value[m] * land[m]
        a1 += value[m + 1] * land[m + 1]
        a2 += value[m + 2] * land[m + 2]
        a3 += value[m + 3] * land[m + 3]
        a4 += value[m + 4] * land[m + 4]
        a5 += value[m + 5] * land[m + 5]
        a6 += value[m + 6] * land[m + 6]
        a7 += value[m + 7] * land[m + 7]
    return ((a0 + a4) + (a1 + a5)) + ((a2 + a6) + (a3 + a7))


@njit(cache=True)
def _widest(cell: int, places: Sources) -> float:
    """Find the widest radius of the places of a cell."""
    widest = places.radius[0]
    if places.radius.size > 1:
        widest = 0.0
        for k in range(places.start[cell], places.start[cell + 1]):
            widest = max(widest, places.radius[places.order[k]])
    return widest


@njit(cache=True, nogil=True, error_model="numpy")
def _scatter(
    begin: int,
    end: int,
    most: int,
    places: Sources,
    hexes: Hexes,
    weights: FloatArray,
    kind: int,
    corrected: bool,
    sums: FloatArray,
    lone: BoolArray,
) -> None:
    """Spread the places of a run of cells over the hexes near them."""
    near, held = np.empty((7, most)), np.empty((_HELD, 5))
    for cell in range(begin, end):
        first, last = places.start[cell], places.start[cell + 1]
        if first == last:
            continue
        n = _around(cell, _widest(cell, places), hexes, near)
        for m in range(n):
            near[5, m] = 0.0
            near[6, m] = 0.0
        for k in range(first, last):
            b = (k - first) % _HELD
            if b == 0:
                for q in range(min(_HELD, last - k)):
                    i = places.order[k + q]
                    held[q, 0] = places.x[i]
                    held[q, 1] = places.y[i]
                    held[q, 2] = places.radius[i if places.radius.size > 1 else 0]
                    held[q, 3] = weights[i, 0]
                    held[q, 4] = weights[i, 1]
            _weigh(kind, held[b, 0], held[b, 1], held[b, 2], n, near)
            whole = _mass(n, near) if corrected else 1.0
            if whole == 0.0:
                lone[places.order[k]] = True
                continue
            scale = 1.0 / whole
            w, v = held[b, 3] * scale, held[b, 4] * scale * scale
            for m in range(n):
                value = near[4, m]
                near[5, m] += w * value
                near[6, m] += v * (value * value)
        for m in range(n):
            j = int(near[3, m])
            sums[0, j] += near[5, m]
            sums[1, j] += near[6, m]


def scatter(
    laid: tuple[Sources, Hexes],
    beyond: int,
    weights: FloatArray,
    kind: int,
    corrected: bool,
) -> tuple[FloatArray, BoolArray]:
    """Spread places over the hexes near them.

    They are worked on in bands of rows of cells. Two bands with one between them
    reach no hex in common, so they are worked on at once: the even bands and then
    the odd ones, so that the order in which a hex is added to does not depend on
    threads.

    Parameters
    ----------
    laid
        Places and hexes, in the same cells.
    beyond
        Cells that the widest radius goes beyond a place's own, as from ``reach``.
    weights : (n_places, 2)
        What multiplies the kernel in the first sum, and its square in the second.
    kind
        Code of the kernel.
    corrected
        Scale each place's kernel so that over the land it sums to one.

    Returns
    -------
    sums : (2, n_hexes)
        Weight times kernel, and variance times squared kernel.
    lone : (n_places,)
        Where no land is within the radius, so that nothing was spread.
    """
    hexes = laid[1]
    sums = np.zeros((2, hexes.x.size))
    lone = np.zeros(len(weights), dtype=np.bool_)
    bands = _bands(laid, 2 * beyond) * hexes.n_columns
    most = room(beyond, hexes)

    def work(band: int) -> None:
        cells = (bands[band], bands[band + 1])
        _scatter(*cells, most, *laid, weights, kind, corrected, sums, lone)

    for which in (0, 1):
        some = range(which, bands.size - 1, 2)
        threads.run(work, some)
    return sums, lone


def _bands(laid: tuple[Sources, Hexes], least: int) -> IndexArray:
    """Cut rows into bands of as many places, if of no fewer rows than the least."""
    places, hexes = laid
    n_places = places.order.size
    if n_places < _SMALL:
        return np.array([0, hexes.n_rows])
    before = places.start[:: hexes.n_columns]
    each = n_places // _BANDS + 1
    bands = [0]
    while bands[-1] < hexes.n_rows:
        full = int(np.searchsorted(before, before[bands[-1]] + each))
        bands.append(min(max(full, bands[-1] + least), hexes.n_rows))
    return np.array(bands)


@njit(cache=True, nogil=True, error_model="numpy")
def _list(
    begin: int,
    end: int,
    most: int,
    places: Sources,
    hexes: Hexes,
    kind: int,
    start: IndexArray,
    at: npt.NDArray[np.int32],
    share: FloatArray,
) -> None:
    """Count the hexes near each place of some cells; list them if there is room."""
    near = np.empty((7, most))
    for cell in range(begin, end):
        if places.start[cell] == places.start[cell + 1]:
            continue
        n = _around(cell, _widest(cell, places), hexes, near)
        for k in range(places.start[cell], places.start[cell + 1]):
            i = places.order[k]
            radius = places.radius[i if places.radius.size > 1 else 0]
            _weigh(kind, places.x[i], places.y[i], radius, n, near)
            whole = _mass(n, near)
            if whole == 0.0:
                continue
            count = 0
            for m in range(n):
                if near[4, m] > 0.0:
                    if at.size > 0:
                        at[start[i] + count] = int(near[3, m])
                        share[start[i] + count] = near[4, m] / whole
                    count += 1
            if at.size == 0:
                start[i + 1] = count


def columns(
    laid: tuple[Sources, Hexes], beyond: int, kind: int
) -> tuple[IndexArray, npt.NDArray[np.int32], FloatArray]:
    """List each place's hexes and its kernel there, scaled to one.

    Parameters
    ----------
    laid, beyond, kind
        As for ``scatter``.

    Returns
    -------
    begin : (n_places + 1,)
        Where the list of each place begins; one with no land within its radius has
        an empty list.
    at, share : (n_listed,)
        Positions in the hexes of the cells, and kernel per unit of land.
    """
    places, hexes = laid
    bands = _bands(laid, 1) * hexes.n_columns
    most = room(beyond, hexes)
    begin = np.zeros(places.order.size + 1, dtype=np.int64)
    at, share = np.empty(0, dtype=np.int32), np.empty(0)

    def work(band: int) -> None:
        cells = (bands[band], bands[band + 1])
        _list(*cells, most, *laid, kind, begin, at, share)

    threads.run(work, range(bands.size - 1))
    begin = np.cumsum(begin)
    at, share = np.empty(begin[-1], dtype=np.int32), np.empty(begin[-1])
    if at.size:
        threads.run(work, range(bands.size - 1))
    return begin, at, share
