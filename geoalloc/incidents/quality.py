"""What a reading says about its files: the figures of the ``check`` command."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geoalloc._types import FloatArray
from geoalloc.incidents.reading import Reading, Reason
from geoalloc.incidents.spikes import MINUTES, default_times

GENERIC_PLACES = (
    "Airport/Airfield",
    "Bus/Coach Station",
    "Conference/Exhibition Centre",
    "Ferry Terminal",
    "Further/Higher Educational Building",
    "Hospital",
    "Motorway Service Area",
    "Nightclub",
    "Park/Open Space",
    "Parking Area",
    "Pedestrian Subway",
    "Petrol Station",
    "Police Station",
    "Prison",
    "Race Track",
    "Shopping Area",
    "Sports/Recreation Area",
    "Supermarket",
    "Theatre/Concert Hall",
)
"""Kinds of place that data.police.uk gives where it names no street."""

INSTITUTIONS = ("Hospital", "Police Station", "Prison")
"""Those where incidents are recorded rather than patrolled for."""

_THIN = 0.5  # of the median month
_EARTH_M = 6_371_008.8


def quality(reading: Reading) -> dict[str, Any]:
    """Sum up what was read, what was refused, and how fine the places are.

    Returns
    -------
    figures
        Ready for JSON. Shares are between 0 and 1, spacing is in meters on a
        sphere to the nearest other place of an incident, and the located share of
        a category is of its rows that are not duplicates or withdrawn. A month
        is thin under half of the median month. Spikes are minutes of the day as
        `spikes.default_times` finds them. Undefined figures are None.
    """
    rejected = reading.rejects["reason"].value_counts()
    duplicates = {r.value: int(rejected.get(r, 0)) for r in Reason if r.is_duplicate}
    return {
        "rows": reading.n_read,
        "used": len(reading.incidents),
        "used_share": len(reading.incidents) / reading.n_read,
        "period": [
            instant.tz_convert(reading.time_zone).isoformat()
            for instant in reading.period
        ],
        "timed": reading.timed,
        "synthetic": reading.synthetic,
        "sources": [
            {"name": s.name, "sha256": s.sha256, "rows": s.rows}
            for s in reading.sources
        ],
        "rejected": {str(r): int(rejected[r]) for r in Reason if r in rejected},
        "duplicates": {
            kind.removeprefix("duplicate: "): n for kind, n in duplicates.items()
        },
        "outside_area": int(rejected.get(Reason.OUTSIDE, 0)),
        "categories": _categories(reading),
        "months": _months(reading),
        "places": _places(reading),
        "generic_places": _generic_places(reading),
        "times": _times(reading),
    }


def quality_of_places(reading: Reading) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sum up how fine places are, and how many stand for a kind of place."""
    return _places(reading), _generic_places(reading)


def _categories(reading: Reading) -> list[dict[str, Any]]:
    withdrawn = reading.rejects.loc[
        reading.rejects["reason"] == Reason.WITHDRAWN, "category"
    ].value_counts()
    rows = []
    for row in reading.counts.to_dict("records"):
        distinct = row["read"] - row["duplicate"] - withdrawn.get(row["category"], 0)
        share = 1 - row["no_coordinates"] / distinct if distinct else None
        rows.append({**row, "located_share": share})
    return rows


def _months(reading: Reading) -> dict[str, Any]:
    present = reading.months[reading.months > 0]
    thin = present[present < _THIN * present.median()]
    return {
        "rows": {str(month): int(n) for month, n in reading.months.items()},
        "missing": list(reading.missing_months),
        "thin": [str(month) for month in thin.index],
    }


def _places(reading: Reading) -> dict[str, Any]:
    geometry = reading.incidents.geometry
    rows = pd.DataFrame({"x": geometry.x, "y": geometry.y})
    at = rows.groupby(["x", "y"], sort=True).size()
    x, y = (at.index.get_level_values(name).to_numpy() for name in ("x", "y"))
    largest = int(at.to_numpy().argmax())
    there = (rows["x"] == x[largest]) & (rows["y"] == y[largest])
    names = reading.incidents["place"][there].dropna()
    spacing = _spacing_m(x, y)
    return {
        "unique": len(at),
        "rows_per_place": len(rows) / len(at),
        "shared_share": float(at[at > 1].sum() / len(rows)),
        "largest": {
            "rows": int(at.iloc[largest]),
            "place": str(names.mode().iloc[0]) if len(names) else None,
            "longitude": float(x[largest]),
            "latitude": float(y[largest]),
        },
        "median_spacing_m": float(np.median(spacing)) if len(at) > 1 else None,
        "p90_spacing_m": float(np.quantile(spacing, 0.9)) if len(at) > 1 else None,
    }


def _spacing_m(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Chord to the nearest other point: under 1 m short of the arc up to 200 km."""
    if longitude.size < 2:
        return np.full(longitude.size, np.nan)
    x, y = np.radians(longitude), np.radians(latitude)
    unit = np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])
    distance, _ = cKDTree(unit).query(unit, k=2)
    return np.asarray(distance[:, 1] * _EARTH_M)


def _generic_places(reading: Reading) -> dict[str, Any]:
    names = reading.incidents["place"].str.removeprefix("On or near ")
    n = names[names.isin(GENERIC_PLACES)].value_counts()
    return {
        "rows": int(n.sum()),
        "share": float(n.sum() / len(names)),
        "institution_rows": int(n.reindex(INSTITUTIONS).sum()),
        "names": {str(name): int(rows) for name, rows in n.items()},
    }


def _times(reading: Reading) -> dict[str, Any] | None:
    """Say how exact the times are; spikes tell times entered by default."""
    if not reading.timed:
        return None
    incidents = reading.incidents
    window = incidents["ended_at"] > incidents["started_at"]
    return {
        "reported_share": float(incidents["reported_at"].notna().mean()),
        "window_share": float(window.mean()),
        "spikes": default_minutes(reading),
    }


def default_minutes(reading: Reading) -> dict[str, int]:
    """Count by minute of the day the times that stand in for unknown ones.

    Returns
    -------
    minutes
        Such as ``{"12:00": 431}``; empty if there are none or times are not exact.
        See `spikes.default_times` for what makes one.
    """
    if not reading.timed:
        return {}
    incidents = reading.incidents
    first = incidents["reported_at"].fillna(incidents["started_at"])
    local = first.dt.tz_convert(reading.time_zone).dt
    minute = (local.hour * 60 + local.minute).to_numpy(np.int64)
    count = np.bincount(minute, minlength=MINUTES)
    default, _ = default_times(count)
    return {
        f"{m // 60:02d}:{m % 60:02d}": int(count[m]) for m in np.flatnonzero(default)
    }
