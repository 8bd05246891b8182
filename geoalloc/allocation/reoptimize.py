"""The best few moves from the plan that runs, when something has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from geoalloc._types import IndexArray
from geoalloc.allocation._moves import MoveSearch
from geoalloc.allocation._paths import HARD
from geoalloc.allocation._prepared import Prepared
from geoalloc.allocation.duty import ShiftRules
from geoalloc.allocation.opening import OpenQueue, with_queue
from geoalloc.allocation.plan import timetable
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.allocation.service import ServiceClass
from geoalloc.errors import DataError

_RULES = ShiftRules(repost_reach_min=59.0)  # a move may take nearly a block
_MOVE_COLUMNS = ("unit", "period", "from_post", "to_post", "minutes", "gain")


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What has changed since the plan was made.

    Attributes
    ----------
    unavailable, arriving
        Period from which a unit, by position, is gone or there. A unit that arrives
        takes its best post, which is no move.
    demand
        The classes as they are expected now; as they were if None.
    queue
        Calls that wait now.
    """

    unavailable: Mapping[int, int] = field(default_factory=dict)
    arriving: Mapping[int, int] = field(default_factory=dict)
    demand: tuple[ServiceClass, ...] | None = None
    queue: OpenQueue | None = None


@dataclass(frozen=True, kw_only=True)
class MoveParams:
    """What to look at, and how hard.

    Attributes
    ----------
    from_period, until_period
        The periods that may still change: from the first to before the second; to
        the end if None. One period more than the first is a single period.
    repairs
        Times that the moves found are looked over, and the weakest exchanged.
    free_passes
        Passes over all units that show what any number of moves would reach; 0
        leaves it out.
    tolerance
        Least gain, in late incidents, of a move.
    """

    from_period: int = 0
    until_period: int | None = None
    repairs: int = 1
    free_passes: int = 1
    tolerance: float = 1e-7

    def __post_init__(self) -> None:
        if self.repairs < 0 or self.free_passes < 0 or not self.tolerance > 0:
            raise DataError(
                f"need repairs >= 0, free_passes >= 0 and tolerance > 0; got "
                f"{self.repairs}, {self.free_passes} and {self.tolerance}"
            )


@dataclass(frozen=True, kw_only=True)
class ReoptimizedPlan:
    """The plan after a few moves.

    Attributes
    ----------
    timetable : (n_units, n_periods)
    moves
        One row per move, best first, so that the first five are the five to make if
        no more than five can be: unit, period, from_post, to_post, minutes of drive,
        gain (in late incidents, with those above made), and restored (unit-hours of
        quotas that it makes good; below 0 it gives some up).
    arrivals
        One row per unit that arrives: unit, period, to_post.
    before, after
        Weighted unmet demand (and prices, as ``evaluate`` has them) of the periods
        that were looked at: with the changes and no move, and with the moves. Units
        count for the minutes that they are at their posts.
    free
        What any number of moves was found to reach; nan if not asked for.
    """

    timetable: IndexArray
    moves: pd.DataFrame
    arrivals: pd.DataFrame
    before: float
    after: float
    free: float


def reoptimize(
    problem: AllocationProblem | Prepared,
    current: IndexArray,
    changes: Changes = Changes(),
    *,
    most_moves: int = 5,
    rules: ShiftRules = _RULES,
    params: MoveParams = MoveParams(),
) -> ReoptimizedPlan:
    """Find the best few moves from the plan that runs.

    A move takes a unit from one block on to another post, for the rest of what is
    looked at; breaks stay when they are, and quotas are kept as far as they can be.
    Moves are added one at a time, the best first; then each is looked over given the
    others, and the weakest exchanged for a better one.

    Parameters
    ----------
    problem
        Or the same, prepared: then only new demand has to be laid out again.
    current : (n_units,) or (n_units, n_periods)
        The plan that runs: posts, or a timetable.
    most_moves
        At most so many moves; a unit may make more than one.
    rules
        Of which ``repost_reach_min`` is the longest drive of a move.

    Raises
    ------
    DataError
        If a change names no unit or period, or there is nothing left to plan.
    """
    if most_moves < 0:
        raise DataError(f"most_moves must be 0 or more, got {most_moves}")
    search = _search(problem, current, changes, rules, params)
    before = search.value()
    search.extend(most_moves)
    for _ in range(params.repairs):
        if not search.repair():
            break
    ordered = search.ordered()
    after, where = search.value(), search.timetable()
    return ReoptimizedPlan(
        timetable=where,
        moves=_moves_frame(ordered),
        arrivals=pd.DataFrame(
            search.arrivals, columns=["unit", "period", "to_post"], dtype=np.int64
        ),
        before=before,
        after=after,
        free=search.free(params.free_passes),
    )


def _moves_frame(ordered: list[tuple[int, int, int, int, int, float]]) -> pd.DataFrame:
    """Part what a move gains in late incidents from the quotas that it restores."""
    moves = pd.DataFrame(ordered, columns=list(_MOVE_COLUMNS))
    restored = (moves["gain"].astype(np.float64) / HARD).round()
    return moves.assign(gain=moves["gain"] - HARD * restored, restored=restored)


def frontier(
    problem: AllocationProblem | Prepared,
    current: IndexArray,
    changes: Changes = Changes(),
    *,
    moves: Sequence[int] = (1, 2, 5, 10, 20),
    rules: ShiftRules = _RULES,
    params: MoveParams = MoveParams(),
) -> pd.DataFrame:
    """Tell what the best 1, 2, 5, ... moves reach.

    Moves are added and repaired as in ``reoptimize``; each number begins with those
    found for the one before, so that more moves are never worse.

    Returns
    -------
    frontier
        Indexed by moves: objective, benefit (what they save), and share of the
        benefit of any number of moves.
    """
    if not moves or min(moves) < 0 or list(moves) != sorted(set(moves)):
        raise DataError(f"moves must be rising numbers from 0, got {list(moves)}")
    search = _search(problem, current, changes, rules, params)
    before = search.value()
    reached: list[float] = []
    for most in moves:
        search.extend(most)
        for _ in range(params.repairs):
            if not search.repair():
                break
        reached.append(search.value())
    free = search.free(max(1, params.free_passes))
    benefit = before - np.array(reached)
    most_benefit = before - min(free, *reached)
    return pd.DataFrame(
        {
            "objective": reached,
            "benefit": benefit,
            "share": benefit / most_benefit if most_benefit > 0 else np.nan,
        },
        index=pd.Index(list(moves), name="moves"),
    )


def _search(
    problem: AllocationProblem | Prepared,
    current: IndexArray,
    changes: Changes,
    rules: ShiftRules,
    params: MoveParams,
) -> MoveSearch:
    """Set up the search at the plan that runs, changed as things have."""
    prepared = problem if isinstance(problem, Prepared) else None
    plain = problem.problem if isinstance(problem, Prepared) else problem
    last = plain.n_periods if params.until_period is None else params.until_period
    window = (params.from_period, last)
    if not 0 <= window[0] < window[1] <= plain.n_periods:
        raise DataError(
            f"periods {window[0]} to {window[1]} leave nothing to plan; the shift has "
            f"periods 0 to {plain.n_periods - 1}"
        )
    _require_units(plain, changes)
    where = timetable(plain, current)
    now = plain
    if changes.demand is not None:
        now = replace(now, classes=changes.demand)
    if changes.queue is not None:
        now = with_queue(now, changes.queue, window[0])
    if prepared is None or now is not plain:
        prepared = Prepared(now)
    for unit, period in changes.unavailable.items():
        where[unit, period:] = -1
    return MoveSearch(
        prepared, where, window, changes.arriving, rules, params.tolerance
    )


def _require_units(problem: AllocationProblem, changes: Changes) -> None:
    n_units, n_periods = len(problem.supply), problem.n_periods
    for what in ("unavailable", "arriving"):
        for unit, period in getattr(changes, what).items():
            if not (0 <= unit < n_units and 0 <= period < n_periods):
                raise DataError(
                    f"{what} names unit {unit} from period {period}; there are units 0 "
                    f"to {n_units - 1} and periods 0 to {n_periods - 1}"
                )
    both = sorted(set(changes.unavailable) & set(changes.arriving))
    if both:
        raise DataError(f"unit {both[0]} both arrives and is unavailable; choose one")
