"""A forecaster made of a level and a surface."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.demand.dispersion import dispersion
from geoalloc.demand.forecasting import (
    Forecast,
    Horizon,
    LevelModel,
    Surface,
    SurfaceModel,
    require_past,
)
from geoalloc.demand.history import History, day_of
from geoalloc.demand.windows import Window, past_windows
from geoalloc.errors import DataError

_KEPT = 12  # surfaces of past windows that the next origin asks for again


@dataclass(frozen=True, kw_only=True)
class Composed:
    """Forecasts the level and the surface apart, and multiplies them.

    How far a hex's count varies around its mean is taken from past windows: the
    surface is made anew as of the beginning of each, set to the total of the window,
    and compared with what happened (``dispersion``). Without a past window, or where
    nothing happened in them, it is as a Poisson count varies: nothing is known of more.

    Attributes
    ----------
    name
        As a user types it.
    level, surface
        The models; a surface model that can be compared is made once per origin.
    windows
        Number of past windows to learn the dispersion from; 0 for none.
    """

    name: str
    level: LevelModel
    surface: SurfaceModel
    windows: int = 4

    def __post_init__(self) -> None:
        if self.windows < 0:
            raise DataError(f"windows must be 0 or more, got {self.windows}")

    def forecast(
        self, history: History, origin: pd.Timestamp, horizon: Horizon
    ) -> Forecast:
        """Forecast the incidents from the origin until the origin + horizon.

        Raises
        ------
        DataError
            If the horizon is not above 0, or as the models do: the history is too
            short, or the origin outside of it.
        """
        end = origin + horizon
        if not end > origin:
            raise DataError(
                f"the horizon must be above 0, and {origin:%Y-%m-%d} plus it is "
                f"{end:%Y-%m-%d}: give a length of time ahead"
            )
        require_past(history, origin, least_days=1)
        level = self.level.level(history, origin, end)
        return Forecast(
            name=self.name,
            origin=origin,
            end=end,
            level=level,
            surface=self._made(history, (origin, end)),
            size=self._size(history, origin, end),
        )

    def _size(self, history: History, origin: pd.Timestamp, end: pd.Timestamp) -> float:
        past = past_windows(history, origin, end, most=self.windows)
        means: list[FloatArray] = []
        counts: list[FloatArray] = []
        for start, until in reversed(past):
            count = history.known_count(until, day_of(start))
            share = self._made(history, (start, until)).share
            landed = share > 0
            means.append(share[landed] * count[landed].sum())
            counts.append(count[landed])
        if not counts or not any(count.any() for count in counts):
            return np.inf
        return dispersion(np.concatenate(means), np.concatenate(counts))

    def _made(self, history: History, window: Window) -> Surface:
        start, end = window
        return history.lately(
            ("surface", self.surface),
            (start.value, end.value),
            lambda: self.surface.surface(history, start, end),
            keep=_KEPT,
        )
