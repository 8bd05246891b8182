import dataclasses

import numpy as np
import pandas as pd
import pytest

from geoalloc import evaluation
from geoalloc.allocation import Committed, OpenQueue
from geoalloc.errors import DataError
from geoalloc.evaluation import SimulationParams
from geoalloc.evaluation.calls import draw_calls
from geoalloc.evaluation.conduct import (
    ArrestRule,
    DispatchRules,
    RealCalls,
    WaitRule,
)
from tests.lattice_town import make_town


def recorded(problem, starts):
    """Two recorded shifts: one of two calls, one of none; and a call between them."""
    minutes = [10.0, 70.0, 400.0]
    return pd.DataFrame(
        {
            "reported_at": starts[0] + pd.to_timedelta(minutes, unit="min"),
            "service": ["immediate", "routine", "routine"],
            "hex": [5, 8, 9],
            "on_scene_min": [12.0, 34.0, 56.0],
        }
    )


def test_recorded_shifts_are_drawn_whole():
    problem = make_town(0)
    starts = pd.DatetimeIndex(["2021-05-01 22:00", "2021-05-02 22:00"], tz="UTC")
    real = RealCalls.of(recorded(problem, starts), problem, starts)
    assert real.shift.tolist() == [0, 0]  # the third call is in neither shift
    calls = draw_calls(problem, SimulationParams(n_shifts=200, history=real))
    count = np.diff(calls.start)
    assert set(count.tolist()) == {0, 2}
    assert (count == 2).mean() == pytest.approx(0.5, abs=0.15)
    first = np.flatnonzero(count)[0]
    mine = calls.start[first] + np.arange(2)
    assert np.take(calls.at, mine).tolist() == [10.0, 70.0]
    assert calls.hex[mine].tolist() == [5, 8]
    assert calls.on_scene[mine].tolist() == [12.0, 34.0]
    again = dataclasses.replace(real, in_order=True)
    replayed = draw_calls(problem, SimulationParams(n_shifts=4, history=again))
    assert np.diff(replayed.start).tolist() == [2, 0, 2, 0]


def test_recorded_shifts_keep_their_hours_over_a_change_of_clocks():
    problem = make_town(0)
    starts = pd.DatetimeIndex(["2021-10-31 00:00"]).tz_localize("Europe/London")
    table = pd.DataFrame(
        {
            "reported_at": pd.DatetimeIndex(["2021-10-31 01:30"], tz="UTC"),
            "service": ["immediate"],
            "hex": [0],
        }
    )
    assert RealCalls.of(table, problem, starts).shift.size == 0  # 2.5 hours later
    table["reported_at"] = pd.DatetimeIndex(["2021-10-31 00:30"], tz="UTC")
    assert RealCalls.of(table, problem, starts).at_min.tolist() == [90.0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: DispatchRules(rule="best"), "'best'; there are nearest"),
        (lambda: DispatchRules(queue="lifo"), "'lifo'; there are grade-nearest"),
        (lambda: DispatchRules(promote_min=0.0), "promote_min > 0"),
        (lambda: DispatchRules(reserve={"routine": -1}), "reserve of 'routine'"),
        (lambda: DispatchRules(cap_min={"routine": 0.0}), "cap_min of 'routine'"),
        (lambda: WaitRule(share={"routine": 1.2}, mean_min=3.0), "from 0 to 1"),
        (lambda: WaitRule(share={}, mean_min=np.nan), "mean_min"),
        (
            lambda: ArrestRule(share={}, mean_min=3.0, suites=np.zeros(0, np.int64)),
            "needs a custody suite",
        ),
        (
            lambda: ArrestRule(
                share={},
                mean_min=3.0,
                suites=np.array([0]),
                open=np.array([[True, False]]),
            ),
            "none is open",
        ),
        (
            lambda: Committed(
                unit=np.array([1, 1]), hex=np.array([0, 0]), until_min=np.ones(2)
            ),
            "a committed unit is named twice",
        ),
        (
            lambda: OpenQueue(
                service=np.array([0]), hex=np.array([0]), age_min=np.array([-1.0])
            ),
            "age_min",
        ),
        (
            lambda: OpenQueue(
                service=np.array([0]), hex=np.array([0, 1]), age_min=np.zeros(1)
            ),
            "give one of each per call",
        ),
        (lambda: SimulationParams(level_cv=-1.0), "level_cv"),
        (lambda: SimulationParams(travel_cv=np.inf), "travel_cv"),
    ],
)
def test_conduct_must_make_sense(wrong, message):
    with pytest.raises(DataError, match=message):
        wrong()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"rules": DispatchRules(lost=("later",))}, "lost names the class 'later'"),
        ({"rules": DispatchRules(reserve={"x": 2})}, "reserve names the class 'x'"),
        (
            {"aftermath": (WaitRule(share={"x": 0.1}, mean_min=3.0),)},
            "names the class 'x'",
        ),
        (
            {
                "aftermath": (
                    WaitRule(share={"routine": 0.7}, mean_min=3.0),
                    WaitRule(share={"routine": 0.7}, mean_min=3.0),
                )
            },
            "add up to 1.4",
        ),
        (
            {
                "committed": Committed(
                    unit=np.array([9]), hex=np.array([0]), until_min=np.ones(1)
                )
            },
            "committed units must be from 0 to 3, found 9",
        ),
        (
            {
                "open_calls": OpenQueue(
                    service=np.array([7]), hex=np.array([0]), age_min=np.ones(1)
                )
            },
            "service of open calls must be from 0 to 1, found 7",
        ),
        ({"groups": {"decile": np.zeros(3)}}, "'decile' have shape"),
        ({"on_duty": np.zeros((4, 2), bool)}, "but not on duty"),
        ({"on_duty": np.ones((4, 3), bool)}, "on_duty has shape"),
    ],
)
def test_what_the_problem_does_not_have_is_refused(params, message):
    with pytest.raises(DataError, match=message):
        evaluation.simulate(
            make_town(0),
            np.array([0, 1, 0, 1]),
            SimulationParams(n_shifts=2, **params),
        )


def test_real_calls_must_be_of_the_problem():
    problem = make_town(0)
    starts = pd.DatetimeIndex(["2021-05-01 22:00"], tz="UTC")
    table = recorded(problem, starts)
    for change, message in (
        ({"service": "later"}, "the class 'later'"),
        ({"hex": 49}, "hex of real calls must be from 0 to 48"),
        ({"reported_at": pd.NaT}, "reported_at is missing at 3 of 3"),
    ):
        with pytest.raises(DataError, match=message):
            RealCalls.of(table.assign(**change), problem, starts)
    with pytest.raises(DataError, match="no column hex"):
        RealCalls.of(table.drop(columns="hex"), problem, starts)
