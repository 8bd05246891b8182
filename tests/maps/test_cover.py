import numpy as np
import pytest

from geoalloc.maps import _cover, _cubes, plan, plan_map
from geoalloc.runs import profiles
from tests import naive_maps
from tests.maps.conftest import GRADES, PERIODS, changed, data_of


def cover_of(run):
    return _cover.cover(run, _cubes.lay_out(run))


@pytest.fixture(scope="module")
def uneven(town):
    """The toy run, with unmet demand and waits of two plans drawn at random."""
    rng = np.random.default_rng(8)
    n = len(town.run.cover)

    def drawn(cover, scale):
        return cover.assign(
            unmet=scale * rng.pareto(1.5, n), wait_min=scale * rng.uniform(0, 30, n)
        )

    return changed(
        town.run,
        cover=drawn(town.run.cover, 1.0),
        compared_cover=drawn(town.run.compared_cover, 3.0),
    )


def by_hour(cover):
    table = cover.pivot_table(
        index="period", columns="hex_id", values="unmet", aggfunc="sum"
    )
    return table.to_numpy()


def test_unmet_demand_is_shared_out_over_the_hours(uneven):
    column = cover_of(uneven)
    whole = np.sum([naive_maps.measure(one) for one in column["unmet"]], axis=0)
    shape = np.array([naive_maps.shares(row) for row in column["hours"]])
    expected = by_hour(uneven.cover)
    np.testing.assert_allclose(whole, expected.sum(axis=0), rtol=0.02, atol=0.02)
    found = whole * shape / shape.sum(axis=0)
    assert np.abs(found - expected).max() < 0.02 * expected.sum(axis=0).max()


def test_classes_of_unmet_demand_are_one_scale_for_hours_and_both_plans(uneven):
    both = np.concatenate([by_hour(uneven.cover), by_hour(uneven.compared_cover)])
    breaks = naive_maps.breaks(both.ravel(), both.ravel())  # each period is an hour
    assert cover_of(uneven)["classes"]["breaks"] == breaks
    swapped = changed(uneven, cover=uneven.compared_cover, compared_cover=uneven.cover)
    assert cover_of(swapped)["classes"] == cover_of(uneven)["classes"]


def test_an_hour_of_half_the_length_counts_twice_as_much(uneven, monkeypatch):
    whole = cover_of(uneven)["classes"]["breaks"]
    halves = np.full(len(PERIODS), 0.5)
    monkeypatch.setattr(_cubes, "lengths", lambda run: halves)
    halved = cover_of(uneven)["classes"]["breaks"]
    assert halved == pytest.approx([2 * one for one in whole], rel=0.35)  # rounded


def test_the_briefing_profile_holds_nothing_of_what_stays_unmet(town):
    run = profiles.profiled(town.run, "briefing")
    data = data_of(plan_map(run))
    assert data["profile"] == "briefing"
    cover = data["cover"]
    assert [cover[key] for key in ("unmet", "hours", "classes")] == [None] * 3
    assert [data[key] for key in ("compared", "borders", "lateNote")] == [None] * 3
    assert data["worth"] == []
    assert cover["first"] == cover_of(town.run)["first"]
    assert cover["wait"] == cover_of(town.run)["wait"]


@pytest.mark.browser
def test_a_page_for_a_briefing_offers_no_unmet_demand(open_page, town):
    page = open_page(plan_map(profiles.profiled(town.run, "briefing")))
    assert page.get_by_label("Unmet demand (late incidents)").count() == 0
    page.evaluate("() => geoalloc.page.state.set({ chosen: { hex: 8 } })")
    told = page.locator(".panel").inner_text()
    assert "R1 is nearest for immediate calls" in told
    assert "wait longer" not in told
    assert page.complaints == []


def test_harm_is_the_sum_of_the_frame_over_grades_and_hours(town):
    rng = np.random.default_rng(2)
    demand = town.run.demand.assign(harm=rng.pareto(1.0, len(town.run.demand)))
    harm = data_of(plan_map(changed(town.run, demand=demand)))["harm"]
    expected = demand.groupby("hex_id")["harm"].sum().to_numpy()
    np.testing.assert_allclose(naive_maps.levels(harm["size"]), expected, rtol=0.07)
    assert harm["classes"]["breaks"] == naive_maps.breaks(expected, expected)


def test_no_harm_is_no_column(town):
    assert data_of(plan_map(town.run))["harm"] is None


def test_standards_are_the_minutes_of_the_scenario(town):
    grades = {
        grade: {"urban_min": 10.0 * k, "rural_min": 20.0 * k}
        for k, grade in enumerate(GRADES, start=1)
    }
    del grades["routine"]
    told = plan._standards({"scenario": {"grades": grades}})
    assert told["standards"] == {"immediate": 10.0, "priority": 20.0, "routine": None}
    assert told["ruralStandards"]["priority"] == 40.0
    assert set(plan._standards({})["standards"].values()) == {None}
