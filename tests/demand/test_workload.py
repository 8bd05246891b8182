"""Demand: totals worked by hand, laws that level, surface and rhythm obey."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geoalloc import demand, hotspots
from geoalloc.errors import DataError

FLAT = np.full(168, 1 / 168)
EVENING = np.zeros(168)
EVENING[[20, 44, 68, 92, 116, 140, 164]] = 1 / 7  # 20:00 every day


def response(**changes):
    values = {
        "immediate": 0.2,
        "priority": 0.3,
        "routine": 0.1,
        "on_scene_min": 60.0,
        "units": 1.5,
        "rhythm": "flat",
        "harm": 10.0,
    }
    return demand.Response(**(values | changes))


def incidents(grid, n, category="burglary", seed=0, start="2026-01-01", days=70):
    rng = np.random.default_rng(seed)
    at = rng.choice(np.flatnonzero(grid.land_share == 1), n)
    when = pd.Timestamp(start, tz="UTC") + pd.to_timedelta(
        np.sort(rng.uniform(0, days * 86_400, n)), unit="s"
    )
    when = pd.Series(when).dt.as_unit("us")
    return gpd.GeoDataFrame(
        {
            "reported_at": when,
            "started_at": when,
            "ended_at": when,
            "category": np.repeat(category, n),
            "reported": np.repeat(True, n),
        },
        geometry=gpd.points_from_xy(grid.longitude[at], grid.latitude[at]),
        crs="EPSG:4326",
    )


def history(frame, located=None, as_of="2026-03-12", spans=None):
    spans = spans or [("2026-01-01", "2026-03-12")]
    exposure = pd.DataFrame(spans, columns=["start", "end"])
    for column in exposure:
        exposure[column] = pd.to_datetime(exposure[column], utc=True).dt.as_unit("us")
    return demand.Recorded(
        incidents=frame,
        exposure=exposure,
        located_share=located or {},
        as_of=pd.Timestamp(as_of, tz="UTC"),
    )


def model(**changes):
    values = {
        "bandwidth_m": 1_000.0,
        "half_life_days": 1e9,
        "floor_share": 0.0,
        "responses": {"burglary": response()},
        "layers": (),
        "rhythms": {"flat": FLAT, "evening": EVENING},
    }
    return demand.Model(**(values | changes))


HOURS = pd.date_range("2026-03-13 18:00", periods=8, freq="h", tz="UTC")


def expect(grid, past, assumed, hours=HOURS):
    population = np.full(len(grid), 1 / len(grid))
    return demand.expect(grid, past, hours, assumed, population=population)


def test_the_total_is_the_weekly_rate_times_the_share_of_the_week(town_grid):
    found = expect(town_grid, history(incidents(town_grid, 700)), model())
    # 700 in ten weeks; eight of 168 hours; shares of the grades.
    per_hour = 70 / 168
    np.testing.assert_allclose(
        found.incidents.sum(axis=(1, 2)),
        8 * per_hour * np.array([0.2, 0.3, 0.1, 0.0]),
    )
    work = found.workload_h.sum(axis=(0, 2, 3))
    np.testing.assert_allclose(work[:3], 8 * per_hour * np.array([0.3, 0.45, 0.15]))
    assert found.on_scene_min(0) == pytest.approx(90.0)
    np.testing.assert_allclose(found.harm, 10 * found.incidents)


def test_the_surface_is_the_kernel_density(town_grid):
    frame = incidents(town_grid, 300)
    found = expect(town_grid, history(frame), model())
    metres = frame.geometry.to_crs(town_grid.crs)
    places = hotspots.collapse(metres.x.to_numpy(), metres.y.to_numpy())
    surface = hotspots.density(town_grid, places, np.ones(300), bandwidth_m=1_000.0)
    share = found.incidents[0, 0] / found.incidents[0, 0].sum()
    np.testing.assert_allclose(share, surface.expected / 300, atol=1e-12)


def test_the_rhythm_is_that_of_the_local_hour(town_grid):
    assumed = model(responses={"burglary": response(rhythm="evening")})
    past = history(incidents(town_grid, 700))
    winter = expect(town_grid, past, assumed, HOURS.tz_convert("Europe/London"))
    summer_hours = pd.date_range("2026-07-03 18:00", periods=8, freq="h", tz="UTC")
    summer = expect(town_grid, past, assumed, summer_hours.tz_convert("Europe/London"))
    busy = [
        np.flatnonzero(found.incidents.sum(axis=(0, 2))) for found in (winter, summer)
    ]
    assert [list(b) for b in busy] == [[2], [1]]  # 20:00 is 19:00 UTC in summer


def test_an_incident_a_half_life_old_counts_half(town_grid):
    frame = incidents(town_grid, 2)
    frame["reported_at"] = pd.to_datetime(
        pd.Series(["2026-03-12", "2026-03-02"]), utc=True
    ).dt.as_unit("us") - pd.Timedelta(seconds=1)
    found = expect(
        town_grid, history(frame), model(half_life_days=10.0, bandwidth_m=1.0)
    )
    at = town_grid.locate(frame.geometry.y.to_numpy(), frame.geometry.x.to_numpy())
    shares = found.incidents[0, 0][at] / found.incidents[0, 0].sum()
    np.testing.assert_allclose(shares, [2 / 3, 1 / 3], rtol=1e-4)


def test_a_steady_level_does_not_depend_on_the_half_life(town_grid):
    past = history(incidents(town_grid, 20_000))
    levels = [
        expect(town_grid, past, model(half_life_days=h)).incidents.sum()
        for h in (7.0, 30.0, 1e9)
    ]
    assert max(levels) / min(levels) == pytest.approx(1.0, abs=0.03)


def test_a_month_that_was_never_published_is_no_quiet_month(town_grid):
    whole = incidents(town_grid, 700)
    gap = (whole["reported_at"] >= "2026-02-01") & (whole["reported_at"] < "2026-03-01")
    spans = [("2026-01-01", "2026-02-01"), ("2026-03-01", "2026-03-12")]
    found = expect(town_grid, history(whole[~gap], spans=spans), model())
    expected = (~gap).sum() / (42 / 7) / 168 * 8 * 0.6
    assert found.incidents.sum() == pytest.approx(expected)


def test_incidents_without_coordinates_are_scaled_for_and_said_to_be(town_grid):
    frame = incidents(town_grid, 700)
    whole = expect(town_grid, history(frame), model())
    scaled = expect(town_grid, history(frame, located={"burglary": 0.8}), model())
    np.testing.assert_allclose(scaled.incidents, whole.incidents / 0.8)
    shares = scaled.workload_shares()
    assert shares == pytest.approx({"observed": 0.8, "scaled": 0.2, "assumed": 0.0})


def test_what_police_discover_is_not_forecast_but_its_hours_are_lost(town_grid):
    both = pd.concat(
        [incidents(town_grid, 700), incidents(town_grid, 70, "drugs", seed=1)]
    )
    found = expect(
        town_grid,
        history(both),
        model(responses={"burglary": response(), "drugs": response(discovered=True)}),
    )
    alone = expect(town_grid, history(incidents(town_grid, 700)), model())
    np.testing.assert_allclose(found.incidents, alone.incidents)
    assert found.discovered_h.sum() == pytest.approx(7 / 168 * 8 * 0.6 * 1.5)


def test_a_row_that_police_discovered_is_lost_hours_too(town_grid):
    frame = incidents(town_grid, 700)
    frame["reported"] = np.arange(700) % 10 > 0
    found = expect(town_grid, history(frame), model())
    told = expect(town_grid, history(frame[frame["reported"]]), model())
    np.testing.assert_allclose(found.incidents, told.incidents)
    assert found.discovered_h.sum() == pytest.approx(7 / 168 * 8 * 0.6 * 1.5)


def test_a_layer_adds_its_calls_where_it_says_and_is_assumed(town_grid):
    layer = demand.Layer(
        name="welfare",
        per_day=240.0,
        surface="population",
        error=0.2,
        response=response(),
    )
    past = history(incidents(town_grid, 700))
    alone, found = (
        expect(town_grid, past, model(layers=layers)) for layers in ((), (layer,))
    )
    added = found.incidents[0, 0] - alone.incidents[0, 0]
    np.testing.assert_allclose(added, 10 * 0.2 / len(town_grid))
    assert found.workload_shares()["assumed"] == pytest.approx(
        10 / (10 + 70 / 168), rel=1e-6
    )


def test_a_layer_that_lies_as_recorded_follows_all_that_was_recorded(town_grid):
    """Two kinds of incident, one with half of its coordinates missing."""
    west = incidents(town_grid, 300, "burglary", seed=1)
    east = incidents(town_grid, 300, "robbery", seed=2)
    assumed = model(responses={"burglary": response(), "robbery": response()})
    past = history(pd.concat([west, east], ignore_index=True), located={"robbery": 0.5})
    layer = demand.Layer(
        name="calls", per_day=24.0, surface="recorded", error=0.1, response=response()
    )
    with_layer = expect(town_grid, past, dataclasses.replace(assumed, layers=(layer,)))
    alone = expect(town_grid, past, assumed)
    added = with_layer.incidents[0, 0] - alone.incidents[0, 0]
    # Every robbery stands for two: the layer lies as all expected calls do.
    share = alone.incidents[0, 0] / alone.incidents[0, 0].sum()
    np.testing.assert_allclose(added, 0.2 * share, atol=1e-9)


def test_routine_calls_for_pcsos_stand_apart_but_are_routine(town_grid):
    past = history(incidents(town_grid, 700))
    found = expect(town_grid, past, model(responses={"burglary": response(pcso=True)}))
    assert not found.incidents[2].any()
    assert found.incidents[3].sum() > 0
    grades = found.frame(town_grid).groupby("grade")["incidents"].sum()
    assert grades["routine"] == pytest.approx(found.incidents[3].sum())


def test_a_floor_leaves_no_hex_with_nothing(town_grid):
    past = history(incidents(town_grid, 30))
    bare = expect(town_grid, past, model()).incidents[0]
    floored = expect(town_grid, past, model(floor_share=0.1)).incidents[0]
    assert (bare == 0).any()
    assert (floored > 0).all()
    assert floored.sum() == pytest.approx(bare.sum())


def test_the_frame_holds_every_hex_hour_and_grade_and_its_interval(town_grid):
    past = history(incidents(town_grid, 700))
    found = expect(town_grid, past, model())
    frame = found.frame(town_grid)
    assert len(frame) == len(town_grid) * 8 * 3
    assert not frame.duplicated(["hex_id", "period", "grade"]).any()
    some = frame[frame["incidents"] > 0].iloc[7]
    position = int(town_grid.positions(np.array([some["hex_id"]]))[0])
    hour = list(HOURS).index(some["period"])
    mean = found.incidents[0, hour, position]
    variance = found.variance[0, hour, position]
    gamma = stats.gamma(mean**2 / variance, scale=variance / mean)
    assert some["incidents"] == pytest.approx(mean)
    assert some["low"] == pytest.approx(gamma.ppf(0.05))
    assert some["high"] == pytest.approx(gamma.ppf(0.95))


def test_the_interval_holds_the_rate_it_was_drawn_from(town_grid):
    """Histories drawn from a known surface: the interval should hold it about 90 %.

    The kernel must be flat over the truth, or smoothing bias would count as a miss.
    """
    middle = np.hypot(
        town_grid.x_m - town_grid.x_m.mean(), town_grid.y_m - town_grid.y_m.mean()
    ).argmin()
    held = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n = rng.poisson(4_000)
        x = rng.uniform(town_grid.x_m.min(), town_grid.x_m.max(), n)
        y = rng.uniform(town_grid.y_m.min(), town_grid.y_m.max(), n)
        surface = hotspots.density(
            town_grid, hotspots.collapse(x, y), np.ones(n), bandwidth_m=2_000.0
        )
        truth = 4_000 / (np.ptp(town_grid.x_m) * np.ptp(town_grid.y_m)) * 1e6
        shape = surface.effective[middle] + 1
        gamma = stats.gamma(shape, scale=surface.per_km2[middle] / shape)
        held.append(gamma.ppf(0.05) <= truth <= gamma.ppf(0.95))
    assert 0.8 <= np.mean(held) <= 0.98


def test_a_measured_rhythm_sums_to_one_and_shrinks_to_the_scenarios():
    fridays = pd.Series(
        pd.date_range("2026-01-02 21:30", periods=50, freq="7D", tz="Europe/London")
    )
    measured = demand.observed_rhythm(fridays, prior=FLAT, trust=50.0)
    assert measured.sum() == pytest.approx(1.0)
    assert measured.argmax() == 4 * 24 + 21
    assert measured[4 * 24 + 21] == pytest.approx((50 * 3 / 9 + 50 / 168) / 100)
    np.testing.assert_allclose(
        demand.observed_rhythm(fridays[:0], prior=EVENING, trust=1.0), EVENING
    )


def test_the_rhythm_goes_round_the_week():
    late = pd.Series(pd.to_datetime(["2026-11-22 23:30"]).tz_localize("UTC"))  # Sunday
    measured = demand.observed_rhythm(late, prior=FLAT, trust=0.0)
    np.testing.assert_allclose(measured[[166, 167, 0, 1]], [2 / 9, 3 / 9, 2 / 9, 1 / 9])


def test_a_month_stands_for_its_middle():
    frame = pd.DataFrame(
        {
            "reported_at": pd.to_datetime([None, "2026-02-03"], utc=True),
            "started_at": pd.to_datetime(["2026-02-01", "2026-02-01"], utc=True),
            "ended_at": pd.to_datetime(["2026-03-01", "2026-03-01"], utc=True),
        }
    ).astype("datetime64[us, UTC]")
    assert list(demand.instants(frame)) == [
        pd.Timestamp("2026-02-15", tz="UTC"),
        pd.Timestamp("2026-02-03", tz="UTC"),
    ]


def test_the_population_is_spread_around_its_places(town, town_grid):
    share = demand.population_surface(town_grid, town.places)
    assert share.sum() == pytest.approx(1.0)
    at = town.places.geometry.to_crs(town_grid.crs).iloc[0]
    near = np.hypot(town_grid.x_m - at.x, town_grid.y_m - at.y) < 2_000
    assert share[near].sum() == pytest.approx(30_000 / 50_900)


def test_without_places_the_population_is_even(town, town_grid):
    share = demand.population_surface(town_grid, town.places[:0])
    land = town_grid.area_km2 * town_grid.land_share
    np.testing.assert_allclose(share, land / land.sum())


def test_a_category_without_a_response_is_named(town_grid):
    past = history(incidents(town_grid, 5, "arson"))
    with pytest.raises(DataError, match=r"no response .* \['arson'\]"):
        expect(town_grid, past, model())


def test_nothing_before_as_of_is_said_in_one_sentence(town_grid):
    past = history(incidents(town_grid, 5), as_of="2020-01-01")
    with pytest.raises(DataError, match="no incident began before as_of 2020-01-01"):
        expect(town_grid, past, model())
