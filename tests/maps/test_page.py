"""The page in a browser, from a file, with every request refused."""

import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import shapely

from geoalloc.maps import plan_map
from tests import naive_maps
from tests.maps.conftest import changed, make_run, with_record

pytestmark = pytest.mark.browser

PAYLOADS = {
    "script": "<script>window.PWN=1</script>",
    "image": '"><img src=x onerror="window.PWN=1">',
    "template": "${window.PWN=1}",
    "backtick": "`+(window.PWN=1)+`",
    "backslash": "O'Neil\\`${window.PWN=1}",
    "close": "</script><script>window.PWN=1</script>",
    "svg": "<svg onload=window.PWN=1>",
    "json": '"}]</script><svg onload="window.PWN=1">',
    "title": "</title><script>window.PWN=1</script>",
    "style": "</style><img src=x onerror=window.PWN=1>",
    "comment": "<!--<script>window.PWN=1</script>",
    "jinja": "{{ 7 * 7 }}{% raw %}{# x #}",
    "quote": "');window.PWN=1;('",
    "separator": "a\u2028window.PWN=1\u2029b",
    "entity": "&lt;img src=x onerror=window.PWN=1&gt;",
    "link": "javascript:window.PWN=1",
    "frame": '<iframe srcdoc="<script>parent.PWN=1</script>"></iframe>',
}


GROUPS = [list(PAYLOADS)[i::3] for i in range(3)]


def click_at(page, latitude, longitude):
    point = page.evaluate(
        "([a, b]) => { const p = geoalloc.page.map.latLngToContainerPoint([a, b]);"
        "const container = geoalloc.page.map.getContainer();"
        "container.scrollIntoView({ block: 'center' });"
        "const r = container.getBoundingClientRect();"
        "return [p.x + r.left, p.y + r.top]; }",
        [latitude, longitude],
    )
    page.mouse.click(*point)


def drawn_classes(page):
    return page.evaluate(
        "() => { let found; geoalloc.page.map.eachLayer((layer) => {"
        "if (layer.classes) found = Array.from(layer.classes); }); return found; }"
    )


def test_the_page_asks_for_nothing_and_complains_of_nothing(page):
    assert page.asked == []
    assert page.complaints == []


def test_the_marking_stands_at_the_top_and_the_bottom(page):
    marks = page.locator(".marking").all_inner_texts()
    assert marks == ["OFFICIAL-SENSITIVE – Destroy after the shift"] * 2  # noqa: RUF001


def test_the_first_figure_leads_the_strip(page):
    first = page.locator(".figures article").first.inner_text()
    assert "Of about 212 immediate calls, 14 (11–17) are late" in first  # noqa: RUF001


def test_a_duty_plan_in_its_time_has_only_the_banner_of_its_basis(page):
    said = page.locator(".banner").all_inner_texts()
    assert [" ".join(one.split()) for one in said] == ["RETROSPECTIVE retrospective"]
    assert page.title() == "Friday night – geoalloc"  # noqa: RUF001


@pytest.mark.parametrize(
    ("synthetic", "banner"),
    [
        (True, "EXERCISE – SYNTHETIC Made-up incidents"),  # noqa: RUF001
        (False, "EXERCISE Past incidents"),
    ],
)
def test_an_exercise_says_so_and_never_expires(open_page, town, synthetic, banner):
    past = {"from": "2020-01-01T00:00Z", "to": "2020-01-02T00:00Z"}
    run = with_record(town.run, purpose="exercise", synthetic=synthetic, valid=past)
    page = open_page(plan_map(run))
    assert page.locator(".banner.exercise").inner_text().startswith(banner)
    marks = page.locator(".marking").all_inner_texts()
    assert [mark.split()[0] for mark in marks] == ["EXERCISE"] * 2
    assert page.title().startswith("EXERCISE")
    assert page.locator(".unit").count() == 3
    page.get_by_label("Beats tonight").check()
    click_at(page, town.grid.latitude[8], town.grid.longitude[8])
    assert "R1 is nearest" in page.locator(".panel").inner_text()


def test_a_point_lies_in_the_hex_that_h3_says(page, town):
    rng = np.random.default_rng(5)
    west, south, east, north = town.grid.area.bounds
    latitude = rng.uniform(south, north, 500)
    longitude = rng.uniform(west, east, 500)
    found = page.evaluate(
        "(points) => points.map((p) => geoalloc.page.hexes.at("
        "geoalloc.page.map.project(p, 0)))",
        np.stack([latitude, longitude], axis=1).tolist(),
    )
    assert found == town.grid.locate(latitude, longitude).tolist()


def test_a_point_far_outside_lies_in_no_hex(page):
    at = "() => geoalloc.page.hexes.at(geoalloc.page.map.project([50.9, -3.5], 0))"
    assert page.evaluate(at) == -1


def measured(segments):
    return sum(np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in segments)


def test_a_hotspot_is_outlined_along_its_outer_edge(page, town):
    members = town.grid.positions(np.array(town.run.hotspots["hex_ids"][0], np.uint64))
    outline = page.evaluate(
        "(members) => geoalloc.page.hexes.outline(members)", members.tolist()
    )
    union = shapely.union_all(town.grid.polygons[members], grid_size=1e-7)
    assert measured(outline) == pytest.approx(union.length, rel=1e-3)


def test_beats_are_bordered_on_every_side_and_drawn_once(page, town):
    label = np.arange(len(town.grid)) % 3  # 0 is nobody's
    borders = page.evaluate(
        "(label) => geoalloc.page.hexes.borders((i) => label[i])", label.tolist()
    )
    edges = 0
    for i, around in enumerate(town.grid.neighbors):
        for j in around:
            if j < 0:
                edges += int(label[i] > 0)
            elif i < j:
                edges += int(label[i] != label[j])
    assert len(borders) == edges


def test_a_click_tells_what_is_known_of_a_hex(page, town):
    i = 8
    click_at(page, town.grid.latitude[i], town.grid.longitude[i])
    told = page.locator(".panel").inner_text()
    hexes = town.run.hexes
    for text in (hexes["place"][i], hexes["grid_ref"][i], "Central", "Quay"):
        assert text in told
    rows = town.run.demand[town.run.demand["hex_id"] == town.grid.hex_id[i]]
    total = rows.groupby("grade")[["incidents", "low", "high"]].sum()
    expected, low, high = total.loc["priority"]
    pattern = r"Priority\s+([\d.]+) \(([\d.]+)–([\d.]+)\)\s+([\d.]+)"  # noqa: RUF001
    shown = [float(x) for x in re.search(pattern, told).groups()]
    assert shown == pytest.approx([expected, low, high, expected / 10], rel=0.06)
    assert re.search(r"Immediate\s+R1\s+[\d.]+\s+R2", told)
    assert "R1 is nearest for immediate calls: it stands by at Market Square" in told


def test_a_call_that_is_rare_in_a_hex_is_not_said_never_to_come(open_page, town):
    rare = town.run.demand.copy()
    here = rare["hex_id"] == town.grid.hex_id[8]
    columns = ["incidents", "low", "high", "workload_h"]
    rare.loc[here & (rare["grade"] == "immediate"), columns] *= 1e-7
    rare.loc[rare["grade"] == "routine", columns] = 0.0
    page = open_page(plan_map(changed(town.run, demand=rare)))
    click_at(page, town.grid.latitude[8], town.grid.longitude[8])
    told = page.locator(".panel").inner_text()
    assert re.search(r"Immediate\s+under 0\.\d+\s", told)
    assert re.search(r"Routine\s+0 \(0–0\)", told)  # noqa: RUF001
    assert "The count of one night varies more." in told


def test_a_hex_without_a_second_unit_says_none(page, town):
    click_at(page, town.grid.latitude[0], town.grid.longitude[0])
    told = page.locator(".panel").inner_text()
    assert re.search(r"Immediate\s+R1\s+0.0\s+none", told)


def test_units_are_buttons_that_tell_why_they_stand_there(page):
    unit = page.get_by_role("button", name="R2, Response, at Market Square")
    unit.focus()
    page.keyboard.press("Enter")
    told = page.locator(".panel").inner_text()
    for text in ("Market Square", "ST 588 729", "13 hexes", "Nearest to the quay."):
        assert text in told
    assert "0.42 more late incidents (weighted)" in told


def test_a_unit_that_moves_tells_its_timetable_with_reasons(page):
    page.get_by_role("button", name="R2, Response, at Market Square").press("Enter")
    told = " ".join(page.locator(".spells").first.inner_text().split())
    assert told == (
        "22:00–23:00 Stands by at Market Square Nearest to the quay. "  # noqa: RUF001
        "23:00–00:00 Break Fewest calls. "  # noqa: RUF001
        "00:00–01:00 Stands by at Quay Clubs close."  # noqa: RUF001
    )
    assert "First post" in page.locator(".panel").inner_text()


def test_a_unit_that_keeps_its_post_has_no_timetable(page):
    page.get_by_role("button", name="R1, Response, at Market Square").press("Enter")
    told = page.locator(".panel").inner_text().lower()
    assert "why here" in told
    assert "nearest to the quay." in told
    assert page.locator(".spells").count() == 0


def test_a_unit_tells_its_patrol_visits(page):
    page.get_by_role("button", name="R2, Response, at Market Square").press("Enter")
    visits = page.locator(".spells").nth(1).locator("li")
    assert visits.count() == 2
    told = " ".join(visits.first.inner_text().split())
    assert told == (
        "22:05–22:20 Hotspot 1: Northtown ST 588 729; 4 min drive; "  # noqa: RUF001
        "12 of 15 minutes expected to be made, between calls."
    )


def test_a_unit_that_is_first_nowhere_says_so(page):
    page.get_by_role("button", name="P3, PCSO, at Market Square").press("Enter")
    told = page.locator(".panel").inner_text()
    assert "not first to any hex" in told
    assert re.search(r"Visible hours\s+not measured", told)


def test_hotspots_tell_rank_place_and_hours(page):
    page.get_by_role("button", name="Hotspot 1, Northtown").press("Enter")
    told = page.locator(".panel").inner_text()
    for text in (
        "Hotspot 1: Northtown",
        "Violent crime",
        "22:00-02:00",
        "7 hexes",
        "0.31 incidents per km² of land per month (retrospective)",
        "Persistent: hot in 5 of 6 windows",
        "At a hospital: at least half of the incidents are recorded there.",
    ):
        assert text in told


def test_enter_on_the_map_chooses_the_hex_in_the_middle(page, town):
    page.locator("#map_plan").focus()
    page.keyboard.press("Enter")
    assert page.locator(".panel h3").first.is_visible()


def test_the_hour_changes_the_hexes_and_never_the_legend(open_page, page_text):
    page = open_page(page_text)
    legend = page.locator(".legend").first.inner_text()
    mean = drawn_classes(page)
    assert page.locator("output").inner_text() == "All hours (mean)"
    page.locator("#hour").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("output").inner_text() == "22:00–23:00"  # noqa: RUF001
    early = drawn_classes(page)
    page.keyboard.press("End")
    late = drawn_classes(page)
    assert sum(early) < sum(mean) < sum(late)
    assert page.locator(".legend").first.inner_text() == legend
    assert "incidents per km² of land per hour" in legend


def test_classes_are_those_of_the_frame(page, town):
    demand = town.run.demand.pivot_table(
        index="hex_id", columns="period", values="incidents", aggfunc="sum"
    )
    frame = town.run.hexes
    assert frame["land_share"].min() < 0.5  # so that land and hex differ
    land = frame["area_km2"] * frame["land_share"].clip(lower=0.05)
    density = demand.to_numpy() / land.to_numpy()[:, None]
    breaks = naive_maps.breaks(density.ravel(), demand.to_numpy().ravel())
    expected = np.searchsorted(breaks, density.mean(axis=1), side="right")
    differ = np.abs(np.array(drawn_classes(page)) - expected)
    assert differ.max() <= 1  # on a break, by the rounding of the columns
    assert (differ > 0).mean() < 0.05


def test_response_time_bands_are_the_minutes_of_the_frame(open_page, town):
    page = open_page(plan_map(town.run))
    page.get_by_label("Response time bands").check()
    assert page.get_by_text("arrival of the first free unit").is_visible()
    rows = town.run.cover[town.run.cover["grade"] == "immediate"]
    wait = rows.groupby("hex_id")["wait_min"].mean().to_numpy()
    bands = [5, 10, 15, 20]
    drawn = np.array(drawn_classes(page))
    clear = np.abs(wait[:, None] / bands - 1).min(axis=1) > 0.07  # off by levels
    expected = np.searchsorted(bands, wait, side="right")
    assert len(set(expected[clear].tolist())) > 2
    np.testing.assert_array_equal(drawn[clear], expected[clear])
    calls = town.run.demand[town.run.demand["grade"] == "immediate"]
    calls = calls.groupby("hex_id")["incidents"].sum().to_numpy()
    rows_said = page.locator(".legend:visible li").all_inner_texts()
    for k in range(5):
        share = round(100 * calls[drawn == k].sum() / calls.sum())
        assert f": {share}%" in rows_said[k]


def test_confidence_is_the_share_of_demand_that_is_observed(open_page, town):
    demand = town.run.demand
    n = len(town.grid)
    shares = np.tile(np.linspace(0.0, 0.7, n), len(demand) // n)
    demand = demand.assign(observed=shares)
    page = open_page(plan_map(changed(town.run, demand=demand)))
    page.get_by_label("Confidence: demand observed").check()
    held = demand.assign(observed=demand["incidents"] * demand["observed"])
    sums = held.groupby("hex_id")[["incidents", "observed"]].sum()
    share = (sums["observed"] / sums["incidents"]).to_numpy()
    steps = np.array([0.2, 0.4, 0.6, 0.8])
    clear = np.abs(share[:, None] - steps).min(axis=1) > 1 / 63
    assert clear.any()
    expected = np.searchsorted(steps, share, side="right")
    np.testing.assert_array_equal(np.array(drawn_classes(page))[clear], expected[clear])


def test_play_goes_through_the_hours_and_pauses(open_page, page_text):
    page = open_page(page_text)
    page.get_by_role("button", name="Play").click()
    assert page.locator("output").inner_text() == "22:00–23:00"  # noqa: RUF001
    page.get_by_text("23:00–00:00", exact=True).wait_for()  # noqa: RUF001
    page.get_by_role("button", name="Pause").click()
    said = page.locator("output").inner_text()
    page.wait_for_timeout(1200)
    assert page.locator("output").inner_text() == said


def test_hatching_marks_the_three_highest_classes(open_page, page_text):
    page = open_page(page_text)
    page.get_by_label("Hatching").check()
    swatches = page.locator(".legend:visible .swatch")
    marked = [
        "gradient" in swatches.nth(k).evaluate("(e) => e.style.background")
        for k in range(swatches.count())
    ]
    assert marked == [False] * (len(marked) - 3) + [True] * 3


def test_a_reader_of_dark_pages_gets_one_and_may_turn_it_light(open_page, page_text):
    page = open_page(page_text, color_scheme="dark")
    ground = (
        "() => getComputedStyle(document.querySelector('.controls')).backgroundColor"
    )
    assert page.get_by_label("Dark", exact=True).is_checked()
    dark = page.evaluate(ground)
    page.get_by_label("Dark", exact=True).uncheck()
    assert dark != page.evaluate(ground) == "rgb(255, 255, 255)"


def test_hexes_that_borders_help_are_marked_apart(open_page, town):
    page = open_page(plan_map(town.run))
    page.get_by_label("Value of borders").check()
    saved = town.run.border_value["saved"].to_numpy()
    cost = np.maximum(saved, 0)
    breaks = naive_maps.breaks(cost, cost)
    drawn = np.array(drawn_classes(page))
    clear = np.abs(np.abs(saved) / breaks[0] - 1) > 0.07
    np.testing.assert_array_equal(
        (drawn == len(breaks) + 1)[clear], (saved <= -breaks[0])[clear]
    )
    high = saved > 1.07 * breaks[-1]
    assert (drawn[high] == len(breaks)).all()
    legend = page.locator(".legend:visible")
    assert f"borders help: {breaks[0]:g} or more" in legend.inner_text()
    assert "where they help" in legend.inner_text()
    swatch = legend.locator(".swatch").last
    assert "gradient" in swatch.evaluate("(node) => node.style.background")
    assert page.complaints == []


def test_a_hex_tells_the_wait_and_what_borders_cost(page, town):
    wait = town.run.cover["wait_min"].to_numpy()
    for i, word in ((0, "fewer"), (len(town.grid) - 1, "more")):
        page.evaluate(
            "(at) => geoalloc.page.map.fire('click', { latlng: L.latLng(at) })",
            [town.grid.latitude[i], town.grid.longitude[i]],
        )
        told = page.locator(".panel").inner_text()
        size = abs(town.run.border_value["saved"][i])
        found = re.search(r"With borders, ([\d.]+) (\w+) immediate calls", told)
        assert float(found[1]) == pytest.approx(size, rel=0.1)
        assert found[2] == word
        row = re.search(r"Immediate\s+\w+\s+[\d.]+\s+\w+\s+([\d.]+)", told)
        assert float(row[1]) == pytest.approx(wait[i], rel=0.08)


def test_a_run_without_waits_and_borders_offers_no_such_layers(open_page, town):
    bare = changed(
        town.run,
        cover=town.run.cover.assign(wait_min=np.nan),
        border_value=town.run.border_value[:0],
        prices=town.run.prices[:0],
        borders=town.run.borders[:0],
    )
    page = open_page(plan_map(bare))
    assert page.get_by_label("Expected wait").count() == 0
    assert page.get_by_label("Value of borders").count() == 0
    assert not page.locator(".worth").is_visible()
    click_at(page, town.grid.latitude[8], town.grid.longitude[8])
    told = page.locator(".panel").inner_text()
    assert "With borders" not in told
    assert re.search(r"Immediate\s+R1\s+[\d.]+\s+R2\s+–", told)  # noqa: RUF001
    assert page.complaints == []


def test_how_far_to_trust_the_plan_stands_on_the_face(page):
    first = page.locator(".trust summary").inner_text()
    assert first == "Dispatch without borders holds up to 0.9 busy."
    face = page.locator(".trust").text_content()
    assert "The model says 13 late, the simulation 14." in face
    reach = page.locator(".reach")
    assert "beyond the longest acceptable travel: Northtown." in reach.inner_text()


def test_what_more_would_buy_is_in_a_fold(open_page, page_text):
    page = open_page(page_text)
    page.locator(".worth > summary").click()
    tables = page.locator(".worth table")
    assert tables.count() == 5
    first = " ".join(tables.first.inner_text().split())
    assert first.endswith("response at Quay 0.60 response at Central 0.40")
    assert "Whole area" in tables.last.inner_text()


def test_layers_can_be_switched_off_and_on(open_page, page_text):
    page = open_page(page_text)
    page.get_by_label("Unmet demand").check()
    assert page.get_by_text("late incidents expected in the hex").is_visible()
    assert page.get_by_text("Simulation: 57.").is_visible()
    assert page.locator("#hour").is_visible()  # what is unmet has its hours too
    page.get_by_label("Response time bands").check()
    assert not page.locator("#hour").is_visible()
    assert page.locator(".unit").count() == 3
    page.get_by_label("Units at their posts").uncheck()
    assert page.locator(".unit").count() == 0
    page.get_by_label("Beats tonight").check()
    page.get_by_label("Home beats").check()
    page.get_by_label("Units at their posts").check()
    assert page.locator(".unit").count() == 3
    assert page.complaints == []


def test_beats_are_set_against_home_beats(open_page, town):
    n = len(town.grid)
    beats = ["Quay"] * (n // 3) + ["Dock"] * (n - n // 3)  # stations stand in Dock's
    latitude, longitude = point_of(town, "Central")
    beats[town.grid.locate(np.array([latitude]), np.array([longitude]))[0]] = "Dock"
    frame = town.run.hexes.assign(home_beat=pd.array(beats, dtype="str"))
    page = open_page(plan_map(changed(town.run, hexes=frame)))
    page.get_by_label("Beats: tonight against home").check()
    assert drawn_classes(page) == [int(beat != "Dock") for beat in beats]
    calls = town.run.demand[town.run.demand["grade"] == "immediate"]
    calls = calls.groupby("hex_id")["incidents"].sum().to_numpy()
    other = calls[np.array(beats) != "Dock"].sum() / calls.sum()
    assert page.get_by_text(f"another beat: {other:.0%}").is_visible()
    boxes = [page.get_by_label(name) for name in ("Beats tonight", "Home beats")]
    assert [box.is_checked() for box in boxes] == [True, True]
    page.get_by_label("Expected demand").check()
    assert [box.is_checked() for box in boxes] == [False, False]


def point_of(town, name):
    """Latitude and longitude of a place or station."""
    areas = town.run.areas
    point = areas.geometry[
        (areas["name"] == name) & areas["kind"].isin(["place", "station"])
    ].iloc[0]
    return [point.y, point.x]


def test_from_afar_one_mark_of_each_kind_stands_for_a_post(open_page, page_text):
    page = open_page(page_text)
    visible = ".unit:has(.symbol:visible)"
    assert page.locator(visible).count() == 3
    zoom_out(page, 4)
    names = [mark.get_attribute("aria-label") for mark in page.locator(visible).all()]
    assert [name.split(",")[0] for name in names] == ["P3", "R1"]
    assert page.locator(".unit-name:visible").count() == 0
    page.get_by_role("button", name="R1, Response").press("Enter")
    assert re.search(r"With it there\s+R2", page.locator(".panel").inner_text())


def zoom_out(page, levels):
    page.evaluate(
        "(levels) => { const { map } = geoalloc.page; map.setMinZoom(0);"
        "map.setZoom(map.getZoom() - levels, { animate: false }); }",
        levels,
    )


def test_ranks_of_hotspots_side_by_side_never_cover_each_other(open_page, town):
    ids = town.grid.hex_id[:6]
    spots = pd.concat([town.run.hotspots] * 6, ignore_index=True).assign(
        rank=np.arange(1, 7), hex_ids=[[int(one)] for one in ids]
    )
    page = open_page(plan_map(changed(town.run, hotspots=spots)))
    zoom_out(page, 4)
    boxes = [mark.bounding_box() for mark in page.locator(".rank:visible").all()]
    assert len(boxes) == 6
    for a, b in combinations(boxes, 2):
        apart = max(abs(a["x"] - b["x"]), abs(a["y"] - b["y"]))
        assert apart >= a["width"]


def test_the_map_keeps_room_below_a_long_header(open_page, town):
    page = open_page(plan_map(with_record(town.run, question="Why? " * 900)))
    assert page.locator("#map_plan").bounding_box()["height"] >= 400
    assert page.complaints == []


def test_parts_of_a_town_are_named_from_nearby_only(open_page, town):
    page = open_page(plan_map(changed(town.run, areas=twin_town(town))))
    shown = page.locator(".place:visible")
    assert shown.all_inner_texts() == ["Twinton"]
    page.evaluate(
        "([a, b]) => { const { map } = geoalloc.page;"
        "map.setView([a, b], map.getZoom() + 1.6, { animate: false }); }",
        point_of(town, "Northtown"),
    )
    assert set(shown.all_inner_texts()) == {"Twinton", "Northtown"}


def twin_town(town):
    """Northtown, and a suburb south of it, are Twinton."""
    areas = town.run.areas.copy()
    areas.loc[areas["kind"] == "place", "town"] = "Twinton"
    return areas


@pytest.mark.parametrize(
    ("valid", "word"),
    [
        ({"from": "2020-01-01T00:00Z", "to": "2020-01-02T00:00Z"}, "EXPIRED"),
        ({"from": "2119-01-01T00:00Z", "to": "2119-01-02T00:00Z"}, "NOT YET VALID"),
    ],
)
def test_outside_its_time_the_page_says_so_and_hides_the_posts(
    open_page, town, valid, word
):
    page = open_page(plan_map(with_record(town.run, valid=valid)))
    assert word in page.locator(".banner.expired").inner_text()
    assert page.locator(".unit").count() == 0
    assert page.get_by_label("Beats tonight").count() == 0
    click_at(page, town.grid.latitude[8], town.grid.longitude[8])
    told = page.locator(".panel").inner_text()
    assert "Priority" in told
    for text in ("R1", "R2", "Market Square", "Late", "With borders"):
        assert text not in told
    assert page.get_by_label("Expected wait").count() == 0
    assert page.get_by_label("Value of borders").count() == 0
    assert not page.locator(".worth").is_visible()
    assert not page.locator(".reach").is_visible()


def test_a_page_that_expires_while_open_hides_the_posts(open_page, town, page_text):
    valid = {"from": "2026-01-09T20:00Z", "to": "2026-01-10T02:00Z"}
    page = open_page(plan_map(with_record(town.run, valid=valid)), clock="2026-01-10")
    page.get_by_role("button", name="R2, Response, at Market Square").press("Enter")
    assert page.locator(".banner.expired").count() == 0
    page.clock.fast_forward("02:00:30")
    assert page.locator(".banner.expired").is_visible()
    assert page.locator(".unit").count() == 0
    body = page.locator("body").inner_text()
    assert "Market Square" not in body
    assert "beyond the longest" not in body


@pytest.mark.parametrize("names", GROUPS, ids="-".join)
def test_text_from_data_is_only_ever_text(open_page, town, names):
    text = " ".join(PAYLOADS[name] for name in names)
    page = open_page(plan_map(make_run(town.grid, text)), bypass_csp=True)
    elements = page.locator("script, img, iframe").count()
    page.get_by_label("Beats tonight").check()
    click_at(page, town.grid.latitude[8], town.grid.longitude[8])
    assert page.locator(".panel h2").text_content() == text
    said = []
    for mark in page.locator(".unit").all():
        mark.press("Enter")
        said.append(page.locator(".panel").text_content())
        said += page.locator(".spells").all_text_contents()
    assert len(said) == 5  # two of them with a timetable and visits of one unit
    assert all(text in one for one in said)
    for name in ("Response time bands", "Value of borders"):
        page.get_by_label(name).check()
    page.locator(".worth > summary").click()
    assert text in page.locator(".worth").text_content()
    assert text in page.locator(".face").first.text_content()
    assert text in page.locator(".reach").text_content()
    page.locator(".mark:has(.rank)").press("Enter")
    assert page.locator("h1").text_content() == text
    assert page.locator(".question").text_content() == text
    assert page.evaluate("() => window.PWN") is None
    assert page.locator("script, img, iframe").count() == elements == 3
    assert page.asked == []
    assert page.complaints == []


def test_a_script_slipped_into_the_page_is_not_run(open_page, page_text):
    slipped = page_text.replace("</body>", "<script>window.PWN=1</script></body>")
    page = open_page(slipped)
    assert page.evaluate("() => window.PWN") is None
    assert any("Content Security Policy" in text for text in page.complaints)


def test_a_phone_shows_the_page_without_scrolling_sideways(open_page, page_text):
    page = open_page(page_text, size=(360, 740))
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360
    assert page.locator("#map_plan").bounding_box()["width"] == 360
    assert page.locator("meta[name=viewport]").get_attribute("content") == (
        "width=device-width, initial-scale=1"
    )


def test_print_keeps_the_marking_and_drops_the_controls(open_page, page_text):
    page = open_page(page_text)
    page.emulate_media(media="print")
    assert page.locator(".marking.top").is_visible()
    assert page.locator(".marking.bottom").is_visible()
    assert not page.locator("#hour").is_visible()
    assert page.locator(".legend").first.is_visible()


def test_every_input_has_a_name_and_the_page_a_language(page):
    for control in page.locator("input:visible").all():
        assert control.evaluate("(node) => node.labels.length") == 1
    assert page.locator("html").get_attribute("lang") == "en-GB"


def test_the_map_credits_leaflet_in_plain_words(page):
    credit = page.locator(".leaflet-control-attribution")
    assert credit.inner_text() == "Leaflet | Open Government Licence"
    assert credit.locator("*").count() == 0


def test_the_page_tells_where_demand_comes_from_and_goes(page):
    rows = page.locator(".flow tbody tr")
    assert rows.count() == 5
    assert "layer: welfare (assumed)" in rows.nth(1).inner_text()
    assert page.locator(".flow caption").inner_text() == (
        "Where demand comes from and goes"
    )
    made = page.locator("details", has_text="What this was made from").first
    assert "log score 2.1 against 1.8" in made.inner_text()
    made.locator(".why summary").click()
    assert "74 % density of 800 m" in made.inner_text()


def test_an_assumed_rhythm_stands_beside_the_map_and_in_no_fold(page):
    face = page.locator(".face")
    assert face.is_visible()
    assert "from the scenario, not measured" in face.inner_text()
    assert page.locator("details .face").count() == 0
