"""Scores of a surface against what happened: pure functions of arrays.

Where hexes are chosen by a surface, the highest come first, those of equal value in
the order of their positions, until they take the area share; the last one is counted
in part, so that the area is exactly the one asked for and scores of different
surfaces are of one area.
"""

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError

__all__ = ["hit_rate", "log_score", "pai", "pei"]


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


def _captured(
    order: IndexArray, count: FloatArray, land_km2: FloatArray, area_share: float
) -> float:
    """Sum the counts of hexes taken in order until their land is used up."""
    land = land_km2[order]
    left = area_share * land.sum() - (np.cumsum(land) - land)
    part = np.divide(left, land, out=(left >= 0).astype(np.float64), where=land > 0)
    return float((count[order] * np.clip(part, 0.0, 1.0)).sum())


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
