"""Greedy and swap search for posts, and the counting that cuts are made of."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from geoalloc._types import BoolArray, FloatArray, IndexArray


class Cells(NamedTuple):
    """What there is to cover: one cell is one hex in one class of service.

    ``cell[indptr[r]:indptr[r + 1]]`` with ``r = c * n_posts + p`` are the cells of
    class c within its standard of post p. ``beat, curve`` have one row per cell;
    ``curve[i, n]`` is the cost of cell i with n units in reach, convex and not
    increasing in n.
    """

    indptr: IndexArray
    cell: npt.NDArray[np.int32]
    beat: IndexArray
    curve: FloatArray


class Teams(NamedTuple):
    """Units that cover alike: which classes they serve, and in which beat only.

    ``serves`` : (n_teams, n_classes); ``beat`` : (n_teams,), -1 for everywhere.
    """

    serves: BoolArray
    beat: IndexArray


@njit(cache=True)
def _rows(cells: Cells, teams: Teams, team: int, post: int) -> IndexArray:
    """Return where the rows of the classes that the team serves start and end."""
    n_posts = (cells.indptr.size - 1) // teams.serves.shape[1]
    rows = np.zeros((teams.serves.shape[1], 2), np.int64)
    for c in range(rows.shape[0]):
        if teams.serves[team, c]:
            rows[c, 0] = cells.indptr[c * n_posts + post]
            rows[c, 1] = cells.indptr[c * n_posts + post + 1]
    return rows


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
    """Add ``change`` units at a post; ``step`` is what one more unit would save."""
    cell, beat, curve = cells.cell, cells.beat, cells.curve
    last, bound = curve.shape[1] - 1, teams.beat[team]
    for row in _rows(cells, teams, team, post):
        for j in range(row[0], row[1]):
            i = cell[j]
            if bound < 0 or bound == beat[i]:
                n = count[i] + change
                count[i] = n
                step[i] = curve[i, n] - curve[i, n + 1] if n < last else 0.0


@njit(cache=True)
def _saving(
    cells: Cells, teams: Teams, team: int, post: int, step: FloatArray
) -> float:
    """Return what one more unit of the team at the post would save."""
    cell, beat, bound = cells.cell, cells.beat, teams.beat[team]
    total = 0.0
    for row in _rows(cells, teams, team, post):
        if bound < 0:
            for j in range(row[0], row[1]):
                total += step[cell[j]]
        else:
            for j in range(row[0], row[1]):
                if beat[cell[j]] == bound:
                    total += step[cell[j]]
    return total


@njit(cache=True)
def _first_step(cells: Cells) -> FloatArray:
    if cells.curve.shape[1] < 2:
        return np.zeros(cells.curve.shape[0])
    return cells.curve[:, 0] - cells.curve[:, 1]


@njit(cache=True)
def greedy(
    cells: Cells,
    teams: Teams,
    side: IndexArray,
    supply: IndexArray,
    cost: FloatArray,
) -> IndexArray:
    """Place one unit at a time where it saves most.

    Savings only fall as units are added (the curves are convex), so an old value
    is an upper bound and few need to be worked out again (Minoux, 1978).

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
    step = _first_step(cells)
    placed = np.zeros((n_teams, n_posts), np.int64)
    left = supply.copy()
    saving = np.full((n_teams, n_posts), np.inf)  # by side; inf is not yet known
    fresh = np.full((n_teams, n_posts), -1)
    for g in range(n_teams):
        for p in range(n_posts):
            s = side[g]
            if cost[g, p] < np.inf and saving[s, p] == np.inf:
                saving[s, p] = _saving(cells, teams, g, p, step)
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
            saving[side[team], post] = _saving(cells, teams, team, post, step)
            fresh[side[team], post] = turn
        if team < 0:
            break
        placed[team, post] += 1
        left[team] -= 1
        _place(cells, teams, team, post, 1, count, step)
    return placed


@njit(cache=True)
def improve(
    cells: Cells,
    teams: Teams,
    team: IndexArray,
    post: IndexArray,
    cost: FloatArray,
    district: IndexArray,
    minimum: IndexArray,
    counted: BoolArray,
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
    district : (n_posts,)
        District of each post.
    minimum : (n_districts,)
        Least number of units of counted teams; no move goes below it.
    counted : (n_teams,)
        Whether units of the team count towards ``minimum``.
    tolerance
        Least saving that is worth a move; of equal posts the lowest is taken.

    Returns
    -------
    post : (n_units,)
    """
    post = post.copy()
    count = np.zeros(cells.curve.shape[0], np.int64)
    step = _first_step(cells)
    held = np.zeros(minimum.size, np.int64)
    for u in range(post.size):
        _place(cells, teams, team[u], post[u], 1, count, step)
        if counted[team[u]]:
            held[district[post[u]]] += 1
    still = 0  # units looked at since the last move
    for turn in range(passes * post.size):
        u = turn % post.size
        g, old = team[u], post[u]
        bound_here = counted[g] and held[district[old]] <= minimum[district[old]]
        _place(cells, teams, g, old, -1, count, step)
        new = old
        here = _saving(cells, teams, g, old, step) - cost[g, old]
        top = here + tolerance
        for p in range(cost.shape[1]):
            if cost[g, p] < np.inf and not (
                bound_here and district[p] != district[old]
            ):
                value = _saving(cells, teams, g, p, step) - cost[g, p]
                if value > top:
                    new, top = p, value
        _place(cells, teams, g, new, 1, count, step)
        still += 1
        if new != old:
            still = 0
            post[u] = new
            if counted[g]:
                held[district[old]] -= 1
                held[district[new]] += 1
        if still >= post.size:
            break
    return post


@njit(cache=True)
def loss_of_move(
    cells: Cells, teams: Teams, team: IndexArray, post: IndexArray, other: IndexArray
) -> FloatArray:
    """Tell how much dearer the curves get if unit u alone stood at ``other[u]``."""
    count = np.zeros(cells.curve.shape[0], np.int64)
    step = _first_step(cells)
    for u in range(post.size):
        _place(cells, teams, team[u], post[u], 1, count, step)
    loss = np.zeros(post.size)
    for u in range(post.size):
        _place(cells, teams, team[u], post[u], -1, count, step)
        here = _saving(cells, teams, team[u], post[u], step)
        loss[u] = here - _saving(cells, teams, team[u], other[u], step)
        _place(cells, teams, team[u], post[u], 1, count, step)
    return loss


@njit(cache=True)
def units_in_reach(cells: Cells, teams: Teams, placed: FloatArray) -> FloatArray:
    """Count the (possibly fractional) units in reach of each cell.

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
                for row in _rows(cells, teams, g, p):
                    for j in range(row[0], row[1]):
                        if bound < 0 or bound == beat[cell[j]]:
                            count[cell[j]] += placed[g, p]
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
        Value of each cell; the block that it counts in.

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
                for row in _rows(cells, teams, g, p):
                    for j in range(row[0], row[1]):
                        i = cell[j]
                        if bound < 0 or bound == beat[i]:
                            total[block[i], g, p] += value[i]
    return total
