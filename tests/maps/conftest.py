"""A town of a few dozen hexes with three units, and a browser to look at it."""

import base64
import contextlib
import copy
import dataclasses
import functools
import json
import re
import zlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoalloc import gazetteer, hexes
from geoalloc.maps import plan_map
from geoalloc.runs import Run

GRADES = ("immediate", "priority", "routine")
STARTS = pd.Timestamp("2026-01-09T22:00Z").as_unit("us")
PERIODS = [STARTS + pd.Timedelta(hours=k) for k in range(3)]
LEVEL = {"immediate": 0.5, "priority": 1.0, "routine": 0.25}


@dataclasses.dataclass(frozen=True)
class Town:
    grid: hexes.HexGrid
    run: Run


def words(text, default):
    return default if text is None else text


def make_run(grid, text=None):
    """The toy run; with ``text``, every text of it is that text."""
    n = len(grid)
    place = [words(text, "Northtown" if i % 2 else "Southtown") for i in range(n)]
    frame = pd.DataFrame(
        {
            "hex_id": grid.hex_id,
            "area_km2": grid.area_km2,
            "land_share": grid.land_share,
            "district": words(text, "Central"),
            "home_beat": words(text, "Quay"),
            "urban": True,
            "place": place,
            "grid_ref": [
                words(text, gazetteer.grid_reference(x, y))
                for x, y in zip(grid.x_m, grid.y_m, strict=True)
            ],
        }
    )
    units = [f"{words(text, 'R')}{k}" for k in (1, 2)] + [f"{words(text, 'P')}3"]
    return Run(
        record=make_record(text),
        hexes=frame,
        demand=make_demand(grid),
        demand_flow=make_flow(text),
        hotspots=make_hotspots(grid, text),
        units=make_units(units, text),
        plan=make_plan(grid, units, text),
        cover=make_cover(grid, units),
        compared_cover=make_compared_cover(grid, units),
        moves=pd.DataFrame(
            {
                "unit_id": units[1:2],
                "from_post": [words(text, "Central")],
                "to_post": [words(text, "Market Square")],
                "gain": [0.42],
            }
        ),
        scores=make_scores(),
        prices=make_prices(text),
        borders=make_borders(text),
        border_value=pd.DataFrame(
            {"hex_id": grid.hex_id, "saved": np.linspace(-0.1, 0.4, n)}
        ),
        visits=make_visits(units, text),
        incident_summary=pd.DataFrame(
            {
                "hex_id": grid.hex_id[:1],
                "category": "burglary",
                "month": "2025-01",
                "incidents": np.array([3]),
            }
        ),
        rejects=pd.DataFrame(
            {
                "source": ["a.csv"],
                "line": np.array([2]),
                "reason": ["no coordinates"],
                "category": ["drugs"],
                "row": [","],
            }
        ),
        areas=make_areas(grid, text),
        posts=make_posts(grid, units, text),
        beats=gpd.GeoDataFrame(
            {"unit_id": units}, geometry=[grid.area] * 3, crs="EPSG:4326"
        ),
        compared_posts=make_compared_posts(grid, units, text),
    )


def make_record(text):
    record = {
        "name": words(text, "Friday night"),
        "question": words(text, "Where should the units stand by?"),
        "run_id": words(text, "0a1b2c3d"),
        "made_at": "2026-01-09T18:00:00+00:00",
        "marking": words(text, "OFFICIAL-SENSITIVE"),
        "handling": words(text, "Destroy after the shift"),
        "purpose": "duty",
        "synthetic": False,
        "retrospective": words(text, "retrospective"),
        "resolution": 8,
        "version": words(text, "0.1.0"),
        "shift": {
            "starts_at": STARTS.isoformat(),
            "ends_at": "2026-01-10T01:00:00+00:00",
            "time_zone": "Europe/London",
            "periods": [period.isoformat() for period in PERIODS],
        },
        "valid": {"from": "2020-01-01T00:00:00+00:00", "to": "2120-01-01T00:00:00Z"},
        "data": {
            "source": words(text, "a sample"),
            "period_start": "2024-01-01T00:00:00+00:00",
            "period_end": "2026-01-01T00:00:00+00:00",
            "rows_read": 1200,
            "rows_used": 1100,
            "rejected": {words(text, "no coordinates"): 90, "outside the area": 10},
        },
        "forecast": make_forecast(text),
        "workload_shares": {"observed": 0.6, "scaled": 0.3, "assumed": 0.1},
        "discovered_hours": 4.2,
        "solver": {
            "status": words(text, "optimal"),
            "objective": 2.0,
            "bound": 1.99,
            "gap": 0.005,
        },
        "mode": words(text, "borderless"),
        "snap_point_note": words(text, "Points are moved."),
        "attribution": words(text, "Open Government Licence"),
        "notes": [words(text, "A note.")],
    }
    return record | make_trust(text)


def make_trust(text):
    """What the record says of how far to trust a plan, and of its hours."""
    far = {"hexes": 2, "places": [words(text, "Northtown")]}
    return {
        "honesty": {
            "sentences": [words(text, "The model says 13 late, the simulation 14.")],
            "rows": {},
        },
        "safety": words(text, "Dispatch without borders holds up to 0.9 busy."),
        "shift_plan": {
            "reposts": 1,
            "breaks": [
                {
                    "plan": words(text, "breaks chosen"),
                    "weighted_unmet": 6.0,
                    "reposts": 0,
                }
            ],
        },
        "patrol": {"sentence": words(text, "1 of 2 visits is planned.")},
        "beyond": far,
        "unreachable": far,
        "travel": {"source": words(text, "hexes"), "notes": [words(text, "A speed.")]},
    }


def make_forecast(text):
    said = [
        ("burglary", "level", "As many a day as in all the past."),
        ("burglary", "surface", "74 % density of 800 m, 26 % the hex's own count."),
        ("drugs", "level", "As many as last month."),
    ]
    return {
        "forecaster": words(text, "mixture"),
        "backtest": {"sentence": words(text, "mixture: log score 2.1 against 1.8")},
        "calls": {g: {"mean": 212.4, "low": 180.0, "high": 245.0} for g in GRADES},
        "rhythm": {
            "measured": [],
            "categories": 2,
            "sentence": words(text, "from the scenario, not measured"),
        },
        "calendar": words(text, "No day is special."),
        "stability": {
            "overlap": 0.3,
            "stable": False,
            "sentence": words(text, "30% of the top 1 % of the land is also top."),
        },
        "explanations": [
            {
                "category": words(text, category),
                "forecaster": "mixture",
                "of": of,
                "sentence": words(text, sentence),
                "weights": [{"part": words(text, "even"), "weight": 1.0}],
            }
            for category, of, sentence in said
        ],
        "sources": [],
        "sensitivity": [],
        "skills": [],
        "notes": [],
    }


def make_flow(text):
    lines = [
        ("recorded, with coordinates", "observed", 220.0, 60.0, 90.0, 30.0, 40.0),
        ("layer: welfare", "assumed", 40.0, 10.0, 20.0, 5.0, 5.0),
        ("avoided by triage", "assumed", -3.0, 0.0, -2.0, -1.0, 0.0),
        ("resolved without deployment", "assumed", -45.0, 0.0, 0.0, 0.0, -45.0),
        ("calls that a unit goes to", "", 212.0, 70.0, 108.0, 34.0, 0.0),
    ]
    columns = ["line", "basis", "incidents", *GRADES, "none"]
    frame = pd.DataFrame(
        [(words(text, line), basis, *more) for line, basis, *more in lines],
        columns=columns,
    )
    frame = frame.astype({"line": "str", "basis": "str"})
    hours = frame[list(GRADES)].sum(axis=1) * 1.2
    return frame.assign(
        workload_h=hours, low=frame["incidents"] - 5, high=frame["incidents"] + 5
    )


def make_demand(grid):
    n = len(grid)
    weight = np.linspace(0.2, 3.0, n) / n
    parts = []
    for grade, level in LEVEL.items():
        for k, period in enumerate(PERIODS):
            expected = weight * level * (k + 1)
            parts.append(
                pd.DataFrame(
                    {
                        "hex_id": grid.hex_id,
                        "period": pd.array([period] * n, dtype="datetime64[us, UTC]"),
                        "grade": grade,
                        "incidents": expected,
                        "low": expected * 0.5,
                        "high": expected * 2.0,
                        "workload_h": expected,
                        "harm": 0.0,
                        "observed": 0.6,
                        "scaled": 0.3,
                        "assumed": 0.1,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def make_cover(grid, units):
    n = len(grid)
    demand = make_demand(grid)
    first = [units[int(i >= n // 2)] for i in range(n)]
    second = [units[int(i < n // 2)] for i in range(n)]
    m = len(demand)
    return pd.DataFrame(
        {
            "hex_id": demand["hex_id"],
            "period": demand["period"],
            "grade": demand["grade"],
            "first_unit": pd.array(first * (m // n), dtype="str"),
            "second_unit": pd.array([None, *second[1:]] * (m // n), dtype="str"),
            "minutes": np.tile(np.linspace(0.0, 14.0, n), m // n),
            "wait_min": np.tile(np.linspace(2.0, 16.0, n), m // n),
            "none_free": 0.1,
            "unmet": demand["incidents"] * 0.1,
        }
    )


def make_compared_cover(grid, units):
    """Twice as much stays unmet, and who is first and second change places."""
    cover = make_cover(grid, units)
    return cover.assign(
        unmet=2 * cover["unmet"],
        first_unit=cover["second_unit"],
        second_unit=cover["first_unit"],
    )


def make_prices(text):
    rows = [
        ("one more unit", "response at Central", None, "+1 unit", 0.4, np.nan),
        ("one more unit", "response at Quay", None, "+1 unit", 0.6, np.nan),
        ("one more unit", "response at Quay", PERIODS[1], "+1 unit", 0.9, np.nan),
        ("one unit fewer", "response at Quay", None, "-1 unit", -1.2, np.nan),
        ("one per cent less", "demand: burglary", None, "-1 %", 0.03, 0.04),
        ("rule", "minimum cover of Central", None, "at least 2, -1", 0.25, np.nan),
        ("moves", "1 move", None, "R2 to Market Square", 0.3, np.nan),
        ("moves", "2 moves", None, "R2 to Market Square and others", 0.5, np.nan),
    ]
    what, item, period, change, gain, simulated = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "what": list(what),
            "item": [words(text, one) for one in item],
            "period": pd.array(list(period), dtype="datetime64[us, UTC]"),
            "change": [words(text, one) for one in change],
            "gain": list(gain),
            "late_immediate": [0.7 * one for one in gain],
            "simulated": list(simulated),
            "low": [0.5 * one for one in simulated],
            "high": [1.5 * one for one in simulated],
        }
    )


def make_borders(text):
    rows = [
        ("bordered, at stations", "all", 9.0, 0.0),
        ("dispatch only", "all", 8.0, 1.0),
        ("posts only", "all", 5.0, 4.0),
        ("posts only", "Central", 3.0, 2.5),
        ("posts only", "Dock", 2.0, 1.5),
        ("both", "Central", 1.5, 4.0),
    ]
    component, district, late, saved = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "component": [words(text, one) for one in component],
            "district": [one if one == "all" else words(text, one) for one in district],
            "late": list(late),
            "saved": list(saved),
            "low": [one - 0.5 for one in saved],
            "high": [one + 0.5 for one in saved],
        }
    )


def make_visits(units, text):
    return pd.DataFrame(
        {
            "unit_id": [units[1], units[1]],
            "rank": np.array([1, 1]),
            "place": words(text, "Northtown"),
            "grid_ref": words(text, "ST 588 729"),
            "starts_at": pd.array(
                [STARTS + pd.Timedelta(minutes=m) for m in (5, 125)],
                dtype="datetime64[us, UTC]",
            ),
            "ends_at": pd.array(
                [STARTS + pd.Timedelta(minutes=m) for m in (20, 140)],
                dtype="datetime64[us, UTC]",
            ),
            "drive_min": [4.0, 5.0],
            "expected_min": [12.0, 9.6],
        }
    )


def make_hotspots(grid, text):
    middle = len(grid) // 2
    around = grid.neighbors[middle]
    cells = np.sort(np.append(around[around >= 0], middle))
    return pd.DataFrame(
        {
            "rank": np.array([1]),
            "hex_ids": [grid.hex_id[cells].tolist()],
            "incidents": [120.0],
            "rate": [0.31],
            "share": [0.4],
            "area_km2": [5.1],
            "area_share": [0.2],
            "times": [2.0],
            "p_value": [0.003],
            "exceedance": [0.97],
            "category": [words(text, "violent-crime")],
            "category_share": [0.6],
            "peak_hours": [words(text, "22:00-02:00")],
            "peak_basis": ["recorded"],
            "hour_shares": [[0.2, 0.1] + 20 * [0.02] + [0.1, 0.2]],
            "day_shares": [[0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.1]],
            "persistence": [words(text, "persistent")],
            "windows": [words(text, "5 of 6")],
            "institution": [words(text, "hospital")],
            "place": [words(text, "Northtown")],
            "grid_ref": [words(text, "ST 588 729")],
            "latitude": [51.45],
            "longitude": [-2.6],
        }
    )


def make_units(units, text):
    return pd.DataFrame(
        {
            "unit_id": units,
            "kind": ["response", "response", words(text, "pcso")],
            "skills": "",
            "home_station": words(text, "Central"),
            "officers": np.array([2, 2, 1]),
            "starts_at": pd.array([STARTS] * 3, dtype="datetime64[us, UTC]"),
            "ends_at": pd.array([PERIODS[-1]] * 3, dtype="datetime64[us, UTC]"),
        }
    )


def make_plan(grid, units, text):
    """R1 and P3 keep their posts; R2 is re-posted after a break."""
    n, hours = len(units), len(PERIODS)
    frame = pd.DataFrame(
        {
            "unit_id": np.repeat(units, hours),
            "period": pd.array(PERIODS * n, dtype="datetime64[us, UTC]"),
            "kind": np.repeat(["response", "response", words(text, "pcso")], hours),
            "home_station": words(text, "Central"),
            "post": words(text, "Market Square"),
            "grid_ref": words(text, "ST 588 729"),
            "post_hex": np.repeat(grid.hex_id[[1, 1, 5]], hours),
            "activity": "post",
            "travel_min": 4.0,
            "hexes_covered": np.repeat([12, 13, 0], hours),
            "reason": words(text, "Nearest to the quay."),
        }
    )
    frame.loc[4, ["activity", "reason"]] = ["break", words(text, "Fewest calls.")]
    frame.loc[4, "hexes_covered"] = 0
    frame.loc[5, ["post", "reason"]] = [
        words(text, "Quay"),
        words(text, "Clubs close."),
    ]
    return frame


def make_posts(grid, units, text):
    return gpd.GeoDataFrame(
        {
            "unit_id": units,
            "kind": ["response", "response", words(text, "pcso")],
            "home_station": words(text, "Central"),
            "post": words(text, "Market Square"),
            "grid_ref": words(text, "ST 588 729"),
            "reason": words(text, "Nearest to the quay."),
        },
        geometry=gpd.points_from_xy(
            grid.longitude[[1, 1, 5]], grid.latitude[[1, 1, 5]]
        ),
        crs="EPSG:4326",
    )


def make_compared_posts(grid, units, text):
    """All stand at the station."""
    posts = make_posts(grid, units, text).drop(columns="reason")
    return posts.assign(
        post=words(text, "Central"),
        geometry=gpd.points_from_xy(grid.longitude[[0] * 3], grid.latitude[[0] * 3]),
    )


def make_areas(grid, text):
    west, south, east, north = grid.area.bounds
    middle = (west + east) / 2
    points = [shapely.Point(middle, south + 0.01), shapely.Point(middle, north - 0.01)]
    rows = [
        ("force", "Force", 0, grid.area),
        ("district", "Central", 0, grid.area),
        ("beat", "Quay", 0, shapely.box(west, south, middle, north)),
        ("station", "Central", 0, points[0]),
        ("place", "Northtown", 900, points[1]),
        ("place", "Southtown", 10, points[0]),
        ("river", "Water", 0, shapely.LineString([(west, south), (east, north)])),
        ("bridge", "Bridge", 0, points[0]),
    ]
    names = [words(text, row[1]) for row in rows]
    return gpd.GeoDataFrame(
        {
            "kind": [row[0] for row in rows],
            "name": names,
            "population": np.array([row[2] for row in rows]),
            "town": [
                name if row[2] else "" for name, row in zip(names, rows, strict=True)
            ],
        },
        geometry=[row[3] for row in rows],
        crs="EPSG:4326",
    )


def make_scores():
    rows = []
    for plan, late in (("borderless", 14.0), ("bordered", 31.0)):
        rows += [
            (plan, "calls", "immediate", 212.0, 211.8, 209.0, 214.0),
            (plan, "calls", "priority", 260.0, 259.6, 256.0, 262.0),
            (plan, "late", "immediate", late - 1, late, late - 3, late + 3),
            (plan, "late", "priority", np.nan, 3 * late, 2 * late, 4 * late),
            (plan, "response_p90_min", "immediate", np.nan, late - 2, late, late),
            (plan, "response_p90_min", "priority", np.nan, 2 * late, late, late),
            (plan, "late", "routine", np.nan, 1.0, 0.5, 1.5),
            (plan, "late_1_in_20", "immediate", np.nan, 1.5 * late, late, late),
            (plan, "utilisation", "response", 0.58, 0.61, 0.6, 0.62),
            (plan, "utilisation", "pcso", np.nan, 0.2, 0.19, 0.21),
        ]
    columns = ["plan", "measure", "group", "model", "simulated", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture(scope="session")
def town():
    grid = hexes.cover(shapely.box(-2.64, 51.43, -2.55, 51.48), 8)
    return Town(grid, make_run(grid))


@pytest.fixture(scope="session")
def page_text(town):
    return plan_map(town.run)


@pytest.fixture(scope="session")
def get_page(browser):
    """Pages by their options; each is loaded anew by the tests that change it."""
    with contextlib.ExitStack() as stack:
        yield functools.cache(functools.partial(new_page, browser, stack))


@pytest.fixture
def open_page(get_page, tmp_path):
    """Open a page from a file with all requests refused and listed."""

    def open_text(text, *, size=(1000, 700), **options):
        page = get_page(**options)
        width, height = size
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(media="screen")
        return load(page, tmp_path / "map.html", text)

    return open_text


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory, page_text):
    """One page for all tests that only look, or choose what the panel shows."""
    path = tmp_path_factory.mktemp("page") / "map.html"
    with contextlib.ExitStack() as stack:
        yield load(new_page(browser, stack), path, page_text)


def new_page(browser, stack, *, clock=None, **options):
    context = browser.new_context(viewport={"width": 1000, "height": 700}, **options)
    stack.callback(context.close)
    page = context.new_page()
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.route("**", lambda route: refuse(page, route))
    if clock:
        page.clock.install(time=clock)
    return page


def load(page, path, text):
    path.write_text(text, encoding="utf-8")
    page.asked, page.complaints, page.own = [], [], path.as_uri()
    page.goto(page.own)
    page.wait_for_selector("html[data-ready=true]", state="attached")
    return page


def refuse(page, route):
    if route.request.url == page.own:
        route.continue_()
    else:
        page.asked.append(route.request.url)
        route.abort()


def changed(run, **changes):
    """The run with other parts, unchecked: checking each one anew takes seconds."""
    other = copy.copy(run)
    vars(other).update(changes)
    return other


def with_record(run, **changes):
    return changed(run, record=copy.deepcopy(run.record) | changes)


def data_of(page_text, name=r"\w+-data"):
    """Read the data of a page, or its ``code``, as its script does."""
    found = re.search(rf'id="{name}">(.*?)</script>', page_text, re.DOTALL)
    return json.loads(zlib.decompress(base64.b64decode(found[1])))
