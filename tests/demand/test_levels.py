import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geoalloc import demand
from geoalloc.demand import LastLevel, MeanLevel, SeasonalLevel, levels, trend
from geoalloc.demand.history import day_of
from geoalloc.errors import DataError
from tests import naive_levels
from tests.demand.monthly import ZONE, at_instants, by_month, days

MODELS = (MeanLevel(), LastLevel(), SeasonalLevel())
MONTH = pd.DateOffset(months=1)


def origin(text):
    return pd.Timestamp(text, tz="Europe/London")


def series(count, days=None, yearly=12):
    count = np.asarray(count, dtype=np.float64)
    days = np.full(count.size, 30.0) if days is None else np.asarray(days, np.float64)
    return trend.Series(
        count=count * (days > 0),
        days=days,
        month=np.arange(count.size) % 12,
        yearly=yearly,
    )


def replayed(one, lead=1, month=None):
    month = (one.month[-1] + lead) % 12 if month is None else month
    candidates = trend.Candidates(one)
    return trend.replay(candidates, lead=lead, month=int(month), prior=0.01)


def wavy(seed, n=60, mean=200.0, step=0.03):
    generator = np.random.default_rng(seed)
    season = 1.0 + 0.3 * np.cos(2 * np.pi * np.arange(n) / 12)
    drift = np.exp(np.cumsum(generator.normal(0, step, n)))
    return generator.poisson(mean * season * drift)


@settings(max_examples=20, deadline=None)
@given(
    counts=st.lists(st.integers(0, 40), min_size=8, max_size=40),
    gap=st.integers(0, 60),
    lead=st.integers(1, 4),
    cut=st.integers(1, 6),
)
def test_each_past_forecast_is_what_the_series_cut_off_there_would_give(
    counts, gap, lead, cut
):
    covered = np.where(np.arange(len(counts)) == gap, 0.0, 30.0)
    whole = series(counts, covered)
    short = series(counts[:-cut], covered[:-cut])
    at = len(short) - 1
    later, then = replayed(whole, lead), replayed(short, lead)
    for name in ("per_day", "alpha", "said", "weights"):
        np.testing.assert_allclose(
            getattr(later, name)[: at + 1], getattr(then, name), rtol=1e-9
        )


@pytest.mark.parametrize("cut", [1, 3, 5, 20])
def test_month_effects_know_no_later_month(cut):
    whole, short = series(wavy(7, 60)), series(wavy(7, 60)[:-cut])
    assert (trend._seasons(short)[-1] != 1.0).any()
    np.testing.assert_allclose(
        replayed(whole, 2).per_day[: len(short)], replayed(short, 2).per_day
    )


@pytest.mark.parametrize("lead", [1, 3])
def test_candidates_weights_and_spread_are_those_of_the_slow_twin(lead):
    count = [5, 9, 0, 7, 12, 3, 8, 8, 10, 6, 4, 9, 11, 7]
    covered = [31, 28, 31, 30, 0, 30, 31, 31, 30, 31, 30, 31, 31, 28]
    one = series(count, covered)
    found = replayed(one, lead)
    y = one.count.tolist()
    for t in range(len(y)):
        said = naive_levels.plain(y[: t + 1], covered[: t + 1])
        np.testing.assert_allclose(found.said[t, :8], said, rtol=1e-12)
    due = range(len(y) - lead)
    means = [(found.said[t] * covered[t + lead]).tolist() for t in due]
    came = [y[t + lead] for t in due]
    kept = [t for t in due if covered[t + lead]]
    # A bin that was never published fades older evidence and adds none.
    last = naive_levels.weights(
        means, [came[t] if t in kept else None for t in due], lead
    )
    np.testing.assert_allclose(found.weights[-1], last, rtol=1e-9)
    said = [(found.weights[t] * found.said[t]).sum() * covered[t + lead] for t in kept]
    spread = naive_levels.alpha(
        said, [came[t] for t in kept], 0.01, np.geomspace(1e-5, 3.0, 61), lead
    )
    assert found.alpha[-1] == pytest.approx(spread, rel=1e-6)


def test_weights_sum_to_one_and_every_candidate_keeps_some():
    found = replayed(series(wavy(1)))
    assert found.weights.sum(axis=1) == pytest.approx(1.0)
    assert found.weights.min() > 0.001
    assert len(trend.names(12)) == found.weights.shape[1]
    weekly = replayed(series(wavy(1), yearly=52))
    assert len(trend.names(52)) == weekly.weights.shape[1]


def test_overdispersion_finds_what_was_planted_and_agrees_with_likelihood():
    generator = np.random.default_rng(4)
    mean = np.full(4_000, 50.0)
    count = generator.negative_binomial(20.0, 20.0 / 70.0, mean.size).astype(float)
    found = trend.overdispersion(mean, count, prior=0.01)
    assert found == pytest.approx(1.0 / demand.dispersion(mean, count), rel=0.1)
    assert found == pytest.approx(0.05, rel=0.15)


def test_few_errors_leave_the_spread_near_its_prior_and_never_below_chance():
    none = trend.overdispersion(np.zeros(0), np.zeros(0), prior=0.01)
    assert none == pytest.approx(0.01 * np.exp(0.5), rel=0.02)  # log-normal mean
    exact = trend.overdispersion(np.full(40, 1e4), np.full(40, 1e4), prior=0.01)
    assert 0 < exact < 0.001


def covered_by_intervals(lead, n=25):
    found = []
    for seed in range(n):
        one = series(wavy(seed, step=0.08))
        past = replayed(one, lead)
        at = np.arange(24, len(one) - lead)
        mean, size = past.per_day[at] * 30.0, 1.0 / past.alpha[at]
        count = one.count[at + lead]
        found.append([demand.coverage(mean, size, count, p) for p in (0.5, 0.8, 0.95)])
    return np.mean(found, axis=0)


def test_intervals_of_a_drifting_seasonal_series_cover_what_they_say():
    assert covered_by_intervals(1) == pytest.approx([0.5, 0.8, 0.95], abs=0.07)
    assert covered_by_intervals(6) == pytest.approx([0.5, 0.8, 0.95], abs=0.07)


def test_month_effects_that_were_planted_are_followed():
    generator = np.random.default_rng(3)
    season = 1.0 + 0.4 * np.cos(2 * np.pi * np.arange(72) / 12)
    one = series(generator.poisson(500 * season))
    for month in range(12):
        said = replayed(one, month + 1).per_day[-1] * 30.0
        assert said == pytest.approx(500 * season[month], rel=0.2)


def test_month_effects_are_none_under_two_years_and_where_years_disagree():
    assert (trend.Candidates(series(wavy(1, 23)))._seasons == 1.0).all()
    noise = np.random.default_rng(2).poisson(100, 60)
    factors = trend.Candidates(series(noise))._seasons[-1]
    assert np.abs(np.log(factors)).max() < 0.08


def test_a_level_follows_a_shock_and_comes_back(town_grid):
    count = [300] * 24 + [120] * 4 + [300] * 4
    history = by_month(town_grid, {"theft": count})
    down = SeasonalLevel().level(history, origin("2020-05-01"), origin("2020-06-01"))
    back = SeasonalLevel().level(history, origin("2020-09-01"), origin("2020-10-01"))
    assert down.mean < 200
    assert back.mean > 250
    assert down.explanation.weights["weight"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("model", MODELS)
def test_what_came_after_the_origin_changes_nothing(model, town_grid):
    count = wavy(5, 40)
    at = origin("2020-07-01")
    other = np.r_[count[:30], count[30:] * 3 + 7]
    first, second = (
        model.level(by_month(town_grid, {"theft": each}), at, at + MONTH)
        for each in (count, other)
    )
    assert first.mean == second.mean
    assert first.size == second.size
    pd.testing.assert_frame_equal(first.explanation.weights, second.explanation.weights)


@pytest.mark.parametrize("model", MODELS)
def test_a_month_that_was_never_published_does_not_lower_the_level(model, town_grid):
    days_in = pd.date_range("2018-01-01", periods=30, freq="MS").days_in_month
    count = (10 * days_in).tolist()
    history = by_month(town_grid, {"theft": count}, missing=(28,))
    at = origin("2020-07-01")
    level = model.level(history, at, at + MONTH)
    assert level.mean == pytest.approx(310.0, rel=0.01)


def test_the_last_level_takes_the_last_month_that_is_covered(town_grid):
    history = by_month(town_grid, {"theft": [100, 200, 310]})  # January to March
    at = origin("2018-04-01")
    level = LastLevel().level(history, at, at + MONTH)
    # March lost an hour to the clocks.
    assert level.mean == pytest.approx(310 * 30 / (31 - 1 / 24))
    short = LastLevel().level(history, at, at + pd.Timedelta(hours=8))
    assert short.mean == pytest.approx(level.mean / 90)


def test_the_last_level_of_hours_takes_a_week(town_grid):
    start = day_of(origin("2019-01-01"))
    history = at_instants(
        town_grid, start + np.arange(0.05, 70, 0.1), start=start, end=start + 70
    )
    doubled = at_instants(
        town_grid,
        np.r_[start + np.arange(0.05, 70, 0.1), start + np.arange(63.07, 70, 0.1)],
        start=start,
        end=start + 70,
    )
    at = origin("2019-01-01") + pd.Timedelta(days=70)
    eight = pd.Timedelta(hours=8)
    assert LastLevel().level(history, at, at + eight).mean == pytest.approx(10 / 3)
    assert LastLevel().level(doubled, at, at + eight).mean == pytest.approx(20 / 3)


def test_short_horizons_of_timed_incidents_follow_recent_weeks(town_grid):
    start = day_of(origin("2018-01-01"))
    slow = start + np.arange(0.05, 350, 0.2)
    fast = start + 350 + np.arange(0.025, 70, 0.05)
    history = at_instants(town_grid, np.r_[slow, fast], start=start, end=start + 420)
    at = origin("2018-01-01") + pd.Timedelta(days=420)
    week = SeasonalLevel().level(history, at, at + pd.Timedelta(days=7))
    assert week.mean == pytest.approx(140, rel=0.1)
    hours = SeasonalLevel().level(history, at, at + pd.Timedelta(hours=8))
    assert hours.mean == pytest.approx(week.mean / 21)
    two = SeasonalLevel().level(history, at, at + pd.Timedelta(days=14))
    assert two.mean == pytest.approx(2 * week.mean, rel=0.1)


def test_the_spread_of_a_shift_is_that_of_the_same_hours_of_other_weeks(town_grid):
    generator = np.random.default_rng(6)
    start = day_of(origin("2018-01-01"))
    nights = [
        start
        + 7 * k
        + 5
        + 1 / 3 * generator.random(generator.negative_binomial(4, 0.1))
        for k in range(60)
    ]
    even = start + np.arange(0.01, 420, 0.02)
    at = origin("2018-01-06") + pd.Timedelta(days=413)  # a Saturday
    assert day_of(at) == start + 418
    wild = at_instants(
        town_grid, np.concatenate([even, *nights]), start=start, end=start + 420
    )
    eight = pd.Timedelta(hours=8)
    saturday = SeasonalLevel().level(wild, at, at + eight)
    sunday = SeasonalLevel().level(
        wild, at + pd.Timedelta(days=1), at + pd.Timedelta(days=1) + eight
    )
    assert 1 / saturday.size > 5 / sunday.size


def test_thin_counts_give_a_level_above_nothing(town_grid):
    history = by_month(town_grid, {"theft": [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]})
    at = origin("2019-01-01")
    level = SeasonalLevel().level(history, at, at + MONTH)
    assert 0.01 < level.mean < 0.5
    low, high = stats.nbinom.interval(
        0.95, level.size, 1 / (1 + level.mean / level.size)
    )
    assert low == 0
    assert high <= 2


def test_a_single_month_is_enough_and_a_longer_horizon_is_wider(town_grid):
    history = by_month(town_grid, {"theft": [310]})
    at = origin("2018-02-01")
    month = SeasonalLevel().level(history, at, at + MONTH)
    year = SeasonalLevel().level(history, at, at + pd.DateOffset(months=12))
    assert month.mean == pytest.approx(280, rel=0.01)
    assert year.mean == pytest.approx(3650, rel=0.01)
    assert year.size < month.size


def test_spreads_never_narrow_with_the_horizon(town_grid):
    history = by_month(town_grid, {"theft": wavy(8)})
    at = origin("2023-01-01")
    path = levels.months_ahead(history, at, at + pd.DateOffset(months=36))
    assert (np.diff(path.alpha) >= 0).all()
    assert path.alpha[35] > 2 * path.alpha[0]
    assert path.days.sum() == pytest.approx(
        day_of(at + pd.DateOffset(months=36)) - day_of(at)
    )


def test_an_origin_inside_a_month_counts_whole_months_where_only_they_are_known(
    town_grid,
):
    history = by_month(town_grid, {"theft": [310, 280, 310, 900]})
    start, inside = origin("2018-04-01"), origin("2018-04-11")
    whole = SeasonalLevel().level(history, start, start + MONTH)
    rest = SeasonalLevel().level(history, inside, start + MONTH)
    assert rest.mean == pytest.approx(whole.mean * 20 / 30)


def test_an_origin_a_microsecond_early_loses_no_month(town_grid):
    history = by_month(town_grid, {"theft": wavy(2, 30)})
    at = origin("2020-07-01")
    early = at - pd.Timedelta(microseconds=1)
    path, other = (levels.months_ahead(history, o, at + MONTH) for o in (at, early))
    assert path.per_day[0] == other.per_day[0]


def test_counts_by_month_are_those_of_a_loop(town_grid):
    count = wavy(9, 20)
    history = by_month(town_grid, {"theft": count}, missing=(7,))
    edges, found = levels.monthly_counts(history, origin("2019-09-01"))
    expected = [0 if k == 7 else n for k, n in enumerate(count)]
    assert found.count.tolist() == expected
    assert (found.days == 0).tolist() == [k == 7 for k in range(20)]
    assert found.month.tolist() == [k % 12 for k in range(20)]
    assert edges.tolist() == pytest.approx(
        days(pd.date_range("2018-01-01", periods=21, freq="MS", tz="Europe/London"))
    )


def test_the_explanation_says_what_it_is_made_of(town_grid):
    history = by_month(town_grid, {"theft": wavy(1)})
    at = origin("2023-01-01")
    level = SeasonalLevel().level(history, at, at + MONTH)
    sentence = level.explanation.sentence
    assert sentence.startswith(f"{level.mean:,.1f} expected in 31 days: ")
    assert "of the weight is on the last few months" in sentence
    # January is a winter's month of a wave that is highest then.
    season = re.search(r"the month of the year makes \+(\d+) %", sentence)
    assert int(season[1]) > 5
    parts = level.explanation.weights
    assert parts["weight"].is_monotonic_decreasing
    assert set(parts["part"]) == set(trend.names(12))


def test_a_short_past_claims_no_month_of_the_year(town_grid):
    history = by_month(town_grid, {"theft": [60] * 14})
    at = origin("2019-03-01")
    level = SeasonalLevel().level(history, at, at + pd.Timedelta(hours=8))
    sentence = level.explanation.sentence
    assert "expected in 8 hours of an average week" in sentence
    assert "the month of the year makes no difference that is known" in sentence
    assert "drift +0 %" in sentence


def test_a_level_is_made_once_for_an_origin(town_grid):
    history = by_month(town_grid, {"theft": wavy(1)})
    at = origin("2022-01-01")
    assert SeasonalLevel().level(history, at, at + MONTH) is SeasonalLevel().level(
        history, at, at + MONTH
    )


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("2017-06-01", "is outside of the data: the incidents cover"),
        ("2030-01-01", "is outside of the data: the incidents cover"),
        ("2018-01-10", "no incident was known by"),
    ],
)
@pytest.mark.parametrize("model", MODELS)
def test_an_origin_with_no_past_is_refused(model, at, message, town_grid):
    history = by_month(town_grid, {"theft": [10] * 12})
    with pytest.raises(DataError, match=message):
        model.level(history, origin(at), origin(at) + MONTH)


def test_too_short_a_history_or_a_horizon_that_ends_first_is_refused(town_grid):
    start = day_of(origin("2018-01-01"))
    history = at_instants(
        town_grid, start + np.arange(0.5, 20), start=start, end=start + 20
    )
    at = origin("2018-01-15")
    with pytest.raises(
        DataError, match="14 days before 2018-01-15 are covered, and 28"
    ):
        SeasonalLevel().level(history, at, at + MONTH)
    with pytest.raises(DataError, match="the horizon must end after its origin"):
        SeasonalLevel().level(history, at, at)


def test_a_part_of_a_history_forecasts_like_the_same_incidents_alone(town_grid):
    both = by_month(town_grid, {"burglary": wavy(1, 30), "theft": wavy(2, 30)})
    alone = by_month(town_grid, {"theft": wavy(2, 30)})
    at = origin("2020-07-01")
    part = SeasonalLevel().level(both.only(["theft"]), at, at + MONTH)
    assert part.mean == SeasonalLevel().level(alone, at, at + MONTH).mean


@pytest.mark.data
def test_real_counts_are_forecast_better_than_by_each_simple_count(real_data):
    folder = real_data / "avon-and-somerset/lsoa21_monthly_counts"
    rows = pd.read_csv(next(folder.glob("*.csv.gz")))
    table = rows.pivot_table(
        index="month", columns="crime_type", values="count", aggfunc="sum", fill_value=0
    )
    months = pd.PeriodIndex(table.index, freq="M")
    simple = ("all the past", "last month", "last 12 months", "same time last year")
    total = dict.fromkeys(("ours", *simple), 0.0)
    for crime in table:
        one = trend.Series(
            count=table[crime].to_numpy(np.float64),
            days=months.days_in_month.to_numpy(np.float64),
            month=months.month.to_numpy() - 1,
            yearly=12,
        )
        for lead in (1, 3, 12):
            past = replayed(one, lead)
            at = np.arange(12, len(one) - lead)
            y = one.count[at + lead]
            said = {n: past.said[at, trend.names(12).index(n)] for n in simple}
            for name, rate in (said | {"ours": past.per_day[at]}).items():
                mean = rate * one.days[at + lead]
                # Squared errors over the mean, in units of the mean: none weighs more.
                total[name] += np.mean((y - mean) ** 2) / np.mean(y) ** 2
    assert total["ours"] < min(total[name] for name in simple)


@pytest.mark.parametrize(
    "anchor", ["2020-07-01", "2020-03-31 05:00", "2020-10-25 01:30", "2021-02-28 23:59"]
)
def test_months_are_those_of_pandas_at_the_local_time(anchor, town_grid):
    history = by_month(town_grid, {"theft": [10] * 40})
    at = pd.Timestamp(anchor, tz=ZONE) if "25" not in anchor else origin("2020-10-25")
    found = levels._months_from(history, at, np.arange(-30, 13))
    expected = [day_of(at + pd.DateOffset(months=k)) for k in range(-30, 13)]
    assert found.tolist() == pytest.approx(expected, abs=1e-9)


def test_month_effects_are_shrunk_as_a_loop_does():
    one = series(wavy(12, 50))
    ratio, known = trend._ratios(one)
    by_month_of_year = {m: [] for m in range(12)}
    for i in range(50 - 6):
        around = [one.count[i + k] * (0.5 if abs(k) == 6 else 1) for k in range(-6, 7)]
        if i >= 6:
            expected = sum(around) / 12
            log = np.log((one.count[i] + 0.5) / (expected + 0.5))
            assert known[i]
            assert ratio[i] == pytest.approx(log)
            by_month_of_year[i % 12].append(log)
    mean = {m: np.mean(logs) for m, logs in by_month_of_year.items()}
    effect = {m: mean[m] - np.mean(list(mean.values())) for m in mean}
    free = sum(len(logs) - 1 for logs in by_month_of_year.values())
    within = sum(np.sum((logs - mean[m]) ** 2) for m, logs in by_month_of_year.items())
    noise = np.mean([within / free / len(logs) for logs in by_month_of_year.values()])
    found = np.mean([e**2 for e in effect.values()])
    kept = max(1 - noise * 9 / 11 / found, 0)
    expected = [np.exp(kept * effect[m]) for m in range(12)]
    assert 0.5 < kept < 1
    assert trend._seasons(one)[-1] == pytest.approx(expected)


def test_month_that_has_begun_does_not_thin_the_mean(town_grid):
    history = by_month(town_grid, {"asb": [60] * 12})
    first, middle = (
        pd.Timestamp(text, tz=ZONE) for text in ("2018-12-01", "2018-12-20")
    )
    week = pd.Timedelta(days=7)
    found = [MeanLevel().level(history, o, o + week).mean for o in (first, middle)]
    assert found[0] == found[1] == pytest.approx(7 * 660 / 334)


def test_dates_before_the_first_day_covered_are_of_no_rate(town_grid):
    start = day_of(origin("2020-01-01"))
    history = at_instants(
        town_grid, [0.0, 1.0, *(start + np.arange(100) + 0.5)], start=start, end=1e5
    )
    at = origin("2020-04-10")
    found = MeanLevel().level(history, at, at + pd.Timedelta(days=10))
    assert found.mean == pytest.approx(10.0, rel=0.01)


def test_weeks_never_published_do_not_widen_a_shift(town_grid):
    start = day_of(origin("2019-01-01"))
    rng = np.random.default_rng(1)
    at = start + np.sort(rng.uniform(0, 500, 30_000))
    gap = (at > start + 350) & (at < start + 420)
    whole = at_instants(town_grid, at, start=start, end=start + 500)
    parted = at_instants(town_grid, at[~gap], start=start, end=start + 500)
    parted = dataclasses.replace(
        parted,
        covered=np.array([[start, start + 350], [start + 420, start + 500]]),
    )
    when = pd.Timestamp(start + 500, unit="D", tz="UTC").round("s")
    found = [
        SeasonalLevel().level(each, when, when + pd.Timedelta(hours=8)).size
        for each in (whole, parted)
    ]
    assert found[1] == pytest.approx(found[0], rel=0.5)
    assert min(found) > 30.0
