"""Solve again from a plan that is there, so that the result is never worse than it."""

from dataclasses import dataclass

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import _search
from geoalloc.allocation._cover import compile_cover
from geoalloc.allocation._marginal import grades
from geoalloc.allocation._solve import SolverParams, solve
from geoalloc.allocation.plan import Valuation, evaluate
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """The best plan known of a problem, and what no plan can be better than.

    Attributes
    ----------
    bound
        nan where only the search has looked.
    """

    value: Valuation
    bound: float


def resolve(
    problem: AllocationProblem, start: IndexArray, solver: SolverParams | None
) -> Resolved:
    """Improve a plan by swaps, and by a whole solve if ``solver`` is given.

    Parameters
    ----------
    start : (n_units,)
        Kept if nothing better is found that keeps the rules.
    """
    cover = compile_cover(problem)
    best, bound = evaluate(problem, start), np.nan
    offers = [_search.improve(cover, start)]
    if solver is not None:
        solved = solve(problem, solver)
        bound = solved.bound
        offers.append(solved.post)
    kept = _search.keeps_rules(cover, start)
    for post in offers:
        if np.array_equal(post, start):
            continue
        offered = evaluate(problem, post)
        better = offered.objective < best.objective - 1e-12 or not kept
        if better and _search.keeps_rules(cover, post):
            best, kept = offered, True
    return Resolved(value=best, bound=bound)


def grade_late(problem: AllocationProblem, unmet: FloatArray) -> FloatArray:
    """Sum the calls that are expected to be late by grade: (n_grades,).

    Parameters
    ----------
    unmet : (n_classes, n_hexes)
    """
    names = grades(problem)
    late = np.zeros(len(names))
    for c, service in enumerate(problem.classes):
        late[names.index(service.grade or service.name)] += unmet[c].sum()
    return late


def require_posts(
    problem: AllocationProblem, post: IndexArray, what: str
) -> IndexArray:
    """Require a plan of one post per unit, not a timetable."""
    post = np.asarray(post, dtype=np.int64)
    if post.shape != (len(problem.supply),):
        raise DataError(
            f"{what} needs one post per unit, ({len(problem.supply)},); the plan has "
            f"shape {post.shape}"
        )
    return post
