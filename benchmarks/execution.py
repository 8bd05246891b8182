"""What Dask costs: two workers of a cluster here against two processes, same tasks."""

import argparse
import hashlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from geoalloc import workers
from geoalloc._types import FloatArray
from geoalloc.workers import Workers

_N = 2  # processes, and workers of the cluster
_SHARED_MB = 8  # sent once: what all tasks have in common
_RESULT_MB = 1  # sent back by each, as much as a scenario's tables


def work(shared: FloatArray, rounds: int, task: int) -> FloatArray:
    """Compute for about 50 ms a round on one core, and give a megabyte."""
    rng = np.random.default_rng(task)
    found = np.zeros(_RESULT_MB * (1 << 17))
    for _ in range(rounds):
        drawn = rng.random(found.size) + shared[: found.size]
        found += np.sort(np.sqrt(drawn) * np.log1p(drawn)) + np.cumsum(drawn)
        found = np.sin(found) + np.cos(np.arctan(drawn))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.execution")
    parser.add_argument("--tasks", type=int, default=30)
    parser.add_argument("--task-rounds", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5, help="of both, taking turns")
    options = parser.parse_args()
    # By its own name: a cluster cannot import what is called __main__.
    named = importlib.import_module("benchmarks.execution").work
    shared = np.random.default_rng(0).random(_SHARED_MB * (1 << 17))
    load = partial(named, shared, options.task_rounds)
    with (
        cluster() as address,
        workers.hired(_N) as here,
        workers.hired(dask=address) as there,
    ):
        sys.stdout.write(compared(here, there, load, options) + "\n")


def compared(
    here: Workers,
    there: Workers,
    load: Callable[[int], FloatArray],
    options: argparse.Namespace,
) -> str:
    """Time both by turns, in reverse order every other round; results must agree."""
    crews = {"processes": here, "Dask": there}
    digests = {name: _timed(crew, load, 2 * _N)[1] for name, crew in crews.items()}
    seconds: dict[str, list[float]] = {name: [] for name in crews}
    for k in range(options.rounds):
        for name in sorted(crews, reverse=bool(k % 2)):
            spent, digests[name] = _timed(crews[name], load, options.tasks)
            seconds[name].append(spent)
        if len(set(digests.values())) != 1:
            raise SystemExit("Dask gave other results than processes")
    ratios = np.divide(seconds["Dask"], seconds["processes"])
    told = ", ".join(f"{name} {np.median(s):.2f} s" for name, s in seconds.items())
    return (
        f"{options.tasks} tasks on {_N} workers, median of {options.rounds} rounds: "
        f"{told}; Dask / processes {np.median(ratios):.3f} "
        f"({ratios.min():.3f} to {ratios.max():.3f})"
    )


def _timed(
    crew: Workers, load: Callable[[int], FloatArray], n_tasks: int
) -> tuple[float, str]:
    start = time.perf_counter()
    found = dict(crew.each(load, range(n_tasks)))
    spent = time.perf_counter() - start
    text = b"".join(found[k].tobytes() for k in range(n_tasks))
    return spent, hashlib.sha256(text).hexdigest()


@contextmanager
def cluster() -> Iterator[str]:
    """Start a scheduler and two workers on this computer, one thread each."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "scheduler.json")
        flags = ("--scheduler-file", str(file), "--host", "127.0.0.1", "--no-dashboard")
        some = ("--nthreads", "1", "--no-nanny", "--memory-limit", "2GiB")
        started = [_dask(folder, "scheduler", "--port", "0", *flags)]
        started += [_dask(folder, "worker", *flags, *some) for _ in range(_N)]
        try:
            yield _address(file)
        finally:
            for process in reversed(started):
                process.kill()
                process.wait()


def _dask(folder: str, *words: str) -> subprocess.Popen[bytes]:
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    paths = {
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "DASK_TEMPORARY_DIRECTORY": folder,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *words],
        env=os.environ | one | paths,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _address(file: Path) -> str:
    """Wait for the scheduler, and for all of its workers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(0.2)
        if not file.exists():
            continue
        address: str = json.loads(file.read_text())["address"]
        with workers.hired(dask=address) as crew:
            if f"of {_N} workers" in crew.description:
                return address
    raise SystemExit("the cluster did not start within a minute")


if __name__ == "__main__":
    main()
