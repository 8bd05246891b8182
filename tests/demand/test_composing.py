import dataclasses
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from geoalloc.demand import Composed, CountSurface, Explanation, MeanLevel, Surface
from geoalloc.errors import DataError
from tests.demand import scattered

WHEN = scattered.origin("2020-07-01")
MONTH = pd.DateOffset(months=1)


@dataclasses.dataclass(frozen=True)
class Known:
    """A surface that is told the truth."""

    share: tuple[float, ...]

    def surface(self, history, origin, end):
        del history, origin, end
        return Surface(share=np.array(self.share), explanation=Explanation.of(".", {}))


def counts(grid, *, size, seed=0):
    """Twelve months of counts that vary around even means by a known size."""
    rng = np.random.default_rng(seed)
    starts = pd.date_range("2019-07-01", periods=13, freq="MS", tz=scattered.ZONE)
    edges = np.array([scattered.day(each.strftime("%Y-%m-%d")) for each in starts])
    position, days = [], []
    for low, high in pairwise(edges):
        rate = 4.0 if np.isinf(size) else rng.gamma(size, 4.0 / size, len(grid))
        n = rng.poisson(rate, len(grid))
        position.append(np.repeat(np.arange(len(grid)), n))
        days.append(np.full(n.sum(), (low + high) / 2))
    return scattered.at_hexes(
        grid,
        np.concatenate(position),
        np.concatenate(days),
        start=edges[0],
        end=edges[-1],
    )


def even(grid):
    return Known(tuple(np.full(len(grid), 1.0 / len(grid))))


def test_dispersion_of_past_windows_is_found(town_grid):
    model = Composed(name="known", level=MeanLevel(), surface=even(town_grid))
    found = model.forecast(counts(town_grid, size=2.0), WHEN, MONTH)
    assert found.size == pytest.approx(2.0, rel=0.15)


def test_counts_as_poisson_as_can_be_have_hardly_any_dispersion(town_grid):
    model = Composed(name="known", level=MeanLevel(), surface=even(town_grid))
    found = model.forecast(counts(town_grid, size=np.inf), WHEN, MONTH)
    assert found.size > 50.0


def test_intervals_of_hexes_cover_what_comes(town_grid):
    made = counts(town_grid, size=2.0)
    when = scattered.origin("2020-06-01")
    model = Composed(name="known", level=MeanLevel(), surface=even(town_grid))
    low, high = model.forecast(made, when, MONTH).interval(0.8)
    came = made.count(when, WHEN)
    assert 0.78 < np.mean((low <= came) & (came <= high)) < 0.92


def test_without_a_past_window_counts_are_taken_for_poisson(town_grid):
    made = scattered.history(town_grid, months=2)
    model = Composed(name="naive", level=MeanLevel(), surface=CountSurface())
    assert model.forecast(made, scattered.origin("2019-02-01"), MONTH).size == np.inf
    none = dataclasses.replace(model, windows=0)
    assert none.forecast(made, scattered.origin("2019-02-01"), MONTH).size == np.inf


def test_surface_of_an_origin_is_made_once(town_grid):
    asked = []

    @dataclasses.dataclass(frozen=True)
    class Counted:
        def surface(self, history, origin, end):
            asked.append(origin)
            return CountSurface().surface(history, origin, end)

    made = scattered.history(town_grid)
    model = Composed(name="counted", level=MeanLevel(), surface=Counted())
    for text in ("2020-04-01", "2020-05-01", "2020-06-01"):
        model.forecast(made, scattered.origin(text), MONTH)
    assert len(asked) == len(set(asked)) == 4 + 3


@pytest.mark.parametrize("horizon", [pd.Timedelta(0), pd.Timedelta(days=-1)])
def test_horizon_that_is_not_ahead_is_refused(town_grid, horizon):
    model = Composed(name="naive", level=MeanLevel(), surface=CountSurface())
    with pytest.raises(DataError, match="the horizon must be above 0"):
        model.forecast(scattered.history(town_grid), WHEN, horizon)


def test_windows_below_zero_are_refused():
    with pytest.raises(DataError, match="windows must be 0 or more, got -1"):
        Composed(name="x", level=MeanLevel(), surface=CountSurface(), windows=-1)
