"""Run the Python of the how-to page on hot spots, and leave its pictures beside it.

``python docs/pictures.py`` works on the synthetic incidents of a scenario, so that
every picture is made from what this repository holds.
"""

import contextlib
import io
import re
import sys
from pathlib import Path

import matplotlib as mpl

from geoalloc import pipeline, scenario

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "hotspots.md"


def blocks(page: Path) -> list[tuple[int, str]]:
    """Find the Python of a page: the line that each block begins on, and its text."""
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text[: m.start(1)].count("\n") + 1, m.group(1)) for m in found]


def run(page: Path, folder: Path) -> str:
    """Run a page's Python from the top in ``folder``, and return what it printed.

    The folder is given the incidents and the outlines that the page reads.
    """
    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "geoalloc"  # else ids differ from run to run
    (folder / "pictures").mkdir(exist_ok=True)
    example = scenario.read(REPOSITORY / "scenarios" / "friday-late.toml")
    pipeline.write_sample(example, folder / "incidents.csv")
    outline = (REPOSITORY / "boundaries" / "avon-and-somerset.geojson").read_bytes()
    (folder / "boundary.geojson").write_bytes(outline)
    names: dict[str, object] = {}
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        for line, source in blocks(page):
            # Blank lines before it, so that an error names the page's own line.
            code = compile("\n" * (line - 1) + source, page.name, "exec")
            exec(code, names)
    return printed.getvalue()


def main() -> None:
    """Make the pictures of the page in ``docs/pictures``."""
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        sys.stdout.write(run(PAGE, Path(scratch)))
        target = PAGE.parent / "pictures"
        target.mkdir(exist_ok=True)
        for picture in sorted(Path(scratch, "pictures").iterdir()):
            shutil.copy(picture, target / picture.name)


if __name__ == "__main__":
    main()
