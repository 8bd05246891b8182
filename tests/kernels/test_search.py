import numpy as np
import pytest

from geoalloc.allocation import _search
from geoalloc.allocation._cover import compile_cover
from geoalloc.kernels import gathering, search
from tests import naive_allocation as naive
from tests.lattice_town import make_town

pytestmark = pytest.mark.kernel


@pytest.fixture(params=range(3))
def problem(request):
    return make_town(request.param, size=5, n_posts=5, units=(3, 2))


def greedy(cover):
    r = cover.roster
    rules = cover.quotas, r.side, r.size, r.cost
    return search.greedy(cover.cells, cover.within, r.sides, *rules)


def test_greedy_with_one_unit_takes_the_best_post_of_all():
    problem = make_town(4, size=5, n_posts=6, units=(1, 0))
    cover = compile_cover(problem)
    placed = greedy(cover)
    found = naive.Model(problem).objective(_search.posts_of_teams(cover, placed))
    assert found == pytest.approx(naive.best_plan(problem))


def test_greedy_posts_every_unit_within_reach_of_its_station(problem):
    cover = compile_cover(problem)
    placed = greedy(cover)
    assert placed.sum(axis=1).tolist() == cover.roster.size.tolist()
    assert not placed[np.isinf(cover.roster.cost)].any()


def test_no_single_move_betters_an_improved_plan(problem):
    cover, model = compile_cover(problem), naive.Model(problem)
    post = _search.improve(cover, problem.station_post[problem.supply.station])
    value = model.objective(post)
    assert value <= model.objective(problem.station_post[problem.supply.station])
    for u, station in enumerate(problem.supply.station):
        for q in np.flatnonzero(np.isfinite(problem.station_min[station])):
            moved = post.copy()
            moved[u] = q
            assert model.objective(moved) >= value - 1e-6


def test_moves_keep_minimum_cover():
    problem = make_town(1, units=(4, 0), minimum={0: 2, 1: 2})
    cover = compile_cover(problem)
    post = _search.first_plan(cover)
    for _ in range(2):
        assert naive.keeps_quotas(problem, post)
        post = _search.improve(cover, post)


def test_counting_and_gathering_agree_with_loops(problem):
    cover, model = compile_cover(problem), naive.Model(problem)
    rng = np.random.default_rng(0)
    shape = (cover.roster.sides.beat.size, problem.n_posts)
    placed = rng.random(shape) * (rng.random(shape) < 0.6)
    count = gathering.units_in_reach(cover.cells, cover.roster.sides, placed)
    value = rng.random(count.size)
    gathered = gathering.gather(
        cover.cells,
        cover.within,
        cover.roster.sides,
        value,
        cover.block,
        cover.n_blocks,
    )
    cells = [
        (c, h)
        for c, service in enumerate(problem.classes)
        for h in model.hexes
        if service.arrivals[:, h].sum() > 0
    ]
    unit_of_side = [
        int(np.flatnonzero(cover.roster.side[cover.roster.team] == s)[0])
        for s in range(shape[0])
    ]
    reaches = np.array(
        [
            [[model.reaches(u, q, c, h) for c, h in cells] for q in range(shape[1])]
            for u in unit_of_side
        ]
    )
    np.testing.assert_allclose(count, np.einsum("gp,gpi->i", placed, reaches))
    for block in range(cover.n_blocks):
        inside = value * (cover.block == block)
        np.testing.assert_allclose(gathered[block], reaches @ inside, atol=1e-12)
