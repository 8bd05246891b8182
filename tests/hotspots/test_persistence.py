"""Hot windows and the classes of their rows."""

from itertools import product

import numpy as np
import pytest

from geoalloc import hotspots
from geoalloc.errors import DataError
from tests import naive_significance as naive


@pytest.mark.parametrize("n_windows", range(2, 10))
def test_every_row_of_windows_has_the_one_class_of_the_rules(n_windows):
    rows = list(product([False, True], repeat=n_windows))
    found = hotspots.persistence(np.array(rows))
    assert found.tolist() == [naive.class_of(row) for row in rows]
    assert set(found) <= set(hotspots.PERSISTENCE)


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ("000000", "none"),
        ("111111", "persistent"),
        ("011101", "intermittent"),
        ("111011", "persistent"),
        ("000001", "emerging"),
        ("010011", "emerging"),
        ("101010", "diminishing"),
        ("111100", "diminishing"),
        ("111000", "former"),
        ("010000", "former"),
        ("010101", "emerging"),
        ("100110", "intermittent"),
        ("01", "emerging"),
        ("10", "former"),
        ("11", "persistent"),
        ("010", "former"),
        ("101", "intermittent"),
    ],
)
def test_classes_worked_by_hand(windows, expected):
    hot = np.array([[w == "1" for w in windows]])
    assert hotspots.persistence(hot).tolist() == [expected]


def test_every_class_occurs():
    rows = np.array(list(product([False, True], repeat=6)))
    assert set(hotspots.persistence(rows)) == set(hotspots.PERSISTENCE)


def test_no_rows_have_no_classes():
    assert hotspots.persistence(np.zeros((0, 4), dtype=bool)).size == 0


@pytest.mark.parametrize("shape", [(3, 1), (3, 0), (3,)])
def test_one_window_tells_nothing_of_what_stays(shape):
    with pytest.raises(DataError, match="rows of at least two windows"):
        hotspots.persistence(np.zeros(shape, dtype=bool))


def windows(seed=0):
    rng = np.random.default_rng(seed)
    exposure = rng.uniform(0.5, 1.0, 300)
    rate = np.tile(rng.gamma(2.0, 1.0, 300)[:, None], 4)
    rate[7] = 120.0
    rate[8] = [2.0, 2.0, 120.0, 120.0]
    level = np.array([1.0, 0.3, 1.0, 2.0])
    return rng.poisson(rate * level * exposure[:, None]), exposure


def test_what_was_planted_is_hot_in_its_windows_whatever_the_level_of_each():
    count, exposure = windows()
    hot = hotspots.hot_windows(count, exposure, np.ones(4), times=3)
    assert hot[7].tolist() == [True] * 4
    assert hot[8].tolist() == [False, False, True, True]
    assert hot[9:].mean() < 0.01
    assert hotspots.persistence(hot)[7:9].tolist() == ["persistent", "emerging"]


def test_a_window_is_hot_where_the_probability_is_above_95_percent():
    count, exposure = windows(1)
    hot = hotspots.hot_windows(count, exposure, np.ones(4), times=1.2)
    for w in range(4):
        found = hotspots.exceedance(count[:, w], exposure, times=1.2)
        assert (hot[:, w] == (found.probability > 0.95)).all()


def test_the_length_of_a_window_cancels():
    count, exposure = windows(2)
    once = hotspots.hot_windows(count, exposure, np.ones(4), times=2)
    again = hotspots.hot_windows(count, exposure, np.array([28, 31, 90, 1.0]), times=2)
    assert (once == again).all()


def test_a_window_without_incidents_is_hot_nowhere():
    count, exposure = windows()
    count[:, 1] = 0
    hot = hotspots.hot_windows(count, exposure, np.ones(4), times=3)
    assert not hot[:, 1].any()
    assert hot[7].tolist() == [True, False, True, True]


def test_windows_must_fit_and_have_a_length():
    count, exposure = windows()
    with pytest.raises(DataError, match=r"count has the shape \(300, 4\), where 300"):
        hotspots.hot_windows(count, exposure, np.ones(3), times=3)
    with pytest.raises(DataError, match="exposure_time is 0 in window 2: leave out"):
        hotspots.hot_windows(count, exposure, np.array([1, 1, 0, 1.0]), times=3)


def test_what_is_not_known_to_be_hot_is_refused():
    with pytest.raises(DataError, match="hot holds float64"):
        hotspots.persistence(np.array([[np.nan, np.nan]]))
