import dataclasses

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.allocation import LongestTravel, Quota, SolverParams, UnmetCap
from geoalloc.errors import DataError
from tests import naive_allocation as naive
from tests.lattice_town import make_town

EXACT = SolverParams(gap=0.0)


def best_of_all(problem):
    """Try every plan that keeps the rules."""
    every = (np.array(p) for p in naive.plans(problem) if naive.keeps(problem, p))
    return min(every, key=lambda post: allocation.evaluate(problem, post).objective)


def priced(problem, **options):
    post = best_of_all(problem)
    prices = allocation.constraint_prices(problem, post, **options)
    return allocation.evaluate(problem, post), prices.set_index(["rule", "side"])


def test_a_quota_costs_what_the_best_plan_without_one_of_it_saves():
    problem = make_town(1, size=5, n_posts=4, units=(3, 0), minimum={1: 2})
    plan, prices = priced(problem, solver=EXACT)
    relaxed = make_town(1, size=5, n_posts=4, units=(3, 0), minimum={1: 1})
    saved = naive.best_plan(problem) - naive.best_plan(relaxed)
    found = prices.loc[("minimum cover of South", "least")]
    assert found["price"] == pytest.approx(saved, abs=1e-9)
    assert found["at_most"] >= saved - 1e-9
    assert (found["limit"], found["change"]) == (2, -1)
    assert plan.objective == pytest.approx(naive.best_plan(problem))


def test_a_quota_that_is_kept_with_room_is_free():
    problem = make_town(1, size=5, n_posts=4, units=(4, 0))
    everywhere = np.ones(problem.n_posts, dtype=bool)
    loose = Quota(name="any", units=np.ones(4, bool), posts=everywhere, least=2, most=9)
    problem = dataclasses.replace(problem, quotas=(loose,))
    _, prices = priced(problem)
    assert prices.loc[("any", "least"), "price"] == 0
    assert prices.loc[("any", "most"), "price"] == 0
    assert prices.loc[("any", "most"), "at_most"] == 0


def test_a_lock_costs_what_the_unit_could_save_elsewhere():
    town = make_town(1, size=5, n_posts=4, units=(2, 0))
    best = allocation.evaluate(town, best_of_all(town)).objective
    locks = [p for p in range(4) if town.allowed[0, p]]
    costs = []
    for p in locks:
        plan, prices = priced(dataclasses.replace(town, locked={0: p}))
        price = prices.loc[(f"unit 0 locked at post {p}", "lifted"), "price"]
        assert 0 <= price <= plan.objective - best + 1e-9
        costs.append((plan.objective - best, price))
    dearest = max(costs)
    assert dearest[0] > 0
    assert dearest[1] == pytest.approx(dearest[0], rel=0.2)


def test_excluded_posts_borders_and_home_beats_are_lifted():
    excluded = {"response": np.array([0, 2])}
    town = make_town(1, size=5, n_posts=4, units=(3, 1), bordered=True)
    problem = dataclasses.replace(town, excluded=excluded)
    plan, prices = priced(problem)
    free = dataclasses.replace(problem, excluded={})
    best = allocation.evaluate(free, best_of_all(free)).objective
    saved = plan.objective - best
    found = prices.loc[("posts excluded for response", "lifted"), "price"]
    assert 0 <= found <= saved + 1e-9
    assert prices.loc[("borders", "lifted"), "price"] > 0
    _, open_prices = priced(make_town(1, size=5, n_posts=4, units=(3, 1)))
    assert open_prices.loc[("home beats of pcso", "lifted"), "price"] >= 0


def test_one_more_move_saves_no_less_than_nothing_and_no_more_than_all():
    town = make_town(2, size=5, units=(3, 0), n_posts=4)
    start = town.station_post[town.supply.station]
    problem = dataclasses.replace(town, current=start, most_moves=1)
    plan, prices = priced(problem)
    found = prices.loc[("moves from the current plan", "most")]
    free = allocation.evaluate(town, best_of_all(town))
    assert 0 <= found["price"] <= plan.objective - free.objective + 1e-9
    assert (found["limit"], found["change"]) == (1, 1)


def test_longest_travel_and_caps_on_shares_have_prices_that_are_never_below_0():
    town = make_town(1, size=5, n_posts=4, units=(3, 0))
    some = np.arange(town.n_hexes) < 8
    plan = allocation.evaluate(town, best_of_all(town))
    share = allocation.unmet_share(town, plan, some)
    problem = dataclasses.replace(
        town,
        longest=LongestTravel(limit_min=np.full(town.n_hexes, 3.0), price=2.0),
        caps=(UnmetCap(name="the north", hexes=some, share=share + 0.05),),
    )
    _, prices = priced(problem)
    assert prices.loc[("longest travel", "most"), "price"] > 0
    cap = prices.loc[("largest unmet share of the north", "most")]
    assert cap["price"] >= 0
    assert cap["change"] == pytest.approx(0.01)


def test_a_dispatch_cap_is_priced_both_ways_by_grade():
    problem = make_town(1, size=5, n_posts=4, units=(3, 0))
    _, prices = priced(problem, cap_step_min=2.0)
    both = prices.loc[("dispatch cap of immediate", "most")]
    assert sorted(both["change"]) == [-2.0, 2.0]
    assert (both["limit"] == 8.0).all()
    found = allocation.constraint_prices(problem, np.array([0, 1, 0]), cap_step_min=7.5)
    of_routine = found[found["rule"] == "dispatch cap of routine"]
    assert of_routine["change"].tolist() == [7.5]  # a cap of -0.5 minutes is none


def test_a_plan_that_is_not_the_best_does_not_make_rules_dear():
    problem = make_town(1, size=5, n_posts=4, units=(3, 0), minimum={1: 1})
    worse = np.array([0, 1, 0])
    better = allocation.evaluate(problem, best_of_all(problem)).objective
    assert allocation.evaluate(problem, worse).objective > better + 1e-3
    prices = allocation.constraint_prices(problem, worse).set_index(["rule", "side"])
    _, same = priced(problem)
    assert prices["price"].to_dict() == pytest.approx(same["price"].to_dict(), abs=1e-9)


def test_a_timetable_and_other_plans_are_refused():
    problem = make_town()
    with pytest.raises(DataError, match=r"one post per unit, \(4,\); the plan has"):
        allocation.constraint_prices(problem, np.zeros((4, 2), dtype=np.int64))
    with pytest.raises(DataError, match="cap_step_min must be positive, got 0"):
        allocation.constraint_prices(problem, np.array([0, 1, 0, 1]), cap_step_min=0)
