"""Maximal covering: p sites that cover the most weight."""

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation.location._branch import Node, Priced, branch, fix, room_above
from geoalloc.allocation.location._progress import Program, Progress, minimize
from geoalloc.allocation.location._reduction import distinct_demand, useful_sites
from geoalloc.allocation.location.choice import (
    DEFAULT,
    CoverageChoice,
    LocationParams,
    require_count,
    require_measure,
)
from geoalloc.errors import DataError
from geoalloc.kernels.location import coverage

_MOST_SHAKEN = 8  # sites that a shake exchanges at most
_SHAKES = 10  # times those asked for: a shake is cheap here
_SMALL = 60  # free sites up to which branching here is quicker than HiGHS


@dataclass(frozen=True, kw_only=True)
class CoverageProblem:
    """Open p sites that cover the most weight (Church and ReVelle, 1974).

    Attributes
    ----------
    covers : (n_sites, n_demand)
        Whether a site covers a demand, dense or sparse.
    weight : (n_demand,)
    p
        Number of sites to open.
    """

    covers: BoolArray | sp.csr_array
    weight: FloatArray
    p: int
    table: sp.csr_array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        table = require_covers(self.covers)
        object.__setattr__(self, "table", table)
        require_count(self.p, table.shape[0])
        weight = require_measure(self.weight, "weight", table.shape[1])
        object.__setattr__(self, "weight", weight)


def require_covers(covers: BoolArray | sp.csr_array) -> sp.csr_array:
    """Require a table of sites by demand, true where one covers the other."""
    shape = covers.shape
    if len(shape) != 2 or 0 in shape:
        raise DataError(
            f"covers has shape {shape}, needs (n_sites, n_demand), at least one of each"
        )
    if covers.dtype != np.bool_:
        raise DataError(
            f"covers holds {covers.dtype}, needs true and false: compare distances "
            f"with the standard first"
        )
    table = sp.csr_array(covers)
    table.eliminate_zeros()
    table.sum_duplicates()
    table.sort_indices()
    return table


def max_coverage(
    problem: CoverageProblem, params: LocationParams = DEFAULT
) -> CoverageChoice:
    """Open the p sites that together cover the most weight.

    Demand with the same sites is merged, sites that cover no more than another are
    left out. Interchange with shakes finds a choice; a Lagrangian bound (Galvao and
    ReVelle, 1996) proves how good it is, closes sites, and branches on the rest.
    """
    run = _Run(problem, params)
    run.search()
    progress = run.progress
    sites = _fill(run.sites[progress.sites], problem)
    covered = covered_by(problem.table, sites)
    objective = float(problem.weight[covered].sum())
    # The run minimizes what stays uncovered, of what can be covered at all.
    bound = max(run.total - progress.bound, objective)
    proven = progress.gap == 0.0
    return CoverageChoice(
        sites=sites,
        objective=objective,
        bound=objective if proven else bound,
        gap=0.0 if proven else (bound - objective) / max(objective, 1e-12),
        status=progress.status,
        stopped_by_clock=progress.stopped_by_clock,
        steps=tuple(
            step
            | {
                "objective": run.total - float(step["objective"]),
                "bound": run.total - float(step["bound"]),
            }
            for step in progress.steps
        ),
        covered=covered,
    )


def covered_by(table: sp.csr_array, sites: IndexArray) -> BoolArray:
    """Mark the demand that one of the sites covers: (n_demand,)."""
    covered = np.zeros(table.shape[1], dtype=bool)
    covered[table[sites].indices] = True
    return covered


def _fill(sites: IndexArray, problem: CoverageProblem) -> IndexArray:
    """Add the first other sites where fewer than p were worth choosing from."""
    rest = np.setdiff1d(np.arange(problem.table.shape[0]), sites)
    return np.sort(np.concatenate([sites, rest[: problem.p - sites.size]]))


class _Coverage:
    """The table of what is left to decide, and its Lagrangian bound."""

    def __init__(
        self, table: sp.csr_array, weight: FloatArray, p: int, progress: Progress
    ) -> None:
        self.p, self.table, self.weight = p, table, weight
        self.kept = np.arange(table.shape[0])
        self._indptr = table.indptr.astype(np.int64)
        self._demand = table.indices.astype(np.int64)
        self.progress = progress

    def greedy(self) -> IndexArray:
        """Open sites one by one."""
        return coverage.greedy(self._indptr, self._demand, self.weight, self.p)

    def vary(self, start: IndexArray, draws: FloatArray) -> None:
        """Search from these sites, and keep what is better."""
        target = float(self.weight.sum()) - self.progress.bound
        sites, _ = coverage.vary(
            self._indptr, self._demand, self.weight, start, draws, target
        )
        self.offer(sites)

    def bound(self, node: Node, target: float, n_steps: int) -> Priced:
        """Raise the bound of a node by so many subgradient steps at most."""
        return Priced(
            *coverage.bound(
                self._indptr,
                self._demand,
                self.weight,
                node.fixed,
                self.p,
                node.price,
                target,
                n_steps,
            )
        )

    def offer(self, sites: IndexArray) -> None:
        """Value the sites of a relaxation, and keep them if they are the best."""
        missed = float(self.weight[~covered_by(self.table, sites)].sum())
        self.progress.offer(self.kept[sites], missed)

    def settle(self, node: Node) -> float:
        """Value the sites of a node: nothing is left to decide."""
        self.offer(np.flatnonzero(node.fixed > 0))
        return np.inf

    def program(self) -> Program:
        """Build the program: sites, then whether a demand stays uncovered."""
        n_sites, n_demand = self.table.shape
        count = sp.csr_array(np.repeat([1.0, 0.0], [n_sites, n_demand])[None])
        covered = sp.hstack([self.table.T.astype(np.float64), sp.eye_array(n_demand)])
        return Program(
            cost=np.concatenate([np.zeros(n_sites), self.weight]),
            matrix=sp.vstack([count, covered]).tocsr(),
            least=np.concatenate([[float(self.p)], np.ones(n_demand)]),
            # Whole by themselves, but HiGHS is quicker if it is told.
            whole=np.ones(n_sites + n_demand, dtype=bool),
            equal=1,
        )

    def among(self, kept: IndexArray) -> "_Coverage":
        """Leave the other sites out."""
        part = _Coverage(self.table[kept], self.weight, self.p, self.progress)
        part.kept = self.kept[kept]
        return part


class _Run:
    """One solve: the reduced table, and progress in what stays uncovered."""

    def __init__(self, problem: CoverageProblem, params: LocationParams) -> None:
        table, weight = distinct_demand(problem.table, problem.weight)
        self.sites = useful_sites(table)
        self.total = float(weight.sum())
        whole = bool(np.array_equal(weight, np.rint(weight)))
        self.progress = Progress(params, whole=whole)
        p = min(problem.p, self.sites.size)
        self._relaxation = _Coverage(table[self.sites], weight, p, self.progress)
        self._rng = np.random.default_rng(params.seed)

    def search(self) -> None:
        """Search, bound and branch, until the best choice is proven."""
        relaxation, progress = self._relaxation, self.progress
        progress.raise_bound(0.0)
        self._vary(relaxation.greedy(), 0)
        progress.log("greedy and interchange")
        if progress.done:
            return
        node = Node(
            fixed=np.zeros(relaxation.kept.size, np.int64),
            price=relaxation.weight / 2,
            bound=0.0,
        )
        priced = relaxation.bound(node, progress.value, progress.params.steps)
        progress.raise_bound(priced.bound)
        progress.log("Lagrangian bound")
        if not progress.done:
            self._vary(priced.sites, 0)
            self._prove(priced)

    def _prove(self, priced: Priced) -> None:
        """Close sites by their reduced costs, and solve what is left."""
        progress, params = self.progress, self.progress.params
        fixed = self._fixed(priced)
        if params.node_limit == 0 or (fixed == 0).sum() > _SMALL:
            self._vary(progress.sites, _SHAKES * params.shakes)
            progress.log("shakes")
            fixed = self._fixed(priced)
        if progress.done or params.node_limit == 0:
            return
        kept = np.flatnonzero(fixed >= 0)
        part = self._relaxation.among(kept)
        if (fixed[kept] == 0).sum() <= _SMALL:
            root = Node(fixed=fixed[kept], price=priced.price, bound=priced.bound)
            branch(part, root, progress)
            progress.log("branch and bound")
            return
        answer = minimize(part.program(), progress)
        if answer.values is not None:
            part.offer(np.flatnonzero(answer.values[: kept.size] > 0.5))
        progress.raise_bound(answer.bound, exact=answer.infeasible)
        progress.log("integer program")

    def _fixed(self, priced: Priced) -> IndexArray:
        nothing = np.zeros(priced.reduced.size, dtype=np.int64)
        room = room_above(priced.bound, self.progress)
        return fix(priced.reduced, nothing, self._relaxation.p, room)

    def _vary(self, start: IndexArray, n_shakes: int) -> None:
        most = min(_MOST_SHAKEN, self._relaxation.p)
        self._relaxation.vary(start, self._rng.random((n_shakes, most, 2)))
