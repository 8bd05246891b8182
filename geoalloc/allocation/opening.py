"""What a shift begins with: calls that wait, and units that are not free yet."""

from dataclasses import dataclass, replace

import numpy as np

from geoalloc import schemas
from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.allocation.service import ServiceClass
from geoalloc.errors import DataError


@dataclass(frozen=True, kw_only=True)
class OpenQueue:
    """Calls that wait when the shift, or the rest of it, begins.

    Attributes
    ----------
    service, hex : (n_calls,)
        Position of the class and of the hex of each.
    age_min : (n_calls,)
        Minutes that it has waited.
    """

    service: IndexArray
    hex: IndexArray
    age_min: FloatArray

    def __post_init__(self) -> None:
        schemas.require_measure(self.age_min, "age_min of the open queue")
        if not self.service.shape == self.hex.shape == self.age_min.shape:
            raise DataError(
                f"the open queue has {self.service.size} classes, {self.hex.size} "
                f"hexes and {self.age_min.size} ages; give one of each per call"
            )


@dataclass(frozen=True, kw_only=True)
class Committed:
    """Units that are on a job when the shift begins.

    Attributes
    ----------
    unit, hex : (n_committed,)
        Position of the unit, and of the hex where it becomes free.
    until_min : (n_committed,)
        Minute of the shift at which it does.
    """

    unit: IndexArray
    hex: IndexArray
    until_min: FloatArray

    def __post_init__(self) -> None:
        schemas.require_measure(self.until_min, "until_min of the committed units")
        if not self.unit.shape == self.hex.shape == self.until_min.shape:
            raise DataError(
                f"there are {self.unit.size} committed units, {self.hex.size} hexes "
                f"and {self.until_min.size} minutes; give one of each"
            )
        if np.unique(self.unit).size != self.unit.size:
            raise DataError("a committed unit is named twice; name each once")


def with_queue(
    problem: AllocationProblem, queue: OpenQueue, from_period: int = 0
) -> AllocationProblem:
    """Add the calls that wait to the first period.

    Each loads the units around its hex by a mean service; it counts as a call to be
    answered in time only if its standard has not run out while it waited.
    """
    _require_positions(queue.service, len(problem.classes), "class", "open queue")
    _require_positions(queue.hex, problem.n_hexes, "hex", "open queue")
    _require_positions(np.array([from_period]), problem.n_periods, "period", "request")
    return replace(
        problem,
        classes=tuple(
            _loaded(service, queue, queue.service == c, from_period)
            for c, service in enumerate(problem.classes)
        ),
    )


def _loaded(
    service: ServiceClass, queue: OpenQueue, mine: np.ndarray, period: int
) -> ServiceClass:
    if not mine.any():
        return service
    arrivals, load = service.arrivals.copy(), service.load.copy()
    calls = float(service.arrivals.sum())
    service_h = service.on_scene_min / 60.0
    if calls > 0:
        service_h = float(service.load.sum()) / calls
    where, age = queue.hex[mine], queue.age_min[mine]
    in_time = age < service.limit_min[where]
    np.add.at(arrivals[period], where[in_time], 1.0)
    np.add.at(load[period], where, service_h)
    return replace(service, arrivals=arrivals, load=load)


def busy(
    problem: AllocationProblem, committed: Committed | None
) -> tuple[IndexArray, IndexArray]:
    """Give the minute until which each unit is busy, and the post nearest to it.

    Returns
    -------
    until, origin : (n_units,)
        0 and -1 for a unit that is free.
    """
    n_units = len(problem.supply)
    until, origin = np.zeros(n_units, np.int64), np.full(n_units, -1)
    if committed is not None:
        _require_positions(committed.unit, n_units, "unit", "committed units")
        _require_positions(committed.hex, problem.n_hexes, "hex", "committed units")
        until[committed.unit] = np.ceil(committed.until_min).astype(np.int64)
        origin[committed.unit] = problem.catchment[committed.hex]
    return until, origin


def _require_positions(found: IndexArray, stop: int, what: str, where: str) -> None:
    bad = found[(found < 0) | (found >= stop)]
    if bad.size:
        raise DataError(f"the {where} names {what} {bad[0]}; there are 0 to {stop - 1}")
