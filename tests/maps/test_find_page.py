"""The search of a plan's page, in a browser."""

import numpy as np
import pyproj
import pytest

from geoalloc import gazetteer
from geoalloc.maps import plan_map
from tests.maps.conftest import make_run, with_record
from tests.maps.test_page import PAYLOADS

pytestmark = pytest.mark.browser

BOX = "Find"
# Metres of the National Grid, from Truro to Kirkwall.
TOWNS = [
    (182600, 44900),
    (631900, 141500),
    (530000, 180400),
    (358800, 172900),
    (318300, 176400),
    (425000, 564300),
    (266600, 845300),
    (344900, 1010900),
]


def find(page, text):
    box = page.get_by_role("combobox", name=BOX)
    box.fill("")
    box.press_sequentially(text)
    return box


def options(page):
    return page.get_by_role("option").all_inner_texts()


def chosen_hex(page):
    return page.evaluate("() => geoalloc.page.state.now.chosen?.hex ?? -1")


def center(page):
    return page.evaluate(
        "() => { const c = geoalloc.page.map.getCenter(); return [c.lat, c.lng]; }"
    )


def test_grid_metres_become_airy_degrees_as_ordnance_survey_works_them(page):
    # Caister water tower: the example of annex C of the guide.
    found = page.evaluate("() => geoalloc.osgb.airy(651409.903, 313177.270)")
    assert np.degrees(found) == pytest.approx(
        [52 + 39 / 60 + 27.2531 / 3600, 1 + 43 / 60 + 4.5177 / 3600], abs=3e-8
    )


def test_grid_metres_become_the_degrees_of_satellites_within_ten_metres(page):
    found = page.evaluate(
        "(points) => points.map((p) => geoalloc.osgb.degrees(...p))", TOWNS
    )
    to_degrees = pyproj.Transformer.from_crs("EPSG:27700", "EPSG:4326")
    geod = pyproj.Geod(ellps="WGS84")
    for (east, north), (latitude, longitude) in zip(TOWNS, found, strict=True):
        lat, lng = to_degrees.transform(east, north)
        assert geod.inv(lng, lat, longitude, latitude)[2] < 10


def test_a_reference_names_the_square_that_it_was_written_from(page):
    rng = np.random.default_rng(7)
    points = rng.uniform([0, 0], [700_000, 1_300_000], (300, 2)).tolist()
    written = [gazetteer.grid_reference(x, y) for x, y in points]
    found = page.evaluate(
        "(texts) => texts.map((t) => geoalloc.osgb.square(t))", written
    )
    for (x, y), square in zip(points, found, strict=True):
        assert square["side"] == 100
        assert abs(x - square["east"]) <= 50
        assert abs(y - square["north"]) <= 50


@pytest.mark.parametrize(
    ("text", "east", "north"),
    [
        ("ST 588 729", 358_850, 172_950),
        ("st588729", 358_850, 172_950),
        ("ST 58 72", 358_500, 172_500),
        ("ST 5880 7290", 358_805, 172_905),
        ("TG 51409 13177", 651_409.5, 313_177.5),
        ("NN 166 712", 216_650, 771_250),
        ("SV 0000", 500, 500),
    ],
)
def test_references_of_four_to_ten_figures_are_read(page, text, east, north):
    square = page.evaluate("(text) => geoalloc.osgb.square(text)", text)
    assert (square["east"], square["north"]) == (east, north)


@pytest.mark.parametrize(
    "text", ["ST 588 72", "SI 588 729", "AA 12 34", "ST", "ST 5", "1234", "", "ZZ 1234"]
)
def test_what_is_no_reference_is_read_as_none(page, text):
    assert page.evaluate("(text) => geoalloc.osgb.square(text)", text) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("51.45, -2.59", [51.45, -2.59]),
        ("51.45 −2.59", [51.45, -2.59]),  # noqa: RUF001
        ("51.4500 N, 2.5900 W", [51.45, -2.59]),
        ("-33.9;18.4", [-33.9, 18.4]),
        ("91, 0", None),
        ("12 Acacia Avenue", None),
        ("51.45", None),
    ],
)
def test_degrees_are_read(page, text, at):
    found = page.evaluate("(text) => geoalloc.typedPoint(text)", text)
    assert (found and found["at"]) == at


def test_the_point_that_the_box_shows_is_of_this_map(page):
    hint = page.locator("#find").get_attribute("placeholder")
    typed = page.evaluate(
        "(text) => geoalloc.typedPoint(text)", hint.split("“")[1][:-1]
    )
    station = page.evaluate("() => geoalloc.page.data.stations[0].slice(1)")
    assert typed["at"] == pytest.approx(station, abs=0.006)


def test_a_place_is_found_by_the_first_letters_and_chosen_by_keys(page, town):
    box = find(page, "north")
    assert options(page)[0] == "Northtown Place, Central"
    assert box.get_attribute("aria-expanded") == "true"
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "found-0"
    assert page.get_by_role("option").first.get_attribute("aria-selected") == "true"
    box.press("Enter")
    assert box.input_value() == "Northtown"
    assert box.get_attribute("aria-expanded") == "false"
    areas = town.run.areas
    point = areas.geometry[areas["name"] == "Northtown"].iloc[0]
    assert center(page) == pytest.approx([point.y, point.x], abs=1e-3)
    inside = town.grid.locate(np.array([point.y]), np.array([point.x]))[0]
    assert chosen_hex(page) == inside
    assert page.locator(".panel h2").is_visible()


def test_a_unit_is_found_by_its_call_sign(page):
    find(page, "r2").press("Enter")
    assert page.locator(".panel h2").inner_text() == "R2"
    assert page.evaluate("() => geoalloc.page.state.now.chosen.unit.id") == "R2"


def test_a_hotspot_is_found_by_its_rank(page):
    find(page, "Hotspot 1").press("Enter")
    assert page.locator(".panel h2").inner_text() == "Hotspot 1: Northtown"


def test_stations_and_districts_are_found(page):
    find(page, "central")
    assert options(page) == ["Central Station", "Central District"]
    page.get_by_role("option").last.click()
    assert page.locator(".panel h2").inner_text() == "Choose a hex or a unit"


def test_a_grid_reference_chooses_the_hex_that_bears_it(page, town):
    for i in (3, 8, 20):
        find(page, town.run.hexes["grid_ref"][i].replace(" ", "").lower()).press(
            "Enter"
        )
        assert chosen_hex(page) == i
        assert center(page) == pytest.approx(
            [town.grid.latitude[i], town.grid.longitude[i]], abs=1.5e-3
        )


def test_degrees_choose_the_hex_that_holds_them(page, town):
    latitude, longitude = town.grid.latitude[5] + 1e-3, town.grid.longitude[5]
    find(page, f"{latitude:.5f}, {longitude:.5f}").press("Enter")
    assert chosen_hex(page) == 5


def test_what_is_not_there_is_told_in_one_sentence(page):
    find(page, "zzyzx").press("Enter")
    said = page.locator(".found-said")
    assert said.inner_text() == "Nothing on this map is called “zzyzx”."
    find(page, "TG 514 131").press("Enter")
    assert said.inner_text() == "TG 514 131 lies outside this map."
    assert page.get_by_role("option").count() == 0


def test_arrows_go_round_and_escape_closes_then_empties(page):
    box = find(page, "t")
    n = page.get_by_role("option").count()
    assert n > 2
    box.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") == f"found-{n - 1}"
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "found-0"
    box.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    assert box.input_value() == "t"
    box.press("Escape")
    assert box.input_value() == ""


def test_accents_and_capitals_do_not_matter(page):
    assert page.evaluate("() => geoalloc.plain(' Ynys Môn/St. Ives ')") == (
        "ynys mon st ives"
    )


def test_outside_the_time_of_the_plan_no_unit_is_found(open_page, town):
    past = {"from": "2020-01-01T00:00Z", "to": "2020-01-02T00:00Z"}
    page = open_page(plan_map(with_record(town.run, valid=past)))
    find(page, "R2")
    assert options(page) == []
    find(page, "north")
    assert options(page)[0].startswith("Northtown")


def test_names_from_data_and_what_is_typed_are_only_ever_text(open_page, town):
    text = " ".join(PAYLOADS.values())
    page = open_page(plan_map(make_run(town.grid, text)), bypass_csp=True)
    elements = page.locator("script, img, iframe").count()
    find(page, "script")
    assert text in page.locator(".found .name").all_text_contents()
    page.get_by_role("option").first.click()
    page.get_by_role("combobox", name=BOX).fill(f"zz{text}")
    assert "zz" in page.locator(".found-said").text_content()
    assert page.evaluate("() => window.PWN") is None
    assert page.locator("script, img, iframe").count() == elements
    assert page.asked == []
    assert page.complaints == []
