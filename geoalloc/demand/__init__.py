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

from geoalloc.demand.composing import Composed
from geoalloc.demand.expected import BASES, Demand
from geoalloc.demand.forecasters import DEFAULT, FORECASTERS, forecaster
from geoalloc.demand.forecasting import (
    Explanation,
    Forecast,
    Forecaster,
    Horizon,
    Level,
    LevelModel,
    Surface,
    SurfaceModel,
)
from geoalloc.demand.history import History
from geoalloc.demand.levels import MeanLevel
from geoalloc.demand.model import STREAMS, Layer, Model, Recorded, Response
from geoalloc.demand.rhythm import hours_of_week, instants, observed_rhythm
from geoalloc.demand.surfaces import CountSurface
from geoalloc.demand.workload import expect, population_surface

__all__ = [
    "BASES",
    "DEFAULT",
    "FORECASTERS",
    "STREAMS",
    "Composed",
    "CountSurface",
    "Demand",
    "Explanation",
    "Forecast",
    "Forecaster",
    "History",
    "Horizon",
    "Layer",
    "Level",
    "LevelModel",
    "MeanLevel",
    "Model",
    "Recorded",
    "Response",
    "Surface",
    "SurfaceModel",
    "expect",
    "forecaster",
    "hours_of_week",
    "instants",
    "observed_rhythm",
    "population_surface",
]
