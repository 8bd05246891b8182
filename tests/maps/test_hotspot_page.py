"""The page of hotspots in a browser, from a file, with every request refused."""

import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import shapely

from geoalloc import boundaries, hexes
from geoalloc.maps import hotspot_map
from tests import naive_maps
from tests.maps.hotspot_town import groups, make_found, make_record
from tests.maps.test_page import GROUPS, PAYLOADS, click_at, drawn_classes

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def found(town):
    return make_found(town.grid)


@pytest.fixture(scope="module")
def page_text(found):
    return hotspot_map(found, make_record())


def click_hex(page, town, position):
    click_at(page, town.grid.latitude[position], town.grid.longitude[position])


def told(page):
    return page.locator(".panel").inner_text()


def test_the_page_asks_for_nothing_and_complains_of_nothing(page):
    assert page.asked == []
    assert page.complaints == []
    assert page.title() == "Toyshire – geoalloc"  # noqa: RUF001


def test_the_face_tells_period_number_and_that_it_is_no_forecast(page):
    face = page.locator(".face").inner_text()
    for text in (
        "OFFICIAL",
        "1 January 2025 to 31 December 2025",
        "230 of 1,250 incidents",
        "not a forecast",
        "Quartic kernel, radius 800 m",
    ):
        assert text in face
    credit = page.locator(".face .credit")
    assert credit.inner_text() == "Leaflet | Open Government Licence"
    assert credit.locator("*").count() == 0
    assert page.locator(".leaflet-control-scale-line").first.is_visible()
    assert page.locator(".banner").count() == 0


def test_made_up_incidents_are_called_so(open_page, found):
    page = open_page(hotspot_map(found, make_record() | {"synthetic": True}))
    assert "Made-up incidents" in page.locator(".banner").inner_text()
    marks = page.locator(".marking").all_inner_texts()
    assert marks == ["SYNTHETIC – OFFICIAL"] * 2  # noqa: RUF001


def test_no_marking_is_no_bar(open_page, found):
    page = open_page(hotspot_map(found, make_record() | {"marking": ""}))
    assert page.locator(".marking:visible").count() == 0


def test_a_number_on_the_map_tells_of_its_hotspot(page):
    page.get_by_role("button", name="Hotspot 1, Zeal Street").first.press("Enter")
    text = told(page)
    for part in (
        "Hotspot 1: Zeal Street",
        "ST 588 729",
        "140 (60% of all)",
        "3.1 incidents per km² and month",
        "3.0 times the area's rate",
        "5.1 km² in 7 hexes (20% of all)",
        "Violent crime (60% of its incidents)",
        "Fri 22:00-01:00",
        "Persistent: hot in 5 of 6 windows",
        "p under 0.0001, adjusted",
        "over 99% that its rate is over 2 times the area's",
    ):
        assert part in text
    assert "At a" not in text
    assert page.locator(".rank.chosen").inner_text() == "1"
    assert page.locator("tr.chosen").count() == 1


def test_what_is_not_known_of_a_hotspot_is_left_out(page):
    page.get_by_role("button", name="Hotspot 2, Abbey Road").first.press("Enter")
    text = told(page)
    assert "At a hospital: at least half" in text
    assert "Peak hours" not in text
    assert "Drugs" in text
    assert "of its incidents)" not in text
    assert "p 0.03, adjusted" in text
    assert "74% that its rate" in text


def test_a_click_in_a_hotspot_tells_of_both_it_and_the_hex(page, town):
    position = int(groups(town.grid)[0][3])
    click_hex(page, town, position)
    text = told(page)
    assert "Hotspot 1: Zeal Street" in text
    assert f"{town.grid.hex_id[position]:x}" in text


def test_a_click_outside_tells_of_the_hex(page, town, found):
    frame = found.hexes
    position = int(
        np.flatnonzero((frame["incidents"] == 2) & (frame["hotspot"] == 0))[1]
    )
    click_hex(page, town, position)
    text = told(page)
    assert "A hex outside every hotspot" in text
    assert f"{town.grid.hex_id[position]:x}" in text
    assert re.search(r"Incidents\s+2\n", text)
    assert "not significant" in text
    assert "25% that its rate" in text
    assert frame["persistence"][position].capitalize() in text
    assert page.locator(".rank.chosen, tr.chosen").count() == 0


def test_enter_on_the_map_chooses_the_hex_in_the_middle(open_page, page_text, town):
    page = open_page(page_text)
    (position,) = groups(town.grid)[1]
    look_at = (
        "(at) => geoalloc.page.map.setView(at, geoalloc.page.map.getZoom(), "
        "{ animate: false })"
    )
    middle = [town.grid.latitude[position], town.grid.longitude[position]]
    page.evaluate(look_at, middle)
    page.locator("#map_hotspots").focus()
    page.keyboard.press("Enter")
    assert "Hotspot 2: Abbey Road" in told(page)
    page.evaluate(look_at, [town.grid.latitude[0] - 0.1, middle[1]])
    page.locator("#map_hotspots").focus()
    page.keyboard.press("Enter")
    assert "Nothing here" in told(page)
    assert page.locator(".rank.chosen, tr.chosen").count() == 0


def test_hexes_are_painted_by_density_significance_and_persistence(
    open_page, page_text, found
):
    page = open_page(page_text)
    frame = found.hexes
    frame = frame[(frame["incidents"] > 0) | (frame["hotspot"] > 0)]
    breaks = naive_maps.breaks(frame["per_km2"].tolist(), frame["expected"].tolist())
    expected = np.searchsorted(breaks, frame["per_km2"], side="right")
    expected[frame["per_km2"] == 0] = 255
    differ = np.abs(np.array(drawn_classes(page)) - expected)
    assert differ.max() <= 1  # on a break, by the rounding of the columns
    assert (differ > 0).mean() < 0.1
    page.get_by_label("Significance").check()
    tier = frame["tier"].to_numpy()
    assert drawn_classes(page) == np.where(tier > 0, tier - 1, 255).tolist()
    assert page.get_by_text("0.1%: 7 hexes").is_visible()
    page.get_by_label("Persistence").check()
    order = {"persistent": 0, "emerging": 1, "former": 4, "none": 255}
    assert drawn_classes(page) == frame["persistence"].map(order).tolist()
    page.get_by_label("None").check()
    assert set(drawn_classes(page)) == {255}
    assert page.locator(".legend:visible").count() == 0


def test_a_map_without_windows_offers_no_persistence(open_page, found):
    area = replace(found.area, windows=())
    page = open_page(hotspot_map(replace(found, area=area), make_record()))
    assert page.get_by_label("Persistence").count() == 0
    assert page.complaints == []


def test_the_table_equals_the_map_and_can_be_sorted(open_page, page_text):
    page = open_page(page_text)
    page.get_by_text("Table of 2 hotspots").click()
    rows = page.locator(".sheet tbody tr")
    first = rows.first.locator("th, td").all_inner_texts()
    assert first == [
        "1",
        "Zeal Street",
        "ST 588 729",
        "140",
        "60%",
        "3.1",
        "3.0",
        "Violent crime 60%",
        "Fri 22:00-01:00",
        "persistent, 5 of 6",
        "under 0.0001",
        "over 99%",
        "",
    ]

    def ranks():
        return [row.locator("th").inner_text() for row in rows.all()]

    page.get_by_role("button", name="Place").press("Enter")
    assert ranks() == ["2", "1"]
    head = page.get_by_role("columnheader", name="Place")
    assert head.get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="Place").press("Enter")
    assert ranks() == ["1", "2"]
    assert head.get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Incidents").click()
    assert ranks() == ["2", "1"]
    assert page.locator("th[aria-sort]").count() == 1


def test_a_row_chooses_its_hotspot_and_goes_there(open_page, page_text, town):
    page = open_page(page_text)
    page.get_by_text("Table of 2 hotspots").click()
    page.locator(".sheet .number").nth(1).press("Enter")
    assert "Hotspot 2: Abbey Road" in told(page)
    center = page.evaluate(
        "() => { const c = geoalloc.page.map.getCenter(); return [c.lat, c.lng]; }"
    )
    (position,) = groups(town.grid)[1]
    at = [town.grid.latitude[position], town.grid.longitude[position]]
    assert center == pytest.approx(at, abs=2e-3)


def test_the_whole_area_stays_in_view_when_the_table_opens(open_page, page_text, town):
    page = open_page(page_text)
    west, south, east, north = town.grid.area.bounds
    inside = (
        "() => geoalloc.page.map.getBounds().contains("
        f"[[{south}, {west}], [{north}, {east}]])"
    )
    assert page.evaluate(inside)
    tall = page.locator("#map_hotspots").bounding_box()["height"]
    page.get_by_text("Table of 2 hotspots").click()
    page.wait_for_function(
        "(tall) => geoalloc.page.map.getSize().y < tall - 50", arg=tall
    )
    assert page.evaluate(inside)


def test_columns_that_say_nothing_are_left_out(open_page, found):
    spots = found.hotspots.assign(
        place=found.hotspots["grid_ref"],
        peak_hours=pd.array(["", ""], dtype="str"),
        institution=pd.array(["", ""], dtype="str"),
    )
    page = open_page(hotspot_map(replace(found, hotspots=spots), make_record()))
    page.get_by_text("Table of 2 hotspots").click()
    heads = page.locator(".sheet thead th").all_inner_texts()
    assert not {"Place", "Peak hours", "At"} & set(heads)


def test_numbers_side_by_side_never_cover_each_other(open_page, town, found):
    ids = town.grid.hex_id[8:14]
    spots = pd.concat([found.hotspots[:1]] * 6, ignore_index=True).assign(
        rank=np.arange(1, 7), hex_ids=[[int(one)] for one in ids]
    )
    frame = found.hexes.assign(incidents=1)
    page = open_page(
        hotspot_map(replace(found, hotspots=spots, hexes=frame), make_record())
    )
    page.evaluate(
        "() => { const { map } = geoalloc.page; map.setMinZoom(0);"
        "map.setZoom(map.getZoom() - 4, { animate: false }); }"
    )
    boxes = [mark.bounding_box() for mark in page.locator(".rank:visible").all()]
    assert len(boxes) == 6
    for a, b in combinations(boxes, 2):
        apart = max(abs(a["x"] - b["x"]), abs(a["y"] - b["y"]))
        assert apart >= a["width"]


def test_from_afar_the_twenty_largest_are_numbered(open_page, town, found):
    n = 24
    ids = town.grid.hex_id[:n]
    spots = pd.concat([found.hotspots[:1]] * n, ignore_index=True).assign(
        rank=np.arange(1, n + 1), hex_ids=[[int(one)] for one in ids]
    )
    frame = found.hexes.assign(incidents=1)
    page = open_page(
        hotspot_map(replace(found, hotspots=spots, hexes=frame), make_record())
    )
    assert page.locator(".rank:visible").count() == 20
    zoom = (
        "(by) => { const { map } = geoalloc.page;"
        "map.setZoom(map.getZoom() + by, { animate: false }); }"
    )
    page.evaluate(zoom, 0.2)
    assert page.locator(".rank:visible").count() == n
    page.evaluate(zoom, -0.2)
    assert page.locator(".rank:visible").count() == 20
    assert page.locator(".leader:not([hidden])").count() == 20


def test_a_dark_ground_turns_the_colors_of_map_and_legend(open_page, page_text):
    page = open_page(page_text)
    swatch = page.locator(".legend:visible .swatch").last

    def color():
        return swatch.evaluate("(node) => getComputedStyle(node).backgroundColor")

    light, classes = color(), drawn_classes(page)
    page.get_by_label("Dark", exact=True).check()
    assert color() != light
    assert drawn_classes(page) == classes
    assert page.locator("html.dark").count() == 1
    page.get_by_label("Dark", exact=True).uncheck()
    assert color() == light
    assert page.complaints == []


def test_names_and_districts_of_a_boundary_can_be_switched_off(
    open_page, found, town_file
):
    around = boundaries.read(town_file)
    points = shapely.points(found.grid.longitude[:3], found.grid.latitude[[0, 20, 40]])
    around = replace(around, places=around.places.set_geometry(points, crs=4326))
    page = open_page(hotspot_map(found, make_record(), around))
    assert page.locator(".place:visible").count() > 0
    page.get_by_label("Place names").uncheck()
    assert page.locator(".place:visible").count() == 0
    page.get_by_label("Districts").uncheck()
    page.get_by_label("Hotspots by rank").uncheck()
    assert page.locator(".rank").count() == 0
    assert page.complaints == []


def test_without_a_boundary_there_is_nothing_of_it_to_switch(page):
    assert page.get_by_label("Place names").count() == 0
    assert page.get_by_label("Districts").count() == 0


def test_a_town_on_the_antimeridian_is_one_map(open_page):
    area = shapely.union_all(
        [shapely.box(179.9, -17, 180, -16.9), shapely.box(-180, -17, -179.9, -16.9)]
    )
    grid = hexes.cover(area, 8)
    page = open_page(hotspot_map(make_found(grid), make_record()))
    west, east = page.evaluate(
        "() => { const b = geoalloc.page.map.getBounds();"
        "return [b.getWest(), b.getEast()]; }"
    )
    assert east - west < 1
    page.locator(".mark:has(.rank)").first.press("Enter")
    assert "Hotspot 1" in told(page)
    assert page.complaints == []


def test_nothing_found_is_a_page_without_complaint(open_page, found):
    none = found.hexes.assign(incidents=0, per_km2=0.0, expected=0.0, tier=0, hotspot=0)
    page = open_page(
        hotspot_map(
            replace(found, hotspots=found.hotspots[:0], hexes=none), make_record()
        )
    )
    assert "None found" in page.locator(".figures").inner_text()
    assert page.complaints == []


@pytest.mark.parametrize("names", GROUPS, ids="-".join)
def test_text_from_data_is_only_ever_text(open_page, town, names):
    text = " ".join(PAYLOADS[name] for name in names)
    page = open_page(
        hotspot_map(make_found(town.grid, text), make_record(text)), bypass_csp=True
    )
    elements = page.locator("script, img, iframe").count()
    assert page.locator("h1").text_content() == text
    page.locator(".sheet summary").click()
    page.locator(".sheet .number").first.press("Enter")
    assert page.locator(".panel h2").text_content() == f"Hotspot 1: {text}"
    assert text in page.locator(".sheet").text_content()
    assert text in page.locator(".face").text_content()
    page.get_by_label("Dark", exact=True).check()
    for mark in page.locator(".mark:has(.rank)").all():
        mark.press("Enter")
    assert page.evaluate("() => window.PWN") is None
    assert page.locator("script, img, iframe").count() == elements == 3
    assert page.asked == []
    assert page.complaints == []


def test_a_script_slipped_into_the_page_is_not_run(open_page, page_text):
    slipped = page_text.replace("</body>", "<script>window.PWN=1</script></body>")
    page = open_page(slipped)
    assert page.evaluate("() => window.PWN") is None


def test_a_phone_shows_the_map_first_and_never_scrolls_sideways(open_page, page_text):
    page = open_page(page_text, size=(360, 740))
    page.locator(".sheet summary").click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360
    box = page.locator("#map_hotspots").bounding_box()
    assert box["width"] == 360
    page.evaluate("() => window.scrollTo(0, 0)")
    box = page.locator("#map_hotspots").bounding_box()
    assert box["y"] < 300
    assert page.locator(".figures").bounding_box()["y"] > box["y"]


def test_print_keeps_marking_and_legend_and_opens_the_table(open_page, page_text):
    page = open_page(page_text)
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".marking.top").is_visible()
    assert page.locator(".legend").first.is_visible()
    assert page.locator(".sheet tbody tr").first.is_visible()


def test_the_map_keeps_room_beside_long_texts(open_page, found):
    page = open_page(hotspot_map(found, make_record("Why? " * 300)))
    assert page.locator("#map_hotspots").bounding_box()["height"] >= 200
    assert page.complaints == []


def test_every_input_has_a_name_and_every_button_a_text(page):
    for control in page.locator("input:visible").all():
        assert control.evaluate("(node) => node.labels.length") == 1
    for button in page.locator("button").all():
        assert button.text_content() or button.get_attribute("aria-label")
