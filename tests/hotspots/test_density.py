"""Kernel density against its definition."""

import dataclasses
import gc
import tracemalloc

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoalloc import hotspots
from geoalloc.errors import DataError
from geoalloc.hotspots import _cells
from tests import naive_density


def scattered(grid, n, seed=0):
    """Incidents within the area, several to a spot."""
    rng = np.random.default_rng(seed)
    at = rng.choice(np.flatnonzero(grid.land_share == 1), n)
    x = np.round(grid.x_m[at] + rng.uniform(-300, 300, n), -2)
    y = np.round(grid.y_m[at] + rng.uniform(-300, 300, n), -2)
    return x, y


@pytest.mark.parametrize("kernel", hotspots.KERNELS)
@pytest.mark.parametrize("radius", ["one", "each"])
def test_a_density_is_that_of_the_definition(town_grid, kernel, radius):
    rng = np.random.default_rng(1)
    x, y = scattered(town_grid, 40)
    x[:3] += 40_000.0  # far outside: each counts in the nearest hex
    places = hotspots.collapse(x, y)
    once = places_alone(places)
    weight = rng.uniform(0, 2, len(places))
    bandwidth_m = np.full(len(places), 900.0)
    if radius == "each":
        bandwidth_m = rng.uniform(100, 4_000, len(places))
    found = hotspots.density(
        town_grid,
        once,
        weight,
        bandwidth_m=900.0 if radius == "one" else bandwidth_m,
        kernel=kernel,
    )
    expected = naive_density.density(
        list(zip(town_grid.x_m, town_grid.y_m, strict=True)),
        town_grid.land_km2,
        zip(places.x_m, places.y_m, strict=True),
        bandwidth_m,
        weight,
        kernel,
    )
    # 1e-12 of the largest: where a kernel ends, 1 - d^2 is what rounding leaves.
    for values, right in zip(
        (found.per_km2, found.expected, found.spread), expected, strict=True
    ):
        np.testing.assert_allclose(values, right, rtol=1e-9, atol=1e-12 * max(right))


def places_alone(places):
    """The same places with one incident each."""
    return hotspots.Places(
        x_m=places.x_m, y_m=places.y_m, of=np.arange(len(places), dtype=np.int64)
    )


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


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    kernel=st.sampled_from(hotspots.KERNELS),
    bandwidth_m=st.floats(1.0, 30_000.0),
    adaptive=st.booleans(),
)
def test_every_kernel_conserves_totals(town_grid, seed, kernel, bandwidth_m, adaptive):
    rng = np.random.default_rng(seed)
    x, y = scattered(town_grid, 70, seed)
    places = hotspots.collapse(x, y)
    radius = bandwidth_m * rng.uniform(0.2, 1, len(places)) if adaptive else bandwidth_m
    weight = rng.uniform(0, 3, 70)
    surface = hotspots.density(
        town_grid, places, weight, bandwidth_m=radius, kernel=kernel
    )
    assert surface.total == pytest.approx(weight.sum(), rel=1e-12)
    assert (surface.per_km2 >= 0).all()


def test_a_bandwidth_below_the_hexes_gives_the_count_of_each(town_grid):
    x, y = scattered(town_grid, 200)
    apart = np.hypot(x[:, None] - town_grid.x_m, y[:, None] - town_grid.y_m)
    count = np.bincount(apart.argmin(axis=1), minlength=len(town_grid))
    for bandwidth_m in (1e-200, 1e-3, 60.0):
        surface = hotspots.density(
            town_grid, hotspots.collapse(x, y), np.ones(200), bandwidth_m=bandwidth_m
        )
        np.testing.assert_allclose(surface.expected, count, atol=1e-12)


def test_an_endless_bandwidth_spreads_incidents_evenly_over_the_land(town_grid):
    x, y = scattered(town_grid, 20)
    surface = hotspots.density(
        town_grid, hotspots.collapse(x, y), np.ones(20), bandwidth_m=1e200
    )
    np.testing.assert_allclose(surface.per_km2, 20 / town_grid.land_km2.sum())


def test_one_incident_and_all_on_one_place_are_in_order(town_grid):
    x, y = scattered(town_grid, 1)
    for n in (1, 500):
        places = hotspots.collapse(np.repeat(x, n), np.repeat(y, n))
        assert len(places) == 1
        surface = hotspots.density(town_grid, places, np.ones(n), bandwidth_m=900.0)
        assert surface.total == pytest.approx(n)


@pytest.mark.parametrize("bandwidth_m", [300.0, 2_000.0, 9_000.0])
def test_the_number_of_threads_changes_no_bit(town_grid, bandwidth_m):
    x, y = scattered(town_grid, 9_000)
    x += np.random.default_rng(7).uniform(-300, 300, x.size)

    def of(n_threads):
        numba.set_num_threads(n_threads)
        places = hotspots.collapse(x, y)
        surface = hotspots.density(
            town_grid, places, np.ones(x.size), bandwidth_m=bandwidth_m
        )
        return places.of, surface.per_km2, surface.spread

    most = numba.get_num_threads()
    try:
        alone = of(1)
    finally:
        together = of(most)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_collapsed_places_are_the_distinct_points():
    rng = np.random.default_rng(5)
    x, y = rng.integers(-3, 3, 900) * 0.1, rng.integers(0, 7, 900) * 50.0
    x[:2] = 0.0, -0.0
    y[:2] = 0.0, 0.0
    places = hotspots.collapse(x, y)
    np.testing.assert_array_equal(places.x_m[places.of], x)
    np.testing.assert_array_equal(places.y_m[places.of], y)
    assert len(places) == len(set(zip(x, y, strict=True)))
    assert places.of[0] == places.of[1]
    assert places.incidents.sum() == 900


def test_points_in_one_far_corner_collapse_too():
    x = np.append(np.repeat(np.arange(2_000) * 1e-9, 2), 1e9)
    places = hotspots.collapse(x, np.zeros(4_001))
    assert len(places) == 2_001
    np.testing.assert_array_equal(places.x_m[places.of], x)


@pytest.mark.parametrize("room", ["all", "little", "none"])
def test_places_do_not_depend_on_the_hash(monkeypatch, room):
    """With little room or none, points of one cell and hash differ."""
    rng = np.random.default_rng(8)
    x, y = rng.integers(0, 40, (2, 5_000)) / 7.0
    hashed = _cells._hash
    if room != "all":
        bits = np.uint64(2**64 - 2**62 if room == "little" else 0)
        monkeypatch.setattr(_cells, "_hash", lambda x, y: hashed(x, y) & bits)
    found_x, found_y, of = _cells.distinct(x, y)
    np.testing.assert_array_equal(found_x[of], x)
    np.testing.assert_array_equal(found_y[of], y)
    assert found_x.size == len(naive_density.distinct(zip(x, y, strict=True))[0])


def test_places_run_in_rows_from_the_south():
    rng = np.random.default_rng(9)
    x, y = rng.uniform(0, 1_000, (2, 4_000))
    places = hotspots.collapse(x, y)
    tall = np.sqrt(1e6 / 1_000)  # of a row: four points to a cell
    row = (places.y_m - y.min()) // (tall * 1.001)
    assert (np.diff(row) >= -1).all()
    assert (np.diff(row) == -1).mean() < 0.1
    column = (places.x_m - x.min()) // (tall * 1.001)
    assert (np.diff(column) >= -1).mean() > 0.9


def test_hexes_stay_laid_out_while_the_bandwidth_is_the_same(town_grid):
    x, y = scattered(town_grid, 30)
    places, weight = hotspots.collapse(x, y), np.ones(30)

    def of(grid, bandwidth_m):
        return hotspots.density(grid, places, weight, bandwidth_m=bandwidth_m).per_km2

    first, kept = of(town_grid, 3_000.0), _cells._LAST[town_grid]
    np.testing.assert_array_equal(of(town_grid, 3_000.0), first)
    assert _cells._LAST[town_grid] is kept
    of(town_grid, 5_000.0)
    assert _cells._LAST[town_grid] is not kept
    np.testing.assert_array_equal(of(town_grid, 3_000.0), first)


def test_what_is_kept_of_a_grid_goes_with_it(town_grid):
    x, y = scattered(town_grid, 30)
    places, n_grids = hotspots.collapse(x, y), len(_cells._LAST)
    hotspots.density(
        dataclasses.replace(town_grid), places, np.ones(30), bandwidth_m=500.0
    )
    gc.collect()
    assert len(_cells._LAST) <= n_grids


def test_densities_add_as_their_incidents_do(town_grid):
    x, y = scattered(town_grid, 300)
    weight = np.random.default_rng(6).uniform(0, 2, 300)

    def of(part):
        places = hotspots.collapse(x[part], y[part])
        return hotspots.density(town_grid, places, weight[part], bandwidth_m=800.0)

    both, whole = of(slice(0, 250)) + of(slice(250, 300)), of(slice(None))
    for name in ("per_km2", "expected", "spread", "effective"):
        np.testing.assert_allclose(
            getattr(both, name), getattr(whole, name), rtol=1e-11, atol=1e-12
        )
    assert both.bandwidth_m == 800.0


def test_a_factor_multiplies_every_weight(town_grid):
    x, y = scattered(town_grid, 50)
    places = hotspots.collapse(x, y)
    one = hotspots.density(town_grid, places, np.ones(50), bandwidth_m=800.0)
    half = hotspots.density(town_grid, places, np.full(50, 0.5), bandwidth_m=800.0)
    for scaled in (one * 0.5, 0.5 * one):
        np.testing.assert_allclose(scaled.per_km2, half.per_km2)
        np.testing.assert_allclose(scaled.spread, half.spread)
        np.testing.assert_allclose(scaled.effective, one.effective)


def test_densities_of_two_kernels_or_grids_do_not_add(town_grid):
    x, y = scattered(town_grid, 5)
    places, weight = hotspots.collapse(x, y), np.ones(5)
    one = hotspots.density(town_grid, places, weight, bandwidth_m=800.0)
    other = hotspots.density(
        town_grid, places, weight, bandwidth_m=800.0, kernel="uniform"
    )
    with pytest.raises(DataError, match="do not add"):
        one + other
    with pytest.raises(DataError, match="multiplied by a number from 0, got -1"):
        one * -1.0


def test_a_sum_of_two_bandwidths_names_their_mean_by_weight(town_grid):
    x, y = scattered(town_grid, 40)
    places = hotspots.collapse(x, y)
    wide = hotspots.density(town_grid, places, np.ones(40), bandwidth_m=2_000.0)
    narrow = hotspots.density(town_grid, places, np.full(40, 3.0), bandwidth_m=1_000.0)
    assert (wide + narrow).bandwidth_m == pytest.approx(1_250.0)


def test_a_ratio_is_undefined_where_both_are_under_the_floor(town_grid):
    above, below = np.zeros(len(town_grid)), np.zeros(len(town_grid))
    above[:4], below[:4] = [6.0, 0.5, 0.5, 3.0], [2.0, 4.0, 0.2, 0.1]
    found = hotspots.ratio(given_density(above), given_density(below), floor_per_km2=1)
    np.testing.assert_allclose(found[:4], [3.0, 0.25, np.nan, 3.0])
    assert np.isnan(found[4:]).all()
    back = hotspots.ratio(given_density(below), given_density(above), floor_per_km2=1)
    np.testing.assert_allclose(found * back, np.where(np.isnan(found), np.nan, 1.0))


def given_density(per_km2):
    return hotspots.Density(
        per_km2=per_km2,
        expected=per_km2,
        spread=per_km2,
        bandwidth_m=1.0,
        kernel="quartic",
    )


@pytest.mark.parametrize("floor", [0.0, -1.0, np.nan, np.inf])
def test_a_ratio_needs_a_floor(floor):
    one = given_density(np.ones(3))
    with pytest.raises(DataError, match="floor_per_km2 must be above 0"):
        hotspots.ratio(one, one, floor_per_km2=floor)
    with pytest.raises(DataError, match="have no ratio"):
        hotspots.ratio(one, given_density(np.ones(4)), floor_per_km2=1.0)


@pytest.mark.parametrize("bandwidth_m", [0.0, -5.0, np.nan, np.inf])
def test_a_bandwidth_must_be_positive(town_grid, bandwidth_m):
    places = hotspots.collapse(np.zeros(1), np.zeros(1))
    for given_m in (bandwidth_m, np.array([bandwidth_m])):
        with pytest.raises(DataError, match="bandwidth_m must be above 0"):
            hotspots.density(town_grid, places, np.ones(1), bandwidth_m=given_m)


def test_bandwidths_are_one_or_one_a_place(town_grid):
    x, y = scattered(town_grid, 3)
    with pytest.raises(DataError, match="has shape"):
        hotspots.density(
            town_grid, hotspots.collapse(x, y), np.ones(3), bandwidth_m=np.ones(7)
        )


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_a_weight_that_is_none_is_refused(town_grid, weight):
    x, y = scattered(town_grid, 3)
    weights = np.array([1.0, weight, 1.0])
    with pytest.raises(DataError, match="weight is negative, nan or infinite"):
        hotspots.density(town_grid, hotspots.collapse(x, y), weights, bandwidth_m=500.0)
    with pytest.raises(DataError, match="give one for each"):
        hotspots.density(
            town_grid, hotspots.collapse(x, y), weights[:2], bandwidth_m=500.0
        )


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_coordinate_that_is_none_is_refused(bad):
    with pytest.raises(DataError, match="at 1 of 3 incidents, first at position 2"):
        hotspots.collapse(np.array([1.0, 2.0, bad]), np.zeros(3))


def test_a_kernel_must_be_known(town_grid):
    places = hotspots.collapse(np.zeros(1), np.zeros(1))
    with pytest.raises(DataError, match=r"kernel must be one of quartic.*got 'box'"):
        hotspots.density(town_grid, places, np.ones(1), bandwidth_m=500.0, kernel="box")


def test_an_area_without_land_is_refused(town_grid):
    dry = dataclasses.replace(town_grid, land_share=np.zeros(len(town_grid)))
    with pytest.raises(DataError, match="has any land"):
        hotspots.density(
            dry,
            hotspots.collapse(np.zeros(1), np.zeros(1)),
            np.ones(1),
            bandwidth_m=500.0,
        )


@pytest.mark.parametrize("dtype", [np.uint8, np.int32])
def test_small_whole_weights_are_squared_as_numbers(town_grid, dtype):
    x, y = scattered(town_grid, 40)
    places = hotspots.collapse(x, y)
    value = 200 if dtype is np.uint8 else 70_000
    whole = hotspots.density(
        town_grid, places, np.full(40, value, dtype), bandwidth_m=700.0
    )
    exact = hotspots.density(
        town_grid, places, np.full(40, float(value)), bandwidth_m=700.0
    )
    np.testing.assert_array_equal(whole.effective, exact.effective)
    with pytest.raises(DataError, match="give one weighting, or use Operator"):
        hotspots.density(town_grid, places, np.ones((2, 40)), bandwidth_m=700.0)
