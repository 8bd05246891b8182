"""A problem on coarser cells: what a search may look at in place of every hex."""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import plan
from geoalloc.allocation.opening import Committed, OpenQueue
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.allocation.rules import LongestTravel
from geoalloc.errors import DataError

_NONE = 1e-12  # of all demand: what a hex without any weighs in a mean
_HALF = 0.5  # of the demand of a cell that a post must reach to reach the cell


@dataclass(frozen=True, kw_only=True)
class Aggregated:
    """A problem on cells of several hexes.

    Attributes
    ----------
    problem
        Its posts, units, rules and classes are those of the problem that it was made
        from, in the same order: a plan of one is a plan of the other.
    cell : (n_hexes,)
        The cell of each hex.
    """

    problem: AllocationProblem
    cell: IndexArray

    def queue(self, queue: OpenQueue | None) -> OpenQueue | None:
        """Place the calls that wait in the cells."""
        return queue and replace(queue, hex=self.cell[queue.hex])

    def committed(self, committed: Committed | None) -> Committed | None:
        """Place the units that are at work in the cells."""
        return committed and replace(committed, hex=self.cell[committed.hex])


def aggregated(problem: AllocationProblem, group: IndexArray) -> Aggregated:
    """Merge the hexes of a group that are alike in all but their travel.

    Hexes of one cell share beat, district, standards, longest travel and caps, so
    that their demand may be added up; the hex of a post is a cell of its own, so that
    drives between posts stay what they are. What a cell loses is where in it the
    demand is: its travel is the mean by demand of that of its hexes, as far as the
    post reaches them, and none if that is less than half of its demand (on the errors
    that follow: Hillsman and Rhoda, 1978, Annals of Regional Science 12, 74-89; and
    Current and Schilling, 1990, Geographical Analysis 22, 116-126, for covering).

    Parameters
    ----------
    group : (n_hexes,)
        Label of the group of each hex: its parent cell, say.

    Raises
    ------
    DataError
        If there is not one label per hex.
    """
    group = np.asarray(group)
    if group.shape != (problem.n_hexes,):
        raise DataError(
            f"group has shape {group.shape}, needs ({problem.n_hexes},): a label per hex"
        )
    cell = _cells(problem, group)
    n_cells = int(cell.max()) + 1
    weight = _weight(problem)
    heaviest = _heaviest(cell, weight)
    classes = tuple(
        replace(
            service,
            arrivals=_summed(service.arrivals, cell, n_cells),
            load=_summed(service.load, cell, n_cells),
            limit_min=service.limit_min[heaviest],
        )
        for service in problem.classes
    )
    return Aggregated(
        problem=replace(
            problem,
            classes=classes,
            travel_min=_travel(problem, cell, weight, n_cells),
            post_hex=cell[problem.post_hex],
            catchment=problem.catchment[heaviest],
            hex_beat=problem.hex_beat[heaviest],
            hex_district=problem.hex_district[heaviest],
            caps=tuple(replace(c, hexes=c.hexes[heaviest]) for c in problem.caps),
            longest=_longest(problem.longest, heaviest),
        ),
        cell=cell,
    )


def _cells(problem: AllocationProblem, group: IndexArray) -> IndexArray:
    """Number the cells: hexes of a group that are alike; posts by themselves."""
    _, parent = np.unique(group, return_inverse=True)
    own = np.full(problem.n_hexes, -1)
    own[problem.post_hex] = problem.post_hex
    alike = [parent.reshape(-1), own, problem.hex_beat, problem.hex_district]
    limits = [service.limit_min for service in problem.classes]
    if problem.longest is not None:
        limits.append(problem.longest.limit_min)
    alike += [np.unique(limit, return_inverse=True)[1].reshape(-1) for limit in limits]
    alike += [cap.hexes.astype(np.int64) for cap in problem.caps]
    _, cell = np.unique(np.column_stack(alike), axis=0, return_inverse=True)
    return np.asarray(cell.reshape(-1), dtype=np.int64)


def _weight(problem: AllocationProblem) -> FloatArray:
    """Weigh each hex by its calls and their weights, never nothing: (n_hexes,)."""
    weight = np.zeros(problem.n_hexes)
    for c in range(len(problem.classes)):
        weight += plan.value_of(problem, c).sum(axis=0)
    return weight + _NONE * max(float(weight.sum()), 1.0)


def _heaviest(cell: IndexArray, weight: FloatArray) -> IndexArray:
    """Find the hex of each cell that weighs most, the lowest of equals: (n_cells,)."""
    order = np.lexsort((np.arange(cell.size), -weight, cell))
    return order[np.searchsorted(cell[order], np.arange(int(cell.max()) + 1))]


def _summed(values: FloatArray, cell: IndexArray, n_cells: int) -> FloatArray:
    """Add up what the hexes of each cell have: (n_periods, n_cells)."""
    return np.stack([np.bincount(cell, row, n_cells) for row in values])


def _travel(
    problem: AllocationProblem, cell: IndexArray, weight: FloatArray, n_cells: int
) -> sp.csr_array:
    """Mean minutes by demand from each post to each cell: (n_posts, n_cells)."""
    share = weight / np.bincount(cell, weight, n_cells)[cell]
    hexes = np.arange(cell.size)
    travel = problem.travel_min
    merge = sp.csr_array((share, (hexes, cell)), shape=(cell.size, n_cells))
    reached = travel.copy()
    reached.data = np.ones(travel.nnz)
    part = (reached @ merge).tocsr()
    minutes = (travel.astype(np.float64) @ merge).tocsr()
    for table in (part, minutes):
        table.sort_indices()
    kept = part.data >= _HALF - 1e-9
    row = np.repeat(np.arange(problem.n_posts), np.diff(part.indptr))[kept]
    found = (minutes.data[kept] / part.data[kept]).astype(travel.dtype)
    start = np.concatenate(
        [[0], np.cumsum(np.bincount(row, minlength=problem.n_posts))]
    )
    return sp.csr_array(
        (found, part.indices[kept], start.astype(part.indptr.dtype)),
        shape=(problem.n_posts, n_cells),
    )


def _longest(
    longest: LongestTravel | None, heaviest: IndexArray
) -> LongestTravel | None:
    """Price a cell beyond the longest travel as the hexes that it stands for."""
    if longest is None:
        return None
    limit = longest.limit_min[heaviest]
    n_hexes, n_cells = np.isfinite(longest.limit_min).sum(), np.isfinite(limit).sum()
    price = longest.price * float(n_hexes) / max(float(n_cells), 1.0)
    return LongestTravel(limit_min=limit, price=price)
