import copy

import numpy as np
import pandas as pd
import pytest

from geoalloc.maps import _words


@pytest.fixture
def record(town):
    return copy.deepcopy(town.run.record)


@pytest.fixture
def cards(town):
    made = _words.figures(town.run.record, _words.Scores(town.run.scores, "borderless"))
    return {card["title"]: card for card in made}


def test_the_first_figure_is_about_people_waiting(town):
    first = _words.figures(
        town.run.record, _words.Scores(town.run.scores, "borderless")
    )[0]
    assert "".join(first["parts"]) == (
        "Of about 212 immediate calls, 14 (11–17) are late borderless; "  # noqa: RUF001
        "31 (28–34) bordered"  # noqa: RUF001
    )
    assert first["small"].endswith("Model: 13 borderless, 30 bordered.")


def test_a_figure_without_a_model_value_claims_none(cards):
    assert "Model" not in cards["Priority calls"]["small"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "9 in 10 answered",
            "immediate within 12 min, priority within 28 min of the call",
        ),
        ("1 night in 20", "21 or more immediate calls late borderless"),
        ("Utilisation", "response 61% of the shift on calls"),
        ("Solver", "Optimal, gap 0.5%"),
        ("Workload", "observed 60%, scaled 30%, assumed 10%"),
    ],
)
def test_the_strip_tells(cards, title, text):
    assert "".join(cards[title]["parts"]) == text


def test_the_strip_tells_the_hours_that_are_lost(cards):
    small = cards["Workload"]["small"]
    assert small.endswith("Besides, 4.2 are lost to what police discover.")


def test_the_strip_never_measures_pcsos_by_their_calls(cards):
    small = cards["Utilisation"]["small"]
    assert small == "Bordered 61%. PCSO visible hours: not measured."
    assert "20%" not in str(cards)


def test_groups_that_are_no_grades_change_nothing(town, cards):
    rows = town.run.scores[town.run.scores["group"] == "immediate"]
    other = pd.concat([rows.assign(group="routine-pcso"), town.run.scores])
    made = _words.figures(town.run.record, _words.Scores(other, "borderless"))
    assert made == list(cards.values())


def test_the_plan_on_the_map_comes_first(town):
    scores = _words.Scores(town.run.scores, "bordered")
    first = _words.figures(town.run.record, scores)[0]
    assert "31 (28–34) are late bordered" in "".join(first["parts"])  # noqa: RUF001


def test_unmet_demand_of_the_model_stands_beside_the_simulation(town):
    scores = _words.Scores(town.run.scores, "borderless")
    assert _words.unmet(16.4, town.run.record, scores) == (
        "Model: 16 late in the whole area, all grades. Simulation: 57."
    )
    some = town.run.scores[town.run.scores["group"] != "routine"]
    told = _words.unmet(16.4, town.run.record, _words.Scores(some, "borderless"))
    assert "Simulation" not in told


def test_a_run_of_one_plan_makes_no_comparison(town):
    scores = town.run.scores[town.run.scores["plan"] == "bordered"]
    first = _words.figures(town.run.record, _words.Scores(scores, "borderless"))[0]
    assert "".join(first["parts"]).endswith("are late bordered")


def test_a_run_without_simulation_shows_no_figure_of_it(town):
    scores = town.run.scores.assign(simulated=np.nan)
    made = _words.figures(town.run.record, _words.Scores(scores, "borderless"))
    assert [card["title"] for card in made] == ["Solver", "Workload"]


def test_small_counts_keep_a_decimal():
    assert [_words.count(x) for x in (0.04, 9.94, 9.96, 1234.5)] == [
        "0.0",
        "9.9",
        "10",
        "1,234",
    ]


def test_the_shift_is_told_in_local_time(record):
    assert _words.shift(record) == (
        "Friday 9 January 2026, 22:00 to 01:00 on Saturday (GMT)"
    )


def test_an_hour_that_comes_twice_names_its_clock(record):
    record["shift"] |= {
        "starts_at": "2026-10-24T23:00:00+00:00",
        "ends_at": "2026-10-25T02:00:00+00:00",
        "periods": [
            "2026-10-24T23:00:00+00:00",
            "2026-10-25T00:00:00+00:00",
            "2026-10-25T01:00:00+00:00",
        ],
    }
    assert _words.hours(record) == [
        "00:00 BST–01:00 BST",  # noqa: RUF001
        "01:00 BST–01:00 GMT",  # noqa: RUF001
        "01:00 GMT–02:00 GMT",  # noqa: RUF001
    ]
    assert _words.shift(record).endswith("(BST, GMT at the end)")


def test_the_page_tells_what_it_was_made_from(record):
    told = dict(_words.about(record))
    assert told["Rows"] == "1,200 read, 1,100 used"
    assert told["Rejected"] == "no coordinates 90; outside the area 10"
    assert told["Data period"] == "1 January 2024 to 31 December 2025"
    assert told["Made"] == "Fri 9 Jan 2026, 18:00 by geoalloc 0.1.0"


@pytest.mark.parametrize(
    ("purpose", "term"), [("duty", "Valid"), ("exercise", "Purpose")]
)
def test_only_a_duty_plan_has_a_time_in_which_it_is_valid(record, purpose, term):
    told = dict(_words.about(record | {"purpose": purpose}))
    assert ("Valid" in told) == (purpose == "duty")
    assert term in told


def test_what_is_empty_is_left_out(record):
    record["snap_point_note"] = ""
    assert "Snap points" not in dict(_words.about(record))


@pytest.mark.parametrize(
    ("value", "text"), [(0.15, "0.15"), (3e-05, "0.00003"), (120.0, "120")]
)
def test_breaks_are_written_with_their_digits_and_no_others(value, text):
    assert _words.plain(value) == text
