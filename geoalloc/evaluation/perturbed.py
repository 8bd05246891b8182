"""Plans around a plan, from a little to a lot worse, to ask model and simulation."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geoalloc._types import BoolArray, IndexArray
from geoalloc.allocation import AllocationProblem, plan
from geoalloc.errors import DataError
from geoalloc.evaluation import baselines

__all__ = ["PerturbedPlans", "perturbed_plans"]

FEWEST = 5  # plans, below which a rank correlation says nothing
_FEW_MOVED = 2  # units that the nearest of the moved plans moves


@dataclass(frozen=True, kw_only=True)
class PerturbedPlans:
    """Plans around a plan, from a little to a lot worse.

    Attributes
    ----------
    post : (n_plans, n_units) or (n_plans, n_units, n_periods)
    how
        How each was made.
    """

    post: IndexArray
    how: tuple[str, ...]


def perturbed_plans(
    problem: AllocationProblem, post: IndexArray, n: int = 50, *, seed: int = 1
) -> PerturbedPlans:
    """Make plans that differ in quality as plans do in practice.

    First the plan, and those of other objectives: units at their own stations, shared
    out to the stations by demand, p-median, MEXCLP, MCLP, and at random within reach.
    Then in turn (a) the plan with some units, drawn at random, moved to posts drawn at
    random within their reach: from two units to all, in a geometric progression; and
    (b) mixtures, in which each unit stands as in the plan or as in one of the others,
    with a share of the other that grows. In a timetable the hours at no post stay.

    Parameters
    ----------
    post : (n_units,) or (n_units, n_periods)
        A plan or a timetable.
    n
        How many plans, the first included.

    Raises
    ------
    DataError
        If ``n`` is below 5 or ``post`` is no plan of the problem.
    """
    if n < FEWEST:
        raise DataError(f"n is {n}; a rank correlation needs at least {FEWEST} plans")
    post, n_units = plan.require_plan(problem, post), len(problem.supply)
    rng = np.random.default_rng(seed)
    everyone = np.ones(n_units, dtype=bool)
    others = _others(problem, rng)
    made = [("the plan", post)]
    made += [(name, _swapped(post, everyone, other)) for name, other in others]
    made, left = made[:n], n - len(made)
    n_moved = (left + 1) // 2
    sizes = np.geomspace(min(_FEW_MOVED, n_units), n_units, max(n_moved, 1))
    shares = (np.arange(left // 2) + 1.0) / (left // 2 + 1.0)
    for k in range(left):
        if k % 2 == 0:
            moved = int(sizes[k // 2].round())
            units = np.isin(everyone.cumsum() - 1, rng.permutation(n_units)[:moved])
            other = baselines.random_posts(problem, rng)
            name = f"{moved} units moved"
        else:
            name, other = others[(k // 2) % len(others)]
            units, name = (
                rng.random(n_units) < shares[k // 2],
                (f"{shares[k // 2]:.0%} {name}"),
            )
        made.append((name, _swapped(post, units, other)))
    return PerturbedPlans(
        post=np.stack([one for _, one in made]), how=tuple(name for name, _ in made)
    )


def _swapped(post: IndexArray, units: BoolArray, other: IndexArray) -> IndexArray:
    """Let some units stand as in another plan, in the hours that they are at a post."""
    if post.ndim == 1:
        return np.where(units, other, post)
    return np.where(units[:, None] & (post >= 0), other[:, None], post)


def _others(
    problem: AllocationProblem, rng: np.random.Generator
) -> list[tuple[str, IndexArray]]:
    made: dict[str, Callable[[AllocationProblem], IndexArray]] = {
        "at own stations": baselines.at_home,
        "stations by demand": baselines.stations_by_demand,
        "p-median": baselines.median_posts,
        "MEXCLP": baselines.mexclp_posts,
        "MCLP": baselines.mclp_posts,
    }
    plans = [(name, make(problem)) for name, make in made.items()]
    return [*plans, ("random", baselines.random_posts(problem, rng))]
