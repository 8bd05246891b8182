import numpy as np
import pytest
from scipy import stats

from geoalloc import allocation, evaluation
from geoalloc.errors import DataError
from geoalloc.evaluation import SimulationParams, baselines, correlation
from tests.lattice_town import make_town

FEW = SimulationParams(n_shifts=40, seed=5)


@pytest.fixture(scope="module")
def town():
    return make_town(2, units=(5, 1), calls=4.0)


@pytest.fixture(scope="module")
def best(town):
    return allocation.solve(town, baselines.search_params()).post


@pytest.fixture(scope="module")
def plans(town, best):
    return evaluation.perturbed_plans(town, best, 24, seed=1)


@pytest.fixture(scope="module")
def ranked(town, plans):
    return evaluation.rank_correlation(town, plans, FEW)


def test_plans_begin_with_the_plan_and_those_of_other_objectives(town, best, plans):
    assert plans.post.shape == (24, 6)
    assert plans.how[0] == "the plan"
    assert (plans.post[0] == best).all()
    assert (plans.post[2] == evaluation.stations_by_demand(town)).all()
    assert plans.how[4] == "MEXCLP"
    assert (plans.post[4] == evaluation.mexclp_posts(town)).all()


def test_all_plans_can_be_driven(town, plans):
    for post in plans.post:
        assert town.allowed[np.arange(6), post].all()


def test_moved_plans_move_at_most_what_they_say_and_more_and_more(best, plans):
    said = [int(how.split()[0]) for how in plans.how if how.endswith("units moved")]
    moved = [
        int((post != best).sum())
        for post, how in zip(plans.post, plans.how, strict=True)
        if how.endswith("units moved")
    ]
    assert said == sorted(said)
    assert said[0] == 2
    assert said[-1] == 6
    assert all(m <= s for m, s in zip(moved, said, strict=True))
    assert max(moved) > 2


def test_mixed_plans_stand_as_one_or_the_other(town, best, plans):
    others = dict(zip(plans.how, plans.post, strict=True))
    mixed = [how for how in plans.how if "%" in how]
    assert mixed
    for how in mixed:
        other = others[how.split("% ")[1]]
        post = others[how]
        assert ((post == other) | (post == best)).all()


def test_the_same_seed_makes_the_same_plans(town, best, plans):
    again = evaluation.perturbed_plans(town, best, 24, seed=1)
    assert (again.post == plans.post).all()
    other = evaluation.perturbed_plans(town, best, 24, seed=2)
    assert (other.post != plans.post).any()


def test_model_and_simulation_of_each_plan_are_those_of_evaluate_and_simulate(
    town, plans, ranked
):
    weight = [c.weight for c in town.classes]
    for post, model, simulated in zip(
        plans.post, ranked.plans["model"], ranked.plans["simulated"], strict=True
    ):
        assert model == pytest.approx(allocation.evaluate(town, post).weighted_unmet)
        late = evaluation.simulate(town, post, FEW).late
        assert simulated == pytest.approx((late @ weight).mean())


def test_the_model_of_a_plan_knows_nothing_of_the_price_of_far_places(town, plans):
    far = allocation.LongestTravel(limit_min=np.full(town.n_hexes, 0.1), price=100.0)
    stated = make_town(2, units=(5, 1), calls=4.0, longest=far, minimum={0: 4})
    modelled = correlation._modelled(stated, list(plans.post[:3]), "incidents")
    for post, model in zip(plans.post, modelled, strict=False):
        assert model == pytest.approx(allocation.evaluate(town, post).weighted_unmet)


def test_the_correlation_is_spearmans(ranked):
    expected = stats.spearmanr(ranked.plans["model"], ranked.plans["simulated"])[0]
    assert ranked.spearman == pytest.approx(expected)
    assert ranked.low < ranked.spearman < ranked.high
    assert ranked.repeat > 0.8
    assert f"{ranked.spearman:.2f}" in ranked.sentence


def test_in_a_town_with_units_of_one_station_the_model_ranks_as_the_simulation(ranked):
    assert ranked.spearman > 0.8


def test_ranks_do_not_change_when_a_side_is_bent(ranked):
    model, simulated = ranked.plans["model"], ranked.plans["simulated"]
    bent = correlation._spearman(np.exp(model.to_numpy()), simulated.to_numpy() ** 3)
    assert bent == pytest.approx(ranked.spearman)


def test_weights_are_what_late_calls_are_worth(town, plans):
    mine = evaluation.rank_correlation(town, plans, FEW, np.array([1.0, 0.0]))
    late = evaluation.simulate(town, plans.post[3], FEW).late[:, 0].mean()
    assert mine.plans["simulated"][3] == pytest.approx(late)


def test_timetables_are_ranked_too(town, plans):
    tables = [allocation.timetable(town, post) for post in plans.post[:6]]
    given = evaluation.rank_correlation(town, tables, FEW)
    same = evaluation.rank_correlation(town, list(plans.post[:6]), FEW)
    assert given.plans["model"].to_numpy() == pytest.approx(same.plans["model"])
    assert (given.plans["simulated"] == same.plans["simulated"]).all()
    assert given.plans["how"].tolist()[:2] == ["plan 0", "plan 1"]


def test_a_timetable_is_moved_in_its_hours_at_a_post_only(town, best):
    table = allocation.timetable(town, best)
    table[0, 1] = -1
    made = evaluation.perturbed_plans(town, table, 12, seed=1)
    assert made.post.shape == (12, *table.shape)
    assert (made.post[:, 0, 1] == -1).all()
    kept = np.delete(made.post.reshape(12, -1), 1, axis=1)
    fixed = evaluation.perturbed_plans(town, best, 12, seed=1).post
    assert (kept == np.delete(fixed.repeat(2, axis=1), 1, axis=1)).all()
    ranked = evaluation.rank_correlation(town, table, FEW, n=12, seed=1)
    same = evaluation.rank_correlation(town, made, FEW)
    assert ranked.plans.equals(same.plans)


def test_both_objectives_are_measured(town, plans, ranked):
    hours = make_town(2, units=(5, 1), calls=4.0, objective="work-hours")
    other = evaluation.rank_correlation(hours, plans, FEW)
    told = other.by_objective.set_index("objective")
    assert told["spearman"]["work-hours"] == other.spearman
    assert told["spearman"]["incidents"] == ranked.spearman
    assert (other.plans["model"] == ranked.plans["work-hours"]).all()
    assert (other.plans["simulated"] == ranked.plans["simulated"]).all()


def test_plans_that_are_all_alike_have_no_correlation(town, best):
    alike = evaluation.rank_correlation(town, [best] * 5, FEW)
    assert np.isnan([alike.spearman, alike.low, alike.high]).all()
    assert "nothing can be said" in alike.sentence


def test_few_plans_wrong_plans_and_odd_weights_are_refused(town, best):
    with pytest.raises(DataError, match="n is 4; a rank correlation needs at least 5"):
        evaluation.perturbed_plans(town, best, 4)
    with pytest.raises(DataError, match="the plan has shape"):
        evaluation.perturbed_plans(town, best[:3])
    with pytest.raises(DataError, match="there are 2 plans"):
        evaluation.rank_correlation(town, [best, best])
    with pytest.raises(DataError, match="the problem has 2 classes"):
        evaluation.rank_correlation(town, [best] * 5, FEW, np.ones(3))
