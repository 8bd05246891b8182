"""The p-median problem: p sites, each demand served by the nearest."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import shortest_path

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation.location._branch import Node, Priced, branch, fix, room_above
from geoalloc.allocation.location._progress import Progress
from geoalloc.allocation.location.choice import (
    DEFAULT,
    LocationParams,
    MedianChoice,
    require_count,
    require_measure,
)
from geoalloc.errors import DataError, InfeasibleError
from geoalloc.kernels.location import median

_MOST_SHAKEN = 8  # sites that a shake exchanges at most


@dataclass(frozen=True, kw_only=True)
class MedianProblem:
    """Open p sites so that demand is near (Hakimi, 1964; ReVelle and Swain, 1970).

    Attributes
    ----------
    distance : (n_sites, n_demand)
        Or minutes, or any cost; inf where a site cannot serve a demand.
    weight : (n_demand,)
        None for 1 each.
    p
        Number of sites to open.
    """

    distance: FloatArray
    p: int
    weight: FloatArray | None = None

    def __post_init__(self) -> None:
        distance = require_distance(self.distance)
        object.__setattr__(self, "distance", distance)
        require_count(self.p, distance.shape[0])
        if self.weight is not None:
            weight = require_measure(self.weight, "weight", distance.shape[1])
            object.__setattr__(self, "weight", weight)

    @property
    def cost(self) -> FloatArray:
        """Weight times distance: (n_sites, n_demand)."""
        if self.weight is None:
            return self.distance
        free = (self.weight == 0.0) & np.isinf(self.distance)
        with np.errstate(invalid="ignore"):
            return np.where(free, 0.0, self.distance * self.weight)


def require_distance(distance: FloatArray) -> FloatArray:
    """Require a table of sites by demand, no nan, not negative, none unreachable."""
    distance = np.ascontiguousarray(distance, dtype=np.float64)
    if distance.ndim != 2 or 0 in distance.shape:
        raise DataError(
            f"distance has shape {distance.shape}, needs (n_sites, n_demand), "
            f"at least one of each"
        )
    bad = np.argwhere(~(distance >= 0))
    if len(bad):
        raise DataError(
            f"distance is nan or negative at {len(bad)} of {distance.size} entries, "
            f"first from site {bad[0, 0]} to demand {bad[0, 1]}"
        )
    lost = np.flatnonzero(np.isinf(distance).all(axis=0))
    if lost.size:
        raise DataError(
            f"no site reaches {lost.size} of {distance.shape[1]} demand positions, "
            f"first {lost[0]}: leave them out or add a site"
        )
    return distance


def graph_distance(ends: IndexArray, length: FloatArray, n_nodes: int) -> FloatArray:
    """Measure shortest paths between all nodes of an undirected graph.

    Parameters
    ----------
    ends : (n_edges, 2)
        Nodes, as positions. Of parallel edges, the shortest counts.
    length : (n_edges,)

    Returns
    -------
    distance : (n_nodes, n_nodes)
        Inf between nodes that no path joins.

    Raises
    ------
    DataError
        If an edge has no such node, or a length is nan, infinite or negative.
    """
    ends = np.asarray(ends, dtype=np.int64)
    if ends.ndim != 2 or ends.shape[1] != 2:
        raise DataError(f"ends has shape {ends.shape}, needs (n_edges, 2)")
    bad = np.flatnonzero(((ends < 0) | (ends >= n_nodes)).any(axis=1))
    if bad.size:
        raise DataError(
            f"{bad.size} of {len(ends)} edges end outside the nodes 0 to "
            f"{n_nodes - 1}, first edge {bad[0]}"
        )
    length = require_measure(length, "length", len(ends))
    ends = np.sort(ends, axis=1)
    order = np.lexsort((length, ends[:, 1], ends[:, 0]))
    first = np.ones(order.size, dtype=bool)
    first[1:] = (np.diff(ends[order], axis=0) != 0).any(axis=1)
    kept = order[first]
    graph = sp.coo_array(
        (length[kept], (ends[kept, 0], ends[kept, 1])), shape=(n_nodes, n_nodes)
    )
    distance: FloatArray = shortest_path(graph.tocsr(), directed=False)
    return distance


def p_median(problem: MedianProblem, params: LocationParams = DEFAULT) -> MedianChoice:
    """Open the p sites from which the weighted distance to demand is least.

    Interchange (Teitz and Bart, 1968; Whitaker, 1983) with shakes (Hansen and
    Mladenovic, 1997) finds a choice; a Lagrangian bound (Cornuejols, Fisher and
    Nemhauser, 1977) proves how good it is, closes sites that cannot be better, and
    branches on what is left.

    Raises
    ------
    InfeasibleError
        If no p sites reach all demand.
    """
    run = _Run(problem, params)
    run.search()
    progress = run.progress
    cost = problem.cost[progress.sites]
    nearest = cost.argmin(axis=0)
    objective = float(np.take_along_axis(cost, nearest[None], axis=0).sum())
    if not np.isfinite(objective):
        raise InfeasibleError(
            f"no {problem.p} sites were found that reach all demand: raise p or "
            f"leave out far demand"
        )
    return MedianChoice(
        sites=progress.sites,
        objective=objective,
        bound=min(progress.bound, objective),
        gap=progress.gap,
        status=progress.status,
        stopped_by_clock=progress.stopped_by_clock,
        steps=tuple(progress.steps),
        assigned=progress.sites[nearest],
    )


class _Median:
    """Costs of the sites that are left, ranked for each demand."""

    def __init__(
        self, cost: FloatArray, kept: IndexArray, p: int, progress: Progress
    ) -> None:
        self._kept, self.p, self._progress = kept, p, progress
        self._cost = np.ascontiguousarray(cost[kept])
        by_demand = np.ascontiguousarray(self._cost.T)
        order = np.argsort(by_demand, axis=1, kind="stable")
        self._ranked = np.take_along_axis(by_demand, order, axis=1)
        self._order = order.astype(np.int32)

    def bound(self, node: Node, target: float, n_steps: int) -> Priced:
        """Raise the bound of a node by so many subgradient steps at most."""
        return Priced(
            *median.bound(
                self._cost,
                self._order,
                self._ranked,
                node.fixed,
                self.p,
                node.price,
                target,
                n_steps,
            )
        )

    def offer(self, sites: IndexArray) -> None:
        """Value the sites of a relaxation, and keep them if they are the best."""
        value = float(self._cost[sites].min(axis=0).sum())
        self._progress.offer(self._kept[sites], value)

    def settle(self, node: Node) -> float:
        """Value the sites of a node: nothing is left to decide."""
        self.offer(np.flatnonzero(node.fixed > 0))
        return np.inf


class _Run:
    """State of one solve: what is fixed, prices, and progress."""

    def __init__(self, problem: MedianProblem, params: LocationParams) -> None:
        cost = problem.cost
        finite = np.isfinite(cost)
        whole = bool(np.array_equal(cost[finite], np.rint(cost[finite])))
        self.progress = Progress(params, whole=whole)
        # Dearer than any choice that reaches all demand.
        never = 1.0 + 2.0 * float(np.where(finite, cost, 0.0).max(axis=0).sum())
        self._cost = np.where(finite, cost, never)
        self._p = problem.p
        self._rng = np.random.default_rng(params.seed)

    def search(self) -> None:
        """Search, bound and branch, until the best choice is proven."""
        progress, params = self.progress, self.progress.params
        self._vary(median.greedy(self._cost, self._p), 0)
        progress.log("greedy and interchange")
        everything = np.arange(self._cost.shape[0])
        relaxation = _Median(self._cost, everything, self._p, progress)
        two = np.sort(self._cost[progress.sites], axis=0)[:2]
        root = Node(
            fixed=np.zeros(everything.size, np.int64),
            price=two.mean(axis=0),
            bound=-np.inf,
        )
        priced = relaxation.bound(root, progress.value, params.steps)
        progress.raise_bound(priced.bound)
        progress.log("Lagrangian bound")
        if not progress.done:
            self._vary(priced.sites, 0)
            self._vary(progress.sites, params.shakes)
            progress.log("shakes")
        if not progress.done:
            self._branch(priced)
            progress.log("branch and bound")

    def _vary(self, start: IndexArray, n_shakes: int) -> None:
        draws = self._rng.random((n_shakes, min(_MOST_SHAKEN, self._p), 2))
        target = self.progress.bound
        self.progress.offer(*median.vary(self._cost, start, draws, target))

    def _branch(self, priced: Priced) -> None:
        """Close the sites that cannot be in a better choice, and branch on the rest."""
        progress = self.progress
        nothing = np.zeros(self._cost.shape[0], dtype=np.int64)
        room = room_above(priced.bound, progress)
        fixed = fix(priced.reduced, nothing, self._p, room)
        kept = np.flatnonzero(fixed >= 0)
        branch(
            _Median(self._cost, kept, self._p, progress),
            Node(fixed=fixed[kept], price=priced.price, bound=priced.bound),
            progress,
        )
