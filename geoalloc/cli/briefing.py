"""The command that prints the sheets of a run."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from geoalloc.cli.options import AsJson, Force, print_json, progress


def brief(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run folder, or its run.json.")
    ],
    area: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Only this district, home beat or place, without page and overview "
            "of the whole force.",
        ),
    ] = None,
    paper: Annotated[str, typer.Option(help="a4 or a3.")] = "a4",
    profile: Annotated[
        str, typer.Option(help="operational, or briefing for officers on duty.")
    ] = "operational",
    units: Annotated[
        bool, typer.Option(help="A duty sheet for each unit as well.")
    ] = True,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder; <RUN>-sheets if absent.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Print the briefing sheets of a run: overview, areas, units, inspector's page."""
    from geoalloc import pipeline

    wanted = pipeline.SheetsRequest(
        area=area, paper=paper.lower(), profile=profile, units=units
    )
    made = pipeline.write_sheets(
        run, wanted, out, force=force, now=dt.datetime.now(dt.UTC), progress=progress
    )
    progress("")
    if as_json:
        print_json(made.record | {"folder": made.folder.as_posix()})
        return
    record = made.record
    typer.echo(f"{record['marking']}. {record['handling']}".strip())
    duties = (
        f" and {record['duty_sheets']} duty sheets" if record["duty_sheets"] else ""
    )
    typer.echo(f"{record['sheets']} sheets{duties}")
    typer.echo(f"Open {made.folder / 'briefing.pdf'}")
