"""The drawings of a backtest, on axes that a page or a sheet of PDF provides."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoalloc.evaluation import Backtest
from geoalloc.report import _backtest_words as words
from geoalloc.report import _chart
from geoalloc.report._chart import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DASH = (0, (4, 3))


def styles(result: Backtest) -> dict[str, Style]:
    """Give each forecaster its style; the naive count is gray wherever it stands."""
    others = [name for name in words.forecasters(result) if name != words.NAIVE]
    found = {
        name: _chart.STYLES[i % len(_chart.STYLES)] for i, name in enumerate(others)
    }
    return {words.NAIVE: _chart.BASELINE} | found


def skills(axes: "Axes", result: Backtest, group: str, measure: str) -> None:
    """Draw by how much each is better than the naive count, which is the line at 0."""
    rows = words.rows_of(result, group, measure)
    rows = rows[rows["forecaster"] != words.NAIVE]
    at = -np.arange(len(rows), dtype=float)
    style = styles(result)
    for y, row in zip(at, rows.to_dict("records"), strict=True):
        ends = [row["skill_low"], row["skill_high"]]
        known = [row["skill"] if end != end else end for end in ends]
        _chart.ranges(
            axes, [y], [row["skill"]], [known[0]], [known[1]], style[row["forecaster"]]
        )
    axes.axvline(0, color=_chart.INK, linewidth=1)
    axes.set_yticks(at, [words.short(n, 18) for n in rows["forecaster"]])
    axes.set_ylim(-len(rows) + 0.4, 0.6)
    axes.grid(visible=False, axis="y")
    axes.set_title(words.short(group, 30))


def curves(axes: "Axes", result: Backtest, group: str) -> None:
    """Draw the share of incidents against the share of land, least land first."""
    mine = result.curves[result.curves["group"] == group]
    for name, style in styles(result).items():
        rows = mine[mine["forecaster"] == name].sort_values("area_share")
        if len(rows):
            x, y = 100 * rows["area_share"], 100 * rows["hit_rate"]
            _chart.line(axes, x, y, style, label=name)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.set_title(words.short(group, 30))


def by_origin(axes: "Axes", result: Backtest, group: str, measure: str) -> None:
    """Draw the score of each window against its origin."""
    scores = result.scores
    mine = scores[(scores["group"] == group) & (scores["measure"] == measure)]
    origins = sorted(mine["origin"].unique())
    for name, style in styles(result).items():
        rows = mine[mine["forecaster"] == name].set_index("origin")["value"]
        if len(rows):
            values = rows.reindex(origins).to_numpy(dtype=float)
            marks = len(origins) <= 24
            _chart.line(
                axes, range(len(origins)), values, style, label=name, marks=marks
            )
    zone = result.settings["time_zone"]
    local = [origin.tz_convert(zone) for origin in origins]
    step = max(1, -(-len(origins) // 6))
    ticks = range(0, len(origins), step)
    monthly = all(origin.day == 1 and origin.hour == 0 for origin in local)
    written = "%Y-%m" if monthly else "%Y-%m-%d"
    axes.set_xticks(list(ticks), [f"{local[i]:{written}}" for i in ticks])
    axes.set_title(words.short(group, 30))


def calibration(axes: "Axes", result: Backtest, group: str, what: str) -> None:
    """Draw what intervals held against what they should; the diagonal is right."""
    mine = result.calibration
    mine = mine[(mine["group"] == group) & (mine["what"] == what)]
    axes.plot([0, 100], [0, 100], color=_chart.INK, linewidth=1, linestyle=_DASH)
    names = [n for n in styles(result) if n in set(mine["forecaster"])]
    for i, name in enumerate(names):
        rows = mine[mine["forecaster"] == name].sort_values("nominal")
        style = styles(result)[name]
        x = 100 * rows["nominal"].to_numpy(dtype=float)
        x = x + (i - (len(names) - 1) / 2) * 1.6  # side by side
        axes.vlines(x, 100 * rows["low"], 100 * rows["high"], colors=style.color)
        axes.plot(
            x,
            100 * rows["coverage"].to_numpy(dtype=float),
            linestyle="",
            marker=style.mark,
            markersize=3.5,
            color=style.color,
            label=name,
        )
    axes.set_xlim(40, 100)
    axes.set_ylim(0, 103)
    axes.set_xticks([50, 80, 95])
    axes.set_title(words.short(group, 30))


def settings_styles(frame: pd.DataFrame) -> dict[str, Style]:
    """Give each setting of the feedback simulation its style."""
    names = dict.fromkeys(frame["setting"])
    return dict(zip(names, (_chart.STYLES[1], _chart.STYLES[0]), strict=False))


def feedback(axes: "Axes", frame: pd.DataFrame) -> None:
    """Draw the expected over the true share by step, a line for each setting."""
    for name, style in settings_styles(frame).items():
        rows = frame[frame["setting"] == name].sort_values("step")
        axes.fill_between(
            rows["step"],
            rows["low"],
            rows["high"],
            facecolor=style.color,
            alpha=0.15,
            linewidth=0,
        )
        _chart.line(axes, rows["step"], rows["ratio"], style, label=name, marks=True)
    axes.axhline(1, color=_chart.INK, linewidth=1, linestyle=_DASH)
