"""The largest of many studentized deviations, and how rare it is by chance.

The deviations of each shift are given random multipliers (Chernozhukov, Chetverikov and
Kato, 2013, Annals of Statistics 41, 2786-2819): what depends on the same shifts varies
together, so that a family of alike comparisons is not made to pay for each.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from geoalloc._types import FloatArray

__all__ = ["Largest", "largest"]

_RESAMPLES = 10_000
_AT_ONCE = 1_000  # to bound the memory
_MULTIPLIERS = 101  # their stream of random numbers, beside those of calls


@dataclass(frozen=True, kw_only=True)
class Largest:
    """Draws of the largest absolute deviation of a family, in order.

    Attributes
    ----------
    drawn : (n_draws,)
        In units of a standard error; 0 of an empty family.
    """

    drawn: FloatArray

    def chance(self, size: FloatArray) -> FloatArray:
        """Give the chance that some deviation of all is as large.

        Parameters
        ----------
        size : (n,)
        """
        below = np.searchsorted(self.drawn, size, side="left")
        return np.asarray((1.0 + self.drawn.size - below) / (1.0 + self.drawn.size))

    def critical(self, confidence: float) -> float:
        """Give the size above which, and only there, chance < 1 - confidence."""
        most = int(np.ceil((1 - confidence) * (self.drawn.size + 1) - 1)) - 1
        return float(self.drawn[self.drawn.size - 1 - max(most, 0)])

    def point(self, confidence: float, df: FloatArray) -> FloatArray:
        """Give it as one of Student's t that is as rare: (n,) for (n,).

        A family of one has then the interval of one.
        """
        beyond = special.ndtr(-self.critical(confidence))
        return np.asarray(-special.stdtrit(df, beyond))


def largest(
    columns: FloatArray, seed: int, *, mixed: FloatArray | None = None
) -> Largest:
    """Draw the largest absolute sum of columns under normal multipliers of their rows.

    Parameters
    ----------
    columns : (n_shifts, n)
        What each shift adds to each deviation, at any scale but 0.
    mixed : (n, n_mixed), optional
        Sums of columns to take in place of them, such as differences of two.
    """
    drawn = np.zeros(_RESAMPLES)
    # Multipliers of the rows have the same law as those of the triangular factor.
    factor = np.asarray(np.linalg.qr(columns, mode="r"))
    if mixed is not None:
        factor = factor @ mixed
    if factor.shape[1]:
        factor /= np.linalg.norm(factor, axis=0)
        rng = np.random.default_rng([seed, _MULTIPLIERS])
        for first in range(0, _RESAMPLES, _AT_ONCE):
            sums = rng.standard_normal((_AT_ONCE, factor.shape[0])) @ factor
            drawn[first : first + _AT_ONCE] = np.abs(sums).max(axis=1)
    return Largest(drawn=np.sort(drawn))
