"""Demand laid out: the frame, totals and their intervals."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geoalloc import demand
from geoalloc.demand import shift
from geoalloc.demand.expected import gamma_interval
from geoalloc.errors import DataError
from tests.demand.monthly import by_month
from tests.shift_toys import (
    HOURS,
    Known,
    expect,
    history,
    incidents,
    layer,
    model,
    response,
)

EPOCH, DAY = pd.Timestamp(0, tz="UTC"), pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def past(town_grid):
    return history(town_grid, incidents(town_grid, 700))


def test_the_frame_holds_every_hex_hour_and_grade_and_its_interval(past, town_grid):
    found = expect(past, model(), forecaster=Known(level_size=9.0, place_size=3.0))
    found = found.demand
    frame = found.frame(town_grid)
    assert len(frame) == len(town_grid) * 8 * 3
    assert not frame.duplicated(["hex_id", "period", "grade"]).any()
    some = frame[frame["incidents"] > 0].iloc[7]
    position = int(town_grid.positions(np.array([some["hex_id"]]))[0])
    hour = list(HOURS).index(some["period"])
    mean = found.incidents[0, hour, position]
    variance = found.variance[0, hour, position]
    gamma = stats.gamma(mean**2 / variance, scale=variance / mean)
    assert some["incidents"] == pytest.approx(mean)
    assert some["low"] == pytest.approx(gamma.ppf(0.05))
    assert some["high"] == pytest.approx(gamma.ppf(0.95))


def test_intervals_of_many_hexes_are_those_of_each():
    rng = np.random.default_rng(4)
    mean = rng.lognormal(-3, 2, 80_000)
    variance = mean**2 / rng.lognormal(1, 4, 80_000)
    variance[:9] = 0.0
    low, high = gamma_interval(mean, variance)
    some = np.arange(0, 80_000, 400)
    exact = gamma_interval(mean[some], variance[some])
    np.testing.assert_allclose(low[some], exact[0], rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(high[some], exact[1], rtol=1e-6)
    np.testing.assert_array_equal(low[:9], mean[:9])


def test_a_mean_that_is_certain_is_its_own_interval(past, town_grid):
    frame = expect(past, model(), forecaster=Known()).demand.frame(town_grid)
    np.testing.assert_array_equal(frame["low"], frame["incidents"])
    np.testing.assert_array_equal(frame["high"], frame["incidents"])


@pytest.mark.parametrize("size", [4.0, np.inf])
def test_the_interval_of_a_total_holds_draws_as_often_as_it_says(past, size):
    """Draw the level from its gamma, then each grade's calls from a Poisson."""
    known = Known(per_day=300.0, level_size=size)
    found = expect(past, model(), forecaster=known).demand
    rng = np.random.default_rng(5)
    factor = rng.gamma(size, 1 / size, 40_000) if np.isfinite(size) else np.ones(40_000)
    calls = rng.poisson(100 * 0.3 * factor)
    for share in (0.5, 0.9):
        low, high = found.total_interval("priority", share)
        held = np.mean((calls >= low) & (calls <= high))
        assert share - 0.01 <= held <= share + 0.11
        assert np.mean(calls < low) <= (1 - share) / 2 + 0.01
    assert found.total("priority") == pytest.approx(30.0)


def test_routine_calls_of_both_streams_are_one_grade(past):
    known = Known(per_day=300.0, level_size=4.0)
    pcso = model(
        responses={"burglary": response(pcso=True)}, layers=(layer(per_day=300.0),)
    )
    found = expect(past, pcso, forecaster=known).demand
    assert found.total("routine") == pytest.approx(20.0)
    assert found.total_variance[2] == pytest.approx(100 / 4 + 100 * 0.04)


def test_a_grade_without_calls_has_none(past):
    quiet = model(responses={"burglary": response(immediate=0.0)})
    found = expect(past, quiet).demand
    assert found.total_interval("immediate", 0.9) == (0.0, 0.0)
    assert found.on_scene_min(0) == 0
    assert found.on_scene_sd_min(0) == 0
    assert found.uplift(0) == 1


def test_bad_shares_and_grades_are_refused(past):
    found = expect(past, model()).demand
    with pytest.raises(DataError, match="share of an interval"):
        found.total_interval("priority", 1.0)
    with pytest.raises(DataError, match="no grade 'urgent': there are immediate"):
        found.total("urgent")


def test_the_spread_on_scene_is_within_and_between_categories(past):
    long = layer(
        per_day=24.0,
        response=response(on_scene_min=120.0, on_scene_sd_min=30.0, units=1.0),
    )
    short = model(
        responses={"burglary": response(on_scene_min=20.0, units=1.0)}, layers=(long,)
    )
    found = expect(past, short, forecaster=Known(per_day=72.0)).demand
    assert found.on_scene_min(0) == pytest.approx(0.75 * 20 + 0.25 * 120)
    rng = np.random.default_rng(2)
    minutes = np.concatenate(
        [rng.normal(20, 16, 300_000), rng.normal(120, 30, 100_000)]
    )
    assert found.on_scene_sd_min(0) == pytest.approx(minutes.std(), rel=0.01)


def test_no_work_at_all_has_no_shares(past):
    nothing = {"immediate": 0.0, "priority": 0.0, "routine": 0.0}
    found = expect(past, model(responses={"burglary": response(**nothing)})).demand
    assert found.workload_shares() == {"observed": 0.0, "scaled": 0.0, "assumed": 0.0}


def timed_past(grid, sd, seed=3):
    """Two years of evenings whose calls vary about 60 by a factor of this spread."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2024-03-08", "2026-03-06", freq="D", tz="UTC")
    factor = rng.gamma(1 / sd**2, sd**2, len(days)) if sd else np.ones(len(days))
    calls = rng.poisson(60 * factor)
    frame = incidents(grid, int(calls.sum()), timed=True)
    hour = pd.to_timedelta(rng.uniform(18, 26, len(frame)), unit="h")
    when = pd.Series(days.repeat(calls) + hour).dt.as_unit("us")
    for column in ("reported_at", "started_at", "ended_at"):
        frame[column] = when
    return history(grid, frame, spans=(("2024-03-08", "2026-03-08"),))


@pytest.mark.parametrize("sd", [0.0, 0.3])
def test_shifts_that_differ_beyond_chance_are_measured_where_hours_are_known(
    town_grid, sd
):
    found = expect(timed_past(town_grid, sd), model(shift_error=None)).demand
    measured = np.sqrt(found.total_variance[0]) / found.total("immediate")
    assert measured == pytest.approx(sd, abs=0.07)


def test_shifts_are_assumed_to_differ_where_no_hours_are_known(past):
    both = expect(past, model(shift_error=None))
    found = both.demand
    measured = np.sqrt(found.total_variance[0]) / found.total("immediate")
    assert measured == pytest.approx(0.1)
    assert [note for note in both.notes if "differs from another by 10%" in note]
    low, high = found.total_interval("immediate", 0.9)
    assert low <= found.total("immediate") <= high


def test_a_plan_says_that_no_interval_holds_errors_of_hours_it_only_assumes(
    past, town_grid
):
    unknown = expect(past, model(shift_error=None)).notes
    assert any("no interval holds" in note for note in unknown)
    # Ten weeks of known hours are too few shifts to compare, but assume no hours.
    short = history(town_grid, incidents(town_grid, 700, timed=True))
    told = expect(short, model(shift_error=None)).notes
    assert any("differs from another by 10%" in note for note in told)
    assert not any("no interval holds" in note for note in told)


def test_same_shifts_are_those_of_the_same_hours_of_covered_weeks(town_grid):
    past = timed_past(town_grid, 0.0)
    spans = np.array([[19790.0, 20300.0], [20330.0, 20520.0]])
    gap = dataclasses.replace(past, covered=spans)
    at = shift.span(gap, pd.Timestamp("2026-03-08", tz="UTC"), HOURS)
    counts = shift.same_shifts(gap, at)
    local = pd.to_datetime(gap.ended, unit="D", utc=True)
    expected = []
    for k in range(1, 105):
        begins = HOURS[0] - pd.Timedelta(weeks=k)
        ends = begins + pd.Timedelta(hours=8)
        low, high = (begins - EPOCH) / DAY, (ends - EPOCH) / DAY
        if any(low >= a and high <= b for a, b in spans):
            expected.append(((local >= begins) & (local < ends)).sum())
    assert list(counts) == expected
    assert 90 < len(expected) < 104


def test_shifts_after_the_origin_are_not_compared(town_grid):
    past = timed_past(town_grid, 0.0)
    early = shift.span(past, pd.Timestamp("2026-02-01", tz="UTC"), HOURS)
    late = shift.span(past, pd.Timestamp("2026-03-08", tz="UTC"), HOURS)
    known, all_of_them = shift.same_shifts(past, early), shift.same_shifts(past, late)
    assert len(all_of_them) - len(known) == 5  # Fridays of February and the 6th
    np.testing.assert_array_equal(known, all_of_them[5:])


def test_categories_that_move_together_are_not_known_better_for_being_many(town_grid):
    """Six categories of one shared fate are as well known as their sum, not better."""
    shared = 40 * np.exp(np.random.default_rng(3).normal(0, 0.35, 36))
    counts = {f"kind-{k}": shared.round().astype(int) for k in range(6)}
    together = by_month(town_grid, counts)
    origin = pd.Timestamp("2021-01-01", tz="UTC")
    seasonal = demand.Composed(
        name="seasonal", level=demand.SeasonalLevel(), surface=demand.CountSurface()
    )
    hours = pd.date_range("2021-01-02", periods=8, freq="h", tz="UTC")
    found = expect(
        together,
        model(responses=dict.fromkeys(counts, response())),
        hours=hours,
        as_of=origin,
        forecaster=seasonal,
    )
    end = hours[-1] + pd.Timedelta(hours=1)
    whole = demand.SeasonalLevel().level(together, origin, end)
    assert np.isfinite(whole.size)
    sent = found.demand.incidents.sum(axis=(1, 2))
    grades = np.array([sent[0], sent[1], sent[2] + sent[3]])
    np.testing.assert_allclose(found.demand.total_variance, grades**2 / whole.size)
    last = found.flow.iloc[-1]
    low, high = stats.gamma(whole.size, scale=1 / whole.size).ppf([0.05, 0.95])
    shares = last[["low", "high"]].to_numpy(np.float64) / last["incidents"]
    np.testing.assert_allclose(shares, [low, high], rtol=1e-6)
    first = found.flow.iloc[0]
    assert first["low"] / first["incidents"] == pytest.approx(low)
