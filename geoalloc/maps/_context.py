"""What lies round the hexes: outlines, waters, roads, stations, names of places."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geoalloc.maps import _mesh

_LINES = ("force", "district", "beat", "river", "coast", "road")


def lines(areas: gpd.GeoDataFrame) -> dict[str, Any]:
    """Write outlines, waters and roads by kind: of a kind that is not there, none."""
    return {kind: _mesh.lines(areas.geometry[areas["kind"] == kind]) for kind in _LINES}


def points(areas: gpd.GeoDataFrame, kind: str) -> list[list[Any]]:
    """List the points of a kind: name, latitude and longitude."""
    chosen = areas[areas["kind"] == kind]
    return [
        [name, *degrees(point)]
        for name, point in zip(chosen["name"], chosen.geometry, strict=True)
    ]


def degrees(point: shapely.Point) -> list[float]:
    """Latitude and longitude to a metre."""
    return [round(point.y, 5), round(point.x, 5)]


def places(found: gpd.GeoDataFrame) -> list[list[Any]]:
    """List names to be put on the map, the largest first.

    A town of several places stands with all its people, at the place that bears
    its name; where none does, as one more name in the middle of its people.

    Parameters
    ----------
    found
        ``name``, ``population``, ``town`` (empty or its own name where it stands
        alone) and points.

    Returns
    -------
    places
        Name, population, rank (0 a town that is only the name of its parts, 1 any
        other town or village, 2 a part of a town), latitude and longitude.
    """
    of = found["town"].where(found["town"] != "", found["name"])
    alone = of.map(of.value_counts()) == 1
    rows = [
        [row.name, row.population, 1 if single else 2, *degrees(row.geometry)]
        for row, single in zip(found.itertuples(index=False), alone, strict=True)
        if single or row.name != row.town
    ]
    for town, parts in found[~alone].groupby(of[~alone], sort=True):
        rank = int((parts["name"] == town).any())
        people = int(parts["population"].sum())
        rows.append([town, people, rank, *_middle(parts, town)])
    return sorted(rows, key=lambda row: (-row[1], row[0], *row[3:]))


def _middle(parts: gpd.GeoDataFrame, town: str) -> list[float]:
    named = parts.geometry[parts["name"] == town]
    if len(named):
        return degrees(named.iloc[0])
    people = parts["population"].to_numpy(np.float64)
    weights = people if people.sum() > 0 else None
    x, y = np.average(parts.geometry.get_coordinates(), axis=0, weights=weights)
    return degrees(shapely.Point(x, y))
