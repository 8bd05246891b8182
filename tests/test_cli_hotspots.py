"""geoalloc hotspots: one command, a folder to open, and one sentence for bad input."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import Point, box

from geoalloc import hexes
from tests.maps.conftest import data_of
from tests.test_cli import one_sentence

WEST, SOUTH, EAST, NORTH = -2.80, 51.30, -2.50, 51.45


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    """Incidents of a year: three busy streets and some noise, one row spoilt."""
    rng = np.random.default_rng(4)
    streets = np.array([(-2.74, 51.38), (-2.56, 51.38), (-2.60, 51.42)])
    n = np.array([500, 300, 200])
    x = np.repeat(streets[:, 0], n) + rng.normal(0, 0.002, n.sum())
    y = np.repeat(streets[:, 1], n) + rng.normal(0, 0.0015, n.sum())
    x = np.r_[x, rng.uniform(WEST, EAST, 400)]
    y = np.r_[y, rng.uniform(SOUTH, NORTH, 400)]
    times = pd.Timestamp("2025-01-01") + pd.to_timedelta(
        rng.integers(0, 365 * 24 * 60, x.size), "min"
    )
    frame = pd.DataFrame(
        {
            "Occurred": times.strftime("%Y-%m-%d %H:%M"),
            "Type": np.where(rng.random(x.size) < 0.6, "Burglary", "Theft"),
            "Street": "=HYPERLINK(1)",
            "Longitude": x.round(6),
            "Latitude": y.round(6),
            "Suspect": "nobody's business",
        }
    )
    frame.loc[0, ["Longitude", "Latitude"]] = [np.nan, np.inf]
    path = tmp_path_factory.mktemp("table") / "incidents.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def frame(table):
    return pd.read_csv(table)


@pytest.fixture
def run(geoalloc, table, town_file, tmp_path):
    def command(*words, out="run", path=table):
        where = ("--boundary", town_file) if "--boundary" not in words else ()
        return geoalloc("hotspots", path, *where, "-o", tmp_path / out, *words)

    return command


def test_one_command_leaves_a_folder_to_open(run, tmp_path):
    code, out, err = run()
    assert (code, err) == (0, "")
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "hexes.csv",
        "hexes.parquet",
        "hotspots.csv",
        "hotspots.gpkg",
        "hotspots.parquet",
        "map.html",
        "record.json",
        "rejects.csv",
    }
    assert "started at = Occurred" in out
    assert "Retrospective" in out
    assert "map.html" in out


def test_the_files_tell_the_same(run, tmp_path):
    run()
    folder = tmp_path / "run"
    spots = pd.read_csv(folder / "hotspots.csv", encoding="utf-8-sig")
    shapes = gpd.read_parquet(folder / "hotspots.parquet")
    layer = gpd.read_file(folder / "hotspots.gpkg", layer="hotspots")
    assert len(spots) == len(shapes) == len(layer) >= 2
    assert list(spots["hex_ids"]) == list(layer["hex_ids"])
    assert hexes.to_strings(np.array(shapes["hex_ids"][0])) == (
        spots["hex_ids"][0].split()
    )
    assert list(spots["incidents"]) == list(shapes["incidents"])
    hours = [float(share) for share in spots["hour_shares"][0].split()]
    assert hours == pytest.approx(list(shapes["hour_shares"][0]), abs=5e-5)
    every = gpd.read_parquet(folder / "hexes.parquet")
    cells = pd.read_csv(folder / "hexes.csv", encoding="utf-8-sig")
    record = json.loads((folder / "record.json").read_text("utf-8"))
    assert cells["incidents"].sum() == record["n_used"] == every["incidents"].sum()
    # Hexes that no incident reaches are in Parquet alone.
    assert (cells[["incidents", "per_km2"]].max(axis=1) > 0).all()
    assert record["hexes_in"] == {
        "hexes.parquet": len(every),
        "hexes.csv": len(cells),
        "hotspots.gpkg": len(cells),
        "map.html": len(cells),
    }
    assert len(every) == record["hexes"] > len(cells)
    assert record["n_read"] == record["n_used"] + sum(record["rejects"].values())
    layers = [str(name) for name, _ in pyogrio.list_layers(folder / "hotspots.gpkg")]
    assert layers == ["hotspots", "hexes", "area"]


def test_what_is_planted_is_found_where_it_is(run, tmp_path):
    run()
    spots = pd.read_csv(tmp_path / "run" / "hotspots.csv", encoding="utf-8-sig")
    assert list(spots["place"][:2]) == ["Westford", "Easton"]
    assert spots["incidents"][0] == pytest.approx(500, abs=60)


def test_rows_refused_are_kept_with_their_reason(run, tmp_path):
    run()
    rejects = pd.read_csv(tmp_path / "run" / "rejects.csv", encoding="utf-8-sig")
    assert list(rejects["line"]) == [2]
    assert list(rejects["reason"]) == ["no coordinates"]


def test_no_spreadsheet_runs_a_cell_and_no_person_is_read(run, tmp_path, geoalloc):
    run()
    for path in (tmp_path / "run").iterdir():
        assert b"nobody's business" not in path.read_bytes(), path.name
    # Without a boundary's places the street is the name.
    code, _, _ = run("--boundary", plain(tmp_path), out="streets")
    assert code == 0
    spots = pd.read_csv(tmp_path / "streets" / "hotspots.csv", encoding="utf-8-sig")
    assert set(spots["place"]) == {"'=HYPERLINK(1)"}


def plain(folder):
    path = folder / "plain.geojson"
    area = gpd.GeoDataFrame(geometry=[box(WEST, SOUTH, EAST, NORTH)], crs=4326)
    area.to_file(path, driver="GeoJSON")
    return path


def test_two_runs_differ_in_nothing_but_times(run, tmp_path):
    for name in ("a", "b"):
        assert run(out=name)[0] == 0
    for path in sorted((tmp_path / "a").iterdir()):
        first, second = path.read_bytes(), (tmp_path / "b" / path.name).read_bytes()
        if path.name == "record.json":
            first, second = json.loads(first), json.loads(second)
            for record in (first, second):
                del record["made_at"], record["timings"]
        assert first == second, path.name


def test_a_run_replaces_itself_and_nothing_else(run, tmp_path):
    assert run()[0] == 0
    assert run()[0] == 0
    code, _, err = run("--most", "2")
    assert one_sentence(err, code) == 2
    assert "--force" in err
    assert run("--most", "2", "--force")[0] == 0
    assert (tmp_path / "run.before-1" / "map.html").exists()
    spots = pd.read_csv(tmp_path / "run" / "hotspots.csv", encoding="utf-8-sig")
    assert len(spots) == 2


def test_without_a_boundary_the_footprint_is_the_area(geoalloc, table, tmp_path):
    code, out, _ = geoalloc(
        "hotspots", table, "-o", tmp_path / "run", "--json", "--name", "Toy Town"
    )
    record = json.loads(out)
    assert code == 0
    assert record["area"] == "footprint of the incidents"
    assert record["name"] == "Toy Town"
    assert any("No boundary was given" in note for note in record["notes"])


def test_categories_and_days_can_be_chosen(run, tmp_path, frame):
    words = ("--category", "Burglary", "--since", "2025-03-01", "--until", "2025-03-31")
    code, out, _ = run(*words, "--json")
    assert code == 0
    wanted = frame["Type"].eq("Burglary") & frame["Occurred"].str.startswith("2025-03")
    record = json.loads(out)
    assert record["n_used"] == (wanted & frame["Longitude"].notna()).sum()
    assert record["period"]["text"] == "1 March 2025 to 31 March 2025"


def test_auto_says_which_bandwidth_and_why(run):
    code, out, _ = run("--bandwidth", "auto")
    assert code == 0
    assert "foretold best" in out


def test_data_of_the_police_are_read_as_they_come(geoalloc, tmp_path):
    header = "Crime ID,Month,Longitude,Latitude,Location,Crime type\n"
    rows = "".join(f",2026-09,-2.6,51.4{k % 7},On or near X,Drugs\n" for k in range(70))
    (tmp_path / "2026-09-toyshire-street.csv").write_text(header + rows, "utf-8")
    code, out, _ = geoalloc("hotspots", tmp_path, "-o", tmp_path / "run")
    assert code == 0
    assert "data.police.uk" in out
    assert "only to the month" in out
    assert "police look for them" in " ".join(out.split())


def test_days_and_times_that_stand_apart_are_joined(run, frame, tmp_path, geoalloc):
    path = tmp_path / "apart.csv"
    day, clock = (frame["Occurred"].str.split(" ").str[k] for k in (0, 1))
    frame.assign(Occurred=day, Hr=clock).to_csv(path, index=False)
    assert run("--time-of-day", "Hr", path=path, out="apart")[0] == 0
    assert run()[0] == 0
    whole, apart = (tmp_path / name / "hotspots.csv" for name in ("run", "apart"))
    assert whole.read_bytes() == apart.read_bytes()


def test_the_number_of_windows_can_be_chosen(run, tmp_path):
    assert run("--windows", "3")[0] == 0
    spots = pd.read_csv(tmp_path / "run" / "hotspots.csv", encoding="utf-8-sig")
    assert spots["windows"].str.endswith("of 3").all()


def test_the_title_is_words_and_the_map_shows_what_is_in_the_boundary(
    run, tmp_path, geoalloc, table
):
    assert run()[0] == 0
    page = (tmp_path / "run" / "map.html").read_text("utf-8")
    data = data_of(page)
    assert {"Westford", "Easton"} <= {place[0] for place in data["places"]}
    assert data["areas"]["river"]
    named = table.with_name("city-of_the-north.v2.csv")
    named.write_bytes(table.read_bytes())
    _, out, _ = geoalloc("hotspots", named, "-o", tmp_path / "named", "--json")
    assert json.loads(out)["name"] == "City of the North"


def test_every_default_is_told_with_its_reason(geoalloc):
    code, out, _ = geoalloc("hotspots", "--defaults")
    assert code == 0
    for word in ("resolution", "bandwidth_m", "area_share", "windows", "boundary"):
        assert word in out


USAGE = {
    "no incidents": ((), "name the incidents"),
    "a bandwidth in words": (("--bandwidth", "wide"), "metres or the word auto"),
    "days the wrong way round": (
        ("--since", "2025-05-01", "--until", "2025-04-01"),
        "swap them",
    ),
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_usage_is_exit_code_2(geoalloc, table, tmp_path, case):
    words, says = USAGE[case]
    paths = () if case == "no incidents" else (table,)
    code, _, err = geoalloc("hotspots", *paths, *words, "-o", tmp_path / "run")
    assert one_sentence(err, code) == 2
    assert says in err


OPTIONS = {
    "no bandwidth": (("--bandwidth", "0"), "bandwidth_m must be above 0"),
    "a bandwidth below 0": (("--bandwidth=-5",), "bandwidth_m must be above 0"),
    "nan for a bandwidth": (("--bandwidth", "nan"), "bandwidth_m must be above 0"),
    "an unknown kernel": (("--kernel", "round"), "round"),
    "a share above 1": (("--area-share", "2"), "area_share must be"),
    "a rate of 1": (("--rate", "1"), "rate must be between 0 and 1"),
    "a resolution too fine": (("--resolution", "15"), "resolution must be"),
    "an unknown category": (("--category", "burglery"), "nearest is 'burglary'"),
    "an unknown zone": (("--time-zone", "Mars/Base"), "'Mars/Base' is unknown"),
    "a column that is not there": (("--time", "Ocurred"), "nearest is 'Occurred'"),
    "days without incidents": (("--since", "2027-01-01"), "before since"),
    "no such boundary": (("--boundary", "none.geojson"), "none.geojson"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_an_option_that_cannot_be_is_one_sentence(run, tmp_path, case):
    words, says = OPTIONS[case]
    code, _, err = run(*words)
    assert one_sentence(err, code) == 3
    assert says in err
    assert not (tmp_path / "run").exists()


def test_swapped_columns_are_one_sentence_without_a_boundary(geoalloc, tmp_path):
    path = tmp_path / "swapped.csv"
    path.write_text("lon,lat,date\n41.9,-87.6,2025-01-02\n" * 1, "utf-8")
    code, _, err = geoalloc("hotspots", path, "-o", tmp_path / "run")
    assert one_sentence(err, code) == 3
    assert err.rstrip().endswith("exchange the columns 'lon' and 'lat'")


@pytest.mark.parametrize("form", ["nested", "flat"])
def test_swapped_police_files_are_one_sentence(geoalloc, tmp_path, town_file, form):
    path = tmp_path / "2026-09.json"
    row = {"category": "drugs", "month": "2026-09"}
    row |= (
        {"lat": -2.6, "lng": 51.4, "street": "X"}
        if form == "flat"
        else {"location": {"latitude": -2.6, "longitude": 51.4, "street": {"name": ""}}}
    )
    path.write_text(json.dumps([row] * 5), "utf-8")
    for where in ((), ("--boundary", town_file)):
        code, _, err = geoalloc("hotspots", path, *where, "-o", tmp_path / "run")
        assert one_sentence(err, code) == 3
        assert "swapped" in err


def spoilt(frame, how):
    if how == "swapped":
        swap = {"Longitude": "Latitude", "Latitude": "Longitude"}
        return frame.rename(columns=swap)
    if how == "no place known":
        return frame.rename(columns={"Longitude": "across", "Latitude": "up"})
    if how == "nowhere":
        return frame.assign(Longitude=np.nan)
    if how == "infinite":
        return frame.assign(Longitude=np.inf)
    return frame.assign(Longitude=12.0, Latitude=42.0)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("swapped", "exchange the columns 'Longitude' and 'Latitude'"),
        ("no place known", "'across', 'up'"),
        ("nowhere", "no coordinates"),
        ("infinite", "bad coordinates"),
        ("abroad", "outside the area"),
    ],
)
def test_bad_coordinates_are_one_sentence(run, frame, tmp_path, how, says):
    path = tmp_path / "spoilt.csv"
    spoilt(frame, how).to_csv(path, index=False)
    code, _, err = run(path=path)
    assert one_sentence(err, code) == 3
    assert says in err


@pytest.mark.parametrize("content", [None, b"", b"\x00\x01", b"<html>", b"a,b\n1,2\n"])
def test_a_file_that_is_no_table_is_one_sentence(run, tmp_path, content):
    path = tmp_path / "bad.csv"
    if content is not None:
        path.write_bytes(content)
    code, _, err = run(path=path)
    assert one_sentence(err, code) == 3
    assert "bad.csv" in err


def test_an_empty_area_is_one_sentence(run, tmp_path):
    area = gpd.GeoDataFrame({"name": ["x"]}, geometry=[Point(-2.6, 51.4)], crs=4326)
    area.to_file(tmp_path / "point.geojson", driver="GeoJSON")
    code, _, err = run("--boundary", tmp_path / "point.geojson")
    assert one_sentence(err, code) == 3


@pytest.mark.parametrize("n", [1, 30])
def test_one_place_is_a_defined_answer(run, frame, tmp_path, n):
    path = tmp_path / "one.csv"
    frame.iloc[[5] * n].to_csv(path, index=False)
    code, out, err = run(path=path)
    assert (code, err) == (0, "")
    assert f"{n} of {n} used" in out


def test_a_bandwidth_below_the_hexes_is_carried_out_and_said(run):
    code, out, _ = run("--bandwidth", "50")
    assert code == 0
    assert "little more than a count" in " ".join(out.split())
