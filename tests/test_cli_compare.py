"""geoalloc compare: from scenario files to a folder with a report to open."""

import contextlib
import io
import json
import sys

import pandas as pd
import pytest

from geoalloc import cli, runs
from tests.test_cli import one_sentence

CURVE = """extends = "base.toml"
name = "count"
question = "What does a unit at Westford do?"

[grid]
"units[kind=response, station=Westford].count" = [1, 2]
"""


@pytest.fixture(scope="module")
def library(toy_scenario, tmp_path_factory):
    """A base and variants that plan in a second."""
    folder = tmp_path_factory.mktemp("library")
    text = toy_scenario.read_text(encoding="utf-8")
    text = text.replace("[allocation]\n", "[allocation]\nload_factor = 1.0\n")
    (folder / "base.toml").write_text(text, encoding="utf-8")
    changed = {
        "bordered": '[allocation]\nmode = "bordered"\n',
        "no-plan": "[allocation.minimum_cover]\nEast = 40\n",
    }
    for name, table in changed.items():
        said = f'extends = "base.toml"\nname = "{name}"\nquestion = "And {name}?"\n'
        (folder / f"{name}.toml").write_text(said + table, encoding="utf-8")
    (folder / "count.toml").write_text(CURVE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def told(library):
    """What a comparison of four says, in its folder ``run``."""
    files = [library / f"{name}.toml" for name in ("base", "bordered", "no-plan")]
    words = [
        *("geoalloc", "compare", *files, library / "count.toml", "--shifts", 100),
        *("--workers", 1, "--cache", library / "cache", "-o", library / "run"),
    ]
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr(sys, "argv", [str(word) for word in words])
        for stream in (out, err):
            stream.reconfigure = lambda **how: None
        with pytest.raises(SystemExit) as stopped:
            cli.main()
    return stopped.value.code or 0, out.getvalue(), err.getvalue()


def test_compare_leaves_a_report_tables_and_a_workbook(told, library):
    code, out, err = told
    assert code == 0, err
    names = {path.name for path in (library / "run").iterdir()}
    assert {
        "comparison.html",
        "comparison.pdf",
        "comparison.xlsx",
        "comparison.gpkg",
        "differences.parquet",
        "record.json",
    } <= names
    assert "no-plan" in out
    assert str(library / "run" / "comparison.html") in out


def test_a_grid_gives_a_scenario_for_each_value(told, library):
    found = runs.read_comparison(library / "run")
    assert len(found.scenarios) == 5
    names = found.scenarios["scenario"].tolist()
    assert names[:3] == ["toy", "bordered", "no-plan"]
    assert all(name.startswith("count-") for name in names[3:])
    assert found.scenarios["curve"].tolist()[3:] == [True, True]


def test_the_same_again_is_quick_and_the_same(geoalloc, told, library):
    files = [library / f"{name}.toml" for name in ("base", "bordered", "no-plan")]
    code, out, _ = geoalloc(
        *("compare", *files, library / "count.toml", "--shifts", 100, "--workers", 1),
        *("--cache", library / "cache", "-o", library / "again", "--json"),
    )
    assert code == 0
    record = json.loads(out)
    first = runs.read_comparison(library / "run")
    again = runs.read_comparison(library / "again")
    assert record["run_id"] == first.record["run_id"]
    assert again.scenarios["cached"].all()
    pd.testing.assert_frame_equal(first.differences, again.differences)
    page = (library / "run" / "differences.parquet").read_bytes()
    assert page == (library / "again" / "differences.parquet").read_bytes()


def test_another_base_is_what_the_others_are_compared_with(geoalloc, told, library):
    code, out, _ = geoalloc(
        *("compare", library / "base.toml", "--base", library / "bordered.toml"),
        *("--shifts", 100, "--workers", 1, "--cache", library / "cache"),
        *("-o", library / "turned", "--json"),
    )
    assert code == 0
    record = json.loads(out)
    assert record["base"] == "bordered"
    assert {row["scenario"] for row in record["differences"]} == {"toy"}


def test_a_taken_folder_is_refused_before_the_work(geoalloc, library, tmp_path):
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    code, _, err = geoalloc("compare", library / "base.toml", "-o", tmp_path)
    assert one_sentence(err, code) == 2
    assert (tmp_path / "mine.txt").exists()


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ('extends = "self.toml"\nname = "self"\n', "circle", 3),
        ('extends = "base.toml"\nname = "toy"\nquestion = "x"\n', "'?toy'?", 3),
        (
            'extends = "base.toml"\nname = "many"\n[grid]\n'
            '"simulation.seed" = { from = 1, to = 10000, step = 1 }\n',
            "10,001",
            2,
        ),
        (
            'extends = "base.toml"\nname = "odd"\n[[changes]]\n'
            'key = "units[kind=respons].count"\nset = 1\n',
            "response",
            3,
        ),
    ],
    ids=["cycle", "one-name", "ten-thousand", "unknown-key"],
)
def test_bad_scenarios_are_refused_in_a_sentence(
    geoalloc, library, text, words, expected
):
    path = library / "self.toml"
    path.write_text(text, encoding="utf-8")
    code, _, err = geoalloc("compare", library / "base.toml", path)
    assert one_sentence(err, code) == expected
    assert pd.Series([err]).str.contains(words).all(), err


def test_a_cluster_elsewhere_is_not_spoken_to_in_the_clear(geoalloc, library):
    code, _, err = geoalloc(
        "compare", library / "base.toml", "--dask", "tcp://example.org:8786"
    )
    assert one_sentence(err, code) == 2
    assert "tls://" in err
