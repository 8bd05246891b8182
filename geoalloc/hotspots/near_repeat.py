"""Near repeats: whether incidents follow one another in space and time (Knox)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from geoalloc import schemas
from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hotspots.density import Places
from geoalloc.kernels import near_repeat

_MICROSECONDS = 86_400e6  # of a day
_MOST_COMPARISONS = 5e11  # of two days: some minutes on two cores
_MOST_PLACE_PAIRS = 50_000_000  # 2 GB
_DAYS_AT_ONCE = 4_000_000  # days dealt out in one go: 32 MB


@dataclass(frozen=True, kw_only=True)
class _Pairs:
    """The incidents in order of their place, and the pairs of places that are near."""

    order: IndexArray  # (n_incidents,)
    start: IndexArray  # (n_places + 1,): where the incidents of each place begin
    first: IndexArray  # (n_place_pairs,), band by band
    second: IndexArray
    begin: IndexArray  # (n_bands + 1,): where the pairs of each band begin

    @property
    def incidents(self) -> IndexArray:
        """Pairs of incidents in each band, (n_bands,)."""
        stand = np.diff(self.start)
        a, b = stand[self.first], stand[self.second]
        number = np.where(self.first == self.second, a * (a - 1) // 2, a * b)
        total = np.concatenate([[0], np.cumsum(number)])
        return np.asarray(np.diff(total[self.begin]))


def knox(
    places: Places,
    day: FloatArray,
    *,
    bands_m: FloatArray,
    bands_days: FloatArray,
    permutations: int = 999,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Count pairs of incidents near in space and time, against chance.

    Chance deals the days out anew among the incidents, so that what is always busy
    stays so and only their succession is tested. Incidents recorded on one and the
    same spot are a band of their own, 0 m, since recorded crime sits on snap
    points: on such data it holds what happened anywhere around the point.

    Parameters
    ----------
    places
        Where the incidents stand, metres; of ``collapse``.
    day : (n_incidents,)
        When, in days since any moment, taken to the microsecond. Dates known to the
        month only cannot be put to bands of days.
    bands_m, bands_days
        Upper edges of the bands, ascending, above 0. A band reaches from above the
        edge before it up to its own; the first band of distance from above 0 m, the
        first of time from 0 days.
    permutations
        How often the days are dealt out anew; the least p is 1 / (1 + this).

    Returns
    -------
    table
        A row for each band of distance and of time: ``from_m``, ``to_m``,
        ``from_days``, ``to_days``, ``pairs`` (observed), ``expected`` (exact mean
        over all permutations), ``ratio`` of the two (nan where nothing is expected)
        and ``p`` (one-sided: as many pairs or more by chance).

    Raises
    ------
    DataError
        If there are fewer than two incidents, a place or a day is nan or infinite,
        edges do not ascend from above 0, or there are too many pairs to count.

    References
    ----------
    Knox, E. G. (1964), Applied Statistics 13, 25-29.
    Johnson, S. D. et al. (2007), Journal of Quantitative Criminology 23, 201-219
    (near repeats by permutation).
    Phipson, B. and Smyth, G. K. (2010), Statistical Applications in Genetics and
    Molecular Biology 9, article 39 (p of permutations is never 0).
    """
    day = schemas.days(day, "day")
    edges_m, edges_days = _edges(bands_m, "bands_m"), _edges(bands_days, "bands_days")
    _require(places, day, permutations)
    # In whole microseconds, of which sums and differences are exact.
    day = np.rint((day - day.min()) * _MICROSECONDS)
    until = np.rint(edges_days * _MICROSECONDS)
    pairs = _pairs(places, edges_m)
    _require_possible(pairs, edges_days.size, permutations)
    observed = _count(pairs, day[None, pairs.order], until)[0]
    reached = np.zeros_like(observed)
    at_once = max(_DAYS_AT_ONCE // day.size, 1)
    for done in range(0, permutations, at_once):
        size = (min(at_once, permutations - done), day.size)
        # Dealt out to whatever order: it need not be that of the places.
        dealt = rng.permuted(np.broadcast_to(day, size), axis=1)
        reached += (_count(pairs, dealt, until) >= observed).sum(axis=0)
    expected = np.outer(pairs.incidents, _share_in_time(day, until))
    lower_m = np.concatenate([[0.0, 0.0], edges_m[:-1]])
    lower_days = np.concatenate([[0.0], edges_days[:-1]])
    n_bands, n_times = observed.shape
    return pd.DataFrame(
        {
            "from_m": np.repeat(lower_m, n_times),
            "to_m": np.repeat(np.concatenate([[0.0], edges_m]), n_times),
            "from_days": np.tile(lower_days, n_bands),
            "to_days": np.tile(edges_days, n_bands),
            "pairs": observed.ravel(),
            "expected": expected.ravel(),
            "ratio": np.divide(
                observed,
                expected,
                out=np.full(observed.shape, np.nan),
                where=expected > 0,
            ).ravel(),
            "p": ((1 + reached) / (1 + permutations)).ravel(),
        }
    )


def _edges(edges: FloatArray, name: str) -> FloatArray:
    edges = np.asarray(edges, dtype=np.float64)
    if not (
        edges.ndim == 1
        and edges.size
        and np.isfinite(edges).all()
        and (np.diff(edges, prepend=0.0) > 0).all()
    ):
        raise DataError(f"{name} must be edges that ascend from above 0, got {edges}")
    return edges


def _require(places: Places, day: FloatArray, permutations: int) -> None:
    if permutations < 1:
        raise DataError(f"permutations must be at least 1, got {permutations}")
    if day.size < 2 or day.shape != places.of.shape:
        raise DataError(
            f"day has the shape {day.shape}, where one is needed for each of "
            f"{places.of.size} incidents (at least two)"
        )
    for values, name in ((places.x_m, "x_m"), (places.y_m, "y_m"), (day, "day")):
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size:
            raise DataError(
                f"{name} is nan or infinite at {bad.size} of {values.size} positions, "
                f"first {bad[0]}: leave out incidents without a place or a day"
            )


def _require_possible(pairs: _Pairs, n_times: int, permutations: int) -> None:
    number = int(pairs.incidents.sum())
    if number * float(n_times) * permutations > _MOST_COMPARISONS:
        raise DataError(
            f"{number:,} pairs of incidents in reach, {n_times} bands of days and "
            f"{permutations} permutations are too many: give a shorter reach, a "
            "shorter period or fewer permutations"
        )


def _pairs(places: Places, edges_m: FloatArray) -> _Pairs:
    """Find the pairs of places in reach, once and for all permutations."""
    tree = KDTree(np.stack([places.x_m, places.y_m], axis=1))
    reach = edges_m[-1] * (1.0 + 1e-9)  # the distance itself decides below
    # The places nearest to each other count twice, and each with itself.
    n_pairs = (tree.count_neighbors(tree, reach) - places.x_m.size) // 2
    if n_pairs > _MOST_PLACE_PAIRS:
        raise DataError(
            f"{n_pairs:,} pairs of places are within {edges_m[-1]:g} m, the last of "
            f"bands_m, where {_MOST_PLACE_PAIRS:,} are the most: give a shorter reach"
        )
    near = tree.query_pairs(reach, output_type="ndarray")
    first, second = near[:, 0], near[:, 1]
    apart_m = np.hypot(
        places.x_m[first] - places.x_m[second], places.y_m[first] - places.y_m[second]
    )
    band = np.searchsorted(edges_m, apart_m)
    # By the first place within a band, so that its days stay at hand.
    order = np.lexsort([second, first, band])
    order = order[: np.count_nonzero(band < edges_m.size)]
    itself = np.arange(places.x_m.size)
    size = np.bincount(band[order], minlength=edges_m.size)
    return _Pairs(
        order=np.argsort(places.of, kind="stable"),
        start=np.concatenate(
            [[0], np.cumsum(np.bincount(places.of, minlength=itself.size))]
        ),
        first=np.concatenate([itself, first[order]]),
        second=np.concatenate([itself, second[order]]),
        begin=np.concatenate([[0, itself.size], itself.size + np.cumsum(size)]),
    )


def _count(pairs: _Pairs, day: FloatArray, edges_days: FloatArray) -> IndexArray:
    """Pairs of incidents by band of distance and of time, for each row of days."""
    n_deals, n_incidents = day.shape
    abreast = near_repeat.ABREAST
    n_blocks = -(-n_deals // abreast)
    # The last block is filled with days that nobody asked for.
    blocks = np.zeros((n_blocks * abreast, n_incidents))
    blocks[:n_deals] = day
    blocks = blocks.reshape(n_blocks, abreast, n_incidents)
    within = near_repeat.pairs_in_time(
        np.ascontiguousarray(blocks.transpose(0, 2, 1)),
        pairs.start,
        pairs.first,
        pairs.second,
        pairs.begin,
        edges_days,
    )
    by_deal = within.transpose(0, 3, 1, 2).reshape(-1, *within.shape[1:3])
    return np.diff(by_deal[:n_deals], axis=2, prepend=0)


def _share_in_time(day: FloatArray, edges_days: FloatArray) -> FloatArray:
    """Share of all pairs of incidents that fall in each band of time."""
    at = np.sort(day)
    until = np.searchsorted(at, at[:, None] + edges_days, side="right")
    within = (until - np.arange(1, at.size + 1)[:, None]).sum(axis=0)
    share = within / (at.size * (at.size - 1) / 2.0)
    return np.asarray(np.diff(share, prepend=0.0))
