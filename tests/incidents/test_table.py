import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from geoalloc.errors import CrsError, DataError
from geoalloc.incidents import TableColumns, read_frame, read_table
from tests import naive_incidents as naive

COLUMNS = TableColumns(
    id="Ref", started_at="When", longitude="X", latitude="Y", category="Type"
)
CALLS = TableColumns(
    reported_at="Call",
    longitude="X",
    latitude="Y",
    grade="Grade",
    on_scene_min="Minutes",
    reported="Public",
    place="Place",
)


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "Ref": ["a", "b", None],
            "When": ["2018-01-05 10:00", "2018-01-06 11:30", "2018-02-01 00:15"],
            "X": [-2.5, -2.4, -2.3],
            "Y": [51.5, 51.4, 51.3],
            "Type": ["BURGLARY/FORCED", "Drugs", "Drugs"],
            "Name of victim": ["never", "to be", "read"],
        }
    )


def calls(**columns):
    rows = {"Call": "2018-01-05 10:00", "X": -2.5, "Y": 51.5, "Grade": "priority"}
    rows |= {"Minutes": 30, "Public": "yes", "Place": "Quay"} | columns
    n = max((len(v) for v in rows.values() if isinstance(v, list)), default=1)
    return pd.DataFrame(rows, index=range(n))


def read(frame, columns=COLUMNS, within=None):
    return read_frame(frame, columns, within=within)


def test_every_format_reads_the_same(table, tmp_path, area):
    paths = [tmp_path / f"t.{kind}" for kind in ("csv", "csv.gz", "parquet", "gpkg")]
    table.to_csv(paths[0], index=False)
    table.to_csv(paths[1], index=False)
    table.to_parquet(paths[2])
    points = gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(table["X"], table["Y"]), crs=4326
    )
    points.to_file(paths[3])
    in_points = dataclasses.replace(COLUMNS, longitude=None, latitude=None)
    readings = [
        read_table(path, columns, within=area, time_zone="Europe/London")
        for path, columns in zip(paths, [COLUMNS] * 3 + [in_points], strict=True)
    ]
    expected = read(table, within=area).incidents
    assert expected["category"].tolist() == ["burglary-forced", "drugs", "drugs"]
    for reading in readings:
        same = reading.incidents.drop(columns=["incident_id", "geometry"])
        assert same.equals(expected.drop(columns=["incident_id", "geometry"]))
        assert reading.incidents.geom_equals_exact(expected, 1e-12).all()


def test_points_of_a_file_are_brought_to_degrees(table, tmp_path):
    points = gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(table["X"], table["Y"]), crs=4326
    )
    points.loc[2, "geometry"] = None
    path = tmp_path / "grid.gpkg"
    points.to_crs(27700).to_file(path)
    columns = dataclasses.replace(COLUMNS, longitude=None, latitude=None)
    reading = read_table(path, columns, within=None, time_zone="Europe/London")
    assert reading.incidents.geometry.x.tolist() == pytest.approx([-2.5, -2.4])
    assert reading.rejects["reason"].tolist() == ["no coordinates"]


def test_easting_and_northing_are_brought_to_degrees(table):
    to_grid = Transformer.from_crs(4326, 27700, always_xy=True)
    x, y = to_grid.transform(table["X"].to_numpy(), table["Y"].to_numpy())
    grid = table.assign(E=np.append(x[:2], 0), N=np.append(y[:2], 0))
    columns = dataclasses.replace(
        COLUMNS,
        longitude=None,
        latitude=None,
        easting="E",
        northing="N",
        crs="EPSG:27700",
    )
    reading = read(grid, columns)
    assert reading.incidents.geometry.x.tolist() == pytest.approx([-2.5, -2.4])
    assert reading.rejects["reason"].tolist() == ["no coordinates"]


def test_frame_is_left_as_it_was(table):
    before = table.copy(deep=True)
    read(table)
    pd.testing.assert_frame_equal(table, before)


def test_same_frame_has_the_same_digest_and_another_has_not(table):
    first, again = read(table), read(table.copy())
    other = read(table.assign(X=-2.6))
    assert first.sources == again.sources
    assert first.sources[0].sha256 != other.sources[0].sha256


@pytest.mark.parametrize("seed", range(4))
def test_counts_are_summed_by_id_and_category(seed):
    rng = np.random.default_rng(seed)
    n = 400
    frame = pd.DataFrame(
        {
            "Ref": rng.choice([f"i{k}" for k in range(90)], n),
            "When": "2018-01-05 10:00",
            "X": -2.5,
            "Y": 51.5,
            "Type": rng.choice(["drugs", "robbery"], n),
            "Count": rng.choice([-1, 0, 1, 1, 1, 3], n),
        }
    )
    reading = read(frame, dataclasses.replace(COLUMNS, count="Count"))
    keys = zip(frame["Ref"], frame["Type"], strict=True)
    expected = naive.counted(zip(keys, frame["Count"].tolist(), strict=True))
    used = reading.incidents.groupby(["incident_id", "category"]).size().to_dict()
    assert used == {key: n for key, n in expected.items() if n}
    assert set(reading.rejects["reason"]) == {"withdrawn"}
    assert len(reading.incidents) + len(reading.rejects) == reading.n_read


def test_correction_takes_the_row_that_cannot_be_placed(table):
    frame = pd.concat([table.iloc[[0]]] * 3, ignore_index=True)
    frame = frame.assign(Count=[1, 1, -1])
    frame.loc[0, ["X", "Y"]] = np.nan
    reading = read(frame, dataclasses.replace(COLUMNS, count="Count"))
    assert len(reading.incidents) == 1
    assert reading.rejects["line"].tolist() == [2, 4]
    assert reading.rejects["reason"].tolist() == ["withdrawn", "withdrawn"]


def test_call_has_grade_minutes_place_and_origin():
    frame = calls(Grade=["priority", "Immediate", None], Public=["Y", "no", "1"])
    incidents = read(frame, CALLS).incidents
    assert incidents["grade"].iloc[:2].tolist() == ["priority", "immediate"]
    assert incidents["grade"].isna().tolist() == [False, False, True]
    assert incidents["reported"].tolist() == [True, False, True]
    assert incidents["on_scene_min"].tolist() == [30, 30, 30]
    assert set(incidents["place"]) == {"Quay"}
    assert set(incidents["category"]) == {"incident"}
    assert incidents["started_at"].isna().all()


def test_words_of_a_source_are_mapped_to_grades():
    columns = dataclasses.replace(CALLS, grade_names={"G1": "immediate"})
    assert read(calls(Grade="G1"), columns).incidents["grade"].iloc[0] == "immediate"


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("Minutes", -1, "bad on-scene minutes"),
        ("Minutes", np.inf, "bad on-scene minutes"),
        ("Public", "perhaps", "bad reported flag"),
        ("Call", "soon", "unreadable time"),
        ("X", 200, "bad coordinates"),
        ("Y", None, "no coordinates"),
    ],
)
def test_bad_value_refuses_its_row(column, value, reason):
    good = calls()[column].iloc[0]
    frame = calls(**{column: [good, value]})
    assert read(frame, CALLS).rejects["reason"].tolist() == [reason]


def test_time_outside_the_months_of_the_table_refuses_its_row(table):
    months = ["2018-01", "2018-01", "2018-01"]  # the last happened in February
    columns = dataclasses.replace(COLUMNS, month="Month")
    reading = read(table.assign(Month=months), columns)
    assert reading.rejects["line"].tolist() == [4]
    assert reading.rejects["reason"].tolist() == ["outside the period"]


def test_missing_minutes_are_missing_not_bad():
    frame = calls(Minutes=[30.0, np.nan])
    assert read(frame, CALLS).incidents["on_scene_min"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no column of time is named"),
        ({"month": "M", "longitude": "X"}, "longitude and latitude go together"),
        ({"month": "M", "easting": "E", "northing": "N"}, "need crs"),
        ({"month": "M", "ended_at": "E"}, "ended_at needs started_at"),
    ],
)
def test_mapping_without_sense_is_refused(options, message):
    with pytest.raises(DataError, match=message):
        TableColumns(**options)


def test_mapping_without_place_is_refused(table):
    with pytest.raises(DataError, match="no column of place is named"):
        read(table, TableColumns(started_at="When"))


@pytest.mark.parametrize("kind", ["csv", "parquet", "gpkg"])
def test_missing_column_is_named_with_the_nearest(table, tmp_path, kind):
    path = tmp_path / f"t.{kind}"
    if kind == "csv":
        table.to_csv(path, index=False)
    elif kind == "parquet":
        table.to_parquet(path)
    else:
        gpd.GeoDataFrame(table, geometry=[shapely.Point(0, 0)] * 3, crs=4326).to_file(
            path
        )
    columns = dataclasses.replace(COLUMNS, category="Typ")
    with pytest.raises(DataError, match=r"has no column 'Typ': the nearest is 'Type'"):
        read_table(path, columns, within=None, time_zone="Europe/London")


@pytest.mark.parametrize(
    ("frame", "columns", "message"),
    [
        (calls(Grade="G9"), CALLS, "grade 'G9' is none of immediate, priority, rout"),
        (
            calls(),
            dataclasses.replace(CALLS, count="Place"),
            "count is not a whole number up to 10,000 at 1 rows, first 'Quay'",
        ),
        (calls().iloc[:0], CALLS, "frame has no rows"),
    ],
)
def test_bad_frame_is_refused(frame, columns, message):
    with pytest.raises(DataError, match=message):
        read(frame, columns)


def test_unknown_crs_is_refused(table):
    columns = TableColumns(started_at="When", easting="X", northing="Y", crs="metres")
    with pytest.raises(CrsError, match="crs 'metres' is not a coordinate reference"):
        read(table, columns)


@pytest.mark.parametrize("name", ["x.parquet", "x.gpkg", "x.doc"])
def test_file_of_another_kind_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(DataError, match=f"{name} cannot be read as"):
        read_table(path, COLUMNS, within=None, time_zone="Europe/London")


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"no file .*: give a CSV, Parquet or Geo"):
        read_table(tmp_path / "x.csv", COLUMNS, within=None, time_zone="UTC")


def test_lines_or_points_without_crs_are_refused(tmp_path):
    columns = TableColumns(started_at="When")
    when = {"When": ["2018-01-05 10:00"]}
    path = tmp_path / "lines.gpkg"
    line = shapely.LineString([(0, 0), (1, 1)])
    gpd.GeoDataFrame(when, geometry=[line], crs=4326).to_file(path)
    with pytest.raises(DataError, match="holds LineString: points needed"):
        read_table(path, columns, within=None, time_zone="UTC")
    path = tmp_path / "points.shp"
    with pytest.warns(UserWarning, match="crs"):
        gpd.GeoDataFrame(when, geometry=[shapely.Point(0, 0)]).to_file(path)
    with pytest.raises(CrsError, match="points in no CRS"):
        read_table(path, columns, within=None, time_zone="UTC")


@pytest.mark.data
def test_real_corrections_are_subtracted(real_data):
    path = real_data / "timed-incidents/st_louis_slmpd_2015_2019.csv.gz"
    columns = TableColumns(
        id="Complaint",
        month="CodedMonth",
        started_at="DateOccur",
        time_format="%m/%d/%Y %H:%M",
        longitude="lon",
        latitude="lat",
        category="Description",
        count="Count",
    )
    reading = read_table(path, columns, within=None, time_zone="America/Chicago")
    assert reading.n_read == 246_291
    assert reading.missing_months == ()
    assert reading.incidents["started_at"].min() >= pd.Timestamp("2015-01-01", tz="UTC")
    assert (reading.rejects["reason"] == "withdrawn").sum() >= 3_140 - 100
