import json

import pytest

from tests.pipeline.test_investigating import TEAMS, scenario_file


@pytest.fixture(scope="module")
def given(town_file, tmp_path_factory):
    return scenario_file(town_file, tmp_path_factory.mktemp("teams"), TEAMS)


def test_investigators_prints_tables_and_leaves_a_csv(geoalloc, given, tmp_path):
    code, out, err = geoalloc("investigators", given, "-o", tmp_path / "hours.csv")
    assert (code, err) == (0, "")
    for words in (
        "Hours by team",
        "Hours not served",
        "bordered",
        "What one more investigator (90 h)",
        "are assumptions of this package",
    ):
        assert words in out
    assert str(tmp_path / "hours.csv") in out
    assert (tmp_path / "hours.csv").is_file()


def test_investigators_prints_json(geoalloc, given):
    code, out, _ = geoalloc("investigators", given, "--months", 2, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["months"] == ["2026-11", "2026-12"]
    assert {row["team"] for row in found["teams"]} == {
        "West CID",
        "East volume",
        "Major crime",
    }


def test_a_scenario_without_teams_is_told_which_table_to_add(geoalloc, toy_scenario):
    code, _, err = geoalloc("investigators", toy_scenario)
    assert code == 3
    assert "[[investigators.teams]]" in err
    assert err.count("\n") == 1


def test_a_file_that_is_there_is_refused_before_the_work(geoalloc, given, tmp_path):
    (tmp_path / "hours.csv").touch()
    code, _, err = geoalloc("investigators", given, "-o", tmp_path / "hours.csv")
    assert code == 2
    assert "is there already" in err
