"""Where to post the units of a shift: problem in, plan with its proof out."""

from geoalloc.allocation._prepared import Prepared
from geoalloc.allocation._solve import SolverParams, solve
from geoalloc.allocation.aggregation import Aggregation, aggregate
from geoalloc.allocation.duty import ShiftRules, duty_minutes, require_roster
from geoalloc.allocation.explain import gain, reached, who_covers
from geoalloc.allocation.improvements import Part, one_per_cent
from geoalloc.allocation.investigators import (
    CaseworkPlan,
    CaseworkProblem,
    CaseworkTerms,
    InvestigationTeam,
    InvestigationWork,
    allocate_investigators,
    casework_of,
    compare_borders,
    hours_lost,
    value_of_investigators,
)
from geoalloc.allocation.opening import Committed, OpenQueue
from geoalloc.allocation.patrol_cover import PATROL_RULES, on_patrol, patrol_hours
from geoalloc.allocation.patrols import (
    PatrolHotspot,
    PatrolPlan,
    PatrolRequest,
    PatrolRules,
    PatrolTravel,
    PatrolUnits,
    UnitBreak,
    patrol_faults,
    patrol_travel,
    plan_patrols,
)
from geoalloc.allocation.plan import (
    AllocationPlan,
    SolveStatus,
    Valuation,
    evaluate,
    out_of_reach,
    timetable,
    unmet_share,
)
from geoalloc.allocation.post_reasons import Labels, post_facts, reasons
from geoalloc.allocation.posts import candidate_posts
from geoalloc.allocation.prices import (
    WHOLE_SHIFT,
    one_more,
    unit_losses,
    unit_prices,
)
from geoalloc.allocation.problem import CURVES, OBJECTIVES, AllocationProblem
from geoalloc.allocation.relaxations import constraint_prices
from geoalloc.allocation.reoptimize import (
    Changes,
    MoveParams,
    ReoptimizedPlan,
    frontier,
    reoptimize,
)
from geoalloc.allocation.rules import LongestTravel, Quota, UnmetCap
from geoalloc.allocation.service import ServiceClass, Supply
from geoalloc.allocation.shift import (
    Opening,
    ShiftParams,
    ShiftPlan,
    compare_breaks,
    plan_shift,
)
from geoalloc.allocation.waiting import busy_fractions, expected_wait

__all__ = [
    "CURVES",
    "OBJECTIVES",
    "PATROL_RULES",
    "WHOLE_SHIFT",
    "Aggregation",
    "AllocationPlan",
    "AllocationProblem",
    "CaseworkPlan",
    "CaseworkProblem",
    "CaseworkTerms",
    "Changes",
    "Committed",
    "InvestigationTeam",
    "InvestigationWork",
    "Labels",
    "LongestTravel",
    "MoveParams",
    "OpenQueue",
    "Opening",
    "Part",
    "PatrolHotspot",
    "PatrolPlan",
    "PatrolRequest",
    "PatrolRules",
    "PatrolTravel",
    "PatrolUnits",
    "Prepared",
    "Quota",
    "ReoptimizedPlan",
    "ServiceClass",
    "ShiftParams",
    "ShiftPlan",
    "ShiftRules",
    "SolveStatus",
    "SolverParams",
    "Supply",
    "UnitBreak",
    "UnmetCap",
    "Valuation",
    "aggregate",
    "allocate_investigators",
    "busy_fractions",
    "candidate_posts",
    "casework_of",
    "compare_borders",
    "compare_breaks",
    "constraint_prices",
    "duty_minutes",
    "evaluate",
    "expected_wait",
    "frontier",
    "gain",
    "hours_lost",
    "on_patrol",
    "one_more",
    "one_per_cent",
    "out_of_reach",
    "patrol_faults",
    "patrol_hours",
    "patrol_travel",
    "plan_patrols",
    "plan_shift",
    "post_facts",
    "reached",
    "reasons",
    "reoptimize",
    "require_roster",
    "solve",
    "timetable",
    "unit_losses",
    "unit_prices",
    "unmet_share",
    "value_of_investigators",
    "who_covers",
]
