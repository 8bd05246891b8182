"""Moran's I term by term, by esda, and by permutation."""

import numpy as np
import pytest
from shapely.geometry import box

from geoalloc import hexes, hotspots
from geoalloc.errors import DataError
from tests import naive_significance as naive


@pytest.fixture(scope="module")
def islands():
    """Two areas apart: a group of hexes, and one hex that has no neighbor."""
    west, alone = box(-2.70, 51.40, -2.66, 51.42), box(-2.5005, 51.40, -2.50, 51.4003)
    grid = hexes.cover(west.union(alone), 8)
    assert (grid.neighbors < 0).all(axis=1).sum() == 1
    return grid


def test_i_is_that_of_the_definition(town_grid):
    value = np.random.default_rng(0).gamma(0.5, size=len(town_grid))
    found = hotspots.morans_i(town_grid, value)
    expected = naive.morans_i(town_grid.neighbors.tolist(), value.tolist())
    assert found.i == pytest.approx(expected, rel=1e-12)
    assert found.expected == pytest.approx(-1 / (len(town_grid) - 1))


@pytest.mark.parametrize("name", ["town_grid", "islands"])
def test_i_z_and_p_agree_with_esda(request, name):
    esda = pytest.importorskip("esda")
    weights = pytest.importorskip("libpysal.weights")
    grid = request.getfixturevalue(name)
    near = {i: [int(j) for j in row if j >= 0] for i, row in enumerate(grid.neighbors)}
    value = np.random.default_rng(1).negative_binomial(0.5, 0.2, len(grid))
    peer = esda.Moran(
        value,
        weights.W(near, silence_warnings=True),
        transformation="r",
        permutations=0,
        two_tailed=False,
    )
    found = hotspots.morans_i(grid, value)
    assert found.i == pytest.approx(peer.I, rel=1e-10)
    assert found.expected == pytest.approx(peer.EI)
    assert found.z == pytest.approx(peer.z_rand, rel=1e-9)
    # esda gives the smaller of the two tails.
    assert min(found.p, 1 - found.p) == pytest.approx(peer.p_rand, rel=1e-8)


def test_z_under_randomization_has_mean_0_and_spread_1(islands):
    rng = np.random.default_rng(2)
    value = rng.gamma(0.7, size=len(islands))
    z = [hotspots.morans_i(islands, rng.permutation(value)).z for _ in range(2_000)]
    assert np.mean(z) == pytest.approx(0, abs=0.08)
    assert np.std(z) == pytest.approx(1, abs=0.08)


def test_a_smooth_surface_is_alike_and_permutation_says_so(town_grid):
    value = town_grid.x_m - town_grid.x_m.min()
    rng = np.random.default_rng(3)
    found = hotspots.morans_i(town_grid, value, permutations=99, rng=rng)
    assert found.i > 0.9
    assert found.p == pytest.approx(0.01)


def test_noise_is_not_alike(town_grid):
    rng = np.random.default_rng(4)
    value = rng.poisson(3.0, len(town_grid))
    found = hotspots.morans_i(town_grid, value, permutations=199, rng=rng)
    by_normal = hotspots.morans_i(town_grid, value).p
    assert found.p == pytest.approx(by_normal, abs=0.1)
    assert abs(found.z) < 3


def test_equal_values_are_undefined(town_grid):
    found = hotspots.morans_i(town_grid, np.full(len(town_grid), 0.1))
    assert np.isnan([found.i, found.z, found.p]).all()


def test_wrong_values_are_refused(town_grid, islands):
    with pytest.raises(DataError, match=r"value has the shape \(2,\)"):
        hotspots.morans_i(town_grid, np.zeros(2))
    value = np.zeros(len(town_grid))
    value[5] = np.nan
    with pytest.raises(DataError, match=r"nan or infinite at 1 of .* first 5: leave"):
        hotspots.morans_i(town_grid, value)
    with pytest.raises(DataError, match="permutations need rng"):
        hotspots.morans_i(islands, np.arange(len(islands)), permutations=9)


def test_permutations_are_not_fewer_than_none(town_grid):
    value = np.arange(float(len(town_grid)))
    with pytest.raises(DataError, match="permutations must be 0 or more"):
        hotspots.morans_i(
            town_grid, value, permutations=-5, rng=np.random.default_rng(0)
        )
