"""What a plan says in words, on the toy run of the maps."""

import copy

import numpy as np
import pandas as pd
import pytest
import shapely

from geoalloc import hexes
from geoalloc.summary import _worth
from tests.maps.conftest import changed, make_run


@pytest.fixture(scope="module")
def run():
    return make_run(hexes.cover(shapely.box(-2.64, 51.43, -2.55, 51.48), 8))


@pytest.fixture
def record(run):
    return copy.deepcopy(run.record)


def test_model_and_simulation_stand_before_the_safety_of_dispatch(record):
    record["honesty"]["sentences"].append("Rank correlation 0.93.")
    record["honesty"]["sentences"].append(record["safety"])  # is told once
    assert _worth.trust(record) == [
        "Honesty      The model says 13 late, the simulation 14.",
        "             Rank correlation 0.93.",
        "Safety       Dispatch without borders holds up to 0.9 busy.",
    ]


@pytest.mark.parametrize(
    "say", [_worth.trust, _worth.shift, _worth.reach], ids=["trust", "shift", "reach"]
)
def test_a_record_that_does_not_know_says_nothing(say):
    assert say({}) == []
    assert say({"honesty": {}, "safety": "", "patrol": {}, "shift_plan": {}}) == []


def test_hours_of_a_shift_are_one_sentence(record):
    assert _worth.shift(record)[0] == (
        "Hours        1 re-post. Late calls (weighted): breaks chosen 6.0"
    )
    record["shift_plan"] = {
        "reposts": 12,
        "breaks": 88,
        "off_post_h": 60.24,
        "overtime_h": 0.0,
        "lent_h": {"neighbourhood": 16.0},
        "notes": ["R1 is short", "R2 is late", "R3 is late", "R4 is late"],
    }
    told = " ".join(" ".join(_worth.shift(record)).split())
    assert "88 breaks, 12 re-posts, 60.2 unit-hours off post" in told
    assert "16.0 unit-hours lent by neighbourhood (abstraction)" in told
    assert "overtime" not in told
    assert "Not kept R1 is short; R2 is late; R3 is late; and 1 more" in told


def test_the_load_factor_stands_with_the_honesty_that_it_explains(record):
    record["shift_plan"]["load_factor"] = 1.45
    record["shift_plan"]["planned_load_factor"] = 0.9
    told = " ".join(" ".join(_worth.trust(record)).split())
    assert (
        "Load factor 0.90 to plan with, which simulated best, and 1.45 to tell" in told
    )
    assert _worth.trust(record | {"honesty": {}})[0].startswith("Safety")


def test_places_that_are_too_far_are_named(record):
    record["beyond"] = {"hexes": 9, "places": list("abcdefg")}
    record["unreachable"]["hexes"] = 0
    assert " ".join(" ".join(_worth.reach(record)).split()) == (
        "Too far 9 inhabited hexes beyond the longest acceptable travel: "
        "a, b, c, d, e and 2 more"
    )


def test_one_more_unit_is_ranked_by_what_it_saves_in_the_whole_shift(run):
    lines = _worth.prices(run)
    at = lines.index("  One more unit would save")
    assert [line.split() for line in lines[at + 1 : at + 3]] == [
        ["response", "at", "Quay", "0.60"],
        ["response", "at", "Central", "0.40"],
    ]
    assert "0.90" not in "\n".join(lines)  # that is of one hour
    assert "-1.2" not in "\n".join(lines)  # that is a unit fewer


def test_only_the_best_are_told(run):
    gains = np.arange(20.0) + 1
    many = run.prices.iloc[[4] * 20].assign(gain=gains, item=[f"i{g}" for g in gains])
    lines = _worth.prices(changed(run, prices=many))
    told = [line.split()[0] for line in lines if line.startswith("    i")]
    assert told == ["i20.0", "i19.0", "i18.0", "i17.0", "i16.0"]


def test_one_per_cent_stands_beside_its_simulation(run):
    line = next(one for one in _worth.prices(run) if "burglary" in one)
    assert line.endswith("0.030  simulated 0.040 (0.020 to 0.060)")


def test_rules_that_cost_nothing_are_not_dear(run):
    told = " ".join(" ".join(_worth.prices(run)).split())
    assert "minimum cover of Central (at least 2, 0.25 -1)" in told
    free = run.prices.assign(gain=run.prices["gain"].where(run.prices["gain"] < 0, 0.0))
    assert not any("rules" in line for line in _worth.prices(changed(run, prices=free)))


def test_moves_stand_in_their_order(run):
    told = " ".join(" ".join(_worth.prices(run)).split())
    assert "or else their stations, save: 1 move 0.30, 2 moves 0.50" in told


def test_weights_are_explained_once_with_those_of_the_scenario(run):
    grades = {"immediate": {"weight": 1.0}, "priority": {"weight": 0.3}}
    weighed = changed(run, record=run.record | {"scenario": {"grades": grades}})
    text = " ".join(" ".join(_worth.prices(weighed)).split())
    assert text.count("immediate 1, priority 0.3") == 1


def test_borders_are_taken_apart_for_the_whole_area_only(run):
    lines = _worth.borders(run)
    assert [line.split() for line in lines[3:]] == [
        ["bordered,", "at", "stations", "9.0", "0.0", "(-0.5", "to", "0.5)"],
        ["dispatch", "only", "8.0", "1.0", "(0.5", "to", "1.5)"],
        ["posts", "only", "5.0", "4.0", "(3.5", "to", "4.5)"],
    ]


def test_what_was_not_simulated_claims_no_interval(run):
    unknown = run.borders.assign(low=np.nan, high=np.nan)
    assert _worth.borders(changed(run, borders=unknown))[3].split()[-1] == "0.0"


def test_a_run_without_prices_and_borders_says_nothing_of_them(run):
    bare = changed(run, prices=run.prices[:0], borders=run.borders[:0])
    assert _worth.prices(bare) == _worth.borders(bare) == []
    nothing = changed(run, prices=run.prices.assign(gain=np.nan))
    assert _worth.prices(nothing) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0002, "0"), (0.0341, "0.034"), (0.341, "0.34"), (3.41, "3.4"), (-34.1, "-34")],
)
def test_figures_have_two_digits_and_no_false_ones(value, text):
    assert _worth._figure(value) == text


def test_no_line_is_wider_than_a_terminal(run):
    long = run.prices.assign(
        item=["demand: violence and sexual offences of the public place " * 2] * 8,
        simulated=pd.Series([-0.03] * 8),
        low=-0.05,
        high=-0.01,
    )
    told = changed(run, prices=long)
    lines = "\n".join([*_worth.prices(told), *_worth.borders(told)]).splitlines()
    assert max(map(len, lines)) <= 88
