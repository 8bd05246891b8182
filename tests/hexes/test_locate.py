"""Points into hexes: the answer is h3's, everywhere."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geoalloc import hexes
from geoalloc.errors import DataError
from tests.hexes import places

SPOTS = places.spots()


@pytest.mark.kernel
@pytest.mark.parametrize("resolution", hexes.RESOLUTIONS)
@pytest.mark.parametrize("name", SPOTS)
def test_points_are_binned_as_h3_bins_them(name, resolution):
    grid = hexes.cover(places.around(SPOTS[name], resolution), resolution)
    rng = np.random.default_rng(resolution)
    reach = places.HALF[resolution]
    for lat, lng in (
        places.anywhere(grid, 1_500, rng),
        places.close_to(SPOTS[name], 500, reach, rng),
        places.on_outlines(grid, 12, rng),
    ):
        np.testing.assert_array_equal(
            grid.locate(lat, lng), places.by_h3(grid, lat, lng)
        )


@pytest.mark.kernel
@pytest.mark.parametrize("name", places.COVERS)
def test_points_of_odd_areas_are_binned_as_h3_bins_them(name):
    grid = places.cover(name)
    rng = np.random.default_rng(0)
    lat, lng = places.anywhere(grid, 2_000, rng)
    found = grid.locate(lat, lng)
    np.testing.assert_array_equal(found, places.by_h3(grid, lat, lng))
    lat, lng = places.on_outlines(grid, 30, rng)
    np.testing.assert_array_equal(grid.locate(lat, lng), places.by_h3(grid, lat, lng))
    found = grid.locate(grid.latitude, grid.longitude)
    np.testing.assert_array_equal(found, np.arange(len(grid)))


def test_the_tolerance_is_wider_than_h3_is_coarse_by_a_face_center():
    # There h3's arc cosine moves edges by 1e-5 of a spacing at resolution 12: points
    # that close to an edge, on either side of it.
    spot = SPOTS["face center"]
    grid = hexes.cover(places.around(spot, 12, 0.15), 12)
    rng = np.random.default_rng(0)
    ring = grid.vertices[:, [0, 1, 2, 3, 4, 5, 0]]
    at = rng.uniform(size=(40, len(grid), 6, 1))
    edge = ring[:, :-1] + at * (ring[:, 1:] - ring[:, :-1])
    across = (edge - np.stack([grid.longitude, grid.latitude], axis=1)[:, None]) * (
        10.0 ** rng.uniform(-6.5, -4.2, at.shape) * rng.choice([-1, 1], at.shape)
    )
    lng, lat = (edge + across).reshape(-1, 2).T.copy()
    np.testing.assert_array_equal(grid.locate(lat, lng), places.by_h3(grid, lat, lng))


@pytest.mark.data
def test_a_force_and_its_recorded_points_are_binned_as_h3_bins_them(
    real_data, repository
):
    import pandas as pd

    from geoalloc import boundaries

    area = boundaries.read(repository / "boundaries/avon-and-somerset.geojson").outline
    grid = hexes.cover(area, 9)
    files = sorted((real_data / "avon-and-somerset/street").rglob("*.csv.gz"))[-1:]
    points = pd.concat(
        pd.read_csv(f, usecols=["Longitude", "Latitude"]) for f in files
    ).dropna()
    lat, lng = points["Latitude"].to_numpy(), points["Longitude"].to_numpy()
    found = grid.locate(lat, lng)
    np.testing.assert_array_equal(found, places.by_h3(grid, lat, lng))
    assert (found >= 0).mean() > 0.95


@pytest.mark.kernel
def test_a_point_that_is_nowhere_is_in_no_hex():
    grid = hexes.cover(box(-3.2, 51.0, -2.4, 51.5), 7)
    lat = np.array([np.nan, np.inf, -51.2, 51.2, 51.2, 91.0, 51.2])
    lng = np.array([-2.8, -2.8, 177.0, np.nan, 170.0, -2.8, 1e300])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(grid.locate(lat, lng), [-1] * 7)


@pytest.mark.kernel
def test_strided_views_are_read_as_what_they_show():
    grid = hexes.cover(places.around(SPOTS["border"], 8), 8)
    points = np.stack(places.anywhere(grid, 500, np.random.default_rng(0)), axis=1)
    lat, lng = points[::2, 0], points[::2, 1]
    np.testing.assert_array_equal(
        grid.locate(lat, lng), places.by_h3(grid, lat.copy(), lng.copy())
    )


def test_a_whole_turn_of_longitude_changes_nothing():
    grid = hexes.cover(places.FIJI, 6)
    lat, lng = places.anywhere(grid, 2_000, np.random.default_rng(1))
    found = grid.locate(lat, (lng + 180.0) % 360.0 - 180.0)
    np.testing.assert_array_equal(grid.locate(lat, lng), found)
    assert (found >= 0).mean() > 0.8


def test_every_point_of_the_area_has_a_hex():
    area = Point(-2.8, 51.2).buffer(0.13)
    grid = hexes.cover(area, 8)
    lat, lng = places.anywhere(grid, 4_000, np.random.default_rng(0))
    inside = shapely.contains_xy(area, lng, lat)
    assert (grid.locate(lat, lng)[inside] >= 0).all()


def test_far_apart_areas_at_the_finest_resolution_take_little_memory():
    corners = [(0.0, 51.0), (8.0, 45.0), (3.0, 40.0)]
    area = shapely.MultiPolygon([box(x, y, x + 0.02, y + 0.02) for x, y in corners])
    grid = hexes.cover(area, 12)
    tables = grid.locator.tiles.nbytes + grid.locator.directory.nbytes
    assert tables < 64e6
    np.testing.assert_array_equal(
        grid.locate(grid.latitude, grid.longitude), np.arange(len(grid))
    )


@settings(max_examples=30, deadline=None)
@given(
    lat=st.floats(-85, 85),
    lng=st.floats(-180, 180),
    resolution=st.integers(5, 9),
)
def test_anywhere_the_hex_of_a_center_is_itself(lat, lng, resolution):
    grid = hexes.cover(places.around((lat, lng), resolution, 0.3), resolution)
    found = grid.locate(grid.latitude, grid.longitude)
    np.testing.assert_array_equal(found, np.arange(len(grid)))


def test_points_that_are_no_pairs_are_refused():
    grid = places.cover("Bristol, 7")
    with pytest.raises(DataError, match="there are 100000 latitudes but 2 longitudes"):
        grid.locate(np.zeros(100_000), np.zeros(2))
    with pytest.raises(DataError, match=r"latitude must have one .* shape \(2, 2\)"):
        grid.locate(np.zeros((2, 2)), np.zeros((2, 2)))
    with pytest.raises(DataError, match="longitude must be an array of numbers"):
        grid.locate(np.zeros(1), ["west"])


def test_one_point_is_located_as_numbers():
    grid = places.cover("Bristol, 7")
    at = float(grid.latitude[3]), float(grid.longitude[3])
    assert grid.locate(*at).tolist() == [3]
