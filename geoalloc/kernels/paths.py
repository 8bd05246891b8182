"""Shortest times over a hexagonal lattice, from many origins."""

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from geoalloc._types import FloatArray, IndexArray


@njit(cache=True, parallel=True)
def shortest(
    origins: IndexArray, neighbors: IndexArray, minutes: FloatArray, reach: float
) -> FloatArray:
    """Find the least minutes from each origin to each hex within a reach.

    Labels are corrected through a queue until none improves. Edges of a lattice
    differ little, so each hex is corrected two or three times: cheaper than a heap.

    Parameters
    ----------
    origins : (n_origins,)
        Positions of hexes.
    neighbors : (n_hexes, 6)
        Positions, -1 for none.
    minutes : (n_hexes, 6)
        Time of the step to that neighbor, above 0; inf where none may be made.
    reach
        Times above this are not followed.

    Returns
    -------
    least : (n_origins, n_hexes)
        Minutes; inf beyond the reach.
    """
    n_hexes = neighbors.shape[0]
    least = np.full((origins.size, n_hexes), np.inf)
    for o in prange(origins.size):
        queue = np.empty(n_hexes, np.int64)
        queued = np.zeros(n_hexes, np.bool_)
        head = 0
        waiting = 1
        queue[0] = origins[o]
        queued[origins[o]] = True
        least[o, origins[o]] = 0.0
        while waiting > 0:
            here = queue[head]
            head = (head + 1) % n_hexes
            waiting -= 1
            queued[here] = False
            for k in range(6):
                there = neighbors[here, k]
                if there < 0:
                    continue
                time = least[o, here] + minutes[here, k]
                if time <= reach and time < least[o, there]:
                    least[o, there] = time
                    if not queued[there]:
                        queued[there] = True
                        queue[(head + waiting) % n_hexes] = there
                        waiting += 1
    return least


@njit(cache=True)
def packed(
    least: FloatArray, factor: float, plus: float
) -> tuple[IndexArray, npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Write the finite entries of rows after each other, as sparse rows are kept.

    Parameters
    ----------
    least : (n_origins, n_hexes)
        Inf where there is nothing to write.
    factor, plus
        An entry is written as itself times the one plus the other.

    Returns
    -------
    count : (n_origins,)
        Entries written of each row.
    column, value : (n_written,)
        By row, and in it by column.
    """
    n_rows, n_columns = least.shape
    count = np.zeros(n_rows, np.int64)
    for o in range(n_rows):
        for h in range(n_columns):
            count[o] += least[o, h] < np.inf
    column = np.empty(count.sum(), np.int32)
    value = np.empty(column.size, np.float32)
    at = 0
    for o in range(n_rows):
        for h in range(n_columns):
            if least[o, h] < np.inf:
                column[at] = h
                value[at] = least[o, h] * factor + plus
                at += 1
    return count, column, value
