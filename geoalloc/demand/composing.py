"""A forecaster made of a level and a surface."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc.demand.forecasting import Forecast, Horizon, LevelModel, SurfaceModel
from geoalloc.demand.history import History


@dataclass(frozen=True, kw_only=True)
class Composed:
    """Forecasts the level and the surface apart, and multiplies them."""

    name: str
    level: LevelModel
    surface: SurfaceModel

    def forecast(
        self, history: History, origin: pd.Timestamp, horizon: Horizon
    ) -> Forecast:
        """Forecast the incidents from the origin until the origin + horizon."""
        end = origin + horizon
        return Forecast(
            name=self.name,
            origin=origin,
            end=end,
            level=self.level.level(history, origin, end),
            surface=self.surface.surface(history, origin, end),
            size=np.inf,
        )
