"""Block bootstrap: against plain loops, the theory of means, and its own laws."""

import numpy as np
import pytest

from geoalloc.errors import DataError
from geoalloc.evaluation import bootstrap


def test_every_drawing_has_as_many_origins_as_there_are():
    for n in (1, 2, 7, 40):
        times = bootstrap.drawn(n, resamples=50, seed=3)
        assert times.shape == (50, n)
        assert (times.sum(axis=1) == n).all()


def test_blocks_are_of_consecutive_origins():
    times = bootstrap.drawn(9, resamples=400, seed=4, length=9)
    assert (times == 1).all()
    times = bootstrap.drawn(8, resamples=400, seed=4, length=4)
    drawn_together = times[:, 3] >= np.minimum(times[:, 0], times[:, 3])
    assert drawn_together.all()


def test_ratios_are_those_of_plain_sums():
    rng = np.random.default_rng(1)
    above, below = rng.random(12), rng.integers(0, 3, 12).astype(float)
    times = bootstrap.drawn(12, resamples=30, seed=2)
    for row, found in zip(times, bootstrap.ratios(above, below, times), strict=True):
        at = [k for k in range(12) for _ in range(int(row[k]))]
        expected = sum(above[k] for k in at) / sum(below[k] for k in at)
        assert found == pytest.approx(expected)


def test_of_independent_values_the_spread_is_that_of_a_mean():
    rng = np.random.default_rng(5)
    values = rng.normal(size=400)
    times = bootstrap.drawn(400, resamples=4_000, seed=6, length=1)
    spread = bootstrap.ratios(values, np.ones(400), times).std()
    assert spread == pytest.approx(values.std() / 20, rel=0.05)


def test_blocks_see_that_neighbors_are_alike():
    rng = np.random.default_rng(7)
    walk = np.convolve(rng.normal(size=1_030), np.ones(30), mode="valid")
    one, many = (
        bootstrap.ratios(
            walk,
            np.ones(walk.size),
            bootstrap.drawn(walk.size, resamples=500, seed=8, length=length),
        ).std()
        for length in (1, 100)
    )
    assert many > 3 * one


def test_the_same_seed_draws_the_same():
    one, same, other = (bootstrap.drawn(20, resamples=9, seed=s) for s in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_an_interval_leaves_out_equal_tails():
    found = bootstrap.interval(np.arange(101.0), 0.9)
    assert found == pytest.approx((5.0, 95.0))
    assert np.isnan(bootstrap.interval(np.full(3, np.nan), 0.9)).all()
    assert bootstrap.interval(np.array([1.0, np.nan]), 0.9) == (1.0, 1.0)


@pytest.mark.parametrize(("n", "length"), [(1, 1), (8, 2), (27, 3), (40, 3)])
def test_blocks_are_as_long_as_the_cube_root(n, length):
    assert bootstrap.block_length(n) == length


def test_impossible_blocks_are_refused():
    with pytest.raises(DataError, match="1 to 5 origins, got 6"):
        bootstrap.drawn(5, resamples=1, seed=0, length=6)
    with pytest.raises(DataError, match="no origin"):
        bootstrap.drawn(0, resamples=1, seed=0)
