"""Fit what is sought to observed journeys: robust least squares on paths held fixed.

A journey's minutes are those of setting off and those of driving; the latter are
divided among the speeds that are sought, along the path that is the quickest at
the speeds so far.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from scipy.optimize import least_squares

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.hexes import HexGrid
from geoalloc.travel.lattice import Lattice
from geoalloc.travel.observed import Observed
from geoalloc.travel.roadgraph import RoadGraph

_LEAST_GROUP = 10  # rows that an hour, a speed or blue lights need for a value
_ENOUGH = 0.2  # share of a journey's driving that tells of a speed
_AT_ONCE = 64  # origins whose whole tables are held together
_NUDGE = 0.02  # relative change of a speed that shows its share of a journey
_CAUCHY = 2.385  # deviations: 95 % as efficient as least squares on normal errors
_TO_DEVIATION = 1.4826  # median absolute deviation to standard deviation, if normal
_LEAST_SCALE = 1e-3  # of log minutes: below what sparse tables hold exactly

Fitted = TypeVar("Fitted", Lattice, RoadGraph)


@dataclass(frozen=True, kw_only=True, eq=False)
class Guess:
    """Values of all that is sought: speeds in km/h (of a graph, the one factor)."""

    names: tuple[str, ...]
    kmh: FloatArray
    setting_off_min: float
    time_factor: FloatArray
    blue: float

    @classmethod
    def of(cls, times: Lattice | RoadGraph, blue: float) -> "Guess":
        """Return the values of a source of travel times."""
        names = names_of(times)
        return cls(
            names=names,
            kmh=np.array([float(getattr(times.speeds, name)) for name in names]),
            setting_off_min=times.speeds.setting_off_min,
            time_factor=np.array(times.speeds.time_factor),
            blue=blue,
        )

    def put_into(self, times: Fitted) -> Fitted:
        """Return the source of travel times with these values."""
        found = _changed(times, dict(zip(self.names, self.kmh.tolist(), strict=True)))
        speeds = dataclasses.replace(
            found.speeds,
            setting_off_min=self.setting_off_min,
            time_factor=tuple(self.time_factor.tolist()),
        )
        return dataclasses.replace(found, speeds=speeds)


def _changed(times: Fitted, speed: dict[str, Any]) -> Fitted:
    speeds = dataclasses.replace(times.speeds, **speed)
    return dataclasses.replace(times, speeds=speeds)


def names_of(times: Lattice | RoadGraph) -> tuple[str, ...]:
    """Return the names of the speeds that are sought."""
    return ("urban_kmh", "rural_kmh") if isinstance(times, Lattice) else ("factor",)


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """Driving minutes at a guess, and the share of each that each speed takes.

    Attributes
    ----------
    driving : (n,)
        At a time factor of 1.
    share : (n, n_speeds)
        What is left over does not depend on speeds.
    """

    driving: FloatArray
    share: FloatArray


def parts(times: Fitted, grid: HexGrid, rows: Observed) -> Parts:
    """Divide the minutes along the quickest paths among the speeds.

    A quickest path's minutes are linear in minutes per kilometre while the path
    stays the same, so that a nudge of the first speed shows what it takes.
    """
    now = driving(times, grid, rows)
    first = names_of(times)[0]
    faster = {first: getattr(times.speeds, first) * (1.0 + _NUDGE)}
    nudged = driving(_changed(times, faster), grid, rows)
    gain = 1.0 - 1.0 / (1.0 + _NUDGE)
    share = np.clip((1.0 - nudged / now) / gain, 0.0, 1.0)
    shares = [share, 1.0 - share] if isinstance(times, Lattice) else [share]
    return Parts(driving=now, share=np.stack(shares, axis=1))


def driving(times: Lattice | RoadGraph, grid: HexGrid, rows: Observed) -> FloatArray:
    """Find the minutes of each journey without setting off; inf where no way leads."""
    found = np.full(rows.row.size, np.inf)
    origins, row = np.unique(rows.origin, return_inverse=True)
    for begin in range(0, origins.size, _AT_ONCE):
        mine = np.flatnonzero((row >= begin) & (row < begin + _AT_ONCE))
        table = times.minutes(grid, origins[begin : begin + _AT_ONCE], reach_min=1e4)
        minutes = np.asarray(table[row[mine] - begin, rows.target[mine]]).ravel()
        found[mine[minutes > 0]] = minutes[minutes > 0].astype(np.float64)
    return found - times.speeds.setting_off_min


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """Which values are sought, and how a vector of unknowns stands for them.

    Attributes
    ----------
    seek : (n_speeds,)
        Speeds that enough rows tell of.
    hours : (n_hours,)
        Hours of the day that do.
    contrast : (n_hours, n_hours - 1)
        From unknowns to logarithms of time factors whose mean over rows is 0.
    blue, setting_off
        Whether the factor of blue lights, and setting off, are sought.
    speed_rows : (n_speeds,)
        Rows that tell of each speed.
    notes
        What is not sought.
    """

    seek: BoolArray
    hours: IndexArray
    contrast: FloatArray
    blue: bool
    setting_off: bool
    speed_rows: IndexArray
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls, times: Fitted, grid: HexGrid, rows: Observed, *, setting_off: bool
    ) -> "Plan":
        """Seek what enough rows tell of, and setting off if that is asked."""
        telling = (parts(times, grid, rows).share >= _ENOUGH).sum(axis=0)
        seek = telling >= _LEAST_GROUP
        count = np.bincount(rows.hour[rows.hour >= 0], minlength=24)
        hours = np.flatnonzero(count >= _LEAST_GROUP)
        n_blue = int(rows.blue_light.sum())
        contrast = np.eye(hours.size)[:, : max(hours.size - 1, 0)]
        if hours.size:
            contrast[-1] = -count[hours[:-1]] / count[hours[-1]]
        notes = [
            f"{name} is kept as given: {n} journeys tell of it, and 10 are needed."
            for name, n, sought in zip(names_of(times), telling, seek, strict=True)
            if not sought
        ]
        short = int(((count > 0) & (count < _LEAST_GROUP)).sum())
        if short:
            notes.append(
                "Hours whose time factor is kept as given, since fewer than 10 "
                f"journeys tell of it: {short}."
            )
        return cls(
            seek=seek,
            hours=hours,
            contrast=contrast,
            blue=min(n_blue, rows.row.size - n_blue) >= _LEAST_GROUP,
            setting_off=setting_off,
            speed_rows=telling,
            notes=tuple(notes),
        )

    def apply(self, unknowns: FloatArray, at: Guess) -> Guess:
        """Return the guess that a vector of unknowns stands for.

        It holds setting off, then logarithms: of speeds, time factors, blue lights.
        """
        n_speeds, n_hours = int(self.seek.sum()), self.contrast.shape[1]
        kmh = at.kmh.copy()
        kmh[self.seek] *= np.exp(unknowns[1 : 1 + n_speeds])
        factor = at.time_factor.copy()
        by_hour = unknowns[1 + n_speeds : 1 + n_speeds + n_hours]
        factor[self.hours] *= np.exp(self.contrast @ by_hour)
        setting_off = float(unknowns[0]) if self.setting_off else at.setting_off_min
        blue = at.blue * float(np.exp(unknowns[-1])) if self.blue else at.blue
        return dataclasses.replace(
            at,
            kmh=kmh,
            setting_off_min=setting_off,
            time_factor=factor,
            blue=blue,
        )

    @property
    def n_unknowns(self) -> int:
        """Number of unknowns."""
        return 1 + int(self.seek.sum()) + self.contrast.shape[1] + int(self.blue)


def predicted(parts: Parts, rows: Observed, at: Guess, to: Guess) -> FloatArray:
    """Minutes at one guess along the paths that are the quickest at another."""
    rest = 1.0 - parts.share.sum(axis=1)
    driving = parts.driving * (parts.share @ (at.kmh / to.kmh) + rest)
    factor = np.where(rows.hour >= 0, to.time_factor[rows.hour], 1.0)
    driving = driving * factor / np.where(rows.blue_light, to.blue, 1.0)
    return to.setting_off_min + driving


def fit(
    plan: Plan, parts: Parts, rows: Observed, at: Guess
) -> tuple[Guess, FloatArray]:
    """Fit along fixed paths; return the guess and the covariance of the unknowns."""
    seen = np.log(rows.minutes)

    def residual(unknowns: FloatArray) -> FloatArray:
        minutes = predicted(parts, rows, at, plan.apply(unknowns, at))
        return np.log(minutes) - seen

    unknowns = np.zeros(plan.n_unknowns)
    unknowns[0] = max(at.setting_off_min, 1e-3)
    least = np.full(plan.n_unknowns, -np.inf)
    least[0] = 0.0
    scale = _spread(residual(unknowns))
    for loss in ("soft_l1", "cauchy", "cauchy"):
        found = least_squares(
            residual, unknowns, bounds=(least, np.inf), loss=loss, f_scale=scale
        )
        unknowns = found.x
        scale = _spread(residual(unknowns))
    return plan.apply(unknowns, at), _covariance(residual, unknowns, scale)


def _spread(residual: FloatArray) -> float:
    """Return the width of the Cauchy loss that suits these residuals."""
    deviation = _TO_DEVIATION * float(np.median(np.abs(residual - np.median(residual))))
    return _CAUCHY * max(deviation, _LEAST_SCALE)


def _covariance(
    residual: Callable[[FloatArray], FloatArray], unknowns: FloatArray, scale: float
) -> FloatArray:
    """Return the sandwich covariance of a fit under the Cauchy loss."""
    apart = residual(unknowns)
    step = 1e-5
    slope = np.stack(
        [(residual(unknowns + step * e) - apart) / step for e in np.eye(unknowns.size)],
        axis=1,
    )
    squared = (apart / scale) ** 2
    pull = apart / (1.0 + squared)
    stiffness = (1.0 - squared) / (1.0 + squared) ** 2
    bread = np.linalg.pinv(slope.T @ (stiffness[:, None] * slope))
    meat = slope.T @ (pull[:, None] ** 2 * slope)
    n = apart.size
    return bread @ meat @ bread * (n / max(n - unknowns.size, 1))
