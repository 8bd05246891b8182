"""What the columns and sheets of a workbook are called, and in which units they are."""

from geoalloc.runs.comparison import Comparison

__all__ = ["LABELS", "WIDE", "kind_of", "read_me", "unit_of"]

LABELS = {
    "scenario": "Scenario",
    "expected": "Expected reading",
    "lever": "Lever of one per cent",
    "why": "Why it could not be planned",
    "mode": "Dispatch",
    "units": "Units on duty",
    "officers": "Officers on duty",
    "response_officers": "Response officers",
    "officer_hours": "Officer hours",
    "cost": "Cost of the shift",
    "moves": "Units away from their station",
    "drive_min": "Minutes driven to posts",
    "equity": "Worst district over force (late share)",
    "demand": "Incidents that units go to",
    "workload_h": "Workload (unit hours)",
    "model_unmet": "Late calls by the model (weighted)",
    "gap": "Solver gap",
    "load_factor": "Load factor",
    "shifts": "Shifts simulated",
    "seconds": "Seconds of work",
    "cached": "Taken from the cache",
    "coupled": "On the calls of the base",
    "curve": "Differs in units only",
    "base_value": "Base",
    "value": "Value",
    "low": "95 % from",
    "high": "95 % to",
    "simultaneous_low": "95 % for all at once, from",
    "simultaneous_high": "95 % for all at once, to",
    "p": "p",
    "p_adjusted": "p, adjusted for all",
    "headline": "Headline",
    "sentence": "In words",
    "unit_of_difference": "Unit of the difference",
    "worst": "Worst group",
    "best": "Best group",
    "ratio": "Worst over best",
    "unmet": "Late calls (weighted)",
    "elbow": "Elbow",
}
"""Heads of columns; of what is not here, the name without underscores."""

WIDE = {"question": 40, "expected": 40, "why": 40, "sentence": 70, "change": 100}
"""Widths, in letters, from which text of a column is wrapped."""

_UNITS_OF = {
    "share": "%",
    "minutes": "minutes",
    "figure": "number",
    "whole": "number",
}

_COUNTS = {
    "calls": "calls",
    "late": "calls",
    "late_1_in_20": "calls, on one shift in 20",
    "unanswered": "calls",
    "interrupted": "calls",
    "diverted": "units",
    "arrests": "arrests",
    "visible_h": "hours",
    "breaks": "breaks",
    "queue_mean": "calls",
    "queue_largest": "calls",
    "breaks_delayed": "breaks",
    "breaks_missed": "breaks",
    "breaks_recalled": "breaks",
    "unmet": "late calls, weighted",
    "people": "people",
    "hexes": "hexes",
    "incidents": "incidents",
    "per_1000_people": "incidents per 1,000 people",
    "patrol_min_per_1000_people": "minutes per 1,000 people",
    "patrol_min_per_incident": "minutes per incident",
}


def kind_of(measure: str) -> str:
    """Say whether a measure is a share, minutes, whole or another figure."""
    if measure.endswith("_share") or measure == "utilisation":
        return "share"
    if measure in ("people", "hexes"):
        return "whole"
    minutes = measure.endswith("_min") or "_min_" in measure
    return "minutes" if minutes else "figure"


def unit_of(measure: str) -> str:
    """Name the unit that a value of a measure is in."""
    return _COUNTS.get(measure, _UNITS_OF[kind_of(measure)])


def read_me(comparison: Comparison, marked: str) -> list[tuple[str, str]]:
    """Say what the workbook is and how it is read, as pairs of a term and a text."""
    record, settings = comparison.record, comparison.record["settings"]
    frame = comparison.scenarios
    lost = frame.loc[frame["status"] != "planned", "scenario"].tolist()
    said = [
        (f"Scenarios compared: {record['name']}", ""),
        ("Marking", marked),
        ("Handling", str(record.get("handling", ""))),
        ("What it is", _what(comparison)),
        ("Base", str(record["base"])),
        ("Could not be planned", ", ".join(lost) or "none"),
        ("Method", str(settings.get("method", ""))),
        ("Simulated", f"{settings.get('shifts', 0):,} shifts of each scenario"),
        ("Differences", _DIFFERENCES),
        ("Verdict", _VERDICT),
        ("Units", _UNITS),
        ("Missing", "An empty cell is a figure that there is none of; it is not 0."),
        ("What it is not", _NOT),
        ("Run", f"{record['run_id']}, geoalloc {record['version']}"),
        ("Data", str(record.get("attribution", ""))),
    ]
    return [pair for k, pair in enumerate(said) if pair[1] or not k]


def _what(comparison: Comparison) -> str:
    made = "SYNTHETIC incidents: a demonstration, not evidence. "
    n = len(comparison.scenarios)
    return (made if comparison.record["synthetic"] else "") + (
        f"{n} scenarios, planned and simulated, each held against the base. The same "
        "figures are in the report and in the Parquet files beside this workbook."
    )


_DIFFERENCES = (
    "Scenario less base, on the same calls. The first interval holds for that one "
    "difference; the one for all at once holds for every headline difference "
    "together, and is the one to decide by when many scenarios are looked at."
)
_VERDICT = (
    "better, worse or not distinguishable, which says that the simulation cannot tell "
    "the scenario from the base and not that they are the same."
)
_UNITS = (
    "Shares are percentages; differences of shares are percentage points. Unmet "
    "demand is late calls weighted by their grade. Minutes are minutes."
)
_NOT = (
    "It advises; a named planner decides, and that decision is recorded. A table by "
    "deprivation alone is not an equality analysis (Equality Act 2010, section 149)."
)
