"""Incidents from any table, given which column is what."""

import dataclasses
import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyogrio
from pyarrow import parquet
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geoalloc.errors import CrsError, DataError
from geoalloc.incidents import raw, times
from geoalloc.incidents.cleaning import Options, clean
from geoalloc.incidents.raw import RawTable
from geoalloc.incidents.reading import Reading, Source


@dataclass(frozen=True, kw_only=True)
class TableColumns:
    """Which column of a table is what; None where the table has no such column.

    Only the columns named here are ever read.

    Attributes
    ----------
    id
        Of the incident; rows that share one are the same incident.
    month
        ``2018-01``: the month that the row belongs to. Beside exact times it is
        the month of recording, and times outside all months are refused.
    reported_at, started_at, ended_at
        Exact times: ISO 8601, or as ``time_format`` says; local to the time zone
        unless they carry an offset. A start without an end is an instant, but a
        date without a time (2018-01-31) is the window of that day.
    time_of_day
        ``21:30``, ``9:30 PM`` or ``2130``: of ``started_at``, where that is a date
        without a time.
    time_format
        As `datetime.datetime.strptime` takes it, such as ``%d/%m/%Y %H:%M``.
    longitude, latitude
        Degrees, EPSG:4326.
    easting, northing, crs
        Instead of them: coordinates in ``crs``, such as ``EPSG:27700``.
    category
        Where None, every row is of ``default_category``.
    category_words
        Categories put together, where a table has hundreds: as `grouped` takes them.
    grade, grade_names
        ``immediate``, ``priority`` or ``routine``, or what ``grade_names`` maps
        to one of these.
    on_scene_min
        Minutes from arrival to leaving.
    place
        Name of a street or premises.
    reported
        Yes or no: by the public (yes, and the default) or discovered by police.
    count
        How many incidents the row stands for; below 0 it corrects earlier rows.
    synthetic
        Yes or no: made up, for trying out. One yes makes all of the rows so.
    timeless
        Take rows of a table that has no column of time.
    """

    id: str | None = None
    month: str | None = None
    reported_at: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    time_of_day: str | None = None
    time_format: str | None = None
    longitude: str | None = None
    latitude: str | None = None
    easting: str | None = None
    northing: str | None = None
    crs: str | None = None
    category: str | None = None
    default_category: str = "incident"
    category_words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    grade: str | None = None
    grade_names: Mapping[str, str] = field(default_factory=dict)
    on_scene_min: str | None = None
    place: str | None = None
    reported: str | None = None
    count: str | None = None
    synthetic: str | None = None
    timeless: bool = False

    def __post_init__(self) -> None:
        if not (self.month or self.reported_at or self.started_at or self.timeless):
            raise DataError(
                "no column of time is named: give month, reported_at or started_at"
            )
        for pair in (("longitude", "latitude"), ("easting", "northing")):
            if bool(getattr(self, pair[0])) != bool(getattr(self, pair[1])):
                raise DataError(f"{pair[0]} and {pair[1]} go together: name both")
        if self.easting and not self.crs:
            raise DataError("easting and northing need crs, such as EPSG:27700")
        for name in ("ended_at", "time_of_day"):
            if getattr(self, name) and not self.started_at:
                raise DataError(f"{name} needs started_at")

    @property
    def mapping(self) -> dict[str, str]:
        """Column of each field that has one."""
        named = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: column for name, column in named if column and name not in _OTHER}

    @property
    def has_coordinates(self) -> bool:
        """Whether columns of coordinates are named."""
        return bool(self.longitude or self.easting)


# Attributes of TableColumns that are not the name of a column.
_OTHER = {
    "category_words",
    "crs",
    "default_category",
    "grade_names",
    "time_format",
    "timeless",
}


def read_table(
    path: str | Path,
    columns: TableColumns,
    *,
    within: BaseGeometry | None,
    time_zone: str,
    until: pd.Timestamp | None = None,
) -> Reading:
    """Read and clean incidents from a CSV, Parquet or GeoPackage file.

    Parameters
    ----------
    path
        ``.csv``, ``.csv.gz``, ``.parquet``, or a file of points with a CRS that
        GDAL reads, such as ``.gpkg``; the points are used unless ``columns``
        names coordinates.
    columns
        Which column is what.
    within
        The area, EPSG:4326; None takes every place.
    time_zone
        Of times without an offset, such as ``Europe/London``.
    until
        UTC; a row at or after it is refused. None takes all.

    Returns
    -------
    reading
        Incidents, and each row refused with its reason.

    Raises
    ------
    DataError
        If the file is missing or unreadable, a column is missing (the nearest is
        named), or no row is left.
    CrsError
        If a file of points has no CRS, or ``columns.crs`` is none.
    """
    table = with_time_of_day(read_raw(Path(path), columns), columns.time_format)
    options = cleaning(columns, within, time_zone)
    return clean(table, dataclasses.replace(options, until=until))


def read_raw(path: Path, columns: TableColumns) -> RawTable:
    """Read the mapped columns of a file, as `read_table` does, and judge no row."""
    if not path.is_file():
        raise DataError(f"no file {path}: give a CSV, Parquet or GeoPackage file")
    if is_text(path):
        _require_coordinates(columns)
        content = raw.unpack(path.read_bytes(), path.name)
        return raw.parse_csv(content, path.name, columns.mapping)
    if path.name.lower().endswith(".parquet"):
        _require_coordinates(columns)
        return _typed(_read_parquet(path, columns), columns, path)
    return _typed(_read_points(path, columns), columns, path)


def with_time_of_day(table: RawTable, time_format: str | None) -> RawTable:
    """Join days and the times of day that stand in a column of their own.

    Raises
    ------
    DataError
        If they cannot be joined.
    """
    if "time_of_day" not in table.fields:
        return table
    days, clock = table.fields["started_at"], table.fields["time_of_day"]
    if not times.are_apart(days, clock):
        raise DataError(
            f"the times of day of {table.sources[0].name} cannot be put to its days: "
            "days without a time, and times such as 21:30, are needed"
        )
    started, ended = times.joined(days, clock, time_format)
    fields = table.fields.drop(columns="time_of_day")
    fields = fields.assign(started_at=started, ended_at=ended)
    return dataclasses.replace(table, fields=fields)


def is_text(path: Path) -> bool:
    """Whether a file is read as CSV."""
    return path.name.lower().endswith(_CSV)


def header(path: Path) -> tuple[list[str], bool]:
    """List the columns of a file, and tell whether it has points of its own.

    Raises
    ------
    DataError
        If there is no such file, or it cannot be read.
    """
    if not path.is_file():
        raise DataError(f"no file {path}: give a CSV, Parquet, GeoPackage or GeoJSON")
    if is_text(path):
        return raw.header_of(path), False
    try:
        if path.name.lower().endswith(".parquet"):
            return list(parquet.read_schema(path).names), False
        info = pyogrio.read_info(path)
    except (pa.ArrowInvalid, pyogrio.errors.DataSourceError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{path.name} cannot be read as CSV, Parquet, GeoPackage or GeoJSON: "
            f"{reason}"
        ) from None
    return list(info["fields"]), info["geometry_type"] is not None


_CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")


def read_frame(
    frame: pd.DataFrame,
    columns: TableColumns,
    *,
    within: BaseGeometry | None,
    time_zone: str = "Europe/London",
    name: str = "frame",
    synthetic: bool = False,
) -> Reading:
    """Clean incidents from a table in memory, as `read_table` does from a file.

    Lines of the rejects count from 2, as if the frame were a file with a header.

    Raises
    ------
    DataError
        If a column is missing, or no row is left.
    """
    _require_coordinates(columns)
    _require_columns(frame.columns, columns, name)
    content = pd.util.hash_pandas_object(
        frame[list(dict.fromkeys(columns.mapping.values()))], index=False
    )
    sha256 = hashlib.sha256(content.to_numpy().tobytes()).hexdigest()
    source = Source(name=name, sha256=sha256, rows=len(frame))
    table = with_time_of_day(_fields(frame, columns, source), columns.time_format)
    options = cleaning(columns, within, time_zone, synthetic=synthetic)
    return clean(table, options)


def cleaning(
    columns: TableColumns,
    within: BaseGeometry | None,
    time_zone: str,
    *,
    synthetic: bool = False,
) -> Options:
    """Say to `clean` what the columns mean."""
    try:
        crs = CRS.from_user_input(columns.crs) if columns.easting else None
    except RuntimeError:
        raise CrsError(
            f"crs {columns.crs!r} is not a coordinate reference system: "
            "give one such as EPSG:27700, or ESRI:102696 for one of Esri's"
        ) from None
    return Options(
        within=within,
        time_zone=time_zone,
        crs=crs,
        time_format=columns.time_format,
        default_category=columns.default_category,
        category_words=columns.category_words,
        grade_names=columns.grade_names,
        synthetic=synthetic,
        column_of=columns.mapping,
    )


def _require_coordinates(columns: TableColumns) -> None:
    if not columns.has_coordinates:
        raise DataError(
            "no column of place is named: give longitude and latitude, "
            "or easting, northing and crs"
        )


def _require_columns(
    found: pd.Index | list[str], columns: TableColumns, name: str
) -> None:
    for column in columns.mapping.values():
        if column not in found:
            raise raw.missing_column(column, map(str, found), name)


def _read_parquet(path: Path, columns: TableColumns) -> pd.DataFrame:
    try:
        _require_columns(parquet.read_schema(path).names, columns, path.name)
        wanted = list(dict.fromkeys(columns.mapping.values()))
        return parquet.read_table(path, columns=wanted).to_pandas()
    except pa.ArrowInvalid as error:
        text = str(error).splitlines()[0]
        raise DataError(f"{path.name} cannot be read as Parquet: {text}") from None


def _read_points(path: Path, columns: TableColumns) -> pd.DataFrame:
    try:
        info = pyogrio.read_info(path)
        _require_columns(list(info["fields"]), columns, path.name)
        wanted = list(dict.fromkeys(columns.mapping.values()))
        frame = pyogrio.read_dataframe(
            path, columns=wanted, read_geometry=not columns.has_coordinates
        )
    except pyogrio.errors.DataSourceError as error:
        raise DataError(
            f"{path.name} cannot be read as CSV, Parquet or GeoPackage: {error}"
        ) from None
    if columns.has_coordinates:
        return frame
    if frame.crs is None:
        raise CrsError(f"{path.name} has points in no CRS: write one into the file")
    points = frame.geometry.to_crs(4326)
    kinds = set(points.geom_type.dropna()) - {"Point"}
    if kinds:
        raise DataError(f"{path.name} holds {', '.join(sorted(kinds))}: points needed")
    empty = points.isna() | points.is_empty
    place = points.where(~empty)
    return pd.DataFrame(frame.drop(columns=frame.geometry.name)).assign(
        **{_LONGITUDE: place.x, _LATITUDE: place.y}
    )


_LONGITUDE, _LATITUDE = "geometry x", "geometry y"


def _typed(frame: pd.DataFrame, columns: TableColumns, path: Path) -> RawTable:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return _fields(
        frame, columns, Source(name=path.name, sha256=sha256, rows=len(frame))
    )


def _fields(frame: pd.DataFrame, columns: TableColumns, source: Source) -> RawTable:
    mapping: dict[str, Hashable] = dict(columns.mapping)
    if not columns.has_coordinates:
        mapping |= {"longitude": _LONGITUDE, "latitude": _LATITUDE}
    picked = {field: frame[column].array for field, column in mapping.items()}
    return raw.from_frame(pd.DataFrame(picked), source, first_line=2)
