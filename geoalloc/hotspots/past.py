"""The incidents that hotspots are found of: where and when they stand."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import CrsError, DataError
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import clock
from geoalloc.hotspots.clock import Calendar
from geoalloc.hotspots.density import Places, collapse
from geoalloc.hotspots.objects import Options

__all__ = ["Past", "take"]


@dataclass(frozen=True, kw_only=True)
class Past:
    """The incidents in the cover.

    Attributes
    ----------
    position : (n,)
        Of each incident's hex.
    places
        Where they stand, in the grid's CRS.
    category, place, local : (n,)
        Category, street or premises, local instant; missing where unknown.
    hour_known : (n,)
        Whether ``local`` tells the hour of the day.
    window : (n,)
        Of the calendar; -1 for none.
    calendar
        The period and its windows.
    monthly
        Whether some incidents are known only to the month.
    n_outside, n_other_time
        Incidents left out, in no hex of the cover; and taken, but at an instant
        before or after the period.
    """

    position: IndexArray
    places: Places
    category: pd.Series
    place: pd.Series
    local: pd.Series
    hour_known: BoolArray
    window: IndexArray
    calendar: Calendar
    monthly: bool
    n_outside: int
    n_other_time: int


def take(incidents: gpd.GeoDataFrame, grid: HexGrid, options: Options) -> Past:
    """Take the incidents in the cover.

    Raises
    ------
    CrsError
        If the incidents are in no CRS.
    DataError
        If one has no point, or none is taken.
    """
    longitude, latitude = _degrees(incidents)
    position = grid.locate(latitude, longitude)
    times = clock.when(incidents, options.time_zone)
    calendar = clock.calendar(
        times,
        period=_local_period(options),
        missing_months=options.missing_months,
        windows=options.windows,
    )
    inside = position >= 0
    kept = np.flatnonzero(inside)
    if kept.size == 0:
        raise DataError(
            f"none of the {len(incidents):,} incidents lies in the area: there is "
            "nothing to find hotspots of"
        )
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    x_m, y_m = to_metres.transform(longitude[kept], latitude[kept])
    local = times.local.iloc[kept].reset_index(drop=True)
    return Past(
        position=position[kept],
        places=collapse(np.asarray(x_m), np.asarray(y_m)),
        category=_column(incidents, "category", kept),
        place=_column(incidents, "place", kept),
        local=local,
        hour_known=times.hour_known[kept],
        window=calendar.window(local),
        calendar=calendar,
        monthly=times.monthly,
        n_outside=int((~inside).sum()),
        n_other_time=int(calendar.leaves_out(local).sum()),
    )


def _local_period(options: Options) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    if options.period is None:
        return None
    start, end = (
        instant.tz_convert(options.time_zone).tz_localize(None).as_unit("us")
        for instant in options.period
    )
    return start, end


def _degrees(incidents: gpd.GeoDataFrame) -> tuple[FloatArray, FloatArray]:
    if incidents.crs is None:
        raise CrsError("the incidents are in no CRS: say which with set_crs")
    points = incidents.geometry.array
    bad = np.asarray(points.is_empty | points.isna() | (points.geom_type != "Point"))
    if bad.any():
        raise DataError(
            f"{bad.sum()} of {len(bad)} incidents are no point, first at row "
            f"{int(bad.argmax())}: leave out those that have no place"
        )
    points = points.to_crs(4326)
    return np.asarray(points.x, np.float64), np.asarray(points.y, np.float64)


def _column(incidents: pd.DataFrame, name: str, kept: IndexArray) -> pd.Series:
    if name not in incidents:
        return pd.Series(None, index=range(kept.size), dtype="str")
    return incidents[name].iloc[kept].astype("str").reset_index(drop=True)
