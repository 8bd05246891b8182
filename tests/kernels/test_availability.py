import heapq

import numpy as np
import pytest

from geoalloc.kernels import availability
from tests import naive_allocation as naive

pytestmark = pytest.mark.kernel

LOADS = [0.0, 0.03, 0.5, 1.0, 2.7, 6.0]


def curve(load, kappa=0.5, n_max=12, patience=0.0):
    return availability.curves(
        np.ones((1, 1)), np.array([[load]]), np.array([patience]), kappa, n_max, 1
    )[0]


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("kappa", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("patience", [0.0, 0.3, 4.0])
def test_curve_is_the_lower_hull_of_the_erlang_mix(load, kappa, patience):
    raw = [naive.none_free(n, load, kappa, patience) for n in range(50)]
    expected = naive.convex_minorant(raw)[:13]
    found = curve(load, kappa, patience=patience)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_waits_longer_than_patience_are_those_of_a_simulated_queue():
    """M/M/c by hand: Lindley's recursion over the units' free times."""
    rng = np.random.default_rng(5)
    load, units, patience, n = 3.2, 5, 0.4, 200_000
    arrive = np.cumsum(rng.exponential(1 / load, n))
    service = rng.exponential(1.0, n)
    free = [0.0] * units
    late = 0
    for at, takes in zip(arrive, service, strict=True):
        start = max(at, heapq.heappop(free))
        heapq.heappush(free, start + takes)
        late += start - at > patience
    found = curve(load, kappa=1.0, patience=patience)[units]
    assert late / n == pytest.approx(found, abs=0.005)


def test_patience_only_helps():
    for load in LOADS:
        assert (curve(load, patience=0.5) <= curve(load) + 1e-12).all()


def test_erlang_b_and_c_are_those_of_the_tables():
    # 2 Erlangs: B(3) = (8/6) / (1 + 2 + 2 + 8/6) = 4/19; C(4) = (4/3) / (23/3).
    assert curve(2.0, kappa=0.0)[3] == pytest.approx(4 / 19)
    assert curve(2.0, kappa=1.0)[4] == pytest.approx(4 / 23)


@pytest.mark.parametrize("load", [0.2, 3.0, 40.0, 250.0])
def test_curve_does_not_depend_on_how_far_it_is_asked_for(load):
    far = curve(load, kappa=1.0, n_max=int(3 * load) + 200)
    np.testing.assert_allclose(curve(load, kappa=1.0, n_max=2), far[:3], rtol=1e-12)


@pytest.mark.parametrize("load", [*LOADS, 80.0])
def test_curve_falls_and_is_convex_from_one(load):
    values = curve(load, n_max=120)
    assert values[0] == pytest.approx(1.0)
    assert (np.diff(values) <= 1e-12).all()
    assert (np.diff(values, 2) >= -1e-12).all()


def test_curve_is_the_weighted_sum_over_periods():
    both = availability.curves(
        np.array([[2.0, 3.0]]), np.array([[1.0, 4.0]]), np.zeros(1), 0.5, 6, 1
    )
    expected = 2 * curve(1.0, n_max=6) + 3 * curve(4.0, n_max=6)
    np.testing.assert_allclose(both[0], expected)


def test_chance_at_a_count_is_a_point_of_the_curve():
    load = np.array([[0.4, 3.3], [7.0, 0.0], [5.0, 5.0]])
    count = np.array([[2, 1], [0, 0], [9, 3]])
    chance = availability.none_free(count, load, np.zeros(3), 0.5, 1)
    expected = [
        [curve(x)[n] for x, n in zip(*row, strict=True)]
        for row in zip(load, count, strict=True)
    ]
    np.testing.assert_allclose(chance, expected, atol=1e-12)


def test_between_whole_answers_the_curve_is_straight():
    whole = curve(2.5, n_max=6)
    halves = availability.curves(
        np.ones((1, 1)), np.array([[2.5]]), np.zeros(1), 0.5, 12, 2
    )[0]
    np.testing.assert_allclose(halves, np.interp(np.arange(13) / 2, range(7), whole))
    at = availability.none_free(np.array([[5]]), np.array([[2.5]]), np.zeros(1), 0.5, 2)
    assert at[0, 0] == pytest.approx((whole[2] + whole[3]) / 2)
