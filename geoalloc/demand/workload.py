"""Forecast demand: level, surface and rhythm, multiplied."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc import hotspots
from geoalloc._types import FloatArray
from geoalloc.demand.expected import BASES, Demand
from geoalloc.demand.model import STREAMS, Model, Recorded, Response
from geoalloc.demand.rhythm import hours_of_week, instants
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid


def expect(
    grid: HexGrid,
    history: Recorded,
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

    reported = past["reported"].to_numpy()
    for name, every in sorted(past.groupby("category").indices.items()):
        response = model.responses[name]
        located = history.located_share.get(name, 1.0)
        rhythm = model.rhythms[response.rhythm][hours]
        found = every if response.discovered else every[~reported[every]]
        total.lose(weight[found].sum() / weeks / located * rhythm, response)
        rows = np.setdiff1d(every, found)
        if rows.size == 0:
            continue
        counted = weight[rows]
        past_density = hotspots.density(
            grid,
            hotspots.collapse(x_m[rows], y_m[rows]),
            counted,
            bandwidth_m=model.bandwidth_m,
        )
        where = _with_floor(past_density.expected, grid, model.floor_share)
        recorded += counted.sum() / located * where
        total.add(
            counted.sum() / weeks / located * rhythm,
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


def _recency(
    times: pd.Series, as_of: pd.Timestamp, half_life_days: float
) -> FloatArray:
    age = (as_of - times) / pd.Timedelta(days=1)
    return hotspots.recency(age.to_numpy(np.float64), half_life_days)


def _weeks(history: Recorded, half_life_days: float) -> float:
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
