"""How many shifts it takes until what sets scenarios apart is known well enough."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geoalloc.errors import DataError
from geoalloc.evaluation.contrasting import HEADLINE
from geoalloc.evaluation.differences import contrast, judged_alone
from geoalloc.evaluation.outcomes import Key
from geoalloc.evaluation.samples import Samples

__all__ = ["half_widths", "shifts_needed"]


def half_widths(
    base: Samples,
    others: Mapping[str, Samples],
    *,
    key: Key = HEADLINE[0],
    coupled: Mapping[str, bool] | None = None,
    confidence: float = 0.95,
) -> pd.Series:
    """Give half the width of the interval of each difference, taken for itself.

    Returns
    -------
    half_width
        By scenario, in the unit of the measure; nan where it is not known.

    Raises
    ------
    DataError
        If a scenario lacks the measure, or numbers of paired shifts differ.
    """
    found = [contrast(base, others, name, key, coupled) for name in others]
    frame = judged_alone(found, confidence)
    half = (frame["high"] - frame["low"]) / 2
    return pd.Series(half.to_numpy(), index=pd.Index(list(others), dtype="str"))


def shifts_needed(
    base: Samples,
    others: Mapping[str, Samples],
    *,
    key: Key = HEADLINE[0],
    half_width: float,
    confidence: float = 0.95,
    step: int = 100,
) -> int:
    """Count the shifts by which every interval is as narrow as asked.

    From the variance so far: in two stages (Stein, 1945, Annals of Mathematical
    Statistics 16, 243-258), or in more if it is asked again of more shifts (Chow and
    Robbins, 1965, Annals of Mathematical Statistics 36, 457-462). Shifts are paired
    by their number, which is right of independent ones as well.

    Parameters
    ----------
    key
        The measure.
    half_width
        Of the interval of each difference, taken for itself (that of ``half_widths``).
    step
        More shifts come in multiples of it.

    Returns
    -------
    n_shifts
        In all; those there are, if they are enough. Scenarios whose width is not known
        have no say.

    Raises
    ------
    DataError
        If ``half_width`` is not above 0, or ``step`` below 1.
    """
    if not 0 < half_width < np.inf or step < 1:
        raise DataError(
            f"need a half_width above 0 and a step of 1 or more, got {half_width} and "
            f"{step}"
        )
    widest = half_widths(base, others, key=key, confidence=confidence).max()
    if not widest > half_width:
        return base.n_shifts
    needed = base.n_shifts * (float(widest) / half_width) ** 2
    return int(np.ceil(needed / step)) * step
