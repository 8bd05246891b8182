"""What the model tells of a plan is told at the factor that simulation agrees with."""

import dataclasses

import numpy as np
import pytest

from geoalloc import allocation, evaluation, hexes, scenario
from geoalloc.pipeline import ground, judging, stages, worth


@pytest.fixture(scope="module")
def toy(toy_scenario):
    return scenario.read(toy_scenario)


@pytest.fixture(scope="module")
def ahead(toy):
    clock = stages.Clock(stages.silent)
    return ground.foresee(toy, ground.read(toy, clock), clock)


def test_plans_are_made_at_one_factor_and_told_at_another(toy, ahead):
    way = dataclasses.replace(judging.way(toy, ahead), told=2.0)
    problem = dataclasses.replace(ahead.problem, load_factor=0.8)
    tonight = judging.tonight(way, problem)
    assert tonight.planned.load_factor == 0.8
    assert tonight.problem.load_factor == 2.0
    told = dataclasses.replace(problem, load_factor=2.0)
    expected = allocation.evaluate(told, tonight.table).weighted_unmet
    assert tonight.value.weighted_unmet == pytest.approx(expected)
    assert tonight.value.weighted_unmet > tonight.solved.weighted_unmet


def test_factors_are_chosen_by_simulation_unless_one_is_given(toy, ahead):
    way = judging.way(toy, ahead)
    problem, judge, found = judging.calibrated(way, ahead.problem)
    assert problem.load_factor in (0.7, 0.9, 1.1)
    assert judge.told == found.load_factor
    assert isinstance(found, evaluation.Calibration)
    values = toy.resolved()
    values["allocation"]["load_factor"] = 1.3
    given = dataclasses.replace(way, scenario=scenario.parse(values))
    stated = dataclasses.replace(ahead.problem, load_factor=1.3)
    assert judging.calibrated(given, stated) == (stated, given, None)


@pytest.fixture(scope="module")
def moving(toy):
    """The toy, in which units may move in the course of the shift."""
    values = toy.resolved()
    values["duty"]["reposts"] = 3
    return scenario.parse(values)


@pytest.fixture(scope="module")
def on_cells(moving, ahead):
    """The toy as if its grid were a fine one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "_MANY_HEXES", 10)
        way = judging.way(moving, ahead)
    problem = dataclasses.replace(ahead.problem, load_factor=0.9)
    way = dataclasses.replace(way, told=1.2)
    judged = [
        judging.tonight(way, problem, compare_breaks=True),
        judging.tonight(way, judging.other_mode(problem)),
    ]
    return way, judged


def test_a_coarse_grid_is_searched_hex_by_hex(toy, ahead):
    way = judging.way(toy, ahead)
    assert way.cells is None
    tonight = judging.tonight(way, ahead.problem)
    assert tonight.cells is None
    assert tonight.rests is None


def test_a_fine_grid_is_searched_on_the_parents_of_its_hexes(ahead, on_cells):
    way, (chosen, _) = on_cells
    grid = ahead.history.grid
    levels = range(grid.resolution, -1, -1)
    above = [hexes.parents(grid.hex_id, resolution) for resolution in levels]
    parents = next(one for one in above if np.unique(one).size <= 10)
    assert way.cells.n_cells < grid.hex_id.size
    for k in range(way.cells.n_cells):
        assert len(set(parents[way.cells.cell == k].tolist())) == 1
    assert chosen.cells is way.cells


def test_what_is_told_of_a_plan_made_on_cells_is_of_every_hex(moving, ahead, on_cells):
    _, (chosen, compared) = on_cells
    for tonight in (chosen, compared):
        value = allocation.evaluate(tonight.problem, tonight.table)
        assert tonight.value.objective == pytest.approx(value.objective)
        assert tonight.solved.bound <= tonight.solved.objective + 1e-9
    assert chosen.rests is not None
    assert compared.rests is None
    plain = judging.tonight(judging.way(moving, ahead), chosen.planned)
    assert chosen.solved.objective <= 1.02 * plain.solved.objective
    mine, theirs = (t.shift.objective + t.shift.under_way for t in (chosen, plain))
    assert mine <= 1.02 * theirs


def test_it_is_told_what_was_reckoned_on_cells(toy, ahead, on_cells):
    way, judged = on_cells
    honest = judging.honesty(way, judged, None)
    (said,) = [s for s in honest["sentences"] if "cells in place of" in s]
    assert f"on {way.cells.n_cells:,} cells in place of" in said
    plain = judging.way(toy, ahead)
    silent = judging.honesty(
        plain, [judging.tonight(plain, t.planned) for t in judged], None
    )
    assert not [s for s in silent["sentences"] if "cells in place of" in s]


def test_prices_on_cells_are_near_those_on_hexes(ahead, on_cells):
    way, (chosen, _) = on_cells
    few = dataclasses.replace(way.params, n_shifts=20)
    whole = dataclasses.replace(chosen, cells=None)
    found, expected = (
        worth.prices(one, ahead.setting, ahead.foreseen, few) for one in (chosen, whole)
    )
    key = ["what", "item", "period", "change"]
    both = found.merge(expected, on=key, suffixes=("", "_by_hex"))
    assert len(both) == len(found) == len(expected)
    for what, rows in both.groupby("what"):
        most = rows["gain_by_hex"].abs().max()
        if most > 0.01:
            away = (rows["gain"] - rows["gain_by_hex"]).abs().max()
            assert away <= 0.25 * most, what
    assert found["simulated"].notna().sum() == 3
