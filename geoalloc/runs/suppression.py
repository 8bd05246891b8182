"""Small counts kept back, and enough beside them that none follows by subtraction.

A table of rows in parts by columns, with the totals of rows, parts, columns within
parts, and columns, is a flow: what enters a row leaves it for its columns. A count
that is kept back can be worked out from the published ones exactly if no circulation
through it and through other counts kept back can change it (Gusfield 1988, SIAM
Journal on Computing 17). So each small count is given such a circulation, along the
path that costs the least of what was to be told (Kelly, Golden and Assad 1992,
Networks 22).
"""

import heapq
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from geoalloc._types import BoolArray, IndexArray
from geoalloc.errors import DataError

LEAST = 5
"""The smallest count that is published."""

_TOTAL_COST = 10  # times that of a cell: what a map shows is given up last


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """Which figures of a table are kept back; those of whole columns never are.

    Attributes
    ----------
    cells, totals
        (n_rows, n_columns) and (n_rows,).
    part_cells, part_totals
        (n_parts, n_columns) and (n_parts,), parts in the order of their names.
    """

    cells: BoolArray
    totals: BoolArray
    part_cells: BoolArray
    part_totals: BoolArray


@dataclass(frozen=True, kw_only=True)
class _Flow:
    """Edges of the flow: from, to, count, and what hiding it costs.

    Totals of columns are told, and are no edges: what ends there can go nowhere else.
    """

    tail: IndexArray
    head: IndexArray
    count: IndexArray
    cost: IndexArray


def withhold(counts: IndexArray, parts: pd.Series, least: int = LEAST) -> Withheld:
    """Keep back each count under ``least``, 0 too, and what would give it away.

    For each count that is kept back there is another table with the same published
    figures in which it differs; and, where one such change can do it, in which it is
    ``least`` or more. What is kept back for the sake of another is not told apart.

    Parameters
    ----------
    counts : (n_rows, n_columns)
        Whole numbers of 0 or more; each column sums to ``least`` or more.
    parts : (n_rows,)
        The part that each row belongs to. Of one part alone the totals are those of
        the columns, and are told.

    Raises
    ------
    DataError
        If a column sums to less than ``least``, so that its total cannot be told.
    """
    sums = counts.sum(axis=0)
    if counts.size == 0 or (sums < least).any():
        raise DataError(
            f"a column of the table sums to {int(sums.min(initial=0))}, which is under "
            f"{least} and cannot be published: put it together with another"
        )
    names, part = np.unique(parts.to_numpy(), return_inverse=True)
    flow = _flow(counts, part.astype(np.int64), len(names))
    hidden = flow.count < least
    _protect(flow, hidden, least)
    n, m, p = counts.shape[0], counts.shape[1], len(names)
    ends = np.cumsum([n * m, n, p * m, p])
    cells, totals, part_cells, part_totals = np.split(hidden, ends)[:4]
    return Withheld(
        cells=cells.reshape(n, m),
        totals=totals,
        part_cells=part_cells.reshape(p, m),
        part_totals=part_totals,
    )


def _flow(counts: IndexArray, part: IndexArray, n_parts: int) -> _Flow:
    """Lay the table out: whole area, parts, rows, columns of parts, columns."""
    n, m = counts.shape
    rows, columns = np.divmod(np.arange(n * m), m)
    by_part = np.zeros((n_parts, m), dtype=np.int64)
    np.add.at(by_part, part, counts)
    first_row = 1 + n_parts
    first_cell = first_row + n
    first_column = first_cell + n_parts * m
    of_parts = np.arange(n_parts * m)
    tail = [first_row + rows, 1 + part, first_cell + of_parts, np.zeros(n_parts)]
    head = [
        first_cell + part[rows] * m + columns,
        first_row + np.arange(n),
        first_column + of_parts % m,
        1 + np.arange(n_parts),
    ]
    count = [counts.ravel(), counts.sum(axis=1), by_part.ravel(), by_part.sum(axis=1)]
    cost = [count[0], *(_TOTAL_COST * one for one in count[1:])]
    return _Flow(
        tail=np.concatenate(tail).astype(np.int64),
        head=np.concatenate(head).astype(np.int64),
        count=np.concatenate(count).astype(np.int64),
        cost=np.concatenate(cost).astype(np.int64) + 1,
    )


def _protect(flow: _Flow, hidden: BoolArray, least: int) -> None:
    """Hide more, until each small count is on a circulation of what is hidden.

    Hiding more never gives another count away, so each is seen to once.
    """
    search = _Search(flow, hidden)
    for e in np.flatnonzero(hidden).tolist():
        count = int(flow.count[e])
        # Room to rise to the least count told, and more than it could fall by itself;
        # of thin columns, as far as it goes.
        for room in range(max(least - count, count + 1), 0, -1):
            path = search.cheapest(e, room)
            if path is not None:
                search.hide(path)
                break


class _Search:
    """Paths along which a count can rise, through what is hidden or is to be.

    Parts of the flow between which ``room`` can go to and fro through hidden counts
    are found together, and are one place for the search; they only ever grow.
    """

    def __init__(self, flow: _Flow, hidden: BoolArray) -> None:
        self.flow, self.hidden = flow, hidden
        self.around: list[list[tuple[int, int, bool]]] = [
            [] for _ in range(int(flow.head.max()) + 1)
        ]
        ends = zip(flow.tail.tolist(), flow.head.tolist(), strict=True)
        for e, (tail, head) in enumerate(ends):
            self.around[head].append((e, tail, True))
            self.around[tail].append((e, head, False))
        self.n_hidden = 0
        self.places: dict[int, tuple[int, IndexArray]] = {}

    def hide(self, path: list[int]) -> None:
        """Hide the counts of a path."""
        self.n_hidden += int((~self.hidden[path]).sum())
        self.hidden[path] = True

    def together(self, room: int) -> IndexArray:
        """Name of the place of each node; after a tenth more was hidden, anew."""
        known = self.places.get(room)
        if known is None or self.n_hidden > 1.1 * known[0]:
            known = self.n_hidden, self._places(room)
            self.places[room] = known
        return known[1]

    def _places(self, room: int) -> IndexArray:
        forward = self.hidden
        back = forward & (self.flow.count >= room)
        tail, head = self.flow.tail, self.flow.head
        start = np.concatenate([tail[forward], head[back]])
        end = np.concatenate([head[forward], tail[back]])
        n = len(self.around)
        ones = np.ones(start.size, dtype=np.int8)
        graph = sp.csr_array((ones, (start, end)), shape=(n, n))
        _, place = connected_components(graph, directed=True, connection="strong")
        return place.astype(np.int64)

    def cheapest(self, edge: int, room: int) -> list[int] | None:
        """Find edges from the head of one back to its tail that let it rise by room.

        Those against their direction fall by as much, and must hold it. Of paths that
        cost the same, the one found first from earlier nodes and edges; none if there
        is no path.
        """
        start, goal = int(self.flow.head[edge]), int(self.flow.tail[edge])
        cost, count = self.flow.cost, self.flow.count
        alone = count[edge] >= room  # then its own fall would seem a way
        place = np.arange(len(self.around)) if alone else self.together(room)
        best, came = {goal: 0}, {goal: (-1, -1)}
        heap = [(0, goal)]
        while heap:
            so_far, node = heapq.heappop(heap)
            if place[node] == place[start]:
                return _walked(came, node)
            if so_far > best[node]:
                continue
            for e, other, forward in self.around[node]:
                if e == edge or not (forward or count[e] >= room):
                    continue
                total = so_far + (0 if self.hidden[e] else int(cost[e]))
                if total < best.get(other, total + 1):
                    best[other], came[other] = total, (e, node)
                    heapq.heappush(heap, (total, other))
        return None


def _walked(came: dict[int, tuple[int, int]], node: int) -> list[int]:
    path, (edge, node) = [], came[node]
    while edge >= 0:
        path.append(edge)
        edge, node = came[node]
    return path
