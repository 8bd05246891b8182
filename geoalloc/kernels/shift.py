"""What units save, block by block of a shift, and what one more would save."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from geoalloc._types import FloatArray, IndexArray
from geoalloc.kernels import threads

BLOCK_MIN = 60  # length of a block
_PARTS = 4  # of the posts: more than threads, for some reach further than others


class Ground(NamedTuple):
    """What there is to cover in each block: one cell is one hex in one layer.

    Coverage is as in ``search.Cells``. ``curve[curve_at[s]:curve_at[s + 1]]``, with
    ``s = cell * n_blocks + block``, is the cost of a cell in a block with 0, 1, 2, ...
    parts in reach; with more parts than it tells of, the cost is its last one.
    """

    n_posts: int
    indptr: IndexArray
    cell: npt.NDArray[np.int32]
    offset: IndexArray
    beat: IndexArray
    curve_at: IndexArray
    curve: FloatArray


class Units(NamedTuple):
    """How units serve each layer.

    ``block`` : (n_units, n_layers), the coverage, -1 where they do not serve;
    ``parts`` : (n_units, n_layers); ``beat`` : (n_units,), -1 for everywhere.
    """

    block: IndexArray
    parts: IndexArray
    beat: IndexArray


class State(NamedTuple):
    """How cells are covered by the units that stand.

    ``covered`` : (n_cells, n_blocks), part-minutes in reach; ``step, back`` :
    (n_parts, n_cells, n_blocks), what 1, 2, ... more parts would save for the whole
    block, and what 1, 2, ... fewer would cost.
    """

    covered: IndexArray
    step: FloatArray
    back: FloatArray


@njit(cache=True)
def _read(curve: FloatArray, at: int, last: int, share: float) -> float:
    """Read a curve between ``at`` and its next entry; past ``last`` it is level."""
    value = curve[min(at, last)]
    return value + (curve[min(at + 1, last)] - value) * share


@njit(cache=True)
def _cost(ground: Ground, slot: int, minutes: int) -> float:
    """Read a curve at so many part-minutes; between parts, straight lines."""
    at, last = ground.curve_at[slot] + minutes // BLOCK_MIN, ground.curve_at[slot + 1]
    return _read(ground.curve, at, last - 1, minutes % BLOCK_MIN / BLOCK_MIN)


@njit(cache=True)
def nobody(ground: Ground, n_blocks: int, most: int) -> State:
    """Give the state in which nobody stands, for units of up to ``most`` parts."""
    shape = (ground.beat.size, n_blocks)
    step = np.empty((most, *shape))
    for i in range(shape[0]):
        for t in range(n_blocks):
            s = i * n_blocks + t
            for k in range(most):
                step[k, i, t] = _cost(ground, s, 0) - _cost(
                    ground, s, (k + 1) * BLOCK_MIN
                )
    return State(np.zeros(shape, np.int64), step, np.zeros(step.shape))


@njit(cache=True)
def _blocks_at(post: IndexArray, begin: int, at: IndexArray) -> int:
    """List the blocks spent at the post of block ``begin``, if it is their first."""
    n_at = 0
    for t in range(post.size):
        if post[t] == post[begin] and post[t] >= 0:
            if t < begin:
                return 0
            at[n_at] = t
            n_at += 1
    return n_at


@njit(cache=True)
def stand(
    ground: Ground,
    units: Units,
    unit: int,
    post: IndexArray,
    minutes: IndexArray,
    state: State,
) -> float:
    """Let a unit stand, for some minutes of each block, at posts; or leave them.

    Parameters
    ----------
    post, minutes : (n_blocks,)
        Below 0 in ``post`` is nowhere; below 0 in ``minutes`` is leaving.
    state
        Is updated.

    Returns
    -------
    change
        Of the cost of all cells.
    """
    n_blocks, change = post.size, 0.0
    bound, curve, count = units.beat[unit], ground.curve, state.covered
    at = np.empty(n_blocks, np.int64)
    for begin in range(n_blocks):
        n_at = _blocks_at(post, begin, at)
        for c in range(units.block.shape[1] if n_at else 0):
            if units.block[unit, c] < 0:
                continue
            r = units.block[unit, c] * ground.n_posts + post[begin]
            for j in range(ground.indptr[r], ground.indptr[r + 1]):
                i = ground.cell[j] + ground.offset[c]
                if bound < 0 or bound == ground.beat[i]:
                    for m in range(n_at):
                        t = at[m]
                        old = count[i, t]
                        n = old + minutes[t] * units.parts[unit, c]
                        count[i, t] = n
                        first = ground.curve_at[i * n_blocks + t]
                        last = ground.curve_at[i * n_blocks + t + 1] - 1
                        was, now = old // BLOCK_MIN, n // BLOCK_MIN
                        share = (n - now * BLOCK_MIN) / BLOCK_MIN
                        cost = _read(curve, first + now, last, share)
                        part = (old - was * BLOCK_MIN) / BLOCK_MIN
                        change += cost - _read(curve, first + was, last, part)
                        for k in range(state.step.shape[0]):
                            more = _read(curve, first + now + k + 1, last, share)
                            state.step[k, i, t] = cost - more
                            if now > k:
                                less = _read(curve, first + now - k - 1, last, share)
                                state.back[k, i, t] = less - cost
    return change


@njit(cache=True)
def _swap(
    ground: Ground,
    units: Units,
    unit: int,
    post: IndexArray,
    minutes: IndexArray,
    state: State,
) -> None:
    """Swap what one more would save and what the unit saves, where it stands.

    Only a whole block can be looked up; elsewhere it is worked out, and ``back`` is
    what comes of swapping again.
    """
    n_blocks, bound = post.size, units.beat[unit]
    at = np.empty(n_blocks, np.int64)
    for begin in range(n_blocks):
        n_at = _blocks_at(post, begin, at)
        for c in range(units.block.shape[1] if n_at else 0):
            if units.block[unit, c] < 0:
                continue
            r = units.block[unit, c] * ground.n_posts + post[begin]
            k = units.parts[unit, c] - 1
            for j in range(ground.indptr[r], ground.indptr[r + 1]):
                i = ground.cell[j] + ground.offset[c]
                if bound < 0 or bound == ground.beat[i]:
                    for m in range(n_at):
                        t = at[m]
                        step, back = state.step[k, i, t], state.back[k, i, t]
                        state.step[k, i, t], state.back[k, i, t] = back, step
                        if minutes[t] != BLOCK_MIN:
                            slot, n = i * n_blocks + t, state.covered[i, t]
                            if minutes[t] < 0:  # put back
                                less = n - (k + 1) * BLOCK_MIN
                                cost = _cost(ground, slot, max(0, less))
                                cost -= _cost(ground, slot, n)
                                state.back[k, i, t] = cost if less >= 0 else 0.0
                            else:
                                less = n - minutes[t] * (k + 1)
                                more = less + (k + 1) * BLOCK_MIN
                                state.step[k, i, t] = _cost(ground, slot, less) - _cost(
                                    ground, slot, more
                                )


def savings(
    ground: Ground,
    units: Units,
    unit: int,
    own: tuple[IndexArray, IndexArray],
    posts: IndexArray,
    state: State,
    window: tuple[int, int],
) -> FloatArray:
    """Give what the unit would save at each of some posts, whole blocks.

    Posts are worked on in parts, on as many threads as there may be.

    Parameters
    ----------
    own
        Post and minutes of each block of the path that it is to leave.
    window
        The blocks that are asked for: from the first to before the second.

    Returns
    -------
    saving : (len(posts), n_blocks)
        0 outside the window.
    """
    post, minutes = own
    saving = np.zeros((posts.size, state.step.shape[2]))
    edges = np.linspace(0, posts.size, min(posts.size, _PARTS) + 1).astype(np.int64)

    def work(part: int) -> None:
        some = slice(edges[part], edges[part + 1])
        _fill_savings(ground, units, unit, posts[some], state, window, saving[some])

    _swap(ground, units, unit, post, minutes, state)
    threads.run(work, range(edges.size - 1))
    again = np.where(minutes == BLOCK_MIN, minutes, -minutes)
    _swap(ground, units, unit, post, again, state)
    return saving


@njit(cache=True, nogil=True)
def _fill_savings(
    ground: Ground,
    units: Units,
    unit: int,
    posts: IndexArray,
    state: State,
    window: tuple[int, int],
    saving: FloatArray,
) -> None:
    """Write what the unit, off its path, would save at each of some posts."""
    n_blocks, bound = state.step.shape[2], units.beat[unit]
    begin, end = window
    for a in range(posts.size):
        total = np.zeros(n_blocks)
        for c in range(units.block.shape[1]):
            if units.block[unit, c] >= 0:
                r = units.block[unit, c] * ground.n_posts + posts[a]
                saved, first = state.step[units.parts[unit, c] - 1], ground.offset[c]
                cells = ground.cell[ground.indptr[r] : ground.indptr[r + 1]]
                if end - begin == 1:
                    one = 0.0
                    for j in range(cells.size):
                        i = cells[j] + first
                        if bound < 0 or bound == ground.beat[i]:
                            one += saved[i, begin]
                    total[begin] += one
                else:  # all blocks: a loop of known length is the faster
                    for j in range(cells.size):
                        i = cells[j] + first
                        if bound < 0 or bound == ground.beat[i]:
                            for t in range(n_blocks):
                                total[t] += saved[i, t]
        saving[a, begin:end] = total[begin:end]


@njit(cache=True)
def total_cost(ground: Ground, count: IndexArray, first: int, last: int) -> float:
    """Add up the cost of all cells, in the blocks from ``first`` to before ``last``.

    Parameters
    ----------
    count : (n_cells, n_blocks)
    """
    total = 0.0
    for i in range(count.shape[0]):
        for t in range(first, last):
            total += _cost(ground, i * count.shape[1] + t, count[i, t])
    return total
