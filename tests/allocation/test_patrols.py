import dataclasses

import numpy as np
import pandas as pd
import pytest

from geoalloc.allocation import (
    PatrolRequest,
    PatrolRules,
    PatrolUnits,
    UnitBreak,
    on_patrol,
    patrol_faults,
    patrol_hours,
    patrol_travel,
    plan_patrols,
)
from geoalloc.allocation._patrol_slots import slots
from geoalloc.errors import DataError, InfeasibleError
from tests import naive_patrols as naive
from tests.lattice_town import make_town
from tests.patrol_town import draw_request, spot, travel_between, units_of


def request_of(spots, places, units=None, posts=((0, 0),), **rules):
    units = units or units_of([[0] * 8])
    return PatrolRequest(
        hotspots=tuple(spots),
        units=units,
        travel=travel_between(posts, places),
        rules=PatrolRules(**rules),
    )


def changed(request, **changes):
    return dataclasses.replace(request, **changes)


@pytest.fixture(scope="module", params=range(6))
def drawn(request):
    found = draw_request(request.param)
    return found, plan_patrols(found)


def test_visits_keep_every_rule(drawn):
    request, plan = drawn
    assert patrol_faults(request, plan.visits) == []
    for _, mine in plan.visits.groupby("hotspot"):
        assert (np.diff(np.sort(mine["begins_min"])) >= 120).all()
    for row in plan.visits.itertuples():
        period = row.begins_min // 60
        assert request.units.busy[row.unit_index, period] <= 0.5
        assert request.units.timetable[row.unit_index, period] == row.post
        if row.kind == "pcso":
            beat = request.hotspots[row.hotspot_index].beat
            assert request.units.beat[row.unit_index] == beat


def test_the_same_request_has_the_same_plan(drawn):
    request, plan = drawn
    pd.testing.assert_frame_equal(plan_patrols(request).visits, plan.visits)


def test_tables_add_up_to_the_visits(drawn):
    _, plan = drawn
    minutes, hotspots = len(plan.visits) * 15, plan.hotspots
    assert plan.dosage["planned_min"].sum() == pytest.approx(minutes)
    assert hotspots["planned_min"].sum() == minutes
    assert plan.units["patrol_min"].sum() == minutes
    expected = plan.visits["expected_min"].sum()
    assert plan.dosage["expected_min"].sum() == pytest.approx(expected)
    assert plan.units["expected_min"].sum() == pytest.approx(expected)
    assert plan.dosage["wanted_min"].sum() == hotspots["wanted_min"].sum()
    short = hotspots["planned"] < hotspots["wanted"]
    assert (hotspots["why_not"] != "").tolist() == short.tolist()
    assert patrol_hours(plan)["planned"] == minutes / 60


@pytest.mark.parametrize("seed", range(8))
def test_small_shifts_are_patrolled_as_well_as_any_plan_could(seed):
    rng = np.random.default_rng(seed)
    n_units = 1 + seed % 2
    spots = [
        spot(f"p{i}", i, float(rng.uniform(1, 3)), visits=v, peak=peak)
        for i, (v, peak) in enumerate([(2, (1,)), (1, (0, 2)), (1, ())])
    ]
    request = request_of(
        spots,
        rng.random((3, 2)) * 20,
        units=units_of(np.arange(n_units)[:, None].repeat(3, axis=1)),
        posts=rng.random((n_units, 2)) * 20,
        rounds=2,
        apart_min=60 + 30 * (seed % 3),
        minute_price=0.01,
    )
    wanted = slots(request, [0, 1, 2])
    best = naive.best_worth(request, [(s.hotspot, s.windows, s.worth) for s in wanted])
    plan = plan_patrols(request)
    driven = sum(
        np.ceil(plan.visits["drive_min"]).tolist()
        + [
            np.ceil(request.travel.back_min[row.hotspot_index, row.post])
            for row in plan.visits.groupby("spell").tail(1).itertuples()
        ]
    )
    price = 0.01 * max(s.worth for s in wanted)
    assert plan.worth - price * driven == pytest.approx(best, abs=1e-6)


def test_many_hotspots_for_few_units_do_not_keep_the_solver_for_ever():
    # Without a limit on its failures it never comes back from this one.
    crowded = draw_request(1, n_units=4, n_spots=16, busy_below=0.8, home_bound=())
    plan = plan_patrols(crowded)
    assert patrol_faults(crowded, plan.visits) == []
    assert len(plan.visits) > 16


@pytest.mark.parametrize(
    ("busy", "calls", "drive"), [(0.3, 0.8, 5), (0.6, 0.5, 12), (0, 0, 9)]
)
def test_interruptions_are_those_of_visits_drawn_one_by_one(busy, calls, drive):
    units = units_of([[0] * 8], busy=busy, calls_per_h=calls)
    request = request_of([spot("p")], [(drive, 0)], units, busy_below=0.9)
    row = plan_patrols(request).visits.iloc[0]
    rng = np.random.default_rng(4)
    begun, made, spent = naive.interrupted_visits(rng, busy, calls, drive, 15)
    assert row["begun"] == pytest.approx(begun, abs=0.012)
    assert row["made"] == pytest.approx(made, abs=0.012)
    assert row["expected_min"] == pytest.approx(spent, abs=0.2)
    assert row["cut_short"] == pytest.approx(row["begun"] - row["made"])


def test_peak_hours_come_first_and_the_rest_is_spread():
    request = request_of([spot("p", visits=3, peak=(2, 3))], [(2, 0)])
    begins = plan_patrols(request).visits["begins_min"]
    assert begins.between(120, 239).sum() == 1  # one fits, two hours apart
    # The 346 other minutes at which a visit may begin are cut in two at minute 293.
    assert begins.between(293, 465).sum() == 1
    assert (begins.between(0, 119) | begins.between(240, 292)).sum() == 1


def test_visits_of_a_day_without_peak_are_spread_over_the_shift():
    request = request_of([spot("p", visits=2)], [(2, 0)])
    begins = np.sort(plan_patrols(request).visits["begins_min"])
    assert begins[0] < 233 <= begins[1]


def test_a_visit_outside_the_peak_is_made_if_none_can_be_in_it():
    units = units_of([[-1, -1, -1, 0]])
    request = request_of([spot("p", peak=(0,))], [(2, 0)], units)
    plan = plan_patrols(request)
    assert plan.visits["peak"].tolist() == [False]
    assert plan.worth == 0.5


def test_no_more_visits_than_fit_two_hours_apart():
    request = request_of([spot("p", visits=6)], [(2, 0)])
    table = plan_patrols(request).hotspots
    assert table["planned"].tolist() == [4]
    assert (
        "2 of 6 visits not made: only 4 fit, 120 minutes apart" in table["why_not"][0]
    )


def test_units_patrol_around_their_breaks():
    rest = UnitBreak(unit=0, begins_min=20, ends_min=70)
    units = units_of([[0, 0]], breaks=(rest,))
    begins = plan_patrols(
        request_of([spot("p", visits=1, peak=(0,))], [(2, 0)], units)
    ).visits["begins_min"]
    assert begins.tolist() == [2]
    late = units_of([[0, 0]], breaks=(dataclasses.replace(rest, begins_min=15),))
    begins = plan_patrols(request_of([spot("p")], [(2, 0)], late)).visits["begins_min"]
    assert begins.tolist() == [72]


def test_pcsos_patrol_only_in_their_home_beat():
    units = units_of([[0] * 4], kind="pcso", beat=np.array([1]))
    spots = [spot("home", 0, beat=1), spot("away", 1, beat=0), spot("none", 2)]
    plan = plan_patrols(request_of(spots, [(1, 0), (0, 1), (1, 1)], units))
    assert plan.visits["hotspot"].tolist() == ["home"]
    assert "no unit that may patrol there can be spared" in plan.hotspots["why_not"][1]


def test_institutions_and_violence_are_dropped_with_the_reason():
    spots = [
        spot("ward", 0, institution="hospital"),
        spot("club", 1, category="violent-crime"),
        spot("mall", 2, category="shoplifting"),
    ]
    plan = plan_patrols(request_of(spots, [(1, 0), (0, 1), (1, 1)]))
    assert set(plan.visits["hotspot"]) == {"mall"}
    assert plan.dropped["hotspot"].tolist() == ["ward", "club"]
    assert "recorded at a hospital" in plan.dropped["why"][0]
    with pytest.raises(DataError, match="none of the 2 hotspots may be a priority"):
        plan_patrols(request_of(spots[:2], [(1, 0), (0, 1)]))


def test_why_not_tells_too_far_from_too_short():
    far = plan_patrols(request_of([spot("a"), spot("b", 1)], [(30, 0), (1, 0)]))
    assert "no unit to spare is within 20 minutes" in far.hotspots["why_not"][0]
    units = units_of([[0]])
    short = plan_patrols(
        request_of(
            [spot("a"), spot("b", 1)], [(19, 5), (1, 0)], units, longest_drive_min=30
        )
    )
    assert "no spell of spare time is long enough" in short.hotspots["why_not"][0]


def visit(unit, place, begins, ends=None):
    return (unit, place, begins, begins + 15 if ends is None else ends)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([visit(0, 0, 10), visit(0, 0, 100)], "visited at minutes 10 and 100"),
        ([visit(0, 0, 10), visit(0, 1, 25)], "cannot be at b"),
        ([visit(0, 0, 4)], "beyond the shift"),
        ([visit(0, 0, 250)], "too busy"),
        ([visit(0, 0, 290)], "not at its post"),
        ([visit(0, 0, 104)], "in its break"),
        ([visit(0, 2, 30)], "may not patrol"),
        ([visit(0, 0, 10, 20)], "lasts 10 minutes"),
        ([visit(0, 0, 10), visit(0, 0, 200)], "2 times of 1"),
        ([visit(0, 3, 60)], "drives too far"),
        ([visit(0, 4, 10)], "never a priority"),
    ],
)
def test_broken_rules_are_found(rows, fault):
    busy = np.array([[0, 0, 0, 0, 0.9, 0, 0, 0]])
    units = PatrolUnits(
        call_sign=("P1",),
        kind=("pcso",),
        beat=np.array([0]),
        timetable=np.array([[0, 0, 0, 0, 0, -1, 0, 0]]),
        busy=busy,
        calls_per_h=0 * busy,
        breaks=(UnitBreak(unit=0, begins_min=120, ends_min=150),),
    )
    spots = [spot("a", 0, beat=0), spot("b", 1, beat=0), spot("c", 2, beat=1)]
    spots += [spot("d", 3, beat=0), spot("e", 4, beat=0, institution="prison")]
    places = [(5, 0), (15, 0), (1, 0), (25, 0), (1, 1)]
    request = request_of(spots, places, units)
    names = ["unit_index", "hotspot_index", "begins_min", "ends_min"]
    found = patrol_faults(request, pd.DataFrame(rows, columns=names))
    assert any(fault in sentence for sentence in found), found


def test_a_possible_patrol_has_no_faults():
    request = request_of(
        [spot("a", visits=2), spot("b", 1)], [(5, 0), (15, 0)], units_of([[0] * 8])
    )
    rows = [visit(0, 0, 5), visit(0, 1, 30), visit(0, 0, 200)]
    names = ["unit_index", "hotspot_index", "begins_min", "ends_min"]
    assert patrol_faults(request, pd.DataFrame(rows, columns=names)) == []


def test_travel_is_that_of_the_problem_both_ways():
    town = make_town(0)
    dense = np.where(town.travel_min.toarray() > 0, town.travel_min.toarray(), np.inf)
    hexes = np.array([3, 20, 45])
    travel = patrol_travel(town, hexes)
    np.testing.assert_allclose(travel.out_min, dense[:, hexes])
    np.testing.assert_allclose(travel.back_min, dense[:, hexes].T)
    for i, a in enumerate(hexes):
        for j, b in enumerate(hexes):
            one = dense[town.catchment[a], b]
            two = dense[town.catchment[b], a]
            mean = (one + two) / 2 if np.isfinite(one + two) else min(one, two)
            over = min(dense[p, a] + dense[p, b] for p in range(town.n_posts))
            assert travel.between_min[i, j] == pytest.approx(
                0 if i == j else min(mean, over)
            )
    with pytest.raises(DataError, match="hex 49 of a hotspot"):
        patrol_travel(town, np.array([49]))


@pytest.fixture(scope="module")
def town_patrol():
    town = make_town(0)
    hexes = np.argsort(-town.classes[0].arrivals.sum(axis=0), kind="stable")[:3]
    spots = [spot(f"p{h}", int(h), beat=int(town.hex_beat[h])) for h in hexes]
    post = town.station_post[town.supply.station]
    units = units_of(
        np.repeat(post[:, None], town.n_periods, axis=1),
        kind=town.supply.kind,
        beat=town.station_beat[town.supply.station],
    )
    request = PatrolRequest(
        hotspots=tuple(spots), units=units, travel=patrol_travel(town, hexes)
    )
    return town, request, plan_patrols(request)


def test_a_patrol_stands_at_the_post_nearest_to_its_hotspot(town_patrol):
    town, request, plan = town_patrol
    where = on_patrol(town, request, plan)
    gone = on_patrol(town, request, plan, "unavailable")
    away = np.zeros(where.shape, dtype=bool)
    for row in plan.visits.itertuples():
        for t in {row.begins_min // 60, (row.ends_min - 1) // 60}:
            away[row.unit_index, t] = True
    assert plan.visits.shape[0] > 0
    assert (gone[away] == -1).all()
    assert (where[~away] == request.units.timetable[~away]).all()


def test_the_nearest_post_is_one_that_the_station_reaches(town_patrol):
    town, request, _ = town_patrol
    for i in range(3):
        one = (
            request.hotspots[i],
            patrol_travel(town, np.array([request.hotspots[i].hex])),
        )
        alone = changed(request, hotspots=one[:1], travel=one[1])
        plan = plan_patrols(alone)
        (row,) = plan.visits.itertuples()
        reached = np.isfinite(town.station_min[town.supply.station[row.unit_index]])
        times = np.where(reached, alone.travel.out_min[:, 0], np.inf)
        where = on_patrol(town, alone, plan)
        assert where[row.unit_index, row.begins_min // 60] == times.argmin()


def test_rule_of_patrol_must_be_known(town_patrol):
    town, request, plan = town_patrol
    with pytest.raises(DataError, match="'half'; it must be one of available"):
        on_patrol(town, request, plan, "half")
    with pytest.raises(DataError, match="plan it from a timetable of the problem"):
        on_patrol(make_town(0, units=(2, 0)), request, plan)


def test_hotspots_must_be_given_and_once():
    good = request_of([spot("p")], [(1, 0)])
    with pytest.raises(DataError, match="no hotspot to patrol"):
        changed(good, hotspots=())
    with pytest.raises(DataError, match="two hotspots have the hex '0'"):
        request_of([spot("p"), spot("q")], [(1, 0), (2, 0)])
    with pytest.raises(DataError, match="two hotspots have the name 'p'"):
        request_of([spot("p"), spot("p", 1)], [(1, 0), (2, 0)])
    with pytest.raises(DataError, match="peak of hotspot 'p' names hour 8"):
        request_of([spot("p", peak=(8,))], [(1, 0)])


def test_a_hotspot_out_of_reach_is_named():
    request = request_of([spot("isle"), spot("p", 1)], [(1, 0), (2, 0)])
    out = request.travel.out_min.copy()
    out[:, 0] = np.inf
    lost = dataclasses.replace(request.travel, out_min=out, back_min=out.T)
    with pytest.raises(DataError, match="no post reaches 1 of 2 hotspots: isle"):
        plan_patrols(changed(request, travel=lost))


def test_nobody_to_spare_is_told_with_the_least_busy_unit():
    units = units_of([[0] * 8, [0] * 8], busy=[[0.8], [0.7]])
    with pytest.raises(InfeasibleError, match=r"R2 in hour 0, is busy 0\.70"):
        plan_patrols(request_of([spot("p")], [(1, 0)], units))
    with pytest.raises(InfeasibleError, match="none of the kinds pcso"):
        plan_patrols(request_of([spot("p")], [(1, 0)], kinds=("pcso",)))


def test_a_visit_is_no_longer_than_the_shift():
    with pytest.raises(DataError, match="longer than the shift of 60"):
        request_of([spot("p")], [(1, 0)], units_of([[0]]), visit_min=61)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: spot("p", weight=0.0), "weight of hotspot 'p'"),
        (lambda: spot("p", visits=0), "visits of hotspot 'p'"),
        (lambda: PatrolRules(apart_min=5), "apart_min >= visit_min"),
        (lambda: PatrolRules(busy_below=1.5), "busy_below must be"),
        (lambda: PatrolRules(longest_drive_min=-1.0), "longest_drive_min"),
        (lambda: units_of([[0]], call_sign=()), "no unit to patrol with"),
        (lambda: units_of([[0], [0]], call_sign=("A", "A")), "'A' is given twice"),
        (lambda: units_of([[0]], busy=1.2), "share of 0 to 1"),
        (lambda: units_of([[0]], calls_per_h=-1.0), "calls_per_h is nan"),
        (
            lambda: units_of(
                [[0]], breaks=(UnitBreak(unit=3, begins_min=0, ends_min=9),)
            ),
            "break of unit 3",
        ),
        (lambda: request_of([spot("p")], [(1, 0)], units_of([[4]])), "-1 to 0"),
        (lambda: request_of([spot("p")], [(1, 0), (2, 0)]), "travel is of 2 hotspots"),
    ],
)
def test_input_that_makes_no_sense_is_refused(build, message):
    with pytest.raises(DataError, match=message):
        build()
