"""The command that finds the best few moves when something has changed."""

from pathlib import Path
from typing import Annotated

import typer

from geoalloc.cli.options import AsJson, Force, print_json, progress


def replan(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run folder, or its run.json.")
    ],
    unavailable: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CALLSIGN[@HH:MM]", help="Unit that is gone; repeat for more."
        ),
    ] = None,
    arriving: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CALLSIGN@HH:MM",
            help="Unit of the run that comes to duty then; repeat for more.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="HH:MM",
            help="Local time from which units may move; the start if absent.",
        ),
    ] = None,
    moves: Annotated[int, typer.Option(min=0, help="At most so many.")] = 5,
    queue: Annotated[
        Path | None, typer.Option(help="CSV of the calls that wait at that time.")
    ] = None,
    incidents: Annotated[
        Path | None, typer.Option(help="Where the incidents of the run lie now.")
    ] = None,
    boundary: Annotated[
        Path | None, typer.Option(help="Where its boundary file lies now.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the moves as CSV.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Find the best few moves from a plan when units go, arrive, or calls wait."""
    from geoalloc import pipeline

    if out is not None:
        pipeline.require_free(out, force=force)
    found = pipeline.replan(
        run,
        pipeline.ReplanRequest(
            unavailable=unavailable or (),
            arriving=arriving or (),
            since=since,
            most_moves=moves,
            queue=queue,
            incidents=incidents,
            boundary=boundary,
        ),
        progress=progress,
    )
    if out is not None:
        pipeline.write_moves(found, out, force=force)
    progress("")
    if as_json:
        print_json(found.record | {"file": out.as_posix() if out else None})
    else:
        typer.echo(pipeline.replan_words(found))
        if out is not None:
            typer.echo(f"\nOpen {out}")
