"""What is promised to callers, and who is there to keep it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geoalloc import schemas
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError


@dataclass(frozen=True, kw_only=True)
class ServiceClass:
    """A grade of call, and who may answer it.

    Attributes
    ----------
    kinds
        Kinds of unit that count towards it.
    skills
        All of which a unit must have to count.
    officers
        That one call needs: so many units as it takes to bring them.
    weight
        Weight of one late incident.
    arrivals : (n_periods, n_hexes)
        Expected incidents in each period of one hour.
    load : (n_periods, n_hexes)
        Erlangs offered: unit-hours on scene per hour. ``load_factor`` stands for
        the travel that comes with them.
    limit_min : (n_hexes,)
        Longest travel that still meets the standard.
    speed_factor
        Speed over the routine speed (above 1 with blue lights).
    cap_min
        Longest travel, at this class's speed, on which a unit is sent.
    queue
        Whether its callers wait in a queue behind the classes before it: their
        lateness is then that of a queue with priorities.
    on_scene_min, on_scene_cv
        Mean and coefficient of variation of the time on scene (simulation only).
    call_handling_min
        From the call to the dispatch: part of the response, not of ``limit_min``.
    grade
        What its calls are counted under; its name if empty.
    severity : (n_periods, n_hexes), optional
        Mean severity of its incidents over that of all of its grade: a factor on
        ``weight`` for the objective "harm", and for no other figure. 1 if left out.
    """

    name: str
    kinds: tuple[str, ...]
    weight: float
    arrivals: FloatArray
    load: FloatArray
    limit_min: FloatArray
    speed_factor: float
    cap_min: float
    on_scene_min: float
    on_scene_cv: float = 0.8
    call_handling_min: float = 0.0
    skills: tuple[str, ...] = ()
    officers: int = 1
    queue: bool = False
    grade: str = ""
    severity: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in ("arrivals", "load", "limit_min"):
            schemas.require_measure(getattr(self, name), f"{name} of {self.name!r}")
        self._check_severity()
        if self.arrivals.ndim != 2 or self.load.shape != self.arrivals.shape:
            raise DataError(
                f"class {self.name!r} has arrivals of shape {self.arrivals.shape} and "
                f"load of shape {self.load.shape}; both must be (n_periods, n_hexes)"
            )
        for name in ("speed_factor", "cap_min", "officers"):
            if not getattr(self, name) > 0:
                raise DataError(
                    f"{name} of class {self.name!r} must be positive, got "
                    f"{getattr(self, name)}"
                )
        for name in ("weight", "on_scene_min", "on_scene_cv", "call_handling_min"):
            if not 0 <= getattr(self, name) < np.inf:
                raise DataError(
                    f"{name} of class {self.name!r} must be 0 or more, got "
                    f"{getattr(self, name)}"
                )

    def _check_severity(self) -> None:
        if self.severity is None:
            return
        schemas.require_measure(self.severity, f"severity of {self.name!r}")
        if self.severity.shape != self.arrivals.shape:
            raise DataError(
                f"class {self.name!r} has severity of shape {self.severity.shape}, "
                f"needs that of its arrivals, {self.arrivals.shape}"
            )

    @property
    def reach_min(self) -> FloatArray:
        """Longest travel at *routine* speed that meets the standard: (n_hexes,).

        Of units that may drive at the speed of the class.
        """
        return self.within(self.speed_factor)

    def within(self, speed: float) -> FloatArray:
        """Longest travel at routine speed that meets the standard at ``speed``.

        Returns
        -------
        reach_min : (n_hexes,)
        """
        return np.minimum(self.limit_min, self.cap_min) * speed


@dataclass(frozen=True, kw_only=True)
class Supply:
    """The units of the shift, in order: row i of the plan is unit i.

    Attributes
    ----------
    kind, station : (n_units,)
        Kind of each unit, and position of its home station.
    skills : (n_units,)
        What each crew can do; nothing special if left out.
    officers : (n_units,)
        Size of each crew; 1 if left out.
    blue_light : (n_units,)
        Whether it may drive at the speed of a class rather than at routine speed;
        yes if left out.
    present : (n_units, n_periods), optional
        In which periods it can stand at a post; in all if left out. Briefing,
        close-down and hours before or after duty are not present.
    """

    kind: tuple[str, ...]
    station: IndexArray
    skills: tuple[tuple[str, ...], ...] = ()
    officers: IndexArray = field(default_factory=lambda: np.zeros(0, np.int64))
    blue_light: BoolArray = field(default_factory=lambda: np.zeros(0, bool))
    present: BoolArray | None = None

    def __post_init__(self) -> None:
        if not self.kind:
            raise DataError("supply has no units; give at least one")
        n_units = len(self.kind)
        left_out: dict[str, Any] = {
            "skills": ((),) * n_units,
            "officers": np.ones(n_units, np.int64),
            "blue_light": np.ones(n_units, bool),
        }
        for name, usual in left_out.items():
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, usual)
        for name in ("station", *left_out):
            if len(getattr(self, name)) != n_units:
                raise DataError(
                    f"supply has {n_units} kinds and {len(getattr(self, name))} of "
                    f"{name}; give one of each per unit"
                )
        if not (self.officers >= 1).all():
            unit = int(np.flatnonzero(~(self.officers >= 1))[0])
            raise DataError(
                f"unit {unit} has {self.officers[unit]} officers; a crew has at least 1"
            )
        if self.present is not None and self.present.shape[:1] != (n_units,):
            raise DataError(
                f"present has shape {self.present.shape}, needs ({n_units}, n_periods)"
            )

    def __len__(self) -> int:
        return len(self.kind)
