"""Points as callers give them: refused before a kernel would read past their end."""

import numpy as np
import numpy.typing as npt

from geoalloc._types import FloatArray
from geoalloc.errors import DataError


def pairs(
    latitude: npt.ArrayLike, longitude: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Make contiguous arrays (n,) of latitude and longitude; n is 1 for two numbers.

    Raises
    ------
    DataError
        If either is not of numbers or not one-dimensional, or their lengths differ.
    """
    lat, lng = numbers(latitude, "latitude"), numbers(longitude, "longitude")
    if lat.size != lng.size:
        raise DataError(
            f"there are {lat.size} latitudes but {lng.size} longitudes: give one of "
            "each for every point"
        )
    return lat, lng


def numbers(values: npt.ArrayLike, name: str) -> FloatArray:
    """Make a contiguous array (n,) of floats.

    Raises
    ------
    DataError
        If the values are not numbers, or not in one dimension.
    """
    try:
        found = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} must be an array of numbers") from None
    if found.ndim != 1:
        raise DataError(
            f"{name} must have one dimension, got an array of shape {found.shape}: "
            "ravel it"
        )
    return found
