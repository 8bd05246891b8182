"""What a forecaster may learn from: incidents on a grid, and when each was known."""

import dataclasses
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc import hotspots
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid

Follows = Literal["report", "occurrence"]
_Made = TypeVar("_Made")
_DAY = pd.Timedelta(days=1)
_EPOCH = pd.Timestamp(0, tz="UTC")
_BRIEF_DAYS, _WEEK_DAYS = 0.25, 7.0
_SQUARE_M = 1_000.0


def day_of(instant: pd.Timestamp) -> float:
    """Give the days from 1970-01-01T00:00Z to an instant."""
    return float((instant - _EPOCH) / _DAY)


@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """Incidents inside a grid, in the order in which they became known.

    Times are days from 1970-01-01T00:00Z. An incident is known once its window has
    ended: one of which only the month is known is not known before the month is over.
    One at the very instant of an origin is not known there: it is of what comes.

    Attributes
    ----------
    grid
        Hexes that the incidents lie in.
    position : (n_incidents,)
        Position of its hex.
    x_m, y_m : (n_incidents,)
        Metres in the grid's CRS.
    started, ended : (n_incidents,)
        The window in which it occurred, or in which it was reported (see ``of``);
        equal where the instant is known. ``ended`` ascends, and ``started`` where
        it is the same.
    category : (n_incidents,)
        Position in ``categories``.
    categories
        Names, sorted.
    reported : (n_incidents,)
        By the public; False if police discovered it.
    covered : (n_spans, 2)
        Half-open spans that the source covers, ascending and apart: a month that was
        never published is in none.
    located_share
        By category, the share of its incidents that have coordinates; 1 if absent.
    time_zone
        Of local hours.
    whole
        The history that this one is a part of (see ``only``); None of a whole.
    rows : (n_incidents,)
        Positions in the whole; None of a whole.
    """

    grid: HexGrid
    position: IndexArray
    x_m: FloatArray
    y_m: FloatArray
    started: FloatArray
    ended: FloatArray
    category: IndexArray
    categories: tuple[str, ...]
    reported: BoolArray
    covered: FloatArray
    located_share: Mapping[str, float] = field(default_factory=dict)
    time_zone: str = "Europe/London"
    whole: "History | None" = None
    rows: IndexArray | None = None
    _made: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        incidents: gpd.GeoDataFrame,
        grid: HexGrid,
        *,
        covered: pd.DataFrame,
        located_share: Mapping[str, float] | None = None,
        time_zone: str = "Europe/London",
        follows: Follows = "report",
    ) -> "History":
        """Take the incidents of a frame that lie in the grid.

        Parameters
        ----------
        incidents
            Frame of ``schemas.INCIDENTS``.
        covered
            ``start`` and ``end`` in UTC of the half-open spans that it covers.
        follows
            "report" takes the time of the call where it is known, as response
            demand does; "occurrence" always takes the window of occurrence, as
            hotspots and patrol do.

        Raises
        ------
        DataError
            If no incident lies in the grid.
        """
        points = incidents.geometry.to_crs("EPSG:4326")
        position = grid.locate(points.y.to_numpy(), points.x.to_numpy())
        inside = np.flatnonzero(position >= 0)
        if inside.size == 0:
            raise DataError(
                "no incident lies in the area: check the boundary and the coordinates"
            )
        started, ended = _windows(incidents, follows)
        rows = inside[np.lexsort((inside, started[inside], ended[inside]))]
        categories, codes = np.unique(
            incidents["category"].to_numpy(dtype=object), return_inverse=True
        )
        metres = incidents.geometry.to_crs(grid.crs)
        spans = covered.sort_values("start")
        return cls(
            grid=grid,
            position=np.asarray(position[rows], dtype=np.int64),
            x_m=metres.x.to_numpy()[rows],
            y_m=metres.y.to_numpy()[rows],
            started=started[rows],
            ended=ended[rows],
            category=np.asarray(codes[rows], dtype=np.int64),
            categories=tuple(str(name) for name in categories),
            reported=incidents["reported"].to_numpy(dtype=np.bool_)[rows],
            covered=np.column_stack([_days(spans["start"]), _days(spans["end"])]),
            located_share=dict(located_share or {}),
            time_zone=time_zone,
        )

    def __len__(self) -> int:
        return self.position.size

    def __getstate__(self) -> dict[str, Any]:
        # What can be made again is not sent to another process.
        names = {each.name for each in dataclasses.fields(self)}
        kept = {name: value for name, value in vars(self).items() if name in names}
        return kept | {"_made": {}}

    @cached_property
    def day(self) -> FloatArray:
        """Day that each incident stands for: the middle of its window."""
        return (self.started + self.ended) / 2.0

    @cached_property
    def timed(self) -> bool:
        """Whether most windows are of six hours or less, so that hours are known."""
        return self._is_timed(len(self))

    def timed_at(self, origin: pd.Timestamp) -> bool:
        """Tell whether hours were known of most incidents known at an origin."""
        return self._is_timed(self.known(origin))

    def _is_timed(self, n_incidents: int) -> bool:
        return n_incidents > 0 and 2.0 * self._brief[n_incidents - 1] > n_incidents

    @cached_property
    def _brief(self) -> IndexArray:
        """Number of windows of six hours or less up to each, (n_incidents,)."""
        return np.cumsum(self.ended - self.started <= _BRIEF_DAYS)

    @cached_property
    def coarse(self) -> bool:
        """Whether most windows are longer than a week: only months are known."""
        return self._is_coarse(len(self))

    def coarse_at(self, origin: pd.Timestamp) -> bool:
        """Tell whether only months were known of most incidents known at an origin."""
        return self._is_coarse(self.known(origin))

    def _is_coarse(self, n_incidents: int) -> bool:
        return n_incidents > 0 and 2.0 * self._long[n_incidents - 1] > n_incidents

    @cached_property
    def _long(self) -> IndexArray:
        """Number of windows longer than a week up to each, (n_incidents,)."""
        return np.cumsum(self.ended - self.started > _WEEK_DAYS)

    @cached_property
    def last_instant(self) -> FloatArray:
        """The last instant of each incident's window, ascending, (n_incidents,).

        The end of a window is no longer of it; an instant is its own.
        """
        before = np.nextafter(self.ended, -np.inf)
        return np.where(self.ended > self.started, before, self.ended)

    @cached_property
    def places(self) -> hotspots.Places:
        """The spots that incidents stand on; where they were, not when.

        A part has those of its whole, so that both share their operators. They run
        by square kilometer: two of them keep their order whatever others there are,
        so that sums are the same to the last bit without the places to come.
        """
        if self.whole is None or self.rows is None:
            return _in_squares(hotspots.collapse(self.x_m, self.y_m))
        spots = self.whole.places
        return dataclasses.replace(spots, of=spots.of[self.rows])

    @cached_property
    def place_position(self) -> IndexArray:
        """Position of the hex of each place, (n_places,); -1 if no incident is there.

        Of a place on the border of two hexes, the hex of its first incident.
        """
        found = np.full(len(self.places), -1, dtype=np.int64)
        found[self.places.of[::-1]] = self.position[::-1]
        return found

    def operator(self, bandwidth_m: float) -> hotspots.Operator:
        """Give the quartic density of the places as a matrix, made once."""
        if self.whole is not None:
            return self.whole.operator(bandwidth_m)
        return self.made(
            ("operator", bandwidth_m),
            lambda: hotspots.Operator(self.grid, self.places, bandwidth_m=bandwidth_m),
        )

    def smoothed(self, bandwidth_m: float, mass: FloatArray) -> FloatArray:
        """Spread weights of places over the hexes around them.

        By one thread, and without the variances that ``Operator`` gives: forecasts
        ask so often for so little that threads would wait for each other.

        Parameters
        ----------
        mass : (n_weightings, n_places)

        Returns
        -------
        expected : (n_weightings, n_hexes)
            Sums to the mass.
        """
        per_km2 = self.operator(bandwidth_m).matrix @ mass.T
        return np.ascontiguousarray(per_km2.T) * self.grid.land_km2

    def made(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """Give what was made under a key, making it the first time."""
        if key not in self._made:
            self._made[key] = make()
        found: _Made = self._made[key]
        return found

    def lately(
        self, kind: Hashable, key: Hashable, make: Callable[[], _Made], *, keep: int
    ) -> _Made:
        """Give what was made under a key, of a kind of which only the last are kept.

        Origins that roll on ask again for what the last ones made, and never for what
        is long past: kept without bound, it would fill the memory.
        """
        made: dict[Hashable, _Made] = self.made(("lately", kind), dict)
        made[key] = made.pop(key) if key in made else make()
        while len(made) > keep:
            del made[next(iter(made))]
        return made[key]

    def only(self, categories: Iterable[str]) -> "History":
        """Keep the incidents of some categories, as a part of this whole.

        A forecaster may learn about a part from its whole.

        Raises
        ------
        DataError
            If none of the incidents has one of these categories.
        """
        wanted = sorted(set(categories))
        codes = [k for k, name in enumerate(self.categories) if name in wanted]
        chosen = np.isin(self.category, codes)
        if not chosen.any():
            raise DataError(
                f"no incident is of category {', '.join(map(repr, wanted))}; "
                f"there are {', '.join(self.categories)}"
            )
        rows = np.flatnonzero(chosen)
        return dataclasses.replace(
            self.where(chosen),
            whole=self if self.whole is None else self.whole,
            rows=rows if self.rows is None else self.rows[rows],
        )

    def where(self, chosen: BoolArray) -> "History":
        """Keep the chosen incidents, (n_incidents,), as a whole of their own.

        The incidents left out are forgotten: no forecaster can learn from them.
        """
        return History(
            grid=self.grid,
            position=self.position[chosen],
            x_m=self.x_m[chosen],
            y_m=self.y_m[chosen],
            started=self.started[chosen],
            ended=self.ended[chosen],
            category=self.category[chosen],
            categories=self.categories,
            reported=self.reported[chosen],
            covered=self.covered,
            located_share=self.located_share,
            time_zone=self.time_zone,
        )

    def known(self, origin: pd.Timestamp) -> int:
        """Count the incidents known at an origin: the first so many."""
        return int(np.searchsorted(self.last_instant, day_of(origin), side="left"))

    def covered_days(self, start: pd.Timestamp, end: pd.Timestamp) -> float:
        """Count the days of a half-open span that the source covers."""
        low, high = day_of(start), day_of(end)
        spans = np.clip(self.covered, low, max(high, low))
        return float((spans[:, 1] - spans[:, 0]).sum())

    def between(self, start: pd.Timestamp, end: pd.Timestamp) -> BoolArray:
        """Tell which incidents stand for a day of a half-open span."""
        return (self.day >= day_of(start)) & (self.day < day_of(end))

    def count(self, start: pd.Timestamp, end: pd.Timestamp) -> FloatArray:
        """Count the incidents of a half-open span by hex, (n_hexes,)."""
        at = self.position[self.between(start, end)]
        return np.bincount(at, minlength=len(self.grid)).astype(np.float64)

    def known_count(
        self, origin: pd.Timestamp, since: float | None = None
    ) -> FloatArray:
        """Count the incidents known at an origin by hex, (n_hexes,).

        Parameters
        ----------
        since
            Day from which incidents count; by default all do.
        """
        known = self.known(origin)
        at = self.position[:known]
        if since is not None:
            at = at[self.day[:known] >= since]
        return np.bincount(at, minlength=len(self.grid)).astype(np.float64)

    def known_mass(
        self, origin: pd.Timestamp, half_lives: Iterable[float]
    ) -> FloatArray:
        """Weigh the incidents known at an origin by age, and sum them by place.

        Parameters
        ----------
        half_lives
            Days in which the weight of an incident halves; inf to count all alike.

        Returns
        -------
        mass : (n_half_lives, n_places)
        """
        known = self.known(origin)
        age, of = day_of(origin) - self.day[:known], self.places.of[:known]
        sums = [
            np.bincount(of, np.exp2(-age / days), minlength=len(self.places))
            for days in half_lives
        ]
        return np.array(sums, dtype=np.float64)


def _in_squares(places: hotspots.Places) -> hotspots.Places:
    x, y = places.x_m, places.y_m
    order = np.lexsort((x, y, x // _SQUARE_M, y // _SQUARE_M))
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    return hotspots.Places(x_m=x[order], y_m=y[order], of=rank[places.of])


def _windows(
    incidents: pd.DataFrame, follows: Follows
) -> tuple[FloatArray, FloatArray]:
    started, ended = incidents["started_at"], incidents["ended_at"]
    ended = ended.fillna(started)
    if follows == "report":
        reported = incidents["reported_at"]
        started, ended = reported.fillna(started), reported.fillna(ended)
    return _days(started), _days(ended)


def _days(times: pd.Series) -> FloatArray:
    return ((times - _EPOCH) / _DAY).to_numpy(dtype=np.float64)
