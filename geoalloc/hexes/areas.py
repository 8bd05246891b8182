"""Areas to cover: made ready, laid out flat, and guessed where there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.affinity import translate
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from geoalloc._types import FloatArray
from geoalloc.errors import CrsError, DataError
from geoalloc.hexes import points

Area: TypeAlias = BaseGeometry | gpd.GeoSeries | gpd.GeoDataFrame

_POLAR = 80.0  # degrees; nearer to a pole a straight line of degrees is far from one
_WIDEST = 170.0  # degrees of longitude
_JUMP = 315.0  # degrees; an edge that long crosses the antimeridian instead
_STEP = 0.5  # degrees between points of an edge that is bent by a projection
_MOST_TRIED = 10_000
_SWAPPED_INSIDE, _GIVEN_INSIDE = 0.5, 0.01


@dataclass(frozen=True)
class Plane:
    """A plane in which an area is whole: no antimeridian and no pole cuts it.

    Degrees around ``middle``, or, near a pole, Lambert's equal-area plane around
    it (Snyder, 1987, Map Projections: A Working Manual, 24) on the unit sphere.

    Attributes
    ----------
    middle
        Longitude at which the plane of degrees is centered.
    pole
        1 near the north pole, -1 near the south pole, else 0.
    """

    middle: float
    pole: int

    def lay(self, longitude: FloatArray, latitude: FloatArray) -> FloatArray:
        """Coordinates (n, 2) in the plane of points in degrees."""
        if self.pole:
            colatitude = np.radians(90.0 - self.pole * latitude)
            turn = np.radians(longitude)
            radius = 2.0 * np.sin(colatitude / 2.0)
            return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=-1)
        # Adds nothing, to the bit, where the longitude is near the middle as it is.
        turns = np.round((self.middle - longitude) / 360.0)
        return np.stack([longitude + 360.0 * turns, latitude], axis=-1)

    def reach(self, latitude: FloatArray, angle: float) -> FloatArray:
        """Half the box (n, 2) that holds all points within an angle, radians."""
        if self.pole:
            colatitude = np.radians(90.0 - self.pole * latitude)
            half = angle / np.cos(np.minimum(colatitude + angle, 3.0) / 2.0)
            return np.stack([half, half], axis=-1)
        phi = np.radians(np.abs(latitude))
        sine = np.sin(angle) / np.maximum(np.cos(phi), 1e-12)
        wide = np.where(
            phi + angle >= np.pi / 2.0, np.pi, np.arcsin(np.minimum(sine, 1.0))
        )
        return np.degrees(np.stack([wide, np.full_like(wide, angle)], axis=-1))

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Longitude and latitude of a point of the plane, within 180 of 0."""
        if self.pole:
            colatitude = 2.0 * np.degrees(np.arcsin(min(np.hypot(x, y) / 2.0, 1.0)))
            return float(np.degrees(np.arctan2(y, x))), self.pole * (90.0 - colatitude)
        return (x + 180.0) % 360.0 - 180.0 if abs(x) > 180.0 else x, y


@dataclass(frozen=True, kw_only=True)
class LaidOut:
    """An area in degrees with continuous longitudes, and the same in its plane."""

    degrees: BaseGeometry
    plane: Plane
    flat: BaseGeometry


def in_degrees(area: Area) -> BaseGeometry:
    """Make one polygon or multipolygon of an area, EPSG:4326.

    Raises
    ------
    CrsError
        If a frame has no CRS.
    DataError
        If there is no area, or it is not one of polygons in degrees.
    """
    frame = isinstance(area, gpd.GeoSeries | gpd.GeoDataFrame)
    shape = _gathered(area) if frame else cast(BaseGeometry, area)
    if not isinstance(shape, BaseGeometry):
        raise DataError(
            "an area must be a polygon of shapely, or a GeoSeries or GeoDataFrame, got "
            f"{type(shape).__name__}"
        )
    if shape.is_empty:
        raise DataError(f"the area is an empty {shape.geom_type}: it must be a polygon")
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise DataError(
            f"an area must be a polygon or multipolygon, got a {shape.geom_type}"
        )
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise DataError("an area has coordinates that are nan or infinite")
    west, south, east, north = shape.bounds
    if not (-90 <= south <= north <= 90 and -540 <= west <= east <= 540):
        raise DataError(
            "an area must be in degrees (EPSG:4326), but reaches from "
            f"{west:.6g}, {south:.6g} to {east:.6g}, {north:.6g}: give a GeoSeries "
            "that has its CRS"
        )
    return shape


def _gathered(area: gpd.GeoSeries | gpd.GeoDataFrame) -> BaseGeometry:
    try:
        rows = area.geometry
    except AttributeError:
        raise DataError("the frame of the area has no geometry") from None
    if rows.crs is None:
        raise CrsError("the area has no CRS: set the one it is in with set_crs")
    rows = rows[~(rows.isna() | rows.is_empty)]
    kinds = sorted(set(rows.geom_type) - {"Polygon", "MultiPolygon"})
    if kinds:
        raise DataError(
            f"an area must be of polygons, got {', '.join(kinds)} among its "
            f"{len(rows)} rows"
        )
    shapes = rows.to_crs("EPSG:4326").to_numpy()
    # They are united in the plane in which they are whole.
    return shapes[0] if shapes.size == 1 else MultiPolygon(shapely.get_parts(shapes))


def _united(parts: npt.NDArray[np.object_]) -> BaseGeometry:
    """Join polygons, repaired where they cross themselves, into one geometry."""
    repaired = shapely.get_parts(shapely.get_parts(shapely.make_valid(parts)))
    united = shapely.union_all(repaired[shapely.get_dimensions(repaired) == 2])
    if united.is_empty:
        raise DataError("the area encloses nothing: all its corners are on a line")
    return united


def lay_out(area: BaseGeometry) -> LaidOut:
    """Lay an area out where nothing cuts it.

    An edge of 315 degrees of longitude or more goes the other way round, as it does
    for h3, but for one of all 360, which is a parallel; one of over 180 might be meant
    either way, and is refused. Parts that meet at the antimeridian are joined there.

    Parameters
    ----------
    area
        Polygon or multipolygon, EPSG:4326.

    Raises
    ------
    DataError
        If the area is wider than 170 degrees of longitude, and not around a pole, or
        an edge is of over 180 degrees, but less than 315, or it encloses nothing.
    """
    _refuse_long_edges(area)
    west, south, east, north = area.bounds
    pole = 1 if north > _POLAR else -1 if south < -_POLAR else 0
    if not pole and east - west <= _WIDEST:
        shape = area if area.is_valid else _united(shapely.get_parts(area))
        return LaidOut(degrees=shape, plane=Plane((west + east) / 2.0, 0), flat=shape)
    if pole or _winds(area):
        plane = Plane(0.0, pole or (1 if south + north > 0 else -1))
        flat = _redrawn(area, lambda ring: _bent(ring, plane))
        return LaidOut(degrees=area, plane=plane, flat=flat)
    laid = shapely.get_parts(_redrawn(area, _unwrapped))
    bounds = shapely.bounds(laid)
    at = middle(bounds[:, 0], bounds[:, 2])
    turns = np.round((at - (bounds[:, 0] + bounds[:, 2]) / 2.0) / 360.0)
    moved = [
        translate(part, xoff=360.0 * turn)
        for part, turn in zip(laid, turns, strict=True)
    ]
    shape = shapely.union_all(moved)
    west, _, east, _ = shape.bounds
    if east - west > _WIDEST:
        raise DataError(
            f"the area is {east - west:.0f} degrees of longitude wide: at most "
            f"{_WIDEST:.0f} can be covered, so cover its parts one by one"
        )
    return LaidOut(degrees=shape, plane=Plane((west + east) / 2.0, 0), flat=shape)


def _refuse_long_edges(area: BaseGeometry) -> None:
    at, ring = shapely.get_coordinates(_rings(area), return_index=True)
    # An edge at a pole is a point, whatever its longitudes.
    at_pole = (np.abs(at[1:, 1]) == 90.0) & (at[1:, 1] == at[:-1, 1])
    step = np.abs(np.diff(at[:, 0]))[(np.diff(ring) == 0) & ~at_pole]
    unclear = step[(step > 180.0) & (step < _JUMP)]
    if unclear.size:
        raise DataError(
            f"an edge of the area is {unclear.max():.0f} degrees of longitude wide: at "
            f"most {_WIDEST:.0f} can be covered, so cover its parts one by one, or "
            "write its longitudes beyond 180 if it crosses the antimeridian"
        )


def _rings(area: BaseGeometry) -> npt.NDArray[np.object_]:
    return shapely.get_rings(shapely.get_parts(area))


def _winds(area: BaseGeometry) -> bool:
    """Tell whether a ring goes around a pole."""
    outer = [shapely.get_coordinates(p.exterior) for p in shapely.get_parts(area)]
    ends = [_unwrapped(ring)[[0, -1], 0] for ring in outer]
    return any(abs(last - first) > 180.0 for first, last in ends)


def _unwrapped(ring: FloatArray) -> FloatArray:
    step = np.diff(ring[:, 0])
    around = (np.abs(step) > 180.0) & (np.abs(step) < 360.0)
    laid = ring.copy()
    laid[1:, 0] -= 360.0 * np.cumsum(np.sign(step) * around)
    return laid


def _bent(ring: FloatArray, plane: Plane) -> FloatArray:
    dense = shapely.segmentize(shapely.LineString(_unwrapped(ring)), _STEP)
    bent = plane.lay(*shapely.get_coordinates(dense).T)
    bent[-1] = bent[0]
    return bent


def _redrawn(
    area: BaseGeometry, draw: Callable[[FloatArray], FloatArray]
) -> BaseGeometry:
    drawn = [
        shapely.Polygon(
            draw(shapely.get_coordinates(part.exterior)),
            [draw(shapely.get_coordinates(ring)) for ring in part.interiors],
        )
        for part in shapely.get_parts(area)
    ]
    return _united(np.array(drawn, dtype=object))


def middle(west: FloatArray, east: FloatArray) -> float:
    """Find the longitude opposite to the middle of the widest gap between parts."""
    order = np.argsort(west % 360.0, kind="stable")
    begin = west[order] % 360.0
    end = np.maximum.accumulate(begin + (east - west)[order])
    gap = np.append(begin[1:], begin[0] + 360.0) - end
    widest = int(np.argmax(gap))
    return float((end[widest] + gap[widest] / 2.0) % 360.0 - 180.0)


def metric_crs(area: BaseGeometry) -> str:
    """Choose the CRS for distances: EPSG:27700 in Great Britain, else equal-area.

    The latter is Lambert's, around the middle of the area, also where that lies on
    the antimeridian or at a pole.
    """
    laid = lay_out(in_degrees(area))
    center = laid.flat.envelope.centroid
    lng, lat = laid.plane.degrees(center.x, center.y)
    ireland = lng < -5.4 and 51.3 < lat < 55.45
    france = lng > 1.45 and lat < 51.1
    if -8.7 < lng < 1.8 and 49.8 < lat < 60.9 and not (ireland or france):
        return "EPSG:27700"
    return f"+proj=laea +lat_0={lat:.4f} +lon_0={lng:.4f} +units=m +type=crs"


def swapped(latitude: FloatArray, longitude: FloatArray, area: BaseGeometry) -> bool:
    """Tell whether points miss an area because latitude and longitude are swapped.

    That is so where under 1 % of the points lie inside the area as they are given,
    and over 50 % when swapped. Of many points, 10,000 at equal steps are tried.

    Parameters
    ----------
    latitude, longitude : (n_points,)
        Degrees; what is no number is left out.
    area
        Polygon or multipolygon, EPSG:4326.

    Raises
    ------
    DataError
        If the arrays are not of numbers, one-dimensional and equally long, or the
        area cannot be covered.
    """
    latitude, longitude = points.pairs(latitude, longitude)
    known = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude))
    tried = known[:: max(known.size // _MOST_TRIED, 1)]
    if tried.size == 0:
        return False
    laid = lay_out(in_degrees(area))
    shapely.prepare(laid.flat)
    given = _share_inside(laid, latitude[tried], longitude[tried])
    turned = _share_inside(laid, longitude[tried], latitude[tried])
    return given < _GIVEN_INSIDE and turned > _SWAPPED_INSIDE


def _share_inside(laid: LaidOut, latitude: FloatArray, longitude: FloatArray) -> float:
    on_globe = (np.abs(latitude) <= 90.0) & (np.abs(longitude) <= 360.0)
    at = laid.plane.lay(longitude[on_globe], latitude[on_globe])
    inside = shapely.contains_xy(laid.flat, at[:, 0], at[:, 1])
    return float(inside.sum() / latitude.size)
