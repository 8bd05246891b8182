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
from geoalloc.scenario.rules import Group
from geoalloc.scenario.table import Table

__all__ = [
    "Calendar",
    "Demand",
    "Event",
    "FireFirst",
    "Group",
    "Growth",
    "Layer",
    "Lever",
    "Response",
    "RightCare",
    "Table",
    "Triage",
]
