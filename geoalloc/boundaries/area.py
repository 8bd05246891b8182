"""The area that a plan is made for: districts, beats, stations, places, waters.

A boundary file is a table of geometries in any format and CRS that GDAL reads
(GeoJSON, GeoPackage, Shapefile). Its column ``kind`` says what a row is:

======== ======= ================================ ==========================
kind     shape   columns used besides ``name``    where the file has none
======== ======= ================================ ==========================
force    polygon                                  the districts, or the beats
district polygon                                  the outline
beat     polygon ``district``                     the districts
station  point   ``code``, ``beat``               no station
place    point   ``population``, ``spread_km``,   no place
                 ``town``, ``facility``
river    line                                     no river
bridge   point                                    no bridge
coast    line                                     no coast
======== ======= ================================ ==========================

A file without ``kind`` is a plain outline: its polygons together are the force,
the one district and the one beat, named after the file.
"""

import difflib
import hashlib
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc.errors import CrsError, DataError

__all__ = ["KINDS", "Boundaries", "read"]

KINDS = ("force", "district", "beat", "station", "place", "river", "bridge", "coast")

_SHAPES = {
    **dict.fromkeys(("force", "district", "beat"), ("Polygon", "MultiPolygon")),
    **dict.fromkeys(("station", "place", "bridge"), ("Point",)),
    **dict.fromkeys(("river", "coast"), ("LineString", "MultiLineString")),
}
_POLYGON = 3  # GEOS type id; greater ones are collections
_TRUE = ("true", "1", "1.0")


@dataclass(frozen=True, kw_only=True)
class Boundaries:
    """An area, what divides it, and what stands in it; all EPSG:4326.

    Attributes
    ----------
    source, sha256
        Name of the file read, and the hex digest of its bytes. That of a
        Shapefile is of its ``.shp`` alone.
    name
        Of the force; of the file where it names none.
    outline
        The whole area, a Polygon or MultiPolygon.
    districts
        ``name``, ``geometry``; in the order of the file, as are all frames.
    beats
        ``name``, ``district``, ``geometry``.
    stations
        ``name``, ``code`` (the name where the file has none), ``beat``,
        ``geometry`` (points).
    places
        Named places: ``name``; ``population`` of the place, 0 for a mere
        locality; ``spread_km``, the radius of its built-up area; ``town``, the
        built-up area that it is part of (its own name where it stands alone);
        ``facility``, empty if unknown; ``geometry`` (points).
    rivers
        Waters that are crossed only at a bridge: ``name``, ``geometry`` (lines).
    bridges
        ``name``, ``geometry`` (points).
    coast
        Where the land ends, to be drawn: ``name`` of the water, ``geometry`` (lines).
        It bars no travel, as the area ends there.
    n_repaired
        Polygons that were invalid as read, and are repaired here.
    schematic
        Whether a row has a column ``schematic`` that is true: drawn by hand, not
        surveyed.
    attribution
        The first entry of a column ``attribution``, what a map must say of the
        source; empty if the file says nothing.
    """

    source: str
    sha256: str
    name: str
    outline: BaseGeometry
    districts: gpd.GeoDataFrame
    beats: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame
    bridges: gpd.GeoDataFrame
    coast: gpd.GeoDataFrame
    n_repaired: int
    schematic: bool
    attribution: str


def read(path: str | Path) -> Boundaries:
    """Read a boundary file, checked and in EPSG:4326.

    Parameters
    ----------
    path
        A GeoJSON, GeoPackage or Shapefile of one layer. A GeoJSON is in
        EPSG:4326 unless it says otherwise; other formats must name their CRS.

    Returns
    -------
    boundaries
        Invalid polygons are repaired (``shapely.make_valid``) and counted. A
        station without a beat gets the one that it stands in, or stands nearest
        to (in degrees); of beats that share the point, the first in the file. A
        beat without a district likewise gets the one that a point inside it is in.

    Raises
    ------
    CrsError
        If the file names no CRS, or the coordinates do not fit EPSG:4326.
    DataError
        If the file is missing, unreadable, empty or without a polygon; if a row
        has an unknown ``kind``, no name, or a geometry that its kind cannot
        have; if names repeat within districts, beats or stations; if a beat's
        district or a station's beat is unknown; if a station is outside the
        area; if a population or spread is not a number of 0 or more.
    """
    path = Path(path)
    frame, n_repaired = _repaired(_rows(path))
    if "kind" not in frame:
        frame = _as_outline(frame, path)
    _require_kinds(frame, path)
    _require_shapes(frame, path)
    layer = {kind: frame[frame["kind"] == kind] for kind in KINDS}
    outline = _outline(layer, path)
    name = str([*layer["force"]["name"], path.stem][0])
    districts = _districts(layer["district"], name, outline, path)
    beats = _beats(layer["beat"], districts, path)
    return Boundaries(
        source=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        name=name,
        outline=outline,
        districts=districts,
        beats=beats,
        stations=_stations(layer["station"], beats, outline, path),
        places=_places(layer["place"], path),
        rivers=_keep(layer["river"], "name"),
        bridges=_keep(layer["bridge"], "name"),
        coast=_keep(layer["coast"], "name"),
        n_repaired=n_repaired,
        schematic=bool(_text(frame, "schematic").str.lower().isin(_TRUE).any()),
        attribution=next((text for text in _text(frame, "attribution") if text), ""),
    )


def _rows(path: Path) -> gpd.GeoDataFrame:
    """Read every row of the one layer, in EPSG:4326 and two dimensions."""
    if not path.is_file():
        raise DataError(
            f"boundary file {path} does not exist; name a GeoJSON, GeoPackage or "
            "Shapefile"
        )
    try:
        layers = pyogrio.list_layers(path)[:, 0]
        if len(layers) > 1:
            raise DataError(
                f"boundary file {path} has {len(layers)} layers {list(layers)}; "
                "save the one that is meant in a file of its own"
            )
        frame = gpd.read_file(path)
    except pyogrio.errors.DataSourceError:
        raise DataError(
            f"boundary file {path} cannot be read as GeoJSON, GeoPackage or "
            "Shapefile; check that it is complete"
        ) from None
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise DataError(f"boundary file {path} has no geometry; it needs a polygon")
    if frame.crs is None:
        raise CrsError(
            f"boundary file {path} names no coordinate reference system; add it "
            "(a Shapefile has it in its .prj), such as EPSG:27700 or EPSG:4326"
        )
    return _in_degrees(frame, path)


def _in_degrees(frame: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    named = frame.crs.to_string()
    shapes = gpd.GeoSeries(shapely.force_2d(frame.geometry.array), crs=frame.crs)
    columns = frame.drop(columns=frame.geometry.name)
    frame = gpd.GeoDataFrame(columns, geometry=shapes.to_crs(4326))
    west, south, east, north = frame.total_bounds
    # nan, as from a projection that failed, fits nowhere either
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise CrsError(
            f"boundary file {path} has coordinates from ({west:g}, {south:g}) to "
            f"({east:g}, {north:g}), which are no degrees, though it is read as "
            f"{named}; write it in EPSG:4326 or name its CRS"
        )
    return frame


def _repaired(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """Return the frame with each invalid polygon made valid, and their number."""
    shapes = frame.geometry.to_numpy(copy=True)
    invalid = np.isin(frame.geom_type, _SHAPES["force"]) & ~shapely.is_valid(shapes)
    shapes[invalid] = [
        _polygons(shape) for shape in shapely.make_valid(shapes[invalid])
    ]
    return frame.set_geometry(gpd.GeoSeries(shapes, crs=4326)), int(invalid.sum())


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a shape, without the lines and points."""
    parts = shapely.get_parts(shape)
    while (shapely.get_type_id(parts) > _POLYGON).any():
        parts = shapely.get_parts(parts)
    return shapely.union_all(parts[shapely.get_type_id(parts) == _POLYGON])


def _as_outline(frame: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    """Return one row of kind force: all polygons of a file without kinds."""
    polygons = frame.geom_type.isin(_SHAPES["force"])
    if not polygons.any():
        raise DataError(
            f"boundary file {path} has {len(frame)} rows and no polygon; give the "
            "area as a polygon"
        )
    whole = frame.geometry[polygons].union_all()
    return gpd.GeoDataFrame(
        {"kind": ["force"], "name": [path.stem]}, geometry=[whole], crs=4326
    )


def _require_kinds(frame: gpd.GeoDataFrame, path: Path) -> None:
    for kind in dict.fromkeys(_text(frame, "kind")):
        if kind not in KINDS:
            nearest = difflib.get_close_matches(kind, KINDS, n=1)
            hint = f"did you mean {nearest[0]!r}" if nearest else f"use one of {KINDS}"
            raise DataError(
                f"boundary file {path} has rows of the unknown kind {kind!r}; {hint}"
            )


def _require_shapes(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Require a name, and the kind of geometry that the kind of row can have."""
    for row, (kind, name, shape) in enumerate(
        zip(frame["kind"], _text(frame, "name"), frame.geometry, strict=True)
    ):
        if not name:
            raise DataError(
                f"boundary file {path} has a {kind} without name, row {row}"
            )
        if shape is None or shape.is_empty or shape.geom_type not in _SHAPES[kind]:
            found = "nothing" if shape is None else shape.geom_type
            raise DataError(
                f"boundary file {path}: {kind} {name!r} is a {found}, row {row}; it "
                f"must be a {_SHAPES[kind][0]}"
            )


def _require_unique(layer: gpd.GeoDataFrame, path: Path) -> None:
    again = layer["name"][layer["name"].duplicated()]
    if len(again):
        raise DataError(
            f"boundary file {path} has {len(again) + 1} rows or more of kind "
            f"{layer['kind'].iloc[0]!r} with repeated names, first {again.iloc[0]!r}; "
            "names must differ"
        )


def _outline(layer: dict[str, gpd.GeoDataFrame], path: Path) -> BaseGeometry:
    for kind in ("force", "district", "beat"):
        if len(layer[kind]):
            return layer[kind].geometry.union_all()
    raise DataError(
        f"boundary file {path} has no polygon of kind 'force', 'district' or 'beat'; "
        "give the area as a polygon"
    )


def _districts(
    layer: gpd.GeoDataFrame, name: str, outline: BaseGeometry, path: Path
) -> gpd.GeoDataFrame:
    if len(layer):
        _require_unique(layer, path)
        return _keep(layer, "name")
    return gpd.GeoDataFrame({"name": [name]}, geometry=[outline], crs=4326)


def _beats(
    layer: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, path: Path
) -> gpd.GeoDataFrame:
    if layer.empty:
        return districts.assign(district=districts["name"])[
            ["name", "district", "geometry"]
        ]
    _require_unique(layer, path)
    inside = layer.geometry.representative_point()
    district = _named_or_nearest(layer, "district", inside, districts, path)
    return _keep(layer.assign(district=district), "name", "district")


def _stations(
    layer: gpd.GeoDataFrame,
    beats: gpd.GeoDataFrame,
    outline: BaseGeometry,
    path: Path,
) -> gpd.GeoDataFrame:
    _require_unique(layer, path)
    outside = layer[~shapely.covers(outline, layer.geometry.to_numpy())]
    if len(outside):
        first = outside.iloc[0]
        raise DataError(
            f"boundary file {path} has {len(outside)} of {len(layer)} stations outside "
            f"the area, first {first['name']!r} at latitude {first.geometry.y:.4f}, "
            f"longitude {first.geometry.x:.4f}; correct the point or leave it out"
        )
    beat = _named_or_nearest(layer, "beat", layer.geometry, beats, path)
    code = _text(layer, "code").where(_text(layer, "code") != "", layer["name"])
    return _keep(layer.assign(code=code, beat=beat), "name", "code", "beat")


def _named_or_nearest(
    layer: gpd.GeoDataFrame,
    column: str,
    points: gpd.GeoSeries,
    areas: gpd.GeoDataFrame,
    path: Path,
) -> list[str]:
    """Return the area that each row names, or that its point is in or nearest to."""
    known = list(areas["name"])
    names = []
    for row, name, point in zip(
        layer["name"], _text(layer, column), points, strict=True
    ):
        if name and name not in known:
            nearest = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {nearest[0]!r}" if nearest else f"known are {known}"
            raise DataError(
                f"boundary file {path}: {row!r} names the unknown {column} {name!r}; "
                f"{hint}"
            )
        first = int(np.argmin(shapely.distance(areas.geometry.to_numpy(), point)))
        names.append(name or known[first])
    return names


def _places(layer: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    town = _text(layer, "town").where(_text(layer, "town") != "", layer["name"])
    places = layer.assign(
        population=_measure(layer, "population", path).round().astype(np.int64),
        spread_km=_measure(layer, "spread_km", path),
        town=town,
        facility=_text(layer, "facility"),
    )
    return _keep(places, "name", "population", "spread_km", "town", "facility")


def _measure(layer: gpd.GeoDataFrame, column: str, path: Path) -> pd.Series:
    """Return a column of numbers of 0 or more, 0 where the file has none."""
    if column not in layer:
        return pd.Series(0.0, index=layer.index)
    given: pd.Series = layer[column]
    numbers: pd.Series = pd.to_numeric(given, errors="coerce").astype(np.float64)
    bad = given.notna() & ~(np.isfinite(numbers) & (numbers >= 0))
    if bad.any():
        raise DataError(
            f"boundary file {path}: {column} is not a number of 0 or more at "
            f"{int(bad.sum())} of {len(layer)} places, first {given[bad].iloc[0]!r} of "
            f"{layer['name'][bad].iloc[0]!r}"
        )
    return numbers.fillna(0.0)


def _text(layer: gpd.GeoDataFrame, column: str) -> pd.Series:
    """Return a column of stripped text, empty where the file has none."""
    if column not in layer:
        return pd.Series("", index=layer.index, dtype=str)
    given: pd.Series = layer[column]
    return given.astype(str).str.strip().where(given.notna(), "")


def _keep(layer: gpd.GeoDataFrame, *columns: str) -> gpd.GeoDataFrame:
    return layer[[*columns, "geometry"]].reset_index(drop=True)
