"""Road files, as lines with OpenStreetMap's tags: GeoJSON or an .osm.pbf extract."""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import CrsError, DataError
from geoalloc.travel import tags

_JOIN_M = 1.1  # ends that agree to 5 decimals of a degree are one junction
_EARTH_M = 6_371_008.8  # mean radius of WGS84
_GZIP = b"\x1f\x8b"
_UNREADABLE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines:
    """Road lines, one after the other.

    Attributes
    ----------
    source
        Name of the file.
    node : (n_points,)
        Equal where lines may meet.
    longitude, latitude : (n_points,)
        Degrees.
    start : (n_lines + 1,)
        Where the points of each line begin.
    tags : (n_lines,)
        ``tags.TAGS`` as text, missing where untagged.
    meets_inside : bool
        Whether lines meet wherever they share a node, and not only where one ends.
    """

    source: str
    node: IndexArray
    longitude: FloatArray
    latitude: FloatArray
    start: IndexArray
    tags: pd.DataFrame
    meets_inside: bool


def read(path: str | Path) -> Lines:
    """Read the roads of a file.

    Parameters
    ----------
    path
        An OpenStreetMap extract ``.osm.pbf`` (needs pyosmium, the extra ``roads``),
        or GeoJSON lines with a column ``highway``, gzipped or not, in EPSG:4326.

    Returns
    -------
    lines
        Of an extract every way that has a ``highway``. Lines of a GeoJSON meet
        where their ends agree to 5 decimals (1.1 m), and where one ends on a point
        of another.

    Raises
    ------
    CrsError
        If a GeoJSON is not in EPSG:4326.
    DataError
        If the file is missing, cannot be read, or has no line of a road, or if
        pyosmium is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(
            f"road file {path} does not exist; name an .osm.pbf extract or GeoJSON "
            "lines"
        )
    return _from_pbf(path) if path.suffix == ".pbf" else _from_geojson(path)


def _from_geojson(path: Path) -> Lines:
    frame = _line_rows(path)
    lines = frame.geometry.to_numpy()
    points = shapely.get_coordinates(lines)
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise CrsError(
            f"road file {path} has coordinates from ({west:g}, {south:g}) to "
            f"({east:g}, {north:g}), which are no degrees; write it in EPSG:4326"
        )
    counts = shapely.get_num_coordinates(lines)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Lines(
        source=path.name,
        node=_nodes(points, start),
        longitude=points[:, 0],
        latitude=points[:, 1],
        start=start,
        tags=_texts(frame),
        meets_inside=False,
    )


def _nodes(points: FloatArray, start: IndexArray) -> IndexArray:
    """Give the points that an end touches, and the end itself, one number.

    Rounding alone would part points that lie either side of where it turns.

    Parameters
    ----------
    points : (n_points, 2)
        Longitude and latitude.
    start : (n_lines + 1,)
        Where the points of each line begin.
    """
    unique, number = np.unique(points, axis=0, return_inverse=True)
    east, north = np.radians(unique).T
    at = _EARTH_M * np.stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)],
        axis=1,
    )
    ends = np.unique(number[np.concatenate([start[:-1], start[1:] - 1])])
    near = cKDTree(at[ends]).sparse_distance_matrix(
        cKDTree(at), _JOIN_M, output_type="coo_matrix"
    )
    touching = sp.csr_array(
        (np.ones(near.nnz), (ends[near.row], near.col)), shape=(len(at), len(at))
    )
    _, node = connected_components(touching, directed=False)
    return node[number].astype(np.int64)


def _line_rows(path: Path) -> gpd.GeoDataFrame:
    """Read the lines of a GeoJSON file, one row for each."""
    try:
        written = path.read_bytes()
        if written[:2] == _GZIP:
            written = gzip.decompress(written)
        frame = pyogrio.read_dataframe(written, columns=list(tags.TAGS))
    except _UNREADABLE:
        raise DataError(
            f"road file {path} cannot be read as GeoJSON; check that it is complete, "
            "and that an OpenStreetMap extract ends in .osm.pbf"
        ) from None
    if not isinstance(frame, gpd.GeoDataFrame) or "highway" not in frame:
        raise DataError(
            f"road file {path} has no lines with a column 'highway'; give roads with "
            "the class that OpenStreetMap gives them"
        )
    if frame.crs is not None and frame.crs != "EPSG:4326" and frame.crs != "OGC:CRS84":
        raise CrsError(
            f"road file {path} is in {frame.crs.to_string()}; write it in EPSG:4326"
        )
    frame = frame[~frame.geometry.isna()].explode(ignore_index=True)
    is_line = frame.geom_type.isin(["LineString"]) & ~frame.geometry.is_empty
    if not is_line.any():
        raise DataError(
            f"road file {path} has {len(frame)} shapes and no line with coordinates; "
            "give the roads as lines"
        )
    return frame[is_line]


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return each tag as text, missing where there is none."""
    missing = pd.Series([None] * len(frame), dtype="str")
    return pd.DataFrame(
        {
            tag: frame[tag].astype("str").reset_index(drop=True)
            if tag in frame
            else missing
            for tag in tags.TAGS
        }
    )


def _from_pbf(path: Path) -> Lines:
    try:
        import osmium  # the one place; an extra, so only when asked for
    except ImportError:
        raise DataError(
            f"road file {path} needs pyosmium, which is not installed: install "
            "geoalloc[roads], or give the roads as GeoJSON lines"
        ) from None
    node: list[int] = []
    longitude: list[float] = []
    latitude: list[float] = []
    start = [0]
    rows: list[list[str | None]] = []
    try:
        ways = osmium.FileProcessor(path).with_locations()
        for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
            if not isinstance(way, osmium.osm.Way):
                continue
            located = [n for n in way.nodes if n.location.valid()]
            if len(located) < 2:  # cut at the edge of the extract
                continue
            node.extend(n.ref for n in located)
            longitude.extend(n.lon for n in located)
            latitude.extend(n.lat for n in located)
            start.append(len(node))
            rows.append([way.tags.get(tag) for tag in tags.TAGS])
    except RuntimeError as error:
        raise DataError(
            f"road file {path} cannot be read as an OpenStreetMap extract "
            f"({error}); check that it is complete"
        ) from None
    if not rows:
        raise DataError(
            f"road file {path} has no way with a 'highway' and coordinates; give an "
            "extract that holds roads and their nodes"
        )
    return Lines(
        source=path.name,
        node=np.array(node, dtype=np.int64),
        longitude=np.array(longitude),
        latitude=np.array(latitude),
        start=np.array(start, dtype=np.int64),
        tags=pd.DataFrame(rows, columns=list(tags.TAGS), dtype="str"),
        meets_inside=True,
    )
