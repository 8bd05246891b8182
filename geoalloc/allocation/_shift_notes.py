"""What is told of a plan of a shift: its re-posts, and rules that it does not keep."""

from itertools import pairwise

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import plan
from geoalloc.allocation._paths import Standing

_REPOST_COLUMNS = ("unit", "period", "from_post", "to_post", "minutes")


def reposts(where: IndexArray, between: IndexArray) -> pd.DataFrame:
    """List the changes of post of a timetable, by period and unit.

    Parameters
    ----------
    where : (n_units, n_periods)
    between : (n_posts, n_posts)
        Minutes of drive.
    """
    rows = []
    for u, posts in enumerate(where):
        at = np.flatnonzero(posts >= 0)
        for was, now in pairwise(at):
            if posts[was] != posts[now]:
                drive = int(between[posts[was], posts[now]])
                rows.append((u, int(now), int(posts[was]), int(posts[now]), drive))
    ordered = sorted(rows, key=lambda row: (row[1], row[0]))
    return pd.DataFrame(ordered, columns=list(_REPOST_COLUMNS)).astype(np.int64)


def notes(standing: Standing, none_free: FloatArray) -> tuple[str, ...]:
    """Say which rules the paths do not keep, and where.

    Parameters
    ----------
    none_free : (n_classes, n_periods, n_hexes)
        As ``evaluate`` gives it.
    """
    return (
        *_quotas(standing),
        *_crowds(standing),
        *_units(standing),
        *_caps(standing, none_free),
    )


def _quotas(standing: Standing) -> list[str]:
    rows, found = standing.prepared.rows, []
    for r, name in enumerate(rows.name):
        if rows.hours[r]:
            held = int(standing.held[r].sum())
            found += _miss(name, held, int(rows.least[r]), int(rows.most[r]), "")
            continue
        for t in np.flatnonzero(rows.asked[r]):
            held, at = int(standing.held[r, t]), f" in period {t}"
            found += _miss(name, held, int(rows.least[r]), int(rows.most[r]), at)
    return found


def _miss(name: str, held: int, least: int, most: int, at: str) -> list[str]:
    if held < least:
        return [f"{name} is {least - held} short of {least}{at}"]
    if held > most:
        return [f"{name} is {held - most} over {most}{at}"]
    return []


def _crowds(standing: Standing) -> list[str]:
    most = standing.most_on_break
    return [
        f"{standing.on_break[s, t]} units of {_station(standing, int(s))} are on a "
        f"break in period {t}, at most {most[s]} should be"
        for s, t in np.argwhere(standing.on_break > most[:, None])
    ]


def _station(standing: Standing, station: int) -> str:
    names = standing.rules.stations
    if not names:
        return f"station {station}"
    homes = standing.prepared.problem.supply.station
    return names[int(np.flatnonzero(homes == station)[0])]


def _units(standing: Standing) -> list[str]:
    problem, rules, duty = standing.prepared.problem, standing.rules, standing.duty
    found = []
    for u, path in enumerate(standing.path):
        name = rules.names[u] if rules.names else f"unit {u}"
        if duty.overtime_min[u] > 0:
            found.append(
                f"{name} is committed {duty.overtime_min[u]:.0f} minutes "
                f"beyond its duty"
            )
        if duty.unrested[u]:
            found.append(f"{name} is committed through the time of its break")
        if path is None or not (path.post >= 0).any():
            if (duty.minutes[u] > 0).any():
                found.append(f"{name} has no path that keeps its rules, and no post")
            continue
        last = path.post[np.flatnonzero(path.post >= 0)[-1]]
        home = problem.station_min[problem.supply.station[u], last]
        if rules.home_within_min is not None and home > rules.home_within_min:
            found.append(
                f"{name} ends {home:.0f} minutes from home, at most "
                f"{rules.home_within_min:.0f} are asked for"
            )
    return found


def _caps(standing: Standing, none_free: FloatArray) -> list[str]:
    problem, found = standing.prepared.problem, []
    for cap in problem.caps:
        demand = unmet = 0.0
        for c in range(len(problem.classes)):
            worth = plan.value_of(problem, c)[:, cap.hexes]
            demand += float(worth.sum())
            unmet += float((worth * none_free[c][:, cap.hexes]).sum())
        if unmet > cap.share * demand * (1 + 1e-9):
            found.append(
                f"{cap.name} has {unmet / demand:.1%} of its demand unmet, at most "
                f"{cap.share:.1%} is asked for"
            )
    return found
