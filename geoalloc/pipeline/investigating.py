"""share_casework(scenario) -> CaseworkRun: who investigates what."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import allocation, boundaries, gazetteer, hexes
from geoalloc._types import FloatArray
from geoalloc.boundaries import Boundaries
from geoalloc.demand import Investigations
from geoalloc.errors import DataError, ScenarioError
from geoalloc.hexes import HexGrid
from geoalloc.pipeline import journeys, marked_tables, outlook, stages
from geoalloc.runs import OutlookRun
from geoalloc.scenario import Scenario

__all__ = ["CaseworkRun", "share_casework", "write_casework"]

_NOON = 12  # investigators drive by day
_REACH_MIN = 600.0  # nobody drives longer between two bases of a force
_TEXTS = ("what", "team", "base", "district", "pip", "specialism", "holder")
_HOURS = ("hours", "travel_h", "handover_h", "cases")
_COLUMNS = (*_TEXTS, "moved", *_HOURS, "why_not")


@dataclass(frozen=True, kw_only=True)
class CaseworkRun:
    """Hours of teams shared out over the cases of some months.

    Attributes
    ----------
    plan
        Of the mode that the scenario asks for.
    borders
        ``allocation.compare_borders``: bordered beside borderless, by district.
    one_more
        ``allocation.value_of_investigators``: by PIP level and district.
    bases
        By district: ``base``, the place that drives begin and end at.
    record
        Months, mode, marking, largest ratio, hours asked, unserved and driven, notes.
    """

    plan: allocation.CaseworkPlan
    borders: pd.DataFrame
    one_more: pd.DataFrame
    bases: pd.DataFrame
    record: dict[str, Any]

    @property
    def unserved(self) -> pd.DataFrame:
        """By ``district`` and ``pip``: ``hours`` asked for, ``unserved_h`` of them."""
        by = self.plan.work.groupby(["district", "pip"], sort=False, as_index=False)
        return by[["hours", "unserved_h"]].sum()

    def as_json(self) -> dict[str, Any]:
        """Give the record and the tables, ready for JSON."""
        tables = {
            "assignments": self.plan.assignments,
            "work": self.plan.work,
            "teams": self.plan.teams,
            "unserved": self.unserved,
            "borders": self.borders,
            "one_more": self.one_more,
            "bases": self.bases,
        }
        return self.record | {
            name: frame.astype(object).where(frame.notna(), None).to_dict("records")
            for name, frame in tables.items()
        }


def share_casework(
    scenario: Scenario,
    *,
    months: int = 1,
    progress: Callable[[str], None] = stages.silent,
) -> CaseworkRun:
    """Share the hours of investigators out over districts and teams.

    The work is that of ``look_ahead``: new crime that is not screened out, and open
    cases. Within a district no drive is counted: hours of a case hold those. Between
    two, it is from base to base at noon; the base of a district is its station with
    the most officers in the scenario's units, the first in the boundary file of
    those that are equal, or the middle of a district without a station.

    Parameters
    ----------
    months
        How many, from the first that is not known; hours and caseloads of teams
        count for each.

    Raises
    ------
    ScenarioError
        If the scenario has no teams, or one is in a district that is not there.
    DataError
        If an input is wrong, or nobody is accredited for some work.
    """
    wanted = scenario.investigators
    if not wanted.teams:
        raise ScenarioError(
            f"scenario {scenario.name} has no investigators: add the table "
            "[investigators] with a [[investigators.teams]] for each team (name, "
            "district, hours, pip)"
        )
    area = boundaries.read(scenario.area.boundary)
    require_names(scenario, area)
    ahead = outlook.look_ahead(scenario, months=months, progress=progress)
    if ahead.casework is None:
        raise ScenarioError(
            "no category of the incidents has casework: give its hours, screened_out "
            "and pip in [investigations.categories]"
        )
    clock = stages.Clock(progress)
    with clock("travel"):
        grid = hexes.cover(area.outline, scenario.area.resolution)
        labels = gazetteer.label(
            grid, area, urban_population=scenario.area.urban_population
        )
        problem, bases, told = state(scenario, area, grid, labels, ahead.casework)
        source, notes = told
    with clock("investigators"):
        plan = allocation.allocate_investigators(problem)
        borders = allocation.compare_borders(problem)
        hours = scenario.investigators.officer_hours * len(_months(ahead.casework))
        one_more = allocation.value_of_investigators(problem, hours=hours)
    record = _record(scenario, ahead, plan) | {
        "travel": source,
        "one_more_hours": hours,
        "timings": ahead.record["timings"] | clock.seconds,
        "notes": [*ahead.casework.notes, *plan.notes, *_notes(bases), *notes],
    }
    return CaseworkRun(
        plan=plan,
        borders=borders,
        one_more=one_more,
        bases=bases[["district", "base"]],
        record=record,
    )


def state(
    scenario: Scenario,
    area: Boundaries,
    grid: HexGrid,
    labels: pd.DataFrame,
    casework: Investigations,
) -> tuple[allocation.CaseworkProblem, pd.DataFrame, tuple[str, tuple[str, ...]]]:
    """State who may investigate what, and how far it is.

    Returns
    -------
    problem
    bases
        ``district``, ``base`` and ``position``.
    travel
        Where the minutes between bases come from, and what to say of them.
    """
    bases = _bases(scenario, area, grid)
    minutes, source, notes = _travel(scenario, area, grid, labels, bases)
    problem = _problem(scenario, casework, tuple(bases["district"]), minutes)
    return problem, bases, (source, notes)


def require_names(scenario: Scenario, area: Boundaries) -> None:
    """Require that teams and holders name districts and teams that there are."""
    wanted, districts = scenario.investigators, list(area.districts["name"])
    teams = [team.name for team in wanted.teams]
    named = [(f"team {team.name!r}", team.district) for team in wanted.teams]
    named += [(f"holder {one.team!r}", one.district) for one in wanted.holders]
    for what, district in named:
        if district not in districts:
            raise ScenarioError(
                f"investigators: {what} names the district {district!r}, which "
                f"{area.source} does not have; there are {', '.join(districts)}"
            )
    for one in wanted.holders:
        if one.team not in teams:
            raise ScenarioError(
                f"investigators.holders names the team {one.team!r}; there are "
                f"{', '.join(teams)}"
            )


def _bases(scenario: Scenario, area: Boundaries, grid: HexGrid) -> pd.DataFrame:
    """Find the base of each district: ``district``, ``base``, ``position``."""
    officers: dict[str, int] = {}
    for group in scenario.units:
        more = group.count * group.officers
        officers[group.station] = officers.get(group.station, 0) + more
    beats = area.beats.set_index("name")["district"]
    stations = area.stations.assign(
        district=area.stations["beat"].map(beats),
        officers=[officers.get(name, 0) for name in area.stations["name"]],
    )
    rows = []
    for place in area.districts.itertuples():
        own = stations[stations["district"] == place.name]
        if len(own):
            best = own.iloc[int(np.argmax(own["officers"]))]
            base, point = f"{best['name']} police station", best.geometry
        else:
            base, point = "its middle", place.geometry.representative_point()
        at = int(grid.locate(np.array([point.y]), np.array([point.x]))[0])
        if at < 0:
            raise DataError(
                f"the base of {place.name} ({base}) is in no hex of the area: correct "
                f"{area.source}"
            )
        rows.append((place.name, base, at))
    frame = pd.DataFrame(rows, columns=["district", "base", "position"])
    return frame.astype({"district": "str", "base": "str"})


def _travel(
    scenario: Scenario,
    area: Boundaries,
    grid: HexGrid,
    labels: pd.DataFrame,
    bases: pd.DataFrame,
) -> tuple[FloatArray, str, tuple[str, ...]]:
    """Find the minutes between bases, where they come from, and what to say."""
    at = bases["position"].to_numpy(dtype=np.int64)
    found = journeys.times(scenario, grid, area, labels).journeys(
        grid, at, reach_min=_REACH_MIN, hour=_NOON
    )
    minutes = found.travel_min.tocsc()[:, at].toarray().astype(np.float64)
    minutes[minutes == 0] = np.inf
    np.fill_diagonal(minutes, 0.0)
    return minutes, found.source, found.notes


def _months(casework: Investigations) -> list[str]:
    return [str(month) for month in casework.totals["month"].unique()]


def _problem(
    scenario: Scenario,
    casework: Investigations,
    districts: tuple[str, ...],
    travel_min: FloatArray,
) -> allocation.CaseworkProblem:
    wanted, months = scenario.investigators, _months(casework)
    terms = allocation.CaseworkTerms(
        specialisms=wanted.specialisms,
        holders={(one.district, one.pip): one.team for one in wanted.holders},
        may_move=wanted.may_move,
        handover_h=wanted.handover_h,
        weights={int(pip): weight for pip, weight in wanted.weights.items()},
    )
    teams = tuple(
        allocation.InvestigationTeam(
            name=team.name,
            district=team.district,
            hours=team.hours * len(months),
            pip=team.pip,
            specialisms=tuple(team.specialisms),
            most_cases=team.most_cases and team.most_cases * len(months),
        )
        for team in wanted.teams
    )
    return allocation.CaseworkProblem(
        teams=teams,
        work=allocation.casework_of(casework, months, terms),
        districts=districts,
        travel_min=travel_min,
        bordered=wanted.mode == "bordered",
        hours_per_trip=wanted.hours_per_trip,
    )


def _record(
    scenario: Scenario, ahead: OutlookRun, plan: allocation.CaseworkPlan
) -> dict[str, Any]:
    months = [str(month) for month in ahead.ahead.frame["month"].unique()]
    same = ("name", "marking", "handling", "synthetic", "version", "run_id")
    return {key: ahead.record[key] for key in same if key in ahead.record} | {
        "months": [months[0], months[-1]],
        "mode": scenario.investigators.mode,
        "asked_h": float(plan.work["hours"].sum()),
        "unserved_h": float(plan.work["unserved_h"].sum()),
        "weighted_unserved_h": plan.unserved,
        "largest_ratio": plan.largest_ratio,
        "travel_h": plan.travel_h,
        "handover_h": plan.handover_h,
    }


def _notes(bases: pd.DataFrame) -> list[str]:
    said = ", ".join(f"{row.base} for {row.district}" for row in bases.itertuples())
    return [
        "Hours of teams are those of the scenario.",
        f"Drives between districts are from base to base: {said}.",
        "Hours can be parted, and a case may end up with two teams: a supervisor "
        "rounds, and decides.",
    ]


def write_casework(run: CaseworkRun, path: Path, *, force: bool = False) -> None:
    """Write hours by team and work, and what is not served, as one CSV.

    ``what`` is ``assigned`` or ``not served``. Whole or not at all, with the marking.

    Raises
    ------
    UsageError
        If the file is there and ``force`` is not given.
    DataError
        If it cannot be written.
    """
    marked_tables.require_free(path, force=force)
    base = run.plan.teams.set_index("team")["district"]
    given = run.plan.assignments
    short = run.plan.work[run.plan.work["unserved_h"] > 0]
    rows = pd.concat(
        [
            given.assign(what="assigned", base=given["team"].map(base), why_not=""),
            short.drop(columns="hours")
            .rename(columns={"unserved_h": "hours"})
            .assign(what="not served", team="", base=""),
        ],
        ignore_index=True,
    )
    text = dict.fromkeys(("what", "team", "base", "why_not"), "str")
    frame = rows.reindex(columns=list(_COLUMNS)).astype(text)
    marked_tables.write(frame, path, run.record["marking"])
