"""Ways to draw a sum, against exact whole numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoalloc.kernels import permutation
from tests import naive_significance as naive

pytestmark = pytest.mark.kernel


def drawn(values, most, cap):
    value, number = np.unique(np.array(values, dtype=np.int64), return_counts=True)
    ways, reached = np.zeros((most + 1, cap + 1)), np.full(most + 1, -1)
    ways[0, 0], reached[0] = 1.0, 0
    permutation.include(ways, reached, value, number)
    return ways, reached


def table(values, most, cap):
    ways = np.zeros((most + 1, cap + 1))
    for (j, s), number in naive.draws(values, most).items():
        ways[j, min(s, cap)] += number
    return ways


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.integers(0, 12), min_size=1, max_size=12),
    most=st.integers(0, 7),
    cap=st.integers(0, 60),
)
def test_ways_are_those_of_every_combination(values, most, cap):
    ways, reached = drawn(values, most, cap)
    expected = table(values, most, cap)
    np.testing.assert_array_equal(ways, expected)
    last = [np.flatnonzero(row).max(initial=-1) for row in expected]
    assert reached.tolist() == last


def test_the_rarest_sum_is_as_exact_as_the_commonest():
    rng = np.random.default_rng(0)
    values = rng.negative_binomial(0.2, 0.05, 400).tolist()
    cap = sum(sorted(values)[-7:])
    ways, _ = drawn(values, 7, cap)
    expected = table(values, 7, cap)
    assert expected[7].max() / expected[7][expected[7] > 0].min() > 1e12
    np.testing.assert_allclose(ways, expected, rtol=1e-13)


def test_no_more_can_be_drawn_than_there_are():
    ways, reached = drawn([3, 3], 5, 20)
    assert ways[2, 6] == 1
    assert not ways[3:].any()
    assert reached.tolist() == [0, 3, 6, -1, -1, -1]


def test_the_order_of_inclusion_does_not_matter():
    value, number = np.array([0, 2, 7]), np.array([30, 4, 1])
    first, reached = drawn(np.repeat(value, number), 7, 15)
    ways, end = np.zeros((8, 16)), np.full(8, -1)
    ways[0, 0], end[0] = 1.0, 0
    for d in (2, 0, 1):
        permutation.include(ways, end, value[d : d + 1], number[d : d + 1])
    np.testing.assert_allclose(ways, first, rtol=1e-15)
    assert (end == reached).all()
