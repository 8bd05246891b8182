"""Tables of coverage made smaller without a change of the optimum."""

import numpy as np
import scipy.sparse as sp

from geoalloc._types import FloatArray, IndexArray


def distinct_demand(
    table: sp.csr_array, weight: FloatArray
) -> tuple[sp.csr_array, FloatArray]:
    """Merge demand that the same sites cover, and drop what counts for nothing.

    Parameters
    ----------
    table : (n_sites, n_demand)
    weight : (n_demand,)

    Returns
    -------
    table, weight
        Of what is left.
    """
    by_demand = table.T.tocsr()
    by_demand.sort_indices()
    first: dict[bytes, int] = {}
    total: list[float] = []
    kept: list[int] = []
    indptr, indices = by_demand.indptr, by_demand.indices
    for j in np.flatnonzero((np.diff(indptr) > 0) & (weight > 0)).tolist():
        key = indices[indptr[j] : indptr[j + 1]].tobytes()
        if key not in first:
            first[key] = len(kept)
            kept.append(j)
            total.append(0.0)
        total[first[key]] += float(weight[j])
    return by_demand[np.array(kept, dtype=np.int64)].T.tocsr(), np.array(total)


def useful_sites(table: sp.csr_array) -> IndexArray:
    """Leave out sites that cover no more than another does; the first of equals stays.

    At least one is kept.
    """
    size = np.diff(table.indptr)
    ones = table.astype(np.int32)
    shared = (ones @ ones.T).tocoo()
    inside = shared.data == size[shared.row]
    row, column = shared.row[inside], shared.col[inside]
    # Of two that cover the same, the later gives way.
    beaten = (size[column] > size[row]) | ((size[column] == size[row]) & (column < row))
    useful = size > 0
    useful[row[beaten]] = False
    if not useful.any():
        useful[0] = True
    return np.flatnonzero(useful)


def reduced_cover(table: sp.csr_array) -> tuple[sp.csr_array, IndexArray]:
    """Leave out useless sites and implied demand in turn, until nothing changes.

    Demand is implied if all sites of some other demand cover it.

    Returns
    -------
    table, sites
        What is left, and the positions of its sites.
    """
    sites = np.arange(table.shape[0])
    while True:
        before = table.shape
        useful = useful_sites(table)
        sites, table = sites[useful], table[useful]
        # The demand of fewest sites stays: it is a site of the transposed question.
        table = table[:, _hardest(table)].tocsr()
        table.sort_indices()
        if table.shape == before:
            return table, sites


def _hardest(table: sp.csr_array) -> IndexArray:
    """Keep demand whose sites include those of no other: positions."""
    by_demand = table.T.tocsr()
    size = np.diff(by_demand.indptr)
    ones = by_demand.astype(np.int32)
    shared = (ones @ ones.T).tocoo()
    inside = shared.data == size[shared.row]
    row, column = shared.row[inside], shared.col[inside]
    implied = (size[column] > size[row]) | (
        (size[column] == size[row]) & (column > row)
    )
    hard = np.ones(size.size, dtype=bool)
    hard[column[implied]] = False
    return np.flatnonzero(hard)
