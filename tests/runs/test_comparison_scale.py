import dataclasses

import numpy as np
import pytest

from geoalloc.runs import comparison_scale as scale
from tests import naive_comparison as naive
from tests.compared_scenarios import make_comparison


@pytest.fixture(scope="module")
def comparison():
    return make_comparison()


@pytest.fixture(scope="module")
def found(comparison):
    return scale.surfaces(comparison)


def with_unmet(comparison, change):
    """The comparison, with unmet demand of its scenarios as ``change`` says."""
    cells = comparison.cells.copy()
    base = cells.loc[cells["scenario"] == "friday-late", "unmet"].to_numpy()
    parts = [
        np.asarray(change(name, base.copy())) for name in cells["scenario"].unique()
    ]
    return dataclasses.replace(
        comparison, cells=cells.assign(unmet=np.concatenate(parts))
    )


def test_the_base_comes_first_and_what_was_not_planned_not_at_all(comparison):
    names = scale.planned(comparison)
    assert names[0] == "friday-late"
    assert "minimum-cover-too-high" not in names
    turned = dataclasses.replace(comparison, scenarios=comparison.scenarios[::-1])
    assert scale.planned(turned)[0] == "friday-late"


@pytest.mark.parametrize("measure", ["unmet", "minutes"])
def test_each_figure_stands_at_its_scenario_and_hex(comparison, found, measure):
    told = naive.table(comparison, measure)
    ids = comparison.hexes["hex_id"].tolist()
    for k, name in enumerate(scale.planned(comparison)):
        expected = [told[name, hex_id] for hex_id in ids]
        np.testing.assert_array_equal(
            found[measure].amounts[k], np.array(expected, dtype=float)
        )


def test_order_of_the_rows_changes_nothing(comparison, found):
    shuffled = comparison.cells.sample(frac=1.0, random_state=3)
    again = scale.surfaces(dataclasses.replace(comparison, cells=shuffled))
    for measure in found:
        np.testing.assert_array_equal(again[measure].amounts, found[measure].amounts)
        assert again[measure].change_breaks == found[measure].change_breaks


def test_unmet_breaks_where_shares_of_all_scenarios_lie_below(comparison, found):
    values = [v for v in naive.table(comparison, "unmet").values() if v is not None]
    assert list(found["unmet"].breaks) == naive.breaks(values)


@pytest.mark.parametrize("measure", ["unmet", "minutes"])
def test_changes_break_at_shares_of_all_their_sizes(comparison, found, measure):
    told = naive.table(comparison, measure)
    sizes = [
        abs(value - told["friday-late", hex_id])
        for (_, hex_id), value in told.items()
        if value is not None and told["friday-late", hex_id] is not None
    ]
    assert list(found[measure].change_breaks) == naive.breaks(sizes)
    assert found[measure].most_change == max(sizes)


def test_minutes_break_into_fifths_at_whole_minutes(found):
    breaks = found["minutes"].breaks
    assert all(each == int(each) for each in breaks)
    known = found["minutes"].amounts[np.isfinite(found["minutes"].amounts)]
    shares = [float((known < each).mean()) for each in breaks]
    assert shares == pytest.approx([0.2, 0.4, 0.6, 0.8], abs=0.02)


def test_scenarios_that_equal_the_base_have_no_class_of_change(comparison):
    same = scale.surfaces(with_unmet(comparison, lambda _, base: base))["unmet"]
    assert same.change_breaks == ()
    assert same.most_change == 0.0
    assert not same.changes.any()


@pytest.mark.parametrize("size", [0.0149, 0.00951, 3.0, 1e-9])
def test_the_largest_change_is_in_the_last_class(comparison, size):
    def one_hex(name, base):
        base[3] += size * (name == "bordered")
        return base

    surface = scale.surfaces(with_unmet(comparison, one_hex))["unmet"]
    assert surface.change_breaks
    assert surface.most_change >= surface.change_breaks[-1]


def test_a_change_of_a_minute_has_a_color_always(comparison):
    cells = comparison.cells
    far = cells["minutes"].where(cells["scenario"] == "friday-late", 200.0)
    again = scale.surfaces(
        dataclasses.replace(comparison, cells=cells.assign(minutes=far))
    )
    breaks = again["minutes"].change_breaks
    assert breaks[0] == 1.0
    assert len(breaks) <= len(scale.MORE)
    assert list(breaks) == sorted(set(breaks))
    assert again["minutes"].most_change >= breaks[-1]


def test_a_hex_that_a_scenario_does_not_have_is_missing(comparison):
    cells = comparison.cells
    lost = (cells["scenario"] == "bordered") & (
        cells["hex_id"] == comparison.hexes["hex_id"].iloc[7]
    )
    less = scale.surfaces(dataclasses.replace(comparison, cells=cells[~lost]))
    at = scale.planned(comparison).index("bordered")
    missing = np.isnan(less["unmet"].amounts)
    assert missing[at, 7]
    assert missing.sum() == 1


def luminance(color):
    return np.dot(
        [0.2126, 0.7152, 0.0722], [int(color[k : k + 2], 16) for k in (1, 3, 5)]
    )


def test_colors_darken_away_from_no_change_on_both_sides():
    for side in (scale.LESS, scale.MORE):
        levels = [luminance(each) for each in (scale.NEUTRAL, *side)]
        assert levels == sorted(levels, reverse=True)
        assert np.diff(levels).max() < -20
