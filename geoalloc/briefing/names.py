"""Names on a map: of posts and of places, which give way to whatever stands there."""

from dataclasses import dataclass

import numpy as np
import shapely
from matplotlib.patches import Circle, Polygon
from shapely.geometry.base import BaseGeometry

from geoalloc._types import FloatArray
from geoalloc.briefing import labels
from geoalloc.briefing.ground import Ground, Place, Post
from geoalloc.briefing.page import Sheet
from geoalloc.briefing.view import View

__all__ = [
    "Lettering",
    "post_text",
    "towns",
    "write",
    "write_places",
    "write_posts",
    "write_roads",
]

_DETAIL = 75_000  # up to this scale villages and parts of towns have their names
_MM2 = 380.0  # of map for each name of a place
_SPARSER = 1.8  # names of small maps stand this much further apart, by area
_MOST_ROADS, _ROAD = 12, "#5a4636"
_REACH = 2.5  # mm from a point to its name
_LARGE, _MIDDLE = 40_000, 4_000  # people
_LARGER = 1.2
_TRIANGLE = 1.3  # mm, from the middle of a post's mark to its tip


@dataclass(frozen=True, kw_only=True)
class Lettering:
    """A name to write at a point of the page (mm), and its type."""

    text: str
    at: tuple[float, float]
    size_pt: float
    bold: bool = False
    color: str = "black"


def write(
    sheet: Sheet, view: View, wanted: list[Lettering], taken: FloatArray
) -> FloatArray:
    """Write the names that find a place near their points; the first ones choose.

    Parameters
    ----------
    taken : (n, 4)
        Left, top, right and bottom (mm) of what may not be covered.

    Returns
    -------
    taken
        With the names that were written.
    """
    if not wanted:
        return taken
    sizes = np.array([_size(sheet, name) for name in wanted])
    left, top, right, bottom = view.room
    room = labels.Room(
        left=left + 0.6,
        top=top + 0.6,
        right=right - 0.6,
        bottom=bottom - 0.6,
        obstacles=taken,
        reach=_REACH,
        gap=0.5,
    )
    points = np.array([name.at for name in wanted])
    centers = labels.place(points, sizes, room)
    for name, center, size in zip(wanted, centers, sizes, strict=True):
        if np.isfinite(center).all():
            x, y = center - size / 2.0
            sheet.text(
                float(x),
                float(y),
                name.text,
                size_pt=name.size_pt,
                bold=name.bold,
                color=name.color,
                halo=True,
            )
    placed = np.isfinite(centers).all(axis=1)
    half = sizes[placed] / 2.0
    boxes = np.hstack([centers[placed] - half, centers[placed] + half])
    return np.vstack([taken, boxes])


def write_posts(
    sheet: Sheet, view: View, posts: tuple[Post, ...], taken: FloatArray
) -> FloatArray:
    """Mark where units stand by, and name the units where there is room."""
    shown = [post for post in posts if view.holds(post.point, 1.5)]
    wanted = []
    for post in shown:
        x, y = view.page(np.array(post.point))[0].tolist()
        corners = [(0.0, -1.0), (0.87, 0.5), (-0.87, 0.5)]
        tips = [(x + _TRIANGLE * a, y + _TRIANGLE * b) for a, b in corners]
        sheet.add(
            Polygon(
                tips,
                closed=True,
                facecolor="white",
                edgecolor="black",
                linewidth=1.1,
                zorder=4.5,
            )
        )
        box = [x - _TRIANGLE, y - _TRIANGLE, x + _TRIANGLE, y + _TRIANGLE]
        taken = np.vstack([taken, box])
        text, size = post_text(post), 7.0 * _grown(sheet)
        wanted.append(Lettering(text=text, at=(x, y), size_pt=size))
    return write(sheet, view, wanted, taken)


def post_text(post: Post) -> str:
    """Name the units of a post: two of them, or how many."""
    if len(post.units) <= 2:
        return ", ".join(post.units)
    return f"{len(post.units)} units"


def write_places(
    sheet: Sheet, view: View, ground: Ground, taken: FloatArray
) -> FloatArray:
    """Name the places of the map, the largest first, as many as it holds."""
    small = view.scale <= _DETAIL
    known = ground.places if small else towns(ground.places)
    shown = [place for place in known if view.holds(place.point, 2.0)]
    grown = _grown(sheet)
    spread = _MM2 * grown**2 * (1.0 if small else _SPARSER)
    most = max(int(view.width * view.height / spread), 3)
    wanted = []
    for place in shown[:most]:
        x, y = view.page(np.array(place.point))[0].tolist()
        if small and not _covered(x, y, taken):
            sheet.add(Circle((x, y), 0.45, facecolor="#333333", linewidth=0, zorder=4))
        large, middle = place.population >= _LARGE, place.population >= _MIDDLE
        wanted.append(
            Lettering(
                text=place.name,
                at=(x, y),
                size_pt=grown * (9.0 if large else 8.0 if middle else 7.0),
                bold=middle,
                color="#111111",
            )
        )
    return write(sheet, view, wanted, taken)


def write_roads(
    sheet: Sheet, view: View, ground: Ground, taken: FloatArray
) -> FloatArray:
    """Write the name of each road once, in the middle of its longest part there."""
    longest: dict[str, BaseGeometry] = {}
    for road in ground.lines["road"]:
        parts = shapely.get_parts(shapely.clip_by_rect(road.geometry, *view.bounds))
        named = [part for part in parts if road.name]
        best = max(named, key=shapely.length, default=None)
        old = longest.get(road.name)
        if best is not None and (old is None or best.length > old.length):
            longest[road.name] = best
    ranked = sorted(longest.items(), key=lambda one: (-one[1].length, one[0]))
    wanted = []
    for name, part in ranked[:_MOST_ROADS]:
        middle = part.interpolate(0.5, normalized=True)
        x, y = view.page(np.array([middle.x, middle.y]))[0].tolist()
        size = 7.0 * _grown(sheet)
        wanted.append(
            Lettering(text=name, at=(x, y), size_pt=size, bold=True, color=_ROAD)
        )
    return write(sheet, view, wanted, taken)


def towns(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """Join the places of each town: all its people, at the place of its name.

    Where no part bears the name of the town, it stands at the largest of them.
    """
    parts: dict[str, list[Place]] = {}
    for place in places:
        parts.setdefault(place.town, []).append(place)
    joined = [
        Place(
            name=town,
            town=town,
            population=sum(part.population for part in of),
            point=next((part.point for part in of if part.name == town), of[0].point),
        )
        for town, of in parts.items()
    ]
    return tuple(sorted(joined, key=lambda p: (-p.population, p.name, p.point)))


def _grown(sheet: Sheet) -> float:
    """How much larger the type of a map is than on A4."""
    return _LARGER if sheet.paper.large else 1.0


def _size(sheet: Sheet, name: Lettering) -> tuple[float, float]:
    height = sheet.height_of("x", size_pt=name.size_pt)
    return sheet.width_of(name.text, name.size_pt, bold=name.bold), height


def _covered(x: float, y: float, taken: FloatArray) -> bool:
    return bool(
        (
            (taken[:, 0] <= x)
            & (x <= taken[:, 2])
            & (taken[:, 1] <= y)
            & (y <= taken[:, 3])
        ).any()
    )
