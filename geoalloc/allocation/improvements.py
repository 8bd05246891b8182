"""What one per cent off demand, work, journeys, sickness or breaks would buy."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geoalloc import schemas
from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import plan
from geoalloc.allocation._marginal import Margins, grades, with_units
from geoalloc.allocation._resolve import grade_late, resolve
from geoalloc.allocation.aggregation import Aggregation
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError

ONE_PER_CENT = 0.01
REACH_STEP = 0.05  # reach grows hex by hex: one per cent alone is too small to tell
LEVERS = (
    "demand",
    "on-scene time",
    "travel time",
    "call handling",
    "sickness",
    "break time",
)

_OF_UNITS = ("sickness", "break time")
_OF_REACH = ("travel time", "call handling")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the demand that could shrink: a category of incident, a source.

    Attributes
    ----------
    name
        As a planner would say it: "missing persons".
    arrivals, load : (n_classes, n_periods, n_hexes)
        Its calls and its Erlangs, as those of a service class.
    """

    name: str
    arrivals: FloatArray
    load: FloatArray

    def __post_init__(self) -> None:
        for name in ("arrivals", "load"):
            schemas.require_measure(getattr(self, name), f"{name} of {self.name!r}")
        if not self.arrivals.sum() > 0:
            raise DataError(
                f"part {self.name!r} of the demand has no calls; leave it out"
            )


@dataclass(frozen=True, kw_only=True)
class Lever:
    """Something that could be one per cent less, and of what: a part, class or kind."""

    name: str
    of: str
    part: Part | None = None


def one_per_cent(
    problem: AllocationProblem,
    post: IndexArray,
    parts: tuple[Part, ...] = (),
    *,
    step: float = ONE_PER_CENT,
    n_resolved: int = 0,
) -> pd.DataFrame:
    """Rank what one per cent less of everything that makes callers wait would buy.

    Demand and work: at the plan as it is, which is what counts for so small a change
    (envelope theorem; Milgrom and Segal, 2002, Econometrica 70, 583-601); the change
    is made to the problem and the plan valued again. Sickness and breaks: one per
    cent more unit-hours at posts, at what one more unit buys there. Travel and call
    handling change what is in reach, hex by hex, of posts that were chosen for the
    old reach: five per cent at once, the plan searched anew with and without, and a
    fifth of the difference (of a timetable, which is not searched, it is left out of
    account that posts would change).

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan; or a timetable, in which hours of duty at no post are break time.
    parts
        Parts of the demand, say by category; the classes of service if none.
    step
        Share that is taken off.
    n_resolved
        For so many of the first rows, also search a plan anew with the change.

    Returns
    -------
    ranked
        Best first: ``lever`` (one of ``LEVERS``), ``of``, ``basis`` (plan, marginal
        or search), ``saved_weighted`` (of the weighted unmet demand),
        ``saved_share`` (of all of it), ``saved_late_`` and the grade (late calls)
        for each grade, and ``resolved_weighted`` (nan where not searched).

    Raises
    ------
    DataError
        If the plan is of another problem, a part has another shape or takes away
        more than there is, or ``step`` is not a share.
    """
    if not 0 < step < 1:
        raise DataError(f"step must be a share between 0 and 1, got {step}")
    where = plan.timetable(problem, post)
    found = levers(problem, where, parts)
    worth = _Worth(problem, post, step)
    rows = [worth.of(lever) for lever in found]
    names = [f"saved_late_{grade}" for grade in grades(problem)]
    table = pd.DataFrame(rows, columns=["basis", "saved_weighted", *names])
    table.insert(0, "lever", [lever.name for lever in found])
    table.insert(1, "of", [lever.of for lever in found])
    table.insert(4, "saved_share", table["saved_weighted"] / worth.unmet)
    table["resolved_weighted"] = np.nan
    order = np.argsort(-table["saved_weighted"].to_numpy(), kind="stable")
    for i in order[:n_resolved].tolist():
        table.loc[i, "resolved_weighted"] = worth.resolved(found[i])
    table = table.iloc[order].reset_index(drop=True)
    return table.astype({"lever": "str", "of": "str", "basis": "str"})


class _Worth:
    """What levers are worth at a plan; what they share is worked out once."""

    def __init__(
        self, problem: AllocationProblem, post: IndexArray, step: float
    ) -> None:
        self._problem, self._step = problem, step
        self._post = np.asarray(post, dtype=np.int64)
        self._where = plan.timetable(problem, post)
        self._base = plan.evaluate(problem, self._where)
        self._count = plan.parts_in_reach(problem, self._where)
        self._bought = _bought(problem, self._where)
        self._searched: plan.Valuation | None = None

    @property
    def unmet(self) -> float:
        """Weighted unmet demand of the plan, above 0."""
        return max(self._base.weighted_unmet, 1e-12)

    def of(self, lever: Lever) -> tuple[str | float, ...]:
        """Give basis, saved weighted unmet demand, and late calls by grade."""
        step = self._step
        if lever.name in _OF_UNITS:
            weighted, late = self._bought[lever.name, lever.of]
            return "marginal", weighted * step, *(late * step).tolist()
        if lever.name not in _OF_REACH:
            return "plan", *self._spared(lever).tolist()
        steps = max(step, REACH_STEP)
        if self._post.ndim == 1:
            saved = self._saved(self._search(), self._found, lever, steps)
            return "search", *(saved * step / steps).tolist()
        saved = self._saved(self._base, plan.evaluate, lever, steps)
        return "plan", *(saved * step / steps).tolist()

    def resolved(self, lever: Lever) -> float:
        """Search from the plan with the change: what that saves beyond one without."""
        if lever.name in _OF_UNITS or self._post.ndim > 1:
            return np.nan
        return float(self._saved(self._search(), self._found, lever, self._step)[0])

    def _spared(self, lever: Lever) -> FloatArray:
        """Value the plan with less demand or work: as many units are in reach."""
        other, base = changed(self._problem, lever, self._step), self._base
        _, unmet, weighted = plan.late_calls(other, self._count)
        late = grade_late(self._problem, base.unmet - unmet)
        return np.append(base.weighted_unmet - weighted, late)

    def _saved(
        self,
        base: plan.Valuation,
        value: Callable[[AllocationProblem, IndexArray], plan.Valuation],
        lever: Lever,
        step: float,
    ) -> FloatArray:
        other = value(changed(self._problem, lever, step), base.post)
        late = grade_late(self._problem, base.unmet - other.unmet)
        return np.append(base.weighted_unmet - other.weighted_unmet, late)

    def _found(self, problem: AllocationProblem, post: IndexArray) -> plan.Valuation:
        return resolve(problem, post, None).value

    def _search(self) -> plan.Valuation:
        if self._searched is None:
            self._searched = self._found(self._problem, self._post)
        return self._searched


def levers(
    problem: AllocationProblem, where: IndexArray, parts: tuple[Part, ...] = ()
) -> list[Lever]:
    """List what could be one per cent less.

    Parameters
    ----------
    where : (n_units, n_periods)
        A timetable.
    parts
        Parts of the demand; the classes of service if none.
    """
    shape = (len(problem.classes), problem.n_periods, problem.n_hexes)
    for part in parts:
        if part.arrivals.shape != shape or part.load.shape != shape:
            raise DataError(
                f"part {part.name!r} of the demand has shapes {part.arrivals.shape} "
                f"and {part.load.shape}; both must be {shape}"
            )
    found = [
        Lever(name="demand", of=part.name, part=part)
        for part in parts or _classes_as_parts(problem)
    ]
    found += [
        Lever(name="on-scene time", of=part.name, part=part)
        for part in parts or _classes_as_parts(problem)
    ]
    found.append(Lever(name="travel time", of="all journeys"))
    found += [
        Lever(name="call handling", of=c.name)
        for c in problem.classes
        if c.call_handling_min > 0
    ]
    kinds = sorted(set(problem.supply.kind))
    found += [Lever(name="sickness", of=kind) for kind in kinds]
    off = problem.present & (where < 0)
    kind = np.array(problem.supply.kind)
    found += [Lever(name="break time", of=k) for k in kinds if off[kind == k].any()]
    return found


def changed(problem: AllocationProblem, lever: Lever, step: float) -> AllocationProblem:
    """Make the change of a lever to the problem: its demand, work or travel."""
    if lever.name == "travel time":
        travel = problem.travel_min.copy()
        travel.data = (travel.data / np.float32(1 + step)).astype(travel.data.dtype)
        return replace(problem, travel_min=travel)
    classes = list(problem.classes)
    for c, service in enumerate(problem.classes):
        if lever.name == "call handling" and service.name == lever.of:
            spared = step * service.call_handling_min
            classes[c] = replace(
                service,
                limit_min=service.limit_min + spared,
                call_handling_min=service.call_handling_min - spared,
            )
        if lever.part is not None and lever.part.arrivals[c].any():
            less = replace(
                service,
                load=_less(service.load, step * lever.part.load[c], lever.of),
            )
            if lever.name == "demand":
                calls = step * lever.part.arrivals[c]
                less = replace(less, arrivals=_less(service.arrivals, calls, lever.of))
            else:
                share = step * lever.part.load[c].sum() / max(service.load.sum(), 1e-12)
                less = replace(less, on_scene_min=service.on_scene_min * (1 - share))
            classes[c] = less
    return replace(problem, classes=tuple(classes))


def _less(whole: FloatArray, part: FloatArray, name: str) -> FloatArray:
    left = whole - part
    if (left < -1e-9).any():
        raise DataError(
            f"part {name!r} of the demand takes away more than its class has; a part "
            f"must lie within the classes of the problem"
        )
    return np.maximum(left, 0.0)


def _classes_as_parts(problem: AllocationProblem) -> tuple[Part, ...]:
    parts = []
    nothing = np.zeros((len(problem.classes), problem.n_periods, problem.n_hexes))
    for c, service in enumerate(problem.classes):
        if service.arrivals.sum() > 0:
            arrivals, load = nothing.copy(), nothing.copy()
            arrivals[c], load[c] = service.arrivals, service.load
            parts.append(Part(name=service.name, arrivals=arrivals, load=load))
    return tuple(parts)


def _bought(
    problem: AllocationProblem, where: IndexArray
) -> dict[tuple[str, str], tuple[float, FloatArray]]:
    """Tell what all units of a kind, or all its breaks, would buy again at a post.

    Each unit once more, at the best post of its station; each hour of break at the
    best post for that hour.
    """
    n_units, n_grades = len(problem.supply), len(grades(problem))
    station = problem.supply.station
    pairs = sorted(set(zip(problem.supply.kind, station.tolist(), strict=True)))
    kinds = tuple(kind for kind, _ in pairs)
    stations = np.array([s for _, s in pairs])
    problem = replace(problem, longest=None)
    larger = with_units(problem, kinds, stations)
    margins = Margins(problem, where, larger)
    present = problem.present
    off = present & (where < 0)
    bought = {
        (name, kind): (0.0, np.zeros(n_grades))
        for name in ("sickness", "break time")
        for kind in kinds
    }
    for i, (kind, s) in enumerate(pairs):
        unit = n_units + i
        able = larger.allowed[unit]
        margin = margins.of(unit)
        mine = (np.array(problem.supply.kind) == kind) & (station == s)
        whole = int(np.argmax(np.where(able, margin.weighted.sum(axis=1), -np.inf)))
        hourly = np.argmax(np.where(able[:, None], margin.weighted, -np.inf), axis=0)
        hours = off[mine].sum(axis=0)
        periods = np.arange(problem.n_periods)
        for name, posts, times in (
            ("sickness", np.full(problem.n_periods, whole), present[mine].sum(axis=0)),
            ("break time", hourly, hours),
        ):
            weighted, late = bought[name, kind]
            value = float(times @ margin.weighted[posts, periods])
            by_grade = np.einsum("t,gt->g", times, margin.late[:, posts, periods])
            bought[name, kind] = (weighted + value, late + by_grade)
    return bought


def more_present(
    problem: AllocationProblem,
    where: IndexArray,
    lever: Lever,
    step: float,
    cells: Aggregation | None = None,
) -> tuple[AllocationProblem, IndexArray, float]:
    """Put more units, or units on a break, at posts: whole ones, near to a share.

    Units come from stations evenly along those of the kind, one after the other to
    the post that is best then; hours of break evenly along all of the kind.

    Parameters
    ----------
    where : (n_units, n_periods)
        A timetable.
    lever
        Of sickness or break time.
    cells
        What the best posts are looked for on, in place of every hex.

    Returns
    -------
    problem, where
        With the units, and their posts.
    share
        What has been added, of what there is.
    """
    mine = np.flatnonzero(np.array(problem.supply.kind) == lever.of)
    if lever.name == "break time":
        off = problem.present[mine] & (where[mine] < 0)
        unit, period = np.nonzero(off)
        taken = _evenly(unit.size, step)
        where = where.copy()
        for u, t in zip(
            mine[unit[taken]].tolist(), period[taken].tolist(), strict=True
        ):
            where[u, t] = _best_post(problem, where, u, np.array([t]), cells)
        return problem, where, taken.size / unit.size
    stations = np.sort(problem.supply.station[mine])
    taken = _evenly(mine.size, step)
    whole = np.arange(problem.n_periods)
    for station in stations[taken]:
        problem = with_units(problem, (lever.of,), np.array([station]))
        where = np.vstack([where, np.full((1, whole.size), -1)])
        where[-1] = _best_post(problem, where, len(where) - 1, whole, cells)
    return problem, where, taken.size / mine.size


def _evenly(size: int, share: float) -> IndexArray:
    n = max(1, round(share * size))
    return ((np.arange(n) + 0.5) * size / n).astype(np.int64)


def _best_post(
    problem: AllocationProblem,
    where: IndexArray,
    unit: int,
    periods: IndexArray,
    cells: Aggregation | None,
) -> int:
    """Name the post at which a unit that is at none would save most."""
    problem = problem if cells is None else cells.of(problem)
    saved = Margins(problem, where).of(unit).weighted[:, periods].sum(axis=1)
    return int(np.argmax(np.where(problem.allowed[unit], saved, -np.inf)))
