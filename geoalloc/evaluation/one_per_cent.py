"""What one per cent buys, in simulation: the judge of the model's ranked table."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import Aggregation, AllocationProblem, ServiceClass
from geoalloc.allocation import plan as plans
from geoalloc.allocation.improvements import (
    ONE_PER_CENT,
    Lever,
    Part,
    changed,
    levers,
    more_present,
)
from geoalloc.errors import DataError
from geoalloc.evaluation.params import USUAL, SimulationParams
from geoalloc.evaluation.trials import Trials

_Z = 1.96  # 95 % interval of a mean


@dataclass(frozen=True, kw_only=True)
class Change:
    """How a lever is moved in a simulation.

    Attributes
    ----------
    step
        Share that is taken off at once.
    cells
        What posts of further units are looked for on; every hex if None.
    """

    step: float = 0.05
    cells: Aggregation | None = None

    def __post_init__(self) -> None:
        if not 0 < self.step < 1:
            raise DataError(f"step must be a share between 0 and 1, got {self.step}")


_USUAL = Change()


def verified(
    problem: AllocationProblem,
    post: IndexArray,
    ranked: pd.DataFrame,
    parts: tuple[Part, ...] = (),
    *,
    change: Change = _USUAL,
    params: SimulationParams = USUAL,
) -> pd.DataFrame:
    """Simulate the levers of a table, and put what they save beside the model's.

    The effect of one per cent is smaller than the noise of any run that one would
    wait for. So a step is taken off at once and the difference divided by it: what
    one per cent is worth *on the way to* that step, a little less than the first one
    per cent, for savings shrink. With and without the change, calls, journeys and
    scenes are the same (common random numbers): fewer calls are the same calls less
    some, drawn at random.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan or a timetable.
    ranked
        Rows of ``allocation.one_per_cent``: the first few, say.
    parts
        Those that it was made with; of the demand levers, those in ``ranked`` do.

    Returns
    -------
    verified
        As ``ranked``, with ``simulated_weighted``, ``weighted_low``,
        ``weighted_high`` (late calls by weight, that one per cent saves in a shift,
        with a 95 % interval), ``simulated_late``, ``late_low``, ``late_high`` (of
        the first grade) and ``step``, the share that was in fact taken off.

    Raises
    ------
    DataError
        If the table names a lever that the problem and ``parts`` do not have.
    """
    where = plans.timetable(problem, post)
    known = {(one.name, one.of): one for one in levers(problem, where, parts)}
    rows, judge = [], _Judge(problem, where, params)
    for key in zip(ranked["lever"], ranked["of"], strict=True):
        if key not in known:
            raise DataError(
                f"{key[0]} of {key[1]!r} is no lever of this problem and its parts; "
                f"give the parts that the table was made with"
            )
        rows.append(judge.of(known[key], change))
    figures = [
        "simulated_weighted",
        "weighted_low",
        "weighted_high",
        "simulated_late",
        "late_low",
        "late_high",
        "step",
    ]
    return ranked.join(pd.DataFrame(rows, columns=figures, index=ranked.index))


class _Judge:
    """The plan as it is, simulated once; and with each change, on the same calls."""

    def __init__(
        self,
        problem: AllocationProblem,
        where: IndexArray,
        params: SimulationParams,
    ) -> None:
        self._problem, self._where, self._params = problem, where, params
        self._trials = Trials(problem, params)
        self._before: IndexArray | None = None

    def of(self, lever: Lever, change: Change) -> tuple[float, ...]:
        """Give what one per cent of a lever saves, and the share that was taken off."""
        problem, there, step = self._problem, self._where, change.step
        taken = step
        if lever.name in ("sickness", "break time"):
            asked = lever, step, change.cells
            with_it, there, taken = more_present(problem, there, *asked)
        elif lever.name == "demand" and lever.part is not None:
            problem, with_it = _split(problem, lever.part, step)
        else:
            with_it = changed(problem, lever, step)
        before, after = self._as_it_is(problem), self._late(with_it, there)
        weight = np.array([c.weight for c in problem.classes], dtype=np.float64)
        names = np.array([c.grade or c.name for c in problem.classes])
        urgent = (names == names[0]).astype(np.float64)
        saved = (before - after) * (ONE_PER_CENT / taken)
        return *_mean(saved @ weight), *_mean(saved @ urgent), taken

    def _as_it_is(self, problem: AllocationProblem) -> IndexArray:
        if problem is not self._problem:  # in other classes
            return self._late(problem, self._where)
        if self._before is None:
            self._before = self._trials.outcome(self._where).late
        return self._before

    def _late(self, problem: AllocationProblem, where: IndexArray) -> IndexArray:
        """Simulate the late calls of other classes or units: (n_shifts, n_classes)."""
        trials = Trials(problem, self._params, ground=self._trials.ground)
        return trials.outcome(where).late


def _split(
    problem: AllocationProblem, part: Part, step: float
) -> tuple[AllocationProblem, AllocationProblem]:
    """Set the calls that would go apart, as classes that go right behind their own.

    Each class draws from a stream of its own, so that the calls that stay are the
    same whether the others come or not.
    """
    kept, gone, none = [], [], []
    for c, service in enumerate(problem.classes):
        if part.arrivals[c].any():
            fewer, going = _parted(service, step * part.arrivals[c], part, c)
            nothing = np.zeros_like(service.arrivals)
            kept += [fewer, going]
            none += [fewer, replace(going, arrivals=nothing, load=nothing)]
        else:
            kept.append(service)
            none.append(service)
    gone = [replace(c, grade=c.grade or c.name) for c in none]
    full = [replace(c, grade=c.grade or c.name) for c in kept]
    return replace(problem, classes=tuple(full)), replace(problem, classes=tuple(gone))


def _parted(
    service: ServiceClass, calls: FloatArray, part: Part, c: int
) -> tuple[ServiceClass, ServiceClass]:
    """Part a class in the calls that stay and those that go, by their work."""
    left = service.arrivals - calls
    if (left < -1e-9).any():
        raise DataError(
            f"part {part.name!r} of the demand takes away more than its class "
            f"{service.name!r} has"
        )
    total, going = float(service.arrivals.sum()), float(calls.sum())
    per_call = float(part.load[c].sum() / part.arrivals[c].sum())
    usual = float(service.load.sum()) / total
    times = per_call / usual if usual > 0 else 1.0
    rest = (total - times * going) / (total - going) if total > going else 1.0
    ratio = calls / np.maximum(service.arrivals, 1e-300)
    return (
        replace(
            service,
            arrivals=np.maximum(left, 0.0),
            load=service.load * np.clip(1.0 - ratio, 0.0, 1.0),
            on_scene_min=service.on_scene_min * max(rest, 0.0),
        ),
        replace(
            service,
            arrivals=calls,
            load=service.load * np.clip(ratio, 0.0, 1.0),
            on_scene_min=service.on_scene_min * times,
        ),
    )


def _mean(values: FloatArray) -> tuple[float, float, float]:
    mean = float(values.mean())
    if values.size < 2:
        return mean, np.nan, np.nan
    half = _Z * float(values.std(ddof=1)) / np.sqrt(values.size)
    return mean, mean - half, mean + half
