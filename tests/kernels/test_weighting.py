"""Weighted columns, against products of dense matrices."""

import numpy as np
import pytest

from geoalloc.kernels import weighting


@pytest.mark.kernel
@pytest.mark.parametrize("n_weightings", [1, 3])
def test_applied_columns_are_a_product_of_matrices(n_weightings):
    rng = np.random.default_rng(4)
    dense = rng.uniform(0, 1, (9, 12)) * (rng.random((9, 12)) < 0.4)
    mass, variance = rng.uniform(0, 2, (2, 12, n_weightings))
    begin = np.append(0, np.cumsum((dense > 0).sum(axis=1))).astype(np.uint32)
    place = np.nonzero(dense)[1].astype(np.uint32)
    land = rng.uniform(0, 3, 9)
    pairs = (np.array([0, 2, 2, 9]), begin, place, dense[dense > 0])
    found = weighting.apply(*pairs, land, mass, variance)
    np.testing.assert_allclose(found[0], dense @ mass, rtol=1e-13)
    np.testing.assert_allclose(found[1], land[:, None] * (dense @ mass), rtol=1e-13)
    squared = (land[:, None] * dense) ** 2
    np.testing.assert_allclose(found[2], squared @ variance, rtol=1e-13)
