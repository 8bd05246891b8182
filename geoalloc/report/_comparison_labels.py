"""Labels of points in a drawing that neither cover each other nor leave it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from geoalloc._types import FloatArray
from geoalloc.report import _chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ANGLES = tuple(math.radians(a) for a in (20, 160, -20, -160, 60, 120, -60, -120))
_REACHES = (5.0, 10.0, 16.0, 24.0, 34.0, 46.0, 60.0, 76.0)  # points from the mark
_LINE = 14.0  # from here on a line says whose label it is
_MARK = 3.5
_AIR = 1.0
_Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Label:
    """A text for a point in the units of the axes."""

    x: float
    y: float
    text: str
    bold: bool = False


def place(
    axes: "Axes",
    labels: Sequence[Label],
    *,
    size: float,
    steps: Sequence[tuple[float, float]] = (),
) -> list[Label]:
    """Write labels beside their points, those given first where they fit best.

    A label goes to the nearest free place of a fixed list, further off with a line to
    its point; the order of the list decides between places as near.

    Parameters
    ----------
    axes
        With limits that stay and a layout that `settle` has made.
    size
        Of letters, in points.
    steps
        Points of a line that goes from each level with it to the next, and then up or
        down, and that labels keep clear of.

    Returns
    -------
    left_out
        Labels for which there was no room.
    """
    here = _points(axes, [(label.x, label.y) for label in labels])
    taken: list[_Box] = [
        (x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in here.tolist()
    ]
    taken += _along(axes, steps)
    scale = 72.0 / axes.figure.dpi
    room: _Box = tuple(v * scale for v in axes.bbox.extents)  # type: ignore[assignment]
    left_out = []
    for label, at in zip(labels, here.tolist(), strict=True):
        extent = _extent(label, size)
        found = next(
            (
                (box, dx, reach)
                for box, dx, reach in _candidates(at, extent)
                if _within(box, room) and not any(_meet(box, one) for one in taken)
            ),
            None,
        )
        if found is None:
            left_out.append(label)
            continue
        taken.append(found[0])
        _write(axes, label, at, found, size)
    return left_out


def settle(axes: "Axes") -> None:
    """Lay the figure out as it will be drawn, so that places are known."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(axes.figure)  # type: ignore[arg-type]
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]


def _points(axes: "Axes", known: Sequence[tuple[float, float]]) -> FloatArray:
    at = np.array(known, dtype=np.float64).reshape(-1, 2)
    return np.asarray(axes.transData.transform(at) * (72.0 / axes.figure.dpi))


def _along(axes: "Axes", steps: Sequence[tuple[float, float]]) -> list[_Box]:
    boxes: list[_Box] = []
    for (x, y), (next_x, next_y) in pairwise(_points(axes, steps).tolist()):
        low, high = sorted((y, next_y))
        boxes += [
            (x, y - 0.5, next_x, y + 0.5),
            (next_x - 0.5, low, next_x + 0.5, high),
        ]
    return boxes


def _extent(label: Label, size: float) -> tuple[float, float]:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not label.text.strip():
        return 0.0, size
    font = FontProperties(
        family="DejaVu Sans", weight="bold" if label.bold else "normal"
    )
    box = TextPath((0, 0), label.text, size=size, prop=font).get_extents()
    return float(box.width) + 1.0, 1.15 * size


def _candidates(
    at: Sequence[float], extent: tuple[float, float]
) -> Iterator[tuple[_Box, float, float]]:
    width, height = extent
    for reach in _REACHES:
        for angle in _ANGLES:
            dx, dy = reach * math.cos(angle), reach * math.sin(angle)
            left = at[0] + dx if dx > 0 else at[0] + dx - width
            low = at[1] + dy - height / 2
            yield (left, low, left + width, low + height), dx, reach


def _within(box: _Box, room: _Box) -> bool:
    return (
        box[0] >= room[0]
        and box[1] >= room[1]
        and box[2] <= room[2]
        and box[3] <= room[3]
    )


def _meet(one: _Box, other: _Box) -> bool:
    return (
        one[0] - _AIR < other[2]
        and other[0] - _AIR < one[2]
        and one[1] - _AIR < other[3]
        and other[1] - _AIR < one[3]
    )


def _write(
    axes: "Axes",
    label: Label,
    at: Sequence[float],
    found: tuple[_Box, float, float],
    size: float,
) -> None:
    box, dx, reach = found
    end = box[0] if dx > 0 else box[2]
    line = {"arrowstyle": "-", "color": _chart.SOFT, "linewidth": 0.5, "shrinkB": 3}
    axes.annotate(
        label.text,
        (label.x, label.y),
        xytext=(end - at[0], (box[1] + box[3]) / 2 - at[1]),
        textcoords="offset points",
        ha="left" if dx > 0 else "right",
        va="center",
        size=size,
        weight="bold" if label.bold else "normal",
        color=_chart.INK,
        arrowprops=line if reach >= _LINE else None,
        annotation_clip=False,
    ).set_in_layout(False)
