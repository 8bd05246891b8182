"""Routes of optional timed visits, by the routing solver of OR-Tools.

All vehicles at once are more than the solver does in a shift planner's time. So each
vehicle is routed alone first, those most likely to make their visits before others;
then each is routed again together with its neighbors, everything else held (large
neighborhood search: Shaw, 1998, Principles and Practice of Constraint Programming,
LNCS 1520). No clock is asked, so that the same task has the same routes.
"""

import dataclasses
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from geoalloc._types import BoolArray, FloatArray, IndexArray

FORBIDDEN = 1_000_000  # minutes of a drive that may not be made
_WORTH = 1_000_000  # cost of the visit that is worth most
_CLASSES = 10  # of vehicles, by the share of a visit that they are likely to make
_TOGETHER = 3  # vehicles that are routed at once
_MOST_SOLUTIONS = 1_000  # of one descent: far more than it needs
# Of one descent: most need some hundreds. Where visits must be kept apart on several
# vehicles, the solver may otherwise try times for ever that do not fit.
_MOST_FAILURES = 4_000
_TIME = "time"
_STARTS = ("PATH_CHEAPEST_ARC", "PARALLEL_CHEAPEST_INSERTION")


@dataclass(frozen=True, kw_only=True)
class RoutingTask:
    """Visits to route, and the vehicles to route them on; minutes are whole.

    Nodes are the visits, in order, and then the places where vehicles start and end.

    Attributes
    ----------
    drive : (n_nodes, n_nodes)
        Minutes; ``FORBIDDEN`` for one that may not be made.
    visit_min
        Length of a visit.
    start, end : (n_vehicles,)
        Nodes; ``opens, closes``: when a vehicle may leave and must be back.
    likely : (n_vehicles,)
        Share of a visit that the vehicle is likely to make.
    windows
        For each visit, the intervals (first, last) in which it may begin.
    worth : (n_visits,)
        Of a visit that is made in full.
    slot, place : (n_visits,)
        Of the visits of a slot one at most is made; those at one place begin
        ``apart`` minutes apart.
    allowed : (n_visits, n_vehicles)
    minute_price
        Worth of a minute's drive.
    rounds
        Times that each vehicle is routed again with its neighbors.
    """

    drive: IndexArray
    visit_min: int
    start: IndexArray
    end: IndexArray
    opens: IndexArray
    closes: IndexArray
    likely: FloatArray
    windows: tuple[tuple[tuple[int, int], ...], ...]
    worth: FloatArray
    slot: IndexArray
    place: IndexArray
    allowed: BoolArray
    apart: int
    minute_price: float
    rounds: int


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A visit on the route of a vehicle: when it begins, and the drive to it."""

    vehicle: int
    visit: int
    begins: int


def route(task: RoutingTask) -> list[Stop]:
    """Route the visits that are worth it, by vehicle and time; perhaps none."""
    stops: list[Stop] = []
    for vehicle in np.argsort(-task.likely, kind="stable").tolist():
        stops += _solved(task, [vehicle], stops)
    for _ in range(task.rounds):
        before = stops
        for group in _groups(task):
            held = [stop for stop in stops if stop.vehicle not in group]
            mine = [stop for stop in stops if stop.vehicle in group]
            offered = _solved(task, group, held)
            if gain(task, offered) > gain(task, mine) + 1e-9:
                stops = held + offered
        if stops is before:
            break
    return sorted(stops, key=lambda stop: (stop.vehicle, stop.begins))


def gain(task: RoutingTask, stops: list[Stop]) -> float:
    """Worth of what is likely to be made, less the price of the drives."""
    total = 0.0
    for vehicle in sorted({stop.vehicle for stop in stops}):
        mine = sorted(
            (stop for stop in stops if stop.vehicle == vehicle), key=lambda s: s.begins
        )
        way = [int(task.start[vehicle]), *(stop.visit for stop in mine)]
        drive = sum(
            int(task.drive[a, b])
            for a, b in zip(way, [*way[1:], int(task.end[vehicle])], strict=True)
        )
        worth = sum(float(task.worth[stop.visit]) for stop in mine)
        total += float(task.likely[vehicle]) * worth - task.minute_price * drive
    return total


def _groups(task: RoutingTask) -> list[list[int]]:
    """Put each vehicle with those that start nearest to it at a time they share."""
    groups: list[list[int]] = []
    for vehicle in range(task.start.size):
        away = task.drive[task.start[vehicle], task.start].astype(np.float64)
        shared = np.minimum(task.closes, task.closes[vehicle]) - np.maximum(
            task.opens, task.opens[vehicle]
        )
        away[(shared <= 0) | (away >= FORBIDDEN)] = np.inf
        away[vehicle] = -1.0
        near = np.argsort(away, kind="stable")[:_TOGETHER]
        group = sorted(near[np.isfinite(away[near])].tolist())
        if len(group) > 1 and group not in groups:
            groups.append(group)
    return groups


def _solved(task: RoutingTask, group: list[int], held: list[Stop]) -> list[Stop]:
    """Route some vehicles around the stops of all others."""
    part, visits = _part(task, group, held)
    if part is None:
        return []
    model = _Model(part)
    offers = [found for rule in _STARTS if (found := model.descend(rule)) is not None]
    if not offers:
        return []
    return [
        Stop(
            vehicle=group[stop.vehicle],
            visit=int(visits[stop.visit]),
            begins=stop.begins,
        )
        for stop in max(offers, key=lambda stops: gain(part, stops))
    ]


def _part(
    task: RoutingTask, group: list[int], held: list[Stop]
) -> tuple[RoutingTask | None, IndexArray]:
    """Cut out the task of some vehicles: the visits that they could still make."""
    taken = {int(task.slot[stop.visit]) for stop in held}
    windows: list[tuple[tuple[int, int], ...]] = []
    visits = []
    for visit in range(task.worth.size):
        if int(task.slot[visit]) in taken or not task.allowed[visit, group].any():
            continue
        near = [s.begins for s in held if task.place[s.visit] == task.place[visit]]
        left = _without(task.windows[visit], near, task.apart)
        left = _within(task, group, visit, left)
        if left:
            visits.append(visit)
            windows.append(left)
    kept = np.array(visits, dtype=np.int64)
    if not visits:
        return None, kept
    ends = np.unique(np.concatenate([task.start[group], task.end[group]]))
    nodes = np.concatenate([kept, ends])
    part = dataclasses.replace(
        task,
        drive=task.drive[np.ix_(nodes, nodes)],
        start=kept.size + np.searchsorted(ends, task.start[group]),
        end=kept.size + np.searchsorted(ends, task.end[group]),
        opens=task.opens[group],
        closes=task.closes[group],
        likely=task.likely[group],
        windows=tuple(windows),
        worth=task.worth[kept],
        slot=np.unique(task.slot[kept], return_inverse=True)[1],
        place=task.place[kept],
        allowed=task.allowed[np.ix_(kept, np.array(group))],
    )
    return part, kept


def _without(
    windows: tuple[tuple[int, int], ...], taken: list[int], apart: int
) -> tuple[tuple[int, int], ...]:
    """Take away the minutes that are too near to other visits."""
    left = list(windows)
    for minute in taken:
        first, last = minute - apart + 1, minute + apart - 1
        cut = [((a, min(b, first - 1)), (max(a, last + 1), b)) for a, b in left]
        left = [piece for pair in cut for piece in pair if piece[0] <= piece[1]]
    return tuple(left)


def _within(
    task: RoutingTask,
    group: list[int],
    visit: int,
    windows: tuple[tuple[int, int], ...],
) -> tuple[tuple[int, int], ...]:
    """Keep the minutes at which some vehicle of the group could begin the visit."""
    spans = []
    for vehicle in group:
        out, back = task.drive[task.start[vehicle], visit], task.drive[visit]
        first = int(task.opens[vehicle] + out)
        last = int(task.closes[vehicle] - task.visit_min - back[task.end[vehicle]])
        if task.allowed[visit, vehicle] and first <= last:
            spans.append((first, last))
    if not spans:
        return ()
    low, high = min(a for a, _ in spans), max(b for _, b in spans)
    pieces = ((max(a, low), min(b, high)) for a, b in windows)
    return tuple((a, b) for a, b in pieces if a <= b)


class _Model:
    """The routing model of one task."""

    def __init__(self, task: RoutingTask) -> None:
        self._task = task
        self._n_visits = task.worth.size
        self._index = pywrapcp.RoutingIndexManager(
            len(task.drive), task.start.size, task.start.tolist(), task.end.tolist()
        )
        self._routing = pywrapcp.RoutingModel(self._index)
        self._scale = _WORTH / float(task.worth.max())
        self._add_time()
        self._add_cost()
        self._add_choice()
        self._keep_apart()
        limit = self._routing.solver().FailuresLimit(_MOST_FAILURES)
        self._routing.AddSearchMonitor(limit)

    def _add_time(self) -> None:
        task, routing = self._task, self._routing
        service = np.zeros(len(task.drive), dtype=np.int64)
        service[: self._n_visits] = task.visit_min
        transit = routing.RegisterTransitMatrix(
            (task.drive + service[:, None]).tolist()
        )
        horizon = int(task.closes.max())
        routing.AddDimension(transit, horizon, horizon, False, _TIME)
        self._time = routing.GetDimensionOrDie(_TIME)
        for vehicle in range(task.start.size):
            opens, closes = int(task.opens[vehicle]), int(task.closes[vehicle])
            self._time.CumulVar(routing.Start(vehicle)).SetRange(opens, closes)
            self._time.CumulVar(routing.End(vehicle)).SetRange(opens, closes)
        for visit, windows in enumerate(task.windows):
            begins = self._time.CumulVar(self._index.NodeToIndex(visit))
            begins.SetRange(windows[0][0], windows[-1][1])
            for (_, before), (after, _) in pairwise(windows):
                begins.RemoveInterval(before + 1, after - 1)
            routing.AddVariableMinimizedByFinalizer(begins)

    def _add_cost(self) -> None:
        task, routing = self._task, self._routing
        step = np.rint(task.likely * _CLASSES).astype(np.int64)
        best = self._slot_worth()
        minute = task.minute_price * self._scale
        drive = np.where(task.drive < FORBIDDEN, task.drive, 0) * minute
        for likely in np.unique(step):
            cost = drive.copy()
            made = task.worth * self._scale * likely / _CLASSES
            cost[:, : self._n_visits] += best[task.slot] - made
            evaluator = routing.RegisterTransitMatrix(
                np.rint(cost).astype(np.int64).tolist()
            )
            for vehicle in np.flatnonzero(step == likely).tolist():
                routing.SetArcCostEvaluatorOfVehicle(evaluator, vehicle)

    def _slot_worth(self) -> FloatArray:
        """Cost of leaving a slot without a visit: (n_slots,)."""
        worth = np.zeros(int(self._task.slot.max()) + 1)
        np.maximum.at(worth, self._task.slot, self._task.worth * self._scale)
        return worth

    def _add_choice(self) -> None:
        task, routing = self._task, self._routing
        for slot, penalty in enumerate(self._slot_worth().tolist()):
            members = np.flatnonzero(task.slot == slot).tolist()
            nodes = [self._index.NodeToIndex(visit) for visit in members]
            routing.AddDisjunction(nodes, round(penalty))
        for visit, may in enumerate(task.allowed):
            vehicles = np.flatnonzero(may).tolist()
            node = self._index.NodeToIndex(visit)
            routing.VehicleVar(node).SetValues([-1, *vehicles])

    def _keep_apart(self) -> None:
        task, routing = self._task, self._routing
        solver = routing.solver()
        for place in np.unique(task.place):
            members = np.flatnonzero(task.place == place).tolist()
            for i, a in enumerate(members):
                for b in members[i + 1 :]:
                    if task.slot[a] == task.slot[b]:
                        continue
                    first, second = map(self._index.NodeToIndex, (a, b))
                    gap = self._time.CumulVar(second) - self._time.CumulVar(first)
                    both = routing.ActiveVar(first) + routing.ActiveVar(second)
                    # Far enough apart, one way or the other, unless one is not made.
                    solver.Add(
                        (gap >= task.apart) + (gap <= -task.apart) + (both <= 1) >= 1
                    )

    def descend(self, start: str) -> list[Stop] | None:
        """Start by a rule, and improve until nothing near it is better."""
        params = pywrapcp.DefaultRoutingSearchParameters()
        params.first_solution_strategy = getattr(
            routing_enums_pb2.FirstSolutionStrategy, start
        )
        params.local_search_metaheuristic = (
            routing_enums_pb2.LocalSearchMetaheuristic.GREEDY_DESCENT
        )
        params.solution_limit = _MOST_SOLUTIONS
        found = self._routing.SolveWithParameters(params)
        return None if found is None else self._stops(found)

    def _stops(self, found: pywrapcp.Assignment) -> list[Stop]:
        """Read the routes: by vehicle, in order of time."""
        stops = []
        for vehicle in range(self._task.start.size):
            index = found.Value(self._routing.NextVar(self._routing.Start(vehicle)))
            while not self._routing.IsEnd(index):
                stops.append(
                    Stop(
                        vehicle=vehicle,
                        visit=self._index.IndexToNode(index),
                        begins=found.Min(self._time.CumulVar(index)),
                    )
                )
                index = found.Value(self._routing.NextVar(index))
        return stops
