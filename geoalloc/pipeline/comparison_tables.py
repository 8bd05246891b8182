"""From plans and simulated shifts to the frames of a comparison."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import geoalloc
from geoalloc import boundaries, evaluation, gazetteer, hexes
from geoalloc import scenario as scenarios
from geoalloc.evaluation import Samples
from geoalloc.evaluation import equity as fair
from geoalloc.pipeline import stages, tables
from geoalloc.pipeline.trying import Planned
from geoalloc.runs import Comparison, comparison_words
from geoalloc.scenario import Scenario

__all__ = ["Found", "comparison"]

_LATE = ("late_share", "immediate")
_UNMET = ("unmet", "all")
_TEXT = ("scenario", "question", "expected", "lever", "status", "why", "mode")
_COUNTS = ("units", "officers", "response_officers", "shifts")
_PLAN = (
    *("units", "officers", "response_officers", "officer_hours", "cost", "moves"),
    *("drive_min", "demand", "workload_h", "model_unmet", "gap", "load_factor"),
)
_LEAST_POINTS = 4  # of a curve
_METHOD = (
    "Every scenario is simulated on the calls of the base: where it expects fewer, "
    "some are left out; where it expects more, others are added. Differences are taken "
    "shift by shift. Intervals in sentences and tables are of one comparison alone; "
    "verdicts, and the thin lines in the chart of differences, are by intervals that "
    "hold for all headline comparisons at once. All tell of chance in the calls of a "
    "shift, not of errors in the forecast or in the assumptions."
)
_NOTES = (
    "Recorded incidents are not all of demand: see what each scenario assumes.",
    "A comparison tells what the model and the simulation expect; it does not tell "
    "what people will do when the rules change.",
    "Directed patrols are not planned in a comparison.",
    "This comparison advises; people decide, and record the decision.",
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the tables are made of.

    Attributes
    ----------
    plans, samples, coupled, loops, keys
        By name of scenario; one that could not be planned has no samples, one that
        was not come to has no plan either.
    cached
        Names of the scenarios of which nothing was worked out anew.
    """

    run_id: str
    scenarios: Sequence[Scenario]
    headline: Sequence[tuple[str, str]]
    plans: Mapping[str, Planned]
    samples: Mapping[str, Samples]
    coupled: Mapping[str, bool]
    loops: Mapping[str, str]
    cached: set[str]
    keys: Mapping[str, str]
    settings: dict[str, Any]
    workers: dict[str, Any]
    stopped: bool
    left_out: tuple[str, ...]
    seconds: float

    @property
    def base(self) -> Scenario:
        """What the others are compared with."""
        return self.scenarios[0]


def comparison(found: Found) -> Comparison:
    """Lay out what was found."""
    base = found.base
    area = boundaries.read(base.area.boundary)
    grid = hexes.cover(area.outline, base.area.resolution)
    labels = gazetteer.label(grid, area, urban_population=base.area.urban_population)
    listed = _scenarios(found)
    record = _record(found, listed)
    figures, differences = _figures(found), _differences(found)
    differences["sentence"] = comparison_words.sentences(differences, listed, record)
    return Comparison(
        record=record,
        scenarios=listed,
        figures=figures,
        differences=differences,
        groups=_groups(found),
        disparities=_disparities(found),
        curve=_curve(listed, figures),
        hexes=labels[["hex_id", "place", "district", "urban"]],
        cells=_stacked(found, "cells"),
        posts=_stacked(found, "posts"),
        areas=tables.areas(area),
    )


def _scenarios(found: Found) -> pd.DataFrame:
    rows = []
    curve = _on_curve(found)
    for one in found.scenarios:
        plan = found.plans.get(one.name)
        facts = {"status": "failed", "why": "stopped before it was planned"}
        facts |= {} if plan is None else plan.facts
        samples = found.samples.get(one.name)
        if samples is None and facts["status"] == "planned":
            facts |= {"status": "failed", "why": "stopped before it was simulated"}
        rows.append(
            {
                "scenario": one.name,
                "question": one.question,
                "expected": one.expected,
                "lever": one.lever,
                "status": facts["status"],
                "why": facts["why"],
                "mode": one.allocation.mode,
                "objective": one.allocation.objective,
                **{name: facts.get(name) for name in _PLAN},
                "equity": None if samples is None else _worst_district(samples),
                "shifts": 0 if samples is None else samples.n_shifts,
                "seconds": facts.get("seconds"),
                "cached": one.name in found.cached,
                "coupled": found.coupled.get(one.name, False),
                "curve": one.name in curve,
            }
        )
    frame = pd.DataFrame(rows)
    measured = [*(name for name in _PLAN if name not in _COUNTS), "equity", "seconds"]
    types = dict.fromkeys((*_TEXT, "objective"), "str")
    types |= dict.fromkeys(measured, "float64")
    counts = frame[list(_COUNTS)].astype("float64").fillna(0)
    columns = list(frame.columns)
    frame = frame.assign(**counts).astype(types | dict.fromkeys(_COUNTS, "int64"))
    return frame[columns]


def _worst_district(samples: Samples) -> float:
    """Give the largest late share of a district over that of the force."""
    whole = samples.measures[_LATE].value
    shares = [
        one.value
        for (measure, group), one in samples.measures.items()
        if measure == _LATE[0]
        and group.startswith("district ")
        and group.endswith(f", {_LATE[1]}")
    ]
    known = [value for value in shares if value == value]
    return max(known) / whole if known and whole > 0 else np.nan


def _figures(found: Found) -> pd.DataFrame:
    parts = [
        evaluation.figures_of(samples).assign(scenario=name)
        for name, samples in found.samples.items()
    ]
    parts += [
        rows.assign(scenario=name, low=np.nan, high=np.nan)
        for name, rows in _casework(found).items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    columns = ["scenario", "measure", "group", "value", "low", "high"]
    return frame[columns].astype(dict.fromkeys(columns[:3], "str"))


def _casework(found: Found) -> dict[str, pd.DataFrame]:
    """Give what the model tells of investigators: measure, group, value."""
    return {
        name: found.plans[name].frames["casework"]
        for name in found.samples
        if "casework" in found.plans[name].frames
    }


def _differences(found: Found) -> pd.DataFrame:
    base = found.base.name
    others = {name: one for name, one in found.samples.items() if name != base}
    frame = evaluation.contrasts(
        found.samples[base],
        others,
        headline=found.headline,
        coupled={name: found.coupled[name] for name in others},
        seed=found.base.simulation.seed,
    )
    more = _casework_differences(found, list(frame.columns))
    return pd.concat([frame, more], ignore_index=True) if len(more) else frame


def _casework_differences(found: Found, columns: list[str]) -> pd.DataFrame:
    """Set what investigators leave undone beside the base: the model's, no interval."""
    told = _casework(found)
    base = told.pop(found.base.name, None)
    if base is None:
        return pd.DataFrame()
    rows = []
    for name, frame in told.items():
        both = frame.merge(base, on=["measure", "group"], suffixes=("", "_base"))
        for row in both.itertuples():
            gap = row.value - row.value_base
            rows.append(
                dict.fromkeys(columns, np.nan)
                | {
                    "scenario": name,
                    "measure": row.measure,
                    "group": row.group,
                    "base_value": row.value_base,
                    "value": row.value,
                    "difference": gap,
                    "headline": False,
                    "verdict": _verdict(str(row.measure), gap),
                }
            )
    return pd.DataFrame(rows, columns=columns)


def _verdict(measure: str, gap: float) -> str:
    """Judge a figure of the model, which has no chance in it."""
    if abs(gap) < 1e-9:
        return "not distinguishable"
    more_is_better = "served" in measure and "unserved" not in measure
    return "better" if (gap > 0) == more_is_better else "worse"


def _groups(found: Found) -> pd.DataFrame:
    parts = []
    for name, samples in found.samples.items():
        planned = found.plans[name].frames["groups"]
        known = planned["grouping"].unique().tolist()
        simulated = fair.group_figures(samples, known)
        parts += [
            planned.assign(scenario=name, low=np.nan, high=np.nan),
            simulated.assign(scenario=name),
        ]
    columns = ["scenario", "grouping", "group", "measure", "value", "low", "high"]
    frame = pd.concat(parts, ignore_index=True)[columns]
    return frame.astype(dict.fromkeys(columns[:4], "str"))


def _disparities(found: Found) -> pd.DataFrame:
    parts = []
    for name, samples in found.samples.items():
        groupings = found.plans[name].frames["groups"]["grouping"].unique().tolist()
        planned = found.plans[name].frames["groups"]
        parts.append(fair.disparities(samples, groupings).assign(scenario=name))
        parts.append(fair.plain_disparities(planned).assign(scenario=name))
    columns = ["scenario", "grouping", "measure", "worst", "best"]
    frame = pd.concat(parts, ignore_index=True)[[*columns, "ratio", "low", "high"]]
    return frame.astype(dict.fromkeys(columns, "str"))


def _on_curve(found: Found) -> set[str]:
    """Name the scenarios that differ from the base in the number of units alone."""
    base = _but_units(found.base)
    return {
        one.name
        for one in found.scenarios
        if one.name in found.samples and _but_units(one) == base
    }


def _but_units(scenario: Scenario) -> dict[str, Any]:
    values = scenario.resolved()
    for name in ("name", "question", "expected", "lever"):
        values.pop(name)
    for group in values["units"]:
        group.pop("count")
    return values


def _curve(listed: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    chosen = listed[listed["curve"]].drop_duplicates("officers")
    unmet = figures[(figures["measure"] == _UNMET[0]) & (figures["group"] == _UNMET[1])]
    frame = (
        chosen[["scenario", "officers"]]
        .merge(unmet[["scenario", "value", "low", "high"]], on="scenario")
        .rename(columns={"value": "unmet"})
        .sort_values("officers", ignore_index=True)
    )
    elbow = None
    if len(frame) >= _LEAST_POINTS:
        elbow = evaluation.elbow(
            frame["officers"].to_numpy(dtype=np.float64), frame["unmet"].to_numpy()
        )
    else:
        frame = frame.iloc[:0]
    return frame.assign(elbow=frame.index == (-1 if elbow is None else elbow))


def _stacked(found: Found, name: str) -> pd.DataFrame:
    parts = []
    for scenario in found.samples:
        frame = found.plans[scenario].frames[name].copy()
        frame.insert(0, "scenario", scenario)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True).astype({"scenario": "str"})


def _record(found: Found, listed: pd.DataFrame) -> dict[str, Any]:
    base = found.base
    told = {name: plan.facts for name, plan in found.plans.items()}
    sources = [f["attribution"] for f in told.values() if "attribution" in f]
    inputs: dict[str, str] = {}
    for facts in told.values():
        inputs |= facts.get("inputs", {})
    sensitive = [one for one in found.scenarios if one.marking != "OFFICIAL"]
    notes = [*found.left_out, *_NOTES]
    if found.stopped:
        lost = int((listed["status"] == "failed").sum())
        notes.insert(0, f"It was stopped before the end: {lost} scenarios are missing.")
    return {
        "name": base.name,
        "base": base.name,
        "run_id": found.run_id,
        "made_at": dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat(),
        "version": geoalloc.__version__,
        "marking": (sensitive or [base])[0].marking,
        "handling": (sensitive or [base])[0].handling,
        "purpose": "exercise"
        if any(one.purpose == "exercise" for one in found.scenarios)
        else "duty",
        "synthetic": any(facts.get("synthetic", False) for facts in told.values()),
        "attribution": "; ".join(dict.fromkeys(sources)),
        "stopped": found.stopped,
        "settings": found.settings | {"method": _METHOD},
        "workers": found.workers,
        "scenarios": {
            one.name: _told_of(one, found, told.get(one.name, {}))
            for one in found.scenarios
        },
        "inputs": inputs,
        "versions": stages.versions(),
        "notes": notes,
        "timings": {"all": round(found.seconds, 3)},
    }


def _told_of(one: Scenario, found: Found, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "changes": scenarios.differences(found.base, one),
        "key": found.keys[one.name],
        "scenario": one.resolved(),
        "feedback": f"{found.loops[one.name]} {facts.get('discovered', '')}".strip(),
        "inputs": facts.get("inputs", {}),
        "notes": facts.get("notes", []),
        "timings": facts.get("timings", {}),
    }
