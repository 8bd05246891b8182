"""A run in words: what the command line prints."""

import datetime as dt
import textwrap
from typing import Any

import pandas as pd

from geoalloc.hotspots import Found
from geoalloc.runs import HotspotRun, Run

__all__ = ["defaults", "hotspots", "plan", "quality"]

_WIDEST = 32  # letters of a category
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
        "",
        "Units        "
        + ", ".join(f"{n} {kind}" for kind, n in sorted(units.items()))
        + f"; {len(run.moves)} post away from their stations",
        f"Solver       {solver['status']}, gap {solver['gap']:.2%} of unmet demand"
        + (", stopped by the clock" if solver["stopped_by_clock"] else ""),
        "Workload     "
        + ", ".join(f"{share:.0%} {basis}" for basis, share in shares.items())
        + _lost(record["discovered_hours"]),
        "",
        *_forecast(record["forecast"]),
        "",
        *_flow(run.demand_flow),
        "",
        *_incidents(record["data"]),
    ]
    return "\n".join(lines)


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
        _hanging("Forecast", made["backtest"]["sentence"]),
        _hanging("Time of week", made["rhythm"]["sentence"]),
        _hanging("Days", made["calendar"]),
        _hanging("Expected", f"{calls} on 9 nights in 10"),
        _hanging("Harm", made["stability"]["sentence"]),
        *(_hanging("Note", note) for note in made["notes"]),
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
        first, *rest = textwrap.wrap(row.line, _LINE) or [""]
        lines += [f"  {first:<{_LINE}}  {row.basis:<9}{cells}"]
        lines += [f"    {more}" for more in rest]
    return lines


def _tenths(value: float) -> str:
    """Write a figure to a tenth; what rounds to nothing as 0."""
    return f"{value:,.1f}" if abs(value) >= 0.05 else "0"


def _incidents(data: dict[str, Any]) -> list[str]:
    period = _period(data["period_start"], data["period_end"])
    lines = [
        f"Incidents    {data['rows_read']:,} read, {data['rows_used']:,} used, {period}"
    ]
    if data["missing_months"]:
        lines.append(f"Missing      {', '.join(data['missing_months'])}")
    return [*lines, *_refused(data["rejected"]), *_categories(data["categories"])]


def _period(start: str, end: str) -> str:
    """Write a half-open period as its first and last local day."""
    last = dt.datetime.fromisoformat(end) - dt.timedelta(microseconds=1)
    return f"{start[:10]} to {last.date()}"


def _refused(rejected: dict[str, int]) -> list[str]:
    return [f"  refused  {n:>9,}  {reason}" for reason, n in rejected.items()]


def _categories(rows: list[dict[str, Any]]) -> list[str]:
    titles = ("read", "used", "no place", "outside", "repeat", "other")
    keys = ("read", "used", "no_coordinates", "outside_area", "duplicate", "other")
    lines = [f"  {'category':<24}" + "".join(f"{title:>10}" for title in titles)]
    for row in rows:
        counts = "".join(f"{row[key]:>10,}" for key in keys)
        lines.append(f"  {row['category']:<24}{counts}")
    return lines


def quality(figures: dict[str, Any]) -> str:
    """Sum up how good incident files are, worst news not left out."""
    months, places = figures["months"], figures["places"]
    period = _period(*figures["period"])
    known = "exact times" if figures["timed"] else "months only"
    lines = [
        f"{figures['rows']:,} rows in {len(figures['sources'])} files, {period} "
        f"({known}); {figures['used']:,} used ({figures['used_share']:.1%})",
        *_refused(figures["rejected"]),
        *_categories(figures["categories"]),
    ]
    lines += [
        f"Months {word}: {', '.join(months[word])}"
        for word in ("missing", "thin")
        if months[word]
    ]
    if places["p90_spacing_m"] is not None:
        lines.append(
            f"Places: {places['unique']:,} distinct, {places['shared_share']:.1%} of "
            "incidents on a shared one; the next is "
            f"{places['median_spacing_m']:.0f} m away at the median, over "
            f"{places['p90_spacing_m']:.0f} m for a tenth of them"
        )
    generic = figures["generic_places"]
    lines.append(
        f'Generic places such as "Supermarket": {generic["rows"]:,} incidents '
        f"({generic['share']:.1%}), of them {generic['institution_rows']:,} at police "
        "stations, hospitals and prisons"
    )
    if figures["times"] and figures["times"]["spikes"]:
        spikes = figures["times"]["spikes"]
        lines.append(
            "Times that stand in for unknown ones: "
            + ", ".join(f"{minute} ({n:,})" for minute, n in spikes.items())
        )
    return "\n".join(lines)


def hotspots(run: HotspotRun) -> str:
    """Sum up hotspots: where they are first, then what to bear in mind."""
    record, found = run.record, run.found
    lines = [f"{record['marking']}", f"{record['name']}: {_number(found)}"]
    if record["synthetic"]:
        lines.append("SYNTHETIC incidents: a demonstration, not for duty.")
    ranked = _ranked(found)
    lines += ["", *ranked, *([""] if ranked else []), *_made_of(record, found), ""]
    lines += [
        textwrap.fill(note, 88, initial_indent="- ", subsequent_indent="  ")
        for note in record["notes"]
    ]
    return "\n".join(lines)


def _number(found: Found) -> str:
    n = len(found.hotspots)
    if not n:
        return "no hotspot"
    share = found.hotspots["share"].sum()
    land = found.hotspots["area_share"].sum()
    one = "1 hotspot holds" if n == 1 else f"{n} hotspots hold"
    return f"{one} {share:.0%} of the incidents on {_percent(land)} of the land"


def _percent(share: float) -> str:
    return "under 0.1%" if 0 < share < 0.0005 else f"{share:.1%}"


def _ranked(found: Found) -> list[str]:
    """Lay the hotspots out in columns; those that say nothing are left out."""
    if not len(found.hotspots):
        return []
    table = found.hotspots
    columns = {
        "": table["rank"].astype("str"),
        "place": table["place"],
        "at": table["grid_ref"].where(table["grid_ref"] != table["place"], ""),
        "incidents": [f"{n:,.0f}" for n in table["incidents"]],
        "times the area": [_figure(times, 1) for times in table["times"]],
        "category": [
            f"{_short(name)} {share:.0%}" if name else ""
            for name, share in zip(
                table["category"], table["category_share"], strict=True
            )
        ],
        "peak hours": table["peak_hours"],
        "persistence": [
            f"{name} ({windows})" if name else ""
            for name, windows in zip(
                table["persistence"], table["windows"], strict=True
            )
        ],
        "institution": table["institution"],
    }
    parts = []
    for title, cells in columns.items():
        texts = [str(cell) for cell in cells]
        if any(texts):
            right = title in ("", "incidents", "times the area")
            width = max(map(len, [title, *texts]))
            parts.append(
                [f"{t:>{width}}" if right else f"{t:<{width}}" for t in [title, *texts]]
            )
    return ["  ".join(row).rstrip() for row in zip(*parts, strict=True)]


def _short(name: str) -> str:
    return name if len(name) <= _WIDEST else name[: _WIDEST - 3].rstrip("-") + "..."


def _figure(value: float, digits: int) -> str:
    """Write a figure to so many decimals, but a hundred or more as a whole one."""
    return f"{value:,.{0 if value >= 100 else digits}f}"


def _made_of(record: dict[str, Any], found: Found) -> list[str]:
    area, options = found.area, found.options
    known = area.morans_i == area.morans_i
    moran = f"{round(area.morans_i, 2) + 0.0:.2f}" if known else "undefined"
    rate = _figure(area.rate, 2) if area.rate >= 0.1 else f"{area.rate:.2g}"
    return [
        f"Incidents    {record['n_used']:,} of {record['n_read']:,} used, "
        f"{record['period']['text']}",
        *_refused(record["rejects"]),
        _hanging("Read as", str(record["columns"])),
        _hanging(
            "Area",
            f"{record['area']}: {area.land_km2:,.0f} km² of land, "
            f"{area.hexes:,} hexes of resolution {record['resolution']}, "
            f"{rate} {area.rate_unit}",
        ),
        _hanging(
            "Spread",
            f"{area.concentration} Gini {area.gini:.2f}, Moran's I {moran}",
        ),
        f"Density      {options.kernel} kernel, bandwidth {options.bandwidth_m:,.0f} m",
        _hanging(
            "Significant",
            f"{area.significant:,} of {area.hexes:,} hexes: {area.clustered:,} in "
            f"clusters (exact Gi*, false discovery rate {options.rate:g}), "
            f"{area.exceeding:,} over {options.times:g} times the area's rate; "
            f"hotspots lie in the densest {100 * options.area_share:g} % of the land",
        ),
    ]


def _hanging(title: str, text: str) -> str:
    return textwrap.fill(
        text,
        88,
        initial_indent=f"{title:<13}",
        subsequent_indent=" " * 13,
        break_on_hyphens=False,
    )


def defaults(rows: list[tuple[str, str, str]]) -> str:
    """List defaults by name, each with its value and its reason."""
    width = max(len(name) for name, _, _ in rows) + 2
    return "\n".join(
        textwrap.fill(
            f"{value}: {why}",
            88,
            initial_indent=f"{name:<{width}}",
            subsequent_indent=" " * width,
        )
        for name, value, why in rows
    )
