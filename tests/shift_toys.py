"""A small history, assumptions and forecaster for tests of the demand of a shift."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc import demand

FLAT = np.full(168, 1 / 168)
EVENING = np.zeros(168)
EVENING[[20, 44, 68, 92, 116, 140, 164]] = 1 / 7  # 20:00 every day
AS_OF = pd.Timestamp("2026-03-12", tz="UTC")
HOURS = pd.date_range("2026-03-13 18:00", periods=8, freq="h", tz="UTC")
SHARES = (0.2, 0.3, 0.1)


def response(**changes):
    values = {
        "immediate": SHARES[0],
        "priority": SHARES[1],
        "routine": SHARES[2],
        "on_scene_min": 60.0,
        "units": 1.5,
        "rhythm": "flat",
        "harm": 10.0,
    }
    return demand.Response(**(values | changes))


def incidents(grid, n, category="burglary", seed=0, *, timed=False):
    """Draw incidents of ten weeks; unless timed, all that is known is a window."""
    rng = np.random.default_rng(seed)
    at = rng.choice(np.flatnonzero(grid.land_share == 1), n)
    start = pd.Timestamp("2026-01-01", tz="UTC")
    when = start + pd.to_timedelta(np.sort(rng.uniform(0, 70 * 86_400, n)), unit="s")
    when = pd.Series(when).dt.as_unit("us")
    unknown = pd.Series(pd.NaT, index=when.index, dtype=when.dtype)
    return gpd.GeoDataFrame(
        {
            "reported_at": when if timed else unknown,
            "started_at": when if timed else when - pd.Timedelta(days=9),
            "ended_at": when,
            "category": np.repeat(category, n),
            "reported": np.repeat(True, n),
        },
        geometry=gpd.points_from_xy(grid.longitude[at], grid.latitude[at]),
        crs="EPSG:4326",
    )


def history(grid, frame, located=None, spans=(("2026-01-01", "2026-03-12"),)):
    covered = pd.DataFrame(spans, columns=["start", "end"])
    for column in covered:
        covered[column] = pd.to_datetime(covered[column], utc=True).dt.as_unit("us")
    return demand.History.of(
        frame, grid, covered=covered, located_share=located, time_zone="UTC"
    )


def model(**changes):
    values = {
        "responses": {"burglary": response()},
        "rhythms": {"flat": FLAT, "evening": EVENING},
        "shift_error": 0.0,
    }
    return demand.Model(**(values | changes))


def layer(**changes):
    values = {
        "name": "welfare",
        "per_day": 240.0,
        "surface": "population",
        "error": 0.2,
        "response": response(),
    }
    return demand.Layer(**(values | changes))


@dataclass(frozen=True)
class Known:
    """Foretells what it was told: incidents a day, alike everywhere."""

    per_day: float = 24.0
    level_size: float = np.inf
    place_size: float = np.inf
    name: str = "known"

    def forecast(self, past, origin, horizon):
        land = past.grid.land_km2
        why = demand.Explanation.of("It was told.", {})
        days = horizon / pd.Timedelta(days=1)
        level = demand.Level(
            mean=self.per_day * days, size=self.level_size, explanation=why
        )
        surface = demand.Surface(share=land / land.sum(), explanation=why)
        return demand.Forecast(
            name=self.name,
            origin=origin,
            end=origin + horizon,
            level=level,
            surface=surface,
            size=self.place_size,
        )


def expect(past, assumed, *, hours=HOURS, as_of=AS_OF, forecaster=None, **surfaces):
    even = np.full(len(past.grid), 1 / len(past.grid))
    return demand.expect(
        past,
        as_of,
        hours,
        assumed,
        surfaces={"population": even} | surfaces,
        forecaster=forecaster or demand.forecaster("naive"),
    )
