"""Coordinates of rows: read, brought to EPSG:4326, tested against the area."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from geoalloc import hexes
from geoalloc._types import BoolArray, FloatArray, IndexArray

_NORTHERNMOST, _SOUTHERNMOST = 84.0, -66.5  # nobody lives beyond, but for science
_DECIMAL_COMMA = r"\s*-?\d+,\d+\s*"  # as spreadsheets write it in much of Europe


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where each row is; worked out once for each place that rows share.

    Attributes
    ----------
    longitude, latitude : (n_places,)
        Of the places that occur, EPSG:4326.
    place : (n_rows,)
        Position of the row's place, -1 if it has none on the globe.
    missing, bad, inside : (n_rows,)
        Rows without coordinates, with some that are no place on the globe, and
        inside the area (all that have a place, where no area is given).
    """

    longitude: FloatArray
    latitude: FloatArray
    place: IndexArray
    missing: BoolArray
    bad: BoolArray
    inside: BoolArray

    def points(self, rows: IndexArray) -> np.ndarray:
        """Shapely points of rows that have a place; equal places share one."""
        unique = shapely.points(self.longitude, self.latitude)
        return unique[self.place[rows]]

    def swapped(self, area: BaseGeometry | None) -> bool:
        """Whether longitude and latitude look swapped, as far as can be told.

        Of a known area `hexes.swapped` tells. Of none it is told only where most
        latitudes are such that nobody lives there and, swapped, they are not.
        """
        if area is not None:
            return hexes.swapped(self.latitude, self.longitude, area)
        lone = _is_lone(self.latitude) & ~_is_lone(self.longitude)
        return bool(2 * lone.sum() > lone.size)


def _is_lone(latitude: FloatArray) -> BoolArray:
    return (latitude > _NORTHERNMOST) | (latitude < _SOUTHERNMOST)


def locate(
    fields: pd.DataFrame, *, crs: CRS | None, within: BaseGeometry | None
) -> Places:
    """Read the coordinates of a raw table.

    Coordinates that are both 0 are missing. A place on the border is outside, as
    it is for h3.

    Parameters
    ----------
    fields
        ``longitude, latitude`` in degrees, or ``easting, northing`` in ``crs``.
    crs
        Of easting and northing; None with longitude and latitude.
    within
        The area, EPSG:4326, or None.
    """
    names = ("longitude", "latitude") if crs is None else ("easting", "northing")
    (x, no_x), (y, no_y) = (_numbers(fields[name]) for name in names)
    missing = no_x | no_y | ((x == 0) & (y == 0))
    finite = np.isfinite(x) & np.isfinite(y) & ~missing
    unique, place_of = np.unique(x[finite] + 1j * y[finite], return_inverse=True)
    longitude, latitude = unique.real.copy(), unique.imag.copy()
    if crs is not None:
        to_degrees = Transformer.from_crs(crs, 4326, always_xy=True)
        longitude, latitude = to_degrees.transform(longitude, latitude)
    on_globe = (np.abs(longitude) <= 180) & (np.abs(latitude) <= 90)
    inside = on_globe.copy()
    if within is not None:
        shapely.prepare(within)
        inside[on_globe] = shapely.contains_xy(
            within, longitude[on_globe], latitude[on_globe]
        )
    place = np.full(len(fields), -1)
    place[finite] = np.where(on_globe[place_of], place_of, -1)
    row_inside = np.zeros(len(fields), dtype=bool)
    row_inside[finite] = inside[place_of]
    return Places(
        longitude=longitude,
        latitude=latitude,
        place=place,
        missing=missing,
        bad=~missing & (place < 0),
        inside=row_inside,
    )


def _numbers(values: pd.Series) -> tuple[FloatArray, BoolArray]:
    """Values as float, nan where they are not numbers; and which are empty."""
    empty = values.isna()
    if values.dtype == "str":
        empty |= values.str.strip() == ""
        texts = values.dropna()
        commas = texts.head(1).str.fullmatch(_DECIMAL_COMMA).all()
        if commas and texts.str.fullmatch(_DECIMAL_COMMA).all():
            values = values.str.replace(",", ".")
    return _floats(values), empty.to_numpy()


def _floats(values: pd.Series) -> FloatArray:
    """Read text or numbers as float, nan where that fails."""
    if values.dtype == "str":
        try:
            texts = pa.array(values, type=pa.large_string())
            return np.asarray(texts.cast(pa.float64()), dtype=np.float64)
        except pa.ArrowInvalid:
            pass  # some are no numbers: pandas, slower, tells which
    numbers = pd.to_numeric(values, errors="coerce")
    return np.asarray(numbers.to_numpy(np.float64, na_value=np.nan))
