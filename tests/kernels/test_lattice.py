"""The lattice kernel against trigonometry and brute force."""

import math

import numpy as np
import pytest

from geoalloc.kernels import lattice
from tests import naive_hexes

SPACING = 0.01
# A face around (0, 0): its plane's axes point east and north.
CENTER, EAST, NORTH = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
BASIS = (
    (SPACING, -SPACING / 2),
    (0.0, SPACING * math.sqrt(0.75)),
)
TOLERANCE = np.array([1e-5, 1e-9])


def tables(half, bits):
    """One face whose every position within ``half`` of the middle has a cell."""
    inverse = np.linalg.inv(np.array(BASIS))
    axes = np.array([CENTER, *(inverse @ np.array([EAST, NORTH]))])
    borders = np.array([[1.0, 1.0, 0.0], [1.0, -1.0, 1.0], [1.0, -1.0, -1.0]])
    side, span = 1 << bits, 2 * half + 1
    n_tiles = -(-span // side)
    directory = np.arange(n_tiles**2, dtype=np.int32) * side**2
    tiles = np.full((n_tiles, n_tiles, side, side), lattice.OUTSIDE, dtype=np.int32)
    for row in range(span):
        for column in range(span):
            at = (row // side, column // side, row % side, column % side)
            tiles[at] = row * span + column
    window = np.array([[-half, -half, n_tiles, n_tiles, 0.0]])
    return axes[None], borders[None], window, directory, tiles.ravel(), bits


def located(lat, lng, half, bits):
    return lattice.locate(lat, lng, *tables(half, bits), TOLERANCE)


@pytest.mark.kernel
@pytest.mark.parametrize(("half", "bits"), [(7, 2), (15, 5), (3, 5)])
def test_a_point_is_at_the_nearest_center(half, bits):
    rng = np.random.default_rng(half)
    reach = math.degrees(1.3 * half * SPACING)
    lat, lng = rng.uniform(-reach, reach, (2, 3_000))
    span, expected = 2 * half + 1, []
    for y, x in zip(lat.tolist(), lng.tolist(), strict=True):
        (row, column), edge = naive_hexes.lattice_position(
            y, x, (CENTER, EAST, NORTH, BASIS)
        )
        assert edge > 2e-5  # else the twin and the kernel may differ: take another seed
        inside = abs(row) <= half and abs(column) <= half
        expected.append((row + half) * span + column + half if inside else -1)
    found = located(lat, lng, half, bits)
    np.testing.assert_array_equal(found, expected)
    assert 0.2 < (found >= 0).mean() < 0.9


@pytest.mark.kernel
def test_a_point_on_an_edge_a_corner_or_a_border_is_undecided():
    edge = math.degrees(math.atan(SPACING / 2))
    corner = math.degrees(math.atan(SPACING / math.sqrt(3)))
    lat = np.array([0.0, corner, 0.0, 0.0, 0.0])
    lng = np.array([edge, 0.0, edge * (1 + 1e-6), edge * (1 + 1e-4), -45.0])
    found = located(lat, lng, 7, 2)
    assert (found[[0, 1, 2, 4]] == lattice.UNDECIDED).all()
    assert found[3] >= 0


@pytest.mark.kernel
def test_what_is_no_point_of_the_face_is_outside():
    lat = np.array([np.nan, 0.0, np.inf, 91.0, 0.0, 0.0, 0.0, 0.0])
    lng = np.array([0.0, np.nan, 0.0, 0.0, -np.inf, 1e300, 180.0, -120.0])
    with np.errstate(all="ignore"):
        found = located(lat, lng, 7, 2)
    np.testing.assert_array_equal(found, -1)


@pytest.mark.kernel
def test_blocks_join_without_a_gap():
    n = 2 * lattice._BLOCK + 17
    lat, lng = np.zeros(n), np.zeros(n)
    assert (located(lat, lng, 7, 2) == 7 * 15 + 7).all()
    assert located(lat[:0], lng[:0], 7, 2).size == 0


@pytest.mark.kernel
def test_sines_and_cosines_are_good_to_the_last_bits():
    rng = np.random.default_rng(0)
    quarters = np.arange(-360.0, 361.0, 45.0)
    angles = [*quarters, *np.nextafter(quarters, 0.0), *rng.uniform(-360, 360, 2_000)]
    for angle in angles:
        sine, cosine = lattice.sine_cosine(float(angle))
        # Reduced in degrees, exactly: radians of large angles are already rounded.
        turned = math.radians(math.remainder(angle, 360.0))
        assert abs(sine - math.sin(turned)) < 4e-16
        assert abs(cosine - math.cos(turned)) < 4e-16
    assert lattice.sine_cosine(180.0) == (0.0, -1.0)


def test_one_thread_is_given_back():
    import numba

    before = numba.get_num_threads()
    with lattice.one_thread():
        assert numba.get_num_threads() == 1
    assert numba.get_num_threads() == before
