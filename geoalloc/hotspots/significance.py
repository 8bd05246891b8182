"""Which hexes hold more than chance would put there: exact Gi*, false discovery."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geoalloc import schemas
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.kernels import permutation

TIERS = (0.001, 0.01, 0.05)  # false discovery rates, strictest first

_MOST_SUM = 100_000  # beyond it, counts are taken in units of more than one


@dataclass(frozen=True, kw_only=True)
class GiStar:
    """Getis and Ord's Gi* of each hex, with exact permutation p-values.

    Attributes
    ----------
    z : (n,)
        Standard score; nan where chance would always give the same sum.
    p : (n,)
        Probability that chance puts as many incidents or more in the hex and those
        around it; 1 where there are none. Never nan.
    total : (n,)
        Incidents in the hex and in its neighbors.
    neighbors_sum : (n,)
        Incidents in its neighbors alone.
    n_neighbors : (n,)
        Neighbors within the cover.
    """

    z: FloatArray
    p: FloatArray
    total: IndexArray
    neighbors_sum: IndexArray
    n_neighbors: IndexArray


def gi_star(
    grid: HexGrid, count: FloatArray | IndexArray, *, given_self: bool = False
) -> GiStar:
    """Test each hex and those around it for more incidents than chance would put there.

    Chance deals the counts of all hexes out again at random. Of that the whole
    distribution is worked out, not sampled: in how many ways can k hexes that sum
    to s be drawn without replacement? The p-value is one-sided ("greater"), since
    a hotspot is sought and sparse counts have no cold spots to find. Nothing is
    assumed normal: with few incidents the normal approximation calls hundreds of
    hexes of pure noise significant.

    A hex and its neighbors are tested together, and a neighbor that is not in the
    cover is not drawn for. If the largest sum is above 100,000 then counts are
    taken in units of more than one incident, rounded so that p is an upper bound.

    Parameters
    ----------
    count : (n,)
        Incidents in each hex of the grid: whole numbers.
    given_self
        Hold the count of the hex itself fixed and deal out the others only, as
        conditional permutation does: "are its surroundings busy?" A lone busy hex
        then makes a ring of hexes that are significant while itself is not.

    Raises
    ------
    DataError
        If there are no hexes, the counts are not one to a hex, or one is negative,
        not finite or not a whole number.

    References
    ----------
    Getis, A. and Ord, J. K. (1992), Geographical Analysis 24, 189-206.
    Ord, J. K. and Getis, A. (1995), Geographical Analysis 27, 286-306 (Gi*, z).
    Anselin, L. (1995), Geographical Analysis 27, 93-115 (conditional permutation).
    Pagano, M. and Tritchler, D. (1983), Journal of the American Statistical
    Association 78, 435-440 (exact permutation distributions by convolution).
    """
    whole = _whole(grid, count)
    around, n_neighbors = _around(grid, whole, np.ones(len(grid), dtype=np.bool_))
    total = around + whole
    p: FloatArray
    if given_self:
        z = _z_given_self(whole, around, n_neighbors)
        p = _p_given_self(whole, around, n_neighbors)
    else:
        mean, spread = whole.mean(), whole.var()
        z = _z(total, n_neighbors + 1, len(grid), (mean, spread))
        p = _p(whole, total, n_neighbors + 1)
    return GiStar(z=z, p=p, total=total, neighbors_sum=around, n_neighbors=n_neighbors)


def false_discovery(
    p: FloatArray,
    *,
    rate: float,
    by: Literal["benjamini", "yekutieli"] = "benjamini",
) -> BoolArray:
    """Choose the tests to call significant, so that few of the calls are false.

    Parameters
    ----------
    p
        P-values; nan is no test, and is not called significant.
    rate
        Expected share of false calls among the calls, at most.
    by
        "benjamini": Benjamini and Hochberg (1995), for tests that are independent
        or, as sums over neighbors are, positively dependent. "yekutieli": Benjamini
        and Yekutieli (2001), for any dependence, which costs power.

    Returns
    -------
    significant
        In the shape of ``p``. Tests that tie are called together.

    Raises
    ------
    DataError
        If the rate is not between 0 and 1, a p-value is not from 0 to 1, or the
        method is unknown.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995), Journal of the Royal Statistical
    Society B 57, 289-300.
    Benjamini, Y. and Yekutieli, D. (2001), Annals of Statistics 29, 1165-1188.
    """
    p = np.asarray(p, dtype=np.float64)
    if not 0 < rate < 1:
        raise DataError(f"rate must be between 0 and 1, got {rate}")
    if by not in ("benjamini", "yekutieli"):
        raise DataError(f'by must be "benjamini" or "yekutieli", got {by!r}')
    if ((p < 0) | (p > 1)).any():
        raise DataError("a p-value is below 0 or above 1: give probabilities")
    n_tests = int(np.count_nonzero(~np.isnan(p)))
    if not n_tests:
        return np.zeros(p.shape, dtype=np.bool_)
    if by == "yekutieli":
        rate /= sum(1.0 / k for k in range(1, n_tests + 1))
    # None above the rate can be called: the few below it are all that need sorting.
    low = np.sort(p[p <= rate])
    passed = np.flatnonzero(low <= rate * np.arange(1, low.size + 1) / n_tests)
    if passed.size == 0:
        return np.zeros(p.shape, dtype=np.bool_)
    return np.asarray(p <= low[passed[-1]])


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Hexes called significant step by step.

    Attributes
    ----------
    step : (n,)
        Step at which each hex was called, from 1; 0 if it never was.
    p_adjusted : (n,)
        Least false discovery rate at which it is called in its step, or in the last
        step if it never was.
    """

    step: IndexArray
    p_adjusted: FloatArray


def stepwise(grid: HexGrid, count: FloatArray | IndexArray, *, rate: float) -> Steps:
    """Call hexes significant step by step, each step without those called before.

    A county's few busiest hexes mask the others: chance, which deals out the same
    counts, may put the city center's count anywhere, so that little else stands out.
    So hexes that ``gi_star`` and ``false_discovery`` call are taken out of the map,
    the rest is tested as if they were not there, and so on until none is called.
    The first step is that of ``gi_star``. Where nothing is hot, no step is taken but
    at the nominal rate; a later step says that a hex stands out from an area without
    the hexes of all steps before, and the last that it does from the quiet part.

    Parameters
    ----------
    count : (n,)
        Incidents in each hex of the grid: whole numbers.
    rate
        False discovery rate of each step (Benjamini and Hochberg 1995).

    Raises
    ------
    DataError
        As ``gi_star`` and ``false_discovery``.

    References
    ----------
    Zhang, Z., Assuncao, R. and Kulldorff, M. (2010), Journal of Probability and
    Statistics, article 642379 (scan statistics adjusted for more likely clusters).
    """
    whole = _whole(grid, count)
    step = np.zeros(len(grid), dtype=np.int64)
    p_adjusted = np.ones(len(grid))
    for number in range(1, len(grid) + 1):
        kept = np.flatnonzero(step == 0)
        around, n_neighbors = _around(grid, whole, step == 0)
        p = _p(whole[kept], (around + whole)[kept], n_neighbors[kept] + 1)
        called = false_discovery(p, rate=rate)
        if called.all():  # nothing is left that they could stand out from
            break
        p_adjusted[kept] = adjusted(p)
        if not called.any():
            break
        step[kept[called]] = number
    return Steps(step=step, p_adjusted=p_adjusted)


def adjusted(p: FloatArray) -> FloatArray:
    """Find the least false discovery rate at which each test is called.

    Benjamini and Hochberg (1995), as ``false_discovery``.

    Raises
    ------
    DataError
        If a p-value is not from 0 to 1.
    """
    p = np.asarray(p, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise DataError("a p-value is nan, below 0 or above 1: give probabilities")
    order = np.argsort(p, kind="stable")
    stepped = p[order] * p.size / np.arange(1, p.size + 1)
    least = np.empty_like(p)
    least[order] = np.minimum.accumulate(stepped[::-1])[::-1]
    return np.minimum(least, 1.0)


def _whole(grid: HexGrid, count: FloatArray | IndexArray) -> IndexArray:
    count = np.asarray(count, dtype=np.float64)
    if len(grid) == 0 or count.shape != (len(grid),):
        raise DataError(
            f"count has the shape {count.shape}, where one number is needed for each "
            f"of {len(grid)} hexes (at least one): count incidents on this grid"
        )
    schemas.require_measure(count, "count")
    whole = count.astype(np.int64)
    broken = np.flatnonzero(whole != count)
    if broken.size:
        raise DataError(
            f"count is not a whole number at {broken.size} of {count.size} hexes, "
            f"first {count[broken[0]]} at {broken[0]}: count incidents, not weights"
        )
    return whole


def _around(
    grid: HexGrid, whole: IndexArray, kept: BoolArray
) -> tuple[IndexArray, IndexArray]:
    """Sum over the neighbors of each hex that are kept, and their number."""
    # A missing neighbor, -1, reads the last: nothing.
    beside, there = np.append(whole * kept, 0), np.append(kept, False)
    total, number = np.zeros_like(whole), np.zeros_like(whole)
    for column in grid.neighbors.T:
        total += beside[column]
        number += there[column]
    return total, number


def _z(
    total: IndexArray,
    drawn: IndexArray,
    n_members: int,
    moments: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """Standardize sums drawn without replacement from ``n_members``."""
    mean, spread = moments
    variance = spread * drawn * (n_members - drawn) / max(n_members - 1, 1)
    z = np.full(total.size, np.nan)
    known = variance > 0
    np.divide(total - drawn * mean, np.sqrt(variance), out=z, where=known)
    return z


def _z_given_self(
    whole: IndexArray, around: IndexArray, n_neighbors: IndexArray
) -> FloatArray:
    n_members = whole.size
    others = max(n_members - 1, 1)
    apart = whole - whole.mean()
    squares = (apart**2).sum()
    # Moments of all the hexes but one.
    mean = (whole.sum() - whole) / others
    spread = (squares - apart**2 * n_members / others) / others
    spread[spread < 1e-12 * squares / others] = 0.0  # the others are all equal
    return _z(around, n_neighbors, n_members - 1, (mean, spread))


def _p(whole: IndexArray, total: IndexArray, drawn: IndexArray) -> FloatArray:
    """Probability that ``drawn`` of the counts ``whole`` sum to ``total`` or more."""
    up, down, cap = _units(whole, total)
    value, number = np.unique(up, return_counts=True)
    ways, reached = _nothing_drawn(drawn.max(), cap)
    permutation.include(ways, reached, value, number)
    return _at_least(ways)[drawn, down]


def _p_given_self(
    whole: IndexArray, around: IndexArray, n_neighbors: IndexArray
) -> FloatArray:
    up, down, cap = _units(whole, around)
    value, of, number = np.unique(up, return_inverse=True, return_counts=True)
    order = np.argsort(of, kind="stable")
    start = np.concatenate([[0], np.cumsum(number)])
    p = np.empty(whole.size)
    for d, ways in _without_one(value, number, _nothing_drawn(n_neighbors.max(), cap)):
        those = order[start[d] : start[d + 1]]
        p[those] = _at_least(ways)[n_neighbors[those], down[those]]
    return p


def _units(whole: IndexArray, total: IndexArray) -> tuple[IndexArray, IndexArray, int]:
    """Round counts up and sums down to units; also give the largest such sum."""
    unit = max(math.ceil(total.max() / _MOST_SUM), 1)
    down = total // unit
    return -(-whole // unit), down, int(down.max())


def _nothing_drawn(most: int, cap: int) -> tuple[FloatArray, IndexArray]:
    ways, reached = np.zeros((most + 1, cap + 1)), np.full(most + 1, -1)
    ways[0, 0], reached[0] = 1.0, 0
    return ways, reached


def _without_one(
    value: IndexArray, number: IndexArray, drawn: tuple[FloatArray, IndexArray]
) -> Iterator[tuple[int, FloatArray]]:
    """Ways to draw from all members but one of each value in turn.

    To halve and halve again takes log2(n_values) inclusions of each value. To take
    a member out of the whole by subtraction would take one, but cancels digits.
    """
    waiting = [(0, value.size, drawn)]
    while waiting:
        first, end, (ways, reached) = waiting.pop()
        if end - first == 1:
            permutation.include(ways, reached, value[first:end], number[first:end] - 1)
            yield first, ways
            continue
        middle = (first + end) // 2
        other = ways.copy(), reached.copy()
        permutation.include(*other, value[first:middle], number[first:middle])
        permutation.include(ways, reached, value[middle:end], number[middle:end])
        waiting += [(middle, end, other), (first, middle, (ways, reached))]


def _at_least(ways: FloatArray) -> FloatArray:
    """Probability of each sum or more, by number drawn; smallest terms added first."""
    tail = np.cumsum(ways[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(tail / tail[:, :1])
