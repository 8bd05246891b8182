import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geoalloc.demand import Calendar
from geoalloc.errors import DataError
from tests.demand.monthly import by_month
from tests.demand.timed import at_times

ZONE = "Europe/London"
FIRST = pd.Timestamp("2022-01-03")
N_DAYS = 700


def london(text):
    return pd.Timestamp(text, tz=ZONE)


def paydays():
    month_ends = pd.date_range(FIRST, periods=23, freq="ME")
    return [day.date() for day in month_ends]


def drawn(grid, *, uplift, seed=0, spread=None, daily=20.0):
    """Incidents at noon and later, more of them on weekends and on paydays."""
    rng = np.random.default_rng(seed)
    day = FIRST + pd.to_timedelta(np.arange(N_DAYS), unit="D")
    mean = daily * np.where(day.day_of_week >= 5, 1.5, 1.0)
    mean = mean * np.where(np.isin(day.date, paydays()), uplift, 1.0)
    if spread is not None:
        mean = mean * rng.gamma(spread, 1 / spread, N_DAYS)
    n = rng.poisson(mean)
    times = day.repeat(n) + pd.to_timedelta(rng.integers(720, 1200, n.sum()), "min")
    covered = [(FIRST, FIRST + pd.Timedelta(N_DAYS, "D"))]
    return at_times(grid, times, covered=covered)


def test_hours_of_special_days_have_the_product_of_their_uplifts():
    calendar = Calendar.of(
        bank_holidays=[dt.date(2024, 5, 27)],
        paydays=[dt.date(2024, 5, 28), dt.date(2024, 5, 27)],
        school_terms=[(dt.date(2024, 5, 28), dt.date(2024, 5, 29))],
        uplifts={"bank_holiday": 0.8, "payday": 1.5, "school_term": 1.1},
    )
    noons = pd.date_range("2024-05-26 12:00", periods=5, freq="D", tz=ZONE)
    expected = [1.0, 0.8 * 1.5, 1.5 * 1.1, 1.1, 1.0]
    np.testing.assert_allclose(calendar.factor(noons), expected)
    np.testing.assert_allclose(calendar.factor(noons.tz_convert("UTC")), expected)
    np.testing.assert_allclose(calendar.factor(noons.tz_localize(None)), expected)


def test_a_day_is_local_from_midnight_to_midnight():
    calendar = Calendar.of(
        bank_holidays=[dt.date(2024, 5, 27)], uplifts={"bank_holiday": 2.0}
    )
    # 23:00 UTC is midnight in summer.
    hours = pd.date_range("2024-05-26 22:00", periods=3, freq="h", tz="UTC")
    np.testing.assert_allclose(calendar.factor(hours), [1.0, 2.0, 2.0])


def test_planted_uplift_is_measured_within_its_interval(town_grid):
    calendar = Calendar.of(paydays=paydays())
    found = calendar.measured(drawn(town_grid, uplift=1.6), london("2023-12-01"))
    payday = found.uplifts["payday"]
    assert payday.basis == "measured"
    assert payday.low < 1.6 < payday.high
    assert 1.4 < payday.ratio < 1.7
    assert payday.n_days == 23
    assert "payday" in found.sentence
    assert "measured on 23 days" in found.sentence


def test_measured_uplift_is_that_of_the_counts_by_hand(town_grid):
    history = drawn(town_grid, uplift=1.3, spread=8.0)
    found = Calendar.of(paydays=paydays()).measured(history, london("2023-12-01"))
    day = pd.to_datetime(history.day, unit="D").normalize()
    index = pd.date_range(FIRST, periods=int((pd.Timestamp("2023-12-01") - FIRST).days))
    count = day.value_counts().reindex(index, fill_value=0).astype(float)
    level = count.rolling(113, center=True, min_periods=1).mean()
    weekday = count.index.day_of_week
    share = count.groupby(weekday).sum() / level.groupby(weekday).sum()
    expected = level * share.reindex(weekday).to_numpy()
    excess = max(((count - expected) ** 2 / expected).mean(), 1.0)
    chosen = np.isin(index.date, paydays())
    shape = 25.0 + count[chosen].sum() / excess
    rate = 25.0 + expected[chosen].sum() / excess
    payday = found.uplifts["payday"]
    assert payday.ratio == pytest.approx(shape / rate)
    bounds = stats.gamma(shape, scale=1 / rate).ppf([0.05, 0.95])
    np.testing.assert_allclose([payday.low, payday.high], bounds)


def test_intervals_hold_the_truth_as_often_as_they_say(town_grid):
    calendar = Calendar.of(paydays=paydays())
    held = 0
    for seed in range(40):
        history = drawn(town_grid, uplift=1.1, seed=seed, spread=10.0, daily=5.0)
        payday = calendar.measured(history, london("2023-12-01")).uplifts["payday"]
        held += payday.low <= 1.1 <= payday.high
    assert 32 <= held <= 40


def test_few_incidents_leave_an_uplift_near_one(town_grid):
    history = drawn(town_grid, uplift=3.0, daily=0.02)
    found = Calendar.of(paydays=paydays()).measured(history, london("2023-12-01"))
    assert 0.9 < found.uplifts["payday"].ratio < 1.2


def test_what_was_given_is_not_measured(town_grid):
    calendar = Calendar.of(paydays=paydays(), uplifts={"payday": 1.25})
    found = calendar.measured(drawn(town_grid, uplift=2.0), london("2023-12-01"))
    assert found.uplifts["payday"].ratio == 1.25
    assert "1.25 times an ordinary day (given)" in found.sentence


def test_nothing_after_the_origin_is_measured(town_grid):
    history = drawn(town_grid, uplift=1.5)
    origin = london("2023-02-01")
    day = pd.to_datetime(history.day, unit="D", utc=True)
    calendar = Calendar.of(paydays=paydays())
    before = history.where(np.asarray(day < origin))
    found = [calendar.measured(each, origin).uplifts for each in (history, before)]
    assert found[0] == found[1]
    assert found[0]["payday"].n_days == 13


def test_days_that_are_not_covered_count_for_nothing(town_grid):
    history = drawn(town_grid, uplift=1.5)
    gap = pd.Timestamp("2022-07-01"), pd.Timestamp("2022-08-01")
    local = pd.to_datetime(history.day, unit="D", utc=True).tz_convert(ZONE)
    inside = (local >= gap[0].tz_localize(ZONE)) & (local < gap[1].tz_localize(ZONE))
    left = local[~np.asarray(inside)].tz_localize(None)
    end = FIRST + pd.Timedelta(N_DAYS, "D")
    broken = at_times(town_grid, left, covered=[(FIRST, gap[0]), (gap[1], end)])
    found = Calendar.of(paydays=paydays()).measured(broken, london("2023-12-01"))
    assert found.uplifts["payday"].n_days == 22
    assert found.uplifts["payday"].ratio > 1.3


def test_months_alone_and_short_histories_measure_nothing(town_grid):
    calendar = Calendar.of(paydays=paydays())
    monthly = by_month(town_grid, {"burglary": [9] * 24}, first="2022-01-01")
    assert calendar.measured(monthly, london("2023-12-01")) is calendar
    short = drawn(town_grid, uplift=1.5)
    assert calendar.measured(short, london("2022-03-01")) is calendar
    assert calendar.uplifts["payday"].basis == "assumed"
    assert "(assumed)" in calendar.sentence


def test_a_calendar_without_days_says_so_and_does_nothing():
    calendar = Calendar.of()
    assert calendar.sentence == "No day is special."
    hours = pd.date_range("2024-05-26", periods=4, freq="h", tz=ZONE)
    np.testing.assert_array_equal(calendar.factor(hours), 1.0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"uplifts": {"payday": -0.1}}, "the uplift of a payday is -0.1"),
        ({"uplifts": {"payday": np.nan}}, "the uplift of a payday is nan"),
        ({"uplifts": {"full moon": 1.0}}, "there is no kind of day 'full moon'"),
        (
            {"school_terms": [(dt.date(2024, 5, 2), dt.date(2024, 5, 1))]},
            "ends on 2024-05-01, before it begins",
        ),
    ],
)
def test_bad_uplifts_and_terms_are_refused(given, words):
    with pytest.raises(DataError, match=words):
        Calendar.of(**given)
