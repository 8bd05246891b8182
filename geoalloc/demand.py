"""Demand: expected incidents and workload per hex, hour of the shift and grade.

How many (level), where (surface) and when (rhythm) are estimated apart and
multiplied:

- level: incidents a week, older ones discounted by a half-life, scaled up for the
  incidents of that category that have no coordinates;
- surface: recency-weighted kernel density, mixed with a uniform floor;
- rhythm: the share of a week's incidents in each of its 168 hours, from the
  incidents where their times are known, else from the scenario.

Recorded incidents are never all of demand: layers stand for the rest, and every
hour of work is counted as *observed*, *scaled* or *assumed*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from geoalloc import hotspots
from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.schemas import DEMAND, GRADES, check

__all__ = [
    "BASES",
    "STREAMS",
    "Demand",
    "History",
    "Layer",
    "Model",
    "Response",
    "expect",
    "hours_of_week",
    "instants",
    "observed_rhythm",
    "population_surface",
]

# Calls by grade; routine calls that a PCSO may also answer stand apart.
STREAMS = ("immediate", "priority", "routine", "routine-pcso")
BASES = ("observed", "scaled", "assumed")
HOURS_OF_WEEK = 168
_GRADE_OF_STREAM = (0, 1, 2, 2)
_INTERVAL = (0.05, 0.95)


@dataclass(frozen=True, kw_only=True)
class Response:
    """How incidents of one category become work for units.

    The shares stand in for the assessment of each call: they are assumptions.
    What is left of 1 is resolved without deployment.
    """

    immediate: float
    priority: float
    routine: float
    on_scene_min: float
    units: float
    rhythm: str
    harm: float = 0.0
    pcso: bool = False
    discovered: bool = False

    def streams(self) -> FloatArray:
        """Share of the incidents that goes to each of ``STREAMS``, (4,)."""
        routine = (0.0, self.routine) if self.pcso else (self.routine, 0.0)
        return np.array([self.immediate, self.priority, *routine])


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Demand that the incident file does not hold.

    ``surface`` is "population" or "recorded" (as all recorded incidents lie);
    ``error`` is the standard error assumed of the level, as a share of it.
    """

    name: str
    per_day: float
    surface: str
    error: float
    response: Response


@dataclass(frozen=True, kw_only=True)
class History:
    """Incidents that a forecast may learn from.

    Attributes
    ----------
    incidents
        Frame of ``schemas.INCIDENTS``.
    exposure
        Half-open spans of time, ``start`` and ``end`` in UTC, that the file covers:
        a month that was never published is not in it.
    located_share
        By category, the share of the incidents that have coordinates.
    as_of
        Nothing that began at or after this instant is learnt from.
    """

    incidents: gpd.GeoDataFrame
    exposure: pd.DataFrame
    located_share: Mapping[str, float]
    as_of: pd.Timestamp


@dataclass(frozen=True, kw_only=True)
class Model:
    """What the forecast assumes.

    Attributes
    ----------
    bandwidth_m, half_life_days
        Of the kernel density.
    floor_share
        Part of each surface that is spread evenly over the land.
    responses
        By category; the incidents of a category that is not named raise.
    layers
        Demand that the incident file does not hold.
    rhythms : each (168,)
        Share of a week's incidents in each hour from Monday 00:00, local time.
    """

    bandwidth_m: float
    half_life_days: float
    floor_share: float
    responses: Mapping[str, Response]
    layers: Sequence[Layer]
    rhythms: Mapping[str, FloatArray]


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Expected incidents and work of a shift.

    Attributes
    ----------
    periods
        UTC starts of the hours of the shift.
    incidents, variance, harm : (n_streams, n_periods, n_hexes)
        Expected number, the variance of that expectation, and harm.
    workload_h : (n_bases, n_streams, n_periods, n_hexes)
        Unit-hours on scene, by basis.
    discovered_h : (n_periods,)
        Unit-hours taken by incidents that police discovered: lost capacity.
    """

    periods: pd.DatetimeIndex
    incidents: FloatArray
    variance: FloatArray
    harm: FloatArray
    workload_h: FloatArray
    discovered_h: FloatArray

    def workload_shares(self) -> dict[str, float]:
        """Share of all unit-hours on each basis."""
        hours = self.workload_h.sum(axis=(1, 2, 3))
        return dict(zip(BASES, (hours / hours.sum()).tolist(), strict=True))

    def on_scene_min(self, stream: int) -> float:
        """Mean unit-minutes on scene of an incident of a stream; 0 if there is none."""
        incidents = self.incidents[stream].sum()
        work = self.workload_h[:, stream].sum()
        return float(60.0 * work / incidents) if incidents > 0 else 0.0

    def frame(self, grid: HexGrid) -> pd.DataFrame:
        """Lay the demand out by hex, period and grade, as ``schemas.DEMAND``.

        ``low`` and ``high`` hold the middle 90 % of a gamma distribution of the
        *expected* number: they say how well the mean is known, not how much the
        count of one hour varies.
        """
        grades = _by_grade(self.incidents)
        low, high = _interval(grades, _by_grade(self.variance))
        work = np.stack([_by_grade(basis) for basis in self.workload_h])
        total = work.sum(axis=0)
        n_periods, n_hexes = grades.shape[1:]
        share = np.divide(work, total, out=np.zeros_like(work), where=total > 0)
        columns = {
            "hex_id": np.tile(grid.hex_id, len(GRADES) * n_periods),
            "period": np.tile(np.repeat(self.periods.as_unit("us"), n_hexes), 3),
            "grade": np.repeat(np.array(GRADES), n_periods * n_hexes),
            "incidents": grades.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "workload_h": total.ravel(),
            "harm": _by_grade(self.harm).ravel(),
        }
        columns |= {b: s.ravel() for b, s in zip(BASES, share, strict=True)}
        frame = pd.DataFrame(columns)
        frame["period"] = pd.DatetimeIndex(columns["period"])
        frame["grade"] = frame["grade"].astype("str")
        return check(frame, DEMAND)


def _by_grade(values: FloatArray) -> FloatArray:
    grades = np.zeros((len(GRADES), *values.shape[1:]))
    np.add.at(grades, list(_GRADE_OF_STREAM), values)
    return grades


def _interval(mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    shape = np.divide(mean**2, variance, out=np.ones_like(mean), where=variance > 0)
    scale = np.divide(mean, shape, out=np.zeros_like(mean), where=shape > 0)
    bounds = [gammaincinv(np.maximum(shape, 1e-9), at) * scale for at in _INTERVAL]
    return bounds[0], bounds[1]


def expect(
    grid: HexGrid,
    history: History,
    periods: pd.DatetimeIndex,
    model: Model,
    *,
    population: FloatArray,
) -> Demand:
    """Forecast the demand of each hex in each hour.

    Parameters
    ----------
    periods
        UTC starts of hours; their hour of the week is that of ``periods.tz``.
    population : (n_hexes,)
        Surface of the layers that follow the population, summing to 1.

    Raises
    ------
    DataError
        If no incident began before ``as_of``, or a category has no response.
    """
    times = instants(history.incidents)
    known = (times < history.as_of).to_numpy()
    past, times = history.incidents[known], times[known]
    if past.empty:
        raise DataError(
            f"no incident began before as_of {history.as_of:%Y-%m-%d}: "
            "set as_of to the end of the incident data"
        )
    missing = sorted(set(past["category"]) - set(model.responses))
    if missing:
        raise DataError(
            f"no response is given for the categories {missing}: "
            "add a [demand.categories.<name>] table for each"
        )
    total = _Total.zeros(periods, len(grid))
    hours = hours_of_week(periods)
    weight = _recency(times, history.as_of, model.half_life_days)
    weeks = _weeks(history, model.half_life_days)
    points = past.geometry.to_crs(grid.crs)
    x_m, y_m = points.x.to_numpy(), points.y.to_numpy()
    recorded = np.zeros(len(grid))

    for name, rows in sorted(past.groupby("category").indices.items()):
        response = model.responses[name]
        counted = weight[rows]
        past_density = hotspots.density(
            grid,
            hotspots.collapse(x_m[rows], y_m[rows]),
            counted,
            bandwidth_m=model.bandwidth_m,
        )
        where = _with_floor(past_density.expected, grid, model.floor_share)
        located = history.located_share.get(name, 1.0)
        rate = counted.sum() / weeks / located * model.rhythms[response.rhythm][hours]
        if response.discovered:
            total.lose(rate, response)
            continue
        recorded += counted.sum() / located * where
        total.add(
            rate,
            where,
            response,
            error=1.0 / (past_density.effective + 1.0),
            basis=np.array([located, 1.0 - located, 0.0]),
        )
    for layer in model.layers:
        surface = population if layer.surface == "population" else recorded
        total.add(
            7.0 * layer.per_day * model.rhythms[layer.response.rhythm][hours],
            _with_floor(surface, grid, model.floor_share),
            layer.response,
            error=np.full(len(grid), layer.error**2),
            basis=np.array([0.0, 0.0, 1.0]),
        )
    return total.demand()


@dataclass
class _Total:
    """The running sum over categories and layers."""

    periods: pd.DatetimeIndex
    incidents: FloatArray
    variance: FloatArray
    harm: FloatArray
    workload_h: FloatArray
    discovered_h: FloatArray

    @classmethod
    def zeros(cls, periods: pd.DatetimeIndex, n_hexes: int) -> "_Total":
        shape = (len(STREAMS), len(periods), n_hexes)
        return cls(
            periods.tz_convert("UTC"),
            np.zeros(shape),
            np.zeros(shape),
            np.zeros(shape),
            np.zeros((len(BASES), *shape)),
            np.zeros(len(periods)),
        )

    def add(
        self,
        rate: FloatArray,
        where: FloatArray,
        response: Response,
        *,
        error: FloatArray,
        basis: FloatArray,
    ) -> None:
        """Add ``rate`` (n_periods,) incidents spread as ``where`` (n_hexes,)."""
        shares = response.streams()
        for stream in np.flatnonzero(shares):
            expected = shares[stream] * rate[:, None] * where
            self.incidents[stream] += expected
            self.variance[stream] += expected**2 * error
            self.harm[stream] += expected * response.harm
            work = expected * (response.units * response.on_scene_min / 60.0)
            for k in np.flatnonzero(basis):
                self.workload_h[k, stream] += basis[k] * work

    def lose(self, rate: FloatArray, response: Response) -> None:
        """Count incidents that police discovered as hours lost."""
        deployed = response.streams().sum()
        self.discovered_h += (
            deployed * rate * response.units * response.on_scene_min / 60.0
        )

    def demand(self) -> Demand:
        return Demand(
            periods=self.periods,
            incidents=self.incidents,
            variance=self.variance,
            harm=self.harm,
            workload_h=self.workload_h,
            discovered_h=self.discovered_h,
        )


def instants(incidents: pd.DataFrame) -> pd.Series:
    """When each incident stands for demand: its report, else the middle of its window.

    Response demand follows the call; where only a window or a month is known,
    its middle stands in.
    """
    span = incidents["ended_at"] - incidents["started_at"]
    middle = (incidents["started_at"] + span / 2).fillna(incidents["started_at"])
    return incidents["reported_at"].fillna(middle.dt.as_unit("us"))


def hours_of_week(times: pd.DatetimeIndex) -> IndexArray:
    """Hour of the week of local times, 0 at Monday 00:00."""
    return np.asarray(times.day_of_week * 24 + times.hour, dtype=np.int64)


def _recency(
    times: pd.Series, as_of: pd.Timestamp, half_life_days: float
) -> FloatArray:
    age = (as_of - times) / pd.Timedelta(days=1)
    return np.asarray(np.exp2(-age.to_numpy() / half_life_days), dtype=np.float64)


def _weeks(history: History, half_life_days: float) -> float:
    """Weeks that the file covers, discounted as the incidents are."""
    end = history.exposure["end"].clip(upper=history.as_of)
    start = history.exposure["start"].clip(upper=history.as_of)
    per_day = np.log(2.0) / half_life_days
    younger = _recency(end, history.as_of, half_life_days)
    older = _recency(start, history.as_of, half_life_days)
    return float((younger - older).sum() / per_day / 7.0)


def _with_floor(surface: FloatArray, grid: HexGrid, floor_share: float) -> FloatArray:
    land = grid.area_km2 * grid.land_share
    even = land / land.sum()
    if surface.sum() <= 0:
        return even
    return (1.0 - floor_share) * surface / surface.sum() + floor_share * even


def observed_rhythm(times: pd.Series, *, prior: FloatArray, trust: float) -> FloatArray:
    """Estimate the share of a week's incidents in each hour, (168,).

    Counts are smoothed by a triangular kernel of three hours either side that
    goes round the week, then shrunk towards ``prior``.

    Parameters
    ----------
    times
        Local times, without a missing one.
    prior : (168,)
        Shares to shrink to.
    trust
        Number of incidents that the prior is worth.
    """
    count = np.bincount(
        hours_of_week(pd.DatetimeIndex(times)), minlength=HOURS_OF_WEEK
    ).astype(np.float64)
    lags = np.arange(-2, 3)
    kernel = (3.0 - np.abs(lags)) / 9.0
    smooth = sum(k * np.roll(count, lag) for k, lag in zip(kernel, lags, strict=True))
    return np.asarray((smooth + trust * prior) / (count.sum() + trust))


def population_surface(
    grid: HexGrid, places: gpd.GeoDataFrame, *, least_km: float = 1.0
) -> FloatArray:
    """Spread the population of places over hexes by quartic kernels, (n_hexes,).

    Parameters
    ----------
    places
        ``population``, ``spread_km`` (radius of the built-up area) and points.

    Returns
    -------
    share
        Of the population, summing to 1; even over the land if no place has any.
    """
    people = places[places["population"] > 0].to_crs(grid.crs)
    surface = np.zeros(len(grid))
    land = grid.area_km2 * grid.land_share
    for place in people.itertuples():
        squared = (grid.x_m - place.geometry.x) ** 2
        squared += (grid.y_m - place.geometry.y) ** 2
        radius = 1000.0 * max(place.spread_km, least_km)
        kernel = land * np.maximum(1.0 - squared / radius**2, 0.0) ** 2
        if kernel.sum() > 0:
            surface += place.population * kernel / kernel.sum()
    total = surface.sum()
    return surface / total if total > 0 else land / land.sum()
