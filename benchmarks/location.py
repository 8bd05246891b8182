"""Location models on published instances and against spopt; Markdown tables.

``python -m benchmarks.location [FOLDER] [--peer PYTHON] [--limit SECONDS]``: FOLDER
holds pmed, pmedcap, mclp-sjc and swain55 (default: location-benchmarks of
``GEOALLOC_DATA``); PYTHON is an interpreter that has spopt. Other instances in the
same layouts are read as well.
"""

import argparse
import datetime
import itertools
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import location_files
from benchmarks.contest import AREA, people
from geoalloc import boundaries, hexes
from geoalloc._types import FloatArray
from geoalloc.allocation import location

PEER = Path(__file__).with_name("location_peer.py")


@dataclass(frozen=True, kw_only=True)
class Plane:
    """Sites that are demand too, on a plane."""

    name: str
    distance: FloatArray
    weight: FloatArray
    p: int
    radius: float

    def median(self) -> location.MedianProblem:
        return location.MedianProblem(
            distance=self.distance, weight=self.weight, p=self.p
        )

    def coverage(self) -> location.CoverageProblem:
        return location.CoverageProblem(
            covers=self.distance <= self.radius, weight=self.weight, p=self.p
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.location")
    data = Path(os.environ.get("GEOALLOC_DATA", "."))
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--peer", default=sys.executable)
    parser.add_argument("--limit", type=float, default=600.0, help="seconds a peer has")
    parser.add_argument("--seconds", type=float, help="seconds an instance has")
    options = parser.parse_args()
    folder = options.folder or data / "location-benchmarks"
    warm_up()
    params = location.LocationParams(seconds=options.seconds)
    for text in itertools.chain(
        [machine()],
        published(folder, params),
        against_spopt(options.peer, options.limit),
    ):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def machine() -> str:
    today = datetime.datetime.now(datetime.UTC)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return (
        f"{today:%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, "
        f"{platform.system()}, Python {platform.python_version()}; load at the start "
        f"{load:.1f}. Kernels were compiled before.\n"
    )


def warm_up() -> None:
    """Compile on instances of a few nodes."""
    case = plane(30, 4)
    location.p_median(case.median())
    location.max_coverage(case.coverage())
    for p in (3, 4):
        location.capacitated_p_median(
            location.CapacitatedProblem(
                distance=case.distance, size=np.ones(30), capacity=30 // p + 1, p=p
            )
        )


def plane(n: int, p: int) -> Plane:
    """Scatter nodes over a square, a fixed seed for each number of them."""
    rng = np.random.default_rng(n)
    x, y = rng.random((2, n)) * 1000.0
    return Plane(
        name=f"{n:,} nodes on a plane, p = {p}",
        distance=location_files.apart(x, y),
        weight=np.rint(rng.gamma(0.5, 80.0, n)) + 1.0,
        p=p,
        radius=60.0,
    )


def county(p: int) -> Plane:
    """Take the hexes of resolution 7 of the county, weighted by its people."""
    area = boundaries.read(AREA)
    grid = hexes.cover(area.outline, 7)
    return Plane(
        name=f"Avon and Somerset, {len(grid):,} hexes of resolution 7, p = {p}",
        distance=location_files.apart(grid.x_m, grid.y_m) / 1000.0,
        weight=np.rint(people(area, grid) * 1e5),
        p=p,
        radius=6.0,
    )


def published(folder: Path, params: location.LocationParams) -> Iterator[str]:
    yield "| instance | optimum | found | bound | gap | seconds |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for instance in location_files.instances(folder):
        began = time.perf_counter()
        choice = instance.solve(params)
        seconds = time.perf_counter() - began
        optimum = "" if instance.optimum is None else f"{instance.optimum:g}"
        yield (
            f"| {instance.name} | {optimum} | {choice.objective:.10g} | "
            f"{choice.bound:.10g} | {choice.gap:.2%} | {seconds:.2f} |"
        )


def against_spopt(python: str, limit: float) -> Iterator[str]:
    yield "\n| same instance | geoalloc | spopt build + solve | ratio | answer |"
    yield "| --- | ---: | ---: | ---: | --- |"
    yield coverage_row(plane(1000, 30), python, limit)
    for case in (plane(400, 20), plane(1000, 30), county(30)):
        yield median_row(case, python, limit)


def coverage_row(case: Plane, python: str, limit: float) -> str:
    began = time.perf_counter()
    choice = location.max_coverage(case.coverage())
    seconds = time.perf_counter() - began
    peer = spopt("coverage", case, python, limit)
    value = np.nan
    if "open" in peer:
        near = (case.distance[np.array(peer["open"])] <= case.radius).any(axis=0)
        value = float(case.weight[near].sum())
    return row(f"MCLP: {case.name}", choice, seconds, peer, value)


def median_row(case: Plane, python: str, limit: float) -> str:
    began = time.perf_counter()
    choice = location.p_median(case.median())
    seconds = time.perf_counter() - began
    peer = spopt("median", case, python, limit)
    value = np.nan
    if "open" in peer:
        nearest = case.distance[np.array(peer["open"])].min(axis=0)
        value = float(nearest @ case.weight)
    return row(f"p-median: {case.name}", choice, seconds, peer, value)


def row(
    name: str,
    choice: location.SiteChoice,
    seconds: float,
    peer: dict[str, Any],
    value: float,
) -> str:
    ours = f"{seconds:.2f} s, {choice.status.value}"
    if "open" not in peer:
        return f"| {name} | {ours} | {peer['why']} | | {choice.objective:.10g} |"
    total = peer["build"] + peer["solve"]
    same = np.isclose(choice.objective, value, rtol=1e-6)
    answer = "same optimum" if same else f"{choice.objective:.10g} and {value:.10g}"
    return (
        f"| {name} | {ours} | {peer['build']:.1f} + {peer['solve']:.1f} s | "
        f"{total / seconds:.0f} | {answer} |"
    )


def spopt(model: str, case: Plane, python: str, limit: float) -> dict[str, Any]:
    """Run the peer in a process of its own; ``why`` says what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "instance.npz"
        np.savez(
            path,
            distance=case.distance,
            weight=case.weight,
            p=case.p,
            radius=case.radius,
        )
        # A session of its own: the solver that the peer starts has to end with it.
        process = subprocess.Popen(
            [python, "-W", "ignore", str(PEER), model, str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        try:
            answer, trouble = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return {"why": f"none in {limit:.0f} s"}
    if process.returncode != 0:
        missing = "No module named" in trouble
        return {"why": "spopt is not installed" if missing else "failed"}
    return json.loads(answer.splitlines()[-1])


if __name__ == "__main__":
    main()
