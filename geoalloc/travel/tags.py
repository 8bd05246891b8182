"""What OpenStreetMap's tags say of a road: its speed and its direction.

Tags are those of the OpenStreetMap wiki: ``highway``, ``maxspeed``, ``oneway``,
``junction``. What they mean here is what they mean there.
"""

import re
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoalloc._types import BoolArray, FloatArray

# Mean speeds between junctions without blue lights, where no limit is given. Assumed:
# near the limits of Great Britain less what bends, traffic and parked cars take; a
# scenario replaces any of them, and ``calibrate`` scales them all.
CLASS_KMH = MappingProxyType(
    {
        "motorway": 100.0,
        "motorway_link": 60.0,
        "trunk": 70.0,
        "trunk_link": 45.0,
        "primary": 50.0,
        "primary_link": 40.0,
        "secondary": 45.0,
        "secondary_link": 35.0,
        "tertiary": 40.0,
        "tertiary_link": 30.0,
        "unclassified": 35.0,
        "residential": 28.0,
        "living_street": 12.0,
        "road": 30.0,
        "service": 15.0,
    }
)

TAGS = ("highway", "maxspeed", "oneway", "junction", "access", "motor_vehicle")

_KMH_PER_MPH = 1.609344
_LIMIT = re.compile(r"(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?", re.ASCII)
_LEAST_KMH, _MOST_KMH = 5.0, 140.0  # a limit beyond these is a slip of the pen
_FORWARD = ("yes", "true", "1")
_BACKWARD = ("-1", "reverse")
_ROUND = ("roundabout", "circular")
_MOTORWAY = ("motorway", "motorway_link")


def limits(maxspeed: pd.Series) -> tuple[FloatArray, BoolArray]:
    """Read speed limits.

    Parameters
    ----------
    maxspeed : (n_lines,)
        As tagged: a number of km/h, or with a unit. Missing where untagged.

    Returns
    -------
    limit_kmh : (n_lines,)
        nan where there is none to use.
    refused : (n_lines,)
        Tagged with what is no speed from 5 to 140 km/h.
    """
    text = maxspeed.astype("str").str.strip().str.lower()
    known = {value: _limit(value) for value in text.dropna().unique()}
    limit = text.map(known).to_numpy(np.float64, na_value=np.nan)
    tagged = text.notna() & (text != "")
    return limit, tagged.to_numpy(bool) & np.isnan(limit)


def _limit(text: str) -> float:
    match = _LIMIT.fullmatch(text)
    if match is None:
        return float("nan")
    kmh = float(match[1]) * (_KMH_PER_MPH if match[2] == "mph" else 1.0)
    return kmh if _LEAST_KMH <= kmh <= _MOST_KMH else float("nan")


def directions(tags: pd.DataFrame) -> npt.NDArray[np.int8]:
    """Find in which direction lines are driven.

    Parameters
    ----------
    tags : (n_lines,)
        ``highway``, ``oneway`` and ``junction``.

    Returns
    -------
    direction : (n_lines,)
        1 as drawn, -1 against that, 0 both. A roundabout and a motorway are
        driven as drawn unless ``oneway`` says otherwise.
    """
    oneway = tags["oneway"].astype("str").str.strip().str.lower()
    implied = tags["junction"].isin(_ROUND) | tags["highway"].isin(_MOTORWAY)
    direction = np.where(implied & oneway.isna(), 1, 0)
    direction[oneway.isin(_FORWARD)] = 1
    direction[oneway.isin(_BACKWARD)] = -1
    return direction.astype(np.int8)


def drivable(tags: pd.DataFrame, class_kmh: npt.ArrayLike) -> BoolArray:
    """Find the lines of a class with a speed that are not barred to vehicles."""
    barred = tags["access"].eq("no") | tags["motor_vehicle"].eq("no")
    return (~barred.fillna(False)).to_numpy(bool) & ~np.isnan(np.asarray(class_kmh))
