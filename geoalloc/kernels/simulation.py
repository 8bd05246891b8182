"""Event simulation of shifts: calls in, minutes to arrival out."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from geoalloc._types import BoolArray, FloatArray, IndexArray


class Calls(NamedTuple):
    """Calls of one class or more, shift after shift, in order of time in each.

    ``start[k]:start[k + 1]`` are the calls of shift k. ``at`` : minutes from the
    start of the shift (below 0 in the warm-up); ``hex`` : position of the hex;
    ``grade`` : class, 0 goes first; ``on_scene`` : minutes.
    """

    start: IndexArray
    at: FloatArray
    hex: IndexArray
    grade: IndexArray
    on_scene: FloatArray


class Force(NamedTuple):
    """Units and their rules.

    ``post`` : (n_units,); ``serves`` : (n_units, n_grades); ``beat`` : (n_units,),
    the only beat in which it answers, -1 for everywhere; ``speed, cap`` :
    (n_grades,), speed over the routine speed and longest travel at that speed.
    """

    post: IndexArray
    serves: BoolArray
    beat: IndexArray
    speed: FloatArray
    cap: FloatArray


class Ground(NamedTuple):
    """Travel minutes by post and hex as sorted sparse rows, and what hexes are.

    ``indptr, indices, minutes`` : CSR of (n_posts, n_hexes), absent is out of reach;
    ``catchment, beat`` : (n_hexes,); ``post_hex`` : (n_posts,); ``far`` : minutes to
    drive back where no travel time is known.
    """

    indptr: IndexArray
    indices: npt.NDArray[np.int32]
    minutes: npt.NDArray[np.float32]
    catchment: IndexArray
    beat: IndexArray
    post_hex: IndexArray
    far: float


@njit(cache=True)
def _travel(ground: Ground, post: int, where: int) -> float:
    """Look up routine minutes from a post to a hex; inf if out of reach."""
    low, high = ground.indptr[post], ground.indptr[post + 1]
    end = high
    while low < high:
        middle = (low + high) // 2
        if ground.indices[middle] < where:
            low = middle + 1
        else:
            high = middle
    if low < end and ground.indices[low] == where:
        return float(ground.minutes[low])
    return np.inf


@njit(cache=True)
def _minutes(
    ground: Ground, force: Force, unit: int, position: int, where: int, grade: int
) -> float:
    """Minutes for a unit at a post to a call; inf if it may not or cannot go."""
    beat = force.beat[unit]
    if not force.serves[unit, grade] or (beat >= 0 and beat != ground.beat[where]):
        return np.inf
    travel = _travel(ground, position, where) / force.speed[grade]
    return travel if travel <= force.cap[grade] else np.inf


@njit(cache=True)
def _nearest_unit(
    ground: Ground,
    force: Force,
    working: BoolArray,
    position: IndexArray,
    where: int,
    grade: int,
) -> tuple[int, float]:
    """Return the unit that is not at work and gets there first; -1 if none can."""
    unit, best = -1, np.inf
    for u in range(working.size):
        if not working[u]:
            minutes = _minutes(ground, force, u, position[u], where, grade)
            if minutes < best:
                unit, best = u, minutes
    return unit, best


@njit(cache=True)
def _next_call(
    ground: Ground,
    force: Force,
    calls: Calls,
    waiting: IndexArray,
    unit: int,
    position: int,
) -> tuple[int, float]:
    """Return the place in the queue of the nearest call of the highest grade."""
    slot, best, highest = -1, np.inf, force.speed.size
    for k in range(waiting.size):
        grade = calls.grade[waiting[k]]
        if grade <= highest:
            where = calls.hex[waiting[k]]
            minutes = _minutes(ground, force, unit, position, where, grade)
            if minutes < np.inf and (grade < highest or minutes < best):
                slot, best, highest = k, minutes, grade
    return slot, best


@njit(cache=True)
def _way_home(ground: Ground, position: int, post: int) -> float:
    if position == post:
        return 0.0
    minutes = _travel(ground, position, ground.post_hex[post])
    return minutes if minutes < np.inf else ground.far


@njit(cache=True)
def dispatch(
    calls: Calls, force: Force, ground: Ground, shift_min: float, end_min: float
) -> tuple[FloatArray, IndexArray, FloatArray]:
    """Answer the calls of each shift by the nearest free unit, and queue the rest.

    A call goes to the free unit that gets there first, if any is within the cap;
    else it waits. A freed unit takes the nearest waiting call of the highest grade
    that it may serve, else drives back to its post at routine speed; there it looks
    at the queue again. It counts as standing at the catchment post of its last call
    until that drive is over, then at its own post. Ties: the lowest unit, the
    earliest call; a unit that comes free at the minute of a call is free for it.

    Parameters
    ----------
    shift_min, end_min
        Length of the shift, for the busy time; no unit sets out after the end.

    Returns
    -------
    response : (n_calls,)
        Minutes from call to arrival; inf if nobody was sent.
    unit : (n_calls,)
        -1 if nobody was sent.
    busy : (n_shifts, n_units)
        Minutes of the shift on the way to a call or on scene.
    """
    n_units, n_shifts = force.post.size, calls.start.size - 1
    response = np.full(calls.at.size, np.inf)
    sent = np.full(calls.at.size, -1)
    busy = np.zeros((n_shifts, n_units))
    waiting = np.empty(calls.at.size, np.int64)
    for shift in range(n_shifts):
        working = np.zeros(n_units, np.bool_)
        next_at = np.full(n_units, np.inf)  # comes free, or is back at its post
        position = force.post.copy()
        n_waiting = 0
        call, last = calls.start[shift], calls.start[shift + 1]
        while True:
            unit = int(np.argmin(next_at))
            now = next_at[unit]
            if call < last and calls.at[call] < now:
                now, chosen = calls.at[call], call
                call += 1
                unit, minutes = _nearest_unit(
                    ground,
                    force,
                    working,
                    position,
                    calls.hex[chosen],
                    calls.grade[chosen],
                )
                if unit < 0:
                    waiting[n_waiting] = chosen
                    n_waiting += 1
                    continue
            elif now <= end_min and now < np.inf:
                if not working[unit]:
                    position[unit] = force.post[unit]
                slot, minutes = _next_call(
                    ground, force, calls, waiting[:n_waiting], unit, position[unit]
                )
                if slot < 0:
                    next_at[unit] = np.inf
                    if working[unit]:
                        back = _way_home(ground, position[unit], force.post[unit])
                        next_at[unit] = now + back
                    working[unit] = False
                    continue
                chosen = waiting[slot]
                waiting[slot : n_waiting - 1] = waiting[slot + 1 : n_waiting].copy()
                n_waiting -= 1
            else:
                break
            working[unit] = True
            sent[chosen] = unit
            response[chosen] = now - calls.at[chosen] + minutes
            next_at[unit] = now + minutes + calls.on_scene[chosen]
            if ground.catchment[calls.hex[chosen]] >= 0:
                position[unit] = ground.catchment[calls.hex[chosen]]
            busy[shift, unit] += max(0.0, min(next_at[unit], shift_min) - max(now, 0.0))
    return response, sent, busy
