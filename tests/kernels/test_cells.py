"""Points in cells, against counting by hand."""

import numpy as np
import pytest

from geoalloc.kernels import cells

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
