"""What each rule costs: what a plan would gain if it were a little less strict."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geoalloc._types import IndexArray
from geoalloc.allocation._resolve import Resolved, grade_late, require_posts, resolve
from geoalloc.allocation._solve import SolverParams
from geoalloc.allocation.plan import timetable
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError

_CAP_STEP = 0.01  # of the demand of a group: one percentage point
_LONGEST_STEP = 1.0  # minutes


@dataclass(frozen=True, kw_only=True)
class _Relaxed:
    """A rule, how it is changed, and the problem with the change.

    Attributes
    ----------
    slack
        Whether the plan keeps the rule with room to spare: it is then free.
    """

    rule: str
    side: str
    limit: float
    change: float
    problem: AllocationProblem
    slack: bool = False


def constraint_prices(
    problem: AllocationProblem,
    post: IndexArray,
    *,
    solver: SolverParams | None = None,
    cap_step_min: float = 5.0,
) -> pd.DataFrame:
    """Price each rule: relax it by one, solve again from the plan, see what it saves.

    A quota is relaxed by one unit (or unit-hour), a cap on an unmet share by one
    percentage point, the longest travel by a minute, the dispatch cap of a grade by
    ``cap_step_min`` either way, the budget by one move; a lock, a list of excluded
    posts, and borders are lifted. Plan and relaxed plans are searched alike, by
    swaps from the plan, so that no price is what the plan itself could do better:
    it is a plan that can be had, and can only cost the rule more. A dispatch cap
    is judged under the model, which does not see queues: simulate before changing
    one.

    Parameters
    ----------
    post : (n_units,)
        A plan.
    solver
        Solve each anew within these limits too; then ``at_most`` is proven.
    cap_step_min
        Minutes by which dispatch caps are changed.

    Returns
    -------
    prices
        One row per rule and side, dearest first: ``rule``, ``side`` (least, most,
        lifted), ``limit``, ``change``, ``price`` (what the objective falls by),
        ``late_immediate`` (late calls of the first grade that are saved) and
        ``at_most`` (what the price cannot exceed; nan if not known).

    Raises
    ------
    DataError
        If the plan is a timetable or of another problem.
    """
    post = require_posts(problem, post, "constraint_prices")
    timetable(problem, post)
    if not 0 < cap_step_min < np.inf:
        raise DataError(f"cap_step_min must be positive, got {cap_step_min}")
    base = resolve(problem, post, solver)
    start = base.value.post
    rows = []
    for one in _relaxed(problem, start, cap_step_min):
        found = base if one.slack else resolve(one.problem, start, solver)
        price = base.value.objective - found.value.objective
        late = grade_late(problem, base.value.unmet)
        late -= grade_late(one.problem, found.value.unmet)
        most = 0.0 if one.slack else _at_most(base, found)
        rows.append(
            (one.rule, one.side, one.limit, one.change, price, float(late[0]), most)
        )
    frame = pd.DataFrame(
        rows,
        columns=[
            "rule",
            "side",
            "limit",
            "change",
            "price",
            "late_immediate",
            "at_most",
        ],
    ).astype({"rule": "str", "side": "str"})
    return frame.sort_values("price", ascending=False, kind="stable", ignore_index=True)


def _at_most(base: Resolved, found: Resolved) -> float:
    return base.value.objective - min(found.bound, found.value.objective)


def _relaxed(
    problem: AllocationProblem, post: IndexArray, cap_step_min: float
) -> Iterator[_Relaxed]:
    yield from _quotas(problem, post)
    yield from _shares(problem)
    yield from _dispatch_caps(problem, cap_step_min)
    yield from _lifted(problem)
    if problem.longest is not None:
        limit = problem.longest.limit_min
        longer = replace(problem.longest, limit_min=limit + _LONGEST_STEP)
        finite = limit[np.isfinite(limit)]
        yield _Relaxed(
            rule="longest travel",
            side="most",
            limit=float(finite.max()) if finite.size else np.inf,
            change=_LONGEST_STEP,
            problem=replace(problem, longest=longer),
        )
    if problem.most_moves is not None and problem.current is not None:
        moved = int((post != problem.current).sum())
        yield _Relaxed(
            rule="moves from the current plan",
            side="most",
            limit=problem.most_moves,
            change=1.0,
            problem=replace(problem, most_moves=problem.most_moves + 1),
            slack=moved < problem.most_moves,
        )


def _quotas(problem: AllocationProblem, post: IndexArray) -> Iterator[_Relaxed]:
    present = problem.present
    for k, quota in enumerate(problem.quotas):
        there = (quota.units & quota.posts[post])[:, None] & present
        held = there.sum(axis=0)
        if quota.hours:
            held = held.sum(keepdims=True)
        elif quota.units.any():  # only when any of its units is there at all
            held = held[present[quota.units].any(axis=0)]
        changes = []
        if quota.least > 0:
            slack = bool((held > quota.least).all())
            changes.append(("least", quota.least, -1, slack))
        if quota.most is not None:
            changes.append(("most", quota.most, 1, bool((held < quota.most).all())))
        for side, limit, change, slack in changes:
            other = (
                replace(quota, least=limit + change)
                if side == "least"
                else replace(quota, most=limit + change)
            )
            quotas = (*problem.quotas[:k], other, *problem.quotas[k + 1 :])
            yield _Relaxed(
                rule=quota.name,
                side=side,
                limit=limit,
                change=change,
                problem=replace(problem, quotas=quotas),
                slack=slack,
            )


def _shares(problem: AllocationProblem) -> Iterator[_Relaxed]:
    for k, cap in enumerate(problem.caps):
        share = min(1.0, cap.share + _CAP_STEP)
        other = replace(cap, share=share)
        yield _Relaxed(
            rule=f"largest unmet share of {cap.name}",
            side="most",
            limit=cap.share,
            change=share - cap.share,
            problem=replace(
                problem, caps=(*problem.caps[:k], other, *problem.caps[k + 1 :])
            ),
        )


def _dispatch_caps(problem: AllocationProblem, step_min: float) -> Iterator[_Relaxed]:
    names = [c.grade or c.name for c in problem.classes]
    for grade in dict.fromkeys(names):
        caps = [c.cap_min for c in problem.classes if (c.grade or c.name) == grade]
        for change in (step_min, -step_min):
            if min(caps) + change > 0:
                classes = tuple(
                    replace(c, cap_min=c.cap_min + change) if name == grade else c
                    for c, name in zip(problem.classes, names, strict=True)
                )
                yield _Relaxed(
                    rule=f"dispatch cap of {grade}",
                    side="most",
                    limit=max(caps),
                    change=change,
                    problem=replace(problem, classes=classes),
                )


def _lifted(problem: AllocationProblem) -> Iterator[_Relaxed]:
    changed: list[tuple[str, float, AllocationProblem]] = []
    for unit, at in problem.locked.items():
        locked = {u: p for u, p in problem.locked.items() if u != unit}
        changed.append(
            (f"unit {unit} locked at post {at}", at, replace(problem, locked=locked))
        )
    for kind, posts in problem.excluded.items():
        if len(posts):
            excluded = {k: p for k, p in problem.excluded.items() if k != kind}
            other = replace(problem, excluded=excluded)
            changed.append((f"posts excluded for {kind}", len(posts), other))
    if problem.bordered:
        changed.append(("borders", np.nan, replace(problem, bordered=False)))
    for kind in problem.home_bound:
        if kind in problem.supply.kind and not problem.bordered:
            others = tuple(k for k in problem.home_bound if k != kind)
            other = replace(problem, home_bound=others)
            changed.append((f"home beats of {kind}", np.nan, other))
    for rule, limit, other in changed:
        yield _Relaxed(
            rule=rule, side="lifted", limit=limit, change=np.nan, problem=other
        )
