import pandas as pd
import pytest

from geoalloc import roster
from geoalloc.errors import DataError

HEAD = "unit_id,kind,home_station,starts_at,ends_at"
ROW = "R-1,response,Bath,2026-12-04T20:00,2026-12-05T04:00"


def read(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return roster.read(path, time_zone="Europe/London")


def queue(tmp_path, text):
    path = tmp_path / "queue.csv"
    path.write_text(text, encoding="utf-8")
    return roster.read_queue(path, time_zone="Europe/London")


def test_times_are_local_and_the_rest_has_defaults(tmp_path):
    found = read(tmp_path, f"{HEAD}\n{ROW}\n".replace("2026-12-0", "2026-07-0"))
    unit = found.units.loc["R-1"]
    assert found.spans["starts_at"][0] == pd.Timestamp("2026-07-04T19:00Z")
    assert (unit["officers"], unit["skills"], unit["post"]) == (1, "", "")
    assert unit["blue_light"]
    assert not unit["locked"]
    assert pd.isna(unit["busy_until"])


def test_every_column_is_read(tmp_path):
    head = f"{HEAD},officers,skills,blue_light,post,locked,busy_until,busy_latitude,"
    row = f"{ROW},2, taser  driver,no,Bath police station,yes,2026-12-04T21:30,51.4,"
    found = read(tmp_path, f"{head}busy_longitude\n{row}-2.4\n")
    unit = found.units.loc["R-1"]
    assert (unit["officers"], unit["skills"]) == (2, "taser driver")
    assert not unit["blue_light"]
    assert unit["locked"]
    assert unit["post"] == "Bath police station"
    assert unit["busy_until"] == pd.Timestamp("2026-12-04T21:30Z")
    assert (unit["busy_latitude"], unit["busy_longitude"]) == (51.4, -2.4)


def test_a_unit_may_have_two_duties_that_do_not_overlap(tmp_path):
    later = "R-1,response,Bath,2026-12-05T04:00,2026-12-05T06:00"
    found = read(tmp_path, f"{HEAD}\n{later}\n{ROW}\n")
    assert len(found.units) == 1
    assert found.spans["starts_at"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEAD},surname\n{ROW},Smith\n", "columns about persons: surname; it holds"),
        (f"{HEAD},Collar_No\n{ROW},1\n", "columns about persons: collar_no"),
        (f"{HEAD},restricted_duties\n{ROW},x\n", "persons: restricted_duties"),
        (f"{HEAD},colour\n{ROW},x\n", "columns that are not known: colour; there are"),
        ("unit_id,kind\nR-1,response\n", "lacks the columns home_station, starts_at"),
        (f"{HEAD}\n", "has no units: give at least one row"),
        (f"{HEAD}\n{ROW.replace('R-1', '')}\n", "unit_id is empty on 1 of 1 rows"),
        (f"{HEAD}\n{ROW.replace('-05T04', '-04T19')}\n", "is not before ends_at on 1"),
        (f"{HEAD}\n{ROW}\n{ROW}\n", "the duties of R-1 overlap, first on line 3"),
        (
            f"{HEAD}\n{ROW.replace('T20:00', 'T25:00')}\n",
            "starts_at is no time such as",
        ),
        (
            f"{HEAD}\n{ROW.replace('2026-12-04T20:00', '2026-10-25T01:30')}\n",
            "none that the clocks show once",
        ),
        (f"{HEAD},officers\n{ROW},0\n", "officers is no number from 1 to 20 on 1 of 1"),
        (f"{HEAD},officers\n{ROW},1.5\n", "officers is no whole number"),
        (f"{HEAD},locked\n{ROW},perhaps\n", "locked is neither yes nor no"),
        (
            f"{HEAD},busy_latitude\n{ROW},51\n",
            "busy_latitude is given without busy_until",
        ),
    ],
)
def test_wrong_roster_is_refused_by_what_and_where(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)


def test_rows_of_a_unit_must_agree(tmp_path):
    other = "R-1,pcso,Bath,2026-12-05T04:00,2026-12-05T06:00"
    with pytest.raises(DataError, match="rows of R-1 differ in kind"):
        read(tmp_path, f"{HEAD}\n{ROW}\n{other}\n")


def test_a_file_that_is_not_there_or_no_csv_is_named(tmp_path):
    with pytest.raises(DataError, match="does not exist: name a CSV file"):
        roster.read(tmp_path / "none.csv", time_zone="Europe/London")
    broken = tmp_path / "roster.csv"
    broken.write_bytes(b"unit_id\n\xff\xfe\n")
    with pytest.raises(DataError, match="cannot be read as CSV in UTF-8"):
        roster.read(broken, time_zone="Europe/London")


def test_queue_holds_grade_time_and_point(tmp_path):
    found = queue(
        tmp_path,
        "grade,reported_at,latitude,longitude\nimmediate,2026-12-04T19:45,51.45,-2.6\n",
    )
    assert found.calls["reported_at"][0] == pd.Timestamp("2026-12-04T19:45Z")
    assert found.calls["grade"].tolist() == ["immediate"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("urgent,2026-12-04T19:45,51,-2", "grade is not of"),
        ("routine,2026-12-04T19:45,95,-2", "latitude is no number from -90 to 90"),
        ("routine,soon,51,-2", "reported_at is no time"),
    ],
)
def test_wrong_queue_is_refused(tmp_path, row, message):
    with pytest.raises(DataError, match=message):
        queue(tmp_path, f"grade,reported_at,latitude,longitude\n{row}\n")
