"""What one unit more, or one fewer, changes at a plan, all others staying."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import curves, plan
from geoalloc.allocation.loads import covered
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.allocation.service import Supply
from geoalloc.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A class of service, or the longest acceptable travel, at a plan.

    Attributes
    ----------
    of
        Class whose units count.
    within_min : (n_hexes,)
        Longest travel at a speed of 1.
    parts : (n_units,)
        What each unit counts for.
    count : (n_periods, n_hexes)
        Parts in reach under the plan.
    value : (n_periods, n_hexes)
        What being late costs for certain.
    calls : (n_periods, n_hexes)
        That count as late with it, under a grade: none for the longest travel.
    grade
        Position of that grade.
    chance : (n_periods, n_hexes)
        To be late under the plan.
    """

    of: int
    within_min: FloatArray
    parts: IndexArray
    count: IndexArray
    value: FloatArray
    calls: FloatArray
    grade: int
    chance: FloatArray


def grades(problem: AllocationProblem) -> list[str]:
    """Name the grades, in the order of their first classes."""
    return list(dict.fromkeys(c.grade or c.name for c in problem.classes))


def layers(problem: AllocationProblem, where: IndexArray) -> list[Layer]:
    """Lay out what a plan leaves late in each class, and beyond the longest travel.

    Parameters
    ----------
    where : (n_units, n_periods)
        A timetable.
    """
    count = plan.parts_in_reach(problem, where)
    names = grades(problem)
    found = [
        Layer(
            of=c,
            within_min=service.within(1.0),
            parts=problem.unit_parts[:, c],
            count=count[c],
            value=plan.value_of(problem, c),
            calls=service.arrivals,
            grade=names.index(service.grade or service.name),
            chance=curves.late(problem, c, count[c]),
        )
        for c, service in enumerate(problem.classes)
    ]
    if problem.longest is not None:
        found.append(_longest(problem, where))
    return found


def fall(problem: AllocationProblem, layer: Layer, change: int) -> FloatArray:
    """Tell by how much the chance to be late falls with ``change`` more parts.

    Below 0, and a rise, if there are fewer: (n_periods, n_hexes).
    """
    count = np.maximum(layer.count + change, 0)
    if layer.of < 0:
        return layer.chance - (count == 0)
    return layer.chance - curves.late(problem, layer.of, count)


@dataclass(frozen=True, kw_only=True)
class Marginal:
    """What one unit at each post would save, by period.

    Attributes
    ----------
    weighted : (n_posts, n_periods)
        Of the objective (without the drive).
    late : (n_grades, n_posts, n_periods)
        In late calls.
    """

    weighted: FloatArray
    late: FloatArray


class Margins:
    """The savings of one more unit at a plan; what units share is worked out once.

    The curves stay those of the plan's own units: that units are shared out otherwise
    between the classes, when there is one more, is left out of account.

    Parameters
    ----------
    where : (n_units, n_periods)
        A timetable.
    units
        The problem with the units that are asked for; the same if None.
    """

    def __init__(
        self,
        problem: AllocationProblem,
        where: IndexArray,
        units: AllocationProblem | None = None,
    ) -> None:
        self._problem = problem
        self._units = problem if units is None else units
        self._layers = layers(problem, where)
        self._falls: dict[tuple[int, int], FloatArray] = {}
        self._near: dict[tuple[int, float], sp.csr_array] = {}
        self._known: dict[tuple[object, ...], Marginal] = {}

    def of(self, unit: int) -> Marginal:
        """Tell what one more unit just like ``unit`` would save at each post."""
        units = self._units
        beat = int(units.unit_beat[unit])
        parts = tuple(
            int(
                units.unit_serves[unit, 0] if k.of < 0 else units.unit_parts[unit, k.of]
            )
            for k in self._layers
        )
        speed = tuple(units.unit_speed[unit].tolist())
        key = (parts, speed, beat)
        if key not in self._known:
            self._known[key] = self._at_posts(parts, speed, beat)
        return self._known[key]

    def _at_posts(
        self, parts: tuple[int, ...], speed: tuple[float, ...], beat: int
    ) -> Marginal:
        problem = self._problem
        shape = (problem.n_posts, problem.n_periods)
        weighted, late = np.zeros(shape), np.zeros((len(grades(problem)), *shape))
        inside = slice(None) if beat < 0 else np.flatnonzero(problem.hex_beat == beat)
        for k, layer in enumerate(self._layers):
            if parts[k] > 0:
                near = self._covering(k, speed[max(layer.of, 0)])[inside].T
                less = self._fall(k, parts[k])
                weighted += near @ (layer.value * less)[:, inside].T
                late[layer.grade] += near @ (layer.calls * less)[:, inside].T
        return Marginal(weighted=weighted, late=late)

    def _fall(self, k: int, change: int) -> FloatArray:
        if (k, change) not in self._falls:
            less = fall(self._problem, self._layers[k], change)
            self._falls[k, change] = less
        return self._falls[k, change]

    def _covering(self, k: int, speed: float) -> sp.csr_array:
        """Mark the posts within the standard of each hex: (n_hexes, n_posts)."""
        if (k, speed) not in self._near:
            within = self._layers[k].within_min * speed
            near = covered(self._problem, within).T.tocsr()
            self._near[k, speed] = near.astype(np.float64)
        return self._near[k, speed]


def losses(
    problem: AllocationProblem, where: IndexArray
) -> tuple[FloatArray, FloatArray]:
    """Tell how much worse a plan gets in each period without each unit.

    Returns
    -------
    weighted, urgent : (n_units, n_periods)
        Of the objective (without the drive), and in late calls of the first grade;
        0 where the unit is at no post.
    """
    weighted = np.zeros((len(problem.supply), problem.n_periods))
    urgent = np.zeros_like(weighted)
    for layer in layers(problem, where):
        for change in np.unique(layer.parts[layer.parts > 0]).tolist():
            more = -fall(problem, layer, -change)
            cost, calls = layer.value * more, layer.calls * more
            for u in np.flatnonzero(layer.parts == change).tolist():
                for post in np.unique(where[u][where[u] >= 0]).tolist():
                    at = np.flatnonzero(where[u] == post)
                    hexes = within_reach(problem, u, post, layer)
                    weighted[u, at] += cost[np.ix_(at, hexes)].sum(axis=1)
                    if layer.grade == 0:
                        urgent[u, at] += calls[np.ix_(at, hexes)].sum(axis=1)
    return weighted, urgent


def within_reach(
    problem: AllocationProblem, unit: int, post: int, layer: Layer
) -> IndexArray:
    """List the hexes that a unit at a post covers in a layer; none from post -1."""
    if post < 0:
        return np.zeros(0, dtype=np.int64)
    travel, beat = problem.travel_min, problem.unit_beat[unit]
    row = slice(travel.indptr[post], travel.indptr[post + 1])
    hexes = travel.indices[row]
    within = layer.within_min * problem.unit_speed[unit, max(layer.of, 0)]
    near = travel.data[row] <= within[hexes]
    return np.asarray(hexes[near & ((beat < 0) | (problem.hex_beat[hexes] == beat))])


def with_units(
    problem: AllocationProblem,
    kind: tuple[str, ...],
    station: IndexArray,
    present: BoolArray | None = None,
) -> AllocationProblem:
    """Give the problem more units, of the crews that are usual for their kind.

    Skills, officers and blue lights are those of most units of the kind (one
    officer with blue lights and no skill, if it has none yet). A unit counts for
    a quota where such a unit does. Its first post is not a move.

    Parameters
    ----------
    kind, station : (n_more,)
    present : (n_more, n_periods)
        All of the shift if None.

    Raises
    ------
    DataError
        If a kind is unknown to units and classes, or a station to the problem.
    """
    _require_known(problem, kind, station)
    supply, more = problem.supply, len(kind)
    like = {k: _usual(supply, k) for k in set(kind)}
    crews = [like[k] for k in kind]
    both = None
    if present is not None or supply.present is not None:
        added = np.ones((more, problem.n_periods), bool) if present is None else present
        both = np.vstack([problem.present, added])
    blue = [crew is None or bool(supply.blue_light[crew]) for crew in crews]
    officers = [1 if crew is None else int(supply.officers[crew]) for crew in crews]
    skills = [() if crew is None else supply.skills[crew] for crew in crews]
    current, moves = problem.current, problem.most_moves
    if current is not None:
        current = np.concatenate([current, problem.station_post[station]])
    return replace(
        problem,
        supply=Supply(
            kind=(*supply.kind, *kind),
            station=np.concatenate([supply.station, station]).astype(np.int64),
            skills=(*supply.skills, *skills),
            officers=np.concatenate([supply.officers, officers]).astype(np.int64),
            blue_light=np.concatenate([supply.blue_light, blue]).astype(bool),
            present=both,
        ),
        quotas=tuple(
            replace(
                quota,
                units=np.concatenate(
                    [quota.units, [c is not None and quota.units[c] for c in crews]]
                ).astype(bool),
            )
            for quota in problem.quotas
        ),
        current=current,
        most_moves=None if moves is None else moves + more,
    )


def _longest(problem: AllocationProblem, where: IndexArray) -> Layer:
    longest = problem.longest
    if longest is None:
        raise DataError("the problem has no longest travel; give it one")
    shape = (problem.n_periods, problem.n_hexes)
    inhabited = np.isfinite(longest.limit_min)
    layer = Layer(
        of=-1,
        within_min=longest.limit_min,
        parts=problem.unit_serves[:, 0].astype(np.int64),
        count=np.zeros(shape, dtype=np.int64),
        value=np.where(inhabited, longest.price / problem.n_periods, 0.0)
        * np.ones(shape),
        calls=np.zeros(shape),
        grade=0,
        chance=np.zeros(shape),
    )
    for u in np.flatnonzero(layer.parts).tolist():
        for post in np.unique(where[u][where[u] >= 0]).tolist():
            at = np.flatnonzero(where[u] == post)
            hexes = within_reach(problem, u, post, layer)
            layer.count[np.ix_(at, hexes)] += 1
    return replace(layer, chance=(layer.count == 0).astype(np.float64))


def _usual(supply: Supply, kind: str) -> int | None:
    """Position of the first unit of the crew that most units of the kind have."""
    units = [u for u, k in enumerate(supply.kind) if k == kind]
    if not units:
        return None
    crew = {
        u: (supply.skills[u], supply.officers[u], supply.blue_light[u]) for u in units
    }
    most = Counter(crew.values()).most_common(1)[0][0]
    return next(u for u in units if crew[u] == most)


def _require_known(
    problem: AllocationProblem, kind: tuple[str, ...], station: IndexArray
) -> None:
    known = {*problem.supply.kind, *(k for c in problem.classes for k in c.kinds)}
    unknown = [k for k in kind if k not in known]
    if unknown:
        raise DataError(
            f"kind {unknown[0]!r} is unknown; there are {', '.join(sorted(known))}"
        )
    n_stations = len(problem.station_post)
    bad = station[(station < 0) | (station >= n_stations)]
    if bad.size:
        raise DataError(f"station {bad[0]} is unknown; there are 0 to {n_stations - 1}")
