import pandas as pd
import pytest

from geoalloc.errors import DataError
from geoalloc.incidents.times import month_range, read_times


def times(time_format=None, zone="Europe/London", **columns):
    fields = pd.DataFrame(
        {
            name: pd.Series(values, dtype="str" if isinstance(values, list) else None)
            for name, values in columns.items()
        }
    )
    return read_times(fields, zone, time_format)


def utc(text):
    return pd.Timestamp(text, tz="UTC")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-01-15 10:30", "2018-01-15 10:30"),  # winter
        ("2018-07-15 10:30:05", "2018-07-15 09:30:05"),  # summer
        ("2018-07-15T10:30", "2018-07-15 09:30"),
        ("2018-10-28 01:30", "2018-10-28 00:30"),  # twice on the clock: the first
        ("2018-03-25 01:30", "2018-03-25 01:00"),  # never on the clock: forward
        ("2018-07-15T10:30Z", "2018-07-15 10:30"),
        ("2018-07-15T10:30:00+02:00", "2018-07-15 08:30"),
        (" 2018-07-15 10:30:00-0500 ", "2018-07-15 15:30"),
    ],
)
def test_text_is_read_as_utc(text, expected):
    read = times(started_at=[text, "2018-06-01 12:00"])
    assert read.started_at.iloc[0] == utc(expected)
    assert read.ended_at.iloc[0] == utc(expected)
    assert read.timed


def test_clock_change_keeps_the_order_of_times():
    walls = pd.date_range("2018-10-27", "2018-10-29", freq="7min")
    read = times(started_at=list(walls.strftime("%Y-%m-%d %H:%M")))
    assert read.started_at.is_monotonic_increasing


def test_typed_columns_need_no_text():
    naive = pd.Series(pd.to_datetime(["2018-07-15 10:30"]))
    aware = naive.dt.tz_localize("America/Chicago")
    assert times(started_at=naive).started_at.iloc[0] == utc("2018-07-15 09:30")
    assert times(started_at=aware).started_at.iloc[0] == utc("2018-07-15 15:30")


def test_format_tells_day_from_month():
    texts = ["2/3/2018 12:00"]
    us = times("%m/%d/%Y %H:%M", started_at=texts).started_at
    gb = times("%d/%m/%Y %H:%M", started_at=texts).started_at
    assert us.iloc[0] == utc("2018-02-03 12:00")
    assert gb.iloc[0] == utc("2018-03-02 12:00")


def test_format_may_hold_an_offset():
    read = times("%d/%m/%Y %H:%M %z", started_at=["2/3/2018 12:00 +0100"])
    assert read.started_at.iloc[0] == utc("2018-03-02 11:00")


def test_date_without_time_is_the_window_of_that_day():
    read = times(started_at=["2018-07-15", "2018-03-25", "2018-01-01 00:00"])
    assert read.ended_at.iloc[0] == utc("2018-07-15 23:00")
    hours = (read.ended_at - read.started_at) / pd.Timedelta(1, "h")
    assert hours.tolist() == [24, 23, 0]


def test_faults_are_told_apart():
    read = times(
        started_at=["2018-01-02 10:00", "2018-01-02 10:00", "soon", None],
        ended_at=["2018-01-02 09:00", "2018-01-02 11:00", None, None],
    )
    assert read.reversed.tolist() == [True, False, False, False]
    assert read.unreadable.tolist() == [False, False, True, False]
    assert read.none.tolist() == [False, False, False, True]


def test_month_beside_exact_times_bounds_them():
    read = times(
        month=["2018-01", "2018-03", "2018-03"],
        started_at=["1993-02-23 12:00", "2018-02-01 12:00", "2018-04-01 00:00"],
    )
    assert read.outside.tolist() == [True, False, True]
    assert read.period == (utc("2018-01-01"), utc("2018-03-31 23:00"))


def test_period_of_exact_times_is_whole_local_days():
    read = times(started_at=["2018-07-15 10:30", "2018-08-02 00:00"])
    assert read.period == (utc("2018-07-14 23:00"), utc("2018-08-02 23:00"))
    assert list(month_range(read.period, "Europe/London")) == ["2018-07", "2018-08"]


def test_month_of_a_call_is_local():
    read = times(reported_at=["2018-06-30T23:30Z"])
    assert read.month.tolist() == ["2018-07"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"started_at": ["2018-01"]}, "holds months such as '2018-01': name it as"),
        ({"started_at": ["2/3/2018"]}, "read as ISO 8601: the first is '2/3/2018'"),
        ({"month": ["January"]}, "no row has a month that can be read as 2018-01"),
        ({"month": [None]}, "no row has a time: its columns are empty"),
        ({"month": ["2018-01"], "zone": "Bristol"}, "time zone 'Bristol' is unknown"),
    ],
)
def test_hopeless_times_are_refused(columns, message):
    with pytest.raises(DataError, match=message):
        times(**columns)
