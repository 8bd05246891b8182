"""What the panel of a plan's page tells first, and that it can be left."""

import re

import numpy as np
import pytest

from geoalloc.maps import plan_map
from tests.maps.conftest import GRADES, PERIODS, changed, with_record

pytestmark = pytest.mark.browser


def choose(page, chosen):
    page.evaluate("(chosen) => geoalloc.page.state.set({ chosen })", chosen)
    return " ".join(page.locator(".panel").inner_text().split())


def choose_unit(page, unit):
    page.evaluate(
        "(id) => { const { data, state } = geoalloc.page;"
        "state.set({ chosen: { unit: data.units.find((one) => one.id === id) } }); }",
        unit,
    )
    return " ".join(page.locator(".panel").inner_text().split())


def sums(frame, hex_id, column, *by):
    return frame[frame["hex_id"] == hex_id].groupby(list(by))[column].sum()


def test_the_first_sentence_tells_how_much_is_expected_and_who_comes(page, town):
    i = 40
    told = choose(page, {"hex": i})
    run, hex_id = town.run, town.grid.hex_id[i]
    total = run.demand[run.demand["hex_id"] == hex_id][
        ["incidents", "low", "high"]
    ].sum()
    answer = page.locator(".answer").inner_text()
    found = re.match(r"([\d.]+) \(([\d.]+)–([\d.]+)\) incidents", answer)  # noqa: RUF001
    assert [float(x) for x in found.groups()] == pytest.approx(total.tolist(), rel=0.06)
    cover = run.cover[(run.cover["hex_id"] == hex_id)]
    minutes = cover["minutes"].iloc[0]
    assert f"{cover['first_unit'].iloc[0]} is first to an immediate call" in answer
    assert f"{minutes:.1f} min away; then {cover['second_unit'].iloc[0]}." in answer
    first, second = (told.index(text) for text in (answer.split(".")[0], "EXPECTED"))
    assert first < second


def test_the_hour_of_the_slider_is_told_of_the_hex(page, town):
    i = 40
    choose(page, {"hex": i})
    page.evaluate("() => geoalloc.page.state.set({ hour: 2 })")
    by_hour = sums(town.run.demand, town.grid.hex_id[i], "incidents", "period")
    found = re.search(
        r"of them ([\d.]+) at 23:00", page.locator(".answer").inner_text()
    )
    assert float(found[1]) == pytest.approx(by_hour[PERIODS[1]], rel=0.06)
    assert page.locator(".bars .chosen").count() == 1
    page.evaluate("() => geoalloc.page.state.set({ hour: 0 })")
    assert page.locator(".bars .chosen").count() == 0


def test_the_mix_of_grades_is_a_bar_with_its_shares_in_words(page, town):
    choose(page, {"hex": 30})
    by_grade = sums(town.run.demand, town.grid.hex_id[30], "incidents", "grade")
    shares = (100 * by_grade / by_grade.sum()).loc[list(GRADES)]
    shown = [
        int(re.search(r"(\d+)%", text)[1])
        for text in page.locator(".mix li").all_inner_texts()
    ]
    assert np.abs(np.array(shown) - shares.to_numpy()).max() <= 1
    grow = page.locator(".mix-bar span").evaluate_all(
        "(parts) => parts.map((part) => Number(part.style.flexGrow))"
    )
    assert sum(grow) == pytest.approx(1)
    assert page.locator(".mix-bar").get_attribute("aria-hidden") == "true"


def test_the_chance_that_no_unit_is_free_is_that_of_the_cover(page, town):
    told = choose(page, {"hex": 60})
    chance = re.search(r"no unit within it is free is (\d+)%", told)
    assert int(chance[1]) == pytest.approx(100 * town.run.cover["none_free"][60], abs=1)


def test_the_hex_says_what_its_demand_rests_on(page):
    told = choose(page, {"hex": 30})
    found = re.search(r"observed (\d+)%, scaled (\d+)%, assumed (\d+)%", told)
    assert [int(x) for x in found.groups()] == pytest.approx([60, 30, 10], abs=1)


def test_harm_is_told_where_it_is_weighed(open_page, page, town):
    assert "Harm" not in choose(page, {"hex": 30})
    demand = town.run.demand.assign(harm=2.5 * town.run.demand["incidents"])
    page = open_page(plan_map(changed(town.run, demand=demand)))
    told = choose(page, {"hex": 30})
    harm = sums(demand, town.grid.hex_id[30], "harm", "hex_id").iloc[0]
    assert float(re.search(r"Harm ([\d.]+) \(", told)[1]) == pytest.approx(
        harm, rel=0.1
    )


def test_a_hex_that_no_unit_reaches_says_so(open_page, town):
    cover = town.run.cover.copy()
    here = cover["hex_id"] == town.grid.hex_id[3]
    cover.loc[here, ["first_unit", "second_unit"]] = None
    cover.loc[here, ["minutes", "wait_min"]] = np.nan
    page = open_page(plan_map(changed(town.run, cover=cover)))
    told = choose(page, {"hex": 3})
    assert "No unit can reach it in time." in told
    assert "No unit of this plan can reach it within the dispatch cap." in told


def test_a_unit_tells_where_it_stands_whose_it_is_and_who_stands_beside_it(page):
    told = choose_unit(page, "R1")
    for text in (
        "Post Market Square",
        "Grid reference ST 588 729",
        "With it there R2",
        "Home station Central",
        "Home beat Quay",
    ):
        assert text in told


def test_escape_and_the_state_leave_the_panel_as_it_began(page):
    hint = page.locator(".panel").inner_text
    choose(page, None)
    begun = hint()
    choose(page, {"hex": 8})
    assert hint() != begun
    page.keyboard.press("Escape")
    assert page.evaluate("() => geoalloc.page.state.now.chosen") is None
    assert hint() == begun


def test_outside_its_time_the_panel_tells_demand_and_nothing_of_the_plan(
    open_page, town
):
    past = {"from": "2020-01-01T00:00Z", "to": "2020-01-02T00:00Z"}
    page = open_page(plan_map(with_record(town.run, valid=past)))
    told = choose(page, {"hex": 40})
    assert "incidents expected this shift." in told
    assert "is first" not in told
    assert "WHO IS SENT" not in told.upper()
    assert "no unit" not in told.lower()
