"""The command that shares out the hours of investigators."""

from pathlib import Path
from typing import Annotated

import typer

from geoalloc.cli.options import AsJson, Force, ScenarioFile, print_json, progress


def investigators(
    scenario_file: ScenarioFile,
    incidents: Annotated[
        Path | None,
        typer.Option(help="Incidents to learn from, instead of the scenario's own."),
    ] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(help="Boundary file, instead of the scenario's own."),
    ] = None,
    months: Annotated[
        int, typer.Option(help="To plan, from the first that is not known; 1 to 36.")
    ] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the hours as CSV.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Share the hours of investigators out over districts and teams."""
    from geoalloc import pipeline, scenario

    if out is not None:
        pipeline.require_free(out, force=force)
    wanted = scenario.read(scenario_file).changed(
        incidents=incidents, boundary=boundary
    )
    run = pipeline.share_casework(wanted, months=months, progress=progress)
    if out is not None:
        pipeline.write_casework(run, out, force=force)
    progress("")
    if as_json:
        print_json(run.as_json() | {"file": out.as_posix() if out else None})
    else:
        typer.echo(pipeline.casework_words(run))
        if out is not None:
            typer.echo(f"\nOpen {out}")
