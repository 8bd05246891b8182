"""Hotspots as objects: contiguous groups of hexes."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geoalloc._types import BoolArray, IndexArray
from geoalloc.hexes import HexGrid
from geoalloc.hotspots.density import Density


def groups(
    grid: HexGrid, surface: Density, *, area_share: float, most: int
) -> list[IndexArray]:
    """Find hotspots: contiguous groups of the densest hexes, largest total first.

    Parameters
    ----------
    area_share
        Share of the land that the hotspots may take; ties go to the lower hex id.
    most
        Number of hotspots to return at the most.

    Returns
    -------
    groups
        Positions of the hexes of each hotspot, ascending.
    """
    land = grid.area_km2 * grid.land_share
    order = np.argsort(-surface.per_km2, kind="stable")
    within = np.cumsum(land[order]) <= area_share * land.sum()
    chosen: BoolArray = np.zeros(len(grid), dtype=bool)
    chosen[order[within & (surface.per_km2[order] > 0)]] = True
    label = _contiguous(grid, chosen)
    found = [np.flatnonzero(label == k) for k in range(label.max(initial=-1) + 1)]
    found.sort(key=lambda hexes: (-surface.expected[hexes].sum(), hexes[0]))
    return found[:most]


def _contiguous(grid: HexGrid, chosen: BoolArray) -> IndexArray:
    """Give each connected group of chosen hexes a number, and the others -1."""
    around = grid.neighbors
    here, step = np.nonzero(chosen[:, None] & (around >= 0))
    there = around[here, step]
    joined = chosen[there]
    links = coo_array(
        (np.ones(joined.sum(), dtype=np.int8), (here[joined], there[joined])),
        shape=(len(grid), len(grid)),
    )
    _, label = connected_components(links.tocsr(), directed=False)
    number = np.full(len(grid), -1, dtype=np.int64)
    number[chosen] = np.unique(label[chosen], return_inverse=True)[1].reshape(-1)
    return number
