"""Whether hexes that lie together are alike: Moran's I."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid


@dataclass(frozen=True, kw_only=True)
class MoransI:
    """Moran's I of a value on hexes.

    Attributes
    ----------
    i
        Above ``expected`` where neighbors are alike; 1 is the most that a smooth
        surface comes near to.
    expected
        Mean of ``i`` if the values were dealt out at random.
    z
        Standard score under that randomisation.
    p
        Probability of ``i`` or more by chance (one-sided): from the permutations if
        any were asked for, else from the normal distribution of ``z``, which is an
        approximation.
    """

    i: float
    expected: float
    z: float
    p: float


def morans_i(
    grid: HexGrid,
    value: FloatArray | IndexArray,
    *,
    permutations: int = 0,
    rng: np.random.Generator | None = None,
) -> MoransI:
    """Measure how alike neighboring hexes are, over the whole grid.

    Each hex is compared with the mean of its neighbors (row-standardized weights).
    A hex without neighbors is compared with none, but counts in the mean.

    Parameters
    ----------
    value : (n,)
        Counts or rates. A map of rates on uneven exposure has uneven variance: a
        count on hexes of one size has not.
    permutations
        How often to deal the values out anew; needs ``rng``.

    Returns
    -------
    found
        All nan, but for ``expected``, where all values are equal or no two hexes are
        neighbors.

    Raises
    ------
    DataError
        If there are fewer than four hexes, the values are not one finite number for
        each, or permutations are asked for without a generator.

    References
    ----------
    Moran, P. A. P. (1950), Biometrika 37, 17-23.
    Cliff, A. D. and Ord, J. K. (1981), Spatial Processes, 2.3 (randomisation).
    """
    value = np.asarray(value, dtype=np.float64)
    n = len(grid)
    if n < 4 or value.shape != (n,):
        raise DataError(
            f"value has the shape {value.shape}, where one number is needed for each "
            f"of {n} hexes (at least four)"
        )
    bad = np.flatnonzero(~np.isfinite(value))
    if bad.size:
        raise DataError(
            f"value is nan or infinite at {bad.size} of {n} hexes, first {bad[0]}: "
            "leave hexes without exposure out, or count incidents"
        )
    if permutations < 0:
        raise DataError(f"permutations must be 0 or more, got {permutations}")
    if permutations and rng is None:
        raise DataError("permutations need rng: numpy.random.default_rng(seed)")
    expected = -1.0 / (n - 1)
    beside = grid.neighbors >= 0
    apart = value - value.mean()
    if not beside.any() or np.ptp(value) == 0:
        return MoransI(i=np.nan, expected=expected, z=np.nan, p=np.nan)
    i = _morans_i(grid, beside, apart)
    z = (i - expected) / np.sqrt(_variance(grid, beside, apart))
    p = float(special.ndtr(-z))
    if permutations and rng is not None:
        dealt = [
            _morans_i(grid, beside, rng.permutation(apart)) for _ in range(permutations)
        ]
        # Dealt out alike, the same sum is added in another order.
        p = (1 + sum(d >= i - 1e-12 for d in dealt)) / (1 + permutations)
    return MoransI(i=i, expected=expected, z=float(z), p=float(p))


def _morans_i(grid: HexGrid, beside: BoolArray, apart: FloatArray) -> float:
    around = np.append(apart, 0.0)[grid.neighbors].sum(axis=1)
    number = beside.sum(axis=1)
    alike = (apart * around)[number > 0] / number[number > 0]
    n_compared = np.count_nonzero(number)
    return float(alike.sum() / (apart**2).sum() * apart.size / n_compared)


def _variance(grid: HexGrid, beside: BoolArray, apart: FloatArray) -> float:
    """Variance under randomisation (Cliff and Ord 1981, eq. 1.44)."""
    n = float(apart.size)
    number = beside.sum(axis=1)
    weight = np.divide(1.0, number, out=np.zeros(apart.size), where=number > 0)
    back = np.where(beside, np.append(weight, 0.0)[grid.neighbors], 0.0)
    s0 = np.count_nonzero(number)
    s1 = 0.5 * ((weight[:, None] * beside + back) ** 2).sum()
    s2 = ((np.minimum(number, 1) + back.sum(axis=1)) ** 2).sum()
    kurtosis = (apart**4).mean() / (apart**2).mean() ** 2
    first = n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0 * s0)
    second = kurtosis * ((n * n - n) * s1 - 2 * n * s2 + 6 * s0 * s0)
    square = (first - second) / ((n - 1) * (n - 2) * (n - 3) * s0 * s0)
    return float(square - 1.0 / (n - 1) ** 2)
