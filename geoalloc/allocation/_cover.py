"""The problem as the arrays that search and cuts work on."""

from dataclasses import dataclass

import numpy as np

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import plan
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.kernels import availability
from geoalloc.kernels.search import Cells, Teams


@dataclass(frozen=True, kw_only=True)
class Roster:
    """Units grouped into teams: same kind, same station, so interchangeable.

    Teams with the same kind and border cover alike; such a set of teams is a *side*
    and the cuts need only know how many units of a side stand at a post.

    Attributes
    ----------
    team : (n_units,)
        Team of each unit.
    station, size, side : (n_teams,)
    counted : (n_teams,)
        Whether its units count towards minimum cover.
    cost : (n_teams, n_posts)
        Price of the drive from the station; inf where out of reach.
    """

    team: IndexArray
    station: IndexArray
    size: IndexArray
    side: IndexArray
    counted: BoolArray
    cost: FloatArray
    teams: Teams
    sides: Teams


@dataclass(frozen=True, kw_only=True)
class Cover:
    """Cells to cover and teams to cover them.

    Attributes
    ----------
    block : (n_cells,)
        Class and district of each cell as one number: one cut is made per block.
    post_district : (n_posts,)
    minimum : (n_districts,)
    """

    cells: Cells
    block: IndexArray
    n_blocks: int
    post_district: IndexArray
    minimum: IndexArray
    roster: Roster


def compile_cover(problem: AllocationProblem) -> Cover:
    """Turn ``problem`` into arrays; a cell is a hex with demand of one class."""
    roster = _roster(problem)
    cells, block = _cells(problem)
    n_districts = len(problem.district_names)
    minimum = np.zeros(n_districts, dtype=np.int64)
    for district, least in problem.minimum_cover.items():
        minimum[district] = least
    return Cover(
        cells=cells,
        block=block,
        n_blocks=len(problem.classes) * n_districts,
        post_district=problem.hex_district[problem.post_hex],
        minimum=minimum,
        roster=roster,
    )


def _roster(problem: AllocationProblem) -> Roster:
    supply, serves = problem.supply, problem.unit_serves
    kind = np.unique(np.array(supply.kind), return_inverse=True)[1]
    beat = problem.unit_beat
    _, first, team = np.unique(
        np.column_stack([kind, supply.station]),
        axis=0,
        return_index=True,
        return_inverse=True,
    )
    _, side_first, side = np.unique(
        np.column_stack([kind[first], beat[first]]),
        axis=0,
        return_index=True,
        return_inverse=True,
    )
    side_unit = first[side_first]
    drive_min = problem.station_min[supply.station[first]]
    near = np.isfinite(drive_min)
    return Roster(
        team=team,
        station=supply.station[first],
        size=np.bincount(team),
        side=side,
        counted=serves[first, 0],
        cost=np.where(near, problem.deadhead * np.where(near, drive_min, 0.0), np.inf),
        teams=Teams(serves[first], beat[first]),
        sides=Teams(serves[side_unit], beat[side_unit]),
    )


def _cells(problem: AllocationProblem) -> tuple[Cells, IndexArray]:
    n_max = int(problem.unit_serves.sum(axis=0).max())
    hexes, curve, indptr, cell = [], [], [np.zeros(1, np.int64)], []
    n_cells = 0
    for c, service in enumerate(problem.classes):
        here = np.flatnonzero(service.weight * service.arrivals.sum(axis=0) > 0)
        weight = np.ascontiguousarray(service.weight * service.arrivals.T[here])
        load = plan.local_load(problem, c)[here]
        patience = plan.patience(problem, c)[here]
        curve.append(availability.curves(weight, load, patience, problem.kappa, n_max))
        covers = plan.reach(problem, c)[:, here]
        covers.sort_indices()
        indptr.append(indptr[-1][-1] + covers.indptr[1:].astype(np.int64))
        cell.append((n_cells + covers.indices).astype(np.int32))
        hexes.append(here)
        n_cells += here.size
    where = np.concatenate(hexes)
    of_class = np.repeat(np.arange(len(hexes)), [here.size for here in hexes])
    cells = Cells(
        indptr=np.concatenate(indptr),
        cell=np.concatenate(cell),
        beat=problem.hex_beat[where],
        curve=np.concatenate(curve),
    )
    return cells, of_class * len(problem.district_names) + problem.hex_district[where]
