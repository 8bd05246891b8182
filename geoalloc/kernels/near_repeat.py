"""Pairs of incidents that are near in space, counted by how near in time they are."""

import numpy as np
from numba import njit, prange

from geoalloc._types import FloatArray, IndexArray

ABREAST = 16  # deals counted together, so that a pair is looked up once for them all


@njit(cache=True, parallel=True)
def pairs_in_time(
    day: FloatArray,
    start: IndexArray,
    first: IndexArray,
    second: IndexArray,
    begin: IndexArray,
    edges: FloatArray,
) -> IndexArray:
    """Count pairs by band of distance and of time, for each dealing out of the days.

    Parameters
    ----------
    day : (n_blocks, n_incidents, ABREAST)
        Days of the incidents, which stand in order of their place, as dealt out so
        many times.
    start : (n_places + 1,)
        Where the incidents of each place begin.
    first, second : (n_place_pairs,)
        Pairs of places, each pair once; a place with itself is a pair.
    begin : (n_bands + 1,)
        Where the pairs of places of each band of distance begin.
    edges : (n_edges,)
        Upper edges of the bands of time, ascending.

    Returns
    -------
    within : (n_blocks, n_bands, n_edges, ABREAST)
        Pairs of incidents that are at most so many days apart.
    """
    shape = (day.shape[0], begin.size - 1, edges.size, ABREAST)
    within = np.zeros(shape, np.int64)
    for b in prange(day.shape[0]):
        when = day[b]
        for band in range(begin.size - 1):
            number = within[b, band]
            for k in range(begin[band], begin[band + 1]):
                p, q = first[k], second[k]
                for i in range(start[p], start[p + 1]):
                    # Each pair of incidents of one place once, and none with itself.
                    low = i + 1 if p == q else start[q]
                    for j in range(low, start[q + 1]):
                        for e in range(edges.size):
                            for r in range(ABREAST):
                                apart = abs(when[i, r] - when[j, r])
                                number[e, r] += apart <= edges[e]
    return within
