"""The timeline of a unit: briefing, drives, posts, break, visits, close-down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import pandas as pd

__all__ = ["Entry", "timeline"]

_BREAK_MIN = 45.0
_WORDS = {
    "post": "At post",
    "break": "Break",
    "travel": "On the way",
    "committed": "At the call it is on",
    "briefing": "Briefing",
    "close-down": "Close-down",
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of a unit's night; times are local.

    Attributes
    ----------
    number
        Of the priority, if it is a visit; else None.
    note
        What the unit should know of it, such as the drive; often nothing.
    point
        Longitude and latitude; None of a drive, a briefing and the close-down.
    """

    starts: pd.Timestamp
    ends: pd.Timestamp
    what: str
    where: str
    grid_ref: str = ""
    number: int | None = None
    note: str = ""
    point: tuple[float, float] | None = None

    @property
    def times(self) -> str:
        """From when to when, on the clock."""
        return f"{self.starts:%H:%M}-{self.ends:%H:%M}"


def timeline(
    record: Mapping[str, Any],
    unit: Any,  # noqa: ANN401 - a row of units
    rows: Sequence[Any],
    visits: Sequence[Any],
) -> tuple[Entry, ...]:
    """Lay out a night: briefing, drives, posts, breaks, visits, close-down.

    Parameters
    ----------
    record
        Of the run: its time zone, and the rules of a duty.
    unit
        Its row of ``Run.units``.
    rows
        Its rows of ``Run.plan`` in order of time, each with the ``point`` of its post.
    visits
        Its rows of ``Run.visits``, each with ``number`` and ``point``.
    """
    zone = record["shift"]["time_zone"]
    rules = (record.get("scenario") or {}).get("duty") or {}
    starts, ends = unit.starts_at.tz_convert(zone), unit.ends_at.tz_convert(zone)
    briefed = starts + _minutes(rules.get("briefing_min", 0))
    closing = ends - _minutes(rules.get("close_down_min", 0))
    entries = []
    if briefed > starts:
        entries.append(_entry(starts, briefed, "Briefing", unit.home_station))
    for spell in _spells(rows, zone, (briefed, closing)):
        entries += _on_post(spell, rules)
    entries = _joined(entries)
    if ends > closing:
        entries.append(_entry(closing, ends, "Close-down", unit.home_station))
    seen = [*entries, *_visits(visits, zone, entries)]
    return tuple(sorted(seen, key=lambda entry: (entry.starts, entry.number or 0)))


def _entry(starts: pd.Timestamp, ends: pd.Timestamp, what: str, where: str) -> Entry:
    return Entry(starts=starts, ends=ends, what=what, where=where)


@dataclass(frozen=True, kw_only=True)
class _Spell:
    """Hours in a row of one activity at one post."""

    starts: pd.Timestamp
    ends: pd.Timestamp
    activity: str
    post: str
    grid_ref: str
    point: tuple[float, float]
    drive_min: float


def _spells(
    rows: Sequence[Any], zone: str, within: tuple[pd.Timestamp, pd.Timestamp]
) -> list[_Spell]:
    hour = pd.Timedelta(1, "h")
    spells = []
    for (activity, post), members in groupby(
        rows, key=lambda row: (row.activity, row.post)
    ):
        hours = list(members)
        starts = max(hours[0].period.tz_convert(zone), within[0])
        ends = min(hours[-1].period.tz_convert(zone) + hour, within[1])
        if activity != "off" and starts < ends:
            spells.append(
                _Spell(
                    starts=starts,
                    ends=ends,
                    activity=activity,
                    post=post,
                    grid_ref=hours[0].grid_ref,
                    point=hours[0].point,
                    drive_min=float(hours[0].travel_min),
                )
            )
    return spells


def _on_post(spell: _Spell, rules: Mapping[str, Any]) -> list[Entry]:
    """Part a spell into the drive to its post, the break, and standing by."""
    made, at = [], spell.starts
    if spell.drive_min >= 1.0 and spell.activity == "post":
        there = min(at + _minutes(round(spell.drive_min)), spell.ends)
        made.append(
            Entry(
                starts=at,
                ends=there,
                what=f"Drive, {spell.drive_min:.0f} min",
                where=f"to {spell.post}",
            )
        )
        at = there
    activity, until = spell.activity, spell.ends
    if activity == "break":
        until = min(at + _minutes(rules.get("break_min") or _BREAK_MIN), until)
        made.append(
            Entry(
                starts=at,
                ends=until,
                what="Break",
                where=spell.post,
                grid_ref=spell.grid_ref,
                point=spell.point,
            )
        )
        activity, at, until = "post", until, spell.ends
    if at < until:
        made.append(
            Entry(
                starts=at,
                ends=until,
                what=_WORDS.get(activity, activity),
                where=spell.post,
                grid_ref=spell.grid_ref,
                point=spell.point,
            )
        )
    return made


def _joined(entries: list[Entry]) -> list[Entry]:
    """Join what goes on at the same place, such as a post after a break."""
    joined: list[Entry] = []
    for entry in entries:
        last = joined[-1] if joined else None
        if last and (last.what, last.where) == (entry.what, entry.where):
            joined[-1] = replace(last, ends=entry.ends)
        else:
            joined.append(entry)
    return joined


def _visits(visits: Sequence[Any], zone: str, entries: Sequence[Entry]) -> list[Entry]:
    made = []
    for row in visits:
        starts, ends = (at.tz_convert(zone) for at in (row.starts_at, row.ends_at))
        clash = [
            entry.what.lower()
            for entry in entries
            if entry.what in ("Briefing", "Break", "Close-down")
            and entry.starts < ends
            and starts < entry.ends
        ]
        drive = f"{row.drive_min:.0f} min drive before" if row.drive_min >= 1 else ""
        # A plan may be at odds with itself; the crew is told, not left to find out.
        told = [drive, f"overlaps the {clash[0]}" if clash else ""]
        made.append(
            Entry(
                starts=starts,
                ends=ends,
                what=f"Visit priority {row.number}",
                where=row.place,
                grid_ref=row.grid_ref,
                number=int(row.number),
                point=row.point,
                note="; ".join(text for text in told if text),
            )
        )
    return made


def _minutes(number: float) -> pd.Timedelta:
    return pd.Timedelta(float(number), "min")
