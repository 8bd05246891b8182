"""What hexes and spots are called, on a toy county laid out by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geoalloc import gazetteer, hexes
from geoalloc.errors import CrsError, DataError


@pytest.fixture(scope="module")
def labels(town, town_grid):
    return gazetteer.label(town_grid, town, urban_population=10_000)


def test_a_hex_is_of_the_district_and_beat_that_hold_its_center(labels, town_grid):
    west = town_grid.longitude < -2.65
    assert (labels["district"] == np.where(west, "West", "East")).all()
    assert (labels["home_beat"] == np.where(west, "West beat", "East beat")).all()


def test_urban_is_within_the_built_up_radius_of_a_town(labels, town_grid, town):
    at = town.places.geometry.to_crs(town_grid.crs)
    expected = np.zeros(len(town_grid), dtype=bool)
    for point, radius in ((at.iloc[0], 2_000), (at.iloc[1], 1_500)):
        away = np.hypot(town_grid.x_m - point.x, town_grid.y_m - point.y)
        expected |= away <= radius
    assert (labels["urban"] == expected).all()
    assert 5 < expected.sum() < len(town_grid) / 2


def test_a_village_is_urban_only_if_asked(town, town_grid):
    more = gazetteer.label(town_grid, town, urban_population=500)
    less = gazetteer.label(town_grid, town, urban_population=50_000)
    assert not less["urban"].any()
    village = town_grid.locate(np.array([51.42]), np.array([-2.60]))
    assert more["urban"].iloc[village].all()


def test_a_hex_bears_the_name_of_the_nearest_place(labels, town_grid, town):
    at = town.places.geometry.to_crs(town_grid.crs)
    centers = shapely.points(town_grid.x_m, town_grid.y_m)
    away = np.stack([shapely.distance(centers, point) for point in at])
    expected = town.places["name"].to_numpy()[away.argmin(axis=0)]
    assert (labels["place"] == expected).all()


def test_spots_are_named_by_distance_and_bearing(town, town_grid):
    at = town.places.geometry.to_crs(town_grid.crs).iloc[0]
    x = at.x + np.array([0.0, 300.0, 3_000.0, 0.0, -1_500.0])
    y = at.y + np.array([0.0, 0.0, 0.0, -2_000.0, 1_500.0])
    assert gazetteer.spots(town_grid.crs, x, y, town.places) == [
        "Westford",
        "Westford",
        "3.0 km E of Westford",
        "2.0 km S of Westford",
        "2.1 km NW of Westford",
    ]


def test_without_places_a_spot_is_its_grid_reference(town, town_grid):
    x, y = town_grid.x_m[:2], town_grid.y_m[:2]
    expected = [gazetteer.grid_reference(a, b) for a, b in zip(x, y, strict=True)]
    assert gazetteer.spots(town_grid.crs, x, y, town.places[:0]) == expected


@pytest.mark.parametrize(
    ("west", "south", "sides"), [(-90.3, 38.6, "NW"), (18.4, -33.9, "SE")]
)
def test_abroad_a_reference_is_in_degrees(west, south, sides):
    grid = hexes.cover(shapely.box(west, south, west + 0.1, south + 0.1), 7)
    found = gazetteer.references(grid.crs, grid.x_m[:1], grid.y_m[:1])
    (lat, north), (lng, east) = (part.split() for part in found[0].split(", "))
    assert north + east == sides
    assert float(lat) == pytest.approx(abs(grid.latitude[0]), abs=1e-4)
    assert float(lng) == pytest.approx(abs(grid.longitude[0]), abs=1e-4)


@pytest.mark.parametrize(
    ("easting", "northing", "reference"),
    [
        (651_409.9, 313_177.3, "TG 514 131"),  # Ordnance Survey's worked example
        (216_600, 771_200, "NN 166 712"),  # Ben Nevis
        (530_268, 180_545, "TQ 302 805"),  # Charing Cross
        (0, 0, "SV 000 000"),
        (358_800, 172_900, "ST 588 729"),
        (450_300, 1_209_000, "HP 503 090"),  # Unst
    ],
)
def test_grid_references_are_the_published_ones(easting, northing, reference):
    assert gazetteer.grid_reference(easting, northing) == reference


def test_a_point_off_the_national_grid_has_no_reference():
    with pytest.raises(DataError, match="off the British National Grid"):
        gazetteer.grid_reference(-1, 5)


def lay_places(names=("A", "B"), crs=4326):
    points = shapely.points([(-2.7, 51.4), (-2.6, 51.4)])
    return gpd.GeoDataFrame({"name": names}, geometry=points, crs=crs)


@pytest.mark.parametrize("nameless", [None, np.nan, "", "  "])
def test_a_place_without_a_name_is_ignored(nameless):
    assert list(gazetteer.named_points(lay_places(("A", nameless)))["name"]) == ["A"]


@pytest.mark.parametrize(
    ("places", "says"),
    [
        (lay_places().drop(columns="name"), "must have one column 'name'"),
        (pd.DataFrame({"name": ["A"]}), "without one geometry"),
        (lay_places().set_geometry([None, shapely.Point(0, 0)], crs=4326), "row 0"),
        (lay_places().set_geometry([shapely.Point(0, 0), None], crs=4326), "row 1"),
        (
            lay_places().set_geometry(
                gpd.GeoSeries([shapely.box(0, 0, 1, 1)] * 2, crs=4326)
            ),
            "2 of 2 places are no",
        ),
    ],
)
def test_places_that_cannot_name_are_refused(places, says):
    with pytest.raises(DataError, match=says):
        gazetteer.named_points(places)


def test_places_in_no_crs_are_refused():
    with pytest.raises(CrsError, match="the places are in no CRS"):
        gazetteer.named_points(lay_places(crs=None))


def test_a_place_beyond_the_crs_names_no_spot():
    far = gpd.GeoDataFrame(
        {"name": ["Pole", "A"]},
        geometry=[shapely.Point(1e12, 1e12), shapely.Point(350_000, 160_000)],
        crs=27700,
    )
    at = far.to_crs(32630).geometry.iloc[1]
    x_m, y_m = np.array([at.x]), np.array([at.y])
    assert gazetteer.spots("EPSG:32630", x_m, y_m, far) == ["A"]
    assert "W" in gazetteer.spots("EPSG:32630", x_m, y_m, far.iloc[:1])[0]


def test_a_reference_is_read_back_to_the_middle_of_its_square():
    rng = np.random.default_rng(4)
    x, y = rng.uniform(90_000, 620_000, 300), rng.uniform(20_000, 1_000_000, 300)
    texts = [gazetteer.grid_reference(a, b) for a, b in zip(x, y, strict=True)]
    longitude, latitude = gazetteer.places_of(texts).T
    to_metres = pyproj.Transformer.from_crs(4326, 27700, always_xy=True)
    east, north = to_metres.transform(longitude, latitude)
    np.testing.assert_allclose(east, x // 100 * 100 + 50, atol=0.01)
    np.testing.assert_allclose(north, y // 100 * 100 + 50, atol=0.01)


def test_degrees_are_read_back_and_other_texts_are_nowhere():
    found = gazetteer.places_of(["51.5000 N, 2.6000 W", "33.1000 S, 4.2000 E", "Bath"])
    np.testing.assert_allclose(found[:2], [[-2.6, 51.5], [4.2, -33.1]])
    assert np.isnan(found[2]).all()
