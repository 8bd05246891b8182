import dataclasses
from math import sqrt

import numpy as np
import pytest

from geoalloc import evaluation
from geoalloc.allocation import Committed, OpenQueue, plan
from geoalloc.errors import DataError
from geoalloc.evaluation import SimulationParams, dispatching
from geoalloc.evaluation.calls import draw_calls
from geoalloc.evaluation.conduct import (
    ArrestRule,
    DispatchRules,
    WaitRule,
)
from geoalloc.evaluation.outcomes import paired
from geoalloc.kernels import simulation
from geoalloc.kernels.simulation import Calls, Force, Ground, Rules
from tests import naive_allocation
from tests import naive_simulation as naive
from tests.kernels.test_simulation import long_town
from tests.lattice_town import make_town


def calls_at_one_hex(per_min, on_scene, seed, grade=None):
    """Poisson calls of one class or more, with given times on scene."""
    n = on_scene.size
    at = np.cumsum(np.random.default_rng(seed).exponential(1 / per_min, n))
    return Calls(
        start=np.array([0, n]),
        at=at,
        hex=np.zeros(n, np.int64),
        grade=np.zeros(n, np.int64) if grade is None else grade,
        on_scene=on_scene,
        since=at,
        factor=np.ones(n),
        arrest=np.zeros(n, bool),
        held=np.zeros(n),
    )


def serve(calls, n_units, n_classes=1, **changes):
    """Answer the calls at the hex of the only post, where all units stand."""
    force = Force(
        plan=np.zeros((n_units, 3), np.int64),
        home=np.zeros(n_units, np.int64),
        officers=np.ones(n_units, np.int64),
        beat=np.full(n_units, -1),
        serves=np.ones((n_units, n_classes), bool),
        assists=np.ones((n_units, n_classes), bool),
        speed=np.ones((n_units, n_classes)),
        busy_until=np.full(n_units, -np.inf),
        busy_at=np.zeros(n_units, np.int64),
    )
    rules = Rules(
        needs=np.ones(n_classes, np.int64),
        cap=np.full(n_classes, 60.0),
        late_cost=np.zeros(n_classes),
        price=np.zeros((n_units, 3)),
        reserve=np.zeros(n_classes, np.int64),
        lost=np.zeros(n_classes, bool),
        takes=np.zeros((n_classes, n_classes), np.int64),
        recall=np.zeros(n_classes, bool),
        queue=simulation.GRADE_FIFO,
        promote_min=np.inf,
    )
    table = np.zeros(1, simulation.JOURNEY)
    ground = Ground(
        row_start=np.array([0, 1]),
        row=table,
        near_start=np.array([0, 1]),
        near=table,
        catchment=np.zeros(1, np.int64),
        beat=np.zeros(1, np.int64),
        post_hex=np.zeros(1, np.int64),
        limit=np.full((n_classes, 1), 10.0),
        far=0.0,
        suite_post=np.zeros(0, np.int64),
        suite_open=np.zeros((0, 3), bool),
        suite_min=np.zeros((1, 0)),
    )
    edges = np.array([0.0, np.inf])
    return simulation.dispatch(
        calls, force, rules._replace(**changes), ground, edges, np.inf, False
    )


LOADS = [(1, 0.5), (3, 2.0), (8, 6.5), (20, 14.0)]


@pytest.mark.parametrize(("units", "load"), LOADS)
def test_waits_are_those_of_erlang_c(units, load):
    on_scene = np.random.default_rng(1).exponential(30.0, 300_000)
    cases, *_ = serve(calls_at_one_hex(load / 30.0, on_scene, seed=2), units)
    expected = naive.waits(units, load)
    assert (cases["response"] > 0).mean() == pytest.approx(expected, abs=0.012)
    mean_wait = expected * 30.0 / (units - load)
    assert cases["response"].mean() == pytest.approx(mean_wait, rel=0.08)


@pytest.mark.parametrize("cv", [0.5, 2.0])
@pytest.mark.parametrize(("units", "load"), LOADS)
def test_lost_calls_are_those_of_erlang_b_whatever_the_times_on_scene(units, load, cv):
    spread = np.log1p(cv**2)
    draw = np.random.default_rng(3).standard_normal(200_000)
    on_scene = 30.0 * np.exp(sqrt(spread) * draw - spread / 2)
    calls = calls_at_one_hex(load / 30.0, on_scene, seed=4)
    cases, *_ = serve(calls, units, lost=np.ones(1, bool))
    lost = np.isinf(cases["response"]).mean()
    assert lost == pytest.approx(naive.blocked(units, load), abs=0.01)


@pytest.mark.parametrize(("units", "load"), [(1, 0.8), (4, 3.2), (10, 9.0)])
def test_waits_by_grade_are_those_of_cobham(units, load):
    # Priorities without pre-emption, one mean service (Cobham, 1954).
    rng = np.random.default_rng(5)
    grade = np.searchsorted([0.2, 0.7], rng.random(600_000))
    calls = calls_at_one_hex(
        load / 30.0, rng.exponential(30.0, grade.size), 6, grade=grade
    )
    cases, *_ = serve(calls, units, 3)
    share = np.cumsum([0.0, 0.2, 0.5, 0.3]) * load / units
    for c in range(3):
        first = naive.waits(units, load) * 30.0 / units
        expected = first / ((1 - share[c]) * (1 - share[c + 1]))
        mean = cases["response"][grade == c].mean()
        assert mean == pytest.approx(expected, rel=0.12)


def test_units_are_as_busy_as_the_work_that_is_offered():
    on_scene = np.random.default_rng(1).exponential(30.0, 100_000)
    calls = calls_at_one_hex(4.0 / 30.0, on_scene, seed=2)
    cases, busy, *_ = serve(calls, 6)
    assert np.isfinite(cases["response"]).all()
    assert busy.sum() == pytest.approx(on_scene.sum())
    assert busy.sum() / (6 * calls.at[-1]) == pytest.approx(4 / 6, rel=0.02)


def test_no_unit_is_free_while_a_call_that_it_may_take_waits():
    calls = calls_at_one_hex(
        0.2, np.random.default_rng(7).exponential(30.0, 5_000), seed=8
    )
    cases, *_ = serve(calls, 7)
    sent = np.sort(cases["sent_at"])
    freed = np.sort(cases["sent_at"] + calls.on_scene)
    for at, gone in zip(calls.at, cases["sent_at"], strict=True):
        if gone > at:  # it waits; from its call to its turn all seven are at work
            inside = (sent > at) & (sent < gone)
            for instant in sent[inside]:
                at_work = (sent <= instant).sum() - (freed <= instant).sum()
                assert at_work == 7


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
    where = plan.timetable(problem, post)
    answered, figures = naive.simulate(problem, where, params, calls)
    late, total, responses, waits = [0, 0], [0, 0], [[], []], [[], []]
    for call in answered:
        if call["at"] >= 0:
            c = call["class"]
            total[c] += 1
            limit = problem.classes[c].limit_min[call["hex"]]
            late[c] += call["response"] > limit
            responses[c].append(call["response"])
            waits[c].append(call["sent"] - call["since"])
    scores = outcome.scores.set_index(["measure", "group"])["simulated"]
    for c, name in enumerate(("immediate", "routine")):
        assert scores["calls", name] == pytest.approx(total[c] / 8)
        assert scores["late", name] == pytest.approx(late[c] / 8)
        assert scores["late_share", name] == pytest.approx(late[c] / total[c])
        finite = [wait for wait in waits[c] if np.isfinite(wait)]
        assert scores["wait_mean_min", name] == pytest.approx(np.mean(finite))
        assert scores["unanswered", name] == (total[c] - len(finite)) / 8
        worse = sorted(responses[c])
        if not np.isfinite(worse[-(len(worse) // 10)]):
            assert np.isnan(scores["response_p90_min", name])
            continue
        assert scores["response_p90_min", name] in worse
        below = sum(x <= scores["response_p90_min", name] for x in worse) / len(worse)
        assert below >= 0.9
    for kind, pair in (("response", (0, 1)), ("pcso", (2, 3))):
        expected = sum(sum(busy[u]) for busy, _, _ in figures for u in pair)
        assert scores["utilisation", kind] == pytest.approx(expected / (8 * 240.0))
        beyond = sum(overtime[u] for _, overtime, _ in figures for u in pair)
        assert scores["overtime_min", kind] == pytest.approx(beyond / 8)
    weights = [service.weight for service in problem.classes]
    assert scores["unmet", "all"] == pytest.approx(np.dot(weights, late) / 8)


def test_queue_by_hour_is_that_of_a_count_minute_by_minute():
    problem, post = make_town(3, units=(2, 1), calls=9.0), np.array([0, 1, 0])
    params = SimulationParams(n_shifts=5, seed=4, warmup_h=1.0)
    outcome = evaluation.simulate(problem, post, params)
    calls = draw_calls(problem, params)
    where = plan.timetable(problem, post)
    answered, _ = naive.simulate(problem, where, params, calls)
    hourly = outcome.by_hour.set_index(["measure", "group", "period"])["simulated"]
    for t in (0, 1):
        instants = 60.0 * t + np.arange(0.05, 60.0, 0.1)
        mean = largest = 0.0
        for k in range(5):
            mine = answered[calls.start[k] : calls.start[k + 1]]
            length = sum((instants >= c["at"]) & (instants < c["sent"]) for c in mine)
            mean += length.mean() / 5
            largest += length.max() / 5
        assert hourly["queue_mean", "all", t] == pytest.approx(mean, abs=0.02)
        # A queue may be longer for less than the six seconds between two counts.
        assert largest <= hourly["queue_largest", "all", t] <= largest + 0.4


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


def test_demand_that_varies_by_shift_is_negative_binomial():
    problem = make_town(0)
    params = SimulationParams(n_shifts=20_000, seed=3, level_cv=0.4, warmup_h=0.0)
    calls = draw_calls(problem, params)
    count = np.diff(calls.start)
    mean = sum(float(service.arrivals.sum()) for service in problem.classes)
    assert count.mean() == pytest.approx(mean, rel=0.02)
    assert count.var() == pytest.approx(mean + (0.4 * mean) ** 2, rel=0.06)


def test_journeys_vary_around_the_table():
    problem = make_town(0)
    calls = draw_calls(problem, SimulationParams(n_shifts=4_000, travel_cv=0.5))
    assert calls.factor.mean() == pytest.approx(1.0, rel=0.02)
    assert calls.factor.std() == pytest.approx(0.5, rel=0.05)


def test_arrests_and_waits_come_at_their_shares():
    problem = make_town(0)
    rules = (
        ArrestRule(
            share={"immediate": 0.2}, mean_min=90.0, cv=0.4, suites=np.array([3])
        ),
        WaitRule(share={"immediate": 0.1, "routine": 0.3}, mean_min=50.0),
    )
    calls = draw_calls(problem, SimulationParams(n_shifts=3_000, aftermath=rules))
    first = calls.grade == 0
    assert calls.arrest[first].mean() == pytest.approx(0.2, abs=0.02)
    assert not calls.arrest[~first].any()
    assert calls.held[calls.arrest].mean() == pytest.approx(90.0, rel=0.03)
    waits = ~calls.arrest & (calls.held > 0)
    assert waits[first].mean() == pytest.approx(0.1, abs=0.02)
    assert waits[~first].mean() == pytest.approx(0.3, abs=0.02)
    assert set(calls.held[waits].round(6)) == {50.0}


def test_rules_and_plans_change_no_random_number():
    problem = long_town(1)
    base = draw_calls(problem, SimulationParams(n_shifts=10))
    ruled = draw_calls(
        problem,
        SimulationParams(
            n_shifts=10,
            travel_cv=0.3,
            rules=DispatchRules(queue="fifo"),
            aftermath=(WaitRule(share={"routine": 0.5}, mean_min=9.0),),
        ),
    )
    for name in ("start", "at", "hex", "grade", "on_scene", "since"):
        np.testing.assert_array_equal(getattr(base, name), getattr(ruled, name))


def test_a_month_hands_its_queue_on_and_answers_more_than_its_shifts_alone():
    problem, post = make_town(1, calls=8.0, units=(2, 0)), np.array([0, 1])
    params = SimulationParams(n_shifts=60, seed=2, warmup_h=0.0, drain_h=0.0)
    alone = evaluation.simulate(problem, post, params)
    month = evaluation.simulate(
        problem, post, dataclasses.replace(params, carry_over=True)
    )
    np.testing.assert_array_equal(alone.calls, month.calls)
    left, handed = (
        o.scores.set_index(["measure", "group"])["simulated"] for o in (alone, month)
    )
    assert handed["queue_mean", "all"] > left["queue_mean", "all"]
    assert handed["utilisation", "response"] > left["utilisation", "response"]
    assert month.dependent


def test_open_calls_and_committed_units_stand_at_the_start():
    problem, post = make_town(0, units=(1, 0)), np.array([0])
    quiet = tuple(
        dataclasses.replace(c, arrivals=0 * c.arrivals, load=0 * c.load)
        for c in problem.classes
    )
    problem = dataclasses.replace(problem, classes=quiet)
    where = int(problem.post_hex[0])
    params = SimulationParams(
        n_shifts=3,
        open_calls=OpenQueue(
            service=np.array([1]), hex=np.array([where]), age_min=np.array([25.0])
        ),
        committed=Committed(
            unit=np.array([0]), hex=np.array([where]), until_min=np.array([40.0])
        ),
    )
    outcome = evaluation.simulate(problem, post, params)
    scores = outcome.scores.set_index(["measure", "group"])["simulated"]
    drive = problem.travel_min.toarray()[0, where]
    # 25 minutes before the shift, 40 in it, and the drive.
    assert scores["response_p90_min", "routine"] == pytest.approx(65.0 + drive)
    assert scores["wait_mean_min", "routine"] == 65.0
    assert outcome.late.tolist() == [[0, 1]] * 3
    assert outcome.by_hour.set_index(["measure", "group", "period"])["simulated"][
        "queue_mean", "all", 0
    ] == pytest.approx(40 / 60)


def test_groups_of_hexes_add_up_to_all():
    problem, post = make_town(0, calls=6.0), np.array([0, 1, 0, 1])
    names = np.where(problem.hex_district == 0, "North", "South")
    params = SimulationParams(n_shifts=30, groups={"district": names})
    outcome = evaluation.simulate(problem, post, params)
    rows = outcome.by_group.set_index(["measure", "grade", "group"])[
        "simulated"
    ].sort_index()
    scores = outcome.scores.set_index(["measure", "group"])["simulated"]
    for grade in ("immediate", "routine"):
        for measure in ("calls", "late"):
            parts = rows[measure, grade]
            assert sorted(parts.index) == ["North", "South"]
            assert parts.sum() == pytest.approx(scores[measure, grade])
    assert rows["unmet", "all"].sum() == pytest.approx(scores["unmet", "all"])


def test_paired_difference_is_that_of_the_shifts_and_narrower_than_apart():
    problem = make_town(1, calls=6.0)
    params = SimulationParams(n_shifts=200, seed=8)
    first = evaluation.simulate(problem, np.array([0, 1, 0, 1]), params)
    slower = dataclasses.replace(params, rules=DispatchRules(queue="fifo"))
    second = evaluation.simulate(problem, np.array([0, 1, 0, 1]), slower)
    table = paired(first, second).set_index(["measure", "group"])
    row = table.loc[("late", "immediate")]
    by_shift = (first.late - second.late)[:, 0]
    assert row["difference"] == pytest.approx(by_shift.mean())
    half = 1.96 * by_shift.std(ddof=1) / np.sqrt(200)
    assert row["high"] - row["difference"] == pytest.approx(half)
    apart = [o.scores.set_index(["measure", "group"]) for o in (first, second)]
    widths = [f.loc[("late", "immediate"), "high"] for f in apart]
    means = [f.loc[("late", "immediate"), "simulated"] for f in apart]
    assert half < np.hypot(widths[0] - means[0], widths[1] - means[1])
    same = paired(first, first)
    assert (same[["difference", "low", "high"]].dropna() == 0.0).all(axis=None)
    other = evaluation.simulate(
        problem, np.array([0, 1, 0, 1]), dataclasses.replace(params, seed=9)
    )
    with pytest.raises(DataError, match="different calls"):
        paired(first, other)


def test_price_of_cover_is_the_late_calls_that_the_model_expects_without_the_unit():
    problem, post = make_town(2, units=(3, 2), calls=4.0), np.array([0, 1, 0, 1, 0])
    price = dispatching.cover_price(problem, post)
    model = naive_allocation.Model(problem)
    calls = sum(float(c.arrivals.sum()) for c in problem.classes)
    job_h = sum(float(c.arrivals.sum()) * c.on_scene_min / 60 for c in problem.classes)
    where = np.repeat(post[:, None], 2, axis=1)
    with_all = model.weighted(where)
    for u in range(5):
        for t in range(2):
            without = where.copy()
            without[u, t] = -1
            loss = model.weighted(without) - with_all
            assert price[u, t] == pytest.approx(loss * job_h / calls, abs=1e-9)


def test_cost_without_a_price_of_late_calls_is_the_drive():
    problem = long_town(4, calls=14.0, units=(6, 0))
    post = np.array([0, 1, 0, 1, 0, 1])
    late = {}
    for rule, worth in (("nearest", 30.0), ("expected-cost", 0.0)):
        rules = DispatchRules(rule=rule, minutes_per_late=worth)
        params = SimulationParams(n_shifts=50, rules=rules)
        late[rule] = evaluation.simulate(problem, post, params).late
    np.testing.assert_array_equal(late["nearest"], late["expected-cost"])
