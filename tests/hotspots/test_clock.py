"""When incidents stand, worked by hand."""

import numpy as np
import pandas as pd
import pytest

from geoalloc import hotspots
from geoalloc.errors import DataError
from geoalloc.hotspots import clock


def test_peak_hours_are_the_fullest_window():
    times = pd.Series(
        pd.to_datetime(
            ["2026-11-20 22:10", "2026-11-20 23:30", "2026-11-21 00:05"]
            + ["2026-11-16 09:00"] * 2
        )
    )
    assert hotspots.peak_hours(times) == "Fri 22:00-01:00"
    assert hotspots.peak_hours(times, width_h=1) == "Mon 09:00-10:00"


def test_peak_hours_of_no_time_are_nothing():
    assert hotspots.peak_hours(pd.Series([pd.NaT], dtype="datetime64[us, UTC]")) == ""


@pytest.mark.parametrize("width_h", [0, -1, 25, 200, 1.5, "3"])
def test_peak_hours_are_whole_hours_of_a_day(width_h):
    with pytest.raises(DataError, match="width_h must be a whole number from 1 to 24"):
        hotspots.peak_hours(pd.Series([pd.Timestamp("2026-11-20")]), width_h=width_h)


def test_a_window_that_ends_before_it_starts_is_its_start_and_tells_no_hour():
    table = pd.DataFrame(
        {
            "started_at": utc("2025-07-01 08:00", "2025-07-01 09:00"),
            "ended_at": utc("2025-06-30 08:00", "2025-07-01 10:00"),
        }
    )
    times = clock.when(table, "UTC")
    assert str(times.local[0]) == "2025-07-01 08:00:00"
    assert list(times.hour_known) == [False, True]
    assert str(times.first) == "2025-07-01 00:00:00"


def test_an_end_alone_is_a_time():
    times = clock.when(pd.DataFrame({"ended_at": utc("2025-07-01 08:00")}), "UTC")
    assert str(times.local[0]) == str(times.dated[0]) == "2025-07-01 08:00:00"
    assert list(times.hour_known) == [True]


def test_an_incident_is_of_the_time_of_its_report_and_a_month_of_its_middle():
    table = pd.DataFrame(
        {
            "started_at": utc("2025-04-01", "2025-04-01 10:00", "2025-04-01 10:00"),
            "ended_at": utc("2025-05-01", "2025-04-01 12:00", "2025-04-01 12:00"),
            "reported_at": utc(None, None, "2025-04-09 10:00"),
        }
    )
    dated = clock.when(table, "UTC").dated.astype("str")
    assert list(dated) == [
        "2025-04-16 00:00:00",
        "2025-04-01 10:00:00",
        "2025-04-09 10:00:00",
    ]


def utc(*texts):
    return pd.to_datetime(pd.Series(texts), utc=True, format="ISO8601").astype(
        "datetime64[us, UTC]"
    )


def test_an_incident_stands_where_its_window_or_its_report_says():
    table = pd.DataFrame(
        {
            "started_at": utc(
                "2025-07-01 08:00", "2025-07-01 08:00", "2025-07-01", None, None
            ),
            "ended_at": utc(
                "2025-07-01 10:00", "2025-07-03 08:00", "2025-07-02", None, None
            ),
            "reported_at": utc(
                "2025-07-05", "2025-07-04 12:30", None, "2025-07-06 05:00", None
            ),
        }
    )
    times = clock.when(table, "Europe/London")
    assert list(times.local.astype("str").fillna("unknown")) == [
        "2025-07-01 10:00:00",  # the middle of two hours, an hour ahead of UTC
        "2025-07-04 13:30:00",  # of two days nothing is known: the report
        "2025-07-01 13:00:00",
        "2025-07-06 06:00:00",
        "unknown",
    ]
    assert list(times.hour_known) == [True, False, False, True, False]
    assert not times.monthly


def test_local_times_without_a_zone_stand_as_they_are():
    table = pd.DataFrame({"started_at": pd.to_datetime(["2025-07-01 23:10"])})
    times = clock.when(table, "America/Chicago")
    assert str(times.local[0]) == "2025-07-01 23:10:00"


def test_midnights_alone_tell_no_hour():
    table = pd.DataFrame({"started_at": pd.to_datetime(["2025-07-01", "2025-07-02"])})
    assert not clock.when(table, "UTC").hour_known.any()


def cut(texts, *, period=None, missing=(), windows=6, ends=None):
    table = pd.DataFrame({"started_at": pd.to_datetime(texts, format="ISO8601")})
    if ends is not None:
        table["ended_at"] = pd.to_datetime(ends)
    times = clock.when(table, "UTC")
    return times, clock.calendar(
        times, period=period, missing_months=missing, windows=windows
    )


def test_a_year_is_cut_into_whole_months():
    _, calendar = cut(["2025-01-01 05:00", "2025-12-31 23:00"])
    assert calendar.names[0] == "2025-01-01 to 2025-02-28"
    assert calendar.names[-1] == "2025-11-01 to 2025-12-31"
    assert list(calendar.window_days) == [59, 61, 61, 62, 61, 61]
    assert calendar.days == 365


def test_a_missing_month_is_in_no_count_of_days():
    _, calendar = cut(
        ["2025-01-01 05:00", "2025-12-31 23:00"], missing=("2025-06", "2025-07")
    )
    assert calendar.days == 365 - 61
    assert calendar.window_days.sum() == calendar.days
    assert calendar.names[2] == "2025-05-01 to 2025-08-31"


def test_a_fortnight_is_cut_into_days():
    times, calendar = cut(["2025-03-01 01:00", "2025-03-14 23:00"], windows=4)
    assert list(calendar.window_days) == [3, 4, 3, 4]
    assert list(calendar.window(times.local)) == [0, 3]


def test_months_alone_are_windows_at_the_shortest():
    _, calendar = cut(["2025-01-01", "2025-02-01"], ends=["2025-02-01", "2025-03-01"])
    assert list(calendar.window_days) == [31, 28]


def test_a_day_has_no_windows():
    _, calendar = cut(["2025-03-01 01:00", "2025-03-01 23:00"])
    assert calendar.names == ()
    assert calendar.days == 1


def test_what_is_outside_the_period_is_in_no_window():
    period = tuple(pd.to_datetime(["2025-01-01", "2026-01-01"]))
    texts = ["2024-12-31 23:59", "2025-01-01", "2025-12-31 23:59", "2026-01-01"]
    times, calendar = cut(texts, period=period)
    assert list(calendar.window(times.local)) == [-1, 0, 5, -1]
    assert list(calendar.holds(times.local)) == [False, True, True, False]


def test_a_period_without_data_is_refused():
    with pytest.raises(DataError, match="no day that there are data of"):
        cut(["2025-01-05", "2025-01-06"], missing=("2025-01",))


def test_no_time_is_no_calendar():
    table = pd.DataFrame({"other": [1, 2]})
    times = clock.when(table, "UTC")
    calendar = clock.calendar(times, period=None, missing_months=(), windows=6)
    assert np.isnan(calendar.days)
    assert calendar.months == 1.0
    assert list(calendar.window(times.local)) == [-1, -1]


def test_shares_count_hours_from_midnight_and_days_from_monday():
    texts = ["2025-03-03 00:10", "2025-03-03 23:59", "2025-03-09 23:00", None]
    hours, days = clock.shares(pd.to_datetime(pd.Series(texts)))
    assert hours == pytest.approx([1 / 3] + 22 * [0] + [2 / 3])
    assert days == pytest.approx([2 / 3] + 5 * [0] + [1 / 3])


def test_no_time_has_no_shares():
    assert clock.shares(pd.to_datetime(pd.Series([None, None]))) == ([], [])
