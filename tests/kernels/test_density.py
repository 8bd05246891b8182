"""Kernel sums and columns, against term by term."""

import numpy as np
import pytest

from geoalloc.kernels import cells, density
from tests import naive_density

KINDS = list(naive_density.SHAPES)


def lay(hexes, places, radius, side):
    """Put hexes (3, n) and places (2, n) into cells of a side."""
    low, high = hexes[:2].min(axis=1), hexes[:2].max(axis=1)
    shape = ((high - low) // side + 1).astype(int)
    square = cells.Cells(low[0], low[1], side, int(shape[1]), int(shape[0]))
    start, order = cells.bucket(hexes[0], hexes[1], square)
    laid = density.Hexes(
        *square, start, *(np.ascontiguousarray(a[order]) for a in hexes)
    )
    held = cells.bucket(places[0], places[1], square)
    return density.Sources(*held, places[0], places[1], radius), laid, order


@pytest.fixture
def scene():
    rng = np.random.default_rng(1)
    hexes = np.stack(
        [rng.uniform(0, 4_000, 60), rng.uniform(0, 3_000, 60), rng.uniform(0, 2, 60)]
    )
    places = rng.uniform(-600, 4_600, (2, 50))
    return hexes, places, rng.uniform(0, 2, 50)


@pytest.mark.kernel
@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("radius", [150.0, 700.0, 9_000.0])
def test_scattered_sums_are_those_of_the_definition(scene, kind, radius):
    hexes, places, _ = scene
    sums, _ = scatter(scene, np.array([radius]), kind, corrected=False)
    expected = naive_density.sums(hexes[:2].T, places.T, radius, KINDS[kind])
    np.testing.assert_allclose(sums[0], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.kernel
@pytest.mark.parametrize("side", [90.0, 400.0, 5_000.0])
def test_the_size_of_the_cells_changes_nothing(scene, side):
    hexes, places, weight = scene
    radius = np.linspace(300, 1_500, 50)
    sums, lone = scatter(scene, radius, 0, side=side)
    found = naive_density.density(
        hexes[:2].T, hexes[2], places.T, radius, weight, "quartic"
    )
    kept = ~lone
    rest = naive_density.density(
        hexes[:2].T, hexes[2], places.T[kept], radius[kept], weight[kept], "quartic"
    )
    np.testing.assert_allclose(sums[0], rest[0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(sums[1] * hexes[2] ** 2, rest[2], atol=1e-12)
    assert sum(found[1]) == pytest.approx(weight.sum())


@pytest.mark.kernel
@pytest.mark.parametrize("kind", range(5))
def test_columns_hold_each_places_share(scene, kind):
    hexes, places, _ = scene
    radius = np.linspace(300, 1_500, 50)
    held, laid, order = lay(hexes, places, radius, 350.0)
    _, most = density.room(radius, laid)
    begin = np.zeros(51, dtype=np.int64)
    none = (np.empty(0, dtype=np.int32), np.empty(0))
    density.columns(most, held, laid, kind, begin, *none)
    begin = np.cumsum(begin)
    at, share = np.empty(begin[-1], dtype=np.int32), np.empty(begin[-1])
    density.columns(most, held, laid, kind, begin, at, share)
    for p in range(50):
        column = np.zeros(60)
        listed = slice(begin[p], begin[p + 1])
        column[order[at[listed]]] = share[listed]
        if not column.any():
            continue
        expected = naive_density.density(
            hexes[:2].T, hexes[2], places.T[[p]], radius[[p]], [1.0], KINDS[kind]
        )
        np.testing.assert_allclose(column, expected[0], rtol=1e-12, atol=1e-15)


@pytest.mark.kernel
@pytest.mark.parametrize("n_weightings", [1, 3])
def test_applied_columns_are_a_product_of_matrices(n_weightings):
    rng = np.random.default_rng(4)
    dense = rng.uniform(0, 1, (9, 12)) * (rng.random((9, 12)) < 0.4)
    mass, variance = rng.uniform(0, 2, (2, 12, n_weightings))
    begin = np.append(0, np.cumsum((dense > 0).sum(axis=1))).astype(np.int32)
    place = np.nonzero(dense)[1].astype(np.int32)
    total, squares = density.apply(begin, place, dense[dense > 0], mass, variance)
    np.testing.assert_allclose(total, dense @ mass, rtol=1e-13)
    np.testing.assert_allclose(squares, dense**2 @ variance, rtol=1e-13)


def scatter(scene, radius, kind, *, corrected=True, side=350.0):
    hexes, places, weight = scene
    held, laid, order = lay(hexes, places, radius, side)
    height, most = density.room(radius, laid)
    weights = np.ones((50, 2))
    if corrected:
        weights = np.stack([weight, weight**2], axis=1)
    sums, lone = np.zeros((2, 60)), np.zeros(50, dtype=bool)
    for which in (0, 1):
        density.scatter(
            which, height, most, held, weights, laid, kind, corrected, sums, lone
        )
    ordered = np.empty_like(sums)
    ordered[:, order] = sums
    return ordered, lone
