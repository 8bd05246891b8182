"""How far one scenario is from another, and what each shift adds to the error."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from geoalloc._types import FloatArray
from geoalloc.errors import DataError
from geoalloc.evaluation.outcomes import Key, deviations
from geoalloc.evaluation.samples import Samples

__all__ = ["Contrast", "contrast", "judged_alone"]

_ROUNDING = 1e-12
_COLUMNS = [
    *("scenario", "measure", "group", "base_value", "value", "difference"),
    *("error", "df"),
]


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """A difference, and what each shift (or batch of shifts) adds to its error.

    Attributes
    ----------
    of_base, of_other : (n_base,), (n_other,)
        Deviations, with a mean of 0.
    paired
        Whether they are of the same shifts.
    """

    scenario: str
    key: Key
    base: float
    value: float
    of_base: FloatArray
    of_other: FloatArray
    paired: bool

    @property
    def difference(self) -> float:
        """The difference; 0 if it is no more than what is lost in rounding."""
        gap = self.value - self.base
        return 0.0 if abs(gap) <= _ROUNDING * abs(self.base) else gap

    @property
    def df(self) -> int:
        """Degrees of freedom; unpaired those of the smaller sample (conservative)."""
        return min(self.of_base.size, self.of_other.size) - 1

    @property
    def error(self) -> float:
        """Standard error; nan where it is not known."""
        if self.df < 1:
            return np.nan
        if self.paired:
            error = _error(self.of_other - self.of_base)
        else:
            error = float(np.hypot(_error(self.of_base), _error(self.of_other)))
        scale = max(np.abs(self.of_base).max(), np.abs(self.of_other).max())
        return 0.0 if error <= _ROUNDING * scale else error


def contrast(
    base: Samples,
    others: Mapping[str, Samples],
    name: str,
    key: Key,
    coupled: Mapping[str, bool] | None,
) -> Contrast:
    """Set a measure of the scenario ``name`` beside that of the base.

    Raises
    ------
    DataError
        If one of the two lacks it, or numbers of paired shifts differ.
    """
    one, other = base.measures.get(key), others[name].measures.get(key)
    if one is None or other is None:
        raise DataError(
            f"{name if other is None else 'the base'} has no {key[0]!r} of {key[1]!r}"
        )
    paired = True if coupled is None else coupled.get(name, True)
    if paired and base.n_shifts != others[name].n_shifts:
        raise DataError(
            f"{name} has {others[name].n_shifts} simulated shifts and the base "
            f"{base.n_shifts}: simulate as many of each, or do not pair them"
        )
    return Contrast(
        scenario=name,
        key=key,
        base=one.value,
        value=other.value,
        of_base=deviations(one, dependent=False),
        of_other=deviations(other, dependent=False),
        paired=paired,
    )


def _error(each: FloatArray) -> float:
    return float(each.std(ddof=1)) / np.sqrt(each.size)


def judged_alone(found: Iterable[Contrast], confidence: float) -> pd.DataFrame:
    """Judge each difference for itself, by Student's t.

    Returns
    -------
    judged
        ``scenario, measure, group, base_value, value, difference, error, df, low,
        high, size`` (in standard errors, as a normal deviate), ``p``; and columns for
        a family: ``simultaneous_low, simultaneous_high, p_adjusted``.
    """
    rows = [
        (one.scenario, *one.key, one.base, one.value, one.difference, one.error, one.df)
        for one in found
    ]
    frame = pd.DataFrame(rows, columns=_COLUMNS).astype(
        dict.fromkeys(_COLUMNS[:3], "str") | dict.fromkeys(_COLUMNS[3:], "float64")
    )
    df = frame["df"].clip(lower=1).to_numpy()
    gap, error = frame["difference"].to_numpy(), frame["error"].to_numpy()
    half = special.stdtrit(df, (1 + confidence) / 2) * error
    t = np.divide(np.abs(gap), error, out=np.zeros(len(frame)), where=error > 0)
    p = np.where(error > 0, 2 * special.stdtr(df, -t), np.where(gap == 0, 1.0, 0.0))
    return frame.assign(
        low=gap - half,
        high=gap + half,
        simultaneous_low=np.nan,
        simultaneous_high=np.nan,
        # Student's t as a normal deviate of the same chance: few shifts count for less.
        size=np.where(error > 0, -special.ndtri(special.stdtr(df, -t)), 0.0),
        p=np.where(np.isnan(gap) | np.isnan(error), np.nan, p),
        p_adjusted=np.nan,
    )
