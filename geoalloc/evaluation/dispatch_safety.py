"""When dispatch without borders breaks down, and which caps hold it together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import AllocationProblem, solve
from geoalloc.errors import DataError
from geoalloc.evaluation import baselines
from geoalloc.evaluation.conduct import DispatchRules
from geoalloc.evaluation.outcomes import Outcome, Ratio, estimate, paired
from geoalloc.evaluation.params import USUAL, SimulationParams
from geoalloc.evaluation.trials import Trials
from geoalloc.kernels.simulation import Ground

__all__ = ["LEVELS", "CapChoice", "Safety", "best_caps", "safety", "scaled"]

LEVELS = (0.8, 1.0, 1.2, 1.4, 1.6, 1.8)
_HALVINGS = 2  # of the step in which it breaks down
_ROUNDS = 3  # of the search for caps, over all grades
_QUEUES = {
    "grade-nearest": "the nearest waiting call of the highest grade goes first",
    "grade-fifo": "the longest wait of the highest grade goes first",
    "fifo": "the longest wait goes first",
}


@dataclass(frozen=True, kw_only=True)
class Safety:
    """How dispatch without borders bears more demand than expected.

    Attributes
    ----------
    levels
        One row per level of demand: factor, utilisation (of the units that answer the
        first grade, simulated without borders), borderless, low, high (share of calls
        of the first grade that are late), bordered, bordered_low, bordered_high, and
        difference, difference_low, difference_high (borderless less bordered, on the
        same calls).
    breakdown
        Utilisation at which it breaks down: None if not at the levels tried.
    factor
        Demand over that expected at which it does; None likewise.
    cause
        "borders" if bordered dispatch is better beyond it, "limit" if the share late
        exceeds the limit, "" if neither.
    sentence
        For map, summary and briefing.
    """

    levels: pd.DataFrame
    breakdown: float | None
    factor: float | None
    cause: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class CapChoice:
    """Caps and reserves that let the fewest calls be late.

    Attributes
    ----------
    cap_min, reserve
        By grade, as ``DispatchRules`` takes them.
    tried
        One row per trial: grade, what ("cap_min" or "reserve"), value, late (calls a
        shift by their weights), kept (whether it was an improvement).
    saved, low, high
        Late calls a shift, by their weights, that the choice saves against the rules
        as they were, on calls that it was not chosen on; a 95 % interval.
    """

    cap_min: dict[str, float]
    reserve: dict[str, int]
    tried: pd.DataFrame
    saved: float
    low: float
    high: float


def safety(
    problem: AllocationProblem,
    post: IndexArray,
    params: SimulationParams = USUAL,
    levels: Sequence[float] = LEVELS,
    *,
    bordered_post: IndexArray | None = None,
    limit: float = 1.0,
) -> Safety:
    """Find the utilisation at which dispatch without borders breaks down.

    Demand is scaled up at a fixed plan, and each level simulated without and with
    borders on the same calls. It has broken down where significantly more calls of
    the first grade are late than with borders, or more than ``limit``; the step in
    which it does is halved twice, and the crossing interpolated in it.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        The plan without borders.
    levels
        Demand over that expected, ascending.
    bordered_post
        The plan with borders; the best posts by greedy and swap if None.
    limit
        Share of the first grade that may be late; 1 for no limit.

    Raises
    ------
    DataError
        If the levels are not positive and ascending, or the limit is not a share.
    """
    factors = np.asarray(levels, dtype=np.float64)
    if factors.size == 0 or not (factors > 0).all() or (np.diff(factors) <= 0).any():
        raise DataError(
            f"levels must be positive and ascending, got {tuple(factors.tolist())}"
        )
    if not 0 < limit <= 1:
        raise DataError(f"limit must be a share above 0, got {limit}")
    trial = _Trial(problem, post, bordered_post, params, limit)
    rows = trial.climb(factors)
    frame = pd.DataFrame(rows).sort_values("factor", ignore_index=True)
    at, cause = _crossing(frame, limit)
    factor, breakdown = at if at is not None else (None, None)
    return Safety(
        levels=frame,
        breakdown=breakdown,
        factor=factor,
        cause=cause,
        sentence=_sentence(problem, params, frame, at, cause, limit),
    )


def best_caps(
    problem: AllocationProblem,
    post: IndexArray,
    caps: Mapping[str, Sequence[float]],
    params: SimulationParams = USUAL,
    *,
    reserves: Mapping[str, Sequence[int]] | None = None,
) -> CapChoice:
    """Search, in simulation, for the dispatch caps and reserves by grade.

    One grade after the other takes the value, of those given, with the fewest late
    calls by their weights, until none improves; all trials answer the same calls. What
    is saved is then measured on other calls.

    Parameters
    ----------
    caps, reserves
        What to try, by class or grade: minutes, and free units in reach below which a
        call waits.

    Raises
    ------
    DataError
        If there is nothing to try.
    """
    axes = [("cap_min", grade, values) for grade, values in caps.items()]
    axes += [("reserve", grade, values) for grade, values in (reserves or {}).items()]
    if not any(len(values) for _, _, values in axes):
        raise DataError("there is no cap or reserve to try; give values for a grade")
    trials = Trials(problem, params)
    best, chosen = float(trials.late(post).mean()), params.rules
    rows: list[tuple[str, str, float, float, bool]] = []
    for _ in range(_ROUNDS):
        before = chosen
        for what, grade, values in axes:
            for value in values:
                tried = _ruled(chosen, what, grade, value)
                late = float(trials.late(post, tried).mean())
                better = late < best - 1e-9
                rows.append((grade, what, float(value), late, better))
                if better:
                    best, chosen = late, tried
        if chosen is before:
            break
    fresh = Trials(problem, replace(params, seed=params.seed + 1), ground=trials.ground)
    fewer = fresh.late(post) - fresh.late(post, chosen)
    per_shift = Ratio(part=fewer, whole=np.ones(fewer.size), least=-np.inf)
    saved, low, high = estimate(per_shift, dependent=params.carry_over)
    return CapChoice(
        cap_min=dict(chosen.cap_min),
        reserve=dict(chosen.reserve),
        tried=pd.DataFrame(rows, columns=["grade", "what", "value", "late", "kept"]),
        saved=saved,
        low=low,
        high=high,
    )


def scaled(problem: AllocationProblem, factor: float) -> AllocationProblem:
    """Give the problem with so many times the calls and their load."""
    classes = tuple(
        replace(c, arrivals=c.arrivals * factor, load=c.load * factor)
        for c in problem.classes
    )
    return replace(problem, classes=classes)


class _Trial:
    """A plan without borders and one with them, at any level of demand."""

    def __init__(
        self,
        problem: AllocationProblem,
        post: IndexArray,
        bordered_post: IndexArray | None,
        params: SimulationParams,
        limit: float,
    ) -> None:
        self._free = replace(problem, bordered=False)
        self._ground: Ground | None = None
        if bordered_post is None:
            bound = replace(problem, bordered=True)
            stated = baselines.without_rules(bound)
            bordered_post = solve(stated, baselines.search_params()).post
        self._post, self._bound_post = post, bordered_post
        self._params, self._limit = params, limit

    def climb(self, factors: FloatArray) -> list[dict[str, float]]:
        """Simulate every level, and halve the step in which it breaks down."""
        rows = [self.row(factor) for factor in factors.tolist()]
        broken = [_is_broken(row, self._limit) for row in rows]
        if True not in broken or broken[0]:
            return rows
        first = broken.index(True)
        low, high = rows[first - 1]["factor"], rows[first]["factor"]
        for _ in range(_HALVINGS):
            middle = self.row((low + high) / 2)
            rows.append(middle)
            if _is_broken(middle, self._limit):
                high = middle["factor"]
            else:
                low = middle["factor"]
        return rows

    def row(self, factor: float) -> dict[str, float]:
        """Simulate one level."""
        stated = scaled(self._free, factor)
        trials = Trials(stated, self._params, ground=self._ground)
        self._ground = trials.ground
        free = trials.outcome(self._post)
        bound = trials.outcome(self._bound_post, bordered=True)
        grade = self._free.classes[0].grade or self._free.classes[0].name
        values = {"factor": factor, "utilisation": utilisation(self._free, free)}
        for name, outcome in (("borderless", free), ("bordered", bound)):
            measure = outcome.measures["late_share", grade]
            share, low, high = estimate(measure, dependent=outcome.dependent)
            prefix = "" if name == "borderless" else "bordered_"
            values |= {name: share, f"{prefix}low": low, f"{prefix}high": high}
        told = paired(free, bound)
        mine = told[(told["measure"] == "late_share") & (told["group"] == grade)]
        difference = mine[["difference", "low", "high"]].iloc[0].tolist()
        names = ("difference", "difference_low", "difference_high")
        return values | dict(zip(names, difference, strict=True))


def utilisation(problem: AllocationProblem, outcome: Outcome) -> float:
    """Give the mean share of their hours that units of the first grade are at work."""
    there = problem.present & problem.unit_serves[:, :1]
    return float(outcome.busy[there].mean()) if there.any() else float("nan")


def _is_broken(row: Mapping[str, float], limit: float) -> bool:
    return row["difference_low"] > 0 or row["borderless"] > limit


def _crossing(
    frame: pd.DataFrame, limit: float
) -> tuple[tuple[float, float] | None, str]:
    """Give factor and utilisation at which it first breaks down, and why."""
    rows = frame.to_dict("records")
    broken = [_is_broken(row, limit) for row in rows]
    if True not in broken:
        return None, ""
    first = broken.index(True)
    here = rows[first]
    over = here["borderless"] > limit
    cause, column, zero = (
        ("limit", "borderless", limit) if over else ("borders", "difference", 0.0)
    )
    if first == 0:
        return (here["factor"], here["utilisation"]), cause
    before = rows[first - 1]
    rise = here[column] - before[column]
    # Before the difference is significant it may already be above nothing.
    part = np.clip((zero - before[column]) / rise, 0.0, 1.0) if rise > 0 else 1.0
    return (
        float(before["factor"] + part * (here["factor"] - before["factor"])),
        float(
            before["utilisation"] + part * (here["utilisation"] - before["utilisation"])
        ),
    ), cause


def _sentence(
    problem: AllocationProblem,
    params: SimulationParams,
    frame: pd.DataFrame,
    at: tuple[float, float] | None,
    cause: str,
    limit: float,
) -> str:
    rules = _rules(problem, params)
    if at is None:
        last = frame.iloc[-1]
        return (
            f"Dispatch without borders, {rules}, did not break down at any level "
            f"tried, up to {last['factor']:.2f} times the demand expected and a "
            f"utilisation of {last['utilisation']:.2f}."
        )
    factor, busy = at
    grade = problem.classes[0].grade or problem.classes[0].name
    beyond = f"more {grade} calls would be late than with borders"
    if cause == "limit":
        beyond = f"more than {limit:.0%} of {grade} calls would be late"
    where = f"a utilisation of {busy:.2f}, {factor:.2f} times the demand expected"
    if factor <= frame["factor"].iloc[0]:
        return (
            f"Dispatch without borders, {rules}, has broken down at {where}, the "
            f"lowest level tried: there {beyond}."
        )
    return (
        f"Dispatch without borders, {rules}, holds up to {where}: beyond it {beyond}."
    )


def _rules(problem: AllocationProblem, params: SimulationParams) -> str:
    """Name the caps and the queue rule."""
    given = params.rules.cap_min
    caps: dict[str, float] = {}
    for c in problem.classes:
        grade = c.grade or c.name
        caps.setdefault(grade, given.get(c.name, given.get(grade, c.cap_min)))
    minutes = " / ".join(f"{value:.0f}" for value in caps.values())
    return (
        f"with dispatch caps of {minutes} minutes ({' / '.join(caps)}) where "
        f"{_QUEUES[params.rules.queue]}"
    )


def _ruled(rules: DispatchRules, what: str, grade: str, value: float) -> DispatchRules:
    if what == "cap_min":
        return replace(rules, cap_min={**rules.cap_min, grade: float(value)})
    return replace(rules, reserve={**rules.reserve, grade: int(value)})
