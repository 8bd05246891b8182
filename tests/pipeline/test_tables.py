"""The frames of a run, made of small things that can be reckoned by hand."""

import dataclasses
import hashlib
import json
import shutil
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoalloc import demand, scenario
from geoalloc.pipeline import ground, records, stages, tables


@pytest.fixture
def asked():
    """Hotspots of two categories, and of one that has no rhythm."""
    wanted = SimpleNamespace(
        categories=["burglary", "robbery", "drugs"], excluded_places=["Hospital"]
    )
    return SimpleNamespace(hotspots=wanted)


@pytest.fixture
def past(town_grid):
    """Three burglaries and a robbery in hex 4, and what is not to be counted."""
    rows = [
        *3 * [(4, "burglary", "High Street")],
        (4, "robbery", "Quay"),
        (4, "drugs", "Quay"),
        (4, "shoplifting", "Quay"),
        (4, "robbery", "Hospital"),
        (9, "robbery", "Quay"),
        (-1, "robbery", "Quay"),
    ]
    frame = pd.DataFrame(rows, columns=["position", "category", "place"])
    return frame.astype({"category": "str", "place": "str"})


def spots(grid, basis, hexes=((4,), (9,))):
    return pd.DataFrame(
        {
            "hex_ids": [grid.hex_id[list(one)].tolist() for one in hexes],
            "peak_hours": "",
            "peak_basis": pd.array([basis] * len(hexes), dtype="str"),
            "hour_shares": [[] for _ in hexes],
            "day_shares": [[] for _ in hexes],
        }
    )


def rhythm(day, hour):
    """All of a week's incidents in one hour."""
    week = np.zeros(168)
    week[24 * day + hour] = 1.0
    return demand.Rhythm.assumed(week, "Europe/London")


RHYTHMS = {"burglary": rhythm(0, 3), "robbery": rhythm(5, 23)}


def test_a_hotspot_without_hours_takes_the_rhythm_of_what_is_in_it(
    asked, past, town_grid
):
    frame = tables.assume_clocks(
        asked, town_grid, past, spots(town_grid, "none"), RHYTHMS
    )
    assert list(frame["peak_basis"]) == ["assumed", "assumed"]
    first, second = frame.itertuples()
    assert first.hour_shares == pytest.approx(
        [0.75 if h == 3 else 0.25 if h == 23 else 0.0 for h in range(24)]
    )
    assert first.day_shares == pytest.approx([0.75, 0, 0, 0, 0, 0.25, 0])
    assert second.hour_shares[23] == second.day_shares[5] == 1.0
    assert list(frame["peak_hours"]) == ["", ""]


def test_what_was_recorded_stands(asked, past, town_grid):
    given = spots(town_grid, "recorded").assign(
        hour_shares=[[1.0] + 23 * [0.0]] * 2, day_shares=[[1.0] + 6 * [0.0]] * 2
    )
    frame = tables.assume_clocks(asked, town_grid, past, given, RHYTHMS)
    pd.testing.assert_frame_equal(frame, given)


def test_without_a_rhythm_nothing_is_assumed(asked, past, town_grid):
    given = spots(town_grid, "none")
    frame = tables.assume_clocks(asked, town_grid, past, given, {})
    assert list(frame["peak_basis"]) == ["none", "none"]
    assert list(frame["day_shares"]) == [[], []]


ROADS = gpd.GeoDataFrame(
    {
        "name": ["", "Bath Road", ""],
        "ref": ["M5", "A4", ""],
        "road_class": ["motorway", "primary", "primary"],
    },
    geometry=[shapely.LineString([(-2.7, 51.4), (-2.6, 51.4)])] * 3,
    crs="EPSG:4326",
)


def test_roads_join_the_areas_by_their_number_or_name(town):
    frame = tables.areas(town, ROADS.assign(ref=["M5", "", ""]))
    roads = frame[frame["kind"] == "road"]
    assert list(roads["name"]) == ["M5", "Bath Road", ""]
    assert list(frame.columns) == ["kind", "name", "population", "town", "geometry"]
    without = tables.areas(town)
    assert "road" not in set(without["kind"])
    pd.testing.assert_frame_equal(frame[frame["kind"] != "road"], without)


def test_the_force_bears_its_name(town):
    frame = tables.areas(town)
    assert frame.loc[frame["kind"] == "force", "name"].tolist() == ["Toyshire"]


def test_the_coast_is_a_kind_of_area(town):
    line = gpd.GeoDataFrame(
        {"name": ["Sea"]}, geometry=ROADS.geometry[:1].tolist(), crs="EPSG:4326"
    )
    frame = tables.areas(dataclasses.replace(town, coast=line))
    assert frame.loc[frame["kind"] == "coast", "name"].tolist() == ["Sea"]


def test_roads_and_actions_go_from_files_into_ground_inputs_and_record(
    toy_scenario, tmp_path
):
    """Changed content is another run; the same content elsewhere is the same one."""
    ROADS.rename(columns={"road_class": "highway"}).to_file(tmp_path / "roads.gpkg")
    text = "category,action\nburglary,Be seen\n"
    (tmp_path / "what.csv").write_text(text, encoding="utf-8")
    path = tmp_path / "toy.toml"
    path.write_text(
        f'extends = "{toy_scenario.as_posix()}"\n[map]\nroads = "roads.gpkg"\n'
        'roads_attribution = "Roads: made up"\n[briefing]\nactions = "what.csv"\n',
        encoding="utf-8",
    )
    toy = scenario.read(path)
    on = ground.read(toy, stages.Clock(stages.silent))
    assert list(on.roads["ref"]) == ["M5", "", "A4"]
    assert on.actions == [{"category": "burglary", "place": "", "action": "Be seen"}]
    for name in ("roads.gpkg", "what.csv"):
        what = "main roads" if name == "roads.gpkg" else "actions"
        digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert on.found[f"{what} {name}"] == digest
    assert "Roads: made up" in records.attribution(toy, on.area, on.past)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("roads.gpkg", "what.csv", "toy.toml"):
        shutil.copy(tmp_path / name, elsewhere / name)
    moved = scenario.read(elsewhere / "toy.toml")
    found = on.found
    assert records.run_id(moved, found) == records.run_id(toy, found)
    changed = found | {"actions what.csv": "0"}
    assert records.run_id(toy, changed) != records.run_id(toy, found)


def test_the_record_of_a_run_holds_map_and_briefing(toy_run):
    assert toy_run.record["map"] == {"tiles": None, "tiles_attribution": ""}
    assert toy_run.record["briefing"]["actions"] == []
    assert json.loads(json.dumps(toy_run.record["briefing"]))["dwell_min"] == 15
    assert set(toy_run.hotspots["peak_basis"]) == {"recorded"}
