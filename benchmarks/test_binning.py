"""Points into hexes: HexGrid.locate against h3 by other doors."""

import time
from dataclasses import dataclass
from functools import cache

import h3.api.numpy_int as h3int
import numpy as np
import pytest
from shapely.geometry import box

from benchmarks.contest import Contest, Entry, on_one_thread
from geoalloc._types import FloatArray, IdArray, IndexArray
from geoalloc.hexes import HexGrid, cover

GROWTH = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)


@dataclass(frozen=True)
class Points:
    grid: HexGrid
    latitude: FloatArray
    longitude: FloatArray


def points(grid: HexGrid, n_points: int) -> Points:
    """Spread points evenly over a cover; a few fall outside it."""
    rng = np.random.default_rng(0)
    hexes = rng.integers(len(grid), size=n_points)
    return Points(
        grid,
        grid.latitude[hexes] + rng.uniform(-0.003, 0.003, n_points),
        grid.longitude[hexes] + rng.uniform(-0.005, 0.005, n_points),
    )


@cache
def around_a_corner(resolution: int, half: float) -> HexGrid:
    """Cover a box around a corner of the icosahedron: a pentagon and five faces."""
    pentagon = int(np.sort(np.asarray(h3int.get_pentagons(0), dtype=np.uint64))[3])
    lat, lng = h3int.cell_to_latlng(pentagon)
    return cover(box(lng - half, lat - half, lng + half, lat + half), resolution)


def growth(grid: HexGrid, sizes: tuple[int, ...] = GROWTH) -> list[tuple[int, float]]:
    """Seconds that points take, least of five: rows of (n_points, seconds)."""
    found = []
    for n_points in sizes:
        case = points(grid, n_points)
        locate(case)
        seconds = []
        for _ in range(5):
            began = time.perf_counter()
            locate(case)
            seconds.append(time.perf_counter() - began)
        found.append((n_points, min(seconds)))
    return found


def locate(case: Points) -> IndexArray:
    return case.grid.locate(case.latitude, case.longitude)


def cells_by_h3ronpy(case: Points) -> IdArray:
    from h3ronpy.vector import coordinates_to_cells

    cells = coordinates_to_cells(case.latitude, case.longitude, case.grid.resolution)
    return np.asarray(cells)


def positions_by_h3ronpy(case: Points) -> IndexArray:
    return case.grid.positions(cells_by_h3ronpy(case))


def cells_by_h3(case: Points) -> IdArray:
    resolution = case.grid.resolution
    return np.fromiter(
        (
            h3int.latlng_to_cell(lat, lng, resolution)
            for lat, lng in zip(case.latitude, case.longitude, strict=True)
        ),
        dtype=np.uint64,
        count=case.latitude.size,
    )


def same_position(case: Points, position: IndexArray) -> str:
    np.testing.assert_array_equal(position, locate(case))
    return "same hex for every point"


def same_cell(case: Points, cells: IdArray) -> str:
    return same_position(case, case.grid.positions(cells))


BINNING = Contest(
    "Binning",
    (
        Entry(name="HexGrid.locate", run=locate, check=same_position),
        Entry(
            name="HexGrid.locate, 1 thread",
            run=on_one_thread(locate),
            check=same_position,
        ),
        Entry(
            name="h3ronpy coordinates_to_cells, cell ids only",
            run=cells_by_h3ronpy,
            check=same_cell,
            needs="h3ronpy",
        ),
        Entry(
            name="h3ronpy coordinates_to_cells, and a search for the position",
            run=positions_by_h3ronpy,
            check=same_position,
            needs="h3ronpy",
        ),
        Entry(
            name="h3.api.numpy_int in a loop, cell ids only",
            run=cells_by_h3,
            check=same_cell,
        ),
    ),
)


@pytest.mark.parametrize("entry", BINNING.entries, ids=lambda entry: entry.name)
def test_points_fall_in_h3s_cells(benchmark, fine, entry):
    pytest.importorskip(entry.needs)
    case = points(fine, 20_000)
    entry.check(case, benchmark(entry.run, case))


@pytest.mark.parametrize("entry", BINNING.entries, ids=lambda entry: entry.name)
def test_points_on_five_faces_fall_in_h3s_cells(benchmark, entry):
    pytest.importorskip(entry.needs)
    case = points(around_a_corner(8, 0.5), 20_000)
    expected = case.grid.positions(cells_by_h3(case))
    np.testing.assert_array_equal(locate(case), expected)
    entry.check(case, benchmark(entry.run, case))


def test_seconds_grow_with_the_points(fine):
    rows = growth(fine, (1_000, 50_000))
    assert [n_points for n_points, _ in rows] == [1_000, 50_000]
    assert rows[1][1] < 1000 * rows[0][1]
