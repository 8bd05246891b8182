"""The master problem: integer places, transport from stations, and cuts.

Each block (class and district) has one variable theta, bounded from below by the
tangents of its convex unmet demand (Benders, 1962; Kelley, 1960). GLOP solves the
relaxation, HiGHS the integer problem.
"""

import contextlib
import datetime
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from ortools.math_opt.python import mathopt

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation._cover import Cover
from geoalloc.kernels import search

_SCALE = 1e3  # objective in thousandths, or GLOP turns abnormal
_TINY = 1e-6  # scaled cut coefficients below this are dropped
_VIOLATED = 1e-6  # scaled; a cut less violated than this is not worth having
_IDLE = 6  # rounds without a price after which a cut is dropped
_UNLIMITED = 1 << 30  # a most at or beyond it is no limit
_SLACK = 1e-5  # share that is taken off a bound of HiGHS for its tolerances


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A solution of the master and the lower bound that came with it.

    Attributes
    ----------
    placed : (n_sides, n_posts)
        Units of each side at each post; fractional in the relaxation.
    theta : (n_blocks,)
        Unmet demand that the cuts so far know of, scaled.
    nodes
        Branch-and-bound nodes that it took.
    """

    placed: FloatArray
    theta: FloatArray
    bound: float
    nodes: int = 0


@dataclass(kw_only=True)
class _Cut:
    """A row ``theta[block] + steep . y >= rhs``, and rounds without a price."""

    row: mathopt.LinearConstraint
    block: int
    steep: FloatArray
    rhs: float
    idle: int = 0


class Master:
    """The cut master; it grows by ``add_cuts`` and stays warm between solves."""

    def __init__(self, cover: Cover) -> None:
        roster = cover.roster
        self._cover = cover
        self._team, self._post = np.nonzero(np.isfinite(roster.cost))
        shape = (int(roster.side.max()) + 1, roster.cost.shape[1])
        self._allowed = np.zeros(shape, dtype=bool)
        self._allowed[roster.side[self._team], self._post] = True
        self._place = np.full(shape, -1)
        self._place[self._allowed] = np.arange(self._allowed.sum())
        self._build()
        self._glop = mathopt.IncrementalSolver(self._model, mathopt.SolverType.GLOP)
        self.cuts: list[_Cut] = []

    def _build(self) -> None:
        cover, roster = self._cover, self._cover.roster
        self._model = model = mathopt.Model()
        self._y = [
            model.add_variable(lb=0.0, ub=float(roster.size.sum()))
            for _ in range(int(self._allowed.sum()))
        ]
        place = self._place[roster.side[self._team], self._post]
        shared = (np.bincount(roster.side) > 1)[roster.side]
        # A team that is alone on its side needs no variables but those of the side.
        self._x = [
            model.add_variable(lb=0.0, ub=float(roster.size[g]))
            if shared[g]
            else self._y[i]
            for g, i in zip(self._team.tolist(), place.tolist(), strict=True)
        ]
        self._theta = [model.add_variable(lb=0.0) for _ in range(cover.n_blocks)]
        cost = roster.cost[self._team, self._post] * _SCALE
        for x, price in zip(self._x, cost.tolist(), strict=True):
            model.objective.set_linear_coefficient(x, price)
        for theta in self._theta:
            model.objective.set_linear_coefficient(theta, 1.0)
        # Every unit of a team is posted.
        supply = [model.add_linear_constraint(lb=n, ub=n) for n in roster.size.tolist()]
        # The units of a side at a post are those that its teams send there.
        link = {
            i: model.add_linear_constraint(lb=0.0, ub=0.0)
            for i in np.unique(place[shared[self._team]]).tolist()
        }
        for i, row in link.items():
            row.set_coefficient(self._y[i], -1.0)
        for i, x in enumerate(self._x):
            supply[self._team[i]].set_coefficient(x, 1.0)
            if shared[self._team[i]]:
                link[int(place[i])].set_coefficient(x, 1.0)
        self._require_quotas()

    def _require_quotas(self) -> None:
        """Add the rows: each quota has its least and no more than its most."""
        cover, quotas = self._cover, self._cover.quotas
        self._rows = []
        for r in range(quotas.least.size):
            most = float(quotas.most[r]) if quotas.most[r] < _UNLIMITED else np.inf
            row = self._model.add_linear_constraint(lb=float(quotas.least[r]), ub=most)
            parts = cover.side_parts[r][:, None] * cover.quota_post[r]
            for y, n in zip(self._y, parts[self._allowed].tolist(), strict=True):
                if n:
                    row.set_coefficient(y, float(n))
            self._rows.append(row)

    def value(self, placed: FloatArray) -> FloatArray:
        """Unmet demand by block at ``placed``: (n_blocks,), scaled."""
        cover = self._cover
        count = search.units_in_reach(cover.cells, cover.roster.sides, placed)
        cost, _ = _tangent(cover.cells.curve, count)
        return _SCALE * _by_block(cover, cost)

    def add_cuts(self, placed: FloatArray, against: Solution | None = None) -> int:
        """Add the tangents at ``placed``, or only those that ``against`` violates."""
        cover = self._cover
        count = search.units_in_reach(cover.cells, cover.roster.sides, placed)
        cost, slope = _tangent(cover.cells.curve, count)
        steep = search.gather(
            cover.cells,
            cover.roster.sides,
            self._allowed,
            slope * _SCALE,
            cover.block,
            cover.n_blocks,
        )
        rhs = _SCALE * _by_block(cover, cost + slope * count)
        dropped = (steep > 0) & (steep < _TINY)
        steep[dropped] = 0.0
        # A dropped coefficient would have helped by at most _TINY a unit.
        rhs -= np.where(dropped.any(axis=(1, 2)), _TINY * cover.roster.size.sum(), 0.0)
        blocks = np.flatnonzero(rhs > 0)
        if against is not None:
            short = rhs - against.theta - np.einsum("bgp,gp->b", steep, against.placed)
            blocks = blocks[short[blocks] > _VIOLATED * np.maximum(1.0, rhs[blocks])]
        for block in blocks.tolist():
            self._add_cut(block, steep[block][self._allowed], float(rhs[block]))
        return len(blocks)

    def _add_cut(self, block: int, steep: FloatArray, rhs: float) -> None:
        row = self._model.add_linear_constraint(lb=rhs)
        row.set_coefficient(self._theta[block], 1.0)
        for place in np.flatnonzero(steep).tolist():
            row.set_coefficient(self._y[place], float(steep[place]))
        self.cuts.append(_Cut(row=row, block=block, steep=steep, rhs=rhs))

    def relax(self) -> Solution | None:
        """Solve the relaxation; None if the solver broke down."""
        result = self._glop.solve(
            params=mathopt.SolveParameters(
                lp_algorithm=mathopt.LPAlgorithm.DUAL_SIMPLEX
            ),
            # Only what is read: each value of a result becomes a Python object.
            model_params=mathopt.ModelSolveParameters(
                variable_values_filter=mathopt.VariableFilter(
                    filtered_items=[*self._y, *self._theta]
                ),
                reduced_costs_filter=mathopt.VariableFilter(filtered_items=[]),
            ),
        )
        if result.termination.reason != mathopt.TerminationReason.OPTIMAL:
            return None
        placed = np.zeros(self._allowed.shape)
        placed[self._allowed] = np.maximum(result.variable_values(self._y), 0.0)
        price = np.array(result.dual_values([cut.row for cut in self.cuts]))
        bound = self.bound_at(price, np.array(result.dual_values(self._rows)))
        self._drop_idle(price)
        return Solution(
            placed=placed,
            theta=np.array(result.variable_values(self._theta)),
            bound=bound,
        )

    def _drop_idle(self, price: FloatArray) -> None:
        """Drop cuts that have had no price for long: they only slow the solver."""
        kept = []
        for cut, worth in zip(self.cuts, price.tolist(), strict=True):
            cut.idle = 0 if worth > 0 else cut.idle + 1
            if cut.idle < _IDLE:
                kept.append(cut)
            else:
                self._model.delete_linear_constraint(cut.row)
        self.cuts = kept

    def bound_at(self, price: FloatArray, worth: FloatArray) -> float:
        """Give the Lagrangian bound at any prices: true even if the solver erred.

        The cuts are priced out and the quotas with them; what is left is that each
        unit goes where it is cheapest. ``worth`` has one price per quota: above 0
        for its least, below 0 for its most.
        """
        cover, roster, quotas = self._cover, self._cover.roster, self._cover.quotas
        price = np.maximum(price, 0.0)
        worth = np.where(quotas.most < _UNLIMITED, worth, np.maximum(worth, 0.0))
        block = np.array([cut.block for cut in self.cuts], dtype=np.int64)
        # theta is not negative, so the prices of its cuts may add up to 1 at most.
        price /= np.maximum(np.bincount(block, price, cover.n_blocks), 1.0)[block]
        saving = np.zeros(self._allowed.shape)
        bound = 0.0
        for i in np.flatnonzero(price).tolist():
            saving[self._allowed] += price[i] * self.cuts[i].steep
            bound += price[i] * self.cuts[i].rhs
        for r in np.flatnonzero(worth).tolist():
            limit = quotas.least[r] if worth[r] > 0 else quotas.most[r]
            bound += worth[r] * limit
            saving += worth[r] * cover.side_parts[r][:, None] * cover.quota_post[r]
        cost = roster.cost * _SCALE - saving[roster.side]
        return float(bound + roster.size @ cost.min(axis=1)) / _SCALE

    def round(
        self, hint: IndexArray, gap: float, nodes: int, seconds: float | None
    ) -> Solution | None:
        """Solve the integer master from a hint: the post of each unit, (n_units,).

        None if the solver broke down or had no plan at its limit.
        """
        limit = None if seconds is None else datetime.timedelta(seconds=seconds)
        for y in self._y:
            y.integer = True
        with _silence():
            result = mathopt.solve(
                self._model,
                mathopt.SolverType.HIGHS,
                params=mathopt.SolveParameters(
                    relative_gap_tolerance=gap, node_limit=nodes, time_limit=limit
                ),
                model_params=mathopt.ModelSolveParameters(
                    solution_hints=[self._hint(hint)]
                ),
            )
        for y in self._y:
            y.integer = False
        if not result.has_primal_feasible_solution():
            return None
        placed = np.zeros(self._allowed.shape)
        placed[self._allowed] = np.rint(result.variable_values(self._y))
        bound = result.termination.objective_bounds.dual_bound
        return Solution(
            placed=placed,
            theta=np.array(result.variable_values(self._theta)),
            bound=(bound - _SLACK * max(1.0, abs(bound))) / _SCALE,
            nodes=max(1, result.solve_stats.node_count),
        )

    def _hint(self, post: IndexArray) -> mathopt.SolutionHint:
        roster = self._cover.roster
        by_team = np.zeros(roster.cost.shape)
        np.add.at(by_team, (roster.team, post), 1.0)
        placed = self.placed(post)
        known = (
            (self._y, placed[self._allowed]),
            (self._x, by_team[self._team, self._post]),
            (self._theta, self.value(placed)),
        )
        values: dict[mathopt.Variable, float] = {}
        for variables, numbers in known:
            values.update(zip(variables, numbers.tolist(), strict=True))
        return mathopt.SolutionHint(variable_values=values)

    def placed(self, post: IndexArray) -> FloatArray:
        """Count the units of each side at each post: (n_sides, n_posts)."""
        roster = self._cover.roster
        placed = np.zeros(self._allowed.shape)
        np.add.at(placed, (roster.side[roster.team], post), 1.0)
        return placed


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep off standard output what HiGHS writes there whatever it is told.

    It writes past Python, to the file descriptor; results go there as JSON.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


def _by_block(cover: Cover, values: FloatArray) -> FloatArray:
    total = np.zeros(cover.n_blocks)
    np.add.at(total, cover.block, values)
    return total


def _tangent(curve: FloatArray, count: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Value and (positive) fall per unit of each cell's curve at ``count``."""
    rows, last = np.arange(curve.shape[0]), curve.shape[1] - 1
    below = np.clip(np.floor(count + 1e-9).astype(np.int64), 0, max(last - 1, 0))
    fall = curve[rows, below] - curve[rows, np.minimum(below + 1, last)]
    return curve[rows, below] - fall * (count - below), fall
