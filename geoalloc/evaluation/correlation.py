"""Does the objective rank plans as service does? Model against simulation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import OBJECTIVES, AllocationProblem, evaluate
from geoalloc.allocation._cover import compile_cover
from geoalloc.errors import DataError
from geoalloc.evaluation import baselines
from geoalloc.evaluation.params import USUAL, SimulationParams
from geoalloc.evaluation.perturbed import FEWEST, PerturbedPlans, perturbed_plans
from geoalloc.evaluation.trials import Trials
from geoalloc.evaluation.trials import weights as own_weights

__all__ = ["RankCorrelation", "rank_correlation"]

_RESAMPLES = 2_000
_ALWAYS = ("incidents", "work-hours")


@dataclass(frozen=True, kw_only=True)
class RankCorrelation:
    """How alike the model and the simulation rank plans.

    Attributes
    ----------
    spearman, low, high
        Of the problem's objective with the late calls by their weights that are
        simulated, over plans; a 95 % interval from drawing plans again with
        replacement. nan if either ranks all plans alike.
    repeat
        The same of the simulation with itself: of one half of the shifts with the
        other, corrected for length. The model cannot be asked for much more.
    plans
        One row per plan: how (it was made), model (weighted unmet demand by the
        problem's objective), simulated; and incidents and work-hours, the model's
        under either objective, and harm if the problem's is that.
    by_objective
        One row per objective: objective, spearman, low, high.
    objective
        Of the problem: one of ``OBJECTIVES``.
    sentence
        What it says, for a planner.
    """

    spearman: float
    low: float
    high: float
    repeat: float
    plans: pd.DataFrame
    by_objective: pd.DataFrame
    objective: str
    sentence: str


def rank_correlation(
    problem: AllocationProblem,
    plans: IndexArray | PerturbedPlans | Sequence[IndexArray],
    params: SimulationParams = USUAL,
    weights: FloatArray | None = None,
    *,
    n: int = 50,
    seed: int = 1,
) -> RankCorrelation:
    """Correlate the model's ranking of plans with the simulation's (Spearman, 1904).

    All plans answer the same calls. The model's value of each is that of both
    objectives, as the problem is stated: bordered or not, at its load factor.

    Parameters
    ----------
    plans
        A plan or a timetable, around which ``n`` plans are made as
        ``perturbed_plans`` says; or the plans themselves.
    weights : (n_classes,)
        What one late call is worth in the simulation; as in the problem if None.
    seed
        Of the plans that are made.

    Raises
    ------
    DataError
        If there are fewer than 5 plans, or not one weight per class.
    """
    posts, how = _named(problem, plans, n, seed)
    if len(posts) < FEWEST:
        raise DataError(
            f"there are {len(posts)} plans; a rank correlation needs at least {FEWEST}"
        )
    weight = _weights(problem, weights)
    trials = Trials(problem, params)
    late = np.stack([trials.outcome(post).late @ weight for post in posts])
    simulated = late.mean(axis=1)
    # Severity is known where it is planned by; elsewhere it would be 1 everywhere.
    asked = [name for name in OBJECTIVES if name in {*_ALWAYS, problem.objective}]
    model = {name: _modelled(problem, posts, name) for name in asked}
    told = {
        name: (_spearman(values, simulated), *_interval(values, simulated))
        for name, values in model.items()
    }
    rho, low, high = told[problem.objective]
    mine = model[problem.objective]
    return RankCorrelation(
        spearman=rho,
        low=low,
        high=high,
        repeat=_repeat(late),
        plans=pd.DataFrame(
            {"how": pd.Series(how, dtype="str"), "model": mine, "simulated": simulated}
            | model
        ),
        by_objective=pd.DataFrame(
            [(name, *values) for name, values in told.items()],
            columns=["objective", "spearman", "low", "high"],
        ).astype({"objective": "str"}),
        objective=problem.objective,
        sentence=_sentence(len(posts), rho, low, high),
    )


def _weights(problem: AllocationProblem, weights: FloatArray | None) -> FloatArray:
    if weights is None:
        return own_weights(problem)
    if np.shape(weights) != (len(problem.classes),):
        raise DataError(
            f"weights has shape {np.shape(weights)}; the problem has "
            f"{len(problem.classes)} classes"
        )
    return np.asarray(weights, dtype=np.float64)


def _named(
    problem: AllocationProblem,
    plans: IndexArray | PerturbedPlans | Sequence[IndexArray],
    n: int,
    seed: int,
) -> tuple[list[IndexArray], list[str]]:
    """Give the plans, made if need be, and how each was made."""
    table = (len(problem.supply), problem.n_periods)
    if isinstance(plans, np.ndarray) and plans.shape in (table, table[:1]):
        plans = perturbed_plans(problem, plans, n, seed=seed)
    if isinstance(plans, PerturbedPlans):
        return list(plans.post), list(plans.how)
    return list(plans), [f"plan {k}" for k in range(len(plans))]


def _modelled(
    problem: AllocationProblem, posts: list[IndexArray], objective: str
) -> FloatArray:
    """Give the weighted demand that the model expects unmet of each plan.

    Plans of one post per unit are looked up in the curves of the search, which are
    worked out once for all of them; timetables are evaluated one by one.
    """
    stated = replace(problem, objective=objective)
    if any(np.ndim(post) != 1 for post in posts):
        return np.array([evaluate(stated, post).weighted_unmet for post in posts])
    cover = compile_cover(baselines.without_rules(stated))
    return np.array([cover.unmet(cover.placed(post)).sum() for post in posts])


def _spearman(first: FloatArray, second: FloatArray) -> float:
    """Correlate ranks, mean ranks for ties; nan if one side is all alike."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    ranks = stats.rankdata(first), stats.rankdata(second)
    return float(np.corrcoef(*ranks)[0, 1])


def _interval(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Give a 95 % interval by the percentile bootstrap over plans (Efron, 1979)."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(first.size, size=(_RESAMPLES, first.size))
    one = stats.rankdata(first[drawn], axis=1)
    other = stats.rankdata(second[drawn], axis=1)
    one -= one.mean(axis=1, keepdims=True)
    other -= other.mean(axis=1, keepdims=True)
    spread = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    known = spread > 0
    if not known.any():
        return float("nan"), float("nan")
    each = (one * other).sum(axis=1)[known] / spread[known]
    low, high = np.quantile(each, [0.025, 0.975])
    return float(low), float(high)


def _repeat(late: FloatArray) -> float:
    """Correlate odd and even shifts, as if each half were the whole (Spearman-Brown).

    Parameters
    ----------
    late : (n_plans, n_shifts)
    """
    if late.shape[1] < 2:
        return float("nan")
    half = _spearman(late[:, ::2].mean(axis=1), late[:, 1::2].mean(axis=1))
    return 2.0 * half / (1.0 + half) if half > 0 else half


def _sentence(n: int, rho: float, low: float, high: float) -> str:
    if not np.isfinite(rho):
        return (
            f"Model or simulation ranks all {n} plans tried alike: nothing can be "
            f"said of their agreement."
        )
    return (
        f"Over {n} plans, good and bad, the model ranks them as the simulation does "
        f"with a rank correlation of {rho:.2f} ({low:.2f} to {high:.2f}; 1 is the "
        f"same order)."
    )
