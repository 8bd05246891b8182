"""The ground is that of the run, in metres."""

import numpy as np
import pyproj
import pytest
import shapely

from geoalloc import hexes
from geoalloc.briefing import ground as grounds
from geoalloc.briefing.ground import Ground
from geoalloc.errors import DataError
from tests.briefing.conftest import changed


@pytest.fixture(scope="module")
def ground(toy):
    return Ground.of(toy)


def test_great_britain_is_in_the_national_grid(ground):
    west, south, east, north = ground.outline.bounds
    assert ground.crs == "EPSG:27700"
    assert 350_000 < west < east < 370_000
    assert 160_000 < south < north < 185_000


def test_elsewhere_metres_are_true_to_area():
    square = shapely.box(13.0, 52.0, 13.01, 52.01)
    crs = hexes.metric_crs(square)
    area = grounds.to_metres(square, crs).area
    geod = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(square)[0])
    assert area == pytest.approx(geod, rel=1e-4)


def test_a_point_is_where_an_independent_transform_puts_it(ground):
    to = pyproj.Transformer.from_crs(4326, 27700)
    east, north = to.transform(51.45, -2.6)
    moved = ground.metres(shapely.Point(-2.6, 51.45))
    assert (moved.x, moved.y) == pytest.approx((east, north), abs=1e-6)


def test_the_classes_cover_every_hex_once(ground, toy):
    total = sum(shape.area for shape in ground.fills) / 1e6
    # Areas of hexes are on the sphere, those of shapes on the ellipsoid.
    assert total == pytest.approx(toy.hexes["area_km2"].sum(), rel=4e-3)
    pairs = [(a, b) for i, a in enumerate(ground.fills) for b in ground.fills[i + 1 :]]
    assert all(shapely.intersection(a, b).area < 1.0 for a, b in pairs)


def test_a_hex_is_in_the_class_of_its_expected_incidents(ground, toy):
    expected = toy.demand.groupby("hex_id")["incidents"].sum()
    ids = expected.index.to_numpy()
    centers = shapely.centroid(hexes.polygons(ids))
    breaks = ground.classes.breaks
    for center, value in zip(centers, expected, strict=True):
        inside = [
            k
            for k, shape in enumerate(ground.fills)
            if shape.contains(ground.metres(center))
        ]
        assert inside == [sum(value >= b for b in breaks)]


def test_breaks_part_the_sum_of_demand_about_as_they_are_meant_to():
    values = np.random.default_rng(1).lognormal(-3, 2, size=5000)
    found = grounds.classes(values)
    below = [values[values < b].sum() / values.sum() for b in found.breaks]
    assert len(found.breaks) == 4
    assert below == pytest.approx([0.05, 0.2, 0.5, 0.8], abs=0.1)


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e4])
def test_labels_of_classes_are_never_alike(scale):
    values = np.random.default_rng(2).lognormal(0, 1, size=500) * scale
    found = grounds.classes(values)
    assert len(set(found.labels)) == len(found.labels) == len(found.breaks) + 1
    assert not any(label.startswith("0 to 0") for label in found.labels)
    for low, label in zip(found.breaks, found.labels[1:], strict=True):
        assert float(label.split()[0]) == pytest.approx(low)


def test_a_value_at_a_break_is_in_the_class_above():
    found = grounds.Classes(breaks=(0.2, 0.5), labels=("a", "b", "c"))
    assert found.of(np.array([0.19, 0.2, 0.49, 0.5, 9.0])).tolist() == [0, 1, 1, 2, 2]


def test_no_demand_is_one_class():
    found = grounds.classes(np.zeros(4))
    assert found.labels == ("none",)
    assert found.of(np.zeros(4)).tolist() == [0] * 4


def test_units_at_one_post_stand_together(ground, toy):
    assert sorted(u for p in ground.posts for u in p.units) == sorted(
        toy.posts["unit_id"]
    )
    assert [post.units for post in ground.posts if len(post.units) > 1] == [
        ("R1", "R2")
    ]


def test_places_come_by_their_people(ground):
    assert [place.name for place in ground.places] == ["Northtown", "Southtown"]


def test_a_kind_of_line_that_is_not_there_is_empty(ground):
    assert ground.lines["coast"] == ground.lines["road"] == ()
    assert [line.name for line in ground.lines["river"]] == ["Water"]


def test_hotspots_have_the_area_of_their_hexes(ground, toy):
    area = dict(zip(toy.hexes["hex_id"], toy.hexes["area_km2"], strict=True))
    for row in toy.hotspots.itertuples():
        expected = sum(area[one] for one in row.hex_ids)
        assert ground.hotspots[row.rank].area / 1e6 == pytest.approx(expected, rel=4e-3)


def test_a_run_without_an_outline_is_refused(toy):
    areas = toy.areas[toy.areas["kind"] != "force"]
    with pytest.raises(DataError, match="has no outline of its force"):
        Ground.of(changed(toy, areas=areas))
