"""What a hex or a spot is called: district, home beat, urban or rural, place name."""

import re
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy.spatial import KDTree

from geoalloc._types import BoolArray, FloatArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import CrsError, DataError
from geoalloc.hexes import HexGrid
from geoalloc.schemas import HEXES, check

__all__ = [
    "grid_reference",
    "label",
    "named_points",
    "places_of",
    "references",
    "spots",
]

_COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"  # of the grid's squares, without I
_GRID = re.compile(r"^([A-HJ-Z])([A-HJ-Z]) (\d{3}) (\d{3})$")
_DEGREES = re.compile(r"^(\d+\.\d+) ([NS]), (\d+\.\d+) ([EW])$")
_AT_KM = 0.5  # nearer than this to a place's point, a spot bears its bare name


def label(
    grid: HexGrid, boundaries: Boundaries, *, urban_population: float
) -> pd.DataFrame:
    """Name every hex: the frame ``schemas.HEXES``.

    A hex belongs to the district and beat that hold its center; where its center
    is outside the area, to the nearest. It is urban if its center is within the
    built-up radius of a place whose town has ``urban_population`` people.
    """
    centers = shapely.points(grid.longitude, grid.latitude)
    frame = pd.DataFrame(
        {
            "hex_id": grid.hex_id,
            "area_km2": grid.area_km2,
            "land_share": grid.land_share,
            "district": _holding(centers, boundaries.districts),
            "home_beat": _holding(centers, boundaries.beats),
            "urban": _urban(grid, boundaries.places, urban_population),
            "place": _nearest_names(grid, boundaries),
            "grid_ref": references(grid.crs, grid.x_m, grid.y_m),
        }
    )
    text = ["district", "home_beat", "place", "grid_ref"]
    return check(frame.astype(dict.fromkeys(text, "str")), HEXES)


def _holding(centers: np.ndarray, polygons: gpd.GeoDataFrame) -> np.ndarray:
    """Name of the polygon that holds each point, or that is nearest to it."""
    tree = shapely.STRtree(polygons.geometry.to_numpy())
    at = np.full(centers.size, -1)
    point, polygon = tree.query(centers, predicate="intersects")
    # On a shared border the polygon that stands first in the file holds the point.
    at[point[::-1]] = polygon[::-1]
    outside = at < 0
    at[outside] = tree.nearest(centers[outside])
    return polygons["name"].to_numpy()[at]


def _urban(grid: HexGrid, places: gpd.GeoDataFrame, population: float) -> BoolArray:
    town_size = places.groupby("town")["population"].transform("sum")
    towns = places[(town_size >= population) & (places["spread_km"] > 0)]
    urban = np.zeros(len(grid), dtype=bool)
    for place in towns.to_crs(grid.crs).itertuples():
        away = np.hypot(grid.x_m - place.geometry.x, grid.y_m - place.geometry.y)
        urban |= away <= 1000.0 * place.spread_km
    return urban


def _nearest_names(grid: HexGrid, boundaries: Boundaries) -> np.ndarray:
    places = boundaries.places
    if places.empty:
        return _holding(
            shapely.points(grid.longitude, grid.latitude), boundaries.districts
        )
    at = places.geometry.to_crs(grid.crs)
    tree = KDTree(np.stack([at.x, at.y], axis=1))
    nearest = tree.query(np.stack([grid.x_m, grid.y_m], axis=1))[1]
    return places["name"].to_numpy()[nearest]


def named_points(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take the places that have a name: ``name`` and points.

    Raises
    ------
    CrsError
        If the places are in no CRS.
    DataError
        If they have no geometry or no column ``name``, or one of them no point.
    """
    geometry = getattr(places, "active_geometry_name", None)
    if geometry is None or [*places.columns].count(geometry) > 1:
        raise DataError(
            f"the places are a {type(places).__name__} without one geometry: give a "
            "GeoDataFrame of points"
        )
    if [*places.columns].count("name") != 1:
        raise DataError(
            "the places must have one column 'name', and theirs are "
            f"{', '.join(map(str, places.columns))}"
        )
    if places.crs is None:
        raise CrsError("the places are in no CRS: say which with set_crs")
    points = places.geometry.array
    # Of what is no point, or an empty one, x and y are nan.
    xy = np.array([shapely.get_x(points), shapely.get_y(points)])
    bad = ~np.isfinite(xy).all(axis=0)
    if bad.any():
        raise DataError(
            f"{bad.sum()} of {len(bad)} places are no point, first at row "
            f"{int(bad.argmax())}: give the middle of each, or leave it out"
        )
    bears = places["name"].notna() & (places["name"].astype("str").str.strip() != "")
    name = places["name"][bears].astype("str").array
    return gpd.GeoDataFrame({"name": name}, geometry=points[bears.to_numpy()])


def spots(
    crs: str, x_m: FloatArray, y_m: FloatArray, places: gpd.GeoDataFrame
) -> list[str]:
    """Name spots by the nearest place, such as "2.1 km NE of Frome".

    Parameters
    ----------
    x_m, y_m : (n_spots,)
        Metres in ``crs``.
    places
        ``name`` and points. With none, a spot's name is its grid reference.
    """
    at = places.geometry.to_crs(crs)
    in_reach = np.isfinite(at.x.to_numpy()) & np.isfinite(at.y.to_numpy())
    if not in_reach.any():  # not one of them is where the CRS is defined
        return references(crs, x_m, y_m)
    places, at = places[in_reach], at[in_reach]
    x, y = at.x.to_numpy(), at.y.to_numpy()
    nearest = KDTree(np.stack([x, y], axis=1)).query(np.stack([x_m, y_m], axis=1))[1]
    east, north = x_m - x[nearest], y_m - y[nearest]
    km = np.hypot(east, north) / 1000.0
    bearing = np.degrees(np.arctan2(east, north)) % 360.0
    point = np.rint(bearing / 45.0).astype(int) % len(_COMPASS)
    names = places["name"].to_numpy()[nearest]
    return [
        name if away < _AT_KM else f"{away:.1f} km {_COMPASS[k]} of {name}"
        for name, away, k in zip(names, km, point, strict=True)
    ]


def references(crs: str, x_m: FloatArray, y_m: FloatArray) -> list[str]:
    """Write spots as OS grid references, outside Great Britain in degrees."""
    if crs == "EPSG:27700":
        return [grid_reference(x, y) for x, y in zip(x_m, y_m, strict=True)]
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(x_m, y_m)
    return [_degrees(*point) for point in zip(latitude, longitude, strict=True)]


def places_of(texts: Sequence[str]) -> FloatArray:
    """Read what ``references`` wrote: where each spot is.

    Returns
    -------
    points : (n, 2)
        Longitude and latitude of the middle of the 100 m square, or as the degrees
        say; nan for a text of another form.
    """
    points = np.full((len(texts), 2), np.nan)
    squares = {k: found for k, one in enumerate(texts) if (found := _GRID.match(one))}
    if squares:
        x_m, y_m = zip(*(_middle_of(found) for found in squares.values()), strict=True)
        to_degrees = pyproj.Transformer.from_crs(27700, 4326, always_xy=True)
        points[list(squares)] = np.column_stack(to_degrees.transform(x_m, y_m))
    for k, one in enumerate(texts):
        if found := _DEGREES.match(one):
            north, east = float(found[1]), float(found[3])
            points[k] = (
                east if found[4] == "E" else -east,
                north if found[2] == "N" else -north,
            )
    return points


def _middle_of(found: re.Match[str]) -> tuple[float, float]:
    """Metres of the middle of a 100 m square of the National Grid."""
    large, small = (_LETTERS.index(letter) for letter in found.groups()[:2])
    east = (large % 5 - 2) * 5 + small % 5
    north = (3 - large // 5) * 5 + 4 - small // 5
    return (
        100_000.0 * east + 100.0 * int(found[3]) + 50.0,
        100_000.0 * north + 100.0 * int(found[4]) + 50.0,
    )


def _degrees(latitude: float, longitude: float) -> str:
    """Write a point so that no spreadsheet takes its sign for a formula."""
    north = "N" if latitude >= 0 else "S"
    east = "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.4f} {north}, {abs(longitude):.4f} {east}"


def grid_reference(x_m: float, y_m: float) -> str:
    """Write a British National Grid point as an OS reference to 100 m.

    Raises
    ------
    DataError
        If the point is off the grid.

    References
    ----------
    Ordnance Survey, "A guide to coordinate systems in Great Britain".
    """
    if not (0 <= x_m < 700_000 and 0 <= y_m < 1_300_000):
        raise DataError(f"({x_m:.0f}, {y_m:.0f}) m is off the British National Grid")
    east, north = int(x_m // 100_000), int(y_m // 100_000)
    # Two letters: a 500 km square counted from V, then a 100 km square in it.
    large = 17 - north // 5 * 5 + east // 5
    first = _LETTERS[large]
    second = _LETTERS[(4 - north % 5) * 5 + east % 5]
    easting, northing = int(x_m % 100_000) // 100, int(y_m % 100_000) // 100
    return f"{first}{second} {easting:03d} {northing:03d}"
