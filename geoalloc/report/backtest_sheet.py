"""A backtest on one sheet of A4, for a meeting."""

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from geoalloc.evaluation import Backtest
from geoalloc.report import _backtest_charts as draw
from geoalloc.report import _backtest_words as words
from geoalloc.report import _chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["backtest_pdf"]

_WIDTH, _HEIGHT = 595.3, 841.9  # points of A4
_LEFT, _RIGHT = 36.0, 559.3
_MOST = 5  # groups on the sheet
_LINE = 9.2
_FOOT = 4  # lines, at the most, of what it was made from
_WIDE = 150  # letters of small print across the sheet
_NOTES = 235.0  # points kept for what stands between and below the drawings
_COLUMNS = (  # title, where it stands, to which side
    ("", 40.0, "left"),
    ("log score", 205.0, "right"),
    ("interval", 280.0, "right"),
    ("gain", 325.0, "right"),
    ("interval of gain", 412.0, "right"),
    ("", 420.0, "left"),
    ("hits at 1 %", 515.0, "right"),
    ("PAI", 555.0, "right"),
)


def backtest_pdf(result: Backtest, record: Mapping[str, Any]) -> bytes:
    """Write the gist of a backtest as one page of PDF.

    The same backtest gives the same bytes.

    Parameters
    ----------
    result, record
        As of `backtest_page`. Of more than five groups the first five are shown, and
        the sheet says so.
    """
    groups = words.groups(result)
    shown = groups[:_MOST]
    with _chart.settings():
        figure = _sheet(record)
        y = _head(figure, result, record)
        y = _board(figure, result, shown, y - 8)
        y = _drawings(figure, result, shown, y - 18)
        _foot(figure, result, record, len(groups) - len(shown), y - 12)
        return _chart.pdf(figure, title=f"Backtest of forecasts: {record['name']}")


def _sheet(record: Mapping[str, Any]) -> "Figure":
    """Take an empty sheet with its marking at the top and the bottom."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH / 72, _HEIGHT / 72))
    for y in (_HEIGHT - 20, 14):
        _text(
            figure,
            _WIDTH / 2,
            y,
            str(record["marking"]),
            size=9,
            weight="bold",
            to="center",
        )
    return figure


def _head(figure: "Figure", result: Backtest, record: Mapping[str, Any]) -> float:
    y = _HEIGHT - 46
    title = words.short(f"Backtest of forecasts: {record['name']}", 60)
    _text(figure, _LEFT, y, title, size=14, weight="bold")
    if record.get("synthetic", False):
        y -= 14
        said = "SYNTHETIC incidents: a demonstration, not evidence."
        _text(figure, _LEFT, y, said, size=8, weight="bold")
    y -= 14
    said = (
        f"{words.period(result)}. Nothing after an origin was told to the forecaster."
    )
    _text(figure, _LEFT, y, said, size=8, color=_chart.SOFT)
    return y


def _board(figure: "Figure", result: Backtest, groups: list[str], y: float) -> float:
    y -= 6
    for title, x, to in _COLUMNS:
        _text(figure, x, y, title, size=6.5, color=_chart.SOFT, to=to)
    # As many lines as there are, made smaller where they are too many.
    n = sum(len(words.rows_of(result, g, "log_score")) + 1.3 for g in groups)
    step = min(_LINE, 330.0 / n)
    for group in groups:
        y -= 1.3 * step
        _text(figure, _LEFT, y, words.short(group, 60), size=0.8 * step, weight="bold")
        _rule(figure, y - 2)
        for row in words.rows_of(result, group, "log_score").to_dict("records"):
            y -= step
            cells = _cells(result, group, row)
            for (_, x, to), cell in zip(_COLUMNS, cells, strict=True):
                weight = "bold" if row["best"] else "normal"
                _text(figure, x, y, cell, size=0.76 * step, to=to, weight=weight)
    return y


def _cells(result: Backtest, group: str, row: Mapping[str, Any]) -> list[str]:
    more = []
    for measure in ("hit_rate_1", "pai_1"):
        rows = words.rows_of(result, group, measure).set_index("forecaster")["value"]
        value = float(rows.get(row["forecaster"], float("nan")))
        more.append(words.figure(measure, value))
    return [
        words.ranked(row, 24),
        words.figure("log_score", row["value"]),
        words.interval("log_score", row["low"], row["high"]),
        words.figure("log_score", row["skill"], signed=True),
        words.interval("log_score", row["skill_low"], row["skill_high"], signed=True),
        words.standing(row),
        *more,
    ]


def _drawings(
    figure: "Figure", result: Backtest, groups: list[str], top: float
) -> float:
    """Draw hit rates of each group beside each other, then intervals and origins."""
    styles = draw.styles(result)
    handles = _chart.handles(styles)
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(_LEFT / _WIDTH, (top + 8) / _HEIGHT),
        ncols=len(handles),
        fontsize=6.5,
        handlelength=2.6,
        columnspacing=1.2,
        borderpad=0,
    )
    top -= 24
    height, gap = min(150.0, max(80.0, (top - _NOTES) / 2)), 26.0
    each = (_RIGHT - _LEFT - gap * (len(groups) - 1)) / len(groups)
    each = min(each, 200.0)
    for i, group in enumerate(groups):
        axes = _axes(
            figure, _LEFT + 12 + i * (each + gap), top - height, each - 6, height
        )
        draw.curves(axes, result, group)
        axes.set_title(words.short(group, int(each / 4.2)), fontsize=7)
        axes.set_xlabel("% of land", fontsize=6, labelpad=1)
        if not i:
            axes.set_ylabel("% of incidents", fontsize=6, labelpad=1)
    bottom = top - height - 52
    first = groups[0]
    half = (_RIGHT - _LEFT - 3 * gap) / 4
    left = _LEFT + 12
    for i, what in enumerate(("hex", "total")):
        axes = _axes(figure, left + i * (half + gap), bottom - height, half - 6, height)
        draw.calibration(axes, result, first, what)
        said = "hexes" if what == "hex" else "the total"
        axes.set_title(f"Intervals of {said}", fontsize=7)
        axes.set_xlabel("% they should hold", fontsize=6, labelpad=1)
        if not i:
            axes.set_ylabel("% they held", fontsize=6, labelpad=1)
    axes = _axes(
        figure, left + 2 * (half + gap), bottom - height, 2 * half + gap - 12, height
    )
    draw.by_origin(axes, result, first, "log_score")
    axes.set_title(f"Log score by origin: {words.short(first, 24)}", fontsize=7)
    return bottom - height - 16


def _axes(figure: "Figure", x: float, y: float, width: float, height: float) -> Any:  # noqa: ANN401
    axes = figure.add_axes((x / _WIDTH, y / _HEIGHT, width / _WIDTH, height / _HEIGHT))
    axes.tick_params(labelsize=6, length=2, pad=2)
    return axes


def _foot(
    figure: "Figure",
    result: Backtest,
    record: Mapping[str, Any],
    more: int,
    y: float,
) -> None:
    settings = result.settings
    # Who is worse by log score stands in the table.
    told = words.naive_wins(result, behind=False) or [
        "In every group something is better than the naive count."
    ]
    told = [f"Against the naive count. {' '.join(told)}", *result.notes]
    told.append(
        f"Bold: best by log score. Level: the interval of the gain on the naive count "
        f"holds 0. Intervals of {100 * settings['confidence']:g} % from "
        f"{settings['resamples']:,} draws of blocks of {settings['block_origins']} "
        f"origins, seed {settings['seed']}. Lower drawings: {words.groups(result)[0]}; "
        "dashed is right."
    )
    if more:
        told.append(f"{more} more groups are in the page and the tables.")
    lines = [line for text in told for line in textwrap.wrap(text, _WIDE)]
    made = [f"geoalloc {record['version']}", str(record.get("run_id", ""))]
    made.append(str(record.get("attribution", "")))
    foot = textwrap.wrap(". ".join(part for part in made if part), _WIDE)[:_FOOT]
    low = 28 + 8 * (len(foot) - 1)
    room = int((y - low - 10) / 8.4)
    if len(lines) > room:
        lines = [*lines[: room - 1], "More notes are in the page."]
    for line in lines:
        _text(figure, _LEFT, y, line, size=6.6)
        y -= 8.4
    for i, line in enumerate(foot):
        _text(figure, _LEFT, low - 8 * i, line, size=6.2, color=_chart.SOFT)


def _text(  # noqa: PLR0913 - a place, a text, and how it looks
    figure: "Figure",
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    weight: str = "normal",
    color: str = _chart.INK,
    to: str = "left",
) -> None:
    figure.text(
        x / _WIDTH, y / _HEIGHT, text, size=size, weight=weight, color=color, ha=to
    )


def _rule(figure: "Figure", y: float) -> None:
    from matplotlib.lines import Line2D

    ends = [_LEFT / _WIDTH, _RIGHT / _WIDTH]
    figure.add_artist(Line2D(ends, [y / _HEIGHT] * 2, color=_chart.RULE, linewidth=0.6))
