"""Closures: where a flood or an event slows units down, or lets nobody through."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyogrio
import pyogrio.errors
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc._types import BoolArray, FloatArray
from geoalloc.errors import CrsError, DataError
from geoalloc.hexes import HexGrid

__all__ = [
    "Closure",
    "around",
    "closure_notes",
    "cut_off_note",
    "hex_shares",
    "read_closed",
    "road_shares",
]

_NAMED = 5  # places that a note names
_CLOSED = 0.0


@dataclass(frozen=True, kw_only=True)
class Closure:
    """Where units drive at a share of their speed, or cannot go at all.

    Attributes
    ----------
    name
        For the notes of a plan.
    shape
        EPSG:4326.
    speed_share
        Of the speed that holds there otherwise: 0 closes, 1 changes nothing.
    highways
        Classes of road that it holds for; of all if empty. Hexes have no classes.
    """

    name: str
    shape: BaseGeometry
    speed_share: float
    highways: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.speed_share <= 1:
            raise DataError(
                f"speed_share of the closure {self.name!r} must be from 0 (closed) to "
                f"1 (free), got {self.speed_share}"
            )
        if self.shape.is_empty:
            raise DataError(f"the closure {self.name!r} has no shape: give it one")


def around(points: Sequence[tuple[float, float]], metres: float) -> BaseGeometry:
    """Return what is within so many metres of a point, or of a line through several.

    Parameters
    ----------
    points
        Longitude and latitude, degrees.

    Returns
    -------
    shape
        EPSG:4326. Its border is off by less than a metre in a thousand.
    """
    if len(points) == 1:
        return _widened(shapely.Point(points[0]), metres)
    return _widened(shapely.LineString(points), metres)


def read_closed(path: str | Path, *, metres: float = 0.0) -> BaseGeometry:
    """Read the polygons and lines of a file as one shape.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage or Shapefile, in any CRS that it names.
    metres
        By which they are widened on every side.

    Raises
    ------
    DataError
        If the file cannot be read or holds no shape.
    CrsError
        If it names no CRS.
    """
    path = Path(path)
    try:
        rows = pyogrio.read_dataframe(path, columns=[])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError):
        raise DataError(
            f"{path} cannot be read as closures: give polygons or lines as GeoJSON or "
            "GeoPackage"
        ) from None
    if not isinstance(rows, gpd.GeoDataFrame) or rows.geometry.isna().all():
        raise DataError(f"{path} has no shape: give polygons or lines to close")
    if rows.crs is None:
        raise CrsError(f"{path} names no CRS: write it in one, such as EPSG:4326")
    shape = shapely.union_all(rows.to_crs("EPSG:4326").geometry.dropna().to_numpy())
    return _widened(shape, metres) if metres > 0 else shape


def _widened(shape: BaseGeometry, metres: float) -> BaseGeometry:
    middle = shape.centroid
    local = pyproj.CRS.from_dict(
        {"proj": "aeqd", "lon_0": middle.x, "lat_0": middle.y, "datum": "WGS84"}
    )
    there = pyproj.Transformer.from_crs("EPSG:4326", local, always_xy=True)
    back = pyproj.Transformer.from_crs(local, "EPSG:4326", always_xy=True)
    wide = shapely.transform(shape, there.transform, interleaved=False).buffer(metres)
    found: BaseGeometry = shapely.transform(wide, back.transform, interleaved=False)
    return found


def hex_shares(grid: HexGrid, closures: Sequence[Closure]) -> FloatArray:
    """Find the share of their speed that units keep in each hex, (n_hexes,).

    A hex that a closure touches takes its share; of several, the least.
    """
    share = np.ones(len(grid))
    for closure in closures:
        at = _touched(grid.polygons, closure.shape)
        share[at] = np.minimum(share[at], closure.speed_share)
    return share


def road_shares(
    longitude: FloatArray,
    latitude: FloatArray,
    highway: npt.NDArray[np.object_],
    closures: Sequence[Closure],
) -> FloatArray:
    """Find the share of its speed that each step of road lines keeps.

    Parameters
    ----------
    longitude, latitude : (n_points,)
        Of all lines, one after the other; a step ends at a point and begins at the
        one before it. What is said of the first point of a line means nothing.
    highway : (n_points,)
        Class of the line.

    Returns
    -------
    share : (n_points,)
        Of several closures that touch a step, the least.
    """
    share = np.ones(longitude.size)
    if not closures or longitude.size == 0:
        return share
    at = np.stack([longitude, latitude], axis=1)
    steps = shapely.linestrings(np.stack([at[:-1], at[1:]], axis=1))
    for closure in closures:
        hit = 1 + _touched(steps, closure.shape)
        if closure.highways:
            hit = hit[np.isin(highway[hit].astype("U"), closure.highways)]
        share[hit] = np.minimum(share[hit], closure.speed_share)
    return share


def _touched(
    shapes: npt.NDArray[np.object_], closed: BaseGeometry
) -> npt.NDArray[np.int64]:
    found = shapely.STRtree(shapes).query(closed, predicate="intersects")
    return np.sort(found).astype(np.int64)


def closure_notes(
    grid: HexGrid, closures: Sequence[Closure], place: npt.NDArray[np.object_]
) -> tuple[str, ...]:
    """Say of each closure, in a sentence, what of the grid it touches.

    Parameters
    ----------
    place : (n_hexes,)
        What each hex is called.
    """
    return tuple(_sentence(grid, closure, place) for closure in closures)


def _sentence(grid: HexGrid, closure: Closure, place: npt.NDArray[np.object_]) -> str:
    at = _touched(grid.polygons, closure.shape)
    if not at.size:
        return f"The closure {closure.name!r} touches no hex, and changes nothing."
    where = f"touches {at.size:,} {'hex' if at.size == 1 else 'hexes'}, most near "
    where += _most_named(place[at])
    of = f" of roads of the class {' or '.join(closure.highways)}"
    does = "nobody drives in, out or through"
    if not math.isclose(closure.speed_share, _CLOSED):
        does = f"units drive at {closure.speed_share:.0%} of their speed"
    return f"The closure {closure.name!r}{of * bool(closure.highways)} {where}: {does}."


def _most_named(places: npt.NDArray[np.object_]) -> str:
    """Name the places that come most often, and how often."""
    names, count = np.unique(places.astype("U"), return_counts=True)
    most = np.argsort(-count, kind="stable")[:_NAMED]
    return ", ".join(f"{names[k]} ({count[k]})" for k in most)


def cut_off_note(
    place: npt.NDArray[np.object_], calls: FloatArray, lost: BoolArray
) -> str:
    """Say where calls are expected that nobody can drive to any more.

    Parameters
    ----------
    place, calls, lost : (n_hexes,)
        What each hex is called, the calls of the shift, and whether a closure alone
        puts it out of reach.
    """
    at = np.flatnonzero(lost & (calls > 0))
    if not at.size:
        return "No place with calls is cut off by the closures."
    return (
        f"The closures cut off {at.size:,} hexes with {calls[at].sum():.1f} of the "
        f"calls of the shift, most near {_most_named(place[at])}: nobody reaches them."
    )
