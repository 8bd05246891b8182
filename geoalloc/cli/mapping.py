"""The command that makes a map and its exports from a run folder."""

from pathlib import Path
from typing import Annotated

import typer

from geoalloc.cli.options import AsJson, Force, print_json, progress


def release_map(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run folder, or its run.json.")
    ],
    profile: Annotated[
        str, typer.Option(help="operational, briefing or public.")
    ] = "operational",
    marking: Annotated[
        str | None,
        typer.Option(help="OFFICIAL or OFFICIAL-SENSITIVE, instead of the run's own."),
    ] = None,
    handling: Annotated[
        str | None, typer.Option(help="Handling instruction, instead of the run's own.")
    ] = None,
    tiles: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Tiles of the own network, with {z}, {x} and {y}."
        ),
    ] = None,
    tiles_attribution: Annotated[
        str, typer.Option(metavar="TEXT", help="Credit that the tiles ask for.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder; <RUN>-<profile> if absent."),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Make a map and its exports from a run folder, cut to who may see them."""
    from geoalloc import pipeline

    made = pipeline.release(
        run,
        pipeline.ReleaseRequest(
            profile=profile,
            marking=marking,
            handling=handling,
            tiles=tiles,
            tiles_attribution=tiles_attribution,
        ),
        out,
        force=force,
        progress=progress,
    )
    progress("")
    if as_json:
        print_json(made.record | {"folder": made.folder.as_posix()})
    else:
        typer.echo(f"{made.record['marking']}: {made.record['profile']} profile")
        typer.echo(f"Open {made.folder / 'map.html'}")
