import numpy as np
import pytest

from geoalloc.incidents import spikes


@pytest.fixture
def rounded():
    """Minutes of people who round to five and more so to the hour."""
    minute = np.arange(60)
    habit = np.where(minute == 0, 200, np.where(minute % 5 == 0, 40, 5))
    rng = np.random.default_rng(1)
    return rng.poisson(np.outer(np.linspace(0.5, 1.5, 24), habit)).ravel()


def test_rounding_is_no_default(rounded):
    default, _ = spikes.default_times(rounded)
    assert not default.any()


def test_defaults_are_found_beside_each_other_and_do_not_hide_each_other(rounded):
    n = rounded.copy()
    n[[0, 1, 480, 720]] += [500, 600, 400, 900]
    default, expected = spikes.default_times(n)
    assert np.flatnonzero(default).tolist() == [0, 1, 480, 720]
    # What is left is near what there was; never more than there is.
    np.testing.assert_allclose(expected[[480, 720]], rounded[[480, 720]], rtol=0.35)
    assert (expected <= n).all()


def test_few_are_no_default():
    n = np.zeros(spikes.MINUTES, dtype=np.int64)
    assert not spikes.default_times(n)[0].any()
    n[1] = 19
    assert not spikes.default_times(n)[0].any()


def test_midnight_alone_is_a_default():
    n = np.zeros(spikes.MINUTES, dtype=np.int64)
    n[0] = 500
    default, expected = spikes.default_times(n)
    assert np.flatnonzero(default).tolist() == [0]
    assert expected[0] == 0.0


def test_hours_that_are_rounded_more_than_others_are_no_default():
    n = np.full((24, 60), 10)
    n[:, 0] = np.linspace(150, 300, 24)
    assert not spikes.default_times(n.ravel())[0].any()
