"""A series of counts carried forward: simple forecasts, weighed by how they did.

Each candidate carries a discounted mean of the past forward: the conjugate filter of
counts of Harvey and Fernandes (1989), Journal of Business & Economic Statistics 7,
407-417, whose memory is a half-life. Candidates differ in half-life, in whether they
follow the month of the year, and in whether they go on growing as they did (damped:
Gardner and McKenzie, 1985, Management Science 31, 1237-1246). Month effects are
shrunk to none by as much as they differ from year to year (James-Stein: Miller and
Williams, 2003, International Journal of Forecasting 19, 669-684).

Nothing is fitted: at each past bin each candidate said what it would have said then,
and a candidate weighs as much as its deviance so far deserves (prequential averaging:
Dawid, 1984, Journal of the Royal Statistical Society A 147, 278-292). Old evidence
fades and a little of the weight is shared out evenly, so that one that was wrong before
a shock can come back after it (as with the fixed share of Herbster and Warmuth, 1998,
Machine Learning 32, 151-178). The spread is that of the average's own past errors at
the same lead.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import signal, special

from geoalloc._types import BoolArray, FloatArray, IndexArray

_YEAR = 12
_LEAST_YEARS = 2  # of covered months, before months of the year may differ
_SHARED = 0.15  # of the weight, dealt out evenly
_FADE = 0.95  # by which older evidence counts less, bin by bin
_DAMPING = 0.85  # of the drift, month by month
_STEEPEST = 0.25  # log ratio of one year to the year before that drift believes
_HALF_LIVES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, np.inf)  # bins
_RECENT = (
    "last month",
    "last week",
    *(f"half-life {k} " for k in ("0.5", "1", "2", "4")),
)
_ALPHAS = np.geomspace(1e-5, 3.0, 61)
_PRIOR_SD = 1.0  # of log alpha


@dataclass(frozen=True, kw_only=True)
class Series:
    """Counts in bins of equal length.

    Attributes
    ----------
    count : (n_bins,)
        Incidents, oldest bin first.
    days : (n_bins,)
        Days of it that the source covers; 0 for a bin that was never published.
    month : (n_bins,)
        Month of the year that it stands for, 0 to 11.
    yearly
        Bins in a year: 12 for months, about 52 for weeks.
    """

    count: FloatArray
    days: FloatArray
    month: IndexArray
    yearly: int

    def __len__(self) -> int:
        return self.count.size


class Candidates:
    """Every candidate's forecast from every bin of a series.

    Parameters
    ----------
    series
        Counts in bins.
    """

    def __init__(self, series: Series) -> None:
        self.series = series
        seasons = self._seasons
        plain = np.ones_like(seasons)
        # Weeks follow no month of the year.
        followed = (plain, seasons) if series.yearly == _YEAR else (plain,)
        self._levels = [self._smoothed(factors) for factors in followed]

    @cached_property
    def _seasons(self) -> FloatArray:
        """Factors of the months as known after each bin, (n_bins, 12)."""
        return _seasons(self.series)

    def _smoothed(self, seasons: FloatArray) -> FloatArray:
        """Give the level a day after each bin, (n_bins, n_half_lives)."""
        series, n = self.series, len(self.series)
        age = np.arange(n)[:, None] - np.arange(n)
        days = series.days * seasons[:, series.month]
        known = age >= 0
        overall = _overall(series, days * known)
        levels = np.empty((n, len(_HALF_LIVES)))
        for k, life in enumerate(_HALF_LIVES):
            weight = _discount(series, age, life) * known
            # One incident at the long-run rate keeps thin counts off 0.
            levels[:, k] = (weight @ series.count + 1.0) / (
                (weight * days).sum(axis=1) + 1.0 / overall
            )
        return levels

    def ahead(self, lead: int, month: IndexArray) -> FloatArray:
        """Give what each candidate says after each bin of the bin ``lead`` later.

        Parameters
        ----------
        lead
            Bins ahead, 1 or more.
        month : (n_bins,)
            Month of the year of the bin forecast.

        Returns
        -------
        per_day : (n_bins, n_candidates)
        """
        n = len(self.series)
        factor = self._seasons[np.arange(n), month][:, None]
        followed = [level * factor for level in self._levels[1:]]
        still = np.hstack([self._levels[0], *followed])
        drift = np.exp(self._drift * _damped(lead * _YEAR / self.series.yearly))
        year = self._year[:, None]
        last = self._last_year(lead)[:, None]
        return np.hstack([still, still * drift[:, None], year, last])

    def factors(self, lead: int, month: int) -> tuple[float, float]:
        """Give the factors of the month, and of drift, as known after the last bin."""
        months = _damped(lead * _YEAR / self.series.yearly)
        return float(self._seasons[-1, month]), float(np.exp(self._drift[-1] * months))

    @cached_property
    def _year(self) -> FloatArray:
        """Rate a day of the last year after each bin, (n_bins,)."""
        series, n = self.series, len(self.series)
        age = np.arange(n)[:, None] - np.arange(n)
        near = (age >= 0) & (age < series.yearly)
        overall = _overall(series, series.days * (age >= 0))
        return (near @ series.count + 1.0) / (near @ series.days + 1.0 / overall)

    @cached_property
    def _drift(self) -> FloatArray:
        """Log growth a month of the last year over the year before, (n_bins,)."""
        lag = self.series.yearly
        growth = np.zeros(len(self.series))
        if growth.size > lag:
            growth[lag:] = np.log(self._year[lag:] / self._year[:-lag])
        growth[: 2 * lag - 1] = 0.0  # the year before is not whole
        return np.clip(growth, -_STEEPEST, _STEEPEST) / _YEAR

    def _last_year(self, lead: int) -> FloatArray:
        """Rate a day of the same bin of the last year that is known, (n_bins,)."""
        series, n = self.series, len(self.series)
        lag = series.yearly
        at = np.arange(n) + lead - lag * -(-lead // lag)
        there = (at >= 0) & (series.days[np.maximum(at, 0)] > 0)
        at = np.maximum(at, 0)
        days = np.where(there, series.days[at], 1.0)
        # One incident at the rate of the year, as for the levels.
        rate = (series.count[at] + 1.0) / (days + 1.0 / self._year)
        return np.where(there, rate, self._year)


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What would have been said after each bin of the bin ``lead`` later.

    Attributes
    ----------
    per_day : (n_bins,)
        Incidents expected a day by the average of the candidates.
    alpha : (n_bins,)
        Relative variance beyond Poisson, from the errors seen by then: the variance
        of a count of mean m is m + alpha * m**2.
    said, weights : (n_bins, n_candidates)
        Incidents expected a day by each candidate, and its weight.
    """

    per_day: FloatArray
    alpha: FloatArray
    said: FloatArray
    weights: FloatArray


def names(yearly: int) -> list[str]:
    """Name the candidates of a series, in the order of their weights."""
    seasons = ("", ", month of the year") if yearly == _YEAR else ("",)
    return [
        f"{_memory(life, yearly)}{season}{drift}"
        for drift in ("", ", drift")
        for season in seasons
        for life in _HALF_LIVES
    ] + ["last 12 months", "same time last year"]


def traits(weights: dict[str, float]) -> dict[str, float]:
    """Add up the weights, by name, of candidates that have something in common."""
    sums = dict.fromkeys(("recent", "season", "drift"), 0.0)
    for name, weight in weights.items():
        sums["recent"] += weight * name.startswith(_RECENT)
        sums["season"] += weight * ("month of the year" in name)
        sums["drift"] += weight * name.endswith("drift")
    return sums


def replay(candidates: Candidates, *, lead: int, month: int, prior: float) -> Replay:
    """Forecast from each bin what came ``lead`` bins later, from its past alone.

    Each row is what the series cut off after that bin would have given.

    Parameters
    ----------
    candidates
        Of a series.
    lead
        Bins ahead, 1 or more.
    month
        Month of the year, 0 to 11, of the bin ``lead`` after the last.
    prior
        What ``alpha`` is thought to be before any error was seen.
    """
    series = candidates.series
    n = len(series)
    last = (month - np.arange(lead)[::-1]) % _YEAR
    said = candidates.ahead(lead, np.concatenate([series.month, last])[lead:])
    days, count = series.days[lead:], series.count[lead:]
    mean = said[: n - lead] * days[:, None] if n > lead else said[:0]
    weights = _weights(mean, count * (days > 0), n, lead)
    per_day = (weights * said).sum(axis=1)
    alpha = _alphas(per_day[: len(mean)] * days, count * (days > 0), n, lead, prior)
    return Replay(per_day=per_day, alpha=alpha, said=said, weights=weights)


def _weights(mean: FloatArray, count: FloatArray, n: int, lead: int) -> FloatArray:
    """Weigh the candidates after each bin, (n, k).

    Evidence is fitted to the spread (quasi-likelihood), and counts for less where
    forecasts overlap: for as much as the root of the lead.
    """
    k = mean.shape[1]
    weights = np.full((n, k), 1.0 / k)
    if mean.shape[0] == 0:
        return weights
    deviance = 2.0 * (
        (special.xlogy(count, count) - count)[:, None]
        - special.xlogy(count[:, None], np.where(mean > 0, mean, 1.0))
        + mean
    )
    fade = [1.0, -_FADE]
    total = signal.lfilter([1.0], fade, deviance, axis=0)
    held = signal.lfilter([1.0], fade, (mean[:, 0] > 0).astype(np.float64))
    best = total.min(axis=1)
    spread = np.maximum(best / np.maximum(held, 1.0), 1.0)
    score = np.exp(-(total - best[:, None]) / (2.0 * spread * np.sqrt(lead))[:, None])
    # A forecast learns only from those whose bin had come when it was made.
    weights[lead:] = score / score.sum(axis=1, keepdims=True)
    return (1.0 - _SHARED) * weights + _SHARED / k


def _alphas(
    mean: FloatArray, count: FloatArray, n: int, lead: int, prior: float
) -> FloatArray:
    """Estimate alpha after each bin from the errors seen by then, (n,)."""
    logs = np.zeros((n, _ALPHAS.size))
    if mean.size:
        logs[lead:] = np.cumsum(_likelihood(mean, count), axis=0) / lead
    return _posterior_mean(logs, prior)


def overdispersion(
    mean: FloatArray, count: FloatArray, *, prior: float, overlap: int = 1
) -> float:
    """Estimate the variance beyond Poisson, relative to the mean squared.

    The posterior mean under a negative binomial and a log-normal prior: few errors
    leave it wide.

    Parameters
    ----------
    mean, count : (n,)
        Forecasts and what came.
    prior
        Median of the prior.
    overlap
        Consecutive errors that tell the same; they are worth as much less.
    """
    logs = _likelihood(mean, count).sum(axis=0)[None] / overlap
    return float(_posterior_mean(logs, prior)[0])


def _posterior_mean(logs: FloatArray, prior: float) -> FloatArray:
    posterior = logs - 0.5 * (np.log(_ALPHAS / prior) / _PRIOR_SD) ** 2
    chance = np.exp(posterior - posterior.max(axis=1, keepdims=True))
    return np.asarray((chance @ _ALPHAS) / chance.sum(axis=1))


def _likelihood(mean: FloatArray, count: FloatArray) -> FloatArray:
    """Log likelihood of each count under each alpha, (n, n_alphas)."""
    size, mean = 1.0 / _ALPHAS, np.maximum(mean, 1e-12)[:, None]
    count = count[:, None]
    return np.asarray(
        special.gammaln(count + size)
        - special.gammaln(size)
        - size * np.log1p(mean / size)
        + special.xlogy(count, mean / (size + mean))
    )


def _memory(life: float, yearly: int) -> str:
    unit = "month" if yearly == _YEAR else "week"
    if life == 0:
        return f"last {unit}"
    if np.isinf(life):
        return "all the past"
    return f"half-life {life:g} {unit}{'s' * (life != 1)}"


def _discount(series: Series, age: IndexArray, life: float) -> FloatArray:
    if life == 0:
        # The last bin that was covered.
        order = np.where(series.days > 0, np.arange(len(series)), -1)
        last = np.maximum.accumulate(order)
        return (np.arange(len(series)) == last[:, None]).astype(np.float64)
    if np.isinf(life):
        return np.ones(age.shape)
    return np.exp2(-np.maximum(age, 0) / life)


def _overall(series: Series, days: FloatArray) -> FloatArray:
    """Rate a day of all the past after each bin, never 0, (n_bins,)."""
    return (np.cumsum(series.count) + 0.5) / (days.sum(axis=1) + 1.0)


def _damped(months: float) -> float:
    return _DAMPING * (1.0 - _DAMPING**months) / (1.0 - _DAMPING)


def _seasons(series: Series) -> FloatArray:
    """Factor of each month of the year as known after each bin, (n_bins, 12).

    The log ratio of a month to the 13 months around it is known half a year later.
    """
    n, half = len(series), _YEAR // 2
    factors = np.ones((n, _YEAR))
    if series.yearly != _YEAR or n < _LEAST_YEARS * _YEAR:
        return factors
    ratio, known = _ratios(series)
    seen = np.zeros((n, _YEAR))
    seen[np.arange(n), series.month] = known
    sums = [
        np.cumsum(part, axis=0)
        for part in (seen, seen * ratio[:, None], seen * ratio[:, None] ** 2)
    ]
    after = np.arange(_LEAST_YEARS * _YEAR - 1, n)
    after = after[sums[0][after - half].sum(axis=1) >= _YEAR]
    factors[after] = np.exp(_shrunk(*(each[after - half] for each in sums)))
    return factors


def _ratios(series: Series) -> tuple[FloatArray, BoolArray]:
    """Log ratio of each month to the year around it, and whether there is one."""
    n, half = len(series), _YEAR // 2
    kernel = np.r_[0.5, np.ones(_YEAR - 1), 0.5]
    around = np.convolve(series.count, kernel, mode="same")
    covered = np.convolve(series.days, kernel, mode="same")
    known = series.days > 0
    known[:half] = False
    known[n - half :] = False
    known &= covered > 300  # days: no more than two months of the year are missing
    expected = around / np.maximum(covered, 1.0) * series.days
    ratio = np.log((series.count + 0.5) / (expected + 0.5))
    return np.where(known, ratio, 0.0), known


def _shrunk(n: FloatArray, total: FloatArray, squares: FloatArray) -> FloatArray:
    """Mean log ratio of each month of the year, shrunk to 0, (n_origins, 12).

    Parameters
    ----------
    n, total, squares : (n_origins, 12)
        Log ratios seen of each month of the year, their sum and that of squares.
    """
    some, at_least_one = n > 0, np.maximum(n, 1.0)
    months = some.sum(axis=1, keepdims=True)
    mean = total / at_least_one
    effect = np.where(some, mean - mean.sum(axis=1, keepdims=True) / months, 0.0)
    free = (n - some).sum(axis=1, keepdims=True)
    within = (squares - n * mean**2).sum(axis=1, keepdims=True) / np.maximum(free, 1.0)
    noise = (within * some / at_least_one).sum(axis=1, keepdims=True) / months
    found = (effect**2).sum(axis=1, keepdims=True) / months
    kept = 1.0 - noise * (_YEAR - 3) / (_YEAR - 1) / np.maximum(found, 1e-12)
    # Differences between years are not known yet: half of what is seen is noise.
    kept = np.where(free < _YEAR // 2, 0.5, np.maximum(kept, 0.0))
    return np.asarray(kept * effect)
