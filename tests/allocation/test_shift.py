import dataclasses
from math import inf

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.allocation import LongestTravel, Quota
from geoalloc.allocation._prepared import Prepared
from geoalloc.allocation.opening import Committed, OpenQueue
from geoalloc.allocation.shift import (
    Opening,
    ShiftParams,
    ShiftRules,
    compare_breaks,
    plan_shift,
)
from geoalloc.errors import DataError
from tests import naive_shift as naive

RULES = ShiftRules(most_reposts=4, break_margin=1, no_break_under_h=0)


@pytest.fixture(scope="module", params=["borderless", "bordered"])
def day(request):
    return naive.make_day(
        3, size=6, units=(5, 2), calls=6.0, bordered=request.param == "bordered"
    )


@pytest.fixture(scope="module")
def stations(day):
    return day.station_post[day.supply.station]


@pytest.fixture(scope="module")
def plan(day, stations):
    return plan_shift(day, stations, rules=RULES)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("most", [0, 1, 3])
def test_only_unit_of_a_town_takes_the_best_of_all_paths(seed, most):
    day = naive.make_day(
        seed, (1.3, 0.7, 1.0, 1.6, 0.9), size=5, n_posts=3, units=(1, 0)
    )
    rules = dataclasses.replace(RULES, most_reposts=most, repost_reach_min=6.0)
    none = np.full((1, 5), -1)
    cost, path = naive.best_path(day, 0, none, rules, most)
    plan = plan_shift(day, rules=rules)
    assert plan.objective + plan.under_way == pytest.approx(cost, abs=1e-9)
    posts = [-1 if p in (naive.BREAK, naive.DRIVE) else p for p in path]
    assert plan.timetable[0].tolist() == posts


@pytest.mark.parametrize("unit", [0, 3, 6])
def test_no_unit_has_a_better_path_given_the_others(unit):
    day = naive.make_day(
        1, (1.3, 0.7, 1.6, 1.0), size=5, n_posts=3, units=(5, 2), calls=5.0
    )
    # Whole blocks only, and no unit waits for another's break.
    rules = dataclasses.replace(RULES, most_reposts=0, most_on_break=1.0)
    plan = plan_shift(day, rules=rules, params=ShiftParams(passes=20))
    cost, _ = naive.best_path(day, unit, plan.timetable, rules, 0)
    drives = sum(
        day.deadhead * day.station_min[s, row[row >= 0][0]]
        for u, (s, row) in enumerate(
            zip(day.supply.station, plan.timetable, strict=True)
        )
        if u != unit
    )
    assert plan.objective <= cost + drives + 1e-7


def test_value_of_whole_blocks_is_that_of_the_timetable(day, stations):
    rules = dataclasses.replace(RULES, most_reposts=0)
    plan = plan_shift(day, stations, rules=rules)
    value = allocation.evaluate(day, plan.timetable)
    assert plan.objective == value.objective
    assert plan.under_way == pytest.approx(0.0, abs=1e-9)
    assert plan.steps[-1]["objective"] == pytest.approx(value.objective, abs=1e-9)


CREWS = {
    "officers": np.array([2, 1, 2, 1, 1, 1, 2]),
    "blue_light": np.array([True, True, False, True, True, False, True]),
    "skills": (("taser",),) * 3 + ((),) * 4,
}


@pytest.mark.parametrize("curve", allocation.CURVES)
@pytest.mark.parametrize("objective", allocation.OBJECTIVES)
def test_value_counts_crews_skills_and_longest_travel(day, stations, curve, objective):
    immediate = dataclasses.replace(day.classes[0], officers=2, skills=("taser",))
    routine = dataclasses.replace(day.classes[1], officers=3, queue=True)
    rich = dataclasses.replace(
        day,
        classes=(immediate, routine),
        supply=dataclasses.replace(day.supply, **CREWS),
        longest=LongestTravel(limit_min=np.full(day.n_hexes, 5.0), price=0.05),
        curve=curve,
        objective=objective,
    )
    rules = dataclasses.replace(RULES, most_reposts=0)
    plan = plan_shift(rich, stations, rules=rules)
    value = allocation.evaluate(rich, plan.timetable).objective
    assert plan.steps[-1]["objective"] == pytest.approx(value, abs=1e-9)
    single = dataclasses.replace(rules, breaks=0)
    loose = plan_shift(rich, stations, rules=single)
    assert loose.objective <= plan.objective


def test_minutes_under_way_cost_something_and_no_more_than_their_blocks(day, stations):
    plan = plan_shift(day, stations, rules=dataclasses.replace(RULES, breaks=0))
    assert (plan.minutes == 60 - plan.reposts["minutes"].iloc[0]).any()
    assert plan.under_way > 0
    gone = np.where(plan.minutes == 60, plan.timetable, -1)
    assert plan.objective + plan.under_way < allocation.evaluate(day, gone).objective


def test_every_unit_has_its_break_within_its_window(plan, day):
    resting = plan.activity == "break"
    assert (resting.sum(axis=1) == 1).all()
    assert not resting[:, [0, -1]].any()
    assert (plan.timetable[resting] == -1).all()
    assert plan.notes == ()


def test_plan_keeps_to_its_budget_and_reach(plan, day):
    drive = naive.between(day)
    assert len(plan.reposts) <= 4
    for row in plan.reposts.itertuples():
        assert row.minutes == drive[row.from_post][row.to_post]
        assert plan.timetable[row.unit, row.period] == row.to_post
        assert plan.minutes[row.unit, row.period] in (60, 60 - row.minutes)
    assert day.allowed[
        np.nonzero(plan.timetable >= 0)[0], plan.timetable[plan.timetable >= 0]
    ].all()


def test_no_more_units_of_a_station_rest_at_once_than_may(day, stations):
    rules = dataclasses.replace(RULES, most_on_break=0.3, most_reposts=0)
    plan = plan_shift(day, stations, rules=rules)
    for s in range(2):
        mine = plan.activity[day.supply.station == s] == "break"
        assert mine.sum(axis=0).max() <= max(1, int(0.3 * len(mine)))
    crowded = dataclasses.replace(
        rules, most_on_break=0.1, break_window=np.tile([2, 3], (7, 1))
    )
    notes = plan_shift(day, stations, rules=crowded).notes
    assert any("on a break in period 2, at most 1 should be" in n for n in notes)


def test_each_freedom_more_makes_a_plan_no_worse(day, stations):
    table = compare_breaks(day, stations, rules=RULES)
    assert (np.diff(table["objective"]) <= 1e-9).all()
    assert table["objective"].iloc[1] < table["objective"].iloc[0]
    assert table["reposts"].tolist()[:3] == [0, 0, 0]
    assert table["reposts"].iloc[3] <= 4


def test_plan_repeats_exactly(day, stations, plan):
    again = plan_shift(Prepared(day), stations, rules=RULES)
    assert again.timetable.tolist() == plan.timetable.tolist()
    assert again.objective == plan.objective


def test_breaks_do_not_break_minimum_cover():
    day = naive.make_day(4, size=6, units=(6, 0), minimum={0: 2, 1: 2})
    plan = plan_shift(day, rules=RULES)
    row = day.post_hex // 6 >= 3
    for t in range(6):
        at = plan.timetable[:, t]
        south = row[at[at >= 0]]
        assert south.sum() >= 2
        assert (~south).sum() >= 2
    assert plan.notes == ()


def test_cover_that_cannot_be_kept_is_told():
    day = naive.make_day(4, size=6, units=(2, 0), minimum={0: 2})
    notes = plan_shift(day, rules=RULES).notes
    assert notes
    assert all(n.startswith("minimum cover of North is ") for n in notes)
    assert "short of 2 in period" in notes[0]


def test_quota_of_hours_is_counted_over_the_shift():
    day = naive.make_day(4, size=6, units=(3, 2))
    quota = Quota(
        name="presence",
        units=np.array(day.supply.kind) == "pcso",
        posts=np.arange(7) == 0,
        least=5,
        hours=True,
    )
    day = dataclasses.replace(day, quotas=(quota,))
    plan = plan_shift(day, rules=RULES)
    assert (plan.timetable[3:] == 0).sum() >= 5
    assert plan.notes == ()


def test_briefing_and_close_down_take_their_blocks_and_minutes(day, stations):
    rules = dataclasses.replace(
        RULES, briefing_min=75, close_down_min=30, most_reposts=0, break_margin=2
    )
    plan = plan_shift(day, stations, rules=rules)
    assert (plan.activity[:, 0] == "briefing").all()
    assert (plan.minutes[:, 0] == 0).all()
    assert (plan.minutes[:, 1] == 45).all()
    assert (plan.minutes[:, -1] == 30).all()
    assert plan.under_way > 0


def test_who_is_relieved_hands_over():
    present = np.ones((5, 6), dtype=bool)
    present[0, 4:], present[2, :4] = False, False
    day = naive.make_day(2, units=(5, 0))
    day = dataclasses.replace(
        day, supply=dataclasses.replace(day.supply, present=present)
    )
    rules = dataclasses.replace(RULES, handover_min=20, breaks=0, most_reposts=0)
    plan = plan_shift(day, rules=rules)
    # Unit 2 begins at the station of unit 0 right after it; nobody follows unit 4.
    assert plan.minutes[0].tolist() == [60, 60, 60, 40, 0, 0]
    assert plan.minutes[2].tolist() == [0, 0, 0, 0, 60, 60]
    assert (plan.minutes[4] == 60).all()
    assert plan.activity[0].tolist() == ["post"] * 4 + ["off"] * 2


def test_units_end_near_home(day, stations):
    rules = dataclasses.replace(RULES, home_within_min=3.0, most_reposts=None)
    plan = plan_shift(day, stations, rules=rules)
    last = np.array([row[row >= 0][-1] for row in plan.timetable])
    assert (day.station_min[day.supply.station, last] <= 3.0).all()


def test_drives_out_and_home_take_their_minutes():
    day = naive.make_day(2, size=6, units=(3, 0), n_posts=5)
    rules = dataclasses.replace(RULES, count_drives=True, most_reposts=0)
    plan = plan_shift(day, rules=rules)
    for u, row in enumerate(plan.timetable):
        home = int(np.ceil(day.station_min[day.supply.station[u], row[row >= 0][0]]))
        assert plan.minutes[u, [0, -1]].tolist() == [60 - home, 60 - home]


def test_first_posts_stay_where_moves_are_limited(day, stations):
    limited = dataclasses.replace(day, current=stations, most_moves=0)
    plan = plan_shift(limited, stations, rules=RULES)
    assert plan.timetable[:, 0].tolist() == stations.tolist()


def test_locked_unit_stays(day):
    post = int(day.station_post[0])
    locked = dataclasses.replace(day, locked={0: post})
    row = plan_shift(locked, rules=RULES).timetable[0]
    assert set(row) == {-1, post}


def test_committed_unit_begins_when_and_where_it_is_free(day):
    busy = Committed(
        unit=np.array([0, 1]), hex=day.post_hex[[2, 3]], until_min=np.array([80, 400])
    )
    rules = dataclasses.replace(RULES, most_reposts=0, break_margin=2)
    plan = plan_shift(day, rules=rules, begins=Opening(committed=busy))
    assert plan.activity[0, 0] == "committed"
    post = plan.timetable[0, 1]
    drive = naive.between(day)[day.catchment[day.post_hex[2]]][post]
    assert plan.minutes[0, 1] == 40 - drive
    assert (plan.activity[1] == "committed").all()
    assert plan.overtime_min.tolist()[:2] == [0.0, 40.0]
    assert "unit 1 is committed 40 minutes beyond its duty" in plan.notes
    assert "unit 1 is committed through the time of its break" in plan.notes


def test_open_queue_draws_units_to_it(day):
    where = day.post_hex[0]
    queue = OpenQueue(
        service=np.zeros(30, np.int64), hex=np.full(30, where), age_min=np.zeros(30)
    )
    plan = plan_shift(day, rules=RULES, begins=Opening(queue=queue))
    without = plan_shift(day, rules=RULES)
    assert plan.objective > without.objective
    then, before = (
        allocation.evaluate(day, p.timetable).none_free[0, 0, where]
        for p in (plan, without)
    )
    assert then <= before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"most_reposts": -1}, "most_reposts must be 0 or more, got -1"),
        ({"repost_reach_min": inf}, "repost_reach_min must be 0 or more, got inf"),
        ({"most_on_break": 0.0}, "share above 0 and up to 1, got 0.0"),
        ({"break_blocks": 0}, "break_blocks must be 1 or more, got 0"),
    ],
)
def test_rules_that_say_nothing_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        ShiftRules(**changes)


def test_params_that_do_no_work_are_refused():
    with pytest.raises(DataError, match="need passes >= 1"):
        ShiftParams(passes=0)


@pytest.mark.parametrize("budget", [1, 2, 3])
@pytest.mark.parametrize("breaks", [0, 1])
def test_budget_is_used_and_never_exceeded(budget, breaks):
    tides = (1.6, 0.1) * 3  # south and north in turn
    day = naive.make_day(5, tides, size=6, units=(6, 0), calls=8.0)
    rules = dataclasses.replace(RULES, breaks=breaks, most_reposts=None)
    free = plan_shift(day, rules=rules)
    assert len(free.reposts) > 3
    plan = plan_shift(day, rules=dataclasses.replace(rules, most_reposts=budget))
    assert len(plan.reposts) == budget
    value, least = (p.objective + p.under_way for p in (plan, free))
    assert value >= least - 1e-3


def test_breaks_are_compared_on_the_way_to_the_plan(day, stations, plan):
    asked = ShiftParams(compare=True)
    found = plan_shift(day, stations, rules=RULES, params=asked)
    assert (found.timetable == plan.timetable).all()
    assert found.comparison.equals(compare_breaks(day, stations, rules=RULES))
    row = found.comparison.loc["4 re-posts"]
    assert row["weighted_unmet"] == pytest.approx(plan.weighted_unmet)
    assert row["objective"] == pytest.approx(plan.objective + plan.under_way)
    assert plan.comparison is None
    with pytest.raises(DataError, match="compared at a plan: give its posts as start"):
        plan_shift(day, rules=RULES, params=asked)


def test_cells_of_one_hex_each_lead_to_a_plan_no_worse(day, stations, plan):
    cells = allocation.aggregate(day, np.arange(day.n_hexes))
    params = ShiftParams(cells=cells)
    found = plan_shift(day, stations, rules=RULES, params=params)
    reached = plan.objective + plan.under_way
    assert found.objective + found.under_way <= reached + 1e-9
    assert found.steps[-1]["stage"] == "on every hex"


def test_a_plan_made_on_cells_is_told_on_the_hexes_and_keeps_the_rules(day, stations):
    row, column = np.divmod(np.arange(day.n_hexes), 6)
    cells = allocation.aggregate(day, row // 2 * 3 + column // 2)
    assert cells.n_cells < day.n_hexes
    params = ShiftParams(cells=cells, compare=True)
    queue = OpenQueue(service=np.array([0]), hex=np.array([4]), age_min=np.array([5.0]))
    at = np.array([7])
    busy = Committed(unit=np.array([1]), hex=at, until_min=np.array([70.0]))
    for begins in (Opening(), Opening(queue=queue), Opening(committed=busy)):
        found = plan_shift(day, stations, rules=RULES, params=params, begins=begins)
        told = day
        if begins.queue is not None:
            told = allocation.opening.with_queue(day, begins.queue)
        value = allocation.evaluate(told, found.timetable)
        assert found.objective == pytest.approx(value.objective)
        assert len(found.reposts) <= 4
        assert found.comparison["objective"].is_monotonic_decreasing
        plain = plan_shift(day, stations, rules=RULES, begins=begins)
        assert found.objective + found.under_way <= 1.1 * (
            plain.objective + plain.under_way
        )


def test_stations_are_called_by_their_names_where_these_are_known(day, stations):
    rules = dataclasses.replace(RULES, most_on_break=0.01, most_reposts=0)
    many = dataclasses.replace(rules, breaks=1, break_margin=2)
    homes = tuple(("Bridewell", "Yate")[s] for s in day.supply.station)
    plain = plan_shift(day, stations, rules=many)
    named = plan_shift(day, stations, rules=dataclasses.replace(many, stations=homes))
    crowded = [n for n in plain.notes if "on a break" in n]
    assert crowded
    assert all("units of station " in note for note in crowded)
    told = [n for n in named.notes if "on a break" in n]
    expected = [
        n.replace("station 0", "Bridewell").replace("station 1", "Yate")
        for n in crowded
    ]
    assert told == expected


def test_units_that_may_not_move_begin_where_they_stand_on_cells_too(day, stations):
    fixed = dataclasses.replace(day, current=stations, most_moves=0)
    row, column = np.divmod(np.arange(day.n_hexes), 6)
    cells = allocation.aggregate(day, row // 2 * 3 + column // 2)
    found = plan_shift(
        fixed, stations, rules=RULES, params=ShiftParams(cells=cells, passes=1)
    )
    for u, posts in enumerate(found.timetable):
        assert posts[posts >= 0][0] == stations[u]
