"""Sentences of differences, held against sentences written by hand."""

import numpy as np
import pandas as pd
import pytest

from geoalloc.runs import comparison_words as words
from tests.compared_scenarios import make_comparison

RECORD = {"base": "base", "settings": {"confidence": 0.95}}
BASE = {
    "scenario": "base",
    "units": 90,
    "officers": 180,
    "response_officers": 150,
    "officer_hours": 1440.0,
    "demand": 300.0,
}
BETTER = {
    "measure": "late_share",
    "group": "immediate",
    "base_value": 0.134,
    "value": 0.024,
    "difference": -0.11,
    "low": -0.116,
    "high": -0.104,
    "verdict": "better",
}


def said(changes=None, **row):
    """The sentence of one difference, of a scenario that differs by ``changes``."""
    other = BASE | {"scenario": "borderless"} | (changes or {})
    differences = pd.DataFrame([BETTER | row | {"scenario": "borderless"}], index=[7])
    told = words.sentences(differences, pd.DataFrame([BASE, other]), RECORD)
    assert told.index.tolist() == [7]
    return told[7]


def test_a_share_that_falls_is_cut_in_percent_and_points():
    assert said() == (
        "borderless cuts immediate calls late from 13.4 % to 2.4 % (95 % interval of "
        "the difference \u221211.6 to \u221210.4 points) with the same units."
    )


def test_a_share_that_rises_is_raised():
    worse = {"value": 0.2, "difference": 0.066, "low": 0.05, "high": 0.082}
    assert said(**worse, verdict="worse") == (
        "borderless raises immediate calls late from 13.4 % to 20.0 % (95 % interval "
        "of the difference +5.0 to +8.2 points) with the same units."
    )


def test_what_cannot_be_told_is_neither_cut_nor_raised():
    same = {"value": 0.133, "difference": -0.001, "low": -0.005, "high": 0.003}
    assert said(**same, verdict="not distinguishable") == (
        "borderless cannot be told from the base by immediate calls late: 13.3 % "
        "against 13.4 % (95 % interval of the difference \u22120.5 to +0.3 points) "
        "with the same units."
    )


def test_an_interval_off_0_that_does_not_tell_among_many_says_why():
    same = {"value": 0.131, "difference": -0.003, "low": -0.005, "high": -0.001}
    told = said(**same, verdict="not distinguishable")
    assert (
        "(95 % interval of the difference \u22120.5 to \u22120.1 points; alone " in told
    )
    assert "among so many comparisons it may be chance) with the same units." in told
    assert "cuts" not in told


def test_minutes_and_counts_have_their_own_units():
    minutes = {"base_value": 14.5, "value": 12.0, "difference": -2.5}
    minutes |= {"low": -2.9, "high": -2.1, "measure": "response_p90_min"}
    assert said(**minutes) == (
        "borderless cuts the time within which 9 in 10 immediate calls are reached "
        "from 14.5 min to 12.0 min (95 % interval of the difference \u22122.9 to "
        "\u22122.1 min) with the same units."
    )
    assert said(**minutes | {"measure": "unmet", "group": "all"}) == (
        "borderless cuts unmet demand (late calls, weighted by grade) from 14.5 to "
        "12.0 a shift (95 % interval of the difference \u22122.9 to \u22122.1) with "
        "the same units."
    )


def test_a_measure_without_a_good_side_is_not_praised():
    told = said(measure="utilisation", group="response", verdict="")
    assert told == (
        "borderless: the share of time that response units are at work goes from "
        "13.4 % to 2.4 % (95 % interval of the difference \u221211.6 to \u221210.4 "
        "points), neither better nor worse by itself, with the same units."
    )


def test_what_is_equal_call_for_call_is_left_as_it_is():
    equal = {"value": 0.134, "difference": 0.0, "low": 0.0, "high": 0.0}
    assert said(**equal, verdict="not distinguishable") == (
        "borderless leaves immediate calls late at 13.4 % with the same units."
    )


def test_a_missing_figure_is_not_compared():
    told = said(value=np.nan, difference=np.nan, low=np.nan, high=np.nan, verdict="")
    assert told.startswith("borderless: immediate calls late cannot be compared")
    assert "nan" not in told


def test_a_figure_without_an_interval_says_so():
    assert "(no interval is known)" in said(low=np.nan, high=np.nan)


@pytest.mark.parametrize(
    ("changes", "means"),
    [
        ({}, "with the same units"),
        ({"officers": 130, "units": 65}, "with 50 fewer officers"),
        ({"officers": 181}, "with 1 more officer"),
        ({"units": 180}, "with 90 more units of the same officers"),
        (
            {"response_officers": 140},
            "with the same number of officers, 10 fewer response officers",
        ),
        ({"officer_hours": 1400.5}, "with 39.5 fewer officer-hours"),
        ({"demand": 270.0}, "with the same units and 10.0 % fewer incidents to go to"),
        ({"demand": 300.3}, "with the same units"),
        ({"demand": np.nan}, "with the same units"),
    ],
)
def test_the_same_units_are_said_only_where_they_are_the_same(changes, means):
    assert words.resources(BASE, BASE | changes) == means
    assert said(changes).endswith(f" {means}.")


def test_groups_of_places_are_named():
    told = words.phrase("late_share", "deprivation decile 3, immediate")
    assert told == "immediate calls late in deprivation decile 3"
    assert words.phrase("late_share", "district Bristol, all") == (
        "calls late in district Bristol"
    )
    assert words.phrase("unmet", "setting rural, all") == (
        "unmet demand in setting rural (late calls, weighted by grade)"
    )


def test_a_measure_of_another_part_goes_by_its_own_name():
    assert words.phrase("crimes_{served}", "PIP 2") == "crimes {served} of PIP 2"
    assert words.figure("served_share", 0.5) == "50.0 %"
    assert words.label("breaks_missed", "all") == "Breaks missed a shift"


@pytest.mark.parametrize(
    ("row", "n"),
    [
        ({}, 1),
        ({"low": -0.00057, "high": 0.00003}, 3),  # an end that would read as 0
        ({"low": 0.0012, "high": 0.00121, "value": 0.1352}, 3),  # ends that would meet
        ({"value": 0.13405, "low": -0.1, "high": 0.1}, 2),  # values that would meet
        ({"low": np.nan, "high": np.nan}, 1),
    ],
)
def test_figures_have_the_decimals_that_tell_them_apart(row, n):
    assert words.digits(BETTER | row) == n


def test_what_cannot_be_told_apart_needs_no_decimals_for_its_values():
    row = BETTER | {"value": 0.13401, "low": -0.01, "high": 0.01}
    assert words.digits(row | {"verdict": "not distinguishable"}) == 1
    assert words.digits(row) == 3


def test_nothing_is_minus_nothing():
    assert words.difference("unmet", -0.004, 2) == "0.00"
    assert words.difference("unmet", 0.006, 2) == "+0.01"
    assert words.figure("unmet", 1234.5) == "1,234.5"
    assert words.interval("unmet", np.nan, 1.0) == "\u2013"


def test_names_past_some_are_counted():
    assert words.joined(["a", "b", "c"]) == "a, b and c"
    assert words.joined(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert words.joined(["a"]) == "a"
    assert words.joined([]) == ""


def test_every_difference_of_a_comparison_has_its_sentence():
    toy = make_comparison(resolution=5)
    rows = toy.differences.drop(columns="sentence")
    before = rows.copy()
    told = words.sentences(rows, toy.scenarios, toy.record)
    assert told.index.equals(rows.index)
    assert told.dtype == "str"
    pd.testing.assert_frame_equal(rows, before)
    for row, sentence in zip(rows.itertuples(), told, strict=True):
        assert sentence.startswith(row.scenario)
        assert sentence.endswith(".")
        assert "nan" not in sentence
        cut = row.verdict in ("better", "worse")
        assert (" cuts " in sentence or " raises " in sentence) == cut
        if row.scenario == "fifty-fewer-officers":
            assert "with 50 fewer officers" in sentence
