"""The ground of a force that begins: its outline, districts, beats and stations."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio.errors
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc import hexes
from geoalloc._types import FloatArray
from geoalloc.errors import DataError, UsageError
from geoalloc.hexes import HexGrid
from geoalloc.pipeline import starting_places, starting_stations

__all__ = [
    "Outline",
    "area_km2",
    "footprint",
    "geojson",
    "lay_out",
    "nearest",
    "outline_of",
    "resolution_for",
]

_MOST_HEXES = 8_000
_CELL_KM2 = {7: 5.16, 8: 0.737, 9: 0.105}  # mean hex of each resolution (h3geo.org)
_CELLS = (10, 9, 8, 7, 6, 5)  # of which a footprint is drawn, the finest first
_HELD = 29.0 / 30.0  # of the incidents lie in it
_PER_CELL = 30  # incidents, or more, in its mean cell
_SMALL_KM2 = 10.0  # below this the hexes are of resolution 10
_POLYGONS = ("Polygon", "MultiPolygon")
_DEGREES_DP = 6  # 0.1 m


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What a boundary file gives, or the incidents in its place.

    Attributes
    ----------
    rows
        ``kind`` (force, district, beat, station, place, ...), ``name`` and
        ``geometry``, and what else such rows have; EPSG:4326.
    given
        What it holds, in words.
    made_up
        Whether it is the footprint of the incidents.
    """

    rows: gpd.GeoDataFrame
    given: str
    made_up: bool = False

    @property
    def area(self) -> BaseGeometry:
        """The whole, one geometry."""
        for kind in ("force", "district", "beat"):
            if (self.rows["kind"] == kind).any():
                return self.of(kind).geometry.union_all()
        raise DataError("the boundary file has no polygon: give the area as one")

    def of(self, kind: str) -> gpd.GeoDataFrame:
        """Rows of one kind."""
        return self.rows[self.rows["kind"] == kind].reset_index(drop=True)


def outline_of(
    path: Path, name: str, *, districts: str | None, beats: str | None
) -> Outline:
    """Read a boundary file of any polygons, or one with ``kind`` as it is.

    Parameters
    ----------
    name
        Of the force.
    districts, beats
        Columns that tell polygons of one district, or beat, from those of another.

    Raises
    ------
    UsageError
        If a column is named that a file with ``kind`` needs none of.
    DataError
        If the file cannot be read, has no CRS or polygon, or lacks a column.
    """
    frame = _polygons(path)
    if "kind" in frame:
        if districts or beats:
            raise UsageError(
                f"{path.name} has a column kind, which says what is a district and a "
                "beat: leave out --districts and --beats"
            )
        return Outline(rows=frame, given=f"as {path.name} says row by row")
    whole = gpd.GeoDataFrame(
        {"kind": ["force"], "name": [name]},
        geometry=[frame.geometry.union_all()],
        crs=4326,
    )
    parts, told = [whole], ["the polygons together are the force"]
    for kind, column in (("district", districts), ("beat", beats)):
        if column:
            layer = _dissolved(frame, column, path)
            parts.append(layer.assign(kind=kind))
            told.append(f"{len(layer)} {kind}s by {column!r}")
    rows = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=4326)
    return Outline(rows=rows, given=", ".join(told))


def _polygons(path: Path) -> gpd.GeoDataFrame:
    if not path.is_file():
        raise DataError(f"boundary file {path} does not exist: check the path")
    try:
        frame = gpd.read_file(path)
    except pyogrio.errors.DataSourceError:
        raise DataError(
            f"boundary file {path.name} cannot be read as GeoJSON, GeoPackage or "
            "Shapefile: check that it is complete"
        ) from None
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise DataError(
            f"boundary file {path.name} has no shapes, or names no CRS: give polygons "
            "in EPSG:4326, or write their CRS into the file"
        )
    shapes = frame.geometry.to_crs(4326)
    columns = frame.drop(columns=frame.geometry.name)
    frame = gpd.GeoDataFrame(columns, geometry=shapes.array, crs=4326)
    if "kind" not in frame:
        frame = frame[frame.geom_type.isin(_POLYGONS)]
    if frame.empty:
        raise DataError(
            f"boundary file {path.name} has no polygon: give the area as one"
        )
    valid = shapely.make_valid(shapely.force_2d(frame.geometry.to_numpy()))
    return frame.set_geometry(gpd.GeoSeries(valid, index=frame.index, crs=4326))


def _dissolved(frame: gpd.GeoDataFrame, column: str, path: Path) -> gpd.GeoDataFrame:
    if column not in frame:
        there = [str(name) for name in frame.columns if name != "geometry"]
        raise DataError(
            f"{path.name} has no column {column!r}: there are "
            f"{', '.join(map(repr, there))}"
        )
    known = frame[frame[column].notna()]
    made = known.dissolve(known[column].astype("str").str.strip(), sort=True)
    return gpd.GeoDataFrame(
        {"name": made.index.to_numpy()}, geometry=made.geometry.to_numpy(), crs=4326
    )


def footprint(latitude: FloatArray, longitude: FloatArray, name: str) -> Outline:
    """Draw the footprint of the incidents for an outline, for want of one.

    It is of the finest hexes that are contiguous, hold all but one incident in thirty
    and at least thirty incidents each, as a mean. A force records incidents beyond its
    border too: an outline that held every one of them would be mostly empty.

    Parameters
    ----------
    latitude, longitude : (n_incidents,)
        Degrees.
    """
    for cell in _CELLS:
        area = hexes.footprint(latitude, longitude, cell + 1, coarser=1)
        inside = shapely.contains_xy(area, longitude, latitude)
        n_cells = len(hexes.cover(area, cell, contain="center"))
        if (
            shapely.get_num_geometries(area) == 1
            and inside.mean() >= _HELD
            and inside.sum() / max(n_cells, 1) >= _PER_CELL
        ):
            break
    rows = gpd.GeoDataFrame(
        {"kind": ["force"], "name": [name]}, geometry=[area], crs=4326
    )
    return Outline(rows=rows, given="the footprint of the incidents", made_up=True)


def resolution_for(area_km2: float) -> int:
    """Choose hexes as fine as an area allows: some thousands of them, of 7 to 10.

    Finer ones are smaller than the snap points of data.police.uk support, and take
    longer than a first look is worth.
    """
    if area_km2 < _SMALL_KM2:
        return 10
    fine = [r for r, km2 in _CELL_KM2.items() if area_km2 / km2 <= _MOST_HEXES]
    return max(fine, default=min(_CELL_KM2))


def lay_out(
    outline: Outline,
    stations: gpd.GeoDataFrame,
    grid: HexGrid,
    incidents: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Complete a boundary file: stations, beats and places where it has none.

    Parameters
    ----------
    stations
        ``name``, ``code``, ``geometry``: in place of those that it has.

    Raises
    ------
    DataError
        If a station is outside the area.
    """
    area = outline.area
    outside = stations[~shapely.covers(area, stations.geometry.to_numpy())]
    if len(outside):
        point = outside.geometry.iloc[0]
        raise DataError(
            f"station {outside['name'].iloc[0]!r} at latitude {point.y:.4f}, longitude "
            f"{point.x:.4f} is outside the area ({len(outside)} of {len(stations)} "
            "are): correct its point, or the boundary"
        )
    rows = [
        outline.rows[outline.rows["kind"] != "station"],
        stations.assign(kind="station"),
    ]
    if not (outline.rows["kind"] == "beat").any():
        rows.append(
            starting_stations.areas(stations, area, grid.crs).assign(kind="beat")
        )
    if not (outline.rows["kind"] == "place").any():
        streets = starting_places.street_places(incidents, grid)
        # Where no street has a name, "2 km NE of Central" is better than degrees.
        named = streets if len(streets) else stations[["name", "geometry"]]
        rows.append(named.assign(kind="place"))
    whole = gpd.GeoDataFrame(pd.concat(rows, ignore_index=True), crs=4326)
    first = ["kind", "name"]
    return whole[[*first, *(c for c in whole.columns if c not in first)]]


def geojson(rows: gpd.GeoDataFrame) -> str:
    """Write rows as GeoJSON, to a tenth of a metre, without what is missing."""
    rounded = shapely.set_precision(rows.geometry.to_numpy(), 10.0**-_DEGREES_DP)
    kept = rows.set_geometry(gpd.GeoSeries(rounded, index=rows.index, crs=4326))
    return str(kept.to_json(na="drop", drop_id=True, ensure_ascii=False))


def nearest(stations: gpd.GeoDataFrame, grid: HexGrid) -> np.ndarray:
    """Give the position of the station nearest to each hex, (n_hexes,)."""
    at = stations.geometry.to_crs(grid.crs)
    far = np.hypot(
        grid.x_m[:, None] - at.x.to_numpy(), grid.y_m[:, None] - at.y.to_numpy()
    )
    return np.asarray(far.argmin(axis=1))


def area_km2(area: BaseGeometry) -> float:
    """Measure an area in its own equal-area or national plane."""
    crs = hexes.metric_crs(area)
    return float(gpd.GeoSeries([area], crs=4326).to_crs(crs).area.iloc[0] / 1e6)
