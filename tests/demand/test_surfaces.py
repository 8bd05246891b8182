import numpy as np
import pandas as pd
import pytest

from geoalloc import hotspots
from geoalloc.demand import CountSurface, DensitySurface, LastSurface
from geoalloc.demand.surfaces import FLOOR_SHARE, covered_since, floored
from geoalloc.errors import DataError
from tests import naive_forecasts as naive
from tests.demand import scattered

MONTH = pd.DateOffset(months=1)
WHEN = scattered.origin("2020-03-01")
MODELS = [
    CountSurface(),
    LastSurface(),
    DensitySurface(1_500.0),
    DensitySurface(1_500.0, half_life_days=90.0),
]


@pytest.fixture(scope="module")
def months(town_grid):
    return scattered.history(town_grid, missing=(6,))


def with_floor(count, grid):
    even = grid.land_km2 / grid.land_km2.sum()
    count = np.asarray(count)
    return (1 - FLOOR_SHARE) * count / count.sum() + FLOOR_SHARE * even


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_shares_sum_to_one_and_leave_no_land_out(months, model):
    share = model.surface(months, WHEN, WHEN + MONTH).share
    assert share.sum() == pytest.approx(1.0)
    assert (share[months.grid.land_km2 > 0] > 0).all()


@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize("timed", [False, True])
def test_what_becomes_known_later_changes_nothing(town_grid, model, timed):
    made = scattered.history(town_grid, timed=timed)
    when = WHEN + pd.Timedelta(days=10.3)
    expected = model.surface(made, when, when + MONTH).share
    for changed in (
        scattered.without_future(made, when),
        scattered.shuffled_future(made, when),
    ):
        found = model.surface(changed, when, when + MONTH).share
        np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_explanation_weighs_its_parts_to_one(months, model):
    explanation = model.surface(months, WHEN, WHEN + MONTH).explanation
    assert explanation.sentence.endswith(".")
    assert explanation.weights["weight"].sum() == pytest.approx(1.0)


def test_count_is_that_of_a_loop(months):
    expected = with_floor(naive.count(months, naive.day(WHEN)), months.grid)
    found = CountSurface().surface(months, WHEN, WHEN + MONTH).share
    np.testing.assert_allclose(found, expected)


def test_last_month_steps_over_a_month_never_published(months):
    # 2019-07 is missing: before 2019-08 the last month is 2019-06.
    when = scattered.origin("2019-08-01")
    found = LastSurface().surface(months, when, when + pd.Timedelta(days=30)).share
    june = months.count(scattered.origin("2019-06-01"), scattered.origin("2019-07-01"))
    np.testing.assert_allclose(found, with_floor(june, months.grid))


def test_last_week_of_months_is_the_last_month_that_is_known(months):
    when = scattered.origin("2020-03-20")
    found = LastSurface().surface(months, when, when + pd.Timedelta(days=7)).share
    known = months.count(scattered.origin("2020-02-01"), scattered.origin("2020-03-01"))
    np.testing.assert_allclose(found, with_floor(known, months.grid))


def test_last_stretch_is_a_week_at_least(town_grid):
    made = scattered.history(town_grid, timed=True)
    found = LastSurface().surface(made, WHEN, WHEN + pd.Timedelta(hours=8)).share
    week = made.count(WHEN - pd.Timedelta(days=7), WHEN)
    np.testing.assert_allclose(found, with_floor(week, town_grid))


@pytest.mark.parametrize("days", [5.0, 40.0, 200.0, 9_999.0])
@pytest.mark.parametrize("text", ["2019-08-01", "2019-08-20", "2020-01-01"])
def test_covered_days_are_counted_back_as_hour_by_hour(months, days, text):
    when = scattered.origin(text)
    # Only months are known: of the month that has begun, nothing.
    expected = naive.since(months, naive.day(when.replace(day=1)), days)
    assert covered_since(months, when, days) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("half_life", [np.inf, 90.0])
def test_density_is_that_of_hotspots(months, half_life):
    known = months.known(WHEN)
    age = naive.day(WHEN) - months.day[:known]
    expected = hotspots.density(
        months.grid,
        hotspots.collapse(months.x_m[:known], months.y_m[:known]),
        hotspots.recency(age, half_life),
        bandwidth_m=1_500.0,
    ).expected
    found = DensitySurface(1_500.0, half_life).surface(months, WHEN, WHEN + MONTH)
    np.testing.assert_allclose(found.share, with_floor(expected, months.grid))


def test_counts_of_nothing_are_spread_evenly(town_grid):
    even = town_grid.land_km2 / town_grid.land_km2.sum()
    assert (floored(np.zeros(len(town_grid)), town_grid) == even).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bandwidth_m": 0.0}, "bandwidth_m must be above 0, got 0.0"),
        ({"bandwidth_m": np.inf}, "bandwidth_m must be above 0, got inf"),
        ({"half_life_days": -1.0}, "half_life_days must be above 0, got -1.0"),
    ],
)
def test_options_out_of_range_are_refused(options, said):
    with pytest.raises(DataError, match=said):
        DensitySurface(**options)
