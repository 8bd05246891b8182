"""The objective "harm": a late call weighs by its severity, in planning alone."""

import dataclasses
import itertools

import numpy as np
import pytest

from geoalloc import allocation, evaluation
from geoalloc.errors import DataError
from tests.lattice_town import make_town


def severe(problem, seed=0):
    """Draw a severity for each class, hour and hex; nothing else changes."""
    rng = np.random.default_rng(seed)
    classes = tuple(
        dataclasses.replace(c, severity=rng.gamma(0.5, 2.0, c.arrivals.shape))
        for c in problem.classes
    )
    return dataclasses.replace(problem, classes=classes, objective="harm")


@pytest.fixture(params=range(3))
def town(request):
    return severe(make_town(request.param, units=(3, 0)), seed=request.param)


def harm_of(problem, post):
    """Late calls by weight and severity, summed one by one."""
    late = allocation.evaluate(problem, post).none_free
    total = 0.0
    for c, service in enumerate(problem.classes):
        for t, h in itertools.product(range(problem.n_periods), range(problem.n_hexes)):
            calls = service.weight * service.arrivals[t, h] * service.severity[t, h]
            total += calls * late[c, t, h]
    return total


def test_a_late_call_costs_its_weight_times_its_severity(town):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        post = np.array([rng.choice(np.flatnonzero(row)) for row in town.allowed])
        found = allocation.evaluate(town, post).weighted_unmet
        assert found == pytest.approx(harm_of(town, post))


def test_the_plan_is_the_best_of_all_by_harm(town):
    found = allocation.solve(town)
    choices = itertools.product(*(np.flatnonzero(row) for row in town.allowed))
    values = [allocation.evaluate(town, np.array(post)).objective for post in choices]
    assert found.objective == pytest.approx(min(values), rel=1e-6)


def test_harm_draws_units_to_where_severe_calls_are():
    """All severity in one hex: whoever reaches it in time is there."""
    problem = make_town(0, units=(1, 0))
    one = int(problem.classes[0].arrivals.sum(axis=0).argmin())
    calls = problem.classes[0].arrivals + 1e-3
    only = np.zeros_like(calls)
    only[:, one] = 1.0
    first = dataclasses.replace(problem.classes[0], arrivals=calls, severity=only)
    rest = [
        dataclasses.replace(c, severity=np.zeros_like(c.arrivals))
        for c in problem.classes[1:]
    ]
    by_harm = dataclasses.replace(
        problem, classes=(first, *rest), objective="harm", deadhead=0.0
    )
    post = allocation.solve(by_harm).post
    late = allocation.evaluate(by_harm, post).none_free[0][:, one].sum()
    posts = np.flatnonzero(by_harm.allowed[0])
    assert late == pytest.approx(
        min(
            allocation.evaluate(by_harm, np.array([p])).none_free[0][:, one].sum()
            for p in posts
        )
    )


def test_a_severity_of_one_is_the_objective_of_incidents():
    problem = make_town(1)
    even = tuple(
        dataclasses.replace(c, severity=np.ones_like(c.arrivals))
        for c in problem.classes
    )
    by_harm = dataclasses.replace(problem, classes=even, objective="harm")
    plain, found = allocation.solve(problem), allocation.solve(by_harm)
    np.testing.assert_array_equal(found.post, plain.post)
    assert found.weighted_unmet == plain.weighted_unmet


def test_severity_is_for_no_other_objective(town):
    post = town.station_post[town.supply.station]
    plain = dataclasses.replace(town, objective="incidents")
    without = dataclasses.replace(
        plain,
        classes=tuple(dataclasses.replace(c, severity=None) for c in plain.classes),
    )
    assert (
        allocation.evaluate(plain, post).weighted_unmet
        == allocation.evaluate(without, post).weighted_unmet
    )


@pytest.mark.kernel
def test_the_judge_counts_late_calls_whatever_their_severity(town):
    post = town.station_post[town.supply.station]
    params = evaluation.SimulationParams(n_shifts=30, seed=3)
    plain = dataclasses.replace(
        town,
        objective="incidents",
        classes=tuple(dataclasses.replace(c, severity=None) for c in town.classes),
    )
    found, expected = (
        evaluation.simulate(problem, post, params).scores for problem in (town, plain)
    )
    np.testing.assert_array_equal(found["simulated"], expected["simulated"])


def test_the_harm_of_a_cell_is_that_of_its_hexes(town):
    cells = allocation.aggregate(town, np.arange(town.n_hexes) // 3).of(town)
    for merged, whole in zip(cells.classes, town.classes, strict=True):
        found = (merged.arrivals * merged.severity).sum()
        assert found == pytest.approx((whole.arrivals * whole.severity).sum())


@pytest.mark.parametrize(
    ("severity", "message"),
    [
        (np.ones((1, 3)), r"severity of shape \(1, 3\), needs that of its arrivals"),
        (np.array([[np.nan]]), "severity of 'immediate' is nan"),
        (np.array([[-1.0]]), "severity of 'immediate' is nan, infinite or negative"),
    ],
)
def test_a_severity_that_is_none_is_refused(severity, message):
    service = make_town(0).classes[0]
    with pytest.raises(DataError, match=message):
        dataclasses.replace(service, severity=severity)
