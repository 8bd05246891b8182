"""The drawings of a comparison, on axes that a page or a sheet of PDF provides."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geoalloc.report import _chart, _comparison_labels
from geoalloc.report._chart import Style
from geoalloc.report._comparison_labels import Label
from geoalloc.report._letters import named
from geoalloc.runs import comparison_words as words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES: Mapping[str, Style] = {
    "better": _chart.STYLES[0],
    "worse": _chart.STYLES[1],
    words.NOT_DISTINGUISHABLE: Style(color="#4a5560", mark="D"),
    "": Style(color="#4a5560", mark="P"),
}
"""By verdict; marks of what cannot be told are hollow."""

_OVER, _UNDER, _BETWEEN = 20.0, 40.0, 16.0  # points around a panel
_LETTERS = 30  # of a name at the side of a drawing
_FAR = 4.0  # times the median reach: what is further is cut off, and said


def panels(
    n: int, *, columns: int, height: float, left: float, width: float = 760.0
) -> "tuple[Figure, list[Axes]]":
    """Lay out axes of one size at fixed places, much sooner than by what they hold.

    Parameters
    ----------
    height
        Of a drawing, without its title and its ticks.
    left
        Room for names at the side of the first column.
    """
    from matplotlib.figure import Figure

    rows = -(-n // columns)
    whole = rows * (height + _OVER + _UNDER)
    figure = Figure(figsize=(width / 72, whole / 72))
    wide = (width - left - _BETWEEN * columns) / columns
    axes = []
    for k in range(n):
        x = left + (k % columns) * (wide + _BETWEEN)
        y = whole - (k // columns) * (height + _OVER + _UNDER) - _OVER - height
        box = (x / width, y / whole, wide / width, height / whole)
        axes.append(figure.add_axes(box))
    return figure, axes


def limit(rows: pd.DataFrame, ends: Sequence[str]) -> float:
    """Find up to where differences are drawn, so that one does not hide the others.

    Returns
    -------
    reach
        The largest distance from 0 among those within four times their median.
    """
    reach = rows[list(ends)].abs().max(axis=1).dropna().to_numpy(dtype=float)
    if reach.size == 0 or reach.max() == 0:
        return 1.0
    near = reach[reach <= _FAR * np.median(reach)]
    return float(near.max() if near.size and near.max() > 0 else reach.max())


def forest(axes: "Axes", rows: pd.DataFrame, *, names: bool = True) -> None:
    """Draw differences from the base with both intervals, one under another.

    Parameters
    ----------
    rows
        Differences in one measure.
    names
        Whether scenarios are named at the side.
    """
    measure = str(rows["measure"].iloc[0])
    scale = words.scale(measure)
    most = scale * limit(rows, ("simultaneous_low", "simultaneous_high", "difference"))
    for y, row in enumerate(rows.to_dict("records")):
        style = STYLES.get(row["verdict"], STYLES[""])
        for ends, wide in (
            (("simultaneous_low", "simultaneous_high"), 0.9),
            (("low", "high"), 2.6),
        ):
            low, high = (float(np.clip(scale * row[e], -most, most)) for e in ends)
            if low == low and high == high:
                axes.hlines(y, low, high, colors=style.color, linewidth=wide)
        _mark(axes, scale * row["difference"], y, style, row, most)
    _along(axes, rows, names=names)
    axes.set_xlim(-1.12 * most, 1.12 * most)
    axes.set_xlabel(_of_difference(measure))


def _mark(
    axes: "Axes",
    value: float,
    y: int,
    style: Style,
    row: Mapping[str, Any],
    most: float,
) -> None:
    hollow = row["verdict"] == words.NOT_DISTINGUISHABLE
    far = abs(value) > most
    beyond = ">" if value > 0 else "<"
    axes.plot(
        [float(np.clip(value, -most, most))],
        [y],
        linestyle="",
        marker=beyond if far else style.mark,
        markersize=6,
        color=style.color,
        markerfacecolor=_chart.PAPER if hollow else style.color,
    )
    if far:
        n = words.digits(row)
        measure = str(row["measure"])
        text = words.difference(measure, value / words.scale(measure), n)
        axes.annotate(
            text,
            (float(np.clip(value, -most, most)), y),
            xytext=(-7 if value > 0 else 7, 0),
            textcoords="offset points",
            ha="right" if value > 0 else "left",
            va="center",
            size=7.5,
            color=style.color,
            bbox={"facecolor": _chart.PAPER, "edgecolor": "none", "pad": 1},
        )


def _along(axes: "Axes", rows: pd.DataFrame, *, names: bool) -> None:
    axes.axvline(0, color=_chart.INK, linewidth=1)
    axes.set_yticks(np.arange(len(rows)), _named(rows) if names else [""] * len(rows))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")


def _named(rows: pd.DataFrame) -> list[str]:
    """Name the rows, with their numbers in the table: long names may look alike."""
    pairs = zip(rows["number"], rows["scenario"], strict=True)
    return [f"{number} {named(str(name), _LETTERS)}" for number, name in pairs]


def _of_difference(measure: str) -> str:
    of = words.unit(measure)
    return "difference from the base" + (f", {of}" if of else "")


def tornado(axes: "Axes", rows: pd.DataFrame, *, names: bool = True) -> None:
    """Draw the effect of each lever as a bar with its interval; hatched: not told.

    Parameters
    ----------
    rows
        Differences in one measure, with the ``lever`` of each.
    """
    measure = str(rows["measure"].iloc[0])
    scale = words.scale(measure)
    for y, row in enumerate(rows.to_dict("records")):
        style = STYLES.get(row["verdict"], STYLES[""])
        hollow = row["verdict"] == words.NOT_DISTINGUISHABLE
        axes.barh(
            y,
            scale * row["difference"],
            height=0.56,
            facecolor=_chart.PAPER if hollow else style.color,
            edgecolor=style.color,
            hatch="////" if hollow else None,
            linewidth=0.8,
        )
        low, high = scale * row["low"], scale * row["high"]
        axes.errorbar(
            [scale * row["difference"]],
            [y],
            xerr=[
                [scale * row["difference"] - low],
                [high - scale * row["difference"]],
            ],
            color=_chart.INK,
            linewidth=1.2,
            capsize=3,
        )
    _along(axes, rows.assign(scenario=rows["lever"]), names=names)
    axes.set_xlabel(_of_difference(measure))


def pareto(axes: "Axes", points: pd.DataFrame, *, base: int) -> None:
    """Draw what is unmet against a price, with the front; `name_points` names them.

    Parameters
    ----------
    points
        ``number, scenario, price, unmet, front``.
    base
        Number of the base.
    """
    top = _top(points["unmet"])
    front = points[points["front"]].sort_values(["price", "unmet"])
    own = points["number"] == base
    far = points["unmet"] > top
    steps = front[front["unmet"] <= top]
    axes.step(
        steps["price"], steps["unmet"], where="post", color="#0b5cad", linewidth=1.2
    )
    for rows, mark, color, fill in (
        (points[~points["front"] & ~own & ~far], "o", "#4a5560", _chart.PAPER),
        (points[points["front"] & ~own & ~far], "o", "#0b5cad", "#0b5cad"),
        (points[own & ~far], "X", _chart.INK, _chart.INK),
        (points[far], "^", "#b34700", "#b34700"),
    ):
        axes.plot(
            rows["price"],
            rows["unmet"].clip(upper=top),
            linestyle="",
            marker=mark,
            markersize=5,
            color=color,
            markerfacecolor=fill,
        )
    axes.margins(x=0.14, y=0.14)
    _ticks(axes, points["price"])


def _ticks(axes: "Axes", price: pd.Series) -> None:
    """Write whole numbers where prices are whole, with commas in thousands."""
    from matplotlib.ticker import MaxNLocator

    whole = bool((price == price.round()).all())
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=whole))
    axes.xaxis.set_major_formatter("{x:,.0f}" if whole else "{x:,.4g}")


def _top(unmet: pd.Series) -> float:
    """Find up to where unmet demand is drawn, so that one does not hide the others."""
    values = unmet.to_numpy(dtype=float)
    middle = float(np.median(values))
    away = np.abs(values - middle)
    reach = 2 * _FAR * float(np.median(away))
    near = values[away <= reach] if reach > 0 else values
    return float(near.max())


def name_points(
    axes: "Axes", points: pd.DataFrame, *, base: int, size: float = 7.0
) -> list[str]:
    """Write names and numbers beside the points of `pareto`, once it is laid out.

    Returns
    -------
    left_out
        Texts for which there was no room.
    """
    ordered = points.assign(own=points["number"] == base).sort_values(
        ["front", "own", "number"], ascending=[False, False, True]
    )
    top = _top(points["unmet"])
    labels = [
        Label(
            x=row["price"],
            y=min(row["unmet"], top),
            text=_point(row, top),
            bold=bool(row["own"]),
        )
        for row in ordered.to_dict("records")
    ]
    front = points[points["front"] & (points["unmet"] <= top)].sort_values(
        ["price", "unmet"]
    )
    steps = list(zip(front["price"], front["unmet"], strict=True))
    left_out = _comparison_labels.place(axes, labels, size=size, steps=steps)
    return [label.text for label in left_out]


def _point(row: Mapping[str, Any], top: float) -> str:
    text = f"{row['number']}"
    if row["front"] or row["own"]:
        text += f" {named(row['scenario'], 24)}"
    return f"{text}: {row['unmet']:,.1f}" if row["unmet"] > top else text


def curve(axes: "Axes", rows: pd.DataFrame) -> None:
    """Draw what is unmet by the number of officers, with its interval as a band."""
    mine = rows.sort_values("officers")
    _chart.fan(axes, mine["officers"], [(mine["low"], mine["high"])], ["95 % interval"])
    _chart.line(axes, mine["officers"], mine["unmet"], _chart.STYLES[0], marks=True)
    bend = mine[mine["elbow"].astype(bool)]
    for row in bend.to_dict("records"):
        axes.axvline(
            row["officers"], color=_chart.INK, linewidth=1, linestyle=(0, (4, 3))
        )
        axes.annotate(
            f"elbow: {row['officers']:,.0f} officers",
            (row["officers"], 0.97),
            xycoords=("data", "axes fraction"),
            xytext=(5, 0),
            textcoords="offset points",
            va="top",
            color=_chart.INK,
        )
    axes.set_xlabel("officers on duty")
    axes.set_ylabel("unmet demand a shift")


def by_scenario(axes: "Axes", rows: pd.DataFrame, base: str) -> None:
    """Draw a figure of each scenario with its interval, the base as a line.

    Parameters
    ----------
    rows
        ``number, scenario, value, low, high``.
    """
    own = (rows["scenario"] == base).to_numpy()
    for mine, style in ((own, _chart.BASELINE), (~own, _chart.STYLES[0])):
        _ranges(axes, np.flatnonzero(mine), rows[mine], style)
    if own.any():
        axes.axvline(
            float(rows.loc[own, "value"].iloc[0]),
            color="#4a5560",
            linewidth=1,
            linestyle=(0, (8, 3)),
        )
    axes.set_yticks(np.arange(len(rows)), _named(rows))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")


def by_group(axes: "Axes", rows: pd.DataFrame, base: str, *, names: bool) -> None:
    """Draw a figure by group: the base as marks, all scenarios as a range behind.

    Parameters
    ----------
    rows
        ``scenario, group, value, low, high`` of one measure and grouping.
    """
    groups = list(dict.fromkeys(rows["group"]))
    values = rows.groupby("group")["value"]
    axes.hlines(
        np.arange(len(groups)),
        values.min().reindex(groups),
        values.max().reindex(groups),
        colors=_chart.BANDS[1],
        linewidth=6,
    )
    own = rows[(rows["scenario"] == base) & rows["value"].notna()]
    at = {group: y for y, group in enumerate(groups)}
    _ranges(axes, own["group"].map(at).to_numpy(), own, _chart.BASELINE)
    labels = [named(str(group), 24) for group in groups]
    axes.set_yticks(np.arange(len(groups)), labels if names else [""] * len(groups))
    axes.set_ylim(len(groups) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")


def _ranges(axes: "Axes", at: ArrayLike, rows: pd.DataFrame, style: Style) -> None:
    """Draw figures with their intervals, where they have them."""
    low, high = (rows[end].fillna(rows["value"]) for end in ("low", "high"))
    _chart.ranges(axes, at, rows["value"], low, high, style)
