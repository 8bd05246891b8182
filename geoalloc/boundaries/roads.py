"""Main roads, from a file of lines: to be drawn, not to be driven on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc._types import FloatArray
from geoalloc.errors import CrsError, DataError

__all__ = ["ROAD_CLASSES", "read_roads"]

ROAD_CLASSES = ("motorway", "trunk", "primary")

_AROUND_KM = 5.0  # of the area's surroundings, so that roads lead out of it
_TOLERANCE_KM = 0.01  # a millimetre on a sheet at 1:10,000
_DEGREE_KM = 111.2  # of a great circle, on the mean radius
_REF = re.compile(r'"ref"=>"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, kw_only=True)
class _Scheme:
    """How a source of roads calls class, number and name, and its main classes."""

    of: str
    ref: str
    name: str
    classes: Mapping[str, str]


_OPENSTREETMAP = {
    f"{name}{link}": name for name in ROAD_CLASSES for link in ("", "_link")
}
_OPEN_ROADS = {"Motorway": "motorway", "A Road": "primary"}
_SCHEMES = (
    _Scheme(
        of="highway", ref="ref", name="name", classes=MappingProxyType(_OPENSTREETMAP)
    ),
    _Scheme(
        of="road_classification",
        ref="road_classification_number",
        name="name_1",
        classes=MappingProxyType(_OPEN_ROADS),
    ),
    _Scheme(
        of="class",
        ref="roadNumber",
        name="name1",
        classes=MappingProxyType(_OPEN_ROADS),
    ),
)
_ANY = _Scheme(of="", ref="ref", name="name", classes=MappingProxyType({}))


def read_roads(path: str | Path, *, within: BaseGeometry) -> gpd.GeoDataFrame:
    """Read the main roads in and round an area.

    Parameters
    ----------
    path
        Lines as GeoJSON (gzipped or not), GeoPackage or Shapefile, or an OpenStreetMap
        extract (``.osm``, ``.osm.pbf``). Main roads are told by OpenStreetMap's column
        ``highway`` (motorway, trunk, primary, and their links), or by the columns of
        OS Open Roads (Motorway, A Road); without such a column every line is one.
    within
        Outline of the area, EPSG:4326.

    Returns
    -------
    roads
        One row for each road, in the order of class, ``ref`` and ``name``: ``name``
        (empty where it has several, or none), ``ref`` (its number; may be empty),
        ``road_class`` (of ``ROAD_CLASSES``; empty where the file has no classes) and
        lines, EPSG:4326, no farther than 5 km from the area, with bends of under 10 m
        taken out.

    Raises
    ------
    CrsError
        If the file names no CRS.
    DataError
        If it is missing, cannot be read, or has no line, or no main road there.

    References
    ----------
    Douglas, D. H. and Peucker, T. K. (1973), Cartographica 10(2), 112-122.
    """
    path = Path(path)
    info = _described(path)
    scheme = _scheme(info["fields"])
    around = _surroundings(within)
    frame = _rows(path, info, scheme, around.bounds)
    frame = frame[frame.geom_type.isin(("LineString", "MultiLineString"))]
    inside = shapely.intersection(frame.geometry.to_numpy(), around)
    frame = frame.set_geometry(gpd.GeoSeries(inside, index=frame.index, crs=4326))
    frame = frame[~frame.geometry.is_empty].explode(ignore_index=True)
    frame = frame[frame.geom_type == "LineString"]
    if frame.empty:
        main = f" of {scheme.of} {', '.join(scheme.classes)}" if scheme.of else ""
        raise DataError(
            f"road file {path} has no line{main} in or within {_AROUND_KM:g} km of the "
            f"area, among {info['features']:,} rows; give the main roads of this area"
        )
    return _joined(frame, float(around.centroid.y))


def _described(path: Path) -> dict[str, Any]:
    """Find the layer of lines; tell where it is, its columns, CRS and rows."""
    if not path.is_file():
        raise DataError(
            f"road file {path} does not exist; name a GeoJSON, GeoPackage, Shapefile "
            "or OpenStreetMap extract of lines"
        )
    source = f"/vsigzip/{path.resolve()}" if path.suffix == ".gz" else path
    try:
        layer = _layer_of_lines(path, source)
        info: dict[str, Any] = pyogrio.read_info(source, layer=layer)
    except pyogrio.errors.DataSourceError:
        raise DataError(
            f"road file {path} cannot be read as GeoJSON, GeoPackage, Shapefile or "
            "OpenStreetMap extract; check that it is complete"
        ) from None
    if info["crs"] is None:
        raise CrsError(
            f"road file {path} names no coordinate reference system; add it (a "
            "Shapefile has it in its .prj), such as EPSG:27700 or EPSG:4326"
        )
    return info | {"source": source, "layer": layer}


def _layer_of_lines(path: Path, source: str | Path) -> str:
    layers = [
        str(name)
        for name, kind in pyogrio.list_layers(source)
        if kind is not None and ("Line" in kind or kind in ("Unknown", "Geometry"))
    ]
    if "lines" in layers:  # so are those of an OpenStreetMap extract called
        return "lines"
    if not layers:
        raise DataError(f"road file {path} has no line; give the roads as lines")
    if len(layers) > 1:
        raise DataError(
            f"road file {path} has {len(layers)} layers of lines {layers}; save the "
            "roads as the one layer of a file of their own"
        )
    return layers[0]


def _scheme(fields: Any) -> _Scheme:  # noqa: ANN401 - an array of names, or a list
    """Tell by its columns how a file calls things."""
    for scheme in _SCHEMES:
        if scheme.of in fields and (scheme.of == "highway" or scheme.ref in fields):
            return scheme
    return _ANY


def _surroundings(within: BaseGeometry) -> BaseGeometry:
    """Return the area and what lies round it, in degrees."""
    north = float(within.centroid.y)
    plane = shapely.simplify(_scaled(within, north), _AROUND_KM / 20.0)
    return _scaled(plane.buffer(_AROUND_KM), north, back=True)


def _scaled(shape: Any, north: float, *, back: bool = False) -> Any:  # noqa: ANN401 - one or many
    """Turn degrees into kilometres true at one latitude, or back."""
    by = _DEGREE_KM * np.array([np.cos(np.radians(north)), 1.0])

    def scale(points: FloatArray) -> FloatArray:
        return np.asarray(points / by if back else points * by)

    return shapely.transform(shape, scale)


def _rows(
    path: Path,
    info: Mapping[str, Any],
    scheme: _Scheme,
    bounds: tuple[float, float, float, float],
) -> gpd.GeoDataFrame:
    """Read the main roads that may be near, with class, number and name as text."""
    there = pyproj.Transformer.from_crs("EPSG:4326", info["crs"], always_xy=True)
    names = [scheme.of, scheme.ref, scheme.name, "other_tags"]
    main = ", ".join(f"'{name}'" for name in scheme.classes)
    try:
        frame = pyogrio.read_dataframe(
            info["source"],
            layer=info["layer"],
            columns=[name for name in names if name in info["fields"]],
            bbox=there.transform_bounds(*bounds),
            where=f'"{scheme.of}" IN ({main})' if scheme.of else None,
            force_2d=True,
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError):
        raise DataError(
            f"road file {path} cannot be read to its end; check that it is complete"
        ) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise DataError(f"road file {path} has no geometry; give the roads as lines")
    ref = _text(frame, scheme.ref)
    if scheme.of == "highway" and scheme.ref not in frame:
        # GDAL leaves a number among the other tags of an extract.
        found = _text(frame, "other_tags").map(_REF.search)
        ref = found.map(lambda match: match[1] if match else "").astype("str")
    shapes = frame.geometry.to_crs(4326)
    return gpd.GeoDataFrame(
        {
            "road_class": _text(frame, scheme.of)
            .map(lambda word: scheme.classes.get(word, ""))
            .astype("str"),
            "ref": ref,
            "name": _text(frame, scheme.name),
        },
        geometry=shapes,
        crs="EPSG:4326",
    )[~shapes.isna()]


def _text(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column of stripped text, empty where the file has none."""
    if column not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    given: pd.Series = frame[column]
    return given.fillna("").astype("str").str.strip()


def _joined(frame: gpd.GeoDataFrame, north: float) -> gpd.GeoDataFrame:
    """Join the pieces of each road, and take out its small bends."""
    rank = {name: k for k, name in enumerate(ROAD_CLASSES)}
    order = frame["road_class"].map(rank).fillna(len(rank))
    label = frame["ref"].where(frame["ref"] != "", frame["name"])
    rows, shapes = [], []
    for (_, _), road in frame.groupby([order, label], sort=True):
        names = sorted(set(road["name"]))
        first = road.iloc[0]
        rows.append(
            [names[0] if len(names) == 1 else "", *first[["ref", "road_class"]]]
        )
        merged = shapely.line_merge(shapely.multilinestrings(road.geometry.to_numpy()))
        whole = shapely.normalize(merged)  # whatever the order of the rows
        shapes.append(shapely.simplify(_scaled(whole, north), _TOLERANCE_KM))
    return gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=["name", "ref", "road_class"], dtype="str"),
        geometry=_scaled(np.array(shapes), north, back=True),
        crs="EPSG:4326",
    )
