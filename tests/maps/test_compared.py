"""What the page holds of the comparison, against the frames of the run."""

import numpy as np
import pandas as pd
import pytest

from geoalloc.maps import _compared, _cubes, _strip, plan_map
from geoalloc.runs import profiled
from tests import naive_maps
from tests.maps.conftest import GRADES, PERIODS, changed, data_of, with_record


def columns_of(run):
    return _compared.compared(run, _cubes.lay_out(run))


@pytest.fixture(scope="module")
def columns(town):
    return columns_of(town.run)


@pytest.fixture(scope="module")
def restless(town):
    """The toy run, with a comparison drawn at random and its rows shuffled."""
    rng = np.random.default_rng(7)
    cover = town.run.compared_cover
    n = len(cover)
    drawn = cover.assign(
        unmet=rng.uniform(0.0, 0.4, n),
        wait_min=np.where(rng.random(n) < 0.3, np.nan, rng.uniform(0.0, 30.0, n)),
    )
    return changed(town.run, compared_cover=drawn.sample(frac=1.0, random_state=3))


def scored(run, *rows):
    """Put rows of plan, measure, group, simulated, low and high into the scores."""
    names = ["plan", "measure", "group", "simulated", "low", "high"]
    more = pd.DataFrame(rows, columns=names).assign(model=np.nan)
    return changed(run, scores=pd.concat([run.scores, more], ignore_index=True))


def rows_of(run):
    return {row[0]: row[1:] for row in _strip.figures(run)["rows"]}


def test_unmet_demand_before_is_the_sum_of_the_frame(restless):
    cover = restless.compared_cover
    for grade, column in zip(
        GRADES, columns_of(restless)["cover"]["unmet"], strict=True
    ):
        late = cover[cover["grade"] == grade].groupby("hex_id")["unmet"].sum()
        assert naive_maps.measure(column) == pytest.approx(
            late.to_numpy(), abs=column["step"]
        )


def test_hours_before_are_told_in_sevenths_of_the_busiest(restless):
    cover = restless.compared_cover
    told = [naive_maps.shares(row) for row in columns_of(restless)["cover"]["hours"]]
    by_hour = cover.groupby(["hex_id", "period"])["unmet"].sum()
    for i, hex_id in enumerate(restless.hexes["hex_id"]):
        late = [by_hour[hex_id, period] for period in PERIODS]
        for k, hour in enumerate(late):
            assert told[k][i] == pytest.approx(
                round(7 * hour / max(late)) / 7, abs=1e-9
            )


def test_a_wait_before_is_the_mean_over_the_calls_of_the_shift(restless):
    (wait,) = (naive_maps.levels(c) for c in columns_of(restless)["cover"]["wait"])
    demand, cover = restless.demand, restless.compared_cover
    for i, hex_id in enumerate(restless.hexes["hex_id"]):
        total = weight = 0.0
        for period in PERIODS:
            calls, row = (
                frame[
                    (frame["hex_id"] == hex_id)
                    & (frame["period"] == period)
                    & (frame["grade"] == "immediate")
                ].iloc[0]
                for frame in (demand, cover)
            )
            if np.isfinite(row["wait_min"]):
                total += calls["incidents"] * row["wait_min"]
                weight += calls["incidents"]
        expected = total / weight if weight else np.nan
        assert wait[i] == pytest.approx(expected, rel=0.07, nan_ok=True)


def test_who_is_first_before_stands_in_the_page(town, columns):
    (first,) = columns["cover"]["first"]
    ids = [None, *(unit["id"] for unit in columns["units"])]
    cover = town.run.compared_cover
    rows = cover[(cover["grade"] == "immediate") & (cover["period"] == PERIODS[0])]
    expected = rows["first_unit"].astype(object).where(rows["first_unit"].notna(), None)
    assert [ids[k] for k in naive_maps.runs(first["units"][0])] == expected.tolist()
    assert naive_maps.near(first["minutes"]) == pytest.approx(
        np.linspace(0.0, 14.0, len(town.grid)), abs=0.051
    )


def test_units_before_stand_at_the_posts_of_the_comparison(town, columns):
    posts = town.run.compared_posts.sort_values("unit_id")
    assert [unit["id"] for unit in columns["units"]] == posts["unit_id"].tolist()
    assert {unit["post"] for unit in columns["units"]} == {"Central"}
    for unit, point in zip(columns["units"], posts.geometry, strict=True):
        assert unit["at"] == pytest.approx([point.y, point.x], abs=1e-5)


@pytest.mark.parametrize(
    ("mode", "headings"),
    [
        ("borderless", ["Before: bordered", "After: borderless (this plan)"]),
        ("bordered", ["Before: borderless", "After: bordered (this plan)"]),
    ],
)
def test_the_plan_of_the_run_comes_after(town, mode, headings):
    assert columns_of(with_record(town.run, mode=mode))["headings"] == headings


def test_a_run_without_a_comparison_has_none(town):
    empty = changed(town.run, compared_cover=town.run.compared_cover.iloc[:0])
    assert columns_of(empty) is None


def test_a_solution_that_the_record_does_not_tell_is_left_open(town):
    assert rows_of(with_record(town.run, comparison=None))["Solver"][0] == "–"  # noqa: RUF001


def test_a_briefing_holds_nothing_of_the_comparison(town):
    data = data_of(plan_map(profiled(town.run, "briefing")))
    assert data["compared"] is None
    assert set(data["drives"]) == {None}
    assert "bordered" not in str(data).replace("borderless", "")


def test_classes_of_a_difference_are_alike_to_both_sides(columns):
    for view in columns["differences"].values():
        breaks = view["classes"]["breaks"]
        assert breaks == [-value for value in reversed(breaks)]
        assert breaks == sorted(set(breaks))
        assert len(view["classes"]["labels"]) == len(breaks) + 1


def test_breaks_of_a_difference_hold_a_fifth_and_three_fifths_of_it():
    # Of 99.5 in all, 19.5 lie below 5, and 59.5 below 10.
    apart = np.array([10.0] * 4 + [1.0] * 19 + [5.0] * 8 + [0.5])
    assert _compared._breaks(apart) == [5.0, 10.0]


def test_where_nothing_differs_there_is_one_class(town):
    same = changed(town.run, compared_cover=town.run.cover)
    classes = columns_of(same)["differences"]["unmet"]["classes"]
    assert classes == {"breaks": [], "labels": ["no difference"]}


def test_labels_of_a_difference_run_from_the_least_to_the_most():
    classes = _compared._either_side([0.1, 2.0], ("fewer", "more"))
    assert classes["labels"] == [
        "2 or more fewer",
        "0.1 to 2 fewer",
        "less than 0.1 either way",
        "0.1 to 2 more",
        "2 or more more",
    ]


def test_a_drive_is_told_of_units_that_move_alone(town):
    assert _compared.drives(town.run) == [None, None, 4]


def test_a_drive_is_that_to_the_first_post(town):
    plan = town.run.plan.copy()
    plan.loc[plan["period"] == PERIODS[0], "travel_min"] = 11.6
    shuffled = changed(town.run, plan=plan.sample(frac=1.0, random_state=1))
    assert _compared.drives(shuffled) == [None, None, 12]


def test_the_strip_has_the_figures_of_the_scores(town):
    rows = rows_of(town.run)
    assert rows["Immediate calls late"] == ["31 (28–34)", "14 (11–17)", "17 fewer"]  # noqa: RUF001
    assert rows["Priority calls late"] == ["93 (62–124)", "42 (28–56)", "51 fewer"]  # noqa: RUF001
    assert rows["9 in 10 immediate calls within"] == [
        "29 min (31–31)",  # noqa: RUF001
        "12 min (14–14)",  # noqa: RUF001
        "17 min less",
    ]
    busy = "61% (60–62)"  # noqa: RUF001
    assert rows["Response utilisation"] == [busy, busy, "the same"]
    assert rows["Units used"] == ["3", "3", "the same"]


def test_the_strip_has_unmet_demand_as_the_map_has_it(town):
    late = town.run.cover["unmet"].sum()
    row = rows_of(town.run)["Unmet demand by the model"]
    assert row == [f"{2 * late:.1f}", f"{late:.1f}", f"{late:.1f} fewer"]


def test_the_strip_has_status_and_gap_of_both_solutions(town):
    solved = {"status": "feasible", "objective": 3.0, "bound": 2.9, "gap": 0.031}
    row = rows_of(with_record(town.run, comparison=solved))["Solver"]
    assert row == ["Feasible, gap 3.1%", "Optimal, gap 0.5%", "–"]  # noqa: RUF001


def test_a_share_within_the_standard_is_what_is_not_late(town):
    run = scored(
        town.run,
        ("borderless", "late_share", "immediate", 0.1, 0.08, 0.13),
        ("bordered", "late_share", "immediate", 0.25, 0.2, 0.3),
    )
    row = rows_of(run)["Immediate within the standard"]
    assert row == ["75% (70–80)", "90% (87–92)", "15 points more"]  # noqa: RUF001


def test_almost_all_within_the_standard_is_not_told_as_all(town):
    run = scored(
        town.run,
        ("borderless", "late_share", "priority", 0.001, 0.0004, 0.0016),
        ("bordered", "late_share", "priority", 0.0, 0.0, 0.0),
    )
    row = rows_of(run)["Priority within the standard"]
    assert row[:2] == ["100% (100–100)", "99.9% (99.8–100.0)"]  # noqa: RUF001


@pytest.mark.parametrize(
    ("saved", "told"),
    [
        ((17.0, 15.25, 18.75), "17.0 fewer (15.2–18.8)"),  # noqa: RUF001
        ((-3.0, -4.0, -2.0), "3.0 more (2.0–4.0)"),  # noqa: RUF001
        ((0.4, -0.1, 0.9), "none that can be told (-0.9 to 0.1)"),
        ((2.0, np.nan, np.nan), "2.0 fewer"),
    ],
)
def test_the_change_in_late_calls_is_the_paired_one_if_there_is_one(town, saved, told):
    run = scored(town.run, ("borderless", "late_saved", "immediate", *saved))
    found = _strip.figures(run)
    assert found["rows"][0][-1] == told
    assert "shift by shift" in found["note"]


def test_without_a_paired_difference_the_strip_says_so(town):
    assert "No interval of a change is given" in _strip.figures(town.run)["note"]


def test_a_figure_that_one_plan_lacks_is_left_out(town):
    scores = town.run.scores
    less = scores[(scores["plan"] == "borderless") | (scores["measure"] != "late")]
    rows = rows_of(changed(town.run, scores=less))
    assert "Immediate calls late" not in rows
    assert "Response utilisation" in rows
    assert "Solver" in rows_of(changed(town.run, scores=scores.iloc[:0]))
