"""Tables of what demand is made of: where it comes from, and where it goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.demand.expected import BASES, Demand, gamma_interval
from geoalloc.demand.levers import Away, Diverting, Event, Growth
from geoalloc.demand.sources import Source
from geoalloc.schemas import GRADES

OUTCOMES = (*GRADES, "none")
LAST = "calls that a unit goes to"

_RECORDED = "recorded, with coordinates"
_UNPLACED = "recorded, without coordinates"
_UNRECORDED = "not on file (share recorded)"
_RETURNED = "came back after being taken away"
_RESOLVED = "resolved without deployment"
_TENTH = 0.1


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A source after the levers.

    Attributes
    ----------
    grown
        Calls over those before growth.
    extra : per event
        Calls added by each event in the shift.
    away
        What the levers take from the calls that are not immediate.
    """

    source: Source
    grown: dict[Growth, float]
    extra: dict[Event, float]
    away: Sequence[Away]

    @property
    def past(self) -> float:
        """Calls of the shift before growth and events."""
        return float(self.source.rate.sum())

    @property
    def factor(self) -> float:
        """Calls over those before growth, all levers of growth together."""
        return float(np.prod(list(self.grown.values())))

    @property
    def calls(self) -> float:
        """Calls of the shift after growth and events."""
        return self.past * self.factor + sum(self.extra.values())

    @property
    def kept(self) -> float:
        """Share of the calls, immediate ones aside, that is left by the levers."""
        return 1.0 - sum(a.share - a.returned for a in self.away)

    @property
    def basis(self) -> FloatArray:
        """Shares observed, scaled and assumed, events aside, (3,)."""
        if self.factor <= 1.0:
            return self.source.basis
        basis = self.source.basis / self.factor
        basis[2] += 1.0 - 1.0 / self.factor
        return basis

    def sent(self) -> FloatArray:
        """Count the calls that are deployed to, by grade, (3,)."""
        outcomes = self.calls * self.source.response.outcomes()
        return outcomes[:3] * np.array([1.0, self.kept, self.kept])


@dataclass
class _Lines:
    """The lines of the table, each a sum over sources."""

    crew: float
    basis: dict[str, str] = field(default_factory=dict)
    calls: dict[str, FloatArray] = field(default_factory=dict)
    work: dict[str, float] = field(default_factory=dict)
    variance: dict[str, float] = field(default_factory=dict)
    slope: dict[str, float] = field(default_factory=dict)

    def add(self, line: str, basis: str, source: Source, calls: FloatArray) -> None:
        """Add the calls of a source, by outcome, to a line."""
        before = self.calls.get(line, np.zeros(len(OUTCOMES)))
        self.basis[line] = basis
        self.calls[line] = before + calls
        hours = source.response.unit_hours(self.crew)
        self.work[line] = self.work.get(line, 0.0) + float(calls[:3].sum()) * hours
        spread = float(calls.sum()) ** 2 * source.total_error
        self.variance[line] = self.variance.get(line, 0.0) + spread

    def doubt(self, line: str, slope: float, variance: float) -> None:
        """Add what one unknown share, the same for all sources, does to a line."""
        before = self.slope.get(line, 0.0)
        self.slope[line] = before + slope
        change = self.slope[line] ** 2 - before**2
        self.variance[line] = self.variance.get(line, 0.0) + change * variance

    def frame(self) -> pd.DataFrame:
        """Lay the lines out."""
        calls = np.array(list(self.calls.values())).reshape(-1, len(OUTCOMES))
        total = calls.sum(axis=1)
        spread = np.array(list(self.variance.values()), dtype=np.float64)
        low, high = gamma_interval(np.abs(total), spread)
        less = total < 0
        columns = {
            "line": pd.Series(list(self.calls), dtype="str"),
            "basis": pd.Series(list(self.basis.values()), dtype="str"),
            "incidents": total,
        }
        columns |= {name: calls[:, k] for k, name in enumerate(OUTCOMES)}
        columns |= {
            "workload_h": np.array(list(self.work.values()), dtype=np.float64),
            "low": np.where(less, -high, low),
            "high": np.where(less, -low, high),
        }
        return pd.DataFrame(columns)


def flow(
    answered: Sequence[Answered],
    demand: Demand,
    *,
    crew: float,
    all_variance: float,
    common_error: float,
) -> pd.DataFrame:
    """Tell where demand comes from and goes, as ``Expected.flow``.

    Parameters
    ----------
    all_variance
        Variance of all calls that are deployed to.
    common_error
        Variance that recorded categories share, over the square of their sum.
    """
    lines = _Lines(crew=crew)
    recorded = [a for a in answered if a.source.layer is None]
    layers = [a for a in answered if a.source.layer is not None]
    for each in recorded:
        _add_recorded(lines, each, common_error)
    for each in recorded:
        _add_growth(lines, each)
    for each in layers:
        _add_layer(lines, each)
    for each in layers:
        _add_growth(lines, each)
    _add_events(lines, answered)
    _add_away(lines, answered)
    for each in answered:
        none = each.calls * each.source.response.outcomes() * [0, 0, 0, -each.kept]
        lines.add(_RESOLVED, "assumed", each.source, none)
    return pd.concat([lines.frame(), _last(demand, all_variance)], ignore_index=True)


def _add_recorded(lines: _Lines, each: Answered, common_error: float) -> None:
    source, response = each.source, each.source.response
    calls = each.past * response.outcomes()
    filed = calls * response.recorded_share
    parts = [(_RECORDED, "observed", filed * source.located)]
    if source.located < 1.0:
        parts.append((_UNPLACED, "scaled", filed * (1.0 - source.located)))
    if response.recorded_share < 1.0:
        parts.append((_UNRECORDED, "scaled", calls - filed))
    for line, basis, part in parts:
        lines.add(line, basis, source, part)
        lines.doubt(line, float(part.sum()), common_error)


def _add_layer(lines: _Lines, each: Answered) -> None:
    layer = each.source.layer
    partner = layer.partner if layer is not None else ""
    line = f"layer: {each.source.name}" + (f" (of {partner})" if partner else "")
    calls = each.past * each.source.response.outcomes()
    lines.add(line, "assumed", each.source, calls)


def _add_growth(lines: _Lines, each: Answered) -> None:
    so_far = each.past * each.source.response.outcomes()
    for lever, factor in each.grown.items():
        added = (factor - 1.0) * so_far
        lines.add(lever.line, "assumed", each.source, added)
        so_far = so_far + added


def _add_events(lines: _Lines, answered: Sequence[Answered]) -> None:
    for event in dict.fromkeys(e for a in answered for e in a.extra):
        for each in answered:
            if event in each.extra:
                added = each.extra[event] * each.source.response.outcomes()
                lines.add(event.line, "assumed", each.source, added)


def _add_away(lines: _Lines, answered: Sequence[Answered]) -> None:
    """Add what each lever takes, and then what comes back of all of it."""
    levers = dict.fromkeys(a.lever for each in answered for a in each.away)
    for lever in sorted(levers, key=_rank):
        for each in answered:
            for away in (a for a in each.away if a.lever == lever):
                pool = _pool(each)
                lines.add(lever.line, "assumed", each.source, -away.share * pool)
                doubt = _touched(away) * float(pool.sum())
                lines.doubt(lever.line, doubt, away.variance)
    if any(each.away for each in answered):
        for each in answered:
            back = sum(away.returned for away in each.away)
            lines.add(_RETURNED, "assumed", each.source, back * _pool(each))


def _rank(lever: Diverting) -> int:
    return ("RightCare", "FireFirst", "Triage").index(type(lever).__name__)


def _pool(each: Answered) -> FloatArray:
    """Count the calls by outcome that levers could reach: none is immediate."""
    return each.calls * each.source.response.outcomes() * [0.0, 1.0, 1.0, 1.0]


def _touched(away: Away) -> float:
    mean, _ = away.lever.avoided_share
    return away.share / mean if mean > 0 else 0.0


def _last(demand: Demand, all_variance: float) -> pd.DataFrame:
    grades = [demand.total(grade) for grade in GRADES]
    total = float(demand.incidents.sum())
    low, high = gamma_interval(np.array([total]), np.array([all_variance]))
    values = {"line": LAST, "basis": "", "incidents": total}
    values |= dict(zip(OUTCOMES, [*grades, 0.0], strict=True))
    values |= {"workload_h": float(demand.workload_h.sum())}
    values |= {"low": float(low[0]), "high": float(high[0])}
    frame = pd.DataFrame([values])
    return frame.astype({"line": "str", "basis": "str"})


def sources(answered: Sequence[Answered], crew: float) -> pd.DataFrame:
    """Tell what each category and layer brings, as ``Expected.sources``."""
    rows = []
    for each in answered:
        response = each.source.response
        sent = float(each.sent().sum())
        added = sum(each.extra.values()) / each.calls if each.calls > 0 else 0.0
        basis = each.basis * (1.0 - added) + np.array([0.0, 0.0, added])
        officers = response.officers_per_call(crew) * response.on_scene_min / 60.0
        rows.append(
            {
                "source": each.source.name,
                "kind": each.source.kind,
                "incidents": sent,
                "workload_h": sent * response.unit_hours(crew),
                "officer_h": sent * officers,
            }
            | dict(zip(BASES, basis.tolist(), strict=True))
        )
    names = ("source", "kind", "incidents", "workload_h", "officer_h", *BASES)
    return _frame(rows, names, n_text=2)


def sensitivity(answered: Sequence[Answered], crew: float) -> pd.DataFrame:
    """Tell what a tenth more or less of each share does, as ``Expected.sensitivity``.

    What a share gains or loses is resolved without deployment, or no longer is; it
    gains no more than is resolved so.
    """
    total = sum(
        float(a.sent().sum()) * a.source.response.unit_hours(crew) for a in answered
    )
    rows = []
    for each in answered:
        response = each.source.response
        outcomes = response.outcomes()
        kept = (1.0, each.kept, each.kept)
        for k, grade in enumerate(GRADES):
            for change in (-_TENTH, _TENTH):
                moved = min(change * outcomes[k], outcomes[3])
                hours = each.calls * moved * kept[k] * response.unit_hours(crew)
                if outcomes[k] > 0:
                    rows.append(
                        {
                            "source": each.source.name,
                            "share": grade,
                            "change": change,
                            "workload_h": hours,
                            "workload_share": hours / total if total > 0 else 0.0,
                        }
                    )
    names = ("source", "share", "change", "workload_h", "workload_share")
    return _frame(rows, names, n_text=2)


def skills(answered: Sequence[Answered], crew: float) -> pd.DataFrame:
    """Add up officer-hours by skill, as ``Expected.skills``."""
    hours: dict[str, float] = {}
    for each in answered:
        response = each.source.response
        officers = response.officers_per_call(crew) * response.on_scene_min / 60.0
        for skill in dict.fromkeys(response.skills):
            work = float(each.sent().sum()) * officers
            hours[skill] = hours.get(skill, 0.0) + work
    rows = [{"skill": name, "officer_h": hours[name]} for name in sorted(hours)]
    return _frame(rows, ("skill", "officer_h"), n_text=1)


def _frame(
    rows: Iterable[dict[str, object]], names: Sequence[str], *, n_text: int
) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(names))
    kinds = ["str"] * n_text + ["float64"] * (len(names) - n_text)
    return frame.astype(dict(zip(names, kinds, strict=True)))
