"""What an area may be, where it is measured, and what is refused."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from geoalloc import hexes
from geoalloc.errors import CrsError, DataError
from tests.hexes import places

SOMERSET = box(-3.2, 51.0, -2.4, 51.5)


def test_a_frame_in_any_crs_is_the_area_of_its_rows():
    west, east = box(-3.2, 51.0, -2.8, 51.5), box(-2.8, 51.0, -2.4, 51.5)
    plain = hexes.cover(SOMERSET, 7)
    rows = gpd.GeoSeries([west, east, None, shapely.Polygon()], crs="EPSG:4326")
    for area in (rows, gpd.GeoDataFrame(geometry=rows)):
        grid = hexes.cover(area, 7)
        np.testing.assert_array_equal(grid.hex_id, plain.hex_id)
        np.testing.assert_allclose(grid.land_share, plain.land_share, atol=1e-9)
    national = hexes.cover(gpd.GeoSeries([SOMERSET], crs=4326).to_crs(27700), 7)
    # An edge that is straight in metres bends in degrees.
    assert np.setxor1d(national.hex_id, plain.hex_id).size < 0.03 * len(plain)


def test_overlapping_rows_count_once():
    rows = gpd.GeoSeries([SOMERSET, box(-3.0, 51.1, -2.0, 51.3)], crs="EPSG:4326")
    grid = hexes.cover(rows, 7)
    united = hexes.cover(shapely.union_all(rows.array), 7)
    np.testing.assert_array_equal(grid.hex_id, united.hex_id)
    np.testing.assert_allclose(grid.land_share, united.land_share, atol=1e-9)
    assert grid.land_share.max() == 1.0


def test_a_polygon_that_crosses_itself_is_repaired():
    bow = shapely.Polygon([(-3, 51), (-2.8, 51.2), (-2.8, 51), (-3, 51.2)])
    grid = hexes.cover(bow, 7)
    np.testing.assert_array_equal(
        grid.hex_id, hexes.cover(shapely.make_valid(bow), 7).hex_id
    )


@pytest.mark.parametrize(
    ("area", "message"),
    [
        (shapely.Polygon(), "the area is an empty Polygon"),
        (LineString([(0, 0), (1, 1)]), "multipolygon, got a LineString"),
        (Point(0, 0), "multipolygon, got a Point"),
        (box(300_000, 100_000, 360_000, 180_000), "must be in degrees"),
        (box(0, 40, 5, 91), "must be in degrees"),
        (box(-120, -10, 0, 10) | box(0, -10, 100, 10), "220 degrees of longitude wide"),
        (gpd.GeoSeries([], crs="EPSG:4326"), "empty"),
        (gpd.GeoSeries([Point(0, 0), SOMERSET], crs="EPSG:4326"), "got Point among"),
    ],
)
def test_what_is_no_area_is_refused(area, message):
    with pytest.raises(DataError, match=message):
        hexes.cover(area, 7)


def test_a_frame_without_a_crs_is_refused():
    with pytest.raises(CrsError, match="the area has no CRS"):
        hexes.cover(gpd.GeoSeries([SOMERSET]), 7)


@pytest.mark.parametrize("resolution", [4, 13, -1])
def test_a_resolution_out_of_range_is_refused(resolution):
    with pytest.raises(DataError, match=f"from 5 to 12, got {resolution}"):
        hexes.cover(SOMERSET, resolution)


def test_a_containment_of_another_name_is_refused():
    with pytest.raises(DataError, match="contain must be overlap or center, got 'all'"):
        hexes.cover(SOMERSET, 7, contain="all")


def test_an_area_that_holds_no_center_is_refused_by_center_only():
    tiny = Point(-2.6, 51.45).buffer(1e-5)
    assert len(hexes.cover(tiny, 7)) == 1
    with pytest.raises(DataError, match="no hex of resolution 7 has its center"):
        hexes.cover(tiny, 7, contain="center")


@pytest.mark.parametrize(
    ("lng", "lat", "british"),
    [
        (-2.6, 51.4, True),
        (357.4, 51.4, True),
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


def test_other_areas_are_measured_from_their_middle():
    assert "+lat_0=-17.2500 +lon_0=179.2500" in hexes.metric_crs(places.FIJI)
    assert "+lat_0=90.0000" in hexes.metric_crs(box(-180, 88, 180, 90))
    assert "+lat_0=-90.0000" in hexes.metric_crs(box(-180, -90, 180, -88))
    assert "+lat_0=38.6000 +lon_0=-90.2000" in hexes.metric_crs(
        box(-90.3, 38.5, -90.1, 38.7)
    )


def test_a_swap_of_latitude_and_longitude_is_told():
    rng = np.random.default_rng(0)
    lat, lng = rng.uniform(51.0, 51.5, 50_000), rng.uniform(-3.2, -2.4, 50_000)
    lat[::7] = np.nan
    assert hexes.swapped(lng, lat, SOMERSET)
    assert not hexes.swapped(lat, lng, SOMERSET)
    assert not hexes.swapped(lng + 9.0, lat, SOMERSET)
    assert not hexes.swapped(np.full(3, np.nan), np.full(3, np.nan), SOMERSET)
    assert not hexes.swapped(lat[:0], lng[:0], SOMERSET)
    both = np.concatenate([lat[1:6], lng]), np.concatenate([lng[1:6], lat])
    assert hexes.swapped(*both, SOMERSET)


def test_a_swap_is_told_across_the_antimeridian():
    rng = np.random.default_rng(0)
    lat, lng = rng.uniform(-18.0, -16.5, 900), rng.uniform(177.5, 181.0, 900)
    lng = (lng + 180.0) % 360.0 - 180.0
    assert hexes.swapped(lng, lat, places.FIJI)
    assert not hexes.swapped(lat, lng, places.FIJI)


@pytest.mark.parametrize(
    "area", [box(-100, -5, 100, 5), box(-140, -5, 140, 5), box(-100, 85, 100, 88)]
)
def test_an_edge_that_might_go_either_way_round_is_refused(area):
    with pytest.raises(DataError, match=r"an edge of the area is 2.0 degrees of long"):
        hexes.cover(area, 5)


def test_an_edge_over_the_pole_itself_is_of_any_length():
    area = shapely.Polygon([(-100, 88), (0, 88), (100, 88), (100, 90), (-100, 90)])
    km2 = hexes.cover(area, 5).land_km2.sum()
    band = 1.0 - np.sin(np.radians(88.0))
    # The edge from 100 back to -100 degrees is a point.
    assert km2 == pytest.approx(np.radians(200) * band * 6371.007180918475**2, rel=1e-3)


@pytest.mark.parametrize("area", [None, (1, 2), "Bristol", pd.DataFrame({"a": [1]})])
def test_what_is_no_geometry_is_no_area(area):
    with pytest.raises(DataError, match=f"or GeoDataFrame, got {type(area).__name__}"):
        hexes.cover(area, 7)
    with pytest.raises(DataError, match="an area must be a polygon of shapely"):
        hexes.metric_crs(area)


def test_a_frame_without_a_geometry_is_no_area():
    with pytest.raises(DataError, match="the frame of the area has no geometry"):
        hexes.cover(gpd.GeoDataFrame({"a": [1]}), 7)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_an_area_with_a_corner_that_is_no_number_is_refused():
    for bad in (np.nan, np.inf):
        area = shapely.Polygon([(0, 0), (1, bad), (1, 1), (0, 1)])
        with pytest.raises(DataError, match="coordinates that are nan or infinite"):
            hexes.cover(area, 7)


@pytest.mark.parametrize("corners", [[(0, 0), (1, 1), (2, 2)], [(0, 0), (1, 1)] * 2])
def test_an_area_that_encloses_nothing_is_refused(corners):
    with pytest.raises(DataError, match="the area encloses nothing"):
        hexes.cover(shapely.Polygon(corners), 7)


@pytest.mark.parametrize("resolution", [9.0, "9", True, None])
def test_a_resolution_that_is_no_whole_number_is_refused(resolution):
    with pytest.raises(DataError, match=f"whole number .*, got {resolution!r}"):
        hexes.cover(SOMERSET, resolution)


def test_a_swap_is_not_told_of_arrays_that_differ_in_length():
    with pytest.raises(DataError, match="there are 3 latitudes but 2 longitudes"):
        hexes.swapped(np.zeros(3), np.zeros(2), SOMERSET)
