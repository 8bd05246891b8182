import numpy as np
import pytest

from geoalloc.kernels.location import capacitated, coverage, median
from tests import naive_location as naive

pytestmark = pytest.mark.kernel
SEEDS = range(4)


def ranked(cost):
    order = np.argsort(cost.T, axis=1, kind="stable")
    return order.astype(np.int32), np.take_along_axis(cost.T.copy(), order, axis=1)


@pytest.mark.parametrize("seed", SEEDS)
def test_interchange_of_medians_ends_where_no_exchange_helps(seed):
    rng = np.random.default_rng(seed)
    cost = rng.random((10, 15))
    start = median.greedy(cost, 4)
    sites, value = median.vary(cost, start, np.zeros((0, 1, 2)), 0.0)
    assert value == pytest.approx(naive.median_cost(cost, sites))
    for out in sites:
        for new in set(range(10)) - set(sites.tolist()):
            other = [*(i for i in sites if i != out), new]
            assert naive.median_cost(cost, other) >= value - 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_greedy_opens_where_most_is_saved(seed):
    cost = np.random.default_rng(seed).random((8, 12))
    sites = median.greedy(cost, 3)
    for r in range(1, 3):
        costs = [naive.median_cost(cost, [*sites[:r], i]) for i in range(8)]
        assert naive.median_cost(cost, sites[: r + 1]) == pytest.approx(min(costs))


@pytest.mark.parametrize("seed", SEEDS)
def test_bound_of_medians_is_true_and_close(seed):
    cost = np.random.default_rng(seed).random((9, 20))
    best = naive.p_median(cost.tolist(), 3)
    free = np.zeros(9, np.int64)
    bound, price, reduced, sites, share = median.bound(
        cost, *ranked(cost), free, 3, np.full(20, 0.5), best, 300
    )
    assert 0.9 * best < bound <= best + 1e-9
    by_hand = np.minimum(cost - price, 0.0).sum(axis=1)
    np.testing.assert_allclose(reduced, by_hand)
    assert bound == pytest.approx(price.sum() + np.sort(by_hand)[:3].sum())
    assert sites.size == 3
    assert ((share >= 0) & (share <= 1)).all()


def test_a_bound_keeps_what_is_fixed():
    cost = np.random.default_rng(1).random((6, 10))
    fixed = np.array([1, -1, 0, 0, 0, 0])
    best = min(naive.median_cost(cost, [0, i]) for i in range(2, 6))
    bound, _, _, sites, _ = median.bound(
        cost, *ranked(cost), fixed, 2, np.full(10, 0.5), best, 300
    )
    assert bound <= best + 1e-9
    assert 0 in sites
    assert 1 not in sites


def rows(covers):
    indptr = np.concatenate([[0], np.cumsum(covers.sum(axis=1))])
    return indptr.astype(np.int64), np.nonzero(covers)[1].astype(np.int64)


@pytest.mark.parametrize("seed", SEEDS)
def test_interchange_of_coverage_ends_where_no_exchange_helps(seed):
    rng = np.random.default_rng(seed)
    covers, weight = rng.random((10, 30)) < 0.2, rng.random(30)
    indptr, demand = rows(covers)
    start = coverage.greedy(indptr, demand, weight, 3)
    draws = rng.random((5, 2, 2))
    sites, value = coverage.vary(indptr, demand, weight, start, draws, np.inf)
    sets = [set(np.flatnonzero(row).tolist()) for row in covers]
    assert value == pytest.approx(naive.covered_weight(sets, weight, sites))
    for out in sites:
        for new in set(range(10)) - set(sites.tolist()):
            other = [*(i for i in sites if i != out), new]
            assert naive.covered_weight(sets, weight, other) <= value + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_bound_of_coverage_is_true(seed):
    rng = np.random.default_rng(seed)
    covers, weight = rng.random((9, 25)) < 0.25, rng.random(25)
    sets = [set(np.flatnonzero(row).tolist()) for row in covers]
    best = weight.sum() - naive.max_coverage(sets, weight, 3)
    free = np.zeros(9, np.int64)
    bound, price, reduced, _, _ = coverage.bound(
        *rows(covers), weight, free, 3, weight / 2, best, 500
    )
    assert bound <= best + 1e-9
    assert ((price >= 0) & (price <= weight)).all()
    np.testing.assert_allclose(reduced, -(covers @ price))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_site_packs_the_most_profit(seed):
    rng = np.random.default_rng(seed)
    cost, price = rng.random((2, 7)) * 5, rng.random(7) * 9
    size, room = rng.integers(0, 6, 7), np.array([9, 14])
    result = capacitated.bound(cost, size, room, np.zeros(2, int), 1, price, 99.0, 1)
    for i in range(2):
        profit = (price - cost[i]).tolist()
        packed = naive.knapsack(profit, size, room[i])
        assert result[2][i] == pytest.approx(-packed)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_site_earns_with_a_demand_is_the_best_pack_that_has_it(seed):
    rng = np.random.default_rng(seed)
    cost, price = rng.random((2, 6)) * 9, rng.random(6) * 9
    size, room = rng.integers(1, 6, 6), np.array([4, 11])
    worth = capacitated.through(cost, size, room, price)
    for i in range(2):
        profit = price - cost[i]
        for j in range(6):
            rest = np.delete(np.arange(6), j)
            left = room[i] - size[j]
            expected = -np.inf
            if left >= 0:
                others = naive.knapsack(profit[rest].tolist(), size[rest], left)
                expected = profit[j] + others
            assert worth[i, j] == pytest.approx(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_bound_and_search_with_capacity_enclose_the_best(seed):
    rng = np.random.default_rng(seed)
    cost, size = rng.random((5, 7)) * 20, rng.integers(1, 6, 7)
    room = np.full(5, int(np.ceil(size.sum() / 2 * 1.3)))
    best = naive.capacitated_p_median(cost.tolist(), size, room, 2)
    bound = capacitated.bound(
        cost, size, room, np.zeros(5, int), 2, cost.min(axis=0), best, 200
    )[0]
    assert bound <= best + 1e-9
    starts, draws = np.array([[0, 1], [2, 3]]), rng.random((40, 2, 2))
    sites, assigned, value = capacitated.vary(
        cost, size.astype(float), room.astype(float), starts, draws, 1e3
    )
    assert value >= best - 1e-9
    assert set(assigned) <= set(sites)
    if value < 1e3:
        assert value == pytest.approx(cost[assigned, np.arange(7)].sum())
        assert (np.bincount(assigned, size, 5) <= room).all()
