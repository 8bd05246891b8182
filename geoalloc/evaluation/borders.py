"""What borders cost, taken apart: in whom to send, in stations, in posts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import (
    Aggregation,
    AllocationProblem,
    SolverParams,
    evaluate,
    solve,
)
from geoalloc.errors import DataError, InfeasibleError
from geoalloc.evaluation import baselines, dispatching
from geoalloc.evaluation.outcomes import Outcome, paired
from geoalloc.evaluation.params import USUAL, SimulationParams
from geoalloc.evaluation.simulation import simulate

__all__ = ["COMPONENTS", "WHOLE_AREA", "Borders", "value_of_borders"]

WHOLE_AREA = "all"
BASE = "bordered, at stations"
DISPATCH = "dispatch only"
STATIONS = "stations only"
POSTS = "posts only"
BOTH = "both"
COMPONENTS = (BASE, DISPATCH, STATIONS, POSTS, BOTH)
_BORDERED = (BASE, POSTS)
_GROUPING = "district"


@dataclass(frozen=True, kw_only=True)
class Borders:
    """What dropping borders, and choosing stations and posts, saves.

    Attributes
    ----------
    components
        ``schemas.BORDERS``: ``component, district`` ("all" for the whole area),
        ``late`` (calls of the first grade a shift, simulated), ``saved`` (against the
        first component, on the same calls), ``low, high`` (95 % interval of what is
        saved; nan for the first component itself).
    hexes : (n_hexes,)
        Late calls of the first grade a shift by the model: best posts with borders
        less best posts without, which is what the borders themselves cost; below 0
        where they help.
    posts
        Where the units stand, (n_units,), by component.
    saved, low, high
        Late calls that dropping borders saves where either has its best posts, with
        the interval.
    notes
        What a reader must know.
    """

    components: pd.DataFrame
    hexes: FloatArray
    posts: Mapping[str, IndexArray]
    saved: float
    low: float
    high: float
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What it says, for a planner."""
        whole = self.components[self.components["district"] == WHOLE_AREA]
        rows = whole.set_index("component")
        first, last = rows.loc[BASE], rows.loc[BOTH]
        in_all = _told(last["saved"], last["low"], last["high"])
        return (
            f"With units bound to the beats of their own stations, and standing there, "
            f"{first['late']:.1f} of the most urgent calls a shift are late; with best "
            f"posts and no borders it is {in_all}, and of two plans with best posts "
            f"the one without borders has {_told(self.saved, self.low, self.high)}."
        )


def value_of_borders(
    problem: AllocationProblem,
    params: SimulationParams = USUAL,
    solver: SolverParams | None = None,
    *,
    borderless: IndexArray | None = None,
    bordered: IndexArray | None = None,
    cells: Aggregation | None = None,
) -> Borders:
    """Take apart what borders cost: dispatch only, stations only, posts only, both.

    Five plans answer the same calls: units at their own stations, bordered; the same
    posts without borders; the best stations without borders (a unit may drive to any
    station in its reach, and stands there); the best posts with borders; and without.
    Kinds that are bound to their beat in any case stay so. Units at their own
    stations keep no rule, and move budgets do not hold. A unit that may stand at no
    station stands where it is nearest to its own, and its kind may stand there too.
    Where no plan keeps the other rules, they are left out, and a note says so.

    Parameters
    ----------
    problem
        Of either mode.
    params
        Its groups are not told of.
    solver
        Limits of the solves of plans that are not given; greedy and swap alone if
        None. The best stations are found by greedy and swap in any case.
    borderless, bordered : (n_units,)
        Best posts of the two modes, if they are known.
    cells
        What the best stations are looked for on; every hex if None.

    Raises
    ------
    DataError
        If a given plan is not one post per unit (the others would not have the breaks
        of a timetable), or names one out of reach.
    """
    quick = baselines.search_params()
    solver = solver or quick
    params = replace(params, groups={_GROUPING: _districts(problem)})
    free = _in_mode(problem, bordered=False)
    bound = _in_mode(problem, bordered=True)
    home = baselines.at_home(bound)
    best, notes = _Best(borderless, bordered), list[str]()
    posts = {
        BASE: home,
        DISPATCH: home,
        STATIONS: _solved(_at_stations(free), quick, STATIONS, notes, cells),
        POSTS: best.posts(bound, solver, notes),
        BOTH: best.posts(free, solver, notes),
    }
    stated = {name: bound if name in _BORDERED else free for name in COMPONENTS}
    params = replace(params, ground=dispatching.ground(free, params))
    outcomes = {
        name: simulate(stated[name], posts[name], params) for name in COMPONENTS
    }
    saved, low, high = _saved(outcomes[POSTS], outcomes[BOTH])["late", _grade(problem)]
    return Borders(
        components=_components(problem, outcomes),
        hexes=_expected(bound, posts[POSTS]) - _expected(free, posts[BOTH]),
        posts=posts,
        saved=saved,
        low=low,
        high=high,
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Best:
    """Best posts that are known already."""

    borderless: IndexArray | None
    bordered: IndexArray | None

    def posts(
        self, problem: AllocationProblem, solver: SolverParams, notes: list[str]
    ) -> IndexArray:
        """Give those of the mode of the problem, solved for if they are not known."""
        given = self.bordered if problem.bordered else self.borderless
        if given is None:
            return _solved(problem, solver, POSTS if problem.bordered else BOTH, notes)
        post = np.asarray(given, dtype=np.int64)
        if post.shape != (len(problem.supply),):
            mode = "bordered" if problem.bordered else "borderless"
            raise DataError(
                f"the {mode} plan has shape {post.shape}, needs "
                f"{(len(problem.supply),)}: give one post per unit, not a timetable, "
                f"for the plans that it is compared with take no breaks"
            )
        return post


def _told(saved: float, low: float, high: float) -> str:
    """Word late calls that are saved, or added where that is below 0."""
    word = "fewer" if saved >= 0 else "more"
    ends = sorted([abs(low), abs(high)]) if low * high >= 0 else [low, high]
    if not np.isfinite(ends).all():
        return f"{abs(saved):.1f} {word}"
    if low * high >= 0:
        return f"{abs(saved):.1f} ({ends[0]:.1f} to {ends[1]:.1f}) {word}"
    # An interval on both sides of 0 says which way is which.
    sides = f"from {-low:.1f} more to {high:.1f} fewer"
    return f"{abs(saved):.1f} {word} ({sides})"


def _in_mode(problem: AllocationProblem, *, bordered: bool) -> AllocationProblem:
    """Give the problem in a mode; itself if it can, with what it has worked out."""
    if problem.bordered == bordered and problem.most_moves is None:
        return problem
    return replace(problem, bordered=bordered, most_moves=None)


def _districts(problem: AllocationProblem) -> npt.NDArray[np.object_]:
    return np.array(problem.district_names, dtype=object)[problem.hex_district]


def _at_stations(problem: AllocationProblem) -> AllocationProblem:
    """Exclude every post but the stations, and those of units that may use none."""
    home, kind = baselines.at_home(problem), np.array(problem.supply.kind)
    excluded = dict(problem.excluded)
    for name in dict.fromkeys(problem.supply.kind):
        closed = np.ones(problem.n_posts, dtype=bool)
        closed[problem.station_post] = False
        closed[home[kind == name]] = False
        closed[problem.excluded.get(name, [])] = True
        excluded[name] = np.flatnonzero(closed)
    return replace(problem, excluded=excluded)


def _solved(
    problem: AllocationProblem,
    solver: SolverParams,
    name: str,
    notes: list[str],
    cells: Aggregation | None = None,
) -> IndexArray:
    problem = problem if cells is None else cells.of(problem)
    try:
        return solve(problem, solver).post
    except InfeasibleError:
        notes.append(
            f"No plan of {name!r} keeps the rules: it was made without minimum cover, "
            f"caps and longest travel."
        )
        return solve(baselines.without_rules(problem), solver).post


def _grade(problem: AllocationProblem) -> str:
    return problem.classes[0].grade or problem.classes[0].name


def _saved(
    first: Outcome, second: Outcome
) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Give what the second saves, with its interval, by measure and group."""
    told = paired(_late_alone(first), _late_alone(second))
    figures = told[["difference", "low", "high"]].itertuples(index=False, name=None)
    keys = zip(told["measure"], told["group"], strict=True)
    return dict(zip(keys, figures, strict=True))


def _late_alone(outcome: Outcome) -> Outcome:
    kept = {key: one for key, one in outcome.measures.items() if key[0] == "late"}
    return replace(outcome, measures=kept)


def _components(
    problem: AllocationProblem, outcomes: Mapping[str, Outcome]
) -> pd.DataFrame:
    grade, base = _grade(problem), outcomes[BASE]
    groups = {WHOLE_AREA: grade}
    here = sorted(set(_districts(problem).tolist()))
    groups |= {name: f"{_GROUPING} {name}, {grade}" for name in here}
    rows = []
    for name, outcome in outcomes.items():
        saved = {} if name == BASE else _saved(base, outcome)
        for district, group in groups.items():
            late = outcome.measures["late", group].value
            figures = saved.get(("late", group), (0.0, np.nan, np.nan))
            rows.append((name, district, late, *figures))
    columns = ["component", "district", "late", "saved", "low", "high"]
    return pd.DataFrame(rows, columns=columns).astype(
        {"component": "str", "district": "str"}
    )


def _expected(problem: AllocationProblem, post: IndexArray) -> FloatArray:
    """Give the late calls of the first grade by the model: (n_hexes,)."""
    unmet = evaluate(problem, post).unmet[baselines.urgent(problem)]
    return np.asarray(unmet.sum(axis=0))
