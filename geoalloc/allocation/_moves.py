"""Search for the few moves that better a plan most."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geoalloc._types import IndexArray
from geoalloc.allocation._paths import Path, Reply, Standing
from geoalloc.allocation._prepared import Prepared
from geoalloc.allocation.duty import Duty, ShiftRules
from geoalloc.kernels import shift as kernel


@dataclass(frozen=True, kw_only=True)
class Move:
    """From ``period`` on, the unit stands at ``post``."""

    unit: int
    period: int
    post: int


_EXACT = 10  # so many moves are put in order by all their gains, more by upper bounds
_CANDIDATES = 30  # units that are looked at for a move in place of the weakest


class MoveSearch:
    """A plan within some periods, the moves made so far, and the best next one."""

    def __init__(
        self,
        prepared: Prepared,
        where: IndexArray,
        window: tuple[int, int],
        arriving: Mapping[int, int],
        rules: ShiftRules,
        tolerance: float,
    ) -> None:
        self._prepared, self._where = prepared, where
        self._window, self._tolerance = window, tolerance
        self._standing = Standing(prepared, _duty(where, window), rules)
        self.moves: list[Move] = []
        self._candidates: list[int] = []
        self.arrivals: list[tuple[int, int, int]] = []
        self._base: list[Path | None] = []
        for u, posts in enumerate(where):
            self._base.append(self._path(u, posts))
            self._standing.put(u, self._base[u])
        for unit, period in sorted(arriving.items()):
            self._arrive(unit, max(period, window[0]))

    def value(self) -> float:
        """Objective of the periods that are looked at."""
        return self._standing.value(self._window)

    def timetable(self) -> IndexArray:
        """Give the whole plan, with the moves: (n_units, n_periods)."""
        where, (first, last) = self._where.copy(), self._window
        where[:, first:last] = self._standing.timetable[:, first:last]
        return where

    def extend(self, most: int) -> None:
        """Add the best move until there are ``most``, or none is worth it.

        What a move gains mostly falls as others are made, so that an old gain is
        taken as an upper bound and only the best few are worked out again.
        """
        if most <= len(self.moves):
            return
        gains = self._gains()
        ranked = sorted(gains, key=lambda u: (-gains[u][0], u))
        self._candidates = sorted(ranked[: most + _CANDIDATES])
        fresh = {u: len(self.moves) for u in gains}
        while len(self.moves) < most and gains:
            unit = min(gains, key=lambda u: (-gains[u][0], u))
            gain, move = gains[unit]
            if fresh[unit] < len(self.moves):
                gains[unit], fresh[unit] = self._best(unit), len(self.moves)
                continue
            if gain <= self._tolerance or not self._add(move):
                del gains[unit]

    def repair(self) -> bool:
        """Look each move over given the others; exchange the weakest for a better."""
        if not self.moves:
            return False
        better = False
        for move in list(self.moves):
            better |= self._replace(move, [move.unit])
        loss = {m: self._loss(m) for m in self.moves}
        weakest = min(self.moves, key=lambda m: (loss[m], m.unit, m.period))
        return self._replace(weakest, self._candidates) or better

    def ordered(self) -> list[tuple[int, int, int, int, int, float]]:
        """List the moves, the one that gains most given those above first.

        Returns
        -------
        rows
            unit, period, from_post, to_post, minutes, gain.
        """
        left, rows = list(self.moves), []
        exact = len(left) <= _EXACT
        self._make([])
        gain = dict.fromkeys(left, np.inf)
        fresh: set[Move] = set()
        while left:
            move = min(left, key=lambda m: (-gain[m], m.unit, m.period))
            if move not in fresh:
                gain[move] = self._gain_of(move)
                fresh.add(move)
                continue
            stood, worth = self._before(move), gain[move]
            drive = int(self._prepared.between[stood, move.post]) if stood >= 0 else 0
            self._make([*self.moves, move])
            left.remove(move)
            fresh.clear()
            if exact:  # what a move gains may also rise
                gain = dict.fromkeys(left, np.inf)
            rows.append((move.unit, move.period, stood, move.post, drive, worth))
        return rows

    def free(self, passes: int) -> float:
        """Value what any number of moves is found to reach; nan without a pass.

        The moves are lost: it is the last thing to ask.
        """
        if not passes:
            return float("nan")
        for _ in range(passes):
            for u in range(len(self._base)):
                self._standing.improve(u, Reply(), self._tolerance)
        return self.value()

    def _arrive(self, unit: int, period: int) -> None:
        """Give a unit that arrives its best post, for the rest of its duty."""
        duty, (_, last) = self._standing.duty, self._window
        on = self._prepared.problem.present[unit].copy()
        on[:period], on[last:] = False, False
        duty.minutes[unit] = kernel.BLOCK_MIN * on
        duty.origin[unit] = -1
        self._base[unit] = self._standing.best(unit, Reply(most=0))[0]
        self._standing.put(unit, self._base[unit])
        path = self._base[unit]
        if path is not None:
            self.arrivals.append((unit, int(on.argmax()), int(path.post[on][0])))

    def _gains(self) -> dict[int, tuple[float, Move]]:
        found = {}
        for unit, path in enumerate(self._base):
            if path is not None and self._prepared.posts[unit].size > 1:
                found[unit] = self._best(unit)
        return found

    def _best(self, unit: int) -> tuple[float, Move]:
        """Find the best next move of a unit, after those that it has made."""
        path = self._standing.path[unit]
        nothing = (-np.inf, Move(unit=unit, period=-1, post=-1))
        if path is None:
            return nothing
        allowed = self._prepared.posts[unit]
        blocks = np.flatnonzero(path.post >= 0)
        posts = np.union1d(allowed, path.post[blocks])
        choices = self._standing.choices(unit, posts, blocks)
        a, k = np.searchsorted(posts, path.post[blocks]), np.arange(blocks.size)
        share = path.minutes[blocks] / kernel.BLOCK_MIN
        now = choices.gain[a, k] * share + choices.relief[a, k]
        then = (choices.gain + choices.relief)[:, ::-1].cumsum(axis=1)[:, ::-1]
        then -= now[::-1].cumsum()[::-1]
        begun = max((m.period for m in self.moves if m.unit == unit), default=-1)
        for first in k[blocks > begun]:
            drive = self._drive(unit, path.post, int(blocks[first]), posts)
            then[:, first] -= choices.gain[:, first] * drive / kernel.BLOCK_MIN
            if first == 0:
                then[:, 0] -= choices.first_cost - choices.first_cost[a[0]]
            way = self._way(unit, path.post, int(blocks[first]), posts)
            then[way > self._standing.reach, first] = -np.inf
            then[a[first], first] = -np.inf
        then[:, blocks <= begun] = -np.inf
        then[~np.isin(posts, allowed)] = -np.inf
        post, first = np.unravel_index(int(then.argmax()), then.shape)
        if then[post, first] == -np.inf:
            return nothing
        move = Move(unit=unit, period=int(blocks[first]), post=int(posts[post]))
        return float(then[post, first]), move

    def _stood(self, unit: int, posts: IndexArray, period: int) -> int:
        """Tell where a unit stands just before a period, -1 if at no post."""
        if period > self._window[0]:
            return int(posts[period - 1])
        if period > 0:
            return int(self._where[unit, period - 1])
        return int(self._where[unit, 0])

    def _drive(
        self, unit: int, posts: IndexArray, period: int, to: IndexArray
    ) -> IndexArray:
        """Minutes that the way to some posts takes of a period."""
        stood = self._stood(unit, posts, period)
        if stood < 0:
            return np.zeros(to.shape, dtype=np.int64)
        return np.asarray(self._prepared.between[stood, to])

    def _way(
        self, unit: int, posts: IndexArray, period: int, to: IndexArray
    ) -> IndexArray:
        """Minutes from where a unit stood last: a break moves nobody."""
        first = self._window[0]
        earlier = np.concatenate([self._where[unit, :first], posts[first:period]])
        stood = earlier[earlier >= 0]
        if not stood.size:
            return self._drive(unit, posts, period, to)
        return np.asarray(self._prepared.between[stood[-1], to])

    def _path(self, unit: int, posts: IndexArray) -> Path | None:
        """Turn posts of all periods into a path within the periods looked at."""
        inside = np.full(posts.size, -1)
        first, last = self._window
        inside[first:last] = posts[first:last]
        at = np.flatnonzero(inside >= 0)
        if at.size == 0:
            return None
        minutes = np.zeros(posts.size, dtype=np.int64)
        for t in at:
            drive = int(self._drive(unit, inside, int(t), inside[t]))
            minutes[t] = max(1, kernel.BLOCK_MIN - drive)  # it is under way at most
        never = np.zeros(posts.size, dtype=bool)
        return Path(
            post=inside,
            minutes=minutes,
            resting=never,
            driving=never,
            reposts=int((np.diff(inside[at]) != 0).sum()),
        )

    def _make(self, moves: list[Move]) -> None:
        """Have these moves made, and no others."""
        units = {m.unit for m in {*moves} ^ {*self.moves}}
        self.moves = moves
        for unit in sorted(units):
            base = self._base[unit]
            posts = np.full(self._where.shape[1], -1) if base is None else base.post
            posts = posts.copy()
            for move in sorted(moves, key=lambda m: m.period):
                if move.unit == unit:
                    there = posts >= 0
                    there[: move.period] = False
                    posts[there] = move.post
            same = base is None or np.array_equal(posts, base.post)
            self._standing.put(unit, base if same else self._path(unit, posts))

    def _gain_of(self, move: Move) -> float:
        """Tell what a move gains given those that are made."""
        kept, cost = self.moves, self._standing.cost
        self._make([*kept, move])
        gain = cost - self._standing.cost
        self._make(kept)
        return gain

    def _add(self, move: Move) -> bool:
        kept, cost = self.moves, self._standing.cost
        self._make([*kept, move])
        if self._standing.cost < cost - self._tolerance:
            return True
        self._make(kept)
        return False

    def _loss(self, move: Move) -> float:
        """Tell what would be lost without a move."""
        kept, cost = self.moves, self._standing.cost
        self._make([m for m in kept if m != move])
        loss = self._standing.cost - cost
        self._make(kept)
        return loss

    def _replace(self, move: Move, units: list[int]) -> bool:
        """Exchange a move for the best one of some units, if that is better."""
        kept, cost = self.moves, self._standing.cost
        self._make([m for m in kept if m != move])
        _, best = max(
            (self._best(u) for u in units), key=lambda row: (row[0], -row[1].unit)
        )
        if best.post >= 0 and best != move:
            self._make([*self.moves, best])
            if self._standing.cost < cost - self._tolerance:
                return True
        self._make(kept)
        return False

    def _before(self, move: Move) -> int:
        """Tell at which post a unit was last before a move; -1 for none."""
        path = self._standing.path[move.unit]
        posts = self._where[move.unit].copy()
        if path is not None:
            first, last = self._window
            posts[first:last] = path.post[first:last]
        earlier = posts[: move.period]
        stood = earlier[earlier >= 0]
        return int(stood[-1]) if stood.size else int(posts[move.period])


def _duty(where: IndexArray, window: tuple[int, int]) -> Duty:
    """Let units work where the plan has them at a post, within the window."""
    inside = np.zeros(where.shape, dtype=bool)
    inside[:, window[0] : window[1]] = where[:, window[0] : window[1]] >= 0
    n_units = len(where)
    before = where[:, : window[0]]
    stood = where[np.arange(n_units), inside.argmax(axis=1)]
    if before.shape[1]:
        stood = np.where(before[:, -1] >= 0, before[:, -1], -1)
    return Duty(
        minutes=kernel.BLOCK_MIN * inside.astype(np.int64),
        activity=np.full(where.shape, "", dtype=object),
        begins=np.zeros(where.shape, dtype=bool),
        breaks=np.zeros(n_units, dtype=np.int64),
        unrested=np.zeros(n_units, dtype=bool),
        origin=stood,
        sets_out=np.asarray((before < 0).all(axis=1)),
        overtime_min=np.zeros(n_units),
    )
