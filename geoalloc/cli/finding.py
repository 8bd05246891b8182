"""The command that finds hotspots."""

from pathlib import Path
from typing import Annotated, Any

import typer

from geoalloc.cli.options import (
    AsJson,
    Column,
    Footprint,
    Force,
    IncidentFiles,
    Resolution,
    Since,
    Until,
    print_json,
    progress,
)


def hotspots(
    incidents: IncidentFiles = None,
    boundary: Footprint = None,
    resolution: Resolution = 9,
    bandwidth: Annotated[
        str | None,
        typer.Option(metavar="METRES|auto", help="Kernel radius; auto tries several."),
    ] = None,
    kernel: Annotated[str | None, typer.Option(help="Kernel of the density.")] = None,
    half_life: Annotated[
        float | None, typer.Option(metavar="DAYS", help="Age that weighs half.")
    ] = None,
    area_share: Annotated[
        float | None, typer.Option(help="Densest share of the land.")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="False discovery rate.")] = None,
    times: Annotated[
        float | None, typer.Option(help="Times the area's rate that counts as high.")
    ] = None,
    most: Annotated[int | None, typer.Option(help="Hotspots at the most.")] = None,
    largest: Annotated[
        float | None,
        typer.Option(metavar="KM2", help="Land of neighboring peaks in one hotspot."),
    ] = None,
    windows: Annotated[
        int | None, typer.Option(help="Parts of the period, for persistence.")
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="Only this category; repeat for more.")
    ] = None,
    exclude_category: Annotated[
        list[str] | None, typer.Option(help="Not this category; repeat for more.")
    ] = None,
    exclude_place: Annotated[
        list[str] | None,
        typer.Option(metavar="WORD", help="Not at places with this word; repeat."),
    ] = None,
    since: Since = None,
    until: Until = None,
    longitude: Column = None,
    latitude: Column = None,
    crs: Annotated[
        str | None, typer.Option(help="Of coordinates that are not degrees.")
    ] = None,
    time: Column = None,
    time_of_day: Annotated[
        str | None, typer.Option(help="Name of its column, if days stand apart.")
    ] = None,
    time_format: Annotated[
        str | None, typer.Option(help="Such as '%d/%m/%Y %H:%M'.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Of local times, such as America/Chicago.")
    ] = None,
    category_column: Column = None,
    place_column: Column = None,
    count_column: Column = None,
    id_column: Column = None,
    name: Annotated[str | None, typer.Option(help="Of the area.")] = None,
    marking: Annotated[
        str | None, typer.Option(help="Protective marking of every product.")
    ] = None,
    attribution: Annotated[
        str | None, typer.Option(help="Whose data these are.")
    ] = None,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Print every default, and stop.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder; out/hotspots-<name>-<run id> if absent."
        ),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Find hotspots in recorded incidents, and leave a map and tables to open."""
    from geoalloc import pipeline, summary

    if defaults:
        typer.echo(summary.defaults(pipeline.hotspot_defaults()))
        return
    columns = {
        "longitude": longitude,
        "latitude": latitude,
        "time": time,
        "time_of_day": time_of_day,
        "category": category_column,
        "place": place_column,
        "count": count_column,
        "id": id_column,
    }
    options = {
        "bandwidth": bandwidth,
        "kernel": kernel,
        "half_life_days": half_life,
        "area_share": area_share,
        "rate": rate,
        "times": times,
        "most": most,
        "largest_km2": largest,
        "windows": windows,
    }
    wanted = pipeline.request(
        incidents or [],
        columns=columns,
        options=options,
        boundary=boundary,
        resolution=resolution,
        crs=crs,
        time_format=time_format,
        time_zone=time_zone,
        categories=tuple(category or ()),
        excluded_categories=tuple(exclude_category or ()),
        excluded_places=tuple(exclude_place or ()),
        since=since.date() if since else None,
        until=until.date() if until else None,
        name=name,
        marking=marking,
        attribution=attribution,
    )

    _leave_hotspots(wanted, out, force=force, as_json=as_json)


def _leave_hotspots(
    wanted: Any,  # noqa: ANN401 - the type lives in a module that is slow to import
    out: Path | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    from geoalloc import pipeline, runs, summary

    def folder(run_id: str) -> Path:
        return out or runs.hotspot_folder(wanted.slug, run_id)

    run = pipeline.find_hotspots(
        wanted,
        progress=progress,
        # Refuse a folder that is taken before the long work, not after it.
        identified=lambda i: runs.hotspot_target(folder(i), i, force=force).require(),
    )
    progress("map")
    target = folder(run.record["run_id"])
    runs.write_hotspots(run, target, pipeline.hotspot_products(run), force=force)
    progress("")
    if as_json:
        print_json(run.record | {"folder": target.as_posix()})
    else:
        typer.echo(summary.hotspots(run))
        typer.echo(f"\nOpen {target / 'map.html'}")
