"""What a plan and a forecast are worth: simulation and backtests are the judges.

Each name is imported when it is first asked for: a backtest needs no solver, and what
writes its result no forecaster.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoalloc.evaluation.backtesting import backtest
    from geoalloc.evaluation.baselines import (
        mclp_posts,
        median_posts,
        mexclp_posts,
        stations_by_demand,
    )
    from geoalloc.evaluation.borders import Borders, value_of_borders
    from geoalloc.evaluation.calibration import (
        Calibration,
        Tuning,
        calibrate,
        calibrated_plan,
        tuned,
    )
    from geoalloc.evaluation.calls import draw_calls, draw_real, reference
    from geoalloc.evaluation.conduct import (
        ArrestRule,
        DispatchRules,
        RealCalls,
        WaitRule,
    )
    from geoalloc.evaluation.contrasting import contrasts
    from geoalloc.evaluation.correlation import RankCorrelation, rank_correlation
    from geoalloc.evaluation.disparities import (
        Disparity,
        disparity,
        ratio_of_ratios,
    )
    from geoalloc.evaluation.dispatch_safety import CapChoice, Safety, best_caps, safety
    from geoalloc.evaluation.dispatching import cover_price, ground
    from geoalloc.evaluation.fronts import elbow, pareto_front
    from geoalloc.evaluation.one_per_cent import Change, verified
    from geoalloc.evaluation.outcomes import Outcome, paired
    from geoalloc.evaluation.params import SimulationParams
    from geoalloc.evaluation.patrol_price import PatrolPrice, price_patrols
    from geoalloc.evaluation.patrols import Feedback, FeedbackParams, feedback
    from geoalloc.evaluation.perturbed import PerturbedPlans, perturbed_plans
    from geoalloc.evaluation.plan_honesty import Honesty, honesty
    from geoalloc.evaluation.quick import quick_backtest
    from geoalloc.evaluation.results import Backtest
    from geoalloc.evaluation.rolling import Rolling, monthly_origins, origins
    from geoalloc.evaluation.samples import Samples, figures_of
    from geoalloc.evaluation.simulation import simulate
    from geoalloc.evaluation.stopping import half_widths, shifts_needed
    from geoalloc.evaluation.trials import Trials

__all__ = [
    "ArrestRule",
    "Backtest",
    "Borders",
    "Calibration",
    "CapChoice",
    "Change",
    "Disparity",
    "DispatchRules",
    "Feedback",
    "FeedbackParams",
    "Honesty",
    "Outcome",
    "PatrolPrice",
    "PerturbedPlans",
    "RankCorrelation",
    "RealCalls",
    "Rolling",
    "Safety",
    "Samples",
    "SimulationParams",
    "Trials",
    "Tuning",
    "WaitRule",
    "backtest",
    "best_caps",
    "calibrate",
    "calibrated_plan",
    "contrasts",
    "cover_price",
    "disparity",
    "draw_calls",
    "draw_real",
    "elbow",
    "feedback",
    "figures_of",
    "ground",
    "half_widths",
    "honesty",
    "mclp_posts",
    "median_posts",
    "mexclp_posts",
    "monthly_origins",
    "origins",
    "paired",
    "pareto_front",
    "perturbed_plans",
    "price_patrols",
    "quick_backtest",
    "rank_correlation",
    "ratio_of_ratios",
    "reference",
    "safety",
    "shifts_needed",
    "simulate",
    "stations_by_demand",
    "tuned",
    "value_of_borders",
    "verified",
]

_MODULES = {
    "baselines": ("mclp_posts", "median_posts", "mexclp_posts", "stations_by_demand"),
    "borders": ("Borders", "value_of_borders"),
    "calibration": (
        "Calibration",
        "Tuning",
        "calibrate",
        "calibrated_plan",
        "tuned",
    ),
    "contrasting": ("contrasts",),
    "correlation": ("RankCorrelation", "rank_correlation"),
    "dispatch_safety": ("CapChoice", "Safety", "best_caps", "safety"),
    "perturbed": ("PerturbedPlans", "perturbed_plans"),
    "plan_honesty": ("Honesty", "honesty"),
    "backtesting": ("backtest",),
    "calls": ("draw_calls", "draw_real", "reference"),
    "conduct": (
        "ArrestRule",
        "DispatchRules",
        "RealCalls",
        "WaitRule",
    ),
    "disparities": ("Disparity", "disparity", "ratio_of_ratios"),
    "dispatching": ("cover_price", "ground"),
    "fronts": ("elbow", "pareto_front"),
    "one_per_cent": ("Change", "verified"),
    "outcomes": ("Outcome", "paired"),
    "params": ("SimulationParams",),
    "patrol_price": ("PatrolPrice", "price_patrols"),
    "patrols": ("Feedback", "FeedbackParams", "feedback"),
    "quick": ("quick_backtest",),
    "results": ("Backtest",),
    "rolling": ("Rolling", "monthly_origins", "origins"),
    "samples": ("Samples", "figures_of"),
    "simulation": ("simulate",),
    "stopping": ("half_widths", "shifts_needed"),
    "trials": ("Trials",),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
