"""Raw rows to incidents and rejects: the rules stand in ``incidents``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geoalloc import schemas
from geoalloc._types import BoolArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.incidents.categories import category_slug, grouped
from geoalloc.incidents.places import Places, locate
from geoalloc.incidents.raw import RawTable
from geoalloc.incidents.reading import Reading, Reason
from geoalloc.incidents.repeats import refuse_duplicates, refuse_withdrawn
from geoalloc.incidents.times import Times, month_range, read_times
from geoalloc.incidents.verdicts import Verdicts

_YES = {"yes", "y", "true", "t", "1", "1.0"}
_MOST = 10_000  # incidents that one row may stand for
_NO = {"no", "n", "false", "f", "0", "0.0"}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What cleaning needs to know beside the rows; see ``TableColumns``.

    ``country`` is where the rows are known to be, by which swapped coordinates are
    known if there is no area to be ``within``.
    """

    within: BaseGeometry | None
    time_zone: str
    column_of: Mapping[str, str]
    since: pd.Timestamp | None = None
    until: pd.Timestamp | None = None
    crs: CRS | None = None
    country: BaseGeometry | None = None
    time_format: str | None = None
    default_category: str = "incident"
    category_words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    grade_names: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = False


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Rows, what was read in them, and the reason for which each is refused.

    ``category`` is missing where there is none; all are in the order of ``table``.
    """

    table: RawTable
    times: Times
    places: Places
    verdicts: Verdicts
    category: pd.Series


def clean(table: RawTable, options: Options) -> Reading:
    """Sort rows into incidents and rejects.

    Raises
    ------
    DataError
        If there is no row, none can be used, or a grade is unknown.
    """
    return reading_of(judge(table, options), options)


def judge(table: RawTable, options: Options) -> Judged:
    """Find for each row whether it can be used, and why not.

    Raises
    ------
    DataError
        If there is no row, or none can be used.
    """
    _require_rows(table)
    table = _expand_counts(table)
    fields = table.fields
    times = read_times(fields, options.time_zone, options.time_format)
    places = locate(fields, crs=options.crs, within=options.within)
    _require_order(places, table, options)
    category = _categories(fields, options.default_category)
    verdicts = Verdicts.none(len(fields))
    _refuse_values(verdicts, fields, times, category)
    if options.since is not None:
        verdicts.refuse(~times.since(options.since), Reason.EARLIER)
        times = times.cut_before(options.since, options.time_zone)
    if options.until is not None:
        verdicts.refuse(~times.before(options.until), Reason.LATER)
        times = times.cut(options.until, options.time_zone)
    if "count" in fields:
        refuse_withdrawn(verdicts, fields, category, places)
    elif "id" in fields:
        refuse_duplicates(verdicts, fields["id"], places)
    verdicts.refuse(places.missing, Reason.UNLOCATED)
    verdicts.refuse(places.bad, Reason.COORDINATES)
    verdicts.refuse(~places.inside, Reason.OUTSIDE)
    _require_incidents(verdicts, table)
    # Put together last: what a correction takes back is of its own category.
    category = grouped(category, options.category_words)
    return Judged(
        table=table, times=times, places=places, verdicts=verdicts, category=category
    )


def _require_rows(table: RawTable) -> None:
    if len(table.fields):
        return
    names = ", ".join(source.name for source in table.sources[:3])
    if len(table.malformed):
        raise DataError(
            f"every row of {names} has a wrong number of fields, first at line "
            f"{table.malformed['line'].iloc[0]}: {table.malformed['row'].iloc[0]}"
        )
    raise DataError(f"{names} has no rows: it is a header alone")


def _expand_counts(table: RawTable) -> RawTable:
    """Repeat rows that count n > 1 incidents n times."""
    if "count" not in table.fields:
        return table
    count = pd.to_numeric(table.fields["count"], errors="coerce")
    bad = count.isna() | (count % 1 != 0) | (count.abs() > _MOST)
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise DataError(
            f"count is not a whole number up to {_MOST:,} at {bad.sum()} rows, first "
            f"{str(table.fields['count'].iloc[row])!r} at line {table.line[row]} of "
            f"{table.sources[table.source[row]].name}"
        )
    fields = table.fields.assign(count=count.astype(np.int64))
    repeats = np.repeat(np.arange(len(fields)), fields["count"].clip(lower=1))
    return RawTable(
        fields=fields.iloc[repeats].reset_index(drop=True),
        source=table.source[repeats],
        line=table.line[repeats],
        sources=table.sources,
        malformed=table.malformed,
    )


def _categories(fields: pd.DataFrame, default: str) -> pd.Series:
    if "category" not in fields:
        return pd.Series(category_slug(default), index=fields.index, dtype="str")
    codes, names = pd.factorize(fields["category"])
    slugs = [category_slug(str(name)) or None for name in names] + [None]
    return pd.Series(slugs, dtype="str").iloc[codes].set_axis(fields.index)


def _refuse_values(
    verdicts: Verdicts, fields: pd.DataFrame, times: Times, category: pd.Series
) -> None:
    verdicts.refuse(category.isna().to_numpy(), Reason.CATEGORY)
    verdicts.refuse(times.none, Reason.NO_TIME)
    verdicts.refuse(times.unreadable, Reason.TIME)
    verdicts.refuse(times.reversed, Reason.WINDOW)
    if "on_scene_min" in fields:
        minutes = _numbers(fields["on_scene_min"])
        good = np.isfinite(minutes) & (minutes >= 0)
        given = fields["on_scene_min"].notna().to_numpy()
        verdicts.refuse(given & ~good, Reason.ON_SCENE)
    if "reported" in fields:
        words = _words(fields["reported"])
        verdicts.refuse(~words.isin(_YES | _NO).to_numpy(), Reason.REPORTED)
    verdicts.refuse(times.outside, Reason.PERIOD)


def _words(values: pd.Series) -> pd.Series:
    return values.astype("str").str.strip().str.lower()


def _numbers(values: pd.Series) -> np.ndarray:
    return pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _grades(fields: pd.DataFrame, names: Mapping[str, str]) -> pd.Series:
    if "grade" not in fields:
        return pd.Series(None, index=fields.index, dtype="str")
    given = fields["grade"].astype("str").str.strip()
    known = {grade: grade for grade in schemas.GRADES}
    known |= {grade.capitalize(): grade for grade in schemas.GRADES}
    known |= dict(names)
    grades = given.map(known).astype("str")
    bad = grades.isna() & given.notna()
    if bad.any() or not set(names.values()) <= set(schemas.GRADES):
        first = given[bad].iloc[0] if bad.any() else sorted(set(names.values()))[0]
        raise DataError(
            f"grade {first!r} is none of {', '.join(schemas.GRADES)} "
            f"({bad.sum()} rows): map it to one of them in grade_names"
        )
    return grades


def _require_order(places: Places, table: RawTable, options: Options) -> None:
    """Refuse rows whose longitude and latitude are swapped."""
    area = options.within if options.within is not None else options.country
    if options.crs is not None or not places.swapped(area):
        return
    x, y = (options.column_of.get(f, f) for f in ("longitude", "latitude"))
    k = places.longitude.size // 2
    at = f"longitude {places.longitude[k]:g}, latitude {places.latitude[k]:g}"
    where = "where nobody lives" if area is None else "far from the area"
    raise DataError(
        f"longitude and latitude look swapped in {_names_of(table)}: the places, such "
        f"as {at}, are {where}, and swapped they are not: exchange the columns {x!r} "
        f"and {y!r}"
    )


def _require_incidents(verdicts: Verdicts, table: RawTable) -> None:
    if verdicts.good.any():
        return
    reasons = ", ".join(f"{n} {reason}" for reason, n in verdicts.tally().items())
    raise DataError(
        f"none of the {len(table.fields)} rows of {_names_of(table)} can be used: "
        f"{reasons}"
    )


def _names_of(table: RawTable) -> str:
    names = ", ".join(source.name for source in table.sources[:3])
    more = len(table.sources) - 3
    return f"{names} and {more} more" if more > 0 else names


def reading_of(judged: Judged, options: Options) -> Reading:
    """Put the rows that can be used into one frame, and the others into another.

    Raises
    ------
    DataError
        If a grade is unknown.
    """
    table, times, places = judged.table, judged.times, judged.places
    verdicts, category = judged.verdicts, judged.category
    rejects = _rejects(table, verdicts, category, options.column_of)
    months = (
        times.month[verdicts.reason_is_not(Reason.LATER)]
        .value_counts()
        .reindex(month_range(times.period, options.time_zone), fill_value=0)
        .rename("read")
    )
    return Reading(
        incidents=_incidents(table, times, places, verdicts.good, category, options),
        rejects=rejects,
        sources=table.sources,
        n_read=len(table.fields) + len(table.malformed),
        period=times.period,
        missing_months=tuple(months.index[months == 0]),
        months=months,
        time_zone=options.time_zone,
        timed=times.timed,
        synthetic=options.synthetic or _synthetic(table.fields),
        counts=_counts(category[verdicts.good], rejects),
    )


def _synthetic(fields: pd.DataFrame) -> bool:
    return "synthetic" in fields and bool(_words(fields["synthetic"]).isin(_YES).any())


def _incidents(
    table: RawTable,
    times: Times,
    places: Places,
    good: BoolArray,
    category: pd.Series,
    options: Options,
) -> gpd.GeoDataFrame:
    fields = table.fields[good]
    rows = np.flatnonzero(good)
    n = len(rows)

    def text(name: str) -> pd.Series:
        missing = pd.Series(None, index=fields.index, dtype="str")
        return fields[name].astype("str") if name in fields else missing

    on_scene = (
        _numbers(fields["on_scene_min"])
        if "on_scene_min" in fields
        else np.full(n, np.nan)
    )
    reported = (
        _words(fields["reported"]).isin(_YES).to_numpy()
        if "reported" in fields
        else np.ones(n, dtype=bool)
    )
    frame = pd.DataFrame(
        {
            "incident_id": text("id").fillna(_names(table, rows, fields.index)).array,
            "reported_at": times.reported_at.array[rows],
            "started_at": times.started_at.array[rows],
            "ended_at": times.ended_at.array[rows],
            "category": category.array[rows],
            "grade": _grades(fields, options.grade_names).array,
            "on_scene_min": on_scene,
            "reported": reported,
            "place": text("place").array,
        }
    )
    geometry = gpd.array.from_shapely(places.points(rows), crs="EPSG:4326")
    return schemas.check(
        gpd.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326"), schemas.INCIDENTS
    )


def _names(table: RawTable, rows: IndexArray, index: pd.Index) -> pd.Series:
    """``file.csv:17`` for rows without an id."""
    sources = pd.Series([source.name for source in table.sources], dtype="str")
    lines = pd.Series(table.line[rows]).astype("str")
    files = sources.iloc[table.source[rows]].reset_index(drop=True)
    return (files + ":" + lines).set_axis(index)


def _rejects(
    table: RawTable,
    verdicts: Verdicts,
    category: pd.Series,
    column_of: Mapping[str, str],
) -> pd.DataFrame:
    bad = np.flatnonzero(~verdicts.good)
    sources = pd.Series([source.name for source in table.sources], dtype="str")
    refused = pd.DataFrame(
        {
            "source": sources.iloc[table.source[bad]].array,
            "line": table.line[bad],
            "reason": verdicts.reasons(bad).array,
            "category": category.array[bad],
            "row": _as_read(table.fields.iloc[bad], column_of).array,
        }
    )
    malformed = table.malformed.assign(
        reason=pd.Series(Reason.FIELDS.value, index=table.malformed.index, dtype="str"),
        category=pd.Series(None, index=table.malformed.index, dtype="str"),
    )
    if len(malformed):
        order = {source.name: i for i, source in enumerate(table.sources)}
        refused = pd.concat([refused, malformed[refused.columns]])
        refused = refused.sort_values(
            ["source", "line"],
            key=lambda c: c.map(order) if c.name == "source" else c,
            kind="stable",
            ignore_index=True,
        )
    return schemas.check(refused, schemas.REJECTS)


def _as_read(fields: pd.DataFrame, column_of: Mapping[str, str]) -> pd.Series:
    """``Month=2018-01; Crime type=Burglary``: the mapped columns, as text."""
    parts: list[pa.Array | str] = []
    for name in fields.columns:
        parts.append(f"{'; ' if parts else ''}{column_of.get(name, name)}=")
        text = fields[name].astype("str").fillna("")
        parts.append(pa.array(text, type=pa.large_string()))
    row = pc.binary_join_element_wise(*map(_large, parts), _large(""))
    return pd.Series(row.to_pylist(), index=fields.index, dtype="str")


def _large(part: pa.Array | str) -> pa.Array | pa.Scalar:
    return pa.scalar(part, pa.large_string()) if isinstance(part, str) else part


def _counts(used: pd.Series, rejects: pd.DataFrame) -> pd.DataFrame:
    kind = rejects["reason"].map(_COUNTED).fillna("other")
    refused = pd.crosstab(rejects["category"].fillna("unknown"), kind)
    counts = refused.reindex(columns=_KINDS, fill_value=0).join(
        used.value_counts().rename("used"), how="outer"
    )
    counts = counts.fillna(0).astype(np.int64).sort_index()
    counts.insert(0, "read", counts.sum(axis=1))
    counts = counts.rename_axis("category").reset_index()
    return counts[["category", "read", "used", *_KINDS]]


_KINDS = ["no_coordinates", "outside_area", "duplicate", "other"]
_COUNTED = {
    Reason.UNLOCATED.value: "no_coordinates",
    Reason.OUTSIDE.value: "outside_area",
    **{r.value: "duplicate" for r in Reason if r.is_duplicate},
}
