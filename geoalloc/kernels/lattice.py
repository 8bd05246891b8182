"""Bin points into the hexagonal lattice of an H3 resolution on one face."""

import math

import numpy as np
from numba import njit, prange

from geoalloc._types import FloatArray, IndexArray

_RADIANS = math.pi / 180.0


UNDECIDED = -2


@njit(cache=True, parallel=True)
def locate(
    latitude: FloatArray,
    longitude: FloatArray,
    frame: FloatArray,
    inverse: FloatArray,
    origin: IndexArray,
    table: IndexArray,
    tolerance: float,
) -> IndexArray:
    """Find the cell whose center is nearest to each point.

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
    origin : (2,)
        Lattice row and column of the corner of the table.
    table : (n_rows, n_columns)
        Position of the cell at a row and column, -1 where there is none.
    tolerance
        A point nearer than this (in cell spacings) to an edge is undecided.

    Returns
    -------
    position : (n_points,)
        As in the table, -1 off it; ``UNDECIDED`` for a point that is near an edge,
        no point on the globe, or not on the face's hemisphere.
    """
    position = np.full(latitude.size, UNDECIDED, np.int64)
    for n in prange(latitude.size):
        if not (abs(latitude[n]) <= 90.0 and abs(longitude[n]) <= 360.0):
            continue  # nan, too
        phi = latitude[n] * _RADIANS
        lam = longitude[n] * _RADIANS
        x = math.cos(phi) * math.cos(lam)
        y = math.cos(phi) * math.sin(lam)
        z = math.sin(phi)
        depth = x * frame[0, 0] + y * frame[0, 1] + z * frame[0, 2]
        if not depth > 0.5:  # a face reaches to 37.4 degrees
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
        # Centers are 1 apart, or the square root of 3: the distance to the edge
        # between the two is at least (second - best) / (2 sqrt 3).
        if second - best > 4.0 * tolerance:
            row = np.int64(best_a) - origin[0]
            column = np.int64(best_b) - origin[1]
            if 0 <= row < table.shape[0] and 0 <= column < table.shape[1]:
                position[n] = table[row, column]
            else:
                position[n] = -1
    return position
