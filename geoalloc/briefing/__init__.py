"""Printed sheets: the briefing officer's A4 or A3 pages, made from a run folder.

The pages are drawn in millimetres, with matplotlib, as vector PDF; an HTML twin says
the same to a screen reader. Each name is imported when it is first asked for: no
command waits for Matplotlib that draws nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoalloc.briefing.document import Document, brief
    from geoalloc.briefing.priorities import LeftOut, Priority, Task

__all__ = [
    "Document",
    "LeftOut",
    "Priority",
    "Task",
    "brief",
]

_MODULES = {
    "document": ("Document", "brief"),
    "priorities": ("LeftOut", "Priority", "Task"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
