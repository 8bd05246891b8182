"""Greedy and swap search for posts, and the counting that cuts are made of."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from geoalloc._types import BoolArray, FloatArray, IndexArray


class Cells(NamedTuple):
    """What there is to cover: one cell is one hex in one layer of service.

    A layer is a class of service in the periods that share the same units. Layers
    may share a block of coverage: ``cell[indptr[r]:indptr[r + 1]]`` with ``r = block
    * n_posts + p`` are the cells, counted from the layer's ``offset``, within the
    standard of post p. ``beat, curve`` have one row per cell; ``curve[i, n]`` is the
    cost of cell i with n parts in reach, convex and not increasing in n.
    """

    n_posts: int
    indptr: IndexArray
    cell: npt.NDArray[np.int32]
    offset: IndexArray
    beat: IndexArray
    curve: FloatArray


class Teams(NamedTuple):
    """Units that cover alike: how they serve each layer, and in which beat only.

    ``block`` : (n_teams, n_layers), the block of coverage, -1 where they do not
    serve; ``parts`` : (n_teams, n_layers), what one unit counts for; ``beat`` :
    (n_teams,), -1 for everywhere.
    """

    block: IndexArray
    parts: IndexArray
    beat: IndexArray


class Quotas(NamedTuple):
    """Rows that want at least and at most so much at some posts.

    ``row[indptr[p]:indptr[p + 1]]`` are the rows that count post p; ``parts`` :
    (n_rows, n_teams), what a unit counts for; ``least, most, price`` : (n_rows,),
    the price of each part short or over.
    """

    indptr: IndexArray
    row: IndexArray
    parts: IndexArray
    least: IndexArray
    most: IndexArray
    price: FloatArray


class Moves(NamedTuple):
    """How many units may leave where they stand: ``current`` (n_teams, n_posts).

    ``most`` below 0 sets no limit.
    """

    current: IndexArray
    most: int


@njit(cache=True)
def _place(
    cells: Cells,
    teams: Teams,
    team: int,
    post: int,
    change: int,
    count: IndexArray,
    step: FloatArray,
) -> None:
    """Add ``change`` units at a post; ``step[k]`` is what k + 1 more parts save."""
    cell, beat, curve = cells.cell, cells.beat, cells.curve
    last, bound = curve.shape[1] - 1, teams.beat[team]
    for c in range(teams.block.shape[1]):
        if teams.block[team, c] >= 0:
            r = teams.block[team, c] * cells.n_posts + post
            added = change * teams.parts[team, c]
            for j in range(cells.indptr[r], cells.indptr[r + 1]):
                i = cell[j] + cells.offset[c]
                if bound < 0 or bound == beat[i]:
                    n = count[i] + added
                    count[i] = n
                    for k in range(step.shape[0]):
                        step[k, i] = (
                            curve[i, min(n, last)] - curve[i, min(n + k + 1, last)]
                        )


@njit(cache=True)
def _saving(
    cells: Cells, teams: Teams, team: int, post: int, step: FloatArray
) -> float:
    """Return what one more unit of the team at the post would save."""
    cell, beat, bound = cells.cell, cells.beat, teams.beat[team]
    total = 0.0
    for c in range(teams.block.shape[1]):
        if teams.block[team, c] >= 0:
            r = teams.block[team, c] * cells.n_posts + post
            saved, first = step[teams.parts[team, c] - 1], cells.offset[c]
            if bound < 0:
                for j in range(cells.indptr[r], cells.indptr[r + 1]):
                    total += saved[cell[j] + first]
            else:
                for j in range(cells.indptr[r], cells.indptr[r + 1]):
                    if beat[cell[j] + first] == bound:
                        total += saved[cell[j] + first]
    return total


@njit(cache=True)
def _first_step(cells: Cells, teams: Teams) -> FloatArray:
    """Return what the first 1, 2, ... parts save: (most parts, n_cells)."""
    curve, most = cells.curve, 1
    if teams.parts.size:
        most = max(most, int(teams.parts.max()))
    step = np.empty((most, curve.shape[0]))
    for k in range(most):
        step[k] = curve[:, 0] - curve[:, min(k + 1, curve.shape[1] - 1)]
    return step


@njit(cache=True)
def _owed(quotas: Quotas, row: int, held: int) -> float:
    short = max(0, quotas.least[row] - held) + max(0, held - quotas.most[row])
    return quotas.price[row] * short


@njit(cache=True)
def _relief(quotas: Quotas, held: IndexArray, team: int, post: int) -> float:
    """Return what one more unit of the team at the post saves on the quotas."""
    saved = 0.0
    for j in range(quotas.indptr[post], quotas.indptr[post + 1]):
        r = quotas.row[j]
        if quotas.parts[r, team] > 0:
            more = held[r] + quotas.parts[r, team]
            saved += _owed(quotas, r, held[r]) - _owed(quotas, r, more)
    return saved


@njit(cache=True)
def _count_in(
    quotas: Quotas, held: IndexArray, team: int, post: int, change: int
) -> None:
    for j in range(quotas.indptr[post], quotas.indptr[post + 1]):
        held[quotas.row[j]] += change * quotas.parts[quotas.row[j], team]


@njit(cache=True)
def greedy(
    cells: Cells,
    teams: Teams,
    quotas: Quotas,
    side: IndexArray,
    supply: IndexArray,
    cost: FloatArray,
) -> IndexArray:
    """Place one unit at a time where it saves most.

    Savings only fall as units are added (curves and quotas are convex), so an old
    value is an upper bound and few need to be worked out again (Minoux, 1978).

    Parameters
    ----------
    side, supply : (n_teams,)
        Teams of one side cover alike; units of each team.
    cost : (n_teams, n_posts)
        Cost of a unit at a post; inf where the team may not post.

    Returns
    -------
    placed : (n_teams, n_posts)
        Units of each team at each post. Ties go to the lowest team, then post.
        Fewer than ``supply`` only where a team may post nowhere.
    """
    n_teams, n_posts = cost.shape
    count = np.zeros(cells.curve.shape[0], np.int64)
    step = _first_step(cells, teams)
    held = np.zeros(quotas.least.size, np.int64)
    placed = np.zeros((n_teams, n_posts), np.int64)
    left = supply.copy()
    saving = np.full((n_teams, n_posts), np.inf)  # by side; inf is not yet known
    fresh = np.full((n_teams, n_posts), -1)
    for g in range(n_teams):
        for p in range(n_posts):
            s = side[g]
            if cost[g, p] < np.inf and saving[s, p] == np.inf:
                saving[s, p] = _saving(cells, teams, g, p, step)
                saving[s, p] += _relief(quotas, held, g, p)
                fresh[s, p] = 0
    for turn in range(supply.sum()):
        while True:
            team, post, top = -1, -1, -np.inf
            for g in range(n_teams):
                if left[g] > 0:
                    for p in range(n_posts):
                        value = saving[side[g], p] - cost[g, p]
                        if cost[g, p] < np.inf and value > top:
                            team, post, top = g, p, value
            if team < 0 or fresh[side[team], post] == turn:
                break
            s = side[team]
            saving[s, post] = _saving(cells, teams, team, post, step)
            saving[s, post] += _relief(quotas, held, team, post)
            fresh[s, post] = turn
        if team < 0:
            break
        placed[team, post] += 1
        left[team] -= 1
        _place(cells, teams, team, post, 1, count, step)
        _count_in(quotas, held, team, post, 1)
    return placed


@njit(cache=True)
def improve(
    cells: Cells,
    teams: Teams,
    quotas: Quotas,
    moves: Moves,
    team: IndexArray,
    post: IndexArray,
    cost: FloatArray,
    passes: int,
    tolerance: float,
) -> IndexArray:
    """Move one unit at a time to its best post until no move saves anything.

    Parameters
    ----------
    team, post : (n_units,)
        Team of each unit and where it starts.
    cost : (n_teams, n_posts)
        Cost of a unit at a post; inf where the team may not post.
    tolerance
        Least saving that is worth a move; of equal posts the lowest is taken.

    Returns
    -------
    post : (n_units,)
    """
    post = post.copy()
    count = np.zeros(cells.curve.shape[0], np.int64)
    step = _first_step(cells, teams)
    held = np.zeros(quotas.least.size, np.int64)
    away = moves.current.copy()  # by team: units that stood at a post, less those there
    for u in range(post.size):
        _place(cells, teams, team[u], post[u], 1, count, step)
        _count_in(quotas, held, team[u], post[u], 1)
        away[team[u], post[u]] -= 1
    moved = np.maximum(away, 0).sum()
    still = 0  # units looked at since the last move
    for turn in range(passes * post.size):
        u = turn % post.size
        g, old = team[u], post[u]
        _place(cells, teams, g, old, -1, count, step)
        _count_in(quotas, held, g, old, -1)
        leaving = moved + (1 if away[g, old] >= 0 else 0)
        new = old
        top = _saving(cells, teams, g, old, step) - cost[g, old] + tolerance
        top += _relief(quotas, held, g, old)
        for p in range(cost.shape[1]):
            if cost[g, p] < np.inf and p != old:
                then = leaving - (1 if away[g, p] > 0 else 0)
                if moves.most < 0 or then <= max(moves.most, moved):
                    value = _relief(quotas, held, g, p) - cost[g, p]
                    value += _saving(cells, teams, g, p, step)
                    if value > top:
                        new, top = p, value
        _place(cells, teams, g, new, 1, count, step)
        _count_in(quotas, held, g, new, 1)
        still += 1
        if new != old:
            still = 0
            post[u] = new
            moved = leaving - (1 if away[g, new] > 0 else 0)
            away[g, old] += 1
            away[g, new] -= 1
        if still >= post.size:
            break
    return post


@njit(cache=True)
def loss_of_move(
    cells: Cells, teams: Teams, team: IndexArray, post: IndexArray, other: IndexArray
) -> FloatArray:
    """Tell how much dearer the curves get if unit u alone stood at ``other[u]``.

    Below 0 in ``other`` is nowhere.
    """
    count = np.zeros(cells.curve.shape[0], np.int64)
    step = _first_step(cells, teams)
    for u in range(post.size):
        _place(cells, teams, team[u], post[u], 1, count, step)
    loss = np.zeros(post.size)
    for u in range(post.size):
        _place(cells, teams, team[u], post[u], -1, count, step)
        loss[u] = _saving(cells, teams, team[u], post[u], step)
        if other[u] >= 0:
            loss[u] -= _saving(cells, teams, team[u], other[u], step)
        _place(cells, teams, team[u], post[u], 1, count, step)
    return loss


@njit(cache=True)
def units_in_reach(cells: Cells, teams: Teams, placed: FloatArray) -> FloatArray:
    """Count the parts of the (possibly fractional) units in reach of each cell.

    Parameters
    ----------
    placed : (n_teams, n_posts)

    Returns
    -------
    count : (n_cells,)
    """
    cell, beat = cells.cell, cells.beat
    count = np.zeros(cells.curve.shape[0])
    for g in range(placed.shape[0]):
        bound = teams.beat[g]
        for p in range(placed.shape[1]):
            if placed[g, p] != 0.0:
                for c in range(teams.block.shape[1]):
                    if teams.block[g, c] >= 0:
                        r = teams.block[g, c] * cells.n_posts + p
                        parts = placed[g, p] * teams.parts[g, c]
                        for j in range(cells.indptr[r], cells.indptr[r + 1]):
                            i = cell[j] + cells.offset[c]
                            if bound < 0 or bound == beat[i]:
                                count[i] += parts
    return count


@njit(cache=True)
def gather(
    cells: Cells,
    teams: Teams,
    allowed: BoolArray,
    value: FloatArray,
    block: IndexArray,
    n_blocks: int,
) -> FloatArray:
    """Add up the value of the cells that a unit of a team covers from a post.

    Parameters
    ----------
    allowed : (n_teams, n_posts)
        Where to do so; 0 elsewhere.
    value, block : (n_cells,)
        Value of one part at each cell; the block that it counts in.

    Returns
    -------
    total : (n_blocks, n_teams, n_posts)
    """
    cell, beat = cells.cell, cells.beat
    total = np.zeros((n_blocks, allowed.shape[0], allowed.shape[1]))
    for g in range(allowed.shape[0]):
        bound = teams.beat[g]
        for p in range(allowed.shape[1]):
            if allowed[g, p]:
                for c in range(teams.block.shape[1]):
                    if teams.block[g, c] >= 0:
                        r = teams.block[g, c] * cells.n_posts + p
                        for j in range(cells.indptr[r], cells.indptr[r + 1]):
                            i = cell[j] + cells.offset[c]
                            if bound < 0 or bound == beat[i]:
                                total[block[i], g, p] += value[i] * teams.parts[g, c]
    return total
