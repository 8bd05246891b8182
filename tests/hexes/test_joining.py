"""Cells joined into one outline, at home, across the antimeridian and at a pole."""

import numpy as np
import pytest
import shapely
from shapely.geometry import box

from geoalloc import hexes
from geoalloc.errors import DataError
from tests.hexes import places

STRIP = box(177.0, -18.5, 182.0, -17.0)


@pytest.fixture(scope="module")
def strip():
    return hexes.cover(STRIP, 5)


def covers_as(outline, polygons):
    """Whether an outline is valid and covers what polygons cover, once."""
    apart = outline.symmetric_difference(shapely.union_all(polygons, grid_size=1e-9))
    total = shapely.area(polygons).sum()
    return outline.is_valid and apart.area < 1e-7 * total


def test_cells_across_the_antimeridian_are_joined_without_a_jump(strip):
    joined = hexes.dissolve(strip.hex_id)
    assert covers_as(joined, strip.polygons)
    assert joined.geom_type == "MultiPolygon"
    assert len(joined.geoms) == 1
    assert not joined.geoms[0].interiors
    assert 176.5 < joined.bounds[0] < 177.0
    assert 182.0 < joined.bounds[2] < 182.5


def test_hexes_of_a_grid_are_joined_on_the_side_of_their_polygons(strip):
    for some in (strip.longitude < 0, strip.longitude > 0, strip.latitude > -17.5):
        at = np.flatnonzero(some)
        assert covers_as(strip.dissolve(at), strip.polygons[at])
    far = np.flatnonzero((strip.longitude < 0) & (strip.longitude > -179))
    assert strip.dissolve(far).bounds[0] > 180.0
    assert hexes.dissolve(strip.hex_id[far]).bounds[0] < -178.0


def test_cells_on_both_sides_are_joined_though_none_crosses(strip):
    apart = np.flatnonzero(np.abs(strip.longitude) < 179.0)
    joined = hexes.dissolve(strip.hex_id[apart])
    assert joined.bounds[2] - joined.bounds[0] < 6.0
    assert joined.area == pytest.approx(shapely.area(strip.polygons[apart]).sum())
    assert len(joined.geoms) == 2


@pytest.mark.parametrize("ends", [(88, 90), (-90, -88), (85, 87)])
def test_cells_around_a_pole_are_joined_from_end_to_end(ends):
    grid = hexes.cover(box(-180, ends[0], 180, ends[1]), 5)
    joined = hexes.dissolve(grid.hex_id)
    assert joined.is_valid
    assert joined.area == pytest.approx(shapely.area(grid.polygons).sum(), rel=1e-9)
    assert joined.bounds[::2] == (-180.0, 180.0)
    again = hexes.cover(joined, 5, contain="center")
    np.testing.assert_array_equal(again.hex_id, grid.hex_id)
    assert joined.equals(grid.dissolve(np.arange(len(grid))))


def test_a_hole_stays_a_hole(strip):
    middle = int(strip.locate(-17.75, 180.0)[0])
    rest = np.delete(np.arange(len(strip)), middle)
    joined = strip.dissolve(rest)
    assert [len(part.interiors) for part in joined.geoms] == [1]
    assert covers_as(joined, strip.polygons[rest])


def test_what_cannot_be_joined_is_refused():
    grid = places.cover("Bristol, 7")
    ids = grid.hex_id
    with pytest.raises(DataError, match="1 of the 3 cells to join are given more than"):
        hexes.dissolve(ids[[0, 1, 0]])
    with pytest.raises(DataError, match="of one resolution, got 5 to 7"):
        hexes.dissolve(np.append(ids, hexes.parents(ids[:1], 5)))
    with pytest.raises(DataError, match="1 of 2 positions are not from 0 to"):
        grid.dissolve(np.array([0, -1]))
    assert hexes.dissolve(ids[:0]).is_empty
    assert grid.dissolve(np.array([], dtype=np.int64)).is_empty
