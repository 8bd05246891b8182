"""Words and figures as they stand on paper."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

__all__ = [
    "MARKERS",
    "STOP_AND_SEARCH",
    "category",
    "clock",
    "count",
    "inner",
    "interval",
    "percent",
    "shift",
    "unit_kind",
]

STOP_AND_SEARCH = (
    "Being in an area shown here is not, by itself, grounds for stop and search "
    "(PACE Code A)."
)
MARKERS = "Check address markers before attending."

_CATEGORIES = {
    "anti-social-behaviour": "Anti-social behaviour",
    "criminal-damage-arson": "Criminal damage and arson",
    "violent-crime": "Violence and sexual offences",
    "violence-and-sexual-offences": "Violence and sexual offences",
}
_KINDS = {"pcso": "PCSO"}
_WHOLE = 9.95  # from here on counts are whole


def category(slug: str) -> str:
    """Write a category of incidents as words."""
    words = slug.replace("-", " ").replace("_", " ").strip()
    return _CATEGORIES.get(slug, words[:1].upper() + words[1:])


def unit_kind(slug: str) -> str:
    """Write a kind of unit as words."""
    words = slug.replace("-", " ").replace("_", " ").strip()
    return _KINDS.get(slug, words[:1].upper() + words[1:])


def inner(words: str) -> str:
    """Write words as they stand inside a sentence; abbreviations stay as they are."""
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def percent(share: float) -> str:
    """Write a share in percent, to two digits below ten percent."""
    value = 100.0 * share
    if value >= 9.5 or value == 0:
        return f"{value:.0f}%"
    if value < 0.01:
        return "under 0.01%"
    return f"{float(f'{value:.2g}'):g}%"


def count(value: float) -> str:
    """Write an expected count: whole from ten, else to one decimal."""
    return f"{value:,.{0 if value >= _WHOLE else 1}f}"


def interval(value: float, low: float, high: float) -> str:
    """Write a figure with its interval, all to the same digits."""
    digits = 0 if value >= _WHOLE else 1
    if low != low or high != high:
        return f"{value:,.{digits}f}"
    return f"{value:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def instant(text: str) -> datetime:
    """Read an ISO instant; one without an offset is UTC."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def clock(moment: datetime) -> str:
    """Write a local instant: Fri 15 Nov 2024, 21:00."""
    return f"{moment:%a} {moment.day} {moment:%b %Y}, {moment:%H:%M}"


def shift(record: Mapping[str, Any]) -> str:
    """Write when the shift is, in local time: Friday 15 November 2024, 20:00-04:00."""
    zone = ZoneInfo(record["shift"]["time_zone"])
    start, end = (
        instant(record["shift"][key]).astimezone(zone)
        for key in ("starts_at", "ends_at")
    )
    return f"{start:%A} {start.day} {start:%B %Y}, {start:%H:%M}-{end:%H:%M}"
