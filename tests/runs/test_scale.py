"""Breaks of classes, and densities by hand."""

import numpy as np
import pandas as pd
import pytest

from geoalloc.maps import _scale
from geoalloc.runs.scale import breaks, densities
from tests import naive_maps


@pytest.mark.parametrize("seed", range(4))
def test_breaks_are_those_of_the_map(seed):
    rng = np.random.default_rng(seed)
    values = rng.gamma(0.3, 2.0, 400) * (rng.random(400) < 0.8)
    weights = values * rng.uniform(0.5, 2.0, 400)
    found = breaks(values, weights)
    assert found == naive_maps.breaks(values, weights)
    assert found == _scale.classes(values, weights)["breaks"]


def test_nothing_has_no_classes():
    assert breaks(np.zeros(3), np.zeros(3)) == []


def test_densities_are_per_km2_of_land_and_hour():
    periods = pd.to_datetime(["2026-01-01T22:00Z", "2026-01-01T23:00Z"]).as_unit("us")
    hexes = pd.DataFrame(
        {"hex_id": [7, 9], "area_km2": [2.0, 4.0], "land_share": [0.5, 0.0]}
    ).astype({"hex_id": "uint64"})
    demand = pd.DataFrame(
        {
            "hex_id": np.array([9, 7, 7, 7], dtype="uint64"),
            "period": periods[[0, 0, 0, 1]],
            "incidents": [1.0, 2.0, 3.0, 6.0],
        }
    )
    ends = pd.Timestamp("2026-01-02T01:00Z")  # the second period has two hours
    density, incidents = densities(hexes, demand, ends)
    assert incidents.tolist() == [[5.0, 1.0], [6.0, 0.0]]
    # The second hex counts 5 % of 4 km2 as land.
    assert density.tolist() == [[5.0, pytest.approx(5.0)], [3.0, 0.0]]
