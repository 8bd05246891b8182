"""Who is on duty, and what waits for them as the shift begins.

A roster holds call signs, never names: a file with a column about a person is
refused, and the columns are named.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geoalloc.errors import DataError
from geoalloc.schemas import GRADES

__all__ = ["OpenCalls", "Roster", "read", "read_queue", "refuse_personal"]

_REQUIRED = ("unit_id", "kind", "home_station", "starts_at", "ends_at")
_OPTIONAL = (
    "officers",
    "skills",
    "blue_light",
    "post",
    "locked",
    "busy_until",
    "busy_latitude",
    "busy_longitude",
)
_QUEUE = ("grade", "reported_at", "latitude", "longitude")
# Words of a column's name that say that it is about a person.
_PERSONAL = frozenset(
    {
        "name",
        "surname",
        "forename",
        "firstname",
        "lastname",
        "fullname",
        "collar",
        "warrant",
        "payroll",
        "employee",
        "staff",
        "person",
        "badge",
        "shoulder",
        "rank",
        "sergeant",
        "email",
        "phone",
        "mobile",
        "telephone",
        "address",
        "dob",
        "birth",
        "age",
        "gender",
        "sex",
        "ethnicity",
        "religion",
        "disability",
        "restricted",
        "restriction",
        "restrictions",
        "sickness",
        "medical",
        "pregnancy",
        "duties",
    }
)
_NOT_PERSONAL = frozenset({"station", "post", "beat", "district", "place"})
_YES_NO = {"yes": True, "no": False, "true": True, "false": False, "": None}


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The units of a shift.

    Attributes
    ----------
    units
        One row per unit, by ``unit_id``: ``kind``, ``home_station``, ``officers``,
        ``skills`` (words), ``blue_light``, ``post`` (where it is now; may be missing),
        ``locked``, ``busy_until`` (UTC; may be missing), ``busy_latitude``,
        ``busy_longitude``.
    spans
        One row per stretch of duty: ``unit_id``, ``starts_at``, ``ends_at`` (UTC). A
        unit may have several that do not overlap.
    source
        Name of the file.
    """

    units: pd.DataFrame
    spans: pd.DataFrame
    source: str


@dataclass(frozen=True, kw_only=True)
class OpenCalls:
    """Calls that wait as the shift begins.

    Attributes
    ----------
    calls
        ``grade``, ``reported_at`` (UTC), ``latitude``, ``longitude``.
    """

    calls: pd.DataFrame
    source: str


def read(path: Path, *, time_zone: str) -> Roster:
    """Read a roster from a CSV file, times local unless they carry an offset.

    Columns: unit_id, kind, home_station, starts_at, ends_at; and, if there are such,
    officers, skills (parted by spaces), blue_light (yes or no), post, locked (yes or
    no), busy_until, busy_latitude, busy_longitude.

    Raises
    ------
    DataError
        If the file cannot be read, has a column about a person or one that is not
        known, lacks one that is needed, or a row cannot be: a start after its end,
        stretches of one unit that overlap, a crew of none.
    """
    table = _read(path, _REQUIRED, _OPTIONAL)
    if table.empty:
        raise DataError(f"{path.name} has no units: give at least one row")
    for column in _REQUIRED:
        _require(path, table[column] != "", column, "is empty")
    spans = pd.DataFrame({"unit_id": table["unit_id"]})
    for column in ("starts_at", "ends_at"):
        spans[column] = _instants(path, table[column], time_zone)
    _require(
        path,
        spans["starts_at"] < spans["ends_at"],
        "starts_at",
        "is not before ends_at",
    )
    _require_no_overlap(path, spans)
    units = _units(path, table, time_zone)
    _require_alike(path, units)
    units = units.drop_duplicates("unit_id").set_index("unit_id").sort_index()
    spans = spans.sort_values(["unit_id", "starts_at"], ignore_index=True)
    return Roster(units=units, spans=spans, source=path.name)


def read_queue(path: Path, *, time_zone: str) -> OpenCalls:
    """Read the calls that wait from a CSV file.

    Columns: grade, reported_at (local unless it carries an offset), latitude,
    longitude.

    Raises
    ------
    DataError
        If the file cannot be read, has other columns, or a row cannot be.
    """
    table = _read(path, _QUEUE, ())
    _require(path, table["grade"].isin(GRADES), "grade", f"is not of {GRADES}")
    calls = pd.DataFrame({"grade": table["grade"]})
    calls["reported_at"] = _instants(path, table["reported_at"], time_zone)
    for column, most in (("latitude", 90.0), ("longitude", 180.0)):
        calls[column] = _numbers(path, table[column], column, -most, most)
    return OpenCalls(calls=calls, source=path.name)


def _read(
    path: Path, required: tuple[str, ...], optional: tuple[str, ...]
) -> pd.DataFrame:
    try:
        table = pd.read_csv(
            path, dtype="str", keep_default_na=False, encoding="utf-8-sig"
        )
    except FileNotFoundError:
        raise DataError(f"{path} does not exist: name a CSV file") from None
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path.name} cannot be read as CSV in UTF-8: {reason}"
        ) from None
    table.columns = pd.Index([str(c).strip().lower() for c in table.columns])
    refuse_personal(path, [c for c in table.columns if c not in {*required, *optional}])
    unknown = sorted(set(table.columns) - {*required, *optional})
    if unknown:
        raise DataError(
            f"{path.name} has columns that are not known: {', '.join(unknown)}; "
            f"there are {', '.join((*required, *optional))}: leave the others out"
        )
    missing = [c for c in required if c not in table.columns]
    if missing:
        raise DataError(
            f"{path.name} lacks the columns {', '.join(missing)}: "
            f"needed are {', '.join(required)}"
        )
    return table.apply(lambda column: column.str.strip())


def refuse_personal(path: Path, columns: list[str]) -> None:
    """Refuse a table that has columns about persons.

    Parameters
    ----------
    columns
        Names in lower case.

    Raises
    ------
    DataError
        If a word of a name is about persons, such as name, age or collar.
    """
    about = []
    for column in columns:
        words = set(re.split(r"[^a-z]+", column))
        if words & _PERSONAL and not words & _NOT_PERSONAL:
            about.append(column)
    if about:
        raise DataError(
            f"{path.name} has columns about persons: {', '.join(about)}; it holds "
            "units and places only: take them out of the file"
        )


def _units(path: Path, table: pd.DataFrame, time_zone: str) -> pd.DataFrame:
    def column(name: str, usual: str = "") -> pd.Series:
        if name in table:
            return table[name].where(table[name] != "", usual)
        return pd.Series(usual, index=table.index, dtype="str")

    officers = _numbers(path, column("officers", "1"), "officers", 1, 20)
    _require(path, officers == officers.round(), "officers", "is no whole number")
    units = pd.DataFrame(
        {
            "unit_id": table["unit_id"],
            "kind": table["kind"],
            "home_station": table["home_station"],
            "officers": officers.astype(np.int64),
            "skills": column("skills").str.split().str.join(" "),
            "blue_light": _flags(path, column("blue_light", "yes"), "blue_light"),
            "post": column("post"),
            "locked": _flags(path, column("locked", "no"), "locked"),
        }
    )
    until = column("busy_until")
    known = until != ""
    busy = pd.Series(pd.NaT, index=table.index, dtype="datetime64[us, UTC]")
    if known.any():
        busy[known] = _instants(path, until[known], time_zone)
    units["busy_until"] = busy
    for name, most in (("busy_latitude", 90.0), ("busy_longitude", 180.0)):
        place = column(name)
        degrees = pd.Series(np.nan, index=table.index)
        given = place != ""
        degrees[given] = _numbers(path, place[given], name, -most, most)
        units[name] = degrees
        _require(path, known | ~given, name, "is given without busy_until")
    return units


def _require(path: Path, good: pd.Series, column: str, wrong: str) -> None:
    rows = np.flatnonzero(~good.to_numpy(dtype=bool))
    if rows.size:
        raise DataError(
            f"{path.name}: {column} {wrong} on {rows.size} of {len(good)} rows, first "
            f"on line {good.index[rows[0]] + 2}: correct the file"
        )


def _instants(path: Path, texts: pd.Series, time_zone: str) -> pd.Series:
    found = [_instant(text, time_zone) for text in texts]
    times = pd.Series(found, index=texts.index, dtype="datetime64[us, UTC]")
    _require(
        path,
        times.notna(),
        str(texts.name),
        "is no time such as 2026-12-04T20:00, or none that the clocks show once",
    )
    return times


def _instant(text: str, time_zone: str) -> pd.Timestamp:
    try:
        at = pd.Timestamp(text)
        if at is not pd.NaT and at.tzinfo is None:
            at = at.tz_localize(time_zone, ambiguous="raise", nonexistent="raise")
        return at if at is pd.NaT else at.tz_convert("UTC").as_unit("us")
    except (ValueError, TypeError):
        return pd.NaT


def _numbers(
    path: Path, texts: pd.Series, column: str, least: float, most: float
) -> pd.Series:
    numbers = pd.to_numeric(texts, errors="coerce")
    _require(
        path,
        (numbers >= least) & (numbers <= most),
        column,
        f"is no number from {least:g} to {most:g}",
    )
    return numbers.astype(np.float64)


def _flags(path: Path, texts: pd.Series, column: str) -> pd.Series:
    lower = texts.str.lower()
    _require(path, lower.isin(list(_YES_NO)), column, "is neither yes nor no")
    return lower.map(_YES_NO).astype(bool)


def _require_no_overlap(path: Path, spans: pd.DataFrame) -> None:
    ordered = spans.sort_values(["unit_id", "starts_at"])
    before = ordered.groupby("unit_id")["ends_at"].shift()
    wrong = ordered[before.notna() & (ordered["starts_at"] < before)]
    if len(wrong):
        units = ", ".join(wrong["unit_id"].unique()[:5])
        raise DataError(
            f"{path.name}: the duties of {units} overlap, first on line "
            f"{wrong.index[0] + 2}: a unit is in one place at a time"
        )


def _require_alike(path: Path, units: pd.DataFrame) -> None:
    """Require that all rows of a unit say the same of it."""
    fixed = ["kind", "home_station", "officers", "skills", "blue_light", "locked"]
    for column in fixed:
        first = units.groupby("unit_id")[column].transform("first")
        different = units.loc[units[column] != first, "unit_id"]
        if len(different):
            raise DataError(
                f"{path.name}: the rows of {different.iloc[0]} differ in {column}: "
                "give two call signs"
            )
