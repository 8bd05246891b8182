"""Draw the calls of simulated shifts: by the demand, or from recorded shifts.

Every random number belongs to a call and is drawn before any unit is sent, so that
plans and rules are compared on the same calls, journeys and arrests.

Scenarios of different demand share calls as well: with a ``reference``, the calls of
that demand are drawn, each with all that belongs to it; some are left out, and others
are added (thinning and superposition of Poisson processes: Lewis and Shedler, 1979,
Naval Research Logistics Quarterly 26, 403-413).
"""

import dataclasses
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

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

# Streams of random numbers beside that of each class, [seed, class]. Those of a batch
# after the first end in its mark and its number.
_AFTERWARDS, _OPEN, _LEVEL, _SHIFTS, _EXCESS, _THIN, _BATCH = range(1, 8)
_Stream: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """Calls of a class: shift, minute from which it waits, hex, on scene, call.

    ``kept`` tells which of them the scenario has; the others are the reference's.
    """

    shift: IndexArray
    at: FloatArray
    hex: IndexArray
    on_scene: FloatArray
    since: FloatArray
    kept: BoolArray


@dataclass(frozen=True, kw_only=True)
class _Source:
    """Calls of the class at ``position``, and the stream that they are drawn from."""

    position: int
    stream: _Stream
    drawn: _Drawn


def reference(problem: AllocationProblem) -> dict[str, FloatArray]:
    """Give the demand of a base, for ``SimulationParams.reference``.

    Returns
    -------
    arrivals
        Expected incidents, (n_periods, n_hexes), by class; in the order of the
        classes, on which the random streams of the base depend.
    """
    return {service.name: service.arrivals for service in problem.classes}


def draw_calls(problem: AllocationProblem, params: SimulationParams) -> Calls:
    """Draw the calls of all shifts; each class has random streams of its own.

    With ``params.reference``, the calls of that demand are drawn from the streams that
    the base itself uses, and each is kept with the probability min(1, a / a_ref) of
    its period and hex; calls of what a has beyond a_ref are added from further
    streams. The result is as Poisson as without it, by the demand of ``problem``. A
    call that is kept is the same call, with the mean minutes of ``problem``; with the
    demand of the base itself every bit is that of the base.

    Raises
    ------
    DataError
        If the reference is of other hexes or periods, or a rule names what is unknown.
    """
    if params.history is not None:
        return draw_real(problem, params.history, params)
    base = reference(problem) if params.reference is None else params.reference
    _require_alike(problem, base)
    level = np.ones(params.n_shifts)
    if params.level_cv > 0:
        shape = 1 / params.level_cv**2
        rng = _rng(params, (len(base), _LEVEL))
        level = rng.gamma(shape, 1 / shape, params.n_shifts)
    sources = []
    for c in range(len(problem.classes)):
        sources.append(_shared(problem, params, base, level, c))
        if params.reference is not None:
            sources.append(_added(problem, params, base, level, c))
    return _gather(problem, params, sources)


def _require_alike(problem: AllocationProblem, base: Mapping[str, FloatArray]) -> None:
    shape = (problem.n_periods, problem.n_hexes)
    for name, arrivals in base.items():
        if np.shape(arrivals) != shape:
            raise DataError(
                f"the reference demand of {name!r} has shape {np.shape(arrivals)} and "
                f"the problem {shape}, (n_periods, n_hexes); give both the same hours "
                f"and hexes"
            )


def _rng(params: SimulationParams, stream: _Stream) -> np.random.Generator:
    more = (_BATCH, params.batch) if params.batch else ()
    return np.random.default_rng([params.seed, *stream, *more])


def _numbered(name: str) -> int:
    """Give a class a number by its name: beyond all positions, and always the same."""
    return zlib.crc32(name.encode()) | 1 << 31


def _shared(
    problem: AllocationProblem,
    params: SimulationParams,
    base: Mapping[str, FloatArray],
    level: FloatArray,
    c: int,
) -> _Source:
    """Draw the calls of the base, and say which of them the scenario has."""
    service, number = problem.classes[c], _numbered(problem.classes[c].name)
    stream: _Stream = (number,)
    rate = np.zeros(service.arrivals.shape)
    if service.name in base:
        stream, rate = (list(base).index(service.name),), base[service.name]
    drawn, period = _draw_class(service, rate, params, _rng(params, stream), level)
    ours, theirs = service.arrivals[period, drawn.hex], rate[period, drawn.hex]
    if (ours < theirs).any():
        draw = _rng(params, (number, _THIN)).random(ours.size)
        kept = (ours >= theirs) | (draw * theirs < ours)
        drawn = dataclasses.replace(drawn, kept=kept)
    return _Source(position=c, stream=stream, drawn=drawn)


def _added(
    problem: AllocationProblem,
    params: SimulationParams,
    base: Mapping[str, FloatArray],
    level: FloatArray,
    c: int,
) -> _Source:
    """Draw the calls that the scenario has beyond those of the base."""
    service = problem.classes[c]
    stream = (_numbered(service.name), _EXCESS)
    rate = np.maximum(service.arrivals - base.get(service.name, 0.0), 0.0)
    drawn, _ = _draw_class(service, rate, params, _rng(params, stream), level)
    return _Source(position=c, stream=stream, drawn=drawn)


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
    picked = params.batch * params.n_shifts + np.arange(params.n_shifts)
    picked %= real.n_recorded
    if not real.in_order:
        rng = _rng(params, (n_classes, _SHIFTS))
        picked = rng.integers(0, real.n_recorded, params.n_shifts)
    order = np.argsort(real.shift, kind="stable")
    first = np.searchsorted(real.shift[order], np.arange(real.n_recorded + 1))
    count = np.diff(first)[picked]
    shift = np.repeat(np.arange(params.n_shifts), count)
    offset = np.arange(shift.size) - np.repeat(np.cumsum(count) - count, count)
    row = order[np.repeat(first[picked], count) + offset]
    at = real.at_min[row]
    inside = (at >= -60 * params.warmup_h) & (at < PERIOD_MIN * problem.n_periods)
    sources = []
    for c, service in enumerate(problem.classes):
        mine = np.flatnonzero(inside & (real.service[row] == c))
        on_scene = _on_scene(service, mine.size, _rng(params, (c,)))
        if real.on_scene_min is not None:
            on_scene = real.on_scene_min[row[mine]]
        one = _Drawn(
            shift=shift[mine],
            at=at[mine],
            hex=real.hex[row[mine]],
            on_scene=on_scene,
            since=at[mine],
            kept=np.ones(mine.size, dtype=bool),
        )
        sources.append(_Source(position=c, stream=(c,), drawn=one))
    return _gather(problem, params, sources)


def _draw_class(
    service: ServiceClass,
    rate: FloatArray,
    params: SimulationParams,
    rng: np.random.Generator,
    level: FloatArray,
) -> tuple[_Drawn, IndexArray]:
    """Draw Poisson calls by period and hex, at the level of their shift.

    Parameters
    ----------
    rate : (n_periods, n_hexes)

    Returns
    -------
    drawn, period
    """
    n_periods = rate.shape[0]
    rows = np.concatenate([[0], np.arange(n_periods)])  # the warm-up is as period 0
    start = np.concatenate([[-params.warmup_h], np.arange(n_periods)]) * PERIOD_MIN
    hours = np.concatenate([[params.warmup_h], np.ones(n_periods)])
    mean = rate.sum(axis=1)[rows] * hours
    count = rng.poisson(level[:, None] * mean, size=(params.n_shifts, rows.size))
    shift = np.repeat(np.arange(params.n_shifts), count.sum(axis=1))
    piece = np.repeat(np.tile(np.arange(rows.size), params.n_shifts), count.ravel())
    at = start[piece] + rng.random(piece.size) * hours[piece] * PERIOD_MIN
    draw = rng.random(piece.size)
    where = np.zeros(piece.size, dtype=np.int64)
    for period in np.unique(rows[piece]):
        here = rows[piece] == period
        total = np.cumsum(rate[period])
        where[here] = np.searchsorted(total, draw[here] * total[-1], side="right")
    drawn = _Drawn(
        shift=shift,
        at=at,
        hex=np.minimum(where, rate.shape[1] - 1),
        on_scene=_on_scene(service, piece.size, rng),
        since=at,
        kept=np.ones(piece.size, dtype=bool),
    )
    return drawn, rows[piece]


def _on_scene(service: ServiceClass, size: int, rng: np.random.Generator) -> FloatArray:
    factor = _lognormal(service.on_scene_cv, size, rng)
    return np.asarray(service.on_scene_min * factor)


def _lognormal(cv: float, size: int, rng: np.random.Generator) -> FloatArray:
    """Lognormal factors of mean 1."""
    spread = np.log1p(cv**2)
    return np.exp(np.sqrt(spread) * rng.standard_normal(size) - spread / 2)


def _gather(
    problem: AllocationProblem, params: SimulationParams, sources: list[_Source]
) -> Calls:
    """Add what is open at the start, say what follows each call, and sort."""
    parts = [_begun(problem, params, one) for one in sources]
    after = [
        _afterwards(problem, params, source, one)
        for source, one in zip(sources, parts, strict=True)
    ]
    # What the scenario does not have goes last, when all that is a call's is drawn.
    kept = np.concatenate([one.kept for one in parts])
    position = np.array([one.position for one in sources], dtype=np.int64)
    grade = np.repeat(position, [one.shift.size for one in parts])[kept]
    shift, at, since, where, on_scene = (
        np.concatenate([getattr(one, name) for one in parts])[kept]
        for name in ("shift", "at", "since", "hex", "on_scene")
    )
    factor, arrest, held = (
        np.concatenate(each)[kept] for each in zip(*after, strict=True)
    )
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
    problem: AllocationProblem, params: SimulationParams, source: _Source
) -> _Drawn:
    """Keep the warm-up where there is one, and add the calls that are open."""
    drawn, c = source.drawn, source.position
    warm = np.zeros(params.n_shifts, dtype=bool)
    first = slice(0, 1) if params.carry_over else slice(None)
    warm[first] = not params.is_under_way
    kept = (drawn.at >= 0) | warm[drawn.shift]
    columns = {name: getattr(drawn, name)[kept] for name in vars(drawn)}
    if params.open_calls is not None and _EXCESS not in source.stream[1:]:
        given = params.open_calls
        require_positions("service of open calls", given.service, len(problem.classes))
        require_positions("hex of open calls", given.hex, problem.n_hexes)
        waiting = np.flatnonzero(given.service == c)
        shifts = np.arange(params.n_shifts)[first]
        size = waiting.size * shifts.size
        rng = _rng(params, (*source.stream, _OPEN))
        added = {
            "shift": np.repeat(shifts, waiting.size),
            "at": np.zeros(size),
            "hex": np.tile(given.hex[waiting], shifts.size),
            "on_scene": _on_scene(problem.classes[c], size, rng),
            "since": np.tile(-given.age_min[waiting], shifts.size),
            "kept": np.ones(size, dtype=bool),
        }
        columns = {n: np.concatenate([columns[n], added[n]]) for n in columns}
    return _Drawn(**columns)


def _afterwards(
    problem: AllocationProblem,
    params: SimulationParams,
    source: _Source,
    drawn: _Drawn,
) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Draw the factor on each drive, arrests, and minutes lost after the scene."""
    rng, size = _rng(params, (*source.stream, _AFTERWARDS)), drawn.shift.size
    c = source.position
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
