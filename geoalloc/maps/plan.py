"""The map of one plan: demand, hotspots, unmet demand, units and their beats."""

from importlib.resources import files
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoalloc import hexes
from geoalloc._types import FloatArray, IndexArray
from geoalloc.maps import _encode, _mesh, _page, _words
from geoalloc.runs import Run
from geoalloc.schemas import GRADES

_BREAKS = (0.05, 0.20, 0.50, 0.80)  # shares of the sum that lie below the breaks
_LEAST_LAND = 0.05  # of a hex: a sliver of coast would make any density
_SCRIPTS = (
    "codec.js",
    "hexlayer.js",
    "marks.js",
    "frame.js",
    "panel.js",
    "layers.js",
    "controls.js",
    "page.js",
)
_LINES = ("force", "district", "beat", "river")


def plan_map(run: Run) -> str:
    """Draw a plan as one HTML page that needs no network and no other file.

    The same run gives the same page. Beats are drawn from the first unit of the
    most urgent grade at the start of the shift; intervals of a whole shift are
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
        "areas": _areas(run.areas),
        "places": _places(run),
        "stations": _points(run.areas, "station"),
        "units": _units(run),
        "hotspots": _hotspots(run),
    }
    folder = files("geoalloc.maps")
    scripts = [(folder / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    style = (folder / "page.css").read_text(encoding="utf-8")
    return _page.assemble(_encode.script_json(payload), scripts, style)


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


def _periods(run: Run) -> list[pd.Timestamp]:
    return [pd.Timestamp(_words.instant(t)) for t in run.record["shift"]["periods"]]


def _sums(run: Run, frame: pd.DataFrame, column: str) -> FloatArray:
    """Sum a column into (n_grades, n_periods, n_hexes)."""
    periods = pd.Index(_periods(run))
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
        "classes": _classes(density, by_hour),
        "unit": "incidents per km² of land per hour",
    }


def _ratio(smaller: FloatArray, larger: FloatArray) -> str:
    """Write a ratio of at most one; of nothing to nothing it is one."""
    ratio = np.divide(smaller, larger, out=np.ones_like(larger), where=larger > 0)
    return _encode.shares(ratio)


def _lengths(run: Run) -> FloatArray:
    """Hours of each period, (n_periods,)."""
    ends = [*_periods(run)[1:], pd.Timestamp(_words.instant(_end(run)))]
    pairs = zip(_periods(run), ends, strict=True)
    return np.array([(end - start).total_seconds() / 3600 for start, end in pairs])


def _end(run: Run) -> str:
    return str(run.record["shift"]["ends_at"])


def _classes(values: FloatArray, weights: FloatArray) -> dict[str, Any]:
    """Break values into at most five classes, with labels.

    The breaks are those values, rounded, below which 5, 20, 50 and 80 % of the
    sum of the weights lie: most hexes of a force are almost empty, and quantiles
    of hexes would spend the classes on them.
    """
    breaks: list[float] = []
    if (values > 0).any():
        order = np.argsort(values, axis=None, kind="stable")
        below = np.cumsum(weights.ravel()[order])
        at = np.searchsorted(below, np.array(_BREAKS) * below[-1])
        raw = values.ravel()[order][at].tolist()
        breaks = _rounded(raw, 1)
        if len(breaks) < len(_BREAKS):
            breaks = _rounded(raw, 2)
    texts = [_words.plain(b) for b in breaks]
    if not texts:
        return {"breaks": [], "labels": ["none"]}
    middle = [f"{a} to {b}" for a, b in pairwise(texts)]
    labels = [f"under {texts[0]}", *middle, f"{texts[-1]} and over"]
    return {"breaks": breaks, "labels": labels}


def _rounded(values: list[float], digits: int) -> list[float]:
    rounded = {float(f"{value:.{digits}g}") for value in values}
    return sorted(value for value in rounded if value > 0)


def _cover(run: Run) -> dict[str, Any]:
    unmet = _sums(run, run.cover, "unmet").sum(axis=1)
    summed = unmet.sum(axis=0)
    return {
        "unmet": [_encode.measure(values) for values in unmet],
        "first": _without_repeats([_first(run, grade) for grade in GRADES]),
        "classes": _classes(summed, summed),
        "unit": "late incidents expected in the hex this shift",
    }


def _first(run: Run, grade: str) -> dict[str, Any]:
    """First and second unit and minutes of a grade, as the shift starts."""
    rows = run.cover[run.cover["grade"] == grade]
    rows = rows.sort_values("period", kind="stable").drop_duplicates("hex_id")
    at = _mesh.positions(run.hexes["hex_id"].to_numpy(), rows["hex_id"].to_numpy())
    rows, at = rows[at >= 0], at[at >= 0]
    columns = []
    for column in ("first_unit", "second_unit"):
        unit = np.zeros(len(run.hexes), dtype=np.int64)
        unit[at] = 1 + pd.Index(_unit_ids(run)).get_indexer(rows[column])
        columns.append(_encode.runs(unit))
    minutes = np.full(len(run.hexes), np.nan)
    minutes[at] = rows["minutes"].to_numpy(dtype=np.float64, na_value=np.nan)
    return {"units": columns, "minutes": _encode.measure(minutes, largest=1_000)}


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


def _areas(areas: gpd.GeoDataFrame) -> dict[str, Any]:
    return {kind: _mesh.lines(areas.geometry[areas["kind"] == kind]) for kind in _LINES}


def _points(areas: gpd.GeoDataFrame, kind: str) -> list[list[Any]]:
    chosen = areas[areas["kind"] == kind]
    return [
        [name, *_degrees(point)]
        for name, point in zip(chosen["name"], chosen.geometry, strict=True)
    ]


def _degrees(point: shapely.Point) -> list[float]:
    return [round(point.y, 5), round(point.x, 5)]


def _places(run: Run) -> list[list[Any]]:
    """List names to be put on the map, the largest first.

    A town of several places stands with all its people, at the place that bears
    its name; where none does, as one more name in the middle of its people.

    Returns
    -------
    places
        Name, population, rank (0 a town that is only the name of its parts, 1 any
        other town or village, 2 a part of a town), latitude and longitude.
    """
    places = run.areas[run.areas["kind"] == "place"]
    of = places["town"].where(places["town"] != "", places["name"])
    alone = of.map(of.value_counts()) == 1
    rows = [
        [row.name, row.population, 1 if single else 2, *_degrees(row.geometry)]
        for row, single in zip(places.itertuples(index=False), alone, strict=True)
        if single or row.name != row.town
    ]
    for town, parts in places[~alone].groupby(of[~alone], sort=True):
        rank = int((parts["name"] == town).any())
        people = int(parts["population"].sum())
        rows.append([town, people, rank, *_middle(parts, town)])
    return sorted(rows, key=lambda row: (-row[1], row[0], *row[3:]))


def _middle(parts: gpd.GeoDataFrame, town: str) -> list[float]:
    named = parts.geometry[parts["name"] == town]
    if len(named):
        return _degrees(named.iloc[0])
    people = parts["population"].to_numpy(np.float64)
    weights = people if people.sum() > 0 else None
    x, y = np.average(parts.geometry.get_coordinates(), axis=0, weights=weights)
    return _degrees(shapely.Point(x, y))


def _units(run: Run) -> list[dict[str, Any]]:
    stations = {name: at for name, *at in _points(run.areas, "station")}
    plan = run.plan.drop_duplicates("unit_id")
    covered = dict(zip(plan["unit_id"], plan["hexes_covered"], strict=True))
    moves = {row.unit_id: row for row in run.moves.itertuples()}
    units = []
    for row in run.posts.sort_values("unit_id").itertuples():
        move = moves.get(row.unit_id)
        units.append(
            {
                "id": row.unit_id,
                "kind": _words.kind(row.kind),
                "station": row.home_station,
                "post": row.post,
                "gridRef": row.grid_ref,
                "at": _degrees(row.geometry),
                "home": stations.get(row.home_station),
                "hexes": int(covered.get(row.unit_id, 0)),
                "reason": row.reason,
                "from": move.from_post if move else None,
                "gain": _short(move.gain) if move else None,
            }
        )
    return units


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
                "place": row.place,
                "gridRef": row.grid_ref,
            }
        )
    return spots
