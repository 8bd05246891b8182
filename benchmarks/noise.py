"""Count the hotspots that are called on maps of pure noise: each one is false."""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from benchmarks.contest import AREA
from geoalloc import boundaries, hexes, hotspots
from geoalloc._types import IndexArray
from geoalloc.hexes import HexGrid

RATE = 0.05  # nominal: where all is noise, the share of maps that may have a call
Draw = Callable[[np.random.Generator, int], IndexArray]

NOISE: dict[str, Draw] = {
    "Poisson, mean 0.1": lambda rng, n: rng.poisson(0.1, n),
    "Poisson, mean 0.5": lambda rng, n: rng.poisson(0.5, n),
    "Poisson, mean 5": lambda rng, n: rng.poisson(5.0, n),
    # Variance of mean + mean squared / 0.2: as uneven as counts of a county are.
    "negative binomial, mean 0.5": lambda rng, n: _uneven(rng, n, 0.5),
    "negative binomial, mean 2": lambda rng, n: _uneven(rng, n, 2.0),
}


@dataclass(frozen=True)
class Calls:
    """Hexes called significant, on average over maps, and share of maps with any."""

    hexes: float
    maps: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.noise")
    parser.add_argument("--maps", type=int, default=100, help="of each kind of noise")
    parser.add_argument("--resolution", type=int, default=9)
    options = parser.parse_args()
    grid = hexes.cover(boundaries.read(AREA).outline, options.resolution)
    for text in report(grid, options.maps):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def report(grid: HexGrid, n_maps: int) -> Iterator[str]:
    yield (
        f"False hotspots (hexes) a map, and share of maps with any: {len(grid):,} "
        f"hexes, {n_maps} maps each, false discovery rate {RATE:.0%}"
    )
    yield "| noise | exact | maps | given self | maps | normal approximation | maps |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, draw in NOISE.items():
        called = false_calls(grid, draw, n_maps)
        cells = [f"{c.hexes:.2f} | {c.maps:.0%}" for c in called]
        yield f"| {name} | {' | '.join(cells)} |"


def false_calls(
    grid: HexGrid, draw: Draw, n_maps: int, seed: int = 0
) -> tuple[Calls, Calls, Calls]:
    """Calls by exact p-values, by those given the hex itself, and by the normal."""
    rng = np.random.default_rng(seed)
    called = np.empty((n_maps, 3))
    for k in range(n_maps):
        count = draw(rng, len(grid))
        whole = hotspots.gi_star(grid, count)
        given = hotspots.gi_star(grid, count, given_self=True)
        for m, p in enumerate((whole.p, given.p, stats.norm.sf(whole.z))):
            called[k, m] = hotspots.false_discovery(p, rate=RATE).sum()
    first, second, third = (Calls(c.mean(), (c > 0).mean()) for c in called.T)
    return first, second, third


def _uneven(rng: np.random.Generator, n: int, mean: float) -> IndexArray:
    return rng.negative_binomial(0.2, 0.2 / (0.2 + mean), n)


if __name__ == "__main__":
    main()
