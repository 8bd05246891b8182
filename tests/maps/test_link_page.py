"""The link to a view of a plan's page, in a browser."""

import re

import pytest

from geoalloc.maps import plan_map
from tests.maps.conftest import with_record
from tests.maps.test_page import PAYLOADS

pytestmark = pytest.mark.browser

VIEW = (
    "() => { const { map, state } = geoalloc.page, { now } = state;"
    "const c = map.getCenter(), on = Object.keys(now.layers).filter((k) =>"
    "now.layers[k]).sort(); return { at: [c.lat, c.lng], zoom: map.getZoom(),"
    "fill: now.fill, hour: now.hour, layers: on, hex: now.chosen?.hex ?? null,"
    "unit: now.chosen?.unit?.id ?? null, spot: now.chosen?.spot?.rank ?? null }; }"
)


def view(page):
    return page.evaluate(VIEW)


def follow(page, text):
    """Write a hash as a reader does."""
    page.evaluate("(text) => { location.hash = text; }", text)
    page.wait_for_timeout(30)


def settled(page):
    page.wait_for_timeout(450)
    return page.evaluate("() => location.hash")


def test_the_address_follows_the_view_and_brings_it_back(open_page, page_text):
    page = open_page(page_text)
    page.evaluate(
        "() => { const { map, state } = geoalloc.page;"
        "map.setView([51.452, -2.601], 12.7, { animate: false });"
        "state.set({ fill: 'unmet', hour: 2, chosen: { hex: 6 } });"
        "state.layer('beats', true); state.layer('places', false); }"
    )
    text, before = settled(page), view(page)
    for part in ("at=51.452", "zoom=12.7", "fill=unmet", "hour=2", "chosen=hex:51."):
        assert part in text
    page.goto("about:blank")
    page.goto(page.own + text)
    page.wait_for_selector("html[data-ready=true]", state="attached")
    after = view(page)
    assert after.pop("at") == pytest.approx(before.pop("at"), abs=1e-4)
    assert after == before
    assert page.locator(".panel h3").first.is_visible()
    assert page.complaints == []


@pytest.mark.parametrize("chosen", ["unit:R2", "hotspot:1"])
def test_units_and_hotspots_are_kept_in_the_address(open_page, page_text, chosen):
    page = open_page(page_text)
    page.evaluate(
        "() => geoalloc.page.state.set("
        "{ chosen: { unit: geoalloc.page.data.units[2] } })"
        if chosen == "unit:R2"
        else "() => geoalloc.page.state.set("
        "{ chosen: { spot: geoalloc.page.data.hotspots[0] } })"
    )
    text = settled(page)
    assert f"chosen={chosen}" in text
    page.evaluate("() => geoalloc.page.state.set({ chosen: null })")
    assert "chosen" not in settled(page)
    follow(page, text)
    found = view(page)
    assert (found["unit"], found["spot"]) == (
        ("R2", None) if "R2" in text else (None, 1)
    )


def test_a_changed_hash_changes_the_view(open_page, page_text):
    page = open_page(page_text)
    follow(page, "#at=51.46,-2.6&zoom=13&fill=demand&hour=3&layers=places")
    found = view(page)
    assert found["at"] == pytest.approx([51.46, -2.6], abs=1e-4)
    assert (found["zoom"], found["hour"], found["layers"]) == (13, 3, ["places"])
    assert page.locator(".unit").count() == 0
    assert page.locator("#hour").input_value() == "3"


@pytest.mark.parametrize(
    "text",
    [
        "#nonsense",
        "#at=1e9,x&zoom=-3&fill=__proto__&hour=99&chosen=hex:0,0",
        "#at=10,10&zoom=12",
        "#fill=constructor&hour=-1",
        "#at=NaN,NaN&chosen=unit:nobody",
        "#%E0%A4%A&layers",
        *(f"#{name}={{}}" for name in ("at", "fill", "hour", "chosen")),
    ],
)
def test_a_hash_that_names_no_view_is_ignored(open_page, page_text, text):
    page = open_page(page_text)
    before = view(page)
    follow(page, text)
    assert view(page) == before
    assert page.complaints == []


def test_text_of_a_hash_is_never_markup(open_page, page_text):
    page = open_page(page_text, bypass_csp=True)
    elements = page.locator("script, img, iframe").count()
    page.evaluate(
        "async (texts) => { for (const text of texts) for (const start of ['', "
        "...['fill', 'chosen', 'pair', 'layers', 'zoom'].map((key) =>"
        "`at=51.45,-2.6&${key}=`)]) { location.hash = start + text;"
        "await new Promise((done) => setTimeout(done)); } }",
        list(PAYLOADS.values()),
    )
    settled(page)
    page.get_by_role("button", name="Copy link").click()
    assert page.evaluate("() => window.PWN") is None
    assert page.locator("script, img, iframe").count() == elements
    assert page.complaints == []
    assert page.asked == []


def test_outside_the_time_of_the_plan_a_link_shows_no_unit_and_no_cover(
    open_page, town
):
    past = {"from": "2020-01-01T00:00Z", "to": "2020-01-02T00:00Z"}
    page = open_page(plan_map(with_record(town.run, valid=past)))
    follow(page, "#at=51.45,-2.6&zoom=12&fill=unmet&layers=units,beats&chosen=unit:R2")
    found = view(page)
    assert (found["fill"], found["unit"]) == ("demand", None)
    assert page.locator(".unit").count() == 0
    assert "Market Square" not in page.locator("body").inner_text()


def test_the_link_can_be_copied_from_a_field_where_the_clipboard_is_refused(
    open_page, page_text
):
    page = open_page(page_text)
    page.evaluate(
        "() => Object.defineProperty(navigator, 'clipboard', { configurable: true,"
        "value: { writeText: () => Promise.reject(new Error('no')) } })"
    )
    page.get_by_role("button", name="Copy link").click()
    field = page.get_by_label("Link to this view", exact=True)
    field.wait_for()
    assert field.input_value() == page.url
    assert "#at=" in field.input_value()
    assert field.get_attribute("readonly") is not None


def test_the_link_is_copied_where_the_clipboard_is_allowed(open_page, page_text):
    page = open_page(page_text)
    page.evaluate(
        "() => Object.defineProperty(navigator, 'clipboard', { configurable: true,"
        "value: { writeText: async (text) => { window.copied = text; } } })"
    )
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Link copied.").wait_for()
    assert re.match(r"file://.+#at=", page.evaluate("() => window.copied"))
