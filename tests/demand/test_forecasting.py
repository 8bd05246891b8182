import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geoalloc.demand import Explanation, Forecast, Level, Surface
from geoalloc.demand.forecasting import require_past
from geoalloc.errors import DataError
from tests.demand import scattered

WHEN = scattered.origin("2020-07-01")


def forecast(*, mean=1_000.0, level_size=np.inf, size=np.inf, share=(0.5, 0.3, 0.2)):
    why = Explanation.of("As ever.", {"all": 1.0})
    return Forecast(
        name="toy",
        origin=WHEN,
        end=WHEN + pd.DateOffset(months=1),
        level=Level(mean=mean, size=level_size, explanation=why),
        surface=Surface(share=np.array(share), explanation=why),
        size=size,
    )


def test_expected_is_level_times_surface():
    assert forecast().expected.tolist() == [500.0, 300.0, 200.0]


def test_sentence_joins_how_many_and_where():
    assert forecast().sentence == "How many: As ever. Where: As ever."


def test_size_of_a_hex_is_that_of_two_gamma_factors():
    rng = np.random.default_rng(0)
    n, mean = 400_000, 50.0
    level, place = rng.gamma(4.0, 1 / 4.0, n), rng.gamma(2.0, 1 / 2.0, n)
    count = rng.poisson(mean * level * place)
    found = forecast(level_size=4.0, size=2.0).hex_size
    assert count.var() == pytest.approx(mean + mean**2 / found, rel=0.03)


def test_size_is_infinite_only_if_both_are():
    assert forecast().hex_size == np.inf
    assert forecast(size=2.0).hex_size == pytest.approx(2.0)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("size", [np.inf, 3.0])
def test_interval_leaves_out_no_more_than_it_says(share, size):
    found = forecast(mean=30.0, size=size)
    low, high = found.interval(share)
    for at, mean in enumerate(found.expected):
        spread = (
            stats.poisson(mean)
            if np.isinf(size)
            else stats.nbinom(size, size / (size + mean))
        )
        inside = spread.pmf(np.arange(low[at], high[at] + 1)).sum()
        assert inside >= share - 1e-12
        assert spread.cdf(low[at] - 1) <= (1 - share) / 2
        assert spread.sf(high[at]) <= (1 - share) / 2


def test_total_is_less_certain_with_a_smaller_size():
    low, high = forecast(mean=100.0).total_interval(0.9)
    wider_low, wider_high = forecast(mean=100.0, level_size=5.0).total_interval(0.9)
    assert wider_low < low < 100 < high < wider_high


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5])
def test_share_of_an_interval_out_of_range_is_refused(share):
    with pytest.raises(DataError, match="must be within 0 to 1"):
        forecast().interval(share)


def test_past_shorter_than_needed_is_refused(town_grid):
    made = scattered.history(town_grid, missing=(6,))
    with pytest.raises(DataError, match="516 days before 2020-07-01 are covered, and"):
        require_past(made, WHEN, least_days=900)
    require_past(made, WHEN, least_days=500)
