"""Knox tables by going through all pairs, on planted repeats and on noise."""

import numpy as np
import pandas as pd
import pytest

from geoalloc import hotspots
from geoalloc.errors import DataError
from geoalloc.hotspots import near_repeat
from tests import naive_significance as naive

EDGES = {
    "bands_m": np.array([100.0, 250.0, 400.0]),
    "bands_days": np.array([2.0, 7.0, 14.0]),
}


def scattered(n=150, seed=0, snap_m=50.0):
    rng = np.random.default_rng(seed)
    x, y = np.round(rng.uniform(0, 1_000, (2, n)) / snap_m) * snap_m
    return x, y, rng.integers(0, 60, n).astype(float)


def table(x, y, day, *, permutations=19, seed=1, **edges):
    return hotspots.knox(
        hotspots.collapse(x, y),
        day,
        permutations=permutations,
        rng=np.random.default_rng(seed),
        **(EDGES | edges),
    )


@pytest.mark.parametrize("seed", range(3))
def test_pairs_are_those_of_a_loop_over_all(seed):
    x, y, day = scattered(seed=seed)
    found = table(x, y, day)
    expected = naive.knox(x, y, day, EDGES["bands_m"], EDGES["bands_days"])
    assert found["pairs"].tolist() == np.ravel(expected).tolist()
    assert found["to_m"].unique().tolist() == [0, 100, 250, 400]
    assert found["from_m"].unique().tolist() == [0, 100, 250]
    assert found["from_days"].unique().tolist() == [0, 2, 7]


def test_expected_pairs_are_the_mean_over_all_deals():
    """By hand on three incidents: of six deals of days 0, 1 and 9."""
    x, y = np.array([0.0, 0.0, 50.0]), np.zeros(3)
    found = table(
        x,
        y,
        np.array([0.0, 1.0, 9.0]),
        bands_m=np.array([60.0]),
        bands_days=np.array([2.0, 8.0, 9.0]),
    )
    # One pair on a spot, two within 60 m; days 1, 8 and 9 apart, a third each.
    assert found["pairs"].tolist() == [1, 0, 0, 0, 1, 1]
    assert found["expected"].tolist() == pytest.approx([1 / 3] * 3 + [2 / 3] * 3)
    assert found["ratio"].tolist() == pytest.approx([3, 0, 0, 0, 1.5, 1.5])


def test_expected_pairs_agree_with_deals_by_a_plain_loop():
    x, y, day = scattered(80)
    rng = np.random.default_rng(2)
    dealt = [
        naive.knox(x, y, rng.permutation(day), EDGES["bands_m"], EDGES["bands_days"])
        for _ in range(80)
    ]
    mean = np.mean(dealt, axis=0).ravel()
    error = np.std(dealt, axis=0).ravel() / np.sqrt(len(dealt))
    found = table(x, y, day)
    assert (np.abs(found["expected"] - mean) < 4.5 * error + 1e-9).all()
    # The same of p: share of deals that reach the number observed.
    reached = np.mean([np.ravel(d) >= found["pairs"] for d in dealt], axis=0)
    p = table(x, y, day, permutations=999)["p"]
    assert np.abs(p - reached).max() < 0.2


def test_planted_near_repeats_are_found():
    x, y, day = scattered(300, snap_m=1.0)
    rng = np.random.default_rng(3)
    again = rng.choice(300, 150, replace=False)
    x = np.append(x, x[again] + rng.uniform(-60, 60, 150))
    y = np.append(y, y[again] + rng.uniform(-60, 60, 150))
    day = np.append(day, day[again] + rng.uniform(0, 2, 150))
    found = table(x, y, day, permutations=199).set_index(["to_m", "to_days"])
    assert found.loc[(100, 2), "ratio"] > 1.5
    assert found.loc[(100, 2), "p"] == pytest.approx(1 / 200)
    assert found.loc[(400, 14), "p"] > 0.01


def test_repeats_on_one_spot_are_a_band_of_their_own():
    x, y, day = scattered(200, snap_m=1.0)
    x, y = np.append(x, x[:60]), np.append(y, y[:60])
    day = np.append(day, day[:60] + 1.0)
    found = table(x, y, day, permutations=199).set_index(["to_m", "to_days"])
    assert found.loc[(0, 2), "pairs"] >= 60
    assert found.loc[(0, 2), "p"] == pytest.approx(1 / 200)
    assert found.loc[(100, 2), "p"] > 0.01


def test_on_noise_p_is_even():
    p = np.concatenate(
        [
            table(*scattered(120, seed), permutations=99, seed=seed)["p"]
            for seed in range(40)
        ]
    )
    for level in (0.1, 0.25, 0.5):
        # Ties count as reached: p is never too small.
        assert (p <= level).mean() < level + 0.05
    assert (p <= 0.5).mean() > 0.3


def test_the_order_of_incidents_does_not_matter():
    x, y, day = scattered()
    turn = np.random.default_rng(4).permutation(day.size)
    first, second = table(x, y, day), table(x[turn], y[turn], day[turn])
    same = ["pairs", "expected", "ratio"]
    assert np.allclose(first[same], second[same], equal_nan=True)


def test_the_number_of_deals_at_once_does_not_matter(monkeypatch):
    x, y, day = scattered(60)
    once = table(x, y, day, permutations=50)
    monkeypatch.setattr(near_repeat, "_DAYS_AT_ONCE", 60 * 7)
    assert once.equals(table(x, y, day, permutations=50))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"day": [1.0, np.nan]}, "day is nan or infinite at 1 of 2 positions, first 1"),
        ({"x": [0.0, np.inf]}, "nan or infinite at 1 of 2"),
        ({"day": [1.0]}, r"day has the shape \(1,\)"),
        ({"bands_m": np.array([5.0, 5.0])}, "bands_m must be edges that ascend"),
        ({"bands_m": np.array([0.0, 5.0])}, "bands_m must be edges that ascend"),
        ({"bands_days": np.array([])}, "bands_days must be edges that ascend"),
        ({"permutations": 0}, "permutations must be at least 1, got 0"),
    ],
)
def test_wrong_input_is_refused(changes, message):
    given = {"x": [0.0, 1.0], "y": [0.0, 1.0], "day": [1.0, 2.0]} | changes
    x, y, day = (np.array(given.pop(name)) for name in ("x", "y", "day"))
    with pytest.raises(DataError, match=message):
        table(x, y, day, **given)


def test_sizes_that_would_take_hours_are_refused(monkeypatch):
    x, y, day = scattered()
    monkeypatch.setattr(near_repeat, "_MOST_COMPARISONS", 1_000.0)
    with pytest.raises(DataError, match=r"pairs of incidents in reach.* too many"):
        table(x, y, day)
    monkeypatch.setattr(near_repeat, "_MOST_PLACE_PAIRS", 10)
    with pytest.raises(DataError, match="pairs of places are within 400 m"):
        table(x, y, day)


def test_expected_pairs_of_one_spot_are_the_observed_whatever_the_fractions_of_days():
    """Dealt out anew, the days of one spot are the same days."""
    places = hotspots.collapse(np.zeros(100), np.zeros(100))
    for day in (np.arange(100) / 10, np.arange(100) // 3 / 24):
        table = hotspots.knox(
            places,
            day,
            bands_m=np.array([100.0]),
            bands_days=np.array([0.1, 0.3, 0.7, 2.0]),
            permutations=1,
            rng=np.random.default_rng(0),
        )
        one_spot = table[table["to_m"] == 0]
        np.testing.assert_allclose(one_spot["pairs"], one_spot["expected"], rtol=1e-12)


def test_dates_are_not_taken_for_days():
    dates = pd.date_range("2025-01-01", periods=9)
    with pytest.raises(DataError, match="day holds dates or lengths of time"):
        hotspots.knox(
            hotspots.collapse(np.zeros(9), np.zeros(9)),
            dates,
            bands_m=np.array([1.0]),
            bands_days=np.array([1.0]),
            rng=np.random.default_rng(0),
        )
