"""Interchange and Lagrangian bound of the p-median problem.

Sites that tie are taken in ascending order of position.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from geoalloc._types import FloatArray, IndexArray

_SMALL = 1e-9  # share of the objective below which a change is rounding
_PATIENCE = 20  # steps without a better bound after which steps are halved
_SHORTEST = 1e-4  # length factor below which no step is taken
_FRESH = 0.05  # weight of a step in the share of steps that open a site
_FLOOR = 1e-3  # least scale of a step, in mean prices
_MEMORY = 0.7  # share of the last direction in the next (Camerini et al., 1975)


@njit(cache=True)
def greedy(cost: FloatArray, p: int) -> IndexArray:
    """Open p sites one by one, each where it then saves the most.

    What a site saves only falls as others open, so an old figure is a bound, and
    few are worked out anew (Minoux, 1978).

    Parameters
    ----------
    cost : (n_sites, n_demand)

    Returns
    -------
    sites : (p,)
        In the order in which they were opened.
    """
    n_sites, n_demand = cost.shape
    least = np.zeros(n_demand)
    for j in range(n_demand):
        least[j] = cost[:, j].max()
    saved = np.full(n_sites, np.inf)
    fresh = np.full(n_sites, -1)
    sites = np.empty(p, np.int64)
    for r in range(p):
        i = int(np.argmax(saved))
        while fresh[i] != r:
            total = 0.0
            for j in range(n_demand):
                total += max(least[j] - cost[i, j], 0.0)
            saved[i], fresh[i] = total, r
            i = int(np.argmax(saved))
        sites[r] = i
        saved[i] = -np.inf
        for j in range(n_demand):
            least[j] = min(least[j], cost[i, j])
    return sites


@njit(cache=True)
def _two_nearest(
    cost: FloatArray, sites: IndexArray, j: int, near: IndexArray, least: FloatArray
) -> None:
    """Find the two cheapest open sites of one demand: slots and costs."""
    least[j, 0] = least[j, 1] = np.inf
    near[j, 0] = near[j, 1] = -1
    for s in range(sites.size):
        c = cost[sites[s], j]
        if c < least[j, 0]:
            least[j, 1], near[j, 1] = least[j, 0], near[j, 0]
            least[j, 0], near[j, 0] = c, s
        elif c < least[j, 1]:
            least[j, 1], near[j, 1] = c, s


@njit(cache=True)
def _exchange(
    cost: FloatArray,
    sites: IndexArray,
    slot: int,
    site: int,
    near: IndexArray,
    least: FloatArray,
) -> None:
    """Put a site into a slot and bring the two nearest of all demand up to date."""
    sites[slot] = site
    for j in range(cost.shape[1]):
        c = cost[site, j]
        if near[j, 0] == slot and c <= least[j, 1]:
            least[j, 0] = c
        elif near[j, 0] == slot or near[j, 1] == slot:
            _two_nearest(cost, sites, j, near, least)
        elif c < least[j, 0]:
            least[j, 1], near[j, 1] = least[j, 0], near[j, 0]
            least[j, 0], near[j, 0] = c, slot
        elif c < least[j, 1]:
            least[j, 1], near[j, 1] = c, slot


@njit(cache=True)
def _descend(
    cost: FloatArray,
    sites: IndexArray,
    opened: npt.NDArray[np.bool_],
    near: IndexArray,
    least: FloatArray,
) -> None:
    """Exchange sites while that saves anything (Whitaker, 1983)."""
    n_sites, n_demand = cost.shape
    p = sites.size
    still = 0
    i = 0
    while still < n_sites and p < n_sites:
        if not opened[i]:
            saved = 0.0
            lost = np.zeros(p)
            for j in range(n_demand):
                c = cost[i, j]
                if c < least[j, 0]:
                    saved += least[j, 0] - c
                else:
                    lost[near[j, 0]] += min(c, least[j, 1]) - least[j, 0]
            slot = int(np.argmin(lost))
            if saved - lost[slot] > _SMALL * (1.0 + saved):
                opened[sites[slot]] = False
                opened[i] = True
                _exchange(cost, sites, slot, i, near, least)
                still = -1
        still += 1
        i = (i + 1) % n_sites


@njit(cache=True)
def vary(
    cost: FloatArray, start: IndexArray, draws: FloatArray, target: float
) -> tuple[IndexArray, float]:
    """Exchange sites to a local optimum, shake it, and repeat.

    Variable neighborhood search (Hansen and Mladenovic, 1997): a shake exchanges
    one site more than the last in vain, up to a limit.

    Parameters
    ----------
    cost : (n_sites, n_demand)
    start : (p,)
    draws : (n_shakes, most_sites, 2)
        Uniform in [0, 1): which slot, and which site comes into it.
    target
        Stop when this cheap.

    Returns
    -------
    sites, value
        Ascending, and their cost.
    """
    n_sites, n_demand = cost.shape
    sites = start.copy()
    p = sites.size
    opened = np.zeros(n_sites, np.bool_)
    opened[sites] = True
    near = np.zeros((n_demand, 2), np.int64)
    least = np.zeros((n_demand, 2))
    for j in range(n_demand):
        _two_nearest(cost, sites, j, near, least)
    _descend(cost, sites, opened, near, least)
    best, best_value = sites.copy(), least[:, 0].sum()
    best_near, best_least = near.copy(), least.copy()
    size = 1
    for r in range(draws.shape[0]):
        if best_value <= target or p == n_sites:
            break
        for k in range(size):
            slot = int(draws[r, k, 0] * p)
            site = int(draws[r, k, 1] * n_sites)
            while opened[site]:
                site = (site + 1) % n_sites
            opened[sites[slot]] = False
            opened[site] = True
            _exchange(cost, sites, slot, site, near, least)
        _descend(cost, sites, opened, near, least)
        value = least[:, 0].sum()
        if value < best_value - _SMALL * best_value:
            best[:], best_value = sites, value
            best_near[:], best_least[:] = near, least
            size = 1
        else:
            opened[sites] = False
            sites[:] = best
            opened[sites] = True
            near[:], least[:] = best_near, best_least
            size = size % draws.shape[1] + 1
    return np.sort(best), best_value


@njit(cache=True)
def _cheapest(reduced: FloatArray, fixed: IndexArray, p: int) -> IndexArray:
    """Choose the p sites of least reduced cost; fixed: 1 open, -1 closed, 0 free."""
    rank = reduced.copy()
    for i in range(rank.size):
        if fixed[i] != 0:
            rank[i] = -np.inf if fixed[i] > 0 else np.inf
    return np.argsort(rank, kind="mergesort")[:p]


@njit(cache=True)
def bound(
    table: FloatArray,
    order: npt.NDArray[np.int32],
    cost: FloatArray,
    fixed: IndexArray,
    p: int,
    price: FloatArray,
    target: float,
    n_steps: int,
) -> tuple[float, FloatArray, FloatArray, IndexArray, FloatArray]:
    """Raise the Lagrangian bound of the p-median by subgradient steps.

    That each demand has one site is priced out (Cornuejols, Fisher and Nemhauser,
    1977); steps are deflected (Camerini, Fratta and Maffioli, 1975).

    Parameters
    ----------
    table : (n_sites, n_demand)
        Costs.
    order, cost : (n_demand, n_sites)
        Sites of each demand from the cheapest, and their costs in that order.
    fixed : (n_sites,)
        1 open, -1 closed, 0 free.
    price : (n_demand,)
        To begin with.
    target
        Cost of the best solution known, at which steps aim.

    Returns
    -------
    bound, price, reduced, sites, share
        Best bound; its prices; reduced cost of each site; the p sites it opens; and
        how often each site was open of late, in [0, 1].
    """
    n_demand, n_sites = order.shape
    price = price.copy()
    best, best_price = -np.inf, price.copy()
    best_reduced, best_sites = np.zeros(n_sites), np.zeros(p, np.int64)
    move, share = np.zeros(n_demand), np.full(n_sites, p / n_sites)
    # Steps in proportion to prices: with uneven weights, equal steps get nowhere.
    scale = price + _FLOOR * price.mean()
    length, still = 1.5, 0
    for _ in range(n_steps):
        reduced = np.zeros(n_sites)
        for j in range(n_demand):
            k = 0
            while k < n_sites and cost[j, k] < price[j]:
                reduced[order[j, k]] += cost[j, k] - price[j]
                k += 1
        sites = _cheapest(reduced, fixed, p)
        value = price.sum() + reduced[sites].sum()
        still += 1
        if value > best:
            still = 0 if value > best + 1e-6 * abs(best) else still
            best = value
            best_price[:], best_reduced[:], best_sites[:] = price, reduced, sites
        if still >= _PATIENCE:
            length, still = length / 2, 0
            price[:] = best_price
            move[:] = 0.0
        if best >= target or length < _SHORTEST:
            break
        share *= 1.0 - _FRESH
        share[sites] += _FRESH
        short = np.ones(n_demand)
        for i in sites:
            for j in range(n_demand):
                short[j] -= table[i, j] < price[j]
        norm = 0.0
        for j in range(n_demand):
            move[j] = short[j] + _MEMORY * move[j]
            norm += scale[j] * move[j] * move[j]
        if norm == 0.0:
            break
        step = length * (target - value) / norm
        for j in range(n_demand):
            price[j] += step * scale[j] * move[j]
    return best, best_price, best_reduced, best_sites, share
