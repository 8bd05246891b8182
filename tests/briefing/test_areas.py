"""Every priority is on one sheet that holds it, or is told of as left out."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoalloc.briefing import areas
from geoalloc.briefing.ground import Named, Place
from geoalloc.briefing.priorities import Priority
from geoalloc.errors import UsageError

WIDE, HIGH = 177.0, 110.0


def priority(rank, point, *, district="West", tasks=()):
    return Priority(
        rank=rank,
        number=rank,
        place=f"Place {rank}",
        grid_ref="ST 588 729",
        point=point,
        hexes=(1,),
        category="burglary",
        hour_shares=None,
        day_shares=None,
        peak_text="",
        peak_basis="none",
        trend=None,
        trend_text="",
        why="Why.",
        actions=(),
        tasks=tasks,
        flag="",
        district=district,
    )


def make_ground(priorities):
    """Two districts of 60 km; each hotspot is a disc of 400 m around its point."""
    west = shapely.box(300_000, 100_000, 360_000, 160_000)
    east = shapely.box(360_000, 100_000, 420_000, 160_000)
    return SimpleNamespace(
        name="Force",
        outline=shapely.union(west, east),
        districts=(
            Named(name="West", geometry=west),
            Named(name="East", geometry=east),
        ),
        beats=(
            Named(
                name="Quay", geometry=shapely.box(300_000, 100_000, 310_000, 110_000)
            ),
        ),
        places=(
            Place(name="Bath", town="Bath", population=9, point=(305_000, 105_000)),
            Place(name="Weir", town="Bath", population=2, point=(309_000, 105_000)),
        ),
        hotspots={
            p.rank: shapely.Point(p.point).buffer(400.0, quad_segs=2)
            for p in priorities
        },
    )


def room(_):
    return WIDE, HIGH


def plan(priorities, **more):
    return areas.plan(make_ground(priorities), priorities, room, **more)


def near(n, *, start=(305_000.0, 105_000.0), step=300.0, first=1, **more):
    return [
        priority(first + k, (start[0] + step * k, start[1]), **more) for k in range(n)
    ]


points = st.lists(
    st.tuples(st.floats(301_000, 419_000), st.floats(101_000, 159_000), st.booleans()),
    min_size=1,
    max_size=18,
)


@given(points)
@settings(max_examples=30, deadline=None)
def test_every_priority_is_on_one_sheet_or_left_out_once(rows):
    given_ = [
        priority(
            k + 1,
            (x, y),
            district="West" if x < 360_000 else "East",
            tasks=("visit",) if tasked else (),
        )
        for k, (x, y, tasked) in enumerate(rows)
    ]
    sheets = plan(given_)
    shown = [p.rank for s in sheets for p in s.priorities]
    left = [p for s in sheets for p in s.left_out]
    assert sorted([*shown, *(p.rank for p in left)]) == [p.rank for p in given_]
    assert not any(p.tasks for p in left)
    numbers = [p.number for s in sheets for p in s.priorities]
    numbers += [p.number for p in left]
    assert numbers == list(range(1, len(given_) + 1))
    for sheet in sheets:
        assert 1 <= len(sheet.priorities) <= 5
        half = np.array([WIDE, HIGH]) / 2000 * sheet.scale
        ground = make_ground(given_)
        for one in sheet.priorities:
            west, south, east, north = ground.hotspots[one.rank].bounds
            assert sheet.center[0] - half[0] <= west
            assert east <= sheet.center[0] + half[0]
            assert sheet.center[1] - half[1] <= south
            assert north <= sheet.center[1] + half[1]


def test_neighbors_come_together_and_the_far_apart_do_not():
    sheets = plan([*near(3), *near(2, start=(340_000.0, 140_000.0), first=4)])
    assert [{p.rank for p in s.priorities} for s in sheets] == [{4, 5}, {1, 2, 3}]
    assert [s.title for s in sheets] == ["West, 1 of 2", "West, 2 of 2"]


def test_a_sheet_holds_at_most_so_many():
    sheets = plan([replace(p, tasks=("visit",)) for p in near(7)])
    assert sum(len(s.priorities) for s in sheets) == 7
    assert max(len(s.priorities) for s in sheets) <= 5
    few = plan([replace(p, tasks=("visit",)) for p in near(7)], most=2)
    assert max(len(s.priorities) for s in few) == 2


def test_thirty_in_a_town_are_the_first_five_and_those_with_a_unit():
    given_ = near(30, step=100.0)
    given_[19] = replace(given_[19], tasks=("visit",))
    sheets = plan(given_)
    shown = {p.rank for s in sheets for p in s.priorities}
    assert shown == {1, 2, 3, 4, 5, 20}
    assert [len(s.left_out) for s in sheets][-1] == 24
    assert [len(s.left_out) for s in sheets][:-1] == [0] * (len(sheets) - 1)


def test_districts_come_by_name_and_numbers_run_through():
    given_ = [
        *near(2),
        *near(2, start=(400_000.0, 120_000.0), first=3, district="East"),
    ]
    sheets = plan(given_)
    assert [s.title for s in sheets] == ["East", "West"]
    assert [[p.number for p in s.priorities] for s in sheets] == [[1, 2], [3, 4]]


def test_numbers_follow_the_reading_of_the_map():
    at = [(0, 0), (900, 900), (0, 900), (900, 0)]
    given_ = [
        priority(k + 1, (305_000.0 + x, 105_000.0 + y)) for k, (x, y) in enumerate(at)
    ]
    (sheet,) = plan(given_)
    assert [p.rank for p in sheet.priorities] == [3, 2, 1, 4]


def test_numbers_are_the_same_on_other_paper_and_for_one_area():
    given_ = [*near(4), *near(3, start=(340_000.0, 140_000.0), first=5)]
    ground = make_ground(given_)
    small = areas.plan(ground, given_, room)
    large = areas.plan(ground, given_, lambda _: (264.0, 250.0))
    one = areas.plan(ground, given_, room, area="quay")

    def numbered(plans):
        return {p.rank: p.number for s in plans for p in s.priorities}

    assert numbered(small) == numbered(large)
    assert numbered(one).items() <= numbered(small).items()
    assert [s.scale for s in large] <= [s.scale for s in small]


def test_an_area_without_priorities_has_a_sheet_only_if_asked_for():
    given_ = near(2)
    assert [s.title for s in plan(given_)] == ["West"]
    (sheet,) = plan(given_, area="East")
    assert sheet.priorities == ()
    assert sheet.area.name == "East"
    half = np.array([WIDE, HIGH]) / 2000 * sheet.scale
    assert (half >= 30_000).all()  # of 60 km


def test_no_priorities_are_no_sheets():
    assert plan([]) == ()


@pytest.mark.parametrize(
    ("name", "kind"), [("west", "district"), (" QUAY ", "beat"), ("Bath", "place")]
)
def test_an_area_is_found_by_name(name, kind):
    assert areas.find(make_ground([]), name).kind == kind


def test_a_place_is_all_that_is_near_its_parts():
    found = areas.find(make_ground([]), "bath")
    assert found.geometry.contains(shapely.Point(309_000, 106_400))
    assert not found.geometry.contains(shapely.Point(309_000, 106_600))
    part = areas.find(make_ground([]), "Weir")
    assert part.name == "Weir"
    assert not part.geometry.contains(shapely.Point(305_000, 105_000))


def test_an_unknown_area_is_refused_with_the_nearest_names():
    with pytest.raises(UsageError, match=r"'Wset' in this run.*such as 'West'"):
        plan(near(1), area="Wset")


@pytest.mark.parametrize(
    ("wide", "scale"), [(1590, 10_000), (1591, 15_000), (7950, 50_000)]
)
def test_the_scale_is_the_largest_round_one_that_holds(wide, scale):
    # 177 mm less two margins of 9 mm is 159 mm.
    assert areas.scale_for((0, 0, wide, 10), (WIDE, HIGH)) == scale


@given(st.floats(1, 9e6), st.floats(1, 9e6))
@settings(max_examples=60)
def test_any_extent_fits_at_its_scale(wide, high):
    scale = areas.scale_for((0, 0, wide, high), (WIDE, HIGH))
    assert wide / scale * 1000 <= WIDE - 18 + 1e-6
    assert high / scale * 1000 <= HIGH - 18 + 1e-6


def test_a_priority_of_a_district_that_is_not_there_goes_to_the_nearest():
    (sheet,) = plan([priority(1, (419_000.0, 150_000.0), district="Gone")])
    assert sheet.area.name == "East"


def test_a_map_shows_ground_round_its_priorities_where_a_sheet_has_room():
    def half(sheet):
        return np.array([WIDE, HIGH]) / 2000 * sheet.scale

    (alone,) = plan(near(1))
    assert (half(alone) >= 400 + 800).all()
    assert alone.scale <= 50_000
    # Discs of 400 m, 4 km apart: 4.6 km high is what a sheet at 1:50,000 holds.
    apart = [*near(1), priority(2, (305_000.0, 108_200.0))]
    (both,) = plan(apart)
    assert both.scale == 50_000
