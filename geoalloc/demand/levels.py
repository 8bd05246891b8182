"""How many: levels of the whole area."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.demand import trend
from geoalloc.demand.forecasting import Explanation, Level, require_past
from geoalloc.demand.history import History, day_of
from geoalloc.errors import DataError

_KEPT = 64  # levels, for origins that roll on
_EPOCH = pd.Timestamp(0, tz="UTC")
_MONTH_DAYS = 365.25 / 12
_LEAST_MONTHLY = 28.0  # days of a horizon from which on months are counted
_WEEKS, _MONTHS = 156, 120  # of the past, at the most
_SAME_WINDOWS = 52  # weeks in which a window of hours is looked at
_PRIOR_ALPHA = 0.01  # a tenth of the mean, one bin ahead
_PRIOR_GROWTH = 0.002  # a month further ahead


@dataclass(frozen=True)
class MeanLevel:
    """The daily mean of all that was recorded."""

    def level(self, history: History, origin: pd.Timestamp, end: pd.Timestamp) -> Level:
        """Spread the mean over the days until the end.

        Where only months are known, the days of the month that has begun do not
        count, as none of its incidents can be known.
        """
        require_past(history, origin, least_days=1)
        first = pd.Timestamp(history.covered[0, 0], unit="D", tz="UTC")
        until, known = anchor_of(history, origin), history.known(origin)
        if until <= first or history.known(until) < known:
            until = origin
        # A date long before the first day covered is a mistake, or of no known rate.
        before = np.searchsorted(history.last_instant, history.covered[0, 0])
        per_day = float(known - before) / history.covered_days(first, until)
        return Level(
            mean=per_day * (day_of(end) - day_of(origin)),
            size=np.inf,
            explanation=Explanation.of(
                "As many a day as in all the past.", {"incidents a day": per_day}
            ),
        )


@dataclass(frozen=True)
class LastLevel:
    """The rate of the last stretch as long as the horizon, a week at the least."""

    def level(self, history: History, origin: pd.Timestamp, end: pd.Timestamp) -> Level:
        """Spread the rate of the last covered stretch over the days until the end.

        Days that the source does not cover are skipped, and where only months are
        known whole months are taken.
        """
        require_past(history, origin, least_days=1)
        days = day_of(end) - day_of(origin)
        start, last, covered = last_stretch(history, origin, end)
        count = counts_of(history, np.array([start, last]))[0]
        per_day = float(count) / covered
        return Level(
            mean=per_day * days,
            size=np.inf,
            explanation=Explanation.of(
                f"As many a day as in the last {covered:.0f} days covered.",
                {"incidents a day": per_day},
            ),
        )


@dataclass(frozen=True)
class SeasonalLevel:
    """Recent rate, month of the year and drift, as far as each has proved itself.

    See ``trend`` for the method and its sources. Horizons of 28 days or more, and
    all where only months are known, count calendar months; shorter ones weeks.
    """

    def level(self, history: History, origin: pd.Timestamp, end: pd.Timestamp) -> Level:
        """Forecast from what was known at the origin, until the end."""
        return history.lately(
            "seasonal level",
            (origin, end),
            lambda: _seasonal(history, origin, end),
            keep=_KEPT,
        )


def last_stretch(
    history: History, origin: pd.Timestamp, end: pd.Timestamp
) -> tuple[float, float, float]:
    """Find the last covered stretch as long as the horizon, a week at the least.

    Returns
    -------
    start, last, covered
        Days from 1970 of its two ends, and how many of its days are covered. Where
        only months are known it is of whole months.
    """
    wanted = max(day_of(end) - day_of(origin), 7.0)
    last, coarse = day_of(anchor_of(history, origin)), history.coarse_at(origin)
    spans = np.minimum(history.covered, last)
    lengths = spans[:, 1] - spans[:, 0]
    if lengths.sum() <= 0.0:  # less than a month is covered
        last = day_of(origin)
        spans = np.minimum(history.covered, last)
        lengths = spans[:, 1] - spans[:, 0]
    # Months differ in length: what is short by less than a week is not made up.
    missing, start = wanted, last
    enough = 7.0 if coarse else 1e-9
    for (low, high), length in zip(spans[::-1], lengths[::-1], strict=True):
        if length <= 0.0:
            continue
        start = max(low, high - missing)
        missing -= high - start
        if missing <= enough:
            break
    start = _month_start(history, start) if coarse else start
    covered = np.clip(history.covered, start, last)
    return start, last, float((covered[:, 1] - covered[:, 0]).sum())


def counts_of(history: History, edges: FloatArray) -> FloatArray:
    """Count the incidents that became known between ascending edges, (n - 1,).

    An incident of which a window is known counts at the end of it, which is still
    of the window.
    """
    at = np.searchsorted(history.last_instant, edges, side="left")
    return np.diff(at).astype(np.float64)


def _seasonal(history: History, origin: pd.Timestamp, end: pd.Timestamp) -> Level:
    days = day_of(end) - day_of(origin)
    if days <= 0.0:
        raise DataError(f"the horizon must end after its origin {origin}, got {end}")
    by_month = days >= _LEAST_MONTHLY or history.coarse_at(origin)
    require_past(history, origin, least_days=28.0 if by_month else 7.0)
    path = (
        months_ahead(history, origin, end) if by_month else _weeks(history, origin, end)
    )
    mean = float((path.per_day * path.days).sum())
    alpha = path.alpha
    if days < 7.0 and not by_month:
        alpha = _of_windows(history, origin, end, path)
    # Errors of one path go the same way: their standard deviations add.
    spread = float((path.per_day * path.days) @ np.sqrt(alpha)) / mean
    return Level(
        mean=mean, size=1.0 / spread**2, explanation=_explain(path, mean, days, spread)
    )


@dataclass(frozen=True, kw_only=True)
class Path:
    """Rates of the bins until an end.

    Attributes
    ----------
    start : (n,)
        First instant of each bin, in days from 1970.
    days : (n,)
        Days of each bin that lie within the horizon.
    per_day : (n,)
        Incidents expected a day.
    alpha : (n,)
        Relative variance beyond Poisson; it never shrinks from bin to bin.
    weights
        Of the candidates for the first bin, by name; they sum to 1.
    yearly
        Bins in a year.
    season, drift
        Mean factors, by the days of the bins, of the candidates that follow the month
        of the year and of those that go on growing; 1 where none is known.
    """

    start: FloatArray
    days: FloatArray
    per_day: FloatArray
    alpha: FloatArray
    weights: dict[str, float]
    yearly: int
    season: float
    drift: float


def months_ahead(history: History, origin: pd.Timestamp, end: pd.Timestamp) -> Path:
    """Carry the months before an origin forward, month by month, until the end."""
    anchor = anchor_of(history, origin)
    _, series = monthly_counts(history, anchor)
    n = int((day_of(end) - day_of(anchor)) / _MONTH_DAYS) + 2
    later = _months_from(history, anchor, np.arange(n + 1))
    # As many as reach the end.
    later = later[: int(np.searchsorted(later, day_of(end) - 1e-9)) + 1]
    return _path(history, series, later, origin, end)


def monthly_counts(
    history: History, anchor: pd.Timestamp
) -> tuple[FloatArray, trend.Series]:
    """Count incidents by month back from an anchor, at most ten years.

    Returns
    -------
    edges : (n_months + 1,)
        Of the months, in days from 1970; the last is the anchor.
    series
        Their counts.
    """
    edges = _month_edges(history, anchor)
    return edges, trend.Series(
        count=counts_of(history, edges),
        days=_covered(history, edges),
        month=_months(history, (edges[:-1] + edges[1:]) / 2.0),
        yearly=12,
    )


def _weeks(history: History, origin: pd.Timestamp, end: pd.Timestamp) -> Path:
    last, first = day_of(origin), float(history.covered[0, 0])
    n = min(max(int((last - first) / 7.0), 1), _WEEKS)
    edges = last - 7.0 * np.arange(n, -1, -1.0)
    series = trend.Series(
        count=counts_of(history, edges),
        days=_covered(history, edges),
        month=np.zeros(n, dtype=np.int64),
        yearly=52,
    )
    ahead = int(np.ceil((day_of(end) - last) / 7.0))
    return _path(history, series, last + 7.0 * np.arange(ahead + 1.0), origin, end)


def _path(
    history: History,
    series: trend.Series,
    later: FloatArray,
    origin: pd.Timestamp,
    end: pd.Timestamp,
) -> Path:
    candidates = trend.Candidates(series)
    within = np.clip(later, day_of(origin), day_of(end))
    month = _months(history, (later[:-1] + later[1:]) / 2.0)
    step = 12.0 / series.yearly  # months
    ahead = [
        trend.replay(
            candidates,
            lead=lead,
            month=int(month[lead - 1]),
            prior=prior_alpha(step * lead),
        )
        for lead in range(1, later.size)
    ]
    days = np.diff(within)
    factors = [candidates.factors(1 + k, int(m)) for k, m in enumerate(month)]
    season, drift = np.average(factors, axis=0, weights=days)
    return Path(
        start=later[:-1],
        days=days,
        per_day=np.array([each.per_day[-1] for each in ahead]),
        alpha=np.maximum.accumulate([each.alpha[-1] for each in ahead]),
        weights=dict(
            zip(trend.names(series.yearly), ahead[0].weights[-1].tolist(), strict=True)
        ),
        yearly=series.yearly,
        season=float(season),
        drift=float(drift),
    )


def prior_alpha(months: float) -> float:
    """Say what relative variance to expect so far ahead, before any error is seen."""
    return _PRIOR_ALPHA + _PRIOR_GROWTH * max(months - 1.0, 0.0)


def _of_windows(
    history: History, origin: pd.Timestamp, end: pd.Timestamp, path: Path
) -> FloatArray:
    """Estimate alpha from the same hours of the weeks before, (1,)."""
    weeks = 7.0 * np.arange(1.0, _SAME_WINDOWS + 1.0)
    low, high = day_of(origin) - weeks, day_of(end) - weeks
    spans = np.clip(history.covered[:, :, None], low, high)
    held = (spans[:, 1] - spans[:, 0]).sum(axis=0)
    # A window that was never published is no quiet one.
    there = held > high - low - 1e-6
    if np.count_nonzero(there) < 2:
        return path.alpha
    edges = np.column_stack([low, high])[there][::-1]
    count = np.array([counts_of(history, pair)[0] for pair in edges])
    mean = np.full(count.size, max(float(count.mean()), 0.5 / count.size))
    alpha = trend.overdispersion(mean, count, prior=_PRIOR_ALPHA)
    return np.array([max(alpha, 0.0)])


def explained(path: Path) -> Explanation:
    """Say what the first bin of a path is made of."""
    parts = sorted(path.weights.items(), key=lambda item: (-item[1], item[0]))
    return Explanation.of(
        f"One {'month' if path.yearly == 12 else 'week'} ahead {_made_of(path)}; "
        f"beyond chance it is off by about {100.0 * np.sqrt(path.alpha[0]):.0f} %.",
        dict(parts),
    )


def _explain(path: Path, mean: float, days: float, spread: float) -> Explanation:
    parts = explained(path).weights
    span = f"{days:,.0f} days"
    if days < 2.0:  # the hour of the week is the rhythm's to tell
        span = f"{24.0 * days:,.0f} hours of an average week"
    return Explanation(
        sentence=f"{mean:,.1f} expected in {span}: {_made_of(path)}; "
        f"beyond chance it is off by about {100.0 * spread:.0f} %.",
        weights=parts,
    )


def _made_of(path: Path) -> str:
    say = trend.traits(path.weights)
    recent = "few months" if path.yearly == 12 else "few weeks"
    said = [f"{100.0 * say['recent']:.0f} % of the weight is on the last {recent}"]
    if path.yearly == 12:
        said.append(
            f"the month of the year makes {_change(say['season'], path.season)}"
            if path.season != 1.0
            else "the month of the year makes no difference that is known"
        )
    return ", ".join([*said, f"drift {_change(say['drift'], path.drift)}"])


def _change(weight: float, factor: float) -> str:
    return f"{round(100.0 * weight * (factor - 1.0)):+d} %"


def month_of(history: History, origin: pd.Timestamp) -> pd.Timestamp:
    """Give the local start of the month that an origin lies in.

    An origin read back from days in floating point may be a microsecond early: one in
    the last second of a month is of the next.
    """
    local = (origin + pd.Timedelta(seconds=1)).tz_convert(history.time_zone)
    return local.normalize().replace(day=1)


def anchor_of(history: History, origin: pd.Timestamp) -> pd.Timestamp:
    """Give the origin, or the start of its month where only months are known.

    Nothing is known there of the month that has begun.
    """
    return month_of(history, origin) if history.coarse_at(origin) else origin


def _month_start(history: History, day: float) -> float:
    at = (_EPOCH + pd.Timedelta(days=day + 1e-6)).tz_convert(history.time_zone)
    return max(day_of(at.normalize().replace(day=1)), float(history.covered[0, 0]))


def _month_edges(history: History, anchor: pd.Timestamp) -> FloatArray:
    """List the ends of months before an anchor back to the first day covered."""
    first = float(history.covered[0, 0])
    n = min(int(np.ceil((day_of(anchor) - first) / _MONTH_DAYS - 0.1)), _MONTHS)
    return _months_from(history, anchor, np.arange(-max(n, 1), 1))


def _months_from(
    history: History, anchor: pd.Timestamp, months: IndexArray
) -> FloatArray:
    """Move an anchor by months, at its local time: days from 1970.

    A day that a month does not have becomes its last, as with ``pandas.DateOffset``.
    """
    local = anchor.tz_convert(history.time_zone).tz_localize(None)
    month = np.datetime64(local, "M") + months
    start = month.astype("M8[D]")
    length = ((month + 1).astype("M8[D]") - start).astype(np.int64)
    day = start + np.minimum(local.day - 1, length - 1)
    at = pd.DatetimeIndex(day.astype("M8[us]")) + (local - local.normalize())
    zoned = at.tz_localize(
        history.time_zone,
        ambiguous=np.ones(at.size, dtype=np.bool_),
        nonexistent="shift_forward",
    )
    return np.asarray((zoned - _EPOCH) / pd.Timedelta(days=1), dtype=np.float64)


def _covered(history: History, edges: FloatArray) -> FloatArray:
    spans = history.covered[:, :, None]
    inside = np.clip(spans, edges[:-1], edges[1:])
    return np.asarray((inside[:, 1] - inside[:, 0]).sum(axis=0))


def _months(history: History, days: FloatArray) -> IndexArray:
    at = pd.to_datetime(days, unit="D", utc=True).tz_convert(history.time_zone)
    return np.asarray(at.month, dtype=np.int64) - 1
