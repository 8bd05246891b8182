"""Duty sheets: the timeline by hand, and laws that any night keeps."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pyproj
import pytest

from geoalloc.briefing.duties import duties, words
from geoalloc.briefing.priorities import priorities
from tests.briefing.conftest import changed, with_record


@pytest.fixture(scope="module")
def nights(toy):
    return {one.unit_id: one for one in duties(toy, priorities(toy))}


def told(duty):
    return [(e.times, e.what, e.where) for e in duty.entries]


def test_each_unit_has_its_night(toy, nights):
    assert list(nights) == toy.units["unit_id"].tolist()
    assert nights["P3"].officers == 1
    assert nights["R1"].home_station == "Central"


def test_a_night_by_hand(nights):
    # On duty from 22:00 to 00:00 as the units say; the last hour is no longer theirs.
    assert told(nights["R1"]) == [
        ("22:00-22:15", "Briefing", "Central"),
        ("22:15-22:19", "Drive, 4 min", "to Market Square"),
        ("22:19-23:50", "At post", "Market Square"),
        ("23:50-00:00", "Close-down", "Central"),
    ]


def test_break_repost_and_visits_stand_in_order_of_time(toy):
    units = toy.units.assign(ends_at=toy.units["ends_at"] + pd.Timedelta(1, "h"))
    night = duties(changed(toy, units=units), priorities(toy))[1]
    assert told(night) == [
        ("22:00-22:15", "Briefing", "Central"),
        ("22:05-22:20", "Visit priority 1", "Northtown"),
        ("22:15-22:19", "Drive, 4 min", "to Market Square"),
        ("22:19-23:00", "At post", "Market Square"),
        ("23:00-23:45", "Break", "Market Square"),
        ("23:45-00:00", "At post", "Market Square"),
        ("00:00-00:04", "Drive, 4 min", "to Quay"),
        ("00:04-00:50", "At post", "Quay"),
        ("00:05-00:20", "Visit priority 1", "Northtown"),
        ("00:50-01:00", "Close-down", "Central"),
    ]


def test_a_visit_that_overlaps_the_briefing_says_so(nights):
    visit = nights["R2"].visits[0]
    assert visit.note == "4 min drive before; overlaps the briefing"


def test_visits_bear_the_numbers_of_the_sheets(toy):
    numbered = [type(p)(**(vars(p) | {"number": 10 + p.rank})) for p in priorities(toy)]
    night = duties(toy, numbered)[1]
    assert {entry.number for entry in night.visits} == {11}
    assert night.visits[0].what == "Visit priority 11"


def test_the_times_of_a_night_follow_each_other_without_gap(toy, nights):
    for night in nights.values():
        spells = [entry for entry in night.entries if entry.number is None]
        assert spells[0].starts == night.starts
        assert spells[-1].ends == night.ends
        for before, after in itertools.pairwise(spells):
            assert before.ends == after.starts


def test_the_beat_is_named_by_its_busiest_places(toy, nights):
    opening = toy.cover[
        (toy.cover["grade"] == "immediate")
        & (toy.cover["period"] == toy.cover["period"].min())
    ]
    mine = opening.loc[opening["first_unit"] == "R1", "hex_id"]
    assert set(nights["R1"].hexes) == set(mine)
    busiest = toy.demand.groupby("hex_id")["incidents"].sum().loc[mine].idxmax()
    place = toy.hexes.set_index("hex_id").loc[busiest, "place"]
    assert nights["R1"].beat[0] == place
    assert set(nights["R1"].beat) == {"Northtown", "Southtown"}


def test_a_unit_that_is_first_nowhere_is_told_so(nights):
    assert nights["P3"].beat == ()
    said = dict(words(nights["P3"]))
    assert "Others are nearer" in said["Beat tonight"][0]


def test_a_beat_of_many_places_names_the_first_and_counts_the_rest(toy):
    many = toy.hexes.assign(place=[f"Place {k}" for k in range(len(toy.hexes))])
    night = duties(changed(toy, hexes=many), [])[0]
    assert len(night.beat) == 8
    assert night.more == len(night.hexes) - 8
    assert (
        f" and {night.more} places more."
        in dict(words(night))["Beat tonight (outlined)"][0]
    )


def test_beside_a_unit_is_who_comes_second_to_its_hexes(nights):
    assert nights["R1"].beside[0].unit_id == "R2"
    assert nights["P3"].beside
    for night in nights.values():
        assert night.unit_id not in {one.unit_id for one in night.beside}


def test_a_unit_alone_has_no_one_beside_it(toy):
    keep = toy.units["unit_id"] == "R1"
    posts = toy.posts[toy.posts["unit_id"] == "R1"]
    cover = toy.cover.assign(second_unit=pd.array([None] * len(toy.cover), "str"))
    night = duties(changed(toy, units=toy.units[keep], posts=posts, cover=cover), [])
    assert night[0].beside == ()
    assert dict(words(night[0]))["Beside you"] == ["No other unit is on duty."]


def test_a_unit_that_begins_at_a_call_is_told(toy):
    plan = toy.plan.copy()
    plan.loc[0, "activity"] = "committed"
    night = duties(changed(toy, plan=plan), [])[0]
    assert night.entries[1].what == "At the call it is on"


def test_a_unit_without_a_plan_has_no_sheet(toy):
    plan = toy.plan[toy.plan["unit_id"] != "R1"]
    assert [d.unit_id for d in duties(changed(toy, plan=plan), [])] == ["R2", "P3"]


def test_without_rules_of_a_duty_it_is_all_post(toy):
    run = with_record(toy, scenario={})
    night = duties(run, [])[0]
    assert night.entries[0].what == "Drive, 4 min"
    assert night.entries[-1].what == "At post"


def test_posts_are_each_told_once_with_where_they_are(toy, nights):
    post = nights["R1"].posts
    assert [entry.where for entry in post] == ["Market Square"]
    to_metres = pyproj.Transformer.from_crs(4326, 27700, always_xy=True)
    assert post[0].grid_ref == "ST 588 729"
    assert np.allclose(to_metres.transform(*post[0].point), (358_850, 172_950), atol=1)


def test_every_duty_sheet_says_the_line_on_stop_and_search(nights):
    for night in nights.values():
        assert any("PACE Code A" in line for line in dict(words(night))["Remember"])


def test_a_unit_that_ends_its_night_elsewhere_is_told_of_the_drive_home(nights):
    said = dict(words(nights["R1"]))["Remember"]
    assert said[0].startswith("The drive back from Market Square to Central is not in")
    at_home = dataclasses.replace(nights["R1"], home_station="Market")
    assert dict(words(at_home))["Remember"] == said[1:]
