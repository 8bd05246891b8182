"""When units can stand at a post: rosters, briefings, breaks, the way home."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc import schemas
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.errors import DataError

BLOCK_MIN = 60
POST, BREAK, TRAVEL = "post", "break", "travel"
BRIEFING, CLOSE_DOWN, COMMITTED, OFF = "briefing", "close-down", "committed", "off"


@dataclass(frozen=True, kw_only=True)
class ShiftRules:
    """What the units of a shift may and must do, block by block of one hour.

    Attributes
    ----------
    most_reposts
        Changes of post of all units together; no limit if None.
    repost_reach_min
        Longest drive between posts that costs only its own minutes of the block; a
        longer one, up to a block, costs a whole block.
    breaks, break_blocks
        Breaks of each unit, and their length in whole blocks: a break of 45 minutes
        takes its block.
    break_margin
        Blocks at either end of a duty in which no break may be.
    break_window : (n_units, 2), optional
        First block in which a unit's break may be, and the block before which it
        must be over.
    no_break_under_h
        A duty of fewer hours has no break.
    most_on_break
        Share of a station's units on a break at once; one always may.
    duty_min : (n_units, n_periods), optional
        Minutes of each block on duty, of ``duty_minutes``; whole blocks where the
        supply is present if left out.
    briefing_min, close_down_min
        Minutes off post at the start and at the end of each duty.
    handover_min
        Further minutes at the end of a duty in which, or right after which, another
        unit of the same kind begins at the same station.
    home_within_min
        Longest drive home from the last post; no limit if None.
    count_drives
        Whether the drives from the station to the first post, and home from the
        last, take their minutes of the block.
    names : (n_units,)
        To name units by in messages; their numbers if left out.
    stations : (n_units,)
        To name home stations by, unit by unit; their numbers if left out.
    """

    most_reposts: int | None = 20
    repost_reach_min: float = 20.0
    breaks: int = 1
    break_blocks: int = 1
    break_margin: int = 2
    break_window: IndexArray | None = None
    no_break_under_h: float = 6.0
    most_on_break: float = 0.5
    duty_min: IndexArray | None = None
    briefing_min: int = 0
    close_down_min: int = 0
    handover_min: int = 0
    home_within_min: float | None = None
    count_drives: bool = False
    names: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        least: dict[str, tuple[float | None, float]] = {
            "most_reposts": (self.most_reposts, 0),
            "repost_reach_min": (self.repost_reach_min, 0),
            "breaks": (self.breaks, 0),
            "break_blocks": (self.break_blocks, 1),
            "break_margin": (self.break_margin, 0),
            "no_break_under_h": (self.no_break_under_h, 0),
            "briefing_min": (self.briefing_min, 0),
            "close_down_min": (self.close_down_min, 0),
            "handover_min": (self.handover_min, 0),
            "home_within_min": (self.home_within_min, 0),
        }
        for name, (value, lowest) in least.items():
            if value is not None and not lowest <= value < np.inf:
                raise DataError(f"{name} must be {lowest} or more, got {value}")
        if not 0 < self.most_on_break <= 1:
            raise DataError(
                f"most_on_break must be a share above 0 and up to 1, got "
                f"{self.most_on_break}"
            )


@dataclass(frozen=True, kw_only=True)
class Duty:
    """What the rules leave each unit of its time.

    Attributes
    ----------
    minutes : (n_units, n_periods)
        For posts and breaks.
    activity : (n_units, n_periods)
        What a unit does where it has no minutes.
    begins : (n_units, n_periods)
        Where a break may begin.
    breaks : (n_units,)
    origin : (n_units,)
        The post by which a unit becomes free; -1 for its station.
    unrested : (n_units,)
        Whether it is committed through the time of its break, and has none.
    sets_out : (n_units,)
        Whether it has yet to drive from its station, which has a price.
    overtime_min : (n_units,)
        Minutes that a unit is committed beyond its duty.
    """

    minutes: IndexArray
    activity: np.ndarray
    begins: BoolArray
    breaks: IndexArray
    unrested: BoolArray
    origin: IndexArray
    sets_out: BoolArray
    overtime_min: FloatArray


def require_roster(roster: pd.DataFrame) -> None:
    """Require duties that a unit can do.

    Parameters
    ----------
    roster
        ``unit_id``, ``starts_at`` and ``ends_at``; a unit may have several duties.
        Where it has them, ``break_min`` and ``briefing_min``.

    Raises
    ------
    DataError
        If a duty ends before it starts, two of a unit overlap, or its breaks or
        briefing are longer than it is.
    """
    schemas.require_columns(roster, "unit_id", "starts_at", "ends_at")
    for column in ("starts_at", "ends_at"):
        zone = getattr(roster[column].dtype, "tz", None)
        if zone is None or roster[column].isna().any():
            raise DataError(
                f"{column} of the roster must be instants with a time zone, none "
                f"missing, found {roster[column].dtype}"
            )
    names, starts, ends = roster["unit_id"], roster["starts_at"], roster["ends_at"]
    for row in np.flatnonzero((ends <= starts).to_numpy()):
        raise DataError(
            f"the duty of {names.iloc[row]} starts at {starts.iloc[row]}, not before "
            f"its end at {ends.iloc[row]}: correct one of them in the roster"
        )
    minutes = (ends - starts) / pd.Timedelta(minutes=1)
    for column, what in (("break_min", "breaks"), ("briefing_min", "briefing")):
        if column in roster:
            for row in np.flatnonzero(~(roster[column] < minutes).to_numpy()):
                raise DataError(
                    f"{names.iloc[row]} has {what} of {roster[column].iloc[row]} "
                    f"minutes in a duty of {minutes.iloc[row]:.0f}: shorten them in "
                    f"the roster"
                )
    _require_apart(roster.sort_values(["unit_id", "starts_at"], kind="stable"))


def _require_apart(ordered: pd.DataFrame) -> None:
    earlier, later = ordered.iloc[:-1], ordered.iloc[1:]
    same = earlier["unit_id"].to_numpy() == later["unit_id"].to_numpy()
    over = same & (earlier["ends_at"].array > later["starts_at"].array)
    for row in np.flatnonzero(over):
        raise DataError(
            f"two duties of {earlier['unit_id'].iloc[row]} overlap: one ends at "
            f"{earlier['ends_at'].iloc[row]}, the next starts at "
            f"{later['starts_at'].iloc[row]}: correct the roster"
        )


def duty_minutes(
    roster: pd.DataFrame, names: tuple[str, ...], periods: pd.DatetimeIndex
) -> IndexArray:
    """Count the minutes of each period that each unit is on duty.

    Instants are compared, so that a shift across the autumn change of the clocks has
    one hour more, and across that of spring one less.

    Parameters
    ----------
    roster
        As ``require_roster`` requires it.
    names : (n_units,)
        The ``unit_id`` of each unit, in the order of the supply.
    periods : (n_periods,)
        Start of each period of one hour, with a time zone.

    Returns
    -------
    duty_min : (n_units, n_periods)
        0 throughout for a unit that the roster does not hold. ``duty_min > 0`` is
        ``Supply.present``.
    """
    require_roster(roster)
    if periods.tz is None:
        raise DataError("periods have no time zone; give their instants with one")
    unknown = sorted(set(roster["unit_id"]) - set(names))
    if unknown:
        raise DataError(f"the roster holds {unknown[0]!r}, which is no unit")
    begins = periods.tz_convert("UTC").as_unit("us").asi8[None]
    row = {name: i for i, name in enumerate(names)}
    minutes = np.zeros((len(names), len(periods)), dtype=np.int64)
    at = np.array([row[name] for name in roster["unit_id"]], dtype=np.int64)
    starts, ends = (
        pd.DatetimeIndex(roster[c]).tz_convert("UTC").as_unit("us").asi8[:, None]
        for c in ("starts_at", "ends_at")
    )
    shared = np.minimum(ends, begins + 3_600_000_000) - np.maximum(starts, begins)
    np.add.at(minutes, at, np.maximum(shared, 0) // 60_000_000)
    return minutes


def duty(
    problem: AllocationProblem,
    rules: ShiftRules,
    busy: tuple[IndexArray, IndexArray] | None = None,
) -> Duty:
    """Work out what the rules leave each unit.

    Parameters
    ----------
    busy : (n_units,) and (n_units,)
        Minute of the shift until which each unit is committed, and the post nearest
        to it then, -1 for its station.

    Raises
    ------
    DataError
        If a rule does not fit the supply, or a unit's duty cannot hold its breaks,
        briefing and close-down.
    """
    _require_fit(problem, rules)
    on_duty = rules.duty_min
    if on_duty is None:
        on_duty = BLOCK_MIN * problem.present.astype(np.int64)
    minutes = np.where(problem.present, on_duty, 0)
    activity = np.full(minutes.shape, OFF, dtype=object)
    closing = rules.close_down_min + rules.handover_min * _relieved(problem, minutes)
    for u in range(len(minutes)):
        row = minutes[u]
        taken = rules.briefing_min + int(closing[u])
        if row.any() and taken >= row.sum():
            raise DataError(
                f"{_name(rules, u)} has {row.sum()} minutes of duty, and {taken} of "
                f"briefing, handover and close-down: shorten them or lengthen its duty"
            )
        _take(row, activity[u], rules.briefing_min, BRIEFING)
        _take(row[::-1], activity[u][::-1], int(closing[u]), CLOSE_DOWN)
    worked = minutes.copy()
    free = np.zeros(len(minutes), np.int64), np.full(len(minutes), -1)
    until, origin = busy or free
    _commit(minutes, activity, until)
    begins, breaks, unrested = _break_starts(rules, worked, minutes)
    return Duty(
        minutes=minutes,
        activity=activity,
        begins=begins,
        breaks=breaks,
        unrested=unrested,
        origin=origin,
        sets_out=np.ones(len(minutes), dtype=bool),
        overtime_min=_overtime(on_duty, until),
    )


def _commit(minutes: IndexArray, activity: np.ndarray, until: IndexArray) -> None:
    """Take the minutes of committed units, in place."""
    started = BLOCK_MIN * np.arange(minutes.shape[1])
    for u in np.flatnonzero(until > 0):
        past = np.clip(until[u] - started, 0, BLOCK_MIN)
        lost = np.maximum(0, past - (BLOCK_MIN - minutes[u]))
        activity[u][(minutes[u] > 0) & (minutes[u] <= lost)] = COMMITTED
        minutes[u] = np.maximum(0, minutes[u] - lost)


def _name(rules: ShiftRules, unit: int) -> str:
    return rules.names[unit] if rules.names else f"unit {unit}"


def _require_fit(problem: AllocationProblem, rules: ShiftRules) -> None:
    n_units, shape = len(problem.supply), (len(problem.supply), problem.n_periods)
    if rules.names and len(rules.names) != n_units:
        raise DataError(
            f"the rules name {len(rules.names)} units, the supply has {n_units}"
        )
    if rules.break_window is not None and rules.break_window.shape != (n_units, 2):
        raise DataError(
            f"break_window has shape {rules.break_window.shape}, needs {(n_units, 2)}"
        )
    if rules.duty_min is None:
        return
    if rules.duty_min.shape != shape:
        raise DataError(f"duty_min has shape {rules.duty_min.shape}, needs {shape}")
    if (rules.duty_min < 0).any() or (rules.duty_min > BLOCK_MIN).any():
        raise DataError(
            f"duty_min must be from 0 to {BLOCK_MIN} minutes of each block, found "
            f"{rules.duty_min.min()} to {rules.duty_min.max()}"
        )


def _take(row: IndexArray, activity: np.ndarray, minutes: int, what: str) -> None:
    """Take minutes from the first blocks on duty, in place."""
    for t in np.flatnonzero(row > 0):
        taken = min(minutes, int(row[t]))
        row[t] -= taken
        minutes -= taken
        if taken and row[t] == 0:
            activity[t] = what
        if minutes == 0:
            break


def _relieved(problem: AllocationProblem, minutes: IndexArray) -> BoolArray:
    """Tell whom another unit of the same kind and station takes over from."""
    on = minutes > 0
    n_periods = on.shape[1]
    first = np.where(on.any(axis=1), on.argmax(axis=1), n_periods)
    last = np.where(on.any(axis=1), n_periods - 1 - on[:, ::-1].argmax(axis=1), -9)
    kind, station = np.array(problem.supply.kind), problem.supply.station
    alike = (kind[:, None] == kind) & (station[:, None] == station)
    begins = (first > 0) & (first < n_periods)
    follows = (first == last[:, None]) | (first == last[:, None] + 1)
    return np.asarray((alike & begins & follows).any(axis=1))


def _break_starts(
    rules: ShiftRules, worked: IndexArray, minutes: IndexArray
) -> tuple[BoolArray, IndexArray, BoolArray]:
    """Say where breaks may begin, how many there are, and who can have none."""
    n_units, length = len(minutes), rules.break_blocks
    begins = np.zeros(minutes.shape, dtype=bool)
    breaks = np.zeros(n_units, dtype=np.int64)
    unrested = np.zeros(n_units, dtype=bool)
    for u in range(n_units):
        hours = worked[u].sum() / BLOCK_MIN
        if rules.breaks == 0 or hours == 0 or hours < rules.no_break_under_h:
            continue
        low, high = _window(rules, u, worked[u])
        begins[u] = _starts(minutes[u] > 0, low, high, length)
        breaks[u] = rules.breaks
        if _fits(begins[u], rules.breaks, length):
            continue
        if not _fits(_starts(worked[u] > 0, low, high, length), rules.breaks, length):
            raise DataError(
                f"{_name(rules, u)} has {hours:g} hours of duty, of which the blocks "
                f"from {low} to {high} cannot hold {rules.breaks} breaks of {length}: "
                f"widen its window, or have fewer or shorter breaks"
            )
        breaks[u], unrested[u] = 0, True
    return begins, breaks, unrested


def _window(rules: ShiftRules, unit: int, worked: IndexArray) -> tuple[int, int]:
    """Give the first block of a break, and the block before which it is over."""
    on = np.flatnonzero(worked > 0)
    low, high = int(on[0]) + rules.break_margin, int(on[-1]) + 1 - rules.break_margin
    if rules.break_window is None:
        return low, high
    first, over = rules.break_window[unit]
    return max(low, int(first)), min(high, int(over))


def _starts(free: BoolArray, low: int, high: int, length: int) -> BoolArray:
    begins = np.zeros(free.size, dtype=bool)
    for t in range(max(low, 0), min(high, free.size) - length + 1):
        begins[t] = free[t : t + length].all()
    return begins


def _fits(begins: BoolArray, breaks: int, length: int) -> bool:
    """Tell whether so many breaks, with a block between them, can begin there."""
    t, placed = 0, 0
    while t < begins.size and placed < breaks:
        if begins[t]:
            placed, t = placed + 1, t + length
        t += 1
    return placed == breaks


def _overtime(on_duty: IndexArray, until: IndexArray) -> FloatArray:
    """Minutes that units are committed beyond the end of their duty."""
    on = on_duty > 0
    last = on.shape[1] - 1 - on[:, ::-1].argmax(axis=1)
    ends = BLOCK_MIN * last + on_duty[np.arange(len(on)), last]
    return np.where(on.any(axis=1) & (until > ends), until - ends, 0).astype(float)
