"""Whether a hotspot changes: an arrow only where the change can be told from chance."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray
from geoalloc.errors import DataError
from geoalloc.runs import Run

__all__ = ["Trend", "holm", "trend", "trends"]

_LEVEL = 0.05
_YEAR = 12
_LEAST = 6  # pairs of months; the spread of fewer tells nothing of chance
_DRAWS = 200  # values of the variance factor over which the test is averaged


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The last months of a hotspot against the same months a year before.

    Attributes
    ----------
    direction
        Up or down; None where chance explains the change.
    ratio, low, high
        Recent over earlier, per day, and its 95 % interval; nan where there are too
        few months or incidents.
    p_value
        Of no change, two-sided; adjusted for the number of hotspots where there are
        several.
    recent, earlier
        Incidents.
    months
        Months compared.
    dispersion
        Variance factor of the months over that of a Poisson count; at least 1.
    """

    direction: Literal["up", "down"] | None
    ratio: float
    low: float
    high: float
    p_value: float
    recent: int
    earlier: int
    months: int
    dispersion: float

    @property
    def sentence(self) -> str:
        """Say the change, or that none can be told."""
        if self.months < _LEAST or not self.recent + self.earlier:
            return "too few months to tell a change"
        span = f"the same {self.months} months a year before"
        if self.direction is None:
            return f"no change that can be told from chance against {span}"
        if not self.earlier:
            return f"none in {span}, now {self.recent:,}"
        low, high = sorted(abs(bound - 1.0) for bound in (self.low, self.high))
        return (
            f"{self.direction} {abs(self.ratio - 1.0):.0%} ({low:.0%} to {high:.0%}) "
            f"against {span}"
        )


def trends(run: Run) -> dict[int, Trend]:
    """Test each hotspot of a run for a change over a year; the key is its rank.

    The categories are those that hotspots are made of. Months that are missing, or
    not whole in the data period, are left out of both years. P-values are adjusted
    over the hotspots by `holm`.
    """
    found = {}
    for row in run.hotspots.itertuples():
        counts = monthly(run, row.hex_ids)
        recent, earlier, days = _paired(counts, whole_months(run.record))
        found[int(row.rank)] = trend(recent, earlier, days)
    adjusted = holm(np.array([one.p_value for one in found.values()]))
    return {
        rank: replace(
            one,
            p_value=float(p),
            direction=one.direction if p < _LEVEL else None,
        )
        for (rank, one), p in zip(found.items(), adjusted, strict=True)
    }


def trend(
    recent: FloatArray, earlier: FloatArray, days: FloatArray | None = None
) -> Trend:
    """Test whether counts changed, by pairs of the same month of two years.

    Given the sum of two Poisson counts the recent one is binomial, and its exact
    tails give the p-value (Przyborowski and Wilenski, 1940, Biometrika), here twice
    the smaller. Counts of months vary more than Poisson counts do: their variance
    factor is estimated by Pearson's chi-square of the pairs about their common ratio,
    which takes out the seasons, and both counts are divided by it, as Korn and
    Graubard (1998, Survey Methodology) do with binomial counts of surveys. The factor
    is itself uncertain, with one degree of freedom less than there are pairs: the
    tails are averaged over what it may be, so that large counts are judged as
    Student's t would. A factor below 1 is taken as 1.

    Parameters
    ----------
    recent, earlier : (n_pairs,)
        Incidents of a month, and of the same month a year before.
    days : (n_pairs, 2)
        Their lengths; alike if absent.

    Raises
    ------
    DataError
        If the counts are not whole numbers from 0, or not as many.
    """
    recent, earlier = _counts(recent), _counts(earlier)
    if recent.size != earlier.size:
        raise DataError(
            f"{recent.size} recent months cannot be paired with {earlier.size} "
            "earlier ones: give the same months of both years"
        )
    days = np.ones((recent.size, 2)) if days is None else np.asarray(days, float)
    x, n = float(recent.sum()), float((recent + earlier).sum())
    if recent.size < _LEAST or n == 0:
        return _untold(recent, earlier)
    time = days.sum(axis=0)
    even = float(time[0] / time.sum())
    factors = _factors(recent, earlier, days)
    below, above = (_tail(x, n, even, factors, upper=up) for up in (False, True))
    p_value = min(1.0, 2.0 * min(below, above))
    low, high = _interval(x, n, factors)
    odds = (1.0 - even) / even
    return Trend(
        direction=None if p_value >= _LEVEL else "up" if above < below else "down",
        ratio=x / (n - x) * odds if n > x else np.inf,
        low=low / (1.0 - low) * odds,
        high=high / (1.0 - high) * odds if high < 1.0 else np.inf,
        p_value=p_value,
        recent=int(x),
        earlier=int(n - x),
        months=int(recent.size),
        dispersion=max(1.0, _dispersion(recent, earlier, days)),
    )


def holm(p_values: FloatArray) -> FloatArray:
    """Adjust p-values for their number, step by step (Holm, 1979, Scand. J. Stat.).

    Parameters
    ----------
    p_values : (n,)

    Returns
    -------
    adjusted : (n,)
        Below a level for those that may be called different, at that chance of
        calling any wrongly.
    """
    p_values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p_values, kind="stable")
    left = np.arange(p_values.size, 0, -1)
    stepped = np.maximum.accumulate(p_values[order] * left)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def monthly(run: Run, hex_ids: Sequence[int]) -> pd.Series:
    """Count the incidents in some hexes by month, of the categories of hotspots."""
    rows = run.incident_summary
    wanted = run.record.get("scenario", {}).get("hotspots", {}).get("categories")
    inside = rows["hex_id"].isin(np.asarray(hex_ids, dtype=np.uint64))
    if wanted:
        inside &= rows["category"].isin(wanted)
    return rows[inside].groupby("month")["incidents"].sum()


def whole_months(record: Mapping[str, Any]) -> list[str]:
    """List the months that the data hold from their first to their last day."""
    zone = record["shift"]["time_zone"]
    start, end = (
        pd.Timestamp(record["data"][key]) for key in ("period_start", "period_end")
    )
    start, end = (
        at.tz_localize("UTC") if at.tzinfo is None else at for at in (start, end)
    )
    # Months of a file may be told in UTC, which is an hour off in summer.
    first = (start.tz_convert(zone) - pd.Timedelta(2, "h")).tz_localize(None)
    last = (end.tz_convert(zone) + pd.Timedelta(2, "h")).tz_localize(None)
    bounds = pd.date_range(first.normalize(), last.normalize(), freq="MS")
    missing = set(record["data"].get("missing_months", ()))
    months = [f"{a:%Y-%m}" for a, _ in pairwise(bounds)]
    return [month for month in months if month not in missing]


def _paired(
    counts: pd.Series, months: list[str]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Pair each of the last twelve months with that of the year before."""
    if not months:
        return np.zeros(0), np.zeros(0), np.zeros((0, 2))
    held, last = set(months), pd.Period(months[-1], "M")
    pairs = [
        (str(last - k), str(last - k - _YEAR))
        for k in range(_YEAR)
        if {str(last - k), str(last - k - _YEAR)} <= held
    ]
    values = np.array(
        [[counts.get(month, 0) for month in pair] for pair in pairs], dtype=np.float64
    ).reshape(-1, 2)
    days = np.array([[_days(month) for month in pair] for pair in pairs], float)
    return values[:, 0], values[:, 1], days.reshape(-1, 2)


def _days(month: str) -> int:
    year, number = map(int, month.split("-"))
    return calendar.monthrange(year, number)[1]


def _counts(values: FloatArray) -> FloatArray:
    counts = np.asarray(values, dtype=np.float64)
    bad: BoolArray = ~(np.isfinite(counts) & (counts >= 0) & (counts == counts.round()))
    if bad.any():
        raise DataError(
            f"{int(bad.sum())} of {counts.size} monthly counts are not whole numbers "
            f"from 0, first {counts[bad][0]:g} at position {int(bad.argmax())}"
        )
    return counts


def _untold(recent: FloatArray, earlier: FloatArray) -> Trend:
    return Trend(
        direction=None,
        ratio=np.nan,
        low=np.nan,
        high=np.nan,
        p_value=1.0,
        recent=int(recent.sum()),
        earlier=int(earlier.sum()),
        months=int(recent.size),
        dispersion=1.0,
    )


def _dispersion(recent: FloatArray, earlier: FloatArray, days: FloatArray) -> float:
    """Variance factor of the months: Pearson's chi-square over its freedom."""
    total = recent + earlier
    at = total > 0
    if at.sum() < 2 or recent.sum() == 0 or earlier.sum() == 0:
        return 1.0
    rate = recent.sum() / earlier.sum() * days[:, 1].sum() / days[:, 0].sum()
    expected = rate * days[:, 0] / (rate * days[:, 0] + days[:, 1])
    spread = total * expected * (1.0 - expected)
    square = (recent - total * expected)[at] ** 2 / spread[at]
    return float(square.sum() / (at.sum() - 1))


def _factors(recent: FloatArray, earlier: FloatArray, days: FloatArray) -> FloatArray:
    """Values that the variance factor may have, alike in weight."""
    from scipy import stats

    freedom = max(int(((recent + earlier) > 0).sum()) - 1, 1)
    middles = (np.arange(_DRAWS) + 0.5) / _DRAWS
    drawn = stats.chi2.ppf(middles, freedom) / freedom
    found = _dispersion(recent, earlier, days)
    return np.maximum(found / drawn, 1.0) if found > 1.0 else np.ones(1)


def _tail(x: float, n: float, p: float, factors: FloatArray, *, upper: bool) -> float:
    """Chance of x or more (or less) of n, each divided by the variance factor."""
    from scipy import special

    x_eff, n_eff = x / factors, n / factors
    if upper:
        tail = np.where(x_eff > 0, special.betainc(x_eff, n_eff - x_eff + 1, p), 1.0)
    else:
        rest = n_eff - x_eff
        tail = np.where(rest > 0, special.betainc(rest, x_eff + 1, 1 - p), 1.0)
    return float(tail.mean())


def _interval(x: float, n: float, factors: FloatArray) -> tuple[float, float]:
    """Shares of the recent months that leave 2.5 % in each tail."""
    from scipy import optimize

    def bound(*, upper: bool) -> float:
        def excess(p: float) -> float:
            return _tail(x, n, p, factors, upper=upper) - _LEVEL / 2

        return float(optimize.brentq(excess, 1e-12, 1.0 - 1e-12, xtol=1e-12))

    return (
        0.0 if x == 0 else bound(upper=True),
        1.0 if x == n else bound(upper=False),
    )
