"""What a forecast of demand assumes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from geoalloc._types import FloatArray
from geoalloc.demand.calendar import Calendar
from geoalloc.demand.levers import Lever
from geoalloc.errors import DataError

# Calls by grade; routine calls that a PCSO may also answer stand apart.
STREAMS = ("immediate", "priority", "routine", "routine-pcso")

# Where the calls of a layer arise.
SURFACES = ("population", "recorded", "night-time", "roads", "file")

ON_SCENE_CV = 0.8
"""Standard deviation over mean of the minutes on scene, where nobody says."""


@dataclass(frozen=True, kw_only=True)
class Response:
    """How incidents of one category become work for units.

    The shares stand in for the assessment of each call: they are assumptions.
    What is left of 1 is resolved without deployment.

    Attributes
    ----------
    immediate, priority, routine
        Shares of the calls; routine ones are answered by appointment.
    on_scene_min, on_scene_sd_min
        Mean and standard deviation; ``ON_SCENE_CV`` of the mean by default.
    units, officers
        Needed by an incident; units follow from officers where those are given.
    skills
        That one of the officers must have.
    rhythm
        Name of the profile of ``Model.rhythms`` that holds where times are unknown.
    harm, vulnerability
        Severity of one incident, and a factor on it where callers are vulnerable.
    recorded_share
        Share of such incidents that the file stands for.
    pcso
        Whether PCSOs may take the routine calls.
    discovered
        Whether police find them: never forecast, but the hours are lost.
    """

    immediate: float
    priority: float
    routine: float
    on_scene_min: float
    rhythm: str
    units: float = 1.0
    on_scene_sd_min: float | None = None
    officers: float | None = None
    skills: tuple[str, ...] = ()
    harm: float = 0.0
    vulnerability: float = 1.0
    recorded_share: float = 1.0
    pcso: bool = False
    discovered: bool = False

    def __post_init__(self) -> None:
        shares = (self.immediate, self.priority, self.routine)
        if not all(0 <= share <= 1 for share in shares) or sum(shares) > 1 + 1e-9:
            raise DataError(
                f"the shares immediate, priority and routine are {shares}: each must "
                "be within 0 to 1, and they must add up to at most 1"
            )
        if not 0 < self.recorded_share <= 1:
            raise DataError(
                "recorded_share must be above 0 and at most 1, got "
                f"{self.recorded_share}: it is the share of such incidents on file"
            )
        for name in ("on_scene_min", "units", "officers", "vulnerability"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise DataError(f"{name} must be a number above 0, got {value}")
        for name in ("on_scene_sd_min", "harm"):
            value = getattr(self, name)
            if value is not None and not (value >= 0 and math.isfinite(value)):
                raise DataError(f"{name} must be a number of at least 0, got {value}")

    def streams(self) -> FloatArray:
        """Share of the incidents that goes to each of ``STREAMS``, (4,)."""
        routine = (0.0, self.routine) if self.pcso else (self.routine, 0.0)
        return np.array([self.immediate, self.priority, *routine])

    def outcomes(self) -> FloatArray:
        """Share immediate, priority, routine, and without deployment, (4,)."""
        sent = np.array([self.immediate, self.priority, self.routine])
        return np.append(sent, max(1.0 - sent.sum(), 0.0))

    def units_per_call(self, crew: float) -> float:
        """Units that an incident takes, at so many officers a unit."""
        return self.units if self.officers is None else self.officers / crew

    def officers_per_call(self, crew: float) -> float:
        """Officers that an incident takes, at so many officers a unit."""
        return self.units * crew if self.officers is None else self.officers

    def crew_needed(self) -> int:
        """Officers that must come to one call; 1 where nobody says."""
        return max(1, math.ceil(self.officers or 1.0))

    def unit_hours(self, crew: float) -> float:
        """Unit-hours on scene of one incident that is deployed to."""
        return self.units_per_call(crew) * self.on_scene_min / 60.0

    def spread_min(self) -> float:
        """Give the standard deviation of the minutes on scene."""
        if self.on_scene_sd_min is None:
            return ON_SCENE_CV * self.on_scene_min
        return self.on_scene_sd_min


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Demand that the incident file does not hold: an assumption, shown as one.

    Attributes
    ----------
    per_day
        Calls a day in the whole area.
    surface
        One of ``SURFACES``: as people live, as recorded incidents lie, as those of
        the night lie, along roads, or as a surface of its own.
    error
        Standard error assumed of ``per_day``, as a share of it.
    categories
        Recorded categories that shape "recorded" and "night-time"; all if empty.
    partner
        Service whose demand it is; empty for the police.
    """

    name: str
    per_day: float
    surface: str
    error: float
    response: Response
    categories: tuple[str, ...] = ()
    partner: str = ""

    def __post_init__(self) -> None:
        if self.surface not in SURFACES:
            raise DataError(
                f"layer {self.name!r} has the surface {self.surface!r}: "
                f"there are {', '.join(SURFACES)}"
            )
        for name in ("per_day", "error"):
            value = getattr(self, name)
            if not (value >= 0 and math.isfinite(value)):
                raise DataError(
                    f"{name} of layer {self.name!r} must be a number of at least 0, "
                    f"got {value}"
                )


@dataclass(frozen=True, kw_only=True)
class Model:
    """What a forecast of demand assumes.

    Attributes
    ----------
    responses
        By category; the incidents of a category that is not named raise.
    layers
        Demand that the incident file does not hold.
    rhythms : each (168,)
        By name, the share of a week's calls in each hour from Monday 00:00, local
        time: of layers, and what measured rhythms are shrunk to.
    rhythm_trust
        Timed incidents that such a rhythm is worth.
    levers
        What changes demand, in any order: see ``geoalloc.demand.levers``.
    calendar
        Bank holidays and the like; None if all days are ordinary.
    crew
        Officers in a response unit, the mean of the shift.
    shift_error
        Standard deviation of the calls of one shift about their mean, beyond chance
        and as a share of it; None to measure it where hours are known, and else to
        take ``shift.SHIFT_ERROR``.
    """

    responses: Mapping[str, Response]
    rhythms: Mapping[str, FloatArray]
    layers: Sequence[Layer] = ()
    rhythm_trust: float = 2000.0
    levers: Sequence[Lever] = field(default=())
    calendar: Calendar | None = None
    crew: float = 1.0
    shift_error: float | None = None

    def __post_init__(self) -> None:
        if not (self.crew > 0 and math.isfinite(self.crew)):
            raise DataError(f"crew must be a number above 0, got {self.crew}")
        if self.shift_error is not None and not 0 <= self.shift_error < math.inf:
            raise DataError(
                f"shift_error must be a number of at least 0, got {self.shift_error}"
            )
        names = [*self.responses, *(layer.name for layer in self.layers)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DataError(f"two categories or layers are named {twice[0]!r}")
        answers = [*self.responses.values(), *(y.response for y in self.layers)]
        missing = sorted({a.rhythm for a in answers} - set(self.rhythms))
        if missing:
            raise DataError(
                f"there is no rhythm {missing[0]!r}: there are {sorted(self.rhythms)}"
            )
