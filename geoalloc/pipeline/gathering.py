"""Incidents read and hexes laid over their area, as a request asks for them."""

import datetime as dt
import difflib
from zoneinfo import ZoneInfo

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc import hexes, incidents
from geoalloc._types import FloatArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError, UsageError
from geoalloc.hexes import HexGrid
from geoalloc.incidents import Gathered, Reading
from geoalloc.incidents.times import require_zone
from geoalloc.pipeline.requests import Request

__all__ = ["cover", "covered_spans", "read", "slugs"]

# What lets a footprint be of cells nearly as fine as the hexes:
_HELD = 0.995  # of the incidents lie in it
_HEXES = 20  # or more make it up
_PER_CELL = 30  # incidents, or more, in its mean cell


def read(request: Request, gathered: Gathered, within: BaseGeometry | None) -> Reading:
    """Sort the rows into incidents and rejects, between the days that are asked for."""
    require_zone(gathered.time_zone)
    zone = ZoneInfo(gathered.time_zone)
    if request.since and request.until and request.until < request.since:
        raise UsageError(
            f"--until {request.until} is before --since {request.since}: swap them"
        )

    def midnight(day: dt.date | None, after: int) -> pd.Timestamp | None:
        if day is None:
            return None
        local = dt.datetime.combine(day + dt.timedelta(days=after), dt.time())
        return pd.Timestamp(local.replace(tzinfo=zone)).tz_convert("UTC").as_unit("us")

    return gathered.reading(
        within,
        since=midnight(request.since, 0),
        until=midnight(request.until, 1),
    )


def cover(
    request: Request, gathered: Gathered, area: Boundaries | None, reading: Reading
) -> tuple[HexGrid, Reading]:
    """Cover the area with hexes; without a boundary, the incidents' footprint."""
    if area is not None:
        return hexes.cover(area.outline, request.resolution), reading
    points = reading.incidents.geometry
    longitude, latitude = points.x.to_numpy(), points.y.to_numpy()
    outline, grid = _footprint(latitude, longitude, request.resolution)
    if not shapely.contains_xy(outline, longitude, latitude).all():
        # What lies far from all the rest is refused as outside, and so listed.
        reading = read(request, gathered, outline)
    return grid, reading


def _footprint(
    latitude: FloatArray, longitude: FloatArray, resolution: int
) -> tuple[BaseGeometry, HexGrid]:
    """Draw the footprint as finely as the incidents carry, and cover it.

    Cells that are coarser than need be make an area of empty land, on which every
    street is busy. So they are one resolution coarser than the hexes, or two, or at
    last three: the finest that are contiguous, leave out no more than one incident
    in two hundred, and hold so many each that an empty one tells something.
    """
    for coarser in (1, 2, 3):
        outline = hexes.footprint(latitude, longitude, resolution, coarser=coarser)
        grid = hexes.cover(outline, resolution)
        inside = shapely.contains_xy(outline, longitude, latitude)
        per_cell = latitude.size / len(grid) * 7**coarser
        if (
            shapely.get_num_geometries(outline) == 1
            and inside.mean() >= _HELD
            and len(grid) >= _HEXES
            and per_cell >= _PER_CELL
        ):
            break
    return outline, grid


def slugs(names: tuple[str, ...], there: list[str]) -> list[str]:
    """Spell names as slugs, each of which must be there."""
    found = [incidents.category_slug(name) for name in names]
    for slug in found:
        if slug not in there:
            near = difflib.get_close_matches(slug, there, n=1, cutoff=0.3)
            hint = f"the nearest is {near[0]!r}; " if near else ""
            listed = ", ".join(there[:15]) + (", ..." if there[15:] else "")
            raise DataError(
                f"no incident is of category {slug!r}: {hint}there are {listed}"
            )
    return found


def covered_spans(reading: Reading) -> pd.DataFrame:
    """Give the months that were read, ``start`` and ``end`` in UTC, half-open."""
    start, end = reading.period
    zone = reading.time_zone
    months = pd.period_range(
        start.tz_convert(zone).tz_localize(None),
        end.tz_convert(zone).tz_localize(None) - pd.Timedelta(1, "us"),
        freq="M",
    )
    months = months[~months.astype(str).isin(list(reading.missing_months))]
    first, after = (
        each.to_timestamp().as_unit("us").tz_localize(zone).tz_convert("UTC")
        for each in (months, months + 1)
    )
    return pd.DataFrame({"start": first, "end": after}).clip(lower=start, upper=end)
