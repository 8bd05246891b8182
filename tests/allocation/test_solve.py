import dataclasses
import os

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.allocation import SolverParams, SolveStatus, _search
from geoalloc.allocation._cover import compile_cover
from geoalloc.allocation._master import Master
from geoalloc.allocation._program import Limits, silence
from geoalloc.errors import DataError, InfeasibleError
from tests import naive_allocation as naive
from tests.lattice_town import make_town

EXACT = SolverParams(gap=0.0)
TOWNS = [
    (0, {}),
    (1, {"bordered": True}),
    (2, {"minimum": {0: 2, 1: 1}}),
    (3, {"minimum": {0: 3}, "bordered": True}),
    (4, {"deadhead": 0.02}),
    (5, {"deadhead": 0.0, "home_bound": ()}),
]


@pytest.fixture(scope="module", params=TOWNS, ids=str)
def town(request):
    seed, changes = request.param
    problem = make_town(seed, size=6, n_posts=6, **changes)
    return problem, naive.best_plan(problem)


def test_optimal_plan_is_the_best_of_all_plans(town):
    problem, best = town
    plan = allocation.solve(problem, EXACT)
    assert plan.status is SolveStatus.OPTIMAL
    assert plan.objective == pytest.approx(best, rel=2e-5)
    assert plan.gap <= 2e-5


def test_greedy_and_swap_alone_comes_near_the_best(town):
    problem, best = town
    plan = allocation.solve(problem, SolverParams(cut_rounds=1, node_limit=0))
    assert best - 1e-9 <= plan.objective <= 1.05 * best


def test_bound_is_true_at_any_prices(town):
    problem, best = town
    cover, rng = compile_cover(problem), np.random.default_rng(0)
    master = Master(cover)
    for _ in range(3):
        post = rng.integers(problem.n_posts, size=len(problem.supply))
        master.add_cuts(master.placed(post) * rng.random())
    n_cuts, n_least = len(master.cuts), len(problem.quotas)
    for scale in (0.1, 0.3, 1.0, 5.0):
        price = scale * rng.random(n_cuts)
        assert master.bound_at(price, np.zeros(n_least)) <= best
        for worth in (1.0, 10.0, 1e3):  # in thousandths of a late incident
            assert master.bound_at(price, np.full(n_least, worth)) <= best


@pytest.mark.parametrize("rounds", [0, 3])
def test_bound_of_the_integer_master_is_below_the_best(town, rounds):
    problem, best = town
    cover = compile_cover(problem)
    master, post = Master(cover), _search.first_plan(cover)
    master.add_cuts(master.placed(post))
    for _ in range(rounds):
        solution = master.relax()
        master.add_cuts(solution.placed, solution)
    assert 0 < master.round(post, Limits(gap=0.0, nodes=100)).bound <= best


@pytest.mark.parametrize("rounds", [1, 2, 5])
@pytest.mark.parametrize("nodes", [0, 1, 50])
def test_bound_is_below_the_best_of_all_plans(town, rounds, nodes):
    problem, best = town
    params = SolverParams(gap=0.0, cut_rounds=rounds, node_limit=nodes)
    assert allocation.solve(problem, params).bound <= best + 1e-9


def test_plan_keeps_the_rules(town):
    problem, _ = town
    plan = allocation.solve(problem)
    drive = problem.station_min[problem.supply.station, plan.post]
    assert np.isfinite(drive).all()
    assert naive.keeps_quotas(problem, plan.post.tolist())


def test_objective_is_that_of_the_definition(town):
    problem, _ = town
    plan = allocation.solve(problem)
    model = naive.Model(problem)
    assert plan.objective == pytest.approx(model.objective(plan.post))
    np.testing.assert_allclose(plan.unmet, model.late(plan.post), atol=1e-12)


def test_gap_is_a_share_of_the_weighted_unmet_demand(town):
    problem, _ = town
    plan = allocation.solve(problem, SolverParams(cut_rounds=1, node_limit=0))
    unmet = sum(
        c.weight * row.sum() for c, row in zip(problem.classes, plan.unmet, strict=True)
    )
    assert plan.gap == pytest.approx((plan.objective - plan.bound) / unmet)


def test_two_solves_agree_to_the_last_digit():
    problem = make_town(9, size=12, n_posts=20, units=(7, 4), calls=9.0)
    a, b = (allocation.solve(problem, EXACT) for _ in range(2))
    assert a.post.tolist() == b.post.tolist()
    assert (a.objective, a.bound, a.gap) == (b.objective, b.bound, b.gap)
    for mine, yours in zip(a.steps, b.steps, strict=True):
        assert mine | {"seconds": 0} == yours | {"seconds": 0}


@pytest.mark.parametrize("seed", range(4))
def test_borders_never_help(seed):
    free = make_town(seed, units=(4, 2))
    bound = dataclasses.replace(free, bordered=True)
    plan, bordered = allocation.solve(free, EXACT), allocation.solve(bound, EXACT)
    # Where the bordered plan puts the units is open to the borderless one too.
    assert allocation.evaluate(free, bordered.post).objective >= plan.bound - 1e-9
    # The load around a hex differs, so this is no theorem, but holds in these towns.
    assert bordered.bound >= plan.objective


def test_minimum_cover_that_cannot_be_is_named():
    with pytest.raises(
        InfeasibleError, match="minimum cover of South needs 2 more units"
    ):
        allocation.solve(make_town(0, minimum={1: 5}))


def test_minimum_cover_beyond_the_reach_of_stations_is_named():
    problem = make_town(0)
    here = problem.hex_district[problem.post_hex] == 1
    far = np.where(here[None, :], np.inf, problem.station_min)
    far[[0, 1], problem.station_post] = 0.0
    home = problem.hex_district[problem.post_hex[problem.station_post]]
    changed = dataclasses.replace(
        problem, station_min=far, quotas=make_town(0, minimum={1: 1}).quotas
    )
    assert (home == 0).all(), "the fixture's stations stand in the north"
    with pytest.raises(InfeasibleError, match="South needs 1 more unit"):
        allocation.solve(changed)


def test_nothing_is_written_on_standard_output(capfd):
    allocation.solve(make_town(9, size=12, n_posts=20, units=(7, 4), calls=9.0), EXACT)
    assert capfd.readouterr().out == ""


def test_clock_limit_still_gives_a_plan():
    plan = allocation.solve(make_town(0), SolverParams(gap=0.0, seconds=1e-9))
    assert plan.status is SolveStatus.FEASIBLE
    assert plan.steps[-1]["stage"] == "stopped by the clock"
    assert naive.Model(make_town(0)).objective(plan.post) == pytest.approx(
        plan.objective
    )


def test_town_without_demand_has_nothing_unmet():
    problem = make_town(0)
    quiet = tuple(
        dataclasses.replace(c, arrivals=c.arrivals * 0, load=c.load * 0)
        for c in problem.classes
    )
    plan = allocation.solve(dataclasses.replace(problem, classes=quiet), EXACT)
    assert plan.objective == 0.0
    assert plan.post.tolist() == problem.station_post[problem.supply.station].tolist()


@pytest.mark.parametrize(
    "wrong", [{"cut_rounds": 0}, {"node_limit": -1}, {"gap": -0.1}, {"seconds": 0.0}]
)
def test_limits_must_make_sense(wrong):
    with pytest.raises(DataError, match="got"):
        SolverParams(**wrong)


def test_what_a_solver_writes_to_standard_output_stays_off_it(capfd):
    with silence():
        os.write(1, b"chatter from C")
    os.write(1, b"{}")
    assert capfd.readouterr().out == "{}"


def test_a_start_is_bettered_and_proven_as_any_plan(town):
    problem, best = town
    posts = [int(np.flatnonzero(row)[0]) for row in problem.allowed]
    plan = allocation.solve(problem, EXACT, start=np.array(posts))
    assert plan.status is SolveStatus.OPTIMAL
    assert plan.objective == pytest.approx(best, rel=2e-5)


def test_a_best_plan_to_begin_with_is_kept(town):
    problem, _ = town
    best = allocation.solve(problem, EXACT)
    quick = SolverParams(cut_rounds=1, node_limit=0)
    again = allocation.solve(problem, quick, start=best.post)
    assert again.objective <= best.objective + 1e-9


def test_a_start_is_one_post_per_unit():
    problem = make_town(0)
    table = np.zeros((len(problem.supply), problem.n_periods), dtype=np.int64)
    with pytest.raises(DataError, match="a plan to begin with has one post per unit"):
        allocation.solve(problem, start=table)
    with pytest.raises(DataError, match="the plan has shape"):
        allocation.solve(problem, start=np.zeros(2, dtype=np.int64))
