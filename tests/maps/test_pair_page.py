"""Before and after in a browser: two maps, a swipe, a strip of figures, moves."""

import contextlib
import re

import numpy as np
import pandas as pd
import pytest

from geoalloc.maps import plan_map
from geoalloc.runs import profiled
from tests.maps.conftest import (
    PERIODS,
    changed,
    data_of,
    load,
    make_run,
    new_page,
    with_record,
)

pytestmark = pytest.mark.browser

MAPS = "const a = geoalloc.page.map, b = geoalloc.page.compared.pair.second.map;"
WIDE = (1400, 900)
SPITE = '</script><img src=x onerror="window.PWN=1">${window.PWN=1}<svg onload=PWN=1>'


RESET = """(pair) => {
  const { map, layers, state } = geoalloc.page;
  state.set({ pair, fill: "unmet", hour: 0, chosen: null, swipe: 50,
    layers: geoalloc.PlanControls.SHOWN });
  geoalloc.fit(map, layers.corners());
}"""


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory, page_text):
    path = tmp_path_factory.mktemp("pair") / "map.html"
    with contextlib.ExitStack() as stack:
        page = load(new_page(browser, stack), path, page_text)
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        yield page


@pytest.fixture
def both(opened):
    opened.evaluate(RESET, "both")
    return opened


@pytest.fixture
def swiped(opened):
    opened.evaluate(RESET, "swipe")
    return opened


@pytest.fixture(scope="module")
def moving(town):
    """The toy run with two moves from a station that stands apart from the posts."""
    moves = pd.DataFrame(
        {
            "unit_id": ["R1", "R2"],
            "from_post": ["Central", "Central"],
            "to_post": ["Market Square", "Market Square"],
            "gain": [0.42, 0.9],
        }
    )
    return changed(town.run, moves=moves)


def view_of(page, which):
    return page.evaluate(
        f"() => {{ {MAPS} const c = {which}.getCenter();"
        f"return [c.lat, c.lng, {which}.getZoom()]; }}"
    )


def assert_alike(page):
    page.wait_for_function(
        f"() => {{ {MAPS} return !a._animatingZoom && !b._animatingZoom; }}"
    )
    assert view_of(page, "a") == view_of(page, "b")


def drawn(page, second=False):
    """Classes and colors that a map shows."""
    layers = "compared.pair.second.layers" if second else "layers"
    return page.evaluate(
        f"() => {{ const {{ fill }} = geoalloc.page.{layers};"
        "return [Array.from(fill.classes), fill.colors]; }"
    )


def late_per_hour(cover):
    return cover.groupby("hex_id")["unmet"].sum().to_numpy() / len(PERIODS)


def traced(page):
    """Lengths of what is traced on either map."""
    return page.evaluate(
        "() => [geoalloc.page.layers, geoalloc.page.compared.pair.second.layers].map("
        "({ selection }) => { const [first] = selection.getLayers();"
        "return first ? first.getLatLngs().length : 0; })"
    )


def test_one_map_is_what_the_page_opens_with(open_page, page_text):
    page = open_page(page_text, size=WIDE)
    assert page.locator(".leaflet-container").count() == 1
    assert page.get_by_label("One map").is_checked()
    assert not page.locator(".strip").is_visible()
    assert not page.get_by_role("slider", name="Where before ends").is_visible()


@pytest.mark.parametrize("which", ["a", "b"])
def test_a_pan_of_either_map_is_one_of_both_without_echo(both, which):
    other = "b" if which == "a" else "a"
    before = view_of(both, other)
    both.evaluate(
        f"() => {{ {MAPS} window.ends = 0; window.tally = () => ends++;"
        f"{which}.on('moveend', tally).panBy([70, -40], {{ animate: false }}); }}"
    )
    both.wait_for_timeout(200)
    assert_alike(both)
    assert view_of(both, other) != before
    both.evaluate(f"() => {{ {MAPS} {which}.off('moveend', tally); }}")
    assert both.evaluate("() => window.ends") == 1


@pytest.mark.parametrize("which", ["before", "after"])
def test_a_drag_of_either_map_moves_both(both, which):
    start = view_of(both, "a")
    box = both.locator(f".half.{which} .folium-map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] - 60
    both.mouse.move(x, y)
    both.mouse.down()
    both.mouse.move(x + 40, y - 25, steps=4)
    both.wait_for_timeout(100)
    both.mouse.up()
    both.wait_for_timeout(400)
    assert_alike(both)
    assert view_of(both, "a") != start


@pytest.mark.parametrize("which", ["before", "after"])
def test_keys_on_either_map_move_and_zoom_both(both, which):
    start = view_of(both, "a")
    both.locator(f".half.{which} .folium-map").focus()
    both.keyboard.press("+")
    both.wait_for_timeout(500)
    assert_alike(both)
    assert view_of(both, "b")[2] > start[2]
    nearer = view_of(both, "a")
    both.keyboard.press("ArrowRight")
    both.wait_for_timeout(600)
    assert_alike(both)
    assert view_of(both, "b")[1] > nearer[1]


def test_both_maps_have_the_same_classes_and_one_legend(both, town):
    breaks = both.evaluate("() => geoalloc.page.layers.fills.unmet.classes.breaks")
    for second, cover in ((False, town.run.cover), (True, town.run.compared_cover)):
        found = np.array(drawn(both, second)[0])
        rates = late_per_hour(cover)
        near = np.abs(rates[:, None] - np.array(breaks)).min(axis=1) < 1e-4
        expected = np.searchsorted(breaks, rates, side="right")
        assert (found == expected)[~near].all()
        assert near.mean() < 0.3
    assert drawn(both)[1] == drawn(both, second=True)[1]
    assert both.locator(".legend:visible").count() == 1


def test_each_map_has_its_heading(both):
    assert both.locator(".half-title").all_inner_texts() == [
        "Before: bordered",
        "After: borderless (this plan)",
    ]
    names = both.get_by_role("application").evaluate_all(
        "(maps) => maps.map((one) => one.getAttribute('aria-label'))"
    )
    assert names == ["Map, Before: bordered", "Map, After: borderless (this plan)"]


def test_a_layer_is_switched_on_both_maps(both):
    shown = "({ layers }) => layers.has('homeBeats')"
    both.get_by_label("Home beats").check()
    both_have = (
        f"() => [geoalloc.page, geoalloc.page.compared.pair.second].map({shown})"
    )
    assert both.evaluate(both_have) == [True, True]
    both.get_by_label("Home beats").uncheck()
    assert both.evaluate(both_have) == [False, False]


def test_an_hour_is_that_of_both_maps(both, town):
    both.locator("#hour").fill("3")
    breaks = both.evaluate("() => geoalloc.page.layers.fills.unmet.classes.breaks")
    cover = town.run.compared_cover
    rows = cover[cover["period"] == PERIODS[2]]
    rates = rows.groupby("hex_id")["unmet"].sum().to_numpy()
    found = np.array(drawn(both, second=True)[0])
    expected = np.searchsorted(breaks, rates, side="right")
    assert (np.abs(found - expected) <= 1).all()  # hours before are told in sevenths
    assert (found == expected).mean() > 0.8


def test_a_fill_that_both_plans_share_is_said_to_be_alike(both):
    assert not both.locator(".alike").is_visible()
    both.get_by_label("Expected demand").check()
    told = both.locator(".alike").inner_text()
    assert told == "Expected demand, all grades: alike on both maps."
    assert drawn(both) == drawn(both, second=True)


@pytest.mark.parametrize("which", ["before", "after"])
def test_a_hex_chosen_on_either_map_is_traced_on_both(both, town, which):
    i = 8
    point = both.evaluate(
        f"([lat, lng]) => {{ {MAPS} const map = {'b' if which == 'before' else 'a'};"
        "const p = map.latLngToContainerPoint([lat, lng]);"
        "const r = map.getContainer().getBoundingClientRect();"
        "return [p.x + r.left, p.y + r.top]; }",
        [town.grid.latitude[i], town.grid.longitude[i]],
    )
    both.mouse.click(*point)
    assert both.evaluate("() => geoalloc.page.state.now.chosen") == {"hex": i}
    assert traced(both) == [6, 6]


def test_the_panel_tells_both_figures_of_a_hex(both, town):
    i = 20
    both.evaluate("(hex) => geoalloc.page.state.set({ chosen: { hex } })", i)
    hex_id = town.run.hexes["hex_id"][i]
    cover = town.run.cover
    late = cover.loc[cover["hex_id"] == hex_id, "unmet"].sum()
    cells = both.locator(".pair-table tr").nth(1).locator("th, td").all_inner_texts()
    assert cells[0] == "Late, all grades"
    numbers = [float(text.replace("−", "-")) for text in cells[1:]]  # noqa: RUF001
    assert numbers == pytest.approx([2 * late, late, -late], rel=0.06)
    first = both.locator(".pair-table tr").nth(4).locator("td").all_inner_texts()
    assert set(first[:2]) == {"R1", "R2"}
    assert first[2] == "other"


def test_a_unit_chosen_before_is_the_same_unit_after(both):
    mark = "R2, Response, at Central"
    both.locator(".half.before").get_by_role("button", name=mark).press("Enter")
    assert both.locator(".panel h2").inner_text() == "R2"
    assert "Market Square" in both.locator(".panel").inner_text()
    mine, before = traced(both)
    assert mine > 6
    assert before > 6
    both.keyboard.press("Escape")
    assert traced(both) == [0, 0]


def test_units_stand_at_their_posts_of_either_plan(both):
    def names(half):
        units = both.locator(f".half.{half} .unit")
        return sorted(units.evaluate_all("(all) => all.map((u) => u.ariaLabel)"))

    assert names("before")[1:] == [
        "R1, Response, at Central",
        "R2, Response, at Central",
    ]
    assert names("after")[2] == "R2, Response, at Market Square"


def test_one_map_again_is_as_it_was(open_page, page_text):
    page = open_page(page_text, size=WIDE)
    state = "() => { const { map } = geoalloc.page, c = map.getCenter();"
    state += "return [c.lat, c.lng, map.getZoom()]; }"
    start = page.evaluate(state)
    page.get_by_label("Before and after, side by side").check()
    assert page.evaluate("() => geoalloc.page.state.now.fill") == "unmet"
    page.get_by_label("One map").check()
    assert page.evaluate(state) == pytest.approx(start)
    assert page.locator(".leaflet-container:visible").count() == 1
    assert page.evaluate("() => geoalloc.page.state.now.fill") == "demand"
    assert page.locator(".figures").is_visible()
    assert not page.locator(".strip").is_visible()
    page.evaluate("() => geoalloc.page.map.panBy([50, 0], { animate: false })")
    assert page.complaints == []


def clipped(page):
    style = page.locator(".half.after .folium-map").evaluate(
        "(map) => getComputedStyle(map).clipPath"
    )
    return float(re.search(r"([\d.]+)%\)$", style)[1])


def test_the_swipe_moves_by_keys(swiped):
    handle = swiped.get_by_role("slider", name="Where before ends and after begins")
    handle.focus()
    for key, share in [
        ("ArrowRight", 52),
        ("ArrowUp", 54),
        ("PageDown", 44),
        ("ArrowLeft", 42),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", 100),
    ]:
        handle.press(key)
        assert handle.get_attribute("aria-valuenow") == str(share)
        assert clipped(swiped) == share
    told = handle.get_attribute("aria-valuetext")
    assert told == "Before on the left 100%, after on the right 0%"


def test_the_swipe_moves_by_mouse(swiped):
    handle = swiped.get_by_role("slider", name="Where before ends and after begins")
    box = swiped.locator(".pair").bounding_box()
    y = box["y"] + box["height"] / 2
    swiped.mouse.move(box["x"] + box["width"] / 2, y)
    swiped.mouse.down()
    swiped.mouse.move(box["x"] + box["width"] / 4, y, steps=3)
    swiped.mouse.up()
    assert handle.get_attribute("aria-valuenow") == "25"
    assert clipped(swiped) == 25


def test_the_swipe_moves_by_touch(open_page, page_text):
    page = open_page(page_text, size=(400, 800), has_touch=True, is_mobile=True)
    page.get_by_label("Swipe", exact=True).check()
    handle = page.get_by_role("slider", name="Where before ends and after begins")
    handle.scroll_into_view_if_needed()
    box = page.locator(".pair").bounding_box()
    y = box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    for kind, share in [("touchStart", 0.5), ("touchMove", 0.6), ("touchMove", 0.75)]:
        points = [{"x": box["x"] + share * box["width"], "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert handle.get_attribute("aria-valuenow") == "75"


def test_either_side_of_a_swipe_is_its_own_plan(swiped):
    box = swiped.locator(".pair").bounding_box()
    y = box["y"] + box["height"] - 50
    half = "([x, y]) => document.elementFromPoint(x, y).closest('.half').className"
    at = [box["x"] + share * box["width"] for share in (0.2, 0.8)]
    assert [swiped.evaluate(half, [x, y]) for x in at] == ["half before", "half after"]
    assert_alike(swiped)


PAST = {"from": "2020-01-01T00:00Z", "to": "2020-01-02T00:00Z"}


def test_outside_its_time_there_is_nothing_to_compare(open_page, town):
    page = open_page(plan_map(with_record(town.run, valid=PAST)))
    page.evaluate(
        "() => { const { state } = geoalloc.page; state.set({ pair: 'both' });"
        "state.layer('moves', true); state.layer('units', true); }"
    )
    for name in (".views", ".strip", ".half.before", ".moves"):
        assert not page.locator(name).is_visible()
    assert page.get_by_label("Difference in late").count() == 0
    assert page.locator(".unit, .arrow").count() == 0


def test_a_plan_that_expires_hides_the_posts_of_both_maps(open_page, town):
    valid = {"from": "2026-01-09T20:00Z", "to": "2026-01-10T02:00Z"}
    page = open_page(
        plan_map(with_record(town.run, valid=valid)),
        clock="2026-01-10T00:10",  # pages of one clock are one page: this one runs on
        size=WIDE,
    )
    page.get_by_label("Before and after, side by side").check()
    page.get_by_label("Moves: station").check()
    assert page.locator(".unit").count() == 6
    page.clock.fast_forward("02:00:30")
    assert page.locator(".banner.expired").is_visible()
    assert page.locator(".unit, .arrow").count() == 0
    assert page.locator(".leaflet-container:visible").count() == 1
    assert "Market Square" not in page.locator("body").inner_text()


@pytest.mark.parametrize("kind", ["none", "briefing"])
def test_a_page_without_a_comparison_offers_none(open_page, town, kind):
    none = town.run.compared_cover.iloc[:0]
    run = (
        profiled(town.run, "briefing")
        if kind == "briefing"
        else changed(town.run, compared_cover=none)
    )
    page = open_page(plan_map(run))
    assert page.locator(".views, .strip").count() == 0
    assert page.get_by_label("Difference in").count() == 0
    assert page.complaints == []


def test_the_strip_is_a_table_of_the_figures(both, page_text):
    table = both.get_by_role("table", name="Figures before and after")
    heads = table.get_by_role("columnheader").all_inner_texts()
    assert heads == ["Before: bordered", "After: borderless", "Change"]
    rows = data_of(page_text)["compared"]["figures"]["rows"]
    told = [
        line.locator("th, td").all_inner_texts()
        for line in table.locator("tbody tr").all()
    ]
    assert told == rows
    assert told[0][1:3] == ["31 (28–34)", "14 (11–17)"]  # noqa: RUF001
    assert table.locator("tbody th[scope=row]").count() == len(rows)


def test_a_phone_shows_both_maps_one_above_the_other(open_page, page_text):
    page = open_page(page_text, size=(360, 740), has_touch=True, is_mobile=True)
    page.get_by_role("radio", name="Before and after").check()
    above, below = (
        page.locator(f".half.{half} .folium-map").bounding_box()
        for half in ("before", "after")
    )
    assert below["y"] >= above["y"] + above["height"]
    assert above["width"] == below["width"] <= 360
    page.locator(".strip summary").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    assert_alike(page)


def test_a_difference_is_after_less_before(open_page, town, page_text):
    page = open_page(page_text, size=WIDE)
    page.get_by_label("Difference in late incidents").check()
    value = "() => { const { fills } = geoalloc.page.layers;"
    value += (
        "return geoalloc.page.model.all.map((_, i) => fills.lateDifference.value(i));}"
    )
    found = np.array(list(page.evaluate(f"() => Array.from(({value})())")))
    late = town.run.cover.groupby("hex_id")["unmet"].sum().to_numpy()
    np.testing.assert_allclose(found, -late, atol=2e-4)
    breaks = data_of(page_text)["compared"]["differences"]["unmet"]["classes"]["breaks"]
    near = np.abs(found[:, None] - np.array(breaks)).min(axis=1) < 1e-4
    expected = np.searchsorted(breaks, found, side="right")
    assert (np.array(drawn(page)[0]) == expected)[~near].all()


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_more_and_less_differ_in_hue_and_without_color(page, ground):
    colors = page.evaluate(f"() => geoalloc.DIVERGING.{ground}")
    less, more = colors[:2], colors[3:]
    assert all(isinstance(color, str) for color in less)
    assert all(color["hatch"] != color["ground"] for color in more)  # hatching tells

    def channels(color):
        return [int(color[k : k + 2], 16) for k in (1, 3, 5)]

    for color in less:
        red, _, blue = channels(color)
        assert blue > red
    for color in more:
        red, _, blue = channels(color["ground"])
        assert red > blue


def test_moves_are_sorted_by_what_they_buy_and_by_any_column(open_page, moving):
    page = open_page(plan_map(moving), size=WIDE)
    page.get_by_text("Moves: 2 from stations to posts").click()
    table = page.get_by_role("table", name="Moves")

    def units():
        return table.locator("tbody th").all_inner_texts()

    assert units() == ["R2", "R1"]
    assert table.locator("th[aria-sort=descending]").inner_text().startswith("Buys")
    table.get_by_role("button", name="Unit").press("Enter")
    assert units() == ["R1", "R2"]
    assert table.locator("[aria-sort]").count() == 1
    table.get_by_role("button", name="Unit").press("Enter")
    assert units() == ["R2", "R1"]


def test_a_move_says_what_it_is_and_chooses_its_unit(open_page, moving, town):
    page = open_page(plan_map(moving), size=WIDE)
    page.get_by_text("Moves: 2 from stations to posts").click()
    row = page.locator(".moves tbody tr").first
    cells = row.locator("th, td").all_inner_texts()
    assert cells[:5] == ["R2", "Central", "Market Square", "0.90", "4"]
    home = town.run.areas[town.run.areas["kind"] == "station"].to_crs(27700).geometry
    post = town.run.posts.to_crs(27700).geometry
    km = home.iloc[0].distance(post.iloc[1]) / 1000
    assert float(cells[5]) == pytest.approx(km, rel=0.03)
    row.get_by_role("button", name="R2").press("Enter")
    assert page.locator(".panel h2").inner_text() == "R2"
    assert page.locator(".arrow").count() == 1
    assert "chosen" in row.get_attribute("class")


def test_moves_are_arrows_from_station_to_post(open_page, moving):
    page = open_page(plan_map(moving), size=WIDE)
    assert page.locator(".arrow").count() == 0
    page.get_by_label("Moves: station to post").check()
    assert page.locator(".arrow").count() == 2
    turn = page.evaluate(
        "() => { const { map, data: { units } } = geoalloc.page;"
        "const unit = units.find(({ id }) => id === 'R2');"
        "const [a, b] = [unit.home, unit.at].map((at) => map.latLngToLayerPoint(at));"
        "return Math.atan2(b.y - a.y, b.x - a.x); }"
    )
    style = page.locator(".arrow").last.evaluate("(arrow) => arrow.style.transform")
    assert float(re.search(r"rotate\((.*)rad\)", style)[1]) == pytest.approx(
        turn, abs=0.02
    )
    page.get_by_label("Moves: station to post").uncheck()
    assert page.locator(".arrow").count() == 0


def test_texts_of_the_comparison_are_only_ever_text(open_page, town):
    run = make_run(town.grid, SPITE)
    run = changed(run, moves=run.moves.assign(from_post=f"{SPITE} before"))
    page = open_page(plan_map(run), size=WIDE, bypass_csp=True)
    page.get_by_label("Before and after, side by side").check()
    page.locator(".moves summary").click()
    assert SPITE in page.locator(".moves").inner_text()
    page.locator(".half.before .unit").first.press("Enter")
    page.evaluate("() => geoalloc.page.state.set({ chosen: { hex: 3 } })")
    page.get_by_label("Swipe", exact=True).check()
    assert page.evaluate("() => window.PWN") is None
    assert page.complaints == []
