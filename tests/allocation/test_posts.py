"""Candidate posts on Toyshire."""

import dataclasses

import numpy as np
import pytest

from geoalloc import allocation, gazetteer, hexes
from geoalloc.errors import DataError


@pytest.fixture(scope="module")
def work(town_grid):
    return np.random.default_rng(0).gamma(0.4, size=len(town_grid))


@pytest.fixture(scope="module")
def posts(town, town_grid, work):
    return allocation.candidate_posts(
        town_grid, town, work, patrol_resolution=7, demand_share=0.9
    )


def test_stations_come_first_in_their_order(posts, town):
    assert list(posts["name"][:2]) == [
        "Westford police station",
        "Easton police station",
    ]
    assert list(posts["kind"][:2]) == ["station", "station"]


def test_no_two_posts_share_a_hex(posts):
    assert posts["position"].is_unique


def test_a_place_beside_its_station_is_not_a_second_post(posts):
    assert not posts["name"].isin(["Patrol area: Westford"]).any()
    assert posts["name"].isin(["Patrol area: Little Wold"]).sum() == 1


def test_patrol_areas_stand_where_the_work_of_their_cell_is_greatest(
    posts, town_grid, work
):

    parent = hexes.parents(town_grid.hex_id, 7)
    areas = posts[posts["kind"] == "patrol area"]["position"]
    assert len(areas) > 10
    for position in areas:
        same = np.flatnonzero(parent == parent[position])
        assert work[position] == work[same].max()


def test_cells_are_taken_until_they_hold_the_share(town, town_grid, work):
    counts = [
        len(
            allocation.candidate_posts(
                town_grid, town, work, patrol_resolution=7, demand_share=share
            )
        )
        for share in (0.0, 0.3, 0.9, 1.0)
    ]
    assert counts[0] == 3
    assert counts == sorted(counts)
    assert counts[1] < counts[2]


def test_patrol_areas_keep_a_kilometer_from_named_posts(posts, town_grid, town):
    at = town.places.geometry.to_crs(town_grid.crs)
    areas = posts[posts["kind"] == "patrol area"]["position"].to_numpy()
    for point in at:
        away = np.hypot(town_grid.x_m[areas] - point.x, town_grid.y_m[areas] - point.y)
        assert away.min() > 1_000


def test_a_named_post_bears_the_grid_reference_of_its_point(posts, town, town_grid):
    at = town.stations.geometry.to_crs(town_grid.crs).iloc[0]
    assert posts["grid_ref"].iloc[0] == gazetteer.grid_reference(at.x, at.y)


def test_every_hex_can_be_its_own_patrol_area(town, town_grid, work):
    posts = allocation.candidate_posts(
        town_grid, town, work, patrol_resolution=9, demand_share=1.0
    )
    near = posts["kind"] == "patrol area"
    assert near.sum() > 0.8 * len(town_grid)


def test_a_station_off_the_grid_is_named(town, town_grid, work):

    moved = town.stations.assign(geometry=town.stations.geometry.translate(5, 0))
    with pytest.raises(DataError, match="station 'Westford' is outside the area"):
        allocation.candidate_posts(
            town_grid,
            dataclasses.replace(town, stations=moved),
            work,
            patrol_resolution=7,
            demand_share=0.5,
        )
