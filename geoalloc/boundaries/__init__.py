"""The area that a plan is made for, and the main roads that a map shows of it."""

from geoalloc.boundaries.area import KINDS, Boundaries, read
from geoalloc.boundaries.roads import ROAD_CLASSES, read_roads

__all__ = ["KINDS", "ROAD_CLASSES", "Boundaries", "read", "read_roads"]
