"""Density by hour of the week, against its definition and by laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoalloc import hotspots
from geoalloc.errors import DataError
from tests import naive_density
from tests.hotspots.test_density import scattered


@pytest.fixture(scope="module")
def operator(town_grid):
    x, y = scattered(town_grid, 60)
    return hotspots.Operator(town_grid, hotspots.collapse(x, y), bandwidth_m=1_200.0)


@pytest.mark.parametrize("window", ["quartic", "triangular"])
def test_hours_are_those_of_the_definition(operator, window):
    rng = np.random.default_rng(0)
    hour, weight = rng.integers(0, 168, 60), rng.uniform(0, 2, 60)
    found = hotspots.space_time(operator, hour, weight, width_h=7, window=window)
    some = operator.expected_matrix.sum(axis=1).argsort()[-6:]
    share = operator.expected_matrix.toarray()[some]
    expected = naive_density.space_time(
        share, operator.places.of, hour, weight, 3.5, window
    )
    np.testing.assert_allclose(
        found.expected[:, some], expected, rtol=1e-11, atol=1e-14
    )


def test_the_spread_is_the_sum_of_squared_contributions(operator):
    rng = np.random.default_rng(1)
    hour, weight = rng.integers(0, 168, 60), rng.uniform(0, 2, 60)
    found = hotspots.space_time(operator, hour, weight, width_h=9)
    squares = 0.0
    for i in range(60):
        only = np.where(np.arange(60) == i, weight, 0.0)
        squares += hotspots.space_time(operator, hour, only, width_h=9).expected ** 2
    np.testing.assert_allclose(found.spread, squares, rtol=1e-10, atol=1e-16)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 1_000),
    width_h=st.floats(0.1, 168.0),
    turn=st.integers(0, 167),
    window=st.sampled_from(["quartic", "triangular"]),
)
def test_turning_the_week_turns_the_density(operator, seed, width_h, turn, window):
    rng = np.random.default_rng(seed)
    hour, weight = rng.integers(0, 168, 60), rng.uniform(0, 2, 60)
    options = {"width_h": width_h, "window": window}
    first = hotspots.space_time(operator, hour, weight, **options)
    turned = hotspots.space_time(operator, (hour + turn) % 168, weight, **options)
    np.testing.assert_allclose(
        np.roll(first.expected, turn, axis=0), turned.expected, rtol=1e-9, atol=1e-13
    )
    assert first.total == pytest.approx(weight.sum(), rel=1e-11)


def test_a_window_of_an_hour_keeps_every_hour_to_itself(operator):
    hour = np.full(60, 167)
    found = hotspots.space_time(operator, hour, np.ones(60), width_h=1)
    np.testing.assert_allclose(found.expected.sum(axis=1)[167], 60)
    assert not found.expected[:167].any()


def test_chosen_hours_are_the_rows_of_all(operator):
    hour = np.random.default_rng(2).integers(0, 168, 60)
    every = hotspots.space_time(operator, hour, np.ones(60), width_h=5)
    some = hotspots.space_time(
        operator, hour, np.ones(60), width_h=5, hours=np.array([140, 3])
    )
    np.testing.assert_allclose(some.per_km2, every.per_km2[[140, 3]], rtol=1e-13)


def test_what_is_no_hour_window_or_width_is_refused(operator):
    hour, weight = np.zeros(60, dtype=int), np.ones(60)
    with pytest.raises(DataError, match="at 1 of 60 positions, first 168 at 4"):
        hotspots.space_time(
            operator, np.where(np.arange(60) == 4, 168, 0), weight, width_h=3
        )
    for width_h in (0.0, np.nan, 169.0):
        with pytest.raises(DataError, match="width_h must be above 0"):
            hotspots.space_time(operator, hour, weight, width_h=width_h)
    with pytest.raises(DataError, match="window must be one of"):
        hotspots.space_time(operator, hour, weight, width_h=3, window="box")
    with pytest.raises(DataError, match="one of each for each"):
        hotspots.space_time(operator, hour[:5], weight, width_h=3)
