"""Small maps of the differences of a comparison, nine to a sheet, on one scale."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.report import _chart
from geoalloc.report import _comparison_surfaces as encoded
from geoalloc.report._comparison_map_words import MEASURES, change_labels, notes
from geoalloc.runs import comparison_scale as scale
from geoalloc.runs.comparison import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["drawn", "pages"]

WIDTH, HEIGHT = 841.9, 595.3
"""Points of A4 across."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 36.0, 805.9, 552.0, 40.0
_EACH = 9  # maps of a sheet at the most
_KEY = 150.0  # points at the right for the key
_MOST = 27  # maps: three sheets
_FEW = 6  # maps where no scenario is told from the base
_PIXELS = 3.0  # of a map to the point


def drawn(comparison: Comparison) -> tuple[list[str], str]:
    """Choose the scenarios to print, and say why those.

    Returns
    -------
    names
        Scenarios that differ from the base in a headline measure, in their order, up
        to 27; where none does, the six whose maps change most.
    said
        A sentence that says so, and which are left out.
    """
    names = scale.planned(comparison)[1:]
    frame = comparison.differences
    told = frame[frame["headline"] & frame["verdict"].isin(("better", "worse"))]
    apart = [name for name in names if name in set(told["scenario"])]
    if not apart:
        surface = scale.surfaces(comparison)["unmet"]
        size = np.nansum(np.abs(surface.changes[1:]), axis=1)
        at = np.sort(np.argsort(-size, kind="stable")[:_FEW])
        kept = [names[k] for k in at]
        said = "No scenario is told from the base in a headline measure; these change "
        return kept, said + "the map most."
    said = "Drawn: scenarios that are told from the base in a headline measure"
    said += f", the first {_MOST} of {len(apart)}." if len(apart) > _MOST else "."
    rest = [name for name in names if name not in apart]
    if rest:
        said += f" Not told from it, and not drawn: {', '.join(rest)}."
    return apart[:_MOST], said


def pages(comparison: Comparison) -> list["Figure"]:
    """Draw the differences of unmet demand as small maps, on A4 across.

    Space of 30 points at the top and the bottom is left for the marking. To be called,
    and what it gives to be saved, inside ``_chart.settings``.

    Returns
    -------
    figures
        Up to nine maps each; none if nothing could be planned beside the base.
    """
    names, said = drawn(comparison)
    if not names or comparison.hexes.empty:
        return []
    ground = encoded.ground(comparison.hexes["hex_id"].to_numpy(np.uint64))
    surface = scale.surfaces(comparison)["unmet"]
    order = scale.planned(comparison)
    sheets = _shared_out(names)
    lines, shape = _lines(comparison, ground), _shape(len(sheets[0]))
    image = _image(ground, (_RIGHT - _KEY - _LEFT) / shape[1])
    whole = np.nansum(surface.amounts, axis=1)
    figures = []
    for number, sheet in enumerate(sheets, 1):
        part = f", {number} of {len(sheets)}" if len(sheets) > 1 else ""
        title = f"Unmet demand: scenario less {order[0]}{part}"
        figure = _sheet(title, said)
        for k, name in enumerate(sheet):
            axes = _axes(figure, k, shape)
            at = order.index(name)
            _map(axes, image, surface, at)
            axes.set_xlim(0, ground.wide)
            axes.set_ylim(ground.high, 0)
            _outlined(axes, lines)
            told = f"{_wrapped(name)}\n{whole[at]:.3g} late calls, base {whole[0]:.3g}"
            axes.set_title(told, fontsize=7.5, pad=2, loc="left", weight="normal")
        _key(figure, surface)
        figures.append(figure)
    return figures


def _shared_out(names: list[str]) -> list[list[str]]:
    """Share maps out over as few sheets as hold them, as evenly as can be."""
    n = math.ceil(len(names) / _EACH)
    each = math.ceil(len(names) / n)
    return [names[k : k + each] for k in range(0, len(names), each)]


def _sheet(title: str, said: str) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
    figure.text(
        _LEFT / WIDTH, _TOP / HEIGHT, title[:110], size=13, weight="bold", va="top"
    )
    lines = textwrap.wrap(said, 190)
    shown = lines[:2] + ["and others."] * (len(lines) > 2)
    figure.text(
        _LEFT / WIDTH,
        (_TOP - 20) / HEIGHT,
        "\n".join(shown),
        size=7,
        color=_chart.SOFT,
        va="top",
    )
    return figure


def _shape(n: int) -> tuple[int, int]:
    """Choose rows and columns for so many maps: the fewer, the larger."""
    columns = 1 if n == 1 else 2 if n <= 4 else 3
    return math.ceil(n / columns), columns


def _axes(figure: "Figure", k: int, shape: tuple[int, int]) -> "Axes":
    """Take the k-th place of the sheet, row by row."""
    rows, columns = shape
    row, column = divmod(k, columns)
    top, right = _TOP - 46, _RIGHT - _KEY
    wide, high = (right - _LEFT) / columns, (top - _BOTTOM) / rows
    x, y = _LEFT + column * wide, top - (row + 1) * high
    axes = figure.add_axes(
        (x / WIDTH, y / HEIGHT, (wide - 10) / WIDTH, (high - 28) / HEIGHT)
    )
    axes.set_axis_off()
    axes.set_aspect("equal", anchor="NW")
    return axes


@dataclass(frozen=True, kw_only=True)
class _Image:
    """Which hex lies in the middle of each pixel of a map; -1 where none does."""

    index: IndexArray
    extent: tuple[float, float, float, float]


def _image(ground: encoded.Ground, points: float) -> _Image:
    """Lay pixels over the plane: a pixel is in the hex whose center is nearest."""
    from scipy.spatial import KDTree

    fine = _PIXELS * points / max(ground.wide, 1)
    wide, high = (max(1, round(fine * each)) for each in (ground.wide, ground.high))
    x = (np.arange(wide) + 0.5) * ground.wide / wide
    y = (np.arange(high) + 0.5) * ground.high / high
    middles = np.stack(np.meshgrid(x, y), axis=-1)
    center = ground.corners.mean(axis=1)
    away, index = KDTree(center).query(middles, distance_upper_bound=encoded.STEP)
    # A hex reaches from the middle of an edge to a corner: 0.50 to 0.58 of a step.
    inside = away <= 0.58 * encoded.STEP
    return _Image(
        index=np.where(inside, index, -1).astype(np.int64),
        extent=(0.0, float(ground.wide), float(ground.high), 0.0),
    )


def _map(axes: "Axes", image: _Image, surface: scale.Surface, scenario: int) -> None:
    """Color the pixels by the class of their hex; outside every hex they are clear."""
    sign, level = classes(surface, scenario)
    colors = np.zeros((sign.size + 1, 4), dtype=np.uint8)  # the last is of no hex
    n = len(surface.change_breaks)
    for one, k in sorted(set(zip(sign.tolist(), level.tolist(), strict=True))):
        color = _color(one, k, n)
        parts = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
        colors[:-1][(sign == one) & (level == k)] = (*parts, 255)
    axes.imshow(colors[image.index], extent=image.extent, interpolation="none")


def classes(surface: scale.Surface, scenario: int) -> tuple[IndexArray, IndexArray]:
    """Give the sign of each hex's change, 0 in the neutral class, and its class.

    A hex that only one of the two reaches is in the last class of its side; one that
    neither does is neutral.
    """
    change, there = surface.changes[scenario], np.isfinite(surface.amounts)
    size = np.abs(np.nan_to_num(change))
    level = np.searchsorted(np.array(surface.change_breaks), size, side="right")
    sign = np.sign(np.nan_to_num(change)).astype(np.int64)
    n = len(surface.change_breaks)
    for one, gone in (
        (1, there[0] & ~there[scenario]),
        (-1, ~there[0] & there[scenario]),
    ):
        level, sign = np.where(gone, n, level), np.where(gone, one, sign)
    return np.where(level > 0, sign, 0), level.astype(np.int64)


def _color(sign: int, k: int, n: int) -> str:
    if not sign or not k:
        return scale.NEUTRAL
    ramp = scale.MORE if sign > 0 else scale.LESS
    return ramp[len(ramp) - n + k - 1]


def _lines(comparison: Comparison, ground: encoded.Ground) -> list[FloatArray]:
    areas = comparison.areas
    found: list[FloatArray] = []
    for kind in ("district", "force"):
        layer = areas[areas["kind"] == kind]
        if len(layer):
            found += [
                np.cumsum(np.array(steps).reshape(-1, 2), axis=0).astype(float)
                for steps in encoded.lines(layer, ground, 0.5)
            ]
    return found


def _outlined(axes: "Axes", lines: Sequence[FloatArray]) -> None:
    from matplotlib.collections import LineCollection

    axes.add_collection(LineCollection(list(lines), colors=_chart.SOFT, linewidths=0.4))


def _wrapped(name: str) -> str:
    lines = textwrap.wrap(name, 46)[:1] or [""]
    return lines[0] if lines[0] == name else f"{lines[0][:43]}..."


def _key(figure: "Figure", surface: scale.Surface) -> None:
    """Put the classes at the right: the same on every sheet."""
    from matplotlib.patches import Rectangle

    x, y = _RIGHT - _KEY + 16, _TOP - 60
    head = textwrap.fill(MEASURES["unmet"].unit, 32)
    figure.text(x / WIDTH, y / HEIGHT, head, size=8, weight="bold", va="top")
    y -= 12 * (head.count("\n") + 1) + 14
    n = len(surface.change_breaks)
    signs = {"less": -1, "same": 0, "more": 1}
    for side, k, end, text in change_labels("unmet", surface):
        if end or side not in signs:
            continue
        figure.add_artist(
            Rectangle(
                (x / WIDTH, y / HEIGHT),
                18 / WIDTH,
                11 / HEIGHT,
                facecolor=_color(signs[side], k, n),
                edgecolor=_chart.SOFT,
                linewidth=0.4,
                transform=figure.transFigure,
            )
        )
        figure.text((x + 24) / WIDTH, (y + 2) / HEIGHT, text, size=7.5)
        y -= 16
    note = textwrap.fill(notes(surface)[1], 38)
    figure.text(
        x / WIDTH, (y - 2) / HEIGHT, note, size=6.5, color=_chart.SOFT, va="top"
    )
