"""Scenarios compared: python -m benchmarks.scenarios SCENARIOS...

The same scenarios four times: from nothing, again with one of them changed, again
with nothing changed, and from nothing on a Dask cluster of two local workers (with
--dask, as a ratio to the first). Then the page: its size, and the seconds until it can
be used, in headless Chromium with the network off.
"""

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from geoalloc import pipeline, runs, scenario
from geoalloc.runs import Comparison
from geoalloc.scenario import Scenario
from geoalloc.workers import Store, hired

PATIENCE_S = 60
FRAMES = ("figures", "differences", "groups", "disparities", "curve", "cells", "posts")


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--on", type=Path)
    parser.add_argument("--incidents", type=Path)
    parser.add_argument("--shifts", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--most", type=int, help="Scenarios; all if left out.")
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--out", type=Path, help="Keep the comparison here.")
    asked = parser.parse_args()
    files = [*([asked.on] if asked.on else []), *asked.files]
    found = scenario.read_all(files, onto=asked.on)
    listed = [one.scenario for one in found]
    if asked.incidents:
        listed = [one.changed(incidents=asked.incidents) for one in listed]
    listed = listed[: asked.most]
    tell(f"{len(listed)} scenarios, {asked.shifts} shifts, {asked.workers} processes")
    with tempfile.TemporaryDirectory() as folder:
        measure(listed, asked, Path(folder))


def measure(listed: list[Scenario], asked: Any, folder: Path) -> None:
    store = folder / "cache"
    first, cold_s = compared(listed, asked, store)
    _told("from nothing", first, cold_s)
    again, seconds = compared(listed, asked, store)
    _told("nothing changed", again, seconds)
    tell(f"  tables identical: {identical(first, again)}")
    values = listed[-1].resolved()
    values["simulation"]["warmup_h"] += 0.5
    changed = [*listed[:-1], scenario.parse(values)]
    _told("one changed", *compared(changed, asked, store))
    if asked.dask:
        with cluster(asked.workers) as address:
            spread, dask_s = compared(listed, asked, folder / "dask", address)
        _told("from nothing, Dask", spread, dask_s)
        tell(f"  Dask over processes: {dask_s / cold_s:.3f}")
        tell(f"  tables identical: {identical(first, spread)}")
    start = time.perf_counter()
    products = pipeline.comparison_products(first)
    tell(f"page and PDF made in {time.perf_counter() - start:.1f} s")
    target = asked.out or folder / "run"
    runs.write_comparison(first, target, products, force=True)
    page = target / "comparison.html"
    tell(f"page {page.stat().st_size / 1e6:.2f} MB, ready in {ready_s(page):.2f} s")


def compared(
    listed: list[Scenario], asked: Any, store: Path, dask: str | None = None
) -> tuple[Comparison, float]:
    """Compare, and tell the seconds from the first worker hired to the tables."""
    request = pipeline.comparison_request(listed, shifts=asked.shifts)
    start = time.perf_counter()
    with hired(asked.workers, dask=dask) as crew:
        found = pipeline.compare(request, hired=crew, store=Store(store))
    return found, time.perf_counter() - start


def identical(one: Comparison, other: Comparison) -> bool:
    """Tell whether all tables hold the same figures, to the last digit."""
    frames = [(getattr(one, name), getattr(other, name)) for name in FRAMES]
    timings = ["seconds", "cached"]
    frames.append(
        (one.scenarios.drop(columns=timings), other.scenarios.drop(columns=timings))
    )
    return all(a.equals(b) for a, b in frames)


def _told(what: str, found: Comparison, seconds: float) -> None:
    status = found.scenarios["status"].value_counts().to_dict()
    each: pd.Series = found.scenarios["seconds"]
    workers = found.record["workers"]
    tell(
        f"{what}: {seconds:.1f} s; {status}; a scenario {each.median():.1f} s "
        f"(most {each.max():.1f}); {workers['description']}, largest "
        f"{workers['peak_mb']} MB; "
        f"{int(found.scenarios['cached'].sum())} from the cache"
    )


@contextlib.contextmanager
def cluster(n_workers: int) -> Iterator[str]:
    """Start a scheduler and so many workers of one thread on this machine."""
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    address = "tcp://127.0.0.1:8799"
    started = [
        subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", "8799", "--no-dashboard"],
            **quiet,
        )
    ]
    limits = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    try:
        hand = [sys.executable, "-m", "distributed.cli.dask_worker", address]
        hand += ["--nthreads", "1", "--no-dashboard"]
        started += [
            subprocess.Popen(hand, env=os.environ | limits, **quiet)
            for _ in range(n_workers)
        ]
        _wait_for(address, n_workers)
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait()


def _wait_for(address: str, n_workers: int) -> None:
    from distributed import Client

    with Client(address, timeout=PATIENCE_S) as client:
        client.wait_for_workers(n_workers, timeout=PATIENCE_S)


def ready_s(path: Path) -> float:
    """Give the median of five, until the page is loaded and two frames are painted."""
    from playwright.sync_api import sync_playwright

    from benchmarks.pages import FLAGS, SIZE

    painted = """() => new Promise((done) => requestAnimationFrame(() =>
      requestAnimationFrame(() => done(performance.now() / 1000))))"""
    found = []
    with sync_playwright() as play:
        browser = play.chromium.launch(args=FLAGS, **_installed())
        for _ in range(5):
            context = browser.new_context(viewport=SIZE, offline=True)
            page = context.new_page()
            page.goto(path.resolve().as_uri())
            found.append(float(page.evaluate(painted)))
            context.close()
        browser.close()
    return statistics.median(found)


def _installed() -> dict[str, str]:
    path = shutil.which("chromium")
    return {"executable_path": path} if path else {}


if __name__ == "__main__":
    main()
