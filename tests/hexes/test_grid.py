"""HexGrid against h3 itself, cell by cell, and against laws."""

import h3
import h3.api.numpy_int as h3int
import numpy as np
import pytest
import shapely
from shapely.geometry import Point, box

from geoalloc import boundaries, hexes
from geoalloc.errors import DataError
from tests.hexes import places

SOMERSET = box(-3.2, 51.0, -2.4, 51.5)


@pytest.fixture(scope="module")
def force(repository):
    return boundaries.read(repository / "boundaries/avon-and-somerset.geojson").outline


@pytest.mark.parametrize("contain", ["overlap", "center"])
@pytest.mark.parametrize("resolution", [5, 6, 7, 8])
def test_a_force_is_covered_by_the_cells_that_h3_finds(force, resolution, contain):
    grid = hexes.cover(force, resolution, contain=contain)
    expected = places.expected_ids(force, resolution, contain)
    np.testing.assert_array_equal(grid.hex_id, expected)


@pytest.mark.parametrize("contain", ["overlap", "center"])
@pytest.mark.parametrize("name", places.spots())
def test_an_area_anywhere_is_covered_by_the_cells_that_h3_finds(name, contain):
    area = places.around(places.spots()[name], 7)
    hollow = area.difference(area.centroid.buffer(0.05))
    grid = hexes.cover(hollow, 7, contain=contain)
    np.testing.assert_array_equal(grid.hex_id, places.expected_ids(hollow, 7, contain))


def test_the_ways_to_write_the_antimeridian_give_one_cover():
    jumping = shapely.Polygon(
        [(177.0, -18.5), (-178.5, -18.5), (-178.5, -16.0), (177.0, -16.0)]
    )
    beyond = box(177.0, -18.5, 181.5, -16.0)
    split = hexes.cover(places.FIJI, 6)
    for area in (jumping, beyond):
        grid = hexes.cover(area, 6)
        np.testing.assert_array_equal(grid.hex_id, split.hex_id)
        np.testing.assert_allclose(grid.land_share, split.land_share, atol=1e-12)
        assert grid.crs == split.crs
    assert split.area.bounds == (177.0, -18.5, 181.5, -16.0)


@pytest.mark.parametrize("name", places.COVERS)
def test_neighbors_are_those_of_h3(name):
    grid = places.cover(name)
    for position in range(0, len(grid), 1 + len(grid) // 400):
        cell = int(grid.hex_id[position])
        ring = {c for c in h3int.grid_disk(cell, 1).tolist() if c != cell}
        ring &= set(grid.hex_id.tolist())
        around = grid.neighbors[position]
        around = around[around >= 0]
        assert around.size == len(ring)
        assert set(grid.hex_id[around].tolist()) == ring


@pytest.mark.parametrize("name", places.COVERS)
def test_a_neighbor_has_its_neighbor_as_neighbor(name):
    grid = places.cover(name)
    here, step = np.nonzero(grid.neighbors >= 0)
    there = grid.neighbors[here, step]
    assert (grid.neighbors[there] == here[:, None]).sum(axis=1).min() == 1


def test_a_pentagon_has_five_neighbors_and_then_none():
    grid = places.cover("pentagon, 8")
    five = [i for i, c in enumerate(grid.hex_id.tolist()) if h3int.is_pentagon(c)]
    assert len(five) == 1
    assert (grid.neighbors[five[0], :5] >= 0).all()
    assert grid.neighbors[five[0], 5] == -1


def test_opposite_neighbors_lead_back():
    grid = hexes.cover(SOMERSET, 7)
    for k in range(6):
        there = grid.neighbors[:, k]
        has = np.flatnonzero(there >= 0)
        np.testing.assert_array_equal(grid.neighbors[there[has], (k + 3) % 6], has)


def test_neighbors_by_a_face_center_are_found_at_the_finest_resolution():
    spot = places.spots()["face center"]
    grid = hexes.cover(places.around(spot, 12, 0.15), 12)
    for position in range(0, len(grid), 7):
        ring = h3int.grid_ring(int(grid.hex_id[position]), 1)
        around = grid.neighbors[position]
        found = set(grid.hex_id[around[around >= 0]].tolist())
        assert found == set(ring.tolist()) & set(grid.hex_id.tolist())


@pytest.mark.parametrize("name", places.COVERS)
def test_areas_are_those_of_h3(name):
    grid = places.cover(name)
    cells = grid.hex_id.tolist()
    expected = np.array([h3int.cell_area(c, "km^2") for c in cells])
    # Across the antimeridian and at a pole h3 takes differences of nearly 360 degrees.
    odd = (np.abs(grid.longitude) > 179.7) | (np.abs(grid.latitude) > 89.5)
    np.testing.assert_allclose(grid.area_km2[~odd], expected[~odd], rtol=1e-9)
    np.testing.assert_allclose(grid.area_km2[odd], expected[odd], rtol=2e-8)


@pytest.mark.parametrize("resolution", [5, 9, 12])
def test_areas_are_those_of_h3_at_every_resolution(resolution):
    grid = hexes.cover(places.around((51.4, -2.6), resolution), resolution)
    expected = [h3int.cell_area(c, "km^2") for c in grid.hex_id.tolist()]
    np.testing.assert_allclose(grid.area_km2, expected, rtol=1e-9)


@pytest.mark.parametrize("name", places.COVERS)
def test_outlines_are_those_of_h3(name):
    grid = places.cover(name)
    if name.endswith("pole"):
        return  # h3's outlines jump there: see below
    theirs = hexes.polygons(grid.hex_id)
    shift = 360.0 * np.round((grid.area.centroid.x - grid.longitude) / 360.0)
    for ours, other, by in zip(grid.polygons, theirs, shift, strict=True):
        middle = other.centroid.x
        by = 360.0 * round((ours.centroid.x - middle) / 360.0) if by == 0 else by
        moved = shapely.affinity.translate(other, xoff=by)
        assert ours.symmetric_difference(moved).area < 1e-9 * ours.area


def test_outlines_do_not_jump_at_the_antimeridian():
    grid = places.cover("Fiji")
    bounds = shapely.bounds(grid.polygons)
    assert (bounds[:, 2] - bounds[:, 0]).max() < 0.3
    assert bounds[:, 0].min() > 176.0
    assert bounds[:, 2].max() < 182.0
    assert (bounds[:, 0] < 180.0).any()
    assert (bounds[:, 2] > 180.0).any()
    alone = shapely.bounds(hexes.polygons(grid.hex_id))
    assert (alone[:, 2] - alone[:, 0]).max() < 0.3


def test_the_cell_of_a_pole_reaches_it_and_goes_around():
    grid = places.cover("north pole")
    at = int(grid.locate(np.array([90.0]), np.array([0.0]))[0])
    west, _, east, north = grid.polygons[at].bounds
    assert east - west == pytest.approx(360.0)
    assert north == 90.0
    assert grid.polygons[at].is_valid
    rest = np.delete(shapely.bounds(grid.polygons), at, axis=0)
    assert (rest[:, 2] - rest[:, 0]).max() < 200.0


def test_corners_are_those_of_h3():
    grid = hexes.cover(box(-2.7, 51.3, -2.5, 51.4), 9)
    for position in range(0, len(grid), 97):
        theirs = np.array(h3int.cell_to_boundary(grid.hex_id[position]))[:, ::-1]
        ours = grid.vertices[position]
        apart = np.abs(ours[:, None] - theirs[None]).max(axis=2).min(axis=1)
        assert apart.max() < 1e-9


def test_a_cover_at_the_border_of_a_face_has_no_six_corners():
    with pytest.raises(DataError, match="cells lie at the border of a face"):
        _ = places.cover("border, 8").vertices


def test_land_is_the_area_and_nothing_else():
    area = Point(-2.8, 51.2).buffer(0.1)
    grid = hexes.cover(area, 8)
    km = shapely.transform(area, _to_km).area
    assert grid.land_km2.sum() == pytest.approx(km, rel=3e-3)  # a plane, and a sphere
    whole = shapely.contains(area, grid.polygons)
    assert (grid.land_share[whole] == 1).all()
    assert (grid.land_share[~whole] < 1).all()


def _to_km(points):
    scale = 111.2
    x = (points[:, 0] + 2.8) * scale * np.cos(np.radians(points[:, 1]))
    return np.stack([x, points[:, 1] * scale], axis=1)


@pytest.mark.parametrize(
    ("area", "resolution", "south", "north", "width"),
    [
        (places.FIJI, 6, -18.5, -16.0, 4.5),
        (box(10.0, 76.5, 28.0, 80.8), 5, 76.5, 80.8, 18.0),
        (box(-180.0, 88.0, 180.0, 90.0), 5, 88.0, 90.0, 360.0),
        (box(-180.0, -90.0, 180.0, -87.0), 5, -90.0, -87.0, 360.0),
        (box(-2.7, 51.3, -2.4, 51.5), 8, 51.3, 51.5, 0.3),
    ],
)
def test_land_is_that_of_the_sphere(area, resolution, south, north, width):
    grid = hexes.cover(area, resolution)
    band = np.sin(np.radians(north)) - np.sin(np.radians(south))
    expected = np.radians(width) * band * 6371.007180918475**2
    assert grid.land_km2.sum() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("pole", [1, -1])
def test_no_cell_is_missed_near_a_pole(pole):
    middle = h3int.latlng_to_cell(90.0 * pole, 0.0, 6)
    cells = h3int.grid_disk(middle, 60).tolist()
    at = np.array([h3int.cell_to_latlng(c) for c in cells])
    rng = np.random.default_rng(0)
    for _ in range(40):
        west, wide = rng.uniform(-180, 180), 10.0 ** rng.uniform(0, 2.2)
        low, high = np.sort(rng.uniform(88.0, 90.0, 2))
        east = west + wide
        south, north = (low, high) if pole > 0 else (-high, -low)
        inside = (at[:, 0] > south) & (at[:, 0] < north)
        inside &= (at[:, 1] - west) % 360.0 < wide
        expected = np.sort(np.array(cells, dtype=np.uint64)[inside])
        if expected.size == 0:
            continue
        grid = hexes.cover(box(west, south, east, north), 6, contain="center")
        np.testing.assert_array_equal(grid.hex_id, expected)
        overlap = hexes.cover(box(west, south, east, north), 6)
        assert np.isin(grid.hex_id, overlap.hex_id).all()


def test_hexes_whose_center_is_inside_keep_the_share_that_is():
    overlap = hexes.cover(SOMERSET, 6)
    center = hexes.cover(SOMERSET, 6, contain="center")
    at = overlap.positions(center.hex_id)
    assert (at >= 0).all()
    np.testing.assert_array_equal(center.land_share, overlap.land_share[at])
    inside = shapely.contains_xy(SOMERSET, overlap.longitude, overlap.latitude)
    np.testing.assert_array_equal(np.flatnonzero(inside), at)


def test_centers_in_metres_are_around_the_middle_of_the_area():
    for name in ("Fiji", "north pole"):
        grid = places.cover(name)
        assert np.hypot(grid.x_m, grid.y_m).max() < 450_000
    fiji = places.cover("Fiji")
    assert np.ptp(fiji.x_m) < 550_000


def test_a_frame_has_a_row_for_each_hex():
    grid = hexes.cover(box(-2.7, 51.3, -2.6, 51.4), 7)
    frame = grid.frame(incidents=np.arange(len(grid)), source="sample")
    assert list(frame.columns) == [
        "hex_id",
        "area_km2",
        "land_share",
        "incidents",
        "source",
        "geometry",
    ]
    assert frame.crs == "EPSG:4326"
    assert frame["hex_id"].dtype == np.uint64
    assert (frame["source"] == "sample").all()
    with pytest.raises(DataError, match=r"column 'incidents' has shape \(3,\)"):
        grid.frame(incidents=[1, 2, 3])


@pytest.mark.parametrize("coarse", [3, 5, 7, 8])
def test_parents_are_those_of_h3(coarse):
    grid = hexes.cover(box(-2.7, 51.3, -2.5, 51.4), 8)
    expected = [h3int.cell_to_parent(c, coarse) for c in grid.hex_id]
    np.testing.assert_array_equal(hexes.parents(grid.hex_id, coarse), expected)


def test_children_are_those_of_h3():
    from geoalloc.hexes import cells

    for spot in ("pentagon", "Bristol"):
        grid = hexes.cover(places.around(places.spots()[spot], 6), 6)
        expected = [h3int.cell_to_children(int(c), 7) for c in grid.hex_id]
        np.testing.assert_array_equal(
            cells.children(grid.hex_id, 6), np.concatenate(expected)
        )


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


def test_parents_finer_than_the_cells_are_refused():
    ids = hexes.cover(box(-2.7, 51.3, -2.6, 51.4), 7).hex_id
    np.testing.assert_array_equal(hexes.parents(ids, 7), ids)
    for resolution in (8, -1, 5.0):
        with pytest.raises(DataError, match=f"cells, 7, got {resolution}"):
            hexes.parents(ids, resolution)


@pytest.mark.parametrize("text", ["zz", "12", "", "f" * 20, None])
def test_text_that_is_no_cell_is_refused(text):
    with pytest.raises(DataError, match=f"{text!r} is no H3 cell"):
        hexes.from_strings(["871958b03ffffff", text])


def test_numbers_that_are_no_cells_are_refused():
    for refuse in (hexes.polygons, hexes.dissolve):
        with pytest.raises(DataError, match="1 of 1 H3 indexes are no cells, first 5"):
            refuse(np.array([5], dtype=np.uint64))
        with pytest.raises(DataError, match=r"must be whole numbers .* from_strings"):
            refuse(["871958b03ffffff"])
