"""An area for those who have no boundary: where the incidents are."""

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from geoalloc._types import FloatArray, IdArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import cells, joining, points
from geoalloc.hexes.covering import require_resolution

_COARSER = range(1, 6)  # of the least resolution, 5, there still is a cell
_LEAST_SHARE = 0.005  # of the incidents, for a group of cells to be kept


def footprint(
    latitude: FloatArray, longitude: FloatArray, resolution: int, *, coarser: int = 3
) -> BaseGeometry:
    """Draw the area that incidents take up, for want of a boundary.

    It is the cells some resolutions coarser that hold incidents, in contiguous
    groups; a group that holds under 0.5 % of the incidents is dropped (never the
    largest), holes are filled, and the rest is one geometry. The same incidents give
    the same area, but more incidents may give another: every figure per area (the
    mean rate, what is called a hotspot) depends on it. Give a boundary where there
    is one.

    Parameters
    ----------
    latitude, longitude : (n_incidents,)
        Degrees; what is no point on the globe is left out.
    resolution
        Of the hexes that the area will be covered with, 5 to 12.
    coarser
        Resolutions between these and the cells of the footprint: 1 to 5. Coarser
        cells take in more empty land, finer ones leave gaps.

    Returns
    -------
    area
        Polygon or multipolygon, EPSG:4326.

    Raises
    ------
    DataError
        If the resolution or what it is coarser by is out of range, there are not as
        many latitudes as longitudes, or no incident is on the globe.
    """
    require_resolution(resolution)
    if not isinstance(coarser, int | np.integer) or coarser not in _COARSER:
        raise DataError(f"coarser must be a whole number from 1 to 5, got {coarser}")
    latitude, longitude = points.pairs(latitude, longitude)
    on_globe = (np.abs(latitude) <= 90.0) & (np.abs(longitude) <= 360.0)
    if not on_globe.any():
        raise DataError(
            f"none of the {on_globe.size} incidents has a latitude and longitude in "
            "degrees, so they have no footprint"
        )
    # Recorded crime stands on snap points: h3 is asked once for each.
    spots, times = np.unique(
        longitude[on_globe] + 1j * latitude[on_globe], return_counts=True
    )
    held = cells.located(spots.imag, spots.real, resolution - coarser)
    ids, of = np.unique(held, return_inverse=True)
    count = np.bincount(of, times)
    label = _contiguous(ids)
    in_group = np.bincount(label, count)
    kept = in_group >= _LEAST_SHARE * count.sum()
    kept[np.argmax(in_group)] = True
    outline = joining.dissolve(ids[kept[label]])
    return shapely.union_all(
        [shapely.Polygon(part.exterior) for part in shapely.get_parts(outline)]
    )


def _contiguous(ids: IdArray) -> IndexArray:
    """Label the contiguous groups of sorted cells, from that of the lowest id."""
    rings = cells.rings(ids)
    here = np.repeat(np.arange(ids.size), [ring.size for ring in rings])
    around = np.concatenate(rings)
    there = np.minimum(np.searchsorted(ids, around), ids.size - 1)
    joined = ids[there] == around
    links = coo_array(
        (np.ones(joined.sum(), dtype=np.int8), (here[joined], there[joined])),
        shape=(ids.size, ids.size),
    )
    return np.asarray(connected_components(links.tocsr(), directed=False)[1], np.int64)
