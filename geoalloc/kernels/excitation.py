"""Incidents near and before others, and the weights by which they draw them."""

import numpy as np
from numba import njit

from geoalloc._types import FloatArray, IndexArray


@njit(cache=True, nogil=True)
def around(neighbors: IndexArray, n_rings: int) -> IndexArray:
    """List the hexes around each: itself, then ring by ring.

    Parameters
    ----------
    neighbors : (n_hexes, 6)
        Positions; -1 for none.
    n_rings
        Rings around each hex.

    Returns
    -------
    near : (n_hexes, 1 + 3 * n_rings * (n_rings + 1))
        Positions; the ring k takes the places from 1 + 3k(k - 1); -1 for none.
    """
    n_hexes = neighbors.shape[0]
    near = np.full((n_hexes, 1 + 3 * n_rings * (n_rings + 1)), -1)
    seen = np.full(n_hexes, -1)
    for i in range(n_hexes):
        near[i, 0] = i
        seen[i] = i
        inner = 0
        for ring in range(1, n_rings + 1):
            begin = 1 + 3 * ring * (ring - 1)
            at = begin
            for m in range(inner, begin):
                here = near[i, m]
                if here < 0:
                    continue
                for k in range(6):
                    there = neighbors[here, k]
                    # A pentagon or an edge has fewer; where the way leads around a
                    # hole there might be more, which are left out.
                    if there >= 0 and seen[there] != i and at < begin + 6 * ring:
                        seen[there] = i
                        near[i, at] = there
                        at += 1
            inner = begin
    return near


@njit(cache=True, nogil=True)
def before(
    begin: int,
    end: int,
    hexes: IndexArray,
    steps: IndexArray,
    near: IndexArray,
    start: IndexArray,
    cell_step: IndexArray,
    cell_count: FloatArray,
    lag_of: IndexArray,
    sums: FloatArray,
) -> None:
    """Add up what happened near and before each of some targets, into ``sums``.

    Parameters
    ----------
    begin, end
        Targets to work on.
    hexes, steps : (n_targets,)
        Position and step of each.
    near : (n_hexes, n_around)
        What is around each hex, as from ``around``.
    start : (n_hexes + 1,)
        Where the cells of each hex begin.
    cell_step, cell_count : (n_cells,)
        Steps in which something happened in a hex, ascending, and how much.
    lag_of : (1 + longest lag,)
        Class of each lag in steps; the first, of lag 0, is not used.
    sums : (n_targets, n_rings + 1, n_lags)
        Zeros, which are added to.
    """
    longest = lag_of.size - 1
    n_around = near.shape[1]
    for i in range(begin, end):
        ring, last = 0, 1
        for m in range(n_around):
            if m == last:
                ring += 1
                last += 6 * ring
            there = near[hexes[i], m]
            if there < 0:
                continue
            low, high = start[there], start[there + 1]
            # The last cell before the step, then back in time.
            while low < high:
                middle = (low + high) // 2
                if cell_step[middle] < steps[i]:
                    low = middle + 1
                else:
                    high = middle
            at = low - 1
            while at >= start[there] and steps[i] - cell_step[at] <= longest:
                sums[i, ring, lag_of[steps[i] - cell_step[at]]] += cell_count[at]
                at -= 1


@njit(cache=True, nogil=True)
def weights(
    parts: FloatArray,
    count: FloatArray,
    start: FloatArray,
    least_change: float,
    most_steps: int,
) -> FloatArray:
    """Weigh parts of which a density is mixed, by expectation and maximization.

    Parameters
    ----------
    parts : (n_targets, n_parts)
        Density of each part at each target; above 0 somewhere in every row.
    count : (n_targets,)
        Incidents at each.
    start : (n_parts,)
        Weights to begin with, above 0 and summing to 1.
    least_change, most_steps
        It ends when no weight changes by more, or after so many steps.

    Returns
    -------
    weight : (n_parts,)
        Sums to 1.
    """
    n_targets, n_parts = parts.shape
    weight = start.copy()
    total = count.sum()
    gain = np.empty(n_parts)
    for _ in range(most_steps):
        gain[:] = 0.0
        for i in range(n_targets):
            mixed = 0.0
            for c in range(n_parts):
                mixed += weight[c] * parts[i, c]
            each = count[i] / mixed
            for c in range(n_parts):
                gain[c] += each * parts[i, c]
        change = 0.0
        for c in range(n_parts):
            better = weight[c] * gain[c] / total
            change = max(change, abs(better - weight[c]))
            weight[c] = better
        if change < least_change:
            break
    return weight
