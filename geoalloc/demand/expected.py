"""What is expected: incidents and work by hex, hour and grade."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import gammaincinv

from geoalloc._types import FloatArray
from geoalloc.demand.forecasting import Forecast
from geoalloc.demand.rhythm import Rhythm
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.schemas import DEMAND, GRADES, check

BASES = ("observed", "scaled", "assumed")

_GRADE_OF_STREAM = (0, 1, 2, 2)
_INTERVAL = (0.05, 0.95)
_KNOTS = 30_001


@dataclass(frozen=True)
class Need:
    """What some calls ask of those who answer them, besides any unit.

    Attributes
    ----------
    skills
        All of which a unit must have.
    officers
        That must come to one call.
    """

    skills: tuple[str, ...]
    officers: int


@dataclass(frozen=True, kw_only=True)
class Special:
    """The part of the demand that has a need.

    Attributes
    ----------
    incidents, workload_h : (n_streams, n_periods, n_hexes)
        Expected number, and unit-hours on scene.
    """

    incidents: FloatArray
    workload_h: FloatArray


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Expected incidents and work of a shift.

    Attributes
    ----------
    periods
        UTC starts of the hours of the shift.
    incidents, variance, harm : (n_streams, n_periods, n_hexes)
        Expected number, the variance of that expectation, and harm.
    rated : (n_streams, n_periods, n_hexes)
        Incidents of categories and layers that have a severity: what ``harm`` is of.
    weighted : (n_streams, n_periods, n_hexes)
        Incidents that each count as much as the vulnerability of its callers: for an
        objective. The incidents themselves where every factor is 1.
    workload_h : (n_bases, n_streams, n_periods, n_hexes)
        Unit-hours on scene, by basis.
    discovered_h : (n_periods,)
        Unit-hours taken by incidents that police discovered: lost capacity.
    total_variance : (n_grades,)
        Of the mean of the whole shift and area: of what is expected, and of what makes
        one shift unlike another.
    square_min : (n_streams,)
        Mean of the squared unit-minutes on scene of an incident.
    special
        The parts of ``incidents`` and work that need more than any one unit.
    """

    periods: pd.DatetimeIndex
    incidents: FloatArray
    variance: FloatArray
    harm: FloatArray
    rated: FloatArray
    weighted: FloatArray
    workload_h: FloatArray
    discovered_h: FloatArray
    total_variance: FloatArray
    square_min: FloatArray
    special: Mapping[Need, Special] = field(default_factory=dict)

    def workload_shares(self) -> dict[str, float]:
        """Share of all unit-hours on each basis; 0 each if there is no work."""
        hours = self.workload_h.sum(axis=(1, 2, 3))
        shares = hours / hours.sum() if hours.sum() > 0 else hours
        return dict(zip(BASES, shares.tolist(), strict=True))

    def on_scene_min(self, stream: int) -> float:
        """Mean unit-minutes on scene of an incident of a stream; 0 if there is none."""
        incidents = self.incidents[stream].sum()
        work = self.workload_h[:, stream].sum()
        return float(60.0 * work / incidents) if incidents > 0 else 0.0

    def on_scene_sd_min(self, stream: int) -> float:
        """Give the standard deviation of those minutes, within and between categories.

        0 if there is no incident.
        """
        spread = self.square_min[stream] - self.on_scene_min(stream) ** 2
        return float(np.sqrt(max(spread, 0.0)))

    def uplift(self, stream: int) -> float:
        """Mean vulnerability of an incident of a stream; 1 if there is none."""
        incidents = self.incidents[stream].sum()
        return float(self.weighted[stream].sum() / incidents) if incidents > 0 else 1.0

    def severity(self, stream: int) -> FloatArray:
        """Weigh the incidents of a stream by how severe they are, where and when.

        Returns
        -------
        severity : (n_periods, n_hexes)
            Mean severity of an incident over that of all of its grade: its mean over
            the incidents of a grade is 1. An incident without a severity counts as
            the mean of its grade; 1 where there is none, or no severity at all.
        """
        same = np.equal(_GRADE_OF_STREAM, _GRADE_OF_STREAM[stream])
        rated = float(self.rated[same].sum())
        severity = np.ones_like(self.incidents[stream])
        if rated <= 0:
            return severity
        mean = float(self.harm[same].sum()) / rated
        calls = self.incidents[stream]
        excess = self.harm[stream] / mean - self.rated[stream]
        severity += np.divide(excess, calls, out=np.zeros_like(calls), where=calls > 0)
        return np.maximum(severity, 0.0)

    def total(self, grade: str) -> float:
        """Incidents of a grade expected in the shift."""
        return float(_by_grade(self.incidents)[_grade(grade)].sum())

    def total_interval(self, grade: str, share: float) -> tuple[float, float]:
        """Give the counts between which a grade's lies with this probability.

        Calls of a known mean are Poisson, and the mean of the shift is a gamma
        variate: together a negative binomial.

        Raises
        ------
        DataError
            If there is no such grade, or the share is not within 0 to 1.
        """
        if not 0 < share < 1:
            raise DataError(
                f"the share of an interval must be within 0 to 1, got {share}"
            )
        mean, variance = self.total(grade), float(self.total_variance[_grade(grade)])
        if mean <= 0:
            return 0.0, 0.0
        spread = stats.poisson(mean)
        if variance > 0:
            size = mean**2 / variance
            spread = stats.nbinom(size, size / (size + mean))
        low, high = spread.ppf([(1.0 - share) / 2.0, (1.0 + share) / 2.0])
        return float(low), float(high)

    def frame(self, grid: HexGrid) -> pd.DataFrame:
        """Lay the demand out by hex, period and grade, as ``schemas.DEMAND``.

        ``low`` and ``high`` hold the middle 90 % of a gamma distribution of the
        *expected* number: they say how well the mean is known, not how much the
        count of one hour varies.
        """
        grades = _by_grade(self.incidents)
        low, high = gamma_interval(grades, _by_grade(self.variance))
        work = np.stack([_by_grade(basis) for basis in self.workload_h])
        total = work.sum(axis=0)
        n_periods, n_hexes = grades.shape[1:]
        share = np.divide(work, total, out=np.zeros_like(work), where=total > 0)
        # Positions are taken, and not values repeated: those would become objects.
        hour = np.tile(np.repeat(np.arange(n_periods), n_hexes), len(GRADES))
        grade = np.repeat(np.arange(len(GRADES)), n_periods * n_hexes)
        columns = {
            "hex_id": np.tile(grid.hex_id, len(GRADES) * n_periods),
            "period": self.periods.as_unit("us").take(hour),
            "grade": pd.array(GRADES, dtype="str").take(grade),
            "incidents": grades.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "workload_h": total.ravel(),
            "harm": _by_grade(self.harm).ravel(),
        }
        columns |= {b: s.ravel() for b, s in zip(BASES, share, strict=True)}
        frame = pd.DataFrame(columns)
        return check(frame, DEMAND)


@dataclass(frozen=True, kw_only=True)
class SourceCalls:
    """The calls of a category or layer after growth and diversion; events aside.

    Attributes
    ----------
    name
        Of the category or layer.
    need
        What its calls ask of those who answer.
    rate : (n_periods,)
        Calls of each hour in the whole area.
    where : (n_hexes,)
        Share of them in each hex.
    streams : (n_streams,)
        Share of them that goes to each of ``STREAMS``.
    unit_hours
        On scene, of one call that is deployed to.
    """

    name: str
    need: Need
    rate: FloatArray
    where: FloatArray
    streams: FloatArray
    unit_hours: float

    @property
    def workload_h(self) -> float:
        """Unit-hours of the shift."""
        return float(self.rate.sum() * self.streams.sum() * self.unit_hours)

    def incidents(self, stream: int) -> FloatArray:
        """Spread the calls of a stream out: (n_periods, n_hexes)."""
        return self.streams[stream] * self.rate[:, None] * self.where


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The demand of a shift, and what it was made from.

    Attributes
    ----------
    demand
        By hex, hour and stream.
    flow
        Where demand comes from and goes, a line a row in the order in which it is
        worked out: ``line`` and ``basis`` (str), ``incidents`` over the shift and of
        those ``immediate``, ``priority``, ``routine`` and ``none`` (resolved without
        deployment), ``workload_h`` (unit-hours), and ``low`` and ``high``, the middle
        90 % of what ``incidents`` may be on average. What is taken away is negative;
        the last line is the sum of those before it, and of ``demand``.
    sources
        By category and layer: ``source``, ``kind`` (category, layer or partner),
        ``incidents`` deployed to, ``workload_h``, ``officer_h``, and the shares of the
        work ``observed``, ``scaled`` and ``assumed``.
    sensitivity
        What a tenth more or less of an assumed share does: ``source``, ``share``
        (immediate, priority, routine), ``change`` (-0.1 or 0.1), ``workload_h`` more
        or less, and ``workload_share`` of all work.
    skills
        Officer-hours by ``skill``; an incident that needs two counts under both.
    parts
        What each category and layer adds, those of the most work first.
    forecasts
        By category.
    rhythms
        By category: share of a week's calls in each hour, and where it is from.
    notes
        What a reader must know, a sentence each.
    """

    demand: Demand
    flow: pd.DataFrame
    sources: pd.DataFrame
    sensitivity: pd.DataFrame
    skills: pd.DataFrame
    parts: tuple[SourceCalls, ...]
    forecasts: Mapping[str, Forecast]
    rhythms: Mapping[str, Rhythm]
    notes: tuple[str, ...]


def by_grade(values: FloatArray) -> FloatArray:
    """Add up streams (n_streams, ...) by grade (n_grades, ...)."""
    return _by_grade(values)


def _by_grade(values: FloatArray) -> FloatArray:
    grades = np.zeros((len(GRADES), *values.shape[1:]))
    for stream, grade in enumerate(_GRADE_OF_STREAM):
        grades[grade] += values[stream]
    return grades


def _grade(grade: str) -> int:
    if grade not in GRADES:
        raise DataError(f"there is no grade {grade!r}: there are {', '.join(GRADES)}")
    return GRADES.index(grade)


def gamma_interval(
    mean: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give the middle 90 % of gamma distributions; the mean itself if it is certain."""
    certain = ~(variance > 0)
    shape = np.divide(mean**2, variance, out=np.ones_like(mean), where=~certain)
    scale = np.divide(mean, shape, out=np.zeros_like(mean), where=shape > 0)
    low, high = (_quantile(shape, at) * scale for at in _INTERVAL)
    return np.where(certain, mean, low), np.where(certain, mean, high)


def _quantile(shape: FloatArray, at: float) -> FloatArray:
    """Invert gamma distributions of scale 1; if many, by a table, to a millionth."""
    if shape.size < 2 * _KNOTS:
        return np.asarray(gammaincinv(np.maximum(shape, 1e-9), at))
    log_shape = np.log(np.maximum(shape, 1e-9))
    knots, log_quantile = _table(at)
    found = np.exp(np.interp(log_shape, knots, log_quantile))
    beyond = (log_shape < knots[0]) | (log_shape > knots[-1])
    found[beyond] = gammaincinv(np.maximum(shape[beyond], 1e-9), at)
    return found


@cache
def _table(at: float) -> tuple[FloatArray, FloatArray]:
    # Below these shapes quantiles underflow; above, distributions are points.
    knots = np.linspace(np.log(0.02), np.log(1e5), _KNOTS)
    return knots, np.log(gammaincinv(np.exp(knots), at))
