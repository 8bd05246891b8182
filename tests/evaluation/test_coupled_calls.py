import dataclasses

import numpy as np
import pytest
from scipy import stats

from geoalloc import evaluation
from geoalloc.allocation import OpenQueue
from geoalloc.errors import DataError
from geoalloc.evaluation import (
    ArrestRule,
    RealCalls,
    SimulationParams,
    WaitRule,
    draw_calls,
    paired,
    reference,
)
from tests.lattice_town import make_town

OWN = ("at", "hex", "grade", "since", "factor", "arrest", "held")
RULES = (
    ArrestRule(share={"immediate": 0.2}, mean_min=90.0, cv=0.4, suites=np.array([3])),
    WaitRule(share={"routine": 0.3}, mean_min=50.0),
)


def with_demand(problem, *factors, **changes):
    """The town with the calls of each class multiplied, hex by hex or in all."""
    classes = tuple(
        dataclasses.replace(c, arrivals=c.arrivals * f, load=c.load * f, **changes)
        for c, f in zip(problem.classes, factors, strict=True)
    )
    return dataclasses.replace(problem, classes=classes)


def rows(calls, *names):
    shift = np.repeat(np.arange(calls.start.size - 1), np.diff(calls.start))
    columns = [shift, *(getattr(calls, name) for name in names or OWN)]
    return set(zip(*(c.tolist() for c in columns), strict=True))


@pytest.mark.parametrize("level_cv", [0.0, 0.3])
@pytest.mark.parametrize("batch", [0, 2])
def test_with_the_demand_of_the_base_calls_are_those_of_the_base(level_cv, batch):
    town = make_town(0)
    params = SimulationParams(
        n_shifts=40, level_cv=level_cv, travel_cv=0.2, aftermath=RULES, batch=batch
    )
    alone = draw_calls(town, params)
    coupled = draw_calls(town, dataclasses.replace(params, reference=reference(town)))
    for name, values in alone._asdict().items():
        np.testing.assert_array_equal(values, getattr(coupled, name), err_msg=name)
        assert values.dtype == getattr(coupled, name).dtype


def test_with_fewer_calls_all_are_calls_of_the_base_with_all_that_is_theirs():
    town = make_town(0)
    share = np.random.default_rng(1).random(town.n_hexes)
    fewer = with_demand(town, share, 0.5)
    params = SimulationParams(
        n_shifts=60,
        level_cv=0.2,
        travel_cv=0.3,
        aftermath=RULES,
        reference=reference(town),
    )
    base, mine = rows(draw_calls(town, params)), rows(draw_calls(fewer, params))
    assert mine < base
    still_fewer = rows(draw_calls(with_demand(town, 0.5 * share, 0.25), params))
    assert still_fewer < mine


def test_with_more_calls_none_of_the_base_is_lost():
    town = make_town(0)
    params = SimulationParams(
        n_shifts=60, travel_cv=0.3, aftermath=RULES, reference=reference(town)
    )
    base = rows(draw_calls(town, params))
    assert base < rows(draw_calls(with_demand(town, 1.3, 1.1), params))


def test_a_call_that_is_kept_takes_the_minutes_of_the_scenario():
    town = make_town(0)
    quick = with_demand(town, 1.0, 1.0, on_scene_min=15.0)
    params = SimulationParams(n_shifts=30, reference=reference(town))
    a, b = draw_calls(town, params), draw_calls(quick, params)
    np.testing.assert_array_equal(a.at, b.at)
    np.testing.assert_allclose(b.on_scene, a.on_scene / 2)


@pytest.mark.parametrize(
    "factors", [(0.6, 1.7), (1.0, 0.0), ("some more, some fewer", 1.0)]
)
def test_counts_are_poisson_by_the_demand_of_the_scenario(factors):
    town, n = make_town(0), 3_000
    mixed = np.random.default_rng(5).uniform(0.2, 1.8, town.n_hexes)
    factors = tuple(mixed if isinstance(f, str) else f for f in factors)
    mine = with_demand(town, *factors)
    params = SimulationParams(n_shifts=n, warmup_h=1.5, reference=reference(town))
    calls = draw_calls(mine, params)
    shift = np.repeat(np.arange(n), np.diff(calls.start))
    for c, service in enumerate(mine.classes):
        of = calls.grade == c
        period = np.floor(calls.at[of] / 60).astype(int)
        for t, hours in ((-2, 0.5), (-1, 1.0), (0, 1.0), (1, 1.0)):
            expected = n * hours * service.arrivals[max(t, 0)]
            seen = np.bincount(calls.hex[of][period == t], minlength=town.n_hexes)
            some = expected > 5
            assert not seen[expected == 0].any()
            excess = ((seen - expected)[some] ** 2 / expected[some]).sum()
            assert stats.chi2.sf(excess, max(some.sum(), 1)) > 0.001
        count = np.bincount(shift[of & (calls.at >= 0)], minlength=n)
        if count.any():  # Poisson: as much variance as mean
            assert count.var() / count.mean() == pytest.approx(1.0, abs=0.09)


def test_a_class_that_the_base_lacks_is_added_whole_and_disturbs_no_other():
    town = make_town(0)
    extra = dataclasses.replace(town.classes[0], name="welfare")
    more = dataclasses.replace(town, classes=(extra, *town.classes))
    params = SimulationParams(n_shifts=400, level_cv=0.2, reference=reference(town))
    calls, base = draw_calls(more, params), draw_calls(town, params)
    names = ("at", "hex", "on_scene", "factor")
    kept = calls.grade > 0
    shift = np.repeat(np.arange(400), np.diff(calls.start))
    mine = set(zip(shift[kept], *(getattr(calls, n)[kept] for n in names), strict=True))
    assert mine == rows(base, *names)
    added = (~kept & (calls.at >= 0)).sum() / 400
    assert added == pytest.approx(extra.arrivals.sum(), rel=0.1)


def test_calls_that_wait_at_the_start_are_never_thinned():
    town = make_town(0)
    waiting = OpenQueue(
        service=np.array([1, 0]), hex=np.array([3, 4]), age_min=np.array([25.0, 3.0])
    )
    params = SimulationParams(
        n_shifts=20, open_calls=waiting, reference=reference(town)
    )
    calls = draw_calls(with_demand(town, 0.0, 0.0), params)
    assert np.diff(calls.start).tolist() == [2] * 20
    assert set(calls.since) == {-25.0, -3.0}


def test_a_batch_does_not_depend_on_how_many_there_are():
    town, post = make_town(0), np.array([0, 1, 0, 1])
    params = SimulationParams(n_shifts=20, level_cv=0.2, travel_cv=0.2)
    batches = [dataclasses.replace(params, batch=b) for b in range(3)]
    drawn = [rows(draw_calls(town, one)) for one in batches]
    assert not drawn[0] & drawn[1]
    assert not drawn[1] & drawn[2]
    assert drawn[1] == rows(draw_calls(town, batches[1]))
    np.testing.assert_array_equal(
        evaluation.simulate(town, post, batches[0]).late,
        evaluation.simulate(town, post, params).late,
    )


def test_batches_of_recorded_shifts_in_order_follow_on():
    real = RealCalls(
        n_recorded=4,
        shift=np.array([0, 1, 2, 3]),
        at_min=np.array([5.0, 6.0, 7.0, 8.0]),
        service=np.zeros(4, np.int64),
        hex=np.arange(4),
        in_order=True,
    )
    params = SimulationParams(n_shifts=2, history=real, batch=1)
    assert draw_calls(make_town(0), params).at.tolist() == [7.0, 8.0]


def test_shared_calls_make_differences_far_surer_than_calls_apart():
    town, post = make_town(2, calls=6.0), np.array([0, 1, 0, 1])
    fewer = with_demand(town, 0.97, 0.97)
    params = SimulationParams(n_shifts=400, reference=reference(town))

    def late(problem, **changes):
        outcome = evaluation.simulate(
            problem, post, dataclasses.replace(params, **changes)
        )
        return outcome.late.sum(axis=1)

    base = late(town)
    shared = (late(fewer) - base).var()
    apart = (late(fewer, seed=77, reference=None) - base).var()
    assert shared < 0.25 * apart


def test_the_same_demand_gives_no_difference_at_all():
    town, post = make_town(1), np.array([0, 1, 0, 1])
    params = SimulationParams(n_shifts=30)
    coupled = dataclasses.replace(params, reference=reference(town))
    found = paired(
        evaluation.simulate(town, post, params),
        evaluation.simulate(town, post, coupled),
    )
    known = found["difference"].dropna()
    assert len(known) > 20
    assert (known == 0).all()


@pytest.mark.parametrize("shape", [(1, 49), (2, 48)])
def test_a_reference_of_other_hours_or_hexes_is_refused(shape):
    params = SimulationParams(reference={"immediate": np.ones(shape)})
    with pytest.raises(DataError, match=r"give both the same hours and hexes"):
        draw_calls(make_town(0), params)


def test_a_reference_beside_recorded_shifts_is_refused():
    real = RealCalls(
        n_recorded=1,
        shift=np.array([0]),
        at_min=np.array([5.0]),
        service=np.array([0]),
        hex=np.array([0]),
    )
    with pytest.raises(DataError, match="leave one of the two out"):
        SimulationParams(history=real, reference={})


def test_a_batch_is_counted_from_nought():
    with pytest.raises(DataError, match="batch >= 0, got"):
        SimulationParams(batch=-1)
