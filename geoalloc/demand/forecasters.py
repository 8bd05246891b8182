"""The forecasters by name."""

import difflib

from geoalloc.demand.composing import Composed
from geoalloc.demand.forecasting import Forecaster
from geoalloc.demand.levels import MeanLevel
from geoalloc.demand.surfaces import CountSurface
from geoalloc.errors import DataError

DEFAULT = "mixture"

_MADE = {
    "naive": lambda: Composed(name="naive", level=MeanLevel(), surface=CountSurface()),
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
    return _MADE[name]()
