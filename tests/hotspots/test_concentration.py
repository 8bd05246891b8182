"""Concentration by hand, by pairs, and by the laws of the Gini coefficient."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoalloc import hotspots
from geoalloc.errors import DataError
from tests import naive_significance as naive


def test_the_curve_of_four_hexes_worked_by_hand():
    found = hotspots.concentration(np.array([1, 6, 0, 3]))
    assert found.area_share.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found.incident_share.tolist() == pytest.approx([0, 0.6, 0.9, 1, 1])
    # Trapezoids: (0.3 + 0.75 + 0.95 + 1) / 4 = 0.75 under the curve.
    assert found.gini == pytest.approx(0.5)
    assert found.generalized_gini == pytest.approx(0.5)
    assert found.sentence == (
        "Half of the incidents stand in 25.0% of the area (1 of 4 hexes)."
    )


def test_hexes_are_ranked_by_density_and_not_by_count():
    found = hotspots.concentration(np.array([6, 4]), np.array([3.0, 1.0]))
    assert found.area_share.tolist() == [0, 0.25, 1]
    assert found.incident_share.tolist() == pytest.approx([0, 0.4, 1])
    assert found.gini == pytest.approx(0.15)


def test_shares_are_of_whole_hexes():
    found = hotspots.concentration(np.array([1, 6, 0, 3]))
    assert [found.hexes_holding(s) for s in (0, 0.6, 0.61, 0.9, 1)] == [0, 1, 2, 2, 3]
    assert found.area_holding(0.7) == 0.5
    assert found.incidents_within(0.25) == pytest.approx(0.6)
    assert found.incidents_within(0.49) == pytest.approx(0.6)
    assert found.incidents_within(0.1) == 0
    assert found.incidents_within(1) == 1


def test_a_rounding_error_does_not_cost_a_hex():
    found = hotspots.concentration(np.full(10, 7))
    for tenths in range(11):
        assert found.hexes_holding(tenths / 10) == tenths
        assert found.incidents_within(tenths / 10) == pytest.approx(tenths / 10)


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 30), st.integers(1, 9)), min_size=2, max_size=15
    ).filter(lambda rows: any(count for count, _ in rows))
)
def test_gini_is_half_the_mean_relative_difference(rows):
    count, area = np.array(rows, dtype=float).T
    expected = naive.gini(count.tolist(), area.tolist())
    assert hotspots.gini(count, area) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(counts=st.lists(st.integers(0, 5), min_size=1, max_size=30).filter(any))
def test_generalized_gini_is_gini_where_incidents_outnumber_hexes(counts):
    count = np.array(counts)
    found = hotspots.concentration(count)
    if count.sum() >= count.size:
        assert found.generalized_gini == pytest.approx(found.gini, abs=1e-12)
    else:
        # Of the hexes that could hold one each, as if the others did not exist.
        least = np.sort(count)[::-1][: count.sum()]
        assert found.generalized_gini == pytest.approx(hotspots.gini(least), abs=1e-12)


def test_few_incidents_spread_as_evenly_as_can_be_are_not_concentrated():
    count = np.zeros(1_000)
    count[:50] = 1
    assert hotspots.gini(count) == pytest.approx(0.95)
    assert hotspots.generalized_gini(count) == pytest.approx(0)
    count[:50] = 0
    count[3] = 50
    assert hotspots.generalized_gini(count) == pytest.approx(1 - 1 / 50)


def test_equal_density_is_no_concentration():
    area = np.array([1.0, 2.0, 5.0])
    assert hotspots.gini(area * 3, area) == pytest.approx(0)


def test_a_hex_without_land_comes_first_if_it_holds_incidents():
    area_share, incident_share = hotspots.lorenz(
        np.array([1, 2, 0]), np.array([1.0, 0.0, 0.0])
    )
    assert area_share.tolist() == [0, 0, 1, 1]
    assert incident_share.tolist() == pytest.approx([0, 2 / 3, 1, 1])


def test_without_incidents_it_is_undefined_and_says_so():
    found = hotspots.concentration(np.zeros(5))
    for value in (found.gini, found.generalized_gini, found.area_holding(0.5)):
        assert np.isnan(value)
    assert np.isnan(found.incidents_within(0.5))
    assert found.hexes_holding(0.5) == 0
    assert found.sentence == "No incident was counted."


@pytest.mark.parametrize(
    ("count", "area", "message"),
    [
        ([1.0, np.nan], None, "count is nan, infinite or negative"),
        ([1.0, 1.0], [1.0], r"shapes \(2,\) and \(1,\)"),
        ([], None, r"shapes \(0,\) and \(0,\)"),
        ([1.0], [0.0], "area_km2 is 0 at every hex"),
        ([1.0], [-1.0], "area_km2 is nan, infinite or negative"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(count, area, message):
    area = None if area is None else np.array(area)
    with pytest.raises(DataError, match=message):
        hotspots.concentration(np.array(count), area)


def test_a_share_is_from_0_to_1():
    found = hotspots.concentration(np.ones(3))
    with pytest.raises(DataError, match=r"a share must be from 0 to 1, got 1\.5"):
        found.area_holding(1.5)
    with pytest.raises(DataError, match="a share must be from 0 to 1, got nan"):
        found.incidents_within(np.nan)


@pytest.mark.parametrize("count", [[-3.0, 1.0], [0.5, 0.2], [np.inf, 1.0]])
def test_the_generalized_gini_is_of_counts_only(count):
    with pytest.raises(DataError, match="count"):
        hotspots.generalized_gini(np.array(count))


def test_weights_have_a_gini_and_no_generalized_one():
    spread = hotspots.concentration(np.array([0.5, 0.2, 0.0, 0.0]))
    assert spread.gini > 0
    assert np.isnan(spread.generalized_gini)
