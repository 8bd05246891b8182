"""Exceedance by numeric integration, by scipy's distributions, and under its model."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geoalloc import hotspots
from geoalloc.errors import DataError
from tests import naive_significance as naive


def drawn(n=400, shape=0.8, seed=0):
    rng = np.random.default_rng(seed)
    exposure = rng.uniform(0.2, 3.0, n)
    rate = rng.gamma(shape, 2.0, n)
    return rng.poisson(rate * exposure), exposure, rate


def test_the_prior_is_the_most_likely_of_all_near_it():
    count, exposure, _ = drawn()
    a, b = hotspots.exceedance(count, exposure, times=2).prior
    most = naive.likelihood(count, exposure, a, b)
    for factor_a, factor_b in [
        (1.01, 1),
        (0.99, 1),
        (1, 1.01),
        (1, 0.99),
        (1.01, 1.01),
    ]:
        assert naive.likelihood(count, exposure, a * factor_a, b * factor_b) < most


def test_the_prior_comes_near_to_the_one_drawn_from():
    count, exposure, _ = drawn(n=20_000)
    assert hotspots.exceedance(count, exposure, times=2).prior == pytest.approx(
        (0.8, 0.5), rel=0.05
    )


def test_the_likelihood_is_that_of_the_negative_binomial():
    count, exposure, _ = drawn(n=50)
    by_scipy = stats.nbinom.logpmf(count, 0.8, 0.5 / (0.5 + exposure)).sum()
    assert naive.likelihood(count, exposure, 0.8, 0.5) == pytest.approx(by_scipy)


def test_probability_and_rate_are_those_of_numeric_integration():
    count, exposure, _ = drawn()
    found = hotspots.exceedance(count, exposure, times=1.5)
    area_rate = count.sum() / exposure.sum()
    assert found.area_rate == pytest.approx(area_rate)
    for i in (int(count.argmax()), int(np.flatnonzero(count == 3)[0])):
        over, mean = naive.posterior(
            int(count[i]), float(exposure[i]), found.prior, 1.5 * area_rate
        )
        assert found.probability[i] == pytest.approx(over, abs=1e-4)
        assert found.rate[i] == pytest.approx(mean, rel=1e-4)


def test_the_posterior_is_scipys_gamma():
    count, exposure, _ = drawn()
    found = hotspots.exceedance(count, exposure, times=3, level=0.8)
    a, b = found.prior
    posterior = stats.gamma(a + count, scale=1 / (b + exposure))
    np.testing.assert_allclose(found.rate, posterior.mean(), rtol=1e-9)
    np.testing.assert_allclose(
        found.probability, posterior.sf(3 * found.area_rate), rtol=1e-9
    )
    np.testing.assert_allclose(found.low, posterior.ppf(0.1), rtol=1e-7)
    np.testing.assert_allclose(found.high, posterior.ppf(0.9), rtol=1e-7)


def test_probabilities_are_kept_when_rates_follow_the_model():
    """Of hexes called with probability q, about q are truly above."""
    count, exposure, rate = drawn(n=40_000, seed=1)
    found = hotspots.exceedance(count, exposure, times=1.5)
    above = rate > 1.5 * found.area_rate
    for low, high in [(0.05, 0.2), (0.4, 0.6), (0.8, 0.95), (0.95, 1.0)]:
        called = (found.probability >= low) & (found.probability < high)
        assert called.sum() > 100
        expected = found.probability[called].mean()
        assert above[called].mean() == pytest.approx(expected, abs=0.03)
    assert ((found.low < rate) & (rate < found.high)).mean() == pytest.approx(
        0.9, abs=0.01
    )


@settings(max_examples=20, deadline=None)
@given(unit=st.floats(1e-3, 1e3), seed=st.integers(0, 100))
def test_the_unit_of_exposure_does_not_matter(unit, seed):
    count, exposure, _ = drawn(n=120, seed=seed)
    once = hotspots.exceedance(count, exposure, times=2)
    again = hotspots.exceedance(count, exposure * unit, times=2)
    np.testing.assert_allclose(once.probability, again.probability, atol=1e-6)
    np.testing.assert_allclose(once.rate, again.rate * unit, rtol=1e-5)


def test_more_incidents_are_more_probably_above():
    count = np.array([0, 1, 2, 5, 9, 0, 0, 1])
    found = hotspots.exceedance(count, np.ones(8), times=2)
    assert (np.diff(found.probability[:5]) > 0).all()


def test_a_hex_without_exposure_is_undefined_and_left_out():
    count, exposure, _ = drawn(n=100)
    without = hotspots.exceedance(count, exposure, times=2)
    found = hotspots.exceedance(np.append(count, 7), np.append(exposure, 0.0), times=2)
    for values in (found.probability, found.rate, found.low, found.high):
        assert np.isnan(values[-1])
    np.testing.assert_array_equal(found.probability[:-1], without.probability)


def test_without_incidents_all_is_undefined():
    found = hotspots.exceedance(np.zeros(5), np.ones(5), times=2)
    assert found.area_rate == 0
    for values in (found.probability, found.rate, found.low, found.high):
        assert np.isnan(values).all()


def test_equal_counts_leave_no_hex_above():
    found = hotspots.exceedance(np.full(50, 4), np.ones(50), times=1.5)
    assert (found.probability < 0.001).all()
    np.testing.assert_allclose(found.rate, 4.0, rtol=0.01)


@pytest.mark.parametrize(
    ("count", "exposure", "options", "message"),
    [
        ([1.0, -1.0], [1.0, 1.0], {"times": 2}, "count is nan, infinite or negative"),
        ([1.0, 1.0], [1.0, np.nan], {"times": 2}, "exposure is nan, infinite or neg"),
        ([1.0, 1.0], [0.0, 0.0], {"times": 2}, "no hex has any exposure"),
        ([1.0], [1.0, 1.0], {"times": 2}, r"shapes \(1,\) and \(2,\)"),
        ([1.0], [1.0], {"times": 0}, "times must be above 0, got 0"),
        ([1.0], [1.0], {"times": np.nan}, "times must be above 0, got nan"),
        ([1.0], [1.0], {"times": 2, "level": 1}, "level must be between 0 and 1"),
    ],
)
def test_what_is_no_rate_is_refused(count, exposure, options, message):
    with pytest.raises(DataError, match=message):
        hotspots.exceedance(np.array(count), np.array(exposure), **options)
