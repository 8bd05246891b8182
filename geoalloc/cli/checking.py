"""The command that reports on the integrity of incident files."""

from pathlib import Path
from typing import Annotated

import typer

from geoalloc.cli.options import (
    AsJson,
    Column,
    Crs,
    Force,
    IncidentFiles,
    Marking,
    Name,
    TimeFormat,
    TimeOfDay,
    TimeZone,
    print_json,
    progress,
)


def check(
    incidents: IncidentFiles = None,
    boundary: Annotated[
        Path | None, typer.Option(help="Area that incidents should lie in.")
    ] = None,
    longitude: Column = None,
    latitude: Column = None,
    crs: Crs = None,
    time: Column = None,
    time_of_day: TimeOfDay = None,
    time_format: TimeFormat = None,
    time_zone: TimeZone = None,
    category_column: Column = None,
    place_column: Column = None,
    count_column: Column = None,
    id_column: Column = None,
    name: Name = None,
    marking: Marking = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the report as HTML.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Report on how far incident files can be trusted."""
    from geoalloc import pipeline, summary
    from geoalloc.incidents import Asked

    paths = list(incidents or [])
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
    asked = Asked(
        columns={key: column for key, column in columns.items() if column},
        crs=crs,
        time_format=time_format,
        time_zone=time_zone,
    )
    if out is not None:
        pipeline.require_page(out, force=force)
    progress("check")
    figures = pipeline.check(paths, asked=asked, boundary=boundary)
    if out is not None:
        page = pipeline.check_page(figures, paths, name=name, marking=marking)
        pipeline.write_page(out, page)
    progress("")
    if as_json:
        print_json(figures)
        return
    typer.echo(summary.quality(figures))
    typer.echo(f"\n{pipeline.check_words(figures)}")
    if out is not None:
        typer.echo(f"\nOpen {out}")
