"""The incidents that hotspots are found of: where and when they stand."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import CrsError, DataError
from geoalloc.hexes import HexGrid, swapped
from geoalloc.hotspots import clock
from geoalloc.hotspots.clock import Calendar
from geoalloc.hotspots.density import Places, collapse
from geoalloc.hotspots.objects import Options

__all__ = ["Past", "take"]

_COLUMNS = ("category", "place", "reported_at", "started_at", "ended_at")
_ENOUGH = 20  # times, for their middle to be told from the rest
_DAY = np.timedelta64(1, "D")


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
    n_outside, n_other_time, n_missing
        Incidents left out: in no hex of the cover; and in one, but before the period
        or after it, and in a month that is missing.
    span_days, middle_days
        Days between the first and the last time that is taken, and between the ends
        of the middle 98 % of them; nan where fewer than 20 have a time.
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
    n_missing: int
    span_days: float
    middle_days: float


def take(incidents: gpd.GeoDataFrame, grid: HexGrid, options: Options) -> Past:
    """Take the incidents in the cover.

    Raises
    ------
    CrsError
        If the incidents are in no CRS.
    DataError
        If they have no geometry or a column twice, one has no point, or none is
        taken.
    """
    _require_columns(incidents)
    longitude, latitude = _degrees(incidents)
    position = grid.locate(latitude, longitude)
    inside = position >= 0
    if not inside.any():
        raise DataError(_none_inside(latitude, longitude, grid))
    times = clock.when(incidents, options.time_zone)
    calendar = clock.calendar(
        times,
        period=_local_period(options),
        missing_months=options.missing_months,
        windows=options.windows,
    )
    timely, present = _of_the_period(times, calendar, options)
    kept = np.flatnonzero(inside & timely & present)
    if kept.size == 0:
        raise DataError(
            f"none of the {inside.sum():,} incidents in the area is from the period "
            f"{calendar.start} to {calendar.end} less its missing months: give the "
            "period that they are from"
        )
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    x_m, y_m = to_metres.transform(longitude[kept], latitude[kept])
    # What is in the period by its report may begin before it.
    local = times.local.where(calendar.holds(times.local), times.dated)
    local = local.iloc[kept].reset_index(drop=True)
    span_days, middle_days = _spans(times.dated[timely & present])
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
        n_other_time=int((inside & ~timely).sum()),
        n_missing=int((inside & timely & ~present).sum()),
        span_days=span_days,
        middle_days=middle_days,
    )


def _require_columns(incidents: gpd.GeoDataFrame) -> None:
    geometry = getattr(incidents, "active_geometry_name", None)
    if geometry is None:
        raise DataError(
            f"the incidents are a {type(incidents).__name__} without geometry: give a "
            "GeoDataFrame of points, as geopandas.points_from_xy makes"
        )
    for name in (geometry, *_COLUMNS):
        n_there = int((incidents.columns == name).sum())
        if n_there > 1:
            raise DataError(
                f"the incidents have {n_there} columns {name!r}: leave one of them"
            )


def _none_inside(latitude: FloatArray, longitude: FloatArray, grid: HexGrid) -> str:
    none = f"none of the {latitude.size:,} incidents lies in the area"
    if swapped(latitude, longitude, grid.area):
        return f"{none}, but would with longitude and latitude swapped: swap them"
    return f"{none}: there is nothing to find hotspots of"


def _of_the_period(
    times: clock.When, calendar: Calendar, options: Options
) -> tuple[BoolArray, BoolArray]:
    """Whether each incident is in the period, and in no missing month, or has no time.

    A period that is taken from the incidents holds them all.
    """
    timely = np.ones(len(times.dated), dtype=bool)
    if options.period is not None:
        timely = calendar.holds(times.dated)
    month = times.dated.dt.to_period("M").astype("str")
    return timely, ~month.isin(options.missing_months).to_numpy(bool)


def _spans(dated: pd.Series) -> tuple[float, float]:
    known = np.sort(dated.dropna().to_numpy())
    if known.size < _ENOUGH:
        return np.nan, np.nan
    cut = max(round(0.01 * known.size), 1)
    days = np.array([known[-1] - known[0], known[-1 - cut] - known[cut]]) / _DAY
    return float(days[0]), float(days[1])


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
    # Of what is no point, or an empty one, x and y are nan.
    xy = np.array([shapely.get_x(points), shapely.get_y(points)])
    bad = ~np.isfinite(xy).all(axis=0)
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
