"""Cells joined into one outline, whole across the antimeridian and at a pole."""

import h3.api.numpy_int as h3int
import numpy as np
import shapely
from shapely.affinity import translate
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from geoalloc._types import FloatArray, IdArray
from geoalloc.errors import DataError
from geoalloc.hexes import areas, cells

_GRID = 1e-9  # degrees, 0.1 mm: corners that cells share fall together there


def dissolve(hex_id: IdArray) -> BaseGeometry:
    """Join H3 cells into one multipolygon, EPSG:4326; shared edges vanish exactly.

    Across the antimeridian it is continuous: longitudes go beyond 180 or -180, to the
    side on which the middle of the cells lies (of the cells of a grid,
    ``HexGrid.dissolve`` keeps to the side of its polygons). What goes all around a
    pole reaches from -180 to 180.

    Parameters
    ----------
    hex_id : (n_cells,)
        H3 indexes of one resolution, each once.

    Raises
    ------
    DataError
        If one is no H3 cell or is given twice, or their resolutions differ.
    """
    ids = required(hex_id)
    if ids.size == 0:
        return MultiPolygon()
    west, east = _ends(ids)
    middle = (west.min() + east.max()) / 2.0
    if east.max() - west.min() > 180.0 or abs(middle) > 180.0:
        middle = areas.middle(west, east)
    return joined(ids, middle)


def joined(hex_id: IdArray, middle: float) -> BaseGeometry:
    """Join cells of one resolution, each laid within 180 degrees of a longitude."""
    west, east = _ends(hex_id)
    turns = np.round((middle - (west + east) / 2.0) / 360.0)
    if west.min() >= -180.0 and east.max() <= 180.0 and not turns.any():
        outline = h3int.cells_to_h3shape(hex_id.tolist(), tight=False)
        return shapely.geometry.shape(outline.__geo_interface__)
    low, high = (west + 360.0 * turns).min(), (east + 360.0 * turns).max()
    around = low < middle - 180.0 or high > middle + 180.0
    shapes = [_moved(shape, middle) for shape in cells.polygons(hex_id)]
    if around:
        shapes = [translate(s, xoff=by) for s in shapes for by in (-360.0, 0.0, 360.0)]
    whole = shapely.union_all(shapes, grid_size=_GRID)
    if around:
        whole = shapely.intersection(whole, shapely.box(-180.0, -90.0, 180.0, 90.0))
    parts = shapely.get_parts(whole)
    return MultiPolygon(parts[shapely.get_dimensions(parts) == 2].tolist())


def _moved(shape: BaseGeometry, middle: float) -> BaseGeometry:
    west, _, east, _ = shape.bounds
    turns = round((middle - (west + east) / 2.0) / 360.0)
    return translate(shape, xoff=360.0 * turns) if turns else shape


def _ends(hex_id: IdArray) -> tuple[FloatArray, FloatArray]:
    """Longitudes (n,) that cells reach to at the most, west and east."""
    latitude, longitude = cells.centers(hex_id)
    angle = cells.spacing(cells.resolution_of(hex_id))
    half = areas.Plane(0.0, 0).reach(latitude, angle)[:, 0]
    return longitude - half, longitude + half


def required(hex_id: IdArray) -> IdArray:
    """Refuse what is not a set of cells of one resolution."""
    ids = cells.required(hex_id)
    if ids.size == 0:
        return ids
    finest = cells.resolutions_of(ids)
    if finest.min() != finest.max():
        raise DataError(
            f"cells that are joined must be of one resolution, got {finest.min()} to "
            f"{finest.max()}: take parents of the finer ones"
        )
    if np.unique(ids).size < ids.size:
        raise DataError(
            f"{ids.size - np.unique(ids).size} of the {ids.size} cells to join are "
            "given more than once: give each once"
        )
    return ids
