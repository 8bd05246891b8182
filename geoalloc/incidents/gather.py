"""Incidents from whatever files there are, with the columns guessed."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from geoalloc.errors import DataError, UsageError
from geoalloc.incidents import guess, police_uk, raw, table, times
from geoalloc.incidents.cleaning import Options, clean
from geoalloc.incidents.raw import RawTable
from geoalloc.incidents.reading import Reading
from geoalloc.incidents.table import TableColumns

__all__ = ["Asked", "Gathered", "gather"]

_FAR = 400.0  # no coordinate in degrees is so great, swapped or not
_TRIAL = 10_000  # values by which a column of degrees is judged
_UK_ZONE = "Europe/London"
_TIMES = ("started_at", "reported_at", "ended_at")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is known of the files beforehand.

    Attributes
    ----------
    columns
        Column of some fields of ``TableColumns``; "time" stands for the field that
        suits its values.
    crs
        Of coordinates that are not degrees, such as ``EPSG:27700``.
    time_format
        As `datetime.datetime.strptime` takes it; None to find out.
    time_zone
        Of local times. None: of data.police.uk its own, else UTC, so that hours
        stand as they were written.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    time_format: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Rows as read, and how they are to be understood.

    Attributes
    ----------
    source
        ``data.police.uk`` or ``table``.
    told
        Which column was taken for what, in words.
    time_zone
        Of local times.
    columns
        What each column of a table was taken for; None of data.police.uk.
    """

    table: RawTable
    options: Options
    source: str
    told: str
    time_zone: str
    columns: TableColumns | None = None

    @property
    def has_category(self) -> bool:
        """Whether the rows tell one kind of incident from another."""
        return "category" in self.table.fields

    def reading(
        self,
        within: BaseGeometry | None,
        *,
        since: pd.Timestamp | None = None,
        until: pd.Timestamp | None = None,
    ) -> Reading:
        """Sort the rows into incidents and rejects.

        Parameters
        ----------
        within
            The area, EPSG:4326; None takes every place.
        since, until
            UTC, half-open: what is not in between is refused.

        Raises
        ------
        DataError
            If no row can be used.
        """
        options = dataclasses.replace(
            self.options, within=within, since=since, until=until
        )
        return clean(self.table, options)


def gather(paths: Sequence[Path], asked: Asked = Asked()) -> Gathered:
    """Read files of data.police.uk, or of any table with a column of place.

    Parameters
    ----------
    paths
        Folders, files and archives as `read_police_uk` takes them, or files as
        `read_table` takes them, all with the columns of the first.

    Raises
    ------
    DataError
        If a file is missing or cannot be read, or what a column is cannot be told.
    UsageError
        If the files are of both kinds.
    """
    for path in paths:
        if not path.exists():
            raise DataError(f"there is no file or folder {path}: check the path")
    kinds = [not asked.columns and police_uk.is_police_uk(path) for path in paths]
    if all(kinds):
        zone = asked.time_zone or _UK_ZONE
        return Gathered(
            table=police_uk.read_raw(paths),
            options=Options(
                within=None,
                time_zone=zone,
                column_of=police_uk.MAPPING,
                country=police_uk.UNITED_KINGDOM,
            ),
            source="data.police.uk",
            told="street-level incidents as data.police.uk publishes them",
            time_zone=zone,
        )
    if any(kinds):
        raise UsageError(
            f"{paths[kinds.index(False)]} is not as data.police.uk publishes, and "
            f"{paths[kinds.index(True)]} is: read them one after the other"
        )
    return _tables(paths, asked)


def _tables(paths: Sequence[Path], asked: Asked) -> Gathered:
    columns, first = _understood(paths[0], asked)
    rest = [table.read_raw(path, columns) for path in paths[1:]]
    rows = raw.concatenate([first, *rest]) if rest else first
    columns, rows = _with_time_of_day(columns, rows, asked)
    day_format = columns.time_format
    columns, rows = _with_months(columns, rows)
    columns, rows = _in_one_format(columns, rows, asked)
    _require_degrees(rows, columns)
    zone = asked.time_zone or "UTC"
    return Gathered(
        table=rows,
        options=table.cleaning(columns, None, zone),
        source="table",
        told=guess.told(columns),
        time_zone=zone,
        # Days are still to be put together with their times where these stand apart.
        columns=dataclasses.replace(
            columns, time_format=columns.time_format or day_format
        ),
    )


def _understood(path: Path, asked: Asked) -> tuple[TableColumns, RawTable]:
    """Guess what columns are, and guess again without those that are not so."""
    there, has_points = table.header(path)
    given = _given(asked, there, path.name)
    left = there
    while True:
        found = guess.columns(left, given, has_points=has_points)
        columns = _columns(found, asked, there, path.name, has_points=has_points)
        rows = table.read_raw(path, columns)
        wrong = guess.mistaken(columns.mapping, rows.fields) - set(given.values())
        if not wrong:
            return columns, rows
        left = [name for name in left if name not in wrong]


def _given(asked: Asked, there: list[str], name: str) -> dict[str, str]:
    given = dict(asked.columns)
    if "time" in given:
        given["started_at"] = given.pop("time")
    for column in given.values():
        if column not in there:
            raise raw.missing_column(column, there, name)
    return given


def _columns(
    found: dict[str, str],
    asked: Asked,
    there: list[str],
    name: str,
    *,
    has_points: bool,
) -> TableColumns:
    if asked.crs and "longitude" in found and "easting" not in found:
        found["easting"] = found.pop("longitude")
        found["northing"] = found.pop("latitude")
    if "easting" in found and not asked.crs:
        raise DataError(
            f"{name} has {found['easting']!r} and {found['northing']!r}, which are no "
            "degrees: say what they are in with --crs, such as EPSG:27700"
        )
    if not has_points and "longitude" not in found and "easting" not in found:
        listed = ", ".join(map(repr, there[:20])) + (", ..." if there[20:] else "")
        raise DataError(
            f"{name} has no columns known to be coordinates, it has {listed}: name "
            "them with --longitude and --latitude (and --crs if they are no degrees)"
        )
    timeless = not {"month", "started_at", "reported_at"} & set(found)
    crs = asked.crs if "easting" in found else None
    return TableColumns(**found, crs=crs, timeless=timeless)  # type: ignore[arg-type]


def _with_time_of_day(
    columns: TableColumns, rows: RawTable, asked: Asked
) -> tuple[TableColumns, RawTable]:
    """Put times of day that stand apart to their days."""
    if "time_of_day" not in rows.fields or columns.started_at is None:
        return columns, rows
    pattern = asked.time_format
    if not pattern and times.are_apart(
        rows.fields["started_at"], rows.fields["time_of_day"]
    ):
        pattern = guess.time_format(rows.fields["started_at"], columns.started_at)
    # An end is of that day, or the time itself: no column tells more.
    without_end = dataclasses.replace(columns, ended_at=None, time_format=pattern)
    return without_end, table.with_time_of_day(rows, pattern)


def _with_months(
    columns: TableColumns, rows: RawTable
) -> tuple[TableColumns, RawTable]:
    """Take times that are months, such as 2018-01, for what they are."""
    if columns.month or not columns.started_at:
        return columns, rows
    if not guess.are_months(rows.fields["started_at"]):
        return columns, rows
    # Beside months no other time is exact to a reader of the whole table.
    others = [name for name in ("reported_at", "ended_at") if name in rows.fields]
    fields = rows.fields.drop(columns=others).rename(columns={"started_at": "month"})
    return (
        dataclasses.replace(
            columns,
            month=columns.started_at,
            started_at=None,
            reported_at=None,
            ended_at=None,
        ),
        dataclasses.replace(rows, fields=fields),
    )


def _in_one_format(
    columns: TableColumns, rows: RawTable, asked: Asked
) -> tuple[TableColumns, RawTable]:
    """Find the format of the times, and keep the columns that stand in it.

    An end in another format than its start is left out; so is a report beside a
    column that was named, or a start whose time of day stands apart.
    """
    if asked.time_format:
        return dataclasses.replace(columns, time_format=asked.time_format), rows
    found = {
        name: guess.time_format(rows.fields[name], columns.mapping.get(name, name))
        for name in _TIMES
        if name in rows.fields and rows.fields[name].notna().any()
    }
    first = next(iter(found.values()), None)
    other = [name for name, pattern in found.items() if pattern != first]
    settled = "time" in asked.columns or columns.time_of_day is not None
    if "reported_at" in other and not settled:
        raise DataError(
            "the columns of time are in different formats, "
            f"{sorted(map(str, found.values()))}: name the one to use with --time"
        )
    kept = dataclasses.replace(
        columns,
        time_format=first,
        reported_at=None if "reported_at" in other else columns.reported_at,
        ended_at=None if "ended_at" in other else columns.ended_at,
    )
    return kept, dataclasses.replace(rows, fields=rows.fields.drop(columns=other))


def _require_degrees(rows: RawTable, columns: TableColumns) -> None:
    if not columns.longitude or not len(rows.fields):
        return
    for name in ("longitude", "latitude"):
        some = rows.fields[name].dropna().head(_TRIAL)
        number = pd.to_numeric(some, errors="coerce").abs()
        if number[np.isfinite(number)].median() > _FAR:
            raise DataError(
                f"{columns.mapping[name]!r} holds {some.iloc[0]}, which "
                f"is no {name} in degrees: say what the coordinates are in with --crs, "
                "such as EPSG:27700"
            )
