"""The straight lines: a scenario in, a run out; incidents in, hotspots out.

Each name is imported when it is first asked for: hotspots need no solver, and a
second of waiting is saved.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoalloc.pipeline.backtest import backtest_products, run_backtest
    from geoalloc.pipeline.backtest_records import backtest_words
    from geoalloc.pipeline.backtest_requests import BacktestRequest, backtest_request
    from geoalloc.pipeline.hotspots import find_hotspots, hotspot_products
    from geoalloc.pipeline.line import plan, products, write_sample
    from geoalloc.pipeline.outlook import look_ahead, outlook_products, outlook_words
    from geoalloc.pipeline.quality import (
        check,
        check_page,
        check_words,
        require_page,
        write_page,
    )
    from geoalloc.pipeline.requests import Request, hotspot_defaults, request

__all__ = [
    "BacktestRequest",
    "Request",
    "backtest_products",
    "backtest_request",
    "backtest_words",
    "check",
    "check_page",
    "check_words",
    "find_hotspots",
    "hotspot_defaults",
    "hotspot_products",
    "look_ahead",
    "outlook_products",
    "outlook_words",
    "plan",
    "products",
    "request",
    "require_page",
    "run_backtest",
    "write_page",
    "write_sample",
]

_MODULES = {
    "backtest": ("backtest_products", "run_backtest"),
    "backtest_records": ("backtest_words",),
    "backtest_requests": ("BacktestRequest", "backtest_request"),
    "hotspots": ("find_hotspots", "hotspot_products"),
    "line": ("plan", "products", "write_sample"),
    "outlook": ("look_ahead", "outlook_products", "outlook_words"),
    "quality": ("check", "check_page", "check_words", "require_page", "write_page"),
    "requests": ("Request", "hotspot_defaults", "request"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
