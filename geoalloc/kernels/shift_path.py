"""The best path of one unit through the blocks of a shift, by dynamic programming."""

from typing import NamedTuple

import numpy as np
from numba import njit

from geoalloc._types import BoolArray, FloatArray, IndexArray

BLOCK_MIN = 60  # length of a block
NEVER = 1 << 20  # minutes of a drive that cannot be made
ON_BREAK, UNDER_WAY = -1, -2  # instead of a post, in a path


class Choices(NamedTuple):
    """What one unit may do in the blocks in which it works, in order.

    ``gain`` : (n_posts, n_blocks), what a whole block at a post saves; ``relief`` :
    what its presence saves on rules that ask whether it is there at all; ``minutes`` :
    (n_blocks,), minutes that the unit has for it; ``between`` : (n_posts, n_posts),
    minutes of drive, ``NEVER`` if it may not be made; ``first_min, first_moves,
    first_cost`` : (n_posts,), minutes lost, re-posts made and price paid on the way to
    the first post; ``last_min`` : (n_posts,), minutes lost on the way home;
    ``break_cost`` : (n_blocks,), price of a break that begins there, inf if none may.
    """

    gain: FloatArray
    relief: FloatArray
    minutes: IndexArray
    between: IndexArray
    first_min: IndexArray
    first_moves: IndexArray
    first_cost: FloatArray
    last_min: IndexArray
    break_cost: FloatArray


@njit(cache=True)
def _worth(choices: Choices, a: int, k: int, lost: int) -> float:
    """Value a block at a post of which some minutes are lost."""
    left = choices.minutes[k] - lost
    return choices.relief[a, k] + choices.gain[a, k] * left / BLOCK_MIN


@njit(cache=True)
def best_path(
    choices: Choices, n_breaks: int, length: int, most: int, price: float, reach: int
) -> tuple[IndexArray, IndexArray, float]:
    """Find the path of one unit that is worth most, by dynamic programming.

    A unit stays; or drives to another post within ``reach`` minutes, which are lost
    at the new one; or spends a whole block on a longer drive; or has a break, after
    which it may stand elsewhere within ``reach``. Every change of post is a re-post.
    Two breaks have a block at a post between them.

    Parameters
    ----------
    n_breaks, length
        Breaks that it must have, and their length in blocks.
    most
        Re-posts that it may make at most; below 0 sets no limit.
    price
        Of each re-post.
    reach
        Longest drive, in minutes, that does not cost a block of its own.

    Returns
    -------
    where, lost : (n_blocks,)
        The post by position in ``choices``, ``ON_BREAK`` or ``UNDER_WAY``; minutes
        lost of the block. Of equal paths, one with fewer changes and lower posts.
    worth
        Of the path; -inf if there is none.
    """
    n_posts, n_blocks = choices.gain.shape
    layers = max(most, 0) + 1
    step = 1 if most >= 0 else 0  # layers that a re-post climbs
    value = np.full((n_blocks, n_breaks + 1, layers, n_posts), -np.inf)
    before = np.full(value.shape, -1)  # post of the block that it came from
    gap = np.zeros(value.shape, np.int64)  # blocks between; breaks if length of one
    rested = np.zeros(value.shape, np.bool_)  # whether they were a break
    for k in range(n_blocks):
        for b in range(n_breaks + 1):
            for r in range(layers):
                _begin(choices, value, k, b, r, length, step, price)
                for kind in range(3):  # straight on, after a break, a block under way
                    skipped = (0, length, 1)[kind]
                    was, had = k - 1 - skipped, b - (1 if kind == 1 else 0)
                    if was < 0 or had < 0:
                        continue
                    paid = price
                    if kind == 1:
                        if choices.break_cost[was + 1] == np.inf:
                            continue
                        paid += choices.break_cost[was + 1]
                    if kind != 2:
                        for a in range(n_posts):
                            now = value[was, had, r, a] - (paid - price)
                            now += _worth(choices, a, k, 0)
                            if now > value[k, b, r, a]:
                                value[k, b, r, a], before[k, b, r, a] = now, a
                                gap[k, b, r, a] = skipped
                                rested[k, b, r, a] = kind == 1
                    if r - step < 0 or n_posts < 2:
                        continue
                    top = value[was, had, r - step].max() - paid
                    for a in range(n_posts):
                        if top + _worth(choices, a, k, 0) <= value[k, b, r, a]:
                            continue
                        for o in range(n_posts):
                            drive = choices.between[o, a]
                            if o == a or drive > (BLOCK_MIN if kind == 2 else reach):
                                continue
                            late = drive if kind == 0 else 0
                            if late >= choices.minutes[k]:
                                continue
                            now = value[was, had, r - step, o] - paid
                            now += _worth(choices, a, k, late)
                            if now > value[k, b, r, a]:
                                value[k, b, r, a], before[k, b, r, a] = now, o
                                gap[k, b, r, a] = skipped
                                rested[k, b, r, a] = kind == 1
    return _trace(choices, value, before, gap, rested, length)


@njit(cache=True)
def _begin(
    choices: Choices,
    value: FloatArray,
    k: int,
    b: int,
    r: int,
    length: int,
    step: int,
    price: float,
) -> None:
    """Value the first block at a post: the first of all, or after a break."""
    if k == 0 and b == 0:
        paid = 0.0
    elif k == length and b == 1 and choices.break_cost[0] < np.inf:
        paid = choices.break_cost[0]
    else:
        return
    for a in range(choices.gain.shape[0]):
        lost = choices.first_min[a] if k == 0 else 0
        moves = choices.first_moves[a]
        if choices.first_cost[a] == np.inf or moves * step != r:
            continue
        if lost < choices.minutes[k]:
            now = _worth(choices, a, k, lost) - choices.first_cost[a] - paid
            value[k, b, r, a] = now - moves * price


@njit(cache=True)
def _trace(
    choices: Choices,
    value: FloatArray,
    before: IndexArray,
    gap: IndexArray,
    rested: BoolArray,
    length: int,
) -> tuple[IndexArray, IndexArray, float]:
    """Take the best end, and walk back to the beginning."""
    n_blocks, n_breaks = value.shape[0], value.shape[1] - 1
    n_posts = value.shape[3]
    where = np.full(n_blocks, ON_BREAK)
    lost = np.zeros(n_blocks, np.int64)
    top, k, b, r, a = -np.inf, -1, -1, -1, -1
    for tail in range(2):  # a break may be the last thing
        last, had = n_blocks - 1 - tail * length, n_breaks - tail
        if last < 0 or had < 0:
            continue
        paid = choices.break_cost[last + 1] if tail else 0.0
        for layer in range(value.shape[2]):
            for p in range(n_posts):
                home = choices.last_min[p]
                if home < NEVER and value[last, had, layer, p] > -np.inf:
                    now = value[last, had, layer, p] - paid
                    if tail == 0:
                        now -= choices.gain[p, last] * home / BLOCK_MIN
                    if now > top:
                        top, k, b, r, a = now, last, had, layer, p
    if k < 0:
        return where, lost, top
    if k == n_blocks - 1:
        lost[k] = choices.last_min[a]
    while True:
        where[k] = a
        o, skipped = before[k, b, r, a], gap[k, b, r, a]
        if o < 0:
            if k == 0:
                lost[k] += choices.first_min[a]
            return where, lost, top
        was_break = rested[k, b, r, a]
        if skipped > 0 and not was_break:
            where[k - 1] = UNDER_WAY
        if o != a and skipped == 0:
            lost[k] += choices.between[o, a]
        k = k - 1 - skipped
        if was_break:
            b -= 1
        if o != a and value.shape[2] > 1:
            r -= 1
        a = o
