"""What a transparency record says of the data that were read, and of the model."""

from collections.abc import Mapping
from typing import Any

from geoalloc.report._page import Block, Facts, Fold, Points, Section, Table

_NEVER = (
    "No name, address, date of birth, ethnicity, health or conviction of anybody is "
    "read; a roster with names or collar numbers is refused.",
    "What is forecast is calls at places. Nothing is said of any person, and no person "
    "is scored, ranked or matched.",
    "Free text of reports, intelligence, images and sound are not read.",
)


def data(record: Mapping[str, Any]) -> Section:
    """Say what was read, what was left out, and what is never read."""
    told, shares = record["data"], record["workload_shares"]
    gaps = told.get("missing_months") or []
    pairs = [
        ("Source of incidents", _SOURCES.get(told["source"], told["source"])),
        ("Period", f"{told['period_start'][:10]} up to {told['period_end'][:10]}"),
        ("Rows read", f"{told['rows_read']:,}"),
        ("Rows used", f"{told['rows_used']:,} ({_used(told):.1%})"),
        ("Months missing", ", ".join(gaps) or "none"),
        ("Times", told.get("times", "as recorded")),
        (
            "Basis of the expected work",
            f"{shares['observed']:.0%} observed, {shares['scaled']:.0%} scaled, "
            f"{shares['assumed']:.0%} assumed",
        ),
        ("Left out as discovered by police", _discovered(record)),
        ("Licence and attribution", record["attribution"]),
    ]
    pairs += _tables(record.get("scenario", {}))
    note = record.get("snap_point_note")
    pairs += [("Positions", note)] if note else []
    blocks: list[Block] = [Facts(pairs=pairs)]
    if told["rejected"]:
        blocks.append(
            Table(
                caption="Rows refused, by reason.",
                columns=("reason", "rows"),
                rows=[(name, f"{n:,}") for name, n in told["rejected"].items()],
            )
        )
    blocks += ["What is never read:", Points(sentences=_NEVER)]
    sources = record.get("inputs", {})
    if sources:
        blocks.append(
            Fold(
                title="Files",
                blocks=[
                    Table(
                        caption="Files read, and the SHA-256 of each.",
                        columns=("file", "SHA-256"),
                        rows=[
                            (name, digest)
                            for name, digest in sorted(sources.items())
                            if not name.startswith(("roster", "queue"))
                        ],
                    )
                ],
            )
        )
    return Section(title="Data", blocks=blocks)


def _tables(wanted: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name the tables of areas that the plan is looked at by."""
    named = [
        f"{group['name']} ({group['column']})" for group in wanted.get("groups", [])
    ]
    people = wanted.get("people")
    named += [f"residents ({people['source']})"] if people else []
    return [("Tables of areas", ", ".join(named))] if named else []


_SOURCES = {
    "sample": "synthetic: made up for a demonstration",
    "data.police.uk": "data.police.uk, street level, as published",
    "table": "the force's own table",
}


def _used(told: Mapping[str, Any]) -> float:
    return float(told["rows_used"] / told["rows_read"]) if told["rows_read"] else 0.0


def _discovered(record: Mapping[str, Any]) -> str:
    categories = record.get("scenario", {}).get("demand", {}).get("categories", {})
    named = sorted(n for n, one in categories.items() if one.get("discovered"))
    hours = f"{record['discovered_hours']:.1f} unit-hours of the shift count as lost"
    return f"{', '.join(named)}; {hours}" if named else f"none; {hours}"


def model(record: Mapping[str, Any]) -> Section:
    """Say in plain words how it works."""
    forecast, solver = record["forecast"], record["solver"]
    versions = record.get("versions", {})
    wanted = record.get("scenario", {})
    blocks: list[Block] = [
        Points(
            sentences=[
                "Places: the area is cut into "
                f"{record.get('hexes', 0):,} hexagons (H3, resolution "
                f"{record['resolution']}).",
                f"Forecast: {forecast['forecaster']!r} expects how many calls come, "
                "where, and in which hour of the week, from recorded incidents before "
                f"{record['data']['period_end'][:10]}.",
                *_hours(forecast),
                "Calls: shares of each category become immediate, priority and routine "
                "calls, or none that a unit goes to. The shares are the force's "
                f"assumptions.{_layers(wanted)}",
                *_standards(wanted),
                f"Allocation ({record['mode']}): units are placed so that few calls "
                f"are expected to be late, weighted by grade{_objective(wanted)}, by "
                "the chance that all units in reach are busy; the rules of the "
                f"scenario hold. {_solved(solver)}".rstrip(),
                "Simulation: the plan is tried on "
                f"{wanted.get('simulation', {}).get('shifts', 'many')} shifts of drawn "
                "calls, with fixed dispatch rules; what is printed of late calls is "
                "from it.",
                _group_use(wanted),
            ]
        )
    ]
    if versions:
        named = [(name, text) for name, text in versions.items() if name != "geoalloc"]
        table = Table(
            caption="Software that the run was made with.",
            columns=("name", "version"),
            rows=[("geoalloc", record["version"]), *named],
        )
        blocks.append(Fold(title="Versions", blocks=[table]))
    return Section(title="How it works", blocks=blocks)


def _hours(forecast: Mapping[str, Any]) -> list[str]:
    told = forecast.get("rhythm", {}).get("sentence")
    return [f"Hours of the week: {told.rstrip('.')}."] if told else []


def _layers(wanted: Mapping[str, Any]) -> str:
    """Name the demand that no file of incidents holds, and what is changed of it."""
    of = wanted.get("demand", {})
    layers = [one["name"] for one in of.get("layers", [])]
    levers = [one["name"] for one in of.get("levers", []) if one.get("name")]
    told = ""
    if layers:
        told += f" Added as layers that no file holds: {', '.join(layers)}."
    if levers:
        told += f" Changed by: {', '.join(levers)}."
    return told


def _standards(wanted: Mapping[str, Any]) -> list[str]:
    grades = wanted.get("grades", {})
    if not grades:
        return []
    each = [
        f"{name} {of['urban_min']:g} in towns and {of['rural_min']:g} elsewhere"
        for name, of in grades.items()
    ]
    return [f"Standards, minutes from call to arrival: {'; '.join(each)}."]


def _objective(wanted: Mapping[str, Any]) -> str:
    objective = wanted.get("allocation", {}).get("objective", "incidents")
    return _OBJECTIVES.get(objective, "")


_OBJECTIVES = {
    "work-hours": " and by the unit-hours that they take",
    "harm": " and by how severe the calls of a place and hour are",
}


def _solved(solver: Mapping[str, Any]) -> str:
    if solver.get("gap") is None:
        return ""
    return (
        f"The search ended with a plan that is proven to be within {solver['gap']:.1%} "
        "of the best that the model knows."
    )


def _group_use(wanted: Mapping[str, Any]) -> str:
    """Say whether who lives in a place has a part in the plan."""
    rules = wanted.get("allocation", {})
    own = {group["name"] for group in wanted.get("groups", [])}
    by = {rule["by"] for key in ("quotas", "unmet_caps") for rule in rules.get(key, [])}
    used = sorted(by & own)
    if not used:
        return (
            "How many people live in a place may count; who they are, how deprived the "
            "place is or which ethnic groups live there has no part in the forecast or "
            "in the plan. Tables of areas are used to look at the plan."
        )
    return (
        "Tables of areas have no part in the forecast; rules of the plan refer to "
        f"{', '.join(used)}, so as to keep a level of service there."
    )
