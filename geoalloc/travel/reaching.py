"""Who is nearest, and who cannot be reached, by a table of travel minutes."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError


def nearest_origin(travel_min: sp.csr_array) -> IndexArray:
    """Find the origin that is nearest in time to each hex: (n_hexes,), -1 for none.

    Of origins that tie, the first.
    """
    by_hex = travel_min.tocoo()
    order = np.lexsort((by_hex.row, by_hex.data, by_hex.col))
    hexes, first = np.unique(by_hex.col[order], return_index=True)
    nearest = np.full(travel_min.shape[1], -1, dtype=np.int64)
    nearest[hexes] = by_hex.row[order][first]
    return nearest


def unreachable(
    travel_min: sp.csr_array, demand: FloatArray, place: npt.ArrayLike
) -> pd.DataFrame:
    """Name the places whose demand no origin reaches.

    Parameters
    ----------
    travel_min : (n_origins, n_hexes)
        An absent entry is out of reach.
    demand : (n_hexes,)
        Expected incidents; a hex without any need not be reached.
    place : (n_hexes,)
        The name of the place that each hex is in or near.

    Returns
    -------
    places
        ``place``, ``n_hexes``, ``incidents``: most incidents first, of places
        that tie the first by name. No row if every hex with demand is reached.

    Raises
    ------
    DataError
        If demand or places are not one for each hex, or demand is nan or negative.
    """
    n_hexes = travel_min.shape[1]
    names = np.asarray(place, dtype=object)
    for name, values in (("demand", demand), ("place", names)):
        if np.shape(values) != (n_hexes,):
            raise DataError(
                f"{name} has shape {np.shape(values)}, but travel_min has {n_hexes} "
                "hexes: give one value for each"
            )
    if not (demand >= 0).all():
        raise DataError(
            f"demand is nan or negative at {(~(demand >= 0)).sum()} of {n_hexes} "
            "hexes: give incidents of 0 or more"
        )
    reached = np.bincount(travel_min.indices, minlength=n_hexes) > 0
    missed = ~reached & (demand > 0)
    table = pd.DataFrame(
        {
            "place": pd.Series(names[missed], dtype="str"),
            "n_hexes": np.ones(int(missed.sum()), dtype=np.int64),
            "incidents": demand[missed],
        }
    )
    found = table.groupby("place", as_index=False, dropna=False).sum()
    return found.sort_values(
        ["incidents", "place"], ascending=[False, True], ignore_index=True
    )
