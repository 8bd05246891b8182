"""A backtest, and the only writer of its folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from geoalloc.evaluation.results import Backtest
from geoalloc.runs import folder as folders
from geoalloc.runs.folder import Target, write_folder

__all__ = ["BacktestRun", "backtest_folder", "backtest_target", "write_backtest"]

_FRAMES = ("scores", "curves", "calibration", "rhythm", "explanations")


@dataclass(frozen=True, kw_only=True)
class BacktestRun:
    """A backtest and what it was made from.

    Attributes
    ----------
    record
        What ``record.json`` holds: inputs with SHA-256, settings, versions, notes.
    """

    result: Backtest
    record: dict[str, Any]


def backtest_folder(name: str, run_id: str) -> Path:
    """Name the folder of a backtest."""
    return Path("out") / f"backtest-{name}-{run_id}"


def backtest_target(path: Path, run_id: str, *, force: bool) -> Target:
    """Say where a backtest goes; ``require`` it before the long work."""
    return Target(path=path, record="record.json", run_id=run_id, force=force)


def write_backtest(
    run: BacktestRun,
    target: Path,
    products: Mapping[str, str | bytes],
    *,
    force: bool = False,
) -> Path:
    """Write the folder whole or not at all.

    ``leaderboard.csv`` and the same as Parquet; the other frames as Parquet, of which
    ``feedback`` only where it was asked for; ``record.json`` and the products. A
    folder of the same run id is replaced.

    Parameters
    ----------
    products
        Files to put beside the tables, by name, such as ``backtest.html``.
    force
        Set another thing of that name aside, as ``<name>.before-<n>``.

    Raises
    ------
    UsageError
        If something else is there already and ``force`` is not given.
    DataError
        If the folder cannot be written.
    """
    return write_folder(
        backtest_target(target, run.record["run_id"], force=force),
        lambda folder: _fill(run, folder, products),
    )


def _fill(run: BacktestRun, folder: Path, products: Mapping[str, str | bytes]) -> None:
    result = run.result
    board = result.leaderboard.assign(marking=str(run.record["marking"]))
    folders.table(board, folder / "leaderboard.csv")
    frames: dict[str, pd.DataFrame] = {"leaderboard": result.leaderboard}
    frames |= {name: getattr(result, name) for name in _FRAMES}
    if result.feedback is not None:
        frames["feedback"] = result.feedback
    for name, frame in frames.items():
        folders.parquet(frame, folder / f"{name}.parquet")
    record = json.dumps(run.record, indent=2, ensure_ascii=False)
    folders.text(folder / "record.json", record)
    for name, content in products.items():
        folders.product(folder / name, content)
