"""Which sheets a briefing has: what is on each, where, and at which scale.

What is on a sheet and which number it bears depend on the run alone: not on the size
of the paper, nor on the areas asked for. So the large sheet on the wall and the small
one in the hand name the same place by the same number.
"""

import difflib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc._types import FloatArray
from geoalloc.briefing import labels
from geoalloc.briefing.ground import Ground
from geoalloc.briefing.priorities import Priority
from geoalloc.errors import UsageError

__all__ = [
    "SCALES",
    "Area",
    "Group",
    "SheetPlan",
    "find",
    "groups",
    "least_room",
    "plan",
    "scale_for",
]

SCALES = (10_000, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000)
"""Of sheets of an area, the largest first."""

_SMALLER = (75, 100, 150, 200, 250, 300, 400, 500, 600, 700, 800, 1000, 1500, 2000)
_MARGIN = 9.0  # mm between what a map must hold and its frame: a number and its leader
# Ground round priorities, metres: names to know them by.
_AROUND = np.array([-800.0, -800.0, 800.0, 800.0])
_PLACE_M = 1500.0  # what is this near to a place counts as at it
_BAND_MM = 6.0  # points of one line, in reading
# A4 with n priorities below the map: what any sheet has room for, mm.
_NOMINAL_WIDTH, _NOMINAL_HEIGHT, _NOMINAL_ROW = 165.0, 190.0, 25.0

Bounds: TypeAlias = tuple[float, float, float, float]
Room: TypeAlias = Callable[[Sequence[Priority]], tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Area:
    """What a sheet is asked for: a district, a home beat, a place, or the force.

    Attributes
    ----------
    geometry
        In metres; of a place, all that is within 1.5 km of it.
    """

    name: str
    kind: str
    geometry: BaseGeometry


@dataclass(frozen=True, kw_only=True)
class Group:
    """Priorities that lie together in an area, in reading order.

    Attributes
    ----------
    left_out
        Priorities of the area that are on no sheet, by rank: no unit is tasked to
        them, and others come before them. They stand with the area's last group.
    """

    area: Area
    priorities: tuple[Priority, ...]
    left_out: tuple[Priority, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SheetPlan:
    """One sheet: what is on it, and what part of the ground at which scale.

    Attributes
    ----------
    part, parts
        Which of the sheets of its area it is.
    center, scale
        Of its map: metres, and metres on the ground for each of paper.
    """

    area: Area
    part: int
    parts: int
    priorities: tuple[Priority, ...]
    left_out: tuple[Priority, ...]
    center: tuple[float, float]
    scale: int

    @property
    def title(self) -> str:
        """Name of the area, with which part it is where there are several."""
        if self.parts == 1:
            return self.area.name
        return f"{self.area.name}, {self.part} of {self.parts}"


def plan(
    ground: Ground,
    priorities: Sequence[Priority],
    room: Room,
    *,
    area: str | None = None,
    most: int = 5,
) -> tuple[SheetPlan, ...]:
    """Lay out the sheets of a briefing.

    One or more for each district that has priorities, in the order of their names;
    with ``area``, those of that area alone, and one that says so if it has none.

    Parameters
    ----------
    room
        Width and height (mm) that a map has beside given priorities.
    area
        Name of a district, home beat or place, or of the force for all.
    most
        Priorities on one sheet.

    Raises
    ------
    UsageError
        If there is no area of that name.
    """
    found = groups(ground, priorities, most=most)
    if area is not None:
        found = _within(found, find(ground, area))
    parts: dict[str, int] = {}
    for group in found:
        parts[group.area.name] = parts.get(group.area.name, 0) + 1
    sheets: list[SheetPlan] = []
    seen: dict[str, int] = {}
    for group in found:
        name = group.area.name
        seen[name] = seen.get(name, 0) + 1
        bounds = _bounds(ground, group)
        sheets.append(
            SheetPlan(
                area=group.area,
                part=seen[name],
                parts=parts[name],
                priorities=group.priorities,
                left_out=group.left_out,
                center=((bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0),
                scale=_scale(group, bounds, room(group.priorities)),
            )
        )
    return tuple(sheets)


def groups(
    ground: Ground, priorities: Sequence[Priority], *, most: int = 5
) -> tuple[Group, ...]:
    """Part the priorities of a run by district and by where they lie, and number them.

    On the sheets of a district are the first by rank, as many as one sheet holds, and
    all that a unit is tasked to. Those nearest to each other come together as long as
    a sheet at 1:50,000 holds them. They are numbered through in reading order, those
    left out after all others.
    """
    found: list[Group] = []
    for area, mine in _by_district(ground, priorities):
        shown = [p for k, p in enumerate(mine) if k < most or p.tasks]
        rest = tuple(p for p in mine if p not in shown)
        parts = _clusters(ground, shown, most)
        for k, part in enumerate(parts):
            last = k == len(parts) - 1
            found.append(
                Group(area=area, priorities=part, left_out=rest if last else ())
            )
    number = itertools.count(1)
    shown_too = [replace(g, priorities=_numbered(g.priorities, number)) for g in found]
    return tuple(replace(g, left_out=_numbered(g.left_out, number)) for g in shown_too)


def find(ground: Ground, name: str) -> Area:
    """Find an area by name: a district before a home beat, that before a place.

    Raises
    ------
    UsageError
        If there is none: it names those that sound alike.
    """
    wanted = " ".join(name.split()).casefold()
    for kind, known in (("district", ground.districts), ("beat", ground.beats)):
        for one in known:
            if one.name.casefold() == wanted:
                return Area(name=one.name, kind=kind, geometry=one.geometry)
    at = [p for p in ground.places if wanted in (p.name.casefold(), p.town.casefold())]
    if at:
        around = shapely.union_all(
            shapely.buffer(shapely.points([p.point for p in at]), _PLACE_M)
        )
        own = next((p.name for p in at if p.name.casefold() == wanted), at[0].town)
        return Area(name=own, kind="place", geometry=around)
    if wanted == ground.name.casefold():
        return Area(name=ground.name, kind="force", geometry=ground.outline)
    raise UsageError(_unknown(ground, name))


def _scale(group: Group, bounds: Bounds, room: tuple[float, float]) -> int:
    """Choose the scale of a sheet: with ground round its priorities as far as it can.

    A map that holds nothing but its hotspots does not tell where they are; one smaller
    than the smallest of `SCALES` does not show the streets.
    """
    needed = scale_for(bounds, room)
    if not group.priorities:
        return needed
    west, south, east, north = (np.array(bounds) + _AROUND).tolist()
    return max(needed, min(scale_for((west, south, east, north), room), SCALES[-1]))


def _numbered(
    priorities: Iterable[Priority], number: Iterator[int]
) -> tuple[Priority, ...]:
    return tuple(replace(one, number=next(number)) for one in priorities)


def scale_for(
    bounds: Bounds, room: tuple[float, float], *, margin: float = _MARGIN
) -> int:
    """Choose the largest round scale at which a map holds what it must.

    Parameters
    ----------
    bounds
        West, south, east, north of what the map holds, metres.
    room
        Width and height of the map, mm.
    margin
        Between what it must hold and its frame, mm.
    """
    west, south, east, north = bounds
    wide, high = room[0] - 2.0 * margin, room[1] - 2.0 * margin
    least = max((east - west) / wide, (north - south) / high) * 1000.0
    rounds = (*SCALES, *(1000 * k for k in _SMALLER))
    return next((s for s in rounds if s >= least), int(-(-least // 1e6) * 1e6))


def _unknown(ground: Ground, name: str) -> str:
    known = {a.name for a in (*ground.districts, *ground.beats)}
    known |= {p.name for p in ground.places} | {p.town for p in ground.places}
    lower = {one.casefold(): one for one in sorted(known)}
    near = difflib.get_close_matches(name.casefold(), lower, n=3, cutoff=0.4)
    like = f", such as {' or '.join(repr(lower[one]) for one in near)}" if near else ""
    return (
        f"there is no district, home beat or place {name!r} in this run: name one that "
        f"is on its map{like}"
    )


def _by_district(
    ground: Ground, priorities: Iterable[Priority]
) -> list[tuple[Area, list[Priority]]]:
    """Give each district its priorities by rank; without districts, the force."""
    districts = sorted(ground.districts, key=lambda one: one.name)
    known = [
        Area(name=one.name, kind="district", geometry=one.geometry) for one in districts
    ] or [Area(name=ground.name, kind="force", geometry=ground.outline)]
    mine: dict[str, list[Priority]] = {}
    for priority in sorted(priorities, key=lambda p: p.rank):
        mine.setdefault(_district(known, priority), []).append(priority)
    return [(area, mine[area.name]) for area in known if area.name in mine]


def _district(known: Sequence[Area], priority: Priority) -> str:
    names = [area.name for area in known]
    if priority.district in names:
        return priority.district
    tree = shapely.STRtree([area.geometry for area in known])
    return names[int(tree.nearest(shapely.Point(priority.point)))]


def _clusters(
    ground: Ground, shown: Sequence[Priority], most: int
) -> list[tuple[Priority, ...]]:
    """Join the nearest as long as one sheet holds them; sheets in reading order."""
    found: list[tuple[Priority, ...]] = [(priority,) for priority in shown]
    while True:
        pairs = [
            (_apart(ground, a, b), i, j)
            for (i, a), (j, b) in itertools.combinations(enumerate(found), 2)
            if _fits(ground, (*a, *b), most)
        ]
        if not pairs:
            break
        _, i, j = min(pairs)
        found[i] = (*found[i], *found[j])
        del found[j]
    found = [_in_order(ground, part) for part in found]
    middles = np.array([_middle(_extent(ground, part)) for part in found])
    order = labels.reading_order(_down(middles), _BAND_MM / 1000.0 * SCALES[-1])
    return [found[i] for i in order.tolist()]


def _in_order(ground: Ground, part: tuple[Priority, ...]) -> tuple[Priority, ...]:
    scale = scale_for(_extent(ground, part), least_room(len(part)))
    points = _down(np.array([p.point for p in part]))
    order = labels.reading_order(points, _BAND_MM / 1000.0 * scale)
    return tuple(part[i] for i in order.tolist())


def _down(points: FloatArray) -> FloatArray:
    """Turn norths so that y is downwards, as on a page."""
    return points * np.array([1.0, -1.0])


def _fits(ground: Ground, part: Sequence[Priority], most: int) -> bool:
    if len(part) > most:
        return False
    return scale_for(_extent(ground, part), least_room(len(part))) <= SCALES[-1]


def least_room(n: int) -> tuple[float, float]:
    """Width and height (mm) that a map beside ``n`` priorities has on any sheet."""
    return _NOMINAL_WIDTH, _NOMINAL_HEIGHT - _NOMINAL_ROW * n


def _apart(ground: Ground, a: Sequence[Priority], b: Sequence[Priority]) -> float:
    """Diagonal of what holds both, metres."""
    west, south, east, north = _extent(ground, (*a, *b))
    return float(np.hypot(east - west, north - south))


def _extent(ground: Ground, part: Sequence[Priority]) -> Bounds:
    shapes = [ground.hotspots[p.rank] for p in part]
    bounds = shapely.total_bounds(np.array(shapes, dtype=object))
    west, south, east, north = bounds.tolist()
    return west, south, east, north


def _middle(bounds: Bounds) -> tuple[float, float]:
    return (bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0


def _bounds(ground: Ground, group: Group) -> Bounds:
    if group.priorities:
        return _extent(ground, group.priorities)
    west, south, east, north = group.area.geometry.bounds
    return float(west), float(south), float(east), float(north)


def _within(found: Sequence[Group], area: Area) -> tuple[Group, ...]:
    """Keep of each group what lies in an area, and its number."""
    if area.kind == "force":
        return tuple(found) or (Group(area=area, priorities=()),)
    if area.kind == "district":
        mine = tuple(group for group in found if group.area.name == area.name)
        return mine or (Group(area=area, priorities=()),)
    shapely.prepare(area.geometry)
    kept = []
    left: list[Priority] = []
    for group in found:
        inside = tuple(p for p in group.priorities if _holds(area, p))
        left += [p for p in group.left_out if _holds(area, p)]
        if inside:
            kept.append(Group(area=area, priorities=inside))
    kept = kept or [Group(area=area, priorities=())]
    return (*kept[:-1], replace(kept[-1], left_out=tuple(left)))


def _holds(area: Area, priority: Priority) -> bool:
    return bool(shapely.intersects_xy(area.geometry, *priority.point))
