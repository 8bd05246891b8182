"""The straight lines: a scenario in, a run out; incidents in, hotspots out.

Each name is imported when it is first asked for: hotspots need no solver, and a
second of waiting is saved.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoalloc.pipeline.hotspots import find_hotspots, hotspot_products
    from geoalloc.pipeline.line import plan, products, quality, write_sample
    from geoalloc.pipeline.requests import Request, hotspot_defaults, request

__all__ = [
    "Request",
    "find_hotspots",
    "hotspot_defaults",
    "hotspot_products",
    "plan",
    "products",
    "quality",
    "request",
    "write_sample",
]

_MODULES = {
    "hotspots": ("find_hotspots", "hotspot_products"),
    "line": ("plan", "products", "quality", "write_sample"),
    "requests": ("Request", "hotspot_defaults", "request"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
