"""The map of hotspots: density, significance, persistence, and what stands out."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IdArray, IndexArray
from geoalloc.boundaries import Boundaries
from geoalloc.hotspots import Found
from geoalloc.maps import _context, _encode, _hotspot_words, _mesh, _page, _scale
from geoalloc.runs import reached

_OWN = (
    "hotspots.css",
    "hotspot_panel.js",
    "hotspot_layers.js",
    "hotspot_controls.js",
    "hotspot_table.js",
    "hotspot_page.js",
)
_CLASSES = ("persistent", "emerging", "intermittent", "diminishing", "former")
_TIERS = (0.05, 0.01, 0.001)  # false discovery rates of tiers 1, 2, 3
_DECIBELS = 120  # p is written to a tenth of a power of ten, and not below 1e-12


def hotspot_map(
    found: Found, record: Mapping[str, Any], boundaries: Boundaries | None = None
) -> str:
    """Draw hotspots as one HTML page that needs no network and no other file.

    The same finding and record give the same page. Hexes that no incident reaches
    are left out of it. Longitudes run on across the antimeridian. The map is Web
    Mercator: nothing beyond 85 degrees of latitude is drawn in its place.

    Parameters
    ----------
    found
        Of any place and H3 resolution.
    record
        What it was made from: ``name``, ``period`` (``text``, and ``from``, None
        where no incident has a time), ``n_read``, ``n_used``, ``rejects`` (counts
        by reason), ``bandwidth_m``, ``kernel``, ``resolution``, ``notes``, ``area``
        (in words), ``version``, ``synthetic``; and where they are known ``marking``,
        ``attribution``, ``time_zone``, ``categories`` (counts), ``made_at``,
        ``run_id``.
    boundaries
        Places, rivers and districts to find one's way by; none if None.

    Returns
    -------
    page
        HTML, UTF-8.

    Raises
    ------
    SchemaError
        If a figure that must be a number is nan or infinite.
    """
    hexes = found.hexes.sort_values("hex_id", kind="stable")
    hexes = hexes[reached(hexes)].reset_index(drop=True)
    middle = _middle(found.grid.longitude)
    payload = {
        **_texts(found, record),
        "hexes": _hexes(hexes, middle, record["resolution"]),
        "density": _density(hexes, found, record),
        "tiers": _tiers(hexes),
        "persistence": _persistence(hexes, found),
        "areas": _areas(found, boundaries, middle),
        "places": _places(boundaries, middle),
        "hotspots": _hotspots(found.hotspots, hexes["hex_id"].to_numpy()),
    }
    return _page.assemble("hotspots", _encode.packed(payload), _OWN)


def _texts(found: Found, record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": record["name"],
        "marking": record.get("marking", ""),
        "synthetic": bool(record["synthetic"]),
        "attribution": record.get("attribution", ""),
        "under": _hotspot_words.subject(record),
        "when": _hotspot_words.period(record),
        "run": _hotspot_words.used(record),
        "face": _hotspot_words.face(record),
        "figures": _hotspot_words.figures(found, record),
        "about": _hotspot_words.about(found, record),
        "rateUnit": found.area.rate_unit,
        "times": found.options.times,
    }


def _middle(longitude: FloatArray) -> float:
    """Find the circular mean of longitudes."""
    turn = np.exp(1j * np.radians(longitude))
    return float(np.degrees(np.angle(turn.sum()))) if longitude.size else 0.0


def _hexes(hexes: gpd.GeoDataFrame, middle: float, resolution: int) -> dict[str, Any]:
    return {
        "mesh": _mesh.mesh(_mesh.beside(hexes.geometry.to_numpy(), middle)),
        "ids": _mesh.ids(hexes["hex_id"].to_numpy(), resolution),
        "incidents": _encode.varints(hexes["incidents"].to_numpy(np.int64)),
        "density": _encode.measure(hexes["per_km2"].to_numpy(np.float64)),
        "chance": _encode.varints(_decibels(hexes["p_adjusted"].to_numpy())),
        "exceedance": _encode.varints(_percent(hexes["exceedance"].to_numpy())),
        "tier": _encode.runs(hexes["tier"].to_numpy(np.int64)),
        "persistence": _encode.runs(_classes(hexes["persistence"])),
    }


def _decibels(p: FloatArray) -> IndexArray:
    least = 10.0 ** (-_DECIBELS / 10)
    return np.rint(-10 * np.log10(np.clip(p, least, 1.0))).astype(np.int64)


def _percent(share: FloatArray) -> IndexArray:
    """One more than the percent, and 0 for nan."""
    known = np.nan_to_num(100 * share, nan=-1.0)
    return np.rint(known).astype(np.int64) + 1


def _classes(persistence: pd.Series) -> IndexArray:
    """Position of each class in the legend; one past its end for none."""
    at = pd.Index(_CLASSES).get_indexer(persistence)
    return np.where(at < 0, len(_CLASSES), at).astype(np.int64)


def _density(
    hexes: pd.DataFrame, found: Found, record: Mapping[str, Any]
) -> dict[str, Any]:
    density = hexes["per_km2"].to_numpy(np.float64)
    return {
        "classes": _scale.classes(density, hexes["expected"].to_numpy(np.float64)),
        "unit": found.area.rate_unit.replace("km²", "km² of land"),
        "note": _hotspot_words.density(record),
    }


def _tiers(hexes: pd.DataFrame) -> dict[str, Any]:
    number = np.bincount(hexes["tier"].to_numpy(np.int64), minlength=len(_TIERS) + 1)
    return {
        "labels": [
            f"{_hotspot_words.percent(rate)}: {n:,} hexes"
            for rate, n in zip(_TIERS, number[1:].tolist(), strict=True)
        ],
        "unit": "significant at a false discovery rate of",
        "note": _hotspot_words.SIGNIFICANCE,
    }


def _persistence(hexes: pd.DataFrame, found: Found) -> dict[str, Any] | None:
    """Count the hexes of each class; None where the period has no two windows."""
    if len(found.area.windows) < 2:
        return None
    number = np.bincount(_classes(hexes["persistence"]), minlength=len(_CLASSES))
    return {
        "names": [*_CLASSES, "none"],
        "labels": [
            f"{name.capitalize()}: {n:,} hexes"
            for name, n in zip(_CLASSES, number.tolist(), strict=False)
        ],
        "unit": _hotspot_words.windows(found),
        "note": _hotspot_words.CLASSES,
    }


def _areas(
    found: Found, boundaries: Boundaries | None, middle: float
) -> dict[str, Any]:
    drawn = {"force": gpd.GeoSeries([found.grid.area], crs="EPSG:4326")}
    if boundaries is not None:
        drawn["river"] = boundaries.rivers.geometry
        drawn["coast"] = boundaries.coast.geometry
        if len(boundaries.districts) > 1:
            drawn["district"] = boundaries.districts.geometry
    none = gpd.GeoSeries([], crs="EPSG:4326")
    return {
        kind: _mesh.lines(_beside(drawn.get(kind, none), middle))
        for kind in ("force", "district", "river", "coast")
    }


def _beside(shapes: gpd.GeoSeries, middle: float) -> gpd.GeoSeries:
    return gpd.GeoSeries(_mesh.beside(shapes.to_numpy(), middle), crs="EPSG:4326")


def _places(boundaries: Boundaries | None, middle: float) -> list[list[Any]]:
    if boundaries is None or boundaries.places.empty:
        return []
    places = boundaries.places
    return _context.places(places.set_geometry(_beside(places.geometry, middle).values))


def _hotspots(hotspots: pd.DataFrame, ids: IdArray) -> list[dict[str, Any]]:
    spots = []
    for row in hotspots.sort_values("rank").itertuples():
        at = _mesh.positions(ids, np.array(row.hex_ids, dtype=np.uint64))
        spots.append(
            {
                "rank": int(row.rank),
                "hexes": at[at >= 0].tolist(),
                "place": row.place,
                "gridRef": row.grid_ref,
                "incidents": int(row.incidents),
                "rate": _short(row.rate),
                "share": _short(row.share),
                "areaShare": _short(row.area_share),
                "km2": _short(row.area_km2),
                "times": _short(row.times),
                "chance": _short(row.p_value),
                "exceedance": _short(row.exceedance),
                "category": _hotspot_words.category(row.category),
                "categoryShare": _known(row.category_share),
                "peak": row.peak_hours,
                "persistence": row.persistence,
                "windows": row.windows,
                "institution": row.institution,
            }
        )
    return spots


def _short(value: float) -> float:
    """Keep four digits: the page shows two or three."""
    return float(f"{value:.4g}")


def _known(value: float) -> float | None:
    return _short(value) if np.isfinite(value) else None
