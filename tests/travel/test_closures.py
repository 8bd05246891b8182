"""Closures: what they touch, what they slow, what they cut off."""

import dataclasses

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geoalloc import travel
from geoalloc.errors import CrsError, DataError
from geoalloc.travel import closures, lines, network
from geoalloc.travel.lattice import _LATTICE_EXCESS
from tests import naive_closures
from tests.travel import roads

SPEEDS = travel.Speeds(urban_kmh=30, rural_kmh=60, detour=1.3, setting_off_min=1.5)
ROADS = travel.RoadSpeeds(junction_delay_min=0.0, setting_off_min=1.0)


@pytest.fixture(scope="module")
def lattice(town_grid):
    return travel.Lattice(
        urban=town_grid.x_m < np.median(town_grid.x_m),
        open_steps=np.ones((len(town_grid), 6), dtype=bool),
        speeds=SPEEDS,
    )


def middle_of(grid):
    return int(
        np.hypot(grid.x_m - grid.x_m.mean(), grid.y_m - grid.y_m.mean()).argmin()
    )


def closed(grid, share=0.0, metres=1500.0):
    at = middle_of(grid)
    point = (float(grid.longitude[at]), float(grid.latitude[at]))
    shape = travel.around([point], metres)
    return travel.Closure(name="flood", shape=shape, speed_share=share)


@pytest.mark.kernel
@pytest.mark.parametrize("share", [0.0, 0.4])
def test_minutes_round_a_closure_are_dijkstras(town_grid, lattice, share):
    kept = travel.hex_shares(town_grid, [closed(town_grid, share)])
    assert 1 < (kept < 1).sum() < len(town_grid) / 2
    origins = np.array([0, len(town_grid) // 3, middle_of(town_grid)])
    over = dataclasses.replace(lattice, share=kept)
    found = over.minutes(town_grid, origins, reach_min=500).toarray()
    for row, origin in zip(found, origins.tolist(), strict=True):
        expected = naive_closures.journeys(
            town_grid.neighbors.tolist(),
            town_grid.x_m.tolist(),
            town_grid.y_m.tolist(),
            lattice.urban.tolist(),
            (30, 60, 1.3 / _LATTICE_EXCESS),
            kept.tolist(),
            origin,
        )
        others = np.arange(len(town_grid)) != origin
        minutes = np.where(row == 0, np.inf, row - 1.5)
        np.testing.assert_allclose(
            minutes[others], np.array(expected)[others], rtol=1e-5
        )


@pytest.mark.kernel
def test_a_closure_of_nothing_changes_nothing(town_grid, lattice):
    origins = np.arange(0, len(town_grid), 40)
    plain = lattice.minutes(town_grid, origins, reach_min=60)
    for share in (
        travel.hex_shares(town_grid, []),
        travel.hex_shares(town_grid, [closed(town_grid, share=1.0)]),
    ):
        over = dataclasses.replace(lattice, share=share)
        found = over.minutes(town_grid, origins, reach_min=60)
        np.testing.assert_array_equal(found.toarray(), plain.toarray())


@pytest.mark.kernel
def test_who_stands_in_what_is_closed_goes_about_there_alone(town_grid, lattice):
    at = middle_of(town_grid)
    share = travel.hex_shares(town_grid, [closed(town_grid)])
    over = dataclasses.replace(lattice, share=share)
    found = over.minutes(town_grid, np.array([at]), reach_min=500).tocoo()
    assert found.col.tolist() == [at]
    free = lattice.minutes(town_grid, np.array([at]), reach_min=500).toarray()
    assert found.data[0] == pytest.approx(free[0, at])


def test_a_closure_touches_the_hexes_within_its_radius(town_grid):
    """A circle meets a hex if its middle is nearer than the radius to the outline."""
    shape = closed(town_grid, metres=2000.0)
    share = travel.hex_shares(town_grid, [shape])
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", town_grid.crs, always_xy=True)
    at = middle_of(town_grid)
    middle = shapely.Point(town_grid.x_m[at], town_grid.y_m[at])
    for polygon, kept in zip(town_grid.polygons, share, strict=True):
        outline = shapely.transform(polygon, to_metres.transform, interleaved=False)
        away = outline.distance(middle)
        if abs(away - 2000.0) > 10.0:  # the grid's metres are not those of the ground
            assert (kept == 0.0) == (away < 2000.0)


def test_of_several_closures_the_least_share_holds(town_grid):
    slow, shut = closed(town_grid, 0.5, 3000.0), closed(town_grid, 0.0, 1000.0)
    share = travel.hex_shares(town_grid, [shut, slow])
    assert set(np.unique(share)) == {0.0, 0.5, 1.0}
    np.testing.assert_array_equal(share, travel.hex_shares(town_grid, [slow, shut]))


def test_a_line_is_widened_by_so_many_metres():
    shape = travel.around([(-2.7, 51.3), (-2.7, 51.4)], 250.0)
    area = gpd.GeoSeries([shape], crs="EPSG:4326").to_crs("EPSG:27700").area.iloc[0]
    geod = pyproj.Geod(ellps="WGS84")
    length = geod.line_length([-2.7, -2.7], [51.3, 51.4])
    assert area == pytest.approx(length * 500 + np.pi * 250**2, rel=2e-3)


def test_a_file_of_shapes_is_read_in_any_crs(tmp_path):
    box = gpd.GeoSeries([shapely.box(-2.75, 51.3, -2.7, 51.35)], crs="EPSG:4326")
    path = tmp_path / "flood.gpkg"
    gpd.GeoDataFrame(geometry=box).to_crs("EPSG:27700").to_file(path)
    found = travel.read_closed(path)
    assert found.symmetric_difference(box.iloc[0]).area < 1e-3 * found.area
    assert travel.read_closed(path, metres=500.0).contains(found)


def test_files_that_are_no_shapes_are_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read as closures"):
        travel.read_closed(tmp_path / "none.geojson")
    box = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)])
    with pytest.warns(UserWarning, match="crs"):
        box.to_file(tmp_path / "flood.gpkg")
    with pytest.raises(CrsError, match="names no CRS"):
        travel.read_closed(tmp_path / "flood.gpkg")


@pytest.mark.parametrize("share", [-0.1, 1.5, np.nan])
def test_a_share_beyond_0_to_1_is_refused(share):
    with pytest.raises(DataError, match=r"must be from 0 \(closed\) to 1 \(free\)"):
        travel.Closure(name="x", shape=shapely.Point(0, 0), speed_share=share)


def test_a_lattice_needs_a_share_for_each_hex(town_grid, lattice):
    over = dataclasses.replace(lattice, share=np.full(len(town_grid), 2.0))
    with pytest.raises(DataError, match=r"share has shape .* from 2 to 2"):
        over.minutes(town_grid, np.array([0]), reach_min=10)


def town(tmp_path, closed=()):
    read = lines.read(roads.geojson(tmp_path / "roads.geojson", roads.town_roads()))
    return network.build(read, ROADS, closed)


def test_roads_keep_the_share_of_the_steps_that_are_touched(tmp_path):
    """Each street of the town is two steps between its ends."""
    box = shapely.box(-2.66, 51.36, -2.64, 51.41)
    for share in (0.0, 0.25):
        plain = town(tmp_path)
        slowed = town(
            tmp_path, [travel.Closure(name="x", shape=box, speed_share=share)]
        )
        ends = zip(plain.here.tolist(), plain.there.tolist(), strict=True)
        seen = set()
        streets = {
            frozenset([tuple(p[0]), tuple(p[-1])]): p for p, _ in roads.town_roads()
        }
        for k, (a, b) in enumerate(ends):
            at = [
                (round(plain.longitude[i], 5), round(plain.latitude[i], 5))
                for i in (a, b)
            ]
            points = streets[frozenset(at)]
            steps = [shapely.LineString(points[i : i + 2]) for i in (0, 1)]
            km = network._apart_km(*np.array(points).T)[1:].tolist()
            kept = [share if box.intersects(step) else 1.0 for step in steps]
            expected = naive_closures.line_share(km, kept)
            assert slowed.kmh[k] == pytest.approx(plain.kmh[k] * expected)
            seen.add(round(expected, 3))
        assert len(seen) > (1 if share == 0 else 2)


def test_roads_that_are_closed_cut_off_who_is_between_them(tmp_path, town_grid):
    box = shapely.box(-2.68, 51.0, -2.66, 52.0)  # a strip from north to south
    strip = travel.Closure(name="x", shape=box, speed_share=0.0)
    over = travel.RoadGraph(network=town(tmp_path, [strip]), speeds=ROADS, snap_km=3.0)
    west, east = (
        int(np.argmin(np.hypot(town_grid.longitude - x, town_grid.latitude - 51.37)))
        for x in (-2.75, -2.56)
    )
    found = over.minutes(town_grid, np.array([west, east]), reach_min=500).toarray()
    free = travel.RoadGraph(network=town(tmp_path), speeds=ROADS, snap_km=3.0)
    before = free.minutes(town_grid, np.array([west, east]), reach_min=500).toarray()
    across = (np.array([0, 1]), np.array([east, west]))
    assert (before[across] > 0).all()
    assert (found[across] == 0).all()
    assert (found > 0).sum() < (before > 0).sum()


def test_only_the_classes_named_are_closed(tmp_path):
    box = shapely.box(-3, 51, -2, 52)
    plain, classes = town(tmp_path), {"residential"}
    shut = travel.Closure(name="x", shape=box, speed_share=0.0, highways=tuple(classes))
    found = town(tmp_path, [shut])
    assert 0 < (found.kmh == 0).sum() < found.kmh.size
    np.testing.assert_array_equal(found.kmh[found.kmh > 0], plain.kmh[found.kmh > 0])


def test_a_note_names_what_a_closure_touches(town_grid):
    place = np.array(["Westham"] * len(town_grid), dtype=object)
    shut = closed(town_grid)
    n = int((travel.hex_shares(town_grid, [shut]) == 0).sum())
    far = travel.Closure(name="far", shape=shapely.Point(0, 0), speed_share=0.0)
    half = dataclasses.replace(shut, speed_share=0.5, name="half")
    told = travel.closure_notes(town_grid, [shut, far, half], place)
    assert told[0] == (
        f"The closure 'flood' touches {n} hexes, most near Westham ({n}): nobody "
        "drives in, out or through."
    )
    assert told[1] == "The closure 'far' touches no hex, and changes nothing."
    assert told[2].endswith(": units drive at 50% of their speed.")


def test_what_is_cut_off_is_told_with_its_calls():
    place = np.array(["A", "B", "B", "C"], dtype=object)
    calls = np.array([1.0, 2.0, 0.5, 0.0])
    told = travel.cut_off_note(place, calls, np.array([False, True, True, True]))
    assert told == (
        "The closures cut off 2 hexes with 2.5 of the calls of the shift, most near "
        "B (2): nobody reaches them."
    )
    none = travel.cut_off_note(place, calls, np.zeros(4, dtype=bool))
    assert none == "No place with calls is cut off by the closures."


def test_no_closure_leaves_every_road_its_speed():
    share = closures.road_shares(
        np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array(["a", "a"], object), []
    )
    assert share.tolist() == [1.0, 1.0]
