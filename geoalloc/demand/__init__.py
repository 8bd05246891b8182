"""Demand: expected incidents and workload per hex, hour of the shift and grade.

How many (level), where (surface) and when (rhythm) are forecast apart by a
`Forecaster`, each with its reason, and multiplied. `expect` makes work of forecasts:
categories have shares by grade, levers take calls away or add them, in a stated order.

Recorded incidents are never all of demand: layers stand for the rest, and every
hour of work is counted as *observed*, *scaled* or *assumed*.
"""

from geoalloc.demand.boosting import BoostedSurface
from geoalloc.demand.calendar import Calendar, Uplift
from geoalloc.demand.composing import Composed
from geoalloc.demand.dispersion import coverage, dispersion, pit_bounds
from geoalloc.demand.excitation import ExcitedSurface
from geoalloc.demand.expected import BASES, Demand, Expected, Need, SourceCalls, Special
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
from geoalloc.demand.harm import SEVERITY, Stability, stability
from geoalloc.demand.history import History
from geoalloc.demand.investigations import (
    ASSUMED_CASEWORK,
    Casework,
    InvestigationModel,
    Investigations,
    OpenCases,
    investigations,
)
from geoalloc.demand.layers import (
    points_surface,
    population_surface,
    recorded_surface,
    roads_surface,
)
from geoalloc.demand.levels import LastLevel, MeanLevel, SeasonalLevel
from geoalloc.demand.levers import (
    Event,
    FireFirst,
    Growth,
    Lever,
    RightCare,
    Triage,
)
from geoalloc.demand.mixture import MixtureSurface
from geoalloc.demand.model import STREAMS, SURFACES, Layer, Model, Response
from geoalloc.demand.outlook import Outlook, outlook
from geoalloc.demand.rhythm import (
    Rhythm,
    instants,
    rhythm,
)
from geoalloc.demand.surfaces import CountSurface, DensitySurface, LastSurface
from geoalloc.demand.workload import expect, recent

__all__ = [
    "ASSUMED_CASEWORK",
    "BASES",
    "DEFAULT",
    "FORECASTERS",
    "SEVERITY",
    "STREAMS",
    "SURFACES",
    "BoostedSurface",
    "Calendar",
    "Casework",
    "Composed",
    "CountSurface",
    "Demand",
    "DensitySurface",
    "Event",
    "ExcitedSurface",
    "Expected",
    "Explanation",
    "FireFirst",
    "Forecast",
    "Forecaster",
    "Growth",
    "History",
    "Horizon",
    "InvestigationModel",
    "Investigations",
    "LastLevel",
    "LastSurface",
    "Layer",
    "Level",
    "LevelModel",
    "Lever",
    "MeanLevel",
    "MixtureSurface",
    "Model",
    "Need",
    "OpenCases",
    "Outlook",
    "Response",
    "Rhythm",
    "RightCare",
    "SeasonalLevel",
    "SourceCalls",
    "Special",
    "Stability",
    "Surface",
    "SurfaceModel",
    "Triage",
    "Uplift",
    "coverage",
    "dispersion",
    "expect",
    "forecaster",
    "instants",
    "investigations",
    "outlook",
    "pit_bounds",
    "points_surface",
    "population_surface",
    "recent",
    "recorded_surface",
    "rhythm",
    "roads_surface",
    "stability",
]
