"""Where: gradient-boosted trees on the components of the mixture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.demand.components import Components, components
from geoalloc.demand.forecasting import Explanation, Surface, require_past
from geoalloc.demand.history import History, day_of
from geoalloc.demand.mixture import MixtureSurface
from geoalloc.demand.surfaces import floored
from geoalloc.demand.windows import Window, past_windows
from geoalloc.errors import DataError

__all__ = ["BoostedSurface"]

_FLOOR_SHARE = 0.005
_EMPTY_KEPT = 8  # one in so many of the hexes where nothing is known to happen
_PLACED = ("easting", "northing", "land")
_PARAMETERS = {
    "objective": "poisson",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "bagging_fraction": 1.0,
    "verbosity": -1,
    "seed": 0,
    "num_threads": 1,  # sums over threads would differ with their number
    "deterministic": True,
    "force_row_wise": True,
}


@dataclass(frozen=True)
class BoostedSurface:
    """Poisson regression by LightGBM on the components' values and coordinates.

    It is trained on the hexes of past windows, of which those where nothing has ever
    been recorded are thinned and weigh as much more. What is predicted for a hex
    where nothing ever was is that for one full of land: a sliver at a border gets a
    sliver of it. Without a past window it is the
    mixture, whose prior then stands for what cannot be learnt.

    Attributes
    ----------
    windows
        Number of past windows.
    rounds
        Number of trees.

    References
    ----------
    Ke, G. and others (2017), Advances in Neural Information Processing Systems 30.
    """

    windows: int = 12
    rounds: int = 150

    def __post_init__(self) -> None:
        if self.windows < 1 or self.rounds < 1:
            raise DataError(
                "windows and rounds must be at least 1, got "
                f"{self.windows} and {self.rounds}"
            )

    def surface(
        self, history: History, origin: pd.Timestamp, end: pd.Timestamp
    ) -> Surface:
        """Train on past windows, and predict from what is known at the origin.

        Raises
        ------
        DataError
            If LightGBM is not installed, no incident was known at the origin, or it
            is outside of the data.
        """
        light = _lightgbm()
        require_past(history, origin, least_days=1)
        past = past_windows(history, origin, end, most=self.windows)
        rows = [_rows(history, window) for window in reversed(past)]
        if not any(count.any() for _, count, _ in rows):
            return MixtureSurface().surface(history, origin, end)
        features, count, weight = (
            np.concatenate(each) for each in zip(*rows, strict=True)
        )
        data = light.Dataset(features, count, weight=weight)
        model = light.train(_PARAMETERS, data, num_boost_round=self.rounds)
        ahead = components(history, origin)
        everywhere = np.arange(len(history.grid))
        found = model.predict(_features(history, ahead, everywhere), num_threads=1)
        land = history.grid.land_km2 / history.grid.land_km2.max()
        found *= np.where(_used(ahead) & (land > 0), 1.0, land)
        return Surface(
            share=floored(found, history.grid, _FLOOR_SHARE),
            explanation=_explained(
                model.feature_importance("gain"), (*ahead.names, *_PLACED), len(past)
            ),
        )


def _rows(
    history: History, window: Window
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give features, counts and weights of the hexes of a window to train on."""
    start, end = window
    land = history.grid.land_km2

    def make() -> tuple[FloatArray, FloatArray, FloatArray]:
        count = history.known_count(end, day_of(start))
        made = components(history, start)
        used = _used(made) | (count > 0)
        empty = np.flatnonzero(~used & (land > 0))[::_EMPTY_KEPT]
        at = np.concatenate([np.flatnonzero(used & (land > 0)), empty])
        weight = np.ones(at.size)
        weight[at.size - empty.size :] = _EMPTY_KEPT
        return _features(history, made, at), count[at], weight

    key = (start.value, end.value)
    return history.lately("rows to boost", key, make, keep=16)


def _used(made: Components) -> BoolArray:
    """Tell in which hexes an incident of any kind has been, (n_hexes,)."""
    return np.asarray(made.share[made.names.index("places")] > 0)


def _features(history: History, made: Components, at: IndexArray) -> FloatArray:
    """Give the components relative to even, and where each hex is, (n, n_features)."""
    grid = history.grid
    even = grid.land_km2[at] / grid.land_km2.sum()
    relative = made.share[:, at] / np.where(even > 0, even, 1.0)
    placed = np.array([grid.x_m[at], grid.y_m[at], grid.land_km2[at]])
    return np.concatenate([relative, placed]).T.astype(np.float32)


def _explained(gain: FloatArray, names: tuple[str, ...], windows: int) -> Explanation:
    share = gain / max(float(gain.sum()), 1e-300)
    order = np.argsort(-share, kind="stable")
    first = " and ".join(f"the {names[k]}" for k in order[:2])
    return Explanation.of(
        f"Boosted trees, most of all on {first}, trained on {windows} past "
        f"window{'s' * (windows != 1)}.",
        {f"{names[k]} (share of gain)": float(share[k]) for k in order},
    )


def _lightgbm() -> Any:  # noqa: ANN401 - it comes without types
    try:
        import lightgbm
    except ImportError as error:
        raise DataError(
            "the forecaster 'gbm' needs LightGBM: pip install 'geoalloc[gbm]'"
        ) from error
    return lightgbm
