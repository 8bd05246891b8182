"""How the chance to be late falls with the units in reach: one table of curves.

Each name of ``problem.CURVES`` stands for a kind of curve of ``kernels.availability``
and what it is fed with; problem, search, cuts and value of a plan know no more.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import loads
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.kernels import availability, threads


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What fixes the curves of one class.

    Attributes
    ----------
    kind
        Of ``kernels.availability``.
    load : (n_hexes, n_periods, 3)
        Of the classes before this one, of those up to it, of all; or what stands
        for it in curves that know no load.
    patience : (n_hexes,)
        How long a call may wait, in mean services.
    """

    kind: int
    load: FloatArray
    patience: FloatArray


def erlang(problem: AllocationProblem, class_index: int) -> Curve:
    """Lose, or queue, by Erlang's formulas at the local load.

    Classes whose callers wait in a queue are late by the waits of a queue with
    priorities instead, in the order of the classes. Their load has a factor of its
    own, for a queue spreads what one place lacks over the shift.
    """
    load = loads.loads(problem, class_index)
    patience = loads.patience(problem, class_index)
    if not problem.classes[class_index].queue:
        return Curve(kind=availability.ERLANG, load=load, patience=patience)
    factor = problem.queue_load_factor / problem.load_factor
    return Curve(kind=availability.QUEUE, load=load * factor, patience=patience)


def mexclp(problem: AllocationProblem, class_index: int) -> Curve:
    """Find n units all busy with chance ``q ** n`` (Daskin, 1983).

    The busy fraction q is ``problem.busy``; if that is None, the work of all
    classes that the units of this one share, over those units, by period.
    """
    share = loads.shared(problem, class_index)
    work = sum(
        s * c.load.sum(axis=1) for s, c in zip(share, problem.classes, strict=True)
    )
    serves = problem.unit_serves[:, class_index]
    answers = problem.unit_parts[:, class_index] @ problem.present
    units = np.maximum(answers / problem.classes[class_index].officers, 1e-9)
    q = np.minimum(work / units, _BUSIEST) if problem.busy is None else problem.busy
    return _flat(problem, availability.POWERS, q if serves.any() else 1.0)


def mclp(problem: AllocationProblem, _class_index: int) -> Curve:
    """Count a call as met if any unit is in reach (Church and ReVelle, 1974)."""
    return _flat(problem, availability.STEPS, 0.0)


def backup(problem: AllocationProblem, _class_index: int) -> Curve:
    """Want two units in reach (Hogan and ReVelle, 1986).

    ``problem.second`` is the share of the demand that is unmet while there is only
    one; with a half, the second unit is worth as much as the first.
    """
    return _flat(problem, availability.STEPS, problem.second)


_BUSIEST = 0.999
_MANY_ROWS, _PARTS = 1_000, 4  # hexes from which curves are worked out on threads
_CURVES: dict[str, Callable[[AllocationProblem, int], Curve]] = {
    "erlang": erlang,
    "mexclp": mexclp,
    "mclp": mclp,
    "backup": backup,
}


def curve(problem: AllocationProblem, class_index: int) -> Curve:
    """Give the curves of a class that ``problem.curve`` names."""
    return _CURVES[problem.curve](problem, class_index)


def late(problem: AllocationProblem, class_index: int, count: IndexArray) -> FloatArray:
    """Give the chance to be late with so many parts in reach.

    Parameters
    ----------
    count : (n_periods, n_hexes)

    Returns
    -------
    chance : (n_periods, n_hexes)
        Convexified.
    """
    of, need = curve(problem, class_index), problem.classes[class_index].officers
    parts = np.ascontiguousarray(count.T)

    def work(some: slice) -> FloatArray:
        return availability.chance_at(
            of.kind, parts[some], of.load[some], of.patience[some], problem.kappa, need
        )

    return _in_parts(work, problem.n_hexes).T


def table(
    problem: AllocationProblem,
    class_index: int,
    weight: FloatArray,
    hexes: IndexArray,
    periods: IndexArray,
    n_max: int,
) -> FloatArray:
    """Sum over periods the weighted chance to be late with 0..n_max parts.

    Parameters
    ----------
    weight : (n_periods, n_hexes)
        Of the periods and hexes that are asked for.

    Returns
    -------
    curve : (n_hexes, n_max + 1)
        Convex and not increasing along a row.
    """
    of, need = curve(problem, class_index), problem.classes[class_index].officers
    by_hex = np.ascontiguousarray(weight.T)
    load = np.ascontiguousarray(of.load[np.ix_(hexes, periods)])
    patience = of.patience[hexes]

    def work(some: slice) -> FloatArray:
        return availability.curves(
            of.kind,
            by_hex[some],
            load[some],
            patience[some],
            problem.kappa,
            n_max,
            need,
        )

    return _in_parts(work, hexes.size)


def _in_parts(work: Callable[[slice], FloatArray], n_rows: int) -> FloatArray:
    """Work on rows in parts, on as many threads as there may be; put them together."""
    n_parts = _PARTS if n_rows >= _MANY_ROWS else 1
    edges = np.linspace(0, n_rows, n_parts + 1).astype(np.int64).tolist()
    found: list[FloatArray] = [np.zeros(0)] * n_parts

    def one(part: int) -> None:
        found[part] = work(slice(edges[part], edges[part + 1]))

    threads.run(one, range(n_parts))
    return found[0] if n_parts == 1 else np.concatenate(found)


def _flat(problem: AllocationProblem, kind: int, value: float | FloatArray) -> Curve:
    """Give every hex the same curve, by period."""
    load = np.zeros((problem.n_hexes, problem.n_periods, 3))
    load[..., 2] = value
    return Curve(kind=kind, load=load, patience=np.zeros(problem.n_hexes))
