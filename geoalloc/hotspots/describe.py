"""Hotspots described: one row each, with all that is told of it."""

from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj

from geoalloc import gazetteer
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import clock, naming
from geoalloc.hotspots.exceedance import exceedance
from geoalloc.hotspots.objects import Options
from geoalloc.hotspots.past import Past
from geoalloc.hotspots.persistence import hot_windows, persistence

__all__ = ["Judged", "judge", "table"]

_TYPES: dict[str, object] = {
    "rank": np.int64,
    "hex_ids": object,
    "incidents": np.float64,
    "rate": np.float64,
    "share": np.float64,
    "area_km2": np.float64,
    "area_share": np.float64,
    "times": np.float64,
    "p_value": np.float64,
    "exceedance": np.float64,
    "category": "str",
    "category_share": np.float64,
    "peak_hours": "str",
    "peak_basis": "str",
    "hour_shares": object,
    "day_shares": object,
    "persistence": "str",
    "windows": "str",
    "institution": "str",
    "place": "str",
    "grid_ref": "str",
    "latitude": np.float64,
    "longitude": np.float64,
}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What is told of each of some rows that make up the area.

    Attributes
    ----------
    exceedance : (n_rows,)
        Probability that the rate is over ``Options.times`` times the area's.
    hot : (n_rows, n_windows)
        Windows in which it was hot.
    classes : (n_rows,)
        Of persistence; "" where there are not two windows.
    """

    exceedance: FloatArray
    hot: BoolArray
    classes: npt.NDArray[np.str_]


def judge(
    grid: HexGrid, past: Past, count: IndexArray, row: IndexArray, options: Options
) -> Judged:
    """Judge rows, together the whole area, each made of hexes.

    Parameters
    ----------
    count : (n_hexes,)
        Incidents.
    row : (n_hexes,)
        Which row each hex is part of, from 0.
    """
    n_rows = int(row.max()) + 1
    land = np.bincount(row, grid.land_km2, minlength=n_rows).astype(np.float64)
    total = np.bincount(row, count, minlength=n_rows).astype(np.float64)
    probability = exceedance(total, land, times=options.times).probability
    n_windows = past.calendar.window_days.size
    hot = np.zeros((n_rows, n_windows), dtype=np.bool_)
    classes = np.full(n_rows, "")
    if n_windows:
        at = np.flatnonzero(past.window >= 0)
        cell = row[past.position[at]] * n_windows + past.window[at]
        by_window = np.bincount(cell, minlength=n_rows * n_windows)
        hot = hot_windows(
            by_window.reshape(n_rows, n_windows).astype(np.float64),
            land,
            past.calendar.window_days,
            times=options.times,
        )
        classes = persistence(hot)
    return Judged(exceedance=probability, hot=hot, classes=classes)


def table(
    found: list[IndexArray],
    past: Past,
    frame: gpd.GeoDataFrame,
    options: Options,
    *,
    grid: HexGrid,
    places: gpd.GeoDataFrame | None,
) -> gpd.GeoDataFrame:
    """Describe each hotspot: the columns of ``Found.hotspots``.

    Parameters
    ----------
    found
        Positions of the hexes of each.
    frame
        ``Found.hexes``.
    """
    count = frame["incidents"].to_numpy()
    judged = judge(grid, past, count, _as_rows(found, len(grid)), options)
    inside = _members(found, past, len(grid))
    whole = (float(count.sum()), float(grid.land_km2.sum()))
    per = past.calendar.months
    rows = []
    for k, (group, members) in enumerate(zip(found, inside, strict=True)):
        land = float(grid.land_km2[group].sum())
        rows.append(
            {
                "hex_ids": grid.hex_id[group].tolist(),
                "incidents": float(members.size),
                "rate": members.size / land / per if land else np.nan,
                "share": members.size / whole[0],
                "area_km2": land,
                "area_share": land / whole[1],
                "times": members.size / land / (whole[0] / whole[1])
                if land
                else np.nan,
                "p_value": float(frame["p_adjusted"].to_numpy()[group].min()),
                "exceedance": float(judged.exceedance[k]),
                **_kind(past, members, options),
                "persistence": str(judged.classes[k]),
                "windows": _windows(judged.hot[k]),
            }
        )
    return _placed(rows, found, inside, past, grid, places)


def _as_rows(found: list[IndexArray], n_hexes: int) -> IndexArray:
    """Give the hotspots numbers from 0, and after them each of the other hexes."""
    row = np.full(n_hexes, -1, dtype=np.int64)
    for k, group in enumerate(found):
        row[group] = k
    others = row < 0
    row[others] = len(found) + np.arange(others.sum())
    return row


def _members(found: list[IndexArray], past: Past, n_hexes: int) -> list[IndexArray]:
    """Positions of the incidents in each hotspot."""
    number = np.full(n_hexes, -1, dtype=np.int64)
    for k, group in enumerate(found):
        number[group] = k
    of = number[past.position]
    order = np.argsort(of, kind="stable")
    bounds = np.searchsorted(of[order], np.arange(len(found) + 1))
    return [order[a:b] for a, b in pairwise(bounds)]


def _kind(past: Past, members: IndexArray, options: Options) -> dict[str, object]:
    category = past.category.iloc[members]
    name = naming.commonest(category.dropna())
    clocked = past.local.iloc[members[past.hour_known[members]]]
    hours, days = clock.shares(clocked)
    return {
        "category": name,
        "category_share": float((category == name).mean()) if name else np.nan,
        "peak_hours": clock.peak_hours(clocked),
        "peak_basis": "recorded" if hours else "none",
        "hour_shares": hours,
        "day_shares": days,
        "institution": naming.institution(
            past.place.iloc[members], options.institutions
        ),
    }


def _windows(hot: BoolArray) -> str:
    return f"{hot.sum()} of {hot.size}" if hot.size else ""


def _placed(
    rows: list[dict[str, object]],
    found: list[IndexArray],
    inside: list[IndexArray],
    past: Past,
    grid: HexGrid,
    places: gpd.GeoDataFrame | None,
) -> gpd.GeoDataFrame:
    """Add rank, names and geometry, and bring the columns in order."""
    middle = np.array(
        [(grid.x_m[group].mean(), grid.y_m[group].mean()) for group in found]
    ).reshape(-1, 2)
    to_degrees = pyproj.Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(middle[:, 0], middle[:, 1])
    texts = [past.place.iloc[members] for members in inside]
    frame = pd.DataFrame(rows, columns=list(_TYPES)).assign(
        rank=np.arange(1, len(found) + 1),
        place=naming.place_names(grid, middle, texts, places),
        grid_ref=gazetteer.references(grid.crs, middle[:, 0], middle[:, 1]),
        latitude=latitude,
        longitude=longitude,
    )
    outline = [grid.dissolve(group) for group in found]
    return gpd.GeoDataFrame(frame.astype(_TYPES), geometry=outline, crs="EPSG:4326")
