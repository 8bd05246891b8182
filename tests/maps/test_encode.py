import base64
import json
import re
import zlib

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoalloc import hexes
from geoalloc.errors import SchemaError
from geoalloc.hexes import faces
from geoalloc.maps import _encode, _mesh
from tests import naive_maps


@pytest.mark.parametrize(
    "values", [[], [0], [127, 128, 16_383, 16_384, 2**53 - 1, 0, 5]]
)
def test_varints_are_read_back(values):
    packed = _encode.varints(np.array(values, dtype=np.int64))
    assert naive_maps.varints(packed) == values


def test_300_is_written_as_its_low_five_bits_and_then_its_high_ones():
    assert _encode.varints(np.array([300])) == "sJ"  # 32 + 12, and 9: 12 + 32 * 9


def test_signed_differences_are_read_back():
    values = [5, -3, -3, 1_000_000, 0, -1]
    assert naive_maps.deltas(_encode.deltas(np.array(values))) == values


@pytest.mark.parametrize("values", [[], [0, 0, 0], [0, 7, 7, 0, 2, 2, 2]])
def test_runs_are_read_back(values):
    packed = _encode.runs(np.array(values, dtype=np.int64))
    assert naive_maps.runs(packed) == values


def test_a_measure_is_read_back_to_half_a_step_and_missing_stays_missing():
    values = np.array([0.0, 0.00412, np.nan, 1.37, 16.2])
    column = _encode.measure(values)
    assert column["step"] == 0.01
    read = np.array(naive_maps.measure(column))
    np.testing.assert_allclose(read, values, atol=0.0051, equal_nan=True)


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [np.nan]])
def test_a_measure_of_nothing_is_read_back(values):
    read = naive_maps.measure(_encode.measure(np.array(values)))
    np.testing.assert_array_equal(read, values)


def test_measures_near_each_other_are_read_back_as_those_apart():
    values = np.array([7.04, 7.1, np.nan, np.nan, 6.98, 0.0, 12.6])
    column = _encode.near(values, 1_000)
    assert naive_maps.near(column) == pytest.approx(
        naive_maps.measure(_encode.measure(values, 1_000)), nan_ok=True
    )


def test_minutes_of_neighbors_take_one_character_each():
    minutes = 30.0 + 10.0 * np.sin(np.arange(600) / 40.0)
    near = _encode.near(minutes, 1_000)["d"]
    assert len(near) < 0.55 * len(_encode.measure(minutes, 1_000)["d"])


def test_levels_are_read_back_within_six_per_cent():
    values = np.geomspace(0.004, 3.9, 400)
    read = naive_maps.levels(_encode.levels(values))
    np.testing.assert_allclose(read, values, rtol=0.06)
    assert read[0] == pytest.approx(values[0])
    assert read[-1] == pytest.approx(values[-1])


def test_levels_tell_missing_nothing_and_little_apart():
    values = np.array([np.nan, 0.0, 1e-9, 2.0, 5.0])
    column = _encode.levels(values)
    read = naive_maps.levels(column)
    np.testing.assert_allclose(read, [np.nan, 0.0, 0.0, 2.0, 5.0])
    assert len(column["d"]) == 5


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [np.nan], [4.0, 4.0]])
def test_levels_of_one_value_or_none_are_read_back(values):
    read = naive_maps.levels(_encode.levels(np.array(values)))
    np.testing.assert_array_equal(read, values)


def test_shares_are_read_back_to_the_nearest_63rd():
    values = np.array([0.0, 0.25, 1.0, 1.2])
    read = naive_maps.shares(_encode.shares(values))
    np.testing.assert_allclose(read, [0.0, 16 / 63, 1.0, 1.0])


def test_profiles_are_shares_of_the_most_of_any_hour():
    hours = np.array([[1.0, 0.0, 0.5], [4.0, 0.0, 0.5]])
    read = [naive_maps.shares(row) for row in _encode.profiles(hours)]
    np.testing.assert_allclose(read, [[16 / 63, 0, 1], [1, 0, 1]])


def test_names_are_read_back():
    values = ["b", "b", "", "a", "b"]
    assert naive_maps.names(_encode.names(values)) == values


def test_packed_data_hold_nothing_that_ends_a_script_or_an_attribute():
    text = "</script><!--&'\u2028\u2029`${x}"
    written = _encode.packed({text: [text]})
    assert re.fullmatch(r"[A-Za-z0-9+/]+=*", written)
    assert json.loads(zlib.decompress(base64.b64decode(written))) == {text: [text]}


def test_json_refuses_nan():
    with pytest.raises(SchemaError, match="cannot hold a number"):
        _encode.packed({"gap": float("nan")})


@pytest.mark.parametrize("written", ["lattice", "outlines"])
@pytest.mark.parametrize("resolution", [8, 10])
def test_the_mesh_is_h3s_outlines_to_a_hundredth_of_a_hex(resolution, written):
    south = 51.45 - 0.3 / 7 ** ((resolution - 7) / 2)
    area = shapely.box(-2.6, south, -2.6 + 1.6 * (51.45 - south), 51.45)
    grid = hexes.cover(area, resolution)
    stream = _mesh.lattice(grid.hex_id)
    if written == "outlines":
        stream = _mesh.mesh(hexes.polygons(grid.hex_id))
    rings = naive_maps.mesh(stream)
    assert len(rings) == len(grid)
    width = np.ptp(shapely.get_coordinates(grid.polygons[0])[:, 1])
    for ring, polygon in zip(rings, grid.polygons, strict=True):
        drawn = shapely.Polygon([(lng, lat) for lat, lng in ring])
        assert drawn.hausdorff_distance(polygon) < 0.01 * width
    corners = {(round(a, 7), round(b, 7)) for ring in rings for a, b in ring}
    assert len(corners) < 3 * len(grid)  # shared, not repeated


def test_a_lattice_takes_two_characters_a_hex_before_it_is_deflated():
    grid = hexes.cover(shapely.box(-2.8, 51.2, -2.4, 51.6), 8)
    assert len(_mesh.lattice(grid.hex_id)["d"]) < 2.2 * len(grid)


EDGE = shapely.box(-45.1, 49.9, -44.1, 50.4)  # of two faces of the icosahedron
CORNER = shapely.box(10.0, 64.4, 11.0, 65.0)  # of five: there is a pentagon


@pytest.mark.parametrize("area", [EDGE, CORNER, EDGE | CORNER])
def test_cells_that_are_no_lattice_are_written_as_outlines(area):
    grid = hexes.cover(area, 5)
    stream = _mesh.lattice(grid.hex_id)
    assert "vectors" not in stream
    assert stream["n"] == len(grid)


def test_cells_that_reach_over_the_edge_of_their_face_are_no_lattice():
    grid = hexes.cover(EDGE, 6)
    away = faces.unit_vectors(grid.latitude, grid.longitude) @ faces.centers().T
    face = away[0].argmax()
    mine = away.argmax(axis=1) == face  # with their centers on it
    assert "vectors" not in _mesh.lattice(grid.hex_id[mine])
    inner = away[:, face] > np.quantile(away[mine, face], 0.8)
    assert "vectors" in _mesh.lattice(grid.hex_id[inner])


def test_a_lattice_over_the_antimeridian_has_no_jump():
    grid = hexes.cover(shapely.box(179.4, -16.9, 180.6, -16.1), 6)
    stream = _mesh.lattice(grid.hex_id)
    longitudes = [lng for ring in naive_maps.mesh(stream) for _, lng in ring]
    assert max(longitudes) - min(longitudes) < 3


def test_no_cells_are_a_mesh_of_none():
    assert naive_maps.mesh(_mesh.lattice(np.array([], dtype=np.uint64))) == []


def test_a_mesh_of_cells_with_seven_corners_is_read_back():
    grid = hexes.cover(EDGE, 5)  # where some cells have extra corners
    rings = naive_maps.mesh(_mesh.mesh(hexes.polygons(grid.hex_id)))
    counts = shapely.get_num_coordinates(hexes.polygons(grid.hex_id)) - 1
    assert counts.max() > 6
    assert [len(ring) for ring in rings] == counts.tolist()


def test_lines_hold_every_ring_of_every_area():
    ring = shapely.box(-2.7, 51.4, -2.5, 51.6).exterior.coords
    hole = shapely.box(-2.65, 51.45, -2.6, 51.5).exterior.coords
    areas = gpd.GeoSeries(
        [
            shapely.MultiPolygon([shapely.Polygon(ring, [hole])]),
            shapely.LineString([(-2.61234, 51.40001), (-2.7, 51.5)]),
        ],
        crs="EPSG:4326",
    )
    parts = naive_maps.lines(_mesh.lines(areas))
    assert sorted(len(part) for part in parts) == [2, 5, 5]
    assert parts[-1][0] == pytest.approx((51.40001, -2.61234))


def test_grid_references_are_read_back():
    texts = ["ST 588 729", "ST 001 999", "SS 999 000"]
    assert naive_maps.grid_references(_mesh.grid_references(texts)) == texts


@pytest.mark.parametrize(
    "odd", ["51.45, -2.59", "ST 588 729\nST 588 729", "", "ST 58\u0668 729"]
)
def test_texts_that_are_no_grid_references_are_read_back(odd):
    texts = ["ST 588 729", odd]
    assert naive_maps.names(_mesh.grid_references(texts)) == texts
