"""Snap points: whether the list of places was made anew between months."""

from typing import Any

import numpy as np

from geoalloc.incidents.integrity_rows import Grade, Item, Rows, percent

_MEMORY = 12  # months with rows, in which a place counts as seen
_WARM = 3  # months with rows before the share of places seen says anything
_LEAST = 0.3  # share of places seen in a usual month, below which none could break
_BREAK = 0.5  # of the usual share
_SMALL = 50  # places of a month


def rebuilds(rows: Rows) -> Item:
    """Find the months from which incidents stand on other points than before.

    Of each month's places the share is taken that occurred in the 12 months with
    rows before it. A rebuild is a month where that falls below half of the median
    of the six before; counting begins anew there.
    """
    seen, breaks = _seen(rows)
    usual = float(np.median(list(seen.values()))) if seen else np.nan
    known = usual >= _LEAST
    grade = Grade.UNKNOWN if not known else Grade.POOR if breaks else Grade.GOOD
    return Item(
        key="rebuilds",
        title="Points made anew",
        grade=grade,
        finding=_found(breaks, usual) if known else _not_known(usual),
        rule="Poor if a month shares less than half as many places with the 12 before "
        "it as is usual: the points were then made anew, or the place of recording "
        "changed.",
        action=(
            f"Train and test on one side of {breaks[-1]['month']} only, or at a "
            "resolution much coarser than the distance between points; a hotspot that "
            "moved then need not have moved."
            if breaks and known
            else "Nothing."
        ),
        figures={
            "months": seen,
            "usual_share": usual if seen else None,
            "breaks": breaks if known else [],
        },
    )


def _seen(rows: Rows) -> tuple[dict[str, float], list[dict[str, Any]]]:
    located = rows.distinct & ~rows.unlocated & (rows.month >= 0)
    month, place = rows.month[located], rows.judged.places.place[located]
    order = np.lexsort((place, month))
    month, place = month[order], place[order]
    starts = np.searchsorted(month, np.arange(len(rows.months) + 1))
    last = np.full(rows.judged.places.longitude.size, -_MEMORY - 1)
    seen: dict[str, float] = {}
    breaks: list[dict[str, Any]] = []
    recent: list[float] = []
    age, before = 0, ""
    for i, name in enumerate(rows.months):
        there = np.unique(place[starts[i] : starts[i + 1]])
        if there.size < _SMALL:
            continue
        share = float((last[there] >= age - _MEMORY).mean())
        if age >= _WARM:
            seen[name] = share
            usual = float(np.median(recent[-6:])) if recent else np.nan
            if usual >= _LEAST and share < _BREAK * usual:
                breaks.append(
                    {"month": name, "before": before, "share": share, "usual": usual}
                )
                last[:] = -_MEMORY - 1
                age, recent = 0, []
            else:
                recent.append(share)
        last[there] = age
        age, before = age + 1, name
    return seen, breaks


def _found(breaks: list[dict[str, Any]], usual: float) -> str:
    if not breaks:
        return (
            f"Of a month's places {percent(usual)} occurred in the months before it "
            "at the median, and no month breaks with that."
        )
    told = [
        f"Of the places of {b['month']} only {percent(b['share'])} occurred before "
        f"(the month before it is {b['before']}), where {percent(b['usual'])} is usual."
        for b in breaks
    ]
    return " ".join([*told, "The points were made anew."])


def _not_known(usual: float) -> str:
    if usual != usual:
        return "Too few months, or too few places in them, to tell."
    return (
        f"Only {percent(usual)} of a month's places occurred before it: incidents "
        "stand each on a place of its own, and no rebuild could be seen."
    )
