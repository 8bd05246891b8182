"""Counting the points of a frame in hexes."""

import geopandas as gpd
import numpy as np

from geoalloc._types import FloatArray
from geoalloc.errors import CrsError, DataError
from geoalloc.hexes.areas import swapped
from geoalloc.hexes.grid import HexGrid


def count(
    points: gpd.GeoDataFrame, grid: HexGrid, *, weight: str | None = None
) -> gpd.GeoDataFrame:
    """Count the points of a frame in each hex.

    Parameters
    ----------
    points
        Points in any CRS. A missing or empty one is not counted, nor is one outside
        the grid.
    weight
        Column to sum; each point counts 1 if not given.

    Returns
    -------
    hexes
        A row for each hex: ``hex_id``, ``area_km2``, ``land_share``, ``incidents``
        and its polygon, EPSG:4326.

    Raises
    ------
    CrsError
        If the frame has no CRS.
    DataError
        If it has no geometry, or one that is not of points, the weight is no column of
        finite numbers, or no point is inside and most would be if swapped.
    """
    geometry = _geometry(points)
    if geometry.crs is None:
        raise CrsError("the points have no CRS: set the one they are in with set_crs")
    kinds = sorted(set(geometry[~geometry.isna()].geom_type) - {"Point"})
    if kinds:
        raise DataError(
            f"points must be of geometry type Point, got {', '.join(kinds)}: take "
            "representative points, or explode them"
        )
    weights = None if weight is None else _weights(points, weight)
    at = geometry.to_crs("EPSG:4326")
    latitude, longitude = at.y.to_numpy(), at.x.to_numpy()
    total = grid.count(latitude, longitude, weights)
    if not total.any() and swapped(latitude, longitude, grid.area):
        raise DataError(
            f"none of the {len(points)} points is in the area, but most would be with "
            "latitude and longitude swapped: swap them"
        )
    return grid.frame(incidents=total)


def _geometry(points: gpd.GeoDataFrame) -> gpd.GeoSeries:
    if not isinstance(points, gpd.GeoDataFrame):
        raise DataError(
            f"points must be a GeoDataFrame, got a {type(points).__name__}: make one "
            "with points_from_xy"
        )
    try:
        return points.geometry
    except AttributeError:
        raise DataError(
            "the points have no geometry: set one with set_geometry"
        ) from None


def _weights(points: gpd.GeoDataFrame, column: str) -> FloatArray:
    if column not in points.columns:
        raise DataError(
            f"there is no column {column!r} to weigh by, only "
            f"{', '.join(map(str, points.columns))}"
        )
    try:
        weights = points[column].to_numpy(np.float64)
    except (TypeError, ValueError):
        raise DataError(f"column {column!r} is not of numbers") from None
    bad = np.flatnonzero(~np.isfinite(weights))
    if bad.size:
        raise DataError(
            f"{column} is nan or infinite in {bad.size} of {weights.size} rows, first "
            f"{points.index[bad[0]]}"
        )
    return weights
