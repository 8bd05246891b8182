"""The forecasters by name."""

import difflib
from collections.abc import Callable

from geoalloc.demand.boosting import BoostedSurface
from geoalloc.demand.composing import Composed
from geoalloc.demand.excitation import ExcitedSurface
from geoalloc.demand.forecasting import Forecaster, LevelModel, SurfaceModel
from geoalloc.demand.levels import LastLevel, MeanLevel, SeasonalLevel
from geoalloc.demand.mixture import MixtureSurface
from geoalloc.demand.surfaces import CountSurface, DensitySurface, LastSurface
from geoalloc.errors import DataError

DEFAULT = "mixture"

_RECENT_DAYS = 90.0

_MADE: dict[str, Callable[[], tuple[LevelModel, SurfaceModel]]] = {
    "naive": lambda: (MeanLevel(), CountSurface()),
    "last": lambda: (LastLevel(), LastSurface()),
    "kde": lambda: (SeasonalLevel(), DensitySurface()),
    "recency-kde": lambda: (
        SeasonalLevel(),
        DensitySurface(half_life_days=_RECENT_DAYS),
    ),
    "self-exciting": lambda: (SeasonalLevel(), ExcitedSurface()),
    "mixture": lambda: (SeasonalLevel(), MixtureSurface()),
    "gbm": lambda: (SeasonalLevel(), BoostedSurface()),
}

FORECASTERS = tuple(_MADE)


def forecaster(name: str) -> Forecaster:
    """Give the forecaster of a name.

    Raises
    ------
    DataError
        If there is none of that name.
    """
    if name not in _MADE:
        near = difflib.get_close_matches(name, _MADE, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise DataError(
            f"there is no forecaster {name!r}: {hint}there are {', '.join(_MADE)}"
        )
    level, surface = _MADE[name]()
    return Composed(name=name, level=level, surface=surface)
