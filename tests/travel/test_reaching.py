"""Places that no origin reaches, counted by hand."""

import numpy as np
import pytest
import scipy.sparse as sp

from geoalloc import travel
from geoalloc.errors import DataError

TRAVEL = sp.csr_array(
    np.array([[3, 0, 0, 0, 0, 2], [0, 0, 0, 0, 0, 1]], dtype=np.float32)
)
DEMAND = np.array([1.0, 0.0, 2.0, 0.5, 0.25, 4.0])
PLACES = ["Weston", "Flat Holm", "Steep Holm", "Flat Holm", "Flat Holm", "Weston"]


def test_hexes_with_demand_that_nobody_reaches_are_counted_by_place():
    found = travel.unreachable(TRAVEL, DEMAND, PLACES)
    assert found.to_dict("list") == {
        "place": ["Steep Holm", "Flat Holm"],
        "n_hexes": [1, 2],
        "incidents": [2.0, 0.75],
    }


def test_places_that_tie_are_in_the_order_of_their_names():
    found = travel.unreachable(TRAVEL, np.ones(6), list("aDCBBa"))
    assert found["place"].tolist() == ["B", "C", "D"]
    assert found["n_hexes"].tolist() == [2, 1, 1]


def test_where_all_demand_is_reached_no_place_is_named():
    found = travel.unreachable(TRAVEL, np.array([1.0, 0, 0, 0, 0, 1]), PLACES)
    assert found.empty
    assert list(found.columns) == ["place", "n_hexes", "incidents"]


@pytest.mark.parametrize(
    ("demand", "places", "message"),
    [
        (DEMAND[:5], PLACES, r"demand has shape \(5,\), but travel_min has 6 hexes"),
        (DEMAND, PLACES[:2], r"place has shape \(2,\)"),
        (np.full(6, np.nan), PLACES, "demand is nan or negative at 6 of 6 hexes"),
        (-DEMAND, PLACES, "demand is nan or negative at 5 of 6 hexes"),
    ],
)
def test_unaligned_or_impossible_demand_is_refused(demand, places, message):
    with pytest.raises(DataError, match=message):
        travel.unreachable(TRAVEL, demand, places)
