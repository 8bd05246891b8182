"""How far to trust a plan: what model and simulation say of it, side by side."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc.allocation import AllocationPlan, AllocationProblem, Valuation
from geoalloc.evaluation import baselines
from geoalloc.evaluation.calibration import Calibration, weighted_late
from geoalloc.evaluation.correlation import RankCorrelation
from geoalloc.evaluation.dispatch_safety import Safety, utilisation
from geoalloc.evaluation.outcomes import Outcome, Ratio, estimate

__all__ = ["Honesty", "honesty"]

_PROVEN = 5e-4  # a gap below this is told as none


@dataclass(frozen=True, kw_only=True)
class Honesty:
    """What is to be printed beside every plan.

    Attributes
    ----------
    rows
        ``measure, value, low, high`` (nan where there is no interval): model_unmet and
        simulated_unmet (late calls a shift by their weights), ratio (of the two), gap,
        rank_correlation, load_factor, utilisation and breakdown (the utilisation at
        which dispatch without borders breaks down). nan is not measured.
    sentences
        The same in plain words, those first that matter most.
    """

    rows: pd.DataFrame
    sentences: tuple[str, ...]


def honesty(
    problem: AllocationProblem,
    plan: Valuation,
    outcome: Outcome,
    correlation: RankCorrelation | None = None,
    calibration: Calibration | None = None,
    safety: Safety | None = None,
) -> Honesty:
    """Set what the model says of a plan beside what the simulation says.

    Parameters
    ----------
    plan
        As it was solved, with its gap; or the value of a timetable.
    outcome
        What the simulation found at it.
    correlation, calibration, safety
        What else is known; what is not is left out of the sentences.
    """
    model = _model(problem, plan)
    simulated, low, high = weighted_late(problem, outcome)
    gap = plan.gap if isinstance(plan, AllocationPlan) else np.nan
    ratio = model / simulated if simulated > 0 else np.nan
    rows: list[tuple[str, float, float, float]] = [
        ("model_unmet", model, np.nan, np.nan),
        ("simulated_unmet", simulated, low, high),
        ("ratio", ratio, _over(model, high), _over(model, low)),
        ("gap", gap, np.nan, np.nan),
        ("rank_correlation", *_ranks(correlation)),
        ("load_factor", problem.load_factor, np.nan, np.nan),
        ("utilisation", utilisation(problem, outcome), np.nan, np.nan),
        ("breakdown", _breakdown(safety), np.nan, np.nan),
    ]
    said = [
        _urgent_sentence(problem, plan, outcome),
        _beside(model, simulated, low, high),
        _gap_sentence(gap),
        correlation.sentence if correlation else "",
        calibration.note if calibration and not calibration.matched else "",
        safety.sentence if safety else "",
    ]
    return Honesty(
        rows=pd.DataFrame(rows, columns=["measure", "value", "low", "high"]).astype(
            {"measure": "str"}
        ),
        sentences=tuple(text for text in said if text),
    )


def _model(problem: AllocationProblem, plan: Valuation) -> float:
    """Weigh what the model expects late, whatever the objective is."""
    weight = np.array([c.weight for c in problem.classes], dtype=np.float64)
    return float(plan.unmet.sum(axis=1) @ weight)


def _over(model: float, simulated: float) -> float:
    return model / simulated if simulated > 0 else np.nan


def _ranks(correlation: RankCorrelation | None) -> tuple[float, float, float]:
    if correlation is None:
        return np.nan, np.nan, np.nan
    return correlation.spearman, correlation.low, correlation.high


def _breakdown(safety: Safety | None) -> float:
    if safety is None or safety.breakdown is None:
        return np.nan
    return safety.breakdown


def _urgent_sentence(
    problem: AllocationProblem, plan: Valuation, outcome: Outcome
) -> str:
    """Say how many calls of the first grade are late, by both."""
    of_grade = baselines.urgent(problem)
    calls = outcome.calls[:, of_grade].sum(axis=1).mean()
    late = outcome.late[:, of_grade].sum(axis=1).astype(np.float64)
    per_shift = Ratio(part=late, whole=np.ones(late.size))
    value, low, high = estimate(per_shift, dependent=outcome.dependent)
    grade = problem.classes[0].grade or problem.classes[0].name
    return (
        f"Of about {calls:.0f} {grade} calls, {value:.1f}{_between(low, high)} are "
        f"late in the simulation and {plan.unmet[of_grade].sum():.1f} by the model."
    )


def _beside(model: float, simulated: float, low: float, high: float) -> str:
    text = (
        f"By the weights of their grades the model expects {model:.1f} late calls a "
        f"shift, the simulation {simulated:.1f}{_between(low, high)}"
    )
    if simulated <= 0:
        return f"{text}."
    return f"{text}: a ratio of {model / simulated:.2f}."


def _between(low: float, high: float) -> str:
    return f" ({low:.1f} to {high:.1f})" if np.isfinite([low, high]).all() else ""


def _gap_sentence(gap: float) -> str:
    if not np.isfinite(gap):
        return ""
    if gap <= _PROVEN:
        return "By the model no plan is better than this one."
    return (
        f"By the model no plan has unmet demand more than {gap:.1%} below that of this."
    )
