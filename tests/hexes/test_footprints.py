"""Areas drawn from the incidents themselves."""

import h3.api.numpy_int as h3int
import numpy as np
import pytest
import shapely

from geoalloc import hexes
from geoalloc.errors import DataError
from tests import naive_hexes
from tests.hexes import places


def town(n=4_000, seed=0, at=(51.45, -2.6), spread=0.05):
    rng = np.random.default_rng(seed)
    lat, lng = rng.normal(at[0], spread, n), rng.normal(at[1], spread, n)
    return lat, lng


def by_hand(lat, lng, resolution):
    """Cells of the groups that are kept, from the definition."""
    points = list(zip(lat.tolist(), lng.tolist(), strict=True))
    held = [h3int.latlng_to_cell(y, x, resolution - 3) for y, x in points]
    groups = naive_hexes.groups(set(held), lambda c: h3int.grid_disk(c, 1).tolist())
    size = [sum(c in group for c in held) for group in groups]
    kept = [g for g, n in zip(groups, size, strict=True) if n >= 0.005 * len(held)]
    return sorted(c for group in kept for c in group)


@pytest.mark.parametrize("resolution", [8, 9, 10])
def test_the_footprint_is_the_coarse_cells_of_the_groups_that_count(resolution):
    lat, lng = town()
    lat[:12] += 1.0  # 12 of 4,000 are under half a per cent
    area = hexes.footprint(lat, lng, resolution)
    cells = hexes.polygons(np.array(by_hand(lat, lng, resolution), dtype=np.uint64))
    filled = [
        shapely.Polygon(part.exterior)
        for part in shapely.get_parts(shapely.union_all(shapely.buffer(cells, 1e-9)))
    ]
    expected = shapely.union_all(filled)
    assert area.symmetric_difference(expected).area < 1e-4 * area.area
    assert area.bounds[3] < 52.0


def test_a_footprint_has_no_holes_and_is_the_same_for_any_order():
    turn = np.linspace(0, 2 * np.pi, 600)
    lat, lng = 51.45 + 0.3 * np.sin(turn), -2.6 + 0.4 * np.cos(turn)
    area = hexes.footprint(lat, lng, 9)
    assert all(not part.interiors for part in shapely.get_parts(area))
    assert shapely.contains_xy(area, -2.6, 51.45)
    order = np.random.default_rng(0).permutation(600)
    assert area.equals(hexes.footprint(lat[order], lng[order], 9))


def test_most_incidents_lie_in_their_footprint():
    lat, lng = town()
    area = hexes.footprint(lat, lng, 9)
    grid = hexes.cover(area, 9)
    assert (grid.locate(lat, lng) >= 0).mean() > 0.95


def test_scattered_incidents_keep_the_largest_group():
    lat = np.repeat(np.linspace(40.0, 60.0, 300), 1)
    lng = np.linspace(0.0, 20.0, 300)
    lat, lng = np.append(lat, 45.0), np.append(lng, 30.0)
    lat, lng = np.append(lat, 45.0), np.append(lng, 30.0)
    area = hexes.footprint(lat, lng, 12)
    assert shapely.contains_xy(area, 30.0, 45.0)


def test_a_footprint_across_the_antimeridian_can_be_covered():
    rng = np.random.default_rng(0)
    lat, lng = rng.uniform(-17.2, -16.8, 2_000), rng.uniform(179.7, 180.3, 2_000)
    lng = (lng + 180.0) % 360.0 - 180.0
    grid = hexes.cover(hexes.footprint(lat, lng, 8), 8)
    assert (grid.locate(lat, lng) >= 0).mean() > 0.99
    assert grid.area.bounds[2] - grid.area.bounds[0] < 1.5


def test_points_off_the_globe_are_left_out():
    lat, lng = town()
    area = hexes.footprint(lat, lng, 9)
    lat, lng = np.append(lat, [np.nan, 95.0, 51.0]), np.append(lng, [0.0, 0.0, np.inf])
    assert area.equals(hexes.footprint(lat, lng, 9))


def test_a_finer_footprint_lies_in_a_coarser_one_but_for_its_rim():
    lat, lng = town()
    areas = [hexes.footprint(lat, lng, 9, coarser=k) for k in (1, 2, 3)]
    km2 = [hexes.cover(area, 9).land_km2.sum() for area in areas]
    assert km2[0] < km2[1] < km2[2]
    assert areas[2].intersection(areas[0]).area > 0.9 * areas[0].area
    with pytest.raises(DataError, match="coarser must be a whole number from 1 to 5"):
        hexes.footprint(lat, lng, 9, coarser=6)


def test_no_incident_has_no_footprint():
    with pytest.raises(DataError, match="none of the 2 incidents has a latitude"):
        hexes.footprint(np.array([np.nan, 99.0]), np.array([0.0, 0.0]), 9)
    with pytest.raises(DataError, match="none of the 0 incidents"):
        hexes.footprint(np.empty(0), np.empty(0), 9)
    with pytest.raises(DataError, match="from 5 to 12, got 3"):
        hexes.footprint(*town(), 3)


def test_one_incident_is_one_coarse_cell():
    area = hexes.footprint(np.array([51.45]), np.array([-2.6]), 9)
    cell = h3int.latlng_to_cell(51.45, -2.6, 6)
    assert area.equals(hexes.polygons(np.array([cell], dtype=np.uint64))[0])
    assert len(places.expected_ids(area, 9)) > 343


def test_a_footprint_is_not_drawn_of_arrays_that_differ_in_length():
    with pytest.raises(DataError, match="there are 3 latitudes but 2 longitudes"):
        hexes.footprint(np.zeros(3), np.zeros(2), 8)
    with pytest.raises(DataError, match=r"coarser must be a whole number .* got 2.0"):
        hexes.footprint(np.zeros(3), np.zeros(3), 8, coarser=2.0)
