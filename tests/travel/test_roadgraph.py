"""Travel over roads against a plain twin, and what happens far from roads."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from geoalloc import hexes
from geoalloc.errors import DataError
from geoalloc.travel import RoadGraph, RoadSpeeds, read_roads, roadgraph
from tests import naive_travel
from tests.travel import roads
from tests.travel.test_network import naive_roads

SPEEDS = RoadSpeeds(junction_delay_min=0.1, setting_off_min=1.5)


@pytest.fixture(scope="module")
def streets():
    return roads.town_roads(seed=7)


@pytest.fixture(scope="module")
def graph(streets, tmp_path_factory):
    path = roads.geojson(tmp_path_factory.mktemp("roads") / "toy.geojson", streets)
    return RoadGraph(network=read_roads(path, SPEEDS), speeds=SPEEDS, snap_km=1.2)


def plain_minutes(streets, grid, origin):
    """Minutes from the hex of the plain twin's network, by hex."""
    edges = naive_travel.road_edges(naive_roads(streets), 0.1)
    nodes = sorted({node for edge in edges for node in edge[:2]})
    places = [(x / 1e5, y / 1e5) for x, y in nodes]

    def snapped(h):
        center = (grid.longitude[h], grid.latitude[h])
        km, node = min(
            (naive_travel.apart_km(center, place), node)
            for place, node in zip(places, nodes, strict=True)
        )
        return (node, 60 * 1.3 * km / 20.0) if km <= 1.2 else (None, None)

    start, away = snapped(origin)
    least = naive_travel.shortest(edges, start)
    found = np.zeros(len(grid))
    for h in range(len(grid)):
        node, access = snapped(h)
        if h != origin and node is not None:
            found[h] = 1.5 + away + least[node] + access
    return found


def test_minutes_are_the_plain_twins(streets, graph, town_grid):
    snapped = graph.snapped(town_grid)
    origin = int(np.flatnonzero(snapped.node >= 0)[40])
    found = graph.minutes(town_grid, np.array([origin]), reach_min=200).toarray()[0]
    own = found[origin]
    found[origin] = 0.0
    expected = plain_minutes(streets, town_grid, origin)
    assert (found > 0).sum() > 100
    # metres of the grid's CRS are off by up to half a thousandth, and move a few hexes
    # that are as near to one junction as to another
    both = (found > 0) & (expected > 0)
    assert (both == ((found > 0) | (expected > 0))).mean() > 0.99
    close = np.isclose(found[both], expected[both], rtol=2e-3)
    assert close.mean() > 0.99
    assert 1.5 < own < 4


def test_blocks_of_origins_give_the_rows_of_each(graph, town_grid, monkeypatch):
    origins = np.array([3, 50, 3, 90, 120])
    whole = graph.minutes(town_grid, origins, reach_min=15)
    monkeypatch.setattr(roadgraph, "_DENSE", 1)
    by_one = graph.minutes(town_grid, origins, reach_min=15)
    assert abs(whole - by_one).nnz == 0
    np.testing.assert_array_equal(whole[[0]].toarray(), whole[[2]].toarray())


def test_journeys_beyond_the_reach_are_left_out_and_none_is_0(graph, town_grid):
    origins = np.arange(0, len(town_grid), 7)
    far = graph.minutes(town_grid, origins, reach_min=200).toarray()
    near = graph.minutes(town_grid, origins, reach_min=12)
    own = np.zeros(far.shape, dtype=bool)
    own[np.arange(origins.size), origins] = True
    expected = np.where((far <= 12) | own, far, 0)
    np.testing.assert_array_equal(near.toarray(), expected)
    assert near.data.min() > 0
    assert near.dtype == np.float32


def test_hexes_without_a_setting_off_or_a_way_to_the_road_are_still_no_0(
    streets, graph
):
    free = dataclasses.replace(
        graph,
        speeds=dataclasses.replace(SPEEDS, setting_off_min=0.0),
        access_kmh=1e12,
    )
    grid = hexes.cover(graph_area(graph), 9)
    found = free.minutes(grid, np.arange(0, len(grid), 9), reach_min=5)
    assert found.data.min() == pytest.approx(1 / 60)


def graph_area(graph):
    from shapely.geometry import box

    east, north = graph.network.longitude.mean(), graph.network.latitude.mean()
    return box(east - 0.02, north - 0.02, east + 0.02, north + 0.02)


def test_an_hour_stretches_all_but_setting_off(graph, town_grid):
    factors = tuple(2.0 if hour == 17 else 1.0 for hour in range(24))
    rush = dataclasses.replace(
        graph, speeds=dataclasses.replace(SPEEDS, time_factor=factors)
    )
    origins = np.array([60])
    calm = rush.minutes(town_grid, origins, reach_min=50, hour=5)
    busy = rush.minutes(town_grid, origins, reach_min=2 * 48.5 + 1.5, hour=17)
    np.testing.assert_array_equal(calm.indices, busy.indices)
    np.testing.assert_allclose(busy.data - 1.5, 2 * (calm.data - 1.5), rtol=1e-5)


def test_hexes_far_from_roads_are_out_of_reach_and_said(graph, town_grid):
    narrow = dataclasses.replace(graph, snap_km=0.3)
    off = np.flatnonzero(narrow.snapped(town_grid).node < 0)
    found = narrow.journeys(town_grid, np.array([off[0], 60]), reach_min=200)
    assert 0 < off.size < len(town_grid)
    assert found.travel_min[[0]].nnz == 0
    assert not np.isin(off, found.travel_min.indices).any()
    assert f"{off.size:,} of {len(town_grid):,} hexes have no road" in found.notes[-1]
    assert found.source == "roads of toy.geojson"


def test_hexes_far_from_roads_are_named_by_place(graph, town_grid):
    place = np.where(town_grid.longitude < -2.65, "Westford", "Easton").astype(object)
    narrow = dataclasses.replace(graph, snap_km=0.3, place=place)
    off = narrow.snapped(town_grid).node < 0
    west, east = (off & (place == name) for name in ("Westford", "Easton"))
    named = {f"Westford ({west.sum()})", f"Easton ({east.sum()})"}
    note = narrow.journeys(town_grid, np.array([60]), reach_min=9).notes[-1]
    assert set(note.removesuffix(".").split("most near ")[1].split(", ")) == named
    with pytest.raises(DataError, match=r"place has shape \(2,\), but the grid has"):
        dataclasses.replace(graph, place=place[:2]).journeys(
            town_grid, np.array([60]), reach_min=9
        )


def test_a_network_of_another_area_is_refused(graph):
    from shapely.geometry import box

    elsewhere = hexes.cover(box(0.0, 52.0, 0.1, 52.1), 7)
    message = r"toy.geojson has no road within 1.2 km of any of \d+ hexes"
    with pytest.raises(DataError, match=message):
        graph.minutes(elsewhere, np.array([0]), reach_min=10)


def test_no_origins_make_no_rows(graph, town_grid):
    none = graph.minutes(town_grid, np.empty(0, dtype=np.int64), reach_min=5)
    assert isinstance(none, sp.csr_array)
    assert none.shape == (0, len(town_grid))


@pytest.mark.parametrize("change", [{"snap_km": 0}, {"access_kmh": float("nan")}])
def test_snapping_out_of_range_is_refused(graph, change):
    with pytest.raises(DataError, match=f"{next(iter(change))} must be above 0"):
        dataclasses.replace(graph, **change)


def test_impossible_requests_are_refused(graph, town_grid):
    with pytest.raises(DataError, match="reach_min must be above 0"):
        graph.minutes(town_grid, np.array([0]), reach_min=0)
    with pytest.raises(DataError, match="hour must be from 0 to 23"):
        graph.minutes(town_grid, np.array([0]), reach_min=5, hour=30)
