"""What a plan expects, covers and shows in each group of hexes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import allocation, gazetteer, hexes
from geoalloc._types import FloatArray, IndexArray
from geoalloc.evaluation import equity
from geoalloc.hexes import HexGrid
from geoalloc.pipeline import timetables
from geoalloc.pipeline.ground import Ahead, Ground
from geoalloc.pipeline.timetables import Tonight
from geoalloc.runs import Run
from geoalloc.scenario import Scenario
from geoalloc.schemas import GRADES

__all__ = ["MEASURES", "groups", "of_run", "population", "population_of", "record"]

MEASURES = {
    "people": "residents",
    "hexes": "hexes",
    "incidents": "expected calls of the shift that a unit goes to",
    "per_1000_people": "of these, for each 1,000 residents",
    "covered_share": "share of them that a unit on duty could reach within the "
    "standard, were it free",
    "patrol_min_per_1000_people": "unit-minutes of exposure for each 1,000 residents",
    "patrol_min_per_incident": "unit-minutes of exposure for each expected call",
    "visible_h": "officer-hours at posts of those who answer no immediate call",
}
"""What is told of each group, in order.

Exposure to patrol is what the plan decides: the minutes in which it posts units in
hexes of the group, and those that directed visits take there. Units leave their posts
for calls; the minutes at calls are not taken off.
"""

_COLUMNS = ["grouping", "group", "measure", "value"]
_HOUR = pd.Timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What groups are told from; each (n_hexes,).

    Attributes
    ----------
    groups
        Group of each hex, by grouping.
    people
        None if nobody knows.
    incidents, covered
        Expected calls, and those that a unit on duty could reach in time.
    exposure_min, visible_h
        See ``MEASURES``.
    """

    groups: Mapping[str, np.ndarray]
    people: FloatArray | None
    incidents: FloatArray
    covered: FloatArray
    exposure_min: FloatArray
    visible_h: FloatArray


def groups(
    scenario: Scenario,
    on: Ground,
    ahead: Ahead,
    one: Tonight,
    visits: pd.DataFrame | None,
) -> pd.DataFrame:
    """Tell of each group of hexes what the plan expects, covers and shows there.

    Groups are districts, town and country, and those of ``[[groups]]``.

    Parameters
    ----------
    visits
        ``schemas.VISITS``; None where no directed patrol is planned.

    Returns
    -------
    figures
        ``grouping, group, measure, value``: every measure of ``MEASURES``, groups in
        natural order. Nothing here is simulated, so that nothing has an interval. A
        figure for each of nobody, or of nothing, is nan.
    """
    setting, problem = ahead.setting, one.problem
    n_hexes = problem.n_hexes
    posted = np.where(one.activity == "post", setting.force.duty_min, 0.0)
    at = problem.post_hex[one.place]
    units = setting.units
    walking = _on_foot(units["kind"], _urgent(scenario.resolved(), units["kind"]))
    exposure = _by_hex(at.ravel(), posted.ravel(), n_hexes)
    officers = units["officers"].to_numpy(dtype=np.float64)
    hours = posted / 60.0 * np.where(walking, officers, 0.0)[:, None]
    arrivals = np.sum([c.arrivals.sum(axis=0) for c in problem.classes], axis=0)
    return _told(
        _Ground(
            groups={k: v for k, v in setting.places.groups.items() if k != "beat"},
            people=setting.places.people,
            incidents=arrivals,
            covered=_covered(one),
            exposure_min=exposure + _visited(on.grid, visits),
            visible_h=_by_hex(at.ravel(), hours.ravel(), n_hexes),
        )
    )


def _covered(one: Tonight) -> FloatArray:
    """Count the expected calls that a unit on duty could reach in time, (n_hexes,).

    It is told by the class of a grade that most units answer.
    """
    problem, covered = one.problem, np.zeros(one.problem.n_hexes)
    for grade in GRADES:
        members = timetables.classes_of(problem, grade)
        if not members.size:
            continue
        service = problem.classes[int(members[-1])]
        calls = np.sum([problem.classes[k].arrivals for k in members], axis=0)
        for t in range(problem.n_periods):
            if t == 0 or not np.array_equal(one.table[:, t], one.table[:, t - 1]):
                _, _, minutes = allocation.who_covers(
                    problem, one.table, int(members[-1]), t
                )
            covered += np.where(minutes <= service.limit_min, calls[t], 0.0)
    return covered


def _urgent(scenario: Mapping[str, Any], kinds: pd.Series) -> dict[str, bool]:
    """Tell which kinds of unit answer immediate calls."""
    own = scenario.get("kinds", {})
    return {
        kind: kind == "response" or GRADES[0] in own.get(kind, {"serves": []})["serves"]
        for kind in kinds.unique()
    }


def _on_foot(kind: pd.Series, urgent: Mapping[str, bool]) -> np.ndarray:
    return ~kind.map(urgent).to_numpy(dtype=bool)


def _visited(grid: HexGrid, visits: pd.DataFrame | None) -> FloatArray:
    """Sum the minutes of directed visits by hex: (n_hexes,)."""
    found = np.zeros(len(grid))
    if visits is None or visits.empty:
        return found
    where = gazetteer.places_of(visits["grid_ref"].tolist())
    at = grid.locate(where[:, 1], where[:, 0])
    minutes = visits["expected_min"].to_numpy(dtype=np.float64)
    np.add.at(found, at[at >= 0], minutes[at >= 0])
    return found


def _told(of: _Ground) -> pd.DataFrame:
    """Sum over each group, and set in relation."""
    rows: list[tuple[str, str, str, float]] = []
    for grouping, given in of.groups.items():
        label = np.where(given == "", equity.UNKNOWN, given).astype(object)
        for group in equity.in_order(label.tolist()):
            figures = _figures(of, label == group)
            rows += [(grouping, group, name, figures[name]) for name in MEASURES]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    text = dict.fromkeys(_COLUMNS[:3], "str")
    return frame.astype(text | {"value": "float64"})


def _figures(of: _Ground, here: np.ndarray) -> dict[str, float]:
    people = np.nan if of.people is None else float(of.people[here].sum())
    incidents, shown = (
        float(of.incidents[here].sum()),
        float(of.exposure_min[here].sum()),
    )
    return {
        "people": people,
        "hexes": float(here.sum()),
        "incidents": incidents,
        "per_1000_people": _each(1000.0 * incidents, people),
        "covered_share": _each(float(of.covered[here].sum()), incidents),
        "patrol_min_per_1000_people": _each(1000.0 * shown, people),
        "patrol_min_per_incident": _each(shown, incidents),
        "visible_h": float(of.visible_h[here].sum()),
    }


def _each(part: float, whole: float) -> float:
    return part / whole if whole > 0 else np.nan


def population(scenario: Mapping[str, Any]) -> str:
    """Say whose number "residents" is.

    Parameters
    ----------
    scenario
        As resolved.
    """
    told = scenario.get("people")
    if told is None:
        return (
            "Residents are a stand-in: the population of the places of the boundary "
            "file, spread around each; give [people] to count them by area."
        )
    return f"Residents: {told['source']}, spread evenly over the land of each area."


def record(
    scenario: Scenario,
    on: Ground,
    ahead: Ahead,
    one: Tonight,
    visits: pd.DataFrame | None,
) -> dict[str, Any]:
    """Gather for ``run.json`` what ``groups`` tells, and whose residents they are."""
    frame = groups(scenario, on, ahead, one, visits)
    frame["value"] = [
        None if value != value else float(f"{value:.7g}") for value in frame["value"]
    ]
    return {
        "population": population(scenario.resolved()),
        "groups": frame.astype(object).where(frame.notna(), None).to_dict("records"),
    }


def population_of(run: Run) -> str:
    """Say whose number "residents" is in what ``of_run`` gives."""
    told = run.record.get("fairness")
    return str(told["population"]) if told is not None else ""


def of_run(run: Run) -> pd.DataFrame:
    """Tell of each group what a run holds, as ``groups`` does.

    A run that has no ``fairness`` in its record is told of by district, and town and
    country, without residents.
    """
    told = run.record.get("fairness")
    if told is not None:
        frame = pd.DataFrame(told["groups"], columns=_COLUMNS)
        text = dict.fromkeys(_COLUMNS[:3], "str")
        return frame.astype(text | {"value": "float64"})
    labels = run.hexes
    place = pd.Index(labels["hex_id"])
    setting = np.where(labels["urban"], "urban", "rural")
    calls = run.demand.groupby("hex_id")["incidents"].sum().reindex(place)
    exposure, visible = _posted(run, place)
    return _told(
        _Ground(
            groups={"district": labels["district"].to_numpy(), "setting": setting},
            people=None,
            incidents=calls.fillna(0.0).to_numpy(dtype=np.float64),
            covered=_covered_in(run, place),
            exposure_min=exposure + _visited_in(run, place),
            visible_h=visible,
        )
    )


def _posted(run: Run, place: pd.Index) -> tuple[FloatArray, FloatArray]:
    """Sum unit-minutes at posts, and officer-hours of those on foot: (n_hexes,)."""
    units = run.units.set_index("unit_id")
    plan = run.plan[run.plan["activity"] == "post"].join(
        units[["officers", "starts_at", "ends_at"]], on="unit_id"
    )
    begins = plan[["period", "starts_at"]].max(axis=1)
    ends = pd.concat([plan["period"] + _HOUR, plan["ends_at"]], axis=1).min(axis=1)
    minutes = ((ends - begins) / pd.Timedelta(minutes=1)).clip(lower=0).to_numpy()
    urgent = _urgent(run.record["scenario"], run.units["kind"])
    walking = _on_foot(plan["kind"], urgent)
    officers = plan["officers"].to_numpy(dtype=np.float64)
    at = place.get_indexer(plan["post_hex"])
    hours = np.where(walking, officers, 0.0) * minutes / 60.0
    return _by_hex(at, minutes, len(place)), _by_hex(at, hours, len(place))


def _by_hex(at: IndexArray, values: FloatArray, n_hexes: int) -> FloatArray:
    """Sum values by the hex they belong to, -1 to none: (n_hexes,)."""
    found = np.bincount(at[at >= 0], values[at >= 0], minlength=n_hexes)
    return found.astype(np.float64)


def _visited_in(run: Run, place: pd.Index) -> FloatArray:
    if run.visits.empty:
        return np.zeros(len(place))
    outline = run.areas.loc[run.areas["kind"] == "force", "geometry"].iloc[0]
    grid = hexes.cover(outline, int(run.record["resolution"]))
    at = place.get_indexer(grid.hex_id)
    return _by_hex(at, _visited(grid, run.visits), len(place))


def _covered_in(run: Run, place: pd.Index) -> FloatArray:
    """Count the expected calls that a unit on duty could reach in time, (n_hexes,)."""
    grades = run.record["scenario"]["grades"]
    both = run.cover[["hex_id", "period", "grade", "minutes"]].merge(
        run.demand[["hex_id", "period", "grade", "incidents"]],
        on=["hex_id", "period", "grade"],
    )
    at = place.get_indexer(both["hex_id"])
    urban = run.hexes["urban"].to_numpy()[at]
    limit = np.where(
        urban,
        both["grade"].map({g: _limit(grades[g], "urban_min") for g in GRADES}),
        both["grade"].map({g: _limit(grades[g], "rural_min") for g in GRADES}),
    )
    reached = both["minutes"].to_numpy(dtype=np.float64) <= limit
    calls = np.where(reached, both["incidents"].to_numpy(dtype=np.float64), 0.0)
    return _by_hex(at, calls, len(place))


def _limit(grade: Mapping[str, float], standard: str) -> float:
    return grade[standard] - grade["call_handling_min"]
