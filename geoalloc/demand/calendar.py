"""Special days: bank holidays, paydays, school terms, and what they do to demand."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoalloc._types import BoolArray, FloatArray
from geoalloc.demand.history import History, day_of
from geoalloc.demand.hours import local_seconds
from geoalloc.errors import DataError

KINDS = ("bank_holiday", "payday", "school_term")

_DAY = 86_400
_LEVEL_DAYS = 56  # either side of a day, whose mean is its level
_LEAST_DAYS = 84  # covered, to know what a day should have
_TRUST = 25.0  # incidents expected that an uplift of 1 is worth: give or take a fifth
_INTERVAL = (0.05, 0.95)


@dataclass(frozen=True, kw_only=True)
class Uplift:
    """Incidents on a kind of day over those that weekday and level lead one to expect.

    Attributes
    ----------
    ratio
        1 if such days are like others.
    low, high
        Between which it is with 90 % probability; both the ratio where it was given.
    n_days
        On which it was measured; 0 where it was given or nothing could be measured.
    basis
        "given", "measured", or "assumed" where it is 1 for want of days.
    """

    ratio: float
    low: float
    high: float
    n_days: int
    basis: str

    @classmethod
    def fixed(cls, ratio: float, basis: str) -> "Uplift":
        """Take a ratio without its uncertainty."""
        return cls(ratio=ratio, low=ratio, high=ratio, n_days=0, basis=basis)


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Days that are unlike others of their weekday.

    A day of several kinds has the product of their uplifts.

    Attributes
    ----------
    days
        By kind, local days since 1970-01-01, ascending.
    uplifts
        By kind; those of kinds without a day do nothing.
    time_zone
        Of the local days.
    """

    days: Mapping[str, npt.NDArray[np.int64]]
    uplifts: Mapping[str, Uplift]
    time_zone: str

    @classmethod
    def of(
        cls,
        *,
        bank_holidays: Iterable[dt.date] = (),
        paydays: Iterable[dt.date] = (),
        school_terms: Iterable[tuple[dt.date, dt.date]] = (),
        uplifts: Mapping[str, float | None] | None = None,
        time_zone: str = "Europe/London",
    ) -> "Calendar":
        """Make a calendar of dates.

        Parameters
        ----------
        school_terms
            First and last day of each.
        uplifts
            By kind ("bank_holiday", "payday", "school_term"); one that is None or
            left out is 1 until it is measured.

        Raises
        ------
        DataError
            If an uplift is negative or not finite or of no such kind, or a term ends
            before it begins.
        """
        given = dict(uplifts or {})
        for kind, ratio in given.items():
            if kind not in KINDS:
                raise DataError(
                    f"there is no kind of day {kind!r}: there are {', '.join(KINDS)}"
                )
            if ratio is not None and not 0 <= ratio < np.inf:
                raise DataError(
                    f"the uplift of a {kind} is {ratio}: give a ratio from 0, where 1 "
                    "is a day like others"
                )
        days = (_days(bank_holidays), _days(paydays), _term_days(school_terms))
        return cls(
            days=dict(zip(KINDS, days, strict=True)),
            uplifts={kind: _first(given.get(kind)) for kind in KINDS},
            time_zone=time_zone,
        )

    def measured(self, history: History, origin: pd.Timestamp) -> "Calendar":
        """Measure the uplifts that were not given on the days known at an origin.

        A day is compared with the mean of eight weeks either side times its weekday's
        share; the ratio is drawn towards 1 by a gamma prior worth 25 incidents, and
        its interval allows for days that vary more than Poisson counts do. Where days
        are not known, or fewer than twelve weeks, nothing changes.
        """
        past = _daily(history, origin)
        if past is None:
            return self
        found = {
            kind: past.uplift(self.days[kind]) if uplift.basis != "given" else uplift
            for kind, uplift in self.uplifts.items()
        }
        return replace(self, uplifts=found)

    def factor(self, instants: pd.DatetimeIndex) -> FloatArray:
        """Give the incidents of each hour over those of an ordinary day.

        Parameters
        ----------
        instants : (n,)
            Starts of hours: of any time zone, or local times without one.

        Returns
        -------
        factor : (n,)
        """
        local = instants
        if instants.tz is not None:
            local = instants.tz_convert(self.time_zone).tz_localize(None)
        day = local.to_numpy().astype("datetime64[D]").astype(np.int64)
        factor = np.ones(len(instants))
        for kind, uplift in self.uplifts.items():
            factor[np.isin(day, self.days[kind])] *= uplift.ratio
        return factor

    @property
    def sentence(self) -> str:
        """Say what the special days do, and on what basis."""
        parts = [
            _say(kind, uplift)
            for kind, uplift in self.uplifts.items()
            if self.days[kind].size
        ]
        if not parts:
            return "No day is special."
        return f"Special days: {'; '.join(parts)}; a day of several has the product."


@dataclass(frozen=True, kw_only=True)
class _Daily:
    """Incidents of each local day, and how many weekday and level lead to expect."""

    day: npt.NDArray[np.int64]
    count: FloatArray
    expected: FloatArray
    excess: float  # variance over that of Poisson counts, at least 1

    def uplift(self, days: npt.NDArray[np.int64]) -> Uplift:
        chosen = np.isin(self.day, days)
        if not chosen.any():
            return Uplift.fixed(1.0, "assumed")
        shape = _TRUST + self.count[chosen].sum() / self.excess
        rate = _TRUST + self.expected[chosen].sum() / self.excess
        low, high = stats.gamma.ppf(_INTERVAL, shape, scale=1.0 / rate)
        return Uplift(
            ratio=float(shape / rate),
            low=float(low),
            high=float(high),
            n_days=int(chosen.sum()),
            basis="measured",
        )


def _daily(history: History, origin: pd.Timestamp) -> _Daily | None:
    known = history.known(origin)
    brief = np.flatnonzero(history.ended[:known] - history.started[:known] < 1.0)
    if 2 * brief.size <= known:
        return None
    covered = np.minimum(history.covered, day_of(origin))
    edges = np.rint(covered * _DAY).astype(np.int64)
    # Whole local days: the clock may stand at one in the morning UTC.
    first = -(-local_seconds(edges[:, 0], history.time_zone) // _DAY)
    last = local_seconds(edges[:, 1], history.time_zone) // _DAY
    spans = [np.arange(a, b) for a, b in zip(first, last, strict=True)]
    day = np.unique(np.concatenate(spans))
    if day.size < _LEAST_DAYS:
        return None
    seconds = np.rint(history.day[brief] * _DAY).astype(np.int64)
    of = local_seconds(seconds, history.time_zone) // _DAY
    span = int(day[-1] - day[0]) + 1
    inside = (of >= day[0]) & (of <= day[-1])
    count = np.bincount(of[inside] - day[0], minlength=span).astype(np.float64)
    has = np.zeros(span, dtype=np.bool_)
    has[day - day[0]] = True
    expected = _expected(np.where(has, count, 0.0), has, int(day[0]))[has]
    count = count[has]
    some = expected > 0
    pearson = ((count[some] - expected[some]) ** 2 / expected[some]).mean()
    return _Daily(
        day=day, count=count, expected=expected, excess=max(float(pearson), 1.0)
    )


def _expected(count: FloatArray, has: BoolArray, first: int) -> FloatArray:
    """Expect the mean of the days around, by the share of the weekday."""
    window = np.ones(2 * _LEVEL_DAYS + 1)

    def around(values: FloatArray) -> FloatArray:
        sums = np.convolve(values, window)
        return np.asarray(sums[_LEVEL_DAYS : _LEVEL_DAYS + values.size])

    n_days = around(has.astype(np.float64))
    level = np.where(has, around(count) / np.maximum(n_days, 1.0), 0.0)
    weekday = (np.arange(count.size) + first) % 7
    seen = np.bincount(weekday, count, 7)
    due = np.bincount(weekday, level, 7)
    share = np.divide(seen, due, out=np.ones(7), where=due > 0)
    return np.asarray(level * share[weekday])


def _first(given: float | None) -> Uplift:
    if given is None:
        return Uplift.fixed(1.0, "assumed")
    return Uplift.fixed(float(given), "given")


def _days(dates: Iterable[dt.date]) -> npt.NDArray[np.int64]:
    days = [np.datetime64(date, "D").astype(np.int64) for date in dates]
    return np.unique(np.array(days, dtype=np.int64))


def _term_days(terms: Iterable[tuple[dt.date, dt.date]]) -> npt.NDArray[np.int64]:
    spans = [np.empty(0, dtype=np.int64)]
    for begin, end in terms:
        if end < begin:
            raise DataError(f"a school term ends on {end}, before it begins on {begin}")
        low, high = _days([begin])[0], _days([end])[0]
        spans.append(np.arange(low, high + 1))
    return np.unique(np.concatenate(spans))


def _say(kind: str, uplift: Uplift) -> str:
    words = f"{kind.replace('_', ' ')} {uplift.ratio:.2f} times an ordinary day"
    if uplift.basis == "measured":
        words += (
            f" ({uplift.low:.2f} to {uplift.high:.2f}, measured on "
            f"{uplift.n_days} days)"
        )
    else:
        words += f" ({uplift.basis})"
    return words
