"""The table of a plan's page, in a browser."""

import csv
import io

import numpy as np
import pytest

from geoalloc.maps import plan_map
from tests.maps.conftest import changed, make_run, with_record
from tests.maps.test_page import PAYLOADS

pytestmark = pytest.mark.browser

PAST = {"from": "2020-01-01T00:00Z", "to": "2020-01-02T00:00Z"}


def opened(page):
    toggle = page.get_by_role("button", name="Table of the values")
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.click()
    return page.locator(".plan-sheet")


@pytest.fixture
def sheet(page):
    """The table of a shared page, as it is when it is first opened."""
    page.evaluate(
        "() => { const { state, reader } = geoalloc.page;"
        "state.set({ fill: 'demand', hour: 0, chosen: null });"
        "reader.table.sorted = {}; reader.table.pick('hexes'); }"
    )
    found = opened(page)
    found.get_by_label("District").select_option("")
    return found


def column(sheet, k):
    """Texts of a column; the first is the head of its row."""
    return sheet.locator("tbody").evaluate(
        "(body, k) => [...body.rows].map((row) => row.cells[k].innerText)", k
    )


def heads(sheet):
    return sheet.locator("thead th").all_inner_texts()


def saved(page, sheet):
    with page.expect_download() as download:
        sheet.get_by_role("button", name="Save all as CSV").click()
    text = download.value.path().read_bytes().decode("utf-8-sig")
    return download.value.suggested_filename, list(csv.reader(io.StringIO(text)))


def density(run):
    """Incidents per km2 of land and hour of each hex and hour, and of the shift."""
    demand = run.demand.pivot_table(
        index="hex_id", columns="period", values="incidents", aggfunc="sum"
    )
    frame = run.hexes
    land = frame["area_km2"] * frame["land_share"].clip(lower=0.05)
    return demand.to_numpy() / land.to_numpy()[:, None]


def test_the_table_is_closed_until_it_is_asked_for(open_page, page_text):
    page = open_page(page_text)
    assert page.locator(".plan-sheet table").count() == 1
    assert not page.locator(".plan-sheet table").is_visible()
    assert page.locator(".plan-sheet tbody tr").count() == 0
    before = page.locator("#map_plan").bounding_box()["height"]
    sheet = opened(page)
    assert page.locator("#map_plan").bounding_box()["height"] == before
    n = page.evaluate("() => geoalloc.page.model.all.length")
    assert sheet.locator("tbody tr").count() == n
    assert page.asked == []
    assert page.complaints == []


@pytest.mark.parametrize("hour", [0, 2])
def test_its_values_are_those_of_the_frame_the_largest_first(page, sheet, town, hour):
    page.evaluate("(hour) => geoalloc.page.state.set({ hour })", hour)
    by_hour = density(town.run)
    expected = by_hour[:, hour - 1] if hour else by_hour.mean(axis=1)
    order = np.argsort(-expected, kind="stable")
    value = heads(sheet).index("Expected demand, all grades")
    shown = [float(text) for text in column(sheet, value)]
    assert shown == sorted(shown, reverse=True)
    assert shown == pytest.approx(expected[order].tolist(), rel=0.1, abs=0.01)


@pytest.mark.parametrize("fill", ["demand", "unmet", "wait", "borders", "beats"])
def test_what_it_says_is_what_the_map_shows(page, sheet, fill):
    page.evaluate("(fill) => geoalloc.page.state.set({ fill, hour: 1 })", fill)
    found = page.evaluate(
        "(name) => { const { layers, reader } = geoalloc.page;"
        "const fill = layers.fills[name];"
        "return reader.table.shown.map(([i]) => [fill.value && "
        "fill.value(i, 1), fill.classes.labels[fill.color(i, 1)] || 'none']); }",
        fill,
    )
    k = heads(sheet).index("District") + 1
    if fill != "beats":
        shown = [float(text) for text in column(sheet, k)]
        assert shown == pytest.approx([value for value, _ in found], rel=0.05)
        k += 1
    labels = [label.split(": ")[0] for _, label in found]
    assert [text.split(": ")[0] for text in column(sheet, k)] == labels
    caption = sheet.locator("caption").inner_text()
    unit = page.evaluate("(name) => geoalloc.page.layers.fills[name].unit", fill)
    assert unit in caption


def test_a_heading_sorts_and_sorts_back(sheet):
    button = sheet.get_by_role("button", name="Minutes")
    button.click()
    k = heads(sheet).index("Minutes")
    down = [float(text) for text in column(sheet, k)]
    assert down == sorted(down, reverse=True)
    head = sheet.locator("thead th").nth(k)
    assert head.get_attribute("aria-sort") == "descending"
    button.press("Enter")
    assert [float(text) for text in column(sheet, k)] == sorted(down)
    assert head.get_attribute("aria-sort") == "ascending"
    assert sheet.locator("thead th[aria-sort]").count() == 1
    assert head.locator("button").evaluate("(node) => node === document.activeElement")


def test_names_sort_as_words_and_ties_keep_the_order_of_hexes(page, sheet):
    sheet.get_by_role("button", name="Place", exact=True).click()
    names = column(sheet, 0)
    assert names == sorted(names)
    order = page.evaluate("() => geoalloc.page.reader.table.things")
    north = [i for i in order if i % 2]
    assert order[: len(north)] == north == sorted(north)


def test_small_values_are_told_as_finely_as_their_classes(page):
    said = page.evaluate(
        "() => [[0.2, 0.05], [0.00042, 0.0001], [0.000034, 0.0001], [0.000004, 0.0001],"
        "[0.0004, 0.05], [0, 0.1], [null, 0.1], [-0.00042, 0.0001]].map("
        "([value, first]) => geoalloc.against(value, { breaks: [first] }))"
    )
    assert said == [
        *("0.20", "0.00042", "0.000034", "under 0.00001"),
        *("under 0.001", "0", "–", "-0.00042"),  # noqa: RUF001
    ]


def test_what_has_no_value_stands_last_either_way(page):
    order = "(down) => geoalloc.ordered([3, 0, 2, 1], (k) => [null, 5, 7, 5][k], down)"
    assert page.evaluate(order, True) == [2, 3, 1, 0]
    assert page.evaluate(order, False) == [3, 1, 2, 0]


def test_a_row_chooses_its_hex_and_a_choice_marks_its_row(page, sheet):
    first = sheet.locator("tbody tr").nth(2)
    first.locator("button").click()
    i = page.evaluate("() => geoalloc.page.reader.table.things[2]")
    assert page.evaluate("() => geoalloc.page.state.now.chosen.hex") == i
    assert sheet.locator("tr.chosen").count() == 1
    page.evaluate("() => geoalloc.page.state.set({ chosen: { hex: 4 } })")
    ref = page.evaluate("() => geoalloc.page.model.gridRef[4]")
    assert ref in sheet.locator("tr.chosen").inner_text()


def test_units_and_hotspots_have_tables_of_their_own(page, sheet):
    tab = sheet.get_by_role("tab", name="Hexes")
    tab.press("ArrowRight")
    units = sheet.get_by_role("tab", name="Units")
    assert units.get_attribute("aria-selected") == "true"
    assert units.evaluate("(node) => node === document.activeElement")
    assert column(sheet, 0) == ["P3", "R1", "R2"]
    assert column(sheet, 5) == ["0", "12", "13"]
    sheet.get_by_role("button", name="R2").click()
    assert page.locator(".panel h2").inner_text() == "R2"
    sheet.get_by_role("tab", name="Hotspots").click()
    assert column(sheet, 1) == ["Northtown"]
    assert not sheet.get_by_label("District").is_visible()


def test_districts_narrow_the_hexes(open_page, town):
    n = len(town.grid)
    district = np.where(np.arange(n) < 9, "Dock", "Central")
    run = changed(town.run, hexes=town.run.hexes.assign(district=district))
    page = open_page(plan_map(run))
    sheet = opened(page)
    sheet.get_by_label("District").select_option("Dock")
    assert sheet.locator(".range").inner_text() == "9 rows"
    assert set(column(sheet, 2)) == {"Dock"}
    assert len(saved(page, sheet)[1]) == 3 + 9


def test_of_many_hexes_a_hundred_are_in_the_page_at_a_time(open_page, page_text):
    page = open_page(page_text)
    sheet = opened(page)
    page.evaluate(
        "() => { const { table } = geoalloc.page.reader;"
        "table.sheets.hexes.things = () =>"
        "Array.from({ length: 450 }, (_, k) => k % 20);"
        "table.refresh(); }"
    )
    assert sheet.locator("tbody tr").count() == 100
    assert sheet.locator(".range").inner_text() == "Rows 1 to 100 of 450"
    assert sheet.get_by_role("button", name="Previous").is_disabled()
    for _ in range(4):
        sheet.get_by_role("button", name="Next").click()
    assert sheet.locator(".range").inner_text() == "Rows 401 to 450 of 450"
    assert sheet.get_by_role("button", name="Next").is_disabled()
    page.emulate_media(media="print")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert sheet.locator("tbody tr").count() == 200
    assert "The first 200 of 450 rows are printed" in sheet.locator(".cut").inner_text()
    assert not sheet.get_by_role("tablist").is_visible()
    page.emulate_media(media="screen")
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert sheet.locator("tbody tr").count() == 50


def test_the_file_holds_all_rows_under_the_marking(page, sheet, town):
    name, rows = saved(page, sheet)
    assert name == "friday-night-0a1b2c3d-hexes.csv"
    assert rows[0] == ["OFFICIAL-SENSITIVE – Destroy after the shift"]  # noqa: RUF001
    assert "incidents per km² of land per hour" in rows[1][0]
    assert rows[2][:3] == ["Place", "Grid reference", "District"]
    assert len(rows) == 3 + len(town.grid)
    values = [float(row[3]) for row in rows[3:]]
    expected = np.sort(density(town.run).mean(axis=1))[::-1]
    assert values == pytest.approx(expected.tolist(), rel=0.06)
    assert {row[5] for row in rows[3:]} == {"R1", "R2"}
    assert page.complaints == []


def test_no_cell_of_a_file_is_run_by_a_spreadsheet(page):
    text = page.evaluate(
        "() => geoalloc.csv([['=1+1', '+2', '-3', '@x', '\\tq', 'a,b', 'say \"x\"',"
        "'two\\nlines', -4, 5.5, null, 'plain']])"
    )
    assert text.startswith("\ufeff")
    row = next(csv.reader(io.StringIO(text[1:], newline="")))
    risky = ["'=1+1", "'+2", "'-3", "'@x", "'\tq"]
    assert row == [
        *risky, "a,b", 'say "x"', "two\nlines", "-4", "5.5", "", "plain"
    ]  # fmt: skip


def test_outside_the_time_of_the_plan_posts_and_cover_are_in_no_table(open_page, town):
    page = open_page(plan_map(with_record(town.run, valid=PAST)))
    sheet = opened(page)
    assert sheet.get_by_role("tab").all_inner_texts() == ["Hexes", "Hotspots"]
    assert "First unit" not in heads(sheet)
    assert "Minutes" not in heads(sheet)
    told = sheet.inner_text() + str(saved(page, sheet)[1])
    for secret in ("R1", "R2", "Market Square"):
        assert secret not in told


def test_a_table_that_expires_while_open_drops_the_units(open_page, town):
    valid = {"from": "2026-01-09T20:00Z", "to": "2026-01-10T02:00Z"}
    page = open_page(
        plan_map(with_record(town.run, valid=valid)), clock="2026-01-10T00:30"
    )
    sheet = opened(page)
    sheet.get_by_role("tab", name="Units").click()
    assert column(sheet, 0) == ["P3", "R1", "R2"]
    page.clock.fast_forward("02:00:30")
    assert sheet.get_by_role("tab").all_inner_texts() == ["Hexes", "Hotspots"]
    assert "R2" not in sheet.inner_text()


def test_text_of_the_data_is_only_ever_text_in_the_tables(open_page, town):
    text = " ".join(PAYLOADS.values())
    page = open_page(plan_map(make_run(town.grid, text)), bypass_csp=True)
    elements = page.locator("script, img, iframe").count()
    sheet = opened(page)
    for tab in ("Hexes", "Units", "Hotspots"):
        sheet.get_by_role("tab", name=tab).click()
        assert text in sheet.locator("tbody").text_content()
    assert text in saved(page, sheet)[1][0][0]
    assert page.locator("option").last.text_content() == text
    assert page.evaluate("() => window.PWN") is None
    assert page.locator("script, img, iframe").count() == elements
    assert page.asked == []
