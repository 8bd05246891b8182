"""Areas that are hard to cover, and points that are hard to bin."""

from functools import cache

import geopandas as gpd
import h3.api.numpy_int as h3int
import numpy as np
import shapely
from shapely.geometry import Point, box

from geoalloc import hexes

HALF = {5: 1.0, 6: 0.5, 7: 0.2, 8: 0.07, 9: 0.025, 10: 0.01, 11: 0.004, 12: 0.0015}

FIJI = shapely.MultiPolygon(
    [box(177.0, -18.5, 180.0, -16.0), box(-180.0, -18.5, -178.5, -16.0)]
)


def cap(crs="EPSG:3995", radius_m=250_000):
    return gpd.GeoSeries([Point(0, 0).buffer(radius_m)], crs=crs)


@cache
def spots():
    """A corner of the icosahedron, the middle of an edge, and that of a face."""
    corners = np.array([h3int.cell_to_latlng(c) for c in h3int.get_pentagons(0)])
    vectors = on_sphere(corners[:, 0], corners[:, 1])
    near = np.argsort(-(vectors @ vectors[4]), kind="stable")
    a, b = vectors[4], vectors[near[1]]
    c = vectors[next(k for k in near[2:6] if vectors[k] @ b > 0.4)]
    return {
        "pentagon": in_degrees(a),
        "border": in_degrees(a + b),
        "border, off the middle": in_degrees(a + 0.3 * b),
        "face center": in_degrees(a + b + c),
        "Bristol": (51.45, -2.59),
    }


def on_sphere(lat, lng):
    phi, lam = np.radians(lat), np.radians(lng)
    flat = np.cos(phi)
    return np.stack([flat * np.cos(lam), flat * np.sin(lam), np.sin(phi)], axis=-1)


def in_degrees(v):
    lat = np.degrees(np.arctan2(v[2], np.hypot(v[0], v[1])))
    return float(lat), float(np.degrees(np.arctan2(v[1], v[0])))


def around(spot, resolution, size=1.0):
    lat, lng = spot
    half = size * HALF[resolution]
    return box(lng - half, lat - half, lng + half, lat + half)


def by_h3(grid, lat, lng):
    """Position of the cell that h3 gives each point, asked one by one."""
    ids = [
        h3int.latlng_to_cell(y, x, grid.resolution)
        for y, x in zip(lat.tolist(), lng.tolist(), strict=True)
    ]
    return grid.positions(np.array(ids, dtype=np.uint64))


def anywhere(grid, n, rng):
    """Points over the cover and a little beyond."""
    west, south, east, north = grid.area.bounds
    by = 0.05 * (north - south)
    lat = rng.uniform(max(south - by, -90), min(north + by, 90), n)
    return lat, rng.uniform(west - by, east + by, n)


def close_to(spot, n, reach, rng):
    """Points about a spot, at distances of every order of magnitude."""
    distance = reach * 10.0 ** rng.uniform(-13, 0, n)
    turn = rng.uniform(0, 2 * np.pi, n)
    return spot[0] + distance * np.sin(turn), spot[1] + distance * np.cos(turn)


def on_outlines(grid, n, rng):
    """Corners and middles of edges of some hexes, and points next to them."""
    some = rng.integers(len(grid), size=n)
    lat, lng = [], []
    for i in some:
        ring = np.array(h3int.cell_to_boundary(int(grid.hex_id[i])))
        center = np.array([grid.latitude[i], grid.longitude[i]])
        ring[:, 1] = center[1] + (ring[:, 1] - center[1] + 180.0) % 360.0 - 180.0
        for edge in (ring, (ring + np.roll(ring, 1, axis=0)) / 2):
            for nudge in (0.0, 1e-12, -1e-12, 1e-7, -1e-7, 1e-4, -1e-4):
                at = edge + nudge * (center - edge)
                lat.append(at[:, 0])
                lng.append(at[:, 1])
    return np.clip(np.concatenate(lat), -90, 90), np.concatenate(lng)


def expected_ids(area, resolution, contain="overlap"):
    """What h3's own call finds."""
    import h3

    found = h3int.h3shape_to_cells_experimental(
        h3.geo_to_h3shape(area), resolution, contain=contain
    )
    return np.unique(np.asarray(found, dtype=np.uint64))


COVERS = (
    "Fiji",
    "north pole",
    "south pole",
    "Svalbard",
    "disjoint",
    *(f"{name}, {resolution}" for name in spots() for resolution in (7, 8)),
)


@cache
def cover(name):
    """Cover an area of any kind, small enough to be looked at cell by cell."""
    apart = [box(-2.7, 51.3, -2.6, 51.4), box(100.0, -20.1, 100.1, -20.0)]
    odd = {
        "Fiji": (FIJI, 5),
        "north pole": (cap(), 5),
        "south pole": (cap("EPSG:3031", 150_000), 5),
        "Svalbard": (box(10.0, 76.5, 28.0, 80.8), 5),
        "disjoint": (shapely.MultiPolygon(apart), 8),
    }
    if name in odd:
        return hexes.cover(*odd[name])
    spot, resolution = name.rsplit(", ", 1)
    return hexes.cover(around(spots()[spot], int(resolution)), int(resolution))
