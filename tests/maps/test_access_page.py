"""The pages by keys alone, by ear, on a phone, and as they look."""

import contextlib
import importlib
import itertools
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geoalloc import runs
from geoalloc.maps import hotspot_map, public_map
from tests.maps import coarse
from tests.maps.conftest import changed, load, new_page, with_record
from tests.maps.hotspot_town import make_found, make_record

pytestmark = pytest.mark.browser

REFERENCE = Path(__file__).parent / "reference"
OPEN_ALL = (
    "() => { const { state, reader } = geoalloc.page; if (!reader) return;"
    "reader.table.open(true); state.set({ chosen: { hex: 5 }, fill: 'unmet' }); }"
)


@pytest.fixture(scope="module")
def pages(town, page_text):
    """The text of each kind of page."""
    summary = pd.DataFrame(
        {
            "hex_id": town.grid.hex_id,
            "category": "burglary",
            "month": "2025-01",
            "incidents": np.arange(5, 5 + len(town.grid)),
        }
    )
    run = with_record(
        changed(town.run, incident_summary=summary),
        boundary={"source": "town", "schematic": False, "repaired_polygons": 0},
        as_of="2026-01-01",
    )
    return {
        "plan": page_text,
        "hotspots": hotspot_map(make_found(town.grid), make_record()),
        "public": public_map(runs.public(run, "OFFICIAL")),
    }


@pytest.fixture(scope="module")
def axe():
    required = os.environ.get("GEOALLOC_BROWSER") == "required"
    name = "axe_playwright_python.sync_playwright"
    found = importlib.import_module(name) if required else pytest.importorskip(name)
    return found.Axe()


def faults(axe, page):
    """What axe-core finds that is serious or critical, as readable text."""
    found = axe.run(page).response["violations"]
    return [
        f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(
    ("kind", "width", "scheme"),
    [
        ("plan", 1280, "light"),
        ("plan", 1280, "dark"),
        ("plan", 360, "dark"),
        ("hotspots", 1280, "dark"),
        ("hotspots", 360, "light"),
        ("public", 1280, "dark"),
        ("public", 360, "light"),
    ],
)
def test_axe_finds_no_serious_fault(open_page, pages, axe, kind, width, scheme):
    page = open_page(pages[kind], size=(width, 800), color_scheme=scheme)
    if kind == "plan":
        page.evaluate(OPEN_ALL)
    assert faults(axe, page) == []


RESET = (
    "() => { const { state, reader, map, layers } = geoalloc.page; scrollTo(0, 0);"
    "state.set({ chosen: null, fill: 'demand', hour: 0 }); reader.table.open(false);"
    "geoalloc.fit(map, layers.corners()); document.activeElement.blur(); }"
)


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory, page_text):
    """A page on a desk and one on a phone, each loaded once."""
    folder = tmp_path_factory.mktemp("access")
    with contextlib.ExitStack() as stack:
        desk = new_page(browser, stack)
        touch = new_page(browser, stack, has_touch=True, is_mobile=True)
        touch.set_viewport_size({"width": 360, "height": 740})
        yield [
            load(page, folder / f"{k}.html", page_text)
            for k, page in enumerate((desk, touch))
        ]


@pytest.fixture
def desk(opened):
    opened[0].evaluate(RESET)
    return opened[0]


@pytest.fixture
def phone(opened):
    opened[1].evaluate(RESET)
    return opened[1]


def contrast(a, b):
    """Contrast of two colors as WCAG 2.2 defines it."""

    def light(color):
        c = np.array(color) / 255
        linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    one, two = sorted((light(a), light(b)))
    return (two + 0.05) / (one + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_inks_of_text_stand_out_from_every_ground_of_text(desk, dark):
    desk.evaluate("(dark) => geoalloc.page.state.set({ dark })", dark)
    colors = desk.evaluate(
        "(names) => Object.fromEntries(names.map((name) => {"
        "const probe = document.createElement('i');"
        "probe.style.color = `var(--${name})`; document.body.append(probe);"
        "const found = getComputedStyle(probe).color.match(/\\d+/g).map(Number);"
        "probe.remove(); return [name, found.slice(0, 3)]; }))",
        ["ink", "soft", "overprint", "paper", "ground", "lit"],
    )
    desk.evaluate("() => geoalloc.page.state.set({ dark: false })")
    for ink in ("ink", "soft", "overprint"):
        for ground in ("paper", "ground"):
            assert contrast(colors[ink], colors[ground]) >= 4.5
    assert contrast(colors["ink"], colors["lit"]) >= 4.5


def focused(page):
    return page.evaluate(
        "() => { const e = document.activeElement; return e.id || e.textContent.trim()"
        " || e.className; }"
    )


def test_keys_go_round_the_page_in_the_order_in_which_it_is_read(desk):
    order = []
    for _ in range(60):
        desk.keyboard.press("Tab")
        order.append(focused(desk))
        if "Table of the values" in order[-1]:
            break
    ways = ["Skip to the search", "Skip to the map", "Skip to the details"]
    assert order[:3] == ways
    wanted = ["Skip to the table", "find", "Copy link to this view", "map_plan"]
    wanted += ["Table of the values on the map"]
    at = [order.index(name) for name in wanted]
    assert at == sorted(at)
    fill = desk.locator("input[name=fill]:checked").evaluate("(e) => e.type")
    assert fill == "radio"


def test_skips_are_seen_when_they_have_the_focus_and_go_where_they_say(desk):
    for text, there in (
        ("Skip to the search", "find"),
        ("Skip to the map", "map_plan"),
        ("Skip to the details", "Choose a hex or a unit"),
        ("Skip to the table", "Table of the values on the map"),
    ):
        skip = desk.get_by_role("button", name=text)
        skip.focus()
        box = skip.bounding_box()
        assert box["x"] >= 0
        assert box["width"] > 60
        skip.press("Enter")
        assert focused(desk) == there
    assert desk.locator(".plan-sheet tbody tr").count() > 0


def test_a_plan_can_be_read_by_keys_alone(desk):
    keys = desk.keyboard
    desk.locator("#map_plan").focus()
    before = desk.evaluate("() => geoalloc.page.map.getCenter().lng")
    keys.press("ArrowRight")
    desk.wait_for_function("(x) => geoalloc.page.map.getCenter().lng > x", arg=before)
    keys.press("Enter")
    desk.wait_for_function("() => geoalloc.page.state.now.chosen")
    assert desk.locator(".answer").is_visible()
    keys.press("Escape")
    assert desk.evaluate("() => geoalloc.page.state.now.chosen") is None
    desk.locator("#find").focus()
    keys.type("hotspot 1")
    keys.press("ArrowDown")
    keys.press("Enter")
    assert desk.locator(".panel h2").inner_text() == "Hotspot 1: Northtown"
    assert desk.complaints == []


def test_what_has_the_focus_is_outlined(desk):
    keys = desk.keyboard
    for selector in ("#find", "#map_plan", ".copy", ".sheet-toggle", "#hour", ".unit"):
        desk.locator(selector).first.focus()
        keys.press("Shift")  # from here on the focus is that of the keyboard
        marked = ".symbol" if selector == ".unit" else ""
        width = desk.locator(f"{selector} {marked}".strip()).first.evaluate(
            "(e) => parseFloat(getComputedStyle(e).outlineWidth)"
        )
        assert width >= 2, selector


def voice(page):
    page.wait_for_timeout(320)
    return page.locator("body > p.unseen[role=status]").inner_text()


def test_choices_and_hours_are_said_in_few_words(desk):
    desk.evaluate("() => geoalloc.page.state.set({ chosen: { hex: 40 } })")
    said = voice(desk)
    assert "incidents expected this shift. R2 is first." in said
    assert len(said) < 120
    desk.locator("#hour").press("ArrowRight")
    assert voice(desk) == "22:00–23:00."  # noqa: RUF001
    desk.evaluate("() => geoalloc.page.state.set({ chosen: null })")
    assert voice(desk) == "Nothing is chosen."


def test_headings_go_down_one_level_at_a_time_and_landmarks_have_names(desk):
    desk.evaluate(OPEN_ALL)
    levels = desk.locator("h1, h2, h3, h4").evaluate_all(
        "(all) => all.filter((e) => e.checkVisibility())"
        ".map((e) => Number(e.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    for role, name in (("search", None), ("main", None), ("banner", None)):
        assert desk.get_by_role(role, name=name).count() == 1
    for name in ("Layers and legend", "Details", "Table", "Figures"):
        assert desk.get_by_role("region", name=name, exact=True).count() == 1


def test_a_phone_scrolls_only_up_and_down(phone):
    for change in (
        "() => {}",
        OPEN_ALL,
        "() => geoalloc.page.reader.table.pick('units')",
    ):
        phone.evaluate(change)
        width = phone.evaluate("() => document.documentElement.scrollWidth")
        assert width == 360
    assert phone.locator("#map_plan").bounding_box()["height"] >= 340


def test_a_tap_brings_up_a_sheet_that_can_be_closed(phone):
    box = phone.locator("#map_plan").bounding_box()
    phone.evaluate(
        "() => geoalloc.page.map.getContainer().scrollIntoView({ block: 'start' })"
    )
    box = phone.locator("#map_plan").bounding_box()
    phone.touchscreen.tap(box["x"] + 120, box["y"] + 160)
    phone.locator(".answer").wait_for()
    panel = phone.locator(".panel").bounding_box()
    assert panel["y"] + panel["height"] == pytest.approx(740, abs=1)
    assert panel["height"] <= 0.47 * 740
    close = phone.get_by_role("button", name="Close")
    assert min(close.bounding_box()[k] for k in ("width", "height")) >= 44
    close.tap()
    assert phone.evaluate("() => geoalloc.page.state.now.chosen") is None


def test_on_a_phone_figures_are_folded_and_unfold(phone):
    articles = phone.locator(".figures article:visible")
    assert articles.count() == 1
    phone.get_by_role("button", name="More figures").tap()
    assert articles.count() == phone.locator(".figures article").count() > 1
    phone.get_by_role("button", name="Fewer figures").tap()
    assert articles.count() == 1


def test_on_a_phone_what_is_touched_is_large_enough(phone):
    phone.evaluate("() => geoalloc.page.reader.table.open(true)")
    main = (
        "#find, .copy, .more, .sheet-toggle, .tab, .step, .save, .filter select,"
        ".leaflet-control-zoom a, .choice"
    )
    assert min(heights(phone, main).values()) >= 44
    others = "button, summary, select, input[type=range]"
    assert min(heights(phone, others).values()) >= 24


def heights(page, selector):
    """Heights of the targets that are seen, by what they say."""
    return page.evaluate(
        "(selector) => Object.fromEntries([...document.querySelectorAll(selector)]"
        ".filter((e) => e.checkVisibility()).map((e) => [e.id || e.textContent,"
        "e.getBoundingClientRect().height]).filter(([, height]) => height > 1))",
        selector,
    )


def test_on_a_phone_the_search_leads_to_the_map(phone):
    phone.locator("#find").fill("northtown")
    phone.get_by_role("option").first.tap()
    top = phone.locator("#map_plan").bounding_box()["y"]
    assert 0 <= top < 200
    assert phone.locator(".panel").bounding_box()["y"] < 740


@pytest.mark.parametrize(
    ("name", "size"), [("wide", (1280, 800)), ("phone", (360, 740))]
)
def test_the_page_looks_as_it_did(open_page, page_text, name, size):
    page = open_page(page_text, size=size)
    page.wait_for_timeout(200)
    seen = coarse.shrunk(page.screenshot())
    kept = coarse.read(REFERENCE / f"plan-{name}.png")
    assert coarse.difference(seen, kept) < coarse.TOLERATED


def test_a_page_without_its_hexes_and_figures_looks_otherwise(desk):
    desk.set_viewport_size({"width": 1280, "height": 800})
    desk.evaluate(
        "() => { geoalloc.page.state.set({ fill: 'none' });"
        "document.querySelector('.figures').hidden = true; }"
    )
    desk.wait_for_timeout(200)
    kept = coarse.read(REFERENCE / "plan-wide.png")
    assert coarse.difference(coarse.shrunk(desk.screenshot()), kept) > coarse.TOLERATED
    desk.set_viewport_size({"width": 1000, "height": 700})
    desk.evaluate("() => { document.querySelector('.figures').hidden = false; }")
