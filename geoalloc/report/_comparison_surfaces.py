"""Hexes and what is mapped of them as bytes for a page: small, and read at once."""

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoalloc import hexes
from geoalloc._types import FloatArray, IdArray, IndexArray
from geoalloc.errors import SchemaError
from geoalloc.runs.comparison_scale import Surface

__all__ = [
    "FIRST_CHANGE",
    "LOST",
    "REACHED",
    "STEP",
    "STEPS",
    "Ground",
    "by_hex",
    "change_codes",
    "codes",
    "geometry",
    "ground",
    "lines",
    "packed",
    "planes",
]

Bytes = npt.NDArray[np.uint8]

STEPS = 8
"""Steps of a class: a byte says in which of them a value lies."""

LOST, REACHED = 1, 2
"""Codes of a change where nobody gets there any more, and nobody did before."""

FIRST_CHANGE = 3
"""Code of the largest fall that there can be; 0 is that there was and is nobody."""

_UNITS = 80  # of the plane, to the radius of a hex: finer than a pixel of any page
_SOME = 64  # hexes that a plane is chosen by

STEP = round(_UNITS * 3**0.5)
"""From a hex to the next, in units of the plane."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The plane that hexes, lines and posts are drawn in.

    Attributes
    ----------
    crs
        Of the plane, in metres.
    left, top, unit_m
        Metres of the corner at the top left, and of a unit; y grows downwards.
    wide, high
        In units.
    corners : (n, 6, 2)
        Of the hexes, in units, ascending around; a pentagon repeats its last one.
    """

    crs: Any
    left: float
    top: float
    unit_m: float
    wide: int
    high: int
    corners: IndexArray

    def placed(self, longitude: FloatArray, latitude: FloatArray) -> IndexArray:
        """Put points in degrees on the plane: (n, 2) in units."""
        at = gpd.GeoSeries.from_xy(longitude, latitude, crs="EPSG:4326").to_crs(
            self.crs
        )
        return self.units(np.stack([at.x, at.y], axis=1))

    def units(self, metres: FloatArray) -> IndexArray:
        """Turn metres of the plane into units."""
        steps = (metres - (self.left, self.top)) / (self.unit_m, -self.unit_m)
        return np.rint(steps).astype(np.int64)


def ground(hex_id: IdArray) -> Ground:
    """Lay hexes in a plane.

    Corners that hexes share fall on the same units, so that no gap is between them.
    """
    outlines = gpd.GeoSeries(hexes.polygons(hex_id), crs="EPSG:4326")
    # Some of them tell where the middle is, also across the antimeridian.
    some = outlines.to_numpy()[:: max(1, len(outlines) // _SOME)]
    crs = hexes.metric_crs(shapely.MultiPolygon(some.tolist()))
    flat = outlines.to_crs(crs).to_numpy()
    ends = np.cumsum(shapely.get_num_coordinates(flat))
    points = shapely.get_coordinates(flat)
    left, top = points[:, 0].min(), points[:, 1].max()
    first = points[: ends[0] - 1]
    radius = float(np.hypot(*(first - first.mean(axis=0)).T).mean())
    unit = radius / _UNITS
    steps = np.rint((points - (left, top)) / (unit, -unit)).astype(np.int64)
    starts = np.concatenate([[0], ends[:-1]])
    # A cell has five to ten corners (of a pentagon, or across the edge of a face).
    n = int(np.diff(ends, prepend=0).max()) - 1
    at = np.minimum(starts[:, None] + np.arange(n), ends[:, None] - 2)
    wide, high = steps.max(axis=0).tolist()
    return Ground(
        crs=crs,
        left=left,
        top=top,
        unit_m=unit,
        wide=wide,
        high=high,
        corners=steps[at],
    )


def codes(values: FloatArray, breaks: tuple[float, ...], most: float) -> Bytes:
    """Write values of 0 or more as bytes that tell their class, and where in it.

    Parameters
    ----------
    values
        Of any shape; nan is missing.
    breaks, most
        As of a `Surface`.

    Returns
    -------
    codes
        0 for a missing value, else 1 + `STEPS` times the class, and the step in it.
    """
    known = np.isfinite(values)
    level = _levels(np.where(known, values, 0.0), breaks, most)
    return np.where(known, 1 + level, 0).astype(np.uint8)


def _levels(values: FloatArray, breaks: tuple[float, ...], most: float) -> IndexArray:
    """Say in which of the steps of which class values of 0 or more lie."""
    ends = np.array([0.0, *breaks, max(most, *breaks, 0.0)])
    at = np.searchsorted(ends[1:-1], values, side="right")
    low, wide = ends[at], np.diff(ends)[at]
    share = np.divide(values - low, wide, out=np.zeros_like(values), where=wide > 0)
    step = np.clip(np.floor(STEPS * share), 0, STEPS - 1)
    return at * STEPS + step.astype(np.int64)


def change_codes(surface: Surface) -> Bytes:
    """Write changes as bytes that tell their class, their sign, and where in it.

    Returns
    -------
    codes : (n_scenarios, n_hexes)
        0 where there was and is nothing; `LOST` or `REACHED`; else the code of no
        change, which is in the middle, more or less the step of the change.
    """
    breaks, most = surface.change_breaks, surface.most_change
    known = np.isfinite(surface.changes)
    size = np.abs(np.where(known, surface.changes, 0.0))
    level = _levels(size, breaks, most)
    signed = np.sign(np.where(known, surface.changes, 0.0)).astype(np.int64) * level
    found = FIRST_CHANGE + top_level(breaks) + signed
    there = np.isfinite(surface.amounts)
    found = np.where(known, found, 0)
    found = np.where(there[:1] & ~there, LOST, found)
    return np.where(~there[:1] & there, REACHED, found).astype(np.uint8)


def top_level(breaks: tuple[float, ...]) -> int:
    """Give the highest level that there can be with so many breaks."""
    return (len(breaks) + 1) * STEPS - 1


def lines(frame: gpd.GeoDataFrame, ground: Ground, radii: float = 0.25) -> list[Any]:
    """Write the outlines of areas as differences of units, one list for each line.

    Parameters
    ----------
    radii
        How far, of a hex, a line may lie from where it is.
    """
    flat = frame.to_crs(ground.crs).geometry.to_numpy()
    outline = [
        shapely.boundary(one) if shapely.get_dimensions(one) == 2 else one
        for one in flat
    ]
    parts = shapely.get_parts(shapely.get_parts(np.array(outline, dtype=object)))
    simple = shapely.simplify(parts, radii * _UNITS * ground.unit_m)
    found = []
    for each in simple:
        at = ground.units(shapely.get_coordinates(each))
        if len(at) > 1:
            found.append(np.diff(at, axis=0, prepend=0).ravel().tolist())
    return found


def geometry(ground: Ground) -> bytes:
    """Write corners as columns of bytes that deflate well.

    Centers as differences (32 bits, x then y), then for each corner how far it is
    from the center (16 bits, x of all hexes, then y), low byte first.
    """
    center = np.rint(ground.corners.mean(axis=1)).astype(np.int64)
    steps = np.diff(center, axis=0, prepend=0).T.astype("<i4")
    offset = (ground.corners - center[:, None]).transpose(1, 2, 0).astype("<i2")
    return planes(steps) + planes(offset)


def planes(values: npt.NDArray[np.generic]) -> bytes:
    """Put all first bytes before all second ones: like lies beside like."""
    flat = np.ascontiguousarray(values)
    planes = flat.view(np.uint8).reshape(-1, flat.dtype.itemsize)
    return np.ascontiguousarray(planes.T).tobytes()


def packed(head: dict[str, Any], body: bytes) -> str:
    """Write a head as JSON and bytes after it, deflated (RFC 1950), in base64.

    Nothing of it is markup. The length of the head stands before it, four bytes with
    the low one first.

    Raises
    ------
    SchemaError
        If a number of the head is nan or infinite, for which JSON has no word.
    """
    try:
        text = json.dumps(
            head, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
    except ValueError as error:
        raise SchemaError(f"the maps cannot hold a number: {error}") from None
    said = text.encode("utf-8", "replace")
    whole = len(said).to_bytes(4, "little") + said + body
    return base64.b64encode(zlib.compress(whole, 6)).decode()


def by_hex(frames: list[Bytes]) -> bytes:
    """Put what all scenarios have at a hex together: they are much alike there."""
    stacked = np.stack([np.ascontiguousarray(each.T) for each in frames])
    return stacked.tobytes()
