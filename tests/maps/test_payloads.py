"""Text of every input, as hostile as it can be, is text on every page and in files."""

import copy
import json
import re
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from geoalloc import briefing, pipeline, runs, scenario
from geoalloc.incidents import category_slug
from geoalloc.maps import hotspot_map, plan_map, public_map
from geoalloc.runs.exports import export_plan, export_public
from tests.maps import hotspot_town
from tests.maps.conftest import changed, make_run, with_record

pytestmark = pytest.mark.browser

RUN = "window.__pwned=1"
PAYLOADS = {
    "script": f"<script>{RUN};alert(1)</script>",
    "image": f'<img src="https://evil.example/x" onerror="{RUN}">',
    "svg": f"<svg onload={RUN}><animate onbegin={RUN} attributeName=x>",
    "close": f"</script></title></style><script>{RUN}</script>",
    "template": f"${{{RUN}}}`${{{RUN}}}`",
    "moustache": "{{constructor.constructor('" + RUN + "')()}}{% include 'x' %}",
    "link": f"javascript:{RUN}//https://evil.example",
    "attribute": f'" autofocus onfocus={RUN} x=\'"',
    "separator": f"a\u2028{RUN}\u2029\u0085b",
    "comment": f"--><script>{RUN}</script><!-- <!--",
    "declaration": "]]><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hosts'>]>&e;",
    "entity": f"&lt;script&gt;{RUN}&#60;/script&#62;&amp;",
    "bidi": f"\u202e\u2066abc\u2069<b>{RUN}</b>\u200f\u05d0\u0627",
    "nul": f"a\x00<script>{RUN}</script>\x1b[31m",
    "formula": "=cmd|' /C calc'!A0",
    "formula at": '@SUM(1+1)*HYPERLINK("https://evil.example")',
    "frame": f'<iframe srcdoc="<script>parent.__pwned=1</script>" onload="{RUN}">',
    "style": "</style><link rel=stylesheet href=//evil.example><base href=//evil>",
    "json": f'"}}]}}</script><details open ontoggle={RUN}>\\u003cscript\\u003e',
    "long": "Llanfair <b>" * 400 + "x" * 3000,
}
GROUPS = [list(PAYLOADS)[k::4] for k in range(4)]


def grouped(names):
    """Payloads one after the other; each group begins with another kind of them."""
    return " ".join(PAYLOADS[name] for name in names)


@pytest.fixture
def dialogs(get_page):
    """Every dialog that a page opens, of a page that runs what it is given."""
    page, seen = get_page(bypass_csp=True), []

    def note(dialog):
        seen.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    yield seen
    page.remove_listener("dialog", note)


def harmless(page, dialogs):
    """Nothing ran, was asked for or was put into the page as markup."""
    assert page.evaluate("() => window.__pwned") is None
    assert dialogs == []
    assert page.asked == []
    assert page.complaints == []
    assert page.locator("iframe, object, embed, base, link, a[href^=java]").count() == 0
    assert (
        page.locator(
            "main img, main script, main b, main details[open][ontoggle]"
        ).count()
        == 0
    )
    assert page.locator("[onload], [onerror], [onfocus], [ontoggle]").count() == 0


def run_of(town, text):
    """The toy run whose every text is that text, with what a run folder records."""
    return with_record(
        make_run(town.grid, text),
        boundary={"source": text, "schematic": False, "repaired_polygons": 0},
        as_of="2026-01-01",
        mode="borderless",
    )


def poke(page):
    """Have the page say all that it can."""
    page.evaluate(
        "() => { document.querySelectorAll('details').forEach((one) => {"
        " one.open = true; });"
        " const { map } = geoalloc.page;"
        " map.fire('click', { latlng: map.getCenter() });"
        " document.querySelectorAll('.mark[role=button], .mark[tabindex]').forEach("
        "(one) => one.dispatchEvent(new KeyboardEvent('keypress', { key: 'Enter',"
        " bubbles: true }))); }"
    )


@pytest.mark.parametrize("profile", ["operational", "briefing"])
@pytest.mark.parametrize("names", GROUPS, ids="-".join)
def test_a_plan_shows_text_as_text(open_page, dialogs, town, names, profile):
    text = grouped(names)
    run = runs.profiled(run_of(town, text), profile)
    page = open_page(plan_map(run), bypass_csp=True)
    poke(page)
    harmless(page, dialogs)
    assert page.locator("h1").text_content() == text
    assert text in page.locator(".panel").text_content()


@pytest.mark.parametrize("names", GROUPS, ids="-".join)
def test_a_public_map_shows_text_as_text(open_page, dialogs, town, names):
    text = grouped(names)
    summary = pd.DataFrame(
        {
            "hex_id": town.grid.hex_id,
            "category": text,
            "month": "2025-01",
            "incidents": np.arange(5, 5 + len(town.grid)),
        }
    )
    run = changed(run_of(town, text), incident_summary=summary)
    page = open_page(public_map(runs.public(run, "OFFICIAL")), bypass_csp=True)
    poke(page)
    harmless(page, dialogs)
    assert text in page.locator(".face").text_content()
    assert text in page.locator(".panel").text_content()


@pytest.mark.parametrize("names", GROUPS, ids="-".join)
def test_a_map_of_hotspots_shows_text_as_text(open_page, dialogs, town, names):
    text = grouped(names)
    found = hotspot_town.make_found(town.grid, text)
    page = open_page(
        hotspot_map(found, hotspot_town.make_record(text)), bypass_csp=True
    )
    poke(page)
    harmless(page, dialogs)
    assert page.locator("h1").text_content() == text


class Cycle:
    """Payloads one after the other, each with its number, so that names differ."""

    def __init__(self):
        self.given = []

    def __call__(self, without=()):
        names = [name for name in PAYLOADS if name not in without]
        name = names[len(self.given) % len(names)]
        self.given.append(f"{PAYLOADS[name][:400]}{len(self.given)}")
        return self.given[-1]


@pytest.fixture(scope="module")
def hostile(town_file, toy_scenario, tmp_path_factory):
    """A plan from files and a scenario whose every text is hostile."""
    folder, word = tmp_path_factory.mktemp("hostile"), Cycle()
    area = gpd.read_file(town_file)
    named = {name: word(without=("nul",)) for name in sorted(set(area["name"]))}
    area["name"] = area["name"].map(named)
    for column in ("district", "town"):
        area[column] = area[column].map(named)
    area["facility"] = [word(("nul",)) if k == "place" else None for k in area["kind"]]
    area["attribution"] = word(("nul",))
    area.to_file(folder / "area.geojson", driver="GeoJSON")

    values = copy.deepcopy(scenario.read(toy_scenario).resolved())
    values["area"]["boundary"] = str(folder / "area.geojson")
    values["question"], values["handling"] = word(), word()
    kind = word()
    values["kinds"] = {kind: {"serves": ["routine"]}}
    values["map"] |= {
        "roads": str(folder / "roads.geojson"),
        "roads_attribution": word(),
    }
    values["briefing"]["actions"] = str(folder / "actions.csv")
    values["hotspots"]["excluded_places"] = [word()]
    values["demand"]["layers"][0]["name"] = word()
    for group in values["units"]:
        group["station"] = named[group["station"]]
    values["allocation"]["minimum_cover"] = {named["East"]: 1}
    values["roster"]["path"] = str(folder / "roster.csv")
    responses = values["demand"]["categories"]
    responses[category_slug(PAYLOADS["script"])] = responses["burglary"]
    values["incidents"] |= {
        "source": "table",
        "path": str(folder / "incidents.csv"),
        "columns": {
            "id": "id",
            "month": "month",
            "longitude": "x",
            "latitude": "y",
            "category": "what",
            "place": "where",
        },
    }
    incidents(word).to_csv(folder / "incidents.csv", index=False)
    roster(word, named, kind).to_csv(folder / "roster.csv", index=False)
    roads(word).to_file(folder / "roads.geojson", driver="GeoJSON")
    actions = {
        "category": ["burglary"] * 9,
        "action": [word(("nul",)) for _ in range(9)],
    }
    pd.DataFrame(actions).to_csv(folder / "actions.csv", index=False)
    run = pipeline.plan(scenario.parse(values))
    return run, word.given


def incidents(word):
    rng, n = np.random.default_rng(3), 900
    at = rng.integers(0, 3, n)
    x = np.array([-2.74, -2.56, -2.6])[at] + rng.normal(0, 0.02, n)
    y = np.array([51.38, 51.38, 51.42])[at] + rng.normal(0, 0.015, n)
    streets = [word(("nul", "long")) for _ in range(20)]
    months = np.array(["2026-07", "2026-08", "2026-09", "2026-10"])
    return pd.DataFrame(
        {
            "id": [f"{streets[k % 20]} {k}" for k in range(n)],
            "month": months[rng.integers(0, 4, n)],
            "x": x,
            "y": y,
            "what": np.array(["Burglary", "Anti-social behaviour", PAYLOADS["script"]])[
                rng.integers(0, 40, n) // 19
            ],
            "where": [streets[k % 20] for k in range(n)],
        }
    )


def roads(word):
    lines = [
        shapely.LineString([(-2.79, 51.31 + k / 50), (-2.51, 51.32 + k / 50)])
        for k in range(6)
    ]
    names = {
        "name": [word(("nul",)) for _ in lines],
        "ref": [word(("nul",)) for _ in lines],
    }
    return gpd.GeoDataFrame(names, geometry=lines, crs="EPSG:4326")


def roster(word, named, kind):
    stations = [named["Westford"], named["Easton"]]
    return pd.DataFrame(
        {
            "unit_id": [word(("nul", "long")) for _ in range(6)],
            "kind": ["response"] * 4 + ["pcso", kind],
            "skills": [word(("nul", "long")).replace(" ", "") for _ in range(6)],
            "home_station": [stations[k % 2] for k in range(6)],
            "starts_at": "2026-11-20T20:00",
            "ends_at": "2026-11-20T23:00",
            "officers": [2] * 4 + [1, 2],
        }
    )


@pytest.mark.parametrize("profile", ["operational", "briefing", "public"])
@pytest.mark.parametrize("bypass", [True, False], ids=["without policy", "with policy"])
def test_the_pages_of_a_real_plan_show_text_as_text(
    open_page, dialogs, hostile, profile, bypass
):
    run, given = hostile
    if profile == "public":
        text = public_map(runs.public(run, "OFFICIAL"))
    else:
        text = plan_map(runs.profiled(run, profile))
    page = open_page(text, bypass_csp=bypass)
    poke(page)
    harmless(page, dialogs)
    body = page.locator("body").text_content()
    shown = [one for one in given if one in body]
    assert len(shown) >= (4 if profile == "public" else 12)


def test_the_twin_of_the_sheets_of_a_real_plan_shows_text_as_text(
    get_page, dialogs, hostile, tmp_path
):
    run, given = hostile
    path, page = tmp_path / "briefing.html", get_page(bypass_csp=True)
    path.write_text(briefing.brief(run).html(), encoding="utf-8")
    page.asked, page.complaints, page.own = [], [], path.as_uri()
    page.goto(page.own)
    harmless(page, dialogs)
    body = page.locator("body").text_content()
    assert sum(one in body for one in given) >= 6


def test_the_files_of_a_real_plan_hold_text_as_text(hostile, tmp_path):
    run, _ = hostile
    export_plan(run, tmp_path)
    export_public(runs.public(run, "OFFICIAL"), tmp_path)
    units = set(run.posts["unit_id"])
    points = ET.fromstring((tmp_path / "posts.gpx").read_bytes())
    names = [one.text for one in points.iter("{http://www.topografix.com/GPX/1/1}name")]
    assert {tag.tag.split("}")[1] for tag in points.iter()} == {
        "gpx",
        "metadata",
        "wpt",
        "name",
        "desc",
        "type",
    }
    for unit in units:
        assert any(name.startswith(_one_line(unit)) for name in map(_one_line, names))
    told = json.loads((tmp_path / "posts.geojson").read_text(encoding="utf-8"))
    assert {one["properties"]["unit_id"] for one in told["features"]} == units
    posts = pyogrio.read_dataframe(tmp_path / "plan.gpkg", layer="posts")
    assert set(posts["unit_id"]) == units
    for path in (tmp_path / "plan.gpkg", tmp_path / "public.gpkg"):
        table = pyogrio.read_dataframe(path, layer="layer_styles")
        for column in ("styleQML", "styleSLD"):
            for text in table[column]:
                tags = {tag.tag for tag in ET.fromstring(text).iter()}
                assert not {"script", "img", "svg"} & tags
    for path in tmp_path.glob("*.csv"):
        _require_no_formula(path)


def _one_line(text):
    """Text as an XML reader gives it: one kind of line end."""
    return re.sub(r"\r\n?", "\n", text)


def _require_no_formula(path):
    read = pd.read_csv(path, encoding="utf-8-sig", dtype="str", keep_default_na=False)
    for name in read:
        assert not name.startswith(("=", "@"))
        texts = read[name][pd.to_numeric(read[name], errors="coerce").isna()]
        assert not texts.str.match(r"^[=+\-@\t\r]").any(), (path.name, name)
