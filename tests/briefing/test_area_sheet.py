"""Each sheet of an area says all that it must, inside the page, and nothing twice."""

import copy
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geoalloc.briefing import area_sheet as sheets
from geoalloc.briefing import areas, rows, wording
from geoalloc.briefing.atlas import Atlas
from geoalloc.briefing.page import A3, A4
from geoalloc.briefing.priorities import priorities
from tests.briefing.conftest import changed, hotspot_rows, with_record
from tests.briefing.paper_laws import broken, text_of, written

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch by the Water "


_DRAWN = {}  # of the session's toy: nothing changes a sheet that is drawn


def drawn(run, paper=A4, *, area=None):
    key = (id(run), paper.name, area)
    if key not in _DRAWN:
        _DRAWN[key] = (run, _drawn(run, paper, area))  # the run is kept, and its id
    return _DRAWN[key][1]


def _drawn(run, paper, area):
    atlas = Atlas.of(run, paper)
    plans = areas.plan(
        atlas.ground, priorities(run), sheets.room(atlas), area=area, most=atlas.most
    )
    made = [
        sheets.area_sheet(atlas, plan, k + 1, len(plans))
        for k, plan in enumerate(plans)
    ]
    return atlas, plans, made


def words(sheet):
    return " ".join(word.text for word in sheet.words)


@pytest.mark.parametrize("paper", [A4, A3])
def test_a_sheet_says_what_a_briefing_officer_needs(toy, paper):
    atlas, _, made = drawn(toy, paper)
    said = " ".join(words(sheet) for sheet in made)
    data = written(made, atlas.frame)
    assert [broken(sheet) for sheet in made] == [[]] * len(made)
    for priority in priorities(toy):
        assert priority.place in said
        assert priority.grid_ref in said
    assert "Burglary" in said
    assert "Example: walk the backs." in said
    assert "about 15 min each" in said
    assert "P3" in said  # the unit tasked
    assert "22:05" in said
    assert "00:05" in said
    assert "No unit tasked" in said
    text = text_of(data)
    assert wording.STOP_AND_SEARCH in text
    assert wording.MARKERS in text
    assert "1:" in text
    assert f"at 100 % ({paper.name})" in text


def test_the_lines_on_the_law_are_word_for_word():
    assert wording.STOP_AND_SEARCH == (
        "Being in an area shown here is not, by itself, grounds for stop and search "
        "(PACE Code A)."
    )
    assert wording.MARKERS == "Check address markers before attending."


def test_no_hex_id_is_on_a_sheet(toy):
    _, _, made = drawn(toy)
    for sheet in made:
        assert not re.search(r"\b8[0-9a-f]{14}\b|\b\d{18}\b", words(sheet))


def test_a_sheet_is_small(toy):
    atlas, plans, made = drawn(toy)
    assert len(written(made, atlas.frame)) <= 300_000 * len(plans)


def test_the_map_has_the_room_that_it_was_planned_for(toy):
    atlas, plans, _ = drawn(toy)
    room = sheets.room(atlas)
    for plan in plans:
        wide, high = room(plan.priorities)
        assert high >= areas.least_room(len(plan.priorities))[1]
        assert wide >= areas.least_room(1)[0]
        assert plan.scale <= 50_000


def test_large_paper_has_a_larger_map_and_larger_type(toy):
    small, plans, _ = drawn(toy)
    large, _, made = drawn(toy, A3)
    for plan in plans:
        a, b = (sheets.room(atlas)(plan.priorities) for atlas in (small, large))
        assert b[0] > 1.4 * a[0]
        assert b[1] > 1.3 * a[1]
    assert max(w.size_pt for w in made[0].words if w.text == "Quay Street") > 9


def busy(toy):
    """Five priorities of long names with more visits and more to do than has room."""
    hotspots = hotspot_rows(toy, [LONG + str(k) for k in range(5)])
    one = toy.visits.iloc[0].to_dict()
    visits = pd.DataFrame(
        [
            one | {"rank": rank, "unit_id": f"A-VERY-LONG-CALL-SIGN-{k}"}
            for rank in range(1, 6)
            for k in range(6)
        ]
    ).astype(toy.visits.dtypes.to_dict())
    said = copy.deepcopy(toy.record["briefing"])
    said["actions"] = [
        {"category": "burglary", "place": "", "action": "Example: do this. " * 12}
    ] * 4
    run = with_record(toy, briefing=said, handling="Handle with care. " * 12)
    return changed(run, hotspots=hotspots, visits=visits)


@pytest.mark.parametrize("paper", [A4, A3])
def test_long_texts_stay_in_their_cells_and_say_that_they_are_cut(toy, paper):
    _, _, made = drawn(busy(toy), paper)
    assert [broken(sheet) for sheet in made] == [[]] * len(made)
    said = " ".join(words(sheet) for sheet in made)
    assert "…" in said
    assert re.search(r"and \d+ more visits", said) or said.count("A-VERY") == 30
    assert "more in the force's table" in said or said.count("Example:") == 20


def test_an_area_without_a_priority_says_so(toy):
    run = changed(toy, hotspots=toy.hotspots.iloc[:0])
    assert drawn(run)[2] == []
    _, _, (sheet,) = drawn(run, area="Central")
    assert "No priority in Central" in words(sheet)
    assert wording.STOP_AND_SEARCH in words(sheet)
    assert broken(sheet) == []


def test_what_is_left_out_is_told(toy):
    places = [f"Corner {k}" for k in range(30)]
    run = changed(toy, hotspots=hotspot_rows(toy, places))
    _, plans, made = drawn(run)
    n = sum(len(plan.priorities) for plan in plans)
    assert f"{30 - n} more hotspots of Central" in words(made[-1])
    assert [broken(sheet) for sheet in made] == [[]] * len(made)


def test_titles_name_the_area_and_its_numbers(toy):
    _, (plan, *_), _ = drawn(toy)

    def title(numbers):
        some = [replace(plan.priorities[0], number=n) for n in numbers]
        one = replace(plan, priorities=tuple(some), part=1, parts=1)
        return sheets._title(one)

    assert title([4]) == "Central: priority 4"
    assert title([4, 5, 6]) == "Central: priorities 4 to 6"
    assert title([4, 6, 7]) == "Central: priorities 4, 6 and 7"
    assert title([]) == "Central: no priority"


def test_without_a_table_there_are_rules_to_write_on(toy):
    said = {**toy.record["briefing"], "actions": []}
    _, _, made = drawn(with_record(toy, briefing=said))
    assert "What to do:" in words(made[0])
    assert "Example:" not in words(made[0])


def columns(**more):
    given = {
        "left": 12.0,
        "width": 186.0,
        "size_pt": 7.5,
        "cap": 60.0,
        "hours": frozenset({22}),
        "dwell_min": 15,
    }
    return rows.Columns(**given | more)


def test_a_row_is_as_high_as_it_says(toy):
    atlas, _, _ = drawn(toy)
    from geoalloc.briefing.page import Sheet

    sheet = Sheet(A4, atlas.frame, "T", "S", 1, 1)
    for priority in priorities(toy):
        before = len(sheet.words)
        bottom = rows.draw(sheet, columns(), priority, 60.0)
        assert bottom == pytest.approx(60.0 + rows.height(columns(), priority))
        low = max(word.y + 0.2 * word.size_pt * 0.35 for word in sheet.words[before:])
        assert low <= bottom


def test_a_trend_is_only_told_where_it_can_be_told_from_chance(toy):
    from geoalloc.briefing.page import Sheet

    atlas, _, _ = drawn(toy)
    one = replace(priorities(toy)[0], trend_text="more than a year before (x1.4)")
    for trend, shown in (("up", True), ("down", True), (None, False)):
        sheet = Sheet(A4, atlas.frame, "T", "S", 1, 1)
        marks = len(sheet.figure.get_children())
        rows.draw(sheet, columns(), replace(one, trend=None), 60.0)
        plain = len(sheet.figure.get_children()) - marks
        marks = len(sheet.figure.get_children())
        rows.draw(sheet, columns(), replace(one, trend=trend), 100.0)
        arrows = len(sheet.figure.get_children()) - marks - plain
        assert arrows == int(shown)
        assert ("More than a year" in words(sheet)) == shown


def test_bars_of_the_hours_are_as_high_as_their_shares(toy):
    from matplotlib.patches import PathPatch

    from geoalloc.briefing.page import Sheet

    atlas, _, _ = drawn(toy)
    shares = tuple(np.arange(24) / 276)
    one = replace(priorities(toy)[0], hour_shares=shares, day_shares=None, trend=None)
    sheet = Sheet(A4, atlas.frame, "T", "S", 1, 1)
    rows.draw(sheet, columns(), one, 60.0)
    bars = [
        np.ptp(polygon[:, 1])
        for patch in sheet.figure.artists
        if isinstance(patch, PathPatch) and patch.get_facecolor()[:3] != (1, 1, 1)
        for polygon in patch.get_path().to_polygons()
    ]
    assert len(bars) >= 23
    tall = max(bars)
    assert sorted(bars)[-23:] == pytest.approx(sorted(tall * np.arange(1, 24) / 23))
