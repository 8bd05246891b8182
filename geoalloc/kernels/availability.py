"""The chance that no unit is free, as a function of the units in reach."""

from math import exp, sqrt

import numpy as np
from numba import njit

from geoalloc._types import FloatArray, IndexArray


@njit(cache=True)
def _span(load: float) -> int:
    """Return units past which the curve at ``load`` is its own convex minorant."""
    return int(load + 8.0 * sqrt(load)) + 16


@njit(cache=True)
def _fill_chance(
    load: float, patience: float, kappa: float, chance: FloatArray
) -> None:
    """Write the chance of waiting longer than ``patience`` for 0, 1, 2, ... units.

    With more units than load, a call that has to wait does so for an exponential
    time of mean 1 / (n - load) services.
    """
    blocked = 1.0
    chance[0] = 1.0
    for n in range(1, chance.size):
        blocked = load * blocked / (n + load * blocked)
        waits = 1.0
        if n > load:
            waits = blocked * n / (n - load * (1.0 - blocked))
        chance[n] = (1.0 - kappa) * blocked + kappa * waits
        if n > load:
            chance[n] *= exp(-(n - load) * patience)


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
    if rest == 0:
        return chance[n]
    return chance[n] + (chance[n + 1] - chance[n]) * rest / need


@njit(cache=True)
def curves(
    weight: FloatArray,
    load: FloatArray,
    patience: FloatArray,
    kappa: float,
    n_max: int,
    need: int,
) -> FloatArray:
    """Sum over periods the weighted chance that none of 0..n_max parts is in time.

    The chance is ``(1 - kappa)`` Erlang B + ``kappa`` Erlang C (1 while units do
    not exceed the load), times the chance that a call that waits does so longer
    than it may, replaced by its greatest convex minorant over all unit counts, so
    that a curve does not depend on how many units there happen to be.

    Parameters
    ----------
    weight, load : (n_cells, n_periods)
        Weight of the period's chance; Erlangs offered around the cell.
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
    longest = max(most, _span(load.max() if load.size else 0.0)) + 1
    chance = np.empty(longest)
    corner = np.empty(longest, np.int64)
    for i in range(weight.shape[0]):
        for t in range(weight.shape[1]):
            if weight[i, t] > 0.0:
                size = max(most, _span(load[i, t])) + 1
                _fill_chance(load[i, t], patience[i], kappa, chance[:size])
                _convexify(chance[:size], corner)
                for n in range(n_max + 1):
                    curve[i, n] += weight[i, t] * _at(chance, n, need)
    return curve


@njit(cache=True)
def none_free(
    count: IndexArray, load: FloatArray, patience: FloatArray, kappa: float, need: int
) -> FloatArray:
    """Give the (convexified) chance that none of ``count`` parts is free in time.

    Parameters
    ----------
    count : (n_cells, n_periods)
        Parts in reach.
    load : (n_cells, n_periods)
        Erlangs offered around the cell.
    patience : (n_cells,)
    need
        As for ``curves``.

    Returns
    -------
    chance : (n_cells, n_periods)
    """
    result = np.empty(load.shape)
    top = count.max() // need + 1 if count.size else 1
    most = max(top, _span(load.max() if load.size else 0.0))
    chance = np.empty(most + 1)
    corner = np.empty(most + 1, np.int64)
    for i in range(load.shape[0]):
        for t in range(load.shape[1]):
            size = max(count[i, t] // need + 1, _span(load[i, t])) + 1
            _fill_chance(load[i, t], patience[i], kappa, chance[:size])
            _convexify(chance[:size], corner)
            result[i, t] = _at(chance, count[i, t], need)
    return result
