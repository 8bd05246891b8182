"""The command line: each command a few lines that call the public API.

Exit codes: 0 done, 1 a bug of ours, 2 usage, 3 bad data or scenario, 4 no plan can
keep the rules, 5 stopped at a wall-clock limit with a usable plan, 130 interrupted.
Greedy search always has a plan where there is one, so none is ever missing at a
limit. Heavy libraries are imported by the commands
that need them, so that --help answers at once.
"""

import datetime as dt
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
_COLUMN = "Name of the column, if it is not guessed."
_DAY = ["%Y-%m-%d"]
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
def hotspots(
    incidents: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="INCIDENTS...",
            help="data.police.uk folder, file or zip; or CSV, Parquet, GeoPackage, "
            "GeoJSON of any kind, columns guessed by name.",
        ),
    ] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(help="Polygons of the area; else the incidents' footprint."),
    ] = None,
    resolution: Annotated[int, typer.Option(help="H3 resolution, 5 to 12.")] = 9,
    bandwidth: Annotated[
        str | None,
        typer.Option(metavar="METRES|auto", help="Kernel radius; auto tries several."),
    ] = None,
    kernel: Annotated[str | None, typer.Option(help="Kernel of the density.")] = None,
    half_life: Annotated[
        float | None, typer.Option(metavar="DAYS", help="Age that weighs half.")
    ] = None,
    area_share: Annotated[
        float | None, typer.Option(help="Densest share of the land.")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="False discovery rate.")] = None,
    times: Annotated[
        float | None, typer.Option(help="Times the area's rate that counts as high.")
    ] = None,
    most: Annotated[int | None, typer.Option(help="Hotspots at the most.")] = None,
    largest: Annotated[
        float | None,
        typer.Option(metavar="KM2", help="Land of neighboring peaks in one hotspot."),
    ] = None,
    windows: Annotated[
        int | None, typer.Option(help="Parts of the period, for persistence.")
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="Only this category; repeat for more.")
    ] = None,
    exclude_category: Annotated[
        list[str] | None, typer.Option(help="Not this category; repeat for more.")
    ] = None,
    exclude_place: Annotated[
        list[str] | None,
        typer.Option(metavar="WORD", help="Not at places with this word; repeat."),
    ] = None,
    since: Annotated[
        dt.datetime | None, typer.Option(formats=_DAY, help="First day.")
    ] = None,
    until: Annotated[
        dt.datetime | None, typer.Option(formats=_DAY, help="Last day.")
    ] = None,
    longitude: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    latitude: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    crs: Annotated[
        str | None, typer.Option(help="Of coordinates that are not degrees.")
    ] = None,
    time: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    time_of_day: Annotated[
        str | None, typer.Option(help="Name of its column, if days stand apart.")
    ] = None,
    time_format: Annotated[
        str | None, typer.Option(help="Such as '%d/%m/%Y %H:%M'.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Of local times, such as America/Chicago.")
    ] = None,
    category_column: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    place_column: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    count_column: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    id_column: Annotated[str | None, typer.Option(help=_COLUMN)] = None,
    name: Annotated[str | None, typer.Option(help="Of the area.")] = None,
    marking: Annotated[
        str | None, typer.Option(help="Protective marking of every product.")
    ] = None,
    attribution: Annotated[
        str | None, typer.Option(help="Whose data these are.")
    ] = None,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Print every default, and stop.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder; out/hotspots-<name>-<run id> if absent."
        ),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Find hotspots in recorded incidents, and leave a map and tables to open."""
    from geoalloc import pipeline, summary

    if defaults:
        typer.echo(summary.defaults(pipeline.hotspot_defaults()))
        return
    columns = {
        "longitude": longitude,
        "latitude": latitude,
        "time": time,
        "time_of_day": time_of_day,
        "category": category_column,
        "place": place_column,
        "count": count_column,
        "id": id_column,
    }
    options = {
        "bandwidth": bandwidth,
        "kernel": kernel,
        "half_life_days": half_life,
        "area_share": area_share,
        "rate": rate,
        "times": times,
        "most": most,
        "largest_km2": largest,
        "windows": windows,
    }
    wanted = pipeline.request(
        incidents or [],
        columns=columns,
        options=options,
        boundary=boundary,
        resolution=resolution,
        crs=crs,
        time_format=time_format,
        time_zone=time_zone,
        categories=tuple(category or ()),
        excluded_categories=tuple(exclude_category or ()),
        excluded_places=tuple(exclude_place or ()),
        since=since.date() if since else None,
        until=until.date() if until else None,
        name=name,
        marking=marking,
        attribution=attribution,
    )

    _leave_hotspots(wanted, out, force=force, as_json=as_json)


def _leave_hotspots(
    wanted: Any,  # noqa: ANN401 - the type lives in a module that is slow to import
    out: Path | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    from geoalloc import pipeline, runs, summary

    def folder(run_id: str) -> Path:
        return out or runs.hotspot_folder(wanted.slug, run_id)

    run = pipeline.find_hotspots(
        wanted,
        progress=_progress,
        # Refuse a folder that is taken before the long work, not after it.
        identified=lambda i: runs.hotspot_target(folder(i), i, force=force).require(),
    )
    _progress("map")
    target = folder(run.record["run_id"])
    runs.write_hotspots(run, target, pipeline.hotspot_products(run), force=force)
    _progress("")
    if as_json:
        _print_json(run.record | {"folder": target.as_posix()})
    else:
        typer.echo(summary.hotspots(run))
        typer.echo(f"\nOpen {target / 'map.html'}")


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
