"""The capacitated p-median: p sites, each with room for so much demand."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation.location._branch import Node, Priced, branch, fix, room_above
from geoalloc.allocation.location._progress import Program, Progress, minimize
from geoalloc.allocation.location.choice import (
    DEFAULT,
    LocationParams,
    MedianChoice,
    require_count,
    require_measure,
)
from geoalloc.allocation.location.median import require_distance
from geoalloc.errors import DataError, InfeasibleError, SolverError
from geoalloc.kernels.location import capacitated

_MOST_SHAKEN = 3  # sites that a shake exchanges at most
_STARTS = 100  # sets of sites of the bound from which a search starts
_GRID = 1000  # steps of capacity where sizes are no (small) whole numbers


@dataclass(frozen=True, kw_only=True)
class CapacitatedProblem:
    """Open p sites of limited capacity (Osman and Christofides, 1994).

    Attributes
    ----------
    distance : (n_sites, n_demand)
        Or minutes, or any cost; finite.
    size : (n_demand,)
        What a demand takes of the capacity of the one site that serves it.
    capacity : (n_sites,)
        Or one number for all.
    p
        Number of sites to open.
    """

    distance: FloatArray
    size: FloatArray
    capacity: FloatArray | float
    p: int

    def __post_init__(self) -> None:
        distance = require_distance(self.distance)
        object.__setattr__(self, "distance", distance)
        n_sites, n_demand = distance.shape
        if not np.isfinite(distance).all():
            i, j = np.argwhere(np.isinf(distance))[0]
            raise DataError(
                f"distance from site {i} to demand {j} is infinite: give a large "
                f"number where a site should not serve a demand"
            )
        require_count(self.p, n_sites)
        size = require_measure(self.size, "size", n_demand)
        object.__setattr__(self, "size", size)
        every = np.asarray(self.capacity, dtype=np.float64)
        every = np.full(n_sites, every) if every.ndim == 0 else every
        capacity = require_measure(every, "capacity", n_sites)
        object.__setattr__(self, "capacity", capacity)
        self._require_room(np.sort(capacity)[::-1][: self.p])

    def _require_room(self, largest: FloatArray) -> None:
        size = np.asarray(self.size)
        if size.max() > largest[0]:
            raise DataError(
                f"demand {size.argmax()} has size {size.max():g}, and the largest "
                f"capacity is {largest[0]:g}: split it or raise the capacity"
            )
        if size.sum() > largest.sum() * (1 + 1e-12):
            raise DataError(
                f"demand adds up to {size.sum():g}, and the {self.p} largest "
                f"capacities to {largest.sum():g}: raise p or the capacities"
            )


def capacitated_p_median(
    problem: CapacitatedProblem, params: LocationParams = DEFAULT
) -> MedianChoice:
    """Open the p sites that serve all demand within capacity at the least distance.

    A Lagrangian bound with one knapsack a site (Pirkul, 1987) proposes sites, from
    which shifts, exchanges and new medians search; what it proves to be no better is
    left out of an exact program.

    Raises
    ------
    InfeasibleError
        If it is proven that no p sites can take all demand.
    SolverError
        If no choice was found within the limits.
    """
    run = _Run(problem, params)
    run.search()
    progress = run.progress
    if not np.isfinite(progress.value):
        if run.impossible:
            raise InfeasibleError(
                f"no {problem.p} sites can take all demand: raise p or the capacities"
            )
        raise SolverError(
            f"no {problem.p} sites that take all demand were found: raise shakes or "
            f"node_limit, or p"
        )
    demand = np.arange(problem.distance.shape[1])
    objective = float(problem.distance[run.assigned, demand].sum())
    return MedianChoice(
        sites=progress.sites,
        objective=objective,
        bound=min(progress.bound, objective),
        gap=progress.gap,
        status=progress.status,
        stopped_by_clock=progress.stopped_by_clock,
        steps=tuple(progress.steps),
        assigned=run.assigned,
    )


class _Run:
    """State of one solve: the best assignment, prices, and progress."""

    def __init__(self, problem: CapacitatedProblem, params: LocationParams) -> None:
        self.p = problem.p
        self._cost = problem.distance
        self._size = np.asarray(problem.size)
        self._capacity = np.asarray(problem.capacity)
        whole = bool(np.array_equal(self._cost, np.rint(self._cost)))
        self.progress = Progress(params, whole=whole)
        self.assigned: IndexArray = np.zeros(self._size.size, dtype=np.int64)
        self.impossible = False
        self._tried: set[bytes] = set()
        self._rng = np.random.default_rng(params.seed)
        exact = np.array_equal(self._size, np.rint(self._size))
        scale = 1.0
        if not exact or self._capacity.max() > _GRID:
            scale = _GRID / float(self._capacity.max())
        # Sizes rounded down need no more room than there is: the bound stays true.
        self._units = np.floor(self._size * scale + 1e-9).astype(np.int64)
        self._room = np.floor(self._capacity * scale + 1e-9).astype(np.int64)

    def search(self) -> None:
        """Bound, search from the sites of the bound, and branch on the sites."""
        progress, params = self.progress, self.progress.params
        order = np.sort(self._cost, axis=0)
        self._vary(self._first_sites()[None], params.shakes // 10)
        progress.log("search")
        root = Node(
            fixed=np.zeros(order.shape[0], dtype=np.int64),
            price=order[min(self.p, order.shape[0] - 1)],
            bound=-np.inf,
        )
        priced = self.bound(root, progress.value, params.steps)
        progress.raise_bound(priced.bound)
        progress.log("Lagrangian bound")
        if progress.done:
            return
        self._vary(self._choices, params.shakes)
        progress.log("search from the bound")
        if not progress.done and params.node_limit > 0:
            fixed = fix(priced.reduced, root.fixed, self.p, self._room_above(priced))
            node = Node(fixed=fixed, price=priced.price, bound=priced.bound)
            self.impossible = branch(self, node, progress)
            progress.log("branch and bound")

    def _first_sites(self) -> IndexArray:
        """Take the sites of the largest capacity, of equals the most central."""
        rank = np.lexsort((self._cost.sum(axis=1), -self._capacity))
        return np.sort(rank[: self.p])

    def _vary(self, starts: IndexArray, n_shakes: int) -> None:
        draws = self._rng.random((n_shakes, min(_MOST_SHAKEN, self.p), 2))
        positive = self._size[self._size > 0]
        fine = (1.0 + self._cost.max()) / (positive.min() if positive.size else 1.0)
        _, assigned, _ = capacitated.vary(
            self._cost, self._size, self._capacity, starts, draws, fine
        )
        self._offer(assigned)

    def _offer(self, assigned: IndexArray) -> None:
        load = np.bincount(assigned, self._size, self._capacity.size)
        if (load > self._capacity * (1 + 1e-9) + 1e-9).any():
            return
        value = float(self._cost[assigned, np.arange(assigned.size)].sum())
        if value < self.progress.value:
            self.assigned = assigned
            used = np.unique(assigned)
            rest = np.setdiff1d(np.arange(self._capacity.size), used)
            sites = np.concatenate([used, rest[: self.p - used.size]])
            self.progress.offer(sites, value)

    def bound(self, node: Node, target: float, n_steps: int) -> Priced:
        """Raise the bound of a node by so many subgradient steps at most."""
        if not np.isfinite(target):
            target = float(self._cost.max(axis=0).sum())
        result = capacitated.bound(
            self._cost,
            self._units,
            self._room,
            node.fixed,
            self.p,
            node.price,
            target,
            n_steps,
        )
        # The last sets of sites, each once: those are of the best prices.
        late = np.sort(result[5][::-1], axis=1)
        _, first = np.unique(late, axis=0, return_index=True)
        self._choices = np.ascontiguousarray(late[np.sort(first)[:_STARTS]])
        return Priced(*result[:5])

    def offer(self, sites: IndexArray) -> None:
        """Assign to the sites of a relaxation, and keep them if they are the best."""
        key = np.sort(sites).tobytes()
        if key not in self._tried:
            self._tried.add(key)
            self._vary(np.sort(sites)[None], 0)

    def settle(self, node: Node) -> float:
        """Assign exactly to the sites of a node, by what its prices leave open."""
        priced = self.bound(node, self.progress.value, self.progress.params.steps)
        bound = max(node.bound, priced.bound)
        if room_above(bound, self.progress) < 0:
            return np.inf
        site, demand = np.nonzero(self._open_pairs(node, priced))
        answer = minimize(self._program(site, demand), self.progress)
        if answer.values is not None:
            chosen = answer.values[: site.size] > 0.5
            assigned = np.zeros(self._size.size, dtype=np.int64)
            assigned[demand[chosen]] = site[chosen]
            self._offer(assigned)
        solved = answer.infeasible or room_above(answer.bound, self.progress) < 0
        return np.inf if solved else max(bound, answer.bound)

    def _room_above(self, priced: Priced) -> float:
        if not np.isfinite(self.progress.value):
            return np.inf
        return room_above(priced.bound, self.progress)

    def _open_pairs(self, node: Node, priced: Priced) -> BoolArray:
        """Mark the pairs of open sites that may be part of a better choice."""
        worth = capacitated.through(self._cost, self._units, self._room, priced.price)
        extra = -worth - priced.reduced[:, None]
        fits = self._size <= self._capacity[:, None]
        inside = (node.fixed > 0)[:, None]
        return fits & inside & (extra <= self._room_above(priced))

    def _program(self, site: IndexArray, demand: IndexArray) -> Program:
        """Build the program of pairs, then sites."""
        kept = np.unique(site)
        n, m, n_demand = site.size, kept.size, self._size.size
        at, pair = np.searchsorted(kept, site), np.arange(n)
        one = np.ones(n)
        # Each demand is served once; p sites are open.
        served = sp.coo_array((one, (demand, pair)), shape=(n_demand, n + m))
        opened = sp.coo_array(
            (np.ones(m), (np.zeros(m, np.int64), n + np.arange(m))), shape=(1, n + m)
        )
        # A site takes no more than its capacity, and nothing if it is closed.
        load = sp.coo_array(
            (
                np.concatenate([-self._size[demand], self._capacity[kept]]),
                (np.concatenate([at, np.arange(m)]), np.arange(n + m)),
            ),
            shape=(m, n + m),
        )
        serving = sp.coo_array(
            (
                np.concatenate([-one, one]),
                (np.tile(pair, 2), np.concatenate([pair, n + at])),
            ),
            shape=(n, n + m),
        )
        return Program(
            cost=np.concatenate([self._cost[site, demand], np.zeros(m)]),
            matrix=sp.vstack([served, opened, load, serving]).tocsr(),
            least=np.concatenate([np.ones(n_demand), [float(self.p)], np.zeros(m + n)]),
            whole=np.ones(n + m, dtype=bool),
            equal=n_demand + 1,
        )
