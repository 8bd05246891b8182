"""How long callers wait at a plan, by hex and hour, units being busy as they are."""

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import plan
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.allocation.service import ServiceClass
from geoalloc.errors import DataError
from geoalloc.kernels import waiting
from geoalloc.kernels.waiting import Ranks

_MOST = 60  # units that a call looks at; that all of them are busy hardly happens
_LEVELS = 100


def expected_wait(
    problem: AllocationProblem,
    post: IndexArray,
    class_index: int,
    busy: FloatArray | None = None,
) -> FloatArray:
    """Tell how long a caller of a class waits, on average, for the first unit.

    Call handling, then the travel of the nearest unit that is free, each unit being
    busy as much as the calls around it make it (Larson, 1975, Operations Research
    23, 845-868); where none is free, the wait in a queue with priorities before it
    (Cobham, 1954; with the factor of Allen and Cunneen for the spread of services).
    Each hour is taken as if it went on for ever: in a peak hour that units can hardly
    keep up with, the wait of those who come last in the queue is too long. A unit is
    taken to answer from its post: out of a quiet hour it is a little too short.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan or a timetable.
    busy : (n_units, n_periods), optional
        Share of each hour that each unit is busy, say of a simulation; that of
        ``busy_fractions`` if left out.

    Returns
    -------
    wait_min : (n_periods, n_hexes)
        inf where no unit may answer.

    Raises
    ------
    DataError
        If the plan is of another problem, ``class_index`` not of a class, or
        ``busy`` not a share for each unit and period.
    """
    require_class(problem, class_index)
    where = plan.timetable(problem, post)
    if busy is None:
        busy = busy_fractions(problem, where)
    elif busy.shape != where.shape or not ((busy >= 0) & (busy <= 1)).all():
        raise DataError(
            f"busy must be shares from 0 to 1 of shape {where.shape}, got shape "
            f"{busy.shape} from {busy.min()} to {busy.max()}"
        )
    busy = np.minimum(busy, waiting.MOST_BUSY)
    work = np.stack([c.load.sum(axis=1) for c in problem.classes])
    service = problem.classes[class_index]
    sharing = [bool(set(c.kinds) & set(service.kinds)) for c in problem.classes]
    shared = np.where(np.array(sharing)[:, None], work, 0.0)
    total = np.maximum(shared.sum(axis=0), 1e-12)
    before = shared[:class_index].sum(axis=0) / total
    upto = shared[: class_index + 1].sum(axis=0) / total
    job = _job_min([c for c, s in zip(problem.classes, sharing, strict=True) if s])
    chance = waiting.first_free(min(_MOST, len(problem.supply)), _LEVELS)
    wait = np.empty((problem.n_periods, problem.n_hexes))
    every = np.arange(problem.n_hexes)
    for column, periods in columns(where):
        ranks = _ranks(problem, column, class_index, every)
        for t in periods:
            shares = float(before[t]), float(upto[t])
            wait[t] = waiting.waits(ranks, busy[:, t], job, *shares, chance)
    return wait + service.call_handling_min


def busy_fractions(problem: AllocationProblem, post: IndexArray) -> FloatArray:
    """Estimate which share of each hour each unit is on its way or on scene.

    The calls of the catchment of a post count as coming from its hex.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan or a timetable.

    Returns
    -------
    busy : (n_units, n_periods)
        0 where a unit is at no post.
    """
    where = plan.timetable(problem, post)
    n_units, n_classes = len(problem.supply), len(problem.classes)
    chance = waiting.first_free(min(_MOST, n_units), _LEVELS)
    rate, on_scene = _by_catchment(problem)
    busy = np.zeros((n_units, problem.n_periods))
    for column, periods in columns(where):
        parts = [_ranks(problem, column, c, problem.post_hex) for c in range(n_classes)]
        ranks = _joined(parts)
        for t in periods:
            settled = waiting.busy_fractions(
                ranks, rate[:, t].ravel(), on_scene[:, t].ravel(), n_units, chance
            )
            busy[:, t] = np.where(column >= 0, settled, 0.0)
    return busy


def columns(where: IndexArray) -> list[tuple[IndexArray, list[int]]]:
    """Group the periods in which the units stand alike, with where they stand."""
    found: dict[bytes, list[int]] = {}
    for t in range(where.shape[1]):
        found.setdefault(where[:, t].tobytes(), []).append(t)
    return [(where[:, periods[0]], periods) for periods in found.values()]


def require_class(problem: AllocationProblem, class_index: int) -> None:
    """Require the position of a class."""
    if not 0 <= class_index < len(problem.classes):
        raise DataError(
            f"class_index must be 0 to {len(problem.classes) - 1}, got {class_index}"
        )


def _by_catchment(problem: AllocationProblem) -> tuple[FloatArray, FloatArray]:
    """Give calls a minute, minutes on scene: (n_classes, n_periods, n_posts) each."""
    shape = (len(problem.classes), problem.n_periods, problem.n_posts)
    calls, hours = np.zeros(shape), np.zeros(shape)
    caught = np.flatnonzero(problem.catchment >= 0)
    at = problem.catchment[caught]
    for c, service in enumerate(problem.classes):
        for t in range(problem.n_periods):
            calls[c, t] = np.bincount(at, service.arrivals[t, caught], shape[2])
            hours[c, t] = np.bincount(at, service.load[t, caught], shape[2])
    on_scene = 60.0 * np.divide(hours, calls, out=np.zeros(shape), where=calls > 0)
    return calls / 60.0, on_scene


def _job_min(classes: list[ServiceClass]) -> float:
    """Mean minutes of a job, times half of 1 plus its squared variation."""
    calls = np.array([c.arrivals.sum() for c in classes])
    hours = sum(float(c.load.sum()) for c in classes)
    if not calls.sum() > 0:
        return 0.0
    spread = float(calls @ [c.on_scene_cv**2 for c in classes] / calls.sum())
    return 60.0 * hours / float(calls.sum()) * (1.0 + spread) / 2.0


def _ranks(
    problem: AllocationProblem, column: IndexArray, class_index: int, hexes: IndexArray
) -> Ranks:
    """Rank the units that may answer a class at some hexes, nearest first."""
    service, travel = problem.classes[class_index], problem.travel_min
    if hexes.size < problem.n_hexes:
        travel = travel[:, hexes]
    beat = problem.hex_beat[hexes]
    points, units, minutes = [], [], []
    serves = problem.unit_serves[:, class_index] & (column >= 0)
    for u in np.flatnonzero(serves):
        row = slice(travel.indptr[column[u]], travel.indptr[column[u] + 1])
        point = travel.indices[row]
        time = travel.data[row] / problem.unit_speed[u, class_index]
        bound = problem.unit_beat[u]
        able = (time <= service.cap_min) & ((bound < 0) | (beat[point] == bound))
        points.append(point[able].astype(np.int64))
        minutes.append(time[able].astype(np.float64))
        units.append(np.full(points[-1].size, u))
    nothing = np.zeros(0, np.int64)
    return waiting.rank(
        hexes.size,
        np.concatenate([nothing, *points]),
        np.concatenate([nothing, *units]),
        np.concatenate([np.zeros(0), *minutes]),
        min(_MOST, len(problem.supply)),
    )


def _joined(parts: list[Ranks]) -> Ranks:
    """Lay the points of several classes one after the other."""
    sizes = np.concatenate([np.diff(part.start) for part in parts])
    return Ranks(
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        unit=np.concatenate([part.unit for part in parts]),
        minutes=np.concatenate([part.minutes for part in parts]),
    )
