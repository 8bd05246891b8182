"""What each unit of a plan is worth, and who covers which hex."""

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import plan
from geoalloc.allocation._cover import compile_cover
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError
from geoalloc.kernels import search


def gain(problem: AllocationProblem, post: IndexArray) -> FloatArray:
    """Tell how much worse the objective gets if one unit went back to its station.

    Parameters
    ----------
    post : (n_units,)
        Post of each unit, as a position.

    Returns
    -------
    gain : (n_units,)
        For each unit alone, the others staying; below 0 if it were better there.

    Raises
    ------
    DataError
        If ``post`` does not name one post per unit, within reach of its station.
    """
    post = plan.require_plan(problem, post)
    cover = compile_cover(problem)
    roster = cover.roster
    home = problem.station_post[problem.supply.station]
    loss = search.loss_of_move(cover.cells, roster.teams, roster.team, post, home)
    drive = problem.station_min[problem.supply.station]
    units = np.arange(post.size)
    cost = problem.deadhead * (drive[units, home] - drive[units, post])
    return np.asarray(loss + cost)


def who_covers(
    problem: AllocationProblem, post: IndexArray, class_index: int
) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Name the two units that would get to each hex first, all being free.

    Parameters
    ----------
    post : (n_units,)
        Post of each unit, as a position.
    class_index
        Position of the class of service.

    Returns
    -------
    first, second : (n_hexes,)
        Units by travel time; -1 where there is none within the dispatch cap. Of
        units that tie, the lower comes first.
    minutes : (n_hexes,)
        Travel of the first at the speed of the class; inf where there is none.

    Raises
    ------
    DataError
        If the class does not exist, or the plan is not one of the problem.
    """
    if not 0 <= class_index < len(problem.classes):
        raise DataError(
            f"class_index must be 0 to {len(problem.classes) - 1}, got {class_index}"
        )
    post = plan.require_plan(problem, post)
    service, travel = problem.classes[class_index], problem.travel_min
    first = np.full(problem.n_hexes, -1, dtype=np.int64)
    second = first.copy()
    best = np.full(problem.n_hexes, np.inf)
    next_best = best.copy()
    for u in np.flatnonzero(problem.unit_serves[:, class_index]):
        row = slice(travel.indptr[post[u]], travel.indptr[post[u] + 1])
        hexes = travel.indices[row]
        minutes = travel.data[row].astype(np.float64) / service.speed_factor
        beat = problem.unit_beat[u]
        able = minutes <= service.cap_min
        able &= (beat < 0) | (problem.hex_beat[hexes] == beat)
        hexes, minutes = hexes[able], minutes[able]
        ahead = minutes < best[hexes]
        between = ~ahead & (minutes < next_best[hexes])
        won, lost = hexes[ahead], hexes[between]
        second[won], next_best[won] = first[won], best[won]
        first[won], best[won] = u, minutes[ahead]
        second[lost], next_best[lost] = u, minutes[between]
    return first, second, best


def reached(
    problem: AllocationProblem, unit: int, post: int, class_index: int
) -> IndexArray:
    """List the hexes that a unit at a post reaches within the class's standard."""
    travel, service = problem.travel_min, problem.classes[class_index]
    row = slice(travel.indptr[post], travel.indptr[post + 1])
    hexes = travel.indices[row]
    near = travel.data[row] <= service.reach_min[hexes]
    beat = problem.unit_beat[unit]
    return hexes[near & ((beat < 0) | (problem.hex_beat[hexes] == beat))]
