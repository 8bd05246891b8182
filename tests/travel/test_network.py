"""Networks joined from lines, by hand and against a plain twin."""

import dataclasses

import numpy as np
import pytest

from geoalloc.errors import DataError
from geoalloc.travel import CLASS_KMH, RoadSpeeds, lines, network, read_roads
from tests import naive_travel
from tests.travel import roads

SPEEDS = RoadSpeeds(junction_delay_min=0.2, setting_off_min=1.5)
A, B, C, D = [-2.70, 51.40], [-2.69, 51.40], [-2.68, 51.40], [-2.69, 51.41]
STREET = {"highway": "residential"}


def built(tmp_path, streets, speeds=SPEEDS):
    return read_roads(roads.geojson(tmp_path / "a.geojson", streets), speeds)


def edges(found):
    """Edges by rounded ends: minutes along them, and past the node at the end."""
    graph = found.minutes(SPEEDS).tocoo()

    def key(n):
        return round(found.longitude[n] * 1e5), round(found.latitude[n] * 1e5)

    return {
        (key(i), key(j)): value
        for i, j, value in zip(graph.row, graph.col, graph.data, strict=True)
    }


def ends(*points):
    return tuple((round(x * 1e5), round(y * 1e5)) for x, y in points)


def test_the_network_is_its_plain_twins(tmp_path):
    streets = roads.town_roads(seed=3)
    found = built(tmp_path, streets)
    expected = {}
    for begin, end, minutes in naive_travel.road_edges(naive_roads(streets), 0.2):
        pair = (begin, end)
        expected[pair] = min(minutes, expected.get(pair, np.inf))
    result = edges(found)
    assert result.keys() == expected.keys()
    for pair, minutes in expected.items():
        assert result[pair] == pytest.approx(minutes, rel=1e-9)


def naive_roads(streets):
    limits = {None: None, "20 mph": 20 * 1.609344, "60": 60}
    directions = {None: 0, "yes": 1, "-1": -1}
    return [
        (
            points,
            limits[tags["maxspeed"]] * 0.85
            if tags["maxspeed"]
            else CLASS_KMH[tags["highway"]],
            directions[tags["oneway"]],
        )
        for points, tags in streets
    ]


def test_an_extract_gives_the_network_of_the_same_lines(tmp_path):
    pytest.importorskip("osmium")
    streets = roads.town_roads(seed=5)
    plain = built(tmp_path, streets)
    extract = read_roads(roads.pbf(tmp_path / "a.osm.pbf", streets), SPEEDS)
    one, other = edges(plain), edges(extract)
    assert one.keys() == other.keys()
    assert max(abs(one[pair] - other[pair]) for pair in one) < 1e-6


def test_ways_of_an_extract_meet_where_they_cross_and_lines_where_one_ends(tmp_path):
    pytest.importorskip("osmium")
    south = [-2.69, 51.39]
    crossing = [([A, B, C], STREET), ([D, B, south], STREET)]
    joined = read_roads(roads.pbf(tmp_path / "a.osm.pbf", crossing), SPEEDS)
    assert joined.n_nodes == 5
    bridge = built(tmp_path, crossing)
    assert bridge.n_nodes == 2  # one street passes over the other
    assert built(tmp_path, [([A, B, C], STREET), ([D, B], STREET)]).n_nodes == 4


def test_a_one_way_ring_is_driven_round(tmp_path):
    ring = [([A, B], STREET), ([B, D], STREET), ([D, A], STREET)]
    found = edges(built(tmp_path, [(p, {**STREET, "oneway": "yes"}) for p, _ in ring]))
    assert found.keys() == {ends(A, B), ends(B, D), ends(D, A)}
    back = edges(built(tmp_path, [(p, {**STREET, "oneway": "-1"}) for p, _ in ring]))
    assert back.keys() == {ends(B, A), ends(D, B), ends(A, D)}
    circle = {**STREET, "junction": "roundabout"}
    assert edges(
        built(tmp_path, [([A, B, D, A], circle), ([A, C], STREET)])
    ).keys() == {
        ends(A, A),
        ends(A, C),
        ends(C, A),
    }


def test_what_can_be_reached_and_not_left_is_left_out_and_said(tmp_path):
    blind = [([A, B], STREET), ([B, C], {**STREET, "oneway": "yes"})]
    found = built(tmp_path, blind)
    assert found.n_nodes == 2
    assert found.notes == (
        "1 of 3 junctions of a.geojson cannot be both reached and left over the rest "
        "of the roads, and are left out.",
    )


def test_time_is_lost_only_where_three_roads_meet(tmp_path):
    star = [([A, B], STREET), ([B, C], STREET), ([B, D], STREET)]
    found = built(tmp_path, star)
    assert found.crossing.sum() == 1
    km = naive_travel.apart_km(A, B)
    plain = 60 * km / CLASS_KMH["residential"]
    assert edges(found)[ends(A, B)] == pytest.approx(plain + 0.2)
    assert edges(found)[ends(B, A)] == pytest.approx(plain)


def test_a_scenario_sets_speeds_by_class_and_closes_classes(tmp_path):
    two = [([A, B], STREET), ([A, B], {"highway": "service"}), ([A, C], STREET)]
    slow = RoadSpeeds(class_kmh={"residential": 10, "service": 0, "track": 8})
    found = built(tmp_path, two, slow)
    assert set(found.kmh) == {10}
    assert found.here.size == 4
    muddy = built(tmp_path, [([A, B], {"highway": "track"})], slow)
    assert set(muddy.kmh) == {8}


def test_the_factor_scales_driving_and_not_the_delay_at_junctions(tmp_path):
    star = [([A, B], STREET), ([B, C], STREET), ([B, D], STREET)]
    found = built(tmp_path, star)
    twice = found.minutes(dataclasses.replace(SPEEDS, factor=2.0)).toarray()
    once = found.minutes(SPEEDS).toarray()
    delay = np.where(once > 0, 0.2 * found.crossing[None, :], 0)
    np.testing.assert_allclose(2 * (twice - delay), once - delay)


def test_the_faster_of_two_roads_between_the_same_ends_is_driven(tmp_path):
    both = [([A, B], {"highway": "living_street"}), ([A, B], {"highway": "primary"})]
    found = edges(built(tmp_path, both))
    km = naive_travel.apart_km(A, B)
    assert found[ends(A, B)] == pytest.approx(60 * km / CLASS_KMH["primary"])


def test_a_nonsense_limit_gives_way_to_the_class_and_is_said(tmp_path):
    found = built(tmp_path, [([A, B], {**STREET, "maxspeed": "999 mph"})])
    assert set(found.kmh) == {CLASS_KMH["residential"]}
    assert found.notes == (
        "Roads of a.geojson whose maxspeed is no speed, so that the speed of their "
        "class holds: 1.",
    )


def test_no_journey_begins_on_a_motorway(tmp_path):
    motorway = {"highway": "motorway", "oneway": "no"}
    found = built(tmp_path, [([A, B], motorway), ([B, C], motorway), ([C, D], STREET)])
    at = {ends(p)[0] for p in (C, D)}
    stopping = np.stack([found.longitude, found.latitude], axis=1)[found.stops]
    assert {ends(p)[0] for p in stopping.tolist()} == at


@pytest.mark.parametrize("highway", ["footway", "steps", "proposed"])
def test_roads_that_nobody_drives_are_no_network(tmp_path, highway):
    with pytest.raises(DataError, match=rf"no road .* \(highway is {highway}\)"):
        built(tmp_path, [([A, B], {"highway": highway})])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"limit_share": 0}, "limit_share must be above 0"),
        ({"factor": float("nan")}, "factor must be above 0"),
        ({"junction_delay_min": -1}, "junction_delay_min must be at least 0"),
        ({"setting_off_min": float("inf")}, "setting_off_min must be at least 0"),
        ({"class_kmh": {"primary": -3}}, "class_kmh of 'primary' must be at least 0"),
        ({"time_factor": (1.0,)}, "time_factor has 1 values"),
    ],
)
def test_speeds_out_of_range_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        RoadSpeeds(**change)


def test_lines_without_a_drivable_class_do_not_change_the_network(tmp_path):
    streets = roads.town_roads(seed=1)
    paths = [([A, D], {"highway": "footway"}), ([C, D], {"highway": None})]
    one = lines.read(roads.geojson(tmp_path / "a.geojson", streets))
    other = lines.read(roads.geojson(tmp_path / "b.geojson", streets + paths))
    assert edges(network.build(one, SPEEDS)) == edges(network.build(other, SPEEDS))
