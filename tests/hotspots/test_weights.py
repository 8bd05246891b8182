"""Weights by hand."""

import numpy as np
import pandas as pd
import pytest

from geoalloc import hotspots
from geoalloc.errors import DataError


def test_a_half_life_halves_the_weight():
    weight = hotspots.recency(np.array([0.0, 30.0, 60.0, 15.0]), 30.0)
    np.testing.assert_allclose(weight, [1.0, 0.5, 0.25, 0.5**0.5])


def test_an_endless_half_life_counts_all_alike():
    assert (hotspots.recency(np.array([0.0, 1e5]), np.inf) == 1).all()


@pytest.mark.parametrize("age", [-1.0, np.nan, np.inf])
def test_an_age_that_is_none_is_refused(age):
    with pytest.raises(DataError, match="at 1 of 2 incidents, first at position 1"):
        hotspots.recency(np.array([1.0, age]), 30.0)


@pytest.mark.parametrize("half_life", [0.0, -3.0, np.nan])
def test_a_half_life_must_be_positive(half_life):
    with pytest.raises(DataError, match="half_life_days must be above 0"):
        hotspots.recency(np.ones(2), half_life)


def test_harm_is_looked_up_by_category():
    weight = hotspots.harm(["b", "a", "b"], {"a": 5, "b": 0.5, "c": 9})
    np.testing.assert_array_equal(weight, [0.5, 5.0, 0.5])
    assert hotspots.harm([], {"a": 5}).size == 0


def test_a_category_without_a_weight_is_named():
    with pytest.raises(DataError, match=r"2 of 4 incidents .*'x'"):
        hotspots.harm(["a", "x", "x", "a"], {"a": 5})
    with pytest.raises(DataError, match="1 of 2 incidents"):
        hotspots.harm(["a", None], {"a": 5})


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_a_harm_that_is_none_is_refused(bad):
    with pytest.raises(DataError, match="the harm of 'a' is"):
        hotspots.harm(["b"], {"a": bad, "b": 1.0})


def test_lengths_of_time_and_words_are_no_numbers():
    with pytest.raises(DataError, match="age_days holds dates or lengths of time"):
        hotspots.recency(pd.to_timedelta(["10D"]), 10.0)
    with pytest.raises(DataError, match="the harm of 'theft' is 'x'"):
        hotspots.harm(["theft"], {"theft": "x"})
