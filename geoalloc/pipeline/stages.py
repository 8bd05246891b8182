"""What every command does beside its work: time its stages, name its versions."""

import importlib.metadata
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import geoalloc

_LIBRARIES = (
    "folium",
    "geopandas",
    "h3",
    "numba",
    "numpy",
    "ortools",
    "pandas",
    "pyarrow",
    "scipy",
    "shapely",
)


def silent(text: str) -> None:
    """Tell nobody."""


class Clock:
    """Time stages by name, and tell as each begins."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time the body of a ``with`` as ``stage``."""
        self._progress(stage)
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - start, 3)


def versions() -> dict[str, str]:
    """Name the versions of what a run depends on."""
    found = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    return {
        "geoalloc": geoalloc.__version__,
        "python": platform.python_version(),
    } | found
