"""The hours of a shift: who is sent to a hex, and what each unit does when."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.maps import _cubes, _encode
from geoalloc.runs import Run
from geoalloc.schemas import GRADES

_MINUTE_STEPS = 1_000


def senders(
    cover: _cubes.Cube, unit_ids: list[str], grades: Sequence[str] = GRADES
) -> list[dict[str, Any]]:
    """Write who is first and second to each hex in most hours, and how far away.

    Of units that are first in as many hours, the earlier one counts. Minutes are
    the mean of the hours in which that unit is first.

    Returns
    -------
    columns
        For each grade ``units`` (first and second: 1 and on for a place in
        ``unit_ids``, 0 for none) and ``minutes``.
    """
    first, second = (
        cover.codes(name, unit_ids) for name in ("first_unit", "second_unit")
    )
    minutes = cover.values("minutes", np.nan)
    at = [GRADES.index(grade) for grade in grades]
    return [_usual(first[g], second[g], minutes[g]) for g in at]


def _usual(
    first: IndexArray, second: IndexArray, minutes: FloatArray
) -> dict[str, Any]:
    usual = _most_often(first, np.ones(first.shape, dtype=bool))
    there = first == usual
    after = _most_often(second, there)
    return {
        "units": [_encode.runs(usual), _encode.runs(after)],
        "minutes": _encode.near(_mean(minutes, there), _MINUTE_STEPS),
    }


def waits(cover: _cubes.Cube, calls: FloatArray) -> FloatArray:
    """Mean over the shift of the expected wait in each hex, (n_grades, n_hexes).

    Hours count by the calls expected in them, and alike where none are; missing
    where no unit ever comes.

    Parameters
    ----------
    calls : (n_grades, n_periods, n_hexes)
        Expected.
    """
    found = cover.values("wait_min", np.nan)
    known = np.isfinite(found)
    weights = np.where(known, calls, 0.0)
    none = weights.sum(axis=1, keepdims=True) == 0
    weights = np.where(known & none, 1.0, weights)
    total = weights.sum(axis=1)
    summed = (np.where(known, found, 0.0) * weights).sum(axis=1)
    missing = np.full(total.shape, np.nan)
    mean: FloatArray = np.divide(summed, total, out=missing, where=total > 0)
    return mean


def _most_often(values: IndexArray, among: BoolArray) -> IndexArray:
    """Value that stands most often in each column, of those ``among``; (n_hexes,)."""
    often = np.stack([((values == row) & among).sum(axis=0) for row in values])
    best = np.where(among, often, -1).argmax(axis=0)
    chosen: IndexArray = np.take_along_axis(values, best[None], axis=0)[0]
    return chosen.astype(np.int64)


def _mean(values: FloatArray, among: BoolArray) -> FloatArray:
    known = among & np.isfinite(values)
    n = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    missing = np.full(n.size, np.nan)
    mean: FloatArray = np.divide(total, n, out=missing, where=n > 0)
    return mean


def timetables(run: Run) -> tuple[dict[str, list[str]], dict[str, list[list[int]]]]:
    """Write what each unit does when, hours on end as one spell.

    Returns
    -------
    words
        ``activities``, ``posts`` and ``reasons`` that spells refer to by position.
    spells
        By unit: first hour, number of hours, activity, post, reason.
    """
    hours = pd.Index(_cubes.periods(run))
    frame = run.plan.assign(hour=hours.get_indexer(run.plan["period"]))
    frame = frame[frame["hour"] >= 0].sort_values(["unit_id", "hour"], kind="stable")
    code: dict[str, IndexArray] = {}
    words: dict[str, list[str]] = {}
    columns = {"activities": "activity", "posts": "post", "reasons": "reason"}
    for name, column in columns.items():
        words[name] = sorted(set(frame[column]))
        code[column] = pd.Index(words[name]).get_indexer(frame[column])
    spells: dict[str, list[list[int]]] = {}
    coded = zip(*(code[column].tolist() for column in columns.values()), strict=True)
    for unit, hour, did in zip(frame["unit_id"], frame["hour"], coded, strict=True):
        mine = spells.setdefault(unit, [])
        if mine and tuple(mine[-1][2:]) == did and sum(mine[-1][:2]) == hour:
            mine[-1][1] += 1
        else:
            mine.append([int(hour), 1, *did])
    return words, spells


def visits(run: Run) -> dict[str, list[dict[str, Any]]]:
    """Write the visits of directed patrol of each unit, in order of time."""
    zone = ZoneInfo(run.record["shift"]["time_zone"])
    made: dict[str, list[dict[str, Any]]] = {}
    for row in run.visits.sort_values("starts_at", kind="stable").itertuples():
        start, end = (
            pd.Timestamp(time).tz_convert(zone) for time in (row.starts_at, row.ends_at)
        )
        planned = (end - start).total_seconds() / 60
        made.setdefault(str(row.unit_id), []).append(
            {
                "at": f"{start:%H:%M}–{end:%H:%M}",  # noqa: RUF001
                "rank": int(row.rank),
                "place": row.place,
                "gridRef": row.grid_ref,
                "drive": round(row.drive_min),
                "made": f"{row.expected_min:.0f} of {planned:.0f}",
            }
        )
    return made


def hexes_covered(run: Run) -> dict[str, int]:
    """Count the hexes that each unit is first to in most of its hours at a post."""
    standing = run.plan[run.plan["activity"] == "post"]
    often = standing.groupby(["unit_id", "hexes_covered"]).size().reset_index(name="n")
    often = often.sort_values(["unit_id", "n", "hexes_covered"], kind="stable")
    last = often.drop_duplicates("unit_id", keep="last")
    return dict(
        zip(last["unit_id"], last["hexes_covered"].astype(int).tolist(), strict=True)
    )
