"""Lines that several summaries share."""

import datetime as dt
import textwrap
from typing import Any

from geoalloc.incidents.integrity_rows import spans


def incidents(data: dict[str, Any]) -> list[str]:
    days = period(data["period_start"], data["period_end"])
    lines = [
        f"Incidents    {data['rows_read']:,} read, {data['rows_used']:,} used, {days}"
    ]
    if data["missing_months"]:
        lines.append(f"Missing      {spans(data['missing_months'])}")
    return [*lines, *refused(data["rejected"]), *categories(data["categories"])]


def period(start: str, end: str) -> str:
    """Write a half-open period as its first and last local day."""
    last = dt.datetime.fromisoformat(end) - dt.timedelta(microseconds=1)
    return f"{start[:10]} to {last.date()}"


def refused(rejected: dict[str, int]) -> list[str]:
    return [f"  refused  {n:>9,}  {reason}" for reason, n in rejected.items()]


def categories(rows: list[dict[str, Any]]) -> list[str]:
    titles = ("read", "used", "no place", "outside", "repeat", "other")
    keys = ("read", "used", "no_coordinates", "outside_area", "duplicate", "other")
    lines = [f"  {'category':<24}" + "".join(f"{title:>10}" for title in titles)]
    for row in rows:
        counts = "".join(f"{row[key]:>10,}" for key in keys)
        lines.append(f"  {row['category']:<24}{counts}")
    return lines


def hanging(title: str, text: str) -> str:
    return textwrap.fill(
        text,
        88,
        initial_indent=f"{title:<13}",
        subsequent_indent=" " * 13,
        break_on_hyphens=False,
    )


def cut(text: str, width: int) -> list[str]:
    """Cut a text into lines; of nothing, one empty line."""
    return textwrap.wrap(text, width) or [""]


def folded(text: str, indent: str) -> str:
    """Fold a text, with what follows its first line indented."""
    return textwrap.fill(text, 88, subsequent_indent=indent, break_on_hyphens=False)
