import numpy as np
import pytest

from geoalloc.errors import DataError
from geoalloc.evaluation import elbow, pareto_front
from geoalloc.evaluation.fronts import _broken_lines, _left_over
from tests import naive_contrasts as naive

OFFICERS = np.array([150.0, 160, 170, 180, 190, 200, 210])


@pytest.mark.parametrize("n_measures", [1, 2, 4])
def test_the_front_is_that_of_comparing_all_with_all(n_measures):
    rng = np.random.default_rng(n_measures)
    for _ in range(30):
        points = rng.integers(0, 5, (25, n_measures)).astype(float)
        points[rng.random(points.shape) < 0.03] = np.nan
        assert pareto_front(points).tolist() == naive.pareto_front(points.tolist())


def test_equal_points_are_both_on_the_front():
    points = np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0], [2.0, 2.0]])
    assert pareto_front(points).tolist() == [True, True, True, False]


def test_a_point_of_which_a_measure_is_missing_is_left_out():
    points = np.array([[np.nan, 0.0], [1.0, 1.0]])
    assert pareto_front(points).tolist() == [False, True]
    assert pareto_front(np.zeros((0, 2))).tolist() == []


@pytest.mark.parametrize("points", [np.zeros(3), np.zeros((3, 0))])
def test_points_are_a_table(points):
    with pytest.raises(DataError, match="need"):
        pareto_front(points)


def test_a_broken_line_has_its_elbow_at_the_break():
    unmet = np.array([20.0, 14.0, 8.0, 2.0, 1.8, 1.6, 1.4])
    assert elbow(OFFICERS, unmet) == 3
    mixed = np.random.default_rng(1).permutation(7)
    assert mixed[elbow(OFFICERS[mixed], unmet[mixed])] == 3
    assert elbow(OFFICERS * 1e6, unmet * 1e-9) == 3


def test_a_curve_of_shrinking_gains_has_an_elbow_where_it_bends_most():
    unmet = 50 * np.exp(-(OFFICERS - 150) / 12)
    assert elbow(OFFICERS, unmet) in (1, 2)


def test_a_straight_line_has_no_elbow():
    assert elbow(OFFICERS, 100 - 0.4 * OFFICERS) is None
    assert elbow(OFFICERS, np.full(7, 3.0)) is None
    assert elbow(OFFICERS, np.zeros(7)) is None


def test_noise_along_a_line_makes_an_elbow_once_in_twenty_at_the_most():
    rng = np.random.default_rng(2)
    found = [
        elbow(OFFICERS, 100 - 0.4 * OFFICERS + rng.normal(0, 2, 7)) for _ in range(400)
    ]
    assert np.mean([one is not None for one in found]) <= 0.06


def test_gains_that_grow_make_no_elbow():
    growing = np.array([20.0, 19.8, 19.6, 19.4, 13.0, 7.0, 1.0])
    assert elbow(OFFICERS, growing) is None


def test_four_points_are_too_few():
    assert elbow(OFFICERS[:4], np.array([9.0, 2.0, 1.9, 1.8])) is None


def test_the_squares_left_are_those_of_a_search():
    rng = np.random.default_rng(3)
    x, y = np.array([0.0, 1.0, 2.5, 3.0, 4.5, 6.0]), rng.normal(0, 1, 6)
    left = _left_over(_broken_lines(x), y)
    for at in range(1, 5):
        expected = naive.squares_left(x.tolist(), y.tolist(), at)
        assert left[at - 1] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "match"),
    [
        (np.zeros(3), np.zeros(4), "have shapes"),
        (np.array([1.0, np.nan]), np.zeros(2), "1 of the 2 points is not finite"),
        (np.array([1.0, 1.0, 2.0]), np.zeros(3), "1 values of x are given twice"),
    ],
)
def test_a_curve_must_be_one(x, y, match):
    with pytest.raises(DataError, match=match):
        elbow(x, y)
