"""From a solved plan to the frames and layers that say who stands where, and why."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc import allocation, demand, evaluation, gazetteer
from geoalloc._types import FloatArray, IndexArray
from geoalloc.hexes import HexGrid
from geoalloc.pipeline.problems import Setting
from geoalloc.schemas import GRADES


@dataclass(frozen=True, kw_only=True)
class Tonight:
    """A plan laid out over the hours of the shift.

    Attributes
    ----------
    name
        bordered or borderless.
    planned, problem
        The problem as it was solved; and with the load factor at which the model tells
        of its plan.
    solved
        The plan before breaks and re-posts, with its proof.
    shift
        The plan hour by hour; None where each unit keeps its post throughout.
    cells
        What of a fine grid is searched and priced on; None for every hex.
    table : (n_units, n_periods)
        Post of each unit in each hour, -1 at none.
    value
        What the model expects of the timetable.
    outcome
        What the simulation finds.
    """

    name: str
    planned: allocation.AllocationProblem
    problem: allocation.AllocationProblem
    solved: allocation.AllocationPlan
    shift: allocation.ShiftPlan | None
    cells: allocation.Aggregation | None = None
    table: IndexArray
    value: allocation.Valuation
    outcome: evaluation.Outcome

    @property
    def rests(self) -> pd.DataFrame | None:
        """What times of breaks and re-posts are worth; None if nobody asked."""
        return None if self.shift is None else self.shift.comparison

    @property
    def activity(self) -> np.ndarray:
        """What each unit does in each hour: (n_units, n_periods)."""
        if self.shift is not None:
            return self.shift.activity
        return np.where(self.table >= 0, "post", "off").astype(object)

    @property
    def place(self) -> IndexArray:
        """Post of each unit, or where it last stood or will stand: (n_units, ...)."""
        table = pd.DataFrame(self.table).where(lambda t: t >= 0)
        filled = table.ffill(axis=1).bfill(axis=1)
        home = self.problem.station_post[self.problem.supply.station]
        for column in filled:
            filled[column] = filled[column].fillna(pd.Series(home))
        return filled.to_numpy().astype(np.int64)


def classes_of(problem: allocation.AllocationProblem, grade: str) -> IndexArray:
    """List the classes of a grade; the last is the one that most units answer."""
    members = [k for k, c in enumerate(problem.classes) if c.grade == grade]
    able = problem.unit_serves.sum(axis=0)
    return np.array(sorted(members, key=lambda k: (able[k], k)), dtype=np.int64)


def cover(
    grid: HexGrid, tonight: Tonight, at: Setting, expected: demand.Demand
) -> pd.DataFrame:
    """Lay out who covers each hex in each hour, the wait, and what stays unmet."""
    problem, value = tonight.problem, tonight.value
    arrivals = np.stack([service.arrivals for service in problem.classes])
    late = arrivals * value.none_free
    parts = []
    for grade in GRADES:
        classes = classes_of(problem, grade)
        calls, unmet = arrivals[classes].sum(axis=0), late[classes].sum(axis=0)
        none_free = np.divide(
            unmet, calls, out=value.none_free[classes[0]].copy(), where=calls > 0
        )
        wait = allocation.expected_wait(
            problem, tonight.table, int(classes[-1]), tonight.outcome.busy
        )
        first = _first(problem, tonight.table, int(classes[-1]), at)
        parts.append(
            first.assign(
                hex_id=np.tile(grid.hex_id, problem.n_periods),
                period=np.repeat(expected.periods.as_unit("us"), problem.n_hexes),
                grade=grade,
                wait_min=_finite(wait).ravel(),
                none_free=np.clip(none_free, 0.0, 1.0).ravel(),
                unmet=unmet.ravel(),
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    columns = ["hex_id", "period", "grade", "first_unit", "second_unit", "minutes"]
    frame = frame[[*columns, "wait_min", "none_free", "unmet"]]
    return frame.astype(dict.fromkeys(("grade", "first_unit", "second_unit"), "str"))


def _first(
    problem: allocation.AllocationProblem,
    table: IndexArray,
    class_index: int,
    at: Setting,
) -> pd.DataFrame:
    """Name first and second unit of each hex in each hour; unchanged hours once."""
    unit_id = np.array([*at.units["unit_id"], None], dtype=object)  # -1 is no unit
    rows: list[pd.DataFrame] = []
    for t in range(problem.n_periods):
        if t and np.array_equal(table[:, t], table[:, t - 1]):
            rows.append(rows[-1])
            continue
        first, second, minutes = allocation.who_covers(problem, table, class_index, t)
        rows.append(
            pd.DataFrame(
                {
                    "first_unit": unit_id[first],
                    "second_unit": unit_id[second],
                    "minutes": _finite(minutes),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def _finite(minutes: FloatArray) -> FloatArray:
    return np.where(np.isfinite(minutes), minutes, np.nan)


def plan_frames(
    grid: HexGrid,
    tonight: Tonight,
    at: Setting,
    expected: demand.Demand,
    time_zone: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List what each unit does in each hour and why, and how it gets to its post."""
    problem, place = tonight.problem, tonight.place
    hours = expected.periods.as_unit("us")
    n_units, n_hours = place.shape
    posts = at.posts.iloc[place.ravel()].reset_index(drop=True)
    driven = drive(tonight)
    units = at.units.loc[np.repeat(np.arange(n_units), n_hours)]
    labels = allocation.Labels(
        units=tuple(at.units["unit_id"]),
        posts=tuple(at.posts["name"]),
        periods=tuple(hours.tz_convert(time_zone).strftime("%H:%M")),
        activity=tuple(tuple(map(str, row)) for row in tonight.activity),
    )
    frame = pd.DataFrame(
        {
            "unit_id": units["unit_id"].to_numpy(),
            "period": pd.DatetimeIndex(np.tile(hours, n_units)),
            "kind": units["kind"].to_numpy(),
            "home_station": units["home_station"].to_numpy(),
            "post": posts["name"],
            "grid_ref": posts["grid_ref"],
            "post_hex": grid.hex_id[posts["position"].to_numpy()],
            "activity": tonight.activity.ravel().astype(str),
            "travel_min": driven.ravel(),
            "hexes_covered": _led(tonight).ravel(),
            "reason": allocation.reasons(problem, tonight.table, labels),
        }
    )
    skip = ("period", "post_hex", "travel_min", "hexes_covered")
    frame = frame.astype(dict.fromkeys([c for c in frame if c not in skip], "str"))
    return frame, _moves(tonight, at)


def drive(tonight: Tonight) -> FloatArray:
    """Minutes to the post of each hour, from the station or the post before it."""
    problem, place = tonight.problem, tonight.place
    station = problem.supply.station
    home = problem.station_post[station]
    minutes = np.zeros(place.shape)
    first = problem.station_min[station, place[:, 0]]
    minutes[:, 0] = np.where(place[:, 0] == home, 0.0, first)
    unit, hour = np.nonzero(place[:, 1:] != place[:, :-1])
    for u, t in zip(unit.tolist(), (hour + 1).tolist(), strict=True):
        there = problem.post_hex[place[u, t]]
        minutes[u, t] = problem.travel_min[place[u, t - 1], there]
    return np.where(np.isfinite(minutes), minutes, 0.0)


def _led(tonight: Tonight) -> IndexArray:
    """Count the hexes that each unit is first to in each hour: (n_units, ...)."""
    problem, table = tonight.problem, tonight.table
    urgent = problem.unit_serves[:, 0]
    routine = int(classes_of(problem, GRADES[-1])[-1])
    led = np.zeros(table.shape, dtype=np.int64)
    for t in range(table.shape[1]):
        if t and np.array_equal(table[:, t], table[:, t - 1]):
            led[:, t] = led[:, t - 1]
            continue
        for mine, c in ((urgent, 0), (~urgent, routine)):
            first, _, _ = allocation.who_covers(problem, table, c, t)
            count = np.bincount(first[first >= 0], minlength=len(table))
            led[mine, t] = count[mine]
    return led


def _moves(tonight: Tonight, at: Setting) -> pd.DataFrame:
    """List the units whose first post is away from their station."""
    problem, first = tonight.problem, tonight.place[:, 0]
    home = problem.station_post[problem.supply.station]
    names, moved = at.posts["name"].to_numpy(), first != home
    moves = pd.DataFrame(
        {
            "unit_id": at.units["unit_id"].to_numpy(),
            "from_post": names[home],
            "to_post": names[first],
            "gain": allocation.gain(problem, tonight.table),
        }
    )
    text = dict.fromkeys(("unit_id", "from_post", "to_post"), "str")
    moves = moves.astype(text)[moved]
    return moves.sort_values("gain", ascending=False, kind="stable", ignore_index=True)


def layers(
    grid: HexGrid, tonight: Tonight, at: Setting, frame: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Draw the units at their first posts, and the hexes that each is first to."""
    once = frame.drop_duplicates("unit_id").reset_index(drop=True)
    posts = first_posts(grid, tonight, at)
    posts.insert(posts.shape[1] - 1, "reason", once["reason"])
    first, _, _ = allocation.who_covers(tonight.problem, tonight.table, 0)
    leading = np.unique(first[first >= 0])
    beats = gpd.GeoDataFrame(
        {"unit_id": at.units["unit_id"].to_numpy()[leading]},
        geometry=[grid.dissolve(np.flatnonzero(first == unit)) for unit in leading],
        crs="EPSG:4326",
    ).astype({"unit_id": "str"})
    return posts, beats


def first_posts(grid: HexGrid, tonight: Tonight, at: Setting) -> gpd.GeoDataFrame:
    """Draw the units at their first posts."""
    posts = at.posts.iloc[tonight.place[:, 0]].reset_index(drop=True)
    position = posts["position"].to_numpy()
    # Where the reference says, which may be half a hex from the middle.
    at_post = gazetteer.places_of(posts["grid_ref"].tolist())
    middle = np.column_stack([grid.longitude[position], grid.latitude[position]])
    names = ["unit_id", "kind", "home_station"]
    frame = (
        at.units[names]
        .reset_index(drop=True)
        .assign(post=posts["name"], grid_ref=posts["grid_ref"])
    )
    return gpd.GeoDataFrame(
        frame.astype("str"),
        geometry=gpd.points_from_xy(*np.where(np.isnan(at_post), middle, at_post).T),
        crs="EPSG:4326",
    )
