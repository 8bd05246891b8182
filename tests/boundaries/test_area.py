import hashlib
import json
from math import hypot

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from geoalloc import boundaries
from geoalloc.errors import CrsError, DataError

OFFICIAL_DISTRICT = {
    "Bristol": "Bristol, City of",
    "South Gloucestershire": "South Gloucestershire",
    "Bath and North East Somerset": "Bath and North East Somerset",
    "North Somerset": "North Somerset",
    "Somerset East": "Mendip",
    "Somerset North": "Sedgemoor",
    "Somerset West": "Somerset West and Taunton",
    "Somerset South": "South Somerset",
}


@pytest.fixture(scope="module")
def avon_and_somerset(repository):
    return boundaries.read(repository / "boundaries" / "avon-and-somerset.geojson")


@pytest.fixture
def rows():
    """Two districts side by side, by the columns that a file can have."""
    west, east = box(0, 50, 1, 51), box(1, 50, 2, 51)
    return gpd.GeoDataFrame(
        [
            {"kind": "force", "name": "County", "geometry": box(0, 50, 2, 51)},
            {"kind": "district", "name": "West", "geometry": west},
            {"kind": "district", "name": "East", "geometry": east},
            {"kind": "beat", "name": "W1", "district": "West", "geometry": west},
            {"kind": "beat", "name": "E1", "district": "East", "geometry": east},
            {"kind": "station", "name": "Ash", "geometry": Point(0.5, 50.5)},
            {
                "kind": "station",
                "name": "Oak",
                "code": "OK",
                "beat": "W1",
                "geometry": Point(1.5, 50.5),
            },
            {
                "kind": "place",
                "name": "Ash Green",
                "town": "Ash",
                "population": 1200,
                "spread_km": 0.5,
                "facility": "hospital",
                "geometry": Point(0.5, 50.4),
            },
            {"kind": "place", "name": "Elm", "geometry": Point(1.5, 50.4)},
            {
                "kind": "river",
                "name": "Brook",
                "geometry": LineString([(1, 50), (1, 51)]),
            },
            {"kind": "bridge", "name": "Ford", "geometry": Point(1, 50.5)},
            {
                "kind": "coast",
                "name": "Sea",
                "geometry": LineString([(0, 50), (2, 50)]),
            },
        ],
        crs=4326,
    )


@pytest.fixture
def write(tmp_path):
    def write(frame, name="county.geojson"):
        frame.to_file(tmp_path / name)
        return tmp_path / name

    return write


def test_each_kind_of_row_comes_back_in_its_frame(rows, write):
    path = write(rows)
    read = boundaries.read(path)
    assert read.source == "county.geojson"
    assert read.name == "County"
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read.outline.equals(box(0, 50, 2, 51))
    assert list(read.districts["name"]) == ["West", "East"]
    assert list(read.beats["district"]) == ["West", "East"]
    assert list(read.rivers.columns) == ["name", "geometry"]
    assert list(read.bridges["name"]) == ["Ford"]
    assert list(read.rivers["name"]) == ["Brook"]
    assert list(read.coast["name"]) == ["Sea"]
    assert read.n_repaired == 0
    assert not read.schematic
    assert read.attribution == ""


def test_a_station_keeps_its_beat_or_gets_the_one_it_stands_in(rows, write):
    stations = boundaries.read(write(rows)).stations
    assert list(stations["beat"]) == ["W1", "W1"]  # Oak stands in E1, serves W1
    assert list(stations["code"]) == ["Ash", "OK"]


def test_what_a_place_does_not_say_is_nought_or_its_own_name(rows, write):
    places = boundaries.read(write(rows)).places
    assert list(places["population"]) == [1200, 0]
    assert places["population"].dtype == np.int64
    assert list(places["spread_km"]) == [0.5, 0.0]
    assert list(places["town"]) == ["Ash", "Elm"]
    assert list(places["facility"]) == ["hospital", ""]


def test_a_beat_without_a_district_gets_the_one_it_is_in(rows, write):
    rows["district"] = None
    assert list(boundaries.read(write(rows)).beats["district"]) == ["West", "East"]


def test_without_beats_the_districts_are_the_beats(rows, write):
    read = boundaries.read(write(rows[~rows["kind"].isin(["beat", "station"])]))
    assert list(read.beats["name"]) == ["West", "East"]
    assert list(read.beats["district"]) == ["West", "East"]
    assert read.stations.empty
    assert list(read.stations.columns) == ["name", "code", "beat", "geometry"]


def test_without_districts_the_force_is_the_district(rows, write):
    read = boundaries.read(write(rows[rows["kind"].isin(["force", "place"])]))
    assert list(read.districts["name"]) == ["County"]
    assert list(read.beats["district"]) == ["County"]


def test_without_a_force_the_districts_make_the_outline(rows, write):
    read = boundaries.read(write(rows[rows["kind"] != "force"]))
    assert read.outline.equals(box(0, 50, 2, 51))
    assert read.name == "county"  # that of the file


def test_schematic_and_attribution_are_those_of_the_file(rows, write):
    rows["schematic"] = [True] + [None] * 11
    rows["attribution"] = [None, "by hand"] + [None] * 10
    read = boundaries.read(write(rows))
    assert read.schematic
    assert read.attribution == "by hand"


@pytest.mark.parametrize("name", ["area.geojson", "area.gpkg", "area.shp"])
@pytest.mark.parametrize("crs", [4326, 27700])
def test_a_file_without_kinds_is_one_outline_in_any_format_and_crs(write, name, crs):
    halves = gpd.GeoDataFrame(
        {"ward": ["a", "b", "c"]},
        geometry=[
            box(-3, 51, -2.5, 51.5),
            box(-2.5, 51, -2, 51.5),
            box(-3, 50, -2, 51),
        ],
        crs=4326,
    )
    read = boundaries.read(write(halves.to_crs(crs), name))
    assert list(read.districts["name"]) == ["area"]
    assert list(read.beats["district"]) == ["area"]
    assert read.outline.symmetric_difference(box(-3, 50, -2, 51.5)).area < 1e-4
    for layer in (read.districts, read.beats, read.stations, read.places):
        assert layer.crs.to_epsg() == 4326
        assert layer.geometry.name == "geometry"


def test_points_and_lines_of_an_outline_file_are_no_part_of_it(write):
    frame = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1), Point(5, 5)], crs=4326)
    assert boundaries.read(write(frame)).outline.equals(box(0, 0, 1, 1))


def test_an_invalid_polygon_is_repaired_and_counted(rows, write):
    bow_tie = Polygon([(0, 50), (1, 51), (1, 50), (0, 51)])
    spiked = Polygon([(1, 50), (2, 50), (2, 51), (1, 51), (1, 50), (0.9, 49.9)])
    rows.loc[1, "geometry"] = bow_tie
    rows.loc[2, "geometry"] = spiked
    read = boundaries.read(write(rows))
    assert read.n_repaired == 2
    assert read.districts.geometry.is_valid.all()
    # the two triangles of the bow tie are a half of its square
    assert read.districts.geometry[0].area == pytest.approx(0.5)
    assert read.districts.geometry[1].area == pytest.approx(1.0, rel=0.02)


def test_heights_are_dropped(write):
    frame = gpd.GeoDataFrame(
        geometry=[Polygon([(0, 0, 9), (1, 0, 9), (1, 1, 9)])], crs=4326
    )
    assert not boundaries.read(write(frame)).outline.has_z


def test_a_multipolygon_is_a_polygon(rows, write):
    rows.loc[1, "geometry"] = MultiPolygon([box(0, 50, 0.5, 51), box(0.6, 50, 1, 51)])
    assert boundaries.read(write(rows)).districts.geometry[0].area == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (1, "kind", "distrct", "unknown kind 'distrct'; did you mean 'district'"),
        (1, "kind", None, "unknown kind ''; use one of"),
        (2, "name", "West", "kind 'district' with repeated names, first 'West'"),
        (2, "name", " ", "has a district without name, row 2"),
        (3, "district", "Wset", "'W1' names the unknown district 'Wset'; did you mean"),
        (6, "beat", "Q9", "'Oak' names the unknown beat 'Q9'; known are"),
        (5, "geometry", Point(50.5, 0.5), "1 of 2 stations outside the area, first"),
        (5, "geometry", box(0, 50, 1, 51), "station 'Ash' is a Polygon, row 5"),
        (
            9,
            "geometry",
            Point(1, 50),
            "river 'Brook' is a Point, row 9; it must be a L",
        ),
        (1, "geometry", None, "district 'West' is a nothing, row 1"),
        (
            7,
            "population",
            -3,
            "population is not a number of 0 or more at 1 of 2 places",
        ),
    ],
)
def test_a_bad_row_is_refused_by_name(rows, write, row, column, value, message):
    changed = rows[column].to_list()
    changed[row] = value
    rows[column] = changed
    with pytest.raises(DataError, match=message):
        boundaries.read(write(rows))


def test_text_for_a_number_is_refused(rows, write):
    rows["spread_km"] = ["wide" if kind == "place" else None for kind in rows["kind"]]
    with pytest.raises(DataError, match=r"spread_km is not a number .* first 'wide'"):
        boundaries.read(write(rows))


def test_an_area_without_polygon_is_refused(rows, write):
    with pytest.raises(DataError, match="no polygon of kind"):
        boundaries.read(write(rows[rows["kind"] == "place"]))
    with pytest.raises(DataError, match="2 rows and no polygon"):
        boundaries.read(write(rows[rows["kind"] == "place"][["name", "geometry"]]))


def test_a_shapefile_without_projection_is_refused(write):
    path = write(gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=4326), "area.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(CrsError, match="names no coordinate reference system"):
        boundaries.read(path)


def test_meters_that_pass_for_degrees_are_refused(tmp_path):
    square = box(350_000, 150_000, 360_000, 160_000)
    path = tmp_path / "meters.geojson"  # no crs member: degrees, by the standard
    path.write_text(shapely.to_geojson(square))
    with pytest.raises(CrsError, match=r"\(350000, 150000\) to \(360000, 160000\)"):
        boundaries.read(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "does not exist"),
        ("", "cannot be read"),
        ("<html>not found</html>", "cannot be read"),
        ('{"type": "FeatureCollection", "features": []}', "has no geometry"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path, text, message):
    path = tmp_path / "area.geojson"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DataError, match=message):
        boundaries.read(path)


def test_a_file_of_two_layers_is_refused(tmp_path):
    frame = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=4326)
    frame.to_file(tmp_path / "two.gpkg", layer="old")
    frame.to_file(tmp_path / "two.gpkg", layer="new")
    with pytest.raises(DataError, match="has 2 layers"):
        boundaries.read(tmp_path / "two.gpkg")


def test_avon_and_somerset_is_marked_schematic(avon_and_somerset):
    assert avon_and_somerset.schematic
    assert "Schematic" in avon_and_somerset.attribution
    assert avon_and_somerset.n_repaired == 0


@pytest.mark.parametrize("layer", ["districts", "beats"])
def test_avon_and_somerset_is_tiled_without_gap_or_overlap(avon_and_somerset, layer):
    shapes = getattr(avon_and_somerset, layer).geometry
    assert shapes.union_all().equals(avon_and_somerset.outline)
    areas = shapely.area(shapes.to_numpy())
    whole = shapely.area(avon_and_somerset.outline)
    assert areas.sum() == pytest.approx(whole, rel=1e-12)


def test_avon_and_somerset_beats_are_those_of_their_district(avon_and_somerset):
    beats = avon_and_somerset.beats
    for district in avon_and_somerset.districts.itertuples():
        own = beats.geometry[beats["district"] == district.name]
        assert own.union_all().equals(district.geometry)


def test_avon_and_somerset_has_a_station_in_every_beat(avon_and_somerset):
    stations, beats = avon_and_somerset.stations, avon_and_somerset.beats
    assert set(stations["beat"]) == set(beats["name"])
    assert stations["code"].is_unique
    shape = beats.set_index("name").geometry
    for station in stations.itertuples():
        assert shape[station.beat].contains(station.geometry)


def test_avon_and_somerset_names_a_place_within_six_km_of_anywhere(avon_and_somerset):
    places = avon_and_somerset.places
    east, north = (_km(places, axis) for axis in ("x", "y"))
    west, south, to, top = avon_and_somerset.outline.bounds
    for longitude in np.arange(west, to, 0.02):
        for latitude in np.arange(south, top, 0.01):
            if avon_and_somerset.outline.contains(Point(longitude, latitude)):
                x, y = longitude * _KM[0], latitude * _KM[1]
                assert np.hypot(east - x, north - y).min() < 6


_KM = (111.2 * np.cos(np.radians(51.3)), 111.2)  # of a degree east and north


def _km(frame, axis):
    return getattr(frame.geometry, axis).to_numpy() * _KM["xy".index(axis)]


def test_avon_and_somerset_places_hold_nearly_all_residents(avon_and_somerset):
    places = avon_and_somerset.places
    assert avon_and_somerset.outline.contains(places.geometry).all()
    # Census 2021: 1.719 million; scattered dwellings are in no place
    assert 1.6e6 < places["population"].sum() < 1.72e6
    town = places.groupby("town")["population"].sum()
    assert set(places["town"]) - set(places["name"]) == {"Bristol", "Bath"}
    assert town["Bristol"] > 6e5
    assert (places["spread_km"] > 0).all()
    assert not places.duplicated(["name", "town"]).any()


def test_avon_and_somerset_bridges_are_on_a_river(avon_and_somerset):
    rivers = avon_and_somerset.rivers.geometry.union_all()
    for bridge in avon_and_somerset.bridges.geometry:
        x, y = shapely.shortest_line(bridge, rivers).coords[-1]
        gap_km = hypot((x - bridge.x) * _KM[0], (y - bridge.y) * _KM[1])
        assert gap_km < 0.02


def test_avon_and_somerset_coast_is_the_seaward_part_of_its_outline(avon_and_somerset):
    coast = avon_and_somerset.coast
    assert list(coast["name"]) == ["Severn Estuary", "Bristol Channel"]
    edge = avon_and_somerset.outline.exterior
    assert shapely.within(coast.geometry.to_numpy(), edge).all()
    whole = shapely.line_merge(coast.geometry.union_all())
    first, *_, last = sorted(whole.coords)
    assert first[0] < -3.71  # by the border with Devon
    assert last[1] > 51.66  # north of Oldbury
    # The sea is to the north-west: a point 2 km that way is outside of the area.
    points = whole.interpolate(np.linspace(0.02, 0.98, 60), normalized=True)
    out = shapely.transform(points, lambda at: at + 1.4 / np.array(_KM) * [-1, 1])
    assert (~shapely.intersects(avon_and_somerset.outline, out)).mean() > 0.9
    assert set(avon_and_somerset.rivers["name"]).isdisjoint(coast["name"])


def test_avon_and_somerset_file_is_small_and_to_four_decimals(repository):
    path = repository / "boundaries" / "avon-and-somerset.geojson"
    assert path.stat().st_size < 150_000
    for feature in json.loads(path.read_text())["features"]:
        numbers = shapely.get_coordinates(shapely.from_geojson(json.dumps(feature)))
        assert np.array_equal(numbers, numbers.round(4))


@pytest.mark.data
def test_avon_and_somerset_outline_is_like_the_official_one(
    avon_and_somerset, real_data, record_property
):
    official = _official(real_data, "pfa20").union_all()
    share = _overlap(avon_and_somerset.outline, official)
    record_property("overlap", round(share, 3))
    assert share >= 0.975


@pytest.mark.data
def test_avon_and_somerset_districts_are_like_the_official_ones(
    avon_and_somerset, real_data, record_property
):
    official = _official(real_data, "ltla21")
    for district in avon_and_somerset.districts.itertuples():
        share = _overlap(district.geometry, official[OFFICIAL_DISTRICT[district.name]])
        record_property(district.name, round(share, 3))
        assert share >= 0.92


@pytest.mark.data
def test_avon_and_somerset_places_are_in_their_official_district(
    avon_and_somerset, real_data
):
    official = _official(real_data, "ltla21").to_crs(27700)
    joined = avon_and_somerset.places.sjoin(avon_and_somerset.districts)
    assert len(joined) == len(avon_and_somerset.places)  # each in one district
    theirs = official[joined["name_right"].map(OFFICIAL_DISTRICT)]
    gap_m = joined.to_crs(27700).distance(theirs, align=False)
    # the official lines are generalized, too
    assert joined["name_left"][gap_m > 500].to_list() == []


def _official(real_data, layer):
    folder = real_data / "avon-and-somerset" / "boundaries"
    frame = gpd.read_file(folder / f"avon_somerset_{layer}.geojson")
    return frame.set_index(f"{layer}_name").geometry.make_valid()


def _overlap(one, other):
    """Intersection over union, by area on the British National Grid."""
    one, other = _meters(one), _meters(other)
    return one.intersection(other).area / one.union(other).area


def _meters(shape):
    return gpd.GeoSeries([shape], crs=4326).to_crs(27700).iloc[0]
