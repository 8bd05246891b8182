"""Surfaces of layers: people, roads, points, and what was recorded."""

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, MultiLineString, Point

from geoalloc import demand, hotspots
from geoalloc.errors import DataError


@pytest.fixture
def roads(town_grid):
    x, y = town_grid.x_m, town_grid.y_m
    middle = LineString([(x.min(), y.mean()), (x.max(), y.mean() + 900)])
    bent = LineString([(x.mean(), y.min()), (x.mean() + 500, y.mean()), (x.max(), 0)])
    twice = MultiLineString(
        [[(x.mean(), y.mean()), (x.mean() + 3_000, y.mean())], [(0, 0), (9, 9)]]
    )
    return gpd.GeoDataFrame(
        {"class": ["motorway", "lane", "motorway"]},
        geometry=[middle, bent, twice],
        crs=town_grid.crs,
    )


def lengths(grid, lines, weight):
    """Cut every line with every hex."""
    hexes = gpd.GeoSeries(grid.polygons, crs="EPSG:4326").to_crs(grid.crs)
    total = np.zeros(len(grid))
    for line, w in zip(lines, weight, strict=True):
        total += w * hexes.intersection(line).length.to_numpy()
    return total / total.sum()


def test_roads_lie_as_long_as_hexes_cut_them(town_grid, roads):
    share = demand.roads_surface(town_grid, roads.to_crs("EPSG:4326"))
    expected = lengths(town_grid, roads.geometry, [1, 1, 1])
    assert share.sum() == pytest.approx(1.0)
    # A piece of at most 25 m may be laid on the wrong side of an edge.
    total_m = roads.geometry.length.sum()
    assert np.abs(share - expected).max() < 4 * 25 / (0.5 * total_m)


def test_classes_of_road_weigh_what_they_are_told(town_grid, roads):
    share = demand.roads_surface(
        town_grid, roads, class_column="class", class_weights={"motorway": 3.0}
    )
    expected = lengths(town_grid, roads.geometry, [3, 0, 3])
    np.testing.assert_allclose(share, expected, atol=2e-3)
    both = demand.roads_surface(
        town_grid,
        roads,
        class_column="class",
        class_weights={"motorway": 3.0, "lane": 1.0},
    )
    np.testing.assert_allclose(
        both, lengths(town_grid, roads.geometry, [3, 1, 3]), atol=2e-3
    )


def test_points_among_the_roads_have_no_length(town_grid, roads):
    more = gpd.GeoDataFrame(
        {"class": ["lane", "lane"]},
        geometry=[Point(town_grid.x_m[0], town_grid.y_m[0]), None],
        crs=town_grid.crs,
    )
    mixed = gpd.GeoDataFrame(
        {"class": [*roads["class"], *more["class"]]},
        geometry=[*roads.geometry, *more.geometry],
        crs=town_grid.crs,
    )
    np.testing.assert_array_equal(
        demand.roads_surface(town_grid, mixed), demand.roads_surface(town_grid, roads)
    )


def test_roads_that_do_not_count_or_lie_elsewhere_are_refused(town_grid, roads):
    with pytest.raises(DataError, match="no road that counts lies in the area"):
        demand.roads_surface(town_grid, roads.translate(1e6).to_frame("geometry"))
    with pytest.raises(DataError, match="no road that counts"):
        demand.roads_surface(
            town_grid, roads, class_column="class", class_weights={"track": 1.0}
        )
    with pytest.raises(DataError, match="have no column 'kind' of their class"):
        demand.roads_surface(
            town_grid, roads, class_column="kind", class_weights={"lane": 1.0}
        )
    with pytest.raises(DataError, match="must be at least 0"):
        demand.roads_surface(
            town_grid, roads, class_column="class", class_weights={"lane": -1.0}
        )


def test_points_are_spread_by_the_kernel(town_grid):
    at = [50, 50, 200]
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(town_grid.longitude[at], town_grid.latitude[at]),
        crs="EPSG:4326",
    )
    share = demand.points_surface(town_grid, points, bandwidth_m=1_500.0)
    assert share.sum() == pytest.approx(1.0)
    metres = points.geometry.to_crs(town_grid.crs)
    places = hotspots.collapse(metres.x.to_numpy(), metres.y.to_numpy())
    density = hotspots.density(town_grid, places, np.ones(3), bandwidth_m=1_500.0)
    np.testing.assert_allclose(share, density.expected / density.expected.sum())
    near = np.hypot(
        town_grid.x_m - town_grid.x_m[50], town_grid.y_m - town_grid.y_m[50]
    )
    assert share[near < 1_600].sum() == pytest.approx(2 / 3, abs=1e-6)


def test_points_outside_are_left_out_and_none_inside_is_refused(town_grid):
    inside = Point(town_grid.longitude[50], town_grid.latitude[50])
    some = gpd.GeoDataFrame(geometry=[inside, Point(20, 60), None], crs="EPSG:4326")
    share = demand.points_surface(town_grid, some, bandwidth_m=900.0)
    alone = demand.points_surface(town_grid, some[:1], bandwidth_m=900.0)
    np.testing.assert_array_equal(share, alone)
    with pytest.raises(DataError, match="none of 2 points lies in the area"):
        demand.points_surface(town_grid, some[1:], bandwidth_m=900.0)


def test_recorded_calls_add_up_to_shares():
    expected = {"a": np.array([1.0, 3.0]), "b": np.array([4.0, 0.0])}
    np.testing.assert_allclose(demand.recorded_surface(expected), [5 / 8, 3 / 8])
    np.testing.assert_allclose(
        demand.recorded_surface(expected, ("a",)), [1 / 4, 3 / 4]
    )
    assert demand.recorded_surface(expected, ("c",)) is None
    assert demand.recorded_surface({}) is None


def test_the_population_is_spread_around_its_places(town, town_grid):
    share = demand.population_surface(town_grid, town.places)
    assert share.sum() == pytest.approx(1.0)
    at = town.places.geometry.to_crs(town_grid.crs).iloc[0]
    near = np.hypot(town_grid.x_m - at.x, town_grid.y_m - at.y) < 2_000
    assert share[near].sum() == pytest.approx(30_000 / 50_900)


def test_without_places_the_population_is_even(town, town_grid):
    share = demand.population_surface(town_grid, town.places[:0])
    np.testing.assert_allclose(share, town_grid.land_km2 / town_grid.land_km2.sum())
