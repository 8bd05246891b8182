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
    from geoalloc.pipeline.casework_lines import casework_words
    from geoalloc.pipeline.comparing import (
        ComparisonRequest,
        compare,
        comparison_products,
        comparison_request,
    )
    from geoalloc.pipeline.hotspots import find_hotspots, hotspot_products
    from geoalloc.pipeline.investigating import (
        CaseworkRun,
        share_casework,
        write_casework,
    )
    from geoalloc.pipeline.line import plan, write_sample
    from geoalloc.pipeline.marked_tables import require_free
    from geoalloc.pipeline.outlook import look_ahead, outlook_products, outlook_words
    from geoalloc.pipeline.quality import (
        check,
        check_page,
        check_words,
        require_page,
        write_page,
    )
    from geoalloc.pipeline.releases import (
        Release,
        ReleaseRequest,
        products,
        release,
    )
    from geoalloc.pipeline.replan_requests import ReplanRequest
    from geoalloc.pipeline.replanning import (
        Replanned,
        replan,
        replan_words,
        write_moves,
    )
    from geoalloc.pipeline.requests import Request, hotspot_defaults, request
    from geoalloc.pipeline.sheets import Sheets, SheetsRequest, write_sheets
    from geoalloc.pipeline.starting import (
        Start,
        StartRequest,
        needs_time_zone,
        require_start_folder,
        start,
        write_start,
    )
    from geoalloc.pipeline.transparency import Recorded, write_record

__all__ = [
    "BacktestRequest",
    "CaseworkRun",
    "ComparisonRequest",
    "Recorded",
    "Release",
    "ReleaseRequest",
    "ReplanRequest",
    "Replanned",
    "Request",
    "Sheets",
    "SheetsRequest",
    "Start",
    "StartRequest",
    "backtest_products",
    "backtest_request",
    "backtest_words",
    "casework_words",
    "check",
    "check_page",
    "check_words",
    "compare",
    "comparison_products",
    "comparison_request",
    "find_hotspots",
    "hotspot_defaults",
    "hotspot_products",
    "look_ahead",
    "needs_time_zone",
    "outlook_products",
    "outlook_words",
    "plan",
    "products",
    "release",
    "replan",
    "replan_words",
    "request",
    "require_free",
    "require_page",
    "require_start_folder",
    "run_backtest",
    "share_casework",
    "start",
    "write_casework",
    "write_moves",
    "write_page",
    "write_record",
    "write_sample",
    "write_sheets",
    "write_start",
]

_MODULES = {
    "backtest": ("backtest_products", "run_backtest"),
    "backtest_records": ("backtest_words",),
    "backtest_requests": ("BacktestRequest", "backtest_request"),
    "casework_lines": ("casework_words",),
    "comparing": (
        "ComparisonRequest",
        "compare",
        "comparison_products",
        "comparison_request",
    ),
    "hotspots": ("find_hotspots", "hotspot_products"),
    "investigating": (
        "CaseworkRun",
        "share_casework",
        "write_casework",
    ),
    "line": ("plan", "write_sample"),
    "marked_tables": ("require_free",),
    "outlook": ("look_ahead", "outlook_products", "outlook_words"),
    "quality": ("check", "check_page", "check_words", "require_page", "write_page"),
    "releases": ("Release", "ReleaseRequest", "products", "release"),
    "replan_requests": ("ReplanRequest",),
    "replanning": (
        "Replanned",
        "replan",
        "replan_words",
        "write_moves",
    ),
    "requests": ("Request", "hotspot_defaults", "request"),
    "sheets": ("Sheets", "SheetsRequest", "write_sheets"),
    "transparency": ("Recorded", "write_record"),
    "starting": (
        "Start",
        "StartRequest",
        "needs_time_zone",
        "require_start_folder",
        "start",
        "write_start",
    ),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
