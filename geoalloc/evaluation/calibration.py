"""Match the model to the simulation: one constant, the load factor, per scenario."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import (
    Aggregation,
    AllocationPlan,
    AllocationProblem,
    SolverParams,
    evaluate,
    solve,
)
from geoalloc.errors import DataError
from geoalloc.evaluation import baselines
from geoalloc.evaluation.outcomes import Outcome, Ratio, estimate
from geoalloc.evaluation.params import USUAL, SimulationParams
from geoalloc.evaluation.trials import Trials, weights

__all__ = [
    "Calibration",
    "Tuning",
    "calibrate",
    "calibrated_plan",
    "tuned",
    "weighted_late",
]

LEAST, MOST = 0.2, 4.0  # load factors that are tried
_CLOSE = 0.01  # of what is simulated: nearer than any simulation is itself known
_MOST_STEPS = 12
_PROVING = SolverParams()
_MODEST = 1.5  # the first step away from the present factor
FACTORS = (0.7, 0.9, 1.1)  # that plans are tried with


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The load factor at which the model expects what the simulation finds.

    Attributes
    ----------
    load_factor
        ``AllocationProblem.load_factor`` to use.
    model_late, simulated_late
        Late calls a shift by their weights, at that factor and simulated.
    low, high
        95 % interval of ``simulated_late``.
    by_grade
        One row per grade: grade, model, simulated, low, high, of late calls a shift.
    matched
        Whether model and simulation agree to a hundredth, or within the interval.
    steps
        Load factor and ``model_late`` of each evaluation.
    note
        What was done, or why it could not be, in a sentence.
    """

    load_factor: float
    model_late: float
    simulated_late: float
    low: float
    high: float
    by_grade: pd.DataFrame
    matched: bool
    steps: tuple[tuple[float, float], ...]
    note: str

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of what is simulated."""
        return self.low, self.high


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """The load factor that leads to the best plan.

    Attributes
    ----------
    load_factor
        ``AllocationProblem.load_factor`` to solve with; of those that tie, the least.
    post : (n_units,)
        The plan that it led to.
    tried
        One row per factor, ascending: load_factor, and simulated, low, high of late
        calls a shift by their weights.
    saved, low, high
        Late calls a shift, by their weights, that this plan saves against that of the
        present factor, on the same calls; a 95 % interval. It is the best of a few on
        these calls: on others it saves a little less.
    """

    load_factor: float
    post: IndexArray
    tried: pd.DataFrame
    saved: float
    low: float
    high: float


def calibrate(
    problem: AllocationProblem,
    post: IndexArray,
    judged: Outcome | SimulationParams = USUAL,
    *,
    cells: Aggregation | None = None,
) -> Calibration:
    """Choose the load factor so that model and simulation expect the same at a plan.

    What is matched is the number of late calls by their weights; it rises with the
    factor, so that the search brackets the answer and closes in on it (regula falsi
    with the Illinois rule: Dowell and Jarratt, 1971, BIT 11, 168-174), on the
    logarithms of both. Only the model is evaluated, about ten times.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan or a timetable.
    judged
        What the simulation found at this plan, or how to simulate it.
    cells
        What the factor is looked for on first; the answer holds on every hex.

    Raises
    ------
    DataError
        If the outcome is of other classes than the problem.
    """
    if isinstance(judged, SimulationParams):
        judged = Trials(problem, judged).outcome(post)
    outcome = judged
    if outcome.late.shape[1:] != (len(problem.classes),):
        raise DataError(
            f"the outcome is of {outcome.late.shape[1]} classes and the problem has "
            f"{len(problem.classes)}; simulate the plan of this problem"
        )
    target, low, high = weighted_late(problem, outcome)
    search = _Search(problem, post, target)
    near = problem.load_factor
    if cells is not None and target > 0:
        near = _rough(search, _Search(cells.of(problem), post, target))
    factor, matched, reason = search.run(near)
    model = search.late_at(factor)
    inside = bool(low <= model <= high)
    return Calibration(
        load_factor=factor,
        model_late=model,
        simulated_late=target,
        low=low,
        high=high,
        by_grade=_by_grade(problem, search.unmet_at(factor), outcome),
        matched=matched or inside,
        steps=tuple(search.tried.items()),
        note=reason if not (matched or inside) else _matched(factor, model, target),
    )


def calibrated_plan(
    problem: AllocationProblem,
    solver: SolverParams = _PROVING,
    params: SimulationParams = USUAL,
) -> tuple[AllocationPlan, Calibration]:
    """Tune the load factor, match the model to the simulation, solve, and match again.

    Matched first at the plan of the best factor of ``tuned``: matched at that of too
    high a factor, which is worse in simulation, the model would stay too dark. Matched
    again at the plan that is given, for what is told of it.
    """
    best = tuned(problem, params)
    first = calibrate(problem, best.post, params)
    stated = replace(problem, load_factor=first.load_factor)
    plan = solve(stated, solver)
    return plan, calibrate(stated, plan.post, params)


def weighted_late(
    problem: AllocationProblem, outcome: Outcome
) -> tuple[float, float, float]:
    """Give the late calls of a shift by their weights, with a 95 % interval."""
    return _estimated(outcome, outcome.late @ weights(problem))


def tuned(
    problem: AllocationProblem,
    params: SimulationParams = USUAL,
    factors: Sequence[float] = FACTORS,
    solver: SolverParams | None = None,
    cells: Aggregation | None = None,
) -> Tuning:
    """Choose the load factor whose plan lets the fewest calls be late in simulation.

    The factor that matches what is told of a plan is not always the one that leads to
    the best plan: too high a factor crowds the units where the load is, for the model
    does not see those that come to help from afar. All plans answer the same calls.

    Parameters
    ----------
    factors
        To try beside that of the problem.
    solver
        Of the plans that are tried: greedy and swap alone if None.
    cells
        What these plans are looked for on; every hex if None. They are simulated on
        every hex in any case.

    Raises
    ------
    DataError
        If a factor is not positive.
    InfeasibleError, SolverError
        As ``solve`` does.
    """
    trials, solver = Trials(problem, params), solver or baselines.search_params()
    stated = problem if cells is None else cells.of(problem)
    rows, posts, late = [], [], []
    for factor in sorted({problem.load_factor, *map(float, factors)}):
        posts.append(solve(replace(stated, load_factor=factor), solver).post)
        outcome = trials.outcome(posts[-1])
        late.append(outcome.late @ weights(problem))
        rows.append((factor, *_estimated(outcome, late[-1])))
    tried = pd.DataFrame(rows, columns=["load_factor", "simulated", "low", "high"])
    best = int(tried["simulated"].to_numpy().argmin())
    present = int(np.flatnonzero(tried["load_factor"] == problem.load_factor)[0])
    fewer = late[present] - late[best]
    per_shift = Ratio(part=fewer, whole=np.ones(fewer.size), least=-np.inf)
    saved, low, high = estimate(per_shift, dependent=params.carry_over)
    return Tuning(
        load_factor=float(tried["load_factor"][best]),
        post=posts[best],
        tried=tried,
        saved=saved,
        low=low,
        high=high,
    )


class _Search:
    """Late calls as a function of the load factor, and what has been tried."""

    def __init__(
        self, problem: AllocationProblem, post: IndexArray, target: float
    ) -> None:
        self._problem, self._post, self.target = problem, post, target
        self._weight = weights(problem)
        self._unmet: dict[float, FloatArray] = {}
        self.tried: dict[float, float] = {}

    @property
    def load_factor(self) -> float:
        """That of the problem."""
        return self._problem.load_factor

    def unmet_at(self, factor: float) -> FloatArray:
        """Late calls by class: (n_classes,)."""
        if factor not in self._unmet:
            stated = replace(self._problem, load_factor=factor)
            unmet = evaluate(stated, self._post).unmet.sum(axis=1)
            self._unmet[factor] = unmet
            self.tried[factor] = float(unmet @ self._weight)
        return self._unmet[factor]

    def late_at(self, factor: float) -> float:
        """Late calls by their weights."""
        self.unmet_at(factor)
        return self.tried[factor]

    def run(self, near: float) -> tuple[float, bool, str]:
        """Give the factor, whether it matches, and why not; look near one first."""
        present = min(max(near, LEAST), MOST)
        if self.target <= 0:
            return present, False, _nothing_late(present)
        if self._far(present) == 0.0:
            return present, True, ""
        low, high = self._bracket(present)
        if self._far(low) > 0 or self._far(high) < 0:
            edge = low if self._far(low) > 0 else high
            return edge, False, _out_of_bounds(edge, self.late_at(edge), self.target)
        factor = self._close_in(low, high)
        return factor, abs(self._far(factor)) <= _CLOSE, _stuck(factor)

    def _far(self, factor: float) -> float:
        """Log of the model's late calls over the simulated, 0 if near enough."""
        late = max(self.late_at(factor), 1e-12)
        away = log(late / self.target)
        return 0.0 if abs(away) <= _CLOSE else away

    def _bracket(self, present: float) -> tuple[float, float]:
        low = high = present
        if self._far(present) > 0:
            while self._far(low) > 0 and low > LEAST:
                high, low = low, max(low / _MODEST, LEAST)
        else:
            while self._far(high) < 0 and high < MOST:
                low, high = high, min(high * _MODEST, MOST)
        return low, high

    def _close_in(self, low: float, high: float) -> float:
        a, b = log(low), log(high)
        fa, fb = self._far(low), self._far(high)
        if fa == 0.0 or fb == 0.0:
            return low if fa == 0.0 else high
        side, factor = 0, high
        for _ in range(_MOST_STEPS):
            middle = (fa * b - fb * a) / (fa - fb)
            factor = exp(middle)
            f = self._far(factor)
            if f == 0.0:
                break
            if f > 0:
                b, fb, fa = middle, f, fa / 2 if side == 1 else fa
                side = 1
            else:
                a, fa, fb = middle, f, fb / 2 if side == -1 else fb
                side = -1
        return factor


def _rough(search: _Search, cells: _Search) -> float:
    """Look for the factor on cells, and once more for what they see too dark."""
    near = cells.run(cells.load_factor)[0]
    cells.target *= cells.late_at(near) / max(search.late_at(near), 1e-12)
    return cells.run(near)[0]


def _by_grade(
    problem: AllocationProblem, unmet: FloatArray, outcome: Outcome
) -> pd.DataFrame:
    grade = np.array([c.grade or c.name for c in problem.classes])
    rows = []
    for name in dict.fromkeys(grade.tolist()):
        late = outcome.late[:, grade == name].sum(axis=1).astype(np.float64)
        model = float(unmet[grade == name].sum())
        rows.append((name, model, *_estimated(outcome, late)))
    return pd.DataFrame(rows, columns=["grade", "model", "simulated", "low", "high"])


def _estimated(outcome: Outcome, late: FloatArray) -> tuple[float, float, float]:
    per_shift = Ratio(part=late, whole=np.ones(late.size))
    return estimate(per_shift, dependent=outcome.dependent)


def _matched(factor: float, model: float, target: float) -> str:
    return (
        f"At a load factor of {factor:.2f} the model expects {model:.1f} late calls a "
        f"shift by their weights, the simulation {target:.1f}."
    )


def _nothing_late(factor: float) -> str:
    return (
        f"No call was late in the simulation, so that there is nothing to match: the "
        f"load factor stays at {factor:.2f}. Simulate more shifts."
    )


def _out_of_bounds(factor: float, model: float, target: float) -> str:
    more = "more" if model > target else "fewer"
    return (
        f"The load factor cannot be matched: even at {factor:.2f}, the "
        f"{'least' if model > target else 'most'} that is tried, the model expects "
        f"{more} late calls by weight ({model:.2f}) than the simulation finds "
        f"({target:.2f})."
    )


def _stuck(factor: float) -> str:
    return (
        f"The load factor was matched only nearly, at {factor:.2f}: the model's late "
        f"calls jump there."
    )
