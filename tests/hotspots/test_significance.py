"""Gi* by every permutation there is, and false discoveries on pure noise."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from shapely.geometry import box

from geoalloc import boundaries, hexes, hotspots
from geoalloc.errors import DataError
from geoalloc.hotspots import significance
from tests import naive_significance as naive

RNG = np.random.default_rng


@pytest.fixture(scope="module", params=[(0.018, 6), (0.020, 7)], ids=["6", "7"])
def patch(request):
    """A handful of hexes with different numbers of neighbors."""
    side, n_hexes = request.param
    grid = hexes.cover(box(-2.7, 51.4, -2.7 + side, 51.4 + 0.6 * side), 8)
    assert len(grid) == n_hexes
    return grid


@pytest.mark.parametrize("given_self", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_p_is_the_share_of_all_permutations_that_reach_the_sum(patch, given_self, seed):
    count = RNG(seed).negative_binomial(0.7, 0.2, len(patch))
    found = hotspots.gi_star(patch, count, given_self=given_self)
    expected = naive.gi_star(
        patch.neighbors.tolist(), count.tolist(), given_self=given_self
    )
    np.testing.assert_allclose(found.p, expected, rtol=1e-12)


def test_p_is_exact_in_the_far_tail(town_grid):
    """Planted where chance would hardly ever put it, in whole numbers."""
    count = RNG(0).poisson(0.3, len(town_grid))
    middle = np.flatnonzero((town_grid.neighbors >= 0).all(axis=1))[40]
    count[town_grid.neighbors[middle]] = [4, 5, 6, 4, 5, 6]
    count[middle] = 5
    found = hotspots.gi_star(town_grid, count)
    expected = naive.share_of_draws(count.tolist(), 7, 35)
    assert 0 < expected < 1e-14
    assert found.p[middle] == pytest.approx(expected, rel=1e-12)
    others = np.delete(count, middle).tolist()
    given = hotspots.gi_star(town_grid, count, given_self=True)
    expected = naive.share_of_draws(others, 6, 30)
    assert given.p[middle] == pytest.approx(expected, rel=1e-12)


def test_z_is_that_of_ord_and_getis(town_grid):
    count = RNG(1).poisson(2.0, len(town_grid)).astype(float)
    found = hotspots.gi_star(town_grid, count)
    n, i = len(town_grid), 17
    weight = np.zeros(n)
    weight[[i, *(j for j in town_grid.neighbors[i] if j >= 0)]] = 1.0
    mean, spread = count.mean(), np.sqrt((count**2).mean() - count.mean() ** 2)
    w = weight.sum()
    below = spread * np.sqrt((n * (weight**2).sum() - w**2) / (n - 1))
    assert found.z[i] == pytest.approx(((weight * count).sum() - w * mean) / below)


def test_z_has_the_moments_of_what_is_drawn(patch):
    """Mean and variance over all draws of the neighbors from the other hexes."""
    count = np.arange(len(patch)) ** 2
    found = hotspots.gi_star(patch, count, given_self=True)
    for i, k in enumerate(found.n_neighbors):
        ways = naive.draws(np.delete(count, i).tolist(), k)
        sums = np.array([s for (j, s) in ways if j == k], dtype=float)
        number = np.array([n for (j, s), n in ways.items() if j == k], dtype=float)
        mean = np.average(sums, weights=number)
        spread = np.sqrt(np.average((sums - mean) ** 2, weights=number))
        if spread > 0:
            expected = (found.neighbors_sum[i] - mean) / spread
            assert found.z[i] == pytest.approx(expected, abs=1e-9)
        else:
            assert np.isnan(found.z[i])


def test_p_given_self_is_what_conditional_permutation_comes_to(town_grid):
    count = RNG(2).negative_binomial(0.5, 0.3, len(town_grid))
    found = hotspots.gi_star(town_grid, count, given_self=True)
    rng, n = RNG(3), 20_000
    for i in (0, 100, 200, 300):
        k, others = found.n_neighbors[i], np.delete(count, i)
        draws = rng.permuted(np.broadcast_to(others, (n, others.size)), axis=1)[:, :k]
        sampled = (draws.sum(axis=1) >= found.neighbors_sum[i]).mean()
        error = np.sqrt(found.p[i] * (1 - found.p[i]) / n)
        assert abs(sampled - found.p[i]) <= 4.5 * error + 1e-12


def test_z_agrees_with_esda(town_grid):
    esda = pytest.importorskip("esda")
    weights = pytest.importorskip("libpysal.weights")
    count = RNG(2).negative_binomial(0.5, 0.3, len(town_grid))
    near = {
        i: [int(j) for j in row if j >= 0] for i, row in enumerate(town_grid.neighbors)
    }
    peer = esda.G_Local(
        count.astype(float),
        weights.W(near, silence_warnings=True),
        transform="B",
        star=True,
        permutations=0,
    )
    found = hotspots.gi_star(town_grid, count)
    np.testing.assert_allclose(found.z, peer.Zs, rtol=1e-9)


def test_a_lone_busy_hex_is_found_with_itself_and_makes_a_ring_without(town_grid):
    count = np.zeros(len(town_grid), dtype=int)
    middle = np.flatnonzero((town_grid.neighbors >= 0).all(axis=1))[30]
    count[middle] = 50
    low = hotspots.gi_star(town_grid, count).p < 0.05
    assert set(np.flatnonzero(low)) == {middle, *town_grid.neighbors[middle]}
    given = hotspots.gi_star(town_grid, count, given_self=True)
    assert set(np.flatnonzero(given.p < 0.05)) == set(town_grid.neighbors[middle])
    # The others are all 0: whatever is drawn of them, the sum is.
    assert given.p[middle] == 1
    assert np.isnan(given.z[middle])


def test_more_neighbors_than_the_others_hold_is_no_trouble(patch):
    found = hotspots.gi_star(patch, np.array([1] + [0] * (len(patch) - 1)))
    assert ((found.p > 0) & (found.p <= 1)).all()


@pytest.mark.parametrize("value", [0, 3])
@pytest.mark.parametrize("given_self", [False, True])
def test_equal_counts_are_never_significant(town_grid, value, given_self):
    count = np.full(len(town_grid), value)
    found = hotspots.gi_star(town_grid, count, given_self=given_self)
    assert np.isnan(found.z).all()
    assert (found.p == 1).all()


def test_a_single_hex_is_never_significant():
    grid = hexes.cover(box(-2.6501, 51.4001, -2.6500, 51.4002), 5)
    assert len(grid) == 1
    for given_self in (False, True):
        found = hotspots.gi_star(grid, np.array([9]), given_self=given_self)
        assert found.p.tolist() == [1.0]
        assert np.isnan(found.z).all()


@pytest.mark.parametrize("given_self", [False, True])
def test_counts_too_large_to_be_exact_give_an_upper_bound(
    town_grid, monkeypatch, given_self
):
    count = RNG(3).negative_binomial(0.7, 0.02, len(town_grid))
    exact = hotspots.gi_star(town_grid, count, given_self=given_self)
    monkeypatch.setattr(significance, "_MOST_SUM", 100)
    rounded = hotspots.gi_star(town_grid, count, given_self=given_self)
    assert (rounded.p >= exact.p * (1 - 1e-12)).all()
    assert (rounded.p > exact.p * 1.001).any()
    np.testing.assert_array_equal(rounded.z, exact.z)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), times=st.integers(2, 9))
def test_counting_in_other_units_changes_nothing(town_grid, seed, times):
    count = RNG(seed).negative_binomial(0.4, 0.2, len(town_grid))
    once = hotspots.gi_star(town_grid, count)
    again = hotspots.gi_star(town_grid, count * times)
    np.testing.assert_allclose(once.p, again.p, rtol=1e-12)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_one_incident_more_in_reach_never_raises_p(town_grid, seed):
    rng = RNG(seed)
    count = rng.poisson(0.5, len(town_grid))
    at = int(rng.integers(len(town_grid)))
    before = hotspots.gi_star(town_grid, count, given_self=True)
    more = count.copy()
    more[at] += 1
    after = hotspots.gi_star(town_grid, more, given_self=True)
    near = town_grid.neighbors[at][town_grid.neighbors[at] >= 0]
    assert (after.p[near] <= before.p[near] + 1e-12).all()


def test_under_chance_p_is_uniform_as_far_as_counts_allow(town_grid):
    """P(p <= a) is at most a, and near it where counts are large."""
    rng = RNG(4)
    p = np.concatenate(
        [
            hotspots.gi_star(town_grid, rng.poisson(200.0, len(town_grid))).p
            for _ in range(40)
        ]
    )
    for level in (0.01, 0.05, 0.2, 0.5):
        assert (p <= level).mean() == pytest.approx(level, rel=0.12)


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.poisson(0.1, n),
        lambda rng, n: rng.poisson(5.0, n),
        lambda rng, n: rng.negative_binomial(0.2, 0.2 / 2.2, n),
    ],
    ids=["Poisson 0.1", "Poisson 5", "negative binomial"],
)
def test_pure_noise_has_no_hotspot_but_at_the_nominal_rate(town_grid, draw):
    """Where nothing is hot every call is false: at most 5 % of maps may have one."""
    rng, n_maps = RNG(5), 150
    exact = normal = 0
    for _ in range(n_maps):
        found = hotspots.gi_star(town_grid, draw(rng, len(town_grid)))
        exact += hotspots.false_discovery(found.p, rate=0.05).any()
        normal += hotspots.false_discovery(stats.norm.sf(found.z), rate=0.05).any()
    assert stats.binom.sf(exact - 1, n_maps, 0.05) > 0.001
    assert normal >= exact


def test_hotspots_in_noise_are_found(town_grid):
    count = RNG(6).poisson(0.5, len(town_grid))
    middle = np.flatnonzero((town_grid.neighbors >= 0).all(axis=1))[60]
    planted = [middle, *town_grid.neighbors[middle]]
    count[planted] += 6
    called = hotspots.false_discovery(hotspots.gi_star(town_grid, count).p, rate=0.05)
    assert called[middle]


@pytest.mark.parametrize(
    ("count", "message"),
    [
        ([0.5, 1.0], "not a whole number at 1 of .* first 0.5 at 0: count incidents"),
        ([-1.0, 1.0], "count is nan, infinite or negative at 1 of"),
        ([np.nan, 1.0], "count is nan, infinite or negative at 1 of"),
        ([np.inf, 1.0], "count is nan, infinite or negative at 1 of"),
    ],
)
def test_counts_must_be_whole_numbers(town_grid, count, message):
    full = np.zeros(len(town_grid))
    full[:2] = count
    with pytest.raises(DataError, match=message):
        hotspots.gi_star(town_grid, full)


def test_counts_must_be_one_to_a_hex(town_grid):
    with pytest.raises(DataError, match=r"count has the shape \(3,\)"):
        hotspots.gi_star(town_grid, np.zeros(3))


@settings(max_examples=30, deadline=None)
@given(
    p=st.lists(st.sampled_from([0, 0.001, 0.004, 0.01, 0.03, 0.2, 1]), min_size=1),
    rate=st.sampled_from([0.01, 0.05, 0.2]),
)
def test_false_discovery_steps_up_as_benjamini_and_hochberg(p, rate):
    found = hotspots.false_discovery(np.array(p), rate=rate)
    assert found.tolist() == naive.false_discovery(p, rate)


@pytest.mark.parametrize(("by", "method"), [("benjamini", "bh"), ("yekutieli", "by")])
def test_false_discovery_agrees_with_scipy(by, method):
    p = RNG(7).beta(0.4, 3.0, 500)
    found = hotspots.false_discovery(p, rate=0.05, by=by)
    expected = stats.false_discovery_control(p, method=method) <= 0.05
    assert 0 < expected.sum() < 500
    np.testing.assert_array_equal(found, expected)


def test_a_test_that_was_not_made_is_not_counted():
    p = np.array([0.02, np.nan, 0.5])
    assert hotspots.false_discovery(p, rate=0.05).tolist() == [True, False, False]
    none = np.full(3, np.nan)
    assert not hotspots.false_discovery(none, rate=0.05).any()


@pytest.mark.parametrize(
    ("p", "options", "message"),
    [
        ([0.5], {"rate": 0.0}, "rate must be between 0 and 1, got 0"),
        ([0.5], {"rate": np.nan}, "rate must be between 0 and 1, got nan"),
        ([1.5], {"rate": 0.1}, "a p-value is below 0 or above 1"),
        ([0.5], {"rate": 0.1, "by": "holm"}, "by must be .* got 'holm'"),
    ],
)
def test_false_discovery_refuses_what_is_no_probability(p, options, message):
    with pytest.raises(DataError, match=message):
        hotspots.false_discovery(np.array(p), **options)


@pytest.fixture(scope="module")
def park():
    grid = hexes.cover(box(-2.71, 51.40, -2.62, 51.44), 8)
    assert 50 <= len(grid) <= 80
    return grid


def two_groups(grid, seed):
    """A group so busy that it masks another: middles of both, and the counts."""
    count = RNG(seed).poisson(0.2, len(grid))
    inner = np.flatnonzero((grid.neighbors >= 0).all(axis=1))
    first, second = inner[0], inner[-1]
    count[[first, *grid.neighbors[first]]] += [70, 20, 10, 10, 20, 10, 20]
    count[[second, *grid.neighbors[second]]] += 3
    return count, first, second


@pytest.mark.parametrize("seed", range(3))
def test_steps_are_those_of_calling_and_taking_out(park, seed):
    count, _, _ = two_groups(park, seed)
    found = hotspots.stepwise(park, count, rate=0.2).step
    expected = naive.stepwise(park.neighbors.tolist(), count.tolist(), 0.2)
    assert found.max() >= 2
    assert found.tolist() == expected


def test_the_first_step_is_that_of_gi_star_and_a_later_one_finds_what_it_masks(
    town_grid,
):
    count, first, second = two_groups(town_grid, 0)
    step = hotspots.stepwise(town_grid, count, rate=0.01).step
    at_once = hotspots.false_discovery(hotspots.gi_star(town_grid, count).p, rate=0.01)
    assert ((step == 1) == at_once).all()
    assert step[first] == 1
    assert step[second] == 2
    assert set(step) == set(range(step.max() + 1))


@pytest.mark.parametrize("rate", [0.01, 0.2])
def test_hexes_are_called_where_the_adjusted_p_is_no_more_than_the_rate(
    town_grid, rate
):
    count, _, _ = two_groups(town_grid, 1)
    found = hotspots.stepwise(town_grid, count, rate=rate)
    assert ((found.step > 0) == (found.p_adjusted <= rate)).all()
    first = hotspots.adjusted(hotspots.gi_star(town_grid, count).p)
    called = found.step == 1
    assert (found.p_adjusted[called] == first[called]).all()


def test_adjusted_p_values_are_those_of_scipy():
    p = RNG(4).uniform(0, 1, 40) ** 3
    np.testing.assert_allclose(
        hotspots.adjusted(p), stats.false_discovery_control(p), rtol=1e-12
    )


def test_steps_are_not_taken_in_noise_but_at_the_nominal_rate(town_grid):
    rng, n_maps = RNG(8), 150
    any_called = sum(
        hotspots.stepwise(
            town_grid, rng.negative_binomial(0.2, 0.1, len(town_grid)), rate=0.05
        ).step.any()
        for _ in range(n_maps)
    )
    assert stats.binom.sf(any_called - 1, n_maps, 0.05) > 0.001


def test_equal_counts_take_no_step(patch):
    assert not hotspots.stepwise(patch, np.full(len(patch), 2), rate=0.5).step.any()


@pytest.mark.data
def test_real_counts_concentrate_and_the_center_masks_the_rest(real_data, repository):
    """One month of a county: 1 % of the land holds more than a fifth of it."""
    file = (
        real_data / "avon-and-somerset/street/2021-06-avon-and-somerset-street.csv.gz"
    )
    rows = pd.read_csv(file, usecols=["Longitude", "Latitude"]).dropna()
    area = boundaries.read(repository / "boundaries/avon-and-somerset.geojson")
    grid = hexes.cover(area.outline, 8)
    position = grid.locate(rows["Latitude"].to_numpy(), rows["Longitude"].to_numpy())
    count = np.bincount(position[position >= 0], minlength=len(grid))
    spread = hotspots.concentration(count, grid.area_km2 * grid.land_share)
    assert spread.incidents_within(0.01) > 0.2
    assert hotspots.morans_i(grid, count).z > 20
    step = hotspots.stepwise(grid, count, rate=0.05).step
    assert 0 < (step == 1).sum() < (step > 0).sum() < 0.1 * len(grid)
    assert count[step > 0].mean() > 10 * count.mean()


def test_no_tests_make_no_calls_and_nan_has_no_adjusted_p():
    none = np.empty(0)
    assert hotspots.false_discovery(none, rate=0.05, by="yekutieli").size == 0
    with pytest.raises(DataError, match="a p-value is nan"):
        hotspots.adjusted(np.array([0.1, np.nan]))
