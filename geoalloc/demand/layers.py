"""Surfaces of demand that the incident file does not hold."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import shapely

from geoalloc import hotspots
from geoalloc._types import FloatArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid

_STEP_M = 25.0  # a line is laid on hexes in pieces of at most this length


def population_surface(
    grid: HexGrid, places: gpd.GeoDataFrame, *, least_km: float = 1.0
) -> FloatArray:
    """Spread the population of places over hexes by quartic kernels, (n_hexes,).

    Parameters
    ----------
    places
        ``population``, ``spread_km`` (radius of the built-up area) and points.

    Returns
    -------
    share
        Of the population, summing to 1; even over the land if no place has any.
    """
    people = places[places["population"] > 0].to_crs(grid.crs)
    surface = np.zeros(len(grid))
    for place in people.itertuples():
        squared = (grid.x_m - place.geometry.x) ** 2
        squared += (grid.y_m - place.geometry.y) ** 2
        radius = 1000.0 * max(place.spread_km, least_km)
        kernel = grid.land_km2 * np.maximum(1.0 - squared / radius**2, 0.0) ** 2
        if kernel.sum() > 0:
            surface += place.population * kernel / kernel.sum()
    total = surface.sum()
    return surface / total if total > 0 else grid.land_km2 / grid.land_km2.sum()


def roads_surface(
    grid: HexGrid,
    roads: gpd.GeoDataFrame,
    *,
    class_column: str | None = None,
    class_weights: Mapping[str, float] | None = None,
) -> FloatArray:
    """Share the length of roads out over hexes, (n_hexes,), summing to 1.

    Lines are cut into pieces of at most 25 m, each of which counts where its middle
    lies.

    Parameters
    ----------
    roads
        Lines, in any CRS.
    class_column, class_weights
        Column with the class of each line, and what a kilometre of each class counts;
        one that is not named counts nothing. Without weights every kilometre counts 1.

    Raises
    ------
    DataError
        If the column is missing, a weight is negative, or no road that counts lies in
        the area.
    """
    weight = _class_weights(roads, class_column, class_weights)
    lines = roads.geometry.to_crs(grid.crs).to_numpy()
    used = (weight > 0) & ~shapely.is_missing(lines)
    parts, of = shapely.get_parts(lines[used], return_index=True)
    lined = shapely.get_dimensions(parts) == 1
    parts, of = shapely.segmentize(parts[lined], _STEP_M), of[lined]
    corner, line = shapely.get_coordinates(parts, return_index=True)
    same = line[1:] == line[:-1]
    length = np.hypot(*np.diff(corner, axis=0).T)[same]
    middle = ((corner[1:] + corner[:-1]) / 2.0)[same]
    at = gpd.GeoSeries(gpd.points_from_xy(*middle.T), crs=grid.crs).to_crs("EPSG:4326")
    position = grid.locate(at.y.to_numpy(), at.x.to_numpy())
    inside = position >= 0
    counted = length * weight[used][of][line[1:][same]]
    surface = np.bincount(
        position[inside], counted[inside], minlength=len(grid)
    ).astype(np.float64)
    if surface.sum() <= 0:
        raise DataError(
            "no road that counts lies in the area: check its boundary, the CRS of the "
            "roads and the weights of their classes"
        )
    return surface / surface.sum()


def _class_weights(
    roads: gpd.GeoDataFrame,
    column: str | None,
    weights: Mapping[str, float] | None,
) -> FloatArray:
    if not weights:
        return np.ones(len(roads))
    if column is None or column not in roads.columns:
        raise DataError(
            f"the roads have no column {column!r} of their class: there are "
            f"{', '.join(map(str, roads.columns))}"
        )
    if not all(weight >= 0 for weight in weights.values()):
        raise DataError(f"weights of road classes must be at least 0, got {weights}")
    found = roads[column].map(dict(weights)).fillna(0.0)
    return found.to_numpy(dtype=np.float64)


def points_surface(
    grid: HexGrid, points: gpd.GeoDataFrame, *, bandwidth_m: float
) -> FloatArray:
    """Spread points over hexes by a quartic kernel, (n_hexes,), summing to 1.

    Parameters
    ----------
    points
        Points in any CRS; those outside of the area are left out.
    bandwidth_m
        Radius of the kernel.

    Raises
    ------
    DataError
        If no point lies in the area.
    """
    geometry = points.geometry
    there = ~(geometry.isna() | geometry.is_empty).to_numpy()
    degrees = geometry[there].to_crs("EPSG:4326")
    inside = grid.locate(degrees.y.to_numpy(), degrees.x.to_numpy()) >= 0
    if not inside.any():
        raise DataError(
            f"none of {len(points)} points lies in the area: check its boundary and "
            "the CRS of the points"
        )
    metres = geometry[there][inside].to_crs(grid.crs)
    spots = hotspots.collapse(metres.x.to_numpy(), metres.y.to_numpy())
    found = hotspots.density(grid, spots, np.ones(len(metres)), bandwidth_m=bandwidth_m)
    return found.expected / found.expected.sum()


def recorded_surface(
    expected: Mapping[str, FloatArray], categories: tuple[str, ...] = ()
) -> FloatArray | None:
    """Add up the calls expected of recorded categories as shares, (n_hexes,).

    Parameters
    ----------
    expected : each (n_hexes,)
        Calls by category.
    categories
        Those that count; all if empty.

    Returns
    -------
    share
        Summing to 1; None if no call of these categories is expected.
    """
    counted = [calls for name, calls in expected.items() if name in categories]
    total = sum(counted if categories else expected.values(), np.zeros(1))
    return total / total.sum() if total.sum() > 0 else None
