"""Origins: covered windows only, on the clock on the wall."""

from itertools import pairwise

import pandas as pd
import pytest

from geoalloc import evaluation
from geoalloc.errors import DataError
from geoalloc.evaluation import Rolling
from tests.evaluation.conftest import ZONE

MONTH, WEEK = pd.DateOffset(months=1), pd.DateOffset(days=7)
HOURS = pd.Timedelta(hours=8)


def day(text):
    return pd.Timestamp(text, tz=ZONE)


def test_months_begin_on_the_first_and_pass_over_a_gap(monthly):
    found = evaluation.monthly_origins(monthly, 8)
    months = ["04", "05", "06", "08", "09", "10", "11", "12"]
    assert list(found) == [day(f"2019-{month}-01") for month in months]


def test_no_origin_has_less_than_eight_weeks_before_it(monthly):
    found = evaluation.monthly_origins(monthly, 100)
    assert found[0] == day("2018-03-01")
    assert len(found) == 21
    assert evaluation.monthly_origins(monthly, 100) == found


def test_no_window_goes_beyond_the_end_that_is_given(monthly):
    found = evaluation.origins(monthly, MONTH, n=2, end=day("2019-03-15"))
    assert list(found) == [day("2019-01-01"), day("2019-02-01")]


def test_windows_of_weeks_follow_each_other_over_a_change_of_clocks(timed):
    found = evaluation.origins(timed, WEEK, n=52)
    assert all(origin.hour == 0 for origin in found)
    for before, after in pairwise(found):
        assert before + WEEK == after
    assert found[-1] + WEEK == day("2020-01-01")


def test_shifts_begin_at_the_same_hours_all_year(timed):
    every = pd.Timedelta(hours=80)
    found = evaluation.origins(timed, HOURS, every=every, n=60)
    assert {origin.hour for origin in found} == {0, 8, 16}
    assert len(found) == 60


def test_a_history_too_short_says_what_it_covers(monthly):
    with pytest.raises(DataError, match="no window of 1 month is covered with 56 days"):
        evaluation.origins(monthly, MONTH, end=day("2018-03-15"))
    with pytest.raises(DataError, match="no window of 30 months"):
        evaluation.origins(monthly, pd.DateOffset(months=30))


def test_days_are_refused_where_only_months_are_known(monthly):
    for horizon, words in ((WEEK, "7 days"), (HOURS, "8 hours")):
        with pytest.raises(DataError, match=f"horizon of {words} cannot be scored"):
            evaluation.origins(monthly, horizon)


def test_an_origin_less_than_one_is_refused(monthly):
    with pytest.raises(DataError, match="at least 1 origin, got 0"):
        evaluation.monthly_origins(monthly, 0)


ONE = {"origins": (day("2019-01-01"),), "horizon": MONTH}


def test_windows_that_overlap_are_drawn_together():
    daily = tuple(pd.date_range("2019-05-01", periods=40, freq="D", tz=ZONE))
    apart = Rolling(origins=daily, horizon=pd.DateOffset(days=1))
    assert (apart.overlapping, apart.block_origins) == (1, 3)
    weeks = Rolling(origins=daily, horizon=WEEK)
    assert (weeks.overlapping, weeks.block_origins) == (7, 7)
    # A block of all origins would be drawn the same each time.
    months = Rolling(origins=daily, horizon=MONTH)
    assert (months.overlapping, months.block_origins) == (31, 13)


def test_a_period_divides_days_whatever_the_clocks_do():
    changing = (day("2019-03-31"),)
    for horizon in (pd.DateOffset(days=1), WEEK, MONTH):
        Rolling(origins=changing, horizon=horizon, period=HOURS)
    Rolling(origins=changing, horizon=WEEK, period=pd.Timedelta(hours=56))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"origins": ()}, "no origin"),
        ({"origins": (pd.Timestamp("2019-01-01"),)}, "no time zone"),
        ({"origins": (day("2019-02-01"), day("2019-01-01"))}, "must ascend"),
        ({"horizon": pd.DateOffset(months=-1)}, "does not lead ahead"),
        ({"area_shares": (0.0, 0.1)}, "above 0 and at most 1"),
        ({"area_shares": (0.1, 0.05)}, "must ascend"),
        ({"area_shares": ()}, "area shares"),
        ({"period": pd.Timedelta(days=40)}, "within the horizon"),
        ({"period": pd.Timedelta(minutes=90)}, "whole hours"),
        ({"period": pd.Timedelta(hours=5)}, "5 hours does not divide .* of 1 month"),
        ({"period": pd.Timedelta(hours=48)}, "48 hours does not divide"),
        ({"horizon": WEEK, "period": pd.Timedelta(hours=5)}, "horizon of 7 days"),
        ({"horizon": HOURS, "period": pd.Timedelta(hours=3)}, "horizon of 8 hours"),
        ({"confidence": 1.0}, "confidence"),
        ({"resamples": 0}, "resamples"),
    ],
)
def test_a_rolling_that_makes_no_sense_is_refused(wrong, words):
    with pytest.raises(DataError, match=words):
        Rolling(**(ONE | wrong))
