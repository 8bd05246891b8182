import numpy as np
import pandas as pd
import pytest

from geoalloc.maps import _cubes
from tests.maps.conftest import GRADES, PERIODS, changed, with_record


@pytest.fixture(scope="module")
def numbered(town):
    """The frame of demand, each row with a number and a unit of its own."""
    n = len(town.run.demand)
    units = np.array(["R1", "R2", "of another force", None], dtype=object)
    return town.run.demand.assign(
        number=np.arange(1.0, n + 1), unit=pd.array(units[np.arange(n) % 4], "str")
    )


def naive_total(run, frame, column):
    total = np.zeros((3, len(PERIODS), len(run.hexes)))
    ids = run.hexes["hex_id"].tolist()
    for row in frame.itertuples():
        if row.period in PERIODS and row.hex_id in ids:
            at = GRADES.index(row.grade), PERIODS.index(row.period)
            total[*at, ids.index(row.hex_id)] += getattr(row, column)
    return total


@pytest.mark.parametrize("order", ["as it is", "shuffled", "hexes together"])
def test_a_cube_is_the_frame_row_by_row_in_any_order(town, numbered, order):
    frame = {
        "as it is": numbered,
        "shuffled": numbered.sample(frac=1.0, random_state=1),
        "hexes together": numbered.sort_values("hex_id", kind="stable"),
    }[order]
    cube = _cubes.cube(town.run, frame)
    expected = naive_total(town.run, numbered, "number")
    np.testing.assert_array_equal(cube.total("number"), expected)
    np.testing.assert_array_equal(cube.values("number", np.nan), expected)


def test_rows_of_another_hex_or_period_are_left_out(town, numbered):
    run = changed(town.run, hexes=town.run.hexes[2:].reset_index(drop=True))
    late = numbered.assign(period=numbered["period"] + pd.Timedelta(hours=1))
    cube = _cubes.cube(run, late)
    expected = naive_total(run, late, "number")
    np.testing.assert_array_equal(cube.total("number"), expected)
    filled = cube.values("number", -1.0)
    np.testing.assert_array_equal(filled, np.where(expected > 0, expected, -1.0))
    assert (filled[:, 0] == -1.0).all()  # no row is of the first period


def test_blocks_of_hexes_may_be_of_periods_in_any_order(town, numbered):
    record = with_record(town.run, shift=town.run.record["shift"])
    backwards = numbered.sort_values(
        ["period", "grade", "hex_id"], ascending=[False, True, True]
    )
    total = _cubes.cube(record, backwards).total("number")
    np.testing.assert_array_equal(total, naive_total(town.run, numbered, "number"))


def test_units_are_numbered_from_one_and_strangers_are_nobody(town, numbered):
    codes = _cubes.cube(town.run, numbered).codes("unit", ["R1", "R2"])
    flat = codes.ravel()[np.argsort(naive_total(town.run, numbered, "number").ravel())]
    assert flat[:8].tolist() == [1, 2, 0, 0, 1, 2, 0, 0]


def test_no_rows_make_a_cube_of_nothing(town, numbered):
    cube = _cubes.cube(town.run, numbered[:0])
    assert cube.total("number").shape == (3, len(PERIODS), len(town.run.hexes))
    assert not cube.total("number").any()


def test_the_last_period_lasts_to_the_end_of_the_shift(town):
    shift = town.run.record["shift"] | {"ends_at": "2026-01-10T01:30:00+00:00"}
    assert _cubes.lengths(with_record(town.run, shift=shift)).tolist() == [1, 1, 1.5]
