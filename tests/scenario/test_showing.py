"""Showing: a scenario as text, each value with where it comes from."""

import datetime as dt
import tomllib

import pytest

from geoalloc import scenario
from geoalloc.scenario import Origin
from geoalloc.scenario.naming import named
from geoalloc.scenario.showing import toml


@pytest.fixture
def shown(variant):
    def show(text, **more):
        (found,) = scenario.read_all([variant(text, **more)])
        return found

    return show


CHANGED = """
[travel]
detour = 1.5

[[changes]]
key = "units[2].count"
plus = 1

[[changes]]
key = "duty.reposts"
set = 6
"""


def test_every_value_has_an_origin(shown):
    found = shown(CHANGED)
    assert found.origins["travel.detour"] == Origin(
        file="variant.toml", line=5, done="set"
    )
    assert found.origins["units[kind=response, station=Easton].count"] == Origin(
        file="variant.toml", line=7, done="plus 1, was 2"
    )
    assert found.origins["duty.reposts"] == Origin(
        file="variant.toml", line=11, done="set"
    )
    assert found.origins["duty.break_min"] == Origin()
    assert found.origins["units[kind=response, station=Easton].station"].file == (
        "toy.toml"
    )
    assert set(found.origins) == {
        name for _, name, _ in named(found.scenario.model_dump())
    }


def test_the_lines_are_those_of_the_files(shown, toy_scenario):
    found = shown("")
    lines = toy_scenario.read_text(encoding="utf-8").splitlines()
    at = found.origins["hotspots.bandwidth_m"].line
    assert lines[at - 1].startswith("bandwidth_m =")


def test_a_key_of_the_origins_can_be_changed(shown, variant):
    found = shown("", name="base")
    for number, key in enumerate(
        [k for k in found.origins if k.endswith((".count", ".on_scene_min"))]
    ):
        text = f"[[changes]]\nkey = '{key}'\nplus = 1\n"
        (other,) = scenario.read_all([variant(text, name=f"other-{number}")])
        assert "plus 1" in other.origins[key].done


@pytest.mark.parametrize("text", ["", CHANGED, "[grid]\nduty.reposts = [3]\n"])
def test_what_is_shown_gives_the_scenario_again(shown, tmp_path, text):
    found = shown(text)
    path = tmp_path / "shown.toml"
    path.write_text(scenario.text(found.scenario, found.origins), encoding="utf-8")
    assert scenario.read(path) == found.scenario


def test_the_scenarios_of_the_repository_are_given_again(repository, tmp_path):
    path = tmp_path / "shown.toml"
    for found in scenario.read_all(sorted((repository / "scenarios").glob("*.toml"))):
        path.write_text(scenario.text(found.scenario, found.origins), encoding="utf-8")
        assert scenario.read(path) == found.scenario


def test_every_value_has_a_comment(shown):
    found = shown(CHANGED)
    lines = scenario.text(found.scenario, found.origins).splitlines()
    assert "detour = 1.5           # variant.toml line 5" in lines
    bare = [
        line
        for line in lines
        if "=" in line and "# " not in line and not line.startswith(("[", " "))
    ]
    assert bare == []
    assert "# custody: none" in "\n".join(lines)
    assert max(len(line) for line in lines if line.startswith("  ")) <= 88


def test_only_what_is_neither_default_nor_of_the_base_is_shown_if_asked(shown):
    found = shown(CHANGED)
    lines = scenario.changed_text(found.scenario, found.origins, base=found.base)
    assert [line.split(" = ")[0] for line in lines.splitlines()] == [
        "name",
        "travel.detour",
        "units[kind=response, station=Easton].count",
        "duty.reposts",
    ]
    assert "# variant.toml line 7: plus 1, was 2" in lines


@pytest.mark.parametrize(
    "value",
    [
        True,
        1,
        1.5,
        1e-7,
        'say "hi"\n\\ é',
        dt.date(2026, 1, 2),
        dt.datetime(2026, 1, 2, 3, 4),
        [[1, 2], []],
        {"a b": 1, "c": {"d": [1]}},
        {},
    ],
)
def test_values_are_written_as_toml(value):
    assert tomllib.loads(f"x = {toml(value)}")["x"] == value
