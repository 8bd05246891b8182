"""A whole shift, and the best few moves in it, on a drawn county."""

import pytest

from benchmarks.shift import county
from geoalloc import allocation


@pytest.fixture(scope="module", params=[(20, 40, 12), (40, 150, 40)], ids=str)
def drawn(request):
    problem = county(*request.param)
    plan = allocation.plan_shift(problem)
    return problem, allocation.Prepared(problem), plan


def test_plan_shift(benchmark, drawn):
    problem, _, plan = drawn
    again = benchmark.pedantic(allocation.plan_shift, (problem,), rounds=2)
    assert again.objective == plan.objective


@pytest.mark.parametrize("until", [None, 3])
def test_reoptimize(benchmark, drawn, until):
    _, prepared, plan = drawn
    params = allocation.MoveParams(from_period=2, until_period=until)
    changes = allocation.Changes(unavailable={3: 2})
    moved = benchmark.pedantic(
        allocation.reoptimize,
        (prepared, plan.timetable, changes),
        {"params": params},
        rounds=3,
    )
    assert moved.after <= moved.before
