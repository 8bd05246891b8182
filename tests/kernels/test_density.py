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
    most = int(np.diff(start).max())
    laid = density.Hexes(
        *square, start, most, *(np.ascontiguousarray(a[order]) for a in hexes)
    )
    held = cells.bucket(places[0], places[1], square)
    return density.Sources(*held, places[0], places[1], radius), laid, order


@pytest.fixture(autouse=True)
def many(monkeypatch):
    """Work on bands, as if places were many."""
    monkeypatch.setattr(density, "_SMALL", 0)


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
    beyond = density.reach(1_500.0, laid)
    begin, at, share = density.columns((held, laid), beyond, kind)
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


def scatter(scene, radius, kind, *, corrected=True, side=350.0):
    hexes, places, weight = scene
    held, laid, order = lay(hexes, places, radius, side)
    weights = np.ones((50, 2))
    if corrected:
        weights = np.stack([weight, weight**2], axis=1)
    beyond = density.reach(radius.max(), laid)
    sums, lone = density.scatter((held, laid), beyond, weights, kind, corrected)
    ordered = np.empty_like(sums)
    ordered[:, order] = sums
    return ordered, lone


@pytest.mark.kernel
@pytest.mark.parametrize("radius", [40.0, 150.0, 700.0, 9_000.0])
def test_the_room_is_enough_for_every_list(scene, radius):
    hexes, places, _ = scene
    for side in (90.0, 350.0, 5_000.0):
        _, laid, _ = lay(hexes, places, np.array([radius]), side)
        room = density.room(density.reach(radius, laid), laid)
        near = np.empty((7, 200))
        listed = [
            density._around(cell, radius, laid, near)
            for cell in range(laid.n_rows * laid.n_columns)
        ]
        assert max(listed) < room <= 60 + density._LANES


@pytest.mark.kernel
def test_bands_are_as_many_rows_and_share_the_places_out(scene):
    hexes, places, _ = scene
    held, laid, _ = lay(hexes, places, np.array([150.0]), 90.0)
    for least in (1, 4, 100):
        bands = density._bands((held, laid), least)
        assert (bands[0], bands[-1]) == (0, laid.n_rows)
        assert (np.diff(bands)[:-1] >= least).all()
        assert (np.diff(bands) > 0).all()
    rows = held.start[:: laid.n_columns]
    assert np.diff(rows[density._bands((held, laid), 1)]).max() <= np.diff(rows).max()


@pytest.mark.kernel
def test_few_places_are_one_band(scene, monkeypatch):
    hexes, places, _ = scene
    held, laid, _ = lay(hexes, places, np.array([150.0]), 90.0)
    assert density._bands((held, laid), 4).size > 2
    monkeypatch.setattr(density, "_SMALL", 51)
    assert list(density._bands((held, laid), 4)) == [0, laid.n_rows]


@pytest.mark.kernel
def test_bands_that_are_worked_on_at_once_reach_no_hex_in_common(scene, monkeypatch):
    hexes, places, _ = scene
    held, laid, _ = lay(hexes, places, np.array([150.0]), 90.0)
    at_once = []
    monkeypatch.setattr(
        density.threads,
        "run",
        lambda work, parts: (at_once.append([]), [work(part) for part in parts]),
    )
    monkeypatch.setattr(
        density, "_scatter", lambda *given: at_once[-1].append(given[:2])
    )
    density.scatter((held, laid), 2, np.ones((50, 2)), 0, True)
    assert len(at_once) == 2
    for band_cells in at_once:
        rows = np.array(band_cells) // laid.n_columns
        assert len(rows) > 2
        assert (rows[1:, 0] - rows[:-1, 1] >= 2 * 2).all()
    begins, ends = np.sort(np.concatenate(at_once), axis=0).T
    assert (begins[0], ends[-1]) == (0, laid.n_rows * laid.n_columns)
    np.testing.assert_array_equal(begins[1:], ends[:-1])
