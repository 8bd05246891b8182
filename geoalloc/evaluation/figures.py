"""Work out the figures of simulated shifts from what the kernel wrote down."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import AllocationProblem
from geoalloc.errors import DataError
from geoalloc.evaluation.outcomes import Key, Measure, Outcome, Quantile, Ratio, table
from geoalloc.evaluation.params import PERIOD_MIN, SimulationParams
from geoalloc.kernels import simulation
from geoalloc.kernels.simulation import Calls, Records

_ALL = "all"
_TALLIES = {
    "breaks": simulation.PLANNED,
    "breaks_delayed": simulation.DELAYED,
    "breaks_missed": simulation.MISSED,
    "breaks_recalled": simulation.RECALLED,
    "diverted": simulation.DIVERTED,
    "interrupted": simulation.INTERRUPTED,
    "arrests": simulation.ARRESTS,
}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """Calls, and what the kernel wrote down of them.

    Attributes
    ----------
    cases : (n_calls,)
    busy : (n_shifts, n_units, n_periods)
        Minutes at work.
    overtime : (n_shifts, n_units)
    tally : (n_shifts, N_TALLIES)
    """

    problem: AllocationProblem
    params: SimulationParams
    calls: Calls
    cases: Records
    busy: FloatArray
    overtime: FloatArray
    tally: IndexArray

    @property
    def n_shifts(self) -> int:
        """Number of simulated shifts."""
        return self.calls.start.size - 1

    @property
    def shift(self) -> IndexArray:
        """Shift of each call: (n_calls,)."""
        return np.repeat(np.arange(self.n_shifts), np.diff(self.calls.start))

    @property
    def counted(self) -> BoolArray:
        """Whether the call counts, which one of the warm-up does not: (n_calls,)."""
        return self.calls.at >= 0

    @property
    def late(self) -> BoolArray:
        """Whether queue and travel exceeded the standard: (n_calls,)."""
        limit = np.stack([c.limit_min for c in self.problem.classes])
        late = self.cases["response"] > limit[self.calls.grade, self.calls.hex]
        return np.asarray(late & self.counted)

    @property
    def answered(self) -> FloatArray:
        """Minutes from each call to the first arrival, inf if nobody came."""
        handling = np.array([c.call_handling_min for c in self.problem.classes])
        return np.asarray(self.cases["response"] + handling[self.calls.grade])

    def per_shift(
        self, chosen: BoolArray, weight: FloatArray | None = None
    ) -> FloatArray:
        """Count (or sum over) chosen calls: (n_shifts,)."""
        values = None if weight is None else weight[chosen]
        return np.bincount(self.shift[chosen], values, minlength=self.n_shifts).astype(
            np.float64
        )

    def quantile(self, values: FloatArray, chosen: BoolArray, share: float) -> Quantile:
        """Take a quantile of chosen calls."""
        start = np.searchsorted(self.shift[chosen], np.arange(self.n_shifts + 1))
        return Quantile(values=values[chosen], start=start, share=share)

    def by_grade(self) -> Iterator[tuple[str, BoolArray]]:
        """Give each grade, and which of the calls are of it."""
        names = np.array([c.grade or c.name for c in self.problem.classes])
        for name in dict.fromkeys(names.tolist()):
            yield name, (names == name)[self.calls.grade]


def outcome(ran: Ran) -> Outcome:
    """Work out every figure of the simulated shifts."""
    n_classes = len(ran.problem.classes)
    slot = ran.shift * n_classes + ran.calls.grade
    calls, late = (
        np.bincount(slot[chosen], minlength=ran.n_shifts * n_classes).reshape(
            ran.n_shifts, -1
        )
        for chosen in (ran.counted, ran.late)
    )
    dependent = ran.params.carry_over
    scores, hourly, grouped = _scores(ran), _by_hour(ran), _by_group(ran)
    measures: dict[Key, Measure] = dict(scores)
    measures |= {(m, f"{g}, period {t}"): v for (m, g, t), v in hourly.items()}
    measures |= {(m, f"{k} {g}, {c}"): v for (m, g, k, c), v in grouped.items()}
    return Outcome(
        scores=table(scores, ["measure", "group"], dependent=dependent),
        by_hour=table(hourly, ["measure", "group", "period"], dependent=dependent),
        by_group=table(
            grouped, ["measure", "group", "grouping", "grade"], dependent=dependent
        ),
        calls=calls,
        late=late,
        busy=ran.busy.mean(axis=0) / PERIOD_MIN,
        measures=measures,
        dependent=dependent,
    )


def _scores(ran: Ran) -> dict[tuple[str, str], Measure]:
    """Figures by grade, by kind of unit, and of all."""
    result: dict[tuple[str, str], Measure] = {}
    for name, mine in ran.by_grade():
        for measure, one in _of_grade(ran, mine & ran.counted).items():
            result[measure, name] = one
    kind, hours = np.array(ran.problem.supply.kind), _hours_on_duty(ran)
    for name in np.unique(kind).tolist():
        at_work = ran.busy[:, kind == name].sum(axis=(1, 2))
        on_duty = np.full(ran.n_shifts, hours[kind == name].sum() * PERIOD_MIN)
        result["utilisation", name] = Ratio(part=at_work, whole=on_duty)
        overtime = ran.overtime[:, kind == name].sum(axis=1)
        result["overtime_min", name] = _mean(overtime)
    weight = np.array([c.weight for c in ran.problem.classes])[ran.calls.grade]
    result["unmet", _ALL] = _mean(ran.per_shift(ran.late, weight))
    mean, largest = _queue(ran, ran.counted)
    result["queue_mean", _ALL] = _mean(mean.mean(axis=1))
    result["queue_largest", _ALL] = _mean(largest.max(axis=1))
    for measure, k in _TALLIES.items():
        result[measure, _ALL] = _mean(ran.tally[:, k].astype(np.float64))
    return result


def _of_grade(ran: Ran, mine: BoolArray) -> dict[str, Measure]:
    answered = ran.answered
    arrived = mine & np.isfinite(answered)
    wait = ran.cases["sent_at"] - ran.cases["since"]
    sent = mine & np.isfinite(wait)
    called, late = ran.per_shift(mine), ran.per_shift(mine & ran.late)
    return {
        "calls": _mean(called),
        "late": _mean(late),
        "late_share": Ratio(part=late, whole=called, most=1.0),
        "response_mean_min": Ratio(
            part=ran.per_shift(arrived, answered), whole=ran.per_shift(arrived)
        ),
        "response_p90_min": ran.quantile(answered, mine, 0.90),
        "late_1_in_20": Quantile(
            values=late, start=np.arange(ran.n_shifts + 1), share=0.95
        ),
        "wait_mean_min": Ratio(
            part=ran.per_shift(sent, wait), whole=ran.per_shift(sent)
        ),
        "wait_p90_min": ran.quantile(wait, mine, 0.90),
        "unanswered": _mean(ran.per_shift(mine & ~np.isfinite(wait))),
    }


def _hours_on_duty(ran: Ran) -> FloatArray:
    """Hours on duty of each unit: (n_units,)."""
    duty = ran.params.on_duty
    return np.asarray(ran.problem.present if duty is None else duty).sum(axis=1)


def _mean(values: FloatArray) -> Ratio:
    return Ratio(part=values, whole=np.ones(values.size))


def _by_hour(ran: Ran) -> dict[tuple[str, str, int], Measure]:
    """Give the queue and the utilisation in each period."""
    result: dict[tuple[str, str, int], Measure] = {}
    everyone = np.ones(ran.calls.at.size, dtype=bool)
    for name, mine in ((_ALL, everyone), *ran.by_grade()):
        mean, largest = _queue(ran, mine)
        for t in range(ran.problem.n_periods):
            result["queue_mean", name, t] = _mean(mean[:, t])
            result["queue_largest", name, t] = _mean(largest[:, t])
    kind, duty = np.array(ran.problem.supply.kind), ran.params.on_duty
    present = np.asarray(ran.problem.present if duty is None else duty)
    for name in np.unique(kind).tolist():
        for t in range(ran.problem.n_periods):
            on_duty = present[kind == name, t].sum() * PERIOD_MIN
            result["utilisation", name, t] = Ratio(
                part=ran.busy[:, kind == name, t].sum(axis=1),
                whole=np.full(ran.n_shifts, on_duty),
            )
    return result


def _by_group(ran: Ran) -> dict[tuple[str, str, str, str], Measure]:
    """Count calls, late calls and minutes by groups of hexes and by grade."""
    result: dict[tuple[str, str, str, str], Measure] = {}
    if not ran.params.groups:
        return result
    weight = np.array([c.weight for c in ran.problem.classes])[ran.calls.grade]
    answered = ran.answered
    arrived = np.isfinite(answered)
    sums = {
        "calls": ran.counted.astype(np.float64),
        "late": ran.late.astype(np.float64),
        "unmet": np.where(ran.late, weight, 0.0),
        "arrived": np.where(arrived & ran.counted, 1.0, 0.0),
        "minutes": np.where(arrived & ran.counted, answered, 0.0),
    }
    grades, at = _grades(ran)
    for grouping, labels in ran.params.groups.items():
        names, group = _labels(ran, grouping, labels)
        shape = (ran.n_shifts, names.size, len(grades))
        slot = np.ravel_multi_index((ran.shift, group, at), shape)
        table = {
            name: np.bincount(slot, values, minlength=np.prod(shape)).reshape(shape)
            for name, values in sums.items()
        }
        for g, label in enumerate(names.tolist()):
            for k, grade in enumerate((_ALL, *grades)):
                mine = [k - 1] if k else slice(None)
                part = {n: v[:, g, mine].sum(axis=1) for n, v in table.items()}
                for measure, one in _of_group(part).items():
                    result[measure, label, grouping, grade] = one
    return result


def _of_group(part: dict[str, FloatArray]) -> dict[str, Measure]:
    return {
        "calls": _mean(part["calls"]),
        "late": _mean(part["late"]),
        "late_share": Ratio(part=part["late"], whole=part["calls"], most=1.0),
        "unmet": _mean(part["unmet"]),
        "response_mean_min": Ratio(part=part["minutes"], whole=part["arrived"]),
    }


def _grades(ran: Ran) -> tuple[list[str], IndexArray]:
    """Give the grades, and the position of each call's: (n_calls,)."""
    of_class = [c.grade or c.name for c in ran.problem.classes]
    grades = list(dict.fromkeys(of_class))
    return grades, np.array([grades.index(n) for n in of_class])[ran.calls.grade]


def _labels(
    ran: Ran, grouping: str, labels: npt.NDArray[np.object_]
) -> tuple[npt.NDArray[np.str_], IndexArray]:
    """Give the groups, sorted, and the position of each call's: (n_calls,)."""
    given = np.asarray(labels)
    if given.shape != (ran.problem.n_hexes,):
        raise DataError(
            f"the groups {grouping!r} have shape {given.shape}, need "
            f"({ran.problem.n_hexes},): a label for each hex"
        )
    names, position = np.unique(given, return_inverse=True)
    return names.astype(np.str_), position[ran.calls.hex]


def _queue(ran: Ran, mine: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Give the mean and the largest length of the queue: (n_shifts, n_periods).

    A call is in the queue until the first unit is sent to it.
    """
    n_periods, length = ran.problem.n_periods, ran.problem.n_periods * PERIOD_MIN
    # A call that was carried over was called in an earlier shift than it was sent in.
    later = np.rint((ran.calls.since - ran.cases["since"]) / length)
    begins = np.maximum(ran.calls.at, 0.0)
    ends = np.maximum(ran.cases["sent_at"] + later * length, begins)
    if not ran.params.carry_over:
        begins, ends = np.minimum(begins, length), np.minimum(ends, length)
    offset, whole = ran.shift * length, ran.n_shifts * length
    begins = np.minimum(begins + offset, whole)[mine]
    ends = np.minimum(ends + offset, whole)[mine]
    waited = ends > begins
    begins, ends = begins[waited], ends[waited]
    edges: FloatArray = PERIOD_MIN * np.arange(ran.n_shifts * n_periods + 1.0)
    waiting_min = _elapsed(begins, edges) - _elapsed(ends, edges)
    mean = np.diff(waiting_min) / PERIOD_MIN
    # Where times are equal, who leaves goes first, then the hour, then who joins.
    times = np.concatenate([ends, edges[:-1], begins])
    change = np.repeat([-1, 0, 1], [ends.size, edges.size - 1, begins.size])
    order = np.lexsort((change, times))
    level = np.cumsum(change[order])
    hour = np.flatnonzero(change[order] == 0)
    largest = np.maximum.reduceat(level, hour).astype(np.float64)
    return mean.reshape(-1, n_periods), largest.reshape(-1, n_periods)


def _elapsed(since: FloatArray, at: FloatArray) -> FloatArray:
    """Sum the time from each of some instants to each of others that is later."""
    first = np.sort(since)
    before = np.searchsorted(first, at)
    total = np.concatenate([[0.0], np.cumsum(first)])
    return np.asarray(at * before - total[before])
