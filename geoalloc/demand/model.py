"""What a forecast learns from and assumes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc._types import FloatArray

# Calls by grade; routine calls that a PCSO may also answer stand apart.
STREAMS = ("immediate", "priority", "routine", "routine-pcso")


@dataclass(frozen=True, kw_only=True)
class Response:
    """How incidents of one category become work for units.

    The shares stand in for the assessment of each call: they are assumptions.
    What is left of 1 is resolved without deployment.
    """

    immediate: float
    priority: float
    routine: float
    on_scene_min: float
    units: float
    rhythm: str
    harm: float = 0.0
    pcso: bool = False
    discovered: bool = False

    def streams(self) -> FloatArray:
        """Share of the incidents that goes to each of ``STREAMS``, (4,)."""
        routine = (0.0, self.routine) if self.pcso else (self.routine, 0.0)
        return np.array([self.immediate, self.priority, *routine])


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Demand that the incident file does not hold.

    ``surface`` is "population" or "recorded" (as all recorded incidents lie);
    ``error`` is the standard error assumed of the level, as a share of it.
    """

    name: str
    per_day: float
    surface: str
    error: float
    response: Response


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Incidents that a forecast may learn from.

    Attributes
    ----------
    incidents
        Frame of ``schemas.INCIDENTS``; one that is not ``reported``, but was
        discovered by police, counts as hours lost and not towards the forecast.
    exposure
        Half-open spans of time, ``start`` and ``end`` in UTC, that the file covers:
        a month that was never published is not in it.
    located_share
        By category, the share of the incidents that have coordinates.
    as_of
        Nothing that began at or after this instant is learnt from.
    """

    incidents: gpd.GeoDataFrame
    exposure: pd.DataFrame
    located_share: Mapping[str, float]
    as_of: pd.Timestamp


@dataclass(frozen=True, kw_only=True)
class Model:
    """What the forecast assumes.

    Attributes
    ----------
    bandwidth_m, half_life_days
        Of the kernel density.
    floor_share
        Part of each surface that is spread evenly over the land.
    responses
        By category; the incidents of a category that is not named raise.
    layers
        Demand that the incident file does not hold.
    rhythms : each (168,)
        Share of a week's incidents in each hour from Monday 00:00, local time.
    """

    bandwidth_m: float
    half_life_days: float
    floor_share: float
    responses: Mapping[str, Response]
    layers: Sequence[Layer]
    rhythms: Mapping[str, FloatArray]
