"""Travel minutes between hexes, over the hex lattice.

A unit drives from hex to neighboring hex at the mean of their speeds. A step
that crosses a river is open only near a bridge; the sea has no hexes, so it
cannot be crossed at all.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.kernels import paths
from geoalloc.travel import times
from geoalloc.travel.times import Journeys, TravelTimes

# A path along lattice steps is longer than the straight line by this much, taken over
# all directions: (3 / pi) (sin 60 + (1 - cos 60) / sqrt 3).
_LATTICE_EXCESS = 3.0 / math.pi * (math.sqrt(3) / 2 + 0.5 / math.sqrt(3))
_BLOCK = 64  # origins at once: bounds the dense block that sparse rows are cut from


@dataclass(frozen=True, kw_only=True)
class Speeds:
    """How fast units drive without blue lights.

    Attributes
    ----------
    urban_kmh, rural_kmh
        Mean door-to-door speeds along the road.
    detour
        Length by road over the straight line.
    setting_off_min
        Minutes from being sent to being on the move.
    time_factor : (24,)
        Minutes on the road by local hour of the day over those at the speeds
        above: over 1 in a rush hour. Setting off takes no longer.
    """

    urban_kmh: float
    rural_kmh: float
    detour: float
    setting_off_min: float
    time_factor: tuple[float, ...] = (1.0,) * times.HOURS

    def __post_init__(self) -> None:
        for name in ("urban_kmh", "rural_kmh"):
            if not getattr(self, name) > 0:
                raise DataError(f"{name} must be above 0, got {getattr(self, name)}")
        if not self.detour >= 1:
            raise DataError(f"detour must be at least 1, got {self.detour}")
        if not self.setting_off_min >= 0:
            raise DataError(
                f"setting_off_min must be at least 0, got {self.setting_off_min}"
            )
        object.__setattr__(self, "time_factor", tuple(self.time_factor))
        times.require_factors(self.time_factor)


@dataclass(frozen=True, kw_only=True, eq=False)
class Lattice(TravelTimes):
    """Travel times over the hex lattice.

    Attributes
    ----------
    urban : (n_hexes,)
        Where the urban speed holds.
    open_steps : (n_hexes, 6)
        Which steps to a neighbor can be driven, as from ``crossable``.
    speeds
        How fast units drive.
    share : (n_hexes,), optional
        Of its speed that each hex keeps, as from ``hex_shares``. One of 0 is closed:
        nobody drives in, out or through, and who stands there goes about in it alone.
    notes
        What must be said of the minutes, such as what is closed.
    """

    urban: BoolArray
    open_steps: BoolArray
    speeds: Speeds
    share: FloatArray | None = None
    notes: tuple[str, ...] = ()

    def journeys(
        self,
        grid: HexGrid,
        origins: IndexArray,
        *,
        reach_min: float,
        hour: int | None = None,
    ) -> Journeys:
        """Find the routine-speed minutes over the lattice: as ``TravelTimes``.

        Raises
        ------
        DataError
            If the lattice is of another grid, an origin is no hex, the reach is
            not above 0, or the hour is none of the day.
        """
        times.require_request(grid, origins, reach_min)
        self._require_grid(grid)
        steps, within = step_minutes(
            grid, self.urban, self.open_steps, self.speeds, self.share
        )
        factor = times.factor_at(self.speeds.time_factor, hour)
        least = _Cut(
            setting_off_min=self.speeds.setting_off_min,
            factor=factor,
            driving_min=(reach_min - self.speeds.setting_off_min) / factor,
        )
        table = _table(grid, origins, steps, within, least)
        return Journeys(travel_min=table, source="hex lattice", notes=self.notes)

    def _require_grid(self, grid: HexGrid) -> None:
        shapes = (self.urban.shape, self.open_steps.shape)
        if shapes != ((len(grid),), (len(grid), 6)):
            raise DataError(
                f"urban has shape {shapes[0]} and open_steps {shapes[1]}, but the "
                f"grid has {len(grid)} hexes: make the lattice for this grid"
            )
        if self.share is None:
            return
        if (
            self.share.shape != (len(grid),)
            or not ((self.share >= 0) & (self.share <= 1)).all()
        ):
            raise DataError(
                f"share has shape {self.share.shape} and values from "
                f"{self.share.min():g} to {self.share.max():g}; give one from 0 to 1 "
                f"for each of {len(grid)} hexes"
            )


@dataclass(frozen=True, kw_only=True)
class _Cut:
    """What turns driving minutes at a factor of 1 into the minutes of a table."""

    setting_off_min: float
    factor: float
    driving_min: float


def minutes(
    grid: HexGrid,
    origins: IndexArray,
    *,
    urban: BoolArray,
    open_steps: BoolArray,
    speeds: Speeds,
    reach_min: float,
) -> sp.csr_array:
    """Find the routine-speed minutes from each origin to each hex within a reach.

    Parameters
    ----------
    origins : (n_origins,)
        Positions of hexes.
    urban : (n_hexes,)
        Where the urban speed holds.
    open_steps : (n_hexes, 6)
        Which steps to a neighbor can be driven, as from ``crossable``.
    reach_min
        Longer journeys are left out; that within an origin's own hex never is.

    Returns
    -------
    travel_min : (n_origins, n_hexes), sparse, float32
        An absent entry is out of reach. No entry is 0.

    Raises
    ------
    DataError
        If ``reach_min`` is not above 0.
    """
    over = Lattice(urban=urban, open_steps=open_steps, speeds=speeds)
    return over.minutes(grid, origins, reach_min=reach_min)


def _table(
    grid: HexGrid,
    origins: IndexArray,
    steps: FloatArray,
    within: FloatArray,
    cut: _Cut,
) -> sp.csr_array:
    columns: list[np.ndarray] = []
    values: list[np.ndarray] = []
    counts = [np.zeros(1, dtype=np.int64)]
    for begin in range(0, origins.size, _BLOCK):
        block = origins[begin : begin + _BLOCK].astype(np.int64)
        least = paths.shortest(block, grid.neighbors, steps, cut.driving_min)
        least[np.arange(block.size), block] = within[block]
        count, column, value = paths.packed(least, cut.factor, cut.setting_off_min)
        counts.append(count)
        columns.append(column)
        values.append(value)
    start = np.cumsum(np.concatenate(counts))
    shape = (origins.size, len(grid))
    if not columns:
        return sp.csr_array(shape, dtype=np.float32)
    return sp.csr_array(
        (np.concatenate(values), np.concatenate(columns), start), shape=shape
    )


def step_minutes(
    grid: HexGrid,
    urban: BoolArray,
    open_steps: BoolArray,
    speeds: Speeds,
    share: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Minutes of each step, inf where closed, and of a journey within each hex.

    Parameters
    ----------
    share : (n_hexes,), optional
        As in ``Lattice``.

    Returns
    -------
    steps : (n_hexes, 6)
        To the neighbors of ``grid.neighbors``.
    within : (n_hexes,)
        Between two points of the hex, on average.
    """
    around = grid.neighbors
    apart_km = (
        np.hypot(
            grid.x_m[around] - grid.x_m[:, None], grid.y_m[around] - grid.y_m[:, None]
        )
        / 1000.0
    )
    pace = 60.0 / np.where(urban, speeds.urban_kmh, speeds.rural_kmh)
    if share is not None:
        is_open = share > 0
        pace = pace / np.where(is_open, share, 1.0)
        open_steps = open_steps & is_open[:, None] & is_open[around]
    mean_pace = (pace[:, None] + pace[around]) / 2.0
    by_road = speeds.detour / _LATTICE_EXCESS
    steps = np.where((around >= 0) & open_steps, apart_km * by_road * mean_pace, np.inf)
    return steps, times.within_km(grid) * speeds.detour * pace
