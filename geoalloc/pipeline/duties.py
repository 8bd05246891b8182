"""From a scenario to what units may and must do in the hours of a shift."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geoalloc import allocation, roster
from geoalloc._types import IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.pipeline.force import Force
from geoalloc.pipeline.inputs import periods
from geoalloc.scenario import Scenario

_HOUR_MIN = 60.0


@dataclass(frozen=True, kw_only=True)
class Start:
    """What the shift begins with.

    Attributes
    ----------
    queue, committed
        Calls that wait, and units that are at work; None if there are none.
    """

    queue: allocation.OpenQueue | None
    committed: allocation.Committed | None


def start(
    scenario: Scenario,
    grid: HexGrid,
    problem: allocation.AllocationProblem,
    force: Force,
) -> Start:
    """Read the calls that wait, and place units that are at work.

    Raises
    ------
    DataError
        If the file is wrong, or a call or unit is outside the area.
    """
    begins = periods(scenario).tz_convert("UTC")[0]
    queue = None
    if scenario.roster.queue is not None:
        found = roster.read_queue(
            Path(scenario.roster.queue), time_zone=scenario.time_zone
        )
        if len(found.calls):
            queue = _queue(grid, problem, found, begins)
    return Start(queue=queue, committed=_committed(grid, problem, force, begins))


def _queue(
    grid: HexGrid,
    problem: allocation.AllocationProblem,
    found: roster.OpenCalls,
    begins: pd.Timestamp,
) -> allocation.OpenQueue:
    calls = found.calls
    at = grid.locate(calls["latitude"].to_numpy(), calls["longitude"].to_numpy())
    if (at < 0).any():
        raise DataError(
            f"{found.source}: {(at < 0).sum()} of {len(calls)} calls are outside the "
            f"area, first on line {int(np.argmax(at < 0)) + 2}: correct the points"
        )
    age_min = (begins - calls["reported_at"]) / pd.Timedelta(minutes=1)
    if (age_min < 0).any():
        raise DataError(
            f"{found.source}: a call was reported after the shift begins, first on "
            f"line {int(np.argmax(age_min < 0)) + 2}: leave it out"
        )
    # The first class of a grade is that of the calls without further needs.
    first = {c.grade: k for k, c in reversed(list(enumerate(problem.classes)))}
    return allocation.OpenQueue(
        service=calls["grade"].map(first).to_numpy(dtype=np.int64),
        hex=at.astype(np.int64),
        age_min=age_min.to_numpy(dtype=np.float64),
    )


def _committed(
    grid: HexGrid,
    problem: allocation.AllocationProblem,
    force: Force,
    begins: pd.Timestamp,
) -> allocation.Committed | None:
    until = (force.busy_until - begins) / pd.Timedelta(minutes=1)
    units = np.flatnonzero((until > 0).to_numpy())
    if not units.size:
        return None
    place = force.busy_at.iloc[units]
    known = place.notna().all(axis=1).to_numpy()
    home = problem.post_hex[problem.station_post[problem.supply.station[units]]]
    at = np.where(known, -1, home)
    at[known] = grid.locate(
        place["busy_latitude"].to_numpy()[known],
        place["busy_longitude"].to_numpy()[known],
    )
    if (at < 0).any():
        name = force.units["unit_id"].iloc[units[int(np.argmax(at < 0))]]
        raise DataError(f"{name} is busy at a point outside the area: correct it")
    return allocation.Committed(
        unit=units.astype(np.int64),
        hex=at.astype(np.int64),
        until_min=until.to_numpy(dtype=np.float64)[units],
    )


def rules(scenario: Scenario, force: Force) -> allocation.ShiftRules:
    """State breaks, briefing, close-down and re-posts."""
    duty = scenario.duty
    blocks = int(np.ceil(duty.break_min / _HOUR_MIN))
    margin = int(np.ceil(max(duty.break_after_h, duty.break_before_end_h)))
    return allocation.ShiftRules(
        most_reposts=duty.reposts,
        repost_reach_min=duty.repost_reach_min,
        breaks=1 if duty.break_min > 0 else 0,
        break_blocks=max(blocks, 1),
        break_margin=margin,
        no_break_under_h=duty.shortest_h,
        most_on_break=duty.most_on_break,
        duty_min=force.duty_min,
        briefing_min=round(duty.briefing_min),
        close_down_min=round(duty.close_down_min),
        names=tuple(force.units["unit_id"]),
        stations=tuple(force.units["home_station"]),
    )


def plan(
    scenario: Scenario,
    problem: allocation.AllocationProblem,
    post: IndexArray,
    force: Force,
    begins: Start,
    params: allocation.ShiftParams,
) -> allocation.ShiftPlan:
    """Lay the posts of a plan out over the hours of the shift.

    What the times of breaks and the re-posts are worth is told only if there are any.
    """
    any_moves = bool(scenario.duty.break_min or scenario.duty.reposts)
    return allocation.plan_shift(
        problem,
        post,
        rules=rules(scenario, force),
        params=dataclasses.replace(params, compare=params.compare and any_moves),
        begins=allocation.Opening(queue=begins.queue, committed=begins.committed),
    )


def is_wanted(scenario: Scenario, force: Force, begins: Start) -> bool:
    """Whether there is anything to lay out: else each unit keeps its post."""
    duty = scenario.duty
    return bool(
        duty.break_min
        or duty.reposts
        or duty.briefing_min
        or duty.close_down_min
        or not force.present.all()
        or begins.queue is not None
        or begins.committed is not None
    )
