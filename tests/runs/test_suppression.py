"""No count that is kept back follows from those that are published."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoalloc.errors import DataError
from geoalloc.runs.suppression import LEAST, withhold
from tests import naive_suppression as naive


def kept(counts, parts):
    return withhold(np.array(counts), pd.Series(parts))


@st.composite
def tables(draw):
    n, m = draw(st.integers(2, 7)), draw(st.integers(1, 4))
    size = st.one_of(st.just(0), st.integers(0, 6), st.integers(0, 40))
    counts = np.array(draw(st.lists(size, min_size=n * m, max_size=n * m)))
    counts = counts.reshape(n, m)
    # Columns whose totals can be told.
    counts[0] += np.where(counts.sum(axis=0) < LEAST, LEAST, 0)
    parts = draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n))
    return counts, parts


@settings(max_examples=15, deadline=None, derandomize=True)
@given(tables())
def test_linear_programming_determines_no_count_that_is_kept_back(table):
    counts, parts = table
    for what, true, low, high in naive.bounds(counts, parts, kept(counts, parts)):
        assert high - low > 0.5, (what, true, low, high)
        assert low - 1e-6 <= true <= high + 1e-6


def test_every_count_under_five_is_kept_back():
    counts = np.array([[0, 1, 30], [4, 5, 20], [9, 40, 2]])
    found = kept(counts, ["a", "a", "a"])
    assert found.cells[counts < LEAST].all()


def test_a_small_count_could_as_well_be_five():
    rng = np.random.default_rng(4)
    counts = rng.poisson(rng.uniform(0, 20, (8, 1)) * rng.uniform(0, 1, (1, 5)))
    counts[0] += 30
    parts = list("aaabbbcc")
    found = naive.bounds(counts, parts, kept(counts, parts))
    small = [(what, high) for what, true, _, high in found if true < LEAST]
    assert len(small) > 5
    for what, high in small:
        assert high >= LEAST - 1e-6, what


def test_brute_force_finds_two_tables_or_more_for_each_hidden_count():
    counts = [[7, 2, 6], [6, 8, 1], [9, 6, 5]]
    found = kept(counts, ["a"] * 3)
    rows = [
        [None if hidden else count for count, hidden in zip(row, mask, strict=True)]
        for row, mask in zip(counts, found.cells, strict=True)
    ]
    totals = [
        None if hidden else sum(row)
        for row, hidden in zip(counts, found.totals, strict=True)
    ]
    columns = np.sum(counts, axis=0).tolist()
    possible = naive.tables((rows, totals, columns))
    assert tuple(map(tuple, counts)) in possible
    for (i, j), hidden in np.ndenumerate(found.cells):
        values = {table[i][j] for table in possible}
        assert (len(values) > 1) == bool(hidden)
        if counts[i][j] < LEAST:
            assert max(values) >= LEAST


def test_hiding_the_small_counts_alone_would_give_them_away():
    counts = np.array([[7, 2], [6, 8]])
    found = kept(counts, ["a", "a"])
    bare = type(found)(
        cells=counts < LEAST,
        totals=np.zeros(2, bool),
        part_cells=np.zeros((1, 2), bool),
        part_totals=np.zeros(1, bool),
    )
    ((_, true, low, high),) = naive.bounds(counts, ["a", "a"], bare)
    assert true == pytest.approx(low) == pytest.approx(high)
    assert found.cells.sum() > 1


def test_the_cheapest_counts_go_with_a_small_one():
    counts = np.array([[100, 2, 90], [80, 9, 70], [60, 50, 8]])
    found = kept(counts, ["a"] * 3)
    assert found.cells.tolist() == [
        [False, True, True],
        [False, False, False],
        [False, True, True],
    ]
    assert not found.totals.any()


def test_a_table_without_small_counts_is_told_whole():
    found = kept([[5, 6], [7, 8], [9, 10]], ["a", "b", "b"])
    assert not found.cells.any()
    assert not found.totals.any()
    assert not found.part_cells.any()


def test_the_same_table_is_kept_back_alike():
    rng = np.random.default_rng(1)
    counts = rng.poisson(6, (20, 4))
    parts = ["a"] * 9 + ["b"] * 11
    once, again = kept(counts, parts), kept(counts, parts)
    np.testing.assert_array_equal(once.cells, again.cells)


@pytest.mark.parametrize("counts", [[[1, 9]], [[0, 5], [4, 5]]])
def test_a_column_that_cannot_be_told_is_refused(counts):
    with pytest.raises(DataError, match="which is under 5 and cannot be published"):
        kept(counts, ["a"] * len(counts))
