"""What the signs of a map mean, and the bar that it is measured with."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
from shapely.geometry.base import BaseGeometry

from geoalloc import gazetteer
from geoalloc.briefing import map_frame
from geoalloc.briefing.ground import Ground
from geoalloc.briefing.page import Sheet, settings
from geoalloc.briefing.view import Content, View

__all__ = ["bar_km", "draw", "grid_words", "height", "most"]

_SIZE_PT = 7.0
_ROW = 4.4  # mm
_SWATCH = (7.0, 3.2)  # mm
_BETWEEN = 3.2  # mm
_BAR_MM = 62.0  # at most
_BARS_KM = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
_NATIONAL_GRID = "EPSG:27700"
_EASTERN, _NORTHERN = 700_000, 1_300_000  # where the lettered squares end, m

_Sign: TypeAlias = Callable[[Sheet, float, float], None]


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """A sign and its words; the sign is drawn from its top left corner (mm)."""

    text: str
    sign: _Sign


def draw(
    sheet: Sheet, ground: Ground, view: View, content: Content, at: tuple[float, float]
) -> float:
    """Draw the legend of a map, its ratio and its bar below one another.

    Parameters
    ----------
    at
        Left and top, mm. It reaches to the right edge of the sheet.

    Returns
    -------
    bottom
        In mm.
    """
    x, y = at
    with settings():
        title = demand_words(ground)
        sheet.text(x, y + 0.5, title, size_pt=_SIZE_PT)
        start = x + sheet.width_of(title, _SIZE_PT) + 2.0
        entries = list(_classes(ground))
        y = _flow(sheet, entries, (x, y), start=start)
        y = _flow(sheet, list(_signs(ground, view, content)), (x, y), start=x)
        return _bar(sheet, ground, view, (x, y))


def height(sheet: Sheet, ground: Ground, view: View, content: Content) -> float:
    """Height that the legend of a map takes, mm."""
    return _height(sheet, ground, list(_signs(ground, view, content)))


def most(sheet: Sheet, ground: Ground) -> float:
    """Height that the legend of any map of this ground takes at the most, mm."""
    signs = [_Entry(text=words, sign=sign) for _, words, sign in _all_signs(ground)]
    return _height(sheet, ground, signs)


def _height(sheet: Sheet, ground: Ground, signs: list[_Entry]) -> float:
    wide = sheet.right - sheet.left
    title = sheet.width_of(demand_words(ground), _SIZE_PT) + 2.0
    rows = _rows(sheet, list(_classes(ground)), wide, used=title)
    return (rows + _rows(sheet, signs, wide, used=0.0) + 1) * _ROW + 2.5


def demand_words(ground: Ground) -> str:
    """Say what the colors of the hexes stand for."""
    return f"Expected this shift per hexagon of {ground.hex_km2:.2g} km²:"


def bar_km(scale: int) -> float:
    """Choose the length of the bar: the longest round one that has room."""
    fitting = [km for km in _BARS_KM if km * 1e6 / scale <= _BAR_MM]
    return max(fitting, default=_BARS_KM[0])


def grid_words(ground: Ground, view: View) -> str:
    """Say which grid the map has, and in which lettered squares it lies."""
    step = map_frame.grid_step(view.scale)
    if ground.crs != _NATIONAL_GRID:
        return f"Grid lines every {step} km, in metres of this map's own projection."
    west, south, east, north = view.bounds
    x = np.clip([west, east], 0, _EASTERN - 1)
    y = np.clip([south, north], 0, _NORTHERN - 1)
    reach = [range(int(a // 1e5), int(b // 1e5) + 1) for a, b in (x, y)]
    shapely.prepare(ground.outline)
    letters = [
        gazetteer.grid_reference(i * 1e5, j * 1e5)[:2]
        for j in reach[1]
        for i in reach[0]
        if ground.outline.intersects(shapely.box(*_square(i, j)))
    ] or ["squares"]
    return f"National Grid {', '.join(letters)}: lines every {step} km."


def _square(i: int, j: int) -> tuple[float, float, float, float]:
    """Bounds of a square of 100 km, metres."""
    return i * 1e5, j * 1e5, (i + 1) * 1e5, (j + 1) * 1e5


def _classes(ground: Ground) -> Iterator[_Entry]:
    for label, color, (pattern, ink) in zip(
        ground.classes.labels, map_frame.FILLS, map_frame.HATCHES, strict=False
    ):
        yield _Entry(text=label, sign=_swatch(color, pattern, ink))


def _swatch(color: str, pattern: str, ink: str) -> _Sign:
    wide, high = _SWATCH

    def sign(sheet: Sheet, x: float, y: float) -> None:
        sheet.box(x, y, wide, high, fill=color, edge=None)
        if pattern:
            sheet.box(x, y, wide, high, edge=ink, hatch=pattern, width_pt=0.0)
        sheet.box(x, y, wide, high, width_pt=0.4, edge="#333333")

    return sign


def _signs(ground: Ground, view: View, content: Content) -> Iterator[_Entry]:
    """Go through the signs that are on this map."""
    there = {
        "priority": bool(content.numbered),
        "outlined": bool(content.outlined),
        "hotspot": content.hotspots and _shows(view, ground.hotspots.values()),
        "post": any(view.holds(post.point) for post in content.posts),
        "beat": view.scale <= map_frame.DETAIL,
        "district": _shows(view, [area.geometry.boundary for area in ground.districts]),
        "force": _shows(view, [ground.outline.boundary]),
    }
    there |= {
        kind: _shows(view, [line.geometry for line in lines])
        for kind, lines in ground.lines.items()
    }
    for kind, words, sign in _all_signs(ground):
        alone = kind == "outlined" and not content.numbered
        if there[kind]:
            yield _Entry(text="This area" if alone else words, sign=sign)


def _all_signs(ground: Ground) -> list[tuple[str, str, _Sign]]:
    signs = [
        ("priority", "Priority", _number),
        ("outlined", "Area of a priority", _line("priority")),
        ("hotspot", "Hotspot", _line("hotspot")),
        ("post", "Post of units", _post),
    ]
    signs += [("district", "District", _line("district"))] * bool(ground.districts)
    signs += [("beat", "Home beat", _line("beat"))] * bool(ground.beats)
    signs += [("force", "Edge of the force", _line("force"))]
    words = {"coast": "Coast", "river": "River", "road": "Main road"}
    return signs + [(k, words[k], _line(k)) for k in words if ground.lines[k]]


def _shows(view: View, shapes: Iterable[BaseGeometry]) -> bool:
    frame = shapely.box(*view.bounds)
    return bool(shapely.intersects(frame, np.array([*shapes], dtype=object)).any())


def _number(sheet: Sheet, x: float, y: float) -> None:
    map_frame.disc(sheet, x + 4.0, y + 1.6, "1")


def _post(sheet: Sheet, x: float, y: float) -> None:
    middle = x + 4.0
    corners = [(middle, y + 0.3), (middle + 1.13, y + 2.3), (middle - 1.13, y + 2.3)]
    sheet.add(
        Polygon(
            corners,
            closed=True,
            facecolor="white",
            edgecolor="black",
            linewidth=1.1,
            zorder=4.5,
        )
    )


def _line(kind: str) -> _Sign:
    look = map_frame.LOOKS[kind]

    def sign(sheet: Sheet, x: float, y: float) -> None:
        path = Path([(x, y + 1.6), (x + _SWATCH[0], y + 1.6)])
        sheet.add(
            PathPatch(
                path,
                facecolor="none",
                edgecolor=look["color"],
                linewidth=look["width_pt"],
                linestyle=look.get("dash", "-"),
                zorder=3,
            )
        )

    return sign


def _flow(
    sheet: Sheet, entries: list[_Entry], at: tuple[float, float], *, start: float
) -> float:
    """Set entries beside one another, in as many rows as they need."""
    (left, y), x = at, start
    for entry in entries:
        wide = _wide(sheet, entry)
        if x + wide > sheet.right and x > left:
            x, y = left, y + _ROW
        entry.sign(sheet, x, y)
        sheet.text(x + _SWATCH[0] + 1.2, y + 0.3, entry.text, size_pt=_SIZE_PT)
        x += wide + _BETWEEN
    return y + _ROW


def _rows(sheet: Sheet, entries: list[_Entry], wide: float, *, used: float) -> int:
    rows, x = 1, used
    for entry in entries:
        own = _wide(sheet, entry)
        if x + own > wide and x > 0:
            rows, x = rows + 1, 0.0
        x += own + _BETWEEN
    return rows


def _wide(sheet: Sheet, entry: _Entry) -> float:
    return _SWATCH[0] + 1.2 + sheet.width_of(entry.text, _SIZE_PT)


def _bar(sheet: Sheet, ground: Ground, view: View, at: tuple[float, float]) -> float:
    """Draw the bar in four parts, with the ratio and the grid in words beside it."""
    x, y = at
    km = bar_km(view.scale)
    part = km / 4.0 * 1e6 / view.scale
    for k in range(4):
        fill = "black" if k % 2 == 0 else "white"
        sheet.box(x + k * part, y + 0.6, part, 1.4, fill=fill, width_pt=0.5)
    for k in (0, 2, 4):
        text = f"{km * k / 4.0:g}" + (" km" if k == 4 else "")
        align = "left" if k == 0 else "center"
        sheet.text(x + k * part, y + 2.3, text, size_pt=_SIZE_PT, align=align)
    ratio = f"1:{view.scale:,} at 100 % ({sheet.paper.name})"
    start = x + 4.0 * part + 10.0
    sheet.text(start, y + 0.6, ratio, size_pt=9.0, bold=True)
    start += sheet.width_of(ratio, 9.0, bold=True) + 5.0
    sheet.text(start, y + 1.1, grid_words(ground, view), size_pt=_SIZE_PT)
    return y + _ROW + 2.5
