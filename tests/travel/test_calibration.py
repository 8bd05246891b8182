"""Speeds that observed journeys give back, through noise and outliers."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from geoalloc import hexes, travel
from geoalloc.errors import DataError
from geoalloc.travel import RoadGraph, RoadSpeeds, read_roads
from tests.travel import roads

FACTORS = tuple(1.4 if hour in (8, 17) else 1.0 for hour in range(24))
TRUE = travel.Speeds(
    urban_kmh=24, rural_kmh=66, detour=1.3, setting_off_min=2.5, time_factor=FACTORS
)
ASSUMED = travel.Speeds(urban_kmh=32, rural_kmh=50, detour=1.3, setting_off_min=1.0)


@pytest.fixture(scope="module")
def grid(town):
    return hexes.cover(town.outline, 8)


@pytest.fixture(scope="module")
def lattice(grid):
    return travel.Lattice(
        urban=np.hypot(grid.x_m - grid.x_m.mean(), grid.y_m - grid.y_m.mean()) < 5000,
        open_steps=np.ones((len(grid), 6), dtype=bool),
        speeds=TRUE,
    )


def pairs(grid, n, seed=0):
    """Pairs of hexes, from few origins so that their tables are quick."""
    rng = np.random.default_rng(seed)
    origins = rng.choice(len(grid), 25, replace=False)[rng.integers(0, 25, n)]
    return origins, (origins + rng.integers(1, len(grid), n)) % len(grid)


def observe(times, grid, n, *, noise=0.1, outliers=0.1, blue=1.4, seed=0):
    """Drive journeys at known speeds, with noise, and with stops on the way."""
    rng = np.random.default_rng(seed + 1)
    origins, targets = pairs(grid, n, seed)
    few, row = np.unique(origins, return_inverse=True)
    table = times.minutes(grid, few, reach_min=1e4)
    setting_off = times.speeds.setting_off_min
    driving = np.asarray(table[row, targets]).ravel() - setting_off
    hour = rng.choice([3, 8, 12, 17], n)
    blue_light = rng.random(n) < 0.4
    factor = np.array(times.speeds.time_factor)[hour] / np.where(blue_light, blue, 1)
    minutes = (setting_off + driving * factor) * np.exp(rng.normal(0, noise, n))
    stopped = rng.random(n) < outliers
    minutes[stopped] *= rng.uniform(1.5, 4, stopped.sum())
    return pd.DataFrame(
        {
            "from_latitude": grid.latitude[origins],
            "from_longitude": grid.longitude[origins],
            "to_latitude": grid.latitude[targets],
            "to_longitude": grid.longitude[targets],
            "minutes": minutes,
            "hour": hour,
            "blue_light": blue_light,
        }
    )


def at_hour_3(found):
    """Divide the speeds by the time factor at 3, which is 1 in truth."""
    factor = found.times.speeds.time_factor[3]
    return np.array([found.times.speeds.urban_kmh, found.times.speeds.rural_kmh]) / (
        factor
    )


def with_speeds(lattice, speeds):
    return dataclasses.replace(lattice, speeds=speeds)


@pytest.fixture(scope="module")
def found(lattice, grid):
    observed = observe(lattice, grid, 900)
    return travel.calibrate(observed, with_speeds(lattice, ASSUMED), grid)


def test_known_speeds_are_recovered_through_noise_and_outliers(found):
    np.testing.assert_allclose(at_hour_3(found), [24, 66], rtol=0.06)
    speeds = found.times.speeds
    assert speeds.setting_off_min == pytest.approx(2.5, abs=0.6)
    factor = np.array(speeds.time_factor)
    assert factor[8] / factor[3] == pytest.approx(1.4, rel=0.04)
    assert factor[17] / factor[12] == pytest.approx(1.4, rel=0.04)
    assert found.blue_light_factor == pytest.approx(1.4, rel=0.04)


def test_without_noise_the_speeds_are_exact(lattice, grid):
    observed = observe(lattice, grid, 300, noise=0, outliers=0)
    found = travel.calibrate(observed, with_speeds(lattice, ASSUMED), grid)
    np.testing.assert_allclose(at_hour_3(found), [24, 66], rtol=2e-3)
    assert found.times.speeds.setting_off_min == pytest.approx(2.5, abs=0.02)
    assert found.errors.loc["after", "p90_abs_min"] < 0.02


def test_setting_off_that_is_known_is_kept(lattice, grid):
    known = with_speeds(lattice, dataclasses.replace(ASSUMED, setting_off_min=2.5))
    found = travel.calibrate(
        observe(lattice, grid, 900), known, grid, keep_setting_off=True
    )
    assert found.times.speeds.setting_off_min == 2.5
    assert np.isnan(found.estimates.loc["setting_off_min", "standard_error"])
    np.testing.assert_allclose(at_hour_3(found), [24, 66], rtol=0.04)
    assert (found.estimates.loc[["urban_kmh", "rural_kmh"], "standard_error"] > 0).all()


def test_time_factors_keep_their_mean_over_the_rows(found):
    hours = found.estimates.filter(like="time_factor", axis=0)
    mean = np.average(np.log(hours["after"]), weights=hours["n_rows"])
    assert mean == pytest.approx(0.0, abs=1e-9)
    rest = [
        f
        for h, f in enumerate(found.times.speeds.time_factor)
        if h not in (3, 8, 12, 17)
    ]
    assert set(rest) == {1.0}


def test_errors_are_those_of_the_model_before_and_after(found, lattice, grid):
    observed = observe(lattice, grid, 900).drop(index=found.refused.index)
    origins = grid.locate(
        observed["from_latitude"].to_numpy(), observed["from_longitude"].to_numpy()
    )
    targets = grid.locate(
        observed["to_latitude"].to_numpy(), observed["to_longitude"].to_numpy()
    )
    hour = observed["hour"].to_numpy()
    for name, speeds, blue in (
        ("before", ASSUMED, 1.0),
        ("after", found.times.speeds, found.blue_light_factor),
    ):
        plain = dataclasses.replace(speeds, time_factor=(1.0,) * 24)
        table = with_speeds(lattice, plain).minutes(
            grid, np.arange(len(grid)), reach_min=1e4
        )
        driving = np.asarray(table[origins, targets]).ravel() - speeds.setting_off_min
        driving = driving * np.array(speeds.time_factor)[hour]
        driving = driving / np.where(observed["blue_light"], blue, 1.0)
        apart = driving + speeds.setting_off_min - observed["minutes"].to_numpy()
        row = found.errors.loc[name]
        assert row["median_abs_min"] == pytest.approx(np.median(abs(apart)), abs=1e-3)
        assert row["p90_abs_min"] == pytest.approx(
            np.quantile(abs(apart), 0.9), abs=1e-3
        )
        assert row["bias_min"] == pytest.approx(np.median(apart), abs=1e-3)
    assert (found.errors.loc["after", "median_abs_min"]) < (
        found.errors.loc["before", "median_abs_min"] / 2
    )


def test_standard_errors_are_those_of_repeated_observations(lattice, grid):
    """Over repetitions, estimates scatter as much as their standard errors say."""
    start = with_speeds(lattice, ASSUMED)
    runs = [
        travel.calibrate(observe(lattice, grid, 250, seed=seed), start, grid).estimates[
            ["after", "standard_error"]
        ]
        for seed in range(0, 20, 2)
    ]
    after = np.array([run["after"] for run in runs])
    said = np.array([run["standard_error"] for run in runs]).mean(axis=0)
    ratio = after.std(axis=0, ddof=1) / said
    assert 0.6 < np.exp(np.log(ratio).mean()) < 1.6


def test_a_column_for_hours_or_blue_lights_is_not_needed(lattice, grid):
    flat = with_speeds(lattice, dataclasses.replace(TRUE, time_factor=(1.0,) * 24))
    observed = observe(flat, grid, 400, blue=1.0)[
        ["from_latitude", "from_longitude", "to_latitude", "to_longitude", "minutes"]
    ]
    found = travel.calibrate(observed, with_speeds(lattice, ASSUMED), grid)
    speeds = found.times.speeds
    assert [speeds.urban_kmh, speeds.rural_kmh] == pytest.approx([24, 66], rel=0.06)
    assert speeds.time_factor == (1.0,) * 24
    assert found.blue_light_factor == 1.0
    assert list(found.estimates.index) == [
        "urban_kmh",
        "rural_kmh",
        "setting_off_min",
        "blue_light_factor",
    ]
    assert np.isnan(found.estimates.loc["blue_light_factor", "standard_error"])


def test_what_too_few_rows_tell_of_is_kept_and_said(lattice, grid):
    observed = observe(lattice, grid, 200)
    observed["hour"] = [5] * 4 + [3] * 196
    observed["blue_light"] = False
    town = dataclasses.replace(
        lattice, urban=np.ones(len(grid), dtype=bool), speeds=ASSUMED
    )
    found = travel.calibrate(observed, town, grid)
    assert found.times.speeds.rural_kmh == ASSUMED.rural_kmh
    assert found.times.speeds.time_factor[5] == 1.0
    assert found.notes == (
        "rural_kmh is kept as given: 0 journeys tell of it, and 10 are needed.",
        "Hours whose time factor is kept as given, since fewer than 10 journeys tell "
        "of it: 1.",
    )


def test_the_factor_of_a_road_graph_is_recovered(grid, tmp_path):
    speeds = RoadSpeeds(factor=0.8, setting_off_min=2.5, time_factor=FACTORS)
    path = roads.geojson(tmp_path / "toy.geojson", roads.town_roads())
    true = RoadGraph(network=read_roads(path, speeds), speeds=speeds, snap_km=3.0)
    observed = observe(true, grid, 500)
    assumed = dataclasses.replace(true, speeds=RoadSpeeds(setting_off_min=1.0))
    found = travel.calibrate(observed, assumed, grid)
    factor = found.times.speeds.time_factor[3]
    assert found.times.speeds.factor / factor == pytest.approx(0.8, rel=0.05)
    assert found.times.speeds.setting_off_min == pytest.approx(2.5, abs=0.6)
    assert found.times.network is true.network


def test_rows_that_cannot_be_learned_from_are_kept_with_their_reason(lattice, grid):
    observed = observe(lattice, grid, 120, outliers=0).astype({"hour": "float64"})
    observed["blue_light"] = observed["blue_light"].astype(object)
    observed.index = [f"j{i}" for i in range(120)]
    observed.loc["j0", "minutes"] = np.nan
    observed.loc["j1", "minutes"] = -4
    observed.loc["j2", "minutes"] = 0.01
    observed.loc["j3", "minutes"] = 900
    observed.loc["j4", "from_latitude"] = 55.0
    observed.loc["j5", "to_longitude"] = 5.0
    observed.loc["j6", ["to_latitude", "to_longitude"]] = observed.loc[
        "j6", ["from_latitude", "from_longitude"]
    ].to_numpy()
    observed.loc["j7", "hour"] = 24
    observed.loc["j8", "hour"] = np.nan
    observed.loc["j9", "blue_light"] = "perhaps"
    found = travel.calibrate(observed, with_speeds(lattice, ASSUMED), grid)
    assert found.refused["reason"].to_dict() == {
        "j0": "a value is missing or not a number",
        "j1": "minutes are not above 0",
        "j2": "it is faster than 200 km/h in a straight line",
        "j3": "it is slower than 2 km/h in a straight line",
        "j4": "it begins outside the area",
        "j5": "it ends outside the area",
        "j6": "it begins and ends in one hex",
        "j7": "the hour is not from 0 to 23",
        "j8": "a value is missing or not a number",
        "j9": "a value is missing or not a number",
    }
    assert found.estimates.loc["setting_off_min", "n_rows"] == 110


def test_journeys_over_a_river_without_a_bridge_are_refused(lattice, grid, town):
    steps = travel.crossable(grid, town.rivers, town.bridges[:0])
    observed = observe(lattice, grid, 200)
    found = travel.calibrate(
        observed, dataclasses.replace(lattice, open_steps=steps, speeds=ASSUMED), grid
    )
    assert set(found.refused["reason"]) == {"no way leads there"}
    west = observed[["from_longitude", "to_longitude"]].lt(-2.65)
    across = west["from_longitude"] != west["to_longitude"]
    assert abs(across.sum() - len(found.refused)) < 20


def test_too_few_journeys_are_refused(lattice, grid):
    observed = observe(lattice, grid, 40)
    observed.loc[10:, "minutes"] = 0
    message = "only 10 of 40 .* most often because minutes are not above 0: give at le"
    with pytest.raises(DataError, match=message):
        travel.calibrate(observed, lattice, grid)


def test_no_journeys_are_refused(lattice, grid):
    with pytest.raises(DataError, match="only 0 of 0 observed times can be used: give"):
        travel.calibrate(observe(lattice, grid, 40).iloc[:0], lattice, grid)


def test_a_missing_column_is_refused(lattice, grid):
    observed = observe(lattice, grid, 40).drop(columns=["minutes", "to_latitude"])
    with pytest.raises(DataError, match="observed times lack to_latitude, minutes"):
        travel.calibrate(observed, lattice, grid)
