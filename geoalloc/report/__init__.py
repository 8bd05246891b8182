"""Self-contained reports: backtests, comparisons, data, and what lies ahead.

Each name is imported when it is first asked for: a check of files needs no forecast.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoalloc.report.backtest import backtest_page
    from geoalloc.report.backtest_sheet import backtest_pdf
    from geoalloc.report.check import check_page
    from geoalloc.report.comparison import comparison_page
    from geoalloc.report.comparison_sheet import comparison_pdf
    from geoalloc.report.outlook import outlook_page
    from geoalloc.report.transparency import transparency_files

__all__ = [
    "backtest_page",
    "backtest_pdf",
    "check_page",
    "comparison_page",
    "comparison_pdf",
    "outlook_page",
    "transparency_files",
]

_MODULES = {
    "backtest_page": "backtest",
    "backtest_pdf": "backtest_sheet",
    "check_page": "check",
    "comparison_page": "comparison",
    "comparison_pdf": "comparison_sheet",
    "outlook_page": "outlook",
    "transparency_files": "transparency",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
