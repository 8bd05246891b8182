"""Map pages: how large, how soon built and open, how smooth; beside folium as it comes.

Run as ``python -m benchmarks.pages FOLDER...`` with folders of runs.
"""

import argparse
import contextlib
import gc
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from geoalloc import hexes, runs
from geoalloc.maps import plan_map
from geoalloc.runs import Run

SIZE = {"width": 1600, "height": 1000}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
COLORS = ["#fdf3c2", "#dcc96d", "#a39a76", "#5d6472", "#00224e"]
# When the page says that it is ready, and how long each frame took since.
WATCH = """
new MutationObserver((_, self) => {
  if (document.documentElement?.dataset.ready) { window.readyAt = performance.now();
    self.disconnect(); }
}).observe(document, { attributes: true, childList: true, subtree: true });
window.frames_ = () => { const found = []; let last = performance.now();
  window.stopped = false;
  const next = (now) => { found.push(now - last); last = now;
    if (!window.stopped) requestAnimationFrame(next); };
  requestAnimationFrame(next); return found; };
"""
FOUND = """() => { const maps = Object.values(window).filter((one) =>
  one instanceof L.Map); return maps[0]; }"""
STEP = """async (hour) => {
  const input = document.getElementById("hour");
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  const start = performance.now();
  input.value = hour;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  await frame(); await frame(); // the second begins when the first was painted
  return performance.now() - start; }"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Figures of one page; nan for what it does not have."""

    megabytes: float
    build_s: float
    ready_s: float
    pan_ms: float
    near_ms: float
    hour_ms: float


def measure(browser: Any, run: Run, page_of: Callable[[Run], str]) -> Measured:  # noqa: ANN401
    """Build a page three times, open it five times, and move it about."""
    built, text = zip(*(_timed(lambda: page_of(run)) for _ in range(3)), strict=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(text[-1], encoding="utf-8")
        opened = [_opened(browser, path) for _ in range(3)]
        with _page(browser, path) as page:
            whole = _worst_pan(page)
            page.evaluate("(n) => { const map = measuredMap(); map.setZoom("
                          "map.getZoom() + n, { animate: false }); }", 3)
            page.wait_for_timeout(1000)
            near = _worst_pan(page)
            hour = _hour(page)
    return Measured(
        megabytes=path_size(text[-1]),
        build_s=min(built),
        ready_s=statistics.median(opened),
        pan_ms=whole,
        near_ms=near,
        hour_ms=hour,
    )


def path_size(text: str) -> float:
    """Megabytes of a page."""
    return len(text.encode("utf-8")) / 1e6


def _timed(work: Callable[[], str]) -> tuple[float, str]:
    gc.collect()
    start = time.perf_counter()
    text = work()
    return time.perf_counter() - start, text


@contextlib.contextmanager
def _page(browser: Any, path: Path) -> Iterator[Any]:  # noqa: ANN401
    context = browser.new_context(viewport=SIZE, offline=True)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(path.as_uri(), timeout=120_000)
    page.wait_for_selector("html[data-ready=true]", state="attached", timeout=120_000)
    page.add_script_tag
    page.wait_for_timeout(1500)
    yield page
    context.close()


def _opened(browser: Any, path: Path) -> float:  # noqa: ANN401
    with _page(browser, path) as page:
        return float(page.evaluate("() => window.readyAt")) / 1000


def _worst_pan(page: Any) -> float:  # noqa: ANN401
    """Drag the map from side to side and back; the longest frame, ms."""
    box = page.locator(".leaflet-container").first.bounding_box()
    left, right = box["x"] + 70, box["x"] + box["width"] - 20
    top, down = box["y"] + 20, box["y"] + min(box["height"], 1000 - box["y"]) - 60
    page.evaluate("() => { window.found = frames_(); }")
    for ends in (((left, top), (right, down)), ((right, down), (left, top))):
        page.mouse.move(*ends[0])
        page.mouse.down()
        page.mouse.move(*ends[1], steps=30)
        page.mouse.up()
        page.wait_for_timeout(700)
    found = page.evaluate("() => { window.stopped = true; return window.found; }")
    return float(max(found))
