"""The toy run of the maps with hotspots that are priorities."""

import copy

import numpy as np
import pandas as pd
import pytest
import shapely

from geoalloc import hexes
from tests.maps.conftest import Town, changed, make_run, with_record

__all__ = ["Town", "changed", "with_record"]

MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
SCENARIO = {
    "hotspots": {"categories": ["burglary", "violent-crime", "robbery"]},
    "duty": {"briefing_min": 15, "close_down_min": 10, "break_min": 45},
    "allocation": {"excluded_posts": {"pcso": ["Old Pier"]}, "locked": {"R1": "Quay"}},
    "grades": {
        g: {"weight": w}
        for g, w in {"immediate": 1.0, "priority": 0.25, "routine": 0.05}.items()
    },
}
ACTIONS = [
    {"category": "burglary", "place": "", "action": "Example: walk the backs."},
    {
        "category": "burglary",
        "place": "Quay Street",
        "action": "Example: see the pier.",
    },
    {"category": "robbery", "place": "", "action": "Example: be seen at the bus stop."},
]


def hotspot_rows(run, places, **more):
    """Copy the toy's hotspot to the places named, one hex after another."""
    one = run.hotspots.iloc[0]
    ids = run.hexes["hex_id"].to_numpy()
    middles = shapely.get_coordinates(shapely.centroid(hexes.polygons(ids)))
    rows = []
    for k, place in enumerate(places):
        rows.append(
            one.to_dict()
            | {
                "rank": k + 1,
                "hex_ids": [int(ids[k])],
                "place": place,
                "longitude": float(middles[k, 0]),
                "latitude": float(middles[k, 1]),
                "institution": "",
                "category": "burglary",
                "area_km2": 0.7,
            }
            | {name: values[k] for name, values in more.items()}
        )
    frame = pd.DataFrame(rows)[list(run.hotspots.columns)]
    kinds = {"hex_ids": object, "hour_shares": object, "day_shares": object}
    return frame.astype(
        {n: kinds.get(n, run.hotspots[n].dtype) for n in run.hotspots.columns}
    )


def counted(ids, by_month, category="burglary"):
    """Incident summary of some hexes, all with these counts of each month."""
    rows = [
        (one, category, month, n) for one in ids for month, n in by_month.items() if n
    ]
    frame = pd.DataFrame(rows, columns=["hex_id", "category", "month", "incidents"])
    return frame.astype(
        {"hex_id": np.uint64, "category": "str", "month": "str", "incidents": np.int64}
    )


@pytest.fixture(scope="session")
def toy():
    """Three priorities, the first of them visited twice, in a town of some hexes."""
    grid = hexes.cover(shapely.box(-2.64, 51.43, -2.55, 51.48), 8)
    run = make_run(grid)
    run = with_record(
        run,
        scenario=SCENARIO,
        as_of="2026-01-01",
        briefing={
            "actions": ACTIONS,
            "priorities": 5,
            "dwell_min": 15,
            "destroy_after_days": 28,
        },
    )
    places = ["Quay Street", "Mill Lane", "Hill Top"]
    return changed(run, hotspots=hotspot_rows(run, places))


@pytest.fixture
def record(toy):
    return copy.deepcopy(toy.record)
