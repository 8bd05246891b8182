"""Any table: columns are guessed by name, checked on values, or asked for."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

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
