"""Scenarios planned, simulated on the same calls, and compared with a base."""

import filecmp
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geoalloc import evaluation, report, workers
from geoalloc.errors import DataError, UsageError
from geoalloc.evaluation import Samples
from geoalloc.pipeline import (
    comparison_tables,
    ground,
    inputs,
    records,
    stages,
    trying,
)
from geoalloc.pipeline.trying import BATCH, Loop, Planned, Simulated, Task, Tried
from geoalloc.runs import Comparison
from geoalloc.scenario import Scenario
from geoalloc.workers import Store, Workers

__all__ = [
    "ComparisonRequest",
    "compare",
    "comparison_products",
    "comparison_request",
]

HEADLINE = (("late_share", "immediate"), ("unmet", "all"))
"""What scenarios are judged by: the family of comparisons that intervals hold for."""

# What no plan and no simulated shift depends on.
_LABELS = (
    *("name", "question", "expected", "lever", "purpose", "marking", "handling"),
    *("map", "briefing", "hotspots", "patrol", "transparency"),
)
_CASEWORK = ("investigators", "investigations", "outlook")


@dataclass(frozen=True, kw_only=True)
class ComparisonRequest:
    """Scenarios to compare, and how well.

    Attributes
    ----------
    scenarios
        The base first; each of its own name.
    shifts
        Simulated of each at the least; made up to hundreds.
    half_width
        Of the interval of the difference in the share of immediate calls that are
        late: shifts are added until all are as narrow, or ``most_shifts`` are
        simulated. None to simulate ``shifts`` alone.
    left_out
        Sentences on what was asked for and is not compared.
    """

    scenarios: Sequence[Scenario]
    shifts: int = 200
    half_width: float | None = None
    most_shifts: int = 2000
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.scenarios:
            raise UsageError("there is no scenario to compare: name some")
        if not 1 <= self.shifts <= self.most_shifts:
            raise UsageError(
                f"shifts must be from 1 to the most, {self.most_shifts}, "
                f"got {self.shifts}"
            )
        if self.half_width is not None and not 0 < self.half_width < 1:
            raise UsageError(
                f"half-width must be a share from 0 to 1, got {self.half_width}"
            )
        names = [one.name for one in self.scenarios]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"two scenarios have the name {twice[0]!r}: rename one")
        self._require_alike()

    def _require_alike(self) -> None:
        base = self.base
        for one in self.scenarios[1:]:
            if one.area.resolution != base.area.resolution:
                raise DataError(
                    f"{one.name} is of resolution {one.area.resolution}, and the base "
                    f"{base.name} of {base.area.resolution}: give both the same"
                )
            paths = [Path(each.area.boundary) for each in (one, base)]
            if paths[0] != paths[1] and not _same_file(*paths):
                raise DataError(
                    f"{one.name} is of the area {paths[0].name}, and the base "
                    f"{base.name} of {paths[1].name}: give both the same"
                )

    @property
    def base(self) -> Scenario:
        """What the others are compared with."""
        return self.scenarios[0]

    @property
    def casework(self) -> bool:
        """Whether scenarios differ in what investigators do."""
        told = [[getattr(one, name) for name in _CASEWORK] for one in self.scenarios]
        return any(each != told[0] for each in told)


def _same_file(one: Path, other: Path) -> bool:
    """Tell whether two files hold the same; of a missing one others tell."""
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return True


@dataclass(frozen=True)
class _Keys:
    """Names of what is worked out, by all that it is made from."""

    plan: dict[str, str]
    loop: dict[str, str]
    base: str

    @classmethod
    def of(cls, request: ComparisonRequest) -> "_Keys":
        # Other libraries, other results: as much as another program.
        code, read = [workers.code_digest(), stages.versions()], inputs.Digests()
        keys, loops = {}, {}
        for one in request.scenarios:
            made_of = records.resolved_without_paths(one)
            without = _LABELS + (() if request.casework else _CASEWORK)
            values = {k: v for k, v in made_of.items() if k not in without}
            files = read.of(one)
            keys[one.name] = workers.key("plan", code, values, files, request.casework)
            loops[one.name] = workers.key(
                "loop", code, ground.made_from(one), files, one.demand.forecaster
            )
        return cls(plan=keys, loop=loops, base=keys[request.base.name])

    def shifts(self, name: str, batch: int) -> str:
        return workers.key("shifts", self.plan[name], self.base, batch, BATCH)


def comparison_request(
    scenarios: Iterable[Scenario],
    *,
    changed: Mapping[str, Any] | None = None,
    **how: Any,  # noqa: ANN401 - fields of ComparisonRequest
) -> ComparisonRequest:
    """Ask for a comparison; the first scenario is the base.

    One that stands there twice, as a base and again, counts once.

    Parameters
    ----------
    changed
        As ``Scenario.changed`` takes it: other incidents, boundary or resolution.
    **how
        Fields of ``ComparisonRequest``.

    Raises
    ------
    UsageError
        If there is none, or two that differ have one name.
    """
    kept: dict[str, Scenario] = {}
    for one in scenarios:
        if kept.setdefault(one.name, one) != one:
            raise UsageError(f"two scenarios have the name {one.name!r}: rename one")
    different = changed or {}
    return ComparisonRequest(
        scenarios=[one.changed(**different) for one in kept.values()], **how
    )


def comparison_products(found: Comparison) -> dict[str, str | bytes]:
    """Make what people open, by file name."""
    return {
        "comparison.html": report.comparison_page(found),
        "comparison.pdf": report.comparison_pdf(found),
    }


def _id(request: ComparisonRequest, keys: _Keys) -> str:
    labels = [
        {name: getattr(one, name) for name in _LABELS[:7]} for one in request.scenarios
    ]
    wanted = (request.shifts, request.half_width, request.most_shifts)
    return workers.key(list(keys.plan.items()), labels, wanted)[:8]


def compare(
    request: ComparisonRequest,
    *,
    hired: Workers,
    store: Store | None = None,
    progress: Callable[[str], None] = stages.silent,
    identified: Callable[[str], object] = stages.silent,
) -> Comparison:
    """Plan and simulate each scenario, and tell what sets it apart from the base.

    A scenario that has no plan is told of, and the others go on. When it is stopped
    (KeyboardInterrupt), what was finished is compared, if the base is among it;
    the record says so.

    Parameters
    ----------
    hired
        Who does the work, see ``workers.hired``.
    store
        Where finished work is kept, and looked for.
    progress
        Called with what is done and left.
    identified
        Called with the id of the comparison before the long work.

    Raises
    ------
    DataError, SolverError
        If the base cannot be planned.
    """
    start = time.perf_counter()
    keys = _Keys.of(request)
    identified(_id(request, keys))
    bench = _Bench(
        request=request, keys=keys, hired=hired, store=store, progress=progress
    )
    try:
        bench.run()
    except KeyboardInterrupt:
        if request.base.name not in bench.whole():
            raise
        bench.stopped = True
    bench.require_base()
    progress("tables")
    return comparison_tables.comparison(
        comparison_tables.Found(
            run_id=_id(request, keys),
            scenarios=request.scenarios,
            headline=HEADLINE,
            plans={n: bench.plans[keys.plan[n]] for n in bench.told()},
            samples=bench.samples(),
            coupled=bench.coupled(),
            loops={n: bench.loops.get(keys.loop[n], "") for n in keys.loop},
            cached=bench.cached,
            keys=keys.plan,
            settings=bench.settings(),
            workers={
                "description": hired.description,
                "peak_mb": round(hired.peak_mb),
                "notes": [*hired.notes, *(store.broken if store else ())],
            },
            stopped=bench.stopped,
            left_out=request.left_out,
            seconds=time.perf_counter() - start,
        )
    )


@dataclass(kw_only=True)
class _Bench:
    """What is finished, by key, and what is still to do.

    Attributes
    ----------
    plans, shifts
        Finished, by the key of the plan.
    loops
        What feedback loops come to, by key.
    cached
        Names of scenarios of which nothing was worked out anew.
    """

    request: ComparisonRequest
    keys: _Keys
    hired: Workers
    store: Store | None
    progress: Callable[[str], None]
    plans: dict[str, Planned] = field(default_factory=dict)
    shifts: dict[str, dict[int, Simulated]] = field(default_factory=dict)
    loops: dict[str, str] = field(default_factory=dict)
    worked: set[str] = field(default_factory=set)
    n_shifts: int = 0
    stopped: bool = False

    def run(self) -> None:
        """Simulate as many shifts as were asked for, then as many as it takes."""
        self._simulate(self.request.shifts)
        while (needed := self._needed()) > self.n_shifts:
            self._simulate(needed)

    def _needed(self) -> int:
        """Count the shifts that make every interval as narrow as was asked."""
        if self.request.half_width is None or self.stopped:
            return 0
        found = self.samples()
        base = found.pop(self.request.base.name, None)
        if base is None or not found:
            return 0
        needed = evaluation.shifts_needed(
            base,
            found,
            key=HEADLINE[0],
            half_width=self.request.half_width,
            step=BATCH,
        )
        return min(needed, self.request.most_shifts // BATCH * BATCH)

    def _simulate(self, n_shifts: int) -> None:
        batches = range(-(-n_shifts // BATCH))
        tasks = list(self._tasks(batches))
        done = self.hired.each(
            trying.work,
            [task for _, task in tasks],
            label="scenarios",
            progress=self.progress,
        )
        for position, found in done:
            name = tasks[position][0]
            if isinstance(found, Tried):
                self._keep(name, found)
            else:
                self._keep_loop(self.keys.loop[name], found)
        self.n_shifts = len(batches) * BATCH

    def _tasks(self, batches: Iterable[int]) -> Iterator[tuple[str, Task | Loop]]:
        """List what is neither finished nor kept, one task for each plan."""
        files = workers.key(list(self.keys.plan.values()))
        base = self.request.base.resolved()
        seen = set()
        for one in self.request.scenarios:
            key = self.keys.plan[one.name]
            if key in seen:
                continue
            seen.add(key)
            plan = self._taken_plan(key)
            if plan is not None and not plan.frames:
                continue
            missing = [b for b in batches if not self._taken_shifts(one.name, b)]
            if plan is None or missing:
                yield (
                    one.name,
                    Task(
                        scenario=one.resolved(),
                        base=base,
                        files=files,
                        batches=tuple(missing or batches),
                        table=None if plan is None else plan.table,
                        casework=self.request.casework,
                    ),
                )
        yield from self._loops(files)

    def _loops(self, files: str) -> Iterator[tuple[str, Loop]]:
        """List the feedback loops to be simulated: one for each way to forecast."""
        seen = set(self.loops)
        for one in self.request.scenarios:
            key = self.keys.loop[one.name]
            if key in seen:
                continue
            seen.add(key)
            kept = None if self.store is None else self.store.take(key)
            if kept is None:
                yield one.name, Loop(scenario=one.resolved(), files=files)
            else:
                self.loops[key] = str(kept.facts["sentence"])

    def _keep_loop(self, key: str, sentence: str) -> None:
        self.loops[key] = sentence
        # What failed may go well once the files are mended.
        if self.store is not None and not sentence.startswith(trying.NO_LOOP):
            self.store.keep(key, {"sentence": sentence}, {})

    def _taken_plan(self, key: str) -> Planned | None:
        if key not in self.plans and self.store is not None:
            kept = self.store.take(key)
            if kept is not None:
                self.plans[key] = Planned(facts=kept.facts, frames=kept.frames)
        return self.plans.get(key)

    def _taken_shifts(self, name: str, batch: int) -> bool:
        found = self.shifts.setdefault(self.keys.plan[name], {})
        if batch not in found and self.store is not None:
            kept = self.store.take(self.keys.shifts(name, batch))
            if kept is not None:
                found[batch] = Simulated(
                    batch=batch,
                    coupled=bool(kept.facts["coupled"]),
                    samples=Samples.from_frame(kept.frames["samples"]),
                )
        return batch in found

    def _keep(self, name: str, tried: Tried) -> None:
        key = self.keys.plan[name]
        self.worked.add(key)
        lasting = self.store
        if tried.planned is not None:
            self.plans[key] = tried.planned
            # What failed may go well once the files are mended.
            if lasting is not None and tried.planned.facts["status"] != "failed":
                lasting.keep(key, tried.planned.facts, tried.planned.frames)
        for one in tried.simulated:
            self.shifts.setdefault(key, {})[one.batch] = one
            if lasting is not None:
                lasting.keep(
                    self.keys.shifts(name, one.batch),
                    {"coupled": one.coupled},
                    {"samples": one.samples.frame()},
                )

    def told(self) -> list[str]:
        """Name the scenarios of which something is known."""
        names = [one.name for one in self.request.scenarios]
        return [name for name in names if self.keys.plan[name] in self.plans]

    def whole(self) -> list[str]:
        """Name the scenarios that are planned and simulated."""
        return [n for n in self.told() if self.shifts.get(self.keys.plan[n])]

    def samples(self) -> dict[str, Samples]:
        """Join the batches that all scenarios have, so that all are paired."""
        whole = self.whole()
        each = [set(self.shifts[self.keys.plan[name]]) for name in whole]
        shared = sorted(set.intersection(*each)) if each else []
        found = {}
        for name in whole:
            mine = self.shifts[self.keys.plan[name]]
            joined = mine[shared[0]].samples
            for batch in shared[1:]:
                joined = joined.joined(mine[batch].samples)
            found[name] = joined
        return found

    def coupled(self) -> dict[str, bool]:
        """Tell which scenarios answer the calls of the base."""
        return {
            name: all(one.coupled for one in self.shifts[self.keys.plan[name]].values())
            for name in self.whole()
        }

    @property
    def cached(self) -> set[str]:
        names = {one.name for one in self.request.scenarios}
        return {name for name in names if self.keys.plan[name] not in self.worked}

    def settings(self) -> dict[str, Any]:
        """Say how the scenarios were simulated and judged."""
        found = self.samples()
        n_shifts = next(iter(found.values())).n_shifts if found else 0
        base = found.pop(self.request.base.name, None)
        reached = None
        if base is not None and found:
            widths = evaluation.half_widths(base, found, key=HEADLINE[0])
            reached = float(widths.max())
        return {
            "shifts": n_shifts,
            "least_shifts": self.request.shifts,
            "most_shifts": self.request.most_shifts,
            "half_width": self.request.half_width,
            "reached": reached,
            "measure": HEADLINE[0][0],
            "group": HEADLINE[0][1],
            "confidence": 0.95,
            "seed": self.request.base.simulation.seed,
            "contrasts": len(HEADLINE) * len(found),
        }

    def require_base(self) -> None:
        """Require a plan of the base.

        Raises
        ------
        DataError
            Without one there is nothing to compare with.
        """
        facts = self.plans[self.keys.base].facts
        if facts["status"] != "planned":
            raise DataError(
                f"the base {self.request.base.name} cannot be planned, so that there "
                f"is nothing to compare with: {facts['why']}"
            )
