"""A plan in words: people waiting first, then what it was made from."""

from typing import Any

import pandas as pd

from geoalloc.runs import Run
from geoalloc.summary import _lines, _worth

_LINE = 38  # letters of a line of the flow of demand
_GRADES = {"immediate": "Immediate", "priority": "Priority", "routine": "Routine"}


def plan(run: Run) -> str:
    """Sum up a plan: people waiting first, then what it was made from."""
    record = run.record
    mode = record["mode"]
    other = "bordered" if mode == "borderless" else "borderless"
    marking = f"{record['marking']}. {record['handling']}".strip()
    lines = [marking, f"{record['name']}: {record['question']}"]
    if record["synthetic"]:
        lines.append("SYNTHETIC incidents: a demonstration, not a plan for duty.")
    lines.append("")
    for grade, word in _GRADES.items():
        lines.append(_waiting(run, grade, word, mode, other))
    lines += _compared(run, mode, other)
    units = run.units["kind"].value_counts()
    solver = record["solver"]
    shares = record["workload_shares"]
    lines += [
        *_apart(_worth.trust(record)),
        "",
        "Units        "
        + ", ".join(f"{n} {kind}" for kind, n in sorted(units.items()))
        + f"; {len(run.moves)} post away from their stations",
        f"Solver       {solver['status']}, gap {solver['gap']:.2%} of unmet demand"
        + (", stopped by the clock" if solver["stopped_by_clock"] else ""),
        "Workload     "
        + ", ".join(f"{share:.0%} {basis}" for basis, share in shares.items())
        + _lost(record["discovered_hours"]),
        *_worth.shift(record),
        *_worth.reach(record),
        *_apart(_worth.prices(run)),
        *_apart(_worth.borders(run)),
        "",
        *_forecast(record["forecast"]),
        "",
        *_flow(run.demand_flow),
        "",
        *_lines.incidents(record["data"]),
    ]
    return "\n".join(lines)


def _apart(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []


def _waiting(run: Run, grade: str, word: str, mode: str, other: str) -> str:
    here, there = _late(run, mode, grade), _late(run, other, grade)
    calls = _score(run, mode, "calls", grade)["simulated"]
    p90 = _score(run, mode, "response_p90_min", grade)["simulated"]
    night = _score(run, mode, "late_1_in_20", grade)["simulated"]
    if calls == 0:
        return f"{word + ':':<12} no call expected"
    within = f"9 in 10 within {p90:.0f} min" if p90 == p90 else "not all reached"
    return (
        f"{word + ':':<12} of about {calls:.0f} calls, {here} late {mode}, "
        f"{there} {other}; {within}; 1 night in 20, {night:.0f} late or more"
    )


def _compared(run: Run, mode: str, other: str) -> list[str]:
    row = _score(run, mode, "late_saved", "immediate")
    low, high = sorted(abs(row[bound]) for bound in ("low", "high"))
    if row["low"] <= 0 <= row["high"]:
        told = "no more and no fewer immediate calls late than can be told"
        lines = [f"On the same calls, {told}, against {other}"]
    else:
        word = "fewer" if row["low"] >= 0 else "more"
        lines = [
            f"On the same calls, {abs(row['simulated']):.1f} ({low:.1f} to {high:.1f}) "
            f"{word} immediate calls late than {other}"
        ]
    return lines + [n for n in run.record["notes"] if n.startswith("WARNING")]


def _lost(hours: float) -> str:
    if hours <= 0:
        return ""
    return f"; besides, {hours:.1f} unit-hours lost to what police discover"


def _late(run: Run, plan_name: str, grade: str) -> str:
    row = _score(run, plan_name, "late", grade)
    return (
        f"{row['simulated']:.1f} ({row['low']:.1f} to {row['high']:.1f}; "
        f"model {row['model']:.1f})"
    )


def _score(run: Run, plan_name: str, measure: str, group: str) -> dict[str, float]:
    scores = run.scores
    found = scores[
        (scores["plan"] == plan_name)
        & (scores["measure"] == measure)
        & (scores["group"] == group)
    ]
    row: dict[str, float] = found.iloc[0].to_dict()
    return row


def _forecast(made: dict[str, Any]) -> list[str]:
    """Name the forecaster with its backtest, and say what the times rest on."""
    calls = ", ".join(
        f"{of['mean']:.0f} {grade} ({of['low']:.0f} to {of['high']:.0f})"
        for grade, of in made["calls"].items()
    )
    return [
        _lines.hanging("Forecast", made["backtest"]["sentence"]),
        _lines.hanging("Time of week", made["rhythm"]["sentence"]),
        _lines.hanging("Days", made["calendar"]),
        _lines.hanging("Expected", f"{calls} on 9 nights in 10"),
        _lines.hanging("Harm", made["stability"]["sentence"]),
        *(_lines.hanging("Note", note) for note in made["notes"]),
    ]


def _flow(flow: pd.DataFrame) -> list[str]:
    """Lay out where demand comes from and goes, a line a row."""
    columns = ("immediate", "priority", "routine", "none")
    widths = (9, 10, 9, 8, 9, 11)
    titles = ("calls", *columns, "unit-hours")
    head = "".join(f"{title:>{w}}" for title, w in zip(titles, widths, strict=True))
    lines = ["Where demand comes from and goes (none: no unit is sent)"]
    lines += [f"  {'':<{_LINE}}  {'basis':<9}{head}"]
    for row in flow.itertuples(index=False):
        figures = (row.incidents, *(getattr(row, c) for c in columns), row.workload_h)
        cells = "".join(
            f"{_tenths(value):>{w}}" for value, w in zip(figures, widths, strict=True)
        )
        first, *rest = _lines.cut(row.line, _LINE)
        lines += [f"  {first:<{_LINE}}  {row.basis:<9}{cells}"]
        lines += [f"    {more}" for more in rest]
    return lines


def _tenths(value: float) -> str:
    """Write a figure to a tenth; what rounds to nothing as 0."""
    return f"{value:,.1f}" if abs(value) >= 0.05 else "0"
