"""What a run was made from: the content of ``run.json``."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

import geoalloc
from geoalloc import allocation, demand, travel
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.incidents import Reading, quality
from geoalloc.pipeline import inputs, stages
from geoalloc.pipeline.layers import LayerFile
from geoalloc.pipeline.problems import Setting
from geoalloc.pipeline.timetables import Tonight
from geoalloc.runs import FORMAT_VERSION
from geoalloc.scenario import Scenario

NOTES = (
    "Recorded incidents are not all of demand: see the shares observed, scaled and "
    "assumed.",
    "Being in an area is not grounds for stop and search (PACE Code A).",
    "Bordered means that a unit never leaves its home beat, not even for an immediate "
    "call; a force that lends units lies between the two figures.",
    "Discovered incidents are not forecast; the hours that they take are counted as "
    "lost capacity.",
    "This plan advises; the planner decides, and records the decision.",
)


def inputs_of(
    area: Boundaries, past: Reading, files: Mapping[str, LayerFile]
) -> dict[str, str]:
    """List every input by name with its SHA-256."""
    found = {f"boundary {area.source}": area.sha256}
    found |= {f"incidents {s.name}": s.sha256 for s in past.sources}
    for layer, file in files.items():
        found |= {f"layer {layer}: {n}": digest for n, digest in file.sources.items()}
    return found


def require_inputs(found: dict[str, str], expected: dict[str, str]) -> None:
    """Require the inputs of an earlier run.

    Raises
    ------
    DataError
        If one is missing, new or changed.
    """
    if found == expected:
        return
    names = sorted(set(found) ^ set(expected)) or sorted(
        name for name in found if found[name] != expected[name]
    )
    raise DataError(
        f"the inputs are not those of the recorded run, first {names[0]!r}: "
        "restore the files, or plan the scenario anew"
    )


def run_id(scenario: Scenario, found: dict[str, str]) -> str:
    """Name a run by what it is made from: scenario, inputs and version."""
    made_of = [resolved_without_paths(scenario), found, geoalloc.__version__]
    text = json.dumps(made_of, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def resolved_without_paths(scenario: Scenario) -> dict[str, Any]:
    """Resolve a scenario, for its name: what a file holds counts, not where it lies."""
    resolved = scenario.resolved()
    resolved["area"].pop("boundary")
    resolved["incidents"].pop("path")
    for layer in resolved["demand"]["layers"]:
        layer.pop("path")
    resolved["roster"] = None
    resolved.pop("transparency", None)
    if resolved.get("people") is not None:
        resolved["people"]["path"] = resolved["people"]["table"] = None
    resolved["map"].pop("roads")
    resolved["briefing"].pop("actions")
    if resolved["travel"]["roads"] is not None:
        resolved["travel"]["roads"].pop("path")
    for group in resolved["groups"]:
        group["path"] = group["table"] = None
    return resolved


def record(
    scenario: Scenario,
    *,
    area: Boundaries,
    grid: HexGrid,
    past: Reading,
    expected: demand.Demand,
    found: dict[str, str],
) -> dict[str, Any]:
    """Gather what the run was made from, ready for JSON.

    The forecast and the solver add their own.
    """
    start, end = expected.periods[0], expected.periods[-1] + np.timedelta64(1, "h")
    figures = quality(past)
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    return {
        "format_version": FORMAT_VERSION,
        "name": scenario.name,
        "question": scenario.question,
        "run_id": run_id(scenario, found),
        "made_at": now.isoformat(),
        "version": geoalloc.__version__,
        "purpose": scenario.purpose,
        "marking": scenario.marking,
        "handling": scenario.handling,
        "synthetic": past.synthetic,
        "resolution": scenario.area.resolution,
        "hexes": len(grid),
        "mode": scenario.allocation.mode,
        "as_of": scenario.as_of.isoformat(),
        "shift": {
            "starts_at": start.isoformat(),
            "ends_at": end.isoformat(),
            "time_zone": scenario.time_zone,
            "periods": [period.isoformat() for period in expected.periods],
        },
        # It may be looked at as soon as its data are complete, until the shift is over.
        "valid": {
            "from": min(inputs.as_of(scenario), start).isoformat(),
            "to": end.isoformat(),
        },
        "data": _data(scenario, past, figures),
        "workload_shares": expected.workload_shares(),
        "discovered_hours": float(expected.discovered_h.sum()),
        "seeds": {
            "simulation": scenario.simulation.seed,
            "sample": scenario.incidents.seed if past.synthetic else None,
        },
        "inputs": found,
        "versions": stages.versions(),
        "boundary": {
            "source": area.source,
            "schematic": area.schematic,
            "repaired_polygons": area.n_repaired,
        },
        "snap_point_note": snap_point_note(grid, figures["places"]),
        "attribution": attribution(scenario, area, past),
        "map": {
            "tiles": scenario.map.tiles,
            "tiles_attribution": scenario.map.tiles_attribution,
        },
        "scenario": scenario.resolved(),
    }


def solved(plan: allocation.AllocationPlan) -> dict[str, Any]:
    """Say how good the plan is known to be; its timings are not part of that."""
    return {
        "status": str(plan.status),
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "stopped_by_clock": plan.stopped_by_clock,
        "steps": [
            {k: v for k, v in step.items() if k != "seconds"} for step in plan.steps
        ],
    }


def laid_out(
    tonight: Tonight, at: Setting, compared: pd.DataFrame | None
) -> dict[str, Any]:
    """Say how the hours of the shift are laid out."""
    force, shift = at.force, tonight.shift
    told: dict[str, Any] = {
        "off_post_h": round(force.off_post_h, 2),
        "lent_h": force.lent_h,
        "load_factor": tonight.problem.load_factor,
        "planned_load_factor": tonight.planned.load_factor,
    }
    if shift is None:
        return told | {"reposts": 0, "n_breaks": 0, "breaks": [], "notes": []}
    resting = shift.activity == "break"
    starts = resting & ~np.roll(resting, 1, axis=1)
    starts[:, 0] = resting[:, 0]
    return told | {
        "reposts": len(shift.reposts),
        "n_breaks": int(starts.sum()),
        "breaks": [] if compared is None else compared.reset_index().to_dict("records"),
        "overtime_h": float(shift.overtime_min.sum() / 60.0),
        "notes": list(shift.notes),
    }


def reach(tonight: Tonight, at: Setting, labels: pd.DataFrame) -> dict[str, Any]:
    """Name the places beyond the longest travel, and those that nobody reaches."""
    calls = np.sum([c.arrivals.sum(axis=0) for c in tonight.problem.classes], axis=0)
    place = labels["place"].to_numpy()
    lost = travel.unreachable(at.travel_min, calls, place)
    beyond = tonight.value.beyond
    names = pd.Series(place[beyond]).value_counts()
    return {
        "travel": {"source": at.travel_source, "notes": list(at.travel_notes)},
        "unreachable": {
            "hexes": int(lost["n_hexes"].sum()),
            "places": lost["place"].head(20).tolist(),
        },
        "beyond": {
            "hexes": int(beyond.sum()),
            "places": names.index[:20].tolist(),
        },
    }


def _data(scenario: Scenario, past: Reading, figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": scenario.incidents.source,
        "synthetic": past.synthetic,
        "files": len(past.sources),
        "period_start": figures["period"][0],
        "period_end": figures["period"][1],
        "missing_months": list(past.missing_months),
        "rows_read": past.n_read,
        "rows_used": len(past.incidents),
        "rejected": figures["rejected"],
        "categories": figures["categories"],
        "times": "time of the call"
        if past.timed
        else "the middle of the month stands in for the time of the call",
    }


def snap_point_note(grid: HexGrid, places: dict[str, Any]) -> str:
    """Warn where hexes are finer than the places that incidents are recorded at."""
    if places["rows_per_place"] < 2 or places["p90_spacing_m"] is None:
        return ""
    spacing = float(np.sqrt(grid.area_km2.mean() * 2e6 / np.sqrt(3.0)))
    far = places["p90_spacing_m"]
    note = (
        f"Positions are {places['unique']:,} snap points that stand for places nearby; "
        f"a tenth of them are over {far:.0f} m from the next."
    )
    if far > spacing / 2:
        note += f" Hexes {spacing:.0f} m apart are finer than that supports."
    return note


def attribution(scenario: Scenario, area: Boundaries, past: Reading) -> str:
    """Say whose the data are that a map or sheet shows."""
    parts = [area.attribution]
    if scenario.map.roads is not None:
        parts.append(scenario.map.roads_attribution)
    if past.synthetic:
        parts.append("Incidents: synthetic")
    elif scenario.incidents.source == "data.police.uk":
        parts.append("Incidents: data.police.uk, Open Government Licence v3.0")
    return "; ".join(part for part in parts if part)
