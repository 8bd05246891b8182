"""The command that backtests forecasters."""

import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from geoalloc.cli.hiring import DaskAddress, DaskCa, DaskCert, DaskKey, tls_files
from geoalloc.cli.options import (
    AsJson,
    Attribution,
    Column,
    Crs,
    Footprint,
    Force,
    IncidentFiles,
    Marking,
    Name,
    Resolution,
    Since,
    TimeFormat,
    TimeOfDay,
    TimeZone,
    Until,
    print_json,
    progress,
)


def backtest(
    incidents: IncidentFiles = None,
    boundary: Footprint = None,
    resolution: Resolution = 9,
    group: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=CATEGORY,...",
            help="Categories forecast together, * for any letters; repeat. All, and "
            "the four commonest, if absent.",
        ),
    ] = None,
    forecaster: Annotated[
        list[str] | None,
        typer.Option(help="Only this, beside the naive count; repeat for more."),
    ] = None,
    horizon: Annotated[
        str, typer.Option(metavar="month|28d|7d|8h", help="How far ahead.")
    ] = "month",
    every: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="From origin to origin; the horizon."),
    ] = None,
    origins: Annotated[int, typer.Option(help="The last so many.")] = 12,
    period: Annotated[
        str | None,
        typer.Option(metavar="8h", help="Score space and time in parts of a day."),
    ] = None,
    discovered: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CATEGORY", help="Left out, since police discover it; repeat."
        ),
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes to work in.")] = 1,
    dask: DaskAddress = None,
    dask_ca: DaskCa = None,
    dask_cert: DaskCert = None,
    dask_key: DaskKey = None,
    feedback: Annotated[
        bool, typer.Option("--feedback", help="Simulate patrols that follow records.")
    ] = False,
    since: Since = None,
    until: Until = None,
    longitude: Column = None,
    latitude: Column = None,
    crs: Crs = None,
    time: Column = None,
    time_of_day: TimeOfDay = None,
    time_format: TimeFormat = None,
    time_zone: TimeZone = None,
    category_column: Column = None,
    place_column: Column = None,
    count_column: Column = None,
    id_column: Column = None,
    name: Name = None,
    marking: Marking = None,
    attribution: Attribution = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder; out/backtest-<name>-<run id> if absent."
        ),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Backtest forecasters on what they were not told, and rank them."""
    from geoalloc import pipeline

    wanted = pipeline.backtest_request(
        incidents or [],
        columns={
            "longitude": longitude,
            "latitude": latitude,
            "time": time,
            "time_of_day": time_of_day,
            "category": category_column,
            "place": place_column,
            "count": count_column,
            "id": id_column,
        },
        spans={"horizon": horizon, "every": every, "period": period},
        groups=group or (),
        asked={
            "forecasters": tuple(forecaster or ()),
            "n_origins": origins,
            "discovered": None if discovered is None else tuple(discovered),
            "workers": workers,
            "dask": dask,
            "tls": tls_files(dask_ca, dask_cert, dask_key),
            "feedback": feedback,
        },
        boundary=boundary,
        resolution=resolution,
        crs=crs,
        time_format=time_format,
        time_zone=time_zone,
        since=since.date() if since else None,
        until=until.date() if until else None,
        name=name,
        marking=marking,
        attribution=attribution,
    )
    _leave_backtest(wanted, out, force=force, as_json=as_json)


def _leave_backtest(
    wanted: Any,  # noqa: ANN401 - the type lives in a module that is slow to import
    out: Path | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    from geoalloc import pipeline, runs

    def folder(run_id: str) -> Path:
        return out or runs.backtest_folder(wanted.incidents.slug, run_id)

    def blocks(run_id: str) -> Path:
        """Name where finished blocks wait, should this be stopped."""
        target = folder(run_id)
        return target.with_name(f".{target.name}.blocks")

    def identified(run_id: str) -> Path:
        # Refuse a folder that is taken before the long work, not after it.
        runs.backtest_target(folder(run_id), run_id, force=force).require()
        return blocks(run_id)

    try:
        run = pipeline.run_backtest(wanted, progress=progress, identified=identified)
    except KeyboardInterrupt:
        progress("")
        typer.echo(
            "geoalloc: stopped; the same command takes up what was finished", err=True
        )
        raise
    progress("report")
    run_id = run.record["run_id"]
    target = folder(run_id)
    runs.write_backtest(run, target, pipeline.backtest_products(run), force=force)
    shutil.rmtree(blocks(run_id), ignore_errors=True)
    progress("")
    if as_json:
        board = run.result.leaderboard
        rows = board.astype(object).where(board.notna(), None).to_dict("records")
        told = {"leaderboard": rows, "folder": target.as_posix()}
        print_json(run.record | told)
    else:
        typer.echo(pipeline.backtest_words(run.result))
        typer.echo(f"\nOpen {target / 'backtest.html'}")
