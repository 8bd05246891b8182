"""From results to the frames and layers of a run."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc import allocation, demand, evaluation, hotspots
from geoalloc._types import FloatArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.incidents import Reading
from geoalloc.pipeline.problems import Setting
from geoalloc.scenario import Scenario
from geoalloc.schemas import GRADES

_GRADE_OF_CLASS = np.array([0, 1, 2, 2])  # classes are ``demand.STREAMS``
_AREA_COLUMNS = ["kind", "name", "population", "town", "geometry"]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A plan, and what the simulation says of it."""

    name: str
    plan: allocation.Valuation
    outcome: evaluation.Outcome


def located(grid: HexGrid, reading: Reading) -> pd.DataFrame:
    """Give each incident its hex, local time and month (counted from year 0)."""
    points = reading.incidents.geometry
    local = demand.instants(reading.incidents).dt.tz_convert(reading.time_zone)
    return pd.DataFrame(
        {
            "position": grid.locate(points.y.to_numpy(), points.x.to_numpy()),
            "category": reading.incidents["category"].to_numpy(),
            "place": reading.incidents["place"],
            "local": local,
            "month": local.dt.year * 12 + local.dt.month - 1,
        },
        index=reading.incidents.index,
    )


def incident_summary(grid: HexGrid, at: pd.DataFrame) -> pd.DataFrame:
    """Count incidents by hex, category and month."""
    at = at[at["position"] >= 0]
    counts = at.groupby(["position", "category", "month"]).size()
    frame = counts.rename("incidents").reset_index()
    frame.insert(0, "hex_id", grid.hex_id[frame.pop("position").to_numpy()])
    frame["month"] = [f"{m // 12}-{m % 12 + 1:02d}" for m in frame["month"]]
    return frame.astype({"category": "str", "month": "str", "incidents": np.int64})


def hotspot_frame(
    scenario: Scenario,
    grid: HexGrid,
    boundaries: Boundaries,
    reading: Reading,
    at: pd.DataFrame,
) -> pd.DataFrame:
    """Find the hotspots of the categories asked for, and describe each."""
    wanted = scenario.hotspots
    chosen = at["category"].isin(wanted.categories)
    chosen &= ~hotspots.named(at["place"], wanted.excluded_places)
    chosen &= at["position"] >= 0
    if not chosen.any():
        raise DataError(
            "hotspots.categories and excluded_places leave no incident to find "
            "hotspots of: name other categories"
        )
    found = hotspots.find(
        reading.incidents[chosen.to_numpy()],
        grid,
        hotspots.Options(
            bandwidth_m=wanted.bandwidth_m,
            area_share=wanted.area_share,
            most=wanted.most,
            time_zone=reading.time_zone,
            period=reading.period,
            missing_months=reading.missing_months,
        ),
        places=boundaries.places,
    )
    return pd.DataFrame(found.hotspots.drop(columns="geometry"))


def cover(
    grid: HexGrid,
    problem: allocation.AllocationProblem,
    plan: allocation.Valuation,
    at: Setting,
    expected: demand.Demand,
) -> pd.DataFrame:
    """Lay out who covers each hex in each hour, and what stays unmet."""
    unit_id = np.array([*at.units["unit_id"], None], dtype=object)  # -1 is no unit
    n_periods, n_hexes = problem.n_periods, problem.n_hexes
    arrivals = np.stack([service.arrivals for service in problem.classes])
    late = arrivals * plan.none_free
    parts = []
    for number, grade in enumerate(GRADES):
        classes = np.flatnonzero(number == _GRADE_OF_CLASS)
        first, second, minutes = allocation.who_covers(
            problem, plan.post, int(classes[-1])
        )
        calls, unmet = arrivals[classes].sum(axis=0), late[classes].sum(axis=0)
        none_free = np.divide(
            unmet, calls, out=plan.none_free[classes[0]].copy(), where=calls > 0
        )
        parts.append(
            pd.DataFrame(
                {
                    "hex_id": np.tile(grid.hex_id, n_periods),
                    "period": np.repeat(expected.periods.as_unit("us"), n_hexes),
                    "grade": grade,
                    "first_unit": np.tile(unit_id[first], n_periods),
                    "second_unit": np.tile(unit_id[second], n_periods),
                    "minutes": np.tile(_finite(minutes), n_periods),
                    "none_free": np.clip(none_free, 0.0, 1.0).ravel(),
                    "unmet": unmet.ravel(),
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    return frame.astype(dict.fromkeys(("grade", "first_unit", "second_unit"), "str"))


def _finite(minutes: FloatArray) -> FloatArray:
    return np.where(np.isfinite(minutes), minutes, np.nan)


def plan_frames(
    grid: HexGrid,
    problem: allocation.AllocationProblem,
    plan: allocation.Valuation,
    at: Setting,
    expected: demand.Demand,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List where each unit stands by in each hour and why, and how it gets there."""
    first, _, _ = allocation.who_covers(problem, plan.post, 0)
    visible, _, _ = allocation.who_covers(problem, plan.post, 3)
    response = np.array([k in problem.classes[0].kinds for k in at.units["kind"]])
    n_units = len(at.units)
    led = np.where(response, _count(first, n_units), _count(visible, n_units))
    gain = allocation.gain(problem, plan.post)
    posts = at.posts.iloc[plan.post]
    home_post = problem.station_post[problem.supply.station]
    minutes = problem.station_min[problem.supply.station, plan.post]
    minutes = np.where(plan.post == home_post, 0.0, minutes)
    unit = pd.DataFrame(
        {
            "unit_id": at.units["unit_id"],
            "kind": at.units["kind"],
            "home_station": at.units["home_station"],
            "post": posts["name"].to_numpy(),
            "grid_ref": posts["grid_ref"].to_numpy(),
            "post_hex": grid.hex_id[posts["position"].to_numpy()],
            "activity": "post",
            "travel_min": minutes,
            "hexes_covered": led.astype(np.int64),
            "reason": _reasons(problem, plan, response, led, gain),
        }
    )
    text = [c for c in unit if c not in ("post_hex", "travel_min", "hexes_covered")]
    unit = unit.astype(dict.fromkeys(text, "str"))
    hours = expected.periods.as_unit("us")
    plan_frame = unit.loc[np.repeat(np.arange(n_units), len(hours))]
    plan_frame.insert(1, "period", pd.DatetimeIndex(np.tile(hours, n_units)))
    home = at.posts["name"].to_numpy()[home_post]
    moved = plan.post != home_post
    moves = pd.DataFrame(
        {
            "unit_id": unit["unit_id"],
            "from_post": home,
            "to_post": unit["post"],
            "gain": gain,
        }
    ).astype({"from_post": "str"})[moved]
    moves = moves.sort_values("gain", ascending=False, kind="stable")
    return plan_frame.reset_index(drop=True), moves.reset_index(drop=True)


def _count(unit: np.ndarray, n_units: int) -> np.ndarray:
    return np.bincount(unit[unit >= 0], minlength=n_units)


def _reasons(
    problem: allocation.AllocationProblem,
    plan: allocation.Valuation,
    response: np.ndarray,
    led: np.ndarray,
    gain: FloatArray,
) -> list[str]:
    """Say for each unit, in one sentence, what its post is good for."""
    calls = [service.arrivals.sum(axis=0) for service in problem.classes]
    reasons = []
    for unit, post in enumerate(plan.post):
        own = 0 if response[unit] else 3
        near = allocation.reached(problem, unit, int(post), own)
        word = "immediate calls" if response[unit] else "routine calls for PCSOs"
        text = (
            f"In standard reach of {calls[own][near].sum():.1f} expected {word} "
            "this shift"
        )
        if led[unit]:
            text += f"; first to {led[unit]} hexes"
        if gain[unit] > 0.0005:
            text += (
                f"; were it back at its station, {gain[unit]:.2f} more late calls "
                "(weighted)"
            )
        reasons.append(text + ".")
    return reasons


def scores(judged: list[Judged], problem: allocation.AllocationProblem) -> pd.DataFrame:
    """Put model and simulation side by side for each plan."""
    parts = []
    grade_names = np.array(GRADES)[_GRADE_OF_CLASS]
    for one in judged:
        frame = one.outcome.scores.copy()
        frame.insert(0, "plan", one.name)
        calls = [float(service.arrivals.sum()) for service in problem.classes]
        late = one.plan.unmet.sum(axis=1)
        by_grade = pd.DataFrame({"calls": calls, "late": late}).groupby(grade_names)
        model = by_grade.sum()
        model["late_share"] = model["late"] / model["calls"]
        pairs = zip(frame["measure"], frame["group"], strict=True)
        known = [
            model.loc[group, measure]
            if measure in model.columns and group in model.index
            else np.nan
            for measure, group in pairs
        ]
        frame.insert(3, "model", known)
        parts.append(frame)
    fewer, low, high = saved(judged)
    gained = {"measure": "late_saved", "group": GRADES[0], "simulated": fewer}
    parts.append(
        pd.DataFrame([gained | {"low": low, "high": high}]).assign(
            plan=judged[0].name, model=np.nan
        )
    )
    table = pd.concat(parts, ignore_index=True)
    text = dict.fromkeys(("plan", "measure", "group"), "str")
    return table.astype(text)[
        ["plan", "measure", "group", "model", "simulated", "low", "high"]
    ]


def saved(judged: list[Judged]) -> tuple[float, float, float]:
    """Count the immediate calls that the first plan saves from being late.

    The plans answer the same calls, so the difference is taken shift by shift:
    its mean, and a 95 % interval for that.
    """
    first, second = (one.outcome.late[:, 0] for one in judged)
    fewer = (second - first).astype(np.float64)
    half = 1.96 * fewer.std(ddof=1) / np.sqrt(fewer.size)
    return float(fewer.mean()), float(fewer.mean() - half), float(fewer.mean() + half)


def warnings(judged: list[Judged]) -> list[str]:
    """Say so if the simulation would rather have borders than the plan does."""
    fewer, low, high = saved(judged)
    if high >= 0 or judged[0].name == "bordered":
        return []
    return [
        f"WARNING: on the same calls the simulation has {-fewer:.1f} ({-high:.1f} to "
        f"{-low:.1f}) fewer immediate calls late {judged[1].name} than "
        f"{judged[0].name}: the dispatch cap lets units be drawn too far."
    ]


def areas(boundaries: Boundaries) -> gpd.GeoDataFrame:
    """Gather every layer of the boundaries in one frame.

    Returns
    -------
    areas
        ``kind``, ``name``, ``population`` and ``town`` (of places; else 0 and
        nothing) and geometry.
    """
    outline = gpd.GeoDataFrame(
        {"name": ["area"]}, geometry=[boundaries.outline], crs="EPSG:4326"
    )
    layers = {
        "force": outline,
        "district": boundaries.districts,
        "beat": boundaries.beats,
        "station": boundaries.stations,
        "place": boundaries.places,
        "river": boundaries.rivers,
        "bridge": boundaries.bridges,
    }
    parts = [
        layer.assign(kind=kind).reindex(columns=_AREA_COLUMNS)
        for kind, layer in layers.items()
        if len(layer)
    ]
    frame = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs="EPSG:4326")
    frame = frame.fillna({"population": 0, "town": ""})
    text = dict.fromkeys(("kind", "name", "town"), "str")
    return frame.astype({"population": np.int64} | text)


def layers(
    grid: HexGrid,
    problem: allocation.AllocationProblem,
    plan: allocation.Valuation,
    at: Setting,
    frame: pd.DataFrame,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Draw the units at their posts, and the hexes that each is first to."""
    once = frame.drop_duplicates("unit_id").reset_index(drop=True)
    position = at.posts["position"].to_numpy()[plan.post]
    posts = gpd.GeoDataFrame(
        once[["unit_id", "kind", "home_station", "post", "grid_ref", "reason"]],
        geometry=gpd.points_from_xy(grid.longitude[position], grid.latitude[position]),
        crs="EPSG:4326",
    )
    first, _, _ = allocation.who_covers(problem, plan.post, 0)
    leading = np.unique(first[first >= 0])
    beats = gpd.GeoDataFrame(
        {"unit_id": at.units["unit_id"].to_numpy()[leading]},
        geometry=[grid.dissolve(np.flatnonzero(first == unit)) for unit in leading],
        crs="EPSG:4326",
    ).astype({"unit_id": "str"})
    return posts, beats
