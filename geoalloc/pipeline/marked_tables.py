"""A table that a command leaves: one CSV file, whole or not at all, and marked."""

from pathlib import Path

import pandas as pd

from geoalloc.errors import DataError, UsageError
from geoalloc.runs import folder as folders


def require_free(path: Path, *, force: bool) -> None:
    """Refuse a file that is there already, before the work that leads to it.

    Raises
    ------
    UsageError
        If it is there and ``force`` is not given, or it is a folder.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file such as {path}/table.csv")
    if path.exists() and not force:
        raise UsageError(
            f"{path} is there already: name another file, or replace it with --force"
        )


def write(frame: pd.DataFrame, path: Path, marking: str) -> None:
    """Write a table whole or not at all, the marking as its last column.

    Raises
    ------
    DataError
        If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folders.table(frame.assign(marking=marking), partial)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise DataError(f"{path} cannot be written: {error.strerror}") from None
