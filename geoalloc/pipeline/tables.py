"""From results to the frames and layers of a run."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc import demand, hotspots
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.incidents import Reading
from geoalloc.pipeline.timetables import Tonight
from geoalloc.scenario import Scenario
from geoalloc.schemas import GRADES

_AREA_COLUMNS = ["kind", "name", "population", "town", "geometry"]


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
    chosen = _asked_for(scenario, at)
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


def _asked_for(scenario: Scenario, at: pd.DataFrame) -> pd.Series:
    """Whether each incident is one that hotspots are found of."""
    wanted = scenario.hotspots
    chosen: pd.Series = at["category"].isin(wanted.categories)
    chosen &= ~hotspots.named(at["place"], wanted.excluded_places)
    return chosen & (at["position"] >= 0)


def assume_clocks(
    scenario: Scenario,
    grid: HexGrid,
    at: pd.DataFrame,
    frame: pd.DataFrame,
    rhythms: Mapping[str, demand.Rhythm],
) -> pd.DataFrame:
    """Put the rhythm of its categories where a hotspot's own hours are unknown.

    Each category's week counts by the incidents of it in the hotspot. ``peak_hours``
    stays empty: it tells what was recorded.

    Parameters
    ----------
    at
        As ``located`` gives it.
    frame
        ``schemas.HOTSPOTS``.
    rhythms
        By category; one that is not forecast has none, and is left out.
    """
    at = at[_asked_for(scenario, at)]
    hex_id = grid.hex_id[at["position"].to_numpy()]
    basis, hours, days = (
        frame[name].tolist() for name in ("peak_basis", "hour_shares", "day_shares")
    )
    for k, ids in enumerate(frame["hex_ids"]):
        if basis[k] != "none":
            continue
        inside = np.isin(hex_id, np.asarray(ids, dtype=np.uint64))
        count = at["category"][inside].value_counts()
        known = [name for name in sorted(count.index) if name in rhythms]
        if known:
            shares = np.stack([rhythms[name].share for name in known])
            week = np.average(shares, axis=0, weights=count[known]).reshape(7, 24)
            basis[k] = "assumed"
            hours[k], days[k] = week.sum(axis=0).tolist(), week.sum(axis=1).tolist()
    return frame.assign(
        peak_basis=pd.Series(basis, index=frame.index, dtype="str"),
        hour_shares=pd.Series(hours, index=frame.index, dtype="object"),
        day_shares=pd.Series(days, index=frame.index, dtype="object"),
    )


def scores(judged: list[Tonight]) -> pd.DataFrame:
    """Put model and simulation side by side for each plan."""
    parts = []
    for one in judged:
        frame = one.outcome.scores.copy()
        frame.insert(0, "plan", one.name)
        model = _model(one)
        pairs = zip(frame["measure"], frame["group"], strict=True)
        frame.insert(3, "model", [model.get(pair, np.nan) for pair in pairs])
        parts.append(frame)
        parts.append(_by_group(one))
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


def _model(one: Tonight) -> dict[tuple[str, str], float]:
    """Give what the model says, by measure and group."""
    grade = np.array([c.grade for c in one.problem.classes])
    calls = np.array([float(c.arrivals.sum()) for c in one.problem.classes])
    late = one.value.unmet.sum(axis=1)
    found: dict[tuple[str, str], float] = {}
    for name in dict.fromkeys(grade.tolist()):
        called, lost = calls[grade == name].sum(), late[grade == name].sum()
        found["calls", name], found["late", name] = float(called), float(lost)
        found["late_share", name] = float(lost / called) if called > 0 else np.nan
    return found | {("unmet", "all"): one.value.weighted_unmet}


def _by_group(one: Tonight) -> pd.DataFrame:
    """Late calls by group of hexes, of all grades: "late, district" and so on."""
    frame = one.outcome.by_group
    frame = frame[frame["measure"].isin(["late", "late_share"])]
    frame = frame[frame["grade"].isin([GRADES[0]])]
    named = frame["measure"] + ", " + frame["grouping"]
    return frame.assign(plan=one.name, measure=named, model=np.nan)[
        ["plan", "measure", "group", "model", "simulated", "low", "high"]
    ]


def saved(judged: list[Tonight]) -> tuple[float, float, float]:
    """Count the immediate calls that the first plan saves from being late.

    The plans answer the same calls, so the difference is taken shift by shift:
    its mean, and a 95 % interval for that.
    """
    first, second = (
        one.outcome.late[:, [c.grade == GRADES[0] for c in one.problem.classes]].sum(
            axis=1
        )
        for one in judged
    )
    fewer = (second - first).astype(np.float64)
    half = 1.96 * fewer.std(ddof=1) / np.sqrt(fewer.size)
    return float(fewer.mean()), float(fewer.mean() - half), float(fewer.mean() + half)


def warnings(judged: list[Tonight]) -> list[str]:
    """Say so if the simulation would rather have borders than the plan does."""
    fewer, low, high = saved(judged)
    if high >= 0 or judged[0].name == "bordered":
        return []
    return [
        f"WARNING: on the same calls the simulation has {-fewer:.1f} ({-high:.1f} to "
        f"{-low:.1f}) fewer immediate calls late {judged[1].name} than "
        f"{judged[0].name}: the dispatch cap lets units be drawn too far."
    ]


def areas(
    boundaries: Boundaries, roads: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """Gather every layer of the boundaries in one frame, and the main roads.

    Parameters
    ----------
    roads
        As ``boundaries.read_roads`` gives them; no road if None.

    Returns
    -------
    areas
        ``kind``, ``name`` (of a road its number, or else its name, if any),
        ``population`` and ``town`` (of places; else 0 and nothing) and geometry.
    """
    outline = gpd.GeoDataFrame(
        {"name": [boundaries.name]}, geometry=[boundaries.outline], crs="EPSG:4326"
    )
    layers = {
        "force": outline,
        "district": boundaries.districts,
        "beat": boundaries.beats,
        "station": boundaries.stations,
        "place": boundaries.places,
        "river": boundaries.rivers,
        "bridge": boundaries.bridges,
        "coast": boundaries.coast,
    }
    if roads is not None:
        label = roads["ref"].where(roads["ref"] != "", roads["name"])
        layers["road"] = roads.assign(name=label)
    parts = [
        layer.assign(kind=kind).reindex(columns=_AREA_COLUMNS)
        for kind, layer in layers.items()
        if len(layer)
    ]
    frame = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs="EPSG:4326")
    frame = frame.fillna({"population": 0, "town": ""})
    text = dict.fromkeys(("kind", "name", "town"), "str")
    return frame.astype({"population": np.int64} | text)
