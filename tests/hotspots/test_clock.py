"""Peak hours by hand."""

import pandas as pd

from geoalloc import hotspots


def test_peak_hours_are_the_busiest_window_of_the_week():
    friday = pd.Timestamp("2026-11-20 22:30", tz="Europe/London")
    monday = pd.Timestamp("2026-11-16 09:00", tz="Europe/London")
    times = pd.Series(
        [friday + pd.Timedelta(hours=h) for h in (0, 1, 2)] * 3 + [monday] * 8
    )
    assert hotspots.peak_hours(times) == "Fri 22:00-01:00"
    assert hotspots.peak_hours(times, width_h=1) == "Mon 09:00-10:00"


def test_peak_hours_of_unknown_times_are_not_named():
    assert hotspots.peak_hours(pd.Series([pd.NaT], dtype="datetime64[us, UTC]")) == ""
