"""How probable it is that a hex's rate exceeds the area's, chance allowed for."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import optimize, special

from geoalloc import schemas
from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError

_BOUNDS = ((-12.0, 14.0), (-14.0, 16.0))  # of the logs of the prior's shape and rate


@dataclass(frozen=True, kw_only=True)
class Exceedance:
    """What is known of the rate of each hex, given its count and those of all.

    Attributes
    ----------
    probability : (n,)
        That the rate is over ``times`` the area's; nan where there is no exposure
        or, at every hex, no incident.
    rate : (n,)
        Posterior mean, incidents per unit of exposure: drawn towards the mean of
        all hexes, the more so the less exposure a hex has.
    times
        How many times the area's rate is to be exceeded.
    area_rate
        Incidents per unit of exposure in the whole area.
    prior
        Shape of the gamma distribution of the hexes' rates, and its rate (inverse
        scale) in units of exposure.
    level
        Probability that the rate lies between ``low`` and ``high``.
    shape, scale : (n,)
        Of the gamma posterior of each hex's rate.
    """

    probability: FloatArray
    rate: FloatArray
    times: float
    area_rate: float
    prior: tuple[float, float]
    level: float
    shape: FloatArray
    scale: FloatArray

    @cached_property
    def low(self) -> FloatArray:
        """Lower end of the central interval of each hex's rate, (n,)."""
        return self._quantile((1.0 - self.level) / 2.0)

    @cached_property
    def high(self) -> FloatArray:
        """Upper end of the central interval of each hex's rate, (n,)."""
        return self._quantile((1.0 + self.level) / 2.0)

    def _quantile(self, share: float) -> FloatArray:
        return np.asarray(special.gammaincinv(self.shape, share) * self.scale)


def exceedance(
    count: FloatArray | IndexArray,
    exposure: FloatArray,
    *,
    times: float,
    level: float = 0.9,
) -> Exceedance:
    """Find the probability that each rate is over a number of times the area's.

    Counts are Poisson given the rates; rates are gamma distributed over the hexes,
    with the shape and mean that make the counts of all of them most likely (maximum
    marginal likelihood, empirical Bayes). The area's rate, which rests on all the
    incidents, is taken as known.

    Parameters
    ----------
    count : (n,)
        Incidents in each hex.
    exposure : (n,)
        What the rate is per: land in km2, people, land times years. A hex without
        exposure has no rate: it is nan, and its incidents are left out.
    times
        How many times the area's rate.
    level
        Of the interval of the rate, 0 to 1.

    Raises
    ------
    DataError
        If the arrays differ in length, hold what is negative or not finite, no hex
        has exposure, ``times`` is not positive or ``level`` not between 0 and 1.

    References
    ----------
    Clayton, D. and Kaldor, J. (1987), Biometrics 43, 671-681 (gamma-Poisson).
    Richardson, S., Thomson, A., Best, N. and Elliott, P. (2004), Environmental
    Health Perspectives 112, 1016-1025 (calling areas by exceedance probability).
    """
    count, exposure = _measures(count, exposure)
    if not (times > 0 and np.isfinite(times)):
        raise DataError(f"times must be above 0, got {times}")
    if not 0 < level < 1:
        raise DataError(f"level must be between 0 and 1, got {level}")
    exposed = exposure > 0
    area_rate = float(count[exposed].sum() / exposure[exposed].sum())
    shape, scale = np.full(count.size, np.nan), np.full(count.size, np.nan)
    prior = (np.nan, np.nan)
    if area_rate > 0:
        # In expected incidents the area's rate is 1, whatever the units.
        a, b = _fit(count[exposed], exposure[exposed] * area_rate)
        shape[exposed] = a + count[exposed]
        scale[exposed] = area_rate / (b + exposure[exposed] * area_rate)
        prior = (a, b / area_rate)
    return Exceedance(
        probability=special.gammaincc(shape, times * area_rate / scale),
        rate=shape * scale,
        times=times,
        area_rate=area_rate,
        prior=prior,
        level=level,
        shape=shape,
        scale=scale,
    )


def _measures(
    count: FloatArray | IndexArray, exposure: FloatArray
) -> tuple[FloatArray, FloatArray]:
    count = np.asarray(count, dtype=np.float64)
    exposure = np.asarray(exposure, dtype=np.float64)
    if count.ndim != 1 or count.shape != exposure.shape:
        raise DataError(
            f"count and exposure must be one number each per hex, got the shapes "
            f"{count.shape} and {exposure.shape}"
        )
    schemas.require_measure(count, "count")
    schemas.require_measure(exposure, "exposure")
    if not exposure.any():
        raise DataError("no hex has any exposure: there is nothing to take a rate of")
    return count, exposure


def _fit(count: FloatArray, expected: FloatArray) -> tuple[float, float]:
    """Shape and rate of the gamma prior under which the counts are most likely."""
    value, number = np.unique(count, return_counts=True)

    def cost(logs: FloatArray) -> tuple[float, FloatArray]:
        a, b = np.exp(logs)
        per_value = special.gammaln(a + value) - special.gammaln(a)
        per_hex = a * logs[1] - (a + count) * np.log(b + expected)
        by_a = (number * (special.digamma(a + value) - special.digamma(a))).sum() + (
            logs[1] - np.log(b + expected)
        ).sum()
        by_b = (a / b - (a + count) / (b + expected)).sum()
        likelihood = (number * per_value).sum() + per_hex.sum()
        return -likelihood / count.size, -np.array([a * by_a, b * by_b]) / count.size

    # Moments to begin with: variance of the count ratio beyond that of Poisson.
    excess = ((count - expected) ** 2 - count).sum() / (expected**2).sum()
    start = np.log(np.clip(1.0 / max(excess, 1e-6), 1e-3, 1e5))
    found = optimize.minimize(
        cost,
        np.array([start, start]),
        jac=True,
        method="L-BFGS-B",
        bounds=_BOUNDS,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500},
    )
    a, b = np.exp(found.x)
    return float(a), float(b)
