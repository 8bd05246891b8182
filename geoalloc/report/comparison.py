"""The page of a comparison: what sets scenarios apart, and what cannot be told."""

import pandas as pd

from geoalloc.report import _chart, _comparison_equity, _comparison_labels
from geoalloc.report import _comparison_charts as draw
from geoalloc.report import _comparison_made as making
from geoalloc.report import _comparison_maps as maps
from geoalloc.report import _comparison_words as told
from geoalloc.report._comparison_table import scenario_table
from geoalloc.report._letters import named
from geoalloc.report._page import (
    Block,
    Chart,
    Flag,
    Fold,
    Points,
    Section,
    Table,
    page,
)
from geoalloc.runs import comparison_gist as gist
from geoalloc.runs import comparison_words as words
from geoalloc.runs.comparison import Comparison

__all__ = ["comparison_page"]

_ROW = 16.0  # points of a scenario in a drawing
_NAMES = 176.0  # points for names at its side
_KEY = (
    "Filled: better (circle) or worse (square). Hollow: not distinguishable. Thick: "
    "the interval of that difference alone; thin: the interval that holds for all at "
    "once. An arrow: beyond the drawing, with its figure."
)


def comparison_page(comparison: Comparison) -> str:
    """Write a comparison as one HTML file, for those who decide and those who check.

    Parameters
    ----------
    comparison
        As ``geoalloc compare`` makes it, or as it is read back.
    """
    record = comparison.record
    sections = [
        Section(title="In short", blocks=_short(comparison)),
        Section(title="Scenarios against the base", blocks=_scenarios(comparison)),
        Section(title="Differences and their intervals", blocks=_forest(comparison)),
        Section(title="What less unmet demand costs", blocks=_pareto(comparison)),
        Section(title="One per cent of each lever", blocks=_tornado(comparison)),
        Section(title="Officers and service", blocks=_curve(comparison)),
        maps.section(comparison),
        Section(
            title="Who is served how", blocks=_comparison_equity.blocks(comparison)
        ),
        Section(title="Does it feed on itself?", blocks=making.feedback(comparison)),
        Section(title="How this was made", blocks=making.made(comparison)),
    ]
    return page(
        f"Scenarios compared: {record['name']}",
        [section for section in sections if section.blocks],
        marking=str(record["marking"]),
        lead=_lead(comparison),
        synthetic=bool(record["synthetic"]),
    )


def _lead(comparison: Comparison) -> str:
    rows = comparison.scenarios
    base = rows[rows["scenario"] == comparison.record["base"]]
    question = str(base["question"].iloc[0]).strip() if len(base) else ""
    return (
        f"{question} {len(rows) - 1} scenarios against {comparison.record['base']}."
    ).strip()


def _short(comparison: Comparison) -> list[Block]:
    record = comparison.record
    blocks: list[Block] = []
    if record["purpose"] == "exercise":
        blocks.append(Flag(sentence="EXERCISE: made to learn from, not for duty."))
    if record.get("stopped"):
        blocks.append(
            Flag(sentence="It was stopped before the end: see what is missing.")
        )
    if str(record["handling"]).strip():
        blocks.append(str(record["handling"]))
    return [
        *blocks,
        Points(sentences=[words.tight(text) for text in gist.in_short(comparison)]),
    ]


def _scenarios(comparison: Comparison) -> list[Block]:
    judged = [words.phrase(*pair) for pair in gist.headlines(comparison)]
    said = (
        f"Better and worse are by {words.joined(judged)}, by intervals that allow for "
        "all these comparisons at once; what is not distinguishable may still differ, "
        "by less than could be seen. Differences of percentages are in points."
    )
    return [
        said if judged else "Nothing could be compared.",
        scenario_table(comparison),
    ]


def _forest(comparison: Comparison) -> list[Block]:
    pairs = [
        pair
        for pair in gist.headlines(comparison)
        if len(gist.headline_rows(comparison, *pair))
    ]
    blocks: list[Block] = []
    if pairs:
        n = max(len(gist.headline_rows(comparison, *pair)) for pair in pairs)
        with _chart.settings():
            columns = min(2, len(pairs))
            figure, axes = draw.panels(
                len(pairs), columns=columns, height=_ROW * (n + 0.2), left=_NAMES
            )
            for k, (one, pair) in enumerate(zip(axes, pairs, strict=True)):
                mine = gist.headline_rows(comparison, *pair)
                draw.forest(one, mine, names=k % columns == 0)
                one.set_title(named(words.label(*pair), 46))
            blocks.append(
                _chart.chart(
                    figure,
                    "forest",
                    alt="Difference of each scenario from the base with its intervals, "
                    "for each headline measure; the figures are in the table.",
                    caption=_KEY,
                )
            )
    if len(comparison.differences):
        blocks.append(Fold(title="Every measure", blocks=_every(comparison)))
    return blocks


def _every(comparison: Comparison) -> list[Block]:
    """Lay out all differences but those by groups of places, a table a measure."""
    rows = comparison.differences
    whole = rows[~rows["group"].str.contains(", ", regex=False)]
    left = len(rows) - len(whole)
    tables: list[Block] = [
        "Each with the interval of that difference alone. p is adjusted for all "
        "headline comparisons, and of other measures for those in that measure.",
        *(
            _measured(comparison, measure, group)
            for measure, group in dict.fromkeys(
                zip(whole["measure"], whole["group"], strict=True)
            )
        ),
    ]
    if left:
        tables.append(
            f"{left:,} more differences, by groups of places, are in the files beside "
            "this page."
        )
    return tables


def _measured(comparison: Comparison, measure: str, group: str) -> Table:
    rows = gist.headline_rows(comparison, measure, group)
    cells = []
    for row in rows.to_dict("records"):
        n = words.digits(row)
        cells.append(
            (
                row["scenario"],
                words.figure(measure, row["base_value"], n),
                words.figure(measure, row["value"], n),
                words.difference(measure, row["difference"], n),
                words.interval(measure, row["low"], row["high"], n),
                words.interval(
                    measure, row["simultaneous_low"], row["simultaneous_high"], n
                ),
                _p(row["p_adjusted"]),
                row["verdict"] or words.DASH,
            )
        )
    of = words.unit(measure)
    return Table(
        caption=words.label(measure, group),
        columns=(
            *("scenario", "base", "value", f"difference{f', {of}' if of else ''}"),
            *("interval", "for all at once", "p adjusted", "verdict"),
        ),
        rows=cells,
    )


def _p(p: float) -> str:
    if p != p:
        return words.DASH
    return "under 0.001" if p < 0.001 else f"{p:.3f}"


def _pareto(comparison: Comparison) -> list[Block]:
    found = told.fronts(comparison)
    if not found:
        return []
    said = [told.front_sentence(price, points) for price, points in found]
    chart, left_out = _pareto_chart(found, comparison)
    blocks: list[Block] = [Points(sentences=said), chart]
    if left_out:
        blocks.append(f"No room for the numbers {words.joined(left_out)}.")
    return blocks


def _pareto_chart(
    found: list[tuple[told.Price, pd.DataFrame]], comparison: Comparison
) -> tuple[Chart, list[str]]:
    base = told.numbers(comparison)[comparison.record["base"]]
    columns = min(2, len(found))
    rows = -(-len(found) // columns)
    with _chart.settings():
        figure, axes = _chart.grid(rows, columns, height=290.0 * rows)
        for one, (price, points) in zip(axes, found, strict=False):
            draw.pareto(one, points, base=base)
            one.set_xlabel(price.title)
            one.set_ylabel("unmet demand a shift")
        for one in axes[len(found) :]:
            one.axis("off")
        _comparison_labels.settle(axes[0])
        left_out = [
            text
            for one, (_, points) in zip(axes, found, strict=False)
            for text in draw.name_points(one, points, base=base)
        ]
        chart = _chart.chart(
            figure,
            "pareto",
            alt="Unmet demand of each scenario against what it costs; who is on the "
            "front is said above.",
            caption="Less of both is better: down and to the left. The line joins the "
            "front, of which nothing has less of both; names are of the front and of "
            "the base (cross), numbers are those of the table. An arrow: beyond the "
            "drawing. Levers are left out. These are estimates: points closer than "
            "their intervals may change places.",
        )
    return chart, left_out


def _tornado(comparison: Comparison) -> list[Block]:
    pairs = list(dict.fromkeys([*gist.headlines(comparison)[:1], told.UNMET]))
    known = [(pair, told.levers(comparison, *pair)) for pair in pairs]
    known = [(pair, rows) for pair, rows in known if len(rows)]
    if not known:
        return []
    said = [line for _, rows in known for line in told.lever_sentences(rows)]
    n = max(len(rows) for _, rows in known)
    with _chart.settings():
        figure, axes = _chart.grid(1, len(known), height=70 + 22.0 * n)
        for k, (one, (pair, rows)) in enumerate(zip(axes, known, strict=True)):
            draw.tornado(one, rows, names=k == 0)
            one.set_title(named(words.label(*pair), 46))
        chart = _chart.chart(
            figure,
            "tornado",
            alt="Bars of the effect of each lever with intervals; the figures are in "
            "the tables.",
            caption="The effect of 1 % of each lever, the largest first, with its "
            "interval. Hatched: not distinguishable from the base.",
        )
    return [Points(sentences=said), chart]


def _curve(comparison: Comparison) -> list[Block]:
    if len(comparison.curve) < 2:
        return []
    with _chart.settings():
        figure, (axes,) = _chart.grid(height=270)
        draw.curve(axes, comparison.curve)
        chart = _chart.chart(
            figure,
            "curve",
            alt="Unmet demand by the number of officers on duty, with intervals; the "
            "figures are in the table.",
            caption="Scenarios that differ from the base in nothing but how many units "
            "there are; shaded: 95 % interval.",
        )
    rows = [
        (
            row["scenario"],
            f"{row['officers']:,.0f}",
            f"{row['unmet']:.2f}",
            f"{row['low']:.2f} to {row['high']:.2f}",
        )
        for row in comparison.curve.to_dict("records")
    ]
    table = Table(
        caption="Unmet demand a shift, by officers on duty.",
        columns=("scenario", "officers", "unmet", "interval"),
        rows=rows,
    )
    sentence = told.curve_sentence(comparison)
    return [sentence, chart, Fold(title="Figures", blocks=[table])]
