"""What part of the ground a map shows, at which scale, and what it points out."""

from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from geoalloc._types import FloatArray
from geoalloc.briefing.ground import Post

__all__ = ["Content", "Numbered", "View"]


@dataclass(frozen=True, kw_only=True)
class View:
    """What part of the ground lies where on a page.

    Attributes
    ----------
    x, y, width, height
        Of the map inside its frame, mm of the page.
    center
        East and north in the middle, metres.
    scale
        Metres on the ground for each metre of paper.
    """

    x: float
    y: float
    width: float
    height: float
    center: tuple[float, float]
    scale: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north, metres."""
        half = np.array([self.width, self.height]) / 2000.0 * self.scale
        (west, south), (east, north) = self.center - half, self.center + half
        return float(west), float(south), float(east), float(north)

    def page(self, points: FloatArray) -> FloatArray:
        """Give the place on the page, mm, of points in metres, (n, 2)."""
        west, _, _, north = self.bounds
        at = np.asarray(points, float).reshape(-1, 2)
        across = (at[:, 0] - west) * 1000.0 / self.scale + self.x
        down = (north - at[:, 1]) * 1000.0 / self.scale + self.y
        return np.stack([across, down], axis=1)

    def holds(self, point: tuple[float, float], margin: float = 0.0) -> bool:
        """Tell whether a point in metres is inside, ``margin`` mm from the frame."""
        west, south, east, north = self.bounds
        by = margin / 1000.0 * self.scale
        return bool(
            west + by <= point[0] <= east - by and south + by <= point[1] <= north - by
        )

    @property
    def room(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom on the page, mm."""
        return self.x, self.y, self.x + self.width, self.y + self.height


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """A point in metres and what stands in the disc that leads to it."""

    text: str
    point: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a map shows besides the ground.

    Attributes
    ----------
    numbered
        Points with numbers and leaders.
    outlined
        Shapes in metres to be drawn out: those of priorities, or a unit's beat.
    boxes
        Rectangles in metres (west, south, east, north) of other sheets, and the names
        that stand at them.
    posts
        Of units, that are marked and named.
    hotspots
        Whether the outlines of all hotspots show.
    obstacles
        Left, top, right and bottom (mm) of what else stands on the map.
    """

    numbered: tuple[Numbered, ...] = ()
    outlined: tuple[BaseGeometry, ...] = ()
    boxes: tuple[tuple[str, tuple[float, float, float, float]], ...] = ()
    posts: tuple[Post, ...] = ()
    hotspots: bool = True
    obstacles: tuple[tuple[float, float, float, float], ...] = ()
