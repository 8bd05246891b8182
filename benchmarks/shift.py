"""How long a whole shift, and a few moves in it, take: python -m benchmarks.shift.

On a county drawn at random, of the size of Avon and Somerset at resolution 8: 7,225
hexes, 540 posts, 24 stations, 90 response units, 8 hours. Kernels are compiled before
the clock starts. Times are of one run each: processor seconds beside those of the
wall, which differ where the machine has other work.
"""

import platform
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import scipy.sparse as sp

from geoalloc import allocation
from geoalloc.allocation import AllocationProblem, ServiceClass, Supply

T = TypeVar("T")
HOURS = np.array([1.2, 1.3, 1.35, 1.25, 1.05, 0.8, 0.6, 0.45])
REACH_MIN = 33.0  # so that a post covers as many hexes as in Avon and Somerset


def county(
    side: int = 85, n_posts: int = 540, n_units: int = 90, seed: int = 0
) -> AllocationProblem:
    """Draw a county on a square lattice, with two cities and a scatter of towns."""
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(side * side), side)
    people = rng.gamma(0.3, size=side * side)
    for weight, y, x in ((900.0, 0.7, 0.6), (250.0, 0.3, 0.3)):
        away = np.hypot(row - y * side, column - x * side)
        people += weight * np.exp(-away / (0.04 * side)) / side
    people /= people.sum()
    post_hex = np.sort(rng.choice(side * side, n_posts, replace=False, p=people))
    away = np.hypot(row[post_hex, None] - row, column[post_hex, None] - column)
    minutes = 1.5 + 1.1 * away
    near = minutes <= REACH_MIN
    stations = rng.choice(n_posts, 24, replace=False)
    between = minutes[stations][:, post_hex] - 1.5
    share = people[post_hex[stations]]
    station = rng.choice(24, n_units, p=share / share.sum())
    return AllocationProblem(
        classes=_classes(people * 36.0, people > np.quantile(people, 0.8)),
        travel_min=sp.csr_array(
            (
                minutes[near].astype(np.float32),
                np.nonzero(near)[1],
                np.concatenate([[0], np.cumsum(near.sum(axis=1))]),
            ),
            shape=near.shape,
        ),
        post_hex=post_hex,
        catchment=minutes.argmin(axis=0),
        hex_beat=minutes[stations].argmin(axis=0),
        hex_district=np.zeros(side * side, dtype=np.int64),
        station_min=np.where(between <= 30.0, between, np.inf),
        station_post=stations,
        station_beat=np.arange(24),
        supply=Supply(kind=("response",) * n_units, station=np.sort(station)),
        bordered=False,
        district_names=("County",),
    )


def _classes(calls: np.ndarray, urban: np.ndarray) -> tuple[ServiceClass, ...]:
    shared = {"kinds": ("response",), "on_scene_min": 50.0}
    hourly = calls * HOURS[:, None]
    grades = (
        ("immediate", 1.0, 0.28, np.where(urban, 15.0, 20.0), 1.25, 60.0),
        ("priority", 0.25, 0.48, np.full(calls.size, 60.0), 1.0, 45.0),
        ("routine", 0.05, 0.24, np.full(calls.size, 120.0), 1.0, 30.0),
    )
    return tuple(
        ServiceClass(
            name=name,
            weight=weight,
            arrivals=part * hourly,
            load=part * hourly * 50.0 / 60.0,
            limit_min=limit,
            speed_factor=speed,
            cap_min=cap,
            **shared,
        )
        for name, weight, part, limit, speed, cap in grades
    )


def timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """Give a result, wall seconds and processor seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - processor


def warm_up() -> None:
    small = county(20, 40, 12)
    plan = allocation.plan_shift(small)
    allocation.frontier(small, plan.timetable, moves=(1, 2))


def rows() -> list[tuple[str, str, float, float]]:
    """Time what a planner waits for: what, what it found, wall, processor seconds."""
    problem = county()
    prepared, *times = timed(lambda: allocation.Prepared(problem))
    found = [("a problem is prepared", "", *times)]
    plan, *times = timed(lambda: allocation.plan_shift(problem))
    told = f"unmet {plan.weighted_unmet:.3f}, {len(plan.reposts)} re-posts"
    found.append(("whole shift, 90 units, a break each, 20 re-posts", told, *times))
    lost = allocation.Changes(unavailable={3: 2})
    for what, params in (
        ("5 moves, rest of the shift from hour 2", {"from_period": 2}),
        ("5 moves, whole shift", {}),
        ("5 moves, single hour", {"from_period": 2, "until_period": 3}),
    ):
        chosen = allocation.MoveParams(**params)
        moved, *times = timed(
            lambda c=chosen: allocation.reoptimize(
                prepared, plan.timetable, lost, params=c
            )
        )
        told = f"{moved.before:.3f} to {moved.after:.3f}, free {moved.free:.3f}"
        found.append((f"{what} (prepared)", told, *times))
    return found


def main() -> None:
    warm_up()
    machine = f"{platform.machine()}, {platform.system()}"
    out = [f"{time.strftime('%Y-%m-%d')}, {machine}, Python {sys.version.split()[0]}"]
    out += ["", "| what | found | wall s | processor s |", "|---|---|---|---|"]
    out += [f"| {a} | {b} | {w:.2f} | {p:.2f} |" for a, b, w, p in rows()]
    problem = county()
    start = problem.station_post[problem.supply.station]
    table = allocation.compare_breaks(problem, start)
    out += [
        "",
        "Breaks and re-posts, from all at their stations:",
        "",
        table.to_string(),
    ]
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
