"""Interchange and Lagrangian bound of maximal covering.

Sites that tie are taken in ascending order of position.
"""

import numpy as np
from numba import njit

from geoalloc._types import FloatArray, IndexArray

_SMALL = 1e-9  # share of the objective below which a change is rounding
_PATIENCE = 20  # steps without a better bound after which steps are halved
_SHORTEST = 1e-4  # length factor below which no step is taken
_FRESH = 0.05  # weight of a step in the share of steps that open a site
_MEMORY = 0.7  # share of the last direction in the next (Camerini et al., 1975)


@njit(cache=True)
def _cheapest(reduced: FloatArray, fixed: IndexArray, p: int) -> IndexArray:
    """Choose the p sites of least reduced cost; fixed: 1 open, -1 closed, 0 free."""
    rank = reduced.copy()
    for i in range(rank.size):
        if fixed[i] != 0:
            rank[i] = -np.inf if fixed[i] > 0 else np.inf
    return np.argsort(rank, kind="mergesort")[:p]


@njit(cache=True)
def greedy(
    indptr: IndexArray, demand: IndexArray, weight: FloatArray, p: int
) -> IndexArray:
    """Open p sites one by one, each where it then covers the most: (p,)."""
    n_sites = indptr.size - 1
    covered = np.zeros(weight.size, np.bool_)
    gain = np.full(n_sites, np.inf)
    fresh = np.full(n_sites, -1)
    sites = np.empty(p, np.int64)
    for r in range(p):
        i = int(np.argmax(gain))
        while fresh[i] != r:
            gain[i], fresh[i] = 0.0, r
            for k in range(indptr[i], indptr[i + 1]):
                if not covered[demand[k]]:
                    gain[i] += weight[demand[k]]
            i = int(np.argmax(gain))
        sites[r] = i
        gain[i] = -np.inf
        covered[demand[indptr[i] : indptr[i + 1]]] = True
    return sites


@njit(cache=True)
def _toggle(
    indptr: IndexArray,
    demand: IndexArray,
    weight: FloatArray,
    site: int,
    change: int,
    count: IndexArray,
    total: IndexArray,
    alone: FloatArray,
) -> float:
    """Open or close a site; ``alone`` is what each site covers alone.

    ``total`` adds up the open sites of a demand, so it names the only one.
    """
    gain = 0.0
    for k in range(indptr[site], indptr[site + 1]):
        j = demand[k]
        if count[j] == 1:
            alone[total[j]] -= weight[j]
        gain += weight[j] * (count[j] == 0)
        count[j] += change
        total[j] += change * site
        gain -= weight[j] * (count[j] == 0)
        if count[j] == 1:
            alone[total[j]] += weight[j]
    return gain


@njit(cache=True)
def _descend(
    indptr: IndexArray,
    demand: IndexArray,
    weight: FloatArray,
    sites: IndexArray,
    count: IndexArray,
    total: IndexArray,
    alone: FloatArray,
) -> float:
    """Exchange sites while that covers more; return how much more."""
    n_sites = indptr.size - 1
    slot_of = np.full(n_sites, -1)
    slot_of[sites] = np.arange(sites.size)
    shared = np.zeros(n_sites)
    gain = 0.0
    still, i = 0, 0
    while still < n_sites and sites.size < n_sites:
        if slot_of[i] < 0:
            new = 0.0
            for k in range(indptr[i], indptr[i + 1]):
                j = demand[k]
                if count[j] == 0:
                    new += weight[j]
                elif count[j] == 1:
                    shared[total[j]] += weight[j]
            out, least = -1, np.inf
            for s in range(sites.size):
                lost = alone[sites[s]] - shared[sites[s]]
                shared[sites[s]] = 0.0
                if lost < least:
                    out, least = s, lost
            if new - least > _SMALL * (1.0 + new):
                old = sites[out]
                gain += _toggle(indptr, demand, weight, i, 1, count, total, alone)
                gain += _toggle(indptr, demand, weight, old, -1, count, total, alone)
                slot_of[old], slot_of[i] = -1, out
                sites[out] = i
                still = -1
        still += 1
        i = (i + 1) % n_sites
    return gain


@njit(cache=True)
def vary(
    indptr: IndexArray,
    demand: IndexArray,
    weight: FloatArray,
    start: IndexArray,
    draws: FloatArray,
    target: float,
) -> tuple[IndexArray, float]:
    """Exchange sites to a local optimum of covered weight, shake it, and repeat.

    Parameters
    ----------
    indptr, demand
        ``demand[indptr[i]:indptr[i + 1]]`` are the demand that site i covers.
    weight : (n_demand,)
    start : (p,)
    draws : (n_shakes, most_sites, 2)
        Uniform in [0, 1): which slot, and which site comes into it.
    target
        Stop when this much is covered.

    Returns
    -------
    sites, value
        Ascending, and the weight that they cover.
    """
    n_sites, p = indptr.size - 1, start.size
    sites = start.copy()
    count = np.zeros(weight.size, np.int64)
    total = np.zeros(weight.size, np.int64)
    alone = np.zeros(n_sites)
    value = 0.0
    for i in sites:
        value += _toggle(indptr, demand, weight, i, 1, count, total, alone)
    value += _descend(indptr, demand, weight, sites, count, total, alone)
    best, best_value, size = sites.copy(), value, 1
    for r in range(draws.shape[0]):
        if best_value >= target or p == n_sites:
            break
        for k in range(size):
            slot = int(draws[r, k, 0] * p)
            site = int(draws[r, k, 1] * n_sites)
            while (sites == site).any():
                site = (site + 1) % n_sites
            value += _toggle(indptr, demand, weight, site, 1, count, total, alone)
            value += _toggle(
                indptr, demand, weight, sites[slot], -1, count, total, alone
            )
            sites[slot] = site
        value += _descend(indptr, demand, weight, sites, count, total, alone)
        if value > best_value * (1 + _SMALL):
            best[:], best_value, size = sites, value, 1
        else:
            for s in range(p):
                value += _toggle(
                    indptr, demand, weight, sites[s], -1, count, total, alone
                )
            for s in range(p):
                value += _toggle(
                    indptr, demand, weight, best[s], 1, count, total, alone
                )
            sites[:] = best
            size = size % draws.shape[1] + 1
    return np.sort(best), best_value


@njit(cache=True)
def bound(
    indptr: IndexArray,
    demand: IndexArray,
    weight: FloatArray,
    fixed: IndexArray,
    p: int,
    price: FloatArray,
    target: float,
    n_steps: int,
) -> tuple[float, FloatArray, FloatArray, IndexArray, FloatArray]:
    """Raise the Lagrangian bound of the weight that must stay uncovered.

    That demand is covered by an open site or counts as uncovered is priced out
    (Galvao and ReVelle, 1996); a price lies between 0 and the weight.

    Parameters
    ----------
    indptr, demand
        ``demand[indptr[i]:indptr[i + 1]]`` are the demand that site i covers.
    weight, price : (n_demand,)
        Prices to begin with.
    fixed : (n_sites,)
        1 open, -1 closed, 0 free.
    target
        Least uncovered weight known, at which steps aim.

    Returns
    -------
    bound, price, reduced, sites, share
        Best bound; its prices; reduced cost of each site; the p sites it opens; and
        how often each site was open of late, in [0, 1].
    """
    n_sites = indptr.size - 1
    price = price.copy()
    best, best_price = -np.inf, price.copy()
    best_reduced, best_sites = np.zeros(n_sites), np.zeros(p, np.int64)
    move, share = np.zeros(weight.size), np.full(n_sites, p / n_sites)
    length, still = 1.5, 0
    for _ in range(n_steps):
        reduced = np.zeros(n_sites)
        for i in range(n_sites):
            for k in range(indptr[i], indptr[i + 1]):
                reduced[i] -= price[demand[k]]
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
        short = np.ones(weight.size)
        for i in sites:
            for k in range(indptr[i], indptr[i + 1]):
                short[demand[k]] -= 1.0
        norm = 0.0
        # Steps in proportion to weights: uneven ones get nowhere by equal steps.
        for j in range(weight.size):
            # At full price, a demand left uncovered asks for nothing more.
            if (short[j] > 0 and price[j] >= weight[j]) or (
                short[j] < 0 and price[j] <= 0.0
            ):
                short[j] = 0.0
            move[j] = short[j] + _MEMORY * move[j]
            norm += weight[j] * move[j] * move[j]
        if norm == 0.0:
            break
        step = length * max(target - value, 0.0) / norm
        for j in range(weight.size):
            price[j] += step * weight[j] * move[j]
            price[j] = min(max(price[j], 0.0), weight[j])
    return best, best_price, best_reduced, best_sites, share
