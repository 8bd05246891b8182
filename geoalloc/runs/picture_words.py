"""What a public picture says in words, and how it groups categories."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from geoalloc.incidents.integrity_rows import spans

_OTHER = "Other"
_MOST = 8  # groups
_SMALL = ("and", "of", "the", "on", "upon", "in")
_GROUPS = {
    "anti-social-behaviour": "Anti-social behaviour",
    "bicycle-theft": "Vehicle and bicycle crime",
    "burglary": "Burglary",
    "criminal-damage-arson": "Damage and public order",
    "drugs": "Drugs and weapons",
    "other-crime": _OTHER,
    "other-theft": "Theft",
    "possession-of-weapons": "Drugs and weapons",
    "public-order": "Damage and public order",
    "robbery": "Violence and robbery",
    "shoplifting": "Theft",
    "theft-from-the-person": "Theft",
    "vehicle-crime": "Vehicle and bicycle crime",
    "violence-and-sexual-offences": "Violence and robbery",
    "violent-crime": "Violence and robbery",
}


def groups(summary: pd.DataFrame, least: int) -> pd.Series:
    """Put categories into groups of at least so many incidents, row by row.

    Those of data.police.uk are put together by kind; any other is a group of its
    own. Of more than eight groups the smallest, and each that is too small to be
    told, become "Other"; if that is still too small, the smallest of the rest joins.
    """
    named = summary["category"].map(lambda slug: _GROUPS.get(slug) or _title(slug))
    sizes = summary["incidents"].groupby(named).sum()
    order = sorted(sizes.index, key=lambda name: (-int(sizes[name]), name))
    kept = [name for name in order if name != _OTHER and sizes[name] >= least]
    kept = kept[: _MOST - 1]
    rest = int(sizes.sum()) - sum(int(sizes[name]) for name in kept)
    if 0 < rest < least and kept:
        kept.pop()
    return named.where(named.isin(kept), _OTHER)


def _title(slug: str) -> str:
    words = slug.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:] or _OTHER


def facts(
    record: dict[str, Any], resolution: int, names: list[str], total: int
) -> dict[str, Any]:
    """Gather what is told of the whole: nothing of it is about the plan."""
    zone = ZoneInfo(record["shift"]["time_zone"])
    data = record["data"]
    start, end = (_local(data[key], zone) for key in ("period_start", "period_end"))
    last = end - timedelta(seconds=1)
    return {
        "name": _area(record),
        "marking": "OFFICIAL",
        "synthetic": bool(record["synthetic"]),
        "version": record["version"],
        "resolution": resolution,
        "time_zone": record["shift"]["time_zone"],
        "attribution": record["attribution"],
        "period": {
            "from": data["period_start"],
            "to": data["period_end"],
            "text": f"{_day(start)} to {_day(last)}",
        },
        "as_of": record["as_of"],
        "shift": _shift(record, zone),
        "groups": names,
        "total": total,
        "notes": _notes(record),
    }


def _area(record: dict[str, Any]) -> str:
    """Name the area after its boundary file."""
    words = Path(record["boundary"]["source"]).stem.replace("-", " ").replace("_", " ")
    return " ".join(w if w in _SMALL else w[:1].upper() + w[1:] for w in words.split())


def _local(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(zone) if moment.tzinfo else moment


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _shift(record: dict[str, Any], zone: ZoneInfo) -> str:
    start, end = (_local(record["shift"][k], zone) for k in ("starts_at", "ends_at"))
    return f"{start:%A} {_day(start)}, {start:%H:%M} to {end:%H:%M}"


def _notes(record: dict[str, Any]) -> list[str]:
    """Say how to read the figures, and how not to."""
    said = [
        "Counts are retrospective: incidents recorded in the period, not a forecast.",
        "Expected calls are a forecast, for one span of hours, from the past and from "
        "assumptions; their interval is that of the mean, summed as if all places "
        "erred together.",
        "Counts under 5 are not shown, nor those that would give one away; but the "
        "difference of two releases whose periods overlap may give one away.",
        "Hexes are whole, so that those on a border count to the district of most of "
        "their land, and district totals are of whole hexes.",
        "More incidents are recorded where more people are and where more is looked "
        "for; a count says nothing of anybody who lives there.",
    ]
    if record["synthetic"]:
        said.insert(0, "Synthetic: the incidents are made up, and happened nowhere.")
    missing = record["data"].get("missing_months") or []
    if missing:
        said.append(f"Months without data: {spans(missing)}.")
    said += [record["snap_point_note"]] if record["snap_point_note"] else []
    return said
