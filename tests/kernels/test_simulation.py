import dataclasses

import numpy as np
import pytest

from geoalloc.allocation import Committed, OpenQueue, plan
from geoalloc.evaluation import dispatching
from geoalloc.evaluation.calls import draw_calls
from geoalloc.evaluation.conduct import (
    ArrestRule,
    DispatchRules,
    WaitRule,
)
from geoalloc.evaluation.params import SimulationParams
from geoalloc.kernels import simulation
from tests import naive_simulation as naive
from tests.lattice_town import make_town

pytestmark = pytest.mark.kernel

N_PERIODS = 5
TALLIES = {
    "planned": simulation.PLANNED,
    "delayed": simulation.DELAYED,
    "missed": simulation.MISSED,
    "recalled": simulation.RECALLED,
    "diverted": simulation.DIVERTED,
    "interrupted": simulation.INTERRUPTED,
    "arrests": simulation.ARRESTS,
}


def long_town(seed, *, calls=9.0, units=(5, 2), **changes):
    """A town of five hours and three classes, the middle one for two officers."""
    town = make_town(seed, units=units, calls=calls, **changes)
    immediate, routine = town.classes
    spread = np.array([1.0, 0.6, 1.5, 0.8, 1.2])[:, None]

    def hourly(service, **new):
        arrivals = service.arrivals.mean(axis=0) * spread
        return dataclasses.replace(service, arrivals=arrivals, load=arrivals, **new)

    classes = (
        hourly(immediate),
        hourly(routine, name="priority", kinds=("response",)),
        hourly(routine),
    )
    return dataclasses.replace(town, classes=classes)


def any_town(rng):
    """A town whose units differ in crew, skills, speed, hours and where they may go."""
    town = long_town(
        int(rng.integers(100)),
        calls=float(rng.choice([4.0, 9.0, 16.0])),
        bordered=bool(rng.random() < 0.2),
    )
    n_units = len(town.supply)
    first, middle, last = town.classes
    classes = (
        dataclasses.replace(first, skills=("armed",) if rng.random() < 0.3 else ()),
        dataclasses.replace(middle, officers=int(rng.integers(1, 4))),
        dataclasses.replace(last, cap_min=float(rng.uniform(4, 12))),
    )
    skills = tuple(("armed",) if u % 2 == 0 else () for u in range(n_units))
    supply = dataclasses.replace(
        town.supply,
        skills=skills,
        officers=rng.integers(1, 3, n_units),
        blue_light=rng.random(n_units) < 0.7,
    )
    return dataclasses.replace(town, supply=supply, classes=classes)


def any_timetable(rng, town):
    """Posts by the hour, with breaks, late starts and early ends; and hours of duty."""
    shape = (len(town.supply), N_PERIODS)
    where, duty = np.empty(shape, dtype=np.int64), np.ones(shape, dtype=bool)
    for u, station in enumerate(town.supply.station):
        near = np.flatnonzero(np.isfinite(town.station_min[station]))
        where[u] = rng.choice(near) if rng.random() < 0.4 else rng.choice(near, 5)
    where[rng.random(shape) < 0.2] = -1
    starts, stops = rng.integers(-4, 3, shape[0]), rng.integers(3, 9, shape[0])
    hour = np.arange(N_PERIODS)
    duty &= (hour >= starts[:, None]) & (hour < stops[:, None])
    duty &= rng.random(shape) > 0.05  # now and then, duty in two parts
    return np.where(duty, where, -1), duty


def any_rules(rng):
    names = ("immediate", "priority", "routine")
    return DispatchRules(
        rule=str(rng.choice(["nearest", "expected-cost"])),
        minutes_per_late=float(rng.choice([5.0, 30.0])),
        queue=str(rng.choice(["grade-nearest", "grade-fifo", "fifo"])),
        promote_min=float(rng.choice([np.inf, 20.0])),
        urgent=None if rng.random() < 0.5 else names[:2],
        divert=bool(rng.random() < 0.6),
        interruptible=names[1:] if rng.random() < 0.4 else (),
        recall_from_break=bool(rng.random() < 0.5),
        reserve={"routine": int(rng.integers(0, 4))} if rng.random() < 0.5 else {},
        cap_min={"priority": 9.0} if rng.random() < 0.3 else {},
        lost=("routine",) if rng.random() < 0.15 else (),
    )


def any_params(rng, town, duty):
    aftermath = ()
    if rng.random() < 0.6:
        opened = np.ones((2, N_PERIODS), dtype=bool)
        opened[0, :3] = rng.random() < 0.5
        arrest = ArrestRule(
            share={"immediate": 0.3, "priority": 0.1},
            mean_min=25.0,
            cv=0.5,
            suites=rng.choice(town.n_hexes, 2, replace=False),
            open=opened if rng.random() < 0.7 else None,
        )
        aftermath = (arrest, WaitRule(share={"priority": 0.2}, mean_min=40.0))
    started = {}
    if rng.random() < 0.4:
        started["open_calls"] = OpenQueue(
            service=np.array([2, 1, 0, 2]),
            hex=rng.integers(0, town.n_hexes, 4),
            age_min=np.array([50.0, 10.0, 2.0, 90.0]),
        )
    if rng.random() < 0.4:
        started["committed"] = Committed(
            unit=np.array([0, 3]),
            hex=rng.integers(0, town.n_hexes, 2),
            until_min=np.array([12.0, 75.0]),
        )
    return SimulationParams(
        n_shifts=4,
        seed=int(rng.integers(1000)),
        warmup_h=float(rng.choice([0.0, 1.5])),
        drain_h=float(rng.choice([0.0, 1.0])),
        travel_cv=float(rng.choice([0.0, 0.4])),
        level_cv=float(rng.choice([0.0, 0.3])),
        carry_over=bool(rng.random() < 0.3),
        rules=any_rules(rng),
        aftermath=aftermath,
        on_duty=duty,
        **started,
    )


def run(town, where, params):
    calls = draw_calls(town, params)
    edges = 60.0 * np.arange(town.n_periods + 1)
    drain = 0.0 if params.carry_over else 60.0 * params.drain_h
    return calls, simulation.dispatch(
        calls,
        dispatching.force(town, where, params),
        dispatching.rules(town, where, params.rules),
        dispatching.ground(town, params),
        edges,
        edges[-1] + drain,
        params.carry_over,
    )


def agree(town, where, params):
    calls, (cases, busy, overtime, tally) = run(town, where, params)
    price = None
    if params.rules.rule == "expected-cost":
        price = dispatching.cover_price(town, where).tolist()
    expected, figures = naive.simulate(town, where, params, calls, price=price)
    assert cases["unit"].tolist() == [call["unit"] for call in expected]
    for field, name in (("response", "response"), ("sent_at", "sent")):
        np.testing.assert_allclose(
            cases[field], [call[name] for call in expected], rtol=0, atol=1e-9
        )
    for k, (worked, beyond, count) in enumerate(figures):
        np.testing.assert_allclose(busy[k], worked, rtol=0, atol=1e-9)
        np.testing.assert_allclose(overtime[k], beyond, rtol=0, atol=1e-9)
        assert {name: tally[k, i] for name, i in TALLIES.items()} == count
    return cases, tally


@pytest.mark.parametrize("bordered", [False, True])
@pytest.mark.parametrize("calls", [3.0, 9.0])
def test_fixed_posts_and_usual_rules_are_those_of_the_slow_twin(bordered, calls):
    town = make_town(3, units=(4, 2), calls=calls, bordered=bordered)
    where = plan.timetable(town, np.array([2, 3, 0, 1, 4, 1]))
    agree(town, where, SimulationParams(n_shifts=6, seed=5))


def test_every_rule_is_that_of_the_slow_twin_in_scenarios_drawn_at_random():
    seen = np.zeros(simulation.N_TALLIES, dtype=np.int64)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        town = any_town(rng)
        where, duty = any_timetable(rng, town)
        _, tally = agree(town, where, any_params(rng, town, duty))
        seen += tally.sum(axis=0)
    assert (seen > 10).all()  # no rule was left out


def test_posts_by_hex_are_those_of_the_table_nearest_first():
    town = make_town(2, n_posts=9)
    table = town.travel_min.tocsr().sorted_indices()
    start, near = simulation.by_hex(
        table.indptr.astype(np.int64), table.indices, table.data, town.n_hexes
    )
    dense = table.toarray()
    for h in range(town.n_hexes):
        row = near[start[h] : start[h + 1]]
        assert (np.diff(row["minutes"]) >= 0).all()
        assert sorted(row["at"]) == np.flatnonzero(dense[:, h]).tolist()
        np.testing.assert_array_equal(row["minutes"], dense[row["at"], h])
