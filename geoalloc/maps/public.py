"""The map that anyone may see: recorded incidents and expected calls by place."""

from typing import Any

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.maps import _context, _encode, _mesh, _page, _scale, _words
from geoalloc.runs import PublicPicture
from geoalloc.runs.scale import LEAST_LAND

_OWN = (
    "public.css",
    "public_panel.js",
    "public_layers.js",
    "public_controls.js",
    "public_page.js",
)
_NOT_SHOWN = "not shown"


def public_map(picture: PublicPicture) -> str:
    """Draw a public picture as one HTML page that needs no network and no other file.

    The same picture gives the same page. Densities are per km2 of land; a hex with
    less than 5 % of it counts as one with 5 %.

    Returns
    -------
    page
        HTML, UTF-8.
    """
    facts = picture.facts
    payload = {
        "name": facts["name"],
        "marking": facts["marking"],
        "synthetic": facts["synthetic"],
        "attribution": facts["attribution"],
        "period": facts["period"]["text"],
        "shift": facts["shift"],
        "groups": facts["groups"],
        "figures": _figures(picture),
        "about": _about(facts),
        "hexes": _hexes(picture),
        "views": _views(picture),
        "areas": _context.lines(picture.areas),
        "places": _context.places(picture.areas[picture.areas["kind"] == "place"]),
        "hotspots": [],
        "tables": [_districts(picture), _years(picture)],
    }
    return _page.assemble("public", _encode.packed(payload), _OWN)


def _figures(picture: PublicPicture) -> list[dict[str, Any]]:
    facts, shown = picture.facts, picture.hexes["incidents"]
    told = int(shown.notna().sum())
    expected = float(picture.hexes["expected"].sum())
    return [
        {
            "title": "Recorded incidents",
            "parts": ["", f"{facts['total']:,}", f" from {facts['period']['text']}"],
            "small": "What was recorded with coordinates inside the area. "
            "Retrospective.",
        },
        {
            "title": "Expected calls",
            "parts": ["about ", _words.count(expected), f" on {facts['shift']}"],
            "small": "A forecast, in the hexes shown, of calls that a unit goes to; it "
            "holds kinds of call that no file of incidents records.",
        },
        {
            "title": "Shown",
            "parts": ["", f"{told:,}", f" of {len(shown):,} hexes"],
            "small": "Counts under 5 are not shown, nor those that would give one "
            "away.",
        },
    ]


def _about(facts: dict[str, Any]) -> list[tuple[str, str]]:
    terms = [
        ("Data period", facts["period"]["text"]),
        ("Forecast for", facts["shift"]),
        ("Hexes", f"H3, resolution {facts['resolution']}"),
        ("Notes", "\n".join(facts["notes"])),
        ("Made by", f"geoalloc {facts['version']}"),
        ("Attribution", facts["attribution"]),
    ]
    return [(term, text) for term, text in terms if text]


def _hexes(picture: PublicPicture) -> dict[str, Any]:
    frame = picture.hexes
    groups = picture.groups["incidents"].to_numpy(dtype=np.int64, na_value=-1)
    table = groups.reshape(len(frame), -1)
    return {
        "mesh": _mesh.mesh(frame.geometry.to_numpy()),
        "place": _encode.names(frame["place"].tolist()),
        "district": _encode.names(frame["district"].tolist()),
        "gridRef": _mesh.grid_references(frame["grid_ref"].tolist()),
        "land": _encode.measure(_land(picture)),
        "incidents": _counts(frame["incidents"]),
        "groups": [_encode.varints(column + 1) for column in table.T],
        **{
            name: _encode.measure(frame[name].to_numpy(np.float64))
            for name in ("expected", "low", "high")
        },
    }


def _counts(values: pd.Series) -> str:
    """Write one more than each count, and 0 for one that is kept back."""
    found: IndexArray = values.to_numpy(dtype=np.int64, na_value=-1)
    return _encode.varints(found + 1)


def _land(picture: PublicPicture) -> FloatArray:
    area = picture.hexes["area_km2"].to_numpy(np.float64)
    land = picture.hexes["land_km2"].to_numpy(np.float64)
    return np.maximum(land, LEAST_LAND * area)


def _views(picture: PublicPicture) -> dict[str, Any]:
    counts = picture.hexes["incidents"].to_numpy(dtype=np.float64, na_value=np.nan)
    expected = picture.hexes["expected"].to_numpy(np.float64)
    period, shift = picture.facts["period"]["text"], picture.facts["shift"]
    return {
        "incidents": {
            **_view(counts, _land(picture)),
            "title": "Recorded incidents",
            "unit": "incidents per km² of land",
            "note": f"{period}. Retrospective.",
        },
        "expected": {
            **_view(expected, _land(picture)),
            "title": "Expected calls (forecast)",
            "unit": "calls per km² of land",
            "note": f"{shift}. A forecast.",
        },
    }


def _view(values: FloatArray, land: FloatArray) -> dict[str, Any]:
    known = np.isfinite(values)
    classes = _scale.classes(values[known] / land[known], values[known])
    if not known.all():
        classes["hidden"] = _NOT_SHOWN
    return {"classes": classes}


def _districts(picture: PublicPicture) -> dict[str, Any]:
    names = picture.districts["district"].drop_duplicates().tolist()
    return _table("Incidents by district", "District", names, picture.districts)


def _years(picture: PublicPicture) -> dict[str, Any]:
    found = picture.years.drop_duplicates("year")
    names = [
        str(year)
        if months == 12
        else f"{year} ({months} {'month' if months == 1 else 'months'})"
        for year, months in zip(found["year"], found["months"], strict=True)
    ]
    return _table("Incidents by year", "Year", names, picture.years)


def _table(
    title: str, first: str, names: list[str], frame: pd.DataFrame
) -> dict[str, Any]:
    """Write a table of texts; all groups together come first."""
    counts = frame["incidents"].to_numpy(dtype=np.int64, na_value=-1)
    rows = counts.reshape(len(names), -1).tolist()
    groups = frame["group"].iloc[: len(rows[0]) if rows else 0].tolist()
    return {
        "title": title,
        "head": [first, "All", *groups[1:]],
        "rows": [
            [name, *(f"{n:,}" if n >= 0 else _NOT_SHOWN for n in row)]
            for name, row in zip(names, rows, strict=True)
        ],
    }
