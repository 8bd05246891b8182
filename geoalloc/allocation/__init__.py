"""Where to post the units of a shift: problem in, plan with its proof out."""

from geoalloc.allocation._solve import SolverParams, solve
from geoalloc.allocation.explain import gain, reached, who_covers
from geoalloc.allocation.plan import AllocationPlan, SolveStatus, Valuation, evaluate
from geoalloc.allocation.posts import candidate_posts
from geoalloc.allocation.problem import AllocationProblem, ServiceClass, Supply

__all__ = [
    "AllocationPlan",
    "AllocationProblem",
    "ServiceClass",
    "SolveStatus",
    "SolverParams",
    "Supply",
    "Valuation",
    "candidate_posts",
    "evaluate",
    "gain",
    "reached",
    "solve",
    "who_covers",
]
