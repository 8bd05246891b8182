"""Hotspots from any incident files: what ``geoalloc hotspots`` does."""

import dataclasses
from collections.abc import Callable

import geopandas as gpd
import pandas as pd

from geoalloc import boundaries, hotspots, incidents, maps
from geoalloc._types import BoolArray
from geoalloc.errors import DataError
from geoalloc.hotspots import Options
from geoalloc.incidents import Reading
from geoalloc.pipeline import gathering, hotspot_records, stages
from geoalloc.pipeline.hotspot_records import Setting
from geoalloc.pipeline.requests import Request
from geoalloc.runs import HotspotRun

__all__ = ["find_hotspots", "hotspot_products"]


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
        reading = gathering.read(request, gathered, area.outline if area else None)
    inputs = hotspot_records.inputs_of(reading, area)
    identified(hotspot_records.run_id(request, inputs))
    with clock("hexes"):
        grid, reading = gathering.cover(request, gathered, area, reading)
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


def _chosen(request: Request, reading: Reading) -> BoolArray:
    category = reading.incidents["category"]
    there = sorted(category.unique())
    wanted = gathering.slugs(request.categories, there) or there
    unwanted = gathering.slugs(request.excluded_categories, there)
    chosen = category.isin(wanted) & ~category.isin(unwanted)
    chosen &= ~hotspots.named(reading.incidents["place"], request.excluded_places)
    if not chosen.any():
        raise DataError(
            f"none of the {len(category):,} incidents is of a category and at a place "
            "that is asked for"
        )
    return chosen.to_numpy()


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
