"""The command that reports on the quality of incident files."""

from pathlib import Path
from typing import Annotated

import typer

from geoalloc.cli.options import AsJson, print_json


def check(
    path: Annotated[Path, typer.Argument(help="data.police.uk folder, file or zip.")],
    boundary: Annotated[
        Path | None, typer.Option(help="Area that incidents should lie in.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Report on the quality of incident files."""
    from geoalloc import pipeline, summary

    figures = pipeline.quality(path, boundary=boundary)
    if as_json:
        print_json(figures)
    else:
        typer.echo(summary.quality(figures))
