"""Every rule of a shift, on towns small enough to try all plans."""

import dataclasses

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.allocation import (
    LongestTravel,
    Quota,
    SolverParams,
    Supply,
    UnmetCap,
    _search,
)
from geoalloc.allocation._cover import compile_cover
from geoalloc.allocation._master import Master
from geoalloc.errors import DataError, InfeasibleError
from tests import naive_allocation as naive
from tests.lattice_town import make_town

EXACT = SolverParams(gap=0.0)
STATION = np.array([0, 1, 0, 1])


def town(seed, **changes):
    return make_town(seed, size=5, n_posts=5, units=(3, 1), calls=2.5, **changes)


def supply(**changes):
    kind = ("response", "response", "response", "pcso")
    return Supply(**({"kind": kind, "station": STATION} | changes))


def classes(problem, *changes):
    pairs = zip(problem.classes, changes, strict=True)
    return tuple(dataclasses.replace(c, **change) for c, change in pairs)


def crews(seed=0):
    """Two officers to each immediate call; one crew of two, two of one."""
    made = town(seed, supply=supply(officers=np.array([2, 1, 1, 3])))
    changed = classes(made, {"officers": 2}, {"officers": 3})
    return dataclasses.replace(made, classes=changed)


def skills():
    made = town(1, supply=supply(skills=(("roads", "dogs"), (), ("roads",), ())))
    return dataclasses.replace(made, classes=classes(made, {}, {"skills": ("roads",)}))


def no_blue_light():
    return town(2, supply=supply(blue_light=np.array([True, False, False, False])))


def slow_class():
    """A class slower than routine: lights or none, nobody drives faster."""
    made = town(2, supply=supply(blue_light=np.array([True, False, True, False])))
    changed = classes(made, {"speed_factor": 0.8}, {})
    return dataclasses.replace(made, classes=changed)


def staggered():
    present = np.array([[1, 1], [1, 0], [0, 1], [0, 1]], dtype=bool)
    return town(3, supply=supply(present=present))


def absent():
    """A unit that is never present, and locked far from home, costs nothing."""
    present = np.array([[1, 1], [0, 0], [1, 1], [1, 1]], dtype=bool)
    made = town(4, supply=supply(present=present), deadhead=0.05)
    far = int(
        np.where(np.isfinite(made.station_min[1]), made.station_min[1], -1).argmax()
    )
    return dataclasses.replace(made, locked={1: far})


def quota(problem, posts, **limits):
    at = np.isin(np.arange(problem.n_posts), posts)
    units = np.array([kind == "response" for kind in problem.supply.kind])
    return Quota(name="cover", units=units, posts=at, **limits)


def at_most():
    made = town(5)
    best = allocation.solve(made).post
    crowded = np.bincount(best[:3], minlength=5).argmax()
    return dataclasses.replace(made, quotas=(quota(made, [crowded], most=0),))


def at_least_when_present():
    made = staggered()
    return dataclasses.replace(made, quotas=(quota(made, [0, 3], least=1),))


def hours():
    made = staggered()
    rules = (quota(made, [1, 2], least=2, most=3, hours=True),)
    return dataclasses.replace(made, quotas=rules)


def longest():
    limit = np.where(np.arange(25) % 3 == 0, 4.0, np.inf)
    return town(6, longest=LongestTravel(limit_min=limit, price=0.3))


def longest_bordered():
    made = longest()
    return dataclasses.replace(made, bordered=True, supply=staggered().supply)


def locked():
    made = town(7)
    free = allocation.solve(made).post
    other = next(q for q in range(5) if made.allowed[0, q] and q != free[0])
    return dataclasses.replace(made, locked={0: other})


def excluded():
    made = town(8)
    free = allocation.solve(made).post
    return dataclasses.replace(made, excluded={"response": np.unique(free[:2])})


def work_hours():
    return dataclasses.replace(crews(9), objective="work-hours")


def free_pcsos():
    return town(10, home_bound=())


def moves(budget):
    made = town(11)
    home = made.station_post[made.supply.station]
    return dataclasses.replace(made, current=home, most_moves=budget)


def moves_of_twins():
    """Units that are alike, one of which stands where it should stay."""
    made = make_town(12, size=5, n_posts=4, units=(4, 0), calls=2.5)
    return dataclasses.replace(made, current=np.array([2, 1, 0, 3]), most_moves=1)


def one_move(seed=11):
    return moves(1)


def two_moves():
    return moves(2)


def capped():
    """The best plan without the cap leaves the far corner too much unmet."""
    made = town(13)
    free = allocation.solve(made, EXACT)
    group = np.arange(25) % 5 >= 3
    share = allocation.unmet_share(made, free, group)
    shares = [
        allocation.unmet_share(made, allocation.evaluate(made, np.array(post)), group)
        for post in naive.plans(made)
    ]
    tight = (min(shares) + share) / 2
    assert min(shares) < tight < share
    rule = UnmetCap(name="the east", hexes=group, share=tight)
    return dataclasses.replace(made, caps=(rule,))


TOWNS = [
    crews,
    skills,
    no_blue_light,
    slow_class,
    staggered,
    absent,
    at_most,
    at_least_when_present,
    hours,
    longest,
    longest_bordered,
    locked,
    excluded,
    work_hours,
    free_pcsos,
    one_move,
    two_moves,
    moves_of_twins,
    capped,
]


@pytest.fixture(scope="module", params=TOWNS, ids=lambda made: made.__name__)
def ruled(request):
    problem = request.param()
    return problem, naive.best_plan(problem)


def some_plans(problem, n=4):
    rng = np.random.default_rng(0)
    able = [np.flatnonzero(row) for row in problem.allowed]
    return [np.array([rng.choice(posts) for posts in able]) for _ in range(n)]


def test_value_is_that_of_the_definition(ruled):
    problem, _ = ruled
    model = naive.Model(problem)
    for post in some_plans(problem):
        value = allocation.evaluate(problem, post)
        np.testing.assert_allclose(value.unmet, model.late(post), atol=1e-12)
        assert value.weighted_unmet == pytest.approx(model.weighted(post))
        assert value.objective == pytest.approx(model.objective(post))
        if problem.longest is not None:
            far = {h for t in model.periods for h in model.too_far(post.tolist(), t)}
            assert set(np.flatnonzero(value.beyond)) == far


def test_timetable_has_the_value_of_the_definition(ruled):
    problem, _ = ruled
    model, rng = naive.Model(problem), np.random.default_rng(1)
    first, second = some_plans(problem, 2)
    where = np.column_stack([first, second])
    where[rng.random(where.shape) < 0.2] = -1
    value = allocation.evaluate(problem, where)
    assert value.objective == pytest.approx(model.objective(where))


def test_optimal_plan_is_the_best_of_all_plans(ruled):
    problem, best = ruled
    plan = allocation.solve(problem, EXACT)
    assert plan.objective == pytest.approx(best, rel=2e-5)
    assert plan.bound <= best + 1e-9
    assert plan.gap <= 2e-5
    assert naive.keeps(problem, plan.post.tolist())


def test_bound_is_true_at_any_prices(ruled):
    problem, best = ruled
    cover, rng = compile_cover(problem), np.random.default_rng(0)
    master = Master(cover)
    for post in some_plans(problem, 3):
        master.add_cuts(master.placed(post) * rng.random())
    for scale in (0.1, 0.3, 1.0, 5.0):
        price = scale * rng.random(master.n_cuts)
        for worth in (0.0, 1.0, -1.0, 10.0, -10.0, 1e3):
            for dear in (0.0, 1.0, 30.0):
                worths = np.full(cover.quotas.least.size, worth)
                assert master.bound_at(price, worths, dear) <= best + 1e-9


def test_bound_of_every_relaxation_is_below_the_best(ruled):
    """At the prices of an optimum the bound is near, so that an error shows."""
    problem, best = ruled
    cover = compile_cover(problem)
    master = Master(cover)
    master.add_cuts(master.placed(_search.first_plan(cover)))
    for _ in range(12):
        solution = master.relax()
        assert solution.bound <= best + 1e-9
        master.add_cuts(solution.placed, solution)
    assert solution.bound >= 0.5 * best


def test_greedy_and_swap_alone_keeps_the_rules_and_comes_near(ruled):
    problem, best = ruled
    plan = allocation.solve(problem, SolverParams(cut_rounds=1, node_limit=0))
    assert naive.keeps(problem, plan.post.tolist())
    assert best - 1e-9 <= plan.objective <= 1.06 * best + 1e-9
    assert plan.bound <= best + 1e-9


def test_search_begins_from_a_plan_and_keeps_each_unit_its_rules(ruled):
    problem, _ = ruled
    cover = compile_cover(problem)
    for post in some_plans(problem, 2):
        better = _search.improve(cover, post)
        assert problem.allowed[np.arange(post.size), better].all()


def test_share_of_a_group_is_its_unmet_over_its_demand(ruled):
    problem, _ = ruled
    model, group = naive.Model(problem), np.arange(problem.n_hexes) % 3 == 0
    post = some_plans(problem, 1)[0]
    found = allocation.unmet_share(problem, allocation.evaluate(problem, post), group)
    demand = sum(
        model.value(c, t, h)
        for c in model.grades
        for t in model.periods
        for h in np.flatnonzero(group).tolist()
    )
    assert found == pytest.approx(
        model.weighted(post, np.flatnonzero(group).tolist()) / demand
    )


def test_share_of_a_group_without_demand_is_undefined():
    problem = town(0)
    value = allocation.evaluate(problem, problem.station_post[problem.supply.station])
    nobody = np.zeros(problem.n_hexes, dtype=bool)
    assert np.isnan(allocation.unmet_share(problem, value, nobody))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"least": -1}, "cover must be 0 or more, got -1 to None"),
        ({"least": 3, "most": 2}, "cover has a least of 3 above its most of 2"),
    ],
)
def test_quota_that_contradicts_itself_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        quota(town(0), [0], **change)


def test_cap_and_longest_travel_must_make_sense():
    with pytest.raises(DataError, match="largest unmet share of the east must be from"):
        UnmetCap(name="the east", hexes=np.ones(25, bool), share=1.2)
    with pytest.raises(DataError, match="limit_min of the longest travel is nan"):
        LongestTravel(limit_min=np.array([np.nan]), price=1.0)
    with pytest.raises(DataError, match="price of the longest travel"):
        LongestTravel(limit_min=np.array([1.0]), price=-1.0)


def refused(problem):
    """Give the sentence that refuses a problem, without its opening."""
    assert naive.best_plan(problem) == np.inf
    with pytest.raises(InfeasibleError) as caught:
        allocation.solve(problem)
    opening, rows = str(caught.value).split(": ", 1)
    assert opening == "no plan keeps all rules"
    return rows


def named(problem, name, posts, **limits):
    return dataclasses.replace(quota(problem, posts, **limits), name=name)


def test_quotas_that_want_the_same_units_are_both_named():
    made = town(0)
    a = named(made, "cover of North", [0, 1], least=2)
    b = named(made, "cover of South", [2, 3], least=2)
    rows = refused(dataclasses.replace(made, quotas=(a, b)))
    assert rows in (
        "cover of South needs 1 more unit within reach, or relax cover of North",
        "cover of North needs 1 more unit within reach, or relax cover of South",
    )


def test_rule_that_is_not_in_the_way_is_not_named():
    made = town(0)
    rules = (
        named(made, "cover of North", [0, 1], least=2),
        named(made, "cover of the edge", [4], most=3),
        named(made, "cover of South", [2, 3], least=2),
    )
    assert "edge" not in refused(dataclasses.replace(made, quotas=rules))


def test_minimum_cover_beyond_all_units_says_how_many_there_are():
    made = town(0)
    cover = named(made, "minimum cover of North Somerset", [0, 1, 2, 3, 4], least=5)
    assert refused(dataclasses.replace(made, quotas=(cover,))) == (
        "minimum cover of North Somerset needs 2 more units within reach "
        "(of 3 that count only 3 can be there)"
    )


def test_lock_against_minimum_cover_is_named():
    made = town(0)
    able = np.flatnonzero(made.allowed[0])
    cover = named(made, "cover", [able[0]], least=3)
    kept = dataclasses.replace(made, quotas=(cover,))
    if naive.best_plan(kept) == np.inf:
        pytest.skip("the town's stations do not reach the post together")
    rows = refused(dataclasses.replace(kept, locked={0: int(able[1])}))
    assert f"the lock of unit 0 at post {able[1]}" in rows
    assert "cover" in rows


def test_move_budget_that_is_too_small_says_how_many_moves():
    made = town(11)
    home = made.station_post[made.supply.station]
    away = [q for q in range(5) if q not in home]
    able = made.allowed[:3, away].any(axis=0)
    cover = named(made, "cover", np.array(away)[able], least=2)
    few = dataclasses.replace(made, quotas=(cover,), current=home, most_moves=1)
    rows = refused(few)
    assert rows == "the budget of 1 moves needs 1 more, or relax cover"
    enough = dataclasses.replace(few, most_moves=2)
    assert naive.keeps(enough, allocation.solve(enough).post.tolist())


def test_floor_and_ceiling_on_exposure_that_conflict_are_named():
    made = staggered()
    floor = named(made, "visible hours on the coast", [0, 1], least=3, hours=True)
    ceiling = named(made, "hours in the east", [1, 2, 3, 4], most=0, hours=True)
    lone = named(made, "hours at 0", [0], most=1, hours=True)
    rows = refused(dataclasses.replace(made, quotas=(floor, ceiling, lone)))
    assert "unit-hour" in rows
    assert "hours at 0 of at most 1" in rows


def test_floor_on_exposure_is_kept_in_unit_hours():
    made = staggered()
    floor = named(made, "visible hours on the coast", [0, 1], least=3, hours=True)
    kept = dataclasses.replace(made, quotas=(floor,))
    plan = allocation.solve(kept, EXACT)
    there = kept.present & floor.units[:, None] & np.isin(plan.post, [0, 1])[:, None]
    assert there.sum() >= 3
    assert plan.objective == pytest.approx(naive.best_plan(kept), rel=2e-5)


def test_cap_that_cannot_be_reached_says_which_share_can():
    made = town(13)
    group = np.arange(25) % 5 >= 3
    shares = [
        allocation.unmet_share(made, allocation.evaluate(made, np.array(post)), group)
        for post in naive.plans(made)
    ]
    rule = UnmetCap(name="the east", hexes=group, share=0.9 * min(shares))
    rows = refused(dataclasses.replace(made, caps=(rule,)))
    assert rows.startswith("the largest unmet share of the east is ")
    least = float(rows.split("least that was reached is ")[1].split(";")[0])
    assert least == pytest.approx(min(shares), rel=3e-3)


def test_greedy_that_fails_is_not_called_infeasible():
    """Swaps of single units cannot mend two quotas at once; the master can."""
    made = moves(2)
    home = made.station_post[made.supply.station]
    away = [q for q in range(5) if q not in home]
    rules = tuple(named(made, f"cover {q}", [q], least=1) for q in away[:2])
    problem = dataclasses.replace(made, quotas=rules)
    best = naive.best_plan(problem)
    if best < np.inf:
        plan = allocation.solve(problem, EXACT)
        assert plan.objective == pytest.approx(best, rel=2e-5)


def test_skill_that_nobody_has_is_named_with_its_class():
    made = town(0)
    with pytest.raises(DataError, match="class 'routine' needs the skills boat"):
        dataclasses.replace(made, classes=classes(made, {}, {"skills": ("boat",)}))


def test_kind_that_nobody_is_of_is_named_with_its_class():
    made = town(0)
    with pytest.raises(DataError, match="class 'routine' is served by dogs"):
        dataclasses.replace(made, classes=classes(made, {}, {"kinds": ("dogs",)}))


def test_lock_beyond_the_reach_of_the_station_is_named():
    made = make_town(1)
    station, post = np.argwhere(np.isinf(made.station_min))[0]
    unit = int(np.flatnonzero(made.supply.station == station)[0])
    with pytest.raises(DataError, match=f"unit {unit} may stand by nowhere: it is loc"):
        dataclasses.replace(made, locked={unit: int(post)})


def test_hexes_with_demand_out_of_reach_are_found():
    made = town(6)
    far = dataclasses.replace(made, excluded={"response": np.arange(1, 5)})
    found = allocation.out_of_reach(far, 0)
    model = naive.Model(far)
    for h in model.hexes:
        reached = any(
            naive.may_stand(far, u, q) and model.reaches(u, q, 0, h)
            for u in model.units
            for q in range(far.n_posts)
        )
        calls = sum(row[h] for row in model.arrivals[0])
        assert found[h] == (calls > 0 and not reached)
    assert found.any()
