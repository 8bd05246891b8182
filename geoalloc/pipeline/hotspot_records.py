"""What hotspots were made from: the content of ``record.json``."""

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

import geoalloc
from geoalloc import runs
from geoalloc._types import BoolArray
from geoalloc.boundaries import Boundaries
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import Found
from geoalloc.incidents import Gathered, Reading
from geoalloc.incidents.quality import default_minutes
from geoalloc.pipeline import stages
from geoalloc.pipeline.requests import FOOTPRINT, Request

__all__ = [
    "DISCOVERED",
    "Setting",
    "attribution",
    "inputs_of",
    "record",
    "run_id",
    "unlocated",
]

FORMAT_VERSION = 1
_OGL = "Incidents: data.police.uk, Open Government Licence v3.0"
_UNLOCATED = 0.02  # share of the rows without coordinates from which a note says so
# Recorded where police look for them: more looking makes more of them.
DISCOVERED = ("drugs", "possession-of-weapons", "narcotics", "weapons-violation")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The incidents chosen, where they were read from, and the hexes."""

    request: Request
    gathered: Gathered
    area: Boundaries | None
    grid: HexGrid
    reading: Reading
    chosen: BoolArray


def run_id(request: Request, inputs: dict[str, str]) -> str:
    """Name a run by what it is made from: what is asked, inputs and version."""
    asked = dataclasses.asdict(request)
    # What a file holds counts, not where it lies.
    for name in ("paths", "boundary"):
        asked.pop(name)
    made_of = [asked, request.title, inputs, geoalloc.__version__]
    text = json.dumps(made_of, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def inputs_of(reading: Reading, area: Boundaries | None) -> dict[str, str]:
    """List every input by name with its SHA-256."""
    files = {f"incidents {s.name}": s.sha256 for s in reading.sources}
    return files | ({f"boundary {area.source}": area.sha256} if area else {})


def record(at: Setting, found: Found) -> dict[str, Any]:
    """Gather what hotspots were made from, ready for JSON."""
    request, reading = at.request, at.reading
    inputs = inputs_of(reading, at.area)
    rejected = {
        str(reason): int(n)
        for reason, n in reading.rejects["reason"].value_counts().items()
    }
    not_asked = int((~at.chosen).sum())
    if not_asked:
        rejected["category or place not asked for"] = not_asked
    if found.area.outside:
        rejected["in no hex of the area"] = found.area.outside
    made_at = dt.datetime.now(dt.UTC).replace(microsecond=0)
    return {
        "format_version": FORMAT_VERSION,
        "run_id": run_id(request, inputs),
        "name": request.title,
        "made_at": made_at.isoformat(),
        "version": geoalloc.__version__,
        "versions": stages.versions(),
        "marking": request.marking,
        "synthetic": reading.synthetic,
        "retrospective": "Where incidents were recorded, not a forecast.",
        "area": FOOTPRINT if at.area is None else f"boundary {at.area.source}",
        "resolution": at.grid.resolution,
        "hexes": len(at.grid),
        "hexes_in": _hexes_in(found),
        "period": _period(found),
        "time_zone": at.gathered.time_zone,
        "source": at.gathered.source,
        "columns": at.gathered.told,
        "n_read": reading.n_read,
        "n_used": found.area.incidents,
        "rejects": rejected,
        "categories": _categories(at),
        "bandwidth_m": found.options.bandwidth_m,
        "kernel": found.options.kernel,
        "figures": _plain(dataclasses.asdict(found.area)),
        "options": _asked(at, found),
        "notes": [*found.notes, *_notes(at, found)],
        "attribution": attribution(at),
    }


def _hexes_in(found: Found) -> dict[str, int]:
    """Count the hexes in each file: the large ones leave out what says nothing."""
    told = int(runs.reached(found.hexes).sum())
    tables = dict.fromkeys(("hexes.csv", "hotspots.gpkg", "map.html"), told)
    return {"hexes.parquet": len(found.hexes)} | tables


def _plain(value: Any) -> Any:  # noqa: ANN401 - anything that JSON has a form for
    """Write what JSON has no form for: instants as text, undefined as null."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, pd.Timestamp | dt.date):
        return value.isoformat()
    return None if isinstance(value, float) and value != value else value


def _asked(at: Setting, found: Found) -> dict[str, Any]:
    """List every option as it was used, by the names of `Options` and `Request`."""
    request = dataclasses.asdict(at.request)
    kept = ("categories", "excluded_categories", "excluded_places", "since", "until")
    options = dataclasses.asdict(found.options)
    asked = {name: request[name] for name in kept} | options
    return dict(_plain(asked | {"choose_bandwidth": at.request.choose_bandwidth}))


def _period(found: Found) -> dict[str, str | None]:
    start, end = found.area.start, found.area.end
    if start is None or end is None:
        return {"from": None, "to": None, "text": "no times"}
    zone = found.options.time_zone
    first = start.tz_convert(zone)
    last = end.tz_convert(zone) - pd.Timedelta(1, "us")
    days = dict.fromkeys(f"{day.day} {day:%B %Y}" for day in (first, last))
    text = " to ".join(days)
    return {"from": f"{first:%Y-%m-%d}", "to": f"{last:%Y-%m-%d}", "text": text}


def _categories(at: Setting) -> dict[str, int]:
    chosen = at.reading.incidents["category"][at.chosen].value_counts()
    return {str(name): int(n) for name, n in sorted(chosen.items())}


def attribution(at: Setting) -> str:
    """Say whose the data are."""
    parts = [at.request.attribution, at.area.attribution if at.area else ""]
    parts.append("Incidents: synthetic" if at.reading.synthetic else "")
    parts.append(_OGL if at.gathered.source == "data.police.uk" else "")
    return "; ".join(part for part in parts if part)


def _notes(at: Setting, found: Found) -> Iterator[str]:
    """Say what is to be known of the reading, a sentence each."""
    if at.area is None:
        yield (
            "No boundary was given: the area is the footprint of the incidents, on "
            "which every figure per area depends."
        )
    elif at.area.schematic:
        yield "The boundary is schematic: drawn by hand, not surveyed."
    yield from unlocated(at.reading)
    at_institutions = int((found.hotspots["institution"] != "").sum())
    if at_institutions:
        yield (
            f"{at_institutions} of {len(found.hotspots)} hotspots are at an "
            "institution where incidents are recorded rather than patrolled for."
        )
    discovered = [name for name in DISCOVERED if name in _categories(at)]
    if discovered:
        yield (
            f"Incidents of {' and '.join(discovered)} are mostly found where police "
            "look for them: a hotspot of them tells of patrols, too."
        )
    spikes = default_minutes(at.reading)
    if spikes:
        told = ", ".join(f"{minute} ({n:,})" for minute, n in spikes.items())
        yield f"Times entered by default are likely: {told}. Peak hours may lean there."


def unlocated(reading: Reading) -> Iterator[str]:
    """Say how many rows have no coordinates, if they are not few."""
    counts = reading.counts.set_index("category")
    share = counts["no_coordinates"].sum() / max(counts["read"].sum(), 1)
    if share >= _UNLOCATED:
        of = counts["no_coordinates"] / counts["read"].where(counts["read"] >= 100)
        name = "" if of.isna().all() else str(of.idxmax()).replace("-", " ")
        worst = f", of {name} {of.max():.0%}" if name else ""
        yield f"{share:.0%} of the rows have no coordinates{worst}: they are on no map."
