"""How severe calls are, where and when: against a slow twin and by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests import naive_closures
from tests.shift_toys import expect, history, incidents, layer, model, response


def mixed(grid, **more):
    frames = [
        incidents(grid, 300),
        incidents(grid, 300, "robbery", seed=1),
        incidents(grid, 200, "anti-social-behaviour", seed=2),
    ]
    responses = {
        "burglary": response(harm=10.0),
        "robbery": response(immediate=0.5, priority=0.3, harm=80.0),
        "anti-social-behaviour": response(harm=0.0),
    }
    past = history(grid, pd.concat(frames, ignore_index=True))
    return expect(past, model(responses=responses, **more)).demand


def test_severity_is_that_of_the_definition(town_grid):
    found = mixed(town_grid)
    for stream in (0, 1):
        expected = naive_closures.severity(
            found.harm[stream].ravel().tolist(),
            found.rated[stream].ravel().tolist(),
            found.incidents[stream].ravel().tolist(),
        )
        np.testing.assert_allclose(
            found.severity(stream).ravel(), expected, rtol=1e-9, atol=1e-12
        )


def test_rated_incidents_are_those_with_a_severity(town_grid):
    found = mixed(town_grid)
    share = found.rated[0].sum() / found.incidents[0].sum()
    rated = 300 * 0.2 + 300 * 0.5
    assert share == pytest.approx(rated / (rated + 200 * 0.2))
    assert (found.rated <= found.incidents + 1e-12).all()


def test_the_mean_over_the_calls_of_a_grade_is_one(town_grid):
    found = mixed(town_grid)
    for streams in ([0], [1], [2, 3]):
        calls = sum(found.incidents[s].sum() for s in streams)
        total = sum((found.incidents[s] * found.severity(s)).sum() for s in streams)
        assert total == pytest.approx(calls)


def test_calls_of_one_severity_weigh_alike(town_grid):
    past = history(town_grid, incidents(town_grid, 300))
    found = expect(past, model()).demand
    np.testing.assert_allclose(found.severity(0), 1.0)


def test_without_any_severity_every_call_weighs_one(town_grid):
    past = history(town_grid, incidents(town_grid, 300))
    none = model(responses={"burglary": response(harm=0.0)})
    found = expect(past, none).demand
    assert found.rated.sum() == 0
    np.testing.assert_array_equal(found.severity(1), 1.0)


def test_a_layer_without_a_severity_pulls_towards_one(town_grid):
    plain = mixed(town_grid)
    more = dataclasses.replace(layer(), response=response(harm=0.0))
    with_layer = mixed(town_grid, layers=(more,))
    away, before = (abs(d.severity(0) - 1.0).max() for d in (with_layer, plain))
    assert away < before
