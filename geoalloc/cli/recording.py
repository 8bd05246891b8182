"""The command that writes the transparency record of a run."""

from pathlib import Path
from typing import Annotated

import typer

from geoalloc.cli.options import AsJson, print_json, progress


def record(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run folder, or its run.json.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="The page, ending in .html; in the run folder if absent. The "
            "Markdown lies beside it.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the transparency record of a run: what it is for, how it works, limits."""
    from geoalloc import pipeline

    made = pipeline.write_record(run, out, progress=progress)
    progress("")
    if as_json:
        print_json(
            {
                "page": made.page.as_posix(),
                "markdown": made.words.as_posix(),
                "open": list(made.still_open),
            }
        )
        return
    if made.still_open:
        typer.echo(
            f"{len(made.still_open)} points are open; fill them in under "
            f"[transparency] of the scenario: {', '.join(made.still_open)}"
        )
    typer.echo(f"Open {made.page}")
