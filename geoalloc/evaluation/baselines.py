"""Plans as they are made without this model, to judge it against.

Rules of a plan (quotas, caps, moves) do not bind them, which is to their advantage;
reach, locked units and excluded posts do. A unit that is bound to its home beat, or
that the objective in question does not see, stands at its own station.
"""

from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import AllocationProblem, SolverParams, solve

__all__ = [
    "at_home",
    "busy_fraction",
    "mclp_posts",
    "median_posts",
    "mexclp_posts",
    "random_posts",
    "search_params",
    "stations_by_demand",
    "urgent",
    "without_rules",
]

_FAR = 1e6  # minutes: dearer than any real drive
_BUSIEST = 0.95


def search_params() -> SolverParams:
    """Give the limits of a solve by greedy and swap alone, without a proof."""
    return SolverParams(cut_rounds=1, node_limit=0)


def urgent(problem: AllocationProblem) -> BoolArray:
    """Mark the classes of the first grade: (n_classes,)."""
    grade = [c.grade or c.name for c in problem.classes]
    return np.array([name == grade[0] for name in grade])


def without_rules(problem: AllocationProblem) -> AllocationProblem:
    """Drop the rules that a plan must keep, but not who may stand where."""
    return replace(
        problem, quotas=(), caps=(), longest=None, current=None, most_moves=None
    )


def at_home(problem: AllocationProblem) -> IndexArray:
    """Post every unit at its own station, or as near to it as it may stand.

    Returns
    -------
    post : (n_units,)
    """
    station = problem.supply.station
    drive = np.where(problem.allowed, problem.station_min[station], np.inf)
    home = problem.station_post[station]
    here = problem.allowed[np.arange(home.size), home]
    return np.where(here, home, drive.argmin(axis=1))


def stations_by_demand(problem: AllocationProblem) -> IndexArray:
    """Share the units out to the stations in proportion to the calls nearest each.

    Kind by kind, by largest remainders; those who go to another station are the ones
    with the shortest drives. A unit that may not drive to the station it would be
    sent to stays at its own.

    Returns
    -------
    post : (n_units,)
    """
    post, bound = at_home(problem), problem.unit_beat >= 0
    near = _nearest_station(problem)
    kind = np.array(problem.supply.kind)
    for name in np.unique(kind[~bound]):
        units = np.flatnonzero((kind == name) & ~bound)
        calls = sum(
            (c.arrivals.sum(axis=0) for c in problem.classes if name in c.kinds),
            start=np.zeros(problem.n_hexes),
        )
        known = near >= 0
        share: FloatArray = np.bincount(
            near[known], calls[known], problem.station_post.size
        ).astype(np.float64)
        if share.sum() > 0:
            seats = np.repeat(problem.station_post, _shared_out(share, units.size))
            _seat(problem, units, seats, post)
    return post


def mexclp_posts(
    problem: AllocationProblem, params: SolverParams | None = None
) -> IndexArray:
    """Post the units by the maximum expected covering location problem.

    For the calls of the first grade, with one busy fraction for all units, that of
    all the work (Daskin, 1983, Transportation Science 17, 48-70).

    Returns
    -------
    post : (n_units,)
    """
    return _covering(problem, "mexclp", params or search_params())


def mclp_posts(
    problem: AllocationProblem, params: SolverParams | None = None
) -> IndexArray:
    """Post the units by the maximal covering location problem.

    For the calls of the first grade (Church and ReVelle, 1974, Papers of the Regional
    Science Association 32, 101-118). Units that add nothing stay at home.

    Returns
    -------
    post : (n_units,)
    """
    return _covering(problem, "mclp", params or search_params())


def median_posts(problem: AllocationProblem) -> IndexArray:
    """Post the units for the least travel to the calls of the first grade, greedily.

    The greedy addition of Kuehn and Hamburger (1963, Management Science 9, 643-666)
    for the p-median; as long as units remain, the post that shortens the drives most
    is taken, by the unit with the shortest drive to it.

    Returns
    -------
    post : (n_units,)
    """
    post, serving = at_home(problem), problem.unit_serves[:, urgent(problem)].all(1)
    left = list(np.flatnonzero(serving & (problem.unit_beat < 0)))
    calls = _urgent_calls(problem)
    travel = problem.travel_min.tocsr()
    row = np.repeat(np.arange(problem.n_posts), np.diff(travel.indptr))
    weight, minutes = calls[travel.indices], travel.data.astype(np.float64)
    nearest = np.full(problem.n_hexes, 2.0 * float(minutes.max(initial=1.0)))
    allowed = problem.allowed
    drive = problem.station_min[problem.supply.station]
    while left:
        shorter = np.maximum(nearest[travel.indices] - minutes, 0.0) * weight
        saved = np.bincount(row, shorter, problem.n_posts)
        saved[~allowed[left].any(axis=0)] = -1.0
        best = int(saved.argmax())
        if saved[best] <= 0:
            break
        unit = min(left, key=lambda u: drive[u, best] if allowed[u, best] else np.inf)
        post[unit] = best
        left.remove(unit)
        here = slice(travel.indptr[best], travel.indptr[best + 1])
        np.minimum.at(nearest, travel.indices[here], minutes[here])
    return post


def random_posts(problem: AllocationProblem, rng: np.random.Generator) -> IndexArray:
    """Post every unit anywhere that it may stand, all posts alike: (n_units,)."""
    return np.array([rng.choice(np.flatnonzero(row)) for row in problem.allowed])


def busy_fraction(problem: AllocationProblem) -> float:
    """Give the work of the units of the first grade over their hours on duty.

    The time on scene, times ``load_factor`` for what comes with it is not: the factor
    stands for local load. At most 0.95.
    """
    kinds = set(problem.classes[0].kinds)
    work = sum(float(c.load.sum()) for c in problem.classes if kinds & set(c.kinds))
    hours = float(problem.present[problem.unit_serves[:, 0]].sum())
    return min(work / hours, _BUSIEST) if hours > 0 else _BUSIEST


def _covering(
    problem: AllocationProblem, curve: str, params: SolverParams
) -> IndexArray:
    of_grade = urgent(problem)
    classes = tuple(
        replace(c, queue=False)
        for c, here in zip(problem.classes, of_grade, strict=True)
        if here
    )
    alone = replace(
        without_rules(problem),
        classes=classes,
        curve=curve,
        busy=busy_fraction(problem),
        objective="incidents",
    )
    seen = problem.unit_serves[:, of_grade].any(axis=1)
    return np.where(seen, solve(alone, params).post, at_home(problem))


def _urgent_calls(problem: AllocationProblem) -> FloatArray:
    rows = [
        c.arrivals.sum(axis=0)
        for c, here in zip(problem.classes, urgent(problem), strict=True)
        if here
    ]
    return np.asarray(np.sum(rows, axis=0))


def _nearest_station(problem: AllocationProblem) -> IndexArray:
    """Give the station nearest each hex, -1 for none: (n_hexes,).

    By the drive to the hex; where no station reaches it, to its catchment post.
    """
    n_stations = problem.station_post.size
    away = np.full((n_stations, problem.n_hexes), np.inf)
    travel = problem.travel_min
    for s, post in enumerate(problem.station_post):
        here = slice(travel.indptr[post], travel.indptr[post + 1])
        away[s, travel.indices[here]] = travel.data[here]
    lost = ~np.isfinite(away).any(axis=0) & (problem.catchment >= 0)
    away[:, lost] = problem.station_min[:, problem.catchment[lost]]
    return np.where(np.isfinite(away).any(axis=0), away.argmin(axis=0), -1)


def _shared_out(share: FloatArray, n_units: int) -> IndexArray:
    """Share whole units out by largest remainders (Hamilton); ties to the first."""
    due = share / share.sum() * n_units
    seats = np.floor(due + 1e-9).astype(np.int64)
    most = np.argsort(seats - due, kind="stable")
    seats[most[: n_units - seats.sum()]] += 1
    return seats


def _seat(
    problem: AllocationProblem, units: IndexArray, seats: IndexArray, post: IndexArray
) -> None:
    """Write to ``post`` who takes which seat, for the shortest drives in all."""
    allowed = problem.allowed[units][:, seats]
    drive = problem.station_min[problem.supply.station[units]][:, seats]
    unit, seat = linear_sum_assignment(np.where(allowed, drive, _FAR))
    may = allowed[unit, seat]
    post[units[unit[may]]] = seats[seat[may]]
