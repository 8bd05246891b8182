import base64
import dataclasses
import json
import re
import zlib

import numpy as np
import pytest
from shapely.geometry import MultiPolygon, box

from geoalloc import hexes
from geoalloc.errors import SchemaError
from geoalloc.report import _chart
from geoalloc.report import _comparison_map_pages as sheets
from geoalloc.report import _comparison_map_words as words
from geoalloc.report import _comparison_maps as maps
from geoalloc.report import _comparison_surfaces as encoded
from geoalloc.report._page import Live, page
from geoalloc.runs import comparison_scale as scale
from tests import naive_comparison as naive
from tests.compared_scenarios import make_comparison
from tests.report.test_page import Outline

HOSTILE = '</script><img src=x onerror="alert(1)">\'&amp;{{ 7 * 7 }}\u2028'


@pytest.fixture(scope="module")
def comparison():
    return make_comparison()


@pytest.fixture(scope="module")
def surfaces(comparison):
    return scale.surfaces(comparison)


def payload(html):
    """Head and bytes of the maps."""
    text = re.search(r'id="scaled-data">([^<]*)<', html)[1]
    whole = zlib.decompress(base64.b64decode(text))
    size = int.from_bytes(whole[:4], "little")
    return json.loads(whole[4 : 4 + size]), whole[4 + size :]


def whole(comparison):
    return page("Maps", [maps.section(comparison)], marking="OFFICIAL")


@pytest.fixture(scope="module")
def html(comparison):
    return whole(comparison)


def hostile():
    """A comparison in which every text, names of scenarios too, is hostile."""
    made = make_comparison(text=HOSTILE)
    name = {each: each + HOSTILE for each in made.scenarios["scenario"]}
    frames = {
        part: getattr(made, part).assign(
            scenario=getattr(made, part)["scenario"].map(name)
        )
        for part in ("scenarios", "differences", "cells", "posts")
    }
    places = made.hexes.assign(place=HOSTILE, district=made.hexes["district"] + HOSTILE)
    areas = made.areas.assign(name=made.areas["name"] + HOSTILE)
    record = made.record | {"base": name[made.record["base"]]}
    return dataclasses.replace(made, record=record, hexes=places, areas=areas, **frames)


# Bytes


@pytest.mark.parametrize("breaks", [(), (2.0,), (0.5, 1.0, 2.0, 8.0)])
def test_a_code_tells_the_class_of_a_figure_and_about_its_size(breaks):
    values = np.array([np.nan, 0.0, 0.3, 0.5, 0.999, 1.0, 2.0, 7.99, 8.0, 20.0])
    codes = encoded.codes(values, breaks, 20.0).tolist()
    assert codes[0] == 0
    ends = [0.0, *breaks, 20.0]
    for value, code in zip(values[1:].tolist(), codes[1:], strict=True):
        k, step = divmod(code - 1, encoded.STEPS)
        assert k == naive.class_of(value, breaks)
        wide = (ends[k + 1] - ends[k]) / encoded.STEPS
        assert ends[k] + step * wide <= value <= ends[k] + (step + 1) * wide


def surface(base, other, breaks):
    amounts = np.array([base, other], dtype=float)
    changes = amounts - amounts[:1]
    return scale.Surface(
        amounts=amounts,
        changes=changes,
        breaks=(),
        most=0.0,
        change_breaks=breaks,
        most_change=float(np.nanmax(np.abs(changes))),
    )


def test_codes_of_opposite_changes_lie_opposite():
    made = surface([5.0] * 7, [5.0, 5.5, 4.5, 6.0, 4.0, 9.0, 1.0], (1.0, 2.0))
    codes = encoded.change_codes(made)[1].astype(int)
    middle = encoded.FIRST_CHANGE + 3 * encoded.STEPS - 1
    assert codes[0] == middle
    np.testing.assert_array_equal(codes[1::2] - middle, middle - codes[2::2])
    assert codes[5] == 2 * middle - encoded.FIRST_CHANGE  # the largest: at the end
    assert codes[6] == encoded.FIRST_CHANGE


def test_hexes_that_are_lost_or_reached_are_told_apart():
    nan = np.nan
    made = surface([nan, nan, 5.0, 5.0], [nan, 5.0, nan, 6.0], (1.0,))
    codes = encoded.change_codes(made)[1].tolist()
    assert codes[:3] == [0, encoded.REACHED, encoded.LOST]


def test_equal_scenarios_are_neutral_everywhere(comparison):
    cells = comparison.cells
    base = cells[cells["scenario"] == "friday-late"]
    n = len(scale.planned(comparison))
    same = cells.assign(
        unmet=np.tile(base["unmet"], n), minutes=np.tile(base["minutes"], n)
    )
    found = scale.surfaces(dataclasses.replace(comparison, cells=same))
    for each in found.values():
        codes = encoded.change_codes(each)
        middle = encoded.FIRST_CHANGE + encoded.STEPS - 1
        assert set(codes[np.isfinite(each.amounts)].tolist()) == {middle}
        assert set(codes[~np.isfinite(each.amounts)].tolist()) <= {0}
        assert not sheets.classes(each, 1)[0].any()


def test_corners_are_those_of_the_hexes_and_are_shared(comparison):
    ids = comparison.hexes["hex_id"].to_numpy()
    ground = encoded.ground(ids)
    outline = hexes.polygons(ids[:20])
    for k, polygon in enumerate(outline):
        points = np.array(polygon.exterior.coords)[:-1]
        at = ground.placed(points[:, 0], points[:, 1])
        assert np.abs(at - ground.corners[k]).max() <= 1
    different = np.unique(ground.corners.reshape(-1, 2), axis=0)
    assert len(different) < 2.5 * len(ids)  # two a hex, and the rim
    assert ground.corners.min() >= 0
    assert ground.corners.reshape(-1, 2).max(axis=0).tolist() == [
        ground.wide,
        ground.high,
    ]


def test_a_pentagon_repeats_its_last_corner():
    ids = hexes.from_strings(["820807fffffffff", "820817fffffffff", "82081ffffffffff"])
    ground = encoded.ground(ids)
    n = [len(np.unique(each, axis=0)) for each in ground.corners]
    assert n == [len(p.exterior.coords) - 1 for p in hexes.polygons(ids)]
    assert n[0] < max(n)
    np.testing.assert_array_equal(ground.corners[0, -1], ground.corners[0, n[0] - 1])


def test_hexes_on_both_sides_of_the_antimeridian_lie_together():
    west, east = box(179.8, -17.2, 180.0, -16.8), box(-180.0, -17.2, -179.8, -16.8)
    grid = hexes.cover(MultiPolygon([west, east]), 6)
    ground = encoded.ground(grid.hex_id)
    assert max(ground.wide, ground.high) * ground.unit_m < 60_000


def test_a_number_that_json_has_no_word_for_is_refused():
    with pytest.raises(SchemaError, match="the maps cannot hold a number"):
        encoded.packed({"a": float("nan")}, b"")


def test_bytes_come_back_from_their_planes():
    values = np.array([0, 1, -1, 300, -70_000, 2**31 - 1], dtype="<i4")
    raw = np.frombuffer(encoded.planes(values), dtype=np.uint8).reshape(4, -1)
    again = np.ascontiguousarray(raw.T).view("<i4").ravel()
    np.testing.assert_array_equal(again, values)


# Words


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0001, "0.0001"), (1e-7, "0.0000001"), (20.0, "20"), (0.3, "0.3")],
)
def test_figures_are_written_without_an_exponent(value, said):
    assert words.plain(value) == said


def test_the_key_of_changes_is_symmetric_about_none(surfaces):
    labels = words.change_labels("unmet", surfaces["unmet"])
    sides = [(side, k) for side, k, _, _ in labels]
    n = len(surfaces["unmet"].change_breaks)
    less = [("less", k) for k in range(n, 0, -1)]
    assert sides == [*less, ("same", 0), *[("more", k) for k in range(1, n + 1)]]
    texts = [text for *_, text in labels]
    assert texts[n].endswith("either way")
    swapped = [text.replace(" less", " more") for text in texts[:n]][::-1]
    assert swapped == texts[n + 1 :]


def test_hexes_that_nobody_reaches_have_an_entry_in_the_key(surfaces):
    told = [text for *_, text in words.value_labels("minutes", surfaces["minutes"])]
    assert told[-1] == "nobody"
    told = [text for *_, text in words.value_labels("unmet", surfaces["unmet"])]
    assert "nobody" not in told
    assert "not known" not in told


def test_the_whole_of_a_scenario_is_said_by_hand():
    made = surface([1.0, 2.0, 3.0], [1.0, 4.0, 2.0], (0.5,))
    assert words.changed(made, "unmet")[1] == (
        "All hexes together 7 late calls, 6 in the base; less in 1 hexes, more in 1, "
        "under 0.5 either way in 1."
    )
    assert words.changed(made, "minutes")[1].startswith("The mean of hexes is 2.33 min")
    nan = np.nan
    made = surface([1.0, 2.0, nan], [nan, 2.0, 3.0], ())
    assert words.changed(made, "minutes")[1].endswith(
        "the same in 1; 1 reached by the base only; 1 reached, and not by the base."
    )


# The section


def test_the_payload_holds_every_scenario_once_on_one_scale(comparison, surfaces, html):
    head, body = payload(html)
    names = scale.planned(comparison)
    n = len(comparison.hexes)
    assert head["scenarios"] == names
    assert len(body) == n * (8 + 24 + 2 + 4 * len(names))
    for measure, each in surfaces.items():
        told = head["measures"][measure]
        assert told["changes"]["breaks"] == list(each.change_breaks)
        assert told["values"]["breaks"] == list(each.breaks)


def test_places_are_those_that_gain_and_lose_most(comparison, html):
    head, _ = payload(html)
    told = naive.table(comparison, "unmet")
    at = head["scenarios"].index("bordered")
    sums = {}
    names = scale.names_of_places(comparison.hexes)
    for hex_id, place in zip(comparison.hexes["hex_id"], names, strict=True):
        pair = sums.setdefault(place, [0.0, 0.0])
        pair[0] += told["friday-late", hex_id]
        pair[1] += told["bordered", hex_id]
    risen = sorted(sums, key=lambda place: sums[place][0] - sums[place][1])[:10]
    least, most = head["tables"]["unmet"][at]
    assert [head["places"][k] for k, *_ in most] == risen
    for k, before, after in most:
        assert [before, after] == pytest.approx(sums[head["places"][k]], rel=1e-3)
    assert all(after < before for _, before, after in least)


def test_posts_are_counted_where_they_stand(comparison, html):
    head, _ = payload(html)
    for k, name in enumerate(head["scenarios"]):
        posts = comparison.posts[comparison.posts["scenario"] == name]
        spots = set(zip(posts["longitude"], posts["latitude"], strict=True))
        assert sum(n for _, n in head["posts"]["units"][k]) == len(posts)
        assert len(head["posts"]["units"][k]) == len(spots)


def test_without_javascript_a_table_of_places_is_left(comparison, html):
    outline = Outline(html)
    assert outline.text.count("falls most at") == 1
    rows = [name for name in scale.planned(comparison)[1:] if name in outline.text]
    assert len(rows) == len(scale.planned(comparison)) - 1


def test_nothing_but_the_hashed_code_of_the_page_may_run(html):
    outline = Outline(html)
    names = {name for _, attrs in outline.tags for name in attrs}
    assert not names & {"src", "href", "style", "onload", "onclick"}
    policy = next(m["content"] for m in outline.of("meta") if "http-equiv" in m)
    assert "unsafe" not in policy
    assert len(re.findall(r"sha256-", policy.split("script-src")[1])) == 1


def test_text_of_a_scenario_is_never_markup(html):
    plain, bad = Outline(html), Outline(whole(hostile()))
    assert [tag for tag, _ in bad.tags] == [tag for tag, _ in plain.tags]


@pytest.mark.parametrize("part", ["scenarios", "hexes"])
def test_nothing_to_map_is_said(comparison, part):
    frame = getattr(comparison, part).iloc[:0]
    empty = dataclasses.replace(comparison, **{part: frame})
    section = maps.section(empty)
    assert not any(isinstance(block, Live) for block in section.blocks)
    assert "nothing to map" in section.blocks[0]
    assert maps.pages(empty) == []


def test_a_base_alone_is_mapped_without_a_table(comparison):
    alone = dataclasses.replace(comparison, scenarios=comparison.scenarios.iloc[:1])
    section = maps.section(alone)
    assert len(section.blocks) == 2
    assert maps.pages(alone) == []


def test_the_maps_of_thirty_scenarios_stay_small(comparison):
    names = [f"variant-{k:02d}" for k in range(30)]
    base = comparison.cells[comparison.cells["scenario"] == "friday-late"]
    rng = np.random.default_rng(1)
    frame = comparison.scenarios.iloc[:1]
    import pandas as pd

    cells = pd.concat(
        [
            base.assign(
                scenario=n, unmet=base["unmet"] * rng.uniform(0.8, 1.2, len(base))
            )
            for n in names
        ]
    )
    many = dataclasses.replace(
        comparison,
        record=comparison.record | {"base": names[0]},
        scenarios=pd.concat([frame.assign(scenario=n) for n in names]),
        cells=cells,
        posts=comparison.posts.assign(scenario=names[0]),
    )
    live = next(b for b in maps.section(many).blocks if isinstance(b, Live))
    # 7,000 hexes are seven times those of the toy, and 1.5 MB are asked for.
    assert len(live.html) < 1_500_000 / 7000 * len(base)


# Sheets


def test_scenarios_that_are_told_from_the_base_are_drawn(comparison):
    names, said = sheets.drawn(comparison)
    told = comparison.differences
    told = told[told["headline"] & told["verdict"].isin(["better", "worse"])]
    assert set(names) == set(told["scenario"])
    rest = set(scale.planned(comparison)[1:]) - set(names)
    assert all(name in said for name in rest)


def test_where_none_is_told_apart_the_most_changed_are_drawn(comparison):
    same = comparison.differences.assign(verdict="not distinguishable")
    names, said = sheets.drawn(dataclasses.replace(comparison, differences=same))
    assert len(names) == 6
    assert "bordered" in names
    assert said.startswith("No scenario is told from the base")


@pytest.mark.parametrize(
    ("n", "shares"), [(1, [1]), (9, [9]), (10, [5, 5]), (27, [9] * 3)]
)
def test_maps_are_shared_out_evenly(n, shares):
    made = sheets._shared_out([f"s{k}" for k in range(n)])
    assert [len(sheet) for sheet in made] == shares


def test_a_small_map_shows_the_class_of_each_hex(comparison, surfaces):
    told = naive.table(comparison, "minutes")
    each, at = surfaces["minutes"], scale.planned(comparison).index("bordered")
    sign, level = sheets.classes(each, at)
    for k, hex_id in enumerate(comparison.hexes["hex_id"]):
        shown = sheets._color(sign[k], level[k], len(each.change_breaks))
        after, before = told["bordered", hex_id], told["friday-late", hex_id]
        inks = {
            "less": scale.LESS,
            "more": scale.MORE,
            "same": scale.NEUTRAL,
            "none": scale.NEUTRAL,
        }
        assert shown == naive.color(after, before, each.change_breaks, inks)


def test_sheets_have_a_map_for_each_scenario_and_one_key(comparison):
    with _chart.settings():
        figures = maps.pages(comparison)
    names, _ = sheets.drawn(comparison)
    assert sum(len(figure.axes) for figure in figures) == len(names)
    titles = [
        axes.get_title(loc="left").split("\n")[0] for f in figures for axes in f.axes
    ]
    assert titles == names
    keys = [[text.get_text() for text in f.texts][2:] for f in figures]
    assert all(key == keys[0] for key in keys)


def test_pixels_of_a_small_map_lie_in_the_hex_they_show(comparison):
    ground = encoded.ground(comparison.hexes["hex_id"].to_numpy())
    image = sheets._image(ground, 240.0)
    high, wide = image.index.shape
    center = ground.corners.mean(axis=1)
    column = (center[:, 0] * wide / ground.wide).astype(int)
    row = (center[:, 1] * high / ground.high).astype(int)
    np.testing.assert_array_equal(image.index[row, column], np.arange(len(center)))
    assert (image.index < 0).mean() > 0.2  # the corners of the sheet are outside


# In a browser


@pytest.fixture
def opened(browser, tmp_path):
    contexts = []

    def go(html, **options):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        settings = {"viewport": {"width": 1100, "height": 900}, "offline": True}
        context = browser.new_context(**(settings | options))
        contexts.append(context)
        found = context.new_page()
        found.said = []
        found.on("console", lambda message: found.said.append(message.text))
        found.on("pageerror", lambda error: found.said.append(str(error)))
        found.on(
            "dialog", lambda dialog: found.said.append("dialog") or dialog.dismiss()
        )
        found.on("request", lambda request: found.said.append(request.url))
        found.goto(path.as_uri())
        found.wait_for_selector("#scaled[data-ready]")
        found.wait_for_timeout(50)
        found.said = [each for each in found.said if each != path.as_uri()]
        return found

    yield go
    for context in contexts:
        context.close()


PIXELS = """({view, measure, scenario}) => {
  const { page } = compared;
  document.getElementById('scaled-scenario').value = scenario;
  document.querySelector(`[value=${view}]`).checked = true;
  document.querySelector(`[value=${measure}]`).checked = true;
  document.getElementById('scaled-posts').checked = false;
  document.getElementById('scaled-towns').checked = false;
  page.marks.lines = {};
  page.chosen();
  page.draw();
  const { scale, left, top } = page.view.place, { n, centers } = page.data;
  const { data, width } = page.view.context.getImageData(0, 0, page.view.canvas.width,
    page.view.canvas.height);
  return Array.from({ length: n }, (_, i) => {
    const x = Math.floor(centers[i] * scale + left);
    const y = Math.floor(centers[n + i] * scale + top);
    return [...data.slice(4 * (y * width + x), 4 * (y * width + x) + 4)];
  });
}"""


def hexadecimal(pixel):
    return "#" + "".join(f"{part:02x}" for part in pixel[:3])


@pytest.mark.parametrize(
    ("measure", "scheme"), [("unmet", "light"), ("unmet", "dark"), ("minutes", "light")]
)
def test_a_hex_has_the_color_of_its_change(
    comparison, surfaces, html, opened, measure, scheme
):
    found = opened(html, color_scheme=scheme)
    told, inks = naive.table(comparison, measure), maps._INKS[scheme]
    ends = surfaces[measure].change_breaks
    for name in ("bordered", "equity-cap"):
        asked = {
            "view": "change",
            "measure": measure,
            "scenario": str(scale.planned(comparison).index(name)),
        }
        pixels = found.evaluate(PIXELS, asked)
        for hex_id, pixel in zip(comparison.hexes["hex_id"], pixels, strict=True):
            after, before = told[name, hex_id], told["friday-late", hex_id]
            expected = naive.color(after, before, ends, inks)
            if after is None:
                assert hexadecimal(pixel) in (expected, inks["hatch"])
            else:
                assert hexadecimal(pixel) == expected


@pytest.mark.parametrize(
    ("view", "name"), [("base", "friday-late"), ("scenario", "bordered")]
)
def test_a_hex_has_the_color_of_its_figure(
    comparison, surfaces, html, opened, view, name
):
    told, ends = naive.table(comparison, "unmet"), surfaces["unmet"].breaks
    asked = {
        "view": view,
        "measure": "unmet",
        "scenario": str(scale.planned(comparison).index("bordered")),
    }
    pixels = opened(html).evaluate(PIXELS, asked)
    ramp = maps._INKS["light"]["values"]
    for hex_id, pixel in zip(comparison.hexes["hex_id"], pixels, strict=True):
        expected = ramp[
            len(ramp) - len(ends) - 1 + naive.class_of(told[name, hex_id], ends)
        ]
        assert hexadecimal(pixel) == expected


def test_every_pixel_is_in_one_hex(html, opened):
    found = opened(html)
    area = found.evaluate(
        """() => { const { view, data } = compared.page, { index } = view;
        let inside = 0;
        for (const i of index) inside += i >= 0;
        const { scale } = view.place, fine = view.ratio * view.over;
        let sum = 0;
        for (let i = 0; i < data.n; i++) for (let k = 0; k < 6; k++) {
          const x = (j) => data.offsets[2 * (j % 6) * data.n + i];
          const y = (j) => data.offsets[(2 * (j % 6) + 1) * data.n + i];
          sum += (x(k) * y(k + 1) - x(k + 1) * y(k)) / 2;
        }
        return [inside, Math.abs(sum) * (scale * fine) ** 2]; }"""
    )
    assert area[0] == pytest.approx(area[1], rel=1e-3)


def test_the_key_stays_the_same_from_scenario_to_scenario(html, opened):
    found = opened(html)
    keys = set()
    for k in range(1, 5):
        found.select_option("#scaled-scenario", str(k))
        keys.add(found.inner_text("#scaled-key .scaled-legend"))
    assert len(keys) == 1


def test_a_hex_is_read_by_pointer_and_by_key(comparison, html, opened):
    found = opened(html)
    found.locator("#scaled-map").scroll_into_view_if_needed()
    box = found.locator("#scaled-map").bounding_box()
    found.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
    said = found.inner_text("#scaled-reading")
    assert "friday-late about" in said
    assert "bordered about" in said
    found.focus("#scaled-map")
    found.keyboard.press("ArrowRight")
    after = found.inner_text("#scaled-reading")
    assert after != said
    found.keyboard.press("+")
    assert found.evaluate("compared.page.view.zoom") == pytest.approx(1.5)
    found.keyboard.press("0")
    assert found.evaluate("compared.page.view.zoom") == 1
    assert found.said == []


def test_what_is_read_is_near_what_is_so(comparison, surfaces, html, opened):
    found = opened(html)
    told = naive.table(comparison, "unmet")
    at = found.evaluate(
        """() => { const { page } = compared, codes = page.data.codes.unmet;
        const S = page.data.scenarios.length, measure = "unmet";
        return Array.from({ length: page.data.n }, (_, i) => [
          page.value(codes.values[i * S], { of: "values", measure }),
          page.value(codes.changes[i * S + 1], { of: "changes", measure })]); }"""
    )
    name = scale.planned(comparison)[1]
    each = surfaces["unmet"]
    for hex_id, (value, change) in zip(comparison.hexes["hex_id"], at, strict=True):
        before, after = told["friday-late", hex_id], told[name, hex_id]
        assert value == pytest.approx(before, abs=wide(before, each.breaks, each.most))
        ends, most = each.change_breaks, each.most_change
        size = abs(after - before)
        assert abs(change) == pytest.approx(size, abs=wide(size, ends, most))
        if naive.class_of(size, ends):
            assert np.sign(change) == np.sign(after - before)


def wide(value, breaks, most):
    """Half a step of the class of a figure."""
    ends, k = [0.0, *breaks, most], naive.class_of(value, breaks)
    return (ends[k + 1] - ends[k]) / encoded.STEPS / 2 * 1.000001


def test_paper_shows_the_base_beside_the_difference(html, opened):
    found = opened(html)
    found.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    found.emulate_media(media="print")
    captions = found.locator("#scaled-paper figcaption").all_inner_texts()
    assert captions[0] == "friday-late: unmet demand"
    assert captions[1].startswith("bordered less friday-late: unmet demand.")
    assert found.locator("#scaled-map").is_hidden()
    painted = found.evaluate(
        """() => [...document.querySelectorAll("#scaled-paper figure > canvas")].map(
        (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width,
          canvas.height).data.some(Boolean))"""
    )
    assert painted == [True, True]
    found.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert found.locator("#scaled-paper").is_hidden()


def test_hostile_text_is_only_text(opened):
    found = opened(whole(hostile()))
    assert found.said == []
    assert "onerror" in found.inner_text("#scaled-title")
    assert found.locator("#scaled img").count() == 0


def test_a_narrow_page_does_not_scroll_sideways(html, opened):
    found = opened(html, viewport={"width": 360, "height": 740})
    assert found.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_first_map_is_soon_there(html, opened):
    found = opened(html)
    assert (
        found.evaluate(
            """() => { const { view } = compared.page, from = performance.now();
        view.index = null;
        compared.page.draw();
        return performance.now() - from; }"""
        )
        < 1000
    )


def test_the_maps_can_be_used_without_sight(html, opened):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(opened(html))
    grave = [
        v["id"]
        for v in found.response["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert grave == []
