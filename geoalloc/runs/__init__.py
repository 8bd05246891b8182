"""Run folders: the only writers and readers of what a command leaves behind.

Each name is imported when it is first asked for: hotspots need no forecaster.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoalloc.runs.backtest import (
        BacktestRun,
        backtest_folder,
        backtest_target,
        write_backtest,
    )
    from geoalloc.runs.comparison import Comparison
    from geoalloc.runs.comparison_files import (
        comparison_folder,
        comparison_target,
        read_comparison,
        write_comparison,
    )
    from geoalloc.runs.hotspots import (
        HotspotRun,
        hotspot_folder,
        hotspot_target,
        reached,
        write_hotspots,
    )
    from geoalloc.runs.outlook import (
        OutlookRun,
        outlook_folder,
        outlook_target,
        write_outlook,
    )
    from geoalloc.runs.picture import PublicPicture, public
    from geoalloc.runs.profiles import PROFILES, profiled
    from geoalloc.runs.run import FORMAT_VERSION, Run, marking, read, read_record
    from geoalloc.runs.writing import default_folder, require_target, write

__all__ = [
    "FORMAT_VERSION",
    "PROFILES",
    "BacktestRun",
    "Comparison",
    "HotspotRun",
    "OutlookRun",
    "PublicPicture",
    "Run",
    "backtest_folder",
    "backtest_target",
    "comparison_folder",
    "comparison_target",
    "default_folder",
    "hotspot_folder",
    "hotspot_target",
    "marking",
    "outlook_folder",
    "outlook_target",
    "profiled",
    "public",
    "reached",
    "read",
    "read_comparison",
    "read_record",
    "require_target",
    "write",
    "write_backtest",
    "write_comparison",
    "write_hotspots",
    "write_outlook",
]

_MODULES = {
    "backtest": ("BacktestRun", "backtest_folder", "backtest_target", "write_backtest"),
    "comparison": ("Comparison",),
    "comparison_files": (
        "comparison_folder",
        "comparison_target",
        "read_comparison",
        "write_comparison",
    ),
    "hotspots": (
        "HotspotRun",
        "hotspot_folder",
        "hotspot_target",
        "reached",
        "write_hotspots",
    ),
    "outlook": ("OutlookRun", "outlook_folder", "outlook_target", "write_outlook"),
    "picture": ("PublicPicture", "public"),
    "profiles": ("PROFILES", "profiled"),
    "run": ("FORMAT_VERSION", "Run", "marking", "read", "read_record"),
    "writing": ("default_folder", "require_target", "write"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
