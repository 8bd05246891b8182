"""Maps as single HTML files that open by double-click with no network.

folium is the frame; the hexes, marks and panels are drawn by the scripts that
lie beside this module. Text from data is never part of any markup: it travels as
JSON and becomes DOM text.
"""

from geoalloc.maps.hotspots import hotspot_map
from geoalloc.maps.plan import plan_map
from geoalloc.maps.public import public_map

__all__ = ["hotspot_map", "plan_map", "public_map"]
