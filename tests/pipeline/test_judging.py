"""What the model tells of a plan is told at the factor that simulation agrees with."""

import dataclasses

import pytest

from geoalloc import allocation, evaluation, scenario
from geoalloc.pipeline import ground, judging, stages


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
