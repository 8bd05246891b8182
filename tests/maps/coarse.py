"""Screenshots as 64 x 48 grays: what they look like from afar, whatever the fonts.

To make the references anew after a change that was meant, in the root of the
repository: ``python -m tests.maps.coarse``.
"""

import io
import shutil
import tempfile
from pathlib import Path

import numpy as np
import shapely
from PIL import Image

from geoalloc import hexes
from geoalloc.maps import plan_map
from tests.conftest import FLAGS
from tests.maps.conftest import make_run

SIZE = (64, 48)
TOLERATED = 0.03  # mean difference, of black to white
FOLDER = Path(__file__).parent / "reference"
SCREENS = {"wide": (1280, 800), "phone": (360, 740)}


def shrunk(png):
    """Means of the blocks of a screenshot, from 0 (black) to 1."""
    image = Image.open(io.BytesIO(png)).convert("L")
    return np.asarray(image.resize(SIZE, Image.Resampling.BOX)) / 255


def read(path):
    return np.asarray(Image.open(path)) / 255


def difference(a, b):
    """Mean absolute difference."""
    return float(np.abs(a - b).mean())


def make():
    """Write the references of the toy run's plan."""
    from playwright.sync_api import sync_playwright

    grid = hexes.cover(shapely.box(-2.64, 51.43, -2.55, 51.48), 8)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.html"
        path.write_text(plan_map(make_run(grid)), encoding="utf-8")
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for name, (width, height) in SCREENS.items():
            page = chromium.new_page(viewport={"width": width, "height": height})
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-ready=true]", state="attached")
            page.wait_for_timeout(300)
            gray = np.rint(255 * shrunk(page.screenshot())).astype(np.uint8)
            Image.fromarray(gray).save(FOLDER / f"plan-{name}.png", optimize=True)
        chromium.close()


if __name__ == "__main__":
    make()
