"""From a scenario's keys to what each stage takes."""

import dataclasses
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import scipy.sparse as sp

from geoalloc import allocation, demand, evaluation, incidents, travel
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError, ScenarioError, UsageError
from geoalloc.hexes import HexGrid
from geoalloc.scenario import Scenario

# Which kinds of unit count towards each of ``demand.STREAMS``, and the grade whose
# standard holds. A PCSO never counts towards immediate or priority calls.
_SERVICE = {
    "immediate": ("immediate", ("response",)),
    "priority": ("priority", ("response",)),
    "routine": ("routine", ("response",)),
    "routine-pcso": ("routine", ("response", "pcso")),
}


def periods(scenario: Scenario) -> pd.DatetimeIndex:
    """List the hours of the shift, in the scenario's time zone."""
    start = pd.Timestamp(scenario.shift.starts_at).tz_localize(
        scenario.time_zone, ambiguous=True, nonexistent="shift_forward"
    )
    # Hours pass in UTC, whatever the clocks do.
    hours = pd.date_range(
        start.tz_convert("UTC"), periods=scenario.shift.hours, freq="h", unit="us"
    )
    return hours.tz_convert(scenario.time_zone)


def as_of(scenario: Scenario) -> pd.Timestamp:
    """Give the instant, in UTC, from which on nothing recorded is used."""
    midnight = dt.datetime.combine(scenario.as_of, dt.time())
    local = midnight.replace(tzinfo=ZoneInfo(scenario.time_zone))
    return pd.Timestamp(local).tz_convert("UTC").as_unit("us")


def read_incidents(scenario: Scenario, boundaries: Boundaries) -> incidents.Reading:
    """Read, or make, the incidents of a scenario."""
    wanted = scenario.incidents
    zone, within = scenario.time_zone, boundaries.outline
    if wanted.source == "sample":
        return _sample(scenario, boundaries)
    if wanted.path is None:
        raise UsageError(
            f"scenario {scenario.name} reads incidents from a file: "
            "name it with --incidents PATH"
        )
    if wanted.source == "data.police.uk":
        return incidents.read_police_uk(
            Path(wanted.path), within=within, time_zone=zone
        )
    if wanted.columns is None:
        raise ScenarioError("source = table needs an [incidents.columns] table")
    columns = incidents.TableColumns(**wanted.columns.model_dump())
    return incidents.read_table(
        Path(wanted.path), columns, within=within, time_zone=zone
    )


def before(reading: incidents.Reading, as_of: pd.Timestamp) -> incidents.Reading:
    """Hold back the incidents that stand at or after ``as_of``.

    In ``counts`` they move from ``used`` to ``other``; they are not rejects.

    Raises
    ------
    DataError
        If none is left.
    """
    early = (demand.instants(reading.incidents) < as_of).to_numpy()
    if not early.any():
        raise DataError(
            f"no incident began before as_of {as_of:%Y-%m-%d}: "
            "set as_of to the end of the incident data"
        )
    late = reading.incidents["category"][~early].value_counts()
    late = reading.counts["category"].map(late).fillna(0).astype(np.int64)
    counts = reading.counts.assign(
        used=reading.counts["used"] - late, other=reading.counts["other"] + late
    )
    last = as_of.tz_convert(reading.time_zone).strftime("%Y-%m-%d")
    return dataclasses.replace(
        reading,
        incidents=reading.incidents[early].reset_index(drop=True),
        counts=counts,
        period=(reading.period[0], min(reading.period[1], as_of)),
        missing_months=tuple(m for m in reading.missing_months if f"{m}-01" < last),
    )


def _sample(scenario: Scenario, boundaries: Boundaries) -> incidents.Reading:
    """Make synthetic incidents for the months before ``as_of``, and clean them."""
    return incidents.read_frame(
        sample_table(scenario, boundaries),
        incidents.SAMPLE_COLUMNS,
        within=boundaries.outline,
        time_zone=scenario.time_zone,
        name=f"synthetic sample, seed {scenario.incidents.seed}",
        synthetic=True,
    )


def sample_table(scenario: Scenario, boundaries: Boundaries) -> pd.DataFrame:
    """Make the raw table of a scenario's synthetic incidents."""
    wanted = scenario.incidents
    return incidents.generate_sample(
        _sample_towns(boundaries),
        start=(pd.Period(scenario.as_of, "M") - wanted.months).strftime("%Y-%m-01"),
        months=wanted.months,
        per_month=wanted.rows_per_month,
        time_zone=scenario.time_zone,
        seed=wanted.seed,
    )


def _sample_towns(boundaries: Boundaries) -> pd.DataFrame:
    """List the places that a sample of incidents is drawn around."""
    places = boundaries.places
    towns = places[(places["population"] > 0) & (places["spread_km"] > 0)]
    return pd.DataFrame(
        {
            "name": towns["name"],
            "latitude": towns.geometry.y,
            "longitude": towns.geometry.x,
            "population": towns["population"],
            "spread_km": towns["spread_km"],
        }
    ).reset_index(drop=True)


def history(scenario: Scenario, reading: incidents.Reading) -> demand.History:
    """Say what the forecast may learn from, and how much time that covers."""
    start, end = reading.period
    months = pd.period_range(
        start.tz_convert(scenario.time_zone).tz_localize(None),
        end.tz_convert(scenario.time_zone).tz_localize(None) - pd.Timedelta(1, "us"),
        freq="M",
    )
    spans = pd.DataFrame(
        {
            "start": _first_instants(months, scenario.time_zone),
            "end": _first_instants(months + 1, scenario.time_zone),
        }
    )
    spans = spans[~months.astype(str).isin(list(reading.missing_months))]
    spans["start"] = spans["start"].clip(lower=start)
    spans["end"] = spans["end"].clip(upper=end)
    counts = reading.counts.set_index("category")
    located = counts["used"] / (counts["used"] + counts["no_coordinates"])
    return demand.History(
        incidents=reading.incidents,
        exposure=spans.reset_index(drop=True),
        located_share=located[counts["used"] > 0].to_dict(),
        as_of=as_of(scenario),
    )


def _first_instants(months: pd.PeriodIndex, time_zone: str) -> pd.DatetimeIndex:
    local = months.to_timestamp().as_unit("us")
    return local.tz_localize(time_zone).tz_convert("UTC")


def model(scenario: Scenario, reading: incidents.Reading) -> demand.Model:
    """Build the forecast's assumptions; rhythms are measured where times are known."""
    wanted = scenario.demand
    rhythms = {name: _rhythm(r.hours, r.days) for name, r in wanted.rhythms.items()}
    responses = {
        name: demand.Response(**response.model_dump())
        for name, response in wanted.categories.items()
    }
    if reading.timed:
        local = demand.instants(reading.incidents).dt.tz_convert(scenario.time_zone)
        category = reading.incidents["category"]
        for name in sorted(set(category) & set(responses)):
            # A measured rhythm takes the name of its category.
            rhythms[name] = demand.observed_rhythm(
                local[category == name],
                prior=rhythms[responses[name].rhythm],
                trust=wanted.rhythm_trust,
            )
            responses[name] = demand.Response(
                **(wanted.categories[name].model_dump() | {"rhythm": name})
            )
    return demand.Model(
        bandwidth_m=wanted.bandwidth_m,
        half_life_days=wanted.half_life_days,
        floor_share=wanted.floor_share,
        responses=responses,
        layers=[_layer(layer.model_dump()) for layer in wanted.layers],
        rhythms=rhythms,
    )


def _rhythm(hours: list[float], days: list[float]) -> FloatArray:
    week = np.outer(days, hours).ravel()
    return week / week.sum()


def _layer(values: dict[str, object]) -> demand.Layer:
    own = {key: values.pop(key) for key in ("name", "per_day", "surface", "error")}
    return demand.Layer(**own, response=demand.Response(**values))  # type: ignore[arg-type]


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
    """List tonight's units with call signs made of kind, station code and number.

    Raises
    ------
    ScenarioError
        If a unit's station is not in the boundary file.
    """
    code = boundaries.stations.set_index("name")["code"]
    hours = periods(scenario).tz_convert("UTC")
    ends = hours[-1] + pd.Timedelta(hours=1)
    rows = []
    serial: dict[str, int] = {}
    for group in scenario.units:
        if group.station not in code.index:
            raise ScenarioError(
                f"units name the station {group.station!r}, which the boundary file "
                f"does not have: it has {', '.join(code.index) or 'none'}"
            )
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
    unknown = sorted(set(wanted.minimum_cover) - set(district))
    if unknown:
        raise ScenarioError(
            f"allocation.minimum_cover names the district {unknown[0]!r}; "
            f"there are {', '.join(district)}"
        )
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
        minimum_cover={
            int(district.get_loc(name)): least
            for name, least in sorted(wanted.minimum_cover.items())
        },
        load_factor=wanted.load_factor,
    )


def _service_classes(
    scenario: Scenario, labels: pd.DataFrame, expected: demand.Demand
) -> list[allocation.ServiceClass]:
    urban = labels["urban"].to_numpy()
    work = expected.workload_h.sum(axis=0)
    hourly = work.sum(axis=(0, 2))
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
                weight=grade.weight,
                arrivals=expected.incidents[stream],
                load=work[stream] * lost[:, None],
                limit_min=standard - grade.call_handling_min,
                speed_factor=grade.speed_factor,
                cap_min=grade.dispatch_cap_min,
                on_scene_min=expected.on_scene_min(stream) * mean_lost,
                call_handling_min=grade.call_handling_min,
                grade=grade_name,
            )
        )
    return classes


def _station_minutes(at: Setting, n_stations: int, reach_min: float) -> FloatArray:
    rows = at.travel_min[:n_stations].tocsc()[:, at.posts["position"].to_numpy()]
    dense = rows.toarray().astype(np.float64)  # stations x posts: small
    dense[(dense == 0) | (dense > reach_min)] = np.inf
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
