"""Hexes: an area covered by H3 cells, points put into them; the one door to h3."""

from geoalloc.hexes.areas import metric_crs, swapped
from geoalloc.hexes.cells import from_strings, parents, polygons, to_strings
from geoalloc.hexes.counting import count
from geoalloc.hexes.covering import RESOLUTIONS
from geoalloc.hexes.datasets import Counts, count_dataset
from geoalloc.hexes.footprints import footprint
from geoalloc.hexes.grid import HexGrid, cover
from geoalloc.hexes.joining import dissolve

__all__ = [
    "RESOLUTIONS",
    "Counts",
    "HexGrid",
    "count",
    "count_dataset",
    "cover",
    "dissolve",
    "footprint",
    "from_strings",
    "metric_crs",
    "parents",
    "polygons",
    "swapped",
    "to_strings",
]
