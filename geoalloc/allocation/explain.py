"""What each unit of a plan is worth, and who covers which hex."""

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import plan
from geoalloc.allocation._losses import losses_of_moves
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.allocation.waiting import require_class
from geoalloc.errors import DataError


def gain(problem: AllocationProblem, post: IndexArray) -> FloatArray:
    """Tell how much worse the objective gets if one unit went back to its station.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan; or a timetable, in which a unit would spend at its station all the
        hours that it spends at posts.

    Returns
    -------
    gain : (n_units,)
        For each unit alone, the others staying; below 0 if it were better there.

    Raises
    ------
    DataError
        If ``post`` does not name one post per unit, within reach of its station.
    """
    where = plan.timetable(problem, post)
    home = problem.station_post[problem.supply.station]
    there = np.where(where >= 0, home[:, None], -1)
    (loss,) = losses_of_moves(problem, where, [there])
    drive = problem.station_min[problem.supply.station]
    units, first = np.arange(len(where)), np.argmax(where >= 0, axis=1)
    start = where[units, first]
    cost = problem.deadhead * (drive[units, home] - drive[units, start])
    return np.asarray(loss.sum(axis=1) + np.where(start >= 0, cost, 0.0))


def who_covers(
    problem: AllocationProblem, post: IndexArray, class_index: int, period: int = 0
) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Name the two units that would get to each hex first, all being free.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan or a timetable.
    class_index
        Class of service, whose kinds, skills, speed and cap count.
    period
        The hour of which it is told.

    Returns
    -------
    first, second : (n_hexes,)
        Positions of the units, -1 for none; of equal times, the lowest unit.
    minutes : (n_hexes,)
        Travel of the first, inf for none.

    Raises
    ------
    DataError
        If ``post`` is not a plan of the problem, or class or period not in it.
    """
    require_class(problem, class_index)
    if not 0 <= period < problem.n_periods:
        raise DataError(f"period must be 0 to {problem.n_periods - 1}, got {period}")
    stands = plan.timetable(problem, post)[:, period]
    service, travel = problem.classes[class_index], problem.travel_min
    speed, unit_beat = problem.unit_speed[:, class_index], problem.unit_beat
    first = np.full(problem.n_hexes, -1, dtype=np.int64)
    second = first.copy()
    best = np.full(problem.n_hexes, np.inf)
    next_best = best.copy()
    for u in np.flatnonzero(problem.unit_serves[:, class_index] & (stands >= 0)):
        row = slice(travel.indptr[stands[u]], travel.indptr[stands[u] + 1])
        hexes = travel.indices[row]
        minutes = travel.data[row].astype(np.float64) / speed[u]
        able = minutes <= service.cap_min
        able &= (unit_beat[u] < 0) | (problem.hex_beat[hexes] == unit_beat[u])
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
    within = service.within(float(problem.unit_speed[unit, class_index]))
    near = travel.data[row] <= within[hexes]
    beat = problem.unit_beat[unit]
    return hexes[near & ((beat < 0) | (problem.hex_beat[hexes] == beat))]
