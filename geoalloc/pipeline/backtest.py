"""Forecasters backtested on any incident files: what ``geoalloc backtest`` does."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from geoalloc import boundaries, demand, evaluation, incidents, report, workers
from geoalloc._types import BoolArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError
from geoalloc.evaluation import Backtest, Rolling
from geoalloc.hexes import HexGrid
from geoalloc.incidents import Gathered, Reading
from geoalloc.pipeline import backtest_records, gathering, hotspot_records, stages
from geoalloc.pipeline.backtest_records import Tried
from geoalloc.pipeline.backtest_requests import BacktestRequest, groups_of
from geoalloc.runs import BacktestRun

__all__ = ["backtest_products", "run_backtest"]


def run_backtest(
    request: BacktestRequest,
    *,
    progress: Callable[[str], None] = stages.silent,
    identified: Callable[[str], Path | None] = lambda run_id: None,  # noqa: ARG005
) -> BacktestRun:
    """Backtest forecasters on recorded incidents.

    Parameters
    ----------
    progress
        Called with each stage as it begins, and with what is done and left of it.
    identified
        Called with the run id once the inputs are read, before the long work; gives
        the folder in which finished blocks of origins are kept, if any.

    Raises
    ------
    DataError
        If an input is wrong, or nothing is left to backtest.
    UsageError
        If what is asked cannot be understood.
    """
    clock = stages.Clock(progress)
    with clock("incidents"):
        gathered = incidents.gather(request.incidents.paths, request.incidents.asked)
        path = request.incidents.boundary
        area = boundaries.read(path) if path else None
        outline = area.outline if area else None
        reading = gathering.read(request.incidents, gathered, outline)
    inputs = hotspot_records.inputs_of(reading, area)
    run_id = backtest_records.run_id(request, inputs)
    store = identified(run_id)
    with clock("hexes"):
        grid, reading = gathering.cover(request.incidents, gathered, area, reading)
    left_out = _left_out(request, reading)
    tried = _tried(request, gathered, area, grid, reading, left_out)
    with clock("backtest"):
        result = _result(tried, progress, store)
    if request.feedback:
        with clock("feedback"):
            result = _with_feedback(tried, result, progress)
    result = dataclasses.replace(
        result, notes=(*result.notes, *backtest_records.notes(tried, result))
    )
    record = backtest_records.record(tried, result, run_id)
    made_of = {"inputs": inputs, "timings": clock.seconds}
    return BacktestRun(result=result, record=record | made_of)


def backtest_products(run: BacktestRun) -> dict[str, str | bytes]:
    """Make what people open, by file name."""
    return {
        "backtest.html": report.backtest_page(run.result, run.record),
        "backtest.pdf": report.backtest_pdf(run.result, run.record),
    }


def _left_out(request: BacktestRequest, reading: Reading) -> BoolArray:
    """Tell which incidents police discovered, by their flag or by their category."""
    category = reading.incidents["category"]
    names = request.discovered
    if names is None:
        found = category.isin(hotspot_records.DISCOVERED)
    else:
        there = sorted(category.unique())
        found = category.isin(gathering.slugs(names, there))
    discovered = found | ~reading.incidents["reported"].astype(bool)
    if discovered.all():
        raise DataError(
            "police discovered every incident, and such incidents are not forecast: "
            "say by --discovered which categories they discover"
        )
    return discovered.to_numpy(dtype=np.bool_)


def _tried(
    request: BacktestRequest,
    gathered: Gathered,
    area: Boundaries | None,
    grid: HexGrid,
    reading: Reading,
    left_out: BoolArray,
) -> Tried:
    if reading.incidents["started_at"].isna().all():
        raise DataError(
            "the incidents have no times, and a backtest needs to know what came "
            "later: name the column of times with --time"
        )
    history = demand.History.of(
        reading.incidents[~left_out],
        grid,
        covered=gathering.covered_spans(reading),
        time_zone=gathered.time_zone,
    )
    return Tried(
        request=request,
        gathered=gathered,
        area=area,
        grid=grid,
        reading=reading,
        left_out=left_out,
        history=history,
        groups=groups_of(request, history, named=gathered.has_category),
    )


def _result(
    tried: Tried, progress: Callable[[str], None], store: Path | None
) -> Backtest:
    request = tried.request
    origins = evaluation.origins(
        tried.history, request.horizon, every=request.every, n=request.n_origins
    )
    rolling = Rolling(origins=origins, horizon=request.horizon, period=request.period)

    def told(done: int, total: int, seconds: float) -> None:
        progress(
            f"backtest: {done} of {total} origins, {workers.time_left(seconds)} left"
        )

    with workers.hired(request.workers, dask=request.dask, tls=request.tls) as hired:
        return evaluation.backtest(
            tried.groups,
            {name: demand.forecaster(name) for name in request.forecaster_names},
            rolling,
            workers=hired,
            progress=told,
            store=store,
        )


def _with_feedback(
    tried: Tried, result: Backtest, progress: Callable[[str], None]
) -> Backtest:
    """Simulate the default forecaster's patrols, if it takes part; else the last's."""
    names = tried.request.forecaster_names
    name = demand.DEFAULT if demand.DEFAULT in names else names[-1]
    found = evaluation.feedback(
        tried.history,
        demand.forecaster(name),
        progress=lambda done, total: progress(f"feedback: {done} of {total} steps"),
    )
    told = {"sentence": found.sentence, "runs_away": found.runs_away}
    return dataclasses.replace(
        result,
        feedback=found.frame,
        notes=(*result.notes, found.sentence),
        settings=result.settings | {"feedback": found.settings | told},
    )
