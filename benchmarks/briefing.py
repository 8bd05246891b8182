"""How long the printed sheets of a run take, and how many bytes each.

    python -m benchmarks.briefing out/<run>

Processor time of this process is told beside the time on the clock.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from geoalloc import runs
from geoalloc.briefing import brief


def timed(what: str, make: Callable[[], bytes], pages: int) -> None:
    clock, processor = time.perf_counter(), time.process_time()
    size = len(make())
    clock = time.perf_counter() - clock
    processor = time.process_time() - processor
    sys.stdout.write(
        f"{what}: {pages} pages, {clock:.1f} s ({processor:.1f} s of processor), "
        f"{size / max(pages, 1) / 1000:.0f} kB a page\n"
    )


def main(folder: Path) -> None:
    run = runs.read(folder)
    for paper in ("a4", "a3"):
        made = brief(run, paper=paper)
        timed(f"briefing, {paper}", made.pdf, made.n_sheets)
    made = brief(run)
    timed("duty sheets, a4", made.duties_pdf, len(made.duties))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
