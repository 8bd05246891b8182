"""What sets scenarios apart from a base, and how surely, when many are compared.

One comparison in twenty would seem to differ by chance alone. What every scenario is
asked, the headline measures, is therefore judged together: by the largest of the
studentized differences, whose distribution is drawn with random multipliers of what
each shift adds to the error (Chernozhukov, Chetverikov and Kato, 2013, Annals of
Statistics 41, 2786-2819). An adjusted p, its simultaneous interval and its verdict say
the same: all take the one critical value of all (single step; Westfall and Young, 1993,
Resampling-Based Multiple Testing, 2.3). Going on from there with those that are left
(Romano and Wolf, 2005, Econometrica 73, 1237-1282) would find some more that differ,
but not on which side, and with no interval that agrees.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.errors import DataError
from geoalloc.evaluation.differences import Contrast, contrast, judged_alone
from geoalloc.evaluation.families import Largest, largest
from geoalloc.evaluation.outcomes import Key, Ratio
from geoalloc.evaluation.samples import Samples

__all__ = ["HEADLINE", "contrasts"]

HEADLINE: tuple[Key, ...] = (("late_share", "immediate"), ("unmet", "all"))

# Measures of which less is better; of others, such as utilisation, nobody can say.
_LESS_IS_BETTER = frozenset(
    (
        *("late", "late_share", "late_1_in_20", "unanswered", "unmet"),
        *("response_p90_min", "response_mean_min", "wait_mean_min", "wait_p90_min"),
        *("queue_mean", "queue_largest", "overtime_min"),
        *("breaks_delayed", "breaks_missed", "breaks_recalled"),
    )
)
_SAME = "not distinguishable"

_TEXT = ("scenario", "measure", "group")
_COLUMNS = [
    *(*_TEXT, "base_value", "value", "difference"),
    *("low", "high", "simultaneous_low", "simultaneous_high"),
    *("p", "p_adjusted", "headline", "verdict"),
]


def contrasts(
    base: Samples,
    others: Mapping[str, Samples],
    *,
    headline: Sequence[Key] = HEADLINE,
    coupled: Mapping[str, bool] | None = None,
    confidence: float = 0.95,
    seed: int = 1,
) -> pd.DataFrame:
    """Compare scenarios with a base, measure by measure.

    Parameters
    ----------
    others
        Samples by name of scenario.
    headline
        What all scenarios are judged by at once; ratios, no quantiles.
    coupled
        Whether a scenario answers the calls of the base: its differences are then
        taken shift by shift; all do if None.

    Returns
    -------
    differences
        ``scenario, measure, group, base_value, value, difference``, of all measures
        that both have; ``low, high`` (of this one comparison, by Student's t);
        ``simultaneous_low, simultaneous_high`` (of all headline comparisons at once;
        nan of others); ``p`` (of this one); ``p_adjusted`` (of the headline ones for
        all at once; of others by Holm, 1979, Scandinavian Journal of Statistics 6,
        65-70, over all scenarios and groups of their measure, those by groups of hexes
        apart); ``headline``; and ``verdict``: better or worse if ``p_adjusted`` is
        below 1 - confidence, else not distinguishable; empty where neither way is the
        better one, or a figure is undefined.

        A difference without any variance (of the same plan on the same calls) is what
        it is: its interval has no width, its p is 1 if it is 0, and 0 otherwise.

    Raises
    ------
    DataError
        If numbers of paired shifts differ, a headline measure is missing or a
        quantile, or ``confidence`` is not between 0 and 0.999.
    """
    _require(base, others, headline, confidence)
    found = [
        contrast(base, others, name, key, coupled)
        for name, other in others.items()
        for key in base.measures
        if key in other.measures
    ]
    frame = judged_alone(found, confidence)
    frame["headline"] = np.array([one.key in set(headline) for one in found], bool)
    family = [one for one in found if one.key in set(headline) and one.error > 0]
    _adjust_headline(frame, largest(_columns(family), seed), confidence)
    _adjust_others(frame)
    frame["verdict"] = _verdicts(frame, confidence)
    types: dict[str, str] = dict.fromkeys(_COLUMNS[3:12], "float64")
    types |= dict.fromkeys((*_TEXT, "verdict"), "str") | {"headline": "bool"}
    return frame[_COLUMNS].astype(types)


def _require(
    base: Samples,
    others: Mapping[str, Samples],
    headline: Sequence[Key],
    confidence: float,
) -> None:
    if not 0 < confidence <= 0.999:
        raise DataError(f"confidence must be between 0 and 0.999, got {confidence}")
    for name, one in {"the base": base, **others}.items():
        for key in headline:
            if not isinstance(one.measures.get(key), Ratio):
                raise DataError(
                    f"{name} has no mean or share {key[0]!r} of {key[1]!r}: name "
                    f"another headline measure"
                )


def _columns(chosen: Sequence[Contrast]) -> FloatArray:
    """Give what each shift adds to each contrast, in columns.

    Shifts of the base are rows of all contrasts, those of a scenario that is not paired
    with them are rows of its own contrasts: (n_shifts, n_contrasts).
    """
    n_base = max((one.of_base.size for one in chosen), default=0)
    apart = {one.scenario: one.of_other.size for one in chosen if not one.paired}
    stops = n_base + np.cumsum([0, *apart.values()])
    first = dict(zip(apart, stops.tolist(), strict=False))
    columns = np.zeros((int(stops[-1]), len(chosen)))
    for k, one in enumerate(chosen):
        if one.paired:
            columns[:n_base, k] = (one.of_other - one.of_base) / n_base
        else:
            at, size = first[one.scenario], one.of_other.size
            columns[:n_base, k] = -one.of_base / n_base
            columns[at : at + size, k] = one.of_other / size
    return columns


def _adjust_headline(frame: pd.DataFrame, family: Largest, confidence: float) -> None:
    rows = frame.index[frame["headline"]]
    df = frame.loc[rows, "df"].clip(lower=1).to_numpy(dtype=np.float64)
    half = family.point(confidence, df) * frame.loc[rows, "error"]
    frame.loc[rows, "simultaneous_low"] = frame.loc[rows, "difference"] - half
    frame.loc[rows, "simultaneous_high"] = frame.loc[rows, "difference"] + half
    chance = family.chance(frame.loc[rows, "size"].to_numpy())
    moves = frame.loc[rows, "error"] > 0
    frame.loc[rows, "p_adjusted"] = frame.loc[rows, "p"].where(~moves, chance)


def _adjust_others(frame: pd.DataFrame) -> None:
    """Adjust p by Holm over scenarios and groups, for each measure."""
    others = frame[~frame["headline"]]
    by_hexes = others["group"].str.contains(", ", regex=False)
    for _, rows in others.groupby([others["measure"], by_hexes], sort=False):
        p = rows["p"].dropna().sort_values(kind="stable")
        steps = p.to_numpy() * np.arange(p.size, 0, -1)
        frame.loc[p.index, "p_adjusted"] = np.minimum(np.maximum.accumulate(steps), 1.0)


def _verdicts(frame: pd.DataFrame, confidence: float) -> pd.Series:
    told = np.where(frame["difference"] < 0, "better", "worse")
    # A p that is not known shows nothing.
    apart = frame["p_adjusted"] < 1 - confidence
    verdict = pd.Series(np.where(apart, told, _SAME), index=frame.index)
    judged = frame["measure"].isin(_LESS_IS_BETTER) & frame["difference"].notna()
    return verdict.where(judged, "")
