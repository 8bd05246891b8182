"""Which steps between neighboring hexes can be driven: rivers and bridges."""

import math

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.hexes import HexGrid


def crossable(
    grid: HexGrid, rivers: gpd.GeoDataFrame, bridges: gpd.GeoDataFrame
) -> BoolArray:
    """Find which steps between neighboring hexes can be driven.

    A step is the straight line between two hex centers. One that crosses a
    river is closed, unless its crossing is within one hex spacing of a bridge:
    a hex is no finer than that.

    Parameters
    ----------
    rivers, bridges
        Lines and points, EPSG:4326.

    Returns
    -------
    open_steps : (n_hexes, 6)
        True also where there is no neighbor; symmetric.
    """
    around = grid.neighbors
    is_open = np.ones(around.shape, dtype=bool)
    if rivers.empty:
        return is_open
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    lines = _transform(rivers.geometry.to_numpy(), to_metres)
    points = _transform(bridges.geometry.to_numpy(), to_metres)
    spacing = float(np.sqrt(grid.area_km2.mean() * 2e6 / math.sqrt(3.0)))

    here, k = np.nonzero(around > np.arange(len(grid))[:, None])  # each step once
    there = around[here, k]
    ends = np.stack(
        [
            np.stack([grid.x_m[here], grid.y_m[here]], axis=1),
            np.stack([grid.x_m[there], grid.y_m[there]], axis=1),
        ],
        axis=1,
    )
    paths_m = shapely.linestrings(ends)
    tree = shapely.STRtree(paths_m)
    river, step = tree.query(lines, predicate="intersects")
    crossing = shapely.intersection(paths_m[step], lines[river])
    if points.size:
        near = shapely.dwithin(
            crossing, shapely.multipoints(shapely.get_coordinates(points)), spacing
        )
        step = step[~near]
    closed = np.zeros(here.size, dtype=bool)
    closed[step] = True
    is_open[here[closed], k[closed]] = False
    return is_open & _reversed(is_open, around)


def _transform(geometry: object, to_metres: pyproj.Transformer) -> np.ndarray:
    def project(points: FloatArray) -> FloatArray:
        x, y = to_metres.transform(points[:, 0], points[:, 1])
        return np.stack([x, y], axis=1)

    return np.atleast_1d(shapely.transform(geometry, project))


def _reversed(is_open: BoolArray, around: IndexArray) -> BoolArray:
    """Whether the step back is open: closing one way closes both."""
    back = np.ones_like(is_open)
    here, k = np.nonzero(~is_open)
    there = around[here, k]
    returning = np.argmax(around[there] == here[:, None], axis=1)
    back[there, returning] = False
    return back
