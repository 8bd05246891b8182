"""Where to post the units of a shift: problem in, plan with its proof out."""

from geoalloc.allocation._solve import SolverParams, solve
from geoalloc.allocation.explain import gain, reached, who_covers
from geoalloc.allocation.plan import AllocationPlan, SolveStatus, Valuation, evaluate
from geoalloc.allocation.posts import candidate_posts
from geoalloc.allocation.problem import CURVES, OBJECTIVES, AllocationProblem
from geoalloc.allocation.rules import LongestTravel, Quota, UnmetCap
from geoalloc.allocation.service import ServiceClass, Supply

__all__ = [
    "CURVES",
    "OBJECTIVES",
    "AllocationPlan",
    "AllocationProblem",
    "LongestTravel",
    "Quota",
    "ServiceClass",
    "SolveStatus",
    "SolverParams",
    "Supply",
    "UnmetCap",
    "Valuation",
    "candidate_posts",
    "evaluate",
    "gain",
    "reached",
    "solve",
    "who_covers",
]
