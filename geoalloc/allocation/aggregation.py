"""A problem on coarser cells: what a search may look at in place of every hex."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import plan
from geoalloc.allocation.opening import Committed, OpenQueue
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.allocation.rules import LongestTravel
from geoalloc.allocation.service import ServiceClass
from geoalloc.errors import DataError

_NONE = 1e-12  # of all demand: what a hex without any weighs in a mean
_HALF = 0.5  # of the demand of a cell that a post must reach to reach the cell


@dataclass(frozen=True, kw_only=True, eq=False)
class Aggregation:
    """Hexes merged into cells, for any problem on them.

    Attributes
    ----------
    cell : (n_hexes,)
        The cell of each hex.
    heaviest : (n_cells,)
        The hex of each cell that has most of its demand.
    share : (n_hexes,)
        Of each hex in the demand of its cell.
    travel_min, merged_min
        A travel table that has been merged, and what came of it.
    """

    cell: IndexArray
    heaviest: IndexArray
    share: FloatArray
    travel_min: sp.csr_array
    merged_min: sp.csr_array

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return int(self.heaviest.size)

    def of(self, problem: AllocationProblem) -> AllocationProblem:
        """State a problem on the cells: one of these hexes, posts and rules.

        Its posts, units, rules and classes are those of the problem, in the same
        order: a plan of one is a plan of the other.

        Raises
        ------
        DataError
            If the problem has another number of hexes.
        """
        if problem.n_hexes != self.cell.size:
            raise DataError(
                f"the problem has {problem.n_hexes} hexes and the cells are made of "
                f"{self.cell.size}; aggregate the hexes of this problem"
            )
        travel, first = self.merged_min, self.heaviest
        if problem.travel_min is not self.travel_min:
            travel = _merged(problem.travel_min, self.cell, self.share)
        return replace(
            problem,
            classes=tuple(
                replace(
                    service,
                    arrivals=self.summed(service.arrivals),
                    load=self.summed(service.load),
                    limit_min=service.limit_min[first],
                    severity=self._severity(service),
                )
                for service in problem.classes
            ),
            travel_min=travel,
            post_hex=self.cell[problem.post_hex],
            catchment=problem.catchment[first],
            hex_beat=problem.hex_beat[first],
            hex_district=problem.hex_district[first],
            caps=tuple(replace(cap, hexes=cap.hexes[first]) for cap in problem.caps),
            longest=_longest(problem.longest, first),
        )

    def summed(self, values: FloatArray) -> FloatArray:
        """Add up over the hexes of each cell: (..., n_hexes) to (..., n_cells)."""
        rows = np.reshape(values, (-1, self.cell.size))
        total = [np.bincount(self.cell, row, self.n_cells) for row in rows]
        return np.reshape(total, (*np.shape(values)[:-1], self.n_cells))

    def _severity(self, service: ServiceClass) -> FloatArray | None:
        """Take the mean by incidents of the severity of the hexes of each cell."""
        if service.severity is None:
            return None
        calls = self.summed(service.arrivals)
        harm = self.summed(service.arrivals * service.severity)
        return np.divide(harm, calls, out=np.ones_like(calls), where=calls > 0)

    def queue(self, queue: OpenQueue | None) -> OpenQueue | None:
        """Place the calls that wait in the cells."""
        return None if queue is None else replace(queue, hex=self.cell[queue.hex])

    def committed(self, units: Committed | None) -> Committed | None:
        """Place the units that are at work in the cells."""
        return None if units is None else replace(units, hex=self.cell[units.hex])


def aggregate(
    problem: AllocationProblem, group: npt.NDArray[np.generic]
) -> Aggregation:
    """Merge the hexes of a group that are alike in all but their travel.

    Hexes of one cell share beat, district, standards, longest travel and caps, so
    that their demand may be added up; the hex of a post is a cell of its own, so that
    drives between posts stay what they are. What a cell loses is where in it the
    demand is: its travel is the mean by demand of that of its hexes, as far as the
    post reaches them, and none where that is less than half of its demand (on the
    errors that follow: Hillsman and Rhoda, 1978, Annals of Regional Science 12,
    74-89; of covering, Current and Schilling, 1990, Geographical Analysis 22,
    116-126). It counts to the catchment of the hex that has most of its demand.

    Parameters
    ----------
    group : (n_hexes,)
        Label of the group of each hex: its parent at a coarser resolution, say.

    Raises
    ------
    DataError
        If there is not one label per hex.
    """
    if np.shape(group) != (problem.n_hexes,):
        raise DataError(
            f"group has shape {np.shape(group)}, needs ({problem.n_hexes},): one label "
            f"per hex"
        )
    cell, weight = _cells(problem, group), _weight(problem)
    share = weight / np.bincount(cell, weight)[cell]
    order = np.lexsort((np.arange(cell.size), -weight, cell))
    first = np.searchsorted(cell[order], np.arange(int(cell.max()) + 1))
    return Aggregation(
        cell=cell,
        heaviest=order[first],
        share=share,
        travel_min=problem.travel_min,
        merged_min=_merged(problem.travel_min, cell, share),
    )


def _cells(problem: AllocationProblem, group: npt.NDArray[np.generic]) -> IndexArray:
    """Give a number to each lot of hexes of a group that are alike; posts alone."""
    own = np.full(problem.n_hexes, -1)
    own[problem.post_hex] = problem.post_hex
    limits = [service.limit_min for service in problem.classes]
    if problem.longest is not None:
        limits.append(problem.longest.limit_min)
    labels = [np.unique(of, return_inverse=True)[1] for of in (group, *limits)]
    alike = [own, problem.hex_beat, problem.hex_district, *labels]
    alike += [cap.hexes.astype(np.int64) for cap in problem.caps]
    _, cell = np.unique(np.column_stack(alike), axis=0, return_inverse=True)
    return np.asarray(cell.reshape(-1), dtype=np.int64)


def _weight(problem: AllocationProblem) -> FloatArray:
    """Weigh each hex as the objective does, never as nothing: (n_hexes,)."""
    weight = np.zeros(problem.n_hexes)
    for c in range(len(problem.classes)):
        weight += plan.value_of(problem, c).sum(axis=0)
    return weight + _NONE * max(float(weight.sum()), 1.0)


def _merged(travel: sp.csr_array, cell: IndexArray, share: FloatArray) -> sp.csr_array:
    """Mean minutes by demand from each post to each cell: (n_posts, n_cells)."""
    n_hexes, n_cells = cell.size, int(cell.max()) + 1
    merge = sp.csr_array((share, (np.arange(n_hexes), cell)), (n_hexes, n_cells))
    index = travel.indices, travel.indptr
    part = sp.csr_array((np.ones(travel.nnz), *index), travel.shape) @ merge
    # A minute more, so that no entry is 0, which a product might drop.
    more = sp.csr_array((travel.data + np.float64(1.0), *index), travel.shape) @ merge
    part.sort_indices()
    more.sort_indices()
    kept = part.data >= _HALF - 1e-9
    start = np.concatenate([[0], np.cumsum(kept)])[part.indptr]
    minutes = np.maximum(more.data[kept] / part.data[kept] - 1.0, 0.0)
    return sp.csr_array(
        (
            minutes.astype(travel.dtype),
            part.indices[kept].astype(travel.indices.dtype),
            start.astype(travel.indptr.dtype),
        ),
        shape=(travel.shape[0], n_cells),
    )


def _longest(longest: LongestTravel | None, first: IndexArray) -> LongestTravel | None:
    """Price a cell beyond the longest travel as the mean number of its hexes."""
    if longest is None:
        return None
    limit = longest.limit_min[first]
    n_cells = max(1, int(np.isfinite(limit).sum()))
    many = int(np.isfinite(longest.limit_min).sum()) / n_cells
    return LongestTravel(limit_min=limit, price=longest.price * many)
