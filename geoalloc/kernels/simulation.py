"""Event simulation of shifts: calls in, minutes to arrival out.

A *column* is a period of the timetable as the simulation goes through it: column 0 is
the warm-up, column k + 1 is period k, the last is the time after the shift.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from geoalloc._types import BoolArray, FloatArray, IndexArray

Records: TypeAlias = npt.NDArray[np.void]

FREE, AT_WORK, ON_BREAK, OFF_DUTY = 0, 1, 2, 3
GRADE_NEAREST, GRADE_FIFO, FIFO = 0, 1, 2
PLANNED, DELAYED, MISSED, RECALLED, DIVERTED, INTERRUPTED, ARRESTS = 0, 1, 2, 3, 4, 5, 6
N_TALLIES = 7

WAITING = 7  # in the tally: calls in the queue
N_TALLIES = 8
NOWHERE, ABSENT = -1, -2  # in a timetable: at no post, not on duty
DIVERT, INTERRUPT = 1, 2  # in ``Rules.takes``

# The kernels pass a board of many arrays among themselves. As they allocate nothing, no
# references to these need be counted (four times as fast), and as only the last is
# called from Python, the others need no wrapper for it (half the time to compile).
# numba uses these options in its own library; its types do not know them.
_compiled = njit(  # type: ignore[call-overload]
    cache=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True
)
_entry = njit(cache=True, _nrt=False)  # type: ignore[call-overload]

_F, _I = np.float64, np.int64
# A table by post (at is a hex) or by hex (at is a post).
JOURNEY = np.dtype([("at", np.int32), ("minutes", np.float32)])
_POST = np.dtype([("hex", _I), ("top", _I)])  # top: the list of the free units there
_HEX = np.dtype([("catchment", _I), ("beat", _I)])
_GRADE = np.dtype(
    [(n, _I) for n in ("needs", "reserve", "lost", "recall", "takes", "n_free")]
    + [(n, _F) for n in ("cap", "late_cost", "quickest")]
)
# Who a unit is, and what it is at: the post that it counts as standing at (or where its
# job will leave it), its call, the posts where it set out and by the scene, the minutes
# of its job, those of a break that it is owed, its neighbours in the list of its post.
_UNIT = np.dtype(
    [(n, _I) for n in ("home", "officers", "beat", "busy_at", "state", "position")]
    + [(n, _I) for n in ("call", "origin", "scene", "below", "above")]
    + [(n, _F) for n in ("busy_until", "next_at", "set_out", "travel", "leaves")]
    + [(n, _F) for n in ("owed", "overtime")]
)
# A call, and what has become of it: ``need`` officers are wanted yet, ``lead`` is the
# unit that holds its skills, who leaves at ``over``; ``unit`` was the first sent.
CASE = np.dtype(
    [(n, _F) for n in ("at", "since", "remaining", "factor", "held", "sent_at")]
    + [(n, _F) for n in ("response", "over")]
    + [(n, _I) for n in ("hex", "grade", "arrest", "unit", "lead", "need", "queued")]
)


class Calls(NamedTuple):
    """Calls of one class or more, shift after shift, in order of time in each.

    ``start[k]:start[k + 1]`` are the calls of shift k. ``at`` : minutes from the
    start of the shift (below 0 in the warm-up) when it can first be answered;
    ``hex`` : position of the hex; ``grade`` : class, 0 goes first; ``on_scene`` :
    minutes; ``since`` : minute of the call itself, before ``at`` if it was open then;
    ``factor`` : what its drives take over what the table says; ``arrest`` : whether it
    ends in one; ``held`` : minutes that its first unit is lost afterwards.
    """

    start: IndexArray
    at: FloatArray
    hex: IndexArray
    grade: IndexArray
    on_scene: FloatArray
    since: FloatArray
    factor: FloatArray
    arrest: BoolArray
    held: FloatArray


class Force(NamedTuple):
    """Units and where they should be.

    ``plan`` : (n_units, n_columns), a post, ``NOWHERE`` or ``ABSENT``; ``home,
    officers, beat`` : (n_units,), post of the station, crew, and the beat in which
    alone it answers, -1 for everywhere; ``serves, assists, speed`` : (n_units,
    n_classes), may it go first, may it go at all, its speed over the routine speed;
    ``busy_until, busy_at`` : (n_units,), a job it starts with, -inf for none, and the
    post by it.
    """

    plan: IndexArray
    home: IndexArray
    officers: IndexArray
    beat: IndexArray
    serves: BoolArray
    assists: BoolArray
    speed: FloatArray
    busy_until: FloatArray
    busy_at: IndexArray


class Rules(NamedTuple):
    """How calls are answered; by class unless said.

    ``needs`` : officers; ``cap`` : longest travel; ``late_cost`` : minutes that being
    late is worth; ``price`` : (n_units, n_columns), minutes that the unit's leaving is
    worth; ``reserve`` : free units in reach below which a call waits; ``lost`` : it
    does not wait; ``takes`` : (n_classes, n_classes), may it ``DIVERT`` a unit that
    drives to the other, ``INTERRUPT`` one at its scene, or both (3); ``recall`` : may
    it end a break; ``queue`` : a rule of the three; ``promote_min`` : wait that is
    worth a grade.
    """

    needs: IndexArray
    cap: FloatArray
    late_cost: FloatArray
    price: FloatArray
    reserve: IndexArray
    lost: BoolArray
    takes: IndexArray
    recall: BoolArray
    queue: int
    promote_min: float


class Ground(NamedTuple):
    """Travel at routine speed, and what hexes are.

    ``row_start, row`` : sorted rows of ``JOURNEY`` by post, absent is out of reach;
    ``near_start, near`` : the same by hex, nearest post first (``by_hex``);
    ``catchment, beat`` : (n_hexes,); ``post_hex`` : (n_posts,); ``limit`` :
    (n_classes, n_hexes), travel that is not late; ``far`` : minutes to drive back where
    none are known; ``suite_post, suite_open, suite_min`` : custody suites, (n_suites,),
    (n_suites, n_columns), (n_posts, n_suites).
    """

    row_start: IndexArray
    row: Records
    near_start: IndexArray
    near: Records
    catchment: IndexArray
    beat: IndexArray
    post_hex: IndexArray
    limit: FloatArray
    far: float
    suite_post: IndexArray
    suite_open: BoolArray
    suite_min: FloatArray


class Board(NamedTuple):
    """All that is given, and the state of a shift, in few arrays: each costs time.

    ``fit`` : (n_units, n_classes), speed of a unit that may go first, less than 0 for
    one that may only assist, 0 for one that may not go; ``units`` are filled up to a
    power of 2; ``first`` : a tournament of their next events; ``waiting`` : the queue.
    """

    cases: Records
    start: IndexArray
    units: Records
    first: IndexArray
    fit: FloatArray
    plan: IndexArray
    price: FloatArray
    grades: Records
    takes: IndexArray
    row_start: IndexArray
    row: Records
    near_start: IndexArray
    near: Records
    hexes: Records
    posts: Records
    limit: FloatArray
    suite_post: IndexArray
    suite_open: BoolArray
    suite_min: FloatArray
    edges: FloatArray
    waiting: IndexArray
    busy: FloatArray
    tally: IndexArray
    far: float
    queue: int
    promote_min: float


@_compiled
def _travel(board: Board, post: int, where: int) -> float:
    """Look up routine minutes from a post to a hex; inf if out of reach."""
    low, high = board.row_start[post], board.row_start[post + 1]
    end = high
    while low < high:
        middle = (low + high) // 2
        if board.row[middle]["at"] < where:
            low = middle + 1
        else:
            high = middle
    if low < end and board.row[low]["at"] == where:
        return float(board.row[low]["minutes"])
    return np.inf


@_compiled
def _way(board: Board, position: int, post: int) -> float:
    """Routine minutes from post to post."""
    if position == post:
        return 0.0
    minutes = _travel(board, position, board.posts[post]["hex"])
    return minutes if minutes < np.inf else board.far


@_compiled
def _plan_event(board: Board, u: int, at: float) -> None:
    """Set when a unit has its next event; of equal times the lowest unit is first."""
    units, first = board.units, board.first
    units[u]["next_at"] = at
    node = (u + units.size) // 2
    while node >= 1:
        left, right = first[2 * node], first[2 * node + 1]
        earlier = units[left]["next_at"] <= units[right]["next_at"]
        first[node] = left if earlier else right
        node //= 2


@_compiled
def _count_free(board: Board, u: int, change: int) -> None:
    for c in range(board.grades.size):
        if board.fit[u, c] != 0.0:
            board.grades[c]["n_free"] += change


@_compiled
def _stand(board: Board, u: int, position: int) -> None:
    """Let a unit stand free at a post."""
    unit, above = board.units[u], board.posts[position]["top"]
    unit["state"], unit["position"] = FREE, position
    unit["below"], unit["above"] = -1, above
    if above >= 0:
        board.units[above]["below"] = u
    board.posts[position]["top"] = u
    _count_free(board, u, 1)


@_compiled
def _leave(board: Board, u: int) -> None:
    """Take a free unit off the list of its post."""
    unit = board.units[u]
    below, above = unit["below"], unit["above"]
    if below >= 0:
        board.units[below]["above"] = above
    else:
        board.posts[unit["position"]]["top"] = above
    if above >= 0:
        board.units[above]["below"] = below
    _count_free(board, u, -1)


@_compiled
def _speed(board: Board, u: int, where: int, grade: int, first: bool) -> float:
    """Return the speed at which a unit may go to a call; 0 if it may not."""
    speed, beat = board.fit[u, grade], board.units[u]["beat"]
    if (first and speed < 0.0) or (beat >= 0 and beat != board.hexes[where]["beat"]):
        return 0.0
    return abs(speed)


@_compiled
def _nearest_free(
    board: Board, where: int, grade: int, first: bool, column: int
) -> tuple[int, float]:
    """Return the free unit of least cost, and its minutes; -1 and inf if none can go.

    Posts are looked at from the nearest on, until no farther one can cost less.
    """
    unit, minutes, least = -1, np.inf, np.inf
    own = board.grades[grade]
    if own["n_free"] == 0:
        return unit, minutes
    cap, quickest, limit = own["cap"], own["quickest"], board.limit[grade, where]
    near, posts, units, price = board.near, board.posts, board.units, board.price
    for j in range(board.near_start[where], board.near_start[where + 1]):
        routine = float(near[j]["minutes"])
        if routine / quickest > min(cap, least):
            break
        u = posts[near[j]["at"]]["top"]
        while u >= 0:
            speed = _speed(board, u, where, grade, first)
            if speed > 0.0 and routine / speed <= cap:
                cost = routine / speed + price[u, column]
                if routine / speed > limit:
                    cost += own["late_cost"]
                if cost < least or (cost == least and u < unit):
                    unit, minutes, least = u, routine / speed, cost
            u = units[u]["above"]
    return unit, minutes


@_compiled
def _n_in_reach(board: Board, where: int, grade: int) -> int:
    """Count the free units that may go first, up to the reserve of the class."""
    count, own = 0, board.grades[grade]
    for j in range(board.near_start[where], board.near_start[where + 1]):
        routine = float(board.near[j]["minutes"])
        if routine / own["quickest"] > own["cap"]:
            break
        u = board.posts[board.near[j]["at"]]["top"]
        while u >= 0 and count < own["reserve"]:
            speed = _speed(board, u, where, grade, True)
            if speed > 0.0 and routine / speed <= own["cap"]:
                count += 1
            u = board.units[u]["above"]
    return count


@_compiled
def _place(board: Board, u: int, now: float) -> int:
    """Return the post at which a unit counts as being.

    On a drive that is where it set out from for the first half, and the post by the
    scene for the second.
    """
    unit = board.units[u]
    if unit["state"] != AT_WORK:
        return int(unit["position"])
    if 2.0 * (now - unit["set_out"]) < unit["travel"]:
        return int(unit["origin"])
    return int(unit["scene"])


@_compiled
def _nearest_taken(board: Board, call: int, now: float) -> tuple[int, float]:
    """Return the nearest unit that the call may take from other work or a break."""
    unit, best = -1, np.inf
    grade, where = board.cases[call]["grade"], board.cases[call]["hex"]
    for u in range(board.fit.shape[0]):
        its = board.units[u]
        taken = False
        if its["state"] == ON_BREAK:
            taken = board.grades[grade]["recall"] != 0 and its["next_at"] < np.inf
        elif its["state"] == AT_WORK and its["call"] >= 0 and now < its["leaves"]:
            driving = now - its["set_out"] < its["travel"]
            allowed = board.takes[grade, board.cases[its["call"]]["grade"]]
            taken = (allowed & (DIVERT if driving else INTERRUPT)) != 0
        speed = _speed(board, u, where, grade, True)
        if taken and speed > 0.0:
            travel = _travel(board, _place(board, u, now), where) / speed
            if travel <= board.grades[grade]["cap"] and travel < best:
                unit, best = u, travel
    return unit, best


@_compiled
def _book(board: Board, u: int, until: float) -> None:
    """Write down the minutes of a job: by period, and what lies beyond duty."""
    start, end = board.units[u]["set_out"], board.edges[-1]
    for t in range(board.edges.size - 1):
        spell = min(until, board.edges[t + 1]) - max(start, board.edges[t])
        if spell > 0.0:
            board.busy[u, t] += spell
            if board.plan[u, t + 1] == ABSENT:
                board.units[u]["overtime"] += spell
    if start < end < until:
        board.units[u]["overtime"] += until - end


@_compiled
def _release(board: Board, u: int, now: float) -> int:
    """Take a unit from its break or call; return the call, or -1."""
    unit = board.units[u]
    if unit["state"] == ON_BREAK:
        unit["owed"] += board.units[u]["next_at"] - now
        board.tally[RECALLED] += 1
        return -1
    call = unit["call"]
    case = board.cases[call]
    _book(board, u, now)
    unit["call"], unit["position"] = -1, _place(board, u, now)
    case["need"] += board.units[u]["officers"]
    if case["lead"] == u:
        case["lead"] = -1
        board.tally[ARRESTS] -= int(board.cases[call]["arrest"])
    if now - unit["set_out"] >= unit["travel"]:
        case["remaining"] = unit["leaves"] - now
        board.tally[INTERRUPTED] += 1
        return call
    board.tally[DIVERTED] += 1
    if case["response"] > now - case["since"]:  # nobody has got there yet
        case["response"], case["sent_at"], case["unit"] = np.inf, np.inf, -1
        for v in range(board.fit.shape[0]):
            other = board.units[v]
            if other["state"] == AT_WORK and other["call"] == call:
                response = other["set_out"] - case["since"] + other["travel"]
                if response < case["response"]:
                    case["response"], case["unit"] = response, v
                    case["sent_at"] = other["set_out"]
    return call


@_compiled
def _suite(board: Board, position: int, at: float) -> int:
    """Return the nearest custody suite that is open at a minute."""
    column = 0
    while column < board.edges.size and board.edges[column] <= at:
        column += 1
    nearest, least = -1, np.inf
    for k in range(board.suite_post.size):
        minutes = board.suite_min[position, k]
        if board.suite_open[k, column] and minutes < least:
            nearest, least = k, minutes
    return nearest


@_compiled
def _send(board: Board, u: int, call: int, now: float, minutes: float) -> None:
    """Send a unit that is not at work to a call."""
    unit, case = board.units[u], board.cases[call]
    if unit["state"] == FREE:
        _leave(board, u)
    unit["origin"] = unit["position"]
    place = board.hexes[board.cases[call]["hex"]]["catchment"]
    if place < 0:
        place = unit["position"]
    travel = minutes * board.cases[call]["factor"]
    leaves = now + travel + case["remaining"]
    unit["state"], unit["call"], unit["scene"] = AT_WORK, call, place
    unit["set_out"], unit["travel"], unit["leaves"] = now, travel, leaves
    unit["position"] = place
    free_at = leaves
    if case["lead"] < 0:
        case["lead"], case["over"] = u, leaves
        free_at += board.cases[call]["held"]
        if board.cases[call]["arrest"]:
            suite = _suite(board, place, leaves)
            free_at += board.suite_min[place, suite]
            unit["position"] = board.suite_post[suite]
            board.tally[ARRESTS] += 1
    case["need"] -= board.units[u]["officers"]
    case["response"] = min(case["response"], now - case["since"] + travel)
    if case["unit"] < 0:
        case["unit"], case["sent_at"] = u, now
    _plan_event(board, u, free_at)


@_compiled
def _answer(board: Board, call: int, now: float, column: int) -> int:
    """Send units until the crews add up, or queue; return a call that lost its unit."""
    case = board.cases[call]
    grade, where = board.cases[call]["grade"], board.cases[call]["hex"]
    displaced = -1
    while case["need"] > 0 and (case["lead"] < 0 or case["over"] > now):
        first = case["lead"] < 0
        u, minutes = _nearest_free(board, where, grade, first, column)
        if u >= 0 and first and board.grades[grade]["reserve"] > 1:
            held = _n_in_reach(board, where, grade)
            if held < board.grades[grade]["reserve"]:
                u, minutes = -1, np.inf
        if (
            first
            and board.grades[grade]["takes"]
            and minutes > board.limit[grade, where]
        ):
            v, sooner = _nearest_taken(board, call, now)
            if sooner < minutes:
                displaced = _release(board, v, now)
                u, minutes = v, sooner
        if u < 0:
            break
        _send(board, u, call, now, minutes)
    if case["need"] > 0 and case["queued"] == 0 and not board.grades[grade]["lost"]:
        case["queued"] = 1
        board.waiting[board.tally[WAITING]] = call
        board.tally[WAITING] += 1
    return displaced


@_compiled
def _next_call(board: Board, u: int, now: float) -> tuple[int, float]:
    """Return the waiting call that a freed unit takes, and its minutes; -1 for none."""
    chosen, minutes, best, highest = -1, np.inf, np.inf, board.grades.size
    k = 0
    while k < board.tally[WAITING]:
        call = board.waiting[k]
        case = board.cases[call]
        grade, where = board.cases[call]["grade"], board.cases[call]["hex"]
        first = case["lead"] < 0
        if case["need"] <= 0 or not (first or case["over"] > now):
            case["queued"] = 0
            board.tally[WAITING] -= 1
            for j in range(k, board.tally[WAITING]):
                board.waiting[j] = board.waiting[j + 1]
            continue
        k += 1
        rank = 0
        if board.queue != FIFO:
            rank = max(0, grade - int((now - case["since"]) / board.promote_min))
        speed = _speed(board, u, where, grade, first)
        if rank > highest or speed == 0.0:
            continue
        position = board.units[u]["position"]
        travel = _travel(board, position, where) / speed
        key = travel if board.queue == GRADE_NEAREST else case["since"]
        better = key < best or (key == best and call < chosen)
        if travel <= board.grades[grade]["cap"] and (rank < highest or better):
            held = board.grades[grade]["reserve"]
            if first and held > 1:
                held -= _n_in_reach(board, where, grade)
            if not first or held <= 1:
                chosen, minutes, best, highest = call, travel, key, rank
    return chosen, minutes


@_compiled
def _settle(board: Board, u: int, now: float, column: int) -> None:
    """Give a unit that is on no list its next call, or let it drive to its post."""
    unit = board.units[u]
    call, minutes = _next_call(board, u, now)
    if call >= 0:
        unit["state"] = OFF_DUTY  # on no list
        _send(board, u, call, now, minutes)
        return
    _stand(board, u, unit["position"])
    away = unit["position"] != board.plan[u, column]
    way = _way(board, unit["position"], board.plan[u, column])
    _plan_event(board, u, now + way if away else np.inf)


@_compiled
def _free_up(board: Board, u: int, now: float, column: int) -> None:
    """End a unit's job, its break or its drive to its post."""
    unit = board.units[u]
    if unit["state"] == AT_WORK:
        _book(board, u, now)
        unit["call"] = -1
        if board.plan[u, column] == ABSENT:
            unit["state"] = OFF_DUTY
            _plan_event(board, u, np.inf)
            return
        if unit["owed"] > 0.0:
            unit["state"] = ON_BREAK
            _plan_event(board, u, now + unit["owed"])
            unit["owed"] = 0.0
            return
    else:
        if unit["state"] == FREE:
            _leave(board, u)
        unit["position"] = board.plan[u, column]
    _settle(board, u, now, column)


@_compiled
def _go_off(board: Board, u: int, now: float, column: int) -> None:
    """Begin a spell off post, now or once the unit is free; the last has no end."""
    unit, last = board.units[u], board.plan.shape[1] - 1
    stop = column
    while stop < last and board.plan[u, stop] != ABSENT and board.plan[u, stop] < 0:
        stop += 1
    closing = stop == last or board.plan[u, stop] == ABSENT
    minutes = np.inf if closing else board.edges[stop - 1] - board.edges[column - 1]
    board.tally[PLANNED] += int(not closing)
    if unit["state"] == AT_WORK:
        board.tally[DELAYED] += int(not closing)
        board.tally[MISSED] += int(closing and unit["owed"] > 0.0)
        unit["owed"] += minutes
    elif unit["state"] == ON_BREAK:
        _plan_event(board, u, board.units[u]["next_at"] + minutes)
    else:
        if unit["state"] == FREE:
            _leave(board, u)
        else:
            unit["position"] = board.units[u]["home"]
        unit["state"] = ON_BREAK
        _plan_event(board, u, now + minutes)


@_compiled
def _turn(board: Board, u: int, now: float, column: int) -> None:
    """Bring a unit into a new column of the timetable."""
    unit, last = board.units[u], column == board.plan.shape[1] - 1
    was, old = board.plan[u, column - 1] != ABSENT, board.plan[u, column - 1]
    here, new = board.plan[u, column] != ABSENT, board.plan[u, column]
    if (was and not here) or last:
        board.tally[MISSED] += int(0.0 < unit["owed"] < np.inf)
        unit["owed"] = 0.0
    if not here:
        if was and unit["state"] != AT_WORK:
            if unit["state"] == FREE:
                _leave(board, u)
            unit["state"] = OFF_DUTY
            _plan_event(board, u, np.inf)
    elif new < 0:
        if old >= 0 or not was:
            _go_off(board, u, now, column)
    elif unit["state"] == FREE:
        if new != old:
            _plan_event(board, u, now + _way(board, unit["position"], new))
    elif unit["state"] == OFF_DUTY or (unit["state"] == ON_BREAK and last):
        unit["position"] = board.units[u]["home"] if unit["state"] == OFF_DUTY else new
        _settle(board, u, now, column)


@_compiled
def _begin(board: Board) -> None:
    """Put every unit where it is at the start of a shift."""
    for p in range(board.posts.size):
        board.posts[p]["top"] = -1
    for c in range(board.grades.size):
        board.grades[c]["n_free"] = 0
    for u in range(board.units.size):
        unit = board.units[u]
        unit["state"], unit["position"] = OFF_DUTY, unit["home"]
        unit["call"], unit["set_out"], unit["owed"] = -1, 0.0, 0.0
        unit["next_at"], unit["overtime"] = np.inf, 0.0
        board.first[board.units.size + u] = u
    for u in range(board.fit.shape[0]):
        unit = board.units[u]
        if unit["busy_until"] > -np.inf:
            unit["state"], unit["position"] = AT_WORK, unit["busy_at"]
            unit["next_at"] = unit["busy_until"]
        elif board.plan[u, 0] >= 0:
            _stand(board, u, board.plan[u, 0])
        elif board.plan[u, 0] == NOWHERE:
            unit["state"] = ON_BREAK
    for u in range(board.units.size):
        _plan_event(board, u, board.units[u]["next_at"])


@_compiled
def _run(board: Board, shift: int, end_min: float) -> None:
    """Go through one shift, event by event."""
    call, stop = board.start[shift], board.start[shift + 1]
    # What was left over is kept at the end of the queue's array until the first hour.
    n_left, size = board.tally[WAITING], board.waiting.size
    for k in range(n_left - 1, -1, -1):
        board.waiting[size - n_left + k] = board.waiting[k]
    board.tally[WAITING] = 0
    column = np.int64(0)  # of one type from the first, so that all is compiled once
    while True:
        u = board.first[1]
        free_at, called, turn = board.units[u]["next_at"], np.inf, np.inf
        if call < stop:
            called = board.cases[call]["at"]
        if column < board.edges.size and board.edges[column] < end_min:
            turn = board.edges[column]
        if turn < np.inf and turn <= min(free_at, called):
            column += 1
            for v in range(board.fit.shape[0]):
                _turn(board, v, turn, column)
            if column == 1:
                for grade in range(board.grades.size):
                    for k in range(size - n_left, size):
                        old = board.waiting[k]
                        chosen = old if board.cases[old]["grade"] == grade else -1
                        while chosen >= 0:
                            chosen = _answer(board, chosen, turn, column)
        elif called < free_at:
            chosen = call
            call += 1
            while chosen >= 0:
                chosen = _answer(board, chosen, called, column)
        elif free_at <= end_min and free_at < np.inf:
            _free_up(board, u, free_at, column)
        else:
            break
    for u in range(board.fit.shape[0]):
        if board.units[u]["state"] == AT_WORK:
            _book(board, u, board.units[u]["next_at"])


@_compiled
def _hand_over(board: Board, n_waiting: int) -> int:
    """Keep the calls that nobody was sent to for the next shift; count them."""
    kept = 0
    for k in range(n_waiting):
        call = board.waiting[k]
        case = board.cases[call]
        case["queued"] = 0
        if case["lead"] < 0 and case["need"] > 0:
            case["since"] -= board.edges[-1]
            case["need"] = board.grades[case["grade"]]["needs"]
            board.waiting[kept] = call
            kept += 1
    return kept


@_entry
def _dispatch(
    board: Board,
    busy: FloatArray,
    overtime: FloatArray,
    tally: IndexArray,
    end_min: float,
    carry: bool,
) -> None:
    """Go through all shifts, and write down what each unit did."""
    n_shifts, n_units = tally.shape[0], board.fit.shape[0]
    for shift in range(n_shifts):
        _begin(board)
        _run(board, shift, end_min)
        for u in range(n_units):
            overtime[shift, u] = board.units[u]["overtime"]
            for t in range(board.busy.shape[1]):
                busy[shift, u, t] = board.busy[u, t]
                board.busy[u, t] = 0.0
        for k in range(N_TALLIES):
            tally[shift, k] = board.tally[k]
            board.tally[k] = 0
        if carry:
            board.tally[WAITING] = _hand_over(board, tally[shift, WAITING])


def dispatch(
    calls: Calls,
    force: Force,
    rules: Rules,
    ground: Ground,
    edges: FloatArray,
    end_min: float,
    carry: bool,
) -> tuple[Records, FloatArray, FloatArray, IndexArray]:
    """Answer the calls of each shift by the rules, and queue the rest.

    Parameters
    ----------
    edges : (n_periods + 1,)
        Minutes at which the periods begin and the last one ends.
    end_min
        No unit sets out after it.
    carry
        Whether a shift begins with the queue that the one before has left.

    Returns
    -------
    cases : (n_calls,)
        Records of ``CASE``; response is inf and unit -1 if nobody was sent.
    busy : (n_shifts, n_units, n_periods)
        Minutes at work.
    overtime : (n_shifts, n_units)
        Minutes at work beyond duty.
    tally : (n_shifts, N_TALLIES)
        At the last, the calls that wait at the end for a first or another unit.
    """
    n_shifts, (n_units, n_columns) = calls.start.size - 1, force.plan.shape
    board = Board(
        cases=_cases(calls, rules),
        start=calls.start,
        units=_units(force),
        first=np.zeros(2 << max(n_units - 1, 0).bit_length(), dtype=np.int64),
        fit=np.where(
            force.serves, force.speed, np.where(force.assists, -force.speed, 0)
        ),
        plan=force.plan,
        price=rules.price,
        grades=_grades(force, rules),
        takes=rules.takes,
        row_start=ground.row_start,
        row=ground.row,
        near_start=ground.near_start,
        near=ground.near,
        hexes=_records(_HEX, catchment=ground.catchment, beat=ground.beat),
        posts=_records(_POST, hex=ground.post_hex),
        limit=ground.limit,
        suite_post=ground.suite_post,
        suite_open=ground.suite_open,
        suite_min=ground.suite_min,
        edges=edges,
        waiting=np.empty(calls.at.size, dtype=np.int64),
        busy=np.zeros((n_units, n_columns - 2)),
        tally=np.zeros(N_TALLIES, dtype=np.int64),
        far=ground.far,
        queue=rules.queue,
        promote_min=rules.promote_min,
    )
    busy = np.zeros((n_shifts, n_units, n_columns - 2))
    tally = np.zeros((n_shifts, N_TALLIES), dtype=np.int64)
    overtime = np.zeros((n_shifts, n_units))
    _dispatch(board, busy, overtime, tally, end_min, carry)
    return board.cases, busy, overtime, tally


def _records(kind: np.dtype[np.void], **columns: npt.NDArray[Any]) -> Records:
    size = len(next(iter(columns.values())))
    records = np.zeros(size, dtype=kind)
    for name, values in columns.items():
        records[name] = values
    return records


def _cases(calls: Calls, rules: Rules) -> Records:
    never = np.full(calls.at.size, np.inf)
    nobody = np.full(calls.at.size, -1)
    return _records(
        CASE,
        at=calls.at,
        since=calls.since,
        remaining=calls.on_scene,
        factor=calls.factor,
        held=calls.held,
        hex=calls.hex,
        grade=calls.grade,
        arrest=calls.arrest,
        need=rules.needs[calls.grade],
        sent_at=never,
        response=never,
        unit=nobody,
        lead=nobody,
    )


def _units(force: Force) -> Records:
    n_units = force.home.size
    units = np.zeros(1 << max(n_units - 1, 0).bit_length(), dtype=_UNIT)
    for name in ("home", "officers", "beat", "busy_until", "busy_at"):
        units[name][:n_units] = getattr(force, name)
    return units


def _grades(force: Force, rules: Rules) -> Records:
    return _records(
        _GRADE,
        needs=rules.needs,
        reserve=rules.reserve,
        lost=rules.lost,
        recall=rules.recall,
        takes=rules.recall | (rules.takes != 0).any(axis=1),
        cap=rules.cap,
        late_cost=rules.late_cost,
        quickest=force.speed.max(axis=0),
    )


@_entry
def _transpose(
    indptr: IndexArray,
    indices: npt.NDArray[np.int32],
    minutes: npt.NDArray[np.float32],
    start: IndexArray,
    near: Records,
) -> None:
    for j in range(indices.size):
        start[indices[j] + 1] += 1
    for h in range(start.size - 1):
        start[h + 1] += start[h]
    for p in range(indptr.size - 1):
        for j in range(indptr[p], indptr[p + 1]):
            its = near[start[indices[j]]]
            its["at"], its["minutes"] = p, minutes[j]
            start[indices[j]] += 1
    for h in range(start.size - 1, 0, -1):  # each start has moved on to the next
        start[h] = start[h - 1]
    start[0] = 0
    for h in range(start.size - 1):
        first, stop, gap = start[h], start[h + 1], 1
        while 3 * gap < stop - first:
            gap = 3 * gap + 1
        while gap > 0:
            for i in range(first + gap, stop):
                at, far = near[i]["at"], near[i]["minutes"]
                k = i
                while k - gap >= first and near[k - gap]["minutes"] > far:
                    near[k]["at"] = near[k - gap]["at"]
                    near[k]["minutes"] = near[k - gap]["minutes"]
                    k -= gap
                near[k]["at"], near[k]["minutes"] = at, far
            gap //= 3


def by_hex(
    indptr: IndexArray,
    indices: npt.NDArray[np.int32],
    minutes: npt.NDArray[np.float32],
    n_hexes: int,
) -> tuple[IndexArray, Records]:
    """Turn a sparse table over (post, hex) by hex, the nearest post first.

    Each hex's posts are put in order by Shell's sort (1959, Communications of the
    ACM), with gaps of about thirds.

    Returns
    -------
    near_start : (n_hexes + 1,)
    near : (n_entries,)
        Records of ``JOURNEY``.
    """
    start = np.zeros(n_hexes + 1, dtype=np.int64)
    near = np.zeros(indices.size, dtype=JOURNEY)
    _transpose(indptr, indices, minutes, start, near)
    return start, near
