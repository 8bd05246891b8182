"""A problem as the arrays that plans of a shift are made on."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import _cover, plan
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.kernels import shift as kernel
from geoalloc.kernels import shift_path

_NO_LIMIT = 1 << 40
_NEGLIGIBLE = 1e-16  # late incidents: a curve ends where no unit more saves this


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Quotas, asked for in every block in which any of their units is on duty.

    ``units`` : (n_rows, n_units); ``posts`` : (n_rows, n_posts); ``least, most,
    hours`` : (n_rows,); ``asked`` : (n_rows, n_periods).
    """

    name: tuple[str, ...]
    units: BoolArray
    posts: BoolArray
    least: IndexArray
    most: IndexArray
    hours: BoolArray
    asked: BoolArray


class Prepared:
    """A problem as arrays, so that what is asked of it later is answered at once.

    Attributes
    ----------
    problem
        What it was made from.
    """

    def __init__(self, problem: AllocationProblem) -> None:
        self.problem = problem
        self.ground, self.units = _ground(problem)
        self.n_parts = max(1, int(self.units.parts.max(initial=1)))
        self.nobody = kernel.nobody(self.ground, problem.n_periods, self.n_parts)
        self.posts = [np.flatnonzero(row) for row in problem.allowed]
        self.between = _between(problem)
        self.rows = _rows(problem)


def _ground(problem: AllocationProblem) -> tuple[kernel.Ground, kernel.Units]:
    """Lay out cells and coverage, layer by layer; a cell has a curve per period."""
    layers, parts_of = _cover._layers(problem), problem.unit_parts
    shape = (len(problem.supply), len(layers))
    block, parts = np.full(shape, -1), np.zeros(shape, dtype=np.int64)
    n_max = int(parts_of.sum(axis=0).max(initial=1))
    offset, beat = [0], [np.zeros(0, np.int64)]
    indptr, cell = [np.zeros(1, np.int64)], [np.zeros(0, np.int32)]
    sizes, curves, n_blocks = [np.zeros(0, np.int64)], [np.zeros(0)], 0
    for number, layer in enumerate(layers):
        here, counted = layer.hexes, parts_of[:, layer.of] > 0
        speed_of = problem.unit_speed[:, layer.of]
        for speed in np.unique(speed_of[counted]).tolist():
            covers = plan.covered(problem, layer.within_min * speed)[:, here]
            covers.sort_indices()
            alike = counted & (speed_of == speed)
            block[alike, number] = n_blocks
            parts[alike, number] = 1 if layer.longest else parts_of[alike, layer.of]
            n_blocks += 1
            indptr.append(indptr[-1][-1] + covers.indptr[1:].astype(np.int64))
            cell.append(covers.indices.astype(np.int32))
        offset.append(offset[-1] + here.size)
        beat.append(problem.hex_beat[here])
        size, curve = _curves(problem, layer, n_max)
        sizes.append(size)
        curves.append(curve)
    ground = kernel.Ground(
        n_posts=problem.n_posts,
        indptr=np.concatenate(indptr),
        cell=np.concatenate(cell),
        offset=np.array(offset[:-1], dtype=np.int64),
        beat=np.concatenate(beat).astype(np.int64),
        curve_at=np.concatenate([[0], np.cumsum(np.concatenate(sizes))]),
        curve=np.concatenate(curves),
    )
    return ground, kernel.Units(block, parts, problem.unit_beat.astype(np.int64))


def _curves(
    problem: AllocationProblem, layer: _cover._Layer, n_max: int
) -> tuple[IndexArray, FloatArray]:
    """Give the length and the values of the curves of a layer, cell by period.

    They end where no further unit saves anything, which is early in most cells.
    """
    n_periods = problem.n_periods
    size = np.zeros((layer.hexes.size, n_periods), dtype=np.int64)
    kept = []
    for t in range(n_periods):
        curve = _cover._curve(problem, layer, np.array([t]), n_max)
        more = (curve - curve[:, -1:] > _NEGLIGIBLE).sum(axis=1)
        size[:, t] = np.minimum(more + 1, n_max + 1)
        kept.append(curve[np.arange(n_max + 1) < size[:, t, None]])
    return _interleave(size, kept)


def _interleave(
    size: IndexArray, by_period: list[FloatArray]
) -> tuple[IndexArray, FloatArray]:
    """Turn curves in order of period and cell into order of cell and period."""
    flat = size.reshape(-1)
    start = (np.cumsum(flat) - flat).reshape(size.shape)
    values = np.empty(int(flat.sum()))
    for t, kept in enumerate(by_period):
        length = size[:, t]
        first = np.repeat(start[:, t] - (np.cumsum(length) - length), length)
        values[first + np.arange(kept.size)] = kept
    return flat, values


def _between(problem: AllocationProblem) -> IndexArray:
    """Whole minutes of drive from post to post: (n_posts, n_posts)."""
    table = sp.coo_array(problem.travel_min[:, problem.post_hex])
    minutes = np.full((problem.n_posts, problem.n_posts), shift_path.NEVER)
    row, column = table.coords
    minutes[row, column] = np.ceil(table.data).astype(np.int64)
    np.fill_diagonal(minutes, 0)
    return minutes


def _rows(problem: AllocationProblem) -> Rows:
    quotas, n_units = problem.quotas, len(problem.supply)
    units = np.array([q.units for q in quotas], dtype=bool).reshape(-1, n_units)
    return Rows(
        name=tuple(q.name for q in quotas),
        units=units,
        posts=np.array([q.posts for q in quotas], dtype=bool).reshape(
            -1, problem.n_posts
        ),
        least=np.array([q.least for q in quotas], dtype=np.int64),
        most=np.array(
            [_NO_LIMIT if q.most is None else q.most for q in quotas], dtype=np.int64
        ),
        hours=np.array([q.hours for q in quotas], dtype=bool),
        asked=(units.astype(np.int64) @ problem.present.astype(np.int64)) > 0,
    )
