from dataclasses import replace

import numpy as np
import pytest

from geoalloc.maps import _hotspot_words
from tests.maps.hotspot_town import make_found, make_record


@pytest.fixture(scope="module")
def found(town):
    return make_found(town.grid)


@pytest.fixture
def cards(found):
    made = _hotspot_words.figures(found, make_record())
    return {card["title"]: card for card in made}


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Hotspots", "2 hotspots hold 64% of the incidents on 23% of the land"),
        ("Concentration", "Half of the incidents on 8.3% of the land"),
        ("Incidents", "230 of 1,250 on the map"),
        ("Density", "Quartic kernel, radius 800 m"),
    ],
)
def test_the_strip_tells(cards, title, text):
    assert "".join(cards[title]["parts"]) == text


def test_the_strip_tells_what_was_left_out_and_why(cards):
    small = cards["Incidents"]["small"]
    assert small == "1,020 left out: no coordinates 1,016, outside the area 4."


def test_of_many_reasons_the_three_commonest_are_named(found):
    rejects = {"a": 1, "b": 40, "c": 30, "d": 2, "e": 0}
    cards = _hotspot_words.figures(found, make_record() | {"rejects": rejects})
    assert cards[3]["small"] == "73 left out: b 40, c 30, d 2, and others."


def test_one_incident_is_one(found):
    alone = replace(found, area=replace(found.area, incidents=1, places=1))
    assert _hotspot_words.positions(alone) == "1 incident stands at 1 place."
    record = make_record() | {"n_read": 1, "n_used": 1}
    assert _hotspot_words.used(record) == "1 of 1 incident on the map"


def test_a_reading_that_left_out_nothing_says_so(found):
    cards = _hotspot_words.figures(found, make_record() | {"rejects": {"x": 0}})
    assert cards[3]["small"] == "None left out."


def test_the_strip_tells_how_sure_it_is(cards):
    assert cards["Hotspots"]["small"] == (
        "Each is significant (at 5%) and among the densest 1% of the land."
    )
    small = cards["Significance"]["small"]
    assert small == (
        "7 in clusters (exact Gi*, false discovery rate 5%), 6 over 2 times the area's "
        "rate. Moran's I 0.31 (p 0.002)."
    )


def test_an_undefined_morans_i_is_not_told(found):
    flat = replace(found, area=replace(found.area, morans_i=np.nan, morans_p=np.nan))
    cards = _hotspot_words.figures(flat, make_record())
    assert "Moran" not in str(cards)


def test_no_hotspot_is_told_as_none(found):
    none = replace(found, hotspots=found.hotspots[:0])
    card = _hotspot_words.figures(none, make_record())[0]
    assert "".join(card["parts"]) == "None found"


def test_one_hotspot_is_one(found):
    one = replace(found, hotspots=found.hotspots[:1])
    card = _hotspot_words.figures(one, make_record())[0]
    assert card["parts"][1] == "1 hotspot"


@pytest.mark.parametrize(
    ("places", "snapped"), [(115, True), (116, False), (230, False), (0, False)]
)
def test_detail_is_said_to_be_limited_from_two_incidents_a_place(
    found, places, snapped
):
    area = replace(found.area, places=places)
    text = _hotspot_words.positions(replace(found, area=area))
    assert text.startswith(f"230 incidents stand at {places} places")
    assert ("several to one" in text) == snapped


def test_what_stays_with_a_picture_of_the_map():
    assert _hotspot_words.face(make_record()) == [
        "1 January 2025 to 31 December 2025",
        "230 of 1,250 incidents on the map",
        "Where incidents were recorded, not a forecast.",
        "Quartic kernel, radius 800 m, H3 resolution 8",
    ]


def test_incidents_without_times_say_so():
    record = make_record() | {"period": {"from": None, "to": None, "text": "no times"}}
    assert _hotspot_words.period(record) == "No times known"


@pytest.mark.parametrize(
    ("names", "of"),
    [
        ([], "recorded incidents"),
        (["drugs"], "drugs"),
        (["drugs", "other-theft"], "drugs and other theft"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "recorded incidents"),
        ([""], "recorded incidents"),
        (["incident"], "recorded incidents"),
    ],
)
def test_the_title_names_few_categories(names, of):
    record = make_record() | {"categories": dict.fromkeys(names, 1)}
    assert _hotspot_words.subject(record).startswith(f"Hotspots of {of}. Where")


def test_the_page_tells_what_it_was_made_from(found):
    told = dict(_hotspot_words.about(found, make_record()))
    assert told["Incidents"] == "1,250 read, 230 on the map"
    assert told["Left out"] == "no coordinates 1,016; outside the area 4"
    assert told["Period"] == "1 January 2025 to 31 December 2025 (Europe/London)"
    assert told["Categories"] == "Violent crime 200, Drugs 30"
    assert told["Windows"].count("\n") == 1
    assert told["Made"] == ("by geoalloc 0.2.0, run 0a1b2c3d")


def test_only_what_is_needed_of_a_record_is_asked_for(found):
    record = make_record()
    for name in (
        "attribution",
        "categories",
        "made_at",
        "marking",
        "run_id",
        "time_zone",
    ):
        del record[name]
    told = dict(_hotspot_words.about(found, record))
    assert "Attribution" not in told
    assert told["Made"] == "by geoalloc 0.2.0"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (0.0024, "0.24%"), (0.083, "8.3%"), (0.096, "10%"), (1.0, "100%")],
)
def test_shares_have_two_digits(share, text):
    assert _hotspot_words.percent(share) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(1e-9, "under 0.0001"), (0.0001, "0.0001"), (0.0312, "0.03"), (1.0, "1")],
)
def test_p_values_have_one_digit_and_a_floor(p, text):
    assert _hotspot_words.chance(p) == text
