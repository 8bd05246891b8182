"""The page of a comparison shows the figures of its frames, and says what they are."""

import dataclasses
import re
import time

import numpy as np
import pandas as pd
import pytest

from geoalloc import report
from geoalloc.evaluation import equity
from geoalloc.report import (
    _comparison_equity,
    _comparison_made,
    _comparison_table,
    comparison,
)
from geoalloc.report import _comparison_words as told
from geoalloc.runs import comparison_gist, comparison_words
from tests.compared_scenarios import LEVERS, make_comparison
from tests.report.test_page import PAYLOADS, Outline

LATE, UNMET = ("late_share", "immediate"), ("unmet", "all")


def with_sentences(made):
    said = comparison_words.sentences(made.differences, made.scenarios, made.record)
    return dataclasses.replace(made, differences=made.differences.assign(sentence=said))


def some(made, *names):
    """The toy with some of its scenarios, to be drawn sooner."""

    def of(frame):
        return frame[frame["scenario"].isin(names)].reset_index(drop=True)

    frames = ("scenarios", "figures", "differences", "groups", "disparities")
    frames += ("curve", "cells", "posts")
    return dataclasses.replace(made, **{f: of(getattr(made, f)) for f in frames})


FEW = ("friday-late", "bordered", "one-per-cent-speed", "minimum-cover-too-high")


@pytest.fixture(scope="module")
def toy():
    return with_sentences(make_comparison(resolution=5))


@pytest.fixture(scope="module")
def html(toy):
    return report.comparison_page(toy)


@pytest.fixture(scope="module")
def few(toy):
    return report.comparison_page(some(toy, *FEW))


@pytest.fixture(scope="module")
def text(html):
    return " ".join(Outline(html).text.replace("\u00a0", " ").split())


@pytest.fixture(scope="module")
def rows(html):
    """The rows of the table of scenarios, each a dict of its cells by title."""
    body = re.search(r'<table role="table".*?</table>', html, re.DOTALL)[0]
    found = []
    for row in re.findall(r'<tr role="row">(.*?)</tr>', body, re.DOTALL)[1:]:
        cells = re.findall(r"<t[hd][^>]*>.*?</t[hd]>", row, re.DOTALL)
        title = re.compile(r'data-title="([^"]*)"')
        found.append({title.search(cell)[1]: cell for cell in cells})
    return found


def plain(cell):
    gap = re.sub(r"<[^>]+>", " ", cell).replace("\u00a0", " ")
    return " ".join(gap.split())


def test_each_scenario_has_a_row_with_its_sentences(toy, rows):
    assert [plain(row["Scenario"]).split()[0] for row in rows] == (
        toy.scenarios["scenario"].tolist()
    )
    headline = toy.differences[toy.differences["headline"]]
    for row in rows:
        mine = headline[headline["scenario"] == plain(row["Scenario"]).split()[0]]
        said = plain(row["What came out"])
        assert said.startswith("Expected: A little fewer calls late.")
        assert all(sentence in said for sentence in mine["sentence"])


def test_figures_of_the_table_are_those_of_the_frame(toy, rows):
    by = toy.differences.set_index(["scenario", "measure", "group"])
    title = "Immediate calls late, %"
    for row in rows[1:]:
        name = plain(row["Scenario"]).split()[0]
        if name == "minimum-cover-too-high":
            assert plain(row[title]) == plain(row["Officers"]) == "\u2013"
            continue
        one = by.loc[(name, *LATE)]
        number, gap = re.match(
            r"([\d.]+) % ([+\u2212][\d.]+) points", plain(row[title])
        ).groups()
        digits = len(number.partition(".")[2])
        assert number == f"{100 * one['value']:.{digits}f}"
        assert float(gap.replace("\u2212", "-")) == round(
            100 * one["difference"], digits
        )
        ends = [round(100 * one[end], digits) for end in ("low", "high")]
        said = plain(row[title]).rpartition("points ")[2].replace("\u2212", "-")
        assert [float(end) for end in said.split(" to ")] == ends
        assert float(re.search(r'data-key="([^"]*)"', row[title])[1]) == one["value"]


def test_bars_of_a_column_are_on_one_scale(toy, rows):
    by = toy.differences.set_index(["scenario", "measure", "group"])["difference"]
    ratios = []
    for row in rows[1:]:
        name = plain(row["Scenario"]).split()[0]
        bar = re.search(
            r'<rect x="([\d.]+)" y="4" width="([\d.]+)"', row["Immediate calls late, %"]
        )
        if bar is None:
            continue
        x, width = map(float, bar.groups())
        gap = by[(name, *LATE)]
        assert (x + width == pytest.approx(60)) if gap < 0 else (x == 60)
        if width < 59 and width > 2:
            ratios.append(abs(gap) / width)
    assert len(ratios) > 5
    assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=0.03)


def test_verdicts_are_words_and_not_only_colors(toy, rows):
    standing = comparison_gist.standings(toy)
    for row in rows:
        word = standing[plain(row["Scenario"]).split()[0]]
        mark = _comparison_table.MARKS.get(word, "")
        assert plain(row["Verdict"]) == f"{mark} {word}".strip()


def test_measures_that_disagree_each_have_a_verdict(toy):
    changed = toy.differences.copy()
    mine = (changed["scenario"] == "bordered") & changed["headline"]
    changed.loc[mine, "verdict"] = ["better", "worse"]
    table = _comparison_table.scenario_table(
        dataclasses.replace(toy, differences=changed)
    )
    row = next(r for r in table.html.split("<tr") if 'data-key="bordered"' in r)
    assert "better" in row
    assert "worse" in row
    assert "unmet demand" in plain(row.partition('data-title="Verdict"')[2])


def test_the_page_answers_before_it_explains(toy, text):
    heads = [
        *("In short", "Scenarios against the base", "Differences and their intervals"),
        *("What less unmet demand costs", "One per cent of each lever"),
        *("Officers and service", "Who is served how", "How this was made"),
    ]
    at = [text.index(head) for head in heads]
    assert at == sorted(at)
    for sentence in comparison_gist.in_short(toy):
        assert sentence in text
    assert "EXERCISE" in text
    assert "SYNTHETIC" in text


def test_every_difference_but_those_by_place_is_in_a_table(toy, html):
    folded = html.partition("<summary>Every measure</summary>")[2]
    folded = folded.partition("</details>")[0]
    assert folded.count("<tr>") - folded.count("<thead>") == len(toy.differences)
    groups = [f"district {k}, immediate" for k in range(5)]
    more = toy.differences.iloc[:5].assign(group=groups, headline=False)
    other = dataclasses.replace(toy, differences=pd.concat([toy.differences, more]))
    *_, last = comparison._every(other)
    assert last.startswith("5 more differences, by groups of places")


def test_the_front_is_what_nothing_beats(toy):
    found = told.fronts(toy)
    assert [price.column for price, _ in found] == [
        "officers",
        "moves",
        "equity",
        "cost",
    ]
    for price, points in found:
        known = points[["price", "unmet"]].to_numpy().tolist()
        beaten = [
            any(p <= x and u <= y and (p, u) != (x, y) for p, u in known)
            for x, y in known
        ]
        assert points["front"].tolist() == [not each for each in beaten]
        assert not set(points["scenario"]) & set(LEVERS)
        said = told.front_sentence(price, points)
        assert all(name in said for name in points.loc[points["front"], "scenario"])
        assert f"{sum(beaten)} others are not" in said


def test_a_price_that_none_has_is_not_drawn(toy):
    unpriced = dataclasses.replace(toy, scenarios=toy.scenarios.assign(cost=np.nan))
    assert "cost" not in [price.column for price, _ in told.fronts(unpriced)]
    level = toy.scenarios.assign(officers=211)
    found = {
        price.column: told.front_sentence(price, points)
        for price, points in told.fronts(dataclasses.replace(toy, scenarios=level))
    }
    assert found["officers"].startswith("All have the same officers; ")
    assert found["officers"].endswith(" has the least unmet demand.")


def test_levers_are_sorted_by_what_they_do(toy):
    rows = told.levers(toy, *LATE)
    assert set(rows["lever"]) == set(LEVERS.values())
    assert rows["difference"].abs().is_monotonic_decreasing
    # The second measure is in the order of the first, so that bars stand side by side.
    assert told.levers(toy, *UNMET)["lever"].tolist() == rows["lever"].tolist()
    said = " ".join(told.lever_sentences(rows))
    for row in rows.itertuples():
        same = row.verdict == "not distinguishable"
        assert (row.lever in said.partition("Not distinguishable")[2]) == same


def test_the_elbow_is_said_or_its_absence(toy):
    assert "The curve bends at 201 officers (units-85)" in told.curve_sentence(toy)
    straight = dataclasses.replace(toy, curve=toy.curve.assign(elbow=False))
    assert told.curve_sentence(straight).startswith("There is no elbow")


def test_the_slope_on_either_side_of_the_elbow_is_by_hand(toy):
    curve = pd.DataFrame(
        {
            "scenario": ["a", "b", "c"],
            "officers": [100, 120, 140],
            "unmet": [20.0, 10.0, 9.0],
            "low": [19.0, 9.0, 8.0],
            "high": [21.0, 11.0, 10.0],
            "elbow": [False, True, False],
        }
    )
    said = told.curve_sentence(dataclasses.replace(toy, curve=curve))
    assert "change unmet demand by \u22125.00 a shift, beyond it by \u22120.50" in said


def test_groups_show_the_figures_of_the_frame(toy, text):
    rows = _comparison_equity.shown(toy, "deprivation decile")
    assert list(dict.fromkeys(rows["group"])) == [str(k) for k in range(1, 11)]
    table = _comparison_equity.table(rows, "deprivation decile", "bordered")
    at = [row[0] for row in table.rows].index("3")
    by = toy.groups.set_index(["scenario", "group", "measure"])
    for title, measure in (
        ("people", "people"),
        ("immediate calls late, %", "late_share"),
    ):
        one = by.loc[("bordered", "3", measure)]
        cell = table.rows[at][table.columns.index(title)]
        if measure == "people":
            assert cell == f"{one['value']:,.0f}"
        else:
            figures = [100 * one[k] for k in ("value", "low", "high")]
            assert cell == "{:.1f} ({:.1f} to {:.1f})".format(*figures)
    assert all(caveat in text for caveat in equity.CAVEATS)
    assert "not measured" in text
    assert "no effect" not in text


def test_visible_hours_that_are_lost_are_counted_and_not_weighed(toy):
    rows = toy.scenarios.copy()
    mine = rows["scenario"] == "bordered"
    rows.loc[mine, "officers"] -= 10
    rows.loc[mine, "officer_hours"] -= 80.0
    said = _comparison_equity.notes(dataclasses.replace(toy, scenarios=rows))
    assert (
        "bordered has about 80 fewer such visible hours a shift: the effect of that is "
        "not measured." in said
    )


def test_visible_hours_of_groups_go_before_those_of_rosters(toy):
    hours = {"friday-late": 60.0, "bordered": 60.0, "equity-cap": 45.0}
    more = pd.DataFrame(
        [
            (name, "district", "Bristol", "visible_h", h, np.nan, np.nan)
            for name, h in hours.items()
        ],
        columns=list(toy.groups.columns),
    )
    seen = dataclasses.replace(toy, groups=pd.concat([toy.groups, more]))
    said = [s for s in _comparison_equity.notes(seen) if "officer-hours" in s]
    assert [s.partition(":")[0] for s in said] == ["friday-late", "equity-cap"]
    assert "45 officer-hours, 15 lost against the base" in said[1]
    assert "not measured" in said[1]


def test_the_price_of_a_cap_is_told_with_what_it_gives(toy):
    scenarios = toy.record["scenarios"] | {
        "equity-cap": toy.record["scenarios"]["equity-cap"]
        | {"scenario": {"allocation": {"unmet_caps": [{"district": "Bristol"}]}}}
    }
    capped = dataclasses.replace(toy, record=toy.record | {"scenarios": scenarios})
    said = " ".join(_comparison_equity.notes(capped))
    rows = toy.differences.set_index(["scenario", "measure", "group"])
    assert (
        f"The price of capping: {rows.loc[('equity-cap', *UNMET), 'sentence']}" in said
    )
    ratios = toy.disparities.set_index(["scenario", "grouping", "measure"])
    ratio = ratios.loc[("equity-cap", "district", "late_share"), "ratio"]
    assert f"by district, the worst served have {ratio:.2f}" in said
    assert "The price of capping" not in " ".join(_comparison_equity.notes(toy))


def test_provenance_is_complete(toy, text):
    record = toy.record
    assert "ab" * 32 in text
    assert "Patrols do not feed on their own records." in text
    assert "allocation.mode is bordered, and not borderless" in text
    assert "1,210 MB" in text
    assert all(str(version) in text for version in record["versions"].values())
    assert "28 headline comparisons" in text
    assert (
        "half-width of 0.42 points in immediate calls late; asked for was 0.50" in text
    )


def test_a_width_that_was_not_asked_for_or_reached_is_said(toy):
    settings = toy.record["settings"]
    for changes, said in (
        ({"half_width": None}, "no width was asked for"),
        ({"half_width": 0.001}, "asked for was 0.10, which is not reached"),
        ({"reached": None}, ""),
    ):
        record = toy.record | {"settings": settings | changes}
        told_of = " ".join(told.precision(dataclasses.replace(toy, record=record)))
        assert said in told_of
        assert "nan" not in told_of


def test_a_file_that_some_scenarios_read_names_them(toy):
    other = toy.record["scenarios"]["bordered"] | {"inputs": {"roads.csv": "cd" * 32}}
    scenarios = toy.record["scenarios"] | {"bordered": other}
    changed = dataclasses.replace(toy, record=toy.record | {"scenarios": scenarios})
    blocks = _comparison_made.made(changed)
    (files,) = [one for one in blocks if getattr(one, "title", "") == "Files"]
    rows = files.blocks[0].rows
    assert ("roads.csv", "cd" * 32, "bordered") in rows
    assert ("boundary avon-and-somerset.geojson", "ab" * 32, "") in rows


def test_nothing_but_a_base_still_makes_a_page(toy):
    text = Outline(report.comparison_page(some(toy, "friday-late"))).text
    assert "0 scenarios against friday-late" in text
    assert "Nothing could be compared." in text


def test_text_of_users_is_never_markup(few):
    payload = " ".join(PAYLOADS[:3])
    hostile = some(make_comparison(resolution=5, text=payload), *FEW)
    outline = Outline(report.comparison_page(hostile))
    own = Outline(few)
    for tag in ("script", "img", "style"):
        assert len(outline.of(tag)) == len(own.of(tag))
    names = {name for _, attrs in outline.tags for name in attrs}
    assert not {name for name in names if name.startswith("on")}
    assert payload in outline.text


def test_charts_do_not_share_ids(html):
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_a_page_is_the_same_twice(few, toy):
    assert report.comparison_page(some(toy, *FEW)) == few


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page from a file with no network; what it complains of is kept."""
    contexts = []

    def open_page(html, **options):
        context = browser.new_context(offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        path = tmp_path / "comparison.html"
        path.write_text(html, encoding="utf-8")
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_the_table_sorts_and_says_by_what(html, opened, toy):
    page = opened(html)
    head = page.locator("table.sortable thead th").nth(3)
    for way, up in (("ascending", True), ("descending", False)):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == way
        keys = page.locator("table.sortable tbody td:nth-child(4)").evaluate_all(
            "cells => cells.map((cell) => Number(cell.dataset.key))"
        )
        assert keys == sorted(keys, reverse=not up)
    page.locator("table.sortable thead button").first.click()
    names = page.locator("table.sortable tbody th").all_inner_texts()
    assert [name.split()[0] for name in names] == toy.scenarios["scenario"].tolist()
    assert page.said == []


def test_the_page_is_ready_in_two_seconds_without_a_request(html, opened):
    begun = time.perf_counter()
    page = opened(html)
    page.locator("table.sortable thead button").first.click()
    # On a machine that does nothing else; some room for one that does.
    assert time.perf_counter() - begun < 6
    asked = page.evaluate("performance.getEntriesByType('resource').length")
    assert asked == 0
    assert page.said == []


def test_a_phone_shows_the_page_without_scrolling_sideways(html, opened):
    page = opened(html, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("table.sortable td[data-title=Verdict]").nth(1).is_visible()


@pytest.mark.parametrize("width", [360, 1100])
def test_the_page_can_be_used_without_sight(html, opened, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(html, viewport={"width": width, "height": 740})
    grave = [
        v["id"]
        for v in axe.Axe().run(page).response["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert grave == []
