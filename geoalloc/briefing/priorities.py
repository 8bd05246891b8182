"""The places that a briefing asks officers to be at, from a run's hotspots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import pyproj

from geoalloc import hexes
from geoalloc.briefing import trend, wording
from geoalloc.runs import Run

__all__ = ["LeftOut", "Priority", "Task", "left_out", "priorities"]

_Basis: TypeAlias = Literal["recorded", "assumed", "none"]

# The source does not part violence in public from violence at home.
_VIOLENCE = ("violent-crime", "violence-and-sexual-offences")
_NO_PUBLIC_VIOLENCE = ("data.police.uk", "sample")
_LARGE_KM2 = 3.0  # more than a visit of a quarter of an hour takes in
_PEAK_H = 4  # of a peak that is read off shares of hours
_FRACTIONS = {1 / 4: "a quarter", 1 / 3: "a third", 1 / 2: "half", 2 / 3: "two thirds"}


@dataclass(frozen=True, kw_only=True)
class Task:
    """A visit of a unit; times are local."""

    unit_id: str
    starts: pd.Timestamp
    ends: pd.Timestamp

    @property
    def times(self) -> str:
        """From when to when, on the clock."""
        return f"{self.starts:%H:%M}-{self.ends:%H:%M}"


@dataclass(frozen=True, kw_only=True)
class Priority:
    """A place to be at, and why.

    Attributes
    ----------
    rank
        Of the hotspot, as in ``Run.hotspots`` and on the map.
    number
        As printed: as the rank until sheets number it in reading order.
    place, grid_ref
        Its name and grid reference.
    point
        Its middle in metres of the metric CRS.
    hexes
        Of which it is made.
    category
        The commonest in it.
    hour_shares, day_shares
        Shares of the incidents by hour from 00:00 (24) and by day from Monday (7);
        None if not known.
    peak_text, peak_basis
        When most is recorded, and whether that is ``recorded``, ``assumed`` or
        known from nothing (``none``).
    trend, trend_text
        Up or down only where the change can be told from chance; and in words.
    why
        From measured facts only.
    actions
        What to do: from the force's own table, for its category and place.
    tasks
        Visits planned, in order of time.
    flag
        What a reader must be warned of; often nothing.
    district
        That holds the most of it.
    """

    rank: int
    number: int
    place: str
    grid_ref: str
    point: tuple[float, float]
    hexes: tuple[int, ...]
    category: str
    hour_shares: tuple[float, ...] | None
    day_shares: tuple[float, ...] | None
    peak_text: str
    peak_basis: _Basis
    trend: Literal["up", "down"] | None
    trend_text: str
    why: str
    actions: tuple[str, ...]
    tasks: tuple[Task, ...]
    flag: str
    district: str


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A hotspot that is no priority, and why."""

    rank: int
    place: str
    grid_ref: str
    why: str


def priorities(run: Run) -> list[Priority]:
    """List the priorities of a run by rank.

    A hotspot at a police station, hospital or prison is none, nor one of violence
    where the source does not part violence in public from violence at home: see
    `left_out`.
    """
    changes = trend.trends(run)
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", _crs(run), always_xy=True)
    return [
        _priority(run, row, changes[int(row.rank)], to_metres)
        for row in run.hotspots.sort_values("rank").itertuples()
        if not _barred(run.record, row)
    ]


def left_out(run: Run) -> list[LeftOut]:
    """List the hotspots that are no priority, by rank."""
    return [
        LeftOut(rank=int(row.rank), place=row.place, grid_ref=row.grid_ref, why=why)
        for row in run.hotspots.sort_values("rank").itertuples()
        if (why := _barred(run.record, row))
    ]


def _crs(run: Run) -> str:
    outline = run.areas.loc[run.areas["kind"] == "force"].geometry.union_all()
    return hexes.metric_crs(outline)


def _barred(record: Mapping[str, Any], row: Any) -> str:  # noqa: ANN401 - a row
    """Say why a hotspot is no priority; nothing if it is one."""
    if row.institution:
        return f"recorded at a {row.institution}, which says where, not what happened"
    patrol = record.get("scenario", {}).get("patrol") or {}
    barred = set(patrol.get("barred_categories", _VIOLENCE))
    if record["data"]["source"] in _NO_PUBLIC_VIOLENCE:
        barred |= set(_VIOLENCE)
    if row.category not in barred:
        return ""
    kind = wording.category(row.category)
    return f"mostly {wording.inner(kind)}, which is not for directed patrol"


def _priority(
    run: Run,
    row: Any,  # noqa: ANN401 - a row of hotspots
    change: trend.Trend,
    to_metres: pyproj.Transformer,
) -> Priority:
    east, north = to_metres.transform(row.longitude, row.latitude)
    hours, days = (_shares(row, name) for name in ("hour_shares", "day_shares"))
    text, basis = _peak(row, hours)
    members = run.hexes["hex_id"].isin(np.asarray(row.hex_ids, dtype=np.uint64))
    return Priority(
        rank=int(row.rank),
        number=int(row.rank),
        place=row.place,
        grid_ref=row.grid_ref,
        point=(float(east), float(north)),
        hexes=tuple(int(one) for one in row.hex_ids),
        category=row.category,
        hour_shares=hours,
        day_shares=days,
        peak_text=text,
        peak_basis=basis,
        trend=change.direction,
        trend_text=change.sentence,
        why=_why(run.record, row),
        actions=_actions(run.record, row),
        tasks=_tasks(run, int(row.rank)),
        flag=_flag(row),
        district=_most(run.hexes.loc[members, "district"]),
    )


def _most(names: pd.Series) -> str:
    """Take the commonest name; of those that tie, the first by the alphabet."""
    counts = names.value_counts().sort_index()
    return "" if counts.empty else str(counts.idxmax())


def _shares(row: Any, name: str) -> tuple[float, ...] | None:  # noqa: ANN401
    values = getattr(row, name, None)
    if values is None or len(values) == 0 or not np.isfinite(values).all():
        return None
    return tuple(float(value) for value in values)


def _peak(
    row: Any,  # noqa: ANN401 - a row of hotspots
    hours: tuple[float, ...] | None,
) -> tuple[str, _Basis]:
    """Say when most is recorded, and on what that rests."""
    basis: _Basis = getattr(row, "peak_basis", "recorded" if row.peak_hours else "none")
    if row.peak_hours:
        return str(row.peak_hours), basis
    if hours is None or basis == "none" or len(set(hours)) == 1:
        return "not known", "none"
    share = np.asarray(hours)
    window = sum(np.roll(share, -k) for k in range(_PEAK_H))
    start = int(np.argmax(np.round(window, 9)))
    return f"{start:02d}:00-{(start + _PEAK_H) % 24:02d}:00", basis


def _why(record: Mapping[str, Any], row: Any) -> str:  # noqa: ANN401
    """State what is measured of a hotspot: how much, on how little, how steadily."""
    months = len(trend.whole_months(record))
    over = f" in {months} months" if months > 1 else ""
    said = [
        f"{row.incidents:,.0f} recorded incidents{over}, "
        f"{wording.percent(row.share)} of those mapped on "
        f"{wording.percent(row.area_share)} of the land"
    ]
    if row.windows:
        said.append(f"hot in {row.windows} parts of the period")
    if row.category_share == row.category_share:
        kind = wording.inner(wording.category(row.category))
        said.append(f"{_fraction(row.category_share)} are {kind}")
    return "; ".join(said) + "."


def _fraction(share: float) -> str:
    for value, name in _FRACTIONS.items():
        if abs(share - value) <= 0.015:
            return f"about {name}"
    return wording.percent(share)


def _flag(row: Any) -> str:  # noqa: ANN401 - a row of hotspots
    if row.area_km2 > _LARGE_KM2:
        return f"{row.area_km2:.1f} km² in all: more than one visit takes in."
    return ""


def _actions(record: Mapping[str, Any], row: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Take what the force's table says for the category, and the place if it does."""
    table: Sequence[Mapping[str, Any]] = (record.get("briefing") or {}).get(
        "actions", ()
    )
    return tuple(
        line["action"]
        for line in table
        if line["category"] == row.category
        and (not line.get("place") or line["place"] == row.place)
    )


def _tasks(run: Run, rank: int) -> tuple[Task, ...]:
    zone = run.record["shift"]["time_zone"]
    rows = run.visits[run.visits["rank"] == rank]
    return tuple(
        Task(
            unit_id=row.unit_id,
            starts=row.starts_at.tz_convert(zone),
            ends=row.ends_at.tz_convert(zone),
        )
        for row in rows.sort_values(["starts_at", "unit_id"]).itertuples()
    )
