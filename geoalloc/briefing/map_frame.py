"""A map on a sheet: true to its scale, with grid, outlines, names and numbers."""

import numpy as np
import shapely
from matplotlib.patches import Circle, Polygon

from geoalloc._types import FloatArray
from geoalloc.briefing import labels, names
from geoalloc.briefing.ground import Ground
from geoalloc.briefing.lettering import TextStyle
from geoalloc.briefing.page import LineStyle, Sheet, settings
from geoalloc.briefing.strokes import Look, fill, stroke
from geoalloc.briefing.view import Content, Numbered, View

__all__ = [
    "DETAIL",
    "FILLS",
    "HATCHES",
    "LOOKS",
    "MARGIN_BOTTOM",
    "MARGIN_LEFT",
    "disc",
    "draw",
    "grid_step",
]

FILLS = ("#fdfae9", "#f1e6b0", "#d8cc97", "#b4b3a8", "#8592ab")
"""Of the classes, the least first: like cividis, and each darker in gray."""

HATCHES = (
    ("", "none"),
    ("", "none"),
    ("..", "#7a7048"),
    ("///", "#62665f"),
    ("xxx", "#4e5c78"),
)
"""Of the classes, with their ink: the top three are told apart without color."""

LOOKS = {
    "coast": Look(width_pt=2.4, color="#2f5f7d"),
    "river": Look(width_pt=1.0, color="#5d8299"),
    "motorway": Look(width_pt=2.4, color="#666666", rim_pt=3.8),
    "road": Look(width_pt=1.3, color="#6f5443", rim_pt=2.6),
    "beat": Look(width_pt=0.7, color="#333333", dash=(0, (1, 1.6))),
    "district": Look(width_pt=1.2, color="black", dash=(0, (7, 2, 1.5, 2)), rim_pt=2.2),
    "force": Look(width_pt=1.4, color="black"),
    "hotspot": Look(width_pt=0.9, color="black", dash=(0, (3, 1.5)), rim_pt=1.9),
    "priority": Look(width_pt=1.8, color="black", rim_pt=3.4),
}
"""How what lies on the ground is drawn; the legend shows the same."""

MARGIN_LEFT, MARGIN_BOTTOM = 9.0, 4.0
"""Room for the figures of the grid, mm."""

DETAIL = 75_000
"""Up to this scale single hexes and home beats show."""

_HEX = Look(width_pt=0.3, color="#6f6f66")
_GRID = LineStyle(width_pt=0.35, color="#6d8fa6", order=0.8)
_RED, _BOX_PT = "#7a1f1f", 7.5  # of the outlines of other sheets
_DISC, _DOT = 2.6, 0.6  # mm, radii
_NORTH = (16.5, 12.5)  # mm
_STEPS_KM = (1, 5, 10, 50, 100, 500)
_CLOSEST = 12.0  # mm between lines of the grid
_THOUSAND = 1000.0


def draw(sheet: Sheet, ground: Ground, view: View, content: Content) -> None:
    """Draw a map with its grid, frame and all that it names.

    The figures of the grid stand left of the frame and below it, in
    `MARGIN_LEFT` and `MARGIN_BOTTOM`.
    """
    with settings():
        _fills(sheet, ground, view)
        _lines(sheet, ground, view)
        _grid(sheet, ground, view)
        _areas(sheet, ground, view, content)
        sheet.box(view.x, view.y, view.width, view.height, width_pt=0.9)
        taken = np.array(content.obstacles, float).reshape(-1, 4)
        taken = np.vstack([taken, _north(sheet, view, content, taken)])
        taken = _numbers(sheet, view, content.numbered, taken)
        taken = _boxes(sheet, view, content, taken)
        taken = names.write_posts(sheet, view, content.posts, taken)
        taken = names.write_roads(sheet, view, ground, taken)
        names.write_places(sheet, view, ground, taken)


def grid_step(scale: int) -> int:
    """Choose the distance between lines of the grid, km, by the scale of a map."""
    for step in _STEPS_KM:
        if step * 1e6 / scale >= _CLOSEST:
            return step
    return _STEPS_KM[-1]


def disc(sheet: Sheet, x: float, y: float, text: str) -> None:
    """Draw a number in a black disc around a point of the page."""
    sheet.add(
        Circle(
            (x, y),
            _DISC,
            facecolor="black",
            edgecolor="white",
            linewidth=0.8,
            zorder=6,
        )
    )
    size = 9.0 if len(text) < 3 else 7.0
    top = y - sheet.height_of(text, size_pt=size) / 2.0
    sheet.text(x, top, text, size_pt=size, bold=True, color="white", align="center")


def _fills(sheet: Sheet, ground: Ground, view: View) -> None:
    for shape, color, hatch in zip(ground.fills, FILLS, HATCHES, strict=False):
        fill(sheet, view, shape, color, hatch)
    if view.scale <= DETAIL:
        near = ground.edges.query(shapely.box(*view.bounds))
        cells = shapely.multipolygons(ground.edges.geometries.take(np.sort(near)))
        stroke(sheet, view, cells, **_HEX)


def _lines(sheet: Sheet, ground: Ground, view: View) -> None:
    for river in ground.lines["river"]:
        stroke(sheet, view, river.geometry, **LOOKS["river"])
    for road in ground.lines["road"]:
        motorway = road.name[:1] == "M" and road.name[1:2].isdigit()
        stroke(sheet, view, road.geometry, **LOOKS["motorway" if motorway else "road"])


def _areas(sheet: Sheet, ground: Ground, view: View, content: Content) -> None:
    if view.scale <= DETAIL:
        for beat in ground.beats:
            stroke(sheet, view, beat.geometry, **LOOKS["beat"])
    for district in ground.districts:
        stroke(sheet, view, district.geometry, **LOOKS["district"])
    stroke(sheet, view, ground.outline, **LOOKS["force"])
    for coast in ground.lines["coast"]:  # above the outline, that runs along it
        stroke(sheet, view, coast.geometry, **LOOKS["coast"])
    if content.hotspots:
        for shape in ground.hotspots.values():
            stroke(sheet, view, shape, **LOOKS["hotspot"])
    for shape in content.outlined:
        stroke(sheet, view, shape, **LOOKS["priority"])


def _grid(sheet: Sheet, ground: Ground, view: View) -> None:
    west, south, east, north = view.bounds
    step = grid_step(view.scale) * _THOUSAND
    left, top, right, bottom = view.room
    british = ground.crs == "EPSG:27700"
    for k in range(int(np.ceil(west / step)), int(np.floor(east / step)) + 1):
        x = float(view.page(np.array([k * step, north]))[0, 0])
        sheet.line((x, top), (x, bottom), **_GRID)
        if left + 3.0 <= x <= right - 3.0:
            _figure(sheet, (x, bottom + 0.5), k * step, british=british, middle=True)
    for k in range(int(np.ceil(south / step)), int(np.floor(north / step)) + 1):
        y = float(view.page(np.array([west, k * step]))[0, 1])
        sheet.line((left, y), (right, y), **_GRID)
        if top + 1.5 <= y <= bottom - 1.5:
            _figure(sheet, (left - 0.8, y - 1.7), k * step, british=british)


def _figure(
    sheet: Sheet,
    at: tuple[float, float],
    metres: float,
    *,
    british: bool,
    middle: bool = False,
) -> None:
    """Write whole kilometres; on the National Grid the last two stand out."""
    km = round(metres / _THOUSAND)
    small, large = (f"{km // 100}", f"{km % 100:02d}") if british else ("", f"{km}")
    wide = [sheet.width_of(small, 7.0), sheet.width_of(large, 8.5, bold=True)]
    x = at[0] - sum(wide) * (0.5 if middle else 1.0)
    if small:
        sheet.text(x, at[1], small, size_pt=7.0, color="#333333")
    sheet.text(x + wide[0], at[1], large, size_pt=8.5, bold=True)


def _numbers(
    sheet: Sheet, view: View, numbered: tuple[Numbered, ...], taken: FloatArray
) -> FloatArray:
    """Lead from each point to its number; all that lie in the frame get one."""
    shown = [one for one in numbered if view.holds(one.point)]
    if not shown:
        return taken
    points = view.page(np.array([one.point for one in shown]))
    sizes = np.full((len(shown), 2), 2.0 * _DISC + 0.4)
    dots = np.hstack([points - _DOT, points + _DOT])
    room = _room(view, np.vstack([taken, dots]), gap=1.6)
    centers = labels.uncross(points, _placed(points, sizes, room), sizes)
    for one, point, center in zip(
        shown, points.tolist(), centers.tolist(), strict=True
    ):
        start, end = (point[0], point[1]), (center[0], center[1])
        sheet.line(start, end, width_pt=2.4, color="white")
        sheet.line(start, end, width_pt=0.9)
        sheet.add(Circle(start, _DOT, facecolor="black", edgecolor="white", zorder=5))
        disc(sheet, *end, one.text)
    boxes = np.hstack([centers - sizes / 2.0, centers + sizes / 2.0])
    return np.vstack([taken, dots, boxes])


def _boxes(sheet: Sheet, view: View, content: Content, taken: FloatArray) -> FloatArray:
    """Draw the outlines of other sheets, with their names at a corner."""
    if not content.boxes:
        return taken
    for _, (west, south, east, north) in content.boxes:
        stroke(
            sheet,
            view,
            shapely.box(west, south, east, north),
            width_pt=1.1,
            color=_RED,
            rim_pt=2.0,
        )
    corners = [(west, north) for _, (west, _, _, north) in content.boxes]
    points = view.page(np.array(corners))
    texts = [text for text, _ in content.boxes]
    wide = [sheet.width_of(text, _BOX_PT, bold=True) for text in texts]
    high = sheet.height_of("x", size_pt=_BOX_PT)
    sizes = np.array([(w, high) for w in wide])
    centers = _placed(points, sizes, _room(view, taken, gap=0.8))
    for text, point, center in zip(texts, points, centers, strict=True):
        middle, y = (float(value) for value in center)
        start = (float(point[0]), float(point[1]))
        sheet.line(start, (middle, y), width_pt=0.6, color=_RED)
        style = TextStyle(size_pt=_BOX_PT, bold=True, color=_RED, align="center")
        style["halo"] = True
        sheet.text(middle, y - high / 2.0, text, **style)
    boxes = np.hstack([centers - sizes / 2.0, centers + sizes / 2.0])
    return np.vstack([taken, boxes])


def _placed(points: FloatArray, sizes: FloatArray, room: labels.Room) -> FloatArray:
    """Find places; where the map is full, a label stands on its point: none is lost."""
    centers = labels.place(points, sizes, room)
    low = np.array([room.left, room.top]) + sizes / 2.0
    high = np.array([room.right, room.bottom]) - sizes / 2.0
    return np.where(np.isnan(centers), np.clip(points, low, high), centers)


def _room(view: View, taken: FloatArray, *, gap: float) -> labels.Room:
    left, top, right, bottom = view.room
    return labels.Room(
        left=left + 0.6,
        top=top + 0.6,
        right=right - 0.6,
        bottom=bottom - 0.6,
        obstacles=taken,
        gap=gap,
    )


def _north(sheet: Sheet, view: View, content: Content, taken: FloatArray) -> FloatArray:
    """Draw the arrow to grid north in the corner that hides the least."""
    wide, high = _NORTH
    left, top, right, bottom = view.room
    corners = [
        (right - wide, top),
        (left, top),
        (right - wide, bottom - high),
        (left, bottom - high),
    ]
    points = view.page(np.array([one.point for one in content.numbered]).reshape(-1, 2))
    boxes = np.array([(x, y, x + wide, y + high) for x, y in corners])
    hidden = _inside(points, boxes) * 10.0 + _overlaps(boxes, taken) * 100.0
    x, y = corners[int(np.argmin(hidden))]
    sheet.box(x, y, wide, high, fill="white", width_pt=0.6)
    middle = x + wide / 2.0
    tips = [(0.0, 1.2), (1.7, 7.8), (0.0, 6.4), (-1.7, 7.8)]
    corners_mm = [(middle + a, y + b) for a, b in tips]
    sheet.add(Polygon(corners_mm, closed=True, facecolor="black", zorder=4))
    sheet.text(middle, y + 8.6, "Grid north", size_pt=7.0, align="center")
    return np.array([[x, y, x + wide, y + high]])


def _inside(points: FloatArray, boxes: FloatArray) -> FloatArray:
    """Count the points in each box, (n_boxes,)."""
    held = (points >= boxes[:, None, :2]) & (points <= boxes[:, None, 2:])
    return np.asarray(held.all(axis=2).sum(axis=1), float)


def _overlaps(boxes: FloatArray, taken: FloatArray) -> FloatArray:
    """Count what each box covers of what is taken, (n_boxes,)."""
    low = np.maximum(boxes[:, None, :2], taken[:, :2])
    high = np.minimum(boxes[:, None, 2:], taken[:, 2:])
    return np.asarray((low < high).all(axis=2).sum(axis=1), float)
