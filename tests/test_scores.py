"""Scores by hand, and against plain loops."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
