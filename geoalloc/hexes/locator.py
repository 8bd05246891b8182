"""Points into cells: the tables of every face that a cover has a part on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geoalloc._types import BoolArray, FloatArray, IdArray, IndexArray
from geoalloc.hexes import cells, faces, points
from geoalloc.kernels import lattice

# A point nearer than this to an edge, in cell spacings, is left to h3. Measured: at
# resolution 12 h3 is up to 1e-5 off the lattice in the middle of a face, where it finds
# distances by the arc cosine of almost 1; elsewhere, and if coarser, under 1e-6.
_TOLERANCE = 3e-5

_TILE_BITS = 5  # 32 by 32 cells to a tile, unless the directory would grow too large
_MOST_TILES = 1 << 20
_CHUNK = 1 << 16  # cells whose distances from all faces are held at once
_STEPS = np.array(faces.STEPS, dtype=np.float64)
_CORNERS = (_STEPS + np.roll(_STEPS, -1, axis=0)) / 3.0  # of the hexagon around (0, 0)


@dataclass(frozen=True, kw_only=True)
class Sites:
    """Where the cells of a cover lie on the faces.

    Attributes
    ----------
    face : (n,)
        The face whose center is nearest to the cell's.
    inner : (n,)
        Whether the cell, and the six around it, lie on that face alone.
    coordinates : (n, 2)
        Lattice row and column on that face; of inner cells only.
    """

    face: IndexArray
    inner: BoolArray
    coordinates: IndexArray


@dataclass(frozen=True, kw_only=True)
class Locator:
    """Finds the cell of a cover that holds a point; the answer is always h3's.

    Attributes
    ----------
    hex_id : (n,)
        Cells, ascending.
    numbers : (n_faces,)
        Faces that the cover has a part on; the other arrays are those that
        ``kernels.lattice.locate`` takes.
    """

    resolution: int
    hex_id: IdArray
    numbers: IndexArray
    windows: FloatArray
    directory: npt.NDArray[np.int32]
    tiles: npt.NDArray[np.int32]
    bits: int

    def locate(self, latitude: FloatArray, longitude: FloatArray) -> IndexArray:
        """Find the position of the cell that holds each point; -1 outside.

        Raises
        ------
        DataError
            If the arrays are not of numbers, one-dimensional and equally long.
        """
        latitude, longitude = points.pairs(latitude, longitude)
        own = [faces.face(int(f), self.resolution) for f in self.numbers]
        position = lattice.locate(
            latitude,
            longitude,
            np.stack([f.axes for f in own]),
            np.stack([f.borders for f in own]),
            self.windows,
            self.directory,
            self.tiles,
            self.bits,
            np.array([_TOLERANCE, _TOLERANCE * cells.spacing(self.resolution)]),
        )
        undecided = np.flatnonzero(position == lattice.UNDECIDED)
        position[undecided] = self.positions(
            cells.located(latitude[undecided], longitude[undecided], self.resolution)
        )
        return position

    def positions(self, hex_id: IdArray) -> IndexArray:
        """Find the positions of H3 indexes; -1 for one that is not in the cover."""
        return find(self.hex_id, hex_id)

    def look_up(self, face: IndexArray, coordinates: IndexArray) -> IndexArray:
        """Read the tables at lattice coordinates (n, 2) of faces (n,)."""
        window = self.windows[np.searchsorted(self.numbers, face)].astype(np.int64)
        at = coordinates - window[:, :2]
        tile, within = at >> self.bits, at & ((1 << self.bits) - 1)
        there = ((tile >= 0) & (tile < window[:, 2:4])).all(axis=1)
        position = np.full(face.size, lattice.OUTSIDE, dtype=np.int64)
        tile, within, window = tile[there], within[there], window[there]
        entry = window[:, 4] + tile[:, 0] * window[:, 3] + tile[:, 1]
        inside = (within[:, 0] << self.bits) + within[:, 1]
        position[there] = self.tiles[self.directory[entry] + inside]
        return position


@dataclass(frozen=True)
class _Entries:
    """What the tables hold at lattice coordinates (n, 2) of one face."""

    face: int
    coordinates: IndexArray
    position: IndexArray


def build(
    hex_id: IdArray, latitude: FloatArray, longitude: FloatArray
) -> tuple[Locator, Sites]:
    """Lay out the tables of a cover: cells of one resolution, ascending.

    Parameters
    ----------
    hex_id, latitude, longitude : (n,)
        Cells and their centers, degrees.
    """
    resolution = cells.resolution_of(hex_id)
    vectors = faces.unit_vectors(latitude, longitude)
    nearest, near = _faces_of(vectors, cells.spacing(resolution))
    inner = near.sum(axis=0) == 1
    coordinates = np.zeros((hex_id.size, 2), dtype=np.int64)
    entries = []
    for number in np.flatnonzero(near.any(axis=1)).tolist():
        own = faces.face(number, resolution)
        mine = np.flatnonzero(inner & near[number])
        coordinates[mine] = np.rint(own.coordinates(vectors[mine]))
        border = own.coordinates(vectors[~inner & near[number]])
        at, cell = _border_cells(own, border, resolution)
        there = np.where(cell == 0, lattice.UNDECIDED, find(hex_id, cell))
        entries.append(
            _Entries(
                number,
                np.concatenate([at, coordinates[mine]]),
                np.concatenate([there, mine]),
            )
        )
    sites = Sites(face=nearest, inner=inner, coordinates=coordinates)
    return _tables(hex_id, resolution, entries), sites


def find(hex_id: IdArray, sought: IdArray) -> IndexArray:
    """Find the positions of cells in ascending ones; -1 for one that is not there."""
    at = np.searchsorted(hex_id, sought)
    at[at == hex_id.size] = 0
    return np.where(hex_id[at] == sought, at, -1).astype(np.int64)


def _faces_of(vectors: FloatArray, spacing: float) -> tuple[IndexArray, BoolArray]:
    """Find the nearest face (n,), and which a cell and its ring may reach (20, n)."""
    nearest = np.empty(len(vectors), dtype=np.int64)
    near = np.empty((20, len(vectors)), dtype=bool)
    for begin in range(0, len(vectors), _CHUNK):
        some = slice(begin, begin + _CHUNK)
        depth = faces.centers() @ vectors[some].T
        nearest[some] = depth.argmax(axis=0)
        # Centers of faces that touch are at least 0.71 apart: a margin of one spacing
        # is 1.4 spacings of distance from the border, or less to a far face.
        near[:, some] = depth.max(axis=0) - depth < spacing
    return nearest, near


def _border_cells(
    own: faces.Face, coordinates: FloatArray, resolution: int
) -> tuple[IndexArray, IdArray]:
    """Ask h3 what cells the lattice positions at the border of a face belong to.

    A position whose hexagon has no part on the face, or too thin a one for its
    points to be decided, has the cell 0.

    Parameters
    ----------
    coordinates : (n, 2)
        Centers of cells near the border, on either side, in the face's lattice. One
        of another face stands within some per cent of a spacing from the position
        of this one's lattice at which the cell reaches over.

    Returns
    -------
    at : (m, 2)
        Positions of these.
    cell : (m,)
        H3 indexes.
    """
    at = np.unique(np.rint(coordinates), axis=0)
    hexagons = shapely.polygons(at[:, None, :] + _CORNERS)
    on_face = shapely.intersection(hexagons, shapely.Polygon(own.corners))
    # A thin strip along the border is undecided anyway; and its middle might be, too.
    wide = shapely.area(on_face) > 10 * _TOLERANCE
    middle = shapely.get_coordinates(shapely.centroid(on_face[wide]))
    cell = np.zeros(len(at), dtype=np.uint64)
    points = own.unprojected(middle)
    cell[wide] = cells.located(*faces.degrees(points), resolution)
    return at.astype(np.int64), cell


def _tables(hex_id: IdArray, resolution: int, entries: list[_Entries]) -> Locator:
    """Cut each face's part of the lattice into tiles, and keep those that hold any."""
    first = [e.coordinates.min(axis=0) for e in entries]
    span = [np.ptp(e.coordinates, axis=0) for e in entries]
    bits = _TILE_BITS
    while sum(int(np.prod((s >> bits) + 1)) for s in span) > _MOST_TILES:
        bits += 1
    windows, keys, values = [], [], []
    offset = 0
    for e, low, wide in zip(entries, first, span, strict=True):
        n_rows, n_columns = ((wide >> bits) + 1).tolist()
        at = e.coordinates - low
        tile = offset + (at[:, 0] >> bits) * n_columns + (at[:, 1] >> bits)
        within = at & ((1 << bits) - 1)
        keys.append((tile << 2 * bits) + (within[:, 0] << bits) + within[:, 1])
        values.append(e.position)
        windows.append([*low.tolist(), n_rows, n_columns, offset])
        offset += n_rows * n_columns
    key, value = np.concatenate(keys), np.concatenate(values)
    used, number = np.unique(key >> 2 * bits, return_inverse=True)
    # Tile 0 is the empty one, for all parts of the directory without a cell.
    tiles = np.full((used.size + 1) << 2 * bits, lattice.OUTSIDE, dtype=np.int32)
    tiles[((number + 1) << 2 * bits) + (key & ((1 << 2 * bits) - 1))] = value
    directory = np.zeros(offset, dtype=np.int32)
    directory[used] = (np.arange(used.size) + 1) << 2 * bits
    return Locator(
        resolution=resolution,
        hex_id=hex_id,
        numbers=np.array([e.face for e in entries]),
        windows=np.array(windows, dtype=np.float64),
        directory=directory,
        tiles=tiles,
        bits=bits,
    )
