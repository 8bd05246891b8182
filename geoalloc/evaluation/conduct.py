"""How a shift is run in the simulation: rules of dispatch, custody, what is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np
import pandas as pd

from geoalloc import schemas
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.allocation import AllocationProblem
from geoalloc.errors import DataError

DISPATCH_RULES = ("nearest", "expected-cost")
QUEUE_RULES = ("grade-nearest", "grade-fifo", "fifo")  # as numbered by the kernel


@dataclass(frozen=True, kw_only=True)
class DispatchRules:
    """Who is sent, who waits, and what may be broken off; classes by name or grade.

    Attributes
    ----------
    rule
        ``nearest``: the free unit that gets there first. ``expected-cost``: the one
        of least travel, plus ``minutes_per_late`` times the late calls (weighted)
        to be expected of sending it: this one, if it would be late, and those of
        the cover that it leaves (``dispatching.cover_price``).
    minutes_per_late
        Minutes of travel that are worth one late call of weight 1.
    queue
        What a freed unit takes: the nearest call of the highest class, the oldest
        of the highest class, or the oldest of all.
    promote_min
        A wait of this long counts as one class higher, twice as long as two.
    urgent
        Classes that may break off other work, none if empty; the first class if
        None. They do so if no free unit would be in time.
    divert
        Whether they may take a unit that drives to a later class.
    interruptible
        Classes at whose scene they may take it. The rest of the work waits.
    recall_from_break
        Whether they may end a break; what is left of it is taken afterwards.
    reserve
        A call of this class waits while fewer free units are in reach of it
        (cut-off priorities: Schaack and Larson, 1986, Operations Research).
    cap_min
        Longest travel by class, in place of that of the problem.
    lost
        Classes whose calls do not wait: others take those that nobody can.
    """

    rule: str = "nearest"
    minutes_per_late: float = 30.0
    queue: str = "grade-nearest"
    promote_min: float = np.inf
    urgent: tuple[str, ...] | None = None
    divert: bool = False
    interruptible: tuple[str, ...] = ()
    recall_from_break: bool = False
    reserve: Mapping[str, int] = field(default_factory=dict)
    cap_min: Mapping[str, float] = field(default_factory=dict)
    lost: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, known in (("rule", DISPATCH_RULES), ("queue", QUEUE_RULES)):
            if getattr(self, name) not in known:
                raise DataError(
                    f"{name} of dispatch is {getattr(self, name)!r}; there are "
                    f"{', '.join(known)}"
                )
        if not (self.promote_min > 0 and 0 <= self.minutes_per_late < np.inf):
            raise DataError(
                f"need promote_min > 0 and a finite minutes_per_late >= 0, got "
                f"{self.promote_min} and {self.minutes_per_late}"
            )
        for name, reserve in self.reserve.items():
            if reserve < 0:
                raise DataError(f"reserve of {name!r} must be 0 or more, got {reserve}")
        for name, cap in self.cap_min.items():
            if not cap > 0:
                raise DataError(f"cap_min of {name!r} must be positive, got {cap}")


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """What a share of calls ends in, and the minutes that the first unit is lost.

    Attributes
    ----------
    share
        Share of the calls by class or grade; none of those not named.
    mean_min, cv
        Mean and coefficient of variation of the minutes (lognormal).
    """

    share: Mapping[str, float]
    mean_min: float
    cv: float = 0.0

    def __post_init__(self) -> None:
        for name, value in self.share.items():
            if not 0 <= value <= 1:
                raise DataError(
                    f"share of {name!r} that ends in a guard or an arrest is {value}; "
                    f"it must be from 0 to 1"
                )
        for name in ("mean_min", "cv"):
            if not 0 <= getattr(self, name) < np.inf:
                raise DataError(
                    f"{name} of a guard or an arrest must be 0 or more, got "
                    f"{getattr(self, name)}"
                )


@dataclass(frozen=True, kw_only=True)
class WaitRule(Aftermath):
    """Calls after which a unit waits, and comes free where it is.

    At a hospital, for a section 136 place, to guard a scene.
    """


@dataclass(frozen=True, kw_only=True)
class ArrestRule(Aftermath):
    """Calls that end in an arrest: to the nearest open custody suite, free there.

    Attributes
    ----------
    suites : (n_suites,)
        Position of the hex of each custody suite.
    open : (n_suites, n_periods), optional
        When it takes detainees; always if left out.
    """

    suites: IndexArray
    open: BoolArray | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.suites) == 0:
            raise DataError("an arrest needs a custody suite, found none; name one")
        if self.open is not None:
            closed = np.flatnonzero(~np.asarray(self.open, dtype=bool).any(axis=0))
            if len(self.open) != len(self.suites) or closed.size:
                raise DataError(
                    f"open has {len(self.open)} rows for {len(self.suites)} custody "
                    f"suites and {closed.size} periods in which none is open; give a "
                    f"row each, and one that is open at any time"
                )


@dataclass(frozen=True, kw_only=True)
class RealCalls:
    """Calls as they were recorded, shift by shift.

    Attributes
    ----------
    n_recorded
        Shifts that the record covers, those without a call among them.
    shift, service, hex : (n_calls,)
        Position of the recorded shift, of the class and of the hex.
    at_min : (n_calls,)
        Minutes from the start of its shift; below 0 in the hours before it.
    on_scene_min : (n_calls,), optional
        As recorded; drawn as for any call of the class if left out.
    in_order
        Whether the shifts are replayed as they came, from the first on and again
        from the first after the last, rather than drawn.
    """

    n_recorded: int
    shift: IndexArray
    service: IndexArray
    hex: IndexArray
    at_min: FloatArray
    on_scene_min: FloatArray | None = None
    in_order: bool = False

    def __post_init__(self) -> None:
        _require_equal_lengths(self)
        if self.n_recorded < 1:
            raise DataError(
                f"the record covers {self.n_recorded} shifts; give at least one"
            )
        require_positions("shift of real calls", self.shift, self.n_recorded)
        if not np.isfinite(self.at_min).all():
            raise DataError("at_min of real calls is nan or infinite; give minutes")
        if self.on_scene_min is not None:
            schemas.require_measure(self.on_scene_min, "on_scene_min of real calls")

    @classmethod
    def of(
        cls,
        incidents: pd.DataFrame,
        problem: AllocationProblem,
        starts: pd.DatetimeIndex,
        *,
        before_h: float = 0.0,
        in_order: bool = False,
    ) -> "RealCalls":
        """Cut a table of incidents into the shifts that began at ``starts``.

        Parameters
        ----------
        incidents
            ``reported_at``, ``service`` (name of the class), ``hex`` (its position)
            and, if known, ``on_scene_min``.
        starts
            Instants at which the recorded shifts began, as many as were recorded.
        before_h
            Hours before each start that are kept for the warm-up.

        Raises
        ------
        DataError
            If a column or a time is missing, or a class or a hex is unknown.
        """
        service = _services(incidents, problem)
        where = incidents["hex"].to_numpy(np.int64)
        require_positions("hex of real calls", where, problem.n_hexes)
        called, minute = incidents["reported_at"], pd.Timedelta(minutes=1)
        at = np.array([((called - start) / minute).to_numpy() for start in starts])
        at = at.reshape(len(starts), len(incidents))
        shift, row = np.nonzero((at >= -60 * before_h) & (at < 60 * problem.n_periods))
        on_scene = None
        if "on_scene_min" in incidents.columns:
            on_scene = incidents["on_scene_min"].to_numpy(np.float64)[row]
        return cls(
            n_recorded=len(starts),
            shift=shift,
            service=service[row],
            hex=where[row],
            at_min=at[shift, row],
            on_scene_min=on_scene,
            in_order=in_order,
        )


def _services(incidents: pd.DataFrame, problem: AllocationProblem) -> IndexArray:
    """Give the position of the class of each incident of a table that has all."""
    missing = {"reported_at", "service", "hex"} - set(incidents.columns)
    if missing:
        raise DataError(
            f"the table of real calls has no column {', '.join(sorted(missing))}; it "
            f"has {', '.join(map(str, incidents.columns))}"
        )
    n_missing = int(incidents["reported_at"].isna().sum())
    if n_missing:
        raise DataError(
            f"reported_at is missing at {n_missing} of {len(incidents)} real calls; "
            f"leave them out or complete them"
        )
    names = [service.name for service in problem.classes]
    service = pd.Index(names).get_indexer(incidents["service"])
    if (service < 0).any():
        raise DataError(
            f"real calls have the class "
            f"{incidents['service'].iloc[int(np.argmax(service < 0))]!r}; there are "
            f"{', '.join(names)}"
        )
    return service.astype(np.int64)


def named(problem: AllocationProblem, names: tuple[str, ...], what: str) -> BoolArray:
    """Mark the classes of some names or grades: (n_classes,).

    Raises
    ------
    DataError
        If no class has one of the names.
    """
    known = [(c.name, c.grade) for c in problem.classes]
    for name in names:
        if not any(name in pair for pair in known):
            raise DataError(
                f"{what} names the class {name!r}; there are "
                f"{', '.join(c.name for c in problem.classes)}"
            )
    return np.array([name in names or grade in names for name, grade in known])


def by_class(
    problem: AllocationProblem, values: Mapping[str, float], usual: float, what: str
) -> FloatArray:
    """Lay out values given by name or grade: (n_classes,); a name beats a grade."""
    named(problem, tuple(values), what)
    return np.array(
        [values.get(c.name, values.get(c.grade, usual)) for c in problem.classes],
        dtype=np.float64,
    )


def require_positions(what: str, positions: IndexArray, stop: int) -> None:
    """Require positions from 0 to below ``stop``."""
    bad = positions[(positions < 0) | (positions >= stop)]
    if bad.size:
        raise DataError(
            f"{what} must be from 0 to {stop - 1}, found {bad[0]} ({bad.size} in all)"
        )


def _require_equal_lengths(table: RealCalls) -> None:
    columns = {f.name: getattr(table, f.name) for f in fields(table)}
    lengths = {
        name: len(values)
        for name, values in columns.items()
        if isinstance(values, np.ndarray)
    }
    if len(set(lengths.values())) > 1:
        raise DataError(
            f"{type(table).__name__} has columns of different lengths: {lengths}"
        )
