"""What directed patrol costs in response, by simulation with and without it."""

from dataclasses import dataclass

import pandas as pd

from geoalloc.allocation import AllocationProblem
from geoalloc.allocation.patrol_cover import PatrolRule, on_patrol, patrol_hours
from geoalloc.allocation.patrols import PatrolPlan, PatrolRequest
from geoalloc.errors import DataError
from geoalloc.evaluation.outcomes import Outcome, paired
from geoalloc.evaluation.params import SimulationParams
from geoalloc.evaluation.simulation import simulate

__all__ = ["PatrolPrice", "price_patrols"]

_USUAL = SimulationParams()
_MEASURES = ("late", "late_share", "response_p90_min", "utilisation", "unmet")


@dataclass(frozen=True, kw_only=True)
class PatrolPrice:
    """What the patrols of a shift cost in late calls.

    Attributes
    ----------
    change
        By ``measure`` and ``group``: ``without`` and ``with_patrol``, ``more`` (their
        difference) with ``low`` and ``high`` (95 % interval of the paired difference,
        nan of fewer than two shifts), ``more_per_hour`` (of patrol as it is expected
        to be made). Late calls, their share and the 90th percentile of the response
        by grade, utilisation by kind, and ``unmet``: late calls by their weights.
    hours
        Of patrol: planned, expected, driving.
    without, with_patrol
        All that the two simulations found.
    note
        What the figures say, in a sentence.
    """

    change: pd.DataFrame
    hours: pd.Series
    without: Outcome
    with_patrol: Outcome
    note: str


def price_patrols(
    problem: AllocationProblem,
    request: PatrolRequest,
    plan: PatrolPlan,
    *,
    rule: PatrolRule = "available",
    params: SimulationParams = _USUAL,
) -> PatrolPrice:
    """Simulate the same calls with and without patrol.

    The calls are common random numbers: they depend on demand and seed alone, and
    the interval is that of the difference shift by shift. How a unit on patrol counts
    is told at ``allocation.on_patrol``.

    Raises
    ------
    DataError
        If the plan has no visit, or is not of the problem.
    """
    if plan.visits.empty:
        raise DataError("the plan of patrol has no visit, so that it has no price")
    without = simulate(problem, request.units.timetable, params)
    patrolling = simulate(problem, on_patrol(problem, request, plan, rule), params)
    hours = patrol_hours(plan)
    change = _change(without, patrolling)
    change["more_per_hour"] = change["more"] / hours["expected"]
    return PatrolPrice(
        change=change,
        hours=hours,
        without=without,
        with_patrol=patrolling,
        note=_note(change, float(hours["expected"]), rule),
    )


def _change(without: Outcome, patrolling: Outcome) -> pd.DataFrame:
    keys = ["measure", "group"]
    of_both = [
        outcome.scores[[*keys, "simulated"]].rename(columns={"simulated": name})
        for name, outcome in (("without", without), ("with_patrol", patrolling))
    ]
    more = paired(patrolling, without).rename(columns={"difference": "more"})
    merged = of_both[0].merge(of_both[1], on=keys).merge(more, on=keys)
    return merged[merged["measure"].isin(_MEASURES)].reset_index(drop=True)


def _note(change: pd.DataFrame, hours: float, rule: PatrolRule) -> str:
    unmet = change[change["measure"] == "unmet"].iloc[0]
    chance = not (unmet["low"] > 0 or unmet["high"] < 0)
    found = "cannot be told from none" if chance else "is more than chance"
    return (
        f"{hours:.1f} expected hours of patrol by units that stay {rule} change late "
        f"calls, by their weights, by {unmet['more']:+.2f} a shift "
        f"({unmet['low']:+.2f} to {unmet['high']:+.2f}), which {found}."
    )
