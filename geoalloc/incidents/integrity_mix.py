"""Rows that repeat others, and months in which the mix of categories shifts."""

import itertools
from typing import Any

import numpy as np

from geoalloc._types import IndexArray
from geoalloc.incidents.integrity_rows import (
    Grade,
    Item,
    Rows,
    graded,
    listed,
    percent,
    worst,
)
from geoalloc.incidents.reading import Reason

_DUPLICATE = (0.01, 0.05)
_ELSEWHERE = (0.005, 0.02)
_SMALL = 100  # rows of a month
_CHANCE = 0.001  # over all months
_EFFECT_WATCH, _EFFECT_POOR = 0.1, 0.3  # Cohen's small and medium w
_SHOWN = 4  # shifts told in words


def duplicates(rows: Rows) -> Item:
    """Count rows that repeat an id, by kind, and equal rows without one."""
    kinds = {
        reason.removeprefix("duplicate: "): rows.tally(reason)
        for reason in Reason
        if reason.is_duplicate
    }
    total = max(len(rows), 1)
    n, elsewhere = sum(kinds.values()), rows.tally(Reason.COPY_ELSEWHERE)
    fields = rows.judged.table.fields
    if "count" in fields:
        return _withdrawn(rows)
    has_id = "id" in fields
    nameless = _equal_rows(rows) if has_id else None
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count)
    finding = (
        f"{n:,} rows ({percent(n / total)}) repeat the id of another: {told}."
        if n
        else "No row repeats the id of another."
    )
    if nameless:
        finding += (
            f" {nameless:,} rows without an id equal another row in every column "
            "read; they are kept, since many incidents of a month share a point."
        )
    grade = worst(
        graded(n / total, *_DUPLICATE), graded(elsewhere / total, *_ELSEWHERE)
    )
    return Item(
        key="duplicates",
        title="Duplicates",
        grade=grade if has_id else Grade.UNKNOWN,
        finding=finding if has_id else "The rows have no id to know a repeat by.",
        rule="Good if under 1 % of rows repeat an id, and under 0.5 % do so at "
        "another place; poor from 5 % and 2 %: which of two places is right is not "
        "known.",
        action=(
            "One row of each id is kept: inside the area before located before first. "
            "Ask the source what a repeated id means."
            if n
            else "Nothing."
            if has_id
            else "Name the column of the id with --id-column, if there is one."
        ),
        figures={**kinds, "share": n / total, "equal_rows_without_id": nameless},
    )


def _withdrawn(rows: Rows) -> Item:
    n = rows.tally(Reason.WITHDRAWN)
    share = n / max(len(rows), 1)
    return Item(
        key="duplicates",
        title="Duplicates",
        grade=graded(share, *_DUPLICATE),
        finding=f"Rows count incidents, and {n:,} ({percent(share)}) count 0 or less "
        "or were taken back by such a row; an id may stand for several incidents, so "
        "that none is a duplicate.",
        rule="Good if under 1 % of rows are withdrawn, poor from 5 %.",
        action="Counts are summed by id and category: nothing is left to do.",
        figures={"withdrawn": n, "share": share},
    )


def _equal_rows(rows: Rows) -> int:
    fields = rows.judged.table.fields
    nameless = fields[fields["id"].isna()]
    return int(nameless.duplicated().sum()) if len(nameless) else 0


def shifts(rows: Rows) -> Item:
    """Find months whose mix of categories differs from that of the month before.

    Pearson's chi-square of the two months, and Cohen's w (1988, Statistical Power
    Analysis) as the size of the difference: with thousands of rows chance alone is
    soon ruled out, and a difference may still be too small to matter.
    """
    table = rows.table(rows.distinct)
    present = np.flatnonzero(table.sum(axis=1) >= _SMALL)
    pairs = list(itertools.pairwise(present.tolist()))
    known = rows.has_category and len(rows.categories) > 1 and bool(pairs)
    found = [_compared(rows, table, a, b) for a, b in pairs] if known else []
    p_least = _CHANCE / max(len(pairs), 1)
    shifted = [
        each
        for each in found
        if each["effect"] >= _EFFECT_WATCH and each["p"] < p_least
    ]
    shifted.sort(key=lambda each: (-each["effect"], each["month"]))
    largest = shifted[0]["effect"] if shifted else 0.0
    return Item(
        key="shifts",
        title="Shifts of category",
        grade=graded(largest, _EFFECT_WATCH, _EFFECT_POOR) if known else Grade.UNKNOWN,
        finding=_shifts_found(shifted, len(pairs)) if known else _one_category(rows),
        rule="Watch if the mix of a month differs from the month before beyond chance "
        "(chi-square, 1 in 1,000 over all months) by an effect of w = 0.1 or more, "
        "poor from 0.3: small and medium after Cohen (1988).",
        action=(
            "Ask what changed then: a rule of counting or classing, a system, or life "
            "(a lockdown, an event). A forecast that learns across the month learns "
            "the change with it."
            if shifted
            else "Nothing."
        ),
        figures={
            "shifts": shifted,
            "effects": {e["month"]: e["effect"] for e in found},
        },
    )


def _compared(rows: Rows, table: IndexArray, a: int, b: int) -> dict[str, Any]:
    from scipy.stats import chi2_contingency  # slow to import, and seldom needed

    both = table[[a, b]]
    there = both.sum(axis=0) > 0
    share = both / both.sum(axis=1, keepdims=True)
    change = share[1] - share[0]
    most = int(np.abs(change).argmax())
    if there.sum() < 2:
        chi2, p = 0.0, 1.0
    else:
        chi2, p = chi2_contingency(both[:, there], correction=False)[:2]
    return {
        "month": rows.months[b],
        "before": rows.months[a],
        "effect": float(np.sqrt(chi2 / both.sum())),
        "p": float(p),
        "category": rows.categories[most],
        "from": float(share[0, most]),
        "to": float(share[1, most]),
    }


def _shifts_found(shifted: list[dict[str, Any]], n_pairs: int) -> str:
    if not shifted:
        return f"None of {n_pairs} months differs markedly from the one before."
    told = [
        f"{each['month']} ({each['category']} {percent(each['from'])} to "
        f"{percent(each['to'])}, w {each['effect']:.2f}"
        + ("" if _next(each) else f", against {each['before']}")
        + ")"
        for each in shifted
    ]
    return (
        f"{len(shifted)} of {n_pairs} months differ from the one before: "
        f"{listed(told, _SHOWN)}."
    )


def _next(each: dict[str, Any]) -> bool:
    (y0, m0), (y1, m1) = (map(int, each[k].split("-")) for k in ("before", "month"))
    return 12 * (y1 - y0) + m1 - m0 == 1


def _one_category(rows: Rows) -> str:
    if not rows.has_category or len(rows.categories) < 2:
        return "The files tell no categories apart."
    return f"There are no two months of {_SMALL} rows to compare."
