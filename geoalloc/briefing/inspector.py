"""The inspector's page: demand, resources, who waits, and what is left uncovered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geoalloc.briefing import uncovered, wording
from geoalloc.briefing.blocks import Block, Hours, Points, Table
from geoalloc.runs import Run
from geoalloc.schemas import GRADES

__all__ = ["Inspection", "inspection"]

_PLACES = 10


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What stands on the inspector's page, in blocks.

    Attributes
    ----------
    wide
        Across the page, first.
    left, right
        Side by side below.
    last
        Across the page, at the end.
    """

    wide: tuple[Block, ...]
    left: tuple[Block, ...]
    right: tuple[Block, ...]
    last: tuple[Block, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All of them in the order in which they are read."""
        return (*self.wide, *self.left, *self.right, *self.last)


def inspection(
    run: Run, *, places: int = _PLACES, numbers: Mapping[int, int] | None = None
) -> Inspection:
    """Gather the inspector's page of a run.

    Parameters
    ----------
    places
        How many of the places where most calls are late are named.
    numbers
        Of the priorities as printed, by the rank of the hotspot.
    """
    scores = _Scores(run.scores)
    return Inspection(
        wide=(_waiting(run, scores), _by_hour(run), _stations(run)),
        left=(_districts(run, scores), _resources(run, scores), _made_from(run)),
        right=(
            uncovered.worst_places(run, places),
            uncovered.out_of_reach(run.record),
            uncovered.left(run, numbers),
        ),
        last=(_trust(run.record),),
    )


class _Scores:
    """Look up a score by plan, measure and group; nan where there is none."""

    def __init__(self, scores: pd.DataFrame) -> None:
        columns = ("model", "simulated", "low", "high")
        self._rows = {
            (row.plan, row.measure, row.group): {c: getattr(row, c) for c in columns}
            for row in scores.itertuples()
        }

    def value(self, plan: str, measure: str, group: str) -> float:
        """Give what the simulation found."""
        row = self._rows.get((plan, measure, group))
        return float("nan") if row is None else float(row["simulated"])

    def interval(self, plan: str, measure: str, group: str) -> str:
        """Write what the simulation found with its 95% interval."""
        row = self._rows.get((plan, measure, group))
        if row is None or row["simulated"] != row["simulated"]:
            return "not known"
        return wording.interval(row["simulated"], row["low"], row["high"])


def _waiting(run: Run, scores: _Scores) -> Table:
    """Say how many call, and how many of them wait too long."""
    mode = run.record["mode"]
    other = "bordered" if mode == "borderless" else "borderless"
    calls = run.record["forecast"]["calls"]
    rows = []
    for grade in [grade for grade in GRADES if grade in calls]:
        of = calls[grade]
        night = scores.value(mode, "late_1_in_20", grade)
        rows.append(
            (
                grade.capitalize(),
                f"{of['mean']:,.0f} ({of['low']:,.0f} to {of['high']:,.0f})",
                scores.interval(mode, "late", grade),
                scores.interval(other, "late", grade),
                _minutes(scores.value(mode, "response_p90_min", grade)),
                _night(night),
            )
        )
    return Table(
        title="Who calls, and who waits too long",
        head=(
            "Grade",
            "Calls (9 nights in 10)",
            f"Late, {mode}",
            f"Late, {other}",
            "9 in 10 reached within",
            "Late, 1 night in 20",
        ),
        rows=rows,
        widths=(20, 38, 31, 30, 38, 34),
        numeric=frozenset(range(1, 6)),
        note="Late is past the standard of the grade, in the simulation, with its 95% "
        "interval. This plan is "
        + (
            "borderless: any unit may answer any call. Bordered is the comparison: a "
            "unit never leaves its home beat."
            if mode == "borderless"
            else "bordered: a unit never leaves its home beat. Borderless is the "
            "comparison: any unit may answer any call."
        ),
    )


def _night(value: float) -> str:
    if value != value:
        return "not known"
    return f"{value:.0f} or more" if value >= 1 else "none"


def _minutes(value: float) -> str:
    return f"{value:.0f} min" if value == value else "not known"


def _by_hour(run: Run) -> Hours:
    """Set the calls expected in each hour over the units that are there."""
    zone = run.record["shift"]["time_zone"]
    calls = run.demand.pivot_table(
        index="period", columns="grade", values="incidents", aggfunc="sum"
    ).sort_index()
    periods = list(calls.index)
    busy = run.plan.groupby(["period", "kind", "activity"]).size()
    kinds = list(dict.fromkeys(run.units["kind"]))

    def units(kind: str, *activities: str) -> list[str]:
        return [
            str(sum(int(busy.get((period, kind, what), 0)) for what in activities))
            for period in periods
        ]

    of = calls.index.searchsorted(run.visits["starts_at"], side="right") - 1
    visits = [str(int((of == k).sum())) for k in range(len(periods))]
    lines = []
    for kind in kinds:
        both = zip(units(kind, "post"), units(kind, "break"), strict=True)
        name = wording.unit_kind(str(kind))
        lines.append((f"{name}, at post / break", [f"{a} / {b}" for a, b in both]))
    lines.append(("Visits begun", visits))
    return Hours(
        title="Calls expected by hour, and who is there",
        hours=[f"{period.tz_convert(zone):%H:%M}" for period in periods],
        series=[
            (grade.capitalize(), [float(value) for value in calls[grade]])
            for grade in GRADES
            if grade in calls
        ],
        lines=lines,
    )


def _districts(run: Run, scores: _Scores) -> Table:
    """Show demand, harm, units and lateness district by district."""
    district = run.hexes.set_index("hex_id")["district"]
    at = run.demand["hex_id"].map(district)
    calls = run.demand["incidents"].groupby(at).sum()
    harm = run.demand["harm"].groupby(at).sum()
    opening = run.plan[run.plan["period"] == run.plan["period"].min()]
    posted = opening["post_hex"].map(district).value_counts()
    mode = run.record["mode"]
    rows = []
    for name in calls.sort_values(ascending=False).index:
        share = scores.value(mode, "late_share, district", str(name))
        late = scores.interval(mode, "late, district", str(name))
        told = f"{late}; {share:.0%}" if share == share else late
        weight = harm[name] / harm.sum() if harm.sum() > 0 else 0.0
        rows.append(
            (
                str(name),
                wording.count(float(calls[name])),
                f"{weight:.0%}",
                str(int(posted.get(name, 0))),
                told,
            )
        )
    return Table(
        title="By district",
        head=("District", "Calls", "Harm", "Units", "Immediate late"),
        rows=rows,
        widths=(34, 14, 14, 14, 34),
        numeric=frozenset(range(1, 5)),
        note="Harm: share of the expected severity of incidents. Units: posted there "
        "in the first hour. Late: simulated, 95% interval; share of the immediate "
        "calls there.",
    )


def _stations(run: Run) -> Points:
    """Count units and officers by home station."""
    kinds = list(dict.fromkeys(run.units["kind"]))
    named = " + ".join(wording.unit_kind(str(kind)) for kind in kinds)
    said = []
    for station, rows in run.units.groupby("home_station", sort=True):
        counts = " + ".join(str(int((rows["kind"] == kind).sum())) for kind in kinds)
        said.append(f"{station} {counts} ({int(rows['officers'].sum())})")
    return Points(
        title="Resources by home station",
        sentences=[f"{named} units, officers in brackets: {'; '.join(said)}."],
    )


def _resources(run: Run, scores: _Scores) -> Points:
    """Say in sentences what the units of the night are, and what takes their time."""
    record, units, mode = run.record, run.units, run.record["mode"]
    shift = record.get("shift_plan") or {}
    kinds = ", ".join(
        f"{n} {wording.inner(wording.unit_kind(str(kind)))}"
        for kind, n in units["kind"].value_counts().items()
    )
    said = [
        f"{len(units)} units ({kinds}) with {int(units['officers'].sum())} officers."
    ]
    resting = run.plan[run.plan["activity"] == "break"].groupby("period").size()
    if len(resting):
        zone = record["shift"]["time_zone"]
        at = resting.idxmax().tz_convert(zone)
        said.append(
            f"Breaks: {shift.get('n_breaks', int(resting.sum()))}; most at once "
            f"{int(resting.max())}, in the hour from {at:%H:%M}."
        )
    busy = scores.value(mode, "utilisation", "response")
    if busy == busy:
        said.append(f"Response is at calls for {busy:.0%} of the shift.")
    held = run.plan[run.plan["activity"] == "committed"]["unit_id"].nunique()
    said.append(
        f"At a call as the shift begins: {held}."
        if held
        else "No unit begins the shift at a call."
    )
    said.append(
        f"Posted away from their stations: {len(run.moves)}; changes of post during "
        f"the night: {shift.get('reposts', 0)}."
    )
    off, lost = shift.get("off_post_h", 0.0), record.get("discovered_hours", 0.0)
    if off:
        said.append(f"{off:.1f} unit-hours go to briefing and close-down.")
    if lost:
        said.append(f"{lost:.1f} unit-hours go to incidents that police discover.")
    said += _roles(units, shift)
    return Points(title="Resources", sentences=said)


def _roles(units: pd.DataFrame, shift: Mapping[str, Any]) -> list[str]:
    """Say of other kinds of unit what is not measured, and what they lend."""
    # The calls that they answer are not what visible patrol is for.
    said = [
        f"What {wording.unit_kind(str(kind))} presence is worth is not measured."
        for kind in dict.fromkeys(units["kind"])
        if kind != "response"
    ]
    for kind, hours in (shift.get("lent_h") or {}).items():
        name = wording.inner(wording.unit_kind(str(kind)))
        said.append(f"{hours:.1f} hours of {name} units are lent to response.")
    return said


def _trust(record: Mapping[str, Any]) -> Points:
    """Say how far to trust the plan."""
    honesty = record.get("honesty") or {}
    said = list(honesty.get("sentences", []))
    safety = record.get("safety")
    said += [safety] if safety and safety not in said else []
    said += [note for note in record["notes"] if note.startswith("WARNING")]
    rhythm = record["forecast"].get("rhythm", {}).get("sentence")
    said += [f"Times of the week: {rhythm.rstrip('.')}."] if rhythm else []
    harm = record["forecast"].get("stability", {}).get("sentence")
    said += [f"Harm: {harm}"] if harm else []
    return Points(title="How far to trust it", sentences=said)


def _made_from(run: Run) -> Points:
    record = run.record
    data, solver = record["data"], record["solver"]
    shares = ", ".join(
        f"{share:.0%} {basis}" for basis, share in record["workload_shares"].items()
    )
    gap = solver.get("gap")
    said = [
        f"{data['rows_used']:,} of {data['rows_read']:,} rows of {data['source']}; "
        f"workload {shares}.",
        f"Plan {wording.inner(str(solver['status']))}"
        + (
            f", within {gap:.1%} of what is possible by the model"
            if gap is not None
            else ""
        )
        + f"; {record['mode']}; geoalloc {record['version']}.",
        *([record["snap_point_note"]] if record.get("snap_point_note") else []),
        "This plan advises; the planner decides, and records the decision.",
    ]
    return Points(title="What it was made from", sentences=said)
