"""From a scenario to the allocation problem: posts, units, journeys, classes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from geoalloc import allocation, demand, evaluation, travel
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError, ScenarioError
from geoalloc.hexes import HexGrid
from geoalloc.pipeline.inputs import periods
from geoalloc.scenario import Scenario

# Which kinds of unit count towards each of ``demand.STREAMS``, and the grade whose
# standard holds. A PCSO never counts towards immediate or priority calls.
_SERVICE = {
    "immediate": ("immediate", ("response",)),
    "priority": ("priority", ("response",)),
    "routine": ("routine", ("response",)),
    "routine-pcso": ("routine", ("response", "pcso")),
}


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
    for group in scenario.units:
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
    units
        ``schemas.UNITS``.
    travel_min : (n_posts, n_hexes)
        Routine-speed minutes, sparse.
    catchment : (n_hexes,)
        The post nearest in time to each hex, -1 where none is in reach.
    """

    posts: pd.DataFrame
    units: pd.DataFrame
    travel_min: sp.csr_array
    catchment: IndexArray


def setting(
    scenario: Scenario,
    grid: HexGrid,
    boundaries: Boundaries,
    *,
    urban: BoolArray,
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
    grades = [getattr(scenario.grades, name) for name, _ in _SERVICE.values()]
    reach = max(grade.dispatch_cap_min * grade.speed_factor for grade in grades)
    travel_min = travel.minutes(
        grid,
        posts["position"].to_numpy(),
        urban=urban,
        open_steps=travel.crossable(grid, boundaries.rivers, boundaries.bridges),
        speeds=travel.Speeds(**scenario.travel.model_dump()),
        reach_min=max(reach, wanted.post_reach_min),
    )
    return Setting(
        posts=posts,
        units=units(scenario, boundaries),
        travel_min=travel_min,
        catchment=travel.nearest_origin(travel_min),
    )


def units(scenario: Scenario, boundaries: Boundaries) -> pd.DataFrame:
    """List tonight's units with call signs made of kind, station code and number."""
    code = boundaries.stations.set_index("name")["code"]
    hours = periods(scenario).tz_convert("UTC")
    ends = hours[-1] + pd.Timedelta(hours=1)
    rows = []
    serial: dict[str, int] = {}
    for group in scenario.units:
        prefix = f"{group.kind[0].upper()}-{code[group.station]}"
        for _ in range(group.count):
            serial[prefix] = serial.get(prefix, 0) + 1
            rows.append(
                (
                    f"{prefix}-{serial[prefix]:02d}",
                    group.kind,
                    " ".join(group.skills),
                    group.station,
                    group.officers,
                )
            )
    names = ["unit_id", "kind", "skills", "home_station", "officers"]
    frame = pd.DataFrame(rows, columns=names)
    frame = frame.astype(dict.fromkeys(("unit_id", "kind", "skills"), "str"))
    frame["home_station"] = frame["home_station"].astype("str")
    return frame.assign(starts_at=hours[0].as_unit("us"), ends_at=ends.as_unit("us"))


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
    n_stations = len(stations)
    beat = pd.Index(boundaries.beats["name"])
    district = pd.Index(boundaries.districts["name"])
    positions = at.posts["position"].to_numpy()
    home = pd.Index(stations["name"]).get_indexer(at.units["home_station"])
    return allocation.AllocationProblem(
        classes=tuple(_service_classes(scenario, labels, expected)),
        travel_min=at.travel_min,
        post_hex=positions,
        catchment=at.catchment,
        hex_beat=beat.get_indexer(labels["home_beat"]).astype(np.int64),
        hex_district=district.get_indexer(labels["district"]).astype(np.int64),
        station_min=_station_minutes(at, n_stations, wanted.post_reach_min),
        station_post=np.arange(n_stations, dtype=np.int64),
        station_beat=beat.get_indexer(stations["beat"]).astype(np.int64),
        supply=allocation.Supply(
            kind=tuple(at.units["kind"]), station=home.astype(np.int64)
        ),
        bordered=wanted.mode == "bordered",
        district_names=tuple(district),
        quotas=_minimum_cover(scenario, labels, at),
        load_factor=wanted.load_factor,
        deadhead=wanted.minute_price,
    )


def _minimum_cover(
    scenario: Scenario, labels: pd.DataFrame, at: Setting
) -> tuple[allocation.Quota, ...]:
    """State how many response units each district has at least."""
    district = labels["district"].to_numpy()[at.posts["position"].to_numpy()]
    response = (at.units["kind"] == "response").to_numpy()
    return tuple(
        allocation.Quota(
            name=f"minimum cover of {name}",
            units=response,
            posts=district == name,
            least=least,
        )
        for name, least in sorted(scenario.allocation.minimum_cover.items())
    )


def _service_classes(
    scenario: Scenario, labels: pd.DataFrame, expected: demand.Demand
) -> list[allocation.ServiceClass]:
    urban = labels["urban"].to_numpy()
    work = expected.workload_h.sum(axis=0)
    hourly = work.sum(axis=(0, 2))
    if hourly.sum() == 0:
        raise DataError(
            "no call is expected in the shift: give shares above 0 to a category that "
            "the incidents hold, a layer of demand, or levers that leave some"
        )
    # Hours that police-discovered incidents take keep units as busy as calls do.
    lost = 1.0 + np.divide(
        expected.discovered_h, hourly, out=np.zeros_like(hourly), where=hourly > 0
    )
    mean_lost = float((lost * hourly).sum() / hourly.sum())
    classes = []
    for stream, (name, (grade_name, kinds)) in enumerate(_SERVICE.items()):
        grade = getattr(scenario.grades, grade_name)
        standard = np.where(urban, grade.urban_min, grade.rural_min)
        classes.append(
            allocation.ServiceClass(
                name=name,
                kinds=kinds,
                # A late call counts more where those who call are vulnerable.
                weight=grade.weight * expected.uplift(stream),
                arrivals=expected.incidents[stream],
                load=work[stream] * lost[:, None],
                limit_min=standard - grade.call_handling_min,
                speed_factor=grade.speed_factor,
                cap_min=grade.dispatch_cap_min,
                on_scene_min=expected.on_scene_min(stream) * mean_lost,
                on_scene_cv=_spread(expected, stream),
                call_handling_min=grade.call_handling_min,
                grade=grade_name,
            )
        )
    return classes


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


def simulation_params(scenario: Scenario) -> evaluation.SimulationParams:
    """Give the number of shifts to simulate, and their seed."""
    wanted = scenario.simulation
    return evaluation.SimulationParams(
        n_shifts=wanted.shifts, warmup_h=wanted.warmup_h, seed=wanted.seed
    )
