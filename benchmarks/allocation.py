"""How long a plan and its proof take, on made-up demand over Avon and Somerset.

Run ``python -m benchmarks.allocation`` for all rows, or name some of them.
"""

import resource
import sys
import time
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.spatial import KDTree

from benchmarks.contest import AREA
from geoalloc import allocation, boundaries, hexes
from geoalloc._types import FloatArray
from geoalloc.allocation import (
    AllocationProblem,
    Quota,
    ServiceClass,
    SolverParams,
    Supply,
    _search,
    plan,
)
from geoalloc.allocation._cover import compile_cover
from geoalloc.kernels import search

REACH_M, KMH, DETOUR = 30_000.0, 45.0, 1.3
_BUSY = 0.45  # work on scene over units, as at a weekend in the evening


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table: the size of the problem and what is asked of it."""

    resolution: int
    n_posts: int
    units: dict[str, int]
    gap: float


ROWS = {
    "res 8, 80 units": Row(
        resolution=8, n_posts=537, units={"response": 80}, gap=0.005
    ),
    "three types, 300 units": Row(
        resolution=8,
        n_posts=537,
        units={"response": 180, "pcso": 80, "roads": 40},
        gap=0.01,
    ),
    "res 9, 1,100 posts": Row(
        resolution=9, n_posts=1_100, units={"response": 90, "pcso": 31}, gap=0.01
    ),
}


def make(row: Row, *, n_stations: int = 15, seed: int = 0) -> AllocationProblem:
    """Draw towns, calls around them, posts where work is and stations in towns."""
    rng = np.random.default_rng(seed)
    grid = hexes.cover(boundaries.read(AREA).outline, row.resolution)
    at = np.column_stack([grid.x_m, grid.y_m])
    town = at[rng.choice(len(at), n_stations, replace=False)]
    away = np.hypot(*(at[:, None] - town).transpose(2, 0, 1))
    size = 1.0 / np.arange(1, n_stations + 1)
    work = (size * np.exp(-((away / 4_000.0) ** 2))).sum(axis=1) + 0.003
    work *= rng.gamma(0.6, size=len(at))
    posts = _apart(at, work, row.n_posts, [int(a.argmin()) for a in away.T])
    minutes = _minutes(at[posts], at)
    drive = np.hypot(*(town[:, None] - at[posts]).transpose(2, 0, 1))
    drive *= DETOUR / KMH * 60 / 1000
    beat = away.argmin(axis=1)
    supply = _supply(row, n_stations, rng)
    responds = np.array([kind == "response" for kind in supply.kind])
    n_units = len(supply)
    return AllocationProblem(
        classes=_classes(work / work.sum() * _BUSY * n_units, away.min(axis=1) < 4_000),
        travel_min=minutes,
        post_hex=posts,
        catchment=KDTree(at[posts]).query(at)[1].astype(np.int64),
        hex_beat=beat,
        hex_district=beat,
        station_min=np.where(drive <= 45.0, drive, np.inf),
        station_post=np.arange(n_stations),
        station_beat=np.arange(n_stations),
        supply=supply,
        bordered=False,
        district_names=tuple(f"District {d}" for d in range(n_stations)),
        quotas=tuple(
            Quota(
                name=f"minimum cover of District {d}",
                units=responds,
                posts=beat[posts] == d,
                least=1 + int(d < 3),
            )
            for d in range(n_stations)
        ),
    )


def _apart(
    at: FloatArray, work: FloatArray, n_posts: int, stations: list[int]
) -> np.ndarray:
    """Take stations, then hexes with most work that are 1.2 km from those taken."""
    tree, posts, free = KDTree(at), list(stations), np.ones(len(at), dtype=bool)
    for h in [*stations, *np.argsort(-work, kind="stable").tolist()]:
        if len(posts) < n_posts and free[h] and h not in stations:
            posts.append(h)
        if h in posts[-1:] or h in stations:
            free[tree.query_ball_point(at[h], 1_200.0)] = False
    return np.array(posts, dtype=np.int64)


def _minutes(posts: FloatArray, at: FloatArray) -> sp.csr_array:
    near = KDTree(posts).sparse_distance_matrix(
        KDTree(at), REACH_M, output_type="coo_matrix"
    )
    travel = sp.csr_array(near.tocsr())
    travel.data = (0.5 + travel.data * DETOUR / KMH * 60 / 1000).astype(np.float32)
    travel.sort_indices()
    return travel


def _supply(row: Row, n_stations: int, rng: np.random.Generator) -> Supply:
    kind = tuple(k for k, n in row.units.items() for _ in range(n))
    roads = "roads" in row.units
    skills = [("roads",) if roads and i % 6 == 0 else () for i in range(len(kind))]
    return Supply(
        kind=kind,
        station=rng.integers(n_stations, size=len(kind)),
        skills=tuple(
            ("roads",) if k == "roads" else s if k == "response" else ()
            for k, s in zip(kind, skills, strict=True)
        ),
    )


def _classes(calls: FloatArray, urban: np.ndarray) -> tuple[ServiceClass, ...]:
    def grade(name: str, share: float, weight: float, **more: object) -> ServiceClass:
        terms = {
            "kinds": ("response", "roads"),
            "limit_min": np.full(calls.size, 55.0),
            "speed_factor": 1.0,
            "cap_min": 35.0,
            "on_scene_min": 60.0,
        }
        hourly = share * calls[None]
        return ServiceClass(
            name=name, weight=weight, arrivals=hourly, load=hourly, **(terms | more)
        )

    return (
        grade(
            "immediate",
            0.25,
            1.0,
            limit_min=np.where(urban, 13.0, 18.0),
            speed_factor=1.25,
            cap_min=40.0,
        ),
        grade("priority", 0.5, 0.25, queue=True),
        grade(
            "routine",
            0.25,
            0.05,
            kinds=("response", "roads", "pcso"),
            queue=True,
            cap_min=30.0,
        ),
    )


def measure(name: str) -> dict[str, float]:
    """Time the stages of one row; kernels are compiled before."""
    row = ROWS[name]
    problem = make(row)
    cover = compile_cover(problem)
    _search.first_plan(cover)
    problem.worked_out.clear()
    clock = [time.perf_counter()]
    cover = compile_cover(problem)
    clock.append(time.perf_counter())
    roster = cover.roster
    placed = search.greedy(
        cover.cells,
        cover.within,
        roster.sides,
        cover.quotas,
        roster.side,
        roster.size,
        roster.cost,
    )
    greedy = _search.posts_of_teams(cover, placed)
    clock.append(time.perf_counter())
    swapped = _search.first_plan(cover)
    clock.append(time.perf_counter())
    found = allocation.solve(problem, SolverParams(gap=row.gap))
    clock.append(time.perf_counter())
    best = found.bound

    def short(post: np.ndarray) -> float:
        value = plan.evaluate(problem, post)
        return 100 * (value.objective - best) / value.weighted_unmet

    return {
        "posts": problem.n_posts,
        "hexes": problem.n_hexes,
        "arrays_s": clock[1] - clock[0],
        "greedy_s": clock[2] - clock[1],
        "greedy_gap_percent": short(greedy),
        "greedy_and_swap_s": clock[3] - clock[2],
        "swap_gap_percent": short(swapped),
        "proof_s": clock[4] - clock[3],
        "proven_gap_percent": 100 * found.gap,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


if __name__ == "__main__":
    for wanted in sys.argv[1:] or ROWS:
        figures = {k: round(v, 3) for k, v in measure(wanted).items()}
        sys.stdout.write(f"{wanted}: {figures}\n")
        sys.stdout.flush()
