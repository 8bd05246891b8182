"""The product of a sparse matrix and weightings of places, and of its squares."""

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from geoalloc._types import FloatArray, IndexArray


@njit(cache=True, parallel=True)
def apply(
    parts: IndexArray,
    begin: npt.NDArray[np.uint32],
    place: npt.NDArray[np.uint32],
    share: FloatArray,
    land: FloatArray,
    mass: FloatArray,
    variance: FloatArray,
) -> FloatArray:
    """Sum the shares of places in each hex under several weightings.

    Parameters
    ----------
    parts : (n_parts + 1,)
        Hexes at which the parts begin that threads work on.
    begin : (n_hexes + 1,)
        Where the list of each hex begins. Without a sign, here and below: a position
        that might be negative takes as long to look up as all else.
    place, share : (n_listed,)
        Places near each hex, and the density of each there.
    land : (n_hexes,)
        What densities are multiplied by.
    mass, variance : (n_places, n_weightings)
        What multiplies the share, and what multiplies its square.

    Returns
    -------
    sums : (3, n_hexes, n_weightings)
        Density; density times land; and squares, times squared land.
    """
    n_weightings = mass.shape[1]
    sums = np.empty((3, land.size, n_weightings))
    for part in prange(parts.size - 1):
        for j in range(parts[part], parts[part + 1]):
            if n_weightings == 1:
                first = second = 0.0
                for k in range(begin[j], begin[j + 1]):
                    a = share[k]
                    first += a * mass[place[k], 0]
                    second += a * a * variance[place[k], 0]
                sums[0, j, 0], sums[2, j, 0] = first, second
            else:
                total, squares = sums[0, j], sums[2, j]
                total[:] = 0.0
                squares[:] = 0.0
                for k in range(begin[j], begin[j + 1]):
                    a, i = share[k], place[k]
                    for w in range(n_weightings):
                        total[w] += a * mass[i, w]
                        squares[w] += a * a * variance[i, w]
            for w in range(n_weightings):
                sums[1, j, w] = sums[0, j, w] * land[j]
                sums[2, j, w] *= land[j] * land[j]
    return sums
