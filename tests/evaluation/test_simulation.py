import dataclasses

import numpy as np
import pytest

from geoalloc import evaluation
from geoalloc.errors import DataError
from geoalloc.evaluation import SimulationParams
from geoalloc.evaluation.simulation import draw_calls
from geoalloc.kernels import simulation
from geoalloc.kernels.simulation import Calls, Force, Ground
from tests import naive_allocation as naive
from tests.lattice_town import make_town


def poisson_calls(rate_per_min, mean_min, n, seed):
    rng = np.random.default_rng(seed)
    return Calls(
        start=np.array([0, n]),
        at=np.cumsum(rng.exponential(1 / rate_per_min, n)),
        hex=np.zeros(n, np.int64),
        grade=np.zeros(n, np.int64),
        on_scene=rng.exponential(mean_min, n),
    )


def units_at(posts):
    return Force(
        post=np.array(posts),
        serves=np.ones((len(posts), 1), bool),
        beat=np.full(len(posts), -1),
        speed=np.ones(1),
        cap=np.full(1, 60.0),
    )


@pytest.mark.parametrize(("units", "load"), [(1, 0.5), (3, 2.0), (8, 6.5)])
def test_share_that_waits_is_that_of_erlang_c(units, load):
    ground = Ground(
        indptr=np.array([0, 1]),
        indices=np.zeros(1, np.int32),
        minutes=np.zeros(1, np.float32),
        catchment=np.zeros(1, np.int64),
        beat=np.zeros(1, np.int64),
        post_hex=np.zeros(1, np.int64),
        far=0.0,
    )
    calls = poisson_calls(load / 30.0, 30.0, 200_000, seed=1)
    response, _, _ = simulation.dispatch(
        calls, units_at([0] * units), ground, np.inf, np.inf
    )
    expected = naive.none_free(units, load, kappa=1.0)
    assert (response > 0).mean() == pytest.approx(expected, abs=0.012)


@pytest.mark.parametrize(("units", "load"), [(1, 0.5), (3, 2.0), (8, 6.5)])
def test_share_that_overflows_is_that_of_erlang_b(units, load):
    # Units at post 0 stand at the only hex with calls; sixty more at post 1, a
    # minute away, take what overflows, and are back at once (hex 1 is 0 away).
    ground = Ground(
        indptr=np.array([0, 2, 4]),
        indices=np.array([0, 1, 0, 1], np.int32),
        minutes=np.array([0, 0, 1, 0], np.float32),
        catchment=np.array([0, 1]),
        beat=np.zeros(2, np.int64),
        post_hex=np.array([0, 1]),
        far=0.0,
    )
    calls = poisson_calls(load / 30.0, 30.0, 100_000, seed=2)
    _, unit, _ = simulation.dispatch(
        calls, units_at([0] * units + [1] * 60), ground, np.inf, np.inf
    )
    expected = naive.none_free(units, load, kappa=0.0)
    assert (unit >= units).mean() == pytest.approx(expected, abs=0.012)


def test_calls_come_at_the_rate_of_hex_and_period():
    problem = make_town(0)
    n = 4_000
    calls = draw_calls(problem, SimulationParams(n_shifts=n, seed=3, warmup_h=1.0))
    for c, service in enumerate(problem.classes):
        mine = calls.grade == c
        period = np.floor(calls.at[mine] / 60).astype(int)
        assert (period >= -1).all()
        assert (period < 2).all()
        for t in (-1, 0, 1):
            expected = service.arrivals[max(t, 0)] * n
            seen = np.bincount(calls.hex[mine][period == t], minlength=49)
            assert (seen[expected == 0] == 0).all()
            assert (np.abs(seen - expected) <= 5 * np.sqrt(expected) + 1).all()
        assert calls.on_scene[mine].mean() == pytest.approx(30.0, rel=0.03)
        cv = calls.on_scene[mine].std() / calls.on_scene[mine].mean()
        assert cv == pytest.approx(0.8, rel=0.08)


def test_calls_are_in_order_within_each_shift():
    calls = draw_calls(make_town(0), SimulationParams(n_shifts=5))
    assert calls.start[0] == 0
    assert calls.start[-1] == calls.at.size
    for a, b in zip(calls.start[:-1], calls.start[1:], strict=True):
        assert (np.diff(calls.at[a:b]) >= 0).all()


def test_plans_are_compared_on_the_same_calls():
    problem = make_town(0)
    params = SimulationParams(n_shifts=20, seed=8)
    a = evaluation.simulate(problem, np.array([0, 1, 0, 1]), params)
    b = (
        evaluation.simulate(problem, np.array([0, 0, 0, 1]), params)
        if (np.isfinite(problem.station_min[1, 0]))
        else a
    )
    np.testing.assert_array_equal(a.calls, b.calls)
    again = evaluation.simulate(problem, np.array([0, 1, 0, 1]), params)
    np.testing.assert_array_equal(a.late, again.late)


def test_scores_are_those_of_the_slow_twin():
    problem, post = make_town(3, units=(2, 2), calls=5.0), np.array([0, 1, 0, 1])
    params = SimulationParams(n_shifts=8, seed=4, warmup_h=1.0, drain_h=0.5)
    outcome = evaluation.simulate(problem, post, params)
    calls = draw_calls(problem, params)
    late, total, responses = [0, 0], [0, 0], [[], []]
    busy = dict.fromkeys(range(4), 0.0)
    for k in range(8):
        part = range(calls.start[k], calls.start[k + 1])
        table = [
            tuple(
                x[i].item() for x in (calls.at, calls.hex, calls.grade, calls.on_scene)
            )
            for i in part
        ]
        answer, jobs = naive.dispatch(problem, post.tolist(), table, 150.0)
        for (at, h, c, _), (minutes, _) in zip(table, answer, strict=True):
            if at >= 0:
                total[c] += 1
                late[c] += minutes > problem.classes[c].limit_min[h]
                responses[c].append(minutes)
        for u, start, end in jobs:
            busy[u] += max(0.0, min(end, 120.0) - max(start, 0.0))
    scores = outcome.scores.set_index(["measure", "group"])["simulated"]
    for c, name in enumerate(("immediate", "routine")):
        assert scores["calls", name] == pytest.approx(total[c] / 8)
        assert scores["late", name] == pytest.approx(late[c] / 8)
        assert scores["late_share", name] == pytest.approx(late[c] / total[c])
        worse = sorted(responses[c])
        if not np.isfinite(worse[-(len(worse) // 10)]):
            assert np.isnan(scores["response_p90_min", name])
            continue
        assert scores["response_p90_min", name] in worse
        below = sum(x <= scores["response_p90_min", name] for x in worse) / len(worse)
        assert below >= 0.9
    for kind, pair in (("response", (0, 1)), ("pcso", (2, 3))):
        expected = sum(busy[u] for u in pair) / (8 * 120.0 * 2)
        assert scores["utilisation", kind] == pytest.approx(expected)


def test_interval_holds_the_mean_nineteen_times_in_twenty():
    problem, post = make_town(1), np.array([0, 1, 0, 1])
    truth = evaluation.simulate(
        problem, post, SimulationParams(n_shifts=20_000, seed=0)
    )
    expected = truth.scores.set_index(["measure", "group"])["simulated"]
    held = []
    for seed in range(1, 81):
        params = SimulationParams(n_shifts=60, seed=seed)
        scores = evaluation.simulate(problem, post, params).scores
        scores = scores.set_index(["measure", "group"])
        for key in (("late", "immediate"), ("late_share", "routine")):
            row = scores.loc[key]
            held.append(row["low"] <= expected[key] <= row["high"])
    assert np.mean(held) == pytest.approx(0.95, abs=0.06)


def test_nobody_to_send_makes_every_call_late():
    problem = make_town(0)
    slow = tuple(dataclasses.replace(c, cap_min=0.5) for c in problem.classes)
    outcome = evaluation.simulate(
        dataclasses.replace(problem, classes=slow),
        np.array([0, 1, 0, 1]),
        SimulationParams(n_shifts=40),
    )
    np.testing.assert_array_equal(outcome.late, outcome.calls)
    scores = outcome.scores.set_index(["measure", "group"])["simulated"]
    assert np.isnan(scores["response_p90_min", "immediate"])
    assert scores["utilisation", "response"] == 0.0


def test_few_shifts_give_no_interval():
    outcome = evaluation.simulate(
        make_town(0), np.array([0, 1, 0, 1]), SimulationParams(n_shifts=1)
    )
    assert outcome.scores[["low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize(
    "wrong", [{"n_shifts": 0}, {"seed": -1}, {"warmup_h": -1.0}, {"drain_h": np.nan}]
)
def test_simulation_must_make_sense(wrong):
    with pytest.raises(DataError, match="got"):
        SimulationParams(**wrong)


def test_classes_of_one_grade_are_counted_together_from_the_call_on():
    problem, post = make_town(1), np.array([0, 1, 0, 1])
    params = SimulationParams(n_shifts=60, seed=3)
    apart = evaluation.simulate(problem, post, params)
    shared = tuple(
        dataclasses.replace(c, grade="any", call_handling_min=2.5)
        for c in problem.classes
    )
    together = evaluation.simulate(
        dataclasses.replace(problem, classes=shared), post, params
    )
    np.testing.assert_array_equal(together.late, apart.late)
    scores = together.scores.set_index(["measure", "group"])["simulated"]
    assert scores["calls", "any"] == pytest.approx(apart.calls.sum() / 60)
    assert scores["late", "any"] == pytest.approx(apart.late.sum() / 60)
    by_class = apart.scores.set_index(["measure", "group"])["simulated"]
    p90 = [by_class["response_p90_min", name] for name in ("immediate", "routine")]
    assert min(p90) <= scores["response_p90_min", "any"] - 2.5 <= max(p90)
