from itertools import pairwise
from math import inf

import numpy as np
import pytest

from geoalloc.allocation._prepared import Prepared
from geoalloc.kernels import shift as kernel
from geoalloc.kernels import shift_path
from tests import naive_shift as naive

pytestmark = pytest.mark.kernel


def draw(seed, n_posts=3, n_blocks=5):
    rng = np.random.default_rng(seed)
    between = rng.integers(5, 80, (n_posts, n_posts))
    np.fill_diagonal(between, 0)
    return shift_path.Choices(
        gain=rng.gamma(1.0, size=(n_posts, n_blocks)),
        relief=rng.gamma(0.2, size=(n_posts, n_blocks)),
        minutes=rng.choice([60, 60, 45], n_blocks),
        between=between,
        first_min=rng.integers(0, 20, n_posts),
        first_moves=np.zeros(n_posts, np.int64),
        first_cost=rng.gamma(0.1, size=n_posts),
        last_min=rng.choice([0, 10, shift_path.NEVER], n_posts, p=[0.5, 0.3, 0.2]),
        break_cost=np.where(rng.random(n_blocks) < 0.8, rng.random(n_blocks), np.inf),
    )


def worth(c, path, starts, reach):
    """Value a path by its definition; None if it may not be."""
    found = naive.lost_minutes(path, c.between.tolist(), reach)
    if found is None or any(c.break_cost[t] == inf for t in starts):
        return None
    lost, moves = found
    posts = [t for t, p in enumerate(path) if p not in (naive.BREAK, naive.DRIVE)]
    first, last = posts[0], posts[-1]
    for t in posts:
        if lost[t] and lost[t] >= c.minutes[t]:
            return None
    if first == 0:
        lost[0] += int(c.first_min[path[0]])
    if c.last_min[path[last]] == shift_path.NEVER:
        return None
    if last == len(path) - 1:
        lost[last] += int(c.last_min[path[last]])
    total = -sum(c.break_cost[t] for t in starts)
    total -= c.first_cost[path[first]]
    for t in posts:
        p = path[t]
        total += c.relief[p, t] + c.gain[p, t] * (c.minutes[t] - lost[t]) / 60
    return total, moves


@pytest.mark.parametrize(("breaks", "length"), [(0, 1), (1, 1), (1, 2), (2, 1)])
@pytest.mark.parametrize("seed", range(3))
def test_best_path_is_the_best_of_all_paths(seed, breaks, length):
    choices, reach = draw(seed), 30
    every = naive.paths(range(3), 5, breaks, length)
    found = {path: worth(choices, path, starts, reach) for path, starts in every}
    for most, price in ((-1, 0.0), (-1, 0.4), (0, 0.0), (1, 0.0), (2, 0.1)):
        value = {
            path: of[0] - price * of[1]
            for path, of in found.items()
            if of is not None and (most < 0 or of[1] <= most)
        }
        where, lost, best = shift_path.best_path(
            choices, breaks, length, most, price, reach
        )
        assert best == pytest.approx(max(value.values(), default=-inf))
        if best > -inf:
            names = {
                shift_path.ON_BREAK: naive.BREAK,
                shift_path.UNDER_WAY: naive.DRIVE,
            }
            path = tuple(names.get(int(p), int(p)) for p in where)
            assert value[path] == pytest.approx(best)
            assert lost.min() >= 0


@pytest.fixture(scope="module")
def prepared():
    return Prepared(naive.make_day(2, size=5, n_posts=5, units=(3, 1)))


def copied(prepared):
    return kernel.State(*(part.copy() for part in prepared.nobody))


def stand(prepared, state, unit, post, minutes):
    post, minutes = np.array(post), np.array(minutes)
    ground, units = prepared.ground, prepared.units
    return kernel.stand(ground, units, unit, post, minutes, state)


def total(prepared, state):
    return kernel.total_cost(prepared.ground, state.covered, 0, 6)


PATHS = [
    ([0, 0, -1, 2, 2, 2], [60, 60, 0, 48, 60, 60]),
    ([1, 1, 1, -1, 0, 0], [45, 60, 60, 0, 60, 60]),
    ([2, 2, 2, 2, -1, 2], [60] * 4 + [0, 60]),
]


def test_change_of_standing_is_the_difference_of_the_totals(prepared):
    state = copied(prepared)
    for unit, (post, minutes) in enumerate(PATHS):
        before = total(prepared, state)
        change = stand(prepared, state, unit, post, minutes)
        assert change < 0
        assert total(prepared, state) - before == pytest.approx(change)


def test_who_leaves_leaves_no_trace(prepared):
    state = copied(prepared)
    stand(prepared, state, 0, *PATHS[0])
    kept = [part.copy() for part in state]
    post, minutes = PATHS[1]
    came = stand(prepared, state, 1, post, minutes)
    gone = stand(prepared, state, 1, post, [-m for m in minutes])
    assert came == pytest.approx(-gone)
    for part, was in zip(state[:2], kept[:2], strict=True):
        np.testing.assert_allclose(part, was, atol=1e-12)


@pytest.mark.parametrize("unit", range(3))
def test_savings_are_those_of_a_unit_that_has_left(prepared, unit):
    state, posts = copied(prepared), np.arange(5)
    for u, path in enumerate(PATHS):
        stand(prepared, state, u, *path)
    kept = [part.copy() for part in state]
    own = tuple(np.array(x) for x in PATHS[unit])
    ground, units = prepared.ground, prepared.units
    saving = kernel.savings(ground, units, unit, own, posts, state, (0, 6))
    for part, was in zip(state, kept, strict=True):
        np.testing.assert_allclose(part, was, atol=1e-12)
    part = kernel.savings(ground, units, unit, own, posts, state, (2, 4))
    np.testing.assert_allclose(part[:, 2:4], saving[:, 2:4])
    assert not part[:, [0, 1, 4, 5]].any()
    stand(prepared, state, unit, PATHS[unit][0], [-m for m in PATHS[unit][1]])
    for p in posts:
        for t in range(6):
            there = [-1] * t + [p] + [-1] * (5 - t)
            came = stand(prepared, state, unit, there, [60] * 6)
            assert saving[p, t] == pytest.approx(-came, abs=1e-12)
            stand(prepared, state, unit, there, [-60] * 6)


def test_part_of_a_block_is_a_straight_line_between_nobody_and_one(prepared):
    costs = []
    for minutes in (0, 15, 30, 45, 60):
        state = copied(prepared)
        stand(prepared, state, 0, [0] * 6, [minutes] * 6)
        costs.append(total(prepared, state))
    steps = [b - a for a, b in pairwise(costs)]
    assert steps == pytest.approx([steps[0]] * 4)
    assert steps[0] < 0
