"""The table [travel] of a scenario: what it takes minutes from."""

import pytest
from pydantic import ValidationError

from geoalloc import travel
from geoalloc.scenario.service import Travel

LATTICE = {"urban_kmh": 30.0, "rural_kmh": 55.0, "detour": 1.3, "setting_off_min": 1.0}
ROADS = {"roads": {"path": "roads.osm.pbf"}}
SERVER = {"server": {"url": "http://127.0.0.1:5000"}}


def test_the_lattice_is_the_source_unless_another_is_named():
    found = Travel(**LATTICE)
    assert found.source == "lattice"
    speeds = travel.Speeds(**found.speeds())
    assert speeds.time_factor == (1.0,) * 24
    assert speeds.urban_kmh == 30.0


def test_defaults_are_those_of_the_library():
    found = Travel(**LATTICE, **ROADS, **SERVER, source="roads")
    speeds, server = travel.RoadSpeeds(), travel.TableServer(url=found.server.url)
    for name in ("limit_share", "factor", "junction_delay_min"):
        assert getattr(found.roads, name) == getattr(speeds, name)
    for name in ("profile", "most_coordinates", "fastest_kmh"):
        assert getattr(found.server, name) == getattr(server, name)
    for name in ("timeout_s", "tries"):
        assert getattr(found.server, name) == getattr(server.patience, name)
    fields = travel.RoadGraph.__dataclass_fields__
    for name in ("snap_km", "access_kmh"):
        assert getattr(found.roads, name) == fields[name].default


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": "roads"}, r"roads is asked for: add a \[travel.roads\] table"),
        ({"source": "server"}, r"server is asked for: add a \[travel.server\] table"),
        (
            {"source": "server", "fallback": "roads", **SERVER},
            r"roads is asked for: add a \[travel.roads\]",
        ),
        ({"fallback": "lattice"}, "source 'lattice' takes no fallback"),
        ({"time_factor": [1.0] * 23}, "at least 24 items"),
        ({"time_factor": [1.0] * 23 + [0.0]}, "greater than 0"),
    ],
)
def test_a_source_without_what_it_needs_is_refused(change, message):
    with pytest.raises(ValidationError, match=message):
        Travel(**LATTICE, **change)


CIRCLE = {"latitude": 51.4, "longitude": -2.6, "radius_m": 800.0}
LINE = {"line": [[-2.6, 51.4], [-2.5, 51.4]], "width_m": 300.0}


@pytest.mark.parametrize("shape", [CIRCLE, LINE, {"path": "flood.geojson"}])
def test_a_closure_has_one_shape(shape):
    closure = {"name": "flood", "speed_share": 0.0, **shape}
    found = Travel(**LATTICE, closures=[closure])
    assert found.closures[0].highways == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "give one of path, line, or latitude, longitude and radius_m"),
        (CIRCLE | LINE, "give one of path, line, or latitude"),
        ({"latitude": 51.4}, "latitude, longitude and radius_m go together"),
        ({"line": LINE["line"]}, "line needs width_m"),
        (CIRCLE | {"width_m": 3.0}, "has a radius_m and no width_m"),
        (LINE | {"line": [[51.4, -2.6]]}, "at least 2 items"),
        (LINE | {"line": [[-2.6, 51.4], [1.0]]}, "at least 2 items"),
        (LINE | {"line": [[-2.6, 51.4], [-2.6, 151.4]]}, r"the point \[-2.6, 151.4\]"),
        (CIRCLE | {"speed_share": 1.1}, "less than or equal to 1"),
        (CIRCLE | {"radius_m": 0.0}, "greater than 0"),
    ],
)
def test_a_closure_that_is_none_is_refused(change, message):
    closure = {"name": "flood", "speed_share": 0.0} | change
    with pytest.raises(ValidationError, match=message):
        Travel(**LATTICE, closures=[closure])


def test_a_server_is_not_told_of_closures():
    closure = {"name": "flood", "speed_share": 0.0, **CIRCLE}
    with pytest.raises(ValidationError, match=r"told to the server \('flood'\)"):
        Travel(**LATTICE, **SERVER, source="server", closures=[closure])


def test_two_closures_of_one_name_are_refused():
    closure = {"name": "flood", "speed_share": 0.0, **CIRCLE}
    with pytest.raises(ValidationError, match="two closures of the name 'flood'"):
        Travel(**LATTICE, closures=[closure, closure])
