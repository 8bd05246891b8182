import heapq

import numpy as np
import pytest

from geoalloc.kernels import availability
from tests import naive_allocation as naive

pytestmark = pytest.mark.kernel

LOADS = [0.0, 0.03, 0.5, 1.0, 2.7, 6.0]


def curves(weight, load, kappa, n_max, need=1, patience=0.0, kind=availability.ERLANG):
    """One cell; the load is by period, and that of all classes alike."""
    loads = np.repeat(np.array(load, dtype=float)[:, None], 3, axis=1)
    return availability.curves(
        kind,
        np.array([weight], dtype=float),
        loads[None],
        np.array([patience]),
        kappa,
        n_max,
        need,
    )[0]


def of_one(load):
    """Take one load for each of the three that a curve may know apart."""
    return np.ascontiguousarray(np.repeat(np.array(load)[..., None], 3, axis=2))


def curve(load, kappa=0.5, n_max=12, patience=0.0):
    return curves([1.0], [load], kappa, n_max, patience=patience)


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
    both = curves([2.0, 3.0], [1.0, 4.0], 0.5, 6)
    expected = 2 * curve(1.0, n_max=6) + 3 * curve(4.0, n_max=6)
    np.testing.assert_allclose(both, expected)


def test_chance_at_a_count_is_a_point_of_the_curve():
    load = np.array([[0.4, 3.3], [7.0, 0.0], [5.0, 5.0]])
    count = np.array([[2, 1], [0, 0], [9, 3]])
    chance = availability.chance_at(
        availability.ERLANG, count, of_one(load), np.zeros(3), 0.5, 1
    )
    expected = [
        [curve(x)[n] for x, n in zip(*row, strict=True)]
        for row in zip(load, count, strict=True)
    ]
    np.testing.assert_allclose(chance, expected, atol=1e-12)


def test_between_whole_answers_the_curve_is_straight():
    whole = curve(2.5, n_max=6)
    halves = curves([1.0], [2.5], 0.5, 12, need=2)
    np.testing.assert_allclose(halves, np.interp(np.arange(13) / 2, range(7), whole))
    at = availability.chance_at(
        availability.ERLANG, np.array([[5]]), of_one([[2.5]]), np.zeros(1), 0.5, 2
    )
    assert at[0, 0] == pytest.approx((whole[2] + whole[3]) / 2)


def queue(n_max, before, upto, load, patience):
    return availability.curves(
        availability.QUEUE,
        np.ones((1, 1)),
        np.array([[[before, upto, load]]]),
        np.array([patience]),
        0.5,
        n_max,
        1,
    )[0]


@pytest.mark.parametrize(
    ("before", "upto", "load"), [(0.0, 1.0, 1.0), (0.5, 2.0, 4.5), (2.0, 6.0, 6.0)]
)
@pytest.mark.parametrize("patience", [0.0, 0.3, 4.0])
def test_curve_of_a_queue_is_the_lower_hull_of_its_waits(before, upto, load, patience):
    raw = [naive.waits_behind(n, before, upto, load, patience) for n in range(1, 60)]
    expected = naive.convex_minorant([1.0, *raw])[:13]
    found = queue(12, before, upto, load, patience)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_waits_behind_others_are_those_of_a_simulated_queue():
    """M/M/c by hand: two classes, of which the first is served first."""
    rng = np.random.default_rng(6)
    load, units, n = (1.5, 2.3), 5, 200_000
    arrive = np.cumsum(rng.exponential(1 / sum(load), n))
    second = (rng.random(n) < load[1] / sum(load)).astype(int)
    takes = rng.exponential(1.0, n)
    waits = [[], []]
    free, queues, k = [0.0] * units, ([], []), 0
    while k < n or queues[0] or queues[1]:
        at = heapq.heappop(free)
        while k < n and arrive[k] <= at:
            queues[second[k]].append(k)
            k += 1
        if not (queues[0] or queues[1]):
            queues[second[k]].append(k)
            at, k = arrive[k], k + 1
        i = (queues[0] or queues[1]).pop(0)
        waits[second[i]].append(at - arrive[i])
        heapq.heappush(free, at + takes[i])
    for c, patience in ((0, 0.2), (1, 0.2), (1, 0.8), (1, 2.0)):
        before, upto = sum(load[:c]), sum(load[: c + 1])
        found = naive.waits_behind(units, before, upto, sum(load), patience)
        late = np.mean(np.array(waits[c]) > patience)
        assert late == pytest.approx(found, abs=0.02)


def test_busy_fraction_is_raised_to_the_number_of_units():
    found = curves([1.0], [0.4], 0.5, 6, kind=availability.POWERS)
    np.testing.assert_allclose(found, 0.4 ** np.arange(7))


def test_steps_are_met_once_or_twice_over():
    once = curves([1.0], [0.0], 0.5, 4, kind=availability.STEPS)
    assert once.tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]
    twice = curves([1.0], [0.3], 0.5, 4, kind=availability.STEPS)
    assert twice.tolist() == [1.0, 0.3, 0.0, 0.0, 0.0]


def test_queue_of_one_class_without_patience_is_erlang_c():
    alone = queue(30, 0.0, 7.0, 7.0, 0.0)
    np.testing.assert_allclose(alone, curve(7.0, kappa=1.0, n_max=30))
