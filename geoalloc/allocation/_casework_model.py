"""The linear programs of casework, one aim after the other, by GLOP."""

from dataclasses import dataclass

import numpy as np
from ortools.math_opt.python import mathopt

from geoalloc._types import FloatArray
from geoalloc.allocation.casework import CaseworkProblem
from geoalloc.errors import SolverError

_SLACK = 1e-7  # of an aim that is held while the next is pursued


@dataclass(frozen=True, kw_only=True)
class Shares:
    """A solution: hours of work by team and item, and what an hour is worth.

    Attributes
    ----------
    hours : (n_teams, n_work)
    work_price : (n_work,)
        Weighted hours that one more hour of the work would leave unserved.
    team_price : (n_teams,)
        Weighted hours that one more hour of the team would serve.
    """

    hours: FloatArray
    work_price: FloatArray
    team_price: FloatArray


class CaseworkModel:
    """Hours of teams for work, within hours, caseload and accreditation."""

    def __init__(self, problem: CaseworkProblem) -> None:
        self._problem = problem
        self._model = model = mathopt.Model()
        may = problem.may()
        self._pairs = np.argwhere(may).tolist()
        self.lost_share = problem.travel_share() + problem.handover_share()
        self._x = {(t, w): model.add_variable(lb=0.0) for t, w in self._pairs}
        self._unserved = [model.add_variable(lb=0.0) for _ in problem.work]
        # Without an upper bound: the price of hours is all in their own row.
        self._largest = model.add_variable(lb=0.0)
        self._add_rows()

    def _add_rows(self) -> None:
        problem, model = self._problem, self._model
        # Work is done by some team, or left.
        self._done = [
            model.add_linear_constraint(
                sum((self._x[t, w] for t, v in self._pairs if v == w), start=left)
                == work.hours
            )
            for w, (work, left) in enumerate(
                zip(problem.work, self._unserved, strict=True)
            )
        ]
        self._room = []
        for t, team in enumerate(problem.teams):
            spent = self._spent(t)
            # A team has so many hours, drives and handovers among them.
            self._room.append(model.add_linear_constraint(spent <= team.hours))
            model.add_linear_constraint(spent <= self._largest * team.hours)
            if team.most_cases is not None:
                # It carries no more cases than its largest caseload.
                model.add_linear_constraint(self._cases(t) <= team.most_cases)

    def _spent(self, team: int) -> mathopt.LinearExpression:
        return mathopt.LinearSum(
            self._x[t, w] * float(1.0 + self.lost_share[t, w])
            for t, w in self._pairs
            if t == team
        )

    def _cases(self, team: int) -> mathopt.LinearExpression:
        work = self._problem.work
        return mathopt.LinearSum(
            self._x[t, w] * (work[w].cases / work[w].hours)
            for t, w in self._pairs
            if t == team and work[w].hours > 0
        )

    def unserved(self) -> Shares:
        """Leave the fewest weighted hours unserved."""
        aim = mathopt.LinearSum(
            left * work.weight
            for left, work in zip(self._unserved, self._problem.work, strict=True)
        )
        shares, value = self._least(aim)
        self._model.add_linear_constraint(aim <= value + _SLACK * max(1.0, value))
        return shares

    def balance(self) -> Shares:
        """Then make the largest ratio of spent hours to hours as small as can be."""
        shares, value = self._least(mathopt.LinearSum([self._largest]))
        self._model.add_linear_constraint(self._largest <= value + _SLACK)
        return shares

    def travel(self) -> Shares:
        """Then spend the fewest hours on drives and handovers."""
        aim = mathopt.LinearSum(
            self._x[t, w] * float(self.lost_share[t, w]) for t, w in self._pairs
        )
        return self._least(aim)[0]

    def _least(self, aim: mathopt.LinearBase) -> tuple[Shares, float]:
        self._model.minimize(aim)
        result = mathopt.solve(self._model, mathopt.SolverType.GLOP)
        if result.termination.reason != mathopt.TerminationReason.OPTIMAL:
            raise SolverError(
                f"the linear program of casework ended as "
                f"{result.termination.reason.value}, which no such problem should"
            )
        hours = np.zeros((len(self._problem.teams), len(self._problem.work)))
        for (t, w), value in zip(
            self._x, result.variable_values(list(self._x.values())), strict=True
        ):
            hours[t, w] = max(0.0, value)
        shares = Shares(
            hours=hours,
            work_price=np.maximum(0.0, np.array(result.dual_values(self._done))),
            team_price=np.maximum(0.0, -np.array(result.dual_values(self._room))),
        )
        return shares, result.objective_value()
