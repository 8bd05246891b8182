"""Bin points into the hexagonal lattices of an H3 resolution, one on each face.

The loop over a block has no branch and calls nothing but the polynomials below, so
that it is compiled to vector instructions; only the look-ups at its end are not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import numba
import numpy as np
import numpy.typing as npt
from numba import njit

from geoalloc._types import FloatArray, IndexArray
from geoalloc.kernels import threads

PositionArray: TypeAlias = npt.NDArray[np.int32]

OUTSIDE = -1
UNDECIDED = -2

_BLOCK = 1024  # points; their vectors stay in the first cache
_PARTS = 16  # of the points, for threads
_SMALL = 50_000  # points: fewer are not worth starting threads for
_RADIANS = np.pi / 180.0
# Adding this number to one that is small, and taking it off again, rounds the small
# one to the nearest integer.
_ROUND = 6755399441055744.0  # 1.5 * 2^52

# Taylor's series; up to 45 degrees the term left out is under 1e-17.
_S3, _S5, _S7 = -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5040.0
_S9, _S11, _S13 = 1.0 / 362880.0, -1.0 / 39916800.0, 1.0 / 6227020800.0
_S15 = -1.0 / 1307674368000.0
_C4, _C6, _C8 = 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40320.0
_C10, _C12, _C14 = -1.0 / 3628800.0, 1.0 / 479001600.0, -1.0 / 87178291200.0
_C16 = 1.0 / 20922789888000.0


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep the kernels to one thread: in a process that is one of many."""
    n_threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(n_threads)


@njit(cache=True)
def sine_cosine(degrees: float) -> tuple[float, float]:
    """Sine and cosine of an angle up to 360 degrees either way, to 2e-16."""
    quarter = (degrees * (1.0 / 90.0) + _ROUND) - _ROUND
    x = (degrees - 90.0 * quarter) * _RADIANS  # the difference is exact
    z = x * x
    odd = _S9 + z * (_S11 + z * (_S13 + z * _S15))
    s = x + x * z * (_S3 + z * (_S5 + z * (_S7 + z * odd)))
    even = _C10 + z * (_C12 + z * (_C14 + z * _C16))
    c = 1.0 - 0.5 * z + z * z * (_C4 + z * (_C6 + z * (_C8 + z * even)))
    # Quarter turns, 0 to 3, as two bits.
    half = np.floor(quarter * 0.5)
    low = quarter - 2.0 * half
    high = half - 2.0 * np.floor(half * 0.5)
    sine = c if low > 0.5 else s
    cosine = s if low > 0.5 else c
    flip = 1.0 - 2.0 * high
    return sine * flip, cosine * flip * (1.0 - 2.0 * low)


@njit(cache=True)
def _vectors(
    latitude: FloatArray,
    longitude: FloatArray,
    x: FloatArray,
    y: FloatArray,
    z: FloatArray,
    code: FloatArray,
    begin: int,
    size: int,
) -> None:
    """Write the unit vectors of points in degrees, nan for what is no such point.

    Their codes are those of points outside until a face gives them others.
    """
    for i in range(size):
        lat, lng = latitude[begin + i], longitude[begin + i]
        sin_lat, cos_lat = sine_cosine(lat)
        sin_lng, cos_lng = sine_cosine(lng)
        globe = (abs(lat) <= 90.0) & (abs(lng) <= 360.0)
        x[i] = cos_lat * cos_lng if globe else np.nan
        y[i] = cos_lat * sin_lng
        z[i] = sin_lat
        code[i] = OUTSIDE


# Dividing by 0 gives inf or nan, which are on no face, and never raises.
@njit(cache=True, error_model="numpy")
def _lattice_codes(
    x: FloatArray,
    y: FloatArray,
    z: FloatArray,
    code: FloatArray,
    size: int,
    faces: FloatArray,
    windows: FloatArray,
    f: int,
    side: float,
    tolerance: FloatArray,
) -> None:
    """Write, for points on one face, where in the directory and tile they are.

    A code is the place in the directory times the cells of a tile, plus the place in
    the tile; it is exact as a float. Those of points on other faces stay.
    """
    d0, d1, d2 = faces[f, 0, 0], faces[f, 0, 1], faces[f, 0, 2]
    a0, a1, a2 = faces[f, 1, 0], faces[f, 1, 1], faces[f, 1, 2]
    b0, b1, b2 = faces[f, 2, 0], faces[f, 2, 1], faces[f, 2, 2]
    p0, p1, p2 = faces[f, 3, 0], faces[f, 3, 1], faces[f, 3, 2]
    q0, q1, q2 = faces[f, 4, 0], faces[f, 4, 1], faces[f, 4, 2]
    r0, r1, r2 = faces[f, 5, 0], faces[f, 5, 1], faces[f, 5, 2]
    first_row, first_column = windows[f, 0], windows[f, 1]
    n_rows, n_columns, offset = windows[f, 2], windows[f, 3], windows[f, 4]
    edge, border = 1.0 - 2.0 * tolerance[0], tolerance[1]
    shrink = 1.0 / side
    for i in range(size):
        u, v, w = x[i], y[i], z[i]
        p = p0 * u + p1 * v + p2 * w
        q = q0 * u + q1 * v + q2 * w
        r = r0 * u + r1 * v + r2 * w
        within = min(min(p, q), r)
        depth = 1.0 / (d0 * u + d1 * v + d2 * w)
        a = (a0 * u + a1 * v + a2 * w) * depth
        b = (b0 * u + b1 * v + b2 * w) * depth
        # The nearest center: round all three of a, b and their difference, and make
        # the one that was rounded farthest agree with the others.
        row = (a + _ROUND) - _ROUND
        column = (b + _ROUND) - _ROUND
        third = ((a - b) + _ROUND) - _ROUND
        da, db, dc = abs(a - row), abs(b - column), abs(a - b - third)
        fix_row = (da > db) & (da > dc)
        fix_column = (da <= db) & (db > dc)
        fixed_row = column + third if fix_row else row
        fixed_column = row - third if fix_column else column
        ea, eb = a - fixed_row, b - fixed_column
        # Twice the distance from the center towards each pair of edges.
        one, two, three = abs(2.0 * ea - eb), abs(2.0 * eb - ea), abs(ea + eb)
        far = max(max(one, two), three)
        down, right = fixed_row - first_row, fixed_column - first_column
        tile_row, tile_column = np.floor(down * shrink), np.floor(right * shrink)
        tile = offset + tile_row * n_columns + tile_column
        at = (tile * side + (down - tile_row * side)) * side
        at += right - tile_column * side
        rows = (tile_row >= 0.0) & (tile_row < n_rows)
        columns = (tile_column >= 0.0) & (tile_column < n_columns)
        value = at if rows & columns else OUTSIDE
        value = value if (far < edge) & (within > border) else UNDECIDED
        code[i] = value if within > -border else code[i]


@njit(cache=True, nogil=True)
def _locate(
    latitude: FloatArray,
    longitude: FloatArray,
    faces: FloatArray,
    windows: FloatArray,
    directory: PositionArray,
    tiles: PositionArray,
    bits: int,
    tolerance: FloatArray,
    position: IndexArray,
) -> None:
    """Find the cell that holds each point, one block after another."""
    x, y, z = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK)
    code, side = np.empty(_BLOCK), float(1 << bits)
    for begin in range(0, latitude.size, _BLOCK):
        size = min(_BLOCK, latitude.size - begin)
        _vectors(latitude, longitude, x, y, z, code, begin, size)
        for f in range(faces.shape[0]):
            _lattice_codes(x, y, z, code, size, faces, windows, f, side, tolerance)
        for i in range(size):
            at = np.int64(code[i])
            if at >= 0:
                tile = directory[at >> 2 * bits]
                at = np.int64(tiles[tile + (at & ((1 << 2 * bits) - 1))])
            position[begin + i] = at


def locate(
    latitude: FloatArray,
    longitude: FloatArray,
    axes: FloatArray,
    borders: FloatArray,
    windows: FloatArray,
    directory: PositionArray,
    tiles: PositionArray,
    bits: int,
    tolerance: FloatArray,
) -> IndexArray:
    """Find the cell that holds each point.

    Parameters
    ----------
    latitude, longitude : (n_points,)
        Degrees.
    axes : (n_faces, 3, 3)
        Rows: unit vector of the face's center, and the vectors whose products with
        a point's unit vector, divided by that with the first, are its lattice row
        and column (along axes that are 120 degrees apart).
    borders : (n_faces, 3, 3)
        Rows: vectors across the face's three edges; products with a point on the
        face are positive.
    windows : (n_faces, 5)
        First lattice row and column of the face's part of the directory, its number
        of rows and of columns of tiles, and where it begins in the directory.
    directory : (n_directory,)
        Where each tile begins in ``tiles``.
    tiles : (n_tiles * 4**bits,)
        Position of the cell at a row and column of a tile; ``OUTSIDE`` where there
        is none, ``UNDECIDED`` where the lattice does not tell.
    bits
        A tile has 2**bits rows, and columns.
    tolerance : (2,)
        A point that is nearer than the first to a cell's edge, in cell spacings, or
        than the second to a face's, as a product, is undecided.

    Returns
    -------
    position : (n_points,)
        As in the tiles. ``OUTSIDE``, too, for what is no point on the globe.
    """
    position = np.empty(latitude.size, dtype=np.int64)
    faces = np.concatenate([axes, borders], axis=1)
    tables = (faces, windows, directory, tiles, bits, tolerance)
    n_parts = _PARTS if latitude.size >= _SMALL else 1
    bounds = np.linspace(0, latitude.size, n_parts + 1).astype(np.int64)

    def work(part: int) -> None:
        some = slice(bounds[part], bounds[part + 1])
        _locate(latitude[some], longitude[some], *tables, position[some])

    threads.run(work, range(n_parts))
    return position
