"""HexGrid against h3 itself, cell by cell."""

import h3
import h3.api.numpy_int as h3int
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geoalloc import hexes
from geoalloc.errors import DataError

SOMERSET = box(-3.2, 51.0, -2.4, 51.5)


@pytest.mark.kernel
@pytest.mark.parametrize("resolution", [5, 6, 7, 8, 9, 10])
def test_points_are_binned_as_h3_bins_them(resolution):
    area = SOMERSET if resolution < 9 else box(-2.65, 51.42, -2.55, 51.48)
    grid = hexes.cover(area, resolution)
    rng = np.random.default_rng(resolution)
    west, south, east, north = area.bounds
    lat = rng.uniform(south - 0.01, north + 0.01, 5_000)
    lng = rng.uniform(west - 0.01, east + 0.01, 5_000)
    expected = [
        h3.latlng_to_cell(y, x, resolution) for y, x in zip(lat, lng, strict=True)
    ]
    expected = grid.positions(hexes.from_strings(expected))
    assert grid.lattice is not None
    np.testing.assert_array_equal(grid.locate(lat, lng), expected)
    assert (expected >= 0).mean() > 0.5


@pytest.mark.kernel
@pytest.mark.parametrize("resolution", [6, 8, 9])
def test_points_on_edges_and_corners_are_binned_as_h3_bins_them(resolution):
    area = box(-2.65, 51.42, -2.55, 51.48)
    grid = hexes.cover(area, resolution)
    lng, lat = grid.vertices[:, :, 0], grid.vertices[:, :, 1]
    middle = (lat + np.roll(lat, 1, axis=1)) / 2, (lng + np.roll(lng, 1, axis=1)) / 2
    for y, x in ((lat.ravel(), lng.ravel()), (middle[0].ravel(), middle[1].ravel())):
        for nudge in (0.0, 1e-9, -1e-12):
            ids = [
                h3int.latlng_to_cell(a, b, resolution)
                for a, b in zip(y + nudge, x, strict=True)
            ]
            expected = grid.positions(np.array(ids, dtype=np.uint64))
            np.testing.assert_array_equal(grid.locate(y + nudge, x), expected)


@pytest.mark.kernel
def test_a_point_that_is_nowhere_is_in_no_hex():
    grid = hexes.cover(SOMERSET, 7)
    lat = np.array([np.nan, np.inf, -51.2, 51.2, 51.2, 91.0, 51.2])
    lng = np.array([-2.8, -2.8, 177.0, np.nan, 170.0, -2.8, 1e300])
    np.testing.assert_array_equal(grid.locate(lat, lng), [-1] * 7)


def test_every_point_of_the_area_has_a_hex():
    area = Point(-2.8, 51.2).buffer(0.13)
    grid = hexes.cover(area, 8)
    west, south, east, north = area.bounds
    rng = np.random.default_rng(0)
    lng, lat = rng.uniform(west, east, 4_000), rng.uniform(south, north, 4_000)
    inside = shapely.contains_xy(area, lng, lat)
    assert (grid.locate(lat, lng)[inside] >= 0).all()


@pytest.mark.parametrize("resolution", [7, 8])
def test_neighbors_are_those_of_h3(resolution):
    grid = hexes.cover(box(-2.7, 51.3, -2.4, 51.5), resolution)
    for position, cell in enumerate(grid.hex_id):
        ring = {int(c) for c in h3int.grid_ring(cell, 1)} & set(grid.hex_id.tolist())
        around = grid.neighbors[position]
        assert set(grid.hex_id[around[around >= 0]].tolist()) == ring


def test_opposite_neighbors_lead_back():
    grid = hexes.cover(SOMERSET, 7)
    for k in range(6):
        there = grid.neighbors[:, k]
        has = np.flatnonzero(there >= 0)
        np.testing.assert_array_equal(grid.neighbors[there[has], (k + 3) % 6], has)


def test_corners_are_those_of_h3():
    grid = hexes.cover(box(-2.7, 51.3, -2.5, 51.4), 9)
    for position in range(0, len(grid), 97):
        theirs = shapely.Polygon(
            [(x, y) for y, x in h3int.cell_to_boundary(grid.hex_id[position])]
        )
        ours = grid.polygons[position]
        assert ours.symmetric_difference(theirs).area < 1e-9 * theirs.area


def test_land_is_the_area_and_nothing_else():
    area = Point(-2.8, 51.2).buffer(0.1)
    grid = hexes.cover(area, 8)
    land = (grid.area_km2 * grid.land_share).sum()
    km = shapely.transform(area, _to_km).area
    assert land == pytest.approx(km, rel=3e-3)  # a plane against a sphere
    whole = shapely.contains(area, grid.polygons)
    assert (grid.land_share[whole] == 1).all()
    assert (grid.land_share[~whole] < 1).all()


def _to_km(points):
    scale = 111.2
    x = (points[:, 0] + 2.8) * scale * np.cos(np.radians(points[:, 1]))
    return np.stack([x, points[:, 1] * scale], axis=1)


@pytest.mark.parametrize("coarse", [3, 5, 7, 8])
def test_parents_are_those_of_h3(coarse):
    grid = hexes.cover(box(-2.7, 51.3, -2.5, 51.4), 8)
    expected = [h3int.cell_to_parent(c, coarse) for c in grid.hex_id]
    np.testing.assert_array_equal(hexes.parents(grid.hex_id, coarse), expected)


def test_cells_come_back_from_text():
    grid = hexes.cover(box(-2.7, 51.3, -2.6, 51.4), 8)
    text = hexes.to_strings(grid.hex_id)
    assert text == [h3.int_to_str(int(c)) for c in grid.hex_id]
    np.testing.assert_array_equal(hexes.from_strings(text), grid.hex_id)


def test_dissolved_cells_cover_what_the_cells_cover():
    grid = hexes.cover(box(-2.7, 51.3, -2.6, 51.4), 8)
    some = grid.hex_id[::2]
    joined = hexes.dissolve(some)
    assert joined.area == pytest.approx(shapely.area(hexes.polygons(some)).sum())


# Where faces of the icosahedron meet: found as the cells of resolution 2 that h3 says
# lie on two of them, and its pentagons.
def _crossing() -> list[tuple[float, float]]:
    cells = [
        c for base in h3int.get_res0_cells() for c in h3int.cell_to_children(base, 2)
    ]
    edges = [c for c in cells if len(h3int.get_icosahedron_faces(c)) == 2][:60:12]
    return [h3int.cell_to_latlng(c) for c in (*edges, h3int.get_pentagons(2)[3])]


@pytest.mark.kernel
@pytest.mark.parametrize("center", _crossing())
def test_an_area_across_faces_falls_back_to_h3(center):
    lat, lng = center
    lng = min(max(lng, -178.0), 178.0)
    area = box(lng - 1.0, lat - 1.0, lng + 1.0, lat + 1.0)
    grid = hexes.cover(area, 5)
    rng = np.random.default_rng(0)
    y, x = rng.uniform(lat - 1, lat + 1, 2_000), rng.uniform(lng - 1, lng + 1, 2_000)
    ids = [h3int.latlng_to_cell(a, b, 5) for a, b in zip(y, x, strict=True)]
    expected = grid.positions(np.array(ids, dtype=np.uint64))
    np.testing.assert_array_equal(grid.locate(y, x), expected)
    for position in range(0, len(grid), 31):
        around = grid.neighbors[position]
        ring = set(h3int.grid_disk(grid.hex_id[position], 1).tolist())
        assert set(grid.hex_id[around[around >= 0]].tolist()) <= ring


@settings(max_examples=30, deadline=None)
@given(
    lat=st.floats(-60, 60),
    lng=st.floats(-170, 170),
    resolution=st.integers(5, 9),
)
def test_anywhere_the_hex_of_a_center_is_itself(lat, lng, resolution):
    size = 3.0 / 7 ** ((resolution - 5) / 2)
    grid = hexes.cover(
        box(lng - size / 9, lat - size / 9, lng + size / 9, lat + size / 9), resolution
    )
    found = grid.locate(grid.latitude, grid.longitude)
    np.testing.assert_array_equal(found, np.arange(len(grid)))


@pytest.mark.parametrize(
    ("lng", "lat", "british"),
    [
        (-2.6, 51.4, True),
        (1.3, 51.13, True),  # Dover
        (-5.7, 50.1, True),  # Land's End
        (-6.26, 53.35, False),  # Dublin
        (1.85, 50.95, False),  # Calais
        (-90.2, 38.6, False),  # St Louis
    ],
)
def test_great_britain_is_measured_on_its_own_grid(lng, lat, british):
    crs = hexes.metric_crs(Point(lng, lat).buffer(0.01))
    assert (crs == "EPSG:27700") is british


@pytest.mark.parametrize("resolution", [4, 13, -1])
def test_a_resolution_out_of_range_is_refused(resolution):
    with pytest.raises(DataError, match=f"from 5 to 12, got {resolution}"):
        hexes.cover(SOMERSET, resolution)


def test_an_empty_area_is_refused():
    with pytest.raises(DataError, match="must be a polygon"):
        hexes.cover(shapely.Polygon(), 8)
