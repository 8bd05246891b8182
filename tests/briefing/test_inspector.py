"""The inspector's page: figures by brute force, and a page that holds all of it."""

import numpy as np
import pandas as pd
import pytest

from geoalloc.briefing.blocks import Table
from geoalloc.briefing.frame import Frame
from geoalloc.briefing.inspector import inspection
from geoalloc.briefing.inspector_sheet import inspector_sheet
from geoalloc.briefing.page import Sheet
from geoalloc.briefing.paper import A3, A4
from tests.briefing.conftest import changed, hotspot_rows, with_record


def block(run, title, **options):
    found = [b for b in inspection(run, **options).blocks if b.title.startswith(title)]
    return found[0]


def below(sheet):
    """What stands under the room of a sheet: small print and marking alone."""
    return [w.text for w in sheet.words if w.y > sheet.bottom]


def said(run, title):
    return " ".join(block(run, title).sentences)


def test_people_waiting_come_first_with_intervals_and_the_comparison(toy):
    first = inspection(toy).blocks[0]
    assert first.title == "Who calls, and who waits too long"
    assert first.head[2:4] == ("Late, borderless", "Late, bordered")
    assert first.rows[0] == (
        "Immediate",
        "212 (180 to 245)",
        "14 (11 to 17)",
        "31 (28 to 34)",
        "12 min",
        "21 or more",
    )


def test_a_bordered_plan_is_set_first(toy):
    first = inspection(with_record(toy, mode="bordered")).blocks[0]
    assert first.head[2:4] == ("Late, bordered", "Late, borderless")
    assert "This plan is bordered" in first.note


def test_what_was_not_simulated_is_not_known(toy):
    first = inspection(changed(toy, scores=toy.scores.iloc[:0])).blocks[0]
    assert set(first.rows[0][2:]) == {"not known"}


def test_hours_add_up_to_the_demand(toy):
    hours = block(toy, "Calls expected by hour")
    assert list(hours.hours) == ["22:00", "23:00", "00:00"]
    for k, period in enumerate(sorted(toy.demand["period"].unique())):
        total = sum(
            row.incidents for row in toy.demand.itertuples() if row.period == period
        )
        assert sum(values[k] for _, values in hours.series) == pytest.approx(total)
    lines = dict(hours.lines)
    assert lines["Response, at post / break"] == ["2 / 0", "1 / 1", "2 / 0"]
    assert lines["Visits begun"] == ["1", "0", "1"]


def test_districts_share_all_calls_harm_and_units(toy):
    half = np.where(np.arange(len(toy.hexes)) % 2, "North", "South")
    harm = toy.demand.assign(harm=toy.demand["incidents"])
    run = changed(toy, hexes=toy.hexes.assign(district=half), demand=harm)
    rows = block(run, "By district").rows
    assert {row[0] for row in rows} == {"North", "South"}
    assert sum(float(row[2].rstrip("%")) for row in rows) == pytest.approx(100, abs=1)
    assert sum(int(row[3]) for row in rows) == 3


def test_worst_places_are_those_with_most_weighted_late_calls(toy):
    weight = {"immediate": 1.0, "priority": 0.25, "routine": 0.05}
    place = dict(zip(toy.hexes["hex_id"], toy.hexes["place"], strict=True))
    late = {}
    for row in toy.cover.itertuples():
        name = place[row.hex_id]
        late[name] = late.get(name, 0.0) + row.unmet * weight[row.grade]
    table = block(toy, "What is not covered")
    assert [row[0] for row in table.rows] == sorted(late, key=lambda n: -late[n])
    immediate = toy.cover[toy.cover["grade"] == "immediate"]
    north = immediate["hex_id"].map(place) == "Northtown"
    shown = {row[0]: row for row in table.rows}
    assert float(shown["Northtown"][3]) == pytest.approx(
        immediate["unmet"][north].sum(), abs=0.005
    )


def test_a_place_is_told_by_its_worst_reference(toy):
    one = toy.hexes["place"] == "Northtown"
    by_hex = toy.cover.groupby("hex_id")["unmet"].sum()
    worst = toy.hexes[one].set_index("hex_id")["grid_ref"]
    expected = worst[by_hex.reindex(worst.index).idxmax()]
    rows = {row[0]: row for row in block(toy, "What is not covered").rows}
    assert rows["Northtown"][1] == expected


def test_at_most_so_many_places_are_named_and_none_without_late_calls(toy):
    many = toy.hexes.assign(place=[f"Place {k:02d}" for k in range(len(toy.hexes))])
    assert len(block(changed(toy, hexes=many), "What is not", places=4).rows) == 4
    none = changed(toy, cover=toy.cover.assign(unmet=0.0))
    assert block(none, "What is not covered").rows == []


def test_places_out_of_reach_are_named_and_no_hex_is(toy):
    text = said(toy, "Out of reach")
    assert "Northtown" in text
    nothing = {"hexes": 0, "places": []}
    clear = with_record(toy, beyond=nothing, unreachable=nothing)
    assert said(clear, "Out of reach").count("No inhabited place") == 2
    whole = repr(inspection(toy))
    assert not any(str(one) in whole for one in toy.hexes["hex_id"])


def test_what_was_chosen_not_to_be_covered_is_said(toy):
    rows = hotspot_rows(toy, ["A", "B", "C"], institution=["", "hospital", ""])
    spot = {"hotspot": "1 A", "wanted": 2, "planned": 1, "why_not": "no unit is free"}
    run = with_record(
        changed(toy, hotspots=rows),
        patrol={"sentence": "1 visit.", "hotspots": [spot]},
    )
    text = said(run, "What was chosen")
    assert "Minimum cover of Central (at least 2, -1)" in text
    assert "0.25 late calls" in text
    assert (
        "Posts that no PCSO unit may take: Old Pier. Units that keep a post: R1."
        in text
    )
    assert "A: visits not planned 1: no unit is free." in text
    assert "no visit was asked for: C." in text
    assert "No priority: B, recorded at a hospital" in text
    assert "45 resolved without deployment; 3.0 avoided by triage." in text


def test_hotspots_bear_the_numbers_of_the_sheets(toy):
    run = with_record(toy, patrol={})
    found = inspection(run, numbers={1: 7, 2: 5}).right[-1]
    assert "7 Quay Street, 5 Mill Lane, Hill Top." in " ".join(found.sentences)


def test_without_patrol_the_page_says_that_none_was_asked_for(toy):
    run = with_record(toy, patrol={})
    assert "No patrol was asked for." in said(run, "What was chosen")


def test_resources_are_counted_by_station_and_kind(toy):
    assert block(toy, "Resources by home station").sentences == [
        "Response + PCSO units, officers in brackets: Central 2 + 1 (5)."
    ]


def test_what_a_role_is_worth_that_the_model_cannot_see_is_not_measured(toy):
    found = next(b for b in inspection(toy).left if b.title == "Resources")
    assert "What PCSO presence is worth is not measured." in found.sentences


def test_committed_units_are_counted(toy):
    plan = toy.plan.copy()
    plan.loc[[0, 3], "activity"] = "committed"
    run = changed(toy, plan=plan)
    found = next(b for b in inspection(run).left if b.title == "Resources")
    assert "At a call as the shift begins: 2." in found.sentences


def test_honesty_and_warnings_stand_on_the_page_once(toy):
    run = with_record(toy, notes=["WARNING: borders do better.", "A note."])
    text = said(run, "How far to trust it")
    for line in (toy.record["honesty"]["sentences"][0], toy.record["safety"]):
        assert text.count(line) == 1
    assert "WARNING: borders do better." in text


@pytest.mark.parametrize("paper", [A4, A3], ids=["a4", "a3"])
def test_all_text_stands_between_head_and_foot_and_inside_the_margins(toy, paper):
    sheet = inspector_sheet(toy, paper, Frame.of(toy))
    body = [w for w in sheet.words if sheet.top <= w.y <= sheet.bottom]
    assert len(body) > 60
    assert max(w.x + w.width for w in sheet.words) <= sheet.right + 0.5
    assert min(w.x for w in sheet.words) >= sheet.left - 0.5
    assert min(w.size_pt for w in sheet.words) >= 7.0
    assert below(sheet) == below(Sheet(paper, sheet.frame, "", "", 1, 1))


@pytest.mark.parametrize("paper", [A4, A3], ids=["a4", "a3"])
def test_no_head_of_a_table_is_broken_inside_a_word(toy, paper):
    shown = {
        word
        for w in inspector_sheet(toy, paper, Frame.of(toy)).words
        for word in w.text.split()
    }
    tables = [b for b in inspection(toy).blocks if isinstance(b, Table)]
    heads = {word for table in tables for cell in table.head for word in cell.split()}
    grades = {row[0] for row in tables[0].rows}
    references = {row[1].split()[-1] for row in tables[2].rows}
    assert heads | grades | references <= shown


def test_the_page_is_set_larger_on_larger_paper(toy):
    frame = Frame.of(toy)
    sizes = [
        np.median([w.size_pt for w in inspector_sheet(toy, paper, frame).words])
        for paper in (A4, A3)
    ]
    assert sizes[1] > sizes[0]


def test_a_page_with_too_much_to_say_is_cut_and_stays_on_the_sheet(toy):
    long = "Of many calls, a few are late, and this goes on for a long while. " * 6
    honesty = {"sentences": [long.strip()] * 14, "rows": {}}
    units = pd.concat([toy.units] * 40, ignore_index=True)
    units["home_station"] = [f"Station Number {k}" for k in range(len(units))]
    run = with_record(changed(toy, units=units), honesty=honesty)
    sheet = inspector_sheet(run, A4, Frame.of(run))
    assert any("…" in w.text for w in sheet.words)
    assert below(sheet) == below(Sheet(A4, sheet.frame, "", "", 1, 1))
