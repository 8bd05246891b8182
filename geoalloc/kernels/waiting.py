"""How long a call waits for the first unit that is free: near ones are often busy.

The chance that the k-th nearest unit is the first that is free follows Larson's
approximation of his hypercube model (1975, Operations Research 23, 845-868): that of
units that are busy independently, corrected for what is known of a queue of so many
servers, M/M/n.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from geoalloc._types import FloatArray, IndexArray

MOST_BUSY = 0.99  # a unit that is offered more than it can do counts as busy so long
_ROUNDS = 200
_CLOSE = 1e-7  # busy fractions that change by less have settled


class Ranks(NamedTuple):
    """Units that may answer at each point, nearest first.

    ``start`` : (n_points + 1,); ``unit, minutes`` : from ``start[i]`` to ``start[i +
    1]`` the units of point i and their travel.
    """

    start: IndexArray
    unit: IndexArray
    minutes: FloatArray


@njit(cache=True)
def rank(
    n_points: int, point: IndexArray, unit: IndexArray, minutes: FloatArray, most: int
) -> Ranks:
    """Sort the units of each point by travel, and keep the nearest ``most``.

    Parameters
    ----------
    point, unit, minutes : (n_pairs,)
        A unit and a point that it may answer at, and its travel. Of equal travel,
        the pair that comes first is nearer.
    """
    size = np.zeros(n_points, np.int64)
    near_unit = np.empty((n_points, most), np.int64)
    near = np.empty((n_points, most))
    for j in range(point.size):
        i = point[j]
        n = size[i]
        if n < most or minutes[j] < near[i, n - 1]:
            k = min(n, most - 1)
            while k > 0 and near[i, k - 1] > minutes[j]:
                near[i, k], near_unit[i, k] = near[i, k - 1], near_unit[i, k - 1]
                k -= 1
            near[i, k], near_unit[i, k] = minutes[j], unit[j]
            size[i] = min(n + 1, most)
    start = np.zeros(n_points + 1, np.int64)
    start[1:] = np.cumsum(size)
    flat_unit = np.empty(start[-1], np.int64)
    flat = np.empty(start[-1])
    for i in range(n_points):
        flat_unit[start[i] : start[i + 1]] = near_unit[i, : size[i]]
        flat[start[i] : start[i + 1]] = near[i, : size[i]]
    return Ranks(start, flat_unit, flat)


@njit(cache=True)
def first_free(most: int, n_levels: int) -> FloatArray:
    """Tell how likely it is to find the first free of n alike servers as the k-th.

    Servers are asked in random order, and calls that find none free queue: M/M/n.

    Parameters
    ----------
    most
        Largest n.
    n_levels
        Busy fractions that are looked at: 0 to ``MOST_BUSY``, evenly.

    Returns
    -------
    chance : (most + 1, n_levels, most + 1)
        By n, level and k; at ``k = n`` the chance that none is free. They add up
        to 1.
    """
    chance = np.zeros((most + 1, n_levels, most + 1))
    state = np.empty(most + 1)
    for n in range(1, most + 1):
        for level in range(n_levels):
            busy = MOST_BUSY * level / (n_levels - 1)
            term, total = 1.0, 0.0
            for k in range(n):
                state[k] = term
                total += term
                term *= n * busy / (k + 1)
            state[n] = term / (1.0 - busy)  # n busy, and any number in the queue
            total += state[n]
            chance[n, level, n] = state[n] / total
            for k in range(n):
                all_busy = state[k] / total  # that the first j asked are, with k busy
                for j in range(k + 1):
                    chance[n, level, j] += all_busy * (n - k) / (n - j)
                    all_busy *= (k - j) / (n - j)
    return chance


@njit(cache=True)
def _shares(
    ranks: Ranks, i: int, busy: FloatArray, chance: FloatArray, share: FloatArray
) -> tuple[int, float]:
    """Write which share of the calls at a point each unit answers at once.

    Return the number of units, and the chance that none of them is free.
    """
    first, n = ranks.start[i], ranks.start[i + 1] - ranks.start[i]
    mean = 0.0
    for j in range(n):
        mean += busy[ranks.unit[first + j]] / n
    last = chance.shape[1] - 1
    at = mean / MOST_BUSY * last
    level = min(int(at), last - 1)
    rest = at - level
    ratio, total = 1.0, 0.0
    for j in range(n + 1):
        usual = (1.0 - rest) * chance[n, level, j] + rest * chance[n, level + 1, j]
        if j < n:
            own = busy[ranks.unit[first + j]]
            share[j] = usual * ratio * (1.0 - own) / (1.0 - mean)
            ratio *= own / mean if mean > 0.0 else 0.0
        else:
            share[j] = usual * ratio
        total += share[j]
    for j in range(n + 1):
        share[j] /= total
    return n, share[n]


@njit(cache=True)
def busy_fractions(
    ranks: Ranks,
    rate: FloatArray,
    on_scene: FloatArray,
    n_units: int,
    chance: FloatArray,
) -> FloatArray:
    """Work out how busy each unit is with the calls that come to it.

    Calls that find no unit free are answered by those that become free: in
    proportion to how busy these are.

    Parameters
    ----------
    rate, on_scene : (n_points,)
        Calls per minute, and minutes that one takes besides travel.
    chance
        As ``first_free`` gives it, for as many units as any point has.

    Returns
    -------
    busy : (n_units,)
    """
    busy = np.full(n_units, 0.5)
    share = np.empty(chance.shape[2])
    for _ in range(_ROUNDS):
        when_free, queued = np.zeros(n_units), np.zeros(n_units)
        for i in range(rate.size):
            first = ranks.start[i]
            if rate[i] > 0.0 and ranks.start[i + 1] > first:
                n, none = _shares(ranks, i, busy, chance, share)
                total, far = 0.0, 0.0
                for j in range(n):
                    u = ranks.unit[first + j]
                    work = rate[i] * (on_scene[i] + ranks.minutes[first + j])
                    when_free[u] += work * share[j] / (1.0 - busy[u])
                    total += busy[u]
                    far += busy[u] * ranks.minutes[first + j]
                if total > 0.0:
                    work = rate[i] * none * (on_scene[i] + far / total)
                    for j in range(n):
                        u = ranks.unit[first + j]
                        queued[u] += work * busy[u] / total
        change = 0.0
        for u in range(n_units):
            new = min(MOST_BUSY, (when_free[u] + queued[u]) / (1.0 + when_free[u]))
            change = max(change, abs(new - busy[u]))
            busy[u] = 0.5 * (new + busy[u])
        if change < _CLOSE:
            break
    return busy


@njit(cache=True, parallel=True)
def waits(
    ranks: Ranks,
    busy: FloatArray,
    service: float,
    before: float,
    upto: float,
    chance: FloatArray,
) -> FloatArray:
    """Give the expected minutes until the first unit arrives at each point.

    Parameters
    ----------
    service
        Mean minutes of a job, times what its variation adds to a wait.
    before, upto
        Share of the work that goes before these calls; and with their own.

    Returns
    -------
    wait : (n_points,)
        inf where no unit may answer. A call that finds none free waits in a queue
        with priorities (Cobham, 1954, Operations Research 2, 70-76), and is then
        answered by any of the units, in proportion to how busy they are.
    """
    n_points = ranks.start.size - 1
    result = np.full(n_points, np.inf)
    for i in prange(n_points):
        first = ranks.start[i]
        if ranks.start[i + 1] > first:
            share = np.empty(chance.shape[2])
            n, none = _shares(ranks, i, busy, chance, share)
            wait, total, far = 0.0, 0.0, 0.0
            for j in range(n):
                own = busy[ranks.unit[first + j]]
                wait += share[j] * ranks.minutes[first + j]
                total += own
                far += own * ranks.minutes[first + j]
            if none > 0.0 and total > 0.0:
                mean = total / n
                queue = service / n / ((1.0 - before * mean) * (1.0 - upto * mean))
                wait += none * (queue + far / total)
            result[i] = wait
    return result
