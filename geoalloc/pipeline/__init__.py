"""The straight line: a scenario in, a run out, and its products."""

from geoalloc.pipeline.line import plan, products, quality, write_sample

__all__ = ["plan", "products", "quality", "write_sample"]
