"""What a plan and a forecast are worth: simulation and backtests are the judges.

Each name is imported when it is first asked for: a backtest needs no solver, and what
writes its result no forecaster.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoalloc.evaluation.backtesting import backtest
    from geoalloc.evaluation.patrols import Feedback, FeedbackParams, feedback
    from geoalloc.evaluation.quick import quick_backtest
    from geoalloc.evaluation.results import Backtest
    from geoalloc.evaluation.rolling import Rolling, monthly_origins, origins
    from geoalloc.evaluation.simulation import Outcome, SimulationParams, simulate

__all__ = [
    "Backtest",
    "Feedback",
    "FeedbackParams",
    "Outcome",
    "Rolling",
    "SimulationParams",
    "backtest",
    "feedback",
    "monthly_origins",
    "origins",
    "quick_backtest",
    "simulate",
]

_MODULES = {
    "backtesting": ("backtest",),
    "patrols": ("Feedback", "FeedbackParams", "feedback"),
    "quick": ("quick_backtest",),
    "results": ("Backtest",),
    "rolling": ("Rolling", "monthly_origins", "origins"),
    "simulation": ("Outcome", "SimulationParams", "simulate"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
