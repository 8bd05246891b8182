"""Simulate a plan over many shifts: what would in fact be late."""

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import AllocationProblem
from geoalloc.allocation import plan as plans
from geoalloc.evaluation import dispatching, figures
from geoalloc.evaluation.calls import draw_calls, draw_real
from geoalloc.evaluation.outcomes import Outcome
from geoalloc.evaluation.params import PERIOD_MIN, USUAL, SimulationParams
from geoalloc.kernels import simulation

__all__ = ["Outcome", "SimulationParams", "draw_calls", "draw_real", "simulate"]


def simulate(
    problem: AllocationProblem,
    post: IndexArray,
    params: SimulationParams = USUAL,
) -> Outcome:
    """Simulate the shift under a plan, again and again.

    Calls are Poisson by period, hex and class (or recorded shifts), on-scene times
    lognormal. A call is late if queue and travel exceed its standard; one that nobody
    was sent to by the end of the drain is late. The rules:

    - A call goes to the free unit that gets there first (or costs least), if one is
      within the cap; else it waits. Ties go to the lowest unit, to the earliest call;
      a unit that comes free at the minute of a call is free for it.
    - A freed unit takes from the queue as ``DispatchRules.queue`` says, else drives
      back to its post at routine speed; there it looks at the queue again. It counts
      as standing at the catchment post of its last call until that drive is over,
      and can be sent all the while.
    - A call that needs several officers is sent units until their crews add up. The
      first must have all its skills; the others need only be of a kind that counts.
      The response ends when the first arrives; each stays for the time on scene, and
      those who are still wanted when the first leaves are wanted no more.
    - A unit whose post changes at the hour drives there once it is free, and counts
      as being where it is until it has arrived. One that comes on duty drives from
      its station; after hours at no post it is at its post.
    - In hours at no post a unit takes no call. A job begun before delays the break,
      which is then taken in full; it is missed if duty ends first. Hours at no post
      before the end of duty are never made up. Work beyond duty is overtime.
    - Before and after the shift, those of its first and last hour stand in.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        Post of each unit, as a position; or a timetable, with -1 for no post.

    Raises
    ------
    DataError
        If ``post`` does not name one post per unit, within reach of its station, or
        ``params`` name what the problem does not have.
    """
    where = plans.timetable(problem, post)
    calls = draw_calls(problem, params)
    edges: FloatArray = PERIOD_MIN * np.arange(problem.n_periods + 1.0)
    drain_h = 0.0 if params.carry_over else params.drain_h
    cases, busy, overtime, tally = simulation.dispatch(
        calls,
        dispatching.force(problem, where, params),
        dispatching.rules(problem, where, params.rules),
        dispatching.ground(problem, params),
        edges,
        float(edges[-1] + drain_h * 60.0),
        params.carry_over,
    )
    return figures.outcome(
        figures.Ran(
            problem=problem,
            params=params,
            calls=calls,
            cases=cases,
            busy=busy,
            overtime=overtime,
            tally=tally,
        )
    )
