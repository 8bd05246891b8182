"""Points in square cells, and the distinct ones among them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from geoalloc._types import FloatArray, IdArray, IndexArray


class Cells(NamedTuple):
    """Square cells over an area, row by row from its lower left corner."""

    left: float
    bottom: float
    side: float
    n_rows: int
    n_columns: int


@njit(cache=True)
def bucket(
    x: FloatArray, y: FloatArray, cells: Cells
) -> tuple[IndexArray, npt.NDArray[np.int32]]:
    """Sort points by the cell that holds them (counting sort, stable).

    Parameters
    ----------
    x, y : (n_points,)
        Metres; a point beyond the outermost cells counts in the nearest.
    cells
        Where the cells lie.

    Returns
    -------
    start : (n_cells + 1,)
        Where each cell begins in ``order``.
    order : (n_points,)
        Positions of the points, cell by cell.
    """
    start = np.zeros(cells.n_rows * cells.n_columns + 1, np.int64)
    at = np.empty(x.size, np.int32)
    for i in range(x.size):
        row = min(max((y[i] - cells.bottom) / cells.side, 0.0), cells.n_rows - 1.0)
        column = min(max((x[i] - cells.left) / cells.side, 0.0), cells.n_columns - 1.0)
        at[i] = int(row) * cells.n_columns + int(column)
        start[at[i] + 1] += 1
    for k in range(1, start.size):
        start[k] += start[k - 1]
    order = np.empty(x.size, np.int32)
    following = start[:-1].copy()
    for i in range(x.size):
        order[following[at[i]]] = i
        following[at[i]] += 1
    return start, order


@njit(cache=True)
def _distinct_in_row(
    x: IdArray,
    y: IdArray,
    order: npt.NDArray[np.int32],
    found_x: IdArray,
    found_y: IdArray,
    of: IndexArray,
) -> int:
    """List the distinct points of a row in ``found``; say how many."""
    n_slots = 2
    while n_slots < 2 * order.size:
        n_slots *= 2
    table = np.full(n_slots, -1, np.int32)
    # Fetched together: fetched one by one, each would wait for memory.
    row_x, row_y = np.empty(order.size, np.uint64), np.empty(order.size, np.uint64)
    for k in range(order.size):
        row_x[k] = x[order[k]]
        row_y[k] = y[order[k]]
    count = 0
    for k in range(order.size):
        mixed = row_x[k] * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(29))) + row_y[k]
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        slot = np.int64(mixed >> np.uint64(32)) & (n_slots - 1)
        while table[slot] >= 0:
            j = table[slot]
            if found_x[j] == row_x[k] and found_y[j] == row_y[k]:
                break
            slot = (slot + 1) & (n_slots - 1)
        if table[slot] < 0:
            table[slot] = count
            found_x[count] = row_x[k]
            found_y[count] = row_y[k]
            count += 1
        of[order[k]] = table[slot]
    return count


@njit(cache=True, parallel=True)
def _distinct_by_row(
    x: IdArray,
    y: IdArray,
    start: IndexArray,
    order: npt.NDArray[np.int32],
    held_x: IdArray,
    held_y: IdArray,
    of: IndexArray,
    count: IndexArray,
) -> None:
    """List the distinct points of each row at the row's place in ``held``."""
    for row in prange(start.size - 1):
        begin, end = start[row], start[row + 1]
        count[row] = _distinct_in_row(
            x, y, order[begin:end], held_x[begin:end], held_y[begin:end], of
        )


@njit(cache=True)
def distinct(
    x: IdArray, y: IdArray, start: IndexArray, order: npt.NDArray[np.int32]
) -> tuple[IdArray, IdArray, IndexArray]:
    """List the distinct points of each row, by a hash table for each row.

    Parameters
    ----------
    x, y : (n_points,)
        Coordinates as the bits of floats; equal points lie in one row.
    start : (n_rows + 1,)
        Where each row begins in ``order``.
    order : (n_points,)
        Positions of the points, row by row.

    Returns
    -------
    x, y : (n_distinct,)
        Distinct points, as they first come in ``order``.
    of : (n_points,)
        Which of them each point is.
    """
    of = np.empty(x.size, np.int64)
    held_x, held_y = np.empty(x.size, np.uint64), np.empty(x.size, np.uint64)
    count = np.zeros(start.size - 1, np.int64)
    _distinct_by_row(x, y, start, order, held_x, held_y, of, count)
    n = 0
    for row in range(count.size):
        # Rows close up, from the first on: nothing is overwritten before it is moved.
        for k in range(count[row]):
            held_x[n + k] = held_x[start[row] + k]
            held_y[n + k] = held_y[start[row] + k]
        for k in range(start[row], start[row + 1]):
            of[order[k]] += n
        n += count[row]
    return held_x[:n].copy(), held_y[:n].copy(), of
