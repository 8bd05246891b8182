"""Greedy and swap search for posts."""

import numpy as np
from numba import njit

from geoalloc._types import FloatArray, IndexArray
from geoalloc.kernels.coverage import Cells, Moves, Quotas, Teams, Within

_EVEN = 1e-12  # late incidents: savings this near are a tie
_MUCH = 0.25  # of the mean: cells that rise more are looked at first


@njit(cache=True)
def _place(
    cells: Cells,
    within: Within,
    sides: Teams,
    side: int,
    post: int,
    change: int,
    count: IndexArray,
    step: FloatArray,
    worth: FloatArray,
) -> None:
    """Add ``change`` units at a post, and keep up what one more is worth.

    ``step[k]`` is what k + 1 more parts save at a cell; ``worth`` what one more unit
    of a side saves at a post, left alone if it has no rows.
    """
    cell, beat, curve = cells.cell, cells.beat, cells.curve
    last, bound = curve.shape[1] - 1, sides.beat[side]
    fall = np.empty(step.shape[0])
    for c in range(sides.block.shape[1]):
        if sides.block[side, c] < 0:
            continue
        r = sides.block[side, c] * cells.n_posts + post
        for j in range(cells.indptr[r], cells.indptr[r + 1]):
            i = cell[j] + cells.offset[c]
            if bound >= 0 and bound != beat[i]:
                continue
            count[i] += change * sides.parts[side, c]
            n = count[i]
            for k in range(step.shape[0]):
                now = curve[i, min(n, last)] - curve[i, min(n + k + 1, last)]
                fall[k] = now - step[k, i]
                step[k, i] = now
            for g in range(worth.shape[0]):
                b = sides.block[g, c]
                if b >= 0 and (sides.beat[g] < 0 or sides.beat[g] == beat[i]):
                    by = fall[sides.parts[g, c] - 1]
                    if by != 0.0:
                        k = within.first[b] + cell[j]
                        for m in range(within.indptr[k], within.indptr[k + 1]):
                            worth[g, within.post[m]] += by


@njit(cache=True)
def _saving(
    cells: Cells, sides: Teams, side: int, post: int, step: FloatArray
) -> float:
    """Add up what k + 1 parts are worth, ``step[k]``, at the cells that it covers.

    With fewer rows in ``step`` the last holds for all further parts.
    """
    cell, beat, bound = cells.cell, cells.beat, sides.beat[side]
    total = 0.0
    for c in range(sides.block.shape[1]):
        if sides.block[side, c] >= 0:
            r = sides.block[side, c] * cells.n_posts + post
            first = cells.offset[c]
            value = step[min(sides.parts[side, c], step.shape[0]) - 1]
            if bound < 0:
                for j in range(cells.indptr[r], cells.indptr[r + 1]):
                    total += value[cell[j] + first]
            else:
                for j in range(cells.indptr[r], cells.indptr[r + 1]):
                    if beat[cell[j] + first] == bound:
                        total += value[cell[j] + first]
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
def _worth(cells: Cells, within: Within, sides: Teams, step: FloatArray) -> FloatArray:
    """Give what one more unit of each side saves at each post."""
    worth = np.zeros((sides.beat.size, cells.n_posts))
    for g in range(sides.beat.size):
        for c in range(sides.block.shape[1]):
            b = sides.block[g, c]
            if b >= 0:
                saved = step[sides.parts[g, c] - 1]
                for k in range(within.first[b], within.first[b + 1]):
                    i = k - within.first[b] + cells.offset[c]
                    if sides.beat[g] < 0 or sides.beat[g] == cells.beat[i]:
                        for j in range(within.indptr[k], within.indptr[k + 1]):
                            worth[g, within.post[j]] += saved[i]
    return worth


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
    within: Within,
    sides: Teams,
    quotas: Quotas,
    side: IndexArray,
    supply: IndexArray,
    cost: FloatArray,
) -> IndexArray:
    """Place one unit at a time where it saves most.

    Parameters
    ----------
    side, supply : (n_teams,)
        Side of each team, and its units.
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
    step = _first_step(cells, sides)
    worth = _worth(cells, within, sides, step)
    held = np.zeros(quotas.least.size, np.int64)
    placed = np.zeros((n_teams, n_posts), np.int64)
    left = supply.copy()
    for _ in range(supply.sum()):
        team, post, top = -1, -1, -np.inf
        for g in range(n_teams):
            if left[g] > 0:
                for p in range(n_posts):
                    value = worth[side[g], p] - cost[g, p]
                    if value > -np.inf:
                        value += _relief(quotas, held, g, p)
                        if value > top + _EVEN:
                            team, post, top = g, p, value
        if team < 0:
            break
        placed[team, post] += 1
        left[team] -= 1
        _place(cells, within, sides, side[team], post, 1, count, step, worth)
        _count_in(quotas, held, team, post, 1)
    return placed


@njit(cache=True)
def _rises(
    cells: Cells,
    sides: Teams,
    side: int,
    post: int,
    count: IndexArray,
    rise: FloatArray,
) -> tuple[float, int]:
    """Write how much more a unit saves at a cell once one has left the post.

    Return the sum, and the number of cells.
    """
    curve, last = cells.curve, cells.curve.shape[1] - 1
    total, n_cells = 0.0, 0
    for c in range(sides.block.shape[1]):
        if sides.block[side, c] >= 0:
            k = sides.parts[side, c]
            r = sides.block[side, c] * cells.n_posts + post
            for j in range(cells.indptr[r], cells.indptr[r + 1]):
                i = cells.cell[j] + cells.offset[c]
                if sides.beat[side] < 0 or sides.beat[side] == cells.beat[i]:
                    n = min(count[i], last)
                    now = curve[i, n] - curve[i, min(count[i] + k, last)]
                    rise[0, i] = curve[i, min(count[i] - k, last)] - curve[i, n] - now
                    total += rise[0, i]
                    n_cells += 1
    return total, n_cells


@njit(cache=True)
def _best_move(
    cells: Cells,
    within: Within,
    sides: Teams,
    quotas: Quotas,
    moves: Moves,
    side: int,
    team: int,
    old: int,
    cost: FloatArray,
    away: IndexArray,
    moved: int,
    count: IndexArray,
    held: IndexArray,
    worth: FloatArray,
    rise: FloatArray,
    tolerance: float,
) -> tuple[int, float]:
    """Give the best other post of a unit, and what going there saves.

    When it leaves, savings rise by most at its own post (curves are convex): only a
    post where one more unit is now worth more than here can be better, and most of
    these are ruled out by the cells that rise most. ``rise`` is all 0 before and
    after.
    """
    leaving = moved + (1 if away[team, old] >= 0 else 0)
    lead = np.full(cost.shape[1], -np.inf)
    _count_in(quotas, held, team, old, -1)
    here = worth[side, old] - cost[team, old] + _relief(quotas, held, team, old)
    better = False
    for p in range(lead.size):
        then = leaving - (1 if away[team, p] > 0 else 0)
        few = moves.most >= 0 and then > max(moves.most, moved)
        if p != old and cost[team, p] < np.inf and not few:
            lead[p] = worth[side, p] - cost[team, p] + _relief(quotas, held, team, p)
            better = better or lead[p] > here + _EVEN
    _count_in(quotas, held, team, old, 1)
    new, saved = old, 0.0
    if not better:
        return new, saved
    total, n_cells = _rises(cells, sides, side, old, count, rise)
    top = here + total + tolerance
    much = _MUCH * total / max(n_cells, 1)
    most, rest = lead + total, 0.0
    for c in range(sides.block.shape[1]):
        b = sides.block[side, c]
        if b >= 0:
            r = b * cells.n_posts + old
            for j in range(cells.indptr[r], cells.indptr[r + 1]):
                by = rise[0, cells.cell[j] + cells.offset[c]]
                if by > much:
                    k = within.first[b] + cells.cell[j]
                    rest += by
                    for m in range(within.indptr[k], within.indptr[k + 1]):
                        most[within.post[m]] += by
    most -= rest
    for turn in range(lead.size + 1):
        p = int(most.argmax()) if turn == 0 else turn - 1
        if lead[p] > here + _EVEN and most[p] > top:
            value = lead[p] + _saving(cells, sides, side, p, rise)
            if value > top:
                new, top = p, value
                saved = value - here - total
    for c in range(sides.block.shape[1]):
        if sides.block[side, c] >= 0:
            r = sides.block[side, c] * cells.n_posts + old
            for j in range(cells.indptr[r], cells.indptr[r + 1]):
                rise[0, cells.cell[j] + cells.offset[c]] = 0.0
    return new, saved


@njit(cache=True)
def improve(
    cells: Cells,
    within: Within,
    sides: Teams,
    quotas: Quotas,
    moves: Moves,
    side: IndexArray,
    team: IndexArray,
    post: IndexArray,
    cost: FloatArray,
    passes: int,
    tolerance: float,
) -> IndexArray:
    """Move one unit at a time to its best post until no move saves anything.

    Units are looked at in turn; where moves are few, the best of all is made.

    Parameters
    ----------
    side : (n_teams,)
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
    step = _first_step(cells, sides)
    held = np.zeros(quotas.least.size, np.int64)
    none = np.zeros((0, 0))
    away = moves.current.copy()  # by team: units that stood at a post, less those there
    for u in range(post.size):
        _place(cells, within, sides, side[team[u]], post[u], 1, count, step, none)
        _count_in(quotas, held, team[u], post[u], 1)
        away[team[u], post[u]] -= 1
    moved = np.maximum(away, 0).sum()
    worth = _worth(cells, within, sides, step)
    rise = np.zeros((1, count.size))
    few = moves.most >= 0
    still = 0  # units looked at since the last move
    unit, to, top = -1, -1, tolerance
    for turn in range(passes * post.size * (post.size if few else 1)):
        u = turn % post.size
        g, old = team[u], post[u]
        new, saved = _best_move(
            cells, within, sides, quotas, moves, side[g], g, old, cost,
            away, moved, count, held, worth, rise, top,
        )  # fmt: skip
        if new != old and saved > top:
            unit, to, top = u, new, saved
        still += 1
        if unit >= 0 and (not few or still == post.size):
            g, old = team[unit], post[unit]
            _place(cells, within, sides, side[g], old, -1, count, step, worth)
            _place(cells, within, sides, side[g], to, 1, count, step, worth)
            _count_in(quotas, held, g, old, -1)
            _count_in(quotas, held, g, to, 1)
            moved += (1 if away[g, old] >= 0 else 0) - (1 if away[g, to] > 0 else 0)
            away[g, old] += 1
            away[g, to] -= 1
            post[unit] = to
            unit, to, top, still = -1, -1, tolerance, 0
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
    none, nowhere = np.zeros((0, 0)), np.zeros(0, np.int64)
    within = Within(nowhere, nowhere, np.zeros(0, np.int32))
    for u in range(post.size):
        _place(cells, within, teams, team[u], post[u], 1, count, step, none)
    loss = np.zeros(post.size)
    for u in range(post.size):
        _place(cells, within, teams, team[u], post[u], -1, count, step, none)
        loss[u] = _saving(cells, teams, team[u], post[u], step)
        if other[u] >= 0:
            loss[u] -= _saving(cells, teams, team[u], other[u], step)
        _place(cells, within, teams, team[u], post[u], 1, count, step, none)
    return loss
