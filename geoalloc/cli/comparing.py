"""The command that compares scenarios."""

import contextlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from geoalloc.cli.hiring import (
    DaskAddress,
    DaskCa,
    DaskCert,
    DaskKey,
    tls_files,
)
from geoalloc.cli.options import AsJson, Force, print_json, progress
from geoalloc.errors import UsageError

_MANY = 100  # scenarios, from which on it is asked first
_INTERRUPTED = 130


def compare(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="SCENARIOS...", help="Files; the first is the base."),
    ],
    base: Annotated[
        Path | None,
        typer.Option(help="Scenario file to compare with, instead of the first."),
    ] = None,
    on: Annotated[
        Path | None,
        typer.Option(
            help="Lay the scenarios over this one, instead of the one that they "
            "extend in the end, and compare with it.",
        ),
    ] = None,
    incidents: Annotated[
        Path | None,
        typer.Option(help="Incidents to plan from, for scenarios that read a file."),
    ] = None,
    boundary: Annotated[
        Path | None, typer.Option(help="Boundary file, instead of the scenarios'.")
    ] = None,
    resolution: Annotated[
        int | None, typer.Option(help="H3 resolution, instead of the scenarios'.")
    ] = None,
    shifts: Annotated[
        int, typer.Option(help="Simulated of each scenario at the least.")
    ] = 200,
    half_width: Annotated[
        float | None,
        typer.Option(
            help="Add shifts until the interval of each difference in the share of "
            "immediate calls late is at most this to either side, such as 0.005."
        ),
    ] = None,
    most_shifts: Annotated[
        int, typer.Option(help="Of each scenario, whatever the half-width.")
    ] = 2000,
    workers: Annotated[
        int | None, typer.Option(help="Processes; one for each core if absent.")
    ] = None,
    dask: DaskAddress = None,
    dask_ca: DaskCa = None,
    dask_cert: DaskCert = None,
    dask_key: DaskKey = None,
    cache: Annotated[
        Path, typer.Option(help="Folder in which finished scenarios are kept.")
    ] = Path("out/.cache"),
    yes: Annotated[
        bool, typer.Option("--yes", help=f"Do not ask, of {_MANY} scenarios or more.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder; out/compare-<base>-<run id> if absent."
        ),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Compare scenarios with a base: what is better, by how much, and how surely."""
    from geoalloc import pipeline, runs, summary
    from geoalloc.workers import Store, hired

    first = [one for one in (base or on,) if one is not None]
    changed = {"incidents": incidents, "boundary": boundary, "resolution": resolution}
    found, left_out = _resolved([*first, *files], on, yes=yes)
    wanted = pipeline.comparison_request(
        [one.scenario for one in found],
        left_out=tuple(left_out),
        changed={k: v for k, v in changed.items() if v is not None},
        shifts=shifts,
        half_width=half_width,
        most_shifts=max(most_shifts, shifts),
    )

    def folder(run_id: str) -> Path:
        return out or runs.comparison_folder(wanted.base.name, run_id)

    tls = tls_files(dask_ca, dask_cert, dask_key)
    with hired(workers, dask=dask, tls=tls) as crew:
        compared = pipeline.compare(
            wanted,
            hired=crew,
            store=Store(cache),
            progress=progress,
            # Refuse a folder that is taken before the long work, not after it.
            identified=lambda i: runs.comparison_target(
                folder(i), i, force=force
            ).require(),
        )
    progress("report")
    target = folder(compared.record["run_id"])
    runs.write_comparison(
        compared, target, pipeline.comparison_products(compared), force=force
    )
    progress("")
    if as_json:
        rows = compared.differences.astype(object)
        told = rows.where(compared.differences.notna(), None).to_dict("records")
        record = {k: v for k, v in compared.record.items() if k != "scenarios"}
        print_json(record | {"differences": told, "folder": target.as_posix()})
    else:
        typer.echo(summary.comparison(compared))
        typer.echo(f"\nOpen {target / 'comparison.html'}")
    if compared.record["stopped"]:
        typer.echo(
            "geoalloc: stopped; the same command takes up what was finished", err=True
        )
        raise typer.Exit(_INTERRUPTED)


def _resolved(
    files: list[Path], on: Path | None, *, yes: bool
) -> tuple[list[Any], list[str]]:
    """Read the scenarios, of very many ask first; and say which do not fit ``on``."""
    from geoalloc import scenario

    fitting, left_out = _fitting(files, on)
    try:
        return scenario.read_all(fitting, most=_MANY, onto=on), left_out
    except scenario.TooMany as error:
        if not yes and not _agreed(error.count):
            raise UsageError(
                f"the files give {error.count:,} scenarios: name fewer, or say --yes"
            ) from None
        return scenario.read_all(fitting, most=error.count, onto=on), left_out


def _fitting(files: list[Path], on: Path | None) -> tuple[list[Path], list[str]]:
    """Part the files that fit another base from those that change what it lacks."""
    from geoalloc import scenario
    from geoalloc.errors import ScenarioError

    if on is None:
        return files, []
    fitting, left_out = files[:1], []
    for file in files[1:]:
        with contextlib.suppress(scenario.TooMany):
            scenario.read_all([file], most=_MANY)  # what is wrong by itself is refused
        try:
            scenario.read_all([file], most=_MANY, onto=on)
        except scenario.TooMany:
            fitting.append(file)
        except ScenarioError as error:
            left_out.append(f"{file.name} was left out: {error}")
        else:
            fitting.append(file)
    return fitting, left_out


def _agreed(count: int) -> bool:
    if not sys.stdin.isatty():
        return False
    return typer.confirm(f"The files give {count:,} scenarios. Compare them all?")
