"""How far lattice times are from road times: python -m benchmarks.travel [FOLDER].

FOLDER holds Avon and Somerset as ``GEOALLOC_DATA`` does. Random journeys between
hexes of resolution 9 in Bristol are timed over the roads of OpenStreetMap and over
the lattice, by hour and over the river. The lattice is then calibrated to half of
the journeys, and judged on the other half. Hours differ by assumed factors that the
roads are given and the lattice is not, so that it has to find them.
"""

import dataclasses
import datetime
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from benchmarks.contest import AREA
from geoalloc import boundaries, gazetteer, hexes, travel
from geoalloc._types import BoolArray, FloatArray

ROADS = "avon-and-somerset/roads/bristol_osm_roads_split_2017.geojson.gz"
URBAN_PEOPLE = 10_000
SETTING_OFF_MIN = 1.5
# As the scenarios of Avon and Somerset assume them.
ASSUMED = travel.Speeds(
    urban_kmh=32, rural_kmh=56, detour=1.3, setting_off_min=SETTING_OFF_MIN
)
HOURS = (3, 8, 13, 17)
RUSH = {3: 0.85, 8: 1.3, 13: 1.05, 17: 1.25}  # assumed: minutes over those of the day
N_ORIGINS, N_EACH = 250, 16
NEAR_M = 5_000.0
EDGE = 0.02  # degrees: near the edge of the file the roads lack their detours


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ["GEOALLOC_DATA"])
    sys.stdout.write(report(folder) + "\n")


def report(folder: Path) -> str:
    """Compare the two and say on what machine."""
    place, roads, seconds = setting(folder)
    pairs = journeys(place, roads)
    learned = pairs[pairs["learned"]]
    found = travel.calibrate(learned, place.lattice, place.grid)
    known = travel.calibrate(learned, place.lattice, place.grid, keep_setting_off=True)
    judged = pairs[~pairs["learned"]]
    before = minutes(place.lattice, place.grid, judged)
    after = minutes(found.times, place.grid, judged)
    kept = minutes(known.times, place.grid, judged)
    parts = [
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {os.cpu_count()} cores, "
        f"{platform.machine()}, Python {platform.python_version()}. "
        f"{len(place.grid):,} hexes, {roads.network.n_nodes:,} junctions; "
        f"{len(learned):,} journeys to learn from, {len(judged):,} to judge by.",
        table("Lattice at assumed speeds", judged, before),
        table("Lattice calibrated to the roads", judged, after),
        f"```\n{found.estimates.round(3).to_string()}\n```",
        table("Lattice calibrated, setting off kept", judged, kept),
        f"```\n{known.estimates.round(3).to_string()}\n```",
        f"```\n{seconds.to_string()}\n```",
        *roads.journeys(place.grid, np.arange(1), reach_min=5).notes,
    ]
    return "\n\n".join(parts)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """Bristol as a grid, with the lattice over it."""

    grid: hexes.HexGrid
    lattice: travel.Lattice
    rivers: shapely.Geometry


def setting(folder: Path) -> tuple[Place, travel.RoadGraph, pd.Series]:
    """Read the roads, and cover them by hexes; time both sources."""
    seconds = {}
    factors = tuple(RUSH.get(hour, 1.0) for hour in range(24))
    speeds = travel.RoadSpeeds(setting_off_min=SETTING_OFF_MIN, time_factor=factors)
    began = time.perf_counter()
    network = travel.read_roads(folder / ROADS, speeds)
    seconds["read the roads"] = time.perf_counter() - began
    county = boundaries.read(AREA)
    around = shapely.box(
        network.longitude.min(),
        network.latitude.min(),
        network.longitude.max(),
        network.latitude.max(),
    )
    grid = hexes.cover(county.outline.intersection(around), 9)
    labels = gazetteer.label(grid, county, urban_population=URBAN_PEOPLE)
    lattice = travel.Lattice(
        urban=labels["urban"].to_numpy(),
        open_steps=travel.crossable(grid, county.rivers, county.bridges),
        speeds=ASSUMED,
    )
    roads = travel.RoadGraph(network=network, speeds=speeds)
    origins = np.arange(0, len(grid), max(1, len(grid) // 200))
    for name, source in (("lattice", lattice), ("roads", roads)):
        source.minutes(grid, origins[:2], reach_min=60)
        began = time.perf_counter()
        source.minutes(grid, origins, reach_min=60)
        seconds[f"{origins.size} origins over the {name}"] = time.perf_counter() - began
    place = Place(grid=grid, lattice=lattice, rivers=county.rivers.union_all())
    return place, roads, pd.Series(seconds, name="seconds").round(2)


def journeys(place: Place, roads: travel.RoadGraph) -> pd.DataFrame:
    """Draw journeys by hour, and time them over the roads."""
    rng = np.random.default_rng(0)
    grid, network = place.grid, roads.network
    inner = (roads.snapped(grid).node >= 0) & inside(grid, network)
    near = np.flatnonzero(inner)
    origins = np.repeat(rng.choice(near, N_ORIGINS, replace=False), N_EACH)
    targets = rng.choice(near, origins.size)
    # Half of them end near by, as most calls are answered.
    for k in np.flatnonzero(rng.random(origins.size) < 0.5):
        away = np.hypot(
            grid.x_m[near] - grid.x_m[origins[k]], grid.y_m[near] - grid.y_m[origins[k]]
        )
        targets[k] = rng.choice(near[away < NEAR_M])
    kept = origins != targets
    origins, targets = origins[kept], targets[kept]
    ends = [
        np.stack([grid.longitude[p], grid.latitude[p]], axis=1)
        for p in (origins, targets)
    ]
    lines = shapely.linestrings(np.stack(ends, axis=1))
    shapely.prepare(place.rivers)
    frame = pd.DataFrame(
        {
            "from_latitude": grid.latitude[origins],
            "from_longitude": grid.longitude[origins],
            "to_latitude": grid.latitude[targets],
            "to_longitude": grid.longitude[targets],
            "hour": rng.choice(HOURS, origins.size),
            "over_river": shapely.intersects(place.rivers, lines),
            "learned": rng.random(origins.size) < 0.5,
        }
    )
    return frame.assign(minutes=minutes(roads, grid, frame))


def inside(grid: hexes.HexGrid, network: travel.Network) -> BoolArray:
    west, east = np.quantile(network.longitude, [0.005, 0.995])
    south, north = np.quantile(network.latitude, [0.005, 0.995])
    return (
        (grid.longitude > west + EDGE)
        & (grid.longitude < east - EDGE)
        & (grid.latitude > south + EDGE)
        & (grid.latitude < north - EDGE)
    )


def minutes(
    times: travel.TravelTimes, grid: hexes.HexGrid, pairs: pd.DataFrame
) -> FloatArray:
    """Minutes of each journey at its hour."""
    origin, target = (
        grid.locate(
            pairs[f"{end}_latitude"].to_numpy(), pairs[f"{end}_longitude"].to_numpy()
        )
        for end in ("from", "to")
    )
    found = np.empty(len(pairs))
    for hour in HOURS:
        mine = np.flatnonzero(pairs["hour"] == hour)
        few, row = np.unique(origin[mine], return_inverse=True)
        rows = times.minutes(grid, few, reach_min=300, hour=hour)
        found[mine] = np.asarray(rows[row, target[mine]]).ravel()
    return found


def table(title: str, pairs: pd.DataFrame, modelled: FloatArray) -> str:
    """Write the errors of all journeys, by hour and over the river."""
    groups = {
        "all": np.ones(len(pairs), dtype=bool),
        "under 15 minutes by road": (pairs["minutes"] < 15).to_numpy(),
        "over the river": pairs["over_river"].to_numpy(),
        "not over the river": ~pairs["over_river"].to_numpy(),
        **{f"at {hour:02d}:00": (pairs["hour"] == hour).to_numpy() for hour in HOURS},
    }
    lines = [
        f"| {title} | journeys | by road, median min | error, median min | 90 % under "
        "| median % | 90 % under | bias, median min |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, rows in groups.items():
        by_road = pairs["minutes"].to_numpy()[rows]
        apart = modelled[rows] - by_road
        share = 100 * np.abs(apart) / by_road
        lines.append(
            f"| {name} | {rows.sum():,} | {np.median(by_road):.1f} | "
            f"{np.median(np.abs(apart)):.2f} | {np.quantile(np.abs(apart), 0.9):.2f} | "
            f"{np.median(share):.0f} | {np.quantile(share, 0.9):.0f} | "
            f"{np.median(apart):+.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
