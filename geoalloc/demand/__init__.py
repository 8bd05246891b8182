"""Demand: expected incidents and workload per hex, hour of the shift and grade.

How many (level), where (surface) and when (rhythm) are estimated apart and
multiplied:

- level: incidents a week, older ones discounted by a half-life, scaled up for the
  incidents of that category that have no coordinates;
- surface: recency-weighted kernel density, mixed with a uniform floor;
- rhythm: the share of a week's incidents in each of its 168 hours, from the
  incidents where their times are known, else from the scenario.

Recorded incidents are never all of demand: layers stand for the rest, and every
hour of work is counted as *observed*, *scaled* or *assumed*.
"""

from geoalloc.demand.expected import BASES, Demand
from geoalloc.demand.forecast import expect, population_surface
from geoalloc.demand.model import STREAMS, History, Layer, Model, Response
from geoalloc.demand.rhythm import hours_of_week, instants, observed_rhythm

__all__ = [
    "BASES",
    "STREAMS",
    "Demand",
    "History",
    "Layer",
    "Model",
    "Response",
    "expect",
    "hours_of_week",
    "instants",
    "observed_rhythm",
    "population_surface",
]
