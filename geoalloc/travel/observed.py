"""Observed journeys: which rows of a table can be learned from, and why not."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.travel import times

COLUMNS = ("from_latitude", "from_longitude", "to_latitude", "to_longitude", "minutes")
_EARTH_KM = 6371.0088  # mean radius of WGS84
_FASTEST_KMH = 200.0  # in a straight line; a slip of the clock, not a drive
_SLOWEST_KMH = 2.0  # in a straight line; the unit did something else on the way


@dataclass(frozen=True, kw_only=True, eq=False)
class Observed:
    """Journeys that can be learned from, by positions of hexes.

    Attributes
    ----------
    row : (n,)
        Position in the table as given.
    origin, target : (n,)
        Positions of hexes.
    minutes : (n,)
        From being sent to arrival.
    hour : (n,)
        Local hour of the day, -1 where the table has none.
    blue_light : (n,)
        Whether driven under blue lights.
    """

    row: IndexArray
    origin: IndexArray
    target: IndexArray
    minutes: FloatArray
    hour: IndexArray
    blue_light: BoolArray

    def at(self, kept: npt.NDArray[np.bool_] | IndexArray) -> "Observed":
        """Return some of the journeys."""
        return Observed(
            row=self.row[kept],
            origin=self.origin[kept],
            target=self.target[kept],
            minutes=self.minutes[kept],
            hour=self.hour[kept],
            blue_light=self.blue_light[kept],
        )


def checked(table: pd.DataFrame, grid: HexGrid) -> tuple[Observed, pd.Series]:
    """Take the rows that can be learned from.

    Parameters
    ----------
    table
        ``COLUMNS``, and ``hour`` and ``blue_light`` if they are known. No other
        column is read.

    Returns
    -------
    observed
        The rows kept, in their order.
    reason : (n_rows,)
        Why a row is refused; missing where it is kept. Its index is the table's.

    Raises
    ------
    DataError
        If a column is missing.
    """
    lacking = [name for name in COLUMNS if name not in table]
    if lacking:
        raise DataError(
            f"observed times lack {', '.join(lacking)}: give the columns "
            f"{', '.join(COLUMNS)}, and hour and blue_light if they are known"
        )
    number = {name: _numbers(table[name]) for name in COLUMNS}
    hour = _numbers(table["hour"]) if "hour" in table else np.full(len(table), -1.0)
    blue = table["blue_light"] if "blue_light" in table else [False] * len(table)
    origin = grid.locate(number["from_latitude"], number["from_longitude"])
    target = grid.locate(number["to_latitude"], number["to_longitude"])
    minutes = number["minutes"]
    kmh = _straight_km(number) / np.where(minutes > 0, minutes / 60.0, np.nan)
    known = np.isfinite(np.stack([*number.values(), hour])).all(axis=0)
    known &= pd.Series(blue).isin([True, False]).to_numpy()
    faults = {
        "a value is missing or not a number": ~known,
        "minutes are not above 0": ~(minutes > 0),
        "the hour is not from 0 to 23": ("hour" in table)
        & ~(np.isin(hour, np.arange(times.HOURS))),
        "it begins outside the area": origin < 0,
        "it ends outside the area": target < 0,
        "it begins and ends in one hex": origin == target,
        f"it is faster than {_FASTEST_KMH:g} km/h in a straight line": kmh
        > _FASTEST_KMH,
        f"it is slower than {_SLOWEST_KMH:g} km/h in a straight line": kmh
        < _SLOWEST_KMH,
    }
    reason = np.full(len(table), None, dtype=object)
    for text, wrong in reversed(faults.items()):  # the first of several stands
        reason[wrong] = text
    kept = np.flatnonzero(reason == None)  # noqa: E711  (elementwise)
    observed = Observed(
        row=kept,
        origin=origin[kept],
        target=target[kept],
        minutes=minutes[kept],
        hour=hour[kept].astype(np.int64),
        blue_light=np.asarray(blue, dtype=object)[kept].astype(bool),
    )
    return observed, pd.Series(reason, index=table.index, dtype="str", name="reason")


def _numbers(column: pd.Series) -> FloatArray:
    found = pd.to_numeric(column, errors="coerce")
    return found.to_numpy(np.float64, na_value=np.nan)


def _straight_km(number: dict[str, FloatArray]) -> FloatArray:
    north, east = (
        np.radians(number["from_latitude"]),
        np.radians(number["from_longitude"]),
    )
    to_north, to_east = (
        np.radians(number["to_latitude"]),
        np.radians(number["to_longitude"]),
    )
    half = np.sin((to_north - north) / 2.0) ** 2
    half += np.cos(north) * np.cos(to_north) * np.sin((to_east - east) / 2.0) ** 2
    return 2.0 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
