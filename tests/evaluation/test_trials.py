import dataclasses
import importlib
import pkgutil

import numpy as np
import pytest

from geoalloc import allocation, evaluation
from geoalloc.evaluation import DispatchRules, SimulationParams, baselines
from tests.lattice_town import make_town

FEW = SimulationParams(n_shifts=30, seed=3, level_cv=0.2, travel_cv=0.3)


@pytest.fixture(scope="module")
def town():
    return make_town(2, units=(4, 1), calls=4.0)


@pytest.mark.kernel
@pytest.mark.parametrize("bordered", [False, True])
@pytest.mark.parametrize("rules", [None, DispatchRules(cap_min={"routine": 3.0})])
def test_a_trial_finds_what_the_simulation_finds(town, bordered, rules):
    trials = evaluation.Trials(town, FEW)
    post = baselines.random_posts(town, np.random.default_rng(4))
    stated = dataclasses.replace(town, bordered=bordered)
    params = dataclasses.replace(FEW, rules=rules or FEW.rules)
    found = trials.outcome(post, rules=rules, bordered=bordered)
    expected = evaluation.simulate(stated, post, params)
    assert (found.calls == expected.calls).all()
    assert (found.late == expected.late).all()
    assert (found.busy == expected.busy).all()
    for key, measure in found.measures.items():
        assert measure.value == expected.measures[key].value, key
    told = evaluation.paired(found, found)
    assert (told["difference"] == 0).all()


def test_a_timetable_and_a_month_are_tried_as_they_are_simulated(town):
    table = allocation.timetable(town, baselines.at_home(town))
    table[0, 0] = -1
    month = dataclasses.replace(FEW, carry_over=True)
    found = evaluation.Trials(town, month).outcome(table)
    expected = evaluation.simulate(town, table, month)
    assert (found.late == expected.late).all()
    assert found.dependent


def test_the_ground_of_one_trial_serves_another_level_of_demand(town):
    double = dataclasses.replace(
        town,
        classes=tuple(
            dataclasses.replace(c, arrivals=2 * c.arrivals) for c in town.classes
        ),
    )
    ground = evaluation.Trials(town, FEW).ground
    post = baselines.at_home(town)
    found = evaluation.Trials(double, FEW, ground=ground).late(post)
    expected = evaluation.simulate(double, post, FEW).late
    assert found == pytest.approx(expected @ [8.0, 1.0])


def test_no_public_name_is_hidden_by_the_module_that_holds_it():
    for module in pkgutil.iter_modules(evaluation.__path__):
        importlib.import_module(f"{evaluation.__name__}.{module.name}")
    for name in evaluation.__all__:
        assert callable(getattr(evaluation, name)), name


def test_a_ground_that_is_laid_out_before_changes_nothing(town):
    post = baselines.at_home(town)
    ready = dataclasses.replace(FEW, ground=evaluation.ground(town, FEW))
    fresh = evaluation.simulate(town, post, FEW).late
    assert (evaluation.simulate(town, post, ready).late == fresh).all()
    assert (evaluation.Trials(town, ready).outcome(post).late == fresh).all()


def test_a_ground_of_other_travel_or_standards_is_not_used(town):
    slower = town.travel_min.copy()
    slower.data = slower.data + np.float32(1.0)
    strict = tuple(
        dataclasses.replace(c, limit_min=c.limit_min / 2) for c in town.classes
    )
    post = baselines.at_home(town)
    ready = dataclasses.replace(FEW, ground=evaluation.ground(town, FEW))
    for changes in ({"travel_min": slower}, {"classes": strict}):
        other = dataclasses.replace(town, **changes)
        expected = evaluation.simulate(other, post, FEW).late
        assert (evaluation.simulate(other, post, ready).late == expected).all()
        assert (expected != evaluation.simulate(town, post, FEW).late).any()
