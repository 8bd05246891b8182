"""Turn recorded incidents into a defensible allocation of units for a shift."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoalloc.pipeline.tidy import tidy_comparison as compare

__version__ = "0.1.0"

__all__ = ["__version__", "compare"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    # Imported when it is asked for: the version alone needs no solver.
    if name == "compare":
        from geoalloc.pipeline.tidy import tidy_comparison

        return tidy_comparison
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
