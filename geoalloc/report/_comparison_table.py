"""The table of scenarios against their base, which can be sorted where scripts run."""

import math
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from geoalloc.report import _comparison_words as told
from geoalloc.report._page import Live
from geoalloc.runs import comparison_gist as gist
from geoalloc.runs import comparison_words as words
from geoalloc.runs.comparison import Comparison

__all__ = ["MARKS", "scenario_table"]

MARKS: Mapping[str, str] = {
    "better": "\N{BLACK CIRCLE}",
    "worse": "\N{BLACK SQUARE}",
    "not distinguishable": "\N{WHITE DIAMOND}",
}
_CLASSES = {"better": "good", "worse": "bad", words.NOT_DISTINGUISHABLE: "same"}
_WIDE, _HIGH, _MID = 120, 16, 60  # of a bar, in its own units
_CAPTION = (
    "Scenarios and what sets them apart from the base. Bars: the difference, whiskers "
    "its interval, the line 0; bars of one column are on one scale, and one that "
    "reaches the edge goes further."
)
_Cell = Markup


def scenario_table(comparison: Comparison) -> Live:
    """Lay the scenarios out in a table, each with its sentences and its bars."""
    pairs = gist.headlines(comparison)
    by = {pair: gist.headline_rows(comparison, *pair) for pair in pairs}
    standing = gist.standings(comparison)
    shares = {pair: _limit(rows) for pair, rows in by.items()}
    head = [
        _head("#", number=True),
        _head("Scenario"),
        _head("What came out"),
        *(_head(words.label(*pair), number=True) for pair in pairs),
        _head("Officers", number=True),
        _head("Units moved", number=True),
        _head("Verdict"),
    ]
    known = {pair: rows.set_index("scenario") for pair, rows in by.items()}
    body = Markup("\n").join(
        _row(comparison, row, known, shares, standing[row["scenario"]])
        for row in comparison.scenarios.to_dict("records")
    )
    html = Markup(
        '<div class="scroll bench" tabindex="0" role="region" '
        'aria-label="Table of scenarios">\n'
        '<table role="table" class="sortable"><caption>{}</caption>\n'
        '<thead role="rowgroup"><tr role="row">{}</tr></thead>\n'
        '<tbody role="rowgroup">\n{}\n</tbody></table></div>'
    ).format(_CAPTION, Markup("").join(head), body)
    return Live(html=html, style=_read("comparison.css"), script=_read("comparison.js"))


def _read(name: str) -> str:
    return (files("geoalloc.report") / name).read_text(encoding="utf-8")


def _head(text: str, *, number: bool = False) -> Markup:
    own = Markup(' class="number"') if number else Markup("")
    return Markup('<th scope="col" role="columnheader"{}>{}</th>').format(own, text)


def _row(
    comparison: Comparison,
    row: Mapping[str, Any],
    known: Mapping[tuple[str, str], pd.DataFrame],
    limits: Mapping[tuple[str, str], float],
    standing: str,
) -> Markup:
    name = row["scenario"]
    number = told.numbers(comparison)[name]
    mine = [
        dict(rows.loc[name]) | {"measure": pair[0]} if name in rows.index else None
        for pair, rows in known.items()
    ]
    planned = row["status"] == gist.PLANNED
    cells = [
        _cell("#", Markup("{}").format(number), number),
        _named(row),
        _cell("What came out", _outcome(row, mine, standing)),
        *(
            _figure(comparison, name, pair, one, limits[pair])
            for pair, one in zip(known, mine, strict=True)
        ),
        _count("Officers", row["officers"] if planned else math.nan),
        _count("Units moved", row["moves"]),
        _cell("Verdict", _verdict(known, mine, standing), standing),
    ]
    return Markup('<tr role="row">{}</tr>').format(Markup("").join(cells))


def _cell(title: str, inner: Markup, key: object = None) -> Markup:
    order = Markup("") if key is None else Markup(' data-key="{}"').format(key)
    number = Markup(' class="number"') if isinstance(key, int | float) else Markup("")
    return Markup('<td role="cell" data-title="{}"{}{}>{}</td>').format(
        title, order, number, inner
    )


def _named(row: Mapping[str, Any]) -> Markup:
    asked = Markup("")
    if str(row["question"]).strip():
        asked = Markup(
            "<details><summary>question</summary><p>{}</p></details>"
        ).format(row["question"])
    return Markup(
        '<th scope="row" role="rowheader" data-title="Scenario" data-key="{}">{}{}</th>'
    ).format(row["scenario"], row["scenario"], asked)


def _outcome(
    row: Mapping[str, Any], mine: list[dict[str, Any] | None], standing: str
) -> Markup:
    expected = Markup("")
    if str(row["expected"]).strip():
        expected = Markup('<p class="expected">Expected: {}</p>').format(
            row["expected"]
        )
    if row["status"] != gist.PLANNED:
        said = [f"No plan, {row['status']}: {row['why']}"]
    elif standing == gist.BASE:
        said = ["What the others are held against."]
    else:
        said = [one["sentence"] for one in mine if one is not None]
    sentences = Markup("").join(
        Markup("<p>{}</p>").format(words.tight(text)) for text in said
    )
    return expected + sentences


def _figure(
    comparison: Comparison,
    name: str,
    pair: tuple[str, str],
    one: dict[str, Any] | None,
    most: float,
) -> Markup:
    title = words.label(*pair)
    if one is None:
        figures = comparison.figures
        own = figures[
            (figures["scenario"] == name)
            & (figures["measure"] == pair[0])
            & (figures["group"] == pair[1])
        ]["value"]
        value = float(own.iloc[0]) if len(own) else math.nan
        text = escape(words.figure(pair[0], value))
        return _cell(title, text, value if math.isfinite(value) else 1e300)
    n = words.digits(one)
    said = words.difference(pair[0], one["difference"], n)
    between = words.interval(pair[0], one["low"], one["high"], n)
    of = words.unit(pair[0])
    inner = Markup(
        '{}<br><span class="gap">{}{}</span>{}<span class="range">{}</span>'
    ).format(
        words.figure(pair[0], one["value"], n),
        said,
        f" {of}" if of else "",
        _bar(one, most),
        between,
    )
    known = math.isfinite(one["value"])
    return _cell(title, inner, float(one["value"]) if known else 1e300)


def _bar(one: Mapping[str, Any], most: float) -> Markup:
    """Draw a difference with its whiskers; the words beside it say the same."""
    if not math.isfinite(one["difference"]):
        return Markup("")
    ends = [one[end] for end in ("difference", "low", "high")]
    at = [
        _MID + _MID * min(1.0, max(-1.0, end / most)) if end == end else _MID
        for end in ends
    ]
    left, wide = min(at[0], _MID), abs(at[0] - _MID)
    return Markup(
        '<svg class="bar {}" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">'
        '<rect x="{:.1f}" y="4" width="{:.1f}" height="8"/>'
        '<path class="whisker" d="M{:.1f} 8H{:.1f}M{:.1f} 5V11M{:.1f} 5V11"/>'
        '<path class="zero" d="M{} 0V{}"/></svg>'
    ).format(
        _CLASSES.get(one["verdict"], "same"),
        _WIDE,
        _HIGH,
        left,
        wide,
        at[1],
        at[2],
        at[1],
        at[2],
        _MID,
        _HIGH,
    )


def _limit(rows: pd.DataFrame) -> float:
    from geoalloc.report._comparison_charts import limit

    return limit(rows, ("low", "high", "difference"))


def _count(title: str, value: float) -> Markup:
    if value != value:
        return _cell(title, escape(words.DASH), 1e300)
    return _cell(title, escape(f"{value:,.0f}"), float(value))


def _verdict(
    known: Mapping[tuple[str, str], pd.DataFrame],
    mine: list[dict[str, Any] | None],
    standing: str,
) -> Markup:
    if all(one is None for one in mine):
        return Markup("<b>{}</b>").format(standing)
    each = [
        (pair, one["verdict"]) for pair, one in zip(known, mine, strict=True) if one
    ]
    if len({verdict for _, verdict in each}) == 1:
        return _word(each[0][1])
    return Markup("").join(
        Markup("<p>{} <small>{}</small></p>").format(_word(v), words.phrase(*pair))
        for pair, v in each
    )


def _word(verdict: str) -> Markup:
    return Markup('<b class="verdict {}">{} {}</b>').format(
        _CLASSES.get(verdict, "same"), MARKS.get(verdict, ""), verdict
    )
