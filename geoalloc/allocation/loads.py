"""The load around each hex, and how long its callers may wait."""

import numpy as np
import scipy.sparse as sp

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.kernels import gathering

_MEAN_OF_DISC = 2.0 / 3.0  # mean distance from the center, over the radius


def local_load(problem: AllocationProblem, class_index: int) -> FloatArray:
    """Offer to each hex the load of the catchments of the posts that reach it.

    The load is that of every class that a unit of this class may be busy with, as
    ``shared`` says. Where all units of the class stay in their home beat, only the
    load of the hex's own beat counts, for nothing else keeps them busy.

    Returns
    -------
    load : (n_hexes, n_periods)
        Erlangs, times ``load_factor``.
    """
    return loads(problem, class_index)[..., 2]


def loads(problem: AllocationProblem, class_index: int) -> FloatArray:
    """Take ``local_load`` apart by the classes that go first.

    Returns
    -------
    load : (n_hexes, n_periods, 3)
        Of the classes before this one, of those up to it, and of all.
    """
    known = problem.worked_out
    if ("loads", class_index) not in known:
        known["loads", class_index] = _loads(problem, class_index)
    return np.asarray(known["loads", class_index])


def _loads(problem: AllocationProblem, class_index: int) -> FloatArray:
    near = reach(problem, class_index)
    kinds = problem.classes[class_index].kinds
    bound = problem.bordered or all(kind in problem.home_bound for kind in kinds)
    area = problem.hex_beat if bound else np.zeros(problem.n_hexes, dtype=np.int64)
    shape = (problem.n_hexes, problem.n_periods, len(problem.classes))
    result = np.zeros((*shape[:2], 3))
    shares = shared(problem, class_index)
    n_areas = int(area.max(initial=0)) + 1
    # In a bordered area a post counts once for each beat of its catchment.
    column = problem.catchment * n_areas + area
    caught = np.flatnonzero(problem.catchment >= 0)
    for k in np.flatnonzero(shares).tolist():
        total = np.zeros((problem.n_posts * n_areas, problem.n_periods))
        np.add.at(total, column[caught], problem.classes[k].load.T[caught])
        total *= problem.load_factor * shares[k]
        here = np.zeros(shape[:2])
        for part in range(n_areas):
            inside = np.flatnonzero(area == part)
            some = near if n_areas == 1 else near[:, inside]
            here[inside] = some.T @ total[part::n_areas]
        result[..., 2] += here
        result[..., 1] += here if k <= class_index else 0.0
        result[..., 0] += here if k < class_index else 0.0
    return result


def shared(problem: AllocationProblem, class_index: int) -> FloatArray:
    """Give the share of each class's load that units of this class may be busy with.

    All of a class with a kind in common; but where this class asks for a skill that
    the other does not, only the share of the other's officers who have it.

    Returns
    -------
    share : (n_classes,)
    """
    mine = problem.classes[class_index]
    weight = problem.unit_serves * problem.supply.officers[:, None]
    both = weight[problem.unit_serves[:, class_index]].sum(axis=0)
    share = both / np.maximum(weight.sum(axis=0), 1)
    for k, other in enumerate(problem.classes):
        if not set(mine.kinds) & set(other.kinds):
            share[k] = 0.0
        elif set(mine.skills) <= set(other.skills):
            share[k] = 1.0
    return np.asarray(share)


def reach(
    problem: AllocationProblem, class_index: int, speed: float | None = None
) -> sp.csr_array:
    """Mark which hexes a post reaches within the standard: (n_posts, n_hexes).

    At ``speed`` over the routine speed; at that of the class if None.
    """
    service = problem.classes[class_index]
    within = service.within(service.speed_factor if speed is None else speed)
    return covered(problem, within)


def covered(problem: AllocationProblem, within_min: FloatArray) -> sp.csr_array:
    """Mark which hexes are within so many routine minutes of a post.

    Parameters
    ----------
    within_min : (n_hexes,)

    Returns
    -------
    covered : (n_posts, n_hexes)
    """
    return covered_columns(problem, within_min, np.arange(problem.n_hexes))


def covered_columns(
    problem: AllocationProblem, within_min: FloatArray, hexes: IndexArray
) -> sp.csr_array:
    """Keep of ``covered`` the columns of some hexes, ascending: (n_posts, n)."""
    travel = problem.travel_min
    number = np.full(problem.n_hexes, -1, dtype=np.int64)
    number[hexes] = np.arange(hexes.size)
    indptr, column = gathering.select(
        travel.indptr.astype(np.int64),
        travel.indices.astype(np.int32, copy=False),
        travel.data.astype(np.float32, copy=False),
        within_min.astype(np.float64),
        number,
    )
    # One byte an entry, all alike: a product with it counts or adds up.
    marks = np.ones(column.size, dtype=bool)
    return sp.csr_array((marks, column, indptr), shape=(problem.n_posts, hexes.size))


def patience(problem: AllocationProblem, class_index: int) -> FloatArray:
    """Tell how long a call may wait for a unit in reach and still be in time.

    That is what the standard leaves after the longest drive that a unit is sent
    on, in mean services of the calls that keep those units busy: (n_hexes,). Who
    waits in a queue is served by the unit that is free first, wherever it is in
    reach: for them two thirds of the longest drive are left out, its mean in a disc.
    """
    service = problem.classes[class_index]
    shares = shared(problem, class_index).tolist()
    arrivals = work_h = 0.0
    for share, c in zip(shares, problem.classes, strict=True):
        arrivals += share * float(c.arrivals.sum())
        work_h += share * float(c.load.sum())
    drive_min = np.minimum(service.cap_min, service.limit_min) * _MEAN_OF_DISC
    if not service.queue:
        drive_min = np.full(problem.n_hexes, service.cap_min)
    spare_min = np.maximum(service.limit_min - drive_min, 0.0)
    if work_h == 0.0:
        return np.zeros(problem.n_hexes)
    return spare_min / (60.0 * work_h / arrivals)
