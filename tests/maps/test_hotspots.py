from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoalloc import boundaries, hexes
from geoalloc.errors import SchemaError
from geoalloc.maps import _mesh, hotspot_map
from tests import naive_maps
from tests.maps import hotspot_town
from tests.maps.conftest import data_of
from tests.maps.hotspot_town import make_found, make_record


def read(page):
    return data_of(page)


@pytest.fixture(scope="module")
def found(town):
    return make_found(town.grid)


@pytest.fixture(scope="module")
def text(found):
    return hotspot_map(found, make_record())


@pytest.fixture(scope="module")
def payload(text):
    return read(text)


def kept(found):
    """The hexes that the page holds, by hand."""
    frame = found.hexes
    return frame[(frame["incidents"] > 0) | (frame["hotspot"] > 0)]


def test_the_same_finding_gives_the_same_page(found, text):
    assert hotspot_map(found, make_record()) == text


def test_the_finding_is_left_as_it_was(found):
    hexes_before, spots_before = found.hexes.copy(), found.hotspots.copy()
    hotspot_map(found, make_record())
    pd.testing.assert_frame_equal(found.hexes, hexes_before)
    pd.testing.assert_frame_equal(found.hotspots, spots_before)


def test_the_order_of_rows_does_not_matter(found, text):
    shuffled = replace(
        found,
        hexes=found.hexes.sample(frac=1.0, random_state=3),
        hotspots=found.hotspots.iloc[::-1],
    )
    assert hotspot_map(shuffled, make_record()) == text


def test_hexes_that_no_incident_reaches_are_left_out(found, payload):
    frame = kept(found)
    assert 0 < len(frame) < len(found.hexes)
    assert naive_maps.ids(payload["hexes"]["ids"]) == frame["hex_id"].tolist()
    assert payload["hexes"]["mesh"]["n"] == len(frame)


def test_columns_of_the_page_are_those_of_the_frame(found, payload):
    frame, columns = kept(found), payload["hexes"]
    assert naive_maps.varints(columns["incidents"]) == frame["incidents"].tolist()
    assert naive_maps.runs(columns["tier"]) == frame["tier"].tolist()
    density = naive_maps.measure(columns["density"])
    assert density == pytest.approx(frame["per_km2"], abs=columns["density"]["step"])
    percent = np.array(naive_maps.varints(columns["exceedance"])) - 1
    assert percent.tolist() == np.rint(100 * frame["exceedance"]).tolist()
    chance = 10 ** (-np.array(naive_maps.varints(columns["chance"])) / 10)
    np.testing.assert_allclose(chance, frame["p_adjusted"], rtol=0.13)
    names = payload["persistence"]["names"]
    told = [names[k] for k in naive_maps.runs(columns["persistence"])]
    assert told == frame["persistence"].tolist()


def test_an_undefined_probability_of_a_hex_is_missing(found):
    frame = found.hexes.assign(exceedance=np.nan)
    columns = read(hotspot_map(replace(found, hexes=frame), make_record()))["hexes"]
    assert set(naive_maps.varints(columns["exceedance"])) == {0}


def test_the_smallest_p_value_is_written_and_not_infinite(found):
    frame = found.hexes.assign(p_adjusted=0.0)
    columns = read(hotspot_map(replace(found, hexes=frame), make_record()))["hexes"]
    assert set(naive_maps.varints(columns["chance"])) == {120}


def test_a_hotspot_is_made_of_its_hexes(found, payload):
    ids = kept(found)["hex_id"].tolist()
    for spot, members in zip(
        payload["hotspots"], found.hotspots["hex_ids"], strict=True
    ):
        assert [ids[k] for k in spot["hexes"]] == members


def test_classes_part_the_incidents_and_not_the_hexes(found, payload):
    frame = kept(found)
    expected = naive_maps.breaks(frame["per_km2"].tolist(), frame["expected"].tolist())
    assert payload["density"]["classes"]["breaks"] == expected
    assert payload["density"]["unit"] == "incidents per km² of land and month"


def test_legends_count_hexes(found, payload):
    assert payload["tiers"]["labels"] == ["5%: 1 hexes", "1%: 0 hexes", "0.1%: 7 hexes"]
    number = kept(found)["persistence"].value_counts()
    assert payload["persistence"]["labels"][:2] == [
        f"Persistent: {number['persistent']} hexes",
        f"Emerging: {number['emerging']} hexes",
    ]


def test_a_period_too_short_for_windows_has_no_persistence(found):
    short = replace(found, area=replace(found.area, windows=()))
    assert read(hotspot_map(short, make_record()))["persistence"] is None


def test_the_outline_is_that_of_the_area(found, payload):
    (ring,) = naive_maps.lines(payload["areas"]["force"])
    drawn = shapely.Polygon([(lng, lat) for lat, lng in ring])
    assert drawn.hausdorff_distance(found.grid.area) < 2e-4
    assert payload["places"] == []


def test_a_boundary_file_lends_its_names_rivers_and_districts(found, town_file):
    around = boundaries.read(town_file)
    payload = read(hotspot_map(found, make_record(), around))
    assert [place[0] for place in payload["places"]] == [
        "Westford",
        "Easton",
        "Little Wold",
    ]
    assert len(naive_maps.lines(payload["areas"]["river"])) == 1
    assert len(naive_maps.lines(payload["areas"]["district"])) == 2


def test_a_number_that_is_not_finite_is_refused(found):
    spots = found.hotspots.assign(rate=np.inf)
    with pytest.raises(SchemaError, match="cannot hold a number"):
        hotspot_map(replace(found, hotspots=spots), make_record())


def test_no_hotspots_and_no_incidents_have_a_page(found):
    nothing = {"incidents": 0, "per_km2": 0.0, "expected": 0.0, "significant": False}
    none = found.hexes.assign(**nothing, tier=0, hotspot=0)
    empty = replace(found, hotspots=found.hotspots[:0], hexes=none)
    payload = read(hotspot_map(empty, make_record()))
    assert payload["hexes"]["mesh"]["n"] == 0
    assert payload["density"]["classes"]["labels"] == ["none"]
    assert payload["figures"][0]["parts"] == ["", "None found"]


@pytest.mark.parametrize("turns", [-360.0, 0.0, 360.0])
def test_what_a_map_of_the_world_cuts_at_its_edge_is_one_again(turns):
    pieces = shapely.union_all(
        [shapely.box(178, -18, 180, -16), shapely.box(-180, -18, -179, -16)]
    )
    (whole,) = _mesh.beside(np.array([pieces], dtype=object), 179.5 + turns)
    assert whole.geom_type == "Polygon"
    assert whole.equals(shapely.box(178 + turns, -18, 181 + turns, -16))


def test_a_shape_that_is_not_cut_is_left_as_it_is():
    shapes = np.array([shapely.box(-2.7, 51.4, -2.5, 51.6)], dtype=object)
    assert shapely.equals_exact(_mesh.beside(shapes, -2.6), shapes).all()


@pytest.mark.parametrize("resolution", [5, 9, 12])
def test_h3_indexes_are_read_back(resolution):
    width = 0.4 / 7 ** ((resolution - 6) / 2)
    grid = hexes.cover(shapely.box(-2.6, 51.4, -2.6 + width, 51.4 + width), resolution)
    stream = _mesh.ids(grid.hex_id, resolution)
    assert naive_maps.ids(stream) == grid.hex_id.tolist()


def test_a_mesh_across_the_antimeridian_hangs_together():
    area = shapely.union_all(
        [shapely.box(179.9, -17, 180, -16.9), shapely.box(-180, -17, -179.9, -16.9)]
    )
    grid = hexes.cover(area, 7)
    found = make_found(grid)
    payload = read(hotspot_map(found, make_record() | {"resolution": 7}))
    rings = naive_maps.mesh(payload["hexes"]["mesh"])
    longitude = np.array([lng for ring in rings for _, lng in ring])
    assert np.ptp(longitude) < 0.5
    (outline,) = naive_maps.lines(payload["areas"]["force"])
    assert np.ptp([lng for _, lng in outline]) == pytest.approx(0.2, abs=1e-4)


def test_fifty_thousand_hexes_take_two_megabytes_at_the_most():
    west, south = -3.0, 51.0
    grid = hexes.cover(shapely.box(west, south, west + 0.9, south + 0.82), 9)
    assert len(grid) > 45_000
    rng = np.random.default_rng(1)
    frame = hotspot_town.make_hexes(grid).assign(
        per_km2=rng.gamma(0.3, 20.0, len(grid)),
        exceedance=rng.uniform(size=len(grid)),
        p_adjusted=rng.uniform(size=len(grid)),
    )
    found = replace(make_found(grid), hexes=frame)
    page = hotspot_map(found, make_record() | {"resolution": 9})
    assert len(page.encode()) < 2e6


def test_no_places_of_a_boundary_are_no_names(found, town):
    around = boundaries.Boundaries(
        source="plain",
        sha256="",
        name="plain",
        outline=town.grid.area,
        districts=gpd.GeoDataFrame(
            {"name": ["plain"]}, geometry=[town.grid.area], crs="EPSG:4326"
        ),
        beats=gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326"),
        stations=gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326"),
        places=gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326"),
        rivers=gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326"),
        bridges=gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326"),
        coast=gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326"),
        n_repaired=0,
        schematic=False,
        attribution="",
    )
    payload = read(hotspot_map(found, make_record(), around))
    assert payload["places"] == []
    assert naive_maps.lines(payload["areas"]["district"]) == []
