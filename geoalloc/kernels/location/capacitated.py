"""Search and Lagrangian bound of the capacitated p-median problem.

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
def _worth(profit: FloatArray, size: IndexArray, room: int, items: IndexArray) -> float:
    """Tell the most profit that fits into a room."""
    worth, old = np.zeros(room + 1), np.zeros(room + 1)
    for j in items:
        q, value = size[j], profit[j]
        worth, old = old, worth
        for a in range(q):
            worth[a] = old[a]
        for a in range(q, room + 1):
            worth[a] = max(old[a], old[a - q] + value)
    return worth[room]


@njit(cache=True)
def _fill(
    profit: FloatArray, size: IndexArray, room: int, items: IndexArray
) -> IndexArray:
    """Pack items of most profit into a room: a 0-1 knapsack by dynamic programming."""
    worth = np.zeros(room + 1)
    taken = np.zeros((items.size, room + 1), np.bool_)
    for k in range(items.size):
        q, value = size[items[k]], profit[items[k]]
        for a in range(room, q - 1, -1):
            if worth[a - q] + value > worth[a]:
                worth[a] = worth[a - q] + value
                taken[k, a] = True
    packed = np.empty(items.size, np.int64)
    n, a = 0, room
    for k in range(items.size - 1, -1, -1):
        if taken[k, a]:
            packed[n] = items[k]
            n += 1
            a -= size[items[k]]
    return packed[:n]


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
    cost: FloatArray,
    size: IndexArray,
    room: IndexArray,
    fixed: IndexArray,
    p: int,
    price: FloatArray,
    target: float,
    n_steps: int,
) -> tuple[float, FloatArray, FloatArray, IndexArray, FloatArray, IndexArray]:
    """Raise the Lagrangian bound: each site packs what pays, the best p are open.

    That each demand has one site is priced out, capacity is kept (Pirkul, 1987).

    Parameters
    ----------
    cost : (n_sites, n_demand)
    size : (n_demand,)
        Whole numbers, rounded down if need be: the bound stays true.
    room : (n_sites,)
    fixed : (n_sites,)
        1 open, -1 closed, 0 free.
    price : (n_demand,)
        To begin with.
    target
        Cost of the best solution known, at which steps aim.

    Returns
    -------
    bound, price, reduced, sites, share, choices
        Best bound; its prices; reduced cost of each site; the p sites it opens; how
        often each site was open of late, in [0, 1]; the p sites of every step,
        (n_taken, p).
    """
    n_sites, n_demand = cost.shape
    price = price.copy()
    best, best_price, best_reduced = -np.inf, price.copy(), np.zeros(n_sites)
    best_sites, share = np.zeros(p, np.int64), np.full(n_sites, p / n_sites)
    choices = np.zeros((n_steps, p), np.int64)
    move = np.zeros(n_demand)
    length, still, taken = 1.5, 0, 0
    for _ in range(n_steps):
        reduced = np.zeros(n_sites)
        for i in range(n_sites):
            if fixed[i] < 0:
                continue
            profit = price - cost[i]
            items = np.flatnonzero((profit > 0.0) & (size <= room[i]))
            reduced[i] = -_worth(profit, size, room[i], items)
        sites = _cheapest(reduced, fixed, p)
        value = price.sum() + reduced[sites].sum()
        choices[taken] = sites
        taken += 1
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
            profit = price - cost[i]
            items = np.flatnonzero((profit > 0.0) & (size <= room[i]))
            for j in _fill(profit, size, room[i], items):
                short[j] -= 1.0
        norm = 0.0
        for j in range(n_demand):
            move[j] = short[j] + _MEMORY * move[j]
            norm += move[j] * move[j]
        if norm == 0.0:
            break
        step = length * (target - value) / norm
        for j in range(n_demand):
            price[j] += step * move[j]
    return best, best_price, best_reduced, best_sites, share, choices[:taken]


@njit(cache=True)
def through(
    cost: FloatArray, size: IndexArray, room: IndexArray, price: FloatArray
) -> FloatArray:
    """Tell what a site can earn at most if it must serve a demand.

    Returns
    -------
    worth : (n_sites, n_demand)
        -inf where the demand does not fit.
    """
    n_sites, n_demand = cost.shape
    worth = np.full((n_sites, n_demand), -np.inf)
    for i in range(n_sites):
        profit = price - cost[i]
        items = np.flatnonzero((profit > 0.0) & (size <= room[i]))
        n, top = items.size, room[i]
        before = np.zeros((n + 1, top + 1))
        after = np.zeros((n + 1, top + 1))
        for k in range(n):
            q, value = size[items[k]], profit[items[k]]
            before[k + 1] = before[k]
            for a in range(q, top + 1):
                before[k + 1, a] = max(before[k, a], before[k, a - q] + value)
        for k in range(n - 1, -1, -1):
            q, value = size[items[k]], profit[items[k]]
            after[k] = after[k + 1]
            for a in range(q, top + 1):
                after[k, a] = max(after[k + 1, a], after[k + 1, a - q] + value)
        for j in range(n_demand):
            if profit[j] <= 0.0 and size[j] <= top:
                worth[i, j] = profit[j] + before[n, top - size[j]]
        for k in range(n):
            j = items[k]
            left = top - size[j]
            for a in range(left + 1):
                value = before[k, a] + after[k + 1, left - a] + profit[j]
                worth[i, j] = max(worth[i, j], value)
    return worth


@njit(cache=True)
def _over(load: float, room: float) -> float:
    return max(load - room, 0.0)


@njit(cache=True)
def _assign(
    cost: FloatArray, size: FloatArray, room: FloatArray, sites: IndexArray
) -> tuple[IndexArray, FloatArray]:
    """Assign demand in order of regret: who loses most without the first choice."""
    n_demand, p = cost.shape[1], sites.size
    slot = np.full(n_demand, -1)
    load = np.zeros(p)
    for _ in range(n_demand):
        who, where, most = -1, -1, -np.inf
        for j in range(n_demand):
            if slot[j] >= 0:
                continue
            first, second, at = np.inf, np.inf, -1
            for s in range(p):
                if load[s] + size[j] <= room[sites[s]]:
                    c = cost[sites[s], j]
                    if c < first:
                        first, second, at = c, first, s
                    elif c < second:
                        second = c
            # Who fits nowhere comes last, into the least full.
            regret = second - first if at >= 0 else -1.0
            if at >= 0 and not np.isfinite(regret):
                regret = 1e300
            if regret > most or who < 0:
                who, where, most = j, at, regret
        if where < 0:
            where = int(np.argmin(load - room[sites]))
        slot[who] = where
        load[where] += size[who]
    return slot, load


@njit(cache=True)
def _shift_and_swap(
    cost: FloatArray,
    size: FloatArray,
    room: FloatArray,
    sites: IndexArray,
    slot: IndexArray,
    load: FloatArray,
    fine: float,
) -> None:
    """Move one demand, or exchange two, while that saves anything."""
    n_demand, p = cost.shape[1], sites.size
    again = True
    while again:
        again = False
        for j in range(n_demand):
            for s in range(p):
                a = slot[j]
                if s == a:
                    continue
                was = _over(load[a], room[sites[a]]) + _over(load[s], room[sites[s]])
                now = _over(load[a] - size[j], room[sites[a]])
                now += _over(load[s] + size[j], room[sites[s]])
                save = cost[sites[a], j] - cost[sites[s], j] + fine * (was - now)
                if save > _SMALL * fine:
                    load[a] -= size[j]
                    load[s] += size[j]
                    slot[j] = s
                    again = True
            for k in range(j + 1, n_demand):
                a, b = slot[j], slot[k]
                if a == b:
                    continue
                shift = size[k] - size[j]
                was = _over(load[a], room[sites[a]]) + _over(load[b], room[sites[b]])
                now = _over(load[a] + shift, room[sites[a]])
                now += _over(load[b] - shift, room[sites[b]])
                save = cost[sites[a], j] + cost[sites[b], k]
                save -= cost[sites[b], j] + cost[sites[a], k]
                if save + fine * (was - now) > _SMALL * fine:
                    load[a] += shift
                    load[b] -= shift
                    slot[j], slot[k] = b, a
                    again = True


@njit(cache=True)
def _recenter(
    cost: FloatArray,
    room: FloatArray,
    sites: IndexArray,
    slot: IndexArray,
    load: FloatArray,
) -> bool:
    """Move each site to where its demand is served most cheaply."""
    changed = False
    opened = np.zeros(cost.shape[0], np.bool_)
    opened[sites] = True
    for s in range(sites.size):
        total = np.zeros(cost.shape[0])
        for j in range(slot.size):
            if slot[j] == s:
                total += cost[:, j]
        best = sites[s]
        for i in range(total.size):
            fits = room[i] >= min(load[s], room[sites[s]])
            if fits and not opened[i] and total[i] < total[best] * (1 - _SMALL):
                best = i
        if best != sites[s]:
            opened[sites[s]] = False
            opened[best] = True
            sites[s] = best
            changed = True
    return changed


@njit(cache=True)
def vary(
    cost: FloatArray,
    size: FloatArray,
    room: FloatArray,
    starts: IndexArray,
    draws: FloatArray,
    fine: float,
) -> tuple[IndexArray, IndexArray, float]:
    """Assign to each of some sets of sites and improve; then shake the best.

    Improvement is by shifts, exchanges, and new medians (Osman and Christofides,
    1994); what is over capacity is fined.

    Parameters
    ----------
    cost : (n_sites, n_demand)
    size : (n_demand,)
    room : (n_sites,)
    starts : (n_starts, p)
    draws : (n_shakes, most_sites, 2)
        Uniform in [0, 1): which slot, and which site comes into it.
    fine
        Price of one over capacity.

    Returns
    -------
    sites, assigned, value
        (p,); position of a site for each demand, (n_demand,); cost with fines.
    """
    n_sites, p = cost.shape[0], starts.shape[1]
    best, best_value = starts[0].copy(), np.inf
    best_assigned = np.zeros(cost.shape[1], np.int64)
    depth = 1
    for r in range(starts.shape[0] + draws.shape[0]):
        if r < starts.shape[0]:
            sites = starts[r].copy()
        else:
            sites = best.copy()
            for k in range(depth):
                site = int(draws[r - starts.shape[0], k, 1] * n_sites)
                if p == n_sites:
                    break
                while (sites == site).any():
                    site = (site + 1) % n_sites
                sites[int(draws[r - starts.shape[0], k, 0] * p)] = site
        slot, load = _assign(cost, size, room, sites)
        while True:
            _shift_and_swap(cost, size, room, sites, slot, load, fine)
            if not _recenter(cost, room, sites, slot, load):
                break
        value = 0.0
        for j in range(slot.size):
            value += cost[sites[slot[j]], j]
        for s in range(p):
            value += fine * _over(load[s], room[sites[s]])
        if value < best_value * (1 - _SMALL):
            best[:], best_value, depth = sites, value, 1
            best_assigned[:] = sites[slot]
        elif r >= starts.shape[0]:
            depth = depth % draws.shape[1] + 1
    return best, best_assigned, best_value
