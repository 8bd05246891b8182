"""What an incident counts: its age, and its harm."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from geoalloc import schemas
from geoalloc._types import FloatArray
from geoalloc.errors import DataError

__all__ = ["harm", "recency"]


def recency(age_days: FloatArray, half_life_days: float) -> FloatArray:
    """Discount incidents by age: 1 now, a half after a half-life.

    Parameters
    ----------
    age_days : (n_incidents,)
        Days before the time for which the density is wanted.
    half_life_days
        Days; inf to count all alike.

    Returns
    -------
    weight : (n_incidents,)

    Raises
    ------
    DataError
        If an age is negative, nan or infinite, or the half-life is not positive.
    """
    age = schemas.days(age_days, "age_days")
    if not half_life_days > 0:
        raise DataError(f"half_life_days must be above 0, got {half_life_days}")
    bad = np.flatnonzero(~(np.isfinite(age) & (age >= 0)))
    if bad.size:
        raise DataError(
            f"age_days is negative, nan or infinite at {bad.size} of {age.size} "
            f"incidents, first at position {bad[0]} ({age[bad[0]]}): leave out "
            "incidents of unknown time, and those after the time asked for"
        )
    return np.asarray(np.exp2(-age / half_life_days), dtype=np.float64)


def harm(category: Iterable[str], weights: Mapping[str, float]) -> FloatArray:
    """Weigh incidents by the harm of their category.

    Parameters
    ----------
    category : (n_incidents,)
        Category of each incident.
    weights
        Harm of each category, such as mean days of sentence.

    Returns
    -------
    weight : (n_incidents,)

    Raises
    ------
    DataError
        If a category has no weight, or a weight is negative, nan or infinite.

    References
    ----------
    Sherman, L., Neyroud, P. W. and Neyroud, E. (2016), Policing 10(3), 171-183.
    """
    bad = [name for name, weight in weights.items() if not _is_weight(weight)]
    if bad:
        raise DataError(
            f"the harm of {bad[0]!r} is {weights[bad[0]]!r}: give a number from 0"
        )
    found = pd.Series(list(category), dtype=object)
    weight = found.map(dict(weights)).astype(np.float64)
    unknown = found[weight.isna().to_numpy()]
    if len(unknown):
        names = ", ".join(sorted({repr(name) for name in unknown})[:5])
        raise DataError(
            f"{len(unknown)} of {len(found)} incidents have a category without a "
            f"harm weight ({names}): add it to the weights, 0 to leave it out"
        )
    return weight.to_numpy(np.float64)


def _is_weight(weight: object) -> bool:
    return isinstance(weight, (int, float)) and 0 <= weight < np.inf
