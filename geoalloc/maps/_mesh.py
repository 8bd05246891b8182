"""Hexes and areas as streams of small integers."""

import re
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoalloc import hexes
from geoalloc._types import FloatArray, IdArray, IndexArray
from geoalloc.hexes import cells, faces
from geoalloc.maps import _encode

_GRID_REFERENCES = re.compile(r"(?:[A-Z]{2} [0-9]{3} [0-9]{3}\n)*")
_GRID_REFERENCE_SIZE = 11  # characters, with the end of the line
_OFF_LATTICE = 1e-6  # of a cell: where h3 and the lattice are at one it is 1e-9
_STEPS = np.array(faces.STEPS)
_FINEST = 15  # resolution of H3: three bits for the digit of each
_AREA_DIGITS = 5
_TOLERANCE = 1e-4  # degrees: about 10 m, a pixel at zoom 13


def lattice(hex_id: IdArray) -> dict[str, Any]:
    """Write cells so that a page can work their corners out.

    Cells on one face of the icosahedron are an exact lattice in the plane of that
    face (``hexes.faces``): a cell is a row and a column, its corners are thirds of
    steps away, and a point of the plane is the sum of three vectors.

    Parameters
    ----------
    hex_id : (n,)
        Ascending, so that cells that follow each other lie together.

    Returns
    -------
    stream
        ``vectors`` (of row and column 0, and what a row and a column add), ``n``,
        ``middle`` (a longitude: the others are within 180 degrees of it), and ``d``,
        zigzag differences of row and column in turn. Where the cells are not on one
        face alone, what ``mesh`` writes of their outlines.
    """
    latitude, longitude = cells.centers(hex_id)
    found = _on_face(hex_id, faces.unit_vectors(latitude, longitude))
    middle = _middle(longitude)
    if found is None:
        return mesh(beside(hexes.polygons(hex_id), middle))
    face, at = found
    steps = np.diff(at, axis=0, prepend=0).ravel()
    return {
        "n": int(hex_id.size),
        "middle": round(middle, 1),
        "vectors": face.vectors.tolist(),
        "d": _encode.varints(_encode.zigzag(steps)),
    }


def _on_face(
    hex_id: IdArray, points: FloatArray
) -> tuple[faces.Face, IndexArray] | None:
    """Find the face that holds whole cells, and the row and column of each."""
    if not hex_id.size:
        return None
    number = int((faces.centers() @ points.mean(axis=0)).argmax())
    face = faces.face(number, cells.resolution_of(hex_id))
    if ((points @ face.axes[0]) <= 0).any():
        return None  # on the other side of the Earth
    exact = face.coordinates(points)
    at = np.rint(exact).astype(np.int64)
    # A cell is whole on the face where the six around it have their centers there.
    inside = face.unprojected(at.astype(np.float64)) @ face.borders.T
    step = np.abs(_STEPS @ face.vectors[1:] @ face.borders.T).max(axis=0)
    if np.abs(exact - at).max() > _OFF_LATTICE or (inside <= step).any():
        return None
    return face, at


def _middle(longitude: FloatArray) -> float:
    """Find the circular mean of longitudes."""
    turn = np.exp(1j * np.radians(longitude))
    return float(np.degrees(np.angle(turn.sum())))


def mesh(polygons: npt.NDArray[np.object_]) -> dict[str, Any]:
    """Write hexes as one stream in which each shared corner stands once.

    A hex is its number of corners, then for each corner either how far back in
    the list of corners it already stands, or 0 and two zigzag residuals
    (latitude, longitude) from where the edges of the last hex would put it.

    Parameters
    ----------
    polygons : (n,)
        Outlines in longitude and latitude.

    Returns
    -------
    stream
        ``digits`` (decimals of a degree), ``n`` and ``d``.
    """
    lengths = shapely.get_num_coordinates(polygons)
    ends = np.cumsum(lengths)
    points = shapely.get_coordinates(polygons)
    height = float(np.ptp(points[: ends[0], 1])) if ends.size else 1.0
    digits = 5 if height > 1e-3 else 7  # corners to a hundredth of a hex, or better
    corners = np.rint(points[:, ::-1] * 10.0**digits).astype(np.int64).tolist()
    known: dict[tuple[int, int], int] = {}
    edges: dict[int, tuple[int, int]] = {}
    stream: list[int] = []
    first = (0, 0)
    for start, end in zip((ends - lengths).tolist(), ends.tolist(), strict=True):
        ring = [(lat, lng) for lat, lng in corners[start : end - 1]]
        stream.append(len(ring))
        last = first
        for k, corner in enumerate(ring):
            edge = edges.get(k, (0, 0)) if k else (0, 0)
            if corner in known:
                stream.append(len(known) - known[corner])
            else:
                residual = (
                    corner[0] - last[0] - edge[0],
                    corner[1] - last[1] - edge[1],
                )
                stream += [0, *(2 * r if r >= 0 else -2 * r - 1 for r in residual)]
                known[corner] = len(known)
            if k:
                edges[k] = (corner[0] - last[0], corner[1] - last[1])
            last = corner
        first = ring[0]
    packed = _encode.varints(np.array(stream, dtype=np.int64))
    return {"digits": digits, "n": int(ends.size), "d": packed}


def lines(geometry: gpd.GeoSeries) -> dict[str, Any]:
    """Write the lines and rings of areas as zigzag differences.

    Returns
    -------
    stream
        ``digits``, ``parts`` (points in each line or ring) and ``d``: latitude
        and longitude in turn, differences running on from part to part.
    """
    simple = shapely.simplify(geometry.to_numpy(), _TOLERANCE)
    outlines = [
        shapely.boundary(one) if shapely.get_dimensions(one) == 2 else one
        for one in simple
    ]
    parts = shapely.get_parts(shapely.get_parts(np.array(outlines, dtype=object)))
    points = np.rint(shapely.get_coordinates(parts)[:, ::-1] * 10.0**_AREA_DIGITS)
    steps = np.diff(points.astype(np.int64), axis=0, prepend=0).ravel()
    counts = shapely.get_num_coordinates(parts).astype(np.int64)
    return {
        "digits": _AREA_DIGITS,
        "parts": _encode.varints(counts),
        "d": _encode.varints(_encode.zigzag(steps)),
    }


def ids(hex_ids: npt.NDArray[np.uint64], resolution: int) -> dict[str, Any]:
    """Write H3 indexes of one resolution, ascending, as steps from the first.

    Returns
    -------
    stream
        ``first`` (hexadecimal), ``bits`` that are alike at the end of each, and
        ``d``: how far each is from the one before, without those bits.
    """
    bits = 3 * (_FINEST - resolution)  # unused digits, all ones
    steps = np.diff(hex_ids >> np.uint64(bits), prepend=hex_ids[:1] >> np.uint64(bits))
    first = f"{int(hex_ids[0]):x}" if hex_ids.size else "0"
    return {"first": first, "bits": bits, "d": _encode.varints(steps.astype(np.int64))}


def beside(
    shapes: npt.NDArray[np.object_], longitude: float
) -> npt.NDArray[np.object_]:
    """Shift longitudes by whole turns to within 180 degrees of ``longitude``.

    What lies on both sides of the antimeridian comes together so; a shape that
    was cut there is one again.
    """

    def turn(points: FloatArray) -> FloatArray:
        x = points[:, 0] - 360.0 * np.rint((points[:, 0] - longitude) / 360.0)
        return np.stack([x, points[:, 1]], axis=1)

    turned = shapely.transform(shapes, turn)
    cut = ~shapely.equals_exact(turned, shapes)
    turned[cut] = shapely.union_all(turned[cut, None], axis=1)
    return turned


def grid_references(texts: list[str]) -> dict[str, Any]:
    """Write OS grid references to 100 m as runs of letters and small differences.

    Texts of any other form are written as they are, as runs.
    """
    joined = "\n".join([*texts, ""])
    if joined.count("\n") > len(texts) or not _GRID_REFERENCES.fullmatch(joined):
        return _encode.names(texts)
    characters = np.frombuffer(joined.encode("ascii"), dtype=np.uint8)
    digits = characters.reshape(-1, _GRID_REFERENCE_SIZE)[:, 3:10].astype(np.int64) - 48
    east, north = (digits[:, k : k + 3] @ (100, 10, 1) for k in (0, 4))
    return {
        **_encode.names([text[:2] for text in texts]),
        "east": _encode.deltas(east),
        "north": _encode.deltas(north),
    }


def centers(polygons: npt.NDArray[np.object_]) -> FloatArray:
    """Latitude and longitude, (n, 2), of the centers of hexes."""
    return shapely.get_coordinates(shapely.centroid(polygons))[:, ::-1].copy()


def positions(sorted_ids: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> IndexArray:
    """Positions of ``wanted`` in ``sorted_ids``; -1 for one that is not there."""
    at = np.searchsorted(sorted_ids, wanted)
    at[at == sorted_ids.size] = 0
    return np.where(sorted_ids[at] == wanted, at, -1).astype(np.int64)
