"""Which column of any table is what, guessed by name and checked on its values.

Names are compared in lower case without spaces and signs. A column is read only
if its name is one of those below: none of them is about a person. What cannot be
told for certain (projected coordinates, day or month first) is not guessed but
asked for.
"""

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from geoalloc.errors import DataError
from geoalloc.incidents import times
from geoalloc.incidents.table import TableColumns

__all__ = ["NAMES", "are_months", "columns", "mistaken", "time_format", "told"]

NAMES: Mapping[str, tuple[str, ...]] = {
    "longitude": (
        "longitude",
        "lon",
        "lng",
        "long",
        "longitudex",
        "xlongitude",
        "longitudewgs84",
        "geolon",
        "pointlongitude",
        "incidentlongitude",
        "longitud",
        "longitudine",
        "laengengrad",
        "x",
    ),
    "latitude": (
        "latitude",
        "lat",
        "latitudey",
        "ylatitude",
        "latitudewgs84",
        "geolat",
        "pointlatitude",
        "incidentlatitude",
        "latitud",
        "latitudine",
        "breitengrad",
        "y",
    ),
    "easting": ("easting", "eastings", "xcoord", "xcoordinate", "coordx", "pointx"),
    "northing": ("northing", "northings", "ycoord", "ycoordinate", "coordy", "pointy"),
    "started_at": (
        "startedat",
        "occurredfrom",
        "occurredat",
        "occurredon",
        "occurreddatetime",
        "occurreddate",
        "occurrencedatetime",
        "occurrencedate",
        "dateoccurred",
        "dateofoccurrence",
        "dateoccur",
        "dateocc",
        "occurdatetime",
        "occurdate",
        "occdate",
        "occurred",
        "offensestartdatetime",
        "offensedatetime",
        "offensedate",
        "offencedate",
        "crimedatetime",
        "crimedate",
        "dateofcrime",
        "incidentdatetime",
        "incidentdate",
        "dateofincident",
        "eventdatetime",
        "eventdate",
        "cmplntfrdt",
        "firstoccurrencedate",
        "fromdatetime",
        "fromdate",
        "startdatetime",
        "startdate",
        "begindate",
        "datetime",
        "dateandtime",
        "timestamp",
        "date",
        "fecha",
        "datum",
    ),
    "ended_at": (
        "endedat",
        "occurredto",
        "occurredthrough",
        "offenseenddatetime",
        "lastoccurrencedate",
        "cmplnttodt",
        "todatetime",
        "todate",
        "enddatetime",
        "enddate",
    ),
    "reported_at": (
        "reportedat",
        "reporteddatetime",
        "reporteddate",
        "reporteddt",
        "reportdatetime",
        "reportdate",
        "datereported",
        "daterptd",
        "rptdt",
        "callreceived",
        "receivedat",
        "received",
        "calldatetime",
        "calldate",
        "createtime",
        "createddate",
        "reported",
    ),
    "time_of_day": (
        "timeofday",
        "occurredtime",
        "timeoccurred",
        "timeoccur",
        "timeocc",
        "occtime",
        "offensetime",
        "crimetime",
        "incidenttime",
        "timeofincident",
        "eventtime",
        "cmplntfrtm",
        "fromtime",
        "starttime",
        "time",
        "hora",
        "uhrzeit",
    ),
    "month": ("month", "yearmonth", "codedmonth", "monthofincident"),
    "category": (
        "category",
        "crimetype",
        "primarytype",
        "incidenttype",
        "incidentcategory",
        "offensecategory",
        "offencecategory",
        "offensetype",
        "offencetype",
        "eventtype",
        "calltype",
        "typeofcrime",
        "crimecategory",
        "majorcategory",
        "offensegroup",
        "offencegroup",
        "ofnsdesc",
        "offensedescription",
        "offencedescription",
        "crimedescription",
        "crmcddesc",
        "incidentdescription",
        "crimename",
        "offense",
        "offence",
        "type",
        "description",
        "crime",
        "delito",
    ),
    "place": (
        "place",
        "location",
        "locationname",
        "streetname",
        "street",
        "block",
        "blockaddress",
        "hundredblock",
        "premises",
        "premise",
        "neighborhoodname",
    ),
    "id": (
        "incidentid",
        "incidentnumber",
        "incidentno",
        "crimeid",
        "casenumber",
        "caseno",
        "caseid",
        "reportnumber",
        "reportno",
        "complaintnumber",
        "complaint",
        "cmplntnum",
        "drno",
        "eventnumber",
        "eventid",
        "lognumber",
        "reference",
        "id",
    ),
    "count": ("count", "nincidents", "numberofincidents"),
    "synthetic": ("synthetic",),
}
"""Names by which a column is known, the surest first."""

_PAIRS = (("longitude", "latitude"), ("easting", "northing"))
_MONTH_ALONE = r"^\d{4}-(?:0[1-9]|1[0-2])$"
_MONTH = r"^\d{4}-(?:0[1-9]|1[0-2])(?:$|-)"
_CLOCK = r"^\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp][Mm])?\s*$"
_COORDINATES = r"^\s*(?:POINT\b|\(?-?\d+\.\d+\s*,)"
_FORMATS = tuple(
    f"{day}{clock}"
    for clock in (
        " %H:%M:%S",
        " %H:%M",
        " %I:%M:%S %p",
        " %I:%M %p",
        " %H:%M:%S%z",
        "T%H:%M:%S",
        "",
    )
    for day in ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y")
)
_MOSTLY = 0.9  # of the values must be readable for a format to be the right one
_TRIAL = 2_000  # values on which a format is tried before all of them are


def columns(
    header: Iterable[str], given: Mapping[str, str], *, has_points: bool = False
) -> dict[str, str]:
    """Guess which column is what; what is given stands.

    Parameters
    ----------
    header
        Names of the columns there are.
    given
        Column of each field that is known already.
    has_points
        Whether the file has points of its own: then no coordinates are guessed.
    """
    by_name: dict[str, str] = {}
    for column in header:
        by_name.setdefault(_plain(column), column)
    taken = set(given.values())
    found = dict(given)
    for field, names in NAMES.items():
        at = [by_name[n] for n in names if n in by_name and by_name[n] not in taken]
        if field not in found and at:
            found[field] = at[0]
            taken.add(at[0])
    return _paired(found, given, has_points=has_points)


def _plain(column: str) -> str:
    return re.sub(r"[\W_]+", "", column.lower())


def _paired(
    found: dict[str, str], given: Mapping[str, str], *, has_points: bool
) -> dict[str, str]:
    """Keep one whole pair of coordinates, and no end without a start."""
    dropped: set[str] = set()
    whole = [pair for pair in _PAIRS if pair[0] in found and pair[1] in found]
    asked = [pair for pair in whole if pair[0] in given]
    kept = (asked or ([] if has_points else whole))[:1]
    for pair in _PAIRS:
        if pair not in kept:
            dropped |= {name for name in pair if name not in given}
    if "started_at" not in found:
        dropped |= {"ended_at", "time_of_day"} - set(given)
        if "time_of_day" in dropped & set(found) and "reported_at" not in found:
            # The only column of times may well hold days too; its values decide.
            found = found | {"started_at": found["time_of_day"]}
    return {name: column for name, column in found.items() if name not in dropped}


def mistaken(found: Mapping[str, str], values: pd.DataFrame) -> set[str]:
    """Name the columns whose values speak against what they were taken for.

    A month must look like 2018-01, a start must tell more than a time of day, a time of
    day must be one and stand beside a day alone, a place must not be coordinates in a
    text, and a count must be whole numbers.

    Parameters
    ----------
    values
        Column by field, as read.
    """
    wrong = set()
    if "started_at" in found and _all_match(values["started_at"].head(_TRIAL), _CLOCK):
        wrong.add(found["started_at"])
    if "month" in found and not _all_match(values["month"], _MONTH):
        wrong.add(found["month"])
    if "place" in found and _all_match(values["place"].head(_TRIAL), _COORDINATES):
        wrong.add(found["place"])
    if "time_of_day" in found:
        apart = times.are_apart(values["started_at"], values["time_of_day"])
        wrong |= set() if apart else {found["time_of_day"]}
    if "count" in found:
        number = pd.to_numeric(values["count"], errors="coerce")
        if number.isna().any() or (number % 1 != 0).any():
            wrong.add(found["count"])
    return wrong


def are_months(values: pd.Series) -> bool:
    """Whether times are months, such as 2018-01."""
    return values.dtype == "str" and _all_match(values, _MONTH_ALONE)


def _all_match(values: pd.Series, pattern: str) -> bool:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return pattern == _MONTH
    texts = values.dropna().astype("str")
    return bool(len(texts)) and bool(texts.str.contains(pattern).all())


def time_format(values: pd.Series, column: str) -> str | None:
    """Find the format of times that are text; None for ISO 8601.

    Raises
    ------
    DataError
        If day and month cannot be told apart, or no format known here fits.
    """
    if values.dtype != "str":
        return None
    texts = values.dropna()
    trial = texts.head(_TRIAL).str.strip()
    if texts.empty or _readable(trial, "ISO8601") >= _MOSTLY:
        return None
    texts = texts.drop_duplicates().str.strip()
    likely = [f for f in _FORMATS if _readable(trial, f) >= _MOSTLY / 2]
    share = {f: _readable(texts, f) for f in likely}
    best = max(share.values(), default=0.0)
    if best < _MOSTLY:
        raise DataError(
            f"times such as {texts.iloc[0]!r} in {column!r} are in no format known "
            "here: say how to read them with --time-format, as %d/%m/%Y %H:%M"
        )
    fit = [f for f in likely if share[f] == best]
    if len(fit) > 1:
        raise DataError(
            f"times such as {texts.iloc[0]!r} in {column!r} may have the day or the "
            f"month first: say which with --time-format '{fit[0]}' or '{fit[1]}'"
        )
    return fit[0]


def _readable(texts: pd.Series, pattern: str) -> float:
    read = pd.to_datetime(texts, format=pattern, errors="coerce", utc="%z" in pattern)
    return float(read.notna().mean())


def told(found: TableColumns) -> str:
    """Say in one line which column was taken for what."""
    parts = [f"{field.replace('_', ' ')} = {c}" for field, c in found.mapping.items()]
    if found.time_format:
        parts.append(f"times as {found.time_format}")
    return ", ".join(parts)
