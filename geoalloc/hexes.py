"""HexGrid: an H3 cover of an area as a dense lattice; the one door to h3.

H3 cells of one resolution on one icosahedron face are an exact hexagonal
lattice in that face's gnomonic plane, so a point is binned by one projection
and one rounding, and the neighbors of a cell are found by adding to its row and
column. Where that cannot be relied on (a point within ``EDGE_TOLERANCE`` of an
edge, an area that crosses a face or holds a pentagon) h3 itself is asked, so the
answer is always h3's.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import h3
import h3.api.numpy_int as h3int
import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc._types import FloatArray, IdArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.kernels import lattice

__all__ = [
    "RESOLUTIONS",
    "HexGrid",
    "cover",
    "dissolve",
    "from_strings",
    "metric_crs",
    "parents",
    "polygons",
    "to_strings",
]

RESOLUTIONS = range(5, 13)  # the cells that a patrol can use: 250 km2 to 300 m2
EDGE_TOLERANCE = 1e-6  # cell spacings; no point beyond it was ever misplaced

# Spacing of resolution 0 cells in the gnomonic plane (H3's RES0_U_GNOMONIC), and the
# turn between resolutions of odd and even number, asin(sqrt(3 / 28)).
_SPACING = 0.381966011250105
_TURN = 0.333473172251832115336090755351601070065900389
_RESIDUAL = 1e-7
_STEPS = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))  # of axes 120 deg apart


@dataclass(frozen=True)
class Lattice:
    """The plane of one face, and the two axes along which cells are counted."""

    frame: FloatArray  # (3, 3): face center and two tangent axes, unit vectors
    basis: FloatArray  # (2, 2): columns are the lattice axes in plane coordinates
    inverse: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inverse", np.linalg.inv(self.basis))

    def coordinates(self, latitude: FloatArray, longitude: FloatArray) -> FloatArray:
        """Lattice coordinates, (n, 2), of points in degrees."""
        vectors = _unit_vectors(latitude, longitude)
        plane = (vectors @ self.frame[1:].T) / (vectors @ self.frame[0])[:, None]
        return np.asarray(plane @ self.inverse.T)

    def degrees(self, coordinates: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Latitude and longitude in degrees of lattice coordinates (n, 2)."""
        plane = coordinates @ self.basis.T
        vectors = self.frame[0] + plane @ self.frame[1:]
        vectors /= np.linalg.norm(vectors, axis=1)[:, None]
        latitude = np.degrees(np.arcsin(vectors[:, 2]))
        return latitude, np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0]))


@dataclass(frozen=True, kw_only=True, eq=False)
class HexGrid:
    """An immutable cover of an area by H3 cells of one resolution.

    Everything is an array over positions 0 to n - 1, in ascending ``hex_id``.

    Attributes
    ----------
    hex_id : (n,)
        H3 indexes.
    latitude, longitude : (n,)
        Centers, degrees.
    x_m, y_m : (n,)
        Centers in ``crs``, metres.
    area_km2, land_share : (n,)
        Area of the whole cell on the sphere, and the share of it inside the area.
    cells : (n, 2)
        Lattice row and column of each cell in the dense window ``table``.
    table : (n_rows, n_columns)
        Position of the cell at a row and column, -1 where there is none. Empty
        where the cover has no lattice.
    """

    resolution: int
    area: BaseGeometry
    crs: str
    hex_id: IdArray
    latitude: FloatArray
    longitude: FloatArray
    x_m: FloatArray
    y_m: FloatArray
    area_km2: FloatArray
    land_share: FloatArray
    lattice: Lattice | None
    origin: tuple[int, int]
    cells: IndexArray
    table: IndexArray

    def __len__(self) -> int:
        return int(self.hex_id.size)

    def locate(self, latitude: FloatArray, longitude: FloatArray) -> IndexArray:
        """Find the position of the hex that holds each point; -1 outside the cover.

        Parameters
        ----------
        latitude, longitude : (n_points,)
            Degrees; what is no point on the globe (nan, too) is outside.
        """
        latitude = np.ascontiguousarray(latitude, dtype=np.float64)
        longitude = np.ascontiguousarray(longitude, dtype=np.float64)
        if self.lattice is None:
            return self._locate_by_h3(latitude, longitude)
        position = lattice.locate(
            latitude,
            longitude,
            self.lattice.frame,
            self.lattice.inverse,
            np.array(self.origin),
            self.table,
            EDGE_TOLERANCE,
        )
        undecided = np.flatnonzero(position == lattice.UNDECIDED)
        position[undecided] = self._locate_by_h3(
            latitude[undecided], longitude[undecided]
        )
        return position

    def _locate_by_h3(self, latitude: FloatArray, longitude: FloatArray) -> IndexArray:
        position = np.full(latitude.size, -1, dtype=np.int64)
        globe = np.flatnonzero((np.abs(latitude) <= 90) & (np.abs(longitude) <= 360))
        ids = np.fromiter(
            (
                h3int.latlng_to_cell(latitude[i], longitude[i], self.resolution)
                for i in globe
            ),
            dtype=np.uint64,
            count=globe.size,
        )
        position[globe] = self.positions(ids)
        return position

    def positions(self, hex_id: IdArray) -> IndexArray:
        """Find the positions of H3 indexes; -1 for one that is not in the cover."""
        at = np.searchsorted(self.hex_id, hex_id)
        at[at == len(self)] = 0
        return np.where(self.hex_id[at] == hex_id, at, -1).astype(np.int64)

    @cached_property
    def neighbors(self) -> IndexArray:
        """Positions of the six cells around each, (n, 6); -1 outside the cover."""
        if self.lattice is None:
            return self._neighbors_by_h3()
        around = np.empty((len(self), 6), dtype=np.int64)
        for k, (down, right) in enumerate(_STEPS):
            around[:, k] = _look_up(
                self.table, self.cells[:, 0] + down, self.cells[:, 1] + right
            )
        return around

    def _neighbors_by_h3(self) -> IndexArray:
        around = np.full((len(self), 6), -1, dtype=np.int64)
        for i, cell in enumerate(self.hex_id):
            ring = np.sort(np.asarray(h3int.grid_disk(cell, 1), dtype=np.uint64))
            ring = ring[ring != cell]
            around[i, : ring.size] = self.positions(ring)
        return around

    @cached_property
    def vertices(self) -> FloatArray:
        """Corners of each hex, (n, 6, 2) longitude and latitude.

        Raises
        ------
        DataError
            If the cover has no lattice: its cells may have other than six corners.
        """
        if self.lattice is None:
            raise DataError("cells that cross a face have no six corners: use polygons")
        # Corners are the centers of the six triangles around a cell.
        steps = np.array(_STEPS, dtype=np.float64)
        corners = (steps + np.roll(steps, -1, axis=0)) / 3.0
        centers = self.cells + np.array(self.origin)
        at = (centers[:, None, :] + corners[None, :, :]).reshape(-1, 2)
        latitude, longitude = self.lattice.degrees(at)
        return np.stack([longitude, latitude], axis=-1).reshape(-1, 6, 2)

    @cached_property
    def polygons(self) -> npt.NDArray[np.object_]:
        """Outline of each hex as shapely polygons, EPSG:4326."""
        if self.lattice is None:
            return polygons(self.hex_id)
        return np.asarray(shapely.polygons(self.vertices))


def cover(area: BaseGeometry, resolution: int) -> HexGrid:
    """Cover an area by every H3 cell that overlaps it.

    Parameters
    ----------
    area
        Polygon or multipolygon, EPSG:4326.
    resolution
        H3 resolution, 5 to 12.

    Raises
    ------
    DataError
        If the resolution is out of range, or the area is empty or not polygonal.
    """
    if resolution not in RESOLUTIONS:
        raise DataError(
            f"resolution must be a whole number from {RESOLUTIONS[0]} to "
            f"{RESOLUTIONS[-1]}, got {resolution}"
        )
    if area.is_empty or area.geom_type not in ("Polygon", "MultiPolygon"):
        raise DataError(f"an area must be a polygon, got an empty {area.geom_type}")
    shape = h3.geo_to_h3shape(area)
    ids = np.unique(
        np.asarray(
            h3int.h3shape_to_cells_experimental(shape, resolution, contain="overlap"),
            dtype=np.uint64,
        )
    )
    return _grid(ids, area, resolution)


def _grid(ids: IdArray, area: BaseGeometry, resolution: int) -> HexGrid:
    centers = np.array([h3int.cell_to_latlng(i) for i in ids])
    latitude, longitude = centers[:, 0].copy(), centers[:, 1].copy()
    plane = _lattice_of(latitude, longitude, resolution)
    if plane is None:
        cells, origin = np.empty((0, 2), dtype=np.int64), (0, 0)
        table = np.empty((0, 0), dtype=np.int64)
    else:
        at = np.rint(plane.coordinates(latitude, longitude)).astype(np.int64)
        low = at.min(axis=0)
        cells, origin = at - low, (int(low[0]), int(low[1]))
        table = np.full(cells.max(axis=0) + 1, -1, dtype=np.int64)
        table[cells[:, 0], cells[:, 1]] = np.arange(ids.size)
    crs = metric_crs(area)
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x_m, y_m = to_metres.transform(longitude, latitude)
    grid = HexGrid(
        resolution=resolution,
        area=area,
        crs=crs,
        hex_id=ids,
        latitude=latitude,
        longitude=longitude,
        x_m=np.asarray(x_m),
        y_m=np.asarray(y_m),
        area_km2=np.array([h3int.cell_area(i, "km^2") for i in ids]),
        land_share=np.empty(0),
        lattice=plane,
        origin=origin,
        cells=cells,
        table=table,
    )
    share = _share_inside(grid.polygons, area)
    object.__setattr__(grid, "land_share", share)
    return grid


def _look_up(table: IndexArray, row: IndexArray, column: IndexArray) -> IndexArray:
    inside = (row >= 0) & (row < table.shape[0])
    inside &= (column >= 0) & (column < table.shape[1])
    position = np.full(row.size, -1, dtype=np.int64)
    position[inside] = table[row[inside], column[inside]]
    return position


def _share_inside(polygons: npt.NDArray[np.object_], area: BaseGeometry) -> FloatArray:
    # A ratio of two areas in one small cell: degrees serve as well as metres.
    shapely.prepare(area)
    share = np.ones(polygons.size)
    cut = np.flatnonzero(~shapely.contains_properly(area, polygons))
    pieces = shapely.intersection(polygons[cut], area)
    share[cut] = shapely.area(pieces) / shapely.area(polygons[cut])
    return np.clip(share, 0.0, 1.0)


def polygons(hex_id: IdArray) -> npt.NDArray[np.object_]:
    """Outline of any H3 cells as shapely polygons, EPSG:4326."""
    rings = [[(lng, lat) for lat, lng in h3int.cell_to_boundary(i)] for i in hex_id]
    return np.array([shapely.Polygon(ring) for ring in rings], dtype=object)


def dissolve(hex_id: IdArray) -> BaseGeometry:
    """Join H3 cells into one outline, EPSG:4326; shared edges vanish exactly."""
    # A list: of an array that is a view, h3 would read the wrong cells.
    outline = h3int.cells_to_h3shape(hex_id.tolist(), tight=False)
    return shapely.geometry.shape(outline.__geo_interface__)


def _unit_vectors(latitude: FloatArray, longitude: FloatArray) -> FloatArray:
    phi, lam = np.radians(latitude), np.radians(longitude)
    flat = np.cos(phi)
    return np.stack([flat * np.cos(lam), flat * np.sin(lam), np.sin(phi)], axis=-1)


@lru_cache(maxsize=1)
def _icosahedron() -> FloatArray:
    """Find the twelve vertices, unit vectors (12, 3): pentagons of resolution 0."""
    places = np.array([h3int.cell_to_latlng(c) for c in h3int.get_pentagons(0)])
    return _unit_vectors(places[:, 0], places[:, 1])


def _lattice_of(
    latitude: FloatArray, longitude: FloatArray, resolution: int
) -> Lattice | None:
    """Lay the lattice of the one face that holds every cell; None if there is none."""
    vectors = _unit_vectors(latitude, longitude)
    corners = _icosahedron()
    near = np.argsort(-(corners @ vectors[0]), kind="stable")[:3]
    center = corners[near].sum(axis=0)
    center /= np.linalg.norm(center)
    # A cell near the border of the face may reach over it: h3 then has other corners.
    margin = 4.0 * _SPACING / math.sqrt(7.0) ** resolution
    depth = vectors @ corners.T
    third, fourth = np.sort(depth, axis=1)[:, [-3, -4]].T
    same_face = np.isin(np.argsort(-depth, axis=1)[:, :3], near).all()
    if not same_face or (third - fourth).min() < margin:
        return None
    axis = corners[near[0]] - (corners[near[0]] @ center) * center
    axis /= np.linalg.norm(axis)
    frame = np.stack([center, axis, np.cross(center, axis)])
    spacing = _SPACING / math.sqrt(7.0) ** resolution
    turns = (0.0,) if resolution % 2 == 0 else (_TURN, -_TURN)
    for turn in turns:
        found = Lattice(frame, _basis(spacing, turn))
        at = found.coordinates(latitude, longitude)
        if np.abs(at - np.rint(at)).max() < _RESIDUAL:
            return found
    return None


def _basis(spacing: float, turn: float) -> FloatArray:
    second = turn + 2.0 * math.pi / 3.0
    return spacing * np.array(
        [[math.cos(turn), math.cos(second)], [math.sin(turn), math.sin(second)]]
    )


def to_strings(hex_id: IdArray) -> list[str]:
    """Write H3 indexes as people and other programs write them."""
    return [f"{i:x}" for i in hex_id.tolist()]


def from_strings(hex_id: list[str]) -> IdArray:
    """Read H3 indexes written in hexadecimal."""
    return np.array([int(text, 16) for text in hex_id], dtype=np.uint64)


def parents(hex_id: IdArray, resolution: int) -> IdArray:
    """Find the cell of a coarser resolution that each cell belongs to."""
    unused = 15 - resolution  # trailing digits, three bits each, all set to seven
    ones = np.uint64((1 << (3 * unused)) - 1)
    kept = hex_id & ~np.uint64(0xF << 52)
    return kept | np.uint64(resolution << 52) | ones


def metric_crs(area: BaseGeometry) -> str:
    """Choose the CRS for distances: EPSG:27700 in Great Britain, else equal-area."""
    center = area.envelope.centroid
    lng, lat = center.x, center.y
    ireland = lng < -5.4 and 51.3 < lat < 55.45
    france = lng > 1.45 and lat < 51.1
    if -8.7 < lng < 1.8 and 49.8 < lat < 60.9 and not (ireland or france):
        return "EPSG:27700"
    return f"+proj=laea +lat_0={lat:.4f} +lon_0={lng:.4f} +units=m +type=crs"
