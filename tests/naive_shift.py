"""Slow twins of the planning of a shift: every path of a unit, by definition."""

from dataclasses import replace
from itertools import product
from math import ceil, inf

import numpy as np

from geoalloc import allocation
from tests.lattice_town import make_town

BREAK, DRIVE = "break", "drive"


def make_day(seed=0, factors=(1.3, 0.7, 1.0, 1.6, 0.2, 1.2), **changes):
    """Draw a town whose hours differ by ``factors``; in the south they come last first.

    So that it pays to move in the course of the day.
    """
    town = make_town(seed, **changes)
    scale = np.array(factors)[:, None]
    scale = np.where(town.hex_district == 0, scale, scale[::-1])
    classes = tuple(
        replace(c, arrivals=c.arrivals[:1] * scale, load=c.load[:1] * scale)
        for c in town.classes
    )
    return replace(town, classes=classes)


def between(problem):
    """Whole minutes of drive from post to post, inf if there is no way."""
    table = problem.travel_min.toarray()[:, problem.post_hex]
    stored = problem.travel_min.toarray()[:, problem.post_hex] > 0
    minutes = [
        [ceil(m) if s else inf for m, s in zip(row, has, strict=True)]
        for row, has in zip(table, stored, strict=True)
    ]
    for p in range(problem.n_posts):
        minutes[p][p] = 0
    return minutes


def paths(choices, n_blocks, breaks, length):
    """List every sequence of posts, breaks and drives of a whole block."""
    found = []
    for path in product([*choices, BREAK, DRIVE], repeat=n_blocks):
        if DRIVE in (path[0], path[-1]):
            continue
        runs, t = [], 0
        while t < n_blocks:
            if path[t] == BREAK:
                end = t
                while end < n_blocks and path[end] == BREAK:
                    end += 1
                runs.append((t, end - t))
                t = end
            else:
                t += 1
        drives = [t for t in range(n_blocks) if path[t] == DRIVE]
        alone = all(
            path[t - 1] not in (BREAK, DRIVE)
            and path[t + 1] not in (BREAK, DRIVE)
            and path[t - 1] != path[t + 1]
            for t in drives
        )
        right = len(runs) == breaks and all(n == length for _, n in runs)
        if alone and right and any(p not in (BREAK, DRIVE) for p in path):
            found.append((path, [t for t, _ in runs]))
    return found


def lost_minutes(path, minutes, reach):
    """Give minutes lost to drives in each block and re-posts; None if not allowed."""
    lost, moves, last = [0] * len(path), 0, None
    for t, p in enumerate(path):
        if p in (BREAK, DRIVE):
            continue
        if last is not None and path[last] != p:
            moves += 1
            drive, kind = minutes[path[last]][p], path[t - 1]
            if drive > (60 if kind == DRIVE else reach):
                return None
            if last == t - 1:
                lost[t] = drive
        last = t
    return lost, moves


class OneUnit:
    """What one unit saves at each post in each block, others being whole and fixed."""

    def __init__(self, problem, timetable, unit):
        self.problem, self.unit = problem, unit
        self.away = timetable.copy()
        self.away[unit] = -1
        self.none = self.unmet(self.away)

    def unmet(self, timetable):
        """Weighted unmet demand of each block."""
        value = allocation.evaluate(self.problem, timetable)
        return [
            sum(
                float((c.weight * c.arrivals[t] * chance[t]).sum())
                for c, chance in zip(self.problem.classes, value.none_free, strict=True)
            )
            for t in range(self.problem.n_periods)
        ]

    def savings(self, posts):
        """Give {post: saving of each block}."""
        found = {}
        for p in posts:
            there = self.away.copy()
            there[self.unit] = p
            with_it = self.unmet(there)
            found[p] = [a - b for a, b in zip(self.none, with_it, strict=True)]
        return found


def best_path(problem, unit, timetable, rules, most):
    """Try every path of one unit; give the lowest cost of all units, and the path."""
    model = OneUnit(problem, timetable, unit)
    posts = np.flatnonzero(problem.allowed[unit]).tolist()
    saving, drive = model.savings(posts), between(problem)
    home = problem.station_min[problem.supply.station[unit]]
    n = problem.n_periods
    best = (inf, None)
    for path, starts in paths(posts, n, rules.breaks, rules.break_blocks):
        margin = rules.break_margin
        if any(t < margin or t + rules.break_blocks > n - margin for t in starts):
            continue
        allowed = lost_minutes(path, drive, rules.repost_reach_min)
        if allowed is None or allowed[1] > most:
            continue
        cost, first = sum(model.none), None
        for t, p in enumerate(path):
            if p not in (BREAK, DRIVE):
                cost -= saving[p][t] * (60 - allowed[0][t]) / 60
                first = p if first is None else first
        cost += problem.deadhead * home[first]
        if cost < best[0] - 1e-12:
            best = (cost, path)
    return best
