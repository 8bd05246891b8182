"""Seconds of the first call of each compiled function, as JSON.

Run in a process of its own: numba compiles at the first call, or loads what an
earlier process compiled from the cache that NUMBA_CACHE_DIR names.
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np
from shapely import box

from geoalloc import hexes, hotspots, travel


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main() -> None:
    grid = hexes.cover(box(-2.8, 51.3, -2.6, 51.4), 8)
    places = hotspots.Places(
        x_m=grid.x_m, y_m=grid.y_m, of=np.arange(len(grid), dtype=np.int64)
    )
    count = np.arange(len(grid)) % 7.0
    calls = {
        "HexGrid.locate": lambda: grid.locate(grid.latitude, grid.longitude),
        "hotspots.collapse": lambda: hotspots.collapse(grid.x_m, grid.y_m),
        "hotspots.density": lambda: hotspots.density(
            grid, places, count, bandwidth_m=800
        ),
        "hotspots.gi_star": lambda: hotspots.gi_star(grid, count),
        "travel.minutes": lambda: travel.minutes(
            grid,
            np.array([0]),
            urban=np.ones(len(grid), dtype=bool),
            open_steps=np.ones((len(grid), 6), dtype=bool),
            speeds=travel.Speeds(
                urban_kmh=30, rural_kmh=60, detour=1.3, setting_off_min=1
            ),
            reach_min=10,
        ),
    }
    json.dump({name: seconds(call) for name, call in calls.items()}, sys.stdout)


if __name__ == "__main__":
    main()
