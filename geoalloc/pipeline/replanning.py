"""replan(run, request) -> Replanned: the best few moves when something has changed."""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import allocation, runs
from geoalloc import scenario as scenarios
from geoalloc._types import IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.pipeline import ground, marked_tables, records, replan_requests, stages
from geoalloc.pipeline.ground import Ahead, Ground
from geoalloc.pipeline.replan_requests import Asked, ReplanRequest
from geoalloc.runs import Run

__all__ = ["Replanned", "replan", "replan_words", "write_moves"]

_TEXTS = ("what", "unit_id", "kind", "at")
_POSTS = ("from_post", "from_grid_ref", "to_post", "to_grid_ref")
_COLUMNS = ("order", *_TEXTS, *_POSTS, "minutes", "saved", "restored")


@dataclass(frozen=True, kw_only=True)
class Replanned:
    """The moves to make.

    Attributes
    ----------
    moves
        Best first, after the units that arrive: ``order``, ``what`` (arrival or
        move), ``unit_id``, ``kind``, ``at`` (local start of the hour), ``from_post``,
        ``from_grid_ref``, ``to_post``, ``to_grid_ref``, ``minutes`` of drive, and
        ``saved``, weighted late calls given those above (and what the scenario's
        prices make of rules), missing for arrivals; ``restored``, unit-hours of
        minimum cover and presence that the move makes good (below 0: gives up).
    record
        What was asked, ``planned``, ``before``, ``after`` and ``free`` (weighted late
        calls: without the changes, with them and no move, with the moves, with any
        number of moves), ``seconds`` that finding the moves took.
    """

    moves: pd.DataFrame
    record: dict[str, Any]


def replan(
    path: Path,
    request: ReplanRequest,
    *,
    progress: Callable[[str], None] = stages.silent,
) -> Replanned:
    """Find the best few moves from the plan of a run.

    An hour counts for a unit that is there for at least half of it.

    Parameters
    ----------
    path
        A run folder, or its ``run.json``.
    progress
        Called with the name of each stage as it begins.

    Raises
    ------
    UsageError
        If a call sign or a time is not of the run, or nothing is left to plan.
    DataError
        If the folder is not whole, or its inputs are not what they were.
    """
    clock = stages.Clock(progress)
    with clock("run"):
        run = _read(path)
        asked = replan_requests.positions(run, request)
    scenario = scenarios.parse(run.record["scenario"]).changed(
        incidents=request.incidents, boundary=request.boundary
    )
    on = ground.read(scenario, clock)
    records.require_inputs(on.found, run.record["inputs"])
    ahead = ground.foresee(scenario, on, clock)
    problem = dataclasses.replace(
        ahead.problem, load_factor=run.record["shift_plan"]["load_factor"]
    )
    current = _running(run, ahead, on.grid)
    replan_requests.require_duty(run, asked, problem)
    changes = allocation.Changes(
        unavailable=asked.gone,
        arriving=asked.arriving,
        queue=replan_requests.queue_of(request, asked, ahead, on.grid),
    )
    found, told = _found(problem, current, changes, asked, request.most_moves, clock)
    moves = _moves(found, ahead, scenario.time_zone)
    told |= {"timings": clock.seconds, "notes": _notes(on, run, asked, current)}
    return Replanned(moves=moves, record=_record(run, request, asked, moves) | told)


def _read(path: Path) -> Run:
    if not path.is_dir():
        runs.read_record(path)
    run = runs.read(path if path.is_dir() else path.parent)
    if "load_factor" not in run.record.get("shift_plan", {}):
        raise DataError(
            f"run {run.record['run_id']} does not say what its plan was made with "
            f"(shift_plan.load_factor): plan the scenario anew"
        )
    return run


def _running(run: Run, ahead: Ahead, grid: HexGrid) -> IndexArray:
    """Take the timetable that runs: (n_units, n_periods), -1 at no post."""
    frame, at = run.plan, ahead.setting
    units = pd.Index(at.units["unit_id"])
    where = grid.hex_id[at.posts["position"].to_numpy()].tolist()
    position: dict[tuple[int, str], int] = {}
    for k, key in enumerate(zip(where, at.posts["name"], strict=True)):
        position.setdefault(key, k)
    keys = zip(frame["post_hex"].tolist(), frame["post"], strict=True)
    post = np.array([position.get(key, -1) for key in keys], dtype=np.int64)
    unit = units.get_indexer(frame["unit_id"])
    period = at.hours.get_indexer(pd.DatetimeIndex(frame["period"]))
    wrong = (unit < 0) | (period < 0) | (post < 0)
    if wrong.any() or len(frame) != len(units) * len(at.hours):
        first = frame.iloc[int(np.argmax(wrong))]
        raise DataError(
            f"the plan of run {run.record['run_id']} does not fit its scenario, first "
            f"{first['unit_id']} at {first['post']}: it was made by geoalloc "
            f"{run.record.get('version')}; plan the scenario anew"
        )
    table = np.full((len(units), len(at.hours)), -1, dtype=np.int64)
    table[unit, period] = np.where(frame["activity"] == "post", post, -1)
    return table


def _found(
    problem: allocation.AllocationProblem,
    current: IndexArray,
    changes: allocation.Changes,
    asked: Asked,
    most_moves: int,
    clock: stages.Clock,
) -> tuple[allocation.ReoptimizedPlan, dict[str, Any]]:
    """Find the moves, and value them beside the plan as it was with every unit."""
    params = allocation.MoveParams(from_period=asked.first)
    begun = time.perf_counter()
    with clock("moves"):
        found = allocation.reoptimize(
            problem, current, changes, most_moves=most_moves, params=params
        )
    seconds = round(time.perf_counter() - begun, 2)
    with clock("as planned"):
        planned = allocation.reoptimize(
            problem,
            current,
            dataclasses.replace(changes, unavailable={}, arriving={}),
            most_moves=0,
            params=dataclasses.replace(params, repairs=0, free_passes=0),
        ).before
    return found, {
        "planned": planned,
        "before": found.before,
        "after": found.after,
        "free": found.free,
        "seconds": seconds,
    }


def _moves(
    found: allocation.ReoptimizedPlan, ahead: Ahead, time_zone: str
) -> pd.DataFrame:
    at = ahead.setting
    local = at.hours.tz_convert(time_zone).strftime("%H:%M")
    names = [*at.posts["name"], ""]  # -1 is no post
    places = [*at.posts["grid_ref"], ""]
    arrivals = found.arrivals.assign(
        what="arrival", from_post=-1, minutes=0, gain=np.nan, restored=0.0
    )
    made = found.moves.assign(what="move")
    rows = [
        (
            order,
            row["what"],
            at.units["unit_id"].iloc[row["unit"]],
            at.units["kind"].iloc[row["unit"]],
            local[row["period"]],
            *(names[row["from_post"]], places[row["from_post"]]),
            *(names[row["to_post"]], places[row["to_post"]]),
            row["minutes"],
            row["gain"],
            row["restored"],
        )
        for order, row in enumerate(
            arrivals.to_dict("records") + made.to_dict("records"),
            start=1,
        )
    ]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    kinds = dict.fromkeys((*_TEXTS, *_POSTS), "str") | {"order": "int64"}
    return frame.astype(
        kinds | {"minutes": "int64", "saved": "float64", "restored": "int64"}
    )


def _record(
    run: Run, request: ReplanRequest, asked: Asked, moves: pd.DataFrame
) -> dict[str, Any]:
    hours, names = replan_requests.hours_of(run), run.units["unit_id"].tolist()
    told = {
        key: [
            {"unit_id": names[u], "from": hours[t].isoformat()} for u, t in at.items()
        ]
        for key, at in (("unavailable", asked.gone), ("arriving", asked.arriving))
    }
    kept = moves.astype(object).where(moves.notna(), None)
    return {
        "run_id": run.record["run_id"],
        "name": run.record["name"],
        "marking": runs.marking(run.record),
        "handling": run.record["handling"],
        "from": hours[asked.first].isoformat(),
        "until": (hours[-1] + pd.Timedelta(hours=1)).isoformat(),
        **told,
        "most_moves": request.most_moves,
        "queue": request.queue.name if request.queue else None,
        "moves": kept.to_dict("records"),
    }


def _notes(on: Ground, run: Run, asked: Asked, current: IndexArray) -> list[str]:
    names, hours = run.units["unit_id"].tolist(), replan_requests.hours_of(run)
    notes = [
        f"{names[unit]} was at no post from {hours[period]:%H:%M} on as it was."
        for unit, period in asked.gone.items()
        if (current[unit, max(period, asked.first) :] < 0).all()
    ]
    if asked.arriving:
        notes.append("A unit that arrives takes no break in this plan: give it one.")
    if on.past.synthetic:
        notes.append("Incidents are made up: a demonstration, not evidence.")
    return [*notes, records.NOTES[-1]]


def replan_words(found: Replanned) -> str:
    """Say which moves to make, and what they save, for the terminal."""
    record, moves = found.record, found.moves
    hours = [pd.Timestamp(record[key]).strftime("%H:%M") for key in ("from", "until")]
    lines = [
        record["marking"],
        f"{record['name']}, run {record['run_id']}: the best moves of units between "
        f"{hours[0]} and {hours[1]}.",
        *_changes(record),
        "",
        *(_table(moves) if len(moves) else ["No move is worth making."]),
        "",
        f"Weighted late calls, by the model and with the scenario's prices of rules: "
        f"{record['planned']:.2f} as planned, "
        f"{record['before']:.2f} with the changes and no move, {record['after']:.2f} "
        f"with {(moves['what'] == 'move').sum()} moves; any number of moves reached "
        f"{record['free']:.2f}.",
        f"The moves were found in {record['seconds']:.2f} s.",
    ]
    return "\n".join([*lines, "", *record["notes"]])


def _changes(record: dict[str, Any]) -> list[str]:
    said = [
        f"{row['unit_id']} {word} from {pd.Timestamp(row['from']):%H:%M}"
        for key, word in (("unavailable", "is gone"), ("arriving", "is there"))
        for row in record[key]
    ]
    said += [f"calls wait as in {record['queue']}"] if record["queue"] else []
    return [f"Changed: {'; '.join(said)}."] if said else []


def _table(moves: pd.DataFrame) -> list[str]:
    shown = pd.DataFrame(
        {
            "": moves["order"].astype("str"),
            "at": moves["at"],
            "unit": moves["unit_id"],
            "from": moves["from_post"].where(moves["what"] == "move", "(arrives)"),
            "to": moves["to_post"] + " " + moves["to_grid_ref"],
            "minutes": moves["minutes"].astype("str"),
            "saves": ["" if x != x else f"{x:.3f}" for x in moves["saved"]],
        }
    )
    if moves["restored"].any():
        shown["restores"] = [
            f"{x:+d} unit-hours" if x else "" for x in moves["restored"]
        ]
    width = {c: max(len(c), *(len(text) for text in shown[c])) for c in shown}
    rows = [list(shown.columns), *shown.to_numpy().tolist()]
    return [
        "  ".join(f"{x:<{width[c]}}" for c, x in zip(shown, row, strict=True)).rstrip()
        for row in rows
    ]


def write_moves(found: Replanned, path: Path, *, force: bool = False) -> None:
    """Write the moves as CSV, whole or not at all, with the marking.

    Raises
    ------
    UsageError
        If the file is there and ``force`` is not given.
    DataError
        If it cannot be written.
    """
    marked_tables.require_free(path, force=force)
    marked_tables.write(found.moves, path, found.record["marking"])
