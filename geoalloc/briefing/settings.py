"""The settings of Matplotlib that the sheets are drawn with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl

__all__ = ["settings"]

_SETTINGS: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 7.5,
    "hatch.linewidth": 0.5,
    "path.simplify": False,
    "pdf.compression": 9,
    "pdf.fonttype": 42,
    "text.parse_math": False,
}


@contextmanager
def settings() -> Iterator[None]:
    """Draw with the settings of the sheets, and put back what was there."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)  # type: ignore[arg-type]
        yield
