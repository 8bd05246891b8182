import os
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point, box

from geoalloc import boundaries, hexes

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data: GEOALLOC_DATA, or shared/data beside the repository."""
    folder = Path(os.environ.get("GEOALLOC_DATA", REPOSITORY.parent / "shared/data"))
    if not folder.is_dir():
        pytest.skip(f"no real data: GEOALLOC_DATA is unset and {folder} is absent")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def town_file(tmp_path_factory) -> Path:
    """A small county: two districts either side of a river with one bridge."""
    west, east = box(-2.80, 51.30, -2.65, 51.45), box(-2.65, 51.30, -2.50, 51.45)
    rows = [
        ("force", "Toyshire", box(-2.80, 51.30, -2.50, 51.45), {}),
        ("district", "West", west, {}),
        ("district", "East", east, {}),
        ("beat", "West beat", west, {"district": "West"}),
        ("beat", "East beat", east, {"district": "East"}),
        ("station", "Westford", Point(-2.74, 51.38), {"code": "WES"}),
        ("station", "Easton", Point(-2.56, 51.38), {"code": "EAS"}),
        (
            "place",
            "Westford",
            Point(-2.74, 51.38),
            {"population": 30_000, "spread_km": 2.0, "town": "Westford"},
        ),
        (
            "place",
            "Easton",
            Point(-2.56, 51.38),
            {"population": 20_000, "spread_km": 1.5, "town": "Easton"},
        ),
        (
            "place",
            "Little Wold",
            Point(-2.60, 51.42),
            {"population": 900, "spread_km": 0.5, "town": "Little Wold"},
        ),
        ("river", "Toy", LineString([(-2.65, 51.29), (-2.65, 51.46)]), {}),
        ("bridge", "Toy Bridge", Point(-2.65, 51.37), {}),
    ]
    frame = gpd.GeoDataFrame(
        [{"kind": kind, "name": name, **more} for kind, name, _, more in rows],
        geometry=[shape for _, _, shape, _ in rows],
        crs="EPSG:4326",
    )
    path = tmp_path_factory.mktemp("town") / "toyshire.geojson"
    frame.to_file(path, driver="GeoJSON")
    return path


@pytest.fixture(scope="session")
def town(town_file) -> boundaries.Boundaries:
    return boundaries.read(town_file)


@pytest.fixture(scope="session")
def town_grid(town) -> hexes.HexGrid:
    return hexes.cover(town.outline, 8)
