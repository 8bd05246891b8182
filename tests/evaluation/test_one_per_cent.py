import dataclasses

import numpy as np
import pytest

from geoalloc import allocation, evaluation
from geoalloc.allocation import Part
from geoalloc.errors import DataError
from geoalloc.evaluation import SimulationParams
from tests.lattice_town import make_town

POST = np.array([0, 1, 0, 1])
PARAMS = SimulationParams(n_shifts=400, seed=3)


def town():
    return make_town(1, size=5, n_posts=4, units=(3, 1), calls=4.0)


def test_fewer_calls_are_the_same_calls_less_some():
    """Taking a class away whole must save all its own late calls, shift by shift."""
    problem = town()
    ranked = allocation.one_per_cent(problem, POST)
    row = ranked.query("lever == 'demand' and of == 'immediate'")
    found = evaluation.verified(
        problem, POST, row, change=evaluation.Change(step=0.999), params=PARAMS
    )
    late = evaluation.simulate(problem, POST, PARAMS).late[:, 0]
    each = 0.01 / 0.999 * late.mean()
    assert found["simulated_late"].item() == pytest.approx(each, rel=0.1)
    assert found["step"].item() == 0.999


def test_common_calls_make_the_interval_narrow():
    problem = town()
    ranked = allocation.one_per_cent(problem, POST).query("lever == 'demand'")
    found = evaluation.verified(
        problem, POST, ranked, change=evaluation.Change(step=0.2), params=PARAMS
    )
    late = evaluation.simulate(problem, POST, PARAMS).late[:, 0]
    apart = 2 * 1.96 * np.sqrt(2) * late.std() / np.sqrt(late.size) * 0.01 / 0.2
    width = found["late_high"] - found["late_low"]
    assert (width < 0.8 * apart).all()
    assert (found["weighted_low"] > 0).all()


def test_every_lever_can_be_simulated():
    problem = town()
    first = dataclasses.replace(problem.classes[0], call_handling_min=4.0)
    problem = dataclasses.replace(problem, classes=(first, problem.classes[1]))
    where = np.array([[0, -1], [1, 1], [0, 0], [1, 1]])
    ranked = allocation.one_per_cent(problem, where)
    few = SimulationParams(n_shifts=60)
    found = evaluation.verified(
        problem, where, ranked, change=evaluation.Change(step=0.3), params=few
    )
    assert len(found) == len(ranked)
    assert set(found["lever"]) == set(allocation.improvements.LEVERS)
    assert np.isfinite(found["simulated_weighted"]).all()
    assert (found["late_low"] <= found["late_high"]).all()
    taken = found.set_index(["lever", "of"])["step"]
    assert taken["sickness", "response"] == pytest.approx(1 / 3)
    assert taken["break time", "response"] == 1.0


def test_a_part_keeps_its_own_time_on_scene():
    problem = town()
    shape = (2, 2, problem.n_hexes)
    arrivals, load = np.zeros(shape), np.zeros(shape)
    arrivals[0] = 0.5 * problem.classes[0].arrivals
    load[0] = 0.8 * problem.classes[0].load  # long ones
    long = Part(name="long", arrivals=arrivals, load=load)
    rest = Part(
        name="short",
        arrivals=arrivals,
        load=np.stack([0.2 * problem.classes[0].load, load[1]]),
    )
    ranked = allocation.one_per_cent(problem, POST, (long, rest))
    rows = ranked[ranked["lever"] == "demand"]
    found = evaluation.verified(
        problem,
        POST,
        rows,
        (long, rest),
        change=evaluation.Change(step=0.5),
        params=PARAMS,
    ).set_index("of")
    saved = found["simulated_weighted"]
    assert saved["long"] > saved["short"]
    assert found["saved_weighted"]["long"] > found["saved_weighted"]["short"]


def test_the_same_seed_gives_the_same_figures():
    problem = town()
    ranked = allocation.one_per_cent(problem, POST).head(2)
    few = SimulationParams(n_shifts=50)
    once = evaluation.verified(problem, POST, ranked, params=few)
    again = evaluation.verified(problem, POST, ranked, params=few)
    assert once.equals(again)


def test_rows_of_another_problem_are_refused():
    problem = town()
    ranked = allocation.one_per_cent(problem, POST).head(1).assign(of="burglary")
    with pytest.raises(DataError, match="of 'burglary' is no lever of this problem"):
        evaluation.verified(problem, POST, ranked)
    with pytest.raises(DataError, match="step must be a share between 0 and 1, got 0"):
        evaluation.Change(step=0)


def test_posts_of_further_units_may_be_looked_for_on_cells():
    problem = town()
    ranked = allocation.one_per_cent(problem, POST).query("lever == 'sickness'")
    few = SimulationParams(n_shifts=60)
    alone = allocation.aggregate(problem, np.arange(problem.n_hexes))
    plain = evaluation.verified(problem, POST, ranked, params=few)
    found = evaluation.verified(
        problem, POST, ranked, change=evaluation.Change(cells=alone), params=few
    )
    assert found.equals(plain)
