"""Kernel density against its definition."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoalloc import hotspots
from geoalloc.errors import DataError
from geoalloc.kernels import density as kernels
from tests import naive


def scattered(grid, n, seed=0):
    """Incidents within the area, several to a spot."""
    rng = np.random.default_rng(seed)
    at = rng.choice(np.flatnonzero(grid.land_share == 1), n)
    x = np.round(grid.x_m[at] + rng.uniform(-300, 300, n), -2)
    y = np.round(grid.y_m[at] + rng.uniform(-300, 300, n), -2)
    return x, y


@pytest.mark.kernel
@pytest.mark.parametrize("bandwidth", [150.0, 700.0, 5_000.0])
def test_gathered_sums_are_those_of_the_definition(bandwidth):
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 4_000, 120), rng.uniform(0, 3_000, 120)
    weight, spread = rng.uniform(0, 2, 120), rng.uniform(0, 2, 120)
    at_x, at_y = rng.uniform(-900, 5_000, 40), rng.uniform(-900, 4_000, 40)
    side = bandwidth / 2
    corner = np.array([x.min(), y.min()])
    shape = np.array([np.ptp(y) // side + 1, np.ptp(x) // side + 1], dtype=np.int64)
    start, order = kernels.bucket(x, y, corner, side, shape)
    total, squares = kernels.quartic(
        x[order],
        y[order],
        weight[order],
        spread[order],
        start,
        corner,
        side,
        shape,
        at_x,
        at_y,
        bandwidth,
    )
    expected = naive.quartic(x, y, weight, spread, at_x, at_y, bandwidth)
    np.testing.assert_allclose(total, expected[0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(squares, expected[1], rtol=1e-12, atol=1e-12)


@pytest.mark.kernel
def test_buckets_hold_every_point_once_in_order():
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 900, 50), rng.uniform(0, 900, 50)
    corner, shape = np.array([0.0, 0.0]), np.array([3, 3])
    start, order = kernels.bucket(x, y, corner, 300.0, shape)
    assert sorted(order) == list(range(50))
    for bucket in range(9):
        held = order[start[bucket] : start[bucket + 1]]
        assert list(held) == sorted(held)
        assert (y[held] // 300 * 3 + x[held] // 300 == bucket).all()


@pytest.mark.parametrize("bandwidth_m", [50.0, 600.0, 3_000.0])
def test_totals_are_conserved_at_the_edge_of_the_area(town_grid, bandwidth_m):
    x, y = scattered(town_grid, 400)
    weight = np.random.default_rng(3).uniform(0, 2, 400)
    surface = hotspots.density(
        town_grid, hotspots.collapse(x, y), weight, bandwidth_m=bandwidth_m
    )
    assert surface.expected.sum() == pytest.approx(weight.sum(), rel=1e-12)
    land = town_grid.area_km2 * town_grid.land_share
    np.testing.assert_allclose(surface.per_km2 * land, surface.expected, atol=1e-12)


def test_deep_inside_the_density_is_that_of_the_quartic_kernel(town_grid):
    """Far from an edge, K(0) = 3 / (pi h^2) per incident, up to the hex sum."""
    middle = np.hypot(
        town_grid.x_m - town_grid.x_m.mean(), town_grid.y_m - town_grid.y_m.mean()
    ).argmin()
    x, y = town_grid.x_m[[middle]], town_grid.y_m[[middle]]
    surface = hotspots.density(
        town_grid, hotspots.collapse(x, y), np.array([5.0]), bandwidth_m=4_000.0
    )
    assert surface.per_km2[middle] == pytest.approx(5 * 3 / (np.pi * 16), rel=0.01)


def test_a_tiny_bandwidth_takes_no_more_memory_than_a_large_one(town_grid):
    tracemalloc.start()
    x, y = scattered(town_grid, 50)
    hotspots.density(town_grid, hotspots.collapse(x, y), np.ones(50), bandwidth_m=0.01)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100e6  # buckets of a centimeter would take a petabyte


def test_many_incidents_on_a_spot_weigh_as_one_that_counts_many(town_grid):
    x, y = scattered(town_grid, 60)
    times = np.random.default_rng(4).integers(1, 6, 60)
    once = hotspots.density(
        town_grid, hotspots.collapse(x, y), times.astype(float), bandwidth_m=900.0
    )
    again = hotspots.density(
        town_grid,
        hotspots.collapse(np.repeat(x, times), np.repeat(y, times)),
        np.ones(times.sum()),
        bandwidth_m=900.0,
    )
    np.testing.assert_allclose(once.expected, again.expected, rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1_000))
def test_the_order_of_incidents_does_not_matter(town_grid, seed):
    x, y = scattered(town_grid, 80, seed)
    weight = np.random.default_rng(seed).uniform(0, 1, 80)
    turn = np.random.default_rng(seed + 1).permutation(80)
    first = hotspots.density(
        town_grid, hotspots.collapse(x, y), weight, bandwidth_m=1_000.0
    )
    second = hotspots.density(
        town_grid,
        hotspots.collapse(x[turn], y[turn]),
        weight[turn],
        bandwidth_m=1_000.0,
    )
    np.testing.assert_allclose(first.expected, second.expected, rtol=1e-11, atol=1e-14)


def test_the_effective_number_of_equal_incidents_on_one_spot_is_their_number(town_grid):
    middle = len(town_grid) // 2
    x, y = np.repeat(town_grid.x_m[middle], 37), np.repeat(town_grid.y_m[middle], 37)
    surface = hotspots.density(
        town_grid, hotspots.collapse(x, y), np.full(37, 0.4), bandwidth_m=800.0
    )
    assert surface.effective[middle] == pytest.approx(37)


def test_no_incidents_give_a_density_of_zero(town_grid):
    none = np.empty(0)
    surface = hotspots.density(
        town_grid, hotspots.collapse(none, none), none, bandwidth_m=500.0
    )
    assert not surface.expected.any()


@pytest.mark.parametrize("bandwidth_m", [0.0, -5.0, np.nan, np.inf])
def test_a_bandwidth_must_be_positive(town_grid, bandwidth_m):
    with pytest.raises(DataError, match="bandwidth_m must be above 0"):
        hotspots.density(
            town_grid,
            hotspots.collapse(np.zeros(1), np.zeros(1)),
            np.ones(1),
            bandwidth_m=bandwidth_m,
        )


def test_a_negative_weight_is_refused(town_grid):
    x, y = scattered(town_grid, 3)
    with pytest.raises(DataError, match="weight is negative"):
        hotspots.density(
            town_grid,
            hotspots.collapse(x, y),
            np.array([1.0, -1.0, 1.0]),
            bandwidth_m=500.0,
        )
