"""Road files: what is read of them, and how bad ones are refused."""

import gzip
import json

import numpy as np
import pytest

from geoalloc.errors import CrsError, DataError
from geoalloc.travel import RoadSpeeds, lines, read_roads
from tests.travel import roads

STREET = [[-2.7, 51.4], [-2.69, 51.4], [-2.68, 51.41]]
TAGS = {"highway": "residential", "maxspeed": "20 mph", "oneway": "yes", "name": "A"}


def test_lines_and_their_tags_are_read(tmp_path):
    found = lines.read(roads.geojson(tmp_path / "a.geojson", [(STREET, TAGS)]))
    assert found.source == "a.geojson"
    assert np.stack([found.longitude, found.latitude], axis=1).tolist() == STREET
    assert found.start.tolist() == [0, 3]
    row = found.tags.iloc[0]
    assert row[["highway", "maxspeed", "oneway"]].tolist() == [
        "residential",
        "20 mph",
        "yes",
    ]
    assert row[["junction", "access", "motor_vehicle"]].isna().all()


def test_a_gzipped_file_reads_as_the_plain_one(tmp_path):
    streets = roads.town_roads()
    plain = lines.read(roads.geojson(tmp_path / "a.geojson", streets))
    packed = lines.read(roads.geojson(tmp_path / "a.geojson.gz", streets))
    np.testing.assert_array_equal(plain.node, packed.node)
    assert plain.tags.equals(packed.tags)


def test_points_that_agree_to_five_decimals_are_one_node(tmp_path):
    near = [[-2.680004, 51.410003], [-2.66, 51.41]]
    far = [[-2.68002, 51.41], [-2.65, 51.41]]
    streets = [(STREET, TAGS), (near, TAGS), (far, TAGS)]
    found = lines.read(roads.geojson(tmp_path / "a.geojson", streets))
    assert found.node[3] == found.node[2]
    assert found.node[5] != found.node[2]
    assert np.unique(found.node).size == 6


def test_ends_either_side_of_a_rounding_are_one_node(tmp_path):
    """Rounded to 5 decimals they would differ, though 7 centimetres apart."""
    one = [[-2.7, 51.4], [-2.6800049, 51.41]]
    other = [[-2.6800059, 51.41], [-2.66, 51.41]]
    found = lines.read(
        roads.geojson(tmp_path / "a.geojson", [(one, TAGS), (other, TAGS)])
    )
    assert found.node[1] == found.node[2]


def test_points_within_lines_do_not_join_by_nearness(tmp_path):
    over = [[-2.7, 51.4], [-2.69, 51.405], [-2.68, 51.41]]
    under = [[-2.7, 51.41], [-2.690001, 51.405], [-2.68, 51.4]]
    found = lines.read(
        roads.geojson(tmp_path / "a.geojson", [(over, TAGS), (under, TAGS)])
    )
    assert np.unique(found.node).size == 6


def test_an_extract_reads_as_the_same_roads(tmp_path):
    pytest.importorskip("osmium")
    streets = roads.town_roads()
    plain = lines.read(roads.geojson(tmp_path / "a.geojson", streets))
    extract = lines.read(roads.pbf(tmp_path / "a.osm.pbf", streets))
    np.testing.assert_allclose(extract.longitude, plain.longitude, atol=1e-7)
    np.testing.assert_array_equal(extract.start, plain.start)
    assert extract.tags.equals(plain.tags)
    assert np.unique(extract.node).size == np.unique(plain.node).size
    assert extract.meets_inside


def test_only_ways_with_a_highway_are_read_of_an_extract(tmp_path):
    pytest.importorskip("osmium")
    streets = [(STREET, {"waterway": "river"}), (STREET[:2], TAGS)]
    found = lines.read(roads.pbf(tmp_path / "a.osm.pbf", streets))
    assert found.start.tolist() == [0, 2]


def test_parts_of_a_multiline_are_lines_and_other_shapes_are_none(tmp_path):
    shapes = [
        {"type": "MultiLineString", "coordinates": [STREET[:2], STREET[1:]]},
        {"type": "Point", "coordinates": STREET[0]},
        None,
    ]
    features = [
        {"type": "Feature", "properties": TAGS, "geometry": shape} for shape in shapes
    ]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    found = lines.read(path)
    assert found.start.tolist() == [0, 2, 4]
    assert found.tags["highway"].tolist() == ["residential"] * 2


def nothing(path):
    return path


def prose(path):
    path.write_text("roads, later")
    return path


def cut_gzip(path):
    path = path.with_suffix(".gz")
    path.write_bytes(gzip.compress(b"x" * 10_000)[:40])
    return path


def points_only(path):
    feature = {
        "type": "Feature",
        "properties": TAGS,
        "geometry": {"type": "Point", "coordinates": STREET[0]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def no_coordinates(path):
    return roads.geojson(path, [([], TAGS)])


def no_features(path):
    return roads.geojson(path, [])


def no_class(path):
    return roads.geojson(path, [(STREET, {"name": "High Street"})])


def not_a_pbf(path):
    path = path.with_suffix(".pbf")
    path.write_text("<osm/>")
    return path


def cut_pbf(path):
    path = roads.pbf(path.with_suffix(".osm.pbf"), roads.town_roads())
    path.write_bytes(path.read_bytes()[:-200])
    return path


def empty_pbf(path):
    return roads.pbf(path.with_suffix(".osm.pbf"), [])


def rails(path):
    return roads.pbf(path.with_suffix(".osm.pbf"), [(STREET, {"railway": "rail"})])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (nothing, "does not exist; name an .osm.pbf extract or GeoJSON lines"),
        (prose, "cannot be read as GeoJSON; check that it is complete"),
        (cut_gzip, "cannot be read as GeoJSON; check that it is complete"),
        (points_only, "has 1 shapes and no line with coordinates"),
        (no_coordinates, "no line with coordinates"),
        (no_features, "has no lines with a column 'highway'"),
        (no_class, "has no lines with a column 'highway'"),
        (not_a_pbf, "cannot be read as an OpenStreetMap extract"),
        (cut_pbf, "cannot be read as an OpenStreetMap extract"),
        (empty_pbf, "has no way with a 'highway' and coordinates"),
        (rails, "has no way with a 'highway' and coordinates"),
    ],
)
def test_a_file_without_roads_is_refused_in_one_sentence(tmp_path, make, message):
    if "pbf" in make.__name__ or make is rails:
        pytest.importorskip("osmium")
    path = make(tmp_path / "roads.geojson")
    with pytest.raises(DataError, match=message) as refused:
        lines.read(path)
    assert "\n" not in str(refused.value)
    assert path.name in str(refused.value)


def test_another_crs_is_refused(tmp_path):
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    metres = [[360000, 170000], [361000, 171000]]
    path = roads.geojson(tmp_path / "a.geojson", [(metres, TAGS)], crs=named)
    with pytest.raises(CrsError, match="is in EPSG:27700; write it in EPSG:4326"):
        lines.read(path)


def test_metres_that_pass_for_degrees_are_refused(tmp_path):
    metres = [[360000, 170000], [361000, 171000]]
    path = roads.geojson(tmp_path / "a.geojson", [(metres, TAGS)])
    with pytest.raises(CrsError, match=r"from \(360000, 170000\) .* are no degrees"):
        lines.read(path)


def test_without_pyosmium_an_extract_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "osmium", None)
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"install geoalloc\[roads\]"):
        lines.read(path)


@pytest.mark.data
def test_the_roads_of_bristol_hang_together(real_data):
    path = real_data / "avon-and-somerset/roads/bristol_osm_roads_split_2017.geojson.gz"
    found = read_roads(path, RoadSpeeds())
    assert found.n_nodes > 25_000
    assert 0.95 < found.stops.mean() < 1
    assert found.length_km.sum() / 2 > 1_500
