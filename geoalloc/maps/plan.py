"""The map of one plan: demand, hotspots, unmet demand, units and their beats."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.maps import (
    _compared,
    _context,
    _cover,
    _cubes,
    _encode,
    _forecast_words,
    _hours,
    _mesh,
    _page,
    _scale,
    _words,
    _worth,
)
from geoalloc.runs import Run
from geoalloc.schemas import GRADES

_LEAST_LAND = 0.05  # of a hex: a sliver of coast would make any density
_OWN = (
    "plan.css",
    "plan_reader.css",
    "plan_pair.css",
    "plan_state.js",
    "plan_fills.js",
    "plan_panel.js",
    "plan_duties.js",
    "plan_layers.js",
    "plan_controls.js",
    "plan_grid.js",
    "plan_find.js",
    "plan_link.js",
    "plan_sheets.js",
    "plan_table.js",
    "plan_reader.js",
    "plan_before.js",
    "plan_together.js",
    "plan_pair.js",
    "plan_moves.js",
    "plan_page.js",
)


def plan_map(run: Run) -> str:
    """Draw a plan as one HTML page that needs no network and no other file.

    The same run gives the same page. Beats are drawn from the unit that is first for
    the most urgent grade in most hours of the shift; intervals of a whole shift are
    the sums of those of its periods, as if the periods erred together.

    Parameters
    ----------
    run
        Of any H3 resolution. Densities are per km2 of land; a hex with less than
        5 % of it counts as one with 5 %.

    Returns
    -------
    page
        HTML, UTF-8.

    Raises
    ------
    SchemaError
        If a number of the record is nan or infinite.
    """
    cubes = _cubes.lay_out(run)
    tiles = _tiles(run)
    payload = {
        **_texts(run),
        "hexes": _hexes(run),
        "demand": _demand(run, cubes.demand, cubes.calls),
        "harm": _harm(cubes.demand),
        "cover": _cover.cover(run, cubes),
        "compared": _compared.compared(run, cubes),
        "drives": _compared.drives(run),
        "areas": _context.lines(run.areas),
        "places": _context.places(run.areas[run.areas["kind"] == "place"]),
        "stations": _context.points(run.areas, "station"),
        "tiles": tiles,
        **_units(run),
        "hotspots": _hotspots(run),
        "borders": _worth.border_value(run),
        "worth": _worth.tables(run),
    }
    images = tiles["url"] if tiles else ""
    return _page.assemble("plan", _encode.packed(payload), _OWN, images=images)


def _texts(run: Run) -> dict[str, Any]:
    record = run.record
    scores = _words.Scores(run.scores, record["mode"])
    valid = [_words.instant(record["valid"][key]) for key in ("from", "to")]
    return {
        "name": record["name"],
        "question": record["question"],
        "runId": record["run_id"],
        "profile": record.get("profile", "operational"),
        "marking": record["marking"],
        "handling": record["handling"],
        "synthetic": bool(record["synthetic"]),
        "exercise": record["purpose"] == "exercise",
        "retrospective": record["retrospective"],
        "mode": record["mode"],
        "attribution": record["attribution"],
        "shift": _words.shift(record),
        "hours": _words.hours(record),
        "grades": list(GRADES),
        "valid": [int(moment.timestamp() * 1000) for moment in valid],
        "figures": _words.figures(record, scores),
        "about": _words.about(record),
        "face": _forecast_words.face(record),
        "trust": _worth.trust(record),
        "reach": _worth.reach(record),
        "madeFrom": _forecast_words.made_from(record, run.demand_flow),
        "lateNote": _late_note(run, scores),
        **_standards(record),
    }


def _late_note(run: Run, scores: _words.Scores) -> str | None:
    if not _cover.holds_unmet(run):
        return None
    return _words.unmet(float(run.cover["unmet"].sum()), run.record, scores)


def _standards(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give the minutes promised by grade, in town and country; null if unknown."""
    grades = record.get("scenario", {}).get("grades", {})
    columns = {"standards": "urban_min", "ruralStandards": "rural_min"}
    return {
        name: {grade: grades.get(grade, {}).get(key) for grade in GRADES}
        for name, key in columns.items()
    }


def _tiles(run: Run) -> dict[str, str] | None:
    """Give the tiles to lie under the map; a run names its own or has none."""
    found = run.record.get("map") or {}
    if not found.get("tiles"):
        return None
    return {"url": found["tiles"], "attribution": found["tiles_attribution"]}


def _hexes(run: Run) -> dict[str, Any]:
    frame = run.hexes
    return {
        "mesh": _mesh.lattice(frame["hex_id"].to_numpy()),
        "area": _encode.measure(frame["area_km2"].to_numpy(), largest=_encode.ONE_BYTE),
        "land": _encode.runs(np.rint(1000 * _land_share(run)).astype(np.int64)),
        "place": _encode.names(frame["place"].tolist()),
        "district": _encode.names(frame["district"].tolist()),
        "beat": _encode.names(frame["home_beat"].tolist()),
        "gridRef": _mesh.grid_references(frame["grid_ref"].tolist()),
    }


def _land_share(run: Run) -> FloatArray:
    """Share of each hex that densities take as land, (n_hexes,)."""
    return np.clip(run.hexes["land_share"].to_numpy(np.float64), _LEAST_LAND, 1.0)


def _demand(run: Run, demand: _cubes.Cube, expected: FloatArray) -> dict[str, Any]:
    low, high = (demand.total(name).sum(axis=1) for name in ("low", "high"))
    total = expected.sum(axis=1)
    by_hour = expected.sum(axis=0)
    land = run.hexes["area_km2"].to_numpy() * _land_share(run)
    lengths = _cubes.lengths(run)
    return {
        "total": [_encode.measure(values) for values in total],
        "low": [_ratio(a, b) for a, b in zip(low, total, strict=True)],
        "high": [_ratio(b, a) for a, b in zip(high, total, strict=True)],
        "hours": _encode.profiles(by_hour),
        "basis": _basis(demand, by_hour.sum(axis=0)),
        "length": lengths.tolist(),
        "classes": _scale.classes(by_hour / land / lengths[:, None], by_hour),
        "unit": "incidents per km² of land per hour",
    }


def _basis(demand: _cubes.Cube, total: FloatArray) -> list[str]:
    """Write what share of each hex's demand is observed, and what share is scaled."""
    frame = demand.frame
    parts = {name: frame["incidents"] * frame[name] for name in ("observed", "scaled")}
    held = dataclasses.replace(demand, frame=pd.DataFrame(parts))
    return [_ratio(held.total(name).sum(axis=(0, 1)), total) for name in parts]


def _harm(demand: _cubes.Cube) -> dict[str, Any] | None:
    """Write the harm that calls of a shift stand for; nothing where none is weighed."""
    harm = demand.total("harm").sum(axis=(0, 1))
    if not harm.any():
        return None
    return {
        "size": _encode.levels(harm),
        "classes": _scale.classes(harm, harm),
        "unit": "expected incidents times their severity, in the hex this shift",
        "note": "Severity by category and the factor for the vulnerable are the "
        "scenario's. 5, 20, 50 and 80% of the sum lie below the breaks.",
    }


def _ratio(smaller: FloatArray, larger: FloatArray) -> str:
    """Write a ratio of at most one; of nothing to nothing it is one."""
    ratio = np.divide(smaller, larger, out=np.ones_like(larger), where=larger > 0)
    return _encode.shares(ratio)


def _units(run: Run) -> dict[str, Any]:
    stations = {name: at for name, *at in _context.points(run.areas, "station")}
    covered = _hours.hexes_covered(run)
    words, spells = _hours.timetables(run)
    visits = _hours.visits(run)
    moves = {row.unit_id: row for row in run.moves.itertuples()}
    units = []
    for row in run.posts.sort_values("unit_id").itertuples():
        move, mine = moves.get(row.unit_id), spells.get(row.unit_id, [])
        told = bool(mine) and words["reasons"][mine[0][-1]] == row.reason
        units.append(
            {
                "id": row.unit_id,
                "kind": _words.kind(row.kind),
                "station": row.home_station,
                "post": row.post,
                "gridRef": row.grid_ref,
                "at": _context.degrees(row.geometry),
                "home": stations.get(row.home_station),
                "hexes": covered.get(row.unit_id, 0),
                "reason": None if told else row.reason,  # of its first spell
                "from": move.from_post if move else None,
                "gain": _short(move.gain) if move else None,
                "spells": mine,
                "visits": visits.get(row.unit_id, []),
            }
        )
    return {"units": units, "duties": words}


def _short(value: float) -> float:
    """Keep four digits: the page shows two, and a stored run holds seven."""
    return float(f"{value:.4g}")


def _hotspots(run: Run) -> list[dict[str, Any]]:
    ids: npt.NDArray[np.uint64] = run.hexes["hex_id"].to_numpy()
    spots = []
    for row in run.hotspots.sort_values("rank").itertuples():
        at: IndexArray = _mesh.positions(ids, np.array(row.hex_ids, dtype=np.uint64))
        spots.append(
            {
                "rank": int(row.rank),
                "hexes": at[at >= 0].tolist(),
                "incidents": _short(row.incidents),
                "rate": _short(row.rate),
                "category": _words.kind(row.category),
                "peak": row.peak_hours,
                "persistence": row.persistence,
                "windows": row.windows,
                "institution": row.institution,
                "place": row.place,
                "gridRef": row.grid_ref,
            }
        )
    return spots
