"""Shares of an area's incidents by district, and how far such shares have erred."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.demand import levels, trend
from geoalloc.demand.history import History
from geoalloc.errors import DataError

_BEFORE = 12  # months of past that a share is judged on at the least
_MONTHS = 24  # of the past, that a share is taken from
_TRUST = 50.0  # incidents that the share in all categories is worth
_PRIOR_PART = 0.25  # of the prior of a level: shares move less
_STEEPEST = 0.5  # growth a year


@dataclass(frozen=True, kw_only=True)
class Districts:
    """Districts of the hexes, and how each is said to grow.

    Attributes
    ----------
    names
        Sorted.
    code : (n_hexes,)
        Position in ``names``.
    growth : (n_districts,)
        Share a year.
    """

    names: tuple[str, ...]
    code: IndexArray
    growth: FloatArray

    @classmethod
    def of(
        cls, history: History, district: Sequence[str], growth: Mapping[str, float]
    ) -> "Districts":
        """Name the district of each hex, (n_hexes,), and the growth of some.

        Raises
        ------
        DataError
            If hexes and names differ in number, a district of ``growth`` is unknown,
            or its growth is not from -0.5 to 0.5.
        """
        of_hex = np.asarray(district, dtype=object)
        if of_hex.shape != (len(history.grid),):
            raise DataError(
                f"district has {of_hex.size} names and there are {len(history.grid)} "
                "hexes: give one for each"
            )
        found, code = np.unique(of_hex.astype(str), return_inverse=True)
        names = tuple(str(name) for name in found)
        unknown = sorted(set(growth) - set(names))
        if unknown:
            raise DataError(
                f"growth names the district {unknown[0]!r}, which no hex lies in; "
                f"there are {', '.join(names)}"
            )
        rates = np.array([growth.get(name, 0.0) for name in names])
        if not (np.abs(rates) <= _STEEPEST).all():  # nan too
            worst = names[int(np.argmax(~(np.abs(rates) <= _STEEPEST)))]
            raise DataError(
                f"growth of {worst} must be a share a year from -0.5 to 0.5, got "
                f"{growth[worst]:g}"
            )
        return cls(names=names, code=np.asarray(code, dtype=np.int64), growth=rates)


def shares(
    history: History, total: History, start: pd.Timestamp, place: Districts, n: int
) -> tuple[FloatArray, FloatArray]:
    """Give each district its share of the last two years, and how far such erred.

    Parameters
    ----------
    history, total
        Of one category, and of all: shares of few incidents are shrunk to those of
        all, which are worth 50 incidents.
    start
        Start of a month.
    n
        Months ahead.

    Returns
    -------
    share : (n_districts,)
    alpha : (n,)
        Relative variance of a district's count beyond Poisson at each lead, the total
        known; 0 of a single district.
    """
    edges, _ = levels.monthly_counts(total, start)
    count = _by_district(history, edges, place)
    trust = _TRUST * _even(_window(_by_district(total, edges, place)))
    share = _even(_window(count) + trust)
    if share.shape[1] == 1:
        return share[-1], np.zeros(n)
    alpha = np.zeros(n)
    for lead in range(1, n + 1):
        said, came = share[_BEFORE - 1 : -lead], count[_BEFORE - 1 + lead :]
        mean = (said * came.sum(axis=1, keepdims=True)).ravel()
        alpha[lead - 1] = trend.overdispersion(
            mean[mean > 0],
            came.ravel()[mean > 0],
            prior=_PRIOR_PART * levels.prior_alpha(lead),
            overlap=lead,
        )
    return share[-1], np.maximum.accumulate(alpha)


def _by_district(history: History, edges: FloatArray, place: Districts) -> FloatArray:
    """Count incidents by month and district, (n_months, n_districts)."""
    month = np.searchsorted(edges, history.last_instant, side="right") - 1
    n, districts = edges.size - 1, len(place.names)
    inside = (month >= 0) & (month < n)
    at = month[inside] * districts + place.code[history.position[inside]]
    return np.bincount(at, minlength=n * districts).reshape(n, -1).astype(np.float64)


def _window(count: FloatArray) -> FloatArray:
    """Sum the last two years up to each month."""
    total = np.cumsum(count, axis=0)
    earlier = total[:-_MONTHS].copy()
    total[_MONTHS:] -= earlier
    return total


def _even(count: FloatArray) -> FloatArray:
    """Make shares of rows; even ones of a row of nothing."""
    held = count.sum(axis=1, keepdims=True)
    return np.where(held > 0, count / np.maximum(held, 1e-12), 1.0 / count.shape[1])
