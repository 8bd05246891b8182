"""Points in cells, against counting by hand."""

import numpy as np
import pytest

from geoalloc.kernels import cells
from tests import naive_density

NINE = cells.Cells(left=0.0, bottom=0.0, side=300.0, n_rows=3, n_columns=3)


@pytest.mark.kernel
def test_cells_hold_every_point_once_in_order():
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 900, 50), rng.uniform(0, 900, 50)
    start, order = cells.bucket(x, y, NINE)
    assert sorted(order) == list(range(50))
    for cell in range(9):
        held = order[start[cell] : start[cell + 1]]
        assert list(held) == sorted(held)
        assert (y[held] // 300 * 3 + x[held] // 300 == cell).all()


@pytest.mark.kernel
def test_a_point_beyond_the_cells_is_in_the_nearest():
    x, y = np.array([-50.0, 1e9, 450.0]), np.array([450.0, 1e9, -1e9])
    start, order = cells.bucket(x, y, NINE)
    assert list(np.repeat(np.arange(9), np.diff(start))) == [1, 3, 8]
    assert list(order) == [2, 0, 1]


@pytest.mark.kernel
@pytest.mark.parametrize("n_rows", [1, 4])
def test_distinct_points_are_found_once(n_rows):
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 6, 200) / 7.0, np.sort(rng.integers(0, 4, 200)) / 4.0
    rows = np.searchsorted(y, np.arange(n_rows + 1) / n_rows)
    order = np.arange(200, dtype=np.int32)
    with np.errstate(over="ignore"):  # the hash is to overflow
        found_x, found_y, of = cells.distinct(
            x.view(np.uint64), y.view(np.uint64), rows, order
        )
    points = list(zip(x, y, strict=True))
    expected = naive_density.distinct(points)
    assert (
        list(zip(found_x.view(float), found_y.view(float), strict=True))
        == (expected[0])
    )
    assert list(of) == expected[1]
