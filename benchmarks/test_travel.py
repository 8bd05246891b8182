"""Travel minutes over the lattice: paths.shortest against scipy's Dijkstra."""

from dataclasses import dataclass

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from benchmarks.contest import Contest, Entry, on_one_thread, people
from geoalloc import travel
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.boundaries import Boundaries
from geoalloc.hexes import HexGrid
from geoalloc.kernels import paths
from geoalloc.travel import lattice

SPEEDS = travel.Speeds(urban_kmh=32, rural_kmh=56, detour=1.3, setting_off_min=1.5)
REACH_MIN = 50.0
DRIVING_MIN = REACH_MIN - SPEEDS.setting_off_min


@dataclass(frozen=True, kw_only=True)
class Journeys:
    """Origins on a grid, and its steps as geoalloc and as scipy take them."""

    grid: HexGrid
    origins: IndexArray
    urban: BoolArray
    open_steps: BoolArray
    steps: FloatArray
    within: FloatArray
    graph: sp.csr_array


def journeys(county: Boundaries, grid: HexGrid, every: int) -> Journeys:
    """Set out from every so many hexes; the most peopled fifth of all are urban."""
    share = people(county, grid)
    urban = share > np.quantile(share, 0.8)
    open_steps = travel.crossable(grid, county.rivers, county.bridges)
    # Both sides are given the same steps, so their cost is in neither time.
    steps, within = lattice.step_minutes(grid, urban, open_steps, SPEEDS)
    return Journeys(
        grid=grid,
        origins=np.arange(0, len(grid), every),
        urban=urban,
        open_steps=open_steps,
        steps=steps,
        within=within,
        graph=graph(grid, steps),
    )


def graph(grid: HexGrid, steps: FloatArray) -> sp.csr_array:
    here, k = np.nonzero(np.isfinite(steps))
    there = grid.neighbors[here, k]
    return sp.csr_array((steps[here, k], (here, there)), shape=(len(grid), len(grid)))


def shortest(case: Journeys) -> FloatArray:
    return paths.shortest(case.origins, case.grid.neighbors, case.steps, DRIVING_MIN)


def shortest_by_scipy(case: Journeys) -> FloatArray:
    return dijkstra(case.graph, indices=case.origins, limit=DRIVING_MIN)


def same_times(case: Journeys, least: FloatArray) -> str:
    np.testing.assert_allclose(least, shortest(case), rtol=1e-12)
    return "same to 1e-12"


SHORTEST = Contest(
    "Shortest times",
    (
        Entry(name="paths.shortest", run=shortest, check=same_times),
        Entry(
            name="paths.shortest, 1 thread",
            run=on_one_thread(shortest),
            check=same_times,
        ),
        Entry(
            name="scipy csgraph.dijkstra with limit",
            run=shortest_by_scipy,
            check=same_times,
        ),
    ),
)


def minutes(case: Journeys) -> sp.csr_array:
    return travel.minutes(
        case.grid,
        case.origins,
        urban=case.urban,
        open_steps=case.open_steps,
        speeds=SPEEDS,
        reach_min=REACH_MIN,
    )


def minutes_by_scipy(case: Journeys) -> sp.csr_array:
    least = shortest_by_scipy(case)
    least[np.arange(case.origins.size), case.origins] = case.within[case.origins]
    row, column = np.nonzero(np.isfinite(least))
    value = (least[row, column] + SPEEDS.setting_off_min).astype(np.float32)
    return sp.csr_array((value, (row, column)), shape=least.shape)


def same_table(case: Journeys, table: sp.csr_array) -> str:
    expected = minutes(case)
    np.testing.assert_array_equal(table.indptr, expected.indptr)
    np.testing.assert_array_equal(table.indices, expected.indices)
    np.testing.assert_allclose(table.data, expected.data, rtol=1e-6)
    return "same entries, same to single precision"


MINUTES = Contest(
    "Travel table",
    (
        Entry(name="travel.minutes", run=minutes, check=same_table),
        Entry(
            name="travel.minutes, 1 thread",
            run=on_one_thread(minutes),
            check=same_table,
        ),
        Entry(
            name="scipy csgraph.dijkstra with limit, cut to the same table",
            run=minutes_by_scipy,
            check=same_table,
        ),
    ),
)


@pytest.mark.parametrize(
    "entry", SHORTEST.entries + MINUTES.entries, ids=lambda entry: entry.name
)
def test_travel_times_agree(benchmark, county, coarse, entry):
    pytest.importorskip(entry.needs)
    case = journeys(county, coarse, 400)
    entry.check(case, benchmark(entry.run, case))
