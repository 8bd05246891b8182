"""Kernels between places and the hex centers near them: sums, and sparse columns.

The hexes that some place of a cell reaches are listed once for all places of the
cell, so that the loops over them are long, plain and side by side in memory.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from geoalloc._types import BoolArray, FloatArray, IndexArray

# Codes of the kernels: positions of their names in ``hotspots.KERNELS``.
QUARTIC, EPANECHNIKOV, TRIANGULAR, UNIFORM, GAUSSIAN = range(5)

_SLACK = 1e-6  # of a cell's side: a point may lie outside its cell by a rounding
_LANES = 16  # hexes worked on side by side: a list is padded to whole ones
_HELD = 128  # places fetched at once: fetched one by one, each waits for memory


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
    x, y, land : (n_hexes,)
        Metres, and what the kernels are scaled over.
    """

    left: float
    bottom: float
    side: float
    n_rows: int
    n_columns: int
    start: IndexArray
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


@njit(cache=True)
def _reach(radius: float, hexes: Hexes) -> int:
    """Count the cells that a radius goes beyond its own, at most all."""
    return int(min(math.ceil(radius / hexes.side), hexes.n_rows + hexes.n_columns))


@njit(cache=True)
def room(radius: FloatArray, hexes: Hexes) -> tuple[int, int]:
    """Say how many rows keep two bands apart, and how many hexes a cell may list."""
    widest = 0.0
    for i in range(radius.size):
        widest = max(widest, radius[i])
    reach = _reach(widest, hexes)
    most = 0
    for row in range(hexes.n_rows):
        before = row * hexes.n_columns
        for column in range(hexes.n_columns):
            low = max(column - reach, 0)
            high = min(column + reach, hexes.n_columns - 1) + 1
            most = max(most, hexes.start[before + high] - hexes.start[before + low])
    return 2 * reach, (2 * reach + 1) * most + _LANES


@njit(cache=True)
def _around(
    cell: int, radius: float, hexes: Hexes, at: IndexArray, near: FloatArray
) -> int:
    """List the hexes within the radius of some point of a cell; say how many.

    The list is padded to whole lanes with hexes that are out of all reach.
    """
    row = cell // hexes.n_columns
    column = cell - row * hexes.n_columns
    reach = _reach(radius, hexes)
    limit = (radius + _SLACK * hexes.side) ** 2
    left = hexes.left + column * hexes.side
    bottom = hexes.bottom + row * hexes.side
    low = max(column - reach, 0)
    high = min(column + reach, hexes.n_columns - 1) + 1
    n = 0
    for r in range(max(row - reach, 0), min(row + reach, hexes.n_rows - 1) + 1):
        # Cells of one row lie together, so a row is one run of hexes.
        first = hexes.start[r * hexes.n_columns + low]
        for j in range(first, hexes.start[r * hexes.n_columns + high]):
            x, y = hexes.x[j], hexes.y[j]
            dx = max(max(left - x, x - left - hexes.side), 0.0)
            dy = max(max(bottom - y, y - bottom - hexes.side), 0.0)
            at[n] = j
            near[0, n] = x
            near[1, n] = y
            near[2, n] = hexes.land[j]
            # Without a branch, which would be taken at random.
            n += dx * dx + dy * dy <= limit
    while n % _LANES != 0:
        at[n] = at[n - 1]
        near[0, n] = np.inf
        near[1, n] = np.inf
        near[2, n] = 0.0
        n += 1
    return n


@njit(cache=True)
def _weigh(
    kind: int,
    x: float,
    y: float,
    radius: float,
    at_x: FloatArray,
    at_y: FloatArray,
    value: FloatArray,
) -> None:
    """Fill ``value`` with the kernel of a place at each point, 0 beyond its radius."""
    inverse = 1.0 / radius  # whose square may be beyond all numbers
    for m in range(at_x.size):
        dx = (at_x[m] - x) * inverse
        dy = (at_y[m] - y) * inverse
        away = dx * dx + dy * dy
        value[m] = away if away < 1.0 else 1.0
    if kind == QUARTIC:
        for m in range(at_x.size):
            value[m] = (1.0 - value[m]) * (1.0 - value[m])
    elif kind == EPANECHNIKOV:
        for m in range(at_x.size):
            value[m] = 1.0 - value[m]
    elif kind == TRIANGULAR:
        for m in range(at_x.size):
            value[m] = 1.0 - math.sqrt(value[m])
    elif kind == UNIFORM:
        for m in range(at_x.size):
            value[m] = 1.0 if value[m] < 1.0 else 0.0
    else:
        for m in range(at_x.size):
            value[m] = math.exp(-4.5 * value[m]) if value[m] < 1.0 else 0.0


@njit(cache=True)
def _mass(value: FloatArray, land: FloatArray, n: int) -> float:
    """Sum kernel times land, four sums side by side."""
    a = b = c = d = 0.0
    for m in range(0, n, 4):
        a += value[m] * land[m]
        b += value[m + 1] * land[m + 1]
        c += value[m + 2] * land[m + 2]
        d += value[m + 3] * land[m + 3]
    return (a + b) + (c + d)


@njit(cache=True)
def _widest(cell: int, places: Sources) -> float:
    """Find the widest radius of the places of a cell."""
    widest = places.radius[0]
    if places.radius.size > 1:
        widest = 0.0
        for k in range(places.start[cell], places.start[cell + 1]):
            widest = max(widest, places.radius[places.order[k]])
    return widest


@njit(cache=True)
def _scatter_band(
    cells: tuple[int, int],
    most: int,
    places: Sources,
    weights: FloatArray,
    hexes: Hexes,
    kind: int,
    corrected: bool,
    sums: FloatArray,
    lone: BoolArray,
) -> None:
    """Spread the places of a run of cells over the hexes near them."""
    at, near = np.empty(most, np.int64), np.empty((3, most))
    value, first, second = np.empty(most), np.empty(most), np.empty(most)
    held = np.empty((_HELD, 5))
    for cell in range(cells[0], cells[1]):
        begin, end = places.start[cell], places.start[cell + 1]
        if begin == end:
            continue
        n = _around(cell, _widest(cell, places), hexes, at, near)
        for m in range(n):
            first[m] = 0.0
            second[m] = 0.0
        for k in range(begin, end):
            b = (k - begin) % _HELD
            if b == 0:
                for q in range(min(_HELD, end - k)):
                    i = places.order[k + q]
                    held[q, 0] = places.x[i]
                    held[q, 1] = places.y[i]
                    held[q, 2] = places.radius[i if places.radius.size > 1 else 0]
                    held[q, 3] = weights[i, 0]
                    held[q, 4] = weights[i, 1]
            x, y, radius = held[b, 0], held[b, 1], held[b, 2]
            _weigh(kind, x, y, radius, near[0, :n], near[1, :n], value)
            whole = _mass(value, near[2], n)
            if whole == 0.0:
                lone[places.order[k]] = True
                continue
            scale = 1.0 / whole if corrected else 1.0
            w = held[b, 3] * scale
            v = held[b, 4] * scale * scale
            for m in range(n):
                first[m] += w * value[m]
                second[m] += v * (value[m] * value[m])
        for m in range(n):
            sums[0, at[m]] += first[m]
            sums[1, at[m]] += second[m]


@njit(cache=True, parallel=True)
def scatter(
    which: int,
    height: int,
    most: int,
    places: Sources,
    weights: FloatArray,
    hexes: Hexes,
    kind: int,
    corrected: bool,
    sums: FloatArray,
    lone: BoolArray,
) -> None:
    """Spread the places of every other band of cells over the hexes near them.

    A band is ``height`` rows of cells. Two bands with one between them reach no hex
    in common, so they are worked on at once; done for the even bands and then for
    the odd ones, the order in which a hex is added to does not depend on threads.

    Parameters
    ----------
    which
        0 for the even bands, 1 for the odd ones.
    height, most
        As from ``room``.
    places
        In the same cells as the hexes.
    weights : (n_places, 2)
        What multiplies the kernel in the first sum, and its square in the second.
    hexes
        In cells.
    kind
        Code of the kernel.
    corrected
        Scale each place's kernel so that over the land it sums to one.
    sums : (2, n_hexes)
        Is added to: weight times kernel, and variance times squared kernel.
    lone : (n_places,)
        Is set where no land is within the radius, so that nothing was spread.
    """
    n_bands = (hexes.n_rows + height - 1) // height
    for half in prange((n_bands + 1 - which) // 2):
        row = (2 * half + which) * height
        top = min(row + height, hexes.n_rows)
        cells = (row * hexes.n_columns, top * hexes.n_columns)
        _scatter_band(cells, most, places, weights, hexes, kind, corrected, sums, lone)


@njit(cache=True)
def _list_row(
    row: int,
    most: int,
    places: Sources,
    hexes: Hexes,
    kind: int,
    begin: IndexArray,
    at: npt.NDArray[np.int32],
    share: FloatArray,
) -> None:
    """Count the hexes near each place of a row; list them if there is room."""
    listed, near, value = np.empty(most, np.int64), np.empty((3, most)), np.empty(most)
    for cell in range(row * hexes.n_columns, (row + 1) * hexes.n_columns):
        if places.start[cell] == places.start[cell + 1]:
            continue
        n = _around(cell, _widest(cell, places), hexes, listed, near)
        for k in range(places.start[cell], places.start[cell + 1]):
            i = places.order[k]
            radius = places.radius[i if places.radius.size > 1 else 0]
            x, y = places.x[i], places.y[i]
            _weigh(kind, x, y, radius, near[0, :n], near[1, :n], value)
            whole = _mass(value, near[2], n)
            if whole == 0.0:
                continue
            count = 0
            for m in range(n):
                if value[m] > 0.0:
                    if at.size > 0:
                        at[begin[i] + count] = listed[m]
                        share[begin[i] + count] = value[m] / whole
                    count += 1
            if at.size == 0:
                begin[i + 1] = count


@njit(cache=True, parallel=True)
def columns(
    most: int,
    places: Sources,
    hexes: Hexes,
    kind: int,
    begin: IndexArray,
    at: npt.NDArray[np.int32],
    share: FloatArray,
) -> None:
    """Count, then list, each place's hexes and its kernel there, scaled to one.

    Parameters
    ----------
    most
        As from ``room``.
    places, hexes, kind
        As in ``scatter``.
    begin : (n_places + 1,)
        While ``at`` is empty, is set to the number of hexes of each place, after
        a 0; else says where the list of each place begins.
    at, share : (n_listed,)
        Are set to positions in ``hexes``, and to kernel per unit of land; a place
        with no land within its radius has none.
    """
    for row in prange(hexes.n_rows):
        _list_row(row, most, places, hexes, kind, begin, at, share)


@njit(cache=True, parallel=True)
def apply(
    begin: npt.NDArray[np.int32],
    place: npt.NDArray[np.int32],
    share: FloatArray,
    mass: FloatArray,
    variance: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Sum the shares of places in each hex under several weightings.

    Parameters
    ----------
    begin : (n_hexes + 1,)
        Where the list of each hex begins.
    place, share : (n_listed,)
        Places near each hex, and the density of each there.
    mass, variance : (n_places, n_weightings)
        What multiplies the share, and what multiplies its square.

    Returns
    -------
    total, squares : (n_hexes, n_weightings)
    """
    n_hexes, n_weightings = begin.size - 1, mass.shape[1]
    total = np.empty((n_hexes, n_weightings))
    squares = np.empty((n_hexes, n_weightings))
    for j in prange(n_hexes):
        if n_weightings == 1:
            first = second = 0.0
            for k in range(begin[j], begin[j + 1]):
                first += share[k] * mass[place[k], 0]
                second += share[k] * share[k] * variance[place[k], 0]
            total[j, 0] = first
            squares[j, 0] = second
        else:
            sums, sums_of_squares = total[j], squares[j]
            for w in range(n_weightings):
                sums[w] = 0.0
                sums_of_squares[w] = 0.0
            for k in range(begin[j], begin[j + 1]):
                masses, variances = mass[place[k]], variance[place[k]]
                a = share[k]
                for w in range(n_weightings):
                    sums[w] += a * masses[w]
                    sums_of_squares[w] += a * a * variances[w]
    return total, squares
