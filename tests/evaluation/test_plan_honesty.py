import dataclasses

import numpy as np
import pytest

from geoalloc import allocation, evaluation
from geoalloc.evaluation import SimulationParams
from tests import naive_allocation
from tests.lattice_town import make_town

FEW = SimulationParams(n_shifts=60, seed=5)


@pytest.fixture(scope="module")
def town():
    return make_town(2, units=(4, 1), calls=4.0)


@pytest.fixture(scope="module")
def plan(town):
    return allocation.solve(town)


@pytest.fixture(scope="module")
def outcome(town, plan):
    return evaluation.simulate(town, plan.post, FEW)


@pytest.fixture(scope="module")
def told(town, plan, outcome):
    return evaluation.honesty(
        town,
        plan,
        outcome,
        evaluation.rank_correlation(town, plan.post, FEW, n=12),
        evaluation.calibrate(town, plan.post, outcome),
        evaluation.safety(town, plan.post, FEW, (1.0, 3.0)),
    )


def test_model_and_simulation_stand_side_by_side(town, plan, outcome, told):
    rows = told.rows.set_index("measure")["value"]
    model = naive_allocation.Model(town).weighted(plan.post.tolist())
    simulated = (outcome.late @ [8.0, 1.0]).mean()
    assert rows["model_unmet"] == pytest.approx(model)
    assert rows["simulated_unmet"] == pytest.approx(simulated)
    assert rows["ratio"] == pytest.approx(model / simulated)
    assert rows["gap"] == plan.gap
    assert rows["load_factor"] == town.load_factor
    assert f"expects {model:.1f} late calls a shift" in told.sentences[1]
    assert f"a ratio of {model / simulated:.2f}" in told.sentences[1]


def test_the_interval_of_the_ratio_is_that_of_the_simulation(told):
    rows = told.rows.set_index("measure")
    model, simulated = rows.loc["model_unmet"], rows.loc["simulated_unmet"]
    assert rows["low"]["ratio"] == pytest.approx(model["value"] / simulated["high"])
    assert rows["high"]["ratio"] == pytest.approx(model["value"] / simulated["low"])


def test_people_who_wait_come_first(town, plan, outcome, told):
    calls, late = outcome.calls[:, 0].mean(), outcome.late[:, 0].mean()
    assert told.sentences[0].startswith(f"Of about {calls:.0f} immediate calls")
    assert f"{late:.1f} (" in told.sentences[0]
    assert f"{plan.unmet[0].sum():.1f} by the model" in told.sentences[0]


def test_correlation_and_safety_are_told_in_their_own_words(town, plan, told):
    ranked = evaluation.rank_correlation(town, plan.post, FEW, n=12)
    safe = evaluation.safety(town, plan.post, FEW, (1.0, 3.0))
    assert ranked.sentence in told.sentences
    assert told.sentences[-1] == safe.sentence
    rows = told.rows.set_index("measure")
    assert rows["value"]["rank_correlation"] == ranked.spearman
    assert rows["low"]["rank_correlation"] == ranked.low
    breakdown = np.nan if safe.breakdown is None else safe.breakdown
    assert rows["value"]["breakdown"] == pytest.approx(breakdown, nan_ok=True)


def test_what_was_not_measured_is_nan_and_not_spoken_of(town, plan, outcome):
    told = evaluation.honesty(town, plan, outcome)
    rows = told.rows.set_index("measure")["value"]
    assert np.isnan(rows[["rank_correlation", "breakdown"]]).all()
    assert len(told.sentences) == 3


def test_the_value_of_a_timetable_has_no_gap_to_tell(town, plan, outcome):
    value = allocation.evaluate(town, allocation.timetable(town, plan.post))
    told = evaluation.honesty(town, value, outcome)
    assert np.isnan(told.rows.set_index("measure")["value"]["gap"])
    assert len(told.sentences) == 2
    assert "By the model no plan" not in " ".join(told.sentences)


def test_a_calibration_speaks_only_where_it_failed(town, plan, outcome):
    matched = evaluation.calibrate(town, plan.post, outcome)
    quiet = evaluation.honesty(town, plan, outcome, calibration=matched)
    failed = dataclasses.replace(matched, matched=False, note="It cannot be matched.")
    loud = evaluation.honesty(town, plan, outcome, calibration=failed)
    assert matched.matched
    assert matched.note not in quiet.sentences
    assert failed.note in loud.sentences


def test_the_gap_is_told_as_a_share_or_as_none(town, plan, outcome):
    near = dataclasses.replace(plan, gap=0.034)
    best = dataclasses.replace(plan, gap=0.0)
    assert (
        "more than 3.4% below" in evaluation.honesty(town, near, outcome).sentences[2]
    )
    assert "no plan is better" in evaluation.honesty(town, best, outcome).sentences[2]


def test_late_work_hours_are_told_as_late_calls(town, plan, outcome):
    hours = dataclasses.replace(town, objective="work-hours")
    value = allocation.evaluate(hours, plan.post)
    given = evaluation.honesty(hours, value, outcome).rows.set_index("measure")
    model = naive_allocation.Model(town).weighted(plan.post.tolist())
    assert given["value"]["model_unmet"] == pytest.approx(model)


def test_nothing_late_has_no_ratio(town, plan):
    none = evaluation.Outcome(
        scores=None,
        calls=np.ones((20, 2), int),
        late=np.zeros((20, 2), int),
        busy=np.zeros((5, 2)),
    )
    told = evaluation.honesty(town, plan, none)
    assert np.isnan(told.rows.set_index("measure")["value"]["ratio"])
    assert "ratio" not in " ".join(told.sentences)
