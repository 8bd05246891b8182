"""From a scenario to the allocation problem: posts, units, journeys, classes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from geoalloc import allocation, demand, evaluation, travel
from geoalloc._types import FloatArray, IndexArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError, ScenarioError
from geoalloc.hexes import HexGrid
from geoalloc.pipeline import assumptions, force, journeys, rules
from geoalloc.pipeline.force import Force
from geoalloc.pipeline.rules import Places
from geoalloc.scenario import Scenario
from geoalloc.schemas import GRADES

_LOAD_FACTOR = 1.1  # where the calibration starts from


def require_names(scenario: Scenario, boundaries: Boundaries) -> None:
    """Require that the boundary file has every place that the scenario names.

    Raises
    ------
    ScenarioError
        If it lacks a unit's station, or a district of the minimum cover.
    """
    stations = list(boundaries.stations["name"])
    districts = list(boundaries.districts["name"])
    if not stations:
        raise ScenarioError(
            f"{boundaries.source} has no station for units to start from: add rows "
            "of kind station, with a name and a point"
        )
    for group in scenario.units if scenario.roster.path is None else ():
        if group.station not in stations:
            raise ScenarioError(
                f"units name the station {group.station!r}, which {boundaries.source} "
                f"does not have; there are {', '.join(stations)}"
            )
    for name in scenario.allocation.minimum_cover:
        if name not in districts:
            raise ScenarioError(
                f"allocation.minimum_cover names the district {name!r}, which "
                f"{boundaries.source} does not have; there are {', '.join(districts)}"
            )


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Posts, units and journeys of a shift.

    Attributes
    ----------
    posts
        As ``allocation.candidate_posts``; the stations are first, in their order.
    force
        Tonight's units.
    places
        What rules refer to.
    travel_min : (n_posts, n_hexes)
        Routine-speed minutes, sparse.
    catchment : (n_hexes,)
        The post nearest in time to each hex, -1 where none is in reach.
    travel_source, travel_notes
        Where the minutes come from, and what must be said of them.
    hours
        UTC starts of the hours of the shift.
    """

    posts: pd.DataFrame
    force: Force
    places: Places
    travel_min: sp.csr_array
    catchment: IndexArray
    travel_source: str
    travel_notes: tuple[str, ...]
    hours: pd.DatetimeIndex

    @property
    def units(self) -> pd.DataFrame:
        """Tonight's units: ``schemas.UNITS``."""
        return self.force.units


def setting(
    scenario: Scenario,
    grid: HexGrid,
    boundaries: Boundaries,
    *,
    labels: pd.DataFrame,
    expected: demand.Demand,
) -> Setting:
    """Lay out the posts, the units and the journeys from every post."""
    wanted = scenario.allocation
    posts = allocation.candidate_posts(
        grid,
        boundaries,
        expected.workload_h.sum(axis=(0, 1, 2)),
        patrol_resolution=wanted.patrol_resolution,
        demand_share=wanted.patrol_demand_share,
    )
    calls = expected.incidents.sum(axis=(0, 1))
    posts, found = journeys.from_posts(scenario, grid, boundaries, labels, posts, calls)
    return Setting(
        posts=posts,
        force=force.tonight(scenario, boundaries),
        places=rules.places(scenario, grid, boundaries, labels, posts),
        travel_min=found.travel_min,
        catchment=travel.nearest_origin(found.travel_min),
        travel_source=found.source,
        travel_notes=found.notes,
        hours=expected.periods.as_unit("us"),
    )


def problem(
    scenario: Scenario,
    boundaries: Boundaries,
    labels: pd.DataFrame,
    expected: demand.Demand,
    at: Setting,
) -> allocation.AllocationProblem:
    """State the allocation problem of the scenario's own mode."""
    wanted = scenario.allocation
    stations = boundaries.stations
    beat = pd.Index(boundaries.beats["name"])
    district = pd.Index(boundaries.districts["name"])
    kinds = scenario.all_kinds()
    return allocation.AllocationProblem(
        classes=tuple(_service_classes(scenario, labels, expected)),
        travel_min=at.travel_min,
        post_hex=at.posts["position"].to_numpy(),
        catchment=at.catchment,
        hex_beat=beat.get_indexer(labels["home_beat"]).astype(np.int64),
        hex_district=district.get_indexer(labels["district"]).astype(np.int64),
        station_min=_station_minutes(at, len(stations), wanted.post_reach_min),
        station_post=np.arange(len(stations), dtype=np.int64),
        station_beat=beat.get_indexer(stations["beat"]).astype(np.int64),
        supply=_supply(at.force, stations),
        bordered=wanted.mode == "bordered",
        home_bound=tuple(name for name, kind in kinds.items() if kind.home_bound),
        district_names=tuple(district),
        quotas=rules.quotas(scenario, at.force, at.places),
        caps=rules.caps(scenario, at.places),
        longest=rules.longest(scenario, at.places),
        locked=rules.locked(scenario, at.force, at.places),
        excluded=rules.excluded(scenario, at.places),
        current=rules.current(scenario, at.force, at.places),
        most_moves=wanted.most_moves,
        objective=wanted.objective,
        curve=wanted.curve,
        load_factor=wanted.load_factor or _LOAD_FACTOR,
        deadhead=wanted.minute_price,
    )


def _supply(tonight: Force, stations: pd.DataFrame) -> allocation.Supply:
    units = tonight.units
    home = pd.Index(stations["name"]).get_indexer(units["home_station"])
    return allocation.Supply(
        kind=tuple(units["kind"]),
        station=home.astype(np.int64),
        skills=tuple(tuple(words.split()) for words in units["skills"]),
        officers=units["officers"].to_numpy(dtype=np.int64),
        blue_light=tonight.blue_light,
        present=None if tonight.present.all() else tonight.present,
    )


def _service_classes(
    scenario: Scenario, labels: pd.DataFrame, expected: demand.Demand
) -> list[allocation.ServiceClass]:
    """State a class for each stream, and one for each need that some calls have."""
    work = expected.workload_h.sum(axis=0)
    if work.sum() == 0:
        raise DataError(
            "no call is expected in the shift: give shares above 0 to a category that "
            "the incidents hold, a layer of demand, or levers that leave some"
        )
    if scenario.allocation.objective == "harm" and expected.harm.sum() == 0:
        raise ScenarioError(
            "allocation.objective is harm, but no category that is expected has a "
            "severity: give harm in [demand.categories], or take another objective"
        )
    # Hours that police-discovered incidents take keep units as busy as calls do.
    hourly = work.sum(axis=(0, 2))
    lost = 1.0 + np.divide(
        expected.discovered_h, hourly, out=np.zeros_like(hourly), where=hourly > 0
    )
    crew, classes = assumptions.crew(scenario), []
    for stream in range(len(demand.STREAMS)):
        calls, hours = expected.incidents[stream].copy(), work[stream].copy()
        special = []
        for need, part in expected.special.items():
            own, taken = part.incidents[stream], part.workload_h[stream]
            if own.sum() > 0:
                calls = np.maximum(calls - own, 0.0)
                hours = np.maximum(hours - taken, 0.0)
                of = (own, taken * lost[:, None])
                said = _service_class(scenario, labels, expected, stream, of)
                special.append(said | _needing(need, said, crew))
        plain = (calls, hours * lost[:, None])
        classes.append(_service_class(scenario, labels, expected, stream, plain))
        classes += special
    order = {grade: k for k, grade in enumerate(GRADES)}
    classes.sort(key=lambda values: order[values["grade"]])
    return [allocation.ServiceClass(**values) for values in classes]


def _needing(need: demand.Need, said: dict[str, Any], crew: float) -> dict[str, Any]:
    """Give what sets a class apart whose calls need skills, or several officers."""
    # The work of a call is that of all its units, each of which stays for the whole
    # time on scene: their minutes are shared out between as many as go.
    n_sent = max(1.0, need.officers / crew)
    return {
        "name": " ".join([said["name"], *need.skills, f"x{need.officers}"]),
        "skills": need.skills,
        "officers": need.officers,
        "on_scene_min": said["on_scene_min"] / n_sent,
    }


def _service_class(
    scenario: Scenario,
    labels: pd.DataFrame,
    expected: demand.Demand,
    stream: int,
    part: tuple[FloatArray, FloatArray],
) -> dict[str, Any]:
    """Give what a class is made of: standards of its grade, and its calls and work."""
    name = demand.STREAMS[stream]
    grade_name = name.split("-")[0]
    grade = getattr(scenario.grades, grade_name)
    standard = np.where(labels["urban"], grade.urban_min, grade.rural_min)
    calls, work_h = part
    total = float(calls.sum())
    by_harm = scenario.allocation.objective == "harm"
    return {
        "name": name,
        "kinds": tuple(
            kind for kind, of in scenario.all_kinds().items() if name in of.serves
        ),
        # A late call counts more where those who call are vulnerable.
        "weight": grade.weight * expected.uplift(stream),
        # Plans are judged by the weight alone, so that scenarios compare.
        "severity": expected.severity(stream) if by_harm else None,
        "arrivals": calls,
        "load": work_h,
        "limit_min": standard - grade.call_handling_min,
        "speed_factor": grade.speed_factor,
        "cap_min": grade.dispatch_cap_min,
        "on_scene_min": 60.0 * float(work_h.sum()) / total if total > 0 else 0.0,
        "on_scene_cv": _spread(expected, stream),
        "call_handling_min": grade.call_handling_min,
        # Those who are not in danger wait in a queue behind those who are.
        "queue": grade_name != GRADES[0],
        "grade": grade_name,
    }


def _spread(expected: demand.Demand, stream: int) -> float:
    """Give the deviation of a call's unit-minutes on scene, as a share of its mean."""
    mean = expected.on_scene_min(stream)
    return expected.on_scene_sd_min(stream) / mean if mean > 0 else 0.0


def _station_minutes(at: Setting, n_stations: int, reach_min: float) -> FloatArray:
    rows = at.travel_min[:n_stations].tocsc()[:, at.posts["position"].to_numpy()]
    dense = rows.toarray().astype(np.float64)  # stations x posts: small
    dense[(dense == 0) | (dense > reach_min)] = np.inf
    own = np.diag(rows.toarray())
    if (own > reach_min).any():
        name = at.posts["name"].iloc[int(np.argmax(own > reach_min))]
        raise ScenarioError(
            f"allocation.post_reach_min is {reach_min:g}, but setting off at the "
            f"{name} alone takes {own.max():.1f} minutes"
        )
    return dense


def solver_params(scenario: Scenario) -> allocation.SolverParams:
    """Give the limits of the solver."""
    wanted = scenario.allocation
    return allocation.SolverParams(
        cut_rounds=wanted.cut_rounds,
        node_limit=wanted.node_limit,
        gap=wanted.gap,
        seconds=wanted.seconds,
    )


def simulation_params(scenario: Scenario, at: Setting) -> evaluation.SimulationParams:
    """Give the number of shifts to simulate, their seed, and the groups to tell of."""
    wanted = scenario.simulation
    named = {
        name: labels for name, labels in at.places.groups.items() if name != "beat"
    }
    return evaluation.SimulationParams(
        n_shifts=wanted.shifts,
        warmup_h=wanted.warmup_h,
        drain_h=wanted.drain_h,
        level_cv=wanted.level_cv,
        travel_cv=wanted.travel_cv,
        seed=wanted.seed,
        rules=evaluation.DispatchRules(
            rule=wanted.dispatch,
            minutes_per_late=wanted.minutes_per_late,
            queue=wanted.queue,
            promote_min=wanted.promote_min or np.inf,
            divert=wanted.divert,
            interruptible=tuple(wanted.interruptible),
            recall_from_break=wanted.recall_from_break,
            reserve=wanted.reserve,
        ),
        aftermath=_aftermath(scenario, at),
        on_duty=at.force.duty_min > 0,
        groups={name: of.astype(object) for name, of in named.items()},
    )


def _aftermath(
    scenario: Scenario, at: Setting
) -> tuple[evaluation.ArrestRule | evaluation.WaitRule, ...]:
    """State arrests, guards and waits."""
    rules_: list[evaluation.ArrestRule | evaluation.WaitRule] = [
        evaluation.WaitRule(
            share={str(k): v for k, v in w.shares.items()}, mean_min=w.minutes, cv=w.cv
        )
        for w in scenario.waits
    ]
    custody = scenario.custody
    if custody is not None:
        names = at.posts["name"].tolist()
        position = at.posts["position"].to_numpy()
        suites = [f"{name} police station" for name in custody.suites]
        missing = sorted(set(suites) - set(names))
        if missing:
            raise ScenarioError(
                f"custody.suites names {missing[0].removesuffix(' police station')!r}, "
                "which is no station of the boundary file"
            )
        rules_.append(
            evaluation.ArrestRule(
                share={str(k): v for k, v in custody.shares.items()},
                mean_min=custody.minutes,
                cv=custody.cv,
                suites=position[[names.index(name) for name in suites]],
            )
        )
    return tuple(rules_)
