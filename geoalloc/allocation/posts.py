"""Candidate posts: where a unit may stand by."""

import numpy as np
import pandas as pd
import pyproj

from geoalloc import gazetteer, hexes
from geoalloc._types import FloatArray, IndexArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid

_APART_M = 1_000.0  # a patrol area this near to a named post adds nothing


def candidate_posts(
    grid: HexGrid,
    boundaries: Boundaries,
    work: FloatArray,
    *,
    patrol_resolution: int,
    demand_share: float,
) -> pd.DataFrame:
    """List the posts: stations, named places, then patrol areas where work is.

    A patrol area is a coarser H3 cell; its post is the hex of it with the most
    work. Cells are taken, most work first, until they hold ``demand_share`` of
    all work; one whose post is within 1 km of an earlier post is not needed.
    No two posts share a hex, except that every station is a post.

    Parameters
    ----------
    work : (n_hexes,)
        Expected unit-hours.

    Returns
    -------
    posts
        ``name``, ``kind`` (station, place, patrol area), ``grid_ref`` and
        ``position``, that of its hex; stations first, in the order of the file.

    Raises
    ------
    DataError
        If a station is in no hex of the grid.
    """
    stations = _at(grid, boundaries.stations)
    lost = stations[stations["position"] < 0]
    if len(lost):
        raise DataError(f"station {lost['name'].iloc[0]!r} is outside the area")
    stations["name"] = stations["name"] + " police station"
    places = _at(grid, boundaries.places)
    places = places[(places["position"] >= 0).to_numpy()]
    facility = places["facility"].to_numpy()
    places["name"] = [
        f"{name}, {known}" if known else f"Patrol area: {name}"
        for name, known in zip(places["name"], facility, strict=True)
    ]
    named = pd.concat(
        [stations.assign(kind="station"), places.assign(kind="place")],
        ignore_index=True,
    )
    repeat = named["position"].duplicated() & (named["kind"] == "place")
    named = named[~repeat]
    areas = _patrol_areas(grid, work, patrol_resolution, demand_share)
    areas = areas[_far_from(grid, areas, named)]
    names = gazetteer.spots(
        grid.crs, grid.x_m[areas], grid.y_m[areas], boundaries.places
    )
    patrol = pd.DataFrame({"name": names, "position": areas, "kind": "patrol area"})
    patrol["name"] = "Patrol area: " + patrol["name"].astype("str")
    posts = pd.concat([named, patrol], ignore_index=True)
    at = posts["position"].to_numpy()
    posts["grid_ref"] = gazetteer.references(grid.crs, grid.x_m[at], grid.y_m[at])
    known_at = posts["x_m"].notna().to_numpy()
    posts.loc[known_at, "grid_ref"] = gazetteer.references(
        grid.crs,
        posts.loc[known_at, "x_m"].to_numpy(),
        posts.loc[known_at, "y_m"].to_numpy(),
    )
    return posts[["name", "kind", "grid_ref", "position"]]


def _at(grid: HexGrid, points: pd.DataFrame) -> pd.DataFrame:
    longitude = points.geometry.x.to_numpy()
    latitude = points.geometry.y.to_numpy()
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    x_m, y_m = to_metres.transform(longitude, latitude)
    frame = pd.DataFrame(points.drop(columns="geometry"))
    frame["position"] = grid.locate(latitude, longitude)
    return frame.assign(x_m=x_m, y_m=y_m)


def _patrol_areas(
    grid: HexGrid, work: FloatArray, resolution: int, share: float
) -> IndexArray:
    """Position of the busiest hex of each patrol area that is needed."""
    if resolution >= grid.resolution:
        parent = np.arange(len(grid))
    else:
        cells = hexes.parents(grid.hex_id, resolution)
        parent = np.unique(cells, return_inverse=True)[1].reshape(-1)
    total = np.bincount(parent, work)
    most_first = np.argsort(-total, kind="stable")
    reached = np.cumsum(total[most_first]) - total[most_first] < share * total.sum()
    busiest = np.lexsort((np.arange(len(grid)), -work, parent))
    first = busiest[np.unique(parent[busiest], return_index=True)[1]]
    return np.sort(first[most_first[reached & (total[most_first] > 0)]])


def _far_from(grid: HexGrid, areas: IndexArray, named: pd.DataFrame) -> np.ndarray:
    away = np.hypot(
        grid.x_m[areas][:, None] - named["x_m"].to_numpy(),
        grid.y_m[areas][:, None] - named["y_m"].to_numpy(),
    )
    return away.min(axis=1, initial=np.inf) > _APART_M
