from itertools import permutations

import numpy as np
import pytest

from geoalloc.allocation import _search
from geoalloc.allocation._cover import compile_cover
from tests.lattice_town import make_town


@pytest.mark.parametrize("seed", range(4))
def test_places_are_manned_by_the_shortest_drives(seed):
    problem = make_town(seed, units=(5, 0))
    cover = compile_cover(problem)
    both = np.isfinite(problem.station_min).all(axis=0)
    places = np.random.default_rng(seed).choice(np.flatnonzero(both), 5)
    placed = np.bincount(places, minlength=problem.n_posts)[None, :]
    post = _search.posts_of_sides(cover, placed)
    drive = problem.station_min[problem.supply.station]
    shortest = min(
        sum(drive[u, q] for u, q in enumerate(order)) for order in permutations(places)
    )
    assert sorted(post) == sorted(places)
    assert drive[np.arange(5), post].sum() == pytest.approx(shortest)


def test_interchangeable_units_take_posts_in_order():
    cover = compile_cover(make_town(0, units=(4, 0)))
    placed = np.zeros((2, 7), dtype=np.int64)
    placed[0, [5, 2]], placed[1, 3] = 1, 2
    assert _search.posts_of_teams(cover, placed).tolist() == [2, 3, 5, 3]
