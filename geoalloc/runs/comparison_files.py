"""Folders of comparisons: written here alone, and read back here alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa

from geoalloc.errors import DataError
from geoalloc.runs import _workbook, comparison_gis
from geoalloc.runs import folder as folders
from geoalloc.runs.comparison import Comparison
from geoalloc.runs.folder import Target, write_folder
from geoalloc.runs.run import marking

__all__ = [
    "comparison_folder",
    "comparison_target",
    "read_comparison",
    "write_comparison",
]

_FORMAT = {"format": "geoalloc comparison", "format_version": 1}
_TABLES = ("scenarios", "differences", "groups")  # that people open in a spreadsheet
_FRAMES = {
    "scenarios": ("scenario", "question", "status", "why", "officers"),
    "figures": ("scenario", "measure", "group", "value", "low", "high"),
    "differences": ("scenario", "measure", "group", "difference", "verdict"),
    "groups": ("scenario", "grouping", "group", "measure", "value"),
    "disparities": ("scenario", "grouping", "measure", "ratio"),
    "curve": ("scenario", "officers", "unmet", "elbow"),
    "hexes": ("hex_id", "place", "district", "urban"),
    "cells": ("scenario", "hex_id", "unmet", "minutes"),
    "posts": ("scenario", "unit_id", "kind", "post", "longitude", "latitude"),
}
"""Frames that are Parquet files, each with columns that it must have."""


def comparison_folder(name: str, run_id: str) -> Path:
    """Name the folder of a comparison."""
    return Path("out") / f"compare-{name}-{run_id}"


def comparison_target(path: Path, run_id: str, *, force: bool) -> Target:
    """Say where a comparison goes; ``require`` it before the long work."""
    return Target(path=Path(path), record="record.json", run_id=run_id, force=force)


def write_comparison(
    comparison: Comparison,
    target: Path,
    products: Mapping[str, str | bytes],
    *,
    force: bool = False,
) -> Path:
    """Write the folder of a comparison whole or not at all.

    ``record.json``; every frame as Parquet, ``areas.parquet`` as GeoParquet;
    ``scenarios.csv``, ``differences.csv`` and ``groups.csv``; ``comparison.xlsx``; the
    styled ``comparison.gpkg``; and the products. A comparison of the same run id is
    replaced.

    Parameters
    ----------
    products
        Files to put beside the tables, by name, such as ``comparison.html``.
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
        comparison_target(target, comparison.record["run_id"], force=force),
        lambda folder: _fill(comparison, folder, products),
    )


def _fill(
    comparison: Comparison, folder: Path, products: Mapping[str, str | bytes]
) -> None:
    record = comparison.record
    for name in _FRAMES:
        _write(getattr(comparison, name), folder / f"{name}.parquet")
    comparison.areas.to_parquet(
        folder / "areas.parquet",
        index=False,
        compression="zstd",
        schema_version="1.1.0",
    )
    marked = marking(record)
    for name in _TABLES:
        frame = getattr(comparison, name).assign(marking=marked)
        folders.table(frame, folder / f"{name}.csv")
    day = day_of(record)
    folders.product(
        folder / "comparison.xlsx", _workbook.workbook(comparison, marked, day)
    )
    comparison_gis.geopackage_of_comparison(
        comparison, folder / "comparison.gpkg", marked, day
    )
    text = json.dumps(_FORMAT | record, indent=2, ensure_ascii=False)
    folders.text(folder / "record.json", text)
    for name, content in products.items():
        folders.product(folder / name, content)


def _write(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as it is, but hexes by scenario to seven digits: they are many."""
    if path.stem == "cells":
        folders.parquet(frame, path)
    else:
        frame.to_parquet(path, index=False, compression="zstd")


def day_of(record: Mapping[str, Any]) -> str:
    """Find the day of the data that files carry, so that two runs are the same."""
    base = record["scenarios"].get(record["base"], {}).get("scenario", {})
    return str(record.get("as_of") or base.get("as_of") or "2000-01-01")[:10]


def read_comparison(folder: Path) -> Comparison:
    """Read the folder of a comparison.

    ``cells`` come back to seven digits, all else as it was.

    Raises
    ------
    DataError
        If it is not the folder of a comparison of this format, or a file of it is
        missing or lacks a column.
    """
    folder = Path(folder)
    record = _read_record(folder / "record.json")
    try:
        frames = {n: pd.read_parquet(folder / f"{n}.parquet") for n in _FRAMES}
        areas = gpd.read_parquet(folder / "areas.parquet")
    except (OSError, ValueError, pa.ArrowException) as error:
        told = str(error).splitlines()[0]
        raise DataError(f"{folder} is not a whole comparison: {told}") from None
    for name, columns in _FRAMES.items():
        missing = [column for column in columns if column not in frames[name]]
        if missing:
            raise DataError(
                f"{folder / name}.parquet has no column {missing[0]}: compare anew"
            )
    return Comparison(record=record, **frames, areas=areas)


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"there is no record of a comparison {path}") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a record: {error}") from None
    found = record if isinstance(record, dict) else {}
    if any(found.get(key) != value for key, value in _FORMAT.items()):
        raise DataError(
            f"{path} is not the record of a comparison of format version "
            f"{_FORMAT['format_version']}: name a folder that compare wrote"
        )
    missing = [key for key in ("run_id", "base", "scenarios") if key not in found]
    if missing:
        raise DataError(f"{path} is not a whole record: it has no {missing[0]}")
    return {key: value for key, value in found.items() if key not in _FORMAT}
