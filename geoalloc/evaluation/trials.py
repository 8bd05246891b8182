"""Simulate many plans on the same calls, and look only at who is late."""

from dataclasses import replace

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import AllocationProblem
from geoalloc.allocation import plan as plans
from geoalloc.evaluation import dispatching
from geoalloc.evaluation.calls import draw_calls
from geoalloc.evaluation.conduct import DispatchRules
from geoalloc.evaluation.outcomes import Key, Measure, Outcome, Ratio
from geoalloc.evaluation.params import PERIOD_MIN, USUAL, SimulationParams
from geoalloc.kernels import simulation
from geoalloc.kernels.simulation import Ground

__all__ = ["Trials"]


class Trials:
    """Calls and ground laid out once, for any number of plans, rules and modes.

    Finds what ``simulate`` finds, but only the figures that plans are compared by: of
    a county, three quarters of the time go into the others and into the ground.

    Parameters
    ----------
    ground
        That of another trial of the same travel table and custody.
    """

    def __init__(
        self,
        problem: AllocationProblem,
        params: SimulationParams = USUAL,
        *,
        ground: Ground | None = None,
    ) -> None:
        self.ground = dispatching.ground(problem, params, ground)
        self._problem, self._params = problem, params
        self._calls = calls = draw_calls(problem, params)
        self._n_shifts = calls.start.size - 1
        self._limit = self.ground.limit[calls.grade, calls.hex]
        shift = np.repeat(np.arange(self._n_shifts), np.diff(calls.start))
        self._slot = shift * len(problem.classes) + calls.grade
        self._counted: BoolArray = calls.at >= 0
        self._called = self._tally(self._counted)

    def outcome(
        self,
        post: IndexArray,
        *,
        rules: DispatchRules | None = None,
        bordered: bool | None = None,
    ) -> Outcome:
        """Simulate a plan.

        Parameters
        ----------
        post : (n_units,) or (n_units, n_periods)
        rules, bordered
            In place of those of the params and of the problem.

        Returns
        -------
        outcome
            With ``calls``, ``late``, ``busy``, and of the measures late and late_share
            by grade and unmet; without tables.
        """
        problem, params = self._problem, self._params
        if bordered is not None and bordered != problem.bordered:
            problem = replace(problem, bordered=bordered)
        where = plans.timetable(problem, post)
        edges: FloatArray = PERIOD_MIN * np.arange(problem.n_periods + 1.0)
        drain_h = 0.0 if params.carry_over else params.drain_h
        cases, busy, _, _ = simulation.dispatch(
            self._calls,
            dispatching.force(problem, where, params),
            dispatching.rules(problem, where, rules or params.rules),
            self.ground,
            edges,
            float(edges[-1] + drain_h * PERIOD_MIN),
            params.carry_over,
        )
        late = self._tally(self._counted & (cases["response"] > self._limit))
        return Outcome(
            scores=pd.DataFrame(),
            calls=self._called,
            late=late,
            busy=busy.mean(axis=0) / PERIOD_MIN,
            measures=self._measures(late),
            dependent=params.carry_over,
        )

    def late(self, post: IndexArray, rules: DispatchRules | None = None) -> FloatArray:
        """Sum the late calls under a plan by their weights: (n_shifts,)."""
        late = self.outcome(post, rules=rules).late
        return np.asarray(late @ weights(self._problem))

    def _measures(self, late: IndexArray) -> dict[Key, Measure]:
        every = np.ones(self._n_shifts)
        unmet = late @ weights(self._problem)
        measures: dict[Key, Measure] = {
            ("unmet", "all"): Ratio(part=unmet, whole=every)
        }
        grade = np.array([c.grade or c.name for c in self._problem.classes])
        for name in dict.fromkeys(grade.tolist()):
            part, whole = (
                counts[:, grade == name].sum(axis=1).astype(np.float64)
                for counts in (late, self._called)
            )
            measures["late", name] = Ratio(part=part, whole=every)
            measures["late_share", name] = Ratio(part=part, whole=whole, most=1.0)
        return measures

    def _tally(self, chosen: BoolArray) -> IndexArray:
        n_classes = len(self._problem.classes)
        slot = self._slot[chosen]
        counts = np.bincount(slot, minlength=self._n_shifts * n_classes)
        return counts.reshape(self._n_shifts, n_classes)


def weights(problem: AllocationProblem) -> FloatArray:
    """Weight of a late call of each class: (n_classes,)."""
    return np.array([c.weight for c in problem.classes], dtype=np.float64)
