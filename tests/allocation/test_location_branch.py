"""What may be fixed by reduced costs, and the reductions of tables of coverage."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp

from geoalloc.allocation import location
from geoalloc.allocation.location import _branch, _reduction
from geoalloc.allocation.location._progress import Progress
from geoalloc.allocation.location.capacitated import _Run
from geoalloc.allocation.location.median import _Median
from geoalloc.kernels.location import median
from tests import naive_location as naive


@pytest.mark.parametrize("seed", range(8))
def test_fixing_keeps_every_choice_that_is_good_enough(seed):
    rng = np.random.default_rng(seed)
    cost = rng.random((9, 12))
    order = np.argsort(cost.T, axis=1, kind="stable")
    ranked = np.take_along_axis(cost.T.copy(), order, axis=1)
    free = np.zeros(9, np.int64)
    value = 1.1 * naive.p_median(cost.tolist(), 3)
    bound, _, reduced, _, _ = median.bound(
        cost, order.astype(np.int32), ranked, free, 3, np.full(12, 0.5), value, 60
    )
    fixed = _branch.fix(reduced, free, 3, value - bound)
    for sites in itertools.combinations(range(9), 3):
        if naive.median_cost(cost, sites) < value - 1e-9:
            assert (fixed[list(sites)] >= 0).all()
            assert set(np.flatnonzero(fixed > 0)) <= set(sites)


def test_fixing_closes_and_opens_what_is_certain():
    reduced = np.array([-9.0, -8.0, -1.0, 0.0])
    fixed = _branch.fix(reduced, np.zeros(4, np.int64), 2, 7.5)
    # To close the first adds 8, the second 7; to open the third 7, the fourth 8.
    assert fixed.tolist() == [1, 0, 0, -1]


@pytest.mark.parametrize("seed", range(5))
def test_reductions_leave_the_best_as_it_was(seed):
    rng = np.random.default_rng(seed)
    covers, weight = rng.random((8, 14)) < 0.3, np.floor(rng.random(14) * 4)
    table, total = _reduction.distinct_demand(sp.csr_array(covers), weight)
    useful = _reduction.useful_sites(table)
    small = [set(np.flatnonzero(row).tolist()) for row in table[useful].toarray()]
    sets = [set(np.flatnonzero(row).tolist()) for row in covers]
    p = min(3, useful.size)
    assert naive.max_coverage(small, total, p) == naive.max_coverage(sets, weight, p)


def test_of_sites_that_cover_the_same_the_first_stays():
    covers = sp.csr_array(np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0]], dtype=bool))
    assert _reduction.useful_sites(covers).tolist() == [1]


def test_demand_that_is_covered_whenever_other_demand_is_drops_out():
    covers = sp.csr_array(np.array([[1, 1, 0], [0, 1, 1], [0, 1, 1]], dtype=bool))
    table, sites = _reduction.reduced_cover(covers)
    assert sites.tolist() == [0, 1]
    assert table.shape == (2, 2)


@pytest.mark.parametrize("seed", range(6))
def test_branching_finds_the_best_from_the_worst(seed):
    rng = np.random.default_rng(seed)
    # Distances of 1 or 2 only: the relaxation decides little.
    cost = 1.0 + (rng.random((10, 12)) < 0.7)
    progress = Progress(location.LocationParams(), whole=True)
    worst = max(
        itertools.combinations(range(10), 3),
        key=lambda sites: naive.median_cost(cost, sites),
    )
    progress.offer(np.array(worst), naive.median_cost(cost, worst))
    relaxation = _Median(cost, np.arange(10), 3, progress)
    # Only leaves are valued, so that none of them may be missed.
    relaxation.offer = lambda sites: None
    relaxation.settle = lambda node: (
        _Median.offer(relaxation, np.flatnonzero(node.fixed > 0)) or np.inf
    )
    root = _branch.Node(fixed=np.zeros(10, np.int64), price=np.ones(12), bound=0.0)
    assert _branch.branch(relaxation, root, progress)
    assert progress.value == progress.bound == naive.p_median(cost, 3)


@pytest.mark.parametrize("seed", range(20))
def test_decided_sites_are_assigned_exactly_from_a_poor_start(seed):
    rng = np.random.default_rng(seed)
    cost, size = rng.integers(1, 40, (3, 8)) * 1.0, rng.integers(1, 8, 8) * 1.0
    capacity = np.full(3, np.ceil(size.sum() / 3 * 1.2))
    problem = location.CapacitatedProblem(
        distance=cost, size=size, capacity=capacity, p=3
    )
    best = naive.capacitated_p_median(cost.tolist(), size, capacity, 3)
    # One step of the bound: pairs are closed by poor prices.
    run = _Run(problem, location.LocationParams(steps=1))
    run.progress.offer(np.arange(3), best + 1.0)
    node = _branch.Node(
        fixed=np.ones(3, np.int64), price=cost.min(axis=0), bound=-np.inf
    )
    assert run.settle(node) == np.inf
    assert run.progress.value == best
