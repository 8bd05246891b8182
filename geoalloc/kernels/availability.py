"""The chance that no unit is free, as a function of the units in reach."""

from math import exp, sqrt

import numpy as np
from numba import njit

from geoalloc._types import FloatArray, IndexArray

ERLANG, QUEUE, POWERS, STEPS = 0, 1, 2, 3  # kinds of curve
_NONE = 1e-15  # a chance below it is none


@njit(cache=True)
def _span(load: float) -> int:
    """Return units past which the curve at ``load`` is its own convex minorant."""
    return int(load + 8.0 * sqrt(load)) + 16


@njit(cache=True)
def _fill_chance(
    kind: int, load: FloatArray, patience: float, kappa: float, chance: FloatArray
) -> int:
    """Write the chance to be late with 0, 1, 2, ... units; return how many count.

    From there on it is below ``_NONE`` and written as 0. ``load`` is that of the
    classes before this one, of those up to it, and of all.
    """
    chance[0] = 1.0
    if kind == STEPS:  # covered once is worth all but a share, twice is worth all
        chance[1:] = 0.0
        chance[1] = load[2]
        return min(3, chance.size)
    blocked, last = 1.0, chance.size
    for n in range(1, chance.size):
        if kind == POWERS:
            chance[n] = chance[n - 1] * load[2]
        else:
            blocked = load[2] * blocked / (n + load[2] * blocked)
            waits = 1.0
            if n > load[2]:
                waits = blocked * n / (n - load[2] * (1.0 - blocked))
            if kind == QUEUE:
                chance[n] = 1.0
                if n > load[1]:
                    rate = (n - load[0]) * (n - load[1]) / n
                    chance[n] = waits * exp(-rate * patience)
            else:
                chance[n] = (1.0 - kappa) * blocked + kappa * waits
                if n > load[2] and patience > 0.0:
                    chance[n] *= exp(-(n - load[2]) * patience)
        if chance[n] < _NONE:
            last = n
            break
    chance[last:] = 0.0
    return min(last + 2, chance.size)


@njit(cache=True)
def _convexify(values: FloatArray, corner: IndexArray) -> None:
    """Replace ``values`` at 0, 1, 2, ... by their greatest convex minorant.

    Andrew's monotone chain keeps the corners of the lower hull; ``corner`` is
    scratch space of the same length.
    """
    top = -1
    for n in range(values.size):
        while top >= 1:
            a, b = corner[top - 1], corner[top]
            rise = (values[b] - values[a]) * (n - b)
            if rise < (values[n] - values[b]) * (b - a):
                break
            top -= 1
        top += 1
        corner[top] = n
    for k in range(top):
        a, b = corner[k], corner[k + 1]
        slope = (values[b] - values[a]) / (b - a)
        first = values[a]
        for n in range(a + 1, b):
            values[n] = first + slope * (n - a)


@njit(cache=True)
def _at(chance: FloatArray, parts: int, need: int) -> float:
    """Read the chance at so many parts, ``need`` of which are one answer."""
    n, rest = parts // need, parts % need
    if n >= chance.size - 1:
        return chance[-1]
    if rest == 0:
        return chance[n]
    return chance[n] + (chance[n + 1] - chance[n]) * rest / need


@njit(cache=True, nogil=True)
def curves(
    kind: int,
    weight: FloatArray,
    load: FloatArray,
    patience: FloatArray,
    kappa: float,
    n_max: int,
    need: int,
) -> FloatArray:
    """Sum over periods the weighted chance that none of 0..n_max parts is in time.

    It is replaced by its greatest convex minorant over all unit counts, so that a
    curve does not depend on how many units there happen to be. By kind it is

    - ``ERLANG``: ``(1 - kappa)`` Erlang B + ``kappa`` Erlang C (1 while units do not
      exceed the load), times the chance that a call that waits does so longer than
      it may: a wait is exponential with mean 1 / (n - load) services (Kleinrock,
      1975, Queueing Systems I, 3.5 and 5.7).
    - ``QUEUE``: of calls that wait behind those of the classes before them. The
      chance to wait is Erlang's C at the load of all; the wait has the mean of
      Cobham (1954, Operations Research 2; for many units Kella and Yechiali, 1985,
      Management Science 31), n / ((n - before) (n - up to)) services, and is taken
      to be exponential.
    - ``POWERS``: ``load ** n``, with the busy fraction in place of the load (Daskin,
      1983, Transportation Science 17).
    - ``STEPS``: 1, then the share in place of the load, then 0 (Hogan and ReVelle,
      1986, Management Science 32; with a share of 0 Church and ReVelle, 1974).

    Parameters
    ----------
    weight : (n_cells, n_periods)
        Weight of the period's chance.
    load : (n_cells, n_periods, 3)
        Erlangs offered around the cell: of the classes before this one, of those
        up to it, of all.
    patience : (n_cells,)
        How long a call there may wait and still be in time, in mean services.
    need
        Parts that are one answer to a call; between such numbers, straight lines.

    Returns
    -------
    curve : (n_cells, n_max + 1)
        Convex and not increasing along a row.
    """
    curve = np.zeros((weight.shape[0], n_max + 1))
    most = n_max // need + 1
    longest = max(most, _span(load.max() if load.size else 0.0)) + 2
    chance = np.empty(longest)
    corner = np.empty(longest, np.int64)
    for i in range(weight.shape[0]):
        for t in range(weight.shape[1]):
            if weight[i, t] > 0.0:
                size = max(most, _span(load[i, t, 2])) + 2
                size = _fill_chance(kind, load[i, t], patience[i], kappa, chance[:size])
                _convexify(chance[:size], corner)
                if need == 1:
                    for n in range(min(n_max + 1, size)):
                        curve[i, n] += weight[i, t] * chance[n]
                else:
                    for n in range(min(n_max, (size - 1) * need) + 1):
                        curve[i, n] += weight[i, t] * _at(chance[:size], n, need)
    return curve


@njit(cache=True, nogil=True)
def chance_at(
    kind: int,
    count: IndexArray,
    load: FloatArray,
    patience: FloatArray,
    kappa: float,
    need: int,
) -> FloatArray:
    """Give the (convexified) chance that none of ``count`` parts is free in time.

    Parameters
    ----------
    count : (n_cells, n_periods)
        Parts in reach.
    load : (n_cells, n_periods, 3)
    patience : (n_cells,)
    need
        All as for ``curves``.

    Returns
    -------
    chance : (n_cells, n_periods)
    """
    result = np.empty(count.shape)
    top = count.max() // need + 1 if count.size else 1
    longest = max(top, _span(load.max() if load.size else 0.0)) + 2
    chance = np.empty(longest)
    corner = np.empty(longest, np.int64)
    for i in range(count.shape[0]):
        for t in range(count.shape[1]):
            size = max(count[i, t] // need + 1, _span(load[i, t, 2])) + 2
            size = _fill_chance(kind, load[i, t], patience[i], kappa, chance[:size])
            _convexify(chance[:size], corner)
            result[i, t] = _at(chance[:size], count[i, t], need)
    return result
