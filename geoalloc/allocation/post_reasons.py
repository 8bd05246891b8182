"""Why each unit stands where it does, and when: figures, and a sentence for each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from geoalloc._types import IndexArray
from geoalloc.allocation import plan
from geoalloc.allocation._losses import losses_of_moves
from geoalloc.allocation.explain import reached
from geoalloc.allocation.prices import short_without
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.allocation.waiting import columns
from geoalloc.errors import DataError

_NAMED = 2  # units that are named as covering the same calls
_TOLD = 0.0005  # late calls below which a loss is not worth words


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What units, posts and hours are called.

    Attributes
    ----------
    units : (n_units,)
        Call signs.
    posts : (n_posts,)
        Names of the places.
    periods : (n_periods,)
        When each hour begins: "23:00".
    activity : (n_units, n_periods)
        What a unit does when it is at no post: "break", "briefing"; empty if nothing
        is known of it.
    """

    units: tuple[str, ...]
    posts: tuple[str, ...]
    periods: tuple[str, ...]
    activity: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Fact:
    """A row of ``post_facts``."""

    unit: int
    first: int
    last: int
    post: int
    before: int
    grade: str
    calls: float
    others: float
    shared: tuple[int, ...]
    loss: float
    staying: float
    dearest: int
    dearest_loss: float
    rules: tuple[str, ...]


def post_facts(problem: AllocationProblem, post: IndexArray) -> pd.DataFrame:
    """Tell what each post of each unit is good for, spell by spell.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan or a timetable.

    Returns
    -------
    facts
        One row per unit and spell (hours on end at one post, or at none while on
        duty), in order: ``unit``; ``first`` and ``last`` period; ``post``, -1 for
        none; ``before``, the post of the spell before it at one, -1 for none;
        ``grade`` that the unit mostly counts for; ``calls`` of it that are expected
        in standard reach; ``others``, units that have such a call in reach too, on
        average; ``shared``, the units that have most of the same calls in reach;
        ``loss``, weighted late calls that there would be more of without it (of a
        spell at no post: that there are more of because of it); ``staying``, those
        there would be more of had it stayed at ``before``; ``dearest`` and
        ``dearest_loss``, its hour at a post that it would be missed most in, -1 and
        nan if none; ``rules``, the quotas that would be short without it.

    Raises
    ------
    DataError
        If the plan is of another problem.
    """
    where = plan.timetable(problem, post)
    return pd.DataFrame([vars(fact) for fact in _facts(problem, where)])


def reasons(problem: AllocationProblem, post: IndexArray, labels: Labels) -> list[str]:
    """Say in one sentence why each unit stands where it does.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan or a timetable.

    Returns
    -------
    reasons
        One per unit; of a timetable, one per unit and period, unit by unit.

    Raises
    ------
    DataError
        If the plan is of another problem, or ``labels`` do not name all of it.
    """
    _require_labels(problem, labels)
    where = plan.timetable(problem, post)
    text = np.full(where.shape, "Not on duty.", dtype=object)
    for fact in _facts(problem, where):
        text[fact.unit, fact.first : fact.last + 1] = (
            _at_no_post(fact, labels)
            if fact.post < 0
            else _at_post(fact, labels, whole=_is_whole(problem, fact))
        )
    if np.ndim(post) > 1:
        return [str(one) for one in text.ravel()]
    on_duty = np.argmax(problem.present, axis=1)
    return [str(text[u, t]) for u, t in enumerate(on_duty)]


def _facts(problem: AllocationProblem, where: IndexArray) -> list[_Fact]:
    before, nowhere = _before(where), np.full_like(where, -1)
    # At no post, the loss is that of not being at the last one, or the next.
    last = np.where(before >= 0, before, _after(where))
    back = np.where(where < 0, last, where)
    stayed = np.where((where >= 0) & (before >= 0), before, where)
    loss, gained, staying = losses_of_moves(problem, where, [nowhere, back, stayed])
    at_post = np.where(where >= 0, loss, -np.inf)
    cost = np.where(where >= 0, loss, -gained)
    seen, found = _Seen(problem, where), []
    for u, a, b in _spells(problem, where):
        hours, dearest = slice(a, b + 1), int(np.argmax(at_post[u]))
        known = bool(np.isfinite(at_post[u, dearest]))
        grade, calls, others, shared = seen.from_post(u, a, b)
        found.append(
            _Fact(
                unit=u,
                first=a,
                last=b,
                post=int(where[u, a]),
                before=int(before[u, a]),
                grade=grade,
                calls=calls,
                others=others,
                shared=shared,
                loss=float(cost[u, hours].sum()),
                staying=float(staying[u, hours].sum()),
                dearest=dearest if known else -1,
                dearest_loss=float(at_post[u, dearest]) if known else np.nan,
                rules=short_without(problem, where, u, np.arange(a, b + 1)),
            )
        )
    return found


def _is_whole(problem: AllocationProblem, fact: _Fact) -> bool:
    return fact.first == 0 and fact.last == problem.n_periods - 1


class _Seen:
    """Whose calls are whose: which calls units have in standard reach, by spell."""

    def __init__(self, problem: AllocationProblem, where: IndexArray) -> None:
        self._problem, self._where = problem, where
        self._own = _own_class(problem)
        self._reach: dict[tuple[int, int, int], IndexArray] = {}
        self._column = np.zeros(problem.n_periods, dtype=np.int64)
        for k, (_, periods) in enumerate(columns(where)):
            self._column[periods] = k
        self._marks: dict[tuple[int, int], sp.csr_array] = {}

    def from_post(
        self, unit: int, first: int, last: int
    ) -> tuple[str, float, float, tuple[int, ...]]:
        """Sum up the calls in reach over a spell, and who has them in reach too.

        Returns
        -------
        grade, calls, others, shared
            As in ``post_facts``.
        """
        c, p = int(self._own[unit]), int(self._where[unit, first])
        if c < 0:
            return "", 0.0, 0.0, ()
        service = self._problem.classes[c]
        grade = service.grade or service.name
        if p < 0:
            return grade, 0.0, 0.0, ()
        hexes = self._hexes(unit, p, c)
        same, own = np.zeros(len(self._where)), np.zeros(self._problem.n_hexes)
        for t in range(first, last + 1):
            own[hexes] = service.arrivals[t, hexes]
            same += self._marked(c, t) @ own
        calls = float(same[unit])
        same[unit] = 0.0
        most = np.argsort(-same, kind="stable")[:_NAMED]
        shared = tuple(int(v) for v in most if same[v] > 0)
        return grade, calls, float(same.sum() / calls) if calls > 0 else 0.0, shared

    def _marked(self, c: int, period: int) -> sp.csr_array:
        """Mark what each unit has in reach of a class: (n_units, n_hexes)."""
        key = c, int(self._column[period])
        if key not in self._marks:
            stands = self._where[:, period]
            serves = self._problem.unit_serves[:, c] & (stands >= 0)
            none = np.zeros(0, dtype=np.int64)
            seen = [
                self._hexes(u, post, c) if serves[u] else none
                for u, post in enumerate(stands.tolist())
            ]
            start = np.concatenate([[0], np.cumsum([hexes.size for hexes in seen])])
            marks = np.ones(int(start[-1]))
            shape = stands.size, self._problem.n_hexes
            self._marks[key] = sp.csr_array((marks, np.concatenate(seen), start), shape)
        return self._marks[key]

    def _hexes(self, unit: int, post: int, c: int) -> IndexArray:
        if (unit, post, c) not in self._reach:
            self._reach[unit, post, c] = reached(self._problem, unit, post, c)
        return self._reach[unit, post, c]


def _own_class(problem: AllocationProblem) -> IndexArray:
    """Give the first class with calls that each unit counts for, -1 for none."""
    busy = np.array([c.arrivals.sum() > 0 for c in problem.classes])
    counts = problem.unit_serves & busy
    return np.where(counts.any(axis=1), counts.argmax(axis=1), -1)


def _spells(
    problem: AllocationProblem, where: IndexArray
) -> list[tuple[int, int, int]]:
    """List unit, first and last period of its hours on end in one place."""
    state = np.where(problem.present, where, -2)  # -2 is not on duty
    found = []
    for u, row in enumerate(state):
        starts = np.flatnonzero(np.diff(row, prepend=-3))
        ends = np.append(starts[1:], row.size) - 1
        found += [
            (u, int(a), int(b))
            for a, b in zip(starts, ends, strict=True)
            if row[a] != -2
        ]
    return found


def _before(where: IndexArray) -> IndexArray:
    """Name the post of the spell at another post before each hour; -1 for none."""
    before = np.full_like(where, -1)
    for t in range(1, where.shape[1]):
        ended = where[:, t - 1] != where[:, t]
        told = np.where(where[:, t - 1] >= 0, where[:, t - 1], before[:, t - 1])
        before[:, t] = np.where(ended, told, before[:, t - 1])
    return np.where(before == where, -1, before)


def _after(where: IndexArray) -> IndexArray:
    """Name the next post of each unit from each hour on; -1 for none."""
    after = where.copy()
    for t in range(where.shape[1] - 2, -1, -1):
        after[:, t] = np.where(where[:, t] >= 0, where[:, t], after[:, t + 1])
    return after


def _at_post(fact: _Fact, labels: Labels, *, whole: bool) -> str:
    """Say what a post is good for; and a new one, why not the old."""
    when = "this shift" if whole else f"from {labels.periods[fact.first]}"
    calls = f"{fact.calls:.1f} expected {fact.grade} calls"
    text = f"In standard reach of {calls} {when}"
    if not fact.grade:
        text = "Counts for no calls of this shift"
    elif fact.before >= 0:
        text = (
            f"Moves at {labels.periods[fact.first]} from {labels.posts[fact.before]} "
            f"because it then has {calls} in standard reach"
        )
        if fact.staying > _TOLD:
            text += f", and {fact.staying:.2f} more would be late (weighted) there"
    if fact.shared:
        names = " and ".join(labels.units[u] for u in fact.shared)
        verb = "reaches" if len(fact.shared) == 1 else "reach"
        others = f"{fact.others:.1f} other units on average"
        text += f"; {names} {verb} most of them too, {others}"
    elif fact.calls > 0:
        text += "; no other unit reaches them in time"
    if fact.loss > _TOLD:
        text += f"; without it {fact.loss:.2f} more late calls (weighted)"
    if fact.rules:
        text += f"; needed for {' and '.join(fact.rules)}"
    return text + "."


def _at_no_post(fact: _Fact, labels: Labels) -> str:
    """Say why a unit is off its post then rather than at another time."""
    doing = labels.activity[fact.unit][fact.first] if labels.activity else ""
    what = doing[:1].upper() + doing[1:] if doing else "At no post"
    cost = max(0.0, fact.loss)
    text = f"{what} from {labels.periods[fact.first]}"
    text += f", which costs {cost:.2f} late calls (weighted)"
    if fact.dearest >= 0 and fact.dearest_loss > cost:
        at, most = labels.periods[fact.dearest], fact.dearest_loss
        text += f"; the hour from {at} would cost {most:.2f}"
    return text + "."


def _require_labels(problem: AllocationProblem, labels: Labels) -> None:
    wanted = {
        "units": len(problem.supply),
        "posts": problem.n_posts,
        "periods": problem.n_periods,
    }
    for name, size in wanted.items():
        if len(getattr(labels, name)) != size:
            raise DataError(
                f"labels name {len(getattr(labels, name))} {name}, the problem has "
                f"{size}; give one for each"
            )
    rows = labels.activity
    if rows and {len(rows), *map(len, rows)} != {wanted["units"], wanted["periods"]}:
        raise DataError(
            f"activity of the labels must be {wanted['units']} rows (units) of "
            f"{wanted['periods']} (periods)"
        )
