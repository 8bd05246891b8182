"""A good plan at once: reserve minimum cover, greedy, then swaps."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation._cover import Cover
from geoalloc.errors import InfeasibleError
from geoalloc.kernels import search
from geoalloc.kernels.search import Teams

_PASSES = 30
_TOLERANCE = 1e-9  # late incidents
_NO_WAY = 1e9  # price of a pairing that is not allowed; beyond any real one


def first_plan(cover: Cover, names: tuple[str, ...]) -> IndexArray:
    """Give the plan of greedy and swap: the post of each unit, (n_units,)."""
    roster = cover.roster
    reserved = reserve(cover, names)
    # One row per team and district that it owes units to, then the free rest.
    owing, district = np.nonzero(reserved)
    team = np.concatenate([owing, np.arange(roster.size.size)])
    supply = np.concatenate(
        [reserved[owing, district], roster.size - reserved.sum(axis=1)]
    )
    cost = roster.cost[team]
    elsewhere = cover.post_district[None, :] != district[:, None]
    cost[: owing.size][elsewhere] = np.inf
    teams = Teams(roster.teams.serves[team], roster.teams.beat[team])
    rows = search.greedy(cover.cells, teams, roster.side[team], supply, cost)
    placed = np.zeros(roster.cost.shape, dtype=np.int64)
    np.add.at(placed, team, rows)
    return improve(cover, posts_of_teams(cover, placed))


def improve(cover: Cover, post: IndexArray) -> IndexArray:
    """Move single units while that saves anything, keeping minimum cover."""
    roster = cover.roster
    post = search.improve(
        cover.cells,
        roster.teams,
        roster.team,
        post,
        roster.cost,
        cover.post_district,
        cover.minimum,
        roster.counted,
        _PASSES,
        _TOLERANCE,
    )
    placed = np.zeros(roster.cost.shape, dtype=np.int64)
    np.add.at(placed, (roster.team, post), 1)
    return posts_of_teams(cover, placed)


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


def reserve(cover: Cover, names: tuple[str, ...]) -> IndexArray:
    """Choose which teams owe units to which districts, by the shortest drives.

    Returns
    -------
    reserved : (n_teams, n_districts)

    Raises
    ------
    InfeasibleError
        Naming each district that cannot have its minimum, and by how much.
    """
    roster = cover.roster
    reserved = np.zeros((roster.size.size, cover.minimum.size), dtype=np.int64)
    owed = np.repeat(np.arange(cover.minimum.size), cover.minimum)
    units = np.flatnonzero(roster.counted[roster.team])
    nearest = np.full((roster.size.size, cover.minimum.size), np.inf)
    np.minimum.at(nearest.T, cover.post_district, roster.cost.T)
    cost = _finite(nearest[roster.team[units]][:, owed])
    unit, place = linear_sum_assignment(cost)
    kept = cost[unit, place] < _NO_WAY
    np.add.at(reserved, (roster.team[units[unit[kept]]], owed[place[kept]]), 1)
    short = cover.minimum - reserved.sum(axis=0)
    if short.any():
        where = "; ".join(
            f"{names[d]} is {short[d]} short of {cover.minimum[d]}"
            for d in np.flatnonzero(short)
        )
        raise InfeasibleError(
            f"minimum cover cannot be met with the {units.size} units that count: "
            f"{where}; lower minimum_cover, add units or widen the reach of stations"
        )
    return reserved


def _finite(cost: FloatArray) -> FloatArray:
    return np.where(np.isfinite(cost), cost, _NO_WAY)
