"""The folder that ``geoalloc outlook`` leaves: tables, page and record."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from geoalloc.demand import Investigations, Outlook
from geoalloc.runs import folder as folders
from geoalloc.runs.folder import Target, write_folder

__all__ = ["OutlookRun", "outlook_folder", "outlook_target", "write_outlook"]


@dataclass(frozen=True, kw_only=True)
class OutlookRun:
    """An outlook, its investigations, and what they were made from.

    Attributes
    ----------
    ahead
        Incidents by month, category and district.
    casework
        Officer-hours of investigation; None if no category has casework.
    record
        What ``record.json`` holds: the scenario as resolved, inputs with SHA-256,
        versions, shares observed, scaled and assumed, notes.
    """

    ahead: Outlook
    casework: Investigations | None
    record: dict[str, Any]


def outlook_folder(name: str, run_id: str) -> Path:
    """Name the folder of an outlook."""
    return Path("out") / f"outlook-{name}-{run_id}"


def outlook_target(path: Path, run_id: str, *, force: bool) -> Target:
    """Say where an outlook goes; ``require`` it before the long work."""
    return Target(path=path, record="record.json", run_id=run_id, force=force)


def write_outlook(
    run: OutlookRun, target: Path, products: Mapping[str, str], *, force: bool = False
) -> Path:
    """Write the folder whole or not at all.

    ``outlook``, ``outlook_past``, ``outlook_backtest``, ``investigations`` and
    ``investigation_totals``, each as CSV (UTF-8 with the mark by which Excel knows it,
    and the marking as its last column) and as Parquet; ``record.json`` and the
    products. A folder of the same run id is replaced.

    Parameters
    ----------
    products
        Text files to put beside the tables, by name, such as ``outlook.html``.
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
        outlook_target(target, run.record["run_id"], force=force),
        lambda folder: _fill(run, folder, products),
    )


def _fill(run: OutlookRun, folder: Path, products: Mapping[str, str]) -> None:
    for name, frame in _tables(run).items():
        marked = frame.assign(marking=str(run.record["marking"]))
        folders.table(marked, folder / f"{name}.csv")
        folders.parquet(frame, folder / f"{name}.parquet")
    record = json.dumps(run.record, indent=2, ensure_ascii=False)
    folders.text(folder / "record.json", record)
    for name, text in products.items():
        folders.text(folder / name, text)


def _tables(run: OutlookRun) -> dict[str, pd.DataFrame]:
    tables = {
        "outlook": run.ahead.frame,
        "outlook_past": run.ahead.past,
        "outlook_backtest": run.ahead.backtest,
    }
    if run.casework is not None:
        tables |= {
            "investigations": run.casework.frame,
            "investigation_totals": run.casework.totals,
        }
    return tables
