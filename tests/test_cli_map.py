"""``geoalloc map``: a folder for each profile, whole or not at all."""

import base64
import json
import re
import shutil
import zlib

import pytest

from geoalloc import pipeline, runs


@pytest.fixture(scope="module")
def kept(toy_run, tmp_path_factory):
    target = tmp_path_factory.mktemp("map") / "toy"
    return runs.write(toy_run, target, pipeline.products(toy_run))


@pytest.fixture
def run(kept, tmp_path):
    return shutil.copytree(kept, tmp_path / "toy")


def told(folder):
    return json.loads((folder / "release.json").read_text(encoding="utf-8"))


def test_a_map_of_the_run_lies_beside_it(geoalloc, run):
    code, out, err = geoalloc("map", run)
    folder = run.with_name("toy-operational")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"Open {folder / 'map.html'}"
    assert {path.name for path in folder.iterdir()} == {
        "hexes.csv",
        "hexes.geoparquet",
        "map.html",
        "plan.gpkg",
        "posts.csv",
        "posts.geojson",
        "posts.gpx",
        "release.json",
        "timetable.csv",
        "visits.csv",
    }
    assert told(folder)["made_from"] == runs.read_record(run / "run.json")["run_id"]


@pytest.mark.parametrize("profile", ["briefing", "public"])
def test_each_profile_has_a_folder_of_its_own(geoalloc, run, profile):
    code, out, _ = geoalloc("map", run / "run.json", "--profile", profile, "--json")
    answer = json.loads(out)
    folder = run.with_name(f"toy-{profile}")
    assert code == 0
    assert answer.pop("folder") == folder.as_posix()
    assert answer == told(folder)
    assert answer["profile"] == profile


def test_a_public_release_does_not_say_which_run_it_was_made_from(geoalloc, run):
    geoalloc("map", run, "--profile", "public")
    text = (run.with_name("toy-public") / "release.json").read_text(encoding="utf-8")
    record = runs.read_record(run / "run.json")
    for key in ("run_id", "question", "name"):
        assert f'"{record[key]}"' not in text
    assert set(json.loads(text)) == {
        "run_id",
        "profile",
        "marking",
        "name",
        "synthetic",
        "period",
        "forecast_for",
        "version",
        "attribution",
        "notes",
    }


def test_a_marking_and_a_handling_can_be_chosen(geoalloc, run):
    words = ("--marking", "OFFICIAL-SENSITIVE", "--handling", "Units only.")
    assert geoalloc("map", run, *words)[0] == 0
    folder = run.with_name("toy-operational")
    assert told(folder)["marking"] == "OFFICIAL-SENSITIVE"
    assert told(folder)["handling"] == "Units only."
    gpx = (folder / "posts.gpx").read_text(encoding="utf-8")
    assert "OFFICIAL-SENSITIVE - EXERCISE - SYNTHETIC. Units only. " in gpx


def test_posts_without_a_marking_are_sensitive(geoalloc, run):
    changed(run, marking="", handling="Units only.")
    assert geoalloc("map", run)[0] == 0
    assert told(run.with_name("toy-operational"))["marking"] == "OFFICIAL-SENSITIVE"


def test_a_sensitive_run_becomes_public_only_when_somebody_says_so(geoalloc, run):
    changed(run, marking="OFFICIAL-SENSITIVE", handling="Units only.")
    code, out, err = geoalloc("map", run, "--profile", "public")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "a person's decision to release, given with --marking OFFICIAL" in err
    assert not run.with_name("toy-public").exists()
    words = ("--profile", "public", "--marking", "OFFICIAL")
    assert geoalloc("map", run, *words)[0] == 0


def changed(run, **values):
    """Change the record of a run folder."""
    record = json.loads((run / "run.json").read_text(encoding="utf-8")) | values
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--profile", "secret"), 2, "choose one of operational, briefing, public"),
        (("--marking", "SECRET"), 2, "the marking 'SECRET' is unknown"),
        (("--marking", "OFFICIAL-SENSITIVE"), 2, "needs a handling instruction"),
        (("--tiles", "https://tiles.example/{z}"), 3, "must hold {z}, {x}, {y} once"),
        (
            ("--profile", "public", "--tiles", "https://t.example/{z}/{x}/{y}.png"),
            2,
            "a public map asks no server for tiles",
        ),
        (("--profile", "public", "--marking", "OFFICIAL-SENSITIVE"), 2, "cannot be"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(geoalloc, run, words, code, message):
    found, out, err = geoalloc("map", run, *words)
    assert (found, out) == (code, "")
    assert err.count("\n") == 1
    assert message in err
    assert [path.name for path in run.parent.iterdir()] == ["toy"]


def test_the_run_itself_is_never_replaced(geoalloc, run):
    code, _, err = geoalloc("map", run, "--out", run, "--force")
    assert code == 2
    assert "is the run itself" in err
    assert (run / "run.json").exists()


def test_a_folder_that_is_no_run_is_refused(geoalloc, tmp_path):
    code, _, err = geoalloc("map", tmp_path / "nothing")
    assert code == 3
    assert "there is no run record" in err


def test_the_same_release_is_replaced_and_another_is_not(geoalloc, run, tmp_path):
    out = tmp_path / "here"
    assert geoalloc("map", run, "-o", out)[0] == 0
    (out / "stray.txt").write_text("from before", encoding="utf-8")
    assert geoalloc("map", run, "-o", out)[0] == 0
    assert not (out / "stray.txt").exists()
    code, _, err = geoalloc("map", run, "--profile", "briefing", "-o", out)
    assert code == 2
    assert "is there already" in err
    words = ("--profile", "briefing", "-o", out, "--force")
    assert geoalloc("map", run, *words)[0] == 0
    assert (tmp_path / "here.before-1" / "release.json").exists()


def test_tiles_of_the_own_network_can_be_named(geoalloc, run):
    url = "https://tiles.example/{z}/{x}/{y}.png"
    words = ("--tiles", url, "--tiles-attribution", "Our surveyors")
    assert geoalloc("map", run, *words)[0] == 0
    page = (run.with_name("toy-operational") / "map.html").read_text(encoding="utf-8")
    assert "tiles.example" in page.split("</head>")[0]  # the policy lets it be asked
    packed = re.search(r'<script type="text/plain"[^>]*>([^<]*)</script>', page)[1]
    tiles = json.loads(zlib.decompress(base64.b64decode(packed)))["tiles"]
    assert tiles == {"url": url, "attribution": "Our surveyors"}
    plain = geoalloc("map", run, "--force")
    assert plain[0] == 0
    page = (run.with_name("toy-operational") / "map.html").read_text(encoding="utf-8")
    assert "tiles.example" not in page
