"""Made-up requests for directed patrol, on a line of places or a square of them."""

import numpy as np

from geoalloc.allocation import (
    PatrolHotspot,
    PatrolRequest,
    PatrolRules,
    PatrolTravel,
    PatrolUnits,
)


def travel_between(posts, spots):
    """Minutes are those of the distance along the streets of a square."""
    posts, spots = np.atleast_2d(posts), np.atleast_2d(spots)
    out = np.abs(posts[:, None] - spots[None]).sum(axis=-1).astype(float)
    between = np.abs(spots[:, None] - spots[None]).sum(axis=-1).astype(float)
    return PatrolTravel(out_min=out, back_min=out.T.copy(), between_min=between)


def spot(name, where=0, weight=1.0, **changes):
    return PatrolHotspot(name=name, hex=where, weight=weight, **changes)


def units_of(timetable, busy=0.0, calls_per_h=0.0, kind="response", **changes):
    timetable = np.array(timetable)
    kinds = (kind,) * len(timetable) if isinstance(kind, str) else kind
    return PatrolUnits(
        **{
            "call_sign": tuple(f"R{u + 1}" for u in range(len(timetable))),
            "kind": kinds,
            "beat": np.full(len(timetable), -1),
            "timetable": timetable,
            "busy": np.broadcast_to(busy, timetable.shape).astype(float),
            "calls_per_h": np.broadcast_to(calls_per_h, timetable.shape).astype(float),
        }
        | changes
    )


def draw_request(seed, *, n_units=6, n_spots=5, n_periods=8, **rules):
    rng = np.random.default_rng(seed)
    posts, places = rng.random((n_units, 2)) * 20, rng.random((n_spots, 2)) * 20
    timetable = np.repeat(np.arange(n_units)[:, None], n_periods, axis=1)
    timetable[rng.random(timetable.shape) < 0.1] = -1
    spots = tuple(
        spot(
            f"place {i}",
            i,
            float(rng.uniform(0.5, 3.0)),
            visits=int(rng.integers(1, 4)),
            peak=tuple(sorted(rng.choice(n_periods, 3, replace=False).tolist())),
            beat=int(i % 2),
        )
        for i in range(n_spots)
    )
    units = units_of(
        timetable,
        busy=rng.uniform(0.1, 0.8, timetable.shape),
        calls_per_h=rng.uniform(0.0, 1.0, timetable.shape),
        kind=("response", "pcso") * (n_units // 2),
        beat=np.arange(n_units) // 2 % 2,
    )
    return PatrolRequest(
        hotspots=spots,
        units=units,
        travel=travel_between(posts, places),
        rules=PatrolRules(**rules),
    )
