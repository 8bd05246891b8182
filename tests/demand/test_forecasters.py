import numpy as np
import pandas as pd
import pytest

from geoalloc.demand import DEFAULT, FORECASTERS, forecaster
from geoalloc.errors import DataError
from tests.demand import scattered

MONTH = pd.DateOffset(months=1)
SHIFT = pd.Timedelta(hours=8)
WHEN = scattered.origin("2020-03-01")


def made_of(name):
    if name == "gbm":
        pytest.importorskip("lightgbm")
    return forecaster(name)


@pytest.fixture(scope="module")
def months(town_grid):
    return scattered.history(town_grid, missing=(6,))


@pytest.fixture(scope="module")
def timed(town_grid):
    return scattered.history(town_grid, timed=True)


def test_names_are_those_of_the_forecasters():
    assert FORECASTERS == (
        "naive",
        "last",
        "kde",
        "recency-kde",
        "self-exciting",
        "mixture",
        "gbm",
    )
    assert DEFAULT == "mixture"
    assert all(forecaster(name).name == name for name in FORECASTERS)


@pytest.mark.parametrize("name", FORECASTERS)
def test_forecast_is_a_share_of_a_level_for_every_hex(months, name):
    found = made_of(name).forecast(months, WHEN, MONTH)
    assert found.surface.share.sum() == pytest.approx(1.0)
    assert (found.surface.share[months.grid.land_km2 > 0] > 0).all()
    assert found.expected.sum() == pytest.approx(found.level.mean)
    # 900 incidents in 19 months
    assert 20 < found.level.mean < 100
    assert found.size > 0
    assert found.sentence.startswith("How many: ")
    assert found.end == scattered.origin("2020-04-01")


@pytest.mark.parametrize("name", FORECASTERS)
def test_shift_is_forecast_from_instants(timed, name):
    found = made_of(name).forecast(timed, WHEN, SHIFT)
    assert found.surface.share.sum() == pytest.approx(1.0)
    assert 0 < found.level.mean < 5


@pytest.mark.parametrize("name", FORECASTERS)
def test_forecast_is_the_same_again(town_grid, months, name):
    fresh = scattered.history(town_grid, missing=(6,))
    one = made_of(name).forecast(months, WHEN, MONTH)
    other = made_of(name).forecast(fresh, WHEN, MONTH)
    assert (one.surface.share == other.surface.share).all()
    assert one.size == other.size


@pytest.mark.parametrize("name", FORECASTERS)
def test_what_becomes_known_later_changes_nothing(timed, name):
    model = made_of(name)
    expected = model.forecast(timed, WHEN, MONTH)
    changed = scattered.shuffled_future(timed, WHEN)
    found = model.forecast(changed, WHEN, MONTH)
    np.testing.assert_allclose(found.expected, expected.expected, rtol=1e-6)
    assert found.size == pytest.approx(expected.size, rel=1e-4)


@pytest.mark.parametrize("name", FORECASTERS)
@pytest.mark.parametrize("instants", [False, True])
@pytest.mark.parametrize("part", [False, True])
def test_nothing_known_later_changes_a_bit(town_grid, name, instants, part):
    made = scattered.history(town_grid, timed=instants, missing=(6,))
    model, when = made_of(name), scattered.origin("2020-03-11 07:00")
    changed = scattered.mutated_future(made, when)
    if part:
        made, changed = made.only(["burglary"]), changed.only(["burglary"])
    expected, found = (each.known(when) for each in (made, changed))
    assert found == expected
    expected, found = (model.forecast(each, when, MONTH) for each in (made, changed))
    assert (found.surface.share == expected.surface.share).all()
    assert found.size == expected.size
    assert (found.level.mean, found.level.size) == (
        expected.level.mean,
        expected.level.size,
    )
    assert found.sentence == expected.sentence


@pytest.mark.parametrize("name", FORECASTERS)
def test_sliver_where_nothing_has_been_is_no_hotspot(town_grid, name):
    # Incidents in the middle of hexes with land; some next to slivers.
    land = town_grid.land_km2
    full = np.flatnonzero(land > 0.5 * land.max())
    sliver = np.flatnonzero(land < 0.02 * land.max())
    beside = np.intersect1d(town_grid.neighbors[sliver], full)
    assert sliver.size > 0
    assert beside.size > 0
    rng = np.random.default_rng(4)
    at = np.concatenate([rng.choice(beside, 400), rng.choice(full, 400)])
    start = scattered.day("2019-01-01")
    days = start + np.sort(rng.random(at.size)) * 430
    made = scattered.at_hexes(
        town_grid, rng.permutation(at), days, start=start, end=start + 500
    )
    found = made_of(name).forecast(made, WHEN, pd.Timedelta(days=7)).surface.share
    per_km2 = found / land
    assert per_km2[sliver].max() < 1.05 * per_km2[full].max()
    first = np.argsort(-per_km2, kind="stable")[:6]
    assert not np.isin(first, sliver).any()


@pytest.mark.parametrize("name", FORECASTERS)
def test_single_incident_gives_a_forecast_everywhere(town_grid, name):
    start = scattered.day("2020-01-01")
    made = scattered.at_hexes(town_grid, [5], [start + 3], start=start, end=start + 99)
    when = scattered.origin("2020-03-20")
    found = made_of(name).forecast(made, when, MONTH)
    assert found.surface.share.sum() == pytest.approx(1.0)
    assert np.isfinite(found.expected).all()


@pytest.mark.parametrize("name", FORECASTERS)
@pytest.mark.parametrize("text", ["2018-06-01", "2024-01-01", "2019-01-01"])
def test_origin_outside_of_the_data_is_refused(months, name, text):
    with pytest.raises(DataError, match=r"the origin .* is outside of the data"):
        made_of(name).forecast(months, scattered.origin(text), MONTH)


@pytest.mark.parametrize("name", FORECASTERS)
def test_past_without_a_known_incident_is_refused(town_grid, name):
    start = scattered.day("2020-01-01")
    late = scattered.at_hexes(town_grid, [5], [start + 90], start=start, end=start + 99)
    with pytest.raises(DataError, match="no incident was known by 2020-02-01"):
        made_of(name).forecast(late, scattered.origin("2020-02-01"), MONTH)


def test_misspelt_forecaster_is_refused_with_a_hint():
    with pytest.raises(DataError, match="no forecaster 'mixtur': did you mean 'mixt"):
        forecaster("mixtur")
    with pytest.raises(DataError, match="no forecaster 'x': there are naive, last"):
        forecaster("x")
