"""Folders written whole or not at all, and the files that lie in them."""

import csv
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geoalloc.errors import DataError, UsageError

__all__ = [
    "Target",
    "fixed_date",
    "layer",
    "neutral",
    "parquet",
    "product",
    "table",
    "text",
    "write_folder",
]


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a folder goes, and what may give way to it.

    Attributes
    ----------
    path
        The folder.
    record
        Name of the file in it that says by its ``run_id`` which run it is.
    run_id
        Of what is to be written: the same there already is replaced.
    force
        Set another thing of that name aside, as ``<name>.before-<n>``.
    """

    path: Path
    record: str
    run_id: str
    force: bool = False

    def require(self) -> bool:
        """Require a folder that may be taken; tell whether it replaces itself.

        Raises
        ------
        UsageError
            If something else is there and ``force`` is not given.
        """
        replaced = self._holds()
        if self.path.exists() and not replaced and not self.force:
            raise UsageError(
                f"{self.path} is there already and is not run {self.run_id}: "
                "name another folder with --out, or set it aside with --force"
            )
        return replaced

    def _holds(self) -> bool:
        try:
            record = json.loads((self.path / self.record).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(record, dict) and record.get("run_id") == self.run_id


def write_folder(target: Target, fill: Callable[[Path], None]) -> Path:
    """Write a folder whole or not at all.

    Everything is written to a temporary folder beside the target, which then
    takes its name.

    Parameters
    ----------
    fill
        Writes the files into the folder that it is given.

    Raises
    ------
    UsageError
        If something else is there already and ``target.force`` is not given.
    DataError
        If the folder cannot be written.
    """
    replaced, path = target.require(), target.path
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        fresh.mkdir(parents=True)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}") from None
    try:
        fill(fresh)
        _swap(fresh, path, keep=not replaced)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return path


def _swap(fresh: Path, target: Path, *, keep: bool) -> None:
    if target.exists():
        aside = _free_name(target)
        os.replace(target, aside)
        try:
            os.replace(fresh, target)
        except OSError:
            os.replace(aside, target)
            raise
        if not keep:
            shutil.rmtree(aside, ignore_errors=True)
    else:
        os.replace(fresh, target)


def _free_name(target: Path) -> Path:
    number = 1
    while (name := target.with_name(f"{target.name}.before-{number}")).exists():
        number += 1
    return name


def parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write figures to seven digits, their bytes laid out so that they compress."""
    measures = list(frame.select_dtypes("float64"))
    # No figure here is known to more than seven digits; the rest is noise to store.
    rounded = {name: frame[name].astype("f4").astype("f8") for name in measures}
    frame.assign(**rounded).to_parquet(
        path,
        index=False,
        compression="zstd",
        use_dictionary=[name for name in frame if name not in measures],
        use_byte_stream_split=measures,
    )


def text(path: Path, content: str) -> None:
    """Write text in UTF-8 with the line ends of Unix."""
    content += "\n" * (not content.endswith("\n"))
    path.write_text(content, "utf-8", newline="\n")


def product(path: Path, content: str | bytes) -> None:
    """Write a product: text as ``text`` does, bytes as they are."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text(path, content)


def layer(frame: gpd.GeoDataFrame, path: Path, name: str, **metadata: str) -> None:
    """Write a layer of a GeoPackage."""
    pyogrio.write_dataframe(
        frame, path, layer=name, driver="GPKG", layer_metadata=metadata or None
    )


def table(frame: pd.DataFrame, path: Path) -> None:
    """Write a CSV file that Excel knows to be UTF-8, and runs no cell of.

    Figures have six digits; what is missing is empty. Columns are turned to text
    as wholes: pandas turns figure by figure.
    """
    texts = [_texts(column) for _, column in neutral(frame).items()]
    # The mark at the start tells Excel that the file is UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(frame.columns)
        writer.writerows(zip(*texts, strict=True))


def _texts(column: pd.Series) -> list[Any]:
    if pd.api.types.is_float_dtype(column.dtype):
        return ["" if x != x else f"{x:.6g}" for x in column.to_list()]
    return column.astype("object").where(column.notna(), "").to_list()


def neutral(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep a spreadsheet from running a cell that looks like a formula."""
    frame = frame.copy()
    for column in frame.select_dtypes("str"):
        risky = frame[column].str.match(r"^[=+\-@\t\r]", na=False)
        frame.loc[risky, column] = "'" + frame.loc[risky, column]
    return frame


@contextmanager
def fixed_date(day: str) -> Iterator[None]:
    """Have GeoPackages carry a day of the data, so that two runs are the same."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
