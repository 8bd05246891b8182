"""The map of one plan: demand, hotspots, unmet demand, units and their beats."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoalloc import hexes
from geoalloc._types import FloatArray, IndexArray
from geoalloc.maps import (
    _context,
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
    "plan_state.js",
    "plan_fills.js",
    "plan_panel.js",
    "plan_duties.js",
    "plan_layers.js",
    "plan_controls.js",
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
    payload = {
        **_texts(run),
        "hexes": _hexes(run),
        "demand": _demand(run),
        "cover": _cover(run),
        "areas": _context.lines(run.areas),
        "places": _context.places(run.areas[run.areas["kind"] == "place"]),
        "stations": _context.points(run.areas, "station"),
        **_units(run),
        "hotspots": _hotspots(run),
        "borders": _worth.border_value(run),
        "worth": _worth.tables(run),
    }
    return _page.assemble("plan", _encode.packed(payload), _OWN)


def _texts(run: Run) -> dict[str, Any]:
    record = run.record
    scores = _words.Scores(run.scores, record["mode"])
    valid = [_words.instant(record["valid"][key]) for key in ("from", "to")]
    return {
        "name": record["name"],
        "question": record["question"],
        "runId": record["run_id"],
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
        "face": [*_worth.trust(record), *_forecast_words.face(record)],
        "reach": _worth.reach(record),
        "madeFrom": _forecast_words.made_from(record, run.demand_flow),
        "lateNote": _words.unmet(float(run.cover["unmet"].sum()), record, scores),
    }


def _hexes(run: Run) -> dict[str, Any]:
    frame = run.hexes
    return {
        "mesh": _mesh.mesh(hexes.polygons(frame["hex_id"].to_numpy())),
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


def _sums(run: Run, frame: pd.DataFrame, column: str) -> FloatArray:
    """Sum a column into (n_grades, n_periods, n_hexes)."""
    periods = pd.Index(_hours.periods(run))
    grade = pd.Index(GRADES).get_indexer(frame["grade"])
    period = periods.get_indexer(frame["period"])
    at = _mesh.positions(run.hexes["hex_id"].to_numpy(), frame["hex_id"].to_numpy())
    shape = (len(GRADES), len(periods), len(run.hexes))
    known = (period >= 0) & (at >= 0)
    cell = np.ravel_multi_index((grade[known], period[known], at[known]), shape)
    weights = frame[column].to_numpy(dtype=np.float64)[known]
    total = np.bincount(cell, weights=weights, minlength=int(np.prod(shape)))
    return total.astype(np.float64).reshape(shape)


def _demand(run: Run) -> dict[str, Any]:
    expected = _sums(run, run.demand, "incidents")
    low = _sums(run, run.demand, "low").sum(axis=1)
    high = _sums(run, run.demand, "high").sum(axis=1)
    total = expected.sum(axis=1)
    by_hour = expected.sum(axis=0)
    most = by_hour.max(axis=0, initial=0.0)
    shape = np.divide(by_hour, most, out=np.zeros_like(by_hour), where=most > 0)
    land = run.hexes["area_km2"].to_numpy() * _land_share(run)
    density = by_hour / land / _lengths(run)[:, None]
    return {
        "total": [_encode.measure(values) for values in total],
        "low": [_ratio(a, b) for a, b in zip(low, total, strict=True)],
        "high": [_ratio(b, a) for a, b in zip(high, total, strict=True)],
        "hours": [_encode.shares(row) for row in shape],
        "length": _lengths(run).tolist(),
        "classes": _scale.classes(density, by_hour),
        "unit": "incidents per km² of land per hour",
    }


def _ratio(smaller: FloatArray, larger: FloatArray) -> str:
    """Write a ratio of at most one; of nothing to nothing it is one."""
    ratio = np.divide(smaller, larger, out=np.ones_like(larger), where=larger > 0)
    return _encode.shares(ratio)


def _lengths(run: Run) -> FloatArray:
    """Hours of each period, (n_periods,)."""
    ends = [*_hours.periods(run)[1:], pd.Timestamp(_words.instant(_end(run)))]
    pairs = zip(_hours.periods(run), ends, strict=True)
    return np.array([(end - start).total_seconds() / 3600 for start, end in pairs])


def _end(run: Run) -> str:
    return str(run.record["shift"]["ends_at"])


def _cover(run: Run) -> dict[str, Any]:
    unmet = _sums(run, run.cover, "unmet").sum(axis=1)
    summed = unmet.sum(axis=0)
    waits = [_hours.wait(run, grade) for grade in GRADES]
    urgent = _sums(run, run.demand, "incidents")[0].sum(axis=0)
    known = np.isfinite(waits[0])
    sent = [_hours.sent(run, grade, _unit_ids(run)) for grade in GRADES]
    return {
        "unmet": [_encode.measure(values) for values in unmet],
        "first": _without_repeats(sent),
        "classes": _scale.classes(summed, summed),
        "unit": "late incidents expected in the hex this shift",
        "wait": [_encode.levels(values) for values in waits],
        "waitView": {
            "classes": _scale.classes(waits[0][known], urgent[known]),
            "unit": "minutes from dispatch to the first free unit, immediate calls",
            "note": "Expected, in the mean of the shift. 5, 20, 50 and 80% of the "
            "calls lie below the breaks.",
        }
        if known.any()
        else None,
    }


def _without_repeats(grades: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the units of a grade where they are those of the first grade."""
    first, *rest = grades
    same = [
        grade | {"units": None} if grade["units"] == first["units"] else grade
        for grade in rest
    ]
    return [first, *same]


def _unit_ids(run: Run) -> list[str]:
    return sorted(run.posts["unit_id"].tolist())


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
