"""What every location model gives back, and the limits of its solve."""

from dataclasses import dataclass

import numpy as np

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation.plan import SolveStatus
from geoalloc.errors import DataError


@dataclass(frozen=True, kw_only=True)
class LocationParams:
    """Limits of one solve; the defaults give the same choice every run.

    Attributes
    ----------
    shakes
        Times that a local optimum is shaken and searched anew.
    steps
        Most subgradient steps of a Lagrangian bound.
    node_limit
        Most branch-and-bound nodes; 0 leaves the exact stage out. HiGHS, whose
        nodes cost about a hundred times as much, gets a hundredth.
    gap
        Stop when this close to the bound, as a share of the objective.
    seconds
        Stop at about this time; such a run may not repeat. None for no clock.
    seed
        Of the shakes.
    """

    shakes: int = 200
    steps: int = 2000
    node_limit: int = 20_000
    gap: float = 0.0
    seconds: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.shakes, self.node_limit) < 0 or self.steps < 1 or not self.gap >= 0:
            raise DataError(
                f"need shakes, node_limit and gap >= 0 and steps >= 1; got "
                f"{self.shakes}, {self.node_limit}, {self.gap} and {self.steps}"
            )
        if self.seconds is not None and not self.seconds > 0:
            raise DataError(f"seconds must be positive, got {self.seconds}")


DEFAULT = LocationParams()


@dataclass(frozen=True, kw_only=True)
class SiteChoice:
    """Sites chosen, and the proof of how good they are.

    Attributes
    ----------
    sites
        Positions, ascending.
    objective
        Worked out from the problem, not taken from a solver.
    bound
        No choice is better than this.
    gap
        Between objective and bound, as a share of the objective.
    status
        Optimal where the gap is nothing but rounding.
    stopped_by_clock
        Whether the wall-clock limit ended the solve: such a choice may not repeat.
    steps
        One entry per stage: stage, objective, bound, seconds.
    """

    sites: IndexArray
    objective: float
    bound: float
    gap: float
    status: SolveStatus
    stopped_by_clock: bool
    steps: tuple[dict[str, str | float], ...]


@dataclass(frozen=True, kw_only=True)
class CoverageChoice(SiteChoice):
    """Sites and what they cover.

    Attributes
    ----------
    covered : (n_demand,)
    """

    covered: BoolArray


@dataclass(frozen=True, kw_only=True)
class MedianChoice(SiteChoice):
    """Sites and which of them serves each demand.

    Attributes
    ----------
    assigned : (n_demand,)
        Position of a site; of sites that tie, the first.
    """

    assigned: IndexArray


def require_count(p: int, n_sites: int) -> None:
    """Require that p sites can be chosen."""
    if not 1 <= p <= n_sites:
        raise DataError(
            f"p is {p}, and there are {n_sites} sites: choose from 1 to {n_sites}"
        )


def require_measure(values: FloatArray, name: str, size: int) -> FloatArray:
    """Require one number per demand, finite and not negative."""
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (size,):
        raise DataError(f"{name} has shape {values.shape}, needs ({size},)")
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if bad.size:
        raise DataError(
            f"{name} is nan, infinite or negative at {bad.size} of {size} positions, "
            f"first {bad[0]}"
        )
    return values
