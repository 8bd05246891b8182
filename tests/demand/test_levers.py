"""Levers: against bags of calls moved by hand, and laws that they obey."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geoalloc import demand
from geoalloc.demand import levers as module
from geoalloc.errors import DataError
from tests import naive_demand
from tests.shift_toys import (
    HOURS,
    Known,
    expect,
    history,
    incidents,
    layer,
    model,
    response,
)

SHARE = st.floats(0, 1)


def right_care(**changes):
    values = {
        "applies_to": ("welfare",),
        "threshold_share": 0.4,
        "declined_share": 0.5,
        "return_share": 0.1,
    }
    return demand.RightCare(**(values | changes))


def fire_first(**changes):
    values = {"applies_to": ("welfare",), "share": 0.25, "return_share": 0.2}
    return demand.FireFirst(**(values | changes))


def triage(**changes):
    values = {"applies_to": ("welfare",), "advised_share": 0.6, "return_share": 0.1}
    return demand.Triage(**(values | changes))


def event(grid, **changes):
    values = {
        "name": "match",
        "place": "the ground",
        "latitude": float(grid.latitude[100]),
        "longitude": float(grid.longitude[100]),
        "radius_m": 1_500.0,
        "starts_at": HOURS[1] + pd.Timedelta(minutes=30),
        "ends_at": HOURS[4],
        "uplift": 0.5,
    }
    return demand.Event(**(values | changes))


@pytest.fixture(scope="module")
def past(town_grid):
    return history(town_grid, incidents(town_grid, 700))


NUISANCE = "anti-social-behaviour"  # no crime, so that levers may take it away


@pytest.fixture(scope="module")
def nuisance(town_grid):
    frame = incidents(town_grid, 700).assign(category=NUISANCE)
    return history(town_grid, frame)


def with_levers(past, *levers, **changes):
    return expect(past, model(layers=(layer(**changes),), levers=levers))


def left(found, before):
    """Calls left of those before, by stream but the one of PCSOs."""
    calls = [f.demand.incidents[:3].sum(axis=(1, 2)) for f in (found, before)]
    return calls[0] / calls[1]


@settings(max_examples=30, deadline=None)
@given(threshold=SHARE, touched=st.tuples(SHARE, SHARE, SHARE), back=SHARE)
def test_levers_move_calls_as_bags_do(threshold, touched, back):
    """The twin moves bags of calls, grade by grade, and sums what is left."""
    levers = [
        triage(advised_share=touched[2], return_share=back),
        right_care(threshold_share=threshold, declined_share=touched[0]),
        fire_first(share=touched[1], return_share=back),
    ]
    taken = module.divert(levers, "welfare")
    kept = 1 - sum(away.share - away.returned for away in taken)
    steps = [
        (touched[0], 1.0, 0.1),
        (touched[1], 1.0, back),
        (touched[2], 370 / 3228, back),
    ]
    shares = (0.2, 0.3, 0.1, 0.4)
    bags = naive_demand.answered(100.0, shares, steps, threshold)
    assert bags["immediate"] == pytest.approx(20.0)
    for grade, share in zip(naive_demand.GRADES[1:], shares[1:], strict=True):
        assert bags[grade] == pytest.approx(100 * share * kept, abs=1e-9)


def test_the_shares_taken_are_those_worked_by_hand():
    taken = module.divert([triage(), fire_first(), right_care()], "welfare")
    # 60 of 100 below the threshold; 30 declined; 7.5 of 30 to the fire service;
    # 13.5 of the 22.5 left are advised on, of which 370 in 3228 are avoided.
    assert [type(away.lever).__name__ for away in taken] == [
        "RightCare",
        "FireFirst",
        "Triage",
    ]
    shares = [0.30, 0.075, 0.135 * 370 / 3228]
    assert [away.share for away in taken] == pytest.approx(shares)
    returned = [0.03, 0.015, 0.0135 * 370 / 3228]
    assert [away.returned for away in taken] == pytest.approx(returned)


def test_no_lever_touches_an_immediate_call(past):
    before = with_levers(past)
    everything = with_levers(
        past,
        right_care(threshold_share=0.0, declined_share=1.0, return_share=0.0),
        fire_first(share=1.0),
        triage(advised_share=1.0),
    )
    np.testing.assert_array_equal(
        before.demand.incidents[0], everything.demand.incidents[0]
    )


def test_with_all_shares_one_only_immediate_protected_and_returned_calls_are_left(past):
    alone = expect(past, model()).demand.incidents.sum(axis=(1, 2))
    found = with_levers(
        past,
        right_care(declined_share=1.0, return_share=0.25),
        fire_first(share=1.0, return_share=1.0),
        triage(advised_share=1.0, return_share=1.0),
    )
    layered = found.demand.incidents.sum(axis=(1, 2)) - alone
    calls = 240 / 3 * np.array([0.2, 0.3, 0.1])
    # Of 100: 40 over the threshold, 60 declined, of which 15 come back.
    np.testing.assert_allclose(layered[:3], calls * np.array([1, 0.55, 0.55]))


def test_a_call_is_touched_once_and_so_reductions_do_not_multiply(past):
    before = with_levers(past)
    fire = with_levers(past, fire_first(share=1.0, return_share=0.0))
    also = with_levers(
        past, fire_first(share=1.0, return_share=0.0), triage(advised_share=1.0)
    )
    np.testing.assert_allclose(fire.demand.incidents, also.demand.incidents)
    back = with_levers(past, fire_first(share=1.0, return_share=1.0), triage())
    np.testing.assert_allclose(before.demand.incidents, back.demand.incidents)


@pytest.mark.parametrize(
    "lever",
    [
        right_care(declined_share=0.0),
        fire_first(share=0.0),
        triage(advised_share=0.0),
        triage(avoided=0),
        demand.Growth(categories=("burglary", "welfare"), factor=1.0),
    ],
)
def test_a_lever_with_a_share_of_nothing_is_no_lever(past, lever):
    before, found = with_levers(past), with_levers(past, lever)
    np.testing.assert_allclose(found.demand.incidents, before.demand.incidents)
    np.testing.assert_allclose(found.demand.variance, before.demand.variance)


def test_an_event_without_uplift_is_no_lever(past, town_grid):
    before, found = with_levers(past), with_levers(past, event(town_grid, uplift=0.0))
    np.testing.assert_array_equal(found.demand.incidents, before.demand.incidents)


def test_the_order_of_levers_in_a_file_does_not_matter(past, town_grid):
    levers = [
        triage(),
        right_care(),
        fire_first(),
        event(town_grid),
        event(town_grid, name="parade", uplift=0.2),
        demand.Growth(categories=("burglary",), factor=1.3),
        demand.Growth(categories=("burglary", "welfare"), factor=0.7),
    ]
    first = with_levers(past, *levers)
    for order in itertools.islice(itertools.permutations(levers), 5, 5000, 1000):
        other = with_levers(past, *order)
        np.testing.assert_array_equal(first.demand.incidents, other.demand.incidents)
        pd.testing.assert_frame_equal(first.flow, other.flow)


@settings(max_examples=20, deadline=None)
@given(
    shares=st.tuples(SHARE, SHARE, SHARE, SHARE),
    back=SHARE,
    factor=st.floats(0, 3),
    uplift=st.floats(0, 3),
)
def test_nothing_is_negative_and_the_lines_add_up(
    past, town_grid, shares, back, factor, uplift
):
    found = with_levers(
        past,
        right_care(threshold_share=shares[0], declined_share=shares[1]),
        fire_first(share=shares[2], return_share=back),
        triage(advised_share=shares[3], return_share=back),
        demand.Growth(categories=("burglary",), factor=factor),
        event(town_grid, uplift=uplift),
    )
    made = found.demand
    for values in (made.incidents, made.variance, made.harm, made.workload_h):
        assert (values >= 0).all()
    names = ["incidents", "immediate", "priority", "routine", "none", "workload_h"]
    lines = found.flow[names].to_numpy()
    np.testing.assert_allclose(lines[:-1].sum(axis=0), lines[-1], atol=1e-9)
    assert lines[-1, 0] == made.incidents.sum()
    assert lines[-1, -1] == made.workload_h.sum()


def test_growth_adds_what_is_assumed_and_a_fall_takes_from_all_bases(town_grid):
    past = history(town_grid, incidents(town_grid, 700), {"burglary": 0.8})
    more, fewer = (
        expect(
            past,
            model(levers=(demand.Growth(categories=("burglary",), factor=factor),)),
        )
        for factor in (1.25, 0.5)
    )
    before = expect(past, model())
    calls = [f.demand.incidents.sum() for f in (before, more, fewer)]
    np.testing.assert_allclose(calls, calls[0] * np.array([1, 1.25, 0.5]))
    assert more.demand.workload_shares() == pytest.approx(
        {"observed": 0.64, "scaled": 0.16, "assumed": 0.2}
    )
    assert fewer.demand.workload_shares() == before.demand.workload_shares()


def test_an_event_adds_calls_in_its_circle_and_hours_alone(past, town_grid):
    before = with_levers(past)
    found = with_levers(past, event(town_grid))
    added = found.demand.incidents - before.demand.incidents
    near = (
        np.hypot(town_grid.x_m - town_grid.x_m[100], town_grid.y_m - town_grid.y_m[100])
        <= 1_500
    )
    assert not added[:, :, ~near].any()
    share = added[0][:, near] / before.demand.incidents[0][:, near]
    expected = 0.5 * np.array([0, 0.5, 1, 1, 0, 0, 0, 0])  # from 19:30 to 22:00
    np.testing.assert_allclose(share, np.repeat(expected[:, None], near.sum(), 1))
    work = (found.demand.workload_h - before.demand.workload_h).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(work[:2], 0, atol=1e-12)
    assert work[2] == pytest.approx(1.5 * added.sum())


def test_an_event_of_one_category_leaves_the_others_and_a_small_one_has_its_hex(
    past, town_grid
):
    before = with_levers(past)
    small = event(town_grid, radius_m=1.0, categories=("welfare",))
    found = with_levers(past, small)
    added = (found.demand.incidents - before.demand.incidents).sum(axis=(0, 1))
    assert list(np.flatnonzero(added)) == [100]
    layered = (
        before.demand.incidents[0, 0, 100]
        - (expect(past, model()).demand.incidents[0, 0, 100])
    )
    assert added[100] == pytest.approx(0.5 * 2.5 * layered * 0.6 / 0.2)


def test_the_avoided_share_is_the_published_one_with_its_beta_interval():
    lever = triage()
    mean, variance = lever.avoided_share
    assert mean == pytest.approx(370 / 3228)
    beta = stats.beta(370, 3228 - 370)
    assert (mean, variance) == pytest.approx((beta.mean(), beta.var()))
    assert lever.interval(0.95) == pytest.approx(beta.interval(0.95))
    assert lever.interval(0.95) == pytest.approx((0.104, 0.126), abs=5e-4)
    assert triage(avoided=3228).interval(0.9) == (1.0, 1.0)
    with pytest.raises(DataError, match="share of an interval"):
        lever.interval(1.0)


def test_doubt_about_the_avoided_share_is_in_the_variance(past):
    """Against many draws of the share from its beta distribution."""
    lever = triage(avoided=3, advised=10, return_share=0.1)
    found = with_levers(past, lever, error=0.0)
    kept = 1 - 0.6 * stats.beta(3, 7).rvs(200_000, random_state=1) * 0.9
    layered = 240 / 3 * 0.3 / len(past.grid)
    expected = (layered * kept).var() * len(past.grid) ** 2
    assert found.demand.total_variance[1] == pytest.approx(expected, rel=0.1)
    assert found.demand.total_variance[0] == 0


def test_one_unknown_share_moves_all_that_it_applies_to_together(nuisance):
    both = triage(applies_to=(NUISANCE, "welfare"), avoided=3, advised=10)
    one = dataclasses.replace(both, applies_to=("welfare",))
    found, one = (
        expect(
            nuisance,
            model(
                responses={NUISANCE: response()},
                layers=(layer(error=0.0),),
                levers=(lever,),
            ),
            forecaster=Known(per_day=10.0),
        )
        for lever in (both, one)
    )
    calls = np.array([240 / 3, 10 / 3])
    ratio = found.demand.total_variance[1] / one.demand.total_variance[1]
    assert ratio == pytest.approx((calls.sum() / calls[0]) ** 2)


def test_doubt_moves_routine_calls_of_both_streams_together(nuisance):
    lever = triage(applies_to=(NUISANCE, "welfare"), avoided=3, advised=10)
    found = [
        expect(
            nuisance,
            model(
                responses={NUISANCE: response(pcso=pcso)},
                layers=(layer(error=0.0),),
                levers=(lever,),
            ),
            forecaster=Known(),
        ).demand.total_variance[2]
        for pcso in (False, True)
    ]
    assert found[1] == pytest.approx(found[0])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda g: event(g, uplift=-0.1), "uplift of the event 'match' .* got -0.1"),
        (lambda g: event(g, radius_m=0.0), "radius_m of the event"),
        (lambda g: event(g, latitude=95.0), "is nowhere"),
        (lambda g: event(g, ends_at=HOURS[0]), "not after"),
        (lambda g: event(g, ends_at=pd.Timestamp("2026-03-14")), "need a time zone"),
        (lambda g: demand.Growth(categories=("a",), factor=-1.0), "at least 0, got -1"),
        (lambda g: demand.Growth(categories=(), factor=1.0), "applies to nothing"),
        (lambda g: right_care(threshold_share=1.2), "threshold_share .* 0 to 1"),
        (lambda g: fire_first(share=np.nan), "share of a FireFirst"),
        (lambda g: fire_first(applies_to=()), "applies to nothing"),
        (lambda g: triage(advised_share=-0.1), "advised_share of a Triage"),
        (lambda g: triage(avoided=11, advised=10), "avoided is 11 of 10"),
    ],
)
def test_a_lever_that_makes_no_sense_is_refused(town_grid, make, words):
    with pytest.raises(DataError, match=words):
        make(town_grid)


def test_the_advised_share_must_be_given():
    with pytest.raises(TypeError, match="advised_share"):
        demand.Triage(applies_to=("welfare",), return_share=0.1)


def test_a_lever_on_what_is_not_there_is_refused_with_a_hint(past):
    with pytest.raises(DataError, match=r"'welfair'.*did you mean 'welfare'"):
        with_levers(past, triage(applies_to=("welfair",)))


def test_two_levers_of_one_kind_on_one_source_are_refused(past):
    with pytest.raises(DataError, match="two Triage levers apply to 'welfare'"):
        with_levers(past, triage(), triage(advised_share=0.1))


def test_the_same_lever_given_twice_is_refused(past):
    growth = demand.Growth(categories=("burglary",), factor=1.1)
    with pytest.raises(DataError, match=r"growth of burglary .* is given twice"):
        with_levers(past, growth, dataclasses.replace(growth))


def test_an_event_outside_of_the_area_is_refused(past, town_grid):
    with pytest.raises(DataError, match="lies outside of the area"):
        with_levers(past, event(town_grid, latitude=10.0))


def test_levers_act_on_recorded_categories_as_on_layers(nuisance):
    lever = fire_first(applies_to=(NUISANCE,), return_share=0.0)
    before, found = (
        expect(nuisance, model(responses={NUISANCE: response()}, levers=levers))
        for levers in ((), (lever,))
    )
    np.testing.assert_allclose(left(found, before), [1, 0.75, 0.75])


def test_calls_for_pcsos_are_in_reach_of_levers_too(nuisance):
    before, found = (
        expect(
            nuisance,
            model(responses={NUISANCE: response(pcso=True)}, levers=levers),
        )
        for levers in ((), (fire_first(applies_to=(NUISANCE,), return_share=0.0),))
    )
    calls = [f.demand.incidents[3].sum() for f in (before, found)]
    assert calls[1] == pytest.approx(0.75 * calls[0])


@pytest.mark.parametrize("make", [right_care, fire_first, triage])
def test_no_lever_takes_a_crime_away(past, make):
    with pytest.raises(DataError, match="'burglary', which is a crime: crimes meet"):
        with_levers(past, make(applies_to=("welfare", "burglary")))
