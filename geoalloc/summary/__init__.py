"""A run in words: what the command line prints."""

from geoalloc.summary.comparisons import comparison
from geoalloc.summary.finds import defaults, hotspots
from geoalloc.summary.integrity import quality
from geoalloc.summary.plans import plan

__all__ = ["comparison", "defaults", "hotspots", "plan", "quality"]
