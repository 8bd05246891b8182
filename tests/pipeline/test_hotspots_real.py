"""Hotspots of real files, as they come."""

import pytest

from geoalloc import pipeline

pytestmark = pytest.mark.data


def found(*paths, **settings):
    settings = {"columns": {}, "options": {}} | settings
    return pipeline.find_hotspots(pipeline.request(paths, **settings))


def test_a_city_of_the_us_is_read_without_a_word_of_help(real_data):
    run = found(real_data / "timed-incidents" / "st_louis_slmpd_2015_2019.csv.gz")
    record = run.record
    assert "times as %m/%d/%Y %H:%M" in record["columns"]
    assert record["rejects"]["withdrawn"] > 3_000  # Count = -1, and what it cancels
    assert record["rejects"]["no coordinates"] > 5_000  # XY = 0
    assert record["n_read"] == record["n_used"] + sum(record["rejects"].values())
    assert any("12:00" in note for note in record["notes"])
    downtown = run.found.hotspots.iloc[0]
    assert abs(downtown["latitude"] - 38.63) < 0.02
    assert abs(downtown["longitude"] + 90.19) < 0.02


def test_the_city_of_london_has_a_gap_of_two_years_and_says_so(real_data):
    run = found(real_data / "city-of-london")
    assert run.found.area.months == pytest.approx(23, abs=0.1)
    assert any("2021-12 to 2023-12" in note for note in run.record["notes"])
    assert (run.found.hotspots["peak_hours"] == "").all()
    assert "Open Government Licence" in run.record["attribution"]
