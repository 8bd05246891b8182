import numpy as np
import pytest

from geoalloc.kernels import waiting
from tests import naive_prices as naive

LEVELS = 100


def ranks_of(minutes):
    """Lay out a table of travel (points x units) as ranks."""
    table = np.array(minutes, dtype=np.float64)
    unit, point = np.nonzero(np.isfinite(table.T))
    return waiting.rank(
        len(table), point, unit, np.ascontiguousarray(table[point, unit]), 9
    )


@pytest.mark.kernel
@pytest.mark.parametrize("n", [1, 2, 5])
def test_first_free_is_that_of_servers_asked_in_random_order(n):
    chance = waiting.first_free(5, LEVELS)
    for level in (0, 1, 50, 99):
        busy = waiting.MOST_BUSY * level / (LEVELS - 1)
        expected = naive.first_free(n, busy)
        assert chance[n, level, : n + 1] == pytest.approx(expected, abs=1e-12)
        assert chance[n, level].sum() == pytest.approx(1.0)


@pytest.mark.kernel
def test_ranks_are_in_order_of_travel_and_ties_go_to_the_first():
    ranks = ranks_of([[3.0, 1.0, 3.0], [np.inf, 2.0, np.inf], [np.inf] * 3])
    assert ranks.start.tolist() == [0, 3, 4, 4]
    assert ranks.unit.tolist() == [1, 0, 2, 1]
    assert ranks.minutes.tolist() == [1.0, 3.0, 3.0, 2.0]


@pytest.mark.kernel
def test_only_the_nearest_are_ranked():
    rng = np.random.default_rng(1)
    table = rng.random((20, 30)).round(2)
    unit, point = np.nonzero(np.isfinite(table.T))
    ranks = waiting.rank(20, point, unit, table[point, unit], 7)
    for i, row in enumerate(table):
        expected = np.argsort(row, kind="stable")[:7]
        assert ranks.unit[ranks.start[i] : ranks.start[i + 1]].tolist() == list(
            expected
        )


@pytest.mark.kernel
def test_two_units_half_busy_are_worked_by_hand():
    """M/M/2 at a busy fraction of 1/2: states 1/3, 1/3, 1/6, 1/12, ...

    The nearer unit is first free with 1/3 + 1/2 of 1/3 = 1/2, the other with 1/6,
    none with 1/3. Such a call waits 20 / 2 / (1 - 1/2) = 20 minutes behind all
    others, then (4 + 10) / 2 = 7 for either unit.
    """
    chance = waiting.first_free(2, 2 * LEVELS)
    ranks = ranks_of([[4.0, 10.0]])
    half = np.array([0.5, 0.5])
    wait = waiting.waits(ranks, half, 20.0, 0.0, 1.0, chance)
    by_hand = 4 / 2 + 10 / 6 + (20 + 7) / 3
    assert wait[0] == pytest.approx(by_hand, rel=1e-4)


@pytest.mark.kernel
def test_a_call_that_goes_before_others_waits_by_cobham():
    chance = waiting.first_free(2, 2 * LEVELS)
    ranks, half = ranks_of([[4.0, 4.0]]), np.array([0.5, 0.5])
    for before, upto in ((0.0, 0.4), (0.4, 1.0)):
        wait = waiting.waits(ranks, half, 20.0, before, upto, chance)[0]
        queue = 20 / 2 / ((1 - before / 2) * (1 - upto / 2))
        assert wait == pytest.approx(4 + queue / 3, rel=1e-4)


@pytest.mark.kernel
def test_idle_units_are_only_as_far_as_the_nearest():
    chance = waiting.first_free(3, LEVELS)
    ranks = ranks_of([[5.0, 2.0, 9.0], [np.inf] * 3])
    wait = waiting.waits(ranks, np.zeros(3), 20.0, 0.0, 1.0, chance)
    assert wait.tolist() == [2.0, np.inf]


@pytest.mark.kernel
def test_work_that_is_offered_is_done_while_units_can():
    rng = np.random.default_rng(2)
    ranks = ranks_of(rng.uniform(1, 9, (12, 5)))
    rate = rng.uniform(0.001, 0.004, 12)
    scene = rng.uniform(20, 60, 12)
    chance = waiting.first_free(5, LEVELS)
    busy = waiting.busy_fractions(ranks, rate, scene, 5, chance)
    work = rate @ scene
    assert work < busy.sum() < work + 9 * rate.sum()  # the rest is travel


@pytest.mark.kernel
def test_busy_fractions_are_near_those_of_the_hypercube():
    rate = np.array([0.03, 0.01, 0.015])
    order = [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    chance = waiting.first_free(3, LEVELS)
    near = np.array([[1, 2, 3], [3, 1, 2], [2, 3, 1]]) * 1e-9  # travel takes no time
    busy = waiting.busy_fractions(ranks_of(near), rate, np.full(3, 30.0), 3, chance)
    exact, _ = naive.hypercube(rate, order, 30.0, 3)
    assert busy.sum() == pytest.approx(exact.sum(), abs=1e-4)
    assert busy == pytest.approx(exact, abs=0.02)


@pytest.mark.kernel
def test_more_work_than_units_can_do_keeps_them_busy_nearly_always():
    ranks = ranks_of([[1.0, 2.0]])
    chance = waiting.first_free(2, LEVELS)
    busy = waiting.busy_fractions(ranks, np.array([1.0]), np.array([60.0]), 2, chance)
    assert busy == pytest.approx([waiting.MOST_BUSY] * 2, abs=1e-6)
