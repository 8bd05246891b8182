import gzip
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
import shapely

from geoalloc import schemas
from geoalloc.errors import DataError
from geoalloc.incidents import read_police_uk
from tests import naive_incidents as naive
from tests.incidents.conftest import HEADER, street

JANUARY = "2018-01/2018-01-avon-street.csv"
ROW = ("a", "2018-01", -2.5, 51.5, "On or near High Street", "Burglary")


def verdicts(reading):
    """``{(file, line): verdict}``, the lines of incidents being those not refused."""
    frame = reading.rejects
    at = zip(frame["source"], frame["line"], strict=True)
    return dict(zip(at, frame["reason"], strict=True))


def random_files(rng):
    """Two months with every fault, many shared ids, and files of both line ends."""
    files = {}
    for month, end in (("2018-01", "\n"), ("2018-03", "\r\n")):
        n = 300
        ids = rng.choice(["", *(f"id{i}" for i in range(80))], n)
        x = rng.choice(["-2.5", "-2.25", "-1.5", "", "0", "west", "nan", "-200"], n)
        y = rng.choice(["51.5", "51.25", "50.5", "", "0", "95"], n)
        months = rng.choice([month, month, month, month, "", "2018-13", "soon"], n)
        category = rng.choice(["Burglary", "Drugs", "Public order", "", "-"], n)
        text = street(
            *zip(ids, months, x, y, ["a, b"] * n, category, strict=True), end=end
        )
        lines = text.split(end)
        lines[7] = "one,two"
        lines[20] += ",more"
        lines[33] = ""
        lines[41] = lines[41].replace("a, b", f"a{end}b")
        files[f"{month}-avon-street.csv"] = end.join(lines)
    return files


@pytest.mark.parametrize("seed", range(5))
def test_every_row_gets_the_verdict_of_the_rules(write, area, seed):
    files = random_files(np.random.default_rng(seed))
    reading = read_police_uk(write(files), within=area)
    expected = naive.police_uk(files, lambda x, y: -3 < x < -2 and 51 < y < 52)
    refused = {at: reason for at, reason in expected.items() if reason != "used"}
    assert verdicts(reading) == refused
    assert len(reading.incidents) == len(expected) - len(refused)
    assert reading.n_read == len(expected)
    assert sum(source.rows for source in reading.sources) == len(expected)


@pytest.mark.parametrize("seed", range(2))
def test_counts_add_up_in_every_category(write, area, seed):
    files = random_files(np.random.default_rng(seed))
    reading = read_police_uk(write(files), within=area)
    counts = reading.counts
    parts = counts.drop(columns=["category", "read"])
    assert (parts.sum(axis=1) == counts["read"]).all()
    assert counts["read"].sum() == reading.n_read
    used = reading.incidents["category"].value_counts()
    assert (
        used.to_dict()
        == counts[counts["used"] > 0].set_index("category")["used"].to_dict()
    )


def test_frames_keep_their_contracts(write, area):
    reading = read_police_uk(write(random_files(np.random.default_rng(1))), within=area)
    schemas.check(reading.incidents, schemas.INCIDENTS)
    schemas.check(reading.rejects, schemas.REJECTS)
    assert reading.incidents.crs == "EPSG:4326"


def test_month_is_the_half_open_window_of_local_time(write):
    rows = [ROW, ("b", "2018-07", *ROW[2:])]
    reading = read_police_uk(write({"x-street.csv": street(*rows)}), within=None)
    first, second = reading.incidents.itertuples()
    assert first.started_at == pd.Timestamp("2018-01-01", tz="UTC")
    assert first.ended_at == pd.Timestamp("2018-02-01", tz="UTC")
    assert second.started_at == pd.Timestamp("2018-06-30 23:00", tz="UTC")
    assert second.ended_at == pd.Timestamp("2018-07-31 23:00", tz="UTC")
    assert reading.incidents["reported_at"].isna().all()
    assert reading.period == (first.started_at, second.ended_at)
    assert not reading.timed


def test_months_without_a_row_are_named(write):
    files = {
        "2018-11-a-street.csv": street(("a", "2018-11", *ROW[2:])),
        "2019-02-a-street.csv": street(("b", "2019-02", *ROW[2:])),
    }
    reading = read_police_uk(write(files), within=None)
    assert reading.missing_months == ("2018-12", "2019-01")


def test_equal_rows_without_an_id_are_all_kept(write):
    asb = ("", "2018-01", -2.5, 51.5, "On or near Supermarket", "Anti-social behaviour")
    reading = read_police_uk(write({JANUARY: street(asb, asb, asb)}), within=None)
    assert len(reading.incidents) == 3
    assert reading.incidents["incident_id"].is_unique
    assert reading.incidents["incident_id"].iloc[0] == f"{JANUARY}:2"


def test_located_copy_is_kept_although_it_comes_later(write, area):
    nowhere = ("a", "2018-01", "", "", "No Location", "Burglary")
    far = ("a", "2018-01", 1.0, 51.5, "On or near Quay", "Burglary")
    reading = read_police_uk(write({JANUARY: street(nowhere, far, ROW)}), within=area)
    assert reading.incidents["place"].tolist() == ["On or near High Street"]
    assert reading.rejects["reason"].tolist() == [
        "duplicate: without coordinates",
        "duplicate: at another place",
    ]


def test_point_on_the_border_is_outside(write, area):
    edge = ("b", "2018-01", -3, 51.5, "", "Burglary")
    reading = read_police_uk(write({JANUARY: street(ROW, edge)}), within=area)
    assert reading.rejects["reason"].tolist() == ["outside the area"]


def test_labels_slugs_and_title_case_are_one_category(write):
    names = ["Violence and sexual offences", "violent-crime"]
    names += ["Violence And Sexual Offences", "Violence & Sexual Offences"]
    rows = [(i, *ROW[1:5], name) for i, name in enumerate(names)]
    reading = read_police_uk(write({JANUARY: street(*rows)}), within=None)
    assert set(reading.incidents["category"]) == {"violent-crime"}


def test_folder_zip_gzip_and_single_file_read_the_same(write, tmp_path):
    folder = write({JANUARY: street(ROW, ROW)})
    archive = tmp_path / "months.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(folder / JANUARY, JANUARY)
        file.writestr("2018-01/2018-01-avon-outcomes.csv", "not,read\n")
        file.writestr("2018-01/2018-01-avon-stop-and-search.csv", "not,read\n")
    packed = tmp_path / "2018-01-avon-street.csv.gz"
    packed.write_bytes(gzip.compress((folder / JANUARY).read_bytes()))
    readings = [
        read_police_uk(path, within=None)
        for path in (folder / "2018-01", archive, packed, folder / JANUARY)
    ]
    for reading in readings:
        assert reading.incidents.equals(readings[0].incidents)
        assert reading.sources[0].sha256 == readings[0].sources[0].sha256
    assert readings[1].sources[0].name == f"months.zip/{JANUARY}"


def test_other_files_of_the_folder_are_passed_over(write):
    files = {
        JANUARY: street(ROW),
        "2018-01/2018-01-avon-outcomes.csv": "x\n",
        "2018-01/._2018-01-avon-street.csv": "x\n",
        "notes.csv": "x\n",
    }
    assert read_police_uk(write(files), within=None).n_read == 1


def test_byte_order_mark_and_order_of_columns_do_not_matter(write):
    header = HEADER.split(",")
    values = street(ROW).splitlines()[1].replace('"', "").split(",")
    text = "\ufeff" + ",".join(header[::-1]) + "\n" + ",".join(values[::-1]) + "\n"
    reading = read_police_uk(write({JANUARY: text}), within=None)
    assert reading.incidents["incident_id"].tolist() == ["a"]


def test_last_line_needs_no_end(write):
    reading = read_police_uk(write({JANUARY: street(ROW).rstrip()}), within=None)
    assert len(reading.incidents) == 1


def test_reject_holds_mapped_columns_alone(write):
    text = street(ROW, ("b", "2018-01", "", "", "No Location", "Drugs"))
    text = text.replace(",F,F,", ",Somebody's name,F,")
    reading = read_police_uk(write({JANUARY: text}), within=None)
    row = reading.rejects.iloc[0]
    assert (row["line"], row["category"]) == (3, "drugs")
    assert row["row"] == (
        "Crime ID=b; Month=2018-01; Longitude=; Latitude=; Crime type=Drugs; "
        "Location=No Location"
    )


@pytest.mark.parametrize("nested", [True, False])
def test_api_records_read_like_the_file(tmp_path, nested):
    record = {"category": "burglary", "month": "2018-01", "persistent_id": ""}
    if nested:
        where = {"latitude": "51.5", "longitude": "-2.5"}
        where["street"] = {"id": 1, "name": "On or near High Street"}
        record["location"] = where
    else:
        record |= {"lat": 51.5, "lng": -2.5, "street": "On or near High Street"}
    path = tmp_path / "api.json"
    path.write_text(json.dumps([record, record]), encoding="utf-8")
    incidents = read_police_uk(path, within=None).incidents
    assert incidents["incident_id"].tolist() == ["api.json:1", "api.json:2"]
    assert incidents["place"].tolist() == ["On or near High Street"] * 2
    assert incidents.geometry.iloc[0] == shapely.Point(-2.5, 51.5)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.txt": "x"}, r"no street-level file .* among the 1 files of .*"),
        ({JANUARY: ""}, "is empty: a CSV file with a header is needed"),
        ({JANUARY: HEADER}, "has no rows: it is a header alone"),
        ({JANUARY: "\x00\x01"}, "is not a CSV file in UTF-8"),
        ({JANUARY: "<html></html>"}, "is not a CSV file in UTF-8"),
        (
            {JANUARY: street(ROW).replace("Longitude", "Longtitude")},
            "no column 'Longitude': the nearest is 'Longtitude'; it has 'Crime ID', ",
        ),
        (
            {JANUARY: street(ROW), "b/2018-01-avon-street.csv": street(ROW)},
            "are the same month of the same force: keep one of them",
        ),
        (
            {JANUARY: street(("a", "1/2018", *ROW[2:]))},
            "no row has a month that can be read as 2018-01: the first is '1/2018'",
        ),
        (
            {JANUARY: street(("a", "2018-01", "", "", "No Location", "Drugs"))},
            "none of the 1 rows of .* can be used: 1 no coordinates$",
        ),
        (
            {JANUARY: street(("a", "2018-01", 1, 2, "", "Drugs"))},
            "can be used: 1 outside the area$",
        ),
        (
            {JANUARY: street(("a", "2018-01", 51.5, -2.5, "", "Drugs"))},
            "swapped in .* exchange the columns 'Longitude' and 'Latitude'$",
        ),
        ({JANUARY: HEADER + "\n1,2\n"}, "at line 2: 2 fields where the header has 12"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(write, area, files, message):
    with pytest.raises(DataError, match=message) as caught:
        read_police_uk(write(files), within=area)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv.gz", b"not gzip", "x.csv.gz cannot be unpacked"),
        ("x.csv.gz", gzip.compress(b"a,b\n" * 99, mtime=0)[:-9], "cannot be unpacked"),
        ("x.zip", b"PK nothing", "x.zip is not a readable zip archive"),
        ("x.pdf", b"%PDF", "x.pdf is no folder, .csv, .csv.gz, .json or .zip"),
        ("x.csv", f"{HEADER}\n,é,,,,,,,,,,\n".encode("cp1252"), "is not in UTF-8"),
        ("x.json", b"{", "x.json is not JSON in the form of the API"),
        ("x.json", b'[{"month": "2018-01"}]', "has no column 'location.longitude'"),
    ],
)
def test_unreadable_file_is_refused(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_police_uk(path, within=None)


def test_damaged_member_of_an_archive_is_refused(tmp_path):
    path = tmp_path / "months.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(JANUARY, street(*[ROW] * 50))
    content = bytearray(path.read_bytes())
    content[80:90] = b"\xff" * 10
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be unpacked"):
        read_police_uk(path, within=None)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="no file or folder"):
        read_police_uk(tmp_path / "nowhere", within=None)


@pytest.mark.data
def test_real_month_gets_the_verdict_of_the_rules(real_data, tmp_path):
    packed = (
        real_data / "avon-and-somerset/street/2018-07-avon-and-somerset-street.csv.gz"
    )
    box = shapely.box(-3, 51.2, -2.3, 51.6)
    text = gzip.decompress(packed.read_bytes()).decode()
    expected = naive.police_uk(
        {packed.name: text}, lambda x, y: -3 < x < -2.3 and 51.2 < y < 51.6
    )
    reading = read_police_uk(packed, within=box)
    refused = {at: reason for at, reason in expected.items() if reason != "used"}
    assert verdicts(reading) == refused
    assert reading.n_read == len(expected)


@pytest.mark.data
def test_real_second_force_is_read_whole(real_data):
    city = shapely.box(-0.12, 51.505, -0.07, 51.525)
    reading = read_police_uk(real_data / "city-of-london", within=city)
    assert reading.n_read == 15_755
    assert len(reading.incidents) + len(reading.rejects) == reading.n_read
    assert reading.missing_months[0] == "2021-12"
    assert len(reading.missing_months) == 25
