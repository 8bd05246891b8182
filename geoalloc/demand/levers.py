"""Levers: what changes the calls that are expected, in a stated order.

Recorded calls are scaled up first, then

1. ``Growth``: calls of a category become more, or fewer;
2. layers are added;
3. ``Event``: more calls around a place for some hours;
4. ``RightCare``, then ``FireFirst``, then ``Triage`` take calls away;
5. a share of the calls that were taken away comes back as it was.

Whatever their order in a file: the last three never touch an immediate call, nor one
that meets the threshold of Right Care Right Person (a crime, or a real and immediate
risk to life or of serious harm), and no call twice: one that was touched, whether or
not that avoided a deployment, is out of reach of the levers after it, and one that
comes back is not touched again.
"""

import difflib
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd
from scipy import stats

from geoalloc.demand.harm import CRIMES
from geoalloc.errors import DataError

# Cases in which a deployment was avoided, of those advised on by mental-health triage:
# published for Avon and Somerset.
TRIAGE_AVOIDED, TRIAGE_ADVISED = 370, 3228


def _require_shares(lever: object, *names: str) -> None:
    for name in names:
        value = getattr(lever, name)
        if not 0 <= value <= 1:
            raise DataError(
                f"{name} of a {type(lever).__name__} lever must be within 0 to 1, "
                f"got {value}"
            )


def _require_named(lever: object, names: Collection[str]) -> None:
    if not names:
        raise DataError(
            f"a {type(lever).__name__} lever applies to nothing: name the categories "
            "or layers whose calls it may touch"
        )


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Calls of some categories become more, or fewer.

    Attributes
    ----------
    categories
        Categories and layers.
    factor
        Calls over those of the past: 1.05 is 5 % more.
    """

    categories: tuple[str, ...]
    factor: float

    def __post_init__(self) -> None:
        _require_named(self, self.categories)
        if not (self.factor >= 0 and math.isfinite(self.factor)):
            raise DataError(
                f"factor of a Growth lever must be at least 0, got {self.factor}: "
                "1.05 is 5 % more, 0.95 is 5 % less"
            )

    @property
    def line(self) -> str:
        """What it is called in a table."""
        return f"growth of {_listed(self.categories)} (x {self.factor:g})"


@dataclass(frozen=True, kw_only=True)
class Event:
    """More calls around a place for some hours.

    Attributes
    ----------
    place
        What the middle is called.
    latitude, longitude, radius_m
        Hexes with their center this near are in it; the nearest one if none is.
    starts_at, ends_at
        Instants.
    uplift
        Calls more, as a share of those expected there and then: 0.5 is half as many
        again.
    categories
        Categories and layers; all if empty.
    """

    name: str
    place: str
    latitude: float
    longitude: float
    radius_m: float
    starts_at: pd.Timestamp
    ends_at: pd.Timestamp
    uplift: float
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.uplift >= 0 and math.isfinite(self.uplift)):
            raise DataError(
                f"uplift of the event {self.name!r} must be at least 0, got "
                f"{self.uplift}: 0.5 is half as many calls again"
            )
        if not (self.radius_m > 0 and math.isfinite(self.radius_m)):
            raise DataError(
                f"radius_m of the event {self.name!r} must be above 0, got "
                f"{self.radius_m}"
            )
        if not (abs(self.latitude) <= 90 and abs(self.longitude) <= 180):
            raise DataError(
                f"the event {self.name!r} is at latitude {self.latitude}, longitude "
                f"{self.longitude}, which is nowhere: give degrees"
            )
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise DataError(f"the times of the event {self.name!r} need a time zone")
        if self.ends_at <= self.starts_at:
            raise DataError(
                f"the event {self.name!r} ends at {self.ends_at}, which is not after "
                f"it starts at {self.starts_at}"
            )

    @property
    def line(self) -> str:
        """What it is called in a table."""
        return f"event: {self.name}, {self.place} (+{self.uplift:.0%})"


@dataclass(frozen=True, kw_only=True)
class RightCare:
    """Right Care Right Person: calls below a threshold go to another service.

    Attributes
    ----------
    applies_to
        Categories and layers.
    threshold_share
        Share of the calls, immediate ones aside, that meets the threshold.
    declined_share
        Of those below it, the share that is declined.
    return_share
        Of those declined, the share that comes back.
    """

    applies_to: tuple[str, ...]
    threshold_share: float
    declined_share: float
    return_share: float

    def __post_init__(self) -> None:
        _require_named(self, self.applies_to)
        _require_shares(self, "threshold_share", "declined_share", "return_share")

    @property
    def line(self) -> str:
        """What it is called in a table."""
        return f"declined by Right Care Right Person: {_listed(self.applies_to)}"

    @property
    def touched(self) -> float:
        """Share of the calls in its reach that it touches."""
        return self.declined_share

    @property
    def avoided_share(self) -> tuple[float, float]:
        """Share of those touched that need no deployment, and its variance."""
        return 1.0, 0.0


@dataclass(frozen=True, kw_only=True)
class FireFirst:
    """The fire service goes first, such as to checks on people's welfare.

    Attributes
    ----------
    applies_to
        Categories and layers.
    share
        Of the calls in its reach that the fire service takes.
    return_share
        Of those, the share that comes back.
    """

    applies_to: tuple[str, ...]
    share: float
    return_share: float

    def __post_init__(self) -> None:
        _require_named(self, self.applies_to)
        _require_shares(self, "share", "return_share")

    @property
    def line(self) -> str:
        """What it is called in a table."""
        return f"taken by the fire service first: {_listed(self.applies_to)}"

    @property
    def touched(self) -> float:
        """Share of the calls in its reach that it touches."""
        return self.share

    @property
    def avoided_share(self) -> tuple[float, float]:
        """Share of those touched that need no deployment, and its variance."""
        return 1.0, 0.0


@dataclass(frozen=True, kw_only=True)
class Triage:
    """Mental-health professionals advise before a unit is sent.

    Attributes
    ----------
    applies_to
        Categories and layers.
    advised_share
        Share of the calls in its reach that is advised on. No published figure says
        it, so that it has no default.
    avoided, advised
        Cases counted: of those advised on, in how many a deployment was avoided.
    return_share
        Of those avoided, the share that comes back.
    """

    applies_to: tuple[str, ...]
    advised_share: float
    return_share: float
    avoided: int = TRIAGE_AVOIDED
    advised: int = TRIAGE_ADVISED

    def __post_init__(self) -> None:
        _require_named(self, self.applies_to)
        _require_shares(self, "advised_share", "return_share")
        if not (self.advised >= 1 and 0 <= self.avoided <= self.advised):
            raise DataError(
                f"avoided is {self.avoided} of {self.advised} advised: it must be at "
                "least 0, and no more than were advised on"
            )

    @property
    def line(self) -> str:
        """What it is called in a table."""
        return f"avoided by mental-health triage: {_listed(self.applies_to)}"

    @property
    def touched(self) -> float:
        """Share of the calls in its reach that it touches."""
        return self.advised_share

    @property
    def avoided_share(self) -> tuple[float, float]:
        """Share of those touched that need no deployment, and its variance.

        Of the beta distribution of ``avoided`` and the rest of ``advised``.
        """
        mean = self.avoided / self.advised
        return mean, mean * (1.0 - mean) / (self.advised + 1.0)

    def interval(self, share: float) -> tuple[float, float]:
        """Give the central interval of the avoided share.

        Raises
        ------
        DataError
            If the share is not within 0 to 1.
        """
        if not 0 < share < 1:
            raise DataError(
                f"the share of an interval must be within 0 to 1, got {share}"
            )
        rest = self.advised - self.avoided
        if self.avoided == 0 or rest == 0:
            return self.avoided / self.advised, self.avoided / self.advised
        tail = (1.0 - share) / 2.0
        low, high = stats.beta(self.avoided, rest).ppf([tail, 1.0 - tail])
        return float(low), float(high)


Diverting: TypeAlias = RightCare | FireFirst | Triage
Lever: TypeAlias = Growth | Event | RightCare | FireFirst | Triage

_DIVERTING: tuple[type[Diverting], ...] = (RightCare, FireFirst, Triage)


@dataclass(frozen=True, kw_only=True)
class Away:
    """What a lever takes from the calls of one source that are not immediate.

    Attributes
    ----------
    share, returned
        Of those calls: the share that it takes, and the share that comes back.
    per_unit
        Change of the share that is left for a unit change of the avoided share.
    variance
        Of the avoided share.
    """

    lever: Diverting
    share: float
    returned: float
    per_unit: float
    variance: float


def divert(levers: Sequence[Lever], source: str) -> list[Away]:
    """Work out what the levers take from a source, in their order.

    Calls that meet a threshold are out of reach of every lever.
    """
    acting = [
        lever
        for lever in levers
        if isinstance(lever, _DIVERTING) and source in lever.applies_to
    ]
    acting.sort(key=lambda lever: _DIVERTING.index(type(lever)))
    reach = 1.0
    for lever in acting:
        if isinstance(lever, RightCare):
            reach -= lever.threshold_share
    taken = []
    for lever in acting:
        touched = reach * lever.touched
        mean, variance = lever.avoided_share
        taken.append(
            Away(
                lever=lever,
                share=touched * mean,
                returned=touched * mean * lever.return_share,
                per_unit=-touched * (1.0 - lever.return_share),
                variance=variance,
            )
        )
        reach -= touched
    return taken


def ordered(levers: Sequence[Lever], sources: Collection[str]) -> list[Lever]:
    """Put levers in the order in which they are applied, whatever order they came in.

    Raises
    ------
    DataError
        If one is given twice, one names no source, one takes crimes away, or two that
        take calls away are of one kind and name the same source: which a call meets
        would be anyone's guess.
    """
    twice = [lever for k, lever in enumerate(levers) if lever in levers[:k]]
    if twice:
        raise DataError(f"the lever {twice[0].line!r} is given twice: give it once")
    kinds = (Growth, Event, *_DIVERTING)
    known = sorted(sources)
    seen: set[tuple[type, str]] = set()
    for lever in levers:
        diverts = isinstance(lever, _DIVERTING)
        for name in lever.applies_to if diverts else lever.categories:  # type: ignore[union-attr]
            if name not in sources:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise DataError(
                    f"a {type(lever).__name__} lever names {name!r}, which is no "
                    f"category or layer: {hint}there are {', '.join(known)}"
                )
            if diverts and name in CRIMES:
                raise DataError(
                    f"a {type(lever).__name__} lever names {name!r}, which is a crime: "
                    "crimes meet the threshold of Right Care Right Person, so that no "
                    "lever takes them away"
                )
            if diverts and (type(lever), name) in seen:
                raise DataError(
                    f"two {type(lever).__name__} levers apply to {name!r}: give one"
                )
            seen.add((type(lever), name))
    return sorted(levers, key=lambda lever: (kinds.index(type(lever)), repr(lever)))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
