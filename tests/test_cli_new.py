"""geoalloc new: from flags or answers to a folder that plans and compares."""

import json
import sys

import pytest

from geoalloc import scenario
from tests.test_cli import one_sentence
from tests.test_cli_backtest import police_folder, table

__all__ = ["police_folder", "table"]  # fixtures


@pytest.fixture
def typed(monkeypatch):
    """Answer questions as somebody at a terminal does."""

    def answer(*lines):
        left = iter(lines)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(
            "typer.prompt",
            lambda text, **settings: settings.get("type", str)(next(left)),
        )
        return left

    return answer


def test_flags_alone_give_a_folder_that_plans(geoalloc, police_folder, tmp_path):
    folder = tmp_path / "force"
    code, out, err = geoalloc(
        "new", folder, "--incidents", police_folder, "--units", "6"
    )
    assert (code, err) == (0, "")
    assert "Purpose: exercise" in out
    assert f"geoalloc plan {folder.as_posix()}/scenario.toml" in out
    quick = (folder / "scenario.toml").read_text(encoding="utf-8")
    for slow, fast in (("shifts = 400", "shifts = 20"), ('"mixture"', '"naive"')):
        assert slow in quick
        quick = quick.replace(slow, fast)
    (folder / "scenario.toml").write_text(quick, encoding="utf-8")
    code, out, err = geoalloc(
        "plan", folder / "scenario.toml", "--resolution", "7", "-o", tmp_path / "run"
    )
    assert (code, err) == (0, "")
    record = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert record["purpose"] == "exercise"
    assert record["data"]["missing_months"] == ["2019-07"]


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ([], "--incidents is missing"),
        (["--incidents", "TABLE"], "--time-zone is missing"),
        (["--incidents", "POLICE"], "--units (or --roster) is missing"),
    ],
)
def test_without_a_terminal_the_missing_flag_is_named(
    geoalloc, police_folder, table, tmp_path, flags, named
):
    there = {"POLICE": police_folder, "TABLE": table}
    flags = [there.get(flag, flag) for flag in flags]
    code, out, err = geoalloc("new", tmp_path / "force", *flags)
    assert one_sentence(err, code) == 2
    assert named in err
    assert out == ""
    assert not (tmp_path / "force").exists()


def test_on_a_terminal_it_asks_for_what_is_missing(geoalloc, typed, table, tmp_path):
    left = typed(str(table), "America/Chicago", "", "", "5")
    code, _, err = geoalloc("new", tmp_path / "force")
    assert code == 0, err
    assert list(left) == []
    wanted = scenario.read(tmp_path / "force" / "scenario.toml")
    assert wanted.time_zone == "America/Chicago"
    assert sum(group.count for group in wanted.units) == 5


def test_a_taken_folder_is_refused_before_the_work(geoalloc, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    code, _, err = geoalloc("new", tmp_path, "--incidents", "nowhere", "--units", "3")
    assert one_sentence(err, code) == 2
    assert "is there already" in err


def test_a_missing_file_is_said_in_one_sentence(geoalloc, tmp_path):
    code, _, err = geoalloc(
        "new", tmp_path / "x", "--incidents", tmp_path / "nowhere", "--units", "3"
    )
    assert one_sentence(err, code) == 3
    assert "no file or folder" in err


def test_an_unknown_time_zone_is_refused(geoalloc, table, tmp_path):
    code, _, err = geoalloc(
        *("new", tmp_path / "x", "--incidents", table, "--units", "3"),
        *("--time-zone", "Missouri"),
    )
    assert one_sentence(err, code) == 3
    assert "Missouri" in err
