"""Branch and bound on a Lagrangian bound: which p sites to open.

Where the gap is wide, as with few sites on a large graph, a linear program of what is
left is slow to solve even once; a Lagrangian bound is not (Beasley, 1985).
"""

import heapq
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation.location._progress import Progress

_STEPS = 60  # subgradient steps at a node
_ROUNDING = 1e-9  # share of a bound that is rounding


class Priced(NamedTuple):
    """What a subgradient kernel gives back."""

    bound: float
    price: FloatArray
    reduced: FloatArray
    sites: IndexArray
    share: FloatArray


@dataclass(frozen=True, kw_only=True)
class Node:
    """A part of the choices: sites that are fixed, prices, and a bound.

    Attributes
    ----------
    fixed : (n_sites,)
        1 open, -1 closed, 0 free.
    price : (n_demand,)
    """

    fixed: IndexArray
    price: FloatArray
    bound: float


class Relaxation(Protocol):
    """A Lagrangian bound and the choice that comes with it."""

    p: int

    def bound(self, node: Node, target: float, n_steps: int) -> Priced:
        """Raise the bound of a node by so many subgradient steps at most."""
        ...

    def offer(self, sites: IndexArray) -> None:
        """Value the sites of a relaxation, and keep them if they are the best."""
        ...

    def settle(self, node: Node) -> float:
        """Solve a node of which all sites are fixed.

        Returns
        -------
        bound
            Inf if nothing better than the best so far is left in it.
        """
        ...


def fix(reduced: FloatArray, fixed: IndexArray, p: int, room: float) -> IndexArray:
    """Fix the sites whose change would add more than there is room for.

    Parameters
    ----------
    reduced, fixed : (n_sites,)
        Reduced costs; 1 open, -1 closed, 0 free.
    room
        What may be added to the bound at most.
    """
    free = fixed == 0
    rank = np.where(free, reduced, np.where(fixed > 0, -np.inf, np.inf))
    order = np.argsort(rank, kind="stable")
    last = rank[order[p - 1]]
    following = rank[order[p]] if p < rank.size else np.inf
    inside = np.zeros(rank.size, dtype=bool)
    inside[order[:p]] = True
    fixed = fixed.copy()
    with np.errstate(invalid="ignore"):
        fixed[free & ~inside & (rank - last > room)] = -1
        fixed[free & inside & (following - rank > room)] = 1
    return fixed


def branch(relaxation: Relaxation, root: Node, progress: Progress) -> bool:
    """Branch on sites, best bound first, until the best choice is proven.

    Returns
    -------
    finished
        Whether nothing better than the best choice is left, even if there is none.
    """
    nodes = [(root.bound, 0, root)]
    made, unsettled = 0, np.inf
    while nodes and made < progress.params.node_limit and not progress.done:
        bound, _, node = heapq.heappop(nodes)
        if room_above(bound, progress) < 0:
            nodes = []
            break
        progress.raise_bound(min(bound, unsettled))
        made += 1
        if (node.fixed != 0).all():
            unsettled = min(unsettled, relaxation.settle(node))
            continue
        for side, child in enumerate(_children(relaxation, node, progress)):
            heapq.heappush(nodes, (child.bound, 2 * made + side, child))
    if not nodes:
        progress.raise_bound(min(unsettled, progress.value))
    proven = not nodes or progress.bound >= progress.value
    return proven and unsettled == np.inf


def _children(relaxation: Relaxation, node: Node, progress: Progress) -> list[Node]:
    """Bound a node, fix what can be, and split what may still be better."""
    p = relaxation.p
    priced = relaxation.bound(node, progress.value, _STEPS)
    relaxation.offer(priced.sites)
    bound = max(priced.bound, node.bound)
    if room_above(bound, progress) < 0:
        return []
    room = room_above(priced.bound, progress)
    fixed = _settle(fix(priced.reduced, node.fixed, p, room), p)
    free = np.flatnonzero(fixed == 0)
    if not free.size:
        return [Node(fixed=fixed, price=priced.price, bound=bound)]
    # The site that is nearest to open half of the time divides best.
    site = free[np.argmin(np.abs(priced.share[free] - 0.5))]
    children = []
    for state in (1, -1):
        child = fixed.copy()
        child[site] = state
        children.append(Node(fixed=_settle(child, p), price=priced.price, bound=bound))
    return children


def room_above(bound: float, progress: Progress) -> float:
    """Tell what may be added to a bound before no choice can be better."""
    return progress.better - bound + _ROUNDING * abs(bound)


def _settle(fixed: IndexArray, p: int) -> IndexArray:
    """Fix the free sites where the count leaves no choice."""
    fixed = fixed.copy()
    if (fixed > 0).sum() == p:
        fixed[fixed == 0] = -1
    elif (fixed >= 0).sum() == p:
        fixed[fixed == 0] = 1
    return fixed
