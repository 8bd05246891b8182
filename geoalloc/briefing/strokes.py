"""Shapes in metres as strokes and fills on a page, cut off at the frame of a map."""

from typing import TypedDict, Unpack

import numpy as np
import shapely
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from shapely.geometry.base import BaseGeometry

from geoalloc._types import FloatArray
from geoalloc.briefing.lettering import POINT_MM
from geoalloc.briefing.page import Sheet
from geoalloc.briefing.view import View

__all__ = ["Look", "fill", "outlines", "path_of", "stroke"]

_FINEST_MM = 0.03  # steps of an outline that no printer shows
_DIGITS = 2  # of a point: 0.004 mm


class Look(TypedDict, total=False):
    """How a line on the ground is drawn.

    Attributes
    ----------
    width_pt, color, dash
        As of `page.LineStyle`.
    rim_pt
        Width of the white line below it, which sets it off; 0 for none.
    order
        What is drawn later lies higher; 1 if not given.
    """

    width_pt: float
    color: str
    dash: str | tuple[float, tuple[float, ...]]
    rim_pt: float
    order: float


def stroke(sheet: Sheet, view: View, shape: BaseGeometry, **look: Unpack[Look]) -> None:
    """Draw lines, or the outlines of areas, as far as they lie in the frame."""
    inside = _cut(outlines(shape), view)
    if inside.is_empty:
        return
    path = path_of(_on_page(inside, sheet, view))
    rim = look.get("rim_pt", 0.0)
    if rim:
        sheet.add(_line(path, {"width_pt": rim, "color": "white"}), sheet.points)
    sheet.add(_line(path, look), sheet.points)


def fill(
    sheet: Sheet, view: View, shape: BaseGeometry, color: str, hatch: tuple[str, str]
) -> None:
    """Fill areas as far as they lie in the frame, and hatch them.

    Parameters
    ----------
    hatch
        Matplotlib's pattern, or nothing for none, and the color of its ink.
    """
    inside = _cut(shape, view)
    if inside.is_empty:
        return
    path = path_of(_on_page(inside, sheet, view))
    # An edge of its own color closes the seam to the next class.
    sheet.add(
        PathPatch(path, facecolor=color, edgecolor=color, linewidth=0.2, zorder=0.5),
        sheet.points,
    )
    pattern, ink = hatch
    if pattern:
        sheet.add(
            PathPatch(
                path,
                facecolor="none",
                edgecolor=ink,
                hatch=pattern,
                linewidth=0.0,
                zorder=0.6,
            ),
            sheet.points,
        )


def outlines(shape: BaseGeometry) -> BaseGeometry:
    """Give the lines of a shape: those of an area are its rings."""
    return shape.boundary if shapely.get_dimensions(shape) == 2 else shape


def path_of(shape: BaseGeometry) -> Path:
    """Write a shape as a path of Matplotlib; rings are closed, lines are not."""
    parts = shapely.get_parts(shapely.get_parts(np.array([shape], dtype=object)))
    rings = np.concatenate(
        [
            shapely.get_rings(parts[shapely.get_dimensions(parts) == 2]),
            parts[shapely.get_dimensions(parts) == 1],
        ]
    )
    counts = shapely.get_num_coordinates(rings)
    codes = np.full(int(counts.sum()), Path.LINETO, dtype=Path.code_type)
    starts = np.cumsum(counts) - counts
    codes[starts] = Path.MOVETO
    closed = shapely.is_closed(rings)
    codes[(starts + counts - 1)[closed]] = Path.CLOSEPOLY
    return Path(shapely.get_coordinates(rings), codes)


def _line(path: Path, look: Look) -> PathPatch:
    dash = look.get("dash", "-")
    return PathPatch(
        path,
        facecolor="none",
        edgecolor=look.get("color", "black"),
        linewidth=look.get("width_pt", 0.5),
        linestyle=dash,
        joinstyle="round",
        capstyle="butt" if dash != "-" else "round",
        zorder=look.get("order", 1.0),
    )


def _cut(shape: BaseGeometry, view: View) -> BaseGeometry:
    return shapely.clip_by_rect(shape, *view.bounds)


def _on_page(shape: BaseGeometry, sheet: Sheet, view: View) -> BaseGeometry:
    """Lay a shape out in points of the file, rounded so that they take few digits."""
    simple = shapely.simplify(shape, _FINEST_MM / 1000.0 * view.scale)

    def points(metres: FloatArray) -> FloatArray:
        at = view.page(metres)
        at[:, 1] = sheet.paper.height_mm - at[:, 1]
        return np.round(at / POINT_MM, _DIGITS)

    return shapely.transform(simple, points)
