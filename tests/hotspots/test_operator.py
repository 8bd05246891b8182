"""The operator against density, which works the same out another way."""

import numpy as np
import pytest

from geoalloc import hotspots
from geoalloc.errors import DataError
from tests.hotspots.test_density import scattered

NAMES = ("per_km2", "expected", "spread")


@pytest.fixture
def places(town_grid):
    x, y = scattered(town_grid, 300)
    x[:4] += 60_000.0  # out of reach of every hex
    return hotspots.collapse(x, y)


@pytest.mark.parametrize("kernel", hotspots.KERNELS)
@pytest.mark.parametrize("bandwidth", ["one", "each"])
def test_an_operator_gives_the_density(town_grid, places, kernel, bandwidth):
    rng = np.random.default_rng(0)
    bandwidth_m = 1_100.0
    if bandwidth == "each":
        bandwidth_m = rng.uniform(100, 3_000, len(places))
    weight = rng.uniform(0, 2, 300)
    operator = hotspots.Operator(
        town_grid, places, bandwidth_m=bandwidth_m, kernel=kernel
    )
    expected = hotspots.density(
        town_grid, places, weight, bandwidth_m=bandwidth_m, kernel=kernel
    )
    found = operator.apply(weight)
    for name in NAMES:
        right = getattr(expected, name)
        np.testing.assert_allclose(
            getattr(found, name), right, rtol=1e-11, atol=1e-12 * right.max()
        )
    assert (found.bandwidth_m, found.kernel) == (expected.bandwidth_m, kernel)


def test_several_weightings_are_as_one_after_another(town_grid, places):
    weights = np.random.default_rng(1).uniform(0, 2, (5, 300))
    operator = hotspots.Operator(town_grid, places, bandwidth_m=900.0)
    together = operator.apply(weights)
    assert together.expected.shape == (5, len(town_grid))
    for k, weight in enumerate(weights):
        alone = operator.apply(weight)
        for name in NAMES:
            np.testing.assert_allclose(
                getattr(together, name)[k], getattr(alone, name), rtol=1e-12
            )


def test_columns_of_the_matrix_sum_to_one(town_grid, places):
    operator = hotspots.Operator(town_grid, places, bandwidth_m=700.0)
    np.testing.assert_allclose(operator.expected_matrix.sum(axis=0), 1.0, rtol=1e-13)
    assert operator.matrix.indices.dtype == np.int32
    assert operator.matrix.data.dtype == np.float64


def test_places_weigh_what_stands_on_them(town_grid, places):
    operator = hotspots.Operator(town_grid, places, bandwidth_m=700.0)
    by_place = operator.apply_to_places(places.incidents.astype(float))
    by_incident = operator.apply(np.ones(300))
    for name in NAMES:
        np.testing.assert_allclose(getattr(by_place, name), getattr(by_incident, name))


def test_no_places_give_nothing(town_grid):
    none = hotspots.collapse(np.empty(0), np.empty(0))
    operator = hotspots.Operator(town_grid, none, bandwidth_m=700.0)
    assert not operator.apply(np.empty(0)).expected.any()


def test_weights_of_another_number_are_refused(town_grid, places):
    operator = hotspots.Operator(town_grid, places, bandwidth_m=700.0)
    with pytest.raises(DataError, match="for 300 incidents"):
        operator.apply(np.ones((2, 299)))
    with pytest.raises(DataError, match="weight is negative"):
        operator.apply_to_places(np.full(len(places), -1.0))


def test_more_pairs_than_can_be_held_are_refused(town_grid):
    n = 20_000_000
    many = hotspots.Places(
        x_m=np.zeros(n), y_m=np.zeros(n), of=np.empty(0, dtype=np.int64)
    )
    with pytest.raises(DataError, match="too many pairs to hold"):
        hotspots.Operator(town_grid, many, bandwidth_m=50_000.0)
