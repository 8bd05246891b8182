"""Grids: one file that gives a scenario for each combination of some values."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoalloc import scenario
from geoalloc.errors import ScenarioError
from geoalloc.scenario.grids import Steps, combinations, count
from geoalloc.scenario.grids import axes_of as read_axes


def axes(said):
    return read_axes(said, {}, "a.toml")


def names(said):
    return [name for name, _ in combinations(axes(said))]


def test_all_combinations_come_in_file_order_the_last_key_fastest(variant):
    path = variant(
        '[grid]\n"duty.reposts" = [0, 20]\n'
        '"units[kind=response].count" = { total_plus = [-2, 0, 3] }\n'
    )
    found = scenario.read_all([path])
    got = [
        (r.scenario.duty.reposts, sum(u.count for u in r.scenario.units[:2]))
        for r in found
    ]
    assert got == list(itertools.product([0, 20], [3, 5, 8]))
    assert [r.scenario.name for r in found] == [
        f"variant-reposts-{reposts}-response-count-{more}"
        for reposts in (0, 20)
        for more in ("minus-2", "plus-0", "plus-3")
    ]
    assert {r.file for r in found} == {path}


def test_the_question_says_the_values(variant):
    path = variant(
        'question = "Why?"\n[grid]\nduty.reposts = [3]\n'
        '"travel.*" = { times = [1.1] }\n'.replace('"travel.*"', '"travel.urban_kmh"')
        + '"units[kind=response].count" = { total_plus = [-2] }\n'
        '"units[kind=pcso].count" = { plus = [1] }\n'
    )
    (found,) = scenario.read_all([path])
    assert found.scenario.question == (
        "Why? With duty.reposts at 3 and travel.urban_kmh \N{MULTIPLICATION SIGN} 1.1 "
        "and units[kind=response].count 2 fewer in all and units[kind=pcso].count 1 "
        "more."
    )
    assert scenario.read(path) == found.scenario  # since there is one


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"duty.reposts": [0, 20]}, ["reposts-0", "reposts-20"]),
        ({"duty": {"reposts": [0]}}, ["reposts-0"]),
        ({"travel.detour": [1.25]}, ["detour-1-25"]),
        ({"travel.detour": {"times": [0.9]}}, ["detour-times-0-9"]),
        ({"duty.reposts": {"plus": [-3, 3]}}, ["reposts-minus-3", "reposts-plus-3"]),
        ({"a.b": [-1, 1]}, ["b-minus-1", "b-1"]),
        ({"allocation.mode": ["bordered"]}, ["mode-bordered"]),
        ({"duty.flag": [True, False]}, ["flag-true", "flag-false"]),
        ({"map.roads": ["../data/Main roads.gpkg"]}, ["roads-main-roads"]),
        ({"grades.immediate.urban_min": [9]}, ["urban-min-9"]),
        (
            {"grades.immediate.weight": [1], "grades.priority.weight": [2]},
            ["immediate-weight-1-priority-weight-2"],
        ),
        ({"units[kind=pcso, station=Bath].count": [1]}, ["pcso-bath-count-1"]),
        ({"units[2].count": [1]}, ["2-count-1"]),
        ({"demand.categories.*.on_scene_min": [9]}, ["on-scene-min-9"]),
        ({"units[kind=pcso]": [{"a": 1}]}, ["units-pcso-a-1"]),
    ],
)
def test_a_combination_has_a_short_name(said, expected):
    assert names(said) == expected


def test_values_of_one_short_name_are_told_apart():
    assert names({"a.b": ["x y", "x-y", 0.5, "0.5"]}) == [
        "b-x-y",
        "b-x-y-2",
        "b-0-5",
        "b-0-5-2",
    ]


def test_a_range_holds_both_ends_and_is_exact():
    (axis,) = axes({"travel.detour": {"from": 1.1, "to": 1.4, "step": 0.1}})
    assert list(axis.values) == [1.1, 1.2, 1.3, 1.4]
    (axis,) = axes({"a": {"times": {"from": 24, "to": 40, "step": 4}}})
    assert (axis.way, list(axis.values)) == ("times", [24, 28, 32, 36, 40])
    (axis,) = axes({"a": {"from": 3, "to": -2, "step": -2}})
    assert list(axis.values) == [3, 1, -1]
    (axis,) = axes({"a": {"from": 3, "to": 3, "step": 1}})
    assert list(axis.values) == [3]


@given(st.integers(-50, 50), st.integers(1, 9), st.integers(0, 40))
def test_a_range_of_whole_numbers_is_that_of_python(first, step, more):
    (axis,) = axes({"a": {"from": first, "to": first + more, "step": step}})
    assert list(axis.values) == list(range(first, first + more + 1, step))
    assert len(axis.values) == len(list(axis.values))


def test_very_many_are_counted_without_being_made(variant):
    big = axes({"a": {"from": 0, "to": 10**9, "step": 1}, "b": [1, 2]})
    assert count(big) == 2 * (10**9 + 1)
    assert isinstance(big[0].values, Steps)
    path = variant(
        "[grid]\nduty.reposts = { from = 1, to = 100, step = 1 }\n"
        "simulation.seed = { from = 1, to = 100, step = 1 }\n"
    )
    with pytest.raises(scenario.TooMany, match="give 10,000 scenarios, and 1,000") as e:
        scenario.read_all([path])
    assert e.value.count == 10_000


def test_one_scenario_is_not_read_of_a_grid_of_many(variant):
    path = variant("[grid]\nduty.reposts = [1, 2]\n")
    with pytest.raises(ScenarioError, match=r"grid\] of 2 .*give it to geoalloc"):
        scenario.read(path)


def test_a_grid_comes_after_the_changes_and_is_not_inherited(variant):
    below = variant(
        '[[changes]]\nkey = "duty.reposts"\nset = 5\n'
        "[grid]\nduty.reposts = { plus = [1, 2] }\n",
        name="below",
    )
    read = [r.scenario.duty.reposts for r in scenario.read_all([below])]
    assert read == [6, 7]
    above = variant("", name="above", extends=below.as_posix())
    assert scenario.read(above).duty.reposts == 5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("duty.reposts = []", "grid duty.reposts must hold a list of at least one val"),
        (
            "duty.reposts = 3",
            "must hold a list of at least one value",
        ),
        ("duty.reposts = {}", "a range needs the numbers from, to and step"),
        ("duty.reposts = [1, 1]", "grid duty.reposts has 1 twice: leave one out"),
        ("duty.reposts = { times = ['a'] }", "times must be finite numbers, got 'a'"),
        ("duty.reposts = { times = [nan] }", "times must be finite numbers, got nan"),
        ("duty.reposts = { times = [1], plus = [1] }", "must be a list of values, or"),
        ("duty.reposts = { from = 1, to = 2 }", "a range needs the numbers from, to a"),
        ("duty.reposts = { from = 1, to = 2, step = 0 }", "no step of 0 leads to 2"),
        ("duty.reposts = { from = 1, to = 2, step = -1 }", "correct its sign"),
        (
            "duty.reposts = { times = { frm = 1, to = 2, step = 1 } }",
            "did you mean fr",
        ),
        ("'units[].count' = [1]", r"grid units\[\].count: \[\] selects nothing"),
        ("duty.repost = [1]", "unknown key duty.repost: did you mean reposts?"),
        ("duty.reposts = ['x']", "duty.reposts must be integer, got 'x'"),
        ("travel.detour = [1.1, nan]", "travel.detour is nan, which is no number"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_with_its_line(variant, line, message):
    path = variant(f"[grid]\n{line}\n")
    with pytest.raises(ScenarioError, match=message) as error:
        scenario.read_all([path])
    assert str(error.value).startswith("variant.toml line 4: ")


def test_a_grid_is_a_table(variant):
    with pytest.raises(ScenarioError, match=r"line 3: grid must be a table of keys"):
        scenario.read_all([variant("grid = [1]\n")])
