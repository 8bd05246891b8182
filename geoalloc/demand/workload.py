"""Forecast demand: level, surface and rhythm, multiplied, then what levers change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray
from geoalloc.demand import flow
from geoalloc.demand.expected import BASES, Demand, Expected, Need, Special, by_grade
from geoalloc.demand.flow import Answered
from geoalloc.demand.forecasting import Forecaster
from geoalloc.demand.history import History
from geoalloc.demand.levers import Diverting, Event, Growth, Lever, divert, ordered
from geoalloc.demand.model import STREAMS, Model
from geoalloc.demand.parts import parts
from geoalloc.demand.remarks import remarks
from geoalloc.demand.shift import Span, span
from geoalloc.demand.sources import Forecasts, Source, forecast, of_layer
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.schemas import GRADES

NON_RECENT_DAYS = 28.0

_HOUR = pd.Timedelta(hours=1)


def expect(
    history: History,
    as_of: pd.Timestamp,
    periods: pd.DatetimeIndex,
    model: Model,
    *,
    surfaces: Mapping[str, FloatArray],
    forecaster: Forecaster,
) -> Expected:
    """Forecast the demand of each hex in each hour, and apply the levers.

    Parameters
    ----------
    history
        Incidents at the time of their report where it is known. What police
        discovered is not forecast; the hours that it takes are counted as lost.
    as_of
        Nothing known after this instant is used.
    periods
        Starts of the hours of the shift.
    surfaces : each (n_hexes,)
        Of layers, by the name of the layer or of its kind of surface ("population",
        "roads", "file").

    Raises
    ------
    DataError
        If nothing was known at ``as_of``, a category has no response, a layer no
        surface, or a lever names what is neither category nor layer.
    """
    at = span(history, as_of, periods)
    names = [*model.responses, *(layer.name for layer in model.layers)]
    levers = ordered(model.levers, names)
    past = forecast(history, at, model, forecaster)
    layers = [
        of_layer(layer, at, model, past, surfaces, history) for layer in model.layers
    ]
    total = _Total.zeros(at, history.grid, model.crew)
    answered = [total.answer(source, levers) for source in (*past.sources, *layers)]
    demand = total.demand(past)
    return Expected(
        demand=demand,
        flow=flow.flow(
            answered,
            demand,
            crew=model.crew,
            all_variance=total.all_variance(past.common_error),
            common_error=past.common_error,
        ),
        sources=flow.sources(answered, model.crew),
        sensitivity=flow.sensitivity(answered, model.crew),
        skills=flow.skills(answered, model.crew),
        parts=parts(answered, model.crew),
        forecasts=past.forecasts,
        rhythms=past.rhythms,
        notes=(*past.notes, *remarks(model, past)),
    )


def recent(incidents: pd.DataFrame, *, most_days: float = NON_RECENT_DAYS) -> BoolArray:
    """Tell which incidents were reported soon after they began, (n_incidents,).

    An offence that began long before it was reported needs an investigation, and no
    unit on the night of the report. Where either time is unknown, an incident counts
    as recent.

    Parameters
    ----------
    incidents
        Frame of ``schemas.INCIDENTS``.
    most_days
        From the earliest that it can have ended to the report.
    """
    if not most_days >= 0:
        raise DataError(f"most_days must be at least 0, got {most_days}")
    happened = incidents["ended_at"].fillna(incidents["started_at"])
    lag = incidents["reported_at"] - happened
    return ~(lag > pd.Timedelta(days=most_days)).to_numpy(dtype=np.bool_)


@dataclass
class _Total:
    """The running sum over categories and layers."""

    at: Span
    grid: HexGrid
    crew: float
    incidents: FloatArray
    variance: FloatArray
    harm: FloatArray
    rated: FloatArray
    workload_h: FloatArray
    square_min: FloatArray
    total_variance: FloatArray
    recorded: FloatArray  # of recorded categories, by grade
    n_variance: float = 0.0
    weighted: FloatArray | None = None
    # Of a share that is not known exactly, and is the same for all sources.
    slopes: dict[Diverting, FloatArray] = field(default_factory=dict)
    events: dict[Event, FloatArray] = field(default_factory=dict)
    special: dict[Need, Special] = field(default_factory=dict)

    @classmethod
    def zeros(cls, at: Span, grid: HexGrid, crew: float) -> "_Total":
        shape = (len(STREAMS), len(at.hours), len(grid))
        return cls(
            at=at,
            grid=grid,
            crew=crew,
            incidents=np.zeros(shape),
            variance=np.zeros(shape),
            harm=np.zeros(shape),
            rated=np.zeros(shape),
            workload_h=np.zeros((len(BASES), *shape)),
            square_min=np.zeros(len(STREAMS)),
            total_variance=np.zeros(len(GRADES)),
            recorded=np.zeros(len(GRADES)),
        )

    def answer(self, source: Source, levers: Sequence[Lever]) -> Answered:
        """Apply the levers to a source, and add what is left of it."""
        grown = {
            lever: lever.factor
            for lever in levers
            if isinstance(lever, Growth) and source.name in lever.categories
        }
        rate = source.rate * np.prod(list(grown.values()))
        plain = rate[:, None] * source.where
        added = {
            lever: self._where(lever) * plain
            for lever in levers
            if isinstance(lever, Event)
            and (not lever.categories or source.name in lever.categories)
        }
        answered = Answered(
            source=source,
            grown=grown,
            extra={event: float(calls.sum()) for event, calls in added.items()},
            away=divert(levers, source.name),
        )
        extra = np.sum(list(added.values()), axis=0) if added else None
        calls = plain if extra is None else plain + extra
        self._add(answered, plain, extra)
        self._add_special(answered, calls)
        self._add_totals(answered)
        return answered

    def _where(self, event: Event) -> FloatArray:
        """Give the share by which an event adds to each hour and hex."""
        if event not in self.events:
            hours = _overlap(event, self.at.hours)
            self.events[event] = event.uplift * hours[:, None] * _near(event, self.grid)
        return self.events[event]

    def _add(
        self, answered: Answered, plain: FloatArray, extra: FloatArray | None
    ) -> None:
        source = answered.source
        response = source.response
        error = (1.0 + source.total_error) * (1.0 + source.place_error) - 1.0
        calls = plain if extra is None else plain + extra
        if response.vulnerability != 1.0 and self.weighted is None:
            self.weighted = self.incidents.copy()
        work = response.unit_hours(self.crew) * answered.basis
        shares = response.streams()
        for stream in np.flatnonzero(shares).tolist():
            left = shares[stream] * (answered.kept if stream else 1.0)
            expected = left * calls
            self.incidents[stream] += expected
            self.variance[stream] += error * expected**2
            if response.harm > 0:
                harm = response.harm * response.vulnerability
                self.harm[stream] += harm * expected
                self.rated[stream] += expected
            if self.weighted is not None:
                self.weighted[stream] += response.vulnerability * expected
            for k in np.flatnonzero(work):
                self.workload_h[k, stream] += left * work[k] * plain
            if extra is not None:
                self.workload_h[-1, stream] += left * work.sum() * extra
            if stream:
                self._doubt(answered, stream, shares[stream] * calls)

    def _add_special(self, answered: Answered, calls: FloatArray) -> None:
        """Count by itself what needs skills, or more officers than any one."""
        response = answered.source.response
        need = Need(response.skills, response.crew_needed())
        if need == Need((), 1):
            return
        if need not in self.special:
            zeros = np.zeros_like(self.incidents)
            self.special[need] = Special(incidents=zeros, workload_h=zeros.copy())
        hours = response.unit_hours(self.crew)
        for stream, share in enumerate(response.streams().tolist()):
            expected = share * (answered.kept if stream else 1.0) * calls
            self.special[need].incidents[stream] += expected
            self.special[need].workload_h[stream] += hours * expected

    def _doubt(self, answered: Answered, stream: int, calls: FloatArray) -> None:
        """Count what shares that are not known exactly do to the calls in reach."""
        for away in answered.away:
            if away.variance > 0:
                self._slope(away.lever)[stream] += away.per_unit * calls

    def _slope(self, lever: Diverting) -> FloatArray:
        if lever not in self.slopes:
            self.slopes[lever] = np.zeros_like(self.incidents)
        return self.slopes[lever]

    def _add_totals(self, answered: Answered) -> None:
        response = answered.source.response
        sent = answered.sent()
        error = answered.source.total_error
        self.total_variance += error * sent**2
        if answered.source.layer is None:
            self.recorded += sent
        self.n_variance += error * sent.sum() ** 2
        unit_min = response.units_per_call(self.crew)
        square = unit_min**2 * (response.on_scene_min**2 + response.spread_min() ** 2)
        routine = (0.0, sent[2]) if response.pcso else (sent[2], 0.0)
        self.square_min += square * np.array([sent[0], sent[1], *routine])

    def all_variance(self, common_error: float) -> float:
        """Variance of the number of all calls that are deployed to."""
        doubt = (
            float(slope.sum()) ** 2 * lever.avoided_share[1]
            for lever, slope in self.slopes.items()
        )
        shared = common_error * float(self.recorded.sum()) ** 2
        return self.n_variance + shared + sum(doubt)

    def demand(self, past: Forecasts) -> Demand:
        for lever, slope in self.slopes.items():
            variance = lever.avoided_share[1]
            self.variance += variance * slope**2
            by_stream = slope.sum(axis=(1, 2))
            self.total_variance += variance * by_grade(by_stream) ** 2
        calls = self.incidents.sum(axis=(1, 2))
        # What makes one shift unlike another moves all calls together.
        self.total_variance += (past.shift_error * by_grade(calls)) ** 2
        self.total_variance += past.common_error * self.recorded**2
        mean_square = np.divide(
            self.square_min, calls, out=np.zeros(len(STREAMS)), where=calls > 0
        )
        return Demand(
            periods=self.at.hours.tz_convert("UTC"),
            incidents=self.incidents,
            variance=self.variance,
            harm=self.harm,
            rated=self.rated,
            weighted=self.incidents if self.weighted is None else self.weighted,
            workload_h=self.workload_h,
            discovered_h=past.discovered_h,
            total_variance=self.total_variance,
            square_min=mean_square,
            special=self.special,
        )


def _overlap(event: Event, hours: pd.DatetimeIndex) -> FloatArray:
    """Share of each hour that an event lasts, (n_hours,)."""
    begins = np.maximum((event.starts_at - hours) / _HOUR, 0.0)
    ends = np.minimum((event.ends_at - hours) / _HOUR, 1.0)
    return np.maximum(np.asarray(ends - begins, dtype=np.float64), 0.0)


def _near(event: Event, grid: HexGrid) -> BoolArray:
    """Tell which hexes an event is in, (n_hexes,)."""
    point = gpd.GeoSeries.from_xy([event.longitude], [event.latitude], crs="EPSG:4326")
    if grid.locate(point.y.to_numpy(), point.x.to_numpy())[0] < 0:
        raise DataError(
            f"the event {event.name!r} at latitude {event.latitude}, longitude "
            f"{event.longitude} lies outside of the area"
        )
    middle = point.to_crs(grid.crs)
    apart = np.hypot(grid.x_m - middle.x.iloc[0], grid.y_m - middle.y.iloc[0])
    near: BoolArray = apart <= event.radius_m
    if not near.any():
        near[np.argmin(apart)] = True
    return near
