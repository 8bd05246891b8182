"""Priorities: which hotspots are, and what is said of them."""

import numpy as np
import pandas as pd
import pytest

from geoalloc.briefing.priorities import left_out, priorities
from tests.briefing.conftest import (
    MONTHS,
    changed,
    counted,
    hotspot_rows,
    with_record,
)


def one(run, **columns):
    """The first priority of a run whose first hotspot has other columns."""
    places = ["Quay Street"]
    row = hotspot_rows(run, places, **{k: [v] for k, v in columns.items()})
    found = priorities(changed(run, hotspots=row))
    return found[0] if found else None


def test_each_hotspot_is_a_priority_with_its_place_and_reference(toy):
    found = priorities(toy)
    assert [(p.rank, p.place) for p in found] == [
        (1, "Quay Street"),
        (2, "Mill Lane"),
        (3, "Hill Top"),
    ]
    assert {p.grid_ref for p in found} == {"ST 588 729"}
    assert {p.district for p in found} == {"Central"}
    assert left_out(toy) == []


def test_point_is_the_middle_in_metres_of_the_national_grid(toy):
    # ST is the square 300 km east and 100 km north of the false origin.
    east, north = priorities(toy)[0].point
    row = toy.hexes[toy.hexes["hex_id"] == priorities(toy)[0].hexes[0]].iloc[0]
    square, easting, northing = row["grid_ref"].split()
    assert square == "ST"
    assert int((east - 300_000) // 100) == int(easting)
    assert int((north - 100_000) // 100) == int(northing)


@pytest.mark.parametrize("kind", ["police station", "hospital", "prison"])
def test_an_institution_is_never_a_priority_and_is_told(toy, kind):
    rows = hotspot_rows(toy, ["A", "B"], institution=[kind, ""])
    run = changed(toy, hotspots=rows)
    assert [p.place for p in priorities(run)] == ["B"]
    assert [(o.rank, o.place) for o in left_out(run)] == [(1, "A")]
    assert kind in left_out(run)[0].why


@pytest.mark.parametrize("category", ["violent-crime", "violence-and-sexual-offences"])
def test_violence_is_never_a_priority_of_data_police_uk_whatever_the_scenario(
    toy, category
):
    scenario = toy.record["scenario"] | {"patrol": {"barred_categories": []}}
    data = toy.record["data"] | {"source": "data.police.uk"}
    run = with_record(toy, scenario=scenario, data=data)
    assert one(run, category=category) is None


def test_violence_is_a_priority_where_the_scenario_says_that_it_is_in_public(toy):
    scenario = toy.record["scenario"] | {"patrol": {"barred_categories": []}}
    data = toy.record["data"] | {"source": "the force"}
    assert one(with_record(toy, data=data), category="violent-crime") is None
    told = one(with_record(toy, data=data, scenario=scenario), category="violent-crime")
    assert told is not None
    apart = one(toy, category="violence-in-public-places")
    assert apart is not None


def test_what_the_scenario_bars_is_no_priority(toy):
    patrol = {"barred_categories": ["burglary"]}
    scenario = toy.record["scenario"] | {"patrol": patrol}
    run = with_record(toy, scenario=scenario)
    assert priorities(run) == []
    assert left_out(run)[0].why == "mostly burglary, which is not for directed patrol"


def test_why_is_made_of_what_was_measured(toy):
    told = one(
        toy,
        incidents=8538.0,
        share=0.02268,
        area_share=0.0004,
        windows="6 of 6",
        category_share=0.3274,
    )
    assert told.why == (
        "8,538 recorded incidents in 24 months, 2.3% of those mapped on 0.04% of the "
        "land; hot in 6 of 6 parts of the period; about a third are burglary."
    )
    assert str(told.hexes[0]) not in told.why


def test_a_share_that_is_no_simple_fraction_is_a_percentage(toy):
    assert "; 41% are burglary." in one(toy, category_share=0.41).why
    assert "; about half are burglary." in one(toy, category_share=0.49).why


def test_of_what_is_not_known_nothing_is_said(toy):
    told = one(toy, windows="", category_share=np.nan)
    assert "hot in" not in told.why
    assert "are burglary" not in told.why


def test_what_to_do_comes_from_the_table_by_category_and_place(toy):
    first, second, _ = priorities(toy)
    assert first.actions == ("Example: walk the backs.", "Example: see the pier.")
    assert second.actions == ("Example: walk the backs.",)
    assert one(toy, category="shoplifting").actions == ()
    assert priorities(with_record(toy, briefing={}))[0].actions == ()


def test_peak_says_on_what_it_rests(toy):
    hours = [1 / 48] * 20 + [1 / 24 + 5 / 48] * 4
    assumed = one(toy, peak_hours="", hour_shares=hours, peak_basis="assumed")
    assert (assumed.peak_text, assumed.peak_basis) == ("20:00-00:00", "assumed")
    known = one(toy, peak_hours="Fri 22:00-01:00", peak_basis="recorded")
    assert (known.peak_text, known.peak_basis) == ("Fri 22:00-01:00", "recorded")


@pytest.mark.parametrize(
    ("hours", "basis"),
    [([1 / 24] * 24, "assumed"), ([], "none"), ([np.nan] * 24, "assumed")],
)
def test_where_no_hour_stands_out_the_peak_is_not_known(toy, hours, basis):
    told = one(toy, peak_hours="", hour_shares=hours, peak_basis=basis)
    assert (told.peak_text, told.peak_basis) == ("not known", "none")


def test_tasks_are_the_visits_in_local_time_and_in_order(toy):
    first, second, _ = priorities(toy)
    assert [(t.unit_id, t.times) for t in first.tasks] == [
        ("R2", "22:05-22:20"),
        ("R2", "00:05-00:20"),
    ]
    assert str(first.tasks[0].starts.tz) == "Europe/London"
    assert second.tasks == ()


def test_an_arrow_stands_only_at_a_change_that_can_be_told(toy):
    ids = toy.hotspots["hex_ids"]
    grown = counted(ids.iloc[0], {m: 30 if m > "2025" else 10 for m in MONTHS})
    level = counted(ids.iloc[1], dict.fromkeys(MONTHS, 10))
    run = changed(toy, incident_summary=pd.concat([grown, level], ignore_index=True))
    first, second, third = priorities(run)
    assert first.trend == "up"
    assert first.trend_text.startswith("up 201%")  # 2024 had a day more
    assert second.trend is None
    assert third.trend is None


def test_a_hotspot_too_large_for_a_visit_is_flagged(toy):
    assert one(toy, area_km2=8.8).flag.startswith("8.8 km²")
    assert one(toy, area_km2=0.7).flag == ""


def test_without_hotspots_there_is_no_priority(toy):
    assert priorities(changed(toy, hotspots=toy.hotspots.iloc[:0])) == []


def test_no_column_is_about_a_person(toy):
    words = {"name", "suspect", "victim", "officer", "offender", "person", "collar"}
    assert not words & set(vars(priorities(toy)[0]))
