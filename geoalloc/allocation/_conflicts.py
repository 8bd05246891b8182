"""Why no plan keeps all rules, and what to relax by how much.

The rules are first let go of at a price (an elastic program, Chinneck, 2008,
Feasibility and Infeasibility in Optimization): the least total breach says which do
not go together. For each that is broken the others are then dropped one by one, if
it stays broken without them; those that are left are in its way.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation._cover import Cover, tangent
from geoalloc.allocation._program import Limits, Program
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.kernels import gathering

_NODES = 2_000
_EXACT = Limits(gap=0.0, nodes=_NODES)
_CHEAP_MOVE = 0.1  # a move more is rather asked for than a unit less in a quota
_RANK = 1e-4  # of rules that could give way alike, the later does
_CAP_ROUNDS = 30
_CAP_GAP = 1e-3  # share of what is unmet to which the least reachable is found


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """A row that may give way: ``coefficient . x`` plus its slack keeps a limit.

    Attributes
    ----------
    sign
        1 if the limit is a least, -1 if it is a most.
    weight
        Price of one unit of slack.
    unit, counted
        What it counts, and how many there are in all; 0 for a lock.
    """

    name: str
    column: IndexArray
    coefficient: FloatArray
    limit: float
    sign: int = 1
    weight: float = 1.0
    unit: str = "unit"
    counted: int = 0


class _Rules:
    """The places of units by team, and the rules as rows that may give way."""

    def __init__(self, cover: Cover, problem: AllocationProblem) -> None:
        self.cover, roster = cover, cover.roster
        self.team, self.post = np.nonzero(np.isfinite(roster.cost))
        n_places = self.team.size
        stood = cover.moves.current[self.team, self.post]
        self._here = np.flatnonzero(stood) if cover.moves.most >= 0 else stood[:0]
        self._stood = stood[self._here]
        self._gone = np.arange(n_places, n_places + self._here.size)
        self.all = [*self._quotas(problem), *self._locks(problem), *self._budget()]

    def _quotas(self, problem: AllocationProblem) -> list[_Rule]:
        cover, found = self.cover, []
        hours = {quota.name for quota in problem.quotas if quota.hours}
        sides = cover.roster.side
        for r, name in enumerate(cover.quota_name):
            parts = cover.side_parts[r][sides[self.team]]
            counts = parts * cover.quota_post[r][self.post]
            column = np.flatnonzero(counts)
            least, most = int(cover.quotas.least[r]), int(cover.quotas.most[r])
            in_all = int(cover.side_parts[r][sides] @ cover.roster.size)
            row: dict[str, Any] = {
                "column": column,
                "coefficient": counts[column].astype(np.float64),
                "unit": "unit-hour" if name in hours else "unit",
                "counted": in_all,
            }
            if least > 0:
                found.append(_Rule(name=name, limit=least, **row))
            if most <= in_all:
                said = f"{name} of at most {most}"
                found.append(_Rule(name=said, limit=most, sign=-1, **row))
        return found

    def _locks(self, problem: AllocationProblem) -> list[_Rule]:
        found: dict[tuple[int, int], list[int]] = {}
        for u, post in problem.locked.items():
            team = int(self.cover.roster.team[u])
            found.setdefault((team, post), []).append(u)
        return [
            _Rule(
                name=f"the lock of unit {', '.join(map(str, units))} at post {post}",
                column=np.flatnonzero((self.team == team) & (self.post == post)),
                coefficient=np.ones(1),
                limit=len(units),
            )
            for (team, post), units in found.items()
        ]

    def _budget(self) -> list[_Rule]:
        moves = self.cover.moves
        if moves.most < 0:
            return []
        forced = int(moves.current.sum() - self._stood.sum())
        return [
            _Rule(
                name=f"the budget of {moves.most} moves",
                column=self._gone,
                coefficient=np.ones(self._gone.size),
                limit=moves.most - forced,
                sign=-1,
                weight=_CHEAP_MOVE,
            )
        ]

    def program(self) -> Program:
        """Give the program of who may stand where, without the rules."""
        program, roster = Program(), self.cover.roster
        everybody = float(roster.size.sum())
        places = program.add_columns(
            np.zeros(self.team.size), np.full(self.team.size, everybody)
        )
        program.add_columns(np.zeros(self._here.size), self._stood.astype(np.float64))
        for g, n in enumerate(roster.size.tolist()):
            own = places[self.team == g]
            program.add_row(own, np.ones(own.size), lower=n, upper=n)
        for gone, here, left in zip(self._gone, self._here, self._stood, strict=True):
            program.add_row(np.array([here, gone]), np.ones(2), lower=float(left))
        return program

    def slack(self, kept: dict[int, float | None]) -> FloatArray | None:
        """Give the least breach of rules by position; None if there is no plan.

        A rule in ``kept`` with a number may be broken by that much; with None by
        any amount at its weight; a rule that is not in ``kept`` does not count.
        """
        program, slack = self.program(), np.zeros(len(self.all))
        columns = {}
        for r, allowance in kept.items():
            rule = self.all[r]
            column, coefficient = rule.column, rule.coefficient
            limit = rule.limit - rule.sign * (allowance or 0.0)
            if allowance is None:
                price = rule.weight * (1.0 + _RANK * (len(self.all) - r))
                own = program.add_columns(np.array([price]), np.array([np.inf]))
                columns[r] = int(own[0])
                column = np.append(column, own)
                coefficient = np.append(coefficient, float(rule.sign))
            side = "lower" if rule.sign > 0 else "upper"
            program.add_row(column, coefficient, **{side: limit})
        integer = np.arange(self.team.size + self._here.size)
        result = program.round(integer, None, _EXACT)
        if result is None or result.value is None:
            return None
        for r, own_column in columns.items():
            slack[r] = np.rint(result.value[own_column])
        return slack


def explain(problem: AllocationProblem, cover: Cover) -> str:
    """Say in one sentence which rules conflict and what to relax.

    Parameters
    ----------
    cover
        Of the problem without its locks: they are rules here.
    """
    rules = _Rules(cover, problem)
    slack = rules.slack(dict.fromkeys(range(len(rules.all))))
    if slack is None:
        return "no plan keeps all rules, and which conflict was not found in time"
    if not slack.any():
        return f"no plan keeps all rules: {'; '.join(_caps(rules))}"
    parts = [_conflict(rules, slack, int(r)) for r in np.flatnonzero(slack)]
    return f"no plan keeps all rules: {'; '.join(dict.fromkeys(parts))}"


def _conflict(rules: _Rules, slack: FloatArray, broken: int) -> str:
    """Say what is in the way of one rule that is broken, the others giving way."""
    kept: dict[int, float | None] = {
        r: None if r == broken else float(slack[r]) for r in range(len(rules.all))
    }
    for r in [r for r in kept if r != broken]:
        fewer = {k: v for k, v in kept.items() if k != r}
        found = rules.slack(fewer)
        if found is not None and found[broken] > 0:
            kept = fewer
    others = [rules.all[r].name for r in kept if r != broken]
    said = _shortfall(rules.all[broken], int(slack[broken]), alone=not others)
    if not others:
        return said
    return f"{said}, or relax {' or '.join(dict.fromkeys(others))}"


def _shortfall(rule: _Rule, by: int, *, alone: bool) -> str:
    """Say by how much a rule is broken, and what it has if nothing is in its way."""
    kept = int(rule.limit) - rule.sign * by
    if rule.weight == _CHEAP_MOVE:
        return f"{rule.name} needs {by} more"
    unit = rule.unit if by == 1 else f"{rule.unit}s"
    if rule.sign < 0:
        return f"{rule.name} has {by} {unit} too many" + (
            f" (at least {kept} cannot be elsewhere)" if alone else ""
        )
    if not rule.counted:
        return f"{rule.name} cannot be kept"
    return f"{rule.name} needs {by} more {unit} within reach" + (
        f" (of {rule.counted} that count only {kept} can be there)" if alone else ""
    )


def _caps(rules: _Rules) -> list[str]:
    """Say which caps cannot be kept, and what share can be reached with the rest."""
    cover = rules.cover
    program = rules.program()
    for rule in rules.all:
        side = "lower" if rule.sign > 0 else "upper"
        program.add_row(rule.column, rule.coefficient, **{side: rule.limit})
    n_caps = cover.cap_limit.size
    scale = 1e3 / np.maximum(cover.cap_limit, 1e-9)
    theta = program.add_columns(np.zeros(n_caps), np.full(n_caps, np.inf))
    over = program.add_columns(np.ones(n_caps), np.full(n_caps, np.inf))
    for t, e in zip(theta, over, strict=True):
        program.add_row(np.array([t, e]), np.array([1.0, -1.0]), upper=1e3)
    reached = np.full(n_caps, np.inf)
    placed = np.zeros((cover.roster.sides.beat.size, cover.roster.cost.shape[1]))
    for _ in range(_CAP_ROUNDS):
        value = _cut_caps(rules, program, placed, theta, scale)
        if (
            placed.any()
            and np.maximum(value - 1e3, 0).sum() < np.maximum(reached - 1e3, 0).sum()
        ):
            reached = value
        result = program.round(
            np.arange(rules.team.size), None, Limits(gap=_CAP_GAP, nodes=_NODES)
        )
        if result is None or result.value is None:
            break
        if np.maximum(reached - 1e3, 0).sum() <= result.bound * (1 + 2 * _CAP_GAP):
            break
        placed[:] = 0.0
        of_team = cover.roster.side[rules.team]
        np.add.at(placed, (of_team, rules.post), np.rint(result.value[: of_team.size]))
    demand = cover.capped @ cover.cells.curve[:, 0]
    share = reached / scale / np.maximum(demand, 1e-300)
    limit = cover.cap_limit / np.maximum(demand, 1e-300)
    return [
        f"the largest unmet share of {cover.cap_name[g]} is {limit[g]:.4g}, but the "
        f"least that was reached is {share[g]:.4g}; raise it to that"
        for g in np.flatnonzero(reached > 1e3)
    ]


def _cut_caps(
    rules: _Rules,
    program: Program,
    placed: FloatArray,
    theta: IndexArray,
    scale: FloatArray,
) -> FloatArray:
    """Add a tangent for each cap; give its scaled unmet demand at ``placed``."""
    cover = rules.cover
    count = cover.parts(placed)
    cost, slope = tangent(cover.cells.curve, count)
    side = cover.roster.side[rules.team]
    for g, capped in enumerate(cover.capped):
        steep = gathering.gather(
            cover.cells,
            cover.within,
            cover.roster.sides,
            slope * scale[g],
            np.where(capped, 0, -1),
            1,
        )[0][side, rules.post]
        column = np.flatnonzero(steep)
        rhs = float(capped @ (cost + slope * count)) * scale[g]
        program.add_row(
            np.append(column, theta[g]), np.append(steep[column], 1.0), lower=rhs
        )
    return np.asarray(cover.capped @ cost * scale)
