"""The page that anyone may see, in a browser, from a file."""

import base64
import json
import re
import zlib

import numpy as np
import pandas as pd
import pytest

from geoalloc import hexes, runs
from geoalloc.maps import public_map
from tests import naive_maps
from tests.maps.conftest import changed, make_run, with_record
from tests.maps.test_page import drawn_classes

YEARS = ("2024-11", "2025-03", "2025-07")


MANY = (90, 70, 50, 30, 12, 4, 2)  # incidents a month, by parent


def make_picture(town, **record):
    """Many incidents in some parts of the town, and few or none in others."""
    parent = hexes.parents(town.grid.hex_id, 7)
    _, first = np.unique(parent, return_index=True)
    rows = [
        (town.grid.hex_id[i], category, month, many // (1 + 2 * j))
        for i, many in zip(first, MANY, strict=False)
        for j, category in enumerate(("burglary", "robbery", "other-crime"))
        for month in YEARS
    ]
    columns = ["hex_id", "category", "month", "incidents"]
    summary = pd.DataFrame(rows, columns=columns)
    summary = summary[summary["incidents"] > 0].astype({"incidents": np.int64})
    run = with_record(
        make_run(town.grid),
        boundary={"source": "north-town.geojson"},
        as_of="2026-01-01",
        **record,
    )
    return runs.public(changed(run, incident_summary=summary), "OFFICIAL")


@pytest.fixture(scope="module")
def picture(town):
    return make_picture(town)


@pytest.fixture(scope="module")
def public_text(picture):
    return public_map(picture)


def payload(text):
    found = re.search(r'<script type="text/plain"[^>]*>([^<]*)</script>', text)[1]
    return json.loads(zlib.decompress(base64.b64decode(found)))


def test_the_same_picture_gives_the_same_page(picture, public_text):
    assert public_map(picture) == public_text


def test_a_count_that_is_kept_back_is_not_in_the_page(picture, public_text):
    found = payload(public_text)
    hidden = picture.groups["incidents"].isna().to_numpy()
    names = picture.facts["groups"]
    hidden = hidden.reshape(len(picture.hexes), len(names))
    assert hidden.any()
    assert not hidden.all()
    for k in range(len(names)):
        counts = naive_maps.varints(found["hexes"]["groups"][k])
        assert [n == 0 for n in counts] == hidden[:, k].tolist()
    totals = naive_maps.varints(found["hexes"]["incidents"])
    assert [n - 1 for n in totals] == [
        -1 if pd.isna(n) else n for n in picture.hexes["incidents"]
    ]
    assert all(n == 0 or n > 5 for n in totals)


def test_the_page_names_no_unit_and_no_hotspot(town, public_text):
    told = json.dumps(payload(public_text))
    for word in ("R1", "R2", "P3", "Market Square", "Where should the units", "Quay"):
        assert word not in told
    assert payload(public_text)["hotspots"] == []


@pytest.mark.browser
def test_the_page_asks_for_nothing_and_complains_of_nothing(open_page, public_text):
    page = open_page(public_text)
    assert page.asked == []
    assert page.complaints == []
    assert page.locator(".marking").all_inner_texts() == ["OFFICIAL"] * 2
    assert page.title() == "North Town – geoalloc"  # noqa: RUF001
    assert page.locator(".banner").count() == 0


@pytest.mark.browser
def test_hexes_are_classed_by_incidents_and_blank_ones_told_apart(
    open_page, picture, public_text
):
    page = open_page(public_text)
    view = payload(public_text)["views"]["incidents"]["classes"]
    frame = picture.hexes
    land = np.maximum(frame["land_km2"], 0.05 * frame["area_km2"])
    density = frame["incidents"].to_numpy(dtype=float, na_value=np.nan) / land
    expected = np.searchsorted(view["breaks"], density, side="right")
    expected[np.isnan(density)] = len(view["labels"])
    assert drawn_classes(page) == expected.tolist()
    assert "not shown" in page.locator(".legend:visible").inner_text()
    page.get_by_label("Expected calls (forecast)").check()
    legend = page.locator(".legend:visible").inner_text()
    assert "A forecast." in legend
    assert "Saturday 10 January 2026" in legend or "Friday 9 January 2026" in legend
    page.get_by_label("None").check()
    assert set(drawn_classes(page)) == {255}


def click(page, at):
    page.evaluate(
        "(at) => geoalloc.page.map.fire('click', { latlng: L.latLng(at) })",
        [at.y, at.x],
    )


@pytest.mark.browser
def test_a_click_tells_counts_by_group_and_the_forecast(
    open_page, town, picture, public_text
):
    page = open_page(public_text)
    shown = picture.hexes.dropna(subset="incidents").iloc[0]
    at = shown.geometry.centroid
    click(page, at)
    told = page.locator(".panel").inner_text()
    assert shown["place"] in told
    assert f"All\n{shown['incidents']}" in told.replace("\t", "\n")
    rows = picture.groups[picture.groups["hex_id"] == shown["hex_id"]]
    for row in rows.itertuples():
        count = "not shown" if pd.isna(row.incidents) else f"{row.incidents:,}"
        assert re.search(rf"{row.group}\s+{count}", told)
    assert "Expected calls (forecast)".lower() in told.lower()
    hidden = picture.hexes[picture.hexes["incidents"].isna()].iloc[0]
    at = hidden.geometry.centroid
    click(page, at)
    told = page.locator(".panel").inner_text()
    assert re.search(r"All\s+not shown", told)
    assert re.search(r"Calls\s+not shown", told)


@pytest.mark.browser
def test_tables_hold_districts_and_years_in_full(open_page, picture, public_text):
    page = open_page(public_text)
    for summary in page.locator(".sheet > summary").all():
        summary.click()
    head = page.locator(".sheet").nth(1).locator("thead th").all_inner_texts()
    assert head == ["Year", "All", *picture.facts["groups"]]
    rows = page.locator(".sheet").nth(1).locator("tbody tr")
    assert rows.count() == 2
    assert rows.first.inner_text().startswith("2024 (1 month)")


@pytest.mark.browser
def test_made_up_incidents_say_so(open_page, town):
    page = open_page(public_map(make_picture(town, synthetic=True)))
    assert page.title().startswith("SYNTHETIC")
    assert "none of them happened" in page.locator(".banner").inner_text()


@pytest.mark.browser
def test_the_ground_can_be_dark_and_the_screen_narrow(open_page, public_text):
    page = open_page(public_text, size=(360, 740))
    page.get_by_label("Dark").check()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360
    assert page.locator("#map_public").bounding_box()["width"] == 360
    assert page.complaints == []


@pytest.mark.browser
def test_print_keeps_the_marking_and_opens_the_tables(open_page, public_text):
    page = open_page(public_text)
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".marking.top").is_visible()
    assert page.locator(".marking.bottom").is_visible()
    assert page.locator(".sheet tbody tr").first.is_visible()
