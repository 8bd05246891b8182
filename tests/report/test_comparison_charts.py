"""What is drawn stands where its figures say."""

import numpy as np
import pandas as pd
import pytest

from geoalloc.report import _chart
from geoalloc.report import _comparison_charts as draw
from geoalloc.runs import comparison_gist as gist
from tests.compared_scenarios import make_comparison


@pytest.fixture(scope="module")
def toy():
    return make_comparison(resolution=5)


@pytest.fixture
def axes():
    with _chart.settings():
        _, (one,) = draw.panels(1, columns=1, height=200, left=100)
        yield one


def marks(axes):
    """Marks as x, y and whether they are hollow."""
    return [
        (*line.get_xydata()[0].tolist(), line.get_markerfacecolor() == _chart.PAPER)
        for line in axes.lines
        if line.get_marker() not in ("None", "", None) and len(line.get_xdata()) == 1
    ]


def test_a_forest_has_each_difference_in_points_in_its_place(axes, toy):
    rows = gist.headline_rows(toy, "late_share", "immediate")
    most = draw.limit(rows, ("simultaneous_low", "simultaneous_high", "difference"))
    draw.forest(axes, rows)
    found = marks(axes)
    assert len(found) == len(rows)
    for (x, y, hollow), row in zip(found, rows.to_dict("records"), strict=True):
        assert x == pytest.approx(100 * np.clip(row["difference"], -most, most))
        assert rows["scenario"].iloc[int(y)] == row["scenario"]
        assert hollow == (row["verdict"] == "not distinguishable")
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[0] == "1 bordered"
    assert axes.get_xlabel() == "difference from the base, points"


def test_a_difference_off_the_drawing_is_an_arrow_with_its_figure(axes, toy):
    rows = gist.headline_rows(toy, "late_share", "immediate")
    draw.forest(axes, rows)
    assert [line.get_marker() for line in axes.lines].count(">") == 1
    assert [text.get_text() for text in axes.texts] == ["+10.8"]


def test_a_forest_has_both_intervals(axes, toy):
    rows = gist.headline_rows(toy, "unmet", "all").iloc[1:4]
    draw.forest(axes, rows)
    drawn = [c.get_segments()[0][:, 0].tolist() for c in axes.collections]
    ends = []
    for row in rows.to_dict("records"):
        ends += [[row["simultaneous_low"], row["simultaneous_high"]]]
        ends += [[row["low"], row["high"]]]
    assert np.allclose(drawn, ends)


@pytest.mark.parametrize(
    ("reach", "expected"),
    [([1, 2, 3], 3), ([1, 2, 3, 40], 3), ([0, 0], 1), ([], 1), ([np.nan, 2], 2)],
)
def test_one_far_off_does_not_hide_the_others(reach, expected):
    rows = pd.DataFrame({"low": reach, "high": [-r for r in reach]}, dtype=float)
    assert draw.limit(rows, ("low", "high")) == expected


def test_levers_that_cannot_be_told_are_hatched(axes, toy):
    rows = gist.headline_rows(toy, "late_share", "immediate")
    rows = rows[rows["scenario"].str.startswith("one-per-cent")].assign(lever="l")
    draw.tornado(axes, rows)
    bars = [patch for patch in axes.patches if patch.get_height() < 1]
    for bar, row in zip(bars, rows.to_dict("records"), strict=True):
        assert bar.get_width() == pytest.approx(100 * row["difference"])
        same = row["verdict"] == "not distinguishable"
        assert (bar.get_hatch() is not None) == same


def test_the_elbow_is_marked_where_it_is(axes, toy):
    draw.curve(axes, toy.curve)
    lines = [line for line in axes.lines if len(set(line.get_xdata())) == 1]
    assert [line.get_xdata()[0] for line in lines] == [201]
    assert [text.get_text() for text in axes.texts] == ["elbow: 201 officers"]


def test_a_curve_without_an_elbow_marks_none(axes, toy):
    draw.curve(axes, toy.curve.assign(elbow=False))
    assert not list(axes.texts)


def test_groups_reach_over_all_scenarios(axes, toy):
    rows = toy.groups
    mine = rows[(rows["grouping"] == "setting") & (rows["measure"] == "response_min")]
    draw.by_group(axes, mine, "friday-late", names=True)
    reach = axes.collections[0].get_segments()
    for segment, group in zip(reach, ("rural", "urban"), strict=True):
        values = mine.loc[mine["group"] == group, "value"]
        assert segment[:, 0].tolist() == pytest.approx([values.min(), values.max()])
    own = mine[mine["scenario"] == "friday-late"]["value"]
    drawn = axes.lines[-1].get_xdata()
    assert np.allclose(drawn, own)


def test_prices_that_are_whole_have_whole_ticks(axes):
    points = pd.DataFrame(
        {
            "number": [0, 1],
            "scenario": ["a", "b"],
            "price": [20.0, 21.0],
            "unmet": [9.0, 8.0],
            "front": [True, True],
        }
    )
    draw.pareto(axes, points, base=0)
    axes.figure.draw_without_rendering()
    assert all(tick == round(tick) for tick in axes.get_xticks())


def test_panels_do_not_meet():
    _, axes = draw.panels(5, columns=2, height=100, left=120)
    boxes = [one.get_position() for one in axes]
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])
        assert 0 <= one.x0 < one.x1 <= 1
        assert 0 <= one.y0 < one.y1 <= 1
    sizes = {(round(b.width, 6), round(b.height, 6)) for b in boxes}
    assert len(sizes) == 1
