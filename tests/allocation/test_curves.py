"""Each curve against its definition, and against what it must come to."""

import dataclasses

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.allocation import SolverParams, curves
from geoalloc.errors import DataError
from tests import naive_allocation as naive
from tests.lattice_town import make_town

EXACT = SolverParams(gap=0.0)


def town(seed=0, **changes):
    return make_town(seed, size=5, n_posts=5, units=(3, 1), calls=2.5, **changes)


def queues(problem):
    """Callers of the lower grade wait behind those of the higher."""
    lower = dataclasses.replace(
        problem.classes[1], queue=True, limit_min=np.full(25, 30.0)
    )
    return dataclasses.replace(problem, classes=(problem.classes[0], lower))


KINDS = {
    "mexclp": lambda: town(1, curve="mexclp"),
    "mexclp, busy given": lambda: town(1, curve="mexclp", busy=0.4),
    "mclp": lambda: town(2, curve="mclp"),
    "backup": lambda: town(3, curve="backup", second=0.4),
    "queue": lambda: queues(town(4)),
    "queue, bordered": lambda: queues(town(4, bordered=True)),
}


@pytest.fixture(scope="module", params=KINDS)
def problem(request):
    return KINDS[request.param]()


def test_value_is_that_of_the_definition(problem):
    model, rng = naive.Model(problem), np.random.default_rng(0)
    able = [np.flatnonzero(row) for row in problem.allowed]
    for _ in range(3):
        post = np.array([rng.choice(posts) for posts in able])
        value = allocation.evaluate(problem, post)
        np.testing.assert_allclose(value.unmet, model.late(post), atol=1e-12)
        assert value.objective == pytest.approx(model.objective(post))


def test_optimal_plan_is_the_best_of_all_plans(problem):
    plan = allocation.solve(problem, EXACT)
    assert plan.objective == pytest.approx(naive.best_plan(problem), rel=2e-5)
    assert plan.gap <= 2e-5


def test_backup_without_a_share_for_the_second_unit_covers_once():
    backup, mclp = town(5, curve="backup", second=0.0), town(5, curve="mclp")
    assert (
        allocation.solve(backup).post.tolist() == allocation.solve(mclp).post.tolist()
    )


def test_units_that_are_never_busy_cover_once():
    idle, mclp = town(6, curve="mexclp", busy=0.0), town(6, curve="mclp")
    post = allocation.solve(mclp).post
    value = allocation.evaluate(idle, post).objective
    assert value == pytest.approx(allocation.evaluate(mclp, post).objective)


def test_covering_once_is_the_maximal_covering_problem():
    """One class and unweighted: unmet is the demand out of reach of all posts."""
    problem = town(7, curve="mclp")
    value = allocation.evaluate(problem, problem.station_post[problem.supply.station])
    count = value.none_free
    assert set(np.unique(count)) <= {0.0, 1.0}


def test_lower_grades_wait_longer_than_higher_ones():
    made = queues(town(8))
    swapped = dataclasses.replace(made, classes=made.classes[::-1])
    lower, first = curves.curve(made, 1), curves.curve(swapped, 0)
    assert (first.load[..., 0] == 0).all()
    assert (lower.load[..., 0] > 0).any()
    count = np.full((2, 25), 2)
    behind, ahead = curves.late(made, 1, count), curves.late(swapped, 0, count)
    assert (behind >= ahead - 1e-12).all()
    assert (behind > ahead).any()


@pytest.mark.parametrize("wrong", [{"busy": 1.0}, {"busy": -0.1}, {"second": 0.6}])
def test_numbers_of_curves_must_make_sense(wrong):
    with pytest.raises(DataError, match="need 0 <= busy < 1 and 0 <= second"):
        town(**wrong)


def test_unknown_curve_is_refused_by_name():
    with pytest.raises(DataError, match="curve is 'line'; there are erlang, mexclp"):
        town(curve="line")
