"""From a scenario or a roster to the units of tonight, and when each is there."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geoalloc import roster
from geoalloc._types import BoolArray, IndexArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError, ScenarioError
from geoalloc.pipeline.inputs import periods
from geoalloc.scenario import Scenario

_HOUR = pd.Timedelta(hours=1)
_HALF_MIN = 30
_DUTY = ["unit_id", "kind", "skills", "home_station", "officers"]


@dataclass(frozen=True, kw_only=True)
class Force:
    """The units of a shift.

    Attributes
    ----------
    units
        ``schemas.UNITS``, in the order of the plan.
    blue_light, locked : (n_units,)
        Whether it has a response driver; whether the roster keeps it at its post.
    post : (n_units,)
        Name of the post where it is now; empty where nobody says.
    busy_until, busy_at
        When units that are busy as the shift begins come free, and where: one row per
        unit, missing where free.
    duty_min : (n_units, n_periods)
        Minutes of each hour on duty, briefing and close-down among them.
    off_post_h
        Unit-hours of briefing and close-down.
    lent_h
        Unit-hours lent from other work, by kind.
    """

    units: pd.DataFrame
    blue_light: BoolArray
    locked: BoolArray
    post: tuple[str, ...]
    busy_until: pd.Series
    busy_at: pd.DataFrame
    duty_min: IndexArray
    off_post_h: float
    lent_h: dict[str, float]

    @property
    def present(self) -> BoolArray:
        """Whether a unit is on duty for at least half of each hour."""
        return self.duty_min >= _HALF_MIN


def tonight(scenario: Scenario, boundaries: Boundaries) -> Force:
    """List the units on duty and the hours in which each can stand at a post.

    Raises
    ------
    DataError
        If the roster is wrong, or nobody is there in the shift.
    """
    units, spans = _listed(scenario, boundaries)
    units, spans = _paired(scenario, units, spans)
    hours = periods(scenario).tz_convert("UTC")
    duty_min, off_post_h = _minutes(scenario, units, spans, hours)
    there = (duty_min >= _HALF_MIN).any(axis=1)
    response = (units["kind"] == "response").to_numpy()
    if not (there & response).any():
        raise DataError("no response unit is on duty in the shift: check their hours")
    kept = np.flatnonzero(there)
    units, duty_min = units.iloc[kept].reset_index(drop=True), duty_min[kept]
    begins = spans.groupby("unit_id")["starts_at"].min()
    ends = spans.groupby("unit_id")["ends_at"].max()
    frame = units[_DUTY].assign(
        starts_at=units["unit_id"].map(begins), ends_at=units["unit_id"].map(ends)
    )
    lent = {name for name, kind in scenario.all_kinds().items() if kind.lent}
    hours_by_kind = pd.Series(duty_min.sum(axis=1) / 60).groupby(units["kind"]).sum()
    return Force(
        units=frame,
        blue_light=units["blue_light"].to_numpy(dtype=bool),
        locked=units["locked"].to_numpy(dtype=bool),
        post=tuple(units["post"]),
        busy_until=units["busy_until"],
        busy_at=units[["busy_latitude", "busy_longitude"]],
        duty_min=duty_min,
        off_post_h=off_post_h,
        lent_h={k: float(n) for k, n in hours_by_kind.items() if k in lent},
    )


def _listed(
    scenario: Scenario, boundaries: Boundaries
) -> tuple[pd.DataFrame, pd.DataFrame]:
    if scenario.roster.path is None:
        return _of_groups(scenario, boundaries)
    found = roster.read(Path(scenario.roster.path), time_zone=scenario.time_zone)
    units = found.units.reset_index()
    _require_known(scenario, boundaries, units, found.source)
    return units, found.spans


def _require_known(
    scenario: Scenario, boundaries: Boundaries, units: pd.DataFrame, source: str
) -> None:
    known = {
        "kind": list(scenario.all_kinds()),
        "home_station": list(boundaries.stations["name"]),
    }
    for column, names in known.items():
        wrong = units[~units[column].isin(names)]
        if len(wrong):
            raise DataError(
                f"{source}: {column} of {wrong['unit_id'].iloc[0]} is "
                f"{wrong[column].iloc[0]!r} ({len(wrong)} units in all); there are "
                f"{', '.join(names)}"
            )


def _of_groups(
    scenario: Scenario, boundaries: Boundaries
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make call signs of kind, station code and number."""
    code = boundaries.stations.set_index("name")["code"]
    hours = periods(scenario).tz_convert("UTC")
    end = hours[-1] + _HOUR
    rows, spans = [], []
    serial: dict[str, int] = {}
    for group in scenario.units:
        prefix = f"{group.kind[0].upper()}-{code[group.station]}"
        begins = hours[0] + pd.Timedelta(hours=group.starts_h)
        ends = end if group.hours is None else begins + pd.Timedelta(hours=group.hours)
        for _ in range(group.count):
            serial[prefix] = serial.get(prefix, 0) + 1
            name = f"{prefix}-{serial[prefix]:02d}"
            skills = " ".join(group.skills)
            rows.append((name, group.kind, skills, group.station, group.officers))
            spans.append((name, begins, ends, group.blue_light))
    units = pd.DataFrame(rows, columns=_DUTY)
    units = units.astype(dict.fromkeys((c for c in _DUTY if c != "officers"), "str"))
    duty = pd.DataFrame(spans, columns=["unit_id", "starts_at", "ends_at", "blue"])
    duty["unit_id"] = duty["unit_id"].astype("str")
    for column in ("starts_at", "ends_at"):
        duty[column] = duty[column].astype("datetime64[us, UTC]")
    wrong = duty[duty["starts_at"] >= duty["ends_at"]]
    if len(wrong):
        raise ScenarioError(
            f"{wrong['unit_id'].iloc[0]} starts its duty when it is over: lower "
            "starts_h, or give hours"
        )
    units = units.assign(
        blue_light=duty.pop("blue"),
        locked=False,
        post="",
        busy_until=pd.Series(pd.NaT, index=units.index, dtype="datetime64[us, UTC]"),
        busy_latitude=np.nan,
        busy_longitude=np.nan,
    )
    return units, duty


def _paired(
    scenario: Scenario, units: pd.DataFrame, spans: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pair single-crewed response units of a station for the hours that ask for it.

    The pair stands under the first call sign and a plus; alone, each keeps its own. A
    unit that is left over at its station goes on alone: it has nobody to go with.
    """
    if not scenario.duty.double_crewed:
        return units, spans
    hours = periods(scenario)
    begins, ends = _window(scenario, hours)
    single = units[(units["kind"] == "response") & (units["officers"] == 1)]
    full = spans.groupby("unit_id").agg({"starts_at": "min", "ends_at": "max"})
    single = single[
        (full.loc[single["unit_id"], "starts_at"].to_numpy() <= begins)
        & (full.loc[single["unit_id"], "ends_at"].to_numpy() >= ends)
    ]
    new_units, new_spans, gone = [], [], []
    for _, mates in single.groupby(["home_station", "skills"], sort=True):
        for k in range(0, len(mates) - 1, 2):
            first, second = mates.iloc[k], mates.iloc[k + 1]
            name = f"{first['unit_id']}+"
            either = bool(first["blue_light"] or second["blue_light"])
            one = mates.iloc[[k]]
            new_units.append(one.assign(unit_id=name, officers=2, blue_light=either))
            new_spans.append((name, begins, ends))
            gone += [first["unit_id"], second["unit_id"]]
    cut = [
        (row.unit_id, start, end)
        for row in spans[spans["unit_id"].isin(gone)].itertuples()
        for start, end in (
            (row.starts_at, min(row.ends_at, begins)),
            (max(row.starts_at, ends), row.ends_at),
        )
        if start < end
    ]
    added = pd.DataFrame([*cut, *new_spans], columns=list(spans.columns))
    added["unit_id"] = added["unit_id"].astype("str")
    for column in ("starts_at", "ends_at"):
        added[column] = pd.to_datetime(added[column], utc=True).astype(
            "datetime64[us, UTC]"
        )
    kept = spans[~spans["unit_id"].isin(gone)]
    units = pd.concat([units, *new_units], ignore_index=True)
    return units, pd.concat([kept, added], ignore_index=True)


def _window(
    scenario: Scenario, hours: pd.DatetimeIndex
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Give the first stretch of the shift between the two local times, in UTC."""
    first, last = scenario.duty.double_crewed
    local = [t.time() for t in hours]
    night = np.array([_between(t, first, last) for t in local])
    if not night.any():
        return hours[-1].tz_convert("UTC") + _HOUR, hours[-1].tz_convert("UTC") + _HOUR
    begins = int(np.argmax(night))
    rest = np.flatnonzero(~night[begins:])
    ends = begins + int(rest[0]) if rest.size else night.size
    utc = hours.tz_convert("UTC")
    return utc[begins].as_unit("us"), (utc[ends - 1] + _HOUR).as_unit("us")


def _between(at: dt.time, first: dt.time, last: dt.time) -> bool:
    if first <= last:
        return first <= at < last
    return at >= first or at < last


def _minutes(
    scenario: Scenario,
    units: pd.DataFrame,
    spans: pd.DataFrame,
    hours: pd.DatetimeIndex,
) -> tuple[IndexArray, float]:
    """Count minutes on duty, (n_units, n_periods), and hours of briefing and close."""
    off_post = pd.Timedelta(
        minutes=scenario.duty.briefing_min + scenario.duty.close_down_min
    )
    row = {name: k for k, name in enumerate(units["unit_id"])}
    minutes = np.zeros((len(units), len(hours)))
    for span in spans.itertuples():
        length = span.ends_at - span.starts_at
        if off_post >= length:
            raise DataError(
                f"the duty of {span.unit_id} lasts {length / _HOUR:g} hours, and its "
                f"briefing and close-down together as long: shorten them"
            )
        begins = np.maximum((span.starts_at - hours) / _HOUR, 0.0)
        ends = np.minimum((span.ends_at - hours) / _HOUR, 1.0)
        shared = np.maximum(np.asarray(ends - begins, dtype=np.float64), 0.0)
        minutes[row[span.unit_id]] += 60.0 * shared
    return np.rint(minutes).astype(np.int64), len(spans) * (off_post / _HOUR)
