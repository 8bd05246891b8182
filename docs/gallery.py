"""Make the pictures of the gallery: the map in Chromium, and the printed sheets.

``python docs/gallery.py`` plans ``scenarios/friday-late.toml`` and leaves every picture
of ``docs/gallery.md`` in ``docs/pictures``; ``python docs/gallery.py RUN`` takes a run
folder that is there. It needs the extra ``test`` and Chromium.
"""

import contextlib
import dataclasses
import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from geoalloc import briefing, maps, pipeline, runs, scenario
from geoalloc.runs import Run

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "gallery.md"
PICTURES = REPOSITORY / "docs" / "pictures"

MOST_BYTES = 120_000
_COLORS = (128, 96, 64, 48, 32, 24, 16)
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_BRISTOL = "at=51.46,-2.59&zoom=10.5"


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A page in the browser: which one, and what it shows.

    Attributes
    ----------
    view
        The part of the address after "#", as the page's own link has it.
    size
        Of the window, in pixels.
    part
        Selector of the element to be shown; all that the window shows if empty.
    script
        JavaScript to be run before the picture is taken, if any.
    """

    name: str
    page: str
    view: str = ""
    size: tuple[int, int] = (1280, 980)
    dark: bool = False
    phone: bool = False
    part: str = "main"
    script: str = ""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A page of a PDF: the first on which ``words``, a regular expression, is found."""

    name: str
    document: str
    words: str


SHOTS = (
    Shot(name="map-demand", page="map.html", size=(1280, 940), part=""),
    Shot(
        name="map-unmet",
        page="map.html",
        view=f"fill=unmet&hour=6&{_BRISTOL}&chosen=hotspot:1",
    ),
    Shot(
        name="map-beats",
        page="map.html",
        view=f"fill=beats&{_BRISTOL}&layers=units,beats,homeBeats,places"
        "&chosen=hex:51.4546,-2.6",
    ),
    Shot(
        name="map-pair",
        page="map.html",
        view="pair=both&fill=unmet&at=51.36,-2.75&zoom=8.75",
    ),
    Shot(
        name="map-dark",
        page="map.html",
        view=f"fill=wait&{_BRISTOL}&chosen=hex:51.3814,-2.3597",
        dark=True,
    ),
    Shot(
        name="map-phone",
        page="map.html",
        size=(390, 844),
        phone=True,
        part="",
        script='document.querySelector("main").scrollIntoView()',
    ),
    Shot(name="map-public", page="public.html", size=(1280, 800), part=""),
)
LEAVES = (
    Leaf(name="sheet-inspector", document="briefing.pdf", words="Inspector's page"),
    Leaf(name="sheet-overview", document="briefing.pdf", words="(?i)overview"),
    Leaf(name="sheet-area", document="briefing.pdf", words=r"Bristol.*: priorit"),
    Leaf(name="sheet-duty", document="duties.pdf", words="Duty sheet"),
)


def products(run: Run, folder: Path) -> None:
    """Write the pages and PDF that pictures are taken of."""
    (folder / "map.html").write_text(maps.plan_map(run), encoding="utf-8")
    # Of synthetic incidents: to release a picture of them takes no decision.
    public = runs.public(run, marking="OFFICIAL")
    (folder / "public.html").write_text(maps.public_map(public), encoding="utf-8")
    document = briefing.brief(run)
    (folder / "briefing.pdf").write_bytes(document.pdf())
    busiest = max(document.duties, key=lambda duty: len(duty.visits))
    one = dataclasses.replace(document, duties=(busiest,))
    (folder / "duties.pdf").write_bytes(one.duties_pdf())


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Open a browser: the system's Chromium, else Playwright's own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def photograph(browser: Browser, folder: Path, shot: Shot) -> Image.Image:
    """Open a page with no network, and take its picture once it is still."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if shot.phone else 1,
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
        has_touch=shot.phone,
        is_mobile=shot.phone,
        offline=True,
    )
    try:
        page = context.new_page()
        view = f"#{quote(shot.view, safe='=&,:.-')}" if shot.view else ""
        page.goto((folder / shot.page).as_uri() + view)
        page.wait_for_selector("html[data-ready=true]", state="attached")
        if shot.script:
            page.evaluate(shot.script)
        page.wait_for_timeout(600)  # a canvas is drawn in the frames that follow
        shown = page.locator(shot.part) if shot.part else page
        return Image.open(io.BytesIO(shown.screenshot()))
    finally:
        context.close()


def rasterize(pdf: Path, leaf: Leaf, *, width: int = 900) -> Image.Image:
    """Draw the page of a PDF that holds the words of a leaf."""
    with contextlib.closing(pypdfium2.PdfDocument(pdf)) as document:
        for page in document:
            if re.search(leaf.words, page.get_textpage().get_text_range()):
                return page.render(scale=width / page.get_width()).to_pil()
    raise LookupError(f"no page of {pdf.name} holds {leaf.words!r}")


def save(picture: Image.Image, path: Path, *, most: int = MOST_BYTES) -> int:
    """Write a PNG of as many colors as fit in ``most`` bytes; return their number."""
    plain = picture.convert("RGB")
    for colors in _COLORS:
        reduced = plain.quantize(colors, dither=Image.Dither.NONE)
        buffer = io.BytesIO()
        reduced.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= most:
            path.write_bytes(buffer.getvalue())
            return colors
    smaller = plain.resize((plain.width * 4 // 5, plain.height * 4 // 5))
    return save(smaller, path, most=most)


def make(folder: Path, target: Path, *, say: Callable[[str], Any] = print) -> None:
    """Make every picture from the products in ``folder``."""
    target.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for shot in SHOTS:
            colors = save(
                photograph(browser, folder, shot), target / f"{shot.name}.png"
            )
            say(f"{shot.name}: {colors} colors")
    for leaf in LEAVES:
        drawn = rasterize(folder / leaf.document, leaf)
        say(f"{leaf.name}: {save(drawn, target / f'{leaf.name}.png')} colors")


def main() -> None:
    """Make the pictures of the gallery in ``docs/pictures``."""
    with tempfile.TemporaryDirectory() as scratch:
        if len(sys.argv) > 1:
            run = runs.read(Path(sys.argv[1]))
        else:
            example = REPOSITORY / "scenarios" / "friday-late.toml"
            run = pipeline.plan(scenario.read(example))
        products(run, Path(scratch))
        make(Path(scratch), PICTURES)


if __name__ == "__main__":
    main()
