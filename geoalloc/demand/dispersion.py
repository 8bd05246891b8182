"""How far counts vary around their means, and whether intervals say so."""

import numpy as np
from scipy import optimize, special

from geoalloc._types import FloatArray
from geoalloc.errors import DataError

# Log of 1 / size: beyond these a count is Poisson, or all in one place.
_LEAST, _MOST = np.log(1e-6), np.log(1e4)


def dispersion(mean: FloatArray, count: FloatArray) -> float:
    """Estimate the size of the negative binomial by maximum likelihood.

    The variance of a count is mean + mean**2 / size.

    Parameters
    ----------
    mean : (n,)
        Expected of each count; where it is 0 the count says nothing, and must be 0.
    count : (n,)
        Whole numbers that happened.

    Returns
    -------
    size
        inf if the counts vary around their means no more than Poisson counts do, or
        if there is none.

    Raises
    ------
    DataError
        If lengths differ, a value is negative, nan or infinite, a count is not whole,
        or something happened where nothing was expected.

    References
    ----------
    Lawless, J. F. (1987), Canadian Journal of Statistics 15(3), 209-225.
    """
    mean, count = _checked(mean, count)
    if (count[mean == 0] > 0).any():
        raise DataError(
            f"{int((count[mean == 0] > 0).sum())} counts are above 0 where the mean is "
            "0: mix an even floor into the forecast"
        )
    count, mean = count[mean > 0], mean[mean > 0]
    # The slope of the likelihood where the counts are Poisson.
    if ((count - mean) ** 2 - count).sum() <= 0:
        return np.inf
    n_zero, mean_zero = _gathered(mean[count == 0])
    count, mean = count[count > 0], mean[count > 0]
    # The gamma functions of all counts at once: how many exceed 0, 1, 2, ...
    at_least = np.bincount(count.astype(np.int64))[::-1].cumsum()[::-1][1:]
    below = np.arange(at_least.size)

    def loss(log_excess: float) -> float:
        excess = np.exp(log_excess)
        rising = at_least @ np.log1p(excess * below)
        some = (count + 1.0 / excess) @ np.log1p(excess * mean)
        none = n_zero @ np.log1p(excess * mean_zero) / excess
        return float(some + none - rising)

    found = optimize.minimize_scalar(
        loss, bounds=(_LEAST, _MOST), method="bounded", options={"xatol": 1e-6}
    )
    return float(np.exp(-found.x))


def _gathered(mean: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gather means within 1 % of each other: how many there are, and their mean.

    Most hexes have no incident, and the likelihood of none hardly bends within 1 %: it
    moves by less than 1e-5 of itself.
    """
    if mean.size == 0:
        return mean, mean
    step = np.floor(np.log(mean) / 0.01).astype(np.int64)
    step -= step.min()
    n = np.bincount(step).astype(np.float64)
    total = np.bincount(step, mean)
    return n[n > 0], total[n > 0] / n[n > 0]


def pit_bounds(
    mean: FloatArray, size: float | FloatArray, count: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give the probability of fewer than each count, and of no more.

    Between them the probability integral transform of a count is spread evenly.

    Parameters
    ----------
    mean : (n,)
        Expected of each count.
    size
        Of the negative binomial, one or (n,); inf for Poisson.
    count : (n,)
        Whole numbers that happened.

    Returns
    -------
    below, upto : (n,)

    Raises
    ------
    DataError
        If lengths differ, a value is negative, nan or infinite, a count is not whole,
        or a size is not above 0.

    References
    ----------
    Czado, C., Gneiting, T. and Held, L. (2009), Biometrics 65(4), 1254-1261.
    """
    mean, count = _checked(mean, count)
    sizes = np.asarray(size, dtype=np.float64)
    if not (sizes > 0).all() or sizes.shape not in ((), mean.shape):
        raise DataError(
            f"size must be above 0, and one or {mean.size} values, got {size}"
        )
    sizes = np.broadcast_to(sizes, mean.shape)
    upto = _cdf(count, mean, sizes)
    below = np.zeros_like(mean)
    some = count > 0  # most hexes have none, and then nothing is below
    below[some] = _cdf(count[some] - 1.0, mean[some], sizes[some])
    return below, upto


def coverage(
    mean: FloatArray, size: float | FloatArray, count: FloatArray, share: float
) -> float:
    """Measure how much of the central intervals of a share the counts fall in.

    A count on the edge of an interval counts in part, so that the intervals of a
    right forecast cover their share exactly, however many counts are 0. An interval
    of whole numbers holds more than its share: of rare incidents, often all.

    Parameters
    ----------
    mean, size, count
        As for ``pit_bounds``.
    share
        Of the intervals, above 0 and below 1.

    Returns
    -------
    covered
        0 to 1: under ``share`` the forecast is too sure, over it too careful; nan
        (undefined) of no counts.

    Raises
    ------
    DataError
        As ``pit_bounds``, or if the share is out of range.

    References
    ----------
    Czado, C., Gneiting, T. and Held, L. (2009), Biometrics 65(4), 1254-1261.
    """
    if not 0 < share < 1:
        raise DataError(f"share must be above 0 and below 1, got {share}")
    below, upto = pit_bounds(mean, size, count)
    if below.size == 0:
        return float("nan")
    low, high = (1.0 - share) / 2.0, (1.0 + share) / 2.0
    inside = np.clip(upto, low, high) - np.clip(below, low, high)
    width = upto - below
    # A count too far out to have a probability of its own is not covered.
    part = np.divide(inside, width, out=np.zeros_like(width), where=width > 0)
    return float(part.mean())


def _cdf(count: FloatArray, mean: FloatArray, size: FloatArray) -> FloatArray:
    found = np.empty_like(mean)
    poisson = np.isinf(size)
    found[poisson] = special.pdtr(count[poisson], mean[poisson])
    mean, size, rest = mean[~poisson], size[~poisson], count[~poisson]
    found[~poisson] = special.betainc(size, rest + 1.0, size / (size + mean))
    return found


def _checked(mean: FloatArray, count: FloatArray) -> tuple[FloatArray, FloatArray]:
    mean, count = np.asarray(mean, np.float64), np.asarray(count, np.float64)
    if mean.shape != count.shape or mean.ndim != 1:
        raise DataError(
            f"means have shape {mean.shape} and counts {count.shape}: give one of each"
        )
    for name, values in (("mean", mean), ("count", count)):
        bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if bad.size:
            raise DataError(
                f"{name} is negative, nan or infinite at {bad.size} of {values.size}, "
                f"first at position {bad[0]} ({values[bad[0]]})"
            )
    if (count != np.floor(count)).any():
        raise DataError("a count is not whole: give numbers of incidents")
    return mean, count
