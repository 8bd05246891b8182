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
# Uneven hexes do have rates of their own: there the fourth way's calls are not false.
WAYS = ("exact", "exact, stepwise", "exact, given self", "own rate", "normal")
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
    yield "| noise | " + " | ".join(f"{way} | maps" for way in WAYS) + " |"
    yield "| --- |" + " ---: | ---: |" * len(WAYS)
    for name, draw in NOISE.items():
        called = false_calls(grid, draw, n_maps).values()
        cells = [f"{c.hexes:.2f} | {c.maps:.0%}" for c in called]
        yield f"| {name} | {' | '.join(cells)} |"


def _calls(grid: HexGrid, count: IndexArray) -> tuple[int, ...]:
    """Number of hexes called, in each of ``WAYS``."""
    whole = hotspots.gi_star(grid, count)
    given = hotspots.gi_star(grid, count, given_self=True)
    own = hotspots.exceedance(count, np.ones(len(grid)), times=2.0).probability
    return (
        hotspots.false_discovery(whole.p, rate=RATE).sum(),
        (hotspots.stepwise(grid, count, rate=RATE).step > 0).sum(),
        hotspots.false_discovery(given.p, rate=RATE).sum(),
        (own >= 1.0 - RATE).sum(),
        hotspots.false_discovery(stats.norm.sf(whole.z), rate=RATE).sum(),
    )


def false_calls(
    grid: HexGrid, draw: Draw, n_maps: int, seed: int = 0
) -> dict[str, Calls]:
    """Calls on maps of noise, by each of ``WAYS``."""
    rng = np.random.default_rng(seed)
    called = np.array([_calls(grid, draw(rng, len(grid))) for _ in range(n_maps)])
    return {
        way: Calls(c.mean(), (c > 0).mean())
        for way, c in zip(WAYS, called.T, strict=True)
    }


def _uneven(rng: np.random.Generator, n: int, mean: float) -> IndexArray:
    return rng.negative_binomial(0.2, 0.2 / (0.2 + mean), n)


if __name__ == "__main__":
    main()
