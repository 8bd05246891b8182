"""Rows that stand for one incident, and rows that take another back."""

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, IndexArray
from geoalloc.incidents.places import Places
from geoalloc.incidents.reading import Reason
from geoalloc.incidents.verdicts import Verdicts


def refuse_duplicates(verdicts: Verdicts, ids: pd.Series, places: Places) -> None:
    """Keep one good row of each id: inside before located before first.

    Rows without an id are left alone.
    """
    rows = np.flatnonzero(verdicts.good & ids.notna().to_numpy())
    shared = ids.iloc[rows].duplicated(keep=False).to_numpy()
    rows = rows[shared]
    codes, _ = pd.factorize(ids.iloc[rows])
    order = np.lexsort((rows, _rank(places)[rows], codes))
    rows, codes = rows[order], codes[order]
    is_first = np.r_[True, codes[1:] != codes[:-1]][: len(rows)]
    kept = rows[is_first][np.cumsum(is_first) - 1]
    copy = rows[~is_first]
    original = kept[~is_first]
    unlocated = places.place[copy] < 0
    same_place = places.place[copy] == places.place[original]
    for mask, reason in (
        (same_place, Reason.COPY),
        (unlocated, Reason.COPY_UNLOCATED),
        (~same_place, Reason.COPY_ELSEWHERE),
    ):
        verdicts.refuse(_mask(copy[mask], len(ids)), reason)


def refuse_withdrawn(
    verdicts: Verdicts, fields: pd.DataFrame, category: pd.Series, places: Places
) -> None:
    """Sum ``count`` by id and category, and keep as many rows as the sum.

    Rows that count 0 or less are refused; of the others those inside the area
    are kept before those that are not, and the first before the last. Each row
    stands for one incident at most: higher counts have been repeated already.
    """
    count = fields["count"].to_numpy(np.int64)
    verdicts.refuse(count <= 0, Reason.WITHDRAWN)
    if "id" not in fields:
        return
    has_id = fields["id"].notna() & category.notna()
    keys = pd.MultiIndex.from_arrays([fields["id"], category])
    codes, names = pd.factorize(keys)
    taken = has_id.to_numpy() & (count < 0)
    cancel = np.bincount(codes[taken], weights=-count[taken], minlength=len(names))
    rows = np.flatnonzero(has_id.to_numpy() & verdicts.good & (cancel[codes] > 0))
    order = np.lexsort((-rows, -_rank(places)[rows], codes[rows]))
    rows = rows[order]  # the last to be kept come first
    place_in_group = pd.Series(codes[rows]).groupby(codes[rows]).cumcount().to_numpy()
    gone = rows[place_in_group < cancel[codes[rows]]]
    verdicts.refuse(_mask(gone, len(fields)), Reason.WITHDRAWN)


def _rank(places: Places) -> IndexArray:
    """0 inside the area, 1 elsewhere, 2 without usable coordinates."""
    return np.where(places.inside, 0, np.where(places.place >= 0, 1, 2))


def _mask(rows: IndexArray, n_rows: int) -> BoolArray:
    mask = np.zeros(n_rows, dtype=bool)
    mask[rows] = True
    return mask
