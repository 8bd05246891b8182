"""Solve: search for a plan, bound it by cuts, close the gap by the integer master."""

import time
from dataclasses import dataclass, replace

import numpy as np

from geoalloc._types import IndexArray
from geoalloc.allocation import _conflicts, _search
from geoalloc.allocation._cover import compile_cover
from geoalloc.allocation._master import Answer, Master, Solution
from geoalloc.allocation._program import Limits
from geoalloc.allocation.plan import (
    AllocationPlan,
    SolveStatus,
    Valuation,
    evaluate,
    require_plan,
)
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError, InfeasibleError, SolverError

_PROVEN = 2e-5  # a gap this small, in shares of unmet demand, is called optimal
_SEARCHES = 40  # integer masters in search of any plan that keeps the rules
_SEARCH_NODES = 5_000
_ANY = 0.2  # gap at which such a master ends
_PATIENCE = 6  # rounds of cuts over which a rise of the bound is looked at
_LITTLE = 0.1  # share of the gap asked for that such a rise must come to
_MIX = 0.4  # share of the master's solution in the point at which cuts are made


@dataclass(frozen=True, kw_only=True)
class SolverParams:
    """Limits of one solve; the defaults give the same plan every run.

    Attributes
    ----------
    cut_rounds
        Most rounds of cuts on the relaxation.
    node_limit
        Most branch-and-bound nodes of the integer master; 0 leaves it out.
    gap
        Stop when this close to the bound, as a share of unmet demand.
    seconds
        Stop at this time; such a run may not repeat. None for no clock.
    """

    cut_rounds: int = 60
    node_limit: int = 200
    gap: float = 0.01
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.cut_rounds < 1 or self.node_limit < 0 or not self.gap >= 0:
            raise DataError(
                f"need cut_rounds >= 1, node_limit >= 0 and gap >= 0; got "
                f"{self.cut_rounds}, {self.node_limit} and {self.gap}"
            )
        if self.seconds is not None and not self.seconds > 0:
            raise DataError(f"seconds must be positive, got {self.seconds}")


def solve(
    problem: AllocationProblem,
    params: SolverParams = SolverParams(),
    *,
    start: IndexArray | None = None,
) -> AllocationPlan:
    """Post the units so that the fewest (weighted) incidents are expected late.

    Greedy and swap give a plan; cuts on the relaxation, stabilized by looking
    between its solution and the best point so far (Ben-Ameur and Neto, 2007), give
    a bound; an integer master closes the gap between the two.

    Parameters
    ----------
    start : (n_units,), optional
        A plan to begin with, in place of the one of greedy: that of a problem much
        like this one.

    Raises
    ------
    DataError
        If ``start`` is no plan of the problem.
    InfeasibleError
        If no plan keeps the rules; it says which conflict and what to relax.
    SolverError
        If neither a plan was found nor that there is none, within the limits.
    """
    if start is not None and np.ndim(require_plan(problem, start)) != 1:
        raise DataError(
            f"start has shape {np.shape(start)}; a plan to begin with has one post per "
            f"unit, ({len(problem.supply)},)"
        )
    run = _Run(problem, params, start)
    run.relax()
    run.round()
    return run.plan()


class _Run:
    """State of one solve: the best plan, the best bound, and the way to them."""

    def __init__(
        self,
        problem: AllocationProblem,
        params: SolverParams,
        start: IndexArray | None = None,
    ) -> None:
        self._start = time.perf_counter()
        self._problem, self._params = problem, params
        self._cover = compile_cover(problem)
        self._steps: list[dict[str, str | float]] = []
        self._bound = 0.0
        self._master = Master(self._cover)
        if start is None or problem.most_moves is not None:
            post = _search.first_plan(self._cover)
        else:
            post = _search.improve(self._cover, start)
        if not _search.keeps_rules(self._cover, post):
            post = self._find(post)
        self._best: Valuation = evaluate(problem, post)
        self._log("greedy and swap")

    def _find(self, post: IndexArray) -> IndexArray:
        """Let the integer master find a plan that keeps the rules."""
        master, cover = self._master, self._cover
        for _ in range(_SEARCHES):
            master.add_cuts(master.placed(post))
            answer = master.round(
                None,
                Limits(gap=_ANY, nodes=_SEARCH_NODES, seconds=self._seconds_left()),
            )
            if answer is None:
                break
            if answer.infeasible or answer.post is None:
                free = replace(self._problem, locked={})
                raise InfeasibleError(
                    _conflicts.explain(self._problem, compile_cover(free))
                )
            post = answer.post
            if _search.keeps_rules(cover, post):
                better = _search.improve(cover, post)
                return better if _search.keeps_rules(cover, better) else post
        raise SolverError(
            "no plan was found that keeps all rules, nor that there is none, within "
            "the limits of the search; relax a cap or a quota, or allow more seconds"
        )

    def relax(self) -> None:
        """Raise the bound by rounds of cuts on the relaxation."""
        master = self._master
        core = master.placed(self._best.post)
        core_value = master.value(core).sum()
        master.add_cuts(core)
        mix, reached = _MIX, [0.0]
        for _ in range(self._params.cut_rounds):
            solution = master.relax()
            if solution is None:
                break
            self._bound = max(self._bound, solution.bound)
            reached.append(self._bound)
            if self._done() or self._stalls(reached):
                break
            point = mix * solution.placed + (1 - mix) * core
            added = master.add_cuts(point, solution)
            if not added and mix == 1.0:
                break
            # The core follows the best point, and other points a little.
            better = master.value(point).sum() < core_value
            core = point if better else 0.2 * point + 0.8 * core
            core_value = master.value(core).sum()
            mix = _MIX if added else 1.0
        self._log("cuts")

    def round(self) -> None:
        """Solve the integer master, cut at its plan, and repeat."""
        master, left = self._master, self._params.node_limit
        while left > 0 and not self._done():
            master.add_cuts(master.placed(self._best.post))
            answer = master.round(
                self._best.post,
                Limits(
                    gap=self._params.gap / 2, nodes=left, seconds=self._seconds_left()
                ),
            )
            if answer is None or answer.post is None:
                break
            left -= answer.nodes
            if not self._take(answer, answer.post):
                break

    def _stalls(self, reached: list[float]) -> bool:
        """Whether the bound has risen too little of late to be worth more cuts."""
        if len(reached) <= _PATIENCE:
            return False
        worth = _LITTLE * self._params.gap * self._best.weighted_unmet
        return reached[-1] - reached[-1 - _PATIENCE] < worth

    def _take(self, answer: Answer, post: IndexArray) -> bool:
        """Take in a plan of the integer master; whether it told anything new."""
        before = self._bound, self._best.objective
        self._bound = max(self._bound, answer.bound)
        self._offer(post)
        self._offer(_search.improve(self._cover, post))
        solution = Solution(
            placed=self._master.placed(post),
            theta=answer.theta,
            bound=answer.bound,
        )
        added = self._master.add_cuts(solution.placed, solution)
        self._log("integer master")
        return bool(added) or before != (self._bound, self._best.objective)

    def plan(self) -> AllocationPlan:
        """Give the best plan found, with its proof."""
        if self._seconds_left() == 0.0:
            self._log("stopped by the clock")
        return AllocationPlan(
            post=self._best.post,
            unmet=self._best.unmet,
            none_free=self._best.none_free,
            weighted_unmet=self._best.weighted_unmet,
            beyond=self._best.beyond,
            objective=self._best.objective,
            bound=min(self._bound, self._best.objective),
            gap=self._gap(),
            status=(
                SolveStatus.OPTIMAL if self._gap() <= _PROVEN else SolveStatus.FEASIBLE
            ),
            stopped_by_clock=(
                self._gap() > self._params.gap and self._seconds_left() == 0.0
            ),
            steps=self._steps,
        )

    def _offer(self, post: IndexArray) -> None:
        if not _search.keeps_rules(self._cover, post):
            return
        offered = evaluate(self._problem, post)
        if offered.objective < self._best.objective - 1e-9:
            self._best = offered

    def _gap(self) -> float:
        short = max(0.0, self._best.objective - self._bound)
        return short / max(self._best.weighted_unmet, 1e-9)

    def _seconds_left(self) -> float | None:
        if self._params.seconds is None:
            return None
        return max(0.0, self._params.seconds - (time.perf_counter() - self._start))

    def _done(self) -> bool:
        return self._gap() <= self._params.gap or self._seconds_left() == 0.0

    def _log(self, stage: str) -> None:
        self._steps.append(
            {
                "stage": stage,
                "objective": self._best.objective,
                "bound": self._bound,
                "seconds": time.perf_counter() - self._start,
            }
        )
