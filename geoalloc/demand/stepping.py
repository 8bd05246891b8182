"""The past of a history in steps of days or months, and what lies around hexes."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import scipy.sparse as sp

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.demand.history import History, day_of
from geoalloc.hexes import HexGrid
from geoalloc.kernels import excitation as kernels

_DAYS = (2, 7, 14, 28, 56)  # last of each class of lags, where days are known
_MONTHS = (1, 2, 3, 6)
_TRAINED_DAYS, _TRAINED_MONTHS = 365, 12
_REACH_M = 1000.0  # of the rings
_MOST_RINGS = 3


@dataclass(frozen=True, kw_only=True)
class Past:
    """The incidents known, in steps; those of a hex and a step are one cell.

    Attributes
    ----------
    cell_hex, cell_step, cell_count : (n_cells,)
        In the order of hexes, then of steps, of what is recent enough to matter.
    cell : (n_known,)
        Of each incident known; -1 if it is older than any lag.
    target : (n_cells,)
        Whether the cell is of the last year, whose incidents are to be explained.
    now
        The first step of which nothing is known.
    lag_of : (1 + longest lag,)
        Class of each lag in steps.
    unit
        Of steps, "days" or "months".
    classes
        Last lag of each class.
    """

    cell_hex: IndexArray
    cell_step: IndexArray
    cell_count: FloatArray
    cell: IndexArray
    target: BoolArray
    now: int
    lag_of: IndexArray
    unit: str
    classes: tuple[int, ...]


def past_of(history: History, origin: pd.Timestamp) -> Past:
    """Lay the incidents known at an origin out in steps that end there."""
    known = history.known(origin)
    step = _step_of(history, history.ended[:known], origin)
    just_after = np.array([day_of(origin) + 2.0 / 86_400.0])
    now = max(int(_step_of(history, just_after, origin)[0]), int(step.max()) + 1)
    coarse = history.coarse_at(origin)
    classes = _MONTHS if coarse else _DAYS
    trained = _TRAINED_MONTHS if coarse else _TRAINED_DAYS
    # At most the later half, so that something was known before it.
    since = max(now - trained, (int(step.min()) + now) // 2)
    recent = step >= since - classes[-1]
    lowest = since - classes[-1]
    n_steps = now - lowest
    key = history.position[:known][recent] * n_steps + (step[recent] - lowest)
    cells, of, count = np.unique(key, return_inverse=True, return_counts=True)
    cell = np.full(known, -1)
    cell[recent] = of
    cell_step = cells % n_steps + lowest
    lag_of = np.searchsorted(classes, np.arange(classes[-1] + 1))
    return Past(
        cell_hex=cells // n_steps,
        cell_step=cell_step,
        cell_count=count.astype(np.float64),
        cell=cell,
        target=cell_step >= since,
        now=now,
        lag_of=lag_of,
        unit="months" if coarse else "days",
        classes=classes,
    )


def _step_of(history: History, ended: FloatArray, origin: pd.Timestamp) -> IndexArray:
    """Give the number of the step in which each became known; it holds its end."""
    if not history.coarse_at(origin):
        return np.ceil(ended - day_of(origin)).astype(np.int64)
    days, at = np.unique(ended, return_inverse=True)
    # A month that ends at midnight is known then.
    seconds = np.rint(days * 86_400.0).astype(np.int64) - 1
    local = pd.DatetimeIndex(seconds.astype("datetime64[s]"), tz="UTC").tz_convert(
        history.time_zone
    )
    return np.asarray((local.year * 12 + local.month).to_numpy(dtype=np.int64)[at])


def steps_ahead(history: History, origin: pd.Timestamp, end: pd.Timestamp) -> int:
    """Count the steps of a horizon, at least one."""
    days = day_of(end) - day_of(origin)
    length = 365.25 / 12.0 if history.coarse_at(origin) else 1.0
    return max(round(days / length), 1)


@dataclass(frozen=True, kw_only=True)
class Rings:
    """What lies around each hex: positions, and matrices of each ring.

    Attributes
    ----------
    near : (n_hexes, 1 + 3 * n_rings * (n_rings + 1))
        As from ``kernels.excitation.around``.
    land : (n_hexes,)
        Land of each hex, relative to that of the one with most. What follows in
        another hex follows on its land: a sliver at a border gets a sliver of it.
    matrices
        Of each ring, (n_hexes, n_hexes): what a hex gets of an incident in another,
        its land; of an incident in itself, 1.
    """

    n_rings: int
    near: IndexArray
    land: FloatArray
    matrices: tuple[sp.csr_array, ...]

    def given(self) -> FloatArray:
        """Sum what each ring gets of an incident in a hex, (n_hexes, 1 + n_rings)."""
        sums = [np.asarray(matrix.sum(axis=0)) for matrix in self.matrices]
        return np.stack(sums, axis=1)


def rings_of(grid: HexGrid) -> Rings:
    """Find what lies within a kilometer of each hex, in one to three rings."""
    spacing_m = 1000.0 * np.sqrt(2.0 / np.sqrt(3.0) * np.median(grid.area_km2))
    n_rings = int(np.clip(round(_REACH_M / spacing_m), 1, _MOST_RINGS))
    near = kernels.around(grid.neighbors, n_rings)
    edges = [0, *(1 + 3 * k * (k + 1) for k in range(n_rings + 1))]
    land = grid.land_km2 / grid.land_km2.max()
    gets = [np.ones(len(grid)), *[land] * n_rings]
    return Rings(
        n_rings=n_rings,
        near=near,
        land=land,
        matrices=tuple(
            _matrix(near[:, a:b], each)
            for (a, b), each in zip(pairwise(edges), gets, strict=True)
        ),
    )


def _matrix(near: IndexArray, gets: FloatArray) -> sp.csr_array:
    row, column = np.nonzero(near >= 0)
    n = len(near)
    return sp.csr_array((gets[row], (row, near[row, column])), shape=(n, n))
