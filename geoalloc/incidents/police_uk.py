"""Street-level files of data.police.uk: a month of a force each."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc.errors import DataError
from geoalloc.incidents import raw
from geoalloc.incidents.cleaning import Options, clean
from geoalloc.incidents.raw import RawTable
from geoalloc.incidents.reading import Reading, Source

MAPPING = {
    "id": "Crime ID",
    "month": "Month",
    "longitude": "Longitude",
    "latitude": "Latitude",
    "category": "Crime type",
    "place": "Location",
}
UNITED_KINGDOM = shapely.box(-9.0, 49.5, 2.5, 61.5)
"""Where all of the rows are, that have a place."""

_API = {  # keys of a record, nested keys joined by a dot; the first that is there
    "id": ("persistent_id",),
    "month": ("month",),
    "longitude": ("location.longitude", "lng"),
    "latitude": ("location.latitude", "lat"),
    "category": ("category",),
    "place": ("location.street.name", "street"),
}
_STREET = ("-street.csv", "-street.csv.gz")


def read_police_uk(
    path: str | Path,
    *,
    within: BaseGeometry | None,
    time_zone: str = "Europe/London",
    until: pd.Timestamp | None = None,
) -> Reading:
    """Read and clean street-level crime as data.police.uk publishes it.

    Parameters
    ----------
    path
        A folder (searched to any depth for ``*-street.csv`` and
        ``*-street.csv.gz``), a ``.zip`` archive of months (in both, outcomes and
        stop-and-search files are passed over), one CSV file of any name, or one
        ``.json`` or ``.json.gz`` file of records as the API gives them.
    within
        The area, EPSG:4326; None takes every place.
    time_zone
        In which a month begins and ends.
    until
        UTC; a month that is not over by then is refused. None takes all.

    Returns
    -------
    reading
        Incidents known to the month, and each row refused with its reason.

    Raises
    ------
    DataError
        If nothing is found or a file cannot be read, if a month of a force is
        there twice, a column is missing (the nearest is named), or no row is left.

    References
    ----------
    https://data.police.uk/about/ for columns and for how points are anonymized.
    """
    options = Options(
        within=within,
        time_zone=time_zone,
        column_of=MAPPING,
        country=UNITED_KINGDOM,
        until=until,
    )
    return clean(read_raw([Path(path)]), options)


def read_raw(paths: Sequence[Path]) -> RawTable:
    """Read files, folders and archives, as `read_police_uk` does, and judge no row."""
    files = [file for path in paths for file in _find(path)]
    _require_once(files)
    return raw.concatenate([_parse(file) for file in files])


def is_police_uk(path: Path) -> bool:
    """Whether a path is of the kinds that data.police.uk gives, by what is in it."""
    name = path.name.lower()
    if path.is_dir() or name.endswith(".zip"):
        return True
    if name.endswith((".json", ".json.gz")):
        return raw.unpack(path.read_bytes(), path.name).lstrip()[:1] == b"["
    if name.endswith((".csv", ".csv.gz")):
        return set(MAPPING.values()) <= set(raw.header_of(path))
    return False


def _parse(file: "_File") -> RawTable:
    content = raw.unpack(file.content(), file.name)
    if file.name.lower().endswith((".json", ".json.gz")):
        return _parse_api(content, file.name)
    return raw.parse_csv(content, file.name, MAPPING)


def _parse_api(content: bytes, name: str) -> RawTable:
    """Read records of the API, nested as it gives them or flat."""
    try:
        records = pd.json_normalize(json.loads(content))
    # A number, a text, or a list of such: pandas refuses each in its own way.
    except (ValueError, NotImplementedError, AttributeError):
        raise DataError(
            f"{name} is not JSON in the form of the API: a list of records is needed"
        ) from None
    fields = {}
    for field, keys in _API.items():
        present = [key for key in keys if key in records]
        if present:
            fields[field] = records[present[0]]
        elif field != "id":
            raise raw.missing_column(keys[0], map(str, records.columns), name)
    if "id" in fields:
        fields["id"] = fields["id"].replace("", None)
    else:
        fields["id"] = pd.Series(None, index=records.index, dtype="str")
    sha256 = hashlib.sha256(content).hexdigest()
    source = Source(name=name, sha256=sha256, rows=len(records))
    return raw.from_frame(pd.DataFrame(fields), source, first_line=1)


@dataclass(frozen=True, kw_only=True)
class _File:
    """A file in a folder, or a member of an archive."""

    name: str
    path: Path
    member: str | None = None

    def content(self) -> bytes:
        if self.member is None:
            return self.path.read_bytes()
        try:
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(self.member)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            raise DataError(
                f"{self.name} cannot be unpacked ({error}): fetch the archive again"
            ) from None


def _find(path: Path) -> Iterator[_File]:
    """Files in order of month and force, whatever folder they are in."""
    if path.is_dir():
        yield from _in_folder(path)
    elif not path.is_file():
        raise DataError(f"no file or folder {path}: check the path")
    elif path.suffix.lower() == ".zip":
        yield from _in_archive(path)
    elif path.name.lower().endswith((".csv", ".csv.gz", ".json", ".json.gz")):
        yield _File(name=path.name, path=path)
    else:
        raise DataError(
            f"{path.name} is no folder, .csv, .csv.gz, .json or .zip: give one of these"
        )


def _in_folder(folder: Path) -> Iterator[_File]:
    every = [p for p in folder.rglob("*") if p.is_file() and p.name[0] not in "._"]
    street = [p for p in every if p.name.lower().endswith(_STREET)]
    if not street:
        zipped = sum(p.suffix.lower() == ".zip" for p in every)
        hint = "; read its .zip archives one at a time" if zipped else ""
        raise DataError(
            f"no street-level file (*-street.csv or .csv.gz) among the {len(every)} "
            f"files of {folder}{hint}"
        )
    for path in sorted(street, key=lambda p: (p.name, p)):
        yield _File(name=path.relative_to(folder).as_posix(), path=path)


def _in_archive(path: Path) -> Iterator[_File]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError(
            f"{path.name} is not a readable zip archive ({error}): fetch it again"
        ) from None
    street = [
        m for m in members if m.lower().endswith(_STREET) and _base(m)[0] not in "._"
    ]
    if not street:
        raise DataError(
            f"no street-level file (*-street.csv) among the {len(members)} files of "
            f"{path.name}"
        )
    for member in sorted(street, key=lambda m: (_base(m), m)):
        yield _File(name=f"{path.name}/{member}", path=path, member=member)


def _base(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _require_once(files: list[_File]) -> None:
    """Refuse a month of a force that is there twice: its rows would count twice."""
    seen: dict[str, str] = {}
    for file in files:
        month = _base(file.name).lower().removesuffix(".gz")
        if month in seen:
            raise DataError(
                f"{seen[month]} and {file.name} are the same month of the same force: "
                "keep one of them"
            )
        seen[month] = file.name
