"""Small histories on the toy county: clustered, in months or at instants."""

import numpy as np
import pandas as pd

from geoalloc.demand import History

ZONE = "Europe/London"
EPOCH = pd.Timestamp(0, tz="UTC")
KINDS = ("arson", "burglary")


def day(text):
    return (pd.Timestamp(text, tz=ZONE) - EPOCH) / pd.Timedelta(days=1)


def origin(text):
    return pd.Timestamp(text, tz=ZONE)


def history(grid, *, n=900, timed=False, months=20, missing=(), seed=0):
    """Incidents of two kinds at 60 spots around 3 centers, from 2019-01 on."""
    rng = np.random.default_rng(seed)
    starts = pd.date_range("2019-01-01", periods=months + 1, freq="MS", tz=ZONE)
    edges = np.asarray((starts - EPOCH) / pd.Timedelta(days=1), dtype=np.float64)
    kept = [m for m in range(months) if m not in missing]
    center = rng.integers(0, len(grid), 3)
    spot = rng.integers(0, 60, n)
    of = center[spot % 3]
    x = grid.x_m[of] + rng.normal(0, 900, 60)[spot]
    y = grid.y_m[of] + rng.normal(0, 900, 60)[spot]
    near = np.hypot(x[:, None] - grid.x_m, y[:, None] - grid.y_m)
    month = rng.choice(kept, n)
    started, ended = edges[month], edges[month + 1]
    if timed:
        started = ended = started + rng.random(n) * (ended - started)
    rows = np.lexsort((started, ended))
    return History(
        grid=grid,
        position=near.argmin(axis=1)[rows],
        x_m=x[rows],
        y_m=y[rows],
        started=started[rows],
        ended=ended[rows],
        category=(rng.random(n) < 0.7).astype(np.int64)[rows],
        categories=KINDS,
        reported=np.ones(n, dtype=bool),
        covered=np.column_stack([edges[:-1], edges[1:]])[kept],
        time_zone=ZONE,
    )


def at_hexes(grid, position, days, *, start, end):
    """Incidents at hex centers at given instants, in ascending days."""
    n = len(position)
    position = np.asarray(position, dtype=np.int64)
    return History(
        grid=grid,
        position=position,
        x_m=grid.x_m[position],
        y_m=grid.y_m[position],
        started=np.asarray(days, dtype=np.float64),
        ended=np.asarray(days, dtype=np.float64),
        category=np.zeros(n, dtype=np.int64),
        categories=("theft",),
        reported=np.ones(n, dtype=bool),
        covered=np.array([[start, end]]),
        time_zone=ZONE,
    )


def without_future(made, when):
    """The same history, as if the data ended at an instant, but for its coverage."""
    return made.where(made.ended <= (when - EPOCH) / pd.Timedelta(days=1))


def shuffled_future(made, when, *, seed=1):
    """The same history, with the incidents known after an instant put elsewhere."""
    known = made.known(when)
    rng = np.random.default_rng(seed)
    position, x, y = made.position.copy(), made.x_m.copy(), made.y_m.copy()
    moved = rng.integers(0, len(made.grid), len(made) - known)
    position[known:] = moved
    x[known:], y[known:] = made.grid.x_m[moved], made.grid.y_m[moved]
    everything = made.where(np.ones(len(made), dtype=bool))
    return History(
        **{
            name: getattr(everything, name)
            for name in (
                "grid",
                "started",
                "ended",
                "category",
                "categories",
                "reported",
                "covered",
                "time_zone",
            )
        },
        position=position,
        x_m=x,
        y_m=y,
    )


def mutated_future(made, when, *, seed=0):
    """The same history, with all that is known after an instant made up anew.

    Incidents are dropped, moved, doubled and put at the very instant; windows straddle
    it, and are of months in most, so that as a whole the data look coarse.
    """
    rng = np.random.default_rng(seed)
    now = (when - EPOCH) / pd.Timedelta(days=1)
    past = np.flatnonzero(made.last_instant < now)
    n = 3 * len(made)
    position = rng.integers(0, len(made.grid), n)
    ended = now + rng.choice([1e-6, 3.0, 60.0], n)
    started = now - rng.choice([90.0, 30.0, 1.0], n)
    at = rng.random(n) < 0.1
    started[at] = ended[at] = now
    fresh = {
        "position": position,
        "x_m": made.grid.x_m[position] + rng.normal(0, 300, n),
        "y_m": made.grid.y_m[position] + rng.normal(0, 300, n),
        "started": started,
        "ended": ended,
        "category": rng.integers(0, len(made.categories), n),
        "reported": rng.random(n) < 0.5,
    }
    all_of = {
        name: np.concatenate([getattr(made, name)[past], values])
        for name, values in fresh.items()
    }
    rows = np.lexsort((all_of["started"], all_of["ended"]))
    return History(
        grid=made.grid,
        categories=made.categories,
        covered=made.covered,
        time_zone=made.time_zone,
        **{name: values[rows] for name, values in all_of.items()},
    )
