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
    """Edges of the flow: from, to, count, what hiding it costs, may it be hidden."""

    tail: IndexArray
    head: IndexArray
    count: IndexArray
    cost: IndexArray
    free: BoolArray


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
    hidden = flow.free & (flow.count < least)
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
    above = np.full(n_parts * m + n_parts, n_parts > 1)
    return _Flow(
        tail=np.concatenate(tail).astype(np.int64),
        head=np.concatenate(head).astype(np.int64),
        count=np.concatenate(count).astype(np.int64),
        cost=np.concatenate(cost).astype(np.int64) + 1,
        free=np.concatenate([np.ones(n * m + n, dtype=bool), above]),
    )


def _protect(flow: _Flow, hidden: BoolArray, least: int) -> None:
    """Hide more, until each small count is on a circulation of what is hidden.

    Hiding more never gives another count away, so each is seen to once.
    """
    around: list[list[tuple[int, int, bool]]] = [
        [] for _ in range(int(flow.head.max()) + 1)
    ]
    for e in np.flatnonzero(flow.free).tolist():
        tail, head = int(flow.tail[e]), int(flow.head[e])
        around[tail].append((e, head, True))
        around[head].append((e, tail, False))
    for e in np.flatnonzero(hidden).tolist():
        # Room to rise to the least count told; of thin columns, as far as it goes.
        for room in range(least - int(flow.count[e]), 0, -1):
            path = _cheapest(flow, around, hidden, e, room)
            if path is not None:
                hidden[path] = True
                break


def _cheapest(
    flow: _Flow,
    around: list[list[tuple[int, int, bool]]],
    hidden: BoolArray,
    edge: int,
    room: int,
) -> list[int] | None:
    """Find edges from the head of one back to its tail that let it rise by ``room``.

    Those against their direction fall by as much, and must hold it. Of paths that
    cost the same, the one through earlier edges and nodes.
    """
    start, goal = int(flow.head[edge]), int(flow.tail[edge])
    cost, count = flow.cost, flow.count
    best, came = {start: 0}, {start: (-1, -1)}
    heap = [(0, start)]
    while heap:
        so_far, node = heapq.heappop(heap)
        if node == goal:
            return _walked(came, goal)
        if so_far > best[node]:
            continue
        for e, other, forward in around[node]:
            if e == edge or not (forward or count[e] >= room):
                continue
            total = so_far + (0 if hidden[e] else int(cost[e]))
            if total < best.get(other, total + 1):
                best[other], came[other] = total, (e, node)
                heapq.heappush(heap, (total, other))
    return None


def _walked(came: dict[int, tuple[int, int]], goal: int) -> list[int]:
    path, (edge, node) = [], came[goal]
    while edge >= 0:
        path.append(edge)
        edge, node = came[node]
    return path
