"""Coordinates of rows: read, brought to EPSG:4326, tested against the area."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from geoalloc._types import BoolArray, FloatArray, IndexArray

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

    def swapped_inside(self, within: BaseGeometry) -> bool:
        """Whether most places would be in the area if x were y."""
        if not self.longitude.size:
            return False
        inside = shapely.contains_xy(within, self.latitude, self.longitude)
        return bool(inside.mean() > 0.5)


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
    numbers = pd.to_numeric(values, errors="coerce")
    return numbers.to_numpy(np.float64, na_value=np.nan), empty.to_numpy()
