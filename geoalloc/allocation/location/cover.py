"""Location set covering: the fewest sites that cover everything."""

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from geoalloc._types import BoolArray, IndexArray
from geoalloc.allocation.location._progress import Program, Progress, minimize
from geoalloc.allocation.location._reduction import distinct_demand, reduced_cover
from geoalloc.allocation.location.choice import (
    DEFAULT,
    CoverageChoice,
    LocationParams,
)
from geoalloc.allocation.location.coverage import covered_by, require_covers
from geoalloc.errors import DataError
from geoalloc.kernels.location import coverage


@dataclass(frozen=True, kw_only=True)
class SetCoverProblem:
    """Cover all demand with the fewest sites (Toregas et al., 1971).

    Attributes
    ----------
    covers : (n_sites, n_demand)
        Whether a site covers a demand, dense or sparse.
    """

    covers: BoolArray | sp.csr_array
    table: sp.csr_array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        table = require_covers(self.covers)
        object.__setattr__(self, "table", table)
        lost = np.setdiff1d(np.arange(table.shape[1]), table.indices)
        if lost.size:
            raise DataError(
                f"no site covers {lost.size} of {table.shape[1]} demand positions, "
                f"first {', '.join(map(str, lost[:5]))}: leave them out or add a site"
            )


def min_sites(
    problem: SetCoverProblem, params: LocationParams = DEFAULT
) -> CoverageChoice:
    """Find the fewest sites that cover all demand.

    Sites that cover no more than another, and demand that is covered whenever other
    demand is, are left out in turn; HiGHS solves the rest.
    """
    progress = Progress(params, whole=True)
    table, _ = distinct_demand(problem.table, np.ones(problem.table.shape[1]))
    table, kept = reduced_cover(table)
    sites = _greedy_cover(table)
    progress.offer(kept[sites], float(sites.size))
    progress.raise_bound(1.0)
    progress.log("greedy")
    if not progress.done and params.node_limit > 0:
        n = kept.size
        answer = minimize(
            Program(
                cost=np.ones(n),
                matrix=table.T.astype(np.float64).tocsr(),
                least=np.ones(table.shape[1]),
                whole=np.ones(n, dtype=bool),
            ),
            progress,
        )
        if answer.values is not None:
            sites = np.flatnonzero(answer.values > 0.5)
            progress.offer(kept[sites], float(sites.size))
        progress.raise_bound(answer.bound)
        progress.log("integer program")
    return CoverageChoice(
        sites=progress.sites,
        objective=float(progress.sites.size),
        bound=progress.bound,
        gap=progress.gap,
        status=progress.status,
        stopped_by_clock=progress.stopped_by_clock,
        steps=tuple(progress.steps),
        covered=covered_by(problem.table, progress.sites),
    )


def _greedy_cover(table: sp.csr_array) -> IndexArray:
    """Open sites one by one until all is covered: ascending."""
    weight = np.ones(table.shape[1])
    order = coverage.greedy(
        table.indptr.astype(np.int64),
        table.indices.astype(np.int64),
        weight,
        table.shape[0],
    )
    missed = [int((~covered_by(table, order[:k])).sum()) for k in range(order.size + 1)]
    return np.sort(order[: missed.index(0)])
