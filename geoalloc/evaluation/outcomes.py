"""What happened in simulated shifts: figures, their intervals, and differences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError

_Z = 1.96  # 95 % interval of a mean
_BATCHES = 20  # of shifts, for quantiles, and for shifts that follow on each other
_T = 2.093  # 97.5 % point of Student's t with _BATCHES - 1 degrees of freedom


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A sum over shifts as a share of another; a mean where that counts shifts.

    Attributes
    ----------
    part, whole : (n_shifts,)
    least, most
        Bounds of its interval.
    """

    part: FloatArray
    whole: FloatArray
    least: float = 0.0
    most: float = np.inf

    @property
    def value(self) -> float:
        """The ratio, nan of nothing."""
        whole = float(self.whole.sum())
        return float(self.part.sum()) / whole if whole != 0 else np.nan

    def deviations(self) -> FloatArray:
        """Give what each shift adds to the error, by linearization (Cochran, 1977)."""
        if np.isnan(self.value):
            return np.full(self.part.size, np.nan)
        return np.asarray((self.part - self.value * self.whole) / self.whole.mean())


@dataclass(frozen=True, kw_only=True)
class Quantile:
    """A quantile of all values, those of shift k being ``start[k]:start[k + 1]``."""

    values: FloatArray
    start: IndexArray
    share: float
    least: float = 0.0
    most: float = np.inf

    @property
    def value(self) -> float:
        """The quantile: a value that occurred; nan if that is never."""
        value = self._of(self.values)
        return value if np.isfinite(value) else np.nan

    def _of(self, values: FloatArray) -> float:
        if values.size == 0:
            return np.nan
        # "higher" takes a value that occurred: no arithmetic on inf.
        return float(np.quantile(values, self.share, method="higher"))

    def by_batch(self) -> FloatArray:
        """Take it of each of twenty batches of shifts; nan where undefined."""
        edges = _edges(self.start.size - 1)
        if edges.size == 0:
            return np.full(_BATCHES, np.nan)
        stops = self.start[edges].tolist()
        each = [self._of(self.values[a:b]) for a, b in pairwise(stops)]
        return np.where(np.isfinite(each), each, np.nan)


Measure: TypeAlias = Ratio | Quantile
Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What happened to the calls of the simulated shifts.

    All tables have ``measure, group, simulated, low, high``; the last two are a 95 %
    interval of the mean (or quantile) over shifts, nan where there are too few.

    Attributes
    ----------
    scores
        By grade: calls, late, unanswered and late_share (means per shift),
        response_mean_min (of those answered) and response_p90_min (both from the call
        to arrival), late_1_in_20 (late calls on the
        worst shift of twenty), wait_mean_min and wait_p90_min (in the queue). By
        kind: utilisation, overtime_min (per shift). Of all: unmet (late calls by
        their weights), queue_mean, queue_largest, breaks, breaks_delayed,
        breaks_missed, breaks_recalled, diverted, interrupted, arrests.
    by_hour
        The same with ``period``: queue_mean and queue_largest by grade and of all,
        utilisation by kind.
    by_group
        The same with ``grouping`` and ``grade`` (``all`` for all): calls, late,
        late_share, unmet and response_mean_min by group of hexes.
    calls, late : (n_shifts, n_classes)
        Counts per shift, for paired comparison with another plan.
    busy : (n_units, n_periods)
        Mean share of each hour that each unit is at work.
    measures
        What the tables say, shift by shift, by table, measure and group.
    dependent
        Whether the shifts follow on each other.
    """

    scores: pd.DataFrame
    calls: IndexArray
    late: IndexArray
    by_hour: pd.DataFrame = field(default_factory=pd.DataFrame)
    by_group: pd.DataFrame = field(default_factory=pd.DataFrame)
    busy: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    measures: Mapping[Key, Measure] = field(default_factory=dict)
    dependent: bool = False


def estimate(measure: Measure, *, dependent: bool) -> tuple[float, float, float]:
    """Give a figure and its 95 % interval."""
    value = measure.value
    if np.isnan(value):
        return np.nan, np.nan, np.nan
    half = _half(deviations(measure, dependent=dependent))
    if np.isnan(half):
        return value, np.nan, np.nan
    return value, max(measure.least, value - half), min(measure.most, value + half)


def paired(first: Outcome, second: Outcome) -> pd.DataFrame:
    """Compare two plans, or two rules, on the same calls, shift by shift.

    Each difference is taken shift by shift, so that what the calls have in common
    drops out of its interval (common random numbers; Law, 2015, Simulation Modeling
    and Analysis, 11.2).

    Returns
    -------
    differences
        ``measure, group, difference, low, high``: that of ``first`` less that of
        ``second``; groups by hour and by group of hexes are among them.

    Raises
    ------
    DataError
        If the two did not answer the same calls.
    """
    if not np.array_equal(first.calls, second.calls):
        raise DataError(
            "the two outcomes are of different calls; simulate both with the same "
            "demand, seed and number of shifts"
        )
    rows = []
    for key, one in first.measures.items():
        other = second.measures.get(key)
        if other is not None:
            rows.append((*key, *_difference(one, other, first.dependent)))
    return pd.DataFrame(
        rows, columns=["measure", "group", "difference", "low", "high"]
    ).astype({"measure": "str", "group": "str"})


def _difference(
    one: Measure, other: Measure, dependent: bool
) -> tuple[float, float, float]:
    value = one.value - other.value
    half = _half(
        deviations(one, dependent=dependent) - deviations(other, dependent=dependent)
    )
    return value, value - half, value + half


def deviations(measure: Measure, *, dependent: bool) -> FloatArray:
    """Give what each shift adds to the error of a figure, with a mean of 0.

    One for each shift, (n_shifts,); of a quantile, and where shifts follow on each
    other, one for each of twenty batches of shifts.
    """
    if isinstance(measure, Quantile):
        each = measure.by_batch()
        return np.asarray(each - each.mean())
    each = measure.deviations()
    if not dependent:
        return each
    edges = _edges(each.size)
    if edges.size == 0:
        return np.full(_BATCHES, np.nan)
    sums = np.add.reduceat(each, edges[:-1])
    return np.asarray(sums / np.diff(edges))


def _half(errors: FloatArray) -> float:
    if errors.size < 2:
        return np.nan
    point = _T if errors.size == _BATCHES else _Z
    return point * float(errors.std(ddof=1)) / np.sqrt(errors.size)


def _edges(n_shifts: int) -> IndexArray:
    """Where the batches of shifts begin and end; none if there are too few."""
    if n_shifts < _BATCHES:
        return np.zeros(0, dtype=np.int64)
    return np.linspace(0, n_shifts, _BATCHES + 1).astype(np.int64)


def table(
    measures: Mapping[Any, Measure], names: list[str], *, dependent: bool
) -> pd.DataFrame:
    """Write measures as one row each, after the parts of their keys."""
    rows = [
        (*key, *estimate(one, dependent=dependent)) for key, one in measures.items()
    ]
    figures = ["simulated", "low", "high"]
    frame = pd.DataFrame(rows, columns=[*names, *figures])
    types = {name: "int64" if name == "period" else "str" for name in names}
    return frame.astype(types | dict.fromkeys(figures, "float64"))
