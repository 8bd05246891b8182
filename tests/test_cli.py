"""The command line: exit codes, one sentence for bad input, help that is quick."""

import json
import os
import signal
import subprocess
import sys
import time

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point, Polygon, box

from geoalloc import __version__
from tests.conftest import toy_text

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,"
    "LSOA code,LSOA name,Crime type,Last outcome category,Context\n"
)


@pytest.fixture
def edited(town_file, tmp_path):
    """Write the toy scenario with texts replaced."""

    def edit(*pairs, boundary=town_file):
        text = toy_text(boundary)
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "edited.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return edit


def from_files(pairs=()):
    return [('source = "sample"', 'source = "data.police.uk"'), *pairs]


def one_sentence(err, code):
    """One line, ours, without a trace."""
    assert err.startswith("geoalloc: ")
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    return code


def test_plan_leaves_a_folder_and_a_map_to_open(geoalloc, toy_scenario, tmp_path):
    code, out, err = geoalloc("plan", toy_scenario, "-o", tmp_path / "run")
    assert code == 0
    assert err == ""
    assert (tmp_path / "run" / "map.html").stat().st_size > 100_000
    assert str(tmp_path / "run" / "map.html") in out


def test_a_plan_tells_where_demand_comes_from_and_how_good_the_forecast_was(
    geoalloc, toy_scenario, tmp_path
):
    _, out, _ = geoalloc("plan", toy_scenario, "-o", tmp_path / "run")
    record = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    flow = pd.read_parquet(tmp_path / "run" / "demand_flow.parquet")
    told = " ".join(out.split())
    assert record["forecast"]["backtest"]["sentence"] in told
    assert record["forecast"]["rhythm"]["sentence"] in told
    for line in flow.itertuples():
        assert " ".join(line.line.split()) in told
    assert f"{flow['incidents'].iloc[-1]:,.1f}" in out
    assert max(map(len, out.splitlines())) < 250


def test_levers_are_lines_of_the_flow(geoalloc, edited, tmp_path):
    lever = (
        '[[demand.levers]]\nkind = "mental-health-triage"\n'
        'applies_to = ["welfare"]\nadvised_share = 1.0\nreturn_share = 0.0\n'
    )
    path = edited(("[travel]", f"{lever}[travel]"))
    code, _, _ = geoalloc("plan", path, "-o", tmp_path / "run")
    assert code == 0
    flow = pd.read_parquet(tmp_path / "run" / "demand_flow.parquet").set_index("line")
    layer = flow.loc["layer: welfare"]
    triage = flow[flow.index.str.contains("triage")].iloc[0]
    assert triage["immediate"] == 0
    assert triage["priority"] == pytest.approx(-370 / 3228 * layer["priority"])


@pytest.mark.parametrize(
    ("place", "uplift", "says"),
    [
        ("Atlantis", 0.5, "'Fair' is at the place 'Atlantis', which toyshire.geojson"),
        ("Easton", -0.5, "uplift must be greater than or equal to 0"),
    ],
)
def test_an_event_that_cannot_be_is_one_sentence(
    geoalloc, edited, tmp_path, place, uplift, says
):
    lever = (
        f'[[demand.levers]]\nkind = "event"\nname = "Fair"\nplace = "{place}"\n'
        "radius_m = 500\nstarts_at = 2026-11-20T20:00:00\n"
        f"ends_at = 2026-11-20T22:00:00\nuplift = {uplift}\n"
    )
    path = edited(("[travel]", f"{lever}[travel]"))
    code, _, err = geoalloc("plan", path, "-o", tmp_path / "run")
    assert one_sentence(err, code) == 3
    assert says in err


def test_json_on_stdout_is_the_record(geoalloc, toy_scenario, tmp_path):
    code, out, _ = geoalloc("plan", toy_scenario, "-o", tmp_path / "run", "--json")
    assert code == 0
    printed = json.loads(out)
    kept = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert {k: printed[k] for k in kept} == kept


def test_the_default_folder_is_named_by_scenario_and_run(
    geoalloc, toy_scenario, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    code, out, _ = geoalloc("plan", toy_scenario, "--json")
    record = json.loads(out)
    assert code == 0
    assert record["folder"] == f"out/toy-{record['run_id']}"
    assert (tmp_path / record["folder"] / "run.json").exists()


def test_a_record_repeats_its_run(geoalloc, toy_scenario, tmp_path):
    geoalloc("plan", toy_scenario, "-o", tmp_path / "one")
    code, _, _ = geoalloc(
        "plan", "--from", tmp_path / "one" / "run.json", "-o", tmp_path / "two"
    )
    assert code == 0
    one, two = (tmp_path / name / "plan.csv" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_a_record_repeats_its_run_where_its_files_lie_now(
    geoalloc, edited, town_file, tmp_path
):
    moved = tmp_path / "moved" / town_file.name
    moved.parent.mkdir()
    moved.write_bytes(town_file.read_bytes())
    geoalloc("plan", edited(boundary=moved), "-o", tmp_path / "one")
    moved.unlink()
    words = ("plan", "--from", tmp_path / "one" / "run.json", "-o", tmp_path / "two")
    code, _, err = geoalloc(*words)
    assert one_sentence(err, code) == 3
    code, _, _ = geoalloc(*words, "--boundary", town_file)
    assert code == 0
    one, two = (tmp_path / name / "plan.csv" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_a_folder_that_is_taken_is_refused_and_kept(geoalloc, toy_scenario, tmp_path):
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "thesis.txt").write_text("years of work", encoding="utf-8")
    code, _, err = geoalloc("plan", toy_scenario, "-o", taken)
    assert one_sentence(err, code) == 2
    assert "--force" in err
    assert [p.name for p in taken.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("old", "new", "exit_code", "says"),
    [
        ("detour", "detuor", 3, "did you mean detour"),
        ("resolution = 7", "resolution = 15", 3, "area.resolution"),
        ("count = 3", "count = 0", 0, ""),
        ('station = "Easton"', 'station = "Nowhere"', 3, "'Nowhere'"),
        ("East = 1", "East = 9", 4, "East"),
        ("East = 1", "Norht = 1", 3, "there are West, East"),
        ("as_of = 2026-11-01", "as_of = 1990-02-30", 3, "not TOML"),
        ("as_of = 2026-11-01", "as_of = 2026-11-21", 3, "the night that it plans"),
        ('"burglary", "vehicle-crime"]', '"burglery"]', 3, "names burglery"),
        ("post_reach_min = 40", "post_reach_min = 1.5", 3, "post_reach_min is 1.5"),
        ("East = 1", "East = -1", 3, "allocation.minimum_cover.East"),
    ],
)
def test_a_bad_scenario_is_one_sentence(
    geoalloc, edited, tmp_path, old, new, exit_code, says
):
    code, _, err = geoalloc("plan", edited((old, new)), "-o", tmp_path / "run")
    assert code == exit_code
    if exit_code:
        one_sentence(err, code)
        assert not (tmp_path / "run").exists()
    assert says in err


def test_a_clock_that_stops_the_solver_is_exit_code_5(geoalloc, edited, tmp_path):
    path = edited(
        ("post_reach_min = 40", "post_reach_min = 40\nseconds = 1e-9\ngap = 0.0")
    )
    code, out, _ = geoalloc("plan", path, "-o", tmp_path / "run")
    assert code == 5
    assert "stopped by the clock" in out
    assert (tmp_path / "run" / "map.html").exists()


def test_zero_units_are_refused(geoalloc, edited, tmp_path):
    path = edited(("count = 3", "count = 0"), ("count = 2", "count = 0"))
    code, _, err = geoalloc("plan", path, "-o", tmp_path / "run")
    assert one_sentence(err, code) == 3
    assert "no response unit" in err


def month(folder, text, name="2026-09-toyshire-street.csv"):
    folder.mkdir(exist_ok=True)
    # Latin-1 is UTF-8 but for its upper half.
    (folder / name).write_bytes(text.encode("latin-1"))
    return folder


def row(number, lng, lat, category="Burglary"):
    return (
        f"{number:064d},2026-09,Toy,Toy,{lng},{lat},On or near Toy Road,E01,Toy 1,"
        f"{category},Under investigation,\n"
    )


GOOD = HEADER + "".join(
    row(i, -2.75 + 0.002 * i, 51.32 + 0.001 * i) for i in range(100)
)


def test_a_plan_from_files_says_that_it_knows_months_only(geoalloc, edited, tmp_path):
    folder = month(tmp_path / "files", GOOD)
    code, out, _ = geoalloc(
        "plan", edited(*from_files()), "--incidents", folder, "-o", tmp_path / "run"
    )
    assert code == 0
    assert "known only to the month" in out
    assert "SYNTHETIC" not in out


BAD_FILES = {
    "missing": (None, "no file or folder"),
    "empty folder": ({}, "street"),
    "not a CSV": ({"2026-09-toyshire-street.csv": "\x00\x01 not a table"}, ""),
    "wrong columns": ({"2026-09-toyshire-street.csv": "a,b\n1,2\n"}, "column"),
    "not UTF-8": (
        {"2026-09-toyshire-street.csv": GOOD.replace("Toy 1", "Toy \u00e9")},
        "not in UTF-8, first at line 2",
    ),
    "a quote that is not closed": (
        {"2026-09-toyshire-street.csv": GOOD.replace("On or near", '"On', 1)},
        "",
    ),
    "CR alone": (
        {"2026-09-toyshire-street.csv": GOOD.replace("\n", "\r")},
        "CR alone",
    ),
    "no rows": ({"2026-09-toyshire-street.csv": HEADER}, "row"),
    "all outside": (
        {"2026-09-toyshire-street.csv": HEADER + row(1, 0.5, 52.0)},
        "outside",
    ),
    "swapped": (
        {
            "2026-09-toyshire-street.csv": HEADER
            + "".join(row(i, 51.40, -2.60) for i in range(5))
        },
        "swap",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_incident_files_are_one_sentence(geoalloc, edited, tmp_path, case):
    files, says = BAD_FILES[case]
    folder = tmp_path / "files"
    if files is not None:
        folder.mkdir()
        for name, text in files.items():
            month(folder, text, name)
    code, _, err = geoalloc(
        "plan", edited(*from_files()), "--incidents", folder, "-o", tmp_path / "run"
    )
    assert one_sentence(err, code) == 3
    assert says in err
    assert not (tmp_path / "run").exists()


def test_incidents_that_are_not_named_are_asked_for(geoalloc, edited, tmp_path):
    code, _, err = geoalloc("plan", edited(*from_files()), "-o", tmp_path / "run")
    assert one_sentence(err, code) == 2
    assert "--incidents PATH" in err


def test_incidents_after_as_of_are_not_learnt_from(geoalloc, edited, tmp_path):
    folder = month(tmp_path / "files", GOOD)
    path = edited(*from_files([("as_of = 2026-11-01", "as_of = 2020-01-01")]))
    code, _, err = geoalloc("plan", path, "--incidents", folder, "-o", tmp_path / "r")
    assert one_sentence(err, code) == 3
    assert "as_of" in err


def write(frame, path, **options):
    frame.to_file(path, **options)
    return path


def boundary_cases(folder):
    """Boundary files that are wrong, by what is wrong with them."""
    square = box(-2.8, 51.3, -2.5, 51.45)
    plain = gpd.GeoDataFrame({"name": ["x"]}, geometry=[square], crs=4326)
    without = write(plain, folder / "without.shp")
    without.with_suffix(".prj").unlink()
    station = gpd.GeoDataFrame(
        {"kind": ["force", "station"], "name": ["Toy", "Far"], "code": ["", "FAR"]},
        geometry=[square, Point(-1.0, 51.4)],
        crs=4326,
    )
    return {
        "missing": (folder / "none.geojson", "does not exist"),
        "no CRS": (without, "coordinate reference system"),
        "empty": (
            write(plain[:0], folder / "empty.gpkg", driver="GPKG"),
            "no geometry",
        ),
        "station outside": (
            write(station, folder / "outside.geojson", driver="GeoJSON"),
            "Far",
        ),
    }


@pytest.mark.parametrize("case", ["missing", "no CRS", "empty", "station outside"])
def test_a_bad_boundary_is_one_sentence(geoalloc, edited, tmp_path, case):
    path, says = boundary_cases(tmp_path)[case]
    code, _, err = geoalloc("plan", edited(boundary=path), "-o", tmp_path / "run")
    assert one_sentence(err, code) == 3
    assert says in err


def test_an_outline_alone_lacks_stations_and_says_so(geoalloc, edited, tmp_path):
    plain = gpd.GeoDataFrame(
        {"name": ["x"]}, geometry=[box(-2.8, 51.3, -2.5, 51.45)], crs=4326
    )
    path = write(plain, tmp_path / "plain.geojson", driver="GeoJSON")
    code, _, err = geoalloc("plan", edited(boundary=path), "-o", tmp_path / "run")
    assert one_sentence(err, code) == 3
    assert "plain.geojson has no station" in err


def test_a_shift_without_calls_is_refused(geoalloc, edited, tmp_path):
    path = edited(
        ("immediate = 0.3", "immediate = 0.0"),
        ("priority = 0.4", "priority = 0.0"),
        ("priority = 0.3", "priority = 0.0"),
        ("routine = 0.2", "routine = 0.0"),
    )
    code, _, err = geoalloc("plan", path, "-o", tmp_path / "run")
    assert one_sentence(err, code) == 3
    assert "no call is expected" in err


def test_an_invalid_polygon_is_repaired_and_counted(
    geoalloc, edited, town_file, tmp_path
):
    frame = gpd.read_file(town_file)
    bow = Polygon([(-2.80, 51.30), (-2.65, 51.45), (-2.65, 51.30), (-2.80, 51.45)])
    frame.loc[frame["name"] == "West beat", "geometry"] = bow
    path = write(frame, tmp_path / "bow.geojson", driver="GeoJSON")
    code, out, _ = geoalloc(
        "plan", edited(boundary=path), "-o", tmp_path / "run", "--json"
    )
    assert code == 0
    assert json.loads(out)["boundary"]["repaired_polygons"] == 1


def test_check_reports_rows_and_reasons(geoalloc, tmp_path):
    folder = month(tmp_path / "files", GOOD + row(1, -2.75, 51.32) + row(900, "", ""))
    code, out, _ = geoalloc("check", folder)
    assert code == 0
    assert "102 rows in 1 files" in out
    assert "no coordinates" in out
    assert "duplicate" in out
    code, out, _ = geoalloc("check", folder, "--json")
    assert json.loads(out)["rejected"]["no coordinates"] == 1


def test_check_counts_what_is_outside_a_boundary(geoalloc, town_file, tmp_path):
    folder = month(tmp_path / "files", GOOD + row(900, 0.5, 52.0))
    code, out, _ = geoalloc("check", folder, "--boundary", town_file, "--json")
    assert code == 0
    assert json.loads(out)["outside_area"] == 1


def test_a_sample_is_written_once_and_is_the_same_again(
    geoalloc, toy_scenario, tmp_path
):
    code, out, _ = geoalloc("sample", toy_scenario, "-o", tmp_path / "a.csv")
    assert code == 0
    rows = pd.read_csv(tmp_path / "a.csv")
    assert set(rows["Synthetic"]) == {"yes"}
    assert f"{len(rows):,} synthetic incidents" in out
    code, _, err = geoalloc("sample", toy_scenario, "-o", tmp_path / "a.csv")
    assert one_sentence(err, code) == 2
    geoalloc("sample", toy_scenario, "-o", tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_the_schema_is_json(geoalloc):
    code, out, _ = geoalloc("scenario", "schema")
    assert code == 0
    assert json.loads(out)["properties"]["question"]["type"] == "string"


def test_show_fills_in_every_default(geoalloc, toy_scenario):
    code, out, _ = geoalloc("scenario", "show", toy_scenario, "--json")
    assert code == 0
    assert json.loads(out)["scenario"]["allocation"]["minute_price"] > 0


@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("plan", "a.toml", "--from", "run.json"),
        ("plan", "a.toml", "--no-such-option"),
        ("no-such-command",),
    ],
)
def test_wrong_usage_is_exit_code_2(geoalloc, tmp_path, words):
    if "run.json" in words:
        record = tmp_path / "run.json"
        text = '{"format_version": 1, "run_id": "0", "scenario": {}, "inputs": {}}'
        record.write_text(text, encoding="utf-8")
        words = [record if word == "run.json" else word for word in words]
    code, _, err = geoalloc(*words)
    assert code == 2
    assert "Traceback" not in err


def test_a_bug_of_ours_is_exit_code_1(geoalloc, toy_scenario, monkeypatch):
    from geoalloc import pipeline

    def broken(*args, **options):
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "plan", broken)
    code, _, err = geoalloc("plan", toy_scenario)
    assert code == 1
    assert "bug of ours" in err


def test_an_interrupt_is_exit_code_130(geoalloc, toy_scenario, monkeypatch):
    from geoalloc import pipeline

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "plan", interrupted)
    code, _, _ = geoalloc("plan", toy_scenario)
    assert code == 130


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking")
def test_being_terminated_is_an_interrupt_that_leaves_nothing(
    geoalloc, toy_scenario, tmp_path, monkeypatch
):
    from geoalloc import runs

    def terminated(*args):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(30)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(runs.folder, "text", terminated)
    try:
        code, _, _ = geoalloc("plan", toy_scenario, "-o", tmp_path / "run")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert code == 130
    assert list(tmp_path.iterdir()) == []


def test_help_imports_nothing_heavy():
    """The time of --help is that of its imports."""
    program = (
        "import sys\nfrom geoalloc import cli\n"
        "sys.argv = ['geoalloc', 'plan', '--help']\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'numba', 'folium', 'ortools', 'pandera', 'h3'}\n"
        "sys.exit(str(sorted(heavy & set(sys.modules))) if heavy & set(sys.modules)"
        " else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--incidents" in done.stdout


def test_the_version_is_that_of_the_package(geoalloc):
    code, out, _ = geoalloc("--version")
    assert code == 0
    assert out.strip() == __version__
