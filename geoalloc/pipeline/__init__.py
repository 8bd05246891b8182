"""The straight lines: a scenario in, a run out; incidents in, hotspots out."""

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
