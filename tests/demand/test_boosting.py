import builtins

import numpy as np
import pandas as pd
import pytest

from geoalloc import scores
from geoalloc.demand import BoostedSurface, CountSurface, MixtureSurface
from geoalloc.errors import DataError
from tests.demand import scattered

MONTH = pd.DateOffset(months=1)
WHEN = scattered.origin("2020-06-01")


def test_boosted_trees_are_level_with_the_mixture(town_grid):
    pytest.importorskip("lightgbm")
    made = scattered.history(town_grid, n=6_000)
    even = town_grid.land_km2 / town_grid.land_km2.sum()
    count = made.count(WHEN, WHEN + MONTH)
    log_score = {
        type(model).__name__: scores.log_score(
            model.surface(made, WHEN, WHEN + MONTH).share, count, even
        )
        for model in (BoostedSurface(), MixtureSurface(), CountSurface())
    }
    assert log_score["BoostedSurface"] == pytest.approx(
        log_score["MixtureSurface"], abs=0.2
    )


def test_explanation_names_what_gained_most(town_grid):
    pytest.importorskip("lightgbm")
    made = scattered.history(town_grid)
    surface = BoostedSurface(rounds=20).surface(made, WHEN, WHEN + MONTH)
    weights = surface.explanation.weights
    assert weights["weight"].sum() == pytest.approx(1.0)
    assert (np.diff(weights["weight"]) <= 0).all()
    first = weights["part"][0].removesuffix(" (share of gain)")
    assert f"most of all on the {first}" in surface.explanation.sentence


def test_without_a_past_window_it_is_the_mixture(town_grid):
    pytest.importorskip("lightgbm")
    made = scattered.history(town_grid, months=2)
    when = scattered.origin("2019-02-01")
    found = BoostedSurface().surface(made, when, when + MONTH)
    expected = MixtureSurface().surface(made, when, when + MONTH)
    assert (found.share == expected.share).all()


def test_missing_package_is_named(town_grid, monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "lightgbm":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DataError, match=r"pip install 'geoalloc\[gbm\]'"):
        BoostedSurface().surface(scattered.history(town_grid), WHEN, WHEN + MONTH)


@pytest.mark.parametrize("options", [{"windows": 0}, {"rounds": 0}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(DataError, match="windows and rounds must be at least 1"):
        BoostedSurface(**options)
