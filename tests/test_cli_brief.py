"""The command that prints sheets: files whole or not at all, one sentence if not."""

import json

import pytest

from geoalloc import runs


@pytest.fixture(scope="module")
def folder(toy_run, tmp_path_factory):
    return runs.write(toy_run, tmp_path_factory.mktemp("brief") / "run", {})


@pytest.fixture(scope="module")
def district(toy_run):
    return toy_run.hexes["district"].iloc[0]


FILES = ["briefing.html", "briefing.pdf", "duties.html", "duties.pdf", "sheets.json"]


def names(path):
    return sorted(one.name for one in path.iterdir())


def test_brief_leaves_sheets_and_duty_sheets_beside_the_run(geoalloc, folder, toy_run):
    code, out, err = geoalloc("brief", folder)
    written = folder.with_name("run-sheets")
    assert (code, err) == (0, "")
    assert names(written) == FILES
    assert (written / "briefing.pdf").read_bytes().startswith(b"%PDF")
    assert str(written / "briefing.pdf") in out
    assert toy_run.record["marking"] in out
    record = json.loads((written / "sheets.json").read_text(encoding="utf-8"))
    assert record["made_from"] == toy_run.record["run_id"]
    assert record["duty_sheets"] == len(toy_run.units)
    # The run folder is as it was, and the same sheets take their own place.
    before = {name: (written / name).read_bytes() for name in FILES}
    code, _, _ = geoalloc("brief", folder / "run.json")
    assert code == 0
    assert {name: (written / name).read_bytes() for name in FILES} == before
    assert not list(folder.parent.glob("*.before-*"))


def test_an_area_without_duty_sheets_prints_json(geoalloc, folder, district, tmp_path):
    words = ("--area", district, "--no-units", "--paper", "A3", "--json")
    code, out, err = geoalloc("brief", folder, *words, "-o", tmp_path / "one")
    record = json.loads(out)
    assert (code, err) == (0, "")
    assert (record["area"], record["paper"]) == (district, "a3")
    assert record["duty_sheets"] == 0
    assert names(tmp_path / "one") == ["briefing.html", "briefing.pdf", "sheets.json"]


def test_other_sheets_of_the_run_are_not_overwritten(
    geoalloc, folder, district, tmp_path
):
    target = tmp_path / "sheets"
    asked = ("brief", folder, "--no-units", "--area", district, "-o", target)
    assert geoalloc(*asked)[0] == 0
    code, _, err = geoalloc(*asked, "--profile", "briefing")
    assert code == 2
    assert "is there already" in err
    assert geoalloc(*asked, "--profile", "briefing", "--force")[0] == 0
    assert (tmp_path / "sheets.before-1").is_dir()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--area", "Nowhere-at-all"], 2, "there is no district, home beat or place"),
        (["--paper", "letter"], 2, "choose a4 or a3"),
        (["--profile", "public"], 2, "geoalloc map --profile public"),
        (["--profile", "secret"], 2, "operational, briefing"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_writes_nothing(
    words, code, message, geoalloc, folder, tmp_path
):
    found, _, err = geoalloc("brief", folder, *words, "-o", tmp_path / "none")
    assert found == code
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "none").exists()


def test_a_run_folder_is_never_written_over(geoalloc, folder):
    code, _, err = geoalloc("brief", folder, "-o", folder)
    assert code == 2
    assert "is the run itself" in err


def test_a_folder_that_is_no_run_is_bad_data(geoalloc, tmp_path):
    code, _, err = geoalloc("brief", tmp_path)
    assert code == 3
    assert "there is no run record" in err
