"""The overview has every sheet and every priority on one page."""

import re

import pytest

from geoalloc.briefing import area_sheet, areas, wording
from geoalloc.briefing.atlas import Atlas
from geoalloc.briefing.overview import overview
from geoalloc.briefing.page import A3, A4
from geoalloc.briefing.priorities import priorities
from tests.briefing.conftest import changed, hotspot_rows
from tests.briefing.paper_laws import broken, text_of, written


def drawn(run, paper=A4):
    atlas = Atlas.of(run, paper)
    room = area_sheet.room(atlas)
    plans = areas.plan(atlas.ground, priorities(run), room, most=atlas.most)
    return atlas, plans, overview(atlas, plans, 3, 2, 2 + len(plans))


def words(sheet):
    return [word.text for word in sheet.words]


@pytest.mark.parametrize("paper", [A4, A3])
@pytest.mark.parametrize("n", [1, 3, 30])
def test_all_priorities_and_sheets_are_listed_and_on_the_map(toy, paper, n):
    places = [f"Corner {k}" for k in range(n)]
    run = changed(toy, hotspots=hotspot_rows(toy, places))
    atlas, plans, sheet = drawn(run, paper)
    said = words(sheet)
    assert broken(sheet) == []
    for place in places:
        assert sum(text.startswith(f"{place}, ") for text in said) == 1
    for k, plan in enumerate(plans):
        assert f"Sheet {3 + k}" in said
        assert f"Sheet {3 + k}: {plan.title}, 1:{plan.scale:,}" in said
    for number in range(1, n + 1):
        # In a disc on the map, and in the list; one may be figures of the grid.
        assert said.count(str(number)) >= 2
    assert len(written([sheet], atlas.frame)) <= 300_000


def test_the_scale_is_stated(toy):
    atlas, _, sheet = drawn(toy)
    text = text_of(written([sheet], atlas.frame))
    assert re.search(r"1:[\d,]+ at 100 % \(A4\)", text)
    assert wording.STOP_AND_SEARCH in text


def test_a_run_without_hotspots_has_an_overview_that_says_so(toy):
    _, plans, sheet = drawn(changed(toy, hotspots=toy.hotspots.iloc[:0]))
    assert plans == ()
    assert "No priority tonight: no hotspot of this run may be one." in words(sheet)
    assert broken(sheet) == []


def test_what_has_no_sheet_is_listed_apart(toy):
    places = [f"Corner {k}" for k in range(9)]
    _, plans, sheet = drawn(changed(toy, hotspots=hotspot_rows(toy, places)))
    head = "Of lower rank and with no unit tasked: on no sheet"
    said = words(sheet)
    left = [p for plan in plans for p in plan.left_out]
    assert left
    after = said[said.index(head) :]
    for one in left:
        assert any(text.startswith(f"{one.place}, ") for text in after)
