"""Bandwidths: what places support, what reaches k incidents, what foretells."""

import math

import numpy as np
import pandas as pd
import pytest

from geoalloc import hotspots
from geoalloc.errors import DataError
from tests import naive_density
from tests.hotspots.test_density import scattered


def test_support_is_the_distance_to_the_nearest_other_place():
    x, y = np.array([0.0, 0.0, 30.0, 30.0, 100.0]), np.zeros(5)
    found = hotspots.support(hotspots.collapse(x, y))
    assert (found.n_places, found.incidents_per_place) == (3, 5 / 3)
    assert found.median_m == 30.0
    assert found.p90_m == pytest.approx(30 + 0.8 * 40)  # of 30, 30 and 70


def test_a_bandwidth_finer_than_snapped_places_is_remarked_on():
    x = np.repeat([0.0, 100.0, 300.0], 4)
    found = hotspots.support(hotspots.collapse(x, np.zeros(12)))
    assert found.p90_m == pytest.approx(180.0)
    assert found.sentence(200.0) is None
    text = found.sentence(150.0)
    assert "180 m" in text
    assert "150 m" in text
    assert text.count(".") == 2  # one sentence, and 4.0 to a place
    spread = hotspots.support(hotspots.collapse(x[::4], np.zeros(3)))
    assert spread.sentence(1.0) is None


@pytest.mark.parametrize("n", [0, 1, 9])
def test_fewer_than_two_places_have_no_distance(n):
    found = hotspots.support(hotspots.collapse(np.zeros(n), np.zeros(n)))
    assert math.isnan(found.median_m)
    assert math.isnan(found.p90_m)
    assert found.sentence(1.0) is None


@pytest.mark.parametrize("k", [1, 3, 12, 500])
def test_an_adaptive_bandwidth_reaches_the_kth_incident(k):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, 120) * 40.0, rng.integers(0, 9, 120) * 40.0
    places = hotspots.collapse(x, y)
    found = hotspots.adaptive_bandwidth_m(places, k=k, least_m=50.0, most_m=130.0)
    reach = naive_density.kth_nearest(
        list(zip(places.x_m, places.y_m, strict=True)), places.incidents, k
    )
    expected = [130.0 if r is None else min(max(r, 50.0), 130.0) for r in reach]
    np.testing.assert_allclose(found, expected)


def test_adaptive_bandwidths_are_narrow_where_incidents_are_dense(town_grid):
    rng = np.random.default_rng(1)
    middle = len(town_grid) // 2
    x = np.append(town_grid.x_m[middle] + rng.normal(0, 150, 400), town_grid.x_m[::9])
    y = np.append(town_grid.y_m[middle] + rng.normal(0, 150, 400), town_grid.y_m[::9])
    places = hotspots.collapse(x, y)
    radius = hotspots.adaptive_bandwidth_m(places, k=20, least_m=200.0, most_m=4_000.0)
    assert np.median(radius[places.of[:400]]) < radius[places.of[400:]].min() / 2
    surface = hotspots.density(town_grid, places, np.ones(x.size), bandwidth_m=radius)
    assert surface.total == pytest.approx(x.size)
    assert surface.bandwidth_m == np.median(radius)


def test_adaptive_bandwidths_need_sensible_bounds():
    places = hotspots.collapse(np.zeros(1), np.zeros(1))
    with pytest.raises(DataError, match="k must be 1 or more"):
        hotspots.adaptive_bandwidth_m(places, k=0, least_m=1.0, most_m=2.0)
    for least_m, most_m in ((0.0, 1.0), (2.0, 1.0), (1.0, np.inf), (np.nan, 1.0)):
        with pytest.raises(DataError, match="0 < least_m <= most_m"):
            hotspots.adaptive_bandwidth_m(places, k=1, least_m=least_m, most_m=most_m)
    none = hotspots.collapse(np.empty(0), np.empty(0))
    assert hotspots.adaptive_bandwidth_m(none, k=1, least_m=1.0, most_m=2.0).size == 0


def planted(grid, spread_m, seed=0, n=3_000):
    """Incidents that scatter around a few centers, evenly over a year."""
    rng = np.random.default_rng(seed)
    centers = rng.choice(np.flatnonzero(grid.land_share == 1), 6)
    of = rng.integers(0, 6, n)
    x = grid.x_m[centers][of] + rng.normal(0, spread_m, n)
    y = grid.y_m[centers][of] + rng.normal(0, spread_m, n)
    return hotspots.collapse(x, y), rng.uniform(0, 365, n)


def test_the_bandwidth_chosen_follows_the_scatter_that_was_planted(town_grid):
    trial = hotspots.Trial(candidates_m=(500.0, 1_500.0, 6_000.0))
    chosen = {}
    for spread_m in (10.0, 2_500.0):
        places, day = planted(town_grid, spread_m)
        choice = hotspots.choose_bandwidth(town_grid, places, day, trial)
        chosen[spread_m] = choice.bandwidth_m
        assert choice.table.shape == (3, 6)
        assert (
            choice.mean.max()
            == choice.mean[list(choice.candidates_m).index(choice.bandwidth_m)]
        )
    assert chosen[10.0] == 500.0
    assert chosen[2_500.0] >= 1_500.0


def test_snap_points_do_not_drive_the_bandwidth_to_the_least(town_grid):
    """What leaving one out does: on snap points it falls to the smallest tried."""
    rng = np.random.default_rng(4)
    x, y = scattered(town_grid, 120, 4)  # snap points of the past, and others later
    early, late = rng.integers(0, 60, 1_500), rng.integers(60, 120, 1_500)
    of = np.append(early, late)
    day = np.append(rng.uniform(0, 180, 1_500), rng.uniform(185, 365, 1_500))
    choice = hotspots.choose_bandwidth(
        town_grid,
        hotspots.collapse(x[of], y[of]),
        day,
        hotspots.Trial(candidates_m=(20.0, 1_500.0, 5_000.0), edges=(182.0, 365.0)),
    )
    assert choice.bandwidth_m > 20.0


def test_the_future_does_not_leak_into_the_score(town_grid):
    places, day = planted(town_grid, 800.0)
    trial = hotspots.Trial(candidates_m=(800.0, 2_000.0), edges=(200.0, 260.0))
    early = day < 260.0
    some = hotspots.Places(x_m=places.x_m, y_m=places.y_m, of=places.of[early])
    first = hotspots.choose_bandwidth(town_grid, places, day, trial)
    second = hotspots.choose_bandwidth(town_grid, some, day[early], trial)
    np.testing.assert_allclose(first.table, second.table, rtol=1e-12)
    assert np.isnan(first.standard_error).all()  # of a single window


def test_standard_errors_are_of_paired_differences(town_grid):
    places, day = planted(town_grid, 800.0)
    choice = hotspots.choose_bandwidth(
        town_grid, places, day, hotspots.Trial(candidates_m=(600.0, 1_200.0, 2_400.0))
    )
    at = list(choice.candidates_m).index(choice.bandwidth_m)
    behind = choice.table - choice.table[at]
    np.testing.assert_allclose(
        choice.standard_error, behind.std(axis=1, ddof=1) / math.sqrt(6)
    )
    assert choice.standard_error[at] == 0
    assert f"{choice.bandwidth_m:,.0f} m" in choice.sentence


def test_of_a_tie_the_wider_is_chosen(town_grid):
    x, y = scattered(town_grid, 1)
    places = hotspots.collapse(np.repeat(x, 10), np.repeat(y, 10))
    choice = hotspots.choose_bandwidth(
        town_grid,
        places,
        np.arange(10.0),
        hotspots.Trial(candidates_m=(20.0, 10.0)),  # both: its hex alone
    )
    assert choice.bandwidth_m == 20.0
    assert "within a standard error: 10 m" in choice.sentence


def test_what_cannot_be_tried_is_refused(town_grid):
    places, day = planted(town_grid, 800.0, n=50)
    for bad in (day[:4], np.where(day > 100, np.nan, day)):
        with pytest.raises(DataError, match="for each of 50 incidents"):
            hotspots.choose_bandwidth(town_grid, places, bad)
    with pytest.raises(DataError, match="of one day"):
        hotspots.choose_bandwidth(town_grid, places, np.zeros(50))
    with pytest.raises(DataError, match="no window has incidents both before"):
        hotspots.choose_bandwidth(
            town_grid, places, day, hotspots.Trial(edges=(-9.0, -5.0))
        )


def test_a_trial_must_be_one():
    with pytest.raises(DataError, match="candidates_m is empty"):
        hotspots.Trial(candidates_m=())
    with pytest.raises(DataError, match="edges must be two or more days"):
        hotspots.Trial(edges=(3.0, 3.0))
    for floor in (0.0, 1.0, np.nan):
        with pytest.raises(DataError, match="floor_share must be between"):
            hotspots.Trial(floor_share=floor)


def test_whole_bounds_give_bandwidths_that_are_not_whole():
    rng = np.random.default_rng(1)
    places = hotspots.collapse(rng.uniform(0, 3e3, 50), rng.uniform(0, 3e3, 50))
    whole = hotspots.adaptive_bandwidth_m(places, k=5, least_m=10, most_m=3_000)
    exact = hotspots.adaptive_bandwidth_m(places, k=5, least_m=10.0, most_m=3_000.0)
    assert whole.dtype == np.float64
    assert (whole == exact).all()


def test_a_choice_on_one_window_does_not_say_that_it_is_sure(town_grid):
    rng = np.random.default_rng(2)
    at = rng.choice(len(town_grid), 400)
    places = hotspots.collapse(town_grid.x_m[at], town_grid.y_m[at])
    day = np.r_[np.zeros(200), np.ones(200)]
    choice = hotspots.choose_bandwidth(town_grid, places, day)
    assert "in 1 window after it" in choice.sentence
    assert "cannot be said how sure" in choice.sentence
    with pytest.raises(DataError, match="day holds dates"):
        hotspots.choose_bandwidth(town_grid, places, pd.date_range("2025", periods=400))
