"""Time geoalloc and its peers in turn in one process; print Markdown tables.

Times depend on the machine and on what else it does; ratios taken within a round
depend on it far less.
"""

import argparse
import datetime
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks import (
    test_binning,
    test_density,
    test_forecasts,
    test_significance,
    test_travel,
)
from benchmarks.contest import AREA, Contest, in_turn
from geoalloc import boundaries, hexes

REPOSITORY = AREA.parents[1]
LIBRARIES = ("geoalloc", "numba", "numpy", "scipy", "h3")
PEERS = {
    "h3ronpy": "h3ronpy",
    "sklearn": "scikit-learn",
    "KDEpy": "KDEpy",
    "esda": "esda",
    "lightgbm": "lightgbm",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare")
    parser.add_argument("--rounds", type=int, default=5, help="rounds after a warm-up")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    options = parser.parse_args()
    for text in report(options.rounds, 10 if options.quick else 1):
        sys.stdout.write(text + "\n\n")
        sys.stdout.flush()


def report(rounds: int, divisor: int) -> Iterator[str]:
    yield machine(rounds)
    county = boundaries.read(AREA)
    cover_s, fine = timed(lambda: hexes.cover(county.outline, 9))
    coarse = hexes.cover(county.outline, 8)
    neighbors_s, _ = timed(lambda: coarse.neighbors)

    n_points = 5_000_000 // divisor
    size = f"{n_points:,} points into {len(fine):,} hexes of resolution 9"
    yield table(test_binning.BINNING, size, test_binning.points(fine, n_points), rounds)

    n_incidents = 200_000 // divisor
    size = f"{n_incidents:,} incidents, {len(fine):,} hexes of resolution 9, 400 m"
    case = test_density.incidents(county, fine, n_incidents)
    yield table(test_density.SUMS, size, case, rounds)
    yield table(test_density.SURFACE, size, case, rounds)
    kept = test_density.running(case)
    yield table(test_density.REWEIGHTING, size, kept, rounds)
    yield table(test_density.ADDING, size, kept, rounds)

    n_incidents = 5_000_000 // divisor
    size = f"{n_incidents:,} incidents, {len(fine):,} hexes of resolution 9"
    case = test_density.incidents(county, fine, n_incidents)
    yield table(test_density.DENSE, size, case, rounds)

    size = f"{len(fine):,} hexes of resolution 9"
    yield table(test_significance.GI_STAR, size, test_significance.counts(fine), rounds)

    n_incidents = 200_000 // divisor
    size = f"{n_incidents:,} incidents, {len(fine):,} hexes of resolution 9"
    past = test_forecasts.months(county, fine, n_incidents)
    yield table(test_forecasts.WHERE, size, past, min(rounds, 3))
    size = "components that are much alike"
    yield table(test_forecasts.WEIGHTS, size, test_forecasts.weighing(), rounds)

    case = test_travel.journeys(county, coarse, 14 * divisor)
    size = (
        f"{case.origins.size:,} origins, {len(coarse):,} hexes of resolution 8, "
        f"{test_travel.REACH_MIN:.0f} minutes"
    )
    yield table(test_travel.SHORTEST, size, case, rounds)
    yield table(test_travel.MINUTES, size, case, rounds)

    graph_s, _ = timed(lambda: test_travel.graph(coarse, case.steps))
    once = {
        "hexes.cover, resolution 9 (before HexGrid.locate)": cover_s,
        "HexGrid.neighbors, resolution 8 (before paths.shortest)": neighbors_s,
        "sparse graph, resolution 8 (before scipy's dijkstra)": graph_s,
    }
    yield first_calls(rounds)
    yield rows(("Once per area", "seconds"), [(k, f"{v:.3f}") for k, v in once.items()])
    ratio = test_density.second_core(county, fine, 5_000_000 // divisor)
    yield rows(
        ("Second core", "times faster"),
        [(f"hotspots.density, {5_000_000 // divisor:,} incidents", f"{ratio:.2f}")],
    )


def machine(rounds: int) -> str:
    """Say when, on what and with what this is measured."""
    installed = [name for name in PEERS if importlib.util.find_spec(name)]
    versions = ", ".join(
        f"{name} {version(name)}"
        for name in (*LIBRARIES, *(PEERS[name] for name in installed))
    )
    return (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {os.cpu_count()} cores, "
        f"{platform.machine()}, {platform.system()}, Python "
        f"{platform.python_version()}; {versions}; {rounds} rounds after a warm-up. A "
        "ratio is the time of a row over that of its table's first row in the same "
        "round: median (least-most); above 1 is slower than geoalloc."
    )


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def table(contest: Contest, size: str, case: Any, rounds: int) -> str:
    """Check every entry's answer, which also warms it up; then time them in turn."""
    entries = [e for e in contest.entries if importlib.util.find_spec(e.needs)]
    notes = [entry.check(case, entry.run(case)) for entry in entries]
    seconds = in_turn(entries, case, rounds)
    ratios = seconds / seconds[:, :1]
    lines = [
        (
            entry.name,
            f"{np.median(seconds[:, k]):.3f}",
            f"{np.median(ratios[:, k]):.2f}" + (f" ({spread(ratios[:, k])})" * (k > 0)),
            notes[k] if k > 0 else "",
        )
        for k, entry in enumerate(entries)
    ]
    lines += [
        (entry.name, "", "", f"skipped: {entry.needs} is not installed")
        for entry in contest.entries
        if entry not in entries
    ]
    heading = (f"{contest.title}: {size}", "seconds", "ratio", "answer")
    return rows(heading, lines)


def spread(ratios: np.ndarray) -> str:
    return f"{ratios.min():.2f}-{ratios.max():.2f}"


def first_calls(rounds: int) -> str:
    """Time first calls in new processes: with an empty cache, then with a full one."""
    with tempfile.TemporaryDirectory() as cache:
        cold = first_call(cache)
        warm = [first_call(cache) for _ in range(rounds)]
    return rows(
        ("First call in a process", "compiled, s", "loaded from the cache, s"),
        [
            (name, f"{cold[name]:.2f}", f"{np.median([w[name] for w in warm]):.3f}")
            for name in cold
        ],
    )


def first_call(cache: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.first_calls"],
        check=True,
        capture_output=True,
        cwd=REPOSITORY,
        env=os.environ | {"NUMBA_CACHE_DIR": cache},
    )
    return json.loads(done.stdout)


def rows(heading: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    rule = ("---", *("---:" for _ in heading[1:3]), *("---" for _ in heading[3:]))
    return "\n".join("| " + " | ".join(line) + " |" for line in (heading, rule, *lines))


if __name__ == "__main__":
    main()
