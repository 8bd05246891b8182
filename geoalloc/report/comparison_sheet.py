"""A comparison on sheets of A4, for a meeting."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from geoalloc.report import _chart, _comparison_equity, _comparison_labels, _letters
from geoalloc.report import _comparison_charts as draw
from geoalloc.report import _comparison_made as making
from geoalloc.report import _comparison_maps as maps
from geoalloc.report import _comparison_words as told
from geoalloc.report._paper import BOTTOM, LEFT, RIGHT, Column, Paper
from geoalloc.runs import comparison_gist as gist
from geoalloc.runs import comparison_words as words
from geoalloc.runs.comparison import Comparison

__all__ = ["comparison_pdf"]

_MOST = 44  # scenarios in a drawing
_NAMES = 132.0  # points for names at the side of a drawing
_TEXT = 455.0  # right end of the text beside a drawing
_GAP = 34.0
_ABREAST = 3  # drawings of ratios on a sheet


def comparison_pdf(comparison: Comparison) -> bytes:
    """Write a comparison as a PDF of A4 sheets on their side.

    The same comparison gives the same bytes.

    Parameters
    ----------
    comparison
        As of `comparison_page`.
    """
    record = comparison.record
    with _chart.settings():
        paper = Paper(
            marking=str(record["marking"]),
            name=f"Scenarios compared: {record['name']}",
        )
        _summary(paper, comparison)
        _table(paper, comparison)
        _forest(paper, comparison)
        _pareto(paper, comparison)
        _levers_and_curve(paper, comparison)
        for sheet in maps.pages(comparison):
            paper.add(sheet)
        _groups(paper, comparison)
        _made(paper, comparison)
        return paper.pdf()


def _summary(paper: Paper, comparison: Comparison) -> None:
    paper.start(paper.name)
    pairs = gist.headlines(comparison)
    rows = gist.headline_rows(comparison, *pairs[0]) if pairs else pd.DataFrame()
    right = _TEXT if len(rows) else RIGHT
    if len(rows):
        x, top = _TEXT + 16 + _NAMES, paper.y - 26
        height = min(top - BOTTOM - 34, 40 + 15.0 * len(rows[:_MOST]))
        axes = paper.axes(x, top - height, RIGHT - x, height)
        draw.forest(axes, rows[:_MOST])
        _titled(axes, words.label(*pairs[0]), RIGHT - x)
    _flags(paper, comparison, right)
    for text in gist.in_short(comparison):
        paper.say(words.tight(text), right=right)
    for text in told.precision(comparison):
        paper.say(words.tight(text), right=right, size=7.2, color=_chart.SOFT)


def _flags(paper: Paper, comparison: Comparison, right: float) -> None:
    record = comparison.record
    if record["synthetic"]:
        said = "SYNTHETIC incidents: a demonstration, not evidence."
        paper.say(said, bold=True, right=right)
    if record["purpose"] == "exercise":
        paper.say("EXERCISE: made to learn from, not for duty.", bold=True, right=right)
    if record.get("stopped"):
        said = "It was stopped before the end: see what is missing."
        paper.say(said, bold=True, right=right)
    base = comparison.scenarios.set_index("scenario")["question"].get(
        record["base"], ""
    )
    for text in (str(record["handling"]), str(base)):
        if text.strip():
            paper.say(text, right=right, color=_chart.SOFT)


def _titled(axes: Any, text: str, most: float) -> None:  # noqa: ANN401
    axes.set_title(_letters.cut(text, 8.5, most, bold=True), fontsize=8.5)


def _table(paper: Paper, comparison: Comparison) -> None:
    pairs = gist.headlines(comparison)[:2]
    standing = gist.standings(comparison)
    known = {
        pair: gist.headline_rows(comparison, *pair).set_index("scenario")
        for pair in gist.headlines(comparison)
    }
    rest = RIGHT - LEFT - 20 - 130 - 88 * len(pairs) - 46 - 42 - 86
    columns = [
        Column(title="#", width=20, right=True),
        Column(title="scenario", width=130),
        Column(title="what came out", width=rest),
        *(Column(title=words.label(*p), width=88, right=True) for p in pairs),
        Column(title="officers", width=46, right=True),
        Column(title="units moved", width=42, right=True),
        Column(title="verdict", width=86),
    ]
    rows = [
        [
            [str(i)],
            [str(row["scenario"])],
            _outcome(row, list(known.values()), standing[row["scenario"]]),
            *(_figures(comparison, row["scenario"], p, known[p]) for p in pairs),
            [_whole(row["officers"]) if row["status"] == gist.PLANNED else words.DASH],
            [_whole(row["moves"])],
            [standing[row["scenario"]]],
        ]
        for i, row in enumerate(comparison.scenarios.to_dict("records"))
    ]
    paper.start("Scenarios against the base")
    paper.table(columns, rows)


def _outcome(
    row: dict[str, Any], known: Sequence[pd.DataFrame], standing: str
) -> list[str]:
    expected = str(row["expected"]).strip()
    said = [f"Expected: {expected}"] if expected else []
    name = row["scenario"]
    if row["status"] != gist.PLANNED:
        return [*said, f"No plan, {row['status']}: {row['why']}"]
    if standing == gist.BASE:
        return [*said, "What the others are held against."]
    mine = [rows.loc[name, "sentence"] for rows in known if name in rows.index]
    return [*said, *(words.tight(str(text)) for text in mine)]


def _figures(
    comparison: Comparison, name: str, pair: tuple[str, str], rows: pd.DataFrame
) -> list[str]:
    measure, group = pair
    if name in rows.index:
        row = dict(rows.loc[name]) | {"measure": measure}
        n = words.digits(row)
        of = words.unit(measure)
        return [
            words.figure(measure, row["value"], n),
            words.difference(measure, row["difference"], n) + (f" {of}" if of else ""),
            words.interval(measure, row["low"], row["high"], n),
        ]
    figures = comparison.figures
    own = figures[(figures["measure"] == measure) & (figures["group"] == group)]
    values = own.loc[own["scenario"] == name, "value"]
    return [
        words.figure(measure, float(values.iloc[0]) if len(values) else float("nan"))
    ]


def _whole(value: float) -> str:
    return words.DASH if value != value else f"{value:,.0f}"


def _forest(paper: Paper, comparison: Comparison) -> None:
    pairs = gist.headlines(comparison)
    for first in range(0, len(pairs), 2):
        two = pairs[first : first + 2]
        every = [gist.headline_rows(comparison, *pair) for pair in two]
        for start in range(0, max(map(len, every)), _MOST):
            paper.start("Differences from the base, with their intervals")
            paper.say(
                "Filled: better (circle) or worse (square); hollow: not "
                "distinguishable. Thick: the interval of that difference alone; thin: "
                "the interval that holds for all at once. An arrow: beyond the drawing."
            )
            shown = [rows.iloc[start : start + _MOST] for rows in every]
            for k, (pair, rows) in enumerate(zip(two, shown, strict=True)):
                _beside(paper, k, len(two), rows, words.label(*pair))


def _beside(paper: Paper, k: int, of: int, rows: pd.DataFrame, title: str) -> None:
    if rows.empty:
        return
    wide = (RIGHT - LEFT - _NAMES - _GAP * (of - 1)) / of
    top = paper.y - 18
    height = min(top - BOTTOM - 34, 30 + 15.0 * len(rows))
    axes = paper.axes(LEFT + _NAMES + k * (wide + _GAP), top - height, wide, height)
    draw.forest(axes, rows, names=k == 0)
    _titled(axes, title, wide)


def _pareto(paper: Paper, comparison: Comparison) -> None:
    found = told.fronts(comparison)
    if not found:
        return
    base = told.numbers(comparison)[comparison.record["base"]]
    paper.start("What less unmet demand costs")
    paper.say(
        "Less of both is better: down and to the left. The line joins the front; names "
        "are of the front and of the base (cross), numbers those of the table. An "
        "arrow: beyond the drawing. Levers are left out. These are estimates: points "
        "closer than their intervals may change places.",
        size=7.5,
        color=_chart.SOFT,
    )
    for price, points in found:
        paper.say(told.front_sentence(price, points), size=7.5)
    columns, rows = min(2, len(found)), -(-len(found) // 2)
    gap = 52.0
    wide = (RIGHT - LEFT - 34 - gap * (columns - 1)) / columns
    high = (paper.y - BOTTOM - 4) / rows - 34
    drawn = []
    for k, (price, points) in enumerate(found):
        x = LEFT + 34 + (k % columns) * (wide + gap)
        y = paper.y - 4 - (k // columns) * (high + 34) - high
        axes = paper.axes(x, y, wide, high)
        draw.pareto(axes, points, base=base)
        axes.set_xlabel(price.title)
        axes.set_ylabel("unmet demand a shift")
        drawn.append((axes, points))
    _comparison_labels.settle(drawn[0][0])
    for axes, points in drawn:
        draw.name_points(axes, points, base=base, size=6.5)


def _levers_and_curve(paper: Paper, comparison: Comparison) -> None:
    pairs = list(dict.fromkeys([*gist.headlines(comparison)[:1], told.UNMET]))
    known = [(pair, told.levers(comparison, *pair)) for pair in pairs]
    known = [(pair, rows) for pair, rows in known if len(rows)]
    if known:
        paper.start("One per cent of each lever")
        for _, rows in known:
            for text in told.lever_sentences(rows):
                paper.say(words.tight(text))
        paper.say("Hatched: not distinguishable from the base.", color=_chart.SOFT)
        wide = (RIGHT - LEFT - _NAMES - _GAP * (len(known) - 1)) / len(known)
        top = paper.y - 18
        for k, (pair, rows) in enumerate(known):
            height = min(top - BOTTOM - 34, 30 + 24.0 * len(rows))
            x = LEFT + _NAMES + k * (wide + _GAP)
            axes = paper.axes(x, top - height, wide, height)
            draw.tornado(axes, rows, names=k == 0)
            _titled(axes, words.label(*pair), wide)
            paper.y = min(paper.y, top - height - 40)
    if len(comparison.curve) > 1:
        if not known or paper.y < BOTTOM + 200:
            paper.start("Officers and service")
        else:
            paper.say("Officers and service", size=13, bold=True)
        paper.say(told.curve_sentence(comparison))
        height = min(paper.y - BOTTOM - 44, 300.0)
        axes = paper.axes(LEFT + 34, paper.y - 10 - height, RIGHT - LEFT - 34, height)
        draw.curve(axes, comparison.curve)


def _groups(paper: Paper, comparison: Comparison) -> None:
    if comparison.groups.empty:
        return
    base = comparison.record["base"]
    paper.start("Who is served how")
    for text in _comparison_equity.notes(comparison):
        paper.say(words.tight(text))
    for grouping in dict.fromkeys(comparison.groups["grouping"]):
        _grouping(paper, comparison, grouping, base)
    _ratios(paper, comparison, base)


def _ratios(paper: Paper, comparison: Comparison, base: str) -> None:
    groupings = _comparison_equity.ratios(comparison)
    for first in range(0, len(groupings), _ABREAST):
        some = groupings[first : first + _ABREAST]
        paper.start("The worst served over the best served")
        paper.say(
            "Share of immediate calls late of the worst served group over that of the "
            "best served, with intervals; 1 is the same for all. Dashed: the base."
        )
        wide = (RIGHT - LEFT - _NAMES - _GAP * (len(some) - 1)) / len(some)
        top = paper.y - 18
        for k, grouping in enumerate(some):
            rows = _comparison_equity.ratios_of(comparison, grouping)
            height = min(top - BOTTOM - 24, 24 + 13.0 * len(rows))
            x = LEFT + _NAMES + k * (wide + _GAP)
            axes = paper.axes(x, top - height, wide, height)
            draw.by_scenario(axes, rows, base)
            if k:
                axes.set_yticklabels([""] * len(rows))
            _titled(axes, f"by {grouping}", wide)


def _grouping(paper: Paper, comparison: Comparison, grouping: str, base: str) -> None:
    rows = _comparison_equity.shown(comparison, grouping)
    measures = _comparison_equity.measures_of(rows)
    if not measures:
        return
    paper.start(f"By {grouping}")
    paper.say(
        "Marks are the base, with an interval where it is simulated; bars reach over "
        "all scenarios."
    )
    columns, gap = 3, 22.0
    lines = -(-len(measures) // columns)
    wide = (RIGHT - LEFT - 110 - gap * (columns - 1)) / columns
    most = (paper.y - BOTTOM - 10) / lines - 44
    high = min(most, 20 + 16.0 * rows["group"].nunique())
    all_axes = [
        paper.axes(
            LEFT + 110 + (k % columns) * (wide + gap),
            paper.y - 20 - (k // columns) * (high + 44) - high,
            wide,
            high,
        )
        for k in range(len(measures))
    ]
    _comparison_equity.paint(all_axes, rows, base, columns, letters=46)
    paper.y -= lines * (high + 44) + 16
    _base_table(paper, rows, grouping, base)


def _base_table(paper: Paper, rows: pd.DataFrame, grouping: str, base: str) -> None:
    table = _comparison_equity.table(rows, grouping, base)
    if paper.y - 12.0 * (len(table.rows) + 5) < BOTTOM:
        paper.start(f"By {grouping}: figures of the base")
    first, other = 110.0, (RIGHT - LEFT - 110.0) / (len(table.columns) - 1)
    paper.say(table.caption, size=7, color=_chart.SOFT)
    columns = [
        Column(title=title, width=other if i else first, right=i > 0)
        for i, title in enumerate(table.columns)
    ]
    paper.table(columns, [[[cell] for cell in row] for row in table.rows])


def _made(paper: Paper, comparison: Comparison) -> None:
    record = comparison.record
    paper.start("How this was made")
    facts = [Column(title="", width=130), Column(title="", width=RIGHT - LEFT - 130)]
    pairs = making.facts(comparison)
    paper.table(facts, [[[term], [said]] for term, said in pairs], size=7.5)
    for text in (*record["notes"], *record["workers"]["notes"]):
        paper.say(str(text))
    paper.y -= 6
    paper.say("Does it feed on itself?", size=11, bold=True)
    for block in making.feedback_sentences(comparison):
        paper.say(block)
    _worked(paper, comparison)


def _worked(paper: Paper, comparison: Comparison) -> None:
    """Set down the work of each scenario, its changes, and what was read."""
    record = comparison.record
    work = making.work(comparison)
    paper.start("Work and plan of each scenario")
    paper.say(work.caption, size=7, color=_chart.SOFT)
    first, other = 128.0, (RIGHT - LEFT - 128.0) / (len(work.columns) - 1)
    paper.table(
        [
            Column(title=title, width=other if i else first, right=4 <= i <= 11)
            for i, title in enumerate(work.columns)
        ],
        [[[cell] for cell in row] for row in work.rows],
        size=6.4,
    )
    paper.start("What each scenario changes of the base")
    paper.table(
        [
            Column(title="scenario", width=170),
            Column(title="", width=RIGHT - LEFT - 170),
        ],
        [[[name], said] for name, said in making.changes(comparison)],
    )
    paper.start("Files and versions")
    third = (RIGHT - LEFT) / 2
    paper.table(
        [
            Column(title="file or part", width=third),
            Column(title="SHA-256 or version", width=third),
        ],
        [
            [[str(name)], [str(said)]]
            for name, said in (*record["inputs"].items(), *record["versions"].items())
        ],
        size=6.4,
    )
