"""The command line: each command a few lines that call the public API.

Exit codes: 0 done, 1 a bug of ours, 2 usage, 3 bad data or scenario, 4 no plan can
keep the rules, 5 stopped at a wall-clock limit with a usable plan, 130 interrupted.
Greedy search always has a plan where there is one, so none is ever missing at a
limit. Heavy libraries are imported by the commands
that need them, so that --help answers at once.
"""

import json
import signal
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from geoalloc import __version__
from geoalloc.errors import GeoallocError, UsageError

_TIME_LIMIT = 5
_INTERRUPTED = 130

app = typer.Typer(
    help="Turn recorded incidents into a defensible allocation of units for a shift.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
scenario_app = typer.Typer(
    help="What a scenario file may hold.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(scenario_app, name="scenario")

ScenarioFile = Annotated[Path, typer.Argument(help="A scenario file (TOML).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Force = Annotated[bool, typer.Option(help="Set aside what is there already.")]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


@app.command()
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
        progress=_progress,
        # Refuse a folder that is taken before the long work, not after it.
        identified=lambda i: runs.require_target(folder(i), i, force=force),
        same_inputs_as=earlier,
    )
    _progress("map")
    target = folder(run.record["run_id"])
    runs.write(run, target, pipeline.products(run), force=force)
    _progress("")
    if as_json:
        _print_json(run.record | {"folder": target.as_posix()})
    else:
        typer.echo(summary.plan(run))
        typer.echo(f"\nOpen {target / 'map.html'}")
    if any(run.record[k]["stopped_by_clock"] for k in ("solver", "comparison")):
        raise typer.Exit(_TIME_LIMIT)


@app.command()
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
        _print_json(figures)
    else:
        typer.echo(summary.quality(figures))


@app.command()
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


@scenario_app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from geoalloc import scenario

    _print_json(scenario.json_schema())


@scenario_app.command()
def show(scenario_file: ScenarioFile) -> None:
    """Print a scenario with every default filled in."""
    from geoalloc import scenario

    _print_json(scenario.read(scenario_file).resolved())


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


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _progress(stage: str) -> None:
    """Name the stage at work, on a terminal only, and wipe it at the end."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{stage + ' ...' if stage else ''}")
        sys.stderr.flush()


def main() -> None:
    """Run the command line; the exit code says how it went."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    # What ends the process lets it clean up first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except GeoallocError as error:
        _progress("")
        typer.echo(f"geoalloc: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception:
        _progress("")
        traceback.print_exc()
        typer.echo("geoalloc: this is a bug of ours; please report it", err=True)
        sys.exit(GeoallocError.exit_code)
