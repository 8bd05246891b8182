"""Bin points into the hexagonal lattice of an H3 resolution on one face."""

import math

import numpy as np
from numba import njit, prange

from geoalloc._types import FloatArray, IndexArray

_RADIANS = math.pi / 180.0


@njit(cache=True, parallel=True)
def nearest_cells(
    latitude: FloatArray,
    longitude: FloatArray,
    frame: FloatArray,
    inverse: FloatArray,
    tolerance: float,
) -> tuple[IndexArray, IndexArray]:
    """Find the lattice cell whose center is nearest to each point.

    Parameters
    ----------
    latitude, longitude : (n_points,)
        Degrees.
    frame : (3, 3)
        Rows: unit vectors of the face center and of the two axes of the tangent
        plane there.
    inverse : (2, 2)
        From plane coordinates to lattice coordinates; the two lattice axes are
        120 degrees apart.
    tolerance
        A point nearer than this (in cell spacings) to an edge is undecided.

    Returns
    -------
    row, column : (n_points,)
        Lattice coordinates; a point that is undecided, not finite, or not on
        the face's hemisphere has the smallest int64 in ``row``.
    """
    undecided = np.iinfo(np.int64).min
    row = np.empty(latitude.size, np.int64)
    column = np.empty(latitude.size, np.int64)
    for n in prange(latitude.size):
        phi = latitude[n] * _RADIANS
        lam = longitude[n] * _RADIANS
        x = math.cos(phi) * math.cos(lam)
        y = math.cos(phi) * math.sin(lam)
        z = math.sin(phi)
        depth = x * frame[0, 0] + y * frame[0, 1] + z * frame[0, 2]
        row[n] = undecided
        column[n] = 0
        if not depth > 0.5:  # also catches nan; a face reaches to 37.4 degrees
            continue
        u = (x * frame[1, 0] + y * frame[1, 1] + z * frame[1, 2]) / depth
        v = (x * frame[2, 0] + y * frame[2, 1] + z * frame[2, 2]) / depth
        a = inverse[0, 0] * u + inverse[0, 1] * v
        b = inverse[1, 0] * u + inverse[1, 1] * v
        low_a = math.floor(a)
        low_b = math.floor(b)
        best = math.inf
        second = math.inf
        best_a = 0.0
        best_b = 0.0
        # The nearest center is a corner of the unit rhombus that holds the point.
        for i in range(2):
            for j in range(2):
                da = a - (low_a + i)
                db = b - (low_b + j)
                squared = da * da + db * db - da * db
                if squared < best:
                    second = best
                    best = squared
                    best_a = low_a + i
                    best_b = low_b + j
                elif squared < second:
                    second = squared
        # (second - best) / 2 is at least the distance to the edge between the two.
        if (second - best) > 2.0 * tolerance:
            row[n] = np.int64(best_a)
            column[n] = np.int64(best_b)
    return row, column
