"""Every table of a scenario under one roof, for those who turn them into objects."""

from geoalloc.scenario.demand import Calendar, Demand, Layer, Response
from geoalloc.scenario.levers import (
    Event,
    FireFirst,
    Growth,
    Lever,
    RightCare,
    Triage,
)
from geoalloc.scenario.rules import Group, People
from geoalloc.scenario.service import Closure
from geoalloc.scenario.table import Table
from geoalloc.scenario.transparency import Transparency

__all__ = [
    "Calendar",
    "Closure",
    "Demand",
    "Event",
    "FireFirst",
    "Group",
    "Growth",
    "Layer",
    "Lever",
    "People",
    "Response",
    "RightCare",
    "Table",
    "Transparency",
    "Triage",
]
