"""The problem as the arrays that search and cuts work on."""

from dataclasses import dataclass

import numpy as np

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import curves, loads, plan
from geoalloc.allocation.problem import AllocationProblem
from geoalloc.kernels import gathering
from geoalloc.kernels.coverage import Cells, Moves, Quotas, Teams, Within

_HARD = 1e4  # late incidents: price, in the search, of one unit short of a quota
_NO_LIMIT = 1 << 40


@dataclass(frozen=True, kw_only=True)
class Roster:
    """Units grouped into teams that are interchangeable, and teams into sides.

    Units of a team are alike in all that the problem knows of them. Teams that
    cover alike, but start from other stations, make a *side*; the cuts need only
    know how many units of a side stand at a post.

    Attributes
    ----------
    team : (n_units,)
        Team of each unit.
    station, size, side : (n_teams,)
    cost : (n_teams, n_posts)
        Price of the drive from the station; inf where the team may not post.
    current : (n_units,)
        Where each unit stands now, -1 if that is not known.
    """

    team: IndexArray
    current: IndexArray
    station: IndexArray
    size: IndexArray
    side: IndexArray
    cost: FloatArray
    teams: Teams
    sides: Teams


@dataclass(frozen=True, kw_only=True)
class Cover:
    """Cells to cover, teams to cover them, and the quotas they must keep.

    Attributes
    ----------
    block : (n_cells,)
        Class and district of each cell as one number: one cut is made per block.
    quota_name : (n_rows,)
    side_parts : (n_rows, n_sides)
        What a unit of each side counts for in each row of the quotas.
    quota_post : (n_rows, n_posts)
        Where it counts.
    capped : (n_caps, n_cells)
        Which cells each cap on unmet demand adds up.
    cap_limit : (n_caps,)
        Weighted unmet demand that they may come to.
    cap_name : (n_caps,)
    """

    cells: Cells
    within: Within
    block: IndexArray
    n_blocks: int
    quotas: Quotas
    quota_name: tuple[str, ...]
    side_parts: IndexArray
    quota_post: IndexArray
    capped: BoolArray
    cap_limit: FloatArray
    cap_name: tuple[str, ...]
    moves: Moves
    roster: Roster

    def unmet(self, placed: FloatArray) -> FloatArray:
        """Cost of each cell with so many (or parts of) units of each side at a post.

        Parameters
        ----------
        placed : (n_sides, n_posts)

        Returns
        -------
        cost : (n_cells,)
        """
        return tangent(self.cells.curve, self.parts(placed))[0]

    def parts(self, placed: FloatArray) -> FloatArray:
        """Count the parts in reach of each cell: (n_cells,)."""
        return gathering.units_in_reach(self.cells, self.roster.sides, placed)

    def placed(self, post: IndexArray) -> FloatArray:
        """Count the units of each side at each post: (n_sides, n_posts)."""
        roster = self.roster
        placed = np.zeros((roster.sides.beat.size, roster.cost.shape[1]))
        np.add.at(placed, (roster.side[roster.team], post), 1.0)
        return placed


def tangent(curve: FloatArray, count: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Value and (positive) fall per unit of each cell's curve at ``count``."""
    rows, last = np.arange(curve.shape[0]), curve.shape[1] - 1
    below = np.clip(np.floor(count + 1e-9).astype(np.int64), 0, max(last - 1, 0))
    fall = curve[rows, below] - curve[rows, np.minimum(below + 1, last)]
    return curve[rows, below] - fall * (count - below), fall


def compile_cover(problem: AllocationProblem) -> Cover:
    """Turn ``problem`` into arrays; a cell is a hex with demand in one layer."""
    windows, layers = _windows(problem), _layers(problem)
    names, parts, at, least, most = _quota_rows(problem, windows)
    cells, block, of_speed, first_cell = _cells(problem, layers, windows)
    capped = _capped(problem, layers, windows)
    roster = _roster(problem, parts, *_serving(problem, layers, windows, of_speed))
    first = np.unique(roster.team, return_index=True)[1]
    side_first = np.unique(roster.side, return_index=True)[1]
    by_post = [np.flatnonzero(column) for column in at.T]
    return Cover(
        cells=cells,
        within=gathering.turn_round(cells, first_cell),
        block=block,
        n_blocks=int(block.max(initial=-1)) + 1,
        quotas=Quotas(
            indptr=np.concatenate([[0], np.cumsum([r.size for r in by_post])]),
            row=np.concatenate([*by_post, np.zeros(0, np.int64)]).astype(np.int64),
            parts=np.ascontiguousarray(parts[:, first]),
            least=least,
            most=most,
            price=np.full(least.size, _HARD),
        ),
        quota_name=names,
        side_parts=parts[:, first[side_first]],
        quota_post=at.astype(np.int64),
        capped=capped,
        cap_limit=np.array([cap.share for cap in problem.caps])
        * (capped @ cells.curve[:, 0]),
        cap_name=tuple(cap.name for cap in problem.caps),
        moves=_moves(problem, roster),
        roster=roster,
    )


def _windows(problem: AllocationProblem) -> list[IndexArray]:
    """Group the periods in which the same units are present."""
    group = np.unique(problem.present, axis=1, return_inverse=True)[1].reshape(-1)
    return [np.flatnonzero(group == g) for g in range(int(group.max()) + 1)]


def _quota_rows(
    problem: AllocationProblem, windows: list[IndexArray]
) -> tuple[tuple[str, ...], IndexArray, np.ndarray, IndexArray, IndexArray]:
    """Give name, parts by unit, posts, least and most of each row.

    A quota of units is a row for each window in which any of its units is present.
    """
    present = problem.present
    names, parts, at, least, most = [], [], [], [], []
    for quota in problem.quotas:
        if quota.hours:
            counted = [np.where(quota.units, present.sum(axis=1), 0)]
        else:
            counted = [
                (quota.units & present[:, w[0]]).astype(np.int64) for w in windows
            ]
            counted = [row for row in counted if row.any()] or counted[:1]
        for row in counted:
            names.append(quota.name)
            parts.append(row)
            at.append(quota.posts)
            least.append(quota.least)
            most.append(_NO_LIMIT if quota.most is None else quota.most)
    shape = (len(names), -1) if names else (0, len(problem.supply))
    return (
        tuple(names),
        np.array(parts, dtype=np.int64).reshape(shape),
        np.array(at, dtype=bool).reshape(len(names), problem.n_posts),
        np.array(least, dtype=np.int64),
        np.array(most, dtype=np.int64),
    )


@dataclass(frozen=True, kw_only=True)
class _Layer:
    """A class of service, or the longest acceptable travel, and its hexes.

    Attributes
    ----------
    of
        Class whose units count.
    within_min : (n_hexes,)
        Longest travel at a speed of 1.
    longest
        Whether it stands for the longest acceptable travel.
    """

    of: int
    hexes: IndexArray
    within_min: FloatArray
    longest: bool = False


def _layers(problem: AllocationProblem) -> list[_Layer]:
    layers = [
        _Layer(
            of=c,
            hexes=np.flatnonzero(plan.value_of(problem, c).sum(axis=0) > 0),
            within_min=service.within(1.0),
        )
        for c, service in enumerate(problem.classes)
    ]
    if problem.longest is not None:
        limit = problem.longest.limit_min
        inhabited = np.flatnonzero(np.isfinite(limit))
        layers.append(_Layer(of=0, hexes=inhabited, within_min=limit, longest=True))
    return layers


def _cells(
    problem: AllocationProblem, layers: list[_Layer], windows: list[IndexArray]
) -> tuple[Cells, IndexArray, dict[tuple[int, float], int], IndexArray]:
    """Lay out cells and coverage; say which block holds a layer at a speed.

    And where the cells of each block of coverage begin in ``Within``.
    """
    n_districts = len(problem.district_names)
    n_max = int(problem.unit_parts.sum(axis=0).max(initial=1))
    offset, beat, costs, block = [], [], [], []
    indptr, cell = [np.zeros(1, np.int64)], [np.zeros(0, np.int32)]
    of_speed: dict[tuple[int, float], int] = {}
    n_cells, first = 0, [0]
    for number, layer in enumerate(layers):
        here = layer.hexes
        counted = problem.unit_parts[:, layer.of] > 0
        for speed in np.unique(problem.unit_speed[counted, layer.of]).tolist():
            covers = loads.covered_columns(problem, layer.within_min * speed, here)
            of_speed[number, speed] = len(of_speed)
            first.append(first[-1] + here.size)
            indptr.append(indptr[-1][-1] + covers.indptr[1:].astype(np.int64))
            cell.append(covers.indices)
        for window in windows:
            offset.append(n_cells)
            beat.append(problem.hex_beat[here])
            costs.append(_curve(problem, layer, window, n_max))
            block.append(number * n_districts + problem.hex_district[here])
            n_cells += here.size
    cells = Cells(
        n_posts=problem.n_posts,
        indptr=np.concatenate(indptr),
        cell=np.concatenate(cell),
        offset=np.array(offset, dtype=np.int64),
        beat=np.concatenate(beat).astype(np.int64),
        curve=np.concatenate(costs),
    )
    blocks = np.concatenate(block).astype(np.int64)
    return cells, blocks, of_speed, np.array(first, dtype=np.int64)


def _capped(
    problem: AllocationProblem, layers: list[_Layer], windows: list[IndexArray]
) -> BoolArray:
    """Mark the cells of each cap: (n_caps, n_cells)."""
    return np.array(
        [
            np.concatenate(
                [
                    cap.hexes[layer.hexes] & (not layer.longest)
                    for layer in layers
                    for _ in windows
                ]
            )
            for cap in problem.caps
        ],
        dtype=bool,
    ).reshape(len(problem.caps), len(windows) * sum(x.hexes.size for x in layers))


def _curve(
    problem: AllocationProblem, layer: _Layer, window: IndexArray, n_max: int
) -> FloatArray:
    """Cost of each cell of a layer with 0..n_max parts in reach."""
    here = layer.hexes
    if layer.longest and problem.longest is not None:
        curve = np.zeros((here.size, n_max + 1))
        curve[:, 0] = problem.longest.price * window.size / problem.n_periods
        return curve
    weight = plan.value_of(problem, layer.of)[np.ix_(window, here)]
    return curves.table(problem, layer.of, weight, here, np.asarray(window), n_max)


def _serving(
    problem: AllocationProblem,
    layers: list[_Layer],
    windows: list[IndexArray],
    of_speed: dict[tuple[int, float], int],
) -> tuple[IndexArray, IndexArray]:
    """Say which coverage each unit has in each layer, and what it counts for.

    Returns
    -------
    block, parts : (n_units, n_layers)
    """
    parts_of, speed, present = problem.unit_parts, problem.unit_speed, problem.present
    shape = (len(problem.supply), len(layers) * len(windows))
    block, parts = np.full(shape, -1), np.zeros(shape, dtype=np.int64)
    for number, layer in enumerate(layers):
        for w, window in enumerate(windows):
            k = number * len(windows) + w
            here = (parts_of[:, layer.of] > 0) & present[:, window[0]]
            for u in np.flatnonzero(here):
                block[u, k] = of_speed[number, float(speed[u, layer.of])]
                parts[u, k] = 1 if layer.longest else parts_of[u, layer.of]
    return block, parts


def _roster(
    problem: AllocationProblem,
    quota_parts: IndexArray,
    block: IndexArray,
    parts: IndexArray,
) -> Roster:
    """Group the units."""
    beat, allowed = problem.unit_beat, problem.allowed
    alike = np.column_stack([beat, block, parts, quota_parts.T])
    station = problem.supply.station
    posts = np.unique(allowed, axis=0, return_inverse=True)[1].reshape(-1)
    current = np.full(station.size, -1) if problem.current is None else problem.current
    _, first, team = np.unique(
        np.column_stack([alike, station, posts, problem.present.any(axis=1)]),
        axis=0,
        return_index=True,
        return_inverse=True,
    )
    _, side_first, side = np.unique(
        alike[first], axis=0, return_index=True, return_inverse=True
    )
    lead, able = first[side_first], allowed[first]
    # A unit that is never present drives nowhere.
    drives = allowed & problem.present.any(axis=1, keepdims=True)
    drive = np.where(drives, problem.station_min[station], 0.0)
    team = team.reshape(-1)
    return Roster(
        team=team,
        current=current,
        station=station[first],
        size=np.bincount(team),
        side=side.reshape(-1),
        cost=np.where(able, problem.deadhead * drive[first], np.inf),
        teams=Teams(block[first], parts[first], beat[first]),
        sides=Teams(block[lead], parts[lead], beat[lead]),
    )


def _moves(problem: AllocationProblem, roster: Roster) -> Moves:
    current = np.zeros(roster.cost.shape, dtype=np.int64)
    if problem.current is not None:
        np.add.at(current, (roster.team, problem.current), 1)
    most = -1 if problem.most_moves is None else problem.most_moves
    return Moves(current=current, most=most)
