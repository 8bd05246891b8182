"""The command that makes a first scenario for a force."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from geoalloc.cli.options import (
    Attribution,
    Column,
    Crs,
    Force,
    Name,
    TimeFormat,
    TimeZone,
    progress,
)
from geoalloc.errors import UsageError

_TRIES = 3


def new(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder to write, new or empty.")
    ],
    incidents: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|FOLDER",
            help="data.police.uk folder, file or zip; or a table of any kind.",
        ),
    ] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(help="Polygons of the area; else the incidents' footprint."),
    ] = None,
    districts: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Of the boundary file: its districts."),
    ] = None,
    beats: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Of the boundary file: its home beats."),
    ] = None,
    stations: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|TEXT|N",
            help="File of points, 'Name:lat,lon;...', or how many to make up.",
        ),
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="CSV of call signs on duty; or give --units.")
    ] = None,
    units: Annotated[
        int | None, typer.Option(metavar="N", help="Response units in the shift.")
    ] = None,
    name: Name = None,
    time_zone: TimeZone = None,
    shift_starts: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="20:00 of the first Friday, or 2026-12-04T20:00."
        ),
    ] = None,
    shift_hours: Annotated[
        int | None, typer.Option(metavar="HOURS", help="Length of the shift.")
    ] = None,
    resolution: Annotated[
        int | None, typer.Option(help="H3 resolution; to suit the area if absent.")
    ] = None,
    crs: Crs = None,
    time: Column = None,
    time_format: TimeFormat = None,
    category_column: Column = None,
    place_column: Column = None,
    attribution: Attribution = None,
    force: Force = False,
) -> None:
    """Make a first scenario for a force: answer a few questions, or give flags."""
    from geoalloc import pipeline
    from geoalloc.incidents import Asked

    pipeline.require_start_folder(folder, force=force)
    asks = sys.stdin.isatty()
    if incidents is None:
        incidents = Path(_answer(asks, "--incidents", "Incidents: file or folder"))
    if time_zone is None and pipeline.needs_time_zone(incidents):
        time_zone = _answer(asks, "--time-zone", "Time zone, as America/Chicago")
    if asks and boundary is None:
        boundary = _path(_optional("Boundary file; empty for the incidents' footprint"))
    if asks and stations is None:
        stations = _optional("Stations: file, or Name:lat,lon;...; empty to go without")
    if roster is None and units is None:
        units = _number(asks, "--units (or --roster)", "Response units in the shift")
    columns = {"time": time, "category": category_column, "place": place_column}
    begun = pipeline.start(
        pipeline.StartRequest(
            incidents=incidents,
            asked=Asked(
                columns={key: column for key, column in columns.items() if column},
                crs=crs,
                time_format=time_format,
                time_zone=time_zone,
            ),
            boundary=boundary,
            districts=districts,
            beats=beats,
            stations=stations,
            roster=roster,
            units=units,
            name=name,
            starts_at=shift_starts,
            hours=shift_hours,
            resolution=resolution,
            attribution=attribution or "",
        ),
        progress=progress,
    )
    pipeline.write_start(begun, folder, force=force)
    progress("")
    typer.echo(begun.words)
    typer.echo(f"\nNow: geoalloc plan {(folder / 'scenario.toml').as_posix()}")


def _answer(asks: bool, flag: str, question: str, **prompt: Any) -> Any:  # noqa: ANN401 - of the type that the question is of
    """Ask on a terminal; without one name the flag that is missing."""
    if not asks:
        raise UsageError(f"{flag} is missing: {question[:1].lower()}{question[1:]}")
    return typer.prompt(question, err=True, **prompt)


def _number(asks: bool, flag: str, question: str) -> int:
    return int(_answer(asks, flag, question, type=int))


def _optional(question: str) -> str | None:
    text: str = typer.prompt(question, default="", show_default=False, err=True)
    return text.strip() or None


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
