import json

import pytest

from geoalloc import pipeline


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("outlook")


def test_outlook_leaves_a_folder_and_prints_what_it_found(
    geoalloc, toy_scenario, folder
):
    code, out, _ = geoalloc("outlook", toy_scenario, "--months", 3, "-o", folder / "o")
    assert code == 0
    assert "Recorded incidents expected from 2026-11 to 2027-01" in out
    assert "Investigations in 2026-11" in out
    assert (folder / "o/outlook.html").is_file()


def test_outlook_prints_json(geoalloc, toy_scenario, folder, monkeypatch):
    monkeypatch.setattr(pipeline, "outlook_products", lambda run: {})
    code, out, _ = geoalloc(
        "outlook", toy_scenario, "--months", 3, "-o", folder / "o", "--json"
    )
    record = json.loads(out)
    assert code == 0
    assert record["folder"].endswith("/o")
    assert record["months"] == ["2026-11", "2027-01"]


def test_outlook_refuses_a_folder_of_another_run_before_the_work(
    geoalloc, toy_scenario, folder
):
    (folder / "other").mkdir()
    code, _, err = geoalloc("outlook", toy_scenario, "-o", folder / "other")
    assert code == 2
    assert "is there already" in err


@pytest.mark.parametrize("months", [0, 37])
def test_months_out_of_range_are_bad_data(months, geoalloc, toy_scenario, folder):
    code, _, err = geoalloc("outlook", toy_scenario, "--months", months)
    assert code == 3
    assert "months" in err
    assert len(err.strip().splitlines()) == 1


def test_incidents_for_a_scenario_that_makes_its_own_are_refused(
    geoalloc, toy_scenario, folder
):
    code, _, err = geoalloc("outlook", toy_scenario, "--incidents", folder)
    assert code == 3
    assert "makes its own incidents" in err
