import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geoalloc import demand, hexes

ZONE = "Europe/London"


def make_history(timed, seed=1, n=6_000, reported=1.0):
    """Two years of a town with a busy corner; of months, July 2019 is missing."""
    rng = np.random.default_rng(seed)
    area = box(-2.70, 51.40, -2.60, 51.46)
    busy = rng.random(n) < 0.6
    longitude = np.where(busy, rng.normal(-2.66, 0.006, n), rng.uniform(-2.7, -2.6, n))
    latitude = np.where(busy, rng.normal(51.42, 0.004, n), rng.uniform(51.4, 51.46, n))
    day = rng.integers(0, 730, n)
    hour = np.where(
        rng.random(n) < 0.7, rng.integers(18, 24, n), rng.integers(0, 24, n)
    )
    local = pd.DatetimeIndex(
        pd.Timestamp("2018-01-01") + pd.to_timedelta(day * 24 + hour, unit="h")
    ).as_unit("us")
    start = local.tz_localize(ZONE, nonexistent="shift_forward", ambiguous=True)
    end = start
    months = pd.period_range("2018-01", "2019-12", freq="M")
    if not timed:
        month = local.to_period("M")
        kept = np.asarray(month != pd.Period("2019-07"))
        months = months[months != pd.Period("2019-07")]
        start = month.to_timestamp().as_unit("us").tz_localize(ZONE)
        end = (month + 1).to_timestamp().as_unit("us").tz_localize(ZONE)
    else:
        kept = np.ones(n, dtype=bool)
    frame = gpd.GeoDataFrame(
        {
            "started_at": start.tz_convert("UTC"),
            "ended_at": end.tz_convert("UTC"),
            "reported_at": pd.Series(
                pd.NaT, index=range(n), dtype="datetime64[us, UTC]"
            ),
            "category": pd.Series(rng.choice(["burglary", "drugs"], n), dtype="str"),
            "reported": rng.random(n) < reported,
        },
        geometry=gpd.points_from_xy(longitude, latitude),
        crs="EPSG:4326",
    )[kept]

    def first(each):
        return each.to_timestamp().as_unit("us").tz_localize(ZONE).tz_convert("UTC")

    spans = pd.DataFrame({"start": first(months), "end": first(months + 1)})
    grid = hexes.cover(area, 8)
    return demand.History.of(frame, grid, covered=spans, time_zone=ZONE)


@pytest.fixture(scope="package")
def monthly():
    """A history of which only months are known; July 2019 was never published."""
    return make_history(timed=False)


@pytest.fixture(scope="package")
def timed():
    """A history of instants."""
    return make_history(timed=True)
