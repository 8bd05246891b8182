"""Self-contained reports: backtests, the quality of data, and what lies ahead.

Each name is imported when it is first asked for: a check of files needs no forecast.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoalloc.report.backtest import backtest_page
    from geoalloc.report.backtest_sheet import backtest_pdf
    from geoalloc.report.check import check_page
    from geoalloc.report.outlook import outlook_page

__all__ = ["backtest_page", "backtest_pdf", "check_page", "outlook_page"]

_MODULES = {
    "backtest_page": "backtest",
    "backtest_pdf": "backtest_sheet",
    "check_page": "check",
    "outlook_page": "outlook",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
