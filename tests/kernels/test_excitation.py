"""What is around hexes, what was before, and weights: against plain Python."""

import numpy as np
import pytest

from geoalloc.kernels import excitation
from tests import naive_excitation as naive

pytestmark = pytest.mark.kernel

LAG_OF = np.array([0, 0, 0, 1, 2, 2])


@pytest.fixture(scope="module")
def neighbors():
    """A lattice of 6 by 7 hexes with a hole."""
    n_rows, n_columns = 6, 7
    steps = ((0, 1), (1, 0), (1, -1), (0, -1), (-1, 0), (-1, 1))
    found = np.full((n_rows * n_columns, 6), -1)
    hole = 3 * n_columns + 3
    for i in range(n_rows * n_columns):
        row, column = divmod(i, n_columns)
        for k, (down, right) in enumerate(steps):
            there = (row + down) * n_columns + column + right
            inside = 0 <= row + down < n_rows and 0 <= column + right < n_columns
            if inside and hole not in (i, there):
                found[i, k] = there
    return found


def test_around_lists_each_ring(neighbors):
    near = excitation.around(neighbors, 2)
    expected = naive.rings(neighbors.tolist(), 2)
    for i, layers in enumerate(expected):
        for ring, (begin, end) in enumerate([(0, 1), (1, 7), (7, 19)]):
            listed = near[i, begin:end]
            assert sorted(listed[listed >= 0]) == sorted(layers[ring])


def test_what_was_before_is_summed_by_ring_and_lag(neighbors):
    rng = np.random.default_rng(4)
    at, step = rng.integers(0, 42, 150), rng.integers(0, 12, 150)
    key, count = np.unique(at * 12 + step, return_counts=True)
    hexes, steps = key // 12, key % 12
    sums = np.zeros((key.size, 3, 3))
    excitation.before(
        0,
        key.size,
        hexes,
        steps,
        excitation.around(neighbors, 2),
        np.searchsorted(hexes, np.arange(43)),
        steps,
        count.astype(float),
        LAG_OF,
        sums,
    )
    pairs = list(zip(hexes.tolist(), steps.tolist(), strict=True))
    cells = dict(zip(pairs, count.tolist(), strict=True))
    around = naive.rings(neighbors.tolist(), 2)
    np.testing.assert_allclose(sums, naive.before(pairs, cells, around, LAG_OF))


def test_weights_are_those_of_plain_steps():
    rng = np.random.default_rng(0)
    parts, count = rng.gamma(0.5, size=(40, 4)), rng.integers(1, 5, 40).astype(float)
    start = np.full(4, 0.25)
    found = excitation.weights(parts, count, start, 0.0, 7)
    np.testing.assert_allclose(found, naive.weights(parts, count, start, 7))
    np.testing.assert_allclose(start, 0.25)


def test_weights_are_the_most_probable():
    rng = np.random.default_rng(1)
    parts, count = rng.gamma(0.5, size=(60, 3)), np.ones(60)
    best = excitation.weights(parts, count, np.full(3, 1 / 3), 1e-12, 20_000)
    assert best.sum() == pytest.approx(1.0)
    highest = np.log(parts @ best).sum()
    for other in rng.dirichlet(np.ones(3), 200):
        assert np.log(parts @ other).sum() <= highest + 1e-9


def test_weights_stop_when_they_stand_still():
    parts = np.array([[1.0, 0.0], [0.0, 1.0]])
    found = excitation.weights(parts, np.array([3.0, 1.0]), np.full(2, 0.5), 1.0, 1)
    np.testing.assert_allclose(found, [0.75, 0.25])
