"""Travel over the lattice against Dijkstra and against distance and speed."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import Point

from geoalloc import hexes, travel
from geoalloc.errors import DataError
from geoalloc.kernels import paths
from tests import naive

SPEEDS = travel.Speeds(urban_kmh=30, rural_kmh=60, detour=1.3, setting_off_min=1.5)


@pytest.fixture(scope="module")
def open_steps(town_grid):
    return np.ones((len(town_grid), 6), dtype=bool)


@pytest.fixture(scope="module")
def urban(town_grid):
    return town_grid.x_m < np.median(town_grid.x_m)


@pytest.mark.kernel
def test_shortest_times_are_dijkstras(town_grid):
    rng = np.random.default_rng(0)
    minutes = rng.uniform(0.2, 3.0, (len(town_grid), 6))
    minutes[rng.random(minutes.shape) < 0.2] = np.inf
    origins = rng.choice(len(town_grid), 5, replace=False)
    least = paths.shortest(origins, town_grid.neighbors, minutes, 9.0)
    for row, origin in zip(least, origins, strict=True):
        expected = naive.shortest(
            origin, town_grid.neighbors.tolist(), minutes.tolist(), 9.0
        )
        np.testing.assert_allclose(row, expected, rtol=1e-12)


def test_times_follow_from_distance_and_speed(town_grid, open_steps):
    """Over all directions, the lattice drives the straight line times the detour."""
    middle = np.hypot(
        town_grid.x_m - town_grid.x_m.mean(), town_grid.y_m - town_grid.y_m.mean()
    ).argmin()
    rural = np.zeros(len(town_grid), dtype=bool)
    found = travel.minutes(
        town_grid,
        np.array([middle]),
        urban=rural,
        open_steps=open_steps,
        speeds=SPEEDS,
        reach_min=60,
    )[[0]].toarray()[0]
    km = (
        np.hypot(
            town_grid.x_m - town_grid.x_m[middle], town_grid.y_m - town_grid.y_m[middle]
        )
        / 1000
    )
    far = (km > 4) & (km < 7)
    ratio = (found[far] - 1.5) / (km[far] * 1.3)
    assert ratio.mean() == pytest.approx(1.0, abs=0.02)
    assert 0.9 < ratio.min() <= ratio.max() < 1.08


def test_a_journey_within_a_hex_is_that_between_two_of_its_points(
    town_grid, open_steps
):
    rng = np.random.default_rng(0)
    middle = int(np.flatnonzero(town_grid.land_share == 1)[0])
    corners = town_grid.vertices[middle]
    low, high = corners.min(axis=0), corners.max(axis=0)
    points = rng.uniform(low, high, (4_000, 2))
    points = points[shapely.contains_xy(town_grid.polygons[middle], *points.T)]
    half = len(points) // 2
    km = np.hypot(*((points[:half] - points[half : 2 * half]) * [69.4, 111.2]).T).mean()
    found = travel.minutes(
        town_grid,
        np.array([middle]),
        urban=np.zeros(len(town_grid), dtype=bool),
        open_steps=open_steps,
        speeds=SPEEDS,
        reach_min=60,
    )[[0], [middle]][0]
    assert found - 1.5 == pytest.approx(km * 1.3, rel=0.15)  # a minute a km


def test_journeys_beyond_the_reach_are_left_out(town_grid, open_steps, urban):
    options = {"urban": urban, "open_steps": open_steps, "speeds": SPEEDS}
    origins = np.array([0, 40, 80])
    near = travel.minutes(town_grid, origins, reach_min=6, **options).tocoo()
    far = travel.minutes(town_grid, origins, reach_min=60, **options).toarray()
    assert near.data.max() <= 6
    np.testing.assert_array_equal(near.data, far[near.row, near.col])
    assert near.nnz == ((far > 0) & (far <= 6)).sum()


def test_towns_are_slower(town_grid, open_steps):
    origin = np.array([10])
    times = [
        travel.minutes(
            town_grid,
            origin,
            urban=np.full(len(town_grid), urban),
            open_steps=open_steps,
            speeds=SPEEDS,
            reach_min=90,
        ).toarray()[0]
        for urban in (True, False)
    ]
    np.testing.assert_allclose(times[0] - 1.5, 2 * (times[1] - 1.5), rtol=1e-4)


def test_a_river_is_crossed_only_at_its_bridge(town, town_grid):
    is_open = travel.crossable(town_grid, town.rivers, town.bridges)
    around = town_grid.neighbors
    west = town_grid.longitude < -2.65
    here, k = np.nonzero((around >= 0) & (west[:, None] != west[around]))
    bridge_m = np.abs(town_grid.latitude[here] - 51.37) * 111_200
    crossing_open = is_open[here, k]
    assert crossing_open.any()
    assert bridge_m[crossing_open].max() < 2_500
    assert not crossing_open[bridge_m > 2_500].any()
    same_bank = (around >= 0) & (west[:, None] == west[around])
    assert is_open[same_bank].all()


def test_a_step_is_open_both_ways_or_neither(town, town_grid):
    is_open = travel.crossable(town_grid, town.rivers, town.bridges)
    for k in range(6):
        there = town_grid.neighbors[:, k]
        has = np.flatnonzero(there >= 0)
        np.testing.assert_array_equal(is_open[has, k], is_open[there[has], (k + 3) % 6])


def test_a_detour_over_the_bridge_takes_longer(town, town_grid, urban):
    at = town_grid.locate(np.array([51.43]), np.array([-2.66]))
    across = town_grid.locate(np.array([51.43]), np.array([-2.64]))[0]
    options = {"urban": urban, "speeds": SPEEDS, "reach_min": 120}
    dry = travel.crossable(town_grid, town.rivers[:0], town.bridges)
    wet = travel.crossable(town_grid, town.rivers, town.bridges)
    times = [
        travel.minutes(town_grid, at, open_steps=steps, **options)[[0], [across]][0]
        for steps in (dry, wet)
    ]
    assert times[1] > times[0] + 8  # 6 km down to the bridge and back up


def test_without_a_bridge_the_far_bank_is_out_of_reach(town, town_grid, urban):
    steps = travel.crossable(town_grid, town.rivers, town.bridges[:0])
    west = np.flatnonzero(town_grid.longitude < -2.67)
    found = travel.minutes(
        town_grid,
        west[:3],
        urban=urban,
        open_steps=steps,
        speeds=SPEEDS,
        reach_min=300,
    ).tocoo()
    assert town_grid.longitude[found.col].max() < -2.64


def test_the_nearest_origin_is_the_one_of_least_minutes(town_grid, open_steps, urban):
    origins = np.array([3, 50, 90, 3])
    found = travel.minutes(
        town_grid,
        origins,
        urban=urban,
        open_steps=open_steps,
        speeds=SPEEDS,
        reach_min=12,
    )
    dense = found.toarray()
    dense[dense == 0] = np.inf
    nearest = travel.nearest_origin(found)
    reached = np.isfinite(dense.min(axis=0))
    np.testing.assert_array_equal(nearest[reached], dense.argmin(axis=0)[reached])
    assert (nearest[~reached] == -1).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"urban_kmh": 0}, "urban_kmh must be above 0"),
        ({"rural_kmh": -3}, "rural_kmh must be above 0"),
        ({"detour": 0.9}, "detour must be at least 1"),
        ({"setting_off_min": -1}, "setting_off_min must be at least 0"),
    ],
)
def test_speeds_out_of_range_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        dataclasses.replace(SPEEDS, **change)


def test_a_reach_must_be_positive(town_grid, open_steps, urban):
    with pytest.raises(DataError, match="reach_min must be above 0"):
        travel.minutes(
            town_grid,
            np.array([0]),
            urban=urban,
            open_steps=open_steps,
            speeds=SPEEDS,
            reach_min=0,
        )


def test_no_origins_make_no_rows(town_grid, open_steps, urban):
    none = travel.minutes(
        town_grid,
        np.empty(0, dtype=np.int64),
        urban=urban,
        open_steps=open_steps,
        speeds=SPEEDS,
        reach_min=5,
    )
    assert none.shape == (0, len(town_grid))


def test_islands_cannot_be_driven_to():
    two = Point(-2.8, 51.2).buffer(0.03).union(Point(-2.6, 51.2).buffer(0.03))
    grid = hexes.cover(two, 8)
    found = travel.minutes(
        grid,
        np.array([0]),
        urban=np.zeros(len(grid), dtype=bool),
        open_steps=travel.crossable(
            grid, gpd.GeoDataFrame(geometry=[]), gpd.GeoDataFrame(geometry=[])
        ),
        speeds=SPEEDS,
        reach_min=500,
    ).tocoo()
    side = grid.longitude < -2.7
    assert (side[found.col] == side[0]).all()
    assert found.nnz == (side == side[0]).sum()


@pytest.mark.kernel
def test_packed_rows_hold_what_is_finite_in_order():
    rng = np.random.default_rng(2)
    least = rng.uniform(0, 9, (4, 30))
    least[rng.random(least.shape) < 0.5] = np.inf
    least[2] = np.inf
    count, column, value = paths.packed(least, 2.0, 1.5)
    finite = [
        (h, row[h] * 2.0 + 1.5)
        for row in least.tolist()
        for h in range(30)
        if row[h] < np.inf
    ]
    assert count.tolist() == [sum(np.isfinite(row)) for row in least]
    assert column.tolist() == [h for h, _ in finite]
    np.testing.assert_allclose(value, [v for _, v in finite], rtol=1e-6)


@pytest.fixture(scope="module")
def lattice(open_steps, urban):
    return travel.Lattice(urban=urban, open_steps=open_steps, speeds=SPEEDS)


def test_more_origins_than_fit_in_a_block_give_the_rows_of_each(town_grid, lattice):
    origins = np.arange(len(town_grid))[::-1][:150]
    together = lattice.minutes(town_grid, origins, reach_min=9).toarray()
    for row in (0, 63, 64, 149):
        alone = lattice.minutes(town_grid, origins[[row]], reach_min=9).toarray()[0]
        np.testing.assert_array_equal(together[row], alone)


def test_a_rush_hour_stretches_driving_and_not_setting_off(town_grid, lattice):
    factors = tuple(1.5 if hour == 8 else 1.0 for hour in range(24))
    rush = dataclasses.replace(
        lattice, speeds=dataclasses.replace(SPEEDS, time_factor=factors)
    )
    origins = np.array([5, 60])
    calm = rush.minutes(town_grid, origins, reach_min=60, hour=3).toarray()
    none = rush.minutes(town_grid, origins, reach_min=60).toarray()
    busy = rush.minutes(town_grid, origins, reach_min=90, hour=8).toarray()
    np.testing.assert_array_equal(calm, none)
    np.testing.assert_allclose(busy - 1.5, 1.5 * (calm - 1.5), rtol=1e-5)
    near = rush.minutes(town_grid, origins, reach_min=10, hour=8)
    assert near.data.max() <= 10
    assert near.nnz == ((busy > 0) & (busy <= 10)).sum()


def test_an_origin_is_never_out_of_reach_of_its_own_hex(town_grid, lattice):
    found = lattice.minutes(town_grid, np.array([4]), reach_min=0.1).tocoo()
    assert found.col.tolist() == [4]


def test_journeys_over_the_lattice_say_so(town_grid, lattice):
    found = lattice.journeys(town_grid, np.array([4]), reach_min=5)
    assert (found.source, found.notes) == ("hex lattice", ())
    assert found.travel_min.dtype == np.float32


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"origins": np.array([-1])}, r"1 of 1 origins are not from 0 to \d+"),
        ({"origins": np.array([0, 10**6])}, "1 of 2 origins"),
        ({"reach_min": float("nan")}, "reach_min must be above 0, got nan"),
        ({"reach_min": float("inf")}, "reach_min must be above 0, got inf"),
        ({"hour": 24}, "hour must be from 0 to 23, got 24"),
        ({"hour": -1}, "hour must be from 0 to 23, got -1"),
    ],
)
def test_an_impossible_request_is_refused(town_grid, lattice, request_, message):
    asked = {"origins": np.array([0]), "reach_min": 5.0, **request_}
    with pytest.raises(DataError, match=message):
        lattice.minutes(town_grid, **asked)


def test_a_lattice_of_another_grid_is_refused(town, lattice):
    other = hexes.cover(town.outline, 7)
    with pytest.raises(DataError, match="make the lattice for this grid"):
        lattice.minutes(other, np.array([0]), reach_min=5)


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ((1.0,) * 23, "time_factor has 23 values: give 24"),
        ((1.0,) * 23 + (0.0,), "time_factor must be above 0, got 0.0 at hour 23"),
        ((float("nan"),) + (1.0,) * 23, "got nan at hour 0"),
    ],
)
def test_time_factors_out_of_range_are_refused(factors, message):
    with pytest.raises(DataError, match=message):
        dataclasses.replace(SPEEDS, time_factor=factors)


def test_nan_is_no_speed():
    for name in ("urban_kmh", "detour", "setting_off_min"):
        with pytest.raises(DataError, match=name):
            dataclasses.replace(SPEEDS, **{name: float("nan")})
