import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from geoalloc import scores
from geoalloc.demand import CountSurface, DensitySurface, MixtureSurface
from geoalloc.demand.components import bandwidths_m, components
from geoalloc.demand.mixture import mixing_weights
from geoalloc.demand.windows import past_windows
from geoalloc.errors import DataError
from tests import naive_forecasts as naive
from tests.demand import scattered

MONTH = pd.DateOffset(months=1)
WHEN = scattered.origin("2020-07-01")


def weights_of(surface):
    frame = surface.explanation.weights
    return dict(zip(frame["part"], frame["weight"], strict=True))


@pytest.fixture(scope="module")
def months(town_grid):
    return scattered.history(town_grid, missing=(6,))


@pytest.mark.parametrize("kinds", [["burglary"], scattered.KINDS])
def test_components_are_those_of_loops_over_incidents(town_grid, kinds):
    made = scattered.history(town_grid, n=150, missing=(6,))
    part = made if len(kinds) == 2 else made.only(kinds)
    found = components(part, WHEN)
    expected = naive.components(part, naive.day(WHEN), bandwidths_m(part))
    assert set(found.names) == set(expected)
    for name, share in zip(found.names, found.share, strict=True):
        np.testing.assert_allclose(share, expected[name], atol=1e-10, err_msg=name)
    assert found.prior.sum() == pytest.approx(1.0)
    assert (found.prior > 0).all()


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000), n_hits=st.integers(1, 12), worth=st.floats(0.5, 50.0)
)
def test_weights_are_those_of_many_steps_of_em(seed, n_hits, worth):
    rng = np.random.default_rng(seed)
    value = rng.gamma(0.5, size=(3, n_hits)) + 0.05
    count = rng.integers(1, 9, n_hits).astype(float)
    prior = worth * rng.dirichlet([2.0, 2.0, 2.0]) + 0.05
    expected = naive.weights(value.tolist(), count.tolist(), prior.tolist(), steps=1500)
    np.testing.assert_allclose(mixing_weights(value, count, prior), expected, atol=2e-4)


def test_weights_are_those_of_a_general_optimizer():
    rng = np.random.default_rng(3)
    value, count = rng.gamma(0.4, size=(5, 400)) + 1e-3, rng.integers(1, 5, 400) * 1.0
    prior = np.full(5, 2.0)

    def loss(free):
        weight = np.exp(free - np.logaddexp.reduce(free))
        return -(count @ np.log(weight @ value) + prior @ np.log(weight))

    free = optimize.minimize(loss, np.zeros(5), tol=1e-10).x
    expected = np.exp(free - np.logaddexp.reduce(free))
    found = mixing_weights(value, count, prior)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_weights_of_a_planted_mixture_are_recovered():
    rng = np.random.default_rng(0)
    parts = rng.dirichlet(np.full(800, 0.2), size=3) + 1e-6
    parts /= parts.sum(axis=1, keepdims=True)
    truth = np.array([0.6, 0.3, 0.1])
    count = rng.multinomial(40_000, truth @ parts).astype(float)
    hit = count > 0
    found = mixing_weights(parts[:, hit], count[hit], np.full(3, 1.0))
    np.testing.assert_allclose(found, truth, atol=0.02)


def test_weights_without_incidents_are_the_prior():
    prior = np.array([1.0, 3.0])
    found = mixing_weights(np.empty((2, 0)), np.empty(0), prior)
    assert found.tolist() == [0.25, 0.75]


def test_shares_sum_to_one_and_leave_no_land_out(months):
    surface = MixtureSurface().surface(months, WHEN, WHEN + MONTH)
    assert surface.share.sum() == pytest.approx(1.0)
    assert (surface.share[months.grid.land_km2 > 0] > 0).all()
    assert sum(weights_of(surface).values()) == pytest.approx(1.0)
    assert "past windows" in surface.explanation.sentence


@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize("horizon", [MONTH, pd.Timedelta(days=7)])
def test_what_becomes_known_later_changes_nothing(town_grid, timed, horizon):
    made = scattered.history(town_grid, timed=timed)
    when = scattered.origin("2020-03-01")
    end = when + horizon
    expected = MixtureSurface().surface(made.only(["burglary"]), when, end).share
    for changed in (
        scattered.without_future(made, when),
        scattered.shuffled_future(made, when),
    ):
        part = changed.only(["burglary"])
        found = MixtureSurface().surface(part, when, end).share
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_what_was_made_for_other_origins_changes_nothing(months):
    fresh = scattered.history(months.grid, missing=(6,))
    for text in ("2020-04-01", "2020-08-01", "2020-05-01"):
        when = scattered.origin(text)
        MixtureSurface().surface(months, when, when + MONTH)
    found = MixtureSurface().surface(months, WHEN, WHEN + MONTH).share
    expected = MixtureSurface().surface(fresh, WHEN, WHEN + MONTH).share
    assert (found == expected).all()


def test_mixture_beats_its_parts_where_both_streets_and_hotspots_matter(town_grid):
    made = scattered.history(town_grid, n=6_000)
    even = town_grid.land_km2 / town_grid.land_km2.sum()
    won = {"count": [], "density": [], "mixture": []}
    for month in range(14, 19):
        when = scattered.origin("2019-01-01") + pd.DateOffset(months=month)
        end = when + MONTH
        for name, model in (
            ("count", CountSurface()),
            ("density", DensitySurface()),
            ("mixture", MixtureSurface()),
        ):
            share = model.surface(made, when, end).share
            won[name].append(scores.log_score(share, made.count(when, end), even))
    means = {name: np.mean(values) for name, values in won.items()}
    assert means["mixture"] >= max(means["count"], means["density"]) - 1e-3


def test_part_learns_from_incidents_of_other_kinds(months):
    part = months.only(["arson"])
    alone = months.where(months.category == 0)
    end = WHEN + MONTH
    of_part = MixtureSurface().surface(part, WHEN, end).share
    assert not np.allclose(of_part, MixtureSurface().surface(alone, WHEN, end).share)


def test_mixture_of_a_few_days_of_data_is_chosen_in_advance(town_grid):
    start = scattered.day("2020-01-01")
    made = scattered.at_hexes(town_grid, [5], [start + 1.0], start=start, end=start + 9)
    when = scattered.origin("2020-01-08")
    surface = MixtureSurface().surface(made, when, when + pd.Timedelta(hours=8))
    assert "chosen in advance" in surface.explanation.sentence
    assert surface.share.argmax() == 5
    assert surface.share.sum() == pytest.approx(1.0)


def test_incidents_of_one_hex_alone_put_it_first(town_grid):
    start = scattered.day("2020-01-01")
    days = start + np.arange(200.0) + 0.5
    made = scattered.at_hexes(town_grid, [7] * 200, days, start=start, end=start + 210)
    when = scattered.origin("2020-07-10")
    surface = MixtureSurface().surface(made, when, when + pd.Timedelta(days=7))
    assert surface.share[7] > 0.9
    assert (surface.share > 0).all()


def test_finest_bandwidth_is_as_fine_as_the_hexes_show(town_grid):
    fine, middle, wide = bandwidths_m(
        scattered.at_hexes(town_grid, [0], [1.0], start=0.0, end=2.0)
    )
    spacing = np.hypot(
        town_grid.x_m - town_grid.x_m[0], town_grid.y_m - town_grid.y_m[0]
    )
    assert fine == pytest.approx(1.15 * np.sort(spacing)[1], rel=0.05)
    assert (middle, wide) == (2 * fine, 4 * fine)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"windows": 0}, "windows must be at least 1, got 0"),
        ({"prior_incidents": 0.0}, "prior_incidents must be above 0, got 0.0"),
    ],
)
def test_options_out_of_range_are_refused(options, said):
    with pytest.raises(DataError, match=said):
        MixtureSurface(**options)


def test_windows_are_the_whole_months_before_that_the_source_covers(months):
    found = past_windows(months, WHEN, WHEN + MONTH, most=99)
    starts = [f"{start.tz_convert(scattered.ZONE):%Y-%m}" for start, _ in found]
    expected = [
        str(each)
        for each in pd.period_range("2019-02", "2020-06", freq="M")[::-1]
        if str(each) != "2019-07"
    ]
    assert starts == expected
    assert all(end <= WHEN for _, end in found)


def test_windows_of_a_shift_are_weeks_that_begin_at_fixed_days(town_grid):
    made = scattered.history(town_grid, timed=True)
    shift = pd.Timedelta(hours=8)
    one = past_windows(made, WHEN, WHEN + shift, most=4)
    other = past_windows(made, WHEN + shift, WHEN + 2 * shift, most=4)
    assert one == other
    assert {end - start for start, end in one} == {pd.Timedelta(days=7)}
    assert WHEN - one[0][1] < pd.Timedelta(days=7)


def test_windows_of_a_year_ahead_are_a_third_of_the_past_at_most(town_grid):
    made = scattered.history(town_grid, months=18)
    when = scattered.origin("2020-07-01")
    found = past_windows(made, when, when + pd.DateOffset(years=1), most=5)
    assert found
    for start, end in found:
        assert end <= when
        assert (end - start) <= (when - scattered.origin("2019-01-01")) / 3.0


def test_a_year_never_published_makes_no_window_longer(town_grid):
    # Of three years the middle one is missing: of the rest a third is eight months,
    # less an hour.
    made = scattered.history(town_grid, months=40, missing=tuple(range(12, 24)))
    when = scattered.origin("2022-01-01")
    found = past_windows(made, when, when + pd.DateOffset(years=1), most=5)
    assert found[0] == (scattered.origin("2021-06-01"), when)


def test_windows_of_a_short_past_are_none(town_grid):
    made = scattered.history(town_grid, months=2)
    when = scattered.origin("2019-02-01")
    assert past_windows(made, when, when + MONTH, most=12) == []


def test_windows_begin_four_weeks_into_the_data_at_the_earliest(town_grid):
    made = scattered.history(town_grid, timed=True)
    when = scattered.origin("2019-02-28")
    found = past_windows(made, when, when + pd.Timedelta(days=7), most=12)
    first = scattered.origin("2019-01-01")
    assert len(found) == 4
    assert all(start - first >= pd.Timedelta(days=28) for start, _ in found)


def test_mixture_is_that_of_loops_and_many_steps_of_em(town_grid):
    made = scattered.history(town_grid, n=150).only(["burglary"])
    widths = bandwidths_m(made)
    windows = past_windows(made, WHEN, WHEN + MONTH, most=2)
    ahead = components(made, WHEN)
    value, counts = {name: [] for name in ahead.names}, []
    for start, end in windows:
        share = naive.components(made, naive.day(start), widths)
        count = naive.count(made, naive.day(end), naive.day(start))
        hit = [at for at, n in enumerate(count) if n > 0]
        counts += [count[at] for at in hit]
        for name in ahead.names:
            value[name] += [share[name][at] for at in hit]
    prior = (20.0 * ahead.prior).tolist()
    expected = naive.weights([value[name] for name in ahead.names], counts, prior)
    found = weights_of(MixtureSurface(windows=2).surface(made, WHEN, WHEN + MONTH))
    for name, weight in zip(ahead.names, expected, strict=True):
        even = 0.001 if name == "an even spread" else 0.0
        assert found[name] == pytest.approx(0.999 * weight + even, abs=1e-3), name
