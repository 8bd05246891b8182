"""Draw how time grows with the number of points and of hexes: benchmarks/growth.png.

``python -m benchmarks.growth`` prints the table that the picture shows. Straight
lines of slope 1 on it are linear growth.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

from benchmarks import test_binning, test_density
from benchmarks.compare import rows
from benchmarks.contest import AREA
from geoalloc import boundaries, hexes

PICTURE = Path(__file__).with_name("growth.png")
Line = Sequence[tuple[int, float]]


def measure(divisor: int = 1) -> dict[str, Line]:
    """Seconds by size of each pass: rows of (size, seconds)."""
    county = boundaries.read(AREA)
    grid = hexes.cover(county.outline, 9)
    points = tuple(n // divisor for n in (10**5, 3 * 10**5, 10**6, 3 * 10**6, 10**7))
    n_hexes = tuple(n // divisor for n in (10**4, 10**5, 10**6))
    dense = test_density.growth(county, grid, points, n_hexes)
    return {
        "HexGrid.locate, by points": test_binning.growth(grid, points),
        "hotspots.density, by incidents": dense["incidents"],
        "hotspots.density, by hexes with 10 incidents each": dense["hexes"],
    }


def slope(line: Line) -> float:
    """Exponent of growth: 1 is linear."""
    size, seconds = np.log(np.array(line, dtype=np.float64)).T
    return float(np.polyfit(size, seconds, 1)[0])


def table(found: Mapping[str, Line]) -> str:
    lines = [
        (name, f"{size:,}", f"{seconds:.4f}", f"{slope(line):.2f}" * (k == 0))
        for name, line in found.items()
        for k, (size, seconds) in enumerate(line)
    ]
    return rows(("Growth", "size", "seconds", "exponent"), lines)


def draw(found: Mapping[str, Line], picture: Path) -> None:
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, ax = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    for (name, line), marker in zip(found.items(), "osD", strict=True):
        size, seconds = zip(*line, strict=True)
        label = f"{name} (exponent {slope(line):.2f})"
        ax.plot(size, seconds, marker=marker, markersize=5, label=label)
    first = next(iter(found.values()))
    size = np.array([first[0][0], first[-1][0]])
    ax.plot(size, size * 2e-8, color="0.7", linestyle="--", label="linear")
    ax.set(xscale="log", yscale="log", xlabel="points, or hexes", ylabel="seconds")
    ax.set_ylim(1e-4)
    ax.legend(frameon=False, fontsize=8, loc="lower right")
    ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    found = measure(10 if parser.parse_args().quick else 1)
    draw(found, PICTURE)
    sys.stdout.write(table(found) + "\n")


if __name__ == "__main__":
    main()
