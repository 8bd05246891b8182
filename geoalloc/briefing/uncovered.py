"""What a plan leaves uncovered: where calls are late, and what was left by choice."""

from collections.abc import Mapping, Sequence
from typing import Any

from geoalloc.briefing import wording
from geoalloc.briefing.blocks import Points, Table
from geoalloc.briefing.priorities import left_out
from geoalloc.runs import Run
from geoalloc.schemas import GRADES

__all__ = ["left", "out_of_reach", "worst_places"]

_RULES = 5
_NAMED = 6
_TOLD = 0.005  # late calls; less would be told as none
_WEIGHTS = {"immediate": 1.0, "priority": 0.25, "routine": 0.05}


def worst_places(run: Run, most: int) -> Table:
    """Name the places where most calls are late, by the model."""
    weights = _weights(run.record)
    late = run.cover[["hex_id", "grade", "unmet"]].assign(
        weighted=run.cover["unmet"] * run.cover["grade"].map(weights)
    )
    late["immediate"] = late["unmet"].where(late["grade"] == "immediate", 0.0)
    by_hex = late.groupby("hex_id")[["immediate", "unmet", "weighted"]].sum()
    frame = run.hexes.set_index("hex_id").join(by_hex)
    rows = []
    groups = frame.groupby(["place", "district"], sort=True)
    worst = groups[["immediate", "unmet", "weighted"]].sum()
    # Of places that tie, the first by the alphabet.
    worst = worst.sort_values("weighted", ascending=False, kind="stable")
    for (place, district), sums in worst.head(most).iterrows():
        if sums["unmet"] < _TOLD:
            continue
        members = groups.get_group((place, district))
        at = members["grid_ref"].loc[members["weighted"].idxmax()]
        rows.append(
            (
                str(place),
                str(at),
                str(district),
                f"{sums['immediate']:.2f}",
                f"{sums['unmet']:.2f}",
            )
        )
    total = by_hex.sum()
    return Table(
        title="What is not covered: most late calls by place",
        head=("Place", "Worst at", "District", "Imm.", "All"),
        rows=rows,
        widths=(30, 21, 28, 13, 11),
        numeric=frozenset({3, 4}),
        note="Late calls that the model expects, immediate (Imm.) and of all grades; "
        f"in the whole area {total['immediate']:.1f} and {total['unmet']:.1f}. By "
        "weight.",
    )


def _weights(record: Mapping[str, Any]) -> dict[str, float]:
    grades = record.get("scenario", {}).get("grades", {})
    return {
        grade: float(grades.get(grade, {}).get("weight", _WEIGHTS[grade]))
        for grade in GRADES
    }


def out_of_reach(record: Mapping[str, Any]) -> Points:
    """Name the places that are too far from any unit."""
    words = {
        "beyond": "beyond the longest acceptable travel",
        "unreachable": "that no unit can reach",
    }
    said = []
    for key, text in words.items():
        found = record.get(key) or {"hexes": 0, "places": []}
        if not found["hexes"]:
            said.append(f"No inhabited place {text}.")
        else:
            said.append(
                f"Around these places are people {text}: {_list(found['places'])}."
            )
    return Points(title="Out of reach", sentences=said)


def _list(names: Sequence[str], most: int = _NAMED) -> str:
    shown = ", ".join(names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown


def left(run: Run, numbers: Mapping[int, int] | None = None) -> Points:
    """Say what was chosen not to be covered, and what that costs.

    Parameters
    ----------
    numbers
        Of the priorities as printed, by the rank of the hotspot; places stand without
        numbers if absent.
    """
    patrol = _patrol(run, numbers or {})
    said = [*_rules(run), *_posts(run.record), *patrol, *_not_sent(run)]
    return Points(title="What was chosen not to be covered", sentences=said)


def _rules(run: Run) -> list[str]:
    prices = run.prices[(run.prices["what"] == "rule") & run.prices["period"].isna()]
    costly = prices[prices["gain"] >= _TOLD].sort_values(
        ["gain", "item"], ascending=[False, True]
    )
    said = [
        f"{row.item[:1].upper()}{row.item[1:]} ({row.change}): easing it so would save "
        f"{row.gain:.2f} late calls, by weight."
        for row in costly.head(_RULES).itertuples()
    ]
    # A rule may be priced one step either way; one of the two is enough to name it.
    free = sorted(set(prices["item"]) - set(costly["item"]))
    if free:
        said.append(f"Rules that cost nothing here: {_list(free, 4)}.")
    return said


def _posts(record: Mapping[str, Any]) -> list[str]:
    wanted = record.get("scenario", {}).get("allocation", {})
    said = [
        f"Posts that no {wording.inner(wording.unit_kind(str(kind)))} unit may take: "
        f"{_list(names)}."
        for kind, names in (wanted.get("excluded_posts") or {}).items()
        if names
    ]
    kept = wanted.get("locked") or {}
    return said + ([f"Units that keep a post: {_list([*kept])}."] if kept else [])


def _patrol(run: Run, numbers: Mapping[int, int]) -> list[str]:
    told = run.record.get("patrol") or {}
    said = [told["sentence"]] if told.get("sentence") else ["No patrol was asked for."]
    spots = told.get("hotspots", [])
    # A hotspot is told as "<rank> <place>".
    asked = {int(str(spot["hotspot"]).split(" ")[0]): spot for spot in spots}
    barred = left_out(run)
    ranks = set(asked) | {one.rank for one in barred}
    named = {
        int(row.rank): f"{numbers[row.rank]} {row.place}"
        if row.rank in numbers
        else str(row.place)
        for row in run.hotspots.sort_values("rank").itertuples()
    }
    for rank, spot in asked.items():
        missing = int(spot["wanted"]) - int(spot["planned"])
        if missing > 0:
            why = f": {spot['why_not']}" if spot.get("why_not") else ""
            place = named.get(rank, str(spot["hotspot"]))
            said.append(f"{place}: visits not planned {missing}{why}.")
    beyond = [name for rank, name in named.items() if rank not in ranks]
    if beyond:
        said.append(f"Hotspots that no visit was asked for: {_list(beyond)}.")
    said += [f"No priority: {one.place}, {one.why}." for one in barred[:_RULES]]
    if len(barred) > _RULES:
        said.append(f"{len(barred) - _RULES} more hotspots are no priority.")
    return said


def _not_sent(run: Run) -> list[str]:
    """Say which calls no unit is sent to."""
    taken = run.demand_flow[run.demand_flow["incidents"] < 0]
    said = [
        f"{wording.count(-float(row.incidents))} {row.line}"
        for row in taken.sort_values("incidents", kind="stable").itertuples()
    ]
    return [f"Calls that no unit is sent to: {'; '.join(said)}."] if said else []
