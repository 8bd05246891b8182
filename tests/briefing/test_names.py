"""Names stand near what they name, or not at all."""

import dataclasses

import numpy as np
import pytest
import shapely

from geoalloc.briefing import names
from geoalloc.briefing.ground import Ground, Named, Place, Post
from geoalloc.briefing.page import A4, Frame, Sheet
from geoalloc.briefing.view import View
from tests.briefing.paper_laws import box

CENTER = (358_500.0, 173_500.0)
NOTHING = np.empty((0, 4))


@pytest.fixture
def sheet(toy):
    return Sheet(A4, Frame.of(toy), "Map", "Shift", 1, 1)


def make_view(scale=25_000):
    return View(x=25, y=30, width=160, height=110, center=CENTER, scale=scale)


def lettering(text, at):
    return names.Lettering(text=text, at=at, size_pt=8.0)


def test_a_name_stands_beside_its_point_and_is_taken(sheet):
    wanted = [lettering("Northtown", (100.0, 80.0))]
    taken = names.write(sheet, make_view(), wanted, NOTHING)
    left, top, right, bottom = box(sheet.words[-1])
    assert sheet.words[-1].text == "Northtown"
    assert (
        np.hypot(max(left - 100, 100 - right, 0), max(top - 80, 80 - bottom, 0)) <= 4.0
    )
    assert taken[0, 0] <= left < right <= taken[0, 2] + 1e-9


def test_a_name_gives_way_to_what_is_there(sheet):
    wall = np.array([[80.0, 60.0, 140.0, 100.0]])
    before = len(sheet.words)
    taken = names.write(sheet, make_view(), [lettering("Lost", (110.0, 80.0))], wall)
    assert len(sheet.words) == before
    assert taken.tolist() == wall.tolist()


def test_units_of_a_post_are_named_or_counted():
    def post(*units):
        return Post(name="Market", units=units, point=CENTER)

    assert names.post_text(post("R1")) == "R1"
    assert names.post_text(post("R1", "R2")) == "R1, R2"
    assert names.post_text(post("R1", "R2", "R3")) == "3 units"


def test_posts_in_the_frame_are_marked_and_others_are_not(sheet):
    inside = Post(name="Market", units=("R1",), point=CENTER)
    outside = Post(name="Far", units=("R9",), point=(300_000.0, 100_000.0))
    taken = names.write_posts(sheet, make_view(), (inside, outside), NOTHING)
    texts = [word.text for word in sheet.words]
    assert "R1" in texts
    assert "R9" not in texts
    assert len(taken) == 2  # its mark and its name


def test_the_parts_of_a_town_are_one_name_on_a_small_map():
    parts = (
        Place(name="Clifton", town="Bristol", population=50, point=(1.0, 0.0)),
        Place(name="Bristol", town="Bristol", population=40, point=(2.0, 0.0)),
        Place(name="Wells", town="Wells", population=60, point=(3.0, 0.0)),
        Place(name="Upper Bath", town="Bath", population=10, point=(4.0, 0.0)),
    )
    found = names.towns(parts)
    assert [(p.name, p.population, p.point[0]) for p in found] == [
        ("Bristol", 90, 2.0),
        ("Wells", 60, 3.0),
        ("Bath", 10, 4.0),
    ]


def test_places_are_named_in_the_frame(sheet, toy):
    ground = Ground.of(toy)
    names.write_places(sheet, make_view(50_000), ground, NOTHING)
    assert "Northtown" in [word.text for word in sheet.words]


def test_a_road_bears_its_number_once_on_its_longest_part_in_the_frame(sheet, toy):
    east, north = CENTER

    def road(name, *points):
        at = [(east + x, north + y) for x, y in points]
        return Named(name=name, geometry=shapely.LineString(at))

    roads = (
        road("A4", (-200, 500), (200, 500)),
        road("A4", (-1000, -500), (1000, -500)),
        road("", (-500, 0), (500, 0)),
        road("M9", (9_000, 9_000), (9_900, 9_000)),
    )
    ground = Ground.of(toy)
    ground = dataclasses.replace(ground, lines={**ground.lines, "road": roads})
    names.write_roads(sheet, make_view(), ground, NOTHING)
    written = [word for word in sheet.words if word.text in ("A4", "M9")]
    assert [word.text for word in written] == ["A4"]
    left, top, right, bottom = box(written[0])
    assert abs((left + right) / 2 - 105) < 8
    assert abs((top + bottom) / 2 - (85 + 20)) < 8  # 500 m south at 1:25,000
