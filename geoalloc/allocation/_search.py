"""A good plan at once: greedy, then swaps, with quotas at a high price."""

import dataclasses

import numpy as np
from scipy.optimize import linear_sum_assignment

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation._cover import Cover
from geoalloc.kernels import search

_PASSES = 30
_FIRST_PASSES = 3  # the rest would find a thirtieth of what these do
_TOLERANCE = 1e-9  # late incidents
_NO_WAY = 1e9  # price of a pairing that is not allowed; beyond any real one
_WITHIN = 1.0 + 1e-6  # a cap is kept to this share of it
_PRICES = 12  # how often the price of what is unmet under a cap is raised, at most
_HALVES = 5  # how often it is then lowered to half way


def first_plan(cover: Cover) -> IndexArray:
    """Give the plan of greedy and swap: the post of each unit, (n_units,)."""
    roster = cover.roster
    if cover.moves.most >= 0:  # it begins from where the units stand
        return improve(cover, roster.current)
    placed = search.greedy(
        cover.cells,
        cover.within,
        roster.sides,
        cover.quotas,
        roster.side,
        roster.size,
        roster.cost,
    )
    return improve(cover, posts_of_teams(cover, placed), passes=_FIRST_PASSES)


def improve(cover: Cover, post: IndexArray, *, passes: int = _PASSES) -> IndexArray:
    """Move single units while that saves anything, quotas weighing most.

    Where a cap is not kept, what its hexes lack is priced higher until it is.
    """
    better = _improve(cover, post, passes)
    if cap_excess(cover, better).max(initial=1.0) <= _WITHIN:
        return better
    low = np.zeros(cover.cap_limit.size)
    price, found = low, better
    for _ in range(_PRICES):
        over = cap_excess(cover, found) > _WITHIN
        if not over.any():
            break
        low, price = price, np.where(over, 2.0 * price + 0.5, price)
        found = _improve(_dearer(cover, price), found)
    if over_caps(cover, found):
        return better
    for _ in range(_HALVES):
        middle = (low + price) / 2
        tried = _improve(_dearer(cover, middle), found)
        if over_caps(cover, tried):
            low = middle
        else:
            price = middle
            found = min(found, tried, key=lambda plan: _cost(cover, plan))
    return found


def cap_excess(cover: Cover, post: IndexArray) -> FloatArray:
    """Give unmet demand under each cap over what it may come to: (n_caps,)."""
    if not cover.cap_limit.size:
        return np.zeros(0)
    unmet = cover.capped @ cover.unmet(cover.placed(post))
    return np.asarray(np.maximum(unmet, 1e-300) / np.maximum(cover.cap_limit, 1e-300))


def over_caps(cover: Cover, post: IndexArray) -> bool:
    """Whether a plan breaks a cap."""
    return bool((cap_excess(cover, post) > _WITHIN).any())


def held(cover: Cover, post: IndexArray) -> IndexArray:
    """Count what the plan holds of each row of the quotas: (n_rows,)."""
    side = cover.roster.side[cover.roster.team]
    return np.asarray(
        (cover.side_parts[:, side] * cover.quota_post[:, post]).sum(axis=1)
    )


def keeps_rules(cover: Cover, post: IndexArray) -> bool:
    """Whether a plan keeps reach, quotas, caps and the move budget."""
    found, quotas, roster = held(cover, post), cover.quotas, cover.roster
    kept = (quotas.least <= found).all() and (found <= quotas.most).all()
    able = np.isfinite(roster.cost[roster.team, post]).all()
    moved = int((post != roster.current).sum())
    few = cover.moves.most < 0 or moved <= cover.moves.most
    return bool(kept and able and few and not over_caps(cover, post))


def posts_of_teams(cover: Cover, placed: IndexArray) -> IndexArray:
    """Name the post of each unit: in a team, lower units take lower posts.

    Those that may stay where they stand do so.

    Parameters
    ----------
    placed : (n_teams, n_posts)

    Returns
    -------
    post : (n_units,)
    """
    roster = cover.roster
    post = np.full(roster.team.size, -1)
    left = placed.copy()
    for u in np.flatnonzero(roster.current >= 0).tolist():
        here = roster.team[u], roster.current[u]
        if left[here] > 0:
            left[here] -= 1
            post[u] = here[1]
    posts = np.arange(placed.shape[1])
    for g, row in enumerate(left):
        post[(roster.team == g) & (post < 0)] = np.repeat(posts, row)
    return post


def posts_of_sides(cover: Cover, placed: IndexArray) -> IndexArray:
    """Man the places of each side with its units for the shortest drives.

    Parameters
    ----------
    placed : (n_sides, n_posts)
        Units of each side at each post.

    Returns
    -------
    post : (n_units,)
    """
    roster = cover.roster
    post = np.empty(roster.team.size, dtype=np.int64)
    posts = np.arange(placed.shape[1])
    for side, row in enumerate(placed):
        units = np.flatnonzero(roster.side[roster.team] == side)
        places = np.repeat(posts, row)
        cost = _finite(roster.cost[roster.team[units]][:, places])
        unit, place = linear_sum_assignment(cost)
        post[units[unit]] = places[place]
    return post


def _improve(cover: Cover, post: IndexArray, passes: int = _PASSES) -> IndexArray:
    roster = cover.roster
    post = search.improve(
        cover.cells,
        cover.within,
        roster.sides,
        cover.quotas,
        cover.moves,
        roster.side,
        roster.team,
        post,
        roster.cost,
        passes,
        _TOLERANCE,
    )
    placed = np.zeros(roster.cost.shape, dtype=np.int64)
    np.add.at(placed, (roster.team, post), 1)
    return posts_of_teams(cover, placed)


def _dearer(cover: Cover, price: FloatArray) -> Cover:
    """Raise the curves of the cells under each cap by its price."""
    factor = 1.0 + price @ cover.capped
    curve = cover.cells.curve * factor[:, None]
    return dataclasses.replace(cover, cells=cover.cells._replace(curve=curve))


def _cost(cover: Cover, post: IndexArray) -> float:
    roster = cover.roster
    unmet = cover.unmet(cover.placed(post)).sum()
    return float(unmet + roster.cost[roster.team, post].sum())


def _finite(cost: FloatArray) -> FloatArray:
    return np.where(np.isfinite(cost), cost, _NO_WAY)
