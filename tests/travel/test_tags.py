"""Tags of roads, by the rules of the OpenStreetMap wiki, by hand."""

import numpy as np
import pandas as pd
import pytest

from geoalloc.travel import tags


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("30 mph", 48.28032),
        ("20mph", 32.18688),
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("37.5 kph", 37.5),
        (" 60 MPH ", 96.56064),
    ],
)
def test_limits_are_kilometres_an_hour_unless_they_name_a_unit(text, kmh):
    limit, refused = tags.limits(pd.Series([text]))
    assert limit[0] == pytest.approx(kmh)
    assert not refused[0]


@pytest.mark.parametrize(
    "text", ["none", "signals", "30;20", "0", "-30", "3 mph", "900", "nan", "1e2", "x"]
)
def test_a_limit_that_is_no_speed_is_refused(text):
    limit, refused = tags.limits(pd.Series([text, None, ""], dtype="str"))
    assert np.isnan(limit).all()
    assert refused.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("highway", "oneway", "junction", "direction"),
    [
        ("residential", None, None, 0),
        ("residential", "no", None, 0),
        ("residential", "yes", None, 1),
        ("residential", "1", None, 1),
        ("residential", "true", None, 1),
        ("residential", "-1", None, -1),
        ("residential", "reverse", None, -1),
        ("residential", "reversible", None, 0),
        ("tertiary", None, "roundabout", 1),
        ("tertiary", None, "circular", 1),
        ("tertiary", "-1", "roundabout", -1),
        ("tertiary", None, "jughandle", 0),
        ("motorway", None, None, 1),
        ("motorway_link", None, None, 1),
        ("motorway_link", "no", None, 0),
        ("trunk", None, None, 0),
    ],
)
def test_directions_follow_the_tags(highway, oneway, junction, direction):
    row = {"highway": [highway], "oneway": [oneway], "junction": [junction]}
    assert tags.directions(pd.DataFrame(row, dtype="str")).tolist() == [direction]


def test_roads_without_a_speed_or_barred_to_vehicles_are_not_driven():
    frame = pd.DataFrame(
        {
            "access": ["no", None, "private", None, None],
            "motor_vehicle": [None, "no", None, "yes", None],
        },
        dtype="str",
    )
    kmh = np.array([30.0, 30, 30, 30, np.nan])
    assert tags.drivable(frame, kmh).tolist() == [False, False, True, True, False]
