"""From the closures of a scenario to posts and minutes, and to what is said."""

import json

import numpy as np
import pytest

from geoalloc import pipeline, scenario
from geoalloc.errors import DataError
from geoalloc.pipeline import ground, journeys, stages
from tests.conftest import toy_text

FLOOD = """
[[travel.closures]]
name = "flood"
latitude = 51.41
longitude = -2.55
radius_m = 3000
speed_share = {share}
"""


def laid_out(town_file, folder, text):
    path = folder / "toy.toml"
    path.write_text(toy_text(town_file) + text, encoding="utf-8")
    given = scenario.read(path)
    clock = stages.Clock(stages.silent)
    on = ground.read(given, clock)
    return given, on, ground.foresee(given, on, clock)


@pytest.fixture(scope="module")
def usual(town_file, tmp_path_factory):
    return laid_out(town_file, tmp_path_factory.mktemp("usual"), "")


@pytest.fixture(scope="module")
def flooded(town_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("flooded")
    return laid_out(town_file, folder, FLOOD.format(share=0.0))


def test_a_closure_of_nothing_changes_no_plan(town_file, tmp_path, usual):
    _, _, free = laid_out(town_file, tmp_path, FLOOD.format(share=1.0))
    _, _, plain = usual
    np.testing.assert_array_equal(
        free.problem.travel_min.toarray(), plain.problem.travel_min.toarray()
    )
    assert list(free.setting.posts["name"]) == list(plain.setting.posts["name"])


def test_what_a_closure_cuts_off_is_reached_by_nobody_and_said(flooded, usual):
    _, on, ahead = flooded
    shut = journeys.times(*flooded[:1], on.grid, on.area, on.labels).share == 0
    inside = np.isin(np.arange(len(on.grid)), ahead.problem.post_hex) & shut
    reached = np.diff(ahead.problem.travel_min.tocsc().indptr) > 0
    assert shut.sum() > 5
    assert not reached[shut & ~inside].any()
    notes = ahead.setting.travel_notes
    assert notes[0].startswith(f"The closure 'flood' touches {shut.sum()} hexes, ")
    calls = ahead.foreseen.demand.incidents.sum(axis=(0, 1))
    lost = ~reached & (calls > 0)
    told = f"{lost.sum()} hexes with {calls[lost].sum():.1f} of the calls"
    assert told in notes[1]


def test_posts_that_no_unit_gets_to_are_none(flooded, usual):
    _, _, ahead = flooded
    before, after = (set(of[2].setting.posts["name"]) for of in (usual, flooded))
    assert after < before
    stations = len(ahead.problem.station_post)
    assert ahead.problem.station_min.shape == (stations, len(after))
    kinds = ahead.setting.posts["kind"].to_numpy()
    assert (kinds[:stations] == "station").all()
    able = np.isfinite(ahead.problem.station_min).any(axis=0)
    assert able.all()


def test_slow_roads_make_no_journey_shorter(town_file, tmp_path, usual):
    _, _, slow = laid_out(town_file, tmp_path, FLOOD.format(share=0.3))
    kept = np.isin(usual[2].setting.posts["name"], slow.setting.posts["name"])
    before = usual[2].problem.travel_min.toarray()[kept]
    after = slow.problem.travel_min.toarray()
    both = (before > 0) & (after > 0)
    assert (after[both] >= before[both] - 1e-4).all()
    assert (after[both] > before[both] + 0.1).any()
    assert not ((after > 0) & (before == 0)).any()


def test_a_run_says_what_is_closed(town_file, tmp_path):
    path = tmp_path / "toy.toml"
    path.write_text(toy_text(town_file) + FLOOD.format(share=0.0), encoding="utf-8")
    run = pipeline.plan(scenario.read(path))
    assert any("The closures cut off" in note for note in run.record["notes"])
    assert run.record["unreachable"]["hexes"] > 0


def test_a_file_of_closures_is_an_input(town_file, tmp_path):
    ring = [[-2.57, 51.4], [-2.53, 51.4], [-2.53, 51.43], [-2.57, 51.4]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    flood = tmp_path / "flood.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    flood.write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]}),
        encoding="utf-8",
    )
    text = (
        f'\n[[travel.closures]]\nname = "flood"\npath = "{flood.as_posix()}"\n'
        "width_m = 200\nspeed_share = 0.5\n"
    )
    _, on, ahead = laid_out(town_file, tmp_path, text)
    assert "closure flood flood.geojson" in on.found
    assert "50% of their speed" in ahead.setting.travel_notes[0]
    flood.unlink()
    with pytest.raises(DataError, match=r"flood\.geojson cannot be read"):
        laid_out(town_file, tmp_path, text)
