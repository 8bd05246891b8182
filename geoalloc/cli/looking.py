"""The command that looks months to years ahead."""

from pathlib import Path
from typing import Annotated

import typer

from geoalloc.cli.options import AsJson, Force, ScenarioFile, print_json, progress


def outlook(
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
        int | None, typer.Option(help="1 to 36, instead of the scenario's own.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder; out/outlook-<name>-<run id> if absent."
        ),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Expect incidents and investigations by month, up to three years ahead."""
    from geoalloc import pipeline, runs, scenario

    wanted = scenario.read(scenario_file).changed(
        incidents=incidents, boundary=boundary
    )

    def folder(run_id: str) -> Path:
        return out or runs.outlook_folder(wanted.name, run_id)

    run = pipeline.look_ahead(
        wanted,
        months=months,
        progress=progress,
        # Refuse a folder that is taken before the long work, not after it.
        identified=lambda i: runs.outlook_target(folder(i), i, force=force).require(),
    )
    progress("page")
    target = folder(run.record["run_id"])
    runs.write_outlook(run, target, pipeline.outlook_products(run), force=force)
    progress("")
    if as_json:
        print_json(run.record | {"folder": target.as_posix()})
    else:
        typer.echo(pipeline.outlook_words(run))
        typer.echo(f"\nOpen {target / 'outlook.html'}")
