import dataclasses
from itertools import product

import numpy as np
import pytest

from geoalloc import allocation, schemas
from geoalloc.allocation import SolverParams
from geoalloc.errors import DataError
from geoalloc.evaluation import (
    SimulationParams,
    baselines,
    paired,
    simulate,
    value_of_borders,
)
from geoalloc.evaluation.borders import (
    BASE,
    BOTH,
    COMPONENTS,
    DISPATCH,
    POSTS,
    STATIONS,
    WHOLE_AREA,
)
from tests import naive_allocation as naive
from tests.lattice_town import make_town

PARAMS = SimulationParams(n_shifts=120, seed=7)
BORDERED = {BASE: True, DISPATCH: False, STATIONS: False, POSTS: True, BOTH: False}


def town_of(seed=0, **changes):
    """A small town, short of units."""
    return make_town(seed, size=5, n_posts=5, units=(3, 0), calls=5.0, **changes)


def in_mode(problem, component):
    return dataclasses.replace(problem, bordered=BORDERED[component])


def whole(found):
    rows = found.components[found.components["district"] == WHOLE_AREA]
    return rows.set_index("component")


@pytest.fixture(scope="module", params=[False, True], ids=["borderless", "bordered"])
def told(request):
    town = town_of(bordered=request.param)
    return town, value_of_borders(town, PARAMS)


def test_each_component_is_its_own_simulation(told):
    town, found = told
    assert tuple(whole(found).index) == COMPONENTS
    for name in COMPONENTS:
        late = simulate(in_mode(town, name), found.posts[name], PARAMS).late[:, 0]
        assert whole(found).loc[name, "late"] == pytest.approx(late.mean())


def test_what_is_saved_is_the_paired_difference_shift_by_shift(told):
    town, found = told
    late = {
        name: simulate(in_mode(town, name), found.posts[name], PARAMS).late[:, 0]
        for name in COMPONENTS
    }
    for name in COMPONENTS[1:]:
        each = late[BASE] - late[name]
        half = 1.96 * each.std(ddof=1) / np.sqrt(each.size)
        row = whole(found).loc[name]
        assert row["saved"] == pytest.approx(each.mean())
        assert row["low"] == pytest.approx(each.mean() - half)
        assert row["high"] == pytest.approx(each.mean() + half)
    last = late[POSTS] - late[BOTH]
    assert found.saved == pytest.approx(last.mean())
    assert found.low <= found.saved <= found.high


def test_districts_add_up_to_the_whole_area(told):
    town, found = told
    table = found.components.set_index(["component", "district"])
    for name in COMPONENTS:
        part = table.loc[name].drop(WHOLE_AREA)
        assert sorted(part.index) == sorted(town.district_names)
        assert part["late"].sum() == pytest.approx(whole(found).loc[name, "late"])
        assert part["saved"].sum() == pytest.approx(whole(found).loc[name, "saved"])


def test_a_district_is_told_of_its_own_calls(told):
    town, found = told
    label = np.array(town.district_names, dtype=object)[town.hex_district]
    params = dataclasses.replace(PARAMS, groups={"place": label})
    table = found.components.set_index(["component", "district"])
    grouped = simulate(in_mode(town, BOTH), found.posts[BOTH], params).by_group
    mine = grouped[(grouped["measure"] == "late") & (grouped["grade"] == "immediate")]
    for row in mine.itertuples():
        assert table.loc[(BOTH, row.group), "late"] == pytest.approx(row.simulated)


def test_the_table_keeps_its_contract(told):
    _, found = told
    schemas.check(found.components, schemas.BORDERS)
    base = found.components[found.components["component"] == BASE]
    assert (base["saved"] == 0).all()
    assert base[["low", "high"]].isna().all(axis=None)


def test_both_modes_of_a_problem_tell_the_same():
    free, bound = (value_of_borders(town_of(bordered=b), PARAMS) for b in (False, True))
    assert free.sentence == bound.sentence
    np.testing.assert_allclose(free.hexes, bound.hexes)


def test_units_stand_where_the_component_says(told):
    town, found = told
    own = town.station_post[town.supply.station]
    assert (found.posts[BASE] == own).all()
    assert (found.posts[DISPATCH] == own).all()
    assert set(found.posts[STATIONS]) <= set(town.station_post.tolist())


def test_stations_only_are_the_best_stations_by_the_model():
    for seed in range(3):
        town = town_of(seed)
        model = naive.Model(town)
        station = town.station_post.tolist()
        every = (
            post
            for post in product(station, repeat=len(town.supply))
            if all(naive.may_stand(town, u, q) for u, q in enumerate(post))
        )
        best = min(model.objective(list(post)) for post in every)
        chosen = value_of_borders(town, SimulationParams(n_shifts=2)).posts[STATIONS]
        assert model.objective(naive.plain(chosen)) == pytest.approx(best, rel=1e-6)


def test_hexes_are_what_the_model_expects_with_borders_less_without(told):
    town, found = told
    late = []
    for name in (POSTS, BOTH):
        model = naive.Model(in_mode(town, name))
        late.append(np.array(model.late(naive.plain(found.posts[name])))[0])
    np.testing.assert_allclose(found.hexes, late[0] - late[1], atol=1e-9)
    assert found.hexes.shape == (town.n_hexes,)


def test_known_plans_are_taken_as_they_are():
    town = town_of()
    free = allocation.solve(town, SolverParams(cut_rounds=3)).post
    bound = np.array(baselines.at_home(town))
    found = value_of_borders(town, PARAMS, borderless=free, bordered=bound)
    np.testing.assert_array_equal(found.posts[BOTH], free)
    np.testing.assert_array_equal(found.posts[POSTS], bound)
    # The best posts with borders being those at the stations, they save nothing.
    assert whole(found).loc[POSTS, ["saved", "low", "high"]].tolist() == [0, 0, 0]


def test_a_timetable_is_refused_as_a_known_plan():
    town = town_of()
    table = np.repeat(baselines.at_home(town)[:, None], town.n_periods, axis=1)
    with pytest.raises(
        DataError, match=r"borderless plan has shape .* not a timetable"
    ):
        value_of_borders(town, PARAMS, borderless=table)


def test_a_unit_locked_away_from_the_stations_stays_there():
    town = town_of()
    away = next(
        q
        for q in range(town.n_posts)
        if q not in town.station_post and naive.may_stand(town, 1, q)
    )
    locked = dataclasses.replace(town, locked={1: away})
    found = value_of_borders(locked, SimulationParams(n_shifts=5))
    assert [post[1] for post in found.posts.values()] == [away] * len(COMPONENTS)


def test_a_post_that_is_excluded_stays_so_where_units_stand_at_stations():
    town = town_of()
    shut = {"response": np.array([int(town.station_post[0])])}
    found = value_of_borders(
        dataclasses.replace(town, excluded=shut), SimulationParams(n_shifts=5)
    )
    for post in found.posts.values():
        assert town.station_post[0] not in post


def test_rules_that_stations_cannot_keep_are_left_out_and_said_to_be():
    town = town_of(minimum={0: 1})
    away = np.setdiff1d(np.arange(town.n_posts), town.station_post)
    quota = dataclasses.replace(
        town.quotas[0],
        name="away from stations",
        posts=np.isin(range(town.n_posts), away),
    )
    ruled = dataclasses.replace(town, quotas=(quota,))
    found = value_of_borders(ruled, SimulationParams(n_shifts=5))
    assert len(found.notes) == 1
    assert found.notes[0].startswith("No plan of 'stations only' keeps the rules")
    assert np.isin(found.posts[BOTH], away).sum() >= 1


def test_a_move_budget_does_not_hold():
    town = town_of()
    still = dataclasses.replace(
        town, current=np.array(baselines.at_home(town)), most_moves=0
    )
    free = value_of_borders(town, SimulationParams(n_shifts=5))
    found = value_of_borders(still, SimulationParams(n_shifts=5))
    np.testing.assert_array_equal(found.posts[BOTH], free.posts[BOTH])


def test_units_bound_to_their_beat_in_any_case_stay_in_it():
    town = make_town(0, units=(3, 2))
    found = value_of_borders(town, SimulationParams(n_shifts=5))
    for post in found.posts.values():
        assert all(naive.may_stand(town, u, q) for u, q in enumerate(post.tolist()))


def test_the_sentence_says_which_way_borders_work(told):
    _, found = told
    late, saved = whole(found).loc[BASE, "late"], whole(found).loc[BOTH, "saved"]
    assert f"{late:.1f} of the most urgent" in found.sentence
    assert f"it is {abs(saved):.1f} " in found.sentence
    better = dataclasses.replace(found, saved=2.0, low=1.0, high=3.0)
    assert better.sentence.endswith("without borders has 2.0 (1.0 to 3.0) fewer.")
    worse = dataclasses.replace(found, saved=-2.0, low=-3.0, high=-1.0)
    assert worse.sentence.endswith("without borders has 2.0 (1.0 to 3.0) more.")
    even = dataclasses.replace(found, saved=0.5, low=-0.25, high=1.25)
    assert even.sentence.endswith("0.5 fewer (from 0.2 more to 1.2 fewer).")


def test_the_cost_of_borders_is_the_difference_of_the_two_best_plans(told):
    town, found = told
    ends = [simulate(in_mode(town, n), found.posts[n], PARAMS) for n in (POSTS, BOTH)]
    row = paired(*ends).set_index(["measure", "group"]).loc[("late", "immediate")]
    assert [found.saved, found.low, found.high] == pytest.approx(row.tolist())
