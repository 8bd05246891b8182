"""The way to a plan of a shift: stage by stage, one unit at a time."""

import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import duty as on_duty
from geoalloc.allocation import opening
from geoalloc.allocation._paths import Path, Reply, Standing
from geoalloc.allocation._prepared import Prepared
from geoalloc.allocation._shift_notes import notes, reposts
from geoalloc.allocation.aggregation import Aggregation
from geoalloc.allocation.duty import Duty, ShiftRules
from geoalloc.allocation.plan import evaluate, timetable
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError
from geoalloc.kernels import shift_path

_TAKE_IT = -1e12  # a tolerance at which any path is taken


@dataclass(frozen=True, kw_only=True)
class ShiftParams:
    """How much work to do; the same plan every run.

    Attributes
    ----------
    passes
        Most passes over all units in each stage.
    bisections
        Most prices of a re-post that are tried.
    tolerance
        Least saving, in late incidents, that is worth another path.
    cells
        What paths are looked for on, in place of every hex of a fine grid; on the
        hexes each unit is then looked over once.
    compare
        Whether to tell what breaks and re-posts are worth, as ``compare_breaks``.
    """

    passes: int = 3
    bisections: int = 4
    tolerance: float = 1e-7
    cells: Aggregation | None = None
    compare: bool = False

    def __post_init__(self) -> None:
        if self.passes < 1 or self.bisections < 0 or not self.tolerance > 0:
            raise DataError(
                f"need passes >= 1, bisections >= 0 and tolerance > 0; got "
                f"{self.passes}, {self.bisections} and {self.tolerance}"
            )


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What the shift begins with; nothing if left out."""

    queue: opening.OpenQueue | None = None
    committed: opening.Committed | None = None


@dataclass(frozen=True, kw_only=True)
class ShiftPlan:
    """What each unit does in each block.

    Attributes
    ----------
    timetable : (n_units, n_periods)
        Position of the post, -1 where a unit is at none.
    activity : (n_units, n_periods)
        ``post``, ``break``, ``travel``, ``briefing``, ``close-down``,
        ``committed`` or ``off``.
    minutes : (n_units, n_periods)
        For which a unit is at its post.
    objective, weighted_unmet
        Of the timetable, as ``evaluate`` gives them: blocks count as whole.
    under_way
        What the minutes cost that units are not at their posts, in late incidents:
        drives between posts, and blocks that are on duty or free only in part.
    reposts
        One row per re-post: unit, period, from_post, to_post, minutes.
    overtime_min : (n_units,)
        Minutes that a unit is committed beyond its duty.
    steps
        One entry per stage: stage, objective (with ``under_way``), reposts, seconds.
    notes
        Rules that are not kept, and why, in words.
    comparison
        What ``compare_breaks`` gives, of the way to this plan; None if not asked for.
        It is told on the cells, if there are any.
    """

    timetable: IndexArray
    activity: np.ndarray
    minutes: IndexArray
    objective: float
    weighted_unmet: float
    under_way: float
    reposts: pd.DataFrame
    overtime_min: FloatArray
    steps: list[dict[str, str | float]]
    notes: tuple[str, ...]
    comparison: pd.DataFrame | None = None


class Run:
    """State of one plan: the paths so far, and how they came about."""

    def __init__(
        self,
        problem: AllocationProblem | Prepared,
        rules: ShiftRules,
        params: ShiftParams,
        begins: Opening,
    ) -> None:
        self._began = time.perf_counter()
        prepared = problem if isinstance(problem, Prepared) else None
        self._plain = problem.problem if isinstance(problem, Prepared) else problem
        self.problem = self._plain
        if begins.queue is not None:
            self.problem = opening.with_queue(self._plain, begins.queue)
        if prepared is None or self.problem is not self._plain:
            prepared = Prepared(self.problem)
        self.rules, self._params = rules, params
        self.duty = on_duty.duty(
            self.problem, rules, opening.busy(self.problem, begins.committed)
        )
        self.standing = Standing(prepared, self.duty, rules)
        self._first: list[IndexArray | None] = [None] * len(self.problem.supply)
        self._steps: list[dict[str, str | float]] = []

    def begin(self, start: IndexArray | None) -> None:
        """Set every unit on its path of the start, or on its best one in turn."""
        standing, units = self.standing, range(len(self.problem.supply))
        if start is None:
            for u in units:
                standing.put(u, standing.best(u, Reply(most=0))[0])
            self._log("each in turn")
            return
        where = timetable(self.problem, start)
        for u in units:
            there = where[u][where[u] >= 0]
            if there.size and there[0] in standing.prepared.posts[u]:
                self._first[u] = there[:1]
            standing.put(u, standing.best(u, Reply(posts=self._first[u], most=0))[0])
        self._log("breaks at the posts of the start")
        self.rest()

    def rest(self) -> None:
        """Move the breaks, posts as they were at the start."""
        for _ in range(self._params.passes):
            if not self._round([Reply(posts=p, most=0) for p in self._first]):
                break
        self._log("best breaks at the posts of the start")

    def settle(self) -> None:
        """Move posts and breaks; every unit keeps one post."""
        if self.problem.most_moves is not None:
            return  # the posts are those of the start
        for _ in range(self._params.passes):
            if not self._round([Reply(most=0)] * len(self._first)):
                break
        self._log("one post each")

    def fix_breaks(self, begins: BoolArray) -> None:
        """Let breaks begin only there: (n_units, n_periods)."""
        self.duty = replace(self.duty, begins=begins)
        self.standing.duty = self.duty

    def take(self, other: "Run") -> None:
        """Set every unit on its path of another run, of the same problem on cells."""
        self._began, self._steps = other._began, list(other._steps)
        self._first = list(other._first)
        for u, path in enumerate(other.standing.path):
            self.standing.put(u, path)

    def polish(self) -> None:
        """Look every unit over once, with no more re-posts than there may be."""
        self._polish(self.rules.most_reposts)
        self._log("on every hex")

    def found(self) -> tuple[float, float, int]:
        """Give unmet demand, objective and re-posts of the paths so far."""
        unmet = evaluate(self.problem, self.standing.timetable).weighted_unmet
        return unmet, self.standing.value(), self.standing.reposts

    def repost(self, budget: int | None) -> None:
        """Make re-posts, as many as ``budget`` allows."""
        if budget == 0:
            return
        if budget is not None:
            self._bisect(budget)
            self._take_back(budget)
            self._give(budget)
        for _ in range(self._params.passes):
            if not self._polish(budget):
                break
        self._log("re-posts" if budget is None else f"{budget} re-posts")

    def _reply(self, unit: int, price: float = 0.0, most: int = -1) -> Reply:
        """Allow any posts; the first stays as it was where moves are limited."""
        first, limited = self._first[unit], self.problem.most_moves is not None
        kept = int(first[0]) if limited and first is not None else -1
        return Reply(price=price, most=most, first=kept)

    def _all(self, price: float) -> list[Reply]:
        return [self._reply(u, price) for u in range(len(self._first))]

    def _round(self, replies: list[Reply]) -> int:
        tolerance, standing = self._params.tolerance, self.standing
        return sum(standing.improve(u, r, tolerance) for u, r in enumerate(replies))

    def _polish(self, budget: int | None) -> int:
        if budget is None:
            return self._round(self._all(0.0))
        better = 0
        for u in range(len(self._first)):
            reply = self._reply(u, most=self._spare(u, budget))
            better += self.standing.improve(u, reply, self._params.tolerance)
        return better

    def _spare(self, unit: int, budget: int) -> int:
        """Re-posts that a unit may make: its own, and those that nobody makes."""
        path = self.standing.path[unit]
        own = path.reposts if path is not None else 0
        return max(0, own + budget - self.standing.reposts)

    def _bisect(self, budget: int) -> None:
        """Find the price at which about ``budget`` re-posts are made; make them."""
        worth = self._worth_of_reposts()
        if worth.size == 0:
            return
        # Others' re-posts are worth less once some are made: begin lower.
        low, high = 0.0, float(worth[0])
        price = 0.5 * float(worth[min(budget, worth.size - 1)])
        for _ in range(self._params.bisections):
            self._round(self._all(price))
            made = self.standing.reposts
            self._log(f"at {price:.2g} a re-post")
            if 0.85 * budget <= made <= 1.15 * budget:
                break
            low, high = (price, high) if made > budget else (low, price)
            price = 0.5 * (low + high)

    def _worth_of_reposts(self) -> FloatArray:
        """Value first and second re-posts, others being as they are; best first."""
        worth, standing = [], self.standing
        for u in range(len(self._first)):
            blocks = np.flatnonzero(self.duty.minutes[u] > 0)
            if blocks.size == 0:
                continue
            choices = standing.choices(u, standing.prepared.posts[u], blocks)
            value = [self._value(choices, u, most) for most in range(3)]
            steps = np.diff([v for v in value if v > -np.inf])
            worth += list(np.minimum.accumulate(steps))
        found = np.sort(np.array(worth, dtype=np.float64))[::-1]
        return found[found > self._params.tolerance]

    def _value(self, choices: shift_path.Choices, unit: int, most: int) -> float:
        breaks, length = int(self.duty.breaks[unit]), self.rules.break_blocks
        reach = int(self.rules.repost_reach_min)
        return float(shift_path.best_path(choices, breaks, length, most, 0.0, reach)[2])

    def _take_back(self, budget: int) -> None:
        """Take back the re-posts over the budget that are worth least."""
        standing = self.standing
        while standing.reposts > budget:
            loss = []
            for u, path in enumerate(standing.path):
                if path is None or path.reposts == 0:
                    continue
                cost = standing.cost
                reply = self._reply(u, most=path.reposts - 1)
                standing.improve(u, reply, _TAKE_IT)
                loss.append((standing.cost - cost, u, standing.path[u]))
                standing.put(u, path)
            over = standing.reposts - budget
            for _, u, path in sorted(loss, key=lambda row: row[:2])[: (over + 1) // 2]:
                standing.put(u, path)
        self._log("re-posts over the budget taken back")

    def _give(self, budget: int) -> None:
        """Give re-posts that are left to the units that gain most."""
        standing = self.standing
        if standing.reposts >= budget:
            return
        gain = []
        for u, path in enumerate(standing.path):
            cost = standing.cost
            if standing.improve(
                u, self._reply(u, most=self._spare(u, budget)), self._params.tolerance
            ):
                gain.append((standing.cost - cost, u))
                standing.put(u, path)
        for _, u in sorted(gain):
            reply = self._reply(u, most=self._spare(u, budget))
            standing.improve(u, reply, self._params.tolerance)

    def plan(self) -> ShiftPlan:
        """Lay out what was found."""
        standing, where = self.standing, self.standing.timetable
        value = evaluate(self.problem, where)
        none = np.zeros(where.shape[1], dtype=np.int64)
        minutes = np.array([none if p is None else p.minutes for p in standing.path])
        return ShiftPlan(
            timetable=where,
            activity=_activity(self.duty, standing.path),
            minutes=minutes,
            objective=value.objective,
            weighted_unmet=value.weighted_unmet,
            under_way=max(0.0, standing.value() - value.objective),
            reposts=reposts(where, standing.prepared.between),
            overtime_min=self.duty.overtime_min,
            steps=self._steps,
            notes=notes(standing, value.none_free),
        )

    def _log(self, stage: str) -> None:
        self._steps.append(
            {
                "stage": stage,
                "objective": self.standing.value(),
                "reposts": self.standing.reposts,
                "seconds": time.perf_counter() - self._began,
            }
        )


def _activity(duty: Duty, paths: list[Path | None]) -> np.ndarray:
    activity = duty.activity.copy()
    for u, path in enumerate(paths):
        if path is not None:
            activity[u, path.post >= 0] = on_duty.POST
            activity[u, path.resting] = on_duty.BREAK
            activity[u, path.driving] = on_duty.TRAVEL
    return activity.astype(str)
