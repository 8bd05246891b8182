"""Points in square cells."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from geoalloc._types import FloatArray, IndexArray

PositionArray = npt.NDArray[np.int32]


class Cells(NamedTuple):
    """Square cells over an area, row by row from its lower left corner."""

    left: float
    bottom: float
    side: float
    n_rows: int
    n_columns: int


def bucket(
    x: FloatArray, y: FloatArray, cells: Cells
) -> tuple[IndexArray, PositionArray]:
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
    start = np.zeros(cells.n_rows * cells.n_columns + 2, dtype=np.int64)
    at, order = np.empty((2, x.size), dtype=np.int32)
    _sort(x, y, *cells, start, at, order)
    return start[:-1], order


# Given its arrays: each that a kernel makes takes a tenth of a second to compile.
@njit(cache=True, error_model="numpy")
def _sort(
    x: FloatArray,
    y: FloatArray,
    left: float,
    bottom: float,
    side: float,
    n_rows: int,
    n_columns: int,
    start: IndexArray,
    at: PositionArray,
    order: PositionArray,
) -> None:
    for i in range(x.size):
        row = min(max((y[i] - bottom) / side, 0.0), n_rows - 1.0)
        column = min(max((x[i] - left) / side, 0.0), n_columns - 1.0)
        at[i] = int(row) * n_columns + int(column)
        start[at[i] + 2] += 1
    for k in range(1, start.size):
        start[k] += start[k - 1]
    # The next place of each cell; at last, the first place of the cell after it.
    for i in range(x.size):
        order[start[at[i] + 1]] = i
        start[at[i] + 1] += 1
