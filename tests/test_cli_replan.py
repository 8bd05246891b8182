import json

import pytest

from geoalloc import runs


@pytest.fixture(scope="module")
def folder(toy_run, tmp_path_factory):
    return runs.write(toy_run, tmp_path_factory.mktemp("replan") / "run", {})


def test_replan_prints_the_moves_and_leaves_them_as_csv(geoalloc, folder, tmp_path):
    lost = ("--unavailable", "R-EAS-01@21:00", "--unavailable", "R-EAS-02@21:00")
    code, out, err = geoalloc(
        "replan", folder, *lost, "--from", "21:00", "-o", tmp_path / "moves.csv"
    )
    assert (code, err) == (0, "")
    assert "R-EAS-01 is gone from 21:00; R-EAS-02 is gone from 21:00" in out
    assert str(tmp_path / "moves.csv") in out
    assert (tmp_path / "moves.csv").read_text(encoding="utf-8-sig").startswith("order,")


def test_replan_prints_json(geoalloc, folder):
    code, out, _ = geoalloc("replan", folder / "run.json", "--moves", 2, "--json")
    record = json.loads(out)
    assert code == 0
    assert record["most_moves"] == 2
    assert len(record["moves"]) <= 2


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--unavailable", "R-BRI-01"], 2, "did you mean"),
        (["--unavailable", "R-EAS-01@04:00"], 2, "is not in the shift"),
        (["--from", "22:50"], 2, "nothing to plan"),
        (["--queue", "nowhere.csv"], 3, "does not exist"),
    ],
)
def test_what_cannot_be_is_one_sentence(words, code, message, geoalloc, folder):
    found, _, err = geoalloc("replan", folder, *words)
    assert found == code
    assert message in err
    assert err.count("\n") == 1


def test_a_folder_that_is_no_run_is_bad_data(geoalloc, tmp_path):
    code, _, err = geoalloc("replan", tmp_path)
    assert code == 3
    assert "there is no run record" in err
