"""The small map lies in a corner that hides no priority, and shows the large one."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from geoalloc.briefing import area_sheet, areas, locator
from geoalloc.briefing.atlas import Atlas
from geoalloc.briefing.page import A4, Sheet
from geoalloc.briefing.priorities import priorities
from geoalloc.briefing.view import View


@pytest.fixture(scope="module")
def atlas(toy):
    return Atlas.of(toy, A4)


@pytest.fixture(scope="module")
def plan(atlas, toy):
    return areas.plan(atlas.ground, priorities(toy), area_sheet.room(atlas))[0]


def make_view(plan):
    return View(x=21, y=25, width=177, height=110, center=plan.center, scale=plan.scale)


def test_it_is_in_a_corner_of_the_map(atlas, plan):
    view = make_view(plan)
    left, top, right, bottom = locator.place(view, plan, atlas)
    outer = view.room
    assert left == outer[0] or right == outer[2]
    assert top == outer[1] or bottom == outer[3]
    assert outer[0] <= left < right <= outer[2]
    assert outer[1] <= top < bottom <= outer[3]


@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_it_does_not_hide_a_priority(atlas, plan, corner):
    view = make_view(plan)
    west, south, east, north = view.bounds
    share = np.array(corner) * 0.9 + 0.05
    point = (west + share[0] * (east - west), south + share[1] * (north - south))
    one = replace(plan, priorities=(replace(plan.priorities[0], point=point),))
    left, top, right, bottom = locator.place(view, one, atlas)
    x, y = view.page(np.array(point))[0]
    assert not (left <= x <= right and top <= y <= bottom)


def test_a_map_of_the_whole_area_needs_none(atlas, plan):
    west, south, east, north = plan.area.geometry.bounds
    center = ((west + east) / 2, (south + north) / 2)
    view = replace(make_view(plan), center=center, scale=200_000)
    assert shapely.box(*view.bounds).contains(plan.area.geometry)
    assert locator.place(view, plan, atlas) is None


def test_its_area_is_named_inside_it(atlas, plan):
    sheet = Sheet(A4, atlas.frame, "T", "S", 1, 1)
    view = make_view(plan)
    box = locator.place(view, plan, atlas)
    locator.draw(sheet, view, plan, box, atlas)
    word = sheet.words[-1]
    assert word.text == "Central"
    assert box[0] <= word.x
    assert word.x + word.width <= box[2]
    assert box[1] <= word.y <= box[3]
