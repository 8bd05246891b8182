"""Which hexes the tables for Excel and QGIS hold."""

import pandas as pd
import pytest

from geoalloc.runs.hotspots import reached

SAYING = {"incidents": 1, "per_km2": 0.1, "tier": 1, "significant": True, "hotspot": 3}


@pytest.mark.parametrize("column", SAYING)
def test_a_hex_says_something_by_any_one_of_its_figures(column):
    silent = {name: type(value)() for name, value in SAYING.items()}
    frame = pd.DataFrame([silent, silent | {column: SAYING[column]}])
    assert reached(frame).tolist() == [False, True]
