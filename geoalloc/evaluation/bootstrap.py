"""Intervals of scores over origins, by drawing blocks of consecutive origins again.

Origins that follow each other are alike: they share most of their past, and crime has
seasons. Drawn one at a time they would seem to be more evidence than they are, so
that blocks are drawn. One drawing serves all forecasters, whose differences are thus
paired: a hard month is hard for all of them.
"""

import numpy as np

from geoalloc._types import FloatArray
from geoalloc.errors import DataError

__all__ = ["block_length", "drawn", "interval", "ratios"]


def block_length(n_origins: int) -> int:
    """Give the origins in a block: the cube root of their number, rounded.

    References
    ----------
    Hall, P., Horowitz, J. L. and Jing, B.-Y. (1995), Biometrika 82, 561-574: the
    best length for the spread of an estimate grows with the cube root.
    """
    return max(1, round(n_origins ** (1 / 3)))


def drawn(
    n_origins: int, *, resamples: int, seed: int, length: int | None = None
) -> FloatArray:
    """Draw moving blocks of origins with replacement, as many origins as there are.

    Parameters
    ----------
    length
        Origins in a block; ``block_length`` of their number if None.

    Returns
    -------
    times : (resamples, n_origins)
        How often each origin was drawn; rows sum to n_origins.

    Raises
    ------
    DataError
        If there is no origin, or a block is not of 1 to n_origins.

    References
    ----------
    Künsch, H. R. (1989), Annals of Statistics 17, 1217-1241.
    """
    if n_origins < 1:
        raise DataError("there is no origin to draw: give at least one")
    length = block_length(n_origins) if length is None else length
    if not 1 <= length <= n_origins:
        raise DataError(f"a block must be of 1 to {n_origins} origins, got {length}")
    rng = np.random.default_rng(seed)
    n_blocks = -(-n_origins // length)
    first = rng.integers(0, n_origins - length + 1, size=(resamples, n_blocks))
    at = (first[:, :, None] + np.arange(length)).reshape(resamples, -1)[:, :n_origins]
    row = np.arange(resamples)[:, None] * n_origins
    times = np.bincount((row + at).ravel(), minlength=resamples * n_origins)
    return times.reshape(resamples, n_origins).astype(np.float64)


def ratios(
    numerator: FloatArray, denominator: FloatArray, times: FloatArray
) -> FloatArray:
    """Give the ratio of sums over the origins of each drawing.

    Parameters
    ----------
    numerator, denominator : (n_origins,)
    times : (resamples, n_origins)
        As ``drawn`` gives it.

    Returns
    -------
    ratio : (resamples,)
        nan where the denominators sum to 0.
    """
    # Not by a product of matrices, whose sums differ from one memory layout to another.
    above = (times * numerator).sum(axis=1)
    below = (times * denominator).sum(axis=1)
    return np.divide(above, below, out=np.full(above.size, np.nan), where=below != 0)


def interval(values: FloatArray, confidence: float) -> tuple[float, float]:
    """Give the central interval of drawn values; nan if there are none to tell by."""
    known = values[~np.isnan(values)]
    if known.size == 0:
        return np.nan, np.nan
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(known, [tail, 1.0 - tail])
    return float(low), float(high)
