"""What the page says in words: times, figures, and what it was made from."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from geoalloc.schemas import GRADES

_KINDS = {"anti-social-behaviour": "Anti-social behaviour", "pcso": "PCSO"}
_PLANS = ("borderless", "bordered")
_WORST_NIGHT = "late_1_in_20"
_WHOLE = 9.95  # from here on counts are whole


def instant(text: str) -> datetime:
    """Read an ISO instant; one without an offset is UTC."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def day(moment: datetime) -> str:
    """Write a local date: Friday 15 November 2024."""
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


def clock(moment: datetime) -> str:
    """Write a local instant: Fri 15 Nov 2024, 21:00."""
    return f"{moment:%a} {moment.day} {moment:%b %Y}, {moment:%H:%M}"


def shift(record: Mapping[str, Any]) -> str:
    """Write when the shift is, in local time with the name of its clock."""
    zone = ZoneInfo(record["shift"]["time_zone"])
    start = instant(record["shift"]["starts_at"]).astimezone(zone)
    end = instant(record["shift"]["ends_at"]).astimezone(zone)
    to = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%H:%M on %A}"
    clocks = start.tzname() or ""
    if end.tzname() != clocks:
        clocks += f", {end.tzname()} at the end"
    return f"{day(start)}, {start:%H:%M} to {to} ({clocks})"


def hours(record: Mapping[str, Any]) -> list[str]:
    """Write each period of the shift as its local start and end."""
    zone = ZoneInfo(record["shift"]["time_zone"])
    moments = [instant(text) for text in record["shift"]["periods"]]
    moments.append(instant(record["shift"]["ends_at"]))
    local = [moment.astimezone(zone) for moment in moments]
    texts = [f"{moment:%H:%M}" for moment in local]
    if len({moment.tzname() for moment in local}) > 1:  # one hour comes twice
        texts = [f"{moment:%H:%M} {moment.tzname()}" for moment in local]
    return [f"{a}–{b}" for a, b in pairwise(texts)]  # noqa: RUF001


def kind(slug: str) -> str:
    """Write a kind of unit or a category as words."""
    words = slug.replace("-", " ").replace("_", " ")
    return _KINDS.get(slug, words[:1].upper() + words[1:])


def sentence(phrases: list[str]) -> str:
    """Join phrases into one sentence; of none, nothing."""
    text = ", ".join(phrases)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def count(value: float) -> str:
    """Write an expected count: whole from 10, else to one decimal."""
    return f"{value:,.{0 if value >= _WHOLE else 1}f}"


def plain(value: float) -> str:
    """Write a rounded number with all its digits and no others: 0.15, never 1.5e-1."""
    return np.format_float_positional(value, trim="-")


class Scores:
    """Look-up of scores by plan, measure and group; None where there is none.

    ``plans`` begins with the mode of the run, which is the plan on the map.
    """

    def __init__(self, scores: pd.DataFrame, mode: str) -> None:
        rows = scores.astype(object).where(scores.notna(), None)
        self._rows = {
            (row.plan, row.measure, row.group): row for row in rows.itertuples()
        }
        order = sorted(_PLANS, key=lambda plan: plan != mode)
        self.plans = [plan for plan in order if (scores["plan"] == plan).any()]

    def value(
        self, plan: str, measure: str, group: str, column: str = "simulated"
    ) -> float | None:
        """One figure, or None."""
        row = self._rows.get((plan, measure, group))
        return None if row is None else getattr(row, column)

    def groups(self, measure: str) -> list[str]:
        """List the groups of a measure, in the order of the frame."""
        return list(dict.fromkeys(g for _, m, g in self._rows if m == measure))

    def interval(self, plan: str, measure: str, group: str) -> str | None:
        """Write a simulated count with its interval: 14 (11-17)."""
        value, low, high = (
            self.value(plan, measure, group, column)
            for column in ("simulated", "low", "high")
        )
        if value is None or low is None or high is None:
            return None if value is None else count(value)
        digits = 0 if value >= _WHOLE else 1
        return f"{value:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"  # noqa: RUF001


def figures(record: Mapping[str, Any], scores: Scores) -> list[dict[str, Any]]:
    """Write the strip: cards of a title, a sentence in parts, and small print.

    Returns
    -------
    cards
        ``title``, ``parts`` (plain and emphasized text in turn, plain first),
        ``small``, and for the workload ``shares``.
    """
    cards = [_late(scores, grade) for grade in ("immediate", "priority")]
    cards += [_percentile(scores), _worst_night(scores), _utilisation(scores)]
    cards += [_solver(record), _workload(record)]
    return [card for card in cards if card]


def _late(scores: Scores, grade: str) -> dict[str, Any] | None:
    calls = [scores.value(plan, "calls", grade) for plan in scores.plans]
    late = {p: scores.interval(p, "late", grade) for p in scores.plans}
    said = [(plan, text) for plan, text in late.items() if text]
    if not said or calls[0] is None:
        return None
    parts = ["Of about ", count(calls[0]), f" {grade} calls, "]
    for i, (plan, text) in enumerate(said):
        verb = " are late " if i == 0 else " "
        parts += [text, f"{verb}{plan}" + ("; " if i + 1 < len(said) else "")]
    title = "People waiting" if grade == "immediate" else "Priority calls"
    return {"title": title, "parts": parts, "small": _model(scores, "late", grade)}


def _model(scores: Scores, measure: str, group: str) -> str:
    said = [
        f"{count(value)} {plan}"
        for plan in scores.plans
        if (value := scores.value(plan, measure, group, "model")) is not None
    ]
    return "Late is past the standard. Simulated, 95% interval." + (
        f" Model: {', '.join(said)}." if said else ""
    )


def _percentile(scores: Scores) -> dict[str, Any] | None:
    parts: list[str] = []
    small: list[str] = []
    for plan in scores.plans:
        said = [
            (grade, value)
            for grade in ("immediate", "priority")
            if (value := scores.value(plan, "response_p90_min", grade)) is not None
        ]
        if said and not parts:
            for grade, value in said:
                lead = ", " if parts else ""
                parts += [f"{lead}{grade} within ", f"{value:.0f} min"]
            parts.append(" of the call")
        elif said:
            told = " and ".join(f"{value:.0f}" for _, value in said)
            small.append(f"{plan} {told} min")
    if not parts:
        return None
    return {"title": "9 in 10 answered", "parts": parts, "small": sentence(small)}


def _worst_night(scores: Scores) -> dict[str, Any] | None:
    said = [
        (plan, value)
        for plan in scores.plans
        if (value := scores.value(plan, _WORST_NIGHT, "immediate")) is not None
    ]
    if not said:
        return None
    parts = ["", f"{said[0][1]:.0f} or more", f" immediate calls late {said[0][0]}"]
    rest = [f"{plan} {value:.0f} or more" for plan, value in said[1:]]
    return {"title": "1 night in 20", "parts": parts, "small": sentence(rest)}


def _utilisation(scores: Scores) -> dict[str, Any] | None:
    """Tell how busy response is; the worth of other kinds is not in their calls."""
    said = [
        (plan, value)
        for plan in scores.plans
        if (value := scores.value(plan, "utilisation", "response")) is not None
    ]
    if not said:
        return None
    parts = ["response ", f"{said[0][1]:.0%}", " of the shift on calls"]
    small = [sentence([f"{plan} {value:.0%}" for plan, value in said[1:]])]
    small += [
        f"{kind(group)} visible hours: not measured."
        for group in scores.groups("utilisation")
        if group != "response"
    ]
    text = " ".join(part for part in small if part)
    return {"title": "Utilisation", "parts": parts, "small": text}


def _solver(record: Mapping[str, Any]) -> dict[str, Any] | None:
    solver = record.get("solver")  # not in every profile
    if solver is None:
        return None
    status = kind(str(solver["status"]))
    gap = solver.get("gap")
    parts = ["", status] if gap is None else ["", status, f", gap {gap:.1%}"]
    small = "No plan could cut the model's unmet demand by more than the gap."
    return {"title": "Solver", "parts": parts, "small": small}


def unmet(total: float, record: Mapping[str, Any], scores: Scores) -> str:
    """Say beside the model's unmet demand what the simulation counts."""
    late = [scores.value(record["mode"], "late", grade) for grade in GRADES]
    known = [value for value in late if value is not None]
    text = f"Model: {count(total)} late in the whole area, all grades."
    whole = len(known) == len(GRADES)
    return text + (f" Simulation: {count(sum(known))}." if whole else "")


def _workload(record: Mapping[str, Any]) -> dict[str, Any]:
    shares = {
        name: float(record["workload_shares"][name])
        for name in ("observed", "scaled", "assumed")
    }
    parts: list[str] = []
    for name, share in shares.items():
        parts += [f"{', ' if parts else ''}{name} ", f"{share:.0%}"]
    small = "of unit-hours, by what they rest on."
    lost = float(record["discovered_hours"])
    if lost > 0:
        small += f" Besides, {count(lost)} are lost to what police discover."
    card = {"title": "Workload", "parts": parts, "small": small}
    return {**card, "shares": list(shares.items())}


def about(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write what the page was made from, as terms and texts."""
    zone = ZoneInfo(record["shift"]["time_zone"])
    data = record["data"]
    start = instant(data["period_start"]).astimezone(zone)
    end = instant(data["period_end"]).astimezone(zone) - timedelta(seconds=1)
    rejected = data["rejected"]
    reasons = "; ".join(f"{reason} {n:,}" for reason, n in rejected.items())
    valid = [instant(record["valid"][key]).astimezone(zone) for key in ("from", "to")]
    exercise = record["purpose"] == "exercise"
    made = instant(record["made_at"]).astimezone(zone)
    rows = f"{data['rows_read']:,} read, {data['rows_used']:,} used"
    terms = [
        ("Data", data["source"]),
        ("Data period", f"{start.day} {start:%B %Y} to {end.day} {end:%B %Y}"),
        ("Rows", rows),
        ("Rejected", reasons or "none"),
        ("Kind of map", record["retrospective"]),
        ("Snap points", record["snap_point_note"]),
        ("Notes", "\n".join(record["notes"])),
        ("Purpose", "exercise, not for duty" if exercise else "duty"),
        ("Valid", "" if exercise else f"{clock(valid[0])} to {clock(valid[1])}"),
        ("Made", f"{clock(made)} by geoalloc {record['version']}"),
        ("Run", f"{record['run_id']}, {record['mode']}, H3 {record['resolution']}"),
        ("Attribution", record["attribution"]),
    ]
    return [(term, text) for term, text in terms if text]
