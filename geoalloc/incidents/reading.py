"""What a reader returns: incidents, rejects, sources and counts."""

from dataclasses import dataclass
from enum import StrEnum

import geopandas as gpd
import pandas as pd


class Reason(StrEnum):
    """Why a row is refused, in the order in which the reasons are tried."""

    FIELDS = "wrong number of fields"
    CATEGORY = "no category"
    NO_TIME = "no time"
    TIME = "unreadable time"
    WINDOW = "ends before it starts"
    ON_SCENE = "bad on-scene minutes"
    REPORTED = "bad reported flag"
    PERIOD = "outside the period"
    EARLIER = "before since"
    LATER = "not before as_of"
    WITHDRAWN = "withdrawn"
    COPY = "duplicate: a copy"
    COPY_UNLOCATED = "duplicate: without coordinates"
    COPY_ELSEWHERE = "duplicate: at another place"
    UNLOCATED = "no coordinates"
    COORDINATES = "bad coordinates"
    OUTSIDE = "outside the area"

    @property
    def is_duplicate(self) -> bool:
        """Whether another row of the same id is kept instead."""
        return self.startswith("duplicate")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that was read.

    Attributes
    ----------
    name
        File name, or ``archive.zip/folder/name.csv`` for a file in an archive.
    sha256
        Of the content of the file, unpacked, in hexadecimal.
    rows
        Rows after the header, good and bad.
    """

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Incidents read and cleaned, and what became of every other row.

    Attributes
    ----------
    incidents
        ``schemas.INCIDENTS``: located, inside the area, in order of file and line.
    rejects
        ``schemas.REJECTS``; ``row`` holds the mapped columns only.
    sources
        The files, in the order read.
    n_read
        Records read = incidents + rejects. A row that counts n > 1 is n records.
    period
        UTC, half-open: the months or, of exact times without a month, the
        instants that the rows read span.
    missing_months
        ``"2019-07"``: months inside the period in which no row was read.
    months
        Rows read by month of the period, in order; 0 where missing.
    time_zone
        Of the months, and of times that carry no offset.
    timed
        True if times are exact, False if only the month is known.
    synthetic
        True if the rows come from `generate_sample`.
    counts
        By category, sorted: ``category, read, used, no_coordinates,
        outside_area, duplicate, other``; read is the sum of the rest.
    """

    incidents: gpd.GeoDataFrame
    rejects: pd.DataFrame
    sources: tuple[Source, ...]
    n_read: int
    period: tuple[pd.Timestamp, pd.Timestamp]
    missing_months: tuple[str, ...]
    months: pd.Series
    time_zone: str
    timed: bool
    synthetic: bool
    counts: pd.DataFrame
