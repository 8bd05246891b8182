"""The commands that make a plan, and what it is made from."""

from pathlib import Path
from typing import Annotated, Any

import typer

from geoalloc.cli.options import AsJson, Force, ScenarioFile, print_json, progress
from geoalloc.errors import UsageError

_TIME_LIMIT = 5


def plan(
    scenario_file: Annotated[
        Path | None, typer.Argument(metavar="SCENARIO", help="A scenario file (TOML).")
    ] = None,
    incidents: Annotated[
        Path | None,
        typer.Option(help="Incidents to plan from, instead of the scenario's own."),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option("--from", help="Repeat the run that this run.json records."),
    ] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(help="Boundary file, instead of the scenario's own."),
    ] = None,
    resolution: Annotated[
        int | None, typer.Option(help="H3 resolution, instead of the scenario's own.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Run folder; out/<name>-<run id> if absent."),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Place tonight's units, and leave a run folder with a map to open."""
    from geoalloc import pipeline, runs, summary

    earlier = runs.read_record(record) if record else None
    wanted = _scenario(scenario_file, earlier, resolution).changed(
        incidents=incidents, boundary=boundary, resolution=resolution
    )

    def folder(run_id: str) -> Path:
        return out or runs.default_folder(wanted.name, run_id)

    run = pipeline.plan(
        wanted,
        progress=progress,
        # Refuse a folder that is taken before the long work, not after it.
        identified=lambda i: runs.require_target(folder(i), i, force=force),
        same_inputs_as=earlier,
    )
    progress("map")
    target = folder(run.record["run_id"])
    runs.write(run, target, pipeline.products(run), force=force)
    progress("")
    if as_json:
        print_json(run.record | {"folder": target.as_posix()})
    else:
        typer.echo(summary.plan(run))
        typer.echo(f"\nOpen {target / 'map.html'}")
    if any(run.record[k]["stopped_by_clock"] for k in ("solver", "comparison")):
        raise typer.Exit(_TIME_LIMIT)


def _scenario(
    file: Path | None,
    earlier: dict[str, Any] | None,
    resolution: int | None,
) -> Any:  # noqa: ANN401 - the type lives in a module that is slow to import
    from geoalloc import scenario

    if (file is None) == (earlier is None):
        raise UsageError("give either a scenario file or --from run.json")
    if earlier is not None:
        if resolution is not None:
            raise UsageError("--from repeats a run as it was: it takes no --resolution")
        return scenario.parse(earlier["scenario"])
    assert file is not None
    return scenario.read(file)


def sample(
    scenario_file: ScenarioFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV file to write.")],
    force: Force = False,
) -> None:
    """Write the synthetic incidents that a scenario plans from."""
    from geoalloc import pipeline, scenario

    if out.exists() and not force:
        raise UsageError(f"{out} is there already: name another, or use --force")
    rows = pipeline.write_sample(scenario.read(scenario_file), out)
    typer.echo(f"{rows:,} synthetic incidents in {out}")
