"""Travel minutes between hexes, over the roads of a network."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.travel import times
from geoalloc.travel.network import Network, RoadSpeeds
from geoalloc.travel.times import Journeys, TravelTimes

_DENSE = 16_000_000  # distances at once, 128 MB: bounds the block of origins
_NAMED = 5  # places that a note names
_AWAY_FROM_ROADS = 1.3  # length of the way to a road over the straight line, assumed


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapped:
    """Where each hex joins the network.

    Attributes
    ----------
    node : (n_hexes,)
        The nearest node that a journey can end at, -1 where none is near.
    access_min : (n_hexes,)
        Minutes between the center of the hex and that node.
    """

    node: IndexArray
    access_min: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class RoadGraph(TravelTimes):
    """Travel times over roads, by Dijkstra's algorithm.

    A hex is at the node nearest to its center, if one is within ``snap_km``, and
    as many minutes from it as the way there takes. Turns may not be barred.

    Attributes
    ----------
    network
        As from ``network.build``.
    speeds
        How fast units drive. Classes and the share of a limit are those that the
        network was built with.
    snap_km
        Farthest straight distance from the center of a hex to a road.
    access_kmh
        Speed between the center of a hex and its node.
    place : (n_hexes,)
        What each hex is called, to name those without a road; they are only
        counted if not given.
    """

    network: Network
    speeds: RoadSpeeds
    snap_km: float = 1.0
    access_kmh: float = 20.0
    place: npt.NDArray[np.object_] | None = None

    def __post_init__(self) -> None:
        for name in ("snap_km", "access_kmh"):
            if not 0 < getattr(self, name) < np.inf:
                raise DataError(f"{name} must be above 0, got {getattr(self, name)}")

    def journeys(
        self,
        grid: HexGrid,
        origins: IndexArray,
        *,
        reach_min: float,
        hour: int | None = None,
    ) -> Journeys:
        """Find the routine-speed minutes over the roads: as ``TravelTimes``.

        Raises
        ------
        DataError
            If no hex has a road near, there is not a place for each, an origin is no
            hex, the reach is not above 0, or the hour is none of the day.
        """
        times.require_request(grid, origins, reach_min)
        if self.place is not None and self.place.shape != (len(grid),):
            raise DataError(
                f"place has shape {self.place.shape}, but the grid has {len(grid)} "
                "hexes: give one name for each"
            )
        factor = times.factor_at(self.speeds.time_factor, hour)
        at = self.snapped(grid)
        search = _Search(
            graph=self.network.minutes(self.speeds),
            at=at,
            within_min=self._access_min(times.within_km(grid)),
            factor=factor,
            driving_min=(reach_min - self.speeds.setting_off_min) / factor,
            setting_off_min=self.speeds.setting_off_min,
        )
        return Journeys(
            travel_min=search.table(origins),
            source=f"roads of {self.network.source}",
            notes=(*self.network.notes, *self._off_road(grid, at)),
        )

    def snapped(self, grid: HexGrid) -> Snapped:
        """Find the node of each hex.

        Raises
        ------
        DataError
            If no hex has one: the network is of another area.
        """
        to_metres = pyproj.Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
        stops = np.flatnonzero(self.network.stops)
        x, y = to_metres.transform(
            self.network.longitude[stops], self.network.latitude[stops]
        )
        tree = cKDTree(np.stack([x, y], axis=1))
        away_m, nearest = tree.query(np.stack([grid.x_m, grid.y_m], axis=1))
        near = away_m <= 1000.0 * self.snap_km
        if not near.any():
            raise DataError(
                f"road file {self.network.source} has no road within "
                f"{self.snap_km:g} km of any of {len(grid)} hexes; give the roads of "
                "this area"
            )
        access = np.where(near, self._access_min(away_m / 1000.0), np.inf)
        return Snapped(node=np.where(near, stops[nearest], -1), access_min=access)

    def _access_min(self, km: FloatArray) -> FloatArray:
        return 60.0 * _AWAY_FROM_ROADS * km / (self.access_kmh * self.speeds.factor)

    def _off_road(self, grid: HexGrid, at: Snapped) -> tuple[str, ...]:
        off = np.flatnonzero(at.node < 0)
        if not off.size:
            return ()
        if self.place is None:
            where = (
                f"first at latitude {grid.latitude[off[0]]:.4f}, longitude "
                f"{grid.longitude[off[0]]:.4f}"
            )
        else:
            names, count = np.unique(self.place[off].astype("U"), return_counts=True)
            most = np.argsort(-count, kind="stable")[:_NAMED]
            where = "most near " + ", ".join(f"{names[k]} ({count[k]})" for k in most)
        return (
            f"{off.size:,} of {len(grid):,} hexes have no road within "
            f"{self.snap_km:g} km and are out of reach, {where}.",
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Search:
    """A graph, where hexes join it, and how far a search goes."""

    graph: sp.csr_array
    at: Snapped
    within_min: FloatArray
    factor: float
    driving_min: float
    setting_off_min: float

    def table(self, origins: IndexArray) -> sp.csr_array:
        """Search from blocks of origins, so that memory does not grow with them."""
        n_hexes = self.at.node.size
        block = max(1, _DENSE // max(self.graph.shape[0], n_hexes))
        tables = [
            self._rows(origins[begin : begin + block])
            for begin in range(0, origins.size, block)
        ]
        if not tables:
            return sp.csr_array((origins.size, n_hexes), dtype=np.float32)
        return sp.csr_array(sp.vstack(tables, format="csr"))

    def _rows(self, origins: IndexArray) -> sp.csr_array:
        node, access = self.at.node, self.at.access_min
        least = np.full((origins.size, node.size), np.inf)
        on_road = np.flatnonzero(node[origins] >= 0)
        if on_road.size:
            starts, row = np.unique(node[origins[on_road]], return_inverse=True)
            limit = max(self.driving_min, 0.0)
            found = dijkstra(self.graph, indices=starts, limit=limit)
            hexes = np.flatnonzero(node >= 0)
            between = found[row][:, node[hexes]]
            between += access[origins[on_road]][:, None] + access[hexes]
            between[between > self.driving_min] = np.inf
            least[np.ix_(on_road, hexes)] = between
            least[on_road, origins[on_road]] = self.within_min[origins[on_road]]
        row, column = np.nonzero(np.isfinite(least))
        value = least[row, column] * self.factor + self.setting_off_min
        value = np.maximum(value, times.LEAST_MIN).astype(np.float32)
        return sp.csr_array((value, (row, column)), shape=least.shape)
