"""Draw the calls of simulated shifts: by the demand, or from recorded shifts.

Every random number belongs to a call and is drawn before any unit is sent, so that
plans and rules are compared on the same calls, journeys and arrests.
"""

from dataclasses import dataclass

import numpy as np

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import AllocationProblem, ServiceClass
from geoalloc.errors import DataError
from geoalloc.evaluation.conduct import (
    ArrestRule,
    RealCalls,
    by_class,
    require_positions,
)
from geoalloc.evaluation.params import PERIOD_MIN, SimulationParams
from geoalloc.kernels.simulation import Calls

# Streams of random numbers beside that of each class, [seed, class].
_AFTERWARDS, _OPEN, _LEVEL, _SHIFTS = 1, 2, 3, 4


@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """Calls of one class: shift, minute from which it waits, hex, on scene, call."""

    shift: IndexArray
    at: FloatArray
    hex: IndexArray
    on_scene: FloatArray
    since: FloatArray


def draw_calls(problem: AllocationProblem, params: SimulationParams) -> Calls:
    """Draw the calls of all shifts; each class has random streams of its own."""
    if params.history is not None:
        return draw_real(problem, params.history, params)
    level = np.ones(params.n_shifts)
    if params.level_cv > 0:
        shape = 1 / params.level_cv**2
        rng = np.random.default_rng([params.seed, len(problem.classes), _LEVEL])
        level = rng.gamma(shape, 1 / shape, params.n_shifts)
    drawn = [
        _draw_class(service, params, np.random.default_rng([params.seed, c]), level)
        for c, service in enumerate(problem.classes)
    ]
    return _gather(problem, params, drawn)


def draw_real(
    problem: AllocationProblem, real: RealCalls, params: SimulationParams
) -> Calls:
    """Draw whole recorded shifts, with replacement (Efron, 1979, Annals of Statistics).

    Calls that came together stay together: bursts, and the mix of a bad night.

    Raises
    ------
    DataError
        If a class or a hex is unknown.
    """
    n_classes = len(problem.classes)
    require_positions("service of real calls", real.service, n_classes)
    require_positions("hex of real calls", real.hex, problem.n_hexes)
    picked = np.arange(params.n_shifts) % real.n_recorded
    if not real.in_order:
        rng = np.random.default_rng([params.seed, n_classes, _SHIFTS])
        picked = rng.integers(0, real.n_recorded, params.n_shifts)
    order = np.argsort(real.shift, kind="stable")
    first = np.searchsorted(real.shift[order], np.arange(real.n_recorded + 1))
    count = np.diff(first)[picked]
    shift = np.repeat(np.arange(params.n_shifts), count)
    offset = np.arange(shift.size) - np.repeat(np.cumsum(count) - count, count)
    row = order[np.repeat(first[picked], count) + offset]
    at = real.at_min[row]
    inside = (at >= -60 * params.warmup_h) & (at < PERIOD_MIN * problem.n_periods)
    drawn = []
    for c, service in enumerate(problem.classes):
        mine = np.flatnonzero(inside & (real.service[row] == c))
        rng = np.random.default_rng([params.seed, c])
        on_scene = _on_scene(service, mine.size, rng)
        if real.on_scene_min is not None:
            on_scene = real.on_scene_min[row[mine]]
        drawn.append(
            _Drawn(
                shift=shift[mine],
                at=at[mine],
                hex=real.hex[row[mine]],
                on_scene=on_scene,
                since=at[mine],
            )
        )
    return _gather(problem, params, drawn)


def _draw_class(
    service: ServiceClass,
    params: SimulationParams,
    rng: np.random.Generator,
    level: FloatArray,
) -> _Drawn:
    """Draw Poisson calls by period and hex, at the level of their shift."""
    n_periods = service.arrivals.shape[0]
    rows = np.concatenate([[0], np.arange(n_periods)])  # the warm-up is as period 0
    start = np.concatenate([[-params.warmup_h], np.arange(n_periods)]) * PERIOD_MIN
    hours = np.concatenate([[params.warmup_h], np.ones(n_periods)])
    mean = service.arrivals.sum(axis=1)[rows] * hours
    count = rng.poisson(level[:, None] * mean, size=(params.n_shifts, rows.size))
    shift = np.repeat(np.arange(params.n_shifts), count.sum(axis=1))
    piece = np.repeat(np.tile(np.arange(rows.size), params.n_shifts), count.ravel())
    at = start[piece] + rng.random(piece.size) * hours[piece] * PERIOD_MIN
    draw = rng.random(piece.size)
    where = np.zeros(piece.size, dtype=np.int64)
    for period in np.unique(rows[piece]):
        here = rows[piece] == period
        total = np.cumsum(service.arrivals[period])
        where[here] = np.searchsorted(total, draw[here] * total[-1], side="right")
    return _Drawn(
        shift=shift,
        at=at,
        hex=np.minimum(where, service.arrivals.shape[1] - 1),
        on_scene=_on_scene(service, piece.size, rng),
        since=at,
    )


def _on_scene(service: ServiceClass, size: int, rng: np.random.Generator) -> FloatArray:
    factor = _lognormal(service.on_scene_cv, size, rng)
    return np.asarray(service.on_scene_min * factor)


def _lognormal(cv: float, size: int, rng: np.random.Generator) -> FloatArray:
    """Lognormal factors of mean 1."""
    spread = np.log1p(cv**2)
    return np.exp(np.sqrt(spread) * rng.standard_normal(size) - spread / 2)


def _gather(
    problem: AllocationProblem, params: SimulationParams, drawn: list[_Drawn]
) -> Calls:
    """Add what is open at the start, say what follows each call, and sort."""
    parts = [_begun(problem, params, one, c) for c, one in enumerate(drawn)]
    after = [_afterwards(problem, params, c, one) for c, one in enumerate(parts)]
    grade = np.repeat(np.arange(len(parts)), [one.shift.size for one in parts])
    shift, at, since, where, on_scene = (
        np.concatenate([getattr(one, name) for one in parts])
        for name in ("shift", "at", "since", "hex", "on_scene")
    )
    factor, arrest, held = map(np.concatenate, zip(*after, strict=True))
    order = np.lexsort((since, grade, at, shift))
    return Calls(
        start=np.searchsorted(shift[order], np.arange(params.n_shifts + 1)),
        at=at[order],
        hex=where[order],
        grade=grade[order],
        on_scene=on_scene[order],
        since=since[order],
        factor=factor[order],
        arrest=arrest[order],
        held=held[order],
    )


def _begun(
    problem: AllocationProblem, params: SimulationParams, drawn: _Drawn, c: int
) -> _Drawn:
    """Keep the warm-up where there is one, and add the calls that are open."""
    warm = np.zeros(params.n_shifts, dtype=bool)
    first = slice(0, 1) if params.carry_over else slice(None)
    warm[first] = not params.is_under_way
    kept = (drawn.at >= 0) | warm[drawn.shift]
    columns = {name: getattr(drawn, name)[kept] for name in vars(drawn)}
    if params.open_calls is not None:
        given = params.open_calls
        require_positions("service of open calls", given.service, len(problem.classes))
        require_positions("hex of open calls", given.hex, problem.n_hexes)
        waiting = np.flatnonzero(given.service == c)
        shifts = np.arange(params.n_shifts)[first]
        size = waiting.size * shifts.size
        rng = np.random.default_rng([params.seed, c, _OPEN])
        added = {
            "shift": np.repeat(shifts, waiting.size),
            "at": np.zeros(size),
            "hex": np.tile(given.hex[waiting], shifts.size),
            "on_scene": _on_scene(problem.classes[c], size, rng),
            "since": np.tile(-given.age_min[waiting], shifts.size),
        }
        columns = {n: np.concatenate([columns[n], added[n]]) for n in columns}
    return _Drawn(**columns)


def _afterwards(
    problem: AllocationProblem, params: SimulationParams, c: int, drawn: _Drawn
) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Draw the factor on each drive, arrests, and minutes lost after the scene."""
    rng, size = np.random.default_rng([params.seed, c, _AFTERWARDS]), drawn.shift.size
    factor = _lognormal(params.travel_cv, size, rng)
    draw, spread = rng.random(size), rng.standard_normal(size)
    arrest, held = np.zeros(size, dtype=bool), np.zeros(size)
    below = 0.0
    for rule in params.aftermath:
        share = by_class(problem, rule.share, 0.0, "a guard or an arrest")[c]
        mine = (draw >= below) & (draw < below + share)
        wide = np.log1p(rule.cv**2)
        held[mine] = rule.mean_min * np.exp(np.sqrt(wide) * spread[mine] - wide / 2)
        arrest[mine] = isinstance(rule, ArrestRule)
        below += share
    if below > 1 + 1e-9:
        raise DataError(
            f"the shares of {problem.classes[c].name!r} that end in a guard or an "
            f"arrest add up to {below:g}; they may be 1 at most"
        )
    return factor, arrest, held
