"""A good plan at once: greedy, then swaps, with quotas at a high price."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation._cover import Cover
from geoalloc.kernels import search

_PASSES = 30
_TOLERANCE = 1e-9  # late incidents
_NO_WAY = 1e9  # price of a pairing that is not allowed; beyond any real one


def first_plan(cover: Cover) -> IndexArray:
    """Give the plan of greedy and swap: the post of each unit, (n_units,)."""
    roster = cover.roster
    if cover.moves.most >= 0:  # it begins from where the units stand
        return improve(cover, posts_of_teams(cover, cover.moves.current))
    placed = search.greedy(
        cover.cells,
        roster.teams,
        cover.quotas,
        roster.side,
        roster.size,
        roster.cost,
    )
    return improve(cover, posts_of_teams(cover, placed))


def improve(cover: Cover, post: IndexArray) -> IndexArray:
    """Move single units while that saves anything, quotas weighing most."""
    roster = cover.roster
    post = search.improve(
        cover.cells,
        roster.teams,
        cover.quotas,
        cover.moves,
        roster.team,
        post,
        roster.cost,
        _PASSES,
        _TOLERANCE,
    )
    placed = np.zeros(roster.cost.shape, dtype=np.int64)
    np.add.at(placed, (roster.team, post), 1)
    return posts_of_teams(cover, placed)


def held(cover: Cover, post: IndexArray) -> IndexArray:
    """Count what the plan holds of each row of the quotas: (n_rows,)."""
    side = cover.roster.side[cover.roster.team]
    return np.asarray(
        (cover.side_parts[:, side] * cover.quota_post[:, post]).sum(axis=1)
    )


def breaches(cover: Cover, post: IndexArray) -> list[str]:
    """Say which quotas a plan does not keep, and by how much."""
    found, quotas = held(cover, post), cover.quotas
    short, over = quotas.least - found, found - quotas.most
    return [
        f"{cover.quota_name[r]} is {short[r]} short of {quotas.least[r]}"
        if short[r] > 0
        else f"{cover.quota_name[r]} is {over[r]} over {quotas.most[r]}"
        for r in np.flatnonzero((short > 0) | (over > 0))
    ]


def posts_of_teams(cover: Cover, placed: IndexArray) -> IndexArray:
    """Name the post of each unit: in a team, lower units take lower posts.

    Parameters
    ----------
    placed : (n_teams, n_posts)

    Returns
    -------
    post : (n_units,)
    """
    roster = cover.roster
    post = np.empty(roster.team.size, dtype=np.int64)
    posts = np.arange(placed.shape[1])
    for g, row in enumerate(placed):
        post[roster.team == g] = np.repeat(posts, row)
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


def _finite(cost: FloatArray) -> FloatArray:
    return np.where(np.isfinite(cost), cost, _NO_WAY)
