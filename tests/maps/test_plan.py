import base64
import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geoalloc.errors import ScenarioError, SchemaError
from geoalloc.maps import _encode, _page, plan, plan_map
from tests import naive_maps
from tests.maps.conftest import GRADES, changed, data_of, with_record


@pytest.fixture(scope="session")
def payload(page_text):
    return data_of(page_text)


def test_the_same_run_gives_the_same_page(town, page_text):
    assert plan_map(town.run) == page_text


def test_the_run_is_left_as_it_was(town):
    before = town.run.demand.copy()
    plan_map(town.run)
    pd.testing.assert_frame_equal(town.run.demand, before)


def test_the_order_of_rows_does_not_matter(town, page_text):
    shuffled = changed(
        town.run,
        demand=town.run.demand.sample(frac=1.0, random_state=3),
        posts=town.run.posts.iloc[::-1],
    )
    data, same = (data_of(page)["demand"] for page in (plan_map(shuffled), page_text))
    assert data["total"] == same["total"]


def test_expected_incidents_of_the_shift_are_sums_of_the_frame(town, payload):
    for grade, column in zip(GRADES, payload["demand"]["total"], strict=True):
        rows = town.run.demand[town.run.demand["grade"] == grade]
        total = rows.groupby("hex_id")["incidents"].sum().to_numpy()
        assert naive_maps.measure(column) == pytest.approx(total, abs=column["step"])


def test_intervals_of_the_shift_are_sums_of_the_frame(town, payload):
    total = naive_maps.measure(payload["demand"]["total"][0])
    low = naive_maps.shares(payload["demand"]["low"][0])
    high = naive_maps.shares(payload["demand"]["high"][0])
    assert low == pytest.approx([0.5] * len(total), abs=0.01)
    assert high == pytest.approx([0.5] * len(total), abs=0.01)


def test_hours_share_out_the_shift(payload):
    hours = np.array([naive_maps.shares(row) for row in payload["demand"]["hours"]])
    share = hours / hours.sum(axis=0)
    np.testing.assert_allclose(share[:, 3], [1 / 6, 2 / 6, 3 / 6], atol=0.01)


def test_unmet_demand_is_late_incidents_of_the_shift(town, payload):
    total = np.sum([naive_maps.measure(c) for c in payload["cover"]["unmet"]], axis=0)
    late = town.run.cover.groupby("hex_id")["unmet"].sum().to_numpy()
    np.testing.assert_allclose(total, late, atol=3e-4)


def test_who_is_sent_stands_in_the_page(town, payload):
    first, second = payload["cover"]["first"][0]["units"]
    cover = town.run.cover[town.run.cover["grade"] == "immediate"]
    cover = cover[cover["period"] == cover["period"].min()]
    ids = [None, *[unit["id"] for unit in payload["units"]]]
    assert [ids[k] for k in naive_maps.runs(first)] == cover["first_unit"].tolist()
    missing = [ids[k] for k in naive_maps.runs(second)]
    assert missing[0] is None
    assert missing[1:] == cover["second_unit"].tolist()[1:]


def test_units_that_serve_all_grades_alike_are_written_once(payload):
    assert [grade["units"] for grade in payload["cover"]["first"]][1:] == [None, None]


def test_the_page_names_no_other_file(page_text):
    markup = re.sub(r"(?s)(<script[^>]*>).*?</script>", r"\1", page_text)
    assert not re.findall(r"<(?:link|img|iframe)|\bsrc=|@import|url\(", markup)
    assert "sourceMappingURL" not in page_text


def test_every_script_and_style_is_allowed_by_hash_and_no_other(page_text):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page_text)[1]
    scripts = re.search(r"script-src ([^;]*);", policy)[1].split()
    bare = re.findall(r"<script>(.*?)</script>", page_text, re.DOTALL)
    codes = [*bare, *data_of(page_text, "code")]
    digests = [hashlib.sha256(code.encode()).digest() for code in codes]
    assert scripts == [f"'sha256-{base64.b64encode(d).decode()}'" for d in digests]
    assert len(bare) == 1  # which unpacks the others
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")


def test_the_markup_has_no_inline_style(page_text):
    assert not re.search(r"<[^>]*\sstyle=", page_text)


def test_tiles_of_the_record_may_be_loaded_and_are_credited(town):
    tiles = "https://tiles.force.example/{z}/{x}/{y}.png"
    record = {"tiles": tiles, "tiles_attribution": "OS"}
    page = plan_map(with_record(town.run, map=record))
    assert data_of(page)["tiles"] == {"url": tiles, "attribution": "OS"}
    assert "img-src data: https://tiles.force.example;" in page
    none = plan_map(with_record(town.run, map={"tiles": None}))
    assert data_of(none)["tiles"] is None
    assert "img-src data:;" in none


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("", "img-src data:;"),
        ("https://tiles.force.example/os/{z}/{x}/{y}.png", "data: https://tiles.force"),
        ("http://10.0.0.7:8080/{z}/{x}/{y}", "data: http://10.0.0.7:8080;"),
        ("https://{s}.tiles.example/{z}", "data: https://*.tiles.example;"),
    ],
)
def test_images_come_from_the_site_of_the_tiles_and_no_other(url, source):
    page = _page.assemble("plan", _encode.packed({}), (), images=url)
    assert source in re.search(r'content="(default-src[^"]*)"', page)[1]


@pytest.mark.parametrize(
    "url",
    ["tiles/{z}", "javascript:1", "https://a.example; script-src *", "//a.example"],
)
def test_an_address_of_tiles_that_is_no_sites_is_refused(url):
    with pytest.raises(ScenarioError, match="begin it with https://"):
        _page.assemble("plan", _encode.packed({}), (), images=url)


def test_our_scripts_never_write_markup():
    scripts = sorted(Path(plan.__file__).parent.glob("*.js"))
    assert len(scripts) > 10
    for script in scripts:
        code = script.read_text(encoding="utf-8")
        for word in ("innerHTML", "outerHTML", "insertAdjacent", "eval(", "bindPopup"):
            assert word not in code


def test_a_number_that_is_not_finite_is_refused(town):
    solver = {"status": "feasible", "objective": 1.0, "bound": 1.0, "gap": 0.1}
    run = with_record(town.run, solver=solver)
    spots = run.hotspots.assign(rate=np.inf)
    with pytest.raises(SchemaError, match="cannot hold a number"):
        plan_map(changed(run, hotspots=spots))


def test_a_run_with_no_rivers_names_or_hotspots_has_a_page(town):
    areas = town.run.areas[town.run.areas["kind"] == "force"]
    empty = changed(
        town.run, areas=areas, hotspots=town.run.hotspots[:0], moves=town.run.moves[:0]
    )
    assert "plan-data" in plan_map(empty)


def test_a_sliver_of_land_counts_as_a_twentieth_of_its_hex(town):
    shares = np.full(len(town.grid), 0.5)
    shares[:2] = [0.001, 1.0]
    run = changed(town.run, hexes=town.run.hexes.assign(land_share=shares))
    assert plan._land_share(run)[:3].tolist() == [0.05, 1.0, 0.5]
    assert naive_maps.runs(plan._hexes(run)["land"])[:3] == [50, 1000, 500]
