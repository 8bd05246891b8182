"""A small made-up town on a square lattice, to allocate units in."""

import numpy as np
import scipy.sparse as sp

from geoalloc.allocation import AllocationProblem, Quota, ServiceClass, Supply

HORIZON_MIN = 14.0  # travel beyond it is out of reach of the town's travel table


def make_town(
    seed=0, *, size=7, n_posts=7, units=(3, 1), calls=3.0, minimum=(), **changes
):
    """Draw a town of ``size`` squared hexes, two stations and two districts.

    ``units`` are response units and PCSOs, shared out evenly between the stations;
    ``calls`` is the mean number of calls an hour. Stations stand at the first two
    posts; beats are those of the nearest station, districts the two halves, of which
    ``minimum`` gives the least number of response units to stand by.
    """
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(size * size), size)
    post_hex = np.sort(rng.choice(size * size, n_posts, replace=False))
    away = np.abs(row[post_hex, None] - row) + np.abs(column[post_hex, None] - column)
    minutes = 1.0 + 1.5 * away
    near = minutes <= HORIZON_MIN
    travel_min = sp.csr_array(
        (
            minutes[near].astype(np.float32),
            np.nonzero(near)[1],
            np.concatenate([[0], np.cumsum(near.sum(axis=1))]),
        ),
        shape=near.shape,
    )
    between = minutes[:2][:, post_hex] - 1.0
    kind = ("response",) * units[0] + ("pcso",) * units[1]
    problem = {
        "classes": _classes(rng, size * size, calls),
        "travel_min": travel_min,
        "post_hex": post_hex,
        "catchment": minutes.argmin(axis=0),
        "hex_beat": minutes[:2].argmin(axis=0),
        "hex_district": (row >= size // 2).astype(np.int64),
        "station_min": np.where(between <= 12.0, between, np.inf),
        "station_post": np.array([0, 1]),
        "station_beat": np.array([0, 1]),
        "supply": Supply(kind=kind, station=np.arange(len(kind)) % 2),
        "bordered": False,
        "district_names": ("North", "South"),
        "quotas": tuple(
            Quota(
                name=f"minimum cover of {('North', 'South')[d]}",
                units=np.array(kind) == "response",
                posts=(post_hex // size >= size // 2) == d,
                least=least,
            )
            for d, least in dict(minimum).items()
        ),
    }
    return AllocationProblem(**(problem | changes))


def _classes(rng, n_hexes, calls):
    where = rng.gamma(0.5, size=n_hexes) * (rng.random(n_hexes) < 0.7)
    urban = where > np.median(where)
    hourly = calls * where / where.sum() * np.array([[1.3], [0.7]])
    shared = {"kinds": ("response",), "on_scene_min": 30.0}
    return (
        ServiceClass(
            name="immediate",
            weight=8.0,
            arrivals=0.4 * hourly,
            load=0.4 * hourly * 0.6,
            limit_min=np.where(urban, 4.0, 6.0),
            speed_factor=1.25,
            cap_min=8.0,
            **shared,
        ),
        ServiceClass(
            name="routine",
            weight=1.0,
            arrivals=0.6 * hourly,
            load=0.6 * hourly * 0.6,
            limit_min=np.full(n_hexes, 11.0),
            speed_factor=1.0,
            cap_min=7.0,
            **(shared | {"kinds": ("response", "pcso")}),
        ),
    )
