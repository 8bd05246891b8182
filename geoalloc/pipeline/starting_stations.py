"""Stations and units of a force that begins: named, read, or made up."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc._types import FloatArray
from geoalloc.allocation import location
from geoalloc.errors import DataError, UsageError
from geoalloc.hexes import HexGrid

__all__ = ["areas", "made_up", "read", "share_out", "with_codes"]

_EXAMPLE = '"Central:51.4594,-2.5821;North:51.5096,-2.5900"'
_ONE = re.compile(r"^\s*(.+?)\s*:\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*$")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "station", "station_name", "home_station"),
    "latitude": ("latitude", "lat", "y"),
    "longitude": ("longitude", "lon", "lng", "long", "x"),
}
_POINTS = (".geojson", ".json", ".gpkg", ".shp")
_CANDIDATES = 400  # hexes in which a station may be made up


def read(text: str) -> gpd.GeoDataFrame:
    """Read stations from a file, or from a text of names and points.

    Parameters
    ----------
    text
        A CSV file with ``name``, ``latitude`` and ``longitude``; a GeoJSON,
        GeoPackage or Shapefile of points with ``name``; or
        ``Central:51.4594,-2.5821;North:51.5096,-2.5900``.

    Returns
    -------
    stations
        ``name``, ``geometry``: EPSG:4326.

    Raises
    ------
    UsageError
        If the text is neither.
    DataError
        If the file cannot be read or lacks a column, a point is none on the globe, or
        two stations share a name or a point.
    """
    path = Path(text)
    if path.is_file():
        points = path.name.lower().endswith(_POINTS)
        frame = _of_points(path) if points else _of_table(path)
    else:
        frame = _of_text(text)
    _require_apart(frame)
    return frame


def _of_text(text: str) -> gpd.GeoDataFrame:
    rows = []
    for part in filter(str.strip, text.split(";")):
        found = _ONE.match(part)
        if not found:
            raise UsageError(
                f"--stations {part.strip()!r} is neither a file that there is nor "
                f"Name:latitude,longitude: write {_EXAMPLE}"
            )
        rows.append((found[1], float(found[2]), float(found[3])))
    if not rows:
        raise UsageError(f"--stations is empty: name a file, or write {_EXAMPLE}")
    frame = pd.DataFrame(rows, columns=["name", "latitude", "longitude"])
    return _placed(frame, "--stations")


def _of_table(path: Path) -> gpd.GeoDataFrame:
    try:
        table = pd.read_csv(path, dtype="str", encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path.name} cannot be read as CSV: {reason}") from None
    plain = {str(name).strip().lower(): name for name in table.columns}
    picked = {}
    for field, names in _NAMES.items():
        column = next((plain[n] for n in names if n in plain), None)
        if column is None:
            raise DataError(
                f"{path.name} has no column {field}, it has "
                f"{', '.join(map(repr, table.columns))}: stations need name, latitude "
                "and longitude"
            )
        picked[field] = table[column]
    frame = pd.DataFrame(picked)
    for field in ("latitude", "longitude"):
        frame[field] = pd.to_numeric(frame[field], errors="coerce")
    return _placed(frame, path.name)


def _placed(frame: pd.DataFrame, source: str) -> gpd.GeoDataFrame:
    if frame.empty:
        raise DataError(f"{source} has no station: give at least one")
    on_globe = frame["latitude"].abs().le(90) & frame["longitude"].abs().le(180)
    if not on_globe.all():
        raise DataError(
            f"{source}: station {frame['name'][~on_globe].iloc[0]!r} has no latitude "
            "and longitude in degrees: correct it"
        )
    return gpd.GeoDataFrame(
        {"name": _tidy(frame["name"], source)},
        geometry=gpd.points_from_xy(frame["longitude"], frame["latitude"]),
        crs=4326,
    )


def _of_points(path: Path) -> gpd.GeoDataFrame:
    try:
        frame = gpd.read_file(path)
    except pyogrio.errors.DataSourceError:
        raise DataError(f"{path.name} cannot be read as points: give GeoJSON") from None
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None or frame.empty:
        raise DataError(f"{path.name} has no points with a CRS: write one into it")
    if "kind" in frame:
        frame = frame[frame["kind"] == "station"]
    if "name" not in frame or not (frame.geom_type == "Point").all() or frame.empty:
        raise DataError(
            f"{path.name} must hold points with a column name: each a station"
        )
    return gpd.GeoDataFrame(
        {"name": _tidy(frame["name"], path.name)},
        geometry=frame.geometry.to_crs(4326).to_numpy(),
        crs=4326,
    )


def _tidy(names: pd.Series, source: str) -> np.ndarray:
    text = names.astype("str").str.strip().where(names.notna(), "")
    if (text == "").any():
        raise DataError(f"{source} has a station without a name: give each one")
    return text.to_numpy()


def _require_apart(stations: gpd.GeoDataFrame) -> None:
    again = stations["name"][stations["name"].duplicated()]
    if len(again):
        raise DataError(f"two stations are named {again.iloc[0]!r}: names must differ")
    at = pd.Series(stations.geometry.to_wkb())
    if at.duplicated().any():
        name = stations["name"].iloc[int(at.duplicated().argmax())]
        raise DataError(
            f"station {name!r} stands where another does: correct its point"
        )


def made_up(
    grid: HexGrid, incidents: FloatArray, outline: BaseGeometry, *, n_stations: int
) -> gpd.GeoDataFrame:
    """Make up stations where most incidents are near: at weighted medians of them.

    Parameters
    ----------
    incidents : (n_hexes,)
        What was recorded in each hex.
    n_stations
        How many.

    Returns
    -------
    stations
        ``name``: Station 1, Station 2, ... from the one with most incidents nearest
        to it; ``geometry``.

    References
    ----------
    Hakimi, S. L. (1964), Operations Research 12, 450-459 (the p-median).
    """
    inside = shapely.contains_xy(outline, grid.longitude, grid.latitude)
    busiest = np.lexsort((np.arange(len(grid)), -incidents))
    site = np.sort([k for k in busiest if inside[k]][:_CANDIDATES]).astype(np.int64)
    if site.size < n_stations:
        raise DataError(
            f"{n_stations} stations cannot be made up in {site.size} hexes: give a "
            "finer --resolution, or name the stations"
        )
    there = np.flatnonzero(incidents > 0)
    far = np.hypot(
        grid.x_m[site][:, None] - grid.x_m[there],
        grid.y_m[site][:, None] - grid.y_m[there],
    )
    weight = incidents[there].astype(np.float64)
    choice = location.p_median(
        location.MedianProblem(distance=far, weight=weight, p=n_stations),
        location.LocationParams(shakes=50, steps=200, node_limit=0),
    )
    chosen = np.asarray(choice.sites, dtype=np.int64)
    load = np.bincount(far[chosen].argmin(axis=0), weight, chosen.size)
    at = site[chosen[np.lexsort((chosen, -load))]]
    return gpd.GeoDataFrame(
        {"name": [f"Station {k + 1}" for k in range(at.size)]},
        geometry=gpd.points_from_xy(grid.longitude[at], grid.latitude[at]),
        crs=4326,
    )


def with_codes(stations: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give each station a short code, of which call signs are made."""
    codes: list[str] = []
    for name in stations["name"]:
        words = re.findall(r"[^\W_]+", name.upper())
        short = "".join(w[:1] for w in words) if len(words) > 1 else "".join(words)[:3]
        short = short[:4] or "S"
        code, number = short, 2
        while code in codes:
            code, number = f"{short}{number}", number + 1
        codes.append(code)
    return stations.assign(code=codes)


def areas(
    stations: gpd.GeoDataFrame, outline: BaseGeometry, crs: str
) -> gpd.GeoDataFrame:
    """Part an area among stations: to each what is nearest to it as the crow flies.

    Returns
    -------
    beats
        ``name``, such as "Central area"; ``geometry``: EPSG:4326.

    References
    ----------
    Okabe, A., Boots, B., Sugihara, K. and Chiu, S. N. (2000), Spatial Tessellations.
    """
    whole = gpd.GeoSeries([outline], crs=4326).to_crs(crs).iloc[0]
    points = stations.geometry.to_crs(crs)
    if len(stations) == 1:
        parts: Sequence[BaseGeometry] = [whole]
    else:
        cells = shapely.get_parts(
            shapely.voronoi_polygons(shapely.multipoints(points.array), extend_to=whole)
        )
        of = shapely.STRtree(cells).query(points.to_numpy(), predicate="intersects")[1]
        parts = shapely.intersection(cells[of], whole).tolist()
    return gpd.GeoDataFrame(
        {"name": stations["name"] + " area"}, geometry=list(parts), crs=crs
    ).to_crs(4326)


def share_out(units: int, weight: FloatArray) -> list[int]:
    """Share units among stations by weight, by the largest remainders.

    Every station has one while there are as many units; of remainders that tie, the
    first has it.

    Parameters
    ----------
    weight : (n_stations,)
        Such as incidents nearest to each.
    """
    least = 1 if units >= weight.size else 0
    total = float(weight.sum())
    share = weight / total if total > 0 else np.full(weight.size, 1.0 / weight.size)
    quota = (units - least * weight.size) * share
    counts = np.floor(quota).astype(np.int64)
    left = int(units - least * weight.size - counts.sum())
    counts[np.argsort(counts - quota, kind="stable")[:left]] += 1
    return [int(n) + least for n in counts]
