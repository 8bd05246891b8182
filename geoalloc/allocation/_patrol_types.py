"""What a plan of directed patrol is made from."""

from dataclasses import dataclass, field

import numpy as np

from geoalloc import schemas
from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError

_HOUR = 60


@dataclass(frozen=True, kw_only=True)
class PatrolHotspot:
    """A hotspot that visits are wanted for.

    Attributes
    ----------
    name
        Of the place, as officers know it.
    hex
        Position of its hex.
    weight
        What a first visit is worth: incidents or harm.
    visits
        Wanted in the shift.
    peak
        Periods of the shift (0 is its first hour) that visits are wanted in first;
        none is as good as all.
    beat
        Its home beat, by position; -1 for none.
    category
        Of the incidents; a barred one is never a priority.
    institution
        Such as "hospital" if most incidents are recorded at one: never a priority.
    """

    name: str
    hex: int
    weight: float
    visits: int = 1
    peak: tuple[int, ...] = ()
    beat: int = -1
    category: str = ""
    institution: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.weight < np.inf:
            raise DataError(
                f"weight of hotspot {self.name!r} must be above 0, got {self.weight}"
            )
        if self.visits < 1:
            raise DataError(
                f"visits of hotspot {self.name!r} must be at least 1, got {self.visits}"
            )

    def is_peak(self, period: int) -> bool:
        """Whether a period is one that visits are wanted in first."""
        return not self.peak or period in self.peak


@dataclass(frozen=True, kw_only=True)
class UnitBreak:
    """Minutes of the shift in which a unit has its break: by position of the unit."""

    unit: int
    begins_min: int
    ends_min: int


@dataclass(frozen=True, kw_only=True)
class PatrolUnits:
    """The units of the shift and how busy calls keep them.

    Attributes
    ----------
    call_sign, kind, beat : (n_units,)
        ``beat`` is the home beat by position, -1 for none.
    timetable : (n_units, n_periods)
        Post in each hour, -1 where the unit is at none.
    busy : (n_units, n_periods)
        Share of the hour at calls, from the simulation.
    calls_per_h : (n_units, n_periods)
        Calls that the unit answers in the hour, from the simulation.
    breaks
        Breaks of less than an hour.
    """

    call_sign: tuple[str, ...]
    kind: tuple[str, ...]
    beat: IndexArray
    timetable: IndexArray
    busy: FloatArray
    calls_per_h: FloatArray
    breaks: tuple[UnitBreak, ...] = ()

    def __post_init__(self) -> None:
        n_units = len(self.call_sign)
        if not n_units:
            raise DataError("there is no unit to patrol with; give at least one")
        if len(set(self.call_sign)) < n_units:
            twice = next(c for c in self.call_sign if self.call_sign.count(c) > 1)
            raise DataError(f"call sign {twice!r} is given twice; name each unit once")
        if len(self.kind) != n_units or self.beat.shape != (n_units,):
            raise DataError(
                f"{n_units} call signs come with {len(self.kind)} kinds and "
                f"{self.beat.size} beats; give one of each per unit"
            )
        if self.timetable.ndim != 2 or len(self.timetable) != n_units:
            raise DataError(
                f"timetable has shape {self.timetable.shape}; it must be (n_units, "
                f"n_periods) with {n_units} units"
            )
        self._check_calls()
        self._check_breaks()

    def _check_calls(self) -> None:
        for name in ("busy", "calls_per_h"):
            values = getattr(self, name)
            if values.shape != self.timetable.shape:
                raise DataError(
                    f"{name} has shape {values.shape}, the timetable "
                    f"{self.timetable.shape}; they must be the same"
                )
            schemas.require_measure(values, name)
        if self.busy.max(initial=0.0) > 1.0:
            raise DataError(f"busy is a share of 0 to 1, found {self.busy.max():.3f}")

    def _check_breaks(self) -> None:
        n_units = len(self.call_sign)
        for rest in self.breaks:
            if not (0 <= rest.unit < n_units and rest.begins_min < rest.ends_min):
                raise DataError(
                    f"the break of unit {rest.unit} from minute {rest.begins_min} to "
                    f"{rest.ends_min} needs a unit from 0 to {n_units - 1} and an end "
                    f"after its start"
                )


@dataclass(frozen=True, kw_only=True)
class PatrolTravel:
    """Minutes at routine speed between posts and hotspots; inf is out of reach.

    Attributes
    ----------
    out_min : (n_posts, n_hotspots)
    back_min : (n_hotspots, n_posts)
    between_min : (n_hotspots, n_hotspots)
    """

    out_min: FloatArray
    back_min: FloatArray
    between_min: FloatArray

    def __post_init__(self) -> None:
        n_posts, n_hotspots = self.out_min.shape
        if self.back_min.shape != (n_hotspots, n_posts) or (
            self.between_min.shape != (n_hotspots, n_hotspots)
        ):
            raise DataError(
                f"out_min has shape {self.out_min.shape}, back_min "
                f"{self.back_min.shape} and between_min {self.between_min.shape}; they "
                f"must be (n_posts, n_hotspots), its transpose, and square"
            )
        for name in ("out_min", "back_min", "between_min"):
            values = getattr(self, name)
            if np.isnan(values).any() or (values < 0).any():
                raise DataError(
                    f"{name} is nan or negative; use inf for what is out of reach"
                )


@dataclass(frozen=True, kw_only=True)
class PatrolRules:
    """How patrols are done.

    Attributes
    ----------
    visit_min
        Length of a visit: 15 minutes after Koper (1995, Justice Quarterly 12(4)).
    apart_min
        Least time from the start of one visit to that of the next at a hotspot.
    busy_below
        Largest share of an hour at calls at which a unit can be spared.
    longest_drive_min
        Longest drive to, between and from visits.
    kinds
        Of units that may patrol.
    home_bound
        Those of them that patrol only in their home beat.
    barred_categories
        Never a priority of directed patrol.
    minute_price
        Share of the heaviest first visit that a minute's drive costs.
    rounds
        Times that each unit is routed again with its neighbors.
    """

    visit_min: int = 15
    apart_min: int = 120
    busy_below: float = 0.5
    longest_drive_min: float = 20.0
    kinds: tuple[str, ...] = ("response", "pcso")
    home_bound: tuple[str, ...] = ("pcso",)
    barred_categories: tuple[str, ...] = (
        "violent-crime",
        "violence-and-sexual-offences",
    )
    minute_price: float = 0.002
    rounds: int = 1

    def __post_init__(self) -> None:
        if self.visit_min < 1 or self.apart_min < self.visit_min or self.rounds < 0:
            raise DataError(
                f"need visit_min >= 1, apart_min >= visit_min and rounds >= 0; got "
                f"{self.visit_min}, {self.apart_min} and {self.rounds}"
            )
        if not 0 <= self.busy_below <= 1:
            raise DataError(f"busy_below must be from 0 to 1, got {self.busy_below}")
        if not (self.longest_drive_min >= 0 and 0 <= self.minute_price < np.inf):
            raise DataError(
                f"longest_drive_min and minute_price must be 0 or more, got "
                f"{self.longest_drive_min} and {self.minute_price}"
            )


@dataclass(frozen=True, kw_only=True)
class PatrolRequest:
    """Hotspots, units, travel and rules of one shift of directed patrol."""

    hotspots: tuple[PatrolHotspot, ...]
    units: PatrolUnits
    travel: PatrolTravel
    rules: PatrolRules = field(default_factory=PatrolRules)

    def __post_init__(self) -> None:
        if not self.hotspots:
            raise DataError("there is no hotspot to patrol; give at least one")
        if self.travel.out_min.shape[1] != len(self.hotspots):
            raise DataError(
                f"travel is of {self.travel.out_min.shape[1]} hotspots, and "
                f"{len(self.hotspots)} are given; make it from the same ones"
            )
        for what in ("name", "hex"):
            values = [str(getattr(spot, what)) for spot in self.hotspots]
            twice = [value for value in values if values.count(value) > 1]
            if twice:
                raise DataError(
                    f"two hotspots have the {what} {twice[0]!r}; give each place once"
                )
        if self.rules.visit_min > self.shift_min:
            raise DataError(
                f"a visit of {self.rules.visit_min} minutes is longer than the shift "
                f"of {self.shift_min}; shorten visit_min"
            )
        self._check_positions()

    def _check_positions(self) -> None:
        n_posts, n_periods = len(self.travel.out_min), self.units.timetable.shape[1]
        posts = self.units.timetable
        if posts.min(initial=-1) < -1 or posts.max(initial=-1) >= n_posts:
            raise DataError(
                f"timetable holds posts from {posts.min()} to {posts.max()}; they must "
                f"be -1 to {n_posts - 1}"
            )
        for spot in self.hotspots:
            wrong = [t for t in spot.peak if not 0 <= t < n_periods]
            if wrong:
                raise DataError(
                    f"peak of hotspot {spot.name!r} names hour {wrong[0]}; the shift "
                    f"has hours 0 to {n_periods - 1}"
                )

    @property
    def shift_min(self) -> int:
        """Minutes of the shift."""
        return _HOUR * int(self.units.timetable.shape[1])

    def may_patrol(self, unit: int, hotspot: int) -> bool:
        """Whether a unit may visit a hotspot: by kind, and by home beat."""
        kind = self.units.kind[unit]
        if kind not in self.rules.kinds:
            return False
        home = int(self.units.beat[unit])
        bound = kind in self.rules.home_bound
        return not bound or (home >= 0 and home == self.hotspots[hotspot].beat)


def patrol_travel(problem: AllocationProblem, hexes: IndexArray) -> PatrolTravel:
    """Make the travel of a patrol from that of a problem, in both directions.

    Travel is known from posts only. The way back is taken as long as the way out.
    Between two hotspots it is the mean of what it takes from the catchment post of
    either to the other, but never more than the way over any one post.

    Parameters
    ----------
    hexes : (n_hotspots,)
        Position of the hex of each hotspot.

    Raises
    ------
    DataError
        If a hex is not one of the problem.
    """
    hexes = np.asarray(hexes, dtype=np.int64)
    wrong = hexes[(hexes < 0) | (hexes >= problem.n_hexes)]
    if wrong.size:
        raise DataError(
            f"hex {wrong[0]} of a hotspot is not one of the problem's 0 to "
            f"{problem.n_hexes - 1}"
        )
    columns = problem.travel_min.tocsc()
    out = np.full((problem.n_posts, hexes.size), np.inf)
    for i, where in enumerate(hexes.tolist()):
        part = slice(columns.indptr[where], columns.indptr[where + 1])
        out[columns.indices[part], i] = columns.data[part]
    caught = problem.catchment[hexes]
    onward = np.where((caught >= 0)[:, None], out[np.maximum(caught, 0)], np.inf)
    either = np.where(
        np.isfinite(onward) & np.isfinite(onward.T),
        0.5 * (onward + onward.T),
        np.minimum(onward, onward.T),
    )
    over = np.stack([(out[:, i, None] + out).min(axis=0) for i in range(hexes.size)])
    between = np.minimum(either, over)
    np.fill_diagonal(between, 0.0)
    return PatrolTravel(out_min=out, back_min=out.T.copy(), between_min=between)
