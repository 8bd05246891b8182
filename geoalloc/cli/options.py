"""Options that several commands share, and how commands speak."""

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

_COLUMN = "Name of the column, if it is not guessed."
_DAY = ["%Y-%m-%d"]

ScenarioFile = Annotated[Path, typer.Argument(help="A scenario file (TOML).")]
IncidentFiles = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="INCIDENTS...",
        help="data.police.uk folder, file or zip; or CSV, Parquet, GeoPackage, "
        "GeoJSON of any kind, columns guessed by name.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Force = Annotated[bool, typer.Option(help="Set aside what is there already.")]
Footprint = Annotated[
    Path | None,
    typer.Option(
        "--boundary", help="Polygons of the area; else the incidents' footprint."
    ),
]
Resolution = Annotated[
    int, typer.Option("--resolution", help="H3 resolution, 5 to 12.")
]
Since = Annotated[
    dt.datetime | None, typer.Option("--since", formats=_DAY, help="First day.")
]
Until = Annotated[
    dt.datetime | None, typer.Option("--until", formats=_DAY, help="Last day.")
]
Column = Annotated[str | None, typer.Option(help=_COLUMN)]
Crs = Annotated[
    str | None, typer.Option("--crs", help="Of coordinates that are not degrees.")
]
TimeOfDay = Annotated[
    str | None,
    typer.Option("--time-of-day", help="Name of its column, if days stand apart."),
]
TimeFormat = Annotated[
    str | None, typer.Option("--time-format", help="Such as '%d/%m/%Y %H:%M'.")
]
TimeZone = Annotated[
    str | None,
    typer.Option("--time-zone", help="Of local times, such as America/Chicago."),
]
Name = Annotated[str | None, typer.Option("--name", help="Of the area.")]
Marking = Annotated[
    str | None, typer.Option("--marking", help="Protective marking of every product.")
]
Attribution = Annotated[
    str | None, typer.Option("--attribution", help="Whose data these are.")
]


def print_json(value: object) -> None:
    """Print a value on standard output as JSON."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def progress(stage: str) -> None:
    """Name the stage at work, on a terminal only, and wipe it at the end."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{stage + ' ...' if stage else ''}")
        sys.stderr.flush()
