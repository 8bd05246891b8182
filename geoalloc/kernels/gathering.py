"""The counting that the cuts of the master are made of."""

import numpy as np
import numpy.typing as npt
from numba import njit

from geoalloc._types import FloatArray, IndexArray
from geoalloc.kernels.coverage import Cells, Teams, Within


@njit(cache=True)
def select(
    indptr: IndexArray,
    indices: npt.NDArray[np.int32],
    minutes: npt.NDArray[np.float32],
    within: FloatArray,
    number: IndexArray,
) -> tuple[IndexArray, npt.NDArray[np.int32]]:
    """Keep the entries of a sparse table of travel that are within a limit.

    Parameters
    ----------
    within : (n_hexes,)
    number : (n_hexes,)
        New position of each hex, -1 to leave it out; ascending, as are those of a
        row of the table.

    Returns
    -------
    indptr, column
    """
    start = np.zeros(indptr.size, np.int64)
    column = np.empty(indices.size, np.int32)
    n = 0
    for p in range(indptr.size - 1):
        for j in range(indptr[p], indptr[p + 1]):
            h = indices[j]
            if number[h] >= 0 and minutes[j] <= within[h]:
                column[n] = number[h]
                n += 1
        start[p + 1] = n
    return start, column[:n].copy()


@njit(cache=True)
def turn_round(cells: Cells, first: IndexArray) -> Within:
    """Turn coverage round; ``first`` as in ``Within``."""
    indptr = np.zeros(first[-1] + 1, np.int64)
    post = np.empty(cells.cell.size, np.int32)
    for b in range(first.size - 1):
        start, stop = b * cells.n_posts, (b + 1) * cells.n_posts
        for j in range(cells.indptr[start], cells.indptr[stop]):
            indptr[first[b] + cells.cell[j] + 1] += 1
    for k in range(indptr.size - 1):
        indptr[k + 1] += indptr[k]
    free = indptr[:-1].copy()
    for b in range(first.size - 1):
        for p in range(cells.n_posts):
            r = b * cells.n_posts + p
            for j in range(cells.indptr[r], cells.indptr[r + 1]):
                k = first[b] + cells.cell[j]
                post[free[k]] = p
                free[k] += 1
    return Within(first, indptr, post)


@njit(cache=True)
def units_in_reach(cells: Cells, teams: Teams, placed: FloatArray) -> FloatArray:
    """Count the parts of the (possibly fractional) units in reach of each cell.

    Parameters
    ----------
    placed : (n_teams, n_posts)

    Returns
    -------
    count : (n_cells,)
    """
    cell, beat = cells.cell, cells.beat
    count = np.zeros(cells.curve.shape[0])
    for g in range(placed.shape[0]):
        bound = teams.beat[g]
        for p in range(placed.shape[1]):
            if placed[g, p] != 0.0:
                for c in range(teams.block.shape[1]):
                    if teams.block[g, c] >= 0:
                        r = teams.block[g, c] * cells.n_posts + p
                        parts = placed[g, p] * teams.parts[g, c]
                        for j in range(cells.indptr[r], cells.indptr[r + 1]):
                            i = cell[j] + cells.offset[c]
                            if bound < 0 or bound == beat[i]:
                                count[i] += parts
    return count


@njit(cache=True)
def gather(
    cells: Cells,
    within: Within,
    sides: Teams,
    value: FloatArray,
    block: IndexArray,
    n_blocks: int,
) -> FloatArray:
    """Add up the value of the cells that a unit of a side covers from a post.

    Parameters
    ----------
    value, block : (n_cells,)
        Value of one part at each cell; the block that it counts in, -1 for none.

    Returns
    -------
    total : (n_blocks, n_sides, n_posts)
    """
    total = np.zeros((n_blocks, sides.beat.size, cells.n_posts))
    for g in range(sides.beat.size):
        for c in range(sides.block.shape[1]):
            b = sides.block[g, c]
            if b >= 0:
                for k in range(within.first[b], within.first[b + 1]):
                    i = k - within.first[b] + cells.offset[c]
                    by = value[i] * sides.parts[g, c]
                    if by == 0.0 or block[i] < 0:
                        continue
                    if sides.beat[g] < 0 or sides.beat[g] == cells.beat[i]:
                        for j in range(within.indptr[k], within.indptr[k + 1]):
                            total[block[i], g, within.post[j]] += by
    return total
