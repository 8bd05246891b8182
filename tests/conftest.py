import importlib
import os
import shutil
import sys
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point, box

from geoalloc import boundaries, cli, hexes, pipeline, scenario

REPOSITORY = Path(__file__).resolve().parents[1]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data: GEOALLOC_DATA, or shared/data beside the repository."""
    folder = Path(os.environ.get("GEOALLOC_DATA", REPOSITORY.parent / "shared/data"))
    if not folder.is_dir():
        pytest.skip(f"no real data: GEOALLOC_DATA is unset and {folder} is absent")
    return folder


@pytest.fixture(scope="session")
def browser():
    # Where a browser is required, its absence is a failure and not a skip.
    required = os.environ.get("GEOALLOC_BROWSER") == "required"
    api = (
        importlib.import_module("playwright.sync_api")
        if required
        else pytest.importorskip(
            "playwright.sync_api", reason="Playwright is not there"
        )
    )
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if required:
            pytest.fail("Chromium is not there, and GEOALLOC_BROWSER requires it")
        pytest.skip("Chromium is not there")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def geoalloc(monkeypatch, capsys):
    """Run a command line in this process: exit code, stdout, stderr."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["geoalloc", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        out, err = capsys.readouterr()
        return stopped.value.code or 0, out, err

    return run


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


TOY = """
name = "toy"
question = "Where should six units of Toyshire stand by?"
purpose = "exercise"
marking = "OFFICIAL"
as_of = 2026-11-01

[area]
boundary = "{boundary}"
resolution = 7

[shift]
starts_at = 2026-11-20T20:00:00
hours = 3

[incidents]
source = "sample"
months = 4
rows_per_month = 600
seed = 3

[hotspots]
bandwidth_m = 1500
area_share = 0.05
most = 5
categories = ["anti-social-behaviour", "burglary", "vehicle-crime"]

[demand]
forecaster = "naive"

[demand.rhythms.default]
hours = [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 2, 2]
days = [1, 1, 1, 1, 2, 2, 1]

{categories}

[[demand.layers]]
name = "welfare"
per_day = 20
surface = "population"
error = 0.2
immediate = 0.3
priority = 0.3
routine = 0.2
on_scene_min = 60

[travel]
urban_kmh = 30
rural_kmh = 55
detour = 1.3
setting_off_min = 1

[grades.immediate]
urban_min = 15
rural_min = 20
call_handling_min = 2
speed_factor = 1.2
dispatch_cap_min = 40
weight = 1

[grades.priority]
urban_min = 60
rural_min = 60
call_handling_min = 5
dispatch_cap_min = 35
weight = 0.3

[grades.routine]
urban_min = 240
rural_min = 240
call_handling_min = 10
dispatch_cap_min = 30
weight = 0.05

[[units]]
kind = "response"
station = "Westford"
count = 3
officers = 2

[[units]]
kind = "response"
station = "Easton"
count = 2
officers = 2

[[units]]
kind = "pcso"
station = "Westford"
count = 1
officers = 1

[allocation]
mode = "borderless"
post_reach_min = 40

[allocation.minimum_cover]
East = 1

[simulation]
shifts = 40
seed = 2
"""


def toy_text(boundary: Path) -> str:
    """A scenario on Toyshire that plans in a second or two."""
    response = (
        "immediate = 0.3\npriority = 0.4\nroutine = 0.2\non_scene_min = 50\n"
        "pcso = {pcso}\ndiscovered = {discovered}\n"
    )
    categories = "\n".join(
        f"[demand.categories.{name}]\n"
        + response.format(
            pcso=str(name == "anti-social-behaviour").lower(),
            discovered=str(name == "drugs").lower(),
        )
        for name in CATEGORIES
    )
    return TOY.format(boundary=boundary.as_posix(), categories=categories)


CATEGORIES = (
    "anti-social-behaviour",
    "bicycle-theft",
    "burglary",
    "criminal-damage-arson",
    "drugs",
    "other-crime",
    "other-theft",
    "possession-of-weapons",
    "public-order",
    "robbery",
    "shoplifting",
    "theft-from-the-person",
    "vehicle-crime",
    "violent-crime",
)


@pytest.fixture(scope="session")
def toy_scenario(town_file, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "toy.toml"
    path.write_text(toy_text(town_file), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def toy_run(toy_scenario):
    return pipeline.plan(scenario.read(toy_scenario))
