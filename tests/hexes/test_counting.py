"""Points of a frame counted in hexes."""

import geopandas as gpd
import h3.api.numpy_int as h3int
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from geoalloc import hexes
from geoalloc.errors import CrsError, DataError
from tests import naive_hexes

BRISTOL = box(-2.7, 51.40, -2.5, 51.50)


@pytest.fixture(scope="module")
def grid():
    return hexes.cover(BRISTOL, 8)


def points(n=800, seed=0):
    rng = np.random.default_rng(seed)
    lng, lat = rng.uniform(-2.75, -2.45, n), rng.uniform(51.38, 51.52, n)
    return gpd.GeoDataFrame(
        {"harm": rng.integers(0, 9, n)},
        geometry=gpd.points_from_xy(lng, lat),
        crs="EPSG:4326",
    )


def test_points_are_counted_in_the_hexes_that_hold_them(grid):
    frame = points()
    at = list(zip(frame.geometry.y, frame.geometry.x, strict=True))
    inside, outside = naive_hexes.counts(
        at, grid.hex_id.tolist(), lambda y, x: h3int.latlng_to_cell(y, x, 8)
    )
    counted = hexes.count(frame, grid)
    assert counted["incidents"].tolist() == inside
    assert 0 < outside == len(frame) - counted["incidents"].sum()
    np.testing.assert_array_equal(counted["hex_id"], grid.hex_id)
    assert counted.crs == "EPSG:4326"
    assert {"area_km2", "land_share", "geometry"} <= set(counted.columns)


def test_points_in_metres_are_counted_where_they_are(grid):
    frame = points()
    national = hexes.count(frame.to_crs("EPSG:27700"), grid)["incidents"]
    # A point on the way there and back moves by a millimetre, over an edge or two.
    assert (national - hexes.count(frame, grid)["incidents"]).abs().sum() <= 4


def test_weights_are_summed(grid):
    frame = points()
    counted = hexes.count(frame, grid, weight="harm")["incidents"]
    at = grid.locate(frame.geometry.y.to_numpy(), frame.geometry.x.to_numpy())
    expected = np.zeros(len(grid))
    for position, harm in zip(at, frame["harm"], strict=True):
        if position >= 0:
            expected[position] += harm
    np.testing.assert_array_equal(counted, expected)


def test_missing_and_empty_points_are_not_counted(grid):
    frame = points()
    holes = frame.geometry.copy()
    holes.iloc[:5], holes.iloc[5:9] = None, Point()
    rest = hexes.count(frame.iloc[9:], grid)["incidents"]
    counted = hexes.count(frame.set_geometry(holes), grid)["incidents"]
    assert counted.tolist() == rest.tolist()


def test_no_points_are_none_in_each_hex(grid):
    assert hexes.count(points(0), grid)["incidents"].tolist() == [0.0] * len(grid)


def test_points_that_cannot_be_counted_are_refused(grid):
    frame = points(9)
    with pytest.raises(CrsError, match="the points have no CRS"):
        hexes.count(frame.set_crs(None, allow_override=True), grid)
    lines = frame.set_geometry(
        gpd.GeoSeries([LineString([(0, 0), (1, 1)])] * 9, crs="EPSG:4326")
    )
    with pytest.raises(DataError, match="of geometry type Point, got LineString"):
        hexes.count(lines, grid)
    with pytest.raises(DataError, match="no column 'weight' to weigh by, only harm"):
        hexes.count(frame, grid, weight="weight")
    with pytest.raises(DataError, match="column 'text' is not of numbers"):
        hexes.count(frame.assign(text="x"), grid, weight="text")
    bad = frame["harm"].astype(float).where(frame.index != 3)
    with pytest.raises(DataError, match="harm is nan or infinite in 1 of 9 rows"):
        hexes.count(frame.assign(harm=bad), grid, weight="harm")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 60))
def test_counts_do_not_depend_on_the_order_and_add_up(seed, n):
    grid = hexes.cover(box(-2.62, 51.44, -2.58, 51.46), 8)
    rng = np.random.default_rng(seed)
    lat, lng = rng.uniform(51.42, 51.48, n), rng.uniform(-2.65, -2.55, n)
    order, half = rng.permutation(n), n // 2
    whole = grid.count(lat, lng)
    np.testing.assert_array_equal(grid.count(lat[order], lng[order]), whole)
    parts = grid.count(lat[:half], lng[:half]) + grid.count(lat[half:], lng[half:])
    np.testing.assert_array_equal(parts, whole)
    np.testing.assert_array_equal(grid.count(lat, lng, np.full(n, 2.0)), 2 * whole)
    assert whole.sum() == (grid.locate(lat, lng) >= 0).sum()


def test_a_frame_that_has_no_points_is_refused(grid):
    with pytest.raises(DataError, match="must be a GeoDataFrame, got a DataFrame"):
        hexes.count(pd.DataFrame({"harm": [1]}), grid)
    for frame in (gpd.GeoDataFrame({"harm": [1]}), gpd.GeoDataFrame()):
        with pytest.raises(DataError, match="the points have no geometry"):
            hexes.count(frame, grid)


@pytest.mark.parametrize("corner", [(-2.7, 51.4), (-118.3, 34.0)])
def test_swapped_points_are_told(corner):
    west, south = corner
    grid = hexes.cover(box(west, south, west + 0.2, south + 0.1), 7)
    at = gpd.points_from_xy([south + 0.05] * 3, [west + 0.1] * 3)
    frame = gpd.GeoDataFrame(geometry=at, crs="EPSG:4326")
    with pytest.raises(DataError, match=r"none of the 3 points .* swapped: swap them"):
        hexes.count(frame, grid)


def test_points_elsewhere_are_counted_in_no_hex(grid):
    at = gpd.GeoDataFrame(geometry=[Point(20, 51.4)], crs="EPSG:4326")
    assert hexes.count(at, grid)["incidents"].sum() == 0


def test_weights_of_another_length_are_refused(grid):
    for weight in (np.ones(2), 1.0):
        with pytest.raises(DataError, match=r"there are \d weights for 3 points"):
            grid.count(np.zeros(3), np.zeros(3), weight)
