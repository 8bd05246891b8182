"""Which cells cover an area: found from coarse to fine."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc._types import BoolArray, FloatArray, IdArray
from geoalloc.errors import DataError
from geoalloc.hexes import cells
from geoalloc.hexes.areas import LaidOut

RESOLUTIONS = range(5, 13)  # the cells that a patrol can use: 250 km2 to 300 m2
CONTAINMENTS = ("overlap", "center")

# Corners of a cell and of all that descend from it lie nearer to its center than this,
# in spacings: children's centers are 1 / sqrt(7) of a spacing away, theirs 1 / 7, ...,
# 0.608 in all; a cell's own corners 0.577.
_REACH = 0.65


@dataclass(frozen=True)
class Covering:
    """Cells of an area, ascending, and the share of each that is inside."""

    hex_id: IdArray
    share: FloatArray


def require_resolution(resolution: int) -> None:
    """Refuse a resolution that hexes are not made in."""
    whole = isinstance(resolution, int | np.integer)
    if not whole or resolution not in RESOLUTIONS:
        raise DataError(
            f"resolution must be a whole number from {RESOLUTIONS[0]} to "
            f"{RESOLUTIONS[-1]}, got {resolution!r}"
        )


def find(laid: LaidOut, resolution: int, contain: str) -> Covering:
    """Find the cells that overlap an area, or have their centers inside.

    A cell is laid out by its corners in the area's plane.

    Raises
    ------
    DataError
        If ``contain`` is neither, or no cell has its center inside.
    """
    if contain not in CONTAINMENTS:
        raise DataError(f"contain must be {' or '.join(CONTAINMENTS)}, got {contain!r}")
    shapely.prepare(laid.flat)
    inside, edge = _descend(laid, resolution)
    outlines = np.array(
        [
            shapely.Polygon(laid.plane.lay(corners[:, 0], corners[:, 1]))
            for corners in cells.outlines(edge)
        ],
        dtype=object,
    )
    if contain == "overlap":
        kept = shapely.intersects(laid.flat, outlines)
    else:
        at = laid.plane.lay(*cells.centers(edge)[::-1])
        kept = shapely.contains_xy(laid.flat, at[:, 0], at[:, 1])
    ids = np.concatenate([inside, edge[kept]])
    if ids.size == 0:
        raise DataError(
            f"no hex of resolution {resolution} has its center inside the area: take "
            'a finer resolution, or contain="overlap"'
        )
    share = _share_inside(outlines[kept], laid.flat)
    order = np.argsort(ids, kind="stable")
    return Covering(ids[order], np.concatenate([np.ones(inside.size), share])[order])


def _share_inside(outlines: npt.NDArray[np.object_], area: BaseGeometry) -> FloatArray:
    # A ratio of two areas in one small cell: degrees serve as well as metres.
    share = np.ones(outlines.size)
    cut = np.flatnonzero(~shapely.contains(area, outlines))
    pieces = shapely.area(shapely.intersection(outlines[cut], area))
    share[cut] = np.minimum(pieces / shapely.area(outlines[cut]), 1.0)
    return share


def _descend(laid: LaidOut, resolution: int) -> tuple[IdArray, IdArray]:
    """Find the cells certainly inside, and those that the edge may cross."""
    inside = np.empty(0, dtype=np.uint64)
    edge = cells.base_cells()
    for coarse in range(resolution + 1):
        if coarse:
            inside = cells.children(inside, coarse - 1)
            edge = cells.children(edge, coarse - 1)
        latitude, longitude = cells.centers(edge)
        at = laid.plane.lay(longitude, latitude)
        half = laid.plane.reach(latitude, _REACH * cells.spacing(coarse))
        boxes = shapely.box(*(at - half).T, *(at + half).T)
        within: BoolArray = shapely.contains_properly(laid.flat, boxes)
        inside = np.concatenate([inside, edge[within]])
        edge = edge[~within & shapely.intersects(laid.flat, boxes)]
    return inside, edge
