"""geoalloc check: a page, words and figures, and one sentence for bad input."""

import json

import pytest

from tests.incidents.conftest import street
from tests.report.test_page import Outline
from tests.test_cli import one_sentence

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("street")
    for month in ("2018-01", "2018-03"):
        rows = [
            (f"{month}-{i}", month, "" if i < 3 else -2.5, 51.5, EVIL, f"Theft {EVIL}")
            for i in range(30)
        ]
        (folder / f"{month}-a-street.csv").write_text(street(*rows), encoding="utf-8")
    return folder


def test_check_prints_what_was_found_and_what_to_do(geoalloc, files):
    code, out, _ = geoalloc("check", files)
    assert code == 0
    assert "Missing and thin months: No row is of 2018-02 (1 of 3)." in out
    assert "To do: Fetch what is missing" in out
    assert "60 rows in 2 files" in out


def test_check_leaves_a_page_in_which_names_are_text(geoalloc, files, tmp_path):
    page = tmp_path / "new" / "check.html"
    words = ("--marking", "OFFICIAL", "--name", EVIL)
    code, out, _ = geoalloc("check", files, "--out", page, *words)
    assert code == 0
    html = page.read_text(encoding="utf-8")
    outline = Outline(html)
    assert not outline.of("img")
    assert not outline.of("script")
    assert EVIL in outline.text
    assert "theft-img" in outline.text
    assert outline.text.count("OFFICIAL") == 2
    assert f"Open {page}" in out
    again = tmp_path / "again.html"
    geoalloc("check", files, "--out", again, *words)
    assert again.read_text(encoding="utf-8") == html


def test_check_gives_figures_as_json(geoalloc, files):
    _, out, _ = geoalloc("check", files, "--json")
    figures = json.loads(out)
    assert {item["grade"] for item in figures["items"]} <= {
        "good",
        "watch",
        "poor",
        "unknown",
    }
    assert figures["months"]["missing"] == ["2018-02"]


def test_check_takes_any_table_and_the_names_of_its_columns(geoalloc, tmp_path):
    path = tmp_path / "calls.csv"
    rows = [f"2021-01-{1 + i % 28:02d} 1{i % 10}:05,-2.5,51.4{i},a" for i in range(20)]
    path.write_text("\n".join(["at_when,east,north,what", *rows]), encoding="utf-8")
    words = ("--time", "at_when", "--longitude", "east", "--latitude", "north")
    code, out, _ = geoalloc(
        "check", path, *words, "--category-column", "what", "--json"
    )
    assert code == 0
    figures = json.loads(out)
    assert (figures["used"], figures["timed"]) == (20, True)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "name the incidents"),
        (("nowhere.csv",), 3, "there is no file or folder nowhere.csv"),
        (("{empty}",), 3, "no street-level file"),
        (("{files}", "--boundary", "nowhere.geojson"), 3, "nowhere.geojson"),
        (("{files}", "--out", "{files}"), 2, "is a folder"),
        (("{files}", "--out", "{there}"), 2, "is there already"),
        (("{files}", "--longitude", "east"), 3, "give a CSV"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    geoalloc, files, tmp_path, words, code, sentence
):
    (tmp_path / "empty").mkdir()
    (tmp_path / "there.html").write_text("mine", encoding="utf-8")
    names = {
        "files": files,
        "empty": tmp_path / "empty",
        "there": tmp_path / "there.html",
    }
    found, _, err = geoalloc("check", *(word.format(**names) for word in words))
    assert one_sentence(err, found) == code
    assert sentence in err
    assert (tmp_path / "there.html").read_text(encoding="utf-8") == "mine"


def test_force_replaces_a_page(geoalloc, files, tmp_path):
    page = tmp_path / "check.html"
    page.write_text("mine", encoding="utf-8")
    assert geoalloc("check", files, "--out", page, "--force")[0] == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
