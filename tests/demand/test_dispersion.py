import numpy as np
import pytest
from scipy import optimize, stats

from geoalloc import demand
from geoalloc.errors import DataError


@pytest.fixture(scope="module")
def drawn():
    """Means of hexes, most of them small, and negative binomial counts of size 0.7."""
    rng = np.random.default_rng(0)
    mean = rng.gamma(0.3, 0.5, 20_000) + 1e-6
    return mean, rng.negative_binomial(0.7, 0.7 / (0.7 + mean)).astype(float)


def test_size_is_the_most_probable_by_scipy(drawn):
    mean, count = drawn[0][:2000], drawn[1][:2000]

    def loss(log_size):
        size = np.exp(log_size)
        return -stats.nbinom.logpmf(count, size, size / (size + mean)).sum()

    best = np.exp(optimize.minimize_scalar(loss, bounds=(-5, 5), method="bounded").x)
    assert demand.dispersion(mean, count) == pytest.approx(best, rel=1e-3)


def test_size_of_drawn_counts_is_found_again(drawn):
    assert demand.dispersion(*drawn) == pytest.approx(0.7, rel=0.1)


def test_counts_that_vary_less_than_poisson_have_no_size():
    mean = np.full(50, 4.0)
    assert demand.dispersion(mean, np.full(50, 4.0)) == np.inf
    assert demand.dispersion(np.empty(0), np.empty(0)) == np.inf


def test_hexes_that_expect_nothing_and_have_nothing_change_nothing(drawn):
    mean, count = drawn[0][:500], drawn[1][:500]
    more = np.concatenate([mean, np.zeros(9)]), np.concatenate([count, np.zeros(9)])
    assert demand.dispersion(*more) == demand.dispersion(mean, count)


@pytest.mark.parametrize("size", [0.7, np.inf])
def test_bounds_are_the_probabilities_of_less_and_of_no_more(size):
    mean, count = np.array([0.3, 2.0, 5.0]), np.array([0.0, 3.0, 1.0])
    below, upto = demand.pit_bounds(mean, size, count)
    for i in range(3):
        if np.isinf(size):
            mass = stats.poisson.pmf(np.arange(10), mean[i])
        else:
            mass = stats.nbinom.pmf(np.arange(10), size, size / (size + mean[i]))
        n = int(count[i])
        assert below[i] == pytest.approx(mass[:n].sum(), abs=1e-12)
        assert upto[i] == pytest.approx(mass[: n + 1].sum())


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_intervals_of_the_right_size_cover_their_share(drawn, share):
    mean, count = drawn
    assert demand.coverage(mean, 0.7, count, share) == pytest.approx(share, abs=0.01)


def test_expected_coverage_of_a_right_forecast_is_its_share_exactly():
    # By hand: every count weighted by its probability, one hex of mean 0.2.
    count = np.arange(60.0)
    mass = stats.nbinom.pmf(count, 0.5, 0.5 / 0.7)
    each = [demand.coverage(np.array([0.2]), 0.5, np.array([n]), 0.8) for n in count]
    assert mass @ each == pytest.approx(0.8, abs=1e-9)


def test_poisson_intervals_of_overdispersed_counts_are_too_sure():
    rng = np.random.default_rng(3)
    mean = np.full(5000, 6.0)
    count = rng.negative_binomial(2.0, 2.0 / 8.0, 5000).astype(float)
    assert demand.coverage(mean, np.inf, count, 0.8) < 0.65
    assert demand.coverage(mean, 2.0, count, 0.8) == pytest.approx(0.8, abs=0.02)


def test_sizes_may_differ_by_hex():
    mean, count = np.array([1.0, 1.0]), np.array([1.0, 2.0])
    found = demand.pit_bounds(mean, np.array([0.5, np.inf]), count)
    one = demand.pit_bounds(mean[:1], 0.5, count[:1])
    other = demand.pit_bounds(mean[1:], np.inf, count[1:])
    np.testing.assert_allclose(found, np.hstack([one, other]))


def test_coverage_of_no_counts_is_undefined():
    assert np.isnan(demand.coverage(np.empty(0), 1.0, np.empty(0), 0.5))


def test_a_count_too_far_out_is_not_covered():
    found = demand.coverage(np.array([1.0]), np.inf, np.array([1e6]), 0.95)
    assert found == 0.0


@pytest.mark.parametrize(
    ("mean", "count", "words"),
    [
        ([1.0], [1.0, 2.0], "give one of each"),
        ([-1.0], [1.0], "mean is negative, nan or infinite at 1 of 1"),
        ([1.0], [np.nan], "count is negative, nan or infinite"),
        ([1.0], [0.5], "a count is not whole"),
        ([0.0, 1.0], [1.0, 1.0], "1 counts are above 0 where the mean is 0"),
    ],
)
def test_bad_counts_are_refused(mean, count, words):
    with pytest.raises(DataError, match=words):
        demand.dispersion(np.array(mean), np.array(count))


def test_bad_sizes_and_shares_are_refused():
    one = np.ones(1)
    with pytest.raises(DataError, match="size must be above 0"):
        demand.pit_bounds(one, 0.0, one)
    with pytest.raises(DataError, match="size must be above 0"):
        demand.pit_bounds(one, np.ones(2), one)
    with pytest.raises(DataError, match="share must be above 0 and below 1"):
        demand.coverage(one, 1.0, one, 1.0)
