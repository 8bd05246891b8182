"""Map pages of runs, and folium's of the same hexes: python -m benchmarks.pages RUN...

Each page is built three times, opened five times, and dragged from side to side and
back in headless Chromium with the network off. Needs Playwright and Chromium. In
brackets: seconds or milliseconds of the processor, of the page's main thread alone,
which other work on the machine changes little.
"""

import argparse
import contextlib
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
from branca.element import Element
from folium.template import Template
from xstatic.pkg import leaflet

from geoalloc import hexes, runs
from geoalloc.maps import plan_map
from geoalloc.runs import Run

SIZE = {"width": 1600, "height": 1000}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
COLORS = ("#fdf3c2", "#dcc96d", "#a39a76", "#5d6472", "#00224e")
PATIENCE_MS = 300_000
CLOSER = 3  # zooms from the whole area to a town
WATCH = """
new MutationObserver((_, watch) => {
  if (!document.documentElement?.dataset.ready) return;
  window.readyAt = performance.now();
  watch.disconnect();
}).observe(document, { attributes: true, childList: true, subtree: true });
window.timeFrames = () => {
  const found = [];
  let last = performance.now();
  const next = (now) => {
    found.push(now - last);
    last = now;
    if (!found.ended) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  return found;
};
"""
READY = """<script>requestAnimationFrame(() => requestAnimationFrame(() => {
  document.documentElement.dataset.ready = "true"; }));</script>"""
HOUR = """async (hour) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  const input = document.getElementById("hour"), start = performance.now();
  input.value = hour;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  await frame();
  await frame(); // begins when the one before is painted
  return performance.now() - start; }"""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """How a page is made, and by what expression a script finds its map."""

    build: Callable[[Run], str]
    map: str


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Figures of a page: the least of three, the median of five, worst frames."""

    kilobytes: float
    build_s: float
    build_cpu_s: float
    ready_s: float
    ready_cpu_s: float
    pan_ms: float
    near_ms: float
    hour_ms: float | None
    hour_cpu_ms: float | None


class _Code(Element):
    """A script or a style sheet, put into the page as it is."""

    _template = Template("<{{ this.tag }}>{{ this.code }}</{{ this.tag }}>")

    def __init__(self, tag: str, code: str) -> None:
        super().__init__()
        self.tag, self.code = tag, code


def folium_page(run: Run) -> str:
    """Make folium's own map of expected demand, with Leaflet in the page."""
    ids = run.hexes["hex_id"].to_numpy()
    expected = run.demand.groupby("hex_id")["incidents"].sum().reindex(ids)
    density = expected.to_numpy() / run.hexes["area_km2"].to_numpy()
    rank = np.searchsorted(np.quantile(density, [0.2, 0.4, 0.6, 0.8]), density)
    frame = gpd.GeoDataFrame(
        {"hex": [str(one) for one in ids], "color": [COLORS[k] for k in rank]},
        geometry=hexes.polygons(ids),
        crs="EPSG:4326",
    )
    west, south, east, north = frame.total_bounds
    page = folium.Map([(south + north) / 2, (west + east) / 2], tiles=None)
    page.default_js, page.default_css = [], []
    layer = folium.GeoJson(frame, style_function=_style)
    layer.default_js = []
    layer.add_to(page)
    page.fit_bounds([[south, west], [north, east]])
    folder = Path(leaflet.BASE_DIR)
    for tag, name in (("style", "leaflet.css"), ("script", "leaflet.js")):
        code = (folder / name).read_text(encoding="utf-8").split("//# sourceMap")[0]
        page.get_root().header.add_child(_Code(tag, code), name=name)
    named = f"<script>window.measured = {page.get_name()};</script>"
    return str(page.get_root().render()).replace("</html>", f"{named}{READY}</html>")


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    return {
        "fillColor": feature["properties"]["color"],
        "color": "#ffffff",
        "weight": 0.5,
        "fillOpacity": 1.0,
    }


SUBJECTS = {
    "geoalloc plan_map": Subject(build=plan_map, map="geoalloc.page.map"),
    "folium GeoJson, style_function, Leaflet inlined": Subject(
        build=folium_page, map="window.measured"
    ),
}


def measure(browser: Any, run: Run, subject: Subject) -> Measured:
    """Build a page, open it, and move it about."""
    built = [_timed(lambda: subject.build(run)) for _ in range(3)]
    text = built[-1][0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(text, encoding="utf-8")
        ready, busy = [], []
        for _ in range(5):
            with opened(browser, path) as (page, processor_s):
                ready.append(page.evaluate("() => window.readyAt") / 1000)
                busy.append(processor_s())
        with opened(browser, path) as (page, processor_s):
            whole = worst_pan(page)
            closer = "map.setZoom(map.getZoom() + n, { animate: false })"
            page.evaluate(f"(n) => {{ const map = {subject.map}; {closer}; }}", CLOSER)
            page.wait_for_timeout(1500)
            near = worst_pan(page)
            hours, hour_cpu = None, None
            if page.locator("#hour").count():
                page.evaluate(HOUR, 1)  # decodes the hours
                start = processor_s()
                hours = [page.evaluate(HOUR, k) for k in (2, 3, 4, 5, 6, 7, 8, 0)]
                hour_cpu = 1000 * (processor_s() - start) / len(hours)
    return Measured(
        kilobytes=len(text.encode("utf-8")) / 1000,
        build_s=min(wall for _, wall, _ in built),
        build_cpu_s=min(cpu for _, _, cpu in built),
        ready_s=statistics.median(ready),
        ready_cpu_s=statistics.median(busy),
        pan_ms=whole,
        near_ms=near,
        hour_ms=hours and statistics.median(hours),
        hour_cpu_ms=hour_cpu,
    )


def _timed(work: Callable[[], str]) -> tuple[str, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    text = work()
    return text, time.perf_counter() - wall, time.process_time() - cpu


@contextlib.contextmanager
def opened(browser: Any, path: Path) -> Iterator[tuple[Any, Callable[[], float]]]:
    """Open a page with the network off, and let it come to rest.

    Yields
    ------
    page, processor_s
        The page, and what gives the seconds that its main thread has worked.
    """
    context = browser.new_context(viewport=SIZE, offline=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    before = worked()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready=true]", state="attached")
    page.wait_for_timeout(1500)
    yield page, lambda: worked() - before
    context.close()


def worst_pan(page: Any) -> float:
    """Drag the map from corner to corner and back; the longest frame, ms."""
    box = page.locator(".leaflet-container").first.bounding_box()
    start = box["x"] + 70, box["y"] + 20
    end = box["x"] + box["width"] - 20, min(box["y"] + box["height"], 1000) - 80
    page.evaluate("() => { window.frames_ = timeFrames(); }")
    for a, b in ((start, end), (end, start)):
        page.mouse.move(*a)
        page.mouse.down()
        page.mouse.move(*b, steps=30)
        page.mouse.up()
        page.wait_for_timeout(1000)
    ended = "() => { window.frames_.ended = true; return [...window.frames_]; }"
    return float(max(page.evaluate(ended)))


def row(name: str, mine: Measured, base: Measured) -> str:
    """Write a row of the table, with ratios to the first row."""

    def cell(key: str, digits: int, processor: str = "") -> str:
        value, unit = getattr(mine, key), getattr(base, key)
        if value is None:
            return ""
        text = f"{value:,.{digits}f}"
        if processor:
            text += f" ({getattr(mine, processor):,.{digits}f})"
        return text if mine is base else f"{text}, {value / unit:.1f} times"

    columns = [
        cell("kilobytes", 0),
        cell("build_s", 2, "build_cpu_s"),
        cell("ready_s", 2, "ready_cpu_s"),
        cell("pan_ms", 0),
        cell("near_ms", 0),
        cell("hour_ms", 0, "hour_cpu_ms"),
    ]
    return f"| {' | '.join([name, *columns])} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages")
    parser.add_argument("folders", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--alone", action="store_true", help="leave folium out")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright  # not needed to read this module

    subjects = dict(list(SUBJECTS.items())[: 1 if options.alone else None])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )
        say(
            f"Chromium {browser.version}, Python {platform.python_version()}, folium "
            f"{version('folium')}, page of {SIZE['width']} x {SIZE['height']}"
        )
        for folder in options.folders:
            run = runs.read(folder)
            say(
                f"\n| H3 {run.record['resolution']}, {len(run.hexes):,} hexes "
                "| kB | build, s | interactive, s | worst frame of a pan, ms "
                "| 3 zooms closer | an hour of the slider |\n"
                "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
            )
            found: list[Measured] = []
            for name, subject in subjects.items():
                found.append(measure(browser, run, subject))
                say(row(name, found[-1], found[0]))
        browser.close()


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
