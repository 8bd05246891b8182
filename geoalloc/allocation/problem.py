"""What there is to allocate: classes of service, travel, units and rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from geoalloc import schemas
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation.rules import LongestTravel, Quota, UnmetCap
from geoalloc.allocation.service import ServiceClass, Supply
from geoalloc.errors import DataError

OBJECTIVES = ("incidents", "work-hours", "harm")
CURVES = ("erlang", "mexclp", "mclp", "backup")


@dataclass(frozen=True, kw_only=True)
class AllocationProblem:
    """Where to post the units of one shift.

    Attributes
    ----------
    travel_min : (n_posts, n_hexes)
        Minutes at routine speed from post to hex; absent is out of reach, a
        stored 0 is a travel time of 0.
    post_hex : (n_posts,)
        Position of the hex of each post.
    catchment : (n_hexes,)
        Position of the post nearest each hex, -1 for none.
    hex_beat, hex_district : (n_hexes,)
    station_min : (n_stations, n_posts)
        Minutes from station to post; inf where its units may not post.
    station_post, station_beat : (n_stations,)
        The post at the station itself; the beat that it is home to.
    bordered
        Whether a unit answers only in the beat of its home station.
    home_bound
        Kinds that answer, and stand by, only there in any case.
    district_names
        Name of each district, by position.
    quotas
        How many units must, or may, stand by where.
    caps
        Largest unmet shares of groups of hexes.
    longest
        Longest acceptable travel of every inhabited hex.
    locked
        Post that a unit must keep, by position of the unit.
    excluded
        Posts that no unit of a kind may take, by kind.
    current, most_moves
        Where the units stand now, (n_units,), and how many of them may move.
    objective
        One of ``OBJECTIVES``: whether a late incident costs its weight, its weight
        times the unit-hours that it takes, or its weight times its severity.
    curve
        One of ``CURVES``: how the chance to be late falls with units in reach.
    load_factor, kappa
        The two constants of the availability curve: local load over mean load,
        and the share of Erlang C in the mix with Erlang B.
    queue_load_factor
        ``load_factor`` of the classes whose callers wait in a queue.
    busy
        Busy fraction of the curve "mexclp"; that of the load if None.
    second
        Share of the demand that the curve "backup" leaves to the second unit.
    deadhead
        Late incidents that one minute from station to post is worth.
    """

    classes: tuple[ServiceClass, ...]
    travel_min: sp.csr_array
    post_hex: IndexArray
    catchment: IndexArray
    hex_beat: IndexArray
    hex_district: IndexArray
    station_min: FloatArray
    station_post: IndexArray
    station_beat: IndexArray
    supply: Supply
    bordered: bool
    home_bound: tuple[str, ...] = ("pcso",)
    district_names: tuple[str, ...]
    quotas: tuple[Quota, ...] = ()
    caps: tuple[UnmetCap, ...] = ()
    longest: LongestTravel | None = None
    locked: Mapping[int, int] = field(default_factory=dict)
    excluded: Mapping[str, IndexArray] = field(default_factory=dict)
    current: IndexArray | None = None
    most_moves: int | None = None
    objective: str = "incidents"
    curve: str = "erlang"
    load_factor: float = 1.45
    kappa: float = 0.5
    queue_load_factor: float = 1.0
    busy: float | None = None
    second: float = 0.3
    deadhead: float = 1e-5

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_positions()
        self._check_numbers()
        self._check_rules()

    @cached_property
    def worked_out(self) -> dict[tuple[str, int], FloatArray]:
        """What others work out of the problem once and ask for often."""
        return {}

    @property
    def n_posts(self) -> int:
        """Number of posts."""
        return int(self.travel_min.shape[0])

    @property
    def n_hexes(self) -> int:
        """Number of hexes."""
        return int(self.travel_min.shape[1])

    @property
    def n_periods(self) -> int:
        """Number of periods of the shift."""
        return int(self.classes[0].arrivals.shape[0])

    @property
    def unit_beat(self) -> IndexArray:
        """Beat that each unit is bound to, -1 for none: (n_units,)."""
        bound = [self.bordered or kind in self.home_bound for kind in self.supply.kind]
        return np.where(bound, self.station_beat[self.supply.station], -1)

    @property
    def present(self) -> BoolArray:
        """In which periods each unit can stand at a post: (n_units, n_periods)."""
        if self.supply.present is None:
            return np.ones((len(self.supply), self.n_periods), dtype=bool)
        return self.supply.present

    @property
    def unit_serves(self) -> BoolArray:
        """Whether the unit counts towards the class: (n_units, n_classes)."""
        return np.array(
            [
                [kind in c.kinds and set(c.skills) <= set(skills) for c in self.classes]
                for kind, skills in zip(
                    self.supply.kind, self.supply.skills, strict=True
                )
            ]
        )

    @property
    def unit_parts(self) -> IndexArray:
        """Officers that a unit brings to a call of the class, of those it needs.

        Returns
        -------
        parts : (n_units, n_classes)
            0 where it does not count. ``ServiceClass.officers`` parts are one
            answer to a call.
        """
        need = np.array([c.officers for c in self.classes])
        brought = np.minimum(self.supply.officers[:, None], need)
        return np.where(self.unit_serves, brought, 0).astype(np.int64)

    @property
    def unit_speed(self) -> FloatArray:
        """Speed of a unit to a call of the class over routine: (n_units, n_classes)."""
        fast = np.array([c.speed_factor for c in self.classes], dtype=np.float64)
        return np.where(self.supply.blue_light[:, None], fast, np.minimum(fast, 1.0))

    @property
    def allowed(self) -> BoolArray:
        """Where each unit may stand by: (n_units, n_posts).

        Within reach of its station; not where its kind is excluded; in its home
        beat, or at its station, if it is bound there; where it is locked.
        """
        station, beat = self.supply.station, self.station_beat[self.supply.station]
        able = np.isfinite(self.station_min)[station]
        at_home = self.station_post[station][:, None] == np.arange(self.n_posts)
        for u, kind in enumerate(self.supply.kind):
            if kind in self.home_bound:
                able[u] &= (self.hex_beat[self.post_hex] == beat[u]) | at_home[u]
            able[u, self.excluded.get(kind, [])] = False
        for u, post in self.locked.items():
            able[u] &= np.arange(self.n_posts) == post
        return able

    def _check_shapes(self) -> None:
        if not self.classes:
            raise DataError("the problem has no class of service; give at least one")
        n_stations = len(self.station_post)
        expected = {
            "post_hex": (self.n_posts,),
            "catchment": (self.n_hexes,),
            "hex_beat": (self.n_hexes,),
            "hex_district": (self.n_hexes,),
            "station_min": (n_stations, self.n_posts),
            "station_beat": (n_stations,),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise DataError(
                    f"{name} has shape {getattr(self, name).shape}, needs {shape}"
                )
        for c in self.classes:
            if c.arrivals.shape != (self.n_periods, self.n_hexes) or (
                c.limit_min.shape != (self.n_hexes,)
            ):
                raise DataError(
                    f"class {c.name!r} has arrivals of shape {c.arrivals.shape} and "
                    f"limit_min of shape {c.limit_min.shape}; the problem has "
                    f"{self.n_periods} periods and {self.n_hexes} hexes"
                )

    def _check_positions(self) -> None:
        limits = (
            ("post_hex", self.post_hex, 0, self.n_hexes),
            ("catchment", self.catchment, -1, self.n_posts),
            ("hex_district", self.hex_district, 0, len(self.district_names)),
            ("station_post", self.station_post, 0, self.n_posts),
            ("supply.station", self.supply.station, 0, len(self.station_post)),
            ("locked units", list(self.locked), 0, len(self.supply)),
            ("locked posts", list(self.locked.values()), 0, self.n_posts),
            *(
                (f"posts excluded for {kind}", posts, 0, self.n_posts)
                for kind, posts in self.excluded.items()
            ),
            ("current", [] if self.current is None else self.current, 0, self.n_posts),
        )
        for name, positions, least, stop in limits:
            values = np.asarray(positions, dtype=np.int64)
            bad = values[(values < least) | (values >= stop)]
            if bad.size:
                raise DataError(
                    f"{name} must be from {least} to {stop - 1}, found {bad[0]} "
                    f"({bad.size} in all)"
                )

    def _check_rules(self) -> None:
        self._check_shapes_of_rules()
        if self.most_moves is not None and (
            self.current is None or self.most_moves < 0
        ):
            raise DataError(
                "most_moves must be 0 or more and needs current, where the units stand"
            )
        nowhere = np.flatnonzero(~self.allowed.any(axis=1))
        if nowhere.size:
            u = int(nowhere[0])
            why = f"it is locked at post {self.locked[u]}, " if u in self.locked else ""
            raise DataError(
                f"unit {u} may stand by nowhere: {why}but its reach, its beat and the "
                f"excluded posts leave it none there; unlock it or allow the post"
            )
        self._check_served()
        for name, known in (("objective", OBJECTIVES), ("curve", CURVES)):
            if getattr(self, name) not in known:
                raise DataError(
                    f"{name} is {getattr(self, name)!r}; there are {', '.join(known)}"
                )

    def _check_served(self) -> None:
        for c, serves in zip(self.classes, self.unit_serves.T, strict=True):
            if serves.any() or not c.arrivals.any():
                continue
            if set(c.kinds) & set(self.supply.kind):
                raise DataError(
                    f"class {c.name!r} needs the skills {', '.join(c.skills)}, which "
                    f"no unit of kind {' or '.join(c.kinds)} has; give them to a unit, "
                    f"or leave the class out"
                )
            raise DataError(
                f"class {c.name!r} is served by {' or '.join(c.kinds)} only, and no "
                f"unit is of that kind; add one, or leave the class out"
            )

    def _check_shapes_of_rules(self) -> None:
        n_units, n_posts, n_hexes = len(self.supply), self.n_posts, self.n_hexes
        found: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []
        for q in self.quotas:
            found.append((f"units of {q.name}", q.units.shape, (n_units,)))
            found.append((f"posts of {q.name}", q.posts.shape, (n_posts,)))
        found += [(f"hexes of {c.name}", c.hexes.shape, (n_hexes,)) for c in self.caps]
        if self.longest is not None:
            limit = self.longest.limit_min.shape
            found.append(("limit_min of the longest travel", limit, (n_hexes,)))
        if self.supply.present is not None:
            present = self.supply.present.shape
            found.append(("present of the supply", present, (n_units, self.n_periods)))
        if self.current is not None:
            found.append(("current", self.current.shape, (n_units,)))
        for name, shape, wanted in found:
            if shape != wanted:
                raise DataError(f"{name} has shape {shape}, needs {wanted}")

    def _check_numbers(self) -> None:
        schemas.require_measure(self.travel_min.data, "travel_min")
        if np.isnan(self.station_min).any() or (self.station_min < 0).any():
            raise DataError("station_min is nan or negative; use inf for out of reach")
        at_home = self.station_min[np.arange(len(self.station_post)), self.station_post]
        if not np.isfinite(at_home).all():
            raise DataError(
                f"station {int(np.flatnonzero(~np.isfinite(at_home))[0])} does not "
                f"reach its own post in station_min; give it a finite time"
            )
        factors = self.load_factor, self.queue_load_factor
        if not (min(factors) > 0 and 0 <= self.kappa <= 1 and self.deadhead >= 0):
            raise DataError(
                f"need load_factor and queue_load_factor > 0, 0 <= kappa <= 1 and "
                f"deadhead >= 0; got {self.load_factor}, {self.queue_load_factor}, "
                f"{self.kappa} and {self.deadhead}"
            )
        if not (self.busy is None or 0 <= self.busy < 1) or not 0 <= self.second <= 0.5:
            raise DataError(
                f"need 0 <= busy < 1 and 0 <= second <= 0.5; got {self.busy} and "
                f"{self.second}"
            )
