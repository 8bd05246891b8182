"""What the hotspots command imports, and the area it takes where none is given."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from geoalloc import pipeline

SLOW = ("ortools", "scipy.stats", "geoalloc.allocation", "geoalloc.demand")


def test_finding_hotspots_imports_no_solver():
    code = (
        "import sys; from geoalloc import pipeline, runs, summary; "
        "pipeline.find_hotspots, pipeline.hotspot_products, pipeline.request; "
        f"print([name for name in {SLOW} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_pipeline_has_no_other_names():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = pipeline.nonsense


def town(n, seed=3):
    """Incidents all over a square of 10 km."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "lon": -90.2 + rng.uniform(-0.0575, 0.0575, n),
            "lat": 38.6 + rng.uniform(-0.045, 0.045, n),
        }
    )


def area_km2(tmp_path, frame, **settings):
    path = tmp_path / "town.csv"
    frame.to_csv(path, index=False)
    settings = {"columns": {}, "options": {}} | settings
    run = pipeline.find_hotspots(pipeline.request([path], **settings))
    return run.found.area.land_km2, run.record["rejects"]


def test_of_many_incidents_the_footprint_is_fine(tmp_path):
    land, rejects = area_km2(tmp_path, town(20_000))
    assert land == pytest.approx(100, rel=0.25)
    assert not rejects


def test_of_few_incidents_the_footprint_is_coarse(tmp_path):
    land, _ = area_km2(tmp_path, town(60))
    assert land > 150


def test_far_incidents_are_outside_a_fine_footprint_and_listed(tmp_path):
    far = pd.DataFrame({"lon": [-89.0] * 3, "lat": [39.5] * 3})
    land, rejects = area_km2(tmp_path, pd.concat([town(20_000), far]))
    assert land == pytest.approx(100, rel=0.25)
    assert rejects == {"outside the area": 3}


def test_the_finest_hexes_have_a_footprint_too(tmp_path):
    frame = town(300).assign(lon=lambda t: -90.2 + (t["lon"] + 90.2) / 50)
    frame["lat"] = 38.6 + (frame["lat"] - 38.6) / 50
    land, _ = area_km2(tmp_path, frame, resolution=12)
    assert 0.03 < land < 1
