"""Simulate a plan over many shifts: what would in fact be late."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import AllocationProblem, ServiceClass
from geoalloc.allocation.plan import require_plan
from geoalloc.errors import DataError
from geoalloc.kernels import simulation
from geoalloc.kernels.simulation import Calls, Force, Ground

_Z = 1.96  # 95 % interval of a mean
_BATCHES = 20  # of shifts, for the interval of a quantile
_T = 2.093  # 97.5 % point of Student's t with _BATCHES - 1 degrees of freedom
_PERIOD_MIN = 60.0


@dataclass(frozen=True, kw_only=True)
class SimulationParams:
    """How much to simulate.

    Attributes
    ----------
    n_shifts
        Shifts that are simulated, independent of each other.
    seed
        The calls depend on it and on the demand, never on the plan: plans with the
        same seed are compared on the same calls (common random numbers).
    warmup_h
        Hours before the shift at the rate of its first period; not counted.
    drain_h
        Hours after the shift, without new calls, in which its queue is answered.
    """

    n_shifts: int = 400
    seed: int = 1
    warmup_h: float = 2.0
    drain_h: float = 2.0

    def __post_init__(self) -> None:
        if self.n_shifts < 1 or self.seed < 0:
            raise DataError(
                f"need n_shifts >= 1 and seed >= 0, got {self.n_shifts} and {self.seed}"
            )
        if not (0 <= self.warmup_h < np.inf and 0 <= self.drain_h < np.inf):
            raise DataError(
                f"warmup_h and drain_h must be 0 or more, got {self.warmup_h} and "
                f"{self.drain_h}"
            )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What happened to the calls of the simulated shifts.

    Attributes
    ----------
    scores
        One row per measure and group: measure, group, simulated, low, high. By
        grade: calls and late (mean per shift), late_share, response_p90_min (from
        the call to arrival), late_1_in_20 (late calls on the worst shift of
        twenty); by kind: utilisation. ``low`` and ``high`` are a 95 % interval for
        the mean (or quantile) over shifts, nan where there are too few of them.
    calls, late : (n_shifts, n_classes)
        Counts per shift, for paired comparison with another plan.
    """

    scores: pd.DataFrame
    calls: IndexArray
    late: IndexArray


def simulate(
    problem: AllocationProblem,
    post: IndexArray,
    params: SimulationParams = SimulationParams(),
) -> Outcome:
    """Simulate the shift under a plan, again and again.

    Calls are Poisson by period, hex and class, on-scene times lognormal. Who is
    sent, who waits and where units count as standing is told in
    ``kernels.simulation.dispatch``. A call is late if queue and travel exceed its
    standard; one that nobody reached by the end of the drain is late.

    Parameters
    ----------
    post : (n_units,)
        Post of each unit, as a position.

    Raises
    ------
    DataError
        If ``post`` does not name one post per unit, within reach of its station.
    """
    post = require_plan(problem, post)
    calls = draw_calls(problem, params)
    shift_min = problem.n_periods * _PERIOD_MIN
    response, _, busy = simulation.dispatch(
        calls,
        _force(problem, post),
        _ground(problem),
        shift_min,
        shift_min + params.drain_h * 60.0,
    )
    return _outcome(problem, calls, response, busy / shift_min)


def draw_calls(problem: AllocationProblem, params: SimulationParams) -> Calls:
    """Draw the calls of all shifts; each class has a random stream of its own."""
    parts = [
        _draw_class(service, params, np.random.default_rng([params.seed, c]))
        for c, service in enumerate(problem.classes)
    ]
    shift, at, where, on_scene = map(np.concatenate, zip(*parts, strict=True))
    grade = np.repeat(np.arange(len(parts)), [part[0].size for part in parts])
    order = np.lexsort((grade, at, shift))
    return Calls(
        start=np.searchsorted(shift[order], np.arange(params.n_shifts + 1)),
        at=at[order],
        hex=where[order],
        grade=grade[order],
        on_scene=on_scene[order],
    )


def _draw_class(
    service: ServiceClass, params: SimulationParams, rng: np.random.Generator
) -> tuple[IndexArray, FloatArray, IndexArray, FloatArray]:
    """Draw shift, minute, hex and minutes on scene of the calls of one class."""
    n_periods = service.arrivals.shape[0]
    rows = np.concatenate([[0], np.arange(n_periods)])  # the warm-up is as period 0
    start = np.concatenate([[-params.warmup_h], np.arange(n_periods)]) * _PERIOD_MIN
    hours = np.concatenate([[params.warmup_h], np.ones(n_periods)])
    mean = service.arrivals.sum(axis=1)[rows] * hours
    count = rng.poisson(mean, size=(params.n_shifts, rows.size))
    shift = np.repeat(np.arange(params.n_shifts), count.sum(axis=1))
    piece = np.repeat(np.tile(np.arange(rows.size), params.n_shifts), count.ravel())
    at = start[piece] + rng.random(piece.size) * hours[piece] * _PERIOD_MIN
    draw = rng.random(piece.size)
    where = np.zeros(piece.size, dtype=np.int64)
    for period in np.unique(rows[piece]):
        here = rows[piece] == period
        total = np.cumsum(service.arrivals[period])
        where[here] = np.searchsorted(total, draw[here] * total[-1], side="right")
    spread = np.log1p(service.on_scene_cv**2)
    on_scene = service.on_scene_min * np.exp(
        np.sqrt(spread) * rng.standard_normal(piece.size) - spread / 2
    )
    return shift, at, np.minimum(where, service.arrivals.shape[1] - 1), on_scene


def _force(problem: AllocationProblem, post: IndexArray) -> Force:
    return Force(
        post=post,
        serves=problem.unit_serves,
        beat=problem.unit_beat.astype(np.int64),
        speed=np.array([c.speed_factor for c in problem.classes], dtype=np.float64),
        cap=np.array([c.cap_min for c in problem.classes], dtype=np.float64),
    )


def _ground(problem: AllocationProblem) -> Ground:
    travel = problem.travel_min
    if not travel.has_sorted_indices:
        travel = travel.sorted_indices()
    return Ground(
        indptr=travel.indptr.astype(np.int64),
        indices=travel.indices.astype(np.int32),
        minutes=travel.data.astype(np.float32),
        catchment=problem.catchment.astype(np.int64),
        beat=problem.hex_beat.astype(np.int64),
        post_hex=problem.post_hex.astype(np.int64),
        far=float(travel.data.max()) if travel.nnz else 0.0,
    )


def _outcome(
    problem: AllocationProblem, calls: Calls, response: FloatArray, busy: FloatArray
) -> Outcome:
    n_shifts, n_classes = calls.start.size - 1, len(problem.classes)
    limit = np.stack([c.limit_min for c in problem.classes])[calls.grade, calls.hex]
    shift = np.repeat(np.arange(n_shifts), np.diff(calls.start))
    counted = calls.at >= 0  # not those of the warm-up
    slot = shift * n_classes + calls.grade
    size = n_shifts * n_classes
    n_calls = np.bincount(slot[counted], minlength=size).reshape(n_shifts, -1)
    n_late = np.bincount(slot[counted & (response > limit)], minlength=size)
    n_late = n_late.reshape(n_shifts, -1)
    handling = np.array([c.call_handling_min for c in problem.classes])
    answered = response + handling[calls.grade]
    rows = []
    grade = np.array([c.grade or c.name for c in problem.classes])
    for name in dict.fromkeys(grade.tolist()):
        members = np.flatnonzero(grade == name)
        mine = counted & np.isin(calls.grade, members)
        by_shift = np.split(
            answered[mine], np.searchsorted(shift[mine], np.arange(1, n_shifts))
        )
        called, late = n_calls[:, members].sum(axis=1), n_late[:, members].sum(axis=1)
        measures = {
            "calls": _mean(called),
            "late": _mean(late),
            "late_share": _ratio(late, called),
            "response_p90_min": _batched(by_shift, 0.90),
            "late_1_in_20": _batched([late[[k]] for k in range(n_shifts)], 0.95),
        }
        rows += [(measure, name, *values) for measure, values in measures.items()]
    kind = np.array(problem.supply.kind)
    for name in np.unique(kind):
        rows.append(
            ("utilisation", str(name), *_mean(busy[:, kind == name].mean(axis=1)))
        )
    scores = pd.DataFrame(
        rows, columns=["measure", "group", "simulated", "low", "high"]
    )
    return Outcome(scores=scores, calls=n_calls, late=n_late)


def _mean(values: FloatArray | IndexArray) -> tuple[float, float, float]:
    mean = float(values.mean())
    if values.size < 2:
        return mean, np.nan, np.nan
    half = _Z * float(values.std(ddof=1)) / np.sqrt(values.size)
    return mean, max(0.0, mean - half), mean + half


def _ratio(part: IndexArray, whole: IndexArray) -> tuple[float, float, float]:
    """Ratio of sums with the interval of its linearization (Cochran, 1977)."""
    if whole.sum() == 0:
        return np.nan, np.nan, np.nan
    ratio = float(part.sum() / whole.sum())
    if part.size < 2:
        return ratio, np.nan, np.nan
    rest = (part - ratio * whole) / whole.mean()
    half = _Z * float(rest.std(ddof=1)) / np.sqrt(part.size)
    return ratio, max(0.0, ratio - half), min(1.0, ratio + half)


def _batched(
    by_shift: list[FloatArray] | list[IndexArray], share: float
) -> tuple[float, float, float]:
    """Quantile of all values, with the interval from batches of shifts."""

    def quantile(values: FloatArray) -> float:
        # "higher" takes a value that occurred: no arithmetic on inf.
        return float(np.quantile(values, share, method="higher"))

    everything = np.concatenate(by_shift).astype(np.float64)
    if everything.size == 0:
        return np.nan, np.nan, np.nan
    value = quantile(everything)
    if not np.isfinite(value):  # more than that share was never reached
        return np.nan, np.nan, np.nan
    edges = np.linspace(0, len(by_shift), _BATCHES + 1).astype(np.int64)
    batches = [
        np.concatenate(by_shift[a:b]).astype(np.float64)
        for a, b in pairwise(edges.tolist())
        if b > a
    ]
    if len(batches) < _BATCHES or min(batch.size for batch in batches) == 0:
        return value, np.nan, np.nan
    each = np.array([quantile(batch) for batch in batches])
    if not np.isfinite(each).all():
        return value, np.nan, np.nan
    half = _T * float(each.std(ddof=1)) / np.sqrt(_BATCHES)
    return value, max(0.0, value - half), value + half
