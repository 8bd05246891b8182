from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoalloc import demand
from geoalloc.demand.hours import hours
from geoalloc.errors import DataError
from tests import naive_rhythm as naive
from tests.demand.monthly import by_month
from tests.demand.timed import at_times

ZONE = "Europe/London"


def london(text):
    return pd.Timestamp(text, tz=ZONE)


def nights(n, *, seed=0, first="2023-01-02", weeks=40):
    """Local times: most of them on Friday and Saturday nights, to the minute."""
    rng = np.random.default_rng(seed)
    week = pd.Timestamp(first) + pd.to_timedelta(rng.integers(0, weeks, n) * 7, "D")
    late = rng.random(n) < 0.7
    hour = np.where(
        late,
        rng.choice([4, 5], n) * 24 + rng.integers(20, 24, n),
        rng.integers(0, 168, n),
    )
    return week + pd.to_timedelta(hour * 60 + rng.integers(0, 60, n), unit="min")


def spread_of(history):
    found = hours(history)
    return np.bincount(found.hour, found.weight, minlength=168)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2024-03-30T22:20", "2024-03-31T04:50"),  # the clocks go forward
        ("2024-10-26T22:20", "2024-10-27T04:50"),  # and back
        ("2024-06-03T12:10", "2024-06-03T12:40"),
        ("2024-06-09T13:05", "2024-06-10T12:00"),  # over the end of the week
    ],
)
def test_windows_are_spread_over_the_hours_of_the_local_week(town_grid, start, end):
    history = at_times(town_grid, [start], [end])
    utc = [
        london(t).tz_convert("UTC").to_pydatetime().replace(tzinfo=None)
        for t in (start, end)
    ]
    np.testing.assert_allclose(
        spread_of(history), naive.aoristic(*utc, ZONE), atol=1e-9
    )


@settings(max_examples=25, deadline=None)
@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2024, 12, 20)),
    minutes=st.integers(1, 1439),
)
def test_any_window_of_less_than_a_day_is_spread_evenly(town_grid, start, minutes):
    begin = pd.Timestamp(start).floor("min").tz_localize("UTC")
    end = begin + pd.Timedelta(minutes=minutes)
    local = [t.tz_convert("America/Chicago").tz_localize(None) for t in (begin, end)]
    if any(_repeated(t) for t in local):
        return
    history = at_times(town_grid, [local[0]], [local[1]], time_zone="America/Chicago")
    utc = [t.to_pydatetime().replace(tzinfo=None) for t in (begin, end)]
    np.testing.assert_allclose(
        spread_of(history), naive.aoristic(*utc, "America/Chicago"), atol=1e-9
    )


def _repeated(local):
    return local.strftime("%m-%d %H") == "11-03 01"


def test_an_hour_skipped_gets_nothing_and_one_repeated_twice(town_grid):
    skipped = at_times(town_grid, ["2024-03-31T00:00"], ["2024-03-31T04:00"])
    sunday = 6 * 24
    assert spread_of(skipped)[sunday + 1] == 0.0
    assert spread_of(skipped)[sunday] == pytest.approx(1 / 3)
    repeated = at_times(town_grid, ["2024-10-27T00:00"], ["2024-10-27T04:00"])
    assert spread_of(repeated)[sunday + 1] == pytest.approx(2 / 5)


def test_windows_of_days_tell_days_and_those_of_weeks_nothing(town_grid):
    history = at_times(
        town_grid,
        ["2024-06-03T00:00", "2024-06-01T00:00"],
        ["2024-06-05T00:00", "2024-06-08T00:00"],
    )
    found = hours(history)
    assert found.hour.tolist() == [0, 24]
    assert found.day_only.all()
    np.testing.assert_allclose(found.weight, 0.5)


def test_instants_that_are_all_at_midnight_are_dates(town_grid):
    history = at_times(town_grid, ["2024-06-03", "2024-06-04"])
    assert hours(history).day_only.all()
    found = demand.rhythm(history, london("2024-06-05"))
    assert not found.observed


def test_rhythm_is_that_of_plain_python(town_grid):
    # No minute holds enough to be a default.
    times = nights(400, weeks=12)
    history = at_times(town_grid, times)
    origin = london("2023-04-03")
    prior = np.linspace(1.0, 3.0, 168)
    known = times[times < "2023-04-03"]
    age = (origin - known.tz_localize(ZONE)) / pd.Timedelta(days=28)
    blocks = [[0.0] * 168 for _ in range(int(age.max()) + 2)]
    for time, back in zip(known, age, strict=True):
        blocks[int(back)][time.day_of_week * 24 + time.hour] += 1.0
    toward = 0.99 * prior / prior.sum() + 0.01 / 168
    expected = naive.rhythm(blocks[:-1], toward.tolist(), 50.0)
    found = demand.rhythm(history, origin, toward=prior, trust=50.0)
    np.testing.assert_allclose(found.share, expected, rtol=1e-6)


def test_rhythm_sums_to_one_and_its_mean_over_a_week_is_one(town_grid):
    history = at_times(town_grid, nights(300))
    found = demand.rhythm(history, london("2023-10-01"))
    assert found.observed
    assert found.share.sum() == pytest.approx(1.0)
    assert found.share.min() > 0.0
    assert found.explanation.weights["weight"].sum() == pytest.approx(1.0)
    week = pd.date_range("2024-06-03", periods=168, freq="h", tz=ZONE)
    assert found.relative(week).mean() == pytest.approx(1.0)


def test_hours_of_any_time_zone_are_taken_as_local(town_grid):
    history = at_times(town_grid, nights(300))
    found = demand.rhythm(history, london("2023-10-01"))
    local = pd.date_range("2024-06-07 18:00", periods=8, freq="h", tz=ZONE)
    np.testing.assert_array_equal(
        found.relative(local), found.relative(local.tz_convert("UTC"))
    )
    np.testing.assert_array_equal(
        found.relative(local), found.relative(local.tz_localize(None))
    )


def test_more_incidents_move_the_rhythm_from_the_profile_to_their_own(town_grid):
    toward = np.ones(168)
    origin = london("2023-10-01")
    away = []
    for n in (3, 30, 300, 3000):
        history = at_times(town_grid, nights(n))
        found = demand.rhythm(history, origin, toward=toward, trust=100.0)
        away.append(found.share[[4 * 24 + 21, 5 * 24 + 21]].sum() * 84)
    assert away == sorted(away)
    assert away[0] < 3.0
    assert away[-1] > 10.0


def test_a_right_profile_is_taken_up_and_a_wrong_one_is_not(town_grid):
    history = at_times(town_grid, nights(60))
    later = nights(2000, seed=2)
    n = np.bincount(later.day_of_week * 24 + later.hour, minlength=168)
    score, worth = {}, {}
    for name, toward in (("right", n + 1.0), ("even", None), ("wrong", 1.0 / (n + 1))):
        found = demand.rhythm(history, london("2023-10-01"), toward=toward)
        score[name] = n @ np.log(168 * found.share)
        worth[name] = found.explanation.weights["weight"].iloc[-1]
    assert score["right"] > score["even"] > score["wrong"] > 0.0
    assert worth["right"] > 2 * worth["wrong"]


def test_rhythm_foretells_better_than_counts_and_than_even(town_grid):
    history = at_times(town_grid, nights(400, seed=1))
    found = demand.rhythm(history, london("2023-10-01"))
    later = nights(2000, seed=2)
    n = np.bincount(later.day_of_week * 24 + later.hour, minlength=168)
    raw = spread_of(history) + 1 / 168
    assert n @ np.log(168 * found.share) > n @ np.log(168 * raw / raw.sum())
    assert n @ np.log(168 * found.share) > 0.0


def test_default_times_are_spread_over_their_day_and_counted(town_grid):
    rest = nights(2000)
    origin = london("2023-12-01")
    clean = demand.rhythm(at_times(town_grid, rest), origin)
    mondays = pd.Timestamp("2023-01-02") + pd.to_timedelta(np.arange(300) % 40 * 7, "D")
    noon = at_times(town_grid, rest.append(mondays + pd.Timedelta(hours=12)))
    found = demand.rhythm(noon, origin)
    assert "300 at 12:00" in found.explanation.sentence
    assert "default" not in clean.explanation.sentence
    # Monday holds more, but not its noon: no hour of it is above another by much.
    monday = found.share[:24]
    assert monday.sum() > clean.share[:24].sum() + 0.05
    assert monday[12] < 2.0 * monday.mean()


def test_months_alone_leave_the_profile_assumed_and_say_so(town_grid):
    history = by_month(town_grid, {"burglary": [4, 5, 6]})
    origin = london("2018-04-01")
    toward = np.linspace(1, 2, 168)
    found = demand.rhythm(history, origin, toward=toward)
    assert not found.observed
    np.testing.assert_allclose(found.share, toward / toward.sum())
    assert found.explanation.sentence.startswith("Assumed, not measured")
    even = demand.rhythm(history, origin)
    np.testing.assert_allclose(even.share, 1 / 168)
    assert "every hour is alike" in even.explanation.sentence


def test_nothing_after_the_origin_changes_the_rhythm(town_grid):
    times = nights(600)
    origin = london("2023-06-01")
    later = times >= "2023-06-01"
    moved = times + pd.to_timedelta(np.where(later, 3, 0), unit="h")
    covered = [(times.min().normalize(), pd.Timestamp("2024-01-01"))]
    shares = [
        demand.rhythm(at_times(town_grid, some, covered=covered), origin).share
        for some in (times, moved, times[~later])
    ]
    np.testing.assert_array_equal(shares[0], shares[1])
    np.testing.assert_array_equal(shares[0], shares[2])


def test_a_single_incident_has_a_rhythm(town_grid):
    history = at_times(town_grid, ["2024-06-03T12:10"])
    found = demand.rhythm(history, london("2024-06-04"))
    assert found.observed
    assert found.share.argmax() == 12
    assert found.share.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("toward", "trust", "words"),
    [
        (np.ones(24), 1.0, "a profile of the week has 168 hours"),
        (np.zeros(168), 1.0, "none above 0"),
        (np.full(168, np.nan), 1.0, "negative, nan or infinite hour"),
        (None, -1.0, "trust must be a number of incidents from 0, got -1"),
        (None, np.inf, "trust must be"),
    ],
)
def test_bad_profiles_and_trust_are_refused(town_grid, toward, trust, words):
    history = at_times(town_grid, nights(10))
    with pytest.raises(DataError, match=words):
        demand.rhythm(history, london("2023-10-01"), toward=toward, trust=trust)


def test_an_origin_outside_of_the_data_is_refused(town_grid):
    history = at_times(town_grid, nights(10))
    with pytest.raises(DataError, match="outside of the data"):
        demand.rhythm(history, london("2030-01-01"))


def test_times_that_come_later_do_not_tell_that_midnights_were_dates(town_grid):
    dates = [f"2024-06-{day:02d}T00:00" for day in range(3, 20)]
    origin = london("2024-06-20")
    assert not demand.rhythm(at_times(town_grid, dates), origin).observed
    later = at_times(town_grid, [*dates, "2024-07-01T13:20"])
    assert not demand.rhythm(later, origin).observed
    assert demand.rhythm(later, london("2024-07-02")).observed


def test_nothing_is_the_rest_of_hours_that_are_all_measured(town_grid):
    many = at_times(town_grid, nights(60_000, first="2023-04-03", weeks=26))
    said = demand.rhythm(many, london("2023-10-10"), trust=0.0).explanation.sentence
    assert said.startswith("Measured: 100 % the times of ")
    assert "the rest" not in said
