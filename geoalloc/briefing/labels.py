"""Where labels stand on a map: inside its frame, clear of one another, leaders short.

Each label takes the nearest place that is free, as in the greedy method that
Christensen, Marks and Shieber (1995, ACM Transactions on Graphics 14) start from.
Then labels of one size change places as long as that shortens their leaders, after
which no two leaders cross.
"""

import math
from dataclasses import dataclass

import numpy as np

from geoalloc._types import BoolArray, FloatArray, IndexArray

__all__ = ["Room", "crossing", "place", "reading_order", "uncross"]

_STEP = 1.5  # mm between the places that are tried
_NEAR = 12.0  # mm that are tried first
_FIRST = (45, 0, 90, 315, 135, 180, 270, 225)  # degrees from east: these come first
_CROSSED = 8.0  # mm of leader that one crossing is worth
_COVERED = 12.0  # mm of leader that hiding another point is worth


@dataclass(frozen=True, kw_only=True)
class Room:
    """Where labels may stand, mm.

    Attributes
    ----------
    left, top, right, bottom
        Of the map's frame; y is downwards.
    obstacles : (n, 4)
        Left, top, right, bottom of what may not be covered.
    reach
        How far from its point the edge of a label may be.
    gap
        Between a label and its point, and between labels.
    """

    left: float
    top: float
    right: float
    bottom: float
    obstacles: FloatArray | None = None
    reach: float = math.inf
    gap: float = 0.8


def place(points: FloatArray, sizes: FloatArray, room: Room) -> FloatArray:
    """Find a place for each label; the first ones choose first.

    Parameters
    ----------
    points : (n, 2)
        What is labelled, mm.
    sizes : (n, 2)
        Width and height of the labels, mm.

    Returns
    -------
    centers : (n, 2)
        Of the labels; nan for one that finds no place within reach. Of places at
        the same cost, the first that is tried is taken.
    """
    points, sizes = np.asarray(points, float), np.asarray(sizes, float)
    centers = np.full((len(points), 2), np.nan)
    taken = np.empty((0, 4)) if room.obstacles is None else np.array(room.obstacles)
    leaders = np.empty((0, 4))
    for i, (point, size) in enumerate(zip(points, sizes, strict=True)):
        taken_now = _Taken(boxes=taken, leaders=leaders, points=points)
        found = _best(point, size, room, taken_now)
        if found is None:
            continue
        centers[i] = found
        box = np.concatenate([found - size / 2.0, found + size / 2.0])
        taken = np.vstack([taken, box])
        leaders = np.vstack([leaders, np.concatenate([point, found])])
    return centers


def uncross(points: FloatArray, centers: FloatArray, sizes: FloatArray) -> FloatArray:
    """Let labels of one size change places as long as that shortens their leaders.

    Where two leaders cross, a change shortens them: so none cross in the end, but for
    those of labels of different sizes.

    Parameters
    ----------
    points, centers, sizes : (n, 2)
        As of `place`; centers that are nan stay so.
    """
    found = np.array(centers, float)
    placed = np.flatnonzero(np.isfinite(found).all(axis=1))
    pairs = [
        (i, j)
        for a, i in enumerate(placed.tolist())
        for j in placed[a + 1 :].tolist()
        if np.array_equal(sizes[i], sizes[j])
    ]
    changed = True
    while changed:
        changed = False
        for i, j in pairs:
            now = math.dist(points[i], found[i]) + math.dist(points[j], found[j])
            then = math.dist(points[i], found[j]) + math.dist(points[j], found[i])
            if then < now - 1e-9:
                found[[i, j]] = found[[j, i]]
                changed = True
    return found


def crossing(first: FloatArray, others: FloatArray) -> BoolArray:
    """Tell which of other segments a segment crosses, ends not counted.

    Parameters
    ----------
    first : (..., 4)
        Segments as x, y, x, y.
    others : (n, 4)
        Segments.

    Returns
    -------
    crossed : (..., n)
    """
    a, b = first[..., None, :2], first[..., None, 2:]
    c, d = others[:, :2], others[:, 2:]
    return np.asarray(
        (_side(a, b, c) * _side(a, b, d) < 0) & (_side(c, d, a) * _side(c, d, b) < 0)
    )


def reading_order(points: FloatArray, band: float) -> IndexArray:
    """Order points as a page is read: rows from the top, each from the left.

    Parameters
    ----------
    points : (n, 2)
        y downwards.
    band
        Points of a row are less than this below its first one.

    Returns
    -------
    order : (n,)
        Positions of the points, first to last; ties keep their order.
    """
    points = np.asarray(points, float).reshape(-1, 2)
    down = np.lexsort((points[:, 0], points[:, 1]))
    row = np.zeros(len(points), dtype=np.int64)
    top = -math.inf
    number = 0
    for i in down.tolist():
        if points[i, 1] >= top + band:
            top, number = points[i, 1], number + 1
        row[i] = number
    return np.lexsort((points[:, 1], points[:, 0], row)).astype(np.int64)


def _side(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
    across, along = b - a, c - a
    return np.asarray(across[..., 0] * along[..., 1] - across[..., 1] * along[..., 0])


@dataclass(frozen=True, kw_only=True)
class _Taken:
    """What the labels so far leave no room for: boxes and leaders, and all points."""

    boxes: FloatArray
    leaders: FloatArray
    points: FloatArray


def _best(
    point: FloatArray, size: FloatArray, room: Room, taken: _Taken
) -> FloatArray | None:
    """Find the place of least cost, looking no further than where it must be."""
    widest = math.hypot(room.right - room.left, room.bottom - room.top)
    reach = min(room.reach, widest)
    inner, outer = 0.0, min(_NEAR, reach)
    best, least = None, math.inf
    while True:
        tried = _candidates(point, size, room, rings=(inner, outer))
        boxes = np.hstack([tried - size / 2.0, tried + size / 2.0])
        free = ~_overlapping(boxes, taken.boxes, room.gap)
        if free.any():
            costs = _costs(point, tried[free], boxes[free], taken)
            k = int(np.argmin(costs))
            if costs[k] < least:
                best, least = tried[free][k], float(costs[k])
        # A place further out costs at least its distance.
        if least <= outer or outer >= reach:
            return best
        inner, outer = outer, min(2.0 * outer, reach)


def _candidates(
    point: FloatArray, size: FloatArray, room: Room, *, rings: tuple[float, float]
) -> FloatArray:
    """List the places to try, (n, 2), nearest first, inside the frame."""
    inner, outer = rings
    # Rings are counted from the point, so that it is no matter where a search stops.
    first = math.ceil(inner / _STEP) if inner else 0
    numbers = np.arange(first, math.floor(outer / _STEP) + 1)
    numbers = numbers[(numbers * _STEP > inner) | (numbers == 0)]
    parts = [np.empty((0, 2))]
    for ring in (numbers * _STEP).tolist():
        angles = np.radians(_angles(ring + float(size.max()) / 2.0))
        toward = np.stack([np.cos(angles), -np.sin(angles)], axis=1)
        parts.append(point + toward * (ring + room.gap) + _beside(toward) * size / 2.0)
    tried = np.concatenate(parts)
    low = np.array([room.left, room.top]) + size / 2.0
    high = np.array([room.right, room.bottom]) - size / 2.0
    return tried[((tried >= low) & (tried <= high)).all(axis=1)]


def _beside(toward: FloatArray) -> FloatArray:
    """Shift a box so far, in halves of its size, that it does not hold its point."""
    return np.asarray(toward / np.abs(toward).max(axis=1, keepdims=True))


def _angles(radius: float) -> FloatArray:
    """Directions to try at a distance: the eight of the compass, then those between."""
    first = np.array(_FIRST, float)
    count = 8 * max(int(2.0 * math.pi * radius / _STEP / 8.0), 1)
    between = np.arange(count) * 360.0 / count
    return np.concatenate([first, between[between % 45.0 != 0.0]])


def _overlapping(boxes: FloatArray, taken: FloatArray, gap: float) -> BoolArray:
    """Tell which boxes come nearer than ``gap`` to one that is taken, (n,)."""
    apart = (
        (boxes[:, None, 0] >= taken[:, 2] + gap)
        | (boxes[:, None, 2] <= taken[:, 0] - gap)
        | (boxes[:, None, 1] >= taken[:, 3] + gap)
        | (boxes[:, None, 3] <= taken[:, 1] - gap)
    )
    return np.asarray(~apart.all(axis=1))


def _costs(
    point: FloatArray, tried: FloatArray, boxes: FloatArray, taken: _Taken
) -> FloatArray:
    """Length of the leader, more where it crosses others or the label hides a point."""
    nearest = np.clip(point, boxes[:, :2], boxes[:, 2:])
    length = np.hypot(*(nearest - point).T)
    mine = np.hstack([np.broadcast_to(point, tried.shape), tried])
    crossed = crossing(mine, taken.leaders).sum(axis=1)
    hidden = (
        (taken.points > boxes[:, None, :2] - 0.5)
        & (taken.points < boxes[:, None, 2:] + 0.5)
    ).all(axis=2)
    return np.asarray(length + _CROSSED * crossed + _COVERED * hidden.sum(axis=1))
