"""Scores by hand, and against plain loops."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from geoalloc import scores
from geoalloc.errors import DataError
from tests import naive_density


def test_log_score_by_hand():
    share, uniform = np.array([0.5, 0.3, 0.2]), np.array([0.25, 0.25, 0.5])
    count = np.array([3.0, 0.0, 1.0])
    expected = (3 * math.log(2.0) + math.log(0.4)) / 4
    assert scores.log_score(share, count, uniform) == pytest.approx(expected)
    assert scores.log_score(uniform, count, uniform) == 0.0


def test_an_incident_where_none_was_expected_costs_everything():
    share, uniform = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    assert scores.log_score(share, np.array([1.0, 1.0]), uniform) == -math.inf
    assert math.isnan(scores.log_score(share, np.zeros(2), uniform))


def test_the_truth_scores_best_on_average():
    rng = np.random.default_rng(0)
    truth, other = rng.dirichlet(np.ones(30), 2)
    uniform, count = np.full(30, 1 / 30), rng.multinomial(100_000, truth)
    right = scores.log_score(truth, count, uniform)
    assert right > scores.log_score(other, count, uniform)


def test_rates_and_indices_by_hand():
    surface, land = np.array([1.0, 9.0, 5.0, 0.0]), np.array([1.0, 1.0, 2.0, 4.0])
    count = np.array([4.0, 2.0, 3.0, 1.0])
    # An eighth of 8 km2 is the second hex; a quarter is it and half of the third.
    assert scores.hit_rate(surface, count, land, area_share=1 / 8) == 0.2
    assert scores.hit_rate(surface, count, land, area_share=1 / 4) == 0.35
    assert scores.pai(surface, count, land, area_share=1 / 8) == pytest.approx(1.6)
    assert scores.pei(surface, count, land, area_share=1 / 8) == pytest.approx(0.5)
    assert scores.hit_rate(surface, count, land, area_share=1.0) == 1.0


def test_of_equal_values_the_lower_position_comes_first():
    even, land = np.ones(4), np.ones(4)
    count = np.array([3.0, 1.0, 0.0, 0.0])
    assert scores.hit_rate(even, count, land, area_share=0.25) == 0.75


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), area_share=st.floats(0.01, 1.0))
def test_hits_are_those_of_a_plain_loop_and_no_choice_beats_the_best(seed, area_share):
    rng = np.random.default_rng(seed)
    surface, count = rng.integers(0, 5, 20).astype(float), rng.poisson(2.0, 20) * 1.0
    land = rng.uniform(0.1, 2, 20)
    count[0] += 1
    expected = naive_density.captured(surface, count, land, area_share * land.sum())
    rate = scores.hit_rate(surface, count, land, area_share=area_share)
    assert rate == pytest.approx(expected / count.sum())
    assert scores.pei(surface, count, land, area_share=area_share) <= 1 + 1e-12
    best = scores.pei(count / land, count, land, area_share=area_share)
    assert best == pytest.approx(1.0)


def test_a_hex_without_land_takes_no_area():
    land, count = np.array([0.0, 1.0, 1.0]), np.array([2.0, 1.0, 1.0])
    surface = np.array([9.0, 5.0, 1.0])
    assert scores.hit_rate(surface, count, land, area_share=0.5) == 0.75
    assert scores.pei(surface, count, land, area_share=0.5) == 1.0


def test_no_incidents_have_no_rate():
    none, one = np.zeros(3), np.ones(3)
    assert math.isnan(scores.hit_rate(one, none, one, area_share=0.5))
    assert math.isnan(scores.pei(one, none, one, area_share=0.5))


def test_bad_input_is_refused():
    one = np.ones(3)
    with pytest.raises(DataError, match="lengths differ"):
        scores.log_score(one, one, np.ones(4))
    with pytest.raises(DataError, match="count has a negative, nan"):
        scores.hit_rate(one, -one, one, area_share=0.5)
    for share in (0.0, 1.1, np.nan):
        with pytest.raises(DataError, match="area_share must be above 0"):
            scores.pai(one, one, one, area_share=share)
    with pytest.raises(DataError, match="no hex has any land"):
        scores.pei(one, one, np.zeros(3), area_share=0.5)
    with pytest.raises(DataError, match="hex without land"):
        scores.log_score(one, one, np.array([1.0, 1.0, 0.0]))


def test_expected_over_observed_by_hand():
    # A quarter of 8 km2 is the second hex and half of the third: 3 + 2 expected,
    # 2 + 1.5 observed.
    land, expected = np.array([1.0, 1.0, 2.0, 4.0]), np.array([1.0, 3.0, 4.0, 0.0])
    count = np.array([4.0, 2.0, 3.0, 1.0])
    found = scores.rri(expected, count, land, area_share=0.25)
    assert found == pytest.approx(5.0 / 3.5)
    none = scores.rri(expected, np.array([1.0, 0, 0, 0]), land, area_share=0.125)
    assert math.isnan(none)


def test_the_chosen_hexes_take_exactly_the_area():
    rng = np.random.default_rng(5)
    surface, land = rng.integers(0, 9, 60).astype(float), rng.uniform(0.1, 1.0, 60)
    part = scores.chosen(surface, land, area_share=0.2)
    assert (part * land).sum() == pytest.approx(0.2 * land.sum())
    assert surface[part == 1].min() >= surface[part == 0].max()
    assert ((part > 0) & (part < 1)).sum() <= 1


def test_stability_is_the_share_of_two_sets_on_equal_land():
    rng = np.random.default_rng(6)
    before, after, land = rng.random(50), rng.random(50), np.ones(50)
    one, two = (set(np.argsort(-each)[:10].tolist()) for each in (before, after))
    expected = len(one & two) / len(one | two)
    found = scores.stability(before, after, land, area_share=0.2)
    assert found == pytest.approx(expected)
    assert scores.stability(before, before, land, area_share=0.13) == 1.0
    assert scores.stability(before, -before + 1, land, area_share=0.2) == 0.0


def test_deviance_is_that_of_the_textbook():
    expected, count = np.array([0.5, 2.0, 3.0]), np.array([0.0, 2.0, 5.0])
    by_hand = 2 * (0.5 + 0.0 + (5 * math.log(5 / 3) - 2)) / 3
    assert scores.deviance(expected, count) == pytest.approx(by_hand)
    assert scores.deviance(count, count) == 0.0
    assert scores.deviance(np.zeros(1), np.ones(1)) == math.inf


def test_crps_of_poisson_counts_is_its_closed_form():
    # Wei, W. and Held, L. (2014), TEST 23, 787-805.
    rng = np.random.default_rng(7)
    mean = rng.gamma(0.5, 8.0, 200)
    count = rng.poisson(mean).astype(float)
    upto, at = stats.poisson.cdf(count, mean), stats.poisson.pmf(count, mean)
    bessel = special.ive(0, 2 * mean) + special.ive(1, 2 * mean)
    closed = (count - mean) * (2 * upto - 1) + 2 * mean * at - mean * bessel
    assert scores.crps(mean, count) == pytest.approx(closed.mean(), abs=1e-9)


@pytest.mark.parametrize("size", [0.2, 3.0, 1e6])
@pytest.mark.parametrize("mean", [0.01, 4.0, 60.0, 900.0])
def test_crps_is_that_of_draws(mean, size):
    rng = np.random.default_rng(8)
    one, two = rng.negative_binomial(size, size / (size + mean), (2, 200_000))
    for count in (0.0, np.ceil(2 * mean)):
        drawn = np.abs(one - count).mean() - np.abs(one - two).mean() / 2
        found = scores.crps(np.array([mean]), np.array([count]), size)
        assert found == pytest.approx(drawn, rel=0.06, abs=1e-3)


def test_crps_is_least_for_the_truth():
    rng = np.random.default_rng(9)
    mean = np.full(20_000, 2.0)
    count = rng.negative_binomial(1.5, 1.5 / 3.5, mean.size).astype(float)
    right = scores.crps(mean, count, 1.5)
    assert right < min(scores.crps(mean, count), scores.crps(1.3 * mean, count, 1.5))


def test_a_rhythm_is_scored_against_an_even_week():
    share, count = np.full(168, 0.5 / 167), np.zeros(168)
    share[30], count[30], count[2] = 0.5, 3.0, 1.0
    by_hand = (3 * math.log(84.0) + math.log(168 * 0.5 / 167)) / 4
    assert scores.rhythm_log_score(share, count) == pytest.approx(by_hand)
    with pytest.raises(DataError, match="168 hours"):
        scores.rhythm_log_score(share[:24], count[:24])


def test_scores_refuse_what_cannot_be_scored():
    with pytest.raises(DataError, match="no hex"):
        scores.crps(np.empty(0), np.empty(0))
    with pytest.raises(DataError, match="size of a negative binomial"):
        scores.crps(np.ones(2), np.ones(2), 0.0)
    with pytest.raises(DataError, match="expected has a negative"):
        scores.deviance(np.array([-1.0]), np.ones(1))
