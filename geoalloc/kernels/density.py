"""Quartic kernel sums at points, gathered from square buckets."""

import math

import numpy as np
from numba import njit, prange

from geoalloc._types import FloatArray, IndexArray


@njit(cache=True)
def bucket(
    x: FloatArray, y: FloatArray, corner: FloatArray, side: float, shape: IndexArray
) -> tuple[IndexArray, IndexArray]:
    """Sort points by the square bucket that holds them (counting sort, stable).

    Parameters
    ----------
    x, y : (n_points,)
        Metres.
    corner : (2,)
        Least x and y.
    side
        Of a bucket, metres.
    shape : (2,)
        Buckets along y and along x.

    Returns
    -------
    start : (n_buckets + 1,)
        Where each bucket begins in ``order``; buckets run along x first.
    order : (n_points,)
        Positions of the points, bucket by bucket.
    """
    start = np.zeros(shape[0] * shape[1] + 1, np.int64)
    at = np.empty(x.size, np.int64)
    for i in range(x.size):
        row = int((y[i] - corner[1]) / side)
        column = int((x[i] - corner[0]) / side)
        at[i] = row * shape[1] + column
        start[at[i] + 1] += 1
    for k in range(1, start.size):
        start[k] += start[k - 1]
    order = np.empty(x.size, np.int64)
    following = start[:-1].copy()
    for i in range(x.size):
        order[following[at[i]]] = i
        following[at[i]] += 1
    return start, order


@njit(cache=True, parallel=True)
def quartic(
    x: FloatArray,
    y: FloatArray,
    weight: FloatArray,
    spread: FloatArray,
    start: IndexArray,
    corner: FloatArray,
    side: float,
    shape: IndexArray,
    at_x: FloatArray,
    at_y: FloatArray,
    bandwidth: float,
) -> tuple[FloatArray, FloatArray]:
    """Sum quartic kernels, and their squares, at each place asked for.

    Parameters
    ----------
    x, y, weight, spread : (n_points,)
        Points in bucket order: metres, metres, and what multiplies the kernel in
        the first sum and the squared kernel in the second.
    start, corner, side, shape
        Buckets, as from ``bucket``.
    at_x, at_y : (n_places,)
        Where to sum, metres.
    bandwidth
        Radius of the kernel, metres.

    Returns
    -------
    total, squares : (n_places,)
        Sums of ``weight K(d)`` and of ``spread K(d)^2``, where K(d) is
        (1 - d^2 / h^2)^2 within the bandwidth h.
    """
    total = np.zeros(at_x.size)
    squares = np.zeros(at_x.size)
    reach = bandwidth * bandwidth
    for j in prange(at_x.size):
        low = max(math.floor((at_x[j] - bandwidth - corner[0]) / side), 0)
        high = math.floor((at_x[j] + bandwidth - corner[0]) / side)
        high = min(high, shape[1] - 1)
        bottom = max(math.floor((at_y[j] - bandwidth - corner[1]) / side), 0)
        top = math.floor((at_y[j] + bandwidth - corner[1]) / side)
        top = min(top, shape[0] - 1)
        if low > high:
            continue
        first = 0.0
        second = 0.0
        for row in range(bottom, top + 1):
            # Buckets of one row lie together, so a row is one run of points.
            begin = start[row * shape[1] + low]
            end = start[row * shape[1] + high + 1]
            for i in range(begin, end):
                dx = x[i] - at_x[j]
                dy = y[i] - at_y[j]
                # Without a branch, which would be taken at random.
                u = max(1.0 - (dx * dx + dy * dy) / reach, 0.0)
                u *= u
                first += weight[i] * u
                second += spread[i] * u * u
        total[j] = first
        squares[j] = second
    return total, squares
