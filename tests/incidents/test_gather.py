"""Any table: columns are guessed by name, checked on values, or asked for."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoalloc import incidents
from geoalloc.errors import DataError, UsageError
from geoalloc.incidents import Asked

ROWS = pd.DataFrame(
    {
        "Case Number": ["a1", "a2", "a3"],
        "Date": ["2025-03-01 10:00", "2025-03-13 11:30", "2025-04-02 23:59"],
        "Primary Type": ["THEFT", "THEFT", "BATTERY"],
        "Block": ["001XX W MAIN ST"] * 3,
        "Victim Name": ["one", "two", "three"],
        "Longitude": [-87.6, -87.61, -87.62],
        "Latitude": [41.8, 41.81, 41.82],
    }
)


def written(tmp_path, frame=ROWS, name="table.csv", **options):
    path = tmp_path / name
    frame.to_csv(path, index=False, **options)
    return path


def read(path, **asked):
    return incidents.gather([path], Asked(**asked))


def test_columns_are_guessed_by_name_and_no_other_is_read(tmp_path):
    gathered = read(written(tmp_path))
    assert gathered.told == (
        "id = Case Number, started at = Date, longitude = Longitude, "
        "latitude = Latitude, category = Primary Type, place = Block"
    )
    assert "one" not in gathered.table.fields.to_csv()
    found = gathered.reading(None).incidents
    assert list(found["category"]) == ["theft", "theft", "battery"]
    assert list(found["incident_id"]) == ["a1", "a2", "a3"]
    assert str(found["started_at"][0]) == "2025-03-01 10:00:00+00:00"


@pytest.mark.parametrize("name", ["table.csv.gz", "t.parquet", "t.gpkg", "t.geojson"])
def test_every_kind_of_file_gives_the_same(tmp_path, name):
    path = tmp_path / name
    points = gpd.points_from_xy(ROWS["Longitude"], ROWS["Latitude"], crs=4326)
    if name.endswith(".gz"):
        ROWS.to_csv(path, index=False)
    elif name.endswith(".parquet"):
        ROWS.to_parquet(path)
    else:
        plain = ROWS.drop(columns=["Longitude", "Latitude"])
        gpd.GeoDataFrame(plain, geometry=points).to_file(path)
    found = read(path).reading(None).incidents
    expected = read(written(tmp_path, name="plain.csv")).reading(None).incidents
    for column in ("incident_id", "category", "place", "started_at"):
        assert list(found[column]) == list(expected[column])
    assert np.allclose(found.geometry.x, expected.geometry.x)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M:%S %p"),
        ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M"),
        ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"),
        ("%Y/%m/%d %H:%M", None),
        ("%Y-%m-%dT%H:%M:%S", None),
    ],
)
def test_the_format_of_times_is_found(tmp_path, form, says):
    frame = ROWS.assign(Date=pd.to_datetime(ROWS["Date"]).dt.strftime(form))
    gathered = read(written(tmp_path, frame))
    assert gathered.options.time_format == says
    months = gathered.reading(None).incidents["started_at"].dt.month
    assert list(months) == [3, 3, 4]


def test_a_day_that_may_be_a_month_is_asked_for(tmp_path):
    frame = ROWS.assign(Date=["01/02/2025 10:00"] * 3)
    with pytest.raises(DataError, match=r"day or the month first: .*--time-format"):
        read(written(tmp_path, frame))
    found = read(written(tmp_path, frame), time_format="%d/%m/%Y %H:%M")
    assert set(found.reading(None).incidents["started_at"].dt.month) == {2}


def test_times_in_no_format_known_are_asked_for(tmp_path):
    frame = ROWS.assign(Date="the ides of March")
    with pytest.raises(DataError, match="'the ides of March' in 'Date'"):
        read(written(tmp_path, frame))


def test_months_are_taken_for_months(tmp_path):
    frame = ROWS.assign(Date=["2025-03", "2025-03", "2025-04"])
    reading = read(written(tmp_path, frame)).reading(None)
    assert not reading.timed
    assert list(reading.months.index) == ["2025-03", "2025-04"]


def test_a_table_without_times_is_taken_without(tmp_path):
    reading = read(written(tmp_path, ROWS.drop(columns="Date"))).reading(None)
    assert len(reading.incidents) == 3
    assert pd.isna(reading.period[0])
    assert reading.incidents["started_at"].isna().all()


def test_semicolons_and_decimal_commas_are_understood(tmp_path):
    path = written(tmp_path, sep=";", decimal=",")
    assert np.allclose(read(path).reading(None).incidents.geometry.y, ROWS["Latitude"])


def test_metres_are_asked_for_and_taken(tmp_path):
    frame = ROWS.rename(columns={"Longitude": "X", "Latitude": "Y"})
    frame[["X", "Y"]] = [[358_000, 172_000]] * 3
    path = written(tmp_path, frame)
    with pytest.raises(DataError, match=r"'X' holds 358000.*--crs"):
        read(path)
    point = read(path, crs="EPSG:27700").reading(None).incidents.geometry[0]
    assert (point.x, point.y) == pytest.approx((-2.6055, 51.4453), abs=2e-3)
    named = frame.rename(columns={"X": "Easting", "Y": "Northing"})
    with pytest.raises(DataError, match=r"'Easting' and 'Northing'.*--crs"):
        read(written(tmp_path, named))


def test_unknown_columns_are_listed_with_the_options_to_give(tmp_path):
    frame = ROWS.rename(columns={"Longitude": "across", "Latitude": "up"})
    path = written(tmp_path, frame)
    with pytest.raises(DataError, match=r"'across', 'up'.*--longitude and --latitude"):
        read(path)
    given = read(path, columns={"longitude": "across", "latitude": "up"})
    assert len(given.reading(None).incidents) == 3
    with pytest.raises(DataError, match="no column 'upp': the nearest is 'up'"):
        read(path, columns={"longitude": "across", "latitude": "upp"})


def test_a_guess_that_its_values_contradict_is_dropped(tmp_path):
    frame = ROWS.assign(
        Location="(41.8, -87.6)", Month=[1, 2, 3], Count=["many", "few", "one"]
    )
    told = read(written(tmp_path, frame)).told
    assert "place = Block" in told
    assert "Month" not in told
    assert "Count" not in told


def test_counts_below_nothing_take_rows_back(tmp_path):
    frame = pd.concat([ROWS, ROWS.iloc[:1]]).assign(Count=[1, 1, 1, -1])
    reading = read(written(tmp_path, frame)).reading(None)
    assert len(reading.incidents) == 2
    assert reading.rejects["reason"].value_counts()["withdrawn"] == 2


def test_days_asked_for_are_kept_and_the_rest_is_listed(tmp_path):
    day = pd.Timestamp("2025-03-13", tz="UTC")
    gathered = read(written(tmp_path))
    reading = gathered.reading(None, since=day, until=day + pd.Timedelta(1, "D"))
    assert list(reading.incidents["incident_id"]) == ["a2"]
    assert list(reading.rejects["reason"]) == ["before since", "not before as_of"]
    assert [str(t.date()) for t in reading.period] == ["2025-03-13", "2025-03-14"]


def test_made_up_rows_are_known_for_it(tmp_path):
    gathered = read(written(tmp_path, ROWS.assign(Synthetic="yes")))
    assert gathered.reading(None).synthetic
    assert not read(written(tmp_path)).reading(None).synthetic


def test_several_files_are_one_table(tmp_path):
    first, second = (
        written(tmp_path, ROWS.assign(**{"Case Number": [k + c for c in "123"]}), k)
        for k in ("x.csv", "y.csv")
    )
    reading = incidents.gather([first, second]).reading(None)
    assert len(reading.incidents) == 6
    assert [source.name for source in reading.sources] == ["x.csv", "y.csv"]


def test_two_kinds_of_files_are_not_mixed(tmp_path):
    (tmp_path / "street").mkdir()
    with pytest.raises(UsageError, match="one after the other"):
        incidents.gather([written(tmp_path), tmp_path / "street"])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.csv", None, "there is no file"),
        ("empty.csv", b"", "is empty"),
        ("bad.parquet", b"not parquet", "cannot be read"),
        ("bad.gpkg", b"not a package", "cannot be read"),
        ("bad.csv.gz", b"not gzip", "cannot be read"),
        ("page.csv", b"<html>", "not a CSV file"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, name, content, says):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=says) as error:
        read(path)
    assert "\n" not in str(error.value)


DAY_AND_TIME = [
    ("2025-03-01", "10:00:00"),
    ("03/13/2025", "9:30 PM"),
    ("03/13/2025", "12:05 AM"),
    ("03/13/2025", "12:05:10 p.m."),
    ("03/13/2025 12:00:00 AM", "2130"),
    ("2025-03-13T00:00:00.000", "0:05"),
    ("13.03.2025", "23:59"),
]


@pytest.mark.parametrize(("day", "clock"), DAY_AND_TIME)
def test_a_day_and_its_time_of_day_are_put_together(tmp_path, day, clock):
    frame = ROWS.assign(Date=day, Time=[clock, clock, None])
    gathered = read(written(tmp_path, frame))
    assert "time of day = Time" in gathered.told
    found = gathered.reading(None).incidents
    expected = pd.Timestamp("2025-03-01" if day == "2025-03-01" else "2025-03-13")
    time = pd.to_datetime(clock if ":" in clock else f"{clock[:2]}:{clock[2:]}")
    at = (expected + (time - time.normalize())).tz_localize("UTC")
    assert list(found["started_at"][:2]) == [at, at]
    assert list(found["ended_at"][:2]) == [at, at]
    # Of one whose time of day is not known, the day is.
    assert found["started_at"][2] == expected.tz_localize("UTC")
    assert found["ended_at"][2] - found["started_at"][2] == pd.Timedelta("1D")


@pytest.mark.parametrize(
    ("dates", "clock"),
    [
        (["2025-03-01", "2025-03-02", "2025-03-03"], ["10:00", "noon", "11:00"]),
        (["2025-03-01", "2025-03-02", "2025-03-03"], ["25:00", "11:00", "11:00"]),
        (["2025-03-01 10:00", "2025-03-02 11:00", "2025-03-03 12:00"], ["9:00"] * 3),
    ],
)
def test_a_time_of_day_that_is_not_plain_is_left_out(tmp_path, dates, clock):
    path = written(tmp_path, ROWS.assign(Date=dates, Time=clock))
    gathered = read(path)
    assert "Time" not in gathered.told
    assert list(gathered.reading(None).incidents["started_at"].dt.day) == [1, 2, 3]
    with pytest.raises(DataError, match="cannot be put to its days"):
        read(path, columns={"time_of_day": "Time"})


def test_the_only_column_of_times_may_hold_whole_dates(tmp_path):
    when = ["2025-03-01 10:00", "2025-03-02 11:00", "2025-03-03 12:00"]
    frame = ROWS.drop(columns="Date").assign(Time=when)
    gathered = read(written(tmp_path, frame))
    assert list(gathered.reading(None).incidents["started_at"].dt.hour) == [10, 11, 12]


def test_the_only_column_of_times_is_left_out_if_it_knows_no_day(tmp_path):
    frame = ROWS.drop(columns="Date").assign(Time=["10:00", "11:00", "9:30 PM"])
    assert "Time" not in read(written(tmp_path, frame)).told


def test_an_end_in_another_format_than_its_start_is_left_out(tmp_path):
    frame = ROWS.assign(Date="2025-03-01", Time="10:00", **{"End date": "03/02/2025"})
    frame = frame.rename(columns={"Date": "Start date", "Time": "Start time"})
    gathered = read(written(tmp_path, frame))
    assert "ended at" not in gathered.told
    found = gathered.reading(None).incidents
    assert (found["ended_at"] == found["started_at"]).all()


def test_a_report_in_another_format_is_asked_for_and_left_out(tmp_path):
    path = written(tmp_path, ROWS.assign(**{"Report date": "03/22/2025"}))
    with pytest.raises(DataError, match=r"name the one to use with --time$"):
        read(path)
    assert "Report date" not in read(path, columns={"time": "Date"}).told


SWAP = {"Longitude": "Latitude", "Latitude": "Longitude"}


def test_swapped_coordinates_are_refused_where_nobody_lives(tmp_path):
    path = written(tmp_path, ROWS.rename(columns=SWAP))
    with pytest.raises(DataError, match="exchange the columns 'Longitude' and 'Latit"):
        read(path).reading(None)


def test_swapped_coordinates_are_refused_by_the_area(tmp_path):
    path = written(tmp_path, ROWS.assign(Longitude=51.4, Latitude=-2.6))
    assert len(read(path).reading(None).incidents) == 3  # off Kenya, for all we know
    with pytest.raises(DataError, match="far from the area"):
        read(path).reading(shapely.box(-3, 51, -2, 52))
    # With them swapped no better, they are outside.
    with pytest.raises(DataError, match=r"3 outside the area$"):
        read(path).reading(shapely.box(8, 45, 9, 46))


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_swapped_coordinates_of_the_police_are_known_without_an_area(tmp_path, kind):
    path = tmp_path / f"2018-01-avon-street.{kind}"
    if kind == "csv":
        header = "Crime ID,Month,Longitude,Latitude,Location,Crime type\n"
        path.write_text(header + ",2018-01,51.4,-2.6,On or near X,Drugs\n", "utf-8")
    else:
        point = {"latitude": "-2.6", "longitude": "51.4", "street": {"name": "X"}}
        rows = [{"category": "drugs", "month": "2018-01", "location": point}]
        path.write_text(json.dumps(rows), "utf-8")
    with pytest.raises(DataError, match="look swapped"):
        read(path).reading(None)
