import numpy as np
import pytest

from geoalloc.maps import _worth
from tests import naive_maps
from tests.maps.conftest import changed


def table(run, title):
    return next(one for one in _worth.tables(run) if one["title"] == title)


def test_units_are_ranked_by_what_they_save_in_the_whole_shift(town):
    assert table(town.run, "One more unit saves")["rows"] == [
        ["response at Quay", "0.60"],
        ["response at Central", "0.40"],
    ]


def test_what_was_simulated_stands_beside_the_model(town):
    made = table(town.run, "One per cent less saves")
    assert made["head"][-1] == "Simulated (95%)"
    row = ["demand: burglary", "0.030", "0.040 (0.020–0.060)"]  # noqa: RUF001
    assert made["rows"] == [row]


def test_moves_keep_their_order(town):
    rows = table(town.run, "Moves save")["rows"]
    assert rows == [["1 move", "0.30"], ["2 moves", "0.50"]]


def test_borders_are_laid_out_by_district(town):
    made = table(town.run, "What borders cost")
    assert made["head"] == ["District", "dispatch only", "posts only", "both"]
    assert made["rows"] == [
        ["Whole area", "1.0", "4.0", "–"],  # noqa: RUF001
        ["Central", "–", "2.5", "4.0"],  # noqa: RUF001
        ["Dock", "–", "1.5", "–"],  # noqa: RUF001
    ]


def test_what_is_unknown_has_no_table(town):
    bare = changed(town.run, prices=town.run.prices[:0], borders=town.run.borders[:0])
    assert _worth.tables(bare) == []


def test_the_first_table_says_what_its_figures_count(town):
    grades = {"immediate": {"weight": 1.0}, "routine": {"weight": 0.05}}
    record = town.run.record | {"scenario": {"grades": grades}}
    notes = [one["note"] for one in _worth.tables(changed(town.run, record=record))]
    assert "each by its grade (immediate 1, routine 0.05)" in notes[0]
    assert notes[1:-1] == [""] * (len(notes) - 2)


def saved(run):
    column = _worth.border_value(run)
    sizes = np.array(naive_maps.levels(column["size"]))
    return np.where(naive_maps.runs(column["helped"]), -sizes, sizes)


def test_the_value_of_borders_is_read_back_with_its_sign(town):
    true = town.run.border_value["saved"].to_numpy()
    shown = np.abs(true) > np.abs(true).max() / 1000
    np.testing.assert_allclose(saved(town.run)[shown], true[shown], rtol=0.06)


def test_hexes_that_borders_do_not_name_have_no_value(town):
    some = changed(town.run, border_value=town.run.border_value[10:])
    assert not saved(some)[:10].any()


def test_the_sum_tells_where_borders_help(town):
    value = town.run.border_value["saved"]
    cost, help_ = value.clip(lower=0).sum(), -value.clip(upper=0).sum()
    note = _worth.border_value(town.run)["note"]
    assert f"{_worth.figure(cost)} where they cost, less {_worth.figure(help_)}" in note


@pytest.mark.parametrize("values", [0.0, None])
def test_borders_without_any_value_have_no_layer(town, values):
    frame = town.run.border_value
    frame = frame[:0] if values is None else frame.assign(saved=values)
    assert _worth.border_value(changed(town.run, border_value=frame)) is None


def test_borders_that_help_everywhere_are_all_marked(town):
    frame = town.run.border_value.assign(saved=-0.2)
    column = _worth.border_value(changed(town.run, border_value=frame))
    assert column["marked"]
    assert column["classes"] == {"breaks": [], "labels": ["none"]}


def test_trust_and_reach_say_nothing_of_what_is_unknown(town):
    assert _worth.trust({}) == _worth.reach({"beyond": {"hexes": 0}}) == []
    assert _worth.reach(town.run.record)[0] == (
        "2 inhabited hexes beyond the longest acceptable travel: Northtown."
    )
    record = town.run.record
    assert _worth.trust(record)[0].startswith("Dispatch without borders")
    twice = record | {"honesty": {"sentences": [record["safety"], "", "Else."]}}
    assert _worth.trust(twice) == [record["safety"], "", "Else."][::2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.0341, "−0.034"),  # noqa: RUF001
        (0.0001, "0"),
        (12.3, "12"),
        (None, "–"),  # noqa: RUF001
        (np.nan, "–"),  # noqa: RUF001
    ],
)
def test_figures_have_two_digits(value, text):
    assert _worth.figure(value) == text
