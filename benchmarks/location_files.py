"""Readers of published location instances, in the layouts of their authors."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geoalloc._types import FloatArray
from geoalloc.allocation import location


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A problem and its published optimum, None if none is known."""

    name: str
    problem: (
        location.MedianProblem | location.CapacitatedProblem | location.CoverageProblem
    )
    optimum: float | None = None

    def solve(self, params: location.LocationParams) -> location.SiteChoice:
        if isinstance(self.problem, location.MedianProblem):
            return location.p_median(self.problem, params)
        if isinstance(self.problem, location.CapacitatedProblem):
            return location.capacitated_p_median(self.problem, params)
        return location.max_coverage(self.problem, params)


def instances(folder: Path) -> Iterator[Instance]:
    """Read whatever of the families is in a folder, in order of name and number."""
    known = optima(folder / "pmed/optima.txt")
    for path in numbered(folder / "pmed", "pmed[0-9]*.txt"):
        yield Instance(name=path.stem, problem=pmed(path), optimum=known.get(path.stem))
    for path in numbered(folder / "pmedcap", "pmedcap*.txt"):
        yield pmedcap(path)
    for table in sorted((folder / "mclp-sjc").glob("optima*.csv")):
        yield from sjc(table)
    swain = folder / "swain55/swain.txt"
    for p in (3, 5, 10) if swain.exists() else ():
        yield Instance(name=f"Swain 55, p = {p}", problem=swain_median(swain, p))


def numbered(folder: Path, pattern: str) -> list[Path]:
    paths = folder.glob(pattern)
    return sorted(paths, key=lambda path: (len(path.stem), path.stem))


def pmed(path: Path) -> location.MedianProblem:
    """Read a p-median of the OR-Library (Beasley, 1985).

    Edges are repeated; the last length of a pair counts.
    """
    numbers = np.array(path.read_text().split(), dtype=np.int64)
    n, _, p = (int(v) for v in numbers[:3])
    edges = {
        (min(a, b) - 1, max(a, b) - 1): length
        for a, b, length in numbers[3:].reshape(-1, 3).tolist()
    }
    ends, length = np.array(list(edges)), np.array(list(edges.values()), np.float64)
    return location.MedianProblem(
        distance=location.graph_distance(ends, length, n), p=p
    )


def optima(path: Path) -> dict[str, float]:
    """Read a table of names and optima; what is no such row is left out."""
    if not path.exists():
        return {}
    lines = [line.split() for line in path.read_text().splitlines()]
    return {
        line[0]: float(line[1])
        for line in lines
        if len(line) == 2 and line[1].replace(".", "", 1).isdigit()
    }


def pmedcap(path: Path) -> Instance:
    """Read a capacitated p-median of Osman and Christofides (1994).

    The optimum stands on the first line; distances are rounded down.
    """
    numbers = np.array(path.read_text().split(), dtype=np.float64)
    points = numbers[5:].reshape(-1, 4)[: int(numbers[2])]
    problem = location.CapacitatedProblem(
        distance=np.floor(apart(points[:, 1], points[:, 2])),
        size=points[:, 3],
        capacity=float(numbers[4]),
        p=int(numbers[3]),
    )
    return Instance(name=path.stem, problem=problem, optimum=float(numbers[1]))


def sjc(table: Path) -> Iterator[Instance]:
    """Read the maximal covering of Lorena and Pereira (2002) that a table lists."""
    for row in csv.DictReader(table.read_text().splitlines()):
        n, radius, p = int(row["n"]), float(row["radius_m"]), int(row["p"])
        lines = (table.parent / f"SJC{n}.txt").read_text().splitlines()[1 : n + 1]
        x, y = np.array([line.split()[:2] for line in lines], dtype=np.float64).T
        demand = (table.parent / f"demand-SJC{n}.dat").read_text().split()
        problem = location.CoverageProblem(
            covers=apart(x, y) <= radius, weight=np.array(demand, np.float64), p=p
        )
        yield Instance(
            name=f"SJC{n}, {radius:.0f} m, p = {p}",
            problem=problem,
            optimum=float(row["covered_demand"]),
        )


def swain_median(path: Path, p: int) -> location.MedianProblem:
    """Read the 55 nodes of Swain (1971): number, x, y, demand."""
    lines = [line.split() for line in path.read_text().splitlines()]
    points = np.array([line for line in lines if len(line) == 4], dtype=np.float64)
    return location.MedianProblem(
        distance=apart(points[:, 1], points[:, 2]), p=p, weight=points[:, 3]
    )


def apart(x: FloatArray, y: FloatArray) -> FloatArray:
    return np.hypot(x[:, None] - x, y[:, None] - y)
