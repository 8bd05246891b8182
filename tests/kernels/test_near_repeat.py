"""Pairs in time, against pairs counted by hand."""

import numpy as np
import pytest

from geoalloc.kernels import near_repeat

pytestmark = pytest.mark.kernel


def count(day, start, first, second, begin, edges):
    """One deal abreast with fifteen of which every incident has another day."""
    apart = 1e6 * np.arange(len(day), dtype=float)
    block = np.stack([day, *[apart] * (near_repeat.ABREAST - 1)], axis=1)[None]
    within = near_repeat.pairs_in_time(
        block, *(np.array(a) for a in (start, first, second, begin, edges))
    )
    assert not within[..., 1:].any()
    return within[0, :, :, 0].tolist()


def test_pairs_are_counted_once_within_each_edge():
    # Two incidents at the first place, three at the second, one at the third.
    places = [0, 2, 5, 6], [0, 1, 2, 0, 1], [0, 1, 2, 1, 2], [0, 3, 4, 5]
    # Same place: 2; 3, 8, 5. First with second: 1, 4, 9, 1, 2, 7. Second with third:
    # 1, 2, 7.
    found = count([0.0, 2.0, 1.0, 4.0, 9.0, 2.0], *places, [2.0, 5.0])
    assert found == [[1, 3], [3, 4], [2, 2]]
    assert count([5.0] * 6, *places, [1.0, 9.0]) == [[4, 4], [6, 6], [3, 3]]


def test_a_lone_incident_makes_no_pair_with_itself():
    assert count([3.0], [0, 1], [0], [0], [0, 1], [1.0]) == [[0]]
