"""How well the model ranks plans, and what its plans are worth beside others'.

``python -m benchmarks.judged FOLDER`` prints two tables as markdown. FOLDER holds real
data: avon-and-somerset/street, as data.police.uk publishes it. The problem is that of
scenarios/avon-and-somerset-real.toml, stated by the pipeline's own functions.

1. Rank correlation of the objective with simulated late calls by their weights, over
   plans of all qualities, for both objectives, without and with borders. Late
   work-hours are told against simulated late calls, and late work-hours.
2. Late immediate calls of this model's plans, of units shared out to stations by
   demand, and of MEXCLP posts, at growing demand. Demand and work grow alike, so that
   the utilisation of the same units does; all are sent without borders by the same
   rules, and answer the same calls, which no plan has seen.
"""

import argparse
import datetime as dt
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from geoalloc import allocation, evaluation, scenario
from geoalloc._types import IndexArray
from geoalloc.allocation import AllocationProblem, SolverParams
from geoalloc.evaluation import Outcome, SimulationParams
from geoalloc.pipeline import ground, problems, stages

REPOSITORY = Path(__file__).resolve().parents[1]
SCENARIO = REPOSITORY / "scenarios/avon-and-somerset-real.toml"
STREET = "avon-and-somerset/street"
LEVELS = (0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 1.6)
FRESH = 20_211_001  # seed of calls that no plan was made from
TUNING = 1  # seed of those that the load factor is chosen on
_BOTH = {False: "borderless", True: "bordered"}


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """How much is tried: plans, and shifts that each of them is simulated for."""

    n_plans: int
    ranked_shifts: int
    judged_shifts: int
    solver: SolverParams


def made_by_model(problem: AllocationProblem, solver: SolverParams) -> IndexArray:
    """Post the units by this model, its load factor chosen on calls of their own."""
    return allocation.solve(calibrated(problem), solver).post


def calibrated(problem: AllocationProblem) -> AllocationProblem:
    """Choose the load factor as a plan does: not on the calls that judge it."""
    best = evaluation.tuned(problem, SimulationParams(n_shifts=60, seed=TUNING))
    return replace(problem, load_factor=best.load_factor)


def made_by_stations(problem: AllocationProblem, _: SolverParams) -> IndexArray:
    """Share the units out to the stations by demand."""
    return evaluation.stations_by_demand(problem)


MAKERS: dict[str, Callable[[AllocationProblem, SolverParams], IndexArray]] = {
    "this model": made_by_model,
    "stations by demand": made_by_stations,
    "MEXCLP": evaluation.mexclp_posts,
}


def main() -> None:
    """Measure what is asked for, and print it."""
    asked = _asked()
    start = time.perf_counter()
    wanted = scenario.read(SCENARIO).changed(
        resolution=asked.resolution, incidents=asked.folder / STREET
    )
    clock = stages.Clock(stages.silent)
    ahead = ground.foresee(wanted, ground.read(wanted, clock), clock)
    params = problems.simulation_params(wanted, ahead.setting)
    params = replace(params, groups={}, seed=FRESH)
    amounts = Amounts(
        n_plans=asked.plans,
        ranked_shifts=asked.ranked_shifts,
        judged_shifts=asked.judged_shifts,
        solver=SolverParams(cut_rounds=asked.cut_rounds, node_limit=0),
    )
    problem = ahead.problem
    _say(_head(problem, amounts))
    for line in ranked(problem, params, amounts):
        _say(line)
    _say("")
    for line in against_others(problem, params, amounts, asked.levels):
        _say(line)
    _say(f"\n{time.perf_counter() - start:.0f} s in all.")


def ranked(
    problem: AllocationProblem, params: SimulationParams, amounts: Amounts
) -> Iterator[str]:
    """Give the table of rank correlations, line by line."""
    yield (
        "| mode | objective | simulated | plans | rank correlation | 95 % interval | "
        "simulation with itself |"
    )
    yield "|---|---|---|---:|---:|---:|---:|"
    params = replace(params, n_shifts=amounts.ranked_shifts)
    hours = np.array([c.weight * c.on_scene_min / 60.0 for c in problem.classes])
    for bordered, mode in _BOTH.items():
        free = replace(problem, bordered=bordered, current=None, most_moves=None)
        free = calibrated(free)
        post = allocation.solve(free, amounts.solver).post
        plans = evaluation.perturbed_plans(free, post, amounts.n_plans)
        for objective, weights, name in (
            ("incidents", None, "late calls"),
            ("work-hours", None, "late calls"),
            ("work-hours", hours, "late work-hours"),
        ):
            valued = replace(free, objective=objective)
            found = evaluation.rank_correlation(valued, plans, params, weights)
            yield (
                f"| {mode} | {objective} | {name} | {len(found.plans)} | "
                f"{found.spearman:.3f} | {found.low:.3f} to {found.high:.3f} | "
                f"{found.repeat:.3f} |"
            )


def against_others(
    problem: AllocationProblem,
    params: SimulationParams,
    amounts: Amounts,
    levels: tuple[float, ...] = LEVELS,
) -> Iterator[str]:
    """Give the table of late immediate calls by level of demand, line by line."""
    yield (
        "| demand | utilisation | "
        + " | ".join(f"{name}: late" for name in MAKERS)
        + " | as a share of stations | of MEXCLP | fewer than stations a shift | "
        "fewer than MEXCLP |"
    )
    yield "|---:|---:|" + "---:|" * 7
    params = replace(params, n_shifts=amounts.judged_shifts)
    free = replace(problem, bordered=False, current=None, most_moves=None)
    for level in levels:
        grown = scaled(free, level)
        outcomes = {
            name: evaluation.simulate(grown, make(grown, amounts.solver), params)
            for name, make in MAKERS.items()
        }
        yield _row(grown, level, outcomes)


def scaled(problem: AllocationProblem, factor: float) -> AllocationProblem:
    """Let calls and their work grow by a factor everywhere."""
    classes = tuple(
        replace(c, arrivals=c.arrivals * factor, load=c.load * factor)
        for c in problem.classes
    )
    return replace(problem, classes=classes)


def _row(problem: AllocationProblem, level: float, outcomes: dict[str, Outcome]) -> str:
    grade = problem.classes[0].grade or problem.classes[0].name
    own, *others = outcomes.values()
    late = [_figures(one, "late_share", grade) for one in outcomes.values()]
    shares = [f"{v:.2%} ({low:.2%} to {high:.2%})" for v, low, high in late]
    calls = [_figures(one, "late", grade)[0] for one in outcomes.values()]
    parts = [f"{calls[0] / n:.2f}" if n > 0 else "-" for n in calls[1:]]
    fewer = []
    for other in others:
        told = evaluation.paired(other, own).set_index(["measure", "group"])
        value, low, high = told.loc[("late", grade)]
        fewer.append(f"{value:.2f} ({low:.2f} to {high:.2f})")
    kind = problem.classes[0].kinds[0]
    busy = _figures(own, "utilisation", kind)[0]
    cells = [f"{level:g}", f"{busy:.2f}", *shares, *parts, *fewer]
    return "| " + " | ".join(cells) + " |"


def _figures(outcome: Outcome, measure: str, group: str) -> tuple[float, float, float]:
    table = outcome.scores.set_index(["measure", "group"])
    value, low, high = table.loc[(measure, group), ["simulated", "low", "high"]]
    return float(value), float(low), float(high)


def _head(problem: AllocationProblem, amounts: Amounts) -> str:
    units = len(problem.supply)
    return (
        f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}, {os.cpu_count()} cores, "
        f"{platform.machine()}, {platform.system()}, Python "
        f"{platform.python_version()}. {problem.n_hexes:,} hexes, {problem.n_posts} "
        f"posts, {units} units, {problem.n_periods} hours; load factors "
        f"as a plan chooses them; {amounts.ranked_shifts} "
        f"shifts a plan in the first table, {amounts.judged_shifts} in the second.\n"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of real data")
    parser.add_argument("--resolution", type=int, default=8)
    parser.add_argument("--plans", type=int, default=52)
    parser.add_argument("--ranked-shifts", type=int, default=100)
    parser.add_argument("--judged-shifts", type=int, default=400)
    parser.add_argument("--cut-rounds", type=int, default=1)
    parser.add_argument("--levels", type=float, nargs="*", default=LEVELS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
