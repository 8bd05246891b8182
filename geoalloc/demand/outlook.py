"""Months to three years ahead: incidents by month, category and district."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from geoalloc._types import FloatArray
from geoalloc.demand import levels, trend
from geoalloc.demand.dispersion import coverage
from geoalloc.demand.districts import Districts, shares
from geoalloc.demand.forecasting import Explanation, require_past
from geoalloc.demand.history import History
from geoalloc.errors import DataError

ALL = "all"
"""Every category, or every district, together."""
INTERVALS = (0.5, 0.8, 0.95)
LEADS = (3, 6, 12)
"""Months ahead that the outlook is backtested at."""
_MOST_MONTHS = 36
_LEAST_DAYS = 85.0  # of past: three months
_BEFORE = 12  # months of past that a backtested forecast has at the least


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Incidents expected in months to come, with how wrong such figures have been.

    Attributes
    ----------
    frame
        By ``month`` (as 2026-11), ``category`` and ``district``, both also "all":
        ``lead`` (months ahead, 1 first), ``mean`` (recorded incidents, those without
        coordinates too), its parts ``observed``, ``scaled`` (for the incidents
        without coordinates) and ``assumed`` (growth of the scenario; negative where
        a district shrinks), ``alpha`` (variance is mean + alpha * mean**2),
        ``low_50`` to ``high_95``, and ``discovered``.
    past
        ``month``, ``category``, ``count`` of incidents with coordinates, and
        ``covered`` (share of the month's days).
    backtest
        By ``category`` and ``lead``: ``forecasts``, mean absolute error over the mean
        count (``error``, ``error_naive`` of the mean of all the past and
        ``error_last_year`` of the same month last year), and the share of counts
        within the intervals (``coverage_50`` to ``coverage_95``).
    explanations
        What each category's level is made of, one month ahead.
    notes
        Sentences on what was left out or held.
    """

    frame: pd.DataFrame
    past: pd.DataFrame
    backtest: pd.DataFrame
    explanations: dict[str, Explanation]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Line:
    """One category's months by district, (n, n_districts), and their spread, (n,)."""

    category: str
    observed: FloatArray
    scaled: FloatArray
    assumed: FloatArray
    alpha: FloatArray
    share_alpha: FloatArray
    discovered: bool
    explanation: Explanation


def outlook(
    history: History,
    origin: pd.Timestamp,
    months: int,
    *,
    district: Sequence[str],
    growth: Mapping[str, float] | None = None,
    discovered: Collection[str] = (),
) -> Outlook:
    """Expect incidents by month, category and district, from an origin on.

    The level of a category over the area is carried forward month by month as by
    ``SeasonalLevel``, each month with the spread of its own lead, which never
    narrows. A district has its share of the last two years, shrunk to its share in
    all categories, with the spread that such shares have had; the two spreads are
    independent factors and multiply.

    Parameters
    ----------
    origin
        Nothing known after it is used; the first month is the one that it lies in.
    months
        1 to 36.
    district : (n_hexes,)
        Name of the district of each hex.
    growth
        By district, the share by which demand grows a year beyond what the past
        holds, such as by new housing: an assumption, without error of its own.
    discovered
        Categories that police find rather than the public reports: never forecast
        but held at the rate of the last twelve months, and in no total.

    Raises
    ------
    DataError
        If months are out of range, a district of ``growth`` is unknown or its growth
        is below -0.5 or above 0.5, or less than three months are covered.
    """
    if not 1 <= months <= _MOST_MONTHS:
        raise DataError(
            f"an outlook is of 1 to {_MOST_MONTHS} months, got {months}: past three "
            "years intervals say nothing"
        )
    require_past(history, origin, least_days=_LEAST_DAYS)
    place = Districts.of(history, district, growth or {})
    start = levels.month_of(history, origin)
    names = [str(_month(start) + k) for k in range(months)]
    found = _categories(history, start)
    public = [name for name in found if name not in discovered]
    if not public:
        raise DataError(
            f"no category but discovered ones was known by {origin:%Y-%m-%d}: there is "
            "no demand to look ahead at"
        )
    end = start + pd.DateOffset(months=months)
    total = history.only(public)
    span = _Span(start=start, end=end, place=place, total=total)
    lines = [_line(history.only([name]), span, name in discovered) for name in found]
    whole = _sum_of([line for line in lines if not line.discovered], span)
    tables = [_table(line, place, names) for line in (whole, *lines)]
    return Outlook(
        frame=pd.concat(tables, ignore_index=True),
        past=_past(history, total, found, start),
        backtest=_backtest(history, total, public, start),
        explanations={
            ALL: whole.explanation,
            **{line.category: line.explanation for line in lines},
        },
        notes=_notes(history, found, discovered, growth or {}),
    )


def bounds(
    mean: FloatArray, alpha: FloatArray, share: float
) -> tuple[FloatArray, FloatArray]:
    """Give the counts between which each lies with this probability, (n,) each.

    Parameters
    ----------
    mean, alpha : (n,)
        Of the negative binomial of variance mean + alpha * mean**2.
    share
        Of the central interval.
    """
    tail = (1.0 - share) / 2.0
    size = 1.0 / np.maximum(alpha, 1e-9)
    spread = stats.nbinom(size, size / (size + mean))
    return np.maximum(spread.ppf(tail), 0.0), np.maximum(spread.ppf(1.0 - tail), 0.0)


@dataclass(frozen=True, kw_only=True)
class _Span:
    """Months looked at, and what their shares are taken of."""

    start: pd.Timestamp
    end: pd.Timestamp
    place: Districts
    total: History


def _categories(history: History, start: pd.Timestamp) -> list[str]:
    known = np.bincount(
        history.category[: history.known(start)], minlength=len(history.categories)
    )
    return [name for name, n in zip(history.categories, known, strict=True) if n]


def _line(history: History, span: _Span, discovered: bool) -> _Line:
    path = levels.months_ahead(history, span.start, span.end)
    category = history.categories[int(history.category[0])]
    per_day, explanation = path.per_day, levels.explained(path)
    if discovered:
        held = _last_year(history, span.start)
        per_day = np.full(per_day.size, held)
        explanation = Explanation.of(
            "Discovered by police: not forecast, held at the rate of the last 12 "
            "months.",
            {"incidents a day": held},
        )
    n = per_day.size
    share, spread = shares(history, span.total, span.start, span.place, n)
    observed = (per_day * path.days)[:, None] * share
    all_of = observed / history.located_share.get(category, 1.0)
    grown = (1.0 + span.place.growth) ** (np.arange(n)[:, None] / 12.0)
    return _Line(
        category=category,
        observed=observed,
        scaled=all_of - observed,
        assumed=all_of * (grown - 1.0),
        alpha=path.alpha,
        share_alpha=spread,
        discovered=discovered,
        explanation=explanation,
    )


def _last_year(history: History, start: pd.Timestamp) -> float:
    _, series = levels.monthly_counts(history, start)
    return float(series.count[-12:].sum() / max(series.days[-12:].sum(), 1.0))


def _sum_of(lines: list[_Line], span: _Span) -> _Line:
    """Add categories up; the spread is that of all of them counted together."""
    path = levels.months_ahead(span.total, span.start, span.end)
    _, spread = shares(
        span.total, span.total, span.start, span.place, path.per_day.size
    )
    return _Line(
        category=ALL,
        observed=np.sum([line.observed for line in lines], axis=0),
        scaled=np.sum([line.scaled for line in lines], axis=0),
        assumed=np.sum([line.assumed for line in lines], axis=0),
        alpha=path.alpha,
        share_alpha=spread,
        discovered=False,
        explanation=levels.explained(path),
    )


def _table(line: _Line, place: Districts, months: list[str]) -> pd.DataFrame:
    """Lay a line out by month and district, the whole area first."""
    n, names = len(months), (ALL, *place.names)
    parts = {
        name: np.hstack([values.sum(axis=1, keepdims=True), values])
        for name, values in (
            ("observed", line.observed),
            ("scaled", line.scaled),
            ("assumed", line.assumed),
        )
    }
    level, share = line.alpha[:, None], line.share_alpha[:, None]
    # Two independent factors of mean one: their relative variances add, and multiply.
    apart = np.broadcast_to(level + share + level * share, (n, len(place.names)))
    alpha = np.hstack([level, apart if len(place.names) > 1 else level])
    mean = sum(parts.values())
    frame = pd.DataFrame(
        {
            "month": pd.Series(np.repeat(months, len(names)), dtype="str"),
            "category": pd.Series([line.category] * (n * len(names)), dtype="str"),
            "district": pd.Series(list(names) * n, dtype="str"),
            "lead": np.repeat(np.arange(1, n + 1), len(names)),
            "mean": np.asarray(mean).ravel(),
            **{name: values.ravel() for name, values in parts.items()},
            "alpha": alpha.ravel(),
            "discovered": line.discovered,
        }
    )
    for interval in INTERVALS:
        low, high = bounds(
            frame["mean"].to_numpy(), frame["alpha"].to_numpy(), interval
        )
        frame[f"low_{interval * 100:.0f}"] = low
        frame[f"high_{interval * 100:.0f}"] = high
    return frame


def _past(
    history: History, total: History, found: list[str], start: pd.Timestamp
) -> pd.DataFrame:
    tables = []
    for name, each in [(ALL, total), *((c, history.only([c])) for c in found)]:
        edges, series = levels.monthly_counts(each, start)
        n = len(series)
        months = pd.period_range(end=_month(start) - 1, periods=n, freq="M")
        tables.append(
            pd.DataFrame(
                {
                    "month": months.astype("str"),
                    "category": pd.Series([name] * n, dtype="str"),
                    "count": series.count,
                    "covered": series.days / np.diff(edges),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _month(start: pd.Timestamp) -> pd.Period:
    return pd.Period(start.tz_localize(None), "M")


def _backtest(
    history: History, total: History, public: list[str], start: pd.Timestamp
) -> pd.DataFrame:
    rows = []
    for name, each in [(ALL, total), *((c, history.only([c])) for c in public)]:
        _, series = levels.monthly_counts(each, start)
        candidates = trend.Candidates(series)
        rows += [_judged(candidates, lead) | {"category": name} for lead in LEADS]
    columns = ["category", "lead", "forecasts", "error", "error_naive"]
    frame = pd.DataFrame([row for row in rows if row["forecasts"]])
    if frame.empty:
        return pd.DataFrame(columns=columns)
    frame["category"] = frame["category"].astype("str")
    return frame[columns + [name for name in frame if name not in columns]]


def _judged(candidates: trend.Candidates, lead: int) -> dict[str, float]:
    """Compare what would have been said ``lead`` months ahead with what came."""
    series, n = candidates.series, len(candidates.series)
    past = trend.replay(candidates, lead=lead, month=0, prior=levels.prior_alpha(lead))
    at = np.arange(_BEFORE - 1, max(n - lead, _BEFORE - 1))
    at = at[series.days[at + lead] > 0]
    days, count = series.days[at + lead], series.count[at + lead]
    row: dict[str, float] = {"lead": lead, "forecasts": int(at.size)}
    if at.size == 0 or count.sum() == 0:
        return row | {"forecasts": 0}
    names = trend.names(series.yearly)
    said = {
        "error": past.per_day[at],
        "error_naive": past.said[at, names.index("all the past")],
        "error_last_year": past.said[at, names.index("same time last year")],
    }
    for name, per_day in said.items():
        row[name] = float(np.abs(count - per_day * days).sum() / count.sum())
    for share in INTERVALS:
        row[f"coverage_{share * 100:.0f}"] = coverage(
            said["error"] * days, 1.0 / past.alpha[at], count, share
        )
    return row


def _notes(
    history: History,
    found: list[str],
    discovered: Collection[str],
    growth: Mapping[str, float],
) -> tuple[str, ...]:
    notes = [
        "These are recorded incidents: what is never recorded, and the layers of the "
        "scenario, are not in them."
    ]
    absent = [name for name in history.categories if name not in found]
    if absent:
        notes.append(f"Nothing was known by then of {', '.join(absent)}: left out.")
    held = [name for name in found if name in discovered]
    if held:
        notes.append(
            f"Discovered by police, so held and in no total: {', '.join(held)}."
        )
    if growth:
        said = ", ".join(f"{name} {rate:+.1%}" for name, rate in sorted(growth.items()))
        notes.append(
            f"Growth a year by assumption, without an error of its own: {said}."
        )
    return tuple(notes)
