"""Paths of units through a shift, what they cost, and the best reply of one unit."""

from dataclasses import dataclass

import numpy as np

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import plan
from geoalloc.allocation._prepared import Prepared
from geoalloc.allocation.duty import Duty, ShiftRules
from geoalloc.kernels import shift as kernel
from geoalloc.kernels import shift_path

HARD = 1e4  # late incidents: price of one unit short of a quota, in one block
CROWD = 1e3  # and of one too many on a break


@dataclass(frozen=True, kw_only=True)
class Path:
    """What one unit does, block by block.

    Attributes
    ----------
    post : (n_periods,)
        -1 where it is at none.
    minutes : (n_periods,)
        For which it is there.
    resting, driving : (n_periods,)
        Where it is on a break; where it drives for a whole block.
    reposts
        Changes of post.
    """

    post: IndexArray
    minutes: IndexArray
    resting: BoolArray
    driving: BoolArray
    reposts: int


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Within what a best path is looked for.

    Attributes
    ----------
    posts
        Only these; all that the unit may take if None.
    first
        Post of the first block; any if below 0.
    price
        Of a re-post.
    most
        Re-posts at most; below 0 sets no limit.
    """

    posts: IndexArray | None = None
    first: int = -1
    price: float = 0.0
    most: int = -1


class Standing:
    """All units on their paths, and what that costs.

    The cost is that of ``evaluate``, with each unit counted for the minutes of the
    block that it is there (straight lines between whole units), plus prices of what
    breaks a rule.
    """

    def __init__(self, prepared: Prepared, duty: Duty, rules: ShiftRules) -> None:
        problem, ground = prepared.problem, prepared.ground
        self.prepared, self.duty, self.rules = prepared, duty, rules
        self.reach = min(int(rules.repost_reach_min), kernel.BLOCK_MIN - 1)
        self._state = kernel.State(
            covered=prepared.nobody.covered.copy(),
            step=prepared.nobody.step.copy(),
            back=prepared.nobody.back.copy(),
        )
        self.held: IndexArray = np.zeros(prepared.rows.asked.shape, dtype=np.int64)
        n_stations = len(problem.station_post)
        self.on_break = np.zeros((n_stations, problem.n_periods), dtype=np.int64)
        size = np.bincount(problem.supply.station, minlength=n_stations)
        self.most_on_break = np.maximum(1, (rules.most_on_break * size).astype(int))
        self.path: list[Path | None] = [None] * len(problem.supply)
        self.cost = kernel.total_cost(ground, self._state.covered, 0, problem.n_periods)
        self.cost += self.owed

    @property
    def reposts(self) -> int:
        """Changes of post of all units."""
        return sum(path.reposts for path in self.path if path is not None)

    def value(self, window: tuple[int, int] | None = None) -> float:
        """Objective of units that count for their minutes, without owed prices.

        Of the periods from the first to before the second; of all if None.
        """
        problem, setting_out = self.prepared.problem, self.duty.sets_out
        first, last = window or (0, problem.n_periods)
        ground, count = self.prepared.ground, self._state.covered
        total = kernel.total_cost(ground, count, first, last)
        where = np.where(setting_out[:, None], self.timetable, -1)
        return total + problem.deadhead * plan.drive_min(problem, where)

    @property
    def timetable(self) -> IndexArray:
        """Post of each unit in each period, -1 for none: (n_units, n_periods)."""
        none = np.full(self.prepared.problem.n_periods, -1)
        return np.array([none if p is None else p.post for p in self.path])

    def put(self, unit: int, path: Path | None) -> None:
        """Set a unit on a path, off the one that it is on."""
        old = self.path[unit]
        self.path[unit] = path
        change = np.ones(self.held.shape[-1], dtype=np.int64)  # 0 where it stays
        if old is not None and path is not None:
            moved = (old.post != path.post) | (old.minutes != path.minutes)
            change = moved.astype(np.int64)
        self.cost += self._way_out(unit, path) - self._way_out(unit, old)
        if old is not None:
            self._keep_rules(unit, old, -1)
            self._stand(unit, old, -change)
        if path is not None:
            self._keep_rules(unit, path, 1)
            self._stand(unit, path, change)

    def best(self, unit: int, reply: Reply = Reply()) -> tuple[Path | None, float]:
        """Find the path that is best for a unit, given the others.

        Returns
        -------
        path
            None if there is none that keeps its rules.
        better
            By how much it is worth more than the path that the unit is on, with
            parts of blocks at their average worth.
        """
        blocks = np.flatnonzero(self.duty.minutes[unit] > 0)
        posts = self.prepared.posts[unit] if reply.posts is None else reply.posts
        if blocks.size == 0:
            return None, 0.0
        choices = self.choices(unit, posts, blocks)
        if reply.first >= 0:
            choices.first_cost[posts != reply.first] = np.inf
        where, lost, worth = shift_path.best_path(
            choices,
            int(self.duty.breaks[unit]),
            self.rules.break_blocks,
            reply.most,
            reply.price,
            self.reach,
        )
        if worth == -np.inf:
            return None, 0.0
        path = self._path(unit, posts, where, lost)
        return path, worth - self._worth(unit, choices, posts, reply)

    def improve(self, unit: int, reply: Reply, tolerance: float) -> bool:
        """Give a unit its best path, if that is better by more than ``tolerance``."""
        old, before = self.path[unit], self.cost
        new, better = self.best(unit, reply)
        must = old is None or 0 <= reply.most < old.reposts  # it is to make fewer
        if new is None or not (must or better > tolerance) or _same(old, new):
            return False
        paid = reply.price * (old.reposts if old else 0)
        self.put(unit, new)
        if must or self.cost + reply.price * new.reposts < before + paid - tolerance:
            return True
        self.put(unit, old)
        self.cost = before  # to the last bit
        return False

    def choices(
        self, unit: int, posts: IndexArray, blocks: IndexArray
    ) -> shift_path.Choices:
        """Lay out what a unit may do in the blocks that it works, off its path."""
        problem, rules = self.prepared.problem, self.rules
        home = problem.station_min[problem.supply.station[unit], posts]
        minutes = self.duty.minutes[unit, blocks]
        origin = self.duty.origin[unit]
        out = home if rules.count_drives else np.zeros(posts.size)
        if origin >= 0:
            out = self.prepared.between[origin, posts]
        back = np.ceil(home) if rules.count_drives else np.zeros(posts.size)
        if rules.home_within_min is not None and (home <= rules.home_within_min).any():
            back = np.where(home <= rules.home_within_min, back, shift_path.NEVER)
        path = self.path[unit]
        if path is not None:
            self._keep_rules(unit, path, -1)
        relief, crowd = self._relief(unit, posts), self._break_cost(unit, blocks)
        if path is not None:
            self._keep_rules(unit, path, 1)
        return shift_path.Choices(
            gain=np.ascontiguousarray(self._saving(unit, posts, blocks)[:, blocks]),
            relief=np.ascontiguousarray(relief[:, blocks]),
            minutes=minutes,
            between=self.prepared.between[np.ix_(posts, posts)],
            first_min=np.minimum(np.ceil(out), minutes[0] - 1).astype(np.int64),
            first_moves=np.zeros(posts.size, dtype=np.int64),
            first_cost=problem.deadhead * home * self.duty.sets_out[unit],
            last_min=back.astype(np.int64),
            break_cost=crowd,
        )

    def _saving(self, unit: int, posts: IndexArray, blocks: IndexArray) -> FloatArray:
        """Give what a unit off its path would save: (len(posts), n_periods)."""
        ground, units, path = self.prepared.ground, self.prepared.units, self.path[unit]
        none = np.full(self.held.shape[-1], -1)
        own = (none, none) if path is None else (path.post, path.minutes)
        window = int(blocks[0]), int(blocks[-1]) + 1
        return kernel.savings(ground, units, unit, own, posts, self._state, window)

    def _worth(
        self, unit: int, choices: shift_path.Choices, posts: IndexArray, reply: Reply
    ) -> float:
        """Value the path that a unit is on; -inf if it is none of the choices."""
        path, blocks = self.path[unit], np.flatnonzero(self.duty.minutes[unit] > 0)
        if path is None:
            return -np.inf
        there = np.flatnonzero(path.post[blocks] >= 0)
        post = path.post[blocks[there]]
        a = np.minimum(np.searchsorted(posts, post), posts.size - 1)
        if there.size == 0 or (posts[a] != post).any():
            return -np.inf
        share = path.minutes[blocks[there]] / kernel.BLOCK_MIN
        worth = float((choices.gain[a, there] * share + choices.relief[a, there]).sum())
        begun = path.resting[blocks] & ~np.append(False, path.resting[blocks][:-1])
        worth -= float(choices.break_cost[begun].sum()) if begun.any() else 0.0
        return worth - float(choices.first_cost[a[0]]) - reply.price * path.reposts

    def _relief(self, unit: int, posts: IndexArray) -> FloatArray:
        """Give what its presence saves on the quotas: (len(posts), n_periods)."""
        rows = self.prepared.rows
        relief = np.zeros((posts.size, self.held.shape[-1]))
        for r in np.flatnonzero(rows.units[:, unit]):
            if rows.hours[r]:
                total = self.held[r].sum()
                worth = float(total < rows.least[r]) - float(total >= rows.most[r])
                relief[rows.posts[r, posts]] += HARD * worth
            else:
                held = self.held[r]
                worth_by_block = (held < rows.least[r]) * 1.0 - (held >= rows.most[r])
                relief[rows.posts[r, posts]] += HARD * worth_by_block * rows.asked[r]
        return relief

    def _break_cost(self, unit: int, blocks: IndexArray) -> FloatArray:
        station, length = self.prepared.problem.supply.station[unit], self._length
        full = self.on_break[station] >= self.most_on_break[station]
        cost = np.full(blocks.size, np.inf)
        for k in np.flatnonzero(self.duty.begins[unit, blocks]):
            cost[k] = CROWD * full[blocks[k] : blocks[k] + length].sum()
        return cost

    @property
    def _length(self) -> int:
        return self.rules.break_blocks

    def _path(
        self, unit: int, posts: IndexArray, where: IndexArray, lost: IndexArray
    ) -> Path:
        blocks = np.flatnonzero(self.duty.minutes[unit] > 0)
        n_periods = self.duty.minutes.shape[1]
        post = np.full(n_periods, -1)
        minutes = np.zeros(n_periods, dtype=np.int64)
        there = where >= 0
        post[blocks[there]] = posts[where[there]]
        left = np.maximum(1, self.duty.minutes[unit, blocks] - lost)
        minutes[blocks[there]] = left[there]
        resting, driving = np.zeros((2, n_periods), dtype=bool)
        resting[blocks[where == shift_path.ON_BREAK]] = True
        driving[blocks[where == shift_path.UNDER_WAY]] = True
        return Path(
            post=post,
            minutes=minutes,
            resting=resting,
            driving=driving,
            reposts=int((np.diff(where[there]) != 0).sum()),
        )

    def _way_out(self, unit: int, path: Path | None) -> float:
        """Price of the drive from the station to the first post."""
        problem = self.prepared.problem
        if path is None or not self.duty.sets_out[unit] or path.post.max() < 0:
            return 0.0
        first = path.post[np.argmax(path.post >= 0)]
        drive = problem.station_min[problem.supply.station[unit], first]
        return problem.deadhead * float(drive)

    def _keep_rules(self, unit: int, path: Path, change: int) -> None:
        rows, station = (
            self.prepared.rows,
            self.prepared.problem.supply.station[unit],
        )
        at, owed = np.flatnonzero(path.post >= 0), self.owed
        for r in np.flatnonzero(rows.units[:, unit]):
            self.held[r, at] += change * rows.posts[r, path.post[at]]
        self.on_break[station] += change * path.resting
        self.cost += self.owed - owed

    def _stand(self, unit: int, path: Path, change: IndexArray) -> None:
        """Count a unit in (1) or out (-1) block by block, and pay its way there."""
        ground = self.prepared.ground
        minutes, units = change * path.minutes, self.prepared.units
        self.cost += kernel.stand(ground, units, unit, path.post, minutes, self._state)

    @property
    def owed(self) -> float:
        """Price of the rules that the paths do not keep."""
        crowd = np.maximum(0, self.on_break - self.most_on_break[:, None]).sum()
        return HARD * float(sum(self.missing())) + CROWD * float(crowd)

    def missing(self) -> IndexArray:
        """Count what each quota is short of, or over, in unit-blocks: (n_rows,)."""
        rows = self.prepared.rows
        held = np.where(rows.hours[:, None], 0, self.held)
        short = np.maximum(0, rows.least[:, None] - held)
        short += np.maximum(0, held - rows.most[:, None])
        total = self.held.sum(axis=1)
        by_hours = np.maximum(0, rows.least - total) + np.maximum(0, total - rows.most)
        return np.where(rows.hours, by_hours, (short * rows.asked).sum(axis=1))


def _same(old: Path | None, new: Path) -> bool:
    return old is not None and all(
        np.array_equal(getattr(old, name), getattr(new, name))
        for name in ("post", "minutes", "resting", "driving")
    )
