"""Hotspots from any incident files: what ``geoalloc hotspots`` does."""

import dataclasses
import datetime as dt
import difflib
from collections.abc import Callable
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc import boundaries, hexes, hotspots, incidents, maps
from geoalloc._types import BoolArray, FloatArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError, UsageError
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import Options
from geoalloc.incidents import Gathered, Reading
from geoalloc.incidents.times import require_zone
from geoalloc.pipeline import hotspot_records, stages
from geoalloc.pipeline.hotspot_records import Setting
from geoalloc.pipeline.requests import Request
from geoalloc.runs import HotspotRun

__all__ = ["find_hotspots", "hotspot_products"]

# What lets a footprint be of cells nearly as fine as the hexes:
_HELD = 0.995  # of the incidents lie in it
_HEXES = 20  # or more make it up
_PER_CELL = 30  # incidents, or more, in its mean cell


def find_hotspots(
    request: Request,
    *,
    progress: Callable[[str], None] = stages.silent,
    identified: Callable[[str], object] = stages.silent,
) -> HotspotRun:
    """Find the hotspots of recorded incidents.

    Parameters
    ----------
    progress
        Called with the name of each stage as it begins.
    identified
        Called with the run id once the inputs are read, before the long work.

    Raises
    ------
    DataError
        If an input is wrong, or nothing is left to find hotspots of.
    """
    clock = stages.Clock(progress)
    with clock("incidents"):
        gathered = incidents.gather(request.paths, request.asked)
        area = boundaries.read(request.boundary) if request.boundary else None
        reading = _reading(request, gathered, area.outline if area else None)
    inputs = hotspot_records.inputs_of(reading, area)
    identified(hotspot_records.run_id(request, inputs))
    with clock("hexes"):
        grid, reading = _covered(request, gathered, area, reading)
    at = Setting(
        request=request,
        gathered=gathered,
        area=area,
        grid=grid,
        reading=reading,
        chosen=_chosen(request, reading),
    )
    with clock("hotspots"):
        past = reading.incidents[at.chosen]
        if not gathered.has_category:
            past = past.drop(columns="category")
        options, chosen = _options(at, past)
        found = hotspots.find(
            past, grid, options, places=None if area is None else area.places
        )
        if chosen is not None:
            found = dataclasses.replace(found, notes=(*found.notes, chosen))
    made_of = {"inputs": inputs, "timings": clock.seconds}
    record = hotspot_records.record(at, found) | made_of
    return HotspotRun(found=found, record=record, rejects=reading.rejects, area=area)


def hotspot_products(run: HotspotRun) -> dict[str, str]:
    """Make what people open, by file name."""
    return {"map.html": maps.hotspot_map(run.found, run.record, run.area)}


def _reading(
    request: Request, gathered: Gathered, within: BaseGeometry | None
) -> Reading:
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


def _covered(
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
        reading = _reading(request, gathered, outline)
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


def _chosen(request: Request, reading: Reading) -> BoolArray:
    category = reading.incidents["category"]
    there = sorted(category.unique())
    wanted = _slugs(request.categories, there) or there
    unwanted = _slugs(request.excluded_categories, there)
    chosen = category.isin(wanted) & ~category.isin(unwanted)
    chosen &= ~hotspots.named(reading.incidents["place"], request.excluded_places)
    if not chosen.any():
        raise DataError(
            f"none of the {len(category):,} incidents is of a category and at a place "
            "that is asked for"
        )
    return chosen.to_numpy()


def _slugs(names: tuple[str, ...], there: list[str]) -> list[str]:
    slugs = [incidents.category_slug(name) for name in names]
    for slug in slugs:
        if slug not in there:
            near = difflib.get_close_matches(slug, there, n=1, cutoff=0.3)
            hint = f"the nearest is {near[0]!r}; " if near else ""
            listed = ", ".join(there[:15]) + (", ..." if there[15:] else "")
            raise DataError(
                f"no incident is of category {slug!r}: {hint}there are {listed}"
            )
    return slugs


def _options(at: Setting, past: gpd.GeoDataFrame) -> tuple[Options, str | None]:
    """Complete the options by what the reading knows, and choose a bandwidth."""
    start, end = at.reading.period
    options = dataclasses.replace(
        at.request.options,
        time_zone=at.gathered.time_zone,
        period=None if pd.isna(start) else (start, end),
        missing_months=at.reading.missing_months,
    )
    if not at.request.choose_bandwidth:
        return options, None
    choice = hotspots.best_bandwidth(past, at.grid, options)
    return dataclasses.replace(options, bandwidth_m=choice.bandwidth_m), choice.sentence
