"""Travel minutes between hexes, over the hex lattice.

A unit drives from hex to neighboring hex at the mean of their speeds. A step
that crosses a river is open only near a bridge; the sea has no hexes, so it
cannot be crossed at all.
"""

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import scipy.sparse as sp
import shapely

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.kernels import paths

__all__ = ["Speeds", "crossable", "minutes", "nearest_origin"]

# A path along lattice steps is longer than the straight line by this much, taken over
# all directions: (3 / pi) (sin 60 + (1 - cos 60) / sqrt 3).
_LATTICE_EXCESS = 3.0 / math.pi * (math.sqrt(3) / 2 + 0.5 / math.sqrt(3))
_WITHIN_HEX = 0.477  # mean distance between two points of a hexagon, in spacings
_BLOCK = 64  # origins at once: bounds the dense block that a sparse row is cut from


@dataclass(frozen=True, kw_only=True)
class Speeds:
    """How fast units drive without blue lights.

    Attributes
    ----------
    urban_kmh, rural_kmh
        Mean door-to-door speeds along the road.
    detour
        Length by road over the straight line.
    setting_off_min
        Minutes from being sent to being on the move.
    """

    urban_kmh: float
    rural_kmh: float
    detour: float
    setting_off_min: float

    def __post_init__(self) -> None:
        for name in ("urban_kmh", "rural_kmh"):
            if not getattr(self, name) > 0:
                raise DataError(f"{name} must be above 0, got {getattr(self, name)}")
        if self.detour < 1:
            raise DataError(f"detour must be at least 1, got {self.detour}")
        if self.setting_off_min < 0:
            raise DataError(
                f"setting_off_min must be at least 0, got {self.setting_off_min}"
            )


def minutes(
    grid: HexGrid,
    origins: IndexArray,
    *,
    urban: BoolArray,
    open_steps: BoolArray,
    speeds: Speeds,
    reach_min: float,
) -> sp.csr_array:
    """Find the routine-speed minutes from each origin to each hex within a reach.

    Parameters
    ----------
    origins : (n_origins,)
        Positions of hexes.
    urban : (n_hexes,)
        Where the urban speed holds.
    open_steps : (n_hexes, 6)
        Which steps to a neighbor can be driven, as from ``crossable``.
    reach_min
        Longer journeys are left out.

    Returns
    -------
    travel_min : (n_origins, n_hexes), sparse, float32
        An absent entry is out of reach. No entry is 0.

    Raises
    ------
    DataError
        If ``reach_min`` is not above 0.
    """
    if not reach_min > 0:
        raise DataError(f"reach_min must be above 0, got {reach_min}")
    steps, within = _step_minutes(grid, urban, open_steps, speeds)
    driving = reach_min - speeds.setting_off_min
    rows: list[sp.csr_array] = []
    for begin in range(0, origins.size, _BLOCK):
        block = origins[begin : begin + _BLOCK]
        least = paths.shortest(block, grid.neighbors, steps, driving)
        least[np.arange(block.size), block] = within[block]
        reached = np.isfinite(least)
        start = np.concatenate([[0], np.cumsum(reached.sum(axis=1))])
        value = (least[reached] + speeds.setting_off_min).astype(np.float32)
        column = np.flatnonzero(reached) % len(grid)
        rows.append(sp.csr_array((value, column, start), shape=least.shape))
    if not rows:
        return sp.csr_array((0, len(grid)), dtype=np.float32)
    return sp.csr_array(sp.vstack(rows, format="csr"))


def _step_minutes(
    grid: HexGrid, urban: BoolArray, open_steps: BoolArray, speeds: Speeds
) -> tuple[FloatArray, FloatArray]:
    """Minutes of each step, inf where closed, and of a journey within each hex."""
    around = grid.neighbors
    apart_km = (
        np.hypot(
            grid.x_m[around] - grid.x_m[:, None], grid.y_m[around] - grid.y_m[:, None]
        )
        / 1000.0
    )
    pace = 60.0 / np.where(urban, speeds.urban_kmh, speeds.rural_kmh)
    mean_pace = (pace[:, None] + pace[around]) / 2.0
    by_road = speeds.detour / _LATTICE_EXCESS
    steps = np.where((around >= 0) & open_steps, apart_km * by_road * mean_pace, np.inf)
    spacing_km = np.sqrt(grid.area_km2 * 2.0 / math.sqrt(3.0))
    return steps, _WITHIN_HEX * spacing_km * speeds.detour * pace


def nearest_origin(travel_min: sp.csr_array) -> IndexArray:
    """Find the origin that is nearest in time to each hex: (n_hexes,), -1 for none.

    Of origins that tie, the first.
    """
    by_hex = travel_min.tocoo()
    order = np.lexsort((by_hex.row, by_hex.data, by_hex.col))
    hexes, first = np.unique(by_hex.col[order], return_index=True)
    nearest = np.full(travel_min.shape[1], -1, dtype=np.int64)
    nearest[hexes] = by_hex.row[order][first]
    return nearest


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
