"""The best choice so far, the best bound, and when to stop; all minimize."""

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation.location.choice import LocationParams
from geoalloc.allocation.plan import SolveStatus

_PROVEN = 1e-6  # a gap this small, as a share of the objective, is called optimal
_ROUNDING = 1e-9  # share of the objective that is rounding
_DEARER = 100  # times that a node of HiGHS costs
_SLACK = 1e-6  # share that is taken off a bound of HiGHS for its tolerances


class Progress:
    """State of one solve: sites, value (less is better) and bound."""

    def __init__(self, params: LocationParams, *, whole: bool) -> None:
        self.params, self._whole = params, whole
        self._start = time.perf_counter()
        self.sites: IndexArray = np.zeros(0, dtype=np.int64)
        self.value, self.bound = math.inf, -math.inf
        self.steps: list[dict[str, str | float]] = []

    def offer(self, sites: IndexArray, value: float) -> None:
        """Keep the sites if they are better than the best so far."""
        if value < self.value - _ROUNDING * abs(self.value) or not self.sites.size:
            self.sites, self.value = np.sort(sites), value

    def raise_bound(self, bound: float, *, exact: bool = False) -> None:
        """Raise the bound; where all costs are whole numbers, to a whole number."""
        if not math.isfinite(bound):
            self.bound = self.value if exact else self.bound
            return
        if self._whole:
            bound = math.ceil(bound - 1e-6 * max(1.0, abs(bound) * 1e-3))
        self.bound = min(max(self.bound, bound), self.value)

    @property
    def better(self) -> float:
        """What a choice must cost at most to be better than the best so far."""
        if self._whole:
            return self.value - 1.0
        return self.value - _ROUNDING * abs(self.value)

    @property
    def gap(self) -> float:
        """Gap as a share of the best value."""
        return max(0.0, self.value - self.bound) / max(abs(self.value), 1e-12)

    @property
    def status(self) -> SolveStatus:
        """Optimal where the gap is nothing but rounding."""
        return SolveStatus.OPTIMAL if self.gap <= _PROVEN else SolveStatus.FEASIBLE

    @property
    def seconds_left(self) -> float | None:
        """Time left, None where there is no clock."""
        if self.params.seconds is None:
            return None
        return max(0.0, self.params.seconds - (time.perf_counter() - self._start))

    @property
    def done(self) -> bool:
        """Whether the gap is closed or the time is up."""
        return self.gap <= max(self.params.gap, _ROUNDING) or self.seconds_left == 0.0

    @property
    def stopped_by_clock(self) -> bool:
        """Whether the clock ended the solve."""
        return self.seconds_left == 0.0 and self.gap > max(self.params.gap, _ROUNDING)

    def log(self, stage: str) -> None:
        """Note where the solve stands."""
        self.steps.append(
            {
                "stage": stage,
                "objective": self.value,
                "bound": self.bound,
                "seconds": time.perf_counter() - self._start,
            }
        )


@dataclass(frozen=True, kw_only=True)
class Program:
    """Minimize ``cost @ x`` with ``matrix @ x >= least`` and x from 0 to 1.

    Attributes
    ----------
    equal
        Number of the first rows that hold with equality.
    """

    cost: FloatArray
    matrix: sp.csr_array
    least: FloatArray
    whole: BoolArray
    equal: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Values (None if none was found), a bound, and whether none can exist."""

    values: FloatArray | None
    bound: float
    infeasible: bool


def minimize(program: Program, progress: Progress) -> Answer:
    """Solve by HiGHS (through scipy) within the limits of the solve."""
    most = np.full(program.least.size, np.inf)
    most[: program.equal] = program.least[: program.equal]
    options: dict[str, Any] = {
        "node_limit": 1 + progress.params.node_limit // _DEARER,
        "mip_rel_gap": max(progress.params.gap / 2, 1e-9),
    }
    if progress.seconds_left is not None:
        options["time_limit"] = max(progress.seconds_left, 0.01)
    result = milp(
        program.cost,
        integrality=program.whole.astype(np.int64),
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(program.matrix, program.least, most),
        options=options,
    )
    bound = result.get("mip_dual_bound")
    bound = -math.inf if bound is None else float(bound)
    return Answer(
        values=result.x,
        bound=bound - _SLACK * abs(bound) if math.isfinite(bound) else bound,
        infeasible=result.status == 2,
    )
