"""What more or less of something would buy: the table of prices of a run."""

import dataclasses
from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from geoalloc import allocation, demand, evaluation
from geoalloc._types import FloatArray, IndexArray
from geoalloc.pipeline.problems import Setting
from geoalloc.pipeline.timetables import Tonight

MORE, FEWER = "one more unit", "one unit fewer"
PER_CENT, RULE, MOVES = "one per cent less", "rule", "moves"

_COLUMNS = [
    "what",
    "item",
    "period",
    "change",
    "gain",
    "late_immediate",
    "simulated",
    "low",
    "high",
]
_MOST_PARTS = 12  # categories and layers that are priced by themselves
_SIMULATED = 3  # rows of one per cent that the simulation is asked about
_MOVES = (1, 2, 5, 10, 20)


def prices(
    tonight: Tonight,
    at: Setting,
    expected: demand.Expected,
    params: evaluation.SimulationParams,
) -> pd.DataFrame:
    """Price units, one per cent of everything, rules, and moves: ``schemas.PRICES``.

    Rules and moves are priced at the plan before breaks and re-posts. Of a fine grid
    the model's prices are those of coarser cells; what is simulated is of every hex.
    """
    problem, cells = tonight.problem, tonight.cells
    priced = problem if cells is None else cells.of(problem)
    hours = expected.demand.periods
    names = at.posts["name"].to_numpy()[problem.station_post]
    rows = [
        *_units(priced, tonight.table, names, hours),
        *_per_cent(priced, tonight, expected, params),
        *_rules(priced, tonight.solved.post),
        *_moves(priced),
    ]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    frame["period"] = pd.to_datetime(frame["period"], utc=True).astype(
        "datetime64[us, UTC]"
    )
    numbers = _COLUMNS[4:]
    text = dict.fromkeys(("what", "item", "change"), "str")
    return frame.astype(dict.fromkeys(numbers, np.float64) | text)


_Row = tuple[str, str, pd.Timestamp | None, str, float, float, float, float, float]


def _row(
    what: str,
    item: str,
    period: pd.Timestamp | None,
    change: str,
    gain: tuple[float, float],
) -> _Row:
    return what, item, period, change, *gain, np.nan, np.nan, np.nan


def _units(
    problem: allocation.AllocationProblem,
    table: IndexArray,
    names: np.ndarray,
    hours: pd.DatetimeIndex,
) -> Iterator[_Row]:
    bought = allocation.unit_prices(problem, table)
    for row in bought.itertuples():
        gain = (row.gain_weighted, row.gain_late_immediate)
        item = f"{row.kind} from {names[row.station]}"
        yield _row(MORE, item, _hour(hours, row.period), "1 unit more", gain)
    lost = allocation.unit_losses(problem, table)
    for row in lost[lost["period"] == allocation.WHOLE_SHIFT].itertuples():
        gain = (-row.loss_weighted, -row.loss_late_immediate)
        yield _row(
            FEWER, f"{row.kind} from {names[row.station]}", None, "1 unit fewer", gain
        )


def _hour(hours: pd.DatetimeIndex, period: int) -> pd.Timestamp | None:
    return None if period == allocation.WHOLE_SHIFT else hours[period]


def _per_cent(
    priced: allocation.AllocationProblem,
    tonight: Tonight,
    expected: demand.Expected,
    params: evaluation.SimulationParams,
) -> Iterator[_Row]:
    problem, table, cells = tonight.problem, tonight.table, tonight.cells
    parts = tuple(_parts(problem, expected, cells))
    ranked = allocation.one_per_cent(priced, table, parts)
    first = ranked.head(_SIMULATED)
    if cells is not None:  # of all parts on every hex there would be too much
        parts = tuple(_parts(problem, expected, only=set(first["of"])))
    judged = evaluation.verified(
        problem,
        table,
        first,
        parts,
        change=evaluation.Change(cells=cells),
        # Levers of sickness and breaks add units, whose duty nobody has stated.
        params=dataclasses.replace(params, on_duty=None),
    )
    known = {(row.lever, row.of): row for row in judged.itertuples()}
    for row in ranked.itertuples():
        found = known.get((row.lever, row.of))
        simulated = (
            (found.simulated_weighted, found.weighted_low, found.weighted_high)
            if found is not None
            else (np.nan, np.nan, np.nan)
        )
        item = f"{row.lever}: {row.of}"
        gain = (row.saved_weighted, row.saved_late_immediate)
        yield PER_CENT, item, None, "1 % less", *gain, *simulated


def _parts(
    problem: allocation.AllocationProblem,
    expected: demand.Expected,
    cells: allocation.Aggregation | None = None,
    only: Collection[str] | None = None,
) -> Iterator[allocation.Part]:
    """Give the calls and work of the categories and layers with the most work."""
    lost = _lost(expected.demand)
    for part in [p for p in expected.parts if p.workload_h > 0][:_MOST_PARTS]:
        if only is not None and part.name not in only:
            continue
        arrivals = np.zeros((len(problem.classes), problem.n_periods, problem.n_hexes))
        for stream, name in enumerate(demand.STREAMS):
            if part.streams[stream] > 0:
                arrivals[_class_of(problem, name, part.need)] += part.incidents(stream)
        if arrivals.sum() > 0:
            if cells is not None:
                arrivals = cells.summed(arrivals)
            load = arrivals * part.unit_hours * lost[:, None]
            yield allocation.Part(name=part.name, arrivals=arrivals, load=load)


def _class_of(
    problem: allocation.AllocationProblem, stream: str, need: demand.Need
) -> int:
    for k, service in enumerate(problem.classes):
        mine = service.name.split()[0] == stream
        if mine and (service.skills, service.officers) == (need.skills, need.officers):
            return k
    return next(k for k, c in enumerate(problem.classes) if c.name == stream)


def _lost(expected: demand.Demand) -> FloatArray:
    """Hours that units lose to what police discover, over those at calls."""
    hourly = expected.workload_h.sum(axis=(0, 1, 3))
    return 1.0 + np.divide(
        expected.discovered_h, hourly, out=np.zeros_like(hourly), where=hourly > 0
    )


def _rules(problem: allocation.AllocationProblem, post: IndexArray) -> Iterator[_Row]:
    for row in allocation.constraint_prices(problem, post).itertuples():
        known = np.isfinite(row.limit)
        change = f"{row.side} {row.limit:g}, {row.change:+g}" if known else row.side
        yield _row(RULE, row.rule, None, change, (row.price, row.late_immediate))


def _moves(problem: allocation.AllocationProblem) -> Iterator[_Row]:
    """Tell what the best moves from where the units are, or their stations, buy."""
    home = problem.station_post[problem.supply.station]
    start = home if problem.current is None else problem.current
    reached = allocation.frontier(problem, start, moves=_MOVES)
    for moves, row in reached.iterrows():
        item = "best move" if moves == 1 else f"best {moves} moves"
        gain = (float(row["benefit"]), np.nan)
        yield _row(MOVES, item, None, f"{moves} moves", gain)
