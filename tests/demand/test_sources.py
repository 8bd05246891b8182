"""Sources of calls: whose hours a category's are drawn to."""

import numpy as np
import pandas as pd
import pytest

from tests.shift_toys import EVENING, FLAT, expect, history, incidents, model, response


@pytest.fixture(scope="module")
def night(town_grid):
    """Many burglaries and few robberies, all from 22:00 to midnight."""
    frames = [
        incidents(town_grid, n, category, seed=seed, timed=True)
        for seed, (category, n) in enumerate([("burglary", 2_000), ("robbery", 4)])
    ]
    frame = pd.concat(frames, ignore_index=True)
    times = frame["reported_at"]
    late = times.dt.floor("D") + pd.Timedelta(hours=22)
    late += (times - times.dt.floor("D")) / 12
    for column in ("reported_at", "started_at", "ended_at"):
        frame[column] = late.dt.as_unit("us")
    return frame[frame["reported_at"] < "2026-03-12"]


def rhythms(past, **of_robbery):
    responses = {
        "burglary": response(rhythm="flat"),
        "robbery": response(rhythm="evening", **of_robbery),
    }
    return expect(past, model(responses=responses)).rhythms


def of_night(rhythm):
    return rhythm.share.reshape(7, 24)[:, 22:].sum()


def test_thin_category_is_drawn_to_the_hours_of_all(town_grid, night):
    found = rhythms(history(town_grid, night))
    assert found["robbery"].observed
    # Four incidents say little, the profile of the scenario is of 20:00.
    assert of_night(found["robbery"]) > 0.6
    assert EVENING[20] > 7 * found["robbery"].share[20]


def test_hours_of_all_are_drawn_to_the_scenarios(town_grid, night):
    past = history(town_grid, night[night["category"] == "robbery"])
    found = rhythms(past)["robbery"]
    assert found.share[20] > found.share[[1, 2, 3]].max()


def test_category_without_hours_has_its_own_of_the_scenario(town_grid, night):
    frame = night.copy()
    dateless = frame["category"] == "robbery"
    frame.loc[dateless, "reported_at"] = pd.NaT
    frame.loc[dateless, "started_at"] -= pd.Timedelta(days=9)
    found = rhythms(history(town_grid, frame))
    assert found["burglary"].observed
    assert not found["robbery"].observed
    np.testing.assert_allclose(found["robbery"].share, EVENING)


def test_months_alone_have_each_its_own_of_the_scenario(town_grid, night):
    frame = night.copy()
    frame.loc[:, "reported_at"] = pd.NaT
    frame["started_at"] -= pd.Timedelta(days=9)
    found = rhythms(history(town_grid, frame))
    np.testing.assert_allclose(found["robbery"].share, EVENING)
    np.testing.assert_allclose(found["burglary"].share, FLAT)
