"""geoalloc backtest: one command, a folder to open, and one sentence for bad input."""

import json

import numpy as np
import pandas as pd
import pytest

from geoalloc import pipeline, report, workers
from tests.test_cli import one_sentence

WEST, SOUTH, EAST, NORTH = -2.80, 51.30, -2.50, 51.45
COLUMNS = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,"
    "LSOA name,Crime type,Last outcome category,Context"
)


def places(rng, n):
    busy = rng.random(n) < 0.5
    longitude = np.where(busy, rng.normal(-2.74, 0.004, n), rng.uniform(WEST, EAST, n))
    latitude = np.where(busy, rng.normal(51.38, 0.003, n), rng.uniform(SOUTH, NORTH, n))
    return longitude.round(6), latitude.round(6)


@pytest.fixture(scope="session")
def police_folder(tmp_path_factory):
    """Sixteen months as data.police.uk publishes them, less one."""
    rng = np.random.default_rng(5)
    folder = tmp_path_factory.mktemp("police")
    kinds = ["Burglary", "Drugs", "Robbery", "Vehicle crime"]
    for month in pd.period_range("2019-01", "2020-04", freq="M").astype(str):
        if month == "2019-07":
            continue
        longitude, latitude = places(rng, 300)
        rows = [
            f"{month}-{k},{month},Toy Police,Toy Police,{x},{y},On or near A Street,"
            f"E0100,Toy 001A,{rng.choice(kinds, p=[0.5, 0.2, 0.1, 0.2])},,"
            for k, (x, y) in enumerate(zip(longitude, latitude, strict=True))
        ]
        (folder / month).mkdir()
        path = folder / month / f"{month}-toy-street.csv"
        path.write_text("\n".join([COLUMNS, *rows]) + "\n")
    return folder


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    """Incidents of eight months, with times."""
    rng = np.random.default_rng(6)
    n = 2_400
    longitude, latitude = places(rng, n)
    day, hour = rng.integers(0, 240, n), rng.choice(24, n, p=np.repeat([1, 5], 12) / 72)
    times = pd.Timestamp("2025-01-01") + pd.to_timedelta(day * 24 + hour, "h")
    times += pd.to_timedelta(rng.integers(0, 60, n), "min")
    frame = pd.DataFrame(
        {
            "Occurred": times.strftime("%Y-%m-%d %H:%M"),
            "Type": rng.choice(["Burglary", "=cmd", "<b>Theft</b>"], n),
            "Longitude": longitude,
            "Latitude": latitude,
        }
    )
    path = tmp_path_factory.mktemp("timed") / "incidents.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def run(geoalloc, police_folder, town_file, tmp_path):
    def command(*words, out="run", path=police_folder, quick=True):
        where = ("--boundary", town_file) if "--boundary" not in words else ()
        size = ("--resolution", 7) if "--resolution" not in words else ()
        who = ("--forecaster", "kde") if quick else ()
        return geoalloc(
            "backtest", path, *where, *size, *who, "-o", tmp_path / out, *words
        )

    return command


@pytest.fixture
def unprinted(monkeypatch):
    """Leave the pages out: they are slow to draw, and tested elsewhere."""
    monkeypatch.setattr(report, "backtest_page", lambda result, record: "page")
    monkeypatch.setattr(report, "backtest_pdf", lambda result, record: b"pdf")


@pytest.mark.usefixtures("unprinted")
def test_a_backtest_leaves_a_folder_to_open(run, tmp_path):
    code, out, _ = run("--origins", 4)
    assert code == 0
    folder = tmp_path / "run"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "backtest.html",
        "backtest.pdf",
        "leaderboard.csv",
        "record.json",
        *(f"{name}.parquet" for name in ("leaderboard", "scores", "curves")),
        *(f"{name}.parquet" for name in ("calibration", "rhythm", "explanations")),
    }
    assert (folder / "backtest.pdf").read_bytes() == b"pdf"
    board = pd.read_parquet(folder / "leaderboard.parquet")
    assert set(board["forecaster"]) == {"naive", "kde"}
    assert list(dict.fromkeys(board["group"])) == [
        "all",
        "burglary",
        "vehicle-crime",
        "robbery",
    ]
    record = json.loads((folder / "record.json").read_text())
    assert record["discovered"].keys() == {"drugs"}
    assert record["missing_months"] == ["2019-07"]
    assert len(record["settings"]["origins"]) == 4
    assert "4 origins from 2020-01-01 to 2020-04-01" in out
    assert "No incident was read of 2019-07" in out
    assert "police discover them: drugs" in out
    assert f"Open {folder / 'backtest.html'}" in out
    assert not list(tmp_path.glob(".*blocks"))


@pytest.mark.usefixtures("unprinted")
def test_a_group_is_of_the_categories_that_its_patterns_match(run, tmp_path):
    code, out, _ = run(
        "--origins", 2, "--group", "theft=burglary,v*", "--group", "robbery", "--json"
    )
    assert code == 0
    told = json.loads(out)
    assert told["groups"] == {
        "theft": ["burglary", "vehicle-crime"],
        "robbery": ["robbery"],
    }
    assert told["folder"] == (tmp_path / "run").as_posix()
    assert {row["forecaster"] for row in told["leaderboard"]} == {"naive", "kde"}


@pytest.mark.usefixtures("unprinted")
def test_two_runs_of_the_same_are_one_run(run, tmp_path):
    code, _, _ = run("--origins", 2, "--group", "all=*")
    assert code == 0
    first = pd.read_parquet(tmp_path / "run/scores.parquet")
    code, _, _ = run("--origins", 2, "--group", "all=*")
    assert code == 0
    again = pd.read_parquet(tmp_path / "run/scores.parquet")
    timed = first["measure"] == "seconds"
    pd.testing.assert_frame_equal(first[~timed], again[~timed])
    code, _, err = run("--origins", 3, "--group", "all=*")
    assert one_sentence(err, code) == 2
    assert "is there already" in err


@pytest.mark.usefixtures("unprinted")
def test_a_cluster_and_its_certificates_reach_the_work(run, tmp_path, monkeypatch):
    seen, whole = {}, workers.hired

    def hired(n, **given):
        seen.update(given, n=n)
        return whole(n)

    monkeypatch.setattr(workers, "hired", hired)
    for name in ("ca", "cert", "key"):
        (tmp_path / name).touch()
    files = [(f"--dask-{name}", tmp_path / name) for name in ("ca", "cert", "key")]
    words = [each for pair in files for each in pair]
    address = "tls://cluster.example:8786"
    code, _, _ = run("--origins", 2, "--group", "all=*", "--dask", address, *words)
    assert code == 0
    tls = workers.TlsFiles(
        ca=tmp_path / "ca", cert=tmp_path / "cert", key=tmp_path / "key"
    )
    assert seen == {"n": 1, "dask": address, "tls": tls}
    # Who works is no part of what a run is: the same command without is the same run.
    assert run("--origins", 2, "--group", "all=*")[0] == 0


@pytest.mark.usefixtures("unprinted")
def test_incidents_with_times_are_forecast_by_shift(run, table, tmp_path):
    code, out, _ = run(
        *("--horizon", "8h", "--every", "80h", "--period", "8h", "--origins", 6),
        *("--group", "all=*"),
        path=table,
    )
    assert code == 0
    assert "each forecast for 8 hours" in " ".join(out.split())
    assert "Hexes and hours together, log score: naive " in out
    assert "Hours of the week alone, log score: rhythm " in out
    board = pd.read_parquet(tmp_path / "run/leaderboard.parquet")
    assert "log_score_hours" in set(board["measure"])
    assert len(pd.read_parquet(tmp_path / "run/rhythm.parquet")) == 2


def test_no_name_of_a_group_is_run_or_taken_for_html(run, table, tmp_path):
    name = "+<img src=x>"
    code, _, _ = run("--origins", 2, "--group", f"{name}=*", path=table)
    assert code == 0
    assert f"\n'{name}," in (tmp_path / "run/leaderboard.csv").read_text("utf-8-sig")
    assert "<img" not in (tmp_path / "run/backtest.html").read_text()
    assert (tmp_path / "run/backtest.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.usefixtures("unprinted")
def test_feedback_is_simulated_when_asked_for(run, tmp_path, monkeypatch):
    from geoalloc import evaluation
    from geoalloc.evaluation import patrols

    few = evaluation.FeedbackParams(steps=2, past_steps=2, incidents=100, seeds=(1,))
    whole = patrols.feedback
    monkeypatch.setattr(
        evaluation,
        "feedback",
        lambda *args, **more: whole(*args, few, **more),
        raising=False,
    )
    code, out, _ = run("--origins", 2, "--group", "all=*", "--feedback")
    assert code == 0
    frame = pd.read_parquet(tmp_path / "run/feedback.parquet")
    assert set(frame["setting"]) == set(patrols.SETTINGS)
    assert "Of the hexes patrolled first" in " ".join(out.split())


@pytest.mark.usefixtures("unprinted")
def test_without_a_boundary_the_footprint_is_the_area(geoalloc, table, tmp_path):
    code, out, _ = geoalloc(
        *("backtest", table, "--origins", 2, "--forecaster", "kde", "--resolution", 7),
        *("--group", "all=*", "-o", tmp_path / "run"),
    )
    assert code == 0
    assert "No boundary was given" in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--forecaster", "mixtur"), 3, "did you mean 'mixture'?"),
        (("--horizon", "fortnight"), 2, "--horizon takes a span such as month"),
        (("--horizon", "0d"), 2, "--horizon takes a span"),
        (("--horizon", "8h"), 3, "a horizon of 8 hours cannot be scored"),
        (("--horizon", "7d"), 3, "only the month is known"),
        (("--horizon", "20 months"), 3, "no window of 20 months is covered"),
        (("--period", "month"), 2, "--period takes hours"),
        (("--period", "8h"), 3, "no period of 8 hours can be scored; leave it out"),
        (("--every", "x"), 2, "--every takes a span"),
        (("--group", "cyber=hacking"), 3, "no incident is of a category 'hacking'"),
        (("--group", "=burglary"), 2, "--group takes NAME="),
        (("--group", "theft="), 2, "--group takes NAME="),
        (("--group", "a=drugs", "--group", "a=robbery"), 2, "names 'a' twice"),
        (("--horizon", "99999999d"), 2, "--horizon takes three years at the most"),
        (("--every", "37 months"), 2, "--every takes three years at the most"),
        (("--period", "5h"), 3, "5 hours does not divide the horizon of 1 month"),
        (("--origins", 0), 2, "--origins must be at least 1"),
        (("--workers", 0), 2, "--workers must be at least 1"),
        (("--dask", "tcp://10.0.0.4:8786"), 2, "give tls://10.0.0.4:8786, with cert"),
        (("--dask", "10.0.0.4"), 2, "names no protocol"),
        (("--dask-ca", "ca.pem"), 2, "give --dask-cert and --dask-key, too"),
        (("--discovered", "nonsense"), 3, "no incident is of category 'nonsense'"),
        (("--until", "2019-02-10"), 3, "no window of 1 month is covered"),
        (("--since", "2021-01-01"), 3, ""),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(run, words, code, said):
    found, _, err = run(*words, quick=False)
    assert one_sentence(err, found) == code
    assert said in err


def test_a_backtest_that_is_stopped_says_how_to_go_on(run, tmp_path, monkeypatch):
    def stopped(wanted, **given):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "run_backtest", stopped)
    code, _, err = run("--origins", 2)
    assert code == 130
    assert "the same command takes up what was finished" in err
    assert not (tmp_path / "run").exists()


def test_no_file_is_a_usage_error(geoalloc):
    code, _, err = geoalloc("backtest")
    assert code == 2
    assert "geoalloc backtest incidents.csv" in err


def test_incidents_without_times_are_refused(run, tmp_path):
    path = tmp_path / "bare.csv"
    rng = np.random.default_rng(1)
    longitude, latitude = places(rng, 50)
    pd.DataFrame({"lon": longitude, "lat": latitude}).to_csv(path, index=False)
    code, _, err = run(path=path)
    assert one_sentence(err, code) == 3
    assert "no times" in err
