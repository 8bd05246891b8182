"""Plan and proof of a small problem, timed; the table is made by its own command."""

import numpy as np
import pytest

from benchmarks import allocation as rows
from geoalloc.allocation import SolverParams, _search, aggregate, solve
from geoalloc.allocation._cover import compile_cover

SMALL = rows.Row(resolution=7, n_posts=120, units={"response": 40}, gap=0.01)


@pytest.fixture(scope="module")
def problem():
    return rows.make(SMALL)


def test_plan_of_greedy_and_swap(benchmark, problem):
    cover = compile_cover(problem)
    post = benchmark(_search.first_plan, cover)
    assert np.isfinite(cover.roster.cost[cover.roster.team, post]).all()


def test_plan_with_its_proof(benchmark, problem):
    found = benchmark(solve, problem, SolverParams(gap=SMALL.gap))
    assert found.gap <= SMALL.gap


def test_proof_begun_from_the_plan_of_merged_hexes(benchmark, problem):
    pairs = np.arange(problem.n_hexes) // 2
    params = SolverParams(gap=SMALL.gap)

    def begun_on_cells():
        coarse = solve(aggregate(problem, pairs).of(problem), params)
        return solve(problem, params, start=coarse.post)

    found = benchmark(begun_on_cells)
    assert found.gap <= SMALL.gap
