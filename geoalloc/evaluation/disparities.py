"""How far apart two groups are served, as a ratio with its interval."""

from typing import NamedTuple

import numpy as np
from scipy import special

from geoalloc._types import FloatArray
from geoalloc.errors import DataError
from geoalloc.evaluation import families
from geoalloc.evaluation.outcomes import Key, Ratio
from geoalloc.evaluation.samples import Samples

__all__ = ["Disparity", "disparity", "ratio_of_ratios"]


class Disparity(NamedTuple):
    """The group with the largest figure against the one with the smallest.

    ``low`` and ``high`` are an interval of the largest true ratio between any two
    groups, whichever they are.
    """

    worst: str
    best: str
    ratio: float
    low: float
    high: float


def ratio_of_ratios(
    samples: Samples, first: Key, second: Key, *, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Divide one share, or mean, by another of the same shifts.

    The interval is that of the logarithm, by linearization of both over the same
    shifts (Cochran, 1977, Sampling Techniques, 6.4), so that what they have in common
    drops out; with Student's t.

    Parameters
    ----------
    first, second
        Measure and group, such as ("late_share", "district Bristol, immediate").

    Returns
    -------
    ratio, low, high
        nan where one of the two is 0 or undefined; no interval (nan) of fewer than two
        shifts.

    Raises
    ------
    DataError
        If one is not among the samples, or is a quantile.
    """
    values, errors = _logarithms(samples, [first, second])
    gap, error = float(values[0] - values[1]), errors[:, 0] - errors[:, 1]
    half = _point(error.size, (1 + confidence) / 2) * _error(error)
    low, high = np.exp([gap - half, gap + half])
    return float(np.exp(gap)), float(low), float(high)


def disparity(
    samples: Samples,
    grouping: str,
    *,
    measure: str = "late_share",
    grade: str = "immediate",
    confidence: float = 0.95,
) -> Disparity:
    """Set the worst served group of a grouping against the best.

    Which groups these are is seen in the same shifts that say how far apart they are,
    so that the ratio is too large on average, the more groups there are, and an
    interval for two groups named beforehand would be too narrow. The interval here
    holds for every pair of groups at once (by the largest of their studentized
    differences; Tukey, 1953; with random multipliers as Chernozhukov, Chetverikov and
    Kato, 2013, Annals of Statistics 41, 2786-2819), and so for the largest true ratio:
    from the largest of all lower ends to the largest of all upper ends. It is rather
    too wide than too narrow. If it reaches 1, no two groups can be told apart.

    Parameters
    ----------
    grouping
        Such as district: groups are those of keys "<grouping> <group>, <grade>".
    measure
        A share or a mean of which less is better.

    Returns
    -------
    disparity
        Groups of which the measure is undefined have no part in it. If that of the
        best is 0, ratio and interval are undefined (nan).

    Raises
    ------
    DataError
        If there are fewer than two groups, or the measure is a quantile.
    """
    start, end = f"{grouping} ", f", {grade}"
    keys = [
        (name, group)
        for (name, group), one in samples.measures.items()
        if name == measure
        and group.startswith(start)
        and group.endswith(end)
        and not np.isnan(one.value)
    ]
    if len(keys) < 2:
        raise DataError(
            f"{measure} of {grade} calls is known of {len(keys)} groups of "
            f"{grouping!r}, need two to compare"
        )
    figures = np.array([samples.measures[key].value for key in keys])
    worst, best = (
        keys[int(k)][1].removeprefix(start).removesuffix(end)
        for k in (figures.argmax(), figures.argmin())
    )
    ratio = low = high = np.nan
    if figures.min() > 0:
        ratio = float(figures.max() / figures.min())
        low, high = _range(*_logarithms(samples, keys), confidence)
    return Disparity(worst, best, ratio, low, high)


def _logarithms(samples: Samples, keys: list[Key]) -> tuple[FloatArray, FloatArray]:
    """Give the logarithm of each figure, and deviations: (n_shifts, n_keys)."""
    values, errors = [], []
    for key in keys:
        one = samples.measures.get(key)
        if not isinstance(one, Ratio):
            raise DataError(
                f"there is no mean or share {key[0]!r} of {key[1]!r} in the samples"
            )
        value = one.value if one.value > 0 else np.nan
        values.append(np.log(value))
        errors.append(one.deviations() / value)
    return np.array(values), np.stack(errors, axis=1)


def _range(
    values: FloatArray, errors: FloatArray, confidence: float
) -> tuple[float, float]:
    """Give an interval of the largest true ratio between any two."""
    one, other = np.triu_indices(values.size, 1)
    gap = np.abs(values[one] - values[other])
    pairs = np.eye(values.size)[:, one] - np.eye(values.size)[:, other]
    apart = errors[:, one] - errors[:, other]
    error = np.array([_error(column) for column in apart.T])
    if np.isnan(error).any():
        return np.nan, np.nan
    moves = error > 0
    family = families.largest(errors, seed=1, mixed=pairs[:, moves])
    df = np.array([max(errors.shape[0] - 1, 1)], dtype=np.float64)
    critical = family.point(confidence, df)
    low, high = (gap - critical * error).max(), (gap + critical * error).max()
    return float(np.exp(max(low, 0.0))), float(np.exp(high))


def _error(deviations: FloatArray) -> float:
    """Give the standard error of a mean, nan of fewer than two."""
    if deviations.size < 2:
        return np.nan
    return float(deviations.std(ddof=1) / np.sqrt(deviations.size))


def _point(n: int, probability: float) -> float:
    """Point of Student's t that a mean of n exceeds by chance that rarely."""
    return float(special.stdtrit(max(n - 1, 1), probability))
