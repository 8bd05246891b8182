"""The commands about scenario files."""

import json
import tomllib

import pytest

from geoalloc import scenario

VARIANT = """extends = "{base}"
name = "more"
question = "With more?"
expected = "Fewer late."

[[changes]]
key = "units[2].count"
plus = 1
"""


@pytest.fixture
def more(toy_scenario, tmp_path):
    path = tmp_path / "more.toml"
    path.write_text(VARIANT.format(base=toy_scenario.as_posix()), encoding="utf-8")
    return path


@pytest.fixture
def grid(toy_scenario, tmp_path):
    path = tmp_path / "grid.toml"
    path.write_text(
        f'extends = "{toy_scenario.as_posix()}"\nname = "grid"\n'
        "[grid]\nduty.reposts = [1, 2]\n",
        encoding="utf-8",
    )
    return path


def test_show_tells_where_each_value_comes_from(geoalloc, more):
    code, out, _ = geoalloc("scenario", "show", more)
    assert code == 0
    assert "# more.toml line 6: plus 1, was 2" in out
    assert "# toy.toml line " in out
    assert "# default" in out
    assert tomllib.loads(out)["units"][1]["count"] == 3


def test_show_as_json_is_the_scenario_as_resolved(geoalloc, more):
    code, out, _ = geoalloc("scenario", "show", more, "--json")
    assert code == 0
    told = json.loads(out)
    assert told["scenario"] == scenario.read(more).resolved()
    assert told["origins"]["units[kind=response, station=Easton].count"] == {
        "file": "more.toml",
        "line": 6,
        "done": "plus 1, was 2",
    }
    assert told["origins"]["duty.reposts"]["done"] == "default"


def test_show_gives_each_of_several_and_of_a_grid(geoalloc, more, grid):
    code, out, _ = geoalloc("scenario", "show", more, grid)
    assert code == 0
    assert out.count("\nquestion = ") == 3
    told = json.loads(geoalloc("scenario", "show", more, grid, "--json")[1])
    assert [one["scenario"]["name"] for one in told] == [
        "more",
        "grid-reposts-1",
        "grid-reposts-2",
    ]


def test_show_changed_tells_only_what_is_not_of_the_base(geoalloc, more, toy_scenario):
    code, out, _ = geoalloc("scenario", "show", more, "--changed")
    assert code == 0
    assert out.splitlines()[:3] == [
        "# more: With more?",
        "# What differs from toy.toml:",
        "#   units[kind=response, station=Easton].count is 3, and not 2",
    ]
    assert "toy.toml line" not in out
    assert "# default" not in out
    code, out, _ = geoalloc("scenario", "show", toy_scenario, "--changed")
    assert (code, len(out.splitlines())) == (0, 1)


def test_show_lays_scenarios_over_another(geoalloc, more, toy_scenario, tmp_path):
    text = toy_scenario.read_text(encoding="utf-8").replace("count = 2", "count = 9")
    other = tmp_path / "other.toml"
    other.write_text(text, encoding="utf-8")
    code, out, _ = geoalloc("scenario", "show", more, "--on", other)
    assert code == 0
    assert "# more.toml line 6: plus 1, was 9" in out


def test_list_gives_name_question_and_expected_reading(geoalloc, more, grid):
    code, out, _ = geoalloc("scenario", "list", more.parent)
    assert code == 0
    assert "more\n  With more?\n  Expected: Fewer late." in out
    assert "grid-reposts-1\n" in out
    rows = json.loads(geoalloc("scenario", "list", grid, more, "--json")[1])
    assert [(row["name"], row["file"]) for row in rows] == [
        ("grid-reposts-1", "grid.toml"),
        ("grid-reposts-2", "grid.toml"),
        ("more", "more.toml"),
    ]


def test_a_folder_without_scenarios_is_refused(geoalloc, tmp_path):
    (tmp_path / "empty").mkdir()
    code, out, err = geoalloc("scenario", "list", tmp_path / "empty")
    assert (code, out) == (2, "")
    assert "has no scenario file (.toml): name another" in err


def test_what_is_wrong_is_one_sentence(geoalloc, more):
    more.write_text(
        more.read_text(encoding="utf-8").replace("units[2]", "unit[2]"),
        encoding="utf-8",
    )
    code, _, err = geoalloc("scenario", "show", more)
    assert code == 3
    assert "more.toml line 6: unit[2].count: unknown key unit: did you mean" in err
