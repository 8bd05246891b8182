"""What there is to allocate: classes of service, travel, units and rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

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
    on_scene_min, on_scene_cv
        Mean and coefficient of variation of the time on scene (simulation only).
    call_handling_min
        From the call to the dispatch: part of the response, not of ``limit_min``.
    grade
        What its calls are counted under; its name if empty.
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
    grade: str = ""

    def __post_init__(self) -> None:
        for name in ("arrivals", "load", "limit_min"):
            schemas.require_measure(getattr(self, name), f"{name} of {self.name!r}")
        if self.arrivals.ndim != 2 or self.load.shape != self.arrivals.shape:
            raise DataError(
                f"class {self.name!r} has arrivals of shape {self.arrivals.shape} and "
                f"load of shape {self.load.shape}; both must be (n_periods, n_hexes)"
            )
        for name in ("speed_factor", "cap_min"):
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

    @property
    def reach_min(self) -> FloatArray:
        """Longest travel at *routine* speed that meets the standard: (n_hexes,)."""
        return np.minimum(self.limit_min, self.cap_min) * self.speed_factor


@dataclass(frozen=True, kw_only=True)
class Supply:
    """The units of the shift, in order: row i of the plan is unit i.

    Attributes
    ----------
    kind, station : (n_units,)
        Kind of each unit, and position of its home station.
    """

    kind: tuple[str, ...]
    station: IndexArray

    def __post_init__(self) -> None:
        if len(self.kind) != len(self.station):
            raise DataError(
                f"supply has {len(self.kind)} kinds and {len(self.station)} stations; "
                f"give one of each per unit"
            )
        if not self.kind:
            raise DataError("supply has no units; give at least one")

    def __len__(self) -> int:
        return len(self.kind)


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
        Kinds that answer only there in any case.
    district_names
        Name of each district, by position.
    minimum_cover
        Least number of units to post in a district, by position of the district.
        Units of the kinds of the first class count.
    load_factor, kappa
        The two constants of the availability curve: local load over mean load,
        and the share of Erlang C in the mix with Erlang B.
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
    minimum_cover: Mapping[int, int] = field(default_factory=dict)
    load_factor: float = 1.45
    kappa: float = 0.5
    deadhead: float = 1e-5

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_positions()
        self._check_numbers()

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
    def unit_serves(self) -> BoolArray:
        """Whether the unit counts towards the class: (n_units, n_classes)."""
        return np.array(
            [[kind in c.kinds for c in self.classes] for kind in self.supply.kind]
        )

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
            ("minimum_cover", list(self.minimum_cover), 0, len(self.district_names)),
        )
        for name, positions, least, stop in limits:
            values = np.asarray(positions, dtype=np.int64)
            bad = values[(values < least) | (values >= stop)]
            if bad.size:
                raise DataError(
                    f"{name} must be from {least} to {stop - 1}, found {bad[0]} "
                    f"({bad.size} in all)"
                )

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
        for district, least in self.minimum_cover.items():
            if least < 0:
                raise DataError(
                    f"minimum_cover of {self.district_names[district]!r} must be 0 or "
                    f"more, got {least}"
                )
        if not (self.load_factor > 0 and 0 <= self.kappa <= 1 and self.deadhead >= 0):
            raise DataError(
                f"need load_factor > 0, 0 <= kappa <= 1 and deadhead >= 0; got "
                f"{self.load_factor}, {self.kappa} and {self.deadhead}"
            )
