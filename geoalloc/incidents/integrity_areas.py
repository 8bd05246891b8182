"""The area that a file names beside the coordinates, also where those are missing."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from geoalloc.errors import DataError
from geoalloc.incidents import raw
from geoalloc.incidents.raw import RawTable

NAMES = (
    "lsoacode",
    "district",
    "policedistrict",
    "beat",
    "policebeat",
    "precinct",
    "ward",
    "borough",
    "communityarea",
    "neighborhood",
    "neighbourhood",
    "sector",
    "division",
)
"""Columns that name an area, the first that is there; without spaces and signs."""


def recorded_area(paths: Sequence[Path], table: RawTable) -> pd.Series | None:
    """Read for each row the area that its file names.

    Parameters
    ----------
    paths
        Files as `gather` took them. Only CSV files are read for this.
    table
        What was read of them.

    Returns
    -------
    area
        By position of the row, missing where the file names none, with the name of
        the column; None if no file names areas.
    """
    found = [_areas(path) for path in paths if _is_csv(path)]
    areas = {name: column for name, column in found if column is not None}
    if not areas:
        return None
    names = [source.name for source in table.sources]
    rows = pd.DataFrame({"source": table.source, "line": table.line})
    area = pd.Series(None, index=rows.index, dtype="str")
    for i, name in enumerate(names):
        if name in areas:
            here = rows["source"] == i
            area[here] = rows.loc[here, "line"].map(areas[name]).array
    return area.rename(str(next(iter(areas.values())).name))


def _is_csv(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith((".csv", ".csv.gz"))


def _areas(path: Path) -> tuple[str, pd.Series | None]:
    """Take areas by line of a file."""
    try:
        there = {re.sub(r"[\W_]+", "", c.lower()): c for c in raw.header_of(path)}
        column = next((there[name] for name in NAMES if name in there), None)
        if column is None:
            return path.name, None
        content = raw.unpack(path.read_bytes(), path.name)
        rows = raw.parse_csv(content, path.name, {"area": column})
    except (DataError, OSError):
        return path.name, None  # the files themselves have been read: this is extra
    return path.name, pd.Series(
        rows.fields["area"].to_numpy(), index=rows.line, name=column, dtype="str"
    )
