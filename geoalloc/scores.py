"""Scores of a forecast against what happened: pure functions of arrays.

Where hexes are chosen by a surface, the highest come first, those of equal value in
the order of their positions, until they take the area share; the last one is counted
in part, so that the area is exactly the one asked for and scores of different
surfaces are of one area.
"""

import numpy as np
from scipy import special

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError

__all__ = [
    "chosen",
    "crps",
    "deviance",
    "hit_rate",
    "log_score",
    "pai",
    "pei",
    "rhythm_log_score",
    "rri",
    "stability",
]

_HOURS = 168  # of a week
_LARGE_MEAN = 500.0  # from which the chance of no incident is lost to rounding
_TAIL = 1e-6  # chance whose square adds nothing to a CRPS


def log_score(share: FloatArray, count: FloatArray, uniform: FloatArray) -> float:
    """Mean log of how much denser than even the surface was where incidents fell.

    Parameters
    ----------
    share : (n_hexes,)
        Share of the incidents that the surface expects in each hex; sums to 1.
    count : (n_hexes,)
        Incidents that happened.
    uniform : (n_hexes,)
        Share that an even spread over the land expects; sums to 1.

    Returns
    -------
    score
        0 of an even spread; -inf if an incident fell where none was expected, which
        is why an even floor is mixed into a surface before it is scored; nan
        (undefined) of no incidents.

    Raises
    ------
    DataError
        If lengths differ, values are negative or not finite, or an incident fell
        where the even spread has nothing.

    References
    ----------
    Good, I. J. (1952), Journal of the Royal Statistical Society B 14, 107-114.
    """
    _require(share=share, count=count, uniform=uniform)
    hit = np.flatnonzero(count)
    if (uniform[hit] == 0).any():
        raise DataError("an incident fell in a hex without land: leave it out")
    if hit.size == 0:
        return float("nan")
    with np.errstate(divide="ignore"):
        gain = np.log(share[hit] / uniform[hit])
    return float((count[hit] * gain).sum() / count[hit].sum())


def hit_rate(
    surface: FloatArray, count: FloatArray, land_km2: FloatArray, *, area_share: float
) -> float:
    """Share of the incidents in the hexes that a surface puts first.

    Parameters
    ----------
    surface : (n_hexes,)
        Value by which hexes are chosen; a density per km2 to use the area well.
    count : (n_hexes,)
        Incidents that happened.
    land_km2 : (n_hexes,)
        Land of each hex.
    area_share
        Share of the land that may be chosen, above 0 and at most 1.

    Returns
    -------
    rate
        0 to 1; nan (undefined) of no incidents.

    Raises
    ------
    DataError
        If lengths differ, values are negative or not finite, there is no land, or
        the area share is out of range.
    """
    _require(surface=surface, count=count, land_km2=land_km2)
    _require_share(area_share, land_km2)
    if count.sum() == 0:
        return float("nan")
    order = np.argsort(-surface, kind="stable")
    return _captured(order, count, land_km2, area_share) / float(count.sum())


def pai(
    surface: FloatArray, count: FloatArray, land_km2: FloatArray, *, area_share: float
) -> float:
    """Predictive accuracy index: the hit rate over the area share.

    It rises as the area share falls and as empty land is added, so it compares
    surfaces only at one share of one area. Arguments and errors as of ``hit_rate``.

    References
    ----------
    Chainey, S., Tompson, L. and Uhlig, S. (2008), Security Journal 21, 4-28.
    """
    return hit_rate(surface, count, land_km2, area_share=area_share) / area_share


def pei(
    surface: FloatArray, count: FloatArray, land_km2: FloatArray, *, area_share: float
) -> float:
    """Predictive efficiency index: the hit rate over the best that the area allows.

    The best are the hexes with most incidents per km2 of land, the last in part: no
    choice of the same area holds more. Arguments and errors as of ``hit_rate``.

    References
    ----------
    Hunt, J. M. (2016), Do crime hot spots move?, American University, ch. 3.
    """
    found = hit_rate(surface, count, land_km2, area_share=area_share)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = count / land_km2
    order = np.argsort(-np.nan_to_num(rate, posinf=np.inf), kind="stable")
    best = _captured(order, count, land_km2, area_share)
    return found * float(count.sum()) / best if best > 0 else float("nan")


def rri(
    expected: FloatArray,
    count: FloatArray,
    land_km2: FloatArray,
    *,
    area_share: float,
) -> float:
    """Incidents expected over incidents observed, in the hexes that come first.

    Above 1 the forecast promised more there than came, below 1 less. Elsewhere the
    letters also stand for a "recapture rate index" (Levine, 2008), which is a ratio
    of hit rates of two periods: this is not that.

    Parameters
    ----------
    expected : (n_hexes,)
        Incidents expected in each hex; per km2 of land it ranks the hexes.

    Returns
    -------
    ratio
        nan (undefined) if none was observed there.

    Raises
    ------
    DataError
        As of ``hit_rate``.
    """
    _require(expected=expected, count=count, land_km2=land_km2)
    part = chosen(_density(expected, land_km2), land_km2, area_share=area_share)
    observed = float((part * count).sum())
    return float((part * expected).sum()) / observed if observed > 0 else float("nan")


def chosen(
    surface: FloatArray, land_km2: FloatArray, *, area_share: float
) -> FloatArray:
    """Part of each hex that is among the first, (n_hexes,): 1, 0, or of the last one.

    Arguments and errors as of ``hit_rate``.
    """
    _require(surface=surface, land_km2=land_km2)
    _require_share(area_share, land_km2)
    order = np.argsort(-surface, kind="stable")
    part = np.empty(order.size)
    part[order] = _parts(land_km2[order], area_share)
    return part


def stability(
    before: FloatArray, after: FloatArray, land_km2: FloatArray, *, area_share: float
) -> float:
    """Land that two surfaces both put first, over the land that either does.

    Parameters
    ----------
    before, after : (n_hexes,)
        Values by which hexes are chosen, of consecutive origins.

    Returns
    -------
    share
        1 if the same hexes are chosen, 0 if none is chosen twice.

    Raises
    ------
    DataError
        As of ``hit_rate``.

    References
    ----------
    Jaccard, P. (1912), New Phytologist 11, 37-50.
    """
    one = chosen(before, land_km2, area_share=area_share)
    two = chosen(after, land_km2, area_share=area_share)
    both = np.minimum(one, two) * land_km2
    return float(both.sum() / (np.maximum(one, two) * land_km2).sum())


def deviance(expected: FloatArray, count: FloatArray) -> float:
    """Mean Poisson deviance of counts about what was expected.

    Returns
    -------
    deviance
        0 if every count was as expected; inf if an incident fell where none was.

    Raises
    ------
    DataError
        If lengths differ, values are negative or not finite, or there is no hex.

    References
    ----------
    McCullagh, P. and Nelder, J. A. (1989), Generalized Linear Models, 2nd ed., 2.3.
    """
    _require(expected=expected, count=count)
    _require_some(count)
    return float(2.0 * special.kl_div(count, expected).mean())


def crps(expected: FloatArray, count: FloatArray, size: float = np.inf) -> float:
    """Mean continuous ranked probability score of negative binomial counts.

    The sum over k of (F(k) - 1[k >= count])**2, term by term until nothing is left.

    Parameters
    ----------
    size
        Of the negative binomial: variance mean + mean**2 / size; inf for Poisson.

    Returns
    -------
    score
        In incidents per hex, as an absolute error; less is better.

    Raises
    ------
    DataError
        If lengths differ, values are negative or not finite, there is no hex, or the
        size is not above 0.

    References
    ----------
    Gneiting, T. and Raftery, A. E. (2007), Journal of the American Statistical
    Association 102, 359-378.
    """
    _require(expected=expected, count=count)
    _require_some(count)
    if not size > 0:
        raise DataError(f"the size of a negative binomial must be above 0, got {size}")
    large = expected > _LARGE_MEAN
    total = _crps_sum(expected[~large], count[~large], size)
    for mean, n in zip(expected[large], count[large], strict=True):
        total += _crps_large(float(mean), float(n), size)
    return total / count.size


def rhythm_log_score(share: FloatArray, count: FloatArray) -> float:
    """Mean log of how much more than evenly the hours of incidents were expected.

    Parameters
    ----------
    share : (168,)
        Share of a week's incidents in each of its hours; sums to 1.
    count : (168,)
        Incidents that happened in each hour of the week.

    Returns
    -------
    score
        0 of an even rhythm; -inf if one fell in an hour without any; nan (undefined)
        of no incidents.

    Raises
    ------
    DataError
        If there are not 168 hours, or values are negative or not finite.
    """
    if np.shape(share) != (_HOURS,):
        raise DataError(f"a rhythm has {_HOURS} hours, got shape {np.shape(share)}")
    return log_score(share, count, np.full(_HOURS, 1.0 / _HOURS))


def _crps_sum(mean: FloatArray, count: FloatArray, size: float) -> float:
    """Sum of scores by the recurrence of the chances of 0, 1, 2, ... incidents."""
    poisson = np.isinf(size)
    chance = np.exp(-mean if poisson else -size * np.log1p(mean / size))
    ratio = mean if poisson else mean / (size + mean)
    below = chance.copy()
    total, k = 0.0, 0
    while mean.size:
        total += float(((below - (k >= count)) ** 2).sum())
        left = (1.0 - below > _TAIL) | (k < count)
        # Rounding may keep a sum of chances from 1: none is left far in the tail.
        left &= (k < count) | (chance > 0)
        chance, ratio, below, count, mean = (
            each[left] for each in (chance, ratio, below, count, mean)
        )
        chance = chance * ratio * (1.0 if poisson else size + k) / (k + 1)
        below = below + chance
        k += 1
    return total


def _crps_large(mean: float, count: float, size: float) -> float:
    from scipy import stats  # slow to import, and seldom needed

    spread = (
        stats.poisson(mean)
        if np.isinf(size)
        else stats.nbinom(size, size / (size + mean))
    )
    last = max(float(spread.isf(_TAIL)), count) + 1
    k = np.arange(last)
    return float(((spread.cdf(k) - (k >= count)) ** 2).sum())


def _density(value: FloatArray, land_km2: FloatArray) -> FloatArray:
    return np.divide(value, land_km2, out=np.zeros(value.size), where=land_km2 > 0)


def _captured(
    order: IndexArray, count: FloatArray, land_km2: FloatArray, area_share: float
) -> float:
    """Sum the counts of hexes taken in order until their land is used up."""
    part = _parts(land_km2[order], area_share)
    return float((count[order] * part).sum())


def _parts(land: FloatArray, area_share: float) -> FloatArray:
    """Part of each hex that is taken, in order, until the land is used up."""
    left = area_share * land.sum() - (np.cumsum(land) - land)
    part = np.divide(left, land, out=(left >= 0).astype(np.float64), where=land > 0)
    return np.asarray(np.clip(part, 0.0, 1.0))


def _require(**values: FloatArray) -> None:
    sizes = {name: np.shape(value) for name, value in values.items()}
    if len(set(sizes.values())) > 1:
        raise DataError(f"lengths differ: {sizes}; give one value for each hex")
    for name, value in values.items():
        if not (np.isfinite(value) & (np.asarray(value) >= 0)).all():
            raise DataError(f"{name} has a negative, nan or infinite value")


def _require_share(area_share: float, land_km2: FloatArray) -> None:
    if not 0 < area_share <= 1:
        raise DataError(f"area_share must be above 0 and at most 1, got {area_share}")
    if not land_km2.sum() > 0:
        raise DataError("no hex has any land, so no share of it can be chosen")


def _require_some(count: FloatArray) -> None:
    if count.size == 0:
        raise DataError("there is no hex, so nothing to score")
