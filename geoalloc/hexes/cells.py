"""H3 cells by themselves: their names, their kin and their outlines."""

from functools import lru_cache

import h3.api.numpy_int as h3int
import numpy as np
import numpy.typing as npt
import shapely

from geoalloc._types import BoolArray, FloatArray, IdArray, IndexArray
from geoalloc.errors import DataError

# Spacing of the cells of resolution 0 in the gnomonic plane of a face (H3's
# RES0_U_GNOMONIC); each finer resolution divides it by the square root of 7.
_SPACING_0 = 0.381966011250105

# An H3 index: resolution from bit 52, base cell from bit 45, then fifteen digits of
# three bits, the coarsest first; digits that are not used are 7.
_RESOLUTION_BIT, _BASE_BIT, _DIGITS = 52, 45, 15
_CENTER, _SKIPPED = 0, 1  # the digit of the middle child; the one a pentagon lacks


def spacing(resolution: int) -> float:
    """Distance of neighboring centers in the plane of a face, unit sphere.

    On the sphere it is that at a face's center, and less elsewhere.
    """
    return float(_SPACING_0 / np.sqrt(7.0) ** resolution)


def resolution_of(hex_id: IdArray) -> int:
    """Read the resolution of cells that share one."""
    return int(hex_id[0] >> np.uint64(_RESOLUTION_BIT)) & 0xF


def resolutions_of(hex_id: IdArray) -> IndexArray:
    """Read the resolution of each cell."""
    return ((hex_id >> np.uint64(_RESOLUTION_BIT)) & np.uint64(0xF)).astype(np.int64)


def required(hex_id: npt.ArrayLike) -> IdArray:
    """Make an array of H3 cells.

    Raises
    ------
    DataError
        If they are not whole numbers in one dimension, or one is no cell.
    """
    ids = np.asarray(hex_id)
    if ids.size == 0 and ids.ndim == 1:
        return ids.astype(np.uint64)
    if ids.dtype.kind not in "ui" or ids.ndim != 1:
        raise DataError(
            f"H3 indexes must be whole numbers in one dimension, got {ids.dtype} of "
            f"shape {ids.shape}: read text with from_strings"
        )
    wrong = [i for i in ids.tolist() if i < 0 or not h3int.is_valid_cell(i)]
    if wrong:
        raise DataError(
            f"{len(wrong)} of {ids.size} H3 indexes are no cells, first {wrong[0]:x}"
        )
    return ids.astype(np.uint64)


def to_strings(hex_id: IdArray) -> list[str]:
    """Write H3 indexes as people and other programs write them."""
    return [f"{i:x}" for i in hex_id.tolist()]


def from_strings(hex_id: list[str]) -> IdArray:
    """Read H3 indexes written in hexadecimal.

    Raises
    ------
    DataError
        If a text is no H3 cell.
    """
    found = [_number(text) for text in hex_id]
    for text, number in zip(hex_id, found, strict=True):
        if not h3int.is_valid_cell(number):
            raise DataError(
                f"{text!r} is no H3 cell: it is written as 15 hexadecimal digits"
            )
    return np.array(found, dtype=np.uint64)


def _number(text: str) -> int:
    """Read a hexadecimal number; 0, which is no cell, for what is none."""
    try:
        number = int(text, 16)
    except (TypeError, ValueError):
        return 0
    return number if 0 < number < 1 << 63 else 0


def parents(hex_id: IdArray, resolution: int) -> IdArray:
    """Find the cell of a coarser resolution, from 0, that each cell belongs to.

    Raises
    ------
    DataError
        If the resolution is no whole number, or finer than that of a cell, or an
        index is no cell.
    """
    hex_id = required(hex_id)
    coarsest = resolutions_of(hex_id).min(initial=_DIGITS)
    whole = isinstance(resolution, int | np.integer)
    if not (whole and 0 <= resolution <= coarsest):
        raise DataError(
            "the resolution of parents must be a whole number from 0 to that of the "
            f"cells, {coarsest}, got {resolution!r}"
        )
    ones = np.uint64((1 << _shift(resolution)) - 1)
    kept = hex_id & ~np.uint64(0xF << _RESOLUTION_BIT)
    return kept | np.uint64(resolution << _RESOLUTION_BIT) | ones


def children(hex_id: IdArray, resolution: int) -> IdArray:
    """Find the children of cells of one resolution, in the order of their parents.

    A hexagon has seven, a pentagon six.
    """
    shift = _shift(resolution + 1)
    stem = hex_id + np.uint64(1 << _RESOLUTION_BIT) - np.uint64(7 << shift)
    digits = np.arange(7, dtype=np.uint64)
    born = stem[:, None] + (digits << np.uint64(shift))
    there = ~(pentagonal(hex_id, resolution)[:, None] & (digits == _SKIPPED))
    return born[there]


def pentagonal(hex_id: IdArray, resolution: int) -> BoolArray:
    """Tell which cells of one resolution are pentagons."""
    base = (hex_id >> np.uint64(_BASE_BIT)) & np.uint64(0x7F)
    digits = (hex_id >> np.uint64(_shift(resolution))) & np.uint64(
        (1 << 3 * resolution) - 1
    )
    return np.isin(base, _pentagonal_bases()) & (digits == _CENTER)


def centers(hex_id: IdArray) -> tuple[FloatArray, FloatArray]:
    """Latitude and longitude of cells' centers, degrees."""
    # Lists throughout: of an array that is a view, h3 would read the wrong cells.
    found = np.array(list(map(h3int.cell_to_latlng, hex_id.tolist())))
    found = found.reshape(-1, 2)
    return found[:, 0].copy(), found[:, 1].copy()


def located(latitude: FloatArray, longitude: FloatArray, resolution: int) -> IdArray:
    """Ask h3 for the cell of each point, degrees on the globe."""
    return np.fromiter(
        (
            h3int.latlng_to_cell(lat, lng, resolution)
            for lat, lng in zip(latitude.tolist(), longitude.tolist(), strict=True)
        ),
        dtype=np.uint64,
        count=latitude.size,
    )


def areas_km2(hex_id: IdArray) -> FloatArray:
    """Areas of cells on the sphere, as h3 works them out."""
    return np.array([h3int.cell_area(i, "km^2") for i in hex_id.tolist()])


def rings(hex_id: IdArray) -> list[IdArray]:
    """Cells around each cell, ascending: six, or five around a pentagon."""
    return [
        np.sort(np.asarray([c for c in h3int.grid_disk(i, 1) if c != i], np.uint64))
        for i in hex_id.tolist()
    ]


def outlines(hex_id: IdArray) -> list[FloatArray]:
    """Corners of cells as h3 lists them, each (n_corners, 2) longitude and latitude.

    A cell that crosses a face of the icosahedron has more than six.
    """
    return [np.array(h3int.cell_to_boundary(i))[:, ::-1] for i in hex_id.tolist()]


def polygons(hex_id: IdArray) -> npt.NDArray[np.object_]:
    """Outline of any H3 cells as shapely polygons, EPSG:4326.

    A cell that crosses the antimeridian is continuous: its longitudes go beyond
    180 or -180, to the side on which most of its corners lie. One that holds a pole
    reaches from end to end, and up (or down) to the pole.

    Raises
    ------
    DataError
        If an index is no H3 cell.
    """
    corners = outlines(required(hex_id))
    found = [shapely.Polygon(continuous(ring)) for ring in corners]
    return np.array(found, dtype=object)


def continuous(corners: FloatArray) -> FloatArray:
    """Lay a ring of longitudes and latitudes, not closed, out without a jump."""
    step = np.diff(corners[:, 0], append=corners[:1, 0])
    if np.abs(step).max() <= 180.0:
        return corners
    laid = corners.copy()
    laid[:, 0] = np.unwrap(corners[:, 0], period=360.0)
    closing = laid[-1, 0] + (step[-1] + 180.0) % 360.0 - 180.0
    if abs(closing - laid[0, 0]) > 180.0:
        pole = np.copysign(90.0, laid[0, 1])
        end = [[closing, laid[0, 1]], [closing, pole], [laid[0, 0], pole]]
        return np.concatenate([laid, end])
    turns = np.round((np.median(corners[:, 0]) - laid[:, 0].mean()) / 360.0)
    laid[:, 0] += 360.0 * turns
    return laid


@lru_cache(maxsize=1)
def base_cells() -> IdArray:
    """List the 122 cells of resolution 0."""
    return np.sort(np.asarray(h3int.get_res0_cells(), dtype=np.uint64))


@lru_cache(maxsize=1)
def pentagon_centers() -> tuple[FloatArray, FloatArray]:
    """Latitude and longitude of the twelve vertices of the icosahedron."""
    return centers(np.sort(np.asarray(h3int.get_pentagons(0), dtype=np.uint64)))


@lru_cache(maxsize=1)
def _pentagonal_bases() -> IdArray:
    pentagons = np.asarray(h3int.get_pentagons(0), dtype=np.uint64)
    return (pentagons >> np.uint64(_BASE_BIT)) & np.uint64(0x7F)


def _shift(resolution: int) -> int:
    """Bit at which the digit of a resolution begins."""
    return 3 * (_DIGITS - resolution)
