"""Where a map lies: a small map of the area in a corner of the large one."""

import numpy as np
import shapely

from geoalloc._types import FloatArray
from geoalloc.briefing.areas import SheetPlan
from geoalloc.briefing.atlas import Atlas
from geoalloc.briefing.lettering import TextStyle
from geoalloc.briefing.page import Sheet
from geoalloc.briefing.strokes import stroke
from geoalloc.briefing.view import View

__all__ = ["draw", "place"]

_SHARE = 0.17  # of the width of the map
_NAME = 6.4  # mm, for the name below in two lines
_INSET = 1.5  # mm between the small map and its frame

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, mm."""


def place(view: View, plan: SheetPlan, atlas: Atlas) -> Box | None:
    """Choose the corner of a map in which the small one hides the least.

    Returns
    -------
    box
        None where the map shows all of the area: then there is nothing to tell.
    """
    if shapely.box(*view.bounds).contains(plan.area.geometry):
        return None
    wide = _SHARE * view.width
    high = min(wide + _NAME, 0.4 * view.height)
    left, top, right, bottom = view.room
    corners = [
        (left, top, left + wide, top + high),
        (right - wide, top, right, top + high),
        (left, bottom - high, left + wide, bottom),
        (right - wide, bottom - high, right, bottom),
    ]
    points = view.page(np.array([p.point for p in plan.priorities]).reshape(-1, 2))
    hot = [atlas.ground.hotspots[p.rank] for p in plan.priorities]
    hidden = [_hidden(view, corner, points, hot) for corner in corners]
    return corners[int(np.argmin(hidden))]


def draw(sheet: Sheet, view: View, plan: SheetPlan, box: Box, atlas: Atlas) -> None:
    """Draw the outline of the area and, in it, that of the large map."""
    left, top, right, bottom = box
    sheet.box(left, top, right - left, bottom - top, fill="white", width_pt=0.7)
    name = plan.area.name
    room = right - left - 1.0
    style = TextStyle(size_pt=7.0, align="center", width=room, lines=2)
    sheet.text((left + right) / 2.0, bottom - _NAME + 0.2, name, **style)
    west, south, east, north = shapely.union(
        shapely.box(*plan.area.geometry.bounds), shapely.box(*view.bounds)
    ).bounds
    wide, high = right - left - 2.0 * _INSET, bottom - top - _NAME - 2.0 * _INSET
    scale = max((east - west) / wide, (north - south) / high) * 1000.0
    small = View(
        x=left + _INSET,
        y=top + _INSET,
        width=wide,
        height=high,
        center=((west + east) / 2.0, (south + north) / 2.0),
        scale=max(int(np.ceil(scale)), 1),
    )
    for line in atlas.ground.lines["coast"]:
        stroke(sheet, small, line.geometry, width_pt=0.6, color="#2f5266", order=7.0)
    stroke(sheet, small, plan.area.geometry, width_pt=0.7, color="#555555", order=7.0)
    frame = shapely.box(*view.bounds)
    stroke(sheet, small, frame, width_pt=1.3, order=7.0)


def _hidden(view: View, box: Box, points: FloatArray, hot: list[object]) -> float:
    """Weigh what a box would hide: points first, then the area of hotspots."""
    inside = (points >= np.array(box[:2]) - 3.0) & (points <= np.array(box[2:]) + 3.0)
    west, _, _, north = view.bounds
    metres = view.scale / 1000.0
    ground = shapely.box(
        west + (box[0] - view.x) * metres,
        north - (box[3] - view.y) * metres,
        west + (box[2] - view.x) * metres,
        north - (box[1] - view.y) * metres,
    )
    shapes = np.array(hot, dtype=object)
    share = float(shapely.area(shapely.intersection(shapes, ground)).sum())
    return float(inside.all(axis=1).sum()) * 10.0 + share / shapely.area(ground)
