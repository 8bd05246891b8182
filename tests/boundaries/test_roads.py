"""Main roads: which lines of a file are drawn, and how much of them."""

import gzip

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, MultiLineString, Point, box

from geoalloc import boundaries
from geoalloc.errors import CrsError, DataError

AREA = box(-2.70, 51.40, -2.60, 51.50)
CRS = "EPSG:4326"
KM_EAST = 111.2 * np.cos(np.radians(51.45))  # to a degree

# West to east through the area, a degree longer than it on both sides.
LONG = LineString([(-3.7, 51.45), (-2.65, 51.45), (-1.6, 51.45)])
SHORT = LineString([(-2.68, 51.42), (-2.66, 51.42)])
NEXT = LineString([(-2.66, 51.42), (-2.64, 51.43)])
AWAY = LineString([(-2.68, 52.42), (-2.66, 52.42)])


def openstreetmap():
    rows = [
        ("motorway", "M5", "", LONG),
        ("primary", "A4", "Bath Road", SHORT),
        ("primary", "A4", "Bristol Road", NEXT),
        ("trunk_link", "", "", SHORT),
        ("residential", "", "Elm Close", SHORT),
        ("trunk", "A1", "", AWAY),
    ]
    columns = ["highway", "ref", "name", "geometry"]
    return gpd.GeoDataFrame(
        [dict(zip(columns, row, strict=True)) for row in rows], crs=CRS
    )


def written(frame, folder, name="roads.geojson", **more):
    frame.to_file(folder / name, **more)
    return folder / name


def test_main_roads_are_kept_with_their_links_and_others_are_not(tmp_path):
    roads = boundaries.read_roads(written(openstreetmap(), tmp_path), within=AREA)
    assert list(roads.columns) == ["name", "ref", "road_class", "geometry"]
    assert list(roads["road_class"]) == ["motorway", "trunk", "primary"]
    assert list(roads["ref"]) == ["M5", "", "A4"]
    assert roads.crs == CRS


def test_a_road_goes_on_for_five_kilometres_outside_of_the_area(tmp_path):
    roads = boundaries.read_roads(written(openstreetmap(), tmp_path), within=AREA)
    west, south, east, north = roads.geometry.iloc[0].bounds
    assert (south, north) == pytest.approx((51.45, 51.45))
    # The edge of the surroundings is within a few hundred metres of that.
    assert (-2.70 - west) * KM_EAST == pytest.approx(5.0, abs=0.3)
    assert (east + 2.60) * KM_EAST == pytest.approx(5.0, abs=0.3)


def test_the_pieces_of_a_road_are_one_line_and_several_names_are_none(tmp_path):
    roads = boundaries.read_roads(written(openstreetmap(), tmp_path), within=AREA)
    bath_road = roads[roads["ref"] == "A4"].iloc[0]
    assert bath_road["name"] == ""
    assert bath_road.geometry.geom_type == "LineString"
    length = SHORT.length + NEXT.length
    assert bath_road.geometry.length == pytest.approx(length, rel=1e-6)


def test_bends_of_under_ten_metres_are_taken_out_and_larger_ones_kept(tmp_path):
    longitude = np.linspace(-2.69, -2.61, 201)
    for bend_m, kept in ((3.0, 2), (40.0, 201)):
        latitude = 51.45 + bend_m / 111_200 * (np.arange(201) % 2)
        latitude[-1] = 51.45
        line = LineString(np.column_stack([longitude, latitude]))
        frame = gpd.GeoDataFrame({"ref": ["A1"]}, geometry=[line], crs=CRS)
        path = written(frame, tmp_path, f"{bend_m}.geojson")
        roads = boundaries.read_roads(path, within=AREA)
        assert len(roads.geometry.iloc[0].coords) == kept
        apart = shapely.hausdorff_distance(roads.geometry.iloc[0], line)
        assert apart * 111_200 <= 10.0


def test_a_file_without_classes_is_all_main_roads(tmp_path):
    frame = openstreetmap().drop(columns="highway")
    roads = boundaries.read_roads(written(frame, tmp_path), within=AREA)
    assert set(roads["name"]) == {"", "Elm Close"}
    assert set(roads["road_class"]) == {""}


def test_a_class_without_a_number_beside_it_is_another_column(tmp_path):
    frame = openstreetmap().rename(columns={"highway": "class"})
    roads = boundaries.read_roads(written(frame, tmp_path), within=AREA)
    assert "Elm Close" in set(roads["name"])


@pytest.mark.parametrize(
    ("suffix", "columns"),
    [
        (".gpkg", ["road_classification", "road_classification_number", "name_1"]),
        (".shp", ["class", "roadNumber", "name1"]),
    ],
)
def test_os_open_roads_are_read_in_their_own_words_and_crs(tmp_path, suffix, columns):
    rows = [("Motorway", "M5", ""), ("A Road", "A4", "Bath Road"), ("B Road", "", "")]
    frame = gpd.GeoDataFrame(
        [dict(zip(columns, row, strict=True)) for row in rows],
        geometry=[LONG, MultiLineString([SHORT, NEXT]), NEXT],
        crs=CRS,
    ).to_crs(27700)
    path = tmp_path / f"roads{suffix}"
    frame.to_file(path)
    if suffix == ".gpkg":  # it holds the nodes in a layer of their own
        nodes = gpd.GeoDataFrame(geometry=[Point(0, 0)], crs=27700)
        nodes.to_file(path, layer="road_node", mode="a")
    roads = boundaries.read_roads(path, within=AREA)
    assert list(roads["road_class"]) == ["motorway", "primary"]
    assert list(roads["ref"]) == ["M5", "A4"]
    assert list(roads["name"]) == ["", "Bath Road"]
    assert roads.geometry.iloc[1].distance(Point(-2.66, 51.42)) < 1e-5


EXTRACT = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
  <node id="1" lat="51.42" lon="-2.68"/>
  <node id="2" lat="51.42" lon="-2.66"/>
  <node id="3" lat="51.43" lon="-2.64"/>
  <way id="10"><nd ref="1"/><nd ref="2"/>
    <tag k="highway" v="trunk"/><tag k="ref" v="A46"/><tag k="lanes" v="2"/></way>
  <way id="11"><nd ref="2"/><nd ref="3"/>
    <tag k="highway" v="service"/><tag k="name" v="Yard"/></way>
</osm>
"""


def test_an_openstreetmap_extract_is_read_with_its_numbers(tmp_path):
    path = tmp_path / "town.osm"
    path.write_text(EXTRACT, encoding="utf-8")
    roads = boundaries.read_roads(path, within=AREA)
    assert roads[["ref", "road_class"]].to_numpy().tolist() == [["A46", "trunk"]]


def test_the_order_of_the_rows_changes_nothing(tmp_path):
    apart = LineString([(-2.62, 51.48), (-2.61, 51.48)])
    frame = openstreetmap()
    more = frame[1:2].set_geometry([apart], crs=CRS)
    frame = pd.concat([frame, more], ignore_index=True)
    one = boundaries.read_roads(written(frame, tmp_path, "1.geojson"), within=AREA)
    two = boundaries.read_roads(
        written(frame.iloc[::-1], tmp_path, "2.geojson"), within=AREA
    )
    assert one.drop(columns="geometry").equals(two.drop(columns="geometry"))
    assert one.geometry.to_wkt().tolist() == two.geometry.to_wkt().tolist()


def test_a_gzipped_file_is_the_same(tmp_path):
    path = written(openstreetmap(), tmp_path)
    packed = tmp_path / "packed.geojson.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    plain = boundaries.read_roads(path, within=AREA)
    assert boundaries.read_roads(packed, within=AREA).equals(plain)
    packed.write_bytes(packed.read_bytes()[:40])
    with pytest.raises(DataError, match=r"packed\.geojson\.gz cannot be read"):
        boundaries.read_roads(packed, within=AREA)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.gpkg does not exist; name a Geo"):
        boundaries.read_roads(tmp_path / "nowhere.gpkg", within=AREA)


def test_a_broken_file_is_refused(tmp_path):
    path = tmp_path / "roads.geojson"
    path.write_text('{"type": "FeatureCollection", "fea')
    with pytest.raises(DataError, match="cannot be read as GeoJSON"):
        boundaries.read_roads(path, within=AREA)


def test_roads_without_a_crs_are_refused(tmp_path):
    path = written(openstreetmap(), tmp_path, "roads.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(CrsError, match="names no coordinate reference system"):
        boundaries.read_roads(path, within=AREA)


def test_two_layers_of_lines_are_refused(tmp_path):
    path = tmp_path / "roads.gpkg"
    openstreetmap().to_file(path, layer="now")
    openstreetmap().to_file(path, layer="then", mode="a")
    with pytest.raises(DataError, match=r"2 layers of lines \['now', 'then'\]; save"):
        boundaries.read_roads(path, within=AREA)


def test_points_are_no_roads(tmp_path):
    frame = openstreetmap()[:1].set_geometry([Point(-2.65, 51.45)])
    with pytest.raises(DataError, match="has no line; give the roads as lines"):
        boundaries.read_roads(written(frame, tmp_path), within=AREA)


@pytest.mark.parametrize(
    "frame",
    [
        openstreetmap()[-1:],  # elsewhere
        openstreetmap()[4:5],  # no main road
    ],
)
def test_no_main_road_near_the_area_is_refused(tmp_path, frame):
    path = written(frame, tmp_path)
    with pytest.raises(DataError, match=r"no line .*within 5 km of the area, among 1"):
        boundaries.read_roads(path, within=AREA)
