"""Where incidents concentrate: density on hexes, significance, hotspots as objects.

Everything here describes the past (*retrospective*); it becomes a forecast only
through ``demand``.
"""

from geoalloc.hotspots.clock import peak_hours
from geoalloc.hotspots.density import Density, Places, collapse, density
from geoalloc.hotspots.objects import groups

__all__ = ["Density", "Places", "collapse", "density", "groups", "peak_hours"]
