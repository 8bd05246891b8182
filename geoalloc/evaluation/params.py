"""What to simulate, how often, and by which rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from geoalloc._types import BoolArray, FloatArray
from geoalloc.allocation import Committed, OpenQueue
from geoalloc.errors import DataError
from geoalloc.evaluation.conduct import (
    ArrestRule,
    DispatchRules,
    RealCalls,
    WaitRule,
)
from geoalloc.kernels.simulation import Ground

PERIOD_MIN = 60.0


@dataclass(frozen=True, kw_only=True)
class SimulationParams:
    """How much to simulate, and how the shift is run.

    Attributes
    ----------
    n_shifts
        Shifts that are simulated, independent of each other.
    seed
        The calls depend on it and on the demand, never on the plan: plans with the
        same seed are compared on the same calls (common random numbers).
    batch
        Which of several batches of shifts: each has calls of its own, whatever the
        number of batches.
    reference
        Expected incidents of a base, (n_periods, n_hexes), by class, as
        ``evaluation.reference`` gives them: calls are those of the base as far as
        demand allows, see ``evaluation.draw_calls``. For that, the seed, the number
        of shifts, the warm-up and ``level_cv`` must be those of the base.
    warmup_h
        Hours before the shift at the rate of its first period; not counted. None
        where ``open_calls`` or ``committed`` say how it starts.
    drain_h
        Hours after the shift, without new calls, in which its queue is answered.
    level_cv
        Coefficient of variation of the level of a shift (gamma, so that counts are
        negative binomial); 0 for Poisson counts.
    travel_cv
        Coefficient of variation of a journey around the table's minutes (lognormal
        of mean 1, one factor per call).
    history
        Recorded shifts to draw from, in place of the demand.
    carry_over
        Whether the shifts follow on each other, each with the queue that the one
        before has left, rather than stand alone: a month. There is then a warm-up
        before the first only, and no drain.
    rules
    aftermath
        At most one rule of arrest, and rules of waiting.
    open_calls, committed
        What is under way when each shift (the first, if they follow on) starts.
    on_duty : (n_units, n_periods), optional
        Hours of duty, briefing and close-down among them; as ``present`` of the
        problem if left out. Work beyond them is overtime.
    groups
        Labels of the hexes, (n_hexes,), by the name of the grouping: figures are
        given for each label.
    ground
        Of a problem with the same travel, of which many plans are simulated, as
        ``evaluation.ground`` lays it out; laid out for each simulation if None.
    """

    n_shifts: int = 400
    seed: int = 1
    batch: int = 0
    reference: Mapping[str, FloatArray] | None = None
    warmup_h: float = 2.0
    drain_h: float = 2.0
    level_cv: float = 0.0
    travel_cv: float = 0.0
    history: RealCalls | None = None
    carry_over: bool = False
    rules: DispatchRules = field(default_factory=DispatchRules)
    aftermath: tuple[ArrestRule | WaitRule, ...] = ()
    open_calls: OpenQueue | None = None
    committed: Committed | None = None
    on_duty: BoolArray | None = None
    groups: Mapping[str, npt.NDArray[np.object_]] = field(default_factory=dict)
    ground: Ground | None = None

    def __post_init__(self) -> None:
        if self.n_shifts < 1 or self.seed < 0 or self.batch < 0:
            raise DataError(
                f"need n_shifts >= 1, seed >= 0 and batch >= 0, got {self.n_shifts}, "
                f"{self.seed} and {self.batch}"
            )
        if not (0 <= self.warmup_h < np.inf and 0 <= self.drain_h < np.inf):
            raise DataError(
                f"warmup_h and drain_h must be 0 or more, got {self.warmup_h} and "
                f"{self.drain_h}"
            )
        if not (0 <= self.level_cv < np.inf and 0 <= self.travel_cv < np.inf):
            raise DataError(
                f"level_cv and travel_cv must be 0 or more, got {self.level_cv} and "
                f"{self.travel_cv}"
            )
        self._check_history()
        arrests = sum(isinstance(rule, ArrestRule) for rule in self.aftermath)
        if arrests > 1:
            raise DataError(
                f"there are {arrests} rules of arrest; give one, with all its suites"
            )

    def _check_history(self) -> None:
        if self.history is None:
            return
        if self.level_cv > 0:
            raise DataError(
                f"level_cv is {self.level_cv} beside recorded shifts, which vary of "
                f"themselves; leave one of the two out"
            )
        if self.reference is not None:
            raise DataError(
                "there is a reference demand beside recorded shifts, which all "
                "scenarios share as they are; leave one of the two out"
            )

    @property
    def is_under_way(self) -> bool:
        """Whether it is said how the shift starts: there is then no warm-up."""
        return self.open_calls is not None or self.committed is not None

    @property
    def arrest(self) -> ArrestRule | None:
        """The rule of arrest, if any."""
        return next((r for r in self.aftermath if isinstance(r, ArrestRule)), None)


USUAL = SimulationParams()
