import dataclasses

import numpy as np
import pytest

from geoalloc import allocation, evaluation
from geoalloc.errors import DataError
from geoalloc.evaluation import SimulationParams, baselines, calibration
from tests import naive_allocation
from tests.lattice_town import make_town

FEW = SimulationParams(n_shifts=60, seed=5)


@pytest.fixture(scope="module")
def town():
    return make_town(2, units=(4, 1), calls=4.0)


@pytest.fixture(scope="module")
def post(town):
    return allocation.solve(town, baselines.search_params()).post


@pytest.fixture(scope="module")
def outcome(town, post):
    return evaluation.simulate(town, post, FEW)


def outcome_of(town, late):
    """What a simulation would give that finds so many late calls in every shift."""
    n_classes = len(town.classes)
    counts = np.zeros((20, n_classes), dtype=np.int64)
    counts[:, -1] = late
    return evaluation.Outcome(scores=None, calls=counts + 1, late=counts)


def test_at_the_calibrated_factor_the_model_expects_what_is_simulated(
    town, post, outcome
):
    found = evaluation.calibrate(town, post, outcome)
    stated = dataclasses.replace(town, load_factor=found.load_factor)
    model = naive_allocation.Model(stated).weighted(post)
    simulated = (outcome.late @ [8.0, 1.0]).mean()
    assert found.matched
    assert found.simulated_late == pytest.approx(simulated)
    assert found.model_late == pytest.approx(model)
    assert model == pytest.approx(simulated, rel=0.011)
    assert found.low < simulated < found.high
    assert found.interval == (found.low, found.high)
    assert f"load factor of {found.load_factor:.2f}" in found.note


@pytest.mark.parametrize("factor", [0.75, 1.15, 1.9, 2.2, 2.9])
def test_a_known_factor_is_found_again_from_what_the_model_itself_expects(
    town, post, factor
):
    weight = np.array([c.weight for c in town.classes])
    stated = dataclasses.replace(town, load_factor=factor)
    late = allocation.evaluate(stated, post).unmet.sum(axis=1) @ weight
    whole = round(late * 20)
    counts = np.zeros((20, 2), dtype=np.int64)
    counts[:, 1] = whole // 20
    counts[: whole % 20, 1] += 1
    given = evaluation.Outcome(scores=None, calls=counts + 1, late=counts)
    found = evaluation.calibrate(town, post, given)
    assert found.load_factor == pytest.approx(factor, rel=0.05)
    assert found.matched
    assert len(found.steps) <= 10


def test_grades_are_told_apart_and_add_up(town, post, outcome):
    found = evaluation.calibrate(town, post, outcome)
    grades = found.by_grade.set_index("grade")
    assert list(grades.index) == ["immediate", "routine"]
    assert grades["simulated"].to_numpy() == pytest.approx(outcome.late.mean(axis=0))
    assert grades["model"] @ [8.0, 1.0] == pytest.approx(found.model_late)


def test_calibrating_by_params_is_calibrating_by_their_outcome(town, post, outcome):
    given = evaluation.calibrate(town, post, outcome)
    found = evaluation.calibrate(town, post, FEW)
    assert found.load_factor == given.load_factor
    assert found.note == given.note


def test_the_factor_hardly_depends_on_the_present_one(town, post, outcome):
    factors = [
        evaluation.calibrate(
            dataclasses.replace(town, load_factor=start), post, outcome
        ).load_factor
        for start in (0.3, 1.45, 3.9)
    ]
    assert factors == pytest.approx([factors[1]] * 3, rel=0.05)


def test_a_timetable_is_calibrated_as_the_posts_that_it_holds(town, post, outcome):
    table = allocation.timetable(town, post)
    given = evaluation.calibrate(town, table, outcome)
    assert given.load_factor == evaluation.calibrate(town, post, outcome).load_factor


@pytest.mark.parametrize(
    ("late", "edge", "said"),
    [(100_000, calibration.MOST, "fewer"), (1, calibration.LEAST, "more")],
)
def test_what_no_factor_can_match_is_told(town, post, late, edge, said):
    alone = dataclasses.replace(town, supply=town.supply)
    found = evaluation.calibrate(alone, post, outcome_of(alone, late))
    assert found.load_factor == edge
    assert not found.matched
    assert f"expects {said} late calls" in found.note


def test_nothing_late_leaves_the_factor_as_it_is(town, post):
    found = evaluation.calibrate(town, post, outcome_of(town, 0))
    assert found.load_factor == town.load_factor
    assert "nothing to match" in found.note


def test_an_outcome_of_another_problem_is_refused(town, post):
    other = evaluation.Outcome(
        scores=None, calls=np.zeros((5, 3), int), late=np.zeros((5, 3), int)
    )
    with pytest.raises(DataError, match="3 classes and the problem has 2"):
        evaluation.calibrate(town, post, other)


def test_a_calibrated_plan_is_matched_where_it_stands(town):
    plan, found = evaluation.calibrated_plan(town, baselines.search_params(), FEW)
    given = evaluation.calibrate(
        dataclasses.replace(town, load_factor=found.load_factor), plan.post, FEW
    )
    assert given.model_late == pytest.approx(found.model_late, rel=0.02)


def test_the_tuned_factor_leads_to_the_plan_with_the_fewest_late(town):
    found = evaluation.tuned(town, FEW, (0.5, 3.0))
    late = {}
    for factor in (0.5, town.load_factor, 3.0):
        stated = dataclasses.replace(town, load_factor=factor)
        plan = allocation.solve(stated, baselines.search_params())
        late[factor] = evaluation.simulate(town, plan.post, FEW).late @ [8.0, 1.0]
    means = {factor: each.mean() for factor, each in late.items()}
    assert found.load_factor == min(means, key=means.get)
    assert found.tried["load_factor"].tolist() == sorted(late)
    assert found.tried["simulated"].tolist() == pytest.approx(
        [means[factor] for factor in sorted(late)]
    )
    again = evaluation.simulate(town, found.post, FEW).late @ [8.0, 1.0]
    assert (again == late[found.load_factor]).all()
    saved = late[town.load_factor] - again
    assert found.saved == pytest.approx(saved.mean())
    assert found.low <= found.saved <= found.high


def test_a_factor_that_is_not_positive_is_refused(town):
    with pytest.raises(DataError, match="load_factor"):
        evaluation.tuned(town, FEW, (0.0,))


def test_a_factor_looked_for_on_cells_first_matches_on_the_hexes(town, post, outcome):
    row, column = np.divmod(np.arange(town.n_hexes), 7)
    cells = allocation.aggregate(town, row // 2 * 4 + column // 2)
    plain = evaluation.calibrate(town, post, outcome)
    found = evaluation.calibrate(town, post, outcome, cells=cells)
    stated = dataclasses.replace(town, load_factor=found.load_factor)
    model = naive_allocation.Model(stated).weighted(post)
    assert found.matched
    assert found.model_late == pytest.approx(model)
    assert found.load_factor == pytest.approx(plain.load_factor, rel=0.05)
    assert len(found.steps) < len(plain.steps)


def test_plans_looked_for_on_cells_of_one_hex_are_tuned_as_without(town):
    cells = allocation.aggregate(town, np.arange(town.n_hexes))
    plain = evaluation.tuned(town, FEW)
    found = evaluation.tuned(town, FEW, cells=cells)
    assert found.load_factor == plain.load_factor
    assert found.saved == pytest.approx(plain.saved)
