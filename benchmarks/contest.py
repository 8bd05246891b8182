"""What is compared, on what ground, and how it is run: in turn, round by round."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np

from geoalloc._types import FloatArray
from geoalloc.boundaries import Boundaries
from geoalloc.hexes import HexGrid

AREA = Path(__file__).resolve().parents[1] / "boundaries/avon-and-somerset.geojson"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One way of working out a case.

    ``run`` takes the case and returns a result; ``check`` takes both, asserts that
    the result is right, and says in a few words how far it agrees. ``needs`` is a
    package without which it cannot run.
    """

    name: str
    run: Callable[[Any], Any]
    check: Callable[[Any, Any], str]
    needs: str = "geoalloc"


@dataclass(frozen=True)
class Contest:
    """Entries for one case; the others are measured against the first."""

    title: str
    entries: tuple[Entry, ...]


def on_one_thread(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Keep numba to one thread, as most peers are."""

    def alone(case: Any) -> Any:
        n_threads = numba.get_num_threads()
        numba.set_num_threads(1)
        try:
            return run(case)
        finally:
            numba.set_num_threads(n_threads)

    return alone


def in_turn(entries: list[Entry], case: Any, rounds: int) -> FloatArray:
    """Seconds of each entry in each round, (rounds, n_entries).

    The order is reversed every other round, so that none always follows another.
    """
    seconds = np.empty((rounds, len(entries)))
    for turn in range(rounds):
        order = range(len(entries))
        for k in order if turn % 2 == 0 else reversed(order):
            began = time.perf_counter()
            entries[k].run(case)
            seconds[turn, k] = time.perf_counter() - began
    return seconds


def people(county: Boundaries, grid: HexGrid) -> FloatArray:
    """Share of the people of the named places around each hex, (n_hexes,)."""
    places = county.places.to_crs(grid.crs)
    spread_m = 1000.0 * places["spread_km"].to_numpy()
    apart_m = np.hypot(
        grid.x_m[:, None] - places.geometry.x.to_numpy(),
        grid.y_m[:, None] - places.geometry.y.to_numpy(),
    )
    nearby = places["population"].to_numpy() / spread_m**2
    around = (nearby * np.exp(-((apart_m / spread_m) ** 2))).sum(axis=1)
    around[grid.land_share < 0.5] = 0.0
    return np.asarray(around / around.sum())
